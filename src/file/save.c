#include "file/save.h"

#include "base/alloc.h"
#include "file/fresh.h"
#include "file/input.h"
#include "file/jvm.h"
#include "file/open.h"
#include "store/diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define NEW_MODE 0600u

/* ---- what is there ---- */

/* The bytes decide: a touch, or a program that wrote the same again, is no change. Where they may
 * not be read, the stamp does. Returns an errno, 0 = done. */
static int changed_since(const struct ks_store *store, const struct ks_place *p, bool *changed)
{
    struct ks_stamp stamp = ks_input_stamp(&p->st);
    *changed = true;
    if (!S_ISREG(p->st.st_mode) || stamp.size != store->disk->len)
        return 0;
    int fd = ks_fresh_open_known(p, p->name);
    if (fd < 0 && (errno == EACCES || errno == EPERM)) {
        *changed = !ks_stamp_equal_but_ctime(&stamp, &store->stamp);
        return 0;
    }
    if (fd < 0)
        return errno;
    bool same = false;
    int number = ks_fresh_compare(fd, ks_blob_slice(store->disk), &same);
    (void)close(fd);
    *changed = !same;
    return number;
}

/* Whether the place is that of the store's own file. */
static bool is_own(const struct ks_store *store, const char *path, const struct ks_place *p)
{
    struct ks_place own;
    if (!path || strcmp(path, store->path) == 0)
        return true;
    if (ks_place_find(store->path, true, "saved", &own, NULL) != KS_OK)
        return false;
    bool same = strcmp(own.target, p->target) == 0;
    ks_place_drop(&own);
    return same;
}

static bool in_group(gid_t gid)
{
    gid_t groups[256];
    if (gid == getegid())
        return true;
    int count = getgroups((int)(sizeof groups / sizeof groups[0]), groups);
    for (int i = 0; i < count; i++)
        if (groups[i] == gid)
            return true;
    return false;
}

static bool can_keep_owner(const struct stat *st)
{
    return geteuid() == 0 || (st->st_uid == geteuid() && in_group(st->st_gid));
}

static enum ks_code look(const struct ks_store *store, const char *path, const struct ks_place *p,
                         struct ks_save_look *out, struct ks_error *err)
{
    bool own = is_own(store, path, p) && store->disk;
    out->exists = p->exists;
    out->by_link = p->by_link;
    out->gone = own && !p->exists;
    out->links = ks_place_links(p);
    out->mode = NEW_MODE;
    out->keeps_owner = true;
    if (p->exists) {
        int number = own ? changed_since(store, p, &out->changed) : 0;
        if (number)
            return ks_place_failed(p, KS_STEP_COMPARE, number, err);
        out->mode = (unsigned)p->st.st_mode & 07777;
        out->keeps_owner = can_keep_owner(&p->st);
        out->old_size = (uint64_t)p->st.st_size;
        out->changed_at = p->st.st_mtim.tv_sec;
        out->backup = ks_asprintf("%s.bak", p->target);
    }
    out->target = ks_strdup(p->target);
    return ks_place_writable(p, err);
}

enum ks_code ks_save_look(const struct ks_store *store, const char *path, struct ks_save_look *out,
                          struct ks_error *err)
{
    struct ks_place place;
    *out = (struct ks_save_look){0};
    enum ks_code rc = ks_place_find(path ? path : store->path, true, "saved", &place, err);
    if (rc != KS_OK)
        return rc;
    rc = look(store, path, &place, out, err);
    ks_place_drop(&place);
    if (rc != KS_OK)
        ks_save_look_drop(out);
    return rc;
}

void ks_save_look_drop(struct ks_save_look *look)
{
    free(look->target);
    free(look->backup);
    *look = (struct ks_save_look){0};
}

/* ---- questions ---- */

static enum ks_code ask_changed(const struct ks_place *p, struct ks_error *err)
{
    char when[24];
    if (p->exists)
        ks_fail(err, KS_ERR_CONFLICT, "disk-changed",
                "%.200s was not saved: another program changed it (%s UTC)", p->shown,
                ks_time_human(p->st.st_mtim.tv_sec, when));
    else
        ks_fail(err, KS_ERR_CONFLICT, "disk-changed",
                "%.200s was not saved: another program removed or renamed it", p->shown);
    return ks_fail_next(err, KS_ERR_CONFLICT,
                        p->exists ? "nothing was overwritten; compare the two, apply your changes "
                                    "to the new file, or save yours elsewhere"
                                  : "nothing was written; save it there again, or elsewhere");
}

