/*
 * Finding things in the tree: incremental search, the filter, the order, the next problem. All of
 * them go through the entries in the order shown, whether they are folded away or not.
 */
#include "tui/view_store.h"

#include "base/alloc.h"
#include "tui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void explorer_find_free(struct explorer *ex)
{
    free(ex->hits);
    free(ex->search);
    free(ex->former_filter);
    ex->hits = NULL;
    ex->search = ex->former_filter = NULL;
    ex->hit_count = ex->hit_cap = 0;
}

/* ---- positions ---- */

/* Where an identity stands among all entries in the order shown: file, rank in its order, row of
 * the chain. */
struct position {
    uint32_t file;
    int64_t rank; /* -1: the file's own row */
    int32_t cert;
};

static int compare(struct position a, struct position b)
{
    if (a.file != b.file)
        return a.file < b.file ? -1 : 1;
    if (a.rank != b.rank)
        return a.rank < b.rank ? -1 : 1;
    int32_t ac = a.cert == TREE_MISSING ? INT32_MAX : a.cert,
            bc = b.cert == TREE_MISSING ? INT32_MAX : b.cert;
    return ac < bc ? -1 : ac > bc;
}

static struct position position_of(const struct explorer *ex, struct tree_row row)
{
    struct position p = {row.file, -1, row.cert};
    if (row.entry < 0 || row.file >= ex->tree.file_count)
        return p;
    const struct tree_file *f = &ex->tree.files[row.file];
    for (size_t k = 0; k < f->shown; k++)
        if (f->order[k] == (uint32_t)row.entry)
            p.rank = (int64_t)k;
    return p;
}

/* ---- search ---- */

static void add_hit(struct explorer *ex, size_t file, size_t rank, uint32_t entry, int32_t cert)
{
    if (ex->hit_count == ex->hit_cap) {
        ex->hit_cap = ex->hit_cap ? ex->hit_cap * 2 : 64;
        ex->hits = ks_realloc(ex->hits, ex->hit_cap * sizeof *ex->hits);
    }
    ex->hits[ex->hit_count++] =
        (struct explorer_hit){{(uint32_t)file, (int32_t)entry, cert}, (uint32_t)rank};
}

static void search_entry(struct explorer *ex, const char *text, size_t file, size_t rank)
{
    const struct tree_file *f = &ex->tree.files[file];
    uint32_t index = f->order[rank];
    const struct ks_entry *e = ks_store_entry(f->file->store, index);
    if (filter_text_matches_entry(text, e))
        add_hit(ex, file, rank, index, -1);
    if (e->kind != KS_KIND_KEY || ex->tree.flat)
        return;
    for (uint32_t c = 1; c < e->chain_len; c++)
        if (filter_text_matches_cert(text, &e->chain[c]))
            add_hit(ex, file, rank, index, (int32_t)c);
}

static void search_everything(struct explorer *ex, const char *text)
{
    ex->hit_count = 0;
    ex->hits_stale = false;
    if (!*text)
        return;
    for (size_t i = 0; i < ex->tree.file_count; i++)
        for (size_t k = 0; k < ex->tree.files[i].shown; k++)
            search_entry(ex, text, i, k);
}

/* A longer text can only match where its beginning did. */
static void narrow(struct explorer *ex, const char *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < ex->hit_count; i++) {
        const struct ks_entry *e = tree_entry(&ex->tree, &ex->hits[i].row);
        int32_t cert = ex->hits[i].row.cert;
        bool match = cert < 0 ? filter_text_matches_entry(text, e)
                              : filter_text_matches_cert(text, &e->chain[cert]);
        if (match)
            ex->hits[kept++] = ex->hits[i];
    }
    ex->hit_count = kept;
}

/* True if every match of `text` is also one of `old`: typed on, and no change of how case counts.
 */
static bool extends(const char *text, const char *old)
{
    size_t len = old ? strlen(old) : 0;
    bool old_capital = false, capital = false;
    for (const char *p = text; *p; p++)
        capital = capital || (*p >= 'A' && *p <= 'Z');
    for (size_t i = 0; i < len; i++)
        old_capital = old_capital || (old[i] >= 'A' && old[i] <= 'Z');
    bool hex_like = text[strspn(text, "0123456789abcdefABCDEF: ")] == '\0';
    return len > 0 && !hex_like && capital == old_capital && strncmp(text, old, len) == 0;
}

static void search_for(struct explorer *ex, const char *text)
{
    if (!ex->hits_stale && extends(text, ex->search))
        narrow(ex, text);
    else
        search_everything(ex, text);
    char *copy = ks_strdup(text);
    free(ex->search);
    ex->search = copy;
}

/* The hit at or after (before) a position; wraps around. */
static size_t hit_near(const struct explorer *ex, struct position from, bool backward,
                       bool inclusive)
{
    size_t n = ex->hit_count;
    for (size_t step = 0; step < n; step++) {
        size_t i = backward ? n - 1 - step : step;
        struct position p = {ex->hits[i].row.file, ex->hits[i].rank, ex->hits[i].row.cert};
        int c = compare(p, from);
        if ((inclusive && c == 0) || (backward ? c < 0 : c > 0))
            return i;
    }
    return backward ? n - 1 : 0;
}

