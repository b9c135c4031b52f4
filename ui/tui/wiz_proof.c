#include "tui/wiz_proof.h"

#include "base/alloc.h"
#include "chain/served.h"
#include "doctor/prove.h"
#include "file/open.h"
#include "report/made.h"
#include "tui/dialog.h"
#include "tui/importing.h"
#include "x509/cert.h"
#include "x509/host.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRUST_CHOICES 16

struct proof_wizard {
    struct edit_target target; /* the first: edit_target_refused() */
    struct app *app;
    const struct ks_entry *entry;
    const struct ks_cert **chain;
    size_t count;
    struct other_stores stores; /* that may be trusted; all that are open */
    char *first_name;           /* of the certificate */

    /* what was typed */
    char *host;
    size_t trust; /* 0: the end of the chain */
    char *file;   /* a truststore that is not open; empty: none */
    struct ks_secret *file_password;
    bool client;

    /* the worker's */
    struct ks_doctor *doctor;
    struct ks_proof proof;
    struct ks_error key_error; /* why the key is not there; code KS_OK: it is */
};

static void proof_free(void *ctx)
{
    struct proof_wizard *p = ctx;
    ks_proof_drop(&p->proof);
    ks_doctor_free(p->doctor);
    other_stores_drop(&p->stores);
    edit_target_drop(&p->target);
    free(p->chain);
    free(p->first_name);
    free(p->host);
    free(p->file);
    ks_secret_free(p->file_password);
    free(p);
}

/* ---- the page ---- */

static char *trust_word(const struct ks_store *s)
{
    const char *slash = strrchr(s->path, '/');
    return ks_strdup(slash && slash[1] ? slash + 1 : s->path);
}

static void fill(struct form *form, void *ctx)
{
    struct proof_wizard *p = ctx;
    char *words[TRUST_CHOICES] = {ks_strdup("the root of this chain")};
    const char *choices[TRUST_CHOICES];
    size_t n = 1;
    for (size_t i = 0; i < p->stores.count && n < TRUST_CHOICES; i++)
        words[n++] = trust_word(p->stores.stores[i]);
    for (size_t i = 0; i < n; i++)
        choices[i] = words[i];
    form_set_choices(form, "trust", choices, n);
    form_set_text(form, "host", p->first_name);
    for (size_t i = 0; i < n; i++)
        free(words[i]);
}

static bool host_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const char *host = form_text(form, "host"), *refused;
    (void)ctx;
    if (!host[0])
        return true;
    refused = ks_host_refusal(host);
    if (refused)
        snprintf(why, FORM_WHY, "%s", refused);
    return refused == NULL;
}

static void chain_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct proof_wizard *p = ctx;
    (void)form;
    for (size_t i = 0; i < p->count; i++) {
        ks_buf_printf(out, "%s%zu ", i ? "\n" : "", i);
        importing_label(p->chain[i], out);
    }
}

static void collect(struct form *form, void *ctx)
{
    struct proof_wizard *p = ctx;
    free(p->host);
    p->host = ks_strdup(form_text(form, "host"));
    p->trust = form_chosen(form, "trust");
    free(p->file);
    p->file = ks_strdup(form_is_empty(form, "file") ? "" : form_text(form, "file"));
    ks_secret_free(p->file_password);
    p->file_password = form_secret(form, "password");
    p->client = form_ticked(form, "client");
}

/* ---- the proof ---- */

static enum ks_code open_trust(const struct proof_wizard *p, struct ks_job *job,
                               struct ks_store **out, struct ks_error *err)
{
    const struct ks_secret *password = p->file_password;
    if (!p->file || !p->file[0])
        return KS_OK;
    enum ks_code rc =
        ks_open(p->file, ks_secret_is_empty(password) ? NULL : password, job, out, err);
    if (rc != KS_OK || !((*out)->notes & KS_STORE_LOCKED_PARTS))
        return rc;
    ks_store_free(*out);
    *out = NULL;
    return ks_fail(err, KS_ERR_PASSWORD_NEEDED, "locked",
                   "%.300s is locked: type the password of the truststore", p->file);
}

static enum ks_code prove_with(struct proof_wizard *p, const struct ks_store *trust,
                               struct ks_job *job, struct ks_error *err);

