/* Key pairs from elsewhere: every kind of key, its certificates wherever they are. */
#include "loose.h"
#include "saving.h"

#include "base/crypto.h"
#include "op/import.h"
#include "op/make.h"
#include "x509/cert.h"
#include "x509/dn.h"
#include "x509/keygen.h"
#include "x509/name.h"

#include <openssl/pkcs12.h>

static struct loose_pki *pki;
static struct ks_gather given;

static int set_up_all(void **state)
{
    pki = loose_pki_new();
    return make_dir(state);
}

static int tear_down_all(void **state)
{
    loose_pki_free(pki);
    return remove_dir(state);
}

static int set_up(void **state)
{
    (void)state;
    given = (struct ks_gather){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ks_gather_drop(&given);
    return 0;
}

/* ---- sources ---- */

static struct ks_secret *secret(const char *text)
{
    return text ? ks_secret_new(text, strlen(text)) : NULL;
}

static const char *file_of(const char *name, struct ks_buf *bytes)
{
    const char *path = write_file(in_dir(name), slice_of(bytes));
    ks_buf_wipe_free(bytes);
    return path;
}

static void give_file(const char *path, const char *password)
{
    struct ks_error err = {0};
    struct ks_secret *pw = secret(password);
    if (ks_gather_file(&given, path, pw, NULL, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_secret_free(pw);
}

static const char *cert_file(const char *name, X509 *a, X509 *b)
{
    struct ks_buf pem = KS_BUF_INIT;
    loose_put_cert(a, &pem);
    if (b)
        loose_put_cert(b, &pem);
    return file_of(name, &pem);
}

static const char *key_file(const char *name, EVP_PKEY *key, const char *password)
{
    struct ks_buf pem = KS_BUF_INIT;
    loose_put_key(key, password, &pem);
    return file_of(name, &pem);
}

static const char *p12_file(const char *name, const char *alias, EVP_PKEY *key, X509 *cert)
{
    struct ks_buf out = KS_BUF_INIT;
    STACK_OF(X509) *ca = sk_X509_new_null();
    assert_true(sk_X509_push(ca, pki->root) > 0);
    PKCS12 *p12 = PKCS12_create("changeit", alias, key, cert, ca, 0, 0, 0, 0, 0);
    assert_non_null(p12);
    LOOSE(i2d_PKCS12_bio, p12, &out);
    PKCS12_free(p12);
    sk_X509_free(ca);
    return file_of(name, &out);
}

/* ---- passwords ---- */

struct answers {
    const char *password; /* NULL: nobody knows */
    size_t asked;
};

static struct ks_secret *answer(void *ctx, const struct ks_store *store,
                                const struct ks_entry *entry, const struct ks_error *why)
{
    struct answers *a = ctx;
    (void)store, (void)entry;
    assert_true(why->what[0]);
    a->asked++;
    return secret(a->password);
}

static struct ks_store *new_store(const struct ks_format *format)
{
    struct ks_store *s = ks_store_new("dir/into.ks", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_secret *pw = secret("changeit");
    s->format = format;
    ks_store_set_type(s, format->name);
    ks_store_learn(s, pw);
    ks_secret_free(pw);
    return s;
}

static struct ks_candidates found(const struct ks_store *into, struct answers *answers)
{
    struct ks_candidates c;
    struct ks_error err = {0};
    const struct ks_key_passwords ask = {answer, answers};
    if (ks_import_candidates(into, &given, answers ? &ask : NULL, NULL, &c, &err) != KS_OK)
        fail_msg("%s", err.what);
    return c;
}

static void not_found(struct answers *answers, enum ks_code code, const char *slug)
{
    struct ks_candidates c;
    struct ks_error err = {0};
    const struct ks_key_passwords ask = {answer, answers};
    assert_int_equal(ks_import_candidates(NULL, &given, answers ? &ask : NULL, NULL, &c, &err),
                     code);
    assert_string_equal(err.slug, slug);
    assert_int_equal(c.count, 0);
}

static enum ks_code import(struct ks_store *s, const struct ks_candidate *from, const char *alias,
                           const char *password, struct ks_plan *plan, struct ks_error *err)
{
    struct ks_secret *pw = secret(password);
    const struct ks_import_key key = {.from = from, .alias = alias, .password = pw};
    enum ks_code rc = ks_op_import_keys(s, &key, 1, KS_CLASH_ASK, NULL, plan, err);
    ks_secret_free(pw);
    return rc;
}

/* The key of the entry is this one, under the password. */
static void assert_entry(struct ks_store *s, const char *alias, size_t chain, const char *password)
{
    struct ks_unlocked unlocked;
    struct ks_error err = {0};
    size_t i;
    if (!ks_store_find(s, alias, &i))
        fail_msg("no entry %s", alias);
    const struct ks_entry *e = ks_store_entry(s, i);
    struct ks_secret *pw = secret(password);
    assert_int_equal(e->kind, KS_KIND_KEY);
    assert_int_equal(e->chain_len, chain);
    if (ks_unlock(s, e, pw, NULL, &unlocked, &err) != KS_OK)
        fail_msg("%s", err.what);
    assert_int_equal(unlocked.matches_leaf, 1);
    ks_secret_free(pw);
}

/* Imports the only candidate, and has the store written and read again. */
static void assert_imports(struct answers *answers, size_t chain)
{
    struct ks_store *s = new_store(&ks_format_pkcs12);
    struct ks_candidates c = found(s, answers);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(c.count, 1);
    assert_int_equal(c.at[0].chain_len, chain);
    if (import(s, &c.at[0], "it", NULL, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    ks_candidates_drop(&c);
    ks_gather_drop(&given); /* nothing of it is needed any more */
    assert_entry(s, "it", chain, NULL);
    struct ks_buf bytes = KS_BUF_INIT;
    assert_int_equal(s->format->save(s, s->now, NULL, &bytes, &err), KS_OK);
    struct ks_store *again = NULL;
    struct ks_secret *pw = secret("changeit");
    assert_int_equal(ks_open_bytes("again", slice_of(&bytes), pw, NULL, &again, &err), KS_OK);
    assert_entry(again, "it", chain, NULL);
    ks_secret_free(pw);
    ks_buf_free(&bytes);
    ks_store_free(again);
    ks_store_free(s);
}

/* ---- where keys and certificates are ---- */

static void key_and_certificates_may_be_in_any_files_and_any_order(void **state)
{
    const char *paths[3] = {cert_file("root.pem", pki->root, NULL),
                            key_file("leaf.key", pki->leaf_key, NULL),
                            cert_file("leaf.crt", pki->leaf, NULL)};
    static const size_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        for (size_t k = 0; k < 3; k++)
            give_file(paths[orders[i][k]], NULL);
        assert_imports(NULL, 2);
    }
}

static void one_pem_has_everything(void **state)
{
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_error err = {0};
    (void)state;
    loose_put_cert(pki->root, &pem);
    loose_put_cert(pki->other, &pem);
    loose_put_key(pki->leaf_key, NULL, &pem);
    loose_put_cert(pki->leaf, &pem);
    assert_int_equal(ks_gather_text(&given, "it", slice_of(&pem), NULL, &err), KS_OK);
    ks_buf_wipe_free(&pem);
    assert_imports(NULL, 2);
}

static void a_pkcs12_is_a_source(void **state)
{
    (void)state;
    give_file(p12_file("server.p12", "server", pki->leaf_key, pki->leaf), "changeit");
    assert_imports(NULL, 2);
}

static void a_key_alone_gets_its_chain_from_a_keystore(void **state)
{
    (void)state;
    give_file(key_file("k.pem", pki->leaf_key, NULL), NULL);
    give_file(p12_file("server.p12", "server", pki->leaf_key, pki->leaf), "changeit");
    assert_imports(NULL, 2); /* and is one candidate, not two */
}

/* ---- kinds of keys ---- */

static void keys_in_clear_of_every_kind_are_read(void **state)
{
    struct ks_buf der = KS_BUF_INIT, pem = KS_BUF_INIT;
    X509 *rsa = loose_cert("rsa", pki->rsa_key, NULL, NULL);
    EVP_PKEY *ed = loose_ed_key();
    X509 *ed_cert = loose_cert("ed", ed, NULL, NULL);
    (void)state;
    loose_put_traditional(pki->rsa_key, NULL, NULL, &pem);
    give_file(file_of("rsa.key", &pem), NULL);
    give_file(cert_file("rsa.crt", rsa, NULL), NULL);
    assert_imports(NULL, 1);
    loose_put_traditional(pki->leaf_key, NULL, NULL, &pem);
    give_file(file_of("ec.key", &pem), NULL);
    give_file(cert_file("ec.crt", pki->leaf, pki->root), NULL);
    assert_imports(NULL, 2);
    LOOSE(i2d_PrivateKey_bio, pki->leaf_key, &der);
    give_file(file_of("ec.der", &der), NULL);
    give_file(cert_file("ec.crt", pki->leaf, pki->root), NULL);
    assert_imports(NULL, 2);
    give_file(key_file("ed.key", ed, NULL), NULL);
    give_file(cert_file("ed.crt", ed_cert, NULL), NULL);
    assert_imports(NULL, 1);
    X509_free(ed_cert);
    EVP_PKEY_free(ed);
    X509_free(rsa);
}

static void encrypted_keys_of_every_kind_are_asked_for_once(void **state)
{
    struct ks_buf pem = KS_BUF_INIT;
    struct answers right = {.password = "secret"};
    (void)state;
    give_file(key_file("p8.key", pki->leaf_key, "secret"), NULL);
    give_file(cert_file("ec.crt", pki->leaf, pki->root), NULL);
    assert_imports(&right, 2);
    assert_int_equal(right.asked, 1);
    loose_put_traditional(pki->leaf_key, EVP_aes_256_cbc(), "secret", &pem);
    give_file(file_of("dek.key", &pem), NULL);
    give_file(cert_file("ec.crt", pki->leaf, pki->root), NULL);
    assert_imports(&right, 2);
    assert_int_equal(right.asked, 2);
}

static int pvk_password(char *buf, int size, int rwflag, void *password)
{
    (void)size, (void)rwflag;
    memcpy(buf, password, strlen(password));
    return (int)strlen(password);
}

static void a_pvk_is_a_source(void **state)
{
    struct answers right = {.password = "secret"};
    struct ks_buf file = KS_BUF_INIT;
    X509 *rsa = loose_cert("rsa", pki->rsa_key, NULL, NULL);
    BIO *bio = BIO_new(BIO_s_mem());
    char password[] = "secret";
    (void)state;
    assert_true(ks_crypto_has_legacy()); /* RC4 */
    assert_true(ks_crypto_has_legacy());
    assert_true(i2b_PVK_bio_ex(bio, pki->rsa_key, 2, pvk_password, password, ks_crypto(), NULL) >
                0);
    loose_drain(bio, &file);
    give_file(file_of("code.pvk", &file), NULL);
    give_file(cert_file("code.crt", rsa, NULL), NULL);
    assert_imports(&right, 1);
    X509_free(rsa);
}

static void one_password_opens_several_keys(void **state)
{
    struct answers right = {.password = "secret"};
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_error err = {0};
    (void)state;
    loose_put_key(pki->leaf_key, "secret", &pem);
    loose_put_key(pki->other_key, "secret", &pem);
    loose_put_key(pki->root_key, "secret", &pem);
    assert_int_equal(ks_gather_text(&given, "it", slice_of(&pem), NULL, &err), KS_OK);
    ks_buf_wipe_free(&pem);
    struct ks_candidates c = found(NULL, &right);
    assert_int_equal(c.count, 3);
    assert_int_equal(right.asked, 1);
    ks_candidates_drop(&c);
}

/* ---- what does not open ---- */

static void a_wrong_password_is_an_error(void **state)
{
    struct answers wrong = {.password = "Secret"};
    (void)state;
    give_file(key_file("p8.key", pki->leaf_key, "secret"), NULL);
    not_found(&wrong, KS_ERR_PASSWORD, "wrong-password");
}

static void without_a_password_the_other_keys_are_found(void **state)
{
    struct answers none = {.password = NULL};
    (void)state;
    give_file(key_file("p8.key", pki->leaf_key, "secret"), NULL);
    not_found(&none, KS_ERR_PASSWORD_NEEDED, "password-needed");
    not_found(NULL, KS_ERR_PASSWORD_NEEDED, "password-needed");
    give_file(key_file("clear.key", pki->other_key, NULL), NULL);
    struct ks_candidates c = found(NULL, &none);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.left_out, 1);
    assert_string_equal(c.why.slug, "password-needed");
    ks_candidates_drop(&c);
}

/* The private half of another key: the certificate fits the public one that is written beside it.
 */
static void a_torn_key_is_not_taken(void **state)
{
    (void)state;
    unsigned char *own = NULL, *other = NULL;
    EVP_PKEY *key = loose_ec_key(), *foreign = loose_ec_key();
    PKCS8_PRIV_KEY_INFO *a = EVP_PKEY2PKCS8(key), *b = EVP_PKEY2PKCS8(foreign);
    int len = i2d_PKCS8_PRIV_KEY_INFO(a, &own);
    assert_int_equal(i2d_PKCS8_PRIV_KEY_INFO(b, &other), len);
    memcpy(own + len - 64, other + len - 64, 64); /* a point of P-256 */
    struct ks_buf der = KS_BUF_INIT;
    ks_buf_append(&der, own, (size_t)len);
    give_file(file_of("torn.der", &der), NULL);
    not_found(NULL, KS_ERR_DAMAGED, "key-torn");
    PKCS8_PRIV_KEY_INFO_free(a);
    PKCS8_PRIV_KEY_INFO_free(b);
    OPENSSL_free(own);
    OPENSSL_free(other);
    EVP_PKEY_free(key);
    EVP_PKEY_free(foreign);
}

static void certificates_alone_have_no_key(void **state)
{
    (void)state;
    give_file(cert_file("leaf.crt", pki->leaf, NULL), NULL);
    not_found(NULL, KS_ERR_NOT_FOUND, "no-key");
}

static void a_key_without_its_certificate_is_refused(void **state)
{
    struct ks_store *s = new_store(&ks_format_jks);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    give_file(key_file("k.pem", pki->leaf_key, NULL), NULL);
    give_file(cert_file("other.crt", pki->other, pki->root), NULL);
    struct ks_candidates c = found(s, NULL);
    assert_int_equal(c.at[0].chain_len, 0);
    assert_int_equal(c.certs, 2);
    assert_string_equal(c.at[0].alias, "k");
    assert_int_equal(import(s, &c.at[0], "x", NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "no-certificate");
    assert_non_null(strstr(err.what, "no certificate that was given has its key ("));
    assert_null(plan.result);
    ks_candidates_drop(&c);
    ks_store_free(s);
}

/* ---- what is made ---- */

static void a_self_signed_certificate_is_made_on_request(void **state)
{
    struct ks_store *s = new_store(&ks_format_pkcs12);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct ks_profile profile = {0};
    struct ks_buf dn = KS_BUF_INIT;
    (void)state;
    give_file(key_file("k.pem", pki->leaf_key, NULL), NULL);
    struct ks_candidates c = found(s, NULL);
    assert_int_equal(ks_dn_parse("CN=made,O=Example", &dn, &err), KS_OK);
    ks_profile_from_template(&profile, &ks_templates[0], KS_KEY_EC);
    const struct ks_wanted wanted = {.subject = slice_of(&dn),
                                     .profile = &profile,
                                     .not_before = ks_now(),
                                     .not_after = ks_now() + 100 * KS_DAY};
    const struct ks_import_key key = {.from = &c.at[0], .alias = "made", .self_signed = &wanted};
    if (ks_op_import_keys(s, &key, 1, KS_CLASH_ASK, NULL, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    assert_entry(s, "made", 1, NULL);
    const struct ks_cert *cert = &ks_store_entry(s, 0)->chain[0];
    assert_int_equal(ks_cert_verify(cert, ks_cert_part(cert, cert->spki)), KS_VERDICT_GOOD);
    ks_profile_drop(&profile);
    ks_buf_free(&dn);
    ks_candidates_drop(&c);
    ks_store_free(s);
}

static void a_key_goes_into_every_type_with_a_password_of_its_own_where_that_can_be(void **state)
{
    static const struct ks_format *const formats[] = {
        &ks_format_jks,  &ks_format_jceks, &ks_format_bks, &ks_format_pkcs12,
        &ks_format_uber, &ks_format_bcfks, &ks_format_pem};
    (void)state;
    give_file(key_file("k.pem", pki->leaf_key, NULL), NULL);
    give_file(cert_file("c.pem", pki->leaf, pki->root), NULL);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct ks_store *s = new_store(formats[i]);
        struct ks_candidates c = found(s, NULL);
        struct ks_plan plan = {0};
        struct ks_error err = {0};
        bool own = formats[i]->caps & KS_CAP_ENTRY_PASSWORD;
        if (import(s, &c.at[0], c.at[0].alias, own ? "of its own" : NULL, &plan, &err) != KS_OK)
            fail_msg("%s: %s", formats[i]->name, err.what);
        for (size_t k = 0; k < plan.remark_count; k++)
            assert_string_not_equal(plan.remarks[k].slug, "key-clear");
        (void)ks_plan_apply(&plan);
        ks_plan_drop(&plan);
        assert_int_equal(s->past_count, 1);
        assert_entry(s, "leaf.example", 2, own ? "of its own" : NULL);
        ks_candidates_drop(&c);
        ks_store_free(s);
    }
}

static void names_are_the_files_own_or_the_common_name(void **state)
{
    struct ks_store *s = new_store(&ks_format_jks);
    (void)state;
    give_file(p12_file("a.p12", "My Server", pki->leaf_key, pki->leaf), "changeit");
    give_file(p12_file("b.p12", "my server", pki->other_key, pki->other), "changeit");
    give_file(key_file("root.key", pki->root_key, NULL), NULL);
    struct ks_candidates c = found(s, NULL);
    assert_int_equal(c.count, 3);
    assert_string_equal(c.at[0].alias, "My Server");
    assert_string_equal(c.at[1].alias, "my server-2");
    assert_string_equal(c.at[2].alias, "test-root"); /* its certificate is in the others */
    ks_candidates_drop(&c);
    ks_store_free(s);
}

static void several_are_imported_in_one_step(void **state)
{
    struct ks_store *s = new_store(&ks_format_pkcs12);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    give_file(p12_file("a.p12", "a", pki->leaf_key, pki->leaf), "changeit");
    give_file(p12_file("b.p12", "b", pki->other_key, pki->other), "changeit");
    struct ks_candidates c = found(s, NULL);
    const struct ks_import_key keys[] = {{.from = &c.at[0], .alias = "a"},
                                         {.from = &c.at[1], .alias = "b"}};
    assert_int_equal(ks_op_import_keys(s, keys, 2, KS_CLASH_ASK, NULL, &plan, &err), KS_OK);
    (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    assert_int_equal(ks_store_count(s), 2);
    assert_int_equal(s->past_count, 1);
    assert_int_equal(ks_op_import_keys(s, keys, 2, KS_CLASH_ASK, NULL, &plan, &err),
                     KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias-clash");
    assert_int_equal(ks_op_import_keys(s, keys, 2, KS_CLASH_RENAME, NULL, &plan, &err), KS_OK);
    assert_int_equal(plan.result->count, 4);
    ks_plan_drop(&plan);
    const struct ks_import_key twice[] = {{.from = &c.at[0], .alias = "n"},
                                          {.from = &c.at[1], .alias = "N"}};
    assert_int_equal(ks_op_import_keys(s, twice, 2, KS_CLASH_ASK, NULL, &plan, &err),
                     KS_ERR_REFUSED);
    assert_null(plan.result);
    ks_candidates_drop(&c);
    ks_store_free(s);
}

static void keys_of_one_import_do_not_push_each_other_out(void **state)
{
    static const enum ks_clash clashes[] = {KS_CLASH_REPLACE, KS_CLASH_SKIP, KS_CLASH_RENAME};
    (void)state;
    give_file(p12_file("a.p12", "a", pki->leaf_key, pki->leaf), "changeit");
    give_file(p12_file("b.p12", "b", pki->other_key, pki->other), "changeit");
    for (size_t i = 0; i < sizeof clashes / sizeof clashes[0]; i++) {
        struct ks_store *s = new_store(&ks_format_jks);
        struct ks_candidates c = found(s, NULL);
        struct ks_secret *own = secret("geheim1");
        struct ks_plan plan = {0};
        const struct ks_import_key twice[] = {{.from = &c.at[0], .alias = "n"},
                                              {.from = &c.at[1], .alias = "N", .password = own}};
        assert_int_equal(ks_op_import_keys(s, twice, 2, clashes[i], NULL, &plan, NULL), KS_OK);
        (void)ks_plan_apply(&plan);
        ks_plan_drop(&plan);
        assert_int_equal(ks_store_count(s), 2);
        assert_entry(s, "n", 2, NULL);
        assert_entry(s, "n-2", 1, "geheim1");
        assert_int_equal(ks_op_import_keys(s, twice, 1, clashes[i], NULL, &plan, NULL), KS_OK);
        assert_int_equal(plan.result->count, clashes[i] == KS_CLASH_RENAME ? 3 : 2);
        ks_plan_drop(&plan);
        ks_secret_free(own);
        ks_candidates_drop(&c);
        ks_store_free(s);
    }
}

static void an_incomplete_chain_is_refused_unless_it_is_meant(void **state)
{
    struct ks_store *s = new_store(&ks_format_pkcs12);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    bool said = false;
    (void)state;
    give_file(key_file("k.pem", pki->leaf_key, NULL), NULL);
    give_file(cert_file("c.pem", pki->leaf, NULL), NULL);
    struct ks_candidates c = found(s, NULL);
    assert_false(c.at[0].complete);
    assert_int_equal(import(s, &c.at[0], "x", NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "incomplete");
    assert_non_null(strstr(err.what, "Test Root"));
    const struct ks_import_key key = {.from = &c.at[0], .alias = "x", .incomplete = true};
    assert_int_equal(ks_op_import_keys(s, &key, 1, KS_CLASH_ASK, NULL, &plan, &err), KS_OK);
    for (size_t i = 0; i < plan.remark_count; i++)
        said = said || (strcmp(plan.remarks[i].slug, "chain-incomplete") == 0 &&
                        strstr(plan.remarks[i].text, "Test Root"));
    assert_true(said);
    ks_plan_drop(&plan);
    ks_candidates_drop(&c);
    ks_store_free(s);
}

static void the_commands_hold_no_password(void **state)
{
    struct ks_store *s = new_store(&ks_format_jks);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct ks_buf all = KS_BUF_INIT;
    struct answers right = {.password = "secret-of-key"};
    (void)state;
    give_file(key_file("my key.pem", pki->leaf_key, "secret-of-key"), NULL);
    give_file(cert_file("c.pem", pki->leaf, pki->root), NULL);
    struct ks_candidates c = found(s, &right);
    assert_int_equal(import(s, &c.at[0], "web", NULL, &plan, &err), KS_OK);
    for (size_t i = 0; i < plan.commands.count; i++)
        ks_buf_printf(&all, "%s\n", plan.commands.at[i]);
    assert_non_null(strstr(ks_buf_text(&all), "openssl pkcs12 -export -inkey '/tmp/"));
    assert_non_null(
        strstr(ks_buf_text(&all), "keytool -importkeystore -srckeystore \"$tmp\"/new.p12"));
    assert_null(strstr(ks_buf_text(&all), "secret-of-key"));
    assert_null(strstr(ks_buf_text(&all), "changeit"));
    ks_buf_free(&all);
    ks_plan_drop(&plan);
    ks_candidates_drop(&c);
    ks_store_free(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(key_and_certificates_may_be_in_any_files_and_any_order),
        TEST(one_pem_has_everything),
        TEST(a_pkcs12_is_a_source),
        TEST(a_key_alone_gets_its_chain_from_a_keystore),
        TEST(keys_in_clear_of_every_kind_are_read),
        TEST(encrypted_keys_of_every_kind_are_asked_for_once),
        TEST(a_pvk_is_a_source),
        TEST(one_password_opens_several_keys),
        TEST(a_wrong_password_is_an_error),
        TEST(without_a_password_the_other_keys_are_found),
        TEST(a_torn_key_is_not_taken),
        TEST(certificates_alone_have_no_key),
        TEST(a_key_without_its_certificate_is_refused),
        TEST(a_self_signed_certificate_is_made_on_request),
        TEST(a_key_goes_into_every_type_with_a_password_of_its_own_where_that_can_be),
        TEST(names_are_the_files_own_or_the_common_name),
        TEST(several_are_imported_in_one_step),
        TEST(keys_of_one_import_do_not_push_each_other_out),
        TEST(an_incomplete_chain_is_refused_unless_it_is_meant),
        TEST(the_commands_hold_no_password),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
