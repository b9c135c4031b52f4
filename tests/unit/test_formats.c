#include "format/format.h"
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define S20 "000102030405060708090a0b0c0d0e0f10111213"
#define HEX(text) text, 0
#define TEXT(text) text, sizeof text - 1

static const struct sample {
    const char *format;
    const char *bytes; /* hex when `len` is 0 */
    size_t len;
} samples[] = {
    /* clang-format off */
    {"JKS", HEX("feedfeed0000000200000000e2686e45fb43dfa4d992dd41ceb6b21c6330d792")},
    {"JKS", HEX("feedfeed00000001")},
    {"JKS", HEX("feedfeed")},
    {"JCEKS", HEX("cececece0000000200000000f4922c1e8cc08b94e34d21fa489599303216d4c0")},
    {"BKS", HEX("0000000200000014" S20 "0000040000" "79979214b295c8244fd5669419a92d6aec79c03b")},
    {"BKS", HEX("0000000100000014" S20 "0000040000" "22c7d23b0eede04317605b0c05857c5018b6627f")},
    /* one certificate "a" of four octets */
    {"BKS", HEX("0000000100000014" S20 "00000400" "01" "000161" "0000000000000000" "00000000" "0005582e353039" "00000004" "30020500" "00" "22c7d23b0eede04317605b0c05857c5018b6627f")},
    {"UBER", HEX("0000000100000014" S20 "00000400" "21c2871fb31b3e3bc25070d5eb3fec0c5c9b7158b4064898b8a588ea2a8402bf")},
    /* ciphertext that begins like an end mark */
    {"UBER", HEX("0000000100000014" S20 "00000400" "00c2871fb31b3e3bc25070d5eb3fec0c5c9b7158b4064898b8a588ea2a8402bf")},
    {"BKS v0", HEX("0000000000000014" S20 "0000040000")},
    {"BCFKS", HEX("3030" "3020" "300d" "06092a864886f70d01050d" "3000" "040f" "000102030405060708090a0b0c0d0e" "300c" "3000" "3000" "0406" "000102030405")},
    {"BCFKS", HEX("3044" "3034" "020101" "3000" "180f" "32303236303130313030303030305a" "180f" "32303236303130313030303030305a" "3000" "300c" "3000" "3000" "0406" "000102030405")},
    {"IBM CMS", HEX("3748040200000000" "583530394b455900")},
    {"IBM CMS", HEX("3748060200000000" "583530394b455900")},
    {"SST", HEX("0000000043455254")},
    {"Keychain", HEX("6b79636800010000")},
    {"GnuPG keybox", HEX("00000020" "01010002" "4b425866")},
    {"PVK", HEX("1ef1b5b00000000001000000")},
    {"MSBLOB", HEX("0702000000a400005253413200080000")},
    {"MSBLOB", HEX("0602000000a400005253413100080000")},
    {"ZIP or JAR", HEX("504b03040a000000")},
    {"ZIP or JAR", HEX("504b0506000000000000")},
    {"compressed", HEX("1f8b0808")},
    {"compressed", HEX("fd377a585a00")},
    {"compressed", HEX("28b52ffd")},
    {"OpenPGP", HEX("99010d0460000000010800aabbccdd")},
    {"OpenPGP", TEXT("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ")},
    {"NSS", TEXT("SQLite format 3\0....CREATE TABLE nssPublic (id PRIMARY KEY")},
    {"NSS dbm", HEX("0006156100000002")},
    {"DKS", TEXT("domain app1 {\n keystore app1-truststore\n keystoreURI=\"...\";};")},
    {"SPKAC", TEXT("SPKAC=MIIBXjCByDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA\n")},
    {"SPKAC", TEXT("CN=a\nO=b\nSPKAC=MIIBXjCByDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA\n")},
    {"SPKAC", HEX("3024" "3018" "3012" "300d06092a864886f70d0101010500" "030100" "160161" "60" "3003060100" "030100")},
    {"JWK", TEXT("{\"kty\":\"EC\",\"crv\":\"P-256\"}")},
    {"JWK", TEXT("\xef\xbb\xbf\n { \"keys\": [ { \"kty\" : \"RSA\" } ] }")},
    {"OpenSSH public key", TEXT("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI root@host\n")},
    {"OpenSSH public key", TEXT("ecdsa-sha2-nistp256 AAAAE2VjZHNh root@host\n")},
    {"OpenSSH private key", TEXT("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n")},
    {"PuTTY", TEXT("PuTTY-User-Key-File-3: ssh-ed25519\n")},
    {"Git LFS pointer", TEXT("version https://git-lfs.github.com/spec/v1\noid sha256:4d\n")},
    {"UTF-16 text", TEXT("\xff\xfe-\0-\0-\0-\0-\0B\0E\0G\0I\0N\0 \0")},
    {"UTF-16 text", TEXT("\xfe\xff\0-\0-\0-\0-\0-\0B\0E\0G\0I\0N\0 ")},
    {"HTML", TEXT("\n<!DOCTYPE html>\n<html><body>Sign in</body></html>")},
    /* clang-format on */
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static struct ks_buf bytes_of(const struct sample *s)
{
    struct ks_buf b = KS_BUF_INIT;
    if (s->len == 0)
        return hex_bytes(s->bytes);
    ks_buf_append(&b, s->bytes, s->len);
    return b;
}

static void content_alone_tells_the_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf b = bytes_of(&samples[i]);
        const struct ks_format *f = ks_format_detect(buf_slice(&b), b.len);
        if (!f)
            print_error("sample %zu: nothing bids\n", i);
        assert_non_null(f);
        assert_string_equal(f->name, samples[i].format);
        ks_buf_free(&b);
    }
}

