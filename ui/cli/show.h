/* What `show` prints, for the other commands that print reports. */
#ifndef KSX_CLI_SHOW_H
#define KSX_CLI_SHOW_H

#include "cli/cli.h"

/* `title` NULL: no heading and no margin. */
void show_report(struct cli *cli, const struct report *r, const char *title);

#endif
