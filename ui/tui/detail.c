#include "tui/detail.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void detail_free(struct detail *d)
{
    for (size_t i = 0; i < d->wrapped_count; i++)
        wrapped_free(&d->wrapped[i]);
    free(d->wrapped);
    free(d->rows);
    report_free(&d->report);
    d->wrapped = NULL;
    d->rows = NULL;
    d->wrapped_count = d->row_count = d->row_cap = 0;
}

void detail_set(struct detail *d, struct report report, bool same_subject)
{
    detail_free(d);
    d->report = report;
    d->width = 0;
    if (!same_subject) {
        d->cursor = d->top = 0;
        d->shift = 0;
    }
    if (d->cursor >= report.count)
        d->cursor = report.count ? report.count - 1 : 0;
}

/* ---- layout ---- */

static bool has_glyph(enum report_role role)
{
    return role >= REPORT_FINE;
}

static bool is_blank(const struct report_line *l)
{
    return !l->value[0] && !l->label[0];
}

/* Lines of one row, cut while they are drawn: sideways scrolling and DNs. */
static bool is_single(const struct report_line *l)
{
    return l->role == REPORT_VERBATIM || l->shape == REPORT_DN || l->shape == REPORT_ALIAS;
}

static bool label_above(const struct detail *d, const struct report_line *l)
{
    return l->label[0] && (int)strlen(l->label) + 1 > d->label_width;
}

/* The column where the value starts. */
static int value_column(const struct detail *d, const struct report_line *l)
{
    int glyph = has_glyph(l->role) ? 2 : 0;
    if (l->label[0] || l->role == REPORT_TEXT)
        return d->label_width + glyph;
    return l->indent + glyph;
}

static void add_row(struct detail *d, size_t line, int sub)
{
    if (d->row_count == d->row_cap) {
        d->row_cap = d->row_cap ? d->row_cap * 2 : 64;
        d->rows = ks_realloc(d->rows, d->row_cap * sizeof *d->rows);
    }
    d->rows[d->row_count++] = (struct detail_row){(uint32_t)line, sub};
}

static void lay_out_line(struct detail *d, size_t i)
{
    const struct report_line *l = &d->report.lines[i];
    if (label_above(d, l))
        add_row(d, i, -1);
    if (is_single(l)) {
        add_row(d, i, 0);
        return;
    }
    int width = d->width - value_column(d, l);
    if (l->shape == REPORT_HEX)
        wrapped_set_hex(&d->wrapped[i], l->value, width);
    else
        wrapped_set(&d->wrapped[i], l->value, width, true);
    for (size_t sub = 0; sub < d->wrapped[i].count; sub++)
        add_row(d, i, (int)sub);
}

static void lay_out(struct detail *d, int width)
{
    if (d->width == width)
        return;
    d->width = width;
    d->row_count = 0;
    if (d->wrapped_count != d->report.count) {
        d->wrapped_count = d->report.count;
        d->wrapped = ks_alloc_array(d->wrapped_count, sizeof *d->wrapped);
    }
    int widest = report_label_width(&d->report), most = width * 2 / 5;
    d->label_width = widest <= most ? widest : most < 10 ? 10 : most;
    for (size_t i = 0; i < d->report.count; i++)
        lay_out_line(d, i);
}

/* ---- scrolling ---- */

static void line_rows(const struct detail *d, size_t line, size_t *first, size_t *last)
{
    size_t at = 0;
    while (at < d->row_count && d->rows[at].line < line)
        at++;
    *first = *last = at;
    while (*last + 1 < d->row_count && d->rows[*last + 1].line == line)
        (*last)++;
}

static size_t last_top(const struct detail *d)
{
    size_t height = d->height > 0 ? (size_t)d->height : 1;
    return d->row_count > height ? d->row_count - height : 0;
}

static void follow_cursor(struct detail *d)
{
    size_t first, last, height = d->height > 0 ? (size_t)d->height : 1;
    line_rows(d, d->cursor, &first, &last);
    if (last >= d->top + height)
        d->top = last - height + 1;
    if (first < d->top)
        d->top = first;
    if (d->cursor == 0)
        d->top = 0;
}

void detail_scroll(struct detail *d, int rows)
{
    long top = (long)d->top + rows;
    d->top = top < 0 ? 0 : (size_t)top > last_top(d) ? last_top(d) : (size_t)top;
}

