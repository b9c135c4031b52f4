/* ksx prove, as a user runs it. */
#include "make_cert.h"
#include "run.h"

#include <fcntl.h>
#include <jansson.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#define HOST "www.example.test"
#define AT "--at", "2026-03-01"
#define PASS "--pass", "env:KSX_P"

static const char *const secret[] = {"KSX_P=changeit", NULL};
static const struct run_options with_password = {.env = secret};

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void expect(struct run r, int exit, const char *part)
{
    if (r.exit != exit || (!has(r.out, part) && !has(r.err, part)))
        fail_msg("%d instead of %d, or not \"%s\":\n%s%s", r.exit, exit, part, r.out, r.err);
    run_free(&r);
}

/* ---- files ---- */

static char dir[] = "cli_prove.XXXXXX", paths[7][64];
enum { CHAIN, ROOT, OTHER, PAIR, P12, TURNED, INNER };

static X509 *certificate(const struct make_cert *m)
{
    struct ks_blob *der = make_cert(m);
    const unsigned char *at = der->data;
    X509 *x = d2i_X509(NULL, &at, (long)der->len);
    assert_non_null(x);
    ks_blob_unref(der);
    return x;
}

static void write_pem(int file, X509 *const *certs, size_t count, EVP_PKEY *key)
{
    FILE *f = fopen(paths[file], "w");
    assert_non_null(f);
    for (size_t i = 0; i < count; i++)
        assert_true(PEM_write_X509(f, certs[i]));
    if (key)
        assert_true(PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL));
    assert_int_equal(fclose(f), 0);
}

/* One private key with its issuer, without the root. */
static void write_p12(X509 *leaf, X509 *issuer)
{
    STACK_OF(X509) *rest = sk_X509_new_null();
    assert_true(sk_X509_push(rest, issuer));
    PKCS12 *p12 = PKCS12_create("changeit", "server", make_key(HOST), leaf, rest, NID_aes_256_cbc,
                                NID_aes_256_cbc, 1, 1, 0);
    assert_non_null(p12);
    FILE *f = fopen(paths[P12], "wb");
    assert_true(f && i2d_PKCS12_fp(f, p12));
    assert_int_equal(fclose(f), 0);
    PKCS12_free(p12);
    sk_X509_free(rest);
}

static int make_files(void **state)
{
    static const char *const names[] = {"chain.pem", "root.pem",   "other.pem", "pair.pem",
                                        "s.p12",     "turned.pem", "inner.pem"};
    (void)state;
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < 7; i++)
        (void)snprintf(paths[i], sizeof paths[i], "%s/%s", dir, names[i]);
    X509 *chain[] = {
        certificate(&(struct make_cert){.cn = HOST, .issuer = "issuing", .san = "DNS:" HOST}),
        certificate(&(struct make_cert){.cn = "issuing", .issuer = "root", .ca = true})};
    X509 *root = certificate(&(struct make_cert){.cn = "root", .ca = true});
    X509 *other = certificate(&(struct make_cert){.cn = "other", .ca = true});
    write_pem(CHAIN, chain, 2, NULL);
    write_pem(ROOT, &root, 1, NULL);
    write_pem(OTHER, &other, 1, NULL);
    write_pem(PAIR, chain, 1, make_key("another key"));
    X509 *turned[] = {chain[1], chain[0]};
    write_pem(TURNED, turned, 2, make_key(HOST));
    write_pem(INNER, turned, 1, NULL);
    write_p12(chain[0], chain[1]);
    X509_free(chain[0]);
    X509_free(chain[1]);
    X509_free(root);
    X509_free(other);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < 7; i++)
        (void)unlink(paths[i]);
    return rmdir(dir);
}

#define PROVE(...) RUN_WITH(&with_password, KSX_PROGRAM, "prove", __VA_ARGS__, AT, "--utf8")

/* ---- a key entry ---- */

static void a_key_entry_is_proven_with_a_handshake(void **state)
{
    (void)state;
    struct run r = PROVE(paths[P12], "server", PASS, "--trust", paths[ROOT], "--host", HOST);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "✓ private key"));
    assert_true(has(r.out, "✓ Java            accepted: anchored at 'root'"));
    assert_true(has(r.out, "✓ handshake       TLSv1.3, TLS_"));
    assert_true(has(r.out, "1 by trusted"));
    assert_true(has(r.out, "\nproven: clients that trust "));
    run_free(&r);
}

