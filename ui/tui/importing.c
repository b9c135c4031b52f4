#include "tui/importing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "file/open.h"
#include "tui/app_state.h"
#include "tui/cert_fields.h"
#include "tui/directory.h"
#include "tui/form_state.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_BYTES 120
#define PASTED_NAME "the pasted text"

static const char *const path_ids[IMPORT_FILE_FIELDS] = {"file", "file-2", "file-3", "file-4"};
const char *const importing_also[] = {"nothing else", "pasted text", NULL};

/* ---- life ---- */

void importing_begin(struct importing *m, struct app *app, struct ui_file *f)
{
    *m = (struct importing){.target = edit_target(f),
                            .app = app,
                            .pasted = {.secret = true, .max = KS_PASTE_MAX},
                            .uses_pasted = true,
                            .stale = true};
}

static void drop_files(struct importing *m)
{
    for (size_t i = 0; i < m->count; i++)
        free(m->files[i].path);
    free(m->files);
    m->files = NULL;
    m->count = 0;
}

void importing_drop(struct importing *m)
{
    drop_files(m);
    for (size_t i = 0; i < m->password_count; i++) {
        free(m->passwords[i].path);
        ks_secret_free(m->passwords[i].password);
    }
    free(m->passwords);
    ks_buf_wipe_free(&m->pasted);
    free(m->asking);
    ks_gather_drop(&m->given);
    edit_target_drop(&m->target);
}

void importing_take_over(struct importing *m, struct importing *from)
{
    m->files = from->files;
    m->count = from->count;
    m->passwords = from->passwords;
    m->password_count = from->password_count;
    m->pasted = from->pasted;
    m->uses_pasted = from->uses_pasted;
    from->files = NULL;
    from->passwords = NULL;
    from->count = from->password_count = 0;
    from->pasted = (struct ks_buf){.secret = true};
}

void importing_paste(struct importing *m, const char *text, size_t len)
{
    ks_buf_append(&m->pasted, text, len);
    if (len && text[len - 1] != '\n')
        ks_buf_byte(&m->pasted, '\n');
}

/* ---- which fields are there ---- */

static bool is_used(const struct form *form, size_t i)
{
    return !form_is_empty(form, path_ids[i]);
}

bool importing_has_2(const struct form *form, void *ctx)
{
    (void)ctx;
    return is_used(form, 0) || is_used(form, 1);
}

bool importing_has_3(const struct form *form, void *ctx)
{
    (void)ctx;
    return is_used(form, 1) || is_used(form, 2);
}

bool importing_has_4(const struct form *form, void *ctx)
{
    (void)ctx;
    return is_used(form, 2) || is_used(form, 3);
}

bool importing_has_more(const struct form *form, void *ctx)
{
    (void)ctx;
    return is_used(form, 3) || !form_is_empty(form, "more");
}

bool importing_pastes(const struct form *form, void *ctx)
{
    (void)ctx;
    return form_chosen(form, "also") == 1;
}

bool importing_has_pasted(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct importing *)ctx)->pasted.len > 0;
}

bool importing_asks(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct importing *)ctx)->asking != NULL;
}

bool importing_some_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    bool pasted = importing_has_pasted(form, ctx) && form_ticked(form, "use-pasted");
    bool some = pasted || !form_is_empty(form, "more") ||
                (importing_pastes(form, ctx) && !form_is_empty(form, "paste"));
    for (size_t i = 0; i < IMPORT_FILE_FIELDS; i++)
        some = some || is_used(form, i);
    if (!some)
        snprintf(why, FORM_WHY, "name a file, or paste PEM");
    return some;
}

/* What is not PEM stays in its field, where it can be mended: base64 without the marks will do. */
bool importing_paste_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
                                 " \t\r\n";
    const char *text = form_text(form, "paste");
    (void)ctx;
    if (text[strspn(text, base64)] == '\0')
        return true;
    snprintf(why, FORM_WHY,
             strstr(text, "-----BEGIN ") ? "the last line, -----END, is missing"
                                         : "this is no PEM: it begins with a line -----BEGIN");
    return false;
}

