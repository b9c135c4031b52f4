/*
 * The capture wizard against a TLS server on loopback: what it sends, what is made of it, and the
 * certificate that goes into a truststore.
 */
#define _GNU_SOURCE
#include "../unit/loopback.h"
#include "sandbox.h"

#include "base/bytes.h"
#include "net/dial.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a server ---- */

/* openssl s_server in the sandbox, on a port that it chooses and names. */
struct server {
    pid_t pid;
    int said, asked; /* its output; its input, whose end would be its end */
    char address[64]; /* "127.0.0.1:40123" */
};

/* Begun before the day that the program is told it is. */
static void make(const char *name, const char *dn, const char *use, const char *signer,
                 const char *days)
{
    char file[32];
    snprintf(file, sizeof file, "%s.p12", name);
    (void)RUN(KSX_PROGRAM, "gen", file, "--alias", name, "--dn", dn, "--use", use, "--alg",
              "ec:p-256", "--days", days, "--at", "2026-01-01", "--new-pass", "file:password",
              "--pass", "file:password", "--no-cn-san", "--san", "dns:localhost", "--san",
              "ip:127.0.0.1", signer ? "--signer" : "--quiet", signer ? signer : "--quiet");
}

static void take_out(const char *file, const char *alias, const char *what, const char *to)
{
    (void)RUN(KSX_PROGRAM, "export", file, alias, "--what", what, "--format", "pem", "--pass",
              "file:password", "-o", to, strcmp(what, "key") == 0 ? "--unencrypted" : "--quiet");
}

static void make_all(const char *days)
{
    put_text("password", "changeit\n");
    make("root", "CN=Capture Root", "ca", NULL, days);
    make("issuing", "CN=Capture Issuing", "ca", "root.p12:root", days);
    make("leaf", "CN=localhost", "server", "issuing.p12:issuing", days);
    take_out("root.p12", "root", "cert", "root.pem");
    take_out("issuing.p12", "issuing", "cert", "issuer.pem");
    take_out("leaf.p12", "leaf", "cert", "leaf.pem");
    take_out("leaf.p12", "leaf", "key", "leaf.key");
}

/* Made once: key pairs take their time. */
static struct {
    const char *name;
    char text[8192];
} pki[] = {
    {.name = "root.pem"}, {.name = "issuer.pem"}, {.name = "leaf.pem"}, {.name = "leaf.key"}};

#define PKI_FILES (sizeof pki / sizeof pki[0])

static int make_pki(void **state)
{
    if (!ks_network())
        return 0;
    if (sandbox_make(state) != 0)
        return -1;
    make_all("300");
    for (size_t i = 0; i < PKI_FILES; i++) {
        FILE *f = fopen(in_box(pki[i].name), "r");
        assert_non_null(f);
        size_t len = fread(pki[i].text, 1, sizeof pki[i].text - 1, f);
        assert_true(len > 0 && len < sizeof pki[i].text - 1);
        assert_int_equal(fclose(f), 0);
    }
    return sandbox_drop(state);
}

static int put_pki(void **state)
{
    if (sandbox_make(state) != 0)
        return -1;
    for (size_t i = 0; i < PKI_FILES && ks_network(); i++)
        put_text(pki[i].name, pki[i].text);
    return 0;
}

static void needs_network(void)
{
    if (!ks_network())
        skip();
}

static void read_address(struct server *s)
{
    char text[512];
    size_t len = 0;
    while (len + 1 < sizeof text) {
        ssize_t n = read(s->said, text + len, 1);
        assert_true(n == 1);
        text[++len] = '\0';
        char *at = strstr(text, "ACCEPT ");
        if (!at || text[len - 1] != '\n')
            continue;
        snprintf(s->address, sizeof s->address, "%.*s", (int)strcspn(at + 7, "\n"), at + 7);
        return;
    }
    fail_msg("s_server did not say where it listens: %s", text);
}

