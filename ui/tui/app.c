#include "tui/app.h"

#include "base/alloc.h"
#include "base/text.h"
#include "tui/app_state.h"
#include "tui/edit.h"
#include "tui/edit_store.h"
#include "tui/prompt.h"
#include "tui/saving.h"
#include "tui/term.h"
#include "tui/view_explain.h"
#include "tui/view_findings.h"
#include "tui/view_scan.h"
#include "tui/view_store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- messages ---- */

static void set_message(struct app *app, enum ui_role badge, const char *fmt, va_list args)
{
    vsnprintf(app->message, sizeof app->message, fmt, args);
    app->message_badge = badge;
    app->dirty = true;
}

void app_message(struct app *app, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set_message(app, ROLE_TEXT, fmt, args);
    va_end(args);
}

void app_warn(struct app *app, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set_message(app, ROLE_WARNING, fmt, args);
    va_end(args);
}

void app_error(struct app *app, const struct ks_error *err)
{
    snprintf(app->message, sizeof app->message, "%s%s%s", err->what, err->next[0] ? "; " : "",
             err->next);
    app->message_badge = ROLE_ERROR;
    app->dirty = true;
}

void app_hint(struct app *app, enum ui_role badge, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(app->hint, sizeof app->hint, fmt, args);
    va_end(args);
    app->hint_badge = badge;
}

/* ---- views ---- */

struct frame *app_top(struct app *app)
{
    return &app->stack[app->depth - 1];
}

void *app_find_view(const struct app *app, const struct view *view)
{
    for (size_t i = 0; i < app->depth; i++)
        if (app->stack[i].view == view)
            return app->stack[i].state;
    return NULL;
}

void app_push(struct app *app, const struct view *view, void *arg)
{
    if (app->depth == VIEWS_MAX)
        return;
    struct frame *f = &app->stack[app->depth++];
    *f = (struct frame){view, ks_alloc(view->state_size)};
    app->dirty = app->idle_due = true;
    if (view->open)
        view->open(app, f->state, arg);
}

static void close_frame(struct app *app, struct frame f)
{
    if (f.view && f.view->close)
        f.view->close(app, f.state);
    free(f.state);
}

void app_drop_aside(struct app *app)
{
    struct frame f = app->aside;
    app->aside = (struct frame){NULL, NULL};
    close_frame(app, f);
}

/* Takes a view off the stack without closing it. */
static struct frame take_view(struct app *app, void *state)
{
    struct frame f = {NULL, NULL};
    for (size_t i = app->depth; i > 0 && !f.view; i--) {
        if (app->stack[i - 1].state != state)
            continue;
        f = app->stack[i - 1];
        memmove(&app->stack[i - 1], &app->stack[i], (app->depth - i) * sizeof f);
        app->depth--;
        prompt_drop(app, state);
        app->dirty = app->idle_due = true;
    }
    return f;
}

void app_close_view(struct app *app, void *state)
{
    close_frame(app, take_view(app, state));
}

static void put_aside(struct app *app, void *state)
{
    app_drop_aside(app);
    app->aside = take_view(app, state);
    while (app->depth > 1) /* help, when that is where it was called from */
        app_close_view(app, app_top(app)->state);
}

static void bring_back(struct app *app)
{
    app->stack[app->depth++] = app->aside;
    app->aside = (struct frame){NULL, NULL};
    app->dirty = app->idle_due = true;
}

void app_apply(struct app *app, void *state, enum ui_next next)
{
    switch (next) {
    case UI_IGNORED:
    case UI_STAY:
        break;
    case UI_REDRAW:
        app->dirty = true;
        break;
    case UI_CLOSE:
        app_close_view(app, state);
        if (app->depth == 0)
            app->quitting = true;
        break;
    case UI_ASIDE:
        put_aside(app, state);
        break;
    case UI_QUIT:
        app->quitting = true;
        break;
    }
}

void app_redraw(struct app *app)
{
    app->dirty = true;
}

bool app_plain(const struct app *app)
{
    return app->opts->plain;
}

void app_wake_in(struct app *app, int ms)
{
    int64_t at = term_now() + ms;
    if (!app->wake_at || at < app->wake_at)
        app->wake_at = at;
}

void app_goto(struct app *app, const struct ui_file *f, long entry, int cert)
{
    view_store_goto(app, app->stack[0].state, f, entry, cert);
}

const struct ui_file *app_selected(const struct app *app, const char **alias)
{
    return view_store_selected(app->stack[0].state, alias);
}

/* ---- commands ---- */