static void other_content_is_nobodys(void **state)
{
    (void)state;
    static const struct sample none[] = {
        {"", TEXT("Dear reader,\nthis is a letter.\n")},
        {"", TEXT("{\"name\":\"value\"}")},
        {"", TEXT("SQLite format 3\0....CREATE TABLE birds (id PRIMARY KEY")},
        {"", TEXT("domain knowledge is rare")},
        {"", HEX("0000000200000015")},
        {"", HEX("cafebabe00000034")},
        {"", HEX("00")},
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct ks_buf b = bytes_of(&none[i]);
        const struct ks_format *f = ks_format_detect(buf_slice(&b), b.len);
        if (f)
            print_error("sample %zu: %s\n", i, f->name);
        assert_null(f);
        ks_buf_free(&b);
    }
    assert_null(ks_format_detect(ks_slice(NULL, 0), 0));
}

/* Each prefix in memory of exactly its size. */
static void heads_may_end_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf b = bytes_of(&samples[i]);
        for (size_t len = 0; len <= b.len; len++) {
            uint8_t *copy = malloc(len ? len : 1);
            assert_non_null(copy);
            memcpy(copy, b.data, len);
            for (size_t whole = 0; whole < 2; whole++) {
                uint64_t size = whole ? len : b.len;
                const struct ks_format *f = ks_format_detect(ks_slice(copy, len), size);
                struct ks_buf text = KS_BUF_INIT;
                if (f && f->looks)
                    f->looks(ks_slice(copy, len), size, &text);
                ks_buf_free(&text);
            }
            free(copy);
        }
        ks_buf_free(&b);
    }
}

static void a_refusal_says_what_it_is_and_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf b = bytes_of(&samples[i]);
        const struct ks_format *f = ks_format_detect(buf_slice(&b), b.len);
        assert_non_null(f);
        if (f->caps & KS_CAP_REFUSED) {
            struct ks_store *store = ks_store_new("dir/thing.bin", ks_blob_copy(buf_slice(&b)));
            struct ks_error err = {0};
            store->format = f;
            assert_int_equal(f->load(store, NULL, NULL, &err), KS_ERR_UNSUPPORTED);
            assert_string_equal(err.slug, "unsupported-type");
            assert_int_equal(strncmp(err.what, "dir/thing.bin was not opened: it is ", 36), 0);
            assert_true(strlen(err.next) > 10);
            assert_true(strlen(err.next) < sizeof err.next - 1); /* not cut off */
            assert_string_equal(store->type, f->name);
            ks_store_free(store);
        }
        ks_buf_free(&b);
    }
}

static void every_format_fills_its_row(void **state)
{
    (void)state;
    for (size_t i = 0; ks_formats[i]; i++) {
        const struct ks_format *f = ks_formats[i];
        assert_true(f->name[0] && f->summary[0] && f->sniff && f->load);
        assert_false(f->caps & KS_CAP_REFUSED);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(f->name, ks_formats[j]->name);
    }
    for (const struct ks_format *f = ks_format_others; f->name; f++) {
        assert_true(f->name[0] && f->summary[0] && f->sniff && f->load);
        assert_true(f->caps & KS_CAP_REFUSED);
        for (const struct ks_format *g = ks_format_others; g < f; g++)
            assert_string_not_equal(f->name, g->name);
    }
}

static void a_listing_counts_the_entries_of_a_bks(void **state)
{
    (void)state;
    static const struct {
        size_t sample;
        const char *text;
    } cases[] = {{4, "v2, 0 entries"}, {5, "v1, 0 entries"}, {6, "v1, 1 entry"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf b = bytes_of(&samples[cases[i].sample]), text = KS_BUF_INIT;
        ks_format_detect(buf_slice(&b), b.len)->looks(buf_slice(&b), b.len, &text);
        assert_string_equal(ks_buf_text(&text), cases[i].text);
        ks_buf_free(&text);
        ks_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_alone_tells_the_type),
        cmocka_unit_test(other_content_is_nobodys),
        cmocka_unit_test(heads_may_end_anywhere),
        cmocka_unit_test(a_refusal_says_what_it_is_and_what_to_do),
        cmocka_unit_test(every_format_fills_its_row),
        cmocka_unit_test(a_listing_counts_the_entries_of_a_bks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
