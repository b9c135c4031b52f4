#include "tui/wiz_export.h"

#include "base/alloc.h"
#include "file/save.h"
#include "op/snippet.h"
#include "report/made.h"
#include "report/plan.h"
#include "report/table.h"
#include "tui/cert_fields.h"
#include "tui/dialog.h"
#include "tui/directory.h"
#include "tui/new_password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHOICES 8
#define CLEAR_WORD "unencrypted" /* is typed to let a key out in clear */

struct export_wizard {
    struct edit_target target;
    const struct ks_entry **entries; /* of the target's store */
    size_t count;
    enum ks_export_what first;

    struct ks_export how; /* what was typed */
    struct ks_secret *password;
    char *path, *key_path; /* key_path: the key goes there, and the chain to `path`; NULL: no */
    bool overwrite, overwrite_key;

    struct ks_buf made, made_key;
};

static void drop_typed(struct export_wizard *x)
{
    ks_secret_free(x->password);
    free(x->path);
    free(x->key_path);
    x->password = NULL;
    x->path = x->key_path = NULL;
}

static void drop_made(struct export_wizard *x)
{
    ks_buf_wipe_free(&x->made);
    ks_buf_wipe_free(&x->made_key);
}

static void export_free(void *ctx)
{
    struct export_wizard *x = ctx;
    drop_typed(x);
    drop_made(x);
    edit_target_drop(&x->target);
    free(x->entries);
    free(x);
}

static bool is_split(const struct form *form, void *ctx);

/* ---- what can be chosen ---- */

/* Whether all chosen entries have it; a key goes alone. */
static bool can_leave(const struct export_wizard *x, enum ks_export_what what)
{
    if (x->count > 1 && what != KS_EXPORT_CERT && what != KS_EXPORT_CHAIN)
        return false;
    for (size_t i = 0; i < x->count; i++)
        if (!ks_export_has(x->entries[i], what, NULL))
            return false;
    return true;
}

static size_t whats(const struct export_wizard *x, enum ks_export_what out[static CHOICES])
{
    size_t n = 0;
    for (int i = 0; ks_export_whats[i].word && n < CHOICES; i++)
        if (can_leave(x, (enum ks_export_what)i))
            out[n++] = (enum ks_export_what)i;
    return n;
}

static enum ks_export_what chosen_what(const struct form *form, const struct export_wizard *x)
{
    enum ks_export_what all[CHOICES];
    size_t n = whats(x, all), at = form_chosen(form, "what");
    return at < n ? all[at] : KS_EXPORT_CERT;
}

static size_t formats(enum ks_export_what what, enum ks_export_format out[static CHOICES])
{
    size_t n = 0;
    for (int i = 0; ks_export_formats[i].word && n < CHOICES; i++)
        if (ks_export_fits(what, (enum ks_export_format)i))
            out[n++] = (enum ks_export_format)i;
    return n;
}

static enum ks_export_format chosen_format(const struct form *form, const struct export_wizard *x)
{
    enum ks_export_format all[CHOICES];
    size_t n = formats(chosen_what(form, x), all), at = form_chosen(form, "format");
    return at < n ? all[at] : KS_EXPORT_PEM;
}

static void offer_formats(struct form *form, const struct export_wizard *x)
{
    enum ks_export_format all[CHOICES];
    const char *words[CHOICES];
    enum ks_export_what what = chosen_what(form, x);
    size_t n = formats(what, all);
    for (size_t i = 0; i < n; i++)
        words[i] = ks_export_formats[all[i]].label;
    form_set_choices(form, "format", words, n);
    form_choose(form, "format", 0);
    for (size_t i = 0; i < n; i++)
        if (what == KS_EXPORT_PAIR && all[i] == KS_EXPORT_PKCS12)
            form_choose(form, "format", i);
}

/* A name for what is chosen. */
static void suggest(struct form *form, struct export_wizard *x)
{
    enum ks_export_what what = is_split(form, x) ? KS_EXPORT_CHAIN : chosen_what(form, x);
    char *name = ks_export_name(x->entries[0], what, chosen_format(form, x));
    char *suffix = strrchr(name, '.');
    char *kept = ks_strdup(suffix ? suffix : "");
    if (suffix)
        *suffix = '\0';
    output_suggest(form, x->count > 1 ? "certificates" : name, kept);
    free(kept);
    free(name);
}

