/* What a wizard has done on threads of their own, and the passwords that this needs. */
#include "tui/wizard_state.h"

#include "base/alloc.h"
#include "report/made.h"
#include "report/plan.h"
#include "tui/dialog.h"

#include <stdlib.h>
#include <string.h>

/* ---- passwords of entries ---- */

static struct ks_secret *answer_key(void *ctx, const struct ks_store *store,
                                    const struct ks_entry *entry, const struct ks_error *why)
{
    struct wizard_keys *k = ctx;
    (void)why;
    for (size_t i = 0; i < k->count; i++)
        if (k->known[i].entry == entry)
            return ks_secret_ref(k->known[i].password);
    for (size_t i = 0; i < k->proven_count; i++)
        if (entry->key.len &&
            ks_slice_equal(entry->key, ks_slice(k->proven[i].key.data, k->proven[i].key.len)))
            return ks_secret_ref(k->proven[i].password);
    if (!k->wanted) {
        k->wanted = (struct ks_entry *)(uintptr_t)entry;
        k->store_of_wanted = (struct ks_store *)(uintptr_t)store;
    }
    return NULL;
}

struct ks_key_passwords wizard_key_passwords(struct wizard_keys *keys)
{
    return (struct ks_key_passwords){answer_key, keys};
}

static void remember_key(struct wizard_keys *k, struct ks_secret *password)
{
    struct key_memory m = {KS_BUF_INIT, ks_secret_ref(password)};
    ks_buf_slice(&m.key, k->wanted->key);
    k->proven = ks_realloc(k->proven, (k->proven_count + 1) * sizeof *k->proven);
    k->proven[k->proven_count++] = m;
}

static void learn_key(struct wizard_keys *k, struct ks_secret *password /* taken */)
{
    if (password)
        remember_key(k, password);
    k->known = ks_realloc(k->known, (k->count + 1) * sizeof *k->known);
    k->known[k->count++] = (struct key_password){k->wanted, password};
    k->wanted = NULL;
}

void wizard_forget_keys(struct wizard_keys *k)
{
    for (size_t i = 0; i < k->count; i++)
        ks_secret_free(k->known[i].password);
    free(k->known);
    *k = (struct wizard_keys){.proven = k->proven, .proven_count = k->proven_count};
}

void wizard_drop_keys(struct wizard_keys *k)
{
    wizard_forget_keys(k);
    for (size_t i = 0; i < k->proven_count; i++) {
        ks_buf_free(&k->proven[i].key);
        ks_secret_free(k->proven[i].password);
    }
    free(k->proven);
    *k = (struct wizard_keys){0};
}

void wizard_ask_again(struct wizard_keys *k)
{
    size_t kept = 0;
    for (size_t i = 0; i < k->count; i++)
        if (k->known[i].password)
            k->known[kept++] = k->known[i];
    k->count = kept;
}

struct key_question {
    struct wizard *w;
    enum wizard_stage stage; /* to be done again with the answer */
    struct ks_secret *password;
};

static enum ks_code try_key(struct ks_job *job, void *ctx, const struct ks_secret *password,
                            struct ks_error *err)
{
    struct key_question *q = ctx;
    struct ks_unlocked told;
    enum ks_code rc =
        ks_unlock(q->w->keys.store_of_wanted, q->w->keys.wanted, password, job, &told, err);
    if (rc == KS_OK && password) {
        ks_secret_free(q->password);
        q->password = ks_secret_dup(password);
    }
    return rc;
}

static void key_asked(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct key_question *q = ctx;
    struct wizard *w = q->w;
    (void)err;
    if (!app->quitting && code == KS_OK) {
        learn_key(&w->keys, q->password);
        q->password = NULL;
        wizard_work(app, w, q->stage);
    } else if (!app->quitting) {
        /* Left locked: the entry stays behind, and the review says so. */
        app_warn(app, "%s is left out: its password was not given.", w->keys.wanted->alias);
        learn_key(&w->keys, NULL);
        wizard_work(app, w, q->stage);
    }
    ks_secret_free(q->password);
    free(q);
}

/* A key in a file of its own has no name but the file's. */
static char *key_title(const struct wizard_keys *k)
{
    const char *slash = strrchr(k->store_of_wanted->path, '/');
    if (k->store_of_wanted->format->caps & KS_CAP_STORE)
        return ks_asprintf("Password of the key %s", k->wanted->alias);
    return ks_asprintf("Password of the key in %s", slash ? slash + 1 : k->store_of_wanted->path);
}

static char *key_facts(const struct wizard_keys *k)
{
    return ks_strdup(k->store_of_wanted->format->caps & KS_CAP_STORE
                         ? "It has its own, not the keystore's. Esc goes on without it."
                         : "It is encrypted. Esc goes on without it.");
}

static void ask_key(struct app *app, struct wizard *w, enum wizard_stage stage)
{
    struct key_question *q = ks_alloc(sizeof *q);
    *q = (struct key_question){.w = w, .stage = stage};
    password_box(app, &(struct password_ask){
                          .title = key_title(&w->keys),
                          .facts = key_facts(&w->keys),
                          .attempt = try_key,
                          .done = key_asked,
                          .ctx = q,
                      });
}

/* ---- reviews ---- */

static void show_review(struct wizard *w, struct report report)
{
    w->detail.section = REPORT_SUMMARY;
    detail_set(&w->detail, report, false);
    w->reviewing = true;
}

