#include "tui/edit_entry.h"

#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGETS_MAX 32

/* ---- copy ---- */

struct copying {
    struct edit_target from, to;
    const struct ks_entry **entries;
    size_t count;
    unsigned ids[TARGETS_MAX]; /* of the files to choose from */
    size_t targets;
    enum ks_clash clash;
    bool skip_known;
};

static void copying_free(void *ctx)
{
    struct copying *c = ctx;
    edit_target_drop(&c->from);
    if (c->to.held)
        edit_target_drop(&c->to);
    free(c->entries);
    free(c);
}

static const char *const clashes[] = {"skip", "replace", "add -2", NULL};
static const enum ks_clash clash_of[] = {KS_CLASH_SKIP, KS_CLASH_REPLACE, KS_CLASH_RENAME};

/* What copying needs of the application while its form is open. */
struct copy_form {
    struct copying *c;
    struct app *app;
};

static struct ui_file *chosen_target(const struct app *app, const struct copying *c,
                                     const struct form *form)
{
    size_t at = form_chosen(form, "to");
    return at < c->targets ? app_file_by_id(app, c->ids[at]) : NULL;
}

static void fill_copy(struct form *form, void *ctx)
{
    struct copy_form *k = ctx;
    const char *words[TARGETS_MAX];
    for (size_t i = 0; i < k->c->targets; i++)
        words[i] = app_file_by_id(k->app, k->c->ids[i])->name;
    form_set_choices(form, "to", words, k->c->targets);
}

static bool to_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct copy_form *k = ctx;
    const struct ui_file *f = chosen_target(k->app, k->c, form);
    const char *refused = f ? edit_refused(f) : "it was closed meanwhile";
    if (refused)
        snprintf(why, FORM_WHY, "%s", refused);
    return !refused;
}

static void to_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    struct copy_form *k = ctx;
    const struct ui_file *f = chosen_target(k->app, k->c, form);
    if (f && f->store)
        ks_buf_printf(out, "%s, %zu entries", f->store->type, ks_store_count(f->store));
}

static void collect_copy(struct form *form, void *ctx)
{
    struct copy_form *k = ctx;
    struct ui_file *f = chosen_target(k->app, k->c, form);
    if (k->c->to.held)
        edit_target_drop(&k->c->to);
    if (f && f->store)
        k->c->to = edit_target(f);
    k->c->clash = clash_of[form_chosen(form, "clash")];
    k->c->skip_known = form_ticked(form, "known");
}

static enum ks_code plan_copy(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                              struct ks_plan *out, struct ks_error *err)
{
    struct copying *c = ((struct copy_form *)ctx)->c;
    const struct ks_copy copy = {.from = c->from.store,
                                 .entries = c->entries,
                                 .count = c->count,
                                 .clash = c->clash,
                                 .skip_known = c->skip_known,
                                 .passwords = wizard_key_passwords(keys)};
    if (!c->to.held)
        return ks_fail(err, KS_ERR_USAGE, "no-target",
                       "nothing was copied: the keystore is closed");
    return ks_op_copy(c->to.store, &copy, job, out, err);
}

static void copy_applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct copying *c = ((struct copy_form *)ctx)->c;
    struct ui_file *f = app_file_by_id(app, c->to.file_id);
    ks_store_free(made);
    if (!f)
        return;
    files_changed(app, f); /* the cursor stays where the next copy may come from */
    app_message(app, "%s: %s. Not saved: w and u, on its row.", f->name, f->store->now->label);
}

static const char *copy_refused(struct app *app, void *ctx)
{
    struct copying *c = ((struct copy_form *)ctx)->c;
    bool there = edit_target_file(app, &c->from) && edit_target_file(app, &c->to);
    return there ? NULL : edit_target_gone;
}

static void copy_form_free(void *ctx)
{
    struct copy_form *k = ctx;
    copying_free(k->c);
    free(k);
}

static const struct wizard_page copy_pages[] = {
    {.name = "Copy", .question = "Where should the copy go?"}};

static const struct form_field copy_fields[] = {
    {.id = "to",
     .label = "To",
     .kind = FORM_CHOICE,
     .check = to_ok,
     .hint = "The open keystores. o opens another one before."},
    {.id = "about", .label = "", .kind = FORM_WORDS, .words = to_words},
    {.id = "clash",
     .label = "Same alias",
     .kind = FORM_CHOICE,
     .choices = clashes,
     .hint = "What becomes of an entry whose alias is there already."},
    {.id = "known",
     .label = "leave out certificates that are there already",
     .kind = FORM_TICK,
     .hint = "Compared by fingerprint, under whatever alias."},
};

