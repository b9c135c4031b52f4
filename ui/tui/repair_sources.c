/*
 * The second page of the repair wizard: where certificates may be. When it is left the sources are
 * read, and the repair is looked for.
 */
#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/repair_wizard.h"

#include <stdlib.h>
#include <string.h>

#define RANK_NAMED 2u /* files that somebody names are preferred to other keystores */

/* ---- the fields ---- */

void repair_fill(struct form *form, void *ctx)
{
    struct repair_wizard *r = ctx;
    importing_fill(form, &r->from);
    form_tick(form, "others", true);
    form_tick(form, "system", true);
    form_tick(form, "root", true);
    form_tick(form, "drop", true);
    form_tick(form, "leftover", true);
}

void repair_changed(struct form *form, void *ctx, const char *id)
{
    struct repair_wizard *r = ctx;
    (void)importing_changed(form, &r->from, id);
}

bool repair_has_others(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->others.count > 0;
}

void repair_here_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    ks_buf_str(out, "this keystore (always)");
    if (r->counts.len) {
        ks_buf_str(out, "; at the last look: ");
        ks_buf_append(out, r->counts.data, r->counts.len);
    }
}

void repair_collect(struct form *form, void *ctx)
{
    struct repair_wizard *r = ctx;
    importing_collect(form, &r->from);
    r->use_others = form_ticked(form, "others");
    r->use_system = form_ticked(form, "system");
    r->use_cacerts = form_ticked(form, "cacerts");
    r->fetch = form_ticked(form, "fetch");
    r->fetch_private = form_ticked(form, "fetch-private");
    r->choice = r->several ? form_chosen(form, "path") : 0;
    r->leave_root = !form_ticked(form, "root");
    r->keep_extras = !form_ticked(form, "drop");
    r->keep_leftover = !form_ticked(form, "leftover");
    r->add_public = form_ticked(form, "public");
}

/* ---- what could be fetched ---- */

#define URLS_SHOWN 4
#define LACKING_SHOWN 16
/* On the way to the page, in some milliseconds: certificates, and what looking at them may cost. */
#define LOOKED_AT 500
static const struct ks_effort at_once = {.left = 40, .asks = 500};

bool repair_can_fetch(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->urls.len > 0;
}

bool repair_asks_private(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->is_private;
}

void repair_fetch_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    ks_buf_append(out, r->urls.data, r->urls.len);
    if (r->told.len)
        ks_buf_byte(out, '\n');
    ks_buf_append(out, r->told.data, r->told.len);
}

static struct ks_aia_store lacking_of(const struct repair_wizard *r)
{
    return (struct ks_aia_store){.doctor = r->doctor,
                                 .store = r->from.target.store,
                                 .entry = r->entry,
                                 .only = r->only,
                                 .context = &r->context};
}

/* One may be the beginning of another. */
static bool is_line(const char *lines, const char *line)
{
    size_t len = strlen(line);
    while (strncmp(lines, line, len) != 0 || (lines[len] && lines[len] != '\n')) {
        lines = strchr(lines, '\n');
        if (!lines)
            return false;
        lines++;
    }
    return true;
}

static void add_urls(struct repair_wizard *r, const struct ks_cert *cert, size_t *shown)
{
    size_t count = 0;
    char **urls = ks_aia_urls(cert, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        if (!is_line(ks_buf_text(&r->urls), urls[i]) && (*shown)++ < URLS_SHOWN)
            ks_buf_printf(&r->urls, "%s%s", r->urls.len ? "\n" : "", urls[i]);
        free(urls[i]);
    }
    free(urls);
}

static bool is_small(const struct ks_store *store)
{
    size_t certs = 0;
    for (size_t i = 0; i < ks_store_count(store) && i <= LOOKED_AT && certs <= LOOKED_AT; i++)
        certs += ks_store_entry(store, i)->chain_len;
    return certs <= LOOKED_AT && ks_store_count(store) <= LOOKED_AT;
}

