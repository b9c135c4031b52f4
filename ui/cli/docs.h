/*
 * Documents made from the tables of subcommands, options, keys, formats and findings, so that they
 * say what the program does. Each writes on standard output; docs/refresh keeps the copies in the
 * repository.
 */
#ifndef KSX_CLI_DOCS_H
#define KSX_CLI_DOCS_H

#include "cli/cli.h"

void docs_man(struct cli *cli);      /* docs/ksx.1 */
void docs_bash(struct cli *cli);     /* completions/ksx.bash */
void docs_zsh(struct cli *cli);      /* completions/_ksx */
void docs_fish(struct cli *cli);     /* completions/ksx.fish */
void docs_formats(struct cli *cli);  /* the table of the README */
void docs_commands(struct cli *cli); /* the table of the README */
void docs_findings(struct cli *cli); /* docs/findings.md */

#endif
