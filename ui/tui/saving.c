#include "tui/saving.h"

#include "base/alloc.h"
#include "base/text.h"
#include "file/save.h"
#include "report/plan.h"
#include "report/section.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/directory.h"
#include "tui/edit.h"
#include "tui/prompt.h"
#include "tui/recovery.h"
#include "tui/view_diff.h"
#include "tui/view_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_NAMED 3 /* in the question before quitting */

struct saving {
    struct edit_target target;
    char *path; /* NULL: the store's own */
    struct ks_save how;
    struct ks_save_look look;
    bool then_quit;  /* the next changed file follows, then the program ends */
    bool then_close; /* the file is closed */
};

static void saving_free(void *ctx)
{
    struct saving *s = ctx;
    edit_target_drop(&s->target);
    ks_save_look_drop(&s->look);
    free(s->path);
    free(s);
}

static struct saving *saving_new(struct ui_file *f, const char *path)
{
    struct saving *s = ks_alloc(sizeof *s);
    *s = (struct saving){.target = edit_target(f), .path = path ? ks_strdup(path) : NULL};
    s->how.path = s->path;
    return s;
}

static void say_error(struct app *app, const char *title, const struct ks_error *err)
{
    char *text = ks_asprintf("%s.\n\n%s%s\n\ncode %s", err->what, err->next,
                             err->next[0] ? "." : "", err->slug);
    notice_show(app, title, text);
    free(text);
}

/* ---- the review ---- */

static void mode_words(unsigned mode, char out[static 16])
{
    snprintf(out, 16, "%04o", mode & 07777);
}

static void target_lines(struct making *m, const struct saving *s)
{
    const struct ks_save_look *l = &s->look;
    char size[16], mode[16];
    line_printf(m, REPORT_TEXT, "File", "%s", l->target);
    if (l->by_link)
        line_printf(m, REPORT_TEXT, "Link", "%s is a symbolic link to it, and stays one",
                    s->path ? s->path : s->target.store->path);
    mode_words(l->mode, mode);
    line_printf(m, REPORT_TEXT, "Mode", "%s", mode);
    if (l->exists) {
        line_printf(m, REPORT_TEXT, "On disk", "%s now", report_size(l->old_size, size));
        line_add(m, REPORT_TEXT, "Backup", l->backup ? l->backup : "none is kept");
    } else {
        line_add(m, REPORT_TEXT, "On disk", "nothing yet: a new file");
    }
    line_add(m, REPORT_TEXT, "Check",
             "the new file is read back and compared before it takes its place");
}

static void warn_lines(struct making *m, const struct saving *s)
{
    const struct ks_save_look *l = &s->look;
    if (s->how.over_existing)
        line_sentence(m, 0, "Another file of that name is replaced, and goes to the backup.");
    if (s->how.over_changed)
        line_sentence(m, 0, "Another program changed the file. Its version goes to the backup.");
    if (l->links > 1)
        line_sentence(m, 0, "The file has %u names (hard links). The others keep the old bytes.",
                      l->links);
    if (l->exists && !l->keeps_owner)
        line_sentence(m, 0, "The owner cannot be kept: the new file will belong to you.");
}

static void review_save(void *ctx, struct report *out)
{
    const struct saving *s = ctx;
    struct report changes;
    struct making m = {.out = out};
    *out = (struct report){0};
    target_lines(&m, s);
    warn_lines(&m, s);
    line_blank(&m);
    report_pending(s->target.store, &changes);
    for (size_t i = 0; i < changes.count; i++) {
        line_add(&m, changes.lines[i].role, changes.lines[i].label, changes.lines[i].value);
        line_last(&m)->indent = changes.lines[i].indent;
    }
    report_free(&changes);
}

static enum ks_code write_it(void *ctx, struct ks_job *job, struct ks_error *err)
{
    struct saving *s = ctx;
    return ks_save(s->target.store, &s->how, job, err);
}

static void save_next_or_quit(struct app *app);

