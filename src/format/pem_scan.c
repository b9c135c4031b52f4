#include "format/pem_scan.h"

#include <string.h>

#define LABEL_MAX 64
#define PREFIX_MAX 256 /* of a line, in front of BEGIN: bounds what one long line can cost */
#define DASHES "-----"
#define DASHES_LEN 5

/* ---- lines ---- */

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct ks_slice ks_trim(struct ks_slice text)
{
    while (text.len && is_space(text.data[0]))
        text = ks_slice(text.data + 1, text.len - 1);
    while (text.len && is_space(text.data[text.len - 1]))
        text.len--;
    return text;
}

bool ks_next_line(struct ks_slice *text, struct ks_slice *line)
{
    size_t len = 0;
    if (text->len == 0)
        return false;
    while (len < text->len && text->data[len] != '\n' && text->data[len] != '\r')
        len++;
    size_t next = len < text->len ? len + 1 : len;
    if (next < text->len && text->data[len] == '\r' && text->data[next] == '\n')
        next++;
    *line = ks_slice(text->data, len);
    *text = ks_slice(text->data + next, text->len - next);
    return true;
}

static bool starts_with(const uint8_t *at, const uint8_t *end, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(end - at) >= len && memcmp(at, word, len) == 0;
}

/* The next five dashes, of a longer row the last five; base64 has none: it is jumped over. */
static const uint8_t *find_dashes(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        at = memchr(at, '-', (size_t)(end - at));
        if (!at || (size_t)(end - at) < DASHES_LEN)
            return NULL;
        if (memcmp(at, DASHES, DASHES_LEN) != 0) {
            at++;
            continue;
        }
        while (end - at > DASHES_LEN && at[DASHES_LEN] == '-')
            at++;
        return at;
    }
    return NULL;
}

/* "-----WORD label-----": the label, and where the line goes on. */
static bool marker(const uint8_t *at, const uint8_t *end, const char *word, struct ks_slice *label,
                   const uint8_t **after)
{
    if (!starts_with(at, end, word))
        return false;
    at += strlen(word);
    const uint8_t *stop = at;
    while (stop < end && stop - at <= LABEL_MAX && *stop >= ' ' && *stop < 0x7f &&
           !starts_with(stop, end, DASHES))
        stop++;
    if (!starts_with(stop, end, DASHES))
        return false;
    *label = ks_trim(ks_slice(at, (size_t)(stop - at)));
    *after = stop + DASHES_LEN;
    return label->len > 0;
}

/* ---- blocks ---- */

/* What stands in front of BEGIN on its line. An END right before it is a file that lacks its last
 * line break, joined with the next one. */
static void look_at_line_start(struct ks_slice text, const uint8_t *from, const uint8_t *begin,
                               struct ks_pem_block *out)
{
    const uint8_t *at = begin;
    while (at > text.data && begin - at < PREFIX_MAX && at[-1] != '\n' && at[-1] != '\r' &&
           !(at == from && at[-1] == '-'))
        at--;
    if (starts_with(at, begin, "\xef\xbb\xbf"))
        at += 3;
    for (; at < begin; at++) {
        if (is_space(*at))
            continue;
        out->inline_text = true;
        if (*at == '#' || *at == ';' || starts_with(at, begin, "//"))
            out->commented = true;
    }
}

/* Header lines have a colon, which base64 has not; an empty line ends them (RFC 1421 4.4). */
static void split_headers(struct ks_pem_block *out)
{
    struct ks_slice rest = out->body, line;
    const uint8_t *start = out->body.data;
    bool any = false;
    for (struct ks_slice ahead = rest; ks_next_line(&ahead, &line); rest = ahead) {
        struct ks_slice text = ks_trim(line);
        if (text.len == 0 && !any)
            continue;
        if (text.len == 0 || !memchr(text.data, ':', text.len))
            break;
        any = true;
    }
    if (!any)
        return;
    out->headers = ks_slice(start, (size_t)(rest.data - start));
    out->body = rest;
}

static void find_end(const uint8_t *at, const uint8_t *end, struct ks_pem_block *out)
{
    const uint8_t *start = at, *stop = end, *after = end;
    struct ks_slice label;
    out->no_end = true;
    while ((at = find_dashes(at, end)) != NULL) {
        if (marker(at, end, DASHES "END ", &label, &after)) {
            out->no_end = false;
            out->end_differs = !ks_slice_equal(label, out->label);
            stop = at;
            break;
        }
        if (marker(at, end, DASHES "BEGIN ", &label, &after)) {
            stop = after = at;
            break;
        }
        at++;
    }
    out->body = ks_slice(start, (size_t)(stop - start));
    out->raw.len = (size_t)(after - out->raw.data);
}

