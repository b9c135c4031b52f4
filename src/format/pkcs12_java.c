/*
 * What Java makes of the items, after sun.security.pkcs12.PKCS12KeyStore:
 *
 *   - it shows shrouded keys, secrets, and certificates with trustedKeyUsage; it does not look into
 *     safeContentsBags and passes over every other type
 *   - the entry's name is the lower-cased friendlyName, or else a counter over the shown items; an
 *     item replaces an earlier one of the same name
 *   - a key without localKeyID gets "01" while it is the only one so far, and is dropped otherwise;
 *     a certificate without one gets "01" when it is the first of its safe and one key came before
 */
#include "format/pkcs12_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/text.h"
#include "format/pbe_scheme.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INVENTED_MAX 200 /* bytes of a name made from a subject */

void ks_p12_java_refuses(struct p12_file *f, const char *fmt, ...)
{
    va_list args;

    if (f->java_refuses[0])
        return;
    va_start(args, fmt);
    (void)vsnprintf(f->java_refuses, sizeof f->java_refuses, fmt, args);
    va_end(args);
    f->store->notes |= KS_STORE_JAVA_REFUSES;
}

bool ks_p12_java_decrypts(struct ks_slice alg)
{
    static const char *const ciphers[] = {"AES-128-CBC", "AES-256-CBC"};
    static const char *const prfs[] = {"SHA1",   "SHA224",     "SHA256",    "SHA384",
                                       "SHA512", "SHA512-224", "SHA512-256"};
    struct ks_pbe_scheme s;

    if (!ks_pbe_scheme_parse(alg, &s))
        return false;
    if (s.family == KS_PBE_PKCS12)
        return strcmp(s.cipher->openssl, "DES-EDE-CBC") != 0;
    if (s.family != KS_PBE_PBES2 || s.kdf != KS_PBE_KDF_PBKDF2 || !s.cipher)
        return false;
    bool cipher = false, prf = false;
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++)
        cipher = cipher || strcmp(s.cipher->openssl, ciphers[i]) == 0;
    for (size_t i = 0; i < sizeof prfs / sizeof prfs[0]; i++)
        prf = prf || strcmp(s.hash, prfs[i]) == 0;
    return cipher && prf;
}

/* ---- names ---- */

/* The usual case, a BMPString of ASCII, without a detour; NULL for any other. */
static char *ascii_name(struct ks_slice bmp)
{
    char *out = ks_alloc(bmp.len / 2 + 1);

    for (size_t i = 0; i + 1 < bmp.len; i += 2) {
        uint8_t c = bmp.data[i + 1];
        if (bmp.data[i] || c == 0 || c >= 0x80) {
            free(out);
            return NULL;
        }
        out[i / 2] = (char)c;
    }
    return out;
}

/* Names of megabytes: the beginning, and in place of the rest what tells it from others. */
static void cut_name(struct p12_bag *bag, struct ks_slice name, struct ks_buf *text)
{
    uint8_t digest[32];

    if (!ks_text_cut(text, KS_ALIAS_SHOWN))
        ks_buf_str(text, "\xe2\x80\xa6");
    ks_sha256(name, digest);
    ks_text_hex(ks_slice(digest, 8), '\0', false, text);
    ks_p12_comment(bag, "its name has %zu bytes, and the beginning of it is shown", name.len);
}

/* A NUL is in it as ks_text_keep_nul() spells it until the entries are made. */
static void given_name(struct p12_bag *bag)
{
    struct ks_buf text = KS_BUF_INIT;
    struct ks_slice name = ks_p12_part(bag, bag->name);
    struct ks_slice taken = ks_slice_part(name, 0, 2 * KS_ALIAS_SHOWN);
    struct ks_tlv tlv = {.tag = bag->name_tag, .body = taken, .whole = taken};

    if (bag->name_tag == 0)
        return;
    if (bag->name_tag == KS_DER_BMP_STRING && name.len % 2 == 0 && name.len == taken.len)
        bag->alias = ascii_name(name);
    if (bag->alias)
        return;
    if (!ks_der_string(&tlv, &text) && name.len == taken.len)
        bag->notes |= KS_NOTE_ALIAS_ENCODING;
    if (name.len > taken.len || text.len > KS_ALIAS_SHOWN)
        cut_name(bag, name, &text);
    bag->alias = ks_text_keep_nul(&text);
}

static bool same_alias(const struct p12_file *f, uint32_t item, const void *key)
{
    return ks_p12_alias_equal(f->bags[item].alias, key);
}

/* ---- what Java shows ---- */

static bool java_shows(const struct p12_bag *bag)
{
    if (bag->nested || bag->kind == P12_LOCKED)
        return false;
    return (bag->kind == P12_SHROUDED && ks_p12_java_id(bag).data) || bag->kind == P12_SECRET ||
           (bag->kind == P12_CERT && bag->trusted);
}

/* `keys` counts the shrouded keys up to and with this bag. */
static void java_id(struct p12_bag *bag, uint32_t keys)
{
    if (bag->nested) {
        bag->notes |= KS_NOTE_JAVA_NESTED;
        return;
    }
    if (bag->key_id.off || keys == 0)
        return;
    if (bag->kind == P12_SHROUDED)
        bag->java_default = keys == 1;
    else if (bag->kind == P12_CERT && bag->first)
        bag->java_default = keys == 1;
    if (bag->kind == P12_SHROUDED && keys > 1)
        bag->notes |= KS_NOTE_JAVA_NO_KEYID;
}

