#include "tui/line_edit.h"

#include "base/alloc.h"
#include "base/text.h"
#include "tui/cells.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct line_edit {
    char *text; /* LINE_EDIT_MAX + 1 bytes, always NUL-terminated */
    size_t len, cursor;
    bool is_secret, revealed;
    struct ks_secret *memory; /* secret mode: `text` lies in it */
};

struct line_edit *line_edit_new(bool secret)
{
    struct line_edit *e = ks_alloc(sizeof *e);
    e->is_secret = secret;
    if (!secret) {
        e->text = ks_alloc(LINE_EDIT_MAX + 1);
        return e;
    }
    /* A secret as wide as the field can become; nobody else has it, so writing into it is safe. */
    static const char blank[LINE_EDIT_MAX + 1];
    e->memory = ks_secret_new(blank, sizeof blank);
    e->text = (char *)(uintptr_t)ks_secret_bytes(e->memory).data;
    return e;
}

void line_edit_free(struct line_edit *e)
{
    if (!e)
        return;
    ks_wipe(e->text, LINE_EDIT_MAX + 1);
    if (e->is_secret)
        ks_secret_free(e->memory);
    else
        free(e->text);
    free(e);
}

/* ---- steps ---- */

static bool is_mark(int32_t cp)
{
    return cp >= 0x300 && wcwidth((wchar_t)cp) == 0;
}

/* The end of the cluster that starts at `at`: a character and the marks on it. */
static size_t step_right(const struct line_edit *e, size_t at)
{
    int32_t cp;
    if (at >= e->len)
        return e->len;
    at += ks_utf8_next(e->text + at, e->len - at, &cp);
    while (at < e->len) {
        size_t used = ks_utf8_next(e->text + at, e->len - at, &cp);
        if (!is_mark(cp))
            break;
        at += used;
    }
    return at;
}

static size_t char_left(const struct line_edit *e, size_t at)
{
    while (at > 0 && ((unsigned char)e->text[--at] & 0xc0) == 0x80)
        ;
    return at;
}

static size_t step_left(const struct line_edit *e, size_t at)
{
    int32_t cp;
    do {
        at = char_left(e, at);
        ks_utf8_next(e->text + at, e->len - at, &cp);
    } while (at > 0 && is_mark(cp));
    return at;
}

static bool in_word(char c)
{
    return (unsigned char)c >= 0x80 || isalnum((unsigned char)c);
}

static size_t word_left(const struct line_edit *e, size_t at)
{
    while (at > 0 && !in_word(e->text[at - 1]))
        at--;
    while (at > 0 && in_word(e->text[at - 1]))
        at--;
    return at;
}

/* ---- changes ---- */

static enum line_result remove_range(struct line_edit *e, size_t from, size_t to)
{
    if (from >= to)
        return LINE_MOVED;
    memmove(e->text + from, e->text + to, e->len - to);
    size_t gone = to - from;
    e->len -= gone;
    ks_wipe(e->text + e->len, gone);
    e->text[e->len] = '\0';
    e->cursor = from;
    return LINE_CHANGED;
}

static bool is_text(int32_t cp)
{
    return cp >= 0x20 && cp != 0x7f && !(cp >= 0x80 && cp < 0xa0);
}

static enum line_result put(struct line_edit *e, const char *text, size_t len)
{
    size_t max = e->is_secret ? KS_SECRET_MAX : LINE_EDIT_MAX;
    if (len > max - e->len)
        return LINE_REFUSED;
    memmove(e->text + e->cursor + len, e->text + e->cursor, e->len - e->cursor);
    memcpy(e->text + e->cursor, text, len);
    e->len += len;
    e->cursor += len;
    e->text[e->len] = '\0';
    return len ? LINE_CHANGED : LINE_MOVED;
}

static size_t encode(int32_t cp, char out[static 4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t more = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    for (size_t i = more; i > 0; i--, cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3f));
    out[0] = (char)(lead[more] | (unsigned)cp);
    return more + 1;
}

enum line_result line_edit_insert(struct line_edit *e, const char *utf8, size_t len, bool *dropped)
{
    size_t end = len;
    while (end > 0 && (utf8[end - 1] == '\n' || utf8[end - 1] == '\r'))
        end--;
    if (dropped)
        *dropped = end < len;
    size_t good = 0;
    while (good < end) {
        int32_t cp;
        size_t used = ks_utf8_next(utf8 + good, end - good, &cp);
        if (!is_text(cp))
            break;
        good += used;
    }
    enum line_result put_result = put(e, utf8, good);
    return good < end ? LINE_REFUSED : put_result;
}

static enum line_result character(struct line_edit *e, int32_t ch)
{
    char bytes[4];
    if (!is_text(ch))
        return LINE_IGNORED;
    size_t len = encode(ch, bytes);
    enum line_result r = put(e, bytes, len);
    ks_wipe(bytes, sizeof bytes);
    return r;
}

/* ---- keys ---- */

static enum line_result go(struct line_edit *e, size_t to)
{
    e->cursor = to;
    return LINE_MOVED;
}

