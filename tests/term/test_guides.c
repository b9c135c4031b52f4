/*
 * The ways to a certificate that guides describe with keytool and openssl, as a user of ksx goes
 * them, key by key, at the clock of this day. keytool has the last word.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CACERTS "/etc/ssl/certs/java/cacerts"

/* ---- steps ---- */

/* ksx FILE in the sandbox; the cursor is on the row of the keystore, which is unlocked. */
static struct pty *start(const char *file)
{
    const char *const argv[] = {KSX_PROGRAM, file, NULL};
    struct pty *t = pty_start(&(struct pty_options){.cwd = in_box(".")}, argv);
    if (!file)
        return t;
    pty_wait(t, "Unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Unlock");
    pty_type(t, "g");
    wait_cursor_on(t, file);
    return t;
}

static void to_entry(struct pty *t, const char *alias)
{
    pty_type(t, "gj");
    wait_cursor_on(t, alias);
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

static void next_page(struct pty *t, const char *shows)
{
    pty_type(t, "<PgDn>");
    pty_wait(t, shows);
}

static void apply(struct pty *t)
{
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Not saved: w");
}

static void save_and_quit(struct pty *t)
{
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    pty_wait_gone(t, "[+");
    pty_type(t, "Q");
    ends_with(t, 0);
    assert_never_sent(t, "changeit");
    assert_never_sent(t, "of-the-key");
    pty_free(t);
}

/* The request of the entry under the cursor, into ALIAS.csr. */
static void make_request(struct pty *t)
{
    pty_type(t, "cr");
    pty_wait(t, "Step 1 of 2");
    next_page(t, "The request, decoded");
    pty_wait(t, "yes, with its own key");
    pty_type(t, "<Enter>");
    pty_wait(t, "The request is written");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "The request is written");
}

/* ---- other programs ---- */

#define KEYTOOL(...) RUN("keytool", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1", __VA_ARGS__)

static const char *keytool_list(const char *store, const char *alias)
{
    return KEYTOOL("-list", "-v", "-keystore", store, "-storepass", "changeit", "-alias", alias);
}

/* Both of O=Example. */
static void assert_issued(const char *said, const char *subject, const char *issuer)
{
    char lines[256];
    (void)snprintf(lines, sizeof lines, "Owner: CN=%s, O=Example\nIssuer: CN=%s, O=Example",
                   subject, issuer);
    assert_told(said, lines);
}

/* A key pair as keytool's guides begin. */
static void keytool_pair(const char *store, const char *type)
{
    (void)KEYTOOL("-genkeypair", "-keystore", store, "-storetype", type, "-storepass", "changeit",
                  "-keypass", "changeit", "-alias", "web", "-keyalg", "EC", "-groupname",
                  "secp256r1", "-dname", "CN=www.example.com, O=Example", "-ext",
                  "SAN=dns:www.example.com,dns:example.com");
}

/* A CA of two levels: root.crt, issuing.crt, issuing.key. */
static void make_ca(void)
{
    put_text("ca.ext",
             "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n");
    (void)RUN("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
              "-nodes", "-keyout", "root.key", "-out", "root.crt", "-days", "3650", "-subj",
              "/O=Example/CN=Example Root CA");
    (void)RUN("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
              "-keyout", "issuing.key", "-out", "issuing.csr", "-subj",
              "/O=Example/CN=Example Issuing CA");
    (void)RUN("openssl", "x509", "-req", "-in", "issuing.csr", "-CA", "root.crt", "-CAkey",
              "root.key", "-CAcreateserial", "-days", "1000", "-extfile", "ca.ext", "-out",
              "issuing.crt");
}

static void sign(const char *request, const char *certificate)
{
    (void)RUN("openssl", "x509", "-req", "-in", request, "-CA", "issuing.crt", "-CAkey",
              "issuing.key", "-CAcreateserial", "-days", "90", "-copy_extensions", "copy", "-out",
              certificate);
}

static void assert_verified(const char *certificate)
{
    assert_told(RUN("openssl", "verify", "-CAfile", "root.crt", "-untrusted", "issuing.crt",
                    "-verify_hostname", "www.example.com", certificate),
                ": OK");
}

/* ---- the guides ---- */

