/* Writing a store: the file is the old one or the new one, and nobody's work is overwritten. */
#include "saving.h"

#include <sys/file.h>
#include <sys/xattr.h>

/* ---- saving ---- */

static void save_ok(struct ks_store *s, struct ks_save how)
{
    struct ks_error err = {.what = "untouched"};
    enum ks_code rc = ks_save(s, &how, NULL, &err);
    if (rc != KS_OK)
        fail_msg("%s (%s)", err.what, err.next);
    assert_string_equal(err.what, "untouched");
}

/* A message that begins with the path that was given. */
static void assert_says(const struct ks_error *err, const char *path, const char *words)
{
    size_t len = strlen(path);
    if (strncmp(err->what, path, len) != 0 || strcmp(err->what + len, words) != 0)
        fail_msg("%s", err->what);
}

/* Refused with this slug; the file at `path` is byte for byte what it was, and alone. */
static struct ks_error save_fails(struct ks_store *s, struct ks_save how, const char *path,
                                  enum ks_code code, const char *slug)
{
    struct ks_error err = {0};
    struct ks_buf before = read_file(path);
    size_t unsaved = ks_store_unsaved(s);
    char names[4096];
    (void)snprintf(names, sizeof names, "%s", listing());
    enum ks_code rc = ks_save(s, &how, NULL, &err);
    assert_string_equal(err.slug, slug);
    assert_int_equal(rc, code);
    assert_int_equal(err.code, code);
    assert_true(err.next[0]);
    struct ks_buf after = read_file(path);
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.data, before.data, before.len);
    assert_string_equal(listing(), names);
    assert_int_equal(ks_store_unsaved(s), unsaved);
    ks_buf_free(&before);
    ks_buf_free(&after);
    return err;
}

static void what_was_edited_is_on_disk_and_the_rest_is_as_it_was(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    assert_int_equal(ks_store_unsaved(s), 1);
    save_ok(s, (struct ks_save){0});
    assert_int_equal(ks_store_unsaved(s), 0);
    struct ks_store *read = open_file(path);
    assert_int_equal(read->now->count, 4);
    assert_string_equal(read->now->entries[0]->alias, "new");
    for (size_t i = 1; i < 4; i++) {
        assert_string_equal(read->now->entries[i]->alias, s->now->entries[i]->alias);
        assert_int_equal(read->now->entries[i]->created, s->now->entries[i]->created);
        assert_true(ks_slice_equal(read->now->entries[i]->key, s->now->entries[i]->key));
    }
    assert_int_equal(read->integrity, KS_INTEGRITY_VERIFIED);
    assert_true(ks_stamp_equal(&read->stamp, &s->stamp));
    assert_true(ks_slice_equal(ks_blob_slice(read->disk), ks_blob_slice(s->disk)));
    ks_store_free(read);
    ks_store_free(s);
}

static void the_old_bytes_are_the_backup_of_one_generation(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_buf first = read_file(path);
    struct ks_store *s = edited(path);
    save_ok(s, (struct ks_save){0});
    assert_string_equal(listing(), "a.jks a.jks.bak");
    struct ks_buf backup = read_file(in_dir("a.jks.bak")), second = read_file(path);
    assert_int_equal(backup.len, first.len);
    assert_memory_equal(backup.data, first.data, first.len);
    assert_int_equal(mode_of(in_dir("a.jks.bak")), 0640);
    ks_buf_free(&backup);

    rename_entry(s, 0, "newer");
    save_ok(s, (struct ks_save){0});
    backup = read_file(in_dir("a.jks.bak"));
    assert_int_equal(backup.len, second.len);
    assert_memory_equal(backup.data, second.data, second.len);
    assert_alias(path, "newer");
    assert_string_equal(listing(), "a.jks a.jks.bak");
    ks_buf_free(&backup);
    ks_buf_free(&first);
    ks_buf_free(&second);
    ks_store_free(s);
}

static void no_backup_is_made_when_none_is_wanted(void **state)
{
    (void)state;
    struct ks_store *s = edited(keystore("a.jks"));
    save_ok(s, (struct ks_save){.no_backup = true});
    assert_string_equal(listing(), "a.jks");
    ks_store_free(s);
}

