/*
 * Text of several lines being typed, one item a line: the line editor for the line with the cursor,
 * and the keys that lead from one line to another. Every line is wiped when it goes, for what is
 * pasted may be a private key.
 */
#ifndef KSX_TUI_TEXT_AREA_H
#define KSX_TUI_TEXT_AREA_H

#include "tui/line_edit.h"

#define TEXT_AREA_MAX (1u << 20) /* bytes of all lines */
#define TEXT_AREA_LINES 20000

struct text_area;

struct text_area *text_area_new(void);
void text_area_free(struct text_area *a); /* NULL is fine */

/* Enter, the arrows and the editing keys. */
enum line_result text_area_key(struct text_area *a, struct ui_key key);
/* Inserts text at the cursor, its lines as lines; tabs become blanks. Stops at the first character
 * that is no text, or where the bounds are: LINE_REFUSED. */
enum line_result text_area_insert(struct text_area *a, const char *utf8, size_t len);

void text_area_set(struct text_area *a, const char *utf8); /* cursor at the end of the first line */
size_t text_area_count(const struct text_area *a);         /* lines; at least 1 */
const char *text_area_line(const struct text_area *a,
                           size_t i);            /* borrowed until the next change */
const char *text_area_text(struct text_area *a); /* joined by newlines; borrowed likewise */
bool text_area_is_empty(const struct text_area *a);
size_t text_area_row(const struct text_area *a);    /* of the cursor */
/* Cursor on an empty line at the end, which is added when there is text on the last one. */
void text_area_go_fresh(struct text_area *a);
void text_area_go(struct text_area *a, size_t row); /* cursor at the end of that line */
/* The line with the cursor, into the cells [col, end) of a row; places the cursor. */
void text_area_draw(const struct text_area *a, int row, int col, int end);

#endif
