/*
 * Does a certificate answer for a host? RFC 6125 6.4 as TLS clients apply it: subject alternative
 * names first; a wildcard is exactly one whole left label; an IP address is only matched by an
 * iPAddress name. A host name is compared as its A-labels (x509 and the DNS carry no others), so a
 * name in Unicode is put into that form first.
 */
#ifndef KSX_X509_HOST_H
#define KSX_X509_HOST_H

#include "x509/skim.h"

enum ks_host_match {
    KS_HOST_MATCH,
    KS_HOST_OTHER,    /* alternative names are there, and none fits */
    KS_HOST_BY_CN,    /* neither a DNS name nor an address among them, and the CN fits: Java and curl
                         take it, others do not */
    KS_HOST_BY_CN_JAVA, /* no DNS name, but an address, and the CN fits: Java alone takes it */
    KS_HOST_NO_NAMES, /* no alternative names at all, and the CN does not fit either */
};
/* `host`: a DNS name (a final dot is ignored) or an IP address, IPv6 with or without brackets. */
enum ks_host_match ks_cert_answers_for(const struct ks_cert *cert, const char *host);
/* True for text that is an IPv4 or IPv6 address. */
bool ks_host_is_address(const char *text, size_t len);
/* Whether `host` may be asked about: a DNS name or an address; NULL, or static words why not. What
 * ends in a number, decimal or of the kind 0x7f, is no name, and no address unless it is all of
 * "192.0.2.7": others take such a thing for an address. */
const char *ks_host_refusal(const char *host);
/* The host as it is asked for: A-labels without a final dot, an address without brackets; appended.
 * False, and nothing appended, when it is refused. */
bool ks_host_canonical(const char *host, struct ks_buf *out);
/* A dNSName among the alternative names that is an IP address, which matches nothing (first one;
 * data NULL: none). */
struct ks_slice ks_cert_address_as_dns(const struct ks_cert *cert);

#endif
