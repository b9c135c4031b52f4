/*
 * The tree as data: which rows there are, in which order, folded or not, filtered, marked. Rows are
 * a flat array of numbers, made anew when something is folded, sorted or filtered and never for a
 * move of the cursor, so a store of 100,000 entries moves like one of five.
 */
#ifndef KSX_TUI_TREE_H
#define KSX_TUI_TREE_H

#include "report/filter.h"
#include "tui/app.h"

#define TREE_MISSING (-2) /* cert of the row that stands for an issuer that is not there */

struct tree_row {
    uint32_t file; /* index in tree.files */
    int32_t entry; /* index in the store; -1 = the file's own row */
    int32_t cert;  /* index in the chain; -1 = the entry itself; TREE_MISSING */
};

struct tree_file {
    struct ui_file *file;
    unsigned id, generation, looks;
    const void *read; /* the store that the flags are about, for comparison only */
    bool folded;
    char **names;   /* aliases of marked and unfolded entries across a reload; else NULL */
    uint8_t *flags; /* of each entry: ENTRY_* */
    size_t flag_count;
    uint32_t *sorted; /* all entries */
    uint32_t *order;  /* those that the filter lets through */
    size_t shown;
    size_t marks;
    int widest; /* cells of its widest alias */
};
enum { ENTRY_OPEN = 1, ENTRY_MARKED = 2 };

struct tree {
    struct tree_file *files;
    size_t file_count;
    struct tree_row *rows;
    size_t count, cap;
    enum sort_key sort;
    bool reverse, flat;
    struct filter *filter; /* NULL = none */
    char *filter_text;
};

void tree_free(struct tree *t);
/* Takes over what changed in the application's files; true if the rows were made anew. */
bool tree_sync(struct tree *t, const struct app *app);
/* After the doctor found something: true if the rows were made anew, because their order or the
 * filter asks for severities. */
bool tree_judged(struct tree *t);
void tree_rebuild(struct tree *t); /* rows only: after folding */
void tree_resort(struct tree *t);  /* order, filter, rows: after a change of sort or reverse */
/* Takes the filter over; NULL = none. A text that only goes on typing the former one is looked for
 * among the entries that are left. */
void tree_set_filter(struct tree *t, struct filter *filter, const char *text);

/* ---- rows ---- */
const struct ks_entry *tree_entry(const struct tree *t,
                                  const struct tree_row *row); /* NULL on a file's row */
struct ui_file *tree_file(const struct tree *t, const struct tree_row *row);
/* The row of an identity; the nearest one when it is folded away or filtered out. */
size_t tree_find(const struct tree *t, struct tree_row id);
bool tree_same(struct tree_row a, struct tree_row b);
size_t tree_parent(const struct tree *t, size_t row); /* itself at the top */
bool tree_foldable(const struct tree *t, const struct tree_row *row);
bool tree_unfolded(const struct tree *t, const struct tree_row *row);
void tree_fold(struct tree *t, const struct tree_row *row, bool unfold); /* without rebuild */
void tree_fold_all(struct tree *t, bool unfold);
/* Unfolds what hides an identity; true if the rows were made anew. */
bool tree_reveal(struct tree *t, struct tree_row id);

/* ---- the entries in the order shown, folded away or not ---- */
/* Number `ordinal` of tree_entries_shown(). */
struct tree_row tree_entry_at(const struct tree *t, size_t ordinal);
/* Where an identity stands among them: an entry, then what its chain's rows add. */
struct tree_place {
    int64_t ordinal; /* a file's own row stands before its first entry */
    int64_t within;
};
struct tree_place tree_place_of(const struct tree *t, struct tree_row row);
int tree_place_compare(struct tree_place a, struct tree_place b);

/* ---- marks ---- */
bool tree_marked(const struct tree *t, const struct tree_row *row);
void tree_mark(struct tree *t, const struct tree_row *row, bool on);
size_t tree_marks(const struct tree *t);
void tree_unmark_all(struct tree *t);

/* ---- counts ---- */
size_t tree_entries(const struct tree *t);       /* in all open files */
size_t tree_entries_shown(const struct tree *t); /* after the filter */
/* Cells of the widest alias, folded away or not: what the columns are laid out by must not change
 * with every key. Of an alias that no screen shows whole only that it is wide. */
int tree_widest_alias(const struct tree *t);

#endif
