#include "chain/path.h"

#include "base/alloc.h"
#include "chain/issuer.h"
#include "chain/pool.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 5000     /* certificates that are gone up from */
#define LOOKED_MAX 500000  /* certificates whose names are compared */
#define NAMES_MAX 1000000u /* names that are held against constraints */

struct search {
    const struct ks_path_ask *ask;
    struct ks_signatures *signatures;
    struct ks_effort *effort;
    const struct ks_pool_row *path[KS_PATH_MAX];
    unsigned faults[KS_PATH_MAX]; /* of each step */
    size_t len;
    size_t unverified; /* steps of the path */
    size_t steps, looked;
    size_t names_left;
    bool cut, stopped;
    struct ks_path *out;
    size_t max, count;
};

static struct ks_slice spki_of(const struct ks_cert *c)
{
    return ks_cert_part(c, c->spki);
}

static bool parts_equal(const struct ks_cert *a, struct ks_span x, const struct ks_cert *b,
                        struct ks_span y)
{
    return ks_slice_equal(ks_cert_part(a, x), ks_cert_part(b, y));
}

/* ---- issuers by name, the likely ones first ---- */

struct issuer {
    const struct ks_pool_row *row;
    unsigned score;
    size_t order;
};

static bool is_named(const struct ks_cert *issuer, const struct ks_cert *child)
{
    return parts_equal(issuer, issuer->subject, child, child->issuer) ||
           ks_name_equal(ks_cert_part(issuer, issuer->subject), ks_cert_part(child, child->issuer));
}

static bool is_next_of_walk(const struct search *s, const struct ks_cert *c)
{
    return s->len < s->ask->walk_len && ks_cert_same(s->ask->walk[s->len], c);
}

static unsigned score_of(const struct search *s, const struct ks_pool_row *r,
                         const struct ks_cert *child)
{
    const struct ks_cert *c = r->pub.cert;
    unsigned ids = ks_issuer_other_id(c, child) ? 0 : c->ski.len && child->aki.len ? 2 : 1;
    bool ca = ks_issuer_is_ca(c, (c->flags & KS_CERT_SELF_ISSUED) != 0);

    return ids << 4 | (unsigned)ca << 3 | (unsigned)ks_cert_is_valid(c, s->ask->now) << 2 |
           (unsigned)is_next_of_walk(s, c) << 1 | (unsigned)r->pub.anchor;
}

static int by_score(const void *a, const void *b)
{
    const struct issuer *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->row->pub.rank != y->row->pub.rank)
        return x->row->pub.rank < y->row->pub.rank ? -1 : 1;
    if (x->row->pub.cert->not_after != y->row->pub.cert->not_after)
        return x->row->pub.cert->not_after > y->row->pub.cert->not_after ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* One name and key are one CA, however many certificates it has: going through it twice is a loop.
 */
static bool is_same_ca(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_slice_equal(spki_of(a), spki_of(b)) &&
           ks_name_equal(ks_cert_part(a, a->subject), ks_cert_part(b, b->subject));
}

static bool is_on_path(const struct search *s, const struct ks_cert *c)
{
    for (size_t i = 0; i < s->len; i++)
        if (is_same_ca(s->path[i]->pub.cert, c))
            return true;
    return is_same_ca(s->ask->leaf, c);
}

static bool is_in_pools(const struct search *s, size_t count, const struct ks_cert *c)
{
    for (size_t i = 0; i < count; i++)
        if (ks_index_first(&s->ask->pools[i]->ders, ks_cert_der(c)) != KS_NOWHERE)
            return true;
    return false;
}

struct issuers {
    struct issuer *at;
    size_t count, cap;
};

static void add_issuer(struct issuers *list, struct issuer issuer)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? 2 * list->cap : 8;
        list->at = ks_realloc(list->at, list->cap * sizeof *list->at);
    }
    issuer.order = list->count;
    list->at[list->count++] = issuer;
}

/* The job is over: nothing more is looked at. */
static bool stops(struct search *s)
{
    if (ks_job_stopped(s->ask->job))
        s->cut = s->stopped = true;
    return s->stopped;
}

