/* Every rule of the table fires where it should, and stays silent where it should not. */
#include "make_cert.h"

#include "chain/catalogue.h"
#include "chain/findings.h"
#include "chain/names.h"
#include "chain/rules.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- samples ---- */

static struct ks_blob *root(void)
{
    return make_cert(&(struct make_cert){.cn = "Root", .ca = true});
}

static struct ks_blob *middle(void)
{
    return make_cert(&(struct make_cert){.cn = "Middle", .issuer = "Root", .ca = true});
}

static struct ks_blob *server(const struct make_cert *change)
{
    struct make_cert m = *change;
    m.cn = m.cn ? m.cn : "www.example.com";
    m.issuer = "Middle";
    m.san = m.san ? m.san : "DNS:www.example.com";
    return make_cert(&m);
}

static struct ks_entry *key_with(struct ks_blob *leaf)
{
    return make_entry(KS_KIND_KEY, "server", 0, 3, leaf, middle(), root());
}

static struct ks_entry *good_key(uint32_t notes)
{
    return make_entry(KS_KIND_KEY, "server", notes, 3, server(&(struct make_cert){0}), middle(),
                      root());
}

static struct ks_store *store_with(struct ks_entry *e)
{
    return make_store("dir/server.jks", "JKS", 1, e);
}

static struct ks_store *noted_store(uint32_t notes)
{
    struct ks_store *s = store_with(good_key(0));
    s->notes = notes;
    return s;
}

static struct ks_store *noted_p12(uint32_t notes)
{
    struct ks_store *s = make_store("dir/server.p12", "PKCS12", 1, good_key(0));
    s->notes = notes;
    return s;
}

/* ---- what triggers each rule ---- */

static struct ks_store *damaged(void)
{
    struct ks_store *s = noted_store(KS_STORE_DAMAGED);
    (void)ks_fail(&s->damage, KS_ERR_DAMAGED, "bad-entry", "entry 3 is none");
    return s;
}

static struct ks_store *truncated(void)
{
    struct ks_store *s = noted_store(KS_STORE_DAMAGED);
    (void)ks_fail(&s->damage, KS_ERR_DAMAGED, "truncated", "the file ends inside entry 3");
    return s;
}

static struct ks_store *pem_as_p12(void)
{
    return make_store("dir/server.p12", "PEM", 1, good_key(0));
}

static struct ks_store *jks_as_p12(void)
{
    return make_store("dir/server.P12", "JKS", 1, good_key(0));
}

static struct ks_store *integrity(enum ks_integrity i)
{
    struct ks_store *s = noted_store(0);
    s->integrity = i;
    return s;
}

static struct ks_store *not_intact(void)
{
    return integrity(KS_INTEGRITY_BAD);
}

static struct ks_store *not_verified(void)
{
    return integrity(KS_INTEGRITY_UNVERIFIED);
}

static struct ks_store *refused(void)
{
    return noted_store(KS_STORE_JAVA_REFUSES);
}

static struct ks_store *shows_nothing(void)
{
    return noted_p12(KS_STORE_JAVA_EMPTY);
}

static struct ks_store *empty(void)
{
    return make_store("empty.jks", "JKS", 0);
}

static struct ks_store *weak_p12(void)
{
    return noted_p12(KS_STORE_WEAK);
}

static struct ks_store *no_mac(void)
{
    return noted_p12(KS_STORE_NO_MAC);
}

static struct ks_store *no_legacy(void)
{
    return noted_p12(KS_STORE_NO_LEGACY);
}

static struct ks_store *readable_by_all(void)
{
    struct ks_store *s = store_with(good_key(KS_NOTE_KEY_CLEAR));
    s->mode = 0644;
    return s;
}

static struct ks_store *locked_parts(void)
{
    return noted_p12(KS_STORE_LOCKED_PARTS);
}

static struct ks_store *trailing(void)
{
    return noted_store(KS_STORE_TRAILING);
}

static struct ks_store *leaf_alone(void)
{
    return store_with(make_entry(KS_KIND_KEY, "server", 0, 1, server(&(struct make_cert){0})));
}

static struct ks_store *root_first(void)
{
    return store_with(make_entry(KS_KIND_KEY, "server", 0, 3, root(), middle(),
                                 server(&(struct make_cert){0})));
}

static struct ks_store *key_alone(void)
{
    return store_with(make_entry(KS_KIND_KEY, "server", KS_NOTE_NO_CHAIN, 0));
}

static struct ks_store *without_root(void)
{
    return store_with(make_entry(KS_KIND_KEY, "server", 0, 2, server(&(struct make_cert){0}),
                                 middle()));
}

static struct ks_store *with_stranger(void)
{
    struct ks_blob *other =
        make_cert(&(struct make_cert){.cn = "Other", .issuer = "Elsewhere", .ca = true});
    return store_with(make_entry(KS_KIND_KEY, "server", 0, 4, server(&(struct make_cert){0}),
                                 middle(), root(), other));
}

static struct ks_store *issuer_twice(void)
{
    struct ks_blob *issuer = middle();
    return store_with(make_entry(KS_KIND_KEY, "server", 0, 4, server(&(struct make_cert){0}),
                                 ks_blob_ref(issuer), issuer, root()));
}

