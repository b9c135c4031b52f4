#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t context_once = PTHREAD_ONCE_INIT, legacy_once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *context;
static OSSL_PROVIDER *standard, *legacy;

#define MD_CACHE 64 /* callers name digests from fixed tables, far fewer than this */
static pthread_mutex_t md_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char name[32];
    EVP_MD *md;
} md_cache[MD_CACHE];

/* The state of the random generators is in OpenSSL's secure heap, and is wiped there. */
static void drop_context(void)
{
    for (size_t i = 0; i < MD_CACHE; i++)
        EVP_MD_free(md_cache[i].md);
    (void)OSSL_PROVIDER_unload(legacy);
    (void)OSSL_PROVIDER_unload(standard);
    OSSL_LIB_CTX_free(context);
}

/* Without the host's openssl.cnf: what is in there must not change what a file shows. */
static void load_context(void)
{
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    context = OSSL_LIB_CTX_new();
    if (!context)
        return; /* NULL is OpenSSL's own default context */
    standard = OSSL_PROVIDER_load(context, "default");
    (void)atexit(drop_context); /* after OpenSSL's own, so it runs before that */
}

OSSL_LIB_CTX *ks_crypto(void)
{
    (void)pthread_once(&context_once, load_context);
    return context;
}

static void load_legacy(void)
{
    ERR_set_mark();
    legacy = OSSL_PROVIDER_load(ks_crypto(), "legacy");
    ERR_pop_to_mark();
}

bool ks_crypto_has_legacy(void)
{
    (void)pthread_once(&legacy_once, load_legacy);
    return legacy != NULL;
}

/* What the default provider lacks may be in the other one. */
EVP_CIPHER *ks_crypto_cipher(const char *name)
{
    ERR_set_mark();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(ks_crypto(), name, NULL);
    ERR_pop_to_mark();
    return cipher || !ks_crypto_has_legacy() ? cipher : EVP_CIPHER_fetch(ks_crypto(), name, NULL);
}

static EVP_MD *fetch_md(const char *name)
{
    EVP_MD *md = EVP_MD_fetch(ks_crypto(), name, NULL);
    return md || !ks_crypto_has_legacy() ? md : EVP_MD_fetch(ks_crypto(), name, NULL);
}

const EVP_MD *ks_crypto_md(const char *name)
{
    EVP_MD *found = NULL;
    (void)pthread_mutex_lock(&md_lock);
    size_t slot = 0;
    while (slot < MD_CACHE && md_cache[slot].md && strcmp(md_cache[slot].name, name) != 0)
        slot++;
    if (slot < MD_CACHE && md_cache[slot].md) {
        found = md_cache[slot].md;
    } else if (slot < MD_CACHE && strlen(name) < sizeof md_cache[slot].name) {
        found = fetch_md(name);
        if (found) {
            md_cache[slot].md = found;
            memcpy(md_cache[slot].name, name, strlen(name) + 1);
        } else {
            ERR_clear_error();
        }
    }
    (void)pthread_mutex_unlock(&md_lock);
    return found;
}

static void digest(const char *name, struct ks_slice in, uint8_t *out, size_t len)
{
    const EVP_MD *md = ks_crypto_md(name);
    if (!md || EVP_Digest(in.data, in.len, out, NULL, md, NULL) != 1)
        memset(out, 0, len);
}

void ks_sha1(struct ks_slice in, uint8_t out[static KS_SHA1_LEN])
{
    digest("SHA1", in, out, KS_SHA1_LEN);
}

void ks_sha256(struct ks_slice in, uint8_t out[static KS_SHA256_LEN])
{
    digest("SHA256", in, out, KS_SHA256_LEN);
}

const char *ks_crypto_reason(void)
{
    static _Thread_local char text[128];
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    size_t len = reason ? strlen(reason) : 0;
    if (len >= sizeof text)
        len = sizeof text - 1;
    if (len)
        memcpy(text, reason, len);
    text[len] = '\0';
    ERR_clear_error();
    return len ? text : "no reason given";
}
