#include "base/arena.h"

#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>

/* Pieces grow from what a small store needs to what is little for a large one. */
#define FIRST ((size_t)16 << 10)
#define LARGEST ((size_t)256 << 10)

struct piece {
    struct piece *before;
};

struct ks_arena {
    unsigned refs;
    uint8_t *at;
    size_t left, next; /* next: the size of the next piece */
    struct piece *last;
};

struct ks_arena *ks_arena_new(void)
{
    struct ks_arena *a = ks_alloc(sizeof *a);
    a->refs = 1;
    a->next = FIRST;
    return a;
}

static void grow(struct ks_arena *a, size_t size)
{
    size_t need = size + sizeof(struct piece), room = need > a->next ? need : a->next;
    struct piece *piece = ks_alloc_filled(room);
    piece->before = a->last;
    a->last = piece;
    a->at = (uint8_t *)(piece + 1);
    a->left = room - sizeof *piece;
    if (a->next < LARGEST)
        a->next *= 2;
}

void *ks_arena_take(struct ks_arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        size = SIZE_MAX / 2; /* more than there is: the allocator says so */
    size = (size + 7) & ~(size_t)7;
    if (size > a->left)
        grow(a, size);
    void *taken = a->at;
    a->at += size;
    a->left -= size;
    (void)__atomic_add_fetch(&a->refs, 1, __ATOMIC_RELAXED);
    return taken;
}

void ks_arena_unref(struct ks_arena *a)
{
    if (!a || __atomic_sub_fetch(&a->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    while (a->last) {
        struct piece *piece = a->last;
        a->last = piece->before;
        free(piece);
    }
    free(a);
}
