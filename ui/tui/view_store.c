/*
 * The explorer as a view: it follows the application's files, turns commands into moves, and has
 * the detail pane made when the keys pause. The other commands and the drawing are in explorer_*.c.
 */
#include "tui/view_store.h"

#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/doctor.h"
#include "tui/edit.h"
#include "tui/entry_menu.h"
#include "tui/paste.h"
#include "tui/revoking.h"
#include "tui/saving.h"
#include "tui/view_diff.h"
#include "tui/view_findings.h"
#include "tui/wiz_proof.h"
#include "tui/wiz_repair.h"

#include <stdlib.h>
#include <string.h>

#define SPLIT_STEP 4
#define SHIFT_STEP 8

/* ---- selection ---- */

const struct tree_row *explorer_row(const struct explorer *ex)
{
    return ex->list.cursor < ex->tree.count ? &ex->tree.rows[ex->list.cursor] : NULL;
}

static void remember_alias(struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    if (e && ex->selected_alias && strcmp(e->alias, ex->selected_alias) == 0)
        return;
    free(ex->selected_alias);
    ex->selected_alias = e ? ks_strdup(e->alias) : NULL;
}

/* The identity of the row under the cursor becomes the selection. */
void explorer_take_selection(struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (!row)
        return;
    ex->selected = *row;
    ex->selected_file = ex->tree.files[row->file].id;
    remember_alias(ex); /* keys may come faster than the detail is made */
    ex->detail_stale = true;
}

void explorer_rows_changed(struct explorer *ex)
{
    ex->list.count = ex->tree.count;
    if (ex->tree.count)
        list_select(&ex->list, tree_find(&ex->tree, ex->selected));
    explorer_take_selection(ex);
}

void explorer_select(struct explorer *ex, struct tree_row row)
{
    if (row.file >= ex->tree.file_count)
        return;
    tree_reveal(&ex->tree, row);
    ex->selected = row;
    explorer_rows_changed(ex);
}

/* The row that came to where the cursor is, of the same file: what it was on is gone. */
static void select_next_best(struct explorer *ex, uint32_t file)
{
    size_t at = ex->list.cursor < ex->tree.count ? ex->list.cursor : ex->tree.count;
    ex->selected = (struct tree_row){file, -1, -1};
    if (at < ex->tree.count && ex->tree.rows[at].file == file)
        ex->selected = ex->tree.rows[at];
    else if (at > 0 && ex->tree.rows[at - 1].file == file)
        ex->selected = ex->tree.rows[at - 1];
    ex->selected.cert = -1;
}

/* The same alias, if it is still there; of two that are alike the one at its place. */
static bool find_alias_again(struct explorer *ex, const struct ks_store *store)
{
    size_t at = (size_t)ex->selected.entry;
    if (!store || !ex->selected_alias)
        return false;
    bool same = at < ks_store_count(store) &&
                strcmp(ks_store_entry(store, at)->alias, ex->selected_alias) == 0;
    if (!same && !ks_store_find(store, ex->selected_alias, &at))
        return false;
    ex->selected.entry = (int32_t)at;
    return true;
}

/* After files came, went, were edited or read again: the same file and alias, if they are still
 * there. */
static void find_selection_again(struct explorer *ex)
{
    for (size_t i = 0; i < ex->tree.file_count; i++) {
        const struct ui_file *f = ex->tree.files[i].file;
        if (f->id != ex->selected_file)
            continue;
        ex->selected.file = (uint32_t)i;
        if (ex->selected.entry >= 0 && !find_alias_again(ex, f->store))
            select_next_best(ex, (uint32_t)i);
        return;
    }
    uint32_t last = ex->tree.file_count ? (uint32_t)ex->tree.file_count - 1 : 0;
    ex->selected = (struct tree_row){ex->selected.file < last ? ex->selected.file : last, -1, -1};
}

