#include "report/match.h"

#include "base/alloc.h"
#include "base/text.h"
#include "chain/names.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/request.h"

#include <stdlib.h>
#include <string.h>

/* Fewer digits than these fit every other certificate. Digesting all certificates of a large store costs
 * a noticeable time, so a word like "cafe" is only taken for a fingerprint when it has colons. */
#define SERIAL_DIGITS 2
#define DIGEST_DIGITS 8
#define DIGEST_DIGITS_COLONS 4

/* ---- the needle ---- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static void take_hex(struct needle *n, const char *text, size_t len)
{
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ':' || text[i] == ' ')
            continue;
        if (!is_hex(text[i]) || digits == sizeof n->hex - 1) {
            digits = 0;
            break;
        }
        n->hex[digits++] = lower(text[i]);
    }
    n->hex[digits] = 0;
}

static const char *text_of(const struct needle *n)
{
    return n->large ? n->large : n->small;
}

static void set_text(struct needle *n, const char *text, size_t len)
{
    n->len = len;
    n->large = len < sizeof n->small ? NULL : ks_strndup(text, len);
    char *own = n->large ? n->large : n->small;
    if (!n->large)
        memcpy(own, text, len);
    own[len] = 0;
    for (size_t i = 0; i < len; i++)
        own[i] = lower(own[i]);
}

static void classify(struct needle *n, const char *text, size_t len)
{
    n->ascii = n->plain = n->numeric = true;
    for (size_t i = 0; i < len; i++) {
        n->ascii = n->ascii && (unsigned char)text[i] < 0x80;
        n->plain = n->plain && n->ascii && !strchr("=,+\\", text[i]);
        n->numeric = n->numeric && (is_hex(text[i]) || text[i] == '.' || text[i] == ':');
    }
}

/* Case never counts: Java folds aliases, and host names have none. A key press makes one needle an
 * entry, so ASCII, which is nearly all there is, is folded in place. */
void needle_init(struct needle *n, const char *text, size_t len)
{
    *n = (struct needle){0};
    set_text(n, text, len);
    classify(n, text, len);
    take_hex(n, text, len);
    if (n->ascii)
        return;
    char *folded = ks_text_fold(text_of(n));
    needle_free(n);
    set_text(n, folded, strlen(folded));
    free(folded);
}

void needle_free(struct needle *n)
{
    free(n->large);
    n->large = NULL;
}

/* ---- text ---- */

/* Works on bytes: the needle is ASCII, and in UTF-8 an ASCII byte is never part of another
 * character. */
static bool contains_ascii(const struct needle *n, const char *text, size_t len)
{
    const char *word = text_of(n);
    char small = word[0], capital = small >= 'a' && small <= 'z' ? (char)(small - 0x20) : small;
    if (n->len > len)
        return false;
    for (size_t at = 0, last = len - n->len; at <= last; at++) {
        if (text[at] != small && text[at] != capital)
            continue;
        size_t i = 1;
        while (i < n->len && lower(text[at + i]) == word[i])
            i++;
        if (i == n->len)
            return true;
    }
    return false;
}

/* `utf8` ends in a NUL, except where a plain needle is looked for in a certificate's bytes. */
bool match_text(const struct needle *n, const char *utf8, size_t len)
{
    if (n->len == 0)
        return true;
    return n->ascii ? contains_ascii(n, utf8, len) : ks_text_contains_folded(utf8, text_of(n));
}

static bool match_scratch(const struct needle *n, const struct ks_buf *scratch)
{
    return match_text(n, ks_buf_text(scratch), scratch->len);
}

/* ---- names ---- */

static bool match_value(const struct needle *n, uint8_t tag, struct ks_slice value,
                        struct ks_buf *scratch)
{
    if (tag != KS_DER_BMP_STRING && tag != KS_DER_UNIVERSAL_STRING)
        return match_text(n, (const char *)value.data, value.len);
    struct ks_tlv tlv = {.tag = tag, .number = tag, .body = value, .whole = value};
    ks_buf_clear(scratch);
    (void)ks_der_string(&tlv, scratch);
    return match_scratch(n, scratch);
}

bool match_name(const struct needle *n, struct ks_slice name, struct ks_buf *scratch)
{
    if (!n->plain) {
        ks_buf_clear(scratch);
        ks_name_text(name, scratch);
        return match_scratch(n, scratch);
    }
    struct ks_name_values v = ks_name_values(name);
    struct ks_slice value;
    uint8_t tag;
    while (ks_name_values_next(&v, &tag, &value))
        if (match_value(n, tag, value, scratch))
            return true;
    return false;
}

