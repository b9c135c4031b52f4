/*
 * What the scenarios share: starting ksx on a sample with the clock pinned, at 80x24 unless said.
 */
#ifndef KSX_TESTS_TERM_SCENARIO_H
#define KSX_TESTS_TERM_SCENARIO_H

#include "terminal.h"

#define NOW "2026-03-01T00:00:00Z"
#define DATA(name) KSX_DATA "/" name

/* ksx --at NOW FILE... in a terminal of that size; `env` as in struct pty_options, may be NULL. */
struct pty *start_ksx(int rows, int cols, const char *const *env, const char *const files[]);
/* inbound.p12, unlocked; the cursor is on the keystore's row. */
struct pty *start_inbound(int rows, int cols, const char *const *env);
/* Text of the row that holds the cursor. */
const char *cursor_row(struct pty *t);
/* Waits until the row with the cursor holds the text. */
void wait_cursor_on(struct pty *t, const char *text);
/* Waits for the end, which must have this status; the stream stays readable. */
void ends_with(struct pty *t, int expected);
/* Ends with Q, which must leave with status 0 and restore the main screen. */
void quit(struct pty *t);

#endif
