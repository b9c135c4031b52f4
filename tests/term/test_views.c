/* The screens beside the explorer: timeline, open box, help, command palette. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the timeline ---- */

static void the_timeline_draws_a_column_a_month(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_wait(t, "nexus-iq-server");
    pty_type(t, "T");
    pty_wait(t, "5 of 5 entries");
    pty_wait(t, "now 2026-03-01");
    int row = pty_find_row(t, "412d");
    assert_non_null(strstr(pty_row(t, row), "###|##############"));
    assert_null(strstr(pty_row(t, row), "###|###############"));
    assert_non_null(strstr(pty_row(t, pty_find_row(t, "-31d")), "##x|"));
    assert_non_null(strstr(pty_row(t, pty_find_row(t, "aes-session")), "(no date)"));
    assert_true(pty_shows(t, "Expired 1   7 days 0   30 days 1   90 days 0   later 2   no date 1"));
    assert_false(pty_shows(t, "Not opened"));
    pty_type(t, "q");
    pty_wait_gone(t, "Expired 1");
    quit(t);
}

static void the_timeline_filters_and_sorts_on_its_own(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_wait(t, "nexus-iq-server");
    pty_type(t, "Tftype:key<Enter>");
    pty_wait(t, "2 of 5 entries");
    pty_wait(t, "filter: type:key");
    pty_type(t, "I");
    pty_wait_row(t, 2, "nexus-iq-server");
    pty_type(t, "f<C-u>exp:<lt>1d type:key");
    pty_wait(t, "0 of 5 entries");
    pty_type(t, "<Esc>");
    pty_wait(t, "2 of 5 entries");
    pty_type(t, "q");
    pty_wait(t, "corp-root"); /* the tree has a filter of its own */
    quit(t);
}

