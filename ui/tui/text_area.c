#include "tui/text_area.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct text_area {
    char **lines; /* the one with the cursor is in `edit`, and NULL here */
    size_t count, cap, row;
    size_t bytes; /* of all but the line with the cursor */
    struct line_edit *edit;
    struct ks_buf joined;
};

/* ---- lines ---- */

static void wipe_line(char *line)
{
    if (line)
        ks_wipe(line, strlen(line));
    free(line);
}

/* The line with the cursor goes back among the others. */
static void put_back(struct text_area *a)
{
    a->lines[a->row] = ks_strdup(line_edit_text(a->edit));
    a->bytes += line_edit_length(a->edit);
}

static void take_out(struct text_area *a, size_t row)
{
    char *line = a->lines[row];
    a->row = row;
    a->bytes -= strlen(line);
    a->lines[row] = NULL;
    line_edit_set(a->edit, line);
    wipe_line(line);
}

void text_area_go(struct text_area *a, size_t row)
{
    put_back(a);
    take_out(a, row < a->count ? row : a->count - 1);
}

static void cursor_to(struct text_area *a, size_t offset)
{
    line_edit_key(a->edit, (struct ui_key){UI_KEY_HOME, 0});
    while (line_edit_cursor(a->edit) < offset)
        line_edit_key(a->edit, (struct ui_key){UI_KEY_RIGHT, 0});
}

/* A line of its own after the one with the cursor; the text is taken. */
static void open_line(struct text_area *a, char *text)
{
    if (a->count == a->cap) {
        a->cap = a->cap * 2;
        a->lines = ks_realloc(a->lines, a->cap * sizeof *a->lines);
    }
    memmove(&a->lines[a->row + 2], &a->lines[a->row + 1],
            (a->count - a->row - 1) * sizeof *a->lines);
    a->lines[a->row + 1] = text;
    a->bytes += strlen(text);
    a->count++;
}

static void close_line(struct text_area *a, size_t row)
{
    a->bytes -= strlen(a->lines[row]);
    wipe_line(a->lines[row]);
    memmove(&a->lines[row], &a->lines[row + 1], (a->count - row - 1) * sizeof *a->lines);
    a->count--;
    a->row -= row < a->row;
}

/* ---- life ---- */

struct text_area *text_area_new(void)
{
    struct text_area *a = ks_alloc(sizeof *a);
    *a = (struct text_area){.count = 1, .cap = 16, .edit = line_edit_new(false)};
    a->lines = ks_alloc_array(a->cap, sizeof *a->lines);
    a->lines[0] = NULL;
    return a;
}

static void drop_lines(struct text_area *a)
{
    for (size_t i = 0; i < a->count; i++)
        wipe_line(a->lines[i]);
    line_edit_set(a->edit, "");
    a->lines[0] = NULL;
    a->count = 1;
    a->row = a->bytes = 0;
}

void text_area_free(struct text_area *a)
{
    if (!a)
        return;
    drop_lines(a);
    line_edit_free(a->edit);
    ks_buf_wipe_free(&a->joined);
    free(a->lines);
    free(a);
}

/* ---- changes ---- */

static enum line_result split(struct text_area *a)
{
    if (a->count == TEXT_AREA_LINES || a->bytes + line_edit_length(a->edit) >= TEXT_AREA_MAX)
        return LINE_REFUSED;
    open_line(a, ks_strdup(line_edit_text(a->edit) + line_edit_cursor(a->edit)));
    line_edit_key(a->edit, (struct ui_key){UI_KEY_CHAR, 'K' - 0x40});
    text_area_go(a, a->row + 1);
    cursor_to(a, 0);
    return LINE_CHANGED;
}

void text_area_go_fresh(struct text_area *a)
{
    text_area_go(a, a->count - 1);
    if (line_edit_length(a->edit) > 0)
        (void)split(a);
}

/* The line after `row` becomes the end of that line; the cursor is where they meet. */
static enum line_result join(struct text_area *a, size_t row)
{
    if (row + 1 >= a->count)
        return LINE_MOVED;
    text_area_go(a, row);
    size_t meet = line_edit_length(a->edit);
    const char *rest = a->lines[row + 1];
    if (line_edit_insert(a->edit, rest, strlen(rest), NULL) == LINE_REFUSED)
        return LINE_REFUSED;
    close_line(a, row + 1);
    cursor_to(a, meet);
    return LINE_CHANGED;
}

