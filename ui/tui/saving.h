/*
 * Writing to disk, from the explorer: the password that is needed first, what stands in the way
 * (another program's changes, hard links, an owner that cannot be kept), the review of what will be
 * written, and the message after it. And leaving the program with unsaved changes.
 */
#ifndef KSX_TUI_SAVING_H
#define KSX_TUI_SAVING_H

#include "tui/app.h"

struct explorer;

enum ui_next saving_command(struct app *app, struct explorer *ex, enum ui_command_id id);
/* Leaves the program, or asks what becomes of unsaved changes first. */
enum ui_next saving_quit(struct app *app);
/* Closes a file, or asks first. */
void saving_close(struct app *app, struct ui_file *f);
/* Reads a file again, or asks first. */
void saving_reload(struct app *app, struct ui_file *f);
/* Changes that are not saved, in all files. */
size_t saving_unsaved_changes(const struct app *app);
/* Files with unsaved changes. */
size_t saving_unsaved_files(const struct app *app);

#endif
