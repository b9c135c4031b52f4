/*
 * The operation: the doctor looks, steps are planned entry by entry, and what the plan would be
 * read as after it was written is looked at by the doctor again. A PKCS#12 stores no chains: where
 * Java would put together another one than planned, the file is rewritten, or the chain stays as it
 * was.
 */
#include "op/repairing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "file/open.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the parts ask ---- */

const struct ks_entry *ks_repair_now(const struct ks_repairing *r, size_t place)
{
    return r->fixes[place].made ? r->fixes[place].made : ks_store_entry(r->store, place);
}

void ks_repair_make(struct ks_repairing *r, size_t place, struct ks_entry *made)
{
    ks_entry_unref(r->fixes[place].made);
    r->fixes[place].made = made;
}

bool ks_repair_asked(const struct ks_repairing *r, size_t place, const char *id)
{
    const struct ks_diagnosis *d = &r->look->before;
    const struct ks_entry *e = place == KS_NOWHERE ? NULL : ks_store_entry(r->store, place);

    /* those of the store come first */
    for (size_t i = e ? r->found[place] : 0; i < d->count && d->at[i].entry == e; i++)
        if (strcmp(d->at[i].found.id, id) == 0)
            return r->what->entry || d->at[i].remedy == KS_REMEDY_REPAIR;
    return false;
}

const struct ks_pool_cert *ks_repair_source(const struct ks_repairing *r,
                                            const struct ks_cert *cert)
{
    size_t i = ks_index_first(&r->ders, ks_cert_der(cert));
    return i != KS_NOWHERE ? ks_pool_at(r->look->pool, i) : NULL;
}

/* ---- beginning ---- */

enum { RANK_STORE, RANK_ELSEWHERE };

/* All that is at hand; what is here already is preferred. */
static struct ks_pool *pool_of(const struct ks_repair *what)
{
    struct ks_pool *pool = ks_pool_new();
    const struct ks_pool *given = what->context->candidates;

    ks_pool_add_store(pool, what->store, RANK_STORE);
    for (size_t i = 0; given && i < ks_pool_count(given); i++) {
        struct ks_pool_cert row = *ks_pool_at(given, i);
        row.rank = row.rank < UINT32_MAX - RANK_ELSEWHERE ? row.rank + RANK_ELSEWHERE : row.rank;
        ks_pool_add(pool, &row);
    }
    return pool;
}

static void index_pool(struct ks_repairing *r)
{
    size_t count = ks_pool_count(r->look->pool);

    r->ders = ks_index_new(count);
    for (size_t i = 0; i < count; i++)
        ks_index_add(&r->ders, ks_cert_der(ks_pool_at(r->look->pool, i)->cert), i);
}

/* A misplaced reply stands for the key pair that it belongs to. */
static bool may_be_reply(const struct ks_entry *e)
{
    return e->kind == KS_KIND_TRUSTED && e->chain_len == 1 &&
           !(e->chain[0].flags & (KS_CERT_BROKEN | KS_CERT_SELF_ISSUED));
}

static void index_replies(struct ks_repairing *r)
{
    const bool *only = r->what->only;
    size_t count = only ? ks_store_count(r->store) : 0;

    r->replies = ks_index_new(count);
    for (size_t i = 0; i < count; i++) {
        const struct ks_entry *e = ks_store_entry(r->store, i);
        if (only[i] && may_be_reply(e))
            ks_index_add(&r->replies, ks_cert_key_bits(&e->chain[0]), i);
    }
}

/* The findings of an entry stand together. */
static void index_findings(struct ks_repairing *r)
{
    const struct ks_diagnosis *d = &r->look->before;
    size_t count = ks_store_count(r->store);

    r->found = ks_alloc_array(count, sizeof *r->found);
    for (size_t i = 0; i < count; i++)
        r->found[i] = d->count;
    for (size_t i = d->count; i-- > 0;)
        if (d->at[i].place < count)
            r->found[d->at[i].place] = i;
}

