#include "tui/form.h"

#include "base/alloc.h"
#include "tui/line_edit.h"
#include "tui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 18 /* columns of the labels */
#define GAP 2

struct value {
    struct line_edit *edit; /* TEXT, SECRET */
    size_t choice;
    char **words; /* copies of the choices that were set */
    size_t word_count;
    bool ticked;
    char why[FORM_WHY]; /* what is wrong; empty: nothing known */
};

struct form {
    const struct form_field *fields;
    struct value *values;
    size_t count, cursor; /* the field that has the keys; count: none */
    unsigned page;
    void *ctx;
    bool touched;
    size_t top; /* rows that are scrolled away above */
};

/* ---- life ---- */

struct form *form_new(const struct form_field *fields, size_t count, void *ctx)
{
    struct form *f = ks_alloc(sizeof *f);
    *f = (struct form){.fields = fields,
                       .count = count,
                       .ctx = ctx,
                       .values = ks_alloc_array(count ? count : 1, sizeof *f->values)};
    for (size_t i = 0; i < count; i++) {
        f->values[i] = (struct value){0};
        if (fields[i].kind == FORM_TEXT || fields[i].kind == FORM_SECRET)
            f->values[i].edit = line_edit_new(fields[i].kind == FORM_SECRET);
    }
    form_set_page(f, 0);
    return f;
}

static void drop_words(struct value *v)
{
    for (size_t i = 0; i < v->word_count; i++)
        free(v->words[i]);
    free(v->words);
    v->words = NULL;
    v->word_count = 0;
}

void form_free(struct form *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++) {
        line_edit_free(f->values[i].edit);
        drop_words(&f->values[i]);
    }
    free(f->values);
    free(f);
}

/* ---- values ---- */

/* An id that is not in the table is a mistake in the table: the first field answers for it. */
static size_t find(const struct form *f, const char *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->fields[i].id, id) == 0)
            return i;
    return 0;
}

static struct value *value_of(const struct form *f, const char *id)
{
    return &f->values[find(f, id)];
}

const char *form_text(const struct form *f, const char *id)
{
    return line_edit_text(value_of(f, id)->edit);
}

struct ks_secret *form_secret(const struct form *f, const char *id)
{
    return line_edit_secret(value_of(f, id)->edit);
}

bool form_is_empty(const struct form *f, const char *id)
{
    return line_edit_length(value_of(f, id)->edit) == 0;
}

bool form_same_secret(const struct form *f, const char *a, const char *b)
{
    struct ks_secret *one = form_secret(f, a), *other = form_secret(f, b);
    bool same = ks_secret_equal(one, other);
    ks_secret_free(one);
    ks_secret_free(other);
    return same;
}

size_t form_chosen(const struct form *f, const char *id)
{
    return value_of(f, id)->choice;
}

bool form_ticked(const struct form *f, const char *id)
{
    return value_of(f, id)->ticked;
}

void form_set_text(struct form *f, const char *id, const char *utf8)
{
    line_edit_set(value_of(f, id)->edit, utf8);
}

void form_choose(struct form *f, const char *id, size_t choice)
{
    value_of(f, id)->choice = choice;
}

void form_tick(struct form *f, const char *id, bool on)
{
    value_of(f, id)->ticked = on;
}

void form_set_choices(struct form *f, const char *id, const char *const *words, size_t count)
{
    struct value *v = value_of(f, id);
    drop_words(v);
    v->words = ks_alloc_array(count ? count : 1, sizeof *v->words);
    for (size_t i = 0; i < count; i++)
        v->words[i] = ks_strdup(words[i]);
    v->word_count = count;
    if (v->choice >= count)
        v->choice = 0;
}

static size_t choice_count(const struct form *f, size_t i)
{
    size_t n = 0;
    if (!f->fields[i].choices)
        return f->values[i].word_count;
    while (f->fields[i].choices[n])
        n++;
    return n;
}

static const char *choice_word(const struct form *f, size_t i, size_t choice)
{
    return f->fields[i].choices ? f->fields[i].choices[choice] : f->values[i].words[choice];
}

/* ---- where the cursor can be ---- */

static bool is_shown(const struct form *f, size_t i)
{
    const struct form_field *field = &f->fields[i];
    return field->page == f->page && (!field->shown || field->shown(f, f->ctx));
}

static bool can_enter(const struct form *f, size_t i)
{
    return f->fields[i].kind != FORM_WORDS && is_shown(f, i);
}

