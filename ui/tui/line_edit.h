/*
 * One line of text being typed: UTF-8, the readline keys, a window that scrolls sideways. In secret
 * mode the text is written straight into locked memory, shown as one * a character, and wiped when
 * it is cleared or freed; the plain text never leaves that memory except as a struct ks_secret.
 */
#ifndef KSX_TUI_LINE_EDIT_H
#define KSX_TUI_LINE_EDIT_H

#include "base/secret.h"
#include "tui/canvas.h"
#include "tui/keys.h"

#define LINE_EDIT_MAX 4096 /* bytes; KS_SECRET_MAX in secret mode */

struct line_edit;

enum line_result {
    LINE_IGNORED, /* not an editing key: Tab, arrows up and down, PgUp, F keys, ... */
    LINE_MOVED,   /* handled; the text is the same */
    LINE_CHANGED,
    LINE_ENTER,
    LINE_CANCEL,  /* Esc or ^C */
    LINE_REFUSED, /* handled, but the text was full or the paste unfit: say so */
};

struct line_edit *line_edit_new(bool secret);
void line_edit_free(struct line_edit *e); /* NULL is fine; wipes a secret */

/* One key. Pasted text (UI_KEY_PASTE) goes in with line_edit_insert(). */
enum line_result line_edit_key(struct line_edit *e, struct ui_key key);
/* Inserts text at the cursor. Line ends at its end are dropped (`*dropped` if not NULL); at the
 * first other line end or control character the rest is refused. */
enum line_result line_edit_insert(struct line_edit *e, const char *utf8, size_t len, bool *dropped);

void line_edit_set(struct line_edit *e, const char *utf8); /* cursor at the end */
const char *
line_edit_text(const struct line_edit *e); /* NUL-terminated, borrowed; not in secret mode: "" */
struct ks_secret *line_edit_secret(const struct line_edit *e); /* a copy, for secret mode */
size_t line_edit_length(const struct line_edit *e);            /* bytes */
size_t line_edit_chars(const struct line_edit *e);             /* code points */
size_t line_edit_cursor(const struct line_edit *e);            /* byte offset */
bool line_edit_all_capitals(
    const struct line_edit *e); /* at least two letters, none of them small: Caps Lock? */
void line_edit_reveal(struct line_edit *e, bool on); /* secret mode only */
bool line_edit_revealed(const struct line_edit *e);

/* Draws into cells [col, end) of a row, rest filled with `filler` ('_' or ' '); places the cursor.
 */
void line_edit_draw(const struct line_edit *e, int row, int col, int end, char filler);

#endif
