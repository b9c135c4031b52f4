/* Edits made again on top of a file that another program changed meanwhile. */
#include "op_store.h"

static struct ks_blob *root, *other_root, *third_root;

static struct ks_buf file(void)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    op_add_key(s, "server", "changeit");
    op_add_trusted(s, "root", root);
    op_add_trusted(s, "old", other_root);
    struct ks_buf b = op_written(s, s->now);
    ks_store_free(s);
    return b;
}

static struct ks_store *open_file(const struct ks_buf *b)
{
    struct opened o = open_bytes(&ks_format_jks, b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    return o.store;
}

static void rename_in(struct ks_store *s, const char *from, const char *to)
{
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rename(s, op_entry(s, from), to, &plan, NULL), KS_OK);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
}

static void delete_in(struct ks_store *s, const char *alias)
{
    struct ks_plan plan = {0};
    const struct ks_entry *gone = op_entry(s, alias);
    assert_int_equal(ks_op_delete(s, &gone, 1, NULL, 0, &plan, NULL), KS_OK);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
}

/* Other certificates under a name that is there. */
static void replace_in(struct ks_store *s, const char *alias, struct ks_blob *cert)
{
    struct ks_store *from = op_store(&ks_format_jks, "changeit");
    op_add_trusted(from, alias, cert);
    struct ks_plan plan = {0};
    struct ks_copy copy = {.from = from,
                           .entries = (const struct ks_entry *const *)from->now->entries,
                           .count = 1,
                           .clash = KS_CLASH_REPLACE};
    assert_int_equal(ks_op_copy(s, &copy, NULL, &plan, NULL), KS_OK);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    ks_store_free(from);
}

/* mine and theirs from one file; theirs is written and read again after its edits */
struct both {
    struct ks_store *mine, *theirs;
};

static struct both begin(void)
{
    struct ks_buf b = file();
    struct both out = {open_file(&b), open_file(&b)};
    ks_buf_free(&b);
    return out;
}

static struct ks_plan rebased(struct both *b)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    b->theirs = op_reopened(b->theirs, "changeit");
    if (ks_op_rebase(b->mine, b->theirs, NULL, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    assert_writable(b->theirs, plan.result, "changeit");
    return plan;
}

static void end(struct both *b, struct ks_plan *plan)
{
    ks_plan_drop(plan);
    ks_store_free(b->mine);
    ks_store_free(b->theirs);
}

static void edits_of_both_sides_are_kept(void **state)
{
    (void)state;
    struct both b = begin();
    rename_in(b.mine, "server", "web");
    delete_in(b.mine, "old");
    replace_in(b.mine, "mine", third_root);
    replace_in(b.theirs, "theirs", other_root);
    struct ks_plan plan = rebased(&b);
    assert_aliases(plan.result, "web root theirs mine");
    assert_no_remarks(&plan);
    assert_int_equal(plan.result->entries[0]->edited, KS_EDITED_ALIAS);
    assert_ptr_equal(plan.result->entries[0]->pieces[0].raw.data,
                     b.theirs->now->entries[0]->pieces[0].raw.data);
    end(&b, &plan);
}

static void nothing_edited_is_nothing_changed(void **state)
{
    (void)state;
    struct both b = begin();
    delete_in(b.theirs, "old");
    struct ks_plan plan = rebased(&b);
    assert_aliases(plan.result, "server root");
    for (size_t i = 0; i < 2; i++)
        assert_ptr_equal(plan.result->entries[i], b.theirs->now->entries[i]);
    end(&b, &plan);
}

static void what_both_changed_becomes_mine_and_is_said(void **state)
{
    (void)state;
    struct both b = begin();
    replace_in(b.theirs, "root", other_root);
    rename_in(b.mine, "root", "ca");
    struct ks_plan plan = rebased(&b);
    assert_aliases(plan.result, "server ca old");
    assert_remark(&plan, "both-changed", "ca", KS_REMARK_WARNING);
    assert_true(ks_slice_equal(ks_cert_der(&plan.result->entries[1]->chain[0]),
                               ks_blob_slice(root)));
    end(&b, &plan);
}

static void the_same_edit_on_both_sides_is_one(void **state)
{
    (void)state;
    struct both b = begin();
    rename_in(b.theirs, "root", "ca");
    rename_in(b.mine, "root", "ca");
    delete_in(b.theirs, "old");
    delete_in(b.mine, "old");
    struct ks_plan plan = rebased(&b);
    assert_aliases(plan.result, "server ca");
    end(&b, &plan);
}

static void what_they_deleted_and_i_changed_comes_back(void **state)
{
    (void)state;
    struct both b = begin();
    delete_in(b.theirs, "root");
    rename_in(b.mine, "root", "ca");
    struct ks_plan plan = rebased(&b);
    assert_aliases(plan.result, "server old ca");
    assert_remark(&plan, "both-changed", "ca", KS_REMARK_WARNING);
    end(&b, &plan);
}

static void what_they_changed_and_i_deleted_goes(void **state)
{
    (void)state;
    struct both b = begin();
    replace_in(b.theirs, "old", root);
    delete_in(b.mine, "old");
    struct ks_plan plan = rebased(&b);
    assert_aliases(plan.result, "server root");
    assert_remark(&plan, "both-changed", "old", KS_REMARK_WARNING);
    end(&b, &plan);
}

static void a_name_that_both_gave_away_is_mine(void **state)
{
    (void)state;
    struct both b = begin();
    replace_in(b.theirs, "new", other_root);
    replace_in(b.mine, "new", root);
    rename_in(b.mine, "old", "newer");
    replace_in(b.theirs, "newer", root);
    struct ks_plan plan = rebased(&b);
    assert_aliases(plan.result, "server root newer new");
    assert_remark(&plan, "both-changed", "new", KS_REMARK_WARNING);
    assert_remark(&plan, "both-changed", "newer", KS_REMARK_WARNING);
    assert_true(ks_slice_equal(ks_cert_der(&plan.result->entries[3]->chain[0]),
                               ks_blob_slice(root)));
    end(&b, &plan);
}

static void my_new_password_stays_mine(void **state)
{
    (void)state;
    struct both b = begin();
    struct ks_secret *pw = op_secret("mine, new");
    struct ks_plan plan = {0};
    struct ks_passwd how = {.store_password = pw, .all_entries = true};
    assert_int_equal(ks_op_passwd(b.mine, &how, NULL, &plan, NULL), KS_OK);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    assert_int_equal(ks_op_rebase(b.mine, b.theirs, NULL, &plan, NULL), KS_OK);
    assert_true(ks_secret_equal(plan.result->password, pw));
    assert_writable(b.theirs, plan.result, "mine, new");
    ks_plan_apply(&plan);
    assert_true(op_opens(b.theirs, op_entry(b.theirs, "server"), "mine, new"));
    ks_secret_free(pw);
    end(&b, &plan);
}

static void passwd(struct ks_store *s, const char *password)
{
    struct ks_secret *pw = op_secret(password);
    struct ks_passwd how = {.store_password = pw, .all_entries = true};
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_passwd(s, &how, NULL, &plan, NULL), KS_OK);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    ks_secret_free(pw);
}

