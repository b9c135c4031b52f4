/*
 * A CA's reply: the entry is found by its public key, the chain put together from the reply and
 * what the keystores have, and nothing that is missing passed over in silence.
 */
#include "op/bring.h"

#include "base/alloc.h"
#include "base/text.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_OPENED 64 /* keys of entries without a certificate that are looked at */

/* ---- which entry ---- */

struct look {
    const struct ks_reply *reply;
    struct ks_job *job;
    struct ks_gathered *given;
    size_t given_count;
    struct ks_by_key keys;
    struct ks_index ders; /* of given */
    const struct ks_cert *leaf;
};

/* The certificate that is the reply for an entry with this certificate. */
static const struct ks_cert *by_leaf(const struct look *l, const struct ks_entry *e)
{
    if (e->kind != KS_KIND_KEY || !e->chain_len || e->chain[0].flags & KS_CERT_BROKEN)
        return NULL;
    return ks_by_key_first(&l->keys, ks_cert_key_bits(&e->chain[0]));
}

/* The same by the key itself, where there is no certificate or one of another key. Nobody is asked
 * for a password. */
static const struct ks_cert *by_key(const struct look *l, const struct ks_store *store,
                                    const struct ks_entry *e)
{
    struct ks_opener opener = {.store = store, .job = l->job};
    struct ks_material material = {0};
    struct ks_secret *used = NULL;
    struct ks_unlocked unlocked = {0};
    const struct ks_cert *found = NULL;
    uint8_t id[20];

    if (e->kind != KS_KIND_KEY || ks_op_reveal(&opener, e, &material, &used, NULL) != KS_OK ||
        ks_material_describe(&material, ks_slice(NULL, 0), &unlocked, NULL) != KS_OK)
        unlocked.has_key_id = false;
    for (size_t i = 0; unlocked.has_key_id && !found && i < l->keys.count; i++) {
        ks_spki_key_id(ks_cert_part(l->keys.at[i], l->keys.at[i]->spki), id);
        if (memcmp(id, unlocked.key_id, sizeof id) == 0)
            found = l->keys.at[i];
    }
    ks_material_drop(&material);
    ks_secret_free(used);
    ks_opener_drop(&opener);
    return found;
}

/* The entries of a store that the reply fits: their number, and the first two. */
static size_t find_fits(const struct look *l, const struct ks_store *store,
                        const struct ks_entry *out[static 2])
{
    size_t count = 0, opened = 0;

    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (by_leaf(l, e) && count++ < 2)
            out[count - 1] = e;
    }
    for (size_t i = 0; i < ks_store_count(store) && count == 0 && opened < KEYS_OPENED; i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e->kind != KS_KIND_KEY || e->chain_len)
            continue;
        opened++;
        if (by_key(l, store, e) && count++ < 2)
            out[count - 1] = e;
    }
    return count;
}

/* Another entry that the reply fits, in this store or another open one. */
static void find_other(const struct look *l, struct ks_reply_fit *fit)
{
    const struct ks_reply *r = l->reply;
    const struct ks_entry *fits[2];

    *fit = (struct ks_reply_fit){0};
    if (find_fits(l, r->store, fits) > 0)
        *fit = (struct ks_reply_fit){r->store, fits[0]};
    for (size_t i = 0; !fit->entry && i < r->other_count; i++)
        if (r->others[i] != r->store && find_fits(l, r->others[i], fits) > 0)
            *fit = (struct ks_reply_fit){r->others[i], fits[0]};
}

/* ---- what is said when none fits ---- */

/* The certificate that was meant: one that issues nothing. */
static const struct ks_gathered *likely_leaf(const struct look *l)
{
    for (size_t i = 0; i < l->given_count; i++)
        if (!(l->given[i].cert->flags & (KS_CERT_CA | KS_CERT_SELF_ISSUED)))
            return &l->given[i];
    return &l->given[0];
}

