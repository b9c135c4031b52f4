/*
 * An error message, pasted or typed: what it means, and whether the open keystores cause it. The
 * upper part is a text area; the lower one says what was recognised, and for each finding that
 * causes it YES with the evidence, or no. Enter on a YES goes there, r repairs it.
 */
#ifndef KSX_TUI_VIEW_EXPLAIN_H
#define KSX_TUI_VIEW_EXPLAIN_H

#include "tui/view.h"

extern const struct view view_explain; /* arg: NULL; else what was pasted last goes into it */

/* What was pasted elsewhere, when it holds a message that is known: the view opens with it. */
bool explain_pasted(struct app *app);

#endif
