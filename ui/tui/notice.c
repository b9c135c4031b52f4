/*
 * A box with text to read, wrapped at words and scrolled when it is long. y copies it.
 */
#include "tui/dialog.h"

#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/list.h"
#include "tui/wrap.h"

#include <stdlib.h>
#include <string.h>

struct notice {
    char *title, *text;
    char *copy; /* what y copies; NULL: the text */
    struct wrapped wrapped;
    struct list list; /* the cursor is the first row shown */
    int width;
    bool told; /* only Enter and Esc act */
};

struct notice_text {
    const char *title, *text, *copy;
    bool told;
};

static void notice_open(struct app *app, void *state, void *arg)
{
    struct notice *n = state;
    const struct notice_text *t = arg;
    (void)app;
    n->title = ks_strdup(t->title);
    n->text = ks_strdup(t->text);
    n->copy = t->copy ? ks_strdup(t->copy) : NULL;
    n->told = t->told;
}

static void notice_close(struct app *app, void *state)
{
    struct notice *n = state;
    (void)app;
    wrapped_free(&n->wrapped);
    free(n->title);
    free(n->text);
    free(n->copy);
}

static size_t last_top(const struct notice *n)
{
    size_t rows = (size_t)n->list.rows;
    return n->wrapped.count > rows ? n->wrapped.count - rows : 0;
}

static void scroll(struct notice *n, bool down, size_t by)
{
    size_t top = n->list.top;
    if (down)
        n->list.top = top + by < last_top(n) ? top + by : last_top(n);
    else
        n->list.top = top > by ? top - by : 0;
}

static enum ui_next notice_key(struct app *app, void *state, struct ui_key key)
{
    struct notice *n = state;
    size_t page = n->list.rows > 1 ? (size_t)n->list.rows - 1 : 1;
    bool closes = key.code == UI_KEY_ENTER || key.code == UI_KEY_ESC || ui_key_is(key, 'C' - 0x40);
    if (n->told)
        return closes ? UI_CLOSE : UI_STAY;
    if (ui_key_is(key, 'y')) {
        const char *copied = n->copy ? n->copy : n->text;
        app_copy(app, n->copy ? "The PEM" : "This text", copied, strlen(copied));
        return UI_REDRAW;
    }
    if (ui_key_is(key, 'E')) {
        app_pager(app, n->text, strlen(n->text));
        return UI_REDRAW;
    }
    switch (ui_command_for_key(key, ON_ANY)) {
    case CMD_DOWN:
        scroll(n, true, 1);
        return UI_REDRAW;
    case CMD_UP:
        scroll(n, false, 1);
        return UI_REDRAW;
    case CMD_PAGE_DOWN:
    case CMD_HALF_DOWN:
    case CMD_MARK: /* Space */
        scroll(n, true, page);
        return UI_REDRAW;
    case CMD_PAGE_UP:
    case CMD_HALF_UP:
        scroll(n, false, page);
        return UI_REDRAW;
    case CMD_FIRST:
        scroll(n, false, n->wrapped.count);
        return UI_REDRAW;
    case CMD_LAST:
        scroll(n, true, n->wrapped.count);
        return UI_REDRAW;
    case CMD_ENTER:
    case CMD_CANCEL:
    case CMD_BACK:
    case CMD_OUT:
        return UI_CLOSE;
    default:
        return UI_STAY;
    }
}

static bool notice_grabs(struct app *app, void *state)
{
    (void)app, (void)state;
    return true;
}

static void notice_draw(struct app *app, void *state, struct ui_rect area)
{
    struct notice *n = state;
    (void)app;
    int width = area.cols > 76 ? 76 : area.cols;
    if (width != n->width) {
        n->width = width;
        wrapped_set(&n->wrapped, n->text, width - 4, true);
    }
    int rows = (int)n->wrapped.count + 2;
    rows = rows > area.rows ? area.rows : rows;
    n->list.count = n->wrapped.count;
    n->list.rows = rows - 2;
    if (n->list.top > last_top(n))
        n->list.top = last_top(n);
    struct ui_rect box = {area.row + (area.rows - rows) / 2, area.col + (area.cols - width) / 2,
                          rows, width};
    canvas_box(box, n->title, n->told ? "Enter goes on" : "y copy  E pager  Esc back");
    for (int row = 0; row < n->list.rows; row++) {
        struct ui_pen pen =
            ui_pen(box.row + 1 + row, box.col + 2, box.col + box.cols - 2, ROLE_TEXT);
        wrapped_draw(&n->wrapped, n->list.top + (size_t)row, &pen);
    }
    struct ui_rect inner = {box.row + 1, box.col + 2, box.rows - 2, box.cols - 4};
    list_draw_more(&n->list, inner, ROLE_TEXT);
    canvas_cursor(box.row + 1, box.col + 2, false);
}

static const struct view view_notice = {
    .name = "notice",
    .state_size = sizeof(struct notice),
    .overlay = true,
    .open = notice_open,
    .close = notice_close,
    .draw = notice_draw,
    .key = notice_key,
    .grabs_keys = notice_grabs,
};

void notice_show(struct app *app, const char *title, const char *text)
{
    struct notice_text t = {title, text, NULL, false};
    app_push(app, &view_notice, &t);
}

void notice_copies(struct app *app, const char *title, const char *text, const char *copy)
{
    struct notice_text t = {title, text, copy, false};
    app_push(app, &view_notice, &t);
}

void notice_tell(struct app *app, const char *title, const char *text)
{
    struct notice_text t = {title, text, NULL, true};
    app_push(app, &view_notice, &t);
}
