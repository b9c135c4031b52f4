/*
 * Revocation: what answers of responders and revocation lists prove, and what they do not. A server
 * on loopback answers what the tests tell it to.
 */
#include "net/revocation.h"

#include "der_text.h"
#include "net/revoking.h"
#include "responder.h"
#include "x509/der.h"
#include "x509/request.h"

#include <stdio.h>

#define HOUR 3600
#define ISSUER "Issuing"
#define SERIAL 4711
#define LIST_URL "http://ca.example/issuing.crl"

/* ---- those that are asked about ---- */

static struct {
    struct ks_blob *blob;
    struct ks_cert cert;
} made[16];

static const struct ks_cert *made_cert(size_t i, const struct make_cert *m)
{
    if (!made[i].blob) {
        made[i].blob = make_cert(m);
        assert_true(ks_cert_skim(ks_blob_slice(made[i].blob), &made[i].cert));
    }
    return &made[i].cert;
}

static int forget_certs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        ks_blob_unref(made[i].blob);
    return 0;
}

#define CERT(name, number, ...)                                                                    \
    static const struct ks_cert *name(void)                                                        \
    {                                                                                              \
        return made_cert(number, &(struct make_cert){__VA_ARGS__});                                \
    }
CERT(root, 0, .cn = "Root", .ca = true)
CERT(issuing, 1, .cn = ISSUER, .issuer = "Root", .ca = true)
CERT(leaf, 2, .cn = "leaf", .issuer = ISSUER, .serial = SERIAL, .points = "URI:" LIST_URL)
CERT(other, 3, .cn = "other leaf", .issuer = ISSUER, .serial = SERIAL + 1)
CERT(delegate, 4, .cn = "Responder", .issuer = ISSUER, .serial = 5, .purpose = "OCSPSigning")
CERT(any_use, 5, .cn = "Responder", .issuer = ISSUER, .serial = 6,
     .purpose = "anyExtendedKeyUsage,serverAuth")
CERT(stranger, 6, .cn = "Responder", .issuer = "Root", .serial = 7, .purpose = "OCSPSigning")
CERT(namesake, 7, .cn = "Responder", .issuer = ISSUER, .signer = make_key("another key"),
     .serial = 8, .purpose = "OCSPSigning")
CERT(old_delegate, 8, .cn = "Responder", .issuer = ISSUER, .serial = 9, .to = "2026-02-28",
     .purpose = "OCSPSigning")
CERT(early_delegate, 9, .cn = "Responder", .issuer = ISSUER, .serial = 10, .from = "2026-03-02",
     .purpose = "OCSPSigning")
CERT(no_lists, 10, .cn = ISSUER, .issuer = "Root", .ca = true, .usage = "critical,keyCertSign")
CERT(self_made, 11, .cn = "Responder", .serial = 12, .purpose = "OCSPSigning")

static struct ks_revoking about_leaf(void)
{
    return (struct ks_revoking){.cert = leaf(), .issuer = issuing(), .now = MAKE_NOW};
}

static struct make_answer good_answer(void)
{
    return (struct make_answer){.cert = leaf(),
                                .issuer = issuing(),
                                .status = V_OCSP_CERTSTATUS_GOOD,
                                .reason = -1,
                                .revoked = make_time("2026-02-03"),
                                .made = -HOUR,
                                .until = HOUR,
                                .key = make_key(ISSUER),
                                .signer = issuing()};
}

/* ---- stapled answers: all but the nonce ---- */

static struct ks_status judged_stapled(struct ks_slice answer)
{
    struct ks_status status;
    struct ks_revocation_ask ask = {
        .cert = leaf(), .issuer = issuing(), .stapled = answer, .now = MAKE_NOW};
    assert_int_equal(ks_revocation(&ask, NULL, &status, NULL), KS_OK);
    assert_true(status.from && strcmp(status.from, "stapled") == 0);
    return status;
}

static struct ks_status stapled(const struct make_answer *m)
{
    struct ks_buf answer = make_answer(m);
    struct ks_status status = judged_stapled(ks_slice(answer.data, answer.len));
    ks_buf_free(&answer);
    return status;
}

static void assert_status(const char *label, struct ks_status *status, enum ks_status_word word,
                          const char *why)
{
    if (status->word != word)
        fail_msg("%s is %s: %s", label, ks_status_name(status->word),
                 status->why ? status->why : "-");
    if (why ? !status->why || !strstr(status->why, why) : status->why != NULL)
        fail_msg("%s is so because \"%s\"", label, status->why ? status->why : "-");
    ks_status_drop(status);
}

static void an_answer_of_the_issuer_is_believed(void **state)
{
    (void)state;
    struct make_answer m = good_answer();
    struct ks_status status = stapled(&m);
    assert_true(status.cert == leaf() && status.asked == MAKE_NOW);
    assert_int_equal(status.produced, MAKE_NOW - HOUR);
    assert_int_equal(status.until, MAKE_NOW + HOUR);
    assert_int_equal(status.revoked_at, KS_TIME_NONE);
    assert_status("good", &status, KS_STATUS_GOOD, NULL);
    m.status = V_OCSP_CERTSTATUS_REVOKED;
    m.reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE;
    status = stapled(&m);
    assert_int_equal(status.revoked_at, make_time("2026-02-03"));
    assert_string_equal(ks_crl_reason(status.reason), "key compromise");
    assert_status("revoked", &status, KS_STATUS_REVOKED, NULL);
    m.reason = OCSP_REVOKED_STATUS_NOSTATUS;
    status = stapled(&m);
    assert_int_equal(status.reason, -1);
    assert_status("revoked without a reason", &status, KS_STATUS_REVOKED, NULL);
    m.status = V_OCSP_CERTSTATUS_UNKNOWN;
    status = stapled(&m);
    assert_status("foreign", &status, KS_STATUS_FOREIGN, "does not know the certificate");
}

static uint8_t *name_in(const struct ks_buf *answer)
{
    const char name[] = "Responder";
    for (size_t i = 0; i + sizeof name <= answer->len; i++)
        if (memcmp(answer->data + i, name, sizeof name - 1) == 0)
            return answer->data + i;
    fail_msg("no responder in the answer");
    return NULL;
}

