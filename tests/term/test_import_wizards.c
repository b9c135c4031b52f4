/*
 * The wizards that bring in what others made: a CA's reply, trusted certificates, key pairs; and
 * PEM that is pasted. What counts is what is on disk.
 */
#define _GNU_SOURCE
#include "wizard_steps.h"

#include "base/alloc.h"
#include "file/open.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what is brought ---- */

/* The certificate of tests/data/iq-reply.p7b whose subject begins so, as PEM; the caller's. */
static char *pem_of(const char *subject)
{
    struct ks_store *store = NULL;
    struct ks_error err = {0};
    struct ks_buf pem = KS_BUF_INIT;
    assert_int_equal(ks_open(DATA("iq-reply.p7b"), NULL, NULL, &store, &err), KS_OK);
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_cert *c = &ks_store_entry(store, i)->chain[0];
        struct ks_buf name = KS_BUF_INIT;
        ks_name_text(ks_cert_part(c, c->subject), &name);
        if (strncmp(ks_buf_text(&name), subject, strlen(subject)) == 0)
            ks_pem_write("CERTIFICATE", ks_cert_der(c), &pem);
        ks_buf_free(&name);
    }
    ks_store_free(store);
    assert_true(pem.len > 0);
    return ks_buf_steal(&pem);
}

#define LEAF "CN=iq.example.com"
#define ISSUER "CN=Example Issuing CA 3"
#define ROOT "CN=Example Root CA"

static void put_cert(const char *subject, const char *name)
{
    char *pem = pem_of(subject);
    put_text(name, pem);
    free(pem);
}

static void paste(struct pty *t, const char *text)
{
    pty_type(t, "<Paste>");
    pty_type(t, text);
    pty_type(t, "</Paste>");
}

/* ---- steps ---- */

static void give_reply(struct pty *t, const char *name)
{
    pty_type(t, "ic");
    pty_wait(t, "What the CA sent");
    pty_type(t, name);
    pty_type(t, "<PgDn>");
}

static const struct ks_entry *entry_of(struct ks_store *store, const char *alias)
{
    size_t at;
    if (!ks_store_find(store, alias, &at))
        fail_msg("there is no %s", alias);
    return ks_store_entry(store, at);
}

static void assert_subject(const struct ks_cert *c, const char *begins)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(ks_cert_part(c, c->subject), &text);
    if (strncmp(ks_buf_text(&text), begins, strlen(begins)) != 0)
        fail_msg("%s is not %s", ks_buf_text(&text), begins);
    ks_buf_free(&text);
}

/* ---- CA reply ---- */

static void a_reply_completes_the_chain_of_the_entry_it_is_for(void **state)
{
    (void)state;
    put_sample("iq-reply.p7b", "iq-reply.p7b");
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    give_reply(t, "iq-reply.p7b");
    pty_wait(t, "key matches this entry");
    pty_wait(t, "1 Example Issuing CA 3 (14.8y): signs 0");
    pty_wait(t, "2 Example Root CA (22.8y): signs 1");
    pty_wait(t, "complete, chain 3, root included");
    pty_type(t, "<PgDn>");
    pty_wait(t, "BEFORE");
    pty_wait(t, "AFTER");
    pty_wait(t, "+ 1 CN=Example Issuing CA 3");
    pty_type(t, "v");
    pty_wait(t, "The new chain in full");
    pty_wait(t, "Certificate 0");
    pty_type(t, "<Esc>");
    assert_unchanged("inbound.p12");
    apply(t);
    wait_cursor_on(t, "nexus-iq-server");
    pty_wait(t, "0 iq.example.com");
    pty_wait(t, "2 Example Root CA");
    assert_unchanged("inbound.p12");
    save(t);
    struct ks_store *store = read_store("inbound.p12", "changeit");
    const struct ks_entry *e = entry_of(store, "nexus-iq-server");
    assert_int_equal(e->kind, KS_KIND_KEY);
    assert_int_equal(e->chain_len, 3);
    assert_subject(&e->chain[0], LEAF);
    assert_subject(&e->chain[1], ISSUER);
    assert_subject(&e->chain[2], ROOT);
    ks_store_free(store);
    quit(t);
}