static void go_to_hit(struct explorer *ex, struct tree_row from, bool backward, bool inclusive)
{
    if (ex->hit_count == 0)
        return;
    size_t i = hit_near(ex, position_of(ex, from), backward, inclusive);
    explorer_select(ex, ex->hits[i].row);
}

static size_t hit_number(const struct explorer *ex)
{
    for (size_t i = 0; i < ex->hit_count; i++)
        if (tree_same(ex->hits[i].row, ex->selected))
            return i + 1;
    return 0;
}

/* In the detail pane: always from the line where the prompt was opened. */
static void search_detail(struct explorer *ex, const char *text)
{
    detail_go_to(&ex->detail, ex->line_before_prompt);
    ex->line_found = !*text || detail_search(&ex->detail, text, false, true);
}

static void search_changed(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    (void)app;
    if (ex->in_detail) {
        search_detail(ex, text);
        return;
    }
    search_for(ex, text);
    if (ex->hit_count)
        go_to_hit(ex, ex->before_prompt, false, true);
    else
        explorer_select(ex, ex->before_prompt);
}

static void search_note(struct app *app, void *ctx, char out[static 80])
{
    struct explorer *ex = ctx;
    (void)app;
    if (ex->in_detail)
        snprintf(out, 80, "%s", ex->line_found ? "" : "no match");
    else if (!ex->search || !*ex->search)
        return;
    else if (ex->hit_count)
        snprintf(out, 80, "match %zu of %zu", hit_number(ex), ex->hit_count);
    else
        snprintf(out, 80, "no match");
}

static void say_match(struct app *app, const struct explorer *ex)
{
    if (ex->hit_count)
        app_message(app, "/%s: match %zu of %zu.", ex->search, hit_number(ex), ex->hit_count);
    else
        app_message(app, "No entry contains %s.", ex->search);
}

static void keep_detail_search(struct app *app, struct explorer *ex, const char *text)
{
    char *copy = ks_strdup(text);
    free(ex->search);
    ex->search = copy;
    ex->hits_stale = true;
    search_detail(ex, text);
    if (!ex->line_found)
        app_message(app, "This section does not contain %s.", text);
}

static void search_done(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    if (!text && ex->in_detail)
        search_detail(ex, "");
    else if (!text)
        explorer_select(ex, ex->before_prompt);
    else if (*text && ex->in_detail)
        keep_detail_search(app, ex, text);
    else if (*text) {
        search_for(ex, text);
        say_match(app, ex);
    }
}

static enum ui_next ask_search(struct app *app, struct explorer *ex)
{
    ex->before_prompt = ex->selected;
    ex->line_before_prompt = ex->detail.cursor;
    ex->line_found = true;
    const char *given = app_argument(app);
    if (given) {
        search_changed(app, ex, given);
        search_done(app, ex, given);
        return UI_REDRAW;
    }
    ex->hits_stale = true;
    prompt_ask(app,
               &(struct prompt_line){.label = "/",
                                     .hint = "n next  Esc",
                                     .changed = search_changed,
                                     .note = search_note,
                                     .done = search_done},
               ex);
    return UI_REDRAW;
}

static enum ui_next search_again(struct app *app, struct explorer *ex, bool backward)
{
    if (!ex->search || !*ex->search) {
        app_message(app, "Nothing was searched for yet. / searches.");
        return UI_REDRAW;
    }
    if (ex->in_detail) {
        if (!detail_search(&ex->detail, ex->search, backward, false))
            app_message(app, "This section does not contain %s.", ex->search);
        return UI_REDRAW;
    }
    if (ex->hits_stale)
        search_everything(ex, ex->search);
    go_to_hit(ex, ex->selected, backward, false);
    say_match(app, ex);
    return UI_REDRAW;
}

/* ---- filter ---- */

static bool set_filter(struct explorer *ex, const char *text, struct ks_error *err)
{
    struct filter *f = *text ? filter_parse(text, err) : NULL;
    if (*text && !f)
        return false;
    tree_set_filter(&ex->tree, f, text);
    ex->hits_stale = true;
    explorer_rows_changed(ex);
    return true;
}

static void filter_changed(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    struct ks_error err = {0};
    (void)app;
    ex->selected = ex->before_prompt; /* as long as the filter lets it through */
    if (set_filter(ex, text, &err))
        snprintf(ex->filter_note, sizeof ex->filter_note, "%zu of %zu",
                 tree_entries_shown(&ex->tree), tree_entries(&ex->tree));
    else
        snprintf(ex->filter_note, sizeof ex->filter_note, "%.70s", err.what);
}

static void filter_note(struct app *app, void *ctx, char out[static 80])
{
    struct explorer *ex = ctx;
    (void)app;
    snprintf(out, 80, "%s", ex->filter_note);
}

