/* What people stumble over who have never used ksx: the screen says what it did, what is typed is
 * kept, and no key acts where another was expected. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct pty *start_opened(int rows, int cols, const char *file, const char *password,
                                const char *shown)
{
    const char *const files[] = {file, NULL};
    struct pty *t = start_ksx(rows, cols, NULL, files);
    pty_wait(t, "Password");
    pty_type(t, password);
    pty_type(t, "<Enter>");
    pty_wait(t, shown);
    pty_quiet(t, 150);
    return t;
}

/* ---- copying ---- */

static void a_copied_field_is_named_as_a_field_with_its_text(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "j5<Tab>");
    pty_wait(t, "[5Key]");
    wait_cursor_on(t, "Private key");
    pty_type(t, "y");
    pty_wait(t, "Field \"Private key\" sent to the terminal (OSC 52): RSA 2048");
    pty_type(t, "3");
    pty_wait(t, "[3Cert]");
    pty_quiet(t, 150);
    pty_type(t, "6y");
    pty_wait(t, "This text sent to the terminal");
    quit(t);
}

/* ---- keys with and without a password of their own ---- */

static void the_keystores_password_is_tried_on_the_key_that_is_looked_at(void **state)
{
    (void)state;
    struct pty *t = start_opened(24, 80, DATA("dialects/jceks.jceks"), "changeit", "JCEKS ");
    pty_type(t, "/hmac<Enter>");
    wait_cursor_on(t, "hmac");
    pty_wait(t, "Entry     hmac");
    pty_wait(t, "HmacSHA256");
    pty_type(t, "pu");
    pty_wait(t, "It is unlocked with the keystore's password");
    pty_type(t, "<Enter>");
    pty_wait_gone(t, "Enter goes on");
    quit(t);
}

static void keys_typed_for_a_password_that_was_not_asked_do_nothing(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "jpuXqtTchangeit<Enter>");
    pty_wait(t, "It is unlocked with the keystore's password");
    pty_type(t, "Xq<Enter>");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "5");
    pty_wait(t, "unlocked");
    quit(t);
}

static void a_key_with_a_password_of_its_own_asks_for_it(void **state)
{
    (void)state;
    struct pty *t = start_opened(24, 80, DATA("dialects/jks-keypass.jks"), "changeit", "JKS ");
    pty_type(t, "/server<Enter>");
    wait_cursor_on(t, "server");
    pty_wait(t, "has its own password");
    pty_type(t, "5");
    pty_wait(t, "its own, not the");
    pty_type(t, "puits-own<Enter>"); /* typed ahead of the box */
    pty_wait(t, "is unlocked: RSA");
    pty_wait(t, "present, unlocked");
    assert_true(pty_shows(t, "its own, not the"));
    assert_false(pty_sent(t, "its-own", 7));
    quit(t);
}

static void the_key_bar_says_what_enter_does_on_a_locked_keystore(void **state)
{
    (void)state;
    const char *const files[] = {DATA("inbound.p12"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Password");
    pty_type(t, "<Esc>");
    pty_wait_row(t, 23, "Enter Unlock");
    pty_type(t, "<Enter>");
    pty_wait(t, "Password");
    pty_type(t, "changeit<Enter>");
    pty_wait_row(t, 23, "Enter Detail");
    pty_type(t, "j5<Enter>");
    pty_wait_row(t, 23, "Enter Unlock");
    quit(t);
}

static void the_first_picture_knows_the_files_already(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    assert_false(pty_sent(t, "No file is open", 15)); /* sent only to be erased */
    assert_false(pty_sent(t, "Keystores 0", 11));
    quit(t);
}

/* ---- several files ---- */

static void the_row_of_the_file_is_selected_while_its_box_is_shown(void **state)
{
    (void)state;
    const char *const files[] = {DATA("inbound.p12"), DATA("wide.p12"), DATA("evil.p12"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "<Esc>");
    pty_wait(t, "Unlock wide.p12");
    pty_wait_row(t, 21, " wide.p12");
    pty_type(t, "a<Enter>");
    pty_wait(t, "try 2 of 5");
    pty_type(t, "b<Enter>");
    pty_wait(t, "try 3 of 5");
    pty_type(t, "c<Enter>");
    pty_wait(t, "try 4 of 5");
    pty_type(t, "d<Enter>");
    pty_wait(t, "try 5 of 5");
    pty_type(t, "e<Enter>");
    pty_wait(t, "wide.p12 stays locked");
    pty_quiet(t, 150);
    assert_false(pty_shows(t, "Unlock evil.p12"));
    pty_type(t, "<Enter>");
    pty_wait(t, "Unlock evil.p12");
    pty_wait_row(t, 21, " evil.p12");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "Unlock evil.p12");
    quit(t);
}

static void put_text(const char *path)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs("no keystore\n", out) >= 0);
    assert_int_equal(fclose(out), 0);
}

