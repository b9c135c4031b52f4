/* The same way through a keystore at each size, and where the terminal knows only ASCII. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const plain[] = {"LC_ALL=C", NULL};

struct place {
    int rows, cols;
    const char *const *env;
};
static struct place utf8_wide = {40, 120, NULL}, utf8_small = {16, 60, NULL},
                    ascii = {24, 80, plain}, ascii_wide = {40, 120, plain},
                    ascii_small = {16, 60, plain};

static void look_around(struct pty *t)
{
    pty_wait(t, "nexus-iq-server");
    pty_wait(t, "-31d");
    pty_type(t, "jl");
    pty_wait(t, "0 iq.example.com");
    pty_wait(t, "missing");
    pty_type(t, "h");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "!");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "!");
    wait_cursor_on(t, "old-issuing-ca");
}

static void find_and_filter(struct pty *t)
{
    pty_type(t, "/corp-root<Enter>");
    wait_cursor_on(t, "corp-root");
    pty_type(t, "fexp:<lt>30d<Enter>");
    pty_wait(t, "Esc clears the filter");
    pty_wait_gone(t, "S aes-session");
    pty_type(t, "<Esc>");
    pty_wait(t, "S aes-session");
    pty_type(t, "se");
    pty_wait(t, "sort:expiry");
    pty_type(t, "g");
    wait_cursor_on(t, "inbound.p12");
    pty_type(t, "j");
    wait_cursor_on(t, "old-issuing-ca");
}

static void read_the_details(struct pty *t)
{
    pty_type(t, "/nexus<Enter>");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "<Enter>4");
    pty_wait(t, "subjectAltName");
    pty_type(t, "6");
    pty_wait(t, "-----BEGIN CERTIFICATE-----");
    pty_type(t, "7");
    pty_wait(t, "CHAIN-MISSING-INTERMEDIATE");
    pty_type(t, "1q");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "T");
    pty_wait(t, "Expiry");
    pty_wait(t, "412d");
    pty_type(t, "q");
    wait_cursor_on(t, "nexus-iq-server");
}

static void everything_is_reachable(void **state)
{
    const struct place *p = *state;
    struct pty *t = start_inbound(p->rows, p->cols, p->env);
    look_around(t);
    find_and_filter(t);
    read_the_details(t);
    size_t len;
    const uint8_t *stream = pty_stream(t, &len);
    for (size_t i = 0; p->env && i < len; i++)
        assert_true(stream[i] < 0x80);
    quit(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"wide", everything_is_reachable, NULL, NULL, &utf8_wide},
        {"small", everything_is_reachable, NULL, NULL, &utf8_small},
        {"ascii", everything_is_reachable, NULL, NULL, &ascii},
        {"ascii wide", everything_is_reachable, NULL, NULL, &ascii_wide},
        {"ascii small", everything_is_reachable, NULL, NULL, &ascii_small},
    };
    return cmocka_run_group_tests_name("sizes", tests, NULL, NULL);
}
