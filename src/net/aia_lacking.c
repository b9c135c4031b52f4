/* What the key entries of a keystore lack: where the best chain that is known comes to its end. */
#include "net/aia.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define LACKING_MOST 64 /* certificates, of which many name the same URL */

static bool is_there(const struct ks_cert *const *all, size_t count, const struct ks_cert *cert)
{
    for (size_t i = 0; i < count; i++)
        if (ks_slice_equal(ks_cert_der(all[i]), ks_cert_der(cert)))
            return true;
    return false;
}

static const struct ks_cert *end_of(const struct ks_aia_store *about,
                                    const struct ks_context *context, const struct ks_entry *entry,
                                    struct ks_job *job)
{
    struct ks_chain_look look;
    const struct ks_cert *end = NULL;
    if (!ks_chain_examine(about->doctor, about->store, entry, context, job, &look))
        return NULL;
    if (look.stored_count && !look.best.complete)
        end = ks_path_end(&look.best, look.stored[look.leaf]);
    ks_chain_look_drop(&look);
    return end;
}

static bool is_meant(const struct ks_aia_store *about, size_t place)
{
    const struct ks_entry *e = ks_store_entry(about->store, place);
    if (e->kind != KS_KIND_KEY || (about->entry && e != about->entry))
        return false;
    return !about->only || about->only[place];
}

size_t ks_aia_lacking(const struct ks_aia_store *about, struct ks_job *job,
                      const struct ks_cert **out, size_t most)
{
    struct ks_effort effort = ks_doctor_effort(about->store);
    struct ks_context context = *about->context;
    size_t count = 0, entries = ks_store_count(about->store);
    if (!context.effort)
        context.effort = &effort;
    ks_job_phase(job, "looking at chains", entries);
    for (size_t i = 0; i < entries && count < most && ks_job_advance(job, i); i++) {
        if (!is_meant(about, i))
            continue;
        const struct ks_cert *end = end_of(about, &context, ks_store_entry(about->store, i), job);
        if (end && !is_there(out, count, end))
            out[count++] = end;
    }
    return count;
}

static bool was_tried(const struct ks_aia *aia, const char *url)
{
    for (size_t i = 0; i < aia->count; i++)
        if (strcmp(aia->at[i].url, url) == 0)
            return true;
    return false;
}

/* Another leaf of the same CA names the same places. */
static bool names_new_url(const struct ks_cert *cert, const struct ks_aia *tried)
{
    size_t count = 0;
    char **urls = ks_aia_urls(cert, &count, NULL);
    bool some = false;
    for (size_t i = 0; i < count; i++) {
        some = some || !was_tried(tried, urls[i]);
        free(urls[i]);
    }
    free(urls);
    return some;
}

static void take_tries(struct ks_aia *all, struct ks_aia *more)
{
    all->at = ks_realloc(all->at, (all->count + more->count + 1) * sizeof *all->at);
    for (size_t i = 0; i < more->count; i++)
        all->at[all->count++] = more->at[i];
    free(more->at);
    *more = (struct ks_aia){0};
}

/* That nothing came for one is no failure. */
static enum ks_code fetch_one(const struct ks_aia_ask *ask, struct ks_sources *sources,
                              struct ks_job *job, struct ks_aia *out, struct ks_error *err)
{
    struct ks_aia more;
    enum ks_code rc = ks_aia_fetch(ask, sources, job, &more, err);
    take_tries(out, &more);
    return rc == KS_ERR_CANCELLED || rc == KS_ERR_UNSUPPORTED ? rc : KS_OK;
}

enum ks_code ks_aia_fetch_lacking(const struct ks_aia_store *about, const struct ks_aia_ask *ask,
                                  struct ks_sources *sources, struct ks_job *job,
                                  struct ks_aia *out, struct ks_error *err)
{
    const struct ks_cert *lacking[LACKING_MOST];
    struct ks_aia_ask each = *ask;
    size_t count = ks_aia_lacking(about, job, lacking, LACKING_MOST);
    const size_t enough = out->count + KS_AIA_STORE_FETCHES;
    enum ks_code rc = KS_OK;
    out->left_out = 0;
    each.only = NULL;
    each.upward = true;
    if (ks_job_stopped(job))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped before anything was fetched");
    for (size_t i = 0; i < count && rc == KS_OK; i++) {
        if (!names_new_url(lacking[i], out))
            continue;
        each.cert = lacking[i];
        each.most = enough - out->count;
        if (each.most > 0)
            rc = fetch_one(&each, sources, job, out, err);
        else
            out->left_out++;
    }
    return rc;
}
