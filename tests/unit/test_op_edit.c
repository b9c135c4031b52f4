/* Renaming and deleting: what becomes of the list, what is refused, what is said before. */
#include "op_store.h"

static struct ks_blob *root;

/* key "server", trusted "root", key "other"; as read from a file */
static struct ks_store *sample(void)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    op_add_key(s, "server", "changeit");
    op_add_trusted(s, "root", root);
    op_add_key(s, "other", "changeit");
    return op_reopened(s, "changeit");
}

static void a_plan_changes_nothing_until_it_is_applied(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rename(s, op_entry(s, "server"), "web", &plan, NULL), KS_OK);
    assert_aliases(s->now, "server root other");
    assert_aliases(plan.result, "web root other");
    assert_string_equal(plan.result->label, "renamed server to web");
    assert_no_remarks(&plan);
    assert_null(ks_plan_apply(&plan));
    ks_plan_drop(&plan);
    assert_aliases(s->now, "web root other");
    assert_int_equal(ks_store_unsaved(s), 1);
    assert_writable(s, s->now, "changeit");
    assert_true(ks_store_undo(s));
    assert_aliases(s->now, "server root other");
    ks_store_free(s);
}

static void a_key_that_no_disk_has_is_known(void **state)
{
    (void)state;
    struct ks_store *s = sample(), *other = op_store(&ks_format_pkcs12, "changeit");
    struct ks_plan plan = {0};
    struct ks_copy copy = {.from = s,
                           .entries = (const struct ks_entry *const *)s->now->entries,
                           .count = 1,
                           .clash = KS_CLASH_ASK};
    size_t count;
    assert_false(ks_op_key_is_unsaved(s, op_entry(s, "server")));
    free(ks_op_unsaved_keys(s, NULL, 0, &count));
    assert_int_equal(count, 0);
    assert_int_equal(ks_op_copy(other, &copy, NULL, &plan, NULL), KS_OK);
    assert_null(ks_plan_apply(&plan));
    ks_plan_drop(&plan);
    assert_true(ks_op_key_is_unsaved(other, op_entry(other, "server")));
    const struct ks_entry **keys = ks_op_unsaved_keys(other, NULL, 0, &count);
    assert_int_equal(count, 1);
    assert_ptr_equal(keys[0], op_entry(other, "server"));
    free(keys);
    free(ks_op_unsaved_keys(other, &s, 1, &count)); /* that one has it on disk */
    assert_int_equal(count, 0);
    ks_store_free(other);
    ks_store_free(s);
}

static void a_dropped_plan_leaves_nothing(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    ks_plan_drop(&plan);
    assert_int_equal(ks_op_rename(s, op_entry(s, "server"), "web", &plan, NULL), KS_OK);
    ks_plan_drop(&plan);
    assert_null(plan.result);
    assert_int_equal(ks_store_unsaved(s), 0);
    ks_store_free(s);
}

static void a_renamed_entry_keeps_its_bytes(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rename(s, op_entry(s, "root"), "ca", &plan, NULL), KS_OK);
    const struct ks_entry *was = s->now->entries[1], *is = plan.result->entries[1];
    assert_int_equal(ks_entry_difference(was, is), KS_DIFF_ALIAS);
    assert_int_equal(is->edited, KS_EDITED_ALIAS);
    assert_null(is->alias_raw.data);
    assert_ptr_equal(is->pieces[0].raw.data, was->pieces[0].raw.data);
    assert_ptr_equal(plan.result->entries[0], s->now->entries[0]);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void names_are_folded_as_java_does(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rename(s, op_entry(s, "server"), "WEB-\xc3\x84", &plan, NULL), KS_OK);
    assert_string_equal(plan.result->entries[0]->alias, "web-\xc3\xa4");
    assert_remark(&plan, "alias-folded", "web-\xc3\xa4", KS_REMARK_NOTE);
    assert_writable(s, plan.result, "changeit");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void expect_refusal(struct ks_store *s, const char *from, const char *to, enum ks_code code,
                           const char *slug)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(ks_op_rename(s, op_entry(s, from), to, &plan, &err), code);
    assert_string_equal(err.slug, slug);
    assert_non_null(strstr(err.what, from));
    assert_null(plan.result);
    assert_null(plan.target);
}

static void a_name_that_is_taken_is_refused(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_error err = {0};
    struct ks_plan plan = {0};
    expect_refusal(s, "server", "root", KS_ERR_REFUSED, "alias-clash");
    expect_refusal(s, "server", "ROOT", KS_ERR_REFUSED, "alias-clash");
    assert_int_equal(ks_op_rename(s, op_entry(s, "server"), "root", &plan, &err), KS_ERR_REFUSED);
    assert_non_null(strstr(err.what, "there is another entry root"));
    ks_store_free(s);
}

