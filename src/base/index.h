/*
 * An index from byte strings to the places where they occur, for lists that are as long as a
 * hostile file makes them: hashed with a key of the process's own, so that no file can be made
 * whose names all collide. Keys are borrowed.
 *
 *   struct ks_index ix = ks_index_new(count);
 *   for (size_t i = 0; i < count; i++)
 *       ks_index_add(&ix, key_of(i), i);
 *   for (size_t i = ks_index_first(&ix, key); i != KS_NOWHERE; i = ks_index_next(&ix, i)) ...
 */
#ifndef KSX_BASE_INDEX_H
#define KSX_BASE_INDEX_H

#include "base/bytes.h"

#define KS_NOWHERE SIZE_MAX

struct ks_index_slot;
struct ks_index {
    uint64_t seed[2];
    struct ks_index_slot *slots;
    size_t mask;
    size_t *next; /* by place */
};

/* For places 0 to count - 1. */
struct ks_index ks_index_new(size_t count);
/* Each place once; behind those that its key has already. */
void ks_index_add(struct ks_index *ix, struct ks_slice key, size_t place);
size_t ks_index_first(const struct ks_index *ix, struct ks_slice key);
size_t ks_index_next(const struct ks_index *ix, size_t place);
/* Takes the first place of a key out of the index, and returns it. */
size_t ks_index_pop(struct ks_index *ix, struct ks_slice key);
void ks_index_drop(struct ks_index *ix);

#endif
