/* Passwords of stores and of their keys; secret keys and passphrases that are added. */
#include "op_store.h"

static struct ks_blob *root;

/* key "server" under the store's password, key "own" under one of its own, trusted "root" */
static struct ks_store *sample(const struct ks_format *format)
{
    struct ks_store *s = op_store(format, "changeit");
    op_add_key(s, "server", "changeit");
    op_add_key(s, "own", "its own");
    op_add_trusted(s, "root", root);
    return op_reopened(s, "changeit");
}

struct answers {
    const char *password;
    size_t asked;
};

static struct ks_secret *answer(void *ctx, const struct ks_store *store,
                                const struct ks_entry *entry, const struct ks_error *why)
{
    struct answers *a = ctx;
    assert_non_null(store);
    assert_string_equal(entry->alias, "own");
    assert_string_equal(why->slug, "entry-password");
    a->asked++;
    return op_secret(a->password);
}

static struct ks_plan changed(struct ks_store *s, struct ks_passwd how)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (ks_op_passwd(s, &how, NULL, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    return plan;
}

/* Writes the plan's result and reads it with the new password. */
static struct ks_store *applied(struct ks_store *s, struct ks_plan *plan, const char *password)
{
    ks_plan_apply(plan);
    ks_plan_drop(plan);
    return op_reopened(s, password);
}

static void keys_with_the_password_of_the_store_follow_it(void **state)
{
    (void)state;
    static const struct ks_format *const formats[] = {&ks_format_jks, &ks_format_jceks};
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = sample(formats[i]);
        struct ks_secret *pw = op_secret("new password");
        struct answers a = {"its own", 0};
        struct ks_plan plan =
            changed(s, (struct ks_passwd){.store_password = pw, .passwords = {answer, &a}});
        assert_null(op_remark(&plan, "key-password", "server"));
        assert_remark(&plan, "key-password", "own", KS_REMARK_WARNING);
        assert_null(op_remark(&plan, "key-password", "root"));
        assert_int_equal(a.asked, 0);
        assert_ptr_equal(plan.result->entries[1], s->now->entries[1]);
        assert_string_equal(plan.result->label, "changed the password");
        s = applied(s, &plan, "new password");
        assert_int_equal(s->integrity, KS_INTEGRITY_VERIFIED);
        assert_true(op_opens(s, op_entry(s, "server"), "new password"));
        assert_true(op_opens(s, op_entry(s, "own"), "its own"));
        ks_secret_free(pw);
        ks_store_free(s);
    }
}

static void the_password_that_it_has_changes_nothing(void **state)
{
    (void)state;
    struct ks_store *s = sample(&ks_format_jks);
    struct ks_secret *pw = op_secret("changeit");
    struct ks_plan plan = changed(s, (struct ks_passwd){.store_password = pw});
    assert_true(ks_plan_is_empty(&plan));
    ks_plan_drop(&plan);
    ks_secret_free(pw);
    ks_store_free(s);
}

static void all_keys_can_be_set_to_the_new_password(void **state)
{
    (void)state;
    static const struct ks_format *const formats[] = {&ks_format_jks, &ks_format_jceks};
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = sample(formats[i]);
        struct ks_secret *pw = op_secret("new password");
        struct answers a = {"its own", 0};
        struct ks_plan plan =
            changed(s, (struct ks_passwd){
                           .store_password = pw, .all_entries = true, .passwords = {answer, &a}});
        assert_remark(&plan, "key-password", "own", KS_REMARK_NOTE);
        assert_null(op_remark(&plan, "key-password", "server"));
        assert_int_equal(a.asked, 1);
        assert_int_equal(plan.result->entries[0]->edited, KS_EDITED_KEY);
        s = applied(s, &plan, "new password");
        assert_true(op_opens(s, op_entry(s, "server"), NULL));
        assert_true(op_opens(s, op_entry(s, "own"), "new password"));
        ks_secret_free(pw);
        ks_store_free(s);
    }
}

