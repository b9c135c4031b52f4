#include "net/aia.h"

#include "base/alloc.h"
#include "chain/signatures.h"
#include "file/open.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- what was fetched, for the run ---- */

#define REMEMBERED 64

static struct {
    char *url;
    struct ks_blob *answer;
    bool private_too, any_port; /* what was agreed to when it came */
} remembered[REMEMBERED];
static size_t remembered_next; /* the oldest gives way */
static pthread_mutex_t remembered_lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock; REMEMBERED: it is not there. */
static size_t place_of(const char *url)
{
    size_t at = 0;

    while (at < REMEMBERED && !(remembered[at].url && strcmp(remembered[at].url, url) == 0))
        at++;
    return at;
}

/* What only an agreement brought is nothing for who has not agreed. */
static bool is_agreed(size_t at, const struct ks_fetch *how)
{
    return (how->private_too || !remembered[at].private_too) &&
           (how->any_port || !remembered[at].any_port);
}

static struct ks_blob *recall(const struct ks_fetch *how)
{
    (void)pthread_mutex_lock(&remembered_lock);
    size_t at = place_of(how->url);
    bool known = at < REMEMBERED && is_agreed(at, how);
    struct ks_blob *found = known ? ks_blob_ref(remembered[at].answer) : NULL;
    (void)pthread_mutex_unlock(&remembered_lock);
    return found;
}

static void remember(const struct ks_fetch *how, const char *url, struct ks_blob *answer)
{
    (void)pthread_mutex_lock(&remembered_lock);
    size_t at = place_of(url);
    if (at == REMEMBERED || !is_agreed(at, how)) {
        at = at == REMEMBERED ? remembered_next++ % REMEMBERED : at;
        free(remembered[at].url);
        ks_blob_unref(remembered[at].answer);
        remembered[at].url = ks_strdup(url);
        remembered[at].answer = ks_blob_ref(answer);
        remembered[at].private_too = how->private_too;
        remembered[at].any_port = how->any_port;
    }
    (void)pthread_mutex_unlock(&remembered_lock);
}

/* ---- URLs ---- */

char **ks_aia_urls(const struct ks_cert *cert, size_t *count, size_t *refused)
{
    char **urls = ks_alloc_array(KS_AIA_FETCHES, sizeof *urls);
    struct ks_buf url = KS_BUF_INIT;
    size_t at = 0, others = 0;

    *count = 0;
    while (ks_cert_url_next(cert, KS_URL_ISSUER, &at, &url)) {
        if (ks_fetch_refusal(ks_buf_text(&url)) || *count == KS_AIA_FETCHES)
            others++;
        else
            urls[(*count)++] = ks_strdup(ks_buf_text(&url));
        ks_buf_clear(&url);
    }
    ks_buf_free(&url);
    if (refused)
        *refused = others;
    return urls;
}

static void free_urls(char **urls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(urls[i]);
    free(urls);
}

void ks_aia_drop(struct ks_aia *aia)
{
    for (size_t i = 0; i < aia->count; i++)
        free(aia->at[i].url);
    free(aia->at);
    *aia = (struct ks_aia){0};
}

bool ks_aia_asks_private(const struct ks_aia_try *one)
{
    return strcmp(one->err.slug, "private-address") == 0 || strcmp(one->err.slug, "odd-port") == 0;
}

/* ---- one answer ---- */

struct chase {
    const struct ks_aia_ask *ask;
    struct ks_sources *sources;
    size_t before; /* sources that were there */
    struct ks_job *job;
    struct ks_aia *out;
    struct ks_signatures *signatures;
    struct ks_effort effort;
    bool came; /* anything at all */
};

static enum ks_code get_answer(const struct chase *c, const char *url, struct ks_blob **out,
                               struct ks_error *err)
{
    struct ks_fetch how = c->ask->how;
    struct ks_buf bytes = KS_BUF_INIT;

