#include "tui/wiz_import_key.h"

#include "base/alloc.h"
#include "op/import.h"
#include "report/made.h"
#include "tui/app_state.h"
#include "tui/cert_fields.h"
#include "tui/new_password.h"
#include "tui/wiz_trust.h"
#include "x509/alt_names.h"
#include "x509/dn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_COLUMNS 22
#define IN_FULL 8 /* certificates that the review shows in full */

struct import_wizard {
    struct importing from; /* the first: edit_target_refused() */

    /* the worker's, of the first page */
    struct ks_candidates found;

    /* of the second page */
    struct import_picks ticked;
    bool bare; /* a ticked key has no certificate */
    bool gap;  /* a ticked key has certificates, and an issuer is missing */

    /* what was typed */
    struct ks_import_key *keys;
    size_t key_count;
    struct ks_secret *password;
    struct ks_buf subject;
    struct ks_profile profile;
    struct ks_wanted wanted; /* of the certificates that are missing */
    char *names_suggested;
};

static void drop_typed(struct import_wizard *k)
{
    free(k->keys);
    ks_secret_free(k->password);
    ks_buf_free(&k->subject);
    ks_profile_drop(&k->profile);
    k->keys = NULL;
    k->key_count = 0;
    k->password = NULL;
    k->subject = (struct ks_buf)KS_BUF_INIT;
}

static void import_free(void *ctx)
{
    struct import_wizard *k = ctx;
    drop_typed(k);
    import_picks_drop(&k->ticked);
    ks_candidates_drop(&k->found);
    importing_drop(&k->from);
    free(k->names_suggested);
    free(k);
}

/* ---- the keys that were found ---- */

/* The entry of the target that has this key already; NULL. */
static const struct ks_entry *already(const struct import_wizard *k, const struct ks_candidate *c)
{
    const struct ks_store *store = k->from.target.store;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e->kind == KS_KIND_KEY && e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN) &&
            ks_slice_equal(ks_cert_part(&e->chain[0], e->chain[0].spki), c->spki))
            return e;
    }
    return NULL;
}

static bool is_valid(const struct ks_candidate *c)
{
    return c->chain_len && c->chain[0]->not_after >= ks_now();
}

static char *row_text(const struct ks_candidate *c)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_printf(&text, "%.120s", c->alias);
    importing_pad(&text, LABEL_COLUMNS);
    ks_spki_describe(c->spki, &text);
    if (c->chain_len) {
        ks_buf_printf(&text, ", chain %zu, ", c->chain_len);
        importing_days(c->chain[0], &text);
    }
    return ks_buf_steal(&text);
}

static char *row_note(const struct import_wizard *k, const struct ks_candidate *c)
{
    const struct ks_entry *here = already(k, c);
    struct ks_buf note = KS_BUF_INIT;
    if (here)
        ks_buf_printf(&note, "this key is here already as %.200s%s; ", here->alias,
                      c->chain_len ? "" : ", with a certificate");
    if (c->chain_len) {
        importing_label(c->chain[0], &note);
        ks_buf_str(&note, c->complete ? ": key matches, chain complete"
                                      : ": key matches, but an issuer is missing");
    } else {
        ks_buf_printf(&note, "%s: a self-signed one is made",
                      here ? "what is brought has none" : "no certificate has this key");
    }
    return ks_buf_steal(&note);
}

static void offer_keys(struct form *form, struct import_wizard *k)
{
    size_t count = k->found.count;
    struct form_pick *picks = ks_alloc_array(count + 1, sizeof *picks);
    char **texts = ks_alloc_array(2 * count + 1, sizeof *texts);
    char **aliases = ks_alloc_array(count + 1, sizeof *aliases);
    for (size_t i = 0; i < count; i++) {
        const struct ks_candidate *c = &k->found.at[i];
        texts[2 * i] = row_text(c);
        texts[2 * i + 1] = row_note(k, c);
        aliases[i] = ks_strdup(c->alias);
        picks[i] = (struct form_pick){
            .text = texts[2 * i],
            .note = texts[2 * i + 1],
            .ticked = count == 1 || (is_valid(c) && !already(k, c)),
        };
    }
    form_set_picks(form, "picks", picks, count);
    import_picks_begin(form, &k->ticked, aliases, count);
    for (size_t i = 0; i < 2 * count; i++)
        free(texts[i]);
    free(texts);
    free(picks);
}

