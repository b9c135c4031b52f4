#include "net/revocation.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "chain/issuer.h"
#include "net/revoking.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MOST 4 /* responders, and lists, of one certificate */

/* ---- words about answers ---- */

bool ks_revoking_fails(struct ks_status *out, const char *fmt, ...)
{
    struct ks_buf text = KS_BUF_INIT;
    va_list args;

    va_start(args, fmt);
    ks_buf_vprintf(&text, fmt, args);
    va_end(args);
    free(out->why);
    out->why = ks_buf_steal(&text);
    out->word = KS_STATUS_UNKNOWN;
    return false;
}

void ks_revoking_remark(struct ks_status *out, const char *words)
{
    char *before = out->why;

    out->why = before ? ks_asprintf("%s; %s", before, words) : ks_strdup(words);
    free(before);
}

void ks_revoking_remark_digest(struct ks_slice sig_alg, struct ks_status *out)
{
    if (ks_sig_alg_digest(sig_alg) == KS_DIGEST_SHA1)
        ks_revoking_remark(out, "the answer is signed over SHA-1, which is weak");
}

bool ks_revoking_is_current(int64_t now, int64_t produced, int64_t until, struct ks_status *out)
{
    char date[24];

    out->produced = produced;
    out->until = until;
    if (produced == KS_TIME_NONE)
        return ks_revoking_fails(out, "the answer does not say when it was made");
    if (produced > now + KS_REVOKING_SKEW)
        return ks_revoking_fails(out, "the answer is from the future: %s",
                                 ks_time_human(produced, date));
    if (until != KS_TIME_NONE && until < now - KS_REVOKING_SKEW)
        return ks_revoking_fails(out, "the answer expired %s", ks_time_human(until, date));
    if (until == KS_TIME_NONE && produced < now - KS_REVOKING_FRESH)
        return ks_revoking_fails(out, "the answer has no end, and is older than a day: %s",
                                 ks_time_human(produced, date));
    return true;
}

const char *ks_revoking_distrust(enum ks_verdict verdict, struct ks_slice sig_alg)
{
    if (verdict == KS_VERDICT_BAD)
        return "is not signed by the issuer";
    if (verdict == KS_VERDICT_UNKNOWN)
        return "is signed in a way that is not supported here";
    /* Collisions are made in seconds: whoever gets the CA to sign one thing has another. */
    return ks_sig_alg_digest(sig_alg) == KS_DIGEST_MD5 ? "is signed over MD5, which can be forged"
                                                       : NULL;
}

/* ---- what a run remembers ---- */

#define CACHED_MOST 64
#define CACHED_BYTES (64u << 20)

struct cached {
    char *url;
    char *failed; /* why nothing came; NULL: `bytes` did */
    struct ks_buf bytes;
};
struct ks_revocation_cache {
    struct cached at[CACHED_MOST];
    size_t count, bytes;
};

struct ks_revocation_cache *ks_revocation_cache_new(void)
{
    return ks_alloc(sizeof(struct ks_revocation_cache));
}

void ks_revocation_cache_free(struct ks_revocation_cache *cache)
{
    for (size_t i = 0; cache && i < cache->count; i++) {
        free(cache->at[i].url);
        free(cache->at[i].failed);
        ks_buf_free(&cache->at[i].bytes);
    }
    free(cache);
}

static const struct cached *cached_of(const struct ks_revocation_cache *cache, const char *url)
{
    for (size_t i = 0; cache && i < cache->count; i++)
        if (strcmp(cache->at[i].url, url) == 0)
            return &cache->at[i];
    return NULL;
}

static void remember(struct ks_revocation_cache *cache, const char *url, const struct ks_buf *bytes,
                     const char *failed)
{
    size_t len = failed ? 0 : bytes->len;

    if (!cache || cache->count == CACHED_MOST || len > CACHED_BYTES - cache->bytes)
        return;
    struct cached *c = &cache->at[cache->count++];
    *c = (struct cached){.url = ks_strdup(url), .failed = failed ? ks_strdup(failed) : NULL};
    if (len > 0)
        ks_buf_append(&c->bytes, bytes->data, len);
    cache->bytes += len;
}

/* ---- one certificate ---- */

struct asking {
    const struct ks_revocation_ask *ask;
    struct ks_revoking about;
    struct ks_job *job;
    struct ks_status *out;
    struct ks_buf whys; /* of all that did not know it so far */
    bool stopped;
};

static struct ks_status nothing(const struct ks_revocation_ask *ask)
{
    return (struct ks_status){.cert = ask->cert,
                              .revoked_at = KS_TIME_NONE,
                              .reason = -1,
                              .produced = KS_TIME_NONE,
                              .until = KS_TIME_NONE,
                              .asked = ask->now};
}

