/* Reading PKCS#12: every dialect, every refusal. What Java makes of a file: test_pkcs12_java.c. */
#include "p12_builder.h"

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

/* ---- stores that OpenSSL writes ---- */

struct pki {
    EVP_PKEY *root_key, *leaf_key;
    X509 *root, *leaf;
};
static struct pki pki;

static X509 *issue(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *x = X509_new_ex(ks_crypto(), NULL);
    X509_NAME *name = X509_get_subject_name(x);
    assert_int_equal(X509_set_version(x, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 86400));
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0),
        1);
    assert_int_equal(X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name), 1);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_true(X509_sign(x, issuer_key, ks_crypto_md("SHA256")) > 0);
    return x;
}

static int make_pki(void **state)
{
    (void)state;
    pki.root_key = EVP_PKEY_Q_keygen(ks_crypto(), NULL, "EC", "P-256");
    pki.leaf_key = EVP_PKEY_Q_keygen(ks_crypto(), NULL, "EC", "P-256");
    pki.root = issue("Root", pki.root_key, NULL, pki.root_key);
    pki.leaf = issue("leaf.example.com", pki.leaf_key, pki.root, pki.root_key);
    return 0;
}

static int free_pki(void **state)
{
    (void)state;
    X509_free(pki.root);
    X509_free(pki.leaf);
    EVP_PKEY_free(pki.root_key);
    EVP_PKEY_free(pki.leaf_key);
    return 0;
}

static struct ks_buf to_der(PKCS12 *p12)
{
    unsigned char *der = NULL;
    int len = i2d_PKCS12(p12, &der);
    assert_true(len > 0);
    struct ks_buf out = raw(der, (size_t)len);
    OPENSSL_free(der);
    PKCS12_free(p12);
    return out;
}

static PKCS12 *openssl_store(const char *password, int key_nid, int cert_nid, int rounds,
                             int mac_rounds)
{
    STACK_OF(X509) *cas = sk_X509_new_null();
    sk_X509_push(cas, pki.root);
    PKCS12 *p12 = PKCS12_create_ex(password, "Server", pki.leaf_key, pki.leaf, cas, key_nid,
                                   cert_nid, rounds, mac_rounds, 0, ks_crypto(), NULL);
    assert_non_null(p12);
    sk_X509_free(cas);
    return p12;
}

static struct ks_buf modern(const char *password)
{
    return to_der(openssl_store(password, NID_aes_256_cbc, NID_aes_256_cbc, 3, 3));
}

static void check_server(const struct ks_store *store)
{
    assert_int_equal(ks_store_count(store), 1);
    const struct ks_entry *e = ks_store_entry(store, 0);
    assert_int_equal(e->kind, KS_KIND_KEY);
    assert_string_equal(e->alias, "Server");
    assert_int_equal(e->alias_raw.len, 12);
    assert_int_equal(e->chain_len, 2);
    assert_int_equal(e->piece_count, 3);
    assert_int_equal(!!(e->notes & KS_NOTE_CHAIN_REBUILT), !(e->notes & KS_NOTE_JAVA_KEYBAG));
    assert_int_equal(e->created, KS_TIME_NONE);
}

static void what_openssl_writes_is_read(void **state)
{
    static const struct {
        const char *name;
        int key_nid, cert_nid, rounds, mac_rounds;
        bool weak, clear_certs, legacy;
    } rows[] = {
        {"AES-256", NID_aes_256_cbc, NID_aes_256_cbc, 3, 3, false, false, false},
        {"AES-128", NID_aes_128_cbc, NID_aes_128_cbc, 3, 3, false, false, false},
        {"AES-192", NID_aes_192_cbc, NID_aes_192_cbc, 3, 3, false, false, false},
        {"one round", NID_aes_256_cbc, NID_aes_256_cbc, 1, 1, false, false, false},
        {"3DES", NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 3,
         3, true, false, false},
        {"RC2-40", NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC, 3, 3,
         true, false, true},
        {"RC4-128", NID_pbe_WithSHA1And128BitRC4, NID_pbe_WithSHA1And128BitRC4, 3, 3, true, false,
         true},
        {"clear certificates", NID_aes_256_cbc, -1, 3, 3, false, true, false},
        {"nothing encrypted", -1, -1, 3, 3, false, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].legacy && !ks_crypto_has_legacy())
            continue;
        struct ks_store *s =
            must_load(to_der(openssl_store("secret", rows[i].key_nid, rows[i].cert_nid,
                                           rows[i].rounds, rows[i].mac_rounds)),
                      "secret");
        check_server(s);
        assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
        assert_int_equal(!!(s->notes & KS_STORE_WEAK), rows[i].weak);
        assert_int_equal(!!(s->notes & KS_STORE_CLEAR_CERTS), rows[i].clear_certs);
        assert_non_null(strstr(fact_of(s, "Integrity"), "verified"));
        assert_string_equal(s->type, "PKCS12");
        assert_int_equal(ks_format_pkcs12.sniff(ks_blob_slice(s->file), s->file->len), 100);
        ks_store_free(s);
    }
}

