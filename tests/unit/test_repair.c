/* Repairs: what a broken chain becomes, and what must stay as it is. */
#include "broken.h"

#include "op/bring.h"
#include "op/repair.h"
#include "store/diff.h"

static struct ks_sources sources;
static struct ks_pool *pool;
static struct ks_context context;
static struct ks_repair_look look;
static struct ks_plan plan;
static struct ks_error err;

static int set_up(void **state)
{
    (void)state;
    sources = (struct ks_sources){0};
    pool = NULL;
    context = (struct ks_context){.now = MAKE_NOW, .open_keys = true};
    look = (struct ks_repair_look){0};
    plan = (struct ks_plan){0};
    err = (struct ks_error){0};
    ks_clock_pin(MAKE_NOW);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ks_repair_look_drop(&look);
    ks_plan_drop(&plan);
    ks_pool_free(pool);
    ks_sources_drop(&sources);
    ks_clock_pin(KS_TIME_NONE);
    return 0;
}

/* ---- repairing ---- */

static void fill(void)
{
    ks_pool_free(pool);
    pool = ks_pool_new();
    ks_sources_fill(&sources, pool, 0);
    context.candidates = pool;
}

static enum ks_code repair_with(struct ks_repair what)
{
    ks_repair_look_drop(&look);
    ks_plan_drop(&plan);
    err = (struct ks_error){0};
    fill();
    what.context = &context;
    return ks_op_repair(&what, NULL, &look, &plan, &err);
}

static enum ks_code repair(struct ks_store *s, const char *alias)
{
    return repair_with((struct ks_repair){.store = s, .entry = alias ? op_entry(s, alias) : NULL});
}

static void must(enum ks_code rc)
{
    if (rc != KS_OK)
        fail_msg("%s: %s", err.slug, err.what);
}

static void assert_refused(enum ks_code rc, const char *slug)
{
    if (rc != KS_ERR_REFUSED || strcmp(err.slug, slug) != 0)
        fail_msg("not %s, but %d %s: %s", slug, rc, err.slug, err.what);
    assert_null(plan.result);
    assert_true(err.what[0]);
}

/* Applied, written, and read again. */
static struct ks_store *carried_out(struct ks_store *s)
{
    assert_null(ks_plan_apply(&plan));
    ks_plan_drop(&plan);
    return op_reopened(s, "changeit");
}

static const struct ks_repair_row *row_of(const char *alias)
{
    for (size_t i = 0; i < look.count; i++)
        if (look.rows[i].entry && strcmp(look.rows[i].entry->alias, alias) == 0)
            return &look.rows[i];
    fail_msg("no row for %s", alias);
    return NULL;
}

static bool has_step(const struct ks_repair_row *row, enum ks_repair_step step)
{
    for (size_t i = 0; i < row->done_count; i++)
        if (row->done[i].step == step)
            return true;
    return false;
}

static void assert_step(const char *alias, enum ks_repair_step step, const char *words)
{
    const struct ks_repair_row *row = row_of(alias);
    struct ks_buf all = KS_BUF_INIT;
    for (size_t i = 0; i < row->done_count; i++) {
        if (row->done[i].step == step && strstr(row->done[i].text, words)) {
            ks_buf_free(&all);
            return;
        }
        ks_buf_printf(&all, "[%s] ", row->done[i].text);
    }
    fail_msg("no step \"%s\" with \"%s\" in %s", ks_repair_step_word(step), words,
             ks_buf_text(&all));
}

static void assert_has(const char *text, const char *words)
{
    if (!text || !strstr(text, words))
        fail_msg("\"%s\" is not in: %s", words, text ? text : "(nothing)");
}

/* The letters of AFTER. */
static void assert_after(const struct ks_repair_row *row, const char *want)
{
    struct ks_buf got = KS_BUF_INIT;
    for (size_t i = 0; i < row->after_count; i++)
        broken_put_letter(&got, row->after[i].cert);
    assert_string_equal(ks_buf_text(&got), want);
    ks_buf_free(&got);
}

/* ---- chains ---- */

enum result { DONE, NOTHING, LACKS };

static const struct row {
    const char *name, *stored, *given;
    enum result jks, p12; /* p12: the others as certificates of the file, in this order */
    const char *want;
} rows[] = {
    {"T1", "L I R", "", NOTHING, NOTHING, "L I R"},
    {"T2", "L I", "R", DONE, DONE, "L I R"},
    {"T3", "L", "I R", DONE, DONE, "L I R"},
    {"T4", "L", "", LACKS, LACKS, "L"},
    {"T5", "D", "R", DONE, DONE, "D R"},
    {"T6", "u 1", "X", LACKS, LACKS, "u 1"},
    {"T7", "L R", "I", DONE, DONE, "L I R"},
    {"T8", "u", "X R 3 1 2", DONE, DONE, "u 1 2 3 R"},
    {"T9", "R I L", "", DONE, NOTHING, "L I R"},
    {"T10", "L R I", "", DONE, NOTHING, "L I R"},
    {"T11", "L L I R R", "", DONE, NOTHING, "L I R"},
    {"T12", "L I R X", "", DONE, NOTHING, "L I R"},
    {"T13", "X L L R I", "", DONE, NOTHING, "L I R"},
    {"T14", "L i R", "I", DONE, DONE, "L I R"},
    {"T15", "L i R", "", DONE, LACKS, "L"},
    {"T16", "L I r", "R", DONE, DONE, "L I R"},
    {"T17", "B I R", "", DONE, DONE, "B"},
    {"T18", "W I R", "", NOTHING, LACKS, "W I R"},
    {"T20", "p a b", "", LACKS, LACKS, "p a b"},
    {"T21", "p", "a q b R", DONE, DONE, "p q R"},
    {"T22", "L E R", "I", DONE, DONE, "L I R"},
    {"T23", "L E R", "", LACKS, LACKS, "L E R"},
    {"T24", "L I e", "R", DONE, DONE, "L I R"},
    {"T25", "L F H", "I R", DONE, DONE, "L I R"},
    {"T26", "L I G", "X R Y", DONE, DONE, "L I G X"},
    {"T27", "L", "F I X R", DONE, DONE, "L I R"},
    {"T29", "j I R", "", NOTHING, NOTHING, "j I R"},
    {"T30", "L C R", "", NOTHING, NOTHING, "L C R"},
    {"T31", "L Z R", "", NOTHING, NOTHING, "L Z R"},
    {"T35", "L c R", "", NOTHING, NOTHING, "L c R"},
    {"T38", "N I R", "", NOTHING, NOTHING, "N I R"},
    {"T38 later", "T I R", "", NOTHING, NOTHING, "T I R"},
    {"T53", "L I R X 0 4 5 6 7 8 9 3", "", DONE, NOTHING, "L I R"},
};

static void assert_result(enum ks_code rc, enum result want, const char *what)
{
    static const char *const slugs[] = {
        [DONE] = "", [NOTHING] = "nothing-to-repair", [LACKS] = "no-repair"};
    if ((want == DONE) != (rc == KS_OK) || strcmp(err.slug, slugs[want]) != 0)
        fail_msg("%s: not \"%s\", but %d %s: %s", what, slugs[want], rc, err.slug, err.what);
}

/* A chain that has been repaired needs no repair, but for what nothing has. */
static void assert_stays(struct ks_store *s, const char *what)
{
    enum ks_code rc = repair(s, "web");
    if (rc == KS_OK)
        fail_msg("%s: repaired once more", what);
}