static void my_keys_get_their_new_password(void **state)
{
    (void)state;
    struct both b = begin();
    passwd(b.theirs, "theirs, new");
    b.theirs = op_reopened(b.theirs, "theirs, new");
    rename_in(b.mine, "server", "web");
    op_add_key(b.mine, "added", "changeit");
    op_add_key(b.mine, "private", "its own");
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rebase(b.mine, b.theirs, NULL, &plan, NULL), KS_OK);
    assert_aliases(plan.result, "web root old added private");
    assert_remark(&plan, "key-password", "private", KS_REMARK_WARNING);
    assert_null(op_remark(&plan, "key-password", "added"));
    assert_null(op_remark(&plan, "both-changed", NULL));
    assert_writable(b.theirs, plan.result, "theirs, new");
    ks_plan_apply(&plan);
    assert_true(op_opens(b.theirs, op_entry(b.theirs, "web"), "theirs, new"));
    assert_true(op_opens(b.theirs, op_entry(b.theirs, "added"), "theirs, new"));
    assert_true(op_opens(b.theirs, op_entry(b.theirs, "private"), "its own"));
    end(&b, &plan);
}

static void append_many(struct ks_store *s, const char *prefix, size_t many)
{
    struct ks_entry **list = ks_version_entries(s->now, many);
    size_t count = s->now->count;
    for (size_t i = 0; i < many; i++) {
        char alias[32];
        (void)snprintf(alias, sizeof alias, "%s%zu", prefix, i);
        list[count + i] = make_entry(KS_KIND_TRUSTED, alias, 0, 1, ks_blob_ref(root));
        list[count + i]->home = s->format;
    }
    ks_store_push(s, ks_version_new("many", list, count + many, ks_secret_ref(s->now->password),
                                    s->now->protection));
}

static void many_edits_are_made_again_in_no_time(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    struct both b = begin();
    append_many(b.theirs, "theirs", MANY);
    append_many(b.mine, "mine", MANY);
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_rebase(b.mine, b.theirs, NULL, &plan, NULL), KS_OK);
    assert_int_equal(plan.result->count, 2 * MANY + 3);
    end(&b, &plan);
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    struct both b = begin();
    rename_in(b.mine, "server", "web");
    struct ks_plan plan = {0};
    struct ks_job *job = ks_job_new();
    ks_job_cancel(job);
    assert_int_equal(ks_op_rebase(b.mine, b.theirs, job, &plan, NULL), KS_ERR_CANCELLED);
    assert_null(plan.result);
    ks_job_free(job);
    end(&b, &plan);
}

static void another_type_is_refused(void **state)
{
    (void)state;
    struct both b = begin();
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    ks_store_free(b.theirs);
    b.theirs = op_reopened(op_store(&ks_format_jceks, "changeit"), "changeit");
    assert_int_equal(ks_op_rebase(b.mine, b.theirs, NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "other-type");
    end(&b, &plan);
}

static int make_certs(void **state)
{
    (void)state;
    root = make_cert(&(struct make_cert){.cn = "root", .ca = true});
    other_root = make_cert(&(struct make_cert){.cn = "other root", .ca = true});
    third_root = make_cert(&(struct make_cert){.cn = "third root", .ca = true});
    return 0;
}

static int drop_certs(void **state)
{
    (void)state;
    ks_blob_unref(root);
    ks_blob_unref(other_root);
    ks_blob_unref(third_root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_of_both_sides_are_kept),
        cmocka_unit_test(nothing_edited_is_nothing_changed),
        cmocka_unit_test(what_both_changed_becomes_mine_and_is_said),
        cmocka_unit_test(the_same_edit_on_both_sides_is_one),
        cmocka_unit_test(what_they_deleted_and_i_changed_comes_back),
        cmocka_unit_test(what_they_changed_and_i_deleted_goes),
        cmocka_unit_test(a_name_that_both_gave_away_is_mine),
        cmocka_unit_test(my_new_password_stays_mine),
        cmocka_unit_test(my_keys_get_their_new_password),
        cmocka_unit_test(many_edits_are_made_again_in_no_time),
        cmocka_unit_test(it_can_be_stopped),
        cmocka_unit_test(another_type_is_refused),
    };
    return cmocka_run_group_tests_name("op_rebase", tests, make_certs, drop_certs);
}
