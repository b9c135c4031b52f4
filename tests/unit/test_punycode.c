/* What xn-- names stand for; samples of RFC 3492 section 7.1 among them. */
#include "base/punycode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static void labels_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text;
    } cases[] = {
        {"bcher-kva", "b\xc3\xbc" "cher"},
        {"egbpdaj6bu4bxfgehfvwxn",
         "\xd9\x84\xd9\x8a\xd9\x87\xd9\x85\xd8\xa7\xd8\xa8\xd8\xaa\xd9\x83\xd9\x84\xd9\x85\xd9\x88\xd8\xb4\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a\xd8\x9f"},
        {"ihqwcrb4cv8a8dqg056pqjye",
         "\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d\xe8\xaf\xb4\xe4\xb8\xad\xe6\x96\x87"},
        {"3B-ww4c5e180e575a65lsy2b", "3\xe5\xb9\xb4" "B\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5\x85\x88\xe7\x94\x9f"},
        {"-> $1.00 <--", "-> $1.00 <-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf out = KS_BUF_INIT;
        assert_true(ks_punycode_label(cases[i].label, strlen(cases[i].label), &out));
        assert_string_equal(ks_buf_text(&out), cases[i].text);
        ks_buf_clear(&out);
        assert_true(ks_punycode_encode(cases[i].text, strlen(cases[i].text), &out));
        assert_int_equal(strcasecmp(ks_buf_text(&out), cases[i].label), 0);
        ks_buf_free(&out);
    }
}

static void what_no_label_holds_is_not_encoded(void **state)
{
    (void)state;
    char many[2 * 60 + 1];
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; i < 60; i++)
        memcpy(many + 2 * i, i % 2 ? "\xc3\xbc" : "\xd1\x8f", 3);
    assert_false(ks_punycode_encode(many, strlen(many), &out));
    assert_false(ks_punycode_encode("a\xff", 2, &out));
    assert_int_equal(out.len, 0);
}

static void malformed_labels_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",                 /* nothing */
        "a b",              /* a blank is no digit */
        "99999999",         /* beyond Unicode */
        "\xc3\xbc-kva",     /* not ASCII before the delimiter */
        "kv\xc3\xbc",       /* nor behind it */
        "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", /* too long */
        "0f",               /* cut off inside of a number */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf out = KS_BUF_INIT;
        if (ks_punycode_label(cases[i], strlen(cases[i]), &out))
            fail_msg("%s was decoded to %s", cases[i], ks_buf_text(&out));
        assert_int_equal(out.len, 0);
        ks_buf_free(&out);
    }
}

static void any_bytes_end_well(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char label[63];
        size_t len = 1 + (size_t)(round % 63);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            label[i] = "abcdefghijklmnopqrstuvwxyz0123456789-A"[(seed >> 16) % 38];
        }
        struct ks_buf out = KS_BUF_INIT;
        bool good = ks_punycode_label(label, len, &out);
        assert_true(good ? out.len > 0 && out.len <= 63 * 4 : out.len == 0);
        ks_buf_free(&out);
    }
}

static void hosts_are_decoded_label_by_label(void **state)
{
    (void)state;
    static const char host[] = "www.xn--bcher-kva.XN--BCHER-KVA.example.";
    struct ks_buf out = KS_BUF_INIT;
    assert_true(ks_punycode_host(host, strlen(host), &out));
    assert_string_equal(ks_buf_text(&out), "www.b\xc3\xbc" "cher.B\xc3\xbc" "CHER.example.");
    ks_buf_clear(&out);
    assert_true(ks_punycode_host("https://xn--bcher-kva.example:443/", 34, &out));
    assert_string_equal(ks_buf_text(&out), "https://b\xc3\xbc" "cher.example:443/");
    ks_buf_clear(&out);
    assert_false(ks_punycode_host("www.example.com", 15, &out));
    assert_false(ks_punycode_host("xn--bcher-kva.xn--99999999", 26, &out));
    assert_false(ks_punycode_host("xn--", 4, &out));
    assert_int_equal(out.len, 0);
    ks_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_decoded),
        cmocka_unit_test(what_no_label_holds_is_not_encoded),
        cmocka_unit_test(malformed_labels_are_refused),
        cmocka_unit_test(any_bytes_end_well),
        cmocka_unit_test(hosts_are_decoded_label_by_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