static enum ks_code ask_links(const struct ks_place *p, unsigned links, struct ks_error *err)
{
    ks_fail(err, KS_ERR_CONFLICT, "hard-links",
            "%.200s was not saved: the file has %u names (hard links), and under the others the "
            "old contents would stay",
            p->shown, links);
    return ks_fail_next(err, KS_ERR_CONFLICT,
                        "nothing was changed; allow it if the other names may keep the old "
                        "contents, or save it elsewhere");
}

static enum ks_code ask_owner(const struct ks_place *p, struct ks_error *err)
{
    char owner[64], me[64];
    ks_fail(err, KS_ERR_CONFLICT, "owner",
            "%.200s was not saved: the new file cannot be given the owner, mode and access list of "
            "the old one (owner %s, mode %04o, you are %s)",
            p->shown, ks_input_user(p->st.st_uid, owner, sizeof owner),
            (unsigned)p->st.st_mode & 07777, ks_input_user(geteuid(), me, sizeof me));
    return ks_fail_next(err, KS_ERR_CONFLICT,
                        "the old file is untouched; allow the new one to be yours, or save it "
                        "elsewhere");
}

/* ---- one save ---- */

struct saving {
    struct ks_store *store;
    const struct ks_save *how;
    struct ks_job *job;
    struct ks_error *err;
    struct ks_place place;
    bool own; /* it is the store's own file that is replaced */
    struct ks_fresh fresh;
    struct ks_backup backup;
    struct ks_blob *bytes; /* the new contents */
    struct ks_store *read; /* what they are when read back */
    bool done;             /* the new file is in its place */
};

static enum ks_code failed(struct saving *s, enum ks_step step, int number)
{
    return number ? ks_place_failed(&s->place, step, number, s->err) : KS_OK;
}

/* Step 1, and again before the file is replaced. */
static enum ks_code check_unchanged(struct saving *s)
{
    const struct ks_place *p = &s->place;
    bool changed = false;
    if (!s->own || !s->store->disk)
        return p->exists && !s->how->over_existing ? ks_place_taken(p, s->err) : KS_OK;
    if (s->how->over_changed)
        return KS_OK;
    int number = p->exists ? changed_since(s->store, p, &changed) : 0;
    if (number)
        return failed(s, KS_STEP_COMPARE, number);
    return changed || !p->exists ? ask_changed(p, s->err) : KS_OK;
}

static enum ks_code check_links(struct saving *s)
{
    unsigned links = ks_place_links(&s->place);
    return links > 1 && !s->how->over_links ? ask_links(&s->place, links, s->err) : KS_OK;
}

static enum ks_code check_entries(struct saving *s)
{
    const struct ks_format *format = s->store->format;
    if (s->store->now->count > 0 || format->caps & KS_CAP_STORE)
        return KS_OK;
    ks_fail(s->err, KS_ERR_REFUSED, "no-entries",
            "%.200s was not saved: a %s without an entry is an empty file, of no type",
            s->place.shown, format->name);
    return ks_fail_next(s->err, KS_ERR_REFUSED,
                        s->place.exists ? "the old file is untouched; delete it, or leave an entry "
                                          "in it"
                                        : "put an entry into it first, or choose another type");
}

static enum ks_code check_owner(struct saving *s)
{
    const struct ks_place *p = &s->place;
    return p->exists && !can_keep_owner(&p->st) && !s->how->over_owner ? ask_owner(p, s->err)
                                                                       : KS_OK;
}

static enum ks_code check_place(struct saving *s)
{
    return ks_place_writable(&s->place, s->err);
}

static enum ks_code look_again(struct saving *s)
{
    int number = ks_place_again(&s->place);
    enum ks_code rc = failed(s, number == ENOENT ? KS_STEP_RENAME : KS_STEP_LOOK, number);
    if (rc == KS_OK && s->place.exists && !S_ISREG(s->place.st.st_mode))
        return ask_changed(&s->place, s->err);
    return rc == KS_OK ? check_unchanged(s) : rc;
}

