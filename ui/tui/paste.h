/*
 * Text that is pasted while no field takes text: PEM in it is brought to the import it is for,
 * anything else is refused, so that no letter of it runs as a command.
 */
#ifndef KSX_TUI_PASTE_H
#define KSX_TUI_PASTE_H

#include "tui/app.h"

struct explorer;

/* UI_IGNORED for text without PEM: the application says that it was ignored. */
enum ui_next paste_on_tree(struct app *app, struct explorer *ex);
/* The same from a form, for terminals that cannot tell pasted text from typed: it finds out what
 * it was given. f can be edited (edit_refused() is NULL). */
void paste_start(struct app *app, struct ui_file *f);

#endif
