/*
 * The program that a fault meets: opens a keystore, renames its first entry, saves.
 *
 *   fault_saver FILE ALIAS          over FILE
 *   fault_saver FILE ALIAS COPY     to another file, which may exist when COPY begins with "+"
 *   fault_saver FILE - TEXT         plain bytes to FILE
 *
 * Exit 0: saved. 6: not, and why is on standard error. 2: it could not even begin.
 */
#include "base/alloc.h"
#include "file/open.h"
#include "file/save.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void arm(void)
{
    void (*fn)(void) = (void (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "fault_arm");
    if (fn)
        fn();
}

static int tell(enum ks_code rc, const struct ks_error *err)
{
    if (rc == KS_OK)
        return 0;
    (void)fprintf(stderr, "%s: %s; %s\n", err->slug, err->what, err->next);
    return 6;
}

static void rename_first(struct ks_store *s, const char *alias)
{
    struct ks_entry **entries = ks_version_entries(s->now, 0);
    struct ks_entry_draft draft = ks_entry_draft_of(entries[0]);
    free(draft.alias);
    draft.alias = ks_strdup(alias);
    draft.alias_raw = ks_slice(NULL, 0);
    draft.edited |= KS_EDITED_ALIAS;
    ks_entry_unref(entries[0]);
    entries[0] = ks_entry_new(&draft);
    ks_store_push(s, ks_version_new("renamed", entries, s->now->count,
                                    ks_secret_ref(s->now->password), s->now->protection));
}

int main(int argc, char **argv)
{
    struct ks_error err = {0};
    struct ks_store *store = NULL;
    struct ks_save how = {0};
    if (argc < 3)
        return 2;
    if (argc == 4 && strcmp(argv[2], "-") == 0) {
        arm();
        return tell(ks_save_bytes(argv[1], ks_slice_str(argv[3]), 0644, false, &err), &err);
    }
    if (argc == 4) {
        how.over_existing = argv[3][0] == '+';
        how.path = argv[3] + how.over_existing;
    }
    struct ks_secret *password = ks_secret_new("changeit", 8);
    enum ks_code rc = ks_open(argv[1], password, NULL, &store, &err);
    ks_secret_free(password);
    if (rc != KS_OK) {
        (void)tell(rc, &err);
        return 2;
    }
    rename_first(store, argv[2]);
    arm();
    rc = ks_save(store, &how, NULL, &err);
    ks_store_free(store);
    return tell(rc, &err);
}
