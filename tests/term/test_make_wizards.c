/*
 * The wizards that make key pairs, requests, certificates and renewals, key by key. What counts is
 * what is on disk, and what openssl says of it.
 */
#define _GNU_SOURCE
#include "wizard_steps.h"

#include "format/format.h"
#include "x509/cert.h"
#include "x509/ext.h"
#include "x509/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- steps ---- */

static void close_box(struct pty *t, const char *shows)
{
    pty_wait(t, shows);
    pty_type(t, "<Esc>");
    pty_wait_gone(t, shows);
}

/* The choice under the cursor becomes this one. */
static void choose(struct pty *t, const char *word)
{
    for (int i = 0; i < 16 && !pty_shows(t, word); i++) {
        pty_type(t, "<Right>");
        pty_quiet(t, 100);
    }
    pty_wait(t, word);
}

/* A key pair EC P-256, which is made at once. */
static void first_page(struct pty *t, const char *alias)
{
    pty_type(t, "ck");
    pty_wait(t, "Alias");
    pty_type(t, "<C-u>");
    pty_type(t, alias);
    pty_type(t, "<Tab><Tab>");
    choose(t, "<EC>");
}

static const struct ks_entry *entry_of(struct ks_store *store, const char *alias)
{
    size_t at;
    assert_true(ks_store_find(store, alias, &at));
    return ks_store_entry(store, at);
}

static void assert_subject(const struct ks_cert *c, const char *wanted)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(ks_cert_part(c, c->subject), &text);
    assert_string_equal(ks_buf_text(&text), wanted);
    ks_buf_free(&text);
}

static void assert_names(const struct ks_cert *c, const char *wanted)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_cert_san(c, &text);
    assert_string_equal(text.len ? ks_buf_text(&text) : "", wanted);
    ks_buf_free(&text);
}

/* ---- key pairs ---- */

static void a_key_pair_is_made_page_by_page(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    first_page(t, "iq-2026");
    pty_wait(t, "Step 1 of 5");
    pty_wait(t, "of a PKCS12, Java takes one");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "iq.example.com");
    pty_wait(t, "dns:iq.example.com");
    pty_type(t, "<Tab><Tab>Example<Tab><Tab><Tab>USA<Tab>");
    pty_wait(t, "two letters");
    pty_type(t, "dns:x<Enter>ip:300.1.1.1<PgDn>");
    pty_wait(t, "2 fields need attention");
    int row = pty_find_row(t, "not an IPv4 address");
    assert_true(row > 0);
    assert_int_equal(pty_find_row(t, "ip:300.1.1.1"), row);
    wait_cursor_on(t, "USA");
    pty_type(t, "<BS><PgDn>");
    pty_wait(t, "1 field needs attention");
    wait_cursor_on(t, "ip:300.1.1.1");
    pty_type(t, "<C-u>ip:192.0.2.7<PgDn>");
    pty_wait(t, "TLS server, 0 changes");
    pty_type(t, "<PgDn>");
    pty_wait(t, "365 days, until 2027-02-28");
    pty_type(t, "<PgDn>");
    pty_wait(t, "CN=iq.example.com,O=Example,C=US");
    pty_wait(t, "dns:iq.example.com, dns:x, ip:192.0.2.7");
    pty_wait(t, "2026-03-01 00:00:00 .. 2027-02-28 23:59:59 UTC");
    pty_wait(t, "1 added, 5 untouched");
    assert_unchanged("inbound.p12");
    apply(t);
    wait_cursor_on(t, "K iq-2026");
    assert_unchanged("inbound.p12");
    save(t);
    struct ks_store *store = read_store("inbound.p12", "changeit");
    const struct ks_entry *e = entry_of(store, "iq-2026");
    assert_int_equal(e->kind, KS_KIND_KEY);
    assert_int_equal(e->chain_len, 1);
    assert_subject(&e->chain[0], "CN=iq.example.com,O=Example,C=US");
    assert_names(&e->chain[0], "dns:iq.example.com\ndns:x\nip:192.0.2.7");
    assert_int_equal(ks_cert_verify(&e->chain[0], ks_cert_part(&e->chain[0], e->chain[0].spki)),
                     KS_VERDICT_GOOD);
    ks_store_free(store);
    assert_never_sent(t, "changeit");
    quit(t);
}