static void say_fit(const struct look *l, const struct ks_reply_fit *fit, struct ks_error *err)
{
    if (!fit->entry)
        ks_fail_next(err, err->code,
                     "open the keystore whose key was in the request, or make a new request");
    else if (fit->store == l->reply->store)
        ks_fail_next(err, err->code, "it fits %.150s: import it there", fit->entry->alias);
    else
        ks_fail_next(err, err->code, "it fits %.100s in %.120s: import it there", fit->entry->alias,
                     ks_op_file_name(fit->store));
}

static enum ks_code fail_mismatch(const struct look *l, const struct ks_reply_fit *fit,
                                  struct ks_error *err)
{
    const struct ks_gathered *leaf = likely_leaf(l);
    const struct ks_entry *e = l->reply->entry;
    struct ks_buf where = KS_BUF_INIT, theirs = KS_BUF_INIT, own = KS_BUF_INIT;

    ks_gathered_where(leaf, &where);
    ks_bring_key_id(ks_cert_part(leaf->cert, leaf->cert->spki), &theirs);
    if (e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN)) {
        ks_buf_str(&own, " (");
        ks_bring_key_id(ks_cert_part(&e->chain[0], e->chain[0].spki), &own);
        ks_buf_str(&own, ")");
    }
    ks_fail(err, KS_ERR_REFUSED, "key-mismatch",
            "%.150s was not imported: it certifies another key (%s) than %.150s%s",
            ks_buf_text(&where), ks_buf_text(&theirs), e->alias, ks_buf_text(&own));
    say_fit(l, fit, err);
    ks_buf_free(&where);
    ks_buf_free(&theirs);
    ks_buf_free(&own);
    return KS_ERR_REFUSED;
}

static enum ks_code fail_no_entry(const struct look *l, const struct ks_reply_fit *fit,
                                  struct ks_error *err)
{
    const struct ks_gathered *leaf = likely_leaf(l);
    struct ks_buf where = KS_BUF_INIT, theirs = KS_BUF_INIT;

    ks_gathered_where(leaf, &where);
    ks_bring_key_id(ks_cert_part(leaf->cert, leaf->cert->spki), &theirs);
    ks_fail(err, KS_ERR_REFUSED, "no-entry",
            "%.150s was not imported: no key pair of %.150s has its key (%s)", ks_buf_text(&where),
            ks_op_file_name(l->reply->store), ks_buf_text(&theirs));
    say_fit(l, fit, err);
    ks_buf_free(&where);
    ks_buf_free(&theirs);
    return KS_ERR_REFUSED;
}

static enum ks_code fail_several(const struct ks_entry *const fits[2], struct ks_error *err)
{
    ks_fail(err, KS_ERR_REFUSED, "several-entries",
            "the reply was not imported: %.150s and %.150s have the same key, which it fits",
            fits[0]->alias, fits[1]->alias);
    return ks_fail_next(err, KS_ERR_REFUSED, "say which entry it is for");
}

static enum ks_code fail_nothing(const struct ks_reply *r, struct ks_error *err)
{
    ks_fail(err, KS_ERR_NOT_FOUND, "no-certificate",
            "nothing was imported: there is no certificate in %.200s",
            r->given->count == 1 ? ks_op_file_name(r->given->stores[0]) : "what was given");
    return ks_fail_next(err, KS_ERR_NOT_FOUND, "give the files that the CA sent");
}

static enum ks_code find_entry(struct look *l, struct ks_reply_look *out, struct ks_reply_fit *fit,
                               struct ks_error *err)
{
    const struct ks_reply *r = l->reply;
    const struct ks_entry *fits[2] = {NULL};
    struct ks_reply_fit other = {0};

    if (l->given_count == 0)
        return fail_nothing(r, err);
    out->entry = r->entry;
    if (!r->entry) {
        size_t count = find_fits(l, r->store, fits);
        if (count > 1)
            return fail_several(fits, err);
        out->entry = fits[0];
    }
    if (out->entry)
        l->leaf = by_leaf(l, out->entry);
    if (out->entry && !l->leaf)
        l->leaf = by_key(l, r->store, out->entry);
    if (l->leaf)
        return KS_OK;
    out->entry = NULL;
    find_other(l, &other);
    if (fit)
        *fit = other;
    return r->entry ? fail_mismatch(l, &other, err) : fail_no_entry(l, &other, err);
}

