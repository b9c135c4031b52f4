#include "tui/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void becomes(const char *pattern, const char *file, const char *alias, const char *wanted)
{
    struct ks_buf out = KS_BUF_INIT;
    shell_command(pattern, file, alias, &out);
    assert_string_equal(ks_buf_text(&out), wanted);
    ks_buf_free(&out);
}

static void names_stand_in_the_command_as_one_word_each(void **state)
{
    (void)state;
    becomes("ksx show FILE ALIAS", "a.p12", "one", "ksx show a.p12 one");
    becomes("ksx show FILE ALIAS", "my keys.p12", "it's", "ksx show 'my keys.p12' 'it'\\''s'");
    becomes("ksx list FILE --sort name", "-x;rm", NULL, "ksx list ./'-x;rm' --sort name");
    becomes("ksx show FILE ALIAS", NULL, NULL, "ksx show FILE ALIAS");
    becomes("ksx show FILE ALIAS", "a", "", "ksx show a ''");
    becomes("ksx show FILE", "$(id)", NULL, "ksx show '$(id)'");
}

static void control_characters_are_spelled(void **state)
{
    (void)state;
    becomes("FILE", "a\x1b[31m'\\\nb", NULL, "\"$(printf 'a\\033[31m\\047\\\\\\012b')\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_in_the_command_as_one_word_each),
        cmocka_unit_test(control_characters_are_spelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
