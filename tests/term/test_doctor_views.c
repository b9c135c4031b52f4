/*
 * What the doctor found, in the explorer, in the list of all findings, and as the answer to an
 * error message.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PKIX                                                                                       \
    "javax.net.ssl.SSLHandshakeException: PKIX path building failed: "                             \
    "sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid "            \
    "certification path to requested target"

static struct pty *start_findings(int rows, int cols, const char *const *env)
{
    struct pty *t = start_inbound(rows, cols, env);
    pty_type(t, "F");
    pty_wait(t, "by entry");
    pty_wait(t, "CHAIN-MISSING-INTERMEDIATE");
    return t;
}

/* ---- the tree ---- */

/* The quick rules open no key: it has another password than the keystore. */
static void badges_become_right_where_nobody_looks(void **state)
{
    (void)state;
    const char *const files[] = {DATA("dialects/jks-keypass.jks"), DATA("inbound.p12"), NULL};
    struct pty *t = start_ksx(30, 100, NULL, files);
    pty_wait(t, "Unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "was unlocked with the password of");
    wait_cursor_on(t, "inbound.p12");
    pty_wait(t, "!  7.8y \xe2\x96\xb8K server");
    wait_cursor_on(t, "inbound.p12");
    quit(t);
}

/* ---- the list ---- */

static void findings_are_listed_by_entry_and_by_finding(void **state)
{
    (void)state;
    struct pty *t = start_findings(24, 80, NULL);
    pty_wait_row(t, 0, "Findings");
    pty_wait_row(t, 0, "error");
    wait_cursor_on(t, "CHAIN-MISSING-INTERMEDIATE"); /* the worst of all */
    int entry = pty_find_row(t, "K nexus-iq-server");
    assert_true(entry > 0);
    assert_non_null(strstr(pty_row(t, entry + 1), "CHAIN-MISSING-INTERMEDIATE"));
    assert_non_null(strstr(pty_row(t, entry + 1), "r fix"));
    pty_type(t, "s");
    pty_wait(t, "by finding");
    pty_type(t, "g");
    pty_wait_row(t, 1, "CHAIN-MISSING-INTERMEDIATE  1");
    pty_wait_row(t, 2, "inbound.p12/nexus-iq-server");
    pty_type(t, "s");
    pty_wait(t, "by entry");
    pty_type(t, "q");
    pty_wait_gone(t, "by entry");
    quit(t);
}

static void to_the_chain(struct pty *t)
{
    pty_type(t, "sgj");
    wait_cursor_on(t, "inbound.p12/nexus-iq-server");
}

static void a_finding_leads_to_its_entry_and_back(void **state)
{
    (void)state;
    struct pty *t = start_findings(24, 80, NULL);
    to_the_chain(t);
    pty_type(t, "<Enter>");
    pty_wait(t, "7Find");
    wait_cursor_on(t, "nexus-iq-server");
    pty_wait(t, "Refused by");
    pty_type(t, "q");
    pty_wait(t, "by finding");
    pty_type(t, "q");
    pty_wait_gone(t, "by finding");
    quit(t);
}

static void a_finding_is_explained(void **state)
{
    (void)state;
    struct pty *t = start_findings(24, 80, NULL);
    to_the_chain(t);
    pty_wait(t, "Refused by");
    pty_type(t, "l");
    pty_wait(t, "y copy");
    pty_wait(t, "Where: inbound.p12 / nexus-iq-server");
    pty_wait(t, "Refused by: all clients");
    pty_wait(t, "Mended by");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "y copy");
    pty_type(t, "y");
    pty_wait(t, "This finding");
    quit(t);
}

static void a_finding_is_repaired(void **state)
{
    (void)state;
    struct pty *t = start_findings(24, 80, NULL);
    to_the_chain(t);
    pty_type(t, "r");
    pty_wait(t, "Repair nexus-iq-server");
    pty_wait(t, "What is wrong");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "What is wrong");
    pty_wait(t, "by finding");
    quit(t);
}

static void findings_are_filtered(void **state)
{
    (void)state;
    struct pty *t = start_findings(24, 80, NULL);
    pty_type(t, "fsev:error");
    pty_wait(t, "1 of ");
    pty_type(t, "<Enter>");
    pty_wait_row(t, 0, "filter: sev:error");
    pty_wait_gone(t, "TRUST-EXPIRED");
    pty_type(t, "f<C-u>nothing-like-it<Enter>");
    pty_wait(t, "No finding matches");
    pty_type(t, "<Esc>");
    pty_wait(t, "TRUST-EXPIRED");
    pty_type(t, "f!nexus<Enter>");
    pty_wait_gone(t, "CHAIN-MISSING-INTERMEDIATE");
    quit(t);
}

