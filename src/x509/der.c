#include "x509/der.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64
#define CONSTRUCTED 0x20
#define HIGH_TAG 0x1f

/* An identifier and a length, whatever follows them. */
struct header {
    uint8_t tag;
    uint32_t number;
    size_t size; /* of identifier and length octets */
    size_t body_len;
    bool indefinite;
};

/* Tag numbers of 31 and more, X.690 8.1.2.4; returns the bytes used, 0 if it does not fit 32 bits
 * or is a number that has a short form. */
static size_t read_high_tag(struct ks_slice in, uint32_t *number)
{
    uint32_t value = 0;
    for (size_t i = 1; i < in.len && i <= 5; i++) {
        if (value > UINT32_MAX >> 7 || (i == 1 && in.data[i] == 0x80))
            return 0;
        value = value << 7 | (in.data[i] & 0x7f);
        if (!(in.data[i] & 0x80)) {
            *number = value;
            return value < HIGH_TAG ? 0 : i + 1;
        }
    }
    return 0;
}

static bool read_long_length(struct ks_slice in, size_t at, size_t count, size_t *len)
{
    if (count > sizeof(size_t) || in.len - at < count)
        return false;
    size_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | in.data[at + i];
    *len = value;
    return true;
}

static bool read_any_header(struct ks_slice in, struct header *h)
{
    h->tag = in.data[0];
    h->number = h->tag & HIGH_TAG;
    size_t at = 1;
    if (h->number == HIGH_TAG) {
        at = read_high_tag(in, &h->number);
        if (at == 0 || at >= in.len)
            return false;
    }
    uint8_t first = in.data[at++];
    h->indefinite = first == 0x80;
    h->body_len = first;
    if (first > 0x80) {
        if (!read_long_length(in, at, first & 0x7fu, &h->body_len))
            return false;
        at += first & 0x7fu;
    } else if (h->indefinite) {
        h->body_len = 0;
    }
    h->size = at;
    return h->body_len <= in.len - at;
}

/* Universal tag 0 is the end-of-contents mark and never an element. Nearly all headers have a low
 * tag and a short length; these are worth a way of their own, as a large store has millions. */
static inline bool read_header(struct ks_slice in, struct header *h)
{
    if (in.len < 2 || in.data[0] == 0)
        return false;
    if ((in.data[0] & HIGH_TAG) == HIGH_TAG || in.data[1] >= 0x80)
        return read_any_header(in, h);
    *h = (struct header){
        .tag = in.data[0], .number = in.data[0] & HIGH_TAG, .size = 2, .body_len = in.data[1]};
    return h->body_len <= in.len - 2;
}

/* Going down with next(&t.body, &t) is fine: *in moves before *out is written. */
static void take(struct ks_slice *in, const struct header *h, size_t total, struct ks_tlv *out)
{
    const uint8_t *at = in->data;
    in->data += total;
    in->len -= total;
    *out = (struct ks_tlv){.tag = h->tag,
                           .number = h->number,
                           .body = {at + h->size, h->body_len},
                           .whole = {at, total}};
}

bool ks_der_next_any(struct ks_slice *in, struct ks_tlv *out)
{
    struct header h;
    if (!read_header(*in, &h) || h.indefinite)
        return false;
    take(in, &h, h.size + h.body_len, out);
    return true;
}

bool ks_ber_next_any(struct ks_slice *in, struct ks_tlv *out)
{
    struct header h;
    if (!read_header(*in, &h))
        return false;
    size_t total = h.size + h.body_len;
    if (h.indefinite) {
        total = ks_ber_length(*in);
        if (total == 0)
            return false;
        h.body_len = total - h.size - 2;
    }
    take(in, &h, total, out);
    return true;
}

/* Keys and signatures have lengths of two octets. */
static inline bool long_body(struct ks_slice *in, struct ks_slice *body,
                             bool (*next)(struct ks_slice *, struct ks_tlv *))
{
    const uint8_t *at = in->data;
    if (in->len < 4 || at[1] != 0x82) {
        struct ks_tlv tlv = {0};
        bool good = next(in, &tlv);
        *body = tlv.body;
        return good;
    }
    size_t len = (size_t)at[2] << 8 | at[3];
    if (len > in->len - 4)
        return false;
    *in = ks_slice(at + 4 + len, in->len - 4 - len);
    *body = ks_slice(at + 4, len);
    return true;
}

bool ks_ber_body_any(struct ks_slice *in, struct ks_slice *body)
{
    return long_body(in, body, ks_ber_next_any);
}