static enum ks_code prove(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                          struct ks_error *err)
{
    struct proof_wizard *p = ctx;
    struct ks_store *opened = NULL;
    (void)keys;
    enum ks_code rc = open_trust(p, job, &opened, err);
    const struct ks_store *chosen = p->trust ? p->stores.stores[p->trust - 1] : NULL;
    if (rc == KS_OK)
        rc = prove_with(p, opened ? opened : chosen, job, err);
    ks_store_free(opened);
    return rc;
}

/* Without the key there is a proof as well: all but the handshake. */
static enum ks_code prove_with(struct proof_wizard *p, const struct ks_store *trust,
                               struct ks_job *job, struct ks_error *err)
{
    struct ks_material key = {0};
    const struct ks_store *store = p->target.store;
    p->key_error = (struct ks_error){0};
    if (p->entry->home && p->entry->home->reveal)
        p->key_error.code = p->entry->home->reveal(store, p->entry, NULL, job, &key, &p->key_error);
    bool has_key = key.bytes && key.type == KS_MATERIAL_PRIVATE;
    struct ks_proof_args args = {
        .chain = p->chain,
        .count = p->count,
        .key = has_key ? &key : NULL,
        .trust = trust,
        .host = p->host && p->host[0] ? p->host : NULL,
        .client = p->client,
        .now = ks_now(),
    };
    ks_proof_drop(&p->proof);
    p->proof = (struct ks_proof){0};
    enum ks_code rc = ks_prove(p->doctor, &args, job, &p->proof, err);
    ks_material_drop(&key);
    return rc;
}

/* ---- in words ---- */

static enum report_role role_of(enum ks_proof_state state)
{
    return state == KS_PROOF_GOOD  ? REPORT_FINE
           : state == KS_PROOF_BAD ? REPORT_FAILURE
                                   : REPORT_REMARK;
}

static void add_check(struct report *out, const char *label, const struct ks_proof_check *check)
{
    const char *text = check->text && check->text[0]        ? check->text
                       : check->state == KS_PROOF_NOT_TRIED ? "not checked"
                       : check->state == KS_PROOF_GOOD      ? "ok"
                                                            : "refused";
    report_add(out, role_of(check->state), label, text);
}

static void add_link(struct report *out, const struct ks_proof_link *l)
{
    bool good = l->names_equal && l->signature == KS_VERDICT_GOOD;
    char *text = ks_asprintf("%zu <- %zu  %s", l->cert, l->issuer, l->text ? l->text : "");
    report_add(out,
               good                                 ? REPORT_FINE
               : l->signature == KS_VERDICT_UNKNOWN ? REPORT_CAUTION
                                                    : REPORT_FAILURE,
               "", text);
    free(text);
    text = ks_asprintf("names %s, key ids %s", l->names_equal ? "equal" : "differ",
                       l->ids > 0    ? "equal"
                       : l->ids == 0 ? "differ"
                                     : "not both there");
    report_add(out, REPORT_PLAIN, "", text);
    out->lines[out->count - 1].indent = 4;
    free(text);
}

static void add_handshake(struct report *out, const struct ks_proof *p)
{
    add_check(out, "Handshake", &p->handshake);
    if (p->handshake.state == KS_PROOF_NOT_TRIED)
        return;
    if (p->protocol) {
        char *text =
            ks_asprintf("%s%s%s, %zu certificate%s sent", p->protocol, p->cipher ? ", " : "",
                        p->cipher ? p->cipher : "", p->sent, p->sent == 1 ? "" : "s");
        report_add(out, REPORT_TEXT, "", text);
        free(text);
    }
    if (p->server_said)
        report_add(out, REPORT_TEXT, "Server", p->server_said);
    if (p->client_said)
        report_add(out, REPORT_TEXT, "Client", p->client_said);
}

static void review(void *ctx, struct report *out)
{
    const struct proof_wizard *p = ctx;
    const struct ks_proof *f = &p->proof;
    report_add(out, f->proven ? REPORT_FINE : REPORT_FAILURE, "Verdict",
               f->verdict  ? f->verdict
               : f->proven ? "it works"
                           : "it does not work");
    report_add(out, REPORT_HEADING, "", "");
    for (size_t i = 0; i < p->count; i++) {
        struct ks_buf text = KS_BUF_INIT;
        ks_buf_printf(&text, "%zu ", i);
        importing_label(p->chain[i], &text);
        report_add(out, REPORT_TEXT, i ? "" : "Chain", ks_buf_text(&text));
        ks_buf_free(&text);
    }
    for (size_t i = 0; i < f->link_count; i++)
        add_link(out, &f->links[i]);
    report_add(out, REPORT_HEADING, "", "");
    add_check(out, "Key", &f->key);
    if (p->key_error.code != KS_OK && p->key_error.what[0])
        report_add(out, REPORT_TEXT, "", p->key_error.what);
    add_check(out, "Host", &f->host);
    if (f->order.text)
        add_check(out, "Order", &f->order);
    add_check(out, "OpenSSL", &f->openssl);
    if (f->openssl_strict.state != f->openssl.state)
        add_check(out, "up to a root", &f->openssl_strict);
    if (f->openssl.state == KS_PROOF_BAD || f->openssl_lenient.state == KS_PROOF_BAD)
        add_check(out, "at level 0", &f->openssl_lenient);
    add_check(out, "Java", &f->java);
    add_handshake(out, f);
}

