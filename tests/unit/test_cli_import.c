/* import, as a user runs it. */
#include "saving.h"

#include "make_cert.h"
#include "x509/cert.h"

#include <jansson.h>
#include <openssl/pem.h>

static const char *const changeit[] = {"KSX_P=changeit", "KSX_K=of the key", NULL};
static const struct run_options with_password = {.env = changeit};

#define KSX(...) RUN_WITH(&with_password, KSX_PROGRAM, __VA_ARGS__, "--pass", "env:KSX_P")
#define CERT(...) make_cert(&(struct make_cert){__VA_ARGS__})

static void assert_says(struct run r, int exit, const char *words)
{
    if (!strstr(r.err, words) && !strstr(r.out, words))
        fail_msg("not said: %s\n%s%s", words, r.out, r.err);
    if (r.exit != exit)
        fail_msg("ended with %d, not %d\n%s%s", r.exit, exit, r.out, r.err);
    run_free(&r);
}

/* Takes over the certificate. */
static const char *cert_file(const char *name, struct ks_blob *cert)
{
    struct ks_buf pem = KS_BUF_INIT;
    ks_pem_write("CERTIFICATE", ks_blob_slice(cert), &pem);
    const char *path = write_file(in_dir(name), slice_of(&pem));
    ks_buf_free(&pem);
    ks_blob_unref(cert);
    return path;
}