/* keytool -genkeypair -keystore server.p12 */
static void a_key_pair_in_a_keystore_of_its_own(void **state)
{
    (void)state;
    struct pty *t = start(NULL);
    pty_wait(t, "Open");
    pty_type(t, "c");
    pty_wait(t, "What should the new keystore be?");
    pty_type(t, "<Tab>server.p12<Tab>changeit<Tab>changeit<Tab><Tab>");
    choose(t, "<generate a key pair>");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Step 1 of 5");
    pty_type(t, "<C-u>web<Tab><Tab>");
    choose(t, "<EC>");
    next_page(t, "Step 2 of 5");
    pty_type(t, "www.example.com<Tab><Tab>Example");
    next_page(t, "Step 3 of 5");
    next_page(t, "Step 4 of 5");
    next_page(t, "CN=www.example.com,O=Example");
    apply(t);
    wait_cursor_on(t, "K web");
    assert_false(is_there("server.p12"));
    save_and_quit(t);
    assert_int_equal(mode_of("server.p12"), 0600);
    const char *said = keytool_list("server.p12", "web");
    assert_told(said, "Entry type: PrivateKeyEntry");
    assert_told(said, "Certificate chain length: 1");
    assert_issued(said, "www.example.com", "www.example.com");
    assert_told(said, "DNSName: www.example.com");
    assert_told(said, "256-bit EC (secp256r1) key");
}

/* keytool -genkeypair into a keystore that is there: c k */
static void a_key_pair_beside_others(void **state)
{
    (void)state;
    keytool_pair("server.p12", "PKCS12");
    struct pty *t = start("server.p12");
    pty_type(t, "c");
    pty_wait(t, "key pair");
    pty_type(t, "k");
    pty_wait(t, "Step 1 of 5");
    pty_type(t, "<C-u>api");
    next_page(t, "Step 2 of 5");
    pty_type(t, "api.example.com");
    next_page(t, "Step 3 of 5");
    next_page(t, "Step 4 of 5");
    next_page(t, "1 added, 1 untouched");
    apply(t);
    wait_cursor_on(t, "K api");
    save_and_quit(t);
    const char *said = keytool_list("server.p12", "api");
    assert_told(said, "Owner: CN=api.example.com");
    assert_told(said, "3072-bit RSA key");
    assert_told(keytool_list("server.p12", "web"), "Owner: CN=www.example.com, O=Example");
}

/* keytool -certreq, the CA's answer, keytool -importcert for the root, the issuer and the reply */
static void a_request_and_the_reply_of_the_ca(void **state)
{
    (void)state;
    make_ca();
    keytool_pair("server.jks", "JKS");
    struct pty *t = start("server.jks");
    to_entry(t, "web");
    make_request(t);
    const char *said = RUN("openssl", "req", "-in", "web.csr", "-noout", "-verify", "-text");
    assert_told(said, "verify OK");
    assert_told(said, "Subject: O = Example, CN = www.example.com");
    assert_told(said, "DNS:www.example.com, DNS:example.com");
    sign("web.csr", "web.crt");
    assert_verified("web.crt");

    pty_type(t, "i");
    pty_wait(t, "CA reply");
    pty_type(t, "c");
    pty_wait(t, "What the CA sent");
    pty_type(t, "issuing.crt<Tab>web.crt<Tab>root.crt");
    next_page(t, "complete, chain 3, root included");
    pty_wait(t, "web");
    next_page(t, "+ 1 CN=Example Issuing CA");
    apply(t);
    wait_cursor_on(t, "web");
    save_and_quit(t);
    said = keytool_list("server.jks", "web");
    assert_told(said, "Entry type: PrivateKeyEntry");
    assert_told(said, "Certificate chain length: 3");
    assert_issued(said, "www.example.com", "Example Issuing CA");
    assert_issued(said, "Example Issuing CA", "Example Root CA");
    assert_issued(said, "Example Root CA", "Example Root CA");
}

/* A key, encrypted with of-the-key, and its certificate, as a guide with openssl leaves them. */
static void make_external(void)
{
    make_ca();
    (void)RUN("openssl", "req", "-newkey", "rsa:2048", "-passout", "pass:of-the-key", "-keyout",
              "server.key", "-out", "server.csr", "-subj", "/O=Example/CN=www.example.com",
              "-addext", "subjectAltName=DNS:www.example.com");
    sign("server.csr", "server.crt");
    assert_verified("server.crt");
}

static void assert_imported(const char *store)
{
    const char *said = keytool_list(store, "www");
    assert_told(said, "Entry type: PrivateKeyEntry");
    assert_told(said, "Certificate chain length: 3");
    assert_issued(said, "www.example.com", "Example Issuing CA");
    assert_issued(said, "Example Issuing CA", "Example Root CA");
    /* keytool opens the key, too */
    said = KEYTOOL("-certreq", "-keystore", store, "-storepass", "changeit", "-alias", "www");
    assert_told(said, "BEGIN NEW CERTIFICATE REQUEST");
}

