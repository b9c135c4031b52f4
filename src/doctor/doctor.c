#include "doctor/internal.h"

#include "base/alloc.h"
#include "chain/refusers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CERTS_LOOKED 64 /* of a chain, as in the pass over a list */
/* Signatures of one diagnosis: a hostile file cannot ask for more, whatever it holds. Four a key:
 * a leaf that was signed with P-384 is 3. */
static const struct ks_effort effort_base = {.left = 4000, .asks = KS_PATH_ASKS};
static const struct ks_effort effort_per_key = {.left = 4, .asks = 32};

/* ---- the doctor ---- */

struct ks_doctor *ks_doctor_new(void)
{
    struct ks_doctor *doctor = ks_alloc(sizeof *doctor);

    *doctor = (struct ks_doctor){.signatures = ks_signatures_new()};
    return doctor;
}

void ks_doctor_free(struct ks_doctor *doctor)
{
    if (!doctor)
        return;
    ks_keys_forget(doctor);
    ks_ground_unref(doctor->ground);
    ks_ground_unref(doctor->reference);
    ks_signatures_free(doctor->signatures);
    free(doctor);
}

/* ---- purposes ---- */

static const char *const purposes[] = {
    [KS_PURPOSE_AUTO] = "auto", [KS_PURPOSE_SERVER] = "server", [KS_PURPOSE_CLIENT] = "client",
    [KS_PURPOSE_CA] = "ca",     [KS_PURPOSE_TRUST] = "trust",
};

bool ks_purpose_by_name(const char *name, enum ks_purpose *out)
{
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
        if (strcasecmp(name, purposes[i]) == 0) {
            *out = (enum ks_purpose)i;
            return true;
        }
    return false;
}

const char *ks_purpose_word(enum ks_purpose purpose)
{
    return purposes[purpose];
}

enum ks_purpose ks_purpose_of(const struct ks_context *context, const struct ks_entry *entry,
                              bool has_keys)
{
    if (context->purpose != KS_PURPOSE_AUTO)
        return context->purpose;
    bool key = entry ? entry->kind == KS_KIND_KEY : has_keys;
    return key ? KS_PURPOSE_SERVER : KS_PURPOSE_TRUST;
}

/* ---- the list ---- */

void ks_diagnosis_drop(struct ks_diagnosis *d)
{
    for (size_t i = 0; i < d->count; i++)
        free(d->at[i].found.text);
    free(d->at);
    *d = (struct ks_diagnosis){0};
}

size_t ks_diagnosis_of(const struct ks_diagnosis *d, const struct ks_entry *entry, size_t *first)
{
    size_t n = 0;

    *first = 0;
    while (*first < d->count && d->at[*first].entry != entry)
        (*first)++;
    while (*first + n < d->count && d->at[*first + n].entry == entry)
        n++;
    return n;
}

enum ks_severity ks_diagnosis_worst(const struct ks_diagnosis *d, const struct ks_entry *entry)
{
    size_t first;

    return ks_diagnosis_of(d, entry, &first) ? d->at[first].found.severity : KS_FINE;
}

static void put(struct ks_diagnosis *d, const struct ks_diagnosed *item)
{
    if (d->count == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 16;
        d->at = ks_realloc(d->at, d->cap * sizeof *d->at);
    }
    d->at[d->count++] = *item;
}

static void count_severities(struct ks_diagnosis *d)
{
    memset(d->by_severity, 0, sizeof d->by_severity);
    for (size_t i = 0; i < d->count; i++)
        d->by_severity[d->at[i].found.severity]++;
}

static bool is_among(const char *id, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

void ks_diagnosis_leave_out(struct ks_diagnosis *d, const char *const *ids, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->count; i++) {
        if (is_among(d->at[i].found.id, ids, count))
            free(d->at[i].found.text);
        else
            d->at[kept++] = d->at[i];
    }
    d->count = kept;
    count_severities(d);
}

/* ---- one diagnosis ---- */

struct diagnosing {
    struct ks_doctor *doctor;
    const struct ks_store *store;
    const struct ks_context *context;
    struct ks_job *job;
    struct ks_ground *ground;
    struct ks_known_keys *keys;
    struct ks_effort effort;
    struct ks_facts facts; /* all but what is of one entry */
    struct ks_diagnosis *out;
};

