/*
 * A TLS handshake between a server and a client in this process, over two buffers. The side that
 * the entry belongs to serves whatever it has; the other side verifies as Debian's curl does, at
 * security level 2.
 */
#include "doctor/prove_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "x509/host.h"
#include "x509/private.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 200 /* of a handshake that takes four */

enum { SERVER, CLIENT, SIDES };

struct side {
    SSL *ssl;
    bool done, failed;
    char *alert;  /* that it sent, in words */
    char *reason; /* why it failed */
};

struct meeting {
    const struct ks_proving *proving;
    EVP_PKEY *key; /* of the entry */
    SSL_CTX *contexts[SIDES];
    struct side sides[SIDES];
};

/* ---- what is said ---- */

/* The first fatal one: what follows is about the end of the connection. */
static void note_alert(const SSL *ssl, int where, int value)
{
    struct side *side = SSL_get_app_data(ssl);
    if (!(where & SSL_CB_ALERT) || !(where & SSL_CB_WRITE) || side->alert ||
        value >> 8 != SSL3_AL_FATAL)
        return;
    side->alert = ks_strdup(SSL_alert_desc_string_long(value));
}

/* "certificate verify failed" is followed by what was wrong with it. */
static char *reason_of(const SSL *ssl)
{
    long verdict = SSL_get_verify_result(ssl);
    const char *reason = ks_crypto_reason();
    if (verdict != X509_V_OK)
        return ks_asprintf("%s: %s", reason, X509_verify_cert_error_string(verdict));
    return ks_strdup(reason);
}

static char *said(const struct side *side)
{
    if (side->alert && side->reason)
        return ks_asprintf("%s; it sent the alert \"%s\"", side->reason, side->alert);
    if (side->alert)
        return ks_asprintf("it sent the alert \"%s\"", side->alert);
    return side->reason ? ks_strdup(side->reason) : NULL;
}

/* ---- contexts ---- */

static SSL_CTX *new_context(const SSL_METHOD *method, int level, int version)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(ks_crypto(), NULL, method);
    if (!ctx)
        return NULL;
    SSL_CTX_set_security_level(ctx, level);
    (void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    (void)SSL_CTX_set_max_proto_version(ctx, version);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(ctx, 0);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_info_callback(ctx, note_alert);
    return ctx;
}

static bool give_chain(SSL_CTX *ctx, const struct meeting *m)
{
    const struct ks_proving *p = m->proving;
    bool fine = SSL_CTX_use_certificate(ctx, p->leaf) == 1;
    for (int i = 0; fine && i < sk_X509_num(p->issuers); i++)
        fine = SSL_CTX_add1_chain_cert(ctx, sk_X509_value(p->issuers, i)) == 1;
    return fine && SSL_CTX_use_PrivateKey(ctx, m->key) == 1;
}

static void demand(SSL_CTX *ctx, const struct meeting *m, int mode)
{
    X509_STORE *store = ks_proving_store(m->proving);
    if (store)
        SSL_CTX_set_cert_store(ctx, store); /* takes it over */
    ks_proving_demand(m->proving, SSL_CTX_get0_param(ctx), 2);
    SSL_CTX_set_verify(ctx, mode, NULL);
}

/* A server that a client's certificate is for needs one of its own. Nobody looks at it. */
static bool give_stand_in(SSL_CTX *ctx)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(ks_crypto(), NULL, "EC", "P-256");
    X509 *x = X509_new_ex(ks_crypto(), NULL);
    bool fine = key && x && X509_set_version(x, X509_VERSION_3) &&
                ASN1_INTEGER_set(X509_get_serialNumber(x), 1) &&
                X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
                X509_gmtime_adj(X509_getm_notAfter(x), 3600) && X509_set_pubkey(x, key) &&
                X509_sign(x, key, ks_crypto_md("SHA256")) > 0 &&
                SSL_CTX_use_certificate(ctx, x) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
    X509_free(x);
    EVP_PKEY_free(key);
    return fine;
}

/* The names that a server says it trusts. */
static void announce(SSL_CTX *ctx, const struct ks_proving *p)
{
    for (size_t i = 0; i < p->anchor_count; i++)
        if (p->anchor_certs[i])
            (void)SSL_CTX_add_client_CA(ctx, p->anchor_certs[i]);
}

