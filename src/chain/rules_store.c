/* Rules about the file as a whole. */
#include "chain/rules.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static enum ks_severity noted(const struct ks_look *l, uint32_t note, enum ks_severity severity)
{
    return ks_when((l->store->notes & note) != 0, severity);
}

static bool type_begins(const struct ks_store *s, const char *word)
{
    return s->type && strncmp(s->type, word, strlen(word)) == 0;
}

static bool is_pkcs12(const struct ks_store *s)
{
    return type_begins(s, "PKCS12");
}

bool ks_look_is_keystore(const struct ks_store *s)
{
    static const char *const types[] = {"JKS", "JCEKS", "PKCS12", "BKS", "BCFKS", "UBER"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (type_begins(s, types[i]))
            return true;
    return false;
}

/* A private key, a secret key or a password is inside. */
static bool holds_secrets(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD;
}

/* What the format's reader says under this label; NULL when it says nothing. */
static const char *fact_of(const struct ks_store *s, const char *label)
{
    for (size_t i = 0; i < s->fact_count; i++)
        if (strcmp(s->facts[i].label, label) == 0)
            return s->facts[i].text;
    return NULL;
}

/* ---- damage ---- */

static bool is_truncated(const struct ks_store *s)
{
    return s->damage.code != KS_OK && strcmp(s->damage.slug, "truncated") == 0;
}

enum ks_severity ks_rule_store_damaged(struct ks_look *l)
{
    const struct ks_store *s = l->store;
    bool damaged = ks_store_is_damaged(s);
    return ks_when(damaged && !is_truncated(s), KS_ERROR);
}

void ks_say_store_damaged(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_error *damage = &l->store->damage;
    if (damage->what[0])
        ks_buf_printf(out, "%s. ", damage->what);
    if (damage->next[0])
        ks_buf_printf(out, "%c%s.", toupper((unsigned char)damage->next[0]), damage->next + 1);
    else
        ks_buf_str(out, "What could be read is listed. Look for an older copy of the file, and "
                        "keep this one until you have it.");
}

enum ks_severity ks_rule_store_truncated(struct ks_look *l)
{
    return ks_when(is_truncated(l->store), KS_ERROR);
}

void ks_say_store_truncated(const struct ks_look *l, struct ks_buf *out)
{
    ks_say_store_damaged(l, out);
}

/* What was cut off is the check itself, which STORE-TRUNCATED has told. */
enum ks_severity ks_rule_store_not_intact(struct ks_look *l)
{
    return ks_when(l->store->integrity == KS_INTEGRITY_BAD && !is_truncated(l->store), KS_ERROR);
}

/* Both readers call it "not checked" or "cannot be checked" when there was nothing to compare with.
 */
void ks_say_store_not_intact(const struct ks_look *l, struct ks_buf *out)
{
    const char *check = fact_of(l->store, "Integrity");
    if (check && strstr(check, "checked"))
        ks_buf_printf(out,
                      "Integrity: %s. Nothing tells whether the contents were altered. Do not rely "
                      "on what it shows; look for another copy of the file.",
                      check);
    else
        ks_buf_str(out, "The contents do not fit the checksum that the password protects. The file "
                        "was altered after it was written, or is damaged. Do not rely on what it "
                        "shows; compare it with another copy.");
}

enum ks_severity ks_rule_store_empty(struct ks_look *l)
{
    const struct ks_store *s = l->store;
    bool partial = (s->notes & KS_STORE_LOCKED_PARTS) || ks_store_is_damaged(s);
    bool used = l->facts && l->facts->asked != KS_PURPOSE_AUTO;
    return ks_when(ks_store_count(s) == 0 && !partial, used ? KS_ERROR : KS_WARNING);
}

void ks_say_store_empty(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_str(out, "It holds no entry.");
    if (ks_look_is_keystore(l->store))
        ks_buf_str(out, " As a trust store it makes Java fail with \"the trustAnchors parameter "
                        "must be non-empty\"; as a key store, every TLS handshake fails.");
}

enum ks_severity ks_rule_store_trailing(struct ks_look *l)
{
    return noted(l, KS_STORE_TRAILING, KS_NOTE);
}

void ks_say_store_trailing(const struct ks_look *l, struct ks_buf *out)
{
    (void)l;
    ks_buf_str(out, "There are bytes behind the end of the contents. Java and OpenSSL ignore them. "
                    "They may come from a copy over an older, longer file.");
}

/* ---- protection ---- */

enum ks_severity ks_rule_store_not_verified(struct ks_look *l)
{
    enum ks_integrity i = l->store->integrity;
    return ks_when(i == KS_INTEGRITY_UNVERIFIED || i == KS_INTEGRITY_UNKNOWN, KS_NOTE);
}

void ks_say_store_not_verified(const struct ks_look *l, struct ks_buf *out)
{
    if (l->store->integrity == KS_INTEGRITY_UNKNOWN)
        ks_buf_str(out, "Its integrity check uses an algorithm that is not available here. A "
                        "change to the file would not be noticed.");
    else
        ks_buf_str(out, "It was opened without a password, so a change to the file would not be "
                        "noticed. With the password the check is made.");
}

enum ks_severity ks_rule_store_locked(struct ks_look *l)
{
    return noted(l, KS_STORE_LOCKED_PARTS, KS_NOTE);
}

void ks_say_store_locked(const struct ks_look *l, struct ks_buf *out)
{
    (void)l;
    ks_buf_str(out, "Some contents are encrypted and were not opened, so there may be more entries "
                    "than are listed. The keystore password opens them.");
}

enum ks_severity ks_rule_p12_weak_encryption(struct ks_look *l)
{
    return is_pkcs12(l->store) ? noted(l, KS_STORE_WEAK, KS_NOTE) : KS_FINE;
}

void ks_say_p12_weak_encryption(const struct ks_look *l, struct ks_buf *out)
{
    (void)l;
    ks_buf_str(out, "It uses 40-bit RC2 or triple DES with SHA-1, the defaults of older Java and "
                    "OpenSSL versions. OpenSSL 3 opens such files only with its legacy provider. "
                    "Written again by a current tool it gets AES-256.");
}

static bool holds_any_secrets(const struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (holds_secrets(ks_store_entry(s, i)))
            return true;
    return false;
}

enum ks_severity ks_rule_p12_no_mac(struct ks_look *l)
{
    if (!(l->store->notes & KS_STORE_NO_MAC))
        return KS_FINE;
    return holds_any_secrets(l->store) ? KS_WARNING : KS_NOTE;
}

void ks_say_p12_no_mac(const struct ks_look *l, struct ks_buf *out)
{
    (void)l;
    ks_buf_str(out, "The file has no MAC: a change to it would not be noticed, and what is not "
                    "encrypted opens with any password. That is usual only for public "
                    "certificates.");
}

enum ks_severity ks_rule_legacy_missing(struct ks_look *l)
{
    return noted(l, KS_STORE_NO_LEGACY, KS_WARNING);
}

void ks_say_legacy_missing(const struct ks_look *l, struct ks_buf *out)
{
    (void)l;
    ks_buf_str(out, "Some contents are encrypted with RC2, RC4 or DES. OpenSSL keeps these in its "
                    "legacy provider (legacy.so), which is not installed here, so they stay "
                    "locked. Install it, or open the file on another host.");
}

static bool holds_clear_key(const struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (ks_store_entry(s, i)->notes & KS_NOTE_KEY_CLEAR)
            return true;
    return false;
}

/* The mode is asked first: a store that only its owner reads is never searched. */
enum ks_severity ks_rule_file_mode(struct ks_look *l)
{
    if (!(l->store->mode & 044) || !holds_any_secrets(l->store))
        return KS_FINE;
    return holds_clear_key(l->store) ? KS_WARNING : KS_NOTE;
}

void ks_say_file_mode(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out, "The file has mode %04o, so ", l->store->mode & 07777);
    ks_buf_str(out, l->store->mode & 04 ? "every user of this host" : "its whole group");
    ks_buf_str(out, holds_clear_key(l->store)
                        ? " can read a private key that no password protects. "
                        : " can copy it and try passwords on its keys. ");
    ks_buf_str(out, "chmod 600 leaves it to its owner.");
}