static const struct ks_census *reference_of(struct ks_doctor *doctor, const struct ks_store *store)
{
    if (!store)
        return NULL;
    if (!ks_ground_fits(doctor->reference, store)) {
        ks_ground_unref(doctor->reference);
        doctor->reference = ks_ground_of(store);
    }
    return doctor->reference->census;
}

static struct ks_effort effort_for(size_t keys)
{
    return (struct ks_effort){.left = effort_base.left + effort_per_key.left * keys,
                              .asks = effort_base.asks + effort_per_key.asks * keys};
}

struct ks_effort ks_doctor_effort(const struct ks_store *store)
{
    size_t keys = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        keys += ks_store_entry(store, i)->kind == KS_KIND_KEY;
    return effort_for(keys);
}

static void begin(struct diagnosing *d, const struct ks_entry *only)
{
    const struct ks_context *c = d->context;

    ks_keys_tidy(d->doctor);
    d->ground = ks_ground_ref(ks_doctor_ground(d->doctor, d->store));
    d->keys = ks_known_keys_new(d->doctor, d->store, c, only, d->job);
    size_t count = d->ground->census->by_kind[KS_KIND_KEY];
    d->effort = effort_for(count);
    d->doctor->effort = &d->effort;
    d->facts = (struct ks_facts){.asked = c->purpose,
                                 .hosts = c->hosts,
                                 .host_count = c->host_count,
                                 .candidates = c->candidates,
                                 .store = d->ground->census,
                                 .reference = reference_of(d->doctor, c->reference),
                                 .keys = d->keys,
                                 .picked = count > 1 ? ks_java_picks(d->store) : NULL,
                                 .statuses = c->statuses,
                                 .peer = c->peer};
    if (c->peer && !only)
        d->facts.peer_trust = ks_peer_judge(d->doctor, d->ground->census, c, d->job,
                                            &d->facts.peer_end, &d->out->cut);
}

static void end(struct diagnosing *d)
{
    d->out->cut = d->out->cut || d->effort.cut;
    d->doctor->effort = NULL;
    ks_known_keys_free(d->keys);
    ks_ground_unref(d->ground);
}

static bool is_pem(const struct ks_store *store)
{
    return store->type && strcmp(store->type, "PEM") == 0;
}

/* Of a PEM file all certificates are sent, not only those of the key. */
static void look_at_chain(const struct ks_store *store, const struct ks_entry *entry,
                          const struct ks_chain_look *x, struct ks_chain *out)
{
    ks_chain_look(entry, out);
    if (!is_pem(store) || entry->chain_len == 0)
        return;
    out->present = x->stored_count;
    out->extras = x->stored_count - x->walk_len;
}

static struct ks_look look_of(const struct diagnosing *d, const struct ks_entry *entry,
                              struct ks_facts *facts, const struct ks_chain_look *chain)
{
    int days = d->context->warn_days;
    struct ks_look l = {.store = d->store,
                        .entry = entry,
                        .index = -1,
                        .now = d->context->now,
                        .warn_days = days ? days : KS_WARN_DAYS,
                        .facts = facts};

    *facts = d->facts;
    facts->look = chain;
    facts->purpose = ks_purpose_of(d->context, entry, d->ground->census->by_kind[KS_KIND_KEY] > 0);
    if (chain)
        look_at_chain(d->store, entry, chain, &l.chain);
    return l;
}

/* ---- certificates of an entry ---- */

static void run_cert(struct ks_look *l, const struct ks_cert *cert, int index, size_t at,
                     struct ks_findings *out)
{
    const struct ks_chain_look *x = l->facts->look;

    l->cert = cert;
    l->index = index;
    l->at = at;
    l->faults = x && at != KS_NOWHERE ? x->faults[at] : 0;
    ks_rules_run(l, KS_SCOPE_CERT, out);
    ks_rules_run(l, KS_SCOPE_CERT_DEEP, out);
}

