#include "tui/wiz_reply.h"

#include "base/alloc.h"
#include "file/jvm.h"
#include "op/import.h"
#include "report/made.h"
#include "report/plan.h"
#include "tui/app_state.h"
#include "tui/dialog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHOICES 64      /* key pairs to choose from */
#define ROWS_LEFT_OUT 8 /* of certificates that are no part of the chain */

struct reply_wizard {
    struct importing from; /* the first: edit_target_refused() */
    struct other_stores others;
    const struct ks_entry *pairs[CHOICES]; /* of the target's store; choice 0 is none of them */
    size_t pair_count, preset;
    char *java_home, *home;

    /* what was typed */
    const struct ks_entry *chosen; /* NULL: the one whose key it has */
    bool use_others, use_jvm, leave_root, older, incomplete;

    /* the worker's, of the first page; shown on the second */
    struct ks_store *cacerts; /* opened when an issuer is missing */
    struct ks_reply_look look;
    struct ks_reply_fit fit;
    bool is_older;
    struct ks_error age;
};

static void drop_look(struct reply_wizard *r)
{
    ks_reply_look_drop(&r->look);
    ks_store_free(r->cacerts);
    r->cacerts = NULL;
    r->fit = (struct ks_reply_fit){0};
    r->is_older = false;
}

static void reply_free(void *ctx)
{
    struct reply_wizard *r = ctx;
    drop_look(r);
    other_stores_drop(&r->others);
    importing_drop(&r->from);
    free(r->java_home);
    free(r->home);
    free(r);
}

/* ---- the first page ---- */

static void fill(struct form *form, void *ctx)
{
    struct reply_wizard *r = ctx;
    const char *words[CHOICES + 1] = {"the one whose key it has"};
    for (size_t i = 0; i < r->pair_count; i++)
        words[i + 1] = r->pairs[i]->alias;
    form_set_choices(form, "entry", words, r->pair_count + 1);
    form_choose(form, "entry", r->preset);
    importing_fill(form, &r->from);
    form_tick(form, "others", true);
    form_tick(form, "jvm", true);
    form_tick(form, "root", true);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct reply_wizard *r = ctx;
    (void)importing_changed(form, &r->from, id);
}

static bool has_others(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct reply_wizard *)ctx)->others.count > 0;
}

static void collect(struct form *form, void *ctx)
{
    struct reply_wizard *r = ctx;
    size_t at = form_chosen(form, "entry");
    importing_collect(form, &r->from);
    r->chosen = at > 0 && at <= r->pair_count ? r->pairs[at - 1] : NULL;
    r->use_others = form_ticked(form, "others");
    r->use_jvm = form_ticked(form, "jvm");
    r->leave_root = !form_ticked(form, "root");
    r->older = form_ticked(form, "older");
    r->incomplete = form_ticked(form, "incomplete");
}

/* ---- what came ---- */

static struct ks_reply reply_of(const struct reply_wizard *r)
{
    size_t count = r->use_others ? r->others.count : 0;
    struct ks_store **stores = r->others.stores;
    if (r->cacerts && !r->use_others)
        stores += r->others.count; /* where it is put below */
    if (r->cacerts)
        r->others.stores[r->others.count] = r->cacerts;
    return (struct ks_reply){.store = r->from.target.store,
                             .entry = r->chosen,
                             .given = &r->from.given,
                             .others = stores,
                             .other_count = count + (r->cacerts != NULL),
                             .now = ks_now()};
}

static bool is_open(const struct reply_wizard *r, const char *path)
{
    for (size_t i = 0; i < r->others.count; i++)
        if (strcmp(r->others.stores[i]->path, path) == 0)
            return true;
    return strcmp(r->from.target.store->path, path) == 0;
}

