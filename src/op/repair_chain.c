/*
 * The chain of a key pair: from the certificate that it has, or from a better one for the same key,
 * up to the root. What is stored and works stays as it is, apart from order and extras.
 */
#include "op/repairing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "chain/issuer.h"
#include "chain/reply.h"
#include "chain/signatures.h"
#include "x509/cert.h"
#include "x509/host.h"
#include "x509/keygen.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define REPLIES_COMPARED 50  /* certificates for one key */
#define COMPARED_MOST 200000 /* pairs of an issuer and what it may have issued, of one chain */

struct chain {
    const struct ks_cert **at;
    size_t count, cap;
    size_t end; /* place of the one that the way from the leaf ends at; behind it is what is kept */
    const struct ks_cert *top; /* that one, or where the way ends in what stays as it is */
    bool complete;             /* it is a root */
};

static void put(struct chain *c, const struct ks_cert *cert)
{
    if (c->count == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 8;
        c->at = ks_realloc(c->at, c->cap * sizeof *c->at);
    }
    c->at[c->count++] = cert;
}

static bool has_cert(const struct chain *c, const struct ks_cert *cert)
{
    for (size_t i = 0; i < c->count; i++)
        if (ks_cert_same(c->at[i], cert))
            return true;
    return false;
}

/* ---- what is missing ---- */

static size_t count_rejected(const struct ks_repairing *r, const struct ks_cert *end,
                             const struct ks_pool_cert **first)
{
    struct ks_slice wanted = ks_cert_part(end, end->issuer);
    const struct ks_pool *pool = r->look->pool;
    size_t count = 0;

    for (size_t i = ks_pool_of_name(pool, wanted); i != KS_NOWHERE && count < 2;
         i = ks_pool_next_of_name(pool, i)) {
        const struct ks_pool_cert *p = ks_pool_at(pool, i);
        if (ks_name_equal(ks_cert_part(p->cert, p->cert->subject), wanted) && count++ == 0)
            *first = p;
    }
    return count;
}

char *ks_repair_needed(const struct ks_repairing *r, const struct ks_cert *end)
{
    const struct ks_pool_cert *first = NULL;
    size_t rejected = count_rejected(r, end, &first);
    char *name = ks_bring_missing(end);
    struct ks_buf out = KS_BUF_INIT;

    ks_buf_printf(&out, "Needed: the CA certificate of %s", name);
    if (rejected) {
        ks_buf_str(&out, rejected == 1 ? ". One of that name was rejected, in "
                                       : ". Several of that name were rejected, the first in ");
        ks_source_where(first, r->store, &out);
        ks_buf_str(&out, ": its key did not make the signature");
    }
    free(name);
    return ks_buf_steal(&out);
}

bool ks_repair_path(struct ks_repairing *r, const struct ks_cert *leaf, const struct ks_cert **out,
                    size_t *count, char **missing)
{
    struct ks_path path;

    (void)ks_paths(r->look->pool, leaf, r->context->now, &path, 1);
    out[0] = leaf;
    for (size_t i = 0; i < path.len; i++)
        out[i + 1] = path.at[i]->cert;
    *count = path.len + 1;
    *missing = path.complete ? NULL : ks_repair_needed(r, ks_path_end(&path, leaf));
    return path.complete;
}

/* ---- replies ---- */

/* The public key of an entry whose certificate is of another one: the private key says it. */
static struct ks_buf key_of(struct ks_repairing *r, const struct ks_entry *e)
{
    struct ks_opener opener = {.store = r->store, .ask = &r->what->passwords, .job = r->job};
    struct ks_material material = {0};
    struct ks_secret *used = NULL;
    struct ks_buf spki = KS_BUF_INIT;

    if (ks_op_reveal(&opener, e, &material, &used, NULL) == KS_OK &&
        material.type == KS_MATERIAL_PRIVATE &&
        ks_private_to_spki(material.bytes, &spki, NULL) != KS_OK)
        ks_buf_clear(&spki);
    ks_material_drop(&material);
    ks_secret_free(used);
    ks_opener_drop(&opener);
    return spki;
}

