/*
 * What the tests of the wizards do again and again: opening inbound.p12 in the sandbox, applying a
 * plan, saving, and leaving whatever is on the screen.
 */
#ifndef KSX_TESTS_TERM_WIZARD_STEPS_H
#define KSX_TESTS_TERM_WIZARD_STEPS_H

#include "sandbox.h"

static inline void unlock_first(struct pty *t)
{
    pty_wait(t, "Unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Unlock");
}

/* The sample and perhaps others, all with the same password; the cursor is on the first. Its bytes
 * are kept for assert_unchanged(). */
static inline struct pty *open_with(int rows, int cols, const char *const *env,
                                    const char *const names[])
{
    keep_bytes(names[0]);
    struct pty *t = start_in_box(rows, cols, env, names);
    unlock_first(t);
    if (names[1]) /* the cursor goes to each file that is opened */
        pty_wait(t, "was unlocked with the password of");
    pty_type(t, "g");
    wait_cursor_on(t, names[0]);
    return t;
}

static inline struct pty *open_sample(int rows, int cols, const char *const *env)
{
    put_sample("inbound.p12", "inbound.p12");
    return open_with(rows, cols, env, (const char *const[]){"inbound.p12", NULL});
}

static inline void to_nexus(struct pty *t)
{
    pty_type(t, "gj");
    wait_cursor_on(t, "nexus-iq-server");
}

static inline void apply(struct pty *t)
{
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Not saved: w");
}

static inline void save(struct pty *t)
{
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    pty_wait_gone(t, "[+");
}

/* Esc until the page is gone, whatever was typed. */
static inline void leave(struct pty *t, const char *page)
{
    for (int i = 0; i < 5 && pty_shows(t, page); i++) {
        pty_type(t, "<Esc>");
        pty_quiet(t, 150);
    }
    pty_wait_gone(t, page);
}

static const char *const c_locale[] __attribute__((unused)) = {"LC_ALL=C", NULL};

#endif