static void every_type_that_can_be_written_is_read_back(void **state)
{
    (void)state;
    static const char *const samples[] = {"jks-v1.jks", "jks-upper.jks", "jceks.jceks",
                                          "jks-keypass.jks"};
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const char *path = sample(samples[i], samples[i]);
        struct ks_store *s = edited(path);
        save_ok(s, (struct ks_save){.no_backup = true});
        ks_store_free(s);
        s = open_file(path);
        assert_string_equal(s->now->entries[0]->alias, "new");
        ks_store_free(s);
    }
}

static void a_backup_that_cannot_be_made_stops_the_save(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    assert_int_equal(mkdir(in_dir("a.jks.bak"), 0700), 0);
    struct ks_error err = save_fails(s, (struct ks_save){0}, path, KS_ERR_WRITE, "backup");
    assert_non_null(strstr(err.what, "a.jks was not saved: its backup a.jks.bak cannot be made"));
    save_ok(s, (struct ks_save){.no_backup = true});
    ks_store_free(s);
}

static void a_backup_that_is_a_link_is_replaced_and_not_followed(void **state)
{
    (void)state;
    struct ks_store *s = edited(keystore("a.jks"));
    (void)write_file(in_dir("mine"), ks_slice_str("mine"));
    assert_int_equal(symlink("mine", in_dir("a.jks.bak")), 0);
    save_ok(s, (struct ks_save){0});
    struct ks_buf mine = read_file(in_dir("mine"));
    assert_int_equal(mine.len, 4);
    ks_buf_free(&mine);
    ks_store_free(s);
}

static void the_longest_names_can_be_saved(void **state)
{
    (void)state;
    static char name[256];
    memset(name, 'n', 255);
    const char *path = keystore(name);
    struct ks_store *s = edited(path);
    (void)save_fails(s, (struct ks_save){0}, path, KS_ERR_WRITE, "backup"); /* no room for .bak */
    save_ok(s, (struct ks_save){.no_backup = true});
    assert_alias(path, "new");
    assert_string_equal(listing(), name);
    ks_store_free(s);
}

/* ---- owner, mode, ACL ---- */

static void mode_and_owner_stay(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct stat st;
    bool root = geteuid() == 0;
    if (root)
        assert_int_equal(chown(path, NOBODY, NOBODY), 0);
    assert_int_equal(chmod(path, 0664), 0);
    struct ks_store *s = edited(path);
    save_ok(s, (struct ks_save){0});
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0664);
    assert_int_equal(s->mode, 0664);
    if (root) {
        assert_int_equal(st.st_uid, NOBODY);
        assert_int_equal(st.st_gid, NOBODY);
    }
    ks_store_free(s);
}

/* POSIX ACL as extended attribute: version 2, then tag, permission and id of each entry. */
static const uint8_t acl[] = {2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 210, 4, 0, 0,
                              4, 0, 0, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255,
                              32, 0, 0, 0, 255, 255, 255, 255};

static void an_access_list_stays(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    uint8_t after[256];
    if (setxattr(path, "system.posix_acl_access", acl, sizeof acl, 0) != 0)
        skip();
    struct ks_store *s = edited(path);
    save_ok(s, (struct ks_save){0});
    assert_int_equal(getxattr(path, "system.posix_acl_access", after, sizeof after), sizeof acl);
    assert_memory_equal(after, acl, sizeof acl);
    ks_store_free(s);
}

static void a_list_that_the_directory_gives_is_not_added(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    uint8_t after[256];
    if (setxattr(saving_dir, "system.posix_acl_default", acl, sizeof acl, 0) != 0)
        skip();
    struct ks_store *s = edited(path);
    save_ok(s, (struct ks_save){0});
    assert_true(getxattr(path, "system.posix_acl_access", after, sizeof after) < 0);
    assert_int_equal(mode_of(path), 0640);
    ks_store_free(s);
}

static void user_attributes_are_kept(void **state)
{
    (void)state;
    char after[16] = "";
    const char *path = keystore("a.jks");
    if (setxattr(path, "user.owner", "jetty", 5, 0) != 0)
        skip();
    struct ks_store *s = edited(path);
    save_ok(s, (struct ks_save){0});
    assert_int_equal(getxattr(path, "user.owner", after, sizeof after), 5);
    assert_string_equal(after, "jetty");
    assert_int_equal(getxattr(in_dir("a.jks.bak"), "user.owner", after, sizeof after), 5);
    ks_store_free(s);
}

