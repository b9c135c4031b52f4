/*
 * Who refuses a certificate for what it says of itself: which critical extensions, usages and names
 * each client takes. One list for all of them, which findings and the judgement by Java's rules
 * share. A result is a mask of enum ks_client; 0: nobody is known to.
 *
 * As OpenSSL 3.0 (X509_supported_extension, check_purpose_ssl_server), curl 7.88
 * (ossl_verifyhost) and the JDK 17 (KeyChecker, ConstraintsChecker, PolicyChecker,
 * EndEntityChecker) have it.
 */
#ifndef KSX_CHAIN_REFUSERS_H
#define KSX_CHAIN_REFUSERS_H

#include "chain/catalogue.h"
#include "chain/purpose.h"
#include "chain/rules.h"

/* Extensions that are marked critical and not processed (RFC 5280 4.2). `oid`: the first of them;
 * may be NULL. */
unsigned ks_refusers_of_critical(const struct ks_cert *c, struct ks_slice *oid);
/* The extended key usage, asked of the leaf; of an issuer Java does not look at it. */
unsigned ks_refusers_of_use(const struct ks_cert *c, enum ks_purpose purpose);
/* Netscape's certificate type, which is asked of the leaf alone. */
unsigned ks_refusers_of_type(const struct ks_cert *c, enum ks_purpose purpose);
/* The key usage of the leaf. */
unsigned ks_refusers_of_key_usage(const struct ks_cert *c, enum ks_purpose purpose);
/* The name; what is for the common name's sake in all of them is CERT-NO-SAN, and 0 here. */
unsigned ks_refusers_of_host(const struct ks_cert *c, const char *host);
/* Encodings that a parser does not take. */
unsigned ks_refusers_of_form(const struct ks_cert *c);
/* Java: a policy is required, or one is mapped, and whether it refuses for that is not judged. */
bool ks_cert_asks_for_policy(const struct ks_cert *c);

/* Who refuses because of a finding, of the `usual` ones; `l` looks at its entry with facts. */
unsigned ks_refusers_of_finding(const struct ks_look *l, const struct ks_finding *f,
                                unsigned usual);
/* `c` is the root at the end of the way, at whose contents Java does not look. */
bool ks_look_is_root(const struct ks_look *l, const struct ks_cert *c);

#endif
