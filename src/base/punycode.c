#include "base/punycode.h"

#include "base/text.h"

#include <string.h>

/* Parameters of RFC 3492 section 5. */
enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700, FIRST = 128, BIAS = 72 };

#define KS_LABEL_MAX 63 /* RFC 1035 2.3.4 */

struct points {
    uint32_t at[KS_LABEL_MAX];
    uint32_t count;
};

static int digit_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= '0' && c <= '9')
        return c - '0' + 26;
    return -1;
}

/* RFC 3492 6.1 */
static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    uint32_t k = 0;
    for (; delta > ((BASE - TMIN) * TMAX) / 2; k += BASE)
        delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    if (k <= bias)
        return TMIN;
    return k >= bias + TMAX ? TMAX : k - bias;
}

/* One generalized variable-length integer, RFC 3492 3.3; added to *i. */
static bool read_delta(const char **at, const char *end, uint32_t bias, uint32_t *i)
{
    uint64_t weight = 1, sum = *i;
    for (uint32_t k = BASE;; k += BASE) {
        int digit = *at < end ? digit_of(*(*at)++) : -1;
        if (digit < 0)
            return false;
        sum += (uint64_t)digit * weight;
        if (sum > UINT32_MAX)
            return false;
        uint32_t t = threshold(k, bias);
        if ((uint32_t)digit < t)
            break;
        weight *= BASE - t;
        if (weight > UINT32_MAX)
            return false;
    }
    *i = (uint32_t)sum;
    return true;
}

static bool insert(struct points *p, uint32_t where, uint32_t cp)
{
    bool surrogate = cp >= 0xd800 && cp <= 0xdfff;
    if (p->count == KS_LABEL_MAX || cp > 0x10ffff || surrogate)
        return false;
    memmove(&p->at[where + 1], &p->at[where], (p->count - where) * sizeof p->at[0]);
    p->at[where] = cp;
    p->count++;
    return true;
}

static bool copy_basic(const char **at, const char *end, struct points *p)
{
    const char *delimiter = NULL;
    for (const char *c = *at; c < end; c++)
        delimiter = *c == '-' ? c : delimiter;
    if (!delimiter)
        return true;
    for (const char *c = *at; c < delimiter; c++) {
        if ((unsigned char)*c >= FIRST)
            return false;
        p->at[p->count++] = (unsigned char)*c;
    }
    *at = delimiter + 1;
    return true;
}

static bool decode(const char *at, const char *end, struct points *p)
{
    uint32_t i = 0, n = FIRST, bias = BIAS;
    if (!copy_basic(&at, end, p))
        return false;
    while (at < end) {
        uint32_t before = i;
        if (!read_delta(&at, end, bias, &i))
            return false;
        uint32_t total = p->count + 1;
        bias = adapt(i - before, total, before == 0);
        if (i / total > 0x10ffff - n)
            return false;
        n += i / total;
        i %= total;
        if (!insert(p, i, n))
            return false;
        i++;
    }
    return p->count > 0;
}

bool ks_punycode_label(const char *label, size_t len, struct ks_buf *out)
{
    struct points p = {.count = 0};
    if (len == 0 || len > KS_LABEL_MAX || !decode(label, label + len, &p))
        return false;
    for (uint32_t i = 0; i < p.count; i++)
        ks_utf8_append(out, p.at[i]);
    return true;
}

static bool is_encoded(const char *label, size_t len)
{
    return len > 4 && (label[0] | 0x20) == 'x' && (label[1] | 0x20) == 'n' && label[2] == '-' &&
           label[3] == '-';
}

static bool separates(char c)
{
    return c == '.' || c == ':' || c == '@' || c == '/';
}

bool ks_punycode_host(const char *host, size_t len, struct ks_buf *out)
{
    struct ks_buf text = KS_BUF_INIT;
    bool any = false, good = true;
    for (size_t at = 0; at < len && good;) {
        size_t label = 0;
        while (at + label < len && !separates(host[at + label]))
            label++;
        if (is_encoded(host + at, label)) {
            good = ks_punycode_label(host + at + 4, label - 4, &text);
            any = true;
        } else {
            ks_buf_append(&text, host + at, label);
        }
        at += label;
        if (at < len)
            ks_buf_byte(&text, (uint8_t)host[at++]);
    }
    if (any && good)
        ks_buf_append(out, text.data, text.len);
    ks_buf_free(&text);
    return any && good;
}

/* ---- encoding ---- */

static void write_delta(uint32_t delta, uint32_t bias, struct ks_buf *out)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);
        if (delta < t)
            break;
        ks_buf_byte(out, (uint8_t)digits[t + (delta - t) % (BASE - t)]);
        delta = (delta - t) / (BASE - t);
    }
    ks_buf_byte(out, (uint8_t)digits[delta]);
}

/* The smallest code point that is not yet written. */
static uint32_t next_point(const struct points *p, uint32_t from)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->at[i] >= from && p->at[i] < least)
            least = p->at[i];
    return least;
}

/* RFC 3492 6.3. With at most 63 code points below 0x110000 no number here exceeds 32 bits. */
static void encode(const struct points *p, struct ks_buf *out)
{
    uint32_t basic = 0, delta = 0, n = FIRST, bias = BIAS;
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->at[i] < FIRST) {
            ks_buf_byte(out, (uint8_t)p->at[i]);
            basic++;
        }
    }
    if (basic > 0)
        ks_buf_byte(out, '-');
    for (uint32_t done = basic; done < p->count; delta++, n++) {
        uint32_t next = next_point(p, n);
        delta += (next - n) * (done + 1);
        n = next;
        for (uint32_t i = 0; i < p->count; i++) {
            if (p->at[i] < n)
                delta++;
            if (p->at[i] != n)
                continue;
            write_delta(delta, bias, out);
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
    }
}

bool ks_punycode_encode(const char *label, size_t len, struct ks_buf *out)
{
    struct points p = {.count = 0};
    struct ks_buf text = KS_BUF_INIT;
    for (size_t at = 0; at < len;) {
        int32_t cp;
        at += ks_utf8_next(label + at, len - at, &cp);
        if (cp < 0 || !insert(&p, p.count, (uint32_t)cp))
            return false;
    }
    encode(&p, &text);
    bool fits = text.len + strlen("xn--") <= KS_LABEL_MAX;
    if (fits)
        ks_buf_slice(out, ks_slice(text.data, text.len));
    ks_buf_free(&text);
    return fits;
}
