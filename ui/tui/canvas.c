#include "tui/canvas.h"

#include "base/text.h"
#include "tui/cells.h"
#include "tui/frame.h"
#include "tui/term.h"
#include "tui/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static struct {
    int row, col;
    bool visible;
} cursor;
static bool plain;

struct ui_pen ui_pen(int row, int col, int end, enum ui_role role)
{
    return (struct ui_pen){row, col, end, role, ROLE_TEXT};
}

/* ---- the two functions that put something on the screen ---- */

static void put_blanks(struct ui_pen *pen, int count)
{
    short pair;
    attr_t attr = theme_attr(pen->role, pen->under, &pair);
    attr_set(attr, pair, NULL);
    if (count > pen->end - pen->col)
        count = pen->end - pen->col;
    if (count <= 0)
        return;
    mvhline(pen->row, pen->col, ' ', count);
    pen->col += count;
}

/* Printable UTF-8 of a known width, at the pen. What does not fit whole is left out. */
static void put(struct ui_pen *pen, const char *text, size_t len, int width, enum ui_role role)
{
    if (pen->col + width > pen->end) {
        put_blanks(pen, pen->end - pen->col); /* and so nothing after a cut */
        return;
    }
    if (len == 0)
        return;
    short pair;
    attr_t attr = theme_attr(role, pen->under, &pair);
    attr_set(attr, pair, NULL);
    mvaddnstr(pen->row, pen->col, text, (int)len);
    pen->col += width;
}

/* ---- own text ---- */

/* Signs of our own words and what stands for them where the terminal is ASCII. */
static const struct {
    const char *sign, *ascii;
} signs[] = {
    {"…", ".."}, {"›", "/"}, {"↑", "Up"}, {"↓", "Down"}, {"←", "Left"}, {"→", "Right"}, {"·", "."},
    {"✓", "+"},  {"✗", "X"}, {"│", "|"},  {"─", "-"},    {"»", ">"},    {"▸", ">"},     {"▾", "v"},
};

static const char *ascii_sign(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (strlen(signs[i].sign) == len && memcmp(signs[i].sign, text, len) == 0)
            return signs[i].ascii;
    return "?";
}

void canvas_text(struct ui_pen *pen, const char *own)
{
    while (*own) {
        size_t run = 0;
        while (own[run] >= 0x20 && own[run] < 0x7f)
            run++;
        int room = pen->end - pen->col;
        if (run > 0) {
            size_t fits = room < 0 ? 0 : run < (size_t)room ? run : (size_t)room;
            put(pen, own, fits, (int)fits, pen->role);
            own += run;
            continue;
        }
        int32_t cp;
        size_t len = ks_utf8_next(own, strlen(own), &cp);
        const char *ascii = ui_ascii() ? ascii_sign(own, len) : NULL;
        if (ascii) {
            put(pen, ascii, strlen(ascii), (int)strlen(ascii), pen->role);
        } else {
            int width = cp < 0 ? -1 : wcwidth((wchar_t)cp);
            if (width >= 0)
                put(pen, own, len, width, pen->role);
        }
        own += len;
    }
}

void canvas_glyph(struct ui_pen *pen, enum ui_glyph g)
{
    if (plain && g >= GLYPH_VLINE && g <= GLYPH_BR)
        put_blanks(pen, 1);
    else
        canvas_text(pen, ui_glyph(g));
}

/* ---- external text ---- */

static bool put_cluster(void *ctx, const char *text, size_t len, int width, bool escaped)
{
    struct ui_pen *pen = ctx;
    put(pen, text, len, width, escaped ? ROLE_ESCAPED : pen->role);
    return pen->col < pen->end;
}

static unsigned text_flags(void)
{
    return term_unicode() ? 0 : KS_TEXT_ASCII;
}

/* Text without anything to neutralise, which is nearly all of it. */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' && (c != ' ' || i == 0 || i + 1 == len || text[i + 1] == ' '))
            return false;
        if (c >= 0x7f)
            return false;
    }
    return true;
}

void canvas_ext(struct ui_pen *pen, const char *utf8, size_t len)
{
    if (!is_plain(utf8, len)) {
        ks_text_clusters(utf8, len, text_flags(), put_cluster, pen);
        return;
    }
    int room = pen->end - pen->col;
    size_t fits = room < 0 ? 0 : len < (size_t)room ? len : (size_t)room;
    put(pen, utf8, fits, (int)fits, pen->role);
}

void canvas_ext_z(struct ui_pen *pen, const char *utf8)
{
    canvas_ext(pen, utf8, strlen(utf8));
}

void canvas_cells(struct ui_pen *pen, const struct cells *c, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < c->count && pen->col < pen->end; i++)
        put_cluster(pen, (const char *)c->text.data + c->items[i].off, c->items[i].len,
                    c->items[i].width, c->items[i].escaped);
}

