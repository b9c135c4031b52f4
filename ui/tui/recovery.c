#include "tui/recovery.h"

#include "base/alloc.h"
#include "file/recover.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/edit.h"
#include "tui/term.h"
#include "tui/view_diff.h"

#include <stdlib.h>

void recovery_write_all(struct app *app)
{
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        struct ks_error err = {0};
        char *path = NULL;
        if (!f->store || ks_store_unsaved(f->store) == 0)
            continue;
        /* Nobody is there to be told of a failure; the file itself is as it was. */
        if (ks_recover_write(f->store, &path, &err) == KS_OK)
            free(path);
    }
}

void recovery_done(struct ui_file *f)
{
    struct ks_error err = {0};
    if (f->recovered && ks_recover_remove(f->path, &err) != KS_OK)
        return; /* it is offered again, and does no harm */
    f->recovered = false;
}

/* ---- the offer ---- */

struct offer {
    struct edit_target target;
    char *path; /* of the recovery file */
    struct ks_stamp found;
    struct ks_secret *password; /* of the keystore; the unsaved work can have another */
    struct ks_store *store;
    bool apply;
};

static void offer_free(struct offer *o)
{
    edit_target_drop(&o->target);
    ks_secret_free(o->password);
    ks_store_free(o->store);
    free(o->path);
    free(o);
}

static enum ks_code read_it(struct ks_job *job, void *ctx, const struct ks_secret *password,
                            struct ks_error *err)
{
    struct offer *o = ctx;
    return ks_recover_open(o->path, &o->found, password, job, &o->store, err);
}

static void was_read(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct offer *o = ctx;
    struct ui_file *f = edit_target_file(app, &o->target);
    if (app->quitting || !f) {
        offer_free(o);
        return;
    }
    if (code == KS_ERR_CANCELLED) {
        app_message(app, "The unsaved work is kept. R offers it again.");
    } else if (code != KS_OK) {
        app_error(app, err);
    } else if (o->apply) {
        ks_store_stand_in(o->store, f->store);
        files_install(app, f, o->store);
        o->store = NULL;
        f->recovered = true;
        f->kept = false;
        app_goto(app, f, -1, -1);
        app_message(app, "%s has the unsaved work again. w writes it, P shows it.", f->name);
    } else {
        diff_stores(app, f, o->store, "the unsaved work", files_offer);
        o->store = NULL;
    }
    offer_free(o);
}

/* The keystore's own password is tried first: most often nothing has to be asked. */
static void read_offer(struct app *app, struct offer *o, const struct ui_file *f)
{
    password_box(app, &(struct password_ask){
                          .title = ks_asprintf("Unsaved work of %s", f->name),
                          .facts = ks_strdup("It was kept under a password of its own."),
                          .first_try = true,
                          .first = o->password,
                          .attempt = read_it,
                          .done = was_read,
                          .ctx = o,
                      });
}

/* It is the only copy of what was done. */
static void delete_answered(struct app *app, void *ctx, char key)
{
    struct offer *o = ctx;
    struct ui_file *f = edit_target_file(app, &o->target);
    struct ks_error err = {0};
    if (f && key == 'y') {
        f->kept = ks_recover_remove(f->path, &err) != KS_OK;
        if (!f->kept)
            app_message(app, "The unsaved work of %s is deleted.", f->name);
        else
            app_error(app, &err);
    } else if (!app->quitting) {
        app_message(app, "The unsaved work is kept. R offers it again.");
    }
    offer_free(o);
}

static void ask_to_delete(struct app *app, struct offer *o, const struct ui_file *f)
{
    static const struct menu_item items[] = {{'y', "yes, delete it: there is no other copy", NULL},
                                             {'n', "no, keep it", NULL}};
    char *title = ks_asprintf("Delete the unsaved work of %s?", f->name);
    menu_ask_plainly(app, title, items, 2, delete_answered, o);
    free(title);
}

static void answered(struct app *app, void *ctx, char key)
{
    struct offer *o = ctx;
    struct ui_file *f = edit_target_file(app, &o->target);
    if (f && (key == 'a' || key == 'D')) {
        o->apply = key == 'a';
        read_offer(app, o, f);
        return;
    }
    if (f && key == 'x') {
        ask_to_delete(app, o, f);
        return;
    }
    if (!app->quitting)
        app_message(app, "The unsaved work is kept. R offers it again.");
    offer_free(o);
}

bool recovery_offer(struct app *app, struct ui_file *f)
{
    static const struct menu_item items[] = {{'D', "compare it with the file", NULL},
                                             {'a', "apply it: w then writes it", NULL},
                                             {'x', "delete it (asks)", NULL}};
    char when[24];
    struct ks_stamp found;
    char *path = ks_recover_find(f->path, &found);
    f->kept = path != NULL;
    if (!path)
        return false;
    struct offer *o = ks_alloc(sizeof *o);
    *o = (struct offer){.target = edit_target(f),
                        .path = path,
                        .found = found,
                        .password = ks_secret_ref(f->store->password)};
    char *title = ks_asprintf("%s: unsaved work from %s UTC (connection lost)", f->name,
                              ks_time_human(found.mtime, when));
    menu_ask_plainly(app, title, items, 3, answered, o);
    term_discard(); /* it comes by itself: nobody who was typing has read it */
    free(title);
    return true;
}