static void say_saved(struct app *app, struct ui_file *f, const struct saving *s)
{
    char size[16];
    size_t count = ks_store_count(f->store);
    app_message(app, "%s is saved: %zu %s, %s%s%s.", s->look.target, count,
                count == 1 ? "entry" : "entries", report_size(f->store->disk->len, size),
                s->look.exists && !s->how.no_backup ? ", the former file is " : "",
                s->look.exists && !s->how.no_backup && s->look.backup ? s->look.backup : "");
}

static bool written(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct saving *s = ctx;
    struct ui_file *f = app_file_by_id(app, s->target.file_id);
    bool is_written = code == KS_OK || strcmp(err->slug, "not-synced") == 0;
    if (code != KS_OK && !app->quitting)
        say_error(app, is_written ? "Saved, perhaps not for good" : "Not saved", err);
    if (!is_written) {
        if (f && !app->quitting)
            files_not_changed(app, f);
        return false;
    }
    if (!f)
        return true;
    recovery_done(f);
    files_written(app, f);
    say_saved(app, f, s);
    ks_buf_str(&app->farewell, "ksx: saved ");
    (void)ks_text_neutralise(s->look.target, strlen(s->look.target), ui_ascii() ? KS_TEXT_ASCII : 0,
                             &app->farewell);
    ks_buf_byte(&app->farewell, '\n');
    if (s->then_close)
        files_close(app, f);
    if (s->then_quit && !app->quitting)
        save_next_or_quit(app);
    return true;
}

static const char *save_refused(struct app *app, void *ctx)
{
    struct saving *s = ctx;
    if (!edit_target_file(app, &s->target))
        return edit_target_gone;
    files_will_change(app, s->target.store);
    return NULL;
}

static const struct wizard_def save_wizard = {
    .name = "save",
    .review = review_save,
    .act = write_it,
    .acted = written,
    .refused = save_refused,
    .free = saving_free,
    .apply_note = "Enter writes the file. A failure leaves the one on disk as it is.",
    .apply_word = "Save",
};

static void review(struct app *app, struct saving *s)
{
    const char *name = app_file_by_id(app, s->target.file_id)->name;
    wizard_start(app, &save_wizard, ks_asprintf("Save %s", name), s);
}

/* ---- what stands in the way ---- */

static void look_and_go_on(struct app *app, struct saving *s);

static void save_under_another_name(struct app *app, struct ui_file *f);
static void rebase(struct app *app, struct ui_file *f);

static void conflict_answered(struct app *app, void *ctx, char key)
{
    struct saving *s = ctx;
    struct ui_file *f = edit_target_file(app, &s->target);
    if (!f || !key) {
        app_message(app, "Not saved. The changes are kept.");
    } else if (key == 'o') {
        s->how.over_changed = true;
        review(app, s);
        return;
    } else if (key == 's') {
        save_under_another_name(app, f);
    } else if (key == 'R') {
        files_reload(app, f);
    } else if (key == 'd') {
        diff_with_disk(app, f);
    } else if (key == 'm') {
        rebase(app, f);
    }
    saving_free(s);
}

static void ask_conflict(struct app *app, struct saving *s, const struct ui_file *f)
{
    char when[24];
    size_t n = ks_store_unsaved(s->target.store);
    const char *gone = s->look.gone ? "the file is gone" : NULL;
    const struct menu_item items[] = {
        {'d', "show what differs", gone},
        {'m',
         n == 1 ? "apply my change on top of the new file"
                : "apply my changes on top of the new file",
         gone},
        {'s', "save mine under another name", NULL},
        {'R', n == 1 ? "reload, drop my change" : "reload, drop my changes", gone},
        {'o', s->look.gone ? "write it anew" : "overwrite (the disk version goes to .bak)", NULL},
    };
    char *title = s->look.gone ? ks_asprintf("%s is gone from the disk", f->name)
                               : ks_asprintf("%s changed on disk at %s UTC", f->name,
                                             ks_time_human(s->look.changed_at, when));
    menu_ask_plainly(app, title, items, sizeof items / sizeof items[0], conflict_answered, s);
    free(title);
}

