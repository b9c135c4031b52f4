#include "tui/wiz_trust.h"

#include "base/alloc.h"
#include "base/text.h"
#include "op/import.h"
#include "report/made.h"
#include "tui/app_state.h"
#include "tui/wiz_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_COLUMNS 30
#define IN_FULL 8 /* certificates that the review shows in full */

struct trust_wizard {
    struct importing from; /* the first: edit_target_refused() */
    struct other_stores others;

    /* the worker's, of the first page */
    struct ks_trust_row *rows;
    size_t count;

    /* of the second page */
    struct import_picks ticked;
    struct ks_trust_pick *picks;
    size_t pick_count;
    bool as_reply;
};

static void drop_rows(struct trust_wizard *t)
{
    ks_trust_rows_free(t->rows, t->count);
    t->rows = NULL;
    t->count = 0;
}

static void drop_picks(struct trust_wizard *t)
{
    free(t->picks);
    t->picks = NULL;
    t->pick_count = 0;
    import_picks_drop(&t->ticked);
}

static void trust_free(void *ctx)
{
    struct trust_wizard *t = ctx;
    drop_picks(t);
    drop_rows(t);
    other_stores_drop(&t->others);
    importing_drop(&t->from);
    free(t);
}

/* ---- the rows ---- */

/* Two rows of 16 bytes, the same wherever there are 60 columns: they are compared by eye. */
static void put_fingerprint(const struct ks_cert *cert, char between, struct ks_buf *out)
{
    uint8_t digest[32];
    ks_cert_sha256(cert, digest);
    ks_text_hex(ks_slice(digest, 16), ':', true, out);
    ks_buf_byte(out, ':');
    ks_buf_byte(out, (uint8_t)between);
    ks_text_hex(ks_slice(&digest[16], 16), ':', true, out);
}

static char *row_text(const struct ks_trust_row *row)
{
    struct ks_buf text = KS_BUF_INIT;
    importing_label(row->from.cert, &text);
    importing_pad(&text, LABEL_COLUMNS);
    ks_buf_str(&text, row->root ? "root CA " : row->ca ? "CA " : "leaf ");
    importing_days(row->from.cert, &text);
    return ks_buf_steal(&text);
}

/* The empty row at the end is where a list that goes on says so: not over the last bytes. */
static char *row_note(const struct ks_trust_row *row, bool more)
{
    struct ks_buf note = KS_BUF_INIT;
    if (row->already)
        ks_buf_printf(&note, "already here as %.200s\n", row->already->alias);
    else if (row->why_not && !row->key_entry)
        ks_buf_printf(&note, "%s\n", row->why_not);
    put_fingerprint(row->from.cert, '\n', &note);
    if (more)
        ks_buf_byte(&note, '\n');
    return ks_buf_steal(&note);
}

static char *row_refused(const struct trust_wizard *t, const struct ks_trust_row *row)
{
    bool here = row->key_store == t->from.target.store;
    const char *slash = here || !row->key_store ? NULL : strrchr(row->key_store->path, '/');
    if (!row->key_entry || row->already)
        return NULL;
    return ks_asprintf("key of %.200s%s%.100s: use Import CA reply", row->key_entry->alias,
                       here ? "" : " in ",
                       here    ? ""
                       : slash ? slash + 1
                               : row->key_store->path);
}

static void offer_rows(struct form *form, const struct trust_wizard *t)
{
    struct form_pick *picks = ks_alloc_array(t->count + 1, sizeof *picks);
    char **texts = ks_alloc_array(3 * t->count + 1, sizeof *texts);
    for (size_t i = 0; i < t->count; i++) {
        char **own = &texts[3 * i];
        own[0] = row_text(&t->rows[i]);
        own[2] = row_refused(t, &t->rows[i]);
        own[1] = own[2] ? NULL : row_note(&t->rows[i], i + 1 < t->count);
        picks[i] = (struct form_pick){own[0], own[1], own[2], t->rows[i].proposed};
    }
    form_set_picks(form, "picks", picks, t->count);
    for (size_t i = 0; i < 3 * t->count; i++)
        free(texts[i]);
    free(texts);
    free(picks);
}

static const struct ks_trust_row *reply_row(const struct trust_wizard *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].key_entry && !t->rows[i].already)
            return &t->rows[i];
    return NULL;
}

/* ---- aliases ---- */

static void offer_aliases(struct form *form, struct trust_wizard *t)
{
    char **aliases = ks_alloc_array(t->count + 1, sizeof *aliases);
    for (size_t i = 0; i < t->count; i++)
        aliases[i] = ks_strdup(t->rows[i].alias);
    import_picks_begin(form, &t->ticked, aliases, t->count);
}

static bool some_ticked(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct trust_wizard *)ctx)->ticked.listed_count > 0;
}

