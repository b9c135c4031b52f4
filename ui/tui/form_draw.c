/* How a form looks. */
#include "tui/form_state.h"

#include "base/alloc.h"
#include "tui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 18 /* columns of the labels */
#define GAP 2
#define FRAME 2 /* rows around several lines */
#define NOTE_INDENT 4

/* A field of several rows has its label above it. */
static bool label_is_beside(const struct form_field *field)
{
    return field->kind != FORM_TICK && field->kind != FORM_LINES &&
           (field->kind != FORM_PICKS || field->flow);
}

static int label_columns(const struct form *f)
{
    int widest = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (!form_is_shown(f, i) || !label_is_beside(&f->fields[i]))
            continue;
        int width = (int)strlen(f->fields[i].label); /* ASCII of ksx's own */
        widest = width > widest ? width : widest;
    }
    return widest > LABEL_MAX ? LABEL_MAX : widest;
}

/* Rows are laid out from row 0 on and drawn where the scrolled area shows them. */
struct layout {
    struct form *form;
    struct ui_rect area;
    int labels;
    size_t row;                   /* the next one */
    size_t field_row, field_rows; /* of the field with the cursor */
    size_t line_row, line_rows;   /* in it, what has the cursor */
    bool measure;
};

static bool place(const struct layout *l, struct ui_pen *pen)
{
    if (l->measure || l->row < l->form->top || l->row - l->form->top >= (size_t)l->area.rows)
        return false;
    int row = l->area.row + (int)(l->row - l->form->top);
    *pen = ui_pen(row, l->area.col, l->area.col + l->area.cols, ROLE_TEXT);
    return true;
}

static void has_cursor(struct layout *l, size_t row, size_t rows)
{
    l->line_row = row;
    l->line_rows = rows;
}

/* ---- one line ---- */

static void draw_typed(const struct form *f, size_t i, struct ui_pen *pen, bool here)
{
    const struct form_value *v = &f->values[i];
    canvas_text(pen, "[");
    int from = pen->col, to = pen->end - 1;
    if (here) {
        line_edit_draw(v->edit, pen->row, from, to, '_');
    } else {
        /* Drawn without its cursor, which belongs to the field that has the keys. */
        size_t stars = line_edit_chars(v->edit);
        const char *text = line_edit_text(v->edit);
        struct ui_pen inner = ui_pen(pen->row, from, to, ROLE_FIELD);
        if (text[0])
            canvas_ext_cut(&inner, text, to - from,
                           f->fields[i].kind == FORM_PATH ? CUT_PATH : CUT_END);
        for (size_t n = 0; !text[0] && n < stars && inner.col < inner.end; n++)
            canvas_text(&inner, "*");
        while (inner.col < inner.end)
            canvas_text(&inner, "_");
    }
    pen->col = to;
    canvas_text(pen, "]");
}

static int choices_width(const struct form *f, size_t i)
{
    int width = 0;
    for (size_t c = 0; c < form_choice_count(f, i); c++) {
        const char *word = form_choice_word(f, i, c);
        width += 2 + canvas_width(word, strlen(word));
    }
    return width + 2;
}

static void draw_choice(const struct form *f, size_t i, struct ui_pen *pen, bool here)
{
    size_t n = form_choice_count(f, i), chosen = f->values[i].choice;
    bool all = choices_width(f, i) <= pen->end - pen->col;
    if (here)
        canvas_cursor(pen->row, pen->col, false);
    for (size_t c = 0; c < n; c++) {
        bool this_one = c == chosen;
        if (!all && !this_one)
            continue;
        pen->role = this_one && here ? ROLE_SELECT : this_one ? ROLE_LABEL : ROLE_TEXT;
        canvas_text(pen, this_one ? "<" : " ");
        canvas_ext_cut(pen, form_choice_word(f, i, c), pen->end - pen->col - 1, CUT_END);
        canvas_text(pen, this_one ? ">" : " ");
    }
    pen->role = ROLE_TEXT;
    if (all || pen->end - pen->col < 12)
        return;
    char of[32];
    (void)snprintf(of, sizeof of, "  %zu of %zu", chosen + 1, n);
    canvas_text(pen, of);
}

static void draw_tick(const struct form *f, size_t i, struct ui_pen *pen, bool here)
{
    pen->role = here ? ROLE_SELECT : ROLE_TEXT;
    if (here)
        canvas_cursor(pen->row, pen->col + 1, false);
    canvas_text(pen, f->values[i].ticked ? "[x]" : "[ ]");
    pen->role = ROLE_TEXT;
    canvas_text(pen, " ");
    canvas_text(pen, f->fields[i].label);
}