static size_t hosts_fitting(const struct ks_repairing *r, const struct ks_cert *c)
{
    size_t count = 0;

    for (size_t i = 0; i < r->context->host_count; i++)
        count += ks_cert_answers_for(c, r->context->hosts[i]) == KS_HOST_MATCH;
    return count;
}

/* What is above it, the fewer the better. */
static size_t faults_above(const struct ks_repairing *r, const struct ks_cert *c)
{
    struct ks_path path;

    (void)ks_paths(r->look->pool, c, r->context->now, &path, 1);
    return path.complete ? path.faults : SIZE_MAX;
}

/* The use, the names, the way to a root, the newer, the one that lasts. */
static bool is_better(const struct ks_repairing *r, const struct ks_cert *a,
                      const struct ks_cert *b, const struct ks_cert *present)
{
    size_t x, y;

    if (!b ||
        ks_reply_serves(&r->replying, a, present) != ks_reply_serves(&r->replying, b, present))
        return !b || ks_reply_serves(&r->replying, a, present);
    x = hosts_fitting(r, a), y = hosts_fitting(r, b);
    if (r->context->host_count == 0 && present)
        x = ks_reply_covers_names(a, present), y = ks_reply_covers_names(b, present);
    if (x != y)
        return x > y;
    x = faults_above(r, a), y = faults_above(r, b);
    if (x != y)
        return x < y;
    if (a->not_before != b->not_before)
        return a->not_before > b->not_before;
    return a->not_after > b->not_after;
}

/* The best certificate for this key that is valid and was signed by somebody else. */
static const struct ks_cert *find_reply(const struct ks_repairing *r, struct ks_slice bits,
                                        const struct ks_cert *present)
{
    const struct ks_cert *best = NULL;
    size_t fitting = 0;

    for (size_t i = bits.len ? ks_pool_of_key(r->look->pool, bits) : KS_NOWHERE;
         i != KS_NOWHERE && fitting < REPLIES_COMPARED; i = ks_pool_next_of_key(r->look->pool, i)) {
        const struct ks_cert *c = ks_pool_at(r->look->pool, i)->cert;
        if (!ks_reply_improves(c, present, r->context->now) ||
            !ks_reply_may_take_place(&r->replying, c, present))
            continue;
        fitting++;
        if (is_better(r, c, best, present))
            best = c;
    }
    return best;
}

/* Another key pair with the same key: which of them is meant, nobody can tell. */
static const struct ks_entry *find_twin(const struct ks_repairing *r, size_t place,
                                        struct ks_slice bits)
{
    for (size_t i = ks_census_key(r->census, bits); i != KS_NOWHERE;
         i = ks_index_next(&r->census->keys, i)) {
        const struct ks_census_cert *c = &r->census->at[i];
        if (c->place != place && c->index == 0 && c->entry->kind == KS_KIND_KEY)
            return c->entry;
    }
    return NULL;
}

static void remove_leftovers(struct ks_repairing *r, size_t place, const struct ks_cert *reply)
{
    for (size_t i = ks_census_der(r->census, reply); i != KS_NOWHERE;
         i = ks_index_next(&r->census->ders, i)) {
        const struct ks_census_cert *c = &r->census->at[i];
        if ((c->entry->kind != KS_KIND_TRUSTED && c->entry->kind != KS_KIND_CERT) ||
            r->what->keep_leftover || r->fixes[c->place].gone)
            continue;
        r->fixes[c->place].gone = true;
        r->fixes[c->place].leftover_of = place;
        if (c->entry->kind == KS_KIND_TRUSTED)
            ks_repair_did(ks_repair_row(r, place), KS_STEP_REMOVE_LEFTOVER,
                          "remove the trusted entry %.300s, which is this reply", c->entry->alias);
    }
}

