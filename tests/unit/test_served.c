/* PEM files in the order in which servers take them: what the doctor says of it. */
#include "make_cert.h"

#include "chain/served.h"
#include "doctor/doctor.h"
#include "file/open.h"
#include "x509/name.h"

#include <openssl/pem.h>
#include <stdio.h>

#define HOST "www.example.test"

static const struct {
    char letter;
    struct make_cert cert;
} recipes[] = {
    {'L', {.cn = HOST, .issuer = "issuing", .san = "DNS:" HOST}},
    {'M', {.cn = "mail.example.test", .issuer = "issuing", .san = "DNS:mail.example.test"}},
    {'I', {.cn = "issuing", .issuer = "root", .ca = true}},
    {'R', {.cn = "root", .ca = true}},
    {'X', {.cn = "other", .ca = true}},
};

static void put_key(BIO *out, const char *password)
{
    assert_true(PEM_write_bio_PKCS8PrivateKey(out, make_key(HOST),
                                              password ? EVP_aes_128_cbc() : NULL, password,
                                              password ? (int)strlen(password) : 0, NULL, NULL));
}

/* Each is made once: a copy is the same to the last byte. */
static void put_cert(BIO *out, size_t recipe)
{
    static struct ks_blob *made[sizeof recipes / sizeof recipes[0]];
    if (!made[recipe])
        made[recipe] = make_cert(&recipes[recipe].cert);
    const unsigned char *at = made[recipe]->data;
    X509 *x = d2i_X509(NULL, &at, (long)made[recipe]->len);
    assert_true(x && PEM_write_bio_X509(out, x));
    X509_free(x);
}

/* k: the key of L; the letters above: certificates. */
static struct ks_store *open_pem(const char *letters)
{
    BIO *out = BIO_new(BIO_s_mem());
    for (const char *l = letters; *l; l++) {
        if (*l == 'k')
            put_key(out, NULL);
        if (*l == 's')
            put_key(out, "secret");
        for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++)
            if (recipes[i].letter == *l)
                put_cert(out, i);
    }
    char *text;
    long len = BIO_get_mem_data(out, &text);
    struct ks_store *s = NULL;
    struct ks_error err = {0};
    assert_int_equal(
        ks_open_bytes("server.pem", ks_slice((uint8_t *)text, (size_t)len), NULL, NULL, &s, &err),
        KS_OK);
    BIO_free(out);
    return s;
}

static const struct ks_diagnosed *found(const struct ks_diagnosis *d, const char *id)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->at[i].found.id, id) == 0)
            return &d->at[i];
    return NULL;
}

/* The one finding of the order or of the key that there is; NULL: none. */
static void expect(const char *letters, const char *id, enum ks_severity severity)
{
    static const char *const all[] = {"KEY-CERT-MISMATCH", "KEY-NO-CERTIFICATE",
                                      "CHAIN-OUT-OF-ORDER", "CHAIN-UNRELATED-CERT",
                                      "CHAIN-DUPLICATE-CERT"};
    struct ks_store *s = open_pem(letters);
    struct ks_doctor *doctor = ks_doctor_new();
    struct ks_context context = {.now = MAKE_NOW, .open_keys = true};
    struct ks_diagnosis d = {0};
    struct ks_error err = {0};
    assert_int_equal(ks_diagnose(doctor, s, &context, NULL, &d, &err), KS_OK);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct ks_diagnosed *f = found(&d, all[i]);
        bool wanted = id && strcmp(id, all[i]) == 0;
        if (wanted != (f != NULL) || (f && f->found.severity != severity))
            fail_msg("%s: %s: %s", letters, all[i], f ? f->found.text : "not found");
    }
    ks_diagnosis_drop(&d);
    ks_doctor_free(doctor);
    ks_store_free(s);
}

static void a_file_in_order_is_silent(void **state)
{
    (void)state;
    expect("kLIR", NULL, KS_FINE);
    expect("LIRk", NULL, KS_FINE);
    expect("LIk", NULL, KS_FINE);
    expect("kL", NULL, KS_FINE);
}

static void a_key_that_fits_no_certificate_is_an_error(void **state)
{
    (void)state;
    expect("kMI", "KEY-CERT-MISMATCH", KS_ERROR);
    expect("MIRk", "KEY-CERT-MISMATCH", KS_ERROR);
}

static void a_key_alone_is_a_key_file(void **state)
{
    (void)state;
    expect("k", "KEY-NO-CERTIFICATE", KS_NOTE);
}

/* Nothing is known of a key that does not open. */
static void a_locked_key_is_not_judged(void **state)
{
    (void)state;
    expect("sMI", "KEY-NO-CERTIFICATE", KS_NOTE);
}

static void another_certificate_first_is_an_error(void **state)
{
    (void)state;
    expect("RLIk", "CHAIN-OUT-OF-ORDER", KS_ERROR);
    expect("ILk", "CHAIN-OUT-OF-ORDER", KS_ERROR);
}

static void issuers_in_disorder_are_a_warning(void **state)
{
    (void)state;
    expect("kLRI", "CHAIN-OUT-OF-ORDER", KS_WARNING);
}

static void what_does_not_belong_is_said(void **state)
{
    (void)state;
    expect("kLIRX", "CHAIN-UNRELATED-CERT", KS_WARNING);
    expect("kLIIR", "CHAIN-DUPLICATE-CERT", KS_WARNING);
}

static void a_chain_without_its_key_has_an_order(void **state)
{
    (void)state;
    expect("LIR", NULL, KS_FINE);
    expect("LRI", "CHAIN-OUT-OF-ORDER", KS_WARNING);
    expect("ILR", "CHAIN-OUT-OF-ORDER", KS_ERROR);
}

static void a_bundle_has_none(void **state)
{
    (void)state;
    expect("RIX", NULL, KS_FINE);
    expect("XIR", NULL, KS_FINE);
    expect("XRIL", NULL, KS_FINE);
    expect("ILM", NULL, KS_FINE);
}

static void the_order_is_that_of_the_file(void **state)
{
    (void)state;
    static const char *const names[] = {"root", HOST, "issuing"};
    struct ks_store *s = open_pem("RLkI");
    size_t count;
    const struct ks_cert **all = ks_served(s, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct ks_buf name = KS_BUF_INIT;
        ks_name_label(ks_cert_part(all[i], all[i]->subject), &name);
        assert_string_equal(ks_buf_text(&name), names[i]);
        ks_buf_free(&name);
    }
    free(all);
    ks_store_free(s);
    s = open_pem("kLks");
    assert_null(ks_served(s, &count)); /* several keys */
    ks_store_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_in_order_is_silent),
        cmocka_unit_test(a_key_that_fits_no_certificate_is_an_error),
        cmocka_unit_test(a_key_alone_is_a_key_file),
        cmocka_unit_test(a_locked_key_is_not_judged),
        cmocka_unit_test(another_certificate_first_is_an_error),
        cmocka_unit_test(issuers_in_disorder_are_a_warning),
        cmocka_unit_test(what_does_not_belong_is_said),
        cmocka_unit_test(a_chain_without_its_key_has_an_order),
        cmocka_unit_test(a_bundle_has_none),
        cmocka_unit_test(the_order_is_that_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
