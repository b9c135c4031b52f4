/*
 * The repair wizard: from the broken chain to a file that is whole, key by key; what no source has;
 * and that nothing is changed before it is applied.
 */
#define _GNU_SOURCE
#include "../unit/broken.h"
#include "wizard_steps.h"

#include "base/bytes.h"
#include "file/open.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- steps ---- */

/* inbound.p12, or its copy in another type, and the truststore that has what it lacks. */
static struct pty *open_both(int rows, int cols, const char *const *env, const char *name)
{
    put_sample("truststore.jks", "truststore.jks");
    return open_with(rows, cols, env, (const char *const[]){name, "truststore.jks", NULL});
}

static struct pty *open_inbound(int rows, int cols, const char *const *env)
{
    put_sample("inbound.p12", "inbound.p12");
    return open_both(rows, cols, env, "inbound.p12");
}

static struct pty *open_alone(const char *name)
{
    put_sample("inbound.p12", name);
    keep_bytes(name);
    return open_in_box(24, 80, name);
}

/* r, and PgDn as often as it takes. */
static void to_review(struct pty *t)
{
    pty_type(t, "r");
    pty_wait(t, "What is wrong");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Where may the missing certificates be?");
    pty_type(t, "<PgDn>");
    pty_wait(t, "include the root");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Enter Apply");
}

static size_t chain_on_disk(const char *name, const char *alias)
{
    struct ks_store *store = read_store(name, "changeit");
    size_t at, len = 0;
    if (!ks_store_find(store, alias, &at))
        fail_msg("there is no %s in %s", alias, name);
    len = ks_store_entry(store, at)->chain_len;
    ks_store_free(store);
    return len;
}

/* ---- rows 12 and 13 ---- */

static void review_shows_both_sides(struct pty *t)
{
    pty_wait(t, "BEFORE");
    pty_wait(t, "AFTER");
    pty_wait(t, "0 iq.example.com");
    pty_wait(t, "(missing)");
    pty_wait(t, "+ 1 Example Issuing CA 3");
    pty_wait(t, "+ 2 Example Root CA");
    pty_wait(t, "= unchanged");
    pty_wait(t, "= untouched");
}

static void a_broken_chain_is_whole_after(struct pty *t, const char *name)
{
    to_nexus(t);
    to_review(t);
    review_shows_both_sides(t);
    assert_unchanged(name);
    apply(t);
    wait_cursor_on(t, "nexus-iq-server");
    pty_wait(t, "[+1]");
    pty_wait(t, "2 Example Root CA");
    pty_wait_gone(t, "issuer missing");
    assert_unchanged(name);
    pty_quiet(t, 300); /* the doctor looks again */
    if (strstr(cursor_row(t), "\xe2\x9c\x97"))
        fail_msg("still an error: %s", cursor_row(t));
    pty_type(t, "u");
    pty_wait_gone(t, "[+1]");
    pty_wait(t, "Undone");
    pty_wait(t, "issuer missing");
    pty_type(t, "<C-r>");
    pty_wait(t, "[+1]");
    pty_wait_gone(t, "issuer missing");
    assert_unchanged(name);
    save(t);
}

static void a_missing_issuer_comes_from_another_open_keystore(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    a_broken_chain_is_whole_after(t, "inbound.p12");
    assert_is_backup("inbound.p12.bak");
    assert_int_equal(chain_on_disk("inbound.p12", "nexus-iq-server"), 3);
    quit(t);
    const char *told = RUN("keytool", "-list", "-v", "-keystore", "inbound.p12", "-storepass",
                           "changeit", "-alias", "nexus-iq-server");
    assert_told(told, "Certificate chain length: 3");
}

static void the_same_in_jks(void **state)
{
    (void)state;
    put_inbound_as("JKS", "inbound.jks");
    struct pty *t = open_both(24, 80, NULL, "inbound.jks");
    a_broken_chain_is_whole_after(t, "inbound.jks");
    assert_is_backup("inbound.jks.bak");
    assert_int_equal(chain_on_disk("inbound.jks", "nexus-iq-server"), 3);
    quit(t);
    const char *told = RUN("keytool", "-list", "-v", "-keystore", "inbound.jks", "-storepass",
                           "changeit", "-alias", "nexus-iq-server");
    assert_told(told, "Certificate chain length: 3");
}

