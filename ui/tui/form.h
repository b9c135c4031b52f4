/*
 * A form: labelled fields on one or more pages, filled from the keyboard. Forms are tables of
 * fields; this module owns the keys, the checks, the drawing and the scrolling, and knows nothing
 * of what the fields are for. Secrets are typed into locked memory and leave it as struct
 * ks_secret.
 *
 * A field is checked when the cursor leaves it and when the page is left, never while it is typed
 * in; what is wrong with it stands in a row below it until it is mended.
 */
#ifndef KSX_TUI_FORM_H
#define KSX_TUI_FORM_H

#include "base/secret.h"
#include "tui/canvas.h"
#include "tui/keys.h"

enum form_kind {
    FORM_TEXT,
    FORM_SECRET,
    FORM_CHOICE, /* one of a few words; Left and Right change it */
    FORM_TICK,   /* yes or no; Space changes it */
    FORM_WORDS,  /* text of ksx's own, computed at each drawing; cannot be entered */
    FORM_LINES,  /* text of several lines, one item a line: Enter and the arrows stay in it, Tab
                  * leaves; pasted lines stay lines. `check_line` looks at each */
    FORM_PATH,   /* text that names a file, as for directory_typed(): Tab completes while it can, ^O
                  * opens a box to choose in */
    FORM_PICKS,  /* rows to tick, given at run time: Space ticks, the arrows move within it, Tab
                  * leaves */
};

#define FORM_WHY 160 /* bytes for what is wrong with a field */

struct form;

struct form_field {
    const char *id; /* unique in the form */
    const char *label;
    enum form_kind kind;
    unsigned page;              /* from 0 */
    const char *hint;           /* about the field, shown while the cursor is in it; may be NULL */
    const char *const *choices; /* FORM_CHOICE, NULL ends; NULL: form_set_choices() gives them */
    bool (*shown)(const struct form *form, void *ctx); /* NULL: always */
    /* True when the value is fine, else in words why not. May be NULL. */
    bool (*check)(const struct form *form, void *ctx, char why[static FORM_WHY]);
    /* FORM_LINES: one line of the text, which is not empty. True when it is fine. May be NULL. */
    bool (*check_line)(const struct form *form, void *ctx, const char *line,
                       char why[static FORM_WHY]);
    size_t rows;     /* FORM_LINES, FORM_PICKS: rows shown at most; 0: 4 */
    bool makes_file; /* FORM_PATH: of a file to be made; the box offers directories for it, too */
    bool fresh_line; /* FORM_LINES: whoever comes to it adds a line, and does not go on with one */
    bool flow;       /* FORM_PICKS: short words, several in a row; Left and Right move within it */
    /* FORM_TICK: what the field of this id holds is what was ticked: another value there unticks it,
     * and the tick is looked at by the check of that field. May be NULL. */
    const char *holds_for;
    /* FORM_WORDS: appends the text; nothing appended = no row. External text is neutralised. */
    void (*words)(const struct form *form, void *ctx, struct ks_buf *out);
};

/* The table is borrowed. `ctx` goes to the functions of the fields. */
struct form *form_new(const struct form_field *fields, size_t count, void *ctx);
void form_free(struct form *form);

/* ---- values, by id ---- */
/* TEXT and PATH, and LINES joined by newlines; borrowed. */
const char *form_text(const struct form *form, const char *id);
struct ks_secret *form_secret(const struct form *form,
                              const char *id);               /* a copy; empty, not NULL */
/* Of what is typed: nothing is, or blanks where a path is asked for. */
bool form_is_empty(const struct form *form, const char *id);
bool form_same_secret(const struct form *form, const char *a, const char *b);
size_t form_chosen(const struct form *form, const char *id); /* FORM_CHOICE: index */
/* FORM_CHOICE: the word that is chosen; borrowed, "" when there is none. */
const char *form_chosen_word(const struct form *form, const char *id);
bool form_ticked(const struct form *form, const char *id);
/* FORM_LINES: the lines that are not empty, without blanks around; the array and the texts are the
 * caller's: form_lines_free(). */
char **form_lines(const struct form *form, const char *id, size_t *count);
void form_lines_free(char **lines, size_t count);

void form_set_text(struct form *form, const char *id, const char *utf8);
void form_type_text(struct form *form, const char *id, const char *utf8); /* as if it was typed */
void form_choose(struct form *form, const char *id, size_t choice);
void form_tick(struct form *form, const char *id, bool on);
/* Words to choose from that are known at run time; copied. */
void form_set_choices(struct form *form, const char *id, const char *const *words, size_t count);

/* FORM_PICKS. */
struct form_pick {
    const char *text;    /* copied; external text, shortened to the row */
    const char *note;    /* copied; rows under it, indented; NULL: none */
    const char *refused; /* copied; why it cannot be ticked, under it as well; NULL: it can */
    bool ticked;
};
/* The cursor goes to the first row. */
void form_set_picks(struct form *form, const char *id, const struct form_pick *picks, size_t count);
bool form_picked(const struct form *form, const char *id, size_t row);
size_t form_pick_cursor(const struct form *form, const char *id);
/* What is wrong with a field, found out by somebody else (a file that could not be opened); stands
 * until the field is changed or the page is checked again. */
void form_remark(struct form *form, const char *id, const char *why);
void form_focus(struct form *form, const char *id); /* the cursor goes to this field of the page */

/* ---- pages ---- */
unsigned form_page(const struct form *form);
void form_set_page(struct form *form, unsigned page); /* cursor on its first field */
void form_turn_to(struct form *form, unsigned page);  /* cursor where it was on that page */
/* Checks all fields of the page; false puts the cursor on the first that is wrong. */
bool form_check_page(struct form *form);
size_t form_wrong(const struct form *form); /* fields of the page with a remark */
bool form_touched(const struct form *form); /* something was typed or changed */

/* ---- keys and drawing ---- */
enum form_result {
    FORM_IGNORED, /* not a key of the form: PgUp, PgDn, Esc, F1 ... */
    FORM_STAY,
    FORM_CHANGED,
    FORM_NEXT,    /* Enter on the last field */
    FORM_REFUSED, /* a paste or a text that does not fit; a part of it may be there */
    FORM_BROWSE,  /* ^O in a FORM_PATH: the caller opens the box */
    FORM_COMPLETED, /* Tab completed a path, or there is more than one way on */
};
enum form_result form_key(struct form *form, struct ui_key key);
/* What is to be said about the last key: why it was refused, which ways on there are; "" for
 * nothing. Quotes external text. */
const char *form_said(const struct form *form);
void form_draw(struct form *form, struct ui_rect area);
const char *form_cursor_id(const struct form *form); /* of the field with the cursor; "" without */
const struct form_field *form_cursor_field(const struct form *form); /* NULL without */
/* The hint of the field with the cursor; "" without. */
const char *form_hint(const struct form *form);
/* A page of words alone, which the arrows, Home and End scroll, has rows below. */
bool form_has_more(const struct form *form);
/* Passwords that are shown (^T) are hidden again; true if one was shown. */
bool form_hide_secrets(struct form *form);
bool form_shows_secret(const struct form *form);

#endif