/* ---- what Java makes of it ---- */

/* The first entry that Java refuses; NULL if it is not about an entry. */
static const struct ks_entry *fatal_entry(const struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (ks_store_entry(s, i)->notes & KS_NOTE_JAVA_FATAL)
            return ks_store_entry(s, i);
    return NULL;
}

/* The readers write "refuses the whole file: REASON", or leave it at the damage. */
static const char *reason_of_java(const struct ks_store *s)
{
    const char *fact = fact_of(s, "Java");
    const char *colon = fact ? strstr(fact, ": ") : NULL;
    return colon ? colon + 2 : fact;
}

/* For no other reason than damage that STORE-DAMAGED or STORE-TRUNCATED has told, nothing is added.
 */
enum ks_severity ks_rule_java_refuses_store(struct ks_look *l)
{
    const struct ks_store *s = l->store;
    if (s->damage.code != KS_OK && !reason_of_java(s) && !fatal_entry(s))
        return KS_FINE;
    return noted(l, KS_STORE_JAVA_REFUSES, KS_ERROR);
}

void ks_say_java_refuses_store(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_entry *e = fatal_entry(l->store);
    const char *reason = reason_of_java(l->store);
    ks_buf_str(out, "Java's KeyStore.load() fails on it.");
    if (reason)
        ks_buf_printf(out, " The reason: %s.", reason);
    if (!e)
        return;
    ks_buf_printf(out, " Java refuses the entry '%s'", e->alias);
    if (e->comment && !(reason && strstr(reason, e->comment)))
        ks_buf_printf(out, ": %s", e->comment);
    ks_buf_str(out, ".");
}

