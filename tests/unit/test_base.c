/* Bytes, secrets, time, jobs. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/job.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void a_reader_advances_only_on_success(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 0, 0, 2, 'h', 'i', 0, 5, 'x'};
    struct ks_reader r = ks_reader(ks_slice(bytes, sizeof bytes));
    struct ks_slice block;
    assert_true(ks_read_block(&r, &block));
    assert_int_equal(block.len, 2);
    assert_false(ks_read_utf(&r, &block)); /* promises 5 bytes, has 1 */
    assert_int_equal(ks_reader_offset(&r), 6);
    uint32_t word;
    assert_false(ks_read_u32be(&r, &word));
    uint16_t half;
    assert_true(ks_read_u16be(&r, &half));
    assert_int_equal(half, 5);
    uint64_t wide;
    assert_false(ks_read_u64be(&r, &wide));
    assert_int_equal(ks_reader_left(&r), 1);
}

static void a_buffer_stops_at_its_maximum(void **state)
{
    (void)state;
    struct ks_buf b = {.max = 4};
    ks_buf_str(&b, "abc");
    assert_false(b.overflow);
    ks_buf_str(&b, "de");
    assert_true(b.overflow);
    assert_string_equal(ks_buf_text(&b), "abc");
    ks_buf_free(&b);
    struct ks_buf big = KS_BUF_INIT;
    for (int i = 0; i < 100; i++)
        ks_buf_printf(&big, "%099d\n", i);
    assert_int_equal(big.len, 10000);
    assert_int_equal(big.data[big.len], 0);
    ks_buf_free(&big);
}

static void reserved_room_is_one_piece(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    ks_buf_reserve(&b, 1000);
    const uint8_t *at = b.data;
    assert_int_equal(b.cap, 1001);
    for (int i = 0; i < 1000; i++)
        ks_buf_byte(&b, 'x');
    assert_ptr_equal(b.data, at);
    assert_int_equal(b.cap, 1001);
    ks_buf_free(&b);
    b.max = 10;
    ks_buf_reserve(&b, 11);
    assert_true(b.overflow);
    assert_null(b.data);
}

/* AddressSanitizer tells what is freed, before it is. */
extern int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void *, size_t), void (*freed)(const volatile void *))
    __attribute__((weak));
extern size_t __sanitizer_get_allocated_size(const volatile void *) __attribute__((weak));

static atomic_bool watching;
static atomic_uint seen_in_freed_memory;

static void on_malloc(const volatile void *at, size_t size)
{
    (void)at, (void)size;
}

static void on_free(const volatile void *at)
{
    if (!watching || !at)
        return;
    size_t size = __sanitizer_get_allocated_size(at);
    const volatile char *bytes = at;
    for (size_t i = 0; i + 4 <= size; i++)
        if (bytes[i] == 'K' && bytes[i + 1] == 'e' && bytes[i + 2] == 'Y' && bytes[i + 3] == '!')
            seen_in_freed_memory++;
}

/* How many copies a buffer leaves in the heap that grows to 8 KiB, is made text of, and freed. */
static unsigned copies_left(bool secret)
{
    struct ks_buf b = {.secret = secret};
    seen_in_freed_memory = 0;
    watching = true;
    ks_buf_str(&b, "KeY!");
    for (int i = 0; i < 8192; i++)
        ks_buf_byte(&b, ' ');
    ks_buf_printf(&b, "%0300d", 1);
    ks_buf_free(&b);
    watching = false;
    return seen_in_freed_memory;
}

static void a_secret_buffer_leaves_no_copies_behind(void **state)
{
    (void)state;
    if (!__sanitizer_install_malloc_and_free_hooks || !__sanitizer_get_allocated_size)
        skip();
    assert_true(__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) > 0);
    assert_true(copies_left(false) > 0);
    assert_int_equal(copies_left(true), 0);
    struct ks_buf b = {.secret = true};
    ks_buf_str(&b, "KeY!");
    ks_buf_clear(&b);
    assert_int_equal(b.data[0] | b.data[1] | b.data[2], 0);
    ks_buf_free(&b);
}

static void slices_clamp_to_their_bounds(void **state)
{
    (void)state;
    struct ks_slice s = ks_slice_str("keystore");
    assert_int_equal(ks_slice_part(s, 3, 100).len, 5);
    assert_int_equal(ks_slice_part(s, 9, 1).len, 0);
    assert_true(ks_slice_equal(ks_slice_part(s, 0, 3), ks_slice_str("key")));
}

