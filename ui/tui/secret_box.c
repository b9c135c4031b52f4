/*
 * A stored passphrase, shown for as long as somebody looks: any key closes the box, 30 seconds do
 * too, and so does a suspend. It cannot be copied from here by a key of ksx.
 */
#include "tui/dialog.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "tui/app_state.h"
#include "tui/line_edit.h"
#include "tui/term.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MS 30000

struct secret_box {
    char *title;
    struct line_edit *edit; /* locked memory, and the way to cells */
    int64_t until;
    unsigned suspends;
};

struct secret_arg {
    char *title;
    const struct ks_secret *secret;
};

static void open_box(struct app *app, void *state, void *arg)
{
    struct secret_box *b = state;
    const struct secret_arg *a = arg;
    struct ks_slice bytes = ks_secret_bytes(a->secret);
    *b = (struct secret_box){.title = a->title,
                             .edit = line_edit_new(true),
                             .until = term_now() + SHOWN_MS,
                             .suspends = app->suspends};
    (void)line_edit_insert(b->edit, (const char *)bytes.data, bytes.len, NULL);
    line_edit_reveal(b->edit, true);
    app_wake_in(app, SHOWN_MS);
}

static void close_box(struct app *app, void *state)
{
    struct secret_box *b = state;
    (void)app;
    line_edit_free(b->edit);
    free(b->title);
}

static void draw(struct app *app, void *state, struct ui_rect area)
{
    struct secret_box *b = state;
    (void)app;
    int width = area.cols < 60 ? area.cols : 60;
    struct ui_rect box = {area.row + (area.rows - 3) / 2, area.col + (area.cols - width) / 2, 3,
                          width};
    canvas_box(box, b->title, "any key hides it");
    line_edit_draw(b->edit, box.row + 1, box.col + 2, box.col + box.cols - 2, ' ');
}

static enum ui_next key(struct app *app, void *state, struct ui_key k)
{
    (void)app, (void)state, (void)k;
    return UI_CLOSE;
}

static bool grabs(struct app *app, void *state)
{
    (void)app, (void)state;
    return true;
}

static enum ui_next idle(struct app *app, void *state)
{
    const struct secret_box *b = state;
    return term_now() >= b->until || b->suspends != app->suspends ? UI_CLOSE : UI_STAY;
}

static const struct view view_secret = {
    .name = "secret",
    .state_size = sizeof(struct secret_box),
    .overlay = true,
    .open = open_box,
    .close = close_box,
    .draw = draw,
    .key = key,
    .grabs_keys = grabs,
    .idle = idle,
};

void secret_show(struct app *app, const char *title, const struct ks_secret *secret)
{
    struct secret_arg a = {ks_strdup(title), secret};
    app_push(app, &view_secret, &a);
}
