#include "tui/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define DELAY 100

/* What a sequence of chunks, each with the time it arrives, is read as: "j Down Esc". */
static const char *keys_of(struct input *in, const char *bytes, int64_t at)
{
    static char out[256];
    out[0] = '\0';
    input_feed(in, bytes, strlen(bytes), at);
    struct ui_key key;
    while (input_next(in, at, &key)) {
        char name[16];
        size_t len = strlen(out);
        snprintf(out + len, sizeof out - len, "%s%s", len ? " " : "", ui_key_name(key, name));
    }
    return out;
}

static const char *alone(const char *bytes)
{
    struct input *in = input_new(DELAY);
    static char out[256];
    snprintf(out, sizeof out, "%s", keys_of(in, bytes, 1000));
    input_free(in);
    return out;
}

static void both_forms_of_the_cursor_keys_are_known(void **state)
{
    (void)state;
    assert_string_equal(alone("\033[A\033[B\033[C\033[D\033[H\033[F"),
                        "Up Down Right Left Home End");
    assert_string_equal(alone("\033OA\033OB\033OC\033OD\033OH\033OF"),
                        "Up Down Right Left Home End");
    assert_string_equal(alone("\033[1~\033[4~\033[7~\033[8~"), "Home End Home End");
    assert_string_equal(alone("\033[2~\033[3~\033[5~\033[6~\033[Z"), "Ins Del PgUp PgDn Shift-Tab");
}

static void function_keys_of_xterm_linux_and_vt_are_known(void **state)
{
    (void)state;
    assert_string_equal(alone("\033OP\033OS\033[[A\033[[E\033[11~\033[15~\033[21~\033[24~"),
                        "F1 F4 F1 F5 F1 F5 F10 F12");
}

static void controls_have_names_of_their_own(void **state)
{
    (void)state;
    assert_string_equal(alone("\r\n\t\x7f\x08\x01 j"), "Enter Enter Tab Bksp Bksp ^A Space j");
}

static void a_character_may_arrive_in_two_pieces(void **state)
{
    (void)state;
    struct input *in = input_new(DELAY);
    assert_string_equal(keys_of(in, "\xe9\x8d", 1000), "");
    assert_string_equal(keys_of(in, "\xb5", 1010), "U+9375");
    input_free(in);
}

static void an_arrow_in_two_pieces_is_one_arrow(void **state)
{
    (void)state;
    struct input *in = input_new(DELAY);
    assert_string_equal(keys_of(in, "\033", 1000), "");
    assert_int_equal(input_timeout(in, 1000), DELAY);
    assert_string_equal(keys_of(in, "[", 1050), "");
    assert_string_equal(keys_of(in, "B", 1099), "Down");
    assert_int_equal(input_timeout(in, 1100), -1);
    input_free(in);
}

static void a_lone_escape_is_a_key_when_its_time_has_passed(void **state)
{
    (void)state;
    struct input *in = input_new(DELAY);
    assert_string_equal(keys_of(in, "\033", 1000), "");
    assert_string_equal(keys_of(in, "", 1000 + DELAY - 1), "");
    struct ui_key key;
    assert_true(input_next(in, 1000 + 2 * DELAY, &key));
    assert_int_equal(key.code, UI_KEY_ESC);
    input_free(in);
}

static void the_rest_of_a_late_sequence_runs_no_command(void **state)
{
    (void)state;
    struct input *in = input_new(DELAY);
    struct ui_key key;
    keys_of(in, "\033", 1000);
    assert_true(input_next(in, 1200, &key));
    assert_string_equal(keys_of(in, "[B", 1400), "");
    assert_string_equal(keys_of(in, "j", 1450), "j");
    input_free(in);
}

static void a_bracket_typed_after_escape_is_still_a_key(void **state)
{
    (void)state;
    struct input *in = input_new(DELAY);
    struct ui_key key;
    keys_of(in, "\033", 1000);
    assert_true(input_next(in, 1200, &key));
    assert_string_equal(keys_of(in, "[", 1500), "");
    assert_true(input_next(in, 1500 + DELAY, &key));
    assert_true(ui_key_is(key, '['));
    input_free(in);
}

static void alt_chords_are_one_refused_key(void **state)
{
    (void)state;
    assert_string_equal(alone("\033q"), "Alt");
    assert_string_equal(alone("\033\xc3\xa9"), "Alt");
    assert_string_equal(alone("\033[1;3A"), "Alt");
    assert_string_equal(alone("\033\033[A"), "Alt");
    assert_string_equal(alone("\033qj"), "Alt j");
}

