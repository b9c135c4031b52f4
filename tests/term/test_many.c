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
#define MIXED KSX_SCRATCH "/mixed.jks" /* aliases that fit beside the tree, and such that do not */
#define MIXED_COUNT 12

static void save(const char *path, struct ks_buf *b)
{
    jks_digest(b, "changeit");
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(b->data, 1, b->len, out), b->len);
    assert_int_equal(fclose(out), 0);
    ks_buf_free(b);
}

/* Two kinds that alternate; no two are the same, which would be a finding. */
static struct ks_blob *mixed_cert(int i)
{
    char cn[40];
    snprintf(cn, sizeof cn, i % 2 ? "Another Root CA %02d of 2031" : "Example Root %02d", i);
    return i % 2 ? make_cert(&(struct make_cert){
                       .cn = cn, .o = "Another", .from = "2021-03-04", .to = "2031-05-06"})
                 : make_cert(&(struct make_cert){.cn = cn, .o = "Example", .serial = 0x1234});
}

static void make_mixed(void)
{
    struct ks_buf b = jks_begin(JKS, 2, MIXED_COUNT);
    for (int i = 0; i < MIXED_COUNT; i++) {
        struct ks_blob *cert = mixed_cert(i);
        char alias[64];
        snprintf(alias, sizeof alias, i % 2 ? "another_root_certification_authority_%02d.pem" : "r%02d",
                 i);
        jks_trusted(&b, alias, ks_blob_slice(cert));
        ks_blob_unref(cert);
    }
    save(MIXED, &b);
}

static int make_many(void **state)
{
    (void)state;
    make_mixed();
    struct ks_blob *cert = make_cert(&(struct make_cert){.cn = "many.example"});
    struct ks_buf b = jks_begin(JKS, 2, COUNT);
    for (int i = 0; i < COUNT; i++) {
        char alias[16];
        snprintf(alias, sizeof alias, "cn-%04d", i);
        jks_trusted(&b, alias, ks_blob_slice(cert));
    }
    save(MANY, &b);
    ks_blob_unref(cert);
    return 0;
}

static struct pty *start_at(const char *path, const char *shown)
{
    const char *const files[] = {path, NULL};
    struct pty *t = start_ksx(24, 80, NULL, files);
    pty_wait(t, "Password");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, shown);
    pty_quiet(t, 200);
    return t;
}

static struct pty *start_many(void)
{
    return start_at(MANY, "JKS 5000");
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

/* The details of the next entry stand where those of the last one stood, however long its alias. */
static void a_single_key_rewrites_what_differs_only(void **state)
{
    (void)state;
    struct pty *t = start_at(MIXED, "JKS 12");
    pty_type(t, "j");
    pty_wait(t, "Entry     r00");
    pty_quiet(t, 200);
    for (int i = 1; i < MIXED_COUNT; i++) {
        pty_mark(t);
        pty_type(t, "j");
        pty_wait(t, i % 2 ? "CN=Another" : "CN=Example");
        pty_quiet(t, 200);
        print_message("bytes a single key: %zu\n", pty_bytes(t));
        assert_true(pty_bytes(t) <= 360);
    }
    pty_wait(t, "hority_11.pem   13/13");
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
        cmocka_unit_test(a_single_key_rewrites_what_differs_only),
        cmocka_unit_test(search_reaches_the_last_of_many),
    };
    return cmocka_run_group_tests_name("many", tests, make_many, NULL);
}