static void begin(struct ks_repairing *r, const struct ks_repair *what, struct ks_job *job,
                  struct ks_repair_look *look, struct ks_plan *plan, struct ks_error *err)
{
    size_t count = ks_store_count(what->store);

    *r = (struct ks_repairing){.what = what,
                               .context = &r->asking,
                               .asking = *what->context,
                               .effort = ks_doctor_effort(what->store),
                               .signatures = ks_signatures_new(),
                               .replying = {.purpose = what->context->purpose,
                                            .hosts = what->context->hosts,
                                            .host_count = what->context->host_count,
                                            .named = what->entry != NULL},
                               .doctor = what->doctor ? what->doctor : ks_doctor_new(),
                               .store = what->store,
                               .job = job,
                               .look = look,
                               .plan = plan,
                               .err = err};
    r->asking.effort = &r->effort;
    look->pool = pool_of(what);
    r->census = ks_census_new(what->store);
    index_pool(r);
    index_replies(r);
    r->fixes = ks_alloc_array(count, sizeof *r->fixes);
    for (size_t i = 0; i < count; i++)
        r->fixes[i] = (struct ks_fix){.leftover_of = KS_NOWHERE, .row = KS_NOWHERE};
    size_t more = what->context->reference ? ks_store_count(what->context->reference) : 0;
    r->names = ks_names_of(what->store, count + more + 1);
}

static void end(struct ks_repairing *r)
{
    for (size_t i = 0; i < ks_store_count(r->store); i++) {
        ks_entry_unref(r->fixes[i].made);
        ks_entry_unref(r->fixes[i].unchained);
        ks_entry_unref(r->fixes[i].moved);
    }
    for (size_t i = 0; i < r->pick_count; i++)
        free((char *)(uintptr_t)r->picks[i].alias);
    free(r->picks);
    free(r->fixes);
    ks_names_drop(&r->names);
    ks_census_free(r->census);
    ks_index_drop(&r->ders);
    ks_index_drop(&r->replies);
    ks_signatures_free(r->signatures);
    free(r->found);
    if (!r->what->doctor)
        ks_doctor_free(r->doctor);
}

/* ---- what is looked at ---- */

/* Of the key pair of an entry, when it has a certificate that can be read. */
static bool key_of(const struct ks_entry *e, struct ks_slice *bits)
{
    if (e->kind != KS_KIND_KEY || !e->chain_len || e->chain[0].flags & KS_CERT_BROKEN)
        return false;
    *bits = ks_cert_key_bits(&e->chain[0]);
    return true;
}

static bool is_meant(const struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_store_entry(r->store, place), *named = r->what->entry;
    struct ks_slice bits;

    if (named)
        return named == e || (may_be_reply(named) && key_of(e, &bits) &&
                              ks_slice_equal(ks_cert_key_bits(&named->chain[0]), bits));
    if (!r->what->only || r->what->only[place])
        return true;
    return key_of(e, &bits) && ks_index_first(&r->replies, bits) != KS_NOWHERE;
}

static enum ks_code repair_keys(struct ks_repairing *r)
{
    for (size_t i = 0; i < ks_store_count(r->store); i++) {
        const struct ks_entry *e = ks_store_entry(r->store, i);
        if (!ks_job_advance(r->job, i))
            return ks_fail(r->err, KS_ERR_CANCELLED, "cancelled", "stopped while repairing");
        if (e->kind != KS_KIND_KEY || !is_meant(r, i))
            continue;
        enum ks_code rc = ks_repair_key_password(r, i);
        if (rc == KS_OK)
            rc = ks_repair_chain(r, i);
        if (rc != KS_OK)
            return rc;
    }
    return KS_OK;
}

/* Behind the key pairs, which take replies out of them. */
static enum ks_code repair_others(struct ks_repairing *r)
{
    for (size_t i = 0; i < ks_store_count(r->store); i++) {
        const struct ks_entry *e = ks_store_entry(r->store, i);
        if (!is_meant(r, i))
            continue;
        enum ks_code rc = e->kind == KS_KIND_KEY ? KS_OK : ks_repair_trusted(r, i);
        if (rc != KS_OK)
            return rc;
        if (!r->fixes[i].gone)
            ks_repair_alias(r, i);
    }
    ks_repair_public(r);
    return KS_OK;
}

