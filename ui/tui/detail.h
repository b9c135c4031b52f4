/*
 * The detail pane: one section of the report about what is selected, laid out for a width, with a
 * field cursor. It is made when no key has come for a moment, and drawn from what was made.
 */
#ifndef KSX_TUI_DETAIL_H
#define KSX_TUI_DETAIL_H

#include "report/report.h"
#include "tui/canvas.h"
#include "tui/commands.h"
#include "tui/wrap.h"

struct detail_row {
    uint32_t line; /* of the report */
    int32_t sub;   /* row of the wrapped value; -1 = the label alone */
};

struct detail {
    enum report_section section;
    bool raw;
    struct report report;
    struct wrapped *wrapped; /* one a line; empty for verbatim and DN lines */
    size_t wrapped_count;
    struct detail_row *rows;
    size_t row_count, row_cap;
    int width; /* laid out for */
    int label_width;
    size_t cursor;   /* line */
    size_t top;      /* row */
    int shift;       /* cells that verbatim lines are scrolled sideways */
    int height;      /* rows of the last drawing */
    size_t findings; /* for the title */
    int title_ends[REPORT_SECTIONS + 1]; /* columns of the last drawing: where each name ends */
};

void detail_free(struct detail *d);
/* Takes the report over. `same_subject`: the cursor and the scrolling stay. */
void detail_set(struct detail *d, struct report report, bool same_subject);
void detail_draw(struct detail *d, struct ui_rect area, bool focused);
void detail_draw_title(struct detail *d, struct ui_rect row, bool is_short, bool focused);
/* The section whose name was drawn at this column of the title; 0: none. */
int detail_section_at(const struct detail *d, int col);

bool detail_command(struct detail *d,
                    enum ui_command_id id); /* CMD_DOWN .. CMD_PAGE_UP: the field cursor */
void detail_scroll(struct detail *d, int rows);
void detail_shift(struct detail *d, int cells);
/* The next line after the cursor whose label or value contains the text; wraps around. */
bool detail_search(struct detail *d, const char *text, bool backward, bool from_here);
void detail_go_to(struct detail *d, size_t line);
void detail_click(struct detail *d, int row); /* row of the area */

/* What the line under the cursor is: label, and the text that y copies. Borrowed; NULL without
 * lines. */
const struct report_line *detail_line(const struct detail *d);
/* The whole of what belongs together: full, else value, else the run of verbatim lines. Caller
 * frees. */
char *detail_field_text(const struct detail *d);
/* Which of the parts, that begin with a line of this label each, is looked at; from 0: that of the
 * cursor, or, when the cursor was scrolled away, the first that begins in the upper half, else the
 * one that the window begins in. */
size_t detail_part(const struct detail *d, const char *label);
/* The section as plain text for the pager. Caller frees. */
char *detail_text(const struct detail *d);

#endif
