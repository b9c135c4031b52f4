/*
 * The proof: link by link, then by those who judge for themselves. What they say is put side by
 * side; what is proven is what all of them accept.
 */
#include "doctor/prove.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/index.h"
#include "chain/issuer.h"
#include "doctor/prove_internal.h"
#include "x509/cert.h"
#include "x509/host.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define ROOTS_TRIED 64 /* certificates of a chain, from its end, that are tried as its root */

/* ---- what is trusted ---- */

/* Certificates of a truststore; of a private key the first one, as Java has it. */
static size_t trusted_of(const struct ks_entry *e)
{
    if (e->kind == KS_KIND_TRUSTED || e->kind == KS_KIND_CERT)
        return e->chain_len;
    return e->kind == KS_KIND_KEY && e->chain_len > 0;
}

struct trusted {
    const struct ks_cert **certs;
    uint64_t *subjects;
    size_t count;
    struct ks_index index;
};

static void read_trusted(const struct ks_store *trust, struct trusted *t)
{
    size_t most = 0;
    for (size_t i = 0; i < ks_store_count(trust); i++)
        most += trusted_of(ks_store_entry(trust, i));
    t->certs = ks_alloc_array(most, sizeof(struct ks_cert *));
    t->subjects = ks_alloc_array(most, sizeof *t->subjects);
    t->index = ks_index_new(most);
    for (size_t i = 0; i < ks_store_count(trust); i++) {
        const struct ks_entry *e = ks_store_entry(trust, i);
        for (size_t k = 0; k < trusted_of(e); k++) {
            const struct ks_cert *c = &e->chain[k];
            if (c->flags & KS_CERT_BROKEN)
                continue;
            t->subjects[t->count] = ks_name_hash(ks_cert_part(c, c->subject));
            ks_index_add(&t->index, ks_slice(&t->subjects[t->count], sizeof t->subjects[0]),
                         t->count);
            t->certs[t->count++] = c;
        }
    }
}

static void drop_trusted(struct trusted *t)
{
    ks_index_drop(&t->index);
    free(t->certs);
    free(t->subjects);
}

static bool is_anchor(const struct ks_proving *p, const struct ks_cert *c)
{
    for (size_t i = 0; i < p->anchor_count; i++)
        if (ks_slice_equal(ks_cert_der(p->anchors[i]), ks_cert_der(c)))
            return true;
    return false;
}

static void add_named(struct ks_proving *p, const struct trusted *t, struct ks_slice name)
{
    uint64_t hash = ks_name_hash(name);
    for (size_t i = ks_index_first(&t->index, ks_slice(&hash, sizeof hash)); i != KS_NOWHERE;
         i = ks_index_next(&t->index, i))
        if (p->anchor_count < KS_PROVE_ANCHORS && !is_anchor(p, t->certs[i]) &&
            ks_name_equal(ks_cert_part(t->certs[i], t->certs[i]->subject), name))
            p->anchors[p->anchor_count++] = t->certs[i];
}

/* Decoding all of a large truststore would take seconds: only what has a name that the chain or
 * another anchor mentions. */
static void choose_anchors(struct ks_proving *p)
{
    struct trusted t = {0};
    read_trusted(p->trust, &t);
    for (size_t i = 0; i < p->args->count; i++) {
        const struct ks_cert *c = p->args->chain[i];
        add_named(p, &t, ks_cert_part(c, c->subject));
        add_named(p, &t, ks_cert_part(c, c->issuer));
    }
    for (size_t i = 0; i < p->anchor_count; i++)
        add_named(p, &t, ks_cert_part(p->anchors[i], p->anchors[i]->issuer));
    drop_trusted(&t);
}

static bool is_root(const struct ks_cert *c)
{
    return c->flags & KS_CERT_SELF_ISSUED &&
           ks_cert_verify(c, ks_cert_part(c, c->spki)) == KS_VERDICT_GOOD;
}

