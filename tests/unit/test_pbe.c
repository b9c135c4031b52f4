#include "base/crypto.h"
#include "format/format.h"
#include "format/kdf.h"
#include "hex.h"
#include "x509/cert.h"
#include "x509/der.h"

#include <openssl/evp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define S20 "000102030405060708090a0b0c0d0e0f10111213"
#define S16 "000102030405060708090a0b0c0d0e0f"
#define ZERO_TO_1F "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct ks_secret *secret(const char *text)
{
    return ks_secret_new(text, strlen(text));
}

static void assert_hex(const uint8_t *data, size_t len, const char *expected)
{
    char *hex = hex_of(data, len);
    assert_string_equal(hex, expected);
    free(hex);
}

/* ---- derivations ---- */

static void the_pkcs12_derivation_gives_the_known_keys(void **state)
{
    (void)state;
    static const struct {
        const char *hash;
        uint8_t id;
        const char *password; /* hex, in BMP form */
        size_t len;
        const char *expected;
    } cases[] = {
    /* clang-format off */
#define CHANGEIT "006300680061006e0067006500690074" "0000"
        {"SHA1", 1, CHANGEIT, 32, "1e25ddad6e7028e27a6e49fc2a73dc2945d22d3a6be5c60a20f17bb75dbebef5"},
        {"SHA1", 2, CHANGEIT, 16, "f05f3c5b67f647c31ef6e4d052c96977"},
        {"SHA1", 3, CHANGEIT, 20, "9a59f7cc8e71aef59fa38496479db3069367d28d"},
        {"SHA1", 3, CHANGEIT, 2, "9a59"},
        {"SHA1", 3, "", 20, "b60af58bc5083c908aaf6628597b0e9b1efe23e2"},
        {"SHA1", 3, "0000", 20, "e4baaaf375b8c8ecaf74dca8c1e9d3717db38b59"},
        {"SHA256", 3, CHANGEIT, 32, "0ca66fb4b3ff85fde131439198b80c8f5f97632fc5b10a35bfcf4c6933d36d77"},
        {"SHA256", 3, "", 32, "1b8645d00fc040e1d7d7d6334ff39f72d7280eb8dc474360d2425d0a5079f77c"},
        {"SHA256", 3, "0000", 32, "6ed79d692b07d5d6365be780e40dc26a86d9633db41e7349600cf014ccf14724"},
        {"SHA512", 3, CHANGEIT, 64, "ff4ad8bc1cc311472ef77c1f25a90c0b93baedcc1af12183ccb062c91b5e4ebe473dca267547e227863d5e1279470711e469d2f424c1af822bcdc71440e35b7d"},
        /* clang-format on */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf password = hex_bytes(cases[i].password), salt = hex_bytes(S20);
        uint8_t out[64];
        struct ks_error err = {0};
        assert_int_equal(ks_kdf_pkcs12(cases[i].hash, cases[i].id, buf_slice(&password),
                                       buf_slice(&salt), 1024, out, cases[i].len, NULL, &err),
                         KS_OK);
        assert_hex(out, cases[i].len, cases[i].expected);
        ks_buf_free(&password);
        ks_buf_free(&salt);
    }
}

static void pbkdf2_gives_the_known_keys(void **state)
{
    (void)state;
    struct ks_buf salt = hex_bytes(S16);
    /* BCFKS: the password and its purpose, both as BMP strings. */
    struct ks_buf password =
        hex_bytes("006300680061006e00670065006900740000"
                  "00530054004f00520045005f0045004e004300520059005000540049004f004e0000");
    uint8_t out[32];
    struct ks_error err = {0};

    assert_int_equal(ks_kdf_pbkdf2("SHA256", ks_slice_str("changeit"), buf_slice(&salt), 2048, out,
                                   32, NULL, &err),
                     KS_OK);
    assert_hex(out, 32, "7118c2013a92d05c998b368cef37ed05e33897b089ee6ca54c0175c6e2d9f77b");
    assert_int_equal(
        ks_kdf_pbkdf2("SHA512", buf_slice(&password), buf_slice(&salt), 1024, out, 32, NULL, &err),
        KS_OK);
    assert_hex(out, 32, "d8847eb48cbab46459708c7348518b391ace5796060935140bb09acd7b345072");
    assert_int_equal(
        ks_kdf_scrypt(buf_slice(&password), buf_slice(&salt), 1024, 8, 8, out, 32, NULL, &err),
        KS_OK);
    assert_hex(out, 32, "ab19c301bc60f8d49459ddafcf8614dd3ce834b32d1d59141eef92bd632f3cdb");
    assert_int_equal(
        ks_kdf_scrypt(buf_slice(&password), buf_slice(&salt), 1024, 8, 1, out, 32, NULL, &err),
        KS_OK);
    assert_hex(out, 32, "dbdc88d7dbedbc6b7bc3ab6fc7291f615c0d965522e248b341e20345c8b8ef31");
    ks_buf_free(&salt);
    ks_buf_free(&password);
}

/* Key lengths around the block, output lengths around the digest, rounds around a step. */
static void own_pbkdf2_equals_that_of_openssl(void **state)
{
    (void)state;
    static const char *const hashes[] = {"MD5",    "SHA1",       "SHA224",   "SHA256", "SHA384",
                                         "SHA512", "SHA512-256", "SHA3-256", "SHA-256"};
    static const size_t passwords[] = {0, 1, 63, 64, 65, 128, 129, 300};
    static const size_t lengths[] = {1, 16, 20, 21, 32, 64, 65, 130};
    uint8_t key[300], ours[130], theirs[130];

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 7 + 1);
    for (size_t h = 0; h < sizeof hashes / sizeof hashes[0]; h++) {
        for (size_t i = 0; i < sizeof passwords / sizeof passwords[0]; i++) {
            size_t len = lengths[i];
            uint64_t rounds = i == 3 ? 4098 : i + 1;
            struct ks_error err = {0};
            assert_int_equal(ks_kdf_pbkdf2(hashes[h], ks_slice(key, passwords[i]),
                                           ks_slice(key, 13 + i), rounds, ours, len, NULL, &err),
                             KS_OK);
            assert_int_equal(PKCS5_PBKDF2_HMAC((const char *)key, (int)passwords[i], key,
                                               (int)(13 + i), (int)rounds, ks_crypto_md(hashes[h]),
                                               (int)len, theirs),
                             1);
            assert_memory_equal(ours, theirs, len);
        }
    }
}

