#include "tui/edit.h"

#include "base/alloc.h"
#include "report/made.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/edit_entry.h"
#include "tui/edit_store.h"
#include "tui/prompt.h"
#include "tui/view_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the target ---- */

struct edit_target edit_target(struct ui_file *f)
{
    struct held_store *held = files_hold(f);
    return (struct edit_target){f->id, f->generation, held, held->store};
}

void edit_target_drop(struct edit_target *t)
{
    files_release(t->held);
    *t = (struct edit_target){0};
}

const char edit_target_gone[] =
    "Nothing was changed: the keystore was closed or read again meanwhile. Esc leaves.";

struct ui_file *edit_target_file(const struct app *app, const struct edit_target *t)
{
    struct ui_file *f = app_file_by_id(app, t->file_id);
    return f && f->store == t->store && f->generation == t->generation ? f : NULL;
}

const char *edit_output_refused(const struct app *app, const char *path)
{
    return app_file_by_path(app, path) ? "That file is an open keystore. Choose another name: PgUp."
                                       : NULL;
}

const char *edit_target_refused(struct app *app, void *ctx)
{
    const struct edit_target *first = ctx;
    return edit_target_file(app, first) ? NULL : edit_target_gone;
}

const char *edit_refused(const struct ui_file *f)
{
    if (!f || !f->store)
        return "open a keystore first";
    if (!(f->store->format->caps & KS_CAP_WRITE))
        return "ksx reads this type and does not write it";
    if (f->read_only[0])
        return f->read_only;
    return NULL;
}

const char *edit_no_new(const struct app *app)
{
    return app->opts->read_only ? "ksx was started with --read-only" : NULL;
}

void edit_say_refused(struct app *app, const struct ui_file *f, const char *not_done)
{
    const char *why = edit_refused(f);
    if (!f || !f->store || !f->read_only[0])
        app_message(app, "%s: %s.", not_done, why);
    else if (app->opts->read_only)
        app_message(app, "%s: %s.", not_done, f->read_only);
    else
        app_message(app, "%s: %s is read-only: %s. O lifts that; W saves a copy elsewhere.",
                    not_done, f->name, f->read_only);
}

/* ---- what is chosen ---- */

static size_t marked_in(const struct tree_file *tf, const struct ks_entry **out)
{
    size_t n = 0;
    for (size_t i = 0; i < tf->shown && tf->marks; i++) {
        uint32_t index = tf->order[i];
        if (tf->flags[index] & ENTRY_MARKED)
            out[n++] = ks_store_entry(tf->file->store, index);
    }
    return n;
}

static const struct tree_file *file_with_marks(struct app *app, const struct explorer *ex)
{
    const struct tree_file *found = NULL;
    for (size_t i = 0; i < ex->tree.file_count; i++) {
        if (!ex->tree.files[i].marks)
            continue;
        if (found) {
            app_warn(app, "The marked entries are in several keystores. Mark those of one.");
            return NULL;
        }
        found = &ex->tree.files[i];
    }
    return found;
}

const struct ks_entry **edit_chosen(struct app *app, const struct explorer *ex,
                                    struct ui_file **file, size_t *count)
{
    const struct tree_row *row = explorer_row(ex);
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    const struct ks_entry **out;
    if (tree_marks(&ex->tree)) {
        const struct tree_file *tf = file_with_marks(app, ex);
        if (!tf)
            return NULL;
        out = ks_alloc_array(tf->marks + 1, sizeof *out);
        *count = marked_in(tf, out);
        *file = tf->file;
    } else if (e) {
        out = ks_alloc_array(1, sizeof *out);
        out[0] = e;
        *count = 1;
        *file = tree_file(&ex->tree, row);
    } else {
        app_message(app, "Choose an entry first, or mark some with Space.");
        return NULL;
    }
    if (*count)
        return out;
    free(out);
    app_message(app, "The marked entries are hidden by the filter. Esc clears it.");
    return NULL;
}

void edit_review_key(const struct ks_store *store, const struct ks_entry *entry, struct report *out)
{
    if (!ks_op_key_is_unsaved(store, entry))
        return;
    char *text = ks_asprintf("the key of %s is not saved yet: what is made with it here is worth "
                             "nothing if that key is lost. w saves it",
                             entry->alias);
    report_add(out, REPORT_CAUTION, "", text);
    free(text);
}

const char *edit_key_note(const struct ks_store *store, const struct ks_entry *entry)
{
    return ks_op_key_is_unsaved(store, entry) ? " Its key is not saved yet: w." : "";
}

void edit_applied(struct app *app, struct ui_file *f, const char *alias)
{
    size_t at;
    long entry = -1;
    files_changed(app, f);
    if (alias && ks_store_find(f->store, alias, &at))
        entry = (long)at;
    if (entry >= 0)
        app_goto(app, f, entry, -1);
    app_message(app, "%s: %s. Not saved: w. u undoes.", f->name, f->store->now->label);
}

