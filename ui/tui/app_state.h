/*
 * The inside of the application, shared by app.c, loop.c, files.c, work.c, bars.c, prompt.c and the
 * dialogs.
 */
#ifndef KSX_TUI_APP_STATE_H
#define KSX_TUI_APP_STATE_H

#include "tui/app.h"

#define VIEWS_MAX 12
#define WORKS_MAX 32
#define QUEUE_MAX 8

struct prompt;

struct frame {
    const struct view *view;
    void *state;
};

struct work {
    struct ks_job *job;
    const char *what; /* NULL: silent, Esc does not stop it */
    void *arg;
    void (*done)(struct app *app, void *arg, bool cancelled);
    int64_t started;
    bool cancelled;
};

struct queued {
    enum ui_command_id id;
    char *argument;
};

struct app {
    const struct ui_options *opts;
    int rows, cols;

    struct frame stack[VIEWS_MAX];
    size_t depth;
    struct frame aside; /* a view that was put aside; view NULL = none */

    struct ui_file **files;
    size_t file_count, file_cap;
    unsigned next_file_id;

    struct work *works[WORKS_MAX];
    size_t work_count;

    struct prompt *prompt;
    struct queued queue[QUEUE_MAX];
    size_t queue_count;
    const char *argument;

    char message[1024];
    enum ui_role message_badge; /* ROLE_TEXT: none */
    char hint[512];
    enum ui_role hint_badge;

    bool dirty;                /* something to draw */
    bool idle_due;             /* views have not been told yet that no key comes */
    int64_t last_key, wake_at; /* term_now(); wake_at 0 = none */
    unsigned suspends;         /* counts ^Z: whoever shows a password hides it */
    struct ks_buf farewell; /* a line for each file that was saved, for the main screen at the end */
    struct {                /* the timeline's row when it was left; file 0: none */
        unsigned file;
        uint32_t entry;
    } expiry_row;
    bool forgotten;         /* a password was, on demand: what --pass gave is not used again */
    bool quitting, mouse_explained;
    int exit_code;
};

/* ---- app.c ---- */
void app_close_view(struct app *app, void *state);
void app_drop_aside(struct app *app); /* closes the view that was put aside, if there is one */
void app_apply(struct app *app, void *state, enum ui_next next); /* what a view returned */
struct frame *app_top(struct app *app);
/* Calls idle() again after so many milliseconds. */
void app_wake_in(struct app *app, int ms);
void app_do(struct app *app, enum ui_command_id id); /* as if its key had been pressed */
void app_key(struct app *app, struct ui_key key);
void app_run_queue(struct app *app);
void app_suspend(struct app *app);
/* ^Z and ^L act whatever has the keys; true if it was one of them. */
bool app_universal_key(struct app *app, struct ui_key key);

/* ---- loop.c ---- */
bool app_too_small(const struct app *app);

/* ---- work.c ---- */
struct work *work_start(struct app *app, const char *what, ks_job_fn fn, void *arg,
                        void (*done)(struct app *app, void *arg, bool cancelled));
void work_stop(struct app *app, struct work *w); /* cancels, waits, calls done(cancelled) */
void work_finish_ready(struct app *app);
void work_stop_all(struct app *app);
/* Words about the oldest visible work that has taken a while; false if there is none. */
bool work_progress(const struct app *app, char *out, size_t size);
int work_timeout(const struct app *app); /* ms until the words change; -1 = nothing to show */

/* ---- files.c ---- */
void files_start(struct app *app, const struct ui_open *open);
/* Like app_open(), and selects an entry as soon as it can be; `alias` NULL: none. */
void files_open_at(struct app *app, const char *path, const struct ks_secret *password,
                   const char *alias);
void files_close(struct app *app, struct ui_file *f);
void files_close_all(struct app *app);
void files_reload(struct app *app, struct ui_file *f);
void files_ask(struct app *app, struct ui_file *f);    /* its password box */
void files_offer(struct ui_file *f); /* what a former session left, at the next occasion */
void files_ask_waiting(struct app *app);               /* the next file that waits for a password */
/* Is the file on disk still what was read? On the keys and signals that bring somebody to it, never by
 * itself. */
void files_look_at_disk(struct app *app, struct ui_file *f);
void files_look_at_all(struct app *app);
/* Puts another store in the place of the file's own (taken over). */
void files_install(struct app *app, struct ui_file *f, struct ks_store *store);
/* A store that an edit made (taken over): a file that is not on disk yet. */
struct ui_file *files_add_made(struct app *app, struct ks_store *store);
/* The store was written: its path and what is on disk are what they are now. */
void files_written(struct app *app, struct ui_file *f);
/* The store will be edited or written: whoever reads it on a thread of its own stops first. */
void files_will_change(struct app *app, const struct ks_store *store);
/* An edit made another version of the store its present one. */
void files_changed(struct app *app, struct ui_file *f);
/* It was left as it was, after all. */
void files_not_changed(struct app *app, struct ui_file *f);
void files_forget(struct app *app, struct ui_file *f); /* the password, and what it opened */

/* The state of every entry, by its worst finding, and of the file; false: stopped. */
struct file_states {
    uint8_t *of; /* owned */
    size_t errors, warnings;
    enum report_state worst;
};
bool files_states_of(const struct ks_store *store, int64_t now,
                     enum ks_severity (*worst)(void *ctx, size_t entry), void *ctx,
                     enum ks_severity own, struct ks_job *job, struct file_states *out);
void files_take_states(struct ui_file *f, struct file_states *states);

/* A store that outlives its file's closing or reload until whoever works on it lets go. */
struct held_store {
    unsigned refs;
    struct ks_store *store;
};
struct held_store *files_hold(struct ui_file *f); /* the file is open */
void files_release(struct held_store *held);      /* NULL is fine */

/* ---- prompt.c ---- */
void prompt_key(struct app *app, struct ui_key key);
void prompt_draw(struct app *app, int row);
void prompt_drop(struct app *app, const void *ctx); /* without an answer; NULL = any */
const char *prompt_bar(const struct app *app);

/* ---- bars.c ---- */
void bars_draw(struct app *app);
enum ui_command_id bars_click(struct app *app,
                              int col); /* the command at a column of the key bar */

#endif
