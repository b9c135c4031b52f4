/*
 * What the lists of entries by day share: how soon, in words and counted, and the orders.
 */
#ifndef KSX_TUI_TIMELINE_H
#define KSX_TUI_TIMELINE_H

#include "report/filter.h"
#include "tui/canvas.h"
#include "tui/prompt.h"

enum span { SPAN_EXPIRED, SPAN_7, SPAN_30, SPAN_90, SPAN_LATER, SPAN_NONE, SPAN_UNJUDGED, SPANS };

enum span span_of(const struct ks_entry *e, int64_t now);
/* "Expired 2   7 days 0   ...", shorter where there is no room. */
void spans_draw(const size_t spans[static SPANS], int row, int cols);

/* In the place of a date: "(no date)", "(unknown)". */
const char *timeline_no_date(const struct ks_entry *e);

#define TIMELINE_SORTS 6
extern const struct prompt_choice timeline_sorts[TIMELINE_SORTS];
/* The order of a letter; false: there is none. */
bool timeline_order(char key, enum sort_key *out);

#endif