/* A self-signed certificate is needed for some key, or the chain of one has a gap. */
static void find_bare(struct import_wizard *k)
{
    k->bare = k->gap = false;
    for (size_t i = 0; i < k->ticked.listed_count; i++) {
        const struct ks_candidate *c = &k->found.at[k->ticked.listed[i]];
        k->bare = k->bare || c->chain_len == 0;
        k->gap = k->gap || (c->chain_len && !c->complete);
    }
}

static enum ks_key_alg alg_of_bare(const struct import_wizard *k)
{
    for (size_t i = 0; i < k->ticked.listed_count; i++) {
        const struct ks_candidate *c = &k->found.at[k->ticked.listed[i]];
        uint8_t alg = KS_KEY_UNKNOWN;
        uint16_t bits = 0;
        uint32_t flags = 0;
        if (c->chain_len == 0 && ks_spki_skim(c->spki, &alg, &bits, &flags))
            return (enum ks_key_alg)alg;
    }
    return KS_KEY_UNKNOWN;
}

/* ---- reading ---- */

static enum ks_code read_keys(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                              struct ks_error *err)
{
    struct import_wizard *k = ctx;
    const struct ks_key_passwords passwords = wizard_key_passwords(keys);
    ks_candidates_drop(&k->found);
    enum ks_code rc = importing_read(&k->from, job, err);
    if (rc == KS_OK)
        rc = ks_import_candidates(k->from.target.store, &k->from.given, &passwords, job, &k->found,
                                  err);
    return rc;
}

static void keys_read(struct form *form, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct import_wizard *k = ctx;
    importing_was_read(form, &k->from, code, err);
    offer_keys(form, k);
    find_bare(k);
}

static const char *boxed(void *ctx, const struct ks_error *err)
{
    (void)ctx;
    return strcmp(err->slug, "no-key") == 0 ? "There is no private key" : NULL;
}

static bool has_certs(void *ctx)
{
    const struct import_wizard *k = ctx;
    size_t count = 0;
    free(ks_gather_certs(&k->from.given, &count, NULL));
    return count > 0;
}

static void follow_certs(struct app *app, void *ctx)
{
    struct import_wizard *k = ctx;
    struct ui_file *f = edit_target_file(app, &k->from.target);
    if (!f) {
        app_warn(app, "%s", edit_target_gone);
        return;
    }
    wiz_trust_of(app, f, &k->from);
    wizard_end(app, k);
}

/* ---- the form ---- */

static void fill(struct form *form, void *ctx)
{
    struct import_wizard *k = ctx;
    importing_fill(form, &k->from);
    template_offer(form);
    validity_fill(form, ks_op_usual_days(NULL));
    k->names_suggested = ks_strdup("");
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct import_wizard *k = ctx;
    if (importing_changed(form, &k->from, id))
        return;
    if (strcmp(id, "picks") == 0) {
        import_picks_changed(form, &k->ticked);
        find_bare(k);
    } else if (strcmp(id, "CN") == 0 || strcmp(id, "template") == 0) {
        names_suggest(form, &k->names_suggested);
    }
}

static bool is_bare(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct import_wizard *)ctx)->bare;
}

static void found_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct import_wizard *k = ctx;
    (void)form;
    ks_buf_printf(out, "%zu private key%s, ", k->found.count, k->found.count == 1 ? "" : "s");
    importing_found(&k->from, out);
    if (k->found.left_out)
        ks_buf_printf(out, "; %zu key%s could not be opened: %.200s", k->found.left_out,
                      k->found.left_out == 1 ? "" : "s", k->found.why.what);
}

