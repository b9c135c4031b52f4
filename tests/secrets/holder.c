/*
 * Does with keystores what people do, closes them, and waits to be searched: secrets_holder DIR
 *
 * Standard input gives the password, another one, and a passphrase to store, a line each; nothing
 * of them is in the arguments or the environment. "open" is written while the last keystore is
 * open, "closed" when none is; each waits for a line.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "file/open.h"
#include "file/recover.h"
#include "file/save.h"
#include "op/edit.h"
#include "op/export.h"
#include "op/import.h"
#include "op/make.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct ks_secret *password, *other, *passphrase;
static int failures;

static void expect(bool good, const char *path, const char *what, const struct ks_error *err)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s: %s: %s\n", path, what, err->what);
    failures++;
}

/* One octet at a time: stdio would keep a copy. */
static struct ks_secret *read_line(void)
{
    char line[256];
    size_t len = 0;
    while (len < sizeof line && read(STDIN_FILENO, line + len, 1) == 1 && line[len] != '\n')
        len++;
    struct ks_secret *s = ks_secret_new(line, len);
    ks_wipe(line, sizeof line);
    return s;
}

static void tell(const char *word)
{
    (void)!write(STDOUT_FILENO, word, strlen(word));
    ks_secret_free(read_line());
}

/* ---- what is done with each keystore ---- */

static struct ks_secret *ask(void *ctx, const struct ks_store *store, const struct ks_entry *entry,
                             const struct ks_error *why)
{
    (void)ctx, (void)store, (void)entry, (void)why;
    return ks_secret_ref(password);
}

static void wrong_password(const char *path)
{
    struct ks_secret *wrong = ks_secret_new("not the password", 16);
    struct ks_store *s = NULL;
    struct ks_error err = {0};
    if (ks_open(path, wrong, NULL, &s, &err) == KS_OK)
        ks_store_free(s);
    ks_secret_free(wrong);
}

static void unlock_all(const struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++) {
        struct ks_unlocked what;
        struct ks_error err = {0};
        const struct ks_entry *e = ks_store_entry(s, i);
        if ((e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD) &&
            ks_unlock(s, e, NULL, NULL, &what, &err) != KS_OK)
            expect(ks_unlock(s, e, password, NULL, &what, &err) == KS_OK, s->path, "unlock", &err);
    }
}

static void save(struct ks_store *s)
{
    struct ks_error err = {0};
    const struct ks_save how = {.over_existing = true};
    expect(ks_save(s, &how, NULL, &err) == KS_OK, s->path, "save", &err);
}

static void failing_saves(struct ks_store *s, const char *dir)
{
    char *nowhere = ks_asprintf("%s/nowhere/file", dir);
    const struct ks_save missing = {.path = nowhere}, directory = {.path = dir};
    struct ks_error err = {0};
    expect(ks_save(s, &missing, NULL, &err) != KS_OK, s->path, "save to nowhere", &err);
    expect(ks_save(s, &directory, NULL, &err) != KS_OK, s->path, "save over a directory", &err);
    free(nowhere);
}

static void rename_first(struct ks_store *s)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (ks_store_count(s) > 0 &&
        ks_op_rename(s, ks_store_entry(s, 0), "renamed", &plan, &err) == KS_OK)
        (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
}

static void add_passphrase(struct ks_store *s)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct ks_material m = {.type = KS_MATERIAL_PASSWORD,
                            .algorithm = "PBEWithMD5AndDES",
                            .bytes = ks_secret_ref(passphrase)};
    if (ks_op_add_material(s, "passphrase", &m, NULL, NULL, &plan, &err) == KS_OK)
        (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    if (ks_op_make_secret(s, "made", "AES", 256, NULL, NULL, &plan, &err) == KS_OK)
        (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    ks_material_drop(&m);
}

static void convert(const struct ks_store *from, const struct ks_format *format, const char *dir)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    char *path = ks_asprintf("%s/converted", dir);
    const struct ks_convert how = {.format = format,
                                   .path = path,
                                   .password = other,
                                   .protection = KS_PROTECT_LEGACY,
                                   .passwords = {ask, NULL}};
    bool good = ks_op_convert(from, &how, NULL, &plan, &err) == KS_OK;
    expect(good, from->path, format->name, &err);
    if (good) {
        struct ks_store *made = ks_plan_apply(&plan);
        save(made);
        ks_store_free(made);
    }
    ks_plan_drop(&plan);
    (void)unlink(path);
    free(path);
}

static void change_password(struct ks_store *s)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    const struct ks_passwd change = {
        .store_password = other, .all_entries = true, .passwords = {ask, NULL}};
    if (ks_op_passwd(s, &change, NULL, &plan, &err) == KS_OK)
        (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
}

static struct ks_secret *ask_other(void *ctx, const struct ks_store *store,
                                   const struct ks_entry *entry, const struct ks_error *why)
{
    (void)ctx, (void)store, (void)entry, (void)why;
    return ks_secret_ref(other);
}