static struct ks_store *eleven_certificates(void)
{
    struct ks_blob *b[8];
    for (size_t i = 0; i < 8; i++)
        b[i] = make_cert(&(struct make_cert){
            .cn = "Other", .issuer = "Elsewhere", .ca = true, .serial = (long)i + 1});
    return store_with(make_entry(KS_KIND_KEY, "server", 0, 11, server(&(struct make_cert){0}),
                                 middle(), root(), b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]));
}

static struct ks_store *self_signed(void)
{
    return store_with(make_entry(KS_KIND_KEY, "server", 0, 1,
                                 make_cert(&(struct make_cert){.cn = "h", .san = "DNS:h"})));
}

static struct ks_store *without_names(void)
{
    return store_with(key_with(make_cert(&(struct make_cert){
        .cn = "www.example.com", .issuer = "Middle", .purpose = "serverAuth"})));
}

static struct ks_store *with_note(uint32_t note)
{
    return store_with(good_key(note));
}

#define NOTED(name, note)                                                                          \
    static struct ks_store *name(void)                                                             \
    {                                                                                              \
        return with_note(note);                                                                    \
    }
NOTED(unreachable, KS_NOTE_UNREACHABLE)
NOTED(fatal_item, KS_NOTE_JAVA_FATAL)
NOTED(upper_alias, KS_NOTE_ALIAS_UPPER)
NOTED(replaced, KS_NOTE_JAVA_REPLACED)
NOTED(bad_alias, KS_NOTE_ALIAS_ENCODING)
NOTED(keybag, KS_NOTE_JAVA_KEYBAG)
NOTED(no_key_id, KS_NOTE_JAVA_NO_KEYID)
NOTED(nested, KS_NOTE_JAVA_NESTED)
NOTED(ignored, KS_NOTE_JAVA_IGNORED)
NOTED(clear_key, KS_NOTE_KEY_CLEAR)
NOTED(foreign_class, KS_NOTE_KEYREP_UNKNOWN)
NOTED(other_cert_type, KS_NOTE_CERT_TYPE)
NOTED(locked_chain, KS_NOTE_LOCKED_CHAIN)

static struct ks_store *invisible_trust(void)
{
    struct ks_store *s =
        make_store("ca.p12", "PKCS12", 1, make_entry(KS_KIND_CERT, "ca", KS_NOTE_JAVA_NO_TRUST, 1, root()));
    s->notes = KS_STORE_JAVA_EMPTY;
    return s;
}

static struct ks_store *hidden_alias(void)
{
    return store_with(make_entry(KS_KIND_TRUSTED, "a\x1b[31mb", 0, 1, root()));
}

static struct ks_store *mixed_alias(void)
{
    return store_with(make_entry(KS_KIND_TRUSTED, "p\xd0\xb0ypal", 0, 1, root()));
}

static struct ks_store *expired(void)
{
    return store_with(key_with(server(&(struct make_cert){.to = "2026-01-29"})));
}

static struct ks_store *not_yet(void)
{
    return store_with(key_with(server(&(struct make_cert){.from = "2026-03-15"})));
}

static struct ks_store *unreadable(void)
{
    return store_with(make_entry(KS_KIND_TRUSTED, "ca", 0, 1, ks_blob_copy(ks_slice_str("junk"))));
}

static struct ks_store *short_key(void)
{
    return store_with(key_with(server(&(struct make_cert){.key = make_key("rsa1024")})));
}

static struct ks_store *sha1_signature(void)
{
    return store_with(key_with(server(&(struct make_cert){.digest = "SHA1"})));
}

/* MD5 goes with RSA only. */
static struct ks_store *md5_signature(void)
{
    struct make_cert issuer = {
        .cn = "Middle", .issuer = "Root", .ca = true, .key = make_key("rsa2048")};
    struct ks_blob *leaf =
        server(&(struct make_cert){.digest = "MD5", .signer = make_key("rsa2048")});
    return store_with(make_entry(KS_KIND_KEY, "server", 0, 3, leaf, make_cert(&issuer), root()));
}

static struct ks_store *with_issuers(struct ks_blob *issuer, struct ks_blob *top)
{
    return store_with(
        make_entry(KS_KIND_KEY, "server", 0, 3, server(&(struct make_cert){0}), issuer, top));
}

static struct ks_store *expired_issuer(void)
{
    return with_issuers(make_cert(&(struct make_cert){
                            .cn = "Middle", .issuer = "Root", .ca = true, .to = "2026-01-29"}),
                        root());
}

static struct ks_store *early_issuer(void)
{
    return with_issuers(make_cert(&(struct make_cert){
                            .cn = "Middle", .issuer = "Root", .ca = true, .from = "2026-03-15"}),
                        root());
}

static struct ks_store *expired_root(void)
{
    return with_issuers(
        middle(), make_cert(&(struct make_cert){.cn = "Root", .ca = true, .to = "2026-01-29"}));
}

static struct ks_store *expired_anchor(void)
{
    return store_with(make_entry(
        KS_KIND_TRUSTED, "ca", 0, 1,
        make_cert(&(struct make_cert){.cn = "Old", .ca = true, .to = "2026-01-29"})));
}

static struct ks_store *weak_anchor(void)
{
    return store_with(make_entry(
        KS_KIND_TRUSTED, "ca", 0, 1,
        make_cert(&(struct make_cert){.cn = "Weak", .ca = true, .key = make_key("rsa1024")})));
}

static struct ks_store *expiring(void)
{
    return store_with(key_with(server(&(struct make_cert){.to = "2026-03-13"})));
}

