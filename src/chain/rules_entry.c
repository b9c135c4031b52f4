/* Rules about an entry: its alias, its chain as a whole, and how Java sees it. */
#include "chain/rules.h"

#include "base/text.h"
#include "chain/names.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/request.h"

#include <string.h>

static enum ks_severity when(bool holds, enum ks_severity severity)
{
    return holds ? severity : KS_FINE;
}

static enum ks_severity noted(const struct ks_look *l, uint32_t note, enum ks_severity severity)
{
    return when((l->entry->notes & note) != 0, severity);
}

/* ---- the chain ---- */

enum ks_severity ks_rule_chain_incomplete(struct ks_look *l)
{
    const struct ks_chain *c = &l->chain;
    return when(c->present > 0 && !c->complete && c->walked == 1, KS_ERROR);
}

static void say_missing_issuer(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *last = &l->entry->chain[l->chain.missing_after];
    ks_name_label(ks_cert_part(last, last->issuer), out);
    if (last->aki.len) {
        ks_buf_str(out, " (key id ");
        ks_text_hex(ks_slice_part(ks_cert_part(last, last->aki), 0, 4), ':', true, out);
        ks_buf_str(out, last->aki.len > 4 ? "\xe2\x80\xa6)" : ")");
    }
}

void ks_say_chain_incomplete(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "The chain of '%s' ends early: its issuer ", l->entry->alias);
    say_missing_issuer(l, out);
    ks_buf_str(out, " is missing. Clients that do not know it fail with \"PKIX path building "
                    "failed\". The CA publishes the certificate that belongs here.");
}

/* One issuer or more is there. What is missing is most often the root, which servers need not
 * send (RFC 8446 4.4.2); another intermediate cannot be told from it. */
enum ks_severity ks_rule_chain_no_root(struct ks_look *l)
{
    const struct ks_chain *c = &l->chain;
    return when(c->present > 0 && !c->complete && c->walked > 1, KS_NOTE);
}

void ks_say_chain_no_root(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "The chain of '%s' ends at ", l->entry->alias);
    const struct ks_cert *last = &l->entry->chain[l->chain.missing_after];
    ks_name_label(ks_cert_part(last, last->subject), out);
    ks_buf_str(out, ", issued by ");
    say_missing_issuer(l, out);
    ks_buf_str(out, ". If that is the root, all is well: clients have it themselves. If it is "
                    "another intermediate, they fail with \"PKIX path building failed\".");
}

static bool leaf_is_first(const struct ks_look *l)
{
    for (size_t i = 1; i < l->entry->chain_len && i < 64; i++) {
        const struct ks_cert *c = &l->entry->chain[i];
        if (!(c->flags & (KS_CERT_BROKEN | KS_CERT_SELF_ISSUED)) &&
            ks_cert_may_issue(&l->entry->chain[0], c))
            return false;
    }
    return true;
}

enum ks_severity ks_rule_chain_out_of_order(struct ks_look *l)
{
    if (l->chain.present == 0 || l->chain.ordered)
        return KS_FINE;
    return leaf_is_first(l) ? KS_WARNING : KS_ERROR;
}

void ks_say_chain_out_of_order(const struct ks_look *l, struct ks_buf *out)
{
    if (leaf_is_first(l))
        ks_buf_printf(
            out,
            "The issuers in the chain of '%s' do not follow each other. Most clients sort "
            "them out, some servers (nginx) and old clients do not. ",
            l->entry->alias);
    else
        ks_buf_printf(out,
                      "The first certificate of '%s' issued another one of its chain, so it is not "
                      "the certificate of the key. Clients see the wrong name and a bad "
                      "signature. ",
                      l->entry->alias);
    ks_buf_str(out, "The order should be: own certificate, its issuer, and so on.");
}

enum ks_severity ks_rule_chain_unrelated(struct ks_look *l)
{
    return when(l->chain.present > 0 && l->chain.extras > 0, KS_WARNING);
}