/* The trust anchors of the JVM in use here: that of JAVA_HOME, else the first there is. */
static struct ks_store *open_cacerts(const struct reply_wizard *r, struct ks_job *job)
{
    struct ks_jvm_list jvms = ks_jvm_find("", r->java_home, r->home);
    struct ks_store *store = NULL;
    for (size_t i = 0; i < jvms.count && !store; i++) {
        const struct ks_jvm_store *s = &jvms.at[i];
        if (strcmp(s->role, "cacerts") != 0 || !s->target || is_open(r, s->path) ||
            is_open(r, s->target))
            continue;
        if (ks_open(s->path, NULL, job, &store, NULL) != KS_OK)
            store = NULL;
    }
    ks_jvm_list_drop(&jvms);
    return store;
}

/* An older or incomplete reply is shown all the same; what stands in its way is asked there. */
static enum ks_code look(struct reply_wizard *r, struct ks_job *job, struct ks_error *err)
{
    struct ks_reply reply = reply_of(r);
    reply.incomplete = true;
    ks_reply_look_drop(&r->look);
    enum ks_code rc = ks_reply_look(&reply, job, &r->look, &r->fit, &r->age);
    r->is_older = rc == KS_ERR_REFUSED && strcmp(r->age.slug, "older") == 0;
    if (rc != KS_OK && !r->is_older && err)
        *err = r->age;
    return r->is_older ? KS_OK : rc;
}

static enum ks_code read_reply(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                               struct ks_error *err)
{
    struct reply_wizard *r = ctx;
    (void)keys;
    drop_look(r);
    enum ks_code rc = importing_read(&r->from, job, err);
    if (rc == KS_OK)
        rc = look(r, job, err);
    if (rc != KS_OK || r->look.complete || !r->use_jvm)
        return rc;
    r->cacerts = open_cacerts(r, job);
    return r->cacerts ? look(r, job, err) : KS_OK;
}

static void reply_read(struct form *form, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct reply_wizard *r = ctx;
    importing_was_read(form, &r->from, code, err);
    form_tick(form, "older", false);
    form_tick(form, "incomplete", false);
}

static const char *boxed(void *ctx, const struct ks_error *err)
{
    (void)ctx;
    if (strcmp(err->slug, "key-mismatch") == 0 || strcmp(err->slug, "no-entry") == 0)
        return "Wrong certificate for this key";
    return err->code == KS_ERR_REFUSED || err->code == KS_ERR_NOT_FOUND ? "Import CA reply" : NULL;
}

/* ---- it fits another entry ---- */

static bool has_fit(void *ctx)
{
    return ((const struct reply_wizard *)ctx)->fit.entry != NULL;
}

static size_t choice_of(const struct reply_wizard *r, const struct ks_entry *entry)
{
    for (size_t i = 0; i < r->pair_count; i++)
        if (r->pairs[i] == entry)
            return i + 1;
    return 0; /* it is found by its key */
}

static struct ui_file *file_of(const struct reply_wizard *r, const struct ks_store *store)
{
    for (size_t i = 0; i < r->others.count; i++)
        if (r->others.stores[i] == store)
            return edit_target_file(r->from.app, &r->others.targets[i]);
    return NULL;
}

static void follow_fit(struct app *app, void *ctx)
{
    struct reply_wizard *r = ctx;
    if (r->fit.store == r->from.target.store) {
        form_choose(wizard_form(app, r), "entry", choice_of(r, r->fit.entry));
        wizard_retitle(app, r, ks_asprintf("Import CA reply for %s", r->fit.entry->alias));
        wizard_next(app, r);
        return;
    }
    struct ui_file *f = file_of(r, r->fit.store);
    if (!f) {
        app_warn(app, "%s", edit_target_gone);
    } else if (edit_refused(f)) {
        edit_say_refused(app, f, "Nothing was imported");
    } else {
        wiz_reply_of(app, f, r->fit.entry, &r->from);
        wizard_end(app, r);
    }
}

/* ---- the second page ---- */

static void found_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct reply_wizard *r = ctx;
    (void)form;
    importing_found(&r->from, out);
}

static void entry_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct reply_wizard *r = ctx;
    (void)form;
    if (r->look.entry)
        ks_buf_printf(out, "%.200s%s", r->look.entry->alias,
                      r->chosen ? "" : ", found by its public key");
}

static const char *file_name(const struct ks_store *store)
{
    const char *slash = strrchr(store->path, '/');
    return slash ? slash + 1 : store->path;
}

