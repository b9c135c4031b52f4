/* Proofs: each link, OpenSSL's opinion, Java's, and a handshake in memory. */
#include "make_cert.h"

#include "base/secret.h"
#include "doctor/prove.h"
#include "format/format.h"

#include <openssl/err.h>

#define HOST "www.example.test"

/* ---- what is proven ---- */

static struct ks_blob *ders[16];
static struct ks_cert certs[16];
static const struct ks_cert *chain[16];
static size_t count;
static struct ks_store *trust;
static struct ks_material key;
static struct ks_proof proof;

static int begin(void **state)
{
    (void)state;
    count = 0;
    trust = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    ks_proof_drop(&proof);
    ks_material_drop(&key);
    ks_store_free(trust);
    for (size_t i = 0; i < count; i++)
        ks_blob_unref(ders[i]);
    assert_int_equal(ERR_peek_error(), 0);
    return 0;
}

static void put(const struct make_cert *m)
{
    ders[count] = make_cert(m);
    assert_true(ks_cert_skim(ks_blob_slice(ders[count]), &certs[count]));
    chain[count] = &certs[count];
    count++;
}
#define PUT(...) put(&(struct make_cert){__VA_ARGS__})
#define LEAF .cn = HOST, .issuer = "issuing", .san = "DNS:" HOST
#define ISSUING .cn = "issuing", .issuer = "root", .ca = true
#define ROOT .cn = "root", .ca = true

static void put_chain(void)
{
    PUT(LEAF);
    PUT(ISSUING);
    PUT(ROOT);
}

static void use_key(const char *name)
{
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(make_key(name));
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_true(len > 0);
    ks_material_drop(&key);
    key =
        (struct ks_material){.type = KS_MATERIAL_PRIVATE, .bytes = ks_secret_new(der, (size_t)len)};
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
}

static void trust_in(const struct make_cert *m)
{
    ks_store_free(trust);
    trust = make_store("trust.jks", "JKS", 1,
                       make_entry(KS_KIND_TRUSTED, "anchor", 0, 1, make_cert(m)));
    trust->format = &ks_format_jks;
}

static const struct ks_proof *prove_as(const char *host, bool client)
{
    struct ks_error err = {0};
    struct ks_proof_args args = {.chain = chain,
                                 .count = count,
                                 .key = key.bytes ? &key : NULL,
                                 .trust = trust,
                                 .host = host,
                                 .client = client,
                                 .now = MAKE_NOW};
    ks_proof_drop(&proof);
    assert_int_equal(ks_prove(NULL, &args, NULL, &proof, &err), KS_OK);
    return &proof;
}

static void says(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text ? text : "(nothing)", part);
}

/* ---- what holds ---- */

static void a_good_chain_is_proven_by_everybody(void **state)
{
    (void)state;
    put_chain();
    use_key(HOST);
    const struct ks_proof *p = prove_as(HOST, false);
    if (!p->proven)
        fail_msg("%s", p->verdict);
    assert_int_equal(p->key.state, KS_PROOF_GOOD);
    assert_int_equal(p->host.state, KS_PROOF_GOOD);
    assert_int_equal(p->openssl.state, KS_PROOF_GOOD);
    assert_int_equal(p->openssl_lenient.state, KS_PROOF_GOOD);
    assert_int_equal(p->java.state, KS_PROOF_GOOD);
    assert_int_equal(p->handshake.state, KS_PROOF_GOOD);
    assert_string_equal(p->protocol, "TLSv1.3");
    says(p->handshake.text, "TLSv1.3, TLS_");
    says(p->verdict, "proven: clients that trust the root of the chain accept the chain for " HOST);
    assert_int_equal(p->sent, 3);
    assert_null(p->server_said);
    assert_null(p->client_said);
}

/* OpenSSL looks at no policy unless it is told to. */
static void what_java_was_not_asked_about_is_not_proven(void **state)
{
    (void)state;
    PUT(LEAF);
    PUT(ISSUING, .policies = "critical,requireExplicitPolicy:0");
    PUT(ROOT);
    use_key(HOST);
    const struct ks_proof *p = prove_as(HOST, false);
    assert_int_equal(p->openssl.state, KS_PROOF_GOOD);
    assert_int_equal(p->java.state, KS_PROOF_NOT_TRIED);
    says(p->java.text, "not judged: certificate policies");
    assert_false(p->proven);
    says(p->verdict, "not proven: Java: not judged: certificate policies");
}