static void way_answered(struct app *app, void *ctx, char key)
{
    struct saving *s = ctx;
    if (key == 'g') {
        s->how.over_links = s->how.over_owner = true;
        review(app, s);
        return;
    }
    app_message(app, "Not saved. The changes are kept.");
    saving_free(s);
}

static void ask_anyway(struct app *app, struct saving *s, const char *title)
{
    static const struct menu_item items[] = {
        {'g', "go on: the review says what becomes of it", NULL}};
    menu_ask_plainly(app, title, items, 1, way_answered, s);
}

static void exists_answered(struct app *app, void *ctx, char key)
{
    struct saving *s = ctx;
    if (key == 'o') {
        s->how.over_existing = true;
        look_and_go_on(app, s);
        return;
    }
    app_message(app, "Not saved. The changes are kept.");
    saving_free(s);
}

static void ask_existing(struct app *app, struct saving *s)
{
    static const struct menu_item items[] = {{'o', "overwrite it (it goes to .bak)", NULL}};
    char *title = ks_asprintf("%s exists", s->look.target);
    menu_ask_plainly(app, title, items, 1, exists_answered, s);
    free(title);
}

static void look_and_go_on(struct app *app, struct saving *s)
{
    struct ks_error err = {0};
    struct ui_file *f = app_file_by_id(app, s->target.file_id);
    ks_save_look_drop(&s->look);
    if (ks_save_look(s->target.store, s->path, &s->look, &err) != KS_OK) {
        say_error(app, "Not saved", &err);
        saving_free(s);
    } else if ((s->look.changed || s->look.gone) && !s->how.over_changed) {
        ask_conflict(app, s, f);
    } else if (s->path && s->look.exists && !s->how.over_existing) {
        ask_existing(app, s);
    } else if (s->look.links > 1 && !s->how.over_links) {
        ask_anyway(app, s, "The file has more than one name (hard links)");
    } else if (s->look.exists && !s->look.keeps_owner && !s->how.over_owner) {
        ask_anyway(app, s, "Its owner or mode cannot be kept");
    } else {
        review(app, s);
    }
}

/* ---- my changes on top of what another program wrote ---- */

struct rebasing {
    struct edit_target target;
    struct ks_store *theirs; /* owned until it takes the place of mine */
};

static enum ks_code plan_rebase(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_plan *out, struct ks_error *err)
{
    struct rebasing *r = ctx;
    (void)keys;
    return ks_op_rebase(r->target.store, r->theirs, job, out, err);
}

/* What was brought back on top: the first entry that the disk does not have as it is; -1: none. */
static long first_changed(const struct ks_store *s)
{
    for (size_t i = 0; i < s->now->count; i++) {
        bool saved = false;
        for (size_t k = 0; s->saved && k < s->saved->count && !saved; k++)
            saved = s->saved->entries[k] == s->now->entries[i];
        if (!saved)
            return (long)i;
    }
    return -1;
}

static void rebased(struct app *app, void *ctx, struct ks_store *made)
{
    struct rebasing *r = ctx;
    struct ui_file *f = app_file_by_id(app, r->target.file_id);
    ks_store_free(made);
    if (!f)
        return;
    bool recovered = f->recovered;
    files_install(app, f, r->theirs);
    f->recovered = recovered;
    r->theirs = NULL;
    app_goto(app, f, first_changed(f->store), -1);
    app_message(app, "%s was read again, with your changes on top. Not saved: w.", f->name);
}

static void rebasing_free(void *ctx)
{
    struct rebasing *r = ctx;
    ks_store_free(r->theirs);
    edit_target_drop(&r->target);
    free(r);
}

static const struct wizard_def rebase_wizard = {
    .name = "rebase",
    .plan = plan_rebase,
    .applied = rebased,
    .refused = edit_target_refused,
    .free = rebasing_free,
};

static enum ks_code open_theirs(struct ks_job *job, void *ctx, const struct ks_secret *password,
                                struct ks_error *err)
{
    struct rebasing *r = ctx;
    return ks_open(r->target.store->path, password, job, &r->theirs, err);
}

