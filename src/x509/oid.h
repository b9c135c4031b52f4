/*
 * Object identifiers: one table of names. Signature algorithms are spelled as Java spells them
 * (SHA256withRSA), extensions and key purposes as RFC 5280 does (keyUsage, serverAuth),
 * attribute types as RFC 4514 does (CN, O, ...).
 */
#ifndef KSX_X509_OID_H
#define KSX_X509_OID_H

#include "base/bytes.h"

/* Name of an OID given by its contents octets; NULL if the table has none. */
const char *ks_oid_name(struct ks_slice oid);
/* Name, or dotted decimal when there is none; appended. */
void ks_oid_text(struct ks_slice oid, struct ks_buf *out);
/* Dotted decimal; "(bad OID)" for malformed contents; appended. */
void ks_oid_dotted(struct ks_slice oid, struct ks_buf *out);
/* Contents octets from dotted decimal; false when malformed. */
bool ks_oid_parse(const char *dotted, struct ks_buf *out);
/* Contents octets of the first OID that has this name, ignoring case; false when there is none. */
bool ks_oid_named(const char *name, struct ks_buf *out);

#endif