/* The root, wherever it stands; else the last one. */
static const struct ks_cert *end_of(const struct ks_proof_args *args)
{
    for (size_t i = args->count; i-- > 0 && args->count - i <= ROOTS_TRIED;)
        if (is_root(args->chain[i]))
            return args->chain[i];
    return args->chain[args->count - 1];
}

struct ks_store *ks_proving_trust_in(const struct ks_cert *anchor)
{
    struct ks_store *s = ks_store_new("", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_loading loading = {0};
    struct ks_blob *der = ks_blob_copy(ks_cert_der(anchor));
    struct ks_cert cert;
    struct ks_buf alias = KS_BUF_INIT;
    (void)ks_cert_skim(ks_blob_slice(der), &cert);
    ks_name_label(ks_cert_part(&cert, cert.subject), &alias);
    ks_loading_make(&loading, &(struct ks_entry_draft){.kind = KS_KIND_TRUSTED,
                                                       .created = KS_TIME_NONE,
                                                       .alias = ks_buf_steal(&alias),
                                                       .chain = &cert,
                                                       .chain_len = 1,
                                                       .blobs = &der,
                                                       .blob_count = 1});
    ks_loading_finish(&loading, s);
    ks_blob_unref(der);
    return s;
}

/* ---- links ---- */

static bool names_fit(const struct ks_cert *c, const struct ks_cert *issuer)
{
    return ks_name_equal(ks_cert_part(c, c->issuer), ks_cert_part(issuer, issuer->subject));
}

static bool signs(const struct ks_proving *p, const struct ks_cert *c, const struct ks_cert *issuer)
{
    if (!names_fit(c, issuer) || *p->tries == 0)
        return false;
    --*p->tries;
    return ks_cert_verify(c, ks_cert_part(issuer, issuer->spki)) == KS_VERDICT_GOOD;
}

/* The next one if its name fits, else another that has signed it, else a trusted one. Nobody:
 * `count`. */
static size_t issuer_in(const struct ks_proving *p, size_t i, const struct ks_cert **out)
{
    const struct ks_proof_args *a = p->args;
    const struct ks_cert *c = a->chain[i];
    if (i + 1 < a->count && names_fit(c, a->chain[i + 1])) {
        *out = a->chain[i + 1];
        return i + 1;
    }
    for (size_t k = 0; k < a->count; k++)
        if (signs(p, c, a->chain[k])) {
            *out = a->chain[k];
            return k;
        }
    for (size_t k = 0; k < p->anchor_count; k++)
        if (signs(p, c, p->anchors[k])) {
            *out = p->anchors[k];
            return SIZE_MAX;
        }
    if (i + 1 < a->count) {
        *out = a->chain[i + 1];
        return i + 1;
    }
    return a->count;
}

static int compare_ids(const struct ks_cert *c, const struct ks_cert *issuer)
{
    if (!c->aki.len || !issuer->ski.len)
        return -1;
    return ks_slice_equal(ks_cert_part(c, c->aki), ks_cert_part(issuer, issuer->ski));
}

static void say_link(const struct ks_cert *c, const struct ks_cert *issuer, struct ks_proof_link *l)
{
    static const char *const verdicts[] = {
        [KS_VERDICT_UNKNOWN] = "cannot be verified here with the key of ",
        [KS_VERDICT_GOOD] = "verified with the key of ",
        [KS_VERDICT_BAD] = "NOT made by the key of ",
    };
    struct ks_buf text = KS_BUF_INIT;
    char date[16];
    int limit = ks_issuer_path_len(issuer);
    ks_cert_signature_text(c, &text);
    ks_buf_printf(&text, " %s", verdicts[l->signature]);
    ks_name_label(ks_cert_part(issuer, issuer->subject), &text);
    if (!l->names_equal) {
        ks_buf_str(&text, ", which is not the issuer ");
        ks_name_label(ks_cert_part(c, c->issuer), &text);
    }
    ks_buf_printf(&text, ", CA:%s", issuer->flags & KS_CERT_CA ? "true" : "false");
    if (limit >= 0)
        ks_buf_printf(&text, " pathLen:%d", limit);
    if (issuer->not_after != KS_TIME_NONE)
        ks_buf_printf(&text, " until %s", ks_time_date(issuer->not_after, date));
    l->text = ks_buf_steal(&text);
}

static void link_all(const struct ks_proving *p, struct ks_proof *out)
{
    const struct ks_proof_args *a = p->args;
    out->links = ks_alloc_array(a->count, sizeof *out->links);
    for (size_t i = 0; i < a->count; i++) {
        const struct ks_cert *issuer = NULL;
        struct ks_proof_link *l = &out->links[out->link_count];
        size_t at = issuer_in(p, i, &issuer);
        if (!issuer)
            continue;
        l->cert = i;
        l->issuer = at;
        l->names_equal = names_fit(a->chain[i], issuer);
        l->ids = compare_ids(a->chain[i], issuer);
        l->signature = ks_cert_verify(a->chain[i], ks_cert_part(issuer, issuer->spki));
        say_link(a->chain[i], issuer, l);
        out->link_count++;
    }
}

static const struct ks_proof_link *link_of(const struct ks_proof *proof, size_t cert)
{
    for (size_t i = 0; i < proof->link_count; i++)
        if (proof->links[i].cert == cert)
            return &proof->links[i];
    return NULL;
}

/* The first certificate is the one that is sent as the own one. */
static void prove_order(struct ks_proof *proof)
{
    for (size_t i = 0; i < proof->link_count; i++) {
        const struct ks_proof_link *l = &proof->links[i];
        if (l->issuer != 0 || l->cert == 0 || l->signature != KS_VERDICT_GOOD)
            continue;
        ks_check_set(&proof->order, false,
                     "certificate 0 comes first and is the issuer of certificate %zu: a server "
                     "takes the first one for its own, and ends with \"key values mismatch\"",
                     l->cert);
        return;
    }
}

/* From the leaf up, as far as the chain goes. */
static const struct ks_proof_link *bad_link(const struct ks_proof *proof, size_t count)
{
    size_t at = 0;
    for (size_t steps = 0; steps < count; steps++) {
        const struct ks_proof_link *l = link_of(proof, at);
        if (!l || l->issuer >= count || l->issuer == at)
            return l && l->signature != KS_VERDICT_GOOD ? l : NULL;
        if (!l->names_equal || l->signature != KS_VERDICT_GOOD)
            return l;
        at = l->issuer;
    }
    return NULL;
}

/* ---- the name ---- */

/* Of a wildcard some host below it. */
static char *first_name(const struct ks_cert *leaf)
{
    struct ks_buf names = KS_BUF_INIT, host = KS_BUF_INIT;
    ks_cert_san(leaf, &names);
    const char *line = ks_buf_text(&names);
    while (*line && strncmp(line, "dns:", 4) != 0 && strncmp(line, "ip:", 3) != 0) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    if (*line) {
        line += strcspn(line, ":") + 1;
        bool wildcard = strncmp(line, "*.", 2) == 0;
        ks_buf_str(&host, wildcard ? "any" : "");
        line += wildcard;
        ks_buf_append(&host, line, strcspn(line, "\n"));
    } else {
        ks_name_label(ks_cert_part(leaf, leaf->subject), &host);
    }
    ks_buf_free(&names);
    char *name = ks_buf_steal(&host);
    if (!ks_host_refusal(name))
        return name;
    free(name);
    return NULL;
}

static void prove_host(const struct ks_proving *p, struct ks_proof_check *out)
{
    static const struct {
        bool good;
        const char *text;
    } words[] = {
        [KS_HOST_MATCH] = {true, "the certificate answers for %s"},
        [KS_HOST_OTHER] = {false, "none of its alternative names is %s"},
        [KS_HOST_BY_CN] = {false, "only its common name is %s: Java and curl accept that, Go, "
                                  "Python and browsers do not"},
        [KS_HOST_BY_CN_JAVA] = {false, "only its common name is %s, and it has an address among its "
                                       "alternative names: Java accepts that, curl, Go, Python and "
                                       "browsers do not"},
        [KS_HOST_NO_NAMES] = {false, "it has no alternative names, and its common name is not %s"},
    };
    if (p->args->client)
        return;
    if (!p->host) {
        out->text = ks_strdup("no host was given, and the certificate names none");
        return;
    }
    size_t match = (size_t)ks_cert_answers_for(p->args->chain[0], p->host);
    struct ks_buf text = KS_BUF_INIT;
    const char *mark = strstr(words[match].text, "%s");
    ks_buf_append(&text, words[match].text, (size_t)(mark - words[match].text));
    ks_buf_str(&text, p->host);
    ks_buf_str(&text, mark + 2);
    ks_check_set(out, words[match].good, "%s", ks_buf_text(&text));
    ks_buf_free(&text);
}

/* ---- Java ---- */

/* X509KeyManagerImpl: a certificate of the chain must have an issuer that the server announces. */
static bool java_would_send(const struct ks_proving *p)
{
    for (size_t i = 0; i < p->args->count; i++) {
        const struct ks_cert *c = p->args->chain[i];
        for (size_t k = 0; k < p->anchor_count; k++)
            if (ks_name_equal_java(ks_cert_part(c, c->issuer),
                                   ks_cert_part(p->anchors[k], p->anchors[k]->subject)))
                return true;
    }
    return false;
}

static void prove_java(struct ks_doctor *doctor, const struct ks_proving *p,
                       struct ks_proof_check *out)
{
    struct ks_java_verdict v;
    const struct ks_proof_args *a = p->args;
    ks_java_judge(doctor, a->chain, a->count, p->trust, p->host, a->client, a->now, &v);
    if (v.unjudged)
        out->text = ks_strdup(v.text);
    else if (v.accepted && a->client && !java_would_send(p))
        ks_check_set(out, false,
                     "a Java client would send no certificate: no issuer in the chain is one that "
                     "the server names (KEY-CLIENT-NO-MATCH)");
    else
        ks_check_set(out, v.accepted, "%s", v.text);
    ks_java_verdict_drop(&v);
}

/* ---- the whole ---- */

static bool bad(const struct ks_proof_check *check)
{
    return check->state == KS_PROOF_BAD;
}

/* The first that speaks against it. */
static char *why_not(const struct ks_proof *proof, const struct ks_proof_link *link)
{
    const struct {
        const char *who;
        const struct ks_proof_check *check;
    } checks[] = {
        {"the private key", &proof->key}, {"the order", &proof->order},
        {"the host name", &proof->host},  {"OpenSSL", &proof->openssl},
        {"Java", &proof->java},           {"the handshake", &proof->handshake},
    };
    bool first = !bad(&proof->key) && !bad(&proof->order); /* else the link is of another one */
    if (link && first)
        return ks_asprintf("not proven: the signature of certificate %zu: %s", link->cert,
                           link->text);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (bad(checks[i].check))
            return ks_asprintf("not proven: %s: %s", checks[i].who, checks[i].check->text);
    if (proof->java.state == KS_PROOF_NOT_TRIED)
        return ks_asprintf("not proven: Java: %s", proof->java.text);
    return NULL;
}

static void put_trusted(const struct ks_proving *p, struct ks_buf *out)
{
    const struct ks_proof_args *a = p->args;
    const char *name = a->trust && !a->trust_name ? a->trust->path : a->trust_name;

    if (a->trust && name && name[0])
        ks_buf_str(out, name);
    else if (a->trust)
        ks_buf_str(out, "this truststore");
    else if (end_of(a) == a->chain[0])
        ks_buf_str(out, "this self-signed certificate itself");
    else
        ks_buf_str(out, "the root of the chain");
}

static char *why(const struct ks_proving *p, const struct ks_proof *proof)
{
    const char *peers = p->args->client ? "servers" : "clients";
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_printf(&text, "proven: %s that trust ", peers);
    put_trusted(p, &text);
    ks_buf_str(&text, " accept the chain");
    if (p->host && !p->args->client)
        ks_buf_printf(&text, " for %s", p->host);
    if (proof->protocol)
        ks_buf_printf(&text, ", and a handshake in %s succeeded", proof->protocol);
    else
        ks_buf_str(&text, "; the private key was not tried");
    if (bad(&proof->openssl_strict))
        ks_buf_printf(
            &text, "; but openssl verify, Python and other %s that go up to a root refuse it: %s",
            peers, proof->openssl_strict.text);
    return ks_buf_steal(&text);
}

static void conclude(const struct ks_proving *p, struct ks_proof *out)
{
    out->verdict = why_not(out, bad_link(out, p->args->count));
    if (!out->verdict && !p->args->trust && !is_root(end_of(p->args)))
        out->verdict = ks_strdup("not proven: there is nothing to judge by: the chain does not end "
                                 "at a root, and it was not said what the other side trusts");
    out->proven = !out->verdict;
    if (out->proven)
        out->verdict = why(p, out);
}

static enum ks_code check_all(struct ks_doctor *doctor, struct ks_proving *p, struct ks_job *job,
                              struct ks_proof *out, struct ks_error *err)
{
    link_all(p, out);
    prove_order(out);
    prove_host(p, &out->host);
    prove_java(doctor, p, &out->java);
    if (ks_proving_decode(p, &out->openssl)) {
        if (!ks_job_stopped(job))
            ks_prove_openssl(p, KS_OPENSSL_CURL, &out->openssl);
        if (!ks_job_stopped(job))
            ks_prove_openssl(p, KS_OPENSSL_STRICT, &out->openssl_strict);
        if (!ks_job_stopped(job))
            ks_prove_openssl(p, KS_OPENSSL_LENIENT, &out->openssl_lenient);
        if (p->args->key && !ks_job_stopped(job))
            ks_prove_key(p, &out->key);
        if (p->args->key && !ks_job_stopped(job))
            ks_prove_handshake(p, out);
    }
    if (ks_job_stopped(job))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "the proof was stopped");
    conclude(p, out);
    return KS_OK;
}

