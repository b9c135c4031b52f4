/*
 * What is said in clear before TLS begins, protocol by protocol: RFC 3207 (SMTP), 2595 (IMAP,
 * POP3), 4217 (FTP), 4511 4.14 (LDAP), 6120 5 (XMPP), the PostgreSQL and MySQL client protocols.
 * One mechanism for all: libcurl knows four of them, but not with our own look at the handshake.
 */
#ifndef KSX_NET_STARTTLS_H
#define KSX_NET_STARTTLS_H

#include "net/dial.h"

/* `host`: the name that XMPP asks for. On KS_OK the next bytes are TLS. KS_ERR_NETWORK, slug
 * "starttls": the server does not offer it or refuses; "not-this-protocol": what it says is another
 * protocol's; "closed": it ended the connection. All quote what it said, and name `host`. At most
 * 64 KiB are read. */
KS_CHECK enum ks_code ks_starttls_begin(struct ks_wire *wire, enum ks_starttls protocol,
                                        const char *host, struct ks_error *err);

#endif