bool ks_der_body_any(struct ks_slice *in, struct ks_slice *body)
{
    return long_body(in, body, ks_der_next_any);
}

bool ks_der_skip(struct ks_slice *in, uint8_t tag)
{
    struct ks_tlv ignored;
    return ks_der_expect(in, tag, &ignored);
}

uint8_t ks_der_peek(struct ks_slice in)
{
    return in.len > 0 ? in.data[0] : 0;
}

bool ks_der_uint(struct ks_slice *in, uint64_t *out)
{
    struct ks_slice rest = *in;
    struct ks_tlv tlv;
    if (!ks_der_expect(&rest, KS_DER_INTEGER, &tlv) || tlv.body.len == 0 || tlv.body.data[0] & 0x80)
        return false;
    struct ks_slice digits = tlv.body;
    while (digits.len > 0 && digits.data[0] == 0)
        digits = ks_slice(digits.data + 1, digits.len - 1);
    if (digits.len > 8)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++)
        value = value << 8 | digits.data[i];
    *out = value;
    *in = rest;
    return true;
}

/* ---- times ---- */

/* Takes two decimal digits. */
static inline bool take_two(struct ks_slice *in, int *out)
{
    if (in->len < 2)
        return false;
    unsigned tens = in->data[0] - (unsigned)'0', ones = in->data[1] - (unsigned)'0';
    if (tens > 9 || ones > 9)
        return false;
    *in = ks_slice(in->data + 2, in->len - 2);
    *out = (int)(tens * 10 + ones);
    return true;
}

/* RFC 5280 4.1.2.5.1: two-digit years are 1950 to 2049. */
static bool take_year(struct ks_slice *in, bool generalized, int *year)
{
    int century;
    if (!generalized) {
        if (!take_two(in, year))
            return false;
        *year += *year < 50 ? 2000 : 1900;
        return true;
    }
    if (!take_two(in, &century) || !take_two(in, year))
        return false;
    *year += century * 100;
    return true;
}

/* Fractions may follow hours, minutes or seconds, with '.' or ','; seconds are all that is kept. */
static bool skip_fraction(struct ks_slice *in)
{
    if (in->len == 0 || (in->data[0] != '.' && in->data[0] != ','))
        return true;
    size_t end = 1;
    while (end < in->len && in->data[end] >= '0' && in->data[end] <= '9')
        end++;
    *in = ks_slice(in->data + end, in->len - end);
    return end > 1;
}

/* Z, +hhmm, -hhmm, +hh or nothing (taken as UTC, as Java does); seconds to subtract. */
static bool take_zone(struct ks_slice *in, int64_t *offset)
{
    *offset = 0;
    if (in->len == 0)
        return true;
    uint8_t sign = in->data[0];
    *in = ks_slice(in->data + 1, in->len - 1);
    if (sign == 'Z')
        return in->len == 0;
    int hours, minutes = 0;
    if ((sign != '+' && sign != '-') || !take_two(in, &hours))
        return false;
    if (in->len > 0 && !take_two(in, &minutes))
        return false;
    if (in->len > 0 || hours > 23 || minutes > 59)
        return false;
    *offset = (hours * 60 + minutes) * (int64_t)60;
    if (sign == '-')
        *offset = -*offset;
    return true;
}

/* An offset may lead out of the years 0 to 9999. */
static bool in_range(int64_t seconds)
{
    int64_t first = 0, last = 0;
    return ks_time_from_civil(0, 1, 1, 0, 0, 0, &first) &&
           ks_time_from_civil(9999, 12, 31, 23, 59, 59, &last) && seconds >= first &&
           seconds <= last;
}

bool ks_der_time_usual(const struct ks_tlv *tlv, int64_t *out)
{
    const size_t pairs = tlv->tag == KS_DER_UTC_TIME ? 6 : 7;
    const uint8_t *at = tlv->body.data;
    int part[7], wrong = 0;
    if ((pairs == 7 && tlv->tag != KS_DER_GENERALIZED_TIME) || tlv->body.len != 2 * pairs + 1 ||
        at[2 * pairs] != 'Z')
        return false;
    for (size_t i = 0; i < pairs; i++, at += 2) {
        unsigned tens = at[0] - (unsigned)'0', ones = at[1] - (unsigned)'0';
        wrong |= (tens > 9) | (ones > 9);
        part[i] = (int)(tens * 10 + ones);
    }
    const int *rest = part + pairs - 5;
    int year = pairs == 7 ? part[0] * 100 + part[1] : part[0] + (part[0] < 50 ? 2000 : 1900);
    return !wrong && rest[4] < 60 &&
           ks_time_from_civil(year, rest[0], rest[1], rest[2], rest[3], rest[4], out);
}