static void save_without_the_group(void)
{
    struct ks_error err = {0};
    struct ks_save_look look;
    struct stat st;
    const char *path = in_dir("a.jks");
    struct ks_store *s = edited(path);
    MUST(ks_save_look(s, NULL, &look, NULL) == KS_OK && !look.keeps_owner);
    ks_save_look_drop(&look);
    MUST(ks_save(s, &(struct ks_save){0}, NULL, &err) == KS_ERR_CONFLICT);
    MUST(strcmp(err.slug, "owner") == 0 && strstr(err.what, "mode 0674"));
    MUST(strcmp(listing(), "a.jks") == 0 || strcmp(listing(), "a.jks a.jks.bak") == 0);
    MUST(ks_save(s, &(struct ks_save){.over_owner = true}, NULL, &err) == KS_OK);
    MUST(stat(path, &st) == 0 && st.st_gid == NOBODY);
    MUST((st.st_mode & 07777) == 0644); /* others may read: the new group may, and no more */
    ks_store_free(s);
}

static void a_group_that_cannot_be_kept_is_asked_and_gives_nothing_away(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(path, NOBODY, 12345), 0);
    assert_int_equal(chmod(path, 0674), 0);
    as_nobody(save_without_the_group);
}

/* ---- links ---- */

static void a_symlink_is_followed_and_stays(void **state)
{
    (void)state;
    struct ks_save_look look;
    assert_int_equal(mkdir(in_dir("real"), 0700), 0);
    (void)keystore("real/a.jks");
    assert_int_equal(symlink("real/a.jks", in_dir("one")), 0);
    assert_int_equal(symlink(in_dir("one"), in_dir("two")), 0);
    struct ks_store *s = edited(in_dir("two"));
    assert_int_equal(ks_save_look(s, NULL, &look, NULL), KS_OK);
    assert_true(look.by_link && look.exists && !look.changed);
    assert_string_equal(look.target, in_dir("real/a.jks"));
    ks_save_look_drop(&look);
    save_ok(s, (struct ks_save){0});
    assert_string_equal(listing(), "one real two");
    assert_alias(in_dir("real/a.jks"), "new");
    assert_int_equal(access(in_dir("real/a.jks.bak"), F_OK), 0);
    ks_store_free(s);
}

static void a_dangling_symlink_gets_its_file(void **state)
{
    (void)state;
    struct ks_store *s = edited(keystore("a.jks"));
    assert_int_equal(symlink("target.jks", in_dir("link")), 0);
    save_ok(s, (struct ks_save){.path = in_dir("link")});
    assert_string_equal(listing(), "a.jks link target.jks");
    assert_alias(in_dir("target.jks"), "new");
    ks_store_free(s);
}

static void symlinks_in_a_circle_are_refused(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    assert_int_equal(symlink("b", in_dir("c")), 0);
    assert_int_equal(symlink("c", in_dir("b")), 0);
    struct ks_error err = save_fails(s, (struct ks_save){.path = in_dir("b")}, path, KS_ERR_WRITE,
                                     "write-error");
    assert_non_null(strstr(err.what, "too many symbolic links"));
    ks_store_free(s);
}

static void hard_links_are_asked(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_save_look look;
    struct ks_store *s = edited(path);
    assert_int_equal(link(path, in_dir("b.jks")), 0);
    assert_int_equal(ks_save_look(s, NULL, &look, NULL), KS_OK);
    assert_int_equal(look.links, 2);
    ks_save_look_drop(&look);
    struct ks_error err =
        save_fails(s, (struct ks_save){0}, path, KS_ERR_CONFLICT, "hard-links");
    assert_non_null(strstr(err.what, "2 names"));
    save_ok(s, (struct ks_save){.over_links = true});
    assert_alias(path, "new");
    assert_alias(in_dir("b.jks"), "other");
    ks_store_free(s);
}

/* A save that was killed can leave both. */
static void our_own_backup_and_leftovers_are_no_hard_links_to_ask_about(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    assert_int_equal(link(path, in_dir("a.jks.bak")), 0);
    assert_int_equal(link(path, in_dir(".a.jks.ksx-0123ab")), 0);
    save_ok(s, (struct ks_save){0});
    assert_string_equal(listing(), "a.jks a.jks.bak");
    assert_alias(path, "new");
    assert_alias(in_dir("a.jks.bak"), "other");
    ks_store_free(s);
}

/* ---- other programs ---- */

static void write_other(const char *path)
{
    struct ks_store *other = open_file(path);
    rename_entry(other, 1, "theirs");
    save_ok(other, (struct ks_save){.no_backup = true});
    ks_store_free(other);
}

