/*
 * Connections: a stream of bytes to a server, direct or through a proxy, with one deadline for
 * all that is done on it, and a job that ends any wait within a few hundredths of a second.
 * libcurl looks names up, connects and speaks with proxies; what is spoken on the connection is
 * the callers'. The library is loaded when it is first needed. On a host that has none, and in a ksx
 * that was built without, the same functions refuse: KS_ERR_UNSUPPORTED, slug "no-network".
 *
 * Errors are KS_ERR_NETWORK with the slugs
 *   "no-such-host"   the name has no address, or no name server answered
 *   "refused"        nothing listens there, or a firewall said no
 *   "unreachable"    no route
 *   "timeout"        nothing came within the time
 *   "closed"         the other side ended the connection
 *   "proxy"          the proxy refused or answered something else; what it said is quoted
 *   "proxy-auth"     the proxy wants a user and a password, or others
 * and KS_ERR_LIMIT with "too-large": the headers of the proxy's answer have no end.
 */
#ifndef KSX_NET_DIAL_H
#define KSX_NET_DIAL_H

#include "base/job.h"
#include "net/target.h"

/* Whether this ksx can open connections here, and in words with what: "libcurl 7.88.1", or why not.
 * Loads the library. */
bool ks_network(void);
const char *ks_network_words(void);
/* The error of those that cannot: "<what> was not done: this ksx was built without network". */
enum ks_code ks_no_network(const char *what, struct ks_error *err);

enum ks_family { KS_FAMILY_ANY, KS_FAMILY_4, KS_FAMILY_6 };

#define KS_NET_SECONDS 10 /* usual wait in all */

struct ks_dialing {
    const struct ks_proxy *proxy; /* NULL or KIND NONE: direct */
    enum ks_family family;
    unsigned seconds; /* for everything on the connection; 0: KS_NET_SECONDS */
};

struct ks_wire;
KS_CHECK enum ks_code ks_dial(const struct ks_target *target, const struct ks_dialing *how,
                              struct ks_job *job, struct ks_wire **out, struct ks_error *err);
void ks_wire_close(struct ks_wire *wire); /* at once; NULL is fine */
/* At least one byte, at most `room`; *got 0: the other side has ended. */
KS_CHECK enum ks_code ks_wire_read(struct ks_wire *wire, void *out, size_t room, size_t *got,
                                   struct ks_error *err);
KS_CHECK enum ks_code ks_wire_write(struct ks_wire *wire, const void *data, size_t len,
                                    struct ks_error *err);
/* The same within at most `milliseconds`: *got SIZE_MAX when nothing came. */
KS_CHECK enum ks_code ks_wire_wait(struct ks_wire *wire, unsigned milliseconds, void *out,
                                   size_t room, size_t *got, struct ks_error *err);
/* The address that was connected to: "192.0.2.7", "2001:db8::7"; of the proxy when there is one. */
const char *ks_wire_address(const struct ks_wire *wire);

/* A wire over a socket that is connected already (tests); taken over. */
struct ks_wire *ks_wire_of_socket(int fd, unsigned seconds, struct ks_job *job);

#endif