static bool aliases_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const struct trust_wizard *t = ctx;
    return import_aliases_ok(form, &t->from, &t->ticked, why);
}

/* ---- the form ---- */

static void fill(struct form *form, void *ctx)
{
    struct trust_wizard *t = ctx;
    importing_fill(form, &t->from);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct trust_wizard *t = ctx;
    if (importing_changed(form, &t->from, id) || strcmp(id, "picks") != 0)
        return;
    import_picks_changed(form, &t->ticked);
    form_tick(form, "compared", false); /* that was about others */
}

static void found_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)form;
    importing_found(&((const struct trust_wizard *)ctx)->from, out);
}

static bool has_reply(const struct form *form, void *ctx)
{
    (void)form;
    return reply_row(ctx) != NULL;
}

/* With nothing but a CA reply, Next says where that goes. */
static bool certs_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const struct trust_wizard *t = ctx;
    (void)form;
    if (t->ticked.listed_count || reply_row(t))
        return true;
    snprintf(why, FORM_WHY, "tick what is to be trusted");
    return false;
}

static bool compared_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (form_ticked(form, "compared") || form_ticked(form, "as-reply"))
        return true;
    snprintf(why, FORM_WHY, "compare the SHA-256 above with what its owner tells you, then tick");
    return false;
}

static void collect(struct form *form, void *ctx)
{
    struct trust_wizard *t = ctx;
    importing_collect(form, &t->from);
    if (form_page(form) == 0)
        return; /* the rest is not read yet */
    import_picks_take(form, &t->ticked);
    free(t->picks);
    t->picks = ks_alloc_array(t->count + 1, sizeof *t->picks);
    t->pick_count = 0;
    for (size_t i = 0; i < t->count; i++)
        if (form_picked(form, "picks", i))
            t->picks[t->pick_count++] = (struct ks_trust_pick){.cert = t->rows[i].from.cert,
                                                               .from = t->rows[i].from.store,
                                                               .entry = t->rows[i].from.entry,
                                                               .alias = t->ticked.aliases[i]};
    t->as_reply = has_reply(form, t) && form_ticked(form, "as-reply");
}

/* ---- reading ---- */

static enum ks_code fail_nothing(struct ks_error *err)
{
    ks_fail(err, KS_ERR_NOT_FOUND, "no-certificate",
            "nothing was imported: there is no certificate in what was given");
    return ks_fail_next(err, KS_ERR_NOT_FOUND, "name a file that holds one");
}

static enum ks_code read_certs(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                               struct ks_error *err)
{
    struct trust_wizard *t = ctx;
    (void)keys;
    drop_rows(t);
    enum ks_code rc = importing_read(&t->from, job, err);
    if (rc != KS_OK)
        return rc;
    t->rows = ks_trust_rows(t->from.target.store, &t->from.given, t->others.stores, t->others.count,
                            ks_now(), &t->count);
    return t->count ? KS_OK : fail_nothing(err);
}

static void certs_read(struct form *form, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct trust_wizard *t = ctx;
    importing_was_read(form, &t->from, code, err);
    drop_picks(t);
    offer_rows(form, t);
    offer_aliases(form, t);
    form_tick(form, "compared", false);
    form_tick(form, "as-reply", false);
}

/* ---- it is a CA reply ---- */

/* Nothing is ticked but what belongs to a key pair. */
static enum ks_code sort_out(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                             struct ks_error *err)
{
    const struct trust_wizard *t = ctx;
    struct ks_buf label = KS_BUF_INIT;
    (void)keys, (void)job;
    if (t->as_reply)
        return KS_ERR_CANCELLED; /* goes on elsewhere */
    if (t->pick_count)
        return KS_OK;
    const struct ks_trust_row *row = reply_row(t);
    importing_label(row->from.cert, &label);
    ks_fail(err, KS_ERR_REFUSED, "use-reply",
            "%.150s was not imported as a trusted certificate: its key is that of %.150s",
            ks_buf_text(&label), row->key_entry->alias);
    ks_buf_free(&label);
    return ks_fail_next(err, KS_ERR_REFUSED, "it is a CA reply, and goes into that entry");
}

static const char *boxed(void *ctx, const struct ks_error *err)
{
    (void)ctx;
    return strcmp(err->slug, "use-reply") == 0 ? "This is a CA reply" : NULL;
}

static struct ui_file *file_of(const struct trust_wizard *t, const struct ks_store *store)
{
    if (store == t->from.target.store)
        return edit_target_file(t->from.app, &t->from.target);
    for (size_t i = 0; i < t->others.count; i++)
        if (t->others.stores[i] == store)
            return edit_target_file(t->from.app, &t->others.targets[i]);
    return NULL;
}

