/*
 * Editing end to end: rename, undo, save, create, convert, a file that another program changed,
 * leaving with unsaved changes, a lost connection. What counts is what is on disk.
 */
#include "sandbox.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* The entry under the cursor gets this name. */
static void rename_to(struct pty *t, const char *name)
{
    pty_type(t, "m");
    pty_wait(t, "new alias:");
    pty_type(t, "<C-u>");
    pty_type(t, name);
    pty_type(t, "<Enter>");
    pty_wait(t, "AFTER");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Not saved: w");
}

/* The first entry, nexus-iq-server, gets the name iq-2026. */
static void change_one(struct pty *t)
{
    pty_type(t, "j");
    wait_cursor_on(t, "nexus-iq-server");
    rename_to(t, "iq-2026");
    pty_wait(t, "[+1]");
}

static void save(struct pty *t)
{
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    pty_wait_gone(t, "[+1]");
}

/* ---- rename, undo, redo, save ---- */

static void rename_and_save(const char *name, const char *backup, const char *after)
{
    keep_bytes(name);
    struct pty *t = open_in_box(24, 80, name);
    change_one(t);
    pty_wait_row(t, 21, "1 unsaved");
    wait_cursor_on(t, "iq-2026");
    assert_unchanged(name);
    pty_type(t, "u");
    pty_wait(t, "is as on disk");
    wait_cursor_on(t, "nexus-iq-server");
    assert_false(pty_shows(t, "[+1]"));
    pty_type(t, "<C-r>");
    pty_wait(t, "Done again");
    wait_cursor_on(t, "iq-2026");
    assert_unchanged(name);
    save(t);
    wait_cursor_on(t, "iq-2026");
    assert_is_backup(backup);
    assert_string_equal(aliases_of(name, "changeit"), after);
    assert_never_sent(t, "changeit");
    quit(t);
}