static void say_reply(struct ks_repairing *r, size_t place, const struct ks_cert *reply)
{
    char *label = ks_repair_label(reply), *where = ks_repair_where(r, reply), date[16];
    struct ks_buf issuer = KS_BUF_INIT;

    ks_name_label(ks_cert_part(reply, reply->issuer), &issuer);
    (void)ks_text_shorten(&issuer, 200);
    char *by = ks_text_show_nul(ks_text_keep_nul(&issuer));
    ks_repair_did(ks_repair_row(r, place), KS_STEP_INSTALL_REPLY,
                  "install the reply for its key: %.200s, signed by %.200s, until %s, from %.300s",
                  label, by, ks_time_date(reply->not_after, date), where);
    free(by);
    free(label);
    free(where);
}

/* ---- the chain ---- */

static void put_path(struct chain *c, const struct ks_cert *leaf, const struct ks_path *path)
{
    put(c, leaf);
    for (size_t i = 0; i < path->len; i++)
        put(c, path->at[i]->cert);
    c->end = c->count - 1;
    c->top = c->at[c->end];
    c->complete = path->complete;
}

/* What is stored, as far as the signatures go. */
static void put_walk(struct chain *c, const struct ks_chain_look *look)
{
    for (size_t i = 0; i < look->walk_len; i++)
        put(c, look->stored[look->walk[i]]);
    c->end = c->count - 1;
    c->top = c->at[c->end];
    c->complete = look->end == KS_END_ROOT;
}

static size_t faults_of(const struct ks_chain_look *look)
{
    size_t count = 0;

    for (size_t i = 1; i < look->walk_len; i++)
        for (unsigned f = look->faults[i] & ~(unsigned)KS_ISSUER_MILD; f; f &= f - 1)
            count++;
    return count;
}

/* ---- what is kept behind it ---- */

/* PKCS#12 has no place behind a chain. */
static bool has_room(const struct ks_repairing *r)
{
    return r->store->format != &ks_format_pkcs12;
}

static size_t count_of(const struct ks_cert *const *at, size_t count, const struct ks_cert *cert)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += ks_cert_same(at[i], cert);
    return found;
}

/* All that is stored and is not in yet, as often as it is stored. */
static void put_rest(struct chain *c, const struct ks_entry *e)
{
    struct chain seen = {0};

    for (size_t i = 0; i < e->chain_len; i++) {
        put(&seen, &e->chain[i]);
        if (count_of(c->at, c->count, &e->chain[i]) < count_of(seen.at, seen.count, &e->chain[i]))
            put(c, &e->chain[i]);
    }
    free(seen.at);
}

/* Which of the stored ones issued something of a chain. */
struct keeping {
    const struct ks_repairing *r;
    const struct ks_chain_look *look;
    struct ks_effort *effort; /* of the whole repair */
    size_t compared;
    bool cut;
};

static bool did_issue(struct keeping *k, const struct ks_cert *issuer, const struct ks_cert *child)
{
    k->cut = k->cut || k->effort->cut || k->compared == COMPARED_MOST;
    if (k->cut || issuer->flags & KS_CERT_BROKEN || child->flags & KS_CERT_BROKEN)
        return false;
    k->compared++;
    bool issued =
        ks_signatures_edge(k->r->signatures, child, issuer, k->effort) != KS_VERDICT_BAD;
    k->cut = k->cut || k->effort->cut;
    return issued;
}

static bool has_expired(const struct keeping *k, const struct ks_cert *c)
{
    return !(c->flags & KS_CERT_BAD_TIME) && c->not_after < k->r->context->now;
}

/* All that is stored above it has expired. */
static bool leads_to_expired(struct keeping *k, const struct ks_cert *c)
{
    size_t expired = 0;

    for (size_t i = 0; i < k->look->stored_count; i++) {
        const struct ks_cert *issuer = k->look->stored[i];
        if (ks_cert_same(issuer, c) || !did_issue(k, issuer, c))
            continue;
        if (!has_expired(k, issuer))
            return false;
        expired++;
    }
    return expired > 0;
}

/* Other ways from the leaf, of which a client may know the end: what the chain is made of is known
 * here, what is trusted elsewhere is not. `replaced`: the chain ends at a root that holds, and what
 * has expired makes room. False: there is too much to tell. */
static bool put_issuers(const struct ks_repairing *r, const struct ks_chain_look *look,
                        struct chain *c, bool replaced)
{
    struct keeping k = {.r = r, .look = look, .effort = r->context->effort};