static void a_reply_in_pieces_is_found_its_entry_by_the_key(void **state)
{
    (void)state;
    put_cert(ROOT, "root.pem");
    put_cert(LEAF, "leaf.pem");
    put_cert(ISSUER, "issuer.pem");
    put_sample("iq.crt", "iq.crt");
    struct pty *t = open_sample(24, 80, NULL);
    give_reply(t, "root.pem<Tab>issuer.pem<Tab>iq.crt<Tab>leaf.pem");
    pty_wait(t, "4 certificates in 4 files");
    pty_wait(t, "nexus-iq-server, found by its public key");
    pty_wait(t, "- iq.example.com");
    pty_wait(t, "not part of the chain");
    pty_wait(t, "complete, chain 3");
    pty_type(t, " ");
    pty_wait(t, "complete, chain 2, root left out");
    pty_type(t, "<PgDn>");
    apply(t);
    save(t);
    struct ks_store *store = read_store("inbound.p12", "changeit");
    assert_int_equal(entry_of(store, "nexus-iq-server")->chain_len, 2);
    ks_store_free(store);
    quit(t);
}

static void a_reply_for_another_key_is_refused_with_both_keys(void **state)
{
    (void)state;
    put_sample("iq.crt", "iq.crt");
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    give_reply(t, "iq.crt");
    pty_wait(t, "Wrong certificate for this key");
    pty_wait(t, "it certifies another key (");
    pty_wait(t, "nexus-iq-server (");
    pty_wait(t, "code key-mismatch");
    assert_false(pty_shows(t, "i  import it"));
    pty_type(t, "b");
    pty_wait_gone(t, "key-mismatch");
    pty_wait(t, "Step 1 of 3");
    pty_type(t, "<PgDn>");
    pty_wait(t, "code key-mismatch");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "key-mismatch");
    leave(t, "Step 1 of 3");
    assert_false(pty_shows(t, "[+"));
    assert_unchanged("inbound.p12");
    quit(t);
}

static void a_reply_for_another_entry_leads_there(void **state)
{
    (void)state;
    put_sample("iq-reply.p7b", "iq-reply.p7b");
    struct pty *t = open_sample(24, 80, NULL);
    pty_type(t, "gjj");
    wait_cursor_on(t, "ldap-client");
    give_reply(t, "iq-reply.p7b");
    pty_wait(t, "it fits nexus-iq-server");
    pty_type(t, "i");
    pty_wait(t, "Step 2 of 3");
    pty_wait(t, "For entry  nexus-iq-server");
    pty_wait(t, "Import CA reply for nexus-iq-server");
    pty_wait(t, "complete, chain 3");
    leave(t, "Step 2 of 3");
    assert_false(pty_shows(t, "[+"));
    quit(t);
}

static void a_reply_for_another_keystore_leads_there(void **state)
{
    (void)state;
    put_sample("iq-reply.p7b", "iq-reply.p7b");
    put_sample("dialects/jks-v2.jks", "other.jks");
    put_sample("inbound.p12", "inbound.p12");
    struct pty *t =
        open_with(24, 80, NULL, (const char *const[]){"inbound.p12", "other.jks", NULL});
    pty_wait(t, "other.jks");
    pty_wait(t, "JKS");
    pty_type(t, "G<Left>");
    wait_cursor_on(t, "other.jks");
    give_reply(t, "iq-reply.p7b");
    pty_wait(t, "Wrong certificate for this key");
    pty_wait(t, "code no-entry");
    pty_wait(t, "nexus-iq-server");
    pty_type(t, "i");
    pty_wait(t, "Step 2 of 3");
    pty_wait(t, "For entry  nexus-iq-server");
    pty_type(t, "<PgDn>");
    apply(t);
    wait_cursor_on(t, "nexus-iq-server");
    pty_wait(t, "inbound.p12: imported the CA reply");
    assert_unchanged("inbound.p12");
    pty_type(t, "u");
    pty_wait_gone(t, "[+");
    quit(t);
}

static void a_gap_is_said_and_wants_a_tick(void **state)
{
    (void)state;
    put_cert(LEAF, "leaf.pem");
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    give_reply(t, "leaf.pem");
    pty_wait(t, "Missing");
    pty_wait(t, "CN=Example Issuing CA 3,O=Example,C=US");
    pty_type(t, "<PgDn>");
    pty_wait(t, "add the missing certificate, or tick this");
    pty_wait(t, "Step 2 of 3");
    pty_type(t, " <PgDn>");
    pty_wait(t, "Step 3 of 3");
    pty_wait(t, "incomplete: stored with the gap");
    pty_wait(t, "PKIX path building failed");
    apply(t);
    save(t);
    struct ks_store *store = read_store("inbound.p12", "changeit");
    assert_int_equal(entry_of(store, "nexus-iq-server")->chain_len, 1);
    ks_store_free(store);
    quit(t);
}