static void the_name_that_it_has_changes_nothing(void **state)
{
    (void)state;
    static const char *const same[] = {"server", "SERVER"};
    struct ks_store *s = sample();
    for (size_t i = 0; i < 2; i++) {
        struct ks_plan plan = {0};
        assert_int_equal(ks_op_rename(s, op_entry(s, "server"), same[i], &plan, NULL), KS_OK);
        assert_true(ks_plan_is_empty(&plan));
        assert_remark(&plan, "alias-same", "server", KS_REMARK_NOTE);
        ks_plan_drop(&plan);
    }
    ks_store_free(s);
}

static void a_name_that_nobody_can_type_is_said(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rename(s, op_entry(s, "server"), "a\tb", &plan, NULL), KS_OK);
    assert_false(ks_plan_is_empty(&plan));
    assert_remark(&plan, "alias-control", "a\tb", KS_REMARK_WARNING);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void a_long_name_is_cut_in_the_middle_of_what_was_done(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    char name[301] = "begin-";
    memset(name + 6, 'x', 290);
    memcpy(name + 296, "end", 4);
    assert_int_equal(ks_op_rename(s, op_entry(s, "server"), name, &plan, NULL), KS_OK);
    assert_non_null(strstr(plan.result->label, "begin-"));
    assert_non_null(strstr(plan.result->label, "xend"));
    assert_true(strlen(plan.result->label) < 140);
    assert_string_equal(plan.result->entries[0]->alias, name);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    char *name = ks_alloc(65537);
    memset(name, 'a', 65536);
    expect_refusal(s, "server", name, KS_ERR_REFUSED, "alias");
    name[65535] = '\0';
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rename(s, op_entry(s, "server"), name, &plan, NULL), KS_OK);
    assert_writable(s, plan.result, "changeit");
    ks_plan_drop(&plan);
    free(name);
    ks_store_free(s);
}

static void a_name_that_is_no_text_is_refused(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    expect_refusal(s, s->now->entries[0]->alias, "caf\xe9", KS_ERR_USAGE, "alias");
    ks_store_free(s);
}

static void an_empty_name_is_possible_and_said(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rename(s, op_entry(s, "server"), "", &plan, NULL), KS_OK);
    assert_remark(&plan, "alias-empty", "", KS_REMARK_NOTE);
    assert_string_equal(plan.result->label, "renamed server to \"\"");
    assert_writable(s, plan.result, "changeit");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

/* In the file: UPPER, dup (hidden by the next), dup. */
static struct ks_store *odd_names(void)
{
    struct ks_buf b = jks_begin(JKS, 2, 3);
    jks_trusted(&b, "UPPER", ks_blob_slice(root));
    jks_trusted(&b, "dup", ks_blob_slice(root));
    jks_trusted(&b, "dup", ks_blob_slice(root));
    jks_digest(&b, "changeit");
    struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    ks_buf_free(&b);
    return o.store;
}

