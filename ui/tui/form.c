#include "tui/form_state.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 4

/* ---- life ---- */

static void make_value(const struct form_field *field, struct form_value *v)
{
    *v = (struct form_value){0};
    switch (field->kind) {
    case FORM_TEXT:
    case FORM_PATH:
    case FORM_SECRET:
        v->edit = line_edit_new(field->kind == FORM_SECRET);
        break;
    case FORM_LINES:
        v->area = text_area_new();
        break;
    default:
        break;
    }
}

struct form *form_new(const struct form_field *fields, size_t count, void *ctx)
{
    struct form *f = ks_alloc(sizeof *f);
    *f = (struct form){.fields = fields,
                       .count = count,
                       .ctx = ctx,
                       .values = ks_alloc_array(count ? count : 1, sizeof *f->values)};
    for (size_t i = 0; i < count; i++)
        make_value(&fields[i], &f->values[i]);
    form_set_page(f, 0);
    return f;
}

static void drop_words(struct form_value *v)
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
        text_area_free(f->values[i].area);
        form_forget_lines(&f->values[i]);
        form_drop_picks(&f->values[i]);
        drop_words(&f->values[i]);
    }
    ks_buf_free(&f->said);
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

static struct form_value *value_of(const struct form *f, const char *id)
{
    return &f->values[find(f, id)];
}

const char *form_text(const struct form *f, const char *id)
{
    const struct form_value *v = value_of(f, id);
    return v->area ? text_area_text(v->area) : line_edit_text(v->edit);
}

struct ks_secret *form_secret(const struct form *f, const char *id)
{
    return line_edit_secret(value_of(f, id)->edit);
}

bool form_is_empty(const struct form *f, const char *id)
{
    const struct form_value *v = value_of(f, id);
    if (v->area)
        return text_area_is_empty(v->area);
    size_t blanks =
        f->fields[find(f, id)].kind == FORM_PATH ? strspn(line_edit_text(v->edit), " ") : 0;
    return line_edit_length(v->edit) == blanks;
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

/* What was agreed to was agreed to for the former value. */
static void untick_dependents(struct form *f, const char *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->fields[i].holds_for && strcmp(f->fields[i].holds_for, id) == 0)
            f->values[i].ticked = false;
}

void form_set_text(struct form *f, const char *id, const char *utf8)
{
    struct form_value *v = value_of(f, id);
    if (v->area)
        text_area_set(v->area, utf8);
    else
        line_edit_set(v->edit, utf8);
    v->remarked = false;
    v->why[0] = '\0';
    form_forget_lines(v);
    untick_dependents(f, id);
}

void form_type_text(struct form *f, const char *id, const char *utf8)
{
    form_set_text(f, id, utf8);
    f->touched = true;
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
    struct form_value *v = value_of(f, id);
    drop_words(v);
    v->words = ks_alloc_array(count ? count : 1, sizeof *v->words);
    for (size_t i = 0; i < count; i++)
        v->words[i] = ks_strdup(words[i]);
    v->word_count = count;
    if (v->choice >= count)
        v->choice = 0;
}

size_t form_choice_count(const struct form *f, size_t i)
{
    size_t n = 0;
    if (!f->fields[i].choices)
        return f->values[i].word_count;
    while (f->fields[i].choices[n])
        n++;
    return n;
}

const char *form_choice_word(const struct form *f, size_t i, size_t choice)
{
    return f->fields[i].choices ? f->fields[i].choices[choice] : f->values[i].words[choice];
}

const char *form_chosen_word(const struct form *f, const char *id)
{
    size_t i = find(f, id), choice = f->values[i].choice;
    return choice < form_choice_count(f, i) ? form_choice_word(f, i, choice) : "";
}

size_t form_rows_of(const struct form_field *field)
{
    return field->rows ? field->rows : ROWS;
}

/* ---- checks ---- */

bool form_is_shown(const struct form *f, size_t i)
{
    const struct form_field *field = &f->fields[i];
    return field->page == f->page && (!field->shown || field->shown(f, f->ctx));
}

