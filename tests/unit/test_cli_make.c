/* gen, csr, sign and renew, as a user runs them. */
#include "saving.h"

#include "x509/cert.h"

#include <jansson.h>
#include <openssl/pem.h>

static const char *const changeit[] = {"KSX_P=changeit", NULL};
static const struct run_options with_password = {.env = changeit};

#define KSX(...) RUN_WITH(&with_password, KSX_PROGRAM, __VA_ARGS__, "--pass", "env:KSX_P")

static void assert_says(struct run r, int exit, const char *words)
{
    if (!strstr(r.err, words) && !strstr(r.out, words))
        fail_msg("not said: %s\n%s%s", words, r.out, r.err);
    if (r.exit != exit)
        fail_msg("ended with %d, not %d\n%s%s", r.exit, exit, r.out, r.err);
    run_free(&r);
}

/* A keystore with the pair of a CA, quick to make. */
static const char *with_ca(const char *name)
{
    const char *path = in_dir(name);
    assert_says(
        KSX("gen", path, "--alias", "ca", "--alg", "ec:p-256", "--dn", "CN=Root", "--use", "ca"), 0,
        "is written: 1 entry");
    return path;
}

static void add_server(const char *path)
{
    assert_says(KSX("gen", path, "--alias", "web", "--alg", "ec:p-256", "--dn",
                    "CN=www.example.com", "--signer", "ca"),
                0, "chain of 2");
}

static void gen_makes_the_keystore_that_is_not_there(void **state)
{
    (void)state;
    const char *path = with_ca("new.p12");
    assert_int_equal(mode_of(path), 0600);
    add_server(path);
    struct ks_store *s = open_file(path);
    assert_string_equal(s->format->name, "PKCS12");
    assert_int_equal(ks_store_count(s), 2);
    assert_int_equal(ks_store_entry(s, 1)->chain_len, 2);
    ks_store_free(s);
    path = in_dir("new.jks");
    assert_says(
        KSX("gen", path, "--type", "jks", "--alias", "A", "--alg", "ec:p-256", "--dn", "CN=a"), 0,
        "stored as a");
    s = open_file(path);
    assert_string_equal(s->format->name, "JKS");
    ks_store_free(s);
}

static void a_dry_run_writes_nothing(void **state)
{
    (void)state;
    const char *path = in_dir("new.p12");
    assert_says(KSX("gen", path, "--alias", "a", "--alg", "ec:p-256", "--dn", "CN=a", "-n"), 0,
                "nothing was written: this is a dry run");
    assert_string_equal(listing(), "");
    path = with_ca("ca.p12");
    assert_says(KSX("csr", path, "ca", "-o", in_dir("ca.csr"), "-n"), 0,
                "would be written: the request");
    assert_says(KSX("renew", path, "ca", "-n"), 0, "keytool -selfcert");
    assert_string_equal(listing(), "ca.p12");
}

static void the_common_name_of_a_server_is_among_its_names(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value;
        const char *names;
    } cases[] = {{"--use", "server", "dns:www.example.com"},
                 {"--san", "10.0.0.1", "ip:10.0.0.1"},
                 {"--use", "client", NULL},
                 {"--no-cn-san", "--quiet", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%zu.p12", i);
        const char *path = in_dir(name);
        struct run r = KSX("gen", path, "--alias", "a", "--alg", "ec:p-256", "--dn",
                           "CN=www.example.com", cases[i].option, cases[i].value);
        assert_int_equal(r.exit, 0);
        run_free(&r);
        struct ks_store *s = open_file(path);
        struct ks_buf names = KS_BUF_INIT;
        ks_cert_san(&ks_store_entry(s, 0)->chain[0], &names);
        size_t len = strcspn(ks_buf_text(&names), "\n");
        assert_int_equal(len, cases[i].names ? strlen(cases[i].names) : 0);
        if (cases[i].names)
            assert_memory_equal(ks_buf_text(&names), cases[i].names, len);
        ks_buf_free(&names);
        ks_store_free(s);
    }
}