static bool add_width(void *ctx, const char *text, size_t len, int width, bool escaped)
{
    (void)text, (void)len, (void)escaped;
    *(int *)ctx += width;
    return true;
}

int canvas_width(const char *utf8, size_t len)
{
    int width = 0;
    if (is_plain(utf8, len))
        return (int)len;
    ks_text_clusters(utf8, len, text_flags(), add_width, &width);
    return width;
}

/* ---- shortening ---- */

/* The last clusters that fit into `width`. */
static size_t fit_from_end(const struct cells *c, int width)
{
    size_t at = c->count;
    while (at > 0 && width >= c->items[at - 1].width)
        width -= c->items[--at].width;
    return at;
}

static size_t last_char(const struct cells *c, char wanted)
{
    for (size_t i = c->count; i > 0; i--)
        if (cells_char(c, i - 1) == wanted)
            return i - 1;
    return c->count;
}

/* A comma that separates two RDNs: not one that RFC 4514 escapes. */
static bool separates_rdns(const struct cells *c, size_t i)
{
    return cells_char(c, i) == ',' && (i == 0 || cells_char(c, i - 1) != '\\');
}

/* Where the kept parts end and begin again: [0, *head) ellipsis [*tail, count). */
static void cut_middle(const struct cells *c, int width, size_t *head, size_t *tail)
{
    int back = width / 3;
    *tail = fit_from_end(c, back);
    *head = cells_fit(c, 0, width - cells_width(c, *tail, c->count));
}

static void cut_path(const struct cells *c, int width, size_t *head, size_t *tail)
{
    size_t slash = last_char(c, '/');
    int last = slash < c->count ? cells_width(c, slash, c->count) : 0;
    if (last == 0 || last > width) {
        cut_middle(c, width, head, tail);
        return;
    }
    *tail = slash;
    *head = width > last ? cells_fit(c, 0, width - last) : 0;
}

/* First and last RDN stay if they can: CN=…,…,C=US. */
static void cut_dn(const struct cells *c, int width, size_t *head, size_t *tail)
{
    size_t last = c->count, first = c->count;
    for (size_t i = 0; i < c->count; i++) {
        if (!separates_rdns(c, i))
            continue;
        if (first == c->count)
            first = i + 1;
        last = i;
    }
    int tail_width = cells_width(c, last, c->count);
    if (last == c->count || tail_width > width / 2) {
        *tail = c->count;
        *head = cells_fit(c, 0, width);
        return;
    }
    *tail = last;
    *head = cells_fit(c, 0, width - tail_width);
    for (size_t i = *head; i > first; i--) { /* back to the end of an RDN */
        if (separates_rdns(c, i - 1)) {
            *head = i;
            return;
        }
    }
    if (first <= *head)
        *head = first;
}

/* Both ends of a text that is far too long for `width` cells, each more than can be seen of it: a
 * cell takes at most a character and four marks. Names of 64 KiB are laid out in every frame. */
static size_t take_ends(const char *utf8, size_t len, int width, struct ks_buf *out)
{
    size_t end = ((size_t)width + 1) * 24, back = len - end;
    if (len <= 2 * end)
        return 0;
    while (((unsigned char)utf8[end] & 0xc0) == 0x80 && end < back)
        end++;
    while (((unsigned char)utf8[back] & 0xc0) == 0x80 && back > end)
        back--;
    ks_buf_append(out, utf8, end);
    ks_buf_append(out, utf8 + back, len - back);
    return out->len;
}

static void draw_cut(struct ui_pen *pen, const char *utf8, int width, enum canvas_cut cut,
                     bool layout)
{
    struct cells c = {0};
    struct ks_buf ends = KS_BUF_INIT;
    if (width > pen->end - pen->col)
        width = pen->end - pen->col;
    if (width <= 0)
        return;
    if (take_ends(utf8, strlen(utf8), width, &ends))
        utf8 = ks_buf_text(&ends);
    cells_set(&c, utf8, strlen(utf8), layout);
    ks_buf_free(&ends);
    if (c.width <= width) {
        canvas_cells(pen, &c, 0, c.count);
        cells_free(&c);
        return;
    }
    const char *dots = ui_glyph(GLYPH_ELLIPSIS);
    int room = width - (ui_ascii() ? 2 : 1);
    size_t head = 0, tail = c.count;
    if (room > 0) {
        switch (cut) {
        case CUT_END:
            head = cells_width(&c, 0, 1) <= room ? cells_fit(&c, 0, room) : 0;
            break;
        case CUT_MIDDLE:
            cut_middle(&c, room, &head, &tail);
            break;
        case CUT_PATH:
            cut_path(&c, room, &head, &tail);
            break;
        case CUT_DN:
            cut_dn(&c, room, &head, &tail);
            break;
        }
        canvas_cells(pen, &c, 0, head);
        canvas_text(pen, dots);
        canvas_cells(pen, &c, tail, c.count);
    }
    cells_free(&c);
}