static void what_is_set_on_one_page_is_followed_by_the_others(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    pty_type(t, "ck");
    pty_wait(t, "[server_");
    pty_type(t, "<Tab>");
    choose(t, "<internal CA>");
    pty_wait(t, "[ca_");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "My CA<PgDn>"); /* no host name: no alternative name */
    pty_wait(t, "internal CA, 0 changes");
    pty_wait(t, "[x] keyCertSign");
    assert_true(pty_find_row(t, "<yes>") > 0);
    pty_type(t, "<Tab><Space>");
    pty_wait(t, "internal CA, 1 change");
    pty_type(t, "<Up><Space>");
    pty_wait(t, "internal CA, 0 changes");
    pty_type(t, "<PgDn>");
    pty_wait(t, "3650 days");
    pty_type(t, "<PgUp><PgUp><PgUp>");
    pty_wait(t, "Step 1 of 5");
    wait_cursor_on(t, "Use for"); /* where it was left */
    pty_type(t, "<Up>");
    wait_cursor_on(t, "Alias");
    pty_type(t, "x<Tab>");
    choose(t, "<TLS client>");
    pty_wait(t, "[cax_"); /* typed: it stays */
    pty_type(t, "<Esc>");
    pty_wait(t, "Esc again leaves");
    pty_type(t, "<Esc>");
    wait_cursor_on(t, "inbound.p12");
    quit(t);
    assert_unchanged("inbound.p12");
}

/* The copy of the common name follows it; what stands beside it, and what was changed, stays. */
static void the_names_follow_the_common_name(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    first_page(t, "iq-2026");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "old.example.com");
    pty_wait(t, "dns:old.example.com");
    pty_type(t, "<Tab><Tab><Tab><Tab><Tab><Tab>dns:x");
    wait_cursor_on(t, "dns:x");
    pty_type(t, "<PgUp><PgDn>");
    wait_cursor_on(t, "dns:x");
    pty_type(t, "<Tab>"); /* from the last field to the first */
    wait_cursor_on(t, "old.example.com");
    pty_type(t, "<C-u>new.example.com");
    pty_wait(t, "dns:new.example.com");
    pty_wait_gone(t, "old.example.com");
    pty_wait(t, "dns:x");
    pty_type(t, "<Tab><Tab><Tab><Tab><Tab><Tab><Up><Up><End>y<PgUp><PgDn>");
    pty_wait(t, "dns:new.example.comy");
    pty_type(t, "<Tab>");
    wait_cursor_on(t, "Common name");
    pty_type(t, "x");
    pty_wait(t, "new.example.comx");
    assert_true(pty_find_row(t, "dns:new.example.comx") < 0);
    pty_type(t, "<Esc>");
    pty_wait(t, "Esc again leaves");
    pty_type(t, "<Esc>");
    wait_cursor_on(t, "inbound.p12");
    quit(t);
}

static void a_key_of_a_jks_can_have_a_password_of_its_own(void **state)
{
    (void)state;
    put_inbound_as("JKS", "inbound.jks");
    struct pty *t = open_in_box(24, 80, "inbound.jks");
    first_page(t, "own");
    pty_wait(t, "as Jetty and Tomcat expect");
    pty_type(t, "<Tab><Tab><Tab>");
    wait_cursor_on(t, "password of its own");
    pty_type(t, "<Space><Tab>one-Secret<Tab>one-Secre<PgDn>");
    pty_wait(t, "not the same as above");
    pty_type(t, "t<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "own.example.com<PgDn>");
    pty_wait(t, "0 changes");
    pty_type(t, "<PgDn>");
    pty_wait(t, "365 days");
    pty_type(t, "<PgDn>");
    apply(t);
    save(t);
    struct ks_store *store = read_store("inbound.jks", "changeit");
    const struct ks_entry *e = entry_of(store, "own");
    struct ks_secret *own = ks_secret_new("one-Secret", 10);
    struct ks_material m = {0};
    assert_int_not_equal(store->format->reveal(store, e, NULL, NULL, &m, NULL), KS_OK);
    assert_int_equal(store->format->reveal(store, e, own, NULL, &m, NULL), KS_OK);
    ks_material_drop(&m);
    ks_secret_free(own);
    ks_store_free(store);
    /* which a request of it asks for */
    pty_type(t, "cr");
    pty_wait(t, "Step 1 of 2");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Password of the key own");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "Password of the key own");
    pty_wait(t, "PgDn Next"); /* it is tried without, which takes no keys but Esc */
    pty_type(t, "<PgDn>");
    pty_wait(t, "Password of the key own");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "try 2 of 5");
    pty_type(t, "one-Secret<Enter>");
    pty_wait(t, "The request, decoded");
    pty_type(t, "<Esc>");
    wait_cursor_on(t, "K own");
    assert_false(is_there("own.csr"));
    assert_never_sent(t, "one-Secret");
    quit(t);
}

