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

/* What one entry is sorted by, worked out once: a comparison only compares. Small, because rows are
 * moved about. */
struct row {
    int64_t number;   /* first */
    const char *name; /* then this, when it is not NULL */
    uint32_t place;   /* the order it had, which those keep that have nothing to tell them apart */
    bool last;        /* has nothing to compare: stays behind, in both directions */
    bool owned;       /* the name */
};

static inline bool goes_before(const struct row *a, const struct row *b, bool reverse)
{
    if (a->last || b->last)
        return !a->last;
    if (reverse) {
        const struct row *swapped = a;
        a = b;
        b = swapped;
    }
    if (a->number != b->number)
        return a->number < b->number;
    return a->name && b->name && strcmp(a->name, b->name) < 0;
}

/* A merge sort, because it is stable; in line and without a merge of what is in order, because
 * aliases often are: three times as fast as qsort(). `spare` has room for half of the rows. */
#define FEW 8

static void insert_rows(struct row *rows, size_t count, bool reverse)
{
    for (size_t i = 1; i < count; i++) {
        struct row row = rows[i];
        size_t at = i;
        for (; at > 0 && goes_before(&row, &rows[at - 1], reverse); at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

static void sort_rows(struct row *rows, size_t count, bool reverse, struct row *spare)
{
    size_t half = count / 2, left = 0, right = half;
    if (count <= FEW) {
        insert_rows(rows, count, reverse);
        return;
    }
    sort_rows(rows, half, reverse, spare);
    sort_rows(rows + half, count - half, reverse, spare);
    if (!goes_before(&rows[half], &rows[half - 1], reverse))
        return;
    memcpy(spare, rows, half * sizeof *rows);
    for (struct row *to = rows; left < half; to++) {
        bool second = right < count && goes_before(&rows[right], &spare[left], reverse);
        *to = second ? rows[right++] : spare[left++];
    }
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

static void fill(struct row *r, const struct ks_store *store, const struct ks_entry *e,
                 const uint8_t *worst, enum sort_key key, int64_t now)
{
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
        r->number = -(int64_t)(worst ? *worst : ks_worst_of_entry(store, e, now));
        break;
    case SORT_KEY:
        set_key_size(r, e);
        break;
    default:
        break;
    }
}

static void drop_rows(struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].owned)
            free((char *)rows[i].name);
    free(rows);
}

static void order_rows(struct row *rows, size_t count, bool reverse)
{
    struct row *spare = ks_realloc(NULL, count / 2 * sizeof *rows);
    sort_rows(rows, count, reverse, spare);
    free(spare);
}

void sort_items(struct sort_item *items, size_t count, enum sort_key key, bool reverse, int64_t now)
{
    struct row *rows = ks_alloc_array(count, sizeof *rows);
    struct sort_item *sorted = ks_alloc_array(count, sizeof *sorted);
    for (size_t i = 0; i < count; i++) {
        const struct sort_item *item = &items[i];
        rows[i].place = (uint32_t)i;
        fill(&rows[i], item->store, ks_store_entry(item->store, item->entry), item->worst, key, now);
        if (key == SORT_FILE)
            rows[i].number = item->place;
    }
    order_rows(rows, count, reverse);
    for (size_t i = 0; i < count; i++)
        sorted[i] = items[rows[i].place];
    if (count)
        memcpy(items, sorted, count * sizeof *items);
    free(sorted);
    drop_rows(rows, count);
}

void sort_entries_judged(const struct ks_store *s, const uint8_t *worst, uint32_t *index,
                         size_t count, enum sort_key key, bool reverse, int64_t now)
{
    struct row *rows = ks_alloc_array(count, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        rows[i].number = rows[i].place = index[i];
        fill(&rows[i], s, ks_store_entry(s, index[i]), worst ? &worst[index[i]] : NULL, key, now);
    }
    order_rows(rows, count, reverse);
    for (size_t i = 0; i < count; i++)
        index[i] = rows[i].place;
    drop_rows(rows, count);
}

void sort_entries(const struct ks_store *s, uint32_t *index, size_t count, enum sort_key key,
                  bool reverse, int64_t now)
{
    sort_entries_judged(s, NULL, index, count, key, reverse, now);
}