static void draw_one_line(struct layout *l, size_t i, bool here)
{
    struct form *f = l->form;
    struct ui_pen pen;
    if (place(l, &pen)) {
        if (f->fields[i].kind == FORM_TICK) {
            draw_tick(f, i, &pen, here);
        } else {
            pen.role = here ? ROLE_LABEL : ROLE_TEXT;
            canvas_text(&pen, f->fields[i].label);
            pen.role = ROLE_TEXT;
            pen.col = l->area.col + l->labels + GAP;
            if (f->fields[i].kind == FORM_CHOICE)
                draw_choice(f, i, &pen, here);
            else
                draw_typed(f, i, &pen, here);
        }
    }
    l->row++;
}

/* ---- text ---- */

/* Rows of text, the first with a label and a badge. */
static void draw_rows(struct layout *l, int indent, const char *label, const char *text,
                      enum ui_role badge)
{
    struct wrapped w = {0};
    int mark = badge == ROLE_ERROR ? 2 : 0;
    wrapped_set(&w, text, l->area.cols - indent - mark, false);
    for (size_t i = 0; i < w.count; i++, l->row++) {
        struct ui_pen pen;
        if (!place(l, &pen))
            continue;
        if (i == 0)
            canvas_text(&pen, label);
        pen.col = l->area.col + indent;
        pen.role = badge;
        if (i == 0 && badge == ROLE_ERROR)
            canvas_glyph(&pen, GLYPH_ERROR);
        pen.col = l->area.col + indent + mark;
        pen.role = ROLE_TEXT;
        wrapped_draw(&w, i, &pen);
    }
    wrapped_free(&w);
}

static int value_indent(const struct layout *l)
{
    return l->labels ? l->labels + GAP : 0;
}

static void draw_words(struct layout *l, size_t i)
{
    struct form *f = l->form;
    struct ks_buf text = KS_BUF_INIT;
    f->fields[i].words(f, f->ctx, &text);
    if (text.len)
        draw_rows(l, value_indent(l), f->fields[i].label, ks_buf_text(&text), ROLE_TEXT);
    ks_buf_free(&text);
}

static void draw_label(struct layout *l, size_t i, bool here)
{
    struct ui_pen pen;
    const char *label = l->form->fields[i].label;
    if (!label[0])
        return;
    if (place(l, &pen)) {
        pen.role = here ? ROLE_LABEL : ROLE_TEXT;
        canvas_text(&pen, label);
    }
    l->row++;
}

/* ---- several lines ---- */

/* The window of a field with rows of its own: it follows the cursor. */
static void scroll_to(size_t *top, size_t row, size_t visible)
{
    if (row < *top)
        *top = row;
    if (row >= *top + visible)
        *top = row - visible + 1;
}

/* Where there is room, between lines; on a small screen only so many rows as leave some. */
static size_t visible_lines(const struct layout *l, const struct form_field *field, bool *framed)
{
    size_t rows = form_rows_of(field), area = l->area.rows > 0 ? (size_t)l->area.rows : 1;
    *framed = rows + FRAME + 2 <= area;
    if (!*framed && rows + 2 > area)
        rows = area > 3 ? area - 2 : 1;
    return rows;
}

static int remark_width(const char *why)
{
    return 2 + canvas_width(why, strlen(why));
}

/* What is wrong with a line stands in it where there is room for both. */
static bool remark_fits(const struct form_value *v, size_t line, int cols)
{
    const char *text = text_area_line(v->area, line);
    return canvas_width(text, strlen(text)) + 2 + remark_width(v->line_why[line]) <= cols;
}

static void draw_sides(struct ui_pen pen)
{
    canvas_glyph(&pen, GLYPH_VLINE);
    pen.col = pen.end - 1;
    canvas_glyph(&pen, GLYPH_VLINE);
}

static void draw_area_line(const struct form_value *v, size_t line, const struct ui_pen *pen,
                           bool here)
{
    int from = pen->col + 2, end = pen->end - 2;
    const char *why = line < v->line_whys ? v->line_why[line] : NULL;
    if (why && remark_fits(v, line, end - from)) {
        struct ui_pen remark = ui_pen(pen->row, end - remark_width(why), end, ROLE_ERROR);
        canvas_glyph(&remark, GLYPH_ERROR);
        remark.role = ROLE_TEXT;
        canvas_text(&remark, " ");
        canvas_ext_z(&remark, why);
        end -= remark_width(why) + 1;
    }
    if (here) {
        text_area_draw(v->area, pen->row, from, end);
    } else {
        struct ui_pen inner = ui_pen(pen->row, from, end, ROLE_TEXT);
        canvas_layout_cut(&inner, text_area_line(v->area, line), end - from, CUT_END);
    }
}

