/*
 * Diagnose, Sources, Choose, Options, Review. What the doctor found stands on the first page; the
 * sources are read, and the repair is looked for, when the second one is left. Nothing is made up:
 * when no source has what is missing, the wizard ends with what to ask for.
 */
#include "tui/wiz_repair.h"

#include "base/alloc.h"
#include "op/repair.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/doctor.h"
#include "tui/importing.h"
#include "tui/repair_review.h"
#include "tui/wiz_proof.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED 6       /* findings on the first page; v shows all of them */
#define ALIASES 3      /* named for a finding of several entries */
#define MISSING 3      /* entries whose gap is told on the page */
#define RANK_NAMED 2u  /* files that somebody names are preferred to other keystores, ... */
#define RANK_OPEN 100u /* ... those to the CAs of the system */

enum { PAGE_DIAGNOSE, PAGE_SOURCES, PAGE_MISSING, PAGE_PASSWORD, PAGE_CHOOSE, PAGE_OPTIONS };

struct repair_wizard {
    struct importing from; /* the first: edit_target_refused() */
    struct other_stores others;
    const struct ks_entry *entry; /* NULL: all of the keystore, */
    bool *only;                   /* or these entries of it, by place; NULL */
    size_t at;                    /* its place */
    char *alias;                  /* of the entry; NULL */

    /* what was typed */
    bool use_others, use_system, use_cacerts;
    bool leave_root, keep_extras, keep_leftover, add_public;
    size_t choice;

    /* the worker's */
    struct ks_doctor *doctor;
    struct ks_sources sources;
    struct ks_pool *pool;
    struct ks_store **keys; /* keystores with keys among the sources */
    size_t key_count;
    struct ks_context context;
    struct ks_repair_look look;
    struct ks_chain_look chain;
    bool chain_known, is_missing;
    struct ks_error why; /* of what is missing */

    /* of the last work that ended: the pages are drawn from these */
    bool missing, several, has_options;
    bool locked; /* what is missing is the password of a key, and nothing else */
    bool has_root, has_extras, has_leftover, has_public;
    struct ks_buf asked;      /* what to ask for */
    struct ks_buf best;       /* why the first path is the first */
    struct ks_buf found[3];   /* of a keystore: what is found with the sources, by enum mending */
    bool looked;              /* with them */
    char *paths[KS_BEST_MAX]; /* each in words */
    size_t path_count;
    struct ks_buf counts; /* what the sources hold */
};

/* ---- life ---- */

static void drop_look(struct repair_wizard *r)
{
    ks_repair_look_drop(&r->look);
    r->look = (struct ks_repair_look){0};
    if (r->chain_known)
        ks_chain_look_drop(&r->chain);
    r->chain_known = r->is_missing = false;
}

static void drop_sources(struct repair_wizard *r)
{
    drop_look(r);
    ks_pool_free(r->pool);
    r->pool = NULL;
    ks_sources_drop(&r->sources);
    r->sources = (struct ks_sources){0};
    free(r->keys);
    r->keys = NULL;
    r->key_count = 0;
}

static void drop_paths(struct repair_wizard *r)
{
    for (size_t i = 0; i < r->path_count; i++)
        free(r->paths[i]);
    r->path_count = 0;
}

static void repair_free(void *ctx)
{
    struct repair_wizard *r = ctx;
    drop_sources(r);
    drop_paths(r);
    ks_buf_free(&r->asked);
    ks_buf_free(&r->counts);
    ks_buf_free(&r->best);
    for (size_t i = 0; i < sizeof r->found / sizeof r->found[0]; i++)
        ks_buf_free(&r->found[i]);
    ks_doctor_free(r->doctor);
    other_stores_drop(&r->others);
    importing_drop(&r->from);
    free(r->alias);
    free(r->only);
    free(r);
}

/* ---- the first page: what is found ---- */

static const struct ui_file *file_of(const struct repair_wizard *r)
{
    return edit_target_file(r->from.app, &r->from.target);
}

static struct ks_findings found_here(const struct repair_wizard *r)
{
    struct ks_findings found = {0};
    const struct ui_file *f = file_of(r);
    if (f)
        report_find(f->found, f->store, r->entry, ks_now(), &found);
    return found;
}

