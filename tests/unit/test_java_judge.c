/* What the JDK 17 makes of a chain. That it is so, tests/interop/agree.sh asks the JDK itself. */
#include "make_cert.h"

#include "doctor/java.h"
#include "format/format.h"

#define HOST "www.example.test"
#define NO_PATH                                                                                    \
    "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: "      \
    "unable to find valid certification path to requested target"
#define INVALID "PKIX path validation failed: java.security.cert.CertPathValidatorException: "

/* ---- a chain and a truststore ---- */

static struct ks_blob *ders[32];
static struct ks_cert certs[32];
static const struct ks_cert *sent[32];
static size_t sent_count, der_count;
static struct ks_store *trust;
static struct ks_java_verdict verdict;

static int begin(void **state)
{
    (void)state;
    trust = make_store("trust.jks", "JKS", 0);
    trust->format = &ks_format_jks;
    sent_count = der_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    ks_java_verdict_drop(&verdict);
    ks_store_free(trust);
    for (size_t i = 0; i < der_count; i++)
        ks_blob_unref(ders[i]);
    return 0;
}

static void send_der(struct ks_blob *der)
{
    ders[der_count] = der;
    assert_true(ks_cert_skim(ks_blob_slice(der), &certs[der_count]));
    sent[sent_count++] = &certs[der_count++];
}

#define SEND(...) send_der(make_cert(&(struct make_cert){__VA_ARGS__}))

static void add_entry(struct ks_entry *e)
{
    struct ks_entry **list = ks_version_entries(trust->now, 1);
    size_t count = trust->now->count;
    list[count] = e;
    ks_store_push(trust, ks_version_new("added", list, count + 1, NULL, KS_PROTECT_KEEP));
}

#define TRUST(alias, ...)                                                                          \
    add_entry(make_entry(KS_KIND_TRUSTED, alias, 0, 1, make_cert(&(struct make_cert){__VA_ARGS__})))

static const struct ks_java_verdict *judge_as(const char *host, bool client)
{
    ks_java_verdict_drop(&verdict);
    ks_java_judge(NULL, sent, sent_count, trust, host, client, MAKE_NOW, &verdict);
    return &verdict;
}

static void expect_accepted(const char *alias, size_t path_len)
{
    const struct ks_java_verdict *v = judge_as(HOST, false);
    if (!v->accepted)
        fail_msg("refused: %s", v->text);
    assert_string_equal(v->anchor->alias, alias);
    assert_int_equal(v->path_len, path_len);
    assert_ptr_equal(v->path[0], sent[0]);
    assert_null(v->id);
}

static void expect_refused(const char *text, const char *id)
{
    const struct ks_java_verdict *v = judge_as(HOST, false);
    assert_false(v->accepted);
    assert_null(v->anchor);
    if (strncmp(v->text, text, strlen(text)) != 0)
        fail_msg("\"%s\"\n instead of \"%s\"", v->text, text);
    assert_string_equal(v->id ? v->id : "(none)", id);
}

#define LEAF .cn = HOST, .issuer = "issuing", .san = "DNS:" HOST
#define ISSUING .cn = "issuing", .issuer = "root", .ca = true, .usage = "keyCertSign"
#define ROOT .cn = "root", .ca = true

/* ---- paths ---- */

static void a_chain_below_a_trusted_root_is_accepted(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING);
    TRUST("the-root", ROOT);
    expect_accepted("the-root", 3);
    assert_string_equal(verdict.text, "accepted: anchored at 'the-root'");
}

static void the_order_of_the_issuers_does_not_matter(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ROOT);
    SEND(.cn = "stranger", .ca = true);
    SEND(ISSUING);
    TRUST("the-root", ROOT);
    expect_accepted("the-root", 3);
}

static void without_the_intermediate_there_is_no_path(void **state)
{
    (void)state;
    SEND(LEAF);
    TRUST("the-root", ROOT);
    expect_refused(NO_PATH, "CHAIN-MISSING-INTERMEDIATE");
}

static void a_root_that_is_not_trusted_is_no_anchor(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING);
    SEND(ROOT);
    TRUST("another", .cn = "another root", .ca = true);
    expect_refused(NO_PATH, "TRUST-CANNOT-ANCHOR");
}

