/* repair --fetch and check --fetch: who is asked, what comes of it, and what is not done unasked.
 */
#include "published.h"
#include "run_words.h"
#include "saving.h"

#include "net/dial.h"

static const char *const environment[] = {"KSX_P=changeit", "no_proxy=*", NULL};
static const struct run_options direct = {.env = environment};
static const char *const by_proxy[] = {
    "KSX_P=changeit", "no_proxy=", "NO_PROXY=", "http_proxy=http://127.0.0.1:1", NULL};
static const struct run_options proxied = {.env = by_proxy};

#define KSX(command, ...)                                                                          \
    RUN_WITH(&direct, KSX_PROGRAM, command, "--at", "2026-03-01", "--pass", "env:KSX_P",           \
             __VA_ARGS__)

static struct published ca;

static int begin(void **state)
{
    published_open(&ca);
    return make_dir(state);
}

static int end(void **state)
{
    published_close(&ca);
    return remove_dir(state);
}

static void needs_network(void)
{
    if (!ks_network())
        skip();
}

/* Frees the store. */
static const char *file_of(const char *name, struct ks_store *s)
{
    struct ks_buf bytes = op_written(s, s->now);
    const char *path = write_file(in_dir(name), slice_of(&bytes));
    ks_buf_free(&bytes);
    ks_store_free(s);
    return path;
}

static const char *broken_file(const char *name)
{
    return file_of(name, broken_store(&ks_format_pkcs12, "L"));
}

static void assert_chain(const char *path, const char *alias, const char *letters)
{
    struct ks_store *s = open_file(path);
    assert_letters(op_entry(s, alias), letters);
    ks_store_free(s);
}

static const char *asking(const char *path)
{
    static char line[160];
    (void)snprintf(line, sizeof line, "asking %s%s\n", ca.url, path);
    return line;
}

/* ---- repair ---- */

static void a_chain_is_completed_from_where_its_issuers_are_published(void **state)
{
    const char *path = broken_file("a.p12");
    (void)state;
    needs_network();
    struct run r = KSX("repair", path, "--fetch", "--private");
    EXPECT(r.err, asking("/I.crt"));
    EXPECT(r.err, asking("/R.crt"));
    EXPECT(r.out, "1 + I, from http://127.0.0.1:", "2 + R, from http://127.0.0.1:", "is written");
    assert_int_equal(r.exit, 0);
    run_free(&r);
    assert_chain(path, "web", "L I R");
    assert_chain(in_dir("a.p12.bak"), "web", "L");
    assert_int_equal(loopback_count(ca.server), 2);
}

/* What is asked stands on standard error while the server still thinks. */
static void a_url_is_told_before_it_is_asked(void **state)
{
    (void)state;
    needs_network();
    shelf_put_odd(&ca.shelf, "/silent", SHELF_SILENT);
    published_leaf_at(&ca, "/silent");
    const char *path = broken_file("a.p12");
    int err[2];
    char said[512] = "";
    size_t len = 0;
    assert_int_equal(pipe(err), 0);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const char *const argv[] = {KSX_PROGRAM, "repair",    "--fetch", "--private",
                                    "--pass",    "env:KSX_P", path,      NULL};
        run_child(argv, &direct, err[1], err[1], err[1]);
    }
    (void)close(err[1]);
    while (!strstr(said, asking("/silent")) && len + 1 < sizeof said &&
           read(err[0], said + len, 1) == 1)
        said[++len] = '\0';
    EXPECT(said, asking("/silent"));
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    (void)close(err[0]);
}

static void nobody_is_asked_unasked(void **state)
{
    const char *path = broken_file("a.p12");
    (void)state;
    needs_network();
    struct run r = KSX("repair", path);
    assert_int_equal(r.exit, 1);
    EXPECT(r.err, "--from FILE or DIRECTORY, --system, --cacerts or --fetch may give");
    assert_null(strstr(r.err, "asking"));
    run_free(&r);
    r = KSX("check", path, "--private");
    assert_int_equal(r.exit, 1);
    assert_null(strstr(r.err, "asking"));
    run_free(&r);
    assert_int_equal(loopback_count(ca.server), 0);
}

