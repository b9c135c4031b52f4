/* ksx scan, as a user and cron run it. */
#include "saving.h"

#include <jansson.h>

#define AT "--at", "2026-03-01"
#define SCAN(...) RUN_WITH(&with_password, KSX_PROGRAM, "scan", AT, __VA_ARGS__)
#define PASS "--pass", "env:KSX_WRONG", "--pass", "env:KSX_P"

static const char *const secrets[] = {"KSX_P=changeit", "KSX_WRONG=wrong", NULL};
static const struct run_options with_password = {.env = secrets};

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void expect(const struct run *r, int exit, const char *part)
{
    if (r->exit != exit || (!has(r->out, part) && !has(r->err, part)))
        fail_msg("%d instead of %d, or not \"%s\":\n%s%s", r->exit, exit, part, r->out, r->err);
}

static void copy_of(const char *name, const char *as)
{
    char from[512];
    (void)snprintf(from, sizeof from, "%s/%s", KSX_DATA, name);
    struct ks_buf bytes = read_file(from);
    (void)write_file(in_dir(as), slice_of(&bytes));
    ks_buf_free(&bytes);
}

/* inbound.p12 has an entry that has expired and needs its password to be told. */
static int make_tree(void **state)
{
    int failed = make_dir(state);
    assert_int_equal(mkdir(in_dir("app"), 0755), 0);
    copy_of("inbound.p12", "app/inbound.p12");
    copy_of("truststore.jks", "cacerts");
    (void)sample("cert.der", "app/notes.txt");
    (void)sample("request.csr", "request");
    (void)write_file(in_dir("README"), ks_slice("nothing\n", 8));
    return failed;
}

static json_t *parsed(const struct run *r)
{
    json_error_t error;
    json_t *json = json_loadb(r->out, r->out_len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("no JSON: %s in %.200s", error.text, r->out);
    return json;
}

static json_int_t number(const json_t *json, const char *group, const char *key)
{
    const json_t *n = json_object_get(json_object_get(json, group), key);
    if (!json_is_integer(n))
        fail_msg("no number %s.%s", group, key);
    return json_integer_value(n);
}

/* The element of an array whose path ends in that; NULL: none. */
static const json_t *at_path(const json_t *json, const char *array, const char *end)
{
    size_t i;
    const json_t *o;
    json_array_foreach(json_object_get(json, array), i, o)
    {
        const char *path = json_string_value(json_object_get(o, "path"));
        size_t len = strlen(path), tail = strlen(end);
        if (len >= tail && strcmp(path + len - tail, end) == 0)
            return o;
    }
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "(none)";
}

/* ---- text ---- */

static void each_line_has_day_type_path_and_names(void **state)
{
    (void)state;
    struct run r = SCAN(PASS, saving_dir);
    expect(&r, 0, "/app/inbound.p12  ldap-client  ");
    expect(&r, 0, "/app/notes.txt  Lone CA  CN=Lone CA,O=Example,C=US");
    expect(&r, 0, "/cacerts  143 certificates, the first: ");
    expect(&r, 0, "/request  ");
    expect(&r, 0, "5 files looked at, 2 keystores\n");
    assert_false(has(r.out, "README"));
    assert_false(has(r.out, "Locked"));
    assert_string_equal(r.err, "");
    assert_true(strstr(r.out, "-31d  2026-01-29") < strstr(r.out, "/cacerts"));
    char pasted[128];
    (void)snprintf(pasted, sizeof pasted, "DER      %s/app/notes.txt  Lone", saving_dir);
    expect(&r, 0, pasted); /* as the lists below have it */
    run_free(&r);
}

static void what_is_locked_is_named_and_does_not_fail_unless_asked(void **state)
{
    (void)state;
    struct run r = SCAN(saving_dir);
    expect(&r, 0, "Locked; --pass SRC gives a password to try:\n  PKCS12   ");
    expect(&r, 0, "/app/inbound.p12\n");
    expect(&r, 0, "2 keystores, 1 listed without a password, 1 locked\n");
    run_free(&r);
    r = SCAN("--fail", "--within", "1d", saving_dir);
    expect(&r, 1, "1 locked");
    run_free(&r);
    r = SCAN("-q", "--within", "1d", saving_dir);
    assert_string_equal(r.out, "");
    expect(&r, 0, "1 file is locked; --pass SRC gives a password to try");
    run_free(&r);
}

static void the_period_and_the_filter_count(void **state)
{
    (void)state;
    struct run r = SCAN(PASS, "--fail", "--within", "30d", saving_dir);
    expect(&r, 1, "ldap-client");
    assert_false(has(r.out, "notes.txt"));
    run_free(&r);
    r = SCAN(PASS, "--fail", "-f", "alias:lone", saving_dir);
    expect(&r, 0, "notes.txt");
    expect(&r, 0, "1 entry: ");
    run_free(&r);
    r = SCAN(PASS, "--all", "-q", "-f", "type:trusted", saving_dir);
    size_t lines = 0;
    for (const char *at = r.out; (at = strchr(at, '\n')); at++)
        lines++;
    assert_true(lines >= 143);
    run_free(&r);
}

static void a_calendar_has_the_same_events_as_that_of_expiry(void **state)
{
    (void)state;
    char uid[64];
    struct run one =
        RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "--ics", in_dir("app/notes.txt"));
    struct run all = SCAN(PASS, "--ics", saving_dir);
    const char *at = strstr(one.out, "UID:");
    assert_non_null(at);
    (void)snprintf(uid, sizeof uid, "%.36s", at);
    expect(&all, 0, uid);
    run_free(&one);
    run_free(&all);
}