static struct server serve(const char *const more[])
{
    const char *argv[24] = {"openssl",   "s_server",    "-accept",     "127.0.0.1:0", "-cert",
                            "leaf.pem",  "-key",        "leaf.key",    "-cert_chain", "issuer.pem",
                            "-no_cache", "-num_tickets", "0"};
    struct server s = {0};
    size_t n = 13;
    int out[2], in[2];
    for (; more && *more; more++)
        argv[n++] = *more;
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    s.pid = fork();
    assert_true(s.pid >= 0);
    if (s.pid == 0) {
        int null = open("/dev/null", O_RDWR);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not come to stop() */
        if (chdir(in_box(".")) == 0 && dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1 &&
            dup2(null, 2) == 2)
            execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(out[1]);
    close(in[0]);
    s.said = out[0];
    s.asked = in[1];
    read_address(&s);
    return s;
}

static void stop(struct server *s)
{
    int status;
    (void)kill(s->pid, SIGKILL);
    (void)waitpid(s->pid, &status, 0);
    close(s->said);
    close(s->asked);
}

/* ---- steps ---- */

static struct pty *open_store_in(int rows, int cols, const char *const *env)
{
    put_sample("inbound.p12", "inbound.p12");
    keep_bytes("inbound.p12");
    const char *const names[] = {"inbound.p12", NULL};
    struct pty *t = start_in_box(rows, cols, env, names);
    pty_wait(t, "Unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Unlock");
    return t;
}

static struct pty *open_store(const char *const *env)
{
    return open_store_in(24, 80, env);
}

static void name_server(struct pty *t, const char *address)
{
    pty_type(t, "is");
    pty_wait(t, "Which server?");
    pty_wait(t, "Nothing is sent before Next");
    pty_type(t, address);
}

static void next_field(struct pty *t)
{
    VTermPos was = pty_cursor(t);
    pty_type(t, "<Tab>");
    for (int i = 0; i < 200 && pty_cursor(t).row == was.row; i++)
        pty_quiet(t, 20);
}

static void capture_it(struct pty *t, const struct server *s)
{
    name_server(t, s->address);
    pty_type(t, "<PgDn>");
    pty_wait(t, "What the server sent");
}

/* Twice: something was typed. */
static void leave(struct pty *t, const char *page)
{
    pty_type(t, "<Esc>");
    pty_wait(t, "Esc again leaves");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, page);
}

/* The root that is open beside the keystore is ticked and compared; asked is where it goes. */
static struct pty *trust_the_root(const struct server *s)
{
    put_sample("inbound.p12", "inbound.p12");
    const char *const names[] = {"inbound.p12", "root.pem", NULL};
    struct pty *t = start_in_box(24, 80, NULL, names);
    pty_wait(t, "Unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Unlock");
    pty_type(t, "g");
    wait_cursor_on(t, "inbound.p12");
    capture_it(t, s);
    pty_wait(t, "it is in root.pem");
    pty_type(t, "<PgDn>");
    pty_wait(t, "What of it is to be trusted?");
    pty_wait(t, "Capture Root");
    pty_type(t, "<PgDn>"); /* the tick is missing */
    pty_wait(t, "compare the SHA-256");
    pty_type(t, " <PgDn>");
    pty_wait(t, "Which truststore?");
    return t;
}

/* ---- tests ---- */

static void what_a_server_sends_is_shown(void **state)
{
    (void)state;
    needs_network();
    struct server s = serve(NULL);
    struct pty *t = open_store(NULL);
    capture_it(t, &s);
    pty_wait(t, "TLSv1.3");
    pty_wait(t, "the name matches");
    pty_wait(t, "0 localhost");
    pty_wait(t, "1 Capture Issuing");
    pty_wait(t, "NOT a root");
    pty_wait(t, "Not verified");
    leave(t, "What the server sent");
    quit(t);
    stop(&s);
    assert_unchanged("inbound.p12");
}

static void the_root_goes_into_an_open_keystore(void **state)
{
    (void)state;
    needs_network();
    struct server s = serve(NULL);
    struct pty *t = trust_the_root(&s);
    pty_wait(t, "<inbound.p12>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Not saved: w");
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    quit(t);
    stop(&s);
    assert_told(aliases_of("inbound.p12", "changeit"), "capture-root");
}

static void a_server_that_is_not_there_is_an_error_with_a_cause(void **state)
{
    (void)state;
    needs_network();
    struct server s = serve(NULL);
    stop(&s);
    struct pty *t = open_store(NULL);
    name_server(t, s.address);
    pty_type(t, "<PgDn>");
    pty_wait(t, "could not be captured");
    pty_wait(t, "nothing listens");
    pty_wait(t, "check host and port");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "could not be captured");
    leave(t, "Which server?");
    quit(t);
}

static void a_demand_for_a_client_certificate_is_told(void **state)
{
    (void)state;
    needs_network();
    const char *const demand[] = {"-Verify", "1", "-CAfile", "root.pem", NULL};
    struct server s = serve(demand);
    struct pty *t = open_store_in(16, 60, NULL);
    capture_it(t, &s);
    pty_wait(t, "client certificate");
    pty_wait(t, "Capture Root");
    pty_wait(t, "Down More");
    pty_type(t, "<End>");
    pty_wait(t, "root, from its owner.");
    pty_wait_gone(t, "Down More");
    pty_type(t, "<Home>");
    pty_wait(t, "127.0.0.1");
    leave(t, "What the server sent");
    quit(t);
    stop(&s);
}

static void it_fits_without_utf_8(void **state)
{
    (void)state;
    static const char *const ascii[] = {"LC_ALL=C", NULL};
    needs_network();
    struct server s = serve(NULL);
    struct pty *t = open_store(ascii);
    capture_it(t, &s);
    pty_wait(t, "Not verified");
    pty_wait_gone(t, "\\u{");
    leave(t, "What the server sent");
    quit(t);
    stop(&s);
}

#define SECONDS "60"