/* From nothing to a request: what the guides of servers begin with. */
static void a_new_keystore_leads_to_a_key_pair_and_its_request(void **state)
{
    (void)state;
    struct pty *t = start_in_box(24, 80, NULL, (const char *const[]){NULL});
    pty_wait(t, "Open");
    pty_type(t, "c");
    pty_wait(t, "What should the new keystore be?");
    pty_type(t, "<Tab>app.p12<Tab>one-Secret<Tab>one-Secret<Tab><Tab>");
    wait_cursor_on(t, "Then");
    choose(t, "<generate a key pair>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_wait(t, "a key pair is made for it: Apply goes on to that");
    pty_type(t, "<Enter>");
    pty_wait(t, "Generate key pair in app.p12");
    pty_type(t, "<Tab><Tab>");
    choose(t, "<EC>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "app.example.com<PgDn>");
    pty_wait(t, "Step 3 of 5");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 4 of 5");
    pty_type(t, "<Tab><Tab><Tab>");
    wait_cursor_on(t, "then open the CSR wizard");
    pty_type(t, "<Space><PgDn>");
    pty_wait(t, "dns:app.example.com");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Request (CSR) of server");
    pty_type(t, "<PgDn>");
    pty_wait(t, "The request, decoded");
    pty_wait(t, "! the key of server is not saved yet");
    pty_type(t, "<Enter>");
    pty_wait(t, "Its key is not saved yet: w.");
    close_box(t, "The request is written");
    wait_cursor_on(t, "K server");
    pty_wait(t, "[+1]");
    pty_wait(t, "1 unsaved change");
    assert_false(is_there("app.p12"));
    pty_type(t, "Q");
    pty_wait(t, "app.p12: 1 change");
    pty_wait(t, "keys that nothing on disk has: server");
    pty_type(t, "<Esc>");
    pty_wait(t, "Still here");
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    assert_never_sent(t, "one-Secret");
    quit(t);
    assert_int_equal(mode_of("app.p12"), 0600);
    assert_string_equal(aliases_of("app.p12", "one-Secret"), "server");
    assert_told(RUN("openssl", "req", "-in", "server.csr", "-noout", "-verify", "-text"),
                "DNS:app.example.com");
}

static void making_a_long_key_is_stopped_with_escape(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    pty_type(t, "ck");
    pty_wait(t, "Alias");
    pty_type(t, "<Tab><Tab><Tab>");
    choose(t, "<8192>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "slow<PgDn>");
    pty_wait(t, "Step 3 of 5");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 4 of 5");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Esc stop");
    pty_type(t, "<Esc>");
    pty_wait(t, "Stopped. Nothing was changed");
    pty_wait(t, "Step 4 of 5");
    pty_type(t, "<Esc>");
    pty_wait(t, "Esc again leaves");
    pty_type(t, "<Esc>");
    wait_cursor_on(t, "inbound.p12");
    quit(t);
    assert_unchanged("inbound.p12");
}

/* ---- requests ---- */

static void a_request_is_written_and_the_keystore_is_not(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "cr");
    pty_wait(t, "Step 1 of 2");
    pty_wait(t, "nexus-iq-server.csr");
    pty_wait(t, "digitalSignature, keyEncipherment, serverAuth");
    pty_type(t, "<PgDn>");
    pty_wait(t, "The request, decoded");
    assert_false(pty_shows(t, "not saved yet"));
    pty_wait(t, "dns:iq.example.com, dns:iq, ip:192.0.2.10");
    pty_wait(t, "yes, with its own key");
    pty_wait(t, "keytool -certreq");
    assert_false(is_there("nexus-iq-server.csr"));
    pty_type(t, "<Enter>");
    pty_wait(t, "The request is written; y copies the PEM");
    close_box(t, "The request is written");
    assert_false(pty_shows(t, "[+1]"));
    assert_never_sent(t, "changeit");
    quit(t);
    assert_unchanged("inbound.p12");
    assert_int_equal(mode_of("nexus-iq-server.csr"), 0644);
    const char *said =
        RUN("openssl", "req", "-in", "nexus-iq-server.csr", "-noout", "-verify", "-text");
    assert_told(said, "verify OK");
    assert_told(said, "DNS:iq.example.com, DNS:iq, IP Address:192.0.2.10");
    assert_told(said, "TLS Web Server Authentication");
}

static void a_request_can_say_something_else_than_the_certificate(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "cr");
    pty_wait(t, "Step 1 of 2");
    pty_type(t, "<C-u>CN=other,C=USA<PgDn>");
    pty_wait(t, "two letters");
    wait_cursor_on(t, "C=USA");
    pty_type(t, "<C-u>CN=other,C=DE<Tab><Down><Down><End><Enter>dns:third");
    pty_type(t, "<Tab><Space>");
    pty_wait(t, "Step 1 of 3");
    pty_type(t, "<Tab><Tab>my challenge<Tab><C-u>out.der<Tab>");
    choose(t, "<DER>");
    pty_type(t, "<Tab><Space><PgDn>");
    pty_wait(t, "the certificate, 0 changes");
    pty_type(t, "<Tab><Tab><Right>");
    pty_type(t, "<Space>");
    pty_wait(t, "the certificate, 1 change");
    pty_type(t, "<PgDn>");
    pty_wait(t, "serverAuth, clientAuth");
    pty_wait(t, "a password in clear text, not shown");
    pty_type(t, "<Enter>");
    close_box(t, "The request is written");
    quit(t);
    assert_unchanged("inbound.p12");
    const char *said =
        RUN("openssl", "req", "-inform", "DER", "-in", "out.der", "-noout", "-verify", "-text");
    assert_told(said, "Subject: C = DE, CN = other");
    assert_told(said, "DNS:third");
    assert_told(said, "TLS Web Client Authentication");
    assert_told(said, "my challenge");
}