static void suns_md5_derivation_gives_the_known_keys(void **state)
{
    (void)state;
    static const struct {
        const char *salt;
        uint64_t rounds;
        bool old_swap;
        const char *expected; /* key, IV */
    } cases[] = {
        /* clang-format off */
        {"0102030405060708", 1, false, "bc1a1980ec21bedfecb61225b7b0a4bc3dbaff01fbad40b9360e044a1ca3aa19"},
        {"0102030405060708", 20, false, "130f52c2e02599d1d741a78e080c738bf09caeff32b49184b5b9fd790f1e2b17"},
        {"0102030405060708", 200000, false, "970d670ad13fb5405d8b6afab363238cf7d5570aca187f1a8d7a87544e29844a"},
        {"0102030401020304", 20, false, "b0edee84ebcf50c812bc73acc0658d5c130f52c2e02599d1d741a78e080c738b"},
        {"0102030401020304", 20, true, "3ea7ea04d9dc477d3752953653dca8fb130f52c2e02599d1d741a78e080c738b"},
        /* clang-format on */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf salt = hex_bytes(cases[i].salt);
        uint8_t out[32];
        struct ks_error err = {0};
        assert_int_equal(ks_kdf_sun_md5(ks_slice_str("changeit"), salt.data, cases[i].rounds,
                                        cases[i].old_swap, out, NULL, &err),
                         KS_OK);
        assert_hex(out, 32, cases[i].expected);
        ks_buf_free(&salt);
    }
}

static void the_two_swaps_differ_only_for_equal_halves(void **state)
{
    (void)state;
    assert_true(ks_kdf_sun_md5_has_old_swap((const uint8_t *)"\1\2\3\4\1\2\3\4"));
    assert_true(ks_kdf_sun_md5_has_old_swap((const uint8_t *)"\1\2\1\4\1\2\1\4"));
    assert_false(ks_kdf_sun_md5_has_old_swap((const uint8_t *)"\1\2\1\1\1\2\1\1"));
    assert_false(ks_kdf_sun_md5_has_old_swap((const uint8_t *)"\1\2\3\4\5\6\7\10"));
}

static void derivations_refuse_silly_counts(void **state)
{
    (void)state;
    uint8_t out[32];
    struct ks_slice text = ks_slice_str("12345678");
    struct ks_error err = {0};

    assert_int_equal(ks_kdf_pbkdf2("SHA256", text, text, 0, out, 32, NULL, &err), KS_ERR_DAMAGED);
    assert_int_equal(ks_kdf_pbkdf2("SHA256", text, text, 5000001, out, 32, NULL, &err),
                     KS_ERR_LIMIT);
    assert_int_equal(ks_kdf_pkcs12("SHA256", 3, text, text, UINT64_MAX, out, 32, NULL, &err),
                     KS_ERR_LIMIT);
    assert_int_equal(ks_kdf_pbkdf2("SHA256", text, text, 1, out, 2000, NULL, &err), KS_ERR_LIMIT);
    assert_int_equal(ks_kdf_pbkdf2("NO-SUCH", text, text, 1, out, 32, NULL, &err),
                     KS_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "NO-SUCH"));
    assert_int_equal(ks_kdf_sun_md5(text, text.data, 0, false, out, NULL, &err), KS_ERR_DAMAGED);
    assert_int_equal(ks_kdf_sun_md5(text, text.data, 1u << 31, false, out, NULL, &err),
                     KS_ERR_LIMIT);
    assert_true(err.next[0] != '\0');
}

static void scrypt_refuses_more_than_a_gibibyte(void **state)
{
    (void)state;
    static const struct {
        uint64_t n, r, p;
        enum ks_code code;
    } cases[] = {
        {1 << 22, 8, 1, KS_ERR_LIMIT},
        {1 << 4, 1, UINT64_MAX, KS_ERR_LIMIT},
        {2, UINT64_MAX, 1, KS_ERR_LIMIT},
        {UINT64_C(1) << 63, 2, 1, KS_ERR_LIMIT},
        {1 << 20, 8, 16, KS_ERR_LIMIT},
        {1000, 8, 1, KS_ERR_DAMAGED},
        {0, 8, 1, KS_ERR_DAMAGED},
        {1, 8, 1, KS_ERR_DAMAGED},
        {16, 0, 1, KS_ERR_DAMAGED},
        {16, 1, 0, KS_ERR_DAMAGED},
        {16, 1, 1, KS_OK},
    };
    uint8_t out[32];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_error err = {0};
        assert_int_equal(ks_kdf_scrypt(ks_slice_str("pw"), ks_slice_str("salt"), cases[i].n,
                                       cases[i].r, cases[i].p, out, 32, NULL, &err),
                         cases[i].code);
        if (cases[i].code == KS_ERR_LIMIT)
            assert_int_equal(strstr(err.what, "1 GiB") != NULL, i != 1 && i != 4);
    }
}