/* The finding of another entry that this key pair's certificate is there; NULL. */
static const struct ks_diagnosed *reply_elsewhere(const struct repair_wizard *r)
{
    const struct ui_file *f = file_of(r);
    const struct ks_entry *key = r->entry;
    if (!f || !f->found || !key || key->kind != KS_KIND_KEY || !key->chain_len ||
        (key->chain[0].flags & KS_CERT_BROKEN))
        return NULL;
    for (size_t i = 0; i < f->found->count; i++) {
        const struct ks_diagnosed *d = &f->found->at[i];
        if (d->entry && d->entry != key && strcmp(d->found.id, "TRUST-REPLY-MISPLACED") == 0 &&
            ks_slice_equal(ks_cert_key_bits(&d->entry->chain[0]), ks_cert_key_bits(&key->chain[0])))
            return d;
    }
    return NULL;
}

static bool is_one(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->entry != NULL;
}

static bool repairs(const char *id)
{
    const struct ks_catalogue *c = ks_catalogue_of(id);
    return c && (c->remedy == KS_REMEDY_REPAIR || c->remedy == KS_REMEDY_CHOICE);
}

static void chain_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    const struct ks_entry *e = r->entry;
    struct ks_chain chain;
    (void)form;
    if (!e || e->chain_len == 0) {
        ks_buf_str(out, e ? "no certificate" : "");
        return;
    }
    ks_chain_look(e, &chain);
    for (size_t i = 0; i < e->chain_len && i < KS_PATH_MAX; i++) {
        ks_buf_printf(out, "%s%zu ", i ? "\n" : "", i);
        if (e->chain[i].flags & KS_CERT_BROKEN) {
            ks_buf_str(out, "(not readable)");
            continue;
        }
        importing_label(&e->chain[i], out);
        ks_buf_str(out, " (");
        importing_days(&e->chain[i], out);
        ks_buf_str(out, ")");
    }
    if (!chain.complete && chain.missing_after >= 0) {
        const struct ks_cert *last = &e->chain[chain.missing_after];
        struct ks_buf label = KS_BUF_INIT;
        ks_name_label(ks_cert_part(last, last->issuer), &label);
        ks_buf_printf(out, "\n%d %s missing: %.120s", chain.missing_after + 1,
                      ui_glyph(GLYPH_ERROR), ks_buf_text(&label));
        ks_buf_free(&label);
    }
}

static void entry_findings(const struct repair_wizard *r, size_t most, struct ks_buf *out)
{
    struct ks_findings found = found_here(r);
    const struct ks_diagnosed *reply = reply_elsewhere(r);
    size_t shown = 0;
    if (reply) {
        ks_buf_printf(out, "%s %s, %.60s: %s", repair_glyph(reply->found.severity), reply->found.id,
                      reply->entry->alias, reply->found.title);
        shown++;
    }
    for (size_t i = 0; i < found.count; i++) {
        const struct ks_finding *f = &found.items[i];
        if (shown == most) {
            ks_buf_printf(out, "\nand %zu more: v shows them", found.count - i);
            break;
        }
        ks_buf_printf(out, "%s%s %s: %s", shown++ ? "\n" : "", repair_glyph(f->severity), f->id,
                      f->title);
    }
    if (found.count == 0 && !reply)
        ks_buf_printf(out, "%s nothing is wrong with it", ui_glyph(GLYPH_OK));
    ks_findings_free(&found);
}

/* ---- of a keystore: by finding, with the entries that have it ---- */

struct tally {
    const char *id, *title;
    enum ks_severity severity;
    size_t count;
    const char *aliases[ALIASES]; /* borrowed; NULL: the keystore itself */
};

static void tally_one(struct tally *all, size_t *count, size_t most, const struct ks_diagnosed *d)
{
    size_t i = 0;
    while (i < *count && strcmp(all[i].id, d->found.id) != 0)
        i++;
    if (i == most)
        return;
    if (i == *count)
        all[(*count)++] = (struct tally){
            .id = d->found.id, .title = d->found.title, .severity = d->found.severity};
    if (all[i].count < ALIASES)
        all[i].aliases[all[i].count] = d->entry ? d->entry->alias : NULL;
    all[i].count++;
}

static void tally_words(const struct tally *t, bool first, struct ks_buf *out)
{
    ks_buf_printf(out, "%s%s %s: ", first ? "" : "\n", repair_glyph(t->severity), t->id);
    for (size_t i = 0; i < t->count && i < ALIASES; i++)
        ks_buf_printf(out, "%s%.60s", i ? ", " : "",
                      t->aliases[i] ? t->aliases[i] : "the keystore itself");
    if (t->count > ALIASES)
        ks_buf_printf(out, " and %zu more", t->count - ALIASES);
}

/* Who mends it: one safe repair, the same with a source that has what it takes, somebody else. */
enum mending { MENDED, MENDED_BY_SOURCE, MENDED_ELSEWHERE };

