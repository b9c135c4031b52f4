/* Wizards that make or change a whole keystore: create, convert, passwords. */
#include "tui/edit_store.h"

#include "base/alloc.h"
#include "base/text.h"
#include "report/made.h"
#include "tui/app_state.h"
#include "tui/directory.h"
#include "tui/edit.h"
#include "tui/new_password.h"
#include "tui/wiz_import_key.h"
#include "tui/wiz_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TYPES_MAX 16

/* ---- the types that can be written ---- */

static size_t writable_types(const struct ks_format *types[static TYPES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; ks_formats[i] && n < TYPES_MAX; i++)
        if (ks_formats[i]->caps & KS_CAP_WRITE)
            types[n++] = ks_formats[i];
    return n;
}

static const struct ks_format *chosen_type(const struct form *form)
{
    const struct ks_format *types[TYPES_MAX];
    size_t n = writable_types(types), at = form_chosen(form, "type");
    return types[at < n ? at : 0];
}

/* PKCS12 first chosen: it is what Java writes by default, and what every program reads. */
static void offer_types(struct form *form)
{
    const struct ks_format *types[TYPES_MAX];
    const char *words[TYPES_MAX] = {0};
    size_t n = writable_types(types);
    for (size_t i = 0; i < n; i++)
        words[i] = types[i]->name;
    form_set_choices(form, "type", words, n);
    for (size_t i = 0; i < n; i++)
        if (types[i] == &ks_format_pkcs12)
            form_choose(form, "type", i);
}

static void type_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)ctx;
    ks_buf_str(out, chosen_type(form)->summary);
}

static bool has_protection(const struct form *form, void *ctx)
{
    (void)ctx;
    return chosen_type(form)->caps & KS_CAP_PROTECTION;
}

/* A loose file has none. */
static bool takes_password(const struct form *form, void *ctx)
{
    (void)ctx;
    return chosen_type(form)->caps & KS_CAP_PASSWORD;
}

static bool none_is_typed(const struct form *form, void *ctx)
{
    return takes_password(form, ctx) && new_password_is_empty(form, ctx);
}

static const char *const protections[] = {"modern", "legacy (JDK 8)", NULL};

static enum ks_protection chosen_protection(const struct form *form)
{
    if (!(chosen_type(form)->caps & KS_CAP_PROTECTION))
        return KS_PROTECT_KEEP;
    return form_chosen(form, "protection") ? KS_PROTECT_LEGACY : KS_PROTECT_MODERN;
}

/* ---- paths ---- */

static bool path_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    char *path = directory_typed(form_text(form, "path"));
    struct stat st;
    bool there = stat(path, &st) == 0;
    (void)ctx;
    if (!path[0])
        snprintf(why, FORM_WHY, "a name is needed");
    else if (there && S_ISDIR(st.st_mode))
        snprintf(why, FORM_WHY, "that is a directory; add a file name");
    else if (there)
        snprintf(why, FORM_WHY, "that file exists already; choose another name");
    bool good = path[0] && !there;
    free(path);
    return good;
}

/* ---- create ---- */

struct creating {
    const struct ks_format *format;
    enum ks_protection protection;
    char *path;
    struct ks_secret *password;
    size_t then; /* of then_words */
};

static const char *const then_words[] = {"leave it empty", "generate a key pair",
                                         "import a key pair", NULL};

static void creating_free(void *ctx)
{
    struct creating *c = ctx;
    ks_secret_free(c->password);
    free(c->path);
    free(c);
}

static void fill_create(struct form *form, void *ctx)
{
    (void)ctx;
    offer_types(form);
}

static void collect_create(struct form *form, void *ctx)
{
    struct creating *c = ctx;
    ks_secret_free(c->password);
    free(c->path);
    c->format = chosen_type(form);
    c->protection = chosen_protection(form);
    c->path = directory_typed(form_text(form, "path"));
    c->password = takes_password(form, c) ? form_secret(form, "password") : NULL;
    c->then = form_chosen(form, "then");
}

