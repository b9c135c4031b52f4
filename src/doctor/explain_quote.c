/*
 * Quoting a line of a log. Start scripts and configuration dumps write passwords into logs, and
 * what is quoted is copied into tickets: what looks like the value of a password is replaced by
 * stars. Rather too much than too little is.
 */
#include "doctor/explain_parts.h"

#include "base/alloc.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STARS "***"

/* The line, and which of its bytes are not for the eyes of others. */
struct blot {
    const char *text;
    size_t len;
    bool *hidden;
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void hide(struct blot *b, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < b->len; i++)
        b->hidden[i] = true;
}

static bool same(const char *text, const char *word, size_t len)
{
    return strncasecmp(text, word, len) == 0;
}

static bool ends_with(const char *word, size_t len, const char *end)
{
    size_t n = strlen(end);
    return len >= n && same(word + len - n, end, n);
}

/* A word with one of these in it, or at its end, is the name of a secret; but not that of an
 * exception, whose message follows. */
static bool names_secret(const char *word, size_t len)
{
    static const char *const inside[] = {"password", "passwd",     "passphrase",  "passwort",
                                         "secret",   "credential", "apikey",      "api-key",
                                         "api_key",  "authtoken",  "access_token"};
    static const char *const last[] = {"pass", "pwd", "passin", "passout", "token"};
    if (ends_with(word, len, "exception") || ends_with(word, len, "error"))
        return false;
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        for (size_t at = 0, n = strlen(inside[i]); at + n <= len; at++)
            if (same(word + at, inside[i], n))
                return true;
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        if (ends_with(word, len, last[i]))
            return true;
    return false;
}

/* The end of a value that begins behind a quote, which may be escaped as in JSON within JSON. */
static size_t quoted_end(const struct blot *b, size_t at)
{
    bool escaped = b->text[at] == '\\';
    char quote = b->text[at + escaped];
    for (at += 1 + (size_t)escaped; at < b->len; at++) {
        if (!escaped && b->text[at] == '\\' && at + 1 < b->len)
            at++;
        else if (b->text[at] == quote)
            return escaped && b->text[at - 1] == '\\' ? at - 1 : at;
    }
    return b->len;
}

static bool is_quote(const struct blot *b, size_t at)
{
    if (at + 1 < b->len && b->text[at] == '\\')
        at++;
    return at < b->len && strchr("\"'`", b->text[at]) && b->text[at];
}

static size_t skip_quote(const struct blot *b, size_t at)
{
    return is_quote(b, at) ? at + 1 + (b->text[at] == '\\') : at;
}

/* `whole`: the name begins the line, as in a property file, where a value goes to the line's end.
 */
static size_t value_end(const struct blot *b, size_t at, bool whole)
{
    if (is_quote(b, at))
        return quoted_end(b, at);
    if (whole)
        return b->len;
    while (at < b->len && !strchr(" \t,;&<>)}]\"'", b->text[at]))
        at++;
    return at;
}

/* What stands between a name and its value: =, :, =>, > of XML, or a blank behind an option. */
static bool skip_separator(const struct blot *b, size_t *at, bool option)
{
    size_t p = skip_quote(b, *at);
    bool any = false;
    while (p < b->len && is_blank(b->text[p]))
        p++;
    for (; p < b->len && b->text[p] && strchr("=:>", b->text[p]); p++)
        any = true;
    if (!any && !(option && p > *at))
        return false;
    while (p < b->len && is_blank(b->text[p]))
        p++;
    *at = p;
    return p < b->len;
}

static size_t hide_value(struct blot *b, size_t word, size_t end)
{
    size_t value = end, first = 0;
    bool option = b->text[word] == '-';
    while (first < b->len && is_blank(b->text[first]))
        first++;
    if (!skip_separator(b, &value, option))
        return end;
    size_t stop = value_end(b, value, word == first && !option);
    hide(b, skip_quote(b, value), stop);
    return stop;
}

static void hide_named(struct blot *b)
{
    for (size_t at = 0; at < b->len;) {
        size_t end = at;
        while (end < b->len && is_word(b->text[end]))
            end++;
        if (end > at && names_secret(b->text + at, end - at))
            end = hide_value(b, at, end);
        at = end > at ? end : at + 1;
    }
}

/* scheme://user:password@host */
static void hide_in_urls(struct blot *b)
{
    for (size_t at = 0; at + 3 < b->len; at++) {
        size_t colon = 0, end = at + 3;
        if (memcmp(b->text + at, "://", 3) != 0)
            continue;
        for (; end < b->len && !strchr(" \t/@\"'<>", b->text[end]); end++)
            if (b->text[end] == ':' && !colon)
                colon = end;
        if (colon && end < b->len && b->text[end] == '@')
            hide(b, colon + 1, end);
    }
}

/* Everything behind these. */
static void hide_behind(struct blot *b)
{
    static const char *const heads[] = {"authorization:", "bearer ", "PRIVATE KEY-----"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        for (size_t at = 0, n = strlen(heads[i]); at + n <= b->len; at++)
            if (same(b->text + at, heads[i], n) &&
                (at == 0 || !isalnum((unsigned char)b->text[at - 1])))
                hide(b, at + n, b->len);
}

/* Blanks, and what a logger wrote in place of a line end or a tab. */
static size_t leading_mark(struct ks_slice line, size_t at)
{
    static const char *const marks[] = {"\\n", "\\t", "\\r", "#011", "#012"};
    if (isspace(line.data[at]))
        return 1;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (line.len - at > strlen(marks[i]) &&
            memcmp(line.data + at, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

/* The part of the line that is quoted: all of it, or what is around the match. */
static struct ks_slice window(struct ks_slice line, size_t from, size_t to, size_t max)
{
    size_t begin = 0, end = line.len, room;
    for (size_t mark; begin < from && (mark = leading_mark(line, begin)); begin += mark)
        ;
    while (end > to && isspace(line.data[end - 1]))
        end--;
    if (end - begin <= max)
        return ks_slice_part(line, begin, end - begin);
    room = to - from < max ? (max - (to - from)) / 2 : 0;
    if (from > begin + room)
        begin = from - room;
    while (begin < from && (line.data[begin] & 0xc0) == 0x80)
        begin++;
    end = begin + max < end ? begin + max : end;
    while (end > begin && end < line.len && (line.data[end] & 0xc0) == 0x80)
        end--;
    return ks_slice_part(line, begin, end - begin);
}

/* Columns of a log: a tab or a run of blanks is one, or a screen would spell them. */
static void quote_byte(struct ks_buf *out, uint8_t byte)
{
    if (byte && byte != '\t' && byte != ' ')
        ks_buf_byte(out, byte);
    else if (!out->len || out->data[out->len - 1] != ' ')
        ks_buf_byte(out, ' ');
}

char *ks_line_quote(struct ks_slice line, size_t from, size_t to, size_t max)
{
    struct ks_buf out = KS_BUF_INIT;
    struct blot b = {(const char *)line.data, line.len, ks_alloc_array(line.len + 1, sizeof(bool))};
    struct ks_slice shown = window(line, from, to, max);
    size_t first = (size_t)(shown.data - line.data);
    hide_named(&b);
    hide_in_urls(&b);
    hide_behind(&b);
    for (size_t i = first; i < first + shown.len; i++) {
        if (!b.hidden[i])
            quote_byte(&out, line.data[i]);
        else if (i == first || !b.hidden[i - 1])
            ks_buf_str(&out, STARS);
    }
    free(b.hidden);
    if (out.len > max)
        (void)ks_text_shorten(&out, max);
    return ks_buf_steal(&out);
}
