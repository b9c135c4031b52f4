/* Copying, merging and converting: what goes over, what is left out, and what is said of it. */
#include "op_store.h"

static struct ks_blob *root, *other_root;

static struct ks_store *empty(const struct ks_format *format, const char *password)
{
    return op_reopened(op_store(format, password), password);
}

/* key "server", trusted "root" */
static struct ks_store *jks(const char *password, const char *key_password)
{
    struct ks_store *s = op_store(&ks_format_jks, password);
    op_add_key(s, "server", key_password);
    op_add_trusted(s, "root", root);
    return op_reopened(s, password);
}

/* key "server", secret "aes", trusted "root" */
static struct ks_store *jceks(const char *password, const char *key_password)
{
    struct ks_store *s = op_store(&ks_format_jceks, password);
    op_add_key(s, "server", key_password);
    op_add_secret(s, "aes", "AES", key_password);
    op_add_trusted(s, "root", root);
    return op_reopened(s, password);
}

struct answers {
    const char *password; /* NULL: leave it out */
    size_t asked;
};

static struct ks_secret *answer(void *ctx, const struct ks_store *store,
                                const struct ks_entry *entry, const struct ks_error *why)
{
    struct answers *a = ctx;
    assert_non_null(store);
    assert_true(entry->key.len > 0);
    assert_int_equal(why->code, KS_ERR_PASSWORD);
    a->asked++;
    return op_secret(a->password);
}

static enum ks_code copy_all(struct ks_store *to, const struct ks_store *from, struct ks_copy how,
                             struct ks_plan *plan, struct ks_error *err)
{
    how.from = from;
    how.entries = (const struct ks_entry *const *)from->now->entries;
    how.count = from->now->count;
    return ks_op_copy(to, &how, NULL, plan, err);
}

static struct ks_plan copied(struct ks_store *to, const struct ks_store *from, struct ks_copy how)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (copy_all(to, from, how, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    return plan;
}

static void drop(struct ks_plan *plan, struct ks_store *a, struct ks_store *b)
{
    ks_plan_drop(plan);
    ks_store_free(a);
    ks_store_free(b);
}

/* ---- between stores of one type ---- */

static void within_a_type_a_key_goes_over_as_it_is(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit"), *to = empty(&ks_format_jks, "changeit");
    struct ks_plan plan = copied(to, from, (struct ks_copy){0});
    assert_aliases(plan.result, "server root");
    assert_no_remarks(&plan);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ks_entry_difference(plan.result->entries[i], from->now->entries[i]), 0);
    assert_int_equal(plan.result->entries[0]->piece_count, 0);
    assert_string_equal(plan.result->label, "copied 2 entries from test.ks");
    assert_writable(to, plan.result, "changeit");
    ks_plan_apply(&plan);
    /* the copy does not need the store that it came from */
    ks_store_free(from);
    assert_true(op_opens(to, op_entry(to, "server"), "changeit"));
    drop(&plan, to, NULL);
}

static void a_key_that_keeps_another_password_is_named(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "its own"), *to = empty(&ks_format_jks, "changeit");
    struct ks_plan plan = copied(to, from, (struct ks_copy){0});
    assert_remark(&plan, "key-password", "server", KS_REMARK_WARNING);
    assert_null(op_remark(&plan, "key-password", "root"));
    drop(&plan, from, to);
    from = jks("first", "first");
    to = empty(&ks_format_jks, "second");
    plan = copied(to, from, (struct ks_copy){0});
    assert_remark(&plan, "key-password", "server", KS_REMARK_WARNING);
    drop(&plan, from, to);
}

static void a_new_password_is_set_on_the_copies(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit"), *to = empty(&ks_format_jks, "target");
    struct ks_secret *pw = op_secret("of the copy");
    struct ks_plan plan = copied(to, from, (struct ks_copy){.new_password = pw});
    assert_remark(&plan, "key-password", "server", KS_REMARK_NOTE);
    ks_plan_apply(&plan);
    assert_true(op_opens(to, op_entry(to, "server"), "of the copy"));
    assert_false(op_opens(to, op_entry(to, "server"), "changeit"));
    ks_secret_free(pw);
    drop(&plan, from, to);
}

/* ---- to another type ---- */