/* Paths as they were given, in the tree and in words; closing one renames no other. */
static void files_of_one_name_are_told_apart_by_their_paths(void **state)
{
    (void)state;
    char dir[] = "/tmp/ksx-names-XXXXXX", paths[4][64];
    assert_non_null(mkdtemp(dir));
    for (int i = 0; i < 2; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/d%d", dir, i + 1);
        assert_int_equal(mkdir(paths[i], 0700), 0);
        (void)snprintf(paths[i + 2], sizeof paths[i], "%s/d%d/it.p12", dir, i + 1);
        put_text(paths[i + 2]);
    }
    const char *const files[] = {paths[2], paths[3], NULL};
    struct pty *t = start_ksx(24, 100, NULL, files);
    pty_wait(t, "2 files were not opened: d1/it.p12, d2/it.p12");
    pty_wait(t, "d2/it.p12");
    pty_type(t, "gg");
    wait_cursor_on(t, "d1/it.p12");
    pty_wait_row(t, 21,
                 "\xe2\x9c\x97"
                 "2");
    pty_type(t, "!");
    wait_cursor_on(t, "d2/it.p12");
    pty_type(t, "!");
    wait_cursor_on(t, "d1/it.p12");
    pty_wait(t, "From the top");
    pty_type(t, "X");
    pty_wait(t, "d1/it.p12 is closed.");
    wait_cursor_on(t, "d2/it.p12");
    assert_true(pty_shows(t, "d2/it.p12 was not opened")); /* in the detail pane */
    quit(t);
    for (int i = 3; i >= 0; i--)
        assert_int_equal(remove(paths[i]), 0);
    assert_int_equal(remove(dir), 0);
}

/* ---- long aliases ---- */

#define LONG_ALIAS "debian:security_communication_ecc.pem"

/* The certificate of iq.crt under a name. */
static void write_named(const char *path, const char *alias)
{
    char bytes[8192];
    FILE *in = fopen(DATA("iq.crt"), "rb"), *out = fopen(path, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t len = fread(bytes, 1, sizeof bytes, in);
    assert_true(fprintf(out, "friendlyName: %s\n", alias) > 0);
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    assert_int_equal(fclose(in) | fclose(out), 0);
}

static void an_alias_is_whole_before_other_columns_are_shown(void **state)
{
    (void)state;
    static const struct {
        int cols;
        bool key, date;
    } cases[] = {{100, false, false}, {120, false, false}, {126, true, false}, {150, true, true}};
    const char *const files[] = {KSX_SCRATCH "/long.pem", NULL};
    write_named(files[0], LONG_ALIAS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pty *t = start_ksx(24, cases[i].cols, NULL, files);
        pty_wait_row(t, 2, LONG_ALIAS);
        const char *row = pty_row(t, 2), *divider = strstr(row, "\xe2\x94\x82");
        assert_non_null(divider);
        const char *key = strstr(row, "RSA"), *date = strstr(row, "2028-");
        assert_int_equal(key && key < divider, cases[i].key);
        assert_int_equal(date && date < divider, cases[i].date);
        quit(t);
    }
    assert_int_equal(remove(files[0]), 0);
}

static void in_the_flat_list_the_store_gives_way_to_the_alias(void **state)
{
    (void)state;
    const char *const files[] = {KSX_SCRATCH "/a-store-of-a-long-name.pem",
                                 KSX_SCRATCH "/another-store-of-a-long-name.pem", NULL};
    write_named(files[0], LONG_ALIAS);
    write_named(files[1], "short");
    struct pty *t = start_ksx(24, 130, NULL, files);
    pty_wait(t, LONG_ALIAS);
    pty_type(t, "t");
    pty_wait_row(t, 1, "\xe2\x80\xba" LONG_ALIAS);
    pty_wait_row(t, 2, ".pem\xe2\x80\xbashort");
    quit(t);
    assert_int_equal(remove(files[0]) | remove(files[1]), 0);
}

/* ---- filter and search ---- */

static void a_filter_word_that_is_not_complete_hides_nothing(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    static const char *const steps[] = {"fe", "x", "p", ":", "<lt>", "f", "o", "o"};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        pty_type(t, steps[i]);
        pty_quiet(t, 100);
        assert_true(pty_shows(t, "corp-root"));
    }
    pty_type(t, "<C-u>exp:<lt>30d ali");
    pty_wait_gone(t, "corp-root");
    assert_true(pty_shows(t, "ldap-client"));
    pty_type(t, "<Esc>");
    pty_wait(t, "corp-root");
    quit(t);
}

