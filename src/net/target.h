/*
 * Whom to talk to, and through whom: servers and proxies as people write them.
 *
 *   ldap.example.com:636   [2001:db8::7]:443   ldaps://ldap.example.com   https://example.com/x
 *
 * Nothing here opens a connection or asks a name server.
 */
#ifndef KSX_NET_TARGET_H
#define KSX_NET_TARGET_H

#include "base/error.h"
#include "base/secret.h"

#include <stdint.h>

/* What is said before TLS begins. */
enum ks_starttls {
    KS_TLS_AT_ONCE,
    KS_STARTTLS_SMTP,
    KS_STARTTLS_IMAP,
    KS_STARTTLS_POP3,
    KS_STARTTLS_FTP,
    KS_STARTTLS_LDAP,
    KS_STARTTLS_XMPP,
    KS_STARTTLS_POSTGRES,
    KS_STARTTLS_MYSQL,
    KS_STARTTLS_COUNT,
};
/* "none", "smtp", "imap", ... */
const char *ks_starttls_word(enum ks_starttls protocol);
bool ks_starttls_by_word(const char *word, enum ks_starttls *out);
/* The port that the protocol is mostly spoken at: 587, 143, ...; 443 for TLS at once. */
uint16_t ks_starttls_port(enum ks_starttls protocol);
/* What a port speaks by custom: 25 and 587 SMTP, 389 LDAP, 5432 PostgreSQL, ...; else TLS at once. */
enum ks_starttls ks_starttls_of_port(uint16_t port);

struct ks_target {
    char host[256]; /* a DNS name in A-labels, or an address without brackets */
    uint16_t port;
    enum ks_starttls protocol;
    bool protocol_given; /* by the scheme of a URL; else it is by the custom of the port */
};
/* KS_ERR_USAGE, slug "bad-target". A name in Unicode becomes A-labels. Without a port it is the
 * scheme's, else 443. Schemes: https ldaps smtps imaps pop3s ftps xmpps, and with STARTTLS smtp
 * imap pop3 ftp ldap xmpp postgres(ql) mysql; what follows the host is passed over. A password in
 * it is refused. */
KS_CHECK enum ks_code ks_target_parse(const char *text, struct ks_target *out,
                                      struct ks_error *err);
/* "ldap.example.com:636", "[2001:db8::7]:443": at most 271 bytes with the end. Returns `out`. */
#define KS_TARGET_TEXT 272
char *ks_target_text(const struct ks_target *target, char out[static KS_TARGET_TEXT]);

enum ks_proxy_kind { KS_PROXY_NONE, KS_PROXY_HTTP, KS_PROXY_SOCKS5 };
struct ks_proxy {
    enum ks_proxy_kind kind;
    char host[256];
    uint16_t port;
    char user[256];             /* "" without */
    struct ks_secret *password; /* owned; NULL without */
    bool resolves;              /* the proxy looks the name up; not with socks5, as curl has it */
    const char *from;           /* static: "HTTPS_PROXY" when the environment says it; else NULL */
};
void ks_proxy_drop(struct ks_proxy *proxy); /* a zeroed one is fine */
/* "host:port", "http://user@host:port", "socks5://...", "none". KS_ERR_USAGE, slug "bad-proxy"; a
 * password in it is refused, since everybody on the host can read a command line. */
KS_CHECK enum ks_code ks_proxy_parse(const char *text, struct ks_proxy *out, struct ks_error *err);
/* What the environment says for this target: https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY in the
 * order of curl (and http_proxy, small letters alone, for `plain` http), unless no_proxy names the
 * host: names by their end, "*", addresses and CIDR blocks. The password may be in it. KIND NONE: none; KS_ERR_USAGE when the variable cannot be
 * understood, and the error names it. */
KS_CHECK enum ks_code ks_proxy_of_environment(const char *host, bool plain, struct ks_proxy *out,
                                              struct ks_error *err);
/* "proxy.example:3128 (HTTPS_PROXY)": without user and password. Appended. */
void ks_proxy_text(const struct ks_proxy *proxy, struct ks_buf *out);

#endif
