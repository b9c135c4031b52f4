/*
 * What a JVM makes of a chain: sun.security.ssl.X509TrustManagerImpl, which asks
 * sun.security.validator.PKIXValidator for a path, EndEntityChecker for the usage of the leaf, and
 * HostnameChecker for the name.
 */
#include "doctor/java.h"

#include "base/alloc.h"
#include "chain/refusers.h"
#include "doctor/java_rules.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 10 /* jdk.tls.maxCertificateChainLength */

/* ---- anchors ---- */

/* What Java does not show is no anchor of it. */
#define NOTES_HIDDEN                                                                               \
    (KS_NOTE_JAVA_NO_TRUST | KS_NOTE_JAVA_KEYBAG | KS_NOTE_JAVA_NO_KEYID | KS_NOTE_JAVA_NESTED |   \
     KS_NOTE_JAVA_REPLACED | KS_NOTE_JAVA_IGNORED)

/* TrustStoreUtil: trusted certificates, and of a private key the first one of its chain. A file
 * that is no keystore stands for one that all its certificates were imported into. */
static size_t anchors_of(const struct ks_store *trust, const struct ks_entry *e)
{
    if (!(trust->format && trust->format->caps & KS_CAP_STORE))
        return e->chain_len;
    bool shown =
        (e->kind == KS_KIND_TRUSTED || e->kind == KS_KIND_KEY) && !(e->notes & NOTES_HIDDEN);
    return shown && e->chain_len > 0;
}

static void add_anchor(struct ks_java_anchors *a, struct ks_index *ders, const struct ks_entry *e,
                       const struct ks_cert *c)
{
    if (c->flags & KS_CERT_BROKEN || ks_index_first(ders, ks_cert_der(c)) != KS_NOWHERE)
        return;
    ks_index_add(ders, ks_cert_der(c), a->count);
    a->certs[a->count] = c;
    a->entries[a->count] = e;
    a->subjects[a->count] = ks_name_hash(ks_cert_part(c, c->subject));
    ks_index_add(&a->index, ks_slice(&a->subjects[a->count], sizeof a->subjects[0]), a->count);
    a->count++;
}

struct ks_java_anchors ks_java_anchors_of(const struct ks_store *trust)
{
    struct ks_java_anchors a = {0};
    size_t most = 0;
    for (size_t i = 0; i < ks_store_count(trust); i++)
        most += anchors_of(trust, ks_store_entry(trust, i));
    a.certs = ks_alloc_array(most, sizeof(struct ks_cert *));
    a.entries = ks_alloc_array(most, sizeof(struct ks_entry *));
    a.subjects = ks_alloc_array(most, sizeof *a.subjects);
    a.index = ks_index_new(most);
    struct ks_index ders = ks_index_new(most);
    for (size_t i = 0; i < ks_store_count(trust); i++) {
        const struct ks_entry *e = ks_store_entry(trust, i);
        for (size_t k = 0; k < anchors_of(trust, e); k++)
            add_anchor(&a, &ders, e, &e->chain[k]);
    }
    ks_index_drop(&ders);
    return a;
}

void ks_java_anchors_drop(struct ks_java_anchors *a)
{
    ks_index_drop(&a->index);
    free(a->certs);
    free(a->entries);
    free(a->subjects);
}

size_t ks_java_anchor_named(const struct ks_java_anchors *a, struct ks_slice name, size_t after)
{
    uint64_t hash = ks_name_hash(name);
    size_t i = after == KS_NOWHERE ? ks_index_first(&a->index, ks_slice(&hash, sizeof hash))
                                   : ks_index_next(&a->index, after);
    while (i != KS_NOWHERE &&
           !ks_name_equal_java(ks_cert_part(a->certs[i], a->certs[i]->subject), name))
        i = ks_index_next(&a->index, i);
    return i;
}

size_t ks_java_anchor_same(const struct ks_java_anchors *a, const struct ks_cert *c)
{
    size_t i = ks_java_anchor_named(a, ks_cert_part(c, c->subject), KS_NOWHERE);
    while (i != KS_NOWHERE && !ks_slice_equal(ks_cert_der(a->certs[i]), ks_cert_der(c)))
        i = ks_java_anchor_named(a, ks_cert_part(c, c->subject), i);
    return i;
}

static bool has_key(const struct ks_java_anchors *a, const struct ks_cert *c)
{
    size_t i = ks_java_anchor_named(a, ks_cert_part(c, c->subject), KS_NOWHERE);
    while (i != KS_NOWHERE &&
           !ks_slice_equal(ks_cert_part(a->certs[i], a->certs[i]->spki), ks_cert_part(c, c->spki)))
        i = ks_java_anchor_named(a, ks_cert_part(c, c->subject), i);
    return i != KS_NOWHERE;
}

/* ---- the verdict ---- */