static size_t place_on_walk(const struct ks_chain_look *x, const struct ks_cert *cert)
{
    for (size_t i = 0; x && i < x->walk_len; i++)
        if (x->stored[x->walk[i]] == cert)
            return i;
    return KS_NOWHERE;
}

static bool is_own(const struct ks_entry *e, const struct ks_cert *cert)
{
    for (size_t i = 0; i < e->chain_len && i < CERTS_LOOKED; i++)
        if (&e->chain[i] == cert)
            return true;
    return false;
}

static void run_certs(struct ks_look *l, struct ks_findings *out)
{
    const struct ks_chain_look *x = l->facts->look;
    const struct ks_entry *e = l->entry;
    bool key = e->kind == KS_KIND_KEY;

    for (size_t i = 0; i < e->chain_len && i < CERTS_LOOKED; i++)
        run_cert(l, &e->chain[i], (int)i, key ? place_on_walk(x, &e->chain[i]) : 0, out);
    /* PKCS#12: on the way, and not in Java's chain */
    for (size_t i = 0; x && i < x->walk_len; i++)
        if (!is_own(e, x->stored[x->walk[i]]))
            run_cert(l, x->stored[x->walk[i]], -1, i, out);
}

/* ---- what hides what ---- */

static bool begins_with(const char *id, const char *prefix)
{
    return strncmp(id, prefix, strlen(prefix)) == 0;
}

static bool is_one_of(const char *id, const char *const *ids)
{
    for (; *ids; ids++)
        if (strcmp(id, *ids) == 0)
            return true;
    return false;
}

/* What the certificates of another key say is of no use. */
static bool is_about_certs(const char *id)
{
    static const char *const prefixes[] = {"CHAIN-", "CERT-", "CA-", "SIG-", "KEY-TYPE-"};
    static const char *const others[] = {"KEY-WEAK", "KEY-CLIENT-NO-MATCH", "P12-SURPLUS-BAGS",
                                         "KEY-NO-CERTIFICATE", NULL};

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (begins_with(id, prefixes[i]))
            return true;
    return is_one_of(id, others);
}

static bool is_completeness(const char *id)
{
    static const char *const ids[] = {"CHAIN-MISSING-INTERMEDIATE", "CHAIN-MISSING-ROOT",
                                      "CHAIN-ISSUER-UNKNOWN", NULL};
    return is_one_of(id, ids);
}

static const struct ks_finding *find(const struct ks_findings *f, const char *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].id, id) == 0)
            return &f->items[i];
    return NULL;
}

static void remove_if(struct ks_findings *f, bool (*hidden)(const char *id))
{
    size_t kept = 0;

    for (size_t i = 0; i < f->count; i++) {
        if (hidden(f->items[i].id))
            free(f->items[i].text);
        else
            f->items[kept++] = f->items[i];
    }
    f->count = kept;
}

static void suppress(struct ks_findings *f, bool reply_is_here)
{
    if (find(f, "KEY-CERT-MISMATCH"))
        remove_if(f, is_about_certs);
    if (reply_is_here || find(f, "REPLY-AVAILABLE"))
        remove_if(f, is_completeness);
}

/* ---- a certificate of this key under a name of its own ---- */

static bool judged_misplaced(const struct diagnosing *d, const struct ks_entry *trusted)
{
    struct ks_facts facts;
    struct ks_look l = look_of(d, trusted, &facts, NULL);
    struct ks_findings f = {0};

    ks_rules_run(&l, KS_SCOPE_ENTRY_DEEP, &f);
    const struct ks_finding *found = find(&f, "TRUST-REPLY-MISPLACED");
    bool misplaced = found && found->severity >= KS_WARNING;
    ks_findings_free(&f);
    return misplaced;
}

/* Those of the store come first, in its order. */
static struct ks_slice key_of(const struct diagnosing *d, size_t place)
{
    size_t low = 0, high = d->keys->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct ks_known_key *k = &d->keys->at[mid];
        if (!k->loose && k->place == place)
            return k->bits;
        if (!k->loose && k->place < place)
            low = mid + 1;
        else
            high = mid;
    }
    return ks_slice(NULL, 0);
}