static void a_reply_without_its_root_and_with_a_file_too_many_is_said(void **state)
{
    (void)state;
    put_cert(LEAF, "leaf.pem");
    put_cert(ISSUER, "issuer.pem");
    put_sample("dialects/key-pkcs8-encrypted.pem", "server.key");
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "ic");
    pty_wait(t, "What the CA sent");
    pty_type(t, "leaf.pem<Tab>issuer.pem<Tab>server.key<PgDn>");
    pty_wait(t, "none in server.key");
    pty_wait(t, "clients have it themselves");
    pty_type(t, " <PgDn>");
    pty_wait(t, "without the issuer of its last CA");
    assert_false(pty_shows(t, "PKIX path building failed"));
    pty_type(t, "<PgUp>");
    pty_wait(t, "Step 2 of 3");
    leave(t, "Step 2 of 3");
    quit(t);
}

static void missing_issuers_come_from_another_open_keystore(void **state)
{
    (void)state;
    put_cert(LEAF, "leaf.pem");
    put_sample("truststore.jks", "truststore.jks");
    put_sample("inbound.p12", "inbound.p12");
    struct pty *t =
        open_with(24, 80, NULL, (const char *const[]){"inbound.p12", "truststore.jks", NULL});
    pty_wait(t, "JKS 143");
    to_nexus(t);
    give_reply(t, "leaf.pem");
    pty_wait(t, "signs 0, from");
    pty_wait(t, "truststore.jks");
    pty_wait(t, "complete, chain 3, root included");
    pty_type(t, "<PgUp>");
    pty_wait(t, "Step 1 of 3");
    pty_type(t, "<Down><Down><Down><Down> <PgDn>");
    pty_wait(t, "Missing");
    leave(t, "Step 2 of 3");
    quit(t);
}

static void a_pasted_reply_is_taken_in_any_field(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    char *leaf = pem_of(LEAF), *issuer = pem_of(ISSUER), *root = pem_of(ROOT);
    to_nexus(t);
    pty_type(t, "ic");
    pty_wait(t, "What the CA sent");
    paste(t, issuer);
    pty_wait(t, "1 PEM block: CERTIFICATE");
    pty_type(t, "<Tab><Right>");
    pty_wait(t, "Paste PEM here");
    pty_type(t, "<Tab>");
    paste(t, leaf);
    pty_wait(t, "2 PEM blocks: CERTIFICATE, CERTIFICATE");
    paste(t, root);
    pty_wait(t, "3 PEM blocks");
    assert_false(pty_shows(t, "BEGIN CERTIFICATE"));
    pty_type(t, "<PgDn>");
    pty_wait(t, "3 certificates in the pasted text");
    pty_wait(t, "complete, chain 3");
    pty_type(t, "<PgUp>");
    pty_wait(t, "3 PEM blocks");
    leave(t, "Step 1 of 3");
    free(leaf);
    free(issuer);
    free(root);
    assert_unchanged("inbound.p12");
    quit(t);
}

static void a_reply_in_a_locked_keystore_wants_its_password(void **state)
{
    (void)state;
    put_inbound_as("pkcs12", "bundle.p12");
    passwd_behind("bundle.p12", "changeit", "another-one");
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    give_reply(t, "bundle.p12");
    pty_wait(t, "bundle.p12 is locked");
    pty_type(t, "not-that<PgDn>");
    pty_wait(t, "it does not fit");
    pty_type(t, "<C-u>another-one<PgDn>");
    pty_wait(t, "Step 2 of 3");
    pty_wait(t, "key matches this entry");
    assert_never_sent(t, "another-one");
    leave(t, "Step 2 of 3");
    quit(t);
}

/* ---- trusted certificates ---- */

static void give_certs(struct pty *t, const char *name)
{
    pty_type(t, "it");
    pty_wait(t, "Where are the certificates?");
    pty_type(t, name);
    pty_type(t, "<PgDn>");
    pty_wait(t, "Which of them are to be trusted?");
}