static enum ks_code cancelled(struct saving *s)
{
    return ks_fail(s->err, KS_ERR_CANCELLED, "cancelled", "%.200s was not saved: stopped",
                   s->place.shown);
}

/* Formats name the file by the path that it has now, or say "not written" and nothing of it. */
static enum ks_code name_the_file(struct saving *s, enum ks_code rc)
{
    static const char bare[] = "not written: ";
    char prefix[256], *what = s->err->what;
    const char *now = ks_path_shown(s->store->path);
    if (rc == KS_ERR_CANCELLED)
        return cancelled(s);
    if (strncmp(what, bare, sizeof bare - 1) == 0)
        memmove(what, what + sizeof bare - 1, strlen(what + sizeof bare - 1) + 1);
    (void)snprintf(prefix, sizeof prefix, "%.180s was not saved", s->place.shown);
    if (strncmp(s->err->what, now, strnlen(now, 100)) != 0)
        ks_error_prefix(s->err, prefix);
    return rc;
}

static enum ks_code make_bytes(struct saving *s)
{
    const struct ks_format *format = s->store->format;
    struct ks_buf out = {.max = KS_FILE_MAX, .secret = true};
    if (!format->save) {
        ks_fail(s->err, KS_ERR_REFUSED, "not-writable-type",
                "%.200s was not saved: ksx writes no files of type %s", s->place.shown,
                format->name);
        return ks_fail_next(s->err, KS_ERR_REFUSED, "convert it to another type, and save that");
    }
    ks_job_phase(s->job, "making the file", 0);
    enum ks_code rc = format->save(s->store, s->store->now, s->job, &out, s->err);
    if (rc == KS_OK && out.overflow) {
        ks_fail(s->err, KS_ERR_LIMIT, "too-large", "it would be larger than %u MiB",
                KS_FILE_MAX >> 20);
        rc = ks_fail_next(s->err, KS_ERR_LIMIT, "divide it into several keystores");
    }
    if (rc != KS_OK) {
        ks_buf_wipe_free(&out);
        return name_the_file(s, rc);
    }
    size_t len = out.len;
    s->bytes = ks_blob_take((uint8_t *)ks_buf_steal(&out), len, true);
    return ks_job_stopped(s->job) ? cancelled(s) : KS_OK;
}

static enum ks_code write_bytes(struct saving *s)
{
    ks_job_phase(s->job, "writing the file", 0);
    enum ks_code rc = failed(s, KS_STEP_CREATE, ks_fresh_create(&s->fresh, &s->place));
    if (rc == KS_OK)
        rc = failed(s, KS_STEP_WRITE, ks_fresh_write(&s->fresh, ks_blob_slice(s->bytes)));
    if (rc == KS_OK)
        rc = failed(s, KS_STEP_SYNC, ks_fresh_sync(&s->fresh));
    return rc;
}

/* ---- reading back ---- */

static enum ks_code not_verified(struct saving *s, const char *why)
{
    ks_fail(s->err, KS_ERR_WRITE, "save-verify",
            "%.160s was not saved: the new file could not be read back (%.280s)", s->place.shown,
            why);
    return ks_fail_next(s->err, KS_ERR_WRITE,
                        "%s; this is a fault of ksx or of the disk, and should be reported",
                        s->place.exists ? "the old file is untouched" : "nothing was changed");
}

/* What a type cannot hold was said in the review; the rest has to come back. */
static uint32_t tolerated(const struct ks_format *format, const struct ks_diff_row *row)
{
    uint32_t bits = KS_DIFF_ORDER;
    int64_t a = row->a->created, b = row->b->created;
    bool both = a != KS_TIME_NONE && b != KS_TIME_NONE;
    if (!(format->caps & KS_CAP_DATES) || (both && a / 1000 == b / 1000))
        bits |= KS_DIFF_DATE; /* some types keep whole seconds */
    if (row->b->notes & KS_NOTE_ALIAS_INVENTED)
        bits |= KS_DIFF_ALIAS;
    if (row->b->notes & KS_NOTE_CHAIN_REBUILT)
        bits |= KS_DIFF_CHAIN; /* put together from all certificates of the file */
    return bits;
}

