#include "tui/wiz_capture.h"

#include "base/alloc.h"
#include "base/text.h"
#include "op/snippet.h"
#include "report/made.h"
#include "tui/app_state.h"
#include "tui/capturing.h"
#include "tui/dialog.h"
#include "tui/directory.h"
#include "tui/edit.h"
#include "tui/new_password.h"
#include "x509/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SECONDS_MOST 600

enum { PAGE_WHERE, PAGE_CAME, PAGE_TRUST, PAGE_INTO };
enum { PROXY_ENVIRONMENT, PROXY_NONE, PROXY_CONNECT, PROXY_SOCKS };

struct capture_wizard {
    struct capturing of;
    char *first_server; /* NULL: none */

    /* the first page, as it is typed */
    struct {
        const struct ks_store *store;
        const struct ks_entry *entry;
    } clients[CLIENTS_MAX];
    size_t client_count;
    bool protocol_chosen, sni_typed;

    /* the third */
    size_t against;
    size_t *rows; /* of the judge's rows, in the order shown */
    struct import_picks ticked;
    struct ks_trust_pick *picks;
    size_t pick_count;

    /* the fourth */
    size_t into; /* of the open keystores that can be edited; beyond them: a copy */
    const struct edit_target *targets[JUDGES_MAX];
    size_t target_count;
    char *path;
    struct ks_secret *password;
};

static void drop_picks(struct capture_wizard *w)
{
    free(w->picks);
    w->picks = NULL;
    w->pick_count = 0;
    import_picks_drop(&w->ticked);
}

static void wizard_free(void *ctx)
{
    struct capture_wizard *w = ctx;
    drop_picks(w);
    free(w->rows);
    capturing_drop(&w->of);
    free(w->first_server);
    free(w->path);
    ks_secret_free(w->password);
    free(w);
}

/* ---- where ---- */

static bool server_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct ks_target target;
    struct ks_error err = {0};
    (void)ctx;
    if (ks_target_parse(form_text(form, "server"), &target, &err) == KS_OK)
        return true;
    snprintf(why, FORM_WHY, "%.150s", err.what);
    return false;
}

/* An empty host while it cannot be understood: no variable of the environment is for it. */
static struct ks_target typed_server(const struct form *form)
{
    struct ks_target target = {0};
    if (ks_target_parse(form_text(form, "server"), &target, NULL) != KS_OK)
        target = (struct ks_target){.port = 443};
    return target;
}

static void follow_server(struct form *form, struct capture_wizard *w)
{
    struct ks_target server = typed_server(form);
    if (!w->protocol_chosen)
        form_choose(form, "protocol", (size_t)server.protocol);
    if (!w->sni_typed)
        form_set_text(form, "sni",
                      ks_host_is_address(server.host, strlen(server.host)) ? "" : server.host);
}

static bool sni_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const char *sni = form_text(form, "sni"), *refused = sni[0] ? ks_host_refusal(sni) : NULL;
    (void)ctx;
    if (refused)
        snprintf(why, FORM_WHY, "%s", refused);
    return refused == NULL;
}

static bool wait_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    unsigned seconds = 0;
    char rest;
    (void)ctx;
    if (sscanf(form_text(form, "wait"), "%4u%c", &seconds, &rest) == 1 && seconds >= 1 &&
        seconds <= SECONDS_MOST)
        return true;
    snprintf(why, FORM_WHY, "seconds, from 1 to %d", SECONDS_MOST);
    return false;
}

static bool names_proxy(const struct form *form, void *ctx)
{
    (void)ctx;
    return form_chosen(form, "proxy") >= PROXY_CONNECT;
}