static bool can_enter(const struct form *f, size_t i)
{
    if (f->fields[i].kind == FORM_WORDS || !form_is_shown(f, i))
        return false;
    return f->fields[i].kind != FORM_PICKS || f->values[i].pick_count > 0;
}

static void check_field(struct form *f, size_t i)
{
    struct form_value *v = &f->values[i];
    v->remarked = false;
    v->why[0] = '\0';
    if (!form_is_shown(f, i))
        return;
    if (v->area)
        form_check_lines(f, i);
    if (v->why[0] || !f->fields[i].check)
        return;
    if (f->fields[i].check(f, f->ctx, v->why))
        v->why[0] = '\0';
    else if (!v->why[0])
        memcpy(v->why, "not usable", sizeof "not usable");
}

void form_remark(struct form *f, const char *id, const char *why)
{
    struct form_value *v = value_of(f, id);
    snprintf(v->why, sizeof v->why, "%s", why);
    v->remarked = why[0] != '\0';
}

/* ---- where the cursor can be ---- */

static void leave(struct form *f)
{
    if (f->cursor >= f->count)
        return;
    struct form_value *v = &f->values[f->cursor];
    if (f->fields[f->cursor].kind == FORM_SECRET)
        line_edit_reveal(v->edit, false);
    v->typed = v->ways_said = false;
    if (!v->remarked)
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
        if (f->fields[i].kind == FORM_LINES && f->fields[i].fresh_line)
            text_area_go_fresh(f->values[i].area); /* what is typed is the next item */
        return true;
    }
    return false;
}

unsigned form_page(const struct form *f)
{
    return f->page;
}

static void go_first(struct form *f)
{
    f->cursor = 0;
    while (f->cursor < f->count && !can_enter(f, f->cursor))
        f->cursor++;
}

void form_set_page(struct form *f, unsigned page)
{
    (void)form_hide_secrets(f);
    if (f->page < FORM_PAGES)
        f->left_at[f->page] = f->cursor;
    f->page = page;
    f->top = f->below = 0;
    go_first(f);
}

void form_turn_to(struct form *f, unsigned page)
{
    form_set_page(f, page);
    size_t at = page < FORM_PAGES ? f->left_at[page] : 0;
    if (at < f->count && can_enter(f, at))
        f->cursor = at;
}

void form_focus(struct form *f, const char *id)
{
    size_t i = find(f, id);
    if (i < f->count && can_enter(f, i))
        f->cursor = i;
}

bool form_check_page(struct form *f)
{
    size_t first = f->count;
    for (size_t i = f->count; i-- > 0;) {
        if (!form_is_shown(f, i))
            continue;
        check_field(f, i);
        if (f->values[i].why[0])
            first = i;
    }
    if (first == f->count)
        return true;
    if (can_enter(f, first))
        f->cursor = first;
    if (f->values[first].area)
        form_go_to_wrong_line(&f->values[first]);
    return false;
}

size_t form_wrong(const struct form *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++)
        n += form_is_shown(f, i) && f->values[i].why[0];
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