static void check_row(const struct row *row, const struct ks_format *format, enum result result)
{
    struct ks_store *s = broken_store(format, row->stored);
    char *what = ks_asprintf("%s in %s", row->name, format->name);
    char *before = NULL;
    broken_give(&sources, row->given);
    enum ks_code rc = repair(s, "web");
    assert_result(rc, result, what);
    if (rc == KS_OK) {
        assert_after(row_of("web"), row->want);
        assert_true(ks_entry_difference(op_entry(s, "web"), plan.result->entries[0]) ==
                        KS_DIFF_CHAIN ||
                    strchr("RX", row->stored[0]));
        s = carried_out(s);
        assert_letters_at(op_entry(s, "web"), row->want, what);
        assert_true(op_opens(s, op_entry(s, "web"), "changeit"));
        assert_stays(s, what);
    } else {
        assert_null(plan.result);
        if (format != &ks_format_pkcs12)
            assert_letters_at(op_entry(s, "web"), row->stored, what);
    }
    free(before);
    free(what);
    ks_store_free(s);
    ks_sources_drop(&sources);
}

static void chains_in_a_jks_are_repaired_as_the_catalogue_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_row(&rows[i], &ks_format_jks, rows[i].jks);
}

/* The first is the one with the key: what has none of it in front is not written by any tool. */
static void chains_in_a_pkcs12_are_repaired_as_the_catalogue_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].stored[0] != 'R' && rows[i].stored[0] != 'X')
            check_row(&rows[i], &ks_format_pkcs12, rows[i].p12);
}

static void the_same_is_done_in_every_other_type(void **state)
{
    static const struct ks_format *const formats[] = {
        &ks_format_jceks, &ks_format_bks, &ks_format_uber, &ks_format_bcfks, &ks_format_pem};
    static const struct row row = {"T3", "L", "I R", DONE, DONE, "L I R"};
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        check_row(&row, formats[i], DONE);
}

/* ---- what is said of chains ---- */

static void steps_say_what_is_done_and_where_it_comes_from(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "X R E L L");
    (void)state;
    broken_give(&sources, "I X R");
    must(repair(s, NULL));
    assert_int_equal(look.count, 1);
    assert_int_equal(look.repaired, 1);
    assert_step("web", KS_STEP_DROP_UNRELATED, "drop X");
    assert_step("web", KS_STEP_DROP_DUPLICATE, "drop leaf");
    assert_step("web", KS_STEP_ORDER, "in order");
    assert_step("web", KS_STEP_REPLACE_ISSUER, "expired on 2026-01-01");
    assert_step("web", KS_STEP_REPLACE_ISSUER, "the pasted text, certificate 1 of 3");
    assert_int_equal(row_of("web")->done_count, 4);
    assert_true(row_of("web")->complete);
    assert_null(row_of("web")->missing);
    assert_non_null(row_of("web")->after[1].found);
    assert_int_equal(row_of("web")->after[0].was, 3);
    assert_int_equal(row_of("web")->after[2].was, 1);
    assert_int_equal(row_of("web")->before[0].was, -1);
    ks_store_free(s);
}

static void findings_are_there_before_and_gone_after(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L");
    (void)state;
    broken_give(&sources, "I R");
    must(repair(s, NULL));
    assert_int_equal(ks_diagnosis_worst(&look.before, op_entry(s, "web")), KS_ERROR);
    assert_int_equal(look.after.by_severity[KS_ERROR], 0);
    assert_non_null(look.then);
    assert_step("web", KS_STEP_ADD_ISSUER, "add I from");
    assert_step("web", KS_STEP_ADD_ROOT, "add the root R from");
    ks_store_free(s);
}

/* What a repair adds without being asked is offered as one, although the root stays unknown. */
static void an_issuer_at_hand_is_a_repair_whether_the_root_is_there_or_not(void **state)
{
    static const struct {
        const char *given;
        enum ks_remedy remedy;
    } given[] = {{"I", KS_REMEDY_REPAIR}, {"I R", KS_REMEDY_REPAIR}, {"i X", KS_REMEDY_CHOICE}};
    (void)state;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        struct ks_store *s = broken_store(&ks_format_jks, "L");
        broken_give(&sources, given[i].given);
        assert_int_equal(repair(s, NULL) == KS_OK, given[i].remedy == KS_REMEDY_REPAIR);
        size_t at = 0;
        while (at < look.before.count &&
               strcmp(look.before.at[at].found.id, "CHAIN-MISSING-INTERMEDIATE") != 0)
            at++;
        assert_true(at < look.before.count);
        assert_int_equal(look.before.at[at].remedy, given[i].remedy);
        ks_store_free(s);
        ks_sources_drop(&sources);
    }
}

static void what_is_missing_is_said_with_what_was_rejected(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L");
    (void)state;
    broken_give(&sources, "i R");
    assert_refused(repair(s, NULL), "no-repair");
    assert_has(row_of("web")->missing, "CN=I");
    assert_has(row_of("web")->missing, "key id");
    assert_has(row_of("web")->missing, "rejected, in the pasted text, certificate 1 of 2");
    assert_has(err.what, "Needed");
    assert_int_equal(look.repaired, 0);
    ks_store_free(s);
}

static void what_does_not_fit_stays_unless_the_entry_is_named(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L i R");
    (void)state;
    assert_refused(repair(s, NULL), "no-repair");
    must(repair(s, "web"));
    assert_has(row_of("web")->missing, "CN=I");
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "L");
    ks_store_free(s);
}

static void a_sound_chain_is_left_alone_whatever_else_is_known(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L I R");
    (void)state;
    broken_give(&sources, "F X G Y");
    assert_refused(repair(s, "web"), "nothing-to-repair");
    assert_int_equal(look.count, 0);
    ks_store_free(s);
    s = broken_store(&ks_format_jks, "L I R G"); /* another way to a root is no mistake */
    assert_refused(repair(s, "web"), "nothing-to-repair");
    ks_store_free(s);
}