static struct ks_blob *crl_until(const char *next_update)
{
    unsigned char *der = NULL;
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_adj(NULL, (time_t)make_time("2025-01-01"), 0, 0);
    ASN1_TIME *to = ASN1_TIME_adj(NULL, (time_t)make_time(next_update), 0, 0);
    X509_NAME *name = X509_NAME_new();
    make_name(name, "Root", 0, 0, NULL);
    assert_true(X509_CRL_set_version(crl, X509_CRL_VERSION_2));
    assert_true(X509_CRL_set_issuer_name(crl, name));
    assert_true(X509_CRL_set1_lastUpdate(crl, from) && X509_CRL_set1_nextUpdate(crl, to));
    assert_true(X509_CRL_sign(crl, make_key("Root"), EVP_sha256()) > 0);
    int len = i2d_X509_CRL(crl, &der);
    assert_true(len > 0);
    struct ks_blob *blob = ks_blob_copy(ks_slice(der, (size_t)len));
    OPENSSL_free(der);
    X509_NAME_free(name);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_CRL_free(crl);
    return blob;
}

static struct ks_store *crl_store(const char *next_update)
{
    return make_store("ca.crl", "CRL", 1,
                      make_item(KS_KIND_CRL, "Root", 0, crl_until(next_update)));
}

static struct ks_store *old_crl(void)
{
    return crl_store("2026-01-29");
}

/* A UTCTime whose month is 13; the signature does not matter here. */
static struct ks_store *bad_date(void)
{
    struct ks_blob *good = server(&(struct make_cert){.to = "2029-12-24"});
    uint8_t *der = ks_alloc(good->len);
    memcpy(der, good->data, good->len);
    for (size_t i = 0; i + 12 < good->len; i++)
        if (memcmp(der + i, "291224", 6) == 0)
            memcpy(der + i, "291324", 6);
    struct ks_blob *bad = ks_blob_take(der, good->len, false);
    ks_blob_unref(good);
    return store_with(key_with(bad));
}

static const struct {
    const char *id;
    enum ks_severity severity;
    struct ks_store *(*make)(void);
} triggers[] = {
    {"STORE-DAMAGED", KS_ERROR, damaged},
    {"STORE-TRUNCATED", KS_ERROR, truncated},
    {"STORE-NOT-A-KEYSTORE", KS_ERROR, pem_as_p12},
    {"STORE-TYPE-MISMATCH", KS_WARNING, jks_as_p12},
    {"STORE-WRONG-PASSWORD", KS_ERROR, not_intact},
    {"JAVA-REFUSES-STORE", KS_ERROR, refused},
    {"JAVA-SHOWS-NOTHING", KS_ERROR, shows_nothing},
    {"STORE-EMPTY", KS_WARNING, empty},
    {"STORE-LEGACY-ENCRYPTION", KS_NOTE, weak_p12},
    {"P12-NO-MAC", KS_WARNING, no_mac},
    {"LEGACY-PROVIDER-MISSING", KS_WARNING, no_legacy},
    {"STORE-FILE-MODE", KS_WARNING, readable_by_all},
    {"STORE-NOT-VERIFIED", KS_NOTE, not_verified},
    {"STORE-LOCKED", KS_NOTE, locked_parts},
    {"STORE-TRAILING", KS_NOTE, trailing},
    {"CHAIN-MISSING-INTERMEDIATE", KS_ERROR, leaf_alone},
    {"CHAIN-OUT-OF-ORDER", KS_ERROR, root_first},
    {"KEY-NO-CERTIFICATE", KS_ERROR, key_alone},
    {"ENTRY-UNREACHABLE", KS_ERROR, unreachable},
    {"JAVA-REFUSES-ITEM", KS_ERROR, fatal_item},
    {"ALIAS-NOT-REACHABLE", KS_ERROR, upper_alias},
    {"CERT-NO-SAN", KS_ERROR, without_names},
    {"CHAIN-UNRELATED-CERT", KS_WARNING, with_stranger},
    {"CHAIN-TOO-LONG", KS_WARNING, eleven_certificates},
    {"CHAIN-DUPLICATE-CERT", KS_WARNING, issuer_twice},
    {"CERT-SELF-SIGNED", KS_WARNING, self_signed},
    {"STORE-ALIAS-COLLISION", KS_WARNING, replaced},
    {"ALIAS-ENCODING", KS_WARNING, bad_alias},
    {"P12-TRUST-INVISIBLE", KS_ERROR, invisible_trust},
    {"JAVA-HIDES-KEY", KS_WARNING, keybag},
    {"JAVA-DROPS-KEY", KS_WARNING, no_key_id},
    {"JAVA-NESTED-SAFE", KS_WARNING, nested},
    {"JAVA-IGNORES-ITEM", KS_NOTE, ignored},
    {"KEY-IN-CLEAR", KS_WARNING, clear_key},
    {"KEY-CLASS-UNKNOWN", KS_WARNING, foreign_class},
    {"CERT-TYPE-UNKNOWN", KS_WARNING, other_cert_type},
    {"NAME-HIDDEN-CHARS", KS_WARNING, hidden_alias},
    {"NAME-MIXED-SCRIPTS", KS_NOTE, mixed_alias},
    {"CRL-OUTDATED", KS_WARNING, old_crl},
    {"CHAIN-LOCKED", KS_NOTE, locked_chain},
    {"CHAIN-MISSING-ROOT", KS_NOTE, without_root},
    {"CERT-EXPIRED", KS_ERROR, expired},
    {"CERT-NOT-YET-VALID", KS_ERROR, not_yet},
    {"CERT-UNREADABLE", KS_ERROR, unreadable},
    {"KEY-WEAK", KS_ERROR, short_key},
    {"SIG-SHA1", KS_ERROR, sha1_signature},
    {"SIG-MD5", KS_ERROR, md5_signature},
    {"TRUST-WEAK", KS_WARNING, weak_anchor},
    {"TRUST-EXPIRED", KS_WARNING, expired_anchor},
    {"CHAIN-EXPIRED-INTERMEDIATE", KS_ERROR, expired_issuer},
    {"CHAIN-EXPIRED-ROOT", KS_WARNING, expired_root},
    {"CHAIN-NOT-YET-VALID", KS_ERROR, early_issuer},
    {"CERT-EXPIRES-SOON", KS_WARNING, expiring},
    {"CERT-DATE-UNREADABLE", KS_WARNING, bad_date},
};
#define TRIGGERS (sizeof triggers / sizeof triggers[0])

