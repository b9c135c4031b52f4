/* The chain of one key entry: as it is stored, as signatures make it, and as it could be. */
#include "doctor/internal.h"

#include "base/alloc.h"
#include "chain/issuer.h"
#include "chain/served.h"
#include "doctor/clients.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 2000  /* certificates that the walk goes up from */
#define STORED_MAX 4096 /* of a chain; what is behind is counted and not looked at */
#define POOLED_MAX 512  /* certificates of a PKCS#12 file that may be issuers of one chain */

struct examining {
    struct ks_doctor *doctor;
    const struct ks_store *store;
    const struct ks_entry *entry;
    const struct ks_context *context;
    struct ks_job *job;
    struct ks_ground *ground;
    struct ks_effort effort;
    struct ks_chain_look *out;
    size_t cap;         /* of out->stored */
    uint64_t *subjects; /* hashes of the names of out->stored */
    /* the walk as it is tried */
    size_t at[KS_PATH_MAX];
    size_t len, steps;
    bool bounded; /* it was not followed to its end */
    bool found;   /* the look has one */
    bool served;  /* the certificates are those of a PEM file, in its order */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool stops(struct examining *x)
{
    if (!ks_job_stopped(x->job))
        return false;
    x->out->cut = x->bounded = true;
    return true;
}

static bool is_pkcs12(const struct ks_store *store)
{
    return store->type && strncmp(store->type, "PKCS12", 6) == 0;
}

static bool is_readable(const struct ks_store *store, const struct ks_entry *e)
{
    if (e->chain_len == 0)
        return e->kind == KS_KIND_KEY && store->type && strcmp(store->type, "PEM") == 0;
    return (e->kind == KS_KIND_KEY || e == ks_served_leaf(store)) &&
           !(e->notes & KS_NOTE_LOCKED_CHAIN) && !(e->chain[0].flags & KS_CERT_BROKEN);
}

/* ---- what is stored ---- */

static void put_stored(struct examining *x, const struct ks_cert *c)
{
    struct ks_chain_look *out = x->out;

    if (out->stored_count == x->cap) {
        x->cap = x->cap ? 2 * x->cap : 8;
        out->stored = ks_realloc(out->stored, x->cap * sizeof *out->stored);
        x->subjects = ks_realloc(x->subjects, x->cap * sizeof *x->subjects);
    }
    bool broken = (c->flags & KS_CERT_BROKEN) != 0;
    x->subjects[out->stored_count] = broken ? 0 : ks_name_hash(ks_cert_part(c, c->subject));
    out->stored[out->stored_count++] = c;
}

static bool is_stored(const struct ks_chain_look *out, const struct ks_cert *c)
{
    for (size_t i = 0; i < out->stored_count; i++)
        if (ks_cert_same(out->stored[i], c))
            return true;
    return false;
}

/* Where a key is, the certificate is that key's and no issuer that a file lends to others. */
static bool is_lent(const struct ks_census_cert *row)
{
    return row->entry->kind != KS_KIND_KEY || row->index > 0;
}

/* PKCS#12 knows one pool of certificates for all its keys: those that by name may be an issuer of
 * what is in already. */
static void pool_issuers(struct examining *x, const struct ks_cert *child)
{
    const struct ks_census *census = x->ground->census;
    size_t most = x->entry->chain_len + (size_t)POOLED_MAX, looked = 0;

    for (size_t i = ks_census_issuer(census, child); i != KS_NOWHERE && !x->out->cut;
         i = ks_index_next(&census->subjects, i)) {
        const struct ks_census_cert *row = &census->at[i];
        x->out->cut = ++looked > 4 * POOLED_MAX || x->out->stored_count >= most;
        if (!x->out->cut && is_lent(row) && !is_stored(x->out, row->cert))
            put_stored(x, row->cert);
    }
}

static bool same_issuer(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_slice_equal(ks_cert_part(a, a->issuer), ks_cert_part(b, b->issuer));
}

/* Of the stored ones from a place on; each issuer's name is looked up once. */
static void pool_issuers_from(struct examining *x, size_t from)
{
    for (size_t i = from; i < x->out->stored_count && !x->out->cut && !stops(x); i++) {
        const struct ks_cert *child = x->out->stored[i];
        bool known = (child->flags & KS_CERT_BROKEN) != 0;
        for (size_t k = from; k < i && !known; k++)
            known = !(x->out->stored[k]->flags & KS_CERT_BROKEN) &&
                    same_issuer(x->out->stored[k], child);
        if (!known)
            pool_issuers(x, child);
    }
}

/* The file says which certificate is the key's; who takes the file as it stands takes the first. */
static bool gather_served(struct examining *x)
{
    const struct ks_entry *e = x->entry;
    size_t count;
    const struct ks_cert **served = ks_served(x->store, &count);

    for (size_t i = 0; i < count && i < STORED_MAX; i++) {
        if (e->chain_len && served[i] == &e->chain[0])
            x->out->leaf = i;
        put_stored(x, served[i]);
    }
    x->out->cut = count > STORED_MAX;
    free(served);
    return count > 0;
}

static void gather_stored(struct examining *x)
{
    const struct ks_entry *e = x->entry;

    x->served = gather_served(x);
    if (x->served)
        return;
    for (size_t i = 0; i < e->chain_len && i < STORED_MAX; i++)
        put_stored(x, &e->chain[i]);
    x->out->cut = e->chain_len > STORED_MAX;
    if (is_pkcs12(x->store))
        pool_issuers_from(x, 0);
}

/* A certificate of PKCS#12 that has the key and yet is not linked to it. */
static bool find_unlinked(struct examining *x, struct ks_slice bits)
{
    const struct ks_census *census = x->ground->census;
    size_t from = x->out->stored_count;

    for (size_t i = ks_census_key(census, bits); i != KS_NOWHERE && is_pkcs12(x->store);
         i = ks_index_next(&census->keys, i)) {
        if (!is_lent(&census->at[i]))
            continue;
        put_stored(x, census->at[i].cert);
        x->out->leaf = from;
        pool_issuers_from(x, from);
        return true;
    }
    return false;
}

/* ---- edges ---- */

static enum ks_verdict edge(struct examining *x, size_t child, size_t issuer)
{
    if (stops(x))
        return KS_VERDICT_BAD;
    return ks_signatures_edge(x->doctor->signatures, x->out->stored[child], x->out->stored[issuer],
                              &x->effort);
}

static bool may_be_named(const struct examining *x, size_t issuer, uint64_t name)
{
    return x->subjects[issuer] == name && !(x->out->stored[issuer]->flags & KS_CERT_BROKEN);
}

static uint64_t issuer_hash(const struct ks_cert *c)
{
    return ks_name_hash(ks_cert_part(c, c->issuer));
}

/* ---- the leaf ---- */

/* A point of a curve may be compressed: its first half is the same. */
static bool has_point(const struct ks_chain_look *out, struct ks_slice bits)
{
    for (size_t i = 0; i < out->stored_count; i++) {
        if (out->stored[i]->flags & KS_CERT_BROKEN)
            return true; /* it may be this one */
        struct ks_slice other = ks_cert_key_bits(out->stored[i]);
        size_t len = least(bits.len, other.len);
        if (len > 16 && bits.len != other.len &&
            memcmp(bits.data + 1, other.data + 1, len - 1) == 0)
            return true;
    }
    return false;
}

static void compare_key(struct examining *x)
{
    struct ks_chain_look *out = x->out;
    struct ks_slice spki;

    out->key = ks_key_open(x->doctor, x->store, x->entry, x->job, &spki);
    if (out->key != KS_KEY_FITS)
        return;
    struct ks_slice bits = ks_spki_key_bits(spki);
    for (size_t i = 0; i < out->stored_count; i++)
        if (!(out->stored[i]->flags & KS_CERT_BROKEN) &&
            ks_slice_equal(ks_cert_key_bits(out->stored[i]), bits)) {
            out->leaf = i;
            return;
        }
    if (find_unlinked(x, bits))
        return;
    if (x->served && x->entry->chain_len == 0) {
        out->key = has_point(out, bits) ? KS_KEY_UNTRIED : KS_KEY_FOREIGN;
        return;
    }
    /* The same key may be written in more than one way (compressed points). */
    struct ks_unlocked unlocked;
    bool told = ks_unlock(x->store, x->entry, NULL, x->job, &unlocked, NULL) == KS_OK;
    if (!told || unlocked.matches_leaf < 0)
        out->key = KS_KEY_UNTRIED;
    else if (unlocked.matches_leaf == 0)
        out->key = KS_KEY_FOREIGN;
}

static size_t child_of(struct examining *x, size_t of, const bool *used)
{
    const struct ks_cert *issuer = x->out->stored[of];
    uint64_t name = x->subjects[of];

    for (size_t i = 0; i < x->out->stored_count && !stops(x); i++) {
        const struct ks_cert *c = x->out->stored[i];
        if (used[i] || ks_cert_same(c, issuer) || c->flags & (KS_CERT_BROKEN | KS_CERT_SELF_ISSUED))
            continue;
        if (issuer_hash(c) == name && edge(x, i, of) == KS_VERDICT_GOOD)
            return i;
    }
    return KS_NOWHERE;
}

/* The certificate of a key that is locked cannot be known; but one that issued another one of its
 * chain is not it. */
static void guess_leaf(struct examining *x)
{
    const struct ks_cert *first = x->out->stored[0];
    size_t count = x->out->stored_count, at = 0;

    if (count < 2 || ((first->flags & KS_CERT_BASIC) && !(first->flags & KS_CERT_CA)) ||
        is_pkcs12(x->store))
        return;
    bool *used = ks_alloc_array(count, sizeof *used);
    for (size_t i = 0; i < KS_PATH_MAX && at != KS_NOWHERE; i++) {
        x->out->leaf = at;
        used[at] = true;
        at = child_of(x, at, used);
    }
    free(used);
}

/* ---- the walk ---- */

/* One name and key are one CA, however many certificates it has. */
static bool same_node(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_slice_equal(ks_cert_part(a, a->spki), ks_cert_part(b, b->spki)) &&
           ks_name_equal(ks_cert_part(a, a->subject), ks_cert_part(b, b->subject));
}

static bool is_on_walk(const struct examining *x, const struct ks_cert *c)
{
    for (size_t i = 0; i < x->len; i++)
        if (same_node(x->out->stored[x->at[i]], c))
            return true;
    return false;
}

static void keep_walk(struct examining *x, enum ks_chain_end end, size_t wrong)
{
    struct ks_chain_look *out = x->out;

    memcpy(out->walk, x->at, x->len * sizeof *x->at);
    out->walk_len = x->len;
    out->end = end;
    out->wrong = wrong;
    x->found = true;
}

/* Nothing stored has issued the last one: what of the right name is there, and why it did not. */
static void keep_broken_walk(struct examining *x)
{
    size_t last = x->at[x->len - 1], wrong = KS_NOWHERE;
    const struct ks_cert *c = x->out->stored[last];
    uint64_t name = issuer_hash(c);

    for (size_t i = 0; i < x->out->stored_count && !x->effort.cut; i++) {
        const struct ks_cert *issuer = x->out->stored[i];
        if (!may_be_named(x, i, name) ||
            !ks_name_equal(ks_cert_part(issuer, issuer->subject), ks_cert_part(c, c->issuer)))
            continue;
        bool same_id = c->aki.len && issuer->ski.len &&
                       ks_slice_equal(ks_cert_part(c, c->aki), ks_cert_part(issuer, issuer->ski));
        if (same_id) {
            keep_walk(x, KS_END_BROKEN, i);
            return;
        }
        /* A CA that certified its own new key has that name too, and is whole. */
        if (wrong == KS_NOWHERE && !ks_cert_same(issuer, c))
            wrong = i;
    }
    if (wrong == KS_NOWHERE)
        keep_walk(x, KS_END_MISSING, 0);
    else
        keep_walk(x, KS_END_OTHER_KEY, wrong);
}

struct step {
    size_t stored;
    bool other_id;
};

/* Those that issued the last one, in the order of the file; for PKCS#12 those whose key id fits
 * before the others. */
static size_t steps_from(struct examining *x, struct step *out, size_t max)
{
    const struct ks_cert *c = x->out->stored[x->at[x->len - 1]];
    uint64_t name = issuer_hash(c);
    size_t count = 0;

    for (size_t i = 0; i < x->out->stored_count && count < max && !stops(x); i++) {
        if (!may_be_named(x, i, name) || ks_cert_same(x->out->stored[i], c) ||
            edge(x, x->at[x->len - 1], i) == KS_VERDICT_BAD)
            continue;
        struct step s = {i, is_pkcs12(x->store) && ks_issuer_other_id(x->out->stored[i], c)};
        size_t at = count++;
        for (; at > 0 && out[at - 1].other_id && !s.other_id; at--)
            out[at] = out[at - 1];
        out[at] = s;
    }
    return count;
}

/* Depth first in the order of the file; the first way to a root counts, and without any the first
 * one at all. True: stop. */
static bool climb(struct examining *x)
{
    size_t last = x->at[x->len - 1];
    struct step steps[8];
    enum ks_verdict own = edge(x, last, last);

    if (own != KS_VERDICT_BAD) {
        keep_walk(x, own == KS_VERDICT_GOOD ? KS_END_ROOT : KS_END_UNKNOWN, 0);
        return true;
    }
    size_t count = steps_from(x, steps, 8), loop = KS_NOWHERE;
    bool gone_on = false;
    for (size_t i = 0; i < count; i++) {
        const struct ks_cert *issuer = x->out->stored[steps[i].stored];
        if (is_on_walk(x, issuer)) {
            loop = loop == KS_NOWHERE ? steps[i].stored : loop;
            continue;
        }
        if (x->len == KS_PATH_MAX || ++x->steps > STEPS_MAX || stops(x)) {
            x->bounded = true;
            break;
        }
        gone_on = true;
        x->at[x->len++] = steps[i].stored;
        bool done = climb(x);
        x->len--;
        if (done)
            return true;
    }
    if (x->found || gone_on)
        return false;
    if (loop != KS_NOWHERE)
        keep_walk(x, KS_END_LOOP, loop);
    else if (count > 0)
        keep_walk(x, KS_END_MISSING, 0); /* longer than any client follows */
    else
        keep_broken_walk(x);
    return false;
}

static void walk(struct examining *x)
{
    x->at[0] = x->out->leaf;
    x->len = 1;
    (void)climb(x);
    if (!x->found)
        keep_walk(x, KS_END_MISSING, 0);
    x->out->unended = x->out->end == KS_END_MISSING && (x->bounded || x->effort.cut);
    x->out->cut = x->out->cut || x->out->unended;
}

static void find_faults(struct examining *x)
{
    struct ks_chain_look *out = x->out;
    const struct ks_cert *below[KS_PATH_MAX];
    bool root = out->end == KS_END_ROOT || out->end == KS_END_UNKNOWN;

    for (size_t i = 0; i < out->walk_len && !stops(x); i++) {
        below[i] = out->stored[out->walk[i]];
        out->faults[i] = ks_issuer_faults(&(struct ks_issuing){
            .cert = below[i],
            .below = below,
            .below_count = i,
            .self_signed = root && i + 1 == out->walk_len,
            .now = x->context->now,
            .purpose = ks_purpose_of(x->context, x->entry, true),
        });
    }
}

/* ---- what the order that is sent leads to ---- */

static bool has_faults(const struct ks_chain_look *out)
{
    for (size_t i = 1; i < out->walk_len; i++)
        if (out->faults[i] & ~(unsigned)KS_ISSUER_MILD)
            return true;
    return false;
}

static size_t place_of(const struct ks_chain_look *out, const struct ks_cert *cert)
{
    size_t i = 0;

    while (out->stored[i] != cert)
        i++;
    return i;
}

static struct ks_sent sent_of(struct examining *x, const struct ks_cert **room)
{
    const struct ks_chain_look *out = x->out;
    const struct ks_cert *leaf = out->stored[out->leaf];
    size_t count = 0;

