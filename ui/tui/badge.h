/*
 * The sign of a state in front of a row, the same in the tree and in the timeline: a glyph, and how
 * many days are left. Each has the colour of a badge only when it is itself the trouble: a broken
 * chain colours the glyph, a near expiry the days.
 */
#ifndef KSX_TUI_BADGE_H
#define KSX_TUI_BADGE_H

#include "report/report.h"
#include "tui/canvas.h"

/* ROLE_TEXT for a state that is no badge. */
enum ui_role badge_role(enum report_state state);
/* For the days until `not_after`; dates in seconds, KS_TIME_NONE = none. */
enum ui_role badge_days_role(int64_t not_before, int64_t not_after, int64_t now);
/* The same for the earliest expiry of an entry's chain. */
enum ui_role badge_entry_days_role(const struct ks_entry *e, int64_t now);
/* Text in the role of a badge, or in the pen's own role when it is ROLE_TEXT. */
void badge_text(struct ui_pen *pen, enum ui_role role, const char *own);

#endif
