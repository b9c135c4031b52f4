/*
 * A truststore and what a server sends: Java's verdict, and the certificates that would change it.
 * Which of them mends it is not guessed: the rules are asked again with each of them added.
 */
#include "op/outbound.h"

#include "base/alloc.h"
#include "net/http.h"
#include "net/revocation.h"
#include "op/bring.h"
#include "x509/cert.h"
#include "x509/host.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATHS 8   /* of which any may end at a public CA */
#define PROVEN 64 /* certificates: no client takes more */

enum { POOL_SENT, POOL_TRUST, POOL_PUBLIC };

struct judging {
    const struct ks_outbound_ask *ask;
    struct ks_doctor *doctor;
    struct ks_job *job;
    struct ks_outbound *out;
    const struct ks_cert *leaf;
    struct ks_path paths[PATHS];
    size_t path_count;
    struct ks_index here; /* certificates of the truststore, by their bytes */
    const struct ks_entry **entries;
};

/* ---- the paths ---- */

static struct ks_pool *pool_of_sent(const struct ks_outbound_ask *ask)
{
    struct ks_pool *pool = ks_pool_new();

    for (size_t i = 0; i < ask->count; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = ask->sent[i], .store = ask->sent_store});
    return pool;
}

static struct ks_pool *pool_of(const struct ks_store *store, unsigned rank)
{
    struct ks_pool *pool = ks_pool_new();

    if (store)
        ks_pool_add_store(pool, store, rank);
    return pool;
}

static void find_paths(struct judging *j)
{
    const struct ks_outbound_ask *ask = j->ask;
    struct ks_pool **own = j->out->own;
    const struct ks_pool *pools[4];
    size_t count = 0;

    own[POOL_SENT] = pool_of_sent(ask);
    own[POOL_TRUST] = pool_of(ask->trust, 1);
    own[POOL_PUBLIC] = pool_of(ask->public_cas, 3);
    pools[count++] = own[POOL_SENT];
    pools[count++] = own[POOL_TRUST];
    if (ask->candidates)
        pools[count++] = ask->candidates;
    pools[count++] = own[POOL_PUBLIC];
    j->path_count = ks_paths_find(&(struct ks_path_ask){.pools = pools,
                                                        .pool_count = count,
                                                        .leaf = j->leaf,
                                                        .now = ask->now,
                                                        .purpose = KS_PURPOSE_SERVER,
                                                        .job = j->job},
                                  j->paths, PATHS);
}

/* ---- the rows ---- */

static int place_in_sent(const struct ks_outbound_ask *ask, const struct ks_cert *c)
{
    for (size_t i = 0; i < ask->count; i++)
        if (ks_slice_equal(ks_cert_der(ask->sent[i]), ks_cert_der(c)))
            return (int)i;
    return -1;
}

static struct ks_outbound_row *add_row(struct judging *j, const struct ks_cert *c,
                                       enum ks_outbound_role role)
{
    struct ks_outbound_row *row = &j->out->rows[j->out->count++];

    *row = (struct ks_outbound_row){.cert = c, .role = role, .sent = place_in_sent(j->ask, c)};
    return row;
}

static void add_path(struct judging *j)
{
    const struct ks_path *path = &j->paths[0];

    add_row(j, j->leaf, KS_OUTBOUND_LEAF);
    for (size_t i = 0; i < path->len; i++) {
        bool root = path->complete && i + 1 == path->len;
        const struct ks_cert *c = path->at[i]->cert;
        struct ks_outbound_row *row = add_row(j, c, root ? KS_OUTBOUND_ROOT : KS_OUTBOUND_ISSUER);
        if (row->sent < 0)
            row->found = path->at[i];
        if (root) {
            j->out->root_sent = row->sent >= 0;
            j->out->root_found = row->sent < 0;
        }
    }
}