/* ---- the new chain ---- */

enum { RANK_GIVEN, RANK_OWN, RANK_STORE, RANK_OTHERS };

static struct ks_pool *pool_of(const struct look *l, const struct ks_entry *entry)
{
    const struct ks_reply *r = l->reply;
    struct ks_pool *pool = ks_pool_new();

    for (size_t i = 0; i < l->given_count; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = l->given[i].cert,
                                                 .store = l->given[i].store,
                                                 .entry = l->given[i].entry,
                                                 .index = l->given[i].index,
                                                 .rank = RANK_GIVEN});
    for (size_t i = 0; i < entry->chain_len; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = &entry->chain[i],
                                                 .store = r->store,
                                                 .entry = entry,
                                                 .index = (int)i,
                                                 .rank = RANK_OWN});
    ks_pool_add_store(pool, r->store, RANK_STORE);
    for (size_t i = 0; i < r->other_count; i++)
        ks_pool_add_store(pool, r->others[i], RANK_OTHERS + (unsigned)i);
    return pool;
}

/* Where it is in the reply; NULL: it is from a store. */
static const struct ks_gathered *given_as(const struct look *l, const struct ks_cert *c)
{
    size_t i = ks_index_first(&l->ders, ks_cert_der(c));
    return i != KS_NOWHERE ? &l->given[i] : NULL;
}

static void add_row(const struct look *l, struct ks_reply_look *out, enum ks_reply_role role,
                    const struct ks_cert *cert, const struct ks_pool_cert *found)
{
    const struct ks_gathered *given = given_as(l, cert);
    struct ks_reply_row *row = &out->rows[out->count];

    *row = (struct ks_reply_row){.role = role, .position = out->count, .cert = cert};
    if (given)
        row->from = *given;
    else
        row->found = found;
    out->count++;
}

static bool has_row(const struct ks_reply_look *out, const struct ks_cert *cert)
{
    for (size_t i = 0; i < out->count && i <= KS_PATH_MAX; i++)
        if (ks_slice_equal(ks_cert_der(out->rows[i].cert), ks_cert_der(cert)))
            return true;
    return false;
}

static void put_rows(const struct look *l, const struct ks_path *path, struct ks_reply_look *out)
{
    bool without = l->reply->leave_root && path->complete && path->len > 0;

    out->rows = ks_alloc_array(l->given_count + path->len + 1, sizeof *out->rows);
    add_row(l, out, KS_REPLY_LEAF, l->leaf, NULL);
    for (size_t i = 0; i < path->len; i++)
        add_row(l, out, without && i + 1 == path->len ? KS_REPLY_ROOT : KS_REPLY_ISSUER,
                path->at[i]->cert, path->at[i]);
    size_t chain = out->count;
    for (size_t i = 0; i < l->given_count; i++) {
        struct ks_reply_look first = {.rows = out->rows, .count = chain};
        if (!has_row(&first, l->given[i].cert))
            add_row(l, out, KS_REPLY_UNRELATED, l->given[i].cert, NULL);
    }
}

/* ---- what is missing ---- */

static void issuer_label(const struct ks_cert *end, struct ks_buf *out)
{
    ks_name_label(ks_cert_part(end, end->issuer), out);
    (void)ks_text_shorten(out, 150);
    ks_bring_put_aki(end, 4, out);
}

/* ---- what stands in the way ---- */

static enum ks_code check_age(const struct look *l, const struct ks_reply_look *out,
                              struct ks_error *err)
{
    const struct ks_entry *e = out->entry;
    char theirs[16], own[16];

    /* CAs date back by minutes to days: a self-signed stand-in is always replaced. */
    if (l->reply->older || !e->chain_len ||
        e->chain[0].flags & (KS_CERT_SELF_ISSUED | KS_CERT_BROKEN | KS_CERT_BAD_TIME) ||
        l->leaf->not_before >= e->chain[0].not_before)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "older",
            "the reply was not imported: its certificate for %.150s began on %s, the present one "
            "on %s",
            e->alias, ks_time_date(l->leaf->not_before, theirs),
            ks_time_date(e->chain[0].not_before, own));
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "give the newer reply, or say that an older certificate is meant");
}

