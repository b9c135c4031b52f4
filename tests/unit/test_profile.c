/* Profiles of certificates: templates, extensions there and back, words. */
#include "x509/profile.h"

#include "x509/alt_names.h"
#include "x509/oid.h"

#include "make_cert.h"

#include "der_text.h"
#include "hex.h"

#include <limits.h>

#define NOTHING ((struct ks_slice){0})

static const char spki_text[] = "30{30{06=1.2.840.10045.2.1 06=1.2.840.10045.3.1.7} 03:000401}";

/* "keyUsage! digitalSignature;" of each, in the order they are in; ! is critical. */
static bool say_extension(void *ctx, const struct ks_ext *ext)
{
    struct ks_buf *out = ctx, text = KS_BUF_INIT;
    ks_oid_text(ext->oid, out);
    (void)ks_ext_text(ext, &text);
    for (size_t i = 0; i < text.len; i++)
        text.data[i] = text.data[i] == '\n' ? '|' : text.data[i];
    ks_buf_printf(out, "%s %s;", ext->critical ? "!" : "", ks_buf_text(&text));
    ks_buf_free(&text);
    return true;
}

static void assert_extensions(const struct ks_profile *p, bool subject_empty, const char *want)
{
    struct ks_buf exts = KS_BUF_INIT, text = KS_BUF_INIT;
    struct ks_error err = {0};
    if (ks_profile_put(p, NOTHING, NOTHING, subject_empty, &exts, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_ext_each(buf_slice(&exts), say_extension, &text);
    assert_string_equal(ks_buf_text(&text), want);
    ks_buf_free(&exts);
    ks_buf_free(&text);
}

static void assert_template(const char *word, enum ks_key_alg key, const char *want)
{
    struct ks_profile p = {0};
    const struct ks_template *t = ks_template_named(word);
    assert_non_null(t);
    ks_profile_from_template(&p, t, key);
    assert_int_equal(ks_profile_changes(&p, t, key), 0);
    assert_extensions(&p, false, want);
    ks_profile_drop(&p);
}

static void templates_say_what_they_are_for(void **state)
{
    (void)state;
    assert_template("server", KS_KEY_RSA,
                    "basicConstraints! CA:no;keyUsage! digitalSignature, keyEncipherment;"
                    "extendedKeyUsage serverAuth;");
    assert_template("Client", KS_KEY_RSA,
                    "basicConstraints! CA:no;keyUsage! digitalSignature;"
                    "extendedKeyUsage clientAuth;");
    assert_template("server+client", KS_KEY_RSA,
                    "basicConstraints! CA:no;keyUsage! digitalSignature, keyEncipherment;"
                    "extendedKeyUsage serverAuth, clientAuth;");
    assert_template("code", KS_KEY_RSA,
                    "basicConstraints! CA:no;keyUsage! digitalSignature;"
                    "extendedKeyUsage codeSigning;");
    assert_template("ca", KS_KEY_EC, "basicConstraints! CA:yes;keyUsage! keyCertSign, cRLSign;");
    assert_template("none", KS_KEY_RSA, "");
    assert_null(ks_template_named("servers"));
    assert_string_equal(ks_templates[0].word, "server");
}

static void keys_that_cannot_encipher_do_not_say_so(void **state)
{
    (void)state;
    static const enum ks_key_alg keys[] = {KS_KEY_EC, KS_KEY_ED25519, KS_KEY_ED448, KS_KEY_RSA_PSS,
                                           KS_KEY_DSA};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_template("server", keys[i],
                        "basicConstraints! CA:no;keyUsage! digitalSignature;"
                        "extendedKeyUsage serverAuth;");
}

static void changes_are_counted(void **state)
{
    (void)state;
    const struct ks_template *server = ks_template_named("server"), *ca = ks_template_named("ca");
    struct ks_profile p = {0};
    ks_profile_from_template(&p, server, KS_KEY_RSA);
    p.usage ^= KS_USAGE_KEY_ENCIPHERMENT | KS_USAGE_KEY_AGREEMENT;
    assert_int_equal(ks_profile_changes(&p, server, KS_KEY_RSA), 2);
    assert_int_equal(ks_profile_add_extended(&p, "clientauth", NULL), KS_OK);
    assert_int_equal(ks_profile_add_extended(&p, "1.2.3", NULL), KS_OK);
    assert_int_equal(ks_profile_changes(&p, server, KS_KEY_RSA), 4);
    p.basic = false;
    assert_int_equal(ks_profile_changes(&p, server, KS_KEY_RSA), 5);
    ks_profile_from_template(&p, ca, KS_KEY_RSA);
    p.path_len = 0;
    assert_int_equal(ks_profile_changes(&p, ca, KS_KEY_RSA), 1);
    ks_profile_drop(&p);
}

static void every_key_usage_has_its_bit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KS_KEY_USAGE_COUNT; i++) {
        struct ks_profile p = {.usage = 1u << i}, again;
        struct ks_buf exts = KS_BUF_INIT, want = KS_BUF_INIT;
        ks_buf_printf(&want, "keyUsage! %s;", ks_key_usages[i].name);
        assert_extensions(&p, false, ks_buf_text(&want));
        assert_int_equal(ks_profile_put(&p, NOTHING, NOTHING, false, &exts, NULL), KS_OK);
        ks_profile_read(buf_slice(&exts), &again);
        assert_int_equal(again.usage, p.usage);
        assert_int_equal(again.others.len, 0);
        ks_profile_drop(&again);
        ks_buf_free(&exts);
        ks_buf_free(&want);
    }
    assert_null(ks_key_usages[KS_KEY_USAGE_COUNT].name);
}