static void keys_are_protected_as_the_target_does(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit"), *to = empty(&ks_format_jceks, "target");
    struct ks_plan plan = copied(to, from, (struct ks_copy){0});
    assert_no_remarks(&plan);
    assert_int_equal(ks_entry_difference(plan.result->entries[0], from->now->entries[0]),
                     KS_DIFF_KEY);
    assert_int_equal(ks_entry_difference(plan.result->entries[1], from->now->entries[1]), 0);
    assert_writable(to, plan.result, "target");
    ks_plan_apply(&plan);
    assert_true(op_opens(to, op_entry(to, "server"), NULL));
    drop(&plan, from, to);
}

static void the_password_of_a_key_is_asked_for_once(void **state)
{
    (void)state;
    struct ks_store *from = jceks("changeit", "its own"), *to = empty(&ks_format_jceks, "target");
    struct ks_secret *pw = op_secret("new one");
    struct answers a = {"its own", 0};
    struct ks_plan plan =
        copied(to, from, (struct ks_copy){.new_password = pw, .passwords = {answer, &a}});
    assert_int_equal(a.asked, 1); /* the second key has the same one */
    assert_int_equal(ks_plan_losses(&plan), 0);
    assert_aliases(plan.result, "server aes root");
    ks_secret_free(pw);
    drop(&plan, from, to);
}

static void a_key_that_is_not_opened_is_a_loss(void **state)
{
    (void)state;
    static const char *const given[] = {NULL, "wrong"};
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *from = jks("changeit", "its own"), *to = empty(&ks_format_jceks, "target");
        struct answers a = {given[i], 0};
        struct ks_plan plan = copied(to, from, (struct ks_copy){.passwords = {answer, &a}});
        assert_int_equal(a.asked, 1);
        assert_remark(&plan, "key-locked", "server", KS_REMARK_LOSS);
        assert_aliases(plan.result, "root");
        drop(&plan, from, to);
    }
}

static void what_the_target_cannot_hold_is_a_loss(void **state)
{
    (void)state;
    struct ks_store *from = jceks("changeit", "changeit"), *to = empty(&ks_format_jks, "changeit");
    struct ks_plan plan = copied(to, from, (struct ks_copy){0});
    assert_aliases(plan.result, "server root");
    assert_remark(&plan, "type-loss", "aes", KS_REMARK_LOSS);
    assert_string_equal(op_remark(&plan, "type-loss", "aes")->text,
                        "aes is left out: JKS holds no secret keys");
    assert_int_equal(ks_plan_losses(&plan), 1);
    drop(&plan, from, to);
}

static void loose_certificates_become_trusted_ones(void **state)
{
    (void)state;
    struct ks_store *from = make_store(
        "bundle.pem", "PEM", 1, make_entry(KS_KIND_CERT, "Example Root", 0, 1, ks_blob_ref(root)));
    struct ks_store *to = empty(&ks_format_jks, "changeit");
    ks_clock_pin(MAKE_NOW);
    struct ks_plan plan = copied(to, from, (struct ks_copy){0});
    ks_clock_pin(KS_TIME_NONE);
    assert_int_equal(plan.result->entries[0]->kind, KS_KIND_TRUSTED);
    assert_int_equal(plan.result->entries[0]->created, MAKE_NOW * 1000);
    assert_string_equal(plan.result->entries[0]->alias, "example root");
    assert_writable(to, plan.result, "changeit");
    drop(&plan, from, to);
}

static void a_certificate_of_another_type_is_a_loss(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 1);
    jks_head(&b, 2, "pgp", 1);
    jks_cert(&b, 2, "PGP", ks_blob_slice(root));
    jks_digest(&b, "changeit");
    struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
    struct ks_store *to = empty(&ks_format_jks, "changeit");
    struct ks_plan plan = copied(to, o.store, (struct ks_copy){0});
    assert_remark(&plan, "type-loss", "pgp", KS_REMARK_LOSS);
    assert_int_equal(plan.result->count, 0);
    ks_buf_free(&b);
    drop(&plan, o.store, to);
}

static void a_target_without_its_password_takes_no_keys(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit");
    struct ks_store *to = op_store(&ks_format_jceks, NULL);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(copy_all(to, from, (struct ks_copy){0}, &plan, &err), KS_ERR_PASSWORD_NEEDED);
    assert_null(plan.result);
    drop(&plan, from, to);
}

/* ---- names that are taken ---- */

