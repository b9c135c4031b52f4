/*
 * A save that fails at every call that it makes, in every way: what is on disk afterwards is the
 * old file or the new one, byte for byte, the program says which, and nothing is left beside it.
 */
#include "saving.h"

/* ---- a save with a fault ---- */

struct scene {
    const char *name;
    bool copy;     /* to a file that does not exist yet */
    bool no_links; /* the file system knows no hard links */
    bool bytes;    /* plain bytes to a file that does not exist yet */
};

static const struct scene scenes[] = {
    {.name = "over a file that has a backup"},
    {.name = "where there are no hard links", .no_links = true},
    {.name = "to a new file", .copy = true},
    {.name = "plain bytes", .bytes = true},
};

struct fault {
    const char *kind; /* FAULT_KIND */
    const char *on;   /* FAULT_ON */
    bool kills;
    bool harmless; /* the save goes on as if nothing had been */
    bool removes_nothing; /* not even the new file can be removed */
};

static struct ks_buf old_bytes, new_bytes; /* of the keystore before and after a save that works */

static const char *log_path(void)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s.log", saving_dir);
    return path;
}

static void empty_directory(void)
{
    struct dirent **names;
    int count = scandir(saving_dir, &names, NULL, NULL);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.' || strlen(names[i]->d_name) > 2)
            assert_int_equal(unlink(in_dir(names[i]->d_name)), 0);
        free(names[i]);
    }
    free(names);
}

static void set_scene(void)
{
    empty_directory();
    (void)write_file(in_dir("a.jks"), slice_of(&old_bytes));
    (void)write_file(in_dir("a.jks.bak"), ks_slice_str("an older one"));
    assert_int_equal(chmod(in_dir("a.jks"), 0640), 0);
}

static struct run save_with(const struct scene *scene, const struct fault *fault, unsigned at,
                            const char *alias)
{
    static char preload[512], where[32], kind[32], on[32], log[160];
    const char *env[6] = {0};
    size_t count = 0;
    if (fault) {
        (void)snprintf(preload, sizeof preload, "LD_PRELOAD=%s", FAULT_LIBRARY);
        (void)snprintf(where, sizeof where, "FAULT_AT=%u", at);
        (void)snprintf(kind, sizeof kind, "FAULT_KIND=%s", fault->kind);
        (void)snprintf(on, sizeof on, "FAULT_ON=%s", fault->on);
        (void)snprintf(log, sizeof log, "FAULT_LOG=%s", log_path());
        const char *all[] = {where, kind, on, log};
        for (; count < 4; count++)
            env[count] = all[count];
        if (scene->no_links)
            env[count++] = "FAULT_NO_LINKS=1";
    }
    struct run_options o = {.env = env};
    /* The library is for the program alone, not for what the environment is prepared with. */
    const char *path = in_dir("a.jks"), *copy = fault ? in_dir("copy.jks") : in_dir("+copy.jks");
    char again[256];
    if (!fault) {
        (void)snprintf(again, sizeof again, "+%s", in_dir("copy.jks"));
        copy = again;
    }
    const char *set = fault ? preload : "KSX=1";
    if (scene->bytes)
        return RUN_WITH(&o, "env", set, FAULT_SAVER, in_dir("copy.jks"), "-", "plain text");
    if (scene->copy)
        return RUN_WITH(&o, "env", set, FAULT_SAVER, path, alias, copy);
    return RUN_WITH(&o, "env", set, FAULT_SAVER, path, alias);
}

/* ---- what is there afterwards ---- */

enum found { FOUND_NOTHING, FOUND_OLD, FOUND_NEW };

static bool holds(const char *path, struct ks_slice bytes)
{
    struct ks_buf now = read_file(path);
    bool same = now.len == bytes.len && memcmp(now.data, bytes.data, bytes.len) == 0;
    ks_buf_free(&now);
    return same;
}

static enum found what_is_at(const struct scene *scene)
{
    const char *path = in_dir(scene->copy || scene->bytes ? "copy.jks" : "a.jks");
    if (access(path, F_OK) != 0)
        return FOUND_NOTHING;
    if (scene->bytes) {
        assert_true(holds(path, ks_slice_str("plain text")));
        return FOUND_NEW;
    }
    bool old = holds(path, slice_of(&old_bytes));
    assert_true(old || holds(path, slice_of(&new_bytes)));
    assert_alias(path, old ? "other" : "new");
    return old ? FOUND_OLD : FOUND_NEW;
}