static void what_another_program_wrote_is_not_overwritten(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_save_look look;
    struct ks_store *s = edited(path);
    write_other(path);
    assert_int_equal(ks_save_look(s, NULL, &look, NULL), KS_OK);
    assert_true(look.changed && !look.gone);
    ks_save_look_drop(&look);
    struct ks_error err =
        save_fails(s, (struct ks_save){0}, path, KS_ERR_CONFLICT, "disk-changed");
    assert_non_null(strstr(err.what, "a.jks was not saved: another program changed it"));

    save_ok(s, (struct ks_save){.over_changed = true});
    struct ks_store *backup = open_file(in_dir("a.jks.bak"));
    assert_string_equal(backup->now->entries[1]->alias, "theirs");
    ks_store_free(backup);
    ks_store_free(s);
}

static void a_change_that_keeps_size_and_time_is_noticed(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct stat st;
    struct ks_store *s = edited(path);
    assert_int_equal(stat(path, &st), 0);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "\xff", 1, st.st_size - 1), 1);
    assert_int_equal(futimens(fd, (struct timespec[]){st.st_atim, st.st_mtim}), 0);
    assert_int_equal(close(fd), 0);
    (void)save_fails(s, (struct ks_save){0}, path, KS_ERR_CONFLICT, "disk-changed");
    ks_store_free(s);
}

static void the_same_bytes_written_again_are_no_change(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    assert_int_equal(unlink(path), 0);
    (void)write_file(in_dir("in its place"), ks_slice_str("")); /* another inode */
    (void)keystore("a.jks");
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[2]){{0}, {0}}, 0), 0);
    save_ok(s, (struct ks_save){.no_backup = true});
    ks_store_free(s);
}

static void a_file_that_is_gone_is_asked(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_save_look look;
    struct ks_error err = {0};
    struct ks_store *s = edited(path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ks_save_look(s, NULL, &look, NULL), KS_OK);
    assert_true(look.gone && !look.exists);
    assert_null(look.backup);
    ks_save_look_drop(&look);
    assert_int_equal(ks_save(s, &(struct ks_save){0}, NULL, &err), KS_ERR_CONFLICT);
    assert_string_equal(err.slug, "disk-changed");
    assert_non_null(strstr(err.what, "removed or renamed"));
    assert_string_equal(listing(), "");
    save_ok(s, (struct ks_save){.over_changed = true});
    assert_string_equal(listing(), "a.jks");
    assert_int_equal(mode_of(path), 0600);
    ks_store_free(s);
}

/* ---- formats that fail on purpose ---- */

static struct ks_format stub; /* JKS, with another `save` */
static void (*meanwhile)(void);

static enum ks_code save_and_more(const struct ks_store *store, const struct ks_version *version,
                                  struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    if (meanwhile)
        meanwhile();
    return ks_format_jks.save(store, version, job, out, err);
}

static enum ks_code save_the_old_version(const struct ks_store *store,
                                         const struct ks_version *version, struct ks_job *job,
                                         struct ks_buf *out, struct ks_error *err)
{
    (void)version;
    return ks_format_jks.save(store, store->saved, job, out, err);
}

static enum ks_code save_one_less(const struct ks_store *store, const struct ks_version *version,
                                  struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_entry **entries = ks_version_entries(version, 0);
    ks_entry_unref(entries[version->count - 1]);
    struct ks_version *less = ks_version_new("less", entries, version->count - 1,
                                             ks_secret_ref(version->password), version->protection);
    enum ks_code rc = ks_format_jks.save(store, less, job, out, err);
    ks_version_unref(less);
    return rc;
}

static enum ks_code save_cut(const struct ks_store *store, const struct ks_version *version,
                             struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    enum ks_code rc = ks_format_jks.save(store, version, job, out, err);
    out->len /= 2;
    return rc;
}

static enum ks_code save_forged(const struct ks_store *store, const struct ks_version *version,
                                struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    enum ks_code rc = ks_format_jks.save(store, version, job, out, err);
    out->data[out->len - 1] ^= 1;
    return rc;
}

static enum ks_code save_text(const struct ks_store *store, const struct ks_version *version,
                              struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    (void)store, (void)version, (void)job, (void)err;
    ks_buf_str(out, "no keystore");
    return KS_OK;
}