static void a_clash_is_asked_about_skipped_replaced_or_renamed(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit");
    struct ks_store *to = op_store(&ks_format_jks, "changeit");
    op_add_trusted(to, "server", other_root);
    op_add_trusted(to, "root", other_root);
    op_add_trusted(to, "last", other_root);
    to = op_reopened(to, "changeit");
    struct ks_plan plan = {0};
    struct ks_error err = {0};

    assert_int_equal(copy_all(to, from, (struct ks_copy){0}, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias-clash");
    assert_non_null(strstr(err.what, "server"));

    plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_SKIP});
    assert_aliases(plan.result, "server root last");
    assert_remark(&plan, "skipped", "server", KS_REMARK_WARNING);
    assert_true(ks_plan_is_empty(&plan));
    assert_string_equal(plan.result->label, "copied nothing from test.ks");
    assert_int_equal(plan.result->entries[0]->kind, KS_KIND_TRUSTED);
    ks_plan_drop(&plan);

    plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_REPLACE});
    assert_aliases(plan.result, "server root last");
    assert_remark(&plan, "replaced", "server", KS_REMARK_NOTE);
    assert_int_equal(plan.result->entries[0]->kind, KS_KIND_KEY);
    assert_int_equal(ks_plan_losses(&plan), 0);
    assert_writable(to, plan.result, "changeit");
    ks_plan_drop(&plan);

    plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_RENAME});
    assert_aliases(plan.result, "server root last server-2 root-2");
    assert_remark(&plan, "alias-clash", "server", KS_REMARK_WARNING);
    drop(&plan, from, to);
}

static void replacing_the_only_copy_of_a_key_is_warned_of(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit");
    struct ks_store *to = op_store(&ks_format_jks, "changeit");
    op_add_key_of(to, "server", "old server", "changeit");
    struct ks_plan plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_REPLACE});
    assert_remark(&plan, "only-copy", "server", KS_REMARK_WARNING);
    assert_int_equal(ks_plan_losses(&plan), 0); /* asked for in so many words */
    drop(&plan, from, to);
}

static void what_is_there_already_is_left_as_it_is(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit"), *to = jks("changeit", "changeit");
    struct ks_plan plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_SKIP});
    assert_true(ks_plan_is_empty(&plan));
    assert_remark(&plan, "skipped", "root", KS_REMARK_NOTE);
    ks_plan_drop(&plan);
    plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_REPLACE});
    assert_remark(&plan, "known", "root", KS_REMARK_NOTE);
    assert_ptr_equal(plan.result->entries[1], to->now->entries[1]);
    drop(&plan, from, to);
}

static void a_copy_is_named_by_what_it_became(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit");
    struct ks_store *to = op_store(&ks_format_jks, "changeit");
    op_add_trusted(to, "server", other_root);
    struct ks_plan plan =
        copied(to, from, (struct ks_copy){.clash = KS_CLASH_RENAME, .skip_known = true});
    assert_string_equal(plan.result->label, "copied 2 entries from test.ks");
    ks_plan_drop(&plan);
    op_add_trusted(to, "ca", root);
    plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_RENAME, .skip_known = true});
    assert_string_equal(plan.result->label, "copied server from test.ks as server-2");
    drop(&plan, from, to);
}

