#include "tui/line_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <string.h>

static struct ui_key ch(int32_t c)
{
    return (struct ui_key){UI_KEY_CHAR, c};
}

static struct ui_key control(char letter)
{
    return (struct ui_key){UI_KEY_CHAR, letter - 0x40};
}

static struct ui_key code(enum ui_keycode c)
{
    return (struct ui_key){c, 0};
}

static void type(struct line_edit *e, const char *ascii)
{
    for (; *ascii; ascii++)
        assert_int_equal(line_edit_key(e, ch(*ascii)), LINE_CHANGED);
}

static struct line_edit *holding(const char *text)
{
    struct line_edit *e = line_edit_new(false);
    line_edit_set(e, text);
    return e;
}

static void typed_characters_stand_in_the_text(void **state)
{
    (void)state;
    struct line_edit *e = line_edit_new(false);
    type(e, "ab");
    assert_int_equal(line_edit_key(e, ch(0xe9)), LINE_CHANGED);
    assert_int_equal(line_edit_key(e, ch(0x9375)), LINE_CHANGED);
    assert_int_equal(line_edit_key(e, ch(0x1f511)), LINE_CHANGED);
    assert_string_equal(line_edit_text(e), "ab\xc3\xa9\xe9\x8d\xb5\xf0\x9f\x94\x91");
    assert_int_equal(line_edit_chars(e), 5);
    assert_int_equal(line_edit_cursor(e), line_edit_length(e));
    line_edit_free(e);
}

static void the_readline_keys_move_and_cut(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        char moves[4], key;
        const char *after;
        size_t cursor;
    } cases[] = {
        {"one two", "", 'W', "one ", 4},
        {"one two ", "", 'W', "one ", 4},
        {"/a/b.p12", "", 'W', "/a/b.", 5},
        {"one two", "", 'U', "", 0},
        {"one two", "A", 'K', "", 0},
        {"one two", "AF", 'U', "ne two", 0},
        {"one two", "BB", 'K', "one t", 5},
        {"one two", "A", 'D', "ne two", 0},
        {"one two", "A", 'E', "one two", 7},
        {"", "", 'W', "", 0},
        {"", "", 'D', "", 0},
        {"x", "A", 'B', "x", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct line_edit *e = holding(cases[i].before);
        for (const char *m = cases[i].moves; *m; m++)
            line_edit_key(e, control(*m));
        line_edit_key(e, control(cases[i].key));
        assert_string_equal(line_edit_text(e), cases[i].after);
        assert_int_equal(line_edit_cursor(e), cases[i].cursor);
        line_edit_free(e);
    }
}

static void a_mark_moves_with_its_base(void **state)
{
    (void)state;
    struct line_edit *e = holding("xe\xcc\x81y"); /* e, U+0301 */
    line_edit_key(e, code(UI_KEY_LEFT));
    line_edit_key(e, code(UI_KEY_LEFT));
    assert_int_equal(line_edit_cursor(e), 1);
    line_edit_key(e, code(UI_KEY_RIGHT));
    assert_int_equal(line_edit_cursor(e), 4);
    line_edit_key(e, code(UI_KEY_LEFT));
    assert_int_equal(line_edit_key(e, code(UI_KEY_DELETE)), LINE_CHANGED);
    assert_string_equal(line_edit_text(e), "xy");
    line_edit_free(e);
}

static void backspace_takes_a_whole_character(void **state)
{
    (void)state;
    struct line_edit *e = holding("a\xe9\x8d\xb5");
    assert_int_equal(line_edit_key(e, code(UI_KEY_BACKSPACE)), LINE_CHANGED);
    assert_string_equal(line_edit_text(e), "a");
    assert_int_equal(line_edit_key(e, code(UI_KEY_BACKSPACE)), LINE_CHANGED);
    assert_int_equal(line_edit_key(e, code(UI_KEY_BACKSPACE)), LINE_MOVED);
    line_edit_free(e);
}

static void enter_and_escape_are_told_apart_from_editing(void **state)
{
    (void)state;
    struct line_edit *e = line_edit_new(false);
    assert_int_equal(line_edit_key(e, code(UI_KEY_ENTER)), LINE_ENTER);
    assert_int_equal(line_edit_key(e, code(UI_KEY_ESC)), LINE_CANCEL);
    assert_int_equal(line_edit_key(e, control('C')), LINE_CANCEL);
    assert_int_equal(line_edit_key(e, code(UI_KEY_TAB)), LINE_IGNORED);
    assert_int_equal(line_edit_key(e, code(UI_KEY_F1)), LINE_IGNORED);
    assert_int_equal(line_edit_key(e, control('T')), LINE_IGNORED); /* nothing is secret here */
    assert_int_equal(line_edit_key(e, ch(0x9b)), LINE_IGNORED);     /* a C1 control */
    line_edit_free(e);
}