void ks_say_chain_unrelated(const struct ks_look *l, struct ks_buf *out)
{
    size_t extras = l->chain.extras;
    ks_buf_printf(
        out,
        "%zu of the %zu certificates in the chain of '%s' %s not lead from its certificate "
        "to a root. They are sent to every client for nothing",
        extras, l->chain.present, l->entry->alias, extras == 1 ? "does" : "do");
    ks_buf_str(out, l->chain.present > 10
                        ? ", and Java clients refuse more than 10 certificates."
                        : ".");
}

enum ks_severity ks_rule_self_signed(struct ks_look *l)
{
    const struct ks_chain *c = &l->chain;
    if (c->present == 0 || c->walked != 1 || !c->complete)
        return KS_FINE;
    return l->entry->chain[0].flags & KS_CERT_CA ? KS_NOTE : KS_WARNING;
}

void ks_say_self_signed(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "'%s' is certified by its own key only. ", l->entry->alias);
    ks_buf_str(out, l->entry->chain[0].flags & KS_CERT_CA
                        ? "That is right for the root of a private CA."
                        : "Every client must be told to trust this very certificate, or fails with "
                          "\"PKIX path building failed\". A CA's certificate for the same key mends "
                          "that.");
}

enum ks_severity ks_rule_no_chain(struct ks_look *l)
{
    const struct ks_entry *e = l->entry;
    if (e->kind != KS_KIND_KEY || e->chain_len > 0 || (e->notes & KS_NOTE_LOCKED_CHAIN))
        return KS_FINE;
    return ks_look_is_keystore(l->store) ? KS_ERROR : KS_NOTE;
}

void ks_say_no_chain(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "'%s' is a private key without a certificate. ", l->entry->alias);
    ks_buf_str(out, ks_look_is_keystore(l->store)
                        ? "No server can use it, and Java shows it as something else or fails. "
                          "Look for the certificate that was issued for this key."
                        : "That is usual for a key file; its certificate is in another file.");
}

enum ks_severity ks_rule_chain_locked(struct ks_look *l)
{
    return noted(l, KS_NOTE_LOCKED_CHAIN, KS_NOTE);
}

void ks_say_chain_locked(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(
        out,
        "The certificates of '%s' are in contents that need the keystore password. Without "
        "it Java lists the key with no chain at all.",
        l->entry->alias);
}

/* ---- revocation lists ---- */

/* RFC 5280 5.1.2.5: the next list is issued by nextUpdate; relying on an older one is up to whoever
 * checks, and Java and OpenSSL do not. */
enum ks_severity ks_rule_crl_outdated(struct ks_look *l)
{
    struct ks_crl crl;
    bool list = l->entry->kind == KS_KIND_CRL && ks_crl_skim(l->entry->key, &crl);
    return when(list && crl.next_update != KS_TIME_NONE && crl.next_update < l->now, KS_WARNING);
}

void ks_say_crl_outdated(const struct ks_look *l, struct ks_buf *out)
{
    struct ks_crl crl;
    char date[24], words[40];
    if (!ks_crl_skim(l->entry->key, &crl))
        return;
    ks_buf_printf(out,
                  "The next issue of '%s' was due %s (%s). Java and OpenSSL refuse every "
                  "certificate that they check against an outdated list. Fetch the current one "
                  "from the CA.",
                  l->entry->alias, ks_days_words(ks_days_until(crl.next_update, l->now), words),
                  ks_time_date(crl.next_update, date));
}

/* ---- the certificate's use ---- */

/* One pass over the extensions: what decides whether the leaf is meant for a TLS server. */
struct usage {
    bool names, purposes, server;
};

static bool is_ext(const struct ks_ext *ext, uint8_t last)
{
    const uint8_t oid[] = {0x55, 0x1d, last};
    return ks_slice_equal(ext->oid, ks_slice(oid, sizeof oid));
}

static bool names_a_host(struct ks_slice value)
{
    struct ks_tlv names, name;
    if (!ks_der_expect(&value, KS_DER_SEQUENCE, &names))
        return false;
    struct ks_slice in = names.body;
    while (ks_der_next(&in, &name))
        if (name.tag == KS_DER_CONTEXT(2) || name.tag == KS_DER_CONTEXT(7))
            return true;
    return false;
}

