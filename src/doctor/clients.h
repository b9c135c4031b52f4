/*
 * Which clients take a chain as it is sent. Java searches only where the chain is out of order
 * (PKIXValidator), and OpenSSL takes the first issuer that fits by name, key id and date, and does
 * not go back. GnuTLS follows what is sent.
 */
#ifndef KSX_DOCTOR_CLIENTS_H
#define KSX_DOCTOR_CLIENTS_H

#include "chain/path.h"

#define KS_SENT_MAX 10 /* Java refuses more, whatever they are: jdk.tls.maxCertificateChainLength  \
                        */

enum { KS_TAKES_JAVA = 1, KS_TAKES_OPENSSL = 2 };

struct ks_sent {
    const struct ks_cert *const *at; /* the leaf first */
    size_t count;
    int64_t now;
    enum ks_purpose purpose;
    struct ks_signatures *signatures;
    struct ks_effort *effort;
};
/* Those that take it when they trust this root, and nothing else: KS_TAKES_*. */
unsigned ks_takers_with(const struct ks_sent *sent, const struct ks_cert *root);
/* The same for the CA that issued `below`, whose own certificate is not at hand: taken to be a root
 * that holds. By the rules above; of the leaf nothing is judged. */
unsigned ks_takers_above(const struct ks_sent *sent, const struct ks_cert *below);
/* The way that OpenSSL goes from the leaf, until the CA that issued `below` or as far as it gets.
 * `out` has room for KS_PATH_MAX. */
size_t ks_sent_order(const struct ks_sent *sent, const struct ks_cert *below,
                     const struct ks_cert **out, bool *reached);
/* Nothing speaks against the issuers on such a way. */
bool ks_sent_is_sound(const struct ks_sent *sent, const struct ks_cert *const *way, size_t len);

#endif