static enum ks_code check_gap(const struct look *l, const struct ks_path *path,
                              const struct ks_reply_look *out, struct ks_error *err)
{
    struct ks_buf issuer = KS_BUF_INIT;

    if (out->complete || l->reply->incomplete)
        return KS_OK;
    issuer_label(ks_path_end(path, l->leaf), &issuer);
    ks_fail(err, KS_ERR_REFUSED, "incomplete",
            "the reply for %.150s was not imported: its chain ends early, as its issuer %s is "
            "missing%s",
            out->entry->alias, ks_buf_text(&issuer),
            path->cut ? " (the search was stopped at its bounds)"
            : out->root_missing
                ? ". If that is the root, clients have it themselves, and the chain "
                  "can be stored as it is"
                : "");
    ks_buf_free(&issuer);
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "add the CA's certificate to the files, or say that the chain is to be "
                        "stored with the gap");
}

/* Of a chain that ends with it nothing is missing that a server has to send, when what signed it is
 * a root; which cannot be seen from here. */
static bool is_issued_ca(const struct ks_cert *end)
{
    return end->flags & KS_CERT_CA && !(end->flags & KS_CERT_SELF_ISSUED);
}

static enum ks_code look_at_chain(struct look *l, struct ks_reply_look *out, struct ks_error *err)
{
    struct ks_path path;

    out->pool = pool_of(l, out->entry);
    (void)ks_paths(out->pool, l->leaf, l->reply->now, &path, 1);
    out->complete = path.complete;
    out->unverified = path.unverified;
    put_rows(l, &path, out);
    if (!path.complete)
        out->missing = ks_bring_missing(ks_path_end(&path, l->leaf));
    out->root_missing = !path.complete && !path.cut && is_issued_ca(ks_path_end(&path, l->leaf));
    enum ks_code rc = check_age(l, out, err);
    return rc == KS_OK ? check_gap(l, &path, out, err) : rc;
}

static void begin(struct look *l, const struct ks_reply *reply, struct ks_job *job)
{
    *l = (struct look){.reply = reply, .job = job};
    l->given = ks_gather_certs(reply->given, &l->given_count, NULL);
    l->keys = ks_by_key_of(l->given, l->given_count, reply->now);
    l->ders = ks_index_new(l->given_count);
    for (size_t i = 0; i < l->given_count; i++)
        ks_index_add(&l->ders, ks_cert_der(l->given[i].cert), i);
}

static void end(struct look *l)
{
    free(l->given);
    ks_by_key_drop(&l->keys);
    ks_index_drop(&l->ders);
}

enum ks_code ks_reply_look(const struct ks_reply *reply, struct ks_job *job,
                           struct ks_reply_look *out, struct ks_reply_fit *fit,
                           struct ks_error *err)
{
    struct look l;

    *out = (struct ks_reply_look){0};
    if (fit)
        *fit = (struct ks_reply_fit){0};
    begin(&l, reply, job);
    enum ks_code rc = find_entry(&l, out, fit, err);
    if (rc == KS_OK)
        rc = look_at_chain(&l, out, err);
    end(&l);
    return rc;
}

void ks_reply_look_drop(struct ks_reply_look *look)
{
    free(look->rows);
    free(look->missing);
    ks_pool_free(look->pool);
    *look = (struct ks_reply_look){0};
}

/* ---- the entry with its new chain ---- */

static bool is_in_chain(const struct ks_reply_row *row)
{
    return row->role == KS_REPLY_LEAF || row->role == KS_REPLY_ISSUER;
}

static struct ks_entry *with_chain(const struct ks_entry *e, const struct ks_reply_look *look)
{
    const struct ks_cert *certs[KS_PATH_MAX + 1];
    size_t len = 0;