static bool allows_server(struct ks_slice value)
{
    static const uint8_t server_auth[] = {0x2b, 6, 1, 5, 5, 7, 3, 1};
    static const uint8_t any[] = {0x55, 0x1d, 0x25, 0};
    struct ks_tlv purposes, oid;
    if (!ks_der_expect(&value, KS_DER_SEQUENCE, &purposes))
        return false;
    struct ks_slice in = purposes.body;
    while (ks_der_expect(&in, KS_DER_OID, &oid))
        if (ks_der_oid_is(oid.body, server_auth, sizeof server_auth) ||
            ks_der_oid_is(oid.body, any, sizeof any))
            return true;
    return false;
}

static bool note_usage(void *ctx, const struct ks_ext *ext)
{
    struct usage *u = ctx;
    if (is_ext(ext, 0x11))
        u->names = names_a_host(ext->value);
    if (is_ext(ext, 0x25)) {
        u->purposes = true;
        u->server = allows_server(ext->value);
    }
    return true;
}

/* The last attribute of a type is not needed here: a dot and no blank in the common name is what
 * tells www.example.com from "Example Signing Key". */
static bool looks_like_host(const char *text, size_t len)
{
    bool dot = memchr(text, '.', len) != NULL;
    return dot && !memchr(text, ' ', len) && !memchr(text, '@', len);
}

static bool cn_looks_like_host(struct ks_slice name)
{
    static const uint8_t cn[] = {0x55, 4, 3};
    struct ks_tlv rdns, rdn, attribute, type, value;
    if (!ks_der_expect(&name, KS_DER_SEQUENCE, &rdns))
        return false;
    struct ks_slice in = rdns.body;
    while (ks_der_expect(&in, KS_DER_SET, &rdn)) {
        struct ks_slice set = rdn.body;
        if (!ks_der_expect(&set, KS_DER_SEQUENCE, &attribute))
            continue;
        struct ks_slice pair = attribute.body;
        if (ks_der_expect(&pair, KS_DER_OID, &type) && ks_der_oid_is(type.body, cn, sizeof cn) &&
            ks_der_next(&pair, &value) &&
            looks_like_host((const char *)value.body.data, value.body.len))
            return true;
    }
    return false;
}

enum ks_severity ks_rule_no_san(struct ks_look *l)
{
    if (l->chain.present == 0)
        return KS_FINE;
    const struct ks_cert *leaf = &l->entry->chain[0];
    if (leaf->flags & (KS_CERT_BROKEN | KS_CERT_CA))
        return KS_FINE;
    struct usage u = {0};
    if (leaf->exts.len)
        ks_ext_each(ks_cert_part(leaf, leaf->exts), note_usage, &u);
    if (u.names || (u.purposes && !u.server))
        return KS_FINE;
    bool host = cn_looks_like_host(ks_cert_part(leaf, leaf->subject));
    return u.purposes && host ? KS_ERROR : when(u.purposes || host, KS_WARNING);
}

void ks_say_no_san(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "The certificate of '%s' has no alternative name that is a host or an address. "
                  "Java and curl fall back to the common name; Go, Python and browsers refuse it "
                  "as a server's certificate. Ask for a new one with dns: names.",
                  l->entry->alias);
}

/* ---- alias ---- */

enum ks_severity ks_rule_alias_not_reachable(struct ks_look *l)
{
    return noted(l, KS_NOTE_ALIAS_UPPER, KS_ERROR);
}

void ks_say_alias_not_reachable(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(
        out,
        "The file spells the alias '%s' with capitals. Java's %s keystore folds every name "
        "it is asked for to lower case, so it lists this entry and cannot find it; "
        "keytool -list stops with \"Alias <%s> does not exist\".",
        l->entry->alias, l->store->type ? l->store->type : "", l->entry->alias);
}

enum ks_severity ks_rule_alias_duplicate(struct ks_look *l)
{
    return noted(l, KS_NOTE_JAVA_REPLACED, KS_WARNING);
}

