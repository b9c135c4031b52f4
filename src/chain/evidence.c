#include "chain/evidence.h"

#include "base/text.h"
#include "chain/names.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

#include <string.h>

#define KEY_ID_SHOWN 4
#define FINGERPRINT_SHOWN 8

/* ---- words ---- */

void ks_put_cert_name(const struct ks_cert *c, struct ks_buf *out)
{
    if (c->flags & KS_CERT_BROKEN) {
        ks_buf_str(out, "a certificate");
        return;
    }
    ks_buf_str(out, "'");
    ks_name_label(ks_cert_part(c, c->subject), out);
    ks_buf_str(out, "'");
}

void ks_put_alias(const struct ks_entry *e, struct ks_buf *out)
{
    ks_buf_printf(out, "'%s'", e->alias);
}

static void put_hex(struct ks_slice bytes, size_t shown, struct ks_buf *out)
{
    ks_text_hex(ks_slice_part(bytes, 0, shown), ':', true, out);
    if (bytes.len > shown)
        ks_buf_str(out, ks_text_sign(KS_SIGN_CUT));
}

void ks_put_key_id(const struct ks_cert *c, struct ks_buf *out)
{
    uint8_t computed[20];
    struct ks_slice id = ks_cert_part(c, c->ski);
    if (id.len == 0) {
        ks_spki_key_id(ks_cert_part(c, c->spki), computed);
        id = ks_slice(computed, sizeof computed);
    }
    ks_buf_str(out, "key id ");
    put_hex(id, KEY_ID_SHOWN, out);
}

void ks_put_fingerprint(const struct ks_cert *c, struct ks_buf *out)
{
    uint8_t digest[32];
    ks_cert_sha256(c, digest);
    ks_buf_str(out, "SHA-256 ");
    put_hex(ks_slice(digest, sizeof digest), FINGERPRINT_SHOWN, out);
}

void ks_put_when(int64_t then, int64_t days, struct ks_buf *out)
{
    char date[24], words[40];
    ks_buf_printf(out, "%s (%s)", ks_days_words(days, words), ks_time_date(then, date));
}

void ks_put_date(int64_t then, struct ks_buf *out)
{
    char date[24];
    ks_buf_str(out, ks_time_date(then, date));
}

void ks_put_lines(const char *lines, size_t max, struct ks_buf *out)
{
    size_t shown = 0, left = 0;
    for (const char *at = lines; *at;) {
        size_t len = strcspn(at, "\n");
        if (len > 0 && shown < max)
            ks_buf_printf(out, "%s%.*s", shown++ ? ", " : "", (int)(len < 256 ? len : 256), at);
        else if (len > 0)
            left++;
        at += len + (at[len] == '\n');
    }
    if (left > 0)
        ks_buf_printf(out, " and %zu more", left);
}

/* ---- roles ---- */

static bool is_asked_for_trust(const struct ks_look *l)
{
    return l->facts && l->facts->asked == KS_PURPOSE_TRUST;
}

static enum ks_role role_in_chain(const struct ks_look *l)
{
    const struct ks_chain_look *look = l->facts ? l->facts->look : NULL;
    if (l->at == KS_NOWHERE)
        return KS_ROLE_NONE;
    if (l->at == 0)
        return KS_ROLE_LEAF;
    if (!look)
        return l->cert->flags & KS_CERT_SELF_ISSUED ? KS_ROLE_ROOT : KS_ROLE_ISSUER;
    return l->at + 1 == look->walk_len && look->end == KS_END_ROOT ? KS_ROLE_ROOT : KS_ROLE_ISSUER;
}

/* In a trust store the first certificate of a key entry is an anchor for Java, like a trusted one
 * (sun.security.validator.TrustStoreUtil). */
enum ks_role ks_look_role(const struct ks_look *l)
{
    switch ((enum ks_kind)l->entry->kind) {
    case KS_KIND_TRUSTED:
        return KS_ROLE_ANCHOR;
    case KS_KIND_CERT:
        return l->cert->flags & KS_CERT_CA ? KS_ROLE_ANCHOR : KS_ROLE_LEAF;
    case KS_KIND_KEY:
        if (is_asked_for_trust(l))
            return l->index == 0 ? KS_ROLE_ANCHOR : KS_ROLE_NONE;
        return role_in_chain(l);
    default:
        return KS_ROLE_LEAF;
    }
}

const struct ks_cert *ks_look_leaf(const struct ks_look *l)
{
    const struct ks_chain_look *look = l->facts ? l->facts->look : NULL;
    if (l->entry->kind != KS_KIND_KEY)
        return NULL;
    if (look && look->stored_count > 0)
        return look->stored[look->leaf];
    return l->chain.present > 0 ? &l->entry->chain[0] : NULL;
}

enum ks_purpose ks_look_purpose(const struct ks_look *l)
{
    return l->facts ? l->facts->purpose : KS_PURPOSE_SERVER;
}

bool ks_look_is_ca(const struct ks_look *l, const struct ks_cert *leaf)
{
    enum ks_purpose asked = l->facts ? l->facts->asked : KS_PURPOSE_AUTO;
    if (asked == KS_PURPOSE_CA)
        return true;
    return asked == KS_PURPOSE_AUTO && (leaf->flags & KS_CERT_CA) && !ks_cert_names_host(leaf);
}

/* ---- facts of a certificate ---- */

bool ks_cert_expired(const struct ks_cert *c, int64_t now)
{
    return c->not_after != KS_TIME_NONE && c->not_after < now;
}

bool ks_cert_ahead(const struct ks_cert *c, int64_t now)
{
    return c->not_before != KS_TIME_NONE && c->not_before > now;
}

bool ks_cert_names_host(const struct ks_cert *c)
{
    struct ks_slice names, in;
    struct ks_tlv name;
    if (!ks_cert_alternative_names(c, &names) || !ks_ber_body(&names, KS_DER_SEQUENCE, &in))
        return false;
    while (ks_der_next(&in, &name))
        if (name.tag == KS_DER_CONTEXT(2) || name.tag == KS_DER_CONTEXT(7))
            return true;
    return false;
}