    for (size_t i = 0; i < look->count && len <= KS_PATH_MAX; i++)
        if (is_in_chain(&look->rows[i]))
            certs[len++] = look->rows[i].cert;
    return ks_bring_with_chain(e, certs, len);
}

/* ---- remarks ---- */

static void remark_validity(struct ks_plan *plan, const struct ks_entry *e, const struct ks_cert *c,
                            int64_t now)
{
    struct ks_buf label = KS_BUF_INIT;
    char date[16];

    ks_bring_label(c, &label);
    if (!(c->flags & KS_CERT_BAD_TIME) && c->not_after < now)
        ks_plan_remark(plan, KS_REMARK_WARNING, "expired", e->alias,
                       "%.300s: the certificate %s expired on %s", e->alias, ks_buf_text(&label),
                       ks_time_date(c->not_after, date));
    else if (!(c->flags & KS_CERT_BAD_TIME) && c->not_before > now)
        ks_plan_remark(plan, KS_REMARK_WARNING, "not-yet-valid", e->alias,
                       "%.300s: the certificate %s begins on %s; until then clients refuse it",
                       e->alias, ks_buf_text(&label), ks_time_date(c->not_before, date));
    ks_buf_free(&label);
}

static void remark_source(struct ks_plan *plan, const struct ks_entry *e,
                          const struct ks_reply_row *row)
{
    struct ks_buf label = KS_BUF_INIT;

    ks_bring_label(row->cert, &label);
    if (row->found && row->role == KS_REPLY_ISSUER && row->found->entry != e)
        ks_plan_remark(plan, KS_REMARK_NOTE, "issuer-found", e->alias,
                       "%.300s: its issuer %s, which the reply does not have, is taken from %.200s",
                       e->alias, ks_buf_text(&label), ks_op_file_name(row->found->store));
    ks_buf_free(&label);
}

static void remark_unrelated(struct ks_plan *plan, const struct ks_reply_look *look)
{
    const struct ks_entry *e = look->entry;
    struct ks_buf first = KS_BUF_INIT;
    size_t count = 0;

    for (size_t i = 0; i < look->count; i++)
        if (look->rows[i].role == KS_REPLY_UNRELATED && count++ == 0)
            ks_bring_label(look->rows[i].cert, &first);
    if (count == 1)
        ks_plan_remark(plan, KS_REMARK_NOTE, "left-out", e->alias,
                       "%.300s: %s is no part of its chain and is left out", e->alias,
                       ks_buf_text(&first));
    else if (count > 1)
        ks_plan_remark(plan, KS_REMARK_NOTE, "left-out", e->alias,
                       "%.300s: %s and %zu more are no part of its chain and are left out",
                       e->alias, ks_buf_text(&first), count - 1);
    ks_buf_free(&first);
}

/* keytool -importcert under another alias makes a trusted entry of a reply, which is of no use. */
static void remark_misplaced(struct ks_plan *plan, const struct ks_store *store,
                             const struct ks_reply_look *look)
{
    const struct ks_cert *leaf = look->rows[0].cert;

    if (leaf->flags & KS_CERT_SELF_ISSUED)
        return;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e->kind == KS_KIND_TRUSTED && e->chain_len &&
            ks_slice_equal(ks_cert_der(&e->chain[0]), ks_cert_der(leaf)))
            ks_plan_remark(plan, KS_REMARK_NOTE, "reply-misplaced", e->alias,
                           "%.300s has the same certificate as a trusted one, which %.200s does "
                           "not need: it can be deleted",
                           e->alias, look->entry->alias);
    }
}