/* Bouncy Castle's own types do not fold aliases. */
static bool case_counts(const struct ks_store *s)
{
    static const char *const types[] = {"BKS", "UBER", "BCFKS"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (s->type && strncmp(s->type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

void ks_say_alias_duplicate(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "A later entry has the same alias as '%s'%s. Java keeps only the last one and "
                  "drops this one without a word.",
                  l->entry->alias,
                  case_counts(l->store) ? "" : ", upper and lower case being equal to Java");
}

enum ks_severity ks_rule_alias_encoding(struct ks_look *l)
{
    return noted(l, KS_NOTE_ALIAS_ENCODING, KS_WARNING);
}

void ks_say_alias_encoding(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_str(out, "The bytes of the alias are not valid in the encoding that ");
    ks_buf_str(out, l->store->type && l->store->type[0] ? l->store->type : "the format");
    ks_buf_str(out, " uses: ");
    ks_text_hex(ks_slice_part(l->entry->alias_raw, 0, 32), ' ', true, out);
    ks_buf_str(out, l->entry->alias_raw.len > 32 ? " \xe2\x80\xa6. " : ". ");
    ks_buf_str(out, "Other programs may show another name, or stop.");
}

/* ---- what Java makes of it ---- */

enum ks_severity ks_rule_p12_trust_invisible(struct ks_look *l)
{
    bool all = (l->store->notes & KS_STORE_JAVA_EMPTY) != 0;
    return noted(l, KS_NOTE_JAVA_NO_TRUST, all ? KS_WARNING : KS_NOTE);
}

void ks_say_p12_trust_invisible(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(
        out,
        "'%s' has no trustedKeyUsage attribute of Oracle, so Java shows no entry for it and "
        "does not trust it. It only serves to complete chains of keys. keytool "
        "-importcert makes it a trusted entry.",
        l->entry->alias);
}

enum ks_severity ks_rule_java_hides_keybag(struct ks_look *l)
{
    return noted(l, KS_NOTE_JAVA_KEYBAG, KS_WARNING);
}

void ks_say_java_hides_keybag(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "'%s' is in a keyBag, which holds a key without encryption. Java reads encrypted "
                  "key bags only and shows nothing of this one.",
                  l->entry->alias);
}

enum ks_severity ks_rule_java_drops_key(struct ks_look *l)
{
    return noted(l, KS_NOTE_JAVA_NO_KEYID, KS_WARNING);
}

void ks_say_java_drops_key(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "'%s' is not the first private key of the file and has no localKeyID. Java drops "
                  "such a key without a word.",
                  l->entry->alias);
}

enum ks_severity ks_rule_java_nested_safe(struct ks_look *l)
{
    return noted(l, KS_NOTE_JAVA_NESTED, KS_WARNING);
}

void ks_say_java_nested_safe(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "'%s' lies in a safeContentsBag inside other contents. Java does not look into "
                  "these and shows nothing of it.",
                  l->entry->alias);
}

enum ks_severity ks_rule_java_ignores_item(struct ks_look *l)
{
    return noted(l, KS_NOTE_JAVA_IGNORED, KS_NOTE);
}

void ks_say_java_ignores_item(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "Java ignores items like '%s', and leaves them out when it writes the keystore "
                  "again.",
                  l->entry->alias);
}

enum ks_severity ks_rule_java_refuses_item(struct ks_look *l)
{
    return noted(l, KS_NOTE_JAVA_FATAL, KS_ERROR);
}

void ks_say_java_refuses_item(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "Java stops at '%s' and opens none of the other entries.", l->entry->alias);
    if (l->entry->comment)
        ks_buf_printf(out, " It is: %s.", l->entry->comment);
}

enum ks_severity ks_rule_entry_unreachable(struct ks_look *l)
{
    return noted(l, KS_NOTE_UNREACHABLE, KS_ERROR);
}

void ks_say_entry_unreachable(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(
        out,
        "The file does not say where '%s' ends, and its contents are of a shape that cannot "
        "be followed. There may be more entries behind it that are not listed.",
        l->entry->alias);
}

