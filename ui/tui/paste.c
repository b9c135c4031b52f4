#include "tui/paste.h"

#include "base/alloc.h"
#include "op/import.h"
#include "tui/app_state.h"
#include "tui/view_explain.h"
#include "tui/view_store.h"
#include "tui/wiz_import_key.h"
#include "tui/wiz_reply.h"
#include "tui/wiz_trust.h"

#include <stdlib.h>
#include <string.h>

static bool holds_pem(const char *text, size_t len)
{
    static const char begin[] = "-----BEGIN";
    for (size_t i = 0; i + sizeof begin - 1 <= len; i++)
        if (memcmp(text + i, begin, sizeof begin - 1) == 0)
            return true;
    return false;
}

/* ---- what it is ---- */

static bool holds(const struct ks_gather *given, enum ks_kind kind)
{
    for (size_t i = 0; i < given->count; i++)
        for (size_t k = 0; k < ks_store_count(given->stores[i]); k++)
            if (ks_store_entry(given->stores[i], k)->kind == kind)
                return true;
    return false;
}

static struct ui_file *file_of(struct app *app, const struct ks_store *store)
{
    for (size_t i = 0; i < app_file_count(app); i++)
        if (app_file(app, i)->store == store)
            return app_file(app, i);
    return NULL;
}

/* The key pair that one of the certificates is the reply for: of this file rather than another. */
static const struct ks_entry *reply_for(struct app *app, const struct importing *m,
                                        struct ui_file **f)
{
    struct other_stores others = other_stores_hold(app, *f);
    const struct ks_entry *found = NULL;
    size_t count = 0;
    struct ks_trust_row *rows =
        ks_trust_rows(m->target.store, &m->given, others.stores, others.count, ks_now(), &count);
    for (size_t i = 0; i < count && !found; i++) {
        struct ui_file *its = rows[i].key_entry ? file_of(app, rows[i].key_store) : NULL;
        if (!its || edit_refused(its))
            continue;
        found = rows[i].key_entry;
        *f = its;
    }
    ks_trust_rows_free(rows, count);
    other_stores_drop(&others);
    return found;
}

/* Starts the wizard for what was given, which takes it over; false: nothing that is imported. */
static bool start_fitting(struct app *app, struct ui_file *f, struct importing *m)
{
    size_t certs = 0;
    free(ks_gather_certs(&m->given, &certs, NULL));
    if (holds(&m->given, KS_KIND_KEY)) {
        wiz_import_key_of(app, f, m);
        return true;
    }
    if (certs == 0)
        return false;
    const struct ks_entry *entry = reply_for(app, m, &f);
    if (entry)
        wiz_reply_of(app, f, entry, m);
    else
        wiz_trust_of(app, f, m);
    return true;
}

static void say_unfit(struct app *app, const struct importing *m)
{
    if (holds(&m->given, KS_KIND_REQUEST))
        app_warn(app, "Nothing was imported: this is a certificate request. c a answers it, as a "
                      "CA.");
    else
        app_warn(app, "Nothing was imported: it holds no certificate and no private key.");
}

/* ---- onto the tree ---- */

static void import_pasted(struct app *app, struct ui_file *f, const char *text, size_t len)
{
    struct importing m;
    struct ks_error err = {0};
    importing_begin(&m, app, f);
    importing_paste(&m, text, len);
    if (m.pasted.overflow)
        app_warn(app, "Nothing was imported: more than 1 MiB was pasted. Put it into a file.");
    else if (ks_gather_text(&m.given, "the pasted text", ks_slice(text, len), NULL, &err) != KS_OK)
        app_error(app, &err);
    else if (!start_fitting(app, f, &m))
        say_unfit(app, &m);
    importing_drop(&m);
}

enum ui_next paste_on_tree(struct app *app, struct explorer *ex)
{
    size_t len;
    const char *text = ui_paste(&len);
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    if (!holds_pem(text, len))
        return explain_pasted(app) ? UI_REDRAW : UI_IGNORED;
    if (edit_refused(f))
        edit_say_refused(app, f, "Nothing was imported");
    else
        import_pasted(app, f, text, len);
    return UI_REDRAW;
}

/* ---- from a form ---- */

struct paste_wizard {
    struct importing from; /* the first: edit_target_refused() */
    bool ready;
};

static void paste_free(void *ctx)
{
    struct paste_wizard *p = ctx;
    importing_drop(&p->from);
    free(p);
}

static void fill(struct form *form, void *ctx)
{
    struct paste_wizard *p = ctx;
    importing_fill(form, &p->from);
    form_choose(form, "also", 1);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct paste_wizard *p = ctx;
    (void)importing_changed(form, &p->from, id);
}

static void collect(struct form *form, void *ctx)
{
    struct paste_wizard *p = ctx;
    importing_collect(form, &p->from);
}

/* It ends here, and another wizard goes on. */
static enum ks_code read_given(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                               struct ks_error *err)
{
    struct paste_wizard *p = ctx;
    (void)keys;
    p->ready = false;
    enum ks_code rc = importing_read(&p->from, job, err);
    p->ready = rc == KS_OK;
    return p->ready ? KS_ERR_CANCELLED : rc;
}

static void given_read(struct form *form, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct paste_wizard *p = ctx;
    struct app *app = p->from.app;
    struct ui_file *f = edit_target_file(app, &p->from.target);
    if (!p->ready) {
        importing_was_read(form, &p->from, code, err);
        return;
    }
    if (!f)
        app_warn(app, "%s", edit_target_gone);
    else if (start_fitting(app, f, &p->from))
        wizard_end(app, p);
    else
        say_unfit(app, &p->from);
}

static const struct wizard_page pages[] = {
    {.name = "Source",
     .question = "What is to be imported? It is found out what it is.",
     .work = read_given,
     .working = "reading it",
     .worked = given_read},
};

static const struct form_field fields[] = {
    IMPORTING_FIELDS("Certificates, keys or both; PEM can be pasted below, or here."),
};

/* Nothing is made of it: the page leads to another wizard. */
static enum ks_code plan(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    (void)ctx, (void)keys, (void)job, (void)out;
    return ks_fail(err, KS_ERR_USAGE, "nothing", "nothing was imported");
}

static const struct wizard_def wizard = {
    .name = "import",
    .pages = pages,
    .page_count = 1,
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .fill = fill,
    .changed = changed,
    .collect = collect,
    .plan = plan,
    .refused = edit_target_refused,
    .free = paste_free,
};

void paste_start(struct app *app, struct ui_file *f)
{
    struct paste_wizard *p = ks_alloc(sizeof *p);
    *p = (struct paste_wizard){.ready = false};
    importing_begin(&p->from, app, f);
    wizard_start(app, &wizard, ks_asprintf("Import into %s", f->name), p);
    form_focus(wizard_form(app, p), "paste");
}
