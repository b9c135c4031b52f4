/*
 * Name constraints, RFC 5280 4.2.1.10: the names that a CA may put into the certificates below it.
 */
#ifndef KSX_CHAIN_CONSTRAINTS_H
#define KSX_CHAIN_CONSTRAINTS_H

#include "chain/issuer.h"

enum ks_constraints {
    KS_CONSTRAINTS_MET, /* or there are none */
    KS_CONSTRAINTS_VIOLATED,
    KS_CONSTRAINTS_COMPLEX, /* more than 250,000 comparisons: not checked */
};
/* Of one issuer, for the names of everything below it. The first name that is forbidden is put into
 * words (NULL: not wanted), "DNS name a.example is not under b.example". */
enum ks_constraints ks_constraints_judge(const struct ks_issuing *x, struct ks_buf *words);

#endif