/* The root is the last certificate of a chain that is complete, when it is not the leaf. */
static bool is_root(const struct ks_reply_look *look, size_t i)
{
    bool last = i + 1 == look->count || look->rows[i + 1].role == KS_REPLY_UNRELATED;
    return look->complete && i > 0 && last && look->rows[i].role != KS_REPLY_UNRELATED;
}

static bool has_root(const struct form *form, void *ctx)
{
    const struct reply_wizard *r = ctx;
    (void)form;
    for (size_t i = 0; i < r->look.count; i++)
        if (is_root(&r->look, i))
            return true;
    return false;
}

static void row_words(const struct reply_wizard *r, size_t i, bool root, struct ks_buf *out)
{
    const struct ks_reply_row *row = &r->look.rows[i];
    if (row->role == KS_REPLY_UNRELATED)
        ks_buf_str(out, "- ");
    else
        ks_buf_printf(out, "%zu ", i);
    importing_label(row->cert, out);
    ks_buf_str(out, " (");
    importing_days(row->cert, out);
    ks_buf_str(out, "): ");
    if (row->role == KS_REPLY_LEAF)
        ks_buf_str(out, "key matches this entry");
    else if (row->role == KS_REPLY_UNRELATED)
        ks_buf_str(out, "not part of the chain, left out");
    else
        ks_buf_printf(out, "signs %zu", i - 1);
    if (row->found)
        ks_buf_printf(out, ", from %.100s", file_name(row->found->store));
    if (is_root(&r->look, i))
        ks_buf_printf(out, ", a root%s", root ? "" : ", left out");
}

static void chain_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct reply_wizard *r = ctx;
    size_t left = 0;
    for (size_t i = 0; i < r->look.count; i++) {
        if (r->look.rows[i].role == KS_REPLY_UNRELATED && left++ >= ROWS_LEFT_OUT)
            continue;
        if (i)
            ks_buf_byte(out, '\n');
        row_words(r, i, form_ticked(form, "root"), out);
    }
    if (left > ROWS_LEFT_OUT)
        ks_buf_printf(out, "\nand %zu more that are left out", left - ROWS_LEFT_OUT);
}

static void complete_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct reply_wizard *r = ctx;
    size_t len = 0;
    for (size_t i = 0; i < r->look.count; i++)
        len += r->look.rows[i].role != KS_REPLY_UNRELATED;
    if (!r->look.complete)
        return;
    bool root = has_root(form, ctx), with = form_ticked(form, "root");
    ks_buf_printf(out, "complete, chain %zu%s", len - (root && !with),
                  !root  ? ""
                  : with ? ", root included"
                         : ", root left out");
    if (r->look.unverified)
        ks_buf_str(out, "; a signature could not be checked: its algorithm is not in this OpenSSL");
}

static void looked_in(const struct reply_wizard *r, struct ks_buf *out)
{
    ks_buf_printf(out, "%.100s", file_name(r->from.target.store));
    for (size_t i = 0; r->use_others && i < r->others.count && i < 4; i++)
        ks_buf_printf(out, ", %.100s", file_name(r->others.stores[i]));
    if (r->use_others && r->others.count > 4)
        ks_buf_printf(out, " and %zu more", r->others.count - 4);
    if (r->cacerts)
        ks_buf_printf(out, ", %.300s", r->cacerts->path);
}

static void missing_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct reply_wizard *r = ctx;
    (void)form;
    if (r->look.complete || !r->look.missing)
        return;
    ks_buf_printf(out, "%.900s. It is not in the reply, and not in ", r->look.missing);
    looked_in(r, out);
    ks_buf_str(out, r->look.root_missing
                        ? ". If that is the root, all is well: clients have it themselves. Else "
                          "ask the CA for it; PgUp goes back to add its file."
                        : ". Ask the CA for it; PgUp goes back to add its file.");
}

static bool is_incomplete(const struct form *form, void *ctx)
{
    const struct reply_wizard *r = ctx;
    (void)form;
    return r->look.count && !r->look.complete;
}