static enum ks_code typed_proxy(const struct form *form, struct ks_proxy *out,
                                struct ks_error *err)
{
    struct ks_target server = typed_server(form);
    *out = (struct ks_proxy){0};
    switch (form_chosen(form, "proxy")) {
    case PROXY_ENVIRONMENT:
        return ks_proxy_of_environment(server.host, false, out, err);
    case PROXY_NONE:
        return KS_OK;
    default:
        break;
    }
    bool socks = form_chosen(form, "proxy") == PROXY_SOCKS;
    const char *typed = form_text(form, "proxy-host");
    char *text = strstr(typed, "://") ? ks_strdup(typed)
                                      : ks_asprintf("%s://%s", socks ? "socks5h" : "http", typed);
    enum ks_code rc = ks_proxy_parse(text, out, err);
    free(text);
    if (rc == KS_OK && form_text(form, "proxy-user")[0])
        snprintf(out->user, sizeof out->user, "%s", form_text(form, "proxy-user"));
    if (rc == KS_OK && out->user[0]) /* which may stand in front of the host */
        out->password = form_secret(form, "proxy-password");
    return rc;
}

static bool proxy_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct ks_proxy proxy;
    struct ks_error err = {0};
    (void)ctx;
    enum ks_code rc = typed_proxy(form, &proxy, &err);
    ks_proxy_drop(&proxy);
    if (rc != KS_OK)
        snprintf(why, FORM_WHY, "%.150s", err.what);
    return rc == KS_OK;
}

static void proxy_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    struct ks_proxy proxy;
    struct ks_error err = {0};
    (void)ctx;
    if (form_chosen(form, "proxy") != PROXY_ENVIRONMENT)
        return;
    if (typed_proxy(form, &proxy, &err) != KS_OK)
        ks_buf_str(out, err.what);
    else if (proxy.kind == KS_PROXY_NONE)
        ks_buf_str(out, "it names none for this server: direct");
    else
        ks_proxy_text(&proxy, out);
    ks_proxy_drop(&proxy);
}

static bool uses_proxy(const struct form *form, void *ctx)
{
    struct ks_proxy proxy;
    (void)ctx;
    bool used = typed_proxy(form, &proxy, NULL) == KS_OK && proxy.kind != KS_PROXY_NONE;
    ks_proxy_drop(&proxy);
    return used;
}

static bool has_clients(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct capture_wizard *)ctx)->client_count > 0;
}

static void offer_clients(struct form *form, struct capture_wizard *w)
{
    const char *words[CLIENTS_MAX + 1] = {"none"};
    for (size_t i = 0; i < w->of.stores.count; i++) {
        const struct ks_store *s = w->of.stores.stores[i];
        for (size_t k = 0; k < ks_store_count(s) && w->client_count < CLIENTS_MAX; k++) {
            const struct ks_entry *e = ks_store_entry(s, k);
            if (e->kind != KS_KIND_KEY || e->chain_len == 0)
                continue;
            w->clients[w->client_count].store = s;
            w->clients[w->client_count++].entry = e;
            words[w->client_count] = e->alias;
        }
    }
    form_set_choices(form, "client", words, w->client_count + 1);
}

static void offer_protocols(struct form *form)
{
    const char *words[KS_STARTTLS_COUNT] = {"TLS at once"};
    for (int i = 1; i < KS_STARTTLS_COUNT; i++)
        words[i] = ks_starttls_word((enum ks_starttls)i);
    form_set_choices(form, "protocol", words, KS_STARTTLS_COUNT);
}

static void nothing_sent_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)form, (void)ctx;
    ks_buf_str(out, "Nothing is sent before Next.");
}

/* ---- what came ---- */

static void came_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)form;
    capture_came(&((const struct capture_wizard *)ctx)->of, out);
}

static void chain_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)form;
    capture_chain(&((const struct capture_wizard *)ctx)->of, out);
}

static void found_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)form;
    capture_found(&((const struct capture_wizard *)ctx)->of, false, out);
}

static bool has_chain(const struct form *form, void *ctx)
{
    const struct capture_wizard *w = ctx;
    (void)form;
    return w->of.capture.store != NULL;
}

static void unverified_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct capture_wizard *w = ctx;
    const struct ks_outbound *o = w->of.judge_count ? &w->of.judges[w->of.first].outcome : NULL;
    (void)form;
    ks_buf_str(out, "Not verified: anyone on the path could have sent it.\n");
    if (o && o->count && !o->root_sent)
        ks_buf_str(out, "The last one sent is NOT a root: better the root, from its owner.");
}