/* ---- words of the page ---- */

static const char *find_text(const char *from, const char *end, const char *what)
{
    size_t len = strlen(what);
    while (from && (size_t)(end - from) >= len) {
        if (memcmp(from, what, len) == 0)
            return from;
        from = memchr(from + 1, what[0], (size_t)(end - from) - 1);
    }
    return NULL;
}

void importing_pasted_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct importing *m = ctx;
    const char *at = (const char *)m->pasted.data, *end = at + m->pasted.len;
    struct ks_buf labels = KS_BUF_INIT;
    size_t blocks = 0;
    (void)form;
    while ((at = find_text(at, end, "-----BEGIN ")) != NULL) {
        at += strlen("-----BEGIN ");
        const char *stop = find_text(at, end, "-----");
        if (stop && blocks++ < 6)
            ks_buf_printf(&labels, "%s%.*s", blocks > 1 ? ", " : "",
                          (int)(stop - at < 40 ? stop - at : 40), at);
    }
    if (blocks)
        ks_buf_printf(out, "%zu PEM block%s: %s%s", blocks, blocks == 1 ? "" : "s",
                      ks_buf_text(&labels), blocks > 6 ? ", ..." : "");
    else if (m->pasted.len)
        ks_buf_printf(out, "%zu characters of base64", m->pasted.len);
    ks_buf_free(&labels);
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

void importing_asking_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct importing *m = ctx;
    (void)form;
    ks_buf_printf(out, "%s is locked: what is its password?", name_of(m->asking));
}

/* ---- the page ---- */

void importing_fill(struct form *form, struct importing *m)
{
    struct ks_buf more = KS_BUF_INIT;
    for (size_t i = 0; i < m->count; i++) {
        if (i < IMPORT_FILE_FIELDS)
            form_set_text(form, path_ids[i], m->files[i].path);
        else
            ks_buf_printf(&more, "%s\n", m->files[i].path);
    }
    if (more.len)
        form_set_text(form, "more", ks_buf_text(&more));
    form_tick(form, "use-pasted", m->uses_pasted);
    ks_buf_free(&more);
}

static void take_pasted(struct form *form, struct importing *m, const char *id, const char *text,
                        size_t len)
{
    importing_paste(m, text, len);
    form_set_text(form, id, "");
    form_tick(form, "use-pasted", true);
    if (m->pasted.overflow)
        form_say(form, "Not all of it was taken: 1 MiB is the most. Put it into a file.");
    else
        form_say(form, "The PEM is taken, and not shown here.");
}

static bool is_path(const char *id)
{
    for (size_t i = 0; i < IMPORT_FILE_FIELDS; i++)
        if (strcmp(id, path_ids[i]) == 0)
            return true;
    return false;
}

/* PEM does not stay on the screen: it may be a private key. */
bool importing_changed(struct form *form, struct importing *m, const char *id)
{
    size_t len = 0;
    const char *pasted = ui_paste(&len), *typed = is_path(id) ? form_text(form, id) : "";
    if (strncmp(typed, "-----BEGIN ", 11) == 0 && find_text(pasted, pasted + len, "-----END ")) {
        take_pasted(form, m, id, pasted, len);
        return true;
    }
    if (strcmp(id, "paste") == 0 && strstr(form_text(form, id), "-----END ")) {
        const char *text = form_text(form, id);
        take_pasted(form, m, id, text, strlen(text));
        return true;
    }
    return is_path(id) || strcmp(id, "more") == 0 || strcmp(id, "also") == 0 ||
           strcmp(id, "paste") == 0 || strcmp(id, "use-pasted") == 0 ||
           strcmp(id, "source-password") == 0;
}

static void add_file(struct importing *m, const char *typed, const char *field)
{
    m->files = ks_realloc(m->files, (m->count + 1) * sizeof *m->files);
    m->files[m->count++] = (struct import_file){directory_typed(typed), field};
}