static unsigned context_of(struct app *app, const struct frame *f)
{
    return f->view->context_now ? f->view->context_now(app, f->state) : f->view->context;
}

unsigned app_context(struct app *app, bool below)
{
    return context_of(app, &app->stack[app->depth - (below && app->depth > 1 ? 2 : 1)]);
}

static const char *disabled_in(struct app *app, const struct frame *f, enum ui_command_id id)
{
    return f->view->disabled ? f->view->disabled(app, f->state, id) : NULL;
}

const char *app_disabled(const struct app *app, enum ui_command_id id, bool below)
{
    size_t back = below && app->depth > 1 ? 2 : 1;
    struct app *mutable = (struct app *)(uintptr_t)app;
    const struct frame *f = &app->stack[app->depth - back];
    const struct ui_command *c = ui_command(id);
    if (c && !(c->where & context_of(mutable, f)))
        return (c->where & f->view->context) ? "not in this pane" : "not in this view";
    return disabled_in(mutable, f, id);
}

static void toggle_mouse(struct app *app)
{
    term_mouse(!term_mouse_is_on());
    if (!term_mouse_is_on()) {
        app_message(app, "The mouse is off.");
    } else if (app->mouse_explained) {
        app_message(app, "The mouse is on.");
    } else {
        app_message(app, "The mouse is on. Hold Shift to select text.");
        app->mouse_explained = true;
    }
}

void app_suspend(struct app *app)
{
    app->suspends++;
    term_suspend();
    term_size(&app->rows, &app->cols);
    files_look_at_all(app);
    app->dirty = true;
}

static void leave(struct app *app)
{
    app->quitting = saving_quit(app) == UI_QUIT;
}

/* In the open box: what is not there to be opened. */
static void make_store(struct app *app)
{
    if (edit_no_new(app))
        app_message(app, "No keystore was made: %s.", edit_no_new(app));
    else
        edit_create_store(app);
}

/* A view that is put aside, and not closed, when it leads somewhere. */
static void push_anew(struct app *app, const struct view *view)
{
    app_drop_aside(app);
    app_push(app, view, NULL);
}

static void cancel(struct app *app)
{
    if (app->depth > 1)
        app_close_view(app, app_top(app)->state);
    else if (app->aside.view)
        bring_back(app);
    else
        app_message(app, "Nothing to cancel. q quits.");
}

static void go_back(struct app *app)
{
    if (app->depth > 1)
        app_close_view(app, app_top(app)->state);
    else if (app->aside.view)
        bring_back(app);
    else
        leave(app);
}

/* What the view did not treat itself. */
static void global_command(struct app *app, enum ui_command_id id)
{
    switch (id) {
    case CMD_HELP:
        app_push(app, &view_help, NULL);
        break;
    case CMD_PALETTE:
        app_push(app, &view_palette, NULL);
        break;
    case CMD_OPEN:
        files_look_at_all(app);
        app_push(app, &view_open, NULL);
        break;
    case CMD_JVM:
        app_push(app, &view_jvm, NULL);
        break;
    case CMD_SCAN:
        scan_ask(app);
        break;
    case CMD_CREATE:
        make_store(app);
        break;
    case CMD_FINDINGS:
        push_anew(app, &view_findings);
        break;
    case CMD_EXPLAIN:
    case CMD_EXPLAIN_HERE:
        push_anew(app, &view_explain);
        break;
    case CMD_EXPIRY:
        push_anew(app, &view_expiry);
        break;
    case CMD_CANCEL:
        cancel(app);
        break;
    case CMD_BACK:
        go_back(app);
        break;
    case CMD_QUIT:
        leave(app);
        break;
    case CMD_REDRAW:
        term_redraw_all();
        app->dirty = true;
        break;
    case CMD_SUSPEND:
        app_suspend(app);
        break;
    case CMD_MOUSE:
        toggle_mouse(app);
        break;
    default:
        break;
    }
}

static enum ui_next offer(struct app *app, enum ui_command_id id)
{
    struct frame top = *app_top(app);
    const char *why = disabled_in(app, &top, id);
    if (why) {
        const struct ui_command *c = ui_command(id);
        app_message(app, "%s: %s", c->name, why);
        return UI_STAY;
    }
    enum ui_next next = top.view->command ? top.view->command(app, top.state, id) : UI_IGNORED;
    app_apply(app, top.state, next);
    return next;
}

void app_do(struct app *app, enum ui_command_id id)
{
    if (id == CMD_CANCEL && app_work_cancel(app)) {
        app->dirty = true;
        return;
    }
    if (offer(app, id) == UI_IGNORED && !app->quitting)
        global_command(app, id);
}

