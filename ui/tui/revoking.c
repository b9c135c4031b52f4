#include "tui/revoking.h"

#include "base/alloc.h"
#include "base/text.h"
#include "net/revocation.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/doctor.h"

#include <stdlib.h>
#include <string.h>

#define LINES_SHOWN 6
#define ENTRIES_AROUND 10000u /* of other keystores, as candidates for issuers */

struct revoking {
    unsigned file_id;
    struct ks_store *stores; /* the open ones as they were, the one that it is about first */
    size_t store_count;
    const struct ks_entry *entry;
    const struct ks_cert *only; /* of the entry; NULL: all */
    struct ks_issued issued[KS_PATH_MAX];
    size_t count;
    bool private_too;
    struct ks_statuses known;
    enum ks_code code;
};

static void drop(struct revoking *r)
{
    for (size_t i = 0; i < r->store_count; i++) {
        ks_version_unref(r->stores[i].now);
        free(r->stores[i].path);
        free(r->stores[i].type);
    }
    free(r->stores);
    ks_statuses_drop(&r->known);
    free(r);
}

/* ---- whom it is about ---- */

/* Whatever is edited or closed meanwhile: the certificates stay. Nothing is opened in it. */
static void hold(struct revoking *r, const struct ks_store *store)
{
    r->stores[r->store_count++] =
        (struct ks_store){.format = store->format,
                          .path = ks_strdup(store->path ? store->path : ""),
                          .type = store->type ? ks_strdup(store->type) : NULL,
                          .mode = store->mode,
                          .notes = store->notes,
                          .now = ks_version_ref(store->now)};
}

static struct revoking *revoking_new(const struct app *app, const struct ui_file *f,
                                     const struct ks_entry *e, int cert)
{
    struct revoking *r = ks_alloc(sizeof *r);
    size_t entries = 0;

    *r = (struct revoking){.file_id = f->id,
                           .stores = ks_alloc_array(app_file_count(app) + 1, sizeof *r->stores),
                           .entry = e};
    if (cert >= 0 && (uint32_t)cert < e->chain_len)
        r->only = &e->chain[cert];
    hold(r, f->store);
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ks_store *s = app_file(app, i)->store;
        if (s && s != f->store && (entries += ks_store_count(s)) <= ENTRIES_AROUND)
            hold(r, s);
    }
    return r;
}

static void keep_only(struct revoking *r, const struct ks_cert *cert)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->count; i++)
        if (ks_slice_equal(ks_cert_der(r->issued[i].cert), ks_cert_der(cert)))
            r->issued[kept++] = r->issued[i];
    r->count = kept;
}

static void gather_run(struct ks_job *job, void *arg)
{
    struct revoking *r = arg;
    struct ks_pool *pool = ks_pool_new();
    struct ks_doctor *doctor = ks_doctor_new();
    struct ks_context context = {.now = ks_now(), .candidates = pool};

    for (size_t i = 1; i < r->store_count; i++)
        ks_pool_add_store(pool, &r->stores[i], (unsigned)i);
    r->count = ks_revocable(doctor, &r->stores[0], r->entry, &context, job, r->issued);
    if (r->only)
        keep_only(r, r->only);
    ks_doctor_free(doctor);
    ks_pool_free(pool);
}

/* ---- the work ---- */

static void ask_run(struct ks_job *job, void *arg)
{
    struct revoking *r = arg;
    struct ks_revocation_cache *cache = ks_revocation_cache_new();
    const struct ks_revocation_ask ask = {
        .ocsp = true,
        .crl = true,
        .how = {.private_too = r->private_too, .any_port = r->private_too},
        .now = ks_now(),
        .cache = cache};

    r->code = ks_revocation_chain(&ask, r->issued, r->count, job, &r->known, NULL);
    ks_revocation_cache_free(cache);
}

static size_t count_word(const struct revoking *r, enum ks_status_word word)
{
    size_t count = 0;

    for (size_t i = 0; i < r->known.count; i++)
        count += r->known.at[i].word == word;
    return count;
}

static void tell(struct app *app, const struct revoking *r)
{
    size_t revoked = count_word(r, KS_STATUS_REVOKED), good = count_word(r, KS_STATUS_GOOD);

    if (r->code != KS_OK)
        app_message(app, "Asking about revocation was stopped.");
    else if (revoked > 0)
        app_warn(app, "%s revoked: 7 shows the findings.",
                 revoked == 1 ? "A certificate was" : "Certificates were");
    else if (good == r->known.count)
        app_message(app, "%s revoked; 7 says who answered.",
                    good == 1 ? "The certificate is not" : "None of the certificates is");
    else if (good > 0)
        app_message(app, "%zu of %zu certificates are not revoked; nobody tells about %s: 7 says why.",
                    good, r->known.count, r->known.count - good == 1 ? "the other" : "the others");
    else
        app_message(app, "Nobody tells about %s; 7 says why.",
                    r->known.count == 1 ? "the certificate" : "any of the certificates");
}