static void passwords_convert_as_the_formats_want_them(void **state)
{
    (void)state;
    /* p, a-umlaut, s, s, euro, U+1F600 */
    struct ks_secret *s = ks_secret_new("p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x98\x80", 12);
    static const uint8_t wide[] = {0, 0x70, 0, 0xe4, 0,    0x73, 0,
                                   0x73, 0x20, 0xac, 0xd8, 0x3d, 0xde, 0};
    struct ks_secret *utf16 = ks_secret_utf16be(s);
    assert_int_equal(ks_secret_bytes(utf16).len, sizeof wide);
    assert_memory_equal(ks_secret_bytes(utf16).data, wide, sizeof wide);
    struct ks_secret *bmp = ks_secret_bmp(s);
    assert_int_equal(ks_secret_bytes(bmp).len, sizeof wide + 2);
    struct ks_secret *empty = ks_secret_new("", 0);
    struct ks_secret *empty_bmp = ks_secret_bmp(empty);
    assert_int_equal(ks_secret_bytes(empty_bmp).len, 2);
    assert_true(ks_secret_is_empty(empty));
    assert_false(ks_secret_equal(s, empty));
    struct ks_secret *twin = ks_secret_dup(s);
    assert_true(ks_secret_equal(s, twin));
    ks_secret_free(twin);
    ks_secret_free(empty_bmp);
    ks_secret_free(empty);
    ks_secret_free(bmp);
    ks_secret_free(utf16);
    ks_secret_free(s);
    ks_secret_free(NULL);
}

static void time_is_calendar_time_from_year_0_to_9999(void **state)
{
    (void)state;
    static const struct {
        const char *text, *iso;
        int64_t seconds;
    } samples[] = {
        {"1970-01-01", "1970-01-01T00:00:00Z", 0},
        {"2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", 1772323200},
        {"2000-02-29 23:59:59", "2000-02-29T23:59:59Z", 951868799},
        {"1969-12-31T23:59:59", "1969-12-31T23:59:59Z", -1},
        {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", 253402300799},
        {"0000-01-01", "0000-01-01T00:00:00Z", -62167219200},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        int64_t seconds;
        char iso[24];
        assert_true(ks_time_parse(samples[i].text, &seconds));
        assert_int_equal(seconds, samples[i].seconds);
        assert_string_equal(ks_time_iso(seconds, iso), samples[i].iso);
    }
    static const char *const bad[] = {"",           "2026-02-29",           "2026-13-01",
                                      "26-01-01",   "2026-01-01T25:00:00Z", "2026-01-01x",
                                      "2026-01-0a", "2026-01-01T00:00:00+1",
                                      "2026-+1- 1", "2026-1-1",             "2026-01-01T+1: 2:-3",
                                      "2026-01-01T0:0:0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t seconds;
        assert_false(ks_time_parse(bad[i], &seconds));
    }
    char iso[24];
    assert_string_equal(ks_time_iso(KS_TIME_NONE, iso), "-");
    assert_string_equal(ks_time_iso(INT64_MAX, iso), "9999-12-31T23:59:59Z");
}

static void days_round_toward_the_bad_side(void **state)
{
    (void)state;
    assert_int_equal(ks_days_until(10 * KS_DAY, 0), 10);
    assert_int_equal(ks_days_until(10 * KS_DAY - 1, 0), 9);
    assert_int_equal(ks_days_until(KS_DAY - 1, 0), 0);
    assert_int_equal(ks_days_until(-1, 0), -1);
    assert_int_equal(ks_days_until(-KS_DAY, 0), -1);
    assert_int_equal(ks_days_until(-KS_DAY - 1, 0), -2);
    assert_int_equal(ks_days_to_start(1, 0), 1);
    assert_int_equal(ks_days_to_start(KS_DAY, 0), 1);
    assert_int_equal(ks_days_to_start(KS_DAY + 1, 0), 2);
    char words[40];
    assert_string_equal(ks_days_words(-31, words), "31 days ago");
    assert_string_equal(ks_days_words(-1, words), "1 day ago");
    assert_string_equal(ks_days_words(0, words), "within a day");
    assert_string_equal(ks_days_words(1, words), "in 1 day");
    assert_string_equal(ks_days_words(12, words), "in 12 days");
}

static void the_clock_can_be_pinned(void **state)
{
    (void)state;
    ks_clock_pin(1772323200);
    assert_int_equal(ks_now(), 1772323200);
    ks_clock_pin(KS_TIME_NONE);
    assert_true(ks_now() > 1772323200 - 1000000000);
    assert_true(ks_now() != 1772323200);
}

static void charges_are_bounded_one_by_one_and_in_sum(void **state)
{
    (void)state;
    struct ks_error err = {0};
    struct ks_job *job = ks_job_new();
    assert_int_equal(ks_job_charge(job, 5000001, &err), KS_ERR_LIMIT);
    assert_string_equal(err.slug, "too-many-iterations");
    assert_int_equal(ks_job_charge(job, 0, &err), KS_ERR_DAMAGED);
    for (int i = 0; i < 4; i++)
        assert_int_equal(ks_job_charge(job, 5000000, &err), KS_OK);
    assert_int_equal(ks_job_charge(job, 1, &err), KS_ERR_LIMIT);
    ks_job_free(job);
    job = ks_job_new();
    ks_job_bound(job, 200000);
    assert_int_equal(ks_job_charge(job, 150000, &err), KS_OK);
    assert_int_equal(ks_job_charge(job, 50001, &err), KS_ERR_LIMIT);
    assert_int_equal(ks_job_charge(job, 50000, &err), KS_OK);
    ks_job_free(job);
}

static void wait_for_cancel(struct ks_job *job, void *arg)
{
    uint64_t n = 0;
    ks_job_phase(job, "counting", 100);
    while (ks_job_advance(job, n))
        n++;
    *(uint64_t *)arg = n + 1;
}

static void a_running_job_stops_when_cancelled(void **state)
{
    (void)state;
    uint64_t counted = 0;
    struct ks_job *job = ks_job_new();
    ks_job_start(job, wait_for_cancel, &counted);
    const char *what;
    uint64_t done, total;
    do
        ks_job_progress(job, &what, &done, &total);
    while (strcmp(what, "counting") != 0 || total != 100);
    assert_false(ks_job_finished(job));
    ks_job_cancel(job);
    struct pollfd p = {.fd = ks_job_fd(job), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 10000), 1);
    assert_true(ks_job_finished(job));
    ks_job_free(job);
    assert_true(counted > 0);
}

