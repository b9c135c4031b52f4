/* The wizard that renews the certificate of a key pair, with its key or with a new one. */
#include "tui/wiz_sign.h"

#include "base/alloc.h"
#include "report/made.h"
#include "tui/cert_fields.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct renew_wizard {
    struct edit_target target;
    struct app *app;
    const struct ks_entry *entry;
    struct signers signers;
    bool by_itself; /* its certificate is self-signed, and can be again */
    size_t issuer;  /* among the signers, who signed the present certificate; their count: none */

    /* what was typed */
    struct ks_renew what;
    struct ks_signer signer;
    char *alias;
};

static bool is_self_signed(const struct ks_entry *e)
{
    return e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN) &&
           (e->chain[0].flags & KS_CERT_SELF_ISSUED);
}

const char *wiz_renew_refused(struct app *app, const struct ks_entry *entry)
{
    struct signers signers = {0};
    if (is_self_signed(entry))
        return NULL;
    signers = signers_find(app, entry);
    bool any = signers.count > 0;
    signers_free(&signers);
    return any ? NULL : "another CA signed it; make a request for that one";
}

static void renew_free(void *ctx)
{
    struct renew_wizard *r = ctx;
    signers_free(&r->signers);
    free(r->alias);
    edit_target_drop(&r->target);
    free(r);
}

/* ---- the form ---- */

enum { SAME_KEY, NEW_KEY };
enum { IN_PLACE, BESIDE };
static const char *const keys_of_renewal[] = {"the same key", "a new key", NULL};
static const char *const places[] = {"takes its place", "is an entry of its own", NULL};

static bool has_new_key(const struct form *form, void *ctx)
{
    (void)ctx;
    return form_chosen(form, "what") == NEW_KEY;
}

static bool has_size(const struct form *form, void *ctx)
{
    return has_new_key(form, ctx) && key_type_has_size(form, ctx);
}

static bool is_beside(const struct form *form, void *ctx)
{
    return has_new_key(form, ctx) && form_chosen(form, "place") == BESIDE;
}

static bool alias_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const struct renew_wizard *r = ctx;
    return alias_is_free(r->target.store, form_text(form, "alias"), why);
}

static void present_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct renew_wizard *r = ctx;
    const struct ks_cert *c = &r->entry->chain[0];
    char until[24];
    (void)form;
    ks_cert_key_text(c, out);
    ks_buf_printf(out, ", until %s UTC, signed by ", ks_time_human(c->not_after, until));
    if (r->by_itself)
        ks_buf_str(out, "itself");
    else
        ks_name_label(ks_cert_part(c, c->issuer), out);
}

static unsigned former_days(const struct ks_cert *c)
{
    int64_t days = (c->not_after - c->not_before + KS_DAY / 2) / KS_DAY;
    return days < 1 ? 1 : days > 36500 ? 36500 : (unsigned)days;
}

static void suggest_alias(struct form *form, const struct renew_wizard *r)
{
    char *alias = NULL;
    for (unsigned n = 2; n < 1000; n++) {
        free(alias);
        alias = ks_asprintf("%s-%u", r->entry->alias, n);
        if (ks_op_alias_check(r->target.store, alias, NULL) == KS_OK)
            break;
    }
    form_set_text(form, "alias", alias);
    free(alias);
}

/* Nobody signs because they happen to be open: the choice begins with the one who did. */
static void offer_signers(struct form *form, struct renew_wizard *r)
{
    bool known = r->issuer < r->signers.count;
    signers_offer(r->app, form, &r->signers,
                  r->by_itself ? "itself"
                  : known      ? NULL
                               : "nobody is chosen yet");
    form_choose(form, "signer", known ? r->issuer + r->by_itself : 0);
}

static bool has_first(const struct renew_wizard *r)
{
    return r->by_itself || r->issuer >= r->signers.count;
}

static bool signer_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const struct renew_wizard *r = ctx;
    if (r->by_itself || signer_chosen(form, &r->signers, has_first(r)))
        return true;
    snprintf(why, FORM_WHY, "its present issuer is not open: choose another one, or make a CSR");
    return false;
}