static void replace(struct asking *a, struct ks_status *one, const char *from)
{
    bool agreement = a->out->agreement;

    ks_status_drop(a->out);
    *a->out = *one;
    a->out->agreement = agreement;
    a->out->from = ks_strdup(from);
    *one = (struct ks_status){0};
}

/* What one source says. True when it knows; else the others are asked as well, and what it said is
 * kept for the case that none does. A responder that does not know the certificate has said more
 * than one that did not answer. */
static bool take(struct asking *a, struct ks_status *one, const char *from)
{
    bool known = one->word == KS_STATUS_GOOD || one->word == KS_STATUS_REVOKED;

    if (!known)
        ks_buf_printf(&a->whys, "%s%s: %s", a->whys.len ? "; " : "", from,
                      one->why ? one->why : "no answer");
    if (known || !a->out->from ||
        (one->word == KS_STATUS_FOREIGN && a->out->word == KS_STATUS_UNKNOWN))
        replace(a, one, from);
    ks_status_drop(one);
    return known;
}

static bool take_of_url(struct asking *a, struct ks_status *one, const char *what, const char *url)
{
    char *from = ks_asprintf("%s %s", what, url);
    bool known = take(a, one, from);

    free(from);
    return known;
}

static bool needs_agreement(const struct ks_error *err)
{
    return strcmp(err->slug, "private-address") == 0 || strcmp(err->slug, "odd-port") == 0;
}

/* True when bytes came. What could not be had is not asked for again, unless somebody may agree to
 * it in the meantime. */
static bool fetch(struct asking *a, const struct ks_fetch *how, struct ks_buf *answer,
                  struct ks_status *out)
{
    struct ks_error err = {0};
    const char *refusal = ks_fetch_refusal(how->url);

    if (refusal)
        return ks_revoking_fails(out, "it is not asked: %s", refusal);
    if (a->ask->asking && ks_fetch_may_ask(how))
        a->ask->asking(a->ask->ctx, a->ask->cert, how->url);
    enum ks_code code = ks_fetch(how, a->job, answer, &err);
    if (code == KS_OK)
        return true;
    a->stopped = a->stopped || code == KS_ERR_CANCELLED;
    if (needs_agreement(&err))
        a->out->agreement = true;
    else if (!a->stopped)
        remember(a->ask->cache, how->url, NULL, err.what);
    return ks_revoking_fails(out, "%s", err.what);
}

/* ---- OCSP ---- */

static void ask_responder(struct asking *a, const char *url, struct ks_status *out)
{
    uint8_t nonce[KS_NONCE_BYTES];
    struct ks_buf request = KS_BUF_INIT, answer = KS_BUF_INIT;
    struct ks_fetch how = a->ask->how;
    const struct cached *known = cached_of(a->ask->cache, url);

    if (known && known->failed) {
        (void)ks_revoking_fails(out, "%s", known->failed);
        return;
    }
    if (RAND_bytes_ex(ks_crypto(), nonce, sizeof nonce, 0) == 1 &&
        ks_ocsp_request(&a->about, nonce, &request)) {
        how.url = url;
        how.post = ks_slice(request.data, request.len);
        how.content_type = "application/ocsp-request";
        bool ours = url == a->ask->responder; /* no stranger's */
        how.any_port = how.any_port || ours;
        how.private_too = how.private_too || ours;
        if (fetch(a, &how, &answer, out))
            (void)ks_ocsp_judge(&a->about, ks_slice(answer.data, answer.len), nonce, out);
    } else {
        (void)ks_revoking_fails(out, "no request can be made for this serial number");
    }
    ks_buf_free(&request);
    ks_buf_free(&answer);
}

static bool take_responder(struct asking *a, const char *url)
{
    struct ks_status one = nothing(a->ask);

    ask_responder(a, url, &one);
    return take_of_url(a, &one, "OCSP", url);
}

/* ---- lists ---- */

static void judge_list(const struct asking *a, const struct ks_buf *bytes, struct ks_status *out)
{
    struct ks_buf room = KS_BUF_INIT;
    struct ks_slice der = ks_crl_der(ks_slice(bytes->data, bytes->len), &room);

    if (der.data)
        (void)ks_crl_judge(&a->about, der, out);
    else
        (void)ks_revoking_fails(out, "what came is no revocation list");
    ks_buf_free(&room);
}

static void fetch_list(struct asking *a, const char *url, struct ks_status *out)
{
    struct ks_buf bytes = KS_BUF_INIT;
    struct ks_fetch how = a->ask->how;

    how.url = url;
    how.post = ks_slice(NULL, 0);
    how.limit = KS_FETCH_CRL;
    if (fetch(a, &how, &bytes, out)) {
        remember(a->ask->cache, url, &bytes, NULL);
        judge_list(a, &bytes, out);
    }
    ks_buf_free(&bytes);
}