static void what_is_wrong_is_said_with_the_option(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value, *words;
        int exit;
    } cases[] = {
        {"--san", "ip:300.1.1.1", "--san ip:300.1.1.1: not an IPv4 address", 2},
        {"--eku", "nonsense", "--eku: 'nonsense' is no extended key usage", 2},
        {"--ku", "digitalSignature,nonsense", "--ku: nonsense is no key usage", 2},
        {"--alg", "rsa:777", "--alg does not take 'rsa:777'", 2},
        {"--use", "nonsense", "--use does not take 'nonsense'", 2},
        {"--days", "0", "--days: a validity of 0 days", 2},
        {"--until", "1999-01-01", "before the beginning", 2},
        {"--from", "yesterday", "--from: yesterday is no date", 2},
        {"--path-len", "1", "--path-len is for a CA", 2},
        {"--sig", "SHA256withRSA", "SHA256withRSA", 2},
        {"--signer", "nobody", "there is no entry nobody", 2},
        {"--signer", "web", "web cannot sign certificates", 6},
        {"--type", "jks", "is there already: --type is for a new file", 2},
        {"--new-pass", "env:KSX_P", "--pass says where its password comes from", 2},
    };
    const char *path = with_ca("ca.p12");
    add_server(path);
    struct ks_buf before = read_file(path);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_says(KSX("gen", path, "--alias", "new", "--dn", "CN=new", "--alg", "ec:p-256",
                        cases[i].option, cases[i].value),
                    cases[i].exit, cases[i].words);
    assert_says(KSX("gen", path, "--alias", "web", "--dn", "CN=new"), 6,
                "web is taken: there is an entry web");
    assert_says(KSX("gen", path, "--alias", "new", "--dn", "CN=a,C=USA"), 2, "--dn: C is two");
    assert_says(KSX("gen", path, "--dn", "CN=a"), 2, "--alias");
    assert_says(KSX("gen", path, "--alias", "a"), 2, "--dn");
    struct ks_buf after = read_file(path);
    assert_true(ks_slice_equal(slice_of(&before), slice_of(&after)));
    ks_buf_free(&before);
    ks_buf_free(&after);
}

static void a_ca_may_be_in_another_keystore(void **state)
{
    (void)state;
    const char *ca = with_ca("ca.p12");
    char signer[256];
    (void)snprintf(signer, sizeof signer, "%s:ca", ca);
    assert_says(KSX("gen", in_dir("web.p12"), "--alias", "web", "--alg", "ec:p-256", "--dn",
                    "CN=web", "--signer", signer),
                0, "chain of 2");
}

static void a_request_is_shown_and_never_over_a_file(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    add_server(path);
    char *out = ks_strdup(in_dir("web.csr"));
    assert_says(KSX("csr", path, "web", "-o", out), 0, "its own signature verifies");
    assert_int_equal(mode_of(out), 0644);
    struct ks_buf before = read_file(out);
    assert_says(KSX("csr", path, "web", "-o", out), 6, "--force to replace it");
    assert_says(KSX("csr", path, "web", "-o", path, "--force"), 6, "it is the keystore itself");
    struct ks_buf after = read_file(out);
    assert_true(ks_slice_equal(slice_of(&before), slice_of(&after)));
    assert_says(KSX("csr", path, "web", "-o", out, "--force", "--format", "der"), 0, "is written");
    assert_says(KSX("csr", path, "web"), 2, "-o");
    struct run r = KSX("csr", path, "web", "-o", "-");
    assert_int_equal(strncmp(r.out, "-----BEGIN CERTIFICATE REQUEST-----\n", 36), 0);
    run_free(&r);
    ks_buf_free(&before);
    ks_buf_free(&after);
    free(out);
}