static void remark_chain(struct ks_plan *plan, const struct ks_reply_look *look)
{
    const struct ks_entry *e = look->entry;

    if (look->root_missing)
        ks_plan_remark(plan, KS_REMARK_NOTE, "root-missing", e->alias,
                       "The root is not among the certificates of %.300s, if the issuer that is "
                       "missing is one: %.700s. Clients have their roots themselves",
                       e->alias, look->missing);
    else if (!look->complete)
        ks_plan_remark(plan, KS_REMARK_WARNING, "chain-incomplete", e->alias,
                       "The chain of %.300s ends early: %.700s is missing. Clients that do not "
                       "know it fail with \"PKIX path building failed\"",
                       e->alias, look->missing);
    if (look->unverified)
        ks_plan_remark(plan, KS_REMARK_WARNING, "unverified", e->alias,
                       "%.300s: a signature of its chain could not be checked: its algorithm is "
                       "not in this OpenSSL",
                       e->alias);
    if (look->rows[0].cert->flags & KS_CERT_SELF_ISSUED)
        ks_plan_remark(plan, KS_REMARK_WARNING, "self-signed", e->alias,
                       "%.300s: the reply is self-signed: no CA has signed it", e->alias);
}

static bool is_in_key_pair(const struct ks_entry *e, const struct ks_cert *cert)
{
    for (size_t i = 0; e->kind == KS_KIND_KEY && i < e->chain_len; i++)
        if (ks_slice_equal(ks_cert_der(&e->chain[i]), ks_cert_der(cert)))
            return true;
    return false;
}

/* Readers of PKCS#12 put chains together from all certificates of the file; what trusted ones add
 * is remarked of every entry (ks_plan_judge). */
static void remark_rebuilt(struct ks_plan *plan, const struct ks_store *store,
                           const struct ks_reply_look *look, const struct ks_cert *root)
{
    for (size_t i = 0; store->format == &ks_format_pkcs12 && i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e == look->entry || !is_in_key_pair(e, root))
            continue;
        ks_plan_remark(plan, KS_REMARK_NOTE, "chain-rebuilt", look->entry->alias,
                       "%.500s: Java will add the root to its chain all the same, as it is in that "
                       "of %.500s, and a PKCS12 does not say where a chain ends",
                       look->entry->alias, e->alias);
        return;
    }
}

static void remark_issuers(struct ks_plan *plan, const struct ks_reply_look *look)
{
    const struct ks_cert *chain[KS_PATH_MAX + 1];
    size_t len = 0;

    for (size_t i = 0; i < look->count && len <= KS_PATH_MAX; i++)
        if (look->rows[i].role != KS_REPLY_UNRELATED)
            chain[len++] = look->rows[i].cert;
    ks_bring_judge_chain(plan, look->entry->alias, chain, len);
}

static void remark_all(struct ks_plan *plan, const struct ks_reply *reply,
                       const struct ks_reply_look *look)
{
    remark_chain(plan, look);
    remark_issuers(plan, look);
    for (size_t i = 0; i < look->count; i++) {
        if (is_in_chain(&look->rows[i]))
            remark_validity(plan, look->entry, look->rows[i].cert, reply->now);
        if (look->rows[i].role == KS_REPLY_ROOT)
            remark_rebuilt(plan, reply->store, look, look->rows[i].cert);
        remark_source(plan, look->entry, &look->rows[i]);
    }
    remark_unrelated(plan, look);
    remark_misplaced(plan, reply->store, look);
}

/* ---- the same with keytool ---- */

static bool is_loose_file(const struct ks_store *s)
{
    return !(s->format->caps & KS_CAP_STORE) && ks_bring_is_file(s);
}

/* The files of the reply that the chain is from, the leaf's first: at most `max`. */
static size_t files_of(const struct ks_reply_look *look, const struct ks_store **out, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < look->count; i++) {
        const struct ks_store *s = look->rows[i].from.store;
        size_t k = 0;
        if (!is_in_chain(&look->rows[i]) || !s)
            continue;
        while (k < count && out[k] != s)
            k++;
        if (k == count && count < max)
            out[count++] = s;
    }
    return count;
}

static bool is_cacerts(const struct ks_store *s)
{
    const char *slash = strrchr(s->path, '/');
    return strcmp(slash ? slash + 1 : s->path, "cacerts") == 0;
}

/* An issuer that keytool does not find by itself: it looks at the first certificates of the entries
 * of its own keystore, and at the JVM's when told. */
static bool is_elsewhere(const struct ks_reply *reply, const struct ks_reply_row *row)
{
    return row->role == KS_REPLY_ISSUER && row->found && !is_cacerts(row->found->store) &&
           (row->found->store != reply->store || row->found->index > 0);
}