static void show_full(struct app *app, void *ctx)
{
    const struct capture_wizard *w = ctx;
    struct ks_buf text = KS_BUF_INIT;
    capture_in_full(&w->of, &text);
    notice_show(app, "What the server sent", ks_buf_text(&text));
    ks_buf_free(&text);
}

static void copy_pem(struct app *app, void *ctx)
{
    const struct capture_wizard *w = ctx;
    size_t count = 0;
    const struct ks_cert **sent = ks_capture_chain(&w->of.capture, &count);
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < count; i++)
        ks_pem_write("CERTIFICATE", ks_cert_der(sent[i]), &text);
    if (count)
        app_copy(app, "The chain as sent", ks_buf_text(&text), text.len);
    else
        app_warn(app, "Nothing to copy: no certificate came");
    ks_buf_free(&text);
    free(sent);
}

static enum ks_code needs_chain(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                struct ks_error *err)
{
    const struct capture_wizard *w = ctx;
    (void)keys, (void)job;
    if (w->of.capture.store)
        return KS_OK;
    ks_fail(err, KS_ERR_NOT_FOUND, "no-certificate", "the server sent no certificate to trust");
    return ks_fail_next(err, KS_ERR_NOT_FOUND, "PgUp asks again, in another way");
}

/* ---- what is trusted ---- */

static const struct judge *asked_judge(const struct capture_wizard *w)
{
    size_t at = w->against < w->of.judge_count ? w->against : 0;
    return w->of.judge_count ? &w->of.judges[at] : NULL;
}

static void verdict_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct judge *j = asked_judge(ctx);
    (void)form;
    if (j && j->outcome.verdict_text)
        ks_buf_str(out, j->outcome.verdict_text);
    if (j && j->outcome.missing)
        ks_buf_printf(out, "\n%s", j->outcome.missing);
}

static char *why_not(const struct ks_outbound_row *row)
{
    if (!row->refused)
        return NULL;
    return ks_strdup(row->means && row->means[0] ? row->means : "this cannot be trusted");
}

/* What is worth trusting first: the best one, then the others from the root down. */
static int rank_of(const struct ks_outbound_row *row)
{
    return row->recommended ? -1 : (int)row->role;
}

static size_t order_rows(struct capture_wizard *w)
{
    const struct judge *j = asked_judge(w);
    size_t n = j ? j->outcome.count : 0;
    free(w->rows);
    w->rows = ks_alloc_array(n + 1, sizeof *w->rows);
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && rank_of(&j->outcome.rows[w->rows[at - 1]]) >
                             rank_of(&j->outcome.rows[i]);
             at--)
            w->rows[at] = w->rows[at - 1];
        w->rows[at] = i;
    }
    return n;
}

static void offer_rows(struct form *form, struct capture_wizard *w)
{
    const struct judge *j = asked_judge(w);
    size_t n = order_rows(w);
    struct form_pick *picks = ks_alloc_array(n + 1, sizeof *picks);
    char **texts = ks_alloc_array(3 * n + 1, sizeof *texts);
    char **aliases = ks_alloc_array(n + 1, sizeof *aliases);
    for (size_t i = 0; i < n; i++) {
        const struct ks_outbound_row *row = &j->outcome.rows[w->rows[i]];
        char **own = &texts[3 * i];
        own[0] = capture_row(row);
        own[2] = why_not(row);
        own[1] = own[2] ? NULL : capture_row_note(row, w->of.capture.store, i + 1 < n);
        picks[i] = (struct form_pick){own[0], own[1], own[2],
                                      row->recommended && !row->refused && !row->already};
        aliases[i] = ks_strdup(row->alias ? row->alias : "");
    }
    form_set_picks(form, "picks", picks, n);
    drop_picks(w);
    import_picks_begin(form, &w->ticked, aliases, n);
    form_tick(form, "compared", false);
    for (size_t i = 0; i < 3 * n; i++)
        free(texts[i]);
    free(texts);
    free(picks);
}

