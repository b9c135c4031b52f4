/* Text from outside: decoding, folding, and what may reach a terminal. */
#include "base/text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

struct sample {
    const char *name, *in, *want;
};

static void assert_shown(const char *in, size_t len, unsigned flags, const char *want)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_text_neutralise(in, len, flags, &out);
    assert_string_equal(ks_buf_text(&out), want);
    ks_buf_free(&out);
}

static void hostile_characters_become_visible_text(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"plain", "corp-root", "corp-root"},
        {"escape", "a\x1b[31mb", "a\\x1B[31mb"},
        {"delete", "a\x7f", "a\\x7F"},
        {"C1", "a\xc2\x9b", "a\\u{9B}"},
        {"invalid byte", "a\xff", "a\\xFF"},
        {"overlong", "\xc0\x80", "\\xC0\\x80"},
        {"surrogate", "\xed\xa0\x80", "\\xED\\xA0\\x80"},
        {"bidi override", "b\xe2\x80\xae" "c", "b\\u{202E}c"},
        {"bidi isolate", "\xe2\x81\xa6", "\\u{2066}"},
        {"zero width joiner", "a\xe2\x80\x8d", "a\\u{200D}"},
        {"byte order mark", "\xef\xbb\xbf" "a", "\\u{FEFF}a"},
        {"soft hyphen", "a\xc2\xad", "a\\u{AD}"},
        {"tag", "\xf3\xa0\x81\x81", "\\u{E0041}"},
        {"variation selector", "a\xef\xb8\x8f", "a\\u{FE0F}"},
        {"Hangul filler", "\xe3\x85\xa4", "\\u{3164}"},
        {"line separator", "\xe2\x80\xa8", "\\u{2028}"},
        {"no-break space", "a\xc2\xa0" "b", "a\\u{A0}b"},
        {"one space", "a b", "a b"},
        {"leading space", " a", "\\x20a"},
        {"trailing space", "a ", "a\\x20"},
        {"doubled space", "a  b", "a\\x20\\x20b"},
        {"private use", "\xee\x80\x80", "\\u{E000}"},
        {"unassigned", "\xcd\xb8", "\\u{378}"},
        {"regional indicator", "\xf0\x9f\x87\xa9", "\\u{1F1E9}"},
        {"combining mark", "e\xcc\x81", "e\xcc\x81"},
        {"mark without a base", "\xcc\x81", "\xe2\x97\x8c\xcc\x81"},
        {"fifth mark", "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85",
         "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\\u{305}"},
        {"wide", "\xe9\x8d\xb5", "\xe9\x8d\xb5"},
        {"right to left letters", "\xd7\x90", "\xd7\x90"},
        {"backslash alone", "a\\b", "a\\b"},
        {"backslash beside an escape", "\\u{202E}\x1b", "\\\\u{202E}\\x1B"},
        {"newline", "a\nb", "a\\x0Ab"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        assert_shown(samples[i].in, strlen(samples[i].in), 0, samples[i].want);
    assert_shown("a\0b", 3, 0, "a\\x00b");
}

static void without_colours_a_typed_escape_is_told_from_a_real_one(void **state)
{
    (void)state;
    assert_shown("\x1b[31m", 5, KS_TEXT_COLOURLESS, "\\x1B[31m");
    assert_shown("\\x1B[31m", 8, KS_TEXT_COLOURLESS, "\\\\x1B[31m");
    assert_shown("\\u{202E}", 8, KS_TEXT_COLOURLESS, "\\\\u{202E}");
    assert_shown("C:\\users\\x", 10, KS_TEXT_COLOURLESS, "C:\\users\\x");
    assert_shown("\\", 1, KS_TEXT_COLOURLESS, "\\");
}

static void layout_keeps_its_spaces_but_nothing_else(void **state)
{
    (void)state;
    assert_shown("  a  b ", 7, KS_TEXT_LAYOUT, "  a  b ");
    assert_shown("  a\tb", 5, KS_TEXT_LAYOUT, "  a\\x09b");
}

static void an_ascii_terminal_gets_only_ascii(void **state)
{
    (void)state;
    assert_shown("caf\xc3\xa9", 5, KS_TEXT_ASCII, "caf\\u{E9}");
    assert_shown("\xe9\x8d\xb5", 3, KS_TEXT_ASCII, "\\u{9375}");
}