/* Which roots clients know is not known here. */
static void issuers_that_signed_stay_whatever_else_is_found(void **state)
{
    static const struct row kept[] = {
        {"a root that only clients have", "L F", "I R", DONE, NOTHING, "L F I R"},
        {"a cross certificate, and no root", "L I F", "", LACKS, NOTHING, ""},
        {"a cross certificate, and a root of one", "L I F", "R", DONE, NOTHING, "L I R F"},
        {"a gap", "u 2 3 R", "", LACKS, NOTHING, ""},
        {"a gap, and what is behind it", "u 2 3 R", "1", DONE, NOTHING, "u 1 2 3 R"},
        {"a loop", "p a b X", "", LACKS, NOTHING, ""},
        {"a loop, and the way out", "p a b", "q R", DONE, NOTHING, "p a b q R"},
        {"no CA behind one that holds", "L F R C", "", NOTHING, NOTHING, ""},
        {"for clients only, behind one that holds", "L F R c", "", NOTHING, NOTHING, ""},
        {"no CA before the way to the root", "L C F X", "", DONE, NOTHING, "L F X C"},
        {"for clients only, before the way to the root", "L c F X", "", DONE, NOTHING, "L F X c"},
        {"the issuer has expired", "L F E", "I R", DONE, NOTHING, "L F I R"},
        {"a root that is not of this chain", "L R X", "", LACKS, NOTHING, ""},
        {"what goes on without a root", "u X", "1 2", DONE, NOTHING, "u 1 2 X"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        check_row(&kept[i], &ks_format_jks, kept[i].jks);
}

/* I by R and F by X: who trusts X takes F, and would take I first then. */
static void what_clients_take_is_not_given_up_for_another_way(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L F R C");
    (void)state;
    broken_give(&sources, "I");
    assert_refused(repair(s, NULL), "would-break");
    assert_has(err.what, "OpenSSL, where it trusts X,");
    assert_refused(repair(s, "web"), "would-break");
    ks_store_free(s);
}

static void a_loop_in_a_pkcs12_stays_for_those_that_know_one_of_its_roots(void **state)
{
    struct ks_store *s = broken_store(&ks_format_pkcs12, "p a b");
    (void)state;
    broken_give(&sources, "q R");
    assert_refused(repair(s, NULL), "no-repair");
    assert_has(row_of("web")->missing, "each of them as a root");
    ks_store_free(s);
}

static void a_way_to_a_root_that_is_elsewhere_stays(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L F E R");
    (void)state;
    assert_int_equal(repair(s, NULL), KS_ERR_REFUSED);
    assert_int_equal(repair(s, "web"), KS_ERR_REFUSED);
    assert_null(plan.result);
    ks_store_free(s);
}

static void what_is_put_before_an_issuer_that_signed_does_not_say_otherwise(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L C R");
    (void)state;
    broken_give(&sources, "I");
    must(repair(s, "web"));
    for (size_t i = 0; i < row_of("web")->done_count; i++)
        assert_null(strstr(row_of("web")->done[i].text, "did not sign"));
    assert_true(row_of("web")->complete);
    ks_store_free(s);
}

/* ---- bounds ---- */

static void give_der(struct ks_blob *der)
{
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_error e = {0};
    ks_pem_write("CERTIFICATE", ks_blob_slice(der), &pem);
    must(ks_sources_text(&sources, ks_slice(pem.data, pem.len), NULL, &e));
    ks_buf_free(&pem);
    ks_blob_unref(der);
}

/* Each issued the one before, and the last is a root. */
static void make_levels(struct ks_blob **blobs, size_t count)
{
    char names[32][32];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof names[i], "level%zu", i + 1);
        blobs[i] = make_cert(&(struct make_cert){.cn = i ? names[i - 1] : "leaf",
                                                 .issuer = i + 1 < count ? names[i] : NULL,
                                                 .san = i ? NULL : "DNS:leaf.example",
                                                 .ca = i > 0});
    }
}

static struct ks_store *store_with(struct ks_blob *const *blobs, size_t count)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_entry *key = broken_entry(s, "web", "leaf", "changeit", "S");
    struct ks_cert certs[32];
    const struct ks_cert *chain[32];
    for (size_t i = 0; i < count; i++) {
        assert_true(ks_cert_skim(ks_blob_slice(blobs[i]), &certs[i]));
        chain[i] = &certs[i];
    }
    op_append(s, ks_bring_with_chain(key, chain, count));
    ks_entry_unref(key);
    return op_reopened(s, "changeit");
}

/* `last_first`: the root stands before the leaf. */
static struct ks_store *store_of_length(size_t count, bool last_first)
{
    struct ks_blob *blobs[32], *turned[32];
    make_levels(blobs, count);
    for (size_t i = 0; i < count; i++)
        turned[(i + last_first) % count] = blobs[i];
    struct ks_store *s = store_with(turned, count);
    for (size_t i = 0; i < count; i++)
        ks_blob_unref(blobs[i]);
    return s;
}

static void a_chain_that_is_too_long_to_follow_stays_as_it_is(void **state)
{
    static const size_t lengths[] = {18, 24};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct ks_store *s = store_of_length(lengths[i], false);
        assert_refused(repair(s, NULL), "no-repair");
        assert_has(row_of("web")->missing, "longer than 15 issuers");
        assert_refused(repair(s, "web"), "no-repair");
        ks_store_free(s);
    }
}

/* The leaf comes first, and not one of them is lost. */
static void a_chain_that_is_too_long_to_follow_is_ordered_whole(void **state)
{
    struct ks_store *s = store_of_length(24, true);
    (void)state;
    must(repair(s, NULL));
    const struct ks_repair_row *row = row_of("web");
    assert_int_equal(row->after_count, 24);
    assert_false(row->complete);
    for (size_t i = 0; i < KS_PATH_MAX; i++)
        assert_true(ks_cert_same(row->after[i].cert, &op_entry(s, "web")->chain[i + 1]));
    for (size_t i = 0; i < 24; i++)
        assert_int_equal(row->before[i].was < 0, false);
    ks_store_free(s);
}

/* The candidates go on beyond the bound: nobody knows that X is of no use. */
static void a_search_that_stopped_at_its_bound_takes_nothing_away(void **state)
{
    struct ks_blob *blobs[24];
    (void)state;
    make_levels(blobs, 24);
    for (size_t i = 1; i < 24; i++)
        give_der(ks_blob_ref(blobs[i]));
    struct ks_store *s =
        store_with((struct ks_blob *[]){blobs[0], broken_cert('X'), blobs[1]}, 3);
    assert_refused(repair(s, NULL), "no-repair");
    assert_true(look.before.cut);
    assert_has(row_of("web")->missing, "longer than 15 issuers");
    assert_refused(repair(s, "web"), "no-repair");
    ks_store_free(s);
    s = store_with((struct ks_blob *[]){broken_cert('X'), blobs[0], blobs[1]}, 3);
    must(repair(s, NULL));
    const struct ks_repair_row *row = row_of("web");
    assert_int_equal(row->after_count, 3);
    assert_true(ks_slice_equal(ks_cert_der(row->after[0].cert), ks_blob_slice(blobs[0])));
    ks_store_free(s);
    for (size_t i = 0; i < 24; i++)
        ks_blob_unref(blobs[i]);
}

/* ---- choices ---- */

static void only_the_entry_that_is_named_changes(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    broken_add_key(s, "web", "L");
    broken_add_key(s, "other", "D");
    s = op_reopened(s, "changeit");
    broken_give(&sources, "I R");
    must(repair(s, "web"));
    assert_ptr_equal(plan.result->entries[1], op_entry(s, "other"));
    must(repair(s, NULL));
    assert_int_equal(look.repaired, 2);
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "L I R");
    assert_letters(op_entry(s, "other"), "D R");
    ks_store_free(s);
}

static void the_root_is_left_out_on_request_but_never_taken_away(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L");
    (void)state;
    broken_give(&sources, "I R");
    must(repair_with((struct ks_repair){.store = s, .leave_root = true}));
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "L I");
    assert_refused(repair_with((struct ks_repair){.store = s, .leave_root = true}),
                   "nothing-to-repair");
    ks_store_free(s);
    s = broken_store(&ks_format_jks, "L L I R");
    must(repair_with((struct ks_repair){.store = s, .leave_root = true}));
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "L I R");
    ks_store_free(s);
}

static void extras_are_kept_behind_the_chain_on_request(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "X L R");
    (void)state;
    broken_give(&sources, "I");
    must(repair_with((struct ks_repair){.store = s, .keep_extras = true}));
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "L I R X");
    ks_store_free(s);
}

static void of_several_chains_one_can_be_chosen(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L");
    (void)state;
    broken_give(&sources, "F I X R");
    must(repair(s, "web"));
    assert_int_equal(row_of("web")->choices, 2);
    assert_non_null(row_of("web")->why);
    must(repair_with((struct ks_repair){.store = s, .entry = op_entry(s, "web"), .choice = 1}));
    assert_after(row_of("web"), "L F X");
    assert_int_equal(
        repair_with((struct ks_repair){.store = s, .entry = op_entry(s, "web"), .choice = 2}),
        KS_ERR_USAGE);
    assert_string_equal(err.slug, "no-such-choice");
    ks_store_free(s);
}

