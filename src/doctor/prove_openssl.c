/* OpenSSL's opinion: X509_verify_cert(), and whether a private key signs for a certificate. */
#include "doctor/prove_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "x509/host.h"
#include "x509/private.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

void ks_check_set(struct ks_proof_check *check, bool good, const char *fmt, ...)
{
    struct ks_buf text = KS_BUF_INIT;
    va_list args;
    va_start(args, fmt);
    ks_buf_vprintf(&text, fmt, args);
    va_end(args);
    free(check->text);
    check->text = ks_buf_steal(&text);
    check->state = good ? KS_PROOF_GOOD : KS_PROOF_BAD;
}

/* ---- objects ---- */

bool ks_proving_decode(struct ks_proving *p, struct ks_proof_check *check)
{
    const struct ks_proof_args *args = p->args;
    p->issuers = sk_X509_new_null();
    for (size_t i = 0; p->issuers && i < args->count; i++) {
        X509 *x = ks_cert_open(args->chain[i]);
        if (!x) {
            ks_check_set(check, false, "OpenSSL cannot read certificate %zu: %s", i,
                         ks_crypto_reason());
            return false;
        }
        if (i == 0)
            p->leaf = x;
        else if (!sk_X509_push(p->issuers, x))
            X509_free(x);
    }
    for (size_t i = 0; i < p->anchor_count; i++)
        p->anchor_certs[i] = ks_cert_open(p->anchors[i]);
    ERR_clear_error();
    return p->issuers && p->leaf;
}

void ks_proving_drop(struct ks_proving *p)
{
    for (size_t i = 0; i < p->anchor_count; i++)
        X509_free(p->anchor_certs[i]);
    sk_X509_pop_free(p->issuers, X509_free);
    X509_free(p->leaf);
    free(p->host);
    ERR_clear_error();
}

/* ---- X509_verify_cert ---- */

X509_STORE *ks_proving_store(const struct ks_proving *p)
{
    X509_STORE *store = X509_STORE_new();
    for (size_t i = 0; store && i < p->anchor_count; i++)
        if (p->anchor_certs[i])
            (void)X509_STORE_add_cert(store, p->anchor_certs[i]);
    return store;
}

/* As curl asks: any trusted certificate may end the path, and the CN counts without a DNS name
 * (X509_check_host) or an address (ossl_verifyhost) among the alternative names. */
void ks_proving_demand(const struct ks_proving *p, X509_VERIFY_PARAM *param, int level)
{
    X509_VERIFY_PARAM_set_time(param, (time_t)p->args->now);
    X509_VERIFY_PARAM_set_auth_level(param, level);
    (void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    (void)X509_VERIFY_PARAM_set_purpose(param, p->args->client ? X509_PURPOSE_SSL_CLIENT
                                                               : X509_PURPOSE_SSL_SERVER);
    if (!p->host)
        return;
    bool by_cn = ks_cert_answers_for(p->args->chain[0], p->host) != KS_HOST_BY_CN_JAVA;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               (by_cn ? 0u : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT));
    if (ks_host_is_address(p->host, strlen(p->host)))
        (void)X509_VERIFY_PARAM_set1_ip_asc(param, p->host);
    else
        (void)X509_VERIFY_PARAM_set1_host(param, p->host, 0);
}

/* Certificate 0 is the leaf, also where OpenSSL counts differently. */
static void say_error(X509_STORE_CTX *ctx, struct ks_proof_check *out)
{
    int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
    ks_check_set(out, false, "%s (error %d, at depth %d)", X509_verify_cert_error_string(error),
                 error, depth);
}

void ks_prove_openssl(const struct ks_proving *p, int manner, struct ks_proof_check *out)
{
    int level = manner == KS_OPENSSL_LENIENT ? 0 : 2;
    X509_STORE *store = ks_proving_store(p);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(ks_crypto(), NULL);
    if (store && ctx && X509_STORE_CTX_init(ctx, store, p->leaf, p->issuers)) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        ks_proving_demand(p, param, level);
        if (manner == KS_OPENSSL_STRICT)
            (void)X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
        if (X509_verify_cert(ctx) == 1)
            ks_check_set(out, true, "accepted, %d certificates up to the trusted one",
                         sk_X509_num(X509_STORE_CTX_get0_chain(ctx)));
        else
            say_error(ctx, out);
    } else {
        ks_check_set(out, false, "OpenSSL did not begin: %s", ks_crypto_reason());
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
}

/* ---- the key ---- */

static void try_key(const struct ks_proving *p, EVP_PKEY *key, struct ks_proof_check *out)
{
    EVP_PKEY *public_key = X509_get0_pubkey(p->leaf);
    if (!public_key)
        ks_check_set(out, false, "OpenSSL cannot read the public key of the certificate");
    else if (!EVP_PKEY_is_a(key, EVP_PKEY_get0_type_name(public_key)))
        ks_check_set(out, false,
                     "the key is of another type than the certificate's (OpenSSL: key "
                     "type mismatch)");
    else
        switch (ks_private_fits(key, public_key)) {
        case KS_PAIR_FITS:
            ks_check_set(out, true, "what it signs, the certificate verifies");
            break;
        case KS_PAIR_APART:
            ks_check_set(out, false,
                         "it is not the key of the certificate that comes first (OpenSSL, nginx: "
                         "key values mismatch)");
            break;
        case KS_PAIR_UNTESTED:
            ks_check_set(out, false, "the key cannot sign: %s", ks_crypto_reason());
            break;
        }
}

void ks_prove_key(const struct ks_proving *p, struct ks_proof_check *out)
{
    struct ks_private parts;
    EVP_PKEY *key = NULL;
    if (ks_private_parse(ks_secret_bytes(p->args->key->bytes), &parts))
        key = ks_private_open(&parts);
    if (key)
        try_key(p, key, out);
    else
        ks_check_set(out, false, "OpenSSL does not take the key");
    EVP_PKEY_free(key);
    ks_wipe_stack();
    ERR_clear_error();
}
