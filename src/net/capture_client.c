/*
 * A TLS client that takes what there is: all versions and ciphers that OpenSSL has, no look at
 * whether a certificate can be trusted.
 */
#include "net/capture_internal.h"

#include "base/crypto.h"
#include "format/format.h"
#include "x509/private.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

/* The curves of certificates that no browser takes are among them: it is their certificates that
 * people ask about. The first ones are what is usually agreed on. */
#define GROUPS                                                                                     \
    "X25519:P-256:X448:P-384:P-521:secp256k1:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:"     \
    "P-224:P-192"
#define CIPHERS "ALL:!aNULL:!eNULL:@SECLEVEL=0"

/* Nothing is verified, and nothing is spent on trying to. */
static int take_all(X509_STORE_CTX *store, void *arg)
{
    (void)store;
    (void)arg;
    return 1;
}

static void set_limits(SSL_CTX *ctx)
{
    SSL_CTX_set_security_level(ctx, 0);
    (void)SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    (void)SSL_CTX_set_cipher_list(ctx, CIPHERS);
    if (SSL_CTX_set1_groups_list(ctx, GROUPS) != 1)
        ERR_clear_error(); /* an OpenSSL without some of them: its own list */
    (void)SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ctx, KS_CAPTURE_BYTES);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, take_all, NULL);
    (void)SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
}

/* ---- the client's own certificate ---- */

static enum ks_code unusable(const char *what, struct ks_error *err)
{
    return ks_fail(err, KS_ERR_UNSUPPORTED, "client-key",
                   "nothing was sent: OpenSSL cannot use %s of the client: %s", what,
                   ks_crypto_reason());
}

static bool give_cert(SSL_CTX *ctx, const struct ks_cert *cert, bool leaf)
{
    X509 *x = ks_cert_open(cert);
    bool fine =
        x && (leaf ? SSL_CTX_use_certificate(ctx, x) : SSL_CTX_add1_chain_cert(ctx, x)) == 1;

    X509_free(x);
    return fine;
}

static bool give_key(SSL_CTX *ctx, const struct ks_material *material)
{
    struct ks_private parts;
    EVP_PKEY *key = NULL;

    if (material->type == KS_MATERIAL_PRIVATE &&
        ks_private_parse(ks_secret_bytes(material->bytes), &parts))
        key = ks_private_open(&parts);
    bool fine = key && SSL_CTX_use_PrivateKey(ctx, key) == 1;
    EVP_PKEY_free(key);
    return fine;
}

/* OpenSSL sends it when the server demands one, and not before. */
static enum ks_code identify(SSL_CTX *ctx, const struct ks_capture_ask *ask, struct ks_error *err)
{
    if (ask->client_count == 0)
        return KS_OK;
    if (!ask->client_key)
        return ks_fail(err, KS_ERR_USAGE, "client-key",
                       "nothing was sent: the certificate of the client has no key");
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    for (size_t i = 0; i < ask->client_count; i++)
        if (!give_cert(ctx, ask->client_chain[i], i == 0))
            return unusable("a certificate", err);
    return give_key(ctx, ask->client_key) ? KS_OK : unusable("the key", err);
}

/* ---- what is asked for ---- */

#define ALPN_MAX 1024

/* "h2,http/1.1" as the protocol wants it: a length in front of each. 0: it cannot be. */
static size_t alpn_of(const char *text, uint8_t out[static ALPN_MAX])
{
    size_t at = 0;

    for (const char *end = text; *end; text = end + (*end == ',')) {
        end = text + strcspn(text, ",");
        size_t len = (size_t)(end - text);
        if (len == 0 || len > 255 || at + 1 + len > ALPN_MAX)
            return 0;
        out[at] = (uint8_t)len;
        memcpy(out + at + 1, text, len);
        at += 1 + len;
    }
    return at;
}

static enum ks_code offer(SSL_CTX *ctx, const char *alpn, struct ks_error *err)
{
    uint8_t list[ALPN_MAX];

    if (!alpn)
        return KS_OK;
    size_t len = alpn_of(alpn, list);
    if (len > 0 && SSL_CTX_set_alpn_protos(ctx, list, (unsigned)len) == 0)
        return KS_OK;
    ks_fail(err, KS_ERR_USAGE, "bad-alpn",
            "nothing was sent: \"%.100s\" is no list of protocols for ALPN", alpn);
    return ks_fail_next(err, KS_ERR_USAGE, "like this: h2,http/1.1");
}

static enum ks_code make_context(const struct ks_capture_ask *ask, SSL_CTX **out,
                                 struct ks_error *err)
{
    (void)ks_crypto_has_legacy(); /* for the ciphers of old servers */
    *out = SSL_CTX_new_ex(ks_crypto(), NULL, TLS_client_method());
    if (!*out)
        return ks_fail(err, KS_ERR_UNSUPPORTED, "no-tls",
                       "nothing was sent: OpenSSL has no TLS: %s", ks_crypto_reason());
    set_limits(*out);
    enum ks_code rc = identify(*out, ask, err);
    return rc == KS_OK ? offer(*out, ask->alpn, err) : rc;
}

static enum ks_code make_client(SSL_CTX *ctx, const char *sni, SSL **out, struct ks_error *err)
{
    BIO *from = BIO_new(BIO_s_mem()), *to = BIO_new(BIO_s_mem());

    *out = SSL_new(ctx);
    if (*out && from && to && (!sni || SSL_set_tlsext_host_name(*out, sni) == 1)) {
        (void)BIO_set_mem_eof_return(from, -1);
        SSL_set_bio(*out, from, to);
        SSL_set_connect_state(*out);
        return KS_OK;
    }
    BIO_free(from);
    BIO_free(to);
    SSL_free(*out);
    *out = NULL;
    return ks_fail(err, KS_ERR_USAGE, "bad-sni",
                   "nothing was sent: \"%.100s\" cannot be asked for by name", sni ? sni : "");
}

enum ks_code ks_capture_client(const struct ks_capture_ask *ask, const char *sni, SSL **out,
                               struct ks_error *err)
{
    SSL_CTX *ctx = NULL;
    enum ks_code rc = make_context(ask, &ctx, err);

    *out = NULL;
    if (rc == KS_OK)
        rc = make_client(ctx, sni, out, err);
    SSL_CTX_free(ctx);
    ERR_clear_error();
    return rc;
}