static const char *key_file(const char *name, const char *key, const char *password)
{
    const char *path = in_dir(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(PEM_write_PKCS8PrivateKey(f, make_key(key),
                                               password ? EVP_aes_256_cbc() : NULL, password,
                                               password ? (int)strlen(password) : 0, NULL, NULL),
                     1);
    assert_int_equal(fclose(f), 0);
    return path;
}

struct pki {
    const char *root, *issuer, *web, *mail;
};

static struct pki new_pki(void)
{
    return (struct pki){
        cert_file("root.pem", CERT(.cn = "Root", .ca = true)),
        cert_file("issuer.pem", CERT(.cn = "Issuer", .issuer = "Root", .ca = true)),
        cert_file("web.pem", CERT(.cn = "web", .issuer = "Issuer", .serial = 5)),
        cert_file("mail.pem", CERT(.cn = "mail", .issuer = "Issuer", .serial = 6)),
    };
}

/* A keystore with the keys of web and mail, each under a certificate of its own making. */
static const char *with_keys(const char *name)
{
    const char *path = in_dir(name);
    const char *const keys[] = {"web", "mail"};
    for (size_t i = 0; i < 2; i++)
        assert_says(KSX("import", path, "--key", key_file("k.pem", keys[i], NULL), "--cert",
                        cert_file("self.pem", CERT(.cn = keys[i])), "--alias", keys[i]),
                    0, "is written");
    return path;
}

static size_t chain_of(const char *path, const char *alias)
{
    struct ks_store *s = open_file(path);
    size_t at;
    assert_true(ks_store_find(s, alias, &at));
    size_t len = ks_store_entry(s, at)->chain_len;
    ks_store_free(s);
    return len;
}

/* ---- replies ---- */

static void a_reply_finds_its_entry(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = with_keys("a.p12");
    assert_says(KSX("import", path, "--reply", p.root, "--reply", p.mail, "--reply", p.issuer), 0,
                "~ mail");
    assert_int_equal(chain_of(path, "mail"), 3);
    assert_int_equal(chain_of(path, "web"), 1);
    assert_says(KSX("import", path, "--reply", p.web, "--without-root"), 0,
                "Java will add the root to its chain all the same");
    path = with_keys("b.p12");
    assert_says(KSX("import", path, "--reply", p.web, "--reply", p.issuer, "--reply", p.root,
                    "--without-root"),
                0, "left out");
    assert_int_equal(chain_of(path, "web"), 2);
}

static void further_words_are_files_of_the_last_option(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = with_keys("a.p12");
    assert_says(KSX("import", path, "--reply", p.web, p.issuer, p.root, "--no-cacerts"), 0,
                "is written");
    assert_int_equal(chain_of(path, "web"), 3);
    assert_says(KSX("import", path, p.web, "--all"), 2, "is too much");
}

static void a_reply_of_another_entry_names_it(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = with_keys("a.p12");
    assert_says(KSX("import", path, "--reply", p.mail, "--alias", "web"), 6,
                "it fits mail: import it there");
    assert_says(KSX("import", path, "--reply", p.root), 6, "no key pair of a.p12 has its key");
    assert_says(KSX("import", path, "--reply", p.mail, "--alias", "none"), 2, "there is no entry");
}

static void a_gap_is_refused_unless_it_is_allowed(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = with_keys("a.p12"), *from = in_dir("trust.p12");
    assert_says(KSX("import", path, "--reply", p.web, "--no-cacerts"), 6, "Issuer");
    assert_int_equal(chain_of(path, "web"), 1);
    assert_says(KSX("import", from, "--cert", p.root, "--cert", p.issuer, "--all", "--yes"), 0,
                "2 added");
    assert_says(RUN_WITH(&with_password, KSX_PROGRAM, "import", path, "--pass", "env:KSX_P",
                         "--reply", p.web, "--from", from, "--in-pass", "env:KSX_P", "-n"),
                0, "trust.p12");
    assert_says(KSX("import", path, "--reply", p.web, "--incomplete", "--no-cacerts"), 0,
                "ends early");
    assert_int_equal(chain_of(path, "web"), 1);
}

static void a_reply_is_read_from_standard_input(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = with_keys("a.p12");
    struct ks_buf text = KS_BUF_INIT, web = read_file(p.web), issuer = read_file(p.issuer);
    ks_buf_str(&text, "Dear customer,\n");
    ks_buf_slice(&text, slice_of(&web));
    ks_buf_slice(&text, slice_of(&issuer));
    const struct run_options piped = {.env = changeit, .input = ks_buf_text(&text)};
    assert_says(RUN_WITH(&piped, KSX_PROGRAM, "import", path, "--pass", "env:KSX_P", "--reply", "-",
                         "--reply", p.root),
                0, "standard input, certificate 1 of 2");
    assert_int_equal(chain_of(path, "web"), 3);
    assert_says(RUN_WITH(&piped, KSX_PROGRAM, "import", "-", "--pass", "env:KSX_P", "--reply", "-"),
                3, "- was not opened");
    ks_buf_free(&text);
    ks_buf_free(&web);
    ks_buf_free(&issuer);
}

static void json_tells_the_chain(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = with_keys("a.p12");
    struct run r = KSX("import", path, "--reply", p.mail, "--no-cacerts", "--json");
    json_t *all = json_loads(r.out, 0, NULL), *reply = json_object_get(all, "reply");
    assert_int_equal(r.exit, 6);
    assert_string_equal(json_string_value(json_object_get(json_object_get(all, "error"), "slug")),
                        "incomplete");
    assert_true(json_is_string(json_object_get(reply, "missing")));
    json_decref(all);
    run_free(&r);
    r = KSX("import", path, "--reply", p.web, "--reply", p.issuer, "--reply", p.root, "--json");
    all = json_loads(r.out, 0, NULL);
    reply = json_object_get(all, "reply");
    json_t *certs = json_object_get(reply, "certificates");
    assert_int_equal(r.exit, 0);
    assert_true(json_is_true(json_object_get(all, "written")));
    assert_string_equal(json_string_value(json_object_get(reply, "alias")), "web");
    assert_true(json_is_true(json_object_get(reply, "complete")));
    assert_int_equal(json_array_size(certs), 3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(certs, 0), "role")),
                        "leaf");
    json_decref(all);
    run_free(&r);
}

/* ---- key pairs ---- */

