#include "base/secret.h"

#include "base/alloc.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Passwords and the keys derived from them are small; a decrypted private key of the largest kinds
 * is some ten kilobytes. What does not fit falls back to locked pages of its own. */
#define SECURE_HEAP (256 * 1024)
#define SECURE_CHUNK 32

struct ks_secret {
    unsigned refs;
    size_t len;
    bool from_heap; /* OpenSSL's secure heap, else pages of our own */
    size_t mapped;
    uint8_t *data;
};

void ks_secret_setup(void)
{
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    if (!CRYPTO_secure_malloc_initialized())
        (void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_CHUNK);
}

void ks_wipe(void *data, size_t len)
{
    if (data && len)
        explicit_bzero(data, len); /* OPENSSL_cleanse() takes milliseconds for a large store */
}

/* Deeper than any call into OpenSSL goes. */
#define STACK_USED (64 * 1024)

__attribute__((noinline)) void ks_wipe_stack(void)
{
    uint8_t room[STACK_USED];
    OPENSSL_cleanse(room, sizeof room);
}

/* Room in locked memory. The lock may be refused (RLIMIT_MEMLOCK); the bytes are wiped all the same. */
static void secret_reserve(struct ks_secret *s, size_t len)
{
    size_t room = len ? len : 1;
    if (CRYPTO_secure_malloc_initialized()) {
        s->data = OPENSSL_secure_zalloc(room);
        s->from_heap = s->data != NULL;
        if (s->data)
            return;
    }
    s->mapped = (room + 4095) & ~(size_t)4095;
    void *pages = mmap(NULL, s->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        s->mapped = 0;
        s->data = ks_alloc(room);
        return;
    }
    (void)mlock(pages, s->mapped);
    (void)madvise(pages, s->mapped, MADV_DONTDUMP);
    s->data = pages;
}

struct ks_secret *ks_secret_new(const void *data, size_t len)
{
    struct ks_secret *s = ks_alloc(sizeof *s);
    secret_reserve(s, len);
    s->refs = 1;
    s->len = len;
    if (len)
        memcpy(s->data, data, len);
    return s;
}

struct ks_secret *ks_secret_dup(const struct ks_secret *s)
{
    return s ? ks_secret_new(s->data, s->len) : NULL;
}

struct ks_secret *ks_secret_ref(struct ks_secret *s)
{
    if (s)
        (void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
    return s;
}

void ks_secret_free(struct ks_secret *s)
{
    if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (s->from_heap) {
        OPENSSL_secure_clear_free(s->data, s->len);
    } else {
        ks_wipe(s->data, s->len);
        if (s->mapped)
            (void)munmap(s->data, s->mapped);
        else
            free(s->data);
    }
    free(s);
}

struct ks_slice ks_secret_bytes(const struct ks_secret *s)
{
    return s ? ks_slice(s->data, s->len) : ks_slice(NULL, 0);
}

bool ks_secret_equal(const struct ks_secret *a, const struct ks_secret *b)
{
    if (!a || !b)
        return a == b;
    return a->len == b->len && (a->len == 0 || CRYPTO_memcmp(a->data, b->data, a->len) == 0);
}

bool ks_secret_is_empty(const struct ks_secret *s)
{
    return !s || s->len == 0;
}

/* A byte that is no UTF-8 is taken as Latin-1, which is what a terminal of that kind sent. */
static struct ks_secret *to_utf16be(const struct ks_secret *s, size_t tail)
{
    size_t len = s ? s->len : 0;
    struct ks_secret *wide = ks_alloc(sizeof *wide);
    wide->refs = 1;
    secret_reserve(wide, 2 * len + tail);
    uint8_t *out = wide->data;
    for (size_t at = 0; at < len;) {
        int32_t cp;
        uint8_t byte = s->data[at];
        at += ks_utf8_next((const char *)s->data + at, len - at, &cp);
        uint32_t c = cp < 0 ? byte : (uint32_t)cp;
        if (c > 0xffff) {
            uint32_t high = 0xd800 + ((c - 0x10000) >> 10);
            *out++ = (uint8_t)(high >> 8);
            *out++ = (uint8_t)high;
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        *out++ = (uint8_t)(c >> 8);
        *out++ = (uint8_t)c;
    }
    for (size_t i = 0; i < tail; i++)
        *out++ = 0;
    wide->len = (size_t)(out - wide->data);
    return wide;
}

struct ks_secret *ks_secret_utf16be(const struct ks_secret *s)
{
    return to_utf16be(s, 0);
}

struct ks_secret *ks_secret_bmp(const struct ks_secret *s)
{
    return to_utf16be(s, 2);
}
