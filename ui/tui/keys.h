/*
 * Keys: what arrives from the terminal, as one value, and their names ("j", "^N", "F3", "PgDn").
 */
#ifndef KSX_TUI_KEYS_H
#define KSX_TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
enum ui_keycode {
    UI_KEY_CHAR, /* `ch` is a Unicode character (control characters too: ^A is 1) */
    UI_KEY_UP, UI_KEY_DOWN, UI_KEY_LEFT, UI_KEY_RIGHT, UI_KEY_HOME, UI_KEY_END,
    UI_KEY_PGUP, UI_KEY_PGDN, UI_KEY_DELETE, UI_KEY_INSERT, UI_KEY_BACKSPACE, UI_KEY_ENTER,
    UI_KEY_TAB, UI_KEY_BACKTAB, UI_KEY_ESC,
    UI_KEY_F1, UI_KEY_F2, UI_KEY_F3, UI_KEY_F4, UI_KEY_F5, UI_KEY_F6, UI_KEY_F7, UI_KEY_F8,
    UI_KEY_F9, UI_KEY_F10, UI_KEY_F11, UI_KEY_F12,
    UI_KEY_ALT,   /* an Alt chord: refused */
    UI_KEY_PASTE, /* a bracketed paste: text in ui_paste() */
    UI_KEY_MOUSE, /* ui_mouse() */
    UI_KEY_RESIZE, UI_KEY_NONE,
};
/* clang-format on */
struct ui_key {
    enum ui_keycode code;
    int32_t ch;
};

/* "j", "^N", "Space", "Enter", "PgDn", "F3"; ASCII names for `?` when ascii. Returns out. */
char *ui_key_name(struct ui_key key, char out[static 16]);
/* The reverse, for the command table's key lists ("j Down ^N"). */
bool ui_key_parse(const char *name, struct ui_key *out);

/* ---- what comes with UI_KEY_PASTE and UI_KEY_MOUSE: valid until the next key is read ---- */
const char *ui_paste(size_t *len); /* at most 1 MiB; not neutralised, not checked */
enum ui_mouse_button { UI_MOUSE_LEFT, UI_MOUSE_MIDDLE, UI_MOUSE_RIGHT, UI_MOUSE_UP, UI_MOUSE_DOWN };
struct ui_mouse {
    int row, col;
    enum ui_mouse_button button; /* presses only; UP and DOWN are the wheel */
};
struct ui_mouse ui_mouse(void);

static inline bool ui_key_is(struct ui_key k, int32_t ch)
{
    return k.code == UI_KEY_CHAR && k.ch == ch;
}

#endif