static void offer_judges(struct form *form, struct capture_wizard *w)
{
    const char *words[JUDGES_MAX];
    for (size_t i = 0; i < w->of.judge_count; i++)
        words[i] = w->of.judges[i].name;
    form_set_choices(form, "against", words, w->of.judge_count);
    form_choose(form, "against", w->of.first);
    w->against = w->of.first;
}

static bool some_ticked(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct capture_wizard *)ctx)->ticked.listed_count > 0;
}

static bool rows_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    if (some_ticked(form, ctx))
        return true;
    snprintf(why, FORM_WHY, "tick what is to be trusted; Esc leaves everything as it is");
    return false;
}

static bool compared_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (form_ticked(form, "compared"))
        return true;
    snprintf(why, FORM_WHY, "compare the SHA-256 above with what its owner tells you, then tick");
    return false;
}

/* ---- where it goes ---- */

static bool makes_copy(const struct form *form, void *ctx)
{
    const struct capture_wizard *w = ctx;
    return form_chosen(form, "into") >= w->target_count;
}

static bool none_is_typed(const struct form *form, void *ctx)
{
    return makes_copy(form, ctx) && new_password_is_empty(form, ctx);
}

static bool copy_path_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    char *path = directory_typed(form_text(form, "path"));
    struct stat st;
    bool there = stat(path, &st) == 0;
    (void)ctx;
    if (!path[0])
        snprintf(why, FORM_WHY, "a name is needed");
    else if (there)
        snprintf(why, FORM_WHY, "that exists already; choose another name");
    bool good = path[0] && !there;
    free(path);
    return good;
}

static void copy_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct capture_wizard *w = ctx;
    const struct ks_store *base = capturing_cacerts(&w->of);
    if (!makes_copy(form, ctx))
        return;
    if (base)
        ks_buf_printf(out, "%zu CAs of %s, and what was ticked; the JVM's own stays as it is",
                      ks_store_count(base), base->path);
    else
        ks_buf_str(out, "no JVM was found here: it holds what was ticked alone");
}

static void offer_targets(struct form *form, struct capture_wizard *w)
{
    const char *words[JUDGES_MAX + 1];
    w->target_count = 0;
    for (size_t i = 0; i < w->of.stores.count && w->target_count < JUDGES_MAX; i++) {
        const struct edit_target *t = &w->of.stores.targets[i];
        struct ui_file *f = edit_target_file(w->of.app, t);
        if (!f || edit_refused(f))
            continue;
        words[w->target_count] = f->name;
        w->targets[w->target_count++] = t;
    }
    words[w->target_count] =
        capturing_cacerts(&w->of) ? "a copy of the JVM's cacerts" : "a new truststore";
    form_set_choices(form, "into", words, w->target_count + 1);
    form_choose(form, "into", w->target_count);
    for (size_t i = 0; i < w->target_count; i++)
        if (asked_judge(w) && asked_judge(w)->target == w->targets[i])
            form_choose(form, "into", i);
}

/* ---- the form ---- */

static void fill(struct form *form, void *ctx)
{
    struct capture_wizard *w = ctx;
    offer_protocols(form);
    offer_clients(form, w);
    form_set_text(form, "server", w->first_server ? w->first_server : "");
    form_set_text(form, "wait", "10");
    form_set_text(form, "path", "truststore.p12");
    follow_server(form, w);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct capture_wizard *w = ctx;
    if (strcmp(id, "server") == 0)
        follow_server(form, w);
    w->protocol_chosen = w->protocol_chosen || strcmp(id, "protocol") == 0;
    w->sni_typed = w->sni_typed || strcmp(id, "sni") == 0;
    if (strcmp(id, "against") == 0) {
        w->against = form_chosen(form, "against");
        offer_rows(form, w);
        offer_targets(form, w);
    }
    if (strcmp(id, "picks") == 0) {
        import_picks_changed(form, &w->ticked);
        form_tick(form, "compared", false); /* that was about others */
    }
}

