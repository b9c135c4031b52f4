/*
 * The search of the JDK 17: sun.security.provider.certpath, SunCertPathBuilder and ForwardBuilder.
 * Depth first from the leaf, certificates of the truststore and of what was sent side by side, no
 * signature looked at before an anchor is reached. Some of what is done here looks like a slip, and
 * is what the JDK does: the dates of anchors are passed over for the issuer of the leaf only, and
 * two self-issued certificates in a row end the search at that place altogether.
 */
#include "doctor/java_rules.h"

#include "base/alloc.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <limits.h>
#include <stdlib.h>

#define STEPS_MAX 5000     /* certificates that are gone up from; Java goes on */
#define CAS_MAX 5          /* PKIXBuilderParameters.getMaxPathLength() */
#define CANDIDATES_MAX 512 /* of one name; Java goes on */

struct search {
    const struct ks_java_path *wanted;
    const struct ks_cert *const *sent;
    size_t count;
    const struct ks_java_anchors *anchors;
    const struct ks_cert **path; /* KS_PATH_MAX */
    size_t len;                  /* of the path, the leaf counted */
    size_t anchor;               /* where it ends */
    size_t steps;
    bool dated;                  /* the selector has a date from now on, also for anchors */
    struct ks_java_fault *fault; /* of the first thing that went wrong */
};

struct vertex {
    const struct ks_cert *cert;
    size_t anchor; /* KS_NOWHERE: no anchor */
    uint32_t slot; /* in the hash set that it comes from */
    int rank;      /* of PKIXCertComparator */
};

/* ---- the order in which Java tries ---- */

/* HashMap: the spread hash, in a table that is at most three quarters full. */
static uint32_t slot_of(const struct ks_cert *c, size_t capacity)
{
    uint32_t h = ks_java_hash(c);
    return (h ^ h >> 16) & (uint32_t)(capacity - 1);
}

static size_t capacity_for(size_t first, size_t count)
{
    size_t capacity = 1;
    while (capacity < first)
        capacity *= 2;
    while (count > capacity * 3 / 4)
        capacity *= 2;
    return capacity;
}

/* Stable, few. */
static void sort(struct vertex *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && v[k].slot < v[k - 1].slot; k--) {
            struct vertex swap = v[k];
            v[k] = v[k - 1];
            v[k - 1] = swap;
        }
}

/*
 * The candidates are in a TreeSet whose comparator (PKIXCertComparator) calls the newer of two
 * equals the smaller, and so has no order to hold to: what comes first, and whether one that is
 * trusted and was sent is there once or twice, depends on how the tree was balanced when it came.
 * So it is grown here, too: a red-black tree, by places in the array that it is grown from.
 */
#define NOBODY SIZE_MAX
struct node {
    size_t up, kid[2]; /* smaller, greater */
    bool red;
};
struct tree {
    const struct vertex *all;
    struct node *nodes;
    size_t root;
};

static void rotate(struct tree *t, size_t at, int down)
{
    struct node *n = t->nodes;
    size_t riser = n[at].kid[!down], inner = n[riser].kid[down], up = n[at].up;
    n[at].kid[!down] = inner;
    if (inner != NOBODY)
        n[inner].up = at;
    n[riser].kid[down] = at;
    n[at].up = riser;
    n[riser].up = up;
    if (up == NOBODY)
        t->root = riser;
    else
        n[up].kid[n[up].kid[1] == at] = riser;
}

static void balance(struct tree *t, size_t at)
{
    struct node *n = t->nodes;
    while (at != t->root && n[n[at].up].red) {
        size_t parent = n[at].up, grand = n[parent].up;
        int side = n[grand].kid[1] == parent;
        size_t uncle = n[grand].kid[!side];
        if (uncle != NOBODY && n[uncle].red) {
            n[parent].red = n[uncle].red = false;
            n[grand].red = true;
            at = grand;
            continue;
        }
        if (n[parent].kid[!side] == at) {
            rotate(t, parent, side);
            at = parent;
            parent = n[at].up;
        }
        n[parent].red = false;
        n[grand].red = true;
        rotate(t, grand, !side);
    }
    n[t->root].red = false;
}

static bool same_cert(const struct vertex *a, const struct vertex *b)
{
    return ks_slice_equal(ks_cert_der(a->cert), ks_cert_der(b->cert));
}

static void plant(struct tree *t, size_t place)
{
    struct node *n = t->nodes;
    size_t up = NOBODY, at = t->root;
    int side = 0;
    while (at != NOBODY) {
        if (same_cert(&t->all[place], &t->all[at]))
            return;
        up = at;
        side = t->all[at].rank < t->all[place].rank;
        at = n[at].kid[side];
    }
    n[place] = (struct node){.up = up, .kid = {NOBODY, NOBODY}, .red = true};
    if (up == NOBODY)
        t->root = place;
    else
        n[up].kid[side] = place;
    balance(t, place);
}

static size_t leftmost(const struct tree *t, size_t at)
{
    while (at != NOBODY && t->nodes[at].kid[0] != NOBODY)
        at = t->nodes[at].kid[0];
    return at;
}

