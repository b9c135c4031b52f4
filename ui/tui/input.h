/*
 * From bytes of the terminal to keys. A decoder of its own rather than curses' getch(): both forms
 * of the arrows are known whatever terminfo says, a lone ESC is told from a sequence that the line
 * delivers in pieces, Alt chords and late sequences are recognised and refused instead of running
 * letters as commands, and nothing ever blocks. Times are milliseconds of any steady clock.
 */
#ifndef KSX_TUI_INPUT_H
#define KSX_TUI_INPUT_H

#include "tui/keys.h"

#define INPUT_ESC_MS 100   /* how long the rest of a sequence may take */
#define INPUT_LATE_MS 1000 /* how long after a lone ESC its rest is still swallowed */
#define INPUT_PASTE_MAX (1u << 20)

struct input;

struct input *input_new(int esc_ms);
void input_free(struct input *in); /* wipes */
/* A sequence that terminfo names beside those built in. */
void input_define(struct input *in, const char *sequence, enum ui_keycode code);
void input_feed(struct input *in, const char *bytes, size_t len, int64_t now);
/* The next key; false when more bytes (or time) are needed. Clears the former paste. */
bool input_next(struct input *in, int64_t now, struct ui_key *out);
/* Milliseconds until a waiting ESC counts as a key of its own; -1 = nothing waits for time. */
int input_timeout(const struct input *in, int64_t now);

const char *input_paste(const struct input *in, size_t *len);
bool input_paste_cut(const struct input *in); /* longer than INPUT_PASTE_MAX */
struct ui_mouse input_mouse(const struct input *in);

#endif