    for (size_t n = 0; n < c->count && !k.cut; n++)
        for (size_t i = 0; i < look->stored_count && !k.cut; i++) {
            const struct ks_cert *issuer = look->stored[i];
            if (has_cert(c, issuer) || !did_issue(&k, issuer, c->at[n]) ||
                (replaced && (has_expired(&k, issuer) || leads_to_expired(&k, issuer))))
                continue;
            put(c, issuer);
        }
    return !k.cut;
}

/* In the order in which they are stored, the leaf first: nothing is new. */
static void put_as_stored(struct chain *c, const struct ks_chain_look *look)
{
    struct chain old = *c;

    *c = (struct chain){.top = old.top, .complete = old.complete};
    put(c, look->stored[look->leaf]);
    for (size_t i = 0; i < look->stored_count; i++)
        if (has_cert(&old, look->stored[i]) && !has_cert(c, look->stored[i]))
            put(c, look->stored[i]);
    while (c->end + 1 < c->count && !ks_cert_same(c->at[c->end], c->top))
        c->end++;
    free(old.at);
}

/* Each certificate of the walk is stored before its issuer. */
static bool is_ascending(const struct ks_chain_look *look)
{
    for (size_t i = 1; i < look->walk_len; i++)
        if (look->walk[i] < look->walk[i - 1])
            return false;
    return true;
}

/* A root that was not there is left out when that is wished. */
static void leave_root(const struct ks_repairing *r, const struct ks_entry *e, struct chain *c)
{
    if (!r->what->leave_root || !c->complete || c->end == 0)
        return;
    for (size_t i = 0; i < e->chain_len; i++)
        if (ks_cert_same(&e->chain[i], c->at[c->end]))
            return;
    for (size_t i = c->end; i + 1 < c->count; i++)
        c->at[i] = c->at[i + 1];
    c->count--;
    c->end--;
}

static void keep_extras(const struct ks_repairing *r, const struct ks_entry *e, struct chain *c)
{
    if (!r->what->keep_extras || !has_room(r))
        return;
    for (size_t i = 0; i < e->chain_len; i++)
        if (!(e->chain[i].flags & KS_CERT_BROKEN) && !has_cert(c, &e->chain[i]))
            put(c, &e->chain[i]);
}

static bool is_chain_of(const struct ks_entry *e, const struct chain *c)
{
    bool same = e->chain_len == c->count;

    for (size_t i = 0; same && i < c->count; i++)
        same = ks_cert_same(&e->chain[i], c->at[i]);
    return same;
}

static void apply(struct ks_repairing *r, size_t place, struct chain *c, bool installed)
{
    const struct ks_entry *e = ks_store_entry(r->store, place);
    struct ks_fix *fix = &r->fixes[place];

    leave_root(r, e, c);
    keep_extras(r, e, c);
    if (is_chain_of(e, c))
        return;
    const struct ks_entry *now = ks_repair_now(r, place);
    fix->unchained = ks_entry_ref((struct ks_entry *)(uintptr_t)now);
    ks_repair_make(r, place, ks_bring_with_chain(now, c->at, c->count));
    ks_repair_row(r, place)->complete = c->complete;
    ks_repair_rows_chain(r, place, c->at, c->count, installed);
}

static enum ks_code no_such_choice(const struct ks_repairing *r, size_t place, size_t count)
{
    ks_fail(r->err, KS_ERR_USAGE, "no-such-choice",
            "nothing was repaired: %.200s has %zu %s to choose from",
            ks_store_entry(r->store, place)->alias, count, count == 1 ? "chain" : "chains");
    return ks_fail_next(r->err, KS_ERR_USAGE, "choose one of them, or leave it to ksx");
}

static enum ks_code choose(struct ks_repairing *r, size_t place, const struct ks_path *best,
                           const struct ks_path *others, size_t count, const struct ks_path **out)
{
    size_t choice = r->what->entry ? r->what->choice : 0;

    if (choice > 0 && choice >= count)
        return no_such_choice(r, place, count);
    *out = choice > 0 ? &others[choice - 1] : best;
    return KS_OK;
}

