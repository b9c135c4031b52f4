#include "store/diff.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/index.h"

#include <stdlib.h>
#include <string.h>

/* ---- two entries ---- */

static uint32_t chain_difference(const struct ks_entry *a, const struct ks_entry *b)
{
    size_t common = a->chain_len < b->chain_len ? a->chain_len : b->chain_len;
    uint32_t what = a->chain_len != b->chain_len ? KS_DIFF_CHAIN : 0;

    if (common == 0 && what)
        what |= KS_DIFF_LEAF;
    for (size_t i = 0; i < common; i++)
        if (!ks_slice_equal(ks_cert_der(&a->chain[i]), ks_cert_der(&b->chain[i])))
            what |= i == 0 ? KS_DIFF_CHAIN | KS_DIFF_LEAF : KS_DIFF_CHAIN;
    return what;
}

uint32_t ks_entry_difference(const struct ks_entry *a, const struct ks_entry *b)
{
    uint32_t what = 0;

    if (a == b)
        return 0;
    if (strcmp(a->alias, b->alias) != 0)
        what |= KS_DIFF_ALIAS;
    if (a->kind != b->kind)
        what |= KS_DIFF_TYPE;
    if (a->created != b->created)
        what |= KS_DIFF_DATE;
    if (!ks_slice_equal(a->key, b->key))
        what |= KS_DIFF_KEY;
    return what | chain_difference(a, b);
}

/* ---- pairing ---- */

struct pairing {
    const struct ks_version *a, *b;
    size_t *of_a, *of_b; /* the partner's place, or KS_NOWHERE */
    bool shared;         /* some object is in both: two versions of one store */
};

static void pair_up(struct pairing *p, size_t i, size_t j)
{
    p->of_a[i] = j;
    p->of_b[j] = i;
}

/* What an entry is paired by; data NULL: not by this. `i`: its place among `v`. */
typedef struct ks_slice (*key_fn)(const struct ks_version *v, size_t i, void *room);

/* Each unpaired entry of b with the first unpaired one of a that has the same key. `room_a` and
 * `room_b` hold the keys that are computed. */
static void pair_by(struct pairing *p, key_fn key, void *room_a, void *room_b)
{
    struct ks_index ix = ks_index_new(p->a->count);

    for (size_t i = 0; i < p->a->count; i++) {
        struct ks_slice k = p->of_a[i] == KS_NOWHERE ? key(p->a, i, room_a) : (struct ks_slice){0};
        if (k.data)
            ks_index_add(&ix, k, i);
    }
    for (size_t j = 0; j < p->b->count; j++) {
        struct ks_slice k = p->of_b[j] == KS_NOWHERE ? key(p->b, j, room_b) : (struct ks_slice){0};
        size_t i = k.data ? ks_index_pop(&ix, k) : KS_NOWHERE;
        if (i != KS_NOWHERE)
            pair_up(p, i, j);
    }
    ks_index_drop(&ix);
}

static struct ks_slice by_object(const struct ks_version *v, size_t i, void *room)
{
    (void)room;
    return ks_slice(&v->entries[i], sizeof v->entries[i]);
}

static struct ks_slice by_alias(const struct ks_version *v, size_t i, void *room)
{
    (void)room;
    return ks_slice_str(v->entries[i]->alias);
}

static struct ks_slice by_leaf(const struct ks_version *v, size_t i, void *room)
{
    const struct ks_entry *e = v->entries[i];
    (void)room;
    return e->chain_len ? ks_cert_der(&e->chain[0]) : ks_slice(NULL, 0);
}

static struct ks_slice by_alias_without_leaf(const struct ks_version *v, size_t i, void *room)
{
    return v->entries[i]->chain_len ? ks_slice(NULL, 0) : by_alias(v, i, room);
}

static void put_part(struct ks_buf *out, struct ks_slice part)
{
    ks_buf_append(out, &part.len, sizeof part.len);
    ks_buf_slice(out, part);
}

/* Everything but the alias. */
static struct ks_slice by_content(const struct ks_version *v, size_t i, void *room)
{
    const struct ks_entry *e = v->entries[i];
    uint8_t *digest = (uint8_t *)room + i * KS_SHA256_LEN;
    struct ks_buf all = KS_BUF_INIT;

    if (!e->key.len && !e->chain_len)
        return ks_slice(NULL, 0);
    ks_buf_byte(&all, e->kind);
    ks_buf_append(&all, &e->created, sizeof e->created);
    put_part(&all, e->key);
    for (size_t k = 0; k < e->chain_len; k++)
        put_part(&all, ks_cert_der(&e->chain[k]));
    ks_sha256(ks_slice(all.data, all.len), digest);
    ks_buf_wipe_free(&all); /* some formats keep keys in clear */
    return ks_slice(digest, KS_SHA256_LEN);
}

static void pair_by_content(struct pairing *p)
{
    uint8_t *room_a = ks_alloc_array(p->a->count, KS_SHA256_LEN);
    uint8_t *room_b = ks_alloc_array(p->b->count, KS_SHA256_LEN);

    pair_by(p, by_content, room_a, room_b);
    free(room_a);
    free(room_b);
}

static size_t *nowhere(size_t count)
{
    size_t *places = ks_alloc_array(count, sizeof *places);
    for (size_t i = 0; i < count; i++)
        places[i] = KS_NOWHERE;
    return places;
}