static bool every_cluster_has_its_width(void *ctx, const char *text, size_t len, int width,
                                        bool escaped)
{
    wchar_t wide[16];
    char copy[64];
    (void)ctx;
    assert_true(len < sizeof copy);
    memcpy(copy, text, len);
    copy[len] = '\0';
    size_t count = mbstowcs(wide, copy, 16);
    assert_true(count < 16);
    assert_int_equal(wcswidth(wide, count), width);
    assert_true(escaped || width == 1 || width == 2);
    return true;
}

static void no_code_point_is_emitted_without_a_width(void **state)
{
    (void)state;
    struct ks_buf alone = KS_BUF_INIT;
    for (uint32_t cp = 0x20; cp <= 0x10ffff; cp++) {
        ks_buf_clear(&alone);
        ks_buf_byte(&alone, 'a');
        ks_utf8_append(&alone, cp);
        ks_text_clusters(ks_buf_text(&alone), alone.len, 0, every_cluster_has_its_width, NULL);
        ks_text_clusters(ks_buf_text(&alone) + 1, alone.len - 1, 0, every_cluster_has_its_width,
                         NULL);
    }
    ks_buf_free(&alone);
}

static void width_counts_cells(void **state)
{
    (void)state;
    struct ks_buf out = KS_BUF_INIT;
    assert_int_equal(ks_text_neutralise("\xe9\x8d\xb5-\xe6\x97\xa5", 7, 0, &out), 5);
    ks_buf_clear(&out);
    assert_int_equal(ks_text_neutralise("e\xcc\x81", 3, 0, &out), 1);
    ks_buf_clear(&out);
    assert_int_equal(ks_text_neutralise("\x1b", 1, 0, &out), 4);
    ks_buf_free(&out);
}

static void hidden_characters_are_noticed_in_every_locale(void **state)
{
    (void)state;
    static const char *const locales[] = {"C.UTF-8", "C"};
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(setlocale(LC_ALL, locales[i]));
        assert_true(ks_text_has_hidden("a\xe2\x80\xae", 4));
        assert_true(ks_text_has_hidden(" a", 2));
        assert_false(ks_text_has_hidden("CN=Example Root CA", 18));
        assert_false(ks_text_has_hidden("caf\xc3\xa9 \xe9\x8d\xb5", 9));
    }
    setlocale(LC_ALL, "C.UTF-8");
}

static void right_to_left_letters_are_noticed(void **state)
{
    (void)state;
    assert_true(ks_text_has_rtl("a\xd7\x90", 3));
    assert_true(ks_text_has_rtl("\xd8\xa7", 2));
    assert_false(ks_text_has_rtl("caf\xc3\xa9", 5));
}

static void modified_utf8_decodes_what_java_writes(void **state)
{
    (void)state;
    struct ks_buf out = KS_BUF_INIT;
    /* "a", NUL, e-acute, euro, U+1F600 as java.io.DataOutputStream.writeUTF spells them */
    static const char java[] = "a\xc0\x80\xc3\xa9\xe2\x82\xac\xed\xa0\xbd\xed\xb8\x80";
    assert_true(ks_text_from_modified_utf8(ks_slice(java, sizeof java - 1), &out));
    assert_memory_equal(out.data, "a\0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 11);
    assert_int_equal(out.len, 11);
    ks_buf_clear(&out);
    assert_true(ks_text_from_modified_utf8(ks_slice_str("\xf0\x9f\x98\x80"), &out));
    assert_string_equal(ks_buf_text(&out), "\xf0\x9f\x98\x80");
    ks_buf_clear(&out);
    assert_false(ks_text_from_modified_utf8(ks_slice_str("a\xed\xa0\xbd"), &out));
    ks_buf_clear(&out);
    assert_false(ks_text_from_modified_utf8(ks_slice_str("\x80"), &out));
    ks_buf_free(&out);
}

static void modified_utf8_is_written_as_java_does(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"plain", "a", "a"},
        {"pairs", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
         "a\xc3\xa9\xe2\x82\xac\xed\xa0\xbd\xed\xb8\x80"},
        {"no UTF-8", "a\xff", "a\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct ks_buf out = KS_BUF_INIT;
        ks_text_to_modified_utf8(samples[i].in, &out);
        assert_string_equal(ks_buf_text(&out), samples[i].want);
        ks_buf_free(&out);
    }
}