static void say_choices(struct ks_repairing *r, size_t place, const struct ks_path *best,
                        const struct ks_path *others, size_t count)
{
    struct ks_repair_row *row;

    if (count < 2 || r->fixes[place].row == KS_NOWHERE)
        return;
    row = ks_repair_row(r, place);
    row->choices = count;
    if (!row->why && r->what->choice == 0)
        row->why = ks_repair_why(best, &others[0], r->context->now);
}

/* ---- from a reply ---- */

/* *installed stays false when there is none, or none that could be used. */
static enum ks_code install_reply(struct ks_repairing *r, size_t place,
                                  const struct ks_chain_look *look, struct ks_slice bits,
                                  const struct ks_cert *present, bool *installed)
{
    const struct ks_cert *reply = find_reply(r, bits, present);
    const struct ks_entry *twin = reply ? find_twin(r, place, bits) : NULL;
    struct ks_path paths[KS_BEST_MAX];
    const struct ks_path *path = NULL;
    struct chain c = {0};

    if (!reply)
        return KS_OK;
    if (twin && !r->what->entry) {
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_asprintf("A reply fits its key, which %.200s has, too: name the entry "
                                    "that is meant",
                                    twin->alias));
        return KS_OK;
    }
    size_t count = ks_paths(r->look->pool, reply, r->context->now, paths, KS_BEST_MAX);
    if (!paths[0].complete) {
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_repair_needed(r, ks_path_end(&paths[0], reply)));
        return KS_OK;
    }
    enum ks_code rc = choose(r, place, &paths[0], &paths[1], count, &path);
    if (rc != KS_OK)
        return rc;
    *installed = true;
    say_reply(r, place, reply);
    put_path(&c, reply, path);
    if (has_room(r) && (look->cut || !put_issuers(r, look, &c, true)))
        put_rest(&c, ks_store_entry(r->store, place));
    apply(r, place, &c, true);
    free(c.at);
    say_choices(r, place, &paths[0], &paths[1], count);
    remove_leftovers(r, place, reply);
    return KS_OK;
}

static enum ks_code try_reply(struct ks_repairing *r, size_t place,
                              const struct ks_chain_look *look, bool *installed)
{
    const struct ks_cert *leaf = look->stored[look->leaf];
    struct ks_buf spki = KS_BUF_INIT;
    struct ks_slice bits = ks_cert_key_bits(leaf);
    bool foreign = look->key == KS_KEY_FOREIGN;

    if (!ks_reply_wanted(foreign ? NULL : leaf, r->context->now))
        return KS_OK;
    if (foreign) {
        spki = key_of(r, ks_store_entry(r->store, place));
        bits = spki.len ? ks_spki_key_bits(ks_slice(spki.data, spki.len)) : ks_slice(NULL, 0);
    }
    enum ks_code rc = install_reply(r, place, look, bits, foreign ? NULL : leaf, installed);
    if (rc == KS_OK && foreign && !*installed) {
        struct ks_buf id = KS_BUF_INIT;
        if (spki.len)
            ks_bring_key_id(ks_slice(spki.data, spki.len), &id);
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_asprintf("Needed: a certificate for its key (%s), which is none of its "
                                    "own",
                                    ks_buf_text(&id)));
        ks_buf_free(&id);
    }
    ks_buf_free(&spki);
    return rc;
}

/* ---- from the certificate that is there ---- */

/* Where a signature cannot be checked nothing is known of what belongs to it. */
static bool is_unknown(const struct ks_chain_look *look)
{
    return look->end == KS_END_UNKNOWN && !(look->best.complete && !look->best.unverified);
}

