/*
 * The inside of a form, shared by form.c (values, pages, keys), form_typed.c, form_lines.c,
 * form_picks.c and form_draw.c.
 */
#ifndef KSX_TUI_FORM_STATE_H
#define KSX_TUI_FORM_STATE_H

#include "tui/form.h"
#include "tui/line_edit.h"
#include "tui/text_area.h"

struct form_row { /* of FORM_PICKS */
    char *text, *note, *refused;
    bool ticked;
};

struct form_value {
    struct line_edit *edit; /* TEXT, SECRET, PATH */
    struct text_area *area; /* LINES */
    char **line_why; /* LINES: what is wrong with each line, as of the last check; NULL: fine */
    size_t line_whys;
    size_t choice;
    char **words; /* copies of the choices that were set */
    size_t word_count;
    bool ticked;
    struct form_row *picks;
    size_t pick_count, pick; /* the row with the cursor */
    size_t top;              /* LINES, PICKS: rows of it that are scrolled away */
    bool typed;              /* PATH: something was typed since the cursor came, or since ... */
    bool ways_said;          /* ... Tab said which ways on there are */
    bool remarked;           /* `why` is somebody else's */
    char why[FORM_WHY];      /* what is wrong; empty: nothing known */
};

#define FORM_PAGES 16

struct form {
    const struct form_field *fields;
    struct form_value *values;
    size_t count, cursor; /* the field that has the keys; count: none */
    unsigned page;
    size_t left_at[FORM_PAGES]; /* where the cursor was on each page */
    void *ctx;
    bool touched;
    size_t top;   /* rows that are scrolled away above, */
    size_t below; /* and below, when it was drawn last */
    struct ks_buf said;
};

/* ---- form.c ---- */
bool form_is_shown(const struct form *f, size_t i);
/* The value of the field with the cursor was changed: it is looked at again when it is left. */
enum form_result form_changed(struct form *f);
/* A key that a field without text has no use for: which keys it takes is said when it is text. */
enum form_result form_no_text(struct form *f, struct ui_key key, const char *keys);
/* In place of what was said before. */
void form_say(struct form *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t form_choice_count(const struct form *f, size_t i);
const char *form_choice_word(const struct form *f, size_t i, size_t choice);
size_t form_rows_of(const struct form_field *field); /* LINES, PICKS: at most */

/* ---- form_typed.c: one line ---- */
enum form_result form_type(struct form *f, struct ui_key key);
/* Tab in a path: false when there is nothing to complete, and it moves on. */
bool form_complete(struct form *f);

/* ---- form_lines.c ---- */
enum form_result form_type_lines(struct form *f, struct ui_key key);
void form_check_lines(struct form *f, size_t i); /* into line_why and why */
void form_forget_lines(struct form_value *v);
/* The first line that is wrong; false: none is. */
bool form_wrong_line(const struct form_value *v, size_t *line);
void form_go_to_wrong_line(struct form_value *v);

/* ---- form_picks.c ---- */
/* Up and Down do not lead out of it: what comes after rows may be something to tick as well. */
bool form_picks_take(const struct form *f);
enum form_result form_pick_key(struct form *f, struct ui_key key);
void form_drop_picks(struct form_value *v);

#endif
