/*
 * The wizard that looks at a TLS server: what it sends, what each truststore here makes of it, and
 * what of it is to be trusted from now on.
 */
#ifndef KSX_TUI_WIZ_CAPTURE_H
#define KSX_TUI_WIZ_CAPTURE_H

#include "tui/app.h"

/* `f`: where the cursor is; it need not be one that can be edited, since a copy of a JVM's cacerts
 * can be made instead. `server`: "host:port", to begin with; NULL: nothing. */
void wiz_capture_start(struct app *app, struct ui_file *f, const char *server);

#endif
