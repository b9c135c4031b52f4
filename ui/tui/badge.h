/*
 * The sign of a state in front of a row: a glyph and how many days are left, which only for
 * errors, warnings and notes have a colour of their own.
 */
#ifndef KSX_TUI_BADGE_H
#define KSX_TUI_BADGE_H

#include "report/report.h"
#include "tui/canvas.h"

enum ui_role badge_role(enum report_state state, enum ui_role otherwise);
/* The glyph, and the days right-aligned so that they end `width` cells behind it; `days` NULL = glyph alone. */
void badge_draw(struct ui_pen *pen, enum report_state state, const char *days, int width);

#endif
