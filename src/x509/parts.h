/*
 * Inside of x509: parts of structures that more than one file here takes apart.
 */
#ifndef KSX_X509_PARTS_H
#define KSX_X509_PARTS_H

#include "x509/der.h"

/* Contents of an OBJECT IDENTIFIER as X.690 8.19 has it: whole components without leading zeros.
 * And no longer than sun.security.util.ObjectIdentifier takes it. In line for the skim. */
#define KS_OID_MAX 4096
static inline bool ks_oid_sound(struct ks_slice oid)
{
    uint8_t before = 0; /* the last octet of a component is below 0x80 */
    if (oid.len == 0 || oid.len > KS_OID_MAX)
        return false;
    for (size_t i = 0; i < oid.len; i++) {
        if (oid.data[i] == 0x80 && before < 0x80)
            return false;
        before = oid.data[i];
    }
    return before < 0x80;
}

/* SubjectPublicKeyInfo, RFC 5280 4.1.2.7. */
struct ks_spki {
    struct ks_slice oid;    /* contents of the algorithm's OID */
    struct ks_slice params; /* whatever follows the OID */
    struct ks_slice key;    /* contents of the BIT STRING without the octet for unused bits */
};
bool ks_spki_open(struct ks_slice spki, struct ks_spki *out);

/* RSASSA-PSS-params, RFC 4055 3.1. */
struct ks_pss {
    struct ks_slice hash, mgf_hash; /* OIDs; len 0: SHA-1, the default */
    uint64_t salt_len;
};
/* `params` follows the OID; nothing there means the defaults. False: malformed, or not MGF1 and
 * trailer 1 (nothing else was ever defined). */
bool ks_pss_params(struct ks_slice params, struct ks_pss *out);

/* INTEGER contents as a number: hex without leading zeros, or decimal (hex with 0x in front when
 * it has more than 512 octets); appended. */
void ks_der_integer_hex(struct ks_slice integer, struct ks_buf *out);
void ks_der_integer_dec(struct ks_slice integer, struct ks_buf *out);

/* Whether a text can be a PrintableString, X.680 41.4. */
bool ks_is_printable_string(struct ks_slice s);
/* Characters of a text; SIZE_MAX when it has control characters or is no UTF-8. */
size_t ks_count_characters(struct ks_slice utf8);

/*
 * ---- writing values ----
 * Everything is appended. Control characters of values become \xNN, so that no value can pretend to
 * be another line or end a C string.
 */
void ks_put_text(struct ks_slice utf8, struct ks_buf *out);
bool ks_put_string(const struct ks_tlv *tlv, struct ks_buf *out); /* false: not all decodable */
void ks_put_ia5(struct ks_slice body, struct ks_buf *out);
void ks_put_name(struct ks_slice name, struct ks_buf *out);
void ks_put_oid(struct ks_slice oid, struct ks_buf *out);       /* dotted, then the name if known */
void ks_put_hex(struct ks_slice octets, struct ks_buf *out);    /* 0A:1B */
bool ks_put_time(const struct ks_tlv *tlv, struct ks_buf *out); /* ISO 8601; false: unreadable */
/* Names of the bits that are set, in a row; `bit_string` is contents octets. False: malformed. */
bool ks_put_bits(struct ks_slice bit_string, const char *const *names, size_t count,
                 struct ks_buf *out);

#endif
