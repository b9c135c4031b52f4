#include "tui/wrap.h"

#include "base/alloc.h"
#include "base/text.h"
#include "tui/term.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void add_row(struct wrapped *w, size_t from, size_t to)
{
    if (w->count == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 8;
        w->rows = ks_realloc(w->rows, w->cap * sizeof *w->rows);
    }
    w->rows[w->count++] = (struct wrap_row){(uint32_t)from, (uint32_t)to};
}

static bool is_hex(const struct cells *c, size_t i)
{
    return isxdigit((unsigned char)cells_char(c, i));
}

/* A sign after which a long word may be broken. */
static bool breaks_after(const struct cells *c, size_t i)
{
    char ch = cells_char(c, i);
    if (ch == ':') /* between bytes, not in dns:name */
        return i >= 2 && is_hex(c, i - 1) && is_hex(c, i - 2) && is_hex(c, i + 1) &&
               is_hex(c, i + 2);
    return ch == ',' || ch == '/' || ch == ';' || ch == '&' || ch == '?' || ch == '|';
}

static size_t skip_spaces(const struct cells *c, size_t i, size_t stop)
{
    while (i < stop && cells_is_space(c, i))
        i++;
    return i;
}

/* The end of the row that starts at `from`, and where the next one starts: at a blank if there is
 * one in the last two thirds of the row, else after a sign, else anywhere. */
static size_t row_end(const struct cells *c, size_t from, size_t stop, int width, size_t *next)
{
    size_t end = cells_fit(c, from, width);
    end = end < stop ? end : stop;
    *next = end;
    if (end == stop)
        return end;
    size_t least = from + (end - from) / 3;
    for (size_t i = end + 1; i > least; i--) {
        if (cells_is_space(c, i - 1)) {
            *next = skip_spaces(c, i, stop);
            return i - 1;
        }
    }
    for (size_t i = end; i > least; i--) {
        if (breaks_after(c, i - 1)) {
            *next = i;
            return i;
        }
    }
    return end;
}

static void wrap_range(struct wrapped *w, size_t from, size_t stop, int width)
{
    if (from == stop)
        add_row(w, from, stop);
    while (from < stop) {
        size_t next, end = row_end(&w->cells, from, stop, width, &next);
        add_row(w, from, end);
        from = next > from ? next : from + 1;
    }
}

static void add_clusters(struct wrapped *w, const char *text, size_t len, bool layout)
{
    struct cells line = {0};
    cells_set(&line, text, len, layout);
    for (size_t i = 0; i < line.count; i++) {
        struct cells *c = &w->cells;
        if (c->count == c->cap) {
            c->cap = c->cap ? c->cap * 2 : 64;
            c->items = ks_realloc(c->items, c->cap * sizeof *c->items);
        }
        struct cell cell = line.items[i];
        const uint8_t *bytes = line.text.data + cell.off;
        cell.off = (uint32_t)c->text.len;
        ks_buf_append(&c->text, bytes, cell.len);
        c->items[c->count++] = cell;
        c->width += cell.width;
    }
    cells_free(&line);
}

static void reset(struct wrapped *w)
{
    ks_buf_clear(&w->cells.text);
    w->cells.count = 0;
    w->cells.width = 0;
    w->count = 0;
}

void wrapped_set(struct wrapped *w, const char *text, int width, bool layout)
{
    reset(w);
    width = width < 4 ? 4 : width;
    for (;;) {
        size_t len = strcspn(text, "\n"), from = w->cells.count;
        add_clusters(w, text, len, layout);
        wrap_range(w, from, w->cells.count, width);
        if (text[len] == '\0')
            return;
        text += len + 1;
    }
}

/* Clusters of a group of `bytes` hex bytes from `from`, with the separator behind it. */
static size_t group_end(const struct cells *c, size_t from, size_t bytes)
{
    size_t digits = 0, i = from;
    for (; i < c->count; i++) {
        char ch = cells_char(c, i);
        if (isxdigit((unsigned char)ch) && ++digits > bytes * 2)
            return i;
    }
    return i;
}

void wrapped_set_hex(struct wrapped *w, const char *text, int width)
{
    reset(w);
    add_clusters(w, text, strlen(text), false);
    const struct cells *c = &w->cells;
    size_t from = 0;
    while (from < c->count) {
        size_t end = from;
        for (;;) { /* as many groups of eight bytes as fit */
            size_t more = group_end(c, end, 8);
            if (end > from && (more == end || cells_width(c, from, more) > width + 1))
                break;
            if (more == end)
                break;
            end = more;
        }
        if (cells_width(c, from, end) > width + 1)
            end = cells_fit(c, from, width);
        size_t last = end;
        while (last > from && cells_is_space(c, last - 1))
            last--;
        add_row(w, from, last);
        from = end;
    }
    if (w->count == 0)
        add_row(w, 0, 0);
}

void wrapped_free(struct wrapped *w)
{
    cells_free(&w->cells);
    free(w->rows);
    *w = (struct wrapped){0};
}

void wrapped_draw(const struct wrapped *w, size_t row, struct ui_pen *pen)
{
    if (row < w->count)
        canvas_cells(pen, &w->cells, w->rows[row].from, w->rows[row].to);
}