static void several_stores_are_merged_as_one_plan(void **state)
{
    (void)state;
    struct ks_store *a = jks("changeit", "changeit"), *b = op_store(&ks_format_jks, "changeit");
    struct ks_store *to = empty(&ks_format_jks, "changeit");
    op_add_trusted(b, "root", other_root);
    op_add_trusted(b, "again", root);
    const struct ks_store *const from[] = {a, b};
    struct ks_copy copies[2];
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    for (size_t i = 0; i < 2; i++)
        copies[i] = (struct ks_copy){
            .from = from[i],
            .entries = (const struct ks_entry *const *)from[i]->now->entries,
            .count = from[i]->now->count,
            .clash = KS_CLASH_RENAME,
            .skip_known = true,
        };
    if (ks_op_merge(to, copies, 2, NULL, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    assert_aliases(plan.result, "server root root-2");
    assert_remark(&plan, "alias-clash", "root", KS_REMARK_WARNING);
    assert_remark(&plan, "known", "again", KS_REMARK_NOTE);
    assert_string_equal(plan.result->label, "copied 3 entries from 2 keystores");
    assert_writable(to, plan.result, "changeit");
    ks_store_free(b);
    drop(&plan, a, to);
}

/* "Root", "ROOT", "root-2" in a type that tells them apart. */
static struct ks_store *three_cases(void)
{
    struct ks_entry *a = make_entry(KS_KIND_TRUSTED, "Root", 0, 1, ks_blob_ref(root));
    struct ks_entry *b = make_entry(KS_KIND_TRUSTED, "ROOT", 0, 1, ks_blob_ref(other_root));
    struct ks_entry *c = make_entry(KS_KIND_TRUSTED, "root-2", 0, 1, ks_blob_ref(root));
    return make_store("a.bks", "BKS", 3, a, b, c);
}

static void names_that_fold_to_one_are_numbered(void **state)
{
    (void)state;
    static const enum ks_clash ways[] = {KS_CLASH_SKIP, KS_CLASH_REPLACE, KS_CLASH_RENAME};
    for (size_t i = 0; i < 3; i++) {
        struct ks_store *from = three_cases(), *to = empty(&ks_format_jks, "changeit");
        struct ks_plan plan = copied(to, from, (struct ks_copy){.clash = ways[i]});
        assert_aliases(plan.result, "root root-2 root-2-2");
        assert_remark(&plan, "alias-folded", "Root", KS_REMARK_NOTE);
        assert_remark(&plan, "alias-clash", "ROOT", KS_REMARK_WARNING);
        assert_int_equal(ks_plan_losses(&plan), 0);
        drop(&plan, from, to);
    }
}

/* As JKS spells it: a NUL character is C0 80. */
static struct ks_entry *named(const char *shown, const char *raw)
{
    struct ks_entry *plain = make_entry(KS_KIND_TRUSTED, shown, 0, 1, ks_blob_ref(root));
    struct ks_entry_draft d = ks_entry_draft_of(plain);
    d.alias_raw = ks_slice_str(raw);
    struct ks_entry *e = ks_entry_new(&d);
    ks_entry_unref(plain);
    return e;
}

static void a_name_that_is_not_shown_as_it_is_does_not_change_silently(void **state)
{
    (void)state;
    struct ks_entry *nul = named("a\xe2\x90\x80z", "a\xc0\x80z");
    struct ks_entry *symbol = named("b\xe2\x90\x80z", "b\xe2\x90\x80z");
    struct ks_store *from = make_store("a.jks", "JKS", 2, nul, symbol);
    struct ks_store *to = empty(&ks_format_bks, "changeit");
    struct ks_plan plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_RENAME});
    assert_remark(&plan, "alias-changed", "a\xe2\x90\x80z", KS_REMARK_WARNING);
    assert_null(op_remark(&plan, "alias-changed", "b\xe2\x90\x80z"));
    drop(&plan, from, to);
}

static void the_entry_that_java_shows_keeps_its_name(void **state)
{
    (void)state;
    struct ks_entry *hidden =
        make_entry(KS_KIND_TRUSTED, "dup", KS_NOTE_JAVA_REPLACED, 1, ks_blob_ref(root));
    struct ks_entry *shown = make_entry(KS_KIND_TRUSTED, "dup", 0, 1, ks_blob_ref(other_root));
    struct ks_store *from = make_store("a.p12", "PKCS12", 2, hidden, shown);
    struct ks_store *to = empty(&ks_format_jks, "changeit");
    struct ks_plan plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_RENAME});
    assert_aliases(plan.result, "dup-2 dup"); /* in the order they had */
    assert_remark(&plan, "alias-clash", "dup", KS_REMARK_WARNING);
    drop(&plan, from, to);
}