static void follow_reply(struct app *app, void *ctx)
{
    struct trust_wizard *t = ctx;
    const struct ks_trust_row *row = reply_row(t);
    struct ui_file *f = file_of(t, row->key_store);
    if (!f) {
        app_warn(app, "%s", edit_target_gone);
    } else if (edit_refused(f)) {
        edit_say_refused(app, f, "Nothing was imported");
    } else {
        wiz_reply_of(app, f, row->key_entry, &t->from);
        wizard_end(app, t);
    }
}

static void sorted_out(struct form *form, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct trust_wizard *t = ctx;
    (void)form, (void)err;
    if (code == KS_ERR_CANCELLED && t->as_reply)
        follow_reply(t->from.app, t);
}

/* ---- the review ---- */

static enum ks_code plan(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    struct trust_wizard *t = ctx;
    (void)keys, (void)job;
    return ks_op_trust(t->from.target.store, t->picks, t->pick_count, KS_CLASH_ASK, out, err);
}

static void about(void *ctx, const struct ks_plan *p, struct report *out)
{
    const struct trust_wizard *t = ctx;
    struct ks_buf text = KS_BUF_INIT;
    (void)p;
    for (size_t i = 0; i < t->pick_count; i++) {
        struct report more = {0};
        report_add(out, REPORT_HEADING, "", t->picks[i].alias);
        if (t->pick_count <= IN_FULL) {
            report_made_certificate(t->picks[i].cert, &more);
            report_append(out, &more);
        } else {
            text.len = 0;
            ks_buf_str(&text, "SHA-256 ");
            put_fingerprint(t->picks[i].cert, ' ', &text);
            report_add(out, REPORT_PLAIN, "", ks_buf_text(&text));
        }
    }
    ks_buf_free(&text);
}

static void applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct trust_wizard *t = ctx;
    struct ui_file *f = app_file_by_id(app, t->from.target.file_id);
    ks_store_free(made);
    if (f)
        edit_applied(app, f, t->pick_count ? t->picks[0].alias : NULL);
}

/* ---- the tables ---- */

static const struct wizard_page pages[] = {
    {.name = "Source",
     .question = "Where are the certificates?",
     .work = read_certs,
     .working = "reading the certificates",
     .worked = certs_read},
    {.name = "Choose",
     .question = "Which of them are to be trusted? Below each its SHA-256.",
     .work = sort_out,
     .worked = sorted_out,
     .boxed = boxed},
};

static const struct form_field fields[] = {
    IMPORTING_FIELDS("PEM, DER, PKCS7, or a keystore: any number of certificates."),

    {.id = "found", .label = "From", .kind = FORM_WORDS, .page = 1, .words = found_words},
    {.id = "picks",
     .label = "",
     .kind = FORM_PICKS,
     .page = 1,
     .rows = 10,
     .check = certs_ok,
     .hint = "Space ticks. With its root, what the root has signed is trusted as well."},
    {.id = "aliases",
     .label = "Aliases of what is ticked, one a line in this order",
     .kind = FORM_LINES,
     .page = 1,
     .rows = 2,
     .shown = some_ticked,
     .check_line = import_alias_ok,
     .check = aliases_ok,
     .hint = "The names of the entries. Tab leaves."},
    {.id = "compared",
     .label = "I compared the fingerprint with its owner",
     .kind = FORM_TICK,
     .page = 1,
     .shown = some_ticked,
     .check = compared_ok,
     .hint = "By telephone or on paper: whoever sent the file could have sent another one."},
    {.id = "as-reply",
     .label = "instead, import the CA reply among them",
     .kind = FORM_TICK,
     .page = 1,
     .shown = has_reply,
     .hint = "Into the key pair that it certifies, with its chain."},
};

static const struct wizard_key ways[] = {
    {'i', "import it as a CA reply", NULL, follow_reply},
    {0, NULL, NULL, NULL},
};

static const struct wizard_def wizard = {
    .name = "trusted certificate",
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
    .free = trust_free,
};

/* ---- starting ---- */

static struct trust_wizard *begin(struct app *app, struct ui_file *f)
{
    struct trust_wizard *t = ks_alloc(sizeof *t);
    *t = (struct trust_wizard){0};
    importing_begin(&t->from, app, f);
    t->others = other_stores_hold(app, f);
    return t;
}

static void start(struct app *app, struct ui_file *f, struct trust_wizard *t)
{
    wizard_start(app, &wizard, ks_asprintf("Import trusted certificate into %s", f->name), t);
}

void wiz_trust_start(struct app *app, struct ui_file *f)
{
    start(app, f, begin(app, f));
}

void wiz_trust_of(struct app *app, struct ui_file *f, struct importing *from)
{
    struct trust_wizard *t = begin(app, f);
    importing_take_over(&t->from, from);
    start(app, f, t);
    wizard_next(app, t);
}