static enum mending mending_of(const struct ks_diagnosed *d)
{
    const struct ks_catalogue *c = ks_catalogue_of(d->found.id);
    if (d->remedy == KS_REMEDY_REPAIR)
        return MENDED;
    return c && c->remedy == KS_REMEDY_REPAIR ? MENDED_BY_SOURCE : MENDED_ELSEWHERE;
}

static bool is_meant(const struct repair_wizard *r, const struct ks_diagnosed *d)
{
    return !r->only || (d->entry && r->only[d->place]);
}

static void tally_found(const struct repair_wizard *r, const struct ks_diagnosis *found,
                        enum mending by, struct ks_buf *out)
{
    struct tally all[24];
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++) {
        const struct ks_diagnosed *d = &found->at[i];
        if (mending_of(d) == by && d->found.severity >= KS_WARNING && is_meant(r, d))
            tally_one(all, &count, sizeof all / sizeof all[0], d);
    }
    for (size_t i = 0; i < count; i++)
        tally_words(&all[i], i == 0, out);
}

/* As the sources have it, once they were read; false: nothing. */
static bool store_findings(const struct repair_wizard *r, enum mending by, struct ks_buf *out)
{
    const struct ui_file *f = file_of(r);
    size_t before = out->len;
    if (r->looked)
        ks_buf_append(out, r->found[by].data, r->found[by].len);
    else if (f && f->found)
        tally_found(r, f->found, by, out);
    return out->len > before;
}

static void found_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    const struct ui_file *f = file_of(r);
    (void)form;
    if (!f) {
        ks_buf_str(out, edit_target_gone);
        return;
    }
    if (!f->found)
        ks_buf_str(out, r->entry ? "" : "it is being looked at");
    if (r->entry)
        entry_findings(r, LISTED, out);
    else if (f->found && !store_findings(r, MENDED, out))
        ks_buf_str(out, r->looked ? "nothing that a repair would mend"
                                  : "nothing that is mended with what is in this keystore");
}

static void source_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    struct ks_buf found = KS_BUF_INIT;
    (void)form;
    if (!r->entry && store_findings(r, MENDED_BY_SOURCE, &found)) {
        ks_buf_str(out, r->looked ? "needs a source, and none that was read has it: name another "
                                    "on the next page\n"
                                  : "needs a source: name one on the next page\n");
        ks_buf_append(out, found.data, found.len);
    }
    ks_buf_free(&found);
}

static void rest_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    if (!r->entry)
        (void)store_findings(r, MENDED_ELSEWHERE, out);
}

/* The gravest that can be repaired, else the gravest. */
static const struct ks_catalogue *main_finding(const struct repair_wizard *r)
{
    const struct ks_diagnosed *reply = reply_elsewhere(r);
    if (reply)
        return ks_catalogue_of(reply->found.id);
    struct ks_findings found = found_here(r);
    const struct ks_catalogue *c = found.count ? ks_catalogue_of(found.items[0].id) : NULL;
    for (size_t i = 0; i < found.count; i++) {
        if (!repairs(found.items[i].id))
            continue;
        c = ks_catalogue_of(found.items[i].id);
        break;
    }
    ks_findings_free(&found);
    return c;
}

static void java_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct ks_catalogue *c = is_one(form, ctx) ? main_finding(ctx) : NULL;
    if (c && c->java && c->java[0])
        ks_buf_printf(out, "%.200s", c->java);
}

static void fix_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct ks_catalogue *c = is_one(form, ctx) ? main_finding(ctx) : NULL;
    if (c && c->fix)
        ks_buf_str(out, c->fix);
}

static void show_findings(struct app *app, void *ctx)
{
    struct repair_wizard *r = ctx;
    struct ks_buf text = KS_BUF_INIT;
    if (r->entry) {
        struct ks_findings found = found_here(r);
        for (size_t i = 0; i < found.count; i++) {
            const struct ks_catalogue *c = ks_catalogue_of(found.items[i].id);
            ks_buf_printf(&text, "%s%s %s\n%s", i ? "\n\n" : "",
                          repair_glyph(found.items[i].severity), found.items[i].id,
                          found.items[i].text);
            if (c)
                ks_buf_printf(&text, "\nMended by: %s", c->fix);
        }
        ks_findings_free(&found);
    } else {
        static const char *const headings[] = {"", "Mended with a source that has what it takes:\n",
                                               "For its CA or its administrator to mend:\n"};
        for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
            struct ks_buf part = KS_BUF_INIT;
            if (store_findings(r, (enum mending)i, &part))
                ks_buf_printf(&text, "%s%s%s", text.len ? "\n\n" : "", headings[i],
                              ks_buf_text(&part));
            ks_buf_free(&part);
        }
    }
    notice_show(app, "Findings", text.len ? ks_buf_text(&text) : "None.");
    ks_buf_free(&text);
}