static void a_cancelled_derivation_stops(void **state)
{
    (void)state;
    struct ks_job *job = ks_job_new();
    struct ks_slice text = ks_slice_str("12345678");
    uint8_t out[32];
    struct ks_error err = {0};

    ks_job_cancel(job);
    assert_int_equal(ks_kdf_pbkdf2("SHA256", text, text, 4000000, out, 32, job, &err),
                     KS_ERR_CANCELLED);
    assert_int_equal(ks_kdf_pbkdf2("SHA3-256", text, text, 4000000, out, 32, job, &err),
                     KS_ERR_CANCELLED);
    assert_int_equal(ks_kdf_pkcs12("SHA1", 1, text, text, 4000000, out, 32, job, &err),
                     KS_ERR_CANCELLED);
    assert_int_equal(ks_kdf_sun_md5(text, text.data, 4000000, false, out, job, &err),
                     KS_ERR_CANCELLED);
    ks_job_free(job);
}

static void all_derivations_of_a_file_are_charged(void **state)
{
    (void)state;
    struct ks_job *job = ks_job_new();
    struct ks_slice text = ks_slice_str("12345678");
    uint8_t out[32];
    struct ks_error err = {0};

    for (int i = 0; i < 4; i++)
        assert_int_equal(ks_job_charge(job, 4999000, &err), KS_OK);
    assert_int_equal(ks_kdf_pbkdf2("SHA1", text, text, 3000, out, 20, job, &err), KS_OK);
    assert_int_equal(ks_kdf_pkcs12("SHA1", 1, text, text, 3000, out, 20, job, &err), KS_ERR_LIMIT);
    ks_job_free(job);
}

/* ---- schemes ---- */

#define PLAIN                                                                                      \
    "302e020100300506032b6570042204208ea8a93b9d800e6f9be8a90567c2b3555d8930a4571b0d1c4481699b8b45" \
    "5266"

#define ED_PUBLIC "8abe2cde862f83b2af7f9cb2977690833feb095b3cd98e565b6ab9b6678ac56c"