static void take_files(struct form *form, struct importing *m)
{
    size_t lines = 0;
    char **more = form_lines(form, "more", &lines);
    drop_files(m);
    for (size_t i = 0; i < IMPORT_FILE_FIELDS; i++)
        if (is_used(form, i))
            add_file(m, form_text(form, path_ids[i]), path_ids[i]);
    for (size_t i = 0; i < lines; i++)
        add_file(m, more[i], "more");
    form_lines_free(more, lines);
}

const struct ks_secret *importing_password(const struct importing *m, const char *path)
{
    for (size_t i = 0; i < m->password_count; i++)
        if (strcmp(m->passwords[i].path, path) == 0)
            return m->passwords[i].password;
    return NULL;
}

static void learn(struct importing *m, const char *path, struct ks_secret *password /* taken */)
{
    for (size_t i = 0; i < m->password_count; i++) {
        if (strcmp(m->passwords[i].path, path) != 0)
            continue;
        ks_secret_free(m->passwords[i].password);
        m->passwords[i].password = password;
        return;
    }
    m->passwords = ks_realloc(m->passwords, (m->password_count + 1) * sizeof *m->passwords);
    m->passwords[m->password_count++] = (struct import_password){ks_strdup(path), password};
}

static bool is_named(const struct importing *m, const char *path)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->files[i].path, path) == 0)
            return true;
    return false;
}

void importing_collect(struct form *form, struct importing *m)
{
    if (form_page(form) != m->page)
        return;
    take_files(form, m);
    if (importing_pastes(form, m) && !form_is_empty(form, "paste")) {
        const char *text = form_text(form, "paste"); /* base64 without its marks */
        take_pasted(form, m, "paste", text, strlen(text));
    }
    m->uses_pasted = form_ticked(form, "use-pasted");
    if (m->asking && is_named(m, m->asking))
        learn(m, m->asking, form_secret(form, "source-password"));
    m->stale = true;
}

/* ---- reading ---- */

static bool has_keys(const struct ks_store *store)
{
    for (size_t i = 0; i < ks_store_count(store); i++)
        if (ks_store_entry(store, i)->kind == KS_KIND_KEY)
            return true;
    return false;
}

/* What was opened without its password, and does not show all that is wanted of it. */
static bool wants_password(const struct importing *m, const struct ks_store *store)
{
    if (store->notes & KS_STORE_LOCKED_PARTS)
        return true;
    return m->wants_keys && store->format->caps & KS_CAP_STORE &&
           store->integrity == KS_INTEGRITY_UNVERIFIED && has_keys(store);
}

static enum ks_code open_with(struct importing *m, const char *path,
                              const struct ks_secret *password, struct ks_job *job,
                              struct ks_error *err)
{
    struct ks_store *store = NULL;
    enum ks_code rc = ks_open(path, password, job, &store, err);
    if (rc != KS_OK)
        return rc;
    if (password || !wants_password(m, store))
        return ks_gather_store(&m->given, store, err);
    ks_store_free(store);
    ks_fail(err, KS_ERR_PASSWORD_NEEDED, "locked", "%.300s is locked", name_of(path));
    return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "type its password");
}

static bool is_locked(enum ks_code rc)
{
    return rc == KS_ERR_PASSWORD || rc == KS_ERR_PASSWORD_NEEDED;
}

/* Nobody likes to type the same password again: that of the target may fit. */
static enum ks_code read_file(struct importing *m, const char *path, struct ks_job *job,
                              struct ks_error *err)
{
    const struct ks_secret *typed = importing_password(m, path),
                           *own = m->target.store->now->password;
    enum ks_code rc = open_with(m, path, typed, job, err);
    if (is_locked(rc) && !typed && own && open_with(m, path, own, job, NULL) == KS_OK)
        return KS_OK;
    m->locked = is_locked(rc);
    return rc;
}

