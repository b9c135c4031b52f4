/*
 * The URLs that are fetched. They are taken apart once, here, strictly, and put together again for
 * the library, so that no two places read them differently. Internal to net.
 */
#ifndef KSX_NET_URL_H
#define KSX_NET_URL_H

#include "base/bytes.h"

struct ks_url {
    bool tls;
    char host[256]; /* as in struct ks_target */
    uint16_t port;
    const char *rest; /* path and query, borrowed; "" without */
};
/* Static words why it is not fetched; NULL: it is. */
const char *ks_url_parse(const char *text, struct ks_url *out);
/* The URL anew, without a fragment; appended. */
void ks_url_text(const struct ks_url *url, struct ks_buf *out);

#endif