static void a_request_takes_over_what_it_is_not_told(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    add_server(path);
    assert_says(KSX("csr", path, "web", "-o", in_dir("1.csr")), 0, "dns:www.example.com");
    struct run r = KSX("csr", path, "web", "-o", in_dir("2.csr"), "--no-copy");
    assert_int_equal(r.exit, 0);
    assert_null(strstr(r.out, "dns:www.example.com"));
    run_free(&r);
    assert_says(KSX("csr", path, "web", "-o", in_dir("3.csr"), "--san", "a.b", "--dn", "CN=c"), 0,
                "dns:a.b");
    assert_says(KSX("csr", path, "web", "-o", in_dir("4.csr"), "--challenge", "x"), 0,
                "challenge password in clear text");
}

static void a_request_is_signed_with_its_chain(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    add_server(path);
    char *csr = ks_strdup(in_dir("web.csr")), *out = ks_strdup(in_dir("web.pem"));
    assert_says(KSX("csr", path, "web", "-o", csr), 0, "is written");
    assert_says(KSX("sign", path, "ca", "--csr", csr, "-o", out, "--chain", "--days", "900"), 0,
                "valid for 900 days");
    struct ks_store *s = open_file(out);
    assert_int_equal(ks_store_count(s), 2);
    ks_store_free(s);
    assert_says(KSX("sign", path, "web", "--csr", csr, "-o", in_dir("x")), 6, "cannot sign");
    assert_says(KSX("sign", path, "ca", "--csr", path, "-o", in_dir("x")), 3, "no certificate req");
    assert_says(KSX("sign", path, "ca", "-o", in_dir("x")), 2, "--csr");
    free(csr);
    free(out);
}

static void a_request_to_be_a_ca_is_granted_on_purpose_only(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    char *csr = ks_strdup(in_dir("ca.csr"));
    assert_says(KSX("csr", path, "ca", "-o", csr), 0, "is written");
    assert_says(KSX("sign", path, "ca", "--csr", csr, "-o", in_dir("x.pem")), 6, "asks to be a CA");
    assert_says(KSX("sign", path, "ca", "--csr", csr, "-o", in_dir("y.pem"), "--use", "server"), 0,
                "CA:no");
    assert_says(KSX("sign", path, "ca", "--csr", csr, "-o", in_dir("z.pem"), "--use", "ca"), 0,
                "CA:yes");
    assert_null(strstr(listing(), "x.pem"));
    free(csr);
}

/* One Java refuses the keystore for. */
static void a_certificate_without_a_subject_needs_names(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
#define GEN(...) KSX("gen", path, "--alias", "q", "--alg", "ec:p-256", "--dn", "", __VA_ARGS__)
    assert_says(GEN("--use", "client", "--signer", "ca"), 6, "its subject would be empty");
    assert_says(GEN("--use", "ca", "--signer", "ca", "--san", "a.example.com"), 6, "that of a CA");
    assert_says(GEN("--san", "a.example.com"), 6, "so would be its issuer");
    assert_says(GEN("--signer", "ca", "--san", "a.example.com"), 0, "is written: 2 entries");
#undef GEN
    struct ks_store *s = open_file(path);
    assert_null(ks_cert_java_refusal(&ks_store_entry(s, 1)->chain[0]));
    ks_store_free(s);
    char *csr = ks_strdup(in_dir("q.csr"));
    assert_says(KSX("csr", path, "q", "--no-copy", "-o", csr), 0, "is written");
    assert_says(KSX("sign", path, "ca", "--csr", csr, "-o", in_dir("q.pem")), 6,
                "its subject would be empty");
    free(csr);
}

static void a_request_that_java_refuses_is_signed_on_purpose_only(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    char *csr = ks_strdup(in_dir("c.csr")), *out = ks_strdup(in_dir("c.pem"));
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed"), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN",
                                                MBSTRING_ASC, (const uint8_t *)"c", -1, -1, 0),
                     1);
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    FILE *f = fopen(csr, "wb");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509_REQ(f, request), 1);
    assert_int_equal(fclose(f), 0);
    assert_says(KSX("sign", path, "ca", "--csr", csr, "-o", out), 6, "Java refuses the cert");
    assert_string_equal(listing(), "c.csr ca.p12");
    assert_says(KSX("sign", path, "ca", "--csr", csr, "-o", out, "--force"), 0, "is written");
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    free(csr);
    free(out);
}