/* ---- what a PKCS#12 needs beside ---- */

static void an_issuer_that_java_mistakes_goes_with_the_chain(void **state)
{
    struct ks_store *s = broken_store(&ks_format_pkcs12, "m o n R");
    (void)state;
    assert_letters(op_entry(s, "web"), "m o R"); /* Java's choice: the first of the name */
    must(repair(s, NULL));
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "m n R");
    ks_store_free(s);
}

static void what_is_in_the_way_of_a_chain_is_moved_when_the_entry_is_named(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    broken_add_key(s, "web", "m");
    broken_add_trusted(s, "other ca", 'o');
    broken_add_trusted(s, "the root", 'R');
    s = op_reopened(s, "changeit");
    broken_give(&sources, "n");
    assert_refused(repair(s, NULL), "no-repair");
    assert_has(row_of("web")->missing, "name the entry");
    must(repair(s, "web"));
    assert_true(has_step(row_of("web"), KS_STEP_REWRITE));
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "m n R");
    assert_letters(op_entry(s, "other ca"), "o");
    assert_int_equal(ks_store_count(s), 3);
    ks_store_free(s);
}

static void a_chain_that_java_would_not_find_is_not_written(void **state)
{
    struct ks_store *s = broken_store(&ks_format_pkcs12, "W I R");
    (void)state;
    assert_letters(op_entry(s, "web"), "W");
    assert_refused(repair(s, "web"), "no-repair");
    assert_has(row_of("web")->missing, "JKS");
    ks_store_free(s);
}

static void a_trusted_issuer_in_a_pkcs12_completes_chains_by_itself(void **state)
{
    static const struct ks_format *const formats[] = {&ks_format_jks, &ks_format_pkcs12};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = op_store(formats[i], "changeit");
        broken_add_key(s, "web", "L");
        broken_add_trusted(s, "i", 'I');
        broken_add_trusted(s, "r", 'R');
        s = op_reopened(s, "changeit");
        enum ks_code rc = repair(s, NULL);
        if (formats[i] == &ks_format_pkcs12) {
            assert_refused(rc, "nothing-to-repair");
        } else {
            must(rc);
            assert_step("web", KS_STEP_ADD_ISSUER, "this keystore \xe2\x80\xba i");
            s = carried_out(s);
            assert_int_equal(ks_store_count(s), 3);
        }
        assert_letters(op_entry(s, "web"), "L I R");
        ks_store_free(s);
    }
}

/* An issuer without a key id of its own is taken for all leaves of that name: what mends one chain
 * would break the other. */
static void what_would_break_another_chain_is_refused(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    broken_add_key(s, "web", "L n R");
    op_append(s, broken_entry(s, "other", "another leaf", "changeit", "x"));
    s = op_reopened(s, "changeit");
    assert_letters(op_entry(s, "web"), "L n R");
    broken_give(&sources, "o");
    assert_refused(repair(s, "other"), "would-break");
    assert_has(err.what, "web");
    assert_refused(repair(s, NULL), "would-break");
    ks_store_free(s);
}

/* ---- replies ---- */

/* A key pair with this chain, and these trusted certificates: V is "tv". */
static struct ks_store *with_trusted(const struct ks_format *format, const char *chain,
                                     const char *letters)
{
    struct ks_store *s = op_store(format, "changeit");
    if (chain[0])
        broken_add_key(s, "web", chain);
    for (; *letters; letters++)
        if (*letters != ' ')
            broken_add_trusted(s, (char[]){'t', (char)(*letters | 0x20), 0}, *letters);
    return op_reopened(s, "changeit");
}

static bool has_entry(const struct ks_store *s, const char *alias)
{
    size_t at;
    return ks_store_find(s, alias, &at);
}

/* T43, M1 */
static void a_misplaced_reply_is_moved_to_its_key(void **state)
{
    static const struct ks_format *const formats[] = {&ks_format_jks, &ks_format_pkcs12};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = with_trusted(formats[i], "S", "V I R");
        must(repair(s, NULL));
        assert_step("web", KS_STEP_INSTALL_REPLY, "this keystore \xe2\x80\xba tv");
        assert_step("web", KS_STEP_REMOVE_LEFTOVER, "tv");
        assert_after(row_of("web"), "V I R");
        s = carried_out(s);
        assert_letters(op_entry(s, "web"), "V I R");
        assert_true(op_opens(s, op_entry(s, "web"), "changeit"));
        assert_false(has_entry(s, "tv"));
        assert_true(has_entry(s, "ti") && has_entry(s, "tr"));
        assert_refused(repair(s, NULL), "nothing-to-repair");
        ks_store_free(s);
    }
}

static void the_leftover_stays_on_request(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "S", "V I R");
    (void)state;
    must(repair_with((struct ks_repair){.store = s, .keep_leftover = true}));
    assert_false(has_step(row_of("web"), KS_STEP_REMOVE_LEFTOVER));
    s = carried_out(s);
    assert_true(has_entry(s, "tv"));
    assert_letters(op_entry(s, "web"), "V I R");
    ks_store_free(s);
}

static void a_misplaced_reply_that_is_named_means_its_key_pair(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "S", "V I R");
    (void)state;
    must(repair(s, "tv"));
    assert_int_equal(look.count, 1);
    assert_true(has_step(row_of("web"), KS_STEP_INSTALL_REPLY));
    ks_store_free(s);
}

static void only_the_entries_that_are_meant_change(void **state)
{
    static const bool only[] = {true, false, false, false};
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    broken_add_key(s, "web", "L");
    broken_add_key(s, "other", "D");
    broken_add_trusted(s, "again", 'X');
    broken_add_trusted(s, "twice", 'X');
    s = op_reopened(s, "changeit");
    broken_give(&sources, "I R");
    must(repair_with((struct ks_repair){.store = s, .only = only}));
    assert_int_equal(look.repaired, 1);
    assert_after(row_of("web"), "L I R");
    assert_ptr_equal(plan.result->entries[1], op_entry(s, "other"));
    s = carried_out(s);
    assert_letters(op_entry(s, "other"), "D");
    assert_true(has_entry(s, "again") && has_entry(s, "twice"));
    assert_refused(repair_with((struct ks_repair){.store = s, .only = only}), "nothing-to-repair");
    assert_non_null(strstr(err.what, "what was chosen"));
    ks_store_free(s);
}

/* The key pair is meant by its reply. */
static void what_is_meant_means_what_belongs_to_it(void **state)
{
    static const bool reply[] = {false, true, false, false};
    struct ks_store *s = with_trusted(&ks_format_jks, "S", "V I R");
    (void)state;
    must(repair_with((struct ks_repair){.store = s, .only = reply}));
    assert_after(row_of("web"), "V I R");
    assert_step("web", KS_STEP_REMOVE_LEFTOVER, "tv");
    ks_store_free(s);
}

/* T44, M4 */
static void a_reply_among_the_candidates_is_installed(void **state)
{
    struct ks_store *s = broken_store(&ks_format_pkcs12, "S");
    (void)state;
    broken_give(&sources, "R V I X");
    must(repair(s, NULL));
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "V I R");
    ks_store_free(s);
}

/* T47 */
static void an_expired_certificate_gets_its_renewed_one(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "N I R", "V");
    (void)state;
    must(repair(s, NULL));
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "V I R");
    assert_false(has_entry(s, "tv"));
    ks_store_free(s);
}