static bool gap_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (form_ticked(form, "incomplete"))
        return true;
    snprintf(why, FORM_WHY, "add the missing certificate, or tick this");
    return false;
}

static bool is_older(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct reply_wizard *)ctx)->is_older;
}

static void age_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct reply_wizard *r = ctx;
    const struct ks_cert *now = r->look.entry ? &r->look.entry->chain[0] : NULL;
    char theirs[24], own[24];
    (void)form;
    if (r->is_older && r->look.count && now)
        ks_buf_printf(out, "the reply's certificate began on %.10s, the present one on %.10s",
                      ks_time_iso(r->look.rows[0].cert->not_before, theirs),
                      ks_time_iso(now->not_before, own));
}

static bool age_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (form_ticked(form, "older"))
        return true;
    snprintf(why, FORM_WHY, "choose the newer reply, or tick this");
    return false;
}

/* ---- the review ---- */

static enum ks_code plan(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    struct reply_wizard *r = ctx;
    struct ks_reply reply = reply_of(r);
    (void)keys;
    reply.leave_root = r->leave_root;
    reply.older = r->older;
    reply.incomplete = r->incomplete;
    return ks_op_reply(&reply, job, out, err);
}

static void about(void *ctx, const struct ks_plan *p, struct report *out)
{
    const struct reply_wizard *r = ctx;
    struct ks_buf text = KS_BUF_INIT;
    (void)p;
    ks_buf_str(&text, r->look.entry->alias);
    if (r->look.entry->chain_len) {
        ks_buf_str(&text, ", key pair, ");
        ks_cert_key_text(&r->look.entry->chain[0], &text);
    }
    report_add(out, REPORT_TEXT, "Entry", ks_buf_text(&text));
    report_add(out, REPORT_TEXT, "Key", "untouched");
    report_add(out,
               r->look.complete       ? REPORT_FINE
               : r->look.root_missing ? REPORT_TEXT
                                      : REPORT_CAUTION,
               "Chain",
               r->look.complete       ? "complete"
               : r->look.root_missing ? "without the issuer of its last CA, as wished"
                                      : "incomplete: stored with the gap, as wished");
    ks_buf_free(&text);
}

/* Every certificate of the new chain, in full. */
static void show_full(struct app *app, void *ctx)
{
    const struct reply_wizard *r = ctx;
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < r->look.count; i++) {
        struct report report = {0};
        if (r->look.rows[i].role == KS_REPLY_UNRELATED)
            break;
        report_made_certificate(r->look.rows[i].cert, &report);
        ks_buf_printf(&text, "%sCertificate %zu\n", i ? "\n\n" : "", i);
        for (size_t k = 0; k < report.count; k++)
            ks_buf_printf(&text, "\n%s%s%s", report.lines[k].label,
                          report.lines[k].label[0] ? ": " : "", report.lines[k].value);
        report_free(&report);
    }
    notice_show(app, "The new chain in full", ks_buf_text(&text));
    ks_buf_free(&text);
}

static void applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct reply_wizard *r = ctx;
    struct ui_file *f = app_file_by_id(app, r->from.target.file_id);
    ks_store_free(made);
    if (!f)
        return;
    edit_applied(app, f, r->look.entry->alias);
    edit_show_chain(app, f, r->look.entry->alias);
}

/* ---- the tables ---- */

static const struct wizard_page pages[] = {
    {.name = "Reply",
     .question = "What the CA sent, in any order",
     .work = read_reply,
     .working = "reading the reply",
     .worked = reply_read,
     .boxed = boxed},
    {.name = "Chain", .question = "What came of it"},
};