/* PKCS#12: a certificate that was just there is one of a chain once its key is there too. */
static bool is_in_a_chain(const struct ks_version *v, const struct ks_entry *cert)
{
    if (cert->kind != KS_KIND_CERT || cert->chain_len != 1)
        return false;
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = 0; k < v->entries[i]->chain_len; k++)
            if (v->entries[i]->kind == KS_KIND_KEY &&
                ks_slice_equal(ks_cert_der(&v->entries[i]->chain[k]), ks_cert_der(&cert->chain[0])))
                return true;
    return false;
}

/* What did not come back; NULL: everything did. */
static const struct ks_diff_row *fault_in(const struct saving *s, const struct ks_diff *diff)
{
    for (size_t i = 0; i < diff->count; i++) {
        const struct ks_diff_row *row = &diff->rows[i];
        if (row->a && row->b ? (row->what & ~tolerated(s->store->format, row)) != 0
                             : !row->a || !is_in_a_chain(s->read->now, row->a))
            return row;
    }
    return NULL;
}

static bool has_invented_names(const struct ks_version *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->entries[i]->notes & KS_NOTE_ALIAS_INVENTED)
            return true;
    return false;
}

/* By name; where a type counts what has no name, it counts anew, and certificates tell which is
 * which. */
static enum ks_code compare_entries(struct saving *s)
{
    static const enum ks_diff_by ways[] = {KS_DIFF_BY_ALIAS, KS_DIFF_BY_FINGERPRINT};
    size_t count = has_invented_names(s->read->now) ? 2 : 1;
    char why[300] = "";

    for (size_t i = 0; i < count; i++) {
        struct ks_diff diff = ks_diff(s->store->now, s->read->now, ways[i]);
        const struct ks_diff_row *row = fault_in(s, &diff);
        if (row && !why[0])
            (void)snprintf(why, sizeof why, "entry %.250s %s", (row->a ? row->a : row->b)->alias,
                           !row->b   ? "is missing"
                           : !row->a ? "is too many"
                                     : "differs");
        ks_diff_drop(&diff);
        if (!row)
            return KS_OK;
    }
    return not_verified(s, why);
}

/* A loose file groups keys and certificates by what they say, and gives names to most. */
static enum ks_code compare_items(struct saving *s)
{
    char why[300];
    const struct ks_entry *e = ks_items_difference(s->store->now, s->read->now);
    if (!e)
        return ks_job_stopped(s->job) ? cancelled(s) : KS_OK;
    (void)snprintf(why, sizeof why, "something of entry %.250s differs", e->alias);
    return not_verified(s, why);
}

static enum ks_code load_back(struct saving *s)
{
    const struct ks_format *format = s->store->format;
    struct ks_slice bytes = ks_blob_slice(s->bytes);
    struct ks_slice head = ks_slice_part(bytes, 0, KS_PROBE_BYTES);
    const struct ks_format *found = ks_format_detect(head, bytes.len);
    struct ks_error why = {0};
    if (!found || strcmp(found->name, format->name) != 0)
        return not_verified(s, "its type is not recognised");
    struct ks_job *job = ks_job_new(); /* rounds of key derivation count once more */
    s->read = ks_store_new(s->place.target, ks_blob_ref(s->bytes));
    s->read->format = format;
    ks_store_set_type(s->read, format->name);
    enum ks_code rc = format->load(s->read, s->store->now->password, job, &why);
    ks_job_free(job);
    if (rc != KS_OK)
        return not_verified(s, why.what);
    if (s->read->damage.code != KS_OK && s->store->damage.code == KS_OK)
        return not_verified(s, s->read->damage.what);
    if (s->read->integrity == KS_INTEGRITY_BAD && s->store->integrity != KS_INTEGRITY_BAD)
        return not_verified(s, "its integrity check fails");
    return KS_OK;
}