bool ks_der_time(const struct ks_tlv *tlv, int64_t *out)
{
    bool generalized = tlv->tag == KS_DER_GENERALIZED_TIME;
    if (ks_der_time_usual(tlv, out))
        return true;
    if (!generalized && tlv->tag != KS_DER_UTC_TIME)
        return false;
    struct ks_slice in = tlv->body;
    int year, month, day, hour, minute = 0, second = 0;
    if (!take_year(&in, generalized, &year) || !take_two(&in, &month) ||
        !take_two(&in, &day) || !take_two(&in, &hour))
        return false;
    if (take_two(&in, &minute))
        take_two(&in, &second);
    else if (!generalized)
        return false;
    int64_t offset, local;
    if ((generalized && !skip_fraction(&in)) || !take_zone(&in, &offset) ||
        !ks_time_from_civil(year, month, day, hour, minute, second, &local) ||
        (offset != 0 && !in_range(local - offset)))
        return false;
    *out = local - offset;
    return true;
}

/* ---- strings ---- */

/* ASCII types with other bytes in them: UTF-8 if it is that, else Latin-1; wrong either way. */
static bool ascii_string(struct ks_slice in, struct ks_buf *out)
{
    for (size_t i = 0; i < in.len; i++) {
        if (in.data[i] < 0x80)
            continue;
        struct ks_buf utf8 = KS_BUF_INIT;
        if (ks_text_from_utf8(in, &utf8))
            ks_buf_slice(out, ks_slice(utf8.data, utf8.len));
        else
            ks_text_from_latin1(in, out);
        ks_buf_free(&utf8);
        return false;
    }
    ks_buf_slice(out, in);
    return true;
}

bool ks_der_string(const struct ks_tlv *tlv, struct ks_buf *out)
{
    switch (tlv->tag) {
    case KS_DER_UTF8_STRING:
        return ks_text_from_utf8(tlv->body, out);
    case KS_DER_NUMERIC_STRING:
    case KS_DER_PRINTABLE_STRING:
    case KS_DER_IA5_STRING:
    case KS_DER_VISIBLE_STRING:
        return ascii_string(tlv->body, out);
    case KS_DER_T61_STRING: /* in practice Latin-1, as OpenSSL and Java read it */
    case 0x15:              /* VideotexString */
    case 0x19:              /* GraphicString */
    case 0x1b:              /* GeneralString */
        return ks_text_from_latin1(tlv->body, out);
    case KS_DER_UNIVERSAL_STRING:
        return ks_text_from_utf32be(tlv->body, out);
    case KS_DER_BMP_STRING:
        return ks_text_from_utf16be(tlv->body, out);
    default:
        ks_buf_byte(out, '#');
        ks_text_hex(tlv->whole, '\0', false, out);
        return false;
    }
}

/* ---- BER ---- */

static bool at_end_of_contents(struct ks_slice in)
{
    return in.len >= 2 && in.data[0] == 0 && in.data[1] == 0;
}

static void advance(struct ks_slice *in, size_t count)
{
    in->data += count;
    in->len -= count;
}

/*
 * Only indefinite lengths need a look inside, and each of them is entered once: `open` of them are
 * waiting for their end-of-contents octets.
 */
size_t ks_ber_length(struct ks_slice in)
{
    struct ks_slice rest = in;
    size_t open = 0;
    do {
        struct header h;
        if (open > 0 && at_end_of_contents(rest)) {
            open--;
            advance(&rest, 2);
            continue;
        }
        if (!read_header(rest, &h))
            return 0;
        if (h.indefinite && (!(h.tag & CONSTRUCTED) || ++open > MAX_DEPTH))
            return 0;
        advance(&rest, h.size + h.body_len);
    } while (open > 0);
    return in.len - rest.len;
}

/* Universal types that X.690 8.7, 8.14 and 8.21 let senders cut into segments. */
static bool is_string_number(uint32_t number)
{
    switch (number) {
    case KS_DER_BIT_STRING:
    case KS_DER_OCTET_STRING:
    case KS_DER_UTF8_STRING:
    case KS_DER_UTC_TIME:
    case KS_DER_GENERALIZED_TIME:
    case 0x07: /* ObjectDescriptor */
        return true;
    default:
        return (number >= 0x12 && number <= 0x16) || (number >= 0x19 && number <= 0x1e);
    }
}

