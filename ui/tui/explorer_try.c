/*
 * The keystore's password is tried on the key that somebody looks at. A key with a password of its
 * own is what Tomcat and Kafka fail on ("Cannot recover key"), and nothing but trying tells. It
 * happens off the UI thread while no key comes, once for an entry, and only where the derivation is
 * cheap: what a hostile file makes expensive is done when somebody asks for it. A key that is
 * stored in clear needs no password at all, and is looked at in the same way.
 */
#include "tui/app_state.h"
#include "tui/view_store.h"

#include "base/alloc.h"

#include <stdlib.h>

#define ROUNDS_UNASKED 400000 /* twice JCEKS's 200,000, for both halves of its key: some 0.1 s */
#define WORKS_LEFT 4          /* for what somebody asked for */

struct try_work {
    struct explorer *ex;
    struct explorer_unlocked key;
    struct held_store *held;
    struct ks_entry *entry; /* a reference: an edit may take it out of the store meanwhile */
    struct ks_secret *password;
};

static void try_run(struct ks_job *job, void *arg)
{
    struct try_work *w = arg;
    ks_job_bound(job, ROUNDS_UNASKED);
    enum ks_code rc =
        ks_unlock(w->held->store, w->entry, w->password, job, &w->key.told, NULL);
    w->key.open = rc == KS_OK;
    w->key.password = w->entry->notes & KS_NOTE_KEY_CLEAR ? REPORT_KEY_UNKNOWN
                      : rc == KS_OK                       ? REPORT_KEY_AS_STORE
                      : rc == KS_ERR_PASSWORD             ? REPORT_KEY_OWN
                                                          : REPORT_KEY_UNKNOWN;
}

static void try_done(struct app *app, void *arg, bool cancelled)
{
    struct try_work *w = arg;
    const struct ui_file *f = app_file_by_id(app, w->key.file_id);
    if (!app->quitting) {
        w->ex->trying = false;
        app->idle_due = true; /* another key may be looked at by now */
        if (!cancelled && f && f->generation == w->key.generation &&
            !explorer_key_told(w->ex, f, w->key.entry)) {
            explorer_keep_key(w->ex, &w->key);
            explorer_key_changed(app, w->ex, &w->key);
        }
    }
    ks_entry_unref(w->entry);
    files_release(w->held);
    ks_secret_free(w->password);
    free(w);
}

/* The section tells of the key, and there is what opens it. */
static bool worth_a_try(const struct explorer *ex, const struct ui_file *f,
                        const struct ks_entry *e)
{
    bool tells = ex->detail.section == REPORT_SUMMARY || ex->detail.section == REPORT_KEY;
    bool key = e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET;
    bool password = f->store->password && (f->store->format->caps & KS_CAP_PASSWORD);
    return tells && key && e->key.data && f->store->format->reveal &&
           (password || (e->notes & KS_NOTE_KEY_CLEAR));
}

void explorer_try_key(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    if (!e || ex->trying || app->work_count + WORKS_LEFT > WORKS_MAX || !worth_a_try(ex, f, e) ||
        explorer_key_told(ex, f, row->entry))
        return;
    struct try_work *w = ks_alloc(sizeof *w);
    *w = (struct try_work){
        .ex = ex,
        .key = {.file_id = f->id, .generation = f->generation, .entry = row->entry},
        .held = files_hold(f),
        .entry = ks_entry_ref(f->store->now->entries[row->entry]),
        .password = ks_secret_dup(f->store->password)};
    ex->trying = true;
    work_start(app, NULL, try_run, w, try_done);
}