static void a_self_signed_leaf_must_be_trusted_itself(void **state)
{
    (void)state;
    SEND(.cn = HOST, .san = "DNS:" HOST);
    TRUST("another", .cn = "another root", .ca = true);
    expect_refused(NO_PATH, "CERT-SELF-SIGNED");
}

static void a_leaf_that_is_trusted_itself_may_have_expired(void **state)
{
    (void)state;
    SEND(LEAF, .to = "2025-02-01", .purpose = "clientAuth");
    TRUST("pinned", LEAF, .to = "2025-02-01", .purpose = "clientAuth");
    /* the two signatures differ: they are two certificates */
    expect_refused(NO_PATH, "CERT-EXPIRED");
    struct ks_blob *der = ks_blob_ref(ders[0]);
    add_entry(make_entry(KS_KIND_TRUSTED, "this", 0, 1, der));
    expect_accepted("this", 1);
}

static void the_dates_of_an_anchor_do_not_count(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING);
    TRUST("expired", ROOT, .to = "2025-02-01");
    expect_accepted("expired", 3);
}

/* The builder passes them over for the issuer of the leaf only: the selector that it uses again has
 * the date in it (ForwardBuilder.getMatchingCACerts). */
static void the_dates_of_an_anchor_do_count_when_the_chain_is_out_of_order(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(.cn = "stranger", .ca = true);
    SEND(ISSUING);
    TRUST("expired", ROOT, .to = "2025-02-01");
    expect_refused(NO_PATH, "TRUST-CANNOT-ANCHOR");
}

static void a_key_entry_of_the_truststore_is_an_anchor(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING);
    add_entry(make_entry(KS_KIND_KEY, "ca-key", 0, 2, make_cert(&(struct make_cert){ROOT}),
                         make_cert(&(struct make_cert){.cn = "not this one", .ca = true})));
    expect_accepted("ca-key", 3);
}

static void what_java_does_not_show_is_no_anchor(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING);
    add_entry(make_entry(KS_KIND_TRUSTED, "hidden", KS_NOTE_JAVA_NO_TRUST, 1,
                         make_cert(&(struct make_cert){ROOT})));
    trust->notes |= KS_STORE_JAVA_EMPTY;
    expect_refused("Unexpected error: java.security.InvalidAlgorithmParameterException: the "
                   "trustAnchors parameter must be non-empty",
                   "P12-TRUST-INVISIBLE");
}

static void an_empty_truststore_is_refused_as_such(void **state)
{
    (void)state;
    SEND(LEAF);
    expect_refused("Unexpected error: java.security.InvalidAlgorithmParameterException: the "
                   "trustAnchors parameter must be non-empty",
                   "STORE-EMPTY");
}

static void a_trusted_root_of_the_same_name_with_another_key_fails_the_signature(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING, .no_ids = true);
    TRUST("namesake", ROOT, .key = make_key("another key"), .signer = make_key("another key"));
    expect_refused(INVALID "signature check failed", "TRUST-SAME-NAME-OTHER-KEY");
}

static void an_issuer_of_the_same_name_with_another_key_fails_the_signature(void **state)
{
    (void)state;
    SEND(LEAF, .no_ids = true);
    SEND(ISSUING, .key = make_key("another key"));
    TRUST("the-root", ROOT);
    expect_refused(INVALID "signature check failed", "CHAIN-WRONG-ISSUER");
}

static void a_renewed_root_of_the_same_key_stands_for_the_old_one(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING);
    SEND(ROOT, .to = "2025-02-01");
    TRUST("renewed", ROOT, .from = "2025-03-01", .serial = 9);
    expect_accepted("renewed", 3);
}

static void an_anchor_must_be_a_ca(void **state)
{
    (void)state;
    SEND(.cn = HOST, .issuer = "issuing", .san = "DNS:" HOST);
    TRUST("no-ca", .cn = "issuing");
    expect_refused("PKIX path validation failed: sun.security.validator.ValidatorException: "
                   "TrustAnchor with subject \"CN=issuing\" is not a CA certificate",
                   "CA-NOT-CA");
}

/* ---- what a certificate must be ---- */

static void expired_ones_are_named_with_the_date(void **state)
{
    (void)state;
    SEND(LEAF, .to = "2025-02-01");
    SEND(ISSUING);
    TRUST("the-root", ROOT);
    expect_refused(INVALID "validity check failed (CN=" HOST " expired on 2025-02-01",
                   "CERT-EXPIRED");
}

