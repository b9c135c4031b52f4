/*
 * Names that may deceive: invisible characters, and words that mix alphabets whose letters look
 * alike. Tests for every row of a large store, so ordinary names are passed over without decoding
 * and without memory.
 */
#ifndef KSX_CHAIN_NAMES_H
#define KSX_CHAIN_NAMES_H

#include "x509/skim.h"

/* ---- values of a name, without decoding ---- */

struct ks_name_values {
    struct ks_slice rdns, rdn; /* what is left */
};
struct ks_name_values ks_name_values(struct ks_slice name);
/* The next attribute's value: string tag and contents octets. */
bool ks_name_values_next(struct ks_name_values *v, uint8_t *tag, struct ks_slice *value);

/* The subject alternative names (the whole SEQUENCE); false if there are none. Most certificates of a trust
 * store have none, and say so without a walk through their extensions. */
bool ks_cert_alternative_names(const struct ks_cert *c, struct ks_slice *out);

/* ---- names that may deceive ---- */

enum { /* bit mask */
    KS_ODD_HIDDEN = 1, /* characters that a terminal would not show, or not as they are */
    KS_ODD_MIXED = 2,  /* a word of letters from two alphabets, also one hidden behind "xn--" */
};

unsigned ks_text_oddities(const char *utf8, size_t len);
unsigned ks_name_oddities(struct ks_slice name); /* of any attribute value */
/* Of any host name, mail address or URI among the subject alternative names. */
unsigned ks_san_oddities(const struct ks_cert *c);

#endif