/* openssl pkcs12 -export, keytool -importkeystore: a key and certificates in files of their own */
static void a_key_and_certificates_in_separate_files(void **state)
{
    (void)state;
    make_external();
    struct pty *t = start(NULL);
    pty_wait(t, "Open");
    pty_type(t, "c");
    pty_wait(t, "What should the new keystore be?");
    pty_type(t, "<Tab>server.p12<Tab>changeit<Tab>changeit<PgDn>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    wait_cursor_on(t, "server.p12");
    pty_type(t, "i");
    pty_wait(t, "key pair, with its certificates");
    pty_type(t, "k");
    pty_wait(t, "Where are the key and its certificates?");
    pty_type(t, "root.crt<Tab>server.crt<Tab>server.key<Tab>issuing.crt<PgDn>");
    pty_wait(t, "Password of the key in server.key");
    pty_type(t, "of-the-key<Enter>");
    pty_wait(t, "key matches");
    pty_wait(t, "RSA 2048, chain 3");
    pty_type(t, "<Tab><C-u>www");
    next_page(t, "the key is that of the certificate");
    apply(t);
    wait_cursor_on(t, "K www");
    save_and_quit(t);
    assert_imported("server.p12");
}

/* keytool -importkeystore -srckeystore server.pfx -srcstoretype PKCS12 */
static void a_pkcs12_from_elsewhere_into_a_jks(void **state)
{
    (void)state;
    make_external();
    (void)RUN("sh", "-c", "cat issuing.crt root.crt >chain.crt");
    (void)RUN("openssl", "pkcs12", "-export", "-inkey", "server.key", "-passin", "pass:of-the-key",
              "-in", "server.crt", "-certfile", "chain.crt", "-name", "www", "-passout",
              "pass:of-the-key", "-out", "server.pfx");
    keytool_pair("server.jks", "JKS");
    struct pty *t = start("server.jks");
    pty_type(t, "ik");
    pty_wait(t, "Where are the key and its certificates?");
    pty_type(t, "server.pfx<PgDn>");
    pty_wait(t, "server.pfx is locked: what is its password?");
    pty_type(t, "of-the-key<PgDn>");
    pty_wait(t, "[x] www");
    pty_wait(t, "RSA 2048, chain 3");
    next_page(t, "the key is that of the certificate");
    apply(t);
    wait_cursor_on(t, "K www");
    save_and_quit(t);
    assert_imported("server.jks");
    assert_told(keytool_list("server.jks", "web"), "Entry type: PrivateKeyEntry");
}

/* The first 16 bytes of it: a row of the screen. */
static const char *fingerprint_of(const char *certificate)
{
    static char row[16 * 3];
    const char *said =
        RUN("openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256");
    const char *digits = strchr(said, '=');
    assert_non_null(digits);
    (void)snprintf(row, sizeof row, "%s", digits + 1);
    return row;
}

static int entries_of(const char *store)
{
    const char *said = KEYTOOL("-list", "-keystore", store, "-storepass", "changeit");
    const char *count = strstr(said, "contains ");
    assert_non_null(count);
    return atoi(count + strlen("contains "));
}

/* keytool -importcert -trustcacerts -keystore cacerts */
static void a_root_into_a_copy_of_cacerts(void **state)
{
    (void)state;
    make_ca();
    put_sample("truststore.jks", "cacerts"); /* where no Java has one */
    if (access(CACERTS, R_OK) == 0)
        (void)RUN("cp", CACERTS, "cacerts");
    (void)RUN("chmod", "600", "cacerts");
    int before = entries_of("cacerts");
    keep_bytes("cacerts");
    struct pty *t = start("cacerts");
    pty_type(t, "i");
    pty_wait(t, "trusted certificates");
    pty_type(t, "t");
    pty_wait(t, "Where are the certificates?");
    pty_type(t, "root.crt");
    next_page(t, "Which of them are to be trusted?");
    pty_wait(t, "[x] Example Root CA");
    pty_wait(t, fingerprint_of("root.crt"));
    pty_type(t, "<Tab><C-u>example-root<Tab> "); /* the alias, and that it was compared */
    next_page(t, "1 added");
    apply(t);
    wait_cursor_on(t, "example-root");
    assert_unchanged("cacerts");
    save_and_quit(t);
    const char *fingerprint = fingerprint_of("root.crt");
    const char *said = keytool_list("cacerts", "example-root");
    assert_told(said, "Entry type: trustedCertEntry");
    assert_issued(said, "Example Root CA", "Example Root CA");
    assert_told(said, fingerprint);
    assert_int_equal(entries_of("cacerts"), before + 1);
    assert_is_backup("cacerts.bak");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sandbox_make, sandbox_drop)

/* A name, which may have * in it, runs that test alone. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_pair_in_a_keystore_of_its_own), TEST(a_key_pair_beside_others),
        TEST(a_request_and_the_reply_of_the_ca),   TEST(a_key_and_certificates_in_separate_files),
        TEST(a_pkcs12_from_elsewhere_into_a_jks),  TEST(a_root_into_a_copy_of_cacerts),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("guides", tests, NULL, NULL);
}