static void check_field(struct form *f, size_t i)
{
    struct value *v = &f->values[i];
    v->why[0] = '\0';
    if (f->fields[i].check && is_shown(f, i) && !f->fields[i].check(f, f->ctx, v->why)) {
        if (!v->why[0])
            memcpy(v->why, "not usable", sizeof "not usable");
    } else {
        v->why[0] = '\0';
    }
}

static void leave(struct form *f)
{
    if (f->cursor >= f->count)
        return;
    if (f->fields[f->cursor].kind == FORM_SECRET)
        line_edit_reveal(f->values[f->cursor].edit, false);
    check_field(f, f->cursor);
}

/* The next field that can be entered; false at the end. */
static bool move(struct form *f, bool down)
{
    for (size_t i = f->cursor; down ? i + 1 < f->count : i > 0;) {
        i = down ? i + 1 : i - 1;
        if (!can_enter(f, i))
            continue;
        leave(f);
        f->cursor = i;
        return true;
    }
    return false;
}

unsigned form_page(const struct form *f)
{
    return f->page;
}

void form_set_page(struct form *f, unsigned page)
{
    f->page = page;
    f->top = 0;
    f->cursor = 0;
    while (f->cursor < f->count && !can_enter(f, f->cursor))
        f->cursor++;
}

bool form_check_page(struct form *f)
{
    size_t first = f->count;
    for (size_t i = f->count; i-- > 0;) {
        if (!is_shown(f, i))
            continue;
        check_field(f, i);
        if (f->values[i].why[0])
            first = i;
    }
    if (first == f->count)
        return true;
    f->cursor = first;
    return false;
}

size_t form_wrong(const struct form *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++)
        n += is_shown(f, i) && f->values[i].why[0];
    return n;
}

bool form_touched(const struct form *f)
{
    return f->touched;
}

const char *form_hint(const struct form *f)
{
    const char *hint = f->cursor < f->count ? f->fields[f->cursor].hint : NULL;
    return hint ? hint : "";
}

const char *form_cursor_id(const struct form *f)
{
    return f->cursor < f->count ? f->fields[f->cursor].id : "";
}

bool form_shows_secret(const struct form *f)
{
    return f->cursor < f->count && f->fields[f->cursor].kind == FORM_SECRET &&
           line_edit_revealed(f->values[f->cursor].edit);
}

bool form_hide_secrets(struct form *f)
{
    bool shown = form_shows_secret(f);
    if (shown)
        line_edit_reveal(f->values[f->cursor].edit, false);
    return shown;
}

/* ---- keys ---- */

static enum form_result changed(struct form *f)
{
    f->touched = true;
    f->values[f->cursor].why[0] = '\0'; /* it is looked at again when it is left */
    return FORM_CHANGED;
}

static enum form_result choose(struct form *f, struct ui_key key)
{
    struct value *v = &f->values[f->cursor];
    size_t n = choice_count(f, f->cursor);
    bool right = key.code == UI_KEY_RIGHT || ui_key_is(key, ' ') || ui_key_is(key, 'l');
    bool left = key.code == UI_KEY_LEFT || ui_key_is(key, 'h');
    if (!(left || right) || n == 0)
        return FORM_IGNORED;
    v->choice = right ? (v->choice + 1) % n : (v->choice + n - 1) % n;
    return changed(f);
}

static enum form_result tick(struct form *f, struct ui_key key)
{
    if (!ui_key_is(key, ' ') && !ui_key_is(key, 'x'))
        return FORM_IGNORED;
    f->values[f->cursor].ticked = !f->values[f->cursor].ticked;
    return changed(f);
}

static enum form_result type(struct form *f, struct ui_key key)
{
    struct line_edit *e = f->values[f->cursor].edit;
    enum line_result r;
    if (key.code == UI_KEY_PASTE) {
        size_t len;
        const char *text = ui_paste(&len);
        r = line_edit_insert(e, text, len, NULL);
        f->touched = true;
    } else {
        r = line_edit_key(e, key);
    }
    switch (r) {
    case LINE_CHANGED:
        return changed(f);
    case LINE_MOVED:
        return FORM_STAY;
    case LINE_REFUSED:
        return FORM_REFUSED;
    default:
        return FORM_IGNORED;
    }
}

static enum form_result give(struct form *f, struct ui_key key)
{
    switch (f->fields[f->cursor].kind) {
    case FORM_TEXT:
    case FORM_SECRET:
        return type(f, key);
    case FORM_CHOICE:
        return choose(f, key);
    case FORM_TICK:
        return tick(f, key);
    case FORM_WORDS:
        break;
    }
    return FORM_IGNORED;
}

