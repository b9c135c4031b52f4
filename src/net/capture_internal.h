/*
 * Inside of net: one capture under way. The messages of the handshake are read as they pass; what
 * OpenSSL makes of them afterwards does not matter for what is kept.
 */
#ifndef KSX_NET_CAPTURE_INTERNAL_H
#define KSX_NET_CAPTURE_INTERNAL_H

#include "net/capture.h"

#include <openssl/types.h>

/* ---- alerts, RFC 8446 6 and RFC 5246 7.2 ---- */

enum { KS_ALERT_CLOSE = 0, KS_ALERT_CANCELED = 90, KS_ALERT_CERT_REQUIRED = 116 };
/* "handshake failure (40)"; appended. */
void ks_alert_text(uint8_t alert, struct ks_buf *out);
/* Static: what mostly causes it, and what to do. */
const char *ks_alert_means(uint8_t alert);
/* It may be about the certificate of the client, or about there being none. */
bool ks_alert_is_of_certs(uint8_t alert);

/* ---- messages ---- */

struct ks_seen {
    struct ks_capture *out;
    struct ks_buf pem;  /* of the certificates that came */
    bool certs;         /* a Certificate message came */
    uint8_t last;       /* the last handshake message that came; 0: none */
    uint16_t signature; /* of the server's CertificateVerify (TLS 1.3); 0: none */
    int alert;          /* that ended it; -1: none */
    bool answered;      /* we sent a Certificate message, with or without a certificate */
    bool content;       /* after the handshake: a ticket or data */
};
/* One handshake message without its head, as it came. `version` as on the wire: 0x0304. */
void ks_seen_message(struct ks_seen *s, unsigned version, uint8_t type, struct ks_slice body);
void ks_seen_alert(struct ks_seen *s, unsigned version, uint8_t level, uint8_t alert);
/* "ServerHello"; NULL: another. */
const char *ks_message_name(uint8_t type);
/* "rsa_pss_rsae_sha256", of the number on the wire; NULL: not known. */
const char *ks_signature_name(unsigned number);
/* The same of what OpenSSL says: type of the key and digest. */
const char *ks_signature_by_nid(int key, int digest);

/* ---- the handshake ---- */

/* A client over two memories, with everything that the question wants. SSL_free(). */
KS_CHECK enum ks_code ks_capture_client(const struct ks_capture_ask *ask, const char *sni,
                                        SSL **out, struct ks_error *err);

/* All of a capture but connecting, on a wire that is ready for TLS. `out` has target and sni. `pem`
 * gets the certificates that came, in any case. */
KS_CHECK enum ks_code ks_capture_shake(struct ks_wire *wire, const struct ks_capture_ask *ask,
                                       struct ks_capture *out, struct ks_buf *pem,
                                       struct ks_error *err);
/* The store of these certificates; none without any. */
void ks_capture_store(struct ks_capture *out, const struct ks_buf *pem);
/* The same and what comes before and after it, on a wire that is connected. Takes the wire over. */
KS_CHECK enum ks_code ks_capture_on(struct ks_wire *wire, const struct ks_capture_ask *ask,
                                    struct ks_capture *out, struct ks_error *err);

#endif