/* Of what was sent twice the first counts. */
static void add_extras(struct judging *j)
{
    size_t on_path = j->out->count;

    for (size_t i = 0; i < j->ask->count; i++) {
        const struct ks_cert *c = j->ask->sent[i];
        bool shown = place_in_sent(j->ask, c) != (int)i;
        for (size_t k = 0; k < on_path && !shown; k++)
            shown = ks_slice_equal(ks_cert_der(j->out->rows[k].cert), ks_cert_der(c));
        if (!shown)
            add_row(j, c, KS_OUTBOUND_EXTRA)->sent = (int)i;
    }
}

static void index_trust(struct judging *j)
{
    const struct ks_store *trust = j->ask->trust;
    size_t count = trust ? ks_store_count(trust) : 0;

    j->entries = ks_alloc_array(count, sizeof *j->entries);
    j->here = ks_index_new(count);
    for (size_t i = 0; i < count; i++) {
        const struct ks_entry *e = ks_store_entry(trust, i);
        j->entries[i] = e;
        if ((e->kind == KS_KIND_TRUSTED || e->kind == KS_KIND_CERT) && e->chain_len)
            ks_index_add(&j->here, ks_cert_der(&e->chain[0]), i);
    }
}

/* ---- what each of them is good for ---- */

static bool is_expired(const struct judging *j, const struct ks_cert *c)
{
    return !(c->flags & KS_CERT_BAD_TIME) && c->not_after < j->ask->now;
}

static const char *means(const struct judging *j, const struct ks_outbound_row *row)
{
    static const char *const words[] = {
        [KS_OUTBOUND_ROOT] = "lasts: a renewed server certificate and a renewed intermediate are "
                             "still trusted",
        [KS_OUTBOUND_ISSUER] = "works in Java; breaks when the CA replaces it",
        [KS_OUTBOUND_LEAF] = "breaks at the next renewal; Java ignores the expiry of a trusted "
                             "leaf",
        [KS_OUTBOUND_EXTRA] = "is not on the path of the server's certificate: to trust it changes "
                              "nothing here",
    };

    if (is_expired(j, row->cert) &&
        (row->role == KS_OUTBOUND_ROOT || row->role == KS_OUTBOUND_ISSUER))
        return "has expired: Java trusts it all the same, curl and OpenSSL do not; look for its "
               "renewed certificate";
    return words[row->role];
}

static bool is_refused(const struct ks_outbound_row *row)
{
    const struct ks_cert *c = row->cert;

    if (c->flags & KS_CERT_BROKEN || ks_cert_java_refusal(c))
        return true;
    if (row->role == KS_OUTBOUND_LEAF || row->role == KS_OUTBOUND_ROOT)
        return false;
    return !(c->flags & KS_CERT_CA);
}

/* The truststore as it would be with one more certificate: to be asked, and thrown away. */
static struct ks_store *trust_with(const struct ks_store *trust, const struct ks_cert *c)
{
    const struct ks_trust_pick pick = {.cert = c, .alias = "it"};
    struct ks_store *one = ks_bring_trust_store(&pick, 1);
    struct ks_store *s = ks_store_new(trust ? trust->path : "", ks_blob_copy(ks_slice(NULL, 0)));
    const struct ks_version *v = trust ? trust->now : s->now;
    struct ks_entry **entries = ks_version_entries(v, 1);

    entries[v->count] = ks_entry_ref(one->now->entries[0]);
    s->format = trust ? trust->format : &ks_format_pkcs12;
    ks_store_push(s, ks_version_new("with it", entries, v->count + 1, NULL, KS_PROTECT_KEEP));
    ks_store_free(one);
    return s;
}

/* By Java's rules, with one certificate more in the truststore. */
static void judge_with(const struct judging *j, const struct ks_cert *c, struct ks_java_verdict *v)
{
    const struct ks_outbound_ask *ask = j->ask;
    struct ks_store *with = trust_with(ask->trust, c);

    *v = (struct ks_java_verdict){0};
    ks_java_judge(j->doctor, ask->sent, ask->count, with, ask->host, false, ask->now, v);
    ks_store_free(with);
}

