/*
 * Words for a command line that people copy.
 */
#ifndef KSX_TUI_SHELL_H
#define KSX_TUI_SHELL_H

#include "base/bytes.h"

/* Appends a command of the table with FILE and ALIAS filled in; NULL leaves the word as it is. */
void shell_command(const char *pattern, const char *file, const char *alias, struct ks_buf *out);

#endif