enum ks_code ks_prove(struct ks_doctor *doctor, const struct ks_proof_args *args,
                      struct ks_job *job, struct ks_proof *out, struct ks_error *err)
{
    *out = (struct ks_proof){0};
    for (size_t i = 0; i < args->count; i++)
        if (args->chain[i]->flags & KS_CERT_BROKEN)
            return ks_fail(err, KS_ERR_FORMAT, "unreadable",
                           "nothing was proven: certificate %zu of the chain cannot be read", i);
    if (args->count == 0)
        return ks_fail(err, KS_ERR_FORMAT, "no-chain",
                       "nothing was proven: there is no certificate");
    struct ks_store *own = args->trust ? NULL : ks_proving_trust_in(end_of(args));
    size_t tries = KS_PATH_TRIES;
    struct ks_proving p = {.args = args, .trust = args->trust ? args->trust : own, .tries = &tries};
    if (!args->client)
        p.host = args->host ? ks_strdup(args->host) : first_name(args->chain[0]);
    choose_anchors(&p);
    enum ks_code rc = check_all(doctor, &p, job, out, err);
    ks_proving_drop(&p);
    ks_store_free(own);
    if (rc != KS_OK)
        ks_proof_drop(out);
    return rc;
}

void ks_proof_drop(struct ks_proof *p)
{
    for (size_t i = 0; i < p->link_count; i++)
        free(p->links[i].text);
    free(p->links);
    free(p->key.text);
    free(p->openssl.text);
    free(p->openssl_lenient.text);
    free(p->openssl_strict.text);
    free(p->order.text);
    free(p->java.text);
    free(p->host.text);
    free(p->handshake.text);
    free(p->protocol);
    free(p->cipher);
    free(p->server_said);
    free(p->client_said);
    free(p->verdict);
    *p = (struct ks_proof){0};
}