/* Names that differ in case are two in a BKS, and one in a JKS. */
static void what_is_shown_is_what_was_made(void **state)
{
    (void)state;
    const char *path = in_dir("b.bks");
#define GEN(alias, dn, ...)                                                                        \
    KSX("gen", path, "--alias", alias, "--alg", "ec:p-256", "--dn", dn, "--use", "client",         \
        __VA_ARGS__)
    assert_says(GEN("foo", "CN=first", "--type", "bks"), 0, "Subject    CN=first");
    struct run r = GEN("FOO", "CN=second", "--json");
    json_t *o = json_loads(r.out, 0, NULL);
    const json_t *made = json_object_get(o, "certificate");
    assert_string_equal(json_string_value(json_object_get(made, "alias")), "FOO");
    json_decref(o);
    run_free(&r);
    assert_says(KSX("renew", path, "FOO", "-n"), 0, "Subject    CN=second");
    path = in_dir("b.jks");
    assert_says(GEN("Server-A", "CN=third", "--type", "jks"), 0, "Subject    CN=third");
#undef GEN
}

static void usages_that_contradict_are_warned_of(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    static const char *const cases[][6] = {
        {"ec:p-256", "server", "--ku", "keyCertSign", "keyCertSign is for a CA"},
        {"ec:p-256", "ca", "--ku", "digitalSignature", "leaves out keyCertSign"},
        {"ec:p-256", "server", "--ku", "keyEncipherment", "only RSA keys can encipher"},
        {"ed25519", "client", "--ku", "encipherOnly", "mean something with keyAgreement only"},
        {"rsa:2048", "client", "--ku", "keyAgreement", "cannot do that"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_says(KSX("gen", path, "--alias", "x", "--dn", "CN=x", "--alg", cases[i][0], "--use",
                        cases[i][1], cases[i][2], cases[i][3], "-n"),
                    0, cases[i][4]);
    struct run r = KSX("gen", path, "--alias", "x", "--dn", "CN=x", "--alg", "ec:p-256", "--ku",
                       "keyAgreement,encipherOnly", "-n");
    assert_null(strstr(r.out, "! the certificate"));
    assert_says(r, 0, "dry run");
}

static void renew_keeps_the_key_unless_told(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    add_server(path);
    assert_says(KSX("renew", path, "web"), 6, "signed by Root");
    assert_says(
        KSX("gen", path, "--alias", "else", "--alg", "ec:p-256", "--dn", "CN=Else", "--use", "ca"),
        0, "is written");
    assert_says(KSX("renew", path, "web", "--signer", "else", "-n"), 0,
                "! the issuer of web changes from Root to Else");
    assert_says(KSX("delete", path, "else"), 0, "is written");
    struct run r = KSX("renew", path, "web", "--signer", "ca", "--days", "30");
    assert_null(strstr(r.out, "! the issuer"));
    assert_says(r, 0, "is written");
    assert_says(KSX("renew", path, "web", "--alg", "ed25519"), 2, "add --new-key");
    assert_says(KSX("renew", path, "ca", "--new-key", "--alias", "ca-2"), 0, "key pair");
    struct ks_store *s = open_file(path);
    assert_int_equal(ks_store_count(s), 3);
    const struct ks_cert *web = &ks_store_entry(s, 1)->chain[0];
    assert_int_equal(web->not_after + 1 - web->not_before, 30 * (int64_t)KS_DAY);
    ks_store_free(s);
}

static void commands_say_what_a_password_is_before_they_use_it(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    add_server(path);
    struct run r =
        KSX("renew", path, "web", "--signer", "ca", "--new-key", "--alg", "ec:p-256", "-n");
    const char *said = strstr(r.out, "# STOREPASS"), *deleted = strstr(r.out, "keytool -delete");
    const char *made = strstr(r.out, "keytool -genkeypair");
    assert_int_equal(r.exit, 0);
    assert_true(said && deleted && made && said < deleted && deleted < made);
    run_free(&r);
    r = KSX("delete", path, "web", "web", "-n");
    deleted = strstr(r.out, "keytool -delete");
    assert_int_equal(r.exit, 0);
    assert_non_null(deleted);
    assert_null(strstr(deleted + 1, "keytool -delete")); /* named twice, it is one entry */
    run_free(&r);
}

static void a_review_says_what_is_new_about_the_certificate(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    assert_says(KSX("gen", path, "--alias", "a", "--alg", "ec:p-256", "--dn", "CN=a.example.com",
                    "--san", "b.example.com", "--san", "a.example.com", "--signer", "ca"),
                0, "Names      dns:b.example.com, dns:a.example.com");
    struct run r = KSX("renew", path, "a", "--signer", "ca", "--until", "2060-05-06", "-n");
    assert_int_equal(r.exit, 0);
    const char *before = strstr(r.out, "BEFORE"), *after = strstr(r.out, "AFTER");
    assert_non_null(before);
    assert_non_null(after);
    assert_true(strstr(before, ", by Root, SHA-256 ") < after);
    assert_true(strstr(before, " .. 2060-05-06, by Root, SHA-256 ") > after);
    run_free(&r);
}

static void json_has_the_plan_and_the_commands(void **state)
{
    (void)state;
    const char *path = with_ca("ca.p12");
    struct run r = KSX("gen", path, "--alias", "web", "--alg", "ec:p-256", "--dn", "CN=web",
                       "--dry-run", "--json");
    json_t *o = json_loads(r.out, 0, NULL);
    assert_int_equal(r.exit, 0);
    assert_non_null(o);
    assert_int_equal(json_array_size(json_object_get(o, "plan")), 1);
    assert_true(json_array_size(json_object_get(o, "commands")) > 0);
    const json_t *chain = json_object_get(json_object_get(o, "certificate"), "chain");
    const json_t *names = json_object_get(json_array_get(chain, 0), "names");
    assert_string_equal(json_string_value(json_array_get(names, 0)), "dns:web");
    assert_true(json_is_false(json_object_get(o, "written")));
    assert_null(strstr(r.out, "changeit"));
    json_decref(o);
    run_free(&r);
    r = KSX("csr", path, "ca", "-o", in_dir("ca.csr"), "--json");
    o = json_loads(r.out, 0, NULL);
    assert_non_null(o);
    const json_t *request = json_object_get(json_object_get(o, "request"), "request");
    assert_true(json_is_true(json_object_get(request, "verifies")));
    assert_true(json_is_true(json_object_get(o, "written")));
    json_decref(o);
    run_free(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(gen_makes_the_keystore_that_is_not_there),
        TEST(a_dry_run_writes_nothing),
        TEST(the_common_name_of_a_server_is_among_its_names),
        TEST(what_is_wrong_is_said_with_the_option),
        TEST(a_ca_may_be_in_another_keystore),
        TEST(a_request_is_shown_and_never_over_a_file),
        TEST(a_request_takes_over_what_it_is_not_told),
        TEST(a_request_is_signed_with_its_chain),
        TEST(a_request_to_be_a_ca_is_granted_on_purpose_only),
        TEST(a_certificate_without_a_subject_needs_names),
        TEST(a_request_that_java_refuses_is_signed_on_purpose_only),
        TEST(what_is_shown_is_what_was_made),
        TEST(usages_that_contradict_are_warned_of),
        TEST(renew_keeps_the_key_unless_told),
        TEST(commands_say_what_a_password_is_before_they_use_it),
        TEST(a_review_says_what_is_new_about_the_certificate),
        TEST(json_has_the_plan_and_the_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
