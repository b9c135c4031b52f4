/* A server that was asked, judged by what a truststore has. */
#include "doctor/internal.h"

#include <string.h>

#define PATHS_MAX 64

/* What Java takes for an anchor (sun.security.validator.TrustStoreUtil): trusted certificates, and
 * the first one of a key. Of a bundle all are meant. */
static bool is_anchor(const struct ks_census_cert *row)
{
    switch ((enum ks_kind)row->entry->kind) {
    case KS_KIND_TRUSTED:
    case KS_KIND_CERT:
        return true;
    case KS_KIND_KEY:
        return row->index == 0;
    default:
        return false;
    }
}

static struct ks_pool *anchors_of(const struct ks_census *census)
{
    struct ks_pool *pool = ks_pool_new();

    for (size_t i = 0; i < census->count; i++)
        if (is_anchor(&census->at[i]))
            ks_pool_add(pool, &(struct ks_pool_cert){.cert = census->at[i].cert, .anchor = true});
    return pool;
}

static struct ks_pool *sent_by(const struct ks_peer *peer)
{
    struct ks_pool *pool = ks_pool_new();

    for (size_t i = 1; i < peer->count; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = peer->chain[i], .rank = 1});
    return pool;
}

static bool is_pinned(const struct ks_census *census, const struct ks_cert *leaf)
{
    for (size_t i = ks_census_der(census, leaf); i != KS_NOWHERE;
         i = ks_index_next(&census->ders, i))
        if (is_anchor(&census->at[i]))
            return true;
    return false;
}

static enum ks_peer_trust verdict(const struct ks_path *paths, size_t count, bool *cut)
{
    for (size_t i = 0; i < count; i++)
        if (paths[i].anchored)
            return KS_PEER_ANCHORED;
    if (count == 0 || count == PATHS_MAX || paths[0].cut) {
        *cut = true;
        return KS_PEER_UNKNOWN;
    }
    return KS_PEER_STRANGE;
}

enum ks_peer_trust ks_peer_judge(struct ks_doctor *doctor, const struct ks_census *census,
                                 const struct ks_context *context, struct ks_job *job,
                                 const struct ks_cert **end, bool *cut)
{
    const struct ks_peer *peer = context->peer;
    struct ks_path paths[PATHS_MAX];

    if (peer->count == 0 || peer->chain[0]->flags & KS_CERT_BROKEN)
        return KS_PEER_UNKNOWN;
    if (is_pinned(census, peer->chain[0]))
        return KS_PEER_ANCHORED;
    struct ks_pool *anchors = anchors_of(census), *sent = sent_by(peer);
    const struct ks_pool *const pools[] = {anchors, sent};
    const struct ks_path_ask ask = {.pools = pools,
                                    .pool_count = 2,
                                    .leaf = peer->chain[0],
                                    .now = context->now,
                                    .purpose = KS_PURPOSE_SERVER,
                                    .signatures = doctor->signatures,
                                    .effort = doctor->effort,
                                    .job = job};
    size_t count = ks_paths_find(&ask, paths, PATHS_MAX);
    enum ks_peer_trust trust = verdict(paths, count, cut);
    if (trust == KS_PEER_STRANGE)
        *end = ks_path_end(&paths[0], peer->chain[0]);
    ks_pool_free(anchors);
    ks_pool_free(sent);
    return trust;
}
