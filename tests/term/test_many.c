/* A keystore of 5,000 certificates feels like one of five. */
#define _GNU_SOURCE
#include "../unit/make_cert.h"
#include "../unit/make_store.h"
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MANY KSX_SCRATCH "/many.jks"
#define COUNT 5000

static int make_many(void **state)
{
    (void)state;
    struct ks_blob *cert = make_cert(&(struct make_cert){.cn = "many.example"});
    struct ks_buf b = jks_begin(JKS, 2, COUNT);
    for (int i = 0; i < COUNT; i++) {
        char alias[16];
        snprintf(alias, sizeof alias, "cn-%04d", i);
        jks_trusted(&b, alias, ks_blob_slice(cert));
    }
    jks_digest(&b, "changeit");
    FILE *out = fopen(MANY, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(b.data, 1, b.len, out), b.len);
    assert_int_equal(fclose(out), 0);
    ks_buf_free(&b);
    ks_blob_unref(cert);
    return 0;
}

static struct pty *start_many(void)
{
    const char *const files[] = {MANY, NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Password");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "JKS 5000");
    pty_quiet(t, 200);
    return t;
}

static void a_held_key_costs_its_rows_only(void **state)
{
    (void)state;
    struct pty *t = start_many();
    pty_type(t, "G");
    wait_cursor_on(t, "cn-4999");
    pty_quiet(t, 200);
    pty_mark(t);
    for (int i = 0; i < 100; i++) { /* each key is answered before the next one comes */
        size_t before = pty_bytes(t);
        pty_type(t, i < 50 ? "k" : "j");
        for (int tries = 0; pty_bytes(t) == before; tries++) {
            assert_true(tries < 20000);
            pty_quiet(t, 1);
        }
    }
    print_message("bytes a held key: %zu\n", pty_bytes(t) / 100);
    assert_true(pty_bytes(t) / 100 <= 160);
    wait_cursor_on(t, "cn-4999");
    quit(t);
}

static void search_reaches_the_last_of_many(void **state)
{
    (void)state;
    struct pty *t = start_many();
    pty_type(t, "/cn-4999");
    pty_wait(t, "match 1 of 1");
    pty_type(t, "<Enter>");
    wait_cursor_on(t, "cn-4999");
    pty_type(t, "<F10>");
    assert_int_equal(pty_wait_exit(t), 0);
    assert_true(pty_sent(t, "\x1b[?1049l", 8));
    assert_true(pty_sent(t, "\x1b[?2004l", 8));
    assert_true(pty_sent(t, "\x1b[?25h", 6) || pty_sent(t, "\x1b[?12l\x1b[?25h", 12));
    pty_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_key_costs_its_rows_only),
        cmocka_unit_test(search_reaches_the_last_of_many),
    };
    return cmocka_run_group_tests_name("many", tests, make_many, NULL);
}