/* `l`: the look at the key. */
static const struct ks_entry *misplaced_reply(const struct diagnosing *d, const struct ks_look *l,
                                              size_t place)
{
    const struct ks_chain_look *x = l->facts->look;
    const struct ks_cert *present = x && x->key != KS_KEY_FOREIGN ? x->stored[x->leaf] : NULL;
    const struct ks_census *census = d->ground->census;
    struct ks_slice bits = key_of(d, place);
    unsigned looked = 0;

    if (l->entry->kind != KS_KIND_KEY || !bits.data)
        return NULL;
    for (size_t i = ks_census_key(census, bits); i != KS_NOWHERE && looked < 64;
         i = ks_index_next(&census->keys, i)) {
        if (census->at[i].entry->kind != KS_KIND_TRUSTED)
            continue;
        looked++;
        if (ks_look_reply_fits(l, census->at[i].cert, present) &&
            judged_misplaced(d, census->at[i].entry))
            return census->at[i].entry;
    }
    return NULL;
}

/* ---- who refuses, and what mends ---- */

/* A fault of an issuer that clients get around. */
static bool is_passed(const struct ks_finding *f, const struct ks_look *l)
{
    static const char *const ids[] = {
        "CHAIN-EXPIRED-INTERMEDIATE", "CHAIN-NOT-YET-VALID", "CA-NOT-CA", "CA-NO-KEYCERTSIGN",
        "CA-PATHLEN", "CA-NAME-CONSTRAINT", "CA-EKU", "SIG-SHA1", "SIG-MD5", "KEY-WEAK",
        "CERT-CRITICAL-UNKNOWN", NULL};
    const struct ks_chain_look *x = l->facts->look;

    if (!x || !x->around.over || !is_one_of(f->id, ids))
        return false;
    return f->cert < 0 || !ks_cert_same(&l->entry->chain[f->cert], x->stored[x->leaf]);
}

/* GnuTLS follows the first issuer that fits; the others search, if they do. */
static unsigned stumbling(const struct ks_around *a)
{
    unsigned openssl = KS_CLIENT_CURL | KS_CLIENT_PYTHON;

    return KS_CLIENT_GNUTLS | (a->java_refuses ? KS_CLIENT_JAVA : 0u) |
           (a->openssl_refuses ? openssl : 0u);
}

/* Milder than the worst that a finding can be: what it says then is only a risk. */
static unsigned rejects_of(const struct ks_finding *f, const struct ks_catalogue *row,
                           const struct ks_look *l)
{
    static const char *const by_case[] = {"CHAIN-OUT-OF-ORDER", "CERT-NO-SAN", NULL};
    bool p12 = l->store->type && begins_with(l->store->type, "PKCS12");

    if (is_one_of(f->id, by_case) && f->severity < KS_ERROR)
        return 0;
    unsigned rejects = ks_refusers_of_finding(l, f, row->rejects);
    if (is_passed(f, l))
        return rejects & stumbling(&l->facts->look->around);
    if (strcmp(f->id, "CHAIN-AKI-MISMATCH") == 0 && p12)
        return KS_CLIENT_ALL;
    return rejects;
}

/* No root is at hand, and yet more than there is: it is added (op/repair_chain.c, put_more()). */
static bool goes_further(const struct ks_chain_look *x)
{
    return x->end == KS_END_MISSING && !x->cut && x->best.len + 1 > x->walk_len &&
           x->best.kept + 1 >= x->walk_len;
}

#define JAVA_CHAIN_MAX 10 /* jdk.tls.maxCertificateChainLength */

