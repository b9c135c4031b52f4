/* The review of a repair: BEFORE and AFTER of each entry in two columns, and where new comes from.
 */
#ifndef KSX_TUI_REPAIR_REVIEW_H
#define KSX_TUI_REPAIR_REVIEW_H

#include "op/repair.h"
#include "tui/app.h"

const char *repair_glyph(enum ks_severity severity);
/* As wide as the screen allows now. `store`: the one under repair; `choice`: of the paths. */
void repair_review(const struct app *app, const struct ks_repair_look *look,
                   const struct ks_store *store, size_t choice, struct report *out);
/* Each entry begins with a line of this label, in the order of the rows with something done. */
#define REPAIR_REVIEW_ENTRY "Entry"
/* Every certificate of the new chains, in full; the caller's. */
char *repair_certificates(const struct ks_repair_look *look);

#endif