static void collect_where(const struct form *form, struct capture_wizard *w)
{
    struct capturing *c = &w->of;
    size_t client = form_chosen(form, "client");
    const char *sni = form_text(form, "sni");
    c->server = typed_server(form);
    c->server.protocol = (enum ks_starttls)form_chosen(form, "protocol");
    free(c->sni);
    c->sni = sni[0] ? ks_strdup(sni) : NULL;
    ks_proxy_drop(&c->proxy);
    if (typed_proxy(form, &c->proxy, NULL) != KS_OK)
        c->proxy = (struct ks_proxy){0}; /* its field was checked */
    c->compare = form_ticked(form, "compare");
    c->seconds = (unsigned)strtoul(form_text(form, "wait"), NULL, 10);
    c->client = client ? w->clients[client - 1].entry : NULL;
    c->client_store = client ? w->clients[client - 1].store : NULL;
}

static void collect_picks(const struct form *form, struct capture_wizard *w)
{
    const struct judge *j = asked_judge(w);
    size_t n = j ? j->outcome.count : 0;
    import_picks_take(form, &w->ticked);
    free(w->picks);
    w->picks = ks_alloc_array(n + 1, sizeof *w->picks);
    w->pick_count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ks_outbound_row *row = &j->outcome.rows[w->rows[i]];
        if (form_picked(form, "picks", i))
            w->picks[w->pick_count++] = (struct ks_trust_pick){
                .cert = row->cert,
                .from = row->sent >= 0 ? w->of.capture.store : row->found->store,
                .entry = row->sent >= 0 ? NULL : row->found->entry,
                .alias = w->ticked.aliases[i]};
    }
}

static void collect_into(const struct form *form, struct capture_wizard *w)
{
    w->into = form_chosen(form, "into");
    free(w->path);
    w->path = directory_typed(form_text(form, "path"));
    ks_secret_free(w->password);
    w->password = form_secret(form, "password");
}

static void collect(struct form *form, void *ctx)
{
    struct capture_wizard *w = ctx;
    if (form_page(form) == PAGE_WHERE)
        collect_where(form, w);
    if (form_page(form) >= PAGE_TRUST)
        collect_picks(form, w);
    if (form_page(form) == PAGE_INTO)
        collect_into(form, w);
}

/* ---- the work ---- */

static enum ks_code ask(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                        struct ks_error *err)
{
    struct capture_wizard *w = ctx;
    return capturing_work(&w->of, keys, job, err);
}

static void answered(struct form *form, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct capture_wizard *w = ctx;
    (void)err;
    drop_picks(w);
    if (code != KS_OK)
        return;
    offer_judges(form, w);
    offer_rows(form, w);
    offer_targets(form, w);
}

static const char *boxed(void *ctx, const struct ks_error *err)
{
    (void)ctx;
    return err->code == KS_ERR_NETWORK || err->code == KS_ERR_UNSUPPORTED
               ? "The server could not be captured"
               : NULL;
}

/* ---- the review ---- */

static struct ui_file *chosen_file(const struct capture_wizard *w)
{
    return w->into < w->target_count ? edit_target_file(w->of.app, w->targets[w->into]) : NULL;
}

static enum ks_code plan(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err)
{
    struct capture_wizard *w = ctx;
    bool copy = w->into >= w->target_count;
    struct ks_outbound_trust trust = {
        .picks = w->picks,
        .count = w->pick_count,
        .clash = KS_CLASH_ASK,
        .into = copy ? NULL : w->targets[w->into]->store,
        .base = copy ? capturing_cacerts(&w->of) : NULL,
        .path = w->path,
        .format = &ks_format_pkcs12,
        .password = w->password,
    };
    (void)keys;
    return ks_op_outbound(&trust, job, out, err);
}

static size_t failed_page(void *ctx, const struct ks_error *err)
{
    (void)ctx;
    return strcmp(err->slug, "alias-clash") == 0 ? PAGE_TRUST : PAGE_INTO;
}

static void about(void *ctx, const struct ks_plan *p, struct report *out)
{
    const struct capture_wizard *w = ctx;
    (void)p;
    for (size_t i = 0; i < w->pick_count; i++) {
        struct report more = {0};
        report_add(out, REPORT_HEADING, "", w->picks[i].alias);
        report_made_certificate(w->picks[i].cert, &more);
        report_append(out, &more);
    }
}

