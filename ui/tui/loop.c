/*
 * The loop: sleep until something happens, act on all of it, draw once. Nothing wakes it while
 * nothing happens.
 */
#include "tui/app_state.h"

#include "base/alloc.h"
#include "tui/prompt.h"
#include "tui/recovery.h"
#include "tui/saving.h"
#include "tui/term.h"
#include "tui/view_scan.h"
#include "tui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define IDLE_MS 60        /* without a key: what was put off is drawn */
#define DRAW_AT_LEAST 100 /* while keys keep coming */
#define FIRST_MS 40       /* most files are read sooner: then the first picture is the only one */
#define MIN_ROWS 10
#define MIN_COLS 40

/* ---- drawing ---- */

bool app_too_small(const struct app *app)
{
    return app->rows < MIN_ROWS || app->cols < MIN_COLS;
}

static void draw_too_small(const struct app *app)
{
    char text[160], lost[64] = ".\nq quit";
    struct wrapped words = {0};
    size_t unsaved = saving_unsaved_changes(app);
    if (unsaved)
        snprintf(lost, sizeof lost, ": %zu unsaved change%s.", unsaved, unsaved == 1 ? "" : "s");
    snprintf(text, sizeof text,
             "ksx: %dx%d is too small, need %dx%d\nEnlarge the window.\nNothing is lost%s",
             app->cols, app->rows, MIN_COLS, MIN_ROWS, lost);
    wrapped_set(&words, text, app->cols, false);
    for (size_t i = 0; i < words.count && i < (size_t)app->rows; i++) {
        struct ui_pen pen = ui_pen((int)i, 0, app->cols, ROLE_TEXT);
        wrapped_draw(&words, i, &pen);
    }
    wrapped_free(&words);
}

static void draw(struct app *app)
{
    app->dirty = false;
    canvas_begin();
    if (app_too_small(app)) {
        draw_too_small(app);
        canvas_end();
        return;
    }
    int below = app->rows < 20 ? 2 : 3;
    struct ui_rect area = {0, 0, app->rows - below, app->cols};
    size_t first = app->depth - 1;
    while (first > 0 && app->stack[first].view->overlay)
        first--;
    for (size_t i = first; i < app->depth; i++)
        app->stack[i].view->draw(app, app->stack[i].state, area);
    bars_draw(app);
    canvas_end();
}

/* ---- the loop ---- */

static void tell_idle(struct app *app)
{
    app->idle_due = false;
    size_t first = app->depth - 1;
    while (first > 0 && app->stack[first].view->overlay)
        first--;
    for (size_t i = app->depth; i > first; i--) {
        struct frame f = app->stack[i - 1];
        if (f.view->idle)
            app_apply(app, f.state, f.view->idle(app, f.state));
    }
}

static int until(int64_t at, int64_t now)
{
    return at <= now ? 0 : (int)(at - now);
}

static int next_timeout(const struct app *app)
{
    int64_t now = term_now();
    int ms = work_timeout(app);
    if (app->idle_due) {
        int idle = until(app->last_key + IDLE_MS, now);
        ms = ms < 0 || idle < ms ? idle : ms;
    }
    if (app->wake_at) {
        int wake = until(app->wake_at, now);
        ms = ms < 0 || wake < ms ? wake : ms;
    }
    return ms;
}

static void resized(struct app *app)
{
    term_resized();
    term_size(&app->rows, &app->cols);
    app->dirty = app->idle_due = true;
}

/* A save that is under way ends first, this way or that: what is still unsaved then is kept. */
static void terminal_gone(struct app *app)
{
    app->quitting = true;
    app->exit_code = term_end_code();
    work_stop_all(app);
    recovery_write_all(app);
}

static void signals(struct app *app)
{
    unsigned got = term_signals();
    if (got & TERM_SIG_RESIZE)
        resized(app);
    if (got & TERM_SIG_STOP)
        app_suspend(app);
    if (got & TERM_SIG_CONT) {
        term_redraw_all();
        resized(app);
        files_look_at_all(app); /* who stopped the program did something else meanwhile */
    }
    if (got & TERM_SIG_INT)
        app_key(app, (struct ui_key){UI_KEY_CHAR, 'C' - 0x40});
    if (got & TERM_SIG_END)
        terminal_gone(app);
}