void canvas_ext_cut(struct ui_pen *pen, const char *utf8, int width, enum canvas_cut cut)
{
    size_t len = strlen(utf8);
    if ((int)len <= width && pen->col + (int)len <= pen->end && is_plain(utf8, len))
        canvas_ext(pen, utf8, len);
    else
        draw_cut(pen, utf8, width, cut, false);
}

void canvas_layout_cut(struct ui_pen *pen, const char *utf8, int width, enum canvas_cut cut)
{
    draw_cut(pen, utf8, width, cut, true);
}

/* ---- areas ---- */

void canvas_fill(struct ui_pen *pen)
{
    put_blanks(pen, pen->end - pen->col);
}

void canvas_pad(struct ui_pen *pen, int col)
{
    put_blanks(pen, col - pen->col);
}

void canvas_clear(struct ui_rect r)
{
    for (int row = 0; row < r.rows; row++) {
        struct ui_pen pen = ui_pen(r.row + row, r.col, r.col + r.cols, ROLE_TEXT);
        canvas_fill(&pen);
    }
}

static void draw_edge(struct ui_rect r, int row, enum ui_glyph left, enum ui_glyph right,
                      const char *title, const char *footer)
{
    struct ui_pen pen = ui_pen(row, r.col, r.col + r.cols, ROLE_TEXT);
    int last = r.col + r.cols - 1;
    canvas_glyph(&pen, left);
    if (title || footer) {
        canvas_glyph(&pen, GLYPH_HLINE);
        struct ui_pen inner = pen;
        inner.end = last - 1;
        canvas_text(&inner, " ");
        inner.role = title ? ROLE_LABEL : ROLE_TEXT;
        if (title)
            canvas_ext_cut(&inner, title, inner.end - inner.col - 1, CUT_MIDDLE);
        else
            canvas_layout_cut(&inner, footer, inner.end - inner.col - 1, CUT_END);
        inner.role = ROLE_TEXT;
        canvas_text(&inner, " ");
        pen.col = inner.col;
    }
    while (pen.col < last)
        canvas_glyph(&pen, GLYPH_HLINE);
    canvas_glyph(&pen, right);
}

void canvas_box(struct ui_rect r, const char *title, const char *footer)
{
    canvas_clear(r);
    draw_edge(r, r.row, GLYPH_TL, GLYPH_TR, title, NULL);
    for (int row = r.row + 1; row < r.row + r.rows - 1; row++) {
        struct ui_pen pen = ui_pen(row, r.col, r.col + r.cols, ROLE_TEXT);
        canvas_glyph(&pen, GLYPH_VLINE);
        pen.col = r.col + r.cols - 1;
        canvas_glyph(&pen, GLYPH_VLINE);
    }
    draw_edge(r, r.row + r.rows - 1, GLYPH_BL, GLYPH_BR, NULL, footer);
}

/* ---- marks ---- */

static bool is_blank(int row, int col)
{
    cchar_t cell;
    wchar_t text[CCHARW_MAX + 1];
    attr_t attr;
    short pair;
    if (mvin_wch(row, col, &cell) == ERR || getcchar(&cell, text, &attr, &pair, NULL) == ERR)
        return true;
    return text[0] == L' ' || text[0] == L'\0';
}

void canvas_more(int row, int end, int cols, enum ui_role role, enum ui_glyph glyph, size_t count)
{
    char words[48];
    snprintf(words, sizeof words, " %s %zu more", ui_glyph(glyph), count);
    int width = (int)strlen(words), dots = ui_ascii() ? 2 : 1; /* both glyphs are ASCII */
    if (width + dots > cols / 2)
        return;
    struct ui_pen pen = ui_pen(row, end - width - dots, end, role);
    bool cut = false;
    for (int col = pen.col; col < end && !cut; col++)
        cut = !is_blank(row, col);
    if (cut)
        canvas_glyph(&pen, GLYPH_ELLIPSIS);
    pen.col = end - width;
    canvas_text(&pen, words);
}

/* ---- the hardware cursor and the frame ---- */

void canvas_cursor(int row, int col, bool visible)
{
    cursor.row = row;
    cursor.col = col;
    cursor.visible = visible;
}

void canvas_plain(void)
{
    plain = true;
}

void canvas_begin(void)
{
    erase();
    cursor.visible = false;
}

void canvas_end(void)
{
    move(cursor.row, cursor.col);
    frame_begin();
    curs_set(cursor.visible || plain ? 1 : 0);
    refresh();
    frame_end();
}
