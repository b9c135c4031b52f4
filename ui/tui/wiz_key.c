#include "tui/wiz_key.h"

#include "base/alloc.h"
#include "report/made.h"
#include "tui/cert_fields.h"
#include "tui/new_password.h"
#include "tui/wiz_csr.h"
#include "x509/alt_names.h"
#include "x509/dn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key_wizard {
    struct edit_target target;
    struct app *app;
    struct signers signers;

    /* what ksx wrote into fields: it follows other fields until somebody types there */
    char *alias_suggested, *names_suggested;
    unsigned days_suggested;
    enum ks_key_alg alg; /* that the ticks of the use were set for */

    /* what was typed */
    char *alias, *signature;
    struct ks_buf subject;
    struct ks_profile profile;
    struct ks_generate what;
    struct ks_signer signer;
    struct ks_secret *password;
    bool then_csr;
};

static void drop_typed(struct key_wizard *k)
{
    free(k->alias);
    free(k->signature);
    ks_buf_free(&k->subject);
    ks_profile_drop(&k->profile);
    ks_secret_free(k->password);
    k->alias = k->signature = NULL;
    k->password = NULL;
    k->subject = (struct ks_buf)KS_BUF_INIT;
}

static void key_free(void *ctx)
{
    struct key_wizard *k = ctx;
    drop_typed(k);
    free(k->alias_suggested);
    free(k->names_suggested);
    signers_free(&k->signers);
    edit_target_drop(&k->target);
    free(k);
}

/* ---- what it is for ---- */

static size_t use_changes(const struct form *form, const struct key_wizard *k)
{
    struct ks_profile now = {.path_len = -1};
    use_take(form, &now);
    size_t changes = ks_profile_changes(&now, template_chosen(form), k->alg);
    ks_profile_drop(&now);
    return changes;
}

static void say_use(struct form *form, const struct key_wizard *k)
{
    use_reset_words(form, template_chosen(form)->label, use_changes(form, k));
}

static void set_use(struct form *form, struct key_wizard *k)
{
    struct ks_profile profile = {.path_len = -1};
    k->alg = key_type_chosen(form)->alg;
    ks_profile_from_template(&profile, template_chosen(form), k->alg);
    use_put(form, &profile);
    ks_profile_drop(&profile);
    say_use(form, k);
}

/* ---- suggestions ---- */

static bool is_free(const struct ks_store *store, const char *alias)
{
    return ks_op_alias_check(store, alias, NULL) == KS_OK;
}

static char *free_alias(const struct ks_store *store, const struct ks_template *template)
{
    bool named = template->usage || template->extended;
    const char *word = named ? template->word : "key";
    int len = (int)strcspn(word, "+"); /* of server+client */
    char *alias = ks_strndup(word, (size_t)len);
    for (unsigned n = 2; n < 1000 && !is_free(store, alias); n++) {
        free(alias);
        alias = ks_asprintf("%.*s-%u", len, word, n);
    }
    return alias;
}

static void suggest_alias(struct form *form, struct key_wizard *k)
{
    if (strcmp(form_text(form, "alias"), k->alias_suggested) != 0)
        return;
    free(k->alias_suggested);
    k->alias_suggested = free_alias(k->target.store, template_chosen(form));
    form_set_text(form, "alias", k->alias_suggested);
}

static const struct signer *chosen_signer(const struct form *form, const struct key_wizard *k)
{
    return signer_chosen(form, &k->signers, true);
}

static unsigned usual_days(const struct form *form, const struct key_wizard *k)
{
    const struct signer *s = chosen_signer(form, k);
    return validity_within(s ? s->entry : NULL, ks_op_usual_days(template_chosen(form)));
}

static void suggest_days(struct form *form, struct key_wizard *k)
{
    char text[16];
    snprintf(text, sizeof text, "%u", k->days_suggested);
    if (strcmp(form_text(form, "until"), text) != 0)
        return;
    k->days_suggested = usual_days(form, k);
    snprintf(text, sizeof text, "%u", k->days_suggested);
    form_set_text(form, "until", text);
}