/* ---- the second page: sources ---- */

static void fill(struct form *form, void *ctx)
{
    struct repair_wizard *r = ctx;
    importing_fill(form, &r->from);
    form_tick(form, "others", true);
    form_tick(form, "system", true);
    form_tick(form, "root", true);
    form_tick(form, "drop", true);
    form_tick(form, "leftover", true);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct repair_wizard *r = ctx;
    (void)importing_changed(form, &r->from, id);
}

static bool has_others(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->others.count > 0;
}

static void here_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    ks_buf_str(out, "this keystore (always)");
    if (r->counts.len) {
        ks_buf_str(out, "; at the last look: ");
        ks_buf_append(out, r->counts.data, r->counts.len);
    }
}

static void collect(struct form *form, void *ctx)
{
    struct repair_wizard *r = ctx;
    importing_collect(form, &r->from);
    r->use_others = form_ticked(form, "others");
    r->use_system = form_ticked(form, "system");
    r->use_cacerts = form_ticked(form, "cacerts");
    r->choice = r->several ? form_chosen(form, "path") : 0;
    r->leave_root = !form_ticked(form, "root");
    r->keep_extras = !form_ticked(form, "drop");
    r->keep_leftover = !form_ticked(form, "leftover");
    r->add_public = form_ticked(form, "public");
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

static enum ks_code read_sources(struct repair_wizard *r, struct ks_job *job, struct ks_error *err)
{
    drop_sources(r);
    enum ks_code rc = read_named(r, job, err);
    if (rc != KS_OK)
        return rc;
    for (size_t i = 0; r->use_others && i < r->others.count; i++)
        ks_sources_open(&r->sources, r->others.stores[i]);
    rc = read_hosts(r, job);
    if (rc != KS_OK)
        return ks_fail(err, rc, "cancelled", "nothing was repaired: stopped");
    r->pool = ks_pool_new();
    ks_sources_fill(&r->sources, r->pool, RANK_NAMED);
    collect_keys(r);
    r->context = (struct ks_context){.now = ks_now(),
                                     .candidates = r->pool,
                                     .key_stores = r->keys,
                                     .key_store_count = r->key_count,
                                     .reference = reference_of(&r->sources),
                                     .open_keys = true};
    return KS_OK;
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

static enum ks_code look(struct repair_wizard *r, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    struct ks_repair repair = repair_of(r, keys);
    ks_repair_look_drop(&r->look);
    r->look = (struct ks_repair_look){0};
    return ks_op_repair(&repair, job, &r->look, out, err);
}

/* Everything is taken into account that the following pages may leave out. */
static enum ks_code find_repair(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_error *err)
{
    struct repair_wizard *r = ctx;
    struct ks_plan plan = {0};
    enum ks_code rc = read_sources(r, job, err);
    if (rc != KS_OK)
        return rc;
    r->choice = 0;
    r->leave_root = r->keep_extras = r->keep_leftover = false;
    rc = look(r, keys, job, &plan, &r->why);
    ks_plan_drop(&plan);
    r->is_missing = rc == KS_ERR_REFUSED && strcmp(r->why.slug, "no-repair") == 0;
    if (rc != KS_OK && !r->is_missing) {
        if (err)
            *err = r->why;
        return rc;
    }
    if (r->entry)
        r->chain_known =
            ks_chain_examine(r->doctor, r->from.target.store, r->entry, &r->context, &r->chain);
    return KS_OK;
}

static const char *boxed(void *ctx, const struct ks_error *err)
{
    (void)ctx;
    return err->code == KS_ERR_REFUSED ? "Nothing to repair" : NULL;
}

/* ---- what came of it, for the pages ---- */

static bool has_step(const struct ks_repair_look *look, enum ks_repair_step step)
{
    for (size_t i = 0; i < look->count; i++)
        for (size_t k = 0; k < look->rows[i].done_count; k++)
            if (look->rows[i].done[k].step == step)
                return true;
    return false;
}

/* The last certificate of a chain that ends at a root, when it is not the leaf: it is left out when
 * that is wished. */
static bool adds_root(const struct ks_repair_look *look)
{
    for (size_t i = 0; i < look->count; i++) {
        const struct ks_repair_row *row = &look->rows[i];
        if (row->complete && row->after_count > 1 && row->entry && row->entry->kind == KS_KIND_KEY)
            return true;
    }
    return false;
}

static void take_missing(struct repair_wizard *r)
{
    size_t shown = 0, more = 0;
    ks_buf_clear(&r->asked);
    r->locked = true;
    for (size_t i = 0; i < r->look.count; i++) {
        const struct ks_repair_row *row = &r->look.rows[i];
        if (!row->missing)
            continue;
        r->locked = r->locked && row->lacks_password;
        if (shown == MISSING) {
            more++;
            continue;
        }
        if (!r->entry && row->entry)
            ks_buf_printf(&r->asked, "%s%.200s\n", shown ? "\n" : "", row->entry->alias);
        ks_buf_printf(&r->asked, "%s\n", row->missing);
        shown++;
    }
    if (more)
        ks_buf_printf(&r->asked, "\nand %zu more entries lack something\n", more);
    r->locked = r->locked && shown > 0;
    if (shown == 0)
        ks_buf_printf(&r->asked, "%s. %s\n", r->why.what, r->why.next);
}

static void take_found(struct repair_wizard *r)
{
    r->looked = true;
    for (size_t i = 0; i < sizeof r->found / sizeof r->found[0]; i++) {
        ks_buf_clear(&r->found[i]);
        tally_found(r, &r->look.before, (enum mending)i, &r->found[i]);
    }
}

static void path_words(const struct ks_path *p, const struct ks_store *store, struct ks_buf *out)
{
    for (size_t i = 0; i < p->len; i++) {
        ks_buf_printf(out, "%s%zu ", i ? "\n" : "", i + 1);
        importing_label(p->at[i]->cert, out);
        ks_buf_str(out, " (");
        importing_days(p->at[i]->cert, out);
        ks_buf_str(out, "), from ");
        ks_source_where(p->at[i], store, out);
    }
    ks_buf_printf(out, "%s%s", p->len ? "\n" : "",
                  p->complete ? "ends at a root" : "does not end at a root");
    if (p->faults)
        ks_buf_printf(out, "; %u step%s that clients may refuse", p->faults,
                      p->faults == 1 ? "" : "s");
}

static bool is_choice(const struct ks_path *p, const struct ks_path *best, int64_t now)
{
    return p->complete && (p->ends >= now || best->ends < now);
}

/* Those that end at a root come first; where one does, the others are no choice, and neither is
 * what has expired where something holds. */
static size_t count_paths(const struct repair_wizard *r)
{
    size_t n = 0, most = r->chain_known ? r->chain.best_count : 0;
    most = most < KS_BEST_MAX ? most : KS_BEST_MAX;
    while (n < most &&
           is_choice(n ? &r->chain.others[n - 1] : &r->chain.best, &r->chain.best, r->context.now))
        n++;
    return n ? n : most;
}

static void take_paths(struct repair_wizard *r, struct form *form)
{
    char words[KS_BEST_MAX][64];
    const char *choices[KS_BEST_MAX];
    size_t most = count_paths(r);
    drop_paths(r);
    ks_buf_clear(&r->best);
    if (r->look.count && r->look.rows[0].why)
        ks_buf_str(&r->best, r->look.rows[0].why);
    for (size_t i = 0; i < most; i++) {
        struct ks_buf text = KS_BUF_INIT;
        path_words(i ? &r->chain.others[i - 1] : &r->chain.best, r->from.target.store, &text);
        r->paths[r->path_count++] = ks_strdup(ks_buf_text(&text));
        snprintf(words[i], sizeof words[i], "path %zu of %zu", i + 1, most);
        choices[i] = words[i];
        ks_buf_free(&text);
    }
    if (r->path_count)
        form_set_choices(form, "path", choices, r->path_count);
    form_choose(form, "path", 0);
}

static const char *source_word(const struct ks_source *s)
{
    static const char *const words[] = {[KS_SOURCE_SYSTEM] = "the system's CAs",
                                        [KS_SOURCE_CACERTS] = "cacerts",
                                        [KS_SOURCE_TEXT] = "what was pasted"};
    const char *slash = s->name ? strrchr(s->name, '/') : NULL;
    if ((size_t)s->kind < sizeof words / sizeof words[0] && words[s->kind])
        return words[s->kind];
    return slash && slash[1] ? slash + 1 : s->name ? s->name : "";
}

static void take_counts(struct repair_wizard *r)
{
    ks_buf_clear(&r->counts);
    for (size_t i = 0; i < r->sources.count; i++) {
        const struct ks_source *s = &r->sources.at[i];
        ks_buf_printf(&r->counts, "%s%.60s %zu", i ? ", " : "", source_word(s), s->certs);
        if (s->locked)
            ks_buf_printf(&r->counts, " (%zu locked)", s->locked);
    }
}

static void repair_found(struct form *form, void *ctx, enum ks_code code,
                         const struct ks_error *err)
{
    struct repair_wizard *r = ctx;
    importing_was_read(form, &r->from, code, err);
    if (code == KS_ERR_CANCELLED)
        return;
    take_counts(r);
    r->missing = code == KS_OK && r->is_missing;
    if (code != KS_OK)
        return;
    take_missing(r);
    take_found(r);
    take_paths(r, form);
    r->several = !r->missing && r->entry && r->look.count && r->look.rows[0].choices > 1 &&
                 r->path_count > 1;
    r->has_root = adds_root(&r->look);
    r->has_extras = has_step(&r->look, KS_STEP_DROP_UNRELATED);
    r->has_leftover = has_step(&r->look, KS_STEP_REMOVE_LEFTOVER);
    r->has_public = !r->entry && !r->only && r->context.reference != NULL;
    for (size_t i = 0, seen = 0; r->has_public && i <= r->look.before.count; i++) {
        if (i == r->look.before.count)
            r->has_public = seen > 0;
        else
            seen += strcmp(r->look.before.at[i].found.id, "STORE-NO-PUBLIC-CAS") == 0;
    }
    r->has_options = r->has_root || r->has_extras || r->has_leftover || r->has_public;
}

/* ---- what no source has ---- */

static bool is_missing(const struct form *form, void *ctx)
{
    (void)form;
    const struct repair_wizard *r = ctx;
    return r->missing && !r->locked;
}

static bool is_keyed(const struct form *form, void *ctx)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    return r->missing && r->locked;
}

static void asked_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    ks_buf_append(out, r->asked.data, r->asked.len);
    while (out->len && out->data[out->len - 1] == '\n')
        out->len--;
}

