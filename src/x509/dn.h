/*
 * Distinguished names from text: RFC 4514 as ks_name_text() writes it and as keytool -dname takes
 * it, "CN=iq.example.com,OU=Platform,O=Example,C=US". The first RDN of the text is the last of the
 * encoding. Values become UTF8String; C becomes PrintableString, an e-mail address and DC become
 * IA5String (RFC 5280 4.1.2.4, appendix A).
 */
#ifndef KSX_X509_DN_H
#define KSX_X509_DN_H

#include "base/bytes.h"
#include "base/error.h"

/* Appends the Name (whole TLV). Takes every key that ks_name_text() gives, dotted OIDs, #hex
 * values, escapes, quotes, several attributes joined by '+', blanks around separators, and a
 * semicolon as separator; keys ignore case, and those of OpenSSL (E, SN, GN, ...) are known. An empty
 * text, or "(empty)", is the empty name. KS_ERR_USAGE, slug "dn", says what is wrong and with which
 * part. */
KS_CHECK enum ks_code ks_dn_parse(const char *text, struct ks_buf *out, struct ks_error *err);

/* The attributes that people fill in one by one. */
struct ks_dn_field {
    const char *key;   /* "CN", as in the text; unique */
    const char *label; /* "Common name" */
    const char *hint;  /* a sentence */
    size_t max;        /* characters: the upper bounds of RFC 5280 appendix A.1 */
};
extern const struct ks_dn_field ks_dn_fields[]; /* CN OU O L ST C, in the order of the text; key NULL ends */

/* One value of such a field, as it is meant, without escapes; an empty one is fine and means that the
 * attribute is left out. Blanks at either end do not count, here and in ks_dn_add(). */
KS_CHECK enum ks_code ks_dn_check(const struct ks_dn_field *field, const char *value,
                                  struct ks_error *err);
/* Appends "KEY=value" with the escapes of RFC 4514 to the text of a name, with the comma that is
 * needed; nothing for an empty value. */
void ks_dn_add(struct ks_buf *text, const char *key, const char *value);

#endif