static void the_signer_must_be_the_issuer_or_have_its_consent(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        const struct ks_cert *(*signer)(void);
        const char *key, *why; /* NULL: believed */
    } rows[] = {
        {"delegated", delegate, "Responder", NULL},
        {"any use is not this use", any_use, "Responder", "no OCSPSigning"},
        {"no use at all", other, "other leaf", "no OCSPSigning"},
        {"of another CA", stranger, "Responder", "is not of the CA"},
        {"of a CA that calls itself so", namesake, "Responder", "is not of the CA"},
        {"self-made", self_made, "Responder", "'Responder', which is not of the CA"},
        {"expired", old_delegate, "Responder", "has expired"},
        {"not yet valid", early_delegate, "Responder", "is not valid yet"},
        {"signed by somebody else", delegate, "nobody", "is not signed by the issuer"},
        {"the root is not the issuer", root, "Root", "is not of the CA"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct make_answer m = good_answer();
        m.signer = rows[i].signer();
        m.key = make_key(rows[i].key);
        m.with_signer = true;
        /* OpenSSL signs only with the key of the certificate: for another one the signature is
         * altered below. */
        bool forged = strcmp(rows[i].key, "nobody") == 0;
        if (forged)
            m.key = make_key("Responder");
        struct ks_buf answer = make_answer(&m);
        if (forged) {
            uint8_t *at = name_in(&answer); /* of the responder id, which is signed */
            *at ^= 1;
        }
        struct ks_status status = judged_stapled(ks_slice(answer.data, answer.len));
        assert_status(rows[i].label, &status, rows[i].why ? KS_STATUS_UNKNOWN : KS_STATUS_GOOD,
                      rows[i].why);
        ks_buf_free(&answer);
    }
}

static void a_delegate_that_is_not_sent_along_cannot_be_believed(void **state)
{
    (void)state;
    struct make_answer m = good_answer();
    m.signer = delegate();
    m.key = make_key("Responder");
    struct ks_status status = stapled(&m);
    assert_status("absent", &status, KS_STATUS_UNKNOWN, "is not signed by the issuer");
}

static void an_answer_counts_for_its_time_and_five_minutes(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int64_t made, until;
        const char *why; /* NULL: believed */
    } rows[] = {
        {"expired within the skew", -HOUR, -299, NULL},
        {"expired", -HOUR, -301, "the answer expired 2026-02-28 23:54:59"},
        {"from a fast clock", 299, HOUR, NULL},
        {"from the future", 301, HOUR, "from the future: 2026-03-01 00:05:01"},
        {"without an end, of today", -23 * HOUR, 0, NULL},
        {"without an end, of yesterday", -25 * HOUR, 0, "older than a day"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct make_answer m = good_answer();
        m.made = rows[i].made;
        m.until = rows[i].until;
        struct ks_status status = stapled(&m);
        assert_status(rows[i].label, &status, rows[i].why ? KS_STATUS_UNKNOWN : KS_STATUS_GOOD,
                      rows[i].why);
    }
}

static void an_answer_with_something_critical_that_nobody_knows_says_nothing(void **state)
{
    (void)state;
    struct make_answer m = good_answer();
    m.odd = true;
    struct ks_status status = stapled(&m);
    assert_status("as a whole", &status, KS_STATUS_UNKNOWN, "critical and not known here: 2.16.");
    m.odd = false;
    m.odd_single = true;
    status = stapled(&m);
    assert_status("of it", &status, KS_STATUS_UNKNOWN, "critical and not known here: 2.16.");
}

