/*
 * Finding a row: incremental search, and the next one with a problem. Both go through the entries
 * in the order shown, whether they are folded away or not; in the detail pane the search looks at
 * its lines.
 */
#include "tui/view_store.h"

#include "base/alloc.h"
#include "base/text.h"
#include "tui/cells.h"
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

/* ---- the hits ---- */

static void add_hit(struct explorer *ex, struct tree_row row, size_t ordinal)
{
    if (ex->hit_count == ex->hit_cap) {
        ex->hit_cap = ex->hit_cap ? ex->hit_cap * 2 : 64;
        ex->hits = ks_realloc(ex->hits, ex->hit_cap * sizeof *ex->hits);
    }
    ex->hits[ex->hit_count++] =
        (struct explorer_hit){row, {(int64_t)ordinal, (int64_t)row.cert + 1}};
}

static void search_entry(struct explorer *ex, const char *text, size_t ordinal)
{
    struct tree_row row = tree_entry_at(&ex->tree, ordinal);
    const struct ks_entry *e = tree_entry(&ex->tree, &row);
    if (filter_text_matches_entry(text, e))
        add_hit(ex, row, ordinal);
    if (e->kind != KS_KIND_KEY || ex->tree.flat)
        return;
    for (uint32_t c = 1; c < e->chain_len; c++) {
        row.cert = (int32_t)c;
        if (filter_text_matches_cert(text, &e->chain[c]))
            add_hit(ex, row, ordinal);
    }
}

/* Rows of files are found by the name that they show; the flat list has none. */
static bool file_matches(const struct explorer *ex, struct tree_row row, const char *text)
{
    char *folded = ks_text_fold(text);
    bool match = *folded && ks_text_contains_folded(tree_file(&ex->tree, &row)->name, folded);
    free(folded);
    return match;
}

static void search_file(struct explorer *ex, const char *text, size_t file)
{
    struct tree_row row = {(uint32_t)file, -1, -1};
    if (file_matches(ex, row, text)) {
        add_hit(ex, row, 0);
        ex->hits[ex->hit_count - 1].place = tree_place_of(&ex->tree, row);
    }
}

static void search_everything(struct explorer *ex, const char *text)
{
    const struct tree *t = &ex->tree;
    size_t count = *text ? tree_entries_shown(t) : 0, at = 0;
    ex->hit_count = 0;
    ex->hits_stale = false;
    for (size_t file = 0; !t->flat && file < t->file_count; file++) {
        search_file(ex, text, file);
        for (size_t end = at + t->files[file].shown; at < end && at < count; at++)
            search_entry(ex, text, at);
    }
    for (; at < count; at++)
        search_entry(ex, text, at);
}