static enum ks_code plan_create(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_plan *out, struct ks_error *err)
{
    struct creating *c = ctx;
    (void)keys, (void)job;
    return ks_op_create(c->path, c->format, c->password, c->protection, out, err);
}

/* It holds nothing yet, and that is not all. */
static void about_create(void *ctx, const struct ks_plan *plan, struct report *out)
{
    const struct creating *c = ctx;
    (void)plan;
    if (c->then)
        report_add(out, REPORT_TEXT, "Then",
                   c->then == 1 ? "a key pair is made for it: Apply goes on to that"
                                : "a key pair is imported: Apply goes on to that");
}

/* A made store is a row of its own, not on disk yet. */
static struct ui_file *show_made(struct app *app, struct ks_store *made)
{
    void *box = app_find_view(app, &view_open);
    struct ui_file *f = files_add_made(app, made);
    if (box) /* it was made from there, and nothing is to be opened any more */
        app_close_view(app, box);
    app_goto(app, f, -1, -1);
    app_message(app, "%s is made, in memory. Not saved: w writes it.", f->name);
    return f;
}

static void made_applied(struct app *app, void *ctx, struct ks_store *made)
{
    (void)ctx;
    (void)show_made(app, made);
}

static void create_applied(struct app *app, void *ctx, struct ks_store *made)
{
    const struct creating *c = ctx;
    struct ui_file *f = show_made(app, made);
    if (c->then == 1)
        wiz_key_start(app, f);
    else if (c->then == 2)
        wiz_import_key_start(app, f);
}

static const struct wizard_page create_pages[] = {
    {.name = "Keystore", .question = "What should the new keystore be?"}};

static const struct form_field create_fields[] = {
    {.id = "type",
     .label = "Type",
     .kind = FORM_CHOICE,
     .hint = "Left and Right choose. PKCS12: current Java and all others read it."},
    {.id = "summary", .label = "", .kind = FORM_WORDS, .words = type_words},
    {.id = "path",
     .label = "File",
     .kind = FORM_PATH,
     .makes_file = true,
     .check = path_ok,
     .hint = "Where w will write it, mode 0600. Nothing is written before."},
    NEW_PASSWORD_FIELDS(0, takes_password, none_is_typed),
    {.id = "protection",
     .label = "Protection",
     .kind = FORM_CHOICE,
     .choices = protections,
     .shown = has_protection,
     .hint = "modern: AES-256, SHA-256. legacy: 3DES, SHA-1, for JDK 8 before 8u301."},
    {.id = "then",
     .label = "Then",
     .kind = FORM_CHOICE,
     .choices = then_words,
     .hint = "What comes when it is made. i and c do more, at any time."},
};

static const struct wizard_def create_wizard = {
    .name = "create",
    .pages = create_pages,
    .page_count = 1,
    .fields = create_fields,
    .field_count = sizeof create_fields / sizeof create_fields[0],
    .fill = fill_create,
    .collect = collect_create,
    .plan = plan_create,
    .about = about_create,
    .applied = create_applied,
    .free = creating_free,
};

void edit_create_store(struct app *app)
{
    struct creating *c = ks_alloc(sizeof *c);
    *c = (struct creating){0};
    wizard_start(app, &create_wizard, ks_strdup("New keystore"), c);
}

/* ---- convert ---- */

struct converting {
    struct edit_target target;
    const struct ks_format *format;
    enum ks_protection protection;
    char *path;
    struct ks_secret *password; /* NULL: the old one */
    bool keep_key_passwords, drop_lost;
    const struct ks_entry **drop;
    size_t drop_count;
    char *base;      /* the path without its suffix */
    char *suggested; /* what stands in the field unless it was typed over */
};

static void converting_free(void *ctx)
{
    struct converting *c = ctx;
    edit_target_drop(&c->target);
    ks_secret_free(c->password);
    free(c->drop);
    free(c->path);
    free(c->base);
    free(c->suggested);
    free(c);
}

