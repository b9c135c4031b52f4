/*
 * The application: the stack of views, the open files, messages, background work. There is one
 * `struct app` for the life of the TUI; views and dialogs get it with every call and use the
 * functions below. Nothing here draws except through tui/canvas.h.
 *
 * Screen rows: 0 .. H-4 belong to the top view, H-3 is the status row (its left part is the view's
 * status()), H-2 the message or prompt, H-1 the key bar, made from the command table.
 */
#ifndef KSX_TUI_APP_H
#define KSX_TUI_APP_H

#include "file/open.h"
#include "report/report.h"
#include "tui/disk.h"
#include "tui/view.h"

/* ---- entry point ---- */

enum ui_color { UI_COLOR_AUTO, UI_COLOR_NEVER, UI_COLOR_ALWAYS, UI_COLOR_8, UI_COLOR_256 };

struct ui_open {
    const char *path;
    const struct ks_secret *password; /* from a password source; NULL = ask. Borrowed, copied */
    bool unverified;                  /* list without a password, do not ask */
};

struct ui_options {
    const struct ui_open *files; /* none: the open box */
    size_t file_count;
    enum ui_color color;
    bool ascii; /* ASCII glyphs whatever the locale says */
    bool utf8;  /* choose C.UTF-8 when the locale is not UTF-8 */
    bool plain; /* one pane, no boxes, visible cursor: for screen readers */
    bool mouse;
    bool read_only; /* nothing is changed and nothing is written */
};

/* Runs the TUI; the exit code of the program. Without a usable terminal it says so on stderr, names
 * `ksx list`, and returns 2. setlocale(LC_ALL, "") has been called by main(). */
int ui_run(const struct ui_options *opts);

/* ---- open files: each is one top-level row of the tree ---- */

enum ui_file_state {
    UI_FILE_READING, /* a worker is at it */
    UI_FILE_LOCKED,  /* needs a password that was not given or did not fit */
    UI_FILE_OPEN,    /* `store` is there */
    UI_FILE_FAILED,  /* `error` says why */
};

struct ui_file {
    unsigned id; /* never reused while the program runs */
    char *path;  /* as given */
    char *name;  /* what its row and all words call it: the last part of the path, with as many
                    directories as once told it from another file; external text */
    enum ui_file_state state;
    struct ks_store *store;  /* non-NULL exactly when UI_FILE_OPEN; owned by the application */
    struct ks_error error;   /* of the last try; KS_OK if there was none */
    struct ks_probe probe;   /* what the file looked like */
    struct disk disk;        /* which file was read into `store` */
    enum disk_state on_disk; /* at the last look: files_look_at_disk() */
    unsigned generation;     /* counts loads and edits: a cache keyed by it notices both */
    char read_only[120];     /* why nothing may be changed in it; empty: it may */
    uint8_t *states;         /* enum report_state of each entry, by entry index; NULL until known */
    const struct ks_diagnosis *found; /* by the doctor, about the store as it is; NULL: not looked
                                         at yet, and the quick rules count */
    const struct ks_statuses *statuses; /* what was asked about revocation; NULL: nothing was */
    const uint8_t *severities;        /* then: the worst of each entry, by entry index */
    unsigned looks;                   /* counts what the doctor found: something else may be known */
    enum report_state worst; /* of the whole file */
    size_t errors,
        warnings; /* entries and the store itself, from the survey; 1 error if it failed */
    bool kept; /* unsaved work of a former session is beside it, and was not taken up */
    bool recovered; /* it holds the unsaved work of a former session, which is still beside it */
    struct ui_file_work *work;  /* private to files.c */
    struct file_doctor *doctor; /* private to doctor.c; NULL: never looked at */
};

size_t app_file_count(const struct app *app);
struct ui_file *app_file(const struct app *app, size_t i);
struct ui_file *app_file_by_id(const struct app *app, unsigned id); /* NULL: closed meanwhile */
/* The open file that is the same one on disk (device and inode, else the path); NULL if none. */
struct ui_file *app_file_by_path(const struct app *app, const char *path);
/* Adds a file and starts to read it; asks for a password when it needs one. `password` is copied.
 * An already open file is selected instead. Does not close the calling view. */
void app_open(struct app *app, const char *path, const struct ks_secret *password);
/* State of one entry: from the survey if it is there, else computed now. */
enum report_state app_entry_state(const struct ui_file *f, size_t entry);
/* Selects a row of the explorer (which is the lowest view of the stack): entry -1 = the store row,
 * cert -1 = the entry itself. Views above it are not closed: return UI_CLOSE for that. */
void app_goto(struct app *app, const struct ui_file *f, long entry, int cert);

/* What is selected in the explorer: NULL without a file; `alias` NULL unless it is an entry. */
const struct ui_file *app_selected(const struct app *app, const char **alias);

/* ---- views ---- */
/* Pushes a view; `arg` goes to its open(). */
void app_push(struct app *app, const struct view *view, void *arg);
/* The state of a view that is on the stack; NULL: it was closed meanwhile. */
void *app_find_view(const struct app *app, const struct view *view);
/* Runs a command after the current key has been dealt with, in whatever view is on top then, as if
 * its key had been pressed. `argument` (may be NULL, copied) is what the command would ask for: the
 * text of CMD_FILTER or CMD_SEARCH, the letter of CMD_SORT. */
void app_run(struct app *app, enum ui_command_id id, const char *argument);
/* The argument of the command that is being run; NULL when it came from a key. */
const char *app_argument(const struct app *app);
/* Why a command cannot act in the view under the top one (`below`) or in the top one; NULL = it
 * can. */
const char *app_disabled(const struct app *app, enum ui_command_id id, bool below);
/* Something changed outside of a key press (a job ended): draw at the next chance. */
void app_redraw(struct app *app);
bool app_plain(const struct app *app);

/* ---- messages: row H-2, until the next key ---- */
/* The text is external text as far as the canvas is concerned: neutralised when drawn. */
void app_message(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with the badge of a severity in front. */
void app_warn(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void app_error(struct app *app, const struct ks_error *err); /* `what`, then `next` */
/* Words about what is selected, shown while there is no message and room for a row of its own;
 * stays until it is replaced. `badge` is ROLE_TEXT, ROLE_NOTE, ROLE_WARNING or ROLE_ERROR. */
void app_hint(struct app *app, enum ui_role badge, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The contexts that hold in the top view now (view.h, context_now). */
unsigned app_context(struct app *app, bool below);

/* ---- leaving the program's data to others ---- */
/* Copies public text to the clipboard (OSC 52, or tmux); `what` names it in the message, which
 * repeats the beginning of a text of one line. */
void app_copy(struct app *app, const char *what, const char *text, size_t len);
/* Shows plain text in $PAGER; the text is neutralised. */
void app_pager(struct app *app, const char *text, size_t len);

/* ---- work off the UI thread ---- */
/* Runs fn(job, arg) on a thread, then done(app, arg, cancelled) on the UI thread. `what` (static)
 * is shown with the seconds and "Esc stops" when it takes long. `done` frees arg. */
void app_work(struct app *app, const char *what, ks_job_fn fn, void *arg,
              void (*done)(struct app *app, void *arg, bool cancelled));
bool app_working(const struct app *app); /* some app_work() is under way */
/* Stops the newest work; false if there was none. */
bool app_work_cancel(struct app *app);

#endif