static void the_same_in_bks(void **state)
{
    (void)state;
    put_inbound_as("BKS", "inbound.bks");
    struct pty *t = open_both(24, 80, NULL, "inbound.bks");
    a_broken_chain_is_whole_after(t, "inbound.bks");
    assert_is_backup("inbound.bks.bak");
    assert_int_equal(chain_on_disk("inbound.bks", "nexus-iq-server"), 3);
    quit(t);
}

/* ---- the pages ---- */

static void the_first_page_says_what_is_wrong(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "r");
    pty_wait(t, "Repair nexus-iq-server");
    pty_wait(t, "0 iq.example.com (412d)");
    pty_wait(t, "missing: Example Issuing CA 3");
    pty_wait(t, "CHAIN-MISSING-INTERMEDIATE");
    pty_wait(t, "PKIX path building failed");
    pty_type(t, "v");
    pty_wait(t, "y copy");
    pty_wait(t, "Mended by: This wizard inserts it");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "y copy");
    pty_wait(t, "What is wrong");
    leave(t, "Repair nexus");
    quit(t);
}

static void without_a_source_it_says_what_to_ask_for(void **state)
{
    (void)state;
    struct pty *t = open_alone("inbound.p12");
    to_nexus(t);
    pty_type(t, "r");
    pty_wait(t, "What is wrong");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Where may the missing");
    assert_false(pty_shows(t, "the other open keystores"));
    pty_type(t, "<Tab><Tab>  <PgDn>"); /* blanks are no file */
    pty_wait(t, "No source has it");
    pty_wait(t, "CN=Example Issuing CA");
    pty_wait(t, "key id");
    pty_wait(t, "CE:D1:45:4E");
    pty_type(t, "<PgDn>");
    pty_wait(t, "nothing can be repaired without it");
    pty_type(t, "y");
    pty_wait(t, "What to ask the CA for");
    pty_type(t, "<PgUp>");
    pty_wait(t, "Where may the missing");
    leave(t, "Repair nexus");
    assert_false(pty_shows(t, "[+"));
    assert_unchanged("inbound.p12");
    quit(t);
}

/* What one source would mend is not said to be for others, before that source is named. */
static void the_first_page_of_a_keystore_asks_for_a_source(void **state)
{
    (void)state;
    struct pty *t = open_alone("inbound.p12");
    pty_type(t, "r");
    pty_wait(t, "Repair inbound.p12");
    pty_wait(t, "needs a source");
    pty_wait(t, "name one on the next page");
    pty_wait(t, "CHAIN-MISSING-INTERMEDIATE: nexus-iq-server");
    assert_false(pty_shows(t, "Not here"));
    leave(t, "Repair inbound");
    quit(t);
}

static void a_long_review_is_paged(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    to_nexus(t);
    to_review(t);
    pty_wait(t, "PgDn More");
    pty_wait(t, "PgUp Back");
    pty_type(t, "<PgDn>");
    pty_wait(t, "PgUp Up");
    pty_type(t, "<PgUp>");
    pty_wait(t, "PgUp Back");
    pty_type(t, "<PgUp>");
    pty_wait(t, "include the root");
    leave(t, "Repair nexus");
    quit(t);
}

static void a_file_that_is_named_is_a_source(void **state)
{
    (void)state;
    put_sample("iq-reply.p7b", "iq-reply.p7b");
    struct pty *t = open_alone("inbound.p12");
    to_nexus(t);
    pty_type(t, "r<PgDn>");
    pty_wait(t, "Where may the missing");
    pty_type(t, "<Tab><Tab>nowhere.pem<PgDn>");
    pty_wait(t, "nowhere.pem");
    pty_wait(t, "was not opened: no such file");
    pty_type(t, "<C-u>iq-reply.p7b<PgDn>");
    pty_wait(t, "include the root");
    pty_type(t, " <PgDn>");
    pty_wait(t, "+ 1 Example Issuing CA 3");
    pty_wait(t, "iq-reply.p7b");
    assert_false(pty_shows(t, "+ 2 "));
    leave(t, "Repair nexus");
    assert_unchanged("inbound.p12");
    quit(t);
}

