/*
 * What is below directories: every keystore, certificate and key, by the day it expires. The search
 * runs beside the keys, and stopping it keeps what was found.
 */
#ifndef KSX_TUI_VIEW_SCAN_H
#define KSX_TUI_VIEW_SCAN_H

#include "tui/app.h"

/* Opens the view and begins to search. Paths are copied. */
void scan_start(struct app *app, const char *const *paths, size_t count);
/* Asks for the directory first. */
void scan_ask(struct app *app);

extern const struct view view_scan;

#endif