static size_t following(const struct tree *t, size_t at)
{
    const struct node *n = t->nodes;
    if (n[at].kid[1] != NOBODY)
        return leftmost(t, n[at].kid[1]);
    while (n[at].up != NOBODY && n[n[at].up].kid[1] == at)
        at = n[at].up;
    return n[at].up;
}

/* Whose key id is the wanted one come first, then what is issued by an anchor's name. */
static int rank_of(const struct search *s, const struct ks_cert *child, const struct ks_cert *c)
{
    if (child->aki.len && c->ski.len &&
        ks_slice_equal(ks_cert_part(child, child->aki), ks_cert_part(c, c->ski)))
        return 0;
    struct ks_slice issuer = ks_cert_part(c, c->issuer);
    return ks_java_anchor_named(s->anchors, issuer, KS_NOWHERE) != KS_NOWHERE ? 1 : 2;
}

/* Returns how many are left. */
static size_t rank(const struct search *s, const struct ks_cert *child, struct vertex *v, size_t n)
{
    size_t left = 0;
    struct vertex *all = ks_alloc_array(n, sizeof *all);
    struct tree t = {all, ks_alloc_array(n, sizeof *t.nodes), NOBODY};
    for (size_t i = 0; i < n; i++) {
        all[i] = v[i];
        all[i].rank = rank_of(s, child, all[i].cert);
        plant(&t, i);
    }
    for (size_t at = leftmost(&t, t.root); at != NOBODY; at = following(&t, at))
        v[left++] = all[at];
    free(t.nodes);
    free(all);
    return left;
}

/* ---- candidates ---- */

static bool alt_names_equal(const struct ks_cert *a, const struct ks_cert *b)
{
    static const uint8_t oid[] = {0x55, 0x1d, 0x11};
    struct ks_ext x, y;
    bool has = a->exts.len && ks_ext_find(ks_cert_part(a, a->exts), ks_slice(oid, sizeof oid), &x);
    bool had = b->exts.len && ks_ext_find(ks_cert_part(b, b->exts), ks_slice(oid, sizeof oid), &y);
    return has == had && (!has || ks_slice_equal(x.value, y.value));
}

static bool repeated(const struct search *s, const struct ks_cert *c)
{
    for (size_t i = 0; i < s->len; i++) {
        const struct ks_cert *on = s->path[i];
        if (ks_slice_equal(ks_cert_der(on), ks_cert_der(c)) ||
            (ks_slice_equal(ks_cert_part(on, on->spki), ks_cert_part(c, c->spki)) &&
             ks_name_equal_java(ks_cert_part(on, on->subject), ks_cert_part(c, c->subject)) &&
             alt_names_equal(on, c)))
            return true;
    }
    return false;
}

static bool valid_at(const struct ks_cert *c, int64_t t)
{
    return t >= c->not_before && t <= c->not_after;
}

/* Of versions 1 and 2 the validity must hold that of what was issued. */
static bool covers(const struct ks_cert *issuer, const struct ks_cert *child)
{
    return issuer->version >= 3 ||
           (valid_at(issuer, child->not_before) && valid_at(issuer, child->not_after));
}

static void blame(struct search *s, const char *id, struct ks_buf *note)
{
    if (s->fault->id || !id)
        return;
    s->fault->id = id;
    ks_buf_str(&s->fault->note, ks_buf_text(note));
}

static bool sent_fits(struct search *s, const struct ks_cert *c, const struct ks_cert *child,
                      int cas)
{
    struct ks_buf note = KS_BUF_INIT;
    const char *id = ks_java_validity(c, false, s->wanted->now, &note);
    int limit = ks_java_basic_constraints(c);
    if (!id && limit < cas)
        id = limit < 0 ? "CA-NOT-CA" : "CA-PATHLEN";
    if (!repeated(s, c))
        blame(s, id, &note);
    ks_buf_free(&note);
    return !id && covers(c, child);
}

static size_t add_anchors(struct search *s, const struct ks_cert *child, struct vertex *v)
{
    struct ks_slice name = ks_cert_part(child, child->issuer);
    size_t n = 0, capacity = capacity_for(s->anchors->count, s->anchors->count);
    for (size_t i = ks_java_anchor_named(s->anchors, name, KS_NOWHERE);
         i != KS_NOWHERE && n < CANDIDATES_MAX; i = ks_java_anchor_named(s->anchors, name, i)) {
        const struct ks_cert *c = s->anchors->certs[i];
        if ((!s->dated || valid_at(c, s->wanted->now)) && covers(c, child))
            v[n++] = (struct vertex){.cert = c, .anchor = i, .slot = slot_of(c, capacity)};
    }
    s->dated = true;
    sort(v, n);
    return n;
}

static bool among(const struct vertex *v, size_t n, const struct ks_cert *c)
{
    for (size_t i = 0; i < n; i++)
        if (ks_slice_equal(ks_cert_der(v[i].cert), ks_cert_der(c)))
            return true;
    return false;
}