static void timers(struct app *app)
{
    int64_t now = term_now();
    bool woken = app->wake_at && app->wake_at <= now;
    if (woken)
        app->wake_at = 0;
    work_finish_ready(app); /* those without a descriptor */
    if (woken || (app->idle_due && app->last_key + IDLE_MS <= now))
        tell_idle(app);
    if (app_working(app))
        app->dirty = true; /* curses sends only what differs */
}

static void wait_and_act(struct app *app)
{
    struct pollfd fds[WORKS_MAX];
    for (size_t i = 0; i < app->work_count; i++)
        fds[i] = (struct pollfd){ks_job_fd(app->works[i]->job), POLLIN, 0};
    unsigned what = term_wait(fds, app->work_count, next_timeout(app));
    if (what & TERM_GONE) {
        terminal_gone(app);
        return;
    }
    if (what & TERM_SIGNAL)
        signals(app);
    if (what & TERM_FD)
        work_finish_ready(app);
    if (what & TERM_TIMEOUT)
        timers(app);
}

static void read_keys(struct app *app)
{
    struct ui_key key;
    while (!app->quitting && term_key(&key)) {
        app_key(app, key);
        app_run_queue(app);
    }
}

static void loop(struct app *app)
{
    int64_t last_draw = 0, started = term_now();
    app_wake_in(app, FIRST_MS);
    while (!app->quitting) {
        read_keys(app);
        app_run_queue(app);
        if (app->quitting)
            break;
        files_ask_waiting(app);
        bool overdue = term_now() - last_draw > DRAW_AT_LEAST;
        if (app->dirty && !overdue && term_more())
            continue; /* typed ahead: one picture for all of it */
        bool wait = !last_draw && app_working(app) && term_now() - started < FIRST_MS;
        if (app->dirty && !wait) {
            draw(app);
            last_draw = term_now();
        }
        wait_and_act(app);
    }
}

/* ---- start and end ---- */

/* Directories are searched, what else is given is opened. */
static void open_files(struct app *app)
{
    const char **directories = ks_alloc_array(app->opts->file_count, sizeof *directories);
    size_t count = 0;
    struct stat st;
    for (size_t i = 0; i < app->opts->file_count; i++) {
        const struct ui_open *open = &app->opts->files[i];
        if (stat(open->path, &st) == 0 && S_ISDIR(st.st_mode))
            directories[count++] = open->path;
        else
            files_start(app, open);
    }
    if (count)
        scan_start(app, directories, count);
    free(directories);
    if (app->opts->file_count == 0)
        app_push(app, &view_open, NULL);
}

static void end(struct app *app)
{
    app->quitting = true;
    work_stop_all(app);
    prompt_drop(app, NULL);
    app_drop_aside(app);
    while (app->depth > 0)
        app_close_view(app, app_top(app)->state);
    files_close_all(app);
    for (size_t i = 0; i < app->queue_count; i++)
        free(app->queue[i].argument);
}

int ui_run(const struct ui_options *opts)
{
    struct ks_error err = {0};
    char notice[160];
    if (term_start(opts, notice, &err) != KS_OK) {
        fprintf(stderr, "ksx: %s\nksx: %s\n", err.what, err.next);
        return 2;
    }
    if (opts->plain)
        canvas_plain();
    struct app app = {.opts = opts};
    term_size(&app.rows, &app.cols);
    app_push(&app, &view_store, NULL);
    open_files(&app);
    if (notice[0])
        app_message(&app, "%s", notice);
    else if (!term_unicode())
        app_message(
            &app,
            "The locale is not UTF-8: other characters are shown as \\u{E9}. --utf8 overrides.");
    loop(&app);
    end(&app);
    term_stop();
    if (app.exit_code == 0) /* else the terminal is gone */
        (void)fputs(ks_buf_text(&app.farewell), stdout);
    ks_buf_free(&app.farewell);
    return app.exit_code;
}