static bool match_san_text(const struct needle *n, struct ks_slice names, struct ks_buf *scratch)
{
    ks_buf_clear(scratch);
    (void)ks_ext_general_names(names, scratch);
    return match_scratch(n, scratch);
}

/* Host names, mail addresses and URIs are in the file as they are printed, but for "dns:". */
static bool match_san_value(const struct needle *n, struct ks_slice names, struct ks_buf *scratch)
{
    struct ks_slice in = names;
    struct ks_tlv all, name;
    if (!n->plain || memchr(text_of(n), ':', n->len) || !ks_der_expect(&in, KS_DER_SEQUENCE, &all))
        return match_san_text(n, names, scratch);
    in = all.body;
    while (ks_der_next(&in, &name)) {
        bool text = name.tag == KS_DER_CONTEXT(1) || name.tag == KS_DER_CONTEXT(2) ||
                    name.tag == KS_DER_CONTEXT(6);
        if (text && match_text(n, (const char *)name.body.data, name.body.len))
            return true;
        if (!text && (name.tag != KS_DER_CONTEXT(7) || n->numeric))
            return match_san_text(n, names, scratch);
    }
    return false;
}

bool match_san(const struct needle *n, const struct ks_cert *c, struct ks_buf *scratch)
{
    struct ks_slice names;
    return ks_cert_alternative_names(c, &names) && match_san_value(n, names, scratch);
}

/* ---- numbers ---- */

bool match_serial(const struct needle *n, const struct ks_cert *c, struct ks_buf *scratch)
{
    if (strlen(n->hex) < SERIAL_DIGITS)
        return false;
    ks_buf_clear(scratch);
    ks_cert_serial_hex(c, scratch);
    return strstr(ks_buf_text(scratch), n->hex) != NULL;
}

static bool match_digest(const struct needle *n, const uint8_t *digest, size_t len,
                         struct ks_buf *scratch)
{
    ks_buf_clear(scratch);
    ks_text_hex(ks_slice(digest, len), 0, false, scratch);
    return strstr(ks_buf_text(scratch), n->hex) != NULL;
}

bool match_fingerprint(const struct needle *n, const struct ks_cert *c, struct ks_buf *scratch)
{
    uint8_t digest[32];
    if (n->hex[0] == '\0')
        return false;
    ks_cert_sha256(c, digest);
    if (match_digest(n, digest, 32, scratch))
        return true;
    ks_cert_sha1(c, digest);
    return match_digest(n, digest, 20, scratch);
}

static bool looks_like_fingerprint(const struct needle *n)
{
    size_t digits = strlen(n->hex);
    return digits >= (digits < n->len ? DIGEST_DIGITS_COLONS : DIGEST_DIGITS);
}

/* ---- all of it ---- */

bool match_cert(const struct needle *n, const struct ks_cert *c, struct ks_buf *scratch)
{
    if (n->len == 0)
        return true;
    if (looks_like_fingerprint(n) && match_fingerprint(n, c, scratch))
        return true;
    if (c->flags & KS_CERT_BROKEN)
        return false;
    bool same_issuer = (c->flags & KS_CERT_SELF_ISSUED) != 0;
    return match_name(n, ks_cert_part(c, c->subject), scratch) ||
           (!same_issuer && match_name(n, ks_cert_part(c, c->issuer), scratch)) ||
           match_san(n, c, scratch) || match_serial(n, c, scratch);
}

static bool match_loose_name(const struct needle *n, const struct ks_entry *e,
                             struct ks_buf *scratch)
{
    struct ks_request request;
    struct ks_crl crl;
    if (e->kind == KS_KIND_REQUEST && ks_request_skim(e->key, &request))
        return match_name(n, request.subject, scratch);
    if (e->kind == KS_KIND_CRL && ks_crl_skim(e->key, &crl))
        return match_name(n, crl.issuer, scratch);
    return false;
}

bool match_entry(const struct needle *n, const struct ks_entry *e, size_t certs,
                 struct ks_buf *scratch)
{
    if (match_text(n, e->alias, strlen(e->alias)))
        return true;
    if (e->comment && match_text(n, e->comment, strlen(e->comment)))
        return true;
    for (size_t i = 0; i < e->chain_len && i < certs; i++)
        if (match_cert(n, &e->chain[i], scratch))
            return true;
    return match_loose_name(n, e, scratch);
}
