/*
 * Colours and glyphs: what a role looks like. Text keeps the terminal's own colours; only badges
 * carry a pair of their own, so their contrast depends on no background, and every badge is a
 * glyph and a word or number as well.
 */
#ifndef KSX_TUI_THEME_H
#define KSX_TUI_THEME_H

#include "tui/app.h"

#include <curses.h>

/* After newterm(). `ascii` chooses the glyph set. */
void theme_start(enum ui_color color, bool ascii);
/* Attributes and pair of a role on a row whose role is `under`. */
attr_t theme_attr(enum ui_role role, enum ui_role under, short *pair);

#endif
