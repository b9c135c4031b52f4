#include "tui/cells.h"

#include "base/alloc.h"
#include "base/text.h"
#include "tui/term.h"

#include <stdlib.h>
#include <string.h>

static bool add(void *ctx, const char *text, size_t len, int width, bool escaped)
{
    struct cells *c = ctx;
    if (c->count == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->items = ks_realloc(c->items, c->cap * sizeof *c->items);
    }
    c->items[c->count++] =
        (struct cell){(uint32_t)c->text.len, (uint16_t)len, (uint8_t)width, escaped};
    ks_buf_append(&c->text, text, len);
    c->width += width;
    return true;
}

void cells_set(struct cells *c, const char *utf8, size_t len, bool layout)
{
    ks_buf_clear(&c->text);
    c->count = 0;
    c->width = 0;
    unsigned flags = (term_unicode() ? 0u : KS_TEXT_ASCII) | (layout ? KS_TEXT_LAYOUT : 0u);
    ks_text_clusters(utf8, len, flags, add, c);
}

void cells_free(struct cells *c)
{
    ks_buf_free(&c->text);
    free(c->items);
    *c = (struct cells){0};
}

int cells_width(const struct cells *c, size_t from, size_t to)
{
    int width = 0;
    for (size_t i = from; i < to && i < c->count; i++)
        width += c->items[i].width;
    return width;
}

size_t cells_fit(const struct cells *c, size_t from, int width)
{
    size_t at = from;
    int used = 0;
    while (at < c->count && (at == from || used + c->items[at].width <= width))
        used += c->items[at++].width;
    return at;
}

char cells_char(const struct cells *c, size_t i)
{
    if (i >= c->count || c->items[i].len != 1 || c->items[i].escaped)
        return 0;
    return (char)c->text.data[c->items[i].off];
}

bool cells_is_space(const struct cells *c, size_t i)
{
    return cells_char(c, i) == ' ';
}

char *cells_excerpt(const char *utf8, size_t chars)
{
    size_t len = strlen(utf8), at = 0;
    int32_t cp;
    for (size_t n = 0; at < len && n < chars; n++)
        at += ks_utf8_next(utf8 + at, len - at, &cp);
    return ks_asprintf("%.*s%s", (int)at, utf8, at < len ? ui_glyph(GLYPH_ELLIPSIS) : "");
}

void cells_put_excerpt(const char *utf8, size_t chars, struct ks_buf *out)
{
    char *text = cells_excerpt(utf8, chars);
    ks_buf_str(out, text);
    free(text);
}