static void review_plan(struct wizard *w, struct ks_plan *plan)
{
    struct report report = {0}, changes;
    ks_plan_drop(&w->plan);
    w->plan = *plan;
    *plan = (struct ks_plan){0};
    w->losses = ks_plan_losses(&w->plan);
    if (w->def->about)
        w->def->about(w->ctx, &w->plan, &report);
    if (report.count)
        report_add(&report, REPORT_HEADING, "", "");
    if (w->def->changes) {
        w->def->changes(w->ctx, &w->plan, &report);
        report_remarks(&w->plan, &report);
        report_commands(&w->plan.commands, &report);
    } else {
        report_plan(&w->plan, &changes);
        report_append(&report, &changes);
    }
    show_review(w, report);
}

static void review_words(struct wizard *w)
{
    struct report report = {0};
    w->def->review(w->ctx, &report);
    show_review(w, report);
}

/* ---- the work ---- */

struct task {
    struct wizard *w;
    enum wizard_stage stage;
    unsigned page;
    bool cancelled; /* by somebody, who is told */
    struct ks_plan plan;
    enum ks_code code;
    struct ks_error err;
};

static void task_run(struct ks_job *job, void *arg)
{
    struct task *t = arg;
    struct wizard *w = t->w;
    const struct wizard_def *def = w->def;
    switch (t->stage) {
    case STAGE_PAGE:
        t->code = def->pages[t->page].work(w->ctx, &w->keys, job, &t->err);
        break;
    case STAGE_PREPARE:
        t->code = def->prepare(w->ctx, &w->keys, job, &t->err);
        break;
    case STAGE_PLAN:
        t->code = def->plan(w->ctx, &w->keys, job, &t->plan, &t->err);
        break;
    case STAGE_ACT:
        t->code = def->act(w->ctx, job, &t->err);
        break;
    }
}

static void say_failed(struct app *app, struct wizard *w, const struct ks_error *err)
{
    wizard_forget_keys(&w->keys); /* they belong to what was typed on the pages */
    if (w->def->failed_page) {
        wizard_go_to_page(w, w->def->failed_page(w->ctx, err));
        refusal_show(app, &(struct refusal){w->title, err, w->def->ways, w->ctx});
        return;
    }
    app_error(app, err);
    if (w->def->page_count == 0)
        app_close_view(app, w); /* there is no page to go back to */
}

static void say_page_failed(struct app *app, const struct wizard *w, const struct wizard_page *page,
                            const struct ks_error *err)
{
    const char *title = page->boxed ? page->boxed(w->ctx, err) : NULL;
    if (title)
        refusal_show(app, &(struct refusal){title, err, w->def->ways, w->ctx});
    else
        app_error(app, err);
}

static void page_done(struct app *app, struct task *t)
{
    struct wizard *w = t->w;
    const struct wizard_page *page = &w->def->pages[t->page];
    if (t->code != KS_OK && t->code != KS_ERR_CANCELLED)
        say_page_failed(app, w, page, &t->err);
    if (t->code == KS_ERR_CANCELLED && t->cancelled)
        app_message(app, "Stopped. Nothing was changed.");
    if (page->worked)
        page->worked(w->form, w->ctx, t->code, &t->err);
    if (t->code != KS_OK)
        return;
    size_t next = wizard_page_after(w, t->page);
    if (next < w->def->page_count)
        wizard_go_to_page(w, next);
    else
        wizard_review(app, w);
}

static void act_done(struct app *app, struct task *t)
{
    if (t->w->def->acted(app, t->w->ctx, t->code, &t->err) && !app->quitting)
        app_close_view(app, t->w);
}

static void stage_done(struct app *app, struct task *t)
{
    struct wizard *w = t->w;
    if (t->stage == STAGE_PAGE)
        page_done(app, t);
    else if (t->code == KS_OK && t->stage == STAGE_PLAN)
        review_plan(w, &t->plan);
    else if (t->code == KS_OK)
        review_words(w);
    else if (t->code == KS_ERR_CANCELLED && w->def->page_count == 0)
        app_close_view(app, w);
    else if (t->code == KS_ERR_CANCELLED)
        app_message(app, "Stopped. Nothing was changed.");
    else
        say_failed(app, w, &t->err);
}

static void task_done(struct app *app, void *arg, bool cancelled)
{
    struct task *t = arg;
    struct wizard *w = t->w;
    w->working = false;
    app->dirty = true;
    t->cancelled = cancelled;
    if (t->stage == STAGE_ACT) /* what was done is done: the code says it */
        act_done(app, t);
    else if (app->quitting)
        w->keys.wanted = NULL; /* nobody looks any more */
    else if (w->ended)
        app_close_view(app, w);
    else if (w->keys.wanted && !cancelled)
        ask_key(app, w, t->stage);
    else
        stage_done(app, t);
    ks_plan_drop(&t->plan);
    free(t);
}

static const char *words_of(const struct wizard *w, enum wizard_stage stage)
{
    const char *page = stage == STAGE_PAGE ? w->def->pages[form_page(w->form)].working : NULL;
    return page                     ? page
           : stage == STAGE_PAGE    ? "working"
           : stage == STAGE_PREPARE ? "preparing"
           : stage == STAGE_PLAN    ? "preparing the change"
                                    : "writing";
}

void wizard_work(struct app *app, struct wizard *w, enum wizard_stage stage)
{
    struct task *t = ks_alloc(sizeof *t);
    *t = (struct task){.w = w, .stage = stage, .page = form_page(w->form)};
    w->working = true;
    w->keys.wanted = NULL;
    app_work(app, words_of(w, stage), task_run, t, task_done);
}

void wizard_review(struct app *app, struct wizard *w)
{
    if (w->def->collect)
        w->def->collect(w->form, w->ctx);
    if (w->def->plan)
        wizard_work(app, w, STAGE_PLAN);
    else if (w->def->prepare)
        wizard_work(app, w, STAGE_PREPARE);
    else
        review_words(w);
}