/* T42 */
static void a_chain_on_the_wrong_key_is_replaced_when_the_right_one_is_there(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "K I R");
    (void)state;
    assert_refused(repair(s, NULL), "no-repair");
    assert_has(row_of("web")->missing, "a certificate for its key");
    broken_give(&sources, "L I R");
    must(repair(s, NULL));
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "L I R");
    assert_true(op_opens(s, op_entry(s, "web"), "changeit"));
    ks_store_free(s);
}

/* M5 */
static void of_several_replies_the_best_is_taken(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "S");
    (void)state;
    broken_give(&sources, "N L V T I R"); /* expired, older, newer, later than now */
    must(repair(s, NULL));
    assert_after(row_of("web"), "V I R");
    ks_store_free(s);
}

static struct ks_blob *reply_for(const char *san, const char *purpose)
{
    return make_cert(&(struct make_cert){.cn = "leaf",
                                         .san = san,
                                         .issuer = "I",
                                         .serial = 90,
                                         .from = "2026-03-01",
                                         .purpose = purpose});
}

/* A self-signed certificate, and a newer one for its key in the store itself. */
static struct ks_store *with_reply(const char *san, const char *purpose)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_key(s, "web", "S");
    op_append(s, make_entry(KS_KIND_TRUSTED, "reply", 0, 1, reply_for(san, purpose)));
    return op_reopened(s, "changeit");
}

static void a_newer_certificate_for_other_uses_or_hosts_is_no_reply(void **state)
{
    static const char *const hosts[] = {"leaf.example"};
    struct ks_store *s = with_reply("DNS:leaf.example", "clientAuth");
    (void)state;
    broken_give(&sources, "I R");
    assert_refused(repair(s, NULL), "nothing-to-repair");
    assert_refused(repair(s, "web"), "nothing-to-repair");
    ks_store_free(s);
    s = with_reply("DNS:other.example", "serverAuth");
    assert_refused(repair(s, NULL), "nothing-to-repair");
    context.hosts = hosts;
    context.host_count = 1;
    assert_refused(repair(s, "web"), "nothing-to-repair");
    ks_store_free(s);
    s = with_reply("DNS:other.example,DNS:leaf.example", "serverAuth");
    must(repair(s, NULL));
    assert_true(has_step(row_of("web"), KS_STEP_INSTALL_REPLY));
    ks_store_free(s);
}

static bool was_found(const char *id)
{
    for (size_t i = 0; i < look.before.count; i++)
        if (strcmp(look.before.at[i].found.id, id) == 0)
            return true;
    return false;
}

/* The finding and the repair go by one rule. */
static void a_reply_is_at_hand_only_if_a_repair_installs_it(void **state)
{
    static const struct {
        const char *san, *purpose;
        bool fits;
    } replies[] = {{"DNS:other.example", "serverAuth", false},
                   {"DNS:leaf.example", "clientAuth", false},
                   {"DNS:leaf.example,DNS:more.example", "serverAuth", true}};
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct ks_store *s = broken_store(&ks_format_jks, "S");
        ks_sources_drop(&sources);
        give_der(reply_for(replies[i].san, replies[i].purpose));
        broken_give(&sources, "I R");
        if (replies[i].fits)
            must(repair(s, NULL));
        else
            assert_refused(repair(s, NULL), "nothing-to-repair");
        assert_int_equal(was_found("REPLY-AVAILABLE"), replies[i].fits);
        ks_store_free(s);
    }
}

/* An error all the same, and one that asks for an answer: the reply has fewer names. */
static void a_misplaced_reply_that_would_lose_a_name_is_a_choice(void **state)
{
    struct ks_store *s = with_reply("DNS:other.example", "serverAuth");
    (void)state;
    broken_give(&sources, "I R");
    assert_refused(repair(s, NULL), "nothing-to-repair");
    for (size_t i = 0; i < look.before.count; i++) {
        const struct ks_diagnosed *d = &look.before.at[i];
        if (strcmp(d->found.id, "TRUST-REPLY-MISPLACED") == 0)
            assert_int_equal(d->remedy, KS_REMEDY_CHOICE);
        assert_null(strstr(d->found.text, "moves it to the key"));
    }
    assert_true(was_found("TRUST-REPLY-MISPLACED"));
    must(repair(s, "web"));
    ks_store_free(s);
}

static void a_use_that_the_present_one_names_is_not_lost_unasked(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    struct ks_blob *old = make_cert(&(struct make_cert){
        .cn = "leaf", .san = "DNS:leaf.example", .serial = 91, .purpose = "serverAuth,clientAuth"});
    struct ks_entry *key = broken_entry(s, "web", "leaf", "changeit", "S");
    struct ks_cert cert;
    assert_true(ks_cert_skim(ks_blob_slice(old), &cert));
    const struct ks_cert *const chain[] = {&cert};
    op_append(s, ks_bring_with_chain(key, chain, 1));
    op_append(
        s, make_entry(KS_KIND_TRUSTED, "reply", 0, 1, reply_for("DNS:leaf.example", "serverAuth")));
    ks_entry_unref(key);
    ks_blob_unref(old);
    s = op_reopened(s, "changeit");
    broken_give(&sources, "I R");
    assert_refused(repair(s, NULL), "nothing-to-repair");
    must(repair(s, "web"));
    ks_store_free(s);
}

static void an_older_reply_that_fits_is_better_than_a_newer_one_that_does_not(void **state)
{
    struct ks_store *s = with_reply("DNS:leaf.example", "clientAuth");
    (void)state;
    broken_give(&sources, "V I R");
    must(repair(s, NULL));
    assert_after(row_of("web"), "V I R");
    ks_store_free(s);
}

/* M6 */
static void a_reply_for_a_key_that_is_there_twice_is_not_installed_unasked(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    broken_add_key(s, "web", "S");
    broken_add_key(s, "copy", "S");
    s = op_reopened(s, "changeit");
    broken_give(&sources, "V I R");
    assert_refused(repair(s, NULL), "no-repair");
    assert_has(row_of("web")->missing, "copy");
    must(repair(s, "web"));
    assert_int_equal(look.count, 1);
    s = carried_out(s);
    assert_letters(op_entry(s, "web"), "V I R");
    assert_letters(op_entry(s, "copy"), "S");
    ks_store_free(s);
}

/* M7, M9 */
static void a_reply_that_is_no_better_is_not_proposed(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "S");
    (void)state;
    assert_refused(repair(s, NULL), "nothing-to-repair");
    broken_give(&sources, "N T I R"); /* one has expired, one is not valid yet */
    assert_refused(repair(s, NULL), "nothing-to-repair");
    ks_store_free(s);
    s = with_trusted(&ks_format_jks, "V I R", "L"); /* older than what is in use */
    assert_refused(repair(s, NULL), "nothing-to-repair");
    assert_true(has_entry(s, "tl"));
    ks_store_free(s);
}

/* The key of a root, for which another CA has signed, too. */
static void a_root_is_not_replaced_by_a_cross_certificate(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    op_append(s, broken_entry(s, "ca", "R", "changeit", "R"));
    s = op_reopened(s, "changeit");
    broken_give(&sources, "G X");
    assert_refused(repair(s, NULL), "nothing-to-repair");
    for (size_t i = 0; i < look.before.count; i++)
        assert_string_not_equal(look.before.at[i].found.id, "REPLY-AVAILABLE");
    ks_store_free(s);
}