static void a_file_that_is_there_is_only_replaced_when_that_is_meant(void **state)
{
    (void)state;
    put_text("there.csr", "precious\n");
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "cr");
    pty_wait(t, "Step 1 of 2");
    pty_type(t, "<Tab><Tab><Tab><Tab><Tab>");
    wait_cursor_on(t, "Write to");
    pty_type(t, "<C-u>there.csr<PgDn>");
    pty_wait(t, "that file exists already");
    pty_wait(t, "replace the file that is there");
    wait_cursor_on(t, "Write to");
    /* a letter there ticks nothing, and another name wants another tick */
    pty_type(t, "<Tab>x");
    pty_wait(t, "Space sets and clears a tick");
    pty_wait(t, "[ ] replace");
    pty_type(t, "<Space>");
    pty_wait(t, "[x] replace");
    pty_wait_gone(t, "that file exists already");
    pty_type(t, "<Up><C-u>inbound.p12");
    pty_wait(t, "[ ] replace");
    pty_type(t, "<C-u>there.csr<Down><Space>");
    pty_wait(t, "[x] replace");
    pty_type(t, "<PgDn>");
    pty_wait(t, "The request, decoded");
    pty_type(t, "<Enter>");
    close_box(t, "The request is written");
    quit(t);
    assert_told(RUN("openssl", "req", "-in", "there.csr", "-noout", "-verify"), "verify OK");
}

/* ---- a CA ---- */