static void a_root_is_trusted_after_its_fingerprint_was_compared(void **state)
{
    (void)state;
    put_sample("iq-reply.p7b", "iq-reply.p7b");
    struct pty *t = open_sample(24, 80, NULL);
    give_certs(t, "iq-reply.p7b");
    pty_wait(t, "3 certificates in iq-reply.p7b");
    assert_int_equal(pty_find_row(t, "[x] Example Root CA"), pty_find_row(t, "root CA 22.8y"));
    pty_wait(t, "96:60:84:81:CA:BE:47:3F:7E:FA:1D:3E:81:BB:D2:6F:");
    pty_wait(t, "D3:3D:AE:25:DA:40:90:EE:F0:7E:19:EF:80:2D:7A:FB");
    pty_wait(t, "[ ] Example Issuing CA 3");
    pty_wait(t, "not needed with its issuer");
    pty_wait(t, "example-root-ca");
    pty_type(t, "<PgDn>");
    pty_wait(t, "1 field needs attention");
    wait_cursor_on(t, "I compared the fingerprint");
    pty_type(t, " <S-Tab><C-u>corp-root<PgDn>");
    pty_wait(t, "there is an entry");
    pty_type(t, "<C-u>example-root<PgDn>");
    pty_wait(t, "Step 3 of 3");
    pty_wait(t, "CN=Example Root CA,O=Example,C=US");
    pty_wait(t, "96:60:84:81:CA:BE:47:3F");
    pty_wait(t, "1 added, 5 untouched");
    assert_unchanged("inbound.p12");
    apply(t);
    wait_cursor_on(t, "example-root");
    save(t);
    struct ks_store *store = read_store("inbound.p12", "changeit");
    const struct ks_entry *e = entry_of(store, "example-root");
    assert_int_equal(e->kind, KS_KIND_TRUSTED);
    assert_subject(&e->chain[0], ROOT);
    ks_store_free(store);
    quit(t);
}

static void a_long_name_is_cut_in_its_row(void **state)
{
    (void)state;
    (void)RUN("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
              "-nodes", "-keyout", "long.key", "-out", "long.pem", "-subj",
              "/CN=A name that is longer than its row has room for");
    struct pty *t = open_sample(24, 80, NULL);
    give_certs(t, "long.pem");
    pty_wait(t, "[x] A name that is longer than i\xe2\x80\xa6 root CA");
    leave(t, "Step 2 of 3");
    quit(t);
}

static void aliases_go_with_their_ticks(void **state)
{
    (void)state;
    put_sample("iq-reply.p7b", "iq-reply.p7b");
    struct pty *t = open_sample(40, 120, NULL);
    give_certs(t, "iq-reply.p7b");
    pty_wait(t, "example-root-ca");
    pty_type(t, "<Down> ");
    pty_wait(t, "example-issuing-ca-3");
    pty_type(t, "<Tab><Down><End><C-u>issuing");
    pty_type(t, "<S-Tab><Up> ");
    pty_wait_gone(t, "example-root-ca");
    pty_wait(t, "issuing");
    pty_type(t, " ");
    pty_wait(t, "example-root-ca");
    pty_wait(t, "issuing");
    pty_type(t, "<Tab><C-u>issuing<Tab> <PgDn>");
    pty_wait(t, "issuing is there twice");
    pty_type(t, "<C-u>root<PgDn>");
    pty_wait(t, "2 added, 5 untouched");
    apply(t);
    wait_cursor_on(t, "C root"); /* the first of them */
    save(t);
    struct ks_store *store = read_store("inbound.p12", "changeit");
    assert_subject(&entry_of(store, "root")->chain[0], ROOT);
    assert_subject(&entry_of(store, "issuing")->chain[0], ISSUER);
    ks_store_free(store);
    quit(t);
}

static void a_leaf_of_a_key_pair_goes_to_the_wizard_for_replies(void **state)
{
    (void)state;
    put_cert(LEAF, "leaf.pem");
    struct pty *t = open_sample(24, 80, NULL);
    give_certs(t, "leaf.pem");
    pty_wait(t, "key of nexus-iq-server: use Import CA reply");
    assert_false(pty_shows(t, "[x] iq.example.com"));
    pty_type(t, " ");
    pty_wait(t, "This cannot be ticked");
    pty_type(t, "<PgDn>");
    pty_wait(t, "This is a CA reply");
    pty_wait(t, "code use-reply");
    pty_type(t, "i");
    pty_wait(t, "Import CA reply for nexus-iq-server");
    pty_wait(t, "key matches this entry");
    assert_false(pty_shows(t, "Which of them"));
    leave(t, "Import CA reply for");
    pty_wait(t, "Keystores 1");
    assert_unchanged("inbound.p12");
    quit(t);
}

static void a_reply_among_other_certificates_can_be_taken_instead(void **state)
{
    (void)state;
    put_sample("iq-reply.p7b", "iq-reply.p7b");
    struct pty *t = open_sample(24, 80, NULL);
    give_certs(t, "iq-reply.p7b");
    pty_type(t, "<Tab><Tab><Tab> <PgDn>");
    pty_wait(t, "Import CA reply for nexus-iq-server");
    pty_wait(t, "complete, chain 3");
    pty_type(t, "<PgDn>");
    apply(t);
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "u");
    pty_wait_gone(t, "[+");
    quit(t);
}