/* One Ed25519 key, encrypted with "changeit" by openssl pkcs8 -topk8. */
static const struct sample {
    const char *text;
    bool weak;
    bool legacy;
    const char *hex;
} samples[] = {
    /* clang-format off */
    {"AES-256-CBC, PBKDF2-HMAC-SHA256, 2048 iterations", false, false, "30819b305706092a864886f70d01050d304a302906092a864886f70d01050c301c04086c6bada3ef43efa602020800300c06082a864886f70d02090500301d060960864801650304012a04109efe433dffced5d37cccb5c7d7c7954c0440cb8b4321525e8a9bdac9440fc1c52e3afc613a28392ee8ad61d98609887b3739811e907a47503e3b1b6cf7b8dc115f49ba7d58a9285c93c6d0fcb77bf278b9df"},
    {"AES-128-CBC, PBKDF2-HMAC-SHA1, 2048 iterations", false, false, "30818d304906092a864886f70d01050d303c301b06092a864886f70d01050c300e040819948539513a1d3902020800301d060960864801650304010204100b60d50e3b4cc29df0f4bb11a7e235c304401dd035210ae851692eea791d9da453d3777f5fcc7ce6406cba4a2cc08359c81f6a085c04a00539c28b34089573e0ce17e3d91e4a6cbd9b2aec8427c07f964090"},
    {"AES-192-CBC, PBKDF2-HMAC-SHA512, 1 iteration", false, false, "30819a305606092a864886f70d01050d3049302806092a864886f70d01050c301b04087896595058b932ec020101300c06082a864886f70d020b0500301d0609608648016503040116041003c71b19b681049770724413d24ea36904400d07694016af5b5f492457180ec9f23ed8c53cb223b81dcf22494cba7a6b420424e719d4ff832858577197cb38c6cbd6aaed64d83e378493c158b525f8a027d0"},
    {"3DES-CBC, PBKDF2-HMAC-SHA256, 2048 iterations", true, false, "30818a304e06092a864886f70d01050d3041302906092a864886f70d01050c301c040885cd23300848358202020800300c06082a864886f70d02090500301406082a864886f70d03070408893ea8c75b867e7504387286279afbe6fd05ed4e5d8fb2b5d53136dded1015d0602b610880740ea5006c2bc1ddd18cd10a19f8242f4dd956b312d815d0a0e750ed46"},
    {"AES-256-CBC, scrypt N=1024 r=8 p=1", false, false, "308193304f06092a864886f70d01050d3042302106092b06010401da47040b30140408f269d9d81d804f0302020400020108020101301d060960864801650304012a0410df57c362e27bbc84775724b6509d68990440580dbc6f765d45317aa101bd8c5e4cf721e7c33d2a7b8ae23b6c7f9237a4a904dba3e597baa319995e67646c3f6da388a62a1ce4d184a7a87b0a9f3094e913a5"},
    {"RC2-CBC (128 bits), PBKDF2-HMAC-SHA256, 2048 iterations", true, true, "308192305606092a864886f70d01050d3049302c06092a864886f70d01050c301f040869d23039a0715aed02020800020110300c06082a864886f70d02090500301906082a864886f70d0302300d02013a040849367e16a7103ab304380f493f464b6899b384d865c7237174ca01216ab9c1600b746fca68bbf8c1bbbcec0a584e6ca944d8c065151fc8a5e75ba4a299f8ae11b381"},
    {"RC2-CBC (64 bits), PBKDF2-HMAC-SHA256, 2048 iterations", true, true, "308192305606092a864886f70d01050d3049302c06092a864886f70d01050c301f0408c12fecdd97320d1d02020800020108300c06082a864886f70d02090500301906082a864886f70d0302300d0201780408245226bac62ad20c04386a12ef6e520d8502a0b0cc8cc99341569fbbdf42973f4a615be3acc0d975669be067385023367733f5b4efc88a40b22e779c4ba53613e5b3"},
    {"Camellia-256-CBC, PBKDF2-HMAC-SHA256, 2048 iterations", false, false, "30819d305906092a864886f70d01050d304c302906092a864886f70d01050c301c040811612edead92d2cf02020800300c06082a864886f70d02090500301f060b2a83088c9a4b3d0101010404103c1737ce01d479cb58c607dccb7dbb3a04403b79a04555fc8f63168a04b502364626356e78abb4b953ef4c86352ae8c54d54424c26b024a8a043c34e6efe94132ed142f7fa894647943166a3e3e554ca8554"},
    {"CAST5-CBC (128 bits), PBKDF2-HMAC-SHA256, 2048 iterations", false, true, "30818b304f06092a864886f70d01050d3042302906092a864886f70d01050c301c04089b6a7da027f0c88e02020800300c06082a864886f70d02090500301506092a864886f67d07420a0408cd4af8462624bec304384e4b31f7b78b7ce019d4fa098a43a582a2425a2125c19b102f42ce1d4752d8d03c819986b2a7e45c3bdd917d04e026a4cbcbd7c12382b26c"},
    {"AES-256-CBC, PBKDF2-HMAC-SHA512/256, 2048 iterations", false, false, "30819b305706092a864886f70d01050d304a302906092a864886f70d01050c301c0408640151b65cbeda6302020800300c06082a864886f70d020d0500301d060960864801650304012a0410b244113e697b3956270c22118d7d8d0f0440ff3796996b9f0b2990e94ebda6401a020bdb18064bc578c182adf97caf7fcf54fa5fc9f728785a70e863a234b03ebdfca887264b30789d9da0366a6d9c9c5922"},
    {"AES-256-CBC, PBKDF2-HMAC-SHA224, 2048 iterations", false, false, "30819b305706092a864886f70d01050d304a302906092a864886f70d01050c301c04080905cd09d222f38102020800300c06082a864886f70d02080500301d060960864801650304012a0410b735cf06ff9da2c008bcf222fa5f08cb0440813f74a7b84abf7ce9fa427c90167268045dd79fef3e47e678eb57496ac8a01d3026c415be9fc59ac0aef4e9d69b67a802c8018661b256df0f143e70c8a8a7b8"},
    {"AES-256-CBC, PBKDF2-HMAC-SHA384, 2048 iterations", false, false, "30819b305706092a864886f70d01050d304a302906092a864886f70d01050c301c040846b9ef5b0a05a6c302020800300c06082a864886f70d020a0500301d060960864801650304012a0410a51235509f6e79f5ecd8e0c3c94ed87e0440380b2101e1be5c73cfd8a168e1224a5681bc2904a2d407883aa96b8a09e02291e9caf56c06e0d415dc465d60c048a7d643f8f38b2ee46f87416b79a56313dddf"},
    {"AES-256-CBC, PBKDF2-HMAC-MD5, 2048 iterations", false, false, "30819b305706092a864886f70d01050d304a302906092a864886f70d01050c301c040879813f92e3577ec802020800300c06082a864886f70d02060500301d060960864801650304012a0410d68eb894716570791418251f853c72660440277b44472f100d5fe7a7e0b00779c2e7aa3472e0cfb12dc4d10c3191337406ce2aa709040ad17793436cd05b545439b8079ade2bfba81f7b7bf6f083b441b558"},
    {"ARIA-256-CBC, PBKDF2-HMAC-SHA256, 2048 iterations", false, false, "30819b305706092a864886f70d01050d304a302906092a864886f70d01050c301c040809b11931d34c616102020800300c06082a864886f70d02090500301d06092a831a8c9a6e01010c0410a2e82242be6543fde63cf2c1176ad7460440203285e67047901cf540bda68d610d41912f5a38edfd8c96c0524d6fcd14c4ed8bfdb8bf3db099b00d1476870f9dfc87b3b288d77546d8312492a3713b1715b6"},
    {"SM4-CBC, PBKDF2-HMAC-SHA256, 2048 iterations", false, false, "30819a305606092a864886f70d01050d3049302906092a864886f70d01050c301c040824f5dd8451b85ee902020800300c06082a864886f70d02090500301c06082a811ccf55016802041014399bb2304dbf4b8bf1b715df09a72e044043331926acdc529b189fa435e2fba9780411f51a90ec6f7acf27358ff93359aea392f43667f8f3e6b66a5095f5edd8888173fe01b34a67cd4cb2ea1ebe2d281f"},
    {"SEED-CBC, PBKDF2-HMAC-SHA256, 2048 iterations", false, true, "30819a305606092a864886f70d01050d3049302906092a864886f70d01050c301c04086f89c38d82a5d57a02020800300c06082a864886f70d02090500301c06082a831a8c9a4401040410e5d02ac3f4f50fccbf5119a94591a99c0440d5ce5ea6a2ce0a98382c1b38dabb182c5c37327696491c9533e1d7a9bb9a8aa8b58f4aef80bcbb7d9cdca811faf542b086553bcac49d5d77eb8d6f3837b80fc5"},
    {"3DES-CBC, PKCS#12 KDF-SHA1, 2048 iterations", true, false, "3058301c060a2a864886f70d010c0103300e0408e5c263f27380e9a8020208000438bd90f4675461f3b37e987fe8d9797409b0bab2a670e81aa2589bf7800fb015740e47fac77a1a6fced80742d5927de55e6e1677a4fec6b64d"},
    {"2-key 3DES-CBC, PKCS#12 KDF-SHA1, 2048 iterations", true, false, "3058301c060a2a864886f70d010c0104300e040838e900c824edda69020208000438079469da5f55193423ece2ec67fe9244a414ec0a3e4be35c53b51a526037aab992e464115691f14c8990b2e46a035ae92ad4c4bd76c37ffa"},
    {"RC2-128-CBC, PKCS#12 KDF-SHA1, 2048 iterations", true, true, "3058301c060a2a864886f70d010c0105300e040818b6c9c8a09968d2020208000438cb768246bf7c570d7eab8e3c0678237230a14950d7b82ca43ed149e44a3992761bc83ba4b56b564e84e6e339d88a546ea917187e08b1940b"},
    {"RC2-40-CBC, PKCS#12 KDF-SHA1, 2048 iterations", true, true, "3058301c060a2a864886f70d010c0106300e04088a92ba3125aaf9b4020208000438549a59b20f5b979ab28025f02baf66073c7ea0043a0b7c45af32cfbb332642a77e41ac0ee1fc873b7acce98db900111cbd5d5835df0364aa"},
    {"RC4-128, PKCS#12 KDF-SHA1, 2048 iterations", true, true, "3050301c060a2a864886f70d010c0101300e0408e9e8a2beb0256e710202080004306972725ca1583c84c95e6100fd6a4e8a6af551fd24ed302be115585ee316c9ae0d91e4359266805db9b2bca3f3902dc0"},
    {"RC4-40, PKCS#12 KDF-SHA1, 2048 iterations", true, true, "3050301c060a2a864886f70d010c0102300e0408a2d17fdc10588b510202080004300aca9e5dc5206d90fb116de9a6f584a51c2a7ebf8348b946da14b8c0a6be53c5d67779d544188c08143a0cda8cd90edb"},
    {"DES-CBC, PBKDF1-MD5, 2048 iterations", true, true, "3057301b06092a864886f70d010503300e0408d4e6fa81cee56f5b020208000438c836877aab067e2f56255c84a0811f927ab7cdc531ff1c7f7d53cc86467b12003b675d9769310d734cb64d598cca64891868922c241688cd"},
    {"DES-CBC, PBKDF1-SHA1, 2048 iterations", true, true, "3057301b06092a864886f70d01050a300e0408e15173b64e06d6250202080004388ec4aa319a134e1af5330fd92f900e17eca7d7f97f96f2ee519fe4a45b4dfa6eb537f260f2bf03eb2f4ebdfaa7cde8350af74febc027611a"},
    {"RC2-64-CBC, PBKDF1-MD5, 2048 iterations", true, true, "3057301b06092a864886f70d010506300e0408b9092c6bbd59c89e02020800043814e9b8c434284b0a1cbb0e90b27b69891909b28cdbe27e5820c245a2657c21d8e34a8bd0485e30062ef0be6143fee5b063d2c0faed4665af"},
    {"RC2-64-CBC, PBKDF1-SHA1, 2048 iterations", true, true, "3057301b06092a864886f70d01050b300e0408ed4f8182b8afc434020208000438cebe2ddefab1f8e40cb31f3ff66bd692f999f78e6a7135ef3fb1e2d0f582fd8ef8f567efb405a2ab04b74f0ad8381fcae415ae572bb4ac79"},
    /* clang-format on */
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static enum ks_code decrypt(struct ks_slice epki, const char *password, struct ks_secret **out,
                            struct ks_error *err)
{
    struct ks_secret *pw = secret(password);
    enum ks_code rc = ks_pbe_decrypt_epki(epki, pw, KS_EMPTY_BMP, NULL, out, err);
    ks_secret_free(pw);
    return rc;
}

static void assert_decrypts(struct ks_slice epki, const char *password, const char *plain)
{
    struct ks_secret *out = NULL;
    struct ks_error err = {0};

    enum ks_code rc = decrypt(epki, password, &out, &err);
    if (rc != KS_OK)
        print_error("%s (%zu bytes)\n", err.what, epki.len);
    assert_int_equal(rc, KS_OK);
    assert_hex(ks_secret_bytes(out).data, ks_secret_bytes(out).len, plain);
    ks_secret_free(out);
}

static void keys_encrypted_by_openssl_are_decrypted(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        if (samples[i].legacy && !ks_crypto_has_legacy())
            continue;
        struct ks_buf epki = hex_bytes(samples[i].hex);
        assert_decrypts(buf_slice(&epki), "changeit", PLAIN);
        ks_buf_free(&epki);
    }
}