static bool take_list(struct asking *a, const char *url)
{
    struct ks_status one = nothing(a->ask);
    const struct cached *known = cached_of(a->ask->cache, url);

    if (known && known->failed)
        (void)ks_revoking_fails(&one, "%s", known->failed);
    else if (known)
        judge_list(a, &known->bytes, &one);
    else
        fetch_list(a, url, &one);
    return take_of_url(a, &one, "list", url);
}

/* Several lists of one CA: who is on one of them is revoked. */
static bool take_entry(struct asking *a, const struct ks_store *file, const struct ks_entry *e,
                       bool *good)
{
    struct ks_status one = nothing(a->ask);

    (void)ks_crl_judge(&a->about, e->key, &one);
    if (*good && one.word != KS_STATUS_REVOKED)
        ks_status_drop(&one);
    else if (take_of_url(a, &one, "list", ks_path_shown(file->path)))
        *good = true;
    return a->out->word == KS_STATUS_REVOKED;
}

static bool look_in_files(struct asking *a)
{
    bool good = false, found = false;

    for (size_t i = 0; i < a->ask->list_count; i++)
        for (size_t k = 0; k < ks_store_count(a->ask->lists[i]); k++) {
            const struct ks_entry *e = ks_store_entry(a->ask->lists[i], k);
            if (e->kind != KS_KIND_CRL || !ks_crl_concerns(&a->about, e->key))
                continue;
            found = true;
            if (take_entry(a, a->ask->lists[i], e, &good))
                return true;
        }
    if (!found)
        ks_buf_printf(&a->whys, "%sno given list is of the CA that issued the certificate",
                      a->whys.len ? "; " : "");
    return good;
}

/* ---- all of it ---- */

/* The places that the certificate names, until one knows it. */
static bool take_places(struct asking *a, enum ks_url_kind kind,
                        bool (*take_place)(struct asking *a, const char *url))
{
    struct ks_buf url = KS_BUF_INIT;
    size_t at = 0;
    bool done = false;

    for (int i = 0;
         i < PLACES_MOST && !done && !a->stopped && ks_cert_url_next(a->ask->cert, kind, &at, &url);
         i++) {
        done = take_place(a, ks_buf_text(&url));
        ks_buf_clear(&url);
    }
    ks_buf_free(&url);
    return done;
}

static bool ask_responders(struct asking *a)
{
    if (!a->ask->ocsp)
        return false;
    if (a->ask->responder)
        return take_responder(a, a->ask->responder);
    return a->ask->list_count == 0 && take_places(a, KS_URL_OCSP, take_responder);
}

static bool ask_all(struct asking *a)
{
    struct ks_status one = nothing(a->ask);

    if (a->ask->stapled.data) {
        (void)ks_ocsp_judge(&a->about, a->ask->stapled, NULL, &one);
        return take(a, &one, "stapled");
    }
    if (ask_responders(a))
        return true;
    if (!a->ask->crl || a->stopped)
        return false;
    if (a->ask->list_count)
        return look_in_files(a);
    return !a->ask->responder && take_places(a, KS_URL_CRL, take_list);
}

static const char *impossible(const struct ks_revocation_ask *ask)
{
    if (ask->cert->flags & KS_CERT_BROKEN)
        return "the certificate cannot be parsed";
    if (!ask->issuer || ask->issuer->flags & KS_CERT_BROKEN)
        return "the certificate of its issuer is not at hand, and no answer can be verified "
               "without it";
    return NULL;
}

/* Nobody knew it: what they said. */
static void conclude(struct asking *a)
{
    const char *none = "the certificate names neither an OCSP responder nor a revocation list";

    free(a->out->why);
    a->out->why = a->whys.len ? ks_buf_steal(&a->whys) : ks_strdup(none);
}

enum ks_code ks_revocation(const struct ks_revocation_ask *ask, struct ks_job *job,
                           struct ks_status *out, struct ks_error *err)
{
    struct asking a = {.ask = ask,
                       .about = {.cert = ask->cert, .issuer = ask->issuer, .now = ask->now},
                       .job = job,
                       .out = out};
    const char *why = impossible(ask);

    *out = nothing(ask);
    if (why)
        (void)ks_revoking_fails(out, "%s", why);
    else if (ask_all(&a))
        out->agreement = false;
    else
        conclude(&a);
    ks_buf_free(&a.whys);
    if (!a.stopped && !ks_job_stopped(job))
        return KS_OK;
    return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "asking about revocation was stopped");
}