static void each_link_is_told(void **state)
{
    (void)state;
    put_chain();
    const struct ks_proof *p = prove_as(HOST, false);
    assert_int_equal(p->link_count, 3);
    assert_int_equal(p->links[0].issuer, 1);
    assert_int_equal(p->links[1].issuer, 2);
    assert_int_equal(p->links[2].issuer, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_true(p->links[i].names_equal);
        assert_int_equal(p->links[i].ids, 1);
        assert_int_equal(p->links[i].signature, KS_VERDICT_GOOD);
    }
    says(p->links[0].text, "SHA256withECDSA verified with the key of issuing, CA:true until "
                           "2030-01-01");
}

static void issuers_out_of_order_are_found(void **state)
{
    (void)state;
    PUT(LEAF);
    PUT(ROOT);
    PUT(ISSUING);
    trust_in(&(struct make_cert){ROOT});
    const struct ks_proof *p = prove_as(HOST, false);
    assert_int_equal(p->links[0].issuer, 2);
    assert_int_equal(p->links[2].issuer, 1);
    assert_true(p->proven);
}

static void without_a_key_there_is_no_handshake(void **state)
{
    (void)state;
    put_chain();
    const struct ks_proof *p = prove_as(NULL, false);
    assert_true(p->proven);
    assert_int_equal(p->key.state, KS_PROOF_NOT_TRIED);
    assert_int_equal(p->handshake.state, KS_PROOF_NOT_TRIED);
    says(p->verdict, "the private key was not tried");
    says(p->host.text, "answers for " HOST);
}

static void the_issuer_of_the_last_one_may_be_in_the_truststore(void **state)
{
    (void)state;
    PUT(LEAF);
    PUT(ISSUING);
    use_key(HOST);
    trust_in(&(struct make_cert){ROOT});
    const struct ks_proof *p = prove_as(HOST, false);
    assert_true(p->proven);
    assert_true(p->links[1].issuer == SIZE_MAX);
    says(p->java.text, "anchored at 'anchor'");
    says(p->verdict, "that trust trust.jks accept");
}

static void keys_of_all_kinds_shake_hands(void **state)
{
    static const char *const keys[] = {"rsa2048", "ed25519"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        count = 0;
        PUT(LEAF, .key = make_key(keys[i]));
        PUT(ISSUING);
        trust_in(&(struct make_cert){ROOT});
        use_key(keys[i]);
        const struct ks_proof *p = prove_as(HOST, false);
        if (!p->proven)
            fail_msg("%s: %s", keys[i], p->verdict);
        ks_blob_unref(ders[0]);
        ks_blob_unref(ders[1]);
    }
    count = 0;
}

/* curl sets X509_V_FLAG_PARTIAL_CHAIN, "openssl verify" and Python do not. */
static void who_goes_up_to_a_root_refuses_a_trusted_intermediate(void **state)
{
    (void)state;
    PUT(LEAF);
    use_key(HOST);
    trust_in(&(struct make_cert){ISSUING});
    const struct ks_proof *p = prove_as(HOST, false);
    assert_int_equal(p->openssl.state, KS_PROOF_GOOD);
    assert_int_equal(p->openssl_strict.state, KS_PROOF_BAD);
    says(p->openssl_strict.text, "unable to get issuer certificate (error 2");
    says(p->verdict, "but openssl verify, Python and other clients that go up to a root refuse it: "
                     "unable to get issuer certificate");
    trust_in(&(struct make_cert){ROOT});
    PUT(ISSUING);
    assert_int_equal(prove_as(HOST, false)->openssl_strict.state, KS_PROOF_GOOD);
    assert_null(strstr(proof.verdict, "refuse"));
}

/* ---- what does not ---- */

static void a_chain_that_ends_before_a_root_takes_a_truststore(void **state)
{
    (void)state;
    PUT(LEAF);
    PUT(ISSUING);
    use_key(HOST);
    assert_false(prove_as(HOST, false)->proven);
    says(proof.verdict, "not proven: there is nothing to judge by");
    trust_in(&(struct make_cert){ROOT});
    assert_true(prove_as(HOST, false)->proven);
}

