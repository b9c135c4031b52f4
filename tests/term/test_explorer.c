/* Browsing a keystore: unlock, move, look, search, filter, sort. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void unlocking_lists_the_entries(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_wait(t, "nexus-iq-server");
    pty_wait(t, "ldap-client");
    pty_wait(t, "corp-root");
    pty_wait(t, "old-issuing-ca");
    pty_wait(t, "aes-session");
    pty_wait(t, "inbound.p12");
    pty_wait(t, "-31d");
    pty_wait(t, " 12d");
    assert_int_equal(strncmp(pty_row(t, 23), "? Help", 6), 0);
    assert_false(pty_sent(t, "changeit", 8));
    quit(t);
}

static void a_wrong_password_can_be_tried_five_times(void **state)
{
    (void)state;
    const char *const files[] = {DATA("inbound.p12"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Password");
    pty_type(t, "CHANGEIT<Enter>");
    pty_wait(t, "does not fit (try 2 of 5)");
    pty_wait(t, "Caps Lock");
    assert_false(pty_shows(t, "nexus-iq-server"));
    pty_type(t, "b<Enter>");
    pty_wait(t, "try 3 of 5");
    pty_type(t, "c<Enter>");
    pty_wait(t, "try 4 of 5");
    pty_type(t, "d<Enter>");
    pty_wait(t, "try 5 of 5");
    pty_type(t, "e<Enter>");
    pty_wait(t, "inbound.p12 stays locked");
    assert_false(pty_shows(t, "of 5)"));
    pty_type(t, "sixthTryq"); /* typed on: no key of these may run a command */
    pty_quiet(t, 150);
    assert_true(pty_shows(t, "Enter goes on"));
    pty_type(t, "<Enter>");
    pty_wait_gone(t, "Enter goes on");
    int row = pty_find_row(t, "PKCS12 locked");
    assert_non_null(strstr(pty_row(t, row), "?"));
    quit(t);
}

static void a_jks_lists_without_a_password(void **state)
{
    (void)state;
    const char *const files[] = {DATA("truststore.jks"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Password");
    pty_type(t, "<Enter>");
    pty_wait(t, "JKS 143");
    pty_wait_row(t, 21, "integrity not checked");
    quit(t);
}

static void moving_down_shows_the_entry_beside_the_tree(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_mark(t);
    pty_type(t, "j");
    pty_wait(t, "Entry     nexus-iq-server");
    pty_wait(t, "issuer missing");
    pty_wait_row(t, 21, "2/6");
    quit(t);
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* The same sums as a slow line sees them: the rows at once, the detail when the keys rest. */
static void a_step_down_costs_at_most_320_bytes(void **state)
{
    (void)state;
    const char *const files[] = {DATA("truststore.jks"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Password");
    pty_type(t, "<Enter>");
    pty_wait(t, "JKS 143");
    pty_type(t, "j");
    pty_quiet(t, 200);
    size_t bytes[8];
    for (int i = 0; i < 8; i++) {
        pty_mark(t);
        pty_type(t, "j");
        pty_quiet(t, 200);
        bytes[i] = pty_bytes(t);
    }
    qsort(bytes, 8, sizeof bytes[0], by_size);
    print_message("bytes a step, from %zu to %zu, median %zu\n", bytes[0], bytes[7], bytes[4]);
    assert_true(bytes[4] <= 320);
    pty_mark(t);
    pty_type(t, "jjjjjjjj");
    pty_quiet(t, 200);
    print_message("bytes for eight steps in a burst: %zu\n", pty_bytes(t));
    assert_true(pty_bytes(t) <= 1400);
    quit(t);
}

static void unfolding_shows_the_chain_and_its_gap(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "jl");
    pty_wait(t, "0 iq.example.com");
    pty_wait(t, "1 (issuer missing)");
    pty_type(t, "hh");
    wait_cursor_on(t, "inbound.p12");
    quit(t);
}

static void every_section_of_the_detail_pane_can_be_opened(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "j2");
    pty_wait(t, "[2Chain]");
    pty_type(t, "3");
    pty_wait(t, "[3Cert]");
    pty_wait(t, "Not after");
    pty_type(t, "4");
    pty_wait(t, "[4Ext]");
    pty_wait(t, "subjectAltName");
    pty_type(t, "5");
    pty_wait(t, "[5Key]");
    pty_wait(t, "RSA 2048");
    pty_type(t, "6");
    pty_wait(t, "[6PEM]");
    pty_wait(t, "-----BEGIN CERTIFICATE-----");
    pty_type(t, "7");
    pty_wait(t, "CHAIN-MISSING-INTERMEDIATE");
    pty_type(t, "1");
    pty_wait(t, "[1Sum]");
    quit(t);
}

static void the_alarm_key_visits_the_entries_with_problems(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "!");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "!");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "!");
    wait_cursor_on(t, "old-issuing-ca");
    quit(t);
}