static void many_equal_names_are_numbered_in_no_time(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    struct ks_store *from = ks_store_new("many", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_loading loading = {0};
    for (size_t i = 0; i < MANY; i++)
        ks_loading_add(&loading, make_entry(KS_KIND_TRUSTED, "same", 0, 1, ks_blob_ref(root)));
    ks_loading_finish(&loading, from);
    struct ks_store *to = empty(&ks_format_jks, "changeit");
    struct ks_plan plan = copied(to, from, (struct ks_copy){.clash = KS_CLASH_RENAME});
    assert_int_equal(plan.result->count, MANY);
    assert_string_equal(plan.result->entries[MANY - 1]->alias, "same-20000");
    drop(&plan, from, to);
}

static struct ks_store *pem(const char *text)
{
    struct ks_buf bytes = KS_BUF_INIT;
    ks_buf_str(&bytes, text);
    if (text[0]) {
        unsigned char line[8192];
        ks_buf_str(&bytes, "-----BEGIN CERTIFICATE-----\n");
        (void)EVP_EncodeBlock(line, other_root->data, (int)other_root->len);
        ks_buf_printf(&bytes, "%s\n-----END CERTIFICATE-----\n", (char *)line);
    }
    struct opened o = open_bytes(&ks_format_pem, &bytes, NULL);
    ks_buf_free(&bytes);
    assert_int_equal(o.rc, KS_OK);
    return o.store;
}

static void names_that_a_bundle_does_not_keep_are_said(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool kept;
    } cases[] = {{"a text\n", false}, {"    friendlyName: other\n", true}, {NULL, true}};
    for (size_t i = 0; i < 3; i++) {
        struct ks_store *from = jks("changeit", "changeit");
        struct ks_store *to = cases[i].text ? pem(cases[i].text) : op_store(&ks_format_pem, NULL);
        struct ks_plan plan = copied(to, from, (struct ks_copy){0});
        if (cases[i].kept)
            assert_null(op_remark(&plan, "alias-loss", NULL));
        else
            assert_remark(&plan, "alias-loss", "root", KS_REMARK_WARNING);
        assert_int_equal(ks_plan_losses(&plan), 0);
        drop(&plan, from, to);
    }
}

static void a_name_that_fits_no_line_of_a_bundle_is_said(void **state)
{
    (void)state;
    struct ks_store *from = op_store(&ks_format_jks, "changeit");
    op_add_trusted(from, "two\nlines", root);
    struct ks_store *to = op_store(&ks_format_pem, NULL);
    struct ks_plan plan = copied(to, from, (struct ks_copy){0});
    assert_remark(&plan, "alias-loss", "two\nlines", KS_REMARK_WARNING);
    drop(&plan, from, to);
}

/* ---- merging ---- */

static void what_the_target_has_under_any_name_is_left_out(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit");
    struct ks_store *to = op_store(&ks_format_jks, "changeit");
    op_add_trusted(to, "my ca", root);
    op_add_key_of(to, "web", "server", "changeit");
    to = op_reopened(to, "changeit");
    /* the certificate of the key differs by nothing, as it is made the same way */
    struct ks_plan plan = copied(to, from, (struct ks_copy){.skip_known = true});
    assert_remark(&plan, "known", "root", KS_REMARK_NOTE);
    assert_string_equal(op_remark(&plan, "known", "root")->text,
                        "root is left out: test.ks has it as my ca");
    assert_int_equal(ks_plan_losses(&plan), 0);
    drop(&plan, from, to);
}

/* Whichever comes first: what is replaced is not known by its former certificate. */
static void what_is_replaced_makes_nothing_known(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct ks_store *from = op_store(&ks_format_jks, "changeit");
        struct ks_store *to = op_store(&ks_format_jks, "changeit");
        op_add_trusted(from, turned ? "y" : "x", turned ? root : other_root);
        op_add_trusted(from, turned ? "x" : "y", turned ? other_root : root);
        op_add_trusted(to, "x", root);
        from = op_reopened(from, "changeit");
        to = op_reopened(to, "changeit");
        struct ks_plan plan =
            copied(to, from, (struct ks_copy){.clash = KS_CLASH_REPLACE, .skip_known = true});
        assert_aliases(plan.result, "x y");
        assert_true(ks_slice_equal(ks_cert_der(&plan.result->entries[0]->chain[0]),
                                   ks_blob_slice(other_root)));
        assert_true(
            ks_slice_equal(ks_cert_der(&plan.result->entries[1]->chain[0]), ks_blob_slice(root)));
        assert_null(op_remark(&plan, "known", NULL));
        drop(&plan, from, to);
    }
}

static void new_entries_stand_before_what_hides_the_rest(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JCEKS, 2, 2);
    struct ks_buf object = hex_bytes("aced0005737200036f6c640000000000000001040000787000010203");
    jks_head(&b, 3, "endless", 5);
    ks_buf_slice(&b, buf_slice(&object));
    jks_trusted(&b, "hidden", ks_blob_slice(root));
    jks_digest(&b, "changeit");
    struct opened o = open_bytes(&ks_format_jceks, &b, "changeit");
    struct ks_store *from = jks("changeit", "changeit");
    struct ks_plan plan = copied(o.store, from, (struct ks_copy){0});
    assert_aliases(plan.result, "server root endless");
    assert_writable(o.store, plan.result, "changeit");
    ks_buf_free(&object);
    ks_buf_free(&b);
    drop(&plan, from, o.store);
}