static void a_wrong_password_is_called_that(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        if (samples[i].legacy && !ks_crypto_has_legacy())
            continue;
        struct ks_buf epki = hex_bytes(samples[i].hex);
        struct ks_secret *out = NULL;
        struct ks_error err = {0};
        assert_int_equal(decrypt(buf_slice(&epki), "changeme", &out, &err), KS_ERR_PASSWORD);
        assert_string_equal(err.slug, "wrong-password");
        assert_null(out);
        ks_buf_free(&epki);
    }
}

static void each_scheme_is_put_into_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf epki = hex_bytes(samples[i].hex), text = KS_BUF_INIT;
        struct ks_slice alg, ciphertext;
        bool weak;
        assert_true(ks_pbe_epki_parts(buf_slice(&epki), &alg, &ciphertext));
        assert_true(ks_pbe_describe(alg, &text, &weak));
        assert_string_equal(ks_buf_text(&text), samples[i].text);
        assert_int_equal(weak, samples[i].weak);
        ks_buf_free(&epki);
        ks_buf_free(&text);
    }
}

/* Every byte cut off, every byte changed: an error or another plaintext, never more. */
static void damaged_keys_fail_cleanly(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0xff};
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf epki = hex_bytes(samples[i].hex);
        struct ks_slice all = buf_slice(&epki), alg, ciphertext;
        for (size_t len = 0; len < epki.len; len++) {
            struct ks_secret *out = NULL;
            struct ks_error err = {0};
            assert_int_not_equal(decrypt(ks_slice_part(all, 0, len), "changeit", &out, &err),
                                 KS_OK);
        }
        assert_true(ks_pbe_epki_parts(all, &alg, &ciphertext));
        for (size_t at = 0; at < (size_t)(ciphertext.data - all.data); at++) {
            for (size_t v = 0; v < sizeof values; v++) {
                struct ks_secret *out = NULL;
                struct ks_error err = {0};
                uint8_t before = epki.data[at];
                epki.data[at] = values[v];
                if (decrypt(all, "changeit", &out, &err) != KS_OK)
                    assert_true(err.what[0] != '\0');
                ks_secret_free(out);
                epki.data[at] = before;
            }
        }
        ks_buf_free(&epki);
    }
}