struct judging {
    const struct ks_cert *const *sent;
    size_t count;
    struct ks_java_anchors anchors;
    struct ks_java_path path; /* what all paths have in common */
    struct ks_java_verdict *out;
};

static void accept(struct judging *j, const struct ks_cert *const *certs, size_t count,
                   size_t anchor)
{
    struct ks_java_verdict *out = j->out;
    out->accepted = true;
    out->anchor = j->anchors.entries[anchor];
    for (out->path_len = 0; out->path_len < count; out->path_len++)
        out->path[out->path_len] = certs[out->path_len];
    if (count == 0 ||
        !ks_slice_equal(ks_cert_der(certs[count - 1]), ks_cert_der(j->anchors.certs[anchor])))
        out->path[out->path_len++] = j->anchors.certs[anchor];
}

/* `before` is what the exception around says. */
static bool refuse(struct judging *j, const char *before, const struct ks_java_fault *fault)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_printf(&text, "%s%s", before, ks_buf_text(&fault->said));
    if (fault->note.len)
        ks_buf_printf(&text, " (%s)", ks_buf_text(&fault->note));
    free(j->out->text);
    j->out->text = ks_buf_steal(&text);
    j->out->id = fault->id;
    j->out->accepted = false;
    j->out->anchor = NULL;
    j->out->path_len = 0;
    return false;
}

static bool refuse_at_once(struct judging *j, const char *id, const char *said)
{
    struct ks_java_fault fault = {.id = id};
    return refuse(j, said, &fault);
}

/* The anchor's own fitness is asked last, and no other is tried in its place. */
static bool settle(struct judging *j, const struct ks_cert *const *certs, size_t count,
                   size_t anchor, const char *before)
{
    struct ks_java_fault fault = KS_JAVA_FAULT_INIT;
    bool fits = ks_java_anchor_fits(j->anchors.certs[anchor], &fault);
    if (fits)
        accept(j, certs, count, anchor);
    else
        refuse(j, before, &fault);
    ks_java_fault_drop(&fault);
    return fits;
}

/* ---- a chain as it is: PKIXValidator.doValidate() ---- */

static bool validate(struct judging *j, size_t count)
{
    static const char before[] = "PKIX path validation failed: ";
    const struct ks_cert *top = j->sent[count - 1];
    struct ks_slice name = ks_cert_part(top, top->issuer);
    struct ks_java_fault first = KS_JAVA_FAULT_INIT;
    struct ks_java_path path = j->path;
    path.certs = j->sent;
    path.count = count;
    for (size_t i = ks_java_anchor_named(&j->anchors, name, KS_NOWHERE); i != KS_NOWHERE;
         i = ks_java_anchor_named(&j->anchors, name, i)) {
        struct ks_java_fault fault = KS_JAVA_FAULT_INIT;
        path.anchor = j->anchors.certs[i];
        if (!ks_java_key_id_fits(path.anchor, top))
            continue;
        if (ks_java_path_holds(&path, &fault)) {
            ks_java_fault_drop(&first);
            return settle(j, j->sent, count, i, before);
        }
        if (!first.said.len)
            first = fault;
        else
            ks_java_fault_drop(&fault);
    }
    if (!first.said.len) {
        first.id = "TRUST-SAME-NAME-OTHER-KEY";
        ks_buf_str(&first.said,
                   "java.security.cert.CertPathValidatorException: Path does not chain "
                   "with any of the trust anchors");
    }
    refuse(j, before, &first);
    ks_java_fault_drop(&first);
    return false;
}

static bool build(struct judging *j)
{
    static const char before[] = "PKIX path building failed: ";
    const struct ks_cert *found[KS_PATH_MAX];
    struct ks_java_fault fault = KS_JAVA_FAULT_INIT;
    size_t count, anchor;
    bool built =
        ks_java_build(&j->path, j->sent, j->count, &j->anchors, found, &count, &anchor, &fault);
    if (built)
        built = settle(j, found, count, anchor, before);
    else
        refuse(j, before, &fault);
    ks_java_fault_drop(&fault);
    return built;
}

/* PKIXValidator.engineValidate(): a chain in order is cut off at the first certificate that is
 * trusted, or that has name and key of one that is, and validated without a search. */
static bool find_path(struct judging *j)
{
    size_t same = ks_java_anchor_same(&j->anchors, j->sent[0]);
    if (same != KS_NOWHERE) {
        accept(j, j->sent, 1, same);
        return true;
    }
    for (size_t i = 1; i < j->count; i++) {
        const struct ks_cert *c = j->sent[i], *before = j->sent[i - 1];
        if (!ks_name_equal_java(ks_cert_part(c, c->subject), ks_cert_part(before, before->issuer)))
            return build(j);
        if (has_key(&j->anchors, c))
            return validate(j, i);
    }
    const struct ks_cert *last = j->sent[j->count - 1];
    return ks_java_anchor_named(&j->anchors, ks_cert_part(last, last->issuer), KS_NOWHERE) !=
                   KS_NOWHERE
               ? validate(j, j->count)
               : build(j);
}

