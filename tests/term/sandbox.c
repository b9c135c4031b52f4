#define _GNU_SOURCE
#include "sandbox.h"

#include "base/alloc.h"
#include "file/open.h"
#include "file/save.h"
#include "op/edit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char box[PATH_MAX];
static uint8_t *kept;
static size_t kept_len;

/* ---- the directory ---- */

int sandbox_make(void **state)
{
    (void)state;
    (void)snprintf(box, sizeof box, "%s/box-XXXXXX", KSX_SCRATCH);
    return mkdtemp(box) ? 0 : -1;
}

static void remove_all(const char *dir)
{
    DIR *d = opendir(dir);
    char path[PATH_MAX];
    struct stat st;
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
            remove_all(path);
        else
            (void)unlink(path);
    }
    if (d)
        (void)closedir(d);
    (void)rmdir(dir);
}

int sandbox_drop(void **state)
{
    (void)state;
    (void)chmod(box, 0700);
    remove_all(box);
    free(kept);
    kept = NULL;
    return 0;
}

const char *in_box(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, PATH_MAX, "%.2000s/%.2000s", box, name);
    return path;
}

/* ---- files ---- */

static uint8_t *slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is not there", path);
    uint8_t *data = calloc(1, 1 << 20);
    *len = fread(data, 1, 1 << 20, f);
    (void)fclose(f);
    return data;
}

static void spill(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

void put_sample(const char *sample, const char *name)
{
    char from[PATH_MAX];
    size_t len;
    (void)snprintf(from, sizeof from, "%s/%s", KSX_DATA, sample);
    uint8_t *data = slurp(from, &len);
    spill(in_box(name), data, len);
    free(data);
}

void put_text(const char *name, const char *text)
{
    spill(in_box(name), text, strlen(text));
}

bool is_there(const char *name)
{
    struct stat st;
    return lstat(in_box(name), &st) == 0;
}

unsigned mode_of(const char *name)
{
    struct stat st;
    assert_int_equal(stat(in_box(name), &st), 0);
    return st.st_mode & 07777;
}

bool same_bytes(const char *name, const char *other)
{
    size_t a_len, b_len;
    uint8_t *a = slurp(in_box(name), &a_len), *b = slurp(in_box(other), &b_len);
    bool same = a_len == b_len && memcmp(a, b, a_len) == 0;
    free(a);
    free(b);
    return same;
}

void keep_bytes(const char *name)
{
    free(kept);
    kept = slurp(in_box(name), &kept_len);
}

static bool has_kept(const char *name)
{
    size_t len;
    uint8_t *now = slurp(in_box(name), &len);
    bool same = len == kept_len && memcmp(now, kept, len) == 0;
    free(now);
    return same;
}

void assert_unchanged(const char *name)
{
    if (!has_kept(name))
        fail_msg("%s was written", name);
}

void assert_is_backup(const char *backup)
{
    if (!has_kept(backup))
        fail_msg("%s does not have the old bytes", backup);
}

/* ---- stores ---- */

struct ks_store *read_store(const char *name, const char *password)
{
    struct ks_secret *secret = ks_secret_new(password, strlen(password));
    struct ks_store *store = NULL;
    struct ks_error err = {0};
    if (ks_open(in_box(name), secret, NULL, &store, &err) != KS_OK)
        fail_msg("%s cannot be opened: %s", name, err.what);
    ks_secret_free(secret);
    return store;
}

const char *aliases_of(const char *name, const char *password)
{
    static char text[4096];
    struct ks_store *store = read_store(name, password);
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < ks_store_count(store); i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? " " : "",
                                ks_store_entry(store, i)->alias);
    ks_store_free(store);
    return text;
}

static void save_store(struct ks_store *store)
{
    struct ks_error err = {0};
    if (ks_save(store, &(struct ks_save){.no_backup = true}, NULL, &err) != KS_OK)
        fail_msg("not saved: %s", err.what);
}