/* Where all that is inside are certificates that Java hides, each of them says so. */
static bool hides_certificates_only(const struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (!(ks_store_entry(s, i)->notes & KS_NOTE_JAVA_NO_TRUST))
            return false;
    return ks_store_count(s) > 0;
}

enum ks_severity ks_rule_java_shows_nothing(struct ks_look *l)
{
    if (!ks_store_java_empty(l->store) || hides_certificates_only(l->store))
        return KS_FINE;
    return KS_ERROR;
}

void ks_say_java_shows_nothing(const struct ks_look *l, struct ks_buf *out)
{
    size_t count = ks_store_count(l->store);
    ks_buf_printf(out, "%zu %s inside, but keytool lists 0 entries. ", count,
                  count == 1 ? "item is" : "items are");
    ks_buf_str(out,
               "Of a PKCS12 Java makes entries of encrypted keys, and of certificates with "
               "Oracle's trustedKeyUsage attribute, which keytool writes and openssl does not. "
               "As a key store it serves nothing; as a trust store it fails with \"the "
               "trustAnchors parameter must be non-empty\". Converting it writes what Java "
               "reads.");
}

/* ---- its type ---- */

static const struct {
    const char *ending, *type; /* NULL: of any type */
} endings[] = {
    {".jks", "JKS"},    {".jceks", "JCEKS"}, {".p12", "PKCS12"},    {".pfx", "PKCS12"},
    {".bks", "BKS"},    {".bcfks", "BCFKS"}, {".pkcs12", "PKCS12"}, {".uber", "UBER"},
    {".ubr", "UBER"},   {".keystore", NULL}, {".truststore", NULL}, {".ks", NULL},
    {"/cacerts", NULL},
};