static void draw_edge(struct layout *l, bool top, size_t more)
{
    struct ui_pen pen;
    if (place(l, &pen)) {
        canvas_glyph(&pen, top ? GLYPH_TL : GLYPH_BL);
        while (pen.col < pen.end - 1)
            canvas_glyph(&pen, GLYPH_HLINE);
        canvas_glyph(&pen, top ? GLYPH_TR : GLYPH_BR);
        if (more)
            canvas_more(pen.row, pen.end - 1, l->area.cols, ROLE_TEXT, top ? GLYPH_UP : GLYPH_DOWN,
                        more);
    }
    l->row++;
}

/* The remark of the first wrong line, unless it is seen in that line. */
static void draw_lines_why(struct layout *l, const struct form_value *v, size_t visible)
{
    size_t line;
    bool in_line = form_wrong_line(v, &line) && line >= v->top && line < v->top + visible &&
                   remark_fits(v, line, l->area.cols - 4);
    if (v->why[0] && !in_line)
        draw_rows(l, 0, "", v->why, ROLE_ERROR);
}

static void draw_lines(struct layout *l, size_t i, bool here)
{
    struct form_value *v = &l->form->values[i];
    bool framed;
    size_t visible = visible_lines(l, &l->form->fields[i], &framed);
    size_t count = text_area_count(v->area), row = text_area_row(v->area);
    scroll_to(&v->top, row, visible);
    draw_label(l, i, here);
    if (framed)
        draw_edge(l, true, v->top);
    for (size_t n = 0; n < visible; n++, l->row++) {
        struct ui_pen pen;
        size_t line = v->top + n;
        if (here && line == row)
            has_cursor(l, l->row, 1);
        if (!place(l, &pen))
            continue;
        draw_sides(pen);
        if (line < count)
            draw_area_line(v, line, &pen, here && line == row);
    }
    if (framed)
        draw_edge(l, false, count > v->top + visible ? count - v->top - visible : 0);
    draw_lines_why(l, v, visible);
}

/* ---- rows to tick ---- */

static char *note_of(const struct form_row *row)
{
    return row->refused && row->note ? ks_asprintf("%s; %s", row->note, row->refused)
           : row->refused            ? ks_strdup(row->refused)
           : row->note               ? ks_strdup(row->note)
                                     : NULL;
}

static size_t pick_height(const struct layout *l, const struct form_row *row)
{
    struct wrapped w = {0};
    char *note = note_of(row);
    if (note)
        wrapped_set(&w, note, l->area.cols - NOTE_INDENT, false);
    size_t rows = 1 + w.count;
    wrapped_free(&w);
    free(note);
    return rows;
}

static void draw_pick(struct layout *l, const struct form_row *row, bool here)
{
    struct ui_pen pen;
    char *note = note_of(row);
    if (place(l, &pen)) {
        pen.role = here ? ROLE_SELECT : ROLE_TEXT;
        if (here)
            canvas_cursor(pen.row, pen.col + 1, false);
        canvas_text(&pen, row->refused ? " - " : row->ticked ? "[x]" : "[ ]");
        pen.role = ROLE_TEXT;
        pen.col = l->area.col + NOTE_INDENT;
        canvas_layout_cut(&pen, row->text, pen.end - pen.col, CUT_END);
    }
    l->row++;
    if (note)
        draw_rows(l, NOTE_INDENT, "", note, ROLE_TEXT);
    free(note);
}

/* The first row that is drawn so that the one with the cursor is, whole, in so many rows. */
static void scroll_picks(const struct layout *l, struct form_value *v, size_t rows)
{
    size_t used = 0, first = v->pick + 1;
    while (first > 0 && used + pick_height(l, &v->picks[first - 1]) <= rows)
        used += pick_height(l, &v->picks[--first]);
    first = first > v->pick ? v->pick : first;
    v->top = v->top < first ? first : v->top > v->pick ? v->pick : v->top;
}

static void draw_picks(struct layout *l, size_t i, bool here)
{
    struct form_value *v = &l->form->values[i];
    size_t rows = form_rows_of(&l->form->fields[i]), used = 0, n = v->top;
    if (l->area.rows > 2 && rows + 1 > (size_t)l->area.rows)
        rows = (size_t)l->area.rows - 1;
    draw_label(l, i, here);
    if (v->pick_count == 0)
        return;
    scroll_picks(l, v, rows);
    for (n = v->top; n < v->pick_count; n++) {
        size_t height = pick_height(l, &v->picks[n]);
        if (used && used + height > rows)
            break;
        used += height;
        if (here && n == v->pick)
            has_cursor(l, l->row, height);
        draw_pick(l, &v->picks[n], here && n == v->pick);
    }
    struct ui_pen pen;
    l->row--;
    if (n < v->pick_count && place(l, &pen))
        canvas_more(pen.row, pen.end, l->area.cols, ROLE_TEXT, GLYPH_DOWN, v->pick_count - n);
    l->row++;
    if (v->why[0])
        draw_rows(l, NOTE_INDENT, "", v->why, ROLE_ERROR);
}