static void drop_old_unlocks(const struct app *app, struct explorer *ex)
{
    size_t kept = 0;
    for (size_t i = 0; i < ex->unlocked_count; i++) {
        const struct ui_file *f = app_file_by_id(app, ex->unlocked[i].file_id);
        if (f && f->generation == ex->unlocked[i].generation)
            ex->unlocked[kept++] = ex->unlocked[i];
    }
    ex->unlocked_count = kept;
}

void explorer_sync(struct app *app, struct explorer *ex)
{
    if (!tree_sync(&ex->tree, app))
        return;
    ex->hits_stale = true;
    drop_old_unlocks(app, ex);
    find_selection_again(ex);
    explorer_rows_changed(ex);
    explorer_update_detail(app, ex); /* at once: nobody is typing */
}

void view_store_goto(struct app *app, void *state, const struct ui_file *f, long entry, int cert)
{
    struct explorer *ex = state;
    explorer_sync(app, ex);
    for (size_t i = 0; i < ex->tree.file_count; i++) {
        if (ex->tree.files[i].file != f)
            continue;
        struct tree_row row = {(uint32_t)i, (int32_t)entry, cert};
        explorer_select(ex, row);
        bool hidden = ex->tree.filter && ex->list.cursor < ex->tree.count &&
                      !tree_same(ex->tree.rows[ex->list.cursor], row);
        if (hidden && entry >= 0) { /* asked for by name: the filter gives way */
            tree_set_filter(&ex->tree, NULL, NULL);
            explorer_select(ex, row);
        }
        ex->in_detail = false;
        explorer_update_detail(app, ex);
    }
}

const struct ui_file *view_store_selected(const void *state, const char **alias)
{
    const struct explorer *ex = state;
    const struct tree_row *row = explorer_row(ex);
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    *alias = e ? e->alias : NULL;
    return row ? tree_file(&ex->tree, row) : NULL;
}

/* ---- moving ---- */

static enum ui_next focus(struct app *app, struct explorer *ex, bool detail)
{
    if (detail && ex->detail_stale)
        explorer_update_detail(app, ex);
    ex->in_detail = detail;
    return UI_REDRAW;
}

/* A file that is not open: Enter and l do what it needs. */
static enum ui_next open_closed_file(struct app *app, struct ui_file *f)
{
    switch (f->state) {
    case UI_FILE_LOCKED:
        files_ask(app, f);
        break;
    case UI_FILE_FAILED:
        files_reload(app, f);
        break;
    case UI_FILE_READING:
    case UI_FILE_OPEN:
        app_message(app, "%s is being read. Esc stops.", f->name);
        break;
    }
    return UI_REDRAW;
}

static enum ui_next go_in(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (!row)
        return UI_STAY;
    if (!tree_file(&ex->tree, row)->store)
        return open_closed_file(app, tree_file(&ex->tree, row));
    if (!tree_foldable(&ex->tree, row))
        return focus(app, ex, true);
    if (!tree_unfolded(&ex->tree, row))
        return explorer_fold(ex, row, true);
    if (ex->list.cursor + 1 < ex->tree.count &&
        ex->tree.rows[ex->list.cursor + 1].file == row->file) {
        list_select(&ex->list, ex->list.cursor + 1);
        explorer_take_selection(ex);
    }
    return UI_REDRAW;
}

static enum ui_next go_out(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (ex->in_detail)
        return focus(app, ex, false);
    if (!row)
        return UI_STAY;
    if (row->cert == -1 && tree_foldable(&ex->tree, row) && tree_unfolded(&ex->tree, row))
        return explorer_fold(ex, row, false);
    list_select(&ex->list, tree_parent(&ex->tree, ex->list.cursor));
    explorer_take_selection(ex);
    return UI_REDRAW;
}

/* A line of the Chain section that stands for a stored certificate ("0   412d  CN=..."), or belongs
 * to it: its number. */