static void a_wrong_filter_stays_in_its_prompt_with_the_reason(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "fexp:<lt>foo<Enter>");
    pty_wait(t, "the filter word exp:<foo is not understood");
    pty_wait_row(t, 22, "filter: exp:<foo");
    assert_true(pty_shows(t, "corp-root"));
    pty_type(t, "<BS><BS><BS>30d<Enter>");
    pty_wait_gone(t, "corp-root");
    pty_wait_row(t, 21, "filter: exp:<30d");
    pty_type(t, "<Esc>");
    pty_wait(t, "corp-root");
    pty_type(t, "Tfsev:nope<Enter>");
    pty_wait_row(t, 22, "filter: sev:nope");
    pty_wait(t, "is not understood");
    pty_type(t, "<C-u>sev:error<Enter>");
    pty_wait(t, "filter: sev:error");
    quit(t);
}

static void a_filter_without_a_match_says_so_in_full(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "fzzz<Enter>");
    pty_wait(t, "No entry matches.");
    pty_wait(t, "clears the filter.");
    quit(t);
}

static void the_prompt_says_where_it_searches(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "j/");
    pty_wait_row(t, 22, " search:");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "search");
    pty_type(t, "<Tab>");
    pty_quiet(t, 150);
    int col = pty_find_col(t, 0, "1Sum");
    assert_true(pty_cell(t, 0, col).attrs.reverse);
    pty_type(t, "/");
    pty_wait_row(t, 22, " search in this section:");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "search in");
    pty_type(t, "<Tab>");
    pty_quiet(t, 150);
    assert_false(pty_cell(t, 0, col).attrs.reverse);
    quit(t);
}

static void a_long_search_leaves_the_path_of_the_entry_readable(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "bbbbbbbbbbbbbbbbbbbbbbbbbbb");
    pty_wait_row(t, 22, "search: <aaaa");
    pty_type(t, "<Enter>");
    pty_wait_row(t, 22, "Nothing contains aaaaaaaaaaaaaaaaaaaaaaaa…");
    pty_wait_row(t, 21, "inbound.p12");
    quit(t);
}

/* ---- the open box ---- */