static const char *refused(struct app *app, void *ctx)
{
    const struct capture_wizard *w = ctx;
    if (w->into >= w->target_count)
        return edit_no_new(app);
    struct ui_file *f = chosen_file(w);
    return f ? edit_refused(f) : edit_target_gone;
}

/* What the JVM has to be told is of no use before the file is there, and easily forgotten after. */
static void tell_flags(struct app *app, const struct ui_file *f)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_str(&text, "w writes it. Then start the JVM with\n\n");
    size_t at = text.len;
    ks_snippet_put(ks_snippet_named("jvm"), f->store, NULL, &text);
    char *flags = ks_strdup(ks_buf_text(&text) + at);
    ks_buf_str(&text, "\nA wrong path is silently ignored by Java: it then trusts nothing at all. The "
                      "file is its owner's alone (0600): give it to the user that the JVM runs "
                      "as. y copies the lines.");
    notice_copies(app, "How a JVM uses it", ks_buf_text(&text), flags);
    free(flags);
    ks_buf_free(&text);
}

static void applied(struct app *app, void *ctx, struct ks_store *made)
{
    struct capture_wizard *w = ctx;
    const char *alias = w->pick_count ? w->picks[0].alias : NULL;
    struct ui_file *f = made ? files_add_made(app, made) : chosen_file(w);
    if (!f)
        return;
    if (made)
        app_goto(app, f, -1, -1);
    edit_applied(app, f, alias);
    if (made)
        tell_flags(app, f);
}

/* ---- the tables ---- */

static const char *const proxies[] = {"as the environment says", "none", "HTTP CONNECT", "SOCKS5",
                                      NULL};

static const struct wizard_key came_keys[] = {
    {'v', "In full", NULL, show_full},
    {'y', "Copy PEM", NULL, copy_pem},
    {0, NULL, NULL, NULL},
};

static const struct wizard_page pages[] = {
    [PAGE_WHERE] = {.name = "Where",
                    .question = "Which server?",
                    .work = ask,
                    .working = "asking the server",
                    .worked = answered,
                    .boxed = boxed},
    [PAGE_CAME] = {.name = "What came",
                   .question = "What the server sent",
                   .work = needs_chain,
                   .keys = came_keys},
    [PAGE_TRUST] = {.name = "Trust", .question = "What of it is to be trusted?"},
    [PAGE_INTO] = {.name = "Into", .question = "Which truststore?"},
};