static void an_expired_intermediate_is_told_from_an_expired_leaf(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING, .to = "2025-02-01");
    TRUST("the-root", ROOT);
    expect_refused(INVALID "validity check failed", "CHAIN-EXPIRED-INTERMEDIATE");
}

static void an_intermediate_must_be_a_ca_that_may_sign(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(.cn = "issuing", .issuer = "root", .basic = true);
    TRUST("the-root", ROOT);
    expect_refused(INVALID "basic constraints check failed: this is not a CA certificate",
                   "CA-NOT-CA");
    sent_count = 1;
    SEND(.cn = "issuing", .issuer = "root", .ca = true, .usage = "cRLSign");
    expect_refused(INVALID "CA key usage check failed: keyCertSign bit is not set",
                   "CA-NO-KEYCERTSIGN");
}

static void usages_of_intermediates_do_not_matter_but_of_the_leaf(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING, .purpose = "clientAuth");
    TRUST("the-root", ROOT);
    expect_accepted("the-root", 3);
    sent_count = 0;
    SEND(LEAF, .purpose = "clientAuth");
    SEND(ISSUING);
    expect_refused("Extended key usage does not permit use for TLS server authentication",
                   "CERT-EKU-NOT-SERVER");
    assert_true(judge_as(NULL, true)->accepted);
    sent_count = 0;
    SEND(LEAF, .usage = "keyEncipherment");
    SEND(ISSUING);
    expect_refused("KeyUsage does not allow digital signatures", "CERT-KU-NO-DIGSIG");
}

static void sha_1_is_fine_below_a_private_ca_and_md5_is_not(void **state)
{
    (void)state;
    SEND(LEAF, .digest = "SHA1");
    SEND(ISSUING);
    TRUST("the-root", ROOT);
    expect_accepted("the-root", 3);
    free(trust->path);
    trust->path = ks_strdup("/opt/jdk/lib/security/cacerts");
    expect_refused(INVALID "Usage constraint TLSServer check failed: SHA1 used with certificate",
                   "SIG-SHA1");
    sent_count = 0;
    SEND(LEAF, .signer = make_key("rsa2048"), .digest = "MD5");
    SEND(ISSUING, .key = make_key("rsa2048"));
    expect_refused(INVALID "Algorithm constraints check failed on signature algorithm: MD5withRSA",
                   "SIG-MD5");
}

static void rsa_keys_need_1024_bits(void **state)
{
    (void)state;
    SEND(LEAF, .key = make_key("rsa1024"));
    SEND(ISSUING);
    TRUST("the-root", ROOT);
    expect_accepted("the-root", 3);
    sent_count = 0;
    SEND(LEAF, .key = make_key("rsa512"));
    SEND(ISSUING);
    expect_refused(INVALID "Algorithm constraints check failed on keysize limits: RSA 512 bit key "
                           "used with certificate: CN=" HOST,
                   "KEY-WEAK");
}

static void more_than_ten_certificates_are_too_many(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING);
    while (sent_count < 11)
        SEND(.cn = "surplus", .ca = true, .serial = (long)sent_count);
    TRUST("the-root", ROOT);
    expect_refused("The certificate chain length (11) exceeds the maximum allowed length (10)",
                   "CHAIN-TOO-LONG");
    sent_count = 10;
    expect_accepted("the-root", 3);
}

static void two_cas_that_certify_each_other_end_the_search(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(.cn = "issuing", .issuer = "other", .ca = true);
    SEND(.cn = "other", .issuer = "issuing", .ca = true);
    TRUST("the-root", ROOT);
    expect_refused(NO_PATH, "TRUST-CANNOT-ANCHOR");
    SEND(ISSUING); /* by name all of them are a chain */
    expect_accepted("the-root", 5);
    sent[2] = sent[3];
    sent_count = 3;
    expect_accepted("the-root", 3);
}

/* ---- names ---- */

