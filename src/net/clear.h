/*
 * Inside of net: what a server says in clear, where TLS was expected or another protocol. Who it
 * is, from its first bytes, and how that is quoted. Texts of servers are not neutralised here.
 */
#ifndef KSX_NET_CLEAR_H
#define KSX_NET_CLEAR_H

#include "base/bytes.h"

struct ks_clear {
    const char *speaks; /* "SMTP", "HTTP without TLS", "SSH"; follows "it speaks" */
    const char *word;   /* of --starttls; NULL: TLS is not begun in that protocol, or not by us */
    const char *advice; /* what to do instead; NULL when there is a word */
};
/* NULL: nothing that is known. */
const struct ks_clear *ks_clear_look(struct ks_slice said);
/* True when the bytes begin a TLS record, or may do so (fewer than two of them). */
bool ks_clear_is_tls(struct ks_slice said);

#define KS_CLEAR_QUOTE 160
/* The first line in quotation marks, cut; what is no text as hexadecimal digits. Returns `out`. */
char *ks_clear_quote(struct ks_slice said, char out[static KS_CLEAR_QUOTE]);

#endif
