#include "cli/revoked.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/asking.h"
#include "cli/text.h"
#include "x509/name.h"
#include "x509/request.h"

#include <stdlib.h>
#include <string.h>

#define ASKED_MOST 500 /* certificates of one file */

/* ---- the run ---- */

/* A list is in clear: no password is asked for. */
static enum ks_code open_list(struct cli *cli, struct revoked_run *r, const char *path,
                              struct ks_error *err)
{
    struct ks_store *store = cli_open_untold(cli, path, err);
    size_t lists = 0;
    if (!store)
        return err->code;
    if (store->damage.code != KS_OK)
        cli_fail(cli, &store->damage);
    r->lists[r->list_count++] = store;
    for (size_t i = 0; i < ks_store_count(store); i++)
        lists += ks_store_entry(store, i)->kind == KS_KIND_CRL;
    if (lists > 0)
        return KS_OK;
    return ks_fail(err, KS_ERR_FORMAT, "no-list", "%.300s holds no revocation list",
                   ks_path_shown(path));
}

static enum ks_code open_lists(struct cli *cli, struct revoked_run *r, struct ks_error *err)
{
    const struct cli_doctoring *asked = &cli->doctoring;
    enum ks_code rc = KS_OK;
    r->lists = ks_alloc_array(asked->list_count, sizeof *r->lists);
    for (size_t i = 0; i < asked->list_count && rc == KS_OK; i++)
        rc = open_list(cli, r, asked->lists[i], err);
    r->ask.lists = (const struct ks_store *const *)r->lists;
    r->ask.list_count = r->list_count;
    return rc;
}

/* Given lists are all that is looked at, unless a responder is named. */
static enum ks_code may_ask(const struct cli_doctoring *asked, struct ks_error *err)
{
    const char *refusal = asked->responder ? ks_fetch_refusal(asked->responder) : NULL;
    if (refusal)
        return ks_fail(err, KS_ERR_USAGE, "bad-value", "--responder: %.200s: %s", asked->responder,
                       refusal);
    if ((asked->responder || !asked->list_count) && !ks_network())
        return ks_no_network("asking about revocation", err);
    return KS_OK;
}

static void say_url(void *ctx, const struct ks_cert *cert, const char *url)
{
    (void)cert;
    asking_say(ctx, url);
}

bool revoked_begin(struct cli *cli, struct revoked_run *r)
{
    const struct cli_doctoring *asked = &cli->doctoring;
    struct ks_error err = {0};
    *r = (struct revoked_run){.on = asked->revocation || asked->responder || asked->list_count};
    if (!r->on)
        return true;
    r->ask = (struct ks_revocation_ask){.ocsp = true,
                                        .crl = true,
                                        .responder = asked->responder,
                                        .now = ks_now(),
                                        .asking = say_url,
                                        .ctx = cli};
    enum ks_code rc = may_ask(asked, &err);
    if (rc == KS_OK)
        rc = asking_how(cli, &r->ask.how, &err);
    if (rc == KS_OK)
        rc = open_lists(cli, r, &err);
    if (rc == KS_OK) {
        r->ask.cache = ks_revocation_cache_new();
        return true;
    }
    cli_fail(cli, &err);
    revoked_end(r);
    return false;
}

void revoked_end(struct revoked_run *r)
{
    ks_revocation_cache_free(r->ask.cache);
    for (size_t i = 0; i < r->list_count; i++)
        ks_store_free(r->lists[i]);
    free(r->lists);
    free(r->rows);
    ks_statuses_drop(&r->known);
    *r = (struct revoked_run){0};
}

/* ---- one file ---- */

static bool has_row(const struct revoked_run *r, const struct ks_cert *cert)
{
    for (size_t i = 0; i < r->count; i++)
        if (ks_slice_equal(ks_cert_der(r->rows[i].issued.cert), ks_cert_der(cert)))
            return true;
    return false;
}

static void add_row(struct revoked_run *r, const struct ks_entry *entry,
                    const struct ks_issued *issued)
{
    if (has_row(r, issued->cert))
        return;
    if (r->count == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 16;
        r->rows = ks_realloc(r->rows, r->cap * sizeof *r->rows);
    }
    r->rows[r->count++] = (struct revoked_row){entry, *issued};
}