static void a_key_that_is_not_opened_keeps_its_password(void **state)
{
    (void)state;
    struct ks_store *s = sample(&ks_format_jks);
    struct answers a = {NULL, 0};
    struct ks_plan plan =
        changed(s, (struct ks_passwd){.all_entries = true, .passwords = {answer, &a}});
    assert_remark(&plan, "key-locked", "own", KS_REMARK_LOSS);
    assert_null(op_remark(&plan, "key-locked", "server"));
    assert_ptr_equal(plan.result->entries[1], s->now->entries[1]);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void after_a_change_keys_open_with_the_password_not_yet_saved(void **state)
{
    (void)state;
    struct ks_store *s = sample(&ks_format_jks);
    struct ks_secret *one = op_secret("first new"), *two = op_secret("second new");
    struct answers a = {"its own", 0};
    struct ks_passwd how = {.store_password = one, .all_entries = true, .passwords = {answer, &a}};
    struct ks_plan plan = changed(s, how);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    how.store_password = two;
    how.passwords.ask = NULL;
    plan = changed(s, how);
    assert_no_remarks(&plan);
    s = applied(s, &plan, "second new");
    assert_true(op_opens(s, op_entry(s, "own"), "second new"));
    ks_secret_free(one);
    ks_secret_free(two);
    ks_store_free(s);
}

static void one_key_can_have_its_own(void **state)
{
    (void)state;
    struct ks_store *s = sample(&ks_format_jks);
    struct ks_secret *pw = op_secret("short");
    struct ks_plan plan =
        changed(s, (struct ks_passwd){.entry = op_entry(s, "server"), .entry_password = pw});
    assert_remark(&plan, "key-password", "server", KS_REMARK_NOTE);
    assert_remark(&plan, "password-short", NULL, KS_REMARK_WARNING);
    assert_null(op_remark(&plan, "key-password", "own"));
    assert_string_equal(plan.result->label, "changed the password of server");
    s = applied(s, &plan, "changeit");
    assert_true(op_opens(s, op_entry(s, "server"), "short"));
    assert_false(op_opens(s, op_entry(s, "server"), "changeit"));
    ks_secret_free(pw);
    ks_store_free(s);
}

static void the_one_key_that_is_asked_for_has_to_open(void **state)
{
    (void)state;
    struct ks_store *s = sample(&ks_format_jks);
    struct ks_secret *pw = op_secret("new password");
    struct answers a = {"wrong", 0};
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct ks_passwd how = {
        .entry = op_entry(s, "own"), .entry_password = pw, .passwords = {answer, &a}};
    assert_int_equal(ks_op_passwd(s, &how, NULL, &plan, &err), KS_ERR_PASSWORD);
    assert_null(plan.result);
    how.entry = op_entry(s, "root");
    assert_int_equal(ks_op_passwd(s, &how, NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "no-key");
    ks_secret_free(pw);
    ks_store_free(s);
}

static void the_present_password_has_to_be_known(void **state)
{
    (void)state;
    struct ks_store *s = sample(&ks_format_jks);
    struct ks_buf bytes = op_written(s, s->now);
    struct opened o = open_bytes(&ks_format_jks, &bytes, NULL);
    struct ks_secret *pw = op_secret("new password");
    struct ks_passwd how = {.store_password = pw};
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(ks_op_passwd(o.store, &how, NULL, &plan, &err), KS_ERR_PASSWORD_NEEDED);
    ks_secret_free(pw);
    ks_buf_free(&bytes);
    ks_store_free(o.store);
    ks_store_free(s);
}

/* ---- secret keys and passphrases ---- */

static void a_random_key_of_every_algorithm_is_stored_and_read_back(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jceks, "changeit");
    for (const struct ks_secret_algorithm *a = ks_secret_algorithms; a->name; a++) {
        for (size_t i = 0; i < 6 && a->bits[i]; i++) {
            struct ks_plan plan = {0};
            struct ks_error err = {0};
            char alias[64];
            (void)snprintf(alias, sizeof alias, "%s-%u", a->name, a->bits[i]);
            if (ks_op_make_secret(s, alias, a->name, a->bits[i], NULL, NULL, &plan, &err) != KS_OK)
                fail_msg("%s", err.what);
            assert_remark(&plan, "alias-folded", NULL, KS_REMARK_NOTE);
            ks_plan_apply(&plan);
            ks_plan_drop(&plan);
            const struct ks_entry *e = s->now->entries[s->now->count - 1];
            struct ks_material m;
            assert_int_equal(s->format->reveal(s, e, NULL, NULL, &m, &err), KS_OK);
            assert_string_equal(m.algorithm, a->name);
            size_t bytes = strcmp(a->name, "DESede") == 0 ? 24 : a->bits[i] / 8;
            assert_int_equal(ks_secret_bytes(m.bytes).len, bytes);
            ks_material_drop(&m);
        }
    }
    assert_writable(s, s->now, "changeit");
    ks_store_free(s);
}

static void keys_for_triple_des_have_odd_parity(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jceks, "changeit");
    struct ks_plan plan = {0};
    struct ks_material m;
    assert_int_equal(ks_op_make_secret(s, "k", "desede", 112, NULL, NULL, &plan, NULL), KS_OK);
    assert_int_equal(s->format->reveal(s, plan.result->entries[0], NULL, NULL, &m, NULL), KS_OK);
    struct ks_slice key = ks_secret_bytes(m.bytes);
    for (size_t i = 0; i < key.len; i++)
        assert_int_equal(__builtin_popcount(key.data[i]) % 2, 1);
    assert_memory_equal(key.data, key.data + 16, 8); /* two keys: the third is the first */
    ks_material_drop(&m);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void nonsense_is_refused_with_a_choice(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jceks, "changeit");
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(ks_op_make_secret(s, "k", "ROT13", 8, NULL, NULL, &plan, &err), KS_ERR_USAGE);
    assert_non_null(strstr(err.next, "AES"));
    assert_int_equal(ks_op_make_secret(s, "k", "AES", 512, NULL, NULL, &plan, &err), KS_ERR_USAGE);
    assert_non_null(strstr(err.next, "256, 192, 128"));
    assert_null(plan.result);
    ks_store_free(s);
}

