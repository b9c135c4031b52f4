/*
 * What an edit does not name stays as it is: every sample is opened and written again, without an
 * edit and with one, and read back. Usage: test_preserve [DIR] - of the samples if none is given
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "file/open.h"
#include "op/edit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 600
#define EDITS_MAX 3 /* entries of each file that are edited, one at a time */

static struct {
    const char *dir; /* NULL: KSX_DATA */
    char *paths[FILES_MAX];
    size_t count;
    char scratch[64];
} all;

/* ---- the samples ---- */

/* Millions of rounds, which only time tells from others. */
static bool is_slow(const char *name)
{
    return strstr(name, "rounds-many") || strstr(name, "rounds-huge") || strstr(name, "rounds-max");
}

static void collect(const char *dir)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, alphasort);

    assert_true(n >= 0);
    for (int i = 0; i < n; i++) {
        char *path = ks_asprintf("%s/%s", dir, names[i]->d_name);
        struct stat st;
        bool wanted =
            names[i]->d_name[0] != '.' && lstat(path, &st) == 0 && !is_slow(names[i]->d_name);
        if (wanted && S_ISDIR(st.st_mode)) {
            collect(path);
        } else if (wanted && S_ISREG(st.st_mode)) {
            assert_true(all.count < FILES_MAX);
            all.paths[all.count++] = path;
            path = NULL;
        }
        free(path);
        free(names[i]);
    }
    free(names);
}

static const char *const passwords[] = {"changeit", "secret12", "", "p\u00e4ssw\u00f6rt\u20ac"};

static struct ks_store *opened(const char *path, const struct ks_secret *password)
{
    struct ks_store *store = NULL;
    struct ks_error err = {0};
    return ks_open(path, password, NULL, &store, &err) == KS_OK ? store : NULL;
}

static bool is_signed(const struct ks_store *store)
{
    for (size_t i = 0; i < store->fact_count; i++)
        if (strcmp(store->facts[i].label, "Read-only") == 0)
            return true;
    return false;
}

/* With the first password that opens it, or without one. NULL: nothing that can be written. */
static struct ks_store *sample(const char *path)
{
    struct ks_store *store = NULL;

    for (size_t i = 0; !store && i < sizeof passwords / sizeof passwords[0]; i++) {
        struct ks_secret *pw = ks_secret_new(passwords[i], strlen(passwords[i]));
        store = opened(path, pw);
        ks_secret_free(pw);
    }
    if (store && store->format->caps & KS_CAP_WRITE && !(store->notes & KS_STORE_DAMAGED) &&
        store->damage.code == KS_OK && store->integrity != KS_INTEGRITY_BAD && !is_signed(store))
        return store;
    ks_store_free(store);
    return NULL;
}

/* ---- writing and reading back ---- */

static void put(const char *path, const struct ks_buf *bytes)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes->data, 1, bytes->len, out), bytes->len);
    assert_int_equal(fclose(out), 0);
}

/* What is on disk after `version` was written; NULL, and says why, when that fails. */
static struct ks_store *written(const struct ks_store *store, const struct ks_version *version)
{
    struct ks_buf bytes = KS_BUF_INIT;
    struct ks_error err = {0};
    struct ks_store *back = NULL;

    if (store->format->save(store, version, NULL, &bytes, &err) != KS_OK) {
        print_error("%s: not written: %s\n", store->path, err.what);
    } else {
        put(all.scratch, &bytes);
        back = opened(all.scratch, version->password ? version->password : store->password);
        if (!back)
            print_error("%s: cannot be read again\n", store->path);
    }
    ks_buf_wipe_free(&bytes);
    return back;
}

/* ---- what is compared ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool has_piece(const struct ks_entry *e, struct ks_slice raw)
{
    for (size_t i = 0; e && i < e->piece_count; i++)
        if (e->pieces[i].raw.data == raw.data)
            return true;
    return false;
}

/* Apart from what it shares with the entry that was edited: an issuer that is an entry, too. */
static bool same_pieces(const struct ks_entry *a, const struct ks_entry *b,
                        const struct ks_entry *edited)
{
    if (a->piece_count != b->piece_count)
        return false;
    for (size_t i = 0; i < a->piece_count; i++)
        if (!has_piece(edited, a->pieces[i].raw) &&
            !ks_slice_equal(a->pieces[i].raw, b->pieces[i].raw))
            return false;
    return true;
}