/* A server that accepts and says nothing. */
static void esc_ends_the_waiting_at_once(void **state)
{
    (void)state;
    needs_network();
    char address[32];
    struct loopback *silent = loopback_start(loopback_idle, NULL);
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)loopback_port(silent));
    struct pty *t = open_store(NULL);
    name_server(t, address);
    for (int i = 0; i < 10 && !strstr(pty_row(t, pty_cursor(t).row), "Wait up to"); i++)
        next_field(t);
    pty_type(t, "<C-u>" SECONDS "<PgDn>");
    pty_wait(t, "asking the server");
    for (int i = 0; i < 200 && loopback_count(silent) == 0; i++)
        pty_quiet(t, 20);
    assert_int_equal(loopback_count(silent), 1);
    long before = loopback_milliseconds();
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "asking the server");
    assert_true(loopback_milliseconds() - before < 2000);
    pty_wait(t, "Which server?");
    leave(t, "Which server?");
    quit(t);
    loopback_stop(silent);
    assert_unchanged("inbound.p12");
}

/* Of the issuer, as the page wraps it: 32 bytes in hexadecimal. */
static bool whole_fingerprint(struct pty *t)
{
    int row = pty_find_row(t, "works in Java");
    size_t digits = 0;
    for (int i = 1; i <= 2; i++)
        for (const char *at = pty_row(t, row + i); *at; at++)
            digits += strchr("0123456789ABCDEF", *at) != NULL;
    return digits == 64;
}

/* What is cut says how much more there is, and how to get there. */
static void assert_cuts_are_told(struct pty *t)
{
    for (int row = 0; row < pty_rows(t); row++) {
        const char *text = pty_row(t, row);
        if (strstr(text, "\xe2\x80\xa6") && !strstr(text, " more"))
            fail_msg("cut: %s", text);
    }
}

static void the_pages_fit_a_small_terminal(void **state)
{
    (void)state;
    needs_network();
    struct server s = serve(NULL);
    struct pty *t = open_store_in(16, 60, NULL);
    name_server(t, s.address);
    pty_wait(t, "[2001:db8::7]:443, https://example.com"); /* the end of the hint */
    assert_cuts_are_told(t);
    pty_type(t, "<PgDn>");
    pty_wait(t, "What the server sent");
    pty_wait(t, "root, from its owner.");
    assert_cuts_are_told(t);
    pty_type(t, "<PgDn>");
    pty_wait(t, "What of it is to be trusted?");
    assert_cuts_are_told(t);
    next_field(t);
    pty_wait(t, "works in Java; breaks when the CA replaces it");
    assert_true(whole_fingerprint(t));
    pty_wait(t, "Nothing captured is trusted by itself.");
    assert_cuts_are_told(t);
    pty_type(t, "<Tab><Tab>");
    pty_wait(t, "[ ] I compared the fingerprint with its owner");
    pty_wait(t, "have sent another one.");
    assert_cuts_are_told(t);
    leave(t, "What of it");
    quit(t);
    stop(&s);
    assert_unchanged("inbound.p12");
}

/* What a Java client says of the server; the flags end with NULL. */
static const char *java_says(const struct server *s, const char *const flags[])
{
    const char *argv[12] = {"java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                            KSX_JAVA_CLASSES};
    char url[96];
    size_t n = 5;
    snprintf(url, sizeof url, "https://localhost%s/", strchr(s->address, ':'));
    for (; *flags; flags++)
        argv[n++] = *flags;
    argv[n++] = "Fetch";
    argv[n] = url;
    return run_in_box(argv);
}

static void a_java_client_connects_after_the_wizard(void **state)
{
    (void)state;
    needs_network();
    static const char *const www[] = {"-www", NULL}, *const none[] = {NULL};
    static const char *const flags[] = {"-Djavax.net.ssl.trustStore=truststore.p12",
                                        "-Djavax.net.ssl.trustStoreType=PKCS12",
                                        "-Djavax.net.ssl.trustStorePassword=changeit", NULL};
    make_all("3000"); /* valid for the pinned clock, and for Java's */
    struct server s = serve(www);
    assert_told(java_says(&s, none), "PKIX path building failed");
    struct pty *t = trust_the_root(&s);
    pty_type(t, "<Right><Right>");
    pty_wait(t, "truststore.p12");
    pty_type(t, "<Tab><Tab>changeit<Tab>changeit<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "-Djavax.net.ssl.trustStoreType=PKCS12");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "How a JVM uses it");
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    quit(t);
    assert_told(java_says(&s, flags), "TLSv1.3");
    stop(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, put_pki, sandbox_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_server_sends_is_shown),
        TEST(the_root_goes_into_an_open_keystore),
        TEST(a_server_that_is_not_there_is_an_error_with_a_cause),
        TEST(a_demand_for_a_client_certificate_is_told),
        TEST(it_fits_without_utf_8),
        TEST(esc_ends_the_waiting_at_once),
        TEST(the_pages_fit_a_small_terminal),
        cmocka_unit_test_setup_teardown(a_java_client_connects_after_the_wizard, sandbox_make,
                                        sandbox_drop),
    };
    return cmocka_run_group_tests(tests, make_pki, NULL);
}