static void an_absent_legacy_provider_is_named(void **state)
{
    (void)state;
    if (ks_crypto_has_legacy())
        skip();
    struct ks_buf epki = hex_bytes(samples[19].hex);
    struct ks_secret *out = NULL;
    struct ks_error err = {0};
    assert_int_equal(decrypt(buf_slice(&epki), "changeit", &out, &err), KS_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "legacy provider"));
    ks_buf_free(&epki);
}

/* JDKs before 11 wrote { pbes2, { pbes2, { kdf, cipher } } }. */
static void pbes2_with_the_oid_twice_is_decrypted(void **state)
{
    (void)state;
    struct ks_buf epki = hex_bytes(samples[0].hex), inner = KS_BUF_INIT, body = KS_BUF_INIT,
                  twice = KS_BUF_INIT, whole = KS_BUF_INIT, text = KS_BUF_INIT;
    struct ks_slice alg, ciphertext, again;

    assert_true(ks_pbe_epki_parts(buf_slice(&epki), &alg, &ciphertext));
    struct ks_slice rest = alg;
    struct ks_tlv seq, oid;
    assert_true(ks_der_expect(&rest, KS_DER_SEQUENCE, &seq));
    ks_der_put(&inner, KS_DER_SEQUENCE, seq.body);
    assert_true(ks_der_expect(&seq.body, KS_DER_OID, &oid));
    ks_buf_slice(&body, oid.whole);
    ks_buf_slice(&body, buf_slice(&inner));
    ks_der_put(&twice, KS_DER_SEQUENCE, buf_slice(&body));
    ks_der_put(&twice, KS_DER_OCTET_STRING, ciphertext);
    ks_der_put(&whole, KS_DER_SEQUENCE, buf_slice(&twice));

    assert_decrypts(buf_slice(&whole), "changeit", PLAIN);
    assert_true(ks_pbe_epki_parts(buf_slice(&whole), &again, &ciphertext));
    assert_true(ks_pbe_describe(again, &text, NULL));
    assert_string_equal(ks_buf_text(&text), samples[0].text);
    ks_buf_free(&epki);
    ks_buf_free(&inner);
    ks_buf_free(&body);
    ks_buf_free(&twice);
    ks_buf_free(&whole);
    ks_buf_free(&text);
}

static void an_unknown_algorithm_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *named;
    } cases[] = {
        /* clang-format off */
        {"302f301b060a2a864886f70d010c0107300d04080000000000000000020101041000000000000000000000000000000000", "1.2.840.113549.1.12.1.7"},
        {"301b300706032a03040400041000000000000000000000000000000000", "1.2.3.4"},
        /* PBES2: the cipher, the PRF, the derivation */
        {"3057304306092a864886f70d01050d3036301b06092a864886f70d01050c300e0408000000000000000002020800301706032a0304041000000000000000000000000000000000041000000000000000000000000000000000", "1.2.3.4"},
        {"3063304f06092a864886f70d01050d3042302106092a864886f70d01050c301404080000000000000000020101300506032a0304301d0609608648016503040102041000000000000000000000000000000000041000000000000000000000000000000000", "1.2.3.4"},
        {"3056304206092a864886f70d01050d3035301406032a0304300d04080000000000000000020101301d0609608648016503040102041000000000000000000000000000000000041000000000000000000000000000000000", "1.2.3.4"},
        /* clang-format on */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf epki = hex_bytes(cases[i].hex), text = KS_BUF_INIT;
        struct ks_slice alg, ciphertext;
        struct ks_secret *out = NULL;
        struct ks_error err = {0};
        assert_true(ks_pbe_epki_parts(buf_slice(&epki), &alg, &ciphertext));
        assert_false(ks_pbe_describe(alg, &text, NULL));
        assert_non_null(strstr(ks_buf_text(&text), cases[i].named));
        assert_int_equal(decrypt(buf_slice(&epki), "changeit", &out, &err), KS_ERR_UNSUPPORTED);
        assert_non_null(strstr(err.what, cases[i].named));
        ks_buf_free(&epki);
        ks_buf_free(&text);
    }
}

/* ---- bulk contents, the empty password, Sun's schemes ---- */

static char *decrypt_blob(const char *alg_hex, const char *cipher_hex,
                          const struct ks_secret *password, enum ks_empty_password empty)
{
    struct ks_buf alg = hex_bytes(alg_hex), ciphertext = hex_bytes(cipher_hex);
    struct ks_blob *blob = NULL;
    struct ks_error err = {0};
    char *hex = NULL;

    if (ks_pbe_decrypt_blob(buf_slice(&alg), buf_slice(&ciphertext), password, empty, NULL, &blob,
                            &err) == KS_OK)
        hex = hex_of(blob->data, blob->len);
    ks_blob_unref(blob);
    ks_buf_free(&alg);
    ks_buf_free(&ciphertext);
    return hex;
}

