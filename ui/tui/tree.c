#include "tui/tree.h"

#include "base/alloc.h"
#include "base/index.h"
#include "tui/canvas.h"

#include <stdlib.h>
#include <string.h>

#define CERTS_SHOWN 1000 /* of one chain */
#define MEASURED 400     /* bytes of an alias */

static void file_clear(struct tree_file *f)
{
    free(f->flags);
    free(f->sorted);
    free(f->order);
    f->flags = NULL;
    f->sorted = f->order = NULL;
    f->flag_count = f->shown = f->marks = 0;
}

static void free_names(struct tree_file *f, size_t count)
{
    for (size_t i = 0; i < count && f->names; i++)
        free(f->names[i]);
    free(f->names);
    f->names = NULL;
}

static void drop_files(struct tree *t)
{
    for (size_t i = 0; i < t->file_count; i++) {
        free_names(&t->files[i], t->files[i].flag_count);
        file_clear(&t->files[i]);
    }
    free(t->files);
}

void tree_free(struct tree *t)
{
    drop_files(t);
    free(t->rows);
    filter_free(t->filter);
    free(t->filter_text);
    *t = (struct tree){0};
}

/* ---- order ---- */

static void sort_file(const struct tree *t, struct tree_file *f)
{
    for (size_t i = 0; i < f->flag_count; i++)
        f->sorted[i] = (uint32_t)i;
    if (t->sort != SORT_FILE || t->reverse)
        sort_entries_judged(f->file->store, f->file->severities, f->sorted, f->flag_count, t->sort,
                            t->reverse, ks_now());
}

/* Keeps the order: typing into a filter sorts nothing. */
static void filter_file(const struct tree *t, struct tree_file *f, bool narrow)
{
    const struct ks_store *s = f->file->store;
    const uint32_t *from = narrow ? f->order : f->sorted;
    size_t count = narrow ? f->shown : f->flag_count;
    int64_t now = ks_now();
    f->shown = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t e = from[i];
        const uint8_t *worst = f->file->severities ? &f->file->severities[e] : NULL;
        if (!t->filter || filter_match_judged(t->filter, s, ks_store_entry(s, e), worst, now))
            f->order[f->shown++] = e;
    }
}

void tree_resort(struct tree *t)
{
    for (size_t i = 0; i < t->file_count; i++) {
        if (!t->files[i].file->store)
            continue;
        sort_file(t, &t->files[i]);
        filter_file(t, &t->files[i], false);
    }
    tree_rebuild(t);
}

/* True if what matches `text` matched `old`: plain words, of which the last was typed on. Words
 * with a key (exp:<3, then exp:<30d) and negated ones do not narrow; neither does a word that one
 * more digit makes long enough to be looked for in fingerprints. */
static bool narrows(const char *text, const char *old)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-. ";
    size_t len = old ? strlen(old) : 0;
    if (len == 0 || strncmp(text, old, len) != 0 || text[strspn(text, plain)] != '\0')
        return false;
    const char *space = strrchr(text, ' '), *last = space ? space + 1 : text;
    bool all_hex = last[strspn(last, "abcdef0123456789")] == '\0';
    return !all_hex || strlen(last) <= 1;
}

void tree_set_filter(struct tree *t, struct filter *filter, const char *text)
{
    bool narrow = t->filter && filter && narrows(text, t->filter_text);
    filter_free(t->filter);
    free(t->filter_text);
    t->filter = filter;
    t->filter_text = filter ? ks_strdup(text) : NULL;
    for (size_t i = 0; i < t->file_count; i++)
        if (t->files[i].file->store)
            filter_file(t, &t->files[i], narrow);
    tree_rebuild(t);
}

/* ---- rows ---- */

static void add_row(struct tree *t, size_t file, long entry, long cert)
{
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 256;
        t->rows = ks_realloc(t->rows, t->cap * sizeof *t->rows);
    }
    t->rows[t->count++] = (struct tree_row){(uint32_t)file, (int32_t)entry, (int32_t)cert};
}

static void add_chain(struct tree *t, size_t file, uint32_t entry, const struct ks_entry *e)
{
    struct ks_chain chain;
    size_t certs = e->chain_len < CERTS_SHOWN ? e->chain_len : CERTS_SHOWN;
    ks_chain_look(e, &chain);
    bool missing = !chain.complete && chain.missing_after >= 0;
    for (size_t i = 0; i < certs; i++) {
        add_row(t, file, (long)entry, (long)i);
        if (missing && (size_t)chain.missing_after == i)
            add_row(t, file, (long)entry, TREE_MISSING);
    }
}

static bool has_chain(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY && e->chain_len > 0;
}