/* ---- new stores ---- */

static void a_new_store_is_empty_private_and_unsaved(void **state)
{
    (void)state;
    struct ks_plan plan = {0};
    struct ks_secret *pw = op_secret("changeit");
    assert_int_equal(ks_op_create("new.jks", &ks_format_jks, pw, KS_PROTECT_LEGACY, &plan, NULL),
                     KS_OK);
    assert_no_remarks(&plan);
    assert_ptr_equal(plan.target, plan.made);
    struct ks_store *s = ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    assert_int_equal(ks_store_count(s), 0);
    assert_int_equal(s->mode, 0600);
    assert_int_equal(ks_store_unsaved(s), 1);
    assert_int_equal(s->now->protection, KS_PROTECT_KEEP); /* JKS has no choice */
    assert_false(ks_store_undo(s));
    assert_writable(s, s->now, "changeit");
    op_add_key(s, "server", "changeit");
    assert_true(op_opens(s, op_entry(s, "server"), NULL));
    ks_store_free(s);
    ks_secret_free(pw);
}

static void a_new_store_needs_a_type_that_is_written_and_a_password(void **state)
{
    (void)state;
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(ks_op_create("a", &ks_format_jks, NULL, KS_PROTECT_KEEP, &plan, &err),
                     KS_ERR_PASSWORD_NEEDED);
    assert_int_equal(ks_op_create("a", &ks_format_der, NULL, KS_PROTECT_KEEP, &plan, &err),
                     KS_ERR_REFUSED);
    assert_null(plan.made);
}