static enum ks_code add_password(struct ks_store *s, const char *alias, struct ks_plan *plan,
                                 struct ks_error *err)
{
    struct ks_material m = {.type = KS_MATERIAL_PASSWORD, .bytes = op_secret("open sesame")};
    enum ks_code rc = ks_op_add_material(s, alias, &m, NULL, NULL, plan, err);
    ks_material_drop(&m);
    return rc;
}

static void a_passphrase_is_stored_as_keytool_stores_it(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jceks, "changeit");
    struct ks_plan plan = {0};
    struct ks_material m;
    assert_int_equal(add_password(s, "db", &plan, NULL), KS_OK);
    assert_no_remarks(&plan);
    assert_string_equal(plan.result->label, "added the password db");
    assert_writable(s, plan.result, "changeit");
    assert_int_equal(s->format->reveal(s, plan.result->entries[0], NULL, NULL, &m, NULL), KS_OK);
    assert_int_equal(m.type, KS_MATERIAL_PASSWORD);
    assert_string_equal(m.algorithm, "PBEWithMD5AndDES");
    assert_int_equal(ks_secret_bytes(m.bytes).len, 11);
    ks_material_drop(&m);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    struct ks_error err = {0};
    assert_int_equal(add_password(s, "DB", &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias-clash");
    ks_store_free(s);
}

static enum ks_code add_key(struct ks_store *s, const char *algorithm, size_t len)
{
    static const uint8_t bytes[64] = {1, 2, 3};
    struct ks_material m = {.type = KS_MATERIAL_SECRET, .bytes = ks_secret_new(bytes, len)};
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    memcpy(m.algorithm, algorithm, strlen(algorithm) + 1);
    enum ks_code rc = ks_op_add_material(s, "given", &m, NULL, NULL, &plan, &err);
    if (rc != KS_OK)
        assert_string_equal(err.slug, "no-size");
    ks_material_drop(&m);
    ks_plan_drop(&plan);
    return rc;
}

static void a_given_key_has_a_length_of_its_algorithm(void **state)
{
    (void)state;
    static const struct {
        const char *algorithm;
        size_t len;
        bool fits;
    } cases[] = {{"AES", 16, true},     {"AES", 15, false},      {"AES", 0, false},
                 {"DESede", 24, true},  {"DESede", 16, false},   {"HmacSHA256", 5, true},
                 {"Blowfish", 9, true}, {"Blowfish", 57, false}, {"HmacSHA256", 0, false}};
    struct ks_store *s = sample(&ks_format_jceks);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(add_key(s, cases[i].algorithm, cases[i].len),
                         cases[i].fits ? KS_OK : KS_ERR_USAGE);
    ks_store_free(s);
}

static void a_type_without_secret_keys_refuses_them(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(add_password(s, "db", &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "type-loss");
    assert_int_equal(ks_op_make_secret(s, "k", "AES", 128, NULL, NULL, &plan, &err),
                     KS_ERR_REFUSED);
    ks_store_free(s);
}

static int make_certs(void **state)
{
    (void)state;
    root = make_cert(&(struct make_cert){.cn = "root", .ca = true});
    return 0;
}

static int drop_certs(void **state)
{
    (void)state;
    ks_blob_unref(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_with_the_password_of_the_store_follow_it),
        cmocka_unit_test(the_password_that_it_has_changes_nothing),
        cmocka_unit_test(all_keys_can_be_set_to_the_new_password),
        cmocka_unit_test(a_key_that_is_not_opened_keeps_its_password),
        cmocka_unit_test(after_a_change_keys_open_with_the_password_not_yet_saved),
        cmocka_unit_test(one_key_can_have_its_own),
        cmocka_unit_test(the_one_key_that_is_asked_for_has_to_open),
        cmocka_unit_test(the_present_password_has_to_be_known),
        cmocka_unit_test(a_random_key_of_every_algorithm_is_stored_and_read_back),
        cmocka_unit_test(keys_for_triple_des_have_odd_parity),
        cmocka_unit_test(nonsense_is_refused_with_a_choice),
        cmocka_unit_test(a_passphrase_is_stored_as_keytool_stores_it),
        cmocka_unit_test(a_given_key_has_a_length_of_its_algorithm),
        cmocka_unit_test(a_type_without_secret_keys_refuses_them),
    };
    return cmocka_run_group_tests_name("op_passwd", tests, make_certs, drop_certs);
}
