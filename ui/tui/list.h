/*
 * A scrolling list: a cursor among `count` rows, of which `rows` are visible from `top` on. Every
 * list of the TUI moves by the same rules: leaving the window scrolls by most of it, which
 * on a slow line costs far fewer bytes than scrolling by single rows.
 */
#ifndef KSX_TUI_LIST_H
#define KSX_TUI_LIST_H

#include "tui/canvas.h"
#include "tui/commands.h"

struct list {
    size_t cursor, top, count;
    int rows; /* of the window; >= 1 */
};

/* Sets count and rows, keeps the cursor on a row and in the window. */
void list_fit(struct list *l, size_t count, int rows);
void list_select(struct list *l, size_t row);
/* CMD_DOWN .. CMD_PAGE_UP; false for any other command. */
bool list_command(struct list *l, enum ui_command_id id);
/* "^ 3 more" at the right end of the row above the list, "v 12 more" at the end of its last row;
 * area = the rows of the list. */
void list_draw_more(const struct list *l, struct ui_rect area, enum ui_role role);
/* The two by themselves, for a title that is not as wide as the list. */
void list_draw_above(const struct list *l, struct ui_rect title, enum ui_role role);
void list_draw_below(const struct list *l, struct ui_rect area);

#endif