static bool needs_cacerts(const struct ks_reply_row *row)
{
    return row->role == KS_REPLY_ISSUER && row->found && is_cacerts(row->found->store);
}

static size_t chain_length(const struct ks_reply_look *look)
{
    size_t len = 0;
    while (len < look->count && is_in_chain(&look->rows[len]))
        len++;
    return len;
}

static void put_commands(struct ks_commands *c, const struct ks_reply *reply,
                         const struct ks_reply_look *look)
{
    const struct ks_store *files[KS_GATHER_SOURCES];
    size_t count = files_of(look, files, KS_GATHER_SOURCES);
    bool jvm = false, more = false;

    for (size_t i = 0; i < look->count; i++) {
        jvm = jvm || needs_cacerts(&look->rows[i]);
        more = more || is_elsewhere(reply, &look->rows[i]);
    }
    if (!(reply->store->format->caps & KS_CAP_STORE)) {
        ks_command_remark(c, "in a PEM file, put the chain behind the key with an editor");
        return;
    }
    if (!look->complete && chain_length(look) == 1)
        ks_command_remark(c, "keytool refuses this one: \"Failed to establish chain from reply\"");
    ks_bring_say_passwords(c, reply->store,
                           more || (count > 0 && files[0]->format->caps & KS_CAP_STORE));
    if (count == 1 && !more && is_loose_file(files[0])) {
        char *path = ks_command_path(files[0]->path);
        ks_bring_put_import(c, reply->store, look->entry, path, jvm);
        free(path);
    } else {
        ks_command_scratch(c);
        for (size_t i = 0; i < count; i++)
            ks_bring_put_file(c, files[i], "reply.pem", i == 0);
        for (size_t i = 0; i < look->count; i++)
            if (is_elsewhere(reply, &look->rows[i]))
                ks_bring_put_issuer(c, look->rows[i].found, "reply.pem", false);
        ks_bring_put_import(c, reply->store, look->entry, "reply.pem", jvm);
        ks_command_scratch_end(c);
    }
}

/* ---- the operation ---- */

static bool has_same_chain(const struct ks_entry *a, const struct ks_entry *b)
{
    bool same = a->chain_len == b->chain_len;

    for (size_t i = 0; same && i < a->chain_len; i++)
        same = ks_slice_equal(ks_cert_der(&a->chain[i]), ks_cert_der(&b->chain[i]));
    return same;
}

static void make_plan(struct ks_plan *out, const struct ks_reply *reply,
                      const struct ks_reply_look *look, struct ks_list *l, size_t place)
{
    struct ks_store *store = reply->store;
    char *label = ks_asprintf("imported the CA reply for %.200s", look->entry->alias);
    struct ks_entry *made = with_chain(look->entry, look);

    remark_all(out, reply, look);
    put_commands(&out->commands, reply, look);
    if (has_same_chain(look->entry, made)) {
        ks_plan_remark(out, KS_REMARK_NOTE, "known", look->entry->alias,
                       "%.300s has this chain already", look->entry->alias);
        ks_entry_unref(made);
    } else {
        ks_list_replace(l, place, made);
    }
    ks_op_finish(out, l, store->now->password, store->now->protection, label);
    free(label);
}

enum ks_code ks_op_reply(const struct ks_reply *reply, struct ks_job *job, struct ks_plan *out,
                         struct ks_error *err)
{
    struct ks_reply_look look = {0};
    size_t place = 0;
    enum ks_code rc = ks_op_start(reply->store, out, err);

    if (rc != KS_OK)
        return rc;
    struct ks_list l = ks_list_of(reply->store->now);
    rc = ks_reply_look(reply, job, &look, NULL, err);
    if (rc == KS_OK)
        rc = ks_op_place(&l, look.entry, &place, err);
    if (rc == KS_OK)
        make_plan(out, reply, &look, &l, place);
    else
        ks_plan_drop(out);
    ks_reply_look_drop(&look);
    ks_list_drop(&l);
    return rc;
}
