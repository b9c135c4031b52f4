/*
 * Narrowing and ordering the tree: the filter, and what the entries are sorted by.
 */
#include "tui/view_store.h"

#include "base/alloc.h"
#include "tui/prompt.h"

#include <stdio.h>
#include <stdlib.h>

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