static void known_ciphertexts_give_the_known_plaintext(void **state)
{
    (void)state;
    static const struct {
        const char *alg, *ciphertext, *plain;
    } cases[] = {
        /* clang-format off */
        {"3028060a2a864886f70d010c0103301a0414" S20 "02020400", "dcddaddae16222d6a67555839087aad4bbff6a4107662fa3", "736563726574206b6579206279746573"},
        {"3028060a2a864886f70d010c0106301a0414" S20 "02020400", "174029755ac40ed898a22a9313155ef84c89aa50ea6ee523", "736563726574206b6579206279746573"},
        {"301a06092b060104012a021301300d04080102030405060708020114", "1a019b0cc2d349078bded37b583a84bbad7658746d625dfc", "736563726574206b6579206279746573"},
        {"300e060a2b060104012a021101010500",
         "000102030405060708090a0b0c0d0e0f1011121300bb47e36875a1c29bb5ae018aca62984f6cb0810f696d7a7567f228cc49e32dceb10bf1d4feb125b126764fdbbb062d13811b96", ZERO_TO_1F},
        {"300c060a2b060104012a02110101", /* without the NULL */
         "000102030405060708090a0b0c0d0e0f1011121300bb47e36875a1c29bb5ae018aca62984f6cb0810f696d7a7567f228cc49e32dceb10bf1d4feb125b126764fdbbb062d13811b96", ZERO_TO_1F},
        /* clang-format on */
    };
    struct ks_secret *password = secret("changeit"), *wrong = secret("changeme");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (i == 1 && !ks_crypto_has_legacy())
            continue;
        char *plain = decrypt_blob(cases[i].alg, cases[i].ciphertext, password, KS_EMPTY_BMP);
        assert_non_null(plain);
        assert_string_equal(plain, cases[i].plain);
        free(plain);
        assert_null(decrypt_blob(cases[i].alg, cases[i].ciphertext, wrong, KS_EMPTY_BMP));
    }
    ks_secret_free(password);
    ks_secret_free(wrong);
}

/* Encrypts "30 03 02 01 05" as Sun's PBE-MD5-3DES does, with a salt of equal halves. */
static struct ks_buf seal_sun(const char *salt_hex, bool old_swap)
{
    static const uint8_t plain[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    struct ks_buf salt = hex_bytes(salt_hex), out = KS_BUF_INIT;
    uint8_t key[32], sealed[16];
    int first = 0, last = 0;
    struct ks_error err = {0};

    assert_int_equal(
        ks_kdf_sun_md5(ks_slice_str("changeit"), salt.data, 20, old_swap, key, NULL, &err), KS_OK);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_des_ede3_cbc(), NULL, key, key + 24), 1);
    assert_int_equal(EVP_EncryptUpdate(ctx, sealed, &first, plain, sizeof plain), 1);
    assert_int_equal(EVP_EncryptFinal_ex(ctx, sealed + first, &last), 1);
    EVP_CIPHER_CTX_free(ctx);
    ks_buf_append(&out, sealed, (size_t)(first + last));
    ks_buf_free(&salt);
    return out;
}

static void salts_of_equal_halves_open_in_both_forms(void **state)
{
    (void)state;
    struct ks_buf alg = hex_bytes("301a06092b060104012a021301300d04080102030401020304020114");
    struct ks_secret *password = secret("changeit");

    for (int old = 0; old < 2; old++) {
        struct ks_buf sealed = seal_sun("0102030401020304", old);
        struct ks_secret *out = NULL;
        struct ks_error err = {0};
        assert_int_equal(ks_pbe_decrypt(buf_slice(&alg), buf_slice(&sealed), password, KS_EMPTY_BMP,
                                        NULL, &out, &err),
                         KS_OK);
        assert_hex(ks_secret_bytes(out).data, ks_secret_bytes(out).len, "3003020105");
        ks_secret_free(out);
        ks_buf_free(&sealed);
    }
    ks_secret_free(password);
    ks_buf_free(&alg);
}

/* Encrypted with 3DES under the 24 bytes of key and 8 of IV that the PKCS#12 derivation gives. */
static struct ks_buf seal_empty(struct ks_slice password)
{
    static const uint8_t plain[] = {0x30, 0x00};
    struct ks_buf salt = hex_bytes(S20), out = KS_BUF_INIT;
    uint8_t key[24], iv[8], sealed[16];
    int first = 0, last = 0;
    struct ks_error err = {0};

    assert_int_equal(
        ks_kdf_pkcs12("SHA1", 1, password, buf_slice(&salt), 1024, key, 24, NULL, &err), KS_OK);
    assert_int_equal(ks_kdf_pkcs12("SHA1", 2, password, buf_slice(&salt), 1024, iv, 8, NULL, &err),
                     KS_OK);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_des_ede3_cbc(), NULL, key, iv), 1);
    assert_int_equal(EVP_EncryptUpdate(ctx, sealed, &first, plain, sizeof plain), 1);
    assert_int_equal(EVP_EncryptFinal_ex(ctx, sealed + first, &last), 1);
    EVP_CIPHER_CTX_free(ctx);
    ks_buf_append(&out, sealed, (size_t)(first + last));
    ks_buf_free(&salt);
    return out;
}

static void an_empty_password_has_two_spellings(void **state)
{
    (void)state;
    struct ks_buf alg = hex_bytes("3028060a2a864886f70d010c0103301a0414" S20 "02020400");
    struct ks_secret *empty = secret("");
    const struct ks_secret *spelled[] = {empty, NULL};

    for (int none = 0; none < 2; none++) {
        struct ks_buf sealed = seal_empty(none ? ks_slice(NULL, 0) : ks_slice("\0\0", 2));
        for (int i = 0; i < 2; i++) {
            struct ks_secret *out = NULL;
            struct ks_error err = {0};
            enum ks_empty_password right = none ? KS_EMPTY_NONE : KS_EMPTY_BMP;
            enum ks_empty_password wrong = none ? KS_EMPTY_BMP : KS_EMPTY_NONE;
            assert_int_equal(ks_pbe_decrypt(buf_slice(&alg), buf_slice(&sealed), spelled[i], right,
                                            NULL, &out, &err),
                             KS_OK);
            assert_hex(ks_secret_bytes(out).data, ks_secret_bytes(out).len, "3000");
            ks_secret_free(out);
            assert_int_equal(ks_pbe_decrypt(buf_slice(&alg), buf_slice(&sealed), spelled[i], wrong,
                                            NULL, &out, &err),
                             KS_ERR_PASSWORD);
        }
        ks_buf_free(&sealed);
    }
    ks_secret_free(empty);
    ks_buf_free(&alg);
}