/* A longer text can only match where its beginning did. */
static void narrow(struct explorer *ex, const char *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < ex->hit_count; i++) {
        const struct ks_entry *e = tree_entry(&ex->tree, &ex->hits[i].row);
        int32_t cert = ex->hits[i].row.cert;
        bool match = !e         ? file_matches(ex, ex->hits[i].row, text)
                     : cert < 0 ? filter_text_matches_entry(text, e)
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

/* The hit at or after (before) a place; wraps around. */
static size_t hit_near(const struct explorer *ex, struct tree_place from, bool backward,
                       bool inclusive)
{
    size_t n = ex->hit_count;
    for (size_t step = 0; step < n; step++) {
        size_t i = backward ? n - 1 - step : step;
        int c = tree_place_compare(ex->hits[i].place, from);
        if ((inclusive && c == 0) || (backward ? c < 0 : c > 0))
            return i;
    }
    return backward ? n - 1 : 0;
}

static void go_to_hit(struct explorer *ex, struct tree_row from, bool backward, bool inclusive)
{
    if (ex->hit_count == 0)
        return;
    size_t i = hit_near(ex, tree_place_of(&ex->tree, from), backward, inclusive);
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

static void search_note(struct app *app, void *ctx, char out[static PROMPT_NOTE])
{
    struct explorer *ex = ctx;
    (void)app;
    if (ex->in_detail)
        snprintf(out, PROMPT_NOTE, "%s", ex->line_found ? "" : "no match");
    else if (!ex->search || !*ex->search || ex->hits_stale)
        return; /* nothing was typed yet */
    else if (ex->hit_count)
        snprintf(out, PROMPT_NOTE, "match %zu of %zu", hit_number(ex), ex->hit_count);
    else
        snprintf(out, PROMPT_NOTE, "no match");
}

/* `wrapped`: words about going around, "" for none. */
static void say_match(struct app *app, const struct explorer *ex, const char *wrapped)
{
    char *text = cells_excerpt(ex->search, 24);
    if (ex->hit_count)
        app_message(app, "%smatch %zu of %zu for %s. n next, N previous.", wrapped, hit_number(ex),
                    ex->hit_count, text);
    else
        app_message(app, "Nothing contains %s.", text);
    free(text);
}

static void say_not_here(struct app *app, const char *search)
{
    char *text = cells_excerpt(search, 24);
    app_message(app, "This section does not contain %s.", text);
    free(text);
}

static void keep_detail_search(struct app *app, struct explorer *ex, const char *text)
{
    char *copy = ks_strdup(text);
    free(ex->search);
    ex->search = copy;
    ex->hits_stale = true;
    search_detail(ex, text);
    if (!ex->line_found)
        say_not_here(app, text);
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
        say_match(app, ex, "");
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
               &(struct prompt_line){.label = ex->in_detail ? "search in this section: " : "search: ",
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
            say_not_here(app, ex->search);
        return UI_REDRAW;
    }
    if (ex->hits_stale)
        search_everything(ex, ex->search);
    size_t at = hit_number(ex), count = ex->hit_count;
    struct tree_place from = tree_place_of(&ex->tree, ex->selected);
    if (at && count) /* two files without entries are at one place */
        explorer_select(ex, ex->hits[(at - 1 + (backward ? count - 1 : 1)) % count].row);
    else
        go_to_hit(ex, ex->selected, backward, false);
    int moved = tree_place_compare(tree_place_of(&ex->tree, ex->selected), from);
    bool around = count > 1 && (backward ? moved > 0 : moved < 0);
    say_match(app, ex, !around ? "" : backward ? "From the end: " : "From the top: ");
    return UI_REDRAW;
}

/* ---- next problem ---- */

/* What the status row counts: entries, keystores that have findings of their own, and files that
 * could not be read. */
static bool is_problem(const struct explorer *ex, struct tree_row row)
{
    const struct ui_file *f = tree_file(&ex->tree, &row);
    if (row.entry < 0)
        return f->state == UI_FILE_FAILED ||
               (f->store && !ex->tree.flat &&
                report_worst(f->found, f->store, NULL, ks_now()) >= KS_WARNING);
    enum report_state state = app_entry_state(f, (size_t)row.entry);
    return state == REPORT_ERR || state == REPORT_WARN || state == REPORT_FUTURE;
}

/* The rows of files and entries, folded away or not, in the order of the tree; the flat list has
 * those of files at its end. */
static size_t stop_count(const struct tree *t)
{
    return tree_entries_shown(t) + t->file_count;
}

static struct tree_row stop_at(const struct tree *t, size_t at)
{
    size_t entries = tree_entries_shown(t), file = 0;
    if (t->flat)
        return at < entries ? tree_entry_at(t, at)
                            : (struct tree_row){(uint32_t)(at - entries), -1, -1};
    while (file + 1 < t->file_count && at > t->files[file].shown)
        at -= t->files[file++].shown + 1;
    return (struct tree_row){(uint32_t)file, at ? (int32_t)t->files[file].order[at - 1] : -1, -1};
}

/* The first stop behind the selection. */
static size_t stop_behind(const struct explorer *ex)
{
    const struct tree *t = &ex->tree;
    struct tree_place from = tree_place_of(t, ex->selected);
    size_t ordinal = from.ordinal > 0 ? (size_t)from.ordinal : 0;
    bool on_file = ex->selected.entry < 0 || from.within < 0; /* or filtered out */
    if (t->flat)
        return (on_file ? tree_entries_shown(t) + ex->selected.file : ordinal) + 1;
    return ordinal + ex->selected.file + (on_file ? 1 : 2);
}

/* From behind the cursor to the end, then from the beginning. */
static enum ui_next next_problem(struct app *app, struct explorer *ex)
{
    size_t count = stop_count(&ex->tree), first = count ? stop_behind(ex) : 0;
    for (size_t step = 0; step < count; step++) {
        struct tree_row row = stop_at(&ex->tree, (first + step) % count);
        if (!is_problem(ex, row))
            continue;
        bool same = row.entry == ex->selected.entry && row.file == ex->selected.file;
        explorer_select(ex, row);
        if (same)
            app_message(app, "This is the only one with an error or a warning.");
        else if (first + step >= count)
            app_message(app, "From the top: the first with an error or a warning.");
        return UI_REDRAW;
    }
    app_message(app, "Nothing has an error or a warning.");
    return UI_REDRAW;
}

enum ui_next explorer_search_command(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    switch (id) {
    case CMD_SEARCH:
        return ask_search(app, ex);
    case CMD_SEARCH_NEXT:
    case CMD_SEARCH_PREV:
        return search_again(app, ex, id == CMD_SEARCH_PREV);
    case CMD_NEXT_PROBLEM:
        return next_problem(app, ex);
    default:
        return UI_IGNORED;
    }
}
