/*
 * What differs between two lists of entries: two versions of a store, the file and memory, or two
 * stores. One mechanism behind the review before an edit, the pending changes, the diff of two
 * keystores and `--dry-run`.
 *
 * Entries are paired by identity first (the same object is the same entry), then by alias, or by
 * the fingerprint of their first certificate, each with the first unpaired one of the other list;
 * a renamed entry whose bytes are otherwise the same is paired by its content at last. Linear in
 * the number of entries.
 */
#ifndef KSX_STORE_DIFF_H
#define KSX_STORE_DIFF_H

#include "store/store.h"

/* KS_DIFF_BY_ALIAS_THEN_LEAF: by alias, and what is left by the fingerprint of the first
 * certificate as well: for people, to whom an entry that was renamed and changed is still that one.
 */
enum ks_diff_by { KS_DIFF_BY_ALIAS, KS_DIFF_BY_FINGERPRINT, KS_DIFF_BY_ALIAS_THEN_LEAF };

enum ks_diff_kind {
    KS_DIFF_SAME,
    KS_DIFF_CHANGED,
    KS_DIFF_ONLY_A, /* removed */
    KS_DIFF_ONLY_B, /* added */
};

/* What of a changed entry differs. */
enum {
    KS_DIFF_ALIAS = 1 << 0,
    KS_DIFF_TYPE = 1 << 1,  /* its kind */
    KS_DIFF_CHAIN = 1 << 2, /* certificates, or their order */
    KS_DIFF_LEAF = 1 << 3,  /* the first of them is another */
    KS_DIFF_KEY = 1 << 4,   /* the key's bytes: another key, or the same under another password */
    KS_DIFF_DATE = 1 << 5,
    KS_DIFF_ORDER = 1 << 6, /* only its place among the others */
};

struct ks_diff_row {
    enum ks_diff_kind kind;
    uint32_t what;            /* KS_DIFF_CHANGED: a set of the above */
    const struct ks_entry *a; /* borrowed from the versions; NULL: only in the other */
    const struct ks_entry *b;
};

struct ks_diff {
    struct ks_diff_row *rows; /* in the order of b; what only a has stands where it stood in a */
    size_t count;
    size_t same, changed, only_a, only_b;
    bool password_changed;    /* versions of one store only */
    bool protection_changed;
};

struct ks_diff ks_diff(const struct ks_version *a, const struct ks_version *b, enum ks_diff_by by);
void ks_diff_drop(struct ks_diff *diff);

/* Two entries hold the same: kind, alias, date, key bytes and chain. What ks_diff calls the same,
 * and what is compared after a file was written and read back. The bits that differ, 0 = none. */
uint32_t ks_entry_difference(const struct ks_entry *a, const struct ks_entry *b);

/* For loose files, where keys and certificates are grouped into entries by what they say: whether
 * both have the same ones, in whatever entries. The first entry with something that the other list
 * has not; NULL: none. */
const struct ks_entry *ks_items_difference(const struct ks_version *a, const struct ks_version *b);

#endif
