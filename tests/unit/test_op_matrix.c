/* Every type that is written, converted to every other, written, and read again. */
#include "op_store.h"

static struct ks_blob *root;

/* key "server", trusted "root", secret "aes" where the type has such; as read from a file */
static struct ks_store *sample(const struct ks_format *format)
{
    struct ks_store *s = op_store(format, "changeit");
    op_add_key(s, "server", "changeit");
    if (format->caps & KS_CAP_STORE)
        op_add_trusted(s, "my root", root);
    if (format->caps & KS_CAP_SECRETS)
        op_add_secret(s, "aes", "AES", "changeit");
    return op_reopened(s, "changeit");
}

static struct ks_store *converted(const struct ks_store *from, const struct ks_format *to,
                                  const char *password, struct ks_plan *plan)
{
    struct ks_secret *pw = op_secret(password);
    struct ks_convert how = {.format = to, .path = "converted", .password = pw};
    struct ks_error err = {0};
    if (ks_op_convert(from, &how, NULL, plan, &err) != KS_OK)
        fail_msg("%s to %s: %s", from->format->name, to->name, err.what);
    ks_secret_free(pw);
    return ks_plan_apply(plan);
}

/* What was written is read as the same entries. */
static void check_written(const struct ks_store *s, const char *password)
{
    struct ks_buf bytes = op_written(s, s->now);
    struct opened o = open_bytes(s->format, &bytes, password);
    if (o.rc != KS_OK)
        fail_msg("%s: %s", s->format->name, o.err.what);
    assert_null(ks_items_difference(s->now, o.store->now));
    for (size_t i = 0; s->format->caps & KS_CAP_STORE && i < s->now->count; i++) {
        const struct ks_entry *e = s->now->entries[i];
        const struct ks_entry *back = op_entry(o.store, e->alias);
        uint32_t what = ks_entry_difference(e, back);
        if (back->notes & KS_NOTE_CHAIN_REBUILT) /* PKCS#12 knows no end of a chain */
            what &= ~(uint32_t)KS_DIFF_CHAIN;
        if (what)
            fail_msg("%s: %s differs by %x", s->format->name, e->alias, what);
        if (e->kind == KS_KIND_KEY)
            assert_true(op_opens(o.store, back, password));
    }
    ks_store_free(o.store);
    ks_buf_free(&bytes);
}

static void check_pair(const struct ks_store *from, const struct ks_format *to)
{
    struct ks_plan plan = {0};
    struct ks_store *s = converted(from, to, "another", &plan);
    bool secrets = from->format->caps & KS_CAP_SECRETS;

    if (secrets && !(to->caps & KS_CAP_SECRETS))
        assert_remark(&plan, "type-loss", "aes", KS_REMARK_LOSS);
    else
        assert_int_equal(ks_plan_losses(&plan), 0);
    if (from->format->caps & KS_CAP_DATES && !(to->caps & KS_CAP_DATES))
        assert_remark(&plan, "date-loss", "my root", KS_REMARK_NOTE);
    if (to == &ks_format_pkcs12 && from->now->entries[0]->chain_len == 1 &&
        from->format->caps & KS_CAP_STORE)
        assert_remark(&plan, "chain-rebuilt", "server", KS_REMARK_NOTE);
    assert_int_equal(s->now->count, from->now->count - ks_plan_losses(&plan));
    check_written(s, "another");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void every_type_becomes_every_other(void **state)
{
    (void)state;
    size_t pairs = 0;
    for (size_t i = 0; ks_formats[i]; i++) {
        if (!(ks_formats[i]->caps & KS_CAP_WRITE))
            continue;
        struct ks_store *from = sample(ks_formats[i]);
        for (size_t k = 0; ks_formats[k]; k++)
            if (ks_formats[k]->caps & KS_CAP_WRITE && ++pairs)
                check_pair(from, ks_formats[k]);
        ks_store_free(from);
    }
    assert_true(pairs >= 9);
}

/* A rename, a deletion, a copy in every type, on top of what was read. */
static void every_type_is_edited(void **state)
{
    (void)state;
    for (size_t i = 0; ks_formats[i]; i++) {
        const struct ks_format *format = ks_formats[i];
        if (!(format->caps & KS_CAP_WRITE) || !(format->caps & KS_CAP_STORE))
            continue;
        struct ks_store *s = sample(format), *other = sample(format);
        struct ks_plan plan = {0};
        const struct ks_entry *gone = op_entry(s, "my root");
        assert_int_equal(ks_op_rename(s, op_entry(s, "server"), "web", &plan, NULL), KS_OK);
        ks_plan_apply(&plan);
        ks_plan_drop(&plan);
        assert_int_equal(ks_op_delete(s, &gone, 1, NULL, 0, &plan, NULL), KS_OK);
        ks_plan_apply(&plan);
        ks_plan_drop(&plan);
        struct ks_copy copy = {.from = other,
                               .entries = (const struct ks_entry *const *)other->now->entries,
                               .count = other->now->count,
                               .clash = KS_CLASH_RENAME};
        assert_int_equal(ks_op_copy(s, &copy, NULL, &plan, NULL), KS_OK);
        ks_plan_apply(&plan);
        ks_plan_drop(&plan);
        check_written(s, "changeit");
        ks_store_free(s);
        ks_store_free(other);
    }
}

static void every_type_gets_a_new_password(void **state)
{
    (void)state;
    for (size_t i = 0; ks_formats[i]; i++) {
        const struct ks_format *format = ks_formats[i];
        if (!(format->caps & KS_CAP_WRITE) || !(format->caps & KS_CAP_STORE))
            continue;
        struct ks_store *s = sample(format);
        struct ks_secret *pw = op_secret("new password");
        struct ks_passwd how = {.store_password = pw, .all_entries = true};
        struct ks_plan plan = {0};
        struct ks_error err = {0};
        if (ks_op_passwd(s, &how, NULL, &plan, &err) != KS_OK)
            fail_msg("%s: %s", format->name, err.what);
        assert_int_equal(ks_plan_losses(&plan), 0);
        assert_null(op_remark(&plan, "key-password", NULL));
        ks_plan_apply(&plan);
        ks_plan_drop(&plan);
        check_written(s, "new password");
        ks_secret_free(pw);
        ks_store_free(s);
    }
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
        cmocka_unit_test(every_type_becomes_every_other),
        cmocka_unit_test(every_type_is_edited),
        cmocka_unit_test(every_type_gets_a_new_password),
    };
    return cmocka_run_group_tests_name("op_matrix", tests, make_certs, drop_certs);
}