static void ask_private(struct app *app, struct revoking *r);

static bool needs_agreement(const struct revoking *r)
{
    for (size_t i = 0; i < r->known.count; i++)
        if (r->known.at[i].agreement)
            return true;
    return false;
}

static void finish(struct app *app, struct revoking *r)
{
    struct ui_file *f = app_file_by_id(app, r->file_id);

    if (f && f->store && !app->quitting) {
        tell(app, r);
        doctor_learn(app, f, &r->known);
    }
    drop(r);
}

static void ask_done(struct app *app, void *arg, bool cancelled)
{
    struct revoking *r = arg;

    r->code = cancelled ? KS_ERR_CANCELLED : r->code;
    if (r->code == KS_OK && !r->private_too && needs_agreement(r) && !app->quitting)
        ask_private(app, r);
    else
        finish(app, r);
}

static void begin(struct app *app, struct revoking *r)
{
    app_work(app, "asking about revocation", ask_run, r, ask_done);
}

/* ---- the questions ---- */

struct question {
    struct menu_item items[LINES_SHOWN + 3];
    size_t count, more;
};

static void put_line(struct question *q, char *line)
{
    bool known = *line == '\0';

    for (size_t i = 0; i < q->count; i++)
        known = known || strcmp(q->items[i].label, line) == 0;
    if (!known && q->count < LINES_SHOWN)
        q->items[q->count++] = (struct menu_item){.label = line};
    else
        free(line);
    q->more += !known && q->count == LINES_SHOWN;
}

static void put_urls(struct question *q, const struct ks_cert *cert)
{
    struct ks_buf urls = KS_BUF_INIT;

    ks_revocation_urls(cert, &urls);
    for (const char *at = ks_buf_text(&urls); *at;) {
        size_t len = strcspn(at, "\n");
        put_line(q, ks_strndup(at, len));
        at += len + (at[len] == '\n');
    }
    ks_buf_free(&urls);
}

/* The lines are the question's own until then. */
static void put_question(struct app *app, struct question *q, const char *title, const char *yes,
                         void (*done)(struct app *app, void *ctx, char key), struct revoking *r)
{
    char *more = q->more > 1 ? ks_asprintf("and %zu more", q->more - 1) : NULL;
    size_t own = q->count;

    if (more)
        q->items[q->count++] = (struct menu_item){.label = more};
    q->items[q->count++] = (struct menu_item){'y', yes, NULL};
    q->items[q->count++] = (struct menu_item){'n', "ask nobody", NULL};
    menu_ask_plainly(app, title, q->items, q->count, done, r);
    for (size_t i = 0; i < own; i++)
        free((char *)(uintptr_t)q->items[i].label);
    free(more);
}

static void private_answered(struct app *app, void *ctx, char key)
{
    struct revoking *r = ctx;

    r->private_too = key == 'y';
    if (r->private_too)
        begin(app, r);
    else
        finish(app, r);
}

/* Who is asked lives on this host or in a private network, or at a port that is none of the web's:
 * a certificate of a stranger may name anything there. */
static void ask_private(struct app *app, struct revoking *r)
{
    struct question q = {.count = 0};

    for (size_t i = 0; i < r->known.count; i++)
        if (r->known.at[i].agreement)
            put_line(&q, ks_strdup(r->known.at[i].why));
    put_question(app, &q, "Not asked yet", "ask there all the same", private_answered, r);
}

static void answered(struct app *app, void *ctx, char key)
{
    if (key == 'y')
        begin(app, ctx);
    else
        drop(ctx);
}

static void gather_done(struct app *app, void *arg, bool cancelled)
{
    struct revoking *r = arg;
    struct question q = {.count = 0};

    for (size_t i = 0; i < r->count && !cancelled && !app->quitting; i++)
        put_urls(&q, r->issued[i].cert);
    if (q.count > 0) {
        put_question(app, &q, "Ask whether it was revoked", "ask there", answered, r);
        return;
    }
    if (cancelled)
        app_message(app, "Nobody was asked: it was stopped.");
    else
        app_message(app, "Nobody was asked: %s.",
                    r->count ? "no certificate names a responder or a revocation list"
                             : "nobody can revoke a root, and nothing else is there");
    drop(r);
}

/* ---- the command ---- */

static const char *refused(const struct ui_file *f, const struct ks_entry *e)
{
    if (!f || !f->store || !e)
        return "choose an entry or a certificate";
    return e->chain_len ? NULL : "the entry has no certificate";
}

void revoking_start(struct app *app, struct ui_file *f, const struct ks_entry *e, int cert)
{
    const char *why = refused(f, e);
    struct ks_error err = {0};

    if (why || !ks_network()) {
        (void)ks_no_network("asking about revocation", &err);
        if (why)
            app_message(app, "Nobody was asked: %s.", why);
        else
            app_error(app, &err);
        return;
    }
    app_work(app, "looking for who can revoke it", gather_run, revoking_new(app, f, e, cert),
             gather_done);
}