/* A key leaves under another password, as PKCS#12 and as PKCS#8, and comes in again. */
static void bring_back(struct ks_store *s, struct ks_slice bytes)
{
    struct ks_store *source = NULL;
    struct ks_gather given = {0};
    struct ks_candidates found = {0};
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    const struct ks_key_passwords its = {ask_other, NULL};
    bool good = ks_open_bytes("what left", bytes, other, NULL, &source, &err) == KS_OK &&
                ks_gather_store(&given, source, &err) == KS_OK &&
                ks_import_candidates(s, &given, &its, NULL, &found, &err) == KS_OK;
    expect(good && found.count == 1, s->path, "bring back", &err);
    if (good && found.at[0].chain_len > 0) {
        const struct ks_import_key key = {
            .from = &found.at[0], .alias = "back", .incomplete = true};
        expect(ks_op_import_keys(s, &key, 1, KS_CLASH_RENAME, NULL, &plan, &err) == KS_OK, s->path,
               "import a key", &err);
    }
    ks_plan_drop(&plan);
    ks_candidates_drop(&found);
    ks_gather_drop(&given);
}

static void give_away(struct ks_store *s, const struct ks_entry *e)
{
    static const struct {
        enum ks_export_what what;
        enum ks_export_format format;
    } ways[] = {{KS_EXPORT_KEY, KS_EXPORT_PEM},
                {KS_EXPORT_KEY, KS_EXPORT_PKCS8},
                {KS_EXPORT_PAIR, KS_EXPORT_PKCS12},
                {KS_EXPORT_PAIR, KS_EXPORT_PEM}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct ks_buf bytes = KS_BUF_INIT;
        struct ks_error err = {0};
        struct ks_export how = {.store = s,
                                .entries = &e,
                                .count = 1,
                                .what = ways[i].what,
                                .format = ways[i].format,
                                .password = other,
                                .passwords = {ask, NULL}};
        bool good = ks_op_export(&how, NULL, &bytes, &err) == KS_OK;
        expect(good, s->path, "export", &err);
        if (good)
            bring_back(s, ks_slice(bytes.data, bytes.len));
        ks_buf_wipe_free(&bytes);
        how.password = NULL; /* in clear */
        how.unencrypted = true;
        if (ways[i].format != KS_EXPORT_PKCS12)
            expect(ks_op_export(&how, NULL, &bytes, &err) == KS_OK, s->path, "export in clear",
                   &err);
        ks_buf_wipe_free(&bytes);
    }
}

static void sign_with(struct ks_store *s, const struct ks_entry *e)
{
    struct ks_profile profile = {0};
    struct ks_ask what = {0};
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct ks_buf request = KS_BUF_INIT;
    const struct ks_key_passwords own = {ask, NULL};
    ks_op_ask_of(e, &what.subject, &profile);
    what.profile = &profile;
    expect(ks_op_request(s, e, &what, &own, NULL, &request, &err) == KS_OK, s->path, "request",
           &err);
    const struct ks_renew again = {.entry = e,
                                   .not_before = e->chain[0].not_before,
                                   .not_after = e->chain[0].not_after,
                                   .passwords = own};
    if (ks_op_renew(s, &again, NULL, &plan, &err) != KS_OK)
        expect(strcmp(err.slug, "signed-by-other") == 0, s->path, "renew", &err);
    ks_plan_drop(&plan);
    ks_profile_drop(&profile);
    ks_buf_free(&request);
}

static void use_keys(struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++) {
        const struct ks_entry *e = ks_store_entry(s, i);
        if (e->kind != KS_KIND_KEY || e->chain_len == 0)
            continue;
        give_away(s, e);
        sign_with(s, e);
    }
}

static void use(const char *dir, const char *name)
{
    struct ks_store *s = NULL;
    struct ks_error err = {0};
    char *path = ks_asprintf("%s/%s", dir, name), *recovery = NULL;
    wrong_password(path);
    expect(ks_open(path, password, NULL, &s, &err) == KS_OK, path, "open", &err);
    if (s) {
        unlock_all(s);
        rename_first(s);
        add_passphrase(s);
        use_keys(s);
        failing_saves(s, dir);
        save(s);
        for (size_t i = 0; ks_formats[i]; i++)
            if (ks_formats[i]->caps & KS_CAP_WRITE)
                convert(s, ks_formats[i], dir);
        change_password(s);
        expect(ks_recover_write(s, &recovery, &err) == KS_OK &&
                   ks_recover_remove(path, &err) == KS_OK,
               path, "recovery file", &err);
        save(s);
    }
    free(recovery);
    free(path);
    ks_store_free(s);
}

/* What is open has its secrets in memory: whoever searches must find them. */
static void hold(const struct ks_store *s)
{
    struct ks_material keys[16] = {0};
    struct ks_error err = {0};
    for (size_t i = 0; i < ks_store_count(s) && i < sizeof keys / sizeof keys[0]; i++)
        if (ks_store_entry(s, i)->key.len > 0)
            expect(s->format->reveal(s, ks_store_entry(s, i), NULL, NULL, &keys[i], &err) == KS_OK,
                   s->path, "reveal", &err);
    tell("open");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        ks_material_drop(&keys[i]);
}

int main(int argc, char **argv)
{
    struct dirent **names;
    struct ks_store *s = NULL;
    struct ks_error err = {0};
    int n = argc == 2 ? scandir(argv[1], &names, NULL, alphasort) : -1;
    if (n < 0)
        return 2;
    ks_secret_setup();
    password = read_line();
    other = read_line();
    passphrase = read_line();
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.')
            use(argv[1], names[i]->d_name);
        free(names[i]);
    }
    free(names);
    char *last = ks_asprintf("%s/a.pkcs12", argv[1]);
    expect(ks_open(last, other, NULL, &s, &err) == KS_OK, last, "open again", &err);
    free(last);
    if (s)
        hold(s);
    ks_store_free(s);
    ks_secret_free(password);
    ks_secret_free(other);
    ks_secret_free(passphrase);
    tell("closed");
    return failures > 0;
}
