#include "tui/text_area.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct ui_key code(enum ui_keycode c)
{
    return (struct ui_key){c, 0};
}

static struct ui_key control(char letter)
{
    return (struct ui_key){UI_KEY_CHAR, letter - 0x40};
}

static void type(struct text_area *a, const char *ascii)
{
    for (; *ascii; ascii++)
        assert_int_equal(text_area_key(a, *ascii == '\n' ? code(UI_KEY_ENTER)
                                                         : (struct ui_key){UI_KEY_CHAR, *ascii}),
                         LINE_CHANGED);
}

static struct text_area *holding(const char *text)
{
    struct text_area *a = text_area_new();
    text_area_set(a, text);
    return a;
}

static void assert_holds(struct text_area *a, const char *text)
{
    assert_string_equal(text_area_text(a), text);
    text_area_free(a);
}

static void enter_begins_a_line_and_splits_one(void **state)
{
    (void)state;
    struct text_area *a = text_area_new();
    type(a, "dns:a\ndns:b");
    assert_int_equal(text_area_count(a), 2);
    assert_int_equal(text_area_row(a), 1);
    assert_int_equal(text_area_key(a, code(UI_KEY_HOME)), LINE_MOVED);
    type(a, "x\n");
    assert_int_equal(text_area_row(a), 2);
    assert_holds(a, "dns:a\nx\ndns:b");
}

static void lines_join_where_they_are_cut_at_their_ends(void **state)
{
    (void)state;
    static const struct {
        size_t row;
        struct ui_key to, key;
        const char *after;
    } cuts[] = {
        {1, {UI_KEY_HOME, 0}, {UI_KEY_BACKSPACE, 0}, "onetwo\nthree"},
        {0, {UI_KEY_END, 0}, {UI_KEY_DELETE, 0}, "onetwo\nthree"},
        {1, {UI_KEY_END, 0}, {UI_KEY_CHAR, 'D' - 0x40}, "one\ntwothree"},
        {1, {UI_KEY_END, 0}, {UI_KEY_CHAR, 'K' - 0x40}, "one\ntwothree"},
    };
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct text_area *a = holding("one\ntwo\nthree");
        text_area_go(a, cuts[i].row);
        text_area_key(a, cuts[i].to);
        assert_int_equal(text_area_key(a, cuts[i].key), LINE_CHANGED);
        type(a, "|");
        char *marked = strdup(text_area_text(a));
        char *bar = strchr(marked, '|'); /* the cursor is where they met */
        assert_non_null(bar);
        memmove(bar, bar + 1, strlen(bar));
        assert_string_equal(marked, cuts[i].after);
        free(marked);
        text_area_free(a);
    }
}

static void the_ends_of_the_text_hold(void **state)
{
    (void)state;
    struct text_area *a = holding("one\ntwo");
    text_area_key(a, code(UI_KEY_HOME));
    assert_int_equal(text_area_key(a, code(UI_KEY_BACKSPACE)), LINE_MOVED);
    assert_int_equal(text_area_key(a, code(UI_KEY_UP)), LINE_MOVED);
    assert_int_equal(text_area_row(a), 0);
    text_area_go(a, 1);
    assert_int_equal(text_area_key(a, code(UI_KEY_DOWN)), LINE_MOVED);
    assert_int_equal(text_area_key(a, code(UI_KEY_DELETE)), LINE_MOVED);
    assert_int_equal(text_area_key(a, control('K')), LINE_MOVED);
    assert_int_equal(text_area_row(a), 1);
    assert_holds(a, "one\ntwo");
}

static void the_arrows_lead_over_the_ends_of_lines(void **state)
{
    (void)state;
    struct text_area *a = holding("one\nlonger");
    text_area_go(a, 1);
    text_area_key(a, code(UI_KEY_UP));
    type(a, "1");
    text_area_key(a, code(UI_KEY_RIGHT));
    type(a, "2");
    text_area_key(a, code(UI_KEY_LEFT));
    text_area_key(a, code(UI_KEY_LEFT));
    type(a, "3");
    text_area_key(a, code(UI_KEY_DOWN));
    type(a, "4");
    assert_holds(a, "one13\n2long4er");
}

static void pasted_lines_stay_lines(void **state)
{
    (void)state;
    struct text_area *a = holding("ab");
    text_area_key(a, code(UI_KEY_LEFT));
    static const char paste[] = "1\r\n2\n\n\t3\r4";
    assert_int_equal(text_area_insert(a, paste, sizeof paste - 1), LINE_CHANGED);
    assert_int_equal(text_area_row(a), 4);
    assert_holds(a, "a1\n2\n\n 3\n4b");
}

static void a_paste_stops_where_it_is_no_text(void **state)
{
    (void)state;
    struct text_area *a = text_area_new();
    assert_int_equal(text_area_insert(a, "one\ntw\033[31mo", 11), LINE_REFUSED);
    assert_holds(a, "one\ntw");
}

static void the_text_is_bounded(void **state)
{
    (void)state;
    struct text_area *a = text_area_new();
    size_t len = TEXT_AREA_MAX + 4000;
    char *much = malloc(len);
    assert_non_null(much);
    for (size_t i = 0; i < len; i++)
        much[i] = i % 1000 == 999 ? '\n' : 'x';
    assert_int_equal(text_area_insert(a, much, len), LINE_REFUSED);
    assert_true(strlen(text_area_text(a)) <= TEXT_AREA_MAX + text_area_count(a));
    assert_true(text_area_count(a) > 1000);
    memset(much, '\n', len);
    text_area_set(a, "");
    assert_int_equal(text_area_insert(a, much, len), LINE_REFUSED);
    assert_int_equal(text_area_count(a), TEXT_AREA_LINES);
    free(much);
    text_area_free(a);
}

static void a_line_is_bounded(void **state)
{
    (void)state;
    struct text_area *a = text_area_new();
    char long_line[LINE_EDIT_MAX + 1];
    memset(long_line, 'x', sizeof long_line);
    assert_int_equal(text_area_insert(a, long_line, sizeof long_line), LINE_REFUSED);
    assert_true(text_area_is_empty(a));
    assert_int_equal(text_area_insert(a, long_line, LINE_EDIT_MAX), LINE_CHANGED);
    type(a, "\ny");
    text_area_key(a, code(UI_KEY_HOME));
    assert_int_equal(text_area_key(a, code(UI_KEY_BACKSPACE)), LINE_REFUSED);
    assert_int_equal(text_area_count(a), 2);
    text_area_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enter_begins_a_line_and_splits_one),
        cmocka_unit_test(lines_join_where_they_are_cut_at_their_ends),
        cmocka_unit_test(the_ends_of_the_text_hold),
        cmocka_unit_test(the_arrows_lead_over_the_ends_of_lines),
        cmocka_unit_test(pasted_lines_stay_lines),
        cmocka_unit_test(a_paste_stops_where_it_is_no_text),
        cmocka_unit_test(the_text_is_bounded),
        cmocka_unit_test(a_line_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