static bool is_segmented(const struct header *h)
{
    return (h->tag & 0xe0) == CONSTRUCTED && is_string_number(h->number);
}

static bool all_der(struct ks_slice in, unsigned depth)
{
    while (in.len > 0) {
        struct header h;
        if (!read_header(in, &h) || h.indefinite || is_segmented(&h))
            return false;
        if (h.tag & CONSTRUCTED &&
            (depth == 0 || !all_der(ks_slice(in.data + h.size, h.body_len), depth - 1)))
            return false;
        advance(&in, h.size + h.body_len);
    }
    return true;
}

bool ks_ber_is_der(struct ks_slice in)
{
    struct header h;
    if (!read_header(in, &h))
        return false;
    return all_der(ks_slice(in.data, h.size + h.body_len), MAX_DEPTH);
}

/*
 * The conversion goes over the input twice, in the same order: the first pass notes the DER length
 * of the contents of every constructed element, the second writes. That keeps it linear where
 * building each level in a buffer of its own would copy everything once a level.
 */
struct conversion {
    size_t *lengths;
    size_t count, cap, next;
    struct ks_buf *out; /* NULL while measuring */
};

static size_t reserve_length(struct conversion *cv)
{
    if (cv->count == cv->cap) {
        cv->cap = cv->cap ? cv->cap * 2 : 64;
        cv->lengths = ks_realloc(cv->lengths, cv->cap * sizeof *cv->lengths);
    }
    return cv->count++;
}

static size_t header_size(uint32_t number, size_t body_len)
{
    size_t size = 2;
    for (uint32_t n = number; number >= HIGH_TAG && n > 0; n >>= 7)
        size++;
    for (size_t n = body_len; body_len >= 0x80 && n > 0; n >>= 8)
        size++;
    return size;
}

static bool convert(struct conversion *cv, struct ks_slice *in, unsigned depth, size_t *size);

/* Elements up to the end of the contents; *size grows by their DER length. */
static bool convert_contents(struct conversion *cv, struct ks_slice *in, bool indefinite,
                             unsigned depth, size_t *size)
{
    while (indefinite ? !at_end_of_contents(*in) : in->len > 0) {
        size_t one = 0;
        if (!convert(cv, in, depth, &one))
            return false;
        *size += one;
    }
    if (indefinite)
        advance(in, 2);
    return true;
}

/* What segments of one string have in common. */
struct join {
    uint32_t number;
    bool last_seen; /* a bit string segment with unused bits must be the last */
    uint8_t unused; /* bits in the last octet */
    size_t size;    /* octets so far */
    struct ks_buf *out;
};

static bool join_segment(struct join *j, const struct header *h, struct ks_slice body)
{
    if (h->number != j->number &&
        (h->number != KS_DER_OCTET_STRING || j->number == KS_DER_BIT_STRING))
        return false;
    if (h->number == KS_DER_BIT_STRING) {
        if (body.len == 0 || body.data[0] > 7 || j->last_seen)
            return false;
        j->unused = body.data[0];
        j->last_seen = j->unused != 0;
        advance(&body, 1);
    }
    j->size += body.len;
    if (j->out)
        ks_buf_slice(j->out, body);
    return true;
}

static bool join_contents(struct join *j, struct ks_slice *in, bool indefinite, unsigned depth)
{
    while (indefinite ? !at_end_of_contents(*in) : in->len > 0) {
        struct header h;
        if (!read_header(*in, &h) || (h.tag & 0xc0) != 0)
            return false;
        if (h.tag & CONSTRUCTED) {
            if (depth == 0 || !is_segmented(&h))
                return false;
            struct ks_slice inner = ks_slice(in->data + h.size, h.body_len);
            struct ks_slice rest = ks_slice(in->data + h.size, in->len - h.size);
            if (!join_contents(j, h.indefinite ? &rest : &inner, h.indefinite, depth - 1))
                return false;
            advance(in, h.indefinite ? in->len - rest.len : h.size + h.body_len);
            continue;
        }
        if (h.indefinite || !join_segment(j, &h, ks_slice(in->data + h.size, h.body_len)))
            return false;
        advance(in, h.size + h.body_len);
    }
    if (indefinite)
        advance(in, 2);
    return true;
}