static const struct wizard_def copy_wizard = {
    .name = "copy",
    .pages = copy_pages,
    .page_count = 1,
    .fields = copy_fields,
    .field_count = sizeof copy_fields / sizeof copy_fields[0],
    .fill = fill_copy,
    .collect = collect_copy,
    .plan = plan_copy,
    .applied = copy_applied,
    .refused = copy_refused,
    .free = copy_form_free,
};

void edit_copy_entries(struct app *app, struct ui_file *from, const struct ks_entry **entries,
                       size_t count)
{
    struct copying *c = ks_alloc(sizeof *c);
    *c = (struct copying){.from = edit_target(from), .entries = entries, .count = count};
    for (size_t i = 0; i < app_file_count(app) && c->targets < TARGETS_MAX; i++) {
        struct ui_file *f = app_file(app, i);
        if (f != from && f->store && (f->store->format->caps & KS_CAP_WRITE))
            c->ids[c->targets++] = f->id;
    }
    if (c->targets == 0) {
        app_message(app, "No other keystore is open. o opens one, c makes one.");
        copying_free(c);
        return;
    }
    struct copy_form *k = ks_alloc(sizeof *k);
    *k = (struct copy_form){c, app};
    char *title = count == 1 ? ks_asprintf("Copy %s", entries[0]->alias)
                             : ks_asprintf("Copy %zu entries of %s", count, from->name);
    wizard_start(app, &copy_wizard, title, k);
}

/* ---- secret keys and passphrases ---- */

struct secret_adding {
    struct edit_target target;
    enum { MAKE, GIVEN, PASSPHRASE } what;
    char *alias;
    size_t algorithm;
    unsigned bits;
    struct ks_material material; /* GIVEN, PASSPHRASE */
    struct ks_secret *password;  /* of the entry; NULL: the keystore's */
};

static void drop_secrets(struct secret_adding *s)
{
    ks_material_drop(&s->material);
    ks_secret_free(s->password);
    s->password = NULL;
    free(s->alias);
    s->alias = NULL;
}

static void adding_free(void *ctx)
{
    struct secret_adding *s = ctx;
    drop_secrets(s);
    edit_target_drop(&s->target);
    free(s);
}

static size_t algorithm_count(void)
{
    size_t n = 0;
    while (ks_secret_algorithms[n].name)
        n++;
    return n;
}

static void fill_secret(struct form *form, void *ctx)
{
    const struct secret_adding *s = ctx;
    const char *words[64];
    size_t n = algorithm_count();
    if (s->what == PASSPHRASE)
        return;
    for (size_t i = 0; i < n && i < 64; i++)
        words[i] = ks_secret_algorithms[i].name;
    form_set_choices(form, "algorithm", words, n < 64 ? n : 64);
}

static bool alias_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const struct secret_adding *s = ctx;
    size_t at;
    if (!form_text(form, "alias")[0])
        snprintf(why, FORM_WHY, "a name is needed");
    else if (ks_store_find(s->target.store, form_text(form, "alias"), &at))
        snprintf(why, FORM_WHY, "there is an entry of that name already");
    else
        return true;
    return false;
}

/* The size, in bits; empty is the usual one of the algorithm. */
static unsigned typed_bits(const struct form *form, const struct ks_secret_algorithm *a)
{
    const char *text = form_text(form, "bits");
    char *end;
    unsigned long bits = text[0] ? strtoul(text, &end, 10) : a->bits[0];
    if (text[0] && (*end || bits > 4096))
        return 0;
    return (unsigned)bits;
}

static const struct ks_secret_algorithm *chosen_algorithm(const struct form *form)
{
    return &ks_secret_algorithms[form_chosen(form, "algorithm")];
}

static bool bits_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const struct ks_secret_algorithm *a = chosen_algorithm(form);
    unsigned bits = typed_bits(form, a);
    size_t len = 0;
    (void)ctx;
    for (size_t i = 0; i < 6 && a->bits[i]; i++)
        if (a->bits[i] == bits)
            return true;
    len = (size_t)snprintf(why, FORM_WHY, "%s has", a->name);
    for (size_t i = 0; i < 6 && a->bits[i] && len < FORM_WHY; i++)
        len += (size_t)snprintf(why + len, FORM_WHY - len, " %u", a->bits[i]);
    return false;
}