static void fill(struct form *form, void *ctx)
{
    struct export_wizard *x = ctx;
    enum ks_export_what all[CHOICES];
    const char *words[CHOICES];
    size_t n = whats(x, all);
    for (size_t i = 0; i < n; i++)
        words[i] = ks_export_whats[all[i]].label;
    form_set_choices(form, "what", words, n);
    for (size_t i = 0; i < n; i++)
        if (all[i] == x->first)
            form_choose(form, "what", i);
    offer_formats(form, x);
    form_tick(form, "text", true);
    suggest(form, x);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct export_wizard *x = ctx;
    if (strcmp(id, "what") == 0)
        offer_formats(form, x);
    if (strcmp(id, "what") == 0 || strcmp(id, "format") == 0 || strcmp(id, "split") == 0)
        suggest(form, x);
}

/* ---- which fields are there ---- */

static bool has_text(const struct form *form, void *ctx)
{
    enum ks_export_what what = chosen_what(form, ctx);
    return chosen_format(form, ctx) == KS_EXPORT_PEM && what != KS_EXPORT_PUBLIC &&
           what != KS_EXPORT_KEY;
}

static bool is_secret(const struct form *form, void *ctx)
{
    return ks_export_secret(chosen_what(form, ctx));
}

static bool can_be_clear(const struct form *form, void *ctx)
{
    return is_secret(form, ctx) && chosen_format(form, ctx) != KS_EXPORT_PKCS12;
}

static bool is_clear(const struct form *form, void *ctx)
{
    return can_be_clear(form, ctx) && strcmp(form_text(form, "clear"), CLEAR_WORD) == 0;
}

static bool wants_password(const struct form *form, void *ctx)
{
    return is_secret(form, ctx) && !is_clear(form, ctx);
}

static bool is_pkcs12(const struct form *form, void *ctx)
{
    return is_secret(form, ctx) && chosen_format(form, ctx) == KS_EXPORT_PKCS12;
}

static bool can_split(const struct form *form, void *ctx)
{
    return chosen_what(form, ctx) == KS_EXPORT_PAIR && chosen_format(form, ctx) == KS_EXPORT_PEM;
}

static bool is_split(const struct form *form, void *ctx)
{
    return can_split(form, ctx) && form_ticked(form, "split");
}

static bool password_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (!form_is_empty(form, "password"))
        return true;
    snprintf(why, FORM_WHY, "type one: a private key leaves encrypted");
    return false;
}

static bool clear_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    if (!form_text(form, "clear")[0] || is_clear(form, ctx))
        return true;
    snprintf(why, FORM_WHY, "the word is " CLEAR_WORD "; empty: encrypted");
    return false;
}

/* ---- two files ---- */

/* "app.pem" and "app-chain.pem" -> "app-key.pem" */
static char *key_path_of(const char *path)
{
    static const char chain[] = "-chain";
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t stem = dot && dot > name ? (size_t)(dot - path) : strlen(path), len = sizeof chain - 1;
    if (stem > len + (size_t)(name - path) && memcmp(path + stem - len, chain, len) == 0)
        stem -= len;
    return ks_asprintf("%.*s-key.pem", (int)stem, path);
}

static bool key_file_is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* The one that is there may be another key's: agreeing to replace the certificates says nothing
 * about it. */
static bool key_file_in_the_way(const struct form *form, void *ctx)
{
    if (!is_split(form, ctx))
        return false;
    char *typed = directory_typed(form_text(form, "output")), *path = key_path_of(typed);
    bool there = key_file_is_there(path);
    free(path);
    free(typed);
    return there;
}

static void key_file_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    if (!is_split(form, ctx))
        return;
    char *path = key_path_of(form_text(form, "output"));
    ks_buf_printf(out, "The key goes into %s, mode 0600%s.", path,
                  key_file_in_the_way(form, ctx) ? ", which is there already" : "");
    free(path);
}

/* The name of the key's file follows from that of the other. */
static bool files_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    if (!output_ok(form, ctx, why))
        return false;
    if (!is_split(form, ctx))
        return true;
    char *typed = directory_typed(form_text(form, "output")), *path = key_path_of(typed);
    bool there = key_file_is_there(path) && !form_ticked(form, "overwrite-key");
    if (there)
        snprintf(why, FORM_WHY,
                 "the file for the key exists already: type another name, or tick below to replace "
                 "it as well");
    free(path);
    free(typed);
    return !there;
}

