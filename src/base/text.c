#include "base/text.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- UTF-8 ---- */

size_t ks_utf8_next(const char *text, size_t len, int32_t *cp)
{
    const uint8_t *p = (const uint8_t *)text;
    *cp = -1;
    if (len == 0)
        return 0;
    if (p[0] < 0x80) {
        *cp = p[0];
        return 1;
    }
    size_t need = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len < need)
        return 1;
    int32_t c = p[0] & (0x7f >> need);
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (p[i] & 0x3f);
    }
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 1;
    *cp = c;
    return need;
}

void ks_utf8_append(struct ks_buf *out, uint32_t cp)
{
    uint8_t bytes[4];
    size_t len;
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        cp = 0xfffd;
    if (cp < 0x80) {
        bytes[0] = (uint8_t)cp;
        len = 1;
    } else if (cp < 0x800) {
        bytes[0] = (uint8_t)(0xc0 | cp >> 6);
        bytes[1] = (uint8_t)(0x80 | (cp & 0x3f));
        len = 2;
    } else if (cp < 0x10000) {
        bytes[0] = (uint8_t)(0xe0 | cp >> 12);
        bytes[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (cp & 0x3f));
        len = 3;
    } else {
        bytes[0] = (uint8_t)(0xf0 | cp >> 18);
        bytes[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        bytes[3] = (uint8_t)(0x80 | (cp & 0x3f));
        len = 4;
    }
    ks_buf_append(out, bytes, len);
}

bool ks_text_is_ascii(struct ks_slice in)
{
    uint8_t all = 0;
    for (size_t i = 0; i < in.len; i++)
        all |= in.data[i];
    return all < 0x80;
}

bool ks_text_from_utf8(struct ks_slice in, struct ks_buf *out)
{
    if (ks_text_is_ascii(in)) {
        ks_buf_slice(out, in);
        return true;
    }
    bool good = true;
    for (size_t at = 0; at < in.len;) {
        int32_t cp;
        at += ks_utf8_next((const char *)in.data + at, in.len - at, &cp);
        good = good && cp >= 0;
        ks_utf8_append(out, cp < 0 ? 0xfffd : (uint32_t)cp);
    }
    return good;
}

/* Appends one UTF-16 code unit; a high surrogate waits in *high for its partner. */
static bool append_unit(struct ks_buf *out, uint32_t unit, uint32_t *high)
{
    bool good = true;
    if (*high && unit >= 0xdc00 && unit <= 0xdfff) {
        ks_utf8_append(out, 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00));
        *high = 0;
        return true;
    }
    if (*high) {
        ks_utf8_append(out, 0xfffd);
        *high = 0;
        good = false;
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        *high = unit;
        return good;
    }
    if (unit >= 0xdc00 && unit <= 0xdfff)
        good = false;
    ks_utf8_append(out, unit); /* a lone low surrogate becomes U+FFFD there */
    return good;
}

static bool finish_units(struct ks_buf *out, uint32_t high)
{
    if (high)
        ks_utf8_append(out, 0xfffd);
    return high == 0;
}

bool ks_text_from_modified_utf8(struct ks_slice in, struct ks_buf *out)
{
    if (ks_text_is_ascii(in)) {
        ks_buf_slice(out, in);
        return true;
    }
    bool good = true;
    uint32_t high = 0;
    const uint8_t *p = in.data;
    for (size_t at = 0; at < in.len;) {
        size_t left = in.len - at;
        uint32_t c = p[at];
        if (c < 0x80) {
            at += 1;
        } else if ((c & 0xe0) == 0xc0 && left >= 2 && (p[at + 1] & 0xc0) == 0x80) {
            c = (c & 0x1f) << 6 | (p[at + 1] & 0x3f);
            at += 2;
        } else if ((c & 0xf0) == 0xe0 && left >= 3 && (p[at + 1] & 0xc0) == 0x80 &&
                   (p[at + 2] & 0xc0) == 0x80) {
            c = (c & 0x0f) << 12 | (uint32_t)(p[at + 1] & 0x3f) << 6 | (p[at + 2] & 0x3f);
            at += 3;
        } else {
            /* Plain UTF-8 above U+FFFF: Java refuses it, other writers produce it. */
            int32_t cp;
            size_t used = ks_utf8_next((const char *)p + at, left, &cp);
            at += used;
            good = finish_units(out, high) && cp >= 0 && good;
            high = 0;
            ks_utf8_append(out, cp < 0 ? 0xfffd : (uint32_t)cp);
            continue;
        }
        good = append_unit(out, c, &high) && good;
    }
    return finish_units(out, high) && good;
}