static void add_file_rows(struct tree *t, size_t i)
{
    const struct tree_file *f = &t->files[i];
    add_row(t, i, -1, -1);
    if (!f->file->store || f->folded)
        return;
    for (size_t k = 0; k < f->shown; k++) {
        uint32_t e = f->order[k];
        add_row(t, i, (long)e, -1);
        const struct ks_entry *entry = ks_store_entry(f->file->store, e);
        if ((f->flags[e] & ENTRY_OPEN) && has_chain(entry))
            add_chain(t, i, e, entry);
    }
}

static size_t file_of_store(const struct tree *t, const struct ks_store *s)
{
    size_t i = 0;
    while (i + 1 < t->file_count && t->files[i].file->store != s)
        i++;
    return i;
}

/* The entries of several files in one order. */
static void sort_flat_rows(struct tree *t)
{
    struct sort_item *items = ks_alloc_array(t->count, sizeof *items);
    for (size_t i = 0; i < t->count; i++) {
        const struct ui_file *f = tree_file(t, &t->rows[i]);
        uint32_t entry = (uint32_t)t->rows[i].entry;
        items[i] = (struct sort_item){f->store, entry, (uint32_t)i,
                                      f->severities ? &f->severities[entry] : NULL};
    }
    sort_items(items, t->count, t->sort, t->reverse, ks_now());
    for (size_t i = 0; i < t->count; i++)
        t->rows[i] = (struct tree_row){(uint32_t)file_of_store(t, items[i].store),
                                       (int32_t)items[i].entry, -1};
    free(items);
}

/* Entries first, then the files that are not open. */
static void add_flat_rows(struct tree *t)
{
    for (size_t i = 0; i < t->file_count; i++)
        for (size_t k = 0; k < t->files[i].shown; k++)
            add_row(t, i, (long)t->files[i].order[k], -1);
    if (t->file_count > 1 && t->sort != SORT_FILE)
        sort_flat_rows(t);
    for (size_t i = 0; i < t->file_count; i++)
        if (!t->files[i].file->store)
            add_row(t, i, -1, -1);
}

void tree_rebuild(struct tree *t)
{
    t->count = 0;
    if (t->flat) {
        add_flat_rows(t);
        return;
    }
    for (size_t i = 0; i < t->file_count; i++)
        add_file_rows(t, i);
}

/* ---- following the application's files ---- */

static const char *alias_at(const struct tree_file *f, size_t i)
{
    return ks_store_entry(f->file->store, i)->alias;
}

static struct ks_index index_aliases(const struct tree_file *f)
{
    struct ks_index ix = ks_index_new(f->flag_count);
    for (size_t i = 0; i < f->flag_count; i++)
        ks_index_add(&ix, ks_slice(alias_at(f, i), strlen(alias_at(f, i))), i);
    return ix;
}

/* Where the entry is now that was at this place: aliases tell, and of two that are alike the place
 * does. A rename leaves a new alias at the place of the old one; after a reload that would be
 * another entry. */
static size_t now_at(const struct tree_file *f, const struct tree_file *old, size_t place,
                     const struct ks_index *aliases)
{
    const char *alias = old->names[place];
    if (place < f->flag_count && strcmp(alias_at(f, place), alias) == 0)
        return place;
    size_t at = ks_index_first(aliases, ks_slice(alias, strlen(alias)));
    bool renamed = at == KS_NOWHERE && old->read == f->read && old->flag_count == f->flag_count;
    return renamed ? place : at;
}

static void carry_flags(struct tree_file *f, const struct tree_file *old)
{
    if (!old->names)
        return;
    struct ks_index aliases = index_aliases(f);
    for (size_t i = 0; i < old->flag_count; i++) {
        size_t at = old->names[i] ? now_at(f, old, i, &aliases) : KS_NOWHERE;
        if (at == KS_NOWHERE || f->flags[at])
            continue;
        f->flags[at] = old->flags[i];
        f->marks += (old->flags[i] & ENTRY_MARKED) != 0;
    }
    ks_index_drop(&aliases);
}

/* Aliases of the entries with flags are kept beside them, for carry_flags(): the entries
 * themselves may be gone by then. */
static void keep_name(struct tree_file *f, size_t entry)
{
    if (!f->names)
        f->names = ks_alloc_array(f->flag_count, sizeof *f->names);
    if (!f->names[entry])
        f->names[entry] = ks_strdup(ks_store_entry(f->file->store, entry)->alias);
}