static void an_encrypted_key_takes_its_password_from_the_option(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = in_dir("a.p12"), *key = key_file("web.key", "web", "of the key");
    assert_says(KSX("import", path, "--key", key, "--cert", p.web), 4, "it is encrypted");
    assert_says(KSX("import", path, "--key", key, "--cert", p.web, "--key-pass", "env:KSX_P"), 4,
                "does not fit");
    assert_says(KSX("import", path, "--key", key, "--cert", p.web, "--key-pass", "env:KSX_K", "-n",
                    "--incomplete"),
                0, "nothing was written");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_says(KSX("import", path, "--key", key, "--cert", p.web, "--cert", p.issuer, "--cert",
                    p.root, "--key-pass", "env:KSX_K"),
                0, "chain of 3");
    assert_int_equal(chain_of(path, "web"), 3);
}

static void a_key_whose_chain_has_a_gap_is_completed_or_refused(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = in_dir("a.p12"), *key = key_file("web.key", "web", NULL);
    assert_says(KSX("import", path, "--key", key, "--cert", p.web), 6,
                "--incomplete stores the chain as it is");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_says(KSX("import", path, "--key", key, "--cert", p.web, "--cert", p.issuer, "--cert",
                    p.root, "--alias", "first"),
                0, "chain of 3");
    /* its issuers are in the chain of another entry only */
    struct run r = KSX("import", path, "--key", key, "--cert", p.web, "--alias", "second");
    assert_int_equal(r.exit, 0);
    assert_non_null(strstr(r.out, "second has the key that is here already as first"));
    assert_non_null(strstr(r.out, "is taken from a.p12"));
    run_free(&r);
    assert_int_equal(chain_of(path, "second"), 3);
    assert_says(KSX("import", in_dir("b.p12"), "--key", key, "--cert", p.web, "--incomplete"), 0,
                "chain of 1");
}

static void a_key_without_a_certificate_needs_one(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = in_dir("a.p12"), *key = key_file("web.key", "web", NULL);
    assert_says(KSX("import", path, "--key", key, "--cert", p.mail), 6, "--self-signed --dn");
    assert_says(KSX("import", path, "--key", key, "--self-signed"), 2, "--dn");
    assert_says(KSX("import", path, "--key", key, "--self-signed", "--dn", "CN=www.example.com",
                    "--days", "90", "--alias", "www"),
                0, "chain of 1");
    assert_says(KSX("show", path, "www", "--section", "ext"), 0, "www.example.com");
}

static void of_several_keys_one_is_named_or_all_are_taken(void **state)
{
    (void)state;
    const char *from = with_keys("from.p12"), *path = in_dir("a.jks");
#define FROM(...)                                                                                  \
    KSX("import", path, "--type", "jks", "--key", from, "--in-pass", "env:KSX_P", __VA_ARGS__)
    assert_says(FROM("-n"), 2, "there are 2 private keys");
    assert_says(FROM("--entry", "none"), 2, "there is no key pair none");
    assert_says(FROM("--entry", "mail"), 0, "+ mail");
    assert_says(FROM("--all"), 6, "there is an entry mail");
    assert_says(FROM("--all", "--alias", "x"), 2, "--alias is for one key pair");
    assert_says(FROM("--all", "--clash", "rename"), 0, "mail-2");
}

/* ---- trusted certificates ---- */

static void nothing_is_trusted_without_its_fingerprint(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = in_dir("t.p12");
    assert_says(KSX("import", path, "--cert", p.root), 6, "nobody has confirmed its SHA-256");
    assert_says(KSX("import", path, "--cert", p.root, "-n"), 6, "nobody has confirmed its SHA-256");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_says(KSX("import", path, "--cert", p.root, "--fingerprint", "00"), 2, "64 hexadecimal");
    assert_says(KSX("import", path, "--cert", p.root, "--fingerprint",
                    "0000000000000000000000000000000000000000000000000000000000000000"),
                6, "no certificate that was given has the SHA-256");
    assert_says(KSX("import", path, "--cert", p.root, "--yes", "--alias", "corp"), 0, "+ corp");
    assert_says(KSX("import", path, "--cert", p.root, "--yes"), 0, "is here already, as corp");
}

