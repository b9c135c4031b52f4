/*
 * Text broken into rows of a width: at blanks where there are any, between clusters where there
 * are none, never inside an escape or a combining sequence.
 */
#ifndef KSX_TUI_WRAP_H
#define KSX_TUI_WRAP_H

#include "tui/cells.h"

struct wrap_row {
    uint32_t from, to; /* clusters */
};
struct wrapped {
    struct cells cells;
    struct wrap_row *rows;
    size_t count, cap;
};

/* `text` may have lines ('\n'). `layout`: composed by ksx, runs of spaces are meant. */
void wrapped_set(struct wrapped *w, const char *text, int width, bool layout);
/* A value that is 8 bytes a row of hex with separators ("9C:41:...", "1f3a90c2 77be014d"), or as
 * many of its groups as fit. */
void wrapped_set_hex(struct wrapped *w, const char *text, int width);
void wrapped_free(struct wrapped *w);
void wrapped_draw(const struct wrapped *w, size_t row, struct ui_pen *pen);

#endif