/* Revoked by one is revoked; else they have to say the same. */
static void of_several_words_about_a_certificate_none_is_chosen(void **state)
{
    (void)state;
    static const struct {
        int first, second;
        enum ks_status_word word;
        const char *why;
    } rows[] = {
        {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_GOOD, KS_STATUS_GOOD, NULL},
        {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_REVOKED, KS_STATUS_REVOKED, NULL},
        {V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_GOOD, KS_STATUS_REVOKED, NULL},
        {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_UNKNOWN, KS_STATUS_UNKNOWN, "contradicts"},
        {V_OCSP_CERTSTATUS_UNKNOWN, V_OCSP_CERTSTATUS_GOOD, KS_STATUS_UNKNOWN, "contradicts"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct make_answer m = good_answer(), also = good_answer();
        char label[32];
        m.status = rows[i].first;
        also.status = rows[i].second;
        m.also = &also;
        struct ks_status status = stapled(&m);
        (void)snprintf(label, sizeof label, "pair %zu", i);
        assert_status(label, &status, rows[i].word, rows[i].why);
        if (rows[i].second != V_OCSP_CERTSTATUS_REVOKED)
            continue;
        m.until = -HOUR; /* an old word does not hide the newer one */
        status = stapled(&m);
        assert_status(label, &status, rows[i].word, rows[i].why);
    }
}

static void sha_1_is_remarked(void **state)
{
    (void)state;
    struct make_answer m = good_answer();
    m.digest = "SHA1";
    struct ks_status status = stapled(&m);
    assert_status("answer", &status, KS_STATUS_GOOD, "signed over SHA-1");
    struct ks_blob *blob = make_list(&(struct make_list){
        .issuer = ISSUER, .reason = -1, .made = -HOUR, .until = HOUR, .digest = "SHA1"});
    struct ks_revoking about = about_leaf();
    struct ks_status of_list = {.reason = -1};
    assert_true(ks_crl_judge(&about, ks_blob_slice(blob), &of_list));
    assert_status("list", &of_list, KS_STATUS_GOOD, "signed over SHA-1");
    ks_blob_unref(blob);
}

static void an_answer_about_another_certificate_says_nothing(void **state)
{
    (void)state;
    struct make_answer m = good_answer();
    m.cert = other();
    struct ks_status status = stapled(&m);
    assert_status("another", &status, KS_STATUS_UNKNOWN, "about another certificate");
}

static void what_a_responder_refuses_is_put_into_words(void **state)
{
    (void)state;
    static const struct {
        int refused;
        const char *why;
    } rows[] = {
        {OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, "malformed"},
        {OCSP_RESPONSE_STATUS_INTERNALERROR, "internal error"},
        {OCSP_RESPONSE_STATUS_TRYLATER, "try later"},
        {OCSP_RESPONSE_STATUS_SIGREQUIRED, "signed requests only"},
        {OCSP_RESPONSE_STATUS_UNAUTHORIZED, "unauthorized"},
        {7, "a status that nobody knows"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct make_answer m = {.refused = rows[i].refused};
        struct ks_status status = stapled(&m);
        assert_status(rows[i].why, &status, KS_STATUS_UNKNOWN, rows[i].why);
    }
}

static void weak_digests_prove_nothing(void **state)
{
    (void)state;
    struct ks_blob *blob =
        make_cert(&(struct make_cert){.cn = "RSA CA", .ca = true, .key = make_key("rsa2048")});
    struct ks_cert ca;
    assert_true(ks_cert_skim(ks_blob_slice(blob), &ca));
    struct make_answer m = good_answer();
    m.issuer = m.signer = &ca;
    m.key = make_key("rsa2048");
    m.digest = "MD5";
    struct ks_buf answer = make_answer(&m);
    struct ks_revocation_ask ask = {.cert = leaf(),
                                    .issuer = &ca,
                                    .stapled = ks_slice(answer.data, answer.len),
                                    .now = MAKE_NOW};
    struct ks_status status;
    assert_int_equal(ks_revocation(&ask, NULL, &status, NULL), KS_OK);
    assert_status("MD5", &status, KS_STATUS_UNKNOWN, "over MD5");
    ks_buf_free(&answer);
    ks_blob_unref(blob);
}

/* Whatever bytes come: a word of unknown, and no access beside them. */
static void garbage_is_no_answer(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "x", "<html>404</html>", "0\x03\x0a\x01\x00", "0\x80"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ks_slice bytes = ks_slice(texts[i], strlen(texts[i]));
        struct ks_status status = judged_stapled(bytes);
        assert_int_equal(status.word, KS_STATUS_UNKNOWN);
        assert_non_null(status.why);
        ks_status_drop(&status);
    }
    struct make_answer m = good_answer();
    m.with_signer = true;
    struct ks_buf answer = make_answer(&m);
    for (size_t len = 1; len < answer.len; len += 3) {
        uint8_t *cut = ks_alloc(len); /* of its own, so that a step beside it is seen */
        memcpy(cut, answer.data, len);
        struct ks_status status = judged_stapled(ks_slice(cut, len));
        assert_int_equal(status.word, KS_STATUS_UNKNOWN);
        ks_status_drop(&status);
        free(cut);
    }
    ks_buf_free(&answer);
}

/* Of the part that is signed no bit may be another one. */
static void an_answer_that_was_changed_is_not_believed(void **state)
{
    (void)state;
    struct make_answer m = good_answer();
    struct ks_buf answer = make_answer(&m);
    for (size_t i = 0; i < answer.len; i += 2) {
        answer.data[i] ^= 0x04;
        struct ks_status status = judged_stapled(ks_slice(answer.data, answer.len));
        if (status.word == KS_STATUS_REVOKED || status.word == KS_STATUS_FOREIGN)
            fail_msg("octet %zu makes it %s", i, ks_status_name(status.word));
        ks_status_drop(&status);
        answer.data[i] ^= 0x04;
    }
    ks_buf_free(&answer);
}

/* ---- with a nonce ---- */

static struct ks_status answered(struct make_answer *m, bool give_back)
{
    const uint8_t nonce[KS_NONCE_BYTES] = {7, 8, 9};
    struct ks_revoking about = about_leaf();
    struct ks_buf request = KS_BUF_INIT;
    struct ks_status status = {.reason = -1};
    assert_true(ks_ocsp_request(&about, nonce, &request));
    if (give_back)
        m->request = ks_slice(request.data, request.len);
    struct ks_buf answer = make_answer(m);
    (void)ks_ocsp_judge(&about, ks_slice(answer.data, answer.len), nonce, &status);
    ks_buf_free(&answer);
    ks_buf_free(&request);
    m->request = ks_slice(NULL, 0);
    return status;
}

static void a_nonce_that_comes_back_must_be_ours(void **state)
{
    (void)state;
    struct make_answer m = good_answer();
    struct ks_status status = answered(&m, true);
    assert_status("ours", &status, KS_STATUS_GOOD, NULL);
    m.other_nonce = true;
    status = answered(&m, false);
    assert_status("another", &status, KS_STATUS_UNKNOWN, "its nonce is not ours");
    m.other_nonce = false;
    status = answered(&m, false);
    assert_status("none", &status, KS_STATUS_GOOD, "no nonce");
    m.made = -25 * HOUR;
    m.until = 0;
    status = answered(&m, false);
    assert_status("none, and old", &status, KS_STATUS_UNKNOWN, "older than a day");
    status = answered(&m, true);
    assert_status("ours, but of what was known then", &status, KS_STATUS_UNKNOWN, "a day");
    m = good_answer();
    m.other_nonce = true;
    status = answered(&m, true);
    assert_status("ours and another", &status, KS_STATUS_UNKNOWN, "several nonces");
}

/* What others read: OpenSSL finds the certificate that is meant, and the nonce. */
static void a_request_is_what_responders_expect(void **state)
{
    (void)state;
    const uint8_t nonce[KS_NONCE_BYTES] = {1};
    struct ks_revoking about = about_leaf();
    struct ks_buf der = KS_BUF_INIT;
    assert_true(ks_ocsp_request(&about, nonce, &der));
    const unsigned char *at = der.data;
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &at, (long)der.len);
    OCSP_CERTID *id = make_cert_id(leaf(), issuing());
    assert_non_null(request);
    assert_int_equal(OCSP_request_onereq_count(request), 1);
    assert_int_equal(OCSP_id_cmp(id, OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0))), 0);
    int place = OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1);
    assert_true(place >= 0);
    ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(request, place));
    assert_int_equal(ASN1_STRING_length(value), 2 + KS_NONCE_BYTES);
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);
    ks_buf_free(&der);
}

/* ---- lists ---- */

static struct make_list good_list(void)
{
    return (struct make_list){.issuer = ISSUER, .reason = -1, .made = -HOUR, .until = 24 * HOUR};
}

static struct ks_status judged_list(struct ks_slice der, const struct ks_cert *issuer)
{
    struct ks_revoking about = about_leaf();
    struct ks_status status = {.reason = -1, .revoked_at = KS_TIME_NONE};
    about.issuer = issuer;
    (void)ks_crl_judge(&about, der, &status);
    return status;
}

static struct ks_status listed(const struct make_list *m)
{
    struct ks_blob *blob = make_list(m);
    struct ks_status status = judged_list(ks_blob_slice(blob), issuing());
    ks_blob_unref(blob);
    return status;
}

static void a_list_of_the_issuer_is_believed(void **state)
{
    (void)state;
    struct make_list m = good_list();
    struct ks_status status = listed(&m);
    assert_int_equal(status.produced, MAKE_NOW - HOUR);
    assert_int_equal(status.until, MAKE_NOW + 24 * HOUR);
    assert_status("empty", &status, KS_STATUS_GOOD, NULL);
    m.revoked = SERIAL + 1;
    m.others = 50;
    status = listed(&m);
    assert_status("others", &status, KS_STATUS_GOOD, NULL);
    m.revoked = SERIAL;
    m.reason = 1;
    status = listed(&m);
    assert_int_equal(status.revoked_at, make_time("2026-02-03"));
    assert_int_equal(status.reason, 1);
    assert_status("listed", &status, KS_STATUS_REVOKED, NULL);
}