static bool is_leftover_there(void)
{
    return strstr(listing(), ".ksx-") != NULL;
}

/* `can_undo`: after a failure the former backup has to be there again. */
static void assert_backup_is_whole(const struct scene *scene, enum found found, bool can_undo)
{
    bool old = holds(in_dir("a.jks.bak"), slice_of(&old_bytes));
    assert_true(old || holds(in_dir("a.jks.bak"), ks_slice_str("an older one")));
    if (found == FOUND_NEW && !scene->copy && !scene->bytes)
        assert_true(old);
    if (found == FOUND_OLD && can_undo && old)
        fail_msg("the former backup is gone: %s", listing());
}

/* ---- keytool, for a sample ---- */

static void assert_keytool_opens(const char *path, const char *alias)
{
#ifdef FAULT_KEYTOOL
    struct run r = RUN(FAULT_KEYTOOL, "-list", "-storetype", "JKS", "-keystore", path,
                       "-storepass", "changeit", "-alias", alias);
    if (r.exit != 0)
        fail_msg("keytool: %s", r.out);
    run_free(&r);
#else
    (void)path;
    (void)alias;
#endif
}

/* Each outcome of each kind of fault in each scene is shown to keytool once. */
static void show_to_keytool(const struct scene *scene, enum found found, bool killed)
{
    static bool seen[sizeof scenes / sizeof scenes[0]][3][2];
    bool *before = &seen[scene - scenes][found][killed];
    if (*before || scene->bytes || found == FOUND_NOTHING)
        return;
    *before = true;
    assert_keytool_opens(in_dir(scene->copy ? "copy.jks" : "a.jks"),
                         found == FOUND_OLD ? "other" : "new");
}

/* ---- one run ---- */

static void judge_the_dead(const struct scene *scene, enum found found)
{
    if (scene->bytes)
        return;
    /* The next save works and cleans up. */
    struct run r = save_with(scene, NULL, 0, "newest");
    if (r.exit != 0)
        fail_msg("after a kill: %s", r.err);
    run_free(&r);
    if (is_leftover_there())
        fail_msg("after a kill (%d) and a save there is still: %s", (int)found, listing());
    const char *path = in_dir(scene->copy ? "copy.jks" : "a.jks");
    assert_alias(path, "newest");
}

static void judge_the_living(const struct fault *fault, const struct run *r, enum found found)
{
    bool not_saved = strstr(r->err, " was not saved: ") || strstr(r->err, " was not written: ");
    bool unsure = strncmp(r->err, "not-synced: ", 12) == 0;
    if (r->exit != 0 && r->exit != 6)
        fail_msg("exit %d: %s", r->exit, r->err);
    if (fault->harmless && r->exit != 0)
        fail_msg("a harmless fault was not survived: %s", r->err);
    if ((found == FOUND_NEW) != (r->exit == 0 || unsure))
        fail_msg("exit %d with the %s file there: %s", r->exit, found == FOUND_NEW ? "new" : "old",
                 r->err);
    if (r->exit == 6 && not_saved == unsure)
        fail_msg("which file is there is not said: %s", r->err);
    bool confessed = fault->removes_nothing && strstr(r->err, "could not be removed");
    if (is_leftover_there() && !confessed && !(fault->removes_nothing && found == FOUND_NEW))
        fail_msg("exit %d, and left behind: %s (%s)", r->exit, listing(), r->err);
}

/* The call that failed, for people: the last "!name" of the log. False: none did. */
static bool failed_call(char *out, size_t size)
{
    struct ks_buf log = read_file(log_path());
    bool any = false;
    char *rest = NULL, *text = ks_buf_steal(&log);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == '!' && !any)
            (void)snprintf(out, size, "%s", line + 1);
        any = any || line[0] == '!';
    }
    free(text);
    return any;
}