static enum line_result control(struct line_edit *e, int32_t ch)
{
    switch (ch + 0x40) {
    case 'A':
        return go(e, 0);
    case 'E':
        return go(e, e->len);
    case 'B':
        return go(e, step_left(e, e->cursor));
    case 'F':
        return go(e, step_right(e, e->cursor));
    case 'D':
        return remove_range(e, e->cursor, step_right(e, e->cursor));
    case 'K':
        return remove_range(e, e->cursor, e->len);
    case 'U':
        return remove_range(e, 0, e->is_secret ? e->len : e->cursor);
    case 'W':
        return remove_range(e, e->is_secret ? 0 : word_left(e, e->cursor), e->cursor);
    case 'T':
        if (!e->is_secret)
            return LINE_IGNORED;
        e->revealed = !e->revealed;
        return LINE_MOVED;
    case 'C':
        return LINE_CANCEL;
    default:
        return LINE_IGNORED;
    }
}

enum line_result line_edit_key(struct line_edit *e, struct ui_key key)
{
    switch (key.code) {
    case UI_KEY_CHAR:
        return key.ch < 0x20 ? control(e, key.ch) : character(e, key.ch);
    case UI_KEY_LEFT:
        return go(e, step_left(e, e->cursor));
    case UI_KEY_RIGHT:
        return go(e, step_right(e, e->cursor));
    case UI_KEY_HOME:
        return go(e, 0);
    case UI_KEY_END:
        return go(e, e->len);
    case UI_KEY_BACKSPACE: /* one code point: a mark typed wrong goes alone */
        return remove_range(e, char_left(e, e->cursor), e->cursor);
    case UI_KEY_DELETE:
        return remove_range(e, e->cursor, step_right(e, e->cursor));
    case UI_KEY_ENTER:
        return LINE_ENTER;
    case UI_KEY_ESC:
        return LINE_CANCEL;
    default:
        return LINE_IGNORED;
    }
}

/* ---- contents ---- */

void line_edit_set(struct line_edit *e, const char *utf8)
{
    remove_range(e, 0, e->len);
    (void)line_edit_insert(e, utf8, strlen(utf8), NULL);
}

const char *line_edit_text(const struct line_edit *e)
{
    return e->is_secret ? "" : e->text;
}

struct ks_secret *line_edit_secret(const struct line_edit *e)
{
    return ks_secret_new(e->text, e->len);
}

size_t line_edit_length(const struct line_edit *e)
{
    return e->len;
}

size_t line_edit_cursor(const struct line_edit *e)
{
    return e->cursor;
}

static size_t chars_before(const struct line_edit *e, size_t end)
{
    size_t n = 0;
    for (size_t i = 0; i < end; i++)
        n += ((unsigned char)e->text[i] & 0xc0) != 0x80;
    return n;
}

size_t line_edit_chars(const struct line_edit *e)
{
    return chars_before(e, e->len);
}

bool line_edit_all_capitals(const struct line_edit *e)
{
    size_t capitals = 0;
    for (size_t i = 0; i < e->len; i++) {
        if (islower((unsigned char)e->text[i]))
            return false;
        capitals += isupper((unsigned char)e->text[i]) != 0;
    }
    return capitals >= 2;
}

void line_edit_reveal(struct line_edit *e, bool on)
{
    e->revealed = on && e->is_secret;
}

bool line_edit_revealed(const struct line_edit *e)
{
    return e->revealed;
}

/* ---- drawing ---- */

/* Where the window starts so that the cursor's cell is in it, with some text before it. The first
 * cell of a window that starts later is a "<". */
static int window_start(int cursor, int width)
{
    return cursor < width ? 0 : cursor - width + 1 + width / 4;
}

static int draw_stars(const struct line_edit *e, struct ui_pen *pen, int width)
{
    int cursor = (int)chars_before(e, e->cursor), all = (int)line_edit_chars(e);
    int from = window_start(cursor, width);
    if (from > 0)
        canvas_text(pen, "<");
    for (int i = from + (from > 0); i < all && pen->col < pen->end; i++)
        canvas_text(pen, "*");
    return cursor - from;
}

static int draw_text(const struct line_edit *e, struct ui_pen *pen, int width)
{
    struct cells c = {0};
    cells_set(&c, e->text, e->cursor, true);
    int cursor = c.width, from = window_start(cursor, width), skipped = 0, mark = from > 0;
    cells_set(&c, e->text, e->len, true);
    size_t first = 0;
    while (first < c.count && skipped < from + mark)
        skipped += c.items[first++].width;
    if (mark)
        canvas_text(pen, "<");
    bool goes_on = c.width - skipped > pen->end - pen->col && cursor - skipped + mark < width - 1;
    pen->end -= goes_on;
    canvas_cells(pen, &c, first, c.count);
    if (goes_on) {
        canvas_fill(pen);
        pen->end++;
        canvas_text(pen, ">");
    }
    if (e->is_secret)
        ks_buf_wipe_free(&c.text);
    cells_free(&c);
    return cursor - skipped + mark;
}

void line_edit_draw(const struct line_edit *e, int row, int col, int end, char filler)
{
    struct ui_pen pen = ui_pen(row, col, end, ROLE_TEXT);
    int width = end - col;
    if (width <= 0)
        return;
    int at = e->is_secret && !e->revealed ? draw_stars(e, &pen, width) : draw_text(e, &pen, width);
    char fill[2] = {filler, '\0'};
    pen.end = end;
    while (filler != ' ' && pen.col < end)
        canvas_text(&pen, fill);
    canvas_fill(&pen);
    canvas_cursor(row, col + (at < width ? at : width - 1), true);
}