static void unknown_sequences_are_swallowed_whole(void **state)
{
    (void)state;
    assert_string_equal(alone("\033[99~j"), "j");
    assert_string_equal(alone("\033[?64;1;2cj"), "j");
    assert_string_equal(alone("\033]52;c;cXVpdA==\aj"), "j");
    assert_string_equal(alone("\033P1+r436f\033\\j"), "j");
    assert_string_equal(alone("\033[12;5Rj"), "j");
}

static void a_paste_is_one_key_with_its_text(void **state)
{
    (void)state;
    struct input *in = input_new(DELAY);
    struct ui_key key;
    size_t len;
    input_feed(in, "\033[200~qQ\033[31m\n\033[20", 18, 1000);
    assert_false(input_next(in, 1000, &key));
    input_feed(in, "1~j", 3, 5000); /* however long it takes */
    assert_true(input_next(in, 5000, &key));
    assert_int_equal(key.code, UI_KEY_PASTE);
    assert_string_equal(input_paste(in, &len), "qQ\033[31m\n");
    assert_int_equal(len, 8);
    assert_true(input_next(in, 5000, &key));
    assert_true(ui_key_is(key, 'j'));
    (void)input_paste(in, &len);
    assert_int_equal(len, 0);
    input_free(in);
}

static void a_long_paste_is_cut_and_ends_all_the_same(void **state)
{
    (void)state;
    static char chunk[4096];
    memset(chunk, 'q', sizeof chunk);
    struct input *in = input_new(DELAY);
    struct ui_key key;
    size_t len;
    input_feed(in, "\033[200~", 6, 1000);
    for (size_t sent = 0; sent < 2 * INPUT_PASTE_MAX; sent += sizeof chunk) {
        input_feed(in, chunk, sizeof chunk, 1000);
        assert_false(input_next(in, 1000, &key));
    }
    input_feed(in, "\033[201~", 6, 1000);
    assert_true(input_next(in, 1000, &key));
    assert_int_equal(key.code, UI_KEY_PASTE);
    (void)input_paste(in, &len);
    assert_true(len < INPUT_PASTE_MAX);
    assert_true(input_paste_cut(in));
    input_free(in);
}

static void pem_without_paste_marks_is_a_paste_too(void **state)
{
    (void)state;
    assert_string_equal(alone("-----BEGIN X-----\nqQq\n-----END X-----\nj"), "paste j");
    assert_string_equal(alone("-----j"), "- - - - - j");
}

static void mouse_presses_and_the_wheel_are_keys(void **state)
{
    (void)state;
    struct input *in = input_new(DELAY);
    struct ui_key key;
    input_feed(in, "\033[<0;20;4M\033[<0;20;4m\033[<65;1;1M", 30, 1000);
    assert_true(input_next(in, 1000, &key));
    assert_int_equal(key.code, UI_KEY_MOUSE);
    assert_int_equal(input_mouse(in).row, 3);
    assert_int_equal(input_mouse(in).col, 19);
    assert_int_equal(input_mouse(in).button, UI_MOUSE_LEFT);
    assert_true(input_next(in, 1000, &key));
    assert_int_equal(input_mouse(in).button, UI_MOUSE_DOWN);
    assert_false(input_next(in, 1000, &key));
    input_free(in);
}

static void sequences_of_terminfo_come_first(void **state)
{
    (void)state;
    struct input *in = input_new(DELAY);
    input_define(in, "\033A", UI_KEY_UP); /* a VT52 */
    assert_string_equal(keys_of(in, "\033A", 1000), "Up");
    input_free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_of_the_cursor_keys_are_known),
        cmocka_unit_test(function_keys_of_xterm_linux_and_vt_are_known),
        cmocka_unit_test(controls_have_names_of_their_own),
        cmocka_unit_test(a_character_may_arrive_in_two_pieces),
        cmocka_unit_test(an_arrow_in_two_pieces_is_one_arrow),
        cmocka_unit_test(a_lone_escape_is_a_key_when_its_time_has_passed),
        cmocka_unit_test(the_rest_of_a_late_sequence_runs_no_command),
        cmocka_unit_test(a_bracket_typed_after_escape_is_still_a_key),
        cmocka_unit_test(alt_chords_are_one_refused_key),
        cmocka_unit_test(unknown_sequences_are_swallowed_whole),
        cmocka_unit_test(a_paste_is_one_key_with_its_text),
        cmocka_unit_test(a_long_paste_is_cut_and_ends_all_the_same),
        cmocka_unit_test(pem_without_paste_marks_is_a_paste_too),
        cmocka_unit_test(mouse_presses_and_the_wheel_are_keys),
        cmocka_unit_test(sequences_of_terminfo_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
