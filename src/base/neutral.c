/*
 * The one place that decides what a character of external text looks like on a terminal. ncurses
 * sends bidirectional controls, joiners and tag characters through untouched and drops some
 * combining marks, so nothing may reach it unfiltered.
 *
 *   controls, invalid bytes, line separators      \x1B  \u{9B}  \xFF
 *   format characters, variation selectors, ...   \u{202E}
 *   unusual, leading, trailing, doubled spaces    \u{A0}  \x20
 *   private use, unassigned, regional indicators  \u{E000}
 *   a fifth combining mark on a base              \u{301}
 *   a backslash beside any of these               \\
 */
#include "base/text.h"

#include <assert.h>
#include <ctype.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include <wchar.h>

#define MARKS_PER_BASE 4

enum look { LOOK_PLAIN, LOOK_MARK, LOOK_ESCAPE };

static bool in_ranges(int32_t cp, const int32_t (*ranges)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cp >= ranges[i][0] && cp <= ranges[i][1])
            return true;
    return false;
}

/* Invisible although Unicode does not call them format characters. */
static const int32_t hidden[][2] = {
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer inherent vowels */
    {0x180b, 0x180f},   /* Mongolian selectors, vowel separator */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xfe00, 0xfe0f},   /* variation selectors */
    {0xffa0, 0xffa0},   /* halfwidth Hangul filler */
    {0xe0100, 0xe01ef}, /* variation selectors supplement */
    {0x1f1e6, 0x1f1ff}, /* regional indicators: two of them look like one flag */
};

/* Widths are wcwidth()'s, because ncurses uses the same; in a locale without UTF-8 it knows nothing
 * above ASCII, and what counts as hidden must not depend on the locale. */
static int cell_width(int32_t cp)
{
    return MB_CUR_MAX > 1 ? wcwidth((wchar_t)cp) : utf8proc_charwidth(cp);
}

static enum look look_of(int32_t cp, unsigned flags)
{
    if (cp < 0x20 || cp == 0x7f)
        return LOOK_ESCAPE;
    if (cp < 0x7f)
        return LOOK_PLAIN;
    if (flags & KS_TEXT_ASCII)
        return LOOK_ESCAPE;
    if (in_ranges(cp, hidden, sizeof hidden / sizeof hidden[0]))
        return LOOK_ESCAPE;
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
        return LOOK_ESCAPE;
    default:
        break;
    }
    /* The C library and utf8proc know different versions of Unicode: what only one of them has
     * assigned has no width that a row could be laid out with. */
    int width = cell_width(cp);
    return width < 0 ? LOOK_ESCAPE : width == 0 ? LOOK_MARK : LOOK_PLAIN;
}

/* A space is plain only between two characters that are no spaces, or when it is layout. */
static bool plain_space(const char *text, size_t len, size_t at, unsigned flags)
{
    if (flags & KS_TEXT_LAYOUT)
        return true;
    return at > 0 && at + 1 < len && text[at - 1] != ' ' && text[at + 1] != ' ';
}

static bool escapes_anything(const char *text, size_t len, unsigned flags)
{
    bool have_base = false;
    int marks = 0;
    for (size_t at = 0; at < len;) {
        int32_t cp;
        size_t used = ks_utf8_next(text + at, len - at, &cp);
        if (cp < 0 || (cp == ' ' && !plain_space(text, len, at, flags)))
            return true;
        switch (look_of(cp, flags)) {
        case LOOK_ESCAPE:
            return true;
        case LOOK_MARK:
            if (!have_base || ++marks > MARKS_PER_BASE)
                return true;
            break;
        case LOOK_PLAIN:
            have_base = true;
            marks = 0;
            break;
        }
        at += used;
    }
    return false;
}

/* Has it typed characters that an escape looks like? */
static bool looks_escaped(const char *text, size_t len)
{
    const char *end = text + len, *at = text;
    for (; at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL; at++) {
        size_t left = (size_t)(end - at);
        if (left >= 3 && at[1] == 'u' && at[2] == '{')
            return true;
        if (left >= 4 && at[1] == 'x' && isxdigit((unsigned char)at[2]) &&
            isxdigit((unsigned char)at[3]))
            return true;
    }
    return false;
}

struct emitter {
    ks_cluster_fn fn;
    void *ctx;
    char text[64]; /* the cluster being collected: a base and at most four marks */
    size_t len;
    int width, marks;
    bool stopped;
};

static void emit(struct emitter *e, const char *text, size_t len, int width, bool escaped)
{
    if (!e->stopped && len)
        e->stopped = !e->fn(e->ctx, text, len, width, escaped);
}

static void flush(struct emitter *e)
{
    emit(e, e->text, e->len, e->width, false);
    e->len = 0;
    e->marks = 0;
}

static void emit_escape(struct emitter *e, int32_t cp, uint8_t byte)
{
    char text[16];
    int len;
    flush(e);
    if (cp < 0 || cp < 0x80)
        len = snprintf(text, sizeof text, "\\x%02X", cp < 0 ? byte : (unsigned)cp);
    else
        len = snprintf(text, sizeof text, "\\u{%X}", (unsigned)cp);
    emit(e, text, (size_t)len, len, true);
}