static void size_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct ks_secret_algorithm *a = chosen_algorithm(form);
    (void)ctx;
    ks_buf_str(out, a->name);
    for (size_t i = 0; i < 6 && a->bits[i]; i++)
        ks_buf_printf(out, "%s%u", i ? ", " : " has ", a->bits[i]);
    ks_buf_str(out, " bits");
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* Hex digits, with blanks or colons between them; NULL when it is anything else. */
static struct ks_secret *from_hex(struct ks_slice text)
{
    uint8_t bytes[KS_SECRET_MAX];
    size_t n = 0;
    int high = -1;
    bool good = true;
    for (size_t i = 0; i < text.len && good; i++) {
        int digit = hex_digit(text.data[i]);
        if (text.data[i] == ' ' || text.data[i] == ':')
            continue;
        good = digit >= 0 && n < sizeof bytes;
        if (good && high < 0) {
            high = digit;
        } else if (good) {
            bytes[n++] = (uint8_t)(high << 4 | digit);
            high = -1;
        }
    }
    struct ks_secret *s = good && high < 0 && n > 0 ? ks_secret_new(bytes, n) : NULL;
    ks_wipe(bytes, sizeof bytes);
    return s;
}

static bool hex_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct ks_secret *typed = form_secret(form, "bytes");
    struct ks_secret *key = from_hex(ks_secret_bytes(typed));
    bool good = key != NULL;
    (void)ctx;
    if (!good)
        snprintf(why, FORM_WHY, "the bytes of the key as hex digits, two for each");
    ks_secret_free(typed);
    ks_secret_free(key);
    return good;
}

static bool phrase_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (!form_is_empty(form, "bytes"))
        return true;
    snprintf(why, FORM_WHY, "type the passphrase to store");
    return false;
}

static void collect_secret(struct form *form, void *ctx)
{
    struct secret_adding *s = ctx;
    drop_secrets(s);
    s->alias = ks_strdup(form_text(form, "alias"));
    if (!form_is_empty(form, "own"))
        s->password = form_secret(form, "own");
    if (s->what == PASSPHRASE) {
        s->material = (struct ks_material){.type = KS_MATERIAL_PASSWORD,
                                           .algorithm = "PBEWithMD5AndDES",
                                           .bytes = form_secret(form, "bytes")};
        return;
    }
    s->algorithm = form_chosen(form, "algorithm");
    if (s->what == MAKE) {
        s->bits = typed_bits(form, chosen_algorithm(form));
        return;
    }
    struct ks_secret *typed = form_secret(form, "bytes");
    s->material =
        (struct ks_material){.type = KS_MATERIAL_SECRET, .bytes = from_hex(ks_secret_bytes(typed))};
    ks_secret_free(typed);
    snprintf(s->material.algorithm, sizeof s->material.algorithm, "%s",
             chosen_algorithm(form)->name);
}

static enum ks_code plan_secret(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_plan *out, struct ks_error *err)
{
    struct secret_adding *s = ctx;
    const struct ks_secret *password = s->password ? s->password : s->target.store->now->password;
    (void)keys;
    if (s->what == MAKE)
        return ks_op_make_secret(s->target.store, s->alias, ks_secret_algorithms[s->algorithm].name,
                                 s->bits, password, job, out, err);
    return ks_op_add_material(s->target.store, s->alias, &s->material, password, job, out, err);
}

static void secret_applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct secret_adding *s = ctx;
    struct ui_file *f = app_file_by_id(app, s->target.file_id);
    ks_store_free(made);
    if (f)
        edit_applied(app, f, s->alias);
}

#define ALIAS_FIELD                                                                                \
    {                                                                                              \
        .id = "alias", .label = "Alias", .kind = FORM_TEXT, .check = alias_ok,                     \
        .hint = "The name that programs look it up by."                                            \
    }
#define OWN_FIELD                                                                                  \
    {                                                                                              \
        .id = "own", .label = "Own password", .kind = FORM_SECRET,                                 \
        .hint = "Empty: the keystore's own, which most programs expect."                           \
    }
#define ALGORITHM_FIELD                                                                            \
    {                                                                                              \
        .id = "algorithm", .label = "Algorithm", .kind = FORM_CHOICE,                              \
        .hint = "Left and Right choose."                                                           \
    }