static void digests_come_from_our_own_context(void **state)
{
    (void)state;
    static const uint8_t abc[] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
                                  0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
    uint8_t out[KS_SHA1_LEN];
    ks_sha1(ks_slice_str("abc"), out);
    assert_memory_equal(out, abc, sizeof abc);
    assert_ptr_equal(ks_crypto_md("SHA256"), ks_crypto_md("SHA256"));
    assert_null(ks_crypto_md("NO-SUCH-DIGEST"));
}

/* OpenSSL would read it at the first use of its default context. */
static void the_hosts_openssl_configuration_is_not_read(void **state)
{
    (void)state;
    static const char text[] = "openssl_conf = init\n[init]\noid_section = oids\n"
                               "[oids]\nofTheHost = 1.2.3.4.5.6\n";
    char path[] = "/tmp/ksx-conf-XXXXXX";
    unsigned char digest[EVP_MAX_MD_SIZE];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    (void)close(fd);
    assert_int_equal(setenv("OPENSSL_CONF", path, 1), 0);
    (void)ks_crypto();
    assert_int_equal(EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL), 1);
    assert_int_equal(OBJ_txt2nid("ofTheHost"), NID_undef);
    assert_int_equal(unlink(path), 0);
}

static void an_error_keeps_its_slug_and_hint(void **state)
{
    (void)state;
    struct ks_error err = {0};
    assert_int_equal(ks_fail(&err, KS_ERR_IO, "not-found", "cannot open '%s'", "a.jks"), KS_ERR_IO);
    assert_int_equal(ks_fail_next(&err, KS_ERR_IO, "check the name"), KS_ERR_IO);
    ks_error_prefix(&err, "demo");
    assert_string_equal(err.what, "demo: cannot open 'a.jks'");
    assert_string_equal(err.next, "check the name");
    assert_int_equal(ks_fail(NULL, KS_ERR_IO, "x", "y"), KS_ERR_IO);
}

int main(void)
{
    ks_secret_setup();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_advances_only_on_success),
        cmocka_unit_test(a_buffer_stops_at_its_maximum),
        cmocka_unit_test(reserved_room_is_one_piece),
        cmocka_unit_test(a_secret_buffer_leaves_no_copies_behind),
        cmocka_unit_test(slices_clamp_to_their_bounds),
        cmocka_unit_test(passwords_convert_as_the_formats_want_them),
        cmocka_unit_test(time_is_calendar_time_from_year_0_to_9999),
        cmocka_unit_test(days_round_toward_the_bad_side),
        cmocka_unit_test(the_clock_can_be_pinned),
        cmocka_unit_test(charges_are_bounded_one_by_one_and_in_sum),
        cmocka_unit_test(a_running_job_stops_when_cancelled),
        cmocka_unit_test(the_hosts_openssl_configuration_is_not_read),
        cmocka_unit_test(digests_come_from_our_own_context),
        cmocka_unit_test(an_error_keeps_its_slug_and_hint),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