static void files_that_are_locked_are_named_in_the_timeline(void **state)
{
    (void)state;
    const char *const files[] = {DATA("evil.p12"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Unlock evil.p12");
    pty_type(t, "<Esc>");
    pty_wait(t, "stays locked");
    pty_type(t, "T");
    pty_wait(t, "Not opened: evil.p12 (locked). Not counted here.");
    quit(t);
}

/* ---- the open box ---- */

static void the_open_box_tells_types_by_content(void **state)
{
    (void)state;
    struct pty *t = pty_start(&(struct pty_options){.cwd = KSX_DATA},
                              (const char *const[]){KSX_PROGRAM, "--at", NOW, NULL});
    pty_wait(t, "looks like");
    pty_wait(t, "JKS v2, 143 entries");
    assert_non_null(strstr(pty_row(t, pty_find_row(t, "iq-reply.p7b")), "PKCS7, 3 certificates"));
    assert_non_null(strstr(pty_row(t, pty_find_row(t, "truncated.jks")), "damaged"));
    pty_wait_gone(t, "make.sh"); /* a file without keys */
    pty_type(t, ".");
    pty_wait(t, "make.sh");
    assert_non_null(strstr(pty_row(t, pty_find_row(t, "make.sh")), "no key or certificate"));
    pty_type(t, "/inb<Enter>");
    wait_cursor_on(t, "inbound.p12");
    pty_type(t, "<Enter>");
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "<Esc>");
    pty_wait(t, "stays locked");
    quit(t);
}

static void a_path_can_be_typed_and_completed(void **state)
{
    (void)state;
    struct pty *t = pty_start(&(struct pty_options){.cwd = KSX_DATA},
                              (const char *const[]){KSX_PROGRAM, "--at", NOW, NULL});
    pty_wait(t, "dialects/");
    pty_type(t, "<Tab>dial<Right>");
    pty_wait(t, "dialects/_");
    pty_type(t, "<Enter>");
    pty_wait(t, "jks-v1.jks");
    pty_type(t, "h");
    pty_wait(t, "inbound.p12");
    wait_cursor_on(t, "dialects/");
    pty_type(t, "<Tab>nowhere.jks<Enter>");
    pty_wait(t, "opened:"); /* one word: the message wraps where the path ends */
    pty_type(t, "<Esc><Esc>");
    pty_wait(t, "Keystores");
    quit(t);
}

static void several_marked_files_are_opened_together(void **state)
{
    (void)state;
    struct pty *t = pty_start(&(struct pty_options){.cwd = KSX_DATA},
                              (const char *const[]){KSX_PROGRAM, "--at", NOW, NULL});
    pty_wait(t, "JKS v2, 143 entries");
    pty_type(t, "/iq.crt<Enter><Space>/iq-reply<Enter><Space>");
    pty_wait(t, "2 marked");
    pty_type(t, "<Enter>");
    pty_wait(t, "Keystores 2");
    pty_wait(t, "iq.crt");
    pty_wait(t, "iq-reply.p7b");
    quit(t);
}

static void special_files_are_listed_and_not_opened(void **state)
{
    (void)state;
    char dir[] = KSX_SCRATCH "/open-XXXXXX", path[sizeof dir + 16];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/pipe", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    struct pty *t = pty_start(&(struct pty_options){.cwd = dir},
                              (const char *const[]){KSX_PROGRAM, "--at", NOW, NULL});
    pty_wait(t, "FIFO");
    pty_type(t, "j<Enter>");
    pty_wait(t, "pipe was not opened: FIFO.");
    pty_type(t, "q");
    pty_wait(t, "Keystores");
    quit(t);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

/* ---- help ---- */

static void help_lists_what_acts_and_why_the_rest_does_not(void **state)
{
    (void)state;
    struct pty *t = start_inbound(50, 120, NULL);
    pty_wait(t, "nexus-iq-server");
    pty_type(t, "?");
    pty_wait(t, "Help");
    pty_wait(t, "next line");
    pty_wait(t, "Not here now");
    pty_wait(t, "Signs");
    pty_type(t, "/punkt");
    pty_wait(t, "search in help: punkt");
    pty_type(t, "<Enter>");
    pty_wait(t, "Nothing in help matches punkt.");
    pty_type(t, "/san:<Enter>");
    pty_wait(t, "subject:, serial:, fp:");
    pty_type(t, "q");
    pty_wait_gone(t, "Filter words");
    quit(t);
}

static void help_is_about_the_view_it_was_called_from(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_wait(t, "nexus-iq-server");
    pty_type(t, "?");
    pty_wait_row(t, 0, "Tree");
    pty_type(t, "qT");
    pty_wait(t, "now 2026-03-01");
    pty_type(t, "?");
    pty_wait_row(t, 0, "Help  Expiry");
    pty_wait_gone(t, "unfold");
    pty_type(t, "qq");
    quit(t);
}

/* ---- palette ---- */

static void the_palette_finds_commands_by_synonym_and_runs_them(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_wait(t, "nexus-iq-server");
    pty_type(t, ":timeline");
    pty_wait(t, "(timeline) all entries by the day they ex");
    pty_wait(t, "As a command: ksx expiry /");
    pty_wait(t, "inbound.p12");
    pty_type(t, "<Enter>");
    pty_wait(t, "5 of 5 entries");
    pty_type(t, "q");
    pty_wait_gone(t, "5 of 5 entries");
    quit(t);
}

static void a_ready_made_filter_runs_from_the_palette(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_wait(t, "nexus-iq-server");
    pty_type(t, ":expires soon");
    pty_wait(t, "filter exp:<30d");
    pty_type(t, "<Enter>");
    pty_wait_gone(t, "corp-root");
    pty_wait(t, "ldap-client");
    pty_type(t, "<Esc>");
    pty_wait(t, "corp-root");
    quit(t);
}

static void what_cannot_act_stays_in_the_palette_and_says_why(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_wait(t, "nexus-iq-server");
    pty_type(t, ":hidden");
    pty_wait(t, "not here: not in this view");
    pty_type(t, "<Enter>");
    pty_wait(t, "hidden: not here: not in this view");
    pty_type(t, "<C-u>zzz");
    pty_wait(t, "No command matches.");
    pty_type(t, "<C-c>");
    pty_wait_gone(t, "Commands");
    quit(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timeline_draws_a_column_a_month),
        cmocka_unit_test(the_timeline_filters_and_sorts_on_its_own),
        cmocka_unit_test(files_that_are_locked_are_named_in_the_timeline),
        cmocka_unit_test(the_open_box_tells_types_by_content),
        cmocka_unit_test(a_path_can_be_typed_and_completed),
        cmocka_unit_test(several_marked_files_are_opened_together),
        cmocka_unit_test(special_files_are_listed_and_not_opened),
        cmocka_unit_test(help_lists_what_acts_and_why_the_rest_does_not),
        cmocka_unit_test(help_is_about_the_view_it_was_called_from),
        cmocka_unit_test(the_palette_finds_commands_by_synonym_and_runs_them),
        cmocka_unit_test(a_ready_made_filter_runs_from_the_palette),
        cmocka_unit_test(what_cannot_act_stays_in_the_palette_and_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