static void short_sun_blobs_are_damaged_not_wrong(void **state)
{
    (void)state;
    struct ks_buf alg = hex_bytes("300e060a2b060104012a021101010500");
    struct ks_secret *password = secret("changeit"), *out = NULL;
    uint8_t bytes[41] = {0};

    for (size_t len = 0; len <= 40; len++) {
        struct ks_error err = {0};
        assert_int_equal(ks_pbe_decrypt(buf_slice(&alg), ks_slice(bytes, len), password,
                                        KS_EMPTY_BMP, NULL, &out, &err),
                         KS_ERR_DAMAGED);
    }
    struct ks_error err = {0};
    assert_int_equal(ks_pbe_decrypt(buf_slice(&alg), ks_slice(bytes, 41), password, KS_EMPTY_BMP,
                                    NULL, &out, &err),
                     KS_ERR_PASSWORD);
    ks_secret_free(password);
    ks_buf_free(&alg);
}

/* ---- private keys ---- */

static void an_ed25519_key_is_described_in_both_versions(void **state)
{
    (void)state;
    static const char *const keys[] = {
        PLAIN,
        /* RFC 5958: version 1 with the public key; OpenSSL 3.0 does not decode it */
        "3051020101300506032b6570042204208ea8a93b9d800e6f9be8a90567c2b3555d8930a4571b0d1c4481699b"
        "8b455266812100" ED_PUBLIC,
    };
    struct ks_buf spki = hex_bytes("302a300506032b6570032100" ED_PUBLIC);
    for (size_t i = 0; i < 2; i++) {
        struct ks_buf key = hex_bytes(keys[i]);
        struct ks_unlocked out;
        struct ks_error err = {0};
        uint8_t id[20];
        assert_int_equal(ks_private_key_describe(buf_slice(&key), buf_slice(&spki), &out, &err),
                         KS_OK);
        assert_string_equal(out.algorithm, "Ed25519");
        assert_int_equal(out.matches_leaf, 1);
        assert_true(out.has_key_id);
        ks_spki_key_id(buf_slice(&spki), id);
        assert_memory_equal(out.key_id, id, 20);

        spki.data[20] ^= 1;
        assert_int_equal(ks_private_key_describe(buf_slice(&key), buf_slice(&spki), &out, &err),
                         KS_OK);
        assert_int_equal(out.matches_leaf, 0);
        spki.data[20] ^= 1;
        assert_int_equal(ks_private_key_describe(buf_slice(&key), ks_slice(NULL, 0), &out, &err),
                         KS_OK);
        assert_int_equal(out.matches_leaf, -1);
        ks_buf_free(&key);
    }
    ks_buf_free(&spki);
}

static void keys_of_unknown_algorithms_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *text;
    } cases[] = {
        {"300f020100300506032a03040403616263", "1.2.3.4"},
        {"3021020100300a06086086480165030401041000000000000000000000000000000000", "AES 128"},
        {"301b020100300a06082a864886f70d0209040a00000000000000000000", "HmacSHA256 80"},
        {"301a020100300d06092a864886f70d0105030500040668c3a4736c65", "password, 5 characters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf key = hex_bytes(cases[i].hex);
        struct ks_unlocked out;
        struct ks_error err = {0};
        assert_int_equal(ks_private_key_describe(buf_slice(&key), ks_slice(NULL, 0), &out, &err),
                         KS_OK);
        assert_string_equal(out.algorithm, cases[i].text);
        assert_int_equal(out.matches_leaf, -1);
        assert_false(out.has_key_id);
        ks_buf_free(&key);
    }
}

static void what_is_no_private_key_is_damaged(void **state)
{
    (void)state;
    struct ks_buf key = hex_bytes(PLAIN);
    for (size_t len = 0; len < key.len; len++) {
        struct ks_unlocked out;
        struct ks_error err = {0};
        assert_int_equal(
            ks_private_key_describe(ks_slice(key.data, len), ks_slice(NULL, 0), &out, &err),
            KS_ERR_DAMAGED);
        assert_true(err.next[0] != '\0');
    }
    ks_buf_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pkcs12_derivation_gives_the_known_keys),
        cmocka_unit_test(pbkdf2_gives_the_known_keys),
        cmocka_unit_test(own_pbkdf2_equals_that_of_openssl),
        cmocka_unit_test(suns_md5_derivation_gives_the_known_keys),
        cmocka_unit_test(the_two_swaps_differ_only_for_equal_halves),
        cmocka_unit_test(derivations_refuse_silly_counts),
        cmocka_unit_test(scrypt_refuses_more_than_a_gibibyte),
        cmocka_unit_test(a_cancelled_derivation_stops),
        cmocka_unit_test(all_derivations_of_a_file_are_charged),
        cmocka_unit_test(keys_encrypted_by_openssl_are_decrypted),
        cmocka_unit_test(a_wrong_password_is_called_that),
        cmocka_unit_test(each_scheme_is_put_into_words),
        cmocka_unit_test(damaged_keys_fail_cleanly),
        cmocka_unit_test(an_absent_legacy_provider_is_named),
        cmocka_unit_test(pbes2_with_the_oid_twice_is_decrypted),
        cmocka_unit_test(an_unknown_algorithm_is_named),
        cmocka_unit_test(known_ciphertexts_give_the_known_plaintext),
        cmocka_unit_test(salts_of_equal_halves_open_in_both_forms),
        cmocka_unit_test(an_empty_password_has_two_spellings),
        cmocka_unit_test(short_sun_blobs_are_damaged_not_wrong),
        cmocka_unit_test(an_ed25519_key_is_described_in_both_versions),
        cmocka_unit_test(keys_of_unknown_algorithms_are_named),
        cmocka_unit_test(what_is_no_private_key_is_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
