/*
 * TLS servers on loopback (loopback.h), with OpenSSL: what they send is given certificate by
 * certificate, so that it can be wrong.
 *
 *   struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuer}};
 *   tls_server_start(&s);
 *   ... tls_server_port(&s) ...
 *   tls_server_stop(&s);
 */
#ifndef KSX_TEST_TLS_SERVER_H
#define KSX_TEST_TLS_SERVER_H

#include "loopback.h"
#include "make_cert.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define TLS_SERVER_CERTS 8

struct tls_server {
    /* asked for; all others may be zero */
    EVP_PKEY *key;                           /* of the first certificate */
    struct ks_blob *certs[TLS_SERVER_CERTS]; /* as they are sent; borrowed */
    size_t copies;                           /* of the last one, in addition */
    int version;                             /* the only one; 0: 1.2 and 1.3 */
    int verify;          /* SSL_VERIFY_PEER and so on: a client's certificate of `ca` */
    struct ks_blob *ca;  /* borrowed; NULL: any is refused */
    bool nameless;       /* `ca` is trusted, and not announced */
    const char *alpn;    /* the one protocol, "\2h2"; NULL: none */
    const char *stapled; /* whatever it is; NULL: none */
    const char *ciphers; /* of TLS 1.2 and before */
    bool no_tickets;
    /* in clear, before TLS; false: it ended */
    bool (*prelude)(struct loopback_peer *peer);
    /* what the last client said */
    char sni[256];
    bool with_sni;
    /* private */
    struct loopback *at;
    SSL_CTX *ctx;
};

static inline X509 *tls_server_x509(const struct ks_blob *der)
{
    const unsigned char *at = der->data;
    X509 *x = d2i_X509(NULL, &at, (long)der->len);
    assert_non_null(x);
    return x;
}

static inline int tls_server_name(SSL *ssl, int *alert, void *arg)
{
    struct tls_server *s = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    s->with_sni = name != NULL;
    (void)snprintf(s->sni, sizeof s->sni, "%s", name ? name : "");
    return SSL_TLSEXT_ERR_OK;
}

static inline int tls_server_alpn(SSL *ssl, const unsigned char **out, unsigned char *len,
                                  const unsigned char *in, unsigned in_len, void *arg)
{
    const struct tls_server *s = arg;
    (void)ssl;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, len,
                                 (const unsigned char *)s->alpn, (unsigned)strlen(s->alpn), in,
                                 in_len) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static inline int tls_server_staple(SSL *ssl, void *arg)
{
    const struct tls_server *s = arg;
    size_t len = strlen(s->stapled);
    SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup(s->stapled, len), (long)len);
    return SSL_TLSEXT_ERR_OK;
}

static inline void tls_server_serve(struct loopback_peer *peer)
{
    struct tls_server *s = peer->ctx;
    char chunk[64];
    int at_once = 1; /* OpenSSL writes a large message in small pieces */
    (void)setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (s->prelude && !s->prelude(peer))
        return;
    SSL *ssl = SSL_new(s->ctx);
    (void)SSL_set_fd(ssl, peer->fd);
    if (SSL_accept(ssl) == 1)
        while (SSL_read(ssl, chunk, sizeof chunk) > 0)
            continue;
    SSL_free(ssl);
    ERR_clear_error();
}

static inline void tls_server_certs(struct tls_server *s)
{
    X509 *last = NULL;
    for (size_t i = 0; i < TLS_SERVER_CERTS && s->certs[i]; i++) {
        X509_free(last);
        last = tls_server_x509(s->certs[i]);
        assert_int_equal(i == 0 ? SSL_CTX_use_certificate(s->ctx, last)
                                : SSL_CTX_add1_chain_cert(s->ctx, last),
                         1);
    }
    for (size_t i = 0; i < s->copies; i++)
        assert_int_equal(SSL_CTX_add1_chain_cert(s->ctx, last), 1);
    X509_free(last);
    if (s->key)
        assert_int_equal(SSL_CTX_use_PrivateKey(s->ctx, s->key), 1);
}

static inline void tls_server_ask(struct tls_server *s)
{
    SSL_CTX_set_verify(s->ctx, s->verify, NULL);
    if (!s->ca)
        return;
    X509 *ca = tls_server_x509(s->ca);
    assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(s->ctx), ca), 1);
    if (!s->nameless)
        assert_int_equal(SSL_CTX_add_client_CA(s->ctx, ca), 1);
    X509_free(ca);
}

static inline void tls_server_start(struct tls_server *s)
{
    s->ctx = SSL_CTX_new(TLS_server_method());
    assert_non_null(s->ctx);
    SSL_CTX_set_security_level(s->ctx, 0);
    (void)SSL_CTX_set_mode(s->ctx, SSL_MODE_NO_AUTO_CHAIN);
    assert_int_equal(
        SSL_CTX_set_min_proto_version(s->ctx, s->version ? s->version : TLS1_2_VERSION), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(s->ctx, s->version), 1);
    if (s->ciphers)
        assert_int_equal(SSL_CTX_set_cipher_list(s->ctx, s->ciphers), 1);
    if (s->no_tickets)
        (void)SSL_CTX_set_num_tickets(s->ctx, 0);
    (void)SSL_CTX_set_session_cache_mode(s->ctx, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_session_id_context(s->ctx, (const unsigned char *)"t", 1);
    (void)SSL_CTX_set_tlsext_servername_callback(s->ctx, tls_server_name);
    (void)SSL_CTX_set_tlsext_servername_arg(s->ctx, s);
    if (s->alpn)
        SSL_CTX_set_alpn_select_cb(s->ctx, tls_server_alpn, s);
    if (s->stapled) {
        (void)SSL_CTX_set_tlsext_status_cb(s->ctx, tls_server_staple);
        (void)SSL_CTX_set_tlsext_status_arg(s->ctx, s);
    }
    tls_server_certs(s);
    tls_server_ask(s);
    s->at = loopback_start(tls_server_serve, s);
}

static inline uint16_t tls_server_port(const struct tls_server *s)
{
    return loopback_port(s->at);
}

static inline void tls_server_stop(struct tls_server *s)
{
    loopback_stop(s->at);
    SSL_CTX_free(s->ctx);
    s->at = NULL;
    s->ctx = NULL;
}

#endif
