/*
 * ksx: a keystore explorer for the terminal.
 */
#include "cli/cli.h"

#include <locale.h>
#include <signal.h>

int main(int argc, char **argv)
{
    /* Only the character set is the user's: numbers and dates are written one way everywhere. */
    (void)setlocale(LC_CTYPE, "");
    /* A file that grows beyond what is allowed is an error, which can be told. */
    (void)signal(SIGXFSZ, SIG_IGN);
    return cli_main(argc, argv);
}