static void private_addresses_and_odd_ports_take_another_word(void **state)
{
    static const struct {
        const char *url, *says;
    } rows[] = {{NULL, "its port is neither 80 nor 443: --private allows it"},
                {"http://127.0.0.1/I.crt",
                 "an address of a private network or of this host: --private allows it"},
                {"http://[::1]/I.crt", "--private allows it"},
                {"http://169.254.169.254/latest", "--private allows it"}};
    (void)state;
    needs_network();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].url)
            published_leaf(rows[i].url);
        const char *path = broken_file("a.p12");
        struct ks_buf before = read_file(path);
        struct run r = KSX("repair", path, "--fetch");
        EXPECT(r.err, rows[i].says);
        assert_null(strstr(r.err, "asking"));
        EXPECT(r.out, "Needed: the CA certificate of CN=I");
        assert_int_equal(r.exit, 1);
        run_free(&r);
        struct ks_buf after = read_file(path);
        assert_true(ks_slice_equal(slice_of(&before), slice_of(&after)));
        assert_string_equal(listing(), "a.p12");
        ks_buf_free(&before);
        ks_buf_free(&after);
    }
    assert_int_equal(loopback_count(ca.server), 0);
}

static void a_proxy_is_the_one_that_was_named_and_one_of_the_environment_is_told(void **state)
{
    const char *path = broken_file("a.p12");
    (void)state;
    needs_network();
    struct run r = KSX("repair", path, "--fetch", "--private", "--proxy", "127.0.0.1:1");
    EXPECT(r.err, "asking ", "nothing listens at the proxy 127.0.0.1:1");
    assert_null(strstr(r.err, "through"));
    run_free(&r);
    r = RUN_WITH(&proxied, KSX_PROGRAM, "check", "--pass", "env:KSX_P", path, "--fetch",
                 "--private");
    EXPECT(r.err, "/I.crt through the proxy 127.0.0.1:1 (http_proxy)\n", "nothing listens at");
    run_free(&r);
    assert_int_equal(loopback_count(ca.server), 0);
    r = RUN_WITH(&proxied, KSX_PROGRAM, "repair", "--at", "2026-03-01", "--pass", "env:KSX_P", path,
                 "--fetch", "--private", "--proxy", "none");
    EXPECT(r.err, asking("/I.crt"));
    assert_int_equal(r.exit, 0);
    run_free(&r);
    assert_chain(path, "web", "L I R");
    r = KSX("check", path, "--fetch", "--proxy", "https://127.0.0.1:1");
    EXPECT(r.err, "is no proxy: ");
    assert_int_equal(r.exit, 2);
    run_free(&r);
}

/* Redirects without end, ten MiB, a trickle without end, what is no certificate, what is another,
 * what is not there, and nobody: each ends at its limit, and changes nothing. */
static void what_a_bad_place_gives_changes_nothing(void **state)
{
    static const struct {
        const char *path, *says;
    } rows[] = {
        {"/loop", "it leads on, the third time in a row"},
        {"/large", "was not taken: it is longer than 64 KiB"},
        {"/trickle", "was not complete in 5 s"},
        {"/garbage", "its answer is no certificate"},
        {"/other", "/other gave is not the issuer"},
        {"/gone", "404"},
        {NULL, "nothing listens at"},
    };
    char nobody[64];
    (void)state;
    needs_network();
    (void)snprintf(nobody, sizeof nobody, "http://127.0.0.1:%u/I.crt",
                   (unsigned)loopback_closed_port());
    shelf_put_odd(&ca.shelf, "/loop", SHELF_LOOP);
    shelf_put_odd(&ca.shelf, "/large", SHELF_LARGE);
    shelf_put_odd(&ca.shelf, "/trickle", SHELF_TRICKLE);
    ks_buf_str(shelf_put(&ca.shelf, "/garbage"), "<html>please log in</html>");
    ks_buf_slice(shelf_put(&ca.shelf, "/other"), ks_blob_slice(broken_cert('i')));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].path)
            published_leaf_at(&ca, rows[i].path);
        else
            published_leaf(nobody);
        const char *path = broken_file("a.p12");
        struct ks_buf before = read_file(path);
        long begun = loopback_milliseconds();
        struct run r = KSX("repair", path, "--fetch", "--private");
        assert_true(loopback_milliseconds() - begun < 15000);
        EXPECT(r.err, rows[i].path ? asking(rows[i].path) : nobody, rows[i].says);
        EXPECT(r.out, "Needed: the CA certificate of CN=I");
        assert_int_equal(r.exit, 1);
        run_free(&r);
        struct ks_buf after = read_file(path);
        assert_true(ks_slice_equal(slice_of(&before), slice_of(&after)));
        assert_string_equal(listing(), "a.p12");
        ks_buf_free(&before);
        ks_buf_free(&after);
    }
}

