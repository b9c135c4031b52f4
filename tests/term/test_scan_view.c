/* Searching directories: in the explorer, and its end by ^C on the command line. */
#include "sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char *const password[] = {"KSX_P=changeit", NULL};
static const char *const wrong[] = {"KSX_P=wrong", NULL};

static void put_tree(void)
{
    assert_int_equal(mkdir(in_box("app"), 0755), 0);
    put_sample("inbound.p12", "app/inbound.p12");
    put_sample("truststore.jks", "cacerts");
    put_sample("dialects/cert.der", "app/notes.txt");
    put_text("README", "nothing\n");
}

/* ksx on the sandbox itself. */
static struct pty *start_scan(const char *const *env)
{
    return pty_start(
        &(struct pty_options){.env = env, .cwd = in_box("")},
        (const char *const[]){KSX_PROGRAM, "--at", NOW, "--pass", "env:KSX_P", ".", NULL});
}

static void a_directory_is_searched_and_its_entries_are_gone_to(void **state)
{
    (void)state;
    put_tree();
    struct pty *t = start_scan(password);
    pty_wait(t, "Scan of .   7 of 7");
    pty_wait(t, "Expired 1   7 days 0   30 days 1   90 days 0   later 4   no date 1");
    pty_wait(t, "4 files looked at, 2 keystores");
    pty_wait_row(t, 2, "-31d  2026-01-29  PKCS12   app/inbound.p12");
    assert_non_null(strstr(cursor_row(t), "old-issuing-ca"));
    assert_true(pty_shows(t, "143 certificates, the "));
    pty_type(t, "fexp:expired<Enter>");
    pty_wait(t, "1 of 7   filter: exp:expired");
    pty_type(t, "<Esc>");
    pty_wait(t, "7 of 7");
    pty_type(t, "j<Enter>");
    pty_wait_gone(t, "Scan of");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "q");
    pty_wait(t, "7 of 7");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "q");
    pty_wait_gone(t, "7 of 7");
    quit(t);
}

static void locked_files_have_a_line_of_their_own(void **state)
{
    (void)state;
    put_tree();
    struct pty *t = start_scan(wrong);
    pty_wait(t, "1 locked");
    int row = pty_find_row(t, "(locked)");
    assert_true(row > 0);
    assert_non_null(strstr(pty_row(t, row), "PKCS12   app/inbound.p12"));
    pty_type(t, "G");
    wait_cursor_on(t, "(locked)");
    pty_type(t, "<Enter>");
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "Unlock inbound.p12");
    quit(t);
}

static void the_open_box_and_a_key_search_directories(void **state)
{
    (void)state;
    put_tree();
    struct pty *t = start_in_box(24, 80, NULL, (const char *const[]){NULL});
    pty_wait(t, "app/");
    pty_type(t, "B");
    pty_wait(t, "4 files looked at");
    pty_type(t, "B");
    pty_wait(t, "scan directory: ");
    pty_type(t, "<C-u>app<Enter>");
    pty_wait(t, "Scan of app");
    pty_wait(t, "2 files looked at");
    pty_type(t, "B<C-u>nowhere<Enter>");
    pty_wait(t, "nowhere was not searched");
    quit(t);
}

/* Each takes 600,000 rounds to refuse a password. */
static void put_slow_ones(void)
{
    char name[32];
    for (int i = 0; i < 60; i++) {
        (void)snprintf(name, sizeof name, "slow-%02d.p12", i);
        put_sample("dialects/p12-gnutls.p12", name);
    }
}

static void stopping_keeps_what_was_found(void **state)
{
    (void)state;
    put_tree();
    put_slow_ones();
    struct pty *t = start_scan(wrong);
    pty_wait(t, "Esc stops, and keeps what was found.");
    pty_wait(t, "2 with keys or certificates so far.");
    pty_type(t, "<Esc>");
    pty_wait(t, "R searches again.");
    pty_wait(t, "Stopped: what comes later is not listed.");
    assert_true(pty_shows(t, "cacerts"));
    quit(t);
}

static void an_interrupt_lists_what_was_found(void **state)
{
    (void)state;
    put_tree();
    put_slow_ones();
    struct pty *t = pty_start(&(struct pty_options){.env = wrong, .cwd = in_box("")},
                              (const char *const[]){"/bin/sh", "-c",
                                                    "exec \"$0\" scan --pass env:KSX_P . > OUT",
                                                    KSX_PROGRAM, NULL});
    pty_wait(t, " files"); /* two of them at least: README and cacerts */
    pty_type(t, "<C-c>");
    ends_with(t, 130);
    pty_free(t);
    const char *out = RUN("cat", "OUT");
    assert_told(out, "cacerts  143 certificates, the first: ");
    assert_told(out, "Stopped: what comes later is not listed.");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_make, sandbox_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_directory_is_searched_and_its_entries_are_gone_to),
        TEST(locked_files_have_a_line_of_their_own),
        TEST(the_open_box_and_a_key_search_directories),
        TEST(stopping_keeps_what_was_found),
        TEST(an_interrupt_lists_what_was_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