static void every_extended_usage_has_its_oid(void **state)
{
    (void)state;
    for (unsigned i = 0; ks_extended_usages[i].name; i++) {
        struct ks_profile p = {0};
        struct ks_buf want = KS_BUF_INIT;
        assert_int_equal(ks_profile_add_extended(&p, ks_extended_usages[i].oid, NULL), KS_OK);
        assert_int_equal(p.extended, 1u << i);
        assert_int_equal(p.oid_count, 0);
        ks_buf_printf(&want, "extendedKeyUsage%s %s;",
                      p.extended == KS_EXTENDED_TIME_STAMPING ? "!" : "",
                      ks_extended_usages[i].name);
        assert_extensions(&p, false, ks_buf_text(&want));
        ks_buf_free(&want);
        ks_profile_drop(&p);
    }
}

static void a_full_profile_survives_its_extensions(void **state)
{
    (void)state;
    struct ks_profile p = {.usage = KS_USAGE_KEY_CERT_SIGN | KS_USAGE_DECIPHER_ONLY,
                           .extended = KS_EXTENDED_CLIENT,
                           .basic = true,
                           .ca = true,
                           .path_len = 200};
    struct ks_profile again, copy;
    struct ks_buf exts = KS_BUF_INIT, second = KS_BUF_INIT;
    struct ks_buf policy = der_text("30{06=2.5.29.32 04{30{30{06=1.2.3.4}}}}");
    ks_buf_slice(&p.others, der_slice(&policy));
    assert_int_equal(ks_profile_add_extended(&p, "1.3.6.1.4.1.311.20.2.2", NULL), KS_OK);
    assert_int_equal(ks_profile_add_name(&p, "a.example", NULL), KS_OK);
    assert_int_equal(ks_profile_add_name(&p, "DNS:a.example", NULL), KS_OK);
    assert_int_equal(ks_profile_add_name(&p, "::1", NULL), KS_OK);
    assert_int_equal(p.name_count, 2);
    assert_extensions(&p, true,
                      "basicConstraints! CA:yes, path length 200;"
                      "keyUsage! keyCertSign, decipherOnly;"
                      "extendedKeyUsage clientAuth, microsoftSmartcardLogon;"
                      "subjectAltName! dns:a.example|ip:::1;"
                      "certificatePolicies 1.2.3.4;");
    assert_int_equal(ks_profile_put(&p, NOTHING, NOTHING, false, &exts, NULL), KS_OK);
    ks_profile_read(buf_slice(&exts), &again);
    ks_profile_copy(&again, &copy);
    ks_profile_drop(&again);
    assert_int_equal(ks_profile_put(&copy, NOTHING, NOTHING, false, &second, NULL), KS_OK);
    assert_true(ks_slice_equal(buf_slice(&exts), buf_slice(&second)));
    ks_profile_forget_issuer(&copy);
    assert_int_equal(copy.others.len, 0);
    ks_profile_drop(&copy);
    ks_profile_drop(&p);
    ks_buf_free(&exts);
    ks_buf_free(&second);
    ks_buf_free(&policy);
}

static void key_identifiers_are_those_of_openssl(void **state)
{
    (void)state;
    struct ks_blob *der = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "root"});
    struct ks_cert cert;
    struct ks_profile p;
    struct ks_buf exts = KS_BUF_INIT;
    assert_true(ks_cert_skim(ks_blob_slice(der), &cert));
    struct ks_slice theirs = ks_cert_part(&cert, cert.exts);
    ks_profile_read(theirs, &p);
    assert_int_equal(p.others.len, 0);
    assert_int_equal(ks_profile_put(&p, ks_cert_part(&cert, cert.spki),
                                    ks_cert_part(&cert, cert.aki), false, &exts, NULL),
                     KS_OK);
    assert_true(ks_slice_equal(buf_slice(&exts), theirs));
    ks_profile_drop(&p);
    ks_buf_free(&exts);
    ks_blob_unref(der);
}

