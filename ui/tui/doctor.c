#include "tui/doctor.h"

#include "base/alloc.h"
#include "doctor/sources.h"
#include "tui/app_state.h"

#include <stdlib.h>

#define WORKS_LEFT 4            /* for what somebody asked for */
#define ROUNDS_UNASKED 4000000u /* of key derivation, for all keys of a keystore: about a second   \
                                 */
#define FIRST_OTHER 10u         /* rank of the first of the other keystores */
#define ENTRIES_UNASKED 1000u   /* a keystore that is looked at although nobody is there */
#define ENTRIES_AROUND 10000u   /* all keystores together: more are no candidates then */

struct file_doctor {
    struct ks_doctor *doctor; /* belongs to the look while there is one */
    struct work *look;        /* under way; NULL */
    struct ks_diagnosis found;
    uint8_t *worst; /* of each entry */
    struct ks_statuses known; /* about revocation; no look is under way while it changes */
    uint64_t seen;  /* the open files when it looked */
    bool failed;    /* stopped at a bound; looked at again when something changes */
};

struct look {
    unsigned file_id, generation;
    const struct ks_store *store;
    struct ks_store **others;
    size_t other_count;
    struct ks_doctor *doctor;
    const struct ks_statuses *statuses;
    uint64_t seen;
    int64_t now;
    struct ks_diagnosis found;
    uint8_t *worst;
    struct file_states states;
    enum ks_code code;
};

/* ---- what a look depends on ---- */

/* A file that is opened may have what another one lacks. */
static uint64_t fingerprint(const struct app *app)
{
    uint64_t seen = 1;
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        if (f->store)
            seen = seen * 1000003u + f->id * 8191u + f->generation;
    }
    return seen;
}

static struct ks_store **other_open(const struct app *app, const struct ui_file *f, size_t *count)
{
    struct ks_store **out = ks_alloc_array(app_file_count(app) + 1, sizeof(struct ks_store *));
    *count = 0;
    for (size_t i = 0; i < app_file_count(app); i++)
        if (app_file(app, i) != f && app_file(app, i)->store)
            out[(*count)++] = app_file(app, i)->store;
    return out;
}

/* ---- on the worker ---- */

static enum ks_severity worst_found(void *ctx, size_t entry)
{
    const uint8_t *worst = ctx;
    return (enum ks_severity)worst[entry];
}

static void look_run(struct ks_job *job, void *arg)
{
    struct look *l = arg;
    struct ks_pool *pool = ks_pool_new();
    for (size_t i = 0; i < l->other_count; i++)
        ks_pool_add_store(pool, l->others[i], FIRST_OTHER + (unsigned)i);
    struct ks_context context = {.now = l->now,
                                 .candidates = pool,
                                 .key_stores = l->others,
                                 .key_store_count = l->other_count,
                                 .open_keys = true,
                                 .statuses = l->statuses};
    ks_job_bound(job, ROUNDS_UNASKED);
    l->code = ks_diagnose(l->doctor, l->store, &context, job, &l->found, NULL);
    ks_pool_free(pool);
    if (l->code != KS_OK)
        return;
    enum ks_severity own = ks_diagnosis_worst(&l->found, NULL);
    l->worst = report_worsts(&l->found, l->store, l->now, ks_store_count(l->store));
    if (!files_states_of(l->store, l->now, worst_found, l->worst, own, job, &l->states))
        l->code = KS_ERR_CANCELLED;
}

/* ---- on the UI thread ---- */

static void look_drop(struct look *l)
{
    ks_diagnosis_drop(&l->found);
    free(l->states.of);
    free(l->worst);
    free(l->others);
    free(l);
}

static void look_done(struct app *app, void *arg, bool cancelled)
{
    struct look *l = arg;
    struct ui_file *f = app_file_by_id(app, l->file_id);
    struct file_doctor *d = f ? f->doctor : NULL;
    if (!d) {
        ks_doctor_free(l->doctor);
        look_drop(l);
        return;
    }
    d->look = NULL;
    d->doctor = l->doctor;
    if (!cancelled && f->generation == l->generation && f->store == l->store) {
        d->seen = l->seen;
        d->failed = l->code != KS_OK;
        if (l->code == KS_OK) {
            ks_diagnosis_drop(&d->found);
            free(d->worst);
            d->found = l->found;
            d->worst = l->worst;
            l->found = (struct ks_diagnosis){0};
            l->worst = NULL;
            f->found = &d->found;
            f->severities = d->worst;
            f->looks++;
            files_take_states(f, &l->states);
        }
        app->dirty = true;
    }
    app->idle_due = true; /* the details follow; another one may wait */
    look_drop(l);
}