static void a_rename_is_undone_redone_and_saved(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    rename_and_save("inbound.p12", "inbound.p12.bak",
                    "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
}

static void a_rename_in_a_jks_is_undone_redone_and_saved(void **state)
{
    (void)state;
    put_inbound_as("JKS", "inbound.jks");
    rename_and_save("inbound.jks", "inbound.jks.bak",
                    "iq-2026 ldap-client corp-root old-issuing-ca");
}

static void a_rename_in_a_bks_is_undone_redone_and_saved(void **state)
{
    (void)state;
    put_inbound_as("BKS", "inbound.bks");
    rename_and_save("inbound.bks", "inbound.bks.bak",
                    "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
}

/* ---- create ---- */

static void a_new_keystore_is_made_and_written_with_w(void **state)
{
    (void)state;
    struct pty *t = start_in_box(24, 80, NULL, (const char *const[]){NULL});
    pty_wait(t, "Open");
    pty_type(t, "c");
    pty_wait(t, "What should the new keystore be?");
    pty_type(t, "<Tab>app.p12<Tab>one-Secret<Tab>another-Secret<PgDn>");
    pty_wait(t, "not the same as above");
    wait_cursor_on(t, "Again");
    assert_false(is_there("app.p12"));
    pty_type(t, "<C-u>one-Secret<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "[+1]");
    pty_wait(t, "PKCS12 0");
    wait_cursor_on(t, "app.p12");
    assert_false(is_there("app.p12"));
    save(t);
    assert_int_equal(mode_of("app.p12"), 0600);
    assert_string_equal(aliases_of("app.p12", "one-Secret"), "");
    assert_never_sent(t, "one-Secret");
    assert_never_sent(t, "another-Secret");
    quit(t);
}

/* ---- convert ---- */

static void a_conversion_that_loses_something_has_to_be_meant(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    keep_bytes("inbound.p12");
    struct pty *t = open_in_box(24, 80, "inbound.p12");
    pty_type(t, "C");
    pty_wait(t, "What should it become?");
    for (int i = 0; i < 8 && !pty_shows(t, "<JKS>"); i++) {
        pty_type(t, "<Right>");
        pty_quiet(t, 150);
    }
    pty_wait(t, "lost: aes-session");
    pty_wait(t, "inbound.jks");
    pty_type(t, "<PgDn>");
    pty_wait(t, "tick this");
    wait_cursor_on(t, "leave those entries out");
    pty_type(t, "<Space><PgDn>");
    pty_wait(t, "Enter Apply");
    pty_wait(t, "aes-session");
    pty_type(t, "<Enter>");
    pty_wait(t, "JKS 4");
    assert_false(is_there("inbound.jks"));
    wait_cursor_on(t, "inbound.jks");
    save(t);
    assert_string_equal(aliases_of("inbound.jks", "changeit"),
                        "nexus-iq-server ldap-client corp-root old-issuing-ca");
    assert_unchanged("inbound.p12");
    assert_never_sent(t, "changeit");
    quit(t);
}

/* ---- changed on disk ---- */

static void a_file_that_was_changed_meanwhile_is_not_overwritten(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    struct pty *t = open_in_box(24, 80, "inbound.p12");
    change_one(t);
    rename_behind("inbound.p12", "changeit", "ldap-client", "ldap-new");
    keep_bytes("inbound.p12");
    pty_type(t, "w");
    pty_wait(t, "changed on disk");
    pty_type(t, "<Enter>"); /* answers nothing */
    pty_type(t, "<Esc>");
    pty_wait(t, "Not saved");
    assert_unchanged("inbound.p12");
    pty_type(t, "w");
    pty_wait(t, "changed on disk");
    pty_type(t, "m");
    pty_wait(t, "Enter Apply");
    assert_unchanged("inbound.p12");
    pty_type(t, "<Enter>");
    pty_wait(t, "ldap-new");
    pty_wait(t, "iq-2026");
    assert_unchanged("inbound.p12");
    save(t);
    assert_is_backup("inbound.p12.bak");
    assert_string_equal(aliases_of("inbound.p12", "changeit"),
                        "iq-2026 ldap-new corp-root old-issuing-ca aes-session");
    quit(t);
}

static void a_new_password_of_the_changed_file_is_asked_for(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    struct pty *t = open_in_box(24, 80, "inbound.p12");
    change_one(t);
    passwd_behind("inbound.p12", "changeit", "theirs-New");
    pty_type(t, "w");
    pty_wait(t, "changed on disk");
    pty_type(t, "m");
    pty_wait(t, "gave it a new password");
    pty_type(t, "theirs-New<Enter>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "iq-2026");
    pty_wait(t, "[+1]");
    save(t);
    assert_string_equal(aliases_of("inbound.p12", "theirs-New"),
                        "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
    quit(t);
}

/* ---- leaving ---- */

static void leaving_with_a_change_asks_and_enter_is_no_answer(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    keep_bytes("inbound.p12");
    struct pty *t = open_in_box(24, 80, "inbound.p12");
    change_one(t);
    pty_type(t, "q");
    pty_wait(t, "Quit with unsaved changes");
    pty_wait(t, "quit without saving (1 change lost)");
    pty_type(t, "<Enter>");
    pty_quiet(t, 150);
    assert_true(pty_shows(t, "Quit with unsaved changes"));
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "Quit with unsaved changes");
    pty_type(t, "q");
    pty_wait(t, "Quit with unsaved changes");
    pty_type(t, "n");
    ends_with(t, 0);
    pty_free(t);
    assert_unchanged("inbound.p12");
    assert_false(is_there("inbound.p12.bak"));
}

/* ---- a lost connection ---- */

static int64_t now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static void lose_connection(const char *name, const char *recovery, const char *after)
{
    keep_bytes(name);
    struct pty *t = open_in_box(24, 80, name);
    change_one(t);
    int64_t from = now_ms();
    pty_hang_up(t);
    ends_with(t, 129);
    pty_free(t);
    assert_in_range(now_ms() - from, 0, 2000);
    assert_unchanged(name);
    assert_int_equal(mode_of(recovery), 0600);
    assert_string_equal(aliases_of(recovery, "changeit"), after);

    t = open_in_box(24, 80, name);
    pty_wait(t, "unsaved work from");
    pty_type(t, "a");
    pty_wait(t, "[+1]");
    pty_wait(t, "iq-2026");
    assert_unchanged(name);
    save(t);
    assert_is_backup(name[8] == 'p'   ? "inbound.p12.bak"
                     : name[8] == 'j' ? "inbound.jks.bak"
                                      : "inbound.bks.bak");
    assert_string_equal(aliases_of(name, "changeit"), after);
    assert_false(is_there(recovery));
    quit(t);
}

static void unsaved_work_outlives_the_connection(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    lose_connection("inbound.p12", ".inbound.p12.ksx-recover",
                    "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
}

static void unsaved_work_in_a_jks_outlives_the_connection(void **state)
{
    (void)state;
    put_inbound_as("JKS", "inbound.jks");
    lose_connection("inbound.jks", ".inbound.jks.ksx-recover",
                    "iq-2026 ldap-client corp-root old-issuing-ca");
}

static void unsaved_work_in_a_bks_outlives_the_connection(void **state)
{
    (void)state;
    put_inbound_as("BKS", "inbound.bks");
    lose_connection("inbound.bks", ".inbound.bks.ksx-recover",
                    "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sandbox_make, sandbox_drop)

/* A name, which may have * in it, runs that test alone. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rename_is_undone_redone_and_saved),
        TEST(a_rename_in_a_jks_is_undone_redone_and_saved),
        TEST(a_rename_in_a_bks_is_undone_redone_and_saved),
        TEST(a_new_keystore_is_made_and_written_with_w),
        TEST(a_conversion_that_loses_something_has_to_be_meant),
        TEST(a_file_that_was_changed_meanwhile_is_not_overwritten),
        TEST(a_new_password_of_the_changed_file_is_asked_for),
        TEST(leaving_with_a_change_asks_and_enter_is_no_answer),
        TEST(unsaved_work_outlives_the_connection),
        TEST(unsaved_work_in_a_jks_outlives_the_connection),
        TEST(unsaved_work_in_a_bks_outlives_the_connection),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