/* ---- helpers ---- */

static struct ks_findings all_of(const struct ks_store *s)
{
    struct ks_findings f = {0};
    ks_find_store(s, MAKE_NOW, &f);
    for (size_t i = 0; i < ks_store_count(s); i++)
        ks_find_entry(s, ks_store_entry(s, i), MAKE_NOW, &f);
    return f;
}

static const struct ks_finding *find(const struct ks_findings *f, const char *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].id, id) == 0)
            return &f->items[i];
    return NULL;
}

/* Frees the store. The severity of the rule there, KS_FINE if it is silent. */
static enum ks_severity judged(struct ks_store *s, const char *id)
{
    struct ks_findings f = all_of(s);
    const struct ks_finding *item = find(&f, id);
    enum ks_severity severity = item ? item->severity : KS_FINE;
    ks_findings_free(&f);
    ks_store_free(s);
    return severity;
}

static enum ks_severity worst_in(const struct ks_findings *f)
{
    enum ks_severity worst = KS_FINE;
    for (size_t i = 0; i < f->count; i++)
        worst = f->items[i].severity > worst ? f->items[i].severity : worst;
    return worst;
}

/* ---- the table as a whole ---- */

/* Those of the scopes *_DEEP are those of the doctor: tests/unit/test_doctor_rules.c. */
static const char *const quick[] = {
#define QUICK_STORE(id) id,
#define QUICK_ENTRY(id) id,
#define QUICK_CERT(id) id,
#define QUICK_STORE_DEEP(id)
#define QUICK_ENTRY_DEEP(id)
#define QUICK_CERT_DEEP(id)
#define QUICK(scope, name, id, severity, title) QUICK_##scope(id)
    KS_FINDINGS(QUICK)
};
#define QUICK_RULES (sizeof quick / sizeof quick[0])

static void every_rule_has_a_case_that_triggers_it(void **state)
{
    (void)state;
    size_t count = 0;
    for (; count < QUICK_RULES; count++) {
        const struct ks_rule_info *r = ks_rule_of(quick[count]);
        size_t i = 0;
        while (i < TRIGGERS && strcmp(triggers[i].id, r->id) != 0)
            i++;
        if (i == TRIGGERS)
            fail_msg("no case triggers %s", r->id);
        assert_true(triggers[i].severity <= r->severity);
        assert_true(r->title[0] != '\0' && r->title[strlen(r->title) - 1] != '.');
        for (const struct ks_rule_info *other = r + 1; other->id; other++)
            assert_string_not_equal(other->id, r->id);
    }
    assert_int_equal(count, TRIGGERS);
}

/* ---- the catalogue ---- */

static void every_rule_has_a_row_in_the_catalogue(void **state)
{
    (void)state;
    for (const struct ks_rule_info *r = ks_rules(); r->id; r++)
        if (!ks_catalogue_of(r->id))
            fail_msg("%s is not in the catalogue", r->id);
}

static void every_row_of_the_catalogue_is_a_finding(void **state)
{
    (void)state;
    for (const struct ks_catalogue *row = ks_catalogue(); row->id; row++) {
        if (!ks_rule_of(row->id))
            fail_msg("%s is in the catalogue, and nothing finds it", row->id);
        if (ks_catalogue_of(row->id) != row)
            fail_msg("%s is in the catalogue twice", row->id);
    }
}

static void reads_well(const char *id, const char *text)
{
    size_t len = strlen(text);
    bool odd = strstr(text, " ,") || strstr(text, " .") || strchr(text, '\t') || strchr(text, '\n');
    if (len < 10 || odd || text[len - 1] != '.' || (text[0] >= 'a' && text[0] <= 'z' && strncmp(text, "ksx ", 4) != 0 && strncmp(text, "chmod ", 6) != 0 && strncmp(text, "openssl ", 8) != 0 && strncmp(text, "keytool ", 8) != 0))
        fail_msg("%s reads badly: %s", id, text);
}

static void rows_of_the_catalogue_are_sentences(void **state)
{
    (void)state;
    for (const struct ks_catalogue *row = ks_catalogue(); row->id; row++) {
        reads_well(row->id, row->rule);
        reads_well(row->id, row->why);
        reads_well(row->id, row->fix);
        if (row->rejects & ~((1u << KS_CLIENTS) - 1))
            fail_msg("%s names a client that there is not", row->id);
    }
    assert_string_equal(ks_client_name(0), "Java");
    assert_string_equal(ks_client_name(KS_CLIENTS - 1), "the server");
    assert_string_equal(ks_client_name(KS_CLIENTS), "");
}

