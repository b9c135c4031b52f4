/* Orders of the tree and of the lists. */
#include "base/alloc.h"
#include "base/text.h"
#include "report/filter.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    [SORT_FILE] = "file", [SORT_EXPIRY] = "expiry", [SORT_NAME] = "name",
    [SORT_TYPE] = "type", [SORT_STATUS] = "status", [SORT_KEY] = "key",
};
#define WORD_COUNT (sizeof words / sizeof words[0])

bool sort_key_parse(const char *word, enum sort_key *out)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (strcmp(words[i], word) == 0) {
            *out = (enum sort_key)i;
            return true;
        }
    }
    return false;
}

const char *sort_key_word(enum sort_key k)
{
    return words[k];
}

/* What one entry is sorted by, worked out once: a comparison only compares. */
struct row {
    bool last;        /* has nothing to compare: stays behind, in both directions */
    int64_t number;   /* first */
    const char *name; /* then this, when it is not NULL */
    uint32_t place;   /* then the order it had */
    uint32_t entry;
};

static int compare(const struct row *a, const struct row *b)
{
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->name && b->name ? strcmp(a->name, b->name) : 0;
}

static int in_place(const struct row *a, const struct row *b)
{
    return a->place < b->place ? -1 : a->place > b->place;
}

static int upward(const void *x, const void *y)
{
    const struct row *a = x, *b = y;
    if (a->last != b->last)
        return a->last ? 1 : -1;
    int order = a->last ? 0 : compare(a, b);
    return order ? order : in_place(a, b);
}

static int downward(const void *x, const void *y)
{
    const struct row *a = x, *b = y;
    if (a->last != b->last)
        return a->last ? 1 : -1;
    int order = a->last ? 0 : compare(b, a);
    return order ? order : in_place(a, b);
}

/* Small keys first within an algorithm, algorithms in the order of the enumeration. */
static void set_key_size(struct row *r, const struct ks_entry *e)
{
    r->last = e->chain_len == 0 || (e->chain[0].flags & KS_CERT_BROKEN);
    if (!r->last)
        r->number = (int64_t)e->chain[0].key_alg * 100000 + e->chain[0].key_bits;
}

static void set_expiry(struct row *r, const struct ks_entry *e)
{
    r->number = ks_entry_expires(e);
    r->last = r->number == KS_TIME_NONE;
}

static void fill(struct row *r, const struct ks_store *s, const struct ks_entry *e,
                 enum sort_key key, int64_t now, char **folded)
{
    switch (key) {
    case SORT_EXPIRY:
        set_expiry(r, e);
        break;
    case SORT_NAME:
        *folded = ks_text_fold(e->alias);
        r->name = *folded;
        break;
    case SORT_TYPE:
        r->number = e->kind;
        break;
    case SORT_STATUS:
        r->number = -(int64_t)ks_worst_of_entry(s, e, now);
        break;
    case SORT_KEY:
        set_key_size(r, e);
        break;
    default:
        r->number = r->entry;
        break;
    }
}

void sort_entries(const struct ks_store *s, uint32_t *index, size_t count, enum sort_key key,
                  bool reverse, int64_t now)
{
    struct row *rows = ks_alloc_array(count, sizeof *rows);
    char **folded = ks_alloc_array(count, sizeof *folded);
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct row){.place = (uint32_t)i, .entry = index[i]};
        fill(&rows[i], s, ks_store_entry(s, index[i]), key, now, &folded[i]);
    }
    qsort(rows, count, sizeof *rows, reverse ? downward : upward);
    for (size_t i = 0; i < count; i++) {
        index[i] = rows[i].entry;
        free(folded[i]);
    }
    free(rows);
    free(folded);
}