enum form_result form_key(struct form *f, struct ui_key key)
{
    bool down = key.code == UI_KEY_TAB || key.code == UI_KEY_DOWN || key.code == UI_KEY_ENTER;
    if (down && move(f, true))
        return FORM_STAY;
    if (key.code == UI_KEY_ENTER) {
        leave(f);
        return FORM_NEXT;
    }
    if (key.code == UI_KEY_BACKTAB || key.code == UI_KEY_UP) {
        (void)move(f, false);
        return FORM_STAY;
    }
    if (down)
        return FORM_STAY;
    return f->cursor < f->count ? give(f, key) : FORM_IGNORED;
}

/* ---- drawing ---- */

static int label_columns(const struct form *f)
{
    int widest = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (!is_shown(f, i) || f->fields[i].kind == FORM_TICK)
            continue;
        int width = canvas_width(f->fields[i].label, strlen(f->fields[i].label));
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

static void draw_text_field(const struct value *v, struct ui_pen *pen, bool here)
{
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
            canvas_ext_cut(&inner, text, to - from, CUT_END);
        for (size_t i = 0; !text[0] && i < stars && inner.col < inner.end; i++)
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
    for (size_t c = 0; c < choice_count(f, i); c++)
        width += 2 + canvas_width(choice_word(f, i, c), strlen(choice_word(f, i, c)));
    return width + 2;
}

static void draw_choice(const struct form *f, size_t i, struct ui_pen *pen, bool here)
{
    size_t n = choice_count(f, i), chosen = f->values[i].choice;
    bool all = choices_width(f, i) <= pen->end - pen->col;
    if (here)
        canvas_cursor(pen->row, pen->col, false);
    for (size_t c = 0; c < n; c++) {
        bool this_one = c == chosen;
        if (!all && !this_one)
            continue;
        pen->role = this_one && here ? ROLE_SELECT : this_one ? ROLE_LABEL : ROLE_TEXT;
        canvas_text(pen, this_one ? "<" : " ");
        canvas_ext_cut(pen, choice_word(f, i, c), pen->end - pen->col - 1, CUT_END);
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

static void draw_field(struct layout *l, size_t i)
{
    struct form *f = l->form;
    bool here = i == f->cursor;
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
                draw_text_field(&f->values[i], &pen, here);
        }
    }
    l->row++;
}

/* Text in rows under the labels' column, the first with the label. */
static void draw_rows(struct layout *l, const char *label, const char *text, enum ui_role badge)
{
    struct wrapped w = {0};
    int indent = l->labels ? l->labels + GAP : 0, mark = badge == ROLE_ERROR ? 2 : 0;
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

static void draw_words(struct layout *l, size_t i)
{
    struct form *f = l->form;
    struct ks_buf text = KS_BUF_INIT;
    f->fields[i].words(f, f->ctx, &text);
    if (text.len)
        draw_rows(l, f->fields[i].label, ks_buf_text(&text), ROLE_TEXT);
    ks_buf_free(&text);
}

static void lay_out(struct layout *l)
{
    struct form *f = l->form;
    l->row = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (!is_shown(f, i))
            continue;
        size_t from = l->row;
        if (f->fields[i].kind == FORM_WORDS)
            draw_words(l, i);
        else
            draw_field(l, i);
        if (f->values[i].why[0])
            draw_rows(l, "", f->values[i].why, ROLE_ERROR);
        if (i == f->cursor) {
            l->field_row = from;
            l->field_rows = l->row - from;
        }
    }
}

void form_draw(struct form *f, struct ui_rect area)
{
    struct layout l = {.form = f, .area = area, .labels = label_columns(f), .measure = true};
    size_t rows = area.rows > 0 ? (size_t)area.rows : 1;
    lay_out(&l);
    /* The field with the cursor, and what is wrong with it, stay in sight. */
    if (l.field_row + l.field_rows > f->top + rows)
        f->top = l.field_row + l.field_rows - rows;
    if (l.field_row < f->top)
        f->top = l.field_row;
    size_t all = l.row;
    l.measure = false;
    lay_out(&l);
    if (all > f->top + rows)
        canvas_more(area.row + area.rows - 1, area.col + area.cols, area.cols, ROLE_TEXT,
                    GLYPH_DOWN, all - f->top - rows);
}