static void extensions_of_openssl_are_read(void **state)
{
    (void)state;
    struct ks_blob *der = make_cert(&(struct make_cert){
        .cn = "leaf",
        .ca = true,
        .san = "DNS:a.example,DNS:f*.example,IP:::1,email:a@b,"
               "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:u@v,otherName:1.2.3;NULL:",
        .purpose = "serverAuth,1.2.3.4",
        .usage = "digitalSignature,keyCertSign"});
    struct ks_cert cert;
    struct ks_profile p;
    assert_true(ks_cert_skim(ks_blob_slice(der), &cert));
    ks_profile_read(ks_cert_part(&cert, cert.exts), &p);
    assert_int_equal(p.usage, KS_USAGE_DIGITAL_SIGNATURE | KS_USAGE_KEY_CERT_SIGN);
    assert_int_equal(p.extended, KS_EXTENDED_SERVER);
    assert_int_equal(p.oid_count, 1);
    assert_string_equal(p.oids[0], "1.2.3.4");
    assert_true(p.basic && p.ca);
    assert_int_equal(p.path_len, -1);
    static const char *const names[] = {
        "dns:a.example", "der:820a662a2e6578616d706c65", "ip:::1",
        "email:a@b",     "other:userPrincipalName=u@v",  "der:a00806022a03a0020500"};
    assert_int_equal(p.name_count, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < p.name_count; i++)
        assert_string_equal(p.names[i], names[i]);
    struct ks_buf exts = KS_BUF_INIT;
    struct ks_ext san, again;
    assert_int_equal(ks_profile_put(&p, NOTHING, NOTHING, false, &exts, NULL), KS_OK);
    struct ks_slice oid = ks_slice("\x55\x1d\x11", 3);
    assert_true(ks_ext_find(ks_cert_part(&cert, cert.exts), oid, &san));
    assert_true(ks_ext_find(buf_slice(&exts), oid, &again));
    assert_true(ks_slice_equal(san.value, again.value));
    ks_buf_free(&exts);
    ks_profile_drop(&p);
    ks_blob_unref(der);
}

static void what_is_malformed_is_never_passed_on(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"2.5.29.15", "03:0700"},     /* no usage at all */
        {"2.5.29.15", "03:00000001"}, /* a usage that nobody knows */
        {"2.5.29.15", "04:00"},       /* not a bit string */
        {"2.5.29.37", "30{}"},        /* no purpose */
        {"2.5.29.37", "30{06=1.2.3 02:01}"},
        {"2.5.29.19", "30{02:01}"}, /* a path length without being a CA */
        {"2.5.29.19", "30{01:ff 02:ff}"},
        {"2.5.29.19", "30{01:ff 02:0080000000}"},
        {"2.5.29.19", "30{01:ff 02:01 02:01}"},
        {"2.5.29.17", "30{}"},
        {"2.5.29.17", "30{82'a' 0c'b'}"},
        {"2.5.29.17", "30{82'a'} 05:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf notation = KS_BUF_INIT, out = KS_BUF_INIT;
        struct ks_profile p;
        struct ks_error err = {0};
        ks_buf_printf(&notation, "30{06=%s 01:ff 04{%s}}", cases[i][0], cases[i][1]);
        struct ks_buf ext = der_text(ks_buf_text(&notation));
        ks_profile_read(der_slice(&ext), &p);
        if (!ks_slice_equal(der_slice(&ext), buf_slice(&p.others)))
            fail_msg("%s %s was not kept", cases[i][0], cases[i][1]);
        assert_true(p.usage == 0 && p.extended == 0 && p.oid_count == 0 && p.name_count == 0 &&
                    !p.basic);
        assert_int_equal(ks_profile_put(&p, NOTHING, NOTHING, false, &out, &err), KS_ERR_REFUSED);
        assert_string_equal(err.slug, "extension-unread");
        assert_int_equal(out.len, 0);
        p.usage = 1;
        p.extended = 1;
        p.basic = true;
        assert_int_equal(ks_profile_add_name(&p, "a", NULL), KS_OK);
        assert_extensions(&p, false,
                          "basicConstraints! CA:no;keyUsage! digitalSignature;"
                          "extendedKeyUsage serverAuth;subjectAltName dns:a;");
        ks_profile_drop(&p);
        ks_buf_free(&notation);
        ks_buf_free(&ext);
        ks_buf_free(&out);
    }
}