/* ---- the list ---- */

static struct ks_list list_of(const struct ks_repairing *r)
{
    struct ks_list l = {0};

    for (size_t i = 0; i < ks_store_count(r->store); i++) {
        const struct ks_fix *fix = &r->fixes[i];
        const struct ks_entry *e = fix->moved ? fix->moved : ks_repair_now(r, i);
        if (!fix->gone)
            ks_list_insert(&l, l.count, ks_entry_ref((struct ks_entry *)(uintptr_t)e));
    }
    return l;
}

static enum ks_code add_picks(struct ks_repairing *r, struct ks_list *l)
{
    if (!r->pick_count)
        return KS_OK;
    struct ks_store *from = ks_bring_trust_store(r->picks, r->pick_count);
    enum ks_code rc = ks_bring_transfer(r->plan, l, from, KS_CLASH_RENAME, NULL, r->job, r->err);
    ks_store_free(from);
    return rc;
}

static size_t count_repaired(const struct ks_repair_look *look)
{
    size_t count = 0;

    for (size_t i = 0; i < look->count; i++)
        count += look->rows[i].done_count > 0;
    return count;
}

static const struct ks_repair_row *first_repaired(const struct ks_repair_look *look)
{
    for (size_t i = 0; i < look->count; i++)
        if (look->rows[i].done_count)
            return &look->rows[i];
    return NULL;
}

static char *label_of(const struct ks_repairing *r)
{
    const struct ks_repair_row *row = first_repaired(r->look);
    char room[KS_ALIAS_ROOM];

    if (count_repaired(r->look) == 1 && row->entry)
        return ks_asprintf("repaired %s", ks_alias_short(row->entry->alias, room));
    return ks_asprintf("repaired %zu entries", count_repaired(r->look));
}

static enum ks_code make_plan(struct ks_repairing *r)
{
    struct ks_version *now = r->store->now;

    ks_plan_drop(r->plan);
    enum ks_code rc = ks_op_start(r->store, r->plan, r->err);
    if (rc != KS_OK)
        return rc;
    struct ks_list l = list_of(r);
    rc = add_picks(r, &l);
    if (rc == KS_OK) {
        char *label = label_of(r);
        ks_op_finish(r->plan, &l, now->password, now->protection, label);
        free(label);
    }
    ks_list_drop(&l);
    return rc;
}

/* ---- what it would be read as ---- */

static enum ks_code read_back(struct ks_repairing *r)
{
    struct ks_repair_look *look = r->look;
    struct ks_buf bytes = {.max = KS_FILE_MAX, .secret = true};
    struct ks_version *v = r->plan->result;

    ks_store_free(look->then);
    look->then = NULL;
    enum ks_code rc = r->store->format->save(r->store, v, r->job, &bytes, NULL);
    if (rc == KS_OK && !bytes.overflow)
        rc = ks_open_bytes(r->store->path, ks_slice(bytes.data, bytes.len), v->password, r->job,
                           &look->then, NULL);
    if (look->then)
        look->then->mode = r->store->mode;
    ks_buf_wipe_free(&bytes);
    return rc == KS_ERR_CANCELLED ? ks_fail(r->err, rc, "cancelled", "stopped while repairing")
                                  : KS_OK;
}

/* A PKCS#12 may show a chain longer than it was meant to be; anything else is another chain. */
static bool begins_with(const struct ks_entry *read, const struct ks_entry *meant)
{
    bool same = read->kind == meant->kind && read->chain_len >= meant->chain_len;

    for (size_t i = 0; same && i < meant->chain_len; i++)
        same = ks_slice_equal(ks_cert_der(&read->chain[i]), ks_cert_der(&meant->chain[i]));
    return same;
}

