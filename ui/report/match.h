/*
 * Looking for words in an entry: what the filter and the incremental search share. A key press may
 * ask this of a hundred thousand entries, so names are searched in the certificate's own bytes
 * and decoded only where that would miss something.
 */
#ifndef KSX_REPORT_MATCH_H
#define KSX_REPORT_MATCH_H

#include "store/store.h"

struct needle {
    char small[64]; /* the text when it is short, folded */
    char *large;    /* else here */
    size_t len;
    bool ascii;
    bool plain;    /* ASCII, and nothing that only the printed form of a name has */
    bool numeric;  /* could be part of an IP address */
    char hex[130]; /* its hex digits, lower case, when it is made of these and colons; else "" */
};

void needle_init(struct needle *n, const char *text, size_t len);
void needle_free(struct needle *n);

/* `scratch` is memory to be reused from call to call; its contents mean nothing. */
bool match_text(const struct needle *n, const char *utf8, size_t len);
bool match_name(const struct needle *n, struct ks_slice name, struct ks_buf *scratch);
bool match_san(const struct needle *n, const struct ks_cert *c, struct ks_buf *scratch);
bool match_serial(const struct needle *n, const struct ks_cert *c, struct ks_buf *scratch);
/* Part of its SHA-256 or SHA-1. */
bool match_fingerprint(const struct needle *n, const struct ks_cert *c, struct ks_buf *scratch);
/* Any of subject, issuer, alternative names, serial, fingerprint. */
bool match_cert(const struct needle *n, const struct ks_cert *c, struct ks_buf *scratch);
/* Alias, comment, and the first `certs` certificates of the chain; the names of requests and CRLs. */
bool match_entry(const struct needle *n, const struct ks_entry *e, size_t certs,
                 struct ks_buf *scratch);

#endif