static bool chain_line(const struct explorer *ex, const struct tree_row *row, int32_t *cert)
{
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    const struct report *r = &ex->detail.report;
    size_t at = ex->detail.cursor;
    if (!e || ex->detail.section != REPORT_CHAIN || ex->detail.raw || at >= r->count)
        return false;
    while (at > 0 && r->lines[at].role == REPORT_PLAIN && r->lines[at].indent > 0)
        at--;
    char *end;
    long number = strtol(r->lines[at].value, &end, 10);
    *cert = (int32_t)number;
    return r->lines[at].role >= REPORT_FINE && end > r->lines[at].value && *end == ' ' &&
           number >= 0 && (size_t)number < e->chain_len;
}

/* In full: what the pane has to shorten or wrap. */
static enum ui_next open_field(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    const struct report_line *l = detail_line(&ex->detail);
    if (row && !tree_file(&ex->tree, row)->store)
        return open_closed_file(app, tree_file(&ex->tree, row));
    if (ex->detail.section == REPORT_KEY && explorer_key_is_locked(ex)) {
        explorer_unlock_key(app, ex);
        return UI_REDRAW;
    }
    int32_t cert;
    if (chain_line(ex, row, &cert)) {
        if (tree_foldable(&ex->tree, &(struct tree_row){row->file, row->entry, -1}))
            explorer_select(ex, (struct tree_row){row->file, row->entry, cert});
        explorer_section(app, ex, REPORT_CERT);
        return UI_REDRAW;
    }
    if (!l || (!l->value[0] && !l->full))
        return UI_STAY;
    char *text = detail_field_text(&ex->detail);
    notice_show(app, l->label[0] ? l->label : report_section_name(ex->detail.section, false), text);
    free(text);
    return UI_REDRAW;
}

static enum ui_next enter(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (ex->in_detail)
        return open_field(app, ex);
    if (row && !tree_file(&ex->tree, row)->store)
        return open_closed_file(app, tree_file(&ex->tree, row));
    return row ? focus(app, ex, true) : UI_STAY;
}

static enum ui_next move(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    switch (id) {
    case CMD_IN:
        return go_in(app, ex);
    case CMD_OUT:
        return go_out(app, ex);
    case CMD_ENTER:
        return enter(app, ex);
    case CMD_PANE:
        return focus(app, ex, !ex->in_detail);
    default:
        break;
    }
    if (ex->in_detail)
        return detail_command(&ex->detail, id) ? UI_REDRAW : UI_IGNORED;
    if (!list_command(&ex->list, id))
        return UI_IGNORED;
    explorer_take_selection(ex);
    return UI_REDRAW;
}

/* ---- panes ---- */

static enum ui_next look(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    int half = ex->detail.height > 1 ? ex->detail.height / 2 : 1;
    switch (id) {
    case CMD_SECTION_PREV:
        explorer_section(app, ex, (int)ex->detail.section - 1);
        return UI_REDRAW;
    case CMD_SECTION_NEXT:
        explorer_section(app, ex, (int)ex->detail.section + 1);
        return UI_REDRAW;
    case CMD_DETAIL_DOWN:
        detail_scroll(&ex->detail, half);
        return UI_REDRAW;
    case CMD_DETAIL_UP:
        detail_scroll(&ex->detail, -half);
        return UI_REDRAW;
    case CMD_DETAIL_LEFT:
        detail_shift(&ex->detail, -SHIFT_STEP);
        return UI_REDRAW;
    case CMD_DETAIL_RIGHT:
        detail_shift(&ex->detail, SHIFT_STEP);
        return UI_REDRAW;
    case CMD_ZOOM:
        ex->zoom = !ex->zoom;
        return UI_REDRAW;
    case CMD_NARROW:
        ex->split -= ex->split > -40 ? SPLIT_STEP : 0;
        return UI_REDRAW;
    case CMD_WIDEN:
        ex->split += ex->split < 120 ? SPLIT_STEP : 0;
        return UI_REDRAW;
    case CMD_RAW:
        if (explorer_row(ex) && tree_entry(&ex->tree, explorer_row(ex)) &&
            (ex->detail.section == REPORT_CHAIN || ex->detail.section == REPORT_FINDINGS)) {
            app_message(app, "This section has no raw form: 3 has that of a certificate.");
            return UI_REDRAW;
        }
        ex->detail.raw = !ex->detail.raw;
        explorer_update_detail(app, ex);
        return UI_REDRAW;
    default:
        break;
    }
    if (id < CMD_SECTION_1 || id > CMD_SECTION_7)
        return UI_IGNORED;
    explorer_section(app, ex, REPORT_SUMMARY + (int)(id - CMD_SECTION_1));
    return UI_REDRAW;
}