    room[count++] = leaf;
    for (size_t i = 0; i < out->stored_count; i++)
        if (!ks_cert_same(out->stored[i], leaf))
            room[count++] = out->stored[i];
    return (struct ks_sent){.at = room,
                            .count = count,
                            .now = x->context->now,
                            .purpose = ks_purpose_of(x->context, x->entry, true),
                            .signatures = x->doctor->signatures,
                            .effort = &x->effort};
}

/* The way to the root holds, and who follows what is sent does not go it: where that way has a
 * fault it is refused whatever is trusted, and counts. */
static void prefer_sent_order(struct examining *x)
{
    struct ks_chain_look *out = x->out;
    const struct ks_cert *room[KS_SENT_MAX + 1], *way[KS_PATH_MAX];
    bool reached;

    if (out->end != KS_END_ROOT || out->walk_len < 2 || has_faults(out) || is_pkcs12(x->store) ||
        out->stored_count > KS_SENT_MAX || stops(x))
        return;
    const struct ks_sent sent = sent_of(x, room);
    size_t len = ks_sent_order(&sent, out->stored[out->walk[out->walk_len - 2]], way, &reached);
    if (reached || ks_sent_is_sound(&sent, way, len))
        return;
    for (size_t i = 0; i < len; i++)
        x->at[i] = place_of(out, way[i]);
    x->len = len;
    for (size_t i = 0; i < out->stored_count; i++)
        if (edge(x, x->at[len - 1], i) != KS_VERDICT_BAD)
            return; /* it goes on, in a circle say */
    memset(out->faults, 0, sizeof out->faults);
    keep_broken_walk(x);
    find_faults(x);
}

/* PKCS#12: what Java makes of it is sent. */
static void find_around(struct examining *x)
{
    struct ks_chain_look *out = x->out;
    const struct ks_around_ask ask = {.now = x->context->now,
                                      .purpose = ks_purpose_of(x->context, x->entry, true),
                                      .signatures = x->doctor->signatures,
                                      .effort = &x->effort,
                                      .job = x->job};
    size_t count =
        is_pkcs12(x->store) ? least(x->entry->chain_len, out->stored_count) : out->stored_count;

    ks_find_around(&ask, out->stored, count, out);
}

/* Stored, not on the walk, and yet an issuer of something on it: `names` are those of the walk's
 * issuers, `count` of them. */
static bool is_cross(struct examining *x, size_t stored, const uint64_t *names, size_t count)
{
    struct ks_chain_look *out = x->out;
    const struct ks_cert *c = out->stored[stored];

    for (size_t i = 0; i < out->walk_len; i++)
        if (ks_cert_same(out->stored[out->walk[i]], c))
            return false;
    for (size_t i = 0; i < count; i++)
        if (may_be_named(x, stored, names[i]) && edge(x, out->walk[i], stored) == KS_VERDICT_GOOD)
            return true;
    return false;
}

static void find_cross(struct examining *x)
{
    struct ks_chain_look *out = x->out;
    uint64_t names[KS_PATH_MAX];
    size_t count = out->walk_len - (out->end == KS_END_ROOT || out->unended ? 1 : 0);

    for (size_t i = 0; i < count; i++)
        names[i] = issuer_hash(out->stored[out->walk[i]]);
    for (size_t i = 0; i < out->stored_count && out->cross_count < KS_PATH_MAX && !stops(x); i++)
        if (is_cross(x, i, names, count))
            out->cross[out->cross_count++] = i;
}

/* What Java does not show has no chain of Java's. */
static bool java_differs(const struct examining *x)
{
    const uint32_t hidden =
        KS_NOTE_JAVA_KEYBAG | KS_NOTE_JAVA_NO_KEYID | KS_NOTE_JAVA_NESTED | KS_NOTE_JAVA_REPLACED;
    const struct ks_chain_look *out = x->out;

    if (!is_pkcs12(x->store) || x->entry->notes & hidden)
        return false;
    if (x->entry->chain_len != out->walk_len)
        return true;
    for (size_t i = 0; i < out->walk_len; i++)
        if (!ks_cert_same(&x->entry->chain[i], out->stored[out->walk[i]]))
            return true;
    return false;
}

/* ---- the best ---- */

static void find_best(struct examining *x)
{
    struct ks_chain_look *out = x->out;
    const struct ks_pool *pools[] = {ks_ground_pool(x->ground), x->context->candidates};
    const struct ks_cert *issuers[KS_PATH_MAX];
    struct ks_path paths[KS_BEST_MAX];

    for (size_t i = 1; i < out->walk_len; i++)
        issuers[i - 1] = out->stored[out->walk[i]];
    out->best_count =
        ks_paths_find(&(struct ks_path_ask){.pools = pools,
                                            .pool_count = x->context->candidates ? 2 : 1,
                                            .leaf = out->stored[out->leaf],
                                            .now = x->context->now,
                                            .purpose = ks_purpose_of(x->context, x->entry, true),
                                            .walk = issuers,
                                            .walk_len = out->walk_len - 1,
                                            .signatures = x->doctor->signatures,
                                            .effort = &x->effort,
                                            .job = x->job},
                      paths, KS_BEST_MAX);
    out->best = paths[0];
    for (size_t i = 1; i < out->best_count; i++)
        out->others[i - 1] = paths[i];
    out->cut = out->cut || paths[0].cut;
}

/* That of the diagnosis under way, else of whoever asks about several entries; NULL: none. */
static struct ks_effort *shared_effort(const struct ks_doctor *doctor,
                                       const struct ks_context *context)
{
    return doctor->effort ? doctor->effort : context->effort;
}

/* A diagnosis of many entries shares its effort. */
static struct ks_effort begin_effort(const struct ks_effort *shared)
{
    struct ks_effort own = {.left = KS_PATH_TRIES, .asks = KS_PATH_ASKS};