static void what_belongs_to_one_certificate_is_left_behind(void **state)
{
    (void)state;
    struct ks_profile p;
    struct ks_buf exts = der_text("30{06=2.5.29.14 04{04:0102}} 30{06=2.5.29.35 04{30{80:01}}}"
                                  "30{06=1.3.6.1.4.1.11129.2.4.2 04{04:0000}}"
                                  "30{06=1.3.6.1.4.1.11129.2.4.3 01:ff 04{05:}}"
                                  "30{06=1.2.3.4 04{05:}}");
    ks_profile_read(der_slice(&exts), &p);
    assert_extensions(&p, false, "1.2.3.4 NULL;");
    ks_profile_drop(&p);
    ks_buf_free(&exts);
}

static void bad_settings_are_refused(void **state)
{
    (void)state;
    static const char *const oids[] = {"",     "1",    "1.",    ".1", "3.1",
                                       "1.40", "1..2", "1.2.x", "a",  "1.2.99999999999999999999"};
    struct ks_profile p = {0};
    struct ks_error err = {0};
    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++) {
        assert_int_equal(ks_oid_check(oids[i], &err), KS_ERR_USAGE);
        assert_string_equal(err.slug, "oid");
        assert_int_equal(ks_profile_add_extended(&p, oids[i], &err), KS_ERR_USAGE);
        assert_string_equal(err.slug, "usage");
    }
    assert_int_equal(ks_oid_check("2.999.1", NULL), KS_OK);
    assert_int_equal(ks_profile_add_extended(&p, "serverauths", &err), KS_ERR_USAGE);
    assert_non_null(strstr(err.next, "serverAuth, clientAuth"));
    assert_int_equal(ks_profile_add_name(&p, "a..b", &err), KS_ERR_USAGE);
    assert_int_equal(p.name_count, 0);
}

static void every_path_length_is_read_and_written(void **state)
{
    (void)state;
    static const struct {
        int path_len;
        const char *notation;
    } cases[] = {
        {0, "02:00"},     {1, "02:01"},         {127, "02:7f"},       {128, "02:0080"},
        {256, "02:0100"}, {32768, "02:008000"}, {65535, "02:00ffff"}, {INT_MAX, "02:7fffffff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf notation = KS_BUF_INIT, out = KS_BUF_INIT;
        struct ks_profile p;
        ks_buf_printf(&notation, "30{06=2.5.29.19 01:ff 04{30{01:ff %s}}}", cases[i].notation);
        struct ks_buf ext = der_text(ks_buf_text(&notation));
        ks_profile_read(der_slice(&ext), &p);
        assert_true(p.basic && p.ca && p.others.len == 0);
        assert_int_equal(p.path_len, cases[i].path_len);
        assert_int_equal(ks_profile_put(&p, NOTHING, NOTHING, false, &out, NULL), KS_OK);
        assert_true(ks_slice_equal(der_slice(&ext), buf_slice(&out)));
        ks_profile_drop(&p);
        ks_buf_free(&notation);
        ks_buf_free(&ext);
        ks_buf_free(&out);
    }
}

static void of_two_of_a_kind_the_first_counts(void **state)
{
    (void)state;
    struct ks_profile p;
    struct ks_buf exts = der_text("30{06=2.5.29.19 04{30{}}} 30{06=2.5.29.19 04{30{01:ff}}}"
                                  "30{06=1.2.3.4 04{05:}} 30{06=1.2.3.4 01:ff 04{0c'b'}}");
    ks_profile_read(der_slice(&exts), &p);
    assert_false(p.ca);
    assert_int_equal(p.repeated, 2);
    assert_extensions(&p, false, "basicConstraints! CA:no;1.2.3.4 NULL;");
    p.basic = false;
    assert_extensions(&p, false, "1.2.3.4 NULL;");
    ks_profile_drop(&p);
    ks_buf_free(&exts);
}

static void what_is_no_extension_is_not_taken_over(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "31{06=2.5.29.19 04{30{01:ff}}}",
        "30{06=2.5.29.19 30{30{01:ff}}}",
        "30{06=1.2.3.4}",
        "04:01",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_profile p;
        struct ks_error err = {0};
        struct ks_buf ext = der_text(cases[i]), out = KS_BUF_INIT;
        ks_profile_read(der_slice(&ext), &p);
        assert_int_equal(ks_profile_put(&p, NOTHING, NOTHING, false, &out, &err), KS_ERR_REFUSED);
        assert_string_equal(err.slug, "extension-unread");
        ks_profile_drop(&p);
        ks_buf_free(&ext);
        ks_buf_free(&out);
    }
}

