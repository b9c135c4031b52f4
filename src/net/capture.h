/*
 * What a TLS server sends, as it sends it. Nothing is verified and nothing is trusted: a capture
 * is material to look at. The certificates are taken from the bytes of the Certificate message, so
 * that also what a TLS library would refuse is seen; they become a store (PEM, in the order as sent)
 * that the doctor, the imports and the reports take like any other.
 *
 * Bounds: a Certificate message of KS_CAPTURE_BYTES, of which KS_CAPTURE_CERTS certificates are
 * kept; 1,000 accepted CA names.
 */
#ifndef KSX_NET_CAPTURE_H
#define KSX_NET_CAPTURE_H

#include "net/dial.h"
#include "store/store.h"

struct ks_material;

#define KS_CAPTURE_BYTES (2u << 20)
#define KS_CAPTURE_CERTS 1000
#define KS_CAPTURE_CAS 1000

struct ks_capture_ask {
    struct ks_target target;
    struct ks_dialing dialing;
    const char *sni; /* the name that is asked for; NULL: the host when it is a name; "": none.
                      * XMPP asks for it as the domain as well */
    const char *alpn; /* protocols to offer, "h2,http/1.1"; NULL: none is offered */
    /* To authenticate with, when the server demands it: leaf first; none: it is not done. */
    const struct ks_cert *const *client_chain;
    size_t client_count;
    const struct ks_material *client_key;
};

enum ks_capture_end {
    KS_CAPTURE_DONE,    /* the handshake was finished, and the server was still content after it */
    KS_CAPTURE_ALERT,   /* the server ended it with an alert */
    KS_CAPTURE_CLOSED,  /* the server closed the connection in the middle */
    KS_CAPTURE_OURS,    /* we could not go on: what it sent is no proper TLS, or too large */
    KS_CAPTURE_TIMEOUT, /* in the middle of the handshake */
};
struct ks_capture {
    struct ks_target target;
    char *address;   /* that was connected to */
    char *via;       /* the proxy, ks_proxy_text(); NULL: direct */
    char *sni;       /* as sent; NULL: none */
    int64_t at;      /* when */
    enum ks_capture_end end;
    char *protocol;  /* "TLSv1.3"; NULL: it was not agreed on */
    char *cipher;    /* NULL likewise */
    char *group;     /* of the key exchange: "x25519"; NULL */
    char *signature; /* what the server signed with: "rsa_pss_rsae_sha256"; NULL */
    char *alpn;      /* chosen by the server; NULL: none */
    char *alert;     /* of the server, in words: "handshake failure (40)"; NULL: none */
    const char *alert_means; /* static: what mostly causes it, and what to do */
    char *failed;    /* why it did not finish, in words; may quote external text; NULL: it did */
    /* The certificates in the order as sent, as a store called "host:port"; NULL: none came. */
    struct ks_store *store;
    size_t sent;     /* certificates in the message; more than in the store when there were too many */
    size_t broken;   /* of them that cannot be read as certificates */
    /* The server wants a certificate. */
    bool demands;    /* a CertificateRequest came */
    bool required;   /* it refused a client that has none (or this one) */
    bool gave;       /* ours was sent */
    uint8_t *ca_names; /* owned: the accepted issuers, DER Names one after the other */
    struct ks_slice *cas; /* owned array into it */
    size_t ca_count;
    char *key_types; /* the signature algorithms that it takes from clients, in words; NULL */
    struct ks_buf stapled; /* the OCSP response that came with it; len 0: none */
};
void ks_capture_drop(struct ks_capture *c); /* a zeroed one is fine */

/* KS_OK as soon as the server said anything in TLS: how it ended is in `out`. Else the errors of
 * dial.h and starttls.h, and KS_ERR_NETWORK, slug "not-tls": the server answers in clear; the
 * error quotes the beginning and says which --starttls it looks like. KS_ERR_USAGE, slugs
 * "bad-alpn" and "bad-sni"; KS_ERR_UNSUPPORTED, slug "client-key": OpenSSL cannot use the client's
 * certificate or key, or they do not belong together (USAGE: there is no key). */
KS_CHECK enum ks_code ks_capture(const struct ks_capture_ask *ask, struct ks_job *job,
                                 struct ks_capture *out, struct ks_error *err);

/* The certificates of the store in the order as sent; an array to free(). */
const struct ks_cert **ks_capture_chain(const struct ks_capture *c, size_t *count);
/* True when the server would take a certificate with this chain as far as it says: some issuer name
 * of the chain is among the CAs (or it names none). */
bool ks_capture_takes(const struct ks_capture *c, const struct ks_cert *const *chain, size_t count);

/* ---- many ---- */

struct ks_captured {
    const struct ks_capture_ask *ask;
    struct ks_capture capture;
    enum ks_code code; /* of ks_capture(); KS_ERR_CANCELLED when it was not begun */
    struct ks_error err;
};
/* All of them, at most `at_once` (1 to 32) at a time, into `out` in their order. Progress is one
 * step a server. `done` is called on some thread, one call at a time, as each ends, and not for
 * those that were not begun; may be NULL. */
void ks_capture_many(const struct ks_capture_ask *asks, size_t count, unsigned at_once,
                     struct ks_job *job, void (*done)(void *ctx, const struct ks_captured *one),
                     void *ctx, struct ks_captured *out);

#endif