void edit_show_chain(struct app *app, struct ui_file *f, const char *alias)
{
    size_t at;
    if (!ks_store_find(f->store, alias, &at))
        return;
    if (ks_store_entry(f->store, at)->chain_len > 1)
        app_goto(app, f, (long)at, 0);
    app_goto(app, f, (long)at, -1);
}

/* ---- what every edit without pages of its own needs ---- */

struct simple_edit {
    struct edit_target target;
    const struct ks_entry **entries;
    size_t count;
    char *alias; /* the new one */
    struct ks_store **open;
    size_t open_count;
};

static void simple_free(void *ctx)
{
    struct simple_edit *s = ctx;
    edit_target_drop(&s->target);
    free(s->entries);
    free(s->open);
    free(s->alias);
    free(s);
}

static void simple_applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct simple_edit *s = ctx;
    struct ui_file *f = app_file_by_id(app, s->target.file_id);
    ks_store_free(made);
    if (f)
        edit_applied(app, f, s->alias);
}

static struct simple_edit *simple_new(struct ui_file *f, const struct ks_entry **entries,
                                      size_t count)
{
    struct simple_edit *s = ks_alloc(sizeof *s);
    *s = (struct simple_edit){.target = edit_target(f), .entries = entries, .count = count};
    return s;
}

/* ---- rename ---- */

static enum ks_code plan_rename(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_plan *out, struct ks_error *err)
{
    struct simple_edit *s = ctx;
    (void)keys, (void)job;
    return ks_op_rename(s->target.store, s->entries[0], s->alias, out, err);
}

static const struct wizard_def rename_wizard = {
    .name = "rename",
    .plan = plan_rename,
    .refused = edit_target_refused,
    .applied = simple_applied,
    .free = simple_free,
};

static void rename_answered(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    const struct tree_row *row = explorer_row(ex);
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    if (!text || !e)
        return;
    if (strcmp(text, e->alias) == 0) {
        app_message(app, "The name is as before.");
        return;
    }
    const struct ks_entry **one = ks_alloc_array(1, sizeof *one);
    one[0] = e;
    struct simple_edit *s = simple_new(tree_file(&ex->tree, row), one, 1);
    s->alias = ks_strdup(text);
    wizard_start(app, &rename_wizard, ks_asprintf("Rename %s", e->alias), s);
}

/* What the operation would refuse is said while the text can still be mended. */
static bool rename_accept(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    const struct tree_row *row = explorer_row(ex);
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (!e || strcmp(text, e->alias) == 0)
        return true;
    enum ks_code rc = ks_op_rename(tree_file(&ex->tree, row)->store, e, text, &plan, &err);
    ks_plan_drop(&plan);
    if (rc != KS_OK)
        app_error(app, &err);
    return rc == KS_OK;
}

static enum ui_next rename_entry(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    if (!e) {
        app_message(app, "Choose the entry to rename.");
        return UI_REDRAW;
    }
    prompt_ask(app,
               &(struct prompt_line){.label = "new alias: ",
                                     .hint = "Enter rename  Esc cancel  ^U clear  ^W delete word",
                                     .initial = e->alias,
                                     .accept = rename_accept,
                                     .done = rename_answered},
               ex);
    return UI_REDRAW;
}

/* ---- delete ---- */

static enum ks_code plan_delete(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_plan *out, struct ks_error *err)
{
    struct simple_edit *s = ctx;
    (void)keys, (void)job;
    return ks_op_delete(s->target.store, s->entries, s->count, s->open, s->open_count, out, err);
}

static const struct wizard_def delete_wizard = {
    .name = "delete",
    .plan = plan_delete,
    .refused = edit_target_refused,
    .applied = simple_applied,
    .free = simple_free,
    .apply_note = "d deletes in memory only: u undoes it, w writes the file.",
    .apply_key = 'd',
    .apply_word = "delete",
};

/* The other open keystores, in which a key that is deleted may have a copy. */
static void other_stores(struct app *app, const struct ui_file *f, struct simple_edit *s)
{
    s->open = ks_alloc_array(app_file_count(app) + 1, sizeof *s->open);
    for (size_t i = 0; i < app_file_count(app); i++) {
        struct ui_file *other = app_file(app, i);
        if (other != f && other->store)
            s->open[s->open_count++] = other->store;
    }
}

static enum ui_next delete_entries(struct app *app, struct explorer *ex)
{
    struct ui_file *f;
    size_t count;
    const struct ks_entry **entries = edit_chosen(app, ex, &f, &count);
    if (!entries)
        return UI_REDRAW;
    if (edit_refused(f)) {
        edit_say_refused(app, f, "Nothing was deleted");
        free(entries);
        return UI_REDRAW;
    }
    char *title = count == 1 ? ks_asprintf("Delete %s from %s", entries[0]->alias, f->name)
                             : ks_asprintf("Delete %zu entries from %s", count, f->name);
    struct simple_edit *s = simple_new(f, entries, count);
    other_stores(app, f, s);
    wizard_start(app, &delete_wizard, title, s);
    return UI_REDRAW;
}

/* ---- copy to another keystore ---- */

