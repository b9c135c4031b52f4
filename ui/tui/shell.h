/*
 * Words for a command line that people copy.
 */
#ifndef KSX_TUI_SHELL_H
#define KSX_TUI_SHELL_H

#include "base/bytes.h"

/* Appends `text` as one word of a POSIX shell; control characters as bash, zsh and ksh spell them:
 * $'\x1b'. A leading "-" becomes "./-": this is for names of files. */
void shell_file(const char *text, struct ks_buf *out);
void shell_word(const char *text, struct ks_buf *out);
/* Appends a command of the table with FILE and ALIAS filled in; NULL leaves the word as it is. */
void shell_command(const char *pattern, const char *file, const char *alias, struct ks_buf *out);

#endif