/* Whether a policy is valid all the way is not looked at: PolicyChecker. */
static void a_chain_that_policies_decide_about_is_not_judged(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING, .policies = "critical,requireExplicitPolicy:0");
    TRUST("the-root", ROOT);
    const struct ks_java_verdict *v = judge_as(HOST, false);
    assert_true(v->unjudged);
    assert_false(v->accepted);
    assert_null(v->anchor);
    assert_null(v->id);
    assert_int_equal(strncmp(v->text, "not judged: certificate policies", 32), 0);
    assert_false(judge_as("other.example.test", false)->unjudged); /* refused all the same */
    sent_count = 1;
    SEND(ISSUING, .mappings = "1.2.3.4:1.2.3.5");
    assert_true(judge_as(HOST, false)->unjudged);
    sent_count = 1;
    SEND(ISSUING, .policies = "critical,inhibitPolicyMapping:0");
    expect_accepted("the-root", 3);
    assert_false(verdict.unjudged);
}

static void the_policies_of_the_anchor_do_not_count(void **state)
{
    (void)state;
    SEND(LEAF);
    SEND(ISSUING);
    TRUST("the-root", ROOT, .policies = "critical,requireExplicitPolicy:0");
    expect_accepted("the-root", 3);
}

static void expect_host(const char *host, const char *said)
{
    const struct ks_java_verdict *v = judge_as(host, false);
    assert_string_equal(v->accepted ? "" : v->text, said);
}

static void alternative_names_come_first(void **state)
{
    (void)state;
    TRUST("issuing", .cn = "issuing", .ca = true);
    SEND(.cn = "cn.example.test", .issuer = "issuing",
         .san = "DNS:*.example.test,DNS:f*r.other.test,IP:192.0.2.7");
    expect_host("a.example.test", "");
    expect_host("A.Example.Test.", "");
    expect_host("foobar.other.test", "");
    expect_host("192.0.2.7", "");
    expect_host("a.b.example.test",
                "No subject alternative DNS name matching a.b.example.test found.");
    expect_host("foobaz.other.test",
                "No subject alternative DNS name matching foobaz.other.test found.");
    expect_host("192.0.2.8", "No subject alternative names matching IP address 192.0.2.8 found");
    assert_string_equal(verdict.id, "CERT-HOST-MISMATCH");
}

static void the_common_name_counts_when_there_is_no_dns_name(void **state)
{
    (void)state;
    TRUST("issuing", .cn = "issuing", .ca = true);
    SEND(.cn = "cn.example.test", .issuer = "issuing");
    expect_host("cn.example.test", "");
    expect_host("a.example.test", "No name matching a.example.test found");
    assert_string_equal(verdict.id, "CERT-NO-SAN");
    expect_host("192.0.2.7", "No subject alternative names present");
    sent_count = 0;
    SEND(.cn = "cn.example.test", .issuer = "issuing", .san = "IP:192.0.2.7");
    expect_host("cn.example.test", "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_chain_below_a_trusted_root_is_accepted),
        TEST(the_order_of_the_issuers_does_not_matter),
        TEST(without_the_intermediate_there_is_no_path),
        TEST(a_root_that_is_not_trusted_is_no_anchor),
        TEST(a_self_signed_leaf_must_be_trusted_itself),
        TEST(a_leaf_that_is_trusted_itself_may_have_expired),
        TEST(the_dates_of_an_anchor_do_not_count),
        TEST(the_dates_of_an_anchor_do_count_when_the_chain_is_out_of_order),
        TEST(a_key_entry_of_the_truststore_is_an_anchor),
        TEST(what_java_does_not_show_is_no_anchor),
        TEST(an_empty_truststore_is_refused_as_such),
        TEST(a_trusted_root_of_the_same_name_with_another_key_fails_the_signature),
        TEST(an_issuer_of_the_same_name_with_another_key_fails_the_signature),
        TEST(a_renewed_root_of_the_same_key_stands_for_the_old_one),
        TEST(an_anchor_must_be_a_ca),
        TEST(expired_ones_are_named_with_the_date),
        TEST(an_expired_intermediate_is_told_from_an_expired_leaf),
        TEST(an_intermediate_must_be_a_ca_that_may_sign),
        TEST(usages_of_intermediates_do_not_matter_but_of_the_leaf),
        TEST(sha_1_is_fine_below_a_private_ca_and_md5_is_not),
        TEST(rsa_keys_need_1024_bits),
        TEST(more_than_ten_certificates_are_too_many),
        TEST(two_cas_that_certify_each_other_end_the_search),
        TEST(a_chain_that_policies_decide_about_is_not_judged),
        TEST(the_policies_of_the_anchor_do_not_count),
        TEST(alternative_names_come_first),
        TEST(the_common_name_counts_when_there_is_no_dns_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