void detail_shift(struct detail *d, int cells)
{
    int widest = 0;
    for (size_t i = 0; i < d->report.count; i++)
        if (d->report.lines[i].role == REPORT_VERBATIM) {
            int w = (int)strlen(d->report.lines[i].value) + d->report.lines[i].indent;
            widest = w > widest ? w : widest;
        }
    int most = widest - d->width > 0 ? widest - d->width + 1 : 0;
    d->shift += cells;
    d->shift = d->shift < 0 ? 0 : d->shift > most ? most : d->shift;
}

/* The next line that is not blank; stays when there is none. */
static size_t step(const struct detail *d, size_t from, bool down)
{
    for (size_t i = from; down ? i + 1 < d->report.count : i > 0;) {
        i = down ? i + 1 : i - 1;
        if (!is_blank(&d->report.lines[i]))
            return i;
    }
    return from;
}

static void step_lines(struct detail *d, bool down)
{
    size_t next = step(d, d->cursor, down);
    if (next == d->cursor)
        detail_scroll(d, down ? 1 : -1); /* blank lines at the ends */
    d->cursor = next;
    follow_cursor(d);
}

static void page(struct detail *d, int rows)
{
    size_t before = d->top;
    detail_scroll(d, rows);
    if (d->top == before) {
        d->cursor = rows < 0 ? 0 : d->report.count ? d->report.count - 1 : 0;
    } else if (d->row_count) {
        size_t at = d->top + (rows < 0 ? 0 : (size_t)(d->height > 1 ? d->height / 2 : 0));
        d->cursor = d->rows[at < d->row_count ? at : d->row_count - 1].line;
    }
    if (d->report.count && is_blank(&d->report.lines[d->cursor]))
        d->cursor = step(d, d->cursor, rows > 0);
}

bool detail_command(struct detail *d, enum ui_command_id id)
{
    int full = d->height > 1 ? d->height - 1 : 1, half = d->height > 1 ? d->height / 2 : 1;
    switch (id) {
    case CMD_DOWN:
    case CMD_UP:
        step_lines(d, id == CMD_DOWN);
        return true;
    case CMD_FIRST:
        d->cursor = 0;
        follow_cursor(d);
        return true;
    case CMD_LAST:
        d->cursor = d->report.count ? d->report.count - 1 : 0;
        follow_cursor(d);
        return true;
    case CMD_HALF_DOWN:
        page(d, half);
        return true;
    case CMD_HALF_UP:
        page(d, -half);
        return true;
    case CMD_PAGE_DOWN:
        page(d, full);
        return true;
    case CMD_PAGE_UP:
        page(d, -full);
        return true;
    default:
        return false;
    }
}

void detail_go_to(struct detail *d, size_t line)
{
    d->cursor = line < d->report.count ? line : d->report.count ? d->report.count - 1 : 0;
    follow_cursor(d);
}

void detail_click(struct detail *d, int row)
{
    size_t at = d->top + (size_t)(row > 0 ? row : 0);
    if (at < d->row_count)
        d->cursor = d->rows[at].line;
}

static bool line_contains(const struct report_line *l, const char *folded)
{
    return ks_text_contains_folded(l->value, folded) || ks_text_contains_folded(l->label, folded) ||
           (l->full && ks_text_contains_folded(l->full, folded));
}

bool detail_search(struct detail *d, const char *text, bool backward, bool from_here)
{
    size_t count = d->report.count;
    char *folded = ks_text_fold(text);
    bool found = false;
    for (size_t i = from_here ? 0 : 1; i <= count && count > 0 && !found; i++) {
        size_t at = backward ? (d->cursor + count - i % count) % count : (d->cursor + i) % count;
        if (line_contains(&d->report.lines[at], folded)) {
            d->cursor = at;
            found = true;
        }
    }
    free(folded);
    if (found)
        follow_cursor(d);
    return found;
}

/* ---- drawing ---- */

static enum ui_role badge_role(enum report_role role)
{
    return role == REPORT_FAILURE   ? ROLE_ERROR
           : role == REPORT_CAUTION ? ROLE_WARNING
           : role == REPORT_REMARK  ? ROLE_NOTE
                                    : ROLE_TEXT;
}

static enum ui_glyph badge_glyph(enum report_role role)
{
    return role == REPORT_FAILURE   ? GLYPH_ERROR
           : role == REPORT_CAUTION ? GLYPH_WARNING
           : role == REPORT_REMARK  ? GLYPH_NOTE
                                    : GLYPH_OK;
}