/* KeyStore.setEntry of the loader: entries.put(alias.toLowerCase(), entry) */
static void java_put(struct p12_file *f, struct p12_table *names, uint32_t item)
{
    const char *alias = f->bags[item].alias;
    struct p12_slot *slot = ks_p12_table_put(names, f, ks_p12_alias_hash(alias), same_alias, alias);

    if (!slot)
        return;
    if (slot->first)
        f->bags[slot->first - 1].notes |= KS_NOTE_JAVA_REPLACED;
    else
        f->java_entries++;
    slot->first = item + 1;
}

static bool java_view(struct p12_file *f)
{
    struct p12_table names;
    uint32_t keys = 0, counter = 0;
    bool stopped = false;

    ks_p12_table_init(&names, f->bag_count);
    for (uint32_t i = 0; i < f->bag_count && !stopped; i++) {
        stopped = ks_p12_stopped(f, i);
        struct p12_bag *bag = &f->bags[i];
        if (bag->kind == P12_SHROUDED && !bag->nested)
            keys++;
        java_id(bag, keys);
        given_name(bag);
        if (!java_shows(bag))
            continue;
        if (!bag->alias) {
            bag->alias = ks_asprintf("%u", ++counter);
            bag->notes |= KS_NOTE_ALIAS_INVENTED;
        }
        java_put(f, &names, i);
    }
    ks_p12_table_free(&names);
    return !stopped;
}

/* ---- names for what Java does not show ---- */

static void label(struct ks_slice name, struct ks_buf *out)
{
    if (name.len > 2) /* not an empty one */
        ks_name_label(name, out);
}

static void invent_from(const struct p12_file *f, const struct p12_bag *bag, struct ks_buf *out)
{
    struct ks_crl crl;
    uint32_t cert = bag->chain_len ? f->links[bag->chain_at] : bag->cert;

    switch (bag->kind) {
    case P12_LOCKED:
        ks_buf_printf(out, "safe %u", bag->safe);
        return;
    case P12_CRL:
        if (ks_crl_skim(ks_p12_part(bag, bag->value), &crl))
            label(crl.issuer, out);
        break;
    default:
        if (cert != P12_NONE && !(f->certs[cert].cert.flags & KS_CERT_BROKEN))
            label(ks_cert_part(&f->certs[cert].cert, f->certs[cert].cert.subject), out);
        break;
    }
    if (out->len == 0) {
        static const char *const words[] = {
            [P12_SHROUDED] = "key",  [P12_KEY] = "key", [P12_CERT] = "certificate",
            [P12_SECRET] = "secret", [P12_CRL] = "crl", [P12_FOREIGN] = "item",
        };
        ks_buf_str(out, words[bag->kind]);
    }
}

/*
 * Makes "name", "name (2)", "name (3)", ... until one is free. The slot of "name" remembers in
 * `last` how far that went; each step over a taken name meets another one, so the sum stays linear.
 */
static void make_unique(struct p12_file *f, struct p12_table *names, uint32_t item)
{
    struct p12_bag *bag = &f->bags[item];
    char *base = bag->alias;
    struct p12_slot *slot = ks_p12_table_put(names, f, ks_p12_alias_hash(base), same_alias, base);

    if (!slot || slot->first == 0) {
        if (slot)
            slot->first = item + 1;
        return;
    }
    uint32_t number = slot->last ? slot->last : 1;
    struct p12_slot *free_slot;
    bag->alias = NULL;
    do {
        free(bag->alias);
        bag->alias = ks_asprintf("%s (%u)", base, ++number);
        free_slot =
            ks_p12_table_put(names, f, ks_p12_alias_hash(bag->alias), same_alias, bag->alias);
    } while (free_slot && free_slot->first);
    slot->last = number;
    if (free_slot)
        free_slot->first = item + 1;
    free(base);
}

/* A pool certificate that became part of a chain is no entry of its own. */
static bool is_entry(const struct p12_file *f, const struct p12_bag *bag)
{
    return bag->kind != P12_CERT || bag->trusted || !f->certs[bag->cert].used;
}

static bool all_named(const struct p12_file *f)
{
    for (uint32_t i = 0; i < f->bag_count; i++)
        if (!f->bags[i].alias && is_entry(f, &f->bags[i]))
            return false;
    return true;
}

static bool invent_names(struct p12_file *f)
{
    struct p12_table names;
    bool stopped = false;

    if (all_named(f))
        return true;
    ks_p12_table_init(&names, f->bag_count);
    for (uint32_t i = 0; i < f->bag_count; i++) {
        const char *alias = f->bags[i].alias;
        if (!alias || !is_entry(f, &f->bags[i]))
            continue;
        struct p12_slot *slot =
            ks_p12_table_put(&names, f, ks_p12_alias_hash(alias), same_alias, alias);
        if (slot && !slot->first)
            slot->first = i + 1;
    }
    for (uint32_t i = 0; i < f->bag_count && !stopped; i++) {
        struct p12_bag *bag = &f->bags[i];
        stopped = ks_p12_stopped(f, i);
        if (bag->alias || !is_entry(f, bag))
            continue;
        struct ks_buf text = KS_BUF_INIT;
        invent_from(f, bag, &text);
        (void)ks_text_cut(&text, INVENTED_MAX);
        bag->alias = ks_text_keep_nul(&text);
        bag->notes |= KS_NOTE_ALIAS_INVENTED;
        make_unique(f, &names, i);
    }
    ks_p12_table_free(&names);
    return !stopped;
}

bool ks_p12_java(struct p12_file *f)
{
    if (!java_view(f) || !ks_p12_chains(f) || !invent_names(f))
        return false;
    for (uint32_t i = 0; i < f->bag_count; i++) {
        struct p12_bag *bag = &f->bags[i];
        if (bag->kind == P12_CERT && !bag->trusted && !bag->nested && is_entry(f, bag))
            bag->notes |= KS_NOTE_JAVA_NO_TRUST;
    }
    return true;
}
