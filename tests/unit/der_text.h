/*
 * DER written down so that one can read it: a tag in hex, then its contents.
 *
 *   30{ 06=1.2.840.113549.1.1.11 05: }     nested, an OID, nothing
 *   0c'caf\xc3\xa9'  02:00ff                text, hex
 *   30~{ 04:01 }                            indefinite length, with its end-of-contents octets
 *   30!4{ 04:01 }                           a length of four octets, longer than it need be
 */
#ifndef KSX_TESTS_DER_TEXT_H
#define KSX_TESTS_DER_TEXT_H

#include "x509/der.h"
#include "x509/oid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void der_text_fail(const char *at)
{
    fprintf(stderr, "bad DER notation at: %s\n", at);
    abort();
}

static inline int der_text_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline const char *der_text_hex(const char *at, struct ks_buf *out)
{
    while (der_text_digit(at[0]) >= 0 && der_text_digit(at[1]) >= 0) {
        ks_buf_byte(out, (uint8_t)(der_text_digit(at[0]) << 4 | der_text_digit(at[1])));
        at += 2;
    }
    return at;
}

static inline const char *der_text_read(const char *at, struct ks_buf *out);

static inline const char *der_text_contents(const char *at, struct ks_buf *out)
{
    char dotted[128];
    size_t len;
    switch (*at++) {
    case '{':
        at = der_text_read(at, out);
        if (*at != '}')
            der_text_fail(at);
        return at + 1;
    case '\'':
        len = strcspn(at, "'");
        ks_buf_append(out, at, len);
        return at + len + 1;
    case '=':
        len = strspn(at, "0123456789.");
        snprintf(dotted, sizeof dotted, "%.*s", (int)len, at);
        if (!ks_oid_parse(dotted, out))
            der_text_fail(at);
        return at + len;
    case ':':
        return der_text_hex(at, out);
    default:
        der_text_fail(at - 1);
        return at;
    }
}

static inline const char *der_text_element(const char *at, struct ks_buf *out)
{
    struct ks_buf tag = KS_BUF_INIT, body = KS_BUF_INIT;
    unsigned octets = 0;
    at = der_text_hex(at, &tag);
    if (tag.len == 0)
        der_text_fail(at);
    bool indefinite = *at == '~';
    if (indefinite)
        at++;
    if (*at == '!') {
        octets = (unsigned)(at[1] - '0');
        at += 2;
    }
    at = der_text_contents(at, &body);
    ks_buf_append(out, tag.data, tag.len - 1);
    if (indefinite) {
        ks_buf_byte(out, tag.data[tag.len - 1]);
        ks_buf_byte(out, 0x80);
    } else if (octets > 0) {
        ks_buf_byte(out, tag.data[tag.len - 1]);
        ks_buf_byte(out, (uint8_t)(0x80 | octets));
        while (octets-- > 0)
            ks_buf_byte(out, (uint8_t)(body.len >> (8 * octets)));
    } else {
        ks_der_put_header(out, tag.data[tag.len - 1], body.len);
    }
    ks_buf_append(out, body.data, body.len);
    if (indefinite)
        ks_buf_append(out, "\0\0", 2);
    ks_buf_free(&tag);
    ks_buf_free(&body);
    return at;
}

static inline const char *der_text_read(const char *at, struct ks_buf *out)
{
    for (;;) {
        at += strspn(at, " \n");
        if (*at == '\0' || *at == '}')
            return at;
        at = der_text_element(at, out);
    }
}

/* Free with ks_buf_free. */
static inline struct ks_buf der_text(const char *notation)
{
    struct ks_buf out = KS_BUF_INIT;
    const char *end = der_text_read(notation, &out);
    if (*end != '\0')
        der_text_fail(end);
    return out;
}

static inline struct ks_slice der_slice(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

#endif