static enum ks_code read_back(struct saving *s)
{
    bool same = false;
    ks_job_phase(s->job, "reading it back", 0);
    int number = ks_fresh_holds(&s->fresh, ks_blob_slice(s->bytes), &same);
    if (number)
        return failed(s, KS_STEP_REREAD, number);
    if (!same)
        return not_verified(s, "the disk returns other bytes");
    enum ks_code rc = load_back(s);
    if (rc != KS_OK)
        return rc;
    if (!(s->store->format->caps & KS_CAP_STORE))
        return compare_items(s);
    rc = compare_entries(s);
    if (rc == KS_OK) /* wherever a chain is put together, its certificates have to be there */
        rc = compare_items(s);
    return rc == KS_OK && ks_job_stopped(s->job) ? cancelled(s) : rc;
}

/* ---- taking the old file's place ---- */

static enum ks_code dress(struct saving *s)
{
    if (!s->place.exists)
        return KS_OK;
    int number = ks_fresh_dress(&s->fresh, s->how->over_owner);
    if (number == EPERM)
        return ask_owner(&s->place, s->err);
    if (number)
        return failed(s, KS_STEP_DRESS, number);
    return failed(s, KS_STEP_SYNC, ks_fresh_sync(&s->fresh));
}

static enum ks_code back_up(struct saving *s)
{
    if (!s->place.exists || s->how->no_backup)
        return KS_OK;
    return failed(s, KS_STEP_BACKUP, ks_fresh_backup(&s->backup, &s->place));
}

static enum ks_code commit(struct saving *s)
{
    int number = ks_fresh_commit(&s->fresh);
    if (number == EEXIST && !s->place.exists)
        return ks_place_taken(&s->place, s->err);
    if (number)
        return failed(s, KS_STEP_RENAME, number);
    s->done = true;
    number = ks_fresh_sync_directory(&s->place);
    return number ? ks_fresh_not_synced(&s->place, number, s->err) : KS_OK;
}

/* ---- afterwards ---- */

/* What was found on reading back is what there is to say about the file from now on. */
static void describe_anew(struct ks_store *store, struct ks_store *read)
{
    struct ks_fact *facts = store->facts;
    size_t fact_count = store->fact_count;
    char *type = store->type;
    store->facts = read->facts;
    store->fact_count = read->fact_count;
    store->type = read->type;
    read->facts = facts;
    read->fact_count = fact_count;
    read->type = type;
    store->integrity = read->integrity;
    store->notes = read->notes;
    store->damage = read->damage;
}

static void adopt(struct saving *s)
{
    struct ks_store *store = s->store;
    struct stat st;
    if (!s->own && !s->how->adopt)
        return;
    bool known = fstat(s->fresh.fd, &st) == 0;
    struct ks_stamp stamp = known ? ks_input_stamp(&st) : store->stamp;
    ks_store_mark_saved(store, ks_blob_ref(s->bytes), &stamp);
    if (known)
        store->mode = (unsigned)st.st_mode & 07777;
    if (!s->own) {
        free(store->path);
        store->path = ks_strdup(s->how->path);
    }
    describe_anew(store, s->read);
}

typedef enum ks_code (*step_fn)(struct saving *s);

static enum ks_code run_steps(struct saving *s, const step_fn *steps, size_t count)
{
    enum ks_code rc = KS_OK;
    for (size_t i = 0; rc == KS_OK && i < count; i++)
        rc = steps[i](s);
    return rc;
}

static enum ks_code run(struct saving *s)
{
    static const step_fn steps[] = {
        check_entries, check_unchanged, check_links, make_bytes, write_bytes, read_back,
        look_again,    dress,           back_up,     look_again, commit,
    };
    enum ks_code rc = run_steps(s, steps, sizeof steps / sizeof steps[0]);
    ks_fresh_backup_end(&s->backup, s->done);
    if (s->done)
        adopt(s);
    ks_fresh_drop_after(&s->fresh, rc == KS_OK || s->done ? NULL : s->err);
    if (s->done)
        ks_place_tidy(&s->place);
    return rc;
}

static enum ks_code find(struct saving *s)
{
    const struct ks_save *how = s->how;
    enum ks_code rc =
        ks_place_find(how->path ? how->path : s->store->path, true, "saved", &s->place, s->err);
    if (rc == KS_OK)
        s->own = is_own(s->store, how->path, &s->place);
    return rc;
}

