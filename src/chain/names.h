/*
 * Names that may deceive: invisible characters, and words that mix alphabets whose letters look
 * alike. Tests for every row of a large store, so ordinary names are passed over without decoding
 * and without memory.
 */
#ifndef KSX_CHAIN_NAMES_H
#define KSX_CHAIN_NAMES_H

#include "x509/skim.h"

enum ks_oddity {
    KS_ODDITY_HIDDEN, /* characters that a terminal would not show, or not as they are */
    KS_ODDITY_MIXED,  /* a word of letters from two alphabets, also one hidden behind "xn--" */
};

bool ks_text_is_odd(const char *utf8, size_t len, enum ks_oddity oddity);
/* Any attribute value of a distinguished name. */
bool ks_name_has_oddity(struct ks_slice name, enum ks_oddity oddity);
/* Any host name, mail address or URI among the subject alternative names. */
bool ks_san_has_oddity(const struct ks_cert *c, enum ks_oddity oddity);

#endif