bool ks_pem_next(struct ks_slice text, size_t *at, struct ks_pem_block *out)
{
    const uint8_t *end = text.data + text.len;
    const uint8_t *from = text.data + *at, *begin = from, *after;
    memset(out, 0, sizeof *out);
    while ((begin = find_dashes(begin, end)) != NULL &&
           !marker(begin, end, DASHES "BEGIN ", &out->label, &after))
        begin++;
    if (!begin) {
        *at = text.len;
        return false;
    }
    out->before = ks_slice(from, (size_t)(begin - from));
    out->raw = ks_slice(begin, 0);
    look_at_line_start(text, from, begin, out);
    find_end(after, end, out);
    split_headers(out);
    *at = (size_t)(out->raw.data - text.data) + out->raw.len;
    return true;
}

bool ks_pem_header(struct ks_slice headers, const char *name, struct ks_slice *value)
{
    struct ks_slice line;
    size_t len = strlen(name);
    while (ks_next_line(&headers, &line)) {
        line = ks_trim(line);
        if (line.len > len && memcmp(line.data, name, len) == 0 && line.data[len] == ':') {
            *value = ks_trim(ks_slice(line.data + len + 1, line.len - len - 1));
            return true;
        }
    }
    return false;
}

/* ---- base64 ---- */

#define W 0x40 /* white space */
#define P 0x41 /* padding */
#define X 0x42 /* anything else */

static const uint8_t digits[256] = {
    /* clang-format off */
     X,  X,  X,  X,  X,  X,  X,  X,  X,  W,  W,  W,  W,  W,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
     W,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X, 62,  X,  X,  X, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61,  X,  X,  X,  P,  X,  X,
     X,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,  X,  X,  X,  X,  X,
     X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,  X,  X,  X,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
     X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    /* clang-format on */
};

struct quantum {
    uint32_t bits;
    unsigned count; /* characters */
};

/* The one or two bytes of an unfinished quantum. */
static uint8_t *flush(struct quantum *q, uint8_t *out)
{
    if (q->count == 2) {
        *out++ = (uint8_t)(q->bits >> 4);
    } else if (q->count == 3) {
        *out++ = (uint8_t)(q->bits >> 10);
        *out++ = (uint8_t)(q->bits >> 2);
    }
    *q = (struct quantum){0};
    return out;
}

static uint8_t *add_digit(struct quantum *q, uint8_t digit, uint8_t *out)
{
    q->bits = q->bits << 6 | digit;
    if (++q->count < 4)
        return out;
    out[0] = (uint8_t)(q->bits >> 16);
    out[1] = (uint8_t)(q->bits >> 8);
    out[2] = (uint8_t)q->bits;
    *q = (struct quantum){0};
    return out + 3;
}

/* "\n" and "\r" of a JSON or shell string are two characters; the second looks like data. */
static bool is_escaped_break(const uint8_t *at, const uint8_t *end)
{
    return *at == '\\' && end - at > 1 && (at[1] == 'n' || at[1] == 'r');
}

/* Whole quanta, four characters at a time, until something else turns up. */
static const uint8_t *decode_run(const uint8_t *at, const uint8_t *end, uint8_t **out)
{
    uint8_t *to = *out;
    while (end - at >= 4) {
        uint32_t a = digits[at[0]], b = digits[at[1]], c = digits[at[2]], d = digits[at[3]];
        if ((a | b | c | d) & 0x40)
            break;
        uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        to[0] = (uint8_t)(bits >> 16);
        to[1] = (uint8_t)(bits >> 8);
        to[2] = (uint8_t)bits;
        to += 3;
        at += 4;
    }
    *out = to;
    return at;
}

struct ks_base64 ks_base64_decode(struct ks_slice in, uint8_t *out)
{
    struct ks_base64 result = {0};
    struct quantum q = {0};
    const uint8_t *at = in.data, *end = in.data + in.len;
    uint8_t *to = out;
    while (at < end) {
        if (q.count == 0 && (at = decode_run(at, end, &to)) == end)
            break;
        uint8_t digit = digits[*at];
        if (digit < W) {
            to = add_digit(&q, digit, to);
        } else if (digit == P) {
            to = flush(&q, to);
        } else if (is_escaped_break(at, end)) {
            at++;
        } else if (digit == X && result.skipped++ == 0) {
            result.first_skipped = (size_t)(at - in.data);
        }
        at++;
    }
    to = flush(&q, to);
    result.len = (size_t)(to - out);
    return result;
}

bool ks_base64_only(struct ks_slice in)
{
    size_t data = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t digit = digits[in.data[i]];
        if (digit == X)
            return false;
        data += digit < W;
    }
    return data > 0;
}