static enum ks_code save_not(const struct ks_store *store, const struct ks_version *version,
                             struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    (void)store, (void)version, (void)job;
    ks_buf_str(out, "half of it");
    ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
            "not written: its digest needs the password");
    return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "type it");
}

static struct ks_store *stubbed(const char *path,
                                enum ks_code (*save)(const struct ks_store *,
                                                     const struct ks_version *, struct ks_job *,
                                                     struct ks_buf *, struct ks_error *))
{
    struct ks_store *s = edited(path);
    stub = ks_format_jks;
    stub.save = save;
    s->format = &stub;
    return s;
}

static void a_file_that_does_not_come_back_the_same_is_not_kept(void **state)
{
    (void)state;
    static const struct {
        enum ks_code (*save)(const struct ks_store *, const struct ks_version *, struct ks_job *,
                             struct ks_buf *, struct ks_error *);
        const char *says;
    } faults[] = {
        {save_the_old_version, "(entry new"},
        {save_one_less, "(entry lone is missing)"},
        {save_cut, "(test"},
        {save_forged, "("},
        {save_text, "(its type is not recognised)"},
    };
    const char *path = keystore("a.jks");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct ks_store *s = stubbed(path, faults[i].save);
        struct ks_error err =
            save_fails(s, (struct ks_save){0}, path, KS_ERR_WRITE, "save-verify");
        assert_non_null(strstr(err.what, "was not saved: the new file could not be read back"));
        if (i != 2)
            assert_non_null(strstr(err.what, faults[i].says));
        ks_store_free(s);
    }
}

static void an_error_of_the_format_names_the_file(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = stubbed(path, save_not);
    struct ks_error err = save_fails(s, (struct ks_save){0}, path, KS_ERR_PASSWORD_NEEDED,
                                     "password-needed");
    assert_says(&err, path, " was not saved: its digest needs the password");
    assert_string_equal(err.next, "type it");
    ks_store_free(s);
}

static void a_type_that_is_only_read_is_refused(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = stubbed(path, NULL);
    struct ks_error err =
        save_fails(s, (struct ks_save){0}, path, KS_ERR_REFUSED, "not-writable-type");
    assert_non_null(strstr(err.next, "convert"));
    ks_store_free(s);
}

static void overwrite_in_place(void)
{
    int fd = open(in_dir("a.jks"), O_WRONLY);
    assert_int_equal(write(fd, "theirs", 6), 6);
    assert_int_equal(close(fd), 0);
}

static void a_change_during_the_save_is_noticed(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_error err = {0};
    struct ks_store *s = stubbed(path, save_and_more);
    meanwhile = overwrite_in_place;
    assert_int_equal(ks_save(s, &(struct ks_save){0}, NULL, &err), KS_ERR_CONFLICT);
    assert_string_equal(err.slug, "disk-changed");
    assert_string_equal(listing(), "a.jks");
    struct ks_buf now = read_file(path);
    assert_memory_equal(now.data, "theirs", 6);
    ks_buf_free(&now);
    ks_store_free(s);
}

static void move_directory(void)
{
    char moved[128];
    (void)snprintf(moved, sizeof moved, "%s.moved", saving_dir);
    assert_int_equal(rename(saving_dir, moved), 0);
}

static void a_directory_that_is_moved_during_the_save_is_noticed(void **state)
{
    (void)state;
    char moved[128];
    struct ks_error err = {0};
    struct ks_store *s = stubbed(keystore("a.jks"), save_and_more);
    meanwhile = move_directory;
    assert_int_equal(ks_save(s, &(struct ks_save){0}, NULL, &err), KS_ERR_WRITE);
    assert_string_equal(err.slug, "no-directory");
    (void)snprintf(moved, sizeof moved, "%s.moved", saving_dir);
    assert_int_equal(rename(moved, saving_dir), 0);
    assert_string_equal(listing(), "a.jks");
    assert_alias(in_dir("a.jks"), "other");
    ks_store_free(s);
}

static void make_it_first(void)
{
    (void)write_file(in_dir("copy.jks"), ks_slice_str("theirs"));
}

static void a_file_that_appears_during_the_save_is_not_replaced(void **state)
{
    (void)state;
    struct ks_error err = {0};
    struct ks_store *s = stubbed(keystore("a.jks"), save_and_more);
    meanwhile = make_it_first;
    assert_int_equal(ks_save(s, &(struct ks_save){.path = in_dir("copy.jks")}, NULL, &err),
                     KS_ERR_CONFLICT);
    assert_string_equal(err.slug, "exists");
    assert_string_equal(listing(), "a.jks copy.jks");
    struct ks_buf now = read_file(in_dir("copy.jks"));
    assert_int_equal(now.len, 6);
    ks_buf_free(&now);
    ks_store_free(s);
}