/* ---- files ---- */

static enum ui_next show_in_pager(struct app *app, struct explorer *ex)
{
    if (ex->detail_stale)
        explorer_update_detail(app, ex);
    char *text = detail_text(&ex->detail);
    app_pager(app, text, strlen(text));
    free(text);
    return UI_REDRAW;
}

static enum ui_next on_file(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    const struct tree_row *row = explorer_row(ex);
    if (!row) {
        app_message(app, "No file is open. o opens one.");
        return UI_REDRAW;
    }
    struct ui_file *f = tree_file(&ex->tree, row);
    if (id == CMD_RELOAD) {
        saving_reload(app, f);
        return UI_REDRAW;
    }
    saving_close(app, f);
    explorer_sync(app, ex); /* before anything looks at rows of a file that is gone */
    return UI_REDRAW;
}

static void repair_marked(struct app *app, const struct explorer *ex)
{
    struct ui_file *f = NULL;
    size_t count = 0;
    const struct ks_entry **entries = edit_chosen(app, ex, &f, &count);
    if (entries && edit_refused(f))
        edit_say_refused(app, f, "Nothing was repaired");
    else if (entries && count > 1)
        wiz_repair_some(app, f, entries, count);
    else if (entries)
        wiz_repair_start(app, f, entries[0]);
    free(entries);
}

/* The only one with a certificate, when there is no other; NULL. */
static const struct ks_entry *only_pair(const struct ui_file *f)
{
    const struct ks_entry *found = NULL;
    for (size_t i = 0; f && f->store && i < ks_store_count(f->store); i++) {
        const struct ks_entry *e = ks_store_entry(f->store, i);
        if (e->kind != KS_KIND_KEY || e->chain_len == 0)
            continue;
        if (found)
            return NULL;
        found = e;
    }
    return found;
}

static enum ui_next repair_command(struct app *app, const struct explorer *ex,
                                   enum ui_command_id id)
{
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    if (id != CMD_REPAIR && id != CMD_PROVE && id != CMD_REVOKED)
        return UI_IGNORED;
    if (id == CMD_REVOKED) {
        revoking_start(app, f, e, row ? row->cert : -1);
        return UI_REDRAW;
    }
    if (id == CMD_PROVE && !e)
        e = only_pair(f);
    if (id == CMD_REPAIR && f) {
        if (tree_marks(&ex->tree))
            repair_marked(app, ex);
        else
            findings_repair(app, f, e ? (long)row->entry : -1);
    } else if (id == CMD_REPAIR) {
        app_message(app, "Nothing was repaired: open a keystore first.");
    } else if (!e || e->kind != KS_KIND_KEY || e->chain_len == 0) {
        app_message(app, "Nothing was proven: choose a key pair.");
    } else {
        wiz_proof_of_entry(app, f, e);
    }
    return UI_REDRAW;
}

