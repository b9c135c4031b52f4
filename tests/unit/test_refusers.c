/*
 * What the doctor says of who refuses is what those say who judge for themselves: Java's rules, and
 * OpenSSL. Each row was tried with Java 17 and curl 7.88 as well.
 */
#include "make_cert.h"

#include "doctor/doctor.h"
#include "doctor/prove.h"
#include "chain/catalogue.h"
#include "format/format.h"

#define HOST "localhost"
#define SERVER .cn = HOST, .issuer = "issuing"
#define LEAF SERVER, .san = "DNS:" HOST
#define ISSUING .cn = "issuing", .issuer = "root"
#define CRITICAL(oid, der) .ext = oid, .ext_value = "critical,DER:" der
#define GOOD_LEAF {LEAF}
#define GOOD_CA {ISSUING, .ca = true}
#define GOOD_ROOT {.cn = "root", .ca = true}

static const struct pki {
    const char *label;
    struct make_cert certs[3];
    bool java, curl; /* take it */
} pkis[] = {
    /* clang-format off */
    {"sound", {GOOD_LEAF, GOOD_CA, GOOD_ROOT}, true, true},
    {"unknown", {{LEAF, .unknown = true}, GOOD_CA, GOOD_ROOT}, false, false},
    {"critical SKI", {{LEAF, .no_ids = true, CRITICAL("2.5.29.14", "0402AABB")}, GOOD_CA, GOOD_ROOT}, false, false},
    {"critical issuerAltName", {{LEAF, CRITICAL("2.5.29.18", "3003820178")}, GOOD_CA, GOOD_ROOT}, false, false},
    {"critical CRL points", {{LEAF, CRITICAL("2.5.29.31", "300A3008A006A00486027878")}, GOOD_CA, GOOD_ROOT}, false, true},
    {"critical nsCertType", {{LEAF, CRITICAL("2.16.840.1.113730.1.1", "03020640")}, GOOD_CA, GOOD_ROOT}, false, true},
    {"critical noCheck", {{LEAF, CRITICAL("1.3.6.1.5.5.7.48.1.5", "0500")}, GOOD_CA, GOOD_ROOT}, false, true},
    {"critical access", {{LEAF, CRITICAL("1.3.6.1.5.5.7.1.1", "300C300A06082B06010505073002")}, GOOD_CA, GOOD_ROOT}, false, false},
    {"nsCertType client", {{LEAF, .ext = "nsCertType", .ext_value = "client"}, GOOD_CA, GOOD_ROOT}, false, false},
    {"any usage", {{LEAF, .purpose = "anyExtendedKeyUsage"}, GOOD_CA, GOOD_ROOT}, true, false},
    {"any usage of a CA", {GOOD_LEAF, {ISSUING, .ca = true, .purpose = "anyExtendedKeyUsage"}, GOOD_ROOT}, true, false},
    {"SGC", {{LEAF, .purpose = "nsSGC"}, GOOD_CA, GOOD_ROOT}, true, true},
    {"SGC of a CA", {GOOD_LEAF, {ISSUING, .ca = true, .purpose = "nsSGC"}, GOOD_ROOT}, true, true},
    {"a client's", {{LEAF, .purpose = "clientAuth"}, GOOD_CA, GOOD_ROOT}, false, false},
    {"a CA for clients", {GOOD_LEAF, {ISSUING, .ca = true, .purpose = "clientAuth"}, GOOD_ROOT}, true, false},
    {"keyAgreement alone", {{LEAF, .usage = "critical,keyAgreement"}, GOOD_CA, GOOD_ROOT}, false, true},
    {"keyCertSign alone", {{LEAF, .usage = "critical,keyCertSign"}, GOOD_CA, GOOD_ROOT}, false, false},
    {"nameless", {{LEAF, .nameless = true}, GOOD_CA, GOOD_ROOT}, false, true},
    {"another name", {{SERVER, .san = "DNS:other.example"}, GOOD_CA, GOOD_ROOT}, false, false},
    {"an address and the CN", {{SERVER, .san = "IP:127.0.0.1"}, GOOD_CA, GOOD_ROOT}, true, false},
    {"the CN", {{SERVER}, GOOD_CA, GOOD_ROOT}, true, true},
    {"negative path length", {GOOD_LEAF, {ISSUING, CRITICAL("2.5.29.19", "30060101FF0201FF")}, GOOD_ROOT}, false, false},
    {"broken extension", {{LEAF, .ext = "2.5.29.31", .ext_value = "DER:300501"}, GOOD_CA, GOOD_ROOT}, true, false},
    {"root for clients", {GOOD_LEAF, GOOD_CA, {.cn = "root", .ca = true, .purpose = "clientAuth"}}, true, false},
    {"root without CAs below", {GOOD_LEAF, GOOD_CA, {.cn = "root", .basics = "critical,CA:TRUE,pathlen:0"}}, true, false},
    {"root with constraints", {GOOD_LEAF, GOOD_CA, {.cn = "root", .ca = true, .constraints = "permitted;DNS:other.example"}}, true, false},
    {"root of tomorrow", {GOOD_LEAF, GOOD_CA, {.cn = "root", .ca = true, .from = "2026-04-01"}}, true, false},
    {"root with the unknown", {GOOD_LEAF, GOOD_CA, {.cn = "root", .ca = true, .unknown = true}}, true, false},
    {"root that may not sign", {GOOD_LEAF, GOOD_CA, {.cn = "root", .ca = true, .usage = "critical,digitalSignature"}}, false, false},
    {"CA of tomorrow", {GOOD_LEAF, {ISSUING, .ca = true, .from = "2026-04-01"}, GOOD_ROOT}, false, false},
    {"constraints", {GOOD_LEAF, {ISSUING, .ca = true, .constraints = "permitted;DNS:other.example"}, GOOD_ROOT}, false, false},
    /* clang-format on */
};