enum ks_code ks_save_check(struct ks_store *store, const struct ks_save *how, struct ks_error *err)
{
    static const step_fn steps[] = {check_entries, check_unchanged, check_links, check_owner,
                                    check_place};
    struct ks_error why = {0};
    struct saving s = {.store = store, .how = how, .err = &why, .fresh = {.fd = -1}};
    enum ks_code rc = find(&s);
    if (rc == KS_OK) {
        rc = run_steps(&s, steps, sizeof steps / sizeof steps[0]);
        ks_place_drop(&s.place);
    }
    if (rc != KS_OK && err)
        *err = why;
    return rc;
}

enum ks_code ks_save(struct ks_store *store, const struct ks_save *how, struct ks_job *job,
                     struct ks_error *err)
{
    struct ks_error why = {0};
    struct saving s = {.store = store, .how = how, .job = job, .err = &why, .fresh = {.fd = -1}};
    enum ks_code rc = find(&s);
    if (rc == KS_OK) {
        rc = run(&s);
        ks_place_drop(&s.place);
    }
    ks_blob_unref(s.bytes);
    ks_store_free(s.read);
    if (rc != KS_OK && err)
        *err = why;
    return rc;
}

/* ---- plain bytes ---- */

enum ks_code ks_save_bytes(const char *path, struct ks_slice bytes, unsigned mode,
                           bool over_existing, struct ks_error *err)
{
    struct ks_place place;
    struct ks_error why = {0};
    /* Where a link leads is somebody else's choice, and a private key may be in these bytes. */
    enum ks_code rc = ks_place_find(path, false, "written", &place, &why);
    if (rc == KS_OK) {
        rc = place.exists && !over_existing ? ks_place_taken(&place, &why)
                                            : ks_fresh_put(&place, bytes, mode, &why);
        ks_place_drop(&place);
    }
    if (rc != KS_OK && err)
        *err = why;
    return rc;
}

enum ks_code ks_save_bytes_check(const char *path, bool over_existing, struct ks_error *err)
{
    struct ks_place place;
    enum ks_code rc = ks_place_find(path, false, "written", &place, err);
    if (rc != KS_OK)
        return rc;
    rc = place.exists && !over_existing ? ks_place_taken(&place, err)
                                        : ks_place_writable(&place, err);
    ks_place_drop(&place);
    return rc;
}

bool ks_save_same_place(const char *path, const char *other)
{
    struct ks_place a, b;
    if (ks_place_find(path, false, "written", &a, NULL) != KS_OK)
        return false;
    bool same = ks_place_find(other, false, "written", &b, NULL) == KS_OK;
    if (same) {
        same = strcmp(a.target, b.target) == 0;
        ks_place_drop(&b);
    }
    ks_place_drop(&a);
    return same;
}

/* ---- files that are better left alone ---- */

static bool is_on_read_only_fs(const char *path)
{
    struct statvfs fs;
    return statvfs(path, &fs) == 0 && fs.f_flag & ST_RDONLY;
}

static bool is_in_closed_directory(const char *path)
{
    struct ks_place place;
    if (ks_place_find(path, true, "saved", &place, NULL) != KS_OK)
        return true;
    bool closed = ks_place_writable(&place, NULL) != KS_OK;
    ks_place_drop(&place);
    return closed;
}

const char *ks_save_discouraged(const char *path, char *room, size_t size)
{
    struct stat st;
    char name[64];
    if (stat(path, &st) != 0)
        return NULL;
    char *home = ks_jvm_of_cacerts(path);
    if (home) {
        (void)snprintf(room, size,
                       *home ? "it is the truststore of the JVM in %s"
                             : "it is the truststore of the JVMs of this host",
                       home);
        free(home);
        return room;
    }
    if (is_on_read_only_fs(path))
        return "its file system is read-only";
    if (st.st_uid != geteuid()) {
        (void)snprintf(room, size, "it belongs to %s", ks_input_user(st.st_uid, name, sizeof name));
        return room;
    }
    if (access(path, W_OK) != 0)
        return "you cannot write it";
    return is_in_closed_directory(path) ? "you cannot write its directory" : NULL;
}