/* What breaks a client or a server is an error, and what breaks nobody is none; but for those that
 * are worth an error only once they are used. */
static void who_rejects_fits_the_severity(void **state)
{
    (void)state;
    for (const struct ks_catalogue *row = ks_catalogue(); row->id; row++) {
        enum ks_severity severity = ks_rule_of(row->id)->severity;
        if (severity == KS_ERROR && row->rejects == 0)
            fail_msg("%s is an error that nobody minds", row->id);
    }
}

static void each_case_triggers_its_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRIGGERS; i++) {
        struct ks_store *s = triggers[i].make();
        struct ks_findings f = all_of(s);
        const struct ks_finding *item = find(&f, triggers[i].id);
        if (!item)
            fail_msg("%s was not found", triggers[i].id);
        if (item->severity != triggers[i].severity)
            fail_msg("%s is %s", item->id, ks_severity_word(item->severity));
        size_t len = strlen(item->text);
        if (len < 20 || item->text[len - 1] != '.' || strstr(item->text, "  "))
            fail_msg("%s reads badly: %s", item->id, item->text);
        ks_findings_free(&f);
        ks_store_free(s);
    }
}

static void a_sound_store_has_no_findings(void **state)
{
    (void)state;
    struct ks_store *s = store_with(good_key(0));
    struct ks_findings f = all_of(s);
    for (size_t i = 0; i < f.count; i++)
        print_message("unexpected: %s\n", f.items[i].text);
    assert_int_equal(f.count, 0);
    assert_int_equal(ks_worst_of_entry(s, ks_store_entry(s, 0), MAKE_NOW), KS_FINE);
    assert_int_equal(ks_worst_of_store(s, MAKE_NOW), KS_FINE);
    ks_findings_free(&f);
    ks_store_free(s);
}

static void the_worst_is_what_the_list_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRIGGERS; i++) {
        struct ks_store *s = triggers[i].make();
        struct ks_findings f = {0};
        ks_find_store(s, MAKE_NOW, &f);
        assert_int_equal(ks_worst_of_store(s, MAKE_NOW), worst_in(&f));
        ks_findings_free(&f);
        for (size_t k = 0; k < ks_store_count(s); k++) {
            const struct ks_entry *e = ks_store_entry(s, k);
            ks_find_entry(s, e, MAKE_NOW, &f);
            assert_int_equal(ks_worst_of_entry(s, e, MAKE_NOW), worst_in(&f));
            ks_findings_free(&f);
        }
        ks_store_free(s);
    }
}

static void findings_of_one_entry_come_worst_first(void **state)
{
    (void)state;
    struct ks_blob *leaf = make_cert(&(struct make_cert){
        .cn = "www.example.com", .issuer = "Middle", .to = "2026-03-10", .digest = "SHA1"});
    struct ks_store *s =
        store_with(make_entry(KS_KIND_KEY, "server", KS_NOTE_JAVA_IGNORED, 1, leaf));
    struct ks_findings f = all_of(s);
    assert_true(f.count >= 4);
    for (size_t i = 1; i < f.count; i++)
        assert_true(f.items[i - 1].severity >= f.items[i].severity);
    ks_findings_free(&f);
    ks_store_free(s);
}

/* ---- where rules are milder, or silent ---- */

static struct ks_store *trusted(const struct make_cert *m)
{
    return store_with(make_entry(KS_KIND_TRUSTED, "ca", 0, 1, make_cert(m)));
}

static void an_expired_anchor_is_a_warning_because_java_accepts_it(void **state)
{
    (void)state;
    struct make_cert old = {.cn = "Old", .ca = true, .to = "2026-01-29"};
    assert_int_equal(judged(trusted(&old), "CERT-EXPIRED"), KS_FINE);
    struct ks_store *s = trusted(&old);
    struct ks_findings f = all_of(s);
    const struct ks_finding *item = find(&f, "TRUST-EXPIRED");
    assert_non_null(item);
    assert_int_equal(item->severity, KS_WARNING);
    assert_non_null(strstr(item->text, "31 days ago (2026-01-29)"));
    assert_non_null(strstr(item->text, "Java still accepts it as an anchor"));
    ks_findings_free(&f);
    ks_store_free(s);
}

static void a_trusted_certificate_is_not_asked_for_its_chain(void **state)
{
    (void)state;
    struct make_cert issued = {.cn = "Issuing", .issuer = "Root", .ca = true};
    assert_int_equal(judged(trusted(&issued), "CHAIN-MISSING-INTERMEDIATE"), KS_FINE);
    struct make_cert self = {.cn = "Root", .ca = true};
    assert_int_equal(judged(trusted(&self), "CERT-SELF-SIGNED"), KS_FINE);
}

static void the_warning_begins_thirty_days_before(void **state)
{
    (void)state;
    struct make_cert at30 = {.cn = "A", .ca = true, .to = "2026-03-31"};
    struct make_cert at31 = {.cn = "A", .ca = true, .to = "2026-04-01"};
    struct make_cert today = {.cn = "A", .ca = true, .to = "2026-03-01"};
    assert_int_equal(judged(trusted(&at30), "CERT-EXPIRES-SOON"), KS_WARNING);
    assert_int_equal(judged(trusted(&at31), "CERT-EXPIRES-SOON"), KS_FINE);
    assert_int_equal(judged(trusted(&today), "CERT-EXPIRED"), KS_FINE);
    assert_int_equal(judged(trusted(&today), "CERT-EXPIRES-SOON"), KS_WARNING);
}