static const struct form_field fields[] = {
    {.id = "server",
     .label = "Server",
     .kind = FORM_TEXT,
     .check = server_ok,
     .hint = "host:port, or a URL: ldap.example.com:636, [2001:db8::7]:443, https://example.com"},
    {.id = "protocol",
     .label = "Protocol",
     .kind = FORM_CHOICE,
     .hint = "TLS at once, or after STARTTLS in the protocol that is chosen."},
    {.id = "sni",
     .label = "SNI",
     .kind = FORM_TEXT,
     .check = sni_ok,
     .hint = "The name that the server is asked for. Empty: none is sent."},
    {.id = "proxy",
     .label = "Proxy",
     .kind = FORM_CHOICE,
     .choices = proxies,
     .check = proxy_ok,
     .hint = "https_proxy, all_proxy and no_proxy are looked at as curl does."},
    {.id = "proxy-is", .label = "", .kind = FORM_WORDS, .words = proxy_words},
    {.id = "proxy-host",
     .label = "Proxy at",
     .kind = FORM_TEXT,
     .shown = names_proxy,
     .check = proxy_ok,
     .hint = "host:port"},
    {.id = "proxy-user",
     .label = "User",
     .kind = FORM_TEXT,
     .shown = names_proxy,
     .hint = "Empty: the proxy wants none."},
    {.id = "proxy-password",
     .label = "Password",
     .kind = FORM_SECRET,
     .shown = names_proxy,
     .hint = "Of the proxy. It goes to the proxy alone, in clear when that is HTTP."},
    {.id = "compare",
     .label = "look without the proxy as well, and compare",
     .kind = FORM_TICK,
     .shown = uses_proxy,
     .hint = "Tells a proxy that puts certificates of its own in between."},
    {.id = "client",
     .label = "Client key",
     .kind = FORM_CHOICE,
     .shown = has_clients,
     .hint = "Sent only when the server asks for a client certificate."},
    {.id = "wait",
     .label = "Wait up to",
     .kind = FORM_TEXT,
     .check = wait_ok,
     .hint = "Seconds, for everything. Esc stops at once."},
    {.id = "nothing-sent", .label = "", .kind = FORM_WORDS, .words = nothing_sent_words},

    {.id = "came", .label = "Server", .kind = FORM_WORDS, .page = PAGE_CAME, .words = came_words},
    {.id = "chain",
     .label = "Chain",
     .kind = FORM_WORDS,
     .page = PAGE_CAME,
     .shown = has_chain,
     .words = chain_words},
    {.id = "found",
     .label = "Findings",
     .kind = FORM_WORDS,
     .page = PAGE_CAME,
     .shown = has_chain,
     .words = found_words},
    {.id = "unverified",
     .label = "",
     .kind = FORM_WORDS,
     .page = PAGE_CAME,
     .shown = has_chain,
     .words = unverified_words},

    {.id = "against",
     .label = "Judged by",
     .kind = FORM_CHOICE,
     .page = PAGE_TRUST,
     .hint = "A truststore. Left and Right choose: would a JVM with it accept this server?"},
    {.id = "verdict",
     .label = "",
     .kind = FORM_WORDS,
     .page = PAGE_TRUST,
     .words = verdict_words},
    {.id = "picks",
     .label = "",
     .kind = FORM_PICKS,
     .page = PAGE_TRUST,
     .rows = 10,
     .check = rows_ok,
     .hint = "Space ticks. Nothing captured is trusted by itself."},
    {.id = "aliases",
     .label = "Aliases of what is ticked, one a line in this order",
     .kind = FORM_LINES,
     .page = PAGE_TRUST,
     .rows = 2,
     .shown = some_ticked,
     .hint = "The names of the entries. Tab leaves."},
    {.id = "compared",
     .label = "I compared the fingerprint with its owner",
     .kind = FORM_TICK,
     .page = PAGE_TRUST,
     .shown = some_ticked,
     .check = compared_ok,
     .hint = "By telephone or on paper: whoever is on the path could have sent another one."},

    {.id = "into",
     .label = "Into",
     .kind = FORM_CHOICE,
     .page = PAGE_INTO,
     .hint = "An open keystore, or a new file beside the JVM's own, which stays as it is."},
    {.id = "copy", .label = "", .kind = FORM_WORDS, .page = PAGE_INTO, .words = copy_words},
    {.id = "path",
     .label = "File",
     .kind = FORM_PATH,
     .page = PAGE_INTO,
     .makes_file = true,
     .shown = makes_copy,
     .check = copy_path_ok,
     .hint = "Where w will write it, PKCS12, mode 0600. Nothing is written before."},
    NEW_PASSWORD_FIELDS(PAGE_INTO, makes_copy, none_is_typed),
};

static const struct wizard_def wizard = {
    .name = "capture",
    .pages = pages,
    .page_count = sizeof pages / sizeof pages[0],
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .fill = fill,
    .changed = changed,
    .collect = collect,
    .plan = plan,
    .about = about,
    .failed_page = failed_page,
    .applied = applied,
    .refused = refused,
    .free = wizard_free,
};

void wiz_capture_start(struct app *app, struct ui_file *f, const char *server)
{
    struct capture_wizard *w = ks_alloc(sizeof *w);
    *w = (struct capture_wizard){
        .of = {.app = app, .target = edit_target(f), .stores = other_stores_hold(app, NULL)},
        .first_server = server ? ks_strdup(server) : NULL};
    wizard_start(app, &wizard, ks_strdup("Capture from a TLS server"), w);
}