void put_inbound_as(const char *type, const char *name)
{
    put_sample("inbound.p12", "from.p12");
    struct ks_store *from = read_store("from.p12", "changeit");
    const struct ks_format *format = ks_format_by_name(type);
    const struct ks_entry *drop[8];
    size_t dropped = 0;
    for (size_t i = 0; i < ks_store_count(from); i++)
        if (format->refuses && format->refuses(ks_store_entry(from, i)))
            drop[dropped++] = ks_store_entry(from, i);
    struct ks_convert how = {
        .format = format, .path = in_box(name), .drop = drop, .drop_count = dropped};
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (ks_op_convert(from, &how, NULL, &plan, &err) != KS_OK)
        fail_msg("not converted: %s", err.what);
    struct ks_store *made = ks_plan_apply(&plan);
    save_store(made);
    ks_store_free(made);
    ks_store_free(from);
    ks_plan_drop(&plan);
    assert_int_equal(unlink(in_box("from.p12")), 0);
}

void rename_behind(const char *name, const char *password, const char *alias, const char *to)
{
    struct ks_store *store = read_store(name, password);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    size_t at;
    assert_true(ks_store_find(store, alias, &at));
    if (ks_op_rename(store, ks_store_entry(store, at), to, &plan, &err) != KS_OK)
        fail_msg("not renamed: %s", err.what);
    assert_null(ks_plan_apply(&plan));
    ks_plan_drop(&plan);
    save_store(store);
    ks_store_free(store);
}

void passwd_behind(const char *name, const char *password, const char *to)
{
    struct ks_store *store = read_store(name, password);
    struct ks_secret *pw = ks_secret_new(to, strlen(to));
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    const struct ks_passwd how = {.store_password = pw, .all_entries = true};
    if (ks_op_passwd(store, &how, NULL, &plan, &err) != KS_OK)
        fail_msg("the password was not changed: %s", err.what);
    assert_null(ks_plan_apply(&plan));
    ks_plan_drop(&plan);
    ks_secret_free(pw);
    save_store(store);
    ks_store_free(store);
}

/* ---- other programs ---- */

static void become(int out, const char *const argv[])
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC); /* nobody is there to be asked */
    dup2(nothing, 0);
    dup2(out, 1);
    dup2(out, 2);
    if (chdir(box) == 0)
        execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(errno == ENOENT ? 127 : 126);
}

const char *run_in_box(const char *const argv[])
{
    static char text[1 << 20];
    size_t len = 0;
    ssize_t got;
    int out[2], status;
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become(out[1], argv);
    close(out[1]);
    while ((got = read(out[0], text + len, sizeof text - 1 - len)) > 0)
        len += (size_t)got;
    text[len] = '\0';
    close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && !getenv("KSX_NO_SKIP")) {
        print_message("SKIPPED: needs %s\n", argv[0]);
        skip();
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s %s: %s", argv[0], argv[1], text);
    return text;
}

void assert_told(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text);
}

/* ---- ksx ---- */

struct pty *start_in_box(int rows, int cols, const char *const *env, const char *const names[])
{
    const char *argv[24] = {KSX_PROGRAM, "--at", NOW};
    size_t n = 3;
    for (; *names && n + 1 < sizeof argv / sizeof argv[0]; names++)
        argv[n++] = *names;
    argv[n] = NULL;
    return pty_start(&(struct pty_options){.rows = rows, .cols = cols, .env = env, .cwd = box},
                     argv);
}

struct pty *open_in_box(int rows, int cols, const char *name)
{
    struct pty *t = start_in_box(rows, cols, NULL, (const char *const[]){name, NULL});
    pty_wait(t, "Password");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "nexus-iq-server");
    pty_wait_gone(t, "Enter unlock");
    return t;
}

void assert_never_sent(struct pty *t, const char *secret)
{
    if (pty_sent(t, secret, strlen(secret)))
        fail_msg("\"%s\" went to the terminal", secret);
}