static size_t add_sent(struct search *s, const struct ks_cert *child, int cas, struct vertex *v,
                       size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count && n < room; i++) {
        const struct ks_cert *c = s->sent[i];
        if (ks_name_equal_java(ks_cert_part(c, c->subject), ks_cert_part(child, child->issuer)) &&
            !among(v, n, c) && sent_fits(s, c, child, cas))
            v[n++] = (struct vertex){.cert = c, .anchor = ks_java_anchor_same(s->anchors, c)};
    }
    for (size_t i = 0; i < n; i++)
        v[i].slot = slot_of(v[i].cert, capacity_for(16, n));
    sort(v, n);
    return n;
}

/* ---- the walk ---- */

static bool completes(struct search *s, const struct vertex *v)
{
    struct ks_java_path path = *s->wanted;
    struct ks_java_fault fault = KS_JAVA_FAULT_INIT;
    path.certs = s->path;
    path.count = s->len;
    path.anchor = v->cert;
    path.built = true;
    bool holds = ks_java_path_holds(&path, &fault);
    if (holds)
        s->anchor = v->anchor;
    else
        blame(s, fault.id, &fault.note);
    ks_java_fault_drop(&fault);
    return holds;
}

static bool may_issue(struct search *s, const struct ks_cert *c)
{
    struct ks_buf none = KS_BUF_INIT;
    const char *id = ks_java_unknown_critical(c) ? "CERT-CRITICAL-UNKNOWN"
                     : !ks_java_may_sign(c)      ? "CA-NO-KEYCERTSIGN"
                                                 : NULL;
    blame(s, id, &none);
    return !id;
}

static bool climb(struct search *s, int cas);

/* One step up; *ended: nothing more is tried from here. */
static bool step(struct search *s, const struct vertex *v, int cas, bool *ended)
{
    const struct ks_cert *last = s->path[s->len - 1];
    if (v->anchor != KS_NOWHERE)
        return completes(s, v);
    if (!may_issue(s, v->cert))
        return false;
    bool self_issued = ks_java_self_issued(v->cert);
    if (self_issued && ks_java_self_issued(last)) {
        *ended = true;
        return false;
    }
    if (s->len == KS_PATH_MAX || ++s->steps > STEPS_MAX || *s->wanted->signatures == 0)
        return false;
    s->path[s->len++] = v->cert;
    bool found = climb(s, cas + !self_issued);
    if (!found)
        s->len--;
    return found;
}

static bool climb(struct search *s, int cas)
{
    const struct ks_cert *child = s->path[s->len - 1];
    struct vertex *v = ks_alloc_array(CANDIDATES_MAX + s->count, sizeof *v);
    size_t n = add_anchors(s, child, v);
    if (cas < CAS_MAX)
        n += add_sent(s, child, cas, v + n, s->count);
    n = rank(s, child, v, n);
    bool found = false, ended = false;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!repeated(s, v[i].cert))
            v[kept++] = v[i];
    for (size_t i = 0; i < kept && !found && !ended; i++)
        found = step(s, &v[i], cas, &ended);
    free(v);
    return found;
}

static bool leaf_fits(struct search *s)
{
    struct ks_buf note = KS_BUF_INIT;
    const char *id = ks_java_validity(s->sent[0], true, s->wanted->now, &note);
    if (!id && ks_java_unknown_critical(s->sent[0]))
        id = "CERT-CRITICAL-UNKNOWN";
    blame(s, id, &note);
    ks_buf_free(&note);
    return !id;
}

/* No anchor was reached although nothing speaks against what was tried. */
static const char *missing(const struct search *s)
{
    const struct ks_cert *leaf = s->sent[0];
    if (ks_java_self_issued(leaf))
        return "CERT-SELF-SIGNED";
    for (size_t i = 1; i < s->count; i++)
        if (ks_name_equal_java(ks_cert_part(s->sent[i], s->sent[i]->subject),
                               ks_cert_part(leaf, leaf->issuer)))
            return "TRUST-CANNOT-ANCHOR";
    return "CHAIN-MISSING-INTERMEDIATE";
}

bool ks_java_build(const struct ks_java_path *path, const struct ks_cert *const *sent, size_t count,
                   const struct ks_java_anchors *anchors,
                   const struct ks_cert *found[static KS_PATH_MAX], size_t *found_count,
                   size_t *anchor, struct ks_java_fault *fault)
{
    struct search s = {.wanted = path,
                       .sent = sent,
                       .count = count,
                       .anchors = anchors,
                       .path = found,
                       .fault = fault};
    bool built = false;
    if (leaf_fits(&s)) {
        found[s.len++] = sent[0];
        built = climb(&s, 0);
    }
    *found_count = s.len;
    *anchor = s.anchor;
    if (built) {
        ks_java_fault_drop(fault);
        return true;
    }
    if (!fault->id)
        fault->id = missing(&s);
    ks_buf_str(&fault->said,
               "sun.security.provider.certpath.SunCertPathBuilderException: unable to "
               "find valid certification path to requested target");
    return false;
}
