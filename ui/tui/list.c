#include "tui/list.h"

/* Moves the window so that the cursor is in it. A cursor that stepped out by a little finds three
 * quarters of the window ahead of it; one that jumped is in the middle. */
static void follow(struct list *l)
{
    size_t rows = (size_t)l->rows, end = l->top + rows, before = rows / 2;
    if (l->cursor >= end && l->cursor < end + rows)
        before = rows / 4;
    else if (l->cursor < l->top && l->cursor + rows > l->top)
        before = rows - 1 - rows / 4;
    if (l->cursor < l->top || l->cursor >= end)
        l->top = l->cursor > before ? l->cursor - before : 0;
    size_t last_top = l->count > rows ? l->count - rows : 0;
    if (l->top > last_top)
        l->top = last_top;
}

void list_fit(struct list *l, size_t count, int rows)
{
    l->count = count;
    l->rows = rows > 0 ? rows : 1;
    if (l->cursor >= count)
        l->cursor = count ? count - 1 : 0;
    follow(l);
}

void list_select(struct list *l, size_t row)
{
    l->cursor = row < l->count ? row : l->count ? l->count - 1 : 0;
    follow(l);
}

static void move(struct list *l, bool down, size_t by)
{
    if (down)
        list_select(l, l->count - l->cursor > by ? l->cursor + by : l->count);
    else
        list_select(l, l->cursor > by ? l->cursor - by : 0);
}

/* A page keeps one row of the former in sight, and the cursor at its place in the window. */
static void page(struct list *l, bool down, size_t by)
{
    size_t rows = (size_t)l->rows, last_top = l->count > rows ? l->count - rows : 0;
    if (down)
        l->top = l->top + by < last_top ? l->top + by : last_top;
    else
        l->top = l->top > by ? l->top - by : 0;
    move(l, down, by);
}

bool list_command(struct list *l, enum ui_command_id id)
{
    size_t rows = (size_t)(l->rows > 0 ? l->rows : 1);
    size_t half = rows > 1 ? rows / 2 : 1, full = rows > 1 ? rows - 1 : 1;
    switch (id) {
    case CMD_DOWN:
        move(l, true, 1);
        return true;
    case CMD_UP:
        move(l, false, 1);
        return true;
    case CMD_FIRST:
        list_select(l, 0);
        return true;
    case CMD_LAST:
        list_select(l, l->count);
        return true;
    case CMD_HALF_DOWN:
        page(l, true, half);
        return true;
    case CMD_HALF_UP:
        page(l, false, half);
        return true;
    case CMD_PAGE_DOWN:
        page(l, true, full);
        return true;
    case CMD_PAGE_UP:
        page(l, false, full);
        return true;
    default:
        return false;
    }
}

void list_draw_above(const struct list *l, struct ui_rect title, enum ui_role role)
{
    if (l->top > 0 && title.row >= 0)
        canvas_more(title.row, title.col + title.cols, title.cols, role, GLYPH_UP, l->top);
}

void list_draw_below(const struct list *l, struct ui_rect area)
{
    size_t rows = (size_t)(l->rows > 0 ? l->rows : 1);
    if (l->count > l->top + rows)
        canvas_more(area.row + area.rows - 1, area.col + area.cols, area.cols, ROLE_TEXT,
                    GLYPH_DOWN, l->count - l->top - rows);
}

void list_draw_more(const struct list *l, struct ui_rect area, enum ui_role role)
{
    list_draw_above(l, (struct ui_rect){area.row - 1, area.col, 1, area.cols}, role);
    list_draw_below(l, area);
}