/* `in` is at the contents of a segmented string. */
static bool convert_string(struct conversion *cv, const struct header *h, struct ks_slice *in,
                           unsigned depth, size_t *size)
{
    bool bits = h->number == KS_DER_BIT_STRING;
    struct ks_slice again = *in;
    struct join j = {.number = h->number};
    if (!join_contents(&j, in, h->indefinite, depth))
        return false;
    size_t body_len = j.size + bits;
    *size = header_size(h->number, body_len) + body_len;
    if (!cv->out)
        return true;
    ks_der_put_header(cv->out, h->tag & (uint8_t)~CONSTRUCTED, body_len);
    if (bits)
        ks_buf_byte(cv->out, j.unused);
    struct join write = {.number = h->number, .out = cv->out};
    return join_contents(&write, &again, h->indefinite, depth);
}

/* A header is kept as it is where its length still fits: certificates with lengths that are
 * longer than need be keep their bytes, and with them their signatures. */
static void write_header(struct conversion *cv, const struct header *h, const uint8_t *at,
                         size_t body_len)
{
    if (!h->indefinite && h->body_len == body_len) {
        ks_buf_append(cv->out, at, h->size);
        return;
    }
    if (h->number < HIGH_TAG) {
        ks_der_put_header(cv->out, h->tag, body_len);
        return;
    }
    struct ks_buf length = KS_BUF_INIT;
    ks_der_put_header(&length, h->tag, body_len);
    ks_buf_byte(cv->out, h->tag);
    for (size_t i = 1; i == 1 || at[i - 1] & 0x80; i++)
        ks_buf_byte(cv->out, at[i]);
    ks_buf_append(cv->out, length.data + 1, length.len - 1);
    ks_buf_free(&length);
}

static bool convert_constructed(struct conversion *cv, const struct header *h, const uint8_t *at,
                                struct ks_slice *contents, unsigned depth, size_t *size)
{
    size_t body_len = 0;
    if (cv->out) {
        write_header(cv, h, at, cv->lengths[cv->next++]);
        return convert_contents(cv, contents, h->indefinite, depth - 1, &body_len);
    }
    size_t slot = reserve_length(cv);
    if (!convert_contents(cv, contents, h->indefinite, depth - 1, &body_len))
        return false;
    cv->lengths[slot] = body_len;
    bool kept = !h->indefinite && h->body_len == body_len;
    *size = (kept ? h->size : header_size(h->number, body_len)) + body_len;
    return true;
}

static bool convert(struct conversion *cv, struct ks_slice *in, unsigned depth, size_t *size)
{
    struct header h;
    if (depth == 0 || !read_header(*in, &h))
        return false;
    const uint8_t *at = in->data;
    if (!(h.tag & CONSTRUCTED)) {
        if (h.indefinite)
            return false;
        *size = h.size + h.body_len;
        if (cv->out)
            ks_buf_append(cv->out, at, *size);
        advance(in, *size);
        return true;
    }
    struct ks_slice contents = ks_slice(at + h.size, h.indefinite ? in->len - h.size : h.body_len);
    size_t before = contents.len;
    bool ok = is_segmented(&h) ? convert_string(cv, &h, &contents, depth, size)
                               : convert_constructed(cv, &h, at, &contents, depth, size);
    advance(in, h.size + (before - contents.len));
    return ok;
}

bool ks_ber_to_der(struct ks_slice in, struct ks_buf *out)
{
    struct conversion cv = {0};
    size_t size = 0;
    struct ks_slice first = in, second = in;
    bool ok = convert(&cv, &first, MAX_DEPTH, &size);
    if (ok) {
        cv.out = out;
        ks_buf_reserve(out, size); /* a growing buffer would leave copies of clear keys behind */
        ok = convert(&cv, &second, MAX_DEPTH, &size) && !out->overflow;
    }
    free(cv.lengths);
    return ok;
}

/* ---- writer ---- */

void ks_der_put_header(struct ks_buf *out, uint8_t tag, size_t body_len)
{
    ks_buf_byte(out, tag);
    if (body_len < 0x80) {
        ks_buf_byte(out, (uint8_t)body_len);
        return;
    }
    unsigned count = 1;
    while (count < sizeof body_len && body_len >> (8 * count))
        count++;
    ks_buf_byte(out, (uint8_t)(0x80 | count));
    while (count-- > 0)
        ks_buf_byte(out, (uint8_t)(body_len >> (8 * count)));
}

void ks_der_put(struct ks_buf *out, uint8_t tag, struct ks_slice body)
{
    ks_der_put_header(out, tag, body.len);
    ks_buf_slice(out, body);
}