static void filter_done(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    struct ks_error err = {0};
    if (!text) {
        (void)set_filter(ex, ex->former_filter ? ex->former_filter : "", &err);
        explorer_select(ex, ex->before_prompt);
    } else if (!set_filter(ex, text, &err)) {
        app_error(app, &err);
    } else if (*text) {
        app_message(app, "%zu of %zu entries. Esc clears the filter.",
                    tree_entries_shown(&ex->tree), tree_entries(&ex->tree));
    }
    free(ex->former_filter);
    ex->former_filter = NULL;
}

static enum ui_next ask_filter(struct app *app, struct explorer *ex)
{
    const char *now = ex->tree.filter_text ? ex->tree.filter_text : "", *given = app_argument(app);
    ex->before_prompt = ex->selected;
    free(ex->former_filter);
    ex->former_filter = ks_strdup(now);
    if (given) {
        filter_done(app, ex, given);
        return UI_REDRAW;
    }
    filter_changed(app, ex, ex->former_filter);
    prompt_ask(app,
               &(struct prompt_line){.label = "filter: ",
                                     .initial = ex->former_filter,
                                     .hint = "Enter keep  Esc",
                                     .changed = filter_changed,
                                     .note = filter_note,
                                     .done = filter_done},
               ex);
    return UI_REDRAW;
}

/* ---- order ---- */

static const struct prompt_choice orders[] = {
    {'e', "[e]xpiry"}, {'n', "[n]ame"}, {'t', "[t]ype"},
    {'s', "[s]tatus"}, {'k', "[k]ey"},  {'f', "[f]ile order"},
};

static bool order_of(char key, enum sort_key *out)
{
    switch (key) {
    case 'e':
        *out = SORT_EXPIRY;
        return true;
    case 'n':
        *out = SORT_NAME;
        return true;
    case 't':
        *out = SORT_TYPE;
        return true;
    case 's':
        *out = SORT_STATUS;
        return true;
    case 'k':
        *out = SORT_KEY;
        return true;
    case 'f':
        *out = SORT_FILE;
        return true;
    default:
        return false;
    }
}

static void resort(struct explorer *ex)
{
    tree_resort(&ex->tree);
    ex->hits_stale = true;
    explorer_rows_changed(ex);
}

static void sort_chosen(struct app *app, void *ctx, char key)
{
    struct explorer *ex = ctx;
    enum sort_key order;
    if (!order_of(key, &order))
        return;
    ex->tree.sort = order;
    ex->tree.reverse = false;
    resort(ex);
    app_message(app, "Sorted by %s. I inverts.", sort_key_word(order));
}

static enum ui_next ask_sort(struct app *app, struct explorer *ex)
{
    const char *given = app_argument(app);
    if (given)
        sort_chosen(app, ex, given[0]);
    else
        prompt_choose(app, "sort:", orders, sizeof orders / sizeof orders[0], sort_chosen, ex);
    return UI_REDRAW;
}

/* ---- next problem ---- */

static bool is_problem(const struct tree_file *f, uint32_t entry)
{
    enum report_state state = app_entry_state(f->file, entry);
    return state == REPORT_ERR || state == REPORT_WARN;
}

/* From behind the cursor to the end, then from the beginning. */
static enum ui_next next_problem(struct app *app, struct explorer *ex)
{
    struct position from = position_of(ex, ex->selected);
    for (int round = 0; round < 2; round++) {
        for (size_t i = round ? 0 : from.file; i < ex->tree.file_count; i++) {
            const struct tree_file *f = &ex->tree.files[i];
            size_t k = !round && i == from.file ? (size_t)(from.rank + 1) : 0;
            for (; k < f->shown; k++) {
                if (!is_problem(f, f->order[k]))
                    continue;
                struct tree_row found = {(uint32_t)i, (int32_t)f->order[k], -1};
                bool same = found.entry == ex->selected.entry && found.file == ex->selected.file;
                explorer_select(ex, found);
                if (same || round)
                    app_message(app,
                                same ? "This is the only entry with an error or a warning."
                                     : "From the top: the first entry with an error or a warning.");
                return UI_REDRAW;
            }
        }
    }
    app_message(app, "No entry has an error or a warning.");
    return UI_REDRAW;
}

enum ui_next explorer_find_command(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    switch (id) {
    case CMD_SEARCH:
        return ask_search(app, ex);
    case CMD_SEARCH_NEXT:
    case CMD_SEARCH_PREV:
        return search_again(app, ex, id == CMD_SEARCH_PREV);
    case CMD_FILTER:
        return ask_filter(app, ex);
    case CMD_SORT:
        return ask_sort(app, ex);
    case CMD_INVERT:
        ex->tree.reverse = !ex->tree.reverse;
        resort(ex);
        return UI_REDRAW;
    case CMD_NEXT_PROBLEM:
        return next_problem(app, ex);
    default:
        return UI_IGNORED;
    }
}
