/*
 * Subject alternative names from text, one a line, as ks_ext_general_names() writes them: "dns:a",
 * "ip:192.0.2.1", "email:a@b", "uri:https://a/", "dir:CN=a", "oid:1.2.3",
 * "other:userPrincipalName=a@b". Without a prefix an address, an e-mail address or a URI is told by
 * its looks, and the rest are host names. "der:" and hex is a whole GeneralName that none of these
 * says. RFC 5280 4.2.1.6.
 */
#ifndef KSX_X509_ALT_NAMES_H
#define KSX_X509_ALT_NAMES_H

#include "base/bytes.h"
#include "base/error.h"

#define KS_ALT_NAMES_MAX 1000

/* One line. KS_ERR_USAGE, slug "alt-name", in a few words: "not an IPv4 address". Fine names are
 * appended to `canonical` (may be NULL) as they will be shown: with their prefix, a host name that
 * is not ASCII as xn--. */
KS_CHECK enum ks_code ks_alt_name_check(const char *line, struct ks_buf *canonical,
                                        struct ks_error *err);
/* The line of a GeneralName (whole TLV), appended: from it comes the same name again. */
void ks_alt_name_line(struct ks_slice name, struct ks_buf *out);
/* Appends GeneralNames, the SEQUENCE, without repetitions; empty lines are passed over, and
 * without a name nothing is appended. The error names the line. */
KS_CHECK enum ks_code ks_alt_names_put(const char *const *lines, size_t count, struct ks_buf *out,
                                       struct ks_error *err);

#endif
