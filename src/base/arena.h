/*
 * Memory for many small things that are made one after the other and live about as long: it is cut
 * off large pieces, so that each of them costs next to nothing and they touch few pages. An arena
 * is shared by reference; when the last one goes, all of the memory goes with it.
 */
#ifndef KSX_BASE_ARENA_H
#define KSX_BASE_ARENA_H

#include <stddef.h>

struct ks_arena;

struct ks_arena *ks_arena_new(void); /* one reference */
/* `size` bytes, aligned to 8, not zeroed. With it comes a reference, for whoever keeps them. */
void *ks_arena_take(struct ks_arena *arena, size_t size) __attribute__((returns_nonnull));
void ks_arena_unref(struct ks_arena *arena); /* NULL is fine; thread-safe */

#endif
