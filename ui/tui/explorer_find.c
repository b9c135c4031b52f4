/*
 * Narrowing and ordering the tree: the filter, and what the entries are sorted by.
 */
#include "tui/view_store.h"

#include "base/alloc.h"
#include "tui/filter_typed.h"
#include "tui/prompt.h"

#include <stdio.h>
#include <stdlib.h>

/* The text is one that filter_parse() takes. */
static void set_filter(struct explorer *ex, const char *text)
{
    tree_set_filter(&ex->tree, *text ? filter_parse(text, NULL) : NULL, text);
    ex->hits_stale = true;
    explorer_rows_changed(ex);
}

/* Whoever did not move in the filtered list is back where the filter was asked for. */
void explorer_unfiltered(struct explorer *ex)
{
    if (tree_same(ex->selected, ex->filter_to))
        explorer_select(ex, ex->filter_from);
}

static void filter_changed(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    char *counts = filter_typed(text);
    (void)app;
    ex->selected = ex->before_prompt; /* as long as the filter lets it through */
    set_filter(ex, counts);
    free(counts);
    filter_typed_problem(text, ex->filter_note, sizeof ex->filter_note);
    if (!ex->filter_note[0])
        snprintf(ex->filter_note, sizeof ex->filter_note, "%zu of %zu",
                 tree_entries_shown(&ex->tree), tree_entries(&ex->tree));
}

static void filter_note(struct app *app, void *ctx, char out[static PROMPT_NOTE])
{
    struct explorer *ex = ctx;
    (void)app;
    snprintf(out, PROMPT_NOTE, "%s", ex->filter_note);
}

static void filter_done(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    if (!text) {
        set_filter(ex, ex->former_filter ? ex->former_filter : "");
        explorer_select(ex, ex->before_prompt);
    } else if (filter_is_understood(app, text)) {
        bool first = !ex->former_filter || !*ex->former_filter;
        set_filter(ex, text);
        if (*text) {
            ex->filter_from = first ? ex->before_prompt : ex->filter_from;
            ex->filter_to = ex->selected;
        } else {
            explorer_unfiltered(ex);
        }
        if (*text)
            app_message(app, "%zu of %zu entries. Esc clears the filter.",
                        tree_entries_shown(&ex->tree), tree_entries(&ex->tree));
    }
    free(ex->former_filter);
    ex->former_filter = NULL;
}

static bool filter_accept(struct app *app, void *ctx, const char *text)
{
    (void)ctx;
    return filter_is_understood(app, text);
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
                                     .hint = FILTER_HINT,
                                     .initial = ex->former_filter,
                                     .changed = filter_changed,
                                     .note = filter_note,
                                     .accept = filter_accept,
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

enum ui_next explorer_find_command(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    switch (id) {
    case CMD_FILTER:
        return ask_filter(app, ex);
    case CMD_SORT:
        return ask_sort(app, ex);
    case CMD_INVERT:
        ex->tree.reverse = !ex->tree.reverse;
        resort(ex);
        return UI_REDRAW;
    default:
        return explorer_search_command(app, ex, id);
    }
}