    how.url = url;
    *out = recall(&how);
    if (*out)
        return KS_OK;
    how.post = ks_slice(NULL, 0);
    if (c->ask->asking && ks_fetch_may_ask(&how))
        c->ask->asking(c->ask->ctx, url);
    enum ks_code rc = ks_fetch(&how, c->job, &bytes, err);
    if (rc == KS_OK)
        *out = ks_blob_copy(ks_slice(bytes.data, bytes.len));
    ks_buf_free(&bytes);
    return rc;
}

static enum ks_code fail_content(const char *url, struct ks_error *err)
{
    ks_fail(err, KS_ERR_FORMAT, "no-certificate",
            "nothing was taken from %.300s: its answer is no certificate", url);
    return ks_fail_next(err, KS_ERR_FORMAT,
                        "it may be a page that asks to log in: fetch it with a browser, and give "
                        "the file");
}

static bool holds_certificates_only(const struct ks_store *store)
{
    size_t certs = 0;

    for (size_t i = 0; i < ks_store_count(store); i++) {
        if (ks_store_entry(store, i)->kind == KS_KIND_KEY)
            return false;
        certs += ks_store_entry(store, i)->chain_len;
    }
    return certs > 0;
}

/* Loose certificates alone (RFC 5280 4.2.2.1: DER, or PKCS#7 with certificates only; PEM happens):
 * what a stranger sends is no keystore whose derivation of keys is computed. */
static enum ks_code open_answer(const char *url, struct ks_slice answer, struct ks_job *job,
                                struct ks_store **out, struct ks_error *err)
{
    const struct ks_format *format =
        answer.len ? ks_format_detect(ks_slice_part(answer, 0, KS_PROBE_BYTES), answer.len) : NULL;
    struct ks_error why = {0};

    *out = NULL;
    if (!format || format->caps & (KS_CAP_STORE | KS_CAP_REFUSED))
        return fail_content(url, err);
    enum ks_code rc = ks_open_bytes(url, answer, NULL, job, out, &why);
    if (rc == KS_OK && holds_certificates_only(*out))
        return KS_OK;
    ks_store_free(*out);
    *out = NULL;
    return rc == KS_ERR_CANCELLED ? ks_fail(err, rc, "cancelled", "%s", why.what)
                                  : fail_content(url, err);
}

static size_t certificates_in(const struct ks_store *store)
{
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        count += ks_store_entry(store, i)->chain_len;
    return count;
}

static const struct ks_cert *issuer_in(struct chase *c, const struct ks_store *store,
                                       const struct ks_cert *child)
{
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        for (size_t k = 0; k < e->chain_len; k++)
            if (ks_signatures_edge(c->signatures, child, &e->chain[k], &c->effort) ==
                KS_VERDICT_GOOD)
                return &e->chain[k];
    }
    return NULL;
}

/* ---- one URL ---- */

static struct ks_aia_try *new_try(struct chase *c, const char *url)
{
    struct ks_aia *a = c->out;

    a->at = ks_realloc(a->at, (a->count + 1) * sizeof *a->at);
    a->at[a->count] = (struct ks_aia_try){.url = ks_strdup(url)};
    return &a->at[a->count++];
}

static bool was_tried(const struct chase *c, const char *url)
{
    for (size_t i = 0; i < c->out->count; i++)
        if (strcmp(c->out->at[i].url, url) == 0)
            return true;
    return false;
}

/* Only what could be opened is remembered: the rest may be better the next time. */
static enum ks_code take_answer(struct chase *c, struct ks_aia_try *one, struct ks_blob *answer,
                                const struct ks_cert *child, const struct ks_cert **issuer)
{
    struct ks_store *store = NULL;
    enum ks_code rc = open_answer(one->url, ks_blob_slice(answer), c->job, &store, &one->err);

    if (rc != KS_OK)
        return rc;
    one->certs = certificates_in(store);
    rc = ks_sources_network(c->sources, store, &one->err);
    if (rc != KS_OK)
        return rc;
    remember(&c->ask->how, one->url, answer);
    c->came = true;
    *issuer = issuer_in(c, store, child);
    one->fits = *issuer != NULL;
    return KS_OK;
}