static void a_list_proves_nothing_when(void **state)
{
    (void)state;
    static const struct {
        struct make_list m;
        const char *why; /* NULL: it does */
        enum ks_status_word word;
    } rows[] = {
        {{.issuer = "Root"}, "the list is another CA's", KS_STATUS_UNKNOWN},
        {{.until = -301}, "the answer expired", KS_STATUS_UNKNOWN},
        {{.until = -299}, NULL, KS_STATUS_GOOD},
        {{.made = 301}, "from the future", KS_STATUS_UNKNOWN},
        {{.delta = true}, "a delta", KS_STATUS_UNKNOWN},
        {{.unknown = true}, "critical and not known here: ", KS_STATUS_UNKNOWN},
        {{.other_issuer = true, .revoked = SERIAL}, "other CAs", KS_STATUS_UNKNOWN},
        {{.odd_entry = true, .revoked = 1}, "an entry of the list", KS_STATUS_UNKNOWN},
        {{.odd_entry = true, .revoked = SERIAL}, NULL, KS_STATUS_REVOKED},
        {{.point = "critical,indirectCRL:TRUE"}, "indirect", KS_STATUS_UNKNOWN},
        {{.point = "critical,onlyCA:TRUE"}, "of CAs only", KS_STATUS_UNKNOWN},
        {{.point = "critical,onlyuser:TRUE"}, NULL, KS_STATUS_GOOD},
        {{.point = "critical,onlyAA:TRUE"}, "attribute certificates", KS_STATUS_UNKNOWN},
        {{.point = "critical,fullname:URI:" LIST_URL}, NULL, KS_STATUS_GOOD},
        {{.point = "critical,fullname:URI:http://ca.example/part-2.crl"},
         "not the one that the certificate names",
         KS_STATUS_UNKNOWN},
        {{.point = "fullname:URI:http://ca.example/part-2.crl"}, /* not critical */
         "not the one that the certificate names",
         KS_STATUS_UNKNOWN},
        {{.point = "critical,onlysomereasons:keyCompromise"}, "some reasons", KS_STATUS_UNKNOWN},
        {{.point = "critical,onlysomereasons:keyCompromise", .revoked = SERIAL},
         NULL,
         KS_STATUS_REVOKED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct make_list m = rows[i].m;
        char label[32];
        m.issuer = m.issuer ? m.issuer : ISSUER;
        m.made = m.made ? m.made : -HOUR;
        m.until = m.until ? m.until : HOUR;
        m.reason = -1;
        struct ks_status status = listed(&m);
        (void)snprintf(label, sizeof label, "list %zu", i);
        assert_status(label, &status, rows[i].word, rows[i].why);
    }
}

static void a_list_for_users_is_not_for_cas(void **state)
{
    (void)state;
    struct ks_blob *blob = make_list(&(struct make_list){.issuer = "Root",
                                                         .reason = -1,
                                                         .made = -HOUR,
                                                         .until = HOUR,
                                                         .point = "critical,onlyuser:TRUE"});
    struct ks_revoking about = {.cert = issuing(), .issuer = root(), .now = MAKE_NOW};
    struct ks_status status = {.reason = -1};
    assert_false(ks_crl_judge(&about, ks_blob_slice(blob), &status));
    assert_status("users", &status, KS_STATUS_UNKNOWN, "is not of CAs");
    ks_blob_unref(blob);
}

static void a_list_must_be_signed_by_an_issuer_that_may(void **state)
{
    (void)state;
    struct make_list m = good_list();
    struct ks_blob *blob = make_list(&m);
    struct ks_status status = judged_list(ks_blob_slice(blob), no_lists());
    assert_status("no cRLSign", &status, KS_STATUS_UNKNOWN, "no cRLSign");
    ks_blob_unref(blob);
    m.key = make_key("another key");
    status = listed(&m);
    assert_status("another key", &status, KS_STATUS_UNKNOWN, "is not signed by the issuer");
}

static void a_list_that_was_changed_or_cut_off_is_not_believed(void **state)
{
    (void)state;
    struct make_list m = good_list();
    m.revoked = SERIAL;
    struct ks_blob *blob = make_list(&m);
    struct ks_buf copy = KS_BUF_INIT;
    ks_buf_append(&copy, blob->data, blob->len);
    for (size_t i = 0; i < copy.len; i += 2) {
        copy.data[i] ^= 0x04;
        struct ks_status status = judged_list(ks_slice(copy.data, copy.len), issuing());
        if (status.word == KS_STATUS_GOOD)
            fail_msg("octet %zu makes it good", i);
        ks_status_drop(&status);
        copy.data[i] ^= 0x04;
    }
    for (size_t len = 0; len < copy.len; len += 3) {
        uint8_t *cut = ks_alloc(len);
        memcpy(cut, copy.data, len);
        struct ks_status status = judged_list(ks_slice(cut, len), issuing());
        assert_int_equal(status.word, KS_STATUS_UNKNOWN);
        ks_status_drop(&status);
        free(cut);
    }
    ks_buf_free(&copy);
    ks_blob_unref(blob);
}

#define LIST_SIGNATURE "30{06=1.2.840.10045.4.3.2}"

/* A TBSCertList, which is taken over, signed by the issuer. */
static struct ks_buf signed_list(struct ks_buf *body)
{
    struct ks_buf alg = der_text(LIST_SIGNATURE), out = KS_BUF_INIT;
    uint8_t signature[1 + 128] = {0};
    size_t len = sizeof signature - 1;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_true(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, make_key(ISSUER)) > 0 &&
                EVP_DigestSign(ctx, signature + 1, &len, body->data, body->len) > 0);
    ks_buf_append(body, alg.data, alg.len);
    ks_der_put(body, KS_DER_BIT_STRING, ks_slice(signature, len + 1));
    ks_der_put(&out, KS_DER_SEQUENCE, ks_slice(body->data, body->len));
    EVP_MD_CTX_free(ctx);
    ks_buf_free(body);
    ks_buf_free(&alg);
    return out;
}

