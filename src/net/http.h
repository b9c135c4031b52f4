/*
 * Fetching small things that certificates name: issuers, revocation lists, OCSP answers. Every URL
 * comes from a stranger's certificate, so: http and https alone, no user in it, addresses of this
 * host and of private networks only when that was agreed to (checked on the address that is
 * connected to, after the name was looked up; through a proxy on the name alone, which the proxy
 * then looks up, also one of socks5:// unless private_too), redirects one by one with the same checks, a bounded
 * size, one deadline, no cookies, no decompression, nothing sent that tells who asks.
 */
#ifndef KSX_NET_HTTP_H
#define KSX_NET_HTTP_H

#include "base/bytes.h"
#include "net/dial.h"

#define KS_FETCH_BYTES (64u << 10) /* of a certificate or an OCSP answer */
#define KS_FETCH_CRL (16u << 20)
#define KS_FETCH_REDIRECTS 2

struct ks_fetch {
    const char *url;
    struct ks_slice post;      /* data NULL: GET */
    const char *content_type;  /* of the post */
    const struct ks_proxy *proxy; /* NULL: what the environment says for the URL's host */
    struct ks_secret *proxy_password; /* for a proxy of the environment without one; NULL: none */
    bool no_proxy;             /* not even that */
    bool private_too;          /* loopback, link-local, private, and the like are allowed */
    bool any_port;             /* others than 80 and 443 */
    size_t limit;              /* bytes; 0: KS_FETCH_BYTES */
    unsigned seconds;          /* 0: 5 */
};
/* Why a URL is not fetched at all, without asking anybody: static words; NULL: it may be. */
const char *ks_fetch_refusal(const char *url);
/* False when its URL alone tells that it is refused: nobody is asked then. */
bool ks_fetch_may_ask(const struct ks_fetch *fetch);
/* Through whom a host would be asked, by `plain` http or by https; KIND NONE: directly. The caller
 * drops it. KS_ERR_USAGE when a variable of the environment cannot be understood. */
KS_CHECK enum ks_code ks_fetch_proxy(const struct ks_fetch *how, const char *host, bool plain,
                                     struct ks_proxy *out, struct ks_error *err);
/* The same for a URL; KIND NONE also of one that is not fetched. */
KS_CHECK enum ks_code ks_fetch_proxy_of(const struct ks_fetch *how, const char *url,
                                        struct ks_proxy *out, struct ks_error *err);
/*
 * KS_ERR_NETWORK as in dial.h, and the slugs
 *   "private-address"  the host is at an address of a private network (the error names it):
 *                      ask, and try again with private_too
 *   "odd-port"         another port: likewise any_port
 *   "redirects"        too many, or to another scheme
 *   "http-status"      the answer was not 200, the status is quoted; or it was no HTTP at all
 *   "tls"              of https: no handshake, or the system's CAs do not trust the server
 * KS_ERR_LIMIT, slug "too-large": the answer, or its headers. KS_ERR_USAGE, slug "bad-url": ks_fetch_refusal() says why.
 */
KS_CHECK enum ks_code ks_fetch(const struct ks_fetch *fetch, struct ks_job *job,
                               struct ks_buf *out, struct ks_error *err);
/* True for addresses that only a second question opens: RFC 6890 and its like for IPv6, also when
 * an IPv4 address is wrapped in an IPv6 one (of NAT64 by the address in it). `text`: without
 * brackets; a name is none. */
bool ks_address_is_private(const char *text);

#endif
