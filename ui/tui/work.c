/*
 * Work on threads of its own: started and ended on the UI thread, which sleeps on the jobs'
 * descriptors, so waiting costs no wake-ups. Only work that has taken a while is talked about.
 */
#include "tui/app_state.h"

#include "base/alloc.h"
#include "tui/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_MS 400 /* shorter work is not worth a message */
#define ASK_MS 50 /* without a descriptor there is nothing to wait for */

struct work *work_start(struct app *app, const char *what, ks_job_fn fn, void *arg,
                        void (*done)(struct app *app, void *arg, bool cancelled))
{
    struct work *w = ks_alloc(sizeof *w);
    *w = (struct work){ks_job_new(), what, arg, done, term_now(), false};
    if (app->work_count == WORKS_MAX) { /* more files at once than threads: in turn */
        fn(w->job, arg);
        ks_job_free(w->job);
        free(w);
        done(app, arg, false);
        return NULL;
    }
    app->works[app->work_count++] = w;
    ks_job_start(w->job, fn, arg);
    return w;
}

void app_work(struct app *app, const char *what, ks_job_fn fn, void *arg,
              void (*done)(struct app *app, void *arg, bool cancelled))
{
    work_start(app, what, fn, arg, done);
}

static void end_work(struct app *app, size_t i)
{
    struct work *w = app->works[i];
    memmove(&app->works[i], &app->works[i + 1], (app->work_count - i - 1) * sizeof *app->works);
    app->work_count--;
    ks_job_free(w->job);
    app->dirty = app->dirty || w->what;
    w->done(app, w->arg, w->cancelled);
    free(w);
}

void work_stop(struct app *app, struct work *w)
{
    for (size_t i = 0; i < app->work_count; i++) {
        if (app->works[i] == w) {
            w->cancelled = true;
            ks_job_cancel(w->job);
            end_work(app, i);
            return;
        }
    }
}

void work_finish_ready(struct app *app)
{
    for (size_t i = 0; i < app->work_count;) {
        if (!ks_job_finished(app->works[i]->job)) {
            i++;
            continue;
        }
        end_work(app, i);
        i = 0; /* done() may have started or stopped others */
    }
}

void work_stop_all(struct app *app)
{
    for (size_t i = 0; i < app->work_count; i++)
        ks_job_cancel(app->works[i]->job);
    while (app->work_count > 0)
        work_stop(app, app->works[app->work_count - 1]);
}

bool app_working(const struct app *app)
{
    for (size_t i = 0; i < app->work_count; i++)
        if (app->works[i]->what)
            return true;
    return false;
}

bool app_work_cancel(struct app *app)
{
    for (size_t i = app->work_count; i > 0; i--) {
        struct work *w = app->works[i - 1];
        if (w->what && !w->cancelled) {
            w->cancelled = true;
            ks_job_cancel(w->job);
            return true;
        }
    }
    return false;
}

static const struct work *oldest_visible(const struct app *app)
{
    for (size_t i = 0; i < app->work_count; i++)
        if (app->works[i]->what)
            return app->works[i];
    return NULL;
}

bool work_progress(const struct app *app, char *out, size_t size)
{
    const struct work *w = oldest_visible(app);
    int64_t ms = w ? term_now() - w->started : 0;
    if (!w || ms < QUIET_MS)
        return false;
    const char *phase = NULL;
    uint64_t done = 0, total = 0;
    ks_job_progress(w->job, &phase, &done, &total);
    int used = snprintf(out, size, "%s", w->what);
    if (phase && *phase)
        used += snprintf(out + used, size - (size_t)used, ": %s", phase);
    if (total > 0)
        used += snprintf(out + used, size - (size_t)used, ", %d %%", (int)(done * 100 / total));
    snprintf(out + used, size - (size_t)used, w->cancelled ? ", stopping" : ", %d s, Esc stops",
             (int)(ms / 1000));
    return true;
}

/* A job that got no descriptor does not tell when it ends. */
static bool must_ask(const struct app *app)
{
    for (size_t i = 0; i < app->work_count; i++)
        if (ks_job_fd(app->works[i]->job) < 0)
            return true;
    return false;
}

int work_timeout(const struct app *app)
{
    const struct work *w = oldest_visible(app);
    int ask = must_ask(app) ? ASK_MS : -1;
    if (!w)
        return ask;
    int64_t ms = term_now() - w->started;
    int wait = ms < QUIET_MS ? (int)(QUIET_MS - ms) : (int)(1000 - ms % 1000);
    return ask >= 0 && ask < wait ? ask : wait;
}