static void only_the_entry_that_is_named_asks(void **state)
{
    (void)state;
    needs_network();
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_key(s, "web", "L");
    broken_add_key(s, "mail", "D");
    const char *path = file_of("a.jks", s);
    struct run r = KSX("repair", path, "mail", "--fetch", "--private");
    assert_int_equal(r.exit, 1);
    assert_null(strstr(r.err, "asking"));
    run_free(&r);
    assert_int_equal(loopback_count(ca.server), 0);
}

/* ---- check ---- */

static void check_tells_what_fetching_would_mend(void **state)
{
    const char *path = broken_file("a.p12");
    (void)state;
    needs_network();
    struct run r = KSX("check", path, "--fetch", "--private");
    EXPECT(r.err, asking("/I.crt"));
    EXPECT(r.out, "CHAIN-MISSING-INTERMEDIATE", "2 certificates complete the chain", "ksx repair ",
           " --fetch --private\n");
    assert_int_equal(r.exit, 1);
    run_free(&r);
    assert_chain(path, "web", "L");
    r = KSX("check", path, "-q", "--fetch", "--private");
    assert_string_equal(r.err, "");
    assert_int_equal(r.exit, 1);
    run_free(&r);
    r = KSX("check", path, "--fetch");
    EXPECT(r.err, "--private allows it");
    assert_null(strstr(r.out, "is at hand"));
    assert_int_equal(r.exit, 1);
    run_free(&r);
    assert_int_equal(loopback_count(ca.server), 4);
}

static void a_place_is_asked_once_for_many_keystores(void **state)
{
    static const char *const paths[] = {"/I.crt", "/gone.crt"};
    static const size_t then[] = {2, 3};
    (void)state;
    needs_network();
    for (size_t i = 0; i < 2; i++) {
        published_leaf_at(&ca, paths[i]);
        const char *a = broken_file("a.p12"), *b = broken_file("b.p12");
        struct run r = KSX("check", "-q", "--fetch", "--private", a, b);
        assert_int_equal(r.exit, 1);
        run_free(&r);
        assert_int_equal(loopback_count(ca.server), then[i]);
    }
}

/* ---- without ---- */

static void without_network_it_is_said_and_has_its_exit_status(void **state)
{
    static const char *const commands[][2] = {
        {"repair", "Needed: the CA certificate of CN=I"},
        {"check", "its issuer 'I' (key id "},
    };
    const char *path = broken_file("a.p12");
    (void)state;
    if (ks_network())
        skip();
    for (size_t i = 0; i < 2; i++) {
        struct run r = KSX(commands[i][0], path, "--fetch", "--private");
        EXPECT(r.err, "was not done: ");
        EXPECT(r.out, commands[i][1]);
        assert_int_equal(r.exit, 7);
        run_free(&r);
    }
    assert_chain(path, "web", "L");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_chain_is_completed_from_where_its_issuers_are_published),
        TEST(a_url_is_told_before_it_is_asked),
        TEST(nobody_is_asked_unasked),
        TEST(private_addresses_and_odd_ports_take_another_word),
        TEST(a_proxy_is_the_one_that_was_named_and_one_of_the_environment_is_told),
        TEST(what_a_bad_place_gives_changes_nothing),
        TEST(only_the_entry_that_is_named_asks),
        TEST(check_tells_what_fetching_would_mend),
        TEST(a_place_is_asked_once_for_many_keystores),
        TEST(without_network_it_is_said_and_has_its_exit_status),
    };
    ks_clock_pin(MAKE_NOW);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