static void a_self_signed_certificate_is_called_so(void **state)
{
    (void)state;
    PUT(.cn = HOST, .san = "DNS:" HOST);
    use_key(HOST);
    const struct ks_proof *p = prove_as(HOST, false);
    assert_true(p->proven);
    says(p->verdict, "that trust this self-signed certificate itself accept");
}

static void an_issuer_does_not_come_first(void **state)
{
    (void)state;
    PUT(ISSUING);
    PUT(LEAF);
    trust_in(&(struct make_cert){ROOT});
    assert_false(prove_as(NULL, false)->proven);
    assert_int_equal(proof.order.state, KS_PROOF_BAD);
    says(proof.verdict, "not proven: the order: certificate 0 comes first and is the issuer of "
                        "certificate 1");
    use_key(HOST);
    assert_false(prove_as(HOST, false)->proven);
    says(proof.verdict, "key values mismatch");
}

static void a_missing_intermediate_is_said_in_everybodys_words(void **state)
{
    (void)state;
    PUT(LEAF);
    use_key(HOST);
    trust_in(&(struct make_cert){ROOT});
    const struct ks_proof *p = prove_as(HOST, false);
    assert_false(p->proven);
    says(p->openssl.text, "unable to get local issuer certificate");
    says(p->java.text, "PKIX path building failed");
    says(p->handshake.text, "the client refused: certificate verify failed: unable to get local "
                            "issuer certificate");
    says(p->client_said, "it sent the alert \"unknown CA\"");
    says(p->server_said, "tlsv1 alert unknown ca");
    says(p->verdict, "not proven");
}

static void a_key_of_another_certificate_is_noticed(void **state)
{
    (void)state;
    put_chain();
    use_key("another key");
    const struct ks_proof *p = prove_as(HOST, false);
    assert_false(p->proven);
    assert_int_equal(p->key.state, KS_PROOF_BAD);
    says(p->key.text, "not the key of the certificate");
    says(p->handshake.text, "does not start");
    use_key("rsa2048");
    says(prove_as(HOST, false)->key.text, "another type");
}

static void a_name_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    put_chain();
    use_key(HOST);
    const struct ks_proof *p = prove_as("other.example.test", false);
    assert_false(p->proven);
    assert_int_equal(p->host.state, KS_PROOF_BAD);
    says(p->openssl.text, "hostname mismatch");
    says(p->java.text, "No subject alternative DNS name matching other.example.test found.");
    says(p->handshake.text, "hostname mismatch");
}

static void the_common_name_alone_is_not_enough(void **state)
{
    (void)state;
    PUT(.cn = HOST, .issuer = "root");
    PUT(ROOT);
    const struct ks_proof *p = prove_as(HOST, false);
    assert_false(p->proven);
    assert_int_equal(p->java.state, KS_PROOF_GOOD);
    says(p->host.text, "only its common name");
}

/* OpenSSL's security level is what makes the difference. */
static void a_policy_is_told_from_a_fault(void **state)
{
    (void)state;
    PUT(LEAF, .key = make_key("rsa1024"));
    PUT(ISSUING);
    PUT(ROOT);
    use_key("rsa1024");
    const struct ks_proof *p = prove_as(HOST, false);
    assert_false(p->proven);
    assert_int_equal(p->openssl.state, KS_PROOF_BAD);
    says(p->openssl.text, "key too weak");
    assert_int_equal(p->openssl_lenient.state, KS_PROOF_GOOD);
    assert_int_equal(p->java.state, KS_PROOF_GOOD);
}

static void the_time_is_the_one_that_is_asked_about(void **state)
{
    (void)state;
    PUT(LEAF, .from = "2020-01-01", .to = "2021-01-01");
    PUT(ISSUING);
    PUT(ROOT);
    use_key(HOST);
    const struct ks_proof *p = prove_as(HOST, false);
    assert_false(p->proven);
    says(p->handshake.text, "certificate has expired");
    says(p->client_said, "certificate expired");
}

static void a_signature_by_another_key_is_a_bad_link(void **state)
{
    (void)state;
    PUT(LEAF, .signer = make_key("another key"), .no_ids = true);
    PUT(ISSUING);
    PUT(ROOT);
    const struct ks_proof *p = prove_as(HOST, false);
    assert_false(p->proven);
    assert_int_equal(p->links[0].signature, KS_VERDICT_BAD);
    says(p->verdict, "not proven: the signature of certificate 0");
    says(p->verdict, "NOT made by the key of issuing");
}