static bool prepare(struct meeting *m, int version)
{
    bool client = m->proving->args->client;
    SSL_CTX *server = new_context(TLS_server_method(), client ? 2 : 0, version);
    SSL_CTX *visitor = new_context(TLS_client_method(), client ? 0 : 2, version);
    m->contexts[SERVER] = server;
    m->contexts[CLIENT] = visitor;
    if (!server || !visitor)
        return false;
    if (!client) {
        demand(visitor, m, SSL_VERIFY_PEER);
        return give_chain(server, m);
    }
    demand(server, m, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    announce(server, m->proving);
    return give_stand_in(server) && give_chain(visitor, m);
}

static bool connect_sides(struct meeting *m)
{
    BIO *ends[SIDES];
    const char *host = m->proving->host;
    for (int i = 0; i < SIDES; i++)
        if (!(m->sides[i].ssl = SSL_new(m->contexts[i])))
            return false;
    if (BIO_new_bio_pair(&ends[SERVER], 0, &ends[CLIENT], 0) != 1)
        return false;
    for (int i = 0; i < SIDES; i++) {
        SSL_set_bio(m->sides[i].ssl, ends[i], ends[i]);
        (void)SSL_set_app_data(m->sides[i].ssl, &m->sides[i]);
    }
    if (host && !ks_host_is_address(host, strlen(host)))
        (void)SSL_set_tlsext_host_name(m->sides[CLIENT].ssl, host);
    SSL_set_accept_state(m->sides[SERVER].ssl);
    SSL_set_connect_state(m->sides[CLIENT].ssl);
    return true;
}

/* ---- the handshake ---- */

/* True when it has come further. A client of TLS 1.3 is done before the server has looked at its
 * certificate: it reads on. */
static bool advance(struct side *side)
{
    char nothing[1];
    ERR_clear_error();
    if (side->failed)
        return false;
    int result =
        side->done ? SSL_read(side->ssl, nothing, sizeof nothing) : SSL_do_handshake(side->ssl);
    int error = SSL_get_error(side->ssl, result);
    if (!side->done && result == 1) {
        side->done = true;
        return true;
    }
    if (result > 0 || error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return false;
    side->failed = true;
    side->reason = reason_of(side->ssl);
    return true;
}

static size_t waiting(const struct meeting *m)
{
    size_t sum = 0;
    for (int i = 0; i < SIDES; i++)
        sum += BIO_ctrl_pending(SSL_get_rbio(m->sides[i].ssl));
    return sum;
}

static bool shake_hands(struct meeting *m)
{
    bool moving = true;
    for (int round = 0; moving && round < ROUNDS; round++) {
        moving = advance(&m->sides[CLIENT]);
        moving = advance(&m->sides[SERVER]) || moving || waiting(m) > 0;
    }
    return m->sides[SERVER].done && m->sides[CLIENT].done && !m->sides[SERVER].failed &&
           !m->sides[CLIENT].failed;
}

static void end(struct meeting *m)
{
    for (int i = 0; i < SIDES; i++) {
        SSL_free(m->sides[i].ssl);
        SSL_CTX_free(m->contexts[i]);
        free(m->sides[i].alert);
        free(m->sides[i].reason);
        m->sides[i] = (struct side){0};
        m->contexts[i] = NULL;
    }
    ERR_clear_error();
}

/* ---- what came of it ---- */

static void report_success(const struct meeting *m, struct ks_proof *out)
{
    const SSL *ssl = m->sides[CLIENT].ssl;
    out->protocol = ks_strdup(SSL_get_version(ssl));
    out->cipher = ks_strdup(SSL_get_cipher_name(ssl));
    ks_check_set(&out->handshake, true, "%s, %s: the %s accepted", out->protocol, out->cipher,
                 m->proving->args->client ? "server" : "client");
}

static void report_failure(const struct meeting *m, struct ks_proof *out)
{
    const char *judge = m->proving->args->client ? "server" : "client";
    const struct side *judging = &m->sides[m->proving->args->client ? SERVER : CLIENT];
    const struct side *other = &m->sides[m->proving->args->client ? CLIENT : SERVER];
    if (SSL_get_verify_result(judging->ssl) != X509_V_OK)
        ks_check_set(&out->handshake, false, "the %s refused: %s", judge, judging->reason);
    else if (other->reason)
        ks_check_set(&out->handshake, false, "the side of the key failed: %s", other->reason);
    else if (judging->reason)
        ks_check_set(&out->handshake, false, "the %s failed: %s", judge, judging->reason);
    else
        ks_check_set(&out->handshake, false, "no handshake came about");
}

static void forget(struct ks_proof *out)
{
    free(out->server_said);
    free(out->client_said);
    out->server_said = out->client_said = NULL;
}

/* False: another version may do better, since it was not for the certificates that it failed. */
static bool meet(struct meeting *m, int version, struct ks_proof *out)
{
    bool settled = false;
    forget(out);
    ERR_clear_error();
    if (!prepare(m, version) || !connect_sides(m)) {
        ks_check_set(&out->handshake, false, "the side of the key does not start: %s",
                     ks_crypto_reason());
        settled = true;
    } else {
        bool fine = shake_hands(m);
        const struct side *judging = &m->sides[m->proving->args->client ? SERVER : CLIENT];
        settled = fine || SSL_get_verify_result(judging->ssl) != X509_V_OK;
        out->sent = m->proving->args->count;
        if (fine)
            report_success(m, out);
        else
            report_failure(m, out);
        out->server_said = said(&m->sides[SERVER]);
        out->client_said = said(&m->sides[CLIENT]);
    }
    end(m);
    return settled;
}

void ks_prove_handshake(const struct ks_proving *p, struct ks_proof *out)
{
    static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    struct meeting m = {.proving = p};
    struct ks_private parts;
    if (ks_private_parse(ks_secret_bytes(p->args->key->bytes), &parts))
        m.key = ks_private_open(&parts);
    if (!m.key)
        ks_check_set(&out->handshake, false, "OpenSSL does not take the key");
    for (size_t i = 0; m.key && i < sizeof versions / sizeof versions[0]; i++)
        if (meet(&m, versions[i], out))
            break;
    EVP_PKEY_free(m.key);
    ks_wipe_stack();
    ERR_clear_error();
}