static void the_findings_of_one_keystore_or_of_all(void **state)
{
    (void)state;
    const char *const files[] = {DATA("inbound.p12"), DATA("truststore.jks"), NULL};
    struct pty *t = start_ksx(30, 100, NULL, files);
    pty_wait(t, "Unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "was unlocked with the password of");
    pty_type(t, "gF");
    pty_wait(t, "truststore.jks  JKS 143");
    pty_wait(t, "inbound.p12  PKCS12 5");
    pty_type(t, "gF");
    pty_wait(t, "Findings of inbound.p12");
    pty_wait_gone(t, "truststore.jks");
    pty_type(t, "F");
    pty_wait(t, "truststore.jks");
    quit(t);
}

static void what_is_locked_is_said_to_be(void **state)
{
    (void)state;
    const char *const files[] = {DATA("evil.p12"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Unlock evil.p12");
    pty_type(t, "<Esc>");
    pty_wait(t, "stays locked");
    pty_type(t, "F");
    pty_wait(t, "evil.p12  locked: not looked at");
    quit(t);
}

static void hostile_names_are_harmless(void **state)
{
    (void)state;
    const char *const files[] = {DATA("evil.p12"), NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Unlock evil.p12");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Unlock");
    pty_type(t, "F");
    pty_wait(t, "\\x1B[31m");
    pty_type(t, "jjjlq");
    pty_quiet(t, 200);
    assert_false(pty_sent(t, "\xe2\x80\xae", 3));
    quit(t);
}

static void findings_fit(int rows, int cols, const char *const *env)
{
    struct pty *t = start_findings(rows, cols, env);
    to_the_chain(t);
    pty_type(t, "l");
    pty_wait(t, "y copy");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "y copy");
    pty_type(t, "x");
    pty_wait(t, "Explain an error");
    pty_type(t, "<Esc>");
    pty_wait(t, "by finding");
    quit(t);
}

static void findings_fit_a_small_and_a_large_screen(void **state)
{
    (void)state;
    findings_fit(16, 60, NULL);
    findings_fit(40, 120, NULL);
}

static void findings_need_no_more_than_ascii(void **state)
{
    (void)state;
    static const char *const env[] = {"LC_ALL=C", NULL};
    findings_fit(24, 80, env);
}

/* ---- an error message ---- */

static void an_error_message_is_traced_to_its_entry(void **state)
{
    (void)state;
    struct pty *t = start_inbound(30, 100, NULL);
    pty_type(t, "F");
    pty_wait(t, "by entry");
    pty_type(t, "x<Paste>2026-02-28 ERROR request failed\n" PKIX "\n\tat a.b.C(D.java:1)</Paste>");
    pty_wait(t, "line 2");
    pty_wait(t, "YES CHAIN-MISSING-INTERMEDIATE, inbound.p12/nexus-iq-server");
    pty_wait(t, "no CERT-SELF-SIGNED");
    pty_type(t, "<Tab>");
    wait_cursor_on(t, "YES CHAIN-MISSING-INTERMEDIATE");
    pty_type(t, "r");
    pty_wait(t, "What is wrong");
    pty_type(t, "<Esc>");
    pty_wait(t, "YES CHAIN-MISSING-INTERMEDIATE");
    pty_type(t, "<Enter>");
    pty_wait_gone(t, "YES CHAIN-MISSING");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "q");
    pty_wait(t, "YES CHAIN-MISSING-INTERMEDIATE");
    quit(t);
}

/* Wherever it is pasted: the tree and the palette lead to it. */
static void a_pasted_message_opens_the_explanation(void **state)
{
    static const char *const before[] = {"", ":"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pty *t = start_inbound(24, 100, NULL);
        pty_type(t, before[i]);
        if (before[i][0])
            pty_wait(t, "Enter run");
        pty_type(t, "<Paste>ERROR " PKIX "\n\tat a.b.C(D.java:1)\n    at e.F\nend</Paste>");
        pty_wait(t, "Explain an error message");
        pty_wait(t, "YES CHAIN-MISSING-INTERMEDIATE");
        pty_wait(t, "at e.F");
        assert_false(pty_shows(t, "\\x20")); /* the indentation of a stack trace is layout */
        pty_type(t, "<Esc>");
        pty_wait_gone(t, "Explain an error");
        quit(t);
    }
}

static void what_cannot_be_pasted_is_told_where_messages_go(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "<Paste>the quick brown fox</Paste>");
    pty_wait(t, "Y explains an error message");
    pty_type(t, ":<Paste>the quick brown fox</Paste>");
    pty_wait(t, "No command matches. Y explains an error message.");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "No command");
    quit(t);
}