static void theirs_opened(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct rebasing *r = ctx;
    struct ui_file *f = edit_target_file(app, &r->target);
    if (!app->quitting && f && code == KS_OK) {
        wizard_start(app, &rebase_wizard, ks_asprintf("Apply the changes to the new %s", f->name),
                     r);
        return;
    }
    if (!app->quitting && f && code != KS_ERR_CANCELLED)
        say_error(app, "Not saved", err);
    else if (!app->quitting)
        app_message(app, "Not saved. The changes are kept.");
    rebasing_free(r);
}

/* The other program can have changed the password, too. */
static void rebase(struct app *app, struct ui_file *f)
{
    struct rebasing *r = ks_alloc(sizeof *r);
    *r = (struct rebasing){.target = edit_target(f)};
    password_box(app, &(struct password_ask){
                          .title = ks_asprintf("The changed %s", f->name),
                          .facts = ks_strdup("Another program gave it a new password."),
                          .first_try = true,
                          .first = f->store->password,
                          .attempt = open_theirs,
                          .done = theirs_opened,
                          .ctx = r,
                      });
}

/* ---- the password that it is written with ---- */

struct needed_password {
    struct saving *s;
    struct ks_secret *password;
};

/* It has to be the one that opens the file: another would lock its owner out. */
static enum ks_code try_password(struct ks_job *job, void *ctx, const struct ks_secret *password,
                                 struct ks_error *err)
{
    struct needed_password *n = ctx;
    struct ks_store *opened = NULL;
    if (!password)
        return ks_fail(err, KS_ERR_PASSWORD, "wrong-password", "type the keystore's password");
    enum ks_code rc = ks_open(n->s->target.store->path, password, job, &opened, err);
    ks_store_free(opened);
    if (rc == KS_OK) {
        ks_secret_free(n->password);
        n->password = ks_secret_dup(password);
    }
    return rc;
}

static void password_given(struct app *app, void *ctx, enum ks_code code,
                           const struct ks_error *err)
{
    struct needed_password *n = ctx;
    if (!app->quitting && code == KS_OK && edit_target_file(app, &n->s->target)) {
        ks_store_learn(n->s->target.store, n->password);
        look_and_go_on(app, n->s);
    } else {
        if (!app->quitting && code != KS_ERR_CANCELLED && code != KS_OK)
            app_error(app, err);
        else
            app_message(app, "Not saved. The changes are kept.");
        saving_free(n->s);
    }
    ks_secret_free(n->password);
    free(n);
}

static void ask_password(struct app *app, struct saving *s, const struct ui_file *f)
{
    struct needed_password *n = ks_alloc(sizeof *n);
    *n = (struct needed_password){.s = s};
    password_box(app, &(struct password_ask){
                          .title = ks_asprintf("Password of %s", f->name),
                          .facts = ks_strdup("It was listed without one; it is written with it."),
                          .attempt = try_password,
                          .done = password_given,
                          .ctx = n,
                      });
}

static void begin(struct app *app, struct saving *s)
{
    const struct ui_file *f = app_file_by_id(app, s->target.file_id);
    const struct ks_store *store = s->target.store;
    bool needs = !store->now->password && store->saved && (store->format->caps & KS_CAP_PASSWORD) &&
                 store->integrity == KS_INTEGRITY_UNVERIFIED;
    if (needs)
        ask_password(app, s, f);
    else
        look_and_go_on(app, s);
}

/* ---- save, save as ---- */

static void name_given(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    if (!text || !text[0] || !f || !f->store)
        return;
    char *path = directory_typed(text);
    struct saving *s = saving_new(f, path);
    free(path);
    s->how.adopt = true;
    begin(app, s);
}

/* What cannot be written to is said while the name can still be mended. */
static bool name_accept(struct app *app, void *ctx, const char *text)
{
    struct explorer *ex = ctx;
    const struct tree_row *row = explorer_row(ex);
    const struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    struct ks_save_look look = {0};
    struct ks_error err = {0};
    if (!text[0]) {
        app_message(app, "A name is needed. Esc cancels.");
        return false;
    }
    if (!f || !f->store)
        return true;
    char *path = directory_typed(text);
    enum ks_code rc = ks_save_look(f->store, path, &look, &err);
    free(path);
    ks_save_look_drop(&look);
    if (rc != KS_OK)
        app_error(app, &err);
    return rc == KS_OK;
}

