#include "tui/view_diff.h"

#include "base/alloc.h"
#include "report/plan.h"
#include "tui/app_state.h"
#include "tui/detail.h"
#include "tui/dialog.h"
#include "tui/edit.h"
#include "tui/view_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct differences {
    struct edit_target a, b;    /* held; b without a store: pending changes of a */
    struct ks_store *disk;      /* owned: read for this view */
    struct ks_version *va, *vb; /* references; NULL for pending changes */
    char *title;
    enum ks_diff_by by;
    bool same;                         /* equal rows too */
    void (*closed)(struct ui_file *f); /* may be NULL */
    struct detail detail;
    char counts[96];
};

static void make(struct differences *d, bool again)
{
    struct report report;
    if (!d->va) {
        report_pending(d->a.store, &report);
        detail_set(&d->detail, report, again);
        return;
    }
    struct ks_diff diff = ks_diff(d->va, d->vb, d->by);
    struct ks_buf counts = KS_BUF_INIT;
    report_diff(&diff, d->same, &report);
    ks_buf_printf(&counts, "%zu equal, %zu changed, %zu only in A, %zu only in B", diff.same,
                  diff.changed, diff.only_a, diff.only_b);
    snprintf(d->counts, sizeof d->counts, "%s", ks_buf_text(&counts));
    ks_buf_free(&counts);
    ks_diff_drop(&diff);
    detail_set(&d->detail, report, again);
}

static void open_view(struct app *app, void *state, void *arg)
{
    struct differences *d = state;
    (void)app;
    *d = *(struct differences *)arg;
    d->detail.section = REPORT_SUMMARY;
    make(d, false);
}

static void close_view(struct app *app, void *state)
{
    struct differences *d = state;
    struct ui_file *f = d->closed ? edit_target_file(app, &d->a) : NULL;
    if (f)
        d->closed(f);
    detail_free(&d->detail);
    ks_version_unref(d->va);
    ks_version_unref(d->vb);
    ks_store_free(d->disk);
    edit_target_drop(&d->a);
    edit_target_drop(&d->b);
    free(d->title);
}

static void draw(struct app *app, void *state, struct ui_rect area)
{
    struct differences *d = state;
    (void)app;
    struct ui_pen pen = ui_pen(area.row, area.col, area.col + area.cols, ROLE_LABEL);
    canvas_clear(area);
    canvas_text(&pen, " ");
    canvas_ext_cut(&pen, d->title, area.cols - 2, CUT_MIDDLE);
    struct ui_rect body = {area.row + 1, area.col + 1, area.rows - 2, area.cols - 2};
    detail_draw(&d->detail, body, true);
    pen = ui_pen(area.row + area.rows - 1, area.col + 1, area.col + area.cols - 1, ROLE_TEXT);
    canvas_text(&pen, d->counts);
}

static void status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct differences *d = state;
    (void)app;
    if (d->va)
        canvas_text(pen, d->by == KS_DIFF_BY_ALIAS ? " paired by alias" : " paired by fingerprint");
    else
        canvas_text(pen, " Pending changes");
}

/* w, where the title says so: the explorer's save, for this file. */
static enum ui_next save(struct app *app, const struct differences *d)
{
    struct ui_file *f = edit_target_file(app, &d->a);
    const char *alias;
    if (!f) {
        app_message(app, "%s", edit_target_gone);
        return UI_REDRAW;
    }
    if (app_selected(app, &alias) != f)
        app_goto(app, f, -1, -1);
    app_run(app, CMD_SAVE, NULL);
    return UI_CLOSE;
}

static enum ui_next command(struct app *app, void *state, enum ui_command_id id)
{
    struct differences *d = state;
    (void)app;
    switch (id) {
    case CMD_SAME:
        d->same = !d->same;
        make(d, true);
        app_message(app, d->same ? "What is equal is shown, too." : "Only what differs is shown.");
        return UI_REDRAW;
    case CMD_ALIGN:
        d->by = d->by == KS_DIFF_BY_ALIAS ? KS_DIFF_BY_FINGERPRINT : KS_DIFF_BY_ALIAS;
        make(d, true);
        return UI_REDRAW;
    case CMD_SAVE:
        return save(app, d);
    case CMD_PAGER: {
        char *text = detail_text(&d->detail);
        app_pager(app, text, strlen(text));
        free(text);
        return UI_REDRAW;
    }
    default:
        return detail_command(&d->detail, id) ? UI_REDRAW : UI_IGNORED;
    }
}

static const char *disabled(struct app *app, void *state, enum ui_command_id id)
{
    const struct differences *d = state;
    (void)app;
    if (id == CMD_SEARCH)
        return "there is nothing to search here; E shows it in the pager";
    if (!d->va && (id == CMD_SAME || id == CMD_ALIGN))
        return "these are changes, not two keystores";
    return d->va && id == CMD_SAVE ? "P shows what it would write" : NULL;
}

static const struct view view_diff = {
    .name = "diff",
    .context = ON_DIFF,
    .state_size = sizeof(struct differences),
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .status = status,
    .command = command,
    .disabled = disabled,
};

/* ---- pending changes ---- */