static bool has_gap(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct import_wizard *)ctx)->gap;
}

static bool gap_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (form_ticked(form, "incomplete"))
        return true;
    snprintf(why, FORM_WHY, "add the missing certificate, or tick this");
    return false;
}

static bool picks_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)form;
    if (((const struct import_wizard *)ctx)->ticked.listed_count)
        return true;
    snprintf(why, FORM_WHY, "tick what is to be imported");
    return false;
}

static bool some_ticked(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct import_wizard *)ctx)->ticked.listed_count > 0;
}

static bool aliases_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const struct import_wizard *k = ctx;
    return import_aliases_ok(form, &k->from, &k->ticked, why);
}

static const struct ks_format *format_of(const void *ctx)
{
    return ((const struct importing *)ctx)->target.store->format;
}

static bool may_have_own(const struct form *form, void *ctx)
{
    (void)form;
    return own_password_possible(format_of(ctx));
}

static bool has_own(const struct form *form, void *ctx)
{
    return own_password_wanted(form, format_of(ctx));
}

static bool own_is_empty(const struct form *form, void *ctx)
{
    return has_own(form, ctx) && new_password_is_empty(form, ctx);
}

static void password_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    own_password_words(form, format_of(ctx), out);
}

/* ---- collecting ---- */

static void take_wanted(struct form *form, struct import_wizard *k)
{
    struct ks_buf subject = KS_BUF_INIT;
    subject_text(form, &subject);
    if (ks_dn_parse(ks_buf_text(&subject), &k->subject, NULL) != KS_OK)
        k->subject.len = 0; /* each part was checked */
    ks_buf_free(&subject);
    k->profile = (struct ks_profile){.path_len = -1};
    ks_profile_from_template(&k->profile, template_chosen(form), alg_of_bare(k));
    names_take(form, &k->profile);
    k->wanted = (struct ks_wanted){.subject = ks_slice(k->subject.data, k->subject.len),
                                   .profile = &k->profile};
    (void)validity_take(form, &k->wanted.not_before, &k->wanted.not_after);
}

static void collect(struct form *form, void *ctx)
{
    struct import_wizard *k = ctx;
    importing_collect(form, &k->from);
    if (form_page(form) == 0)
        return; /* the rest is not read yet */
    drop_typed(k);
    import_picks_take(form, &k->ticked);
    if (k->bare)
        take_wanted(form, k);
    k->password = has_own(form, ctx) ? form_secret(form, "password") : NULL;
    k->keys = ks_alloc_array(k->found.count + 1, sizeof *k->keys);
    for (size_t i = 0; i < k->found.count; i++)
        if (form_picked(form, "picks", i))
            k->keys[k->key_count++] = (struct ks_import_key){
                .from = &k->found.at[i],
                .alias = k->ticked.aliases[i],
                .password = k->password,
                .self_signed = k->found.at[i].chain_len ? NULL : &k->wanted,
                .incomplete = form_ticked(form, "incomplete"),
            };
}

/* ---- the review ---- */

static enum ks_code plan(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    struct import_wizard *k = ctx;
    (void)keys;
    return ks_op_import_keys(k->from.target.store, k->keys, k->key_count, KS_CLASH_ASK, job, out,
                             err);
}

static void about(void *ctx, const struct ks_plan *p, struct report *out)
{
    const struct import_wizard *k = ctx;
    for (size_t i = 0; i < k->key_count && i < IN_FULL; i++) {
        const struct ks_entry *e = ks_plan_made(p, k->keys[i].alias);
        struct report more = {0};
        report_add(out, REPORT_HEADING, "", k->keys[i].alias);
        if (e && e->chain_len)
            report_made_certificate(&e->chain[0], &more);
        report_append(out, &more);
        report_add(out, REPORT_FINE, "Pair",
                   k->keys[i].self_signed ? "a self-signed certificate is made of the key"
                                          : "the key is that of the certificate");
    }
}

