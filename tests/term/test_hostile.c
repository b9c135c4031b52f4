/* Hostile names, odd widths, odd terminals, sizes, signals. */
#define _GNU_SOURCE
#include "scenario.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct pty *start_evil_and_wide(void)
{
    const char *const files[] = {DATA("evil.p12"), DATA("wide.p12"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Unlock evil.p12");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "wide.p12 was unlocked");
    pty_wait_gone(t, "Unlock");
    pty_quiet(t, 200);
    return t;
}

static void hostile_names_are_shown_and_never_acted_on(void **state)
{
    (void)state;
    struct pty *t = start_evil_and_wide();
    pty_wait(t, "\\x1B[31m");
    for (int i = 0; i < 8; i++) {
        pty_type(t, "j3");
        pty_quiet(t, 120);
        pty_type(t, "7");
        pty_quiet(t, 120);
    }
    pty_type(t, "ggj1");
    pty_wait(t, "\\u{202E}");
    pty_type(t, "7");
    pty_wait(t, "NAME-HIDDEN-CHARS");
    assert_false(pty_sent(t, "\xe2\x80\xae", 3));
    assert_false(pty_sent(t, "\x1b[31mb", 6));
    assert_false(pty_sent(t, "\x1b]52", 4));
    quit(t);
}

static void badges_stay_in_their_column_beside_wide_names(void **state)
{
    (void)state;
    struct pty *t = start_evil_and_wide();
    pty_type(t, "G");
    pty_quiet(t, 200);
    int row = pty_find_row(t, "wide.p12");
    assert_true(row > 0);
    int letters = 0;
    for (int r = row + 1; r < 20; r++) {
        char kind = (char)pty_cell(t, r, 10).chars[0];
        letters += kind == 'C' || kind == 'K';
    }
    if (letters < 3)
        pty_print(t);
    assert_true(letters >= 3);
    quit(t);
}

static void a_resize_keeps_the_place(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "jj");
    wait_cursor_on(t, "ldap-client");
    pty_resize(t, 16, 60);
    pty_wait_row(t, 0, "[tree]");
    wait_cursor_on(t, "ldap-client");
    pty_resize(t, 8, 34);
    pty_wait(t, "34x8 is too small, need 40x10");
    pty_resize(t, 40, 120);
    pty_wait_row(t, 0, "3 Certificate");
    wait_cursor_on(t, "ldap-client");
    pty_resize(t, 24, 80);
    pty_wait_row(t, 0, "3Cert");
    wait_cursor_on(t, "ldap-client");
    quit(t);
}

static void an_ascii_terminal_of_unknown_name_gets_plain_ascii(void **state)
{
    (void)state;
    const char *const env[] = {"TERM=no-such-terminal-kitty", "LC_ALL=C", "NO_COLOR=1", NULL};
    struct pty *t = start_inbound(24, 80, env);
    size_t len;
    const uint8_t *stream = pty_stream(t, &len);
    for (size_t i = 0; i < len; i++)
        assert_true(stream[i] < 0x80);
    for (char c = '0'; c < '8'; c++) {
        char colour[8];
        snprintf(colour, sizeof colour, "\x1b[3%cm", c);
        assert_false(pty_sent(t, colour, 5));
    }
    assert_non_null(strchr(pty_row(t, pty_find_row(t, "nexus-iq-server")), 'X'));
    assert_non_null(strchr(pty_row(t, pty_find_row(t, "corp-root")), '+'));
    assert_non_null(strchr(pty_row(t, pty_find_row(t, "ldap-client")), '!'));
    quit(t);
}

static void a_dumb_terminal_is_refused_with_advice(void **state)
{
    (void)state;
    const char *const env[] = {"TERM=dumb", NULL};
    const char *const files[] = {DATA("inbound.p12"), NULL};
    struct pty *t = start_ksx(24, 80, env, files);
    pty_wait(t, "ksx list");
    assert_int_equal(pty_end(t), 2);
}

static void stopping_and_continuing_redraws_the_screen(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "jj");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "<C-z>");
    pty_quiet(t, 300);
    assert_true(pty_sent(t, "\x1b[?1049l", 8));
    pty_signal(t, SIGCONT);
    pty_wait(t, "nexus-iq-server");
    wait_cursor_on(t, "ldap-client");
    quit(t);
}

static void a_dropped_connection_ends_the_program(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_hang_up(t);
    assert_int_equal(pty_end(t), 129);
}

static void nothing_is_sent_while_nothing_happens(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_mark(t);
    pty_quiet(t, 3000);
    assert_int_equal(pty_bytes(t), 0);
    quit(t);
}

static void pasted_text_runs_no_command(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "<Paste>dddqQ</Paste>");
    pty_wait(t, "paste ignored");
    assert_true(pty_shows(t, "nexus-iq-server"));
    quit(t);
}

static void small_sizes_still_work(void **state)
{
    (void)state;
    struct pty *t = start_inbound(10, 40, NULL);
    pty_type(t, "j");
    wait_cursor_on(t, "nexus");
    pty_type(t, "<Enter>");
    pty_wait(t, "Entry");
    pty_type(t, "q");
    wait_cursor_on(t, "nexus");
    quit(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names_are_shown_and_never_acted_on),
        cmocka_unit_test(badges_stay_in_their_column_beside_wide_names),
        cmocka_unit_test(a_resize_keeps_the_place),
        cmocka_unit_test(an_ascii_terminal_of_unknown_name_gets_plain_ascii),
        cmocka_unit_test(a_dumb_terminal_is_refused_with_advice),
        cmocka_unit_test(stopping_and_continuing_redraws_the_screen),
        cmocka_unit_test(a_dropped_connection_ends_the_program),
        cmocka_unit_test(nothing_is_sent_while_nothing_happens),
        cmocka_unit_test(pasted_text_runs_no_command),
        cmocka_unit_test(small_sizes_still_work),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