static void certificates_can_be_pasted(void **state)
{
    (void)state;
    struct ks_store *store = NULL;
    struct ks_error err = {0};
    struct ks_buf pem = KS_BUF_INIT;
    assert_int_equal(ks_open(DATA("iq-reply.p7b"), NULL, NULL, &store, &err), KS_OK);
    for (size_t i = 0; i < ks_store_count(store); i++)
        ks_pem_write("CERTIFICATE", ks_cert_der(&ks_store_entry(store, i)->chain[0]), &pem);
    ks_store_free(store);
    struct pty *t = open_alone("inbound.p12");
    to_nexus(t);
    pty_type(t, "r<PgDn>");
    pty_wait(t, "Where may the missing");
    pty_type(t, "<Tab><Tab><Paste>");
    pty_type(t, ks_buf_text(&pem));
    pty_type(t, "</Paste>");
    pty_wait(t, "PEM blocks: CERTIFICATE");
    pty_type(t, "<PgDn>");
    pty_wait(t, "include the root");
    pty_type(t, "<PgDn>");
    pty_wait(t, "+ 1 Example Issuing CA 3");
    ks_buf_free(&pem);
    apply(t);
    pty_wait(t, "[+1]");
    pty_type(t, "u");
    pty_wait_gone(t, "[+1]");
    quit(t);
}

static void a_keystore_is_repaired_as_a_whole(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    pty_type(t, "r");
    pty_wait(t, "Repair inbound.p12");
    pty_wait(t, "CHAIN-MISSING-INTERMEDIATE: nexus-iq-server");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Where may the missing");
    pty_type(t, "<PgDn>");
    pty_wait_gone(t, "Where may the missing");
    for (int i = 0; i < 3 && !pty_shows(t, "Enter Apply"); i++) {
        pty_type(t, "<PgDn>");
        pty_quiet(t, 300);
    }
    pty_wait(t, "Enter Apply");
    pty_wait(t, "nexus-iq-server, key pair");
    pty_wait(t, "+ 1 Example Issuing CA 3");
    apply(t);
    pty_wait(t, "[+1]");
    assert_unchanged("inbound.p12");
    pty_type(t, "u");
    pty_wait_gone(t, "[+1]");
    quit(t);
}

static void what_is_whole_needs_no_repair(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    pty_type(t, "/corp-root<Enter>");
    wait_cursor_on(t, "corp-root");
    pty_type(t, "r");
    pty_wait(t, "Repair corp-root");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Where may the missing");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Nothing to repair");
    pty_type(t, "<Esc>");
    leave(t, "Repair corp-root");
    assert_unchanged("inbound.p12");
    quit(t);
}

/* Whatever page it is left on: the tree is as it was, and so is the file. */
static void leaving_changes_nothing(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    static const char *const pages[] = {"What is wrong", "Where may the missing",
                                        "include the root", "Enter Apply"};
    for (size_t last = 0; last < sizeof pages / sizeof pages[0]; last++) {
        to_nexus(t);
        pty_type(t, "r");
        for (size_t page = 0; page <= last; page++) {
            if (page)
                pty_type(t, "<PgDn>");
            pty_wait(t, pages[page]);
        }
        leave(t, "Repair nexus");
        assert_false(pty_shows(t, "[+"));
        assert_unchanged("inbound.p12");
    }
    quit(t);
}

static void a_read_only_keystore_is_not_repaired(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "O");
    pty_wait(t, "is read-only now");
    pty_type(t, "r");
    pty_wait(t, "Nothing was repaired");
    assert_false(pty_shows(t, "What is wrong"));
    quit(t);
}

/* What could not be read would be lost with it: no page is shown that ends in that. */
static void a_damaged_keystore_is_not_repaired(void **state)
{
    (void)state;
    put_sample("truncated.jks", "truncated.jks");
    struct pty *t = start_in_box(24, 80, NULL, (const char *const[]){"truncated.jks", NULL});
    pty_wait(t, "Unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Unlock");
    pty_type(t, "gr");
    pty_wait(t, "Nothing was repaired: truncated.jks is damaged");
    assert_false(pty_shows(t, "What is wrong"));
    pty_type(t, "j  kr");
    pty_wait(t, "Nothing was repaired: truncated.jks is damaged");
    assert_false(pty_shows(t, "What is wrong"));
    quit(t);
}

/* ---- keystores that are made for it ---- */