static void say_missing(struct ks_repairing *r, size_t place, const struct ks_chain_look *look,
                        const struct chain *c)
{
    const struct ks_cert *end = c->top;

    if (c->complete || look->end == KS_END_UNKNOWN)
        return;
    if (look->best.len == KS_PATH_MAX || look->walk_len == KS_PATH_MAX)
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_asprintf("Its chain is longer than %d issuers, and is not followed to "
                                    "its end",
                                    KS_PATH_MAX - 1));
    else if (look->cut)
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_strdup("There are too many certificates of the same names to try all. "
                                  "Give the files alone that belong to this chain"));
    else if (look->end == KS_END_LOOP && look->best.complete)
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_strdup("Its issuers certify each other, and clients may know each of "
                                  "them as a root: the way to the root that is at hand would take "
                                  "the place of theirs. A JKS has room for both"));
    else if (look->end == KS_END_LOOP && look->best.len + 1 <= look->walk_len)
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_strdup("Its issuers certify each other and none of them is a root. "
                                  "Needed: the root above them"));
    else if (look->end == KS_END_BROKEN &&
             ks_cert_same(end, look->stored[look->walk[look->walk_len - 1]]))
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_strdup("Its signature is damaged, or the certificate of its issuer is. "
                                  "Needed: a fresh copy of both"));
    else
        ks_repair_lacks(ks_repair_row(r, place), ks_repair_needed(r, end));
}

/* A CA that has expired, and no source has its renewed certificate. */
static void say_expired(struct ks_repairing *r, size_t place, const struct chain *c)
{
    for (size_t i = 1; i <= c->end && i < c->count; i++) {
        const struct ks_cert *ca = c->at[i];
        if (ca->flags & (KS_CERT_SELF_ISSUED | KS_CERT_BAD_TIME) ||
            ca->not_after >= r->context->now)
            continue;
        struct ks_buf name = KS_BUF_INIT, id = KS_BUF_INIT;
        char date[16];
        ks_name_text(ks_cert_part(ca, ca->subject), &name);
        char *who = ks_text_show_nul(ks_text_keep_nul(&name));
        ks_bring_key_id(ks_cert_part(ca, ca->spki), &id);
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_asprintf("Needed: the renewed certificate of %.600s, key id %s; the one "
                                    "that is here expired on %s",
                                    who, ks_buf_text(&id), ks_time_date(ca->not_after, date)));
        ks_buf_free(&id);
        free(who);
        return;
    }
}

/* What does not fit is taken away without anything in its place only where somebody asks for it: no
 * client is better off. */
static bool takes_away(const struct ks_repairing *r, const struct ks_chain_look *look)
{
    return r->what->entry && (look->end == KS_END_OTHER_KEY || look->end == KS_END_BROKEN);
}

static bool is_chosen(const struct ks_repairing *r)
{
    return r->what->entry && r->what->choice > 0;
}

/* It ends at a root where the walk does not, or with less that speaks against it. */
static bool is_improvement(const struct ks_repairing *r, const struct ks_chain_look *look,
                           const struct ks_path *path)
{
    return path->complete &&
           (look->end != KS_END_ROOT || path->faults < faults_of(look) || is_chosen(r));
}

/* The path goes on where the walk ends. */
static bool goes_on(const struct ks_chain_look *look, const struct ks_path *path)
{
    return path->len + 1 >= look->walk_len && path->kept + 1 >= look->walk_len;
}

/* Issuers that hold, whose root may be known to the clients: they stay where they are, and the
 * other way comes behind them. Of CAs that certify each other each may be such a root. */
static bool has_own_way(const struct ks_repairing *r, const struct ks_chain_look *look,
                        const struct ks_path *path)
{
    return (look->end == KS_END_MISSING || look->end == KS_END_LOOP) && look->walk_len > 1 &&
           look->walk_len < KS_PATH_MAX && faults_of(look) == 0 && !goes_on(look, path) &&
           !is_chosen(r);
}

static void put_improved(const struct ks_repairing *r, const struct ks_chain_look *look,
                         const struct ks_entry *e, const struct ks_path *path, struct chain *c)
{
    bool own = has_own_way(r, look, path);

    if (own)
        put_walk(c, look);
    else
        put_path(c, look->stored[look->leaf], path);
    if (own && !has_room(r))
        return;
    for (size_t i = 0; own && i < path->len; i++)
        if (!has_cert(c, path->at[i]->cert))
            put(c, path->at[i]->cert);
    c->end = own ? c->count - 1 : c->end;
    c->top = c->at[c->end];
    c->complete = true;
    if (has_room(r) && !put_issuers(r, look, c, true))
        put_rest(c, e);
}

