/*
 * Opens a keystore and writes it again, for other programs to read:
 *
 *   rewrite IN PASSWORD OUT [rename OLD NEW | delete ALIAS | reseal ALIAS NEW | password NEW]...
 *
 * PASSWORD "-" is none, "" is the empty one; reseal protects a key anew, with a password of its own,
 * and password is the store's from there on. Exits with 3 when the type cannot be written, and with
 * 1 when something fails, saying why.
 */
#include "file/open.h"

#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DONE, FAILED, USAGE, NO_WRITER };

static int complain(const char *what, const struct ks_error *err)
{
    (void)fprintf(stderr, "%s: %s (%s)\n", what, err->what, err->slug);
    return FAILED;
}

/* ---- edits ---- */

static bool push_without(struct ks_store *store, size_t index)
{
    const struct ks_version *now = store->now;
    struct ks_entry **entries = ks_version_entries(now, 0);

    ks_entry_unref(entries[index]);
    memmove(&entries[index], &entries[index + 1], (now->count - index - 1) * sizeof *entries);
    ks_store_push(store, ks_version_new("delete", entries, now->count - 1,
                                        ks_secret_ref(now->password), now->protection));
    return true;
}

static bool push_renamed(struct ks_store *store, size_t index, const char *alias)
{
    const struct ks_version *now = store->now;
    struct ks_entry **entries = ks_version_entries(now, 0);
    struct ks_entry_draft draft = ks_entry_draft_of(entries[index]);

    free(draft.alias);
    draft.alias = strdup(alias);
    draft.alias_raw = ks_slice(NULL, 0);
    draft.edited |= KS_EDITED_ALIAS;
    draft.notes &= ~(uint32_t)KS_NOTE_ALIAS_INVENTED;
    struct ks_entry *renamed = ks_entry_new(&draft);
    ks_entry_unref(entries[index]);
    entries[index] = renamed;
    ks_store_push(store, ks_version_new("rename", entries, now->count,
                                        ks_secret_ref(now->password), now->protection));
    return true;
}

/* The entry with its key in clear for a moment, and sealed again. */
static struct ks_entry *resealed(const struct ks_store *store, const struct ks_entry *old,
                                 const struct ks_secret *password)
{
    struct ks_material clear = {0};
    struct ks_sealed sealed = {0};
    struct ks_error err = {0};
    struct ks_entry *made = NULL;
    struct ks_entry_draft draft = ks_entry_draft_of(old);
    struct ks_blob *blobs[9]; /* of the old one, and the new key */

    memcpy(blobs, draft.blobs, draft.blob_count * sizeof(struct ks_blob *));
    if (store->format->reveal(store, old, NULL, NULL, &clear, &err) == KS_OK &&
        store->format->seal(store, store->now, &clear, password, NULL, &sealed, &err) == KS_OK) {
        blobs[draft.blob_count++] = sealed.key;
        draft.blobs = blobs;
        draft.key = ks_blob_slice(sealed.key);
        draft.key_format = sealed.key_format;
        draft.edited |= KS_EDITED_KEY;
        made = ks_entry_new(&draft);
        ks_blob_unref(sealed.key);
    } else {
        (void)complain("not sealed", &err);
        free(draft.alias);
        free(draft.comment);
    }
    ks_material_drop(&clear);
    return made;
}

static bool push_resealed(struct ks_store *store, size_t index, const char *password)
{
    const struct ks_version *now = store->now;
    struct ks_secret *pw = ks_secret_new(password, strlen(password));
    struct ks_entry *made = resealed(store, now->entries[index], pw);

    ks_secret_free(pw);
    if (!made)
        return false;
    struct ks_entry **entries = ks_version_entries(now, 0);
    ks_entry_unref(entries[index]);
    entries[index] = made;
    ks_store_push(store, ks_version_new("reseal", entries, now->count,
                                        ks_secret_ref(now->password), now->protection));
    return true;
}

static void push_password(struct ks_store *store, const char *password)
{
    const struct ks_version *now = store->now;
    ks_store_push(store, ks_version_new("password", ks_version_entries(now, 0), now->count,
                                        ks_secret_new(password, strlen(password)),
                                        now->protection));
}

/* The edit that the first words name; the number of words it takes, 0 for nonsense. */
static int edit(struct ks_store *store, char **words, int count)
{
    size_t index;

    if (count >= 2 && strcmp(words[0], "delete") == 0)
        return ks_store_find(store, words[1], &index) && push_without(store, index) ? 2 : 0;
    if (count >= 3 && strcmp(words[0], "rename") == 0)
        return ks_store_find(store, words[1], &index) && push_renamed(store, index, words[2]) ? 3
                                                                                              : 0;
    if (count >= 3 && strcmp(words[0], "reseal") == 0)
        return ks_store_find(store, words[1], &index) && push_resealed(store, index, words[2]) ? 3
                                                                                               : 0;
    if (count >= 2 && strcmp(words[0], "password") == 0) {
        push_password(store, words[1]);
        return 2;
    }
    return 0;
}

/* ---- writing ---- */

static int put(const char *path, const struct ks_buf *bytes)
{
    FILE *out = fopen(path, "wb");
    bool good = out && fwrite(bytes->data, 1, bytes->len, out) == bytes->len;
    if (out && fclose(out) != 0)
        good = false;
    if (!good)
        perror(path);
    return good ? DONE : FAILED;
}

static int save(const struct ks_store *store, const char *path)
{
    struct ks_buf bytes = KS_BUF_INIT;
    struct ks_error err = {0};
    int status;

    if (store->format->save(store, store->now, NULL, &bytes, &err) != KS_OK)
        status = complain("not written", &err);
    else
        status = put(path, &bytes);
    ks_buf_wipe_free(&bytes);
    return status;
}

int main(int argc, char **argv)
{
    struct ks_store *store = NULL;
    struct ks_secret *password = NULL;
    struct ks_error err = {0};
    int status = DONE;

    if (argc < 4) {
        (void)fputs("usage: rewrite IN PASSWORD OUT [rename OLD NEW | delete ALIAS | "
                    "reseal ALIAS NEW | password NEW]...\n",
                    stderr);
        return USAGE;
    }
    if (strcmp(argv[2], "-") != 0)
        password = ks_secret_new(argv[2], strlen(argv[2]));
    enum ks_code rc = ks_open(argv[1], password, NULL, &store, &err);
    ks_secret_free(password);
    if (rc != KS_OK)
        return complain("not opened", &err);
    for (int at = 4; at < argc && status == DONE;) {
        int words = edit(store, argv + at, argc - at);
        at += words;
        if (words == 0) {
            (void)fprintf(stderr, "no such edit, or no such entry: %s\n", argv[at]);
            status = USAGE;
        }
    }
    if (status == DONE)
        status = store->format->save ? save(store, argv[3]) : NO_WRITER;
    ks_store_free(store);
    return status;
}