static void what_is_there_already_is_said_and_not_ticked(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    struct ks_store *store = read_store("inbound.p12", "changeit");
    struct ks_buf pem = KS_BUF_INIT;
    ks_pem_write("CERTIFICATE", ks_cert_der(&entry_of(store, "corp-root")->chain[0]), &pem);
    put_text("root.pem", ks_buf_text(&pem));
    ks_buf_free(&pem);
    ks_store_free(store);
    struct pty *t = open_sample(24, 80, NULL);
    give_certs(t, "root.pem");
    pty_wait(t, "already here as corp-root");
    pty_type(t, "<PgDn>");
    pty_wait(t, "tick what is to be trusted");
    leave(t, "Step 2 of 3");
    quit(t);
}

/* ---- pasted onto the tree ---- */

static void a_pasted_root_opens_the_wizard_and_nothing_else(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    char *root = pem_of(ROOT);
    to_nexus(t);
    paste(t, root);
    pty_wait(t, "Import trusted certificate into inbound.p12");
    pty_wait(t, "1 certificate in the pasted text");
    pty_type(t, "<PgDn>");
    pty_wait(t, "1 field needs attention");
    wait_cursor_on(t, "I compared the fingerprint");
    pty_wait(t, "Step 2 of 3");
    leave(t, "Step 2 of 3");
    wait_cursor_on(t, "nexus-iq-server");
    assert_false(pty_shows(t, "[+"));
    assert_unchanged("inbound.p12");
    free(root);
    quit(t);
}

static void pasted_text_that_is_no_pem_is_ignored(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    paste(t, "dddqQ");
    pty_wait(t, "paste ignored");
    wait_cursor_on(t, "nexus-iq-server");
    assert_false(pty_shows(t, "[+"));
    quit(t);
}

static void a_pasted_reply_goes_to_the_key_pair_it_is_for(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    char *leaf = pem_of(LEAF);
    paste(t, leaf);
    pty_wait(t, "Import CA reply for nexus-iq-server");
    pty_wait(t, "key matches this entry");
    leave(t, "Import CA reply for");
    free(leaf);
    quit(t);
}

static void what_is_pasted_into_the_form_is_found_out(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    char *root = pem_of(ROOT);
    pty_type(t, "ip");
    pty_wait(t, "What is to be imported?");
    pty_wait(t, "Paste PEM here");
    pty_type(t, "no PEM at all!<PgDn>");
    pty_wait(t, "this is no PEM");
    assert_true(pty_shows(t, "no PEM at all!"));
    assert_false(pty_shows(t, "0 PEM blocks"));
    pty_type(t, "<C-u>");
    paste(t, root);
    pty_wait(t, "1 PEM block: CERTIFICATE");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Import trusted certificate into inbound.p12");
    pty_wait(t, "Step 2 of 3");
    leave(t, "Step 2 of 3");
    pty_wait(t, "Keystores 1");
    free(root);
    quit(t);
}

static void pem_is_not_pasted_into_what_is_read_only(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    char *root = pem_of(ROOT);
    pty_type(t, "O");
    pty_wait(t, "is read-only now");
    paste(t, root);
    pty_wait(t, "Nothing was imported");
    pty_type(t, "i");
    pty_wait(t, "c  CA reply");
    pty_type(t, "t");
    pty_wait(t, "O made it so");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "c  CA reply");
    free(root);
    quit(t);
}

/* ---- key pairs ---- */

/* The PEM samples: a key that is encrypted, and a key with its certificate. */
static void give_keys(struct pty *t, const char *names)
{
    pty_type(t, "ik");
    pty_wait(t, "Where are the key and its certificates?");
    pty_type(t, names);
    pty_type(t, "<PgDn>");
}