/* ---- taking what was typed ---- */

static void collect(struct form *form, void *ctx)
{
    struct export_wizard *x = ctx;
    drop_typed(x);
    x->path = directory_typed(form_text(form, "output"));
    if (is_split(form, ctx))
        x->key_path = key_path_of(x->path);
    x->overwrite = form_ticked(form, "overwrite");
    x->overwrite_key = form_ticked(form, "overwrite-key");
    if (wants_password(form, ctx))
        x->password = form_secret(form, "password");
    x->how = (struct ks_export){
        .store = x->target.store,
        .entries = x->entries,
        .count = x->count,
        .what = chosen_what(form, ctx),
        .format = chosen_format(form, ctx),
        .with_text = form_ticked(form, "text") && has_text(form, ctx),
        .password = x->password,
        .unencrypted = is_clear(form, ctx),
        .protection = is_pkcs12(form, ctx) && form_chosen(form, "protection") ? KS_PROTECT_LEGACY
                                                                              : KS_PROTECT_MODERN,
    };
}

/* ---- making and writing ---- */

static enum ks_code prepare(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                            struct ks_error *err)
{
    struct export_wizard *x = ctx;
    struct ks_export how = x->how;
    how.passwords = wizard_key_passwords(keys);
    drop_made(x);
    if (!x->key_path)
        return ks_op_export(&how, job, &x->made, err);
    how.what = KS_EXPORT_KEY;
    enum ks_code rc = ks_op_export(&how, job, &x->made_key, err);
    how.what = KS_EXPORT_CHAIN;
    return rc == KS_OK ? ks_op_export(&how, job, &x->made, err) : rc;
}

static void say_file(struct report *out, const char *label, const char *path, size_t size,
                     bool secret)
{
    char *line = ks_asprintf("%s, %zu bytes, mode %s", path, size, secret ? "0600" : "0644");
    report_add(out, REPORT_TEXT, label, line);
    free(line);
}

static void review(void *ctx, struct report *out)
{
    struct export_wizard *x = ctx;
    struct ks_commands commands = {0};
    bool secret = ks_export_secret(x->how.what);
    for (size_t i = 0; i < x->count; i++)
        edit_review_key(x->target.store, x->entries[i], out);
    char *what = ks_asprintf("%s, %s", ks_export_whats[x->how.what].label,
                             ks_export_formats[x->how.format].label);
    report_add(out, REPORT_TEXT, "What", what);
    free(what);
    for (size_t i = 0; i < x->count && i < 20; i++)
        report_add(out, REPORT_TEXT, i ? "" : "Of", x->entries[i]->alias);
    say_file(out, "Write to", x->path, x->made.len, secret && !x->key_path);
    if (x->key_path)
        say_file(out, "Key to", x->key_path, x->made_key.len, true);
    if (x->overwrite)
        report_add(out, REPORT_CAUTION, "", "A file of that name is replaced; there is no .bak.");
    if (x->overwrite_key && x->key_path)
        report_add(out, REPORT_CAUTION, "", "So is the file of the key.");
    if (x->how.unencrypted)
        report_add(out, REPORT_CAUTION, "Key",
                   "not encrypted: everybody who can read the file has the key");
    else if (secret)
        report_add(out, REPORT_TEXT, "Key", "encrypted with the password given");
    x->how.key_output = x->key_path;
    ks_op_export_commands(&x->how, x->path, &commands);
    report_commands(&commands, out);
    ks_commands_drop(&commands);
}

static enum ks_code write_one(const char *path, const struct ks_buf *bytes, bool secret,
                              bool overwrite, struct ks_error *err)
{
    return ks_save_bytes(path, ks_slice(bytes->data, bytes->len), secret ? 0600 : 0644, overwrite,
                         err);
}

static enum ks_code act(void *ctx, struct ks_job *job, struct ks_error *err)
{
    struct export_wizard *x = ctx;
    bool secret = ks_export_secret(x->how.what);
    (void)job;
    enum ks_code rc = write_one(x->path, &x->made, secret && !x->key_path, x->overwrite, err);
    if (rc == KS_OK && x->key_path) /* last: no key is left behind by what failed */
        rc = write_one(x->key_path, &x->made_key, true, x->overwrite_key, err);
    return rc;
}

