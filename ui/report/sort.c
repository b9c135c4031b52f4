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

/* What one entry is sorted by, worked out once: a comparison only compares. Small, because qsort()
 * moves it about. */
struct row {
    int64_t number;   /* first */
    const char *name; /* then this, when it is not NULL */
    uint32_t place;   /* then the order it had */
    bool last;        /* has nothing to compare: stays behind, in both directions */
    bool owned;       /* the name */
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
    r->number = report_entry_expires(e);
    r->last = r->number == KS_TIME_NONE;
}

/* The first bytes of a name as a number of the same order: most comparisons end there, without a
 * look at memory elsewhere. */
static int64_t beginning(const char *name)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < 7; i++)
        bytes = bytes << 8 | (*name ? (uint8_t)*name++ : 0u);
    return (int64_t)bytes;
}

/* Java's keystores fold aliases when they take them, so nearly all are folded as they are. */
static bool is_folded(const char *alias)
{
    for (; *alias; alias++)
        if ((uint8_t)*alias >= 0x80 || (*alias >= 'A' && *alias <= 'Z'))
            return false;
    return true;
}

static void set_name(struct row *r, const char *alias)
{
    r->owned = !is_folded(alias);
    r->name = r->owned ? ks_text_fold(alias) : alias;
    r->number = beginning(r->name);
}

static void fill(struct row *r, const struct sort_item *item, enum sort_key key, int64_t now)
{
    const struct ks_entry *e = ks_store_entry(item->store, item->entry);
    switch (key) {
    case SORT_EXPIRY:
        set_expiry(r, e);
        break;
    case SORT_NAME:
        set_name(r, e->alias);
        break;
    case SORT_TYPE:
        r->number = e->kind;
        break;
    case SORT_STATUS:
        r->number = -(int64_t)ks_worst_of_entry(item->store, e, now);
        break;
    case SORT_KEY:
        set_key_size(r, e);
        break;
    default:
        r->number = item->place;
        break;
    }
}

void sort_items(struct sort_item *items, size_t count, enum sort_key key, bool reverse, int64_t now)
{
    struct row *rows = ks_alloc_array(count, sizeof *rows);
    struct sort_item *sorted = ks_alloc_array(count, sizeof *sorted);
    for (size_t i = 0; i < count; i++) {
        rows[i].place = (uint32_t)i;
        fill(&rows[i], &items[i], key, now);
    }
    qsort(rows, count, sizeof *rows, reverse ? downward : upward);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = items[rows[i].place];
        if (rows[i].owned)
            free((char *)rows[i].name);
    }
    if (count)
        memcpy(items, sorted, count * sizeof *items);
    free(sorted);
    free(rows);
}

void sort_entries(const struct ks_store *s, uint32_t *index, size_t count, enum sort_key key,
                  bool reverse, int64_t now)
{
    struct sort_item *items = ks_alloc_array(count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct sort_item){s, index[i], index[i]};
    sort_items(items, count, key, reverse, now);
    for (size_t i = 0; i < count; i++)
        index[i] = items[i].entry;
    free(items);
}