static bool is_read_so(const struct ks_finder *then, const struct ks_store *store,
                       const struct ks_entry *meant)
{
    size_t at;

    return ks_finder_find(then, meant->alias, &at) && begins_with(ks_store_entry(store, at), meant);
}

/* The entry's chain stays what it was, and what was to make room for it. */
static void revert(struct ks_repairing *r, size_t place)
{
    struct ks_fix *fix = &r->fixes[place];

    ks_repair_rows_revert(r, place);
    ks_entry_unref(fix->made);
    fix->made = fix->unchained;
    fix->unchained = NULL;
    for (size_t i = 0; i < ks_store_count(r->store); i++) {
        if (r->fixes[i].leftover_of != place)
            continue;
        ks_entry_unref(r->fixes[i].moved);
        r->fixes[i].moved = NULL;
        r->fixes[i].gone = false;
        r->fixes[i].leftover_of = KS_NOWHERE;
    }
    ks_repair_lacks(ks_repair_row(r, place),
                    ks_strdup("Java puts the chains of a PKCS12 together by names and key ids, and "
                              "would not find this one: convert it to JKS, which keeps chains, or "
                              "ask the CA for certificates whose key ids fit"));
}

/* *again: something was changed, and is to be looked at once more. */
static void check_chains(struct ks_repairing *r, bool *again)
{
    struct ks_finder then = ks_finder_new(r->look->then);

    *again = false;
    for (size_t i = 0; i < ks_store_count(r->store); i++) {
        struct ks_fix *fix = &r->fixes[i];
        if (!fix->unchained || is_read_so(&then, r->look->then, fix->made))
            continue;
        if (fix->rewritten || !ks_repair_rewrite(r, i))
            revert(r, i);
        fix->rewritten = true;
        *again = true;
    }
    ks_finder_drop(&then);
}

/* The chains that nobody touched are what they were. */
static enum ks_code check_others(const struct ks_repairing *r)
{
    struct ks_finder then = ks_finder_new(r->look->then);
    const struct ks_entry *broken = NULL;

    for (size_t i = 0; i < ks_store_count(r->store) && !broken; i++) {
        const struct ks_entry *e = ks_repair_now(r, i);
        size_t at;
        if (e->kind == KS_KIND_KEY && !(e->notes & KS_NOTE_JAVA_REPLACED) && !r->fixes[i].gone &&
            ks_finder_find(&then, e->alias, &at) &&
            !begins_with(ks_store_entry(r->look->then, at), e))
            broken = e;
    }
    ks_finder_drop(&then);
    if (!broken)
        return KS_OK;
    ks_fail(r->err, KS_ERR_REFUSED, "would-break",
            "nothing was repaired: Java would put another chain together for %.200s then",
            broken->alias);
    return ks_fail_next(r->err, KS_ERR_REFUSED,
                        "convert the file to JKS first, which keeps chains apart");
}

/* Each round rewrites or gives up at least one entry, and each entry at most twice. */
static enum ks_code plan_and_read(struct ks_repairing *r)
{
    bool again = true;
    enum ks_code rc = KS_OK;

    while (again && rc == KS_OK) {
        again = false;
        rc = make_plan(r);
        if (rc == KS_OK)
            rc = read_back(r);
        if (rc == KS_OK && r->look->then && r->store->format == &ks_format_pkcs12)
            check_chains(r, &again);
    }
    if (rc == KS_OK && r->look->then && r->store->format == &ks_format_pkcs12)
        rc = check_others(r);
    return rc;
}

/* ---- what would be wrong then ---- */