static bool acted(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    const struct export_wizard *x = ctx;
    if (app->quitting)
        return true;
    if (code != KS_OK) {
        app_error(app, err);
        return false;
    }
    const char *note = edit_key_note(x->target.store, x->entries[0]);
    if (!note[0])
        note = " The keystore is as it was.";
    if (x->key_path)
        app_message(app, "%s and %s are written.%s", x->path, x->key_path, note);
    else
        app_message(app, "%s is written.%s", x->path, note);
    return true;
}

/* ---- the tables ---- */

static const struct wizard_page pages[] = {
    {.name = "Export", .question = "What leaves, and where to"}};

static const char *const protections[] = {"modern", "legacy (JDK 8)", NULL};

static const struct form_field fields[] = {
    {.id = "what",
     .label = "What",
     .kind = FORM_CHOICE,
     .hint = "Left and Right choose what is written."},
    {.id = "format",
     .label = "Format",
     .kind = FORM_CHOICE,
     .hint = "PEM is text, for nginx, Apache, curl and openssl; PKCS12 is for Java and Windows."},
    {.id = "text",
     .label = "subject and issuer above each certificate",
     .kind = FORM_TICK,
     .shown = has_text,
     .hint = "For people: programs pass over it."},
    {.id = "split",
     .label = "chain and key as two files",
     .kind = FORM_TICK,
     .shown = can_split,
     .hint = "As nginx and Apache want them: the chain here, the key in a file beside it."},
    OUTPUT_FIELDS(0, files_ok),
    {.id = "key-file", .label = "", .kind = FORM_WORDS, .words = key_file_words},
    {.id = "overwrite-key",
     .label = "replace the file of the key as well",
     .kind = FORM_TICK,
     .shown = key_file_in_the_way,
     .holds_for = "output",
     .hint = "A private key may be in it that is nowhere else. Space ticks: there is no .bak."},
    {.id = "password",
     .label = "Password",
     .kind = FORM_SECRET,
     .shown = wants_password,
     .check = password_ok,
     .hint = "Of the key in the new file. ^T shows it for 10 seconds."},
    {.id = "again",
     .label = "Again",
     .kind = FORM_SECRET,
     .shown = wants_password,
     .check = new_password_again_ok,
     .hint = "The same once more."},
    {.id = "strength",
     .label = "",
     .kind = FORM_WORDS,
     .shown = wants_password,
     .words = new_password_words},
    {.id = "clear",
     .label = "Or in clear",
     .kind = FORM_TEXT,
     .shown = can_be_clear,
     .check = clear_ok,
     .hint = "Instead of a password, to write the key in clear, type the word: " CLEAR_WORD},
    {.id = "protection",
     .label = "Protection",
     .kind = FORM_CHOICE,
     .choices = protections,
     .shown = is_pkcs12,
     .hint = "modern: AES-256, SHA-256. legacy: 3DES, SHA-1, for JDK 8 before 8u301."},
};

static const char *export_refused(struct app *app, void *ctx)
{
    const struct export_wizard *x = ctx;
    const char *why = edit_target_refused(app, ctx);
    if (!why)
        why = edit_output_refused(app, x->path);
    return why || !x->key_path ? why : edit_output_refused(app, x->key_path);
}

static const struct wizard_def wizard = {
    .name = "export",
    .pages = pages,
    .page_count = sizeof pages / sizeof pages[0],
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .fill = fill,
    .changed = changed,
    .collect = collect,
    .prepare = prepare,
    .review = review,
    .act = act,
    .acted = acted,
    .refused = export_refused,
    .free = export_free,
    .apply_word = "Write",
    .apply_note = "Enter writes the file. The keystore stays as it is.",
};

void wiz_export_start(struct app *app, struct ui_file *f, const struct ks_entry **entries,
                      size_t count, enum ks_export_what what)
{
    struct export_wizard *x = ks_alloc(sizeof *x);
    *x = (struct export_wizard){
        .target = edit_target(f), .entries = entries, .count = count, .first = what};
    char *title = count == 1 ? ks_asprintf("Export of %s", entries[0]->alias)
                             : ks_asprintf("Export of %zu marked entries", count);
    wizard_start(app, &wizard, title, x);
}

/* ---- the list ---- */

struct list_wizard {
    struct edit_target target;
    char *path;
    bool overwrite;
    struct ks_buf made;
};