enum ks_code importing_read(struct importing *m, struct ks_job *job, struct ks_error *err)
{
    enum ks_code rc = KS_OK;
    if (!m->stale)
        return KS_OK;
    ks_gather_drop(&m->given);
    m->locked = false;
    m->failed = m->count;
    for (size_t i = 0; i < m->count && rc == KS_OK; i++) {
        rc = read_file(m, m->files[i].path, job, err);
        if (rc != KS_OK)
            m->failed = i;
    }
    if (rc == KS_OK && m->uses_pasted && m->pasted.len)
        rc = ks_gather_text(&m->given, PASTED_NAME, ks_slice(m->pasted.data, m->pasted.len), job,
                            err);
    m->stale = rc != KS_OK;
    return rc;
}

void importing_was_read(struct form *form, struct importing *m, enum ks_code code,
                        const struct ks_error *err)
{
    const struct import_file *failed = m->failed < m->count ? &m->files[m->failed] : NULL;
    bool again = m->asking && failed && strcmp(m->asking, failed->path) == 0;
    if (code == KS_ERR_CANCELLED)
        return;
    free(m->asking);
    m->asking = NULL;
    form_set_text(form, "source-password", "");
    if (!failed)
        return;
    if (!m->locked) {
        form_remark(form, failed->field, err->what);
        form_focus(form, failed->field);
        return;
    }
    m->asking = ks_strdup(failed->path);
    form_focus(form, "source-password");
    if (again)
        form_remark(form, "source-password", "it does not fit");
}

/* ---- the aliases of what is ticked ---- */

#define ALIAS_LINES 2000 /* more are taken as proposed */
#define COMPARED 200     /* lines; what is twice among more is found when the plan is made */

void import_picks_drop(struct import_picks *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->aliases[i]);
    free(p->aliases);
    free(p->listed);
    *p = (struct import_picks){0};
}

static void list_aliases(struct form *form, struct import_picks *p)
{
    struct ks_buf text = KS_BUF_INIT;
    p->listed_count = 0;
    for (size_t i = 0; i < p->count && p->listed_count < ALIAS_LINES; i++) {
        if (!form_picked(form, "picks", i))
            continue;
        ks_buf_printf(&text, "%s%s", p->listed_count ? "\n" : "", p->aliases[i]);
        p->listed[p->listed_count++] = i;
    }
    form_set_text(form, "aliases", text.len ? ks_buf_text(&text) : "");
    ks_buf_free(&text);
}

void import_picks_begin(struct form *form, struct import_picks *p, char **aliases, size_t count)
{
    import_picks_drop(p);
    *p = (struct import_picks){
        .aliases = aliases, .count = count, .listed = ks_alloc_array(count + 1, sizeof *p->listed)};
    list_aliases(form, p);
}

void import_picks_take(const struct form *form, struct import_picks *p)
{
    size_t count = 0;
    char **lines = form_lines(form, "aliases", &count);
    for (size_t i = 0; count == p->listed_count && i < count; i++) {
        free(p->aliases[p->listed[i]]);
        p->aliases[p->listed[i]] = ks_strdup(lines[i]);
    }
    form_lines_free(lines, count);
}

/* What was typed stays with its row when others are ticked. */
void import_picks_changed(struct form *form, struct import_picks *p)
{
    import_picks_take(form, p);
    list_aliases(form, p);
}

bool import_alias_ok(const struct form *form, void *ctx, const char *line,
                     char why[static FORM_WHY])
{
    const struct importing *m = ctx;
    (void)form;
    return alias_is_free(m->target.store, line, why);
}

/* As Java compares them in this type. */
static bool same_alias(const struct ks_format *format, const char *a, const char *b)
{
    if (!(format->caps & KS_CAP_FOLDS))
        return strcmp(a, b) == 0;
    char *one = ks_text_fold(a), *other = ks_text_fold(b);
    bool same = strcmp(one, other) == 0;
    free(one);
    free(other);
    return same;
}

static const char *twice(const struct ks_format *format, char *const *lines, size_t count)
{
    for (size_t i = 0; i < count && count <= COMPARED; i++)
        for (size_t k = i + 1; k < count; k++)
            if (same_alias(format, lines[i], lines[k]))
                return lines[i];
    return NULL;
}