static enum ui_next with_file(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    switch (id) {
    case CMD_RELOAD:
    case CMD_CLOSE:
        return on_file(app, ex, id);
    case CMD_COPY:
        return explorer_copy(app, ex);
    case CMD_PASSWORD:
        return explorer_passwords(app, ex);
    case CMD_PAGER:
        return show_in_pager(app, ex);
    default:
        break;
    }
    enum ui_next next = entry_menu_command(app, ex, id);
    if (next == UI_IGNORED)
        next = repair_command(app, ex, id);
    if (next == UI_IGNORED)
        next = edit_command(app, ex, id);
    if (next == UI_IGNORED)
        next = saving_command(app, ex, id);
    return next == UI_IGNORED ? diff_command(app, ex, id) : next;
}

/* ---- back ---- */

static enum ui_next cancel(struct app *app, struct explorer *ex)
{
    if (ex->tree.filter) {
        tree_set_filter(&ex->tree, NULL, NULL);
        ex->hits_stale = true;
        explorer_rows_changed(ex);
        explorer_unfiltered(ex);
        app_message(app, "The filter is cleared.");
        return UI_REDRAW;
    }
    if (tree_marks(&ex->tree) || ex->range) {
        explorer_unmark(ex);
        return UI_REDRAW;
    }
    if (ex->in_detail)
        return focus(app, ex, false);
    return UI_IGNORED;
}

static enum ui_next back(struct app *app, struct explorer *ex)
{
    if (ex->in_detail)
        return focus(app, ex, false);
    if (ex->zoom) {
        ex->zoom = false;
        return UI_REDRAW;
    }
    return UI_IGNORED; /* the application quits */
}

static enum ui_next command(struct app *app, void *state, enum ui_command_id id)
{
    struct explorer *ex = state;
    explorer_sync(app, ex);
    if (id == CMD_CANCEL)
        return cancel(app, ex);
    if (id == CMD_BACK)
        return back(app, ex);
    enum ui_next next = move(app, ex, id);
    if (next == UI_IGNORED)
        next = look(app, ex, id);
    if (next == UI_IGNORED)
        next = explorer_arrange(app, ex, id);
    if (next == UI_IGNORED)
        next = explorer_find_command(app, ex, id);
    if (next == UI_IGNORED)
        next = with_file(app, ex, id);
    return next;
}

/* ---- mouse ---- */

static bool inside(struct ui_rect r, struct ui_mouse m)
{
    return r.rows > 0 && m.row >= r.row && m.row < r.row + r.rows && m.col >= r.col &&
           m.col < r.col + r.cols;
}

static enum ui_next click_tree(struct app *app, struct explorer *ex, int row)
{
    size_t at = ex->list.top + (size_t)row;
    if (at >= ex->tree.count)
        return UI_STAY;
    bool again = at == ex->list.cursor && !ex->in_detail;
    ex->in_detail = false;
    list_select(&ex->list, at);
    explorer_take_selection(ex);
    return again ? enter(app, ex) : UI_REDRAW;
}

static enum ui_next mouse(struct app *app, struct explorer *ex)
{
    struct ui_mouse m = ui_mouse();
    struct ui_rect area = {0, 0, app->rows - (app->rows < 20 ? 2 : 3), app->cols};
    struct explorer_layout l = explorer_lay_out(app, ex, area);
    bool wheel = m.button == UI_MOUSE_UP || m.button == UI_MOUSE_DOWN;
    int by = m.button == UI_MOUSE_UP ? -3 : 3;
    if (inside(l.detail, m)) {
        if (wheel) {
            detail_scroll(&ex->detail, by);
        } else {
            focus(app, ex, true);
            detail_click(&ex->detail, m.row - l.detail.row);
        }
        return UI_REDRAW;
    }
    int section = l.detail.rows && m.row == l.detail.row - 1 && !wheel
                      ? detail_section_at(&ex->detail, m.col)
                      : 0;
    if (section) {
        explorer_section(app, ex, section);
        return UI_REDRAW;
    }
    if (!inside(l.tree, m))
        return UI_STAY;
    if (!wheel)
        return click_tree(app, ex, m.row - l.tree.row);
    for (int i = 0; i < 3; i++)
        list_command(&ex->list, by < 0 ? CMD_UP : CMD_DOWN);
    explorer_take_selection(ex);
    return UI_REDRAW;
}

