/*
 * Where an issuer on the walk has a fault: whether what is sent has another way without any, and
 * who takes it.
 */
#include "doctor/internal.h"

#include "base/alloc.h"
#include "chain/issuer.h"
#include "doctor/clients.h"
#include "x509/name.h"

#include <stdlib.h>

struct going {
    const struct ks_around_ask *ask;
    const struct ks_cert **sent; /* the leaf first */
    size_t count;
};

static bool has_faults(const struct ks_chain_look *look)
{
    for (size_t i = 1; i < look->walk_len; i++)
        if (look->faults[i] & ~(unsigned)KS_ISSUER_MILD ||
            ks_cert_critical_unknown(look->stored[look->walk[i]]).len)
            return true;
    return false;
}

static bool is_sound(const struct ks_path *p)
{
    if (p->len == 0 || p->faults || p->unverified)
        return false;
    for (size_t i = 0; i < p->len; i++)
        if (ks_cert_critical_unknown(p->at[i]->cert).len)
            return false;
    return true;
}

/* The leaf first. Complete ones come before others. 0: there is none. */
static size_t find_sound(const struct going *g, const struct ks_cert **way, bool *complete)
{
    const struct ks_around_ask *ask = g->ask;
    struct ks_path paths[KS_BEST_MAX];
    struct ks_pool *pool = ks_pool_new();
    const struct ks_pool *pools[] = {pool};
    size_t len = 0;

    for (size_t i = 1; i < g->count; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = g->sent[i]});
    size_t count = ks_paths_find(&(struct ks_path_ask){.pools = pools,
                                                       .pool_count = 1,
                                                       .leaf = g->sent[0],
                                                       .now = ask->now,
                                                       .purpose = ask->purpose,
                                                       .signatures = ask->signatures,
                                                       .effort = ask->effort,
                                                       .job = ask->job},
                                 paths, KS_BEST_MAX);
    size_t at = 0;
    while (at < count && !is_sound(&paths[at]))
        at++;
    if (at < count) {
        way[len++] = g->sent[0];
        for (size_t i = 0; i < paths[at].len; i++)
            way[len++] = paths[at].at[i]->cert;
        *complete = paths[at].complete;
    }
    ks_pool_free(pool);
    return len;
}

/* ---- who takes it ---- */

static struct ks_sent sent_of(const struct going *g, const struct ks_cert *const *chain,
                              size_t count)
{
    return (struct ks_sent){.at = chain,
                            .count = count,
                            .now = g->ask->now,
                            .purpose = g->ask->purpose,
                            .signatures = g->ask->signatures,
                            .effort = g->ask->effort};
}

/* What refuses the other way by itself, for the leaf's sake say, does not refuse it for the search.
 * Where its root is not sent, that is taken to be trusted. */
static void ask_clients(const struct going *g, const struct ks_cert *const *way, size_t count,
                        struct ks_around *out)
{
    const struct ks_sent alone = sent_of(g, way, count), all = sent_of(g, g->sent, g->count);
    unsigned refuse = out->complete
                          ? ks_takers_with(&alone, out->end) & ~ks_takers_with(&all, out->end)
                          : ks_takers_above(&alone, out->end) & ~ks_takers_above(&all, out->end);

    out->java_refuses = (refuse & KS_TAKES_JAVA) != 0;
    out->openssl_refuses = (refuse & KS_TAKES_OPENSSL) != 0;
}

/* Verifying of their own is paid for from what the diagnosis may cost. */
static bool may_ask(struct going *g)
{
    struct ks_effort *effort = g->ask->effort;
    size_t cost = 4 * g->count;

    if (g->count > KS_SENT_MAX || effort->left < cost || ks_job_stopped(g->ask->job))
        return false;
    effort->left -= cost;
    return true;
}

static void go_around(struct going *g, struct ks_around *out)
{
    const struct ks_cert *way[KS_PATH_MAX + 1];
    bool complete;
    size_t len = find_sound(g, way, &complete);

    /* What nobody was asked about is no way for anybody. */
    if (len == 0 || !may_ask(g))
        return;
    *out = (struct ks_around){.over = way[1], .end = way[len - 1], .complete = complete};
    ask_clients(g, way, len, out);
}

void ks_find_around(const struct ks_around_ask *ask, const struct ks_cert *const *sent,
                    size_t count, struct ks_chain_look *look)
{
    const struct ks_cert *leaf = look->stored[look->leaf];
    struct going g = {.ask = ask};

    if (!has_faults(look))
        return;
    g.sent = ks_alloc_array(count + 1, sizeof *g.sent);
    g.sent[g.count++] = leaf;
    for (size_t i = 0; i < count; i++)
        if (!ks_cert_same(sent[i], leaf))
            g.sent[g.count++] = sent[i];
    go_around(&g, &look->around);
    free(g.sent);
}