static void the_palette_leads_to_explain(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, ":explain<Enter>");
    pty_wait(t, "Explain an error message");
    pty_type(t, "curl: (60) SSL certificate problem: unable to get local issuer certificate");
    pty_wait(t, "YES CHAIN-MISSING-INTERMEDIATE");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "Explain an error");
    quit(t);
}

static void an_unknown_text_gets_an_honest_answer(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "Y<Paste>the quick brown fox\njumps</Paste>");
    pty_wait(t, "None of the 2 lines is a message that ksx knows.");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "None of the 2");
    quit(t);
}

/* Absence says nothing where nobody could look. */
static void a_locked_keystore_is_not_said_to_be_free_of_a_cause(void **state)
{
    (void)state;
    const char *const files[] = {DATA("inbound.p12"), NULL};
    struct pty *t = start_ksx(24, 100, NULL, files);
    pty_wait(t, "Unlock");
    pty_type(t, "<Esc>");
    pty_wait(t, "stays locked");
    pty_type(t, "Y<Paste>the trustAnchors parameter must be non-empty</Paste>");
    pty_wait(t, "? P12-TRUST-INVISIBLE: not looked for in inbound.p12: the keystore is locked");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "P12-TRUST-INVISIBLE");
    quit(t);
}

static void what_takes_more_than_the_keystore_is_said_to(void **state)
{
    (void)state;
    struct pty *t = start_inbound(40, 100, NULL);
    pty_type(t, "Y<Paste>" PKIX "</Paste>");
    pty_wait(t, "YES CHAIN-MISSING-INTERMEDIATE");
    pty_wait(t, "? STORE-NO-PUBLIC-CAS: not looked for in inbound.p12: --trust-reference");
    pty_wait(t, "? TRUST-CANNOT-ANCHOR: not looked for in inbound.p12: that takes the chain");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "YES CHAIN-MISSING");
    quit(t);
}

static void colours_of_a_log_do_not_reach_the_screen(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "Y<Paste>\x1b[38;5;123m" PKIX "\x1b[0m\x07</Paste>");
    pty_wait(t, "YES CHAIN-MISSING-INTERMEDIATE");
    assert_false(pty_sent(t, "38;5;123", 8));
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "YES CHAIN-MISSING");
    quit(t);
}

/* ---- in the explorer ---- */

static void the_details_tell_what_the_doctor_knows(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "j7");
    pty_wait(t, "Refused by");
    pty_wait(t, "r repairs it");
    quit(t);
}

/* Once it has looked it costs nothing: no byte while nobody types, and none more for a key. */
static void the_doctor_costs_no_bytes(void **state)
{
    (void)state;
    struct pty *t = start_inbound(24, 80, NULL);
    pty_type(t, "j");
    pty_wait(t, "Entry     nexus-iq-server");
    pty_quiet(t, 400);
    pty_mark(t);
    pty_quiet(t, 500);
    assert_int_equal(pty_bytes(t), 0);
    pty_type(t, "k");
    wait_cursor_on(t, "inbound.p12");
    pty_quiet(t, 300);
    pty_mark(t);
    pty_type(t, "j");
    pty_wait(t, "Entry     nexus-iq-server");
    pty_quiet(t, 300);
    print_message("bytes of a move onto an entry: %zu\n", pty_bytes(t));
    quit(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(badges_become_right_where_nobody_looks),
        cmocka_unit_test(findings_are_listed_by_entry_and_by_finding),
        cmocka_unit_test(a_finding_leads_to_its_entry_and_back),
        cmocka_unit_test(a_finding_is_explained),
        cmocka_unit_test(a_finding_is_repaired),
        cmocka_unit_test(findings_are_filtered),
        cmocka_unit_test(the_findings_of_one_keystore_or_of_all),
        cmocka_unit_test(what_is_locked_is_said_to_be),
        cmocka_unit_test(hostile_names_are_harmless),
        cmocka_unit_test(findings_fit_a_small_and_a_large_screen),
        cmocka_unit_test(findings_need_no_more_than_ascii),
        cmocka_unit_test(an_error_message_is_traced_to_its_entry),
        cmocka_unit_test(a_pasted_message_opens_the_explanation),
        cmocka_unit_test(what_cannot_be_pasted_is_told_where_messages_go),
        cmocka_unit_test(the_palette_leads_to_explain),
        cmocka_unit_test(an_unknown_text_gets_an_honest_answer),
        cmocka_unit_test(a_locked_keystore_is_not_said_to_be_free_of_a_cause),
        cmocka_unit_test(what_takes_more_than_the_keystore_is_said_to),
        cmocka_unit_test(colours_of_a_log_do_not_reach_the_screen),
        cmocka_unit_test(the_details_tell_what_the_doctor_knows),
        cmocka_unit_test(the_doctor_costs_no_bytes),
    };
    return cmocka_run_group_tests_name("doctor-views", tests, NULL, NULL);
}