static void a_name_that_java_cannot_look_up_can_be_folded(void **state)
{
    (void)state;
    struct ks_store *s = odd_names();
    struct ks_plan plan = {0};
    assert_true(s->now->entries[0]->notes & KS_NOTE_ALIAS_UPPER);
    assert_int_equal(ks_op_rename(s, s->now->entries[0], "upper", &plan, NULL), KS_OK);
    assert_false(plan.result->entries[0]->notes & KS_NOTE_ALIAS_UPPER);
    assert_no_remarks(&plan);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void a_hidden_duplicate_comes_to_light_when_the_other_goes(void **state)
{
    (void)state;
    struct ks_store *s = odd_names();
    struct ks_plan plan = {0};
    const struct ks_entry *last = s->now->entries[2];
    assert_true(s->now->entries[1]->notes & KS_NOTE_JAVA_REPLACED);
    assert_int_equal(ks_op_rename(s, last, "other", &plan, NULL), KS_OK);
    assert_false(plan.result->entries[1]->notes & KS_NOTE_JAVA_REPLACED);
    assert_no_remarks(&plan);
    struct ks_diff d = ks_diff(s->now, plan.result, KS_DIFF_BY_ALIAS);
    assert_int_equal(d.same, 2);
    assert_int_equal(d.changed, 1);
    ks_diff_drop(&d);
    ks_plan_drop(&plan);
    assert_int_equal(ks_op_delete(s, &last, 1, NULL, 0, &plan, NULL), KS_OK);
    assert_false(plan.result->entries[1]->notes & KS_NOTE_JAVA_REPLACED);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void an_entry_of_another_store_is_not_found(void **state)
{
    (void)state;
    struct ks_store *s = sample(), *t = sample();
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    const struct ks_entry *stranger = op_entry(t, "root");
    assert_int_equal(ks_op_rename(s, stranger, "x", &plan, &err), KS_ERR_NOT_FOUND);
    assert_int_equal(ks_op_delete(s, &stranger, 1, NULL, 0, &plan, &err), KS_ERR_NOT_FOUND);
    assert_null(plan.result);
    ks_store_free(s);
    ks_store_free(t);
}

static void files_that_are_only_read_are_not_edited(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    s->format = &ks_format_der;
    assert_int_equal(ks_op_rename(s, s->now->entries[0], "x", &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "not-writable");
    ks_store_free(s);
}

static void a_keystore_in_base64_is_not_edited(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    op_add_trusted(s, "root", root);
    struct ks_buf bytes = op_written(s, s->now), text = KS_BUF_INIT;
    uint8_t *base64 = ks_alloc(bytes.len * 2);
    int len = EVP_EncodeBlock(base64, bytes.data, (int)bytes.len);
    ks_buf_append(&text, base64, (size_t)len);
    struct opened o = open_bytes(&ks_format_pem, &text, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_ptr_equal(o.store->format, &ks_format_pkcs12);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(ks_op_rename(o.store, op_entry(o.store, "root"), "x", &plan, &err),
                     KS_ERR_REFUSED);
    assert_non_null(strstr(err.what, "a PKCS12 in base64"));
    free(base64);
    ks_buf_free(&bytes);
    ks_buf_free(&text);
    ks_store_free(o.store);
    ks_store_free(s);
}

/* ---- delete ---- */

static void several_entries_are_deleted_at_once(void **state)
{
    (void)state;
    struct ks_store *s = sample();
    struct ks_plan plan = {0};
    const struct ks_entry *gone[] = {op_entry(s, "other"), op_entry(s, "server")};
    assert_int_equal(ks_op_delete(s, gone, 2, NULL, 0, &plan, NULL), KS_OK);
    assert_aliases(plan.result, "root");
    assert_string_equal(plan.result->label, "deleted 2 entries");
    assert_remark(&plan, "only-copy", "server", KS_REMARK_WARNING);
    assert_remark(&plan, "only-copy", "other", KS_REMARK_WARNING);
    assert_int_equal(ks_plan_losses(&plan), 0); /* other keystores are not known */
    assert_writable(s, plan.result, "changeit");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void the_last_entry_can_be_deleted(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_plan plan = {0};
    op_add_trusted(s, "root", root);
    s = op_reopened(s, "changeit");
    const struct ks_entry *gone = op_entry(s, "root");
    assert_int_equal(ks_op_delete(s, &gone, 1, NULL, 0, &plan, NULL), KS_OK);
    assert_int_equal(plan.result->count, 0);
    assert_no_remarks(&plan);
    assert_writable(s, plan.result, "changeit");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void a_key_that_is_in_another_open_store_is_no_loss(void **state)
{
    (void)state;
    struct ks_store *s = sample(), *t = op_store(&ks_format_jceks, "other password");
    struct ks_plan plan = {0};
    op_add_key_of(t, "a copy", "server", "other password");
    struct ks_store *open[] = {s, t};
    const struct ks_entry *gone[] = {op_entry(s, "server"), op_entry(s, "other")};
    assert_int_equal(ks_op_delete(s, gone, 2, open, 2, &plan, NULL), KS_OK);
    assert_null(op_remark(&plan, "only-copy", "server"));
    assert_remark(&plan, "only-copy", "other", KS_REMARK_LOSS);
    ks_plan_drop(&plan);
    ks_store_free(s);
    ks_store_free(t);
}

static void many_keys_are_deleted_in_no_time(void **state)
{
    (void)state;
    enum { MANY = 40000 };
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_entry **list = ks_alloc_array(MANY, sizeof *list);
    for (size_t i = 0; i < MANY; i++) {
        struct ks_blob *key = ks_blob_copy(ks_slice(&i, sizeof i));
        struct ks_entry_draft d = {.kind = KS_KIND_KEY,
                                   .home = s->format,
                                   .alias = ks_asprintf("k%zu", i),
                                   .key = ks_blob_slice(key),
                                   .key_format = "EncryptedPrivateKeyInfo",
                                   .blobs = &key,
                                   .blob_count = 1};
        list[i] = ks_entry_new(&d);
        ks_blob_unref(key);
    }
    ks_store_push(s, ks_version_new("many", list, MANY, NULL, KS_PROTECT_KEEP));
    struct ks_plan plan = {0};
    const struct ks_entry *const *half = (const struct ks_entry *const *)s->now->entries;
    struct ks_store *open[] = {s};
    assert_int_equal(ks_op_delete(s, half, MANY / 2, open, 1, &plan, NULL), KS_OK);
    assert_int_equal(plan.result->count, MANY / 2);
    assert_int_equal(ks_plan_losses(&plan), MANY / 2);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void what_an_endless_object_hides_goes_with_it(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JCEKS, 2, 2);
    struct ks_buf object = hex_bytes("aced0005737200036f6c640000000000000001040000787000010203");
    jks_head(&b, 3, "endless", 5);
    ks_buf_slice(&b, buf_slice(&object));
    jks_trusted(&b, "hidden", ks_blob_slice(root));
    jks_digest(&b, "changeit");
    struct opened o = open_bytes(&ks_format_jceks, &b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    struct ks_plan plan = {0};
    const struct ks_entry *gone = ks_store_entry(o.store, 0);
    assert_int_equal(ks_op_delete(o.store, &gone, 1, NULL, 0, &plan, NULL), KS_OK);
    assert_remark(&plan, "hidden-loss", "endless", KS_REMARK_LOSS);
    assert_writable(o.store, plan.result, "changeit");
    ks_plan_drop(&plan);
    ks_store_free(o.store);
    ks_buf_free(&object);
    ks_buf_free(&b);
}

static void a_damaged_file_is_said_to_lose_what_could_not_be_read(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 2);
    jks_trusted(&b, "root", ks_blob_slice(root));
    jks_head(&b, 2, "cut", 1);
    struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_true(o.store->notes & KS_STORE_DAMAGED);
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rename(o.store, ks_store_entry(o.store, 0), "ca", &plan, NULL), KS_OK);
    assert_remark(&plan, "damaged", NULL, KS_REMARK_LOSS);
    assert_writable(o.store, plan.result, "changeit");
    ks_plan_drop(&plan);
    ks_store_free(o.store);
    ks_buf_free(&b);
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

static void each_edit_says_how_keytool_would_do_it(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_secret *pw = op_secret("top secret");
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    op_add_key(s, "it's", "changeit");
    const struct ks_entry *e = s->now->entries[0];

    assert_int_equal(ks_op_rename(s, e, "b c", &plan, &err), KS_OK);
    assert_int_equal(plan.commands.count, 1);
    assert_non_null(strstr(plan.commands.at[0], "keytool -changealias -keystore /"));
    assert_non_null(strstr(plan.commands.at[0], " -alias 'it'\\''s' -destalias 'b c'"));
    ks_plan_drop(&plan);
    assert_int_equal(ks_op_delete(s, &e, 1, NULL, 0, &plan, &err), KS_OK);
    assert_non_null(strstr(plan.commands.at[0], "keytool -delete -keystore /"));
    ks_plan_drop(&plan);
    struct ks_passwd passwd = {.store_password = pw, .all_entries = true};
    assert_int_equal(ks_op_passwd(s, &passwd, NULL, &plan, &err), KS_OK);
    assert_non_null(strstr(plan.commands.at[0], "-storepass:env STOREPASS -new:env NEWPASS"));
    for (size_t i = 0; i < plan.commands.count; i++)
        assert_null(strstr(plan.commands.at[i], "top secret"));
    ks_plan_drop(&plan);
    ks_secret_free(pw);
    ks_store_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_changes_nothing_until_it_is_applied),
        cmocka_unit_test(a_key_that_no_disk_has_is_known),
        cmocka_unit_test(a_dropped_plan_leaves_nothing),
        cmocka_unit_test(a_renamed_entry_keeps_its_bytes),
        cmocka_unit_test(names_are_folded_as_java_does),
        cmocka_unit_test(a_name_that_is_taken_is_refused),
        cmocka_unit_test(the_name_that_it_has_changes_nothing),
        cmocka_unit_test(a_name_that_nobody_can_type_is_said),
        cmocka_unit_test(a_long_name_is_cut_in_the_middle_of_what_was_done),
        cmocka_unit_test(a_name_that_is_too_long_is_refused),
        cmocka_unit_test(a_name_that_is_no_text_is_refused),
        cmocka_unit_test(an_empty_name_is_possible_and_said),
        cmocka_unit_test(a_name_that_java_cannot_look_up_can_be_folded),
        cmocka_unit_test(a_hidden_duplicate_comes_to_light_when_the_other_goes),
        cmocka_unit_test(an_entry_of_another_store_is_not_found),
        cmocka_unit_test(files_that_are_only_read_are_not_edited),
        cmocka_unit_test(a_keystore_in_base64_is_not_edited),
        cmocka_unit_test(several_entries_are_deleted_at_once),
        cmocka_unit_test(the_last_entry_can_be_deleted),
        cmocka_unit_test(a_key_that_is_in_another_open_store_is_no_loss),
        cmocka_unit_test(many_keys_are_deleted_in_no_time),
        cmocka_unit_test(what_an_endless_object_hides_goes_with_it),
        cmocka_unit_test(a_damaged_file_is_said_to_lose_what_could_not_be_read),
        cmocka_unit_test(each_edit_says_how_keytool_would_do_it),
    };
    return cmocka_run_group_tests_name("op_edit", tests, make_certs, drop_certs);
}