static void bmp_strings_decode_and_tell_bad_ones(void **state)
{
    (void)state;
    struct ks_buf out = KS_BUF_INIT;
    static const char good[] = "\0p\0\xe4\xd8\x3d\xde\0";
    assert_true(ks_text_from_utf16be(ks_slice(good, 8), &out));
    assert_string_equal(ks_buf_text(&out), "p\xc3\xa4\xf0\x9f\x98\x80");
    ks_buf_clear(&out);
    assert_false(ks_text_from_utf16be(ks_slice(good, 7), &out));
    ks_buf_clear(&out);
    assert_false(ks_text_from_utf16be(ks_slice("\xde\0\0a", 4), &out));
    assert_string_equal(ks_buf_text(&out), "\xef\xbf\xbd" "a");
    ks_buf_free(&out);
}

static void folding_is_javas_lower_case(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"ascii", "MyServer-1", "myserver-1"},
        {"latin", "\xc3\x84", "\xc3\xa4"},
        {"dotted I", "\xc4\xb0", "i\xcc\x87"},
        {"none", "\xe9\x8d\xb5", "\xe9\x8d\xb5"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char *folded = ks_text_fold(samples[i].in);
        assert_string_equal(folded, samples[i].want);
        free(folded);
    }
    assert_true(ks_text_contains_folded("CN=Example Root", "example"));
    assert_true(ks_text_contains_folded("\xc3\x84rger", "\xc3\xa4r"));
    assert_false(ks_text_contains_folded("abc", "abcd"));
}

/* An ellipsis that ksx sets is ASCII there; one that is a character of a name stays escaped. */
static void signs_of_ksx_have_an_ascii_form_and_those_of_names_are_escaped(void **state)
{
    static const char name[] = "a\xe2\x80\xa6 \xe2\x80\xba b";
    struct ks_buf text = KS_BUF_INIT;
    (void)state;
    ks_text_only_ascii(true);
    ks_buf_printf(&text, "%s%s%s%s", name, ks_text_sign(KS_SIGN_INSIDE), "9F:2C",
                  ks_text_sign(KS_SIGN_CUT));
    ks_text_only_ascii(false);
    assert_shown((char *)text.data, text.len, KS_TEXT_ASCII, "a\\u{2026} \\u{203A} b/9F:2C..");
    assert_string_equal(ks_text_sign(KS_SIGN_CUT), "\xe2\x80\xa6");
    ks_buf_free(&text);
}

static void what_is_read_is_shortened_with_the_sign_and_what_is_stored_is_not(void **state)
{
    struct ks_buf read = KS_BUF_INIT, stored = KS_BUF_INIT;
    (void)state;
    ks_buf_str(&read, "abcdef");
    ks_buf_str(&stored, "abcdef");
    ks_text_only_ascii(true);
    assert_true(ks_text_shorten(&read, 3));
    assert_true(ks_text_cut(&stored, 3));
    ks_text_only_ascii(false);
    assert_string_equal(ks_buf_text(&read), "abc..");
    assert_string_equal(ks_buf_text(&stored), "abc\xe2\x80\xa6");
    ks_buf_free(&read);
    ks_buf_free(&stored);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_characters_become_visible_text),
        cmocka_unit_test(without_colours_a_typed_escape_is_told_from_a_real_one),
        cmocka_unit_test(layout_keeps_its_spaces_but_nothing_else),
        cmocka_unit_test(an_ascii_terminal_gets_only_ascii),
        cmocka_unit_test(no_code_point_is_emitted_without_a_width),
        cmocka_unit_test(width_counts_cells),
        cmocka_unit_test(hidden_characters_are_noticed_in_every_locale),
        cmocka_unit_test(right_to_left_letters_are_noticed),
        cmocka_unit_test(modified_utf8_decodes_what_java_writes),
        cmocka_unit_test(modified_utf8_is_written_as_java_does),
        cmocka_unit_test(bmp_strings_decode_and_tell_bad_ones),
        cmocka_unit_test(folding_is_javas_lower_case),
        cmocka_unit_test(signs_of_ksx_have_an_ascii_form_and_those_of_names_are_escaped),
        cmocka_unit_test(what_is_read_is_shortened_with_the_sign_and_what_is_stored_is_not),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