static bool does_mend(const struct judging *j, const struct ks_outbound_row *row)
{
    struct ks_java_verdict v;

    if (row->role == KS_OUTBOUND_EXTRA || row->refused || ks_job_stopped(j->job) ||
        (row->role == KS_OUTBOUND_LEAF && is_expired(j, row->cert)))
        return false;
    judge_with(j, row->cert, &v);
    bool mends = v.accepted || v.unjudged;
    ks_java_verdict_drop(&v);
    return mends;
}

static void judge_rows(struct judging *j)
{
    struct ks_names names = ks_names_of(j->ask->trust, j->out->count);

    for (size_t i = 0; i < j->out->count; i++) {
        struct ks_outbound_row *row = &j->out->rows[i];
        size_t here = ks_index_first(&j->here, ks_cert_der(row->cert));
        row->already = here != KS_NOWHERE ? j->entries[here] : NULL;
        row->refused = is_refused(row);
        row->means = means(j, row);
        row->mends = !j->out->java.accepted && !j->out->java.unjudged && does_mend(j, row);
        char *alias = ks_bring_alias(row->cert);
        row->alias = ks_names_take(&names, alias);
        free(alias);
    }
    ks_names_drop(&names);
}

/* The higher on the path, the longer it lasts; the rows are in that order. */
static void recommend(struct ks_outbound *out)
{
    for (size_t i = out->count; i-- > 0;)
        if (out->rows[i].mends) {
            out->rows[i].recommended = true;
            return;
        }
}

/* ---- the words ---- */

static enum ks_outbound_verdict verdict_of(const struct judging *j)
{
    const struct ks_outbound *out = j->out;

    if (!j->ask->trust || out->java.unjudged)
        return KS_OUTBOUND_UNJUDGED;
    if (out->java.accepted)
        return KS_OUTBOUND_TRUSTED;
    for (size_t i = 0; i < out->count; i++)
        if (out->rows[i].mends)
            return KS_OUTBOUND_NO_ANCHOR;
    return KS_OUTBOUND_OTHER;
}

static const char *trust_name(const struct judging *j)
{
    const struct ks_outbound_ask *ask = j->ask;

    return ask->trust_name ? ask->trust_name : ask->trust ? ks_path_shown(ask->trust->path) : "";
}

static char *say_no_anchor(const struct judging *j)
{
    const struct ks_outbound *out = j->out;
    struct ks_buf text = KS_BUF_INIT;

    ks_buf_printf(&text, "not trusted by %s: ", trust_name(j));
    for (size_t i = 0; i < out->count; i++) {
        if (!out->rows[i].recommended)
            continue;
        ks_bring_label(out->rows[i].cert, &text);
        ks_buf_str(&text, out->rows[i].already ? " is there, and Java does not see it as trusted"
                                               : " is missing there");
    }
    return ks_buf_steal(&text);
}

/* Java looks at no date of what is trusted itself. */
static bool leaf_would_do(const struct judging *j)
{
    const struct ks_outbound_row *leaf = &j->out->rows[0];
    struct ks_java_verdict v;

    if (leaf->refused || !is_expired(j, leaf->cert))
        return false;
    judge_with(j, leaf->cert, &v);
    bool accepted = v.accepted;
    ks_java_verdict_drop(&v);
    return accepted;
}

/* What stands in the way next, once the top of the path is trusted. */
static void say_next(const struct judging *j, struct ks_buf *out)
{
    const struct ks_outbound_row *top = NULL;
    struct ks_java_verdict v;

    for (size_t i = 0; i < j->out->count; i++)
        if (j->out->rows[i].role == KS_OUTBOUND_ISSUER || j->out->rows[i].role == KS_OUTBOUND_ROOT)
            top = &j->out->rows[i];
    if (!top || top->refused || top->already)
        return;
    judge_with(j, top->cert, &v);
    if (v.text && j->out->java.text && !v.accepted && strcmp(v.text, j->out->java.text) != 0) {
        ks_buf_str(out, "; and once ");
        ks_bring_label(top->cert, out);
        ks_buf_printf(out, " is trusted: %.700s", v.text);
    }
    ks_java_verdict_drop(&v);
}