static void say_where_changes_are(struct app *app, const struct ui_file *f)
{
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *other = app_file(app, i);
        size_t n = other->store ? ks_store_unsaved(other->store) : 0;
        if (n) {
            app_message(app, "%s has no unsaved change; %s has %zu: P on its row shows them.",
                        f->name, other->name, n);
            return;
        }
    }
    app_message(app, "%s has no unsaved change.", f->name);
}

static enum ui_next pending(struct app *app, struct ui_file *f)
{
    size_t n = ks_store_unsaved(f->store);
    if (n == 0) {
        say_where_changes_are(app, f);
        return UI_REDRAW;
    }
    struct differences d = {
        .a = edit_target(f),
        .title = ks_asprintf("Pending changes of %s: %zu, w writes them", f->name, n)};
    app_push(app, &view_diff, &d);
    return UI_REDRAW;
}

/* ---- memory against disk ---- */

struct disk_reading {
    struct edit_target target;
    struct ks_secret *password;
    char *path;
    struct ks_store *store;
    enum ks_code code;
    struct ks_error err;
};

static void disk_run(struct ks_job *job, void *arg)
{
    struct disk_reading *r = arg;
    r->code = ks_open(r->path, r->password, job, &r->store, &r->err);
}

static void disk_done(struct app *app, void *arg, bool cancelled)
{
    struct disk_reading *r = arg;
    struct ui_file *f = edit_target_file(app, &r->target);
    if (r->code != KS_OK && !cancelled && !app->quitting)
        app_error(app, &r->err);
    if (r->code == KS_OK && f && !app->quitting) {
        struct differences d = {.a = edit_target(f),
                                .disk = r->store,
                                .va = ks_version_ref(r->store->now),
                                .vb = ks_version_ref(f->store->now),
                                .title =
                                    ks_asprintf("Diff: A %s (disk), B %s (memory, %zu unsaved)",
                                                f->name, f->name, ks_store_unsaved(f->store))};
        r->store = NULL;
        app_push(app, &view_diff, &d);
    }
    ks_store_free(r->store);
    ks_secret_free(r->password);
    edit_target_drop(&r->target);
    free(r->path);
    free(r);
}

void diff_with_disk(struct app *app, struct ui_file *f)
{
    struct disk_reading *r = ks_alloc(sizeof *r);
    *r = (struct disk_reading){.target = edit_target(f),
                               .password = ks_secret_ref(f->store->password),
                               .path = ks_strdup(f->path)};
    app_work(app, "reading the file", disk_run, r, disk_done);
}

void diff_stores(struct app *app, struct ui_file *f, struct ks_store *other, const char *what,
                 void (*closed)(struct ui_file *f))
{
    struct differences d = {.a = edit_target(f),
                            .disk = other,
                            .closed = closed,
                            .va = ks_version_ref(f->store->now),
                            .vb = ks_version_ref(other->now),
                            .title = ks_asprintf("Diff: A %s, B %s", f->name, what)};
    app_push(app, &view_diff, &d);
}

/* ---- what to compare ---- */

#define CHOICES 10

struct choosing {
    struct edit_target target;
    unsigned ids[CHOICES]; /* of the other files, by digit */
};

static void compare(struct app *app, struct ui_file *f, struct ui_file *other)
{
    struct differences d = {.a = edit_target(f),
                            .b = edit_target(other),
                            .va = ks_version_ref(f->store->now),
                            .vb = ks_version_ref(other->store->now),
                            .title = ks_asprintf("Diff: A %s, B %s", f->name, other->name)};
    app_push(app, &view_diff, &d);
}

static void chosen(struct app *app, void *ctx, char key)
{
    struct choosing *c = ctx;
    struct ui_file *f = edit_target_file(app, &c->target);
    struct ui_file *other =
        key >= '1' && key <= '9' ? app_file_by_id(app, c->ids[key - '0']) : NULL;
    if (f && key == 'd')
        diff_with_disk(app, f);
    else if (f && other && other->store)
        compare(app, f, other);
    edit_target_drop(&c->target);
    free(c);
}

static enum ui_next choose(struct app *app, struct ui_file *f)
{
    struct menu_item items[CHOICES];
    char *labels[CHOICES];
    size_t n = 0;
    struct choosing *c = ks_alloc(sizeof *c);
    *c = (struct choosing){.target = edit_target(f)};
    labels[n] = ks_strdup("the file on disk, against what is in memory");
    items[n] = (struct menu_item){'d', labels[n], f->store->saved ? NULL : "it is not on disk yet"};
    n++;
    for (size_t i = 0; i < app_file_count(app) && n < CHOICES; i++) {
        struct ui_file *other = app_file(app, i);
        if (other == f || !other->store)
            continue;
        labels[n] = ks_strdup(other->name);
        items[n] = (struct menu_item){(char)('0' + n), labels[n], NULL};
        c->ids[n] = other->id;
        n++;
    }
    char *title = ks_asprintf("Compare %s with", f->name);
    menu_ask(app, title, items, n, chosen, c);
    free(title);
    while (n > 0)
        free(labels[--n]);
    return UI_REDRAW;
}

enum ui_next diff_command(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    if (id != CMD_PENDING && id != CMD_DIFF)
        return UI_IGNORED;
    if (!f || !f->store) {
        app_message(app, "Open a keystore first: o.");
        return UI_REDRAW;
    }
    return id == CMD_PENDING ? pending(app, f) : choose(app, f);
}