static void copy_asked(struct app *app, void *ctx)
{
    struct repair_wizard *r = ctx;
    app_copy(app, "What to ask the CA for", ks_buf_text(&r->asked), r->asked.len);
}

static void show_asked(struct app *app, void *ctx)
{
    struct repair_wizard *r = ctx;
    notice_show(app, "What to ask for", ks_buf_text(&r->asked));
}

static enum ks_code no_way_on(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                              struct ks_error *err)
{
    (void)ctx, (void)keys, (void)job;
    ks_fail(err, KS_ERR_REFUSED, "no-repair", "nothing can be repaired without it");
    return ks_fail_next(err, KS_ERR_REFUSED, "PgUp names another source, y copies what to ask for");
}

static enum ks_code no_password(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_error *err)
{
    (void)ctx, (void)keys, (void)job;
    ks_fail(err, KS_ERR_REFUSED, "no-repair", "nothing can be repaired without the password");
    return ks_fail_next(err, KS_ERR_REFUSED, "PgUp, and then PgDn asks for it again");
}

/* ---- which path, and what else ---- */

static bool has_several(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->several;
}

static void chosen_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    size_t at = form_chosen(form, "path");
    if (at < r->path_count)
        ks_buf_str(out, r->paths[at]);
}

static void why_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    if (form_chosen(form, "path") == 0)
        ks_buf_append(out, r->best.data, r->best.len);
}

