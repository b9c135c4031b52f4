/*
 * A directory of its own for each test, keystores in it, and edits: for the tests of what is
 * written to disk.
 *
 *   struct ks_store *s = open_file(keystore("a.jks"));
 *   rename_entry(s, 0, "new");
 */
#ifndef KSX_TEST_SAVING_H
#define KSX_TEST_SAVING_H

#include "run.h"

#include "base/alloc.h"
#include "file/open.h"
#include "file/save.h"
#include "format/format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define NOBODY 65534

static char saving_dir[64];

/* A path in the directory; sixteen of them at a time. */
static inline const char *in_dir(const char *name)
{
    static char paths[16][512];
    static unsigned turn;
    char *path = paths[turn++ % 16];
    (void)snprintf(path, sizeof paths[0], "%s/%s", saving_dir, name);
    return path;
}

static inline int make_dir_in(const char *where)
{
    (void)umask(022);
    (void)snprintf(saving_dir, sizeof saving_dir, "%s/ksx-save-XXXXXX", where);
    return mkdtemp(saving_dir) ? 0 : -1;
}

static inline int make_dir(void **state)
{
    (void)state;
    return make_dir_in("/tmp");
}

static inline int remove_dir(void **state)
{
    (void)state;
    struct run r = RUN("rm", "-rf", saving_dir);
    int failed = r.exit;
    run_free(&r);
    return failed;
}

static inline struct ks_buf read_file(const char *path)
{
    struct ks_buf out = KS_BUF_INIT;
    char chunk[4096];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, f)) > 0;)
        ks_buf_append(&out, chunk, got);
    (void)fclose(f);
    return out;
}

static inline const char *write_file(const char *path, struct ks_slice bytes)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, f), bytes.len);
    assert_int_equal(fclose(f), 0);
    return path;
}

static inline struct ks_slice slice_of(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

/* A copy of a sample, mode 0640: keys and certificates, password changeit. */
static inline const char *sample(const char *name, const char *as)
{
    char from[512];
    (void)snprintf(from, sizeof from, KSX_DATA "/dialects/%s", name);
    struct ks_buf bytes = read_file(from);
    const char *path = write_file(in_dir(as), slice_of(&bytes));
    ks_buf_free(&bytes);
    assert_int_equal(chmod(path, 0640), 0);
    return path;
}

static inline const char *keystore(const char *as)
{
    return sample("jks-v2.jks", as);
}

static inline struct ks_store *open_file(const char *path)
{
    struct ks_error err = {0};
    struct ks_store *store = NULL;
    struct ks_secret *pw = ks_secret_new("changeit", 8);
    if (ks_open(path, pw, NULL, &store, &err) != KS_OK)
        fail_msg("%s: %s", path, err.what);
    ks_secret_free(pw);
    return store;
}

static inline void rename_entry(struct ks_store *s, size_t index, const char *alias)
{
    struct ks_entry **entries = ks_version_entries(s->now, 0);
    struct ks_entry_draft draft = ks_entry_draft_of(entries[index]);
    free(draft.alias);
    draft.alias = ks_strdup(alias);
    draft.alias_raw = ks_slice(NULL, 0);
    draft.edited |= KS_EDITED_ALIAS;
    ks_entry_unref(entries[index]);
    entries[index] = ks_entry_new(&draft);
    ks_store_push(s, ks_version_new("renamed", entries, s->now->count,
                                    ks_secret_ref(s->now->password), s->now->protection));
}

/* The store at a path, opened, with its first entry renamed to "new". */
static inline struct ks_store *edited(const char *path)
{
    struct ks_store *s = open_file(path);
    rename_entry(s, 0, "new");
    return s;
}

static inline void assert_alias(const char *path, const char *alias)
{
    struct ks_store *s = open_file(path);
    assert_int_equal(s->now->count, 4);
    assert_string_equal(s->now->entries[0]->alias, alias);
    ks_store_free(s);
}


/* The names in the directory in order, hidden ones too: "a.jks a.jks.bak". */
static inline const char *listing(void)
{
    static char text[4096];
    struct dirent **names;
    text[0] = '\0';
    int count = scandir(saving_dir, &names, NULL, alphasort);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        size_t len = strlen(text);
        if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0)
            (void)snprintf(text + len, sizeof text - len, "%s%s", len ? " " : "",
                           names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return text;
}

static inline unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return (unsigned)st.st_mode & 07777;
}

/* Runs `fn` in a child that is nobody in particular; its failures are the test's. Root is allowed
 * everything, so that what is forbidden cannot be seen as root. */
static inline void as_nobody(void (*fn)(void))
{
    if (geteuid() == 0)
        assert_int_equal(chown(saving_dir, NOBODY, NOBODY), 0);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(2);
        fn();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* For the child: an assertion of cmocka would run on into the other tests. */
#define MUST(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                          \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

#endif