/* Of a chain that ends early one thing is said at a time. */
static bool is_of_the_end(const char *id)
{
    static const char *const ids[] = {
        "CHAIN-MISSING-INTERMEDIATE", "CHAIN-ISSUER-UNKNOWN", "CHAIN-WRONG-ISSUER",
        "CHAIN-BROKEN-SIGNATURE",     "CHAIN-LOOP",           "KEY-CERT-MISMATCH"};

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

/* What was wrong before, by the name of its entry. */
struct former {
    const struct ks_diagnosis *before;
    char **names;
    struct ks_index index;
};

static char *name_of(const struct ks_entry *e)
{
    return e ? ks_text_fold(e->alias) : ks_strdup("");
}

static struct former former_of(const struct ks_diagnosis *before)
{
    struct former f = {.before = before,
                       .names = ks_alloc_array(before->count, sizeof *f.names),
                       .index = ks_index_new(before->count)};

    for (size_t i = 0; i < before->count; i++) {
        f.names[i] = name_of(before->at[i].entry);
        ks_index_add(&f.index, ks_slice_str(f.names[i]), i);
    }
    return f;
}

static void former_drop(struct former *f)
{
    for (size_t i = 0; i < f->before->count; i++)
        free(f->names[i]);
    free(f->names);
    ks_index_drop(&f->index);
}

static bool was_there(const struct former *f, const struct ks_diagnosed *d)
{
    char *name = name_of(d->entry);
    bool found = false;

    for (size_t i = ks_index_first(&f->index, ks_slice_str(name)); i != KS_NOWHERE && !found;
         i = ks_index_next(&f->index, i)) {
        const struct ks_diagnosed *b = &f->before->at[i];
        bool same = strcmp(b->found.id, d->found.id) == 0 ||
                    (is_of_the_end(b->found.id) && is_of_the_end(d->found.id));
        found = same && b->found.severity >= KS_WARNING && !b->entry == !d->entry;
    }
    free(name);
    return found;
}

static bool has_step(const struct ks_repair_row *row, enum ks_repair_step step)
{
    for (size_t i = 0; i < row->done_count; i++)
        if (row->done[i].step == step)
            return true;
    return false;
}

static bool had(const struct ks_repairing *r, size_t place, const char *id)
{
    const struct ks_diagnosis *d = &r->look->before;

    for (size_t i = r->found[place]; i < d->count && d->at[i].place == place; i++)
        if (strcmp(d->at[i].found.id, id) == 0)
            return true;
    return false;
}

/* What is wrong with a certificate where there was none for the key before is new, and is said; it
 * was worse without it. In the place of one that works it is refused. */
static bool is_of_new_leaf(const struct ks_repairing *r, const struct ks_finder *before,
                           const struct ks_diagnosed *d)
{
    size_t at;

    if (!d->entry || d->found.cert > 0 || strncmp(d->found.id, "CHAIN-", 6) == 0 ||
        !ks_finder_find(before, d->entry->alias, &at) || r->fixes[at].row == KS_NOWHERE)
        return false;
    const struct ks_repair_row *row = &r->look->rows[r->fixes[at].row];
    return has_step(row, KS_STEP_JOIN_KEY) ||
           (has_step(row, KS_STEP_INSTALL_REPLY) && had(r, at, "KEY-CERT-MISMATCH"));
}

static enum ks_code would_break(const struct ks_diagnosed *d, struct ks_error *err)
{
    const char *who = d->entry ? d->entry->alias : "the keystore";

    ks_fail(err, KS_ERR_REFUSED, "would-break",
            "nothing was repaired: %.150s would have %s: %.200s", who, d->found.id, d->found.title);
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "repair the entries one by one, or give other certificates");
}

/* The first that is wrong then and was not before; NULL: none. */
static const struct ks_diagnosed *find_new(const struct ks_repairing *r)
{
    const struct ks_diagnosis *after = &r->look->after;
    struct former former = former_of(&r->look->before);
    struct ks_finder before = ks_finder_new(r->store);
    const struct ks_diagnosed *found = NULL;

    for (size_t i = 0; i < after->count && !found; i++) {
        const struct ks_diagnosed *d = &after->at[i];
        if (d->found.severity == KS_ERROR && !was_there(&former, d) &&
            !is_of_new_leaf(r, &before, d))
            found = d;
    }
    former_drop(&former);
    ks_finder_drop(&before);
    return found;
}

static enum ks_code look_again(struct ks_repairing *r)
{
    struct ks_repair_look *look = r->look;
    struct ks_store as_planned = *r->store;

