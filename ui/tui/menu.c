/*
 * Pop-up list with one letter a line. A line that cannot act now stays and says why.
 */
#include "tui/dialog.h"

#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/list.h"

#include <stdlib.h>
#include <string.h>

struct menu_line {
    char key;
    char *label, *refused;
};

struct menu {
    char *title;
    struct menu_line *lines;
    size_t count;
    struct list list;
    bool plainly, answered;
    void (*done)(struct app *app, void *ctx, char key);
    void *ctx;
};

struct menu_question { /* the argument of open() */
    const char *title;
    const struct menu_item *items;
    size_t count;
    bool plainly;
    void (*done)(struct app *app, void *ctx, char key);
    void *ctx;
};

static void menu_open(struct app *app, void *state, void *arg)
{
    struct menu *m = state;
    const struct menu_question *q = arg;
    (void)app;
    *m = (struct menu){.title = ks_strdup(q->title),
                       .count = q->count,
                       .plainly = q->plainly,
                       .done = q->done,
                       .ctx = q->ctx,
                       .lines = ks_alloc_array(q->count, sizeof *m->lines)};
    for (size_t i = 0; i < q->count; i++) {
        const struct menu_item *item = &q->items[i];
        m->lines[i] = (struct menu_line){item->key, ks_strdup(item->label),
                                         item->refused ? ks_strdup(item->refused) : NULL};
    }
    list_fit(&m->list, m->count, (int)m->count);
    size_t first = 0;
    while (first + 1 < m->count && (!m->lines[first].key || m->lines[first].refused))
        first++;
    list_select(&m->list, first);
}

static void menu_close(struct app *app, void *state)
{
    struct menu *m = state;
    if (!m->answered) /* the program ends */
        m->done(app, m->ctx, 0);
    for (size_t i = 0; i < m->count; i++) {
        free(m->lines[i].label);
        free(m->lines[i].refused);
    }
    free(m->lines);
    free(m->title);
}

/* The menu is gone before done() runs: it may open the next box. */
static enum ui_next menu_answer(struct app *app, struct menu *m, char key)
{
    void (*done)(struct app *, void *, char) = m->done;
    void *ctx = m->ctx;
    m->answered = true;
    app_close_view(app, m);
    done(app, ctx, key);
    return UI_STAY;
}

static enum ui_next menu_choose(struct app *app, struct menu *m, size_t i)
{
    list_select(&m->list, i);
    if (!m->lines[i].key)
        return UI_STAY;
    if (!m->lines[i].refused)
        return menu_answer(app, m, m->lines[i].key);
    app_message(app, "%s: %s", m->lines[i].label, m->lines[i].refused);
    return UI_REDRAW;
}

static enum ui_next menu_key(struct app *app, void *state, struct ui_key key)
{
    struct menu *m = state;
    for (size_t i = 0; i < m->count; i++)
        if (m->lines[i].key && ui_key_is(key, m->lines[i].key))
            return menu_choose(app, m, i);
    if (key.code == UI_KEY_ESC || ui_key_is(key, 'C' - 0x40) || ui_key_is(key, 'q'))
        return menu_answer(app, m, 0);
    if (key.code == UI_KEY_ENTER && m->plainly)
        return UI_STAY;
    if (key.code == UI_KEY_ENTER && m->count > 0)
        return menu_choose(app, m, m->list.cursor);
    return list_command(&m->list, ui_command_for_key(key, ON_ANY)) ? UI_REDRAW : UI_STAY;
}

static bool menu_grabs(struct app *app, void *state)
{
    (void)app, (void)state;
    return true;
}

static int line_width(const struct menu_line *l)
{
    int width = 5 + canvas_width(l->label, strlen(l->label));
    return l->refused ? width + 2 + canvas_width(l->refused, strlen(l->refused)) : width;
}

static void draw_line(const struct menu *m, size_t i, struct ui_pen pen)
{
    const struct menu_line *l = &m->lines[i];
    char key[2] = {l->key, '\0'};
    bool here = i == m->list.cursor;
    if (here && !m->plainly) /* where Enter does nothing, no line looks as if it did */
        pen.role = pen.under = ROLE_SELECT;
    if (here)
        canvas_cursor(pen.row, pen.col + 1, false);
    if (!l->key) {
        canvas_text(&pen, " ");
        canvas_ext_cut(&pen, l->label, pen.end - pen.col, CUT_MIDDLE);
        canvas_fill(&pen);
        return;
    }
    enum ui_role base = pen.role;
    canvas_text(&pen, l->refused ? "-" : " ");
    pen.role = ROLE_HOTKEY;
    canvas_text(&pen, key);
    pen.role = base;
    canvas_text(&pen, "  ");
    canvas_ext_cut(&pen, l->label, pen.end - pen.col, CUT_END);
    if (l->refused) {
        canvas_text(&pen, ": ");
        canvas_ext_cut(&pen, l->refused, pen.end - pen.col, CUT_END);
    }
    canvas_fill(&pen);
}

static int menu_width(const struct menu *m)
{
    int width = canvas_width(m->title, strlen(m->title)) + 8;
    for (size_t i = 0; i < m->count; i++)
        width = line_width(&m->lines[i]) + 3 > width ? line_width(&m->lines[i]) + 3 : width;
    int least = m->plainly ? 41 : 34; /* for the words in the frame */
    return width < least ? least : width;
}

static void menu_draw(struct app *app, void *state, struct ui_rect area)
{
    struct menu *m = state;
    (void)app;
    int width = menu_width(m) > area.cols ? area.cols : menu_width(m);
    int rows = (int)m->count + 2 > area.rows ? area.rows : (int)m->count + 2;
    struct ui_rect box = {area.row + (area.rows - rows) / 2, area.col + (area.cols - width) / 2,
                          rows, width};
    struct ui_rect inner = {box.row + 1, box.col + 1, rows - 2, width - 2};
    canvas_box(box, m->title,
               m->plainly ? "Esc back. There is no default key." : "Enter choose  Esc back");
    list_fit(&m->list, m->count, inner.rows);
    for (int row = 0; row < inner.rows && m->list.top + (size_t)row < m->count; row++)
        draw_line(m, m->list.top + (size_t)row,
                  ui_pen(inner.row + row, inner.col, inner.col + inner.cols, ROLE_TEXT));
    list_draw_more(&m->list, inner, ROLE_TEXT);
}

static const struct view view_menu = {
    .name = "menu",
    .state_size = sizeof(struct menu),
    .overlay = true,
    .open = menu_open,
    .close = menu_close,
    .draw = menu_draw,
    .key = menu_key,
    .grabs_keys = menu_grabs,
};

void menu_ask(struct app *app, const char *title, const struct menu_item *items, size_t count,
              void (*done)(struct app *app, void *ctx, char key), void *ctx)
{
    struct menu_question q = {title, items, count, false, done, ctx};
    app_push(app, &view_menu, &q);
}

void menu_ask_plainly(struct app *app, const char *title, const struct menu_item *items,
                      size_t count, void (*done)(struct app *app, void *ctx, char key), void *ctx)
{
    struct menu_question q = {title, items, count, true, done, ctx};
    app_push(app, &view_menu, &q);
}