static void search_finds_and_escape_returns(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "/ldap");
    pty_wait(t, "match 1 of 1");
    pty_type(t, "<Enter>");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "/corp");
    wait_cursor_on(t, "corp");
    pty_type(t, "<Esc>");
    wait_cursor_on(t, "ldap-client");
    quit(t);
}

static void a_filter_keeps_what_expires_soon(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "fexp:<lt>30d<Enter>");
    pty_wait_gone(t, "corp-root");
    pty_wait_row(t, 21, "filter: exp:<30d");
    assert_true(pty_shows(t, "ldap-client"));
    assert_true(pty_shows(t, "old-issuing-ca"));
    assert_false(pty_shows(t, "nexus-iq-server"));
    pty_type(t, "<Esc>");
    pty_wait(t, "corp-root");
    pty_wait(t, "aes-session");
    quit(t);
}

static void rows_stand_in_this_order(struct pty *t, const char *const names[], size_t count)
{
    int last = -1;
    for (size_t i = 0; i < count; i++) {
        int row = pty_find_row(t, names[i]);
        if (row <= last)
            pty_print(t);
        assert_true(row > last);
        last = row;
    }
}

static void sorting_by_expiry_puts_the_expired_first(void **state)
{
    (void)state;
    static const char *const up[] = {"C old-issuing-ca", "ldap-client", "nexus-iq-server",
                                     "C corp-root", "S aes-session"};
    static const char *const down[] = {"C corp-root", "nexus-iq-server", "ldap-client",
                                       "C old-issuing-ca", "S aes-session"};
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "s");
    pty_wait(t, "[e]xpiry");
    pty_type(t, "e");
    pty_wait(t, "sort:expiry");
    pty_quiet(t, 150);
    rows_stand_in_this_order(t, up, 5);
    pty_type(t, "I");
    pty_quiet(t, 200);
    rows_stand_in_this_order(t, down, 5);
    quit(t);
}

static void the_timeline_leads_back_to_the_entry(void **state)
{
    (void)state;
    static const char *const order[] = {"old-issuing-ca", "ldap-client", "nexus-iq-server",
                                        "corp-root", "aes-session"};
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "T");
    pty_wait(t, "Expiry");
    pty_wait(t, "412d");
    pty_quiet(t, 150);
    rows_stand_in_this_order(t, order, 5);
    assert_false(pty_shows(t, "Not opened"));
    int row = pty_find_row(t, "412d");
    const char *bar = strchr(pty_row(t, row), '|');
    assert_non_null(bar);
    assert_int_equal(strspn(bar + 1, "#"), 14);
    pty_type(t, "g<Down><Enter>");
    wait_cursor_on(t, "ldap-client");
    quit(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unlocking_lists_the_entries),
        cmocka_unit_test(a_wrong_password_can_be_tried_five_times),
        cmocka_unit_test(a_jks_lists_without_a_password),
        cmocka_unit_test(moving_down_shows_the_entry_beside_the_tree),
        cmocka_unit_test(a_step_down_costs_at_most_320_bytes),
        cmocka_unit_test(unfolding_shows_the_chain_and_its_gap),
        cmocka_unit_test(every_section_of_the_detail_pane_can_be_opened),
        cmocka_unit_test(the_alarm_key_visits_the_entries_with_problems),
        cmocka_unit_test(search_finds_and_escape_returns),
        cmocka_unit_test(a_filter_keeps_what_expires_soon),
        cmocka_unit_test(sorting_by_expiry_puts_the_expired_first),
        cmocka_unit_test(the_timeline_leads_back_to_the_entry),
    };
    return cmocka_run_group_tests_name("explorer", tests, NULL, NULL);
}