static bool has_options(const struct form *form, void *ctx)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    return !r->missing && r->has_options;
}

static bool has_root(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->has_root;
}

static bool has_extras(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->has_extras;
}

static bool has_leftover(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->has_leftover;
}

static bool has_public(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->has_public;
}

/* ---- the review ---- */

static enum ks_code plan(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    return look(ctx, keys, job, out, err);
}

static size_t failed_page(void *ctx, const struct ks_error *err)
{
    (void)ctx, (void)err;
    return PAGE_SOURCES;
}

static void changes(void *ctx, const struct ks_plan *p, struct report *out)
{
    const struct repair_wizard *r = ctx;
    (void)p;
    repair_review(r->from.app, &r->look, r->from.target.store, r->choice, out);
}

static void show_full(struct app *app, void *ctx)
{
    const struct repair_wizard *r = ctx;
    char *text = repair_certificates(&r->look);
    notice_show(app, "What the chains will be, in full", text);
    free(text);
}

/* ---- the proof ---- */

static const struct ks_repair_row *provable(const struct repair_wizard *r)
{
    for (size_t i = 0; i < r->look.count; i++)
        if (r->look.rows[i].done_count && r->look.rows[i].after_count && r->look.rows[i].entry &&
            r->look.rows[i].entry->kind == KS_KIND_KEY)
            return &r->look.rows[i];
    return NULL;
}

