#include "base/index.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ks_index_slot {
    uint64_t hash;
    struct ks_slice key;
    bool used;
    size_t first, last;
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash(const struct ks_index *ix, struct ks_slice key)
{
    uint64_t h = ix->seed[0] ^ key.len;

    for (size_t at = 0; at < key.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, key.data + at, key.len - at < 8 ? key.len - at : 8);
        h = mix(h ^ word, ix->seed[1] + at);
    }
    return mix(h, ix->seed[1]);
}

struct ks_index ks_index_new(size_t count)
{
    struct ks_index ix = {.mask = 15};

    while (ix.mask < 2 * count)
        ix.mask = ix.mask * 2 + 1;
    ix.slots = ks_alloc_array(ix.mask + 1, sizeof *ix.slots);
    ix.next = ks_alloc_array(count + 1, sizeof *ix.next);
    if (getentropy(ix.seed, sizeof ix.seed) != 0)
        ix.seed[0] = (uint64_t)(uintptr_t)ix.slots;
    ix.seed[1] |= 1;
    return ix;
}

/* The slot of this key, or the free one where it would be. */
static struct ks_index_slot *find(const struct ks_index *ix, struct ks_slice key, uint64_t h)
{
    for (size_t i = (size_t)h & ix->mask;; i = (i + 1) & ix->mask) {
        struct ks_index_slot *slot = &ix->slots[i];
        if (!slot->used || (slot->hash == h && ks_slice_equal(slot->key, key)))
            return slot;
    }
}

void ks_index_add(struct ks_index *ix, struct ks_slice key, size_t place)
{
    uint64_t h = hash(ix, key);
    struct ks_index_slot *slot = find(ix, key, h);

    ix->next[place] = KS_NOWHERE;
    if (!slot->used)
        *slot = (struct ks_index_slot){h, key, true, KS_NOWHERE, KS_NOWHERE};
    if (slot->first == KS_NOWHERE)
        slot->first = place;
    else
        ix->next[slot->last] = place;
    slot->last = place;
}

size_t ks_index_first(const struct ks_index *ix, struct ks_slice key)
{
    const struct ks_index_slot *slot = find(ix, key, hash(ix, key));
    return slot->used ? slot->first : KS_NOWHERE;
}

size_t ks_index_next(const struct ks_index *ix, size_t place)
{
    return ix->next[place];
}

size_t ks_index_pop(struct ks_index *ix, struct ks_slice key)
{
    struct ks_index_slot *slot = find(ix, key, hash(ix, key));

    if (!slot->used || slot->first == KS_NOWHERE)
        return KS_NOWHERE;
    size_t place = slot->first;
    slot->first = ix->next[place];
    return place;
}

void ks_index_drop(struct ks_index *ix)
{
    free(ix->slots);
    free(ix->next);
    *ix = (struct ks_index){0};
}