static void try_url(struct chase *c, const char *url, const struct ks_cert *child,
                    const struct ks_cert **issuer)
{
    struct ks_aia_try *one = new_try(c, url);
    struct ks_blob *answer = NULL;

    one->code = get_answer(c, url, &answer, &one->err);
    if (one->code == KS_OK)
        one->code = take_answer(c, one, answer, child, issuer);
    ks_blob_unref(answer);
}

/* ---- upward ---- */

static bool may_go_on(const struct chase *c)
{
    size_t most = c->ask->most;

    return c->out->count < (most && most < KS_AIA_FETCHES ? most : KS_AIA_FETCHES) &&
           (c->out->count == 0 || c->out->at[c->out->count - 1].code != KS_ERR_CANCELLED);
}

/* In what came already: a PKCS#7 may have them all. */
static const struct ks_cert *issuer_at_hand(struct chase *c, const struct ks_cert *child)
{
    const struct ks_cert *found = NULL;

    for (size_t i = c->before; i < c->sources->count && !found; i++)
        for (size_t k = 0; k < c->sources->at[i].store_count && !found; k++)
            found = issuer_in(c, c->sources->at[i].stores[k], child);
    return found;
}

static const struct ks_cert *fetch_issuer(struct chase *c, const struct ks_cert *child,
                                          const char *only)
{
    const struct ks_cert *issuer = NULL;
    size_t count = 0;
    char **urls = ks_aia_urls(child, &count, NULL);

    if (only) {
        try_url(c, only, child, &issuer);
    } else {
        for (size_t i = 0; i < count && !issuer && may_go_on(c); i++)
            if (!was_tried(c, urls[i]))
                try_url(c, urls[i], child, &issuer);
    }
    free_urls(urls, count);
    return issuer;
}

static void climb(struct chase *c)
{
    const struct ks_cert *child = c->ask->cert;
    const struct ks_cert *issuer = fetch_issuer(c, child, c->ask->only);

    /* As many steps as a path may have; issuers of each other end there, too. */
    for (int step = 0; c->ask->upward && issuer && step < 16; step++) {
        child = issuer;
        if (child->flags & KS_CERT_SELF_ISSUED)
            return;
        issuer = issuer_at_hand(c, child);
        if (!issuer && may_go_on(c))
            issuer = fetch_issuer(c, child, NULL);
    }
}

static enum ks_code fail_nowhere(const struct ks_cert *cert, struct ks_error *err)
{
    size_t at = 0;
    struct ks_buf url = KS_BUF_INIT;
    bool other = ks_cert_url_next(cert, KS_URL_ISSUER, &at, &url);

    ks_buf_free(&url);
    ks_fail(err, KS_ERR_NOT_FOUND, "no-issuer-url", "the issuer was not fetched: %s",
            other ? "the certificate names places for it, but none by http"
                  : "the certificate does not say where it is published");
    return ks_fail_next(err, KS_ERR_NOT_FOUND,
                        "ask who issued it, and give the file with the CA's certificates");
}

static enum ks_code outcome(const struct chase *c, struct ks_error *err)
{
    const struct ks_aia_try *last = c->out->count ? &c->out->at[c->out->count - 1] : NULL;

    if (!last)
        return fail_nowhere(c->ask->cert, err);
    if (last->code != KS_ERR_CANCELLED && c->came)
        return KS_OK;
    if (err)
        *err = last->err;
    return last->code;
}

enum ks_code ks_aia_fetch(const struct ks_aia_ask *ask, struct ks_sources *sources,
                          struct ks_job *job, struct ks_aia *out, struct ks_error *err)
{
    struct chase c = {.ask = ask,
                      .sources = sources,
                      .before = sources->count,
                      .job = job,
                      .out = out,
                      .signatures = ks_signatures_new(),
                      .effort = {.left = 500, .asks = 5000}};

    *out = (struct ks_aia){0};
    ks_job_phase(job, "fetching issuers", 0);
    climb(&c);
    ks_signatures_free(c.signatures);
    return outcome(&c, err);
}