static bool can_prove(void *ctx)
{
    return provable(ctx) != NULL;
}

static void prove(struct app *app, void *ctx)
{
    struct repair_wizard *r = ctx;
    struct ui_file *f = edit_target_file(app, &r->from.target);
    const struct ks_repair_row *row = provable(r);
    const struct ks_cert *chain[KS_PATH_MAX + 1];
    size_t count = 0;
    if (!f) {
        app_warn(app, "%s", edit_target_gone);
        return;
    }
    while (count < row->after_count && count < sizeof chain / sizeof chain[0]) {
        chain[count] = row->after[count].cert;
        count++;
    }
    wiz_proof_start(app, f, row->entry, chain, count);
}

/* ---- applied ---- */

static bool is_gone(const struct ks_repair_row *row)
{
    return row->before_count && !row->after_count;
}

/* Where what was repaired is now: under another name, or with the key that the reply is for. */
static const char *alias_then(const struct repair_wizard *r)
{
    const struct ks_repair_row *of_key = NULL;
    bool gone = false;
    for (size_t i = 0; r->alias && i < r->look.count; i++) {
        const struct ks_repair_row *row = &r->look.rows[i];
        if (!row->entry || !row->done_count)
            continue;
        if (row->entry == r->entry && !is_gone(row))
            return row->alias ? row->alias : r->alias;
        gone = gone || row->entry == r->entry;
        if (row->entry->kind == KS_KIND_KEY && !of_key)
            of_key = row;
    }
    return of_key ? of_key->alias ? of_key->alias : of_key->entry->alias : gone ? NULL : r->alias;
}

static void applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct repair_wizard *r = ctx;
    struct ui_file *f = app_file_by_id(app, r->from.target.file_id);
    const char *alias = alias_then(r);
    ks_store_free(made);
    if (!f)
        return;
    edit_applied(app, f, alias);
    if (alias)
        edit_show_chain(app, f, alias);
}

/* ---- the tables ---- */

static const struct wizard_key diagnose_keys[] = {
    {'v', "In full", NULL, show_findings},
    {0, NULL, NULL, NULL},
};

static const struct wizard_key missing_keys[] = {
    {'y', "Copy", NULL, copy_asked},
    {'v', "In full", NULL, show_asked},
    {0, NULL, NULL, NULL},
};

static const struct wizard_page pages[] = {
    [PAGE_DIAGNOSE] = {.name = "Diagnose", .question = "What is wrong", .keys = diagnose_keys},
    [PAGE_SOURCES] = {.name = "Sources",
                      .question = "Where may the missing certificates be?",
                      .work = find_repair,
                      .working = "looking for certificates",
                      .worked = repair_found,
                      .boxed = boxed},
    [PAGE_MISSING] = {.name = "Missing",
                      .question = "No source has it. Ask the CA for this",
                      .shown = is_missing,
                      .work = no_way_on,
                      .keys = missing_keys},
    [PAGE_PASSWORD] = {.name = "Password",
                       .question = "The key has a password of its own",
                       .shown = is_keyed,
                       .work = no_password},
    [PAGE_CHOOSE] = {.name = "Choose",
                     .question = "Several certificates fit. Which path?",
                     .shown = has_several},
    [PAGE_OPTIONS] = {.name = "Options", .question = "How should it be?", .shown = has_options},
};

