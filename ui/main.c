/*
 * ksx: a keystore explorer for the terminal.
 */
#include "cli/cli.h"

#include <locale.h>

int main(int argc, char **argv)
{
    /* Only the character set is the user's: numbers and dates are written one way everywhere. */
    (void)setlocale(LC_CTYPE, "");
    return cli_main(argc, argv);
}