static void make_ca(struct pty *t)
{
    pty_type(t, "ck");
    pty_wait(t, "Step 1 of 5");
    pty_type(t, "<Tab>");
    choose(t, "<internal CA>");
    pty_type(t, "<Tab>");
    choose(t, "<EC>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "My CA<PgDn>");
    pty_wait(t, "Step 3 of 5");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 4 of 5");
    pty_type(t, "<PgDn>");
    apply(t);
    wait_cursor_on(t, "K ca");
}

static void a_ca_of_the_keystore_signs_a_new_key_and_a_request(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    make_ca(t);
    /* a key pair, signed in one step */
    first_page(t, "child");
    pty_type(t, "<Tab><Tab>");
    choose(t, "<ca of inbound.p12>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "child.example.com<PgDn>");
    pty_wait(t, "Step 3 of 5");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 4 of 5");
    pty_type(t, "<PgDn>");
    pty_wait(t, "chain of 2");
    apply(t);
    wait_cursor_on(t, "child");
    pty_wait(t, "0 child.example.com"); /* unfolded */
    /* a request of another entry, answered */
    to_nexus(t);
    pty_type(t, "cr");
    pty_wait(t, "Step 1 of 2");
    pty_type(t, "<PgDn>");
    pty_wait(t, "The request, decoded");
    pty_type(t, "<Enter>");
    close_box(t, "The request is written");
    pty_type(t, "/ca<Enter>");
    for (int i = 0; i < 8 && !strstr(cursor_row(t), "K ca"); i++) {
        pty_type(t, "n");
        pty_quiet(t, 150);
    }
    wait_cursor_on(t, "K ca");
    pty_type(t, "ca");
    pty_wait(t, "The request to sign");
    pty_type(t, "nowhere.csr<PgDn>");
    pty_wait(t, "no such file");
    put_text("notes.csr", "no request");
    pty_type(t, "<C-u>notes.csr<PgDn>");
    pty_wait(t, "notes.csr was not opened");
    wait_cursor_on(t, "notes.csr");
    pty_type(t, "<C-u>nexus<Tab>");
    wait_cursor_on(t, "nexus-iq-server.csr");
    pty_type(t, "<PgDn>");
    pty_wait(t, "dns:iq.example.com");
    pty_type(t, "<PgDn>");
    pty_wait(t, "the request, 0 changes");
    pty_type(t, "<PgDn>");
    pty_wait(t, "nexus-iq-server.crt");
    pty_type(t, "<PgDn>");
    pty_wait(t, "The certificate, decoded");
    assert_false(is_there("nexus-iq-server.crt"));
    pty_type(t, "<Enter>");
    pty_wait(t, "is written, signed by ca");
    /* what a request brings along unseen is said before it is signed */
    (void)RUN("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
              "-nodes", "-keyout", "odd.key", "-subj", "/CN=odd", "-addext",
              "1.2.3.4=critical,DER:0500", "-out", "odd.csr");
    pty_type(t, "ca");
    pty_wait(t, "The request to sign");
    pty_type(t, "odd.csr<PgDn>");
    pty_wait(t, "Step 2 of");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 3 of");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 4 of");
    pty_type(t, "<PgDn>");
    pty_wait(t, "1.2.3.4 is taken over");
    pty_type(t, "<Enter>");
    pty_wait(t, "odd.crt is written");
    save(t);
    quit(t);
    struct ks_store *store = read_store("inbound.p12", "changeit");
    const struct ks_entry *child = entry_of(store, "child"), *ca = entry_of(store, "ca");
    assert_int_equal(child->chain_len, 2);
    assert_int_equal(
        ks_cert_verify(&child->chain[0], ks_cert_part(&ca->chain[0], ca->chain[0].spki)),
        KS_VERDICT_GOOD);
    struct ks_buf pem = KS_BUF_INIT;
    ks_pem_write("CERTIFICATE", ks_cert_der(&ca->chain[0]), &pem);
    put_text("root.pem", ks_buf_text(&pem));
    ks_buf_free(&pem);
    ks_store_free(store);
    assert_told(RUN("openssl", "verify", "-attime", "1772323200", "-x509_strict", "-CAfile",
                    "root.pem", "nexus-iq-server.crt"),
                ": OK");
}

/* ---- renewals ---- */

static void a_self_signed_certificate_gets_new_dates_and_a_new_key(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    make_ca(t);
    pty_type(t, "cw");
    pty_wait(t, "EC P-256, until 2036-02-26");
    pty_wait(t, "With");
    wait_cursor_on(t, "the same key");
    pty_type(t, "<Tab><Tab><Tab>");
    wait_cursor_on(t, "3650");
    pty_type(t, "<C-u>2040-01-01<PgDn>");
    pty_wait(t, "2040-01-01 23:59:59 UTC");
    apply(t);
    wait_cursor_on(t, "K ca");
    pty_type(t, "cw");
    pty_wait(t, "until 2040-01-01");
    choose(t, "<a new key>");
    pty_type(t, "<Tab><Tab><Tab>");
    choose(t, "<is an entry of its own>");
    pty_wait(t, "[ca-2_");
    pty_type(t, "<PgDn>");
    pty_wait(t, "1 added");
    apply(t);
    wait_cursor_on(t, "K ca-2");
    pty_type(t, "uuu");
    pty_wait(t, "is as on disk");
    quit(t);
    assert_unchanged("inbound.p12");
}

/* A CA that happens to be open is not the one that signs, unless it did or is chosen. */
static void renewing_by_another_issuer_is_chosen_and_said(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    make_ca(t);
    to_nexus(t);
    pty_type(t, "cw");
    pty_wait(t, "by Example Issuing CA 3");
    pty_wait(t, "<nobody is chosen yet>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "its present issuer is not open");
    wait_cursor_on(t, "Signed by");
    choose(t, "<ca of inbound.p12>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "! the issuer of nexus-iq-server changes from Example");
    apply(t);
    /* now it is the issuer, and stays it without a word */
    pty_type(t, "cw");
    pty_wait(t, "by My CA");
    pty_wait(t, "<ca of inbound.p12>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Enter Apply");
    assert_false(pty_shows(t, "issuer of"));
    pty_type(t, "<Esc>");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "uu");
    pty_wait(t, "is as on disk");
    quit(t);
    assert_unchanged("inbound.p12");
}

static void what_another_ca_signed_is_not_renewed_here(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "cw");
    close_box(t, "another CA signed it");
    quit(t);
}

/* ---- fields ---- */

static void pasted_lines_are_names_and_a_field_of_one_line_says_where_it_stopped(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80, NULL);
    first_page(t, "pasted");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 2 of 5");
    pty_type(t, "<Paste>first line\nsecond</Paste>");
    pty_wait(t, "up to the first line end");
    pty_wait(t, "[first line_");
    pty_type(t, "<C-u><Paste>iq\n</Paste>");
    pty_wait(t, "The line end of the paste was left out");
    pty_type(t,
             "<Tab><Tab><Tab><Tab><Tab><Tab><C-u><Paste>dns:a\r\ndns:b\n\nq.example.com</Paste>");
    pty_wait(t, "dns:b");
    pty_wait(t, "q.example.com");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 3 of 5");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Step 4 of 5");
    pty_type(t, "<PgDn>");
    pty_wait(t, "dns:a, dns:b, dns:q.example.com");
    pty_type(t, "<Esc><Esc>");
    wait_cursor_on(t, "inbound.p12");
    quit(t);
    assert_unchanged("inbound.p12");
}