static void a_paste_loses_its_last_line_end_and_says_so(void **state)
{
    (void)state;
    struct line_edit *e = line_edit_new(true);
    bool dropped = false;
    assert_int_equal(line_edit_insert(e, "changeit\r\n", 10, &dropped), LINE_CHANGED);
    assert_true(dropped);
    assert_int_equal(line_edit_length(e), 8);
    line_edit_free(e);
}

static void a_paste_of_several_lines_stops_at_the_first(void **state)
{
    (void)state;
    struct line_edit *e = line_edit_new(false);
    assert_int_equal(line_edit_insert(e, "one\ntwo", 7, NULL), LINE_REFUSED);
    assert_string_equal(line_edit_text(e), "one");
    line_edit_free(e);
}

static void a_paste_brings_no_escape_sequence(void **state)
{
    (void)state;
    struct line_edit *e = line_edit_new(false);
    assert_int_equal(line_edit_insert(e, "a\033[31m", 6, NULL), LINE_REFUSED);
    assert_string_equal(line_edit_text(e), "a");
    line_edit_free(e);
}

static void a_full_line_refuses_more_and_keeps_what_it_has(void **state)
{
    (void)state;
    static char long_text[LINE_EDIT_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    for (int secret = 0; secret < 2; secret++) {
        struct line_edit *e = line_edit_new(secret);
        assert_int_equal(line_edit_insert(e, long_text, sizeof long_text, NULL), LINE_REFUSED);
        assert_int_equal(line_edit_insert(e, long_text, LINE_EDIT_MAX, NULL), LINE_CHANGED);
        assert_int_equal(line_edit_key(e, ch('y')), LINE_REFUSED);
        assert_int_equal(line_edit_length(e), LINE_EDIT_MAX);
        line_edit_free(e);
    }
}

static void a_secret_is_given_out_only_as_a_secret(void **state)
{
    (void)state;
    struct line_edit *e = line_edit_new(true);
    type(e, "pass word");
    assert_string_equal(line_edit_text(e), "");
    struct ks_secret *s = line_edit_secret(e);
    struct ks_slice bytes = ks_secret_bytes(s);
    assert_int_equal(bytes.len, 9);
    assert_memory_equal(bytes.data, "pass word", 9);
    ks_secret_free(s);
    line_edit_free(e);
}

static void clearing_a_secret_clears_all_of_it_wherever_the_cursor_is(void **state)
{
    (void)state;
    struct line_edit *e = line_edit_new(true);
    type(e, "secret");
    line_edit_key(e, code(UI_KEY_HOME));
    assert_int_equal(line_edit_key(e, control('U')), LINE_CHANGED);
    assert_int_equal(line_edit_length(e), 0);
    line_edit_free(e);
}

static void a_secret_is_shown_on_request_only(void **state)
{
    (void)state;
    struct line_edit *e = line_edit_new(true);
    type(e, "x");
    assert_false(line_edit_revealed(e));
    line_edit_key(e, control('T'));
    assert_true(line_edit_revealed(e));
    line_edit_key(e, control('T'));
    assert_false(line_edit_revealed(e));
    line_edit_free(e);
}

static void capitals_alone_hint_at_caps_lock(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool hint;
    } cases[] = {{"CHANGEIT", true}, {"PASS123", true}, {"Changeit", false},
                 {"123456", false},  {"A", false},      {"", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct line_edit *e = line_edit_new(true);
        type(e, cases[i].text);
        assert_int_equal(line_edit_all_capitals(e), cases[i].hint);
        line_edit_free(e);
    }
}

int main(void)
{
    (void)setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_characters_stand_in_the_text),
        cmocka_unit_test(the_readline_keys_move_and_cut),
        cmocka_unit_test(a_mark_moves_with_its_base),
        cmocka_unit_test(backspace_takes_a_whole_character),
        cmocka_unit_test(enter_and_escape_are_told_apart_from_editing),
        cmocka_unit_test(a_paste_loses_its_last_line_end_and_says_so),
        cmocka_unit_test(a_paste_of_several_lines_stops_at_the_first),
        cmocka_unit_test(a_paste_brings_no_escape_sequence),
        cmocka_unit_test(a_full_line_refuses_more_and_keeps_what_it_has),
        cmocka_unit_test(a_secret_is_given_out_only_as_a_secret),
        cmocka_unit_test(clearing_a_secret_clears_all_of_it_wherever_the_cursor_is),
        cmocka_unit_test(a_secret_is_shown_on_request_only),
        cmocka_unit_test(capitals_alone_hint_at_caps_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
