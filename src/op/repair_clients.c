/*
 * Who takes a chain before a repair, and who takes it then. Which roots clients know is not known
 * here: each that the chain has is asked about, and each CA that it names as an issuer and does not
 * have.
 */
#include "op/repairing.h"

#include "base/alloc.h"
#include "chain/signatures.h"
#include "doctor/clients.h"
#include "x509/name.h"

#include <stdlib.h>

#define COMPARED_CERTS 32 /* of a chain; no client takes a longer one */

struct comparing {
    struct ks_sent before, after;
};

static const struct ks_cert **certs_of(const struct ks_entry *e)
{
    const struct ks_cert **at = ks_alloc_array(e->chain_len, sizeof *at);

    for (size_t i = 0; i < e->chain_len; i++)
        at[i] = &e->chain[i];
    return at;
}

/* Of a root in this chain: nobody has to renew one that has expired. */
static bool is_current_root(const struct comparing *c, const struct ks_cert *cert)
{
    return cert->flags & KS_CERT_SELF_ISSUED && !(cert->flags & KS_CERT_BAD_TIME) &&
           cert->not_before <= c->before.now && c->before.now <= cert->not_after;
}

static bool has_root_above(const struct comparing *c, const struct ks_cert *cert)
{
    for (size_t i = 0; i < c->before.count; i++) {
        const struct ks_cert *root = c->before.at[i];
        if (root->flags & KS_CERT_SELF_ISSUED &&
            ks_name_equal(ks_cert_part(root, root->subject), ks_cert_part(cert, cert->issuer)))
            return true;
    }
    return false;
}

/* Who took it with the CA that this certificate leads to, and does not then. */
static unsigned losing(const struct comparing *c, const struct ks_cert *cert)
{
    unsigned before;

    if (is_current_root(c, cert)) {
        before = ks_takers_with(&c->before, cert);
        return before ? before & ~ks_takers_with(&c->after, cert) : 0;
    }
    if (has_root_above(c, cert))
        return 0;
    before = ks_takers_above(&c->before, cert);
    return before ? before & ~ks_takers_above(&c->after, cert) : 0;
}

static bool is_comparable(const struct ks_entry *e)
{
    if (e->kind != KS_KIND_KEY || e->chain_len == 0 || e->chain_len > COMPARED_CERTS)
        return false;
    for (size_t i = 0; i < e->chain_len; i++)
        if (e->chain[i].flags & KS_CERT_BROKEN)
            return false;
    return true;
}

static enum ks_code refuse(const struct ks_entry *e, const struct ks_cert *cert, unsigned clients,
                           struct ks_error *err)
{
    bool root = (cert->flags & KS_CERT_SELF_ISSUED) != 0;
    struct ks_buf name = KS_BUF_INIT;

    ks_name_label(ks_cert_part(cert, root ? cert->subject : cert->issuer), &name);
    ks_fail(err, KS_ERR_REFUSED, "would-break",
            "nothing was repaired: %s, where it trusts %.150s, takes the chain of %.150s as it is, "
            "and would refuse it then",
            clients == KS_TAKES_JAVA      ? "Java"
            : clients == KS_TAKES_OPENSSL ? "OpenSSL"
                                          : "every client",
            ks_buf_text(&name), e->alias);
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "leave the chain as it is, or set the chain that is wanted by hand");
}

static enum ks_code compare(const struct ks_repairing *r, const struct ks_entry *now,
                            const struct ks_entry *then)
{
    if (!is_comparable(now) || !is_comparable(then) ||
        !ks_cert_same(&now->chain[0], &then->chain[0]))
        return KS_OK;
    const struct ks_cert **before = certs_of(now), **after = certs_of(then);
    struct ks_signatures *signatures = ks_signatures_new();
    struct ks_effort effort = {.left = KS_PATH_TRIES, .asks = KS_PATH_ASKS};
    struct comparing c = {.before = {.at = before,
                                     .count = now->chain_len,
                                     .now = r->context->now,
                                     .purpose = r->context->purpose == KS_PURPOSE_AUTO
                                                    ? KS_PURPOSE_SERVER
                                                    : r->context->purpose,
                                     .signatures = signatures,
                                     .effort = &effort}};
    enum ks_code rc = KS_OK;

    c.after = c.before;
    c.after.at = after;
    c.after.count = then->chain_len;
    for (size_t i = 0; i < c.before.count && rc == KS_OK; i++) {
        unsigned clients = losing(&c, before[i]);
        if (clients && !effort.cut)
            rc = refuse(now, before[i], clients, r->err);
    }
    ks_signatures_free(signatures);
    free(before);
    free(after);
    return rc;
}

/* What was chosen among several is meant. */
enum ks_code ks_repair_compare(const struct ks_repairing *r)
{
    const struct ks_store *read = r->look->then;
    enum ks_code rc = KS_OK;

    if (r->what->entry && r->what->choice > 0)
        return KS_OK;
    struct ks_finder then = {0};
    if (read)
        then = ks_finder_new(read);
    for (size_t i = 0; i < ks_store_count(r->store) && rc == KS_OK; i++) {
        const struct ks_fix *fix = &r->fixes[i];
        size_t at;
        if (!fix->unchained || fix->gone)
            continue;
        bool found = read && ks_finder_find(&then, fix->made->alias, &at);
        rc = compare(r, ks_store_entry(r->store, i), found ? ks_store_entry(read, at) : fix->made);
    }
    if (read)
        ks_finder_drop(&then);
    return rc;
}