static bool try_at(const struct scene *scene, const struct fault *fault, unsigned at)
{
    char call[64] = "";
    set_scene();
    struct run r = save_with(scene, fault, at, "new");
    bool hit = failed_call(call, sizeof call);
    if (!hit && r.exit != 0)
        fail_msg("without a fault: %s", r.err);
    enum found found = what_is_at(scene);
    bool killed = fault->kills && hit;
    assert_backup_is_whole(scene, found, !killed && strcmp(fault->on, "once") == 0);
    if (found == FOUND_NOTHING)
        assert_true(scene->copy || scene->bytes);
    if (killed)
        assert_int_equal(r.exit, 128 + SIGKILL);
    else
        judge_the_living(fault, &r, found);
    show_to_keytool(scene, found, killed);
    if (killed)
        judge_the_dead(scene, found);
    run_free(&r);
    return hit;
}

static void all_calls_fail(const struct fault *fault)
{
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        unsigned at = 1;
        while (try_at(&scenes[i], fault, at) && strcmp(fault->on, "storm") != 0)
            at++;
        if (strcmp(fault->on, "storm") != 0 && at < 8)
            fail_msg("%s: only %u calls", scenes[i].name, at - 1);
    }
}

#define ALL_CALLS(name, ...)                                                                       \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        all_calls_fail(&(struct fault){__VA_ARGS__});                                              \
    }

static char number[8][8];
static const char *text_of(int value)
{
    static unsigned turn;
    char *out = number[turn++ % 8];
    (void)snprintf(out, sizeof number[0], "%d", value);
    return out;
}

ALL_CALLS(an_io_error_at_any_call, .kind = text_of(EIO), .on = "once")
ALL_CALLS(a_full_disk_at_any_call, .kind = text_of(ENOSPC), .on = "once")
ALL_CALLS(a_lack_of_permission_at_any_call, .kind = text_of(EACCES), .on = "once")
ALL_CALLS(an_interruption_at_any_call, .kind = text_of(EINTR), .on = "once")
ALL_CALLS(half_a_read_or_write_at_any_call, .kind = "short", .on = "once", .harmless = true)
ALL_CALLS(a_disk_that_is_full_from_any_call_on, .kind = text_of(ENOSPC), .on = "from")
ALL_CALLS(a_disk_that_is_broken_from_any_call_on, .kind = text_of(EIO), .on = "from")
ALL_CALLS(a_file_system_that_is_read_only_from_any_call_on, .kind = text_of(EROFS),
          .on = "readonly", .removes_nothing = true)
ALL_CALLS(interruptions_all_the_time, .kind = text_of(EINTR), .on = "storm", .harmless = true)
ALL_CALLS(a_kill_before_any_call, .kind = "kill", .on = "once", .kills = true)
ALL_CALLS(a_kill_in_the_middle_of_any_call, .kind = "half", .on = "once", .kills = true)

static int prepare(void **state)
{
    (void)state;
    /* Hundreds of saves, each synced: in memory where that is possible. */
    if (make_dir_in("/dev/shm") != 0 && make_dir_in("/tmp") != 0)
        return -1;
    old_bytes = read_file(keystore("a.jks"));
    struct run r = save_with(&scenes[0], NULL, 0, "new");
    assert_int_equal(r.exit, 0);
    run_free(&r);
    new_bytes = read_file(in_dir("a.jks"));
    return 0;
}

static int clean_up(void **state)
{
    ks_buf_free(&old_bytes);
    ks_buf_free(&new_bytes);
    (void)unlink(log_path());
    return remove_dir(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_io_error_at_any_call),
        cmocka_unit_test(a_full_disk_at_any_call),
        cmocka_unit_test(a_lack_of_permission_at_any_call),
        cmocka_unit_test(an_interruption_at_any_call),
        cmocka_unit_test(half_a_read_or_write_at_any_call),
        cmocka_unit_test(a_disk_that_is_full_from_any_call_on),
        cmocka_unit_test(a_disk_that_is_broken_from_any_call_on),
        cmocka_unit_test(a_file_system_that_is_read_only_from_any_call_on),
        cmocka_unit_test(interruptions_all_the_time),
        cmocka_unit_test(a_kill_before_any_call),
        cmocka_unit_test(a_kill_in_the_middle_of_any_call),
    };
    return cmocka_run_group_tests(tests, prepare, clean_up);
}