static struct ks_job *job_to_stop;

static void stop_it(void)
{
    ks_job_cancel(job_to_stop);
}

static void a_save_that_is_stopped_changes_nothing(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_error err = {0};
    struct ks_store *s = stubbed(path, save_and_more);
    meanwhile = stop_it;
    job_to_stop = ks_job_new();
    assert_int_equal(ks_save(s, &(struct ks_save){0}, job_to_stop, &err), KS_ERR_CANCELLED);
    assert_says(&err, path, " was not saved: stopped");
    assert_string_equal(listing(), "a.jks");
    assert_alias(path, "other");
    ks_job_free(job_to_stop);
    ks_store_free(s);
}

/* ---- elsewhere ---- */

static void a_copy_leaves_the_store_where_it_is(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    save_ok(s, (struct ks_save){.path = in_dir("copy.jks")});
    assert_string_equal(listing(), "a.jks copy.jks");
    assert_int_equal(mode_of(in_dir("copy.jks")), 0600);
    assert_alias(in_dir("copy.jks"), "new");
    assert_alias(path, "other");
    assert_int_equal(ks_store_unsaved(s), 1);
    assert_string_equal(s->path, path);
    ks_store_free(s);
}

static void saving_under_another_name_can_move_the_store_there(void **state)
{
    (void)state;
    struct ks_store *s = edited(keystore("a.jks"));
    save_ok(s, (struct ks_save){.path = in_dir("b.jks"), .adopt = true});
    assert_string_equal(s->path, in_dir("b.jks"));
    assert_int_equal(ks_store_unsaved(s), 0);
    rename_entry(s, 0, "newer");
    save_ok(s, (struct ks_save){0});
    assert_alias(in_dir("b.jks"), "newer");
    assert_alias(in_dir("a.jks"), "other");
    ks_store_free(s);
}

static void a_file_under_the_other_name_is_asked(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    const char *other = keystore("b.jks");
    (void)save_fails(s, (struct ks_save){.path = other}, other, KS_ERR_CONFLICT, "exists");
    save_ok(s, (struct ks_save){.path = other, .over_existing = true});
    assert_alias(other, "new");
    assert_alias(in_dir("b.jks.bak"), "other");
    ks_store_free(s);
}

static void another_spelling_of_its_own_path_is_its_own_file(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    assert_int_equal(symlink(saving_dir, in_dir("self")), 0);
    save_ok(s, (struct ks_save){.path = in_dir("self/./a.jks")});
    assert_int_equal(ks_store_unsaved(s), 0);
    assert_string_equal(s->path, path);
    ks_store_free(s);
}

static void a_new_store_is_written_with_mode_0600_and_not_over_a_file(void **state)
{
    (void)state;
    struct ks_store *from = open_file(keystore("a.jks"));
    struct ks_store *s = ks_store_new(in_dir("fresh.jks"), ks_blob_copy(ks_slice(NULL, 0)));
    s->format = &ks_format_jks;
    struct ks_entry **entries = ks_version_entries(from->now, 0);
    ks_store_push(s, ks_version_new("made", entries, from->now->count,
                                    ks_secret_ref(from->now->password), KS_PROTECT_KEEP));
    (void)write_file(in_dir("fresh.jks"), ks_slice_str("theirs"));
    (void)save_fails(s, (struct ks_save){0}, in_dir("fresh.jks"), KS_ERR_CONFLICT, "exists");
    assert_int_equal(unlink(in_dir("fresh.jks")), 0);
    save_ok(s, (struct ks_save){0});
    assert_string_equal(listing(), "a.jks fresh.jks");
    assert_int_equal(mode_of(in_dir("fresh.jks")), 0600);
    assert_alias(in_dir("fresh.jks"), "other");
    assert_int_equal(ks_store_unsaved(s), 0);
    ks_store_free(s);
    ks_store_free(from);
}