enum ks_severity ks_rule_key_in_clear(struct ks_look *l)
{
    return noted(l, KS_NOTE_KEY_CLEAR, KS_WARNING);
}

void ks_say_key_in_clear(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "No password protects the private key of '%s': whoever can read the file has the "
                  "key.",
                  l->entry->alias);
}

enum ks_severity ks_rule_key_class_unknown(struct ks_look *l)
{
    return noted(l, KS_NOTE_KEYREP_UNKNOWN, KS_WARNING);
}

void ks_say_key_class_unknown(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "'%s' is a serialised object of a class that is not one of Java's own keys. Java "
                  "refuses it unless jceks.key.serialFilter allows the class.",
                  l->entry->alias);
}

enum ks_severity ks_rule_cert_type_unknown(struct ks_look *l)
{
    return noted(l, KS_NOTE_CERT_TYPE, KS_WARNING);
}

void ks_say_cert_type_unknown(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "A certificate of '%s' is of a type other than X.509. It is kept as it is; Java "
                  "refuses the whole keystore because of it.",
                  l->entry->alias);
}

/* ---- names ---- */

enum { ODD_HIDDEN, ODD_MIXED }; /* in ks_look.odd */

static void note_oddities(struct ks_look *l, unsigned odd, int where)
{
    if ((odd & KS_ODD_HIDDEN) && l->odd[ODD_HIDDEN] == -2)
        l->odd[ODD_HIDDEN] = where;
    if ((odd & KS_ODD_MIXED) && l->odd[ODD_MIXED] == -2)
        l->odd[ODD_MIXED] = where;
}

/* Both rules about names go through the same bytes, so they do it together and once. */
static void look_at_names(struct ks_look *l)
{
    const struct ks_entry *e = l->entry;
    if (l->named)
        return;
    l->named = true;
    l->odd[ODD_HIDDEN] = l->odd[ODD_MIXED] = -2;
    note_oddities(l, ks_text_oddities(e->alias, strlen(e->alias)), -1);
    for (size_t i = 0; i < e->chain_len && i < 64; i++) {
        const struct ks_cert *c = &e->chain[i];
        if (c->flags & KS_CERT_BROKEN)
            continue;
        note_oddities(l, ks_name_oddities(ks_cert_part(c, c->subject)), (int)i);
        if (i == 0)
            note_oddities(l, ks_san_oddities(c), 0);
    }
}

static enum ks_severity odd(struct ks_look *l, int which, enum ks_severity severity)
{
    look_at_names(l);
    if (l->odd[which] == -2)
        return KS_FINE;
    l->index = l->odd[which];
    return severity;
}

static void say_where(const struct ks_look *l, struct ks_buf *out)
{
    if (l->index < 0) {
        ks_buf_printf(out, "The alias '%s'", l->entry->alias);
        return;
    }
    const struct ks_cert *c = &l->entry->chain[l->index];
    ks_buf_printf(out, "A name in certificate %d of '%s' (", l->index, l->entry->alias);
    ks_name_label(ks_cert_part(c, c->subject), out);
    ks_buf_str(out, ")");
}

enum ks_severity ks_rule_name_hidden_chars(struct ks_look *l)
{
    return odd(l, ODD_HIDDEN, KS_WARNING);
}

void ks_say_name_hidden_chars(const struct ks_look *l, struct ks_buf *out)
{
    say_where(l, out);
    ks_buf_str(out, " holds control characters, invisible characters or unusual spaces. They are "
                    "shown as escapes here; elsewhere the name may look like another one.");
}

enum ks_severity ks_rule_name_mixed_scripts(struct ks_look *l)
{
    return odd(l, ODD_MIXED, KS_NOTE);
}

void ks_say_name_mixed_scripts(const struct ks_look *l, struct ks_buf *out)
{
    say_where(l, out);
    ks_buf_str(out, " has a word with letters of two alphabets, such as Latin and Cyrillic. It may "
                    "imitate another name.");
}