/* The part of a verbatim line that the sideways scrolling leaves, marked where it goes on. */
static void draw_verbatim(const struct detail *d, const char *value, struct ui_pen *pen)
{
    struct cells c = {0};
    cells_set(&c, value, strlen(value), true);
    size_t from = d->shift > 0 ? cells_fit(&c, 0, d->shift) : 0;
    bool cut = cells_width(&c, from, c.count) > pen->end - pen->col;
    int end = pen->end;
    if (cut)
        pen->end -= ui_ascii() ? 2 : 1;
    canvas_cells(pen, &c, from, c.count);
    if (cut) {
        canvas_fill(pen);
        pen->end = end;
        canvas_glyph(pen, GLYPH_ELLIPSIS);
    }
    cells_free(&c);
}

static void draw_value(const struct detail *d, const struct detail_row *r, struct ui_pen *pen)
{
    const struct report_line *l = &d->report.lines[r->line];
    if (l->role == REPORT_HEADING)
        pen->role = ROLE_LABEL;
    if (l->role == REPORT_VERBATIM)
        draw_verbatim(d, l->value, pen);
    else if (l->shape == REPORT_DN && l->label[0]) /* a name and nothing else */
        canvas_ext_cut(pen, l->value, pen->end - pen->col, CUT_DN);
    else if (l->shape == REPORT_ALIAS)
        canvas_ext_cut(pen, l->value, pen->end - pen->col, CUT_MIDDLE);
    else if (l->shape == REPORT_DN)
        canvas_layout_cut(pen, l->value, pen->end - pen->col, CUT_DN);
    else
        wrapped_draw(&d->wrapped[r->line], (size_t)r->sub, pen);
}

static void draw_row(const struct detail *d, const struct detail_row *r, struct ui_pen pen,
                     bool selected)
{
    const struct report_line *l = &d->report.lines[r->line];
    enum ui_role base = selected ? ROLE_SELECT : ROLE_TEXT;
    int left = pen.col, value = value_column(d, l);
    pen.role = pen.under = base;
    bool labelled = l->label[0] && (r->sub == -1 || (r->sub == 0 && !label_above(d, l)));
    if (labelled) {
        pen.role = ROLE_LABEL;
        canvas_text(&pen, l->label);
        pen.role = base;
    }
    if (r->sub >= 0) {
        bool glyph = has_glyph(l->role);
        canvas_pad(&pen, left + value - (glyph ? 2 : 0));
        if (glyph && r->sub == 0) {
            pen.role = badge_role(l->role) == ROLE_TEXT ? base : badge_role(l->role);
            canvas_glyph(&pen, badge_glyph(l->role));
            pen.role = base;
        }
        canvas_pad(&pen, left + value);
        draw_value(d, r, &pen);
    }
    pen.role = base;
    if (selected)
        canvas_fill(&pen);
}

void detail_draw(struct detail *d, struct ui_rect area, bool focused)
{
    lay_out(d, area.cols);
    if (d->height != area.rows) {
        d->height = area.rows;
        if (focused)
            follow_cursor(d);
    }
    if (d->top > last_top(d))
        d->top = last_top(d);
    for (int i = 0; i < area.rows && d->top + (size_t)i < d->row_count; i++) {
        const struct detail_row *r = &d->rows[d->top + (size_t)i];
        bool selected = focused && r->line == d->cursor;
        struct ui_pen pen = ui_pen(area.row + i, area.col, area.col + area.cols, ROLE_TEXT);
        draw_row(d, r, pen, selected);
        if (selected && (i == 0 || d->rows[d->top + (size_t)i - 1].line != r->line))
            canvas_cursor(pen.row, pen.col, false);
    }
    if (d->row_count > d->top + (size_t)area.rows) {
        canvas_more(area.row + area.rows - 1, area.col + area.cols, area.cols, ROLE_TEXT,
                    GLYPH_DOWN, d->row_count - d->top - (size_t)area.rows);
    }
}

/* One section in the title: in a pane too narrow for all names, only the open one has its name. */
static void section_words(const struct detail *d, int s, bool is_short, bool names,
                          char out[static 64])
{
    bool current = s == (int)d->section;
    const char *name =
        names || current ? report_section_name((enum report_section)s, is_short) : "";
    int used = snprintf(out, 64, "%d%s%s", s, is_short || !*name ? "" : " ", name);
    if (s == REPORT_FINDINGS && d->findings && (names || current))
        snprintf(out + used, 64 - (size_t)used, " %zu", d->findings);
}