void ks_revocation_urls(const struct ks_cert *cert, struct ks_buf *out)
{
    static const enum ks_url_kind kinds[] = {KS_URL_OCSP, KS_URL_CRL};

    for (size_t k = 0; !(cert->flags & KS_CERT_BROKEN) && k < 2; k++) {
        size_t at = 0;
        for (int i = 0; i < PLACES_MOST && ks_cert_url_next(cert, kinds[k], &at, out); i++)
            ks_buf_byte(out, '\n');
    }
}

/* ---- chains ---- */

static bool signed_itself(const struct ks_cert *c)
{
    return (c->flags & KS_CERT_SELF_ISSUED) &&
           ks_cert_verify(c, ks_cert_part(c, c->spki)) != KS_VERDICT_BAD;
}

/* Above the end of the walk is what the best path found elsewhere. */
static const struct ks_cert *issuer_on(const struct ks_chain_look *look, size_t i)
{
    if (i + 1 < look->walk_len)
        return look->stored[look->walk[i + 1]];
    bool goes_on = look->best_count > 0 && look->best.len > i;
    const struct ks_cert *above = goes_on ? look->best.at[i]->cert : NULL;
    const struct ks_cert *last = look->stored[look->walk[i]];
    return above && ks_cert_may_issue(above, last) &&
                   ks_cert_verify(last, ks_cert_part(above, above->spki)) == KS_VERDICT_GOOD
               ? above
               : NULL;
}

static size_t of_chain(const struct ks_chain_look *look, struct ks_issued out[static KS_PATH_MAX])
{
    bool root = look->end == KS_END_ROOT || look->end == KS_END_UNKNOWN;
    size_t count = root ? look->walk_len - 1 : look->walk_len;

    for (size_t i = 0; i < count; i++)
        out[i] = (struct ks_issued){.cert = look->stored[look->walk[i]],
                                    .issuer = issuer_on(look, i)};
    return count;
}

/* A certificate that is just there has its issuers elsewhere. */
static size_t of_path(const struct ks_store *store, const struct ks_cert *cert,
                      const struct ks_context *context, struct ks_job *job,
                      struct ks_issued out[static KS_PATH_MAX])
{
    struct ks_pool *pool = ks_pool_new();
    const struct ks_pool *pools[] = {pool, context->candidates};
    struct ks_path_ask ask = {.pools = pools,
                              .pool_count = context->candidates ? 2 : 1,
                              .leaf = cert,
                              .now = context->now,
                              .effort = context->effort,
                              .job = job};
    struct ks_path path;
    size_t count = 0;

    ks_pool_add_store(pool, store, 0);
    size_t len = ks_paths_find(&ask, &path, 1) && !path.unverified ? path.len : 0;
    for (size_t i = 0; i <= len && count < KS_PATH_MAX; i++) {
        const struct ks_cert *one = i ? path.at[i - 1]->cert : cert;
        if (!signed_itself(one))
            out[count++] = (struct ks_issued){one, i < len ? path.at[i]->cert : NULL};
    }
    ks_pool_free(pool);
    return count;
}

size_t ks_revocable(struct ks_doctor *doctor, const struct ks_store *store,
                    const struct ks_entry *entry, const struct ks_context *context,
                    struct ks_job *job, struct ks_issued out[static KS_PATH_MAX])
{
    struct ks_context closed = *context; /* which certificate a key fits is of no matter here */
    struct ks_chain_look look;
    size_t count = 0;

    closed.open_keys = false;
    if (entry->kind == KS_KIND_KEY && ks_chain_examine(doctor, store, entry, &closed, job, &look)) {
        count = of_chain(&look, out);
        ks_chain_look_drop(&look);
    } else if (entry->kind != KS_KIND_KEY && entry->chain_len > 0 &&
               !(entry->chain[0].flags & KS_CERT_BROKEN) && !signed_itself(&entry->chain[0])) {
        count = of_path(store, &entry->chain[0], context, job, out);
    }
    return count;
}

enum ks_code ks_revocation_chain(const struct ks_revocation_ask *ask,
                                 const struct ks_issued *issued, size_t count, struct ks_job *job,
                                 struct ks_statuses *out, struct ks_error *err)
{
    enum ks_code code = KS_OK;

    ks_job_phase(job, "certificates", count);
    for (size_t i = 0; i < count && code == KS_OK; i++) {
        struct ks_revocation_ask one = *ask;
        struct ks_status status;
        const struct ks_status *known = ks_statuses_of(out, issued[i].cert);
        if (known && known->word != KS_STATUS_UNKNOWN)
            continue;
        one.cert = issued[i].cert;
        one.issuer = issued[i].issuer;
        one.stapled = ks_slice(NULL, 0);
        code = ks_revocation(&one, job, &status, err);
        if (code == KS_OK)
            ks_statuses_take(out, &status);
        else
            ks_status_drop(&status);
        (void)ks_job_advance(job, i + 1);
    }
    return code;
}
