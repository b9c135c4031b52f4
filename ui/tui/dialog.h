/*
 * Boxes over the current view: a pop-up list with one letter a line, a notice to read, and the
 * password box. Letters inside a box act only there and are printed in it.
 */
#ifndef KSX_TUI_DIALOG_H
#define KSX_TUI_DIALOG_H

#include "tui/app.h"

/* ---- menu ---- */
struct menu_item {
    char key;            /* 0: a line of words, which nothing chooses */
    const char *label;   /* copied; external text */
    const char *refused; /* why it cannot act now (copied); NULL = it can */
};
/* done gets the letter, or 0 for Esc or when the program ends; called once, after the menu is gone. */
void menu_ask(struct app *app, const char *title, const struct menu_item *items, size_t count,
              void (*done)(struct app *app, void *ctx, char key), void *ctx);
/* The same for questions about loss: Enter answers nothing, only the letters do. */
void menu_ask_plainly(struct app *app, const char *title, const struct menu_item *items,
                      size_t count, void (*done)(struct app *app, void *ctx, char key), void *ctx);

/* ---- notice: text to read, Esc or Enter closes, y copies it ---- */
void notice_show(struct app *app, const char *title, const char *text);
/* The same; y copies something else. */
void notice_copies(struct app *app, const char *title, const char *text, const char *copy);
/* What must not be typed over: only Enter and Esc act, every other key is taken and dropped. */
void notice_tell(struct app *app, const char *title, const char *text);

/* ---- a stored passphrase, in locked memory, until a key is pressed ---- */
void secret_show(struct app *app, const char *title, const struct ks_secret *secret);

/* ---- passwords ---- */
struct password_ask {
    char *title; /* "Unlock partner.bks"; taken, external text */
    char *facts; /* a line under the title: "BKS v2, 4.1 KiB, 2026-02-11 09:14 UTC"; taken, may be
                    NULL */
    const char
        *advice; /* what Enter with nothing typed does; NULL: nothing typed is not accepted */
    /* Before anything is asked: `first` (borrowed, may be NULL) is tried. What is typed meanwhile
     * goes into the field. */
    bool first_try;
    const struct ks_secret *first;
    /* Tries a password off the UI thread; KS_OK closes the box. `password` NULL = nothing typed. */
    enum ks_code (*attempt)(struct ks_job *job, void *ctx, const struct ks_secret *password,
                            struct ks_error *err);
    /* On the UI thread, once, when the box has closed: KS_OK, KS_ERR_CANCELLED (left locked), or
     * the error of the last try (five wrong ones, or a failure that no password mends). Frees ctx.
     */
    void (*done)(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err);
    void *ctx;
};
void password_box(struct app *app, const struct password_ask *ask);

#endif