static void start_cluster(struct emitter *e, const char *text, size_t len, int width)
{
    assert(width == 1 || width == 2);
    flush(e);
    memcpy(e->text, text, len);
    e->len = len;
    e->width = width;
}

static void add_mark(struct emitter *e, const char *text, size_t len, int32_t cp)
{
    if (e->len == 0)
        start_cluster(e, "\xe2\x97\x8c", 3, 1); /* dotted circle carries a mark without a base */
    if (++e->marks > MARKS_PER_BASE) {
        emit_escape(e, cp, 0);
        return;
    }
    memcpy(e->text + e->len, text, len);
    e->len += len;
}

void ks_text_clusters(const char *utf8, size_t len, unsigned flags, ks_cluster_fn fn, void *ctx)
{
    struct emitter e = {.fn = fn, .ctx = ctx};
    bool escaping = escapes_anything(utf8, len, flags) ||
                    (flags & KS_TEXT_COLOURLESS && looks_escaped(utf8, len));
    for (size_t at = 0; at < len && !e.stopped;) {
        int32_t cp;
        size_t used = ks_utf8_next(utf8 + at, len - at, &cp);
        enum look look = cp < 0 ? LOOK_ESCAPE : look_of(cp, flags);
        if (cp == ' ' && !plain_space(utf8, len, at, flags))
            look = LOOK_ESCAPE;
        if (look == LOOK_ESCAPE) {
            emit_escape(&e, cp, (uint8_t)utf8[at]);
        } else if (look == LOOK_MARK) {
            add_mark(&e, utf8 + at, used, cp);
        } else if (cp == '\\' && escaping) {
            flush(&e);
            emit(&e, "\\\\", 2, 2, true);
        } else {
            start_cluster(&e, utf8 + at, used, cp < 0x7f ? 1 : cell_width(cp));
        }
        at += used;
    }
    flush(&e);
}

struct collector {
    struct ks_buf *out;
    int width;
};

static bool collect(void *ctx, const char *text, size_t len, int width, bool escaped)
{
    struct collector *c = ctx;
    (void)escaped;
    ks_buf_append(c->out, text, len);
    c->width += width;
    return true;
}

/* Eight octets at once, each tested in its own bits. */
#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))
#define TOPS EACH(0x80)

/* The top bit of each octet that is zero. */
static inline uint64_t zeros(uint64_t octets)
{
    return ~(((octets & ~TOPS) + ~TOPS) | octets) & TOPS;
}

/* `before`: the character in front of them; a blank where the text begins. */
static inline bool plain_octets(uint64_t octets, char before)
{
    octets = le64toh(octets);
    uint64_t blanks = zeros(octets ^ EACH(' '));
    uint64_t odd = (octets | (octets - EACH(' ')) | zeros(octets ^ EACH(0x7f))) & TOPS;
    uint64_t doubled = blanks & (blanks << 8 | (before == ' ' ? 0x80 : 0));
    return !(odd | doubled);
}

bool ks_text_is_plain(const char *text, size_t len)
{
    uint64_t octets = EACH('x');
    if (len < sizeof octets) {
        for (size_t i = 0; i < len; i++)
            ((char *)&octets)[i] = text[i];
        return plain_octets(octets, ' ') && (len == 0 || text[len - 1] != ' ');
    }
    for (size_t at = 0; at < len; at += sizeof octets) {
        if (len - at < sizeof octets)
            at = len - sizeof octets; /* the last eight, some of them again */
        memcpy(&octets, text + at, sizeof octets);
        if (!plain_octets(octets, at ? text[at - 1] : ' '))
            return false;
    }
    return text[len - 1] != ' ';
}

/* Nearly every name: printable ASCII that is shown as it is. */
static bool shown_as_is(const char *text, size_t len, unsigned flags)
{
    if (flags & KS_TEXT_COLOURLESS && looks_escaped(text, len))
        return false;
    if (!(flags & KS_TEXT_LAYOUT))
        return ks_text_is_plain(text, len);
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' || text[i] >= 0x7f)
            return false;
    return true;
}

int ks_text_neutralise(const char *utf8, size_t len, unsigned flags, struct ks_buf *out)
{
    if (shown_as_is(utf8, len, flags)) {
        ks_buf_append(out, utf8, len);
        return (int)len;
    }
    struct collector c = {.out = out};
    ks_text_clusters(utf8, len, flags, collect, &c);
    return c.width;
}

bool ks_text_has_hidden(const char *utf8, size_t len)
{
    return !shown_as_is(utf8, len, 0) && escapes_anything(utf8, len, 0);
}

bool ks_text_has_rtl(const char *utf8, size_t len)
{
    for (size_t at = 0; at < len;) {
        int32_t cp;
        at += ks_utf8_next(utf8 + at, len - at, &cp);
        if (cp < 0x590)
            continue;
        const utf8proc_property_t *p = utf8proc_get_property(cp);
        if (p->bidi_class == UTF8PROC_BIDI_CLASS_R || p->bidi_class == UTF8PROC_BIDI_CLASS_AL)
            return true;
    }
    return false;
}