static void key_sizes_are_judged_by_their_algorithm(void **state)
{
    (void)state;
    struct make_cert rsa = {.cn = "A", .ca = true, .key = make_key("rsa2048")};
    struct make_cert p192 = {.cn = "A", .ca = true, .key = make_key("p192")};
    struct make_cert ed = {.cn = "A", .ca = true, .key = make_key("ed25519"), .digest = "none"};
    assert_int_equal(judged(trusted(&rsa), "TRUST-WEAK"), KS_FINE);
    assert_int_equal(judged(trusted(&p192), "TRUST-WEAK"), KS_WARNING);
    assert_int_equal(judged(trusted(&p192), "KEY-WEAK"), KS_FINE);
    assert_int_equal(judged(trusted(&ed), "TRUST-WEAK"), KS_FINE);
}

static void a_roots_own_signature_does_not_matter(void **state)
{
    (void)state;
    struct make_cert old_root = {.cn = "Root", .ca = true, .digest = "SHA1"};
    struct make_cert issued = {
        .cn = "CA", .issuer = "Root", .signer = make_key("rsa2048"), .ca = true, .digest = "MD5"};
    assert_int_equal(judged(trusted(&old_root), "TRUST-WEAK"), KS_FINE);
    assert_int_equal(judged(trusted(&issued), "TRUST-WEAK"), KS_WARNING);
    assert_int_equal(judged(trusted(&issued), "SIG-MD5"), KS_FINE);
    assert_int_equal(judged(with_issuers(middle(), make_cert(&old_root)), "SIG-SHA1"), KS_FINE);
}

static void a_self_signed_ca_is_only_noted(void **state)
{
    (void)state;
    assert_int_equal(judged(store_with(make_entry(KS_KIND_KEY, "ca", 0, 1, root())), "CERT-SELF-SIGNED"),
                     KS_NOTE);
}

static void only_certificates_of_servers_need_host_names(void **state)
{
    (void)state;
    struct make_cert client = {.cn = "www.example.com", .issuer = "Middle", .purpose = "clientAuth"};
    struct make_cert person = {.cn = "Jo Doe", .issuer = "Middle"};
    struct make_cert host = {.cn = "www.example.com", .issuer = "Middle"};
    struct make_cert mail = {.cn = "www.example.com", .issuer = "Middle", .san = "email:a@b.example"};
    assert_int_equal(judged(store_with(key_with(make_cert(&client))), "CERT-NO-SAN"), KS_FINE);
    assert_int_equal(judged(store_with(key_with(make_cert(&person))), "CERT-NO-SAN"), KS_FINE);
    assert_int_equal(judged(store_with(key_with(make_cert(&host))), "CERT-NO-SAN"), KS_ERROR);
    assert_int_equal(judged(store_with(key_with(make_cert(&mail))), "CERT-NO-SAN"), KS_ERROR);
}

static void a_key_file_without_certificate_is_usual(void **state)
{
    (void)state;
    struct ks_store *s = make_store("server.key", "PEM", 1, make_entry(KS_KIND_KEY, "k", 0, 0));
    assert_int_equal(judged(s, "KEY-NO-CERTIFICATE"), KS_NOTE);
}

static void a_locked_chain_is_not_judged(void **state)
{
    (void)state;
    struct ks_store *s = make_store("a.p12", "PKCS12", 1,
                                    make_entry(KS_KIND_KEY, "k", KS_NOTE_LOCKED_CHAIN, 0));
    assert_int_equal(judged(s, "KEY-NO-CERTIFICATE"), KS_FINE);
}

static void shuffled_issuers_are_milder_than_a_misplaced_leaf(void **state)
{
    (void)state;
    struct ks_entry *e = make_entry(KS_KIND_KEY, "server", 0, 3, server(&(struct make_cert){0}),
                                    root(), middle());
    assert_int_equal(judged(store_with(e), "CHAIN-OUT-OF-ORDER"), KS_WARNING);
}

static void a_file_with_trusted_certificates_may_be_read_by_all(void **state)
{
    (void)state;
    struct ks_store *s = store_with(make_entry(KS_KIND_TRUSTED, "ca", 0, 1, root()));
    s->mode = 0644;
    assert_int_equal(judged(s, "STORE-FILE-MODE"), KS_FINE);
    s = store_with(good_key(0));
    s->mode = 0640;
    assert_int_equal(judged(s, "STORE-FILE-MODE"), KS_NOTE);
}

static void only_pkcs12_can_be_written_with_stronger_encryption(void **state)
{
    (void)state;
    assert_int_equal(judged(noted_store(KS_STORE_WEAK), "STORE-LEGACY-ENCRYPTION"), KS_FINE);
}

static void what_may_be_locked_is_not_called_empty(void **state)
{
    (void)state;
    struct ks_store *s = make_store("a.p12", "PKCS12", 0);
    s->notes = KS_STORE_LOCKED_PARTS;
    assert_int_equal(judged(s, "STORE-EMPTY"), KS_FINE);
}