static bool is_known(const struct ui_file *f, uint64_t seen)
{
    const struct file_doctor *d = f->doctor;
    return d && d->seen == seen && (f->found || d->failed);
}

/* Alone: without the other keystores, and so not all that can be known. */
static void begin(struct app *app, struct ui_file *f, uint64_t seen, bool alone)
{
    struct look *l = ks_alloc(sizeof *l);
    if (!f->doctor)
        f->doctor = ks_alloc(sizeof *f->doctor);
    *l = (struct look){.file_id = f->id,
                       .generation = f->generation,
                       .store = f->store,
                       .doctor = f->doctor->doctor ? f->doctor->doctor : ks_doctor_new(),
                       .statuses = f->statuses,
                       .seen = alone ? 0 : seen,
                       .now = ks_now()};
    if (!alone)
        l->others = other_open(app, f, &l->other_count);
    f->doctor->doctor = NULL;
    f->doctor->look = work_start(app, NULL, look_run, l, look_done);
}

void doctor_look_at(struct app *app, struct ui_file *f)
{
    uint64_t seen = fingerprint(app);
    if (!f->store || is_known(f, seen) || (f->doctor && f->doctor->look) ||
        app->work_count + WORKS_LEFT > WORKS_MAX)
        return;
    begin(app, f, seen, false);
}

void doctor_look_at_all(struct app *app)
{
    for (size_t i = 0; i < app_file_count(app); i++)
        doctor_look_at(app, app_file(app, i));
}

static bool is_small(const struct ui_file *f)
{
    return f->store && ks_store_count(f->store) <= ENTRIES_UNASKED;
}

/* Every look takes in all that is open. */
static bool much_is_open(const struct app *app)
{
    size_t entries = 0;
    for (size_t i = 0; i < app_file_count(app); i++)
        if (app_file(app, i)->store)
            entries += ks_store_count(app_file(app, i)->store);
    return entries > ENTRIES_AROUND;
}

void doctor_look_around(struct app *app)
{
    struct ui_file *next = NULL;
    for (size_t i = 0; i < app_file_count(app); i++) {
        struct ui_file *f = app_file(app, i);
        if (f->doctor && f->doctor->look)
            return;
        if (!next && is_small(f) && !f->found && !(f->doctor && f->doctor->failed))
            next = f;
    }
    if (next && app->work_count + WORKS_LEFT <= WORKS_MAX)
        begin(app, next, fingerprint(app), much_is_open(app));
}

void doctor_learn(struct app *app, struct ui_file *f, struct ks_statuses *known)
{
    doctor_stop(app, f);
    if (!f->doctor)
        f->doctor = ks_alloc(sizeof *f->doctor);
    ks_statuses_join(&f->doctor->known, known);
    f->statuses = &f->doctor->known;
    f->doctor->seen = 0;
    doctor_look_at(app, f);
}

bool doctor_is_due(const struct app *app, const struct ui_file *f)
{
    return f->store && !is_known(f, fingerprint(app));
}

void doctor_stop(struct app *app, struct ui_file *f)
{
    if (f->doctor && f->doctor->look)
        work_stop(app, f->doctor->look);
}

void doctor_stop_all(struct app *app)
{
    for (size_t i = 0; i < app->file_count; i++)
        doctor_stop(app, app->files[i]);
}

void doctor_forget(struct ui_file *f)
{
    f->found = NULL;
    f->severities = NULL;
    if (f->doctor) {
        ks_diagnosis_drop(&f->doctor->found);
        free(f->doctor->worst);
        f->doctor->worst = NULL;
        f->doctor->failed = false;
        f->doctor->seen = 0;
    }
}

void doctor_forget_all(struct app *app)
{
    for (size_t i = 0; i < app->file_count; i++) {
        struct file_doctor *d = app->files[i]->doctor;
        if (!d)
            continue;
        ks_doctor_free(d->doctor);
        d->doctor = NULL;
    }
}

void doctor_free(struct ui_file *f)
{
    doctor_forget(f);
    f->statuses = NULL;
    if (f->doctor) {
        ks_doctor_free(f->doctor->doctor);
        ks_statuses_drop(&f->doctor->known);
    }
    free(f->doctor);
    f->doctor = NULL;
}
