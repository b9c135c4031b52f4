/* Rules about an entry: its alias, its chain as a whole, and how Java sees it. */
#include "chain/rules.h"

#include "base/text.h"
#include "chain/names.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/request.h"

#include <string.h>

static enum ks_severity noted(const struct ks_look *l, uint32_t note, enum ks_severity severity)
{
    return ks_when((l->entry->notes & note) != 0, severity);
}

/* ---- the chain ---- */

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
    return ks_when(list && crl.next_update != KS_TIME_NONE && crl.next_update < l->now, KS_WARNING);
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
    if (l->entry->alias_raw.len > 32)
        ks_buf_printf(out, " %s", ks_text_sign(KS_SIGN_CUT));
    ks_buf_str(out, ". ");
    ks_buf_str(out, "Other programs may show another name, or stop.");
}

/* ---- what Java makes of it ---- */

/* Beside keys that Java shows such certificates are there to complete chains; in a trust store they
 * are meant to be trusted. */
enum ks_severity ks_rule_p12_trust_invisible(struct ks_look *l)
{
    bool meant = !l->store->now->has_keys;
    return noted(l, KS_NOTE_JAVA_NO_TRUST,
                 ks_store_java_empty(l->store) ? KS_ERROR
                 : meant                       ? KS_WARNING
                                               : KS_NOTE);
}

void ks_say_p12_trust_invisible(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "'%s' has no trustedKeyUsage attribute of Oracle, so Java shows no entry for it "
                  "and does not trust it. ",
                  l->entry->alias);
    ks_buf_str(out,
               ks_store_java_empty(l->store)
                   ? "Of this keystore Java shows nothing at all: as a trust store it fails "
                     "with \"the trustAnchors parameter must be non-empty\". keytool "
                     "-importcert makes it a trusted entry."
                   : "It can only complete the chains of keys. keytool -importcert makes it a "
                     "trusted entry.");
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