    as_planned.now = r->plan->result;
    enum ks_code rc = ks_diagnose(r->doctor, look->then ? look->then : &as_planned, r->context,
                                  r->job, &look->after, r->err);
    const struct ks_diagnosed *new = rc == KS_OK ? find_new(r) : NULL;
    if (new)
        return would_break(new, r->err);
    return rc == KS_OK ? ks_repair_compare(r) : rc;
}

/* ---- the operation ---- */

static enum ks_code fail_nothing(const struct ks_repairing *r)
{
    size_t open = r->look->before.by_severity[KS_ERROR] + r->look->before.by_severity[KS_WARNING];
    const char *who = r->what->entry  ? r->what->entry->alias
                      : r->what->only ? "what was chosen"
                                      : ks_op_file_name(r->store);

    ks_fail(r->err, KS_ERR_REFUSED, "nothing-to-repair",
            "nothing was repaired: %.200s has nothing that a repair would mend", who);
    return ks_fail_next(r->err, KS_ERR_REFUSED, "%s",
                        open ? "the findings that it has are for its CA or its administrator" : "");
}

static enum ks_code fail_lacking(const struct ks_repairing *r)
{
    const struct ks_repair_row *row = &r->look->rows[0];
    const char *who = row->entry ? row->entry->alias : ks_op_file_name(r->store);

    ks_fail(r->err, KS_ERR_REFUSED, "no-repair", "%.100s was not repaired: %.380s", who,
            row->missing ? row->missing : "what it takes is nowhere to be found");
    return ks_fail_next(r->err, KS_ERR_REFUSED, "give files or directories that may have it");
}

static enum ks_code repair(struct ks_repairing *r)
{
    enum ks_code rc =
        ks_diagnose(r->doctor, r->store, r->context, r->job, &r->look->before, r->err);

    if (rc == KS_OK)
        index_findings(r);
    ks_job_phase(r->job, "repairing", ks_store_count(r->store));
    if (rc == KS_OK)
        rc = repair_keys(r);
    if (rc == KS_OK)
        rc = repair_others(r);
    if (rc == KS_OK && r->look->count == 0)
        return fail_nothing(r);
    if (rc == KS_OK && !count_repaired(r->look))
        return fail_lacking(r);
    if (rc == KS_OK)
        rc = plan_and_read(r);
    if (rc != KS_OK)
        return rc;
    r->look->repaired = count_repaired(r->look);
    if (!r->look->repaired)
        return fail_lacking(r);
    rc = look_again(r);
    if (rc == KS_OK)
        ks_repair_say(r);
    return rc;
}

/* What is missing in it may be in the part that could not be read. */
static enum ks_code check_whole(const struct ks_store *store, struct ks_error *err)
{
    if (!ks_store_is_damaged(store))
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "damaged",
            "%.200s was not repaired: the file is damaged, and what could not be read of it would "
            "not be written again",
            ks_op_file_name(store));
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "restore the file, or copy what can be read of it into a new keystore");
}

enum ks_code ks_op_repair(const struct ks_repair *what, struct ks_job *job,
                          struct ks_repair_look *look, struct ks_plan *out, struct ks_error *err)
{
    struct ks_repairing r;
    enum ks_code rc = ks_op_start(what->store, out, err);

    *look = (struct ks_repair_look){0};
    if (rc == KS_OK)
        rc = check_whole(what->store, err);
    if (rc != KS_OK)
        return rc;
    begin(&r, what, job, look, out, err);
    rc = repair(&r);
    if (rc != KS_OK)
        ks_plan_drop(out);
    end(&r);
    return rc;
}

void ks_repair_look_drop(struct ks_repair_look *look)
{
    for (size_t i = 0; i < look->count; i++)
        ks_repair_rows_drop(&look->rows[i]);
    free(look->rows);
    ks_diagnosis_drop(&look->before);
    ks_diagnosis_drop(&look->after);
    ks_store_free(look->then);
    ks_pool_free(look->pool);
    *look = (struct ks_repair_look){0};
}
