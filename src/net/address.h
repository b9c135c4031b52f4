/*
 * Addresses that a stranger's URL must not lead to. Internal to net.
 */
#ifndef KSX_NET_ADDRESS_H
#define KSX_NET_ADDRESS_H

#include "base/bytes.h"

#include <sys/socket.h>

/* As ks_address_is_private() of http.h; families other than IPv4 and IPv6 are private. */
bool ks_sockaddr_is_private(const struct sockaddr *address);
/* "192.0.2.7", "2001:db8::7", "" for another family; returns `out`. */
char *ks_sockaddr_text(const struct sockaddr *address, char out[static 64]);
/* A name that by its look belongs to this host or a private network: when a proxy looks names up,
 * it is all that can be judged. */
bool ks_host_is_private(const char *host);

#endif