/* Takes the keystore over. */
static struct pty *open_made(int rows, int cols, const char *name, struct ks_store *s)
{
    struct ks_buf bytes = op_written(s, s->now);
    FILE *out = fopen(in_box(name), "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, out), bytes.len);
    assert_int_equal(fclose(out), 0);
    ks_buf_free(&bytes);
    ks_store_free(s);
    return open_with(rows, cols, NULL, (const char *const[]){name, NULL});
}

static struct ks_store *misplaced_reply(void)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    broken_add_key(s, "web", "S");
    broken_add_trusted(s, "reply", 'V');
    broken_add_trusted(s, "issuer", 'I');
    broken_add_trusted(s, "root", 'R');
    return s;
}

static void to_entry(struct pty *t, const char *alias)
{
    pty_type(t, "/");
    pty_type(t, alias);
    pty_type(t, "<Enter>");
    wait_cursor_on(t, alias);
}

/* Whichever of the two is under the cursor: it is about the key pair. */
static void a_reply_in_the_wrong_place_goes_to_its_key(void **state)
{
    static const char *const from[] = {"web", "reply"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pty *t = open_made(24, 80, "app.p12", misplaced_reply());
        to_entry(t, from[i]);
        pty_type(t, "r");
        pty_wait(t, "TRUST-REPLY-MISPLACED");
        pty_type(t, "<PgDn>");
        pty_wait(t, "Where may the missing");
        pty_type(t, "<PgDn>");
        pty_wait(t, "[x] remove the trusted entry");
        pty_type(t, "<PgDn>");
        pty_wait(t, "Enter Apply");
        pty_wait(t, "web, key pair");
        pty_wait(t, "- 0 leaf                  + 0 leaf");
        pty_wait(t, "+ 1 I");
        pty_wait(t, "! CERT-SELF-SIGNED");
        pty_wait(t, "install the reply");
        assert_unchanged("app.p12");
        apply(t);
        wait_cursor_on(t, "web");
        save(t);
        assert_int_equal(chain_on_disk("app.p12", "web"), 3);
        assert_string_equal(aliases_of("app.p12", "changeit"), "web issuer root");
        quit(t);
    }
}

/* From the first page to the review, whatever lies between. */
static void on_to_review(struct pty *t)
{
    pty_type(t, "<PgDn>");
    pty_wait(t, "Where may the missing");
    pty_type(t, "<PgDn>");
    pty_wait_gone(t, "Where may the missing");
    for (int i = 0; i < 3 && !pty_shows(t, "Enter Apply"); i++) {
        pty_type(t, "<PgDn>");
        pty_quiet(t, 300);
    }
    pty_wait(t, "Enter Apply");
}

static struct ks_store *two_without_issuer(void)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_key(s, "first", "L");
    broken_add_key(s, "second", "L");
    broken_add_trusted(s, "issuer", 'I');
    broken_add_trusted(s, "root", 'R');
    return s;
}

/* The review goes over several screens; the proof is of what is on this one. */
static void the_proof_is_of_the_entry_on_the_screen(void **state)
{
    (void)state;
    struct pty *t = open_made(24, 80, "app.jks", two_without_issuer());
    pty_type(t, "r");
    pty_wait(t, "What is wrong");
    on_to_review(t);
    pty_wait(t, "first, key pair");
    pty_type(t, "p");
    pty_wait(t, "Proof of first");
    leave(t, "Proof of");
    pty_type(t, "<PgDn>");
    pty_wait(t, "second, key pair");
    pty_type(t, "p");
    pty_wait(t, "Proof of second");
    leave(t, "Proof of");
    leave(t, "Repair app.jks");
    quit(t);
}

static void the_only_key_pair_is_proven_from_the_keystore(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_trusted(s, "root", 'R');
    broken_add_key(s, "web", "L I R");
    struct pty *t = open_made(24, 80, "app.jks", s);
    pty_type(t, "S");
    pty_wait(t, "Proof of web");
    leave(t, "Proof of");
    quit(t);
    t = open_made(24, 80, "two.jks", two_without_issuer());
    pty_type(t, "S");
    pty_wait(t, "Nothing was proven: choose a key pair");
    quit(t);
}