static void a_reply_without_its_issuer_waits_for_it(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "S", "V");
    (void)state;
    assert_refused(repair(s, NULL), "no-repair");
    assert_has(row_of("web")->missing, "CN=I");
    assert_true(has_entry(s, "tv"));
    ks_store_free(s);
}

/* A store that has only this key, opened with `password`. */
static struct ks_store *loose_key(const char *key, const char *password)
{
    struct ks_store *s = op_store(&ks_format_pem, password);
    op_append(s, broken_entry(s, "key", key, password, ""));
    return op_reopened(s, password);
}

/* T45, M3 */
static void a_reply_is_joined_with_a_key_from_elsewhere(void **state)
{
    static const struct ks_format *const formats[] = {&ks_format_jks, &ks_format_pkcs12};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = with_trusted(formats[i], "", "V"), *key = loose_key("leaf", "");
        struct ks_store *other = loose_key("another leaf", "");
        struct ks_store *const keys[] = {other, key};
        broken_give(&sources, "I R");
        context.key_stores = keys;
        context.key_store_count = 2;
        context.purpose = i == 0 ? KS_PURPOSE_SERVER : KS_PURPOSE_AUTO;
        must(repair(s, i == 0 ? NULL : "tv"));
        assert_step("tv", KS_STEP_JOIN_KEY, "its private key from test.ks");
        s = carried_out(s);
        assert_int_equal(ks_store_count(s), 1);
        assert_int_equal(op_entry(s, "tv")->kind, KS_KIND_KEY);
        assert_letters(op_entry(s, "tv"), "V I R");
        assert_true(op_opens(s, op_entry(s, "tv"), "changeit"));
        ks_store_free(s);
        ks_store_free(key);
        ks_store_free(other);
        ks_sources_drop(&sources);
    }
}

static void a_pinned_certificate_is_not_joined_with_its_key_unasked(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "", "L R"), *key = loose_key("leaf", "");
    struct ks_store *const keys[] = {key};
    (void)state;
    broken_give(&sources, "I R");
    context.key_stores = keys;
    context.key_store_count = 1;
    assert_refused(repair(s, NULL), "nothing-to-repair");
    context.purpose = KS_PURPOSE_TRUST;
    assert_refused(repair(s, NULL), "nothing-to-repair");
    ks_store_free(s);
    context.purpose = KS_PURPOSE_SERVER; /* a keystore whose keys are other ones */
    s = with_trusted(&ks_format_jks, "K I R", "L");
    enum ks_code rc = repair(s, NULL);
    for (size_t i = 0; rc == KS_OK && i < look.count; i++)
        assert_false(has_step(&look.rows[i], KS_STEP_JOIN_KEY));
    ks_store_free(s);
    ks_store_free(key);
}

static void a_ca_in_a_truststore_is_not_joined_with_its_key(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "", "R I"), *key = loose_key("R", "");
    struct ks_store *second = loose_key("I", "");
    struct ks_store *const keys[] = {key, second};
    (void)state;
    context.key_stores = keys;
    context.key_store_count = 2;
    assert_refused(repair(s, NULL), "nothing-to-repair");
    ks_store_free(s);
    ks_store_free(key);
    ks_store_free(second);
}

/* T46, M8 */
static void a_reply_without_a_key_anywhere_says_what_is_needed(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "", "V");
    (void)state;
    assert_refused(repair(s, "tv"), "no-repair");
    assert_has(row_of("tv")->missing, "private key");
    ks_store_free(s);
}

/* ---- passwords and names ---- */

static struct ks_secret *answer(void *ctx, const struct ks_store *store,
                                const struct ks_entry *entry, const struct ks_error *why)
{
    (void)store, (void)entry, (void)why;
    return ctx ? op_secret(ctx) : NULL;
}

static struct ks_store *with_own_password(const struct ks_format *format, const char *letters)
{
    struct ks_store *s = op_store(format, "changeit");
    op_append(s, broken_entry(s, "web", "leaf", "of the key", letters));
    return op_reopened(s, "changeit");
}

/* T49 */
static void a_key_with_another_password_gets_the_keystores(void **state)
{
    static const struct ks_format *const formats[] = {&ks_format_jks, &ks_format_pkcs12};
    char own[] = "of the key", wrong[] = "something else";
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = with_own_password(formats[i], "L");
        broken_give(&sources, "I R");
        must(repair(s, NULL));
        assert_has(row_of("web")->missing, "password of its key");
        assert_after(row_of("web"), "L I R");
        struct ks_repair what = {.store = s, .passwords = {answer, wrong}};
        must(repair_with(what));
        assert_false(has_step(row_of("web"), KS_STEP_KEY_PASSWORD));
        what.passwords.ctx = own;
        must(repair_with(what));
        assert_step("web", KS_STEP_KEY_PASSWORD, "password of the keystore");
        assert_null(row_of("web")->missing);
        s = carried_out(s);
        assert_true(op_opens(s, op_entry(s, "web"), "changeit"));
        assert_letters(op_entry(s, "web"), "L I R");
        ks_store_free(s);
        ks_sources_drop(&sources);
    }
}

static void keys_are_not_opened_unless_that_is_allowed(void **state)
{
    struct ks_store *s = with_own_password(&ks_format_jks, "L I R");
    char own[] = "of the key";
    (void)state;
    context.open_keys = false;
    assert_refused(repair_with((struct ks_repair){.store = s, .passwords = {answer, own}}),
                   "nothing-to-repair");
    ks_store_free(s);
}

/* T50 */
static void an_upper_case_alias_becomes_the_name_that_java_knows(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    broken_add_key(s, "MyApp", "L I R");
    s = op_reopened(s, "changeit");
    must(repair(s, NULL));
    assert_step("MyApp", KS_STEP_ALIAS, "rename MyApp to myapp");
    assert_string_equal(row_of("MyApp")->alias, "myapp");
    s = carried_out(s);
    assert_string_equal(ks_store_entry(s, 0)->alias, "myapp");
    assert_letters(op_entry(s, "myapp"), "L I R");
    ks_store_free(s);
}

/* ---- truststores ---- */

static void certificates_that_java_does_not_see_are_made_trusted_ones(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    broken_add_loose(s, 'R');
    broken_add_loose(s, 'X');
    s = op_reopened(s, "changeit");
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_CERT);
    must(repair(s, NULL));
    assert_int_equal(look.repaired, 2);
    s = carried_out(s);
    assert_int_equal(ks_store_count(s), 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ks_store_entry(s, i)->kind, KS_KIND_TRUSTED);
    assert_refused(repair(s, NULL), "nothing-to-repair");
    ks_store_free(s);
}

/* Not written yet: the file would show nothing, what is written of it will. */
static void what_java_is_made_to_see_is_judged_as_it_will_be_written(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ks_diagnosis found = {0};
    (void)state;
    broken_add_loose(s, 'R');
    broken_add_loose(s, 'X');
    s = op_reopened(s, "changeit");
    assert_true(ks_store_java_empty(s));
    must(repair(s, "R"));
    assert_null(ks_plan_apply(&plan));
    assert_false(ks_store_java_empty(s));
    struct ks_doctor *doctor = ks_doctor_new();
    must(ks_diagnose(doctor, s, &context, NULL, &found, &err));
    assert_int_equal(found.by_severity[KS_ERROR], 0);
    assert_int_equal(ks_diagnosis_worst(&found, op_entry(s, "X")), KS_WARNING);
    assert_int_equal(ks_worst_of_entry(s, op_entry(s, "X"), MAKE_NOW), KS_WARNING);
    ks_diagnosis_drop(&found);
    ks_doctor_free(doctor);
    (void)ks_store_undo(s);
    assert_true(ks_store_java_empty(s));
    ks_store_free(s);
}