/* ---- before and after ---- */

/* CertificateMessage: what does not parse, and too many. */
static bool can_be_read(struct judging *j)
{
    for (size_t i = 0; i < j->count; i++) {
        const char *why = j->sent[i]->flags & KS_CERT_BROKEN ? "it is no X.509 certificate"
                                                             : ks_cert_java_refusal(j->sent[i]);
        if (why) {
            struct ks_java_fault fault = {.id = "CERT-UNREADABLE"};
            ks_buf_printf(&fault.note, "certificate %zu: %s", i, why);
            refuse(j,
                   j->path.client ? "Failed to parse client certificates"
                                  : "Failed to parse server certificates",
                   &fault);
            ks_java_fault_drop(&fault);
            return false;
        }
    }
    return true;
}

static bool has_length(struct judging *j)
{
    struct ks_java_fault fault = {.id = "CHAIN-TOO-LONG"};
    if (j->count == 0)
        return refuse_at_once(j, "KEY-NO-CERTIFICATE", "null or zero-length certificate chain");
    if (j->count <= CHAIN_MAX)
        return true;
    ks_buf_printf(&fault.said,
                  "The certificate chain length (%zu) exceeds the maximum allowed length (%d)",
                  j->count, CHAIN_MAX);
    refuse(j, "", &fault);
    ks_java_fault_drop(&fault);
    return false;
}

/* PKIXParameters wants at least one. */
static bool has_anchors(struct judging *j, const struct ks_store *trust)
{
    return j->anchors.count > 0 ||
           refuse_at_once(j,
                          ks_store_java_empty(trust) && ks_store_count(trust)
                              ? "P12-TRUST-INVISIBLE"
                              : "STORE-EMPTY",
                          "Unexpected error: java.security.InvalidAlgorithmParameterException: the "
                          "trustAnchors parameter must be non-empty");
}

/* A leaf that is trusted itself is not asked for its usages, but for the name. */
static bool leaf_fits(struct judging *j, const char *host)
{
    struct ks_java_fault fault = KS_JAVA_FAULT_INIT;
    bool fits = j->out->path_len == 1 || ks_java_leaf_fits(j->sent[0], j->path.client, &fault);
    if (fits && host && !j->path.client)
        fits = ks_java_answers_for(j->sent[0], host, &fault);
    if (!fits)
        refuse(j, "", &fault);
    ks_java_fault_drop(&fault);
    return fits;
}

/* PolicyChecker does not look at the anchor. False: it hangs on policies. */
static bool without_policies(struct judging *j)
{
    struct ks_java_verdict *out = j->out;
    struct ks_buf text = KS_BUF_INIT;
    size_t i = 0;
    while (i + 1 < out->path_len && !ks_cert_asks_for_policy(out->path[i]))
        i++;
    if (i + 1 >= out->path_len)
        return true;
    ks_buf_str(&text, "not judged: certificate policies, which ");
    ks_name_text(ks_cert_part(out->path[i], out->path[i]->subject), &text);
    ks_buf_str(&text, " has rules for. Without them Java would accept the chain");
    *out = (struct ks_java_verdict){.unjudged = true, .text = ks_buf_steal(&text)};
    return false;
}

/* Some rules are for the JDK's own roots only, which it knows by their file. */
static bool is_cacerts(const struct ks_store *trust)
{
    const char *name = trust->path ? strrchr(trust->path, '/') : NULL;
    name = name ? name + 1 : trust->path;
    return name && (strcmp(name, "cacerts") == 0 || strcmp(name, "jssecacerts") == 0);
}

void ks_java_judge(struct ks_doctor *doctor, const struct ks_cert *const *sent, size_t count,
                   const struct ks_store *trust, const char *host, bool client, int64_t now,
                   struct ks_java_verdict *out)
{
    size_t signatures = KS_PATH_TRIES;
    (void)doctor; /* a chain of ten is verified faster than looked up */
    *out = (struct ks_java_verdict){0};
    struct judging j = {.sent = sent,
                        .count = count,
                        .anchors = ks_java_anchors_of(trust),
                        .path = {.jdk_anchor = is_cacerts(trust),
                                 .client = client,
                                 .now = now,
                                 .signatures = &signatures},
                        .out = out};
    if (has_length(&j) && can_be_read(&j) && has_anchors(&j, trust) && find_path(&j) &&
        leaf_fits(&j, host) && without_policies(&j))
        out->text = ks_asprintf("accepted: anchored at '%s'", out->anchor->alias);
    ks_java_anchors_drop(&j.anchors);
}

void ks_java_verdict_drop(struct ks_java_verdict *v)
{
    free(v->text);
    *v = (struct ks_java_verdict){0};
}