bool ks_text_from_utf16be(struct ks_slice in, struct ks_buf *out)
{
    bool good = in.len % 2 == 0;
    uint32_t high = 0;
    for (size_t i = 0; i + 1 < in.len; i += 2)
        good = append_unit(out, (uint32_t)in.data[i] << 8 | in.data[i + 1], &high) && good;
    good = finish_units(out, high) && good;
    if (in.len % 2)
        ks_utf8_append(out, 0xfffd);
    return good;
}

bool ks_text_from_utf32be(struct ks_slice in, struct ks_buf *out)
{
    bool good = in.len % 4 == 0;
    for (size_t i = 0; i + 3 < in.len; i += 4) {
        uint32_t c = (uint32_t)in.data[i] << 24 | (uint32_t)in.data[i + 1] << 16 |
                     (uint32_t)in.data[i + 2] << 8 | in.data[i + 3];
        good = good && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
        ks_utf8_append(out, c);
    }
    return good;
}

bool ks_text_from_latin1(struct ks_slice in, struct ks_buf *out)
{
    for (size_t i = 0; i < in.len; i++)
        ks_utf8_append(out, in.data[i]);
    return true;
}

/* ---- C strings ---- */

#define NUL_KEPT "\xc0\x80"
#define NUL_SHOWN "\xe2\x90\x80"
#define ELLIPSIS "\xe2\x80\xa6"

char *ks_text_keep_nul(struct ks_buf *text)
{
    struct ks_buf whole = KS_BUF_INIT;
    if (!text->len || !memchr(text->data, 0, text->len))
        return ks_buf_steal(text);
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i])
            ks_buf_byte(&whole, text->data[i]);
        else
            ks_buf_str(&whole, NUL_KEPT);
    }
    ks_buf_free(text);
    return ks_buf_steal(&whole);
}

char *ks_text_show_nul(char *text)
{
    struct ks_buf shown = KS_BUF_INIT;
    const char *at = text, *nul;
    if (!strstr(text, NUL_KEPT))
        return text;
    for (; (nul = strstr(at, NUL_KEPT)) != NULL; at = nul + strlen(NUL_KEPT)) {
        ks_buf_append(&shown, at, (size_t)(nul - at));
        ks_buf_str(&shown, NUL_SHOWN);
    }
    ks_buf_str(&shown, at);
    free(text);
    return ks_buf_steal(&shown);
}

static bool only_ascii;

void ks_text_only_ascii(bool only)
{
    only_ascii = only;
}

const char *ks_text_sign(enum ks_sign sign)
{
    static const char *const signs[][2] = {
        [KS_SIGN_CUT] = {ELLIPSIS, ".."},
        [KS_SIGN_INSIDE] = {" \xe2\x80\xba ", "/"},
    };
    return signs[sign][only_ascii];
}

static bool cut(struct ks_buf *text, size_t max, const char *ellipsis)
{
    size_t len = max;
    if (text->len <= max)
        return false;
    while (len > 0 && (text->data[len] & 0xc0) == 0x80)
        len--;
    text->len = len;
    text->data[len] = 0;
    ks_buf_str(text, ellipsis);
    return true;
}

bool ks_text_cut(struct ks_buf *text, size_t max)
{
    return cut(text, max, ELLIPSIS);
}