static void the_alias_may_be_left_out_when_there_is_one_key(void **state)
{
    (void)state;
    expect(PROVE(paths[P12], PASS, "--trust", paths[ROOT]), 0, "proven: clients");
}

static void what_is_not_proven_ends_with_1(void **state)
{
    (void)state;
    struct run r = PROVE(paths[P12], "server", PASS, "--trust", paths[OTHER], "--host", HOST);
    assert_int_equal(r.exit, 1);
    assert_true(has(r.out, "✗ Java            PKIX path building failed: "));
    assert_true(has(r.out, "✗ handshake       the client refused: certificate verify failed"));
    assert_true(has(r.out, "client        certificate verify failed"));
    assert_true(has(r.out, "\nnot proven: OpenSSL: "));
    run_free(&r);
}

static void another_host_is_not_proven(void **state)
{
    (void)state;
    expect(PROVE(paths[P12], PASS, "--trust", paths[ROOT], "--host", "a.example.test"), 1,
           "✗ host name       none of its alternative names is a.example.test");
}

static void a_key_that_does_not_belong_is_noticed(void **state)
{
    (void)state;
    expect(PROVE(paths[PAIR], "--trust", paths[ROOT]), 1,
           "✗ private key     it is not the key of the certificate");
}

/* nginx and OpenSSL send a file as it stands. */
static void a_file_is_sent_in_its_order(void **state)
{
    (void)state;
    struct run r = PROVE(paths[TURNED], "--trust", paths[ROOT], "--host", HOST);
    assert_int_equal(r.exit, 1);
    assert_true(has(r.out, "  0 CN=issuing"));
    assert_true(has(r.out, "key values mismatch"));
    assert_true(has(r.out, "\nnot proven: the private key: "));
    run_free(&r);
}

static void without_a_truststore_a_chain_without_root_is_not_proven(void **state)
{
    (void)state;
    expect(PROVE(paths[CHAIN]), 1, "not proven: there is nothing to judge by");
    expect(PROVE(paths[CHAIN]), 1, "\n--trust FILE says what the other side trusts.");
}

static void who_refuses_a_trusted_intermediate_is_said(void **state)
{
    (void)state;
    expect(PROVE(paths[CHAIN], "--trust", paths[INNER]), 0,
           "✗ OpenSSL, strict unable to get issuer certificate (error 2");
}

static void a_password_that_is_not_there_was_not_tried(void **state)
{
    (void)state;
    const char *sealed = paths[PAIR];
    FILE *f = fopen(sealed, "w");
    assert_true(f && PEM_write_PKCS8PrivateKey(f, make_key(HOST), EVP_aes_128_cbc(), "secret", 6,
                                               NULL, NULL));
    X509 *x = certificate(&(struct make_cert){.cn = HOST});
    assert_true(PEM_write_X509(f, x));
    X509_free(x);
    assert_int_equal(fclose(f), 0);
    struct run r = PROVE(sealed, "--key-pass", "env:KSX_NONE");
    assert_int_equal(r.exit, 4);
    assert_true(has(r.err, "was not read"));
    assert_false(has(r.err, "does not fit"));
    run_free(&r);
}

static void a_client_is_proven_to_a_server(void **state)
{
    (void)state;
    expect(PROVE(paths[P12], PASS, "--trust", paths[ROOT], "--client"), 0, "the server accepted");
}

static void the_time_may_be_given(void **state)
{
    (void)state;
    expect(RUN_WITH(&with_password, KSX_PROGRAM, "prove", paths[P12], PASS, "--trust", paths[ROOT],
                    "--at", "2031-01-01"),
           1, "certificate has expired");
}

static void quiet_says_the_verdict_alone(void **state)
{
    (void)state;
    struct run r = PROVE(paths[CHAIN], "--trust", paths[ROOT], "-q");
    assert_int_equal(r.exit, 0);
    assert_true(strncmp(r.out, "proven: ", 8) == 0);
    assert_ptr_equal(strchr(r.out, '\n'), r.out + r.out_len - 1);
    run_free(&r);
}