static const struct {
    const char *type, *suffix;
} suffixes[] = {{"JKS", "jks"},   {"JCEKS", "jceks"}, {"PKCS12", "p12"}, {"BKS", "bks"},
                {"UBER", "uber"}, {"BCFKS", "bcfks"}, {"PEM", "pem"}};

static const char *suffix_of(const struct ks_format *format)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (strcmp(suffixes[i].type, format->name) == 0)
            return suffixes[i].suffix;
    return "keystore";
}

/* "inbound.p12" to "inbound.jks", or "inbound-2.jks" when that is there. */
static char *free_path(const char *base, const char *suffix)
{
    struct stat st;
    char *path = ks_asprintf("%s.%s", base, suffix);
    for (unsigned n = 2; n < 100 && stat(path, &st) == 0; n++) {
        free(path);
        path = ks_asprintf("%s-%u.%s", base, n, suffix);
    }
    return path;
}

/* Follows the type until somebody types another name. */
static void suggest_path(struct form *form, struct converting *c)
{
    char *path = free_path(c->base, suffix_of(chosen_type(form)));
    form_set_text(form, "path", path);
    free(c->suggested);
    c->suggested = path;
}

static void convert_changed(struct form *form, void *ctx, const char *id)
{
    struct converting *c = ctx;
    if (strcmp(id, "type") == 0 && strcmp(form_text(form, "path"), c->suggested) == 0)
        suggest_path(form, c);
}

static void fill_convert(struct form *form, void *ctx)
{
    struct converting *c = ctx;
    offer_types(form);
    if (c->target.store->format == chosen_type(form))
        form_choose(form, "type", 0);
    suggest_path(form, c);
    form_tick(form, "same", true);
}

/* The losses are said before anything is planned: they only depend on the kinds of entries. */
static size_t count_lost(const struct converting *c, const struct ks_format *to, struct ks_buf *out)
{
    size_t lost = 0;
    for (size_t i = 0; i < ks_store_count(c->target.store); i++) {
        const struct ks_entry *e = ks_store_entry(c->target.store, i);
        const char *why = to->refuses ? to->refuses(e) : NULL;
        if (why && out && lost < 5)
            ks_buf_printf(out, "%s%s: %s", lost ? "; " : "lost: ", e->alias, why);
        lost += why != NULL;
    }
    if (out && lost > 5)
        ks_buf_printf(out, "; and %zu more", lost - 5);
    return lost;
}

static void lost_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)count_lost(ctx, chosen_type(form), out);
}

static bool loses(const struct form *form, void *ctx)
{
    return count_lost(ctx, chosen_type(form), NULL) > 0;
}

static bool leave_out_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    if (!loses(form, ctx) || form_ticked(form, "drop"))
        return true;
    snprintf(why, FORM_WHY, "tick this, or choose a type that holds them");
    return false;
}

static bool wants_new_password(const struct form *form, void *ctx)
{
    (void)ctx;
    return !form_ticked(form, "same");
}

static bool new_one_is_empty(const struct form *form, void *ctx)
{
    return wants_new_password(form, ctx) && new_password_is_empty(form, ctx);
}

static void collect_convert(struct form *form, void *ctx)
{
    struct converting *c = ctx;
    ks_secret_free(c->password);
    free(c->path);
    free(c->drop);
    c->format = chosen_type(form);
    c->protection = chosen_protection(form);
    c->path = directory_typed(form_text(form, "path"));
    c->password = form_ticked(form, "same") ? NULL : form_secret(form, "password");
    c->keep_key_passwords = form_ticked(form, "keep");
    size_t n = ks_store_count(c->target.store);
    c->drop = ks_alloc_array(n + 1, sizeof *c->drop);
    c->drop_count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ks_entry *e = ks_store_entry(c->target.store, i);
        if (c->format->refuses && c->format->refuses(e))
            c->drop[c->drop_count++] = e;
    }
}