bool ks_text_shorten(struct ks_buf *text, size_t max)
{
    return cut(text, max, ks_text_sign(KS_SIGN_CUT));
}

char *ks_text_java_name(struct ks_slice modified_utf8, size_t max)
{
    struct ks_buf text = KS_BUF_INIT;
    (void)ks_text_from_modified_utf8(modified_utf8, &text);
    (void)ks_text_cut(&text, max);
    return ks_text_show_nul(ks_text_keep_nul(&text));
}

/* ---- encoding ---- */

/* A UTF-16 code unit above U+07FF, which may be half of a pair. */
static void append_unit_as_three(struct ks_buf *out, uint32_t unit)
{
    ks_buf_byte(out, (uint8_t)(0xe0 | unit >> 12));
    ks_buf_byte(out, (uint8_t)(0x80 | (unit >> 6 & 0x3f)));
    ks_buf_byte(out, (uint8_t)(0x80 | (unit & 0x3f)));
}

void ks_text_to_modified_utf8(const char *utf8, struct ks_buf *out)
{
    size_t len = strlen(utf8);

    for (size_t at = 0; at < len;) {
        int32_t cp;
        at += ks_utf8_next(utf8 + at, len - at, &cp);
        if (cp < 0x10000) {
            ks_utf8_append(out, cp < 0 ? 0xfffd : (uint32_t)cp);
            continue;
        }
        append_unit_as_three(out, 0xd800 + ((uint32_t)cp - 0x10000) / 0x400);
        append_unit_as_three(out, 0xdc00 + ((uint32_t)cp - 0x10000) % 0x400);
    }
}

/* ---- folding ---- */

static bool ascii_text(const char *text, size_t len)
{
    return ks_text_is_ascii(ks_slice(text, len));
}

char *ks_text_fold(const char *utf8)
{
    size_t len = strlen(utf8);
    struct ks_buf out = KS_BUF_INIT;
    if (ascii_text(utf8, len)) {
        ks_buf_append(&out, utf8, len);
        for (size_t i = 0; i < out.len; i++)
            if (out.data[i] >= 'A' && out.data[i] <= 'Z')
                out.data[i] = (uint8_t)(out.data[i] + 32);
        return ks_buf_steal(&out);
    }
    for (size_t at = 0; at < len;) {
        int32_t cp;
        uint8_t byte = (uint8_t)utf8[at];
        at += ks_utf8_next(utf8 + at, len - at, &cp);
        if (cp < 0)
            ks_buf_byte(&out, byte);
        else if (cp == 0x130) /* the one character whose lower case is two */
            ks_buf_str(&out, "i\xcc\x87");
        else
            ks_utf8_append(&out, (uint32_t)utf8proc_tolower(cp));
    }
    return ks_buf_steal(&out);
}

bool ks_text_contains_folded(const char *haystack, const char *needle)
{
    size_t len = strlen(haystack), want = strlen(needle);
    if (want == 0)
        return true;
    if (!ascii_text(haystack, len)) {
        char *folded = ks_text_fold(haystack);
        bool found = strstr(folded, needle) != NULL;
        free(folded);
        return found;
    }
    for (size_t i = 0; i + want <= len; i++) {
        size_t k = 0;
        while (k < want) {
            char c = haystack[i + k];
            if (c >= 'A' && c <= 'Z')
                c = (char)(c + 32);
            if (c != needle[k])
                break;
            k++;
        }
        if (k == want)
            return true;
    }
    return false;
}

/* ---- hex ---- */

void ks_text_hex(struct ks_slice in, char separator, bool upper, struct ks_buf *out)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (size_t i = 0; i < in.len; i++) {
        if (i && separator)
            ks_buf_byte(out, (uint8_t)separator);
        ks_buf_byte(out, (uint8_t)digits[in.data[i] >> 4]);
        ks_buf_byte(out, (uint8_t)digits[in.data[i] & 15]);
    }
}