/* ---- the form ---- */

static void offer_signature(struct form *form, const struct key_wizard *k)
{
    const struct signer *s = chosen_signer(form, k);
    if (s)
        signature_offer(form, ks_cert_part(&s->entry->chain[0], s->entry->chain[0].spki));
    else
        signature_offer_for_type(form, key_type_chosen(form));
}

static void fill(struct form *form, void *ctx)
{
    struct key_wizard *k = ctx;
    template_offer(form);
    key_type_offer(form);
    signers_offer(k->app, form, &k->signers, "self-signed");
    k->alias_suggested = ks_strdup("");
    k->names_suggested = ks_strdup("");
    k->days_suggested = usual_days(form, k);
    validity_fill(form, k->days_suggested);
    suggest_alias(form, k);
    offer_signature(form, k);
    set_use(form, k);
}

static void template_changed(struct form *form, struct key_wizard *k)
{
    set_use(form, k);
    suggest_alias(form, k);
    names_suggest(form, &k->names_suggested);
    suggest_days(form, k);
}

/* Ticks that were set by hand stay. */
static void type_changed(struct form *form, struct key_wizard *k, const char *id)
{
    bool as_template = use_changes(form, k) == 0;
    key_type_changed(form, id);
    offer_signature(form, k);
    if (as_template)
        set_use(form, k);
}

static void signer_changed(struct form *form, struct key_wizard *k)
{
    offer_signature(form, k);
    suggest_days(form, k);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct key_wizard *k = ctx;
    if (strcmp(id, "family") == 0 || strcmp(id, "size") == 0)
        type_changed(form, k, id);
    else if (strcmp(id, "template") == 0)
        template_changed(form, k);
    else if (strcmp(id, "reset") == 0)
        set_use(form, k);
    else if (strcmp(id, "CN") == 0)
        names_suggest(form, &k->names_suggested);
    else if (strcmp(id, "signer") == 0)
        signer_changed(form, k);
    else
        say_use(form, k);
}

static bool alias_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const struct key_wizard *k = ctx;
    return alias_is_free(k->target.store, form_text(form, "alias"), why);
}

static const struct ks_format *format_of(const void *ctx)
{
    return ((const struct key_wizard *)ctx)->target.store->format;
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

/* The bound is Apple's for every server, and was the CA/Browser Forum's for public ones. */
static void long_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    struct ks_profile profile = {.path_len = -1};
    int64_t from, until;
    (void)ctx;
    use_take(form, &profile);
    if (profile.extended & KS_EXTENDED_SERVER && validity_take(form, &from, &until) &&
        until - from > KS_SERVER_DAYS * (int64_t)KS_DAY)
        ks_buf_printf(out, "over %d days: some clients refuse it", KS_SERVER_DAYS);
    ks_profile_drop(&profile);
}

static void serial_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)form, (void)ctx;
    ks_buf_printf(out, "random, %d bytes", KS_SERIAL_BYTES);
}

/* ---- collecting ---- */

static void collect(struct form *form, void *ctx)
{
    struct key_wizard *k = ctx;
    struct ks_buf subject = KS_BUF_INIT;
    const struct signer *s = chosen_signer(form, k);
    drop_typed(k);
    subject_text(form, &subject);
    if (ks_dn_parse(ks_buf_text(&subject), &k->subject, NULL) != KS_OK)
        k->subject.len = 0; /* each part was checked */
    ks_buf_free(&subject);
    k->alias = ks_strdup(form_text(form, "alias"));
    k->signature = signature_chosen(form);
    k->profile = (struct ks_profile){.path_len = -1};
    use_take(form, &k->profile);
    names_take(form, &k->profile);
    k->password = has_own(form, ctx) ? form_secret(form, "password") : NULL;
    k->then_csr = form_ticked(form, "csr");
    if (s)
        k->signer = (struct ks_signer){.store = s->target.store, .entry = s->entry};
    k->what = (struct ks_generate){
        .alias = k->alias,
        .type = key_type_chosen(form),
        .wanted = {.subject = ks_slice(k->subject.data, k->subject.len),
                   .profile = &k->profile,
                   .signature = k->signature,
                   .signer = s ? &k->signer : NULL},
        .password = k->password,
    };
    (void)validity_take(form, &k->what.wanted.not_before, &k->what.wanted.not_after);
}