/* Enter leaves: it was only looked at. */
static enum ks_code nothing(void *ctx, struct ks_job *job, struct ks_error *err)
{
    (void)ctx, (void)job, (void)err;
    return KS_OK;
}

static bool done(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    (void)app, (void)ctx, (void)code, (void)err;
    return true;
}

static const struct wizard_page pages[] = {
    {.name = "Question", .question = "Would it work? Nothing is sent anywhere"},
};

static const struct form_field fields[] = {
    {.id = "chain", .label = "Chain", .kind = FORM_WORDS, .words = chain_words},
    {.id = "host",
     .label = "Host name",
     .kind = FORM_TEXT,
     .check = host_ok,
     .hint = "That clients use. Empty: the first name of the certificate."},
    {.id = "trust",
     .label = "Clients trust",
     .kind = FORM_CHOICE,
     .hint = "The truststore of the clients: an open keystore, as Java would use it."},
    {.id = "file",
     .label = "or the file",
     .kind = FORM_PATH,
     .hint = "A truststore or CA certificates in PEM; it is only read, and counts instead."},
    {.id = "password",
     .label = "its password",
     .kind = FORM_SECRET,
     .hint = "Where the file does not show its certificates without one."},
    {.id = "client",
     .label = "the entry is a client's (mutual TLS)",
     .kind = FORM_TICK,
     .hint = "Then a server asks for it, and judges it."},
};

static const struct wizard_def wizard = {
    .name = "proof",
    .pages = pages,
    .page_count = 1,
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .fill = fill,
    .collect = collect,
    .prepare = prove,
    .review = review,
    .act = nothing,
    .acted = done,
    .free = proof_free,
    .apply_note = "A server and a client shook hands in memory: no socket was opened.",
    .apply_word = "Done",
};

/* ---- starting ---- */

static char *first_name_of(const struct ks_cert *leaf)
{
    struct ks_buf names = KS_BUF_INIT;
    char *out = NULL;
    ks_cert_san(leaf, &names);
    const char *text = ks_buf_text(&names), *at = strstr(text, "dns:");
    if (at && (at == text || at[-1] == '\n'))
        out = ks_strndup(at + 4, strcspn(at + 4, "\n"));
    ks_buf_free(&names);
    if (out && ks_host_refusal(out)) { /* a wildcard is no host */
        free(out);
        out = NULL;
    }
    return out ? out : ks_strdup("");
}

void wiz_proof_start(struct app *app, struct ui_file *f, const struct ks_entry *entry,
                     const struct ks_cert *const *chain, size_t count)
{
    struct proof_wizard *p = ks_alloc(sizeof *p);
    *p = (struct proof_wizard){.target = edit_target(f),
                               .app = app,
                               .entry = entry,
                               .chain = ks_alloc_array(count + 1, sizeof *p->chain),
                               .count = count,
                               .stores = other_stores_hold(app, NULL),
                               .doctor = ks_doctor_new()};
    for (size_t i = 0; i < count; i++)
        p->chain[i] = chain[i];
    p->first_name = first_name_of(chain[0]);
    wizard_start(app, &wizard, ks_asprintf("Proof of %s", entry->alias), p);
}

void wiz_proof_of_entry(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    const struct ks_cert *chain[KS_PATH_MAX + 1];
    const size_t most = sizeof chain / sizeof chain[0];
    size_t count = 0, all = 0;
    const struct ks_cert **served = entry->kind == KS_KIND_KEY ? ks_served(f->store, &all) : NULL;
    for (; count < all && count < most; count++)
        chain[count] = served[count];
    free(served);
    while (all == 0 && count < entry->chain_len && count < most) {
        chain[count] = &entry->chain[count];
        count++;
    }
    wiz_proof_start(app, f, entry, chain, count);
}