static const struct form_field fields[] = {
    IMPORTING_FIELDS("PEM, DER, PKCS7 or a keystore: the certificate, and what came with it."),
    {.id = "entry",
     .label = "For entry",
     .kind = FORM_CHOICE,
     .hint = "The key pair of the request. A reply for another key is never put here."},
    {.id = "others",
     .label = "look for missing issuers in the other open keystores",
     .kind = FORM_TICK,
     .shown = has_others,
     .hint = "This keystore is looked through in any case."},
    {.id = "jvm",
     .label = "look for missing issuers in the cacerts of the JVM",
     .kind = FORM_TICK,
     .hint = "It is only read: that of JAVA_HOME, else the first JVM found."},

    {.id = "found", .label = "Found", .kind = FORM_WORDS, .page = 1, .words = found_words},
    {.id = "for", .label = "For entry", .kind = FORM_WORDS, .page = 1, .words = entry_words},
    {.id = "chain", .label = "Chain", .kind = FORM_WORDS, .page = 1, .words = chain_words},
    {.id = "complete", .label = "Check", .kind = FORM_WORDS, .page = 1, .words = complete_words},
    {.id = "missing", .label = "Missing", .kind = FORM_WORDS, .page = 1, .words = missing_words},
    {.id = "incomplete",
     .label = "store it with the gap",
     .kind = FORM_TICK,
     .page = 1,
     .shown = is_incomplete,
     .check = gap_ok,
     .hint = "Where more than a root is missing, clients fail: \"PKIX path building failed\"."},
    {.id = "age", .label = "Older", .kind = FORM_WORDS, .page = 1, .words = age_words},
    {.id = "older",
     .label = "the older certificate is meant",
     .kind = FORM_TICK,
     .page = 1,
     .shown = is_older,
     .check = age_ok,
     .hint = "Mostly it is a reply to a former request that was found again."},
    {.id = "root",
     .label = "include the root in the chain",
     .kind = FORM_TICK,
     .page = 1,
     .shown = has_root,
     .hint = "keytool puts it there too. Servers that send it do no harm."},
};

static const struct wizard_key ways[] = {
    {'i', "import it into the entry that it fits", has_fit, follow_fit},
    {0, NULL, NULL, NULL},
};

static const struct wizard_key review_keys[] = {
    {'v', "Full certificates", NULL, show_full},
    {0, NULL, NULL, NULL},
};

static const struct wizard_def wizard = {
    .name = "CA reply",
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
    .review_keys = review_keys,
    .applied = applied,
    .refused = edit_target_refused,
    .free = reply_free,
};

/* ---- starting ---- */

static char *copy_of(const char *text)
{
    return text && *text ? ks_strdup(text) : NULL;
}

/* The wanted one is among those to choose from, however many there are. */
static void find_pairs(struct reply_wizard *r, const struct ks_entry *wanted)
{
    const struct ks_store *store = r->from.target.store;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e->kind != KS_KIND_KEY || (e != wanted && r->pair_count == CHOICES - 1))
            continue;
        r->pairs[r->pair_count++] = e;
        if (e == wanted)
            r->preset = r->pair_count;
        if (r->pair_count == CHOICES)
            return;
    }
}

static struct reply_wizard *begin(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    struct reply_wizard *r = ks_alloc(sizeof *r);
    *r = (struct reply_wizard){.java_home = copy_of(getenv("JAVA_HOME")),
                               .home = copy_of(getenv("HOME"))};
    importing_begin(&r->from, app, f);
    r->others = other_stores_hold(app, f);
    find_pairs(r, entry);
    return r;
}

static void start(struct app *app, struct ui_file *f, struct reply_wizard *r)
{
    char *title = r->preset ? ks_asprintf("Import CA reply for %s", r->pairs[r->preset - 1]->alias)
                            : ks_asprintf("Import CA reply into %s", f->name);
    wizard_start(app, &wizard, title, r);
}

void wiz_reply_start(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    start(app, f, begin(app, f, entry));
}

void wiz_reply_of(struct app *app, struct ui_file *f, const struct ks_entry *entry,
                  struct importing *from)
{
    struct reply_wizard *r = begin(app, f, entry);
    importing_take_over(&r->from, from);
    start(app, f, r);
    wizard_next(app, r);
}

bool wiz_reply_has_key(const struct ui_file *f)
{
    for (size_t i = 0; f->store && i < ks_store_count(f->store); i++)
        if (ks_store_entry(f->store, i)->kind == KS_KIND_KEY)
            return true;
    return false;
}
