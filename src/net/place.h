/*
 * "host:port" as it stands in targets, proxies and URLs. Internal to net.
 */
#ifndef KSX_NET_PLACE_H
#define KSX_NET_PLACE_H

#include "base/bytes.h"

struct ks_place {
    struct ks_slice scheme; /* without "://"; len 0: none */
    struct ks_slice user;   /* in front of the '@', as it is there; data NULL: none */
    struct ks_slice rest;   /* behind the port: path and the like */
    char host[256];         /* canonical: A-labels, or an address without brackets */
    uint16_t port;          /* 0: none is given */
};
/* Static words why it cannot be one; NULL: it is. `out` borrows from the text. */
const char *ks_place_parse(const char *text, struct ks_place *out);
/* "host:port", an IPv6 address in brackets; appended. */
void ks_place_text(const char *host, uint16_t port, struct ks_buf *out);
/* True when the scheme is this one, ignoring case. */
bool ks_place_scheme_is(const struct ks_place *place, const char *word);

#endif
