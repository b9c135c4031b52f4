/* Which key Java's default key manager takes when nobody names one. */
#include "doctor/doctor.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/*
 * sun.security.ssl.SunX509KeyManagerImpl puts the aliases of all key entries, as the keystore names
 * them, into a java.util.HashMap, and takes the first whose key type fits. So the order is that of
 * the map's buckets: String.hashCode() with its upper half folded in, modulo the table's size,
 * which doubles whenever it is three quarters full. In a bucket it is the order of insertion, until
 * a bucket becomes a tree, which takes more names of one bucket than keystores have.
 */

static uint32_t put_unit(uint32_t hash, uint32_t unit)
{
    return hash * 31u + unit;
}

/* Over UTF-16 code units. */
static uint32_t java_hash(const char *text)
{
    size_t len = strlen(text);
    uint32_t hash = 0;
    int32_t cp;

    for (size_t at = 0; at < len;) {
        size_t used = ks_utf8_next(text + at, len - at, &cp);
        if (cp >= 0x10000) {
            hash = put_unit(hash, 0xd800u + (((uint32_t)cp - 0x10000u) >> 10));
            hash = put_unit(hash, 0xdc00u + (((uint32_t)cp - 0x10000u) & 0x3ffu));
        } else {
            hash = put_unit(hash, cp < 0 ? 0xfffdu : (uint32_t)cp);
        }
        at += used ? used : 1;
    }
    return hash;
}

static uint32_t spread(const char *alias)
{
    char *lower = ks_text_fold(alias);
    uint32_t hash = java_hash(lower);

    free(lower);
    return hash ^ hash >> 16;
}

/* What Java does not show is no key to it. */
static bool is_candidate(const struct ks_entry *e)
{
    const uint32_t hidden = KS_NOTE_JAVA_KEYBAG | KS_NOTE_JAVA_NO_KEYID | KS_NOTE_JAVA_NESTED |
                            KS_NOTE_JAVA_REPLACED | KS_NOTE_NO_CHAIN;
    return e->kind == KS_KIND_KEY && e->chain_len > 0 && !(e->notes & hidden);
}

static uint32_t table_size(size_t names)
{
    uint32_t size = 16;

    while (names > (size_t)size / 4 * 3 && size < 1u << 30)
        size *= 2;
    return size;
}

const struct ks_entry *ks_java_picks(const struct ks_store *store)
{
    const struct ks_entry *best = NULL;
    uint32_t best_bucket = 0;
    size_t names = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        names += is_candidate(ks_store_entry(store, i));
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (!is_candidate(e))
            continue;
        uint32_t bucket = spread(e->alias) & (table_size(names) - 1);
        if (!best || bucket < best_bucket) {
            best = e;
            best_bucket = bucket;
        }
    }
    return best;
}