static void certificates_without_a_name_get_one_that_java_can_look_up(void **state)
{
    struct ks_store *s;
    (void)state;
    s = op_store(&ks_format_pkcs12, "changeit");
    struct ks_entry *e =
        make_entry(KS_KIND_CERT, "R", KS_NOTE_ALIAS_INVENTED, 1, ks_blob_ref(broken_cert('R')));
    op_append(s, e);
    s = op_reopened(s, "changeit");
    if (ks_store_entry(s, 0)->notes & KS_NOTE_ALIAS_INVENTED) {
        must(repair(s, NULL));
        s = carried_out(s);
        assert_string_equal(ks_store_entry(s, 0)->alias, "r");
        assert_false(ks_store_entry(s, 0)->notes & KS_NOTE_ALIAS_INVENTED);
    }
    ks_store_free(s);
}

static void of_the_same_certificate_twice_the_oldest_stays(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    broken_add_trusted(s, "new", 'R');
    struct ks_entry *old = make_entry(KS_KIND_TRUSTED, "old", 0, 1, ks_blob_ref(broken_cert('R')));
    old->created = 1000000000000;
    op_append(s, old);
    broken_add_trusted(s, "another", 'X');
    s = op_reopened(s, "changeit");
    must(repair(s, NULL));
    assert_step("new", KS_STEP_DROP_TRUST, "the same certificate as old");
    s = carried_out(s);
    assert_aliases(s->now, "old another");
    ks_store_free(s);
}

static struct ks_store *same_three_times(void)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_trusted(s, "b", 'R');
    broken_add_trusted(s, "c", 'R');
    struct ks_entry *old = make_entry(KS_KIND_TRUSTED, "a", 0, 1, ks_blob_ref(broken_cert('R')));
    old->created = 1000000000000;
    op_append(s, old);
    return op_reopened(s, "changeit");
}

/* Whichever of them the finding was told of, a repair of that one mends it. */
static void of_the_same_certificate_twice_either_name_means_both(void **state)
{
    static const struct {
        const char *named, *left;
    } named[] = {{"a", "a"}, {"b", "c a"}, {"c", "b a"}};
    (void)state;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        struct ks_store *s = same_three_times();
        must(repair(s, named[i].named));
        s = carried_out(s);
        assert_aliases(s->now, named[i].left);
        ks_store_free(s);
    }
    for (size_t marked = 1; marked < 8; marked++) {
        static const char *const left[] = {
            "", "c a", "b a", "a", "a", "c a", "b a", "a"}; /* b, c, a */
        struct ks_store *s = same_three_times();
        const bool only[] = {marked & 1, marked & 2, marked & 4};
        must(repair_with((struct ks_repair){.store = s, .only = only}));
        s = carried_out(s);
        assert_aliases(s->now, left[marked]);
        ks_store_free(s);
    }
}

static void an_expired_anchor_is_replaced_by_its_renewed_one(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "", "e X");
    (void)state;
    broken_give(&sources, "r R"); /* one of that name with another key is none */
    must(repair(s, "te"));
    assert_step("te", KS_STEP_DROP_TRUST, "expired on 2026-01-01");
    s = carried_out(s);
    assert_letters(op_entry(s, "te"), "R");
    ks_store_free(s);

    s = op_store(&ks_format_jks, "changeit");
    broken_add_trusted(s, "old", 'e');
    broken_add_trusted(s, "renewed", 'R');
    s = op_reopened(s, "changeit");
    must(repair(s, "old"));
    s = carried_out(s);
    assert_aliases(s->now, "renewed");
    ks_store_free(s);
}

static void an_expired_anchor_without_a_renewed_one_says_so(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "", "e");
    (void)state;
    broken_give(&sources, "r");
    assert_refused(repair(s, "te"), "no-repair");
    assert_has(row_of("te")->missing, "renewed");
    ks_store_free(s);
}

static void a_trusted_intermediate_gets_its_root(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_pkcs12, "", "I");
    (void)state;
    broken_give(&sources, "R");
    must(repair(s, "ti"));
    assert_step("ti", KS_STEP_ADD_TRUST, "trust its root");
    s = carried_out(s);
    assert_aliases(s->now, "ti r");
    assert_letters(op_entry(s, "r"), "R");
    assert_int_equal(op_entry(s, "r")->kind, KS_KIND_TRUSTED);
    ks_store_free(s);
}

static void public_cas_are_copied_on_request(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "", "R"), *reference;
    (void)state;
    reference = with_trusted(&ks_format_jks, "", "R X 4 H"); /* one is here, one has expired */
    context.reference = reference;
    assert_refused(repair(s, NULL), "nothing-to-repair");
    must(repair_with((struct ks_repair){.store = s, .add_public = true}));
    assert_null(look.rows[0].entry);
    assert_has(look.rows[0].done[0].text, "trust 2 public CAs");
    s = carried_out(s);
    assert_aliases(s->now, "tr x 4");
    ks_store_free(s);
    ks_store_free(reference);
}

/* ---- the plan ---- */

/* T55 */
static void what_is_undone_is_the_file_that_it_was(void **state)
{
    static const struct ks_format *const formats[] = {&ks_format_jks, &ks_format_pkcs12,
                                                      &ks_format_bks};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ks_store *s = with_trusted(formats[i], "S", "V I R");
        struct ks_buf original = KS_BUF_INIT;
        ks_buf_slice(&original, ks_blob_slice(s->file));
        must(repair(s, NULL));
        (void)ks_plan_apply(&plan);
        assert_int_equal(ks_store_unsaved(s), 1);
        assert_true(ks_store_undo(s));
        struct ks_buf written = op_written(s, s->now);
        assert_true(ks_slice_equal(ks_slice(written.data, written.len),
                                   ks_slice(original.data, original.len)));
        ks_buf_free(&written);
        ks_buf_free(&original);
        ks_store_free(s);
    }
}

static void what_is_not_repaired_keeps_its_bytes(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    broken_add_key(s, "web", "L");
    broken_add_key(s, "other", "L I R");
    broken_add_trusted(s, "root", 'R');
    s = op_reopened(s, "changeit");
    broken_give(&sources, "I");
    must(repair(s, NULL));
    assert_ptr_equal(plan.result->entries[1], ks_store_entry(s, 1));
    assert_ptr_equal(plan.result->entries[2], ks_store_entry(s, 2));
    assert_int_equal(ks_entry_difference(plan.result->entries[0], ks_store_entry(s, 0)),
                     KS_DIFF_CHAIN);
    assert_string_equal(plan.result->label, "repaired web");
    ks_store_free(s);
}

static bool has_command(const char *words)
{
    for (size_t i = 0; i < plan.commands.count; i++)
        if (strstr(plan.commands.at[i], words))
            return true;
    return false;
}

static void an_expired_issuer_without_a_renewed_one_says_what_is_needed(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L E R");
    (void)state;
    assert_refused(repair(s, NULL), "no-repair");
    assert_has(row_of("web")->missing, "Needed: the renewed certificate of CN=I, key id ");
    broken_give(&sources, "I");
    must(repair(s, NULL));
    assert_after(row_of("web"), "L I R");
    assert_null(row_of("web")->missing);
    ks_store_free(s);
}