/* What OpenSSL would not write. The serial number of the leaf is 0x1267. */
static void what_a_list_has_in_an_odd_place_is_not_passed_over(void **state)
{
#define ON "17'260228000000Z' "
#define TO "17'260401000000Z' "
#define ENTRY(serial, more) "30{30{02:" serial " " ON more "}}"
#define POINT(value) "30{06=2.5.29.28 04{" value "}}"
    (void)state;
    static const struct {
        const char *label, *behind_issuer, *why;
        enum ks_status_word word;
    } rows[] = {
        {"usual", ON TO ENTRY("1268", "30{30{06=2.5.29.21 04{0a:01}}}"), NULL, KS_STATUS_GOOD},
        {"listed", ON TO ENTRY("1267", ""), NULL, KS_STATUS_REVOKED},
        {"listed with a zero in front", ON TO ENTRY("001267", ""), NULL, KS_STATUS_REVOKED},
        {"listed with zeros in front", ON TO ENTRY("00001267", ""), NULL, KS_STATUS_REVOKED},
        {"a third date", ON TO TO ENTRY("1267", ""), "cannot be read", KS_STATUS_UNKNOWN},
        {"a NULL", ON TO "05: " ENTRY("1267", ""), "cannot be read", KS_STATUS_UNKNOWN},
        {"entries as a SET", ON TO "31{30{02:1267 " ON "}}", "cannot be", KS_STATUS_UNKNOWN},
        {"entries in two parts", ON TO ENTRY("01", "") ENTRY("1267", ""), "cannot be read",
         KS_STATUS_UNKNOWN},
        {"extensions without their tag", ON TO "30{30{06=2.5.29.27 01:ff 04{02:01}}}",
         "cannot be parsed", KS_STATUS_UNKNOWN},
        {"something behind the extensions", ON TO "a0{30{} 05:}", "cannot", KS_STATUS_UNKNOWN},
        {"extensions that are none", ON TO "a0{30{05:}}", "cannot be read", KS_STATUS_UNKNOWN},
        {"half an extension", ON TO "a0{30{30{06=2.5.29.27 01:ff 02:01}}}", "cannot be read",
         KS_STATUS_UNKNOWN},
        {"an unreadable end", ON "17'2604010000Zx' ", "until when", KS_STATUS_UNKNOWN},
        {"no end", ON, NULL, KS_STATUS_GOOD},
        {"no end, and old", "17'060101000000Z'", "older than a day: 2006-01-01", KS_STATUS_UNKNOWN},
        {"garbage in an entry", ON TO ENTRY("01", "30{30{05:}}"), "an entry", KS_STATUS_UNKNOWN},
        {"garbage behind an entry", ON TO ENTRY("01", "30{} 05:"), "an entry", KS_STATUS_UNKNOWN},
        {"everything", ON TO "a0{30{" POINT("30{}") "}}", NULL, KS_STATUS_GOOD},
        {"an empty point", ON TO "a0{30{" POINT("30{a0{}}") "}}", "does not say what it is of",
         KS_STATUS_UNKNOWN},
        {"a flag of two octets", ON TO "a0{30{" POINT("30{84:ffff}") "}}", "does not say",
         KS_STATUS_UNKNOWN},
        {"a flag that is taken back", ON TO "a0{30{" POINT("30{84:ff 84:00}") "}}", "does not say",
         KS_STATUS_UNKNOWN},
        {"two points", ON TO "a0{30{" POINT("30{83:0640}") POINT("30{}") "}}",
         "says twice what it is of", KS_STATUS_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text =
            ks_asprintf("30{02:01 " LIST_SIGNATURE " 30{31{30{06=2.5.4.3 0c'" ISSUER "'}}} %s}",
                        rows[i].behind_issuer);
        struct ks_buf body = der_text(text), list = signed_list(&body);
        struct ks_status status = judged_list(ks_slice(list.data, list.len), issuing());
        assert_status(rows[i].label, &status, rows[i].word, rows[i].why);
        ks_buf_free(&list);
        free(text);
    }
}

/* The same list with another entry, signed again. */
static struct ks_buf signed_again(struct ks_slice der, struct ks_slice from, uint8_t to)
{
    struct ks_tlv outer, tbs;
    struct ks_buf body = KS_BUF_INIT;
    size_t at = 0;
    assert_true(ks_der_next(&der, &outer) && ks_der_next(&outer.body, &tbs));
    ks_buf_slice(&body, tbs.whole);
    while (memcmp(body.data + at, from.data, from.len) != 0)
        assert_true(++at + from.len < body.len);
    body.data[at] = to;
    return signed_list(&body);
}

/* What cannot be read may have been the very entry. */
static void a_list_that_cannot_be_read_to_its_end_proves_nothing(void **state)
{
    static const uint8_t entry[] = {0x30, 0x14, 0x02, 0x03, 0x0f, 0x42, 0x40};
    (void)state;
    struct make_list m = good_list();
    m.others = 1;
    struct ks_blob *blob = make_list(&m);
    struct ks_slice from = ks_slice(entry, sizeof entry);
    struct ks_buf same = signed_again(ks_blob_slice(blob), from, KS_DER_SEQUENCE);
    struct ks_buf other = signed_again(ks_blob_slice(blob), from, KS_DER_SET);
    struct ks_status status = judged_list(ks_slice(same.data, same.len), issuing());
    assert_status("same", &status, KS_STATUS_GOOD, NULL);
    status = judged_list(ks_slice(other.data, other.len), issuing());
    assert_status("a set", &status, KS_STATUS_UNKNOWN, "cannot be parsed");
    ks_buf_free(&same);
    ks_buf_free(&other);
    ks_blob_unref(blob);
}

static void lists_come_as_der_and_as_pem(void **state)
{
    (void)state;
    struct make_list m = good_list();
    struct ks_blob *blob = make_list(&m);
    struct ks_buf pem = KS_BUF_INIT, room = KS_BUF_INIT;
    assert_true(ks_slice_equal(ks_crl_der(ks_blob_slice(blob), &room), ks_blob_slice(blob)));
    ks_pem_write("CERTIFICATE", ks_cert_der(leaf()), &pem);
    ks_pem_write("X509 CRL", ks_blob_slice(blob), &pem);
    struct ks_slice got = ks_crl_der(ks_slice(pem.data, pem.len), &room);
    assert_true(ks_slice_equal(got, ks_blob_slice(blob)));
    assert_null(ks_crl_der(ks_slice_str("<html>"), &room).data);
    assert_null(ks_crl_der(ks_slice(NULL, 0), &room).data);
    ks_buf_free(&pem);
    ks_buf_free(&room);
    ks_blob_unref(blob);
}

/* ---- lists of a file ---- */

static struct ks_status in_file(const struct ks_store *file)
{
    const struct ks_store *files[] = {file};
    struct ks_revocation_ask ask = {.cert = leaf(),
                                    .issuer = issuing(),
                                    .ocsp = true, /* nobody is asked: the certificate names none */
                                    .crl = true,
                                    .lists = files,
                                    .list_count = 1,
                                    .now = MAKE_NOW};
    struct ks_status status;
    assert_int_equal(ks_revocation(&ask, NULL, &status, NULL), KS_OK);
    return status;
}

static struct ks_entry *list_entry(const char *alias, const struct make_list *m)
{
    return make_item(KS_KIND_CRL, alias, 0, make_list(m));
}

static void of_the_lists_of_a_file_one_that_revokes_counts(void **state)
{
    (void)state;
    struct make_list good = good_list(), bad = good_list(), old = good_list(), root_s = good_list();
    bad.revoked = SERIAL;
    old.until = -HOUR;
    root_s.issuer = "Root";
    struct ks_store *file =
        make_store("lists.pem", "PEM", 4, list_entry("old", &old), list_entry("good", &good),
                   list_entry("bad", &bad), list_entry("root", &root_s));
    struct ks_status status = in_file(file);
    assert_string_equal(status.from, "list lists.pem");
    assert_status("all", &status, KS_STATUS_REVOKED, NULL);
    ks_store_free(file);
    file = make_store("lists.pem", "PEM", 2, list_entry("old", &old), list_entry("good", &good));
    status = in_file(file);
    assert_status("old and good", &status, KS_STATUS_GOOD, NULL);
    ks_store_free(file);
    file = make_store("lists.pem", "PEM", 1, list_entry("old", &old));
    status = in_file(file);
    assert_status("old", &status, KS_STATUS_UNKNOWN, "list lists.pem: the answer expired");
    ks_store_free(file);
    file = make_store("lists.pem", "PEM", 1, list_entry("root", &root_s));
    status = in_file(file);
    assert_null(status.from);
    assert_status("root", &status, KS_STATUS_UNKNOWN, "no given list is of the CA");
    ks_store_free(file);
}

/* ---- whom to ask ---- */

static void without_anybody_to_ask_it_is_said_so(void **state)
{
    (void)state;
    struct ks_revocation_ask ask = {
        .cert = other(), .issuer = issuing(), .ocsp = true, .crl = true, .now = MAKE_NOW};
    struct ks_status status;
    assert_int_equal(ks_revocation(&ask, NULL, &status, NULL), KS_OK);
    assert_null(status.from);
    assert_status("nobody", &status, KS_STATUS_UNKNOWN, "names neither an OCSP responder nor");
    ask.issuer = NULL;
    assert_int_equal(ks_revocation(&ask, NULL, &status, NULL), KS_OK);
    assert_status("no issuer", &status, KS_STATUS_UNKNOWN, "issuer is not at hand");
    struct ks_cert broken = {.flags = KS_CERT_BROKEN};
    ask.cert = &broken;
    assert_int_equal(ks_revocation(&ask, NULL, &status, NULL), KS_OK);
    assert_status("broken", &status, KS_STATUS_UNKNOWN, "cannot be parsed");
}

/* ---- asking ---- */

/* A CA, and a certificate of it that names the CA's server. */
struct ca {
    struct responder responder;
    struct loopback *server;
    struct ks_blob *blob;
    struct ks_cert cert;
    char ocsp[64], list[64]; /* the URLs */
    char asked[512];         /* by ksx, each with a blank behind it */
    struct ks_revocation_ask ask;
};

static void note_url(void *ctx, const struct ks_cert *cert, const char *url)
{
    struct ca *ca = ctx;
    size_t len = strlen(ca->asked);
    assert_ptr_equal(cert->der, ca->cert.der);
    (void)snprintf(ca->asked + len, sizeof ca->asked - len, "%s ", url);
}

static void open_ca(struct ca *ca)
{
    char access[96], points[96];
    if (!ks_network())
        skip();
    *ca = (struct ca){.responder = {.answer = good_answer()}};
    ca->server = responder_start(&ca->responder);
    unsigned port = loopback_port(ca->server);
    (void)snprintf(ca->ocsp, sizeof ca->ocsp, "http://127.0.0.1:%u/ocsp", port);
    (void)snprintf(ca->list, sizeof ca->list, "http://127.0.0.1:%u/list", port);
    (void)snprintf(access, sizeof access, "OCSP;URI:%s", ca->ocsp);
    (void)snprintf(points, sizeof points, "URI:%s", ca->list);
    ca->blob = make_cert(&(struct make_cert){
        .cn = "asked", .issuer = ISSUER, .serial = SERIAL, .access = access, .points = points});
    assert_true(ks_cert_skim(ks_blob_slice(ca->blob), &ca->cert));
    ca->responder.answer.cert = &ca->cert;
    struct make_list list = good_list();
    ca->responder.list = make_list(&list);
    ca->ask =
        (struct ks_revocation_ask){.cert = &ca->cert,
                                   .issuer = issuing(),
                                   .ocsp = true,
                                   .crl = true,
                                   .how = {.no_proxy = true, .private_too = true, .any_port = true},
                                   .now = MAKE_NOW,
                                   .asking = note_url,
                                   .ctx = ca};
}

static void close_ca(struct ca *ca)
{
    loopback_stop(ca->server);
    ks_revocation_cache_free(ca->ask.cache);
    ks_blob_unref(ca->responder.list);
    ks_blob_unref(ca->blob);
}

static struct ks_status asked(struct ca *ca)
{
    struct ks_status status;
    ca->asked[0] = '\0';
    assert_int_equal(ks_revocation(&ca->ask, NULL, &status, NULL), KS_OK);
    return status;
}

/* Exactly these were asked. */
static void assert_asked(const struct ca *ca, const char *first, const char *second)
{
    char wanted[160];
    (void)snprintf(wanted, sizeof wanted, "%s%s%s%s", first, *first ? " " : "", second,
                   *second ? " " : "");
    assert_string_equal(ca->asked, wanted);
}

static void a_responder_that_knows_is_all_that_is_asked(void **state)
{
    struct ca ca;
    char from[96];
    (void)state;
    open_ca(&ca);
    (void)snprintf(from, sizeof from, "OCSP %s", ca.ocsp);
    struct ks_status status = asked(&ca);
    assert_string_equal(status.from, from);
    assert_status("good", &status, KS_STATUS_GOOD, NULL); /* with its nonce */
    assert_asked(&ca, ca.ocsp, "");
    ca.responder.answer.status = V_OCSP_CERTSTATUS_REVOKED;
    status = asked(&ca);
    assert_status("revoked", &status, KS_STATUS_REVOKED, NULL);
    assert_int_equal(ca.responder.posts, 2);
    assert_int_equal(ca.responder.gets, 0);
    close_ca(&ca);
}

static void when_the_responder_fails_the_list_is_asked(void **state)
{
    struct ca ca;
    (void)state;
    open_ca(&ca);
    ca.responder.answer.refused = OCSP_RESPONSE_STATUS_TRYLATER;
    struct ks_status status = asked(&ca);
    assert_non_null(strstr(status.from, ca.list));
    assert_status("the list", &status, KS_STATUS_GOOD, NULL);
    assert_asked(&ca, ca.ocsp, ca.list);
    ca.responder.answer.refused = 0;
    ca.responder.answer.status = V_OCSP_CERTSTATUS_UNKNOWN;
    status = asked(&ca);
    assert_status("a responder that does not know it", &status, KS_STATUS_GOOD, NULL);
    ca.ask.ocsp = false;
    status = asked(&ca);
    assert_status("the list alone", &status, KS_STATUS_GOOD, NULL);
    assert_asked(&ca, ca.list, "");
    close_ca(&ca);
}

static void when_nobody_knows_all_of_them_are_quoted(void **state)
{
    struct ca ca;
    (void)state;
    open_ca(&ca);
    ca.responder.raw = "<html>come back tomorrow</html>";
    struct ks_status status = asked(&ca);
    assert_false(status.agreement);
    assert_non_null(strstr(status.why, "what came is no OCSP answer; list http://127.0.0.1:"));
    assert_status("garbage", &status, KS_STATUS_UNKNOWN, "what came is no revocation list");
    ca.responder.raw = NULL;
    ca.responder.answer.status = V_OCSP_CERTSTATUS_UNKNOWN;
    ks_blob_unref(ca.responder.list);
    ca.responder.list = NULL;
    status = asked(&ca);
    assert_non_null(strstr(status.from, ca.ocsp));
    assert_non_null(strstr(status.why, "does not know the certificate; list"));
    assert_status("foreign", &status, KS_STATUS_FOREIGN, "404");
    close_ca(&ca);
}

static void a_given_responder_is_asked_and_nobody_else(void **state)
{
    struct ca ca;
    (void)state;
    open_ca(&ca);
    ca.responder.answer.refused = OCSP_RESPONSE_STATUS_TRYLATER;
    ca.ask.responder = ca.ocsp;
    struct ks_status status = asked(&ca);
    assert_status("given", &status, KS_STATUS_UNKNOWN, "try later");
    assert_asked(&ca, ca.ocsp, "");
    close_ca(&ca);
}

static void private_addresses_and_odd_ports_are_not_asked_unless_agreed_to(void **state)
{
    struct ca ca;
    (void)state;
    open_ca(&ca);
    ca.ask.how.private_too = false;
    struct ks_status status = asked(&ca);
    assert_true(status.agreement);
    assert_status("private", &status, KS_STATUS_UNKNOWN, "127.0.0.1");
    ca.ask.how.private_too = true;
    ca.ask.how.any_port = false;
    status = asked(&ca);
    assert_true(status.agreement);
    assert_status("port", &status, KS_STATUS_UNKNOWN, "neither 80 nor 443");
    assert_int_equal(loopback_count(ca.server), 0);
    /* A URL that the user gave may have any port. */
    ca.ask.responder = ca.ocsp;
    status = asked(&ca);
    assert_false(status.agreement);
    assert_status("given", &status, KS_STATUS_GOOD, NULL);
    close_ca(&ca);
}

static void of_a_run_a_list_is_fetched_once_and_who_is_away_is_asked_once(void **state)
{
    struct ca ca;
    (void)state;
    open_ca(&ca);
    ca.ask.cache = ks_revocation_cache_new();
    ca.ask.ocsp = false;
    for (int i = 0; i < 3; i++) {
        struct ks_status status = asked(&ca);
        assert_status("list", &status, KS_STATUS_GOOD, NULL);
    }
    assert_int_equal(ca.responder.gets, 1);
    char away[64];
    (void)snprintf(away, sizeof away, "http://127.0.0.1:%u/", (unsigned)loopback_closed_port());
    ca.ask.crl = false;
    ca.ask.ocsp = true;
    ca.ask.responder = away;
    for (int i = 0; i < 2; i++) {
        struct ks_status status = asked(&ca);
        assert_asked(&ca, i == 0 ? away : "", "");
        assert_status("away", &status, KS_STATUS_UNKNOWN, away);
    }
    close_ca(&ca);
}

static void stop(void *ctx, const struct ks_cert *cert, const char *url)
{
    (void)cert, (void)url;
    ks_job_cancel(ctx);
}

static void asking_can_be_stopped(void **state)
{
    struct ca ca;
    struct ks_statuses known = {0};
    struct ks_error err = {0};
    (void)state;
    open_ca(&ca);
    struct ks_job *job = ks_job_new();
    ca.ask.asking = stop;
    ca.ask.ctx = job;
    const struct ks_issued issued = {&ca.cert, issuing()};
    assert_int_equal(ks_revocation_chain(&ca.ask, &issued, 1, job, &known, &err), KS_ERR_CANCELLED);
    assert_string_equal(err.slug, "cancelled");
    assert_int_equal(known.count, 0);
    ks_job_free(job);
    close_ca(&ca);
}

/* ---- chains ---- */

static void a_chain_is_asked_about_up_to_its_root(void **state)
{
    struct ca ca;
    struct ks_issued issued[KS_PATH_MAX];
    (void)state;
    open_ca(&ca);
    struct ks_doctor *doctor = ks_doctor_new();
    struct ks_context context = {.now = MAKE_NOW};
    struct ks_store *s =
        make_store("a.jks", "JKS", 1,
                   make_entry(KS_KIND_KEY, "server", 0, 3, ks_blob_ref(ca.blob),
                              ks_blob_ref(made[1].blob), ks_blob_ref(made[0].blob)));
    assert_int_equal(ks_revocable(doctor, s, ks_store_entry(s, 0), &context, NULL, issued), 2);
    assert_true(ks_slice_equal(ks_cert_der(issued[0].issuer), ks_cert_der(issuing())));
    assert_true(ks_slice_equal(ks_cert_der(issued[1].issuer), ks_cert_der(root())));
    ca.ask.asking = NULL;
    struct ks_statuses known = {0};
    for (int i = 0; i < 2; i++) /* and what is known is not asked again */
        assert_int_equal(ks_revocation_chain(&ca.ask, issued, 2, NULL, &known, NULL), KS_OK);
    assert_int_equal(ca.responder.posts, 1);
    assert_int_equal(ks_statuses_of(&known, &ca.cert)->word, KS_STATUS_GOOD);
    assert_int_equal(ks_statuses_of(&known, issuing())->word, KS_STATUS_UNKNOWN);
    struct ks_statuses all = {0};
    ks_statuses_join(&all, &known);
    assert_int_equal(all.count, 2);
    assert_int_equal(known.count, 0);
    ks_statuses_drop(&all);
    ks_store_free(s);
    ks_doctor_free(doctor);
    close_ca(&ca);
}

/* Beside others of a file, and among the candidates. */
static void issuers_may_be_elsewhere(void **state)
{
    struct ks_issued issued[KS_PATH_MAX];
    (void)state;
    struct ks_doctor *doctor = ks_doctor_new();
    struct ks_pool *pool = ks_pool_new();
    struct ks_context context = {.now = MAKE_NOW, .candidates = pool};
    (void)leaf(), (void)issuing(), (void)root();
    struct ks_store *s = make_store(
        "a.pem", "PEM", 3, make_entry(KS_KIND_CERT, "leaf", 0, 1, ks_blob_ref(made[2].blob)),
        make_entry(KS_KIND_CERT, "root", 0, 1, ks_blob_ref(made[0].blob)),
        make_entry(KS_KIND_KEY, "key", 0, 1, ks_blob_ref(made[2].blob)));
    assert_int_equal(ks_revocable(doctor, s, ks_store_entry(s, 0), &context, NULL, issued), 1);
    assert_null(issued[0].issuer);
    assert_int_equal(ks_revocable(doctor, s, ks_store_entry(s, 1), &context, NULL, issued), 0);
    ks_pool_add(pool, &(struct ks_pool_cert){.cert = issuing(), .rank = 1});
    assert_int_equal(ks_revocable(doctor, s, ks_store_entry(s, 0), &context, NULL, issued), 2);
    assert_ptr_equal(issued[0].issuer, issuing());
    assert_ptr_equal(issued[1].cert, issuing());
    assert_true(ks_slice_equal(ks_cert_der(issued[1].issuer), ks_cert_der(root())));
    assert_int_equal(ks_revocable(doctor, s, ks_store_entry(s, 2), &context, NULL, issued), 1);
    assert_ptr_equal(issued[0].issuer, issuing());
    ks_store_free(s);
    ks_pool_free(pool);
    ks_doctor_free(doctor);
}

static void the_urls_are_told_before(void **state)
{
    struct ks_buf urls = KS_BUF_INIT;
    (void)state;
    ks_revocation_urls(leaf(), &urls);
    assert_string_equal(ks_buf_text(&urls), LIST_URL "\n");
    ks_buf_clear(&urls);
    struct ks_blob *blob = make_cert(&(struct make_cert){
        .cn = "both",
        .access = "OCSP;URI:http://a/,caIssuers;URI:http://b/,OCSP;URI:ldap://c/",
        .points = "URI:http://d/"});
    struct ks_cert both;
    assert_true(ks_cert_skim(ks_blob_slice(blob), &both));
    ks_revocation_urls(&both, &urls);
    assert_string_equal(ks_buf_text(&urls), "http://a/\nldap://c/\nhttp://d/\n");
    ks_buf_free(&urls);
    ks_blob_unref(blob);
}

static void what_was_asked_is_kept_once_a_certificate(void **state)
{
    (void)state;
    struct ks_statuses known = {0};
    struct ks_cert broken = {.flags = KS_CERT_BROKEN};
    assert_null(ks_statuses_of(NULL, leaf()));
    assert_null(ks_statuses_of(&known, leaf()));
    for (int i = 0; i < 20; i++) {
        const struct ks_cert *certs[] = {leaf(), other(), &broken};
        struct ks_status status = {.cert = certs[i % 3], .from = ks_strdup("x"), .asked = i};
        ks_statuses_take(&known, &status);
        assert_null(status.from);
    }
    assert_int_equal(known.count, 2);
    const struct ks_status *found = ks_statuses_of(&known, leaf());
    assert_true(found && found->cert != leaf() && found->asked == 18);
    assert_true(ks_slice_equal(ks_cert_der(found->cert), ks_cert_der(leaf())));
    struct ks_status again = {.cert = found->cert, .asked = 99}; /* its own copy */
    ks_statuses_take(&known, &again);
    assert_int_equal(ks_statuses_of(&known, leaf())->asked, 99);
    ks_statuses_drop(&known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_of_the_issuer_is_believed),
        cmocka_unit_test(the_signer_must_be_the_issuer_or_have_its_consent),
        cmocka_unit_test(a_delegate_that_is_not_sent_along_cannot_be_believed),
        cmocka_unit_test(an_answer_counts_for_its_time_and_five_minutes),
        cmocka_unit_test(an_answer_with_something_critical_that_nobody_knows_says_nothing),
        cmocka_unit_test(of_several_words_about_a_certificate_none_is_chosen),
        cmocka_unit_test(sha_1_is_remarked),
        cmocka_unit_test(an_answer_about_another_certificate_says_nothing),
        cmocka_unit_test(what_a_responder_refuses_is_put_into_words),
        cmocka_unit_test(weak_digests_prove_nothing),
        cmocka_unit_test(garbage_is_no_answer),
        cmocka_unit_test(an_answer_that_was_changed_is_not_believed),
        cmocka_unit_test(a_nonce_that_comes_back_must_be_ours),
        cmocka_unit_test(a_request_is_what_responders_expect),
        cmocka_unit_test(a_list_of_the_issuer_is_believed),
        cmocka_unit_test(a_list_proves_nothing_when),
        cmocka_unit_test(a_list_for_users_is_not_for_cas),
        cmocka_unit_test(a_list_must_be_signed_by_an_issuer_that_may),
        cmocka_unit_test(what_a_list_has_in_an_odd_place_is_not_passed_over),
        cmocka_unit_test(a_list_that_was_changed_or_cut_off_is_not_believed),
        cmocka_unit_test(a_list_that_cannot_be_read_to_its_end_proves_nothing),
        cmocka_unit_test(lists_come_as_der_and_as_pem),
        cmocka_unit_test(of_the_lists_of_a_file_one_that_revokes_counts),
        cmocka_unit_test(without_anybody_to_ask_it_is_said_so),
        cmocka_unit_test(a_responder_that_knows_is_all_that_is_asked),
        cmocka_unit_test(when_the_responder_fails_the_list_is_asked),
        cmocka_unit_test(when_nobody_knows_all_of_them_are_quoted),
        cmocka_unit_test(a_given_responder_is_asked_and_nobody_else),
        cmocka_unit_test(private_addresses_and_odd_ports_are_not_asked_unless_agreed_to),
        cmocka_unit_test(of_a_run_a_list_is_fetched_once_and_who_is_away_is_asked_once),
        cmocka_unit_test(asking_can_be_stopped),
        cmocka_unit_test(a_chain_is_asked_about_up_to_its_root),
        cmocka_unit_test(issuers_may_be_elsewhere),
        cmocka_unit_test(the_urls_are_told_before),
        cmocka_unit_test(what_was_asked_is_kept_once_a_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, forget_certs);
}