static void issuers_in(struct search *s, size_t pool, const struct ks_cert *child,
                       struct ks_slice hash, struct issuers *out)
{
    const struct ks_pool *p = s->ask->pools[pool];

    for (size_t i = ks_index_first(&p->subjects, hash); i != KS_NOWHERE;
         i = ks_index_next(&p->subjects, i)) {
        const struct ks_pool_row *r = p->at[i];
        if (++s->looked > LOOKED_MAX || stops(s)) {
            s->cut = true;
            return;
        }
        if (is_named(r->pub.cert, child) && !is_on_path(s, r->pub.cert) &&
            !is_in_pools(s, pool, r->pub.cert))
            add_issuer(out, (struct issuer){r, score_of(s, r, child), 0});
    }
}

static struct issuers issuers_of(struct search *s, const struct ks_cert *child)
{
    uint64_t name = ks_name_hash(ks_cert_part(child, child->issuer));
    struct issuers out = {0};

    for (size_t i = 0; i < s->ask->pool_count; i++)
        issuers_in(s, i, child, ks_slice(&name, sizeof name), &out);
    if (out.count > 1)
        qsort(out.at, out.count, sizeof *out.at, by_score);
    return out;
}

/* ---- paths that were found ---- */

static int by_rank(const struct ks_path *a, const struct ks_path *b)
{
    for (size_t i = 0; i < a->len && i < b->len; i++)
        if (a->at[i]->rank != b->at[i]->rank)
            return a->at[i]->rank < b->at[i]->rank ? -1 : 1;
    return 0;
}

/* What works is left alone. */
static bool is_sound_walk(const struct search *s, const struct ks_path *p)
{
    return p->complete && p->faults == 0 && p->len == s->ask->walk_len && p->kept == p->len &&
           p->len > 0;
}

#define BETTER(x, y)                                                                               \
    if ((x) != (y))                                                                                \
    return (x) > (y) ? -1 : 1

static int compare(const struct search *s, const struct ks_path *a, const struct ks_path *b)
{
    BETTER(is_sound_walk(s, a), is_sound_walk(s, b));
    BETTER(a->complete, b->complete);
    if (!a->complete)
        BETTER(a->len, b->len);
    BETTER(b->faults, a->faults);
    BETTER(a->anchored, b->anchored);
    BETTER(a->kept, b->kept);
    BETTER(b->len, a->len);
    BETTER(a->ends, b->ends);
    BETTER(a->strength, b->strength);
    return by_rank(a, b);
}

/* NIST SP 800-57 part 1, table 2, in steps. */
static unsigned strength_of(const struct ks_cert *c)
{
    switch ((enum ks_key_alg)c->key_alg) {
    case KS_KEY_EC:
        return c->key_bits / 2u;
    case KS_KEY_ED25519:
        return 128;
    case KS_KEY_ED448:
        return 224;
    default:
        return c->key_bits < 2048 ? 80 : c->key_bits < 3072 ? 112 : c->key_bits < 7680 ? 128 : 192;
    }
}

static unsigned count_bits(unsigned set)
{
    unsigned n = 0;

    for (; set; set &= set - 1)
        n++;
    return n;
}

static void weigh(const struct search *s, struct ks_path *p)
{
    bool kept = true;

    p->ends = INT64_MAX;
    p->strength = UINT32_MAX;
    for (size_t i = 0; i < s->len; i++) {
        const struct ks_cert *c = s->path[i]->pub.cert;
        p->at[i] = &s->path[i]->pub;
        p->faults += count_bits(s->faults[i] & ~(unsigned)KS_ISSUER_MILD);
        p->ends = c->not_after < p->ends ? c->not_after : p->ends;
        p->strength = strength_of(c) < p->strength ? strength_of(c) : p->strength;
        kept = kept && i < s->ask->walk_len && ks_cert_same(s->ask->walk[i], c);
        p->kept += kept;
    }
}