/* ---- JSON ---- */

static void json_has_files_entries_and_what_was_passed_over(void **state)
{
    (void)state;
    assert_int_equal(symlink("nowhere", in_dir("broken")), 0);
    struct run r = SCAN("--json", saving_dir);
    json_t *json = parsed(&r);
    assert_int_equal(r.exit, 0);
    assert_string_equal(text_of(json, "command"), "scan");
    const json_t *file = at_path(json, "files", "/app/inbound.p12");
    assert_string_equal(text_of(file, "state"), "locked");
    assert_string_equal(text_of(json_object_get(file, "error"), "slug"), "locked");
    file = at_path(json, "files", "/cacerts");
    assert_string_equal(text_of(file, "state"), "read");
    assert_string_equal(text_of(file, "integrity"), "unverified");
    assert_true(json_is_true(json_object_get(file, "folded")));
    const json_t *entry = at_path(json, "entries", "/app/notes.txt");
    assert_string_equal(text_of(entry, "type"), "DER");
    assert_string_equal(text_of(entry, "alias"), "Lone CA");
    assert_true(json_is_integer(json_object_get(entry, "days")));
    assert_int_equal(number(json, "skipped", "links"), 1);
    assert_int_equal(number(json, "skipped", "other"), 1);
    assert_int_equal(number(json, "summary", "files"), 5);
    assert_int_equal(number(json, "summary", "locked"), 1);
    assert_int_equal(json_array_size(json_object_get(json, "cut")), 0);
    json_decref(json);
    run_free(&r);
}

/* ---- what cannot be read ---- */

static void what_cannot_be_read_is_named_and_fails(void **state)
{
    (void)state;
    copy_of("truncated.jks", "torn.jks");
    struct run r = SCAN(PASS, "--fail", saving_dir, in_dir("nothing"));
    expect(&r, 3, "Damaged:\n");
    expect(&r, 3, "torn.jks is damaged");
    expect(&r, 3, "Not readable:\n");
    expect(&r, 3, "/nothing was not opened: no such file");
    expect(&r, 3, "1 damaged, 1 unreadable\n");
    run_free(&r);
}

static void several_directories_are_told_apart(void **state)
{
    (void)state;
    struct run r = SCAN(PASS, in_dir("app"), in_dir("request"));
    expect(&r, 0, in_dir("app/notes.txt"));
    run_free(&r);
}

static void a_name_cannot_steer_the_terminal(void **state)
{
    (void)state;
    (void)sample("cert.der", "a\033[31mb");
    struct run r = SCAN(PASS, saving_dir);
    expect(&r, 0, "a\\x1B[31mb");
    assert_false(has(r.out, "\033"));
    run_free(&r);
}

static void a_password_for_a_file_is_no_source_here(void **state)
{
    (void)state;
    struct run r = SCAN("--pass", "inbound.p12=env:KSX_P", saving_dir);
    expect(&r, 2, "no FILE has this name");
    run_free(&r);
    r = SCAN("--pass", "env:KSX_NONE", "--json", saving_dir);
    json_t *json = parsed(&r);
    assert_int_equal(r.exit, 4);
    assert_non_null(json_object_get(json, "error"));
    json_decref(json);
    run_free(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_line_has_day_type_path_and_names),
        TEST(what_is_locked_is_named_and_does_not_fail_unless_asked),
        TEST(the_period_and_the_filter_count),
        TEST(a_calendar_has_the_same_events_as_that_of_expiry),
        TEST(json_has_files_entries_and_what_was_passed_over),
        TEST(what_cannot_be_read_is_named_and_fails),
        TEST(several_directories_are_told_apart),
        TEST(a_name_cannot_steer_the_terminal),
        TEST(a_password_for_a_file_is_no_source_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