static enum ks_code plan_convert(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                 struct ks_plan *out, struct ks_error *err)
{
    struct converting *c = ctx;
    const struct ks_convert how = {.format = c->format,
                                   .path = c->path,
                                   .password = c->password,
                                   .protection = c->protection,
                                   .drop = c->drop,
                                   .drop_count = c->drop_count,
                                   .keep_key_passwords = c->keep_key_passwords,
                                   .passwords = wizard_key_passwords(keys)};
    return ks_op_convert(c->target.store, &how, job, out, err);
}

static const struct wizard_page convert_pages[] = {
    {.name = "Convert", .question = "What should it become?"}};

static const struct form_field convert_fields[] = {
    {.id = "type",
     .label = "To type",
     .kind = FORM_CHOICE,
     .hint = "Left and Right choose. What the type cannot hold is listed below."},
    {.id = "summary", .label = "", .kind = FORM_WORDS, .words = type_words},
    {.id = "path",
     .label = "Write to",
     .kind = FORM_PATH,
     .makes_file = true,
     .check = path_ok,
     .hint = "A new file; the keystore that is converted stays as it is."},
    {.id = "lost", .label = "", .kind = FORM_WORDS, .words = lost_words},
    {.id = "drop",
     .label = "leave those entries out",
     .kind = FORM_TICK,
     .shown = loses,
     .check = leave_out_ok,
     .hint = "They stay in the keystore that is converted."},
    {.id = "same",
     .label = "the same password as now",
     .kind = FORM_TICK,
     .hint = "Without the tick a new one is asked for."},
    NEW_PASSWORD_FIELDS(0, wants_new_password, new_one_is_empty),
    {.id = "keep",
     .label = "keys keep passwords of their own",
     .kind = FORM_TICK,
     .hint = "Without: all keys get the keystore's, as Jetty and Tomcat expect."},
    {.id = "protection",
     .label = "Protection",
     .kind = FORM_CHOICE,
     .choices = protections,
     .shown = has_protection,
     .hint = "modern: AES-256, SHA-256. legacy: 3DES, SHA-1, for JDK 8 before 8u301."},
};

static const struct wizard_def convert_wizard = {
    .name = "convert",
    .pages = convert_pages,
    .page_count = 1,
    .fields = convert_fields,
    .field_count = sizeof convert_fields / sizeof convert_fields[0],
    .fill = fill_convert,
    .changed = convert_changed,
    .collect = collect_convert,
    .plan = plan_convert,
    .applied = made_applied,
    .refused = edit_target_refused,
    .free = converting_free,
    .apply_note = "Apply makes a new keystore in memory; w writes it. The old one stays.",
};

void edit_convert(struct app *app, struct ui_file *f)
{
    struct converting *c = ks_alloc(sizeof *c);
    const char *slash = strrchr(f->path, '/'), *dot = strrchr(f->path, '.');
    *c = (struct converting){.target = edit_target(f)};
    c->base = dot && dot > (slash ? slash + 1 : f->path)
                  ? ks_strndup(f->path, (size_t)(dot - f->path))
                  : ks_strdup(f->path);
    wizard_start(app, &convert_wizard, ks_asprintf("Convert %s", f->name), c);
}

/* ---- passwords ---- */

struct passwording {
    struct edit_target target;
    const struct ks_entry *entry; /* of the target's store; NULL: the whole store */
    struct ks_passwd change;
};

static void drop_change(struct passwording *p)
{
    ks_secret_free(p->change.store_password);
    ks_secret_free(p->change.entry_password);
    p->change = (struct ks_passwd){0};
}

static void passwording_free(void *ctx)
{
    struct passwording *p = ctx;
    drop_change(p);
    edit_target_drop(&p->target);
    free(p);
}

static bool store_has_protection(const struct form *form, void *ctx)
{
    const struct passwording *p = ctx;
    (void)form;
    return p->target.store->format->caps & KS_CAP_PROTECTION;
}

