#include "tui/capturing.h"

#include "base/alloc.h"
#include "format/format.h"
#include "tui/wizard.h"

#include <stdlib.h>
#include <string.h>

void capturing_forget(struct capturing *c)
{
    for (size_t i = 0; i < c->judge_count; i++) {
        free(c->judges[i].name);
        ks_outbound_drop(&c->judges[i].outcome);
    }
    memset(c->judges, 0, sizeof c->judges);
    c->judge_count = c->first = 0;
    ks_diagnosis_drop(&c->found);
    ks_status_drop(&c->stapled);
    ks_store_free(c->served);
    c->served = NULL;
    ks_pool_free(c->pool);
    c->pool = NULL;
    ks_sources_drop(&c->sources);
    ks_capture_drop(&c->capture);
    free(c->between);
    free(c->direct_failed);
    c->between = c->direct_failed = NULL;
    c->captured = c->compared = false;
}

void capturing_drop(struct capturing *c)
{
    capturing_forget(c);
    ks_doctor_free(c->doctor);
    ks_proxy_drop(&c->proxy);
    other_stores_drop(&c->stores);
    edit_target_drop(&c->target);
    free(c->sni);
}

const char *capturing_name(const struct capturing *c)
{
    return c->sni ? c->sni : c->server.host[0] ? c->server.host : NULL;
}

const struct ks_store *capturing_cacerts(const struct capturing *c)
{
    for (size_t i = 0; i < c->sources.count; i++)
        if (c->sources.at[i].kind == KS_SOURCE_CACERTS && c->sources.at[i].store_count)
            return c->sources.at[i].stores[0];
    return NULL;
}

/* ---- asking the server ---- */

/* The key of the client's certificate, under the store's password or its own. */
static enum ks_code open_client(const struct capturing *c, struct wizard_keys *keys,
                                struct ks_job *job, struct ks_material *out, struct ks_error *err)
{
    const struct ks_entry *e = c->client;
    const struct ks_format *home = e->home ? e->home : c->client_store->format;
    enum ks_code rc = home->reveal(c->client_store, e, NULL, job, out, err);
    if (rc != KS_ERR_PASSWORD && rc != KS_ERR_PASSWORD_NEEDED)
        return rc;
    struct ks_key_passwords passwords = wizard_key_passwords(keys);
    struct ks_secret *own = passwords.ask(passwords.ctx, c->client_store, e, err);
    if (own)
        rc = home->reveal(c->client_store, e, own, job, out, err);
    ks_secret_free(own);
    return rc;
}

static enum ks_code ask_server(struct capturing *c, const struct ks_material *key,
                               const struct ks_proxy *proxy, struct ks_job *job,
                               struct ks_capture *out, struct ks_error *err)
{
    const struct ks_cert *chain[KS_PATH_MAX];
    size_t count = 0;
    for (; key && count < c->client->chain_len && count < KS_PATH_MAX; count++)
        chain[count] = &c->client->chain[count];
    struct ks_capture_ask ask = {
        .target = c->server,
        .dialing = {.proxy = proxy, .seconds = c->seconds},
        .sni = c->sni ? c->sni : "",
        .client_chain = chain,
        .client_count = count,
        .client_key = key,
    };
    return ks_capture(&ask, job, out, err);
}

/* The same server without the proxy: does it have another certificate there? That it cannot be
 * reached is what proxies are for. */
static enum ks_code ask_directly(struct capturing *c, struct ks_job *job, struct ks_error *err)
{
    struct ks_capture direct = {0};
    struct ks_error why = {0};
    size_t count = 0, direct_count = 0;
    struct ks_buf proxy = KS_BUF_INIT;
    enum ks_code rc = ask_server(c, NULL, NULL, job, &direct, &why);
    if (rc == KS_ERR_CANCELLED)
        *err = why;
    else if (rc != KS_OK)
        c->direct_failed = ks_strdup(why.what);
    const struct ks_cert **ours = ks_capture_chain(&c->capture, &count);
    const struct ks_cert **theirs = ks_capture_chain(&direct, &direct_count);
    ks_proxy_text(&c->proxy, &proxy);
    c->compared = count && direct_count;
    if (c->compared)
        c->between = ks_outbound_compare(theirs[0], ours[0], ks_buf_text(&proxy));
    ks_buf_free(&proxy);
    free(ours);
    free(theirs);
    ks_capture_drop(&direct);
    return rc == KS_ERR_CANCELLED ? rc : KS_OK;
}

static enum ks_code capture(struct capturing *c, struct wizard_keys *keys, struct ks_job *job,
                            struct ks_error *err)
{
    struct ks_material key = {0};
    enum ks_code rc = c->client ? open_client(c, keys, job, &key, err) : KS_OK;
    if (rc == KS_OK)
        rc = ask_server(c, key.bytes ? &key : NULL, &c->proxy, job, &c->capture, err);
    ks_material_drop(&key);
    c->captured = rc == KS_OK;
    if (rc == KS_OK && c->compare && c->proxy.kind != KS_PROXY_NONE)
        rc = ask_directly(c, job, err);
    return rc;
}

/* ---- what is made of it ---- */

