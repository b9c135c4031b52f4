/*
 * The findings of all open keystores, or of one: by entry or by finding, filtered, with what is
 * known of the one under the cursor. It leads to the entry, to the repair, and to the explanation
 * of an error message.
 */
#ifndef KSX_TUI_VIEW_FINDINGS_H
#define KSX_TUI_VIEW_FINDINGS_H

#include "tui/view.h"

/* arg: the const struct ui_file that it is about at first; NULL: all. */
extern const struct view view_findings;

/* Where a finding is shown: its entry in the explorer, with the section about it. */
struct ui_file;
void findings_go_to(struct app *app, const struct ui_file *f, long entry);
/* Repairs an entry (-1: the keystore), or says why it cannot be. */
void findings_repair(struct app *app, struct ui_file *f, long entry);

#endif
