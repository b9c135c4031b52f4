/* What the key entries of a keystore lack: where the best chain that is known comes to its end. */
#include "net/aia.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define LACKING_MOST 64 /* certificates, of which many name the same URL */
#define TRIES_MOST 64   /* for a keystore: each may take its seconds */

static bool is_there(const struct ks_cert *const *all, size_t count, const struct ks_cert *cert)
{
    for (size_t i = 0; i < count; i++)
        if (ks_slice_equal(ks_cert_der(all[i]), ks_cert_der(cert)))
            return true;
    return false;
}

static const struct ks_cert *end_of(const struct ks_aia_store *about, const struct ks_entry *entry)
{
    struct ks_chain_look look;
    const struct ks_cert *end = NULL;
    if (!ks_chain_examine(about->doctor, about->store, entry, about->context, &look))
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

size_t ks_aia_lacking(const struct ks_aia_store *about, const struct ks_cert **out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < ks_store_count(about->store) && count < most; i++) {
        if (!is_meant(about, i))
            continue;
        const struct ks_cert *end = end_of(about, ks_store_entry(about->store, i));
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

enum ks_code ks_aia_fetch_lacking(const struct ks_aia_store *about, const struct ks_aia_ask *ask,
                                  struct ks_sources *sources, struct ks_job *job,
                                  struct ks_aia *out, struct ks_error *err)
{
    const struct ks_cert *lacking[LACKING_MOST];
    struct ks_aia_ask each = *ask;
    size_t count = ks_aia_lacking(about, lacking, LACKING_MOST), before = out->count;
    each.only = NULL;
    each.upward = true;
    for (size_t i = 0; i < count && out->count - before < TRIES_MOST; i++) {
        struct ks_aia more;
        each.cert = lacking[i];
        if (!names_new_url(lacking[i], out))
            continue;
        enum ks_code rc = ks_aia_fetch(&each, sources, job, &more, err);
        take_tries(out, &more);
        if (rc == KS_ERR_CANCELLED || rc == KS_ERR_UNSUPPORTED)
            return rc;
    }
    return KS_OK;
}
