/* Every dialog of an edit, at the sizes and in the character set that leave least room. */
#include "sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct look {
    int rows, cols;
    const char *const *env;
};

static const struct step {
    const char *keys, *shows;
    const char *leave; /* NULL: it is left by what follows */
    const char *small; /* shown at 40x10; NULL: the same */
} steps[] = {
    {"m", "new alias: nexus-iq-server", "<Esc>", "new alias:"},
    {"d", "1 removed, 4 untouched", "<Esc>", NULL},
    {"cn", "What should the new keystore be", "<Esc>", "New keystore"},
    {"ck", "The new key", "<Esc>", "Use for"},
    {"cr", "What the CA is asked for", "<Esc>", "Alternative names"},
    {"e", "copy to another open keystore", "<Esc>", "private key"},
    {"cs", "A new random secret key", "<Esc>", "Algorithm"},
    {"cg", "A secret key that you have", "<Esc>", "Key (hex)"},
    {"cp", "A passphrase to store", "<Esc>", "Passphrase"},
    {"c", "secret key, given in hex", "<Esc>", "secret key, random"},
    {"C", "What should it become", "<Esc>", "To type"},
    {"p", "change the password of", "<Esc>", NULL},
    {"pc", "The new keystore password", "<Esc>", "Again"},
    {"pk", "The new password of this key", "<Esc>", "Again"},
    {"<F5>", "Where should the copy go", "<Esc>", "Same alias"},
    {"m<C-u>iq-2026<Enter>", "AFTER", NULL, NULL},
    {"<Enter>", "[+1]", NULL, NULL},
    {"P", "Pending changes of inbound.p12", "q", "Pending changes"},
    {"D", "Compare inbound.p12 with", NULL, NULL},
    {"d", "1 changed, 0 only in A", "q", "4 equal, 1 changed"},
    {"D1", "Diff: A inbound.p12, B", "q", "4 equal"},
    {"w", "Enter Save", "<Esc>", NULL},
    {"W", "save as: inbound.p12", "<Esc>", NULL},
    {"X", "close without saving (1 change lost)", "<Esc>", "close without saving"},
    {"R", "read it again (1 change lost)", "<Esc>", "read it again"},
    {"V", "Keystores of this host's JVMs", "q", "JVMs"},
    {"q", "quit without saving (1 change lost)", NULL, "quit without saving"},
};

/* KSX_SHOW=1 in the environment prints every screen. */
static void show(struct pty *t)
{
    if (getenv("KSX_SHOW"))
        pty_print(t);
}

static void walk(const struct look *look)
{
    put_sample("inbound.p12", "inbound.p12");
    put_sample("inbound.p12", "other.p12");
    keep_bytes("inbound.p12");
    struct pty *t = start_in_box(look->rows, look->cols, look->env,
                                 (const char *const[]){"inbound.p12", "other.p12", NULL});
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "other.p12 was unlocked");
    pty_wait_gone(t, "Unlock");
    pty_type(t, "gj");
    wait_cursor_on(t, "nexus-iq-server");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        pty_type(t, steps[i].keys);
        const char *shows = look->cols < 60 && steps[i].small ? steps[i].small : steps[i].shows;
        pty_wait(t, shows);
        show(t);
        if (!steps[i].leave)
            continue;
        pty_type(t, steps[i].leave);
        pty_wait_gone(t, shows);
    }
    pty_type(t, "n");
    ends_with(t, 0);
    assert_unchanged("inbound.p12");
    assert_never_sent(t, "changeit");
    pty_free(t);
}

static void every_dialog_fits_80_by_24(void **state)
{
    (void)state;
    walk(&(struct look){24, 80, NULL});
}

static void every_dialog_fits_60_by_16(void **state)
{
    (void)state;
    walk(&(struct look){16, 60, NULL});
}

static void every_dialog_works_in_ascii(void **state)
{
    (void)state;
    static const char *const ascii[] = {"LC_ALL=C", NULL};
    walk(&(struct look){24, 80, ascii});
}

static void every_dialog_works_at_the_smallest_size(void **state)
{
    (void)state;
    walk(&(struct look){10, 40, NULL});
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sandbox_make, sandbox_drop)

/* A name, which may have * in it, runs that test alone. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(every_dialog_fits_80_by_24),
        TEST(every_dialog_fits_60_by_16),
        TEST(every_dialog_works_in_ascii),
        TEST(every_dialog_works_at_the_smallest_size),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("dialogs", tests, NULL, NULL);
}
