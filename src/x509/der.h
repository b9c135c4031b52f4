/*
 * A walker over DER, X.690. It takes definite lengths only: BER (indefinite lengths, segmented
 * strings; NSS and Bouncy Castle write them) is first turned into DER by ks_ber_to_der(). Nothing
 * is copied: every slice points into the input.
 */
#ifndef KSX_X509_DER_H
#define KSX_X509_DER_H

#include "base/bytes.h"

#include <string.h>

/* Identifier octets as one number for the tags that occur. */
enum {
    KS_DER_BOOLEAN = 0x01,
    KS_DER_INTEGER = 0x02,
    KS_DER_BIT_STRING = 0x03,
    KS_DER_OCTET_STRING = 0x04,
    KS_DER_NULL = 0x05,
    KS_DER_OID = 0x06,
    KS_DER_ENUMERATED = 0x0a,
    KS_DER_UTF8_STRING = 0x0c,
    KS_DER_NUMERIC_STRING = 0x12,
    KS_DER_PRINTABLE_STRING = 0x13,
    KS_DER_T61_STRING = 0x14,
    KS_DER_IA5_STRING = 0x16,
    KS_DER_UTC_TIME = 0x17,
    KS_DER_GENERALIZED_TIME = 0x18,
    KS_DER_VISIBLE_STRING = 0x1a,
    KS_DER_UNIVERSAL_STRING = 0x1c,
    KS_DER_BMP_STRING = 0x1e,
    KS_DER_SEQUENCE = 0x30,
    KS_DER_SET = 0x31,
};
#define KS_DER_CONTEXT(n) (0x80 | (n))      /* [n] primitive (IMPLICIT string) */
#define KS_DER_CONTEXT_CONS(n) (0xa0 | (n)) /* [n] constructed (EXPLICIT) */

struct ks_tlv {
    uint8_t tag;          /* the identifier octet; its low five bits are 31 for a high tag number */
    uint32_t number;      /* tag number, also for high tags */
    struct ks_slice body; /* contents octets */
    struct ks_slice whole; /* identifier, length and contents */
};

/* An element with a low tag number and a length of one octet, as nearly all are: a large store has
 * a million of them, so this much is in line. False and nothing changed for any other. */
static inline bool ks_der_next_short(struct ks_slice *in, struct ks_tlv *out)
{
    const uint8_t *at = in->data;
    if (in->len < 2 || at[0] == 0 || (at[0] & 0x1f) == 0x1f || at[1] >= 0x80)
        return false;
    size_t len = at[1];
    if (len > in->len - 2)
        return false;
    *in = (struct ks_slice){at + 2 + len, in->len - 2 - len};
    *out = (struct ks_tlv){at[0], at[0] & 0x1f, {at + 2, len}, {at, len + 2}};
    return true;
}
/* What ks_der_next() and ks_ber_next() do with all the others. */
bool ks_der_next_any(struct ks_slice *in, struct ks_tlv *out);
bool ks_ber_next_any(struct ks_slice *in, struct ks_tlv *out);

/* Takes the next element off the front of *in; false (and *in unchanged) at the end or when the
 * bytes are no definite-length TLV that fits. Lengths need not be minimal. next(&t.body, &t) goes
 * down. */
static inline bool ks_der_next(struct ks_slice *in, struct ks_tlv *out)
{
    return ks_der_next_short(in, out) || ks_der_next_any(in, out);
}
/* As ks_der_next, but only when the identifier octet is `tag`. */
static inline bool ks_der_expect(struct ks_slice *in, uint8_t tag, struct ks_tlv *out)
{
    return in->len > 0 && in->data[0] == tag && ks_der_next(in, out);
}
/* Skips the next element if it has this tag; true if it did. */
bool ks_der_skip(struct ks_slice *in, uint8_t tag);
/* The next element's identifier octet, 0 at the end. */
uint8_t ks_der_peek(struct ks_slice in);
/* Non-negative INTEGER of at most 8 significant bytes. */
bool ks_der_uint(struct ks_slice *in, uint64_t *out);
/* OBJECT IDENTIFIER whose contents octets equal `oid`. */
static inline bool ks_der_oid_is(struct ks_slice contents, const void *oid, size_t len)
{
    return contents.len == len && memcmp(contents.data, oid, len) == 0;
}
/* UTCTime or GeneralizedTime, with Z, an offset, or neither; seconds since 1970. */
bool ks_der_time(const struct ks_tlv *tlv, int64_t *out);
/* Only the form that RFC 5280 4.1.2.5 wants and nearly every certificate has: with seconds, of
 * which there are 60 a minute, and with Z. */
bool ks_der_time_usual(const struct ks_tlv *tlv, int64_t *out);
/* Decodes a directory or attribute string of any of the string types to UTF-8; true if all of it
 * was decodable (a false return still appended something readable). */
bool ks_der_string(const struct ks_tlv *tlv, struct ks_buf *out);

/* The contents alone of the next element if its identifier octet is `tag`, which is a low one; as
 * ks_ber_next. Taking the few fields of a certificate apart is most of the work of opening a store,
 * so the usual short length is read in line. */
bool ks_ber_body_any(struct ks_slice *in, struct ks_slice *body);
static inline bool ks_ber_body(struct ks_slice *in, uint8_t tag, struct ks_slice *body)
{
    const uint8_t *at = in->data;
    if (in->len < 2 || at[0] != tag)
        return false;
    size_t len = at[1];
    if (len >= 0x80 || len > in->len - 2)
        return ks_ber_body_any(in, body);
    *in = (struct ks_slice){at + 2 + len, in->len - 2 - len};
    *body = (struct ks_slice){at + 2, len};
    return true;
}

/* The same without indefinite lengths; as ks_der_next. */
bool ks_der_body_any(struct ks_slice *in, struct ks_slice *body);
static inline bool ks_der_body(struct ks_slice *in, uint8_t tag, struct ks_slice *body)
{
    const uint8_t *at = in->data;
    if (in->len < 2 || at[0] != tag)
        return false;
    size_t len = at[1];
    if (len >= 0x80 || len > in->len - 2)
        return ks_der_body_any(in, body);
    *in = (struct ks_slice){at + 2 + len, in->len - 2 - len};
    *body = (struct ks_slice){at + 2, len};
    return true;
}

/* As ks_der_next, but an indefinite length is resolved (linear in its size); `body` is without the
 * end-of-contents octets. For certificates, which are never rewritten. */
static inline bool ks_ber_next(struct ks_slice *in, struct ks_tlv *out)
{
    return ks_der_next_short(in, out) || ks_ber_next_any(in, out);
}

/* Total length in bytes of the BER/DER element at the front of `in`, resolving indefinite lengths;
 * 0 when it is cut off or malformed. Depth is bounded. */
size_t ks_ber_length(struct ks_slice in);
/* True when the element at the front of `in` is well-formed and needs no ks_ber_to_der(): no
 * indefinite length and no constructed string occurs outside of primitive contents. */
bool ks_ber_is_der(struct ks_slice in);
/* Rewrites one BER element as DER: definite lengths, segmented strings joined. Contents of
 * primitive octet strings are left alone. False if malformed or nested deeper than 64. */
bool ks_ber_to_der(struct ks_slice in, struct ks_buf *out);

/* ---- writer, for the few places that make DER ---- */
void ks_der_put(struct ks_buf *out, uint8_t tag, struct ks_slice body);
void ks_der_put_header(struct ks_buf *out, uint8_t tag, size_t body_len);

#endif
