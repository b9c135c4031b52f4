/*
 * Distinguished names, RFC 5280 4.1.2.4, shown as RFC 4514 strings in the order of the RDNs as
 * Java's X500Principal prints them (last RDN first): "CN=iq.example.com,O=Example,C=US".
 * Text is decoded, never filtered: what reaches a terminal goes through base/text.h.
 */
#ifndef KSX_X509_NAME_H
#define KSX_X509_NAME_H

#include "base/bytes.h"

/* One attribute of a name. */
struct ks_name_part {
    struct ks_slice type; /* OID contents */
    char *value;          /* UTF-8, owned by the parts array; may hold U+0000 (see value_len) */
    size_t value_len;
    bool decodable;       /* false: the string was not valid in its declared type */
    bool joined;          /* belongs to the RDN of the part before it (multi-valued RDN) */
    uint8_t string_tag;   /* KS_DER_UTF8_STRING, ... */
};

/* Parts in the order of the encoding. Returns their number; *out is freed with ks_name_parts_free.
 * A malformed name gives what could be read. At most 256 parts. */
size_t ks_name_parts(struct ks_slice name, struct ks_name_part **out);
void ks_name_parts_free(struct ks_name_part *parts, size_t count);

/* No attribute in it; also when it cannot be read. */
bool ks_name_is_empty(struct ks_slice name);

/* RFC 4514 with escapes, appended; an empty name gives "(empty)". */
void ks_name_text(struct ks_slice name, struct ks_buf *out);
/* One value with the escapes of RFC 4514, appended. */
void ks_name_escape(struct ks_slice utf8, struct ks_buf *out);
/* The most specific label for lists: CN, else OU, O, e-mail, else the whole; appended. */
void ks_name_label(struct ks_slice name, struct ks_buf *out);
/* RFC 5280 7.1: equal ignoring case, white-space runs and string types. Linear; names of more than
 * 8 KiB are equal when their bytes are. */
bool ks_name_equal(struct ks_slice a, struct ks_slice b);
/* X500Principal.equals() of Java: of names that are equal in this way, attributes that RFC 2253 has
 * no keyword for, and string types other than PrintableString and UTF8String, must be equal byte for
 * byte. */
bool ks_name_equal_java(struct ks_slice a, struct ks_slice b);
/* Hash that is equal for equal names; the order of the RDNs counts. */
uint64_t ks_name_hash(struct ks_slice name);

#endif