bool import_aliases_ok(const struct form *form, const struct importing *m,
                       const struct import_picks *p, char why[static FORM_WHY])
{
    size_t count = 0;
    char **lines = form_lines(form, "aliases", &count);
    const char *again = twice(m->target.store->format, lines, count);
    bool good = count == p->listed_count && !again;
    if (count != p->listed_count)
        snprintf(why, FORM_WHY, "one line for each that is ticked: %zu, not %zu", p->listed_count,
                 count);
    else if (again)
        snprintf(why, FORM_WHY, "%.100s is there twice", again);
    form_lines_free(lines, count);
    return good;
}

/* ---- words ---- */

/* A file that brings nothing of what is looked for may be the wrong one. */
static void put_useless(const struct importing *m, struct ks_buf *out)
{
    for (size_t i = 0; i < m->given.count && m->given.count > 1 && !m->wants_keys; i++) {
        const struct ks_store *s = m->given.stores[i];
        bool any = false;
        for (size_t k = 0; k < ks_store_count(s); k++)
            any = any || ks_store_entry(s, k)->chain_len > 0;
        if (!any)
            ks_buf_printf(out, "; none in %.100s", name_of(s->path));
    }
}

void importing_found(const struct importing *m, struct ks_buf *out)
{
    size_t count = 0, broken = 0, repeated = 0;
    struct ks_gathered *certs = ks_gather_certs(&m->given, &count, &broken);
    for (size_t i = 0; i < count; i++)
        repeated += certs[i].repeated > 0;
    ks_buf_printf(out, "%zu certificate%s", count, count == 1 ? "" : "s");
    if (m->given.count == 1)
        ks_buf_printf(out, " in %s", name_of(m->given.stores[0]->path));
    else
        ks_buf_printf(out, " in %zu files", m->given.count);
    put_useless(m, out);
    if (repeated)
        ks_buf_printf(out, ", %zu of them more than once", repeated);
    if (broken)
        ks_buf_printf(out, ", and %zu that cannot be read", broken);
    free(certs);
}

void importing_label(const struct ks_cert *cert, struct ks_buf *out)
{
    struct ks_buf label = KS_BUF_INIT;
    ks_name_label(ks_cert_part(cert, cert->subject), &label);
    (void)ks_text_shorten(&label, LABEL_BYTES);
    /* A line end in a name would begin a row that looks like one of ours. */
    for (size_t i = 0; i < label.len; i++) {
        if (label.data[i] == '\n')
            ks_buf_str(out, "\xe2\x90\x8a"); /* U+240A */
        else
            ks_buf_byte(out, label.data[i]);
    }
    ks_buf_free(&label);
}

void importing_days(const struct ks_cert *cert, struct ks_buf *out)
{
    char days[8];
    ks_buf_str(out, report_days(cert->not_before, cert->not_after, ks_now(), days));
}

void importing_pad(struct ks_buf *text, int columns)
{
    int width = canvas_width(ks_buf_text(text), text->len);
    size_t keep = text->len; /* the ellipsis makes it no shorter */
    while (width >= columns && keep > 0 && ks_text_shorten(text, --keep))
        width = canvas_width(ks_buf_text(text), text->len);
    do
        ks_buf_byte(text, ' ');
    while (++width < columns);
}

/* ---- the other open keystores ---- */

struct other_stores other_stores_hold(struct app *app, const struct ui_file *except)
{
    size_t files = app_file_count(app);
    struct other_stores o = {.targets = ks_alloc_array(files + 1, sizeof *o.targets),
                             .stores = ks_alloc_array(files + 2, sizeof(struct ks_store *))};
    for (size_t i = 0; i < files; i++) {
        struct ui_file *f = app_file(app, i);
        if (f == except || !f->store)
            continue;
        o.targets[o.count] = edit_target(f);
        o.stores[o.count] = f->store;
        o.count++;
    }
    return o;
}

void other_stores_drop(struct other_stores *o)
{
    for (size_t i = 0; i < o->count; i++)
        edit_target_drop(&o->targets[i]);
    free(o->targets);
    free(o->stores);
    *o = (struct other_stores){0};
}