/* Between the leaf and the root: each number stands once, and both sides are level. */
static void a_gap_is_shown_where_it_is(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_key(s, "web", "L R");
    broken_add_trusted(s, "issuer", 'I');
    struct pty *t = open_made(24, 80, "app.jks", s);
    to_entry(t, "web");
    pty_type(t, "r");
    pty_wait(t, "\xe2\x9c\x97 missing: I");
    int missing = pty_find_row(t, "missing: I");
    assert_non_null(strstr(pty_row(t, missing - 1), "0 leaf"));
    assert_non_null(strstr(pty_row(t, missing + 1), "1 R"));
    assert_null(strstr(pty_row(t, missing), "1 "));
    on_to_review(t);
    pty_wait(t, "(missing)");
    assert_non_null(strstr(pty_row(t, pty_find_row(t, "(missing)")), "+ 1 I"));
    assert_non_null(strstr(pty_row(t, pty_find_row(t, "1 R")), "2 R (was 1)"));
    leave(t, "Repair web");
    quit(t);
}

/* Its keys are said, and so is what its marks mean; nothing leads before the first page. */
static void the_pages_say_what_their_keys_do(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "r");
    pty_wait(t, "What is wrong");
    pty_wait(t, "PgDn Next");
    assert_false(pty_shows(t, "PgUp Back"));
    assert_false(pty_shows(t, "Step 1 of"));
    pty_type(t, "<PgDn>");
    pty_wait(t, "PgUp Back");
    pty_type(t, "<PgDn>");
    pty_wait(t, "include the root");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<C-g>");
    pty_wait(t, "v: every certificate");
    pty_wait(t, "+ is added, - goes");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "+ is added, - goes");
    leave(t, "Repair nexus");
    quit(t);
}

static void marked_entries_are_repaired_in_one_review(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    broken_add_key(s, "first", "L");
    broken_add_key(s, "second", "L");
    broken_add_key(s, "third", "L");
    broken_add_trusted(s, "issuer", 'I');
    broken_add_trusted(s, "root", 'R');
    struct pty *t = open_made(24, 80, "app.jks", s);
    to_entry(t, "first");
    pty_type(t, " ");
    to_entry(t, "third");
    pty_type(t, " ");
    pty_wait(t, "2 marked");
    pty_type(t, "r");
    pty_wait(t, "Repair of 2 marked entries in app.jks");
    pty_wait(t, "CHAIN-MISSING-INTERMEDIATE: first, third");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Where may the missing");
    pty_type(t, "<PgDn>");
    pty_wait(t, "include the root");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_wait(t, "first, key pair");
    apply(t);
    pty_wait(t, "[+1]");
    assert_false(pty_shows(t, "2 marked")); /* what they were marked for is done */
    save(t);
    assert_int_equal(chain_on_disk("app.jks", "first"), 3);
    assert_int_equal(chain_on_disk("app.jks", "second"), 1);
    assert_int_equal(chain_on_disk("app.jks", "third"), 3);
    quit(t);
}

static void nothing_is_cut_without_an_ellipsis(void **state)
{
    static const char alias[] = "a-name-that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and";
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    broken_add_key(s, alias, "L");
    broken_add_trusted(s, "issuer", 'I');
    broken_add_trusted(s, "root", 'R');
    struct pty *t = open_made(16, 60, "app.jks", s);
    pty_type(t, "r");
    pty_wait(t, "-and-on-and-o\xe2\x80\xa6");
    leave(t, "Repair app.jks");
    quit(t);
}

static void another_name_stands_in_both_columns(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    broken_add_key(s, "MyApp", "L I R");
    struct pty *t = open_made(24, 80, "app.p12", s);
    to_entry(t, "MyApp");
    pty_type(t, "r");
    pty_wait(t, "What is wrong");
    on_to_review(t);
    pty_wait(t, "alias     MyApp                   ~ myapp");
    apply(t);
    wait_cursor_on(t, "myapp");
    pty_type(t, "u");
    wait_cursor_on(t, "MyApp");
    quit(t);
}

/* ---- the proof ---- */

static void the_review_can_be_proven(void **state)
{
    (void)state;
    struct pty *t = open_inbound(30, 100, NULL);
    to_nexus(t);
    to_review(t);
    pty_wait(t, "p Prove");
    pty_type(t, "p");
    pty_wait(t, "Proof of nexus-iq-server");
    pty_wait(t, "iq.example.com");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Verdict");
    pty_wait(t, "0 <- 1");
    pty_wait(t, "TLSv1.3");
    pty_type(t, "<Enter>");
    pty_wait_gone(t, "Verdict");
    pty_wait(t, "Enter Apply");
    pty_type(t, "p");
    pty_wait(t, "Host name");
    pty_type(t, "<C-u>other.example<PgDn>");
    pty_wait(t, "Verdict");
    pty_wait(t, "other.example");
    pty_type(t, "<Esc>");
    leave(t, "Proof of");
    leave(t, "Repair nexus");
    assert_unchanged("inbound.p12");
    quit(t);
}