/* All entries of the keystore under the cursor; NULL: an entry is, or some are marked. */
static const struct ks_entry **all_of_row(const struct explorer *ex, struct ui_file **file,
                                          size_t *count)
{
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    if (!f || !f->store || tree_entry(&ex->tree, row) || tree_marks(&ex->tree) ||
        ks_store_count(f->store) == 0)
        return NULL;
    const struct ks_entry **out = ks_alloc_array(ks_store_count(f->store), sizeof *out);
    for (size_t i = 0; i < ks_store_count(f->store); i++)
        out[i] = ks_store_entry(f->store, i);
    *file = f;
    *count = ks_store_count(f->store);
    return out;
}

enum ui_next edit_copy_chosen(struct app *app, const struct explorer *ex)
{
    struct ui_file *f;
    size_t count;
    const struct ks_entry **entries = all_of_row(ex, &f, &count);
    if (!entries)
        entries = edit_chosen(app, ex, &f, &count);
    if (entries)
        edit_copy_entries(app, f, entries, count);
    return UI_REDRAW;
}

/* ---- read-only ---- */

static enum ui_next lift(struct app *app, struct ui_file *f)
{
    if (app->opts->read_only) {
        app_message(app, "ksx was started with --read-only. Start it without to change anything.");
    } else if (f->read_only[0]) {
        app_warn(app, "%s can be changed now. It was read-only: %s.", f->name, f->read_only);
        f->read_only[0] = '\0';
    } else {
        snprintf(f->read_only, sizeof f->read_only, "O made it so");
        app_message(app, "%s is read-only now. O lifts it.", f->name);
    }
    return UI_REDRAW;
}

/* ---- undo, redo ---- */

/* The entry under the cursor may have another name in the other version: then its place counts. */
static void stay_at(struct app *app, struct ui_file *f, const char *alias, int32_t index)
{
    size_t at;
    if (alias && !ks_store_find(f->store, alias, &at) && index >= 0 &&
        (size_t)index < ks_store_count(f->store))
        app_goto(app, f, index, -1);
}

/* What came back is looked at. */
static void go_to_new(struct app *app, struct ui_file *f, const struct ks_version *before)
{
    struct ks_diff diff = ks_diff(before, f->store->now, KS_DIFF_BY_ALIAS);
    size_t at;
    for (size_t i = 0; i < diff.count && diff.only_b; i++) {
        if (diff.rows[i].kind != KS_DIFF_ONLY_B)
            continue;
        if (ks_store_find(f->store, diff.rows[i].b->alias, &at))
            app_goto(app, f, (long)at, -1);
        break;
    }
    ks_diff_drop(&diff);
}

static enum ui_next step(struct app *app, struct explorer *ex, struct ui_file *f, bool back)
{
    const struct tree_row *row = explorer_row(ex);
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    char *alias = e ? ks_strdup(e->alias) : NULL;
    int32_t index = row ? row->entry : -1;
    char *label = back && f->store->past_count ? ks_strdup(f->store->now->label) : NULL;
    struct ks_version *before = ks_version_ref(f->store->now);
    files_will_change(app, f->store);
    bool done = back ? ks_store_undo(f->store) : ks_store_redo(f->store);
    if (!done) {
        files_not_changed(app, f);
        app_message(app,
                    back ? "There is nothing to undo in %s." : "There is nothing to redo in %s.",
                    f->name);
    } else {
        files_changed(app, f);
        stay_at(app, f, alias, index);
        go_to_new(app, f, before);
        size_t unsaved = ks_store_unsaved(f->store);
        const char *what = back ? label : f->store->now->label;
        if (unsaved)
            app_message(app, "%s: %s. %zu unsaved.", back ? "Undone" : "Done again", what, unsaved);
        else
            app_message(app, "%s: %s. %s is as on disk.", back ? "Undone" : "Done again", what,
                        f->name);
    }
    ks_version_unref(before);
    free(label);
    free(alias);
    return UI_REDRAW;
}

/* ---- commands ---- */

static enum ui_next on_store(struct app *app, struct explorer *ex, struct ui_file *f,
                             enum ui_command_id id)
{
    switch (id) {
    case CMD_RENAME:
        return rename_entry(app, ex);
    case CMD_UNDO:
        return step(app, ex, f, true);
    case CMD_REDO:
        return step(app, ex, f, false);
    default:
        return UI_IGNORED;
    }
}

enum ui_next edit_command(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    if (id == CMD_DELETE)
        return delete_entries(app, ex);
    if (id == CMD_COPY_TO)
        return edit_copy_chosen(app, ex);
    if (id != CMD_RENAME && id != CMD_UNDO && id != CMD_REDO && id != CMD_CONVERT && id != CMD_LIFT)
        return UI_IGNORED;
    if (f && f->store && id == CMD_LIFT)
        return lift(app, f);
    if (f && f->store && id == CMD_CONVERT) {
        if (edit_no_new(app))
            app_message(app, "Nothing was converted: %s.", edit_no_new(app));
        else
            edit_convert(app, f);
        return UI_REDRAW;
    }
    if (!edit_refused(f))
        return on_store(app, ex, f, id);
    edit_say_refused(app, f, "Nothing was changed");
    return UI_REDRAW;
}
