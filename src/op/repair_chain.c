/*
 * The chain of a key pair: from the certificate that it has, or from a better one for the same key,
 * up to the root. What is stored and works stays as it is, apart from order and extras.
 */
#include "op/repairing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "chain/issuer.h"
#include "x509/cert.h"
#include "x509/host.h"
#include "x509/keygen.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN_MOST 100 /* certificates that are kept behind a chain */

struct chain {
    const struct ks_cert *at[KS_PATH_MAX + 1 + CHAIN_MOST];
    size_t count;
    bool complete;
};

static bool same_cert(const struct ks_cert *a, const struct ks_cert *b)
{
    return a == b || ks_slice_equal(ks_cert_der(a), ks_cert_der(b));
}

static bool has_cert(const struct chain *c, const struct ks_cert *cert)
{
    for (size_t i = 0; i < c->count; i++)
        if (same_cert(c->at[i], cert))
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

/* Whether another certificate for the key would be better at all. */
static bool wants_reply(const struct ks_repairing *r, const struct ks_chain_look *look)
{
    const struct ks_cert *leaf = look->stored[look->leaf];

    return look->key == KS_KEY_FOREIGN || leaf->flags & KS_CERT_SELF_ISSUED ||
           !ks_repair_is_valid(leaf, r->context->now);
}

/* The certificate by which another CA vouches for a root does not take the root's place. */
static bool is_cross(const struct ks_cert *c, const struct ks_cert *present)
{
    return c->flags & KS_CERT_CA && present && present->flags & KS_CERT_SELF_ISSUED &&
           present->flags & KS_CERT_CA;
}

static size_t hosts_fitting(const struct ks_repairing *r, const struct ks_cert *c)
{
    size_t count = 0;

    for (size_t i = 0; i < r->context->host_count; i++)
        count += ks_cert_answers_for(c, r->context->hosts[i]) == KS_HOST_MATCH;
    return count;
}

/* Of two that are good enough: the one for the hosts, the newer, the one that lasts. */
static bool is_better(const struct ks_repairing *r, const struct ks_cert *a,
                      const struct ks_cert *b)
{
    size_t x = hosts_fitting(r, a), y = b ? hosts_fitting(r, b) : 0;

    if (!b || x != y)
        return !b || x > y;
    if (a->not_before != b->not_before)
        return a->not_before > b->not_before;
    return a->not_after > b->not_after;
}

/* The best certificate for this key that is valid and was signed by somebody else. */
static const struct ks_cert *find_reply(const struct ks_repairing *r, struct ks_slice bits,
                                        const struct ks_cert *present)
{
    const struct ks_cert *best = NULL;

    for (size_t i = bits.len ? ks_pool_of_key(r->look->pool, bits) : KS_NOWHERE; i != KS_NOWHERE;
         i = ks_pool_next_of_key(r->look->pool, i)) {
        const struct ks_cert *c = ks_pool_at(r->look->pool, i)->cert;
        if (!(c->flags & KS_CERT_SELF_ISSUED) && ks_repair_is_valid(c, r->context->now) &&
            !(present && same_cert(c, present)) && !is_cross(c, present) && is_better(r, c, best))
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
    (void)ks_text_cut(&issuer, 200);
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
    c->at[c->count++] = leaf;
    for (size_t i = 0; i < path->len; i++)
        c->at[c->count++] = path->at[i]->cert;
    c->complete = path->complete;
}

static bool is_sound(const struct ks_chain_look *look)
{
    for (size_t i = 1; i < look->walk_len; i++)
        if (look->faults[i] & ~(unsigned)KS_ISSUER_MILD)
            return false;
    return true;
}

/* What is stored, as far as the signatures go. */
static void put_walk(struct chain *c, const struct ks_chain_look *look)
{
    for (size_t i = 0; i < look->walk_len; i++)
        c->at[c->count++] = look->stored[look->walk[i]];
    c->complete = look->end == KS_END_ROOT;
}

/* Other ways to a root that somebody put behind the chain are no mistake. */
static void put_cross(struct chain *c, const struct ks_chain_look *look)
{
    for (size_t i = 0; i < look->cross_count; i++)
        if (!has_cert(c, look->stored[look->cross[i]]))
            c->at[c->count++] = look->stored[look->cross[i]];
}

/* A root that was not there is left out when that is wished. */
static void leave_root(const struct ks_repairing *r, const struct ks_entry *e, struct chain *c)
{
    if (!r->what->leave_root || !c->complete || c->count < 2)
        return;
    for (size_t i = 0; i < e->chain_len; i++)
        if (same_cert(&e->chain[i], c->at[c->count - 1]))
            return;
    c->count--;
}

/* PKCS#12 has no place behind a chain. */
static void keep_extras(const struct ks_repairing *r, const struct ks_entry *e, struct chain *c)
{
    if (!r->what->keep_extras || r->store->format == &ks_format_pkcs12)
        return;
    for (size_t i = 0; i < e->chain_len && i < CHAIN_MOST; i++)
        if (!(e->chain[i].flags & KS_CERT_BROKEN) && !has_cert(c, &e->chain[i]))
            c->at[c->count++] = &e->chain[i];
}

static bool is_chain_of(const struct ks_entry *e, const struct chain *c)
{
    bool same = e->chain_len == c->count;

    for (size_t i = 0; same && i < c->count; i++)
        same = same_cert(&e->chain[i], c->at[i]);
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
        row->why = ks_repair_why(best, &others[0]);
}

/* ---- from a reply ---- */

/* *installed stays false when there is none, or none that could be used. */
static enum ks_code install_reply(struct ks_repairing *r, size_t place, struct ks_slice bits,
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
    apply(r, place, &c, true);
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

    if (!wants_reply(r, look))
        return KS_OK;
    if (foreign) {
        spki = key_of(r, ks_store_entry(r->store, place));
        bits = spki.len ? ks_spki_key_bits(ks_slice(spki.data, spki.len)) : ks_slice(NULL, 0);
    }
    enum ks_code rc = install_reply(r, place, bits, foreign ? NULL : leaf, installed);
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

static bool keeps_walk(const struct ks_repairing *r, const struct ks_chain_look *look)
{
    if (r->what->entry && r->what->choice > 0)
        return false;
    return look->end == KS_END_ROOT && is_sound(look);
}

/* Where a signature cannot be checked nothing is known of what belongs to it. */
static bool is_unknown(const struct ks_chain_look *look)
{
    return look->end == KS_END_UNKNOWN && !(look->best.complete && !look->best.unverified);
}

static void say_missing(struct ks_repairing *r, size_t place, const struct ks_chain_look *look,
                        const struct chain *c)
{
    const struct ks_cert *end = c->at[c->count - 1];

    if (c->complete || look->end == KS_END_UNKNOWN)
        return;
    if (look->end == KS_END_LOOP && look->best.len + 1 <= look->walk_len)
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_strdup("Its issuers certify each other and none of them is a root. "
                                  "Needed: the root above them"));
    else if (look->end == KS_END_BROKEN &&
             same_cert(end, look->stored[look->walk[look->walk_len - 1]]))
        ks_repair_lacks(ks_repair_row(r, place),
                        ks_strdup("Its signature is damaged, or the certificate of its issuer is. "
                                  "Needed: a fresh copy of both"));
    else
        ks_repair_lacks(ks_repair_row(r, place), ks_repair_needed(r, end));
}

/* What does not fit is taken away without anything in its place only where somebody asks for it: no
 * client is better off. */
static bool is_mere_loss(const struct ks_repairing *r, const struct ks_chain_look *look,
                         const struct chain *c)
{
    return !r->what->entry && !c->complete && c->count == look->walk_len &&
           (look->end == KS_END_OTHER_KEY || look->end == KS_END_BROKEN);
}

static enum ks_code complete(struct ks_repairing *r, size_t place, const struct ks_chain_look *look)
{
    const struct ks_cert *leaf = look->stored[look->leaf];
    const struct ks_path *path = NULL;
    struct chain c = {0};

    if (is_unknown(look))
        return KS_OK;
    enum ks_code rc = choose(r, place, &look->best, look->others, look->best_count, &path);
    if (rc != KS_OK)
        return rc;
    if (keeps_walk(r, look)) {
        put_walk(&c, look);
        if (r->store->format != &ks_format_pkcs12)
            put_cross(&c, look);
    } else {
        put_path(&c, leaf, path);
    }
    if (!c.complete && c.count < look->walk_len) { /* the search was cut short */
        c.count = 0;
        put_walk(&c, look);
    }
    if (!is_mere_loss(r, look, &c))
        apply(r, place, &c, false);
    say_missing(r, place, look, &c);
    if (!keeps_walk(r, look))
        say_choices(r, place, &look->best, look->others, look->best_count);
    return KS_OK;
}

enum ks_code ks_repair_chain(struct ks_repairing *r, size_t place)
{
    const struct ks_entry *e = ks_store_entry(r->store, place);
    struct ks_chain_look look = {0};
    bool installed = false;

    if (!ks_chain_examine(r->doctor, r->store, e, r->context, &look))
        return KS_OK;
    enum ks_code rc = try_reply(r, place, &look, &installed);
    if (rc == KS_OK && !installed && look.key != KS_KEY_FOREIGN)
        rc = complete(r, place, &look);
    ks_chain_look_drop(&look);
    return rc;
}
