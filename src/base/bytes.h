/*
 * Bytes: a borrowed slice, a shared blob that owns them, a bounded reader and a growing buffer.
 *
 * A keystore file is read into one blob; everything that ksx knows of it (entries, certificates,
 * key blobs, raw aliases) are slices into that blob, so the exact bytes survive and nothing is
 * copied. Whoever keeps a slice keeps a reference to its blob.
 */
#ifndef KSX_BASE_BYTES_H
#define KSX_BASE_BYTES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- slice: borrowed bytes ---- */
struct ks_slice {
    const uint8_t *data;
    size_t len;
};

static inline struct ks_slice ks_slice(const void *data, size_t len)
{
    return (struct ks_slice){(const uint8_t *)data, len};
}
struct ks_slice ks_slice_str(const char *text); /* without its NUL */
bool ks_slice_equal(struct ks_slice a, struct ks_slice b);
/* Part of a slice; clamped to its bounds. */
struct ks_slice ks_slice_part(struct ks_slice s, size_t from, size_t len);

/* ---- blob: reference-counted owner ---- */
struct ks_blob {
    const uint8_t *data;
    size_t len;
    struct ks_blob_owner *owner; /* private */
};

/* Takes over memory from ks_alloc; wipes it on the last unref when `secret` is set. */
struct ks_blob *ks_blob_take(uint8_t *data, size_t len, bool secret);
struct ks_blob *ks_blob_copy(struct ks_slice bytes);
struct ks_blob *ks_blob_ref(struct ks_blob *blob); /* NULL is fine */
void ks_blob_unref(struct ks_blob *blob);          /* NULL is fine; thread-safe */
static inline struct ks_slice ks_blob_slice(const struct ks_blob *blob)
{
    return (struct ks_slice){blob->data, blob->len};
}

/* ---- reader: big-endian cursor that advances only on success ---- */
struct ks_reader {
    const uint8_t *start; /* for offsets in error messages */
    const uint8_t *at;
    const uint8_t *end;
};

static inline struct ks_reader ks_reader(struct ks_slice s)
{
    return (struct ks_reader){s.data, s.data, s.data + s.len};
}
static inline size_t ks_reader_left(const struct ks_reader *r)
{
    return (size_t)(r->end - r->at);
}
static inline size_t ks_reader_offset(const struct ks_reader *r)
{
    return (size_t)(r->at - r->start);
}
/* In line, because a large store is read by millions of them. */
static inline bool ks_read_bytes(struct ks_reader *r, size_t len, struct ks_slice *out)
{
    if (ks_reader_left(r) < len)
        return false;
    *out = (struct ks_slice){r->at, len};
    r->at += len;
    return true;
}
static inline bool ks_read_u8(struct ks_reader *r, uint8_t *out)
{
    if (r->at == r->end)
        return false;
    *out = *r->at++;
    return true;
}
static inline bool ks_read_u16be(struct ks_reader *r, uint16_t *out)
{
    struct ks_slice s;
    if (!ks_read_bytes(r, 2, &s))
        return false;
    *out = (uint16_t)(s.data[0] << 8 | s.data[1]);
    return true;
}
static inline bool ks_read_u32be(struct ks_reader *r, uint32_t *out)
{
    struct ks_slice s;
    if (!ks_read_bytes(r, 4, &s))
        return false;
    *out = (uint32_t)s.data[0] << 24 | (uint32_t)s.data[1] << 16 | (uint32_t)s.data[2] << 8 |
           s.data[3];
    return true;
}
static inline bool ks_read_u64be(struct ks_reader *r, uint64_t *out)
{
    struct ks_reader ahead = *r;
    uint32_t high, low;
    if (!ks_read_u32be(&ahead, &high) || !ks_read_u32be(&ahead, &low))
        return false;
    *out = (uint64_t)high << 32 | low;
    *r = ahead;
    return true;
}
/* u16be length + bytes, Java's writeUTF; u32be length + bytes. */
bool ks_read_utf(struct ks_reader *r, struct ks_slice *out);
bool ks_read_block(struct ks_reader *r, struct ks_slice *out);

/* ---- buffer: growing, with a maximum, always NUL-terminated behind its end ---- */
struct ks_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;    /* 0 = 256 MiB */
    bool overflow; /* an append was refused because of max; what is there stays */
    bool secret;   /* set before the first append: for keys in clear, passwords, and what is made of
                    * them. Growing copies and wipes instead of leaving copies behind, and what the
                    * buffer lets go of is wiped. Slower: ks_buf_reserve() when the size is known */
};

#define KS_BUF_INIT {0}
void ks_buf_reserve(struct ks_buf *b, size_t more); /* room for exactly that much, in one piece */
void ks_buf_append(struct ks_buf *b, const void *data, size_t len);
void ks_buf_slice(struct ks_buf *b, struct ks_slice s);
void ks_buf_str(struct ks_buf *b, const char *text);
void ks_buf_byte(struct ks_buf *b, uint8_t byte);
void ks_buf_printf(struct ks_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ks_buf_vprintf(struct ks_buf *b, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));
/* The text so far; valid until the next append; "" for an empty buffer. */
const char *ks_buf_text(const struct ks_buf *b);
/* Hands over the memory (free with free()); the buffer is empty again. Never NULL. */
char *ks_buf_steal(struct ks_buf *b);
void ks_buf_clear(struct ks_buf *b); /* length 0, keeps memory */
void ks_buf_free(struct ks_buf *b);
void ks_buf_wipe_free(struct ks_buf *b); /* for plaintext of keys */

#endif
