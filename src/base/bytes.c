#include "base/bytes.h"

#include "base/alloc.h"
#include "base/secret.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- slice ---- */

struct ks_slice ks_slice_str(const char *text)
{
    return ks_slice(text, strlen(text));
}

bool ks_slice_equal(struct ks_slice a, struct ks_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

struct ks_slice ks_slice_part(struct ks_slice s, size_t from, size_t len)
{
    if (from > s.len)
        from = s.len;
    if (len > s.len - from)
        len = s.len - from;
    return len ? ks_slice(s.data + from, len) : ks_slice(NULL, 0);
}

/* ---- blob ---- */

struct ks_blob_owner {
    atomic_uint refs;
    bool secret;
    uint8_t *data;
};

struct ks_blob *ks_blob_take(uint8_t *data, size_t len, bool secret)
{
    struct ks_blob *blob = ks_alloc(sizeof *blob);
    blob->owner = ks_alloc(sizeof *blob->owner);
    atomic_init(&blob->owner->refs, 1);
    blob->owner->secret = secret;
    blob->owner->data = data;
    blob->data = data;
    blob->len = len;
    return blob;
}

struct ks_blob *ks_blob_copy(struct ks_slice bytes)
{
    uint8_t *data = ks_alloc(bytes.len);
    if (bytes.len)
        memcpy(data, bytes.data, bytes.len);
    return ks_blob_take(data, bytes.len, false);
}

struct ks_blob *ks_blob_ref(struct ks_blob *blob)
{
    if (blob)
        atomic_fetch_add_explicit(&blob->owner->refs, 1, memory_order_relaxed);
    return blob;
}

void ks_blob_unref(struct ks_blob *blob)
{
    if (!blob || atomic_fetch_sub_explicit(&blob->owner->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (blob->owner->secret)
        ks_wipe(blob->owner->data, blob->len);
    free(blob->owner->data);
    free(blob->owner);
    free(blob);
}

/* ---- reader ---- */

bool ks_read_utf(struct ks_reader *r, struct ks_slice *out)
{
    struct ks_reader ahead = *r;
    uint16_t len;
    if (!ks_read_u16be(&ahead, &len) || !ks_read_bytes(&ahead, len, out))
        return false;
    *r = ahead;
    return true;
}

bool ks_read_block(struct ks_reader *r, struct ks_slice *out)
{
    struct ks_reader ahead = *r;
    uint32_t len;
    if (!ks_read_u32be(&ahead, &len) || !ks_read_bytes(&ahead, len, out))
        return false;
    *r = ahead;
    return true;
}

/* ---- buffer ---- */

#define BUF_DEFAULT_MAX ((size_t)256 << 20)

static size_t buf_max(const struct ks_buf *b)
{
    return b->max ? b->max : BUF_DEFAULT_MAX;
}

static void buf_grow(struct ks_buf *b, size_t cap)
{
    if (b->secret) {
        uint8_t *data = ks_realloc(NULL, cap); /* realloc() would leave the old bytes in the heap */
        if (b->len)
            memcpy(data, b->data, b->len);
        data[b->len] = 0;
        if (b->data)
            ks_wipe(b->data, b->cap);
        free(b->data);
        b->data = data;
    } else {
        b->data = ks_realloc(b->data, cap);
    }
    b->cap = cap;
}

static bool buf_fits(struct ks_buf *b, size_t more)
{
    size_t max = buf_max(b);
    if (b->overflow || more > max || b->len > max - more)
        b->overflow = true;
    return !b->overflow;
}

/* Room for this much and a NUL; never for more than the maximum. */
static bool buf_reserve(struct ks_buf *b, size_t more)
{
    if (!buf_fits(b, more))
        return false;
    size_t need = b->len + more + 1, most = buf_max(b) + 1;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : 64;
        while (cap < need)
            cap *= 2;
        buf_grow(b, cap < most ? cap : most);
    }
    return true;
}

void ks_buf_reserve(struct ks_buf *b, size_t more)
{
    if (!buf_fits(b, more) || b->len + more + 1 <= b->cap)
        return;
    buf_grow(b, b->len + more + 1);
    b->data[b->len] = 0;
}

void ks_buf_append(struct ks_buf *b, const void *data, size_t len)
{
    bool room = len < b->cap - b->len && !b->overflow;
    if (!room && !buf_reserve(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = 0;
}

void ks_buf_slice(struct ks_buf *b, struct ks_slice s)
{
    ks_buf_append(b, s.data, s.len);
}

void ks_buf_str(struct ks_buf *b, const char *text)
{
    ks_buf_append(b, text, strlen(text));
}

void ks_buf_byte(struct ks_buf *b, uint8_t byte)
{
    bool room = 1 < b->cap - b->len && !b->overflow;
    if (!room && !buf_reserve(b, 1))
        return;
    b->data[b->len++] = byte;
    b->data[b->len] = 0;
}

void ks_buf_vprintf(struct ks_buf *b, const char *fmt, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, fmt, args);
    if (len >= 0 && (size_t)len < sizeof small) {
        ks_buf_append(b, small, (size_t)len);
    } else if (len >= 0 && buf_reserve(b, (size_t)len)) {
        (void)vsnprintf((char *)b->data + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    }
    va_end(again);
    if (b->secret)
        ks_wipe(small, sizeof small);
}

void ks_buf_printf(struct ks_buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ks_buf_vprintf(b, fmt, args);
    va_end(args);
}

const char *ks_buf_text(const struct ks_buf *b)
{
    return b->data ? (const char *)b->data : "";
}

char *ks_buf_steal(struct ks_buf *b)
{
    char *text = b->data ? (char *)b->data : ks_alloc(1);
    *b = (struct ks_buf){.max = b->max, .secret = b->secret};
    return text;
}

void ks_buf_clear(struct ks_buf *b)
{
    if (b->secret && b->data)
        ks_wipe(b->data, b->cap);
    b->len = 0;
    b->overflow = false;
    if (b->data)
        b->data[0] = 0;
}

void ks_buf_free(struct ks_buf *b)
{
    if (b->secret && b->data)
        ks_wipe(b->data, b->cap);
    free(b->data);
    *b = (struct ks_buf){.max = b->max, .secret = b->secret};
}

void ks_buf_wipe_free(struct ks_buf *b)
{
    if (b->data)
        ks_wipe(b->data, b->cap);
    ks_buf_free(b);
}