/* The row of the file's name; -1: the name says nothing. */
static int named_like(const char *path)
{
    size_t len = path ? strlen(path) : 0;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t n = strlen(endings[i].ending);
        if (len > n && strcasecmp(path + len - n, endings[i].ending) == 0)
            return (int)i;
    }
    return -1;
}

enum ks_severity ks_rule_store_not_keystore(struct ks_look *l)
{
    return ks_when(!ks_look_is_keystore(l->store) && named_like(l->store->path) >= 0, KS_ERROR);
}

void ks_say_store_not_keystore(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "The file is named like a keystore and is none: its content is of type %s. Java "
                  "refuses it. Make a keystore of it with ksx import or ksx merge.",
                  l->store->type ? l->store->type : "unknown");
}

enum ks_severity ks_rule_type_mismatch(struct ks_look *l)
{
    int i = named_like(l->store->path);
    if (i < 0 || !endings[i].type || !ks_look_is_keystore(l->store))
        return KS_FINE;
    return ks_when(!type_begins(l->store, endings[i].type), KS_WARNING);
}

void ks_say_type_mismatch(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_store *s = l->store;
    int i = named_like(s->path);
    bool compatible = type_begins(s, "JKS") || is_pkcs12(s);
    if (i < 0)
        return;
    ks_buf_printf(out, "The name ends with %s, and the content is of type %s. ", endings[i].ending,
                  s->type);
    ks_buf_str(out, compatible && (strcmp(endings[i].type, "JKS") == 0 ||
                                   strcmp(endings[i].type, "PKCS12") == 0)
                        ? "Java opens JKS and PKCS12 under either setting; other programs, and "
                          "people, go by the name."
                        : "Java needs the type that it has in its settings.");
}

static bool is_of_bouncy_castle(const struct ks_store *s)
{
    return type_begins(s, "BKS") || type_begins(s, "UBER") || type_begins(s, "BCFKS");
}

enum ks_severity ks_rule_type_nonstandard(struct ks_look *l)
{
    return ks_when(is_of_bouncy_castle(l->store), KS_WARNING);
}

void ks_say_type_nonstandard(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "A %s is opened by Bouncy Castle alone. A JVM without it fails with "
                  "\"KeyStoreException: %s not found\".",
                  l->store->type, type_begins(l->store, "BKS") ? "BKS" : l->store->type);
}

enum ks_severity ks_rule_legacy_format(struct ks_look *l)
{
    return ks_when(type_begins(l->store, "JKS") || type_begins(l->store, "JCEKS"), KS_NOTE);
}

void ks_say_legacy_format(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(
        out,
        "%s is a format of Java's own, from before 2000, with weak protection of keys and "
        "contents. keytool recommends PKCS12, which Java opens under the same settings.",
        l->store->type);
}

/* Java decrypts certificates only when it is given a password, and otherwise passes over them
 * (sun.security.pkcs12.PKCS12KeyStore.engineLoad). */
enum ks_severity ks_rule_p12_hidden_certs(struct ks_look *l)
{
    const struct ks_store *s = l->store;
    const size_t *kinds = l->facts->store->by_kind;
    bool encrypted = !(s->notes & KS_STORE_CLEAR_CERTS) && !ks_store_java_empty(s);
    return ks_when(is_pkcs12(s) && encrypted && kinds[KS_KIND_KEY] == 0 &&
                       kinds[KS_KIND_TRUSTED] > 0,
                   KS_NOTE);
}

void ks_say_p12_hidden_certs(const struct ks_look *l, struct ks_buf *out)
{
    size_t count = l->facts->store->by_kind[KS_KIND_TRUSTED];
    if (count == 1)
        ks_buf_str(out, "Its trusted certificate is encrypted.");
    else
        ks_buf_printf(out, "Its %zu trusted certificates are encrypted.", count);
    ks_buf_str(out, " A JVM that is not told the password (javax.net.ssl.trustStorePassword) sees "
                    "an empty trust store and fails with \"the trustAnchors parameter must be "
                    "non-empty\".");
}