static void what_is_no_file_or_has_no_directory_is_refused(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_store *s = edited(path);
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    (void)save_fails(s, (struct ks_save){.path = in_dir("fifo"), .over_existing = true}, path,
                     KS_ERR_WRITE, "not-a-file");
    (void)save_fails(s, (struct ks_save){.path = saving_dir}, path, KS_ERR_WRITE, "is-directory");
    (void)save_fails(s, (struct ks_save){.path = in_dir("x/")}, path, KS_ERR_WRITE, "no-directory");
    (void)save_fails(s, (struct ks_save){.path = in_dir("")}, path, KS_ERR_WRITE, "is-directory");
    struct ks_error err = save_fails(s, (struct ks_save){.path = in_dir("no/a.jks")}, path,
                                     KS_ERR_WRITE, "no-directory");
    assert_non_null(strstr(err.what, "a.jks was not saved: there is no directory"));
    ks_store_free(s);
}

static void save_into_a_closed_directory(void)
{
    struct ks_error err = {0};
    struct ks_save_look look;
    char room[256];
    struct ks_store *s = edited(in_dir("a.jks"));
    MUST(chmod(saving_dir, 0500) == 0);
    MUST(ks_save_look(s, NULL, &look, &err) == KS_ERR_WRITE);
    MUST(strcmp(err.slug, "permission-write") == 0);
    MUST(ks_save(s, &(struct ks_save){0}, NULL, &err) == KS_ERR_WRITE);
    MUST(strcmp(err.slug, "permission-write") == 0);
    MUST(strstr(err.what, "a.jks was not saved: the directory "));
    MUST(strstr(err.what, " cannot be written: permission denied"));
    MUST(strcmp(listing(), "a.jks") == 0);
    const char *why = ks_save_discouraged(in_dir("a.jks"), room, sizeof room);
    MUST(why && strcmp(why, "you cannot write its directory") == 0);
    MUST(chmod(saving_dir, 0700) == 0);
    MUST(ks_save_discouraged(in_dir("a.jks"), room, sizeof room) == NULL);
    MUST(chmod(in_dir("a.jks"), 0400) == 0);
    why = ks_save_discouraged(in_dir("a.jks"), room, sizeof room);
    MUST(why && strcmp(why, "you cannot write it") == 0);
    ks_store_free(s);
}

static void a_directory_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    if (geteuid() == 0)
        assert_int_equal(chown(path, NOBODY, NOBODY), 0);
    as_nobody(save_into_a_closed_directory);
}

/* ---- leftovers ---- */

static void the_next_save_removes_what_a_killed_one_left(void **state)
{
    (void)state;
    struct ks_store *s = edited(keystore("a.jks"));
    (void)write_file(in_dir(".a.jks.ksx-0a1b2c"), ks_slice_str("half"));
    (void)write_file(in_dir(".a.jks.ksx-recover"), ks_slice_str("not a leftover"));
    (void)write_file(in_dir(".a.jks.ksx-0A1B2C"), ks_slice_str("not our spelling"));
    (void)write_file(in_dir(".b.jks.ksx-0a1b2c"), ks_slice_str("another file's"));
    assert_int_equal(mkdir(in_dir(".a.jks.ksx-dddddd"), 0700), 0);
    int at_work = open(in_dir(".a.jks.ksx-111111"), O_RDWR | O_CREAT, 0600);
    assert_int_equal(flock(at_work, LOCK_EX), 0);
    save_ok(s, (struct ks_save){.no_backup = true});
    assert_string_equal(listing(), ".a.jks.ksx-0A1B2C .a.jks.ksx-111111 .a.jks.ksx-dddddd "
                                   ".a.jks.ksx-recover .b.jks.ksx-0a1b2c a.jks");
    assert_int_equal(close(at_work), 0);
    ks_store_free(s);
}

/* ---- bytes ---- */

static void bytes_are_written_with_their_mode(void **state)
{
    (void)state;
    struct ks_slice text = ks_slice_str("certificate");
    assert_int_equal(ks_save_bytes(in_dir("a.pem"), text, 0644, false, NULL), KS_OK);
    assert_int_equal(mode_of(in_dir("a.pem")), 0644);
    assert_int_equal(ks_save_bytes(in_dir("key.pem"), text, 0600, false, NULL), KS_OK);
    assert_int_equal(mode_of(in_dir("key.pem")), 0600);
    assert_string_equal(listing(), "a.pem key.pem");
}