static void key_pairs_of_a_keystore_are_ticked_and_named(void **state)
{
    (void)state;
    put_inbound_as("pkcs12", "server.pfx");
    passwd_behind("server.pfx", "changeit", "of-the-server");
    put_sample("truststore.jks", "trust.jks");
    struct pty *t = start_in_box(24, 80, NULL, (const char *const[]){"trust.jks", NULL});
    pty_wait(t, "Unlock trust.jks");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Unlock");
    give_keys(t, "server.pfx");
    pty_wait(t, "server.pfx is locked: what is its password?");
    pty_type(t, "of-the-server<PgDn>");
    pty_wait(t, "2 private keys");
    pty_wait(t, "[x] nexus-iq-server");
    pty_wait(t, "RSA 2048, chain 3, 412d"); /* its issuers are in trust.jks */
    pty_wait(t, "[x] ldap-client");
    pty_type(t, " <Tab><C-u>ldap<Tab> <Tab>its-own<Tab>its-own<PgDn>");
    pty_wait(t, "Step 3 of 3");
    pty_wait(t, "the key is that of the certificate");
    apply(t);
    wait_cursor_on(t, "ldap");
    save(t);
    assert_never_sent(t, "of-the-server");
    assert_never_sent(t, "its-own");
    struct ks_store *store = read_store("trust.jks", "changeit");
    const struct ks_entry *e = entry_of(store, "ldap");
    struct ks_secret *own = ks_secret_new("its-own", 7);
    struct ks_unlocked told;
    assert_int_equal(e->kind, KS_KIND_KEY);
    assert_int_equal(e->chain_len, 3);
    assert_int_equal(ks_unlock(store, e, own, NULL, &told, NULL), KS_OK);
    ks_secret_free(own);
    ks_store_free(store);
    quit(t);
}

static void a_chain_with_a_gap_is_stored_when_that_is_ticked(void **state)
{
    (void)state;
    put_inbound_as("pkcs12", "server.pfx");
    passwd_behind("server.pfx", "changeit", "of-the-server");
    struct pty *t = open_sample(24, 80, NULL);
    pty_type(t, "cn");
    pty_wait(t, "What should the new keystore be?");
    pty_type(t, "<Tab><C-u>new.p12<Tab>brand-new<Tab>brand-new<Tab><Tab><Left><PgDn>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Import key pair into new.p12");
    pty_type(t, "server.pfx<PgDn>");
    pty_wait(t, "server.pfx is locked");
    pty_type(t, "of-the-server<PgDn>");
    pty_wait(t, "key matches, but an issuer is missing");
    pty_wait(t, "[ ] store the chain with the gap");
    pty_type(t, "<PgDn>");
    pty_wait(t, "add the missing certificate, or tick this");
    wait_cursor_on(t, "store the chain with the gap");
    pty_type(t, "<Space><PgDn>");
    pty_wait(t, "Step 3 of 3");
    apply(t);
    save(t);
    struct ks_store *store = read_store("new.p12", "brand-new");
    assert_int_equal(entry_of(store, "nexus-iq-server")->chain_len, 1);
    ks_store_free(store);
    quit(t);
}

static void a_key_pair_goes_into_a_new_keystore(void **state)
{
    (void)state;
    put_sample("dialects/bag-attributes.pem", "pair.pem");
    struct pty *t = open_sample(24, 80, NULL);
    pty_type(t, "cn");
    pty_wait(t, "What should the new keystore be?");
    pty_type(t, "<Tab><C-u>new.p12<Tab>brand-new<Tab>brand-new<Tab><Tab><Left>");
    pty_wait(t, "<import a key pair>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Import key pair into new.p12");
    pty_type(t, "pair.pem<PgDn>");
    pty_wait(t, "key matches");
    pty_type(t, "<Tab><C-u>moved<PgDn>");
    apply(t);
    wait_cursor_on(t, "moved");
    assert_false(is_there("new.p12"));
    save(t);
    struct ks_store *store = read_store("new.p12", "brand-new");
    assert_int_equal(ks_store_count(store), 1);
    assert_int_equal(entry_of(store, "moved")->kind, KS_KIND_KEY);
    ks_store_free(store);
    assert_unchanged("inbound.p12");
    quit(t);
}

static void an_encrypted_key_alone_gets_a_certificate_of_its_own(void **state)
{
    (void)state;
    put_sample("dialects/key-pkcs8-encrypted.pem", "server.key");
    put_sample("iq.crt", "iq.crt");
    struct pty *t = open_sample(24, 80, NULL);
    give_keys(t, "server.key");
    pty_wait(t, "Password of the key in server.key");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "no certificate has this key");
    pty_wait(t, "Step 2 of 4");
    /* another file, and the key is not asked about again */
    pty_type(t, "<PgUp>");
    pty_wait(t, "Step 1 of");
    pty_type(t, "<Tab>iq.crt<PgDn>");
    pty_wait(t, "1 private key, 1 certificate in 2 files");
    assert_false(pty_shows(t, "Password of the key"));
    pty_type(t, "<Tab><C-u>www<PgDn>");
    pty_wait(t, "Step 3 of 4");
    pty_type(t, "<Tab>www.example.com");
    pty_wait(t, "dns:www.example.com");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 4 of 4");
    pty_wait(t, "CN=www.example.com");
    apply(t);
    wait_cursor_on(t, "www");
    save(t);
    struct ks_store *store = read_store("inbound.p12", "changeit");
    const struct ks_entry *e = entry_of(store, "www");
    assert_int_equal(e->kind, KS_KIND_KEY);
    assert_subject(&e->chain[0], "CN=www.example.com");
    assert_int_equal(ks_cert_verify(&e->chain[0], ks_cert_part(&e->chain[0], e->chain[0].spki)),
                     KS_VERDICT_GOOD);
    ks_store_free(store);
    quit(t);
}