static void the_reason_for_a_chain_is_what_decided(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L");
    (void)state;
    broken_give(&sources, "E I R");
    must(repair(s, NULL));
    assert_after(row_of("web"), "L I R");
    assert_int_equal(row_of("web")->choices, 2);
    assert_has(row_of("web")->why, "none of its certificates has expired; in the next one I");
    ks_store_free(s);
}

static void the_same_is_said_with_keytool(void **state)
{
    struct ks_store *s = with_trusted(&ks_format_jks, "S", "V I R");
    (void)state;
    must(repair(s, NULL));
    assert_true(has_command("keytool -importcert"));
    assert_true(has_command("-alias web -file \"$tmp\"/new-chain.pem"));
    assert_true(has_command("keytool -delete") && has_command("-alias tv"));
    assert_false(has_command("changeit"));
    ks_store_free(s);
}

static void what_cannot_be_written_is_refused(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L");
    struct ks_format reads_only = ks_format_jks;
    (void)state;
    reads_only.caps &= ~(unsigned)KS_CAP_WRITE;
    s->format = &reads_only;
    broken_give(&sources, "I R");
    assert_refused(repair(s, NULL), "not-writable");
    ks_store_free(s);
}

static void a_damaged_file_is_not_repaired_and_none_is_offered(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L");
    struct ks_diagnosis found = {0};
    (void)state;
    broken_give(&sources, "I R");
    fill();
    struct ks_doctor *doctor = ks_doctor_new();
    for (int damaged = 0; damaged < 2; damaged++) {
        must(ks_diagnose(doctor, s, &context, NULL, &found, &err));
        size_t repairs = 0;
        for (size_t i = 0; i < found.count; i++)
            repairs += found.at[i].remedy == KS_REMEDY_REPAIR;
        assert_int_equal(repairs > 0, !damaged);
        ks_diagnosis_drop(&found);
        s->notes |= KS_STORE_DAMAGED;
    }
    ks_doctor_free(doctor);
    assert_refused(repair(s, "web"), "damaged");
    assert_int_equal(look.count, 0);
    ks_store_free(s);
}

static void a_repair_that_is_stopped_changes_nothing(void **state)
{
    struct ks_store *s = broken_store(&ks_format_jks, "L");
    struct ks_job *job = ks_job_new();
    (void)state;
    broken_give(&sources, "I R");
    fill();
    ks_job_cancel(job);
    const struct ks_repair what = {.store = s, .context = &context};
    assert_int_equal(ks_op_repair(&what, job, &look, &plan, &err), KS_ERR_CANCELLED);
    assert_null(plan.result);
    ks_job_free(job);
    ks_store_free(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(chains_in_a_jks_are_repaired_as_the_catalogue_says),
        TEST(chains_in_a_pkcs12_are_repaired_as_the_catalogue_says),
        TEST(the_same_is_done_in_every_other_type),
        TEST(steps_say_what_is_done_and_where_it_comes_from),
        TEST(findings_are_there_before_and_gone_after),
        TEST(an_issuer_at_hand_is_a_repair_whether_the_root_is_there_or_not),
        TEST(what_is_missing_is_said_with_what_was_rejected),
        TEST(what_does_not_fit_stays_unless_the_entry_is_named),
        TEST(a_sound_chain_is_left_alone_whatever_else_is_known),
        TEST(issuers_that_signed_stay_whatever_else_is_found),
        TEST(what_clients_take_is_not_given_up_for_another_way),
        TEST(a_loop_in_a_pkcs12_stays_for_those_that_know_one_of_its_roots),
        TEST(a_way_to_a_root_that_is_elsewhere_stays),
        TEST(what_is_put_before_an_issuer_that_signed_does_not_say_otherwise),
        TEST(a_chain_that_is_too_long_to_follow_stays_as_it_is),
        TEST(a_chain_that_is_too_long_to_follow_is_ordered_whole),
        TEST(a_search_that_stopped_at_its_bound_takes_nothing_away),
        TEST(only_the_entry_that_is_named_changes),
        TEST(only_the_entries_that_are_meant_change),
        TEST(what_is_meant_means_what_belongs_to_it),
        TEST(the_root_is_left_out_on_request_but_never_taken_away),
        TEST(extras_are_kept_behind_the_chain_on_request),
        TEST(of_several_chains_one_can_be_chosen),
        TEST(an_issuer_that_java_mistakes_goes_with_the_chain),
        TEST(what_is_in_the_way_of_a_chain_is_moved_when_the_entry_is_named),
        TEST(a_chain_that_java_would_not_find_is_not_written),
        TEST(a_trusted_issuer_in_a_pkcs12_completes_chains_by_itself),
        TEST(what_would_break_another_chain_is_refused),
        TEST(a_misplaced_reply_is_moved_to_its_key),
        TEST(the_leftover_stays_on_request),
        TEST(a_misplaced_reply_that_is_named_means_its_key_pair),
        TEST(a_reply_among_the_candidates_is_installed),
        TEST(an_expired_certificate_gets_its_renewed_one),
        TEST(a_chain_on_the_wrong_key_is_replaced_when_the_right_one_is_there),
        TEST(of_several_replies_the_best_is_taken),
        TEST(a_newer_certificate_for_other_uses_or_hosts_is_no_reply),
        TEST(a_reply_is_at_hand_only_if_a_repair_installs_it),
        TEST(a_misplaced_reply_that_would_lose_a_name_is_a_choice),
        TEST(a_use_that_the_present_one_names_is_not_lost_unasked),
        TEST(an_older_reply_that_fits_is_better_than_a_newer_one_that_does_not),
        TEST(a_reply_for_a_key_that_is_there_twice_is_not_installed_unasked),
        TEST(a_reply_that_is_no_better_is_not_proposed),
        TEST(a_root_is_not_replaced_by_a_cross_certificate),
        TEST(a_reply_without_its_issuer_waits_for_it),
        TEST(a_reply_is_joined_with_a_key_from_elsewhere),
        TEST(a_pinned_certificate_is_not_joined_with_its_key_unasked),
        TEST(a_ca_in_a_truststore_is_not_joined_with_its_key),
        TEST(a_reply_without_a_key_anywhere_says_what_is_needed),
        TEST(a_key_with_another_password_gets_the_keystores),
        TEST(keys_are_not_opened_unless_that_is_allowed),
        TEST(an_upper_case_alias_becomes_the_name_that_java_knows),
        TEST(certificates_that_java_does_not_see_are_made_trusted_ones),
        TEST(what_java_is_made_to_see_is_judged_as_it_will_be_written),
        TEST(certificates_without_a_name_get_one_that_java_can_look_up),
        TEST(of_the_same_certificate_twice_the_oldest_stays),
        TEST(of_the_same_certificate_twice_either_name_means_both),
        TEST(an_expired_anchor_is_replaced_by_its_renewed_one),
        TEST(an_expired_anchor_without_a_renewed_one_says_so),
        TEST(a_trusted_intermediate_gets_its_root),
        TEST(public_cas_are_copied_on_request),
        TEST(what_is_undone_is_the_file_that_it_was),
        TEST(what_is_not_repaired_keeps_its_bytes),
        TEST(an_expired_issuer_without_a_renewed_one_says_what_is_needed),
        TEST(the_reason_for_a_chain_is_what_decided),
        TEST(the_same_is_said_with_keytool),
        TEST(what_cannot_be_written_is_refused),
        TEST(a_damaged_file_is_not_repaired_and_none_is_offered),
        TEST(a_repair_that_is_stopped_changes_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    broken_forget();
    return failed;
}