static void applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct import_wizard *k = ctx;
    struct ui_file *f = app_file_by_id(app, k->from.target.file_id);
    ks_store_free(made);
    if (!f)
        return;
    edit_applied(app, f, k->key_count ? k->keys[0].alias : NULL);
    if (k->key_count == 1)
        edit_show_chain(app, f, k->keys[0].alias);
}

/* ---- the tables ---- */

static const struct wizard_page pages[] = {
    {.name = "Source",
     .question = "Where are the key and its certificates?",
     .work = read_keys,
     .working = "opening the keys",
     .worked = keys_read,
     .boxed = boxed},
    {.name = "Key pairs", .question = "Which of them, and under which names?"},
    {.name = "Certificate", .question = "Self-signed, for a key that has none", .shown = is_bare},
};

static const struct form_field fields[] = {
    IMPORTING_FIELDS("A keystore, a key or PEM with everything; add files in any order."),

    {.id = "found", .label = "Found", .kind = FORM_WORDS, .page = 1, .words = found_words},
    {.id = "picks",
     .label = "",
     .kind = FORM_PICKS,
     .page = 1,
     .rows = 6,
     .check = picks_ok,
     .hint = "Space ticks. Each key was opened, and compared with the certificates."},
    {.id = "aliases",
     .label = "Aliases of what is ticked, one a line in this order",
     .kind = FORM_LINES,
     .page = 1,
     .rows = 2,
     .shown = some_ticked,
     .check_line = import_alias_ok,
     .check = aliases_ok,
     .hint = "The names of the entries. Tab leaves."},
    {.id = "incomplete",
     .label = "store the chain with the gap",
     .kind = FORM_TICK,
     .page = 1,
     .shown = has_gap,
     .check = gap_ok,
     .hint = "Clients that do not know the issuer fail with \"PKIX path building failed\"."},
    {.id = "about-password",
     .label = "Password",
     .kind = FORM_WORDS,
     .page = 1,
     .words = password_words},
    {.id = "own",
     .label = "the key has a password of its own",
     .kind = FORM_TICK,
     .page = 1,
     .shown = may_have_own,
     .hint = "Java programs then need two passwords, and many take only one."},
    NEW_PASSWORD_FIELDS(1, has_own, own_is_empty),

    {.id = "template",
     .label = "Use for",
     .kind = FORM_CHOICE,
     .page = 2,
     .hint = "What the certificate says that the key may be used for."},
    SUBJECT_FIELDS(2),
    NAMES_FIELD(2),
    {.id = "dn", .label = "As DN", .kind = FORM_WORDS, .page = 2, .words = subject_words},
    VALIDITY_FIELDS(2),
};

static const struct wizard_key ways[] = {
    {'t', "import the certificates as trusted ones", has_certs, follow_certs},
    {0, NULL, NULL, NULL},
};

static const struct wizard_def wizard = {
    .name = "import of a key pair",
    .pages = pages,
    .page_count = sizeof pages / sizeof pages[0],
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .fill = fill,
    .changed = changed,
    .collect = collect,
    .plan = plan,
    .about = about,
    .ways = ways,
    .applied = applied,
    .refused = edit_target_refused,
    .free = import_free,
};

/* ---- starting ---- */

static struct import_wizard *begin(struct app *app, struct ui_file *f)
{
    struct import_wizard *k = ks_alloc(sizeof *k);
    *k = (struct import_wizard){0};
    importing_begin(&k->from, app, f);
    k->from.wants_keys = true;
    return k;
}

static void start(struct app *app, struct ui_file *f, struct import_wizard *k)
{
    wizard_start(app, &wizard, ks_asprintf("Import key pair into %s", f->name), k);
}

void wiz_import_key_start(struct app *app, struct ui_file *f)
{
    start(app, f, begin(app, f));
}

void wiz_import_key_of(struct app *app, struct ui_file *f, struct importing *from)
{
    struct import_wizard *k = begin(app, f);
    importing_take_over(&k->from, from);
    start(app, f, k);
    wizard_next(app, k);
}