    if (shared) {
        own.left = least(own.left, shared->left);
        own.asks = least(own.asks, shared->asks);
    }
    return own;
}

static void end_effort(struct examining *x, const struct ks_effort *began)
{
    struct ks_effort *shared = shared_effort(x->doctor, x->context);

    x->out->cut = x->out->cut || x->effort.cut;
    if (!shared)
        return;
    shared->left -= began->left - x->effort.left;
    shared->asks -= began->asks - x->effort.asks;
    shared->cut = shared->cut || x->effort.cut;
}

/* Nothing is said of a chain that nobody has looked at. */
static bool is_spent(struct ks_effort *shared)
{
    bool spent = shared && shared->asks == 0;

    if (spent)
        shared->cut = true;
    return spent;
}

bool ks_examine(struct ks_doctor *doctor, const struct ks_store *store,
                const struct ks_entry *entry, const struct ks_context *context, struct ks_job *job,
                struct ks_chain_look *out)
{
    struct examining x = {.doctor = doctor,
                          .store = store,
                          .entry = entry,
                          .context = context,
                          .job = job,
                          .out = out};

    struct ks_effort *shared = shared_effort(doctor, context);

    *out = (struct ks_chain_look){0};
    if (!is_readable(store, entry) || is_spent(shared))
        return false;
    x.ground = ks_doctor_ground(doctor, store);
    out->memory = ks_ground_ref(x.ground);
    const struct ks_effort began = begin_effort(shared);
    x.effort = began;
    gather_stored(&x);
    if (context->open_keys && entry->kind == KS_KIND_KEY && out->stored_count)
        compare_key(&x);
    if (entry->chain_len == 0 && out->key != KS_KEY_FOREIGN) {
        free(x.subjects);
        ks_chain_look_drop(out);
        return false;
    }
    if (out->key != KS_KEY_FITS && !x.served)
        guess_leaf(&x);
    walk(&x);
    find_faults(&x);
    prefer_sent_order(&x);
    find_around(&x);
    find_cross(&x);
    out->java_differs = java_differs(&x);
    find_best(&x);
    end_effort(&x, &began);
    free(x.subjects);
    return true;
}

bool ks_chain_examine(struct ks_doctor *doctor, const struct ks_store *store,
                      const struct ks_entry *entry, const struct ks_context *context,
                      struct ks_job *job, struct ks_chain_look *out)
{
    if (entry->kind == KS_KIND_KEY && entry->chain_len > 0)
        return ks_examine(doctor, store, entry, context, job, out);
    *out = (struct ks_chain_look){0};
    return false;
}

void ks_chain_look_drop(struct ks_chain_look *look)
{
    free(look->stored);
    ks_ground_unref(look->memory);
    *look = (struct ks_chain_look){0};
}