static size_t run_of_text(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[n] != '\n' && text[n] != '\r' && text[n] != '\t')
        n++;
    return n;
}

static enum line_result insert_run(struct text_area *a, const char *text, size_t len)
{
    if (a->bytes + line_edit_length(a->edit) + len > TEXT_AREA_MAX)
        return LINE_REFUSED;
    return line_edit_insert(a->edit, text, len, NULL);
}

static enum line_result insert_break(struct text_area *a, const char *text, size_t len,
                                     size_t *used)
{
    *used = text[0] == '\r' && len > 1 && text[1] == '\n' ? 2 : 1;
    return text[0] == '\t' ? insert_run(a, " ", 1) : split(a);
}

enum line_result text_area_insert(struct text_area *a, const char *utf8, size_t len)
{
    for (size_t at = 0, used; at < len; at += used) {
        enum line_result r;
        used = run_of_text(utf8 + at, len - at);
        if (used)
            r = insert_run(a, utf8 + at, used);
        else
            r = insert_break(a, utf8 + at, len - at, &used);
        if (r == LINE_REFUSED)
            return LINE_REFUSED;
    }
    return len ? LINE_CHANGED : LINE_MOVED;
}

void text_area_set(struct text_area *a, const char *utf8)
{
    drop_lines(a);
    (void)text_area_insert(a, utf8, strlen(utf8));
    text_area_go(a, 0);
}

/* ---- keys ---- */

static enum line_result go_to_row(struct text_area *a, size_t row)
{
    size_t offset = line_edit_cursor(a->edit);
    text_area_go(a, row);
    if (offset < line_edit_length(a->edit))
        cursor_to(a, offset);
    return LINE_MOVED;
}

static enum line_result typed(struct text_area *a, struct ui_key key)
{
    if (a->bytes + line_edit_length(a->edit) + 4 > TEXT_AREA_MAX && key.code == UI_KEY_CHAR &&
        key.ch >= 0x20)
        return LINE_REFUSED;
    return line_edit_key(a->edit, key);
}

enum line_result text_area_key(struct text_area *a, struct ui_key key)
{
    bool at_start = line_edit_cursor(a->edit) == 0;
    bool at_end = line_edit_cursor(a->edit) == line_edit_length(a->edit);
    bool cuts_end =
        key.code == UI_KEY_DELETE || ui_key_is(key, 'D' - 0x40) || ui_key_is(key, 'K' - 0x40);
    if (key.code == UI_KEY_ENTER)
        return split(a);
    if (key.code == UI_KEY_UP)
        return a->row ? go_to_row(a, a->row - 1) : LINE_MOVED;
    if (key.code == UI_KEY_DOWN)
        return a->row + 1 < a->count ? go_to_row(a, a->row + 1) : LINE_MOVED;
    if (at_start && key.code == UI_KEY_BACKSPACE)
        return a->row ? join(a, a->row - 1) : LINE_MOVED;
    if (at_end && cuts_end)
        return join(a, a->row);
    if (at_start && key.code == UI_KEY_LEFT && a->row) {
        text_area_go(a, a->row - 1);
        return LINE_MOVED;
    }
    if (at_end && key.code == UI_KEY_RIGHT && a->row + 1 < a->count) {
        text_area_go(a, a->row + 1);
        cursor_to(a, 0);
        return LINE_MOVED;
    }
    return typed(a, key);
}

/* ---- contents ---- */

size_t text_area_count(const struct text_area *a)
{
    return a->count;
}

const char *text_area_line(const struct text_area *a, size_t i)
{
    return i == a->row ? line_edit_text(a->edit) : a->lines[i];
}

const char *text_area_text(struct text_area *a)
{
    ks_buf_wipe_free(&a->joined);
    a->joined = (struct ks_buf){.secret = true};
    for (size_t i = 0; i < a->count; i++) {
        if (i)
            ks_buf_byte(&a->joined, '\n');
        ks_buf_str(&a->joined, text_area_line(a, i));
    }
    return ks_buf_text(&a->joined);
}

bool text_area_is_empty(const struct text_area *a)
{
    return a->count == 1 && line_edit_length(a->edit) == 0;
}

size_t text_area_row(const struct text_area *a)
{
    return a->row;
}

void text_area_draw(const struct text_area *a, int row, int col, int end)
{
    line_edit_draw(a->edit, row, col, end, ' ');
}
