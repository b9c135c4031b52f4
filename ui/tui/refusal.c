/*
 * A box about what was refused: what did not happen and why, what can be done, and the letters that
 * do it.
 */
#include "tui/wizard_state.h"

#include "base/alloc.h"
#include "tui/wrap.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 76

struct refusal_state {
    char *title;
    struct ks_error err;
    const struct wizard_key *ways;
    void *ctx;
    struct wrapped wrapped;
    int width;
};

static bool is_shown(const struct refusal_state *r, const struct wizard_key *way)
{
    return !way->shown || way->shown(r->ctx);
}

static char *text_of(const struct refusal_state *r)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_printf(&text, "%s.\n", r->err.what);
    if (r->err.next[0])
        ks_buf_printf(&text, "\n%s.\n", r->err.next);
    ks_buf_byte(&text, '\n');
    for (const struct wizard_key *way = r->ways; way && way->key; way++)
        if (is_shown(r, way))
            ks_buf_printf(&text, "  %c  %s\n", way->key, way->word);
    ks_buf_printf(&text, "  b  back to the form\n\ncode %s", r->err.slug);
    char *out = ks_strdup(ks_buf_text(&text));
    ks_buf_free(&text);
    return out;
}

static void open_refusal(struct app *app, void *state, void *arg)
{
    struct refusal_state *r = state;
    const struct refusal *from = arg;
    (void)app;
    *r = (struct refusal_state){
        .title = ks_strdup(from->title), .err = *from->err, .ways = from->ways, .ctx = from->ctx};
}

static void close_refusal(struct app *app, void *state)
{
    struct refusal_state *r = state;
    (void)app;
    wrapped_free(&r->wrapped);
    free(r->title);
}

static void copy_text(struct app *app, const struct refusal_state *r)
{
    char *text = ks_asprintf("%s. %s%s(%s)", r->err.what, r->err.next, r->err.next[0] ? ". " : "",
                             r->err.slug);
    app_copy(app, "This text", text, strlen(text));
    free(text);
}

static enum ui_next refusal_key(struct app *app, void *state, struct ui_key key)
{
    struct refusal_state *r = state;
    if (key.code == UI_KEY_ENTER || key.code == UI_KEY_ESC || ui_key_is(key, 'C' - 0x40) ||
        ui_key_is(key, 'b') || ui_key_is(key, 'q'))
        return UI_CLOSE;
    if (ui_key_is(key, 'y')) {
        copy_text(app, r);
        return UI_REDRAW;
    }
    for (const struct wizard_key *way = r->ways; way && way->key; way++) {
        if (!ui_key_is(key, way->key) || !is_shown(r, way))
            continue;
        void (*act)(struct app *, void *) = way->act;
        void *ctx = r->ctx;
        app_close_view(app, r);
        act(app, ctx);
        return UI_STAY;
    }
    return UI_STAY;
}

static bool refusal_grabs(struct app *app, void *state)
{
    (void)app, (void)state;
    return true;
}

static void refusal_draw(struct app *app, void *state, struct ui_rect area)
{
    struct refusal_state *r = state;
    int width = area.cols > WIDTH ? WIDTH : area.cols;
    (void)app;
    if (width != r->width) {
        char *text = text_of(r);
        r->width = width;
        wrapped_set(&r->wrapped, text, width - 4, true);
        free(text);
    }
    int rows = (int)r->wrapped.count + 2;
    rows = rows > area.rows ? area.rows : rows;
    struct ui_rect box = {area.row + (area.rows - rows) / 2, area.col + (area.cols - width) / 2,
                          rows, width};
    canvas_box(box, r->title, "y copies this text  Esc back");
    for (int row = 0; row < rows - 2; row++) {
        struct ui_pen pen =
            ui_pen(box.row + 1 + row, box.col + 2, box.col + box.cols - 2, ROLE_TEXT);
        wrapped_draw(&r->wrapped, (size_t)row, &pen);
    }
    canvas_cursor(box.row + 1, box.col + 2, false);
}

static const struct view view_refusal = {
    .name = "refusal",
    .state_size = sizeof(struct refusal_state),
    .overlay = true,
    .open = open_refusal,
    .close = close_refusal,
    .draw = refusal_draw,
    .key = refusal_key,
    .grabs_keys = refusal_grabs,
};

void refusal_show(struct app *app, const struct refusal *refusal)
{
    struct refusal arg = *refusal;
    app_push(app, &view_refusal, &arg);
}