/* ^C stops work or clears what can be cleared; where nothing is left to cancel it goes back. */
static void interrupt(struct app *app)
{
    if (app_work_cancel(app)) {
        app->dirty = true;
        return;
    }
    if (offer(app, CMD_CANCEL) == UI_IGNORED && !app->quitting)
        app_do(app, CMD_BACK);
}

void app_run(struct app *app, enum ui_command_id id, const char *argument)
{
    if (app->queue_count < QUEUE_MAX)
        app->queue[app->queue_count++] = (struct queued){id, argument ? ks_strdup(argument) : NULL};
}

const char *app_argument(const struct app *app)
{
    return app->argument;
}

void app_run_queue(struct app *app)
{
    while (app->queue_count > 0 && !app->quitting) {
        struct queued q = app->queue[0];
        memmove(&app->queue[0], &app->queue[1], --app->queue_count * sizeof q);
        app->argument = q.argument;
        app_do(app, q.id);
        app->argument = NULL;
        free(q.argument);
    }
}

/* ---- keys ---- */

static size_t count_lines(const char *text, size_t len)
{
    size_t n = 1;
    for (size_t i = 0; i + 1 < len; i++)
        n += text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
    return n;
}

static void refuse_paste(struct app *app)
{
    size_t len;
    const char *text = ui_paste(&len);
    size_t n = count_lines(text, len);
    app_message(app, "paste ignored, %zu line%s: o opens a file, Y explains an error message.", n,
                n == 1 ? "" : "s");
}

/* A key that does nothing here says so; it never means something else. */
static void explain_key(struct app *app, struct ui_key key)
{
    char name[16];
    enum ui_command_id elsewhere = ui_command_for_key(key, ON_ANY);
    ui_key_name(key, name);
    if (elsewhere != CMD_NONE)
        app_message(app, "%s (%s) does not act here. ? lists what does.", name,
                    ui_command(elsewhere)->help);
    else if (name[0])
        app_message(app, "%s is no key of ksx. ? lists the keys.", name);
}

static void click(struct app *app, struct ui_key key)
{
    struct frame top = *app_top(app);
    struct ui_mouse m = ui_mouse();
    if (m.row == app->rows - 1 && m.button == UI_MOUSE_LEFT && top.view->context) {
        enum ui_command_id id = bars_click(app, m.col);
        if (id != CMD_NONE)
            app_do(app, id);
        return;
    }
    if (top.view->key)
        app_apply(app, top.state, top.view->key(app, top.state, key));
}

bool app_universal_key(struct app *app, struct ui_key key)
{
    if (ui_key_is(key, 'L' - 0x40)) {
        global_command(app, CMD_REDRAW);
        return true;
    }
    if (ui_key_is(key, 'Z' - 0x40)) {
        app_suspend(app);
        return true;
    }
    return false;
}

static void view_key(struct app *app, struct ui_key key)
{
    struct frame top = *app_top(app);
    if (top.view->grabs_keys && top.view->grabs_keys(app, top.state)) {
        if (!app_universal_key(app, key))
            app_apply(app, top.state, top.view->key(app, top.state, key));
        return;
    }
    if (ui_key_is(key, 'C' - 0x40)) {
        interrupt(app);
        return;
    }
    enum ui_command_id id = ui_command_for_key(key, context_of(app, &top));
    if (id != CMD_NONE) {
        app_do(app, id);
        return;
    }
    enum ui_next next = top.view->key ? top.view->key(app, top.state, key) : UI_IGNORED;
    app_apply(app, top.state, next);
    if (next == UI_IGNORED && key.code == UI_KEY_PASTE)
        refuse_paste(app);
    else if (next == UI_IGNORED)
        explain_key(app, key);
}

void app_key(struct app *app, struct ui_key key)
{
    if (app->message[0]) {
        app->message[0] = '\0';
        app->message_badge = ROLE_TEXT;
        app->dirty = true;
    }
    app->last_key = term_now();
    app->idle_due = true;
    if (app_too_small(app)) {
        bool leaves = ui_key_is(key, 'q') || ui_key_is(key, 'Q') || key.code == UI_KEY_F10;
        if (leaves && saving_unsaved_files(app) == 0)
            app->quitting = true;
        else
            app_universal_key(app, key);
    } else if (key.code == UI_KEY_ALT) {
        app_message(app, "Alt keys are not used.");
    } else if (key.code == UI_KEY_MOUSE && !app->prompt) {
        click(app, key);
    } else if (app->prompt) {
        if (!app_universal_key(app, key))
            prompt_key(app, key);
    } else {
        view_key(app, key);
    }
}