static int title_width(const struct detail *d, bool is_short)
{
    char text[64];
    int width = 1;
    for (int s = REPORT_SUMMARY; s <= REPORT_SECTIONS; s++) {
        section_words(d, s, is_short, true, text);
        width += (int)strlen(text) + 1;
    }
    return width;
}

/* "[1Sum]2Chain 3Cert ...": one cell between two names, so that no name ever moves. The open one is
 * a cursor while the pane has the keys. */
void detail_draw_title(struct detail *d, struct ui_rect row, bool is_short, bool focused)
{
    struct ui_pen pen = ui_pen(row.row, row.col, row.col + row.cols, ROLE_TEXT);
    is_short = is_short || title_width(d, false) - 1 > row.cols;
    bool names = title_width(d, is_short) - 1 <= row.cols;
    char text[64];
    for (int s = REPORT_SUMMARY; s <= REPORT_SECTIONS; s++) {
        bool current = s == (int)d->section, after_current = s == (int)d->section + 1;
        section_words(d, s, is_short, names, text);
        pen.role = ROLE_TEXT;
        canvas_text(&pen, current ? "[" : after_current ? "]" : " ");
        pen.role = !current ? ROLE_TEXT : focused ? ROLE_SELECT : ROLE_LABEL;
        canvas_text(&pen, text);
        d->title_ends[s] = pen.col;
    }
    d->title_ends[0] = row.col;
    pen.role = ROLE_TEXT;
    canvas_text(&pen, d->section == REPORT_SECTIONS ? "]" : "");
}

int detail_section_at(const struct detail *d, int col)
{
    for (int s = REPORT_SUMMARY; s <= REPORT_SECTIONS; s++)
        if (col >= d->title_ends[s - 1] && col < d->title_ends[s])
            return s;
    return 0;
}

/* ---- text ---- */

const struct report_line *detail_line(const struct detail *d)
{
    return d->cursor < d->report.count ? &d->report.lines[d->cursor] : NULL;
}

char *detail_field_text(const struct detail *d)
{
    const struct report_line *l = detail_line(d);
    if (!l)
        return ks_strdup("");
    if (l->full || l->role != REPORT_VERBATIM)
        return ks_strdup(l->full ? l->full : l->value);
    size_t first = d->cursor, last = d->cursor;
    while (first > 0 && d->report.lines[first - 1].role == REPORT_VERBATIM)
        first--;
    while (last + 1 < d->report.count && d->report.lines[last + 1].role == REPORT_VERBATIM)
        last++;
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = first; i <= last; i++) {
        ks_buf_str(&out, d->report.lines[i].value);
        ks_buf_byte(&out, '\n');
    }
    return ks_buf_steal(&out);
}

static bool begins_part(const struct detail *d, size_t line, const char *label)
{
    return strcmp(d->report.lines[line].label, label) == 0;
}

static size_t line_looked_at(const struct detail *d, const char *label)
{
    size_t height = d->height > 0 ? (size_t)d->height : 1, end = d->top + height, begun = SIZE_MAX;
    for (size_t i = d->top; i < d->row_count && i < end; i++) {
        size_t line = d->rows[i].line;
        if (line == d->cursor)
            return line;
        if (begun == SIZE_MAX && i - d->top <= height / 2 && begins_part(d, line, label))
            begun = line;
    }
    return begun != SIZE_MAX ? begun : d->top < d->row_count ? d->rows[d->top].line : 0;
}

size_t detail_part(const struct detail *d, const char *label)
{
    size_t line = line_looked_at(d, label), parts = 0;
    for (size_t i = 0; i <= line && i < d->report.count; i++)
        parts += begins_part(d, i, label);
    return parts ? parts - 1 : 0;
}

char *detail_text(const struct detail *d)
{
    struct ks_buf out = KS_BUF_INIT;
    int labels = report_label_width(&d->report);
    for (size_t i = 0; i < d->report.count; i++) {
        const struct report_line *l = &d->report.lines[i];
        bool column = l->label[0] || l->role == REPORT_TEXT;
        if (column)
            ks_buf_printf(&out, "%-*s", labels, l->label);
        else
            ks_buf_printf(&out, "%*s", l->indent, "");
        if (has_glyph(l->role))
            ks_buf_printf(&out, "%s ", ui_glyph(badge_glyph(l->role)));
        ks_buf_str(&out, l->value);
        ks_buf_byte(&out, '\n');
        if (l->full && strcmp(l->full, l->value) != 0 && l->shape == REPORT_DN)
            ks_buf_printf(&out, "%*s%s\n", labels, "", l->full);
    }
    return ks_buf_steal(&out);
}