static void fill_passwd(struct form *form, void *ctx)
{
    (void)ctx;
    form_tick(form, "all", true);
}

static void collect_passwd(struct form *form, void *ctx)
{
    struct passwording *p = ctx;
    drop_change(p);
    p->change.store_password = form_secret(form, "password");
    p->change.all_entries = form_ticked(form, "all");
    p->change.protection = form_ticked(form, "upgrade") ? KS_PROTECT_MODERN : KS_PROTECT_KEEP;
}

static void collect_key_passwd(struct form *form, void *ctx)
{
    struct passwording *p = ctx;
    drop_change(p);
    p->change.entry = p->entry;
    p->change.entry_password = form_secret(form, "password");
}

static enum ks_code plan_passwd(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_plan *out, struct ks_error *err)
{
    struct passwording *p = ctx;
    struct ks_passwd change = p->change;
    change.passwords = wizard_key_passwords(keys);
    return ks_op_passwd(p->target.store, &change, job, out, err);
}

static void passwd_applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct passwording *p = ctx;
    struct ui_file *f = app_file_by_id(app, p->target.file_id);
    char *alias = p->entry ? ks_strdup(p->entry->alias) : NULL;
    ks_store_free(made);
    if (f)
        edit_applied(app, f, alias);
    free(alias);
}

static void backup_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)form, (void)ctx;
    ks_buf_str(out, "The backup that w makes keeps the OLD password.");
}

static const struct wizard_page passwd_pages[] = {
    {.name = "Passwords", .question = "The new keystore password"}};
static const struct wizard_page key_pages[] = {
    {.name = "Password", .question = "The new password of this key"}};

static const struct form_field passwd_fields[] = {
    NEW_PASSWORD_FIELDS(0, NULL, new_password_is_empty),
    {.id = "all",
     .label = "set all keys to it, too",
     .kind = FORM_TICK,
     .hint = "Jetty and Tomcat expect this. Without: keys with one of their own keep it."},
    {.id = "upgrade",
     .label = "upgrade the protection to modern",
     .kind = FORM_TICK,
     .shown = store_has_protection,
     .hint = "AES-256 and HMAC-SHA256. Without the tick it stays as it is."},
    {.id = "backup", .label = "", .kind = FORM_WORDS, .words = backup_words},
};

static const struct form_field key_fields[] = {
    NEW_PASSWORD_FIELDS(0, NULL, new_password_is_empty),
    {.id = "backup", .label = "", .kind = FORM_WORDS, .words = backup_words},
};

static const struct wizard_def passwd_wizard = {
    .name = "passwords",
    .pages = passwd_pages,
    .page_count = 1,
    .fields = passwd_fields,
    .field_count = sizeof passwd_fields / sizeof passwd_fields[0],
    .fill = fill_passwd,
    .collect = collect_passwd,
    .plan = plan_passwd,
    .applied = passwd_applied,
    .refused = edit_target_refused,
    .free = passwording_free,
};

static const struct wizard_def key_passwd_wizard = {
    .name = "key password",
    .pages = key_pages,
    .page_count = 1,
    .fields = key_fields,
    .field_count = sizeof key_fields / sizeof key_fields[0],
    .collect = collect_key_passwd,
    .plan = plan_passwd,
    .applied = passwd_applied,
    .refused = edit_target_refused,
    .free = passwording_free,
};

void edit_store_password(struct app *app, struct ui_file *f)
{
    struct passwording *p = ks_alloc(sizeof *p);
    *p = (struct passwording){.target = edit_target(f)};
    wizard_start(app, &passwd_wizard, ks_asprintf("Passwords of %s", f->name), p);
}

void edit_key_password(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    struct passwording *p = ks_alloc(sizeof *p);
    *p = (struct passwording){.target = edit_target(f), .entry = entry};
    wizard_start(app, &key_passwd_wizard, ks_asprintf("Password of the key %s", entry->alias), p);
}