/* A repair needs something to repair with. */
static enum ks_remedy remedy_of(const struct ks_finding *f, const struct ks_catalogue *row,
                                const struct ks_chain_look *x)
{
    static const char *const by_path[] = {"CHAIN-MISSING-INTERMEDIATE", "CHAIN-WRONG-ISSUER",
                                          "CHAIN-LOOP", "CHAIN-MISSING-ROOT", NULL};
    static const char *const by_other[] = {"CHAIN-EXPIRED-INTERMEDIATE", "CHAIN-EXPIRED-ROOT",
                                           "CHAIN-NOT-YET-VALID", "CHAIN-AKI-MISMATCH", NULL};

    if (!x || row->remedy != KS_REMEDY_REPAIR)
        return row->remedy;
    if (is_one_of(f->id, by_path) && !x->best.complete)
        return strcmp(f->id, "CHAIN-MISSING-INTERMEDIATE") == 0 && goes_further(x)
                   ? KS_REMEDY_REPAIR
                   : KS_REMEDY_CHOICE;
    if (is_one_of(f->id, by_other) && (!x->best.complete || x->best.faults > 0))
        return KS_REMEDY_NONE;
    /* Of a chain that stays incomplete nothing is taken away. */
    if (strcmp(f->id, "CHAIN-UNRELATED-CERT") == 0 && x->end == KS_END_MISSING && !x->best.complete)
        return KS_REMEDY_NONE;
    /* What leads to the root is too long itself. */
    if (strcmp(f->id, "CHAIN-TOO-LONG") == 0 && x->best.len + 1 > JAVA_CHAIN_MAX)
        return KS_REMEDY_NONE;
    return row->remedy;
}

/* What is wrong with the certificate of a key whose better one is at hand goes with it. */
static bool goes_with_reply(const struct ks_finding *f, const struct ks_look *l, bool reply)
{
    static const char *const ids[] = {"CERT-SELF-SIGNED", "CERT-EXPIRED", "CERT-NOT-YET-VALID",
                                      "KEY-CERT-MISMATCH", NULL};

    return reply && l->entry && l->entry->kind == KS_KIND_KEY && f->severity >= KS_WARNING &&
           is_one_of(f->id, ids);
}

static void take(struct diagnosing *d, struct ks_findings *f, const struct ks_look *l, size_t place)
{
    /* A repair mends chains; these are of the file. */
    static const char *const of_file[] = {"CHAIN-OUT-OF-ORDER", "CHAIN-DUPLICATE-CERT",
                                          "CHAIN-UNRELATED-CERT", NULL};
    bool reply = l->facts->reply || find(f, "REPLY-AVAILABLE");

    for (size_t i = 0; i < f->count; i++) {
        const struct ks_catalogue *row = ks_catalogue_of(f->items[i].id);
        struct ks_diagnosed item = {.found = f->items[i], .entry = l->entry, .place = place};
        if (row) {
            item.rejects = rejects_of(&f->items[i], row, l);
            item.remedy = remedy_of(&f->items[i], row, l->facts->look);
            if (goes_with_reply(&f->items[i], l, reply))
                item.remedy = KS_REMEDY_REPAIR;
            if (strcmp(f->items[i].id, "TRUST-REPLY-MISPLACED") == 0 && ks_look_reply_differs(l))
                item.remedy = KS_REMEDY_CHOICE;
            if (is_pem(l->store) && is_one_of(f->items[i].id, of_file))
                item.remedy = KS_REMEDY_NONE;
            if (ks_store_is_damaged(l->store) && item.remedy != KS_REMEDY_OTHER)
                item.remedy = KS_REMEDY_NONE; /* it is not repaired: op/repair.h */
        }
        put(d->out, &item);
    }
    f->count = 0; /* the texts have moved */
    ks_findings_free(f);
}

/* Worst first; equal ones keep the table's order. */
static void sort(struct ks_findings *f)
{
    for (size_t i = 1; i < f->count; i++) {
        struct ks_finding item = f->items[i];
        size_t at = i;
        for (; at > 0 && f->items[at - 1].severity < item.severity; at--)
            f->items[at] = f->items[at - 1];
        f->items[at] = item;
    }
}

/* ---- store and entries ---- */

static void diagnose_store(struct diagnosing *d)
{
    struct ks_facts facts;
    struct ks_look l = look_of(d, NULL, &facts, NULL);
    struct ks_findings f = {0};

    ks_rules_run(&l, KS_SCOPE_STORE, &f);
    ks_rules_run(&l, KS_SCOPE_STORE_DEEP, &f);
    sort(&f);
    take(d, &f, &l, SIZE_MAX);
}

static bool is_other_than_order(const char *id)
{
    return strcmp(id, "CHAIN-OUT-OF-ORDER") != 0;
}