static int widest_alias(const struct ks_store *s)
{
    int widest = 0;
    for (size_t i = 0; i < ks_store_count(s); i++) {
        const char *alias = ks_store_entry(s, i)->alias;
        int width = canvas_width(alias, strnlen(alias, MEASURED));
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void load_file(const struct tree *t, struct tree_file *f)
{
    struct tree_file old = *f;
    f->flags = NULL;
    f->sorted = f->order = NULL;
    f->names = NULL;
    f->flag_count = f->shown = f->marks = 0;
    f->widest = 0;
    f->generation = f->file->generation;
    f->read = f->file->store;
    if (f->file->store) {
        f->flag_count = ks_store_count(f->file->store);
        f->widest = widest_alias(f->file->store);
        f->flags = ks_alloc_array(f->flag_count, 1);
        f->sorted = ks_alloc_array(f->flag_count, sizeof *f->sorted);
        f->order = ks_alloc_array(f->flag_count, sizeof *f->order);
        carry_flags(f, &old);
        for (size_t i = 0; i < f->flag_count; i++)
            if (f->flags[i])
                keep_name(f, i);
        sort_file(t, f);
        filter_file(t, f, false);
    }
    free_names(&old, old.flag_count);
    file_clear(&old);
}

static struct tree_file *known_file(struct tree *t, unsigned id)
{
    for (size_t i = 0; i < t->file_count; i++)
        if (t->files[i].id == id)
            return &t->files[i];
    return NULL;
}

static bool is_same_set(const struct tree *t, const struct app *app)
{
    if (app_file_count(app) != t->file_count)
        return false;
    for (size_t i = 0; i < t->file_count; i++) {
        const struct ui_file *f = app_file(app, i);
        if (t->files[i].id != f->id || t->files[i].generation != f->generation)
            return false;
    }
    return true;
}

bool tree_sync(struct tree *t, const struct app *app)
{
    if (is_same_set(t, app))
        return false;
    size_t count = app_file_count(app);
    struct tree_file *files = ks_alloc_array(count, sizeof *files);
    for (size_t i = 0; i < count; i++) {
        struct ui_file *f = app_file(app, i);
        struct tree_file *known = known_file(t, f->id);
        if (known) {
            files[i] = *known;
            *known = (struct tree_file){0}; /* moved */
        } else {
            files[i] = (struct tree_file){.id = f->id, .generation = f->generation - 1};
        }
        files[i].file = f;
        if (files[i].generation != f->generation)
            load_file(t, &files[i]);
    }
    drop_files(t);
    t->files = files;
    t->file_count = count;
    tree_rebuild(t);
    return true;
}

bool tree_judged(struct tree *t)
{
    bool news = false, asked = t->sort == SORT_STATUS || (t->filter && strstr(t->filter_text, "sev:"));
    for (size_t i = 0; i < t->file_count; i++) {
        news = news || t->files[i].looks != t->files[i].file->looks;
        t->files[i].looks = t->files[i].file->looks;
    }
    if (news && asked)
        tree_resort(t);
    return news && asked;
}

/* ---- looking at rows ---- */

struct ui_file *tree_file(const struct tree *t, const struct tree_row *row)
{
    return t->files[row->file].file;
}

const struct ks_entry *tree_entry(const struct tree *t, const struct tree_row *row)
{
    const struct ks_store *s = tree_file(t, row)->store;
    return row->entry >= 0 && s ? ks_store_entry(s, (size_t)row->entry) : NULL;
}

bool tree_same(struct tree_row a, struct tree_row b)
{
    return a.file == b.file && a.entry == b.entry && a.cert == b.cert;
}

size_t tree_find(const struct tree *t, struct tree_row id)
{
    size_t file_row = 0, entry_row = t->count, after = t->count;
    for (size_t i = 0; i < t->count; i++) {
        struct tree_row r = t->rows[i];
        if (tree_same(r, id))
            return i;
        if (r.file == id.file && r.entry == id.entry && r.cert == -1)
            entry_row = i;
        if (r.file == id.file && r.entry == -1)
            file_row = i;
        if (r.file == id.file && r.entry >= id.entry && after == t->count)
            after = i;
    }
    if (entry_row < t->count)
        return entry_row;
    if (after < t->count && !(id.file < t->file_count && t->files[id.file].folded))
        return after;
    return file_row;
}

size_t tree_parent(const struct tree *t, size_t row)
{
    struct tree_row id = t->rows[row];
    if (id.entry < 0)
        return row;
    for (size_t i = row; i > 0; i--) {
        struct tree_row r = t->rows[i - 1];
        if (r.file != id.file)
            break;
        if (id.cert == -1 ? r.entry == -1 : r.entry == id.entry && r.cert == -1)
            return i - 1;
    }
    return row;
}

/* ---- folding ---- */

bool tree_foldable(const struct tree *t, const struct tree_row *row)
{
    const struct ks_entry *e = tree_entry(t, row);
    if (row->cert != -1 || t->flat)
        return false;
    return row->entry < 0 ? tree_file(t, row)->store != NULL : has_chain(e);
}

bool tree_unfolded(const struct tree *t, const struct tree_row *row)
{
    const struct tree_file *f = &t->files[row->file];
    return row->entry < 0 ? !f->folded : (f->flags[row->entry] & ENTRY_OPEN) != 0;
}

static void set_flag(struct tree_file *f, size_t entry, uint8_t flag, bool on)
{
    if (on)
        keep_name(f, entry);
    f->flags[entry] = (uint8_t)(on ? f->flags[entry] | flag : f->flags[entry] & ~flag);
}

void tree_fold(struct tree *t, const struct tree_row *row, bool unfold)
{
    struct tree_file *f = &t->files[row->file];
    if (row->entry < 0)
        f->folded = !unfold;
    else
        set_flag(f, (size_t)row->entry, ENTRY_OPEN, unfold);
}

void tree_fold_all(struct tree *t, bool unfold)
{
    for (size_t i = 0; i < t->file_count; i++) {
        struct tree_file *f = &t->files[i];
        f->folded = !unfold;
        for (size_t e = 0; e < f->flag_count; e++)
            if (has_chain(ks_store_entry(f->file->store, e)))
                set_flag(f, e, ENTRY_OPEN, unfold);
    }
}

bool tree_reveal(struct tree *t, struct tree_row id)
{
    struct tree_file *f = &t->files[id.file];
    bool changed = false;
    if (id.entry >= 0 && f->folded) {
        f->folded = false;
        changed = true;
    }
    if (id.cert != -1 && !(f->flags[id.entry] & ENTRY_OPEN)) {
        set_flag(f, (size_t)id.entry, ENTRY_OPEN, true);
        changed = true;
    }
    if (changed)
        tree_rebuild(t);
    return changed;
}

/* ---- places ---- */

struct tree_row tree_entry_at(const struct tree *t, size_t ordinal)
{
    if (t->flat)
        return t->rows[ordinal];
    size_t file = 0;
    while (file + 1 < t->file_count && ordinal >= t->files[file].shown)
        ordinal -= t->files[file++].shown;
    return (struct tree_row){(uint32_t)file, (int32_t)t->files[file].order[ordinal], -1};
}

static int64_t place_within(int32_t cert)
{
    return cert == TREE_MISSING ? INT32_MAX : (int64_t)cert + 1;
}

struct tree_place tree_place_of(const struct tree *t, struct tree_row row)
{
    int64_t before = 0;
    if (t->flat)
        return (struct tree_place){(int64_t)tree_find(t, row), 0};
    for (size_t i = 0; i < row.file && i < t->file_count; i++)
        before += (int64_t)t->files[i].shown;
    if (row.entry < 0 || row.file >= t->file_count)
        return (struct tree_place){before, -1};
    const struct tree_file *f = &t->files[row.file];
    for (size_t k = 0; k < f->shown; k++)
        if (f->order[k] == (uint32_t)row.entry)
            return (struct tree_place){before + (int64_t)k, place_within(row.cert)};
    return (struct tree_place){before, -1};
}

int tree_place_compare(struct tree_place a, struct tree_place b)
{
    if (a.ordinal != b.ordinal)
        return a.ordinal < b.ordinal ? -1 : 1;
    return a.within < b.within ? -1 : a.within > b.within;
}

/* ---- marks ---- */

bool tree_marked(const struct tree *t, const struct tree_row *row)
{
    return row->entry >= 0 && row->cert == -1 &&
           (t->files[row->file].flags[row->entry] & ENTRY_MARKED);
}

void tree_mark(struct tree *t, const struct tree_row *row, bool on)
{
    struct tree_file *f = &t->files[row->file];
    if (row->entry < 0 || row->cert != -1 || tree_marked(t, row) == on)
        return;
    set_flag(f, (size_t)row->entry, ENTRY_MARKED, on);
    f->marks = on ? f->marks + 1 : f->marks - 1;
}

size_t tree_marks(const struct tree *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->file_count; i++)
        n += t->files[i].marks;
    return n;
}

void tree_unmark_all(struct tree *t)
{
    for (size_t i = 0; i < t->file_count; i++) {
        struct tree_file *f = &t->files[i];
        for (size_t e = 0; e < f->flag_count; e++)
            f->flags[e] = (uint8_t)(f->flags[e] & ~ENTRY_MARKED);
        f->marks = 0;
    }
}

/* ---- counts ---- */

size_t tree_entries(const struct tree *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->file_count; i++)
        n += t->files[i].flag_count;
    return n;
}

size_t tree_entries_shown(const struct tree *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->file_count; i++)
        n += t->files[i].shown;
    return n;
}

int tree_widest_alias(const struct tree *t)
{
    int widest = 0;
    for (size_t i = 0; i < t->file_count; i++)
        if (t->files[i].file->store && t->files[i].widest > widest)
            widest = t->files[i].widest;
    return widest;
}