static struct pairing pair_all(const struct ks_version *a, const struct ks_version *b,
                               enum ks_diff_by by)
{
    struct pairing p = {a, b, nowhere(a->count), nowhere(b->count), false};

    pair_by(&p, by_object, NULL, NULL);
    for (size_t j = 0; j < b->count && !p.shared; j++)
        p.shared = p.of_b[j] != KS_NOWHERE;
    if (by == KS_DIFF_BY_FINGERPRINT) {
        pair_by(&p, by_leaf, NULL, NULL);
        pair_by(&p, by_alias_without_leaf, NULL, NULL);
    } else {
        pair_by(&p, by_alias, NULL, NULL);
    }
    pair_by_content(&p);
    if (by == KS_DIFF_BY_ALIAS_THEN_LEAF)
        pair_by(&p, by_leaf, NULL, NULL);
    return p;
}

/* ---- rows ---- */

struct rows {
    struct ks_diff *diff;
    const struct pairing *p;
    size_t a;    /* everything of a before this place is in the rows, or paired */
    size_t last; /* the furthest place in a of the pairs so far, plus one */
};

static void add_row(struct ks_diff *d, enum ks_diff_kind kind, uint32_t what,
                    const struct ks_entry *a, const struct ks_entry *b)
{
    d->rows[d->count++] = (struct ks_diff_row){kind, what, a, b};
    size_t *counter[] = {&d->same, &d->changed, &d->only_a, &d->only_b};
    ++*counter[kind];
}

/* What only a has, up to its place `end`, or up to the next that is paired. */
static void add_removed(struct rows *r, size_t end, bool contiguous)
{
    const struct pairing *p = r->p;

    for (; r->a < end; r->a++) {
        if (p->of_a[r->a] == KS_NOWHERE)
            add_row(r->diff, KS_DIFF_ONLY_A, 0, p->a->entries[r->a], NULL);
        else if (contiguous)
            return;
    }
}

static void add_pair(struct rows *r, size_t i, size_t j)
{
    const struct ks_entry *a = r->p->a->entries[i], *b = r->p->b->entries[j];
    uint32_t what = ks_entry_difference(a, b);

    /* Java writes entries in the order of a hash table: between two files it says nothing. */
    if (r->p->shared && i + 1 < r->last)
        what |= KS_DIFF_ORDER;
    if (i >= r->a) {
        add_removed(r, i, false);
        r->a = i + 1;
    }
    if (i + 1 > r->last)
        r->last = i + 1;
    add_row(r->diff, what ? KS_DIFF_CHANGED : KS_DIFF_SAME, what, a, b);
    add_removed(r, r->p->a->count, true);
}

struct ks_diff ks_diff(const struct ks_version *a, const struct ks_version *b, enum ks_diff_by by)
{
    struct pairing p = pair_all(a, b, by);
    struct ks_diff d = {0};
    struct rows r = {.diff = &d, .p = &p};

    d.rows = ks_alloc_array(a->count + b->count + 1, sizeof *d.rows);
    add_removed(&r, a->count, true);
    for (size_t j = 0; j < b->count; j++) {
        if (p.of_b[j] != KS_NOWHERE)
            add_pair(&r, p.of_b[j], j);
        else
            add_row(&d, KS_DIFF_ONLY_B, 0, NULL, b->entries[j]);
    }
    add_removed(&r, a->count, false);
    d.password_changed = a->password != b->password && !ks_secret_equal(a->password, b->password);
    d.protection_changed = a->protection != b->protection;
    free(p.of_a);
    free(p.of_b);
    return d;
}

void ks_diff_drop(struct ks_diff *diff)
{
    free(diff->rows);
    *diff = (struct ks_diff){0};
}

/* ---- items ---- */

static size_t count_items(const struct ks_version *v)
{
    size_t count = v->count; /* a key each, or something like it */

    for (size_t i = 0; i < v->count; i++)
        count += v->entries[i]->chain_len;
    return count;
}

static struct ks_index index_items(const struct ks_version *v)
{
    struct ks_index ix = ks_index_new(count_items(v));
    size_t place = 0;

    for (size_t i = 0; i < v->count; i++) {
        const struct ks_entry *e = v->entries[i];
        ks_index_add(&ix, e->key, place++);
        for (size_t k = 0; k < e->chain_len; k++)
            ks_index_add(&ix, ks_cert_der(&e->chain[k]), place++);
    }
    return ix;
}

static bool has_all(const struct ks_index *ix, const struct ks_entry *e)
{
    if (e->key.len && ks_index_first(ix, e->key) == KS_NOWHERE)
        return false;
    for (size_t k = 0; k < e->chain_len; k++)
        if (ks_index_first(ix, ks_cert_der(&e->chain[k])) == KS_NOWHERE)
            return false;
    return true;
}

static const struct ks_entry *missing_in(const struct ks_version *v, const struct ks_version *other)
{
    struct ks_index ix = index_items(other);
    const struct ks_entry *missing = NULL;

    for (size_t i = 0; i < v->count && !missing; i++)
        if (!has_all(&ix, v->entries[i]))
            missing = v->entries[i];
    ks_index_drop(&ix);
    return missing;
}

const struct ks_entry *ks_items_difference(const struct ks_version *a, const struct ks_version *b)
{
    const struct ks_entry *missing = missing_in(a, b);
    return missing ? missing : missing_in(b, a);
}