static void passwords_that_make_trouble_are_said(void **state)
{
    (void)state;
    static const struct {
        const struct ks_format *format;
        const char *password, *slug;
    } cases[] = {
        {&ks_format_jks, "12345", "password-short"},
        {&ks_format_jks, "", "password-empty"},
        {&ks_format_jceks, "p\xc3\xa4ssword", "password-ascii"},
        {&ks_format_jks, "p\xc3\xa4ssword", NULL},
        {&ks_format_jks, "123456", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_plan plan = {0};
        struct ks_secret *pw = op_secret(cases[i].password);
        assert_int_equal(ks_op_create("a", cases[i].format, pw, KS_PROTECT_KEEP, &plan, NULL),
                         KS_OK);
        if (cases[i].slug)
            assert_remark(&plan, cases[i].slug, NULL, KS_REMARK_WARNING);
        else
            assert_no_remarks(&plan);
        ks_plan_drop(&plan);
        ks_secret_free(pw);
    }
}

/* ---- convert ---- */

static struct ks_plan converted(const struct ks_store *from, struct ks_convert how)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    how.path = "converted";
    if (ks_op_convert(from, &how, NULL, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    return plan;
}

static void a_converted_store_has_the_entries_and_the_password(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit");
    struct ks_plan plan = converted(from, (struct ks_convert){.format = &ks_format_jceks});
    assert_no_remarks(&plan);
    struct ks_store *s = ks_plan_apply(&plan);
    assert_aliases(s->now, "server root");
    assert_int_equal(s->now->entries[1]->created, from->now->entries[1]->created);
    assert_true(op_opens(s, op_entry(s, "server"), "changeit"));
    assert_writable(s, s->now, "changeit");
    assert_int_equal(ks_store_unsaved(from), 0);
    drop(&plan, from, s);
}

static void what_is_lost_in_converting_can_be_dropped_on_purpose(void **state)
{
    (void)state;
    struct ks_store *from = jceks("changeit", "changeit");
    struct ks_plan plan = converted(from, (struct ks_convert){.format = &ks_format_jks});
    assert_remark(&plan, "type-loss", "aes", KS_REMARK_LOSS);
    ks_plan_drop(&plan);
    const struct ks_entry *gone = op_entry(from, "aes");
    plan = converted(from,
                     (struct ks_convert){.format = &ks_format_jks, .drop = &gone, .drop_count = 1});
    assert_int_equal(ks_plan_losses(&plan), 0);
    assert_aliases(plan.result, "server root");
    drop(&plan, from, NULL);
}

static void keys_get_the_new_password_or_keep_their_own(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "its own");
    struct ks_secret *pw = op_secret("of the new store");
    struct answers a = {"its own", 0};
    for (int keep = 0; keep <= 1; keep++) {
        struct ks_plan plan = converted(from, (struct ks_convert){.format = &ks_format_jceks,
                                                                  .password = pw,
                                                                  .keep_key_passwords = keep,
                                                                  .passwords = {answer, &a}});
        assert_remark(&plan, "key-password", "server", KS_REMARK_NOTE);
        struct ks_store *s = ks_plan_apply(&plan);
        assert_true(op_opens(s, op_entry(s, "server"), keep ? "its own" : "of the new store"));
        drop(&plan, s, NULL);
    }
    assert_int_equal(a.asked, 2);
    ks_secret_free(pw);
    ks_store_free(from);
}

static void converting_to_the_same_type_with_another_password_protects_anew(void **state)
{
    (void)state;
    struct ks_store *from = jks("changeit", "changeit");
    struct ks_secret *pw = op_secret("another");
    struct ks_plan plan =
        converted(from, (struct ks_convert){.format = &ks_format_jks, .password = pw});
    assert_no_remarks(&plan);
    struct ks_store *s = ks_plan_apply(&plan);
    assert_true(op_opens(s, op_entry(s, "server"), "another"));
    assert_false(op_opens(s, op_entry(s, "server"), "changeit"));
    ks_secret_free(pw);
    drop(&plan, from, s);
}

static int make_certs(void **state)
{
    (void)state;
    root = make_cert(&(struct make_cert){.cn = "root", .ca = true});
    other_root = make_cert(&(struct make_cert){.cn = "other root", .ca = true});
    return 0;
}

static int drop_certs(void **state)
{
    (void)state;
    ks_blob_unref(root);
    ks_blob_unref(other_root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_a_type_a_key_goes_over_as_it_is),
        cmocka_unit_test(a_key_that_keeps_another_password_is_named),
        cmocka_unit_test(a_new_password_is_set_on_the_copies),
        cmocka_unit_test(keys_are_protected_as_the_target_does),
        cmocka_unit_test(the_password_of_a_key_is_asked_for_once),
        cmocka_unit_test(a_key_that_is_not_opened_is_a_loss),
        cmocka_unit_test(what_the_target_cannot_hold_is_a_loss),
        cmocka_unit_test(loose_certificates_become_trusted_ones),
        cmocka_unit_test(a_certificate_of_another_type_is_a_loss),
        cmocka_unit_test(a_target_without_its_password_takes_no_keys),
        cmocka_unit_test(a_clash_is_asked_about_skipped_replaced_or_renamed),
        cmocka_unit_test(replacing_the_only_copy_of_a_key_is_warned_of),
        cmocka_unit_test(what_is_there_already_is_left_as_it_is),
        cmocka_unit_test(a_copy_is_named_by_what_it_became),
        cmocka_unit_test(several_stores_are_merged_as_one_plan),
        cmocka_unit_test(names_that_fold_to_one_are_numbered),
        cmocka_unit_test(a_name_that_is_not_shown_as_it_is_does_not_change_silently),
        cmocka_unit_test(the_entry_that_java_shows_keeps_its_name),
        cmocka_unit_test(many_equal_names_are_numbered_in_no_time),
        cmocka_unit_test(what_the_target_has_under_any_name_is_left_out),
        cmocka_unit_test(names_that_a_bundle_does_not_keep_are_said),
        cmocka_unit_test(a_name_that_fits_no_line_of_a_bundle_is_said),
        cmocka_unit_test(what_is_replaced_makes_nothing_known),
        cmocka_unit_test(new_entries_stand_before_what_hides_the_rest),
        cmocka_unit_test(a_new_store_is_empty_private_and_unsaved),
        cmocka_unit_test(a_new_store_needs_a_type_that_is_written_and_a_password),
        cmocka_unit_test(passwords_that_make_trouble_are_said),
        cmocka_unit_test(a_converted_store_has_the_entries_and_the_password),
        cmocka_unit_test(what_is_lost_in_converting_can_be_dropped_on_purpose),
        cmocka_unit_test(keys_get_the_new_password_or_keep_their_own),
        cmocka_unit_test(converting_to_the_same_type_with_another_password_protects_anew),
    };
    return cmocka_run_group_tests_name("op_copy", tests, make_certs, drop_certs);
}
