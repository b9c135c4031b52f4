/* Bytes of known answers, written as hex. */
#ifndef KSX_TESTS_HEX_H
#define KSX_TESTS_HEX_H

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes; white space is skipped, anything else ends the test program. Free with ks_buf_free. */
static inline struct ks_buf hex_bytes(const char *hex)
{
    struct ks_buf out = KS_BUF_INIT;
    for (int high = -1; *hex; hex++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = strchr(digits, *hex);
        if (*hex == ' ' || *hex == '\n')
            continue;
        if (!digit) {
            fprintf(stderr, "bad hex: %s\n", hex);
            abort();
        }
        int value = (int)(digit - digits);
        if (high < 0) {
            high = value;
        } else {
            ks_buf_byte(&out, (uint8_t)(high << 4 | value));
            high = -1;
        }
    }
    return out;
}

static inline struct ks_slice buf_slice(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

/* Hex of some bytes; free with free(). */
static inline char *hex_of(const uint8_t *data, size_t len)
{
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; i < len; i++)
        ks_buf_printf(&out, "%02x", data[i]);
    ks_buf_byte(&out, 0);
    return ks_buf_steal(&out);
}

#endif