/* Of equal ones the first that was found is the better: issuers were tried best first. */
static void emit(struct search *s, bool complete, bool unverified)
{
    struct ks_path p = {.len = s->len,
                        .complete = complete,
                        .leaf_is_root = complete && !s->len,
                        .anchored = s->len > 0 && s->path[s->len - 1]->pub.anchor,
                        .unverified = unverified || s->unverified > 0,
                        .faults = (unsigned)s->unverified + unverified};

    weigh(s, &p);
    size_t place = s->count;
    while (place > 0 && compare(s, &p, &s->out[place - 1]) < 0)
        place--;
    if (place == s->max)
        return;
    if (s->count < s->max)
        s->count++;
    memmove(&s->out[place + 1], &s->out[place], (s->count - 1 - place) * sizeof p);
    s->out[place] = p;
}

/* ---- the search ---- */

static bool may_go_on(struct search *s)
{
    if (stops(s) || s->effort->asks == 0)
        return false;
    if (s->len == KS_PATH_MAX || ++s->steps > STEPS_MAX) {
        s->cut = true;
        return false;
    }
    return true;
}

/* Of the certificate that was just put on the path. */
static unsigned faults_here(struct search *s, bool self_signed)
{
    const struct ks_cert *below[KS_PATH_MAX + 1] = {s->ask->leaf};

    if (s->len == 0)
        return 0;
    for (size_t i = 0; i + 1 < s->len; i++)
        below[i + 1] = s->path[i]->pub.cert;
    return ks_issuer_faults(&(struct ks_issuing){.cert = s->path[s->len - 1]->pub.cert,
                                                 .below = below,
                                                 .below_count = s->len,
                                                 .self_signed = self_signed,
                                                 .now = s->ask->now,
                                                 .purpose = s->ask->purpose,
                                                 .names_left = &s->names_left});
}

/* As deep as a path is long. */
static void climb(struct search *s, const struct ks_cert *c)
{
    enum ks_verdict own = ks_signatures_edge(s->signatures, c, c, s->effort);
    bool any = false;

    if (s->len > 0)
        s->faults[s->len - 1] = faults_here(s, own != KS_VERDICT_BAD);
    if (own != KS_VERDICT_BAD) {
        emit(s, true, own == KS_VERDICT_UNKNOWN);
        return;
    }
    struct issuers issuers = may_go_on(s) ? issuers_of(s, c) : (struct issuers){0};
    for (size_t i = 0; i < issuers.count && !stops(s); i++) {
        const struct ks_pool_row *row = issuers.at[i].row;
        enum ks_verdict verdict = ks_signatures_edge(s->signatures, c, row->pub.cert, s->effort);
        if (verdict == KS_VERDICT_BAD)
            continue;
        any = true;
        s->unverified += verdict == KS_VERDICT_UNKNOWN;
        s->path[s->len++] = row;
        climb(s, row->pub.cert);
        s->len--;
        s->unverified -= verdict == KS_VERDICT_UNKNOWN;
    }
    free(issuers.at);
    if (!any || (s->len > 0 && s->path[s->len - 1]->pub.anchor))
        emit(s, false, false);
}

size_t ks_paths_find(const struct ks_path_ask *ask, struct ks_path *out, size_t max)
{
    struct ks_effort own_effort = {.left = KS_PATH_TRIES, .asks = KS_PATH_ASKS};
    struct ks_signatures *own = ask->signatures ? NULL : ks_signatures_new();
    struct search s = {.ask = ask,
                       .signatures = own ? own : ask->signatures,
                       .effort = ask->effort ? ask->effort : &own_effort,
                       .names_left = NAMES_MAX,
                       .out = out,
                       .max = max};

    if (max > 0 && ask->leaf->flags & KS_CERT_BROKEN)
        emit(&s, false, false);
    else if (max > 0)
        climb(&s, ask->leaf);
    for (size_t i = 0; i < s.count; i++)
        out[i].cut = s.cut || s.effort->cut;
    ks_signatures_free(own);
    return s.count;
}

size_t ks_paths(const struct ks_pool *pool, const struct ks_cert *leaf, int64_t now,
                struct ks_path *out, size_t max)
{
    return ks_paths_find(
        &(struct ks_path_ask){.pools = &pool, .pool_count = 1, .leaf = leaf, .now = now}, out, max);
}

const struct ks_cert *ks_path_end(const struct ks_path *path, const struct ks_cert *leaf)
{
    return path->len ? path->at[path->len - 1]->cert : leaf;
}
