/*
 * Folding and marking.
 */
#include "tui/view_store.h"

enum ui_next explorer_fold(struct explorer *ex, const struct tree_row *row, bool unfold)
{
    struct tree_row id = *row; /* rebuilding moves the rows */
    tree_fold(&ex->tree, &id, unfold);
    tree_rebuild(&ex->tree);
    explorer_rows_changed(ex);
    return UI_REDRAW;
}

static bool anything_unfolded(const struct tree *t)
{
    for (size_t i = 0; i < t->file_count; i++)
        if (t->files[i].file->store && !t->files[i].folded)
            return true;
    return false;
}

/* + unfolds a file's entries as well, when the file is what the cursor is on. */
static enum ui_next unfold_subtree(struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (!row || !tree_foldable(&ex->tree, row))
        return UI_STAY;
    struct tree_row id = *row;
    tree_fold(&ex->tree, &id, true);
    struct tree_file *f = &ex->tree.files[id.file];
    for (size_t e = 0; id.entry < 0 && e < f->flag_count; e++) {
        struct tree_row entry = {id.file, (int32_t)e, -1};
        if (tree_foldable(&ex->tree, &entry))
            tree_fold(&ex->tree, &entry, true);
    }
    tree_rebuild(&ex->tree);
    explorer_rows_changed(ex);
    return UI_REDRAW;
}

static enum ui_next fold_this(struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (!row)
        return UI_STAY;
    if (!tree_foldable(&ex->tree, row) || !tree_unfolded(&ex->tree, row)) {
        list_select(&ex->list, tree_parent(&ex->tree, ex->list.cursor));
        explorer_take_selection(ex);
        row = explorer_row(ex);
    }
    return tree_foldable(&ex->tree, row) ? explorer_fold(ex, row, false) : UI_REDRAW;
}

static void mark_rows(struct explorer *ex, size_t from, size_t to, bool on)
{
    for (size_t i = from; i <= to && i < ex->tree.count; i++)
        tree_mark(&ex->tree, &ex->tree.rows[i], on);
}

static enum ui_next mark_one(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (!row)
        return UI_STAY;
    if (row->entry < 0 || row->cert != -1) {
        app_message(app, "Only entries can be marked.");
        return UI_REDRAW;
    }
    tree_mark(&ex->tree, row, !tree_marked(&ex->tree, row));
    list_command(&ex->list, CMD_DOWN);
    explorer_take_selection(ex);
    return UI_REDRAW;
}

static enum ui_next mark_range(struct app *app, struct explorer *ex)
{
    if (!ex->range) {
        ex->range = true;
        ex->range_start = ex->selected;
        app_message(app, "A range begins here; v again at its end marks it.");
        return UI_REDRAW;
    }
    size_t a = tree_find(&ex->tree, ex->range_start), b = ex->list.cursor;
    ex->range = false;
    mark_rows(ex, a < b ? a : b, a < b ? b : a, true);
    app_message(app, "%zu marked. U clears.", tree_marks(&ex->tree));
    return UI_REDRAW;
}

void explorer_unmark(struct explorer *ex)
{
    tree_unmark_all(&ex->tree);
    ex->range = false;
}

enum ui_next explorer_arrange(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    switch (id) {
    case CMD_UNFOLD:
        return unfold_subtree(ex);
    case CMD_FOLD:
        return fold_this(ex);
    case CMD_FOLD_ALL:
        tree_fold_all(&ex->tree, !anything_unfolded(&ex->tree));
        tree_rebuild(&ex->tree);
        explorer_rows_changed(ex);
        return UI_REDRAW;
    case CMD_FLAT:
        ex->tree.flat = !ex->tree.flat;
        ex->hits_stale = true;
        tree_rebuild(&ex->tree);
        explorer_rows_changed(ex);
        return UI_REDRAW;
    case CMD_MARK:
        return mark_one(app, ex);
    case CMD_MARK_RANGE:
        return mark_range(app, ex);
    case CMD_MARK_ALL:
        mark_rows(ex, 0, ex->tree.count, true);
        return UI_REDRAW;
    case CMD_UNMARK_ALL:
        explorer_unmark(ex);
        return UI_REDRAW;
    default:
        return UI_IGNORED;
    }
}