static void tab_completes_a_path_and_never_leaves_it(void **state)
{
    (void)state;
    struct pty *t = pty_start(&(struct pty_options){.cwd = KSX_DATA},
                              (const char *const[]){KSX_PROGRAM, "--at", NOW, NULL});
    pty_wait(t, "dialects/");
    pty_type(t, "<Tab><C-u>i<Tab>");
    pty_wait(t, "3 begin like that: inbound.p12, iq-reply.p7b, iq.crt");
    pty_wait_row(t, 1, "[i_");
    pty_type(t, "q<Tab>");
    pty_wait(t, "2 begin like that: iq-reply.p7b, iq.crt");
    pty_wait_row(t, 23, "Tab complete");
    pty_type(t, "qXQ<Tab>");
    pty_wait(t, "Nothing begins like that.");
    pty_wait_row(t, 1, "[iqqXQ_");
    pty_type(t, "<Down>");
    pty_wait_row(t, 23, "? Help");
    pty_wait_row(t, 1, "[iqqXQ_"); /* what was typed is kept */
    pty_type(t, "<Tab><BS><BS><BS>.<Tab><Tab>");
    pty_wait(t, "Complete. Enter opens it.");
    pty_wait_row(t, 1, "[iq.crt_");
    pty_type(t, "<Enter>");
    pty_wait(t, "Keystores 1");
    quit(t);
}

/* ---- the timeline ---- */

static void back_from_the_timelines_entry_is_the_timeline(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "T");
    pty_wait(t, "5 of 5 entries");
    pty_type(t, "g<Down><Enter>");
    wait_cursor_on(t, "ldap-client");
    pty_wait_row(t, 23, "q Back");
    pty_type(t, "q");
    pty_wait(t, "5 of 5 entries");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "<Enter>");
    pty_wait(t, "Keystores 1");
    pty_type(t, "<Esc>");
    pty_wait(t, "5 of 5 entries");
    pty_type(t, "q");
    pty_wait(t, "Keystores 1");
    pty_wait_row(t, 23, "q Quit");
    pty_type(t, "q");
    assert_int_equal(pty_wait_exit(t), 0);
    pty_free(t);
}

/* ---- the palette ---- */

static void the_palette_matches_beginnings_of_words(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "j:exp");
    pty_wait_row(t, 2, "expiry");
    assert_true(pty_shows(t, "filter: expires soon"));
    pty_wait(t, "(expand) fold or unfold everything");
    assert_false(pty_shows(t, "section-6"));
    pty_type(t, "<C-u>xpiry"); /* nothing begins so: a part will do */
    pty_wait_row(t, 2, "expiry");
    pty_type(t, "<C-u>epry");
    pty_wait(t, "No command matches.");
    pty_type(t, "<C-u>detail: Chain");
    pty_wait(t, "inbound.p12 nexus-iq-server");
    pty_wait(t, "--section");
    pty_type(t, "<C-c>");
    pty_wait_gone(t, "Commands");
    quit(t);
}

/* ---- files that change, files that cannot be read ---- */

