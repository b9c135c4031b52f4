/*
 * External text, neutralised once and cut up into clusters, for whoever wraps or shortens it: the
 * only unit that may be counted, cut at, or drawn.
 */
#ifndef KSX_TUI_CELLS_H
#define KSX_TUI_CELLS_H

#include "base/bytes.h"
#include "tui/canvas.h"

struct cell {
    uint32_t off; /* in cells.text */
    uint16_t len; /* bytes */
    uint8_t width;
    bool escaped;
};
struct cells {
    struct ks_buf text;
    struct cell *items;
    size_t count, cap;
    int width; /* of all */
};

/* Replaces the contents. `layout`: runs of spaces are the layout of the text. */
void cells_set(struct cells *c, const char *utf8, size_t len, bool layout);
void cells_free(struct cells *c);
int cells_width(const struct cells *c, size_t from, size_t to);
/* The end of the longest run from `from` that fits into `width`; at least one cluster, if there is
 * one. */
size_t cells_fit(const struct cells *c, size_t from, int width);
/* True for a plain blank: where a line may be broken. */
bool cells_is_space(const struct cells *c, size_t i);
/* The first `chars` characters of a text with an ellipsis if there are more; free with free(). Not
 * neutralised: for messages, which are when they are drawn. */
char *cells_excerpt(const char *utf8, size_t chars);
void cells_put_excerpt(const char *utf8, size_t chars, struct ks_buf *out); /* appended */
char cells_char(const struct cells *c, size_t i); /* the ASCII character, 0 for anything else */
void canvas_cells(struct ui_pen *pen, const struct cells *c, size_t from, size_t to);

#endif
