#include "file/visited.h"

#include "base/alloc.h"

#include <stdlib.h>

#define FIRST_SIZE 1024

/* Inodes of a file system are near one another: multiplying spreads them. */
static struct ks_visit *slot_of(const struct ks_visited *v, uint64_t dev, uint64_t ino)
{
    uint64_t hash = (ino ^ dev << 40) * 0x9e3779b97f4a7c15u;
    for (size_t i = (size_t)(hash >> 20) & (v->size - 1);; i = (i + 1) & (v->size - 1)) {
        struct ks_visit *slot = &v->slots[i];
        if (!slot->used || (slot->dev == dev && slot->ino == ino))
            return slot;
    }
}

static void grow(struct ks_visited *v)
{
    struct ks_visited larger = {.count = v->count, .size = v->size ? 2 * v->size : FIRST_SIZE};
    larger.slots = ks_alloc_array(larger.size, sizeof *larger.slots);
    for (size_t i = 0; i < v->size; i++)
        if (v->slots[i].used)
            *slot_of(&larger, v->slots[i].dev, v->slots[i].ino) = v->slots[i];
    free(v->slots);
    *v = larger;
}

bool ks_visited_add(struct ks_visited *v, uint64_t dev, uint64_t ino)
{
    if (2 * v->count >= v->size)
        grow(v);
    struct ks_visit *slot = slot_of(v, dev, ino);
    if (slot->used)
        return false;
    *slot = (struct ks_visit){dev, ino, true};
    v->count++;
    return true;
}

void ks_visited_drop(struct ks_visited *v)
{
    free(v->slots);
    *v = (struct ks_visited){0};
}
