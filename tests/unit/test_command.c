/* Commands of other programs: what a shell makes of each word is what was meant. */
#include "op_store.h"
#include "run.h"

#include "op/command.h"

static void expect_word(const char *word, const char *want)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_shell_word(&out, word);
    assert_string_equal(ks_buf_text(&out), want);
    ks_buf_free(&out);
}

static void a_word_is_quoted_when_a_shell_would_make_something_of_it(void **state)
{
    (void)state;
    expect_word("server", "server");
    expect_word("/srv/app/in-bound.p12", "/srv/app/in-bound.p12");
    expect_word("", "''");
    expect_word("CN=a b", "'CN=a b'");
    expect_word("$(reboot)", "'$(reboot)'");
    expect_word("~root", "'~root'");
    expect_word("it's", "'it'\\''s'");
    expect_word("x\xe2\x80\xae'$(id)'", "\"$(printf 'x\\342\\200\\256\\047$(id)\\047')\"");
    expect_word("-\x1b[31m%s\\b", "\"$(printf '\\055\\033[31m%%s\\\\b')\"");
}

/* Every octet that a word can have comes back from a real shell, also one that is no bash. */
static void a_shell_gives_back_what_was_quoted(void **state)
{
    (void)state;
    char all[256];
    struct ks_buf line = KS_BUF_INIT;
    for (int i = 1; i < 256; i++)
        all[i - 1] = (char)i;
    all[255] = '\0';
    ks_buf_str(&line, "printf %s ");
    ks_shell_word(&line, all);
    static const char *const shells[] = {"bash", "sh"};
    for (size_t i = 0; i < 2; i++) {
        struct run r = RUN(shells[i], "-c", ks_buf_text(&line));
        assert_int_equal(r.exit, 0);
        assert_string_equal(r.out, all);
        run_free(&r);
    }
    ks_buf_free(&line);
}

static void words_of_a_line_are_quoted_one_by_one(void **state)
{
    (void)state;
    struct ks_commands c = {0};
    ks_command(&c, "keytool -delete -alias %s # 100%% of %s", "a b", "plain");
    ks_command_remark(&c, "two %s", "lines\nrm -rf /");
    assert_int_equal(c.count, 2);
    assert_string_equal(c.at[0], "keytool -delete -alias 'a b' # 100% of plain");
    assert_string_equal(c.at[1], "# two lines rm -rf /");
    ks_commands_drop(&c);
    assert_int_equal(c.count, 0);
    ks_commands_drop(&c);
}

static void keytool_is_told_the_absolute_path_and_the_provider(void **state)
{
    (void)state;
    struct ks_buf line = KS_BUF_INIT;
    struct ks_store *s = op_store(&ks_format_bcfks, "changeit");
    ks_command_keytool(&line, "list", s);
    const char *text = ks_buf_text(&line);
    assert_ptr_equal(strstr(text, "keytool -list -keystore /"), text);
    assert_non_null(strstr(text, "/dir/made.ks -storetype BCFKS "));
    assert_non_null(strstr(text, "BouncyCastleProvider"));
    assert_non_null(strstr(text, " -storepass:env STOREPASS"));
    assert_null(strstr(text, "changeit"));
    ks_buf_free(&line);
    ks_store_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_quoted_when_a_shell_would_make_something_of_it),
        cmocka_unit_test(a_shell_gives_back_what_was_quoted),
        cmocka_unit_test(words_of_a_line_are_quoted_one_by_one),
        cmocka_unit_test(keytool_is_told_the_absolute_path_and_the_provider),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