/* What the doctor says, as a mask of enum ks_client. */
static unsigned refused_by(const struct ks_store *s)
{
    const char *host = HOST;
    struct ks_doctor *doctor = ks_doctor_new();
    struct ks_context context = {
        .now = MAKE_NOW, .purpose = KS_PURPOSE_SERVER, .hosts = &host, .host_count = 1};
    struct ks_diagnosis found;
    struct ks_error err = {0};
    unsigned refused = 0;
    assert_int_equal(ks_diagnose(doctor, s, &context, NULL, &found, &err), KS_OK);
    for (size_t i = 0; i < found.count; i++)
        if (found.at[i].found.severity >= KS_WARNING)
            refused |= found.at[i].rejects;
    ks_diagnosis_drop(&found);
    ks_doctor_free(doctor);
    return refused;
}

static void prove(struct ks_store *s, struct ks_blob *root, struct ks_proof *proof)
{
    const struct ks_entry *e = ks_store_entry(s, 0);
    const struct ks_cert *chain[] = {&e->chain[0], &e->chain[1], &e->chain[2]};
    struct ks_store *trust = make_store("trust.jks", "JKS", 1,
                                        make_entry(KS_KIND_TRUSTED, "root", 0, 1, root));
    struct ks_error err = {0};
    struct ks_proof_args args = {
        .chain = chain, .count = 3, .trust = trust, .host = HOST, .now = MAKE_NOW};
    trust->format = &ks_format_jks;
    assert_int_equal(ks_prove(NULL, &args, NULL, proof, &err), KS_OK);
    ks_store_free(trust);
}

static bool same(const char *label, const char *who, bool wanted, bool proven, bool said)
{
    if (wanted != proven)
        print_error("%s: %s %s it, and the proof says otherwise\n", label, who,
                    wanted ? "takes" : "refuses");
    if (wanted != said)
        print_error("%s: %s %s it, and the doctor says otherwise\n", label, who,
                    wanted ? "takes" : "refuses");
    return wanted == proven && wanted == said;
}

static bool agrees(const struct pki *p)
{
    struct ks_blob *root = make_cert(&p->certs[2]);
    struct ks_proof proof;
    struct ks_store *s = make_store("server.jks", "JKS", 1,
                                    make_entry(KS_KIND_KEY, "server", 0, 3, make_cert(&p->certs[0]),
                                               make_cert(&p->certs[1]), ks_blob_ref(root)));
    s->format = &ks_format_jks;
    prove(s, root, &proof);
    unsigned refused = refused_by(s);
    bool good = same(p->label, "Java", p->java, proof.java.state == KS_PROOF_GOOD,
                     !(refused & KS_CLIENT_JAVA));
    good = same(p->label, "curl", p->curl, proof.openssl.state == KS_PROOF_GOOD,
                !(refused & KS_CLIENT_CURL)) &&
           good;
    ks_proof_drop(&proof);
    ks_store_free(s);
    return good;
}

static void the_doctor_names_those_who_refuse_and_nobody_else(void **state)
{
    bool good = true;
    (void)state;
    for (size_t i = 0; i < sizeof pkis / sizeof pkis[0]; i++)
        good = agrees(&pkis[i]) && good;
    assert_true(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_doctor_names_those_who_refuse_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