static void draw_word(const struct layout *l, const struct form_row *row, int col, bool chosen)
{
    struct ui_pen pen;
    if (!place(l, &pen))
        return;
    pen.col = col;
    pen.role = chosen ? ROLE_SELECT : ROLE_TEXT;
    if (chosen)
        canvas_cursor(pen.row, pen.col + 1, false);
    canvas_text(&pen, row->ticked ? "[x]" : "[ ]");
    pen.role = ROLE_TEXT;
    canvas_text(&pen, " ");
    canvas_ext_z(&pen, row->text);
}

/* Words with a tick each, as many in a row as fit beside the label. */
static void draw_flow(struct layout *l, size_t i, bool here)
{
    const struct form_value *v = &l->form->values[i];
    int from = l->area.col + value_indent(l), end = l->area.col + l->area.cols, col = from;
    struct ui_pen pen;
    if (place(l, &pen)) {
        pen.role = here ? ROLE_LABEL : ROLE_TEXT;
        canvas_text(&pen, l->form->fields[i].label);
    }
    for (size_t n = 0; n < v->pick_count; n++) {
        int width = 4 + canvas_width(v->picks[n].text, strlen(v->picks[n].text));
        bool chosen = here && n == v->pick;
        if (col > from && col + width > end) {
            col = from;
            l->row++;
        }
        if (chosen)
            has_cursor(l, l->row, 1);
        draw_word(l, &v->picks[n], col, chosen);
        col += width + 1;
    }
    l->row++;
    if (v->why[0])
        draw_rows(l, value_indent(l), "", v->why, ROLE_ERROR);
}

/* ---- the form ---- */

static void draw_field(struct layout *l, size_t i)
{
    struct form *f = l->form;
    bool here = i == f->cursor;
    switch (f->fields[i].kind) {
    case FORM_WORDS:
        draw_words(l, i);
        break;
    case FORM_LINES:
        draw_lines(l, i, here);
        return;
    case FORM_PICKS:
        if (f->fields[i].flow)
            draw_flow(l, i, here);
        else
            draw_picks(l, i, here);
        return;
    default:
        draw_one_line(l, i, here);
        break;
    }
    if (f->values[i].why[0])
        draw_rows(l, value_indent(l), "", f->values[i].why, ROLE_ERROR);
}

static void lay_out(struct layout *l)
{
    struct form *f = l->form;
    l->row = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (!form_is_shown(f, i))
            continue;
        size_t from = l->row;
        if (i == f->cursor)
            has_cursor(l, from, 0);
        draw_field(l, i);
        if (i != f->cursor)
            continue;
        l->field_row = from;
        l->field_rows = l->row - from;
        if (!l->line_rows)
            has_cursor(l, from, l->field_rows);
    }
}

static void bring_into_sight(struct form *f, size_t row, size_t count, size_t rows)
{
    if (row + count > f->top + rows)
        f->top = row + count - rows;
    if (row < f->top)
        f->top = row;
}

void form_draw(struct form *f, struct ui_rect area)
{
    struct layout l = {.form = f, .area = area, .labels = label_columns(f), .measure = true};
    size_t rows = area.rows > 0 ? (size_t)area.rows : 1;
    lay_out(&l);
    size_t all = l.row, last = all > rows ? all - rows : 0;
    f->top = f->top < last ? f->top : last;
    /* The field with the cursor, and what is wrong with it, stay in sight. */
    if (f->cursor < f->count)
        bring_into_sight(f, l.field_row, l.field_rows, rows);
    if (l.field_rows > rows)
        bring_into_sight(f, l.line_row, l.line_rows, rows);
    f->below = all > f->top + rows ? all - f->top - rows : 0;
    l.measure = false;
    lay_out(&l);
    if (f->top)
        canvas_more(area.row, area.col + area.cols, area.cols, ROLE_TEXT, GLYPH_UP, f->top);
    if (f->below)
        canvas_more(area.row + area.rows - 1, area.col + area.cols, area.cols, ROLE_TEXT,
                    GLYPH_DOWN, f->below);
}