static char *say_other(const struct judging *j)
{
    struct ks_buf text = KS_BUF_INIT;

    ks_buf_printf(&text, "refused with %s, and no trusted certificate changes that%s: %.700s",
                  trust_name(j),
                  leaf_would_do(j) ? " but the server's own, whose date Java ignores then" : "",
                  j->out->java.text);
    say_next(j, &text);
    return ks_buf_steal(&text);
}

static char *say_verdict(const struct judging *j)
{
    const struct ks_outbound *out = j->out;

    switch (out->verdict) {
    case KS_OUTBOUND_TRUSTED:
        return ks_asprintf("trusted by %s: the chain ends at its entry %.200s", trust_name(j),
                           ks_alias_text(out->java.anchor->alias));
    case KS_OUTBOUND_NO_ANCHOR:
        return say_no_anchor(j);
    case KS_OUTBOUND_OTHER:
        return say_other(j);
    default:
        return ks_strdup(j->ask->trust ? out->java.text : "not judged: no truststore was named");
    }
}

static char *say_missing(const struct judging *j)
{
    const struct ks_path *path = &j->paths[0];

    if (j->out->java.accepted || path->complete)
        return NULL;
    char *issuer = ks_bring_missing(ks_path_end(path, j->leaf));
    char *text = ks_asprintf("Needed: the CA certificate of %s", issuer);
    free(issuer);
    return text;
}

/* ---- whose CA that is ---- */

/* RFC 6761, 6762, 8375, and what companies use. */
static bool has_private_suffix(const char *host, size_t len)
{
    static const char *const suffixes[] = {
        ".local", ".localhost", ".localdomain", ".internal", ".intranet", ".corp",    ".lan",
        ".home",  ".private",   ".home.arpa",   ".test",     ".example",  ".invalid",
    };

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t n = strlen(suffixes[i]);
        if (len >= n && strncasecmp(host + len - n, suffixes[i], n) == 0)
            return true;
    }
    return false;
}

static bool is_public_name(const char *host)
{
    size_t len = host ? strlen(host) : 0;

    if (len > 1 && host[len - 1] == '.')
        len--;
    if (len == 0)
        return false;
    if (ks_host_is_address(host, len))
        return !ks_address_is_private(host);
    return memchr(host, '.', len) && !has_private_suffix(host, len);
}

static bool is_public_ca(const struct ks_pool *pool, const struct ks_cert *c)
{
    for (size_t i = ks_pool_of_key(pool, ks_cert_key_bits(c)); i != KS_NOWHERE;
         i = ks_pool_next_of_key(pool, i)) {
        const struct ks_cert *p = ks_pool_at(pool, i)->cert;
        if (ks_name_equal(ks_cert_part(p, p->subject), ks_cert_part(c, c->subject)))
            return true;
    }
    return false;
}

static bool reaches_public_ca(const struct judging *j)
{
    const struct ks_pool *pool = j->out->own[POOL_PUBLIC];

    for (size_t i = 0; i < j->path_count; i++)
        for (size_t k = 0; k < j->paths[i].len; k++)
            if (is_public_ca(pool, j->paths[i].at[k]->cert))
                return true;
    return is_public_ca(pool, j->leaf);
}