static char *copy_of(const char *path, const char *name)
{
    static char to[512];
    char bytes[65536];
    snprintf(to, sizeof to, "%s/%s", KSX_SCRATCH, name);
    FILE *in = fopen(path, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t len = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    assert_int_equal(fclose(in) | fclose(out), 0);
    return to;
}

static void a_file_that_changed_on_disk_is_noticed_when_it_is_visited(void **state)
{
    (void)state;
    char *path = copy_of(DATA("inbound.p12"), "first-use.p12");
    struct pty *t = start_opened(24, 80, path, "changeit", "PKCS12 5");
    (void)copy_of(DATA("wide.p12"), "first-use.p12");
    pty_mark(t);
    pty_quiet(t, 300);
    assert_int_equal(pty_bytes(t), 0); /* nobody looks by himself */
    pty_type(t, "j");
    pty_wait(t, "first-use.p12 changed on disk. R reads it again");
    pty_wait_row(t, 1, "PKCS12 5 changed");
    pty_type(t, "j");
    pty_wait_row(t, 21, "changed on disk: R reads it again");
    pty_type(t, "R");
    pty_wait(t, "first-use.p12 was read again: 5 entries before, ");
    pty_wait(t, " 5 gone");
    pty_wait_gone(t, "changed on disk");
    pty_type(t, "R");
    pty_wait(t, ", as before.");
    remove(path);
    pty_type(t, "gj");
    pty_wait(t, "first-use.p12 is gone from the disk.");
    quit(t);
}

static void the_bytes_of_a_file_that_cannot_be_read_are_shown(void **state)
{
    (void)state;
    const char *const files[] = {DATA("make.sh"), DATA("no-such-file"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Keystores 2");
    pty_wait(t, "Enter or R tries again, X closes, x shows");
    pty_type(t, "gx");
    pty_wait(t, "First 256 bytes");
    pty_wait(t, "0000  23 21 2f 62 69 6e 2f 73  #!/bin/s");
    pty_type(t, "j");
    pty_wait(t, "No bytes to show: No such file");
    quit(t);
}

static void enter_with_nothing_typed_lists_what_was_read_already(void **state)
{
    (void)state;
    const char *const files[] = {DATA("truststore.jks"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Password");
    pty_type(t, "<Esc>");
    pty_wait(t, "stays locked");
    pty_type(t, "<Enter>");
    pty_wait(t, "Password");
    pty_type(t, "<Enter>");
    pty_wait(t, "JKS 143");
    pty_wait_row(t, 21, "integrity not checked");
    quit(t);
}

/* ---- marks and cuts ---- */

static void scroll_marks_cover_no_half_words(void **state)
{
    (void)state;
    struct pty *t = start_opened(12, 40, DATA("truststore.jks"), "changeit", "JKS ");
    pty_wait_row(t, 9, "… v ");
    pty_type(t, "G");
    pty_wait_row(t, 0, " ^ ");
    assert_non_null(strstr(pty_row(t, 0), "more [tree] detail"));
    pty_type(t, "<Enter>");
    pty_wait_row(t, 0, "tree [detail]");
    quit(t);
}

static void a_tiny_terminal_can_read_why_it_is_refused(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_resize(t, 5, 20);
    pty_wait_row(t, 0, "ksx: 20x5 is too");
    pty_wait_row(t, 1, "small, need 40x10");
    pty_wait_row(t, 4, "q quit");
    pty_resize(t, 24, 80);
    pty_wait(t, "PKCS12 5");
    quit(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copied_field_is_named_as_a_field_with_its_text),
        cmocka_unit_test(the_keystores_password_is_tried_on_the_key_that_is_looked_at),
        cmocka_unit_test(keys_typed_for_a_password_that_was_not_asked_do_nothing),
        cmocka_unit_test(a_key_with_a_password_of_its_own_asks_for_it),
        cmocka_unit_test(the_key_bar_says_what_enter_does_on_a_locked_keystore),
        cmocka_unit_test(the_first_picture_knows_the_files_already),
        cmocka_unit_test(the_row_of_the_file_is_selected_while_its_box_is_shown),
        cmocka_unit_test(files_of_one_name_are_told_apart_by_their_paths),
        cmocka_unit_test(an_alias_is_whole_before_other_columns_are_shown),
        cmocka_unit_test(in_the_flat_list_the_store_gives_way_to_the_alias),
        cmocka_unit_test(a_filter_word_that_is_not_complete_hides_nothing),
        cmocka_unit_test(a_wrong_filter_stays_in_its_prompt_with_the_reason),
        cmocka_unit_test(a_filter_without_a_match_says_so_in_full),
        cmocka_unit_test(the_prompt_says_where_it_searches),
        cmocka_unit_test(a_long_search_leaves_the_path_of_the_entry_readable),
        cmocka_unit_test(tab_completes_a_path_and_never_leaves_it),
        cmocka_unit_test(back_from_the_timelines_entry_is_the_timeline),
        cmocka_unit_test(the_palette_matches_beginnings_of_words),
        cmocka_unit_test(a_file_that_changed_on_disk_is_noticed_when_it_is_visited),
        cmocka_unit_test(the_bytes_of_a_file_that_cannot_be_read_are_shown),
        cmocka_unit_test(enter_with_nothing_typed_lists_what_was_read_already),
        cmocka_unit_test(scroll_marks_cover_no_half_words),
        cmocka_unit_test(a_tiny_terminal_can_read_why_it_is_refused),
    };
    return cmocka_run_group_tests_name("first use", tests, NULL, NULL);
}