static void fill(struct form *form, void *ctx)
{
    struct renew_wizard *r = ctx;
    const struct ks_cert *c = &r->entry->chain[0];
    const struct ks_key_type *type = ks_key_type_of(ks_cert_part(c, c->spki));
    key_type_offer(form);
    if (type)
        key_type_choose(form, type);
    offer_signers(form, r);
    validity_fill(form, former_days(c));
    suggest_alias(form, r);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    (void)ctx;
    key_type_changed(form, id);
}

static void collect(struct form *form, void *ctx)
{
    struct renew_wizard *r = ctx;
    const struct signer *s = signer_chosen(form, &r->signers, has_first(r));
    bool new_key = has_new_key(form, ctx);
    free(r->alias);
    r->alias = is_beside(form, ctx) ? ks_strdup(form_text(form, "alias")) : NULL;
    if (s)
        r->signer = (struct ks_signer){.store = s->target.store, .entry = s->entry};
    r->what = (struct ks_renew){.entry = r->entry,
                                .type = new_key ? key_type_chosen(form) : NULL,
                                .alias = r->alias,
                                .signer = s ? &r->signer : NULL};
    (void)validity_take(form, &r->what.not_before, &r->what.not_after);
}

static enum ks_code plan(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    struct renew_wizard *r = ctx;
    r->what.passwords = r->signer.passwords = wizard_key_passwords(keys);
    return ks_op_renew(r->target.store, &r->what, job, out, err);
}

static const char *new_alias(const struct renew_wizard *r)
{
    return r->alias ? r->alias : r->entry->alias;
}

static void about(void *ctx, const struct ks_plan *p, struct report *out)
{
    const struct renew_wizard *r = ctx;
    const struct ks_entry *made = ks_plan_made(p, new_alias(r));
    if (made && made->chain_len)
        report_made_certificate(&made->chain[0], out);
}

static void applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct renew_wizard *r = ctx;
    struct ui_file *f = app_file_by_id(app, r->target.file_id);
    ks_store_free(made);
    if (f)
        edit_applied(app, f, new_alias(r));
}

/* ---- the tables ---- */

static const struct wizard_page pages[] = {
    {.name = "Renew", .question = "The next certificate, with the same subject and use"},
};

static const struct form_field fields[] = {
    {.id = "present", .label = "Now", .kind = FORM_WORDS, .words = present_words},
    {.id = "what",
     .label = "With",
     .kind = FORM_CHOICE,
     .choices = keys_of_renewal,
     .hint = "A new key is safer; the same one fits where the key is pinned or used elsewhere."},
    KEY_TYPE_FIELDS(0, has_new_key, has_size),
    {.id = "place",
     .label = "The new one",
     .kind = FORM_CHOICE,
     .choices = places,
     .shown = has_new_key,
     .hint = "In its place the old key is gone with the next save, but for the backup."},
    {.id = "alias",
     .label = "Alias",
     .kind = FORM_TEXT,
     .shown = is_beside,
     .check = alias_ok,
     .hint = "The name of the entry with the new key."},
    {.id = "signer",
     .label = "Signed by",
     .kind = FORM_CHOICE,
     .check = signer_ok,
     .hint = "Who signs the next one. By another one than now, clients have to trust that one."},
    VALIDITY_FIELDS(0),
};

static const struct wizard_def wizard = {
    .name = "renew",
    .pages = pages,
    .page_count = sizeof pages / sizeof pages[0],
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .fill = fill,
    .changed = changed,
    .collect = collect,
    .plan = plan,
    .about = about,
    .applied = applied,
    .refused = edit_target_refused,
    .free = renew_free,
};

void wiz_renew_start(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    struct renew_wizard *r = ks_alloc(sizeof *r);
    *r = (struct renew_wizard){
        .target = edit_target(f), .app = app, .entry = entry, .by_itself = is_self_signed(entry)};
    r->signers = signers_find(app, entry);
    while (r->issuer < r->signers.count &&
           ks_op_issued_by(&entry->chain[0], r->signers.at[r->issuer].entry) != KS_VERDICT_GOOD)
        r->issuer++;
    wizard_start(app, &wizard, ks_asprintf("Renew %s", entry->alias), r);
}