static void ask_name(struct app *app, struct explorer *ex, const struct ui_file *f)
{
    prompt_ask(app,
               &(struct prompt_line){.label = "save as: ",
                                     .initial = f->path,
                                     .hint = "Enter save  Esc cancel  ^U clear  ^W delete word",
                                     .accept = name_accept,
                                     .done = name_given},
               ex);
}

static void save_under_another_name(struct app *app, struct ui_file *f)
{
    app_goto(app, f, -1, -1);
    app_run(app, CMD_SAVE_AS, NULL);
}

static enum ui_next save(struct app *app, struct ui_file *f)
{
    if (ks_store_unsaved(f->store) == 0) {
        app_message(app, "%s has no unsaved change. W saves a copy under another name.", f->name);
        return UI_REDRAW;
    }
    begin(app, saving_new(f, NULL));
    return UI_REDRAW;
}

enum ui_next saving_command(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    if (id != CMD_SAVE && id != CMD_SAVE_AS)
        return UI_IGNORED;
    if (!f || !f->store) {
        app_message(app, "Open a keystore first: o.");
        return UI_REDRAW;
    }
    if (!(f->store->format->caps & KS_CAP_WRITE)) {
        app_message(app, "ksx reads this type and does not write it.");
        return UI_REDRAW;
    }
    if (edit_no_new(app) || (id == CMD_SAVE && f->read_only[0])) {
        edit_say_refused(app, f, "Nothing was saved");
        return UI_REDRAW;
    }
    if (id == CMD_SAVE)
        return save(app, f);
    ask_name(app, ex, f);
    return UI_REDRAW;
}

/* ---- leaving ---- */

size_t saving_unsaved_files(const struct app *app)
{
    size_t n = 0;
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        n += f->store && ks_store_unsaved(f->store) > 0;
    }
    return n;
}

size_t saving_unsaved_changes(const struct app *app)
{
    size_t n = 0;
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        n += f->store ? ks_store_unsaved(f->store) : 0;
    }
    return n;
}

static struct ui_file *first_unsaved(const struct app *app)
{
    for (size_t i = 0; i < app_file_count(app); i++) {
        struct ui_file *f = app_file(app, i);
        if (f->store && ks_store_unsaved(f->store) > 0)
            return f;
    }
    return NULL;
}

static void save_next_or_quit(struct app *app)
{
    struct ui_file *f = first_unsaved(app);
    if (!f) {
        app->quitting = true;
        return;
    }
    if (f->read_only[0]) {
        app_goto(app, f, -1, -1);
        edit_say_refused(app, f, "Not saved, and still here");
        return;
    }
    struct saving *s = saving_new(f, NULL);
    s->then_quit = true;
    begin(app, s);
}

static void quit_answered(struct app *app, void *ctx, char key)
{
    struct ui_file *f = first_unsaved(app);
    (void)ctx;
    if (key == 'w') {
        save_next_or_quit(app);
    } else if (key == 'P' && f) {
        app_goto(app, f, -1, -1);
        app_run(app, CMD_PENDING, NULL);
    } else if (key == 'n') {
        app->quitting = true;
    } else {
        app_message(app, "Still here. Nothing was saved, nothing was lost.");
    }
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* "  keys that nothing on disk has: web, api"; NULL when there are none. The caller's. */
static char *keys_line(const struct app *app, const struct ui_file *f)
{
    size_t files = app_file_count(app), count = 0, open_count = 0;
    struct ks_store **open = ks_alloc_array(files + 1, sizeof(struct ks_store *));
    for (size_t i = 0; i < files; i++)
        if (app_file(app, i)->store)
            open[open_count++] = app_file(app, i)->store;
    const struct ks_entry **keys = ks_op_unsaved_keys(f->store, open, open_count, &count);
    struct ks_buf line = KS_BUF_INIT;
    for (size_t i = 0; i < count && i < KEYS_NAMED; i++)
        ks_buf_printf(&line, "%s%.40s",
                      i ? ", " : "  keys that nothing on disk has: ", keys[i]->alias);
    if (count > KEYS_NAMED)
        ks_buf_printf(&line, " and %zu more", count - KEYS_NAMED);
    free(keys);
    free(open);
    return count ? ks_buf_steal(&line) : NULL;
}

/* A line or two for each changed file, up to `max` of them. */
static size_t unsaved_lines(const struct app *app, struct menu_item *lines, size_t max,
                            size_t *changes)
{
    size_t count = 0;
    *changes = 0;
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        size_t n = f->store ? ks_store_unsaved(f->store) : 0;
        if (n && count + 1 < max) {
            char *keys = keys_line(app, f);
            lines[count++] =
                (struct menu_item){0, ks_asprintf("%s: %zu change%s", f->name, n, plural(n)), NULL};
            if (keys)
                lines[count++] = (struct menu_item){0, keys, NULL};
        }
        *changes += n;
    }
    return count;
}