static void more_names_than_are_read_are_not_taken_over(void **state)
{
    (void)state;
    struct ks_buf notation = KS_BUF_INIT, out = KS_BUF_INIT;
    struct ks_profile p;
    struct ks_error err = {0};
    ks_buf_str(&notation, "30{06=2.5.29.17 04{30{");
    for (int i = 0; i <= KS_ALT_NAMES_MAX; i++)
        ks_buf_printf(&notation, "82'h%d'", i);
    ks_buf_str(&notation, "}}}");
    struct ks_buf ext = der_text(ks_buf_text(&notation));
    ks_profile_read(der_slice(&ext), &p);
    assert_int_equal(ks_profile_put(&p, NOTHING, NOTHING, false, &out, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "extension-unread");
    assert_non_null(strstr(err.what, "more than 1000"));
    ks_profile_drop(&p);
    ks_buf_free(&notation);
    ks_buf_free(&ext);
    ks_buf_free(&out);
}

static void say_word(void *ctx, const char *label, const char *text)
{
    ks_buf_printf(ctx, "%s: %s\n", label, text);
}

static void reviews_have_words(void **state)
{
    (void)state;
    struct ks_profile p = {0};
    struct ks_buf text = KS_BUF_INIT, ext = der_text("30{06=2.5.29.32 04{30{30{06=1.2.3.4}}}}");
    ks_profile_from_template(&p, ks_template_named("server"), KS_KEY_RSA);
    assert_int_equal(ks_profile_add_name(&p, "a", NULL), KS_OK);
    assert_int_equal(ks_profile_add_name(&p, "::1", NULL), KS_OK);
    assert_int_equal(ks_profile_add_extended(&p, "1.3.6.1.5.5.7.3.36", NULL), KS_OK);
    ks_buf_slice(&p.others, der_slice(&ext));
    ks_profile_words(&p, say_word, &text);
    assert_string_equal(ks_buf_text(&text), "Names: dns:a, ip:::1\n"
                                            "Key usage: digitalSignature, keyEncipherment\n"
                                            "Extended: serverAuth, documentSigning\n"
                                            "CA: no\n"
                                            "Also: certificatePolicies\n");
    ks_profile_drop(&p);
    ks_buf_clear(&text);
    ks_profile_words(&p, say_word, &text);
    assert_int_equal(text.len, 0);
    p = (struct ks_profile){.ca = true, .path_len = 1};
    ks_profile_words(&p, say_word, &text);
    assert_string_equal(ks_buf_text(&text), "CA: yes, path length 1\n");
    ks_buf_free(&text);
    ks_buf_free(&ext);
}

static void a_key_identifier_needs_no_field(void **state)
{
    (void)state;
    struct ks_profile p = {0};
    struct ks_buf spki = der_text(spki_text), exts = KS_BUF_INIT, text = KS_BUF_INIT;
    assert_int_equal(ks_profile_put(&p, der_slice(&spki), ks_slice("\1\2", 2), false, &exts, NULL),
                     KS_OK);
    ks_ext_each(buf_slice(&exts), say_extension, &text);
    assert_string_equal(ks_buf_text(&text),
                        "subjectKeyIdentifier "
                        "59:58:B9:05:C0:2F:53:A2:2C:DF:AB:B5:1C:D2:82:3D:13:65:02:41;"
                        "authorityKeyIdentifier 01:02;");
    ks_buf_free(&spki);
    ks_buf_free(&exts);
    ks_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_say_what_they_are_for),
        cmocka_unit_test(keys_that_cannot_encipher_do_not_say_so),
        cmocka_unit_test(changes_are_counted),
        cmocka_unit_test(every_key_usage_has_its_bit),
        cmocka_unit_test(every_extended_usage_has_its_oid),
        cmocka_unit_test(a_full_profile_survives_its_extensions),
        cmocka_unit_test(key_identifiers_are_those_of_openssl),
        cmocka_unit_test(extensions_of_openssl_are_read),
        cmocka_unit_test(what_is_malformed_is_never_passed_on),
        cmocka_unit_test(every_path_length_is_read_and_written),
        cmocka_unit_test(of_two_of_a_kind_the_first_counts),
        cmocka_unit_test(what_is_no_extension_is_not_taken_over),
        cmocka_unit_test(more_names_than_are_read_are_not_taken_over),
        cmocka_unit_test(what_belongs_to_one_certificate_is_left_behind),
        cmocka_unit_test(bad_settings_are_refused),
        cmocka_unit_test(reviews_have_words),
        cmocka_unit_test(a_key_identifier_needs_no_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
