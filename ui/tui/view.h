/*
 * A view is one full screen of the TUI (or a box over it): the explorer, the expiry timeline, the
 * open box, help, the command palette. Each is one const struct view; the application keeps a
 * stack of them, gives keys and commands to the top one, draws it, and acts on what it returns.
 * A view computes first and draws from its own state; it never reads the terminal.
 */
#ifndef KSX_TUI_VIEW_H
#define KSX_TUI_VIEW_H

#include "tui/canvas.h"
#include "tui/commands.h"
#include "tui/keys.h"

struct app; /* tui/app.h: open stores, messages, jobs */

enum ui_next {
    UI_IGNORED, /* not mine: the application may treat it (global commands) or say why not */
    UI_STAY,    /* handled, nothing to draw */
    UI_REDRAW,  /* handled, draw me */
    UI_CLOSE,   /* pop me */
    UI_ASIDE,   /* take me away and keep me: going back from the lowest view brings me again */
    UI_QUIT,    /* leave the program */
};

struct view {
    const char *name;
    enum ui_context context; /* which rows of the command table hold here */
    size_t state_size;       /* zeroed by the application before open() */
    bool overlay;            /* a box: the view below is drawn first */
    void (*open)(struct app *app, void *state, void *arg);
    void (*close)(struct app *app, void *state);
    /* Draws into the body rectangle (below the title row is the view's own business: it gets rows
     * 0 .. H-4); status(), message and key bar are drawn by the application. */
    void (*draw)(struct app *app, void *state, struct ui_rect area);
    /* Text of the status row's left part, appended by the view (may be NULL). */
    void (*status)(struct app *app, void *state, struct ui_pen *pen);
    /* A command of the table that is bound in the view's context. */
    enum ui_next (*command)(struct app *app, void *state, enum ui_command_id id);
    /* A key that the table does not bind here, or every key if `grabs_keys` (text input). */
    enum ui_next (*key)(struct app *app, void *state, struct ui_key key);
    bool (*grabs_keys)(struct app *app, void *state);
    /* Why a command cannot act now; NULL = it can. For help, palette and messages. */
    const char *(*disabled)(struct app *app, void *state, enum ui_command_id id);
    /* No key has come for 60 ms: draw what was deferred (live detail). May be NULL. */
    enum ui_next (*idle)(struct app *app, void *state);
    /* Which part of `context` holds at the moment (the focused pane); NULL: all of it. */
    unsigned (*context_now)(struct app *app, void *state);
    /* What Enter does now, one word for the key bar; NULL: what it usually does here. */
    const char *(*enter_word)(struct app *app, void *state);
    /* The keys of a text field of the view, instead of the key bar; NULL: none has the keys. */
    const char *(*typing_bar)(struct app *app, void *state);
};

extern const struct view view_store; /* the explorer: tree and detail */
extern const struct view view_expiry;
extern const struct view view_open;
extern const struct view view_jvm; /* keystores of this host's JVMs */
extern const struct view view_help;
extern const struct view view_palette;

#endif