enum ui_next saving_quit(struct app *app)
{
    size_t changes, files = saving_unsaved_files(app);
    if (files == 0)
        return UI_QUIT;
    struct menu_item *items = ks_alloc_array(2 * files + 3, sizeof *items);
    size_t n = unsaved_lines(app, items, 2 * files, &changes);
    char *lose = ks_asprintf("quit without saving (%zu change%s lost)", changes, plural(changes));
    items[n] = (struct menu_item){'w', files == 1 ? "save and quit" : "save all and quit",
                                  edit_no_new(app)};
    items[n + 1] = (struct menu_item){'P', "show the changes first", NULL};
    items[n + 2] = (struct menu_item){'n', lose, NULL};
    menu_ask_plainly(app, "Quit with unsaved changes", items, n + 3, quit_answered, NULL);
    while (n > 0)
        free((char *)(uintptr_t)items[--n].label);
    free(items);
    free(lose);
    return UI_REDRAW;
}

static void close_answered(struct app *app, void *ctx, char key)
{
    struct saving *s = ctx;
    struct ui_file *f = edit_target_file(app, &s->target);
    if (f && key == 'w') {
        s->then_close = true;
        begin(app, s);
        return;
    }
    if (f && key == 'n')
        files_close(app, f);
    saving_free(s);
}

void saving_close(struct app *app, struct ui_file *f)
{
    size_t n = f->store ? ks_store_unsaved(f->store) : 0;
    if (n == 0) {
        app_message(app, "%s is closed.", f->name);
        files_close(app, f);
        return;
    }
    char *title = ks_asprintf("Close %s with unsaved changes", f->name);
    char *lose = ks_asprintf("close without saving (%zu change%s lost)", n, plural(n));
    char *keys = keys_line(app, f);
    const struct menu_item items[] = {
        {0, keys, NULL}, {'w', "save and close", NULL}, {'n', lose, NULL}};
    menu_ask_plainly(app, title, items + !keys, 2 + (size_t)(keys != NULL), close_answered,
                     saving_new(f, NULL));
    free(title);
    free(keys);
    free(lose);
}

static void reload_answered(struct app *app, void *ctx, char key)
{
    struct saving *s = ctx;
    struct ui_file *f = edit_target_file(app, &s->target);
    if (f && key == 'R')
        files_reload(app, f);
    else if (f && key == 'd')
        diff_with_disk(app, f);
    saving_free(s);
}

void saving_reload(struct app *app, struct ui_file *f)
{
    size_t n = f->store ? ks_store_unsaved(f->store) : 0;
    if (f->store && !f->store->saved) {
        app_message(app, "%s is not on disk yet. w writes it.", f->name);
        return;
    }
    if (n == 0) {
        files_reload(app, f);
        return;
    }
    char *lose = ks_asprintf("read it again (%zu change%s lost)", n, plural(n));
    const struct menu_item items[] = {{'d', "show what differs", NULL}, {'R', lose, NULL}};
    char *title = ks_asprintf("%s has unsaved changes", f->name);
    menu_ask_plainly(app, title, items, 2, reload_answered, saving_new(f, NULL));
    free(title);
    free(lose);
}