/* Where a root that was not sent may be. A host without a bundle or a JVM has fewer places. */
static enum ks_code open_sources(struct capturing *c, struct ks_job *job, struct ks_error *err)
{
    for (size_t i = 0; i < c->stores.count; i++)
        ks_sources_open(&c->sources, c->stores.stores[i]);
    if (ks_sources_cacerts(&c->sources, job, err) == KS_ERR_CANCELLED ||
        ks_sources_system(&c->sources, job, err) == KS_ERR_CANCELLED)
        return KS_ERR_CANCELLED;
    c->pool = ks_pool_new();
    ks_sources_fill(&c->sources, c->pool, 0);
    return KS_OK;
}

static const struct edit_target *target_of(const struct capturing *c, const struct ks_store *store)
{
    for (size_t i = 0; i < c->stores.count; i++)
        if (c->stores.stores[i] == store)
            return &c->stores.targets[i];
    return NULL;
}

static bool has_trusted(const struct ks_store *store)
{
    for (size_t i = 0; i < ks_store_count(store); i++)
        if (ks_store_entry(store, i)->kind == KS_KIND_TRUSTED)
            return true;
    return false;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void add_judge(struct capturing *c, const struct ks_store *store, char *name)
{
    if (c->judge_count == JUDGES_MAX) {
        free(name);
        return;
    }
    c->judges[c->judge_count++] =
        (struct judge){.name = name, .store = store, .target = target_of(c, store)};
}

/* The open truststores, that of the cursor first; the JVM's; the system's. */
static void choose_judges(struct capturing *c)
{
    if (has_trusted(c->target.store))
        add_judge(c, c->target.store, ks_strdup(last_name(c->target.store->path)));
    for (size_t i = 0; i < c->sources.count; i++) {
        const struct ks_source *s = &c->sources.at[i];
        if (s->store_count == 0 || s->stores[0] == c->target.store)
            continue;
        if (s->kind == KS_SOURCE_CACERTS)
            add_judge(c, s->stores[0], ks_strdup("the JVM's cacerts"));
        else if (s->kind == KS_SOURCE_SYSTEM)
            add_judge(c, s->stores[0], ks_strdup("this system's CAs"));
        else if (has_trusted(s->stores[0]))
            add_judge(c, s->stores[0], ks_strdup(last_name(s->stores[0]->path)));
    }
    if (c->judge_count == 0) /* what is trusted is chosen among rows that somebody must sort */
        add_judge(c, NULL, ks_strdup("no truststore"));
}

static const struct ks_store *public_cas(const struct capturing *c)
{
    for (size_t i = 0; i < c->sources.count; i++)
        if (c->sources.at[i].kind == KS_SOURCE_SYSTEM && c->sources.at[i].store_count)
            return c->sources.at[i].stores[0];
    return capturing_cacerts(c);
}

/* A first certificate that cannot be read is judged by nobody; what came is shown all the same. */
static enum ks_code hear_judges(struct capturing *c, const struct ks_cert *const *sent,
                                size_t count, struct ks_job *job, struct ks_error *err)
{
    enum ks_code rc = KS_OK;
    for (size_t i = 0; i < c->judge_count && count && rc == KS_OK; i++) {
        struct ks_outbound_ask ask = {
            .sent = sent,
            .count = count,
            .sent_store = c->capture.store,
            .trust = c->judges[i].store,
            .trust_name = c->judges[i].name,
            .host = capturing_name(c),
            .candidates = c->pool,
            .public_cas = public_cas(c),
            .now = ks_now(),
        };
        rc = ks_outbound_judge(c->doctor, &ask, job, &c->judges[i].outcome, err);
    }
    return rc == KS_ERR_FORMAT ? KS_OK : rc;
}

static enum ks_code diagnose(struct capturing *c, const struct ks_cert *const *sent, size_t count,
                             struct ks_job *job, struct ks_error *err)
{
    const char *host = capturing_name(c);
    char name[KS_TARGET_TEXT];
    struct ks_context context = {
        .now = ks_now(),
        .purpose = KS_PURPOSE_SERVER,
        .hosts = &host,
        .host_count = host ? 1 : 0,
        .candidates = c->pool,
    };
    c->served = ks_outbound_served(sent, count, ks_target_text(&c->server, name));
    return ks_outbound_diagnose(c->doctor, c->served, &context, job, &c->found, err);
}

static enum ks_code judge_sent(struct capturing *c, struct ks_job *job, struct ks_error *err)
{
    size_t count = 0;
    const struct ks_cert **sent = ks_capture_chain(&c->capture, &count);
    enum ks_code rc = hear_judges(c, sent, count, job, err);
    if (rc == KS_OK && count)
        rc = diagnose(c, sent, count, job, err);
    if (rc == KS_OK && count)
        ks_outbound_stapled(&c->judges[0].outcome, sent[0],
                            ks_slice(c->capture.stapled.data, c->capture.stapled.len), ks_now(),
                            &c->stapled);
    free(sent);
    return rc;
}

enum ks_code capturing_work(struct capturing *c, struct wizard_keys *keys, struct ks_job *job,
                            struct ks_error *err)
{
    capturing_forget(c);
    if (!c->doctor)
        c->doctor = ks_doctor_new();
    enum ks_code rc = capture(c, keys, job, err);
    if (rc == KS_OK)
        rc = open_sources(c, job, err);
    if (rc != KS_OK)
        return rc;
    choose_judges(c);
    return judge_sent(c, job, err);
}
