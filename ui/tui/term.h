/*
 * The terminal: set up, restored whatever happens, and waited on. Everything about it is one
 * state of the process (signal handlers reach it), so this file is the one with a global.
 */
#ifndef KSX_TUI_TERM_H
#define KSX_TUI_TERM_H

#include "tui/app.h"

#include <poll.h>

/* Takes the screen. KS_ERR_USAGE with words for stderr when there is no usable terminal. `notice`
 * gets a remark to show ("TERM=xterm-kitty is unknown here, using xterm-256color"), or "". */
KS_CHECK enum ks_code term_start(const struct ui_options *opts, char notice[static 160],
                                 struct ks_error *err);
void term_stop(void); /* the main screen again; harmless when not started */

bool term_unicode(void); /* the locale is UTF-8 */
void term_size(int *rows, int *cols);

/* Sleeps until a key, a signal, one of `fds` (revents are set) or the timeout (-1 = none). */
enum { TERM_KEY = 1, TERM_SIGNAL = 2, TERM_FD = 4, TERM_TIMEOUT = 8, TERM_GONE = 16 };
unsigned term_wait(struct pollfd *fds, size_t count, int timeout_ms);
/* The next key that has arrived; false when there is none now. */
bool term_key(struct ui_key *key);
/* More bytes are waiting: not worth drawing yet. */
bool term_more(void);
/* Passes over what was typed so far: it was meant for what stood there before. */
void term_discard(void);

/* Signals that came since the last call, as bits of TERM_SIG_*. */
enum {
    TERM_SIG_RESIZE = 1,
    TERM_SIG_STOP = 2,
    TERM_SIG_CONT = 4,
    TERM_SIG_INT = 8,
    TERM_SIG_END = 16
};
unsigned term_signals(void);
int term_end_code(void); /* 128 + the signal that asked us to end */

void term_resized(void); /* after TERM_SIG_RESIZE: curses learns the new size */
void term_suspend(void); /* gives the main screen back, stops the process, returns after SIGCONT */
void term_leave(void);   /* main screen for another program */
void term_enter(void);   /* ours again, repainted */
void term_redraw_all(void);
void term_mouse(bool on);
bool term_mouse_is_on(void);
void term_write(const char *bytes, size_t len); /* past curses: OSC 52 */
int64_t term_now(void);                         /* milliseconds, steady */

#endif