/* A file without its key: nothing but the order counts, if its certificates are one chain. */
static void judge_order(const struct diagnosing *d, const struct ks_entry *entry,
                        const struct ks_chain_look *x, struct ks_findings *f)
{
    struct ks_facts facts;
    struct ks_look l = look_of(d, entry, &facts, x);

    if (x->walk_len < x->stored_count)
        return;
    ks_rules_run(&l, KS_SCOPE_ENTRY, f);
    remove_if(f, is_other_than_order);
}

static void diagnose_entry(struct diagnosing *d, size_t place)
{
    const struct ks_entry *entry = ks_store_entry(d->store, place);
    struct ks_facts facts;
    struct ks_chain_look chain;
    struct ks_findings f = {0};
    bool has_chain = ks_examine(d->doctor, d->store, entry, d->context, d->job, &chain);
    bool key = entry->kind == KS_KIND_KEY;
    struct ks_look l = look_of(d, entry, &facts, has_chain && key ? &chain : NULL);

    if (has_chain && !key)
        judge_order(d, entry, &chain, &f);
    facts.reply = misplaced_reply(d, &l, place);
    ks_rules_run(&l, KS_SCOPE_ENTRY, &f);
    ks_rules_run(&l, KS_SCOPE_ENTRY_DEEP, &f);
    run_certs(&l, &f);
    suppress(&f, facts.reply != NULL);
    sort(&f);
    take(d, &f, &l, place);
    d->out->cut = d->out->cut || (has_chain && chain.cut);
    if (has_chain)
        ks_chain_look_drop(&chain);
}

/* All entries, or the one at `only`. */
static enum ks_code diagnose(struct diagnosing *d, size_t only, struct ks_error *err)
{
    size_t count = ks_store_count(d->store);
    bool go_on = true;

    ks_job_phase(d->job, "checking entries", only == KS_NOWHERE ? count : 1);
    begin(d, only == KS_NOWHERE ? NULL : ks_store_entry(d->store, only));
    if (only == KS_NOWHERE)
        diagnose_store(d);
    else
        diagnose_entry(d, only);
    for (size_t i = 0; only == KS_NOWHERE && i < count && go_on; i++) {
        diagnose_entry(d, i);
        go_on = ks_job_advance(d->job, i + 1);
    }
    go_on = go_on && !ks_job_stopped(d->job);
    end(d);
    count_severities(d->out);
    if (go_on)
        return KS_OK;
    ks_diagnosis_drop(d->out);
    return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "the diagnosis was stopped");
}

/* What deriving keys costs is summed in a job. */
static enum ks_code diagnose_in_job(struct diagnosing *d, size_t only, struct ks_error *err)
{
    struct ks_job *own = d->job ? NULL : ks_job_new();

    d->job = own ? own : d->job;
    enum ks_code rc = diagnose(d, only, err);
    ks_job_free(own);
    return rc;
}

enum ks_code ks_diagnose(struct ks_doctor *doctor, const struct ks_store *store,
                         const struct ks_context *context, struct ks_job *job,
                         struct ks_diagnosis *out, struct ks_error *err)
{
    struct diagnosing d = {
        .doctor = doctor, .store = store, .context = context, .job = job, .out = out};

    *out = (struct ks_diagnosis){0};
    return diagnose_in_job(&d, KS_NOWHERE, err);
}

static size_t place_of(const struct ks_store *store, const struct ks_entry *entry)
{
    for (size_t i = 0; i < ks_store_count(store); i++)
        if (ks_store_entry(store, i) == entry)
            return i;
    return KS_NOWHERE;
}

enum ks_code ks_diagnose_entry(struct ks_doctor *doctor, const struct ks_store *store,
                               const struct ks_entry *entry, const struct ks_context *context,
                               struct ks_job *job, struct ks_diagnosis *out, struct ks_error *err)
{
    struct diagnosing d = {
        .doctor = doctor, .store = store, .context = context, .job = job, .out = out};
    size_t place = place_of(store, entry);

    *out = (struct ks_diagnosis){0};
    return place == KS_NOWHERE ? KS_OK : diagnose_in_job(&d, place, err);
}