/* ---- a chain in a file ---- */

static void a_chain_is_held_against_a_truststore(void **state)
{
    (void)state;
    struct run r = PROVE(paths[CHAIN], "--trust", paths[ROOT], "--host", HOST);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "accepted: anchored at 'root'"));
    assert_true(has(r.out, "the private key was not tried"));
    assert_false(has(r.out, "handshake"));
    run_free(&r);
}

static void the_truststore_has_a_password_of_its_own(void **state)
{
    (void)state;
    expect(PROVE(paths[CHAIN], "--trust", paths[P12], "--trust-pass", "env:KSX_P"), 0,
           "accepted: anchored at 'server'");
    expect(PROVE(paths[CHAIN], "--trust", paths[P12], "--trust-pass", "env:KSX_NONE"), 4, "");
}

static void json_has_it_all(void **state)
{
    (void)state;
    json_error_t error;
    struct run r = PROVE(paths[P12], "server", PASS, "--trust", paths[ROOT], "--json");
    json_t *o = json_loadb(r.out, r.out_len, JSON_REJECT_DUPLICATES, &error);
    if (!o)
        fail_msg("%s: %s", error.text, r.out);
    const json_t *java = json_object_get(o, "java");
    const json_t *handshake = json_object_get(o, "handshake");
    assert_true(json_is_true(json_object_get(o, "proven")));
    assert_true(json_is_true(json_object_get(java, "accepted")));
    assert_string_equal(json_string_value(json_object_get(java, "anchor")), "root");
    assert_string_equal(json_string_value(json_object_get(handshake, "protocol")), "TLSv1.3");
    assert_int_equal(json_array_size(json_object_get(o, "chain")), 2);
    const json_t *link = json_array_get(json_object_get(o, "links"), 1);
    assert_string_equal(json_string_value(json_object_get(link, "issuer")), "trusted");
    assert_true(json_is_true(json_object_get(link, "namesEqual")));
    assert_string_equal(json_string_value(json_object_get(link, "keyIds")), "equal");
    assert_non_null(json_object_get(o, "privateKey"));
    assert_non_null(json_object_get(o, "opensslStrict"));
    json_decref(o);
    run_free(&r);
}

/* ---- what makes no sense ---- */

static void the_command_line_must_make_sense(void **state)
{
    (void)state;
    expect(PROVE(paths[P12], "nobody", PASS), 2, "there is no entry nobody");
    expect(PROVE(paths[P12], PASS, "--host", "a", "--host", "b"), 2, "--host is given once");
    expect(PROVE(paths[P12], PASS, "--host", "a b"), 2, "--host: a b is a blank in a host name");
    expect(PROVE(paths[P12], PASS, "--host", "a", "--client"), 2, "exclude each other");
    expect(PROVE("no-such-file"), 3, "no-such-file");
    expect(PROVE(paths[CHAIN], "--trust", "no-such-file"), 3, "no-such-file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_entry_is_proven_with_a_handshake),
        cmocka_unit_test(the_alias_may_be_left_out_when_there_is_one_key),
        cmocka_unit_test(what_is_not_proven_ends_with_1),
        cmocka_unit_test(another_host_is_not_proven),
        cmocka_unit_test(a_key_that_does_not_belong_is_noticed),
        cmocka_unit_test(a_file_is_sent_in_its_order),
        cmocka_unit_test(without_a_truststore_a_chain_without_root_is_not_proven),
        cmocka_unit_test(who_refuses_a_trusted_intermediate_is_said),
        cmocka_unit_test(a_password_that_is_not_there_was_not_tried),
        cmocka_unit_test(a_client_is_proven_to_a_server),
        cmocka_unit_test(the_time_may_be_given),
        cmocka_unit_test(quiet_says_the_verdict_alone),
        cmocka_unit_test(a_chain_is_held_against_a_truststore),
        cmocka_unit_test(the_truststore_has_a_password_of_its_own),
        cmocka_unit_test(json_has_it_all),
        cmocka_unit_test(the_command_line_must_make_sense),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
