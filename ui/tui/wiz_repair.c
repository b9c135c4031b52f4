/*
 * Diagnose, Sources, Choose, Options, Review. What the doctor found stands on the first page; the
 * sources are read, and the repair is looked for, when the second one is left. Nothing is made up:
 * when no source has what is missing, the wizard ends with what to ask for.
 */
#include "tui/wiz_repair.h"

#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/doctor.h"
#include "tui/repair_review.h"
#include "tui/repair_wizard.h"
#include "tui/view_store.h"
#include "tui/wiz_proof.h"

#include <stdlib.h>

/* ---- life ---- */

void repair_drop_look(struct repair_wizard *r)
{
    ks_repair_look_drop(&r->look);
    r->look = (struct ks_repair_look){0};
    if (r->chain_known)
        ks_chain_look_drop(&r->chain);
    r->chain_known = r->is_missing = false;
}

void repair_drop_sources(struct repair_wizard *r)
{
    repair_drop_look(r);
    ks_pool_free(r->pool);
    r->pool = NULL;
    ks_sources_drop(&r->sources);
    r->sources = (struct ks_sources){0};
    ks_aia_drop(&r->fetched);
    free(r->keys);
    r->keys = NULL;
    r->key_count = 0;
}

void repair_drop_paths(struct repair_wizard *r)
{
    for (size_t i = 0; i < r->path_count; i++)
        free(r->paths[i]);
    r->path_count = 0;
}

static void repair_free(void *ctx)
{
    struct repair_wizard *r = ctx;
    repair_drop_sources(r);
    repair_drop_paths(r);
    ks_buf_free(&r->asked);
    ks_buf_free(&r->counts);
    ks_buf_free(&r->urls);
    ks_buf_free(&r->told);
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

static bool was_told(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->told.len > 0;
}

static void told_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    ks_buf_append(out, r->told.data, r->told.len);
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
    return repair_look_for(ctx, keys, job, out, err);
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

static bool is_provable(const struct ks_repair_row *row)
{
    return row->done_count && row->after_count && row->entry && row->entry->kind == KS_KIND_KEY;
}

/* Of the entries of the review from this one on the first with a key, else the last before. */
static const struct ks_repair_row *provable(const struct repair_wizard *r, size_t part)
{
    const struct ks_repair_row *found = NULL;
    for (size_t i = 0, at = 0; i < r->look.count; i++) {
        const struct ks_repair_row *row = &r->look.rows[i];
        if (is_provable(row)) {
            found = row;
            if (at >= part)
                break;
        }
        at += row->done_count > 0;
    }
    return found;
}

static bool can_prove(void *ctx)
{
    return provable(ctx, 0) != NULL;
}

static void prove(struct app *app, void *ctx)
{
    struct repair_wizard *r = ctx;
    struct ui_file *f = edit_target_file(app, &r->from.target);
    const struct ks_repair_row *row = provable(r, wizard_review_part(app, r, REPAIR_REVIEW_ENTRY));
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
    if (r->only) /* what they were marked for is done */
        explorer_unmark(app->stack[0].state);
    edit_applied(app, f, alias);
    if (alias)
        edit_show_chain(app, f, alias);
}

/* ---- the tables ---- */

static const struct wizard_key diagnose_keys[] = {
    {'v', "In full", NULL, repair_show_findings},
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
                      .work = repair_find,
                      .working = "looking for certificates",
                      .worked = repair_take,
                      .boxed = repair_boxed},
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
    {.id = "chain",
     .label = "Chain",
     .kind = FORM_WORDS,
     .shown = repair_is_one,
     .words = repair_chain_words},
    {.id = "found", .label = "Found", .kind = FORM_WORDS, .words = repair_found_words},
    {.id = "sources", .label = "Missing", .kind = FORM_WORDS, .words = repair_source_words},
    {.id = "rest", .label = "The rest", .kind = FORM_WORDS, .words = repair_rest_words},
    {.id = "java", .label = "Java says", .kind = FORM_WORDS, .words = repair_java_words},
    {.id = "fix", .label = "Fix", .kind = FORM_WORDS, .words = repair_fix_words},

    {.id = "here",
     .label = "Look in",
     .kind = FORM_WORDS,
     .page = PAGE_SOURCES,
     .words = repair_here_words},
    {.id = "others",
     .label = "the other open keystores",
     .kind = FORM_TICK,
     .page = PAGE_SOURCES,
     .shown = repair_has_others,
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
    {.id = "fetch",
     .label = "where the CA publishes it (over the network)",
     .kind = FORM_TICK,
     .page = PAGE_SOURCES,
     .shown = repair_can_fetch,
     .hint = "These are asked at Next and not before, then those that what comes names."},
    {.id = "urls",
     .label = "",
     .kind = FORM_WORDS,
     .page = PAGE_SOURCES,
     .shown = repair_can_fetch,
     .words = repair_fetch_words},
    {.id = "fetch-private",
     .label = "also at addresses of private networks, and any port",
     .kind = FORM_TICK,
     .page = PAGE_SOURCES,
     .shown = repair_asks_private,
     .hint = "A stranger's certificate could name a machine in your own network."},
    IMPORTING_FIELDS_ON(PAGE_SOURCES, NULL,
                        "A file of any type with certificates, or a directory of such files."),

    {.id = "asked", .label = "", .kind = FORM_WORDS, .page = PAGE_MISSING, .words = asked_words},
    {.id = "came",
     .label = "Fetching",
     .kind = FORM_WORDS,
     .page = PAGE_MISSING,
     .shown = was_told,
     .words = told_words},

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
    .fill = repair_fill,
    .changed = repair_changed,
    .collect = repair_collect,
    .plan = plan,
    .changes = changes,
    .failed_page = failed_page,
    .review_keys = review_keys,
    .review_help = "v: every certificate of the new chains, in full. p: would the key pair on the "
                   "screen work then? A proof, with a handshake in memory.",
    .applied = applied,
    .refused = edit_target_refused,
    .free = repair_free,
    .open_ended = true,
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
    repair_find_urls(r);
    wizard_start(app, &wizard, title, r);
}

/* What could not be read of a damaged file would be lost with the repair. */
static bool is_refused(struct app *app, const struct ui_file *f)
{
    bool damaged = (f->store->notes & KS_STORE_DAMAGED) != 0;
    if (damaged)
        app_warn(app,
                 "Nothing was repaired: %s is damaged, and what cannot be read of it would not be "
                 "written again. Restore it, or copy what is there into a new keystore.",
                 f->name);
    return damaged;
}

void wiz_repair_start(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    if (is_refused(app, f))
        return;
    start(app, f, entry, NULL, ks_asprintf("Repair %s", entry ? entry->alias : f->name));
}

void wiz_repair_some(struct app *app, struct ui_file *f, const struct ks_entry *const *entries,
                     size_t count)
{
    size_t all = ks_store_count(f->store), at = 0;
    if (is_refused(app, f))
        return;
    bool *only = ks_alloc_array(all, sizeof *only);
    for (size_t i = 0; i < count; i++) { /* nearly in the order of the store */
        for (size_t tries = 0; tries < all && ks_store_entry(f->store, at) != entries[i]; tries++)
            at = (at + 1) % all;
        only[at] = true;
    }
    start(app, f, NULL, only, ks_asprintf("Repair of %zu marked entries in %s", count, f->name));
}
