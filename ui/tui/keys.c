#include "tui/keys.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const struct {
    enum ui_keycode code;
    const char *name;
} named[] = {
    {UI_KEY_UP, "Up"},       {UI_KEY_DOWN, "Down"},         {UI_KEY_LEFT, "Left"},
    {UI_KEY_RIGHT, "Right"}, {UI_KEY_HOME, "Home"},         {UI_KEY_END, "End"},
    {UI_KEY_PGUP, "PgUp"},   {UI_KEY_PGDN, "PgDn"},         {UI_KEY_DELETE, "Del"},
    {UI_KEY_INSERT, "Ins"},  {UI_KEY_BACKSPACE, "Bksp"},    {UI_KEY_ENTER, "Enter"},
    {UI_KEY_TAB, "Tab"},     {UI_KEY_BACKTAB, "Shift-Tab"}, {UI_KEY_ESC, "Esc"},
    {UI_KEY_ALT, "Alt"},     {UI_KEY_PASTE, "paste"},       {UI_KEY_MOUSE, "mouse"},
};

char *ui_key_name(struct ui_key key, char out[static 16])
{
    out[0] = '\0';
    if (key.code >= UI_KEY_F1 && key.code <= UI_KEY_F12) {
        snprintf(out, 16, "F%d", (int)(key.code - UI_KEY_F1) + 1);
        return out;
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (named[i].code == key.code) {
            snprintf(out, 16, "%s", named[i].name);
            return out;
        }
    }
    if (key.code != UI_KEY_CHAR)
        return out;
    if (key.ch == ' ') {
        snprintf(out, 16, "Space");
    } else if (key.ch >= 0 && key.ch < 0x20) {
        snprintf(out, 16, "^%c", (char)(key.ch + 0x40));
    } else if (key.ch > 0x20 && key.ch < 0x7f) {
        snprintf(out, 16, "%c", (char)key.ch);
    } else {
        snprintf(out, 16, "U+%04X", (unsigned)key.ch);
    }
    return out;
}

static bool parse_function_key(const char *name, struct ui_key *out)
{
    int number = 0, end = 0;
    if (name[0] != 'F' || sscanf(name + 1, "%2d%n", &number, &end) != 1 || name[1 + end] != '\0' ||
        number < 1 || number > 12)
        return false;
    *out = (struct ui_key){UI_KEY_F1 + (unsigned)number - 1, 0};
    return true;
}

bool ui_key_parse(const char *name, struct ui_key *out)
{
    if (strcmp(name, "Space") == 0) {
        *out = (struct ui_key){UI_KEY_CHAR, ' '};
        return true;
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (strcmp(named[i].name, name) == 0) {
            *out = (struct ui_key){named[i].code, 0};
            return true;
        }
    }
    size_t len = strlen(name);
    if (len == 2 && name[0] == '^' && name[1] >= 0x40 && name[1] < 0x60) {
        *out = (struct ui_key){UI_KEY_CHAR, name[1] - 0x40};
        return true;
    }
    if (len > 1 && parse_function_key(name, out))
        return true;
    int32_t ch;
    if (len == 0 || ks_utf8_next(name, len, &ch) != len || ch <= 0x20 || ch == 0x7f)
        return false;
    *out = (struct ui_key){UI_KEY_CHAR, ch};
    return true;
}