/* The chains of keys; where there are none, the certificates that are there. */
static void add_rows(struct revoked_run *r, struct doctor *d, const struct ks_store *store,
                     bool keys)
{
    struct ks_issued issued[KS_PATH_MAX];
    struct ks_effort effort = ks_doctor_effort(store);
    struct ks_context context = d->context;
    context.effort = &effort;
    for (size_t i = 0; i < ks_store_count(store) && r->count <= ASKED_MOST; i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if ((e->kind == KS_KIND_KEY) != keys)
            continue;
        size_t count = ks_revocable(d->doctor, store, e, &context, NULL, issued);
        for (size_t k = 0; k < count; k++)
            add_row(r, e, &issued[k]);
    }
}

static bool has_keys(const struct ks_store *store)
{
    for (size_t i = 0; i < ks_store_count(store); i++)
        if (ks_store_entry(store, i)->kind == KS_KIND_KEY)
            return true;
    return false;
}

static void hint(struct cli *cli, const struct revoked_run *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct ks_status *status = ks_statuses_of(&r->known, r->rows[i].issued.cert);
        if (!status || !status->agreement)
            continue;
        cli_note(cli, "addresses of this host and of private networks, and unusual ports, are "
                      "asked with --private only");
        return;
    }
}

void revoked_store(struct cli *cli, struct revoked_run *r, struct doctor *d,
                   const struct ks_store *store)
{
    struct ks_error err = {0};
    r->count = 0;
    d->context.statuses = NULL;
    if (!r->on)
        return;
    add_rows(r, d, store, has_keys(store));
    if (r->count > ASKED_MOST) {
        cli_warn(cli, "%s: only the first %d certificates were asked about", store->path,
                 ASKED_MOST);
        r->count = ASKED_MOST;
    }
    for (size_t i = 0; i < r->count; i++) {
        r->ask.now = ks_now(); /* it may take minutes */
        if (ks_revocation_chain(&r->ask, &r->rows[i].issued, 1, NULL, &r->known, &err) != KS_OK)
            break;
    }
    d->context.statuses = &r->known;
    hint(cli, r);
}

/* ---- what came ---- */

static void print_good(struct cli *cli, const struct revoked_row *row,
                       const struct ks_status *status)
{
    struct ks_buf text = KS_BUF_INIT;
    text_padded(cli, "good", 9);
    (void)text_ext(cli, row->entry->alias);
    text_own(cli, "  ");
    ks_status_good_text(status, &text);
    (void)text_ext(cli, ks_buf_text(&text));
    text_line(cli);
    ks_buf_free(&text);
}

void revoked_text(struct cli *cli, const struct revoked_run *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct ks_status *status = ks_statuses_of(&r->known, r->rows[i].issued.cert);
        if (status && status->word == KS_STATUS_GOOD)
            print_good(cli, &r->rows[i], status);
    }
}

static json_t *subject_text(const struct ks_cert *cert)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(ks_cert_part(cert, cert->subject), &text);
    json_t *value = json_ext(ks_buf_text(&text), text.len);
    ks_buf_free(&text);
    return value;
}

static json_t *sha256_text(const struct ks_cert *cert)
{
    struct ks_buf text = KS_BUF_INIT;
    uint8_t digest[32];
    ks_cert_sha256(cert, digest);
    ks_text_hex(ks_slice(digest, sizeof digest), '\0', false, &text);
    json_t *value = json_string(ks_buf_text(&text));
    ks_buf_free(&text);
    return value;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_ext_z(text) : json_null();
}

static json_t *status_object(const struct revoked_row *row, const struct ks_status *status)
{
    json_t *o = json_object();
    bool reason = status->word == KS_STATUS_REVOKED && status->reason >= 0;
    json_put(o, "alias", json_ext_z(row->entry->alias));
    json_put(o, "certificate", subject_text(row->issued.cert));
    json_put(o, "sha256", sha256_text(row->issued.cert));
    json_put(o, "status", json_string(ks_status_name(status->word)));
    json_put(o, "revokedAt", json_time(status->revoked_at));
    json_put(o, "reason", reason ? json_string(ks_crl_reason(status->reason)) : json_null());
    json_put(o, "produced", json_time(status->produced));
    json_put(o, "until", json_time(status->until));
    json_put(o, "asked", json_time(status->asked));
    json_put(o, "from", text_or_null(status->from));
    json_put(o, "why", text_or_null(status->why));
    return o;
}

json_t *revoked_json(const struct revoked_run *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->count; i++) {
        const struct ks_status *status = ks_statuses_of(&r->known, r->rows[i].issued.cert);
        if (status)
            (void)json_array_append_new(list, status_object(&r->rows[i], status));
    }
    return list;
}
