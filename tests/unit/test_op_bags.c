/* Copies between PKCS#12 files: a bag goes over with everything that was said of it. */
#include "p12_builder.h"

#include "op_store.h"

#define CSP_NAME "1.3.6.1.4.1.311.17.1"
#define LOCAL_MACHINE "1.3.6.1.4.1.311.17.2"
#define CSP "Microsoft Software Key Storage Provider"

static struct ks_buf real_key(const char *cn)
{
    struct ks_secret *pkcs8 = op_pkcs8(cn);
    struct ks_slice bytes = ks_secret_bytes(pkcs8);
    struct ks_buf out = epki(AES256, "secret", raw(bytes.data, bytes.len));
    ks_secret_free(pkcs8);
    return out;
}

static struct ks_buf real_cert(const char *cn)
{
    struct ks_blob *der = op_cert(cn);
    struct ks_buf out = raw(der->data, der->len);
    ks_blob_unref(der);
    return out;
}

/* As Windows exports a key: numbered, the certificate without a name. */
static struct ks_store *windows(const char *cn)
{
    struct ks_buf key = bag(2, real_key(cn),
                            SET_OF(attr("1.2.840.113549.1.9.21", octets(raw("\1\0\0\0", 4))),
                                   name_attr(cn), attr(CSP_NAME, bmp(CSP, strlen(CSP))),
                                   SEQ(oid(LOCAL_MACHINE), SET_OF(NOTHING))));
    struct ks_buf cert =
        cert_bag(real_cert(cn), SET_OF(attr("1.2.840.113549.1.9.21", octets(raw("\1\0\0\0", 4)))));
    return must_load(pfx(SAFES(clear_safe(BAGS(key)), encrypted_safe(AES256, "secret", BAGS(cert))),
                         mac_of("secret")),
                     "secret");
}

/* A certificate that nothing needs, and one that is trusted. */
static struct ks_store *pool(void)
{
    return must_load(
        pfx(SAFES(clear_safe(
                BAGS(cert_bag(real_cert("spare"), SET_OF(name_attr("spare"))),
                     cert_bag(real_cert("anchor"), SET_OF(name_attr("anchor"), trusted_attr()))))),
            mac_of("secret")),
        "secret");
}

static bool says(struct ks_slice bytes, struct ks_buf what)
{
    bool found = false;
    for (size_t at = 0; !found && at + what.len <= bytes.len; at++)
        found = ks_slice_equal(ks_slice_part(bytes, at, what.len), view(&what));
    ks_buf_free(&what);
    return found;
}

static void assert_attributes(const struct ks_entry *e)
{
    assert_true(e->piece_count > 0);
    assert_true(says(e->pieces[0].raw, attr(CSP_NAME, bmp(CSP, strlen(CSP)))));
    assert_true(says(e->pieces[0].raw, SEQ(oid(LOCAL_MACHINE), SET_OF(NOTHING))));
}

static bool has_number_one(const struct ks_entry *e)
{
    return says(e->pieces[0].raw, attr("1.2.840.113549.1.9.21", octets(raw("\1\0\0\0", 4))));
}

static struct ks_store *copied(struct ks_store *to, struct ks_store *from, struct ks_copy how)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    how.from = from;
    how.entries = (const struct ks_entry *const *)from->now->entries;
    how.count = from->now->count;
    if (ks_op_copy(to, &how, NULL, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    assert_int_equal(ks_plan_losses(&plan), 0);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    ks_store_free(from); /* what was copied needs it no more */
    return op_reopened(to, "secret");
}

static void a_copied_key_keeps_its_attributes(void **state)
{
    (void)state;
    struct ks_store *to =
        copied(op_store(&ks_format_pkcs12, "secret"), windows("one"), (struct ks_copy){0});
    const struct ks_entry *e = op_entry(to, "one");
    assert_attributes(e);
    assert_true(has_number_one(e));
    assert_int_equal(e->created, KS_TIME_NONE);
    assert_int_equal(e->chain_len, 1);
    assert_true(op_opens(to, e, "secret"));
    ks_store_free(to);
}

static void a_key_that_is_protected_anew_keeps_its_attributes(void **state)
{
    (void)state;
    struct ks_secret *other = op_secret("of the key");
    struct ks_store *to = copied(op_store(&ks_format_pkcs12, "secret"), windows("one"),
                                 (struct ks_copy){.new_password = other});
    const struct ks_entry *e = op_entry(to, "one");
    assert_attributes(e);
    assert_true(op_opens(to, e, "of the key"));
    assert_false(op_opens(to, e, "secret"));
    ks_secret_free(other);
    ks_store_free(to);
}

static void keys_of_the_same_number_keep_their_own_certificates(void **state)
{
    (void)state;
    struct ks_store *to = copied(windows("one"), windows("two"), (struct ks_copy){0});
    static const char *const names[] = {"one", "two"};
    for (size_t i = 0; i < 2; i++) {
        const struct ks_entry *e = op_entry(to, names[i]);
        assert_attributes(e);
        assert_int_equal(has_number_one(e), i == 0);
        assert_int_equal(e->chain_len, 1);
        assert_true(op_opens(to, e, "secret")); /* and the key is the certificate's */
    }
    ks_store_free(to);
}

static void a_copy_beside_itself_has_its_own_name(void **state)
{
    (void)state;
    struct ks_store *to =
        copied(windows("one"), windows("one"), (struct ks_copy){.clash = KS_CLASH_RENAME});
    assert_aliases(to->now, "one one-2");
    for (size_t i = 0; i < 2; i++) {
        assert_attributes(ks_store_entry(to, i));
        assert_int_equal(ks_store_entry(to, i)->chain_len, 1);
    }
    ks_store_free(to);
}

static void what_was_not_trusted_stays_so(void **state)
{
    (void)state;
    struct ks_store *to =
        copied(op_store(&ks_format_pkcs12, "secret"), pool(), (struct ks_copy){0});
    assert_int_equal(op_entry(to, "spare")->kind, KS_KIND_CERT);
    assert_int_equal(op_entry(to, "anchor")->kind, KS_KIND_TRUSTED);
    ks_store_free(to);
}

static void what_becomes_trusted_is_said(void **state)
{
    (void)state;
    struct ks_store *from = pool(), *to = op_store(&ks_format_jks, "secret");
    struct ks_plan plan = {0};
    const struct ks_copy how = {.from = from,
                                .entries = (const struct ks_entry *const *)from->now->entries,
                                .count = from->now->count};
    assert_int_equal(ks_op_copy(to, &how, NULL, &plan, NULL), KS_OK);
    assert_remark(&plan, "becomes-trusted", "spare", KS_REMARK_WARNING);
    assert_null(op_remark(&plan, "becomes-trusted", "anchor"));
    ks_plan_drop(&plan);
    ks_store_free(from);
    ks_store_free(to);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copied_key_keeps_its_attributes),
        cmocka_unit_test(a_key_that_is_protected_anew_keeps_its_attributes),
        cmocka_unit_test(keys_of_the_same_number_keep_their_own_certificates),
        cmocka_unit_test(a_copy_beside_itself_has_its_own_name),
        cmocka_unit_test(what_was_not_trusted_stays_so),
        cmocka_unit_test(what_becomes_trusted_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