static bool same_protection(const struct ks_entry *a, const struct ks_entry *b)
{
    struct ks_buf x = KS_BUF_INIT, y = KS_BUF_INIT;
    if (a->home && a->home->protection) {
        a->home->protection(a, &x);
        b->home->protection(b, &y);
    }
    bool same = ks_slice_equal(ks_slice(x.data, x.len), ks_slice(y.data, y.len));
    ks_buf_free(&x);
    ks_buf_free(&y);
    return same;
}

/* A name that is a number changes with what stands before it. */
static bool same_name(const struct ks_entry *a, const struct ks_entry *b)
{
    return ks_slice_equal(a->alias_raw, b->alias_raw) &&
           (a->notes & KS_NOTE_ALIAS_INVENTED || strcmp(a->alias, b->alias) == 0);
}

/* What differs of an entry that nobody touched; NULL: nothing. */
static const char *difference(const struct ks_entry *a, const struct ks_entry *b,
                              const struct ks_entry *edited)
{
    uint32_t name = a->notes & KS_NOTE_ALIAS_INVENTED ? KS_DIFF_ALIAS : 0;

    if (!same_name(a, b))
        return "alias";
    if (a->kind != b->kind || !same_text(a->key_format, b->key_format))
        return "kind";
    if (!ks_slice_equal(a->key, b->key))
        return "key bytes";
    if (!same_protection(a, b))
        return "protection";
    if (a->created != b->created)
        return "date";
    if (!same_pieces(a, b, edited))
        return "bytes in the file";
    return ks_entry_difference(a, b) & ~name ? "certificates" : NULL;
}

/* ---- without an edit ---- */

/* Bytes after the end are not written again, what is BER comes out as DER where it must, and what
 * made Java refuse the file need not stay. None of these may come. */
#define NOTES_THAT_GO (uint32_t)(KS_STORE_TRAILING | KS_STORE_BER | KS_STORE_JAVA_REFUSES)

#define TIME_OF_SAVE "Last changed" /* a BCFKS says when it was written */

/* The p of scrypt, which Bouncy Castle does not read, is written as it reads it. */
static bool same_fact(const struct ks_fact *a, const struct ks_fact *b)
{
    const char *scrypt = strstr(a->text, "scrypt"), *p = scrypt ? strstr(scrypt, " p=") : NULL;

    return strcmp(a->label, b->label) == 0 &&
           (strcmp(a->label, TIME_OF_SAVE) == 0 || strcmp(a->text, b->text) == 0 ||
            (p && strncmp(a->text, b->text, (size_t)(p - a->text)) == 0));
}

static bool same_facts(const struct ks_store *a, const struct ks_store *b)
{
    if (a->fact_count != b->fact_count)
        return false;
    for (size_t i = 0; i < a->fact_count; i++)
        if (!same_fact(&a->facts[i], &b->facts[i]))
            return false;
    return true;
}

static const char *store_difference(const struct ks_store *a, const struct ks_store *b)
{
    if (!same_text(a->type, b->type) || a->format != b->format)
        return "its type";
    if (a->integrity != b->integrity)
        return "its integrity";
    if ((a->notes & ~NOTES_THAT_GO) != (b->notes & ~NOTES_THAT_GO) || b->notes & ~a->notes)
        return "its notes";
    if (!((a->notes ^ b->notes) & NOTES_THAT_GO) && !same_facts(a, b))
        return "its algorithms";
    return ks_store_count(a) != ks_store_count(b) ? "the number of its entries" : NULL;
}

/* Files whose saves differ: 0 or 1. */
static size_t check_unchanged(const struct ks_store *store)
{
    struct ks_store *back = written(store, store->now);
    if (!back)
        return 1;
    const char *what = store_difference(store, back);
    if (what)
        print_error("%s: %s changed\n", store->path, what);
    for (size_t i = 0; !what && i < ks_store_count(store); i++) {
        const struct ks_entry *a = ks_store_entry(store, i), *b = ks_store_entry(back, i);
        what = difference(a, b, NULL);
        if (!what && (a->notes != b->notes || !same_text(a->comment, b->comment)))
            what = "notes";
        if (what)
            print_error("%s: %s changed of %s\n", store->path, what, a->alias);
    }
    ks_store_free(back);
    return what ? 1 : 0;
}

/* ---- with one ---- */