static void bytes_replace_a_file_only_when_allowed(void **state)
{
    (void)state;
    struct ks_error err = {0};
    const char *path = write_file(in_dir("a.pem"), ks_slice_str("old"));
    assert_int_equal(ks_save_bytes(path, ks_slice_str("new"), 0600, false, &err), KS_ERR_CONFLICT);
    assert_string_equal(err.slug, "exists");
    assert_says(&err, path, " was not written: there is a file of that name");
    assert_int_equal(ks_save_bytes(path, ks_slice_str("newer"), 0600, true, &err), KS_OK);
    struct ks_buf now = read_file(path);
    assert_int_equal(now.len, 5);
    assert_int_equal(mode_of(path), 0600);
    assert_string_equal(listing(), "a.pem");
    ks_buf_free(&now);
}

/* ---- better left alone ---- */

static void another_users_file_is_discouraged(void **state)
{
    (void)state;
    char room[256];
    const char *path = keystore("a.jks");
    assert_null(ks_save_discouraged(path, room, sizeof room));
    assert_null(ks_save_discouraged(in_dir("not there"), room, sizeof room));
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(path, 12345, 12345), 0);
    assert_string_equal(ks_save_discouraged(path, room, sizeof room), "it belongs to uid 12345");
}

static void cacerts_of_a_jvm_are_discouraged(void **state)
{
    (void)state;
    char room[256], expected[256];
    assert_int_equal(mkdir(in_dir("jdk"), 0700), 0);
    assert_int_equal(mkdir(in_dir("jdk/lib"), 0700), 0);
    assert_int_equal(mkdir(in_dir("jdk/lib/security"), 0700), 0);
    const char *path = keystore("jdk/lib/security/cacerts");
    assert_null(ks_save_discouraged(path, room, sizeof room)); /* a copy of a directory, no JVM */
    (void)write_file(in_dir("jdk/release"), ks_slice_str("JAVA_VERSION=\"21\"\n"));
    (void)snprintf(expected, sizeof expected, "it is the truststore of the JVM in %s",
                   in_dir("jdk"));
    assert_string_equal(ks_save_discouraged(path, room, sizeof room), expected);
    assert_int_equal(symlink(path, in_dir("link")), 0);
    assert_string_equal(ks_save_discouraged(in_dir("link"), room, sizeof room), expected);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        T(what_was_edited_is_on_disk_and_the_rest_is_as_it_was),
        T(the_old_bytes_are_the_backup_of_one_generation),
        T(no_backup_is_made_when_none_is_wanted),
        T(every_type_that_can_be_written_is_read_back),
        T(a_backup_that_cannot_be_made_stops_the_save),
        T(a_backup_that_is_a_link_is_replaced_and_not_followed),
        T(the_longest_names_can_be_saved),
        T(mode_and_owner_stay),
        T(an_access_list_stays),
        T(a_list_that_the_directory_gives_is_not_added),
        T(user_attributes_are_kept),
        T(a_group_that_cannot_be_kept_is_asked_and_gives_nothing_away),
        T(a_symlink_is_followed_and_stays),
        T(a_dangling_symlink_gets_its_file),
        T(symlinks_in_a_circle_are_refused),
        T(hard_links_are_asked),
        T(our_own_backup_and_leftovers_are_no_hard_links_to_ask_about),
        T(what_another_program_wrote_is_not_overwritten),
        T(a_change_that_keeps_size_and_time_is_noticed),
        T(the_same_bytes_written_again_are_no_change),
        T(a_file_that_is_gone_is_asked),
        T(a_file_that_does_not_come_back_the_same_is_not_kept),
        T(an_error_of_the_format_names_the_file),
        T(a_type_that_is_only_read_is_refused),
        T(a_change_during_the_save_is_noticed),
        T(a_directory_that_is_moved_during_the_save_is_noticed),
        T(a_file_that_appears_during_the_save_is_not_replaced),
        T(a_save_that_is_stopped_changes_nothing),
        T(a_copy_leaves_the_store_where_it_is),
        T(saving_under_another_name_can_move_the_store_there),
        T(a_file_under_the_other_name_is_asked),
        T(another_spelling_of_its_own_path_is_its_own_file),
        T(a_new_store_is_written_with_mode_0600_and_not_over_a_file),
        T(what_is_no_file_or_has_no_directory_is_refused),
        T(a_directory_that_cannot_be_written_is_named),
        T(the_next_save_removes_what_a_killed_one_left),
        T(bytes_are_written_with_their_mode),
        T(bytes_replace_a_file_only_when_allowed),
        T(another_users_file_is_discouraged),
        T(cacerts_of_a_jvm_are_discouraged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