static void a_revocation_list_is_good_until_the_next_is_due(void **state)
{
    (void)state;
    assert_int_equal(judged(crl_store("2026-03-01T00:00:00Z"), "CRL-OUTDATED"), KS_FINE);
    assert_int_equal(judged(crl_store("2026-02-28T23:59:59Z"), "CRL-OUTDATED"), KS_WARNING);
}

/* ---- damaged files ---- */

static char *text_of(const struct ks_store *s, const char *id)
{
    struct ks_findings f = all_of(s);
    const struct ks_finding *item = find(&f, id);
    assert_non_null(item);
    char *text = ks_strdup(item->text);
    ks_findings_free(&f);
    return text;
}

static void a_check_that_was_not_made_is_not_called_a_difference(void **state)
{
    (void)state;
    struct ks_store *s = not_intact();
    ks_store_fact(s, "Integrity", "cannot be checked: the file ends before its SHA-1 digest");
    char *text = text_of(s, "STORE-WRONG-PASSWORD");
    assert_non_null(strstr(text, "cannot be checked: the file ends before its SHA-1 digest."));
    assert_null(strstr(text, "do not fit"));
    free(text);
    ks_store_free(s);
    s = not_intact();
    ks_store_fact(s, "Integrity", "the SHA-1 digest does not fit: the file is damaged");
    text = text_of(s, "STORE-WRONG-PASSWORD");
    assert_non_null(strstr(text, "do not fit the checksum"));
    free(text);
    ks_store_free(s);
}

static void damage_says_what_to_do_next_and_says_it_once(void **state)
{
    (void)state;
    struct ks_store *s = damaged();
    (void)ks_fail_next(&s->damage, KS_ERR_DAMAGED, "what can be read is listed; look for a copy");
    char *text = text_of(s, "STORE-DAMAGED");
    assert_string_equal(text, "entry 3 is none. What can be read is listed; look for a copy.");
    free(text);
    ks_store_free(s);
}

static void java_refuses_for_the_reason_that_the_reader_found(void **state)
{
    (void)state;
    struct ks_store *s = refused();
    ks_store_fact(s, "Java", "refuses the whole file: its PBMAC1 has no key length");
    char *text = text_of(s, "JAVA-REFUSES-STORE");
    assert_non_null(strstr(text, " The reason: its PBMAC1 has no key length."));
    free(text);
    ks_store_free(s);
    s = damaged(); /* which is told already */
    s->notes |= KS_STORE_JAVA_REFUSES;
    assert_int_equal(judged(s, "JAVA-REFUSES-STORE"), KS_FINE);
}

static void java_refuses_because_of_an_entry_and_its_comment(void **state)
{
    (void)state;
    struct ks_store *s = store_with(ks_entry_new(&(struct ks_entry_draft){
        .kind = KS_KIND_OPAQUE, .notes = KS_NOTE_JAVA_FATAL, .alias = ks_strdup("odd"),
        .comment = ks_strdup("a CRL bag of another type")}));
    s->notes = KS_STORE_JAVA_REFUSES;
    char *text = text_of(s, "JAVA-REFUSES-STORE");
    assert_non_null(strstr(text, "Java refuses the entry 'odd': a CRL bag of another type."));
    free(text);
    ks_store_fact(s, "Java", "refuses the whole file: a CRL bag of another type (item 3)");
    text = text_of(s, "JAVA-REFUSES-STORE");
    assert_non_null(strstr(text, "The reason: a CRL bag of another type (item 3). Java refuses "
                                 "the entry 'odd'."));
    free(text);
    ks_store_free(s);
}

/* ---- days ---- */

/* As the list and the summary count: toward the bad side. */
static void days_are_rounded_as_everywhere_else(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *id, *words;
    } cases[] = {
        {"2025-01-01", "2026-02-28T23:00:00Z", "CERT-EXPIRED", "'server' expired 1 day ago"},
        {"2025-01-01", "2026-02-28T00:00:00Z", "CERT-EXPIRED", "'server' expired 1 day ago"},
        {"2025-01-01", "2026-02-27T23:59:59Z", "CERT-EXPIRED", "'server' expired 2 days ago"},
        {"2025-01-01", "2026-03-01T01:00:00Z", "CERT-EXPIRES-SOON", "'server' expires within a day"},
        {"2025-01-01", "2026-03-02T23:59:59Z", "CERT-EXPIRES-SOON", "'server' expires in 1 day"},
        {"2026-03-01T01:00:00Z", "2030-01-01", "CERT-NOT-YET-VALID", "'server' starts in 1 day"},
        {"2026-03-02T00:00:01Z", "2030-01-01", "CERT-NOT-YET-VALID", "'server' starts in 2 days"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_store *s = store_with(
            key_with(server(&(struct make_cert){.from = cases[i].from, .to = cases[i].to})));
        char *text = text_of(s, cases[i].id);
        if (strncmp(text, cases[i].words, strlen(cases[i].words)) != 0)
            fail_msg("%s", text);
        free(text);
        ks_store_free(s);
    }
}

static void a_pinned_clock_is_not_called_the_hosts(void **state)
{
    (void)state;
    struct ks_store *s = not_yet();
    char *text = text_of(s, "CERT-NOT-YET-VALID");
    assert_non_null(strstr(text, "this host says"));
    free(text);
    ks_clock_pin(MAKE_NOW);
    text = text_of(s, "CERT-NOT-YET-VALID");
    ks_clock_pin(KS_TIME_NONE);
    assert_null(strstr(text, "this host says"));
    free(text);
    ks_store_free(s);
}

