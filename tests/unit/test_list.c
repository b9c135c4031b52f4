#include "tui/list.h"
#include "tui/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* ---- lists ---- */

static bool in_window(const struct list *l)
{
    return l->cursor >= l->top && l->cursor < l->top + (size_t)l->rows &&
           (l->count == 0 || l->cursor < l->count);
}

static void the_cursor_is_always_in_the_window(void **state)
{
    (void)state;
    static const enum ui_command_id moves[] = {CMD_DOWN,    CMD_PAGE_DOWN, CMD_UP,   CMD_HALF_DOWN,
                                               CMD_LAST,    CMD_PAGE_UP,   CMD_DOWN, CMD_FIRST,
                                               CMD_HALF_UP, CMD_UP};
    for (size_t count = 0; count < 40; count++) {
        for (int rows = 1; rows < 12; rows++) {
            struct list l = {0};
            list_fit(&l, count, rows);
            for (size_t i = 0; i < 60; i++) {
                assert_true(list_command(&l, moves[i * 7 % (sizeof moves / sizeof moves[0])]));
                assert_true(in_window(&l));
                assert_true(l.top == 0 || l.top + (size_t)rows <= count);
            }
        }
    }
}

static void stepping_out_of_the_window_leaves_most_of_it_ahead(void **state)
{
    (void)state;
    struct list l = {0};
    list_fit(&l, 1000, 20);
    for (int i = 0; i < 20; i++)
        list_command(&l, CMD_DOWN);
    assert_int_equal(l.cursor, 20);
    assert_int_equal(l.top, 15);
    for (int i = 0; i < 6; i++)
        list_command(&l, CMD_UP);
    assert_int_equal(l.cursor, 14);
    assert_int_equal(l.top, 0);
}

static void a_smaller_window_keeps_the_cursor(void **state)
{
    (void)state;
    struct list l = {0};
    list_fit(&l, 100, 30);
    list_select(&l, 25);
    list_fit(&l, 100, 5);
    assert_int_equal(l.cursor, 25);
    assert_true(in_window(&l));
    list_fit(&l, 10, 5);
    assert_int_equal(l.cursor, 9);
    assert_true(in_window(&l));
}

static void other_commands_are_not_moves(void **state)
{
    (void)state;
    struct list l = {0};
    list_fit(&l, 10, 5);
    assert_false(list_command(&l, CMD_ENTER));
    assert_false(list_command(&l, CMD_NONE));
}

/* ---- wrapping ---- */

static const char *rows_of(const struct wrapped *w)
{
    static char out[512];
    size_t len = 0;
    for (size_t r = 0; r < w->count; r++) {
        for (size_t i = w->rows[r].from; i < w->rows[r].to; i++)
            len += (size_t)snprintf(out + len, sizeof out - len, "%.*s", (int)w->cells.items[i].len,
                                    (const char *)w->cells.text.data + w->cells.items[i].off);
        len += (size_t)snprintf(out + len, sizeof out - len, "|");
    }
    return out;
}

static const char *wrap(const char *text, int width)
{
    static char out[512];
    struct wrapped w = {0};
    wrapped_set(&w, text, width, true);
    snprintf(out, sizeof out, "%s", rows_of(&w));
    wrapped_free(&w);
    return out;
}

static void text_is_broken_at_blanks(void **state)
{
    (void)state;
    assert_string_equal(wrap("one two three", 8), "one two|three|");
    assert_string_equal(wrap("one two three", 7), "one two|three|");
    assert_string_equal(wrap("one  two", 5), "one |two|");
    assert_string_equal(wrap("a\nb", 8), "a|b|");
    assert_string_equal(wrap("", 8), "|");
}

static void a_long_word_is_broken_after_a_sign(void **state)
{
    (void)state;
    assert_string_equal(wrap("CN=a,O=bbbb,C=cc", 8), "CN=a,|O=bbbb,|C=cc|");
    assert_string_equal(wrap("AB:CD:EF:01", 7), "AB:CD:|EF:01|");
    assert_string_equal(wrap("dns:abcdefgh", 8), "dns:abcd|efgh|");
    assert_string_equal(wrap("abcdefghij", 4), "abcd|efgh|ij|");
}

static void an_escape_is_never_cut(void **state)
{
    (void)state;
    assert_string_equal(wrap("abc\033def", 6), "abc|\\x1Bde|f|");
}

static void hex_goes_by_eight_bytes_a_row(void **state)
{
    (void)state;
    struct wrapped w = {0};
    wrapped_set_hex(&w, "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF", 40);
    assert_string_equal(rows_of(&w), "00:11:22:33:44:55:66:77:|88:99:AA:BB:CC:DD:EE:FF|");
    wrapped_set_hex(&w, "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF", 47);
    assert_int_equal(w.count, 1);
    wrapped_set_hex(&w, "00:11:22", 4);
    assert_true(w.count > 1);
    wrapped_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cursor_is_always_in_the_window),
        cmocka_unit_test(stepping_out_of_the_window_leaves_most_of_it_ahead),
        cmocka_unit_test(a_smaller_window_keeps_the_cursor),
        cmocka_unit_test(other_commands_are_not_moves),
        cmocka_unit_test(text_is_broken_at_blanks),
        cmocka_unit_test(a_long_word_is_broken_after_a_sign),
        cmocka_unit_test(an_escape_is_never_cut),
        cmocka_unit_test(hex_goes_by_eight_bytes_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