/* Of a leaf alone nothing can be told: that its issuer was not sent is a mistake of the server. */
static char *say_inspected(const struct judging *j)
{
    const struct ks_path *path = &j->paths[0];

    if (!j->ask->public_cas || ks_store_count(j->ask->public_cas) == 0 || path->len == 0 ||
        path->cut || !is_public_name(j->ask->host) || reaches_public_ca(j))
        return NULL;
    const struct ks_cert *end = path->at[path->len - 1]->cert;
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_str(&text, "issued by ");
    ks_name_text(ks_cert_part(end, path->complete ? end->subject : end->issuer), &text);
    ks_buf_str(&text, ", which is no public CA: a company's own CA, or a proxy that inspects TLS");
    return ks_buf_steal(&text);
}

/* ---- the judgement ---- */

static enum ks_code check_sent(const struct ks_outbound_ask *ask, struct ks_error *err)
{
    if (ask->count == 0)
        return ks_fail(err, KS_ERR_FORMAT, "no-certificate",
                       "nothing was judged: no certificate was sent");
    if (ask->sent[0]->flags & KS_CERT_BROKEN)
        return ks_fail(err, KS_ERR_FORMAT, "unreadable",
                       "nothing was judged: the server's own certificate cannot be read");
    return KS_OK;
}

/* The links are those of what can be read, each once. */
static enum ks_code prove(struct judging *j, struct ks_error *err)
{
    const struct ks_outbound_ask *ask = j->ask;
    const struct ks_cert **chain = ks_alloc_array(ask->count, sizeof(struct ks_cert *));
    size_t count = 0;

    for (size_t i = 0; i < ask->count && count < PROVEN; i++)
        if (!(ask->sent[i]->flags & KS_CERT_BROKEN) && place_in_sent(ask, ask->sent[i]) == (int)i)
            chain[count++] = ask->sent[i];
    enum ks_code rc = ks_prove(j->doctor,
                               &(struct ks_proof_args){.chain = chain,
                                                       .count = count,
                                                       .trust = ask->trust,
                                                       .trust_name = ask->trust_name,
                                                       .host = ask->host,
                                                       .now = ask->now},
                               j->job, &j->out->proof, err);
    free(chain);
    return rc;
}

static void judge(struct judging *j)
{
    const struct ks_outbound_ask *ask = j->ask;
    struct ks_outbound *out = j->out;

    if (ask->trust)
        ks_java_judge(j->doctor, ask->sent, ask->count, ask->trust, ask->host, false, ask->now,
                      &out->java);
    find_paths(j);
    out->rows = ks_alloc_array(ask->count + KS_PATH_MAX + 1, sizeof *out->rows);
    add_path(j);
    add_extras(j);
    index_trust(j);
    judge_rows(j);
    recommend(out);
    out->verdict = verdict_of(j);
    out->verdict_text = say_verdict(j);
    out->missing = say_missing(j);
    out->inspected = say_inspected(j);
    ks_index_drop(&j->here);
    free(j->entries);
}

enum ks_code ks_outbound_judge(struct ks_doctor *doctor, const struct ks_outbound_ask *ask,
                               struct ks_job *job, struct ks_outbound *out, struct ks_error *err)
{
    struct judging j = {.ask = ask, .doctor = doctor, .job = job, .out = out};
    enum ks_code rc = check_sent(ask, err);

    *out = (struct ks_outbound){0};
    if (rc == KS_OK)
        rc = prove(&j, err);
    if (rc != KS_OK)
        return rc;
    j.leaf = ask->sent[0];
    judge(&j);
    if (!ks_job_stopped(job))
        return KS_OK;
    ks_outbound_drop(out);
    return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "the judgement was stopped");
}

void ks_outbound_drop(struct ks_outbound *o)
{
    for (size_t i = 0; i < o->count; i++)
        free(o->rows[i].alias);
    free(o->rows);
    ks_java_verdict_drop(&o->java);
    ks_proof_drop(&o->proof);
    free(o->missing);
    free(o->inspected);
    free(o->verdict_text);
    for (size_t i = 0; i < sizeof o->own / sizeof o->own[0]; i++)
        ks_pool_free(o->own[i]);
    *o = (struct ks_outbound){0};
}