static void every_usual_mac_digest_is_verified(void **state)
{
    static const struct {
        const char *name, *shown;
        bool weak;
    } rows[] = {{"SHA1", "HMAC-SHA1, 9 iterations, verified", true},
                {"SHA224", "HMAC-SHA224, 9 iterations, verified", false},
                {"SHA256", "HMAC-SHA256, 9 iterations, verified", false},
                {"SHA384", "HMAC-SHA384, 9 iterations, verified", false},
                {"SHA512", "HMAC-SHA512, 9 iterations, verified", false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        PKCS12 *p12 = openssl_store("secret", -1, -1, 3, -1);
        assert_int_equal(PKCS12_set_mac(p12, "secret", -1, NULL, 0, 9, ks_crypto_md(rows[i].name)),
                         1);
        struct ks_buf der = to_der(p12);
        struct ks_buf again = raw(der.data, der.len);
        struct ks_store *s = must_load(der, "secret");
        check_server(s);
        assert_string_equal(fact_of(s, "Integrity"), rows[i].shown);
        assert_int_equal(!!(s->notes & KS_STORE_WEAK), rows[i].weak);
        ks_store_free(s);
        enum ks_code code;
        assert_null(load_p12(again, "Secret", &code, NULL));
        assert_int_equal(code, KS_ERR_PASSWORD);
    }
}

static void a_wrong_password_is_told_by_the_mac(void **state)
{
    struct ks_error err = {0};
    enum ks_code code;
    (void)state;
    assert_null(load_p12(modern("secret"), "secre", &code, &err));
    assert_int_equal(code, KS_ERR_PASSWORD);
    assert_int_equal(err.code, KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "wrong-password");
    assert_string_equal(
        err.what, "the password does not fit, or the file was altered: its MAC does not match");
    assert_true(err.next[0] != '\0');
}

static void an_altered_file_is_told_by_the_mac(void **state)
{
    struct ks_buf der = to_der(openssl_store("secret", -1, -1, 3, 3));
    enum ks_code code;
    (void)state;
    der.data[der.len / 2] ^= 1;
    assert_null(load_p12(der, "secret", &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
}

static void passwords_beyond_ascii_and_long_ones_fit(void **state)
{
    static const char *const passwords[] = {
        "p\xc3\xa4ss\xe2\x82\xac", "\xf0\x9f\x98\x80 smile", "a",
        "0123456789012345678901234567890123456789012345678901234567890123456789"};
    (void)state;
    for (size_t i = 0; i < sizeof passwords / sizeof passwords[0]; i++) {
        struct ks_store *s =
            must_load(to_der(openssl_store(passwords[i], NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                                           NID_aes_256_cbc, 3, 3)),
                      passwords[i]);
        struct ks_unlocked u;
        check_server(s);
        assert_int_equal(ks_unlock(s, ks_store_entry(s, 0), NULL, NULL, &u, NULL),
                         KS_OK);
        ks_store_free(s);
    }
}

/* ---- unlocking ---- */

static void a_key_is_described_and_compared_with_its_leaf(void **state)
{
    struct ks_store *s = must_load(modern("secret"), "secret");
    struct ks_unlocked u = {0};
    struct ks_buf how = KS_BUF_INIT;
    (void)state;
    assert_int_equal(ks_unlock(s, ks_store_entry(s, 0), NULL, NULL, &u, NULL), KS_OK);
    assert_string_equal(u.algorithm, "EC P-256");
    assert_int_equal(u.matches_leaf, 1);
    ks_format_pkcs12.protection(ks_store_entry(s, 0), &how);
    assert_string_equal(ks_buf_text(&how), "AES-256-CBC, PBKDF2-HMAC-SHA256, 3 iterations");
    ks_buf_free(&how);
    ks_store_free(s);
}

static void a_clear_key_needs_no_password(void **state)
{
    struct ks_store *s = must_load(to_der(openssl_store(NULL, -1, -1, 3, -1)), NULL);
    const struct ks_entry *e = ks_store_entry(s, 0);
    struct ks_unlocked u = {0};
    (void)state;
    check_server(s);
    assert_string_equal(e->key_format, "PrivateKeyInfo");
    assert_true(e->notes & KS_NOTE_KEY_CLEAR);
    assert_int_equal(s->integrity, KS_INTEGRITY_NONE);
    assert_true(s->notes & KS_STORE_NO_MAC);
    assert_int_equal(ks_unlock(s, e, NULL, NULL, &u, NULL), KS_OK);
    assert_int_equal(u.matches_leaf, 1);
    ks_store_free(s);
}

static struct ks_buf aes_secret(int how, const char *password, const char *type)
{
    return epki(how, password, SEQ(number(0), SEQ(oid(type)), octets(raw("0123456789abcdef", 16))));
}

static void a_key_can_have_a_password_of_its_own(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(clear_safe(BAGS(java_secret_bag(aes_secret(AES256, "own", "2.16.840.1.101.3.4.1"),
                                                  SET_OF(name_attr("k")))))),
            mac_of("secret")),
        "secret");
    const struct ks_entry *e = ks_store_entry(s, 0);
    struct ks_secret *own = ks_secret_new("own", 3);
    struct ks_error err = {0};
    struct ks_unlocked u;
    (void)state;
    assert_int_equal(ks_unlock(s, e, NULL, NULL, &u, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "wrong-password");
    assert_int_equal(ks_unlock(s, e, own, NULL, &u, NULL), KS_OK);
    assert_string_equal(u.algorithm, "AES 128");
    ks_secret_free(own);
    ks_store_free(s);
}

static void secrets_are_described_as_java_names_them(void **state)
{
    static const struct {
        const char *oid, *shown;
    } rows[] = {
        {"2.16.840.1.101.3.4.1", "AES 128"}, {"1.2.840.113549.2.9", "HmacSHA256 128"},
        {"1.3.14.3.2.17", "DESede 112"},     {"1.2.840.113549.1.5.3", "password, 16 characters"},
        {"1.2.3.4", "1.2.3.4 128"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_store *s = must_load(
            pfx(SAFES(clear_safe(BAGS(java_secret_bag(aes_secret(DES3, "secret", rows[i].oid),
                                                      SET_OF(name_attr("k"), id_attr("Time 5")))))),
                mac_of("secret")),
            "secret");
        const struct ks_entry *e = must_find(s, "k");
        struct ks_unlocked u;
        assert_int_equal(e->kind, KS_KIND_SECRET);
        assert_string_equal(e->key_format, "EncryptedPrivateKeyInfo");
        assert_int_equal(e->created, 5);
        assert_int_equal(ks_unlock(s, e, NULL, NULL, &u, NULL), KS_OK);
        assert_string_equal(u.algorithm, rows[i].shown);
        assert_int_equal(u.matches_leaf, -1);
        ks_store_free(s);
    }
}

static void bouncy_castles_bare_secrets_are_described(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(clear_safe(BAGS(bag(
                5, SEQ(oid("2.16.840.1.101.3.4.1"), CTX(0, octets(raw("0123456789abcdef", 16)))),
                SET_OF(name_attr("bare")))))),
            no_mac),
        NULL);
    const struct ks_entry *e = must_find(s, "bare");
    struct ks_unlocked u;
    (void)state;
    assert_int_equal(e->kind, KS_KIND_SECRET);
    assert_int_equal(ks_unlock(s, e, NULL, NULL, &u, NULL), KS_OK);
    assert_string_equal(u.algorithm, "AES 128");
    ks_store_free(s);
}

static void unlocking_asks_for_a_password_and_for_a_key(void **state)
{
    struct ks_store *s =
        must_load(pfx(SAFES(clear_safe(BAGS(key_bag(SET_OF(name_attr("k"))),
                                            cert_bag(ca("Root"), SET_OF(trusted_attr()))))),
                      no_mac),
                  NULL);
    struct ks_error err = {0};
    struct ks_unlocked u;
    (void)state;
    assert_int_equal(ks_unlock(s, must_find(s, "k"), NULL, NULL, &u, &err),
                     KS_ERR_PASSWORD_NEEDED);
    assert_int_equal(ks_unlock(s, must_find(s, "1"), NULL, NULL, &u, &err),
                     KS_ERR_USAGE);
    ks_store_free(s);
}

/* ---- the MAC ---- */

static struct ks_buf one_cert(void)
{
    return BAGS(cert_bag(ca("Root"), SET_OF(name_attr("root"), trusted_attr())));
}

static void absent_iterations_are_one(void **state)
{
    struct mac_spec mac = mac_of("secret");
    mac.rounds = 0;
    struct ks_store *s = must_load(pfx(SAFES(clear_safe(one_cert())), mac), "secret");
    (void)state;
    assert_string_equal(fact_of(s, "Integrity"), "HMAC-SHA256, 1 iteration, verified");
    ks_store_free(s);
}

static void less_usual_mac_digests_are_verified_too(void **state)
{
    static const struct mac_spec rows[] = {
        {"MD5", "1.2.840.113549.2.5", "secret", 5},
        {"SHA512-256", "2.16.840.1.101.3.4.2.6", "secret", 5},
        {"SHA3-256", "2.16.840.1.101.3.4.2.8", "secret", 5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_store *s = must_load(pfx(SAFES(clear_safe(one_cert())), rows[i]), "secret");
        assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
        ks_store_free(s);
    }
}

static void a_digest_that_nobody_knows_leaves_integrity_open(void **state)
{
    struct mac_spec mac = {"SHA256", "1.2.643.7.1.1.2.2", "secret", 5};
    struct ks_store *s = must_load(pfx(SAFES(clear_safe(one_cert())), mac), "secret");
    (void)state;
    assert_int_equal(s->integrity, KS_INTEGRITY_UNKNOWN);
    assert_int_equal(ks_store_count(s), 1);
    ks_store_free(s);

    /* then the encrypted safes tell whether the password fits */
    enum ks_code code;
    assert_null(load_p12(pfx(SAFES(encrypted_safe(AES256, "secret", one_cert())), mac), "wrong",
                         &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
}

static struct ks_buf pbmac1_params(uint64_t rounds, bool key_len)
{
    return SEQ(SEQ(oid("1.2.840.113549.1.5.12"),
                   SEQ(octets(raw(test_salt, 16)), number(rounds), key_len ? number(32) : NOTHING,
                       SEQ(oid("1.2.840.113549.2.9")))),
               SEQ(oid("1.2.840.113549.2.9")));
}

static struct ks_buf pbmac1(struct ks_buf digest, uint64_t rounds, bool key_len)
{
    return SEQ(
        SEQ(SEQ(oid("1.2.840.113549.1.5.14"), pbmac1_params(rounds, key_len)), octets(digest)),
        octets(raw("NOT USED", 8)), number(1));
}

/* RFC 9579 with known bytes: PBKDF2-HMAC-SHA256("changeit", 00..0f, 2048, 32), HMAC of "abc". The
 * contents are no safes, so a MAC that fits shows as damage, and one that does not as a password.
 */
static void pbmac1_has_the_known_answer(void **state)
{
    static const uint8_t answer[] = {0x59, 0x2e, 0x6a, 0x4d, 0x8f, 0x3a, 0xc8, 0xa9,
                                     0x28, 0x14, 0x9e, 0x77, 0xde, 0xbd, 0xe2, 0x8f,
                                     0x60, 0x2a, 0x7f, 0x21, 0x2e, 0xaf, 0x13, 0x58,
                                     0xb8, 0xdd, 0x98, 0x67, 0xf4, 0x27, 0x8d, 0x65};
    enum ks_code code;
    (void)state;
    assert_null(load_p12(pfx_with(raw("abc", 3), pbmac1(raw(answer, 32), 2048, true)), "changeit",
                         &code, NULL));
    assert_int_equal(code, KS_ERR_DAMAGED);
    assert_null(load_p12(pfx_with(raw("abd", 3), pbmac1(raw(answer, 32), 2048, true)), "changeit",
                         &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
    assert_null(load_p12(pfx_with(raw("abc", 3), pbmac1(raw(answer, 32), 2048, true)), "Changeit",
                         &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
}

static struct ks_buf pbmac1_store(bool key_len)
{
    uint8_t key[32], digest[32];
    size_t len;
    struct ks_buf safes = SAFES(clear_safe(one_cert()));
    assert_int_equal(ks_kdf_pbkdf2("SHA256", ks_slice_str("secret"), ks_slice(test_salt, 16), 4,
                                   key, 32, NULL, NULL),
                     KS_OK);
    assert_non_null(EVP_Q_mac(ks_crypto(), "HMAC", NULL, "SHA256", NULL, key, 32, safes.data,
                              safes.len, digest, 32, &len));
    return pfx_with(safes, pbmac1(raw(digest, 32), 4, key_len));
}

static void pbmac1_is_verified_and_java_needs_to_be_new(void **state)
{
    struct ks_store *s = must_load(pbmac1_store(true), "secret");
    (void)state;
    assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
    assert_string_equal(fact_of(s, "Integrity"),
                        "PBMAC1: HMAC-SHA256, PBKDF2-HMAC-SHA256, 4 iterations, verified");
    assert_non_null(strstr(fact_of(s, "Java"), "JDK 26"));
    ks_store_free(s);
}

static void pbmac1_without_key_length_is_not_called_verified(void **state)
{
    struct ks_store *s = must_load(pbmac1_store(false), "secret");
    (void)state;
    assert_int_equal(s->integrity, KS_INTEGRITY_UNKNOWN);
    ks_store_free(s);
}

/* Large enough for its MAC to be computed beside the walk. */
static struct ks_buf large_store(const char *safe_password, const char *mac_password)
{
    struct ks_buf bags = NOTHING;
    for (unsigned i = 0; i < 1500; i++) {
        struct ks_buf one = cert_bag(ca("Root"), SET_OF(name_attr("root"), trusted_attr()));
        ks_buf_slice(&bags, view(&one));
        ks_buf_free(&one);
    }
    bags = wrap(KS_DER_SEQUENCE, bags);
    return pfx(
        SAFES(safe_password ? encrypted_safe(AES256, safe_password, bags) : clear_safe(bags)),
        mac_password ? mac_of(mac_password) : no_mac);
}

static void the_mac_of_a_large_file_is_checked_too(void **state)
{
    static const char *const safes[] = {"secret", NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = must_load(large_store(safes[i], "secret"), "secret");
        assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
        assert_int_equal(ks_store_count(s), 1500);
        ks_store_free(s);
        /* the MAC fits neither the password nor the safe */
        struct ks_error err = {0};
        enum ks_code code;
        assert_null(load_p12(large_store(safes[i], "secret"), "wrong", &code, &err));
        assert_int_equal(code, KS_ERR_PASSWORD);
        assert_non_null(strstr(err.what, "MAC does not match"));
        assert_null(load_p12(large_store(safes[i], "other"), "secret", &code, &err));
        assert_int_equal(code, KS_ERR_PASSWORD);
    }
    struct ks_store *s = must_load(large_store("other", "secret"), "secret");
    assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_LOCKED);
    ks_store_free(s);
    s = must_load(large_store("secret", "secret"), NULL);
    assert_int_equal(s->integrity, KS_INTEGRITY_UNVERIFIED);
    ks_store_free(s);
    s = must_load(large_store("", ""), "");
    assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
    ks_store_free(s);
    struct ks_buf bad = large_store(NULL, "secret");
    enum ks_code code;
    bad.data[bad.len / 2] ^= 4;
    assert_null(load_p12(bad, "secret", &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
}

static void too_many_iterations_are_refused(void **state)
{
    static const uint64_t rounds[] = {5000001, 0x7fffffff, UINT64_MAX};
    struct ks_error err = {0};
    enum ks_code code;
    (void)state;
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        struct mac_spec mac = mac_of("secret");
        mac.rounds = rounds[i];
        assert_null(load_p12(pfx(SAFES(clear_safe(one_cert())), mac), "secret", &code, &err));
        assert_int_equal(code, KS_ERR_LIMIT);
        assert_string_equal(err.slug, "too-many-iterations");
    }
    /* an INTEGER of a thousand bytes */
    uint8_t huge[1000];
    memset(huge, 0x11, sizeof huge);
    assert_null(load_p12(
        pfx_with(SAFES(clear_safe(one_cert())),
                 SEQ(SEQ(SEQ(oid("2.16.840.1.101.3.4.2.1")), octets(raw(huge, 32))),
                     octets(raw(test_salt, 16)), wrap(KS_DER_INTEGER, raw(huge, sizeof huge)))),
        "secret", &code, &err));
    assert_int_equal(code, KS_ERR_LIMIT);
}

static void negative_iterations_are_damage(void **state)
{
    struct ks_store *s =
        must_load(pfx_with(SAFES(clear_safe(one_cert())),
                           SEQ(SEQ(SEQ(oid("2.16.840.1.101.3.4.2.1")), octets(raw(test_salt, 16))),
                               octets(raw(test_salt, 16)), wrap(KS_DER_INTEGER, raw("\xff", 1)))),
                  "secret");
    (void)state;
    assert_int_equal(s->integrity, KS_INTEGRITY_BAD);
    assert_true(s->notes & KS_STORE_DAMAGED);
    assert_int_equal(s->damage.code, KS_ERR_DAMAGED);
    ks_store_free(s);
}

/* ---- empty passwords ---- */

static void an_empty_password_is_read_in_both_spellings(void **state)
{
    static const struct {
        const char *spelled; /* NULL: no bytes */
        const char *shown;
    } rows[] = {{"", "empty, written as two zero bytes"},
                {NULL, "empty, written as no bytes at all"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (int with_mac = 0; with_mac < 2; with_mac++) {
            struct ks_store *s =
                must_load(pfx(SAFES(encrypted_safe(DES3, rows[i].spelled, one_cert())),
                              with_mac ? mac_of(rows[i].spelled) : no_mac),
                          "");
            assert_int_equal(ks_store_count(s), 1);
            assert_int_equal(s->integrity, with_mac ? KS_INTEGRITY_VERIFIED : KS_INTEGRITY_NONE);
            assert_string_equal(fact_of(s, "Password"), rows[i].shown);
            ks_store_free(s);
        }
    }
}

static void a_key_under_an_empty_password_unlocks_in_both_spellings(void **state)
{
    static const char *const spelled[] = {"", NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = must_load(pfx(SAFES(clear_safe(BAGS(java_secret_bag(
                                               aes_secret(DES3, spelled[i], "2.16.840.1.101.3.4.1"),
                                               SET_OF(name_attr("k")))))),
                                           mac_of(spelled[i])),
                                       "");
        struct ks_unlocked u;
        assert_int_equal(ks_unlock(s, must_find(s, "k"), NULL, NULL, &u, NULL),
                         KS_OK);
        ks_store_free(s);
    }
}

static void an_empty_password_that_does_not_fit_is_wrong(void **state)
{
    enum ks_code code;
    (void)state;
    assert_null(load_p12(modern("secret"), "", &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
    assert_null(
        load_p12(pfx(SAFES(encrypted_safe(DES3, "secret", one_cert())), no_mac), "", &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
}

/* ---- without a password ---- */

static void without_a_password_what_is_clear_is_listed(void **state)
{
    struct ks_store *s = must_load(modern("secret"), NULL);
    (void)state;
    assert_int_equal(s->integrity, KS_INTEGRITY_UNVERIFIED);
    assert_true(s->notes & KS_STORE_LOCKED_PARTS);
    assert_int_equal(ks_store_count(s), 2);
    const struct ks_entry *locked = ks_store_entry(s, 0), *key = ks_store_entry(s, 1);
    assert_int_equal(locked->kind, KS_KIND_LOCKED);
    assert_string_equal(locked->alias, "safe 1");
    assert_non_null(strstr(locked->comment, "needs the password"));
    assert_non_null(strstr(locked->comment, "AES-256-CBC"));
    assert_int_equal(locked->piece_count, 1);
    assert_int_equal(locked->pieces[0].where, 1);
    assert_int_equal(locked->pieces[0].raw.data[0], KS_DER_SEQUENCE);
    assert_int_equal(key->kind, KS_KIND_KEY);
    assert_string_equal(key->alias, "Server");
    assert_int_equal(key->chain_len, 0);
    assert_true(key->notes & KS_NOTE_LOCKED_CHAIN);
    assert_false(key->notes & KS_NOTE_NO_CHAIN);
    assert_false(s->notes & KS_STORE_JAVA_EMPTY);
    assert_null(s->password);
    ks_store_free(s);
}

static void a_file_with_nothing_to_check_opens_with_any_password(void **state)
{
    static const char *const passwords[] = {NULL, "", "whatever"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ks_store *s = must_load(pfx(SAFES(clear_safe(one_cert())), no_mac), passwords[i]);
        assert_int_equal(s->integrity, KS_INTEGRITY_NONE);
        assert_true(s->notes & KS_STORE_NO_MAC);
        assert_int_equal(ks_store_count(s), 1);
        ks_store_free(s);
    }
}

static void without_a_mac_the_safes_tell_a_wrong_password(void **state)
{
    struct ks_error err = {0};
    enum ks_code code;
    (void)state;
    assert_null(load_p12(
        pfx(SAFES(encrypted_safe(AES256, "secret", one_cert()), clear_safe(one_cert())), no_mac),
        "wrong", &code, &err));
    assert_int_equal(code, KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "wrong-password");
}

/* ---- safes ---- */

static void each_safe_may_differ(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(encrypted_safe(AES256, "secret", BAGS(cert_bag(ca("A"), SET_OF(trusted_attr())))),
                  encrypted_safe(DES3, "secret", BAGS(cert_bag(ca("B"), SET_OF(trusted_attr())))),
                  encrypted_safe(AES192, "secret", BAGS(cert_bag(ca("C"), SET_OF(trusted_attr())))),
                  clear_safe(BAGS(cert_bag(ca("D"), SET_OF(trusted_attr()))))),
            mac_of("secret")),
        "secret");
    (void)state;
    assert_int_equal(ks_store_count(s), 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(ks_store_entry(s, i)->pieces[0].where, i + 1);
    assert_string_equal(fact_of(s, "Safes"), "4, 3 of them encrypted");
    assert_true(s->notes & KS_STORE_WEAK);
    ks_store_free(s);
}

static void the_doubled_oid_of_old_jdks_is_read(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(encrypted_safe(DOUBLE_OID, "secret", one_cert())), mac_of("secret")), "secret");
    (void)state;
    assert_int_equal(ks_store_count(s), 1);
    ks_store_free(s);
}

static void an_unknown_algorithm_locks_its_safe_only(void **state)
{
    struct ks_buf gost = SEQ(oid("1.2.840.113549.1.5.13"),
                             SEQ(pbkdf2_params(5), SEQ(oid("1.2.643.7.1.1.5.2.2"), NOTHING)));
    struct ks_store *s =
        must_load(pfx(SAFES(encrypted_data(gost, wrap(KS_DER_CONTEXT(0), raw(test_salt, 16))),
                            encrypted_safe(AES256, "secret", one_cert())),
                      mac_of("secret")),
                  "secret");
    (void)state;
    assert_int_equal(ks_store_count(s), 2);
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_LOCKED);
    assert_non_null(strstr(ks_store_entry(s, 0)->comment, "1.2.643.7.1.1.5.2.2"));
    assert_int_equal(ks_store_entry(s, 1)->kind, KS_KIND_TRUSTED);
    assert_true(s->notes & KS_STORE_LOCKED_PARTS);
    assert_true(s->notes & KS_STORE_JAVA_REFUSES);
    ks_store_free(s);
}

static void a_safe_with_too_many_iterations_stays_locked(void **state)
{
    struct ks_buf alg =
        SEQ(oid("1.2.840.113549.1.12.1.3"), SEQ(octets(raw(test_salt, 16)), number(5000001)));
    struct ks_store *s =
        must_load(pfx(SAFES(encrypted_data(alg, wrap(KS_DER_CONTEXT(0), raw(test_salt, 16))),
                            clear_safe(one_cert())),
                      mac_of("secret")),
                  "secret");
    (void)state;
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_LOCKED);
    assert_non_null(strstr(ks_store_entry(s, 0)->comment, "5000001 rounds"));
    assert_int_equal(ks_store_count(s), 2);
    ks_store_free(s);
}

static void the_sum_of_iterations_is_bounded(void **state)
{
    struct ks_job *job = ks_job_new();
    struct ks_buf der = pfx(SAFES(encrypted_safe(AES256, "secret", one_cert()),
                                  encrypted_safe(AES256, "secret", one_cert())),
                            no_mac);
    struct ks_secret *secret = ks_secret_new("secret", 6);
    struct ks_store *s = ks_store_new("test.p12", ks_blob_copy(view(&der)));
    (void)state;
    /* leave room for one safe and a half */
    for (int i = 0; i < 3; i++)
        assert_int_equal(ks_job_charge(job, 5000000, NULL), KS_OK);
    assert_int_equal(ks_job_charge(job, 5000000 - test_rounds * 3 / 2, NULL), KS_OK);
    assert_int_equal(ks_format_pkcs12.load(s, secret, job, NULL), KS_OK);
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_TRUSTED);
    assert_int_equal(ks_store_entry(s, 1)->kind, KS_KIND_LOCKED);
    ks_store_free(s);
    ks_secret_free(secret);
    ks_buf_free(&der);
    ks_job_free(job);
}

static void a_safe_with_another_password_is_locked_when_the_mac_fits(void **state)
{
    struct ks_store *s =
        must_load(pfx(SAFES(encrypted_safe(AES256, "other", one_cert()), clear_safe(one_cert())),
                      mac_of("secret")),
                  "secret");
    (void)state;
    assert_int_equal(ks_store_count(s), 2);
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_LOCKED);
    assert_non_null(strstr(ks_store_entry(s, 0)->comment, "does not open"));
    ks_store_free(s);
}

static void contents_for_the_holder_of_a_key_stay_locked(void **state)
{
    struct ks_store *s =
        must_load(pfx(SAFES(SEQ(oid("1.2.840.113549.1.7.3"), CTX(0, SEQ(number(0)))),
                            SEQ(oid("1.2.3"), CTX(0, SEQ(number(0)))), clear_safe(one_cert())),
                      mac_of("secret")),
                  "secret");
    (void)state;
    assert_int_equal(ks_store_count(s), 3);
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_LOCKED);
    assert_int_equal(ks_store_entry(s, 1)->kind, KS_KIND_OPAQUE);
    assert_int_equal(ks_store_entry(s, 1)->pieces[0].where, 2);
    ks_store_free(s);
}

static void a_cancelled_job_stops(void **state)
{
    struct ks_buf der = pfx(SAFES(clear_safe(one_cert())), no_mac);
    struct ks_store *s = ks_store_new("test.p12", ks_blob_copy(view(&der)));
    struct ks_job *job = ks_job_new();
    (void)state;
    ks_job_cancel(job);
    assert_int_equal(ks_format_pkcs12.load(s, NULL, job, NULL), KS_ERR_CANCELLED);
    ks_job_free(job);
    ks_store_free(s);
    ks_buf_free(&der);
}

/* ---- BER ---- */

static struct ks_buf ber_safe(const char *password)
{
    struct ks_buf contents = wrap_ber(
        KS_DER_SEQUENCE,
        wrap_ber(KS_DER_SEQUENCE,
                 PARTS(oid("1.2.840.113549.1.12.10.1.3"),
                       wrap_ber(0xa0, wrap_ber(KS_DER_SEQUENCE,
                                               PARTS(oid("1.2.840.113549.1.9.22.1"),
                                                     wrap_ber(0xa0, segments(0x24, ca("Ber")))))),
                       wrap_ber(KS_DER_SET, PARTS(name_attr("ber"), trusted_attr())))));
    if (!password)
        return wrap_ber(KS_DER_SEQUENCE, PARTS(oid("1.2.840.113549.1.7.1"),
                                               wrap_ber(0xa0, segments(0x24, contents))));
    struct ks_buf alg, cipher = encrypt(AES256, password, contents, &alg);
    struct ks_buf info =
        wrap_ber(KS_DER_SEQUENCE, PARTS(oid("1.2.840.113549.1.7.1"), alg, segments(0xa0, cipher)));
    return wrap_ber(KS_DER_SEQUENCE,
                    PARTS(oid("1.2.840.113549.1.7.6"),
                          wrap_ber(0xa0, wrap_ber(KS_DER_SEQUENCE, PARTS(number(0), info)))));
}

static struct ks_buf ber_store(const char *password, const char *safe_password)
{
    struct ks_buf safes = wrap_ber(KS_DER_SEQUENCE, ber_safe(safe_password));
    struct mac_spec spec = mac_of(password);
    struct ks_buf mac = mac_data(&spec, view(&safes));
    return wrap_ber(KS_DER_SEQUENCE,
                    PARTS(number(3),
                          wrap_ber(KS_DER_SEQUENCE, PARTS(oid("1.2.840.113549.1.7.1"),
                                                          wrap_ber(0xa0, segments(0x24, safes)))),
                          mac));
}

static void indefinite_lengths_and_segments_are_read(void **state)
{
    static const char *const safe_passwords[] = {NULL, "secret"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_buf expected = ca("Ber");
        struct ks_store *s = must_load(ber_store("secret", safe_passwords[i]), "secret");
        assert_true(s->notes & KS_STORE_BER);
        assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
        const struct ks_entry *e = must_find(s, "ber");
        assert_int_equal(e->kind, KS_KIND_TRUSTED);
        assert_int_equal(e->chain_len, 1);
        assert_true(ks_slice_equal(ks_cert_der(&e->chain[0]), view(&expected)));
        assert_int_equal(ks_format_pkcs12.sniff(ks_blob_slice(s->file), s->file->len), 100);
        ks_buf_free(&expected);
        ks_store_free(s);
    }
}

/* Each level on its own: only the outside, only the list of safes, only one safe. */
static void one_level_may_be_ber_and_the_next_der(void **state)
{
    (void)state;
    for (int level = 0; level < 3; level++) {
        struct ks_buf expected = ca("Root");
        struct ks_buf bag_of_root = cert_bag(ca("Root"), SET_OF(name_attr("root")));
        struct ks_buf contents =
            level == 2 ? wrap_ber(KS_DER_SEQUENCE, bag_of_root) : BAGS(bag_of_root);
        struct ks_buf safes = level == 1 ? wrap_ber(KS_DER_SEQUENCE, clear_safe(contents))
                                         : SAFES(clear_safe(contents));
        struct ks_buf info = PARTS(oid("1.2.840.113549.1.7.1"), CTX(0, octets(safes)));
        struct ks_buf file = level == 0 ? wrap_ber(KS_DER_SEQUENCE, PARTS(number(3), SEQ(info)))
                                        : SEQ(number(3), SEQ(info));
        struct ks_store *s = must_load(file, NULL);
        assert_true(s->notes & KS_STORE_BER);
        assert_true(ks_slice_equal(ks_cert_der(&must_find(s, "root")->chain[0]), view(&expected)));
        ks_buf_free(&expected);
        ks_store_free(s);
    }
}

static void the_mac_of_a_segmented_file_is_checked(void **state)
{
    enum ks_code code;
    (void)state;
    assert_null(load_p12(ber_store("secret", NULL), "wrong", &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
}

/* ---- bags ---- */

static void names_keep_what_is_in_the_file(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(clear_safe(BAGS(
                cert_bag(ca("A"),
                         SET_OF(attr("1.2.840.113549.1.9.20", bmp("nul\0", 4)), trusted_attr())),
                cert_bag(ca("B"), SET_OF(attr("1.2.840.113549.1.9.20",
                                              text(KS_DER_UTF8_STRING, "utf8 \xc3\xa4")),
                                         trusted_attr())),
                cert_bag(ca("C"),
                         SET_OF(attr("1.2.840.113549.1.9.20", text(KS_DER_BMP_STRING, "\xd8\x01")),
                                trusted_attr())),
                cert_bag(ca("D"), SET_OF(attr("1.2.840.113549.1.9.20",
                                              wrap(KS_DER_BMP_STRING, raw("\0a\0", 3))),
                                         trusted_attr())),
                cert_bag(ca("E"), SET_OF(name_attr(""), trusted_attr()))))),
            no_mac),
        NULL);
    (void)state;
    assert_int_equal(ks_store_count(s), 5);
    assert_string_equal(ks_store_entry(s, 0)->alias, "nul\xe2\x90\x80");
    assert_int_equal(ks_store_entry(s, 0)->alias_raw.len, 8);
    assert_string_equal(ks_store_entry(s, 1)->alias, "utf8 \xc3\xa4");
    assert_true(ks_store_entry(s, 1)->notes & KS_NOTE_JAVA_FATAL);
    assert_true(ks_store_entry(s, 2)->notes & KS_NOTE_ALIAS_ENCODING);
    assert_int_equal(ks_store_entry(s, 2)->alias_raw.len, 2);
    assert_true(ks_store_entry(s, 3)->notes & KS_NOTE_ALIAS_ENCODING);
    assert_string_equal(ks_store_entry(s, 4)->alias, "");
    assert_false(ks_store_entry(s, 4)->notes & KS_NOTE_ALIAS_INVENTED);
    ks_store_free(s);
}

static void dates_come_from_javas_local_key_id(void **state)
{
    static const struct {
        const char *id;
        int64_t created;
    } rows[] = {
        {"Time 1700000000123", 1700000000123},
        {"Time -5", -5},
        {"Time +7", 7},
        {"Time ", KS_TIME_NONE},
        {"Time 12x", KS_TIME_NONE},
        {"time 12", KS_TIME_NONE},
        {"Time -", KS_TIME_NONE},
        {"Time 9223372036854775808", KS_TIME_NONE},
        {"\x01", KS_TIME_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_store *s = must_load(
            pfx(SAFES(clear_safe(BAGS(key_bag(SET_OF(id_attr(rows[i].id)))))), no_mac), NULL);
        assert_int_equal(ks_store_entry(s, 0)->created, rows[i].created);
        ks_store_free(s);
    }
}

static struct ks_buf crl_der(const char *issuer)
{
    return SEQ(SEQ(number(1), SEQ(oid("1.2.840.10045.4.3.2")), name_of(issuer),
                   text(KS_DER_UTC_TIME, "250101000000Z"),
                   SEQ(SEQ(number(5), text(KS_DER_UTC_TIME, "250101000000Z")))),
               SEQ(oid("1.2.840.10045.4.3.2")), wrap(KS_DER_BIT_STRING, raw("\0abc", 4)));
}

static void what_is_no_key_and_no_certificate_is_kept(void **state)
{
    struct ks_buf sdsi =
        bag(3, SEQ(oid("1.2.840.113549.1.9.22.2"), CTX(0, text(KS_DER_IA5_STRING, "sdsi"))),
            SET_OF(name_attr("sdsi")));
    struct ks_buf expected = raw(sdsi.data, sdsi.len);
    struct ks_store *s = must_load(
        pfx(SAFES(clear_safe(
                BAGS(sdsi,
                     bag(4, SEQ(oid("1.2.840.113549.1.9.23.1"), CTX(0, octets(crl_der("Some CA")))),
                         NOTHING),
                     bag(77, SEQ(number(1)), SET_OF(name_attr("unknown"))), SEQ(oid("1.2.3")),
                     number(5)))),
            no_mac),
        NULL);
    (void)state;
    assert_int_equal(ks_store_count(s), 5);
    const struct ks_entry *e = must_find(s, "sdsi");
    assert_int_equal(e->kind, KS_KIND_OPAQUE);
    assert_true(e->notes & KS_NOTE_CERT_TYPE);
    assert_true(ks_slice_equal(e->pieces[0].raw, view(&expected)));
    e = must_find(s, "Some CA");
    assert_int_equal(e->kind, KS_KIND_CRL);
    assert_true(e->notes & KS_NOTE_ALIAS_INVENTED);
    assert_non_null(strstr(e->comment, "1 revoked"));
    assert_int_equal(e->key.data[0], KS_DER_SEQUENCE);
    assert_int_equal(must_find(s, "unknown")->kind, KS_KIND_OPAQUE);
    assert_true(must_find(s, "unknown")->notes & KS_NOTE_JAVA_IGNORED);
    assert_int_equal(must_find(s, "item")->kind, KS_KIND_OPAQUE);
    assert_int_equal(must_find(s, "item (2)")->kind, KS_KIND_OPAQUE);
    ks_buf_free(&expected);
    ks_store_free(s);
}

static void other_attributes_are_counted(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(clear_safe(BAGS(key_bag(SET_OF(name_attr("k"), id_attr("1"),
                                                 SEQ(oid("1.3.6.1.4.1.311.17.2"), SET_OF(NOTHING)),
                                                 attr("1.3.6.1.4.1.311.17.1", bmp("CSP", 3))))))),
            no_mac),
        NULL);
    (void)state;
    assert_string_equal(must_find(s, "k")->comment, "attributes: 2");
    ks_store_free(s);
}

static struct ks_buf nest(struct ks_buf bags, int depth)
{
    while (depth-- > 0)
        bags = bag(6, SEQ(bags), NOTHING);
    return bags;
}

static void nested_safes_are_opened_eight_deep(void **state)
{
    (void)state;
    for (int depth = 1; depth <= 9; depth++) {
        struct ks_store *s = must_load(
            pfx(SAFES(clear_safe(SEQ(nest(cert_bag(ca("N"), SET_OF(name_attr("n"))), depth)))),
                no_mac),
            NULL);
        assert_int_equal(ks_store_count(s), 1);
        assert_int_equal(ks_store_entry(s, 0)->kind, depth <= 8 ? KS_KIND_CERT : KS_KIND_OPAQUE);
        assert_true(ks_store_entry(s, 0)->notes & KS_NOTE_JAVA_NESTED);
        if (depth == 9)
            assert_non_null(strstr(ks_store_entry(s, 0)->comment, "nested more than 8 deep"));
        ks_store_free(s);
    }
}

static void very_deep_nesting_does_no_harm(void **state)
{
    struct ks_store *s =
        must_load(pfx(SAFES(clear_safe(SEQ(nest(cert_bag(ca("N"), NOTHING), 500)))), no_mac), NULL);
    (void)state;
    assert_int_equal(ks_store_count(s), 1);
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_OPAQUE);
    ks_store_free(s);
}

static void a_broken_certificate_is_kept(void **state)
{
    struct ks_store *s =
        must_load(pfx(SAFES(clear_safe(BAGS(cert_bag(SEQ(number(1)), SET_OF(name_attr("bad"))),
                                            cert_bag(ca("Good"), NOTHING)))),
                      no_mac),
                  NULL);
    (void)state;
    assert_int_equal(ks_store_count(s), 2);
    assert_true(must_find(s, "bad")->notes & KS_NOTE_CERT_BROKEN);
    assert_true(must_find(s, "bad")->chain[0].flags & KS_CERT_BROKEN);
    assert_int_equal(must_find(s, "Good")->kind, KS_KIND_CERT);
    ks_store_free(s);
}

static void empty_contents_give_an_empty_store(void **state)
{
    struct ks_store *s = must_load(pfx(SAFES(NOTHING), mac_of("secret")), "secret");
    (void)state;
    assert_int_equal(ks_store_count(s), 0);
    assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
    assert_false(s->notes & (KS_STORE_JAVA_EMPTY | KS_STORE_DAMAGED));
    ks_store_free(s);
    s = must_load(pfx(SAFES(clear_safe(SEQ(NOTHING))), mac_of("secret")), "secret");
    assert_int_equal(ks_store_count(s), 0);
    ks_store_free(s);
}

static void bytes_after_the_end_are_noted(void **state)
{
    struct ks_store *s = must_load(PARTS(modern("secret"), raw("trailing", 8)), "secret");
    (void)state;
    check_server(s);
    assert_true(s->notes & KS_STORE_TRAILING);
    ks_store_free(s);
    s = must_load(modern("secret"), "secret");
    assert_false(s->notes & KS_STORE_TRAILING);
    ks_store_free(s);
}

static void another_version_is_read_though_java_refuses_it(void **state)
{
    struct ks_store *s =
        must_load(SEQ(number(4), SEQ(oid("1.2.840.113549.1.7.1"),
                                     CTX(0, octets(SAFES(clear_safe(one_cert())))))),
                  NULL);
    (void)state;
    assert_int_equal(ks_store_count(s), 1);
    assert_true(s->notes & KS_STORE_JAVA_REFUSES);
    assert_non_null(strstr(fact_of(s, "Java"), "version is 4"));
    ks_store_free(s);
}

static void public_key_integrity_is_refused_with_advice(void **state)
{
    struct ks_error err = {0};
    enum ks_code code;
    struct ks_buf der = SEQ(number(3), SEQ(oid("1.2.840.113549.1.7.2"), CTX(0, SEQ(number(1)))));
    (void)state;
    assert_true(ks_format_pkcs12.sniff(view(&der), der.len) > 90);
    assert_null(load_p12(der, "secret", &code, &err));
    assert_int_equal(code, KS_ERR_UNSUPPORTED);
    assert_true(err.next[0] != '\0');
}

static void other_files_are_not_claimed(void **state)
{
    static const char jks[] = "\xfe\xed\xfe\xed\0\0\0\2";
    struct ks_buf der = certificate((struct cert_spec){.subject = "x"});
    struct ks_buf pkcs8 = SEQ(number(0), SEQ(oid("1.2.3")), octets(raw("x", 1)));
    enum ks_code code;
    (void)state;
    assert_int_equal(ks_format_pkcs12.sniff(ks_slice(jks, 8), 8), 0);
    assert_int_equal(ks_format_pkcs12.sniff(view(&der), der.len), 0);
    assert_int_equal(ks_format_pkcs12.sniff(view(&pkcs8), pkcs8.len), 0);
    assert_int_equal(ks_format_pkcs12.sniff(ks_slice("", 0), 0), 0);
    assert_null(load_p12(der, NULL, &code, NULL));
    assert_int_equal(code, KS_ERR_DAMAGED);
    ks_buf_free(&pkcs8);
}

/* ---- hostile bytes ---- */

static void sniff_and_load(struct ks_slice bytes, const char *password)
{
    struct ks_buf words = KS_BUF_INIT;
    enum ks_code code;
    struct ks_error err = {0};
    (void)ks_format_pkcs12.sniff(bytes, bytes.len);
    ks_format_pkcs12.looks(bytes, bytes.len, &words);
    ks_buf_free(&words);
    struct ks_store *s = load_p12(raw(bytes.data, bytes.len), password, &code, &err);
    if (!s) {
        assert_int_not_equal(code, KS_OK);
        assert_int_equal(err.code, code);
        assert_true(err.what[0] != '\0');
        return;
    }
    for (size_t i = 0; i < ks_store_count(s); i++)
        assert_non_null(ks_store_entry(s, i)->alias);
    ks_store_free(s);
}

static struct ks_buf rich_store(void)
{
    return pfx(
        SAFES(clear_safe(BAGS(key_bag(SET_OF(name_attr("k"), id_attr("Time 1"))),
                              java_secret_bag(aes_secret(AES256, "s", "2.16.840.1.101.3.4.1"),
                                              SET_OF(name_attr("s"))),
                              nest(cert_bag(ca("N"), NOTHING), 2))),
              encrypted_safe(AES256, "secret",
                             BAGS(cert_bag(signed_by("L", "R"), SET_OF(id_attr("Time 1"))),
                                  cert_bag(ca("R"), SET_OF(trusted_attr()))))),
        mac_of("secret"));
}

static void truncation_anywhere_is_noticed(void **state)
{
    struct ks_buf der = rich_store();
    struct ks_error err;
    enum ks_code code;
    (void)state;
    for (size_t len = 0; len < der.len; len++) {
        for (int with = 0; with < 2; with++) {
            const char *password = with ? "secret" : NULL;
            struct ks_store *s = load_p12(raw(der.data, len), password, &code, &err);
            if (!s) {
                assert_int_equal(code, KS_ERR_DAMAGED);
                continue;
            }
            assert_true(s->notes & KS_STORE_DAMAGED);
            assert_int_equal(s->damage.code, KS_ERR_DAMAGED);
            assert_int_not_equal(s->integrity, KS_INTEGRITY_VERIFIED);
            assert_true(ks_store_count(s) > 0);
            ks_store_free(s);
        }
    }
    ks_buf_free(&der);
}

static void a_cut_file_still_shows_its_keys(void **state)
{
    struct ks_buf der = rich_store();
    struct ks_buf words = KS_BUF_INIT;
    (void)state;
    der.len -= 100;
    ks_format_pkcs12.looks(view(&der), der.len, &words);
    assert_string_equal(ks_buf_text(&words), "damaged (ends early)");
    ks_buf_free(&words);
    struct ks_store *s = must_load(der, "secret");
    assert_int_equal(must_find(s, "k")->kind, KS_KIND_KEY);
    assert_int_equal(must_find(s, "s")->kind, KS_KIND_SECRET);
    assert_int_equal(must_find(s, "safe 2")->kind, KS_KIND_LOCKED);
    assert_string_equal(s->damage.slug, "truncated");
    ks_store_free(s);
}

static void no_altered_byte_does_harm(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff};
    struct ks_buf der = rich_store();
    struct ks_buf ber = ber_store("secret", "secret");
    struct ks_buf *files[] = {&der, &ber};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < files[k]->len; i++) {
            uint8_t good = files[k]->data[i];
            for (size_t v = 0; v < sizeof values; v++) {
                files[k]->data[i] = values[v];
                sniff_and_load(view(files[k]), NULL);
            }
            files[k]->data[i] = (uint8_t)(good + 1);
            sniff_and_load(view(files[k]), NULL);
            sniff_and_load(view(files[k]), "secret");
            files[k]->data[i] = good;
        }
        ks_buf_free(files[k]);
    }
}