static void a_pasted_key_with_its_certificate_is_never_on_the_screen(void **state)
{
    (void)state;
    put_sample("dialects/bag-attributes.pem", "pair.pem");
    struct pty *t = open_sample(24, 80, NULL);
    FILE *f = fopen(in_box("pair.pem"), "rb");
    char *text = ks_alloc(1 << 16);
    assert_non_null(f);
    size_t len = fread(text, 1, (1 << 16) - 1, f);
    (void)fclose(f);
    text[len] = '\0';
    for (char *p = text; *p; p++) /* what pty_type() would take for the name of a key */
        *p = *p == '<' ? '(' : *p;
    paste(t, text);
    pty_wait(t, "Import key pair into inbound.p12");
    pty_wait(t, "in the pasted text");
    pty_wait(t, "key matches");
    pty_type(t, "<PgUp>");
    pty_wait(t, "PRIVATE KEY");
    assert_false(pty_sent(t, "-----BEGIN", 10));
    leave(t, "Import key pair");
    free(text);
    assert_unchanged("inbound.p12");
    quit(t);
}

static void certificates_without_a_key_lead_to_the_wizard_for_them(void **state)
{
    (void)state;
    put_cert(ROOT, "root.pem");
    struct pty *t = open_sample(24, 80, NULL);
    give_keys(t, "root.pem");
    pty_wait(t, "There is no private key");
    pty_type(t, "t");
    pty_wait(t, "Import trusted certificate into inbound.p12");
    pty_wait(t, "[x] Example Root CA");
    leave(t, "Step 2 of 3");
    pty_wait(t, "Keystores 1");
    quit(t);
}

/* ---- every step can be left, on every screen ---- */

struct screen {
    int rows, cols;
    const char *const *env;
};
static const struct screen screens[] = {
    {24, 80, NULL}, {16, 60, NULL}, {40, 120, NULL}, {24, 80, c_locale}, {16, 60, c_locale},
};
#define SCREENS (sizeof screens / sizeof screens[0])

static void assert_nothing_changed(struct pty *t)
{
    pty_wait(t, "inbound.p12");
    assert_false(pty_shows(t, "[+"));
    assert_unchanged("inbound.p12");
}

static void assert_ascii(struct pty *t, const struct screen *s)
{
    if (s->env != c_locale)
        return;
    for (int i = 0; i < s->rows; i++)
        for (const char *p = pty_row(t, i); *p; p++)
            if ((unsigned char)*p >= 0x80)
                fail_msg("row %d is not ASCII: %s", i, pty_row(t, i));
}

static void the_reply_wizard_can_be_left_at_every_step(void **state)
{
    (void)state;
    put_sample("iq-reply.p7b", "iq-reply.p7b");
    for (size_t i = 0; i < SCREENS; i++) {
        const struct screen *s = &screens[i];
        struct pty *t = open_sample(s->rows, s->cols, s->env);
        to_nexus(t);
        pty_type(t, "ic");
        pty_wait(t, "What the CA sent");
        assert_ascii(t, s);
        leave(t, "What the CA sent");
        assert_nothing_changed(t);
        give_reply(t, "iq-reply.p7b");
        pty_wait(t, "key matches this entry");
        assert_ascii(t, s);
        leave(t, "key matches this entry");
        assert_nothing_changed(t);
        give_reply(t, "iq-reply.p7b");
        pty_wait(t, "key matches this entry");
        pty_type(t, "<PgDn>");
        pty_wait(t, "Enter Apply");
        assert_ascii(t, s);
        leave(t, "Enter Apply");
        assert_nothing_changed(t);
        quit(t);
    }
}

