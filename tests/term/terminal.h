/*
 * A terminal for tests: runs the real program in a pseudo-terminal, keeps its screen with
 * libvterm, records every byte it sends. Nothing sleeps: a test types keys and waits for what must
 * appear; a wait that is not fulfilled in time prints the screen and fails the test.
 */
#ifndef KSX_TESTS_TERM_TERMINAL_H
#define KSX_TESTS_TERM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vterm.h>

struct pty;

struct pty_options {
    int rows, cols;          /* 0 = 24, 80 */
    const char *const *env;  /* "NAME=value" or "NAME" (unset), NULL-terminated; on top of the defaults
                                TERM=xterm-256color LC_ALL=C.UTF-8 TZ=UTC, no ESCDELAY, no NO_COLOR */
    const char *cwd;         /* NULL = unchanged */
};

/* Starts argv[0]; the caller ends it with pty_end. */
struct pty *pty_start(const struct pty_options *options, const char *const argv[]);
/* Types keys: literal characters, and <Enter> <Esc> <Tab> <Up> <Down> <Left> <Right> <PgDn> <PgUp>
 * <Home> <End> <Del> <BS> <F1>..<F10> <C-x> <Space> <lt>; <Paste>text</Paste> is a bracketed paste. */
void pty_type(struct pty *t, const char *keys);
void pty_resize(struct pty *t, int rows, int cols);
void pty_hang_up(struct pty *t); /* closes the terminal, as a dropped connection does */
void pty_signal(struct pty *t, int signal);

/* Reads until the text is on the screen (anywhere, or in one row); fails the test after 20 s. */
void pty_wait(struct pty *t, const char *text);
void pty_wait_row(struct pty *t, int row, const char *text);
void pty_wait_gone(struct pty *t, const char *text);
/* Reads until nothing has come for `ms` milliseconds. */
void pty_quiet(struct pty *t, int ms);

bool pty_shows(struct pty *t, const char *text); /* now, without reading */
/* Row as UTF-8 without trailing blanks; valid until the next call. */
const char *pty_row(struct pty *t, int row);
int pty_find_row(struct pty *t, const char *text); /* -1 if none */
/* Column of the cell where text begins in a row; -1 if it is not there. */
int pty_find_col(struct pty *t, int row, const char *text);
VTermScreenCell pty_cell(struct pty *t, int row, int col);
VTermPos pty_cursor(struct pty *t);
long pty_pid(const struct pty *t);
int pty_rows(const struct pty *t);
int pty_cols(const struct pty *t);
VTermScreen *pty_screen(struct pty *t);
void pty_print(struct pty *t); /* the screen to stderr */

/* The byte stream: everything since the start, or since the last mark. */
void pty_mark(struct pty *t);
size_t pty_bytes(struct pty *t); /* since the mark */
bool pty_sent(struct pty *t, const char *bytes, size_t len); /* anywhere in the whole stream */
const uint8_t *pty_stream(struct pty *t, size_t *len);

/* Reads the rest, waits for the end; returns the exit status, or 128 + signal. Frees `t`. */
int pty_end(struct pty *t);
/* Waits for the end without freeing: the screen and the stream stay readable. */
int pty_wait_exit(struct pty *t);
void pty_free(struct pty *t); /* kills what still runs */

#endif
