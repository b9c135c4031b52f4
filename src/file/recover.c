#include "file/recover.h"

#include "base/alloc.h"
#include "file/fresh.h"
#include "file/input.h"
#include "file/open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static bool holds_keys(const struct ks_version *v)
{
    for (size_t i = 0; i < v->count; i++) {
        uint8_t kind = v->entries[i]->kind;
        if (kind == KS_KIND_KEY || kind == KS_KIND_SECRET || kind == KS_KIND_PASSWORD)
            return true;
    }
    return false;
}

/* Keys that only a file mode would protect are not written a second time. */
static bool is_unprotected(const struct ks_store *store)
{
    const struct ks_version *v = store->now;
    bool password = store->format->caps & KS_CAP_PASSWORD && !ks_secret_is_empty(v->password);
    return !password && holds_keys(v);
}

/* The recovery file's path for a keystore: beside the file that its links lead to. */
static char *path_of(const char *keystore, const char *done, struct ks_error *err)
{
    struct ks_place place;
    if (ks_place_find(keystore, true, done, &place, err) != KS_OK)
        return NULL;
    char *path = ks_asprintf("%s/.%s.ksx-recover", place.dir, place.name);
    ks_place_drop(&place);
    return path;
}

static enum ks_code make(const struct ks_store *store, struct ks_buf *out, struct ks_error *err)
{
    enum ks_code rc = store->format->save(store, store->now, NULL, out, err);
    if (rc == KS_OK && out->overflow)
        rc = ks_fail(err, KS_ERR_LIMIT, "too-large", "it would be larger than %u MiB",
                     KS_FILE_MAX >> 20);
    if (rc != KS_OK)
        ks_error_prefix(err, "the recovery file was not written");
    return rc;
}

static enum ks_code put(const char *path, struct ks_slice bytes, struct ks_error *err)
{
    struct ks_place place;
    enum ks_code rc = ks_place_find(path, false, "written", &place, err);
    if (rc != KS_OK)
        return rc;
    rc = ks_fresh_put(&place, bytes, 0600, err);
    ks_place_drop(&place);
    return rc;
}

enum ks_code ks_recover_write(const struct ks_store *store, char **path, struct ks_error *err)
{
    struct ks_buf out = {.max = KS_FILE_MAX, .secret = true};
    struct ks_error why = {0};
    *path = NULL;
    if (ks_store_unsaved(store) == 0 || !store->format->save || is_unprotected(store))
        return KS_OK;
    char *target = path_of(store->path, "written", &why);
    enum ks_code rc = target ? make(store, &out, &why) : why.code;
    if (rc == KS_OK)
        rc = put(target, ks_slice(out.data, out.len), &why);
    ks_buf_wipe_free(&out);
    if (rc == KS_OK) {
        *path = target;
        return KS_OK;
    }
    free(target);
    if (err)
        *err = why;
    return rc;
}

/* Whoever may write the directory can put a file there: only what this user alone can have written
 * is offered. */
static bool is_our_own(const char *path, struct stat *st)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    bool own = fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
               (st->st_mode & 077) == 0;
    (void)close(fd);
    return own;
}

char *ks_recover_find(const char *keystore, struct ks_stamp *stamp)
{
    struct stat st;
    char *path = path_of(keystore, "opened", NULL);
    if (path && is_our_own(path, &st)) {
        *stamp = ks_input_stamp(&st);
        return path;
    }
    free(path);
    return NULL;
}

enum ks_code ks_recover_open(const char *path, const struct ks_stamp *found,
                             const struct ks_secret *password, struct ks_job *job,
                             struct ks_store **out, struct ks_error *err)
{
    struct ks_store *store = NULL;
    enum ks_code rc = ks_open(path, password, job, &store, err);
    if (rc == KS_OK && !ks_stamp_equal_but_ctime(&store->stamp, found)) {
        ks_store_free(store);
        ks_fail(err, KS_ERR_CONFLICT, "recovery-changed",
                "the unsaved work was not read: %.200s is another file now", ks_path_shown(path));
        return ks_fail_next(err, KS_ERR_CONFLICT, "look who wrote it, and offer it again");
    }
    if (rc == KS_OK)
        *out = store;
    return rc;
}

enum ks_code ks_recover_remove(const char *keystore, struct ks_error *err)
{
    struct stat st;
    char room[128];
    enum ks_code rc = KS_OK;
    char *path = path_of(keystore, "removed", NULL);
    if (path && is_our_own(path, &st) && unlink(path) != 0 && errno != ENOENT) {
        ks_fail(err, KS_ERR_WRITE, "write-error", "%.300s was not removed: %s", path,
                ks_input_reason(errno, room, sizeof room));
        rc = ks_fail_next(err, KS_ERR_WRITE, "remove it by hand when it is no longer needed");
    }
    free(path);
    return rc;
}
