/* The test terminal itself: what a plain program prints is on its screen. */
#include "terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void the_screen_holds_what_was_printed(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "printf 'one\\r\\n\\033[1;31mtwo\\033[m \\346\\227\\245x'", NULL};
    struct pty *t = pty_start(&(struct pty_options){.rows = 5, .cols = 20}, argv);
    pty_wait(t, "x");
    assert_string_equal(pty_row(t, 0), "one");
    assert_string_equal(pty_row(t, 1), "two \xe6\x97\xa5x");
    assert_int_equal(pty_find_col(t, 1, "x"), 6);
    assert_true(pty_cell(t, 1, 0).attrs.bold);
    assert_true(pty_sent(t, "\x1b[1;31m", 7));
    assert_int_equal(pty_end(t), 0);
}

static void typed_keys_reach_the_program(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "read a; echo got:$a; exit 7", NULL};
    struct pty *t = pty_start(&(struct pty_options){0}, argv);
    pty_type(t, "a<lt>b<Enter>");
    pty_wait(t, "got:a<b");
    assert_int_equal(pty_end(t), 7);
}

static void a_hang_up_ends_the_program(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "echo ready; exec sleep 100", NULL};
    struct pty *t = pty_start(&(struct pty_options){0}, argv);
    pty_wait(t, "ready");
    pty_hang_up(t);
    assert_int_equal(pty_end(t), 129);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_screen_holds_what_was_printed),
        cmocka_unit_test(typed_keys_reach_the_program),
        cmocka_unit_test(a_hang_up_ends_the_program),
    };
    return cmocka_run_group_tests_name("pty", tests, NULL, NULL);
}