/* Where Java puts another chain together than the walk, which is none too good, either may be the
 * one that clients accept. */
static void keep_javas(const struct ks_chain_look *look, const struct ks_entry *e, struct chain *c)
{
    bool other = false;

    for (size_t i = 0; i < e->chain_len; i++)
        other = other || !has_cert(c, &e->chain[i]);
    if (!other || faults_of(look) == 0)
        return;
    c->count = 0;
    put_rest(c, e);
}

/* In order it would come before other issuers of the same, and it has faults: those may be what
 * clients take now. */
static bool is_before_others(const struct ks_chain_look *look)
{
    return look->cross_count > 0 && faults_of(look) > 0;
}

/* It ends at a root, and nothing at hand is better: extras go, and what is behind its issuer. */
static void put_tidied(const struct ks_repairing *r, const struct ks_chain_look *look,
                       const struct ks_entry *e, struct chain *c)
{
    put_walk(c, look);
    if (!has_room(r)) {
        keep_javas(look, e, c);
        return;
    }
    if (!put_issuers(r, look, c, false))
        put_rest(c, e);
    else if (is_ascending(look) || is_before_others(look))
        put_as_stored(c, look);
}

/* No root, or not all was looked at: nothing is taken away, what is found is added. */
static void put_more(const struct ks_repairing *r, const struct ks_chain_look *look,
                     const struct ks_entry *e, const struct ks_path *path, struct chain *c)
{
    bool more =
        goes_on(look, path) && path->len + 1 > look->walk_len && (path->complete || !look->cut);

    if (more)
        put_path(c, look->stored[look->leaf], path);
    else
        put_walk(c, look);
    if (!more && (!has_room(r) || (look->leaf == 0 && (look->cut || is_ascending(look)))))
        c->count = 0; /* as it is */
    if (has_room(r) || c->count == 0)
        put_rest(c, e);
}

/* No root, and what has not signed goes. */
static void put_less(const struct ks_repairing *r, const struct ks_chain_look *look,
                     const struct ks_entry *e, const struct ks_path *path, struct chain *c)
{
    if (path->len + 1 >= look->walk_len)
        put_path(c, look->stored[look->leaf], path);
    else
        put_walk(c, look);
    if (has_room(r) && !put_issuers(r, look, c, false))
        put_rest(c, e);
}

static void put_chain(const struct ks_repairing *r, const struct ks_chain_look *look,
                      const struct ks_entry *e, const struct ks_path *path, struct chain *c)
{
    if (look->cut)
        put_more(r, look, e, path, c);
    else if (is_improvement(r, look, path))
        put_improved(r, look, e, path, c);
    else if (look->end == KS_END_ROOT)
        put_tidied(r, look, e, c);
    else if (takes_away(r, look))
        put_less(r, look, e, path, c);
    else
        put_more(r, look, e, path, c);
}

static enum ks_code complete(struct ks_repairing *r, size_t place, const struct ks_chain_look *look)
{
    const struct ks_path *path = NULL;
    struct chain c = {0};

    if (is_unknown(look))
        return KS_OK;
    enum ks_code rc = choose(r, place, &look->best, look->others, look->best_count, &path);
    if (rc != KS_OK)
        return rc;
    put_chain(r, look, ks_store_entry(r->store, place), path, &c);
    apply(r, place, &c, false);
    say_missing(r, place, look, &c);
    say_expired(r, place, &c);
    if (is_improvement(r, look, path))
        say_choices(r, place, &look->best, look->others, look->best_count);
    free(c.at);
    return KS_OK;
}

enum ks_code ks_repair_chain(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_store_entry(r->store, place);
    struct ks_chain_look look = {0};
    bool installed = false;

    if (!ks_chain_examine(r->doctor, r->store, e, r->context, r->job, &look))
        return KS_OK;
    enum ks_code rc = try_reply(r, place, &look, &installed);
    if (rc == KS_OK && !installed && look.key != KS_KEY_FOREIGN)
        rc = complete(r, place, &look);
    ks_chain_look_drop(&look);
    return rc;
}