const struct form_field *form_cursor_field(const struct form *f)
{
    return f->cursor < f->count ? &f->fields[f->cursor] : NULL;
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

void form_say(struct form *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    f->said.len = 0;
    ks_buf_vprintf(&f->said, fmt, args);
    va_end(args);
}

const char *form_said(const struct form *f)
{
    return f->said.len ? ks_buf_text((struct ks_buf *)(uintptr_t)&f->said) : "";
}

enum form_result form_changed(struct form *f)
{
    struct form_value *v = &f->values[f->cursor];
    f->touched = true;
    v->remarked = false;
    v->why[0] = '\0';
    untick_dependents(f, f->fields[f->cursor].id);
    return FORM_CHANGED;
}

/* Whoever types a text here is in another field than they think: nothing of it counts. */
enum form_result form_no_text(struct form *f, struct ui_key key, const char *keys)
{
    if (key.code == UI_KEY_PASTE || (key.code == UI_KEY_CHAR && key.ch >= 0x20 && key.ch != 0x7f))
        form_say(f, "%s; no text goes here. Tab goes to the next field.", keys);
    return FORM_IGNORED;
}

static enum form_result choose(struct form *f, struct ui_key key)
{
    struct form_value *v = &f->values[f->cursor];
    size_t n = form_choice_count(f, f->cursor);
    bool right = key.code == UI_KEY_RIGHT || ui_key_is(key, ' ');
    if (!(right || key.code == UI_KEY_LEFT) || n == 0)
        return form_no_text(f, key, "Left and Right choose");
    v->choice = right ? (v->choice + 1) % n : (v->choice + n - 1) % n;
    return form_changed(f);
}

static enum form_result tick(struct form *f, struct ui_key key)
{
    const char *about = f->fields[f->cursor].holds_for;
    if (!ui_key_is(key, ' '))
        return form_no_text(f, key, "Space sets and clears a tick");
    f->values[f->cursor].ticked = !f->values[f->cursor].ticked;
    if (about && value_of(f, about)->why[0])
        check_field(f, find(f, about));
    return form_changed(f);
}

static enum form_result give(struct form *f, struct ui_key key)
{
    switch (f->fields[f->cursor].kind) {
    case FORM_PATH:
        if (ui_key_is(key, 'O' - 0x40))
            return FORM_BROWSE;
        return form_type(f, key);
    case FORM_TEXT:
    case FORM_SECRET:
        return form_type(f, key);
    case FORM_LINES:
        return form_type_lines(f, key);
    case FORM_CHOICE:
        return choose(f, key);
    case FORM_TICK:
        return tick(f, key);
    case FORM_PICKS:
        return form_pick_key(f, key);
    case FORM_WORDS:
        break;
    }
    return FORM_IGNORED;
}

/* Keys that would move to another field, in a field of several rows. */
static bool stays_inside(const struct form *f, struct ui_key key)
{
    bool arrow = key.code == UI_KEY_UP || key.code == UI_KEY_DOWN;
    if (f->cursor >= f->count)
        return false;
    switch (f->fields[f->cursor].kind) {
    case FORM_LINES:
        return arrow || key.code == UI_KEY_ENTER;
    case FORM_PICKS:
        return arrow && form_picks_take(f);
    default:
        return false;
    }
}

/* ---- a page of words alone ---- */

static bool is_read(const struct form *f)
{
    return f->cursor >= f->count;
}

bool form_has_more(const struct form *f)
{
    return is_read(f) && f->below > 0;
}

static void scroll(struct form *f, size_t up, size_t down)
{
    f->top = f->top > up ? f->top - up : 0;
    f->top += f->below < down ? f->below : down;
}

static bool read_key(struct form *f, struct ui_key key)
{
    bool up = key.code == UI_KEY_UP, down = key.code == UI_KEY_DOWN;
    if (!up && !down && key.code != UI_KEY_HOME && key.code != UI_KEY_END)
        return false;
    scroll(f, up ? 1 : key.code == UI_KEY_HOME ? f->top : 0,
           down ? 1 : key.code == UI_KEY_END ? f->below : 0);
    return true;
}

enum form_result form_key(struct form *f, struct ui_key key)
{
    bool down = key.code == UI_KEY_TAB || key.code == UI_KEY_DOWN || key.code == UI_KEY_ENTER;
    f->said.len = 0;
    if (is_read(f) && read_key(f, key))
        return FORM_STAY;
    if (stays_inside(f, key))
        return give(f, key);
    if (key.code == UI_KEY_TAB && form_complete(f))
        return FORM_COMPLETED;
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
    if (key.code == UI_KEY_TAB && f->cursor < f->count) {
        leave(f);
        go_first(f);
    }
    if (down)
        return FORM_STAY;
    return f->cursor < f->count ? give(f, key) : FORM_IGNORED;
}