static enum ks_code plan(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    struct key_wizard *k = ctx;
    k->signer.passwords = wizard_key_passwords(keys);
    return ks_op_generate(k->target.store, &k->what, job, out, err);
}

/* ---- the review, and afterwards ---- */

static void about(void *ctx, const struct ks_plan *p, struct report *out)
{
    struct key_wizard *k = ctx;
    const struct ks_entry *made = ks_plan_made(p, k->alias);
    if (made && made->chain_len)
        report_made_certificate(&made->chain[0], out);
}

static void applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct key_wizard *k = ctx;
    struct ui_file *f = app_file_by_id(app, k->target.file_id);
    size_t at;
    ks_store_free(made);
    if (!f)
        return;
    edit_applied(app, f, k->alias);
    edit_show_chain(app, f, k->alias);
    if (k->then_csr && ks_store_find(f->store, k->alias, &at))
        wiz_csr_start(app, f, ks_store_entry(f->store, at));
}

/* ---- the tables ---- */

static const struct wizard_page pages[] = {
    {.name = "Key", .question = "The new key"},
    {.name = "Subject", .question = "Subject of the new certificate"},
    {.name = "Use", .question = "What the certificate may be used for"},
    {.name = "Validity", .question = "How long, and signed how"},
};

static const struct form_field fields[] = {
    {.id = "alias",
     .label = "Alias",
     .kind = FORM_TEXT,
     .check = alias_ok,
     .hint = "The name of the entry in the keystore."},
    {.id = "template",
     .label = "Use for",
     .kind = FORM_CHOICE,
     .hint = "Sets the use and the validity on the next pages, where each can be changed."},
    KEY_TYPE_FIELDS(0, NULL, key_type_has_size),
    {.id = "signer",
     .label = "Signed by",
     .kind = FORM_CHOICE,
     .hint = "Itself, for a CA to sign a request later; or a CA of an open keystore."},
    {.id = "about-password", .label = "Password", .kind = FORM_WORDS, .words = password_words},
    {.id = "own",
     .label = "the key has a password of its own",
     .kind = FORM_TICK,
     .shown = may_have_own,
     .hint = "Java programs then need two passwords, and many take only one."},
    NEW_PASSWORD_FIELDS(0, has_own, own_is_empty),

    SUBJECT_FIELDS(1),
    NAMES_FIELD(1),
    {.id = "dn", .label = "As DN", .kind = FORM_WORDS, .page = 1, .words = subject_words},

    USE_FIELDS(2),

    VALIDITY_FIELDS(3),
    {.id = "long", .label = "", .kind = FORM_WORDS, .page = 3, .words = long_words},
    {.id = "serial", .label = "Serial", .kind = FORM_WORDS, .page = 3, .words = serial_words},
    SIGNATURE_FIELD(3),
    {.id = "csr",
     .label = "then open the CSR wizard",
     .kind = FORM_TICK,
     .page = 3,
     .hint = "To have the key certified by a CA: a request is written to a file."},
};

static const struct wizard_def wizard = {
    .name = "key pair",
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
    .free = key_free,
};

void wiz_key_start(struct app *app, struct ui_file *f)
{
    struct key_wizard *k = ks_alloc(sizeof *k);
    *k = (struct key_wizard){.target = edit_target(f), .app = app};
    k->signers = signers_find(app, NULL);
    wizard_start(app, &wizard, ks_asprintf("Generate key pair in %s", f->name), k);
}