static void list_free(void *ctx)
{
    struct list_wizard *x = ctx;
    free(x->path);
    ks_buf_free(&x->made);
    edit_target_drop(&x->target);
    free(x);
}

static void list_fill(struct form *form, void *ctx)
{
    struct list_wizard *x = ctx;
    const char *name = strrchr(x->target.store->path, '/');
    output_suggest(form, name ? name + 1 : x->target.store->path, ".csv");
}

static void list_collect(struct form *form, void *ctx)
{
    struct list_wizard *x = ctx;
    free(x->path);
    x->path = directory_typed(form_text(form, "output"));
    x->overwrite = form_ticked(form, "overwrite");
    ks_buf_clear(&x->made);
    report_table_csv(x->target.store, &x->made);
}

static void list_review(void *ctx, struct report *out)
{
    struct list_wizard *x = ctx;
    struct ks_commands commands = {0};
    char *what = ks_asprintf("%zu entries, as a table in CSV", ks_store_count(x->target.store));
    report_add(out, REPORT_TEXT, "What", what);
    free(what);
    say_file(out, "Write to", x->path, x->made.len, false);
    ks_command_remark(&commands, "as JSON it is on standard output of:");
    ks_command(&commands, "ksx list %s --json", x->target.store->path);
    report_commands(&commands, out);
    ks_commands_drop(&commands);
}

static enum ks_code list_act(void *ctx, struct ks_job *job, struct ks_error *err)
{
    struct list_wizard *x = ctx;
    (void)job;
    return write_one(x->path, &x->made, false, x->overwrite, err);
}

static bool list_acted(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    const struct list_wizard *x = ctx;
    if (app->quitting)
        return true;
    if (code != KS_OK)
        app_error(app, err);
    else
        app_message(app, "%s is written.", x->path);
    return code == KS_OK;
}

static const struct wizard_page list_pages[] = {
    {.name = "List", .question = "Where the table of the entries goes"}};

static const struct form_field list_fields[] = {OUTPUT_FIELDS(0, output_ok)};

static const char *list_refused(struct app *app, void *ctx)
{
    const struct list_wizard *x = ctx;
    const char *why = edit_target_refused(app, ctx);
    return why ? why : edit_output_refused(app, x->path);
}

static const struct wizard_def list_wizard = {
    .name = "export the list",
    .pages = list_pages,
    .page_count = 1,
    .fields = list_fields,
    .field_count = sizeof list_fields / sizeof list_fields[0],
    .fill = list_fill,
    .collect = list_collect,
    .review = list_review,
    .act = list_act,
    .acted = list_acted,
    .refused = list_refused,
    .free = list_free,
    .apply_word = "Write",
    .apply_note = "Enter writes the file. The keystore stays as it is.",
};

void wiz_export_list(struct app *app, struct ui_file *f)
{
    struct list_wizard *x = ks_alloc(sizeof *x);
    *x = (struct list_wizard){.target = edit_target(f)};
    wizard_start(app, &list_wizard, ks_asprintf("List of %s", f->name), x);
}

/* ---- snippets ---- */

struct snippet_question {
    struct edit_target target;
    const struct ks_entry *entry;
};

static char letter_of(const struct ks_snippet *s)
{
    return (char)('a' + (s - ks_snippets));
}

static void snippet_chosen(struct app *app, void *ctx, char key)
{
    struct snippet_question *q = ctx;
    for (const struct ks_snippet *s = ks_snippets; s->word && key && !app->quitting; s++) {
        if (letter_of(s) != key)
            continue;
        struct ks_buf text = KS_BUF_INIT;
        char *title = ks_asprintf("%s. %s y copies.", s->label, s->note);
        ks_snippet_put(s, q->target.store, q->entry, &text);
        notice_show(app, title, ks_buf_text(&text));
        ks_buf_free(&text);
        free(title);
    }
    edit_target_drop(&q->target);
    free(q);
}

void wiz_snippet(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    struct menu_item items[16];
    size_t n = 0;
    struct snippet_question *q = ks_alloc(sizeof *q);
    *q = (struct snippet_question){.target = edit_target(f), .entry = entry};
    for (const struct ks_snippet *s = ks_snippets; s->word && n < 16; s++)
        items[n++] = (struct menu_item){letter_of(s), s->label, NULL};
    char *title = ks_asprintf("Lines that use %s", entry ? entry->alias : f->name);
    menu_ask(app, title, items, n, snippet_chosen, q);
    free(title);
}