static void a_fingerprint_picks_the_certificate(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = in_dir("t.p12");
    struct ks_store *s = open_file(p.root);
    struct ks_buf print = KS_BUF_INIT;
    uint8_t sha256[32];
    ks_cert_sha256(&ks_store_entry(s, 0)->chain[0], sha256);
    ks_buf_str(&print, "SHA256:");
    for (size_t i = 0; i < sizeof sha256; i++)
        ks_buf_printf(&print, "%s%02X", i ? ":" : " ", sha256[i]);
    ks_store_free(s);
    assert_says(KSX("import", path, "--cert", p.issuer, "--cert", p.root), 2,
                "there are 2 certificates");
    char *listed = ks_asprintf("Root: SHA-256 %s", strchr(ks_buf_text(&print), ' ') + 1);
    assert_says(KSX("import", path, "--cert", p.issuer, "--cert", p.root), 2, listed);
    free(listed);
    assert_says(KSX("import", path, "--cert", p.issuer, "--cert", p.root, "--fingerprint",
                    ks_buf_text(&print)),
                0, "+ root");
    assert_int_equal(chain_of(path, "root"), 1);
    ks_buf_free(&print);
}

static void a_leaf_of_a_key_pair_is_pointed_to_reply(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = with_keys("a.p12");
    assert_says(KSX("import", path, "--cert", p.web, "--yes"), 6, "--reply imports it");
}

/* ---- what makes no sense ---- */

static void what_is_to_be_imported_must_be_said(void **state)
{
    (void)state;
    struct pki p = new_pki();
    const char *path = with_keys("a.p12");
    assert_says(KSX("import", path), 2, "what is to be imported");
    assert_says(KSX("import", path, "--reply", p.web, "--cert", p.root), 2, "--reply goes with");
    assert_says(KSX("import", path, "--reply", in_dir("none.pem")), 3, "no such file");
}

/* A key whose point is compressed, which OpenSSL reads and Java does not. */
static const char *compressed_key_file(const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed"), 1);
    const char *path = in_dir(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(f), 0);
    EVP_PKEY_free(key);
    return path;
}

static void what_java_refuses_is_imported_on_purpose_only(void **state)
{
    (void)state;
    static const char why[] = "Java refuses the whole file because of its certificate: the point";
    char *key = ks_strdup(compressed_key_file("c.pem")), *path = ks_strdup(in_dir("a.p12"));
#define IMPORT(...)                                                                                \
    KSX("import", path, "--key", key, "--self-signed", "--dn", "CN=c", "--use", "client",          \
        "--alias", "c", __VA_ARGS__)
    assert_says(IMPORT("-n"), 6, why);
    assert_says(IMPORT("--quiet"), 6, why);
    assert_string_equal(listing(), "c.pem");
    assert_says(IMPORT("--type", "jks"), 6, "--force writes it all the same");
    struct run r = IMPORT("--type", "bks");
    assert_null(strstr(r.out, "Java refuses"));
    assert_says(r, 0, "is written");
    assert_says(KSX("convert", path, "--to", "jks", "-o", in_dir("c.jks")), 6, why);
    assert_int_equal(unlink(path), 0);
    assert_says(IMPORT("--force"), 0, why);
    /* what is there already is no reason to leave the rest as it is */
    assert_says(KSX("rename", path, "c", "d"), 0, why);
    free(key);
    free(path);
#undef IMPORT
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        TEST(a_reply_finds_its_entry),
        TEST(further_words_are_files_of_the_last_option),
        TEST(a_reply_of_another_entry_names_it),
        TEST(a_gap_is_refused_unless_it_is_allowed),
        TEST(a_reply_is_read_from_standard_input),
        TEST(json_tells_the_chain),
        TEST(an_encrypted_key_takes_its_password_from_the_option),
        TEST(a_key_whose_chain_has_a_gap_is_completed_or_refused),
        TEST(a_key_without_a_certificate_needs_one),
        TEST(of_several_keys_one_is_named_or_all_are_taken),
        TEST(nothing_is_trusted_without_its_fingerprint),
        TEST(a_fingerprint_picks_the_certificate),
        TEST(a_leaf_of_a_key_pair_is_pointed_to_reply),
        TEST(what_is_to_be_imported_must_be_said),
        TEST(what_java_refuses_is_imported_on_purpose_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
