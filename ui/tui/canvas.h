/*
 * Drawing: the only file that calls curses' output functions, and the only way from model strings
 * to cells. External text goes through canvas_ext(), which neutralises it; text of ksx's own
 * goes through canvas_text(). Everything is clipped to a rectangle and measured in cells.
 */
#ifndef KSX_TUI_CANVAS_H
#define KSX_TUI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

enum ui_role {
    ROLE_TEXT,
    ROLE_LABEL,      /* bold */
    ROLE_SELECT,     /* cursor row of the focused pane */
    ROLE_SELECT_DIM, /* cursor row of the other pane */
    ROLE_MARK,
    ROLE_ERROR, /* badges */
    ROLE_WARNING,
    ROLE_NOTE,
    ROLE_STATUS, /* status row, dialog titles */
    ROLE_HOTKEY,
    ROLE_ESCAPED,
    ROLE_FIELD,
    ROLE_COUNT,
};

struct ui_rect {
    int row, col, rows, cols;
};

/* clang-format off */
enum ui_glyph {
    GLYPH_OK, GLYPH_WARNING, GLYPH_ERROR, GLYPH_NOTE, GLYPH_FUTURE, GLYPH_LOCKED, GLYPH_NONE,
    GLYPH_OPEN, GLYPH_FOLDED, GLYPH_VLINE, GLYPH_HLINE, GLYPH_TL, GLYPH_TR, GLYPH_BL, GLYPH_BR,
    GLYPH_ELLIPSIS, GLYPH_PATH, GLYPH_UP, GLYPH_DOWN, GLYPH_COUNT,
};
/* clang-format on */
const char *ui_glyph(enum ui_glyph g); /* of the active set */
bool ui_ascii(void);                   /* the ASCII set is active */

/* Positions the pen; all drawing happens on one row, clipped at `end` (exclusive). */
struct ui_pen {
    int row, col, end;
    enum ui_role role;
    enum ui_role under; /* what the row is: a badge on the cursor row stays a badge on that row */
};
struct ui_pen ui_pen(int row, int col, int end, enum ui_role role);
void canvas_text(struct ui_pen *pen, const char *own); /* trusted, UTF-8 from our tables */
void canvas_ext(struct ui_pen *pen, const char *utf8, size_t len); /* external: neutralised */
void canvas_ext_z(struct ui_pen *pen, const char *utf8);
/* As canvas_ext, shortened with an ellipsis to at most `width` cells. */
enum canvas_cut { CUT_END, CUT_MIDDLE, CUT_PATH, CUT_DN };
void canvas_ext_cut(struct ui_pen *pen, const char *utf8, int width, enum canvas_cut cut);
/* The same for text whose runs of spaces are layout (hex dumps, ASN.1 trees, PEM). */
void canvas_layout_cut(struct ui_pen *pen, const char *utf8, int width, enum canvas_cut cut);
void canvas_glyph(struct ui_pen *pen, enum ui_glyph g);
void canvas_fill(struct ui_pen *pen);           /* blanks up to the end */
void canvas_pad(struct ui_pen *pen, int col);   /* blanks up to a column */
int canvas_width(const char *utf8, size_t len); /* cells that canvas_ext would take */
/* "v 12 more" at the end of a row that has been drawn: a blank, then the mark; text that went on there
 * ends with an ellipsis. Nothing if it would take more than half of the `cols` before `end`. */
void canvas_more(int row, int end, int cols, enum ui_role role, enum ui_glyph glyph, size_t count);
/* Cleared, framed; the title is external text, the footer ksx's own. */
void canvas_box(struct ui_rect r, const char *title, const char *footer);
void canvas_clear(struct ui_rect r);
void canvas_cursor(int row, int col,
                   bool visible); /* where the hardware cursor rests after the refresh */

/* One frame: everything is drawn between these two; the second sends what changed. */
void canvas_plain(void); /* for screen readers: the cursor is always visible, lines are blanks */
void canvas_begin(void);
void canvas_end(void);

#endif
