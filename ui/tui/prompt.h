/*
 * Questions in row H-2: a line of text ("/", "filter:") or one letter of a few ("sort: [e]xpiry
 * ..."). The application draws the prompt and gives it every key until it is answered. `ctx` is the
 * asking view's state: an open prompt is cancelled when that view closes.
 */
#ifndef KSX_TUI_PROMPT_H
#define KSX_TUI_PROMPT_H

#include "tui/app.h"

#define PROMPT_NOTE 160

struct prompt_line {
    const char *label;   /* "search: " or "filter: " */
    const char *initial; /* may be NULL */
    const char *hint;    /* what may be typed, beside the keys; may be NULL */
    /* After every change of the text; may be NULL. */
    void (*changed)(struct app *app, void *ctx, const char *text);
    /* Words at the right ("match 2 of 5"), recomputed at each drawing; may be NULL. */
    void (*note)(struct app *app, void *ctx, char out[static PROMPT_NOTE]);
    /* Enter: false keeps the prompt as it is, after a message that says why; may be NULL. */
    bool (*accept)(struct app *app, void *ctx, const char *text);
    /* Enter: text. Esc or ^C: NULL. Called once. */
    void (*done)(struct app *app, void *ctx, const char *text);
};
void prompt_ask(struct app *app, const struct prompt_line *line, void *ctx);

struct prompt_choice {
    char key;
    const char *words; /* "[e]xpiry": the letter is marked by brackets */
};
/* done gets the letter, or 0 for Esc. `choices` must stay valid. */
void prompt_choose(struct app *app, const char *label, const struct prompt_choice *choices,
                   size_t count, void (*done)(struct app *app, void *ctx, char key), void *ctx);

#endif