static enum ui_next key(struct app *app, void *state, struct ui_key k)
{
    if (k.code == UI_KEY_PASTE)
        return paste_on_tree(app, state);
    return k.code == UI_KEY_MOUSE ? mouse(app, state) : UI_IGNORED;
}

/* ---- the view ---- */

static void open_view(struct app *app, void *state, void *arg)
{
    struct explorer *ex = state;
    (void)app, (void)arg;
    ex->detail.section = REPORT_SUMMARY;
    ex->selected = (struct tree_row){0, -1, -1};
    ex->list.rows = 1;
}

static void close_view(struct app *app, void *state)
{
    struct explorer *ex = state;
    (void)app;
    tree_free(&ex->tree);
    detail_free(&ex->detail);
    explorer_find_free(ex);
    free(ex->selected_alias);
    free(ex->unlocked);
}

static enum ui_next idle(struct app *app, void *state)
{
    struct explorer *ex = state;
    explorer_sync(app, ex);
    explorer_try_key(app, ex);
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    if (tree_judged(&ex->tree)) {
        ex->hits_stale = true;
        explorer_rows_changed(ex);
        row = explorer_row(ex);
        f = row ? tree_file(&ex->tree, row) : NULL;
        app_redraw(app);
    }
    if (f)
        doctor_look_at(app, f);
    doctor_look_around(app);
    bool told = f && f->id == ex->detail_file && f->looks != ex->detail_looks;
    if (!ex->detail_stale && !told)
        return UI_STAY;
    if (f && ex->detail_stale)
        files_look_at_disk(app, f);
    explorer_update_detail(app, ex);
    return UI_REDRAW;
}

static unsigned context_now(struct app *app, void *state)
{
    const struct explorer *ex = state;
    (void)app;
    return ex->in_detail ? ON_DETAIL : ON_TREE;
}

static const char *disabled(struct app *app, void *state, enum ui_command_id id)
{
    const struct explorer *ex = state;
    bool nothing = ex->tree.count == 0;
    (void)app;
    switch (id) {
    case CMD_SEARCH_NEXT:
    case CMD_SEARCH_PREV:
        return ex->search ? NULL : "nothing was searched for yet; / searches";
    case CMD_RELOAD:
    case CMD_CLOSE:
    case CMD_PASSWORD:
    case CMD_COPY:
    case CMD_PAGER:
    case CMD_EXPIRY:
    case CMD_FILTER:
    case CMD_SORT:
    case CMD_INVERT:
    case CMD_NEXT_PROBLEM:
    case CMD_REPAIR:
    case CMD_FINDINGS:
    case CMD_PROVE:
    case CMD_REVOKED:
        return nothing ? "no file is open; o opens one" : NULL;
    default:
        return NULL;
    }
}

static const char *enter_word(struct app *app, void *state)
{
    const struct explorer *ex = state;
    const struct tree_row *row = explorer_row(ex);
    (void)app;
    if (!row)
        return NULL;
    enum ui_file_state file = tree_file(&ex->tree, row)->state;
    if (file == UI_FILE_LOCKED)
        return "Unlock";
    if (file == UI_FILE_FAILED)
        return "Retry";
    bool key = ex->in_detail && ex->detail.section == REPORT_KEY && explorer_key_is_locked(ex);
    return key ? "Unlock" : NULL;
}

const struct view view_store = {
    .name = "explorer",
    .context = ON_TREE | ON_DETAIL,
    .state_size = sizeof(struct explorer),
    .open = open_view,
    .close = close_view,
    .draw = explorer_draw,
    .status = explorer_status,
    .command = command,
    .key = key,
    .disabled = disabled,
    .idle = idle,
    .context_now = context_now,
    .enter_word = enter_word,
};