/* ---- clients ---- */

static void a_client_is_proven_to_a_server(void **state)
{
    (void)state;
    PUT(.cn = "client", .issuer = "issuing", .purpose = "clientAuth");
    PUT(ISSUING);
    use_key("client");
    trust_in(&(struct make_cert){ROOT});
    const struct ks_proof *p = prove_as(NULL, true);
    if (!p->proven)
        fail_msg("%s", p->verdict);
    says(p->handshake.text, "the server accepted");
    says(p->verdict, "proven: servers that trust trust.jks");
    assert_int_equal(p->host.state, KS_PROOF_NOT_TRIED);
}

static void a_server_certificate_does_not_make_a_client(void **state)
{
    (void)state;
    PUT(.cn = "client", .issuer = "issuing", .purpose = "serverAuth");
    PUT(ISSUING);
    use_key("client");
    trust_in(&(struct make_cert){ROOT});
    const struct ks_proof *p = prove_as(NULL, true);
    assert_false(p->proven);
    says(p->java.text, "TLS client authentication");
    says(p->handshake.text, "the server refused");
    says(p->server_said, "unsupported certificate");
}

/* Java sends nothing, and says nothing. */
static void a_java_client_sends_only_what_the_server_names(void **state)
{
    (void)state;
    PUT(.cn = "client", .issuer = "issuing");
    use_key("client");
    struct ks_blob *leaf = ks_blob_ref(ders[0]);
    trust = make_store("trust.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "this", 0, 1, leaf));
    trust->format = &ks_format_jks;
    const struct ks_proof *p = prove_as(NULL, true);
    assert_false(p->proven);
    says(p->java.text, "a Java client would send no certificate");
}

/* ---- what cannot be proven at all ---- */

static void a_chain_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    struct ks_error err = {0};
    struct ks_cert broken = {.flags = KS_CERT_BROKEN};
    const struct ks_cert *one = &broken;
    struct ks_proof_args args = {.chain = &one, .count = 1, .now = MAKE_NOW};
    assert_int_equal(ks_prove(NULL, &args, NULL, &proof, &err), KS_ERR_FORMAT);
    args.count = 0;
    assert_int_equal(ks_prove(NULL, &args, NULL, &proof, &err), KS_ERR_FORMAT);
}

static void a_proof_can_be_stopped(void **state)
{
    (void)state;
    struct ks_error err = {0};
    struct ks_job *job = ks_job_new();
    put_chain();
    struct ks_proof_args args = {.chain = chain, .count = count, .now = MAKE_NOW};
    ks_job_cancel(job);
    assert_int_equal(ks_prove(NULL, &args, job, &proof, &err), KS_ERR_CANCELLED);
    ks_job_free(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_good_chain_is_proven_by_everybody),
        TEST(what_java_was_not_asked_about_is_not_proven),
        TEST(each_link_is_told),
        TEST(issuers_out_of_order_are_found),
        TEST(without_a_key_there_is_no_handshake),
        TEST(the_issuer_of_the_last_one_may_be_in_the_truststore),
        TEST(keys_of_all_kinds_shake_hands),
        TEST(who_goes_up_to_a_root_refuses_a_trusted_intermediate),
        TEST(a_chain_that_ends_before_a_root_takes_a_truststore),
        TEST(a_self_signed_certificate_is_called_so),
        TEST(an_issuer_does_not_come_first),
        TEST(a_missing_intermediate_is_said_in_everybodys_words),
        TEST(a_key_of_another_certificate_is_noticed),
        TEST(a_name_that_does_not_fit_is_refused),
        TEST(the_common_name_alone_is_not_enough),
        TEST(a_policy_is_told_from_a_fault),
        TEST(the_time_is_the_one_that_is_asked_about),
        TEST(a_signature_by_another_key_is_a_bad_link),
        TEST(a_client_is_proven_to_a_server),
        TEST(a_server_certificate_does_not_make_a_client),
        TEST(a_java_client_sends_only_what_the_server_names),
        TEST(a_chain_that_cannot_be_read_is_an_error),
        TEST(a_proof_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