/* ---- names ---- */

static bool name_is(const char *text, unsigned oddity)
{
    return (ks_text_oddities(text, strlen(text)) & oddity) != 0;
}

static void look_alike_letters_are_noticed_word_by_word(void **state)
{
    (void)state;
    assert_true(name_is("p\xd0\xb0ypal", KS_ODD_MIXED));                        /* Latin, Cyrillic */
    assert_true(name_is("\xce\x91" "BC", KS_ODD_MIXED));                           /* Greek, Latin */
    assert_false(name_is("\xd0\x9c\xd0\xbe\xd1\x81 Ltd", KS_ODD_MIXED));         /* two words */
    assert_false(name_is("\xe9\x8d\xb5-ca \xe6\x97\xa5\xe6\x9c\xac", KS_ODD_MIXED)); /* Han, Latin */
    assert_false(name_is("M\xc3\xbcller", KS_ODD_MIXED));
    assert_true(name_is("xn--pypal-4ve.example", KS_ODD_MIXED)); /* p, Cyrillic a, ypal */
    assert_false(name_is("xn--bcher-kva.example", KS_ODD_MIXED));
}

static void invisible_characters_are_found_in_every_string_type(void **state)
{
    (void)state;
    static const char wide[] = "\0a\x20\x2e\0b"; /* a, U+202E, b */
    struct make_cert bmp = {
        .cn = wide, .cn_len = 6, .string_type = V_ASN1_BMPSTRING, .key = make_key("Root"), .ca = true};
    struct make_cert nul = {.cn = "a\0b", .cn_len = 3, .string_type = V_ASN1_UTF8STRING,
                            .key = make_key("Root"), .ca = true};
    struct make_cert plain = {.cn = "Some CA 1", .ca = true};
    assert_int_equal(judged(trusted(&bmp), "NAME-HIDDEN-CHARS"), KS_WARNING);
    assert_int_equal(judged(trusted(&nul), "NAME-HIDDEN-CHARS"), KS_WARNING);
    assert_int_equal(judged(trusted(&plain), "NAME-HIDDEN-CHARS"), KS_FINE);
}

static void a_certificate_alone_is_judged_by_its_dates(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum ks_severity severity;
    } cases[] = {
        {"2025-01-01", "2030-01-01", KS_FINE},    {"2025-01-01", "2026-02-28", KS_ERROR},
        {"2025-01-01", "2026-03-20", KS_WARNING}, {"2026-03-02", "2030-01-01", KS_ERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_blob *blob =
            make_cert(&(struct make_cert){.cn = "A", .from = cases[i].from, .to = cases[i].to});
        struct ks_cert c;
        assert_true(ks_cert_skim(ks_blob_slice(blob), &c));
        assert_int_equal(ks_worst_of_cert(&c, MAKE_NOW), cases[i].severity);
        ks_blob_unref(blob);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_has_a_case_that_triggers_it),
        cmocka_unit_test(every_rule_has_a_row_in_the_catalogue),
        cmocka_unit_test(every_row_of_the_catalogue_is_a_finding),
        cmocka_unit_test(rows_of_the_catalogue_are_sentences),
        cmocka_unit_test(who_rejects_fits_the_severity),
        cmocka_unit_test(each_case_triggers_its_rule),
        cmocka_unit_test(a_sound_store_has_no_findings),
        cmocka_unit_test(the_worst_is_what_the_list_says),
        cmocka_unit_test(findings_of_one_entry_come_worst_first),
        cmocka_unit_test(an_expired_anchor_is_a_warning_because_java_accepts_it),
        cmocka_unit_test(a_trusted_certificate_is_not_asked_for_its_chain),
        cmocka_unit_test(the_warning_begins_thirty_days_before),
        cmocka_unit_test(key_sizes_are_judged_by_their_algorithm),
        cmocka_unit_test(a_roots_own_signature_does_not_matter),
        cmocka_unit_test(a_self_signed_ca_is_only_noted),
        cmocka_unit_test(only_certificates_of_servers_need_host_names),
        cmocka_unit_test(a_key_file_without_certificate_is_usual),
        cmocka_unit_test(a_locked_chain_is_not_judged),
        cmocka_unit_test(shuffled_issuers_are_milder_than_a_misplaced_leaf),
        cmocka_unit_test(a_file_with_trusted_certificates_may_be_read_by_all),
        cmocka_unit_test(only_pkcs12_can_be_written_with_stronger_encryption),
        cmocka_unit_test(what_may_be_locked_is_not_called_empty),
        cmocka_unit_test(a_revocation_list_is_good_until_the_next_is_due),
        cmocka_unit_test(days_are_rounded_as_everywhere_else),
        cmocka_unit_test(a_pinned_clock_is_not_called_the_hosts),
        cmocka_unit_test(a_check_that_was_not_made_is_not_called_a_difference),
        cmocka_unit_test(damage_says_what_to_do_next_and_says_it_once),
        cmocka_unit_test(java_refuses_for_the_reason_that_the_reader_found),
        cmocka_unit_test(java_refuses_because_of_an_entry_and_its_comment),
        cmocka_unit_test(look_alike_letters_are_noticed_word_by_word),
        cmocka_unit_test(invisible_characters_are_found_in_every_string_type),
        cmocka_unit_test(a_certificate_alone_is_judged_by_its_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