static const struct wizard_page make_pages[] = {
    {.name = "Secret key", .question = "A new random secret key"}};
static const struct form_field make_fields[] = {
    ALIAS_FIELD,
    ALGORITHM_FIELD,
    {.id = "bits",
     .label = "Bits",
     .kind = FORM_TEXT,
     .check = bits_ok,
     .hint = "Empty: the first of those below."},
    {.id = "sizes", .label = "", .kind = FORM_WORDS, .words = size_words},
    OWN_FIELD,
};

static const struct wizard_page given_pages[] = {
    {.name = "Secret key", .question = "A secret key that you have"}};
static const struct form_field given_fields[] = {
    ALIAS_FIELD,
    ALGORITHM_FIELD,
    {.id = "bytes",
     .label = "Key (hex)",
     .kind = FORM_SECRET,
     .check = hex_ok,
     .hint = "Hex digits; blanks and colons between them do not count. ^T shows them."},
    OWN_FIELD,
};

static const struct wizard_page phrase_pages[] = {
    {.name = "Passphrase", .question = "A passphrase to store"}};
static const struct form_field phrase_fields[] = {
    ALIAS_FIELD,
    {.id = "bytes",
     .label = "Passphrase",
     .kind = FORM_SECRET,
     .check = phrase_ok,
     .hint = "What the program that reads the entry gets. ^T shows it."},
    OWN_FIELD,
};

#define SECRET_WIZARD(word, page_table, field_table)                                               \
    {                                                                                              \
        .name = (word), .pages = (page_table), .page_count = 1, .fields = (field_table),           \
        .field_count = sizeof(field_table) / sizeof(field_table)[0], .fill = fill_secret,          \
        .collect = collect_secret, .plan = plan_secret, .applied = secret_applied,                 \
        .refused = edit_target_refused, .free = adding_free                                        \
    }

static const struct wizard_def secret_wizards[] = {
    [MAKE] = SECRET_WIZARD("secret key", make_pages, make_fields),
    [GIVEN] = SECRET_WIZARD("import secret key", given_pages, given_fields),
    [PASSPHRASE] = SECRET_WIZARD("passphrase", phrase_pages, phrase_fields),
};

static void add_secret(struct app *app, struct ui_file *f, int what, const char *title)
{
    struct secret_adding *s = ks_alloc(sizeof *s);
    *s = (struct secret_adding){.target = edit_target(f)};
    s->what = what;
    wizard_start(app, &secret_wizards[what], ks_asprintf("%s in %s", title, f->name), s);
}

void edit_make_secret(struct app *app, struct ui_file *f)
{
    add_secret(app, f, MAKE, "New secret key");
}

void edit_add_secret(struct app *app, struct ui_file *f)
{
    add_secret(app, f, GIVEN, "Secret key");
}

void edit_add_passphrase(struct app *app, struct ui_file *f)
{
    add_secret(app, f, PASSPHRASE, "Passphrase");
}

/* ---- a stored passphrase, on demand ---- */

struct showing {
    struct edit_target target;
    const struct ks_entry *entry;
    struct ks_material material;
};

static enum ks_code reveal(struct ks_job *job, void *ctx, const struct ks_secret *password,
                           struct ks_error *err)
{
    struct showing *s = ctx;
    ks_material_drop(&s->material);
    return s->entry->home->reveal(s->target.store, s->entry, password, job, &s->material, err);
}

static void revealed(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct showing *s = ctx;
    if (app->quitting || code == KS_ERR_CANCELLED)
        app_message(app, "Nothing was shown.");
    else if (code != KS_OK)
        app_error(app, err);
    else if (s->material.type != KS_MATERIAL_PASSWORD)
        app_message(app, "%s is a key, not a passphrase; its bytes are not shown.",
                    s->entry->alias);
    else
        secret_show(app, s->entry->alias, s->material.bytes);
    ks_material_drop(&s->material);
    edit_target_drop(&s->target);
    free(s);
}

void edit_show_passphrase(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    struct showing *s = ks_alloc(sizeof *s);
    *s = (struct showing){.target = edit_target(f), .entry = entry};
    password_box(app, &(struct password_ask){
                          .title = ks_asprintf("Show the passphrase %s", entry->alias),
                          .facts = ks_strdup("It is shown on this screen: look who else sees "
                                             "it. The password is the keystore's, unless "
                                             "the entry has its own."),
                          .attempt = reveal,
                          .done = revealed,
                          .ctx = s,
                      });
}
