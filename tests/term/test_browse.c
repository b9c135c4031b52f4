/* Finding one's way through several files: passwords, dates, counts, places. */
#include "sandbox.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- passwords ---- */

static void a_password_that_was_typed_opens_the_next_keystore_too(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    put_sample("inbound.p12", "other.p12");
    put_sample("dialects/jks-emptypass.jks", "none.jks");
    struct pty *t = start_in_box(24, 80, NULL,
                                 (const char *const[]){"inbound.p12", "other.p12", "none.jks", NULL});
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "other.p12 was unlocked with the password of inbound.p12");
    pty_wait(t, "Unlock none.jks"); /* another one: it is asked for, and nothing was wrong so far */
    pty_wait(t, "try 1 of 5");
    assert_false(pty_shows(t, "does not fit"));
    pty_type(t, "<Esc>");
    pty_wait(t, "stays locked");
    assert_never_sent(t, "changeit");
    quit(t);
}

static void what_was_forgotten_opens_nothing(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    put_sample("inbound.p12", "other.p12");
    struct pty *t =
        start_in_box(24, 80, NULL, (const char *const[]){"inbound.p12", "other.p12", NULL});
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "<Esc>");
    pty_wait(t, "Unlock other.p12");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "PKCS12 5");
    wait_cursor_on(t, "other.p12");
    pty_type(t, "p");
    pty_wait(t, "forget the password of other.p12");
    pty_type(t, "f");
    pty_wait(t, "is forgotten");
    pty_type(t, "gg<Enter>");
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "<Esc>");
    pty_wait(t, "stays locked");
    quit(t);
}

static void a_file_that_is_opened_again_has_the_password_of_the_command_line(void **state)
{
    (void)state;
    char path[512];
    put_sample("inbound.p12", "inbound.p12");
    (void)snprintf(path, sizeof path, "%s", in_box("inbound.p12"));
    struct pty *t = pty_start(
        &(struct pty_options){.rows = 24, .cols = 80,
                              .env = (const char *const[]){"KSX_P=changeit", NULL}},
        (const char *const[]){KSX_PROGRAM, "--at", NOW, "--pass", "env:KSX_P", path, NULL});
    pty_wait(t, "PKCS12 5");
    pty_type(t, "X");
    pty_wait(t, "No file is open");
    pty_type(t, "o");
    pty_wait(t, "looks like");
    pty_type(t, "<Tab><C-u>");
    pty_type(t, path);
    pty_type(t, "<Enter>");
    pty_wait(t, "PKCS12 5");
    assert_false(pty_shows(t, "Unlock"));
    quit(t);
}

/* ---- dates ---- */

static void the_day_that_everything_is_judged_by_stands_in_the_status_row(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_wait_row(t, 21, " as of 2026-03-01");
    quit(t);
}

static void the_timeline_counts_what_it_cannot_judge_apart(void **state)
{
    (void)state;
    struct pty *t = start_ksx(16, 60, NULL, (const char *const[]){DATA("inbound.p12"), NULL});
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "<Enter>");
    pty_wait(t, "PKCS12 4");
    pty_type(t, "T");
    pty_wait(t, "not judged 3");
    assert_true(pty_shows(t, "(unknown)"));
    quit(t);
}

/* ---- keys in clear ---- */

static void put_clear_key(const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *out = fopen(in_box(name), "w");
    assert_non_null(key);
    assert_non_null(out);
    assert_int_equal(PEM_write_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(out), 0);
    EVP_PKEY_free(key);
}

static void a_key_in_clear_says_what_it_is(void **state)
{
    (void)state;
    put_clear_key("leaf.key");
    struct pty *t = start_in_box(24, 80, NULL, (const char *const[]){"leaf.key", NULL});
    pty_wait(t, "PEM 1");
    pty_type(t, "j");
    pty_wait(t, "EC P-256");
    assert_false(pty_shows(t, "locked"));
    pty_type(t, "5");
    pty_wait(t, "EC P-256, present, unlocked");
    pty_wait(t, "nothing to compare with");
    quit(t);
}

/* ---- places ---- */

static void without_its_filter_the_list_is_where_it_was(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "jj");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "f");
    pty_wait_row(t, 23, "words: type:key exp:<30d");
    pty_type(t, "alias:corp<Enter>");
    wait_cursor_on(t, "corp-root");
    pty_type(t, "<Esc>");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "ftype:cert<Enter>");
    pty_wait(t, "2 of 5 entries");
    pty_type(t, "G");
    wait_cursor_on(t, "old-issuing-ca");
    pty_type(t, "<Esc>"); /* who moved stays */
    pty_wait(t, "The filter is cleared");
    wait_cursor_on(t, "old-issuing-ca");
    quit(t);
}

static void the_timeline_is_entered_where_it_was_left(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "T");
    pty_wait(t, "5 of 5 entries");
    pty_type(t, "jj");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "q");
    pty_wait_gone(t, "5 of 5 entries");
    pty_type(t, "T");
    pty_wait(t, "5 of 5 entries");
    wait_cursor_on(t, "nexus-iq-server");
    quit(t);
}

static void a_search_finds_files_and_says_when_it_goes_around(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "jj/inbound<Enter>");
    wait_cursor_on(t, "inbound.p12");
    pty_type(t, "/a<Enter>");
    pty_wait(t, "match 1 of");
    pty_type(t, "N");
    pty_wait(t, "From the end: match");
    pty_type(t, "n");
    pty_wait(t, "From the top: match 1 of");
    pty_type(t, "/");
    pty_wait_row(t, 22, "search:");
    assert_false(pty_shows(t, "match"));
    pty_type(t, "<C-c>");
    quit(t);
}

/* ---- the mouse ---- */

static void a_click_on_the_name_of_a_section_shows_it(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "jM");
    pty_wait(t, "The mouse is on");
    pty_wait_row(t, 0, "[1Sum]2Chain 3Cert");
    pty_type(t, "\x1b[<lt>0;52;1M\x1b[<lt>0;52;1m");
    pty_wait_row(t, 0, "[3Cert]");
    quit(t);
}

#define IN_BOX(test) cmocka_unit_test_setup_teardown(test, sandbox_make, sandbox_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BOX(a_password_that_was_typed_opens_the_next_keystore_too),
        IN_BOX(what_was_forgotten_opens_nothing),
        IN_BOX(a_file_that_is_opened_again_has_the_password_of_the_command_line),
        cmocka_unit_test(the_day_that_everything_is_judged_by_stands_in_the_status_row),
        cmocka_unit_test(the_timeline_counts_what_it_cannot_judge_apart),
        IN_BOX(a_key_in_clear_says_what_it_is),
        cmocka_unit_test(without_its_filter_the_list_is_where_it_was),
        cmocka_unit_test(the_timeline_is_entered_where_it_was_left),
        cmocka_unit_test(a_click_on_the_name_of_a_section_shows_it),
        cmocka_unit_test(a_search_finds_files_and_says_when_it_goes_around),
    };
    return cmocka_run_group_tests_name("browse", tests, NULL, NULL);
}