static bool is_editable(const struct ks_entry *e)
{
    return e->kind != KS_KIND_LOCKED && !(e->notes & KS_NOTE_UNREACHABLE);
}

/* All but the one at `edited`, which `back` has at the same place, or not at all. */
static size_t check_others(const struct ks_store *before, const struct ks_version *old,
                           const struct ks_store *back, size_t edited, bool deleted)
{
    if (ks_store_count(back) != old->count - deleted) {
        print_error("%s: %zu entries became %zu\n", before->path, old->count, ks_store_count(back));
        return 1;
    }
    for (size_t i = 0; i < old->count; i++) {
        if (i == edited)
            continue;
        const struct ks_entry *b = ks_store_entry(back, deleted && i > edited ? i - 1 : i);
        const char *what = difference(old->entries[i], b, old->entries[edited]);
        if (what) {
            print_error("%s: %s changed of %s when %s was edited\n", before->path, what,
                        old->entries[i]->alias, old->entries[edited]->alias);
            return 1;
        }
    }
    return 0;
}

#define NEW_NAME "renamed by a test"

static enum ks_code plan_edit(struct ks_store *store, const struct ks_entry *e, bool deletes,
                              struct ks_plan *plan, struct ks_error *err)
{
    return deletes ? ks_op_delete(store, &e, 1, NULL, 0, plan, err)
                   : ks_op_rename(store, e, NEW_NAME, plan, err);
}

static size_t check_edit(struct ks_store *store, size_t at, bool deletes, size_t *done)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    size_t bad = 0;

    if (plan_edit(store, ks_store_entry(store, at), deletes, &plan, &err) != KS_OK)
        return 0; /* PEM has no names, and what is inside of base64 is only read */
    (void)ks_plan_apply(&plan);
    struct ks_store *back = written(store, store->now);
    bad = back ? check_others(store, store->saved, back, at, deletes) : 1;
    if (back && !deletes && strcmp(ks_store_entry(back, at)->alias, NEW_NAME) != 0) {
        print_error("%s: %s is not renamed\n", store->path, store->saved->entries[at]->alias);
        bad = 1;
    }
    *done += 1;
    ks_store_free(back);
    assert_true(ks_store_undo(store));
    ks_plan_drop(&plan);
    return bad;
}

static size_t check_edits(struct ks_store *store, bool deletes, size_t *done)
{
    size_t bad = 0;
    if (deletes && ks_store_count(store) == 1 && !(store->format->caps & KS_CAP_STORE))
        return 0; /* nothing would be left to open */
    for (size_t i = 0, edits = 0; i < ks_store_count(store) && edits < EDITS_MAX; i++)
        if (is_editable(ks_store_entry(store, i))) {
            bad += check_edit(store, i, deletes, done);
            edits++;
        }
    return bad;
}

/* ---- tests ---- */

enum check { UNCHANGED, RENAMED, DELETED };

static void check_all(enum check check, size_t least)
{
    size_t bad = 0, done = 0;
    for (size_t i = 0; i < all.count; i++) {
        struct ks_store *store = sample(all.paths[i]);
        if (!store)
            continue;
        if (check != UNCHANGED) {
            bad += check_edits(store, check == DELETED, &done);
        } else {
            bad += check_unchanged(store);
            done++;
        }
        ks_store_free(store);
    }
    print_message("%zu saves of %zu files\n", done, all.count);
    assert_int_equal(bad, 0);
    assert_true(done >= least);
}

static void a_save_without_an_edit_changes_nothing(void **state)
{
    (void)state;
    check_all(UNCHANGED, 30);
}

static void a_new_name_changes_no_other_entry(void **state)
{
    (void)state;
    check_all(RENAMED, 40);
}

static void a_deletion_changes_no_other_entry(void **state)
{
    (void)state;
    check_all(DELETED, 40);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_save_without_an_edit_changes_nothing),
        cmocka_unit_test(a_new_name_changes_no_other_entry),
        cmocka_unit_test(a_deletion_changes_no_other_entry),
    };
    (void)snprintf(all.scratch, sizeof all.scratch, "/tmp/ksx-preserve-XXXXXX");
    int fd = mkstemp(all.scratch);
    if (fd < 0)
        return 2;
    (void)close(fd);
    collect(argc > 1 ? argv[1] : KSX_DATA);
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(all.scratch);
    for (size_t i = 0; i < all.count; i++)
        free(all.paths[i]);
    return status;
}