static const struct form_field fields[] = {
    {.id = "chain", .label = "Chain", .kind = FORM_WORDS, .shown = is_one, .words = chain_words},
    {.id = "found", .label = "Found", .kind = FORM_WORDS, .words = found_words},
    {.id = "sources", .label = "Missing", .kind = FORM_WORDS, .words = source_words},
    {.id = "rest", .label = "The rest", .kind = FORM_WORDS, .words = rest_words},
    {.id = "java", .label = "Java says", .kind = FORM_WORDS, .words = java_words},
    {.id = "fix", .label = "Fix", .kind = FORM_WORDS, .words = fix_words},

    {.id = "here",
     .label = "Look in",
     .kind = FORM_WORDS,
     .page = PAGE_SOURCES,
     .words = here_words},
    {.id = "others",
     .label = "the other open keystores",
     .kind = FORM_TICK,
     .page = PAGE_SOURCES,
     .shown = has_others,
     .hint = "Their trusted certificates and their chains."},
    {.id = "system",
     .label = "the public CAs of this system",
     .kind = FORM_TICK,
     .page = PAGE_SOURCES,
     .hint = "The bundle that curl and OpenSSL use here. It is only read."},
    {.id = "cacerts",
     .label = "the cacerts of the JVM",
     .kind = FORM_TICK,
     .page = PAGE_SOURCES,
     .hint = "It is only read: that of JAVA_HOME, else the first JVM found."},
    IMPORTING_FIELDS_ON(PAGE_SOURCES, NULL,
                        "A file of any type with certificates, or a directory of such files."),

    {.id = "asked", .label = "", .kind = FORM_WORDS, .page = PAGE_MISSING, .words = asked_words},

    {.id = "keyed", .label = "", .kind = FORM_WORDS, .page = PAGE_PASSWORD, .words = asked_words},

    {.id = "path",
     .label = "Path",
     .kind = FORM_CHOICE,
     .page = PAGE_CHOOSE,
     .hint = "Left and Right change it. The first one is what ksx would take."},
    {.id = "path-is",
     .label = "It is",
     .kind = FORM_WORDS,
     .page = PAGE_CHOOSE,
     .words = chosen_words},
    {.id = "path-why", .label = "Why", .kind = FORM_WORDS, .page = PAGE_CHOOSE, .words = why_words},

    {.id = "root",
     .label = "include the root",
     .kind = FORM_TICK,
     .page = PAGE_OPTIONS,
     .shown = has_root,
     .hint = "keytool stores it too. Clients ignore it; a client key may need it."},
    {.id = "drop",
     .label = "drop certificates that are not part of the chain",
     .kind = FORM_TICK,
     .page = PAGE_OPTIONS,
     .shown = has_extras,
     .hint = "Clients ignore them, up to ten certificates in all; Java refuses more."},
    {.id = "leftover",
     .label = "remove the trusted entry that the reply was imported as",
     .kind = FORM_TICK,
     .page = PAGE_OPTIONS,
     .shown = has_leftover,
     .hint = "It is a copy of what the key entry gets; nothing else uses it."},
    {.id = "public",
     .label = "add the public CAs that are missing",
     .kind = FORM_TICK,
     .page = PAGE_OPTIONS,
     .shown = has_public,
     .hint = "A JVM with this truststore then accepts public hosts again."},
};

static const struct wizard_key review_keys[] = {
    {'v', "In full", NULL, show_full},
    {'p', "Prove", can_prove, prove},
    {0, NULL, NULL, NULL},
};

static const struct wizard_def wizard = {
    .name = "repair",
    .pages = pages,
    .page_count = sizeof pages / sizeof pages[0],
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .fill = fill,
    .changed = changed,
    .collect = collect,
    .plan = plan,
    .changes = changes,
    .failed_page = failed_page,
    .review_keys = review_keys,
    .applied = applied,
    .refused = edit_target_refused,
    .free = repair_free,
};

/* ---- starting ---- */

static void start(struct app *app, struct ui_file *f, const struct ks_entry *entry, bool *only,
                  char *title)
{
    struct repair_wizard *r = ks_alloc(sizeof *r);
    *r = (struct repair_wizard){.entry = entry,
                                .only = only,
                                .alias = entry ? ks_strdup(entry->alias) : NULL,
                                .doctor = ks_doctor_new(),
                                .asked = KS_BUF_INIT,
                                .counts = KS_BUF_INIT,
                                .best = KS_BUF_INIT};
    importing_begin(&r->from, app, f);
    r->from.page = PAGE_SOURCES;
    r->others = other_stores_hold(app, f);
    doctor_look_at(app, f);
    wizard_start(app, &wizard, title, r);
}

void wiz_repair_start(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    start(app, f, entry, NULL, ks_asprintf("Repair %s", entry ? entry->alias : f->name));
}

void wiz_repair_some(struct app *app, struct ui_file *f, const struct ks_entry *const *entries,
                     size_t count)
{
    size_t all = ks_store_count(f->store), at = 0;
    bool *only = ks_alloc_array(all, sizeof *only);
    for (size_t i = 0; i < count; i++) { /* nearly in the order of the store */
        for (size_t tries = 0; tries < all && ks_store_entry(f->store, at) != entries[i]; tries++)
            at = (at + 1) % all;
        only[at] = true;
    }
    start(app, f, NULL, only, ks_asprintf("Repair of %zu marked entries in %s", count, f->name));
}