static void what_is_stored_can_be_proven_as_it_is(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "S");
    pty_wait(t, "Proof of nexus-iq-server");
    pty_type(t, "<Tab><Right>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Verdict");
    pty_type(t, "<Esc>");
    leave(t, "Proof of");
    quit(t);
}

/* A truststore need not be open: a file will do, and the verdict names it. */
static void a_truststore_may_be_a_file(void **state)
{
    (void)state;
    struct pty *t = open_inbound(40, 110, NULL);
    to_nexus(t);
    pty_type(t, "S");
    pty_wait(t, "or the file");
    pty_type(t, "<Tab><Tab>no-such-truststore.pem<PgDn>");
    pty_wait(t, "no-such-truststore.pem was not opened");
    pty_type(t, "<Esc>");
    leave(t, "Proof of");
    quit(t);
}

/* ---- sizes ---- */

static void sees_the_repair(int rows, int cols, const char *const *env)
{
    struct pty *t = open_inbound(rows, cols, env);
    to_nexus(t);
    to_review(t);
    pty_wait(t, "BEFORE");
    pty_wait(t, "+ 1 Example Issuing CA 3");
    pty_wait(t, "Esc Cancel");
    pty_type(t, "v");
    pty_wait(t, "y copy");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "y copy");
    apply(t);
    pty_wait(t, "[+1]");
    pty_type(t, "u");
    pty_wait_gone(t, "[+1]");
    quit(t);
}

static void it_fits_a_small_screen(void **state)
{
    (void)state;
    sees_the_repair(16, 60, NULL);
}

static void it_fits_a_large_screen(void **state)
{
    (void)state;
    sees_the_repair(40, 120, NULL);
}

static void it_needs_no_more_than_ascii(void **state)
{
    (void)state;
    struct pty *t = open_inbound(24, 80, c_locale);
    to_nexus(t);
    to_review(t);
    pty_type(t, "<PgDn>"); /* where the certificates come from */
    pty_wait(t, "truststore.jks/");
    assert_false(pty_shows(t, "\\u{"));
    pty_type(t, "<PgUp>");
    pty_wait(t, "ok: complete"); /* + is what is added */
    leave(t, "Repair nexus");
    quit(t);
    sees_the_repair(24, 80, c_locale);
}

#define IN_BOX(test) cmocka_unit_test_setup_teardown(test, sandbox_make, sandbox_drop)

/* A name, which may have * in it, runs that test alone. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IN_BOX(a_missing_issuer_comes_from_another_open_keystore),
        IN_BOX(the_same_in_jks),
        IN_BOX(the_same_in_bks),
        IN_BOX(the_first_page_says_what_is_wrong),
        IN_BOX(without_a_source_it_says_what_to_ask_for),
        IN_BOX(the_first_page_of_a_keystore_asks_for_a_source),
        IN_BOX(a_long_review_is_paged),
        IN_BOX(a_file_that_is_named_is_a_source),
        IN_BOX(certificates_can_be_pasted),
        IN_BOX(a_keystore_is_repaired_as_a_whole),
        IN_BOX(what_is_whole_needs_no_repair),
        IN_BOX(leaving_changes_nothing),
        IN_BOX(a_read_only_keystore_is_not_repaired),
        IN_BOX(a_damaged_keystore_is_not_repaired),
        IN_BOX(a_reply_in_the_wrong_place_goes_to_its_key),
        IN_BOX(marked_entries_are_repaired_in_one_review),
        IN_BOX(the_proof_is_of_the_entry_on_the_screen),
        IN_BOX(the_only_key_pair_is_proven_from_the_keystore),
        IN_BOX(a_gap_is_shown_where_it_is),
        IN_BOX(the_pages_say_what_their_keys_do),
        IN_BOX(another_name_stands_in_both_columns),
        IN_BOX(nothing_is_cut_without_an_ellipsis),
        IN_BOX(the_review_can_be_proven),
        IN_BOX(what_is_stored_can_be_proven_as_it_is),
        IN_BOX(a_truststore_may_be_a_file),
        IN_BOX(it_fits_a_small_screen),
        IN_BOX(it_fits_a_large_screen),
        IN_BOX(it_needs_no_more_than_ascii),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