static void a_file_is_chosen_from_its_directory(void **state)
{
    (void)state;
    put_sample("inbound.p12", "another.p12");
    struct pty *t = open_sample(24, 80, NULL);
    to_nexus(t);
    pty_type(t, "cr");
    pty_wait(t, "Step 1 of 2");
    pty_type(t, "<Tab><Tab><Tab><Tab><Tab>");
    wait_cursor_on(t, "Write to");
    pty_type(t, "<C-u>sub.csr<C-o>");
    pty_wait(t, "this directory, for sub.csr");
    pty_type(t, "<Esc>");
    pty_wait(t, "[sub.csr_");
    pty_type(t, "<C-o>");
    pty_wait(t, "another.p12");
    pty_type(t, "/another<Enter><Enter>");
    pty_wait(t, "[another.p12_");
    pty_wait(t, "replace the file that is there");
    pty_type(t, "<C-u>sub.csr<C-o>");
    pty_wait(t, "this directory");
    pty_type(t, "<Home><Enter>");
    pty_wait(t, "[sub.csr_");
    pty_type(t, "<Esc><Esc>");
    wait_cursor_on(t, "nexus-iq-server");
    quit(t);
}

/* ---- leaving ---- */

/* The pages of a wizard: how to come to it, and how to know each. */
static const struct walk {
    const char *start;
    struct {
        const char *shows, *typed;
    } pages[6]; /* NULL ends */
} walks[] = {
    {"ck",
     {{"Alias", "<C-u>x-1<Tab><Tab><Right><Right>"},
      {"Common name", "iq"},
      {"Key usage", "<Tab>"},
      {"Serial", "<Tab>"},
      {"CN=iq", "j"}}},
    {"cr", {{"Subject", "<End>"}, {"Write to", "j"}}},
};

