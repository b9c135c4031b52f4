#include "report/section.h"

#include "base/alloc.h"
#include "base/text.h"
#include "x509/name.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_COLUMNS_MIN 10

void report_free(struct report *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->lines[i].value);
        free(r->lines[i].full);
    }
    free(r->lines);
    *r = (struct report){0};
}

int report_label_width(const struct report *r)
{
    size_t widest = 0;
    for (size_t i = 0; i < r->count; i++) {
        size_t len = strlen(r->lines[i].label);
        widest = len > widest ? len : widest;
    }
    if (widest == 0)
        return 0;
    return widest + 2 < LABEL_COLUMNS_MIN ? LABEL_COLUMNS_MIN : (int)widest + 2;
}

struct report_line *line_last(struct making *m)
{
    return &m->out->lines[m->out->count - 1];
}

static void add_taken(struct making *m, enum report_role role, const char *label, char *value)
{
    struct report *r = m->out;
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 32;
        r->lines = ks_realloc(r->lines, r->cap * sizeof *r->lines);
    }
    r->lines[r->count++] = (struct report_line){.role = role, .label = label, .value = value};
}

void line_add(struct making *m, enum report_role role, const char *label, const char *value)
{
    add_taken(m, role, label, ks_strdup(value));
}

static char *format(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static char *format(const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    size_t size = len < 0 ? 1 : (size_t)len + 1;
    char *text = ks_alloc(size);
    (void)vsnprintf(text, size, fmt, args);
    return text;
}

void line_printf(struct making *m, enum report_role role, const char *label, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_taken(m, role, label, format(fmt, args));
    va_end(args);
}

/* A NUL inside a name ("paypal.com\0.evil.org") would end the value early, which is just what its
 * author hoped for. */
static char *visible_copy(const uint8_t *text, size_t len)
{
    struct ks_buf out = KS_BUF_INIT;
    for (size_t at = 0; at < len;) {
        const uint8_t *nul = memchr(text + at, 0, len - at);
        size_t part = nul ? (size_t)(nul - text) - at : len - at;
        ks_buf_append(&out, text + at, part);
        if (nul)
            ks_buf_str(&out, "\\x00");
        at += part + (nul ? 1 : 0);
    }
    return ks_buf_steal(&out);
}

void line_take(struct making *m, enum report_role role, const char *label, struct ks_buf *text)
{
    add_taken(m, role, label, visible_copy(text->data, text->len));
    ks_buf_free(text);
}

void line_take_all(struct making *m, enum report_role role, const char *label, int indent,
                   struct ks_buf *text)
{
    for (size_t at = 0; at < text->len;) {
        const uint8_t *start = text->data + at;
        const uint8_t *end = memchr(start, '\n', text->len - at);
        size_t len = end ? (size_t)(end - start) : text->len - at;
        add_taken(m, role, at == 0 ? label : "", visible_copy(start, len));
        line_last(m)->indent = indent;
        at += len + 1;
    }
    ks_buf_free(text);
}

void line_blank(struct making *m)
{
    line_add(m, REPORT_HEADING, "", "");
}

void line_heading(struct making *m, const char *text)
{
    line_add(m, REPORT_HEADING, "", text);
}

void line_sentence(struct making *m, int indent, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_taken(m, REPORT_PLAIN, "", format(fmt, args));
    va_end(args);
    line_last(m)->indent = indent;
}

void line_hex(struct making *m, const char *label, struct ks_slice bytes)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_text_hex(bytes, ':', true, &text);
    line_take(m, REPORT_TEXT, label, &text);
    line_last(m)->shape = REPORT_HEX;
}

#define HEX_ROW 16 /* bytes */

void line_hex_rows(struct making *m, enum report_role role, int indent, const char *hex,
                   size_t len)
{
    const size_t most = HEX_ROW * 3; /* two digits and a separator */
    for (size_t at = 0; at < len; at += most) {
        size_t part = len - at < most ? len - at : most;
        if (part == most && hex[at + most - 1] == ' ')
            part--;
        add_taken(m, role, "", visible_copy((const uint8_t *)hex + at, part));
        line_last(m)->shape = REPORT_HEX;
        line_last(m)->indent = indent;
        if (at == 0 && part < len)
            line_last(m)->full = visible_copy((const uint8_t *)hex, len);
    }
}

void line_dn(struct making *m, const char *label, struct ks_slice name)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(name, &text);
    line_take(m, REPORT_TEXT, label, &text);
    line_last(m)->shape = REPORT_DN;
}