static bool put_urls(struct repair_wizard *r)
{
    const struct ks_cert *lacking[LACKING_SHOWN];
    struct ks_effort effort = at_once;
    struct ks_context bare = {.now = ks_now(), .effort = &effort};
    struct ks_aia_store about = lacking_of(r);
    size_t shown = 0;
    about.context = &bare;
    size_t count = ks_aia_lacking(&about, NULL, lacking, LACKING_SHOWN);
    for (size_t i = 0; i < count && !effort.cut; i++)
        add_urls(r, lacking[i], &shown);
    if (shown > URLS_SHOWN)
        ks_buf_printf(&r->urls, "\nand %zu more", shown - URLS_SHOWN);
    return !effort.cut;
}

/* What cannot be known at once is found when it is asked for. */
void repair_find_urls(struct repair_wizard *r)
{
    if (!is_small(r->from.target.store) || !put_urls(r))
        ks_buf_str(&r->urls, "the places that the certificates name whose issuers are missing");
}

/* A private address is asked about on the page; what else failed is told there afterwards. */
static enum ks_code fetch(struct repair_wizard *r, struct ks_job *job, struct ks_error *err)
{
    struct ks_aia_store about = lacking_of(r);
    struct ks_aia_ask ask = {
        .how = {.private_too = r->fetch_private, .any_port = r->fetch_private}};
    enum ks_code rc = ks_aia_fetch_lacking(&about, &ask, &r->sources, job, &r->fetched, err);
    for (size_t i = 0; rc == KS_OK && i < r->fetched.count; i++) {
        const struct ks_aia_try *one = &r->fetched.at[i];
        if (ks_aia_asks_private(one) && !r->fetch_private) {
            *err = one->err;
            return one->code;
        }
    }
    return rc;
}

static bool is_locked(enum ks_code rc)
{
    return rc == KS_ERR_PASSWORD || rc == KS_ERR_PASSWORD_NEEDED;
}

/* Nobody likes to type the same password again: that of the keystore may fit. */
static enum ks_code read_path(struct repair_wizard *r, const char *path, struct ks_job *job,
                              struct ks_error *err)
{
    const struct ks_secret *typed = importing_password(&r->from, path);
    const struct ks_secret *own = r->from.target.store->now->password;
    enum ks_code rc = ks_sources_path(&r->sources, path, typed ? typed : own, job, err);
    if (is_locked(rc) && !typed && own)
        rc = ks_sources_path(&r->sources, path, NULL, job, err);
    r->from.locked = is_locked(rc);
    return rc;
}

static enum ks_code read_named(struct repair_wizard *r, struct ks_job *job, struct ks_error *err)
{
    struct importing *m = &r->from;
    m->locked = false;
    m->failed = m->count;
    for (size_t i = 0; i < m->count; i++) {
        enum ks_code rc = read_path(r, m->files[i].path, job, err);
        if (rc == KS_OK)
            continue;
        m->failed = i;
        return rc;
    }
    if (m->uses_pasted && m->pasted.len)
        return ks_sources_text(&r->sources, ks_slice(m->pasted.data, m->pasted.len), job, err);
    return KS_OK;
}

/* A host without a bundle or without a JVM has nothing to offer there; that is no failure. */
static enum ks_code read_hosts(struct repair_wizard *r, struct ks_job *job)
{
    enum ks_code rc = r->use_system ? ks_sources_system(&r->sources, job, NULL) : KS_OK;
    if (rc != KS_ERR_CANCELLED && r->use_cacerts)
        rc = ks_sources_cacerts(&r->sources, job, NULL);
    return rc == KS_ERR_CANCELLED ? rc : KS_OK;
}