static void leave_once(struct pty *t)
{
    pty_type(t, "<Esc>");
    pty_quiet(t, 200);
    if (pty_shows(t, "Esc again leaves"))
        pty_type(t, "<Esc>");
    wait_cursor_on(t, "nexus-iq-server");
}

static void leave_everywhere(int rows, int cols, const char *const *env)
{
    struct pty *t = open_sample(rows, cols, env);
    for (size_t w = 0; w < sizeof walks / sizeof walks[0]; w++) {
        for (size_t stop = 0; walks[w].pages[stop].shows; stop++) {
            to_nexus(t);
            pty_type(t, walks[w].start);
            pty_wait(t, "Step 1 of");
            for (size_t page = 0; page <= stop; page++) {
                char step[32];
                (void)snprintf(step, sizeof step, "Step %zu of", page + 1);
                pty_wait(t, step);
                pty_wait(t, walks[w].pages[page].shows);
                pty_type(t, walks[w].pages[page].typed);
                if (getenv("KSX_SHOW"))
                    pty_print(t);
                if (page < stop)
                    pty_type(t, "<PgDn>");
            }
            leave_once(t);
            assert_false(pty_shows(t, "[+1]"));
        }
    }
    assert_never_sent(t, "changeit");
    quit(t);
    assert_unchanged("inbound.p12");
    assert_false(is_there("nexus-iq-server.csr"));
}

static void leaving_at_any_step_changes_nothing(void **state)
{
    (void)state;
    leave_everywhere(24, 80, NULL);
}

static void leaving_at_any_step_changes_nothing_at_120_by_40(void **state)
{
    (void)state;
    leave_everywhere(40, 120, c_locale);
}

static void leaving_at_any_step_changes_nothing_at_60_by_16(void **state)
{
    (void)state;
    leave_everywhere(16, 60, NULL);
}

static void leaving_at_any_step_changes_nothing_at_the_smallest_size(void **state)
{
    (void)state;
    leave_everywhere(10, 40, c_locale);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sandbox_make, sandbox_drop)

/* A name, which may have * in it, runs that test alone. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_pair_is_made_page_by_page),
        TEST(what_is_set_on_one_page_is_followed_by_the_others),
        TEST(a_key_of_a_jks_can_have_a_password_of_its_own),
        TEST(the_names_follow_the_common_name),
        TEST(a_new_keystore_leads_to_a_key_pair_and_its_request),
        TEST(making_a_long_key_is_stopped_with_escape),
        TEST(a_request_is_written_and_the_keystore_is_not),
        TEST(a_request_can_say_something_else_than_the_certificate),
        TEST(a_file_that_is_there_is_only_replaced_when_that_is_meant),
        TEST(a_ca_of_the_keystore_signs_a_new_key_and_a_request),
        TEST(a_self_signed_certificate_gets_new_dates_and_a_new_key),
        TEST(renewing_by_another_issuer_is_chosen_and_said),
        TEST(what_another_ca_signed_is_not_renewed_here),
        TEST(pasted_lines_are_names_and_a_field_of_one_line_says_where_it_stopped),
        TEST(a_file_is_chosen_from_its_directory),
        TEST(leaving_at_any_step_changes_nothing),
        TEST(leaving_at_any_step_changes_nothing_at_120_by_40),
        TEST(leaving_at_any_step_changes_nothing_at_60_by_16),
        TEST(leaving_at_any_step_changes_nothing_at_the_smallest_size),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("make", tests, NULL, NULL);
}