/* The same inside of a safe, where no MAC stands before it. */
static void no_altered_byte_in_a_decrypted_safe_does_harm(void **state)
{
    struct ks_buf contents =
        BAGS(cert_bag(signed_by("L", "R"), SET_OF(name_attr("l"), id_attr("1"))),
             key_bag(SET_OF(id_attr("1"))), nest(cert_bag(ca("N"), NOTHING), 1));
    (void)state;
    for (size_t i = 0; i < contents.len; i++) {
        uint8_t good = contents.data[i];
        static const uint8_t values[] = {0x00, 0x7f, 0x80, 0x84, 0xff};
        for (size_t v = 0; v < sizeof values; v++) {
            enum ks_code code;
            contents.data[i] = values[v];
            ks_store_free(load_p12(
                pfx(SAFES(encrypted_safe(AES256, "secret", raw(contents.data, contents.len))),
                    mac_of("secret")),
                "secret", &code, NULL));
        }
        contents.data[i] = good;
    }
    ks_buf_free(&contents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_openssl_writes_is_read),
        cmocka_unit_test(every_usual_mac_digest_is_verified),
        cmocka_unit_test(a_wrong_password_is_told_by_the_mac),
        cmocka_unit_test(an_altered_file_is_told_by_the_mac),
        cmocka_unit_test(passwords_beyond_ascii_and_long_ones_fit),
        cmocka_unit_test(a_key_is_described_and_compared_with_its_leaf),
        cmocka_unit_test(a_clear_key_needs_no_password),
        cmocka_unit_test(a_key_can_have_a_password_of_its_own),
        cmocka_unit_test(secrets_are_described_as_java_names_them),
        cmocka_unit_test(bouncy_castles_bare_secrets_are_described),
        cmocka_unit_test(unlocking_asks_for_a_password_and_for_a_key),
        cmocka_unit_test(absent_iterations_are_one),
        cmocka_unit_test(less_usual_mac_digests_are_verified_too),
        cmocka_unit_test(a_digest_that_nobody_knows_leaves_integrity_open),
        cmocka_unit_test(pbmac1_has_the_known_answer),
        cmocka_unit_test(pbmac1_is_verified_and_java_needs_to_be_new),
        cmocka_unit_test(pbmac1_without_key_length_is_not_called_verified),
        cmocka_unit_test(the_mac_of_a_large_file_is_checked_too),
        cmocka_unit_test(too_many_iterations_are_refused),
        cmocka_unit_test(negative_iterations_are_damage),
        cmocka_unit_test(an_empty_password_is_read_in_both_spellings),
        cmocka_unit_test(a_key_under_an_empty_password_unlocks_in_both_spellings),
        cmocka_unit_test(an_empty_password_that_does_not_fit_is_wrong),
        cmocka_unit_test(without_a_password_what_is_clear_is_listed),
        cmocka_unit_test(a_file_with_nothing_to_check_opens_with_any_password),
        cmocka_unit_test(without_a_mac_the_safes_tell_a_wrong_password),
        cmocka_unit_test(each_safe_may_differ),
        cmocka_unit_test(the_doubled_oid_of_old_jdks_is_read),
        cmocka_unit_test(an_unknown_algorithm_locks_its_safe_only),
        cmocka_unit_test(a_safe_with_too_many_iterations_stays_locked),
        cmocka_unit_test(the_sum_of_iterations_is_bounded),
        cmocka_unit_test(a_safe_with_another_password_is_locked_when_the_mac_fits),
        cmocka_unit_test(contents_for_the_holder_of_a_key_stay_locked),
        cmocka_unit_test(a_cancelled_job_stops),
        cmocka_unit_test(indefinite_lengths_and_segments_are_read),
        cmocka_unit_test(one_level_may_be_ber_and_the_next_der),
        cmocka_unit_test(the_mac_of_a_segmented_file_is_checked),
        cmocka_unit_test(names_keep_what_is_in_the_file),
        cmocka_unit_test(dates_come_from_javas_local_key_id),
        cmocka_unit_test(what_is_no_key_and_no_certificate_is_kept),
        cmocka_unit_test(other_attributes_are_counted),
        cmocka_unit_test(nested_safes_are_opened_eight_deep),
        cmocka_unit_test(very_deep_nesting_does_no_harm),
        cmocka_unit_test(a_broken_certificate_is_kept),
        cmocka_unit_test(empty_contents_give_an_empty_store),
        cmocka_unit_test(bytes_after_the_end_are_noted),
        cmocka_unit_test(another_version_is_read_though_java_refuses_it),
        cmocka_unit_test(public_key_integrity_is_refused_with_advice),
        cmocka_unit_test(other_files_are_not_claimed),
        cmocka_unit_test(truncation_anywhere_is_noticed),
        cmocka_unit_test(a_cut_file_still_shows_its_keys),
        cmocka_unit_test(no_altered_byte_does_harm),
        cmocka_unit_test(no_altered_byte_in_a_decrypted_safe_does_harm),
    };
    return cmocka_run_group_tests(tests, make_pki, free_pki);
}