static const struct ks_store *reference_of(const struct ks_sources *s)
{
    for (size_t i = 0; i < s->count; i++)
        if ((s->at[i].kind == KS_SOURCE_SYSTEM || s->at[i].kind == KS_SOURCE_CACERTS) &&
            s->at[i].store_count)
            return s->at[i].stores[0];
    return NULL;
}

static void collect_keys(struct repair_wizard *r)
{
    size_t most = 0;
    for (size_t i = 0; i < r->sources.count; i++)
        most += r->sources.at[i].store_count;
    r->keys = ks_alloc_array(most + 1, sizeof(struct ks_store *));
    for (size_t i = 0; i < r->sources.count; i++)
        for (size_t k = 0; r->sources.at[i].keys && k < r->sources.at[i].store_count; k++)
            r->keys[r->key_count++] = r->sources.at[i].stores[k];
}

static void fill_pool(struct repair_wizard *r)
{
    ks_pool_free(r->pool);
    r->pool = ks_pool_new();
    ks_sources_fill(&r->sources, r->pool, RANK_NAMED);
    r->context.candidates = r->pool;
}

static enum ks_code read_sources(struct repair_wizard *r, struct ks_job *job, struct ks_error *err)
{
    repair_drop_sources(r);
    enum ks_code rc = read_named(r, job, err);
    if (rc != KS_OK)
        return rc;
    for (size_t i = 0; r->use_others && i < r->others.count; i++)
        ks_sources_open(&r->sources, r->others.stores[i]);
    rc = read_hosts(r, job);
    if (rc != KS_OK)
        return ks_fail(err, rc, "cancelled", "nothing was repaired: stopped");
    collect_keys(r);
    r->context = (struct ks_context){.now = ks_now(),
                                     .key_stores = r->keys,
                                     .key_store_count = r->key_count,
                                     .reference = reference_of(&r->sources),
                                     .open_keys = true};
    fill_pool(r);
    if (!r->fetch)
        return KS_OK;
    rc = fetch(r, job, err);
    fill_pool(r);
    return rc;
}

/* ---- looking for the repair ---- */

static struct ks_repair repair_of(struct repair_wizard *r, struct wizard_keys *keys)
{
    return (struct ks_repair){.store = r->from.target.store,
                              .entry = r->entry,
                              .only = r->only,
                              .context = &r->context,
                              .doctor = r->doctor,
                              .choice = r->choice,
                              .leave_root = r->leave_root,
                              .keep_extras = r->keep_extras,
                              .keep_leftover = r->keep_leftover,
                              .add_public = r->add_public,
                              .passwords = wizard_key_passwords(keys)};
}

enum ks_code repair_look_for(struct repair_wizard *r, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    struct ks_repair repair = repair_of(r, keys);
    ks_repair_look_drop(&r->look);
    r->look = (struct ks_repair_look){0};
    return ks_op_repair(&repair, job, &r->look, out, err);
}

/* Everything is taken into account that the following pages may leave out. */
enum ks_code repair_find(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_error *err)
{
    struct repair_wizard *r = ctx;
    struct ks_plan plan = {0};
    enum ks_code rc = read_sources(r, job, err);
    if (rc != KS_OK)
        return rc;
    r->choice = 0;
    r->leave_root = r->keep_extras = r->keep_leftover = false;
    rc = repair_look_for(r, keys, job, &plan, &r->why);
    ks_plan_drop(&plan);
    r->is_missing = rc == KS_ERR_REFUSED && strcmp(r->why.slug, "no-repair") == 0;
    if (rc != KS_OK && !r->is_missing) {
        if (err)
            *err = r->why;
        return rc;
    }
    if (r->entry)
        r->chain_known =
            ks_chain_examine(r->doctor, r->from.target.store, r->entry, &r->context, job,
                             &r->chain);
    return KS_OK;
}

const char *repair_boxed(void *ctx, const struct ks_error *err)
{
    (void)ctx;
    return err->code == KS_ERR_REFUSED ? "Nothing to repair" : NULL;
}