/* ---- as a server's own ---- */

/* A JKS keeps chains as they are. */
struct ks_store *ks_outbound_served(const struct ks_cert *const *sent, size_t count,
                                    const char *name)
{
    struct ks_cert *chain = ks_alloc_array(count, sizeof *chain);
    struct ks_blob *blob = ks_bring_copies(sent, count, chain);
    struct ks_entry *e = ks_entry_new(&(struct ks_entry_draft){.kind = KS_KIND_KEY,
                                                               .created = KS_TIME_NONE,
                                                               .alias = ks_strdup(name),
                                                               .chain = chain,
                                                               .chain_len = count,
                                                               .blobs = &blob,
                                                               .blob_count = 1});
    struct ks_store *s = ks_store_new(name, ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_entry **entries = ks_version_entries(s->now, 1);

    s->format = &ks_format_jks;
    ks_store_set_type(s, s->format->name);
    entries[0] = e;
    ks_store_push(s, ks_version_new("sent", entries, 1, NULL, KS_PROTECT_KEEP));
    ks_blob_unref(blob);
    free(chain);
    return s;
}

/* ---- two captures of one server ---- */

/* Servers behind one name often have a certificate each, of one CA. */
char *ks_outbound_compare(const struct ks_cert *direct, const struct ks_cert *proxied,
                          const char *proxy)
{
    struct ks_buf text = KS_BUF_INIT;

    if (!direct || !proxied || ks_slice_equal(ks_cert_der(direct), ks_cert_der(proxied)))
        return NULL;
    struct ks_slice a = ks_cert_part(direct, direct->issuer);
    struct ks_slice b = ks_cert_part(proxied, proxied->issuer);
    ks_buf_printf(&text, "through %.200s comes another certificate than directly, ", proxy);
    if (ks_name_equal(a, b)) {
        ks_buf_str(&text, "of the same issuer: probably another server of this name, and nobody "
                          "in between");
        return ks_buf_steal(&text);
    }
    ks_buf_str(&text, "issued by ");
    ks_name_text(b, &text);
    ks_buf_str(&text, " instead of ");
    ks_name_text(a, &text);
    ks_buf_str(&text, ": the proxy, or what is behind it, inspects TLS");
    return ks_buf_steal(&text);
}

/* ---- of what was served ---- */

enum ks_code ks_outbound_diagnose(struct ks_doctor *doctor, const struct ks_store *served,
                                  const struct ks_context *context, struct ks_job *job,
                                  struct ks_diagnosis *out, struct ks_error *err)
{
    size_t kept = 0;
    enum ks_code rc = ks_diagnose(doctor, served, context, job, out, err);
    for (size_t i = 0; i < out->count; i++) {
        struct ks_diagnosed *d = &out->at[i];
        if (d->entry) {
            out->at[kept++] = *d;
            continue;
        }
        out->by_severity[d->found.severity]--;
        free(d->found.text);
    }
    out->count = kept;
    return rc;
}

const struct ks_cert *ks_outbound_issuer(const struct ks_outbound *o)
{
    if (o->count < 2)
        return NULL;
    const struct ks_outbound_row *row = &o->rows[1];
    return row->role == KS_OUTBOUND_ISSUER || row->role == KS_OUTBOUND_ROOT ? row->cert : NULL;
}

void ks_outbound_stapled(const struct ks_outbound *o, const struct ks_cert *leaf,
                         struct ks_slice answer, int64_t now, struct ks_status *out)
{
    const struct ks_cert *issuer = ks_outbound_issuer(o);
    *out = (struct ks_status){0};
    if (!answer.len || !issuer)
        return;
    const struct ks_revocation_ask ask = {
        .cert = leaf, .issuer = issuer, .stapled = answer, .now = now};
    if (ks_revocation(&ask, NULL, out, NULL) != KS_OK)
        ks_status_drop(out);
}
