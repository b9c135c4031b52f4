/* What the subcommands write: all of it, or an error. */
#include "cli/doctor.h"
#include "cli/json.h"
#include "cli/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char long_text[4096];

static int setup(void **state)
{
    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    return 0;
}

/* Nothing was handed over, and the run fails. */
static void assert_not_written(struct cli *cli)
{
    text_line(cli);
    assert_true(cli->out.len < cli->out.max);
    text_flush(cli);
    assert_int_equal(cli->write_error, EMSGSIZE);
    assert_int_equal(cli->out.len, 0);
    ks_buf_free(&cli->out);
}

static void text_that_does_not_fit_is_an_error(void **state)
{
    struct cli cli = {.out.max = 1000};
    (void)state;
    text_own(&cli, "in front ");
    (void)text_ext(&cli, long_text);
    assert_not_written(&cli);
}

static void json_that_does_not_fit_is_an_error(void **state)
{
    struct cli cli = {.out.max = 1000};
    (void)state;
    json_member(&cli, "alias", json_ext_z(long_text));
    assert_not_written(&cli);
}

static void text_that_another_buffer_refused_is_an_error(void **state)
{
    struct cli cli = {.out.max = 1000};
    struct ks_buf name = {.max = 100};
    (void)state;
    ks_buf_str(&name, "in front ");
    (void)text_neutralise(&cli, long_text, strlen(long_text), &name);
    text_check(&cli, &name);
    assert_not_written(&cli);
    ks_buf_free(&name);
}

static void a_long_line_is_written_whole(void **state)
{
    struct cli cli = {.out.max = 10000};
    (void)state;
    text_printf(&cli, "<%s>", long_text);
    assert_int_equal(cli.out.len, strlen(long_text) + 2);
    assert_int_equal(cli.out.data[cli.out.len - 1], '>');
    ks_buf_free(&cli.out);
}

static void a_finding_without_a_rule_has_its_severity_and_title(void **state)
{
    (void)state;
    assert_non_null(doctor_rule("TRUST-CANNOT-ANCHOR"));
    assert_int_equal(doctor_rule("TRUST-CANNOT-ANCHOR")->severity, KS_ERROR);
    assert_string_equal(doctor_title("TRUST-CANNOT-ANCHOR"), "No path to a trusted certificate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_does_not_fit_is_an_error),
        cmocka_unit_test(json_that_does_not_fit_is_an_error),
        cmocka_unit_test(text_that_another_buffer_refused_is_an_error),
        cmocka_unit_test(a_long_line_is_written_whole),
        cmocka_unit_test(a_finding_without_a_rule_has_its_severity_and_title),
    };
    return cmocka_run_group_tests_name("output", tests, setup, NULL);
}
