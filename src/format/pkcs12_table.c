#include "format/pkcs12_internal.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/*
 * Open addressing, at most half full. The hashes are not keyed, so a file can be made whose items
 * all meet in one place: the number of probes is bounded, and items beyond it are not found. Honest
 * files stay far below.
 */
#define PROBES 256

void ks_p12_table_init(struct p12_table *t, size_t items)
{
    size_t size = 16;
    while (size < 2 * items)
        size *= 2;
    t->slots = ks_alloc_array(size, sizeof *t->slots);
    t->mask = size - 1;
}

void ks_p12_table_free(struct p12_table *t)
{
    free(t->slots);
    *t = (struct p12_table){0};
}

static struct p12_slot *probe(const struct p12_table *t, const struct p12_file *f, uint64_t hash,
                              p12_same same, const void *key)
{
    for (size_t i = 0; t->slots && i < PROBES && i <= t->mask; i++) {
        struct p12_slot *slot = &t->slots[((size_t)(hash >> 32) + i) & t->mask];
        if (slot->first == 0 || (slot->hash == hash && same(f, slot->first - 1, key)))
            return slot;
    }
    return NULL;
}

/* Spreads a hash over all bits (the finaliser of splitmix64). */
static uint64_t spread(uint64_t h)
{
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

struct p12_slot *ks_p12_table_get(const struct p12_table *t, const struct p12_file *f,
                                  uint64_t hash, p12_same same, const void *key)
{
    struct p12_slot *slot = probe(t, f, spread(hash), same, key);
    return slot && slot->first ? slot : NULL;
}

struct p12_slot *ks_p12_table_put(struct p12_table *t, const struct p12_file *f, uint64_t hash,
                                  p12_same same, const void *key)
{
    struct p12_slot *slot = probe(t, f, spread(hash), same, key);
    if (slot && slot->first == 0)
        slot->hash = spread(hash);
    return slot;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

uint64_t ks_p12_hash(uint64_t seed, struct ks_slice bytes)
{
    uint64_t h = HASH_START ^ seed ^ bytes.len;
    size_t at = 0;
    for (; bytes.len - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, bytes.data + at, 8);
        h = (h ^ word) * HASH_FACTOR;
        h ^= h >> 32;
    }
    for (; at < bytes.len; at++)
        h = (h ^ bytes.data[at]) * HASH_FACTOR;
    return h;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

uint64_t ks_p12_alias_hash(const char *alias)
{
    char *folded = is_ascii(alias) ? NULL : ks_text_fold(alias);
    uint64_t h = HASH_START;
    for (const char *c = folded ? folded : alias; *c; c++)
        h = (h ^ (uint8_t)lower(*c)) * HASH_FACTOR;
    free(folded);
    return h;
}

bool ks_p12_alias_equal(const char *a, const char *b)
{
    if (is_ascii(a) && is_ascii(b)) {
        while (*a && lower(*a) == lower(*b)) {
            a++;
            b++;
        }
        return lower(*a) == lower(*b);
    }
    char *folded_a = ks_text_fold(a), *folded_b = ks_text_fold(b);
    bool equal = strcmp(folded_a, folded_b) == 0;
    free(folded_a);
    free(folded_b);
    return equal;
}