static void the_wizard_for_trusted_certificates_can_be_left_at_every_step(void **state)
{
    (void)state;
    put_cert(ROOT, "root.pem");
    for (size_t i = 0; i < SCREENS; i++) {
        const struct screen *s = &screens[i];
        struct pty *t = open_sample(s->rows, s->cols, s->env);
        pty_type(t, "it");
        pty_wait(t, "Where are the certificates?");
        assert_ascii(t, s);
        leave(t, "Where are the certificates?");
        assert_nothing_changed(t);
        give_certs(t, "root.pem");
        pty_wait(t, "D3:3D:AE:25:DA:40:90:EE:F0:7E:19:EF:80:2D:7A:FB");
        assert_ascii(t, s);
        leave(t, "Which of them");
        assert_nothing_changed(t);
        give_certs(t, "root.pem");
        pty_type(t, "<Tab><Tab> <PgDn>");
        pty_wait(t, "Enter Apply");
        assert_ascii(t, s);
        leave(t, "Enter Apply");
        assert_nothing_changed(t);
        quit(t);
    }
}

static void the_wizard_for_key_pairs_can_be_left_at_every_step(void **state)
{
    (void)state;
    put_sample("dialects/key-pkcs8-encrypted.pem", "server.key");
    for (size_t i = 0; i < SCREENS; i++) {
        const struct screen *s = &screens[i];
        struct pty *t = open_sample(s->rows, s->cols, s->env);
        pty_type(t, "ik");
        pty_wait(t, "Where are the key");
        assert_ascii(t, s);
        leave(t, "Where are the key");
        assert_nothing_changed(t);
        give_keys(t, "server.key");
        pty_wait(t, "Password of the key in");
        pty_type(t, "<Esc>");
        pty_wait_gone(t, "Password of the key in");
        leave(t, "Where are the key");
        assert_nothing_changed(t);
        for (int pages = 0; pages < 3; pages++) {
            static const char *const names[] = {"Which of them", "Self-signed, for", "Enter Apply"};
            give_keys(t, "server.key");
            pty_wait(t, "Password of the key in");
            pty_type(t, "changeit<Enter>");
            pty_wait(t, names[0]);
            if (pages > 0)
                pty_type(t, "<PgDn>");
            pty_wait(t, names[pages > 0]);
            if (pages > 1)
                pty_type(t, "<Tab>x.example.com<PgDn>");
            pty_wait(t, names[pages]);
            assert_ascii(t, s);
            leave(t, names[pages]);
            assert_nothing_changed(t);
        }
        quit(t);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_make, sandbox_drop)

/* A name, which may have * in it, runs that test alone. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_completes_the_chain_of_the_entry_it_is_for),
        TEST(a_reply_in_pieces_is_found_its_entry_by_the_key),
        TEST(a_reply_for_another_key_is_refused_with_both_keys),
        TEST(a_reply_for_another_entry_leads_there),
        TEST(a_reply_for_another_keystore_leads_there),
        TEST(a_gap_is_said_and_wants_a_tick),
        TEST(a_reply_without_its_root_and_with_a_file_too_many_is_said),
        TEST(missing_issuers_come_from_another_open_keystore),
        TEST(a_pasted_reply_is_taken_in_any_field),
        TEST(a_reply_in_a_locked_keystore_wants_its_password),
        TEST(a_root_is_trusted_after_its_fingerprint_was_compared),
        TEST(a_long_name_is_cut_in_its_row),
        TEST(aliases_go_with_their_ticks),
        TEST(a_leaf_of_a_key_pair_goes_to_the_wizard_for_replies),
        TEST(a_reply_among_other_certificates_can_be_taken_instead),
        TEST(what_is_there_already_is_said_and_not_ticked),
        TEST(a_pasted_root_opens_the_wizard_and_nothing_else),
        TEST(pasted_text_that_is_no_pem_is_ignored),
        TEST(a_pasted_reply_goes_to_the_key_pair_it_is_for),
        TEST(what_is_pasted_into_the_form_is_found_out),
        TEST(pem_is_not_pasted_into_what_is_read_only),
        TEST(key_pairs_of_a_keystore_are_ticked_and_named),
        TEST(a_chain_with_a_gap_is_stored_when_that_is_ticked),
        TEST(a_key_pair_goes_into_a_new_keystore),
        TEST(an_encrypted_key_alone_gets_a_certificate_of_its_own),
        TEST(a_pasted_key_with_its_certificate_is_never_on_the_screen),
        TEST(certificates_without_a_key_lead_to_the_wizard_for_them),
        TEST(the_reply_wizard_can_be_left_at_every_step),
        TEST(the_wizard_for_trusted_certificates_can_be_left_at_every_step),
        TEST(the_wizard_for_key_pairs_can_be_left_at_every_step),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
