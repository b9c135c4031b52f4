/*
 * What the doctor says of chains: exactly these findings, and exactly this better chain. Each case
 * is a real JKS or PKCS#12 file with a real key. Certificates are known by short names.
 */
#include "doctor/doctor.h"

#include "chain/catalogue.h"

#include "op_store.h"

#include <openssl/param_build.h>
#include <stdio.h>
#include <time.h>

#define HOST "app.example"
#define PASSWORD "changeit"
#define CERTS_MAX 96

/* ---- certificates by name ---- */

#define LEAF .cn = HOST, .san = "DNS:" HOST, .purpose = "serverAuth"

static const struct recipe {
    const char *name;
    struct make_cert cert;
    bool altered; /* a bit of the signature is flipped */
} recipes[] = {
    {"R", {.cn = "Root", .ca = true}, false},
    {"I", {.cn = "Issuing", .issuer = "Root", .ca = true}, false},
    {"L", {LEAF, .issuer = "Issuing"}, false},
    {"LR", {LEAF, .issuer = "Root"}, false},
    {"X", {.cn = "Other Root", .ca = true}, false},
    /* deeper */
    {"I2", {.cn = "Sub", .issuer = "Issuing", .ca = true}, false},
    {"I3", {.cn = "Subsub", .issuer = "Sub", .ca = true}, false},
    {"L2", {LEAF, .issuer = "Sub"}, false},
    {"L3", {LEAF, .issuer = "Subsub"}, false},
    /* of the same name, with another key */
    {"I'", {.cn = "Issuing", .issuer = "Root", .ca = true}, false},
    {"R'", {.cn = "Root", .ca = true}, false},
    /* damaged; a key id that is wrong */
    {"L!", {LEAF, .issuer = "Issuing"}, true},
    {"R!", {.cn = "Root", .ca = true}, true},
    {"Lid", {LEAF, .issuer = "Issuing", .wrong_aki = true}, false},
    /* two CAs that certify each other, and a way out */
    {"A(B)", {.cn = "A", .issuer = "B", .ca = true}, false},
    {"B(A)", {.cn = "B", .issuer = "A", .ca = true}, false},
    {"A(R)", {.cn = "A", .issuer = "Root", .ca = true}, false},
    {"LA", {LEAF, .issuer = "A"}, false},
    /* dates */
    {"Iold", {.cn = "Issuing", .issuer = "Root", .ca = true, .to = "2026-01-01", .serial = 2}, false},
    {"Ilater", {.cn = "Issuing", .issuer = "Root", .ca = true, .from = "2026-06-01", .serial = 3}, false},
    {"Inoca", {.cn = "Issuing", .issuer = "Root", .basic = true, .serial = 4}, false},
    {"Ieku", {.cn = "Issuing", .issuer = "Root", .ca = true, .purpose = "clientAuth", .serial = 6}, false},
    {"Isha1", {.cn = "Issuing", .issuer = "Root", .ca = true, .digest = "SHA1", .serial = 5}, false},
    {"Rold", {.cn = "Root", .ca = true, .to = "2026-01-01", .serial = 2}, false},
    {"Xold", {.cn = "Other Root", .ca = true, .to = "2026-01-01", .serial = 2}, false},
    /* cross certificates */
    {"I(X)", {.cn = "Issuing", .issuer = "Other Root", .ca = true, .to = "2029-01-01"}, false},
    {"R(X)", {.cn = "Root", .issuer = "Other Root", .ca = true}, false},
    {"X(R)", {.cn = "Other Root", .issuer = "Root", .ca = true}, false},
    /* written differently */
    {"I~", {.cn = "ISSUING", .issuer = "root", .ca = true}, false},
    {"R~", {.cn = "Root", .string_type = V_ASN1_PRINTABLESTRING, .ca = true, .serial = 4}, false},
    {"L~", {LEAF, .issuer = "issuing "}, false},
    /* another key and what belongs to it */
    {"K", {LEAF, .issuer = "Issuing"}, false},
    {"S", {LEAF}, false},
    {"Lurl", {LEAF, .issuer = "Issuing", .access = "caIssuers;URI:http://ca.example/i.crt"}, false},
    {"Lold", {LEAF, .issuer = "Issuing", .to = "2026-01-01", .serial = 5}, false},
    /* a CA's own */
    {"X1", {.cn = "X1", .ca = true}, false},
    {"X2", {.cn = "X2", .ca = true}, false},
    {"X3", {.cn = "X3", .ca = true}, false},
    {"X4", {.cn = "X4", .ca = true}, false},
    {"X5", {.cn = "X5", .ca = true}, false},
    {"X6", {.cn = "X6", .ca = true}, false},
    {"X7", {.cn = "X7", .ca = true}, false},
    {"X8", {.cn = "X8", .ca = true}, false},
    {"X9", {.cn = "X9", .ca = true}, false},
};

/* Keys of names that are not the common name's. */
static const struct {
    const char *name, *key, *signer;
} keys[] = {
    {"I'", "another Issuing", "Root"}, {"R'", "another Root", "another Root"},
    {"I~", "Issuing", "Root"},         {"L~", HOST, "Issuing"},
    {"K", "another leaf", "Issuing"},
};

#define RECIPES (sizeof recipes / sizeof recipes[0])

static struct {
    struct ks_blob *blob;
    struct ks_cert cert;
} made[RECIPES];

static size_t recipe_of(const char *name, size_t len)
{
    for (size_t i = 0; i < RECIPES; i++)
        if (strlen(recipes[i].name) == len && strncmp(recipes[i].name, name, len) == 0)
            return i;
    fail_msg("no certificate %.*s", (int)len, name);
    return 0;
}

static struct ks_blob *altered(struct ks_blob *blob)
{
    struct ks_buf copy = KS_BUF_INIT;
    ks_buf_slice(&copy, ks_blob_slice(blob));
    copy.data[copy.len - 1] ^= 1;
    struct ks_blob *out = ks_blob_copy(ks_slice(copy.data, copy.len));
    ks_buf_free(&copy);
    ks_blob_unref(blob);
    return out;
}

/* The same bytes for the same name. */
static const struct ks_cert *cert(size_t i)
{
    if (made[i].blob)
        return &made[i].cert;
    struct make_cert m = recipes[i].cert;
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
        if (strcmp(keys[k].name, recipes[i].name) == 0) {
            m.key = make_key(keys[k].key);
            m.signer = make_key(keys[k].signer);
        }
    made[i].blob = make_cert(&m);
    if (recipes[i].altered)
        made[i].blob = altered(made[i].blob);
    assert_true(ks_cert_skim(ks_blob_slice(made[i].blob), &made[i].cert));
    return &made[i].cert;
}

static const char *name_of(const struct ks_cert *c)
{
    for (size_t i = 0; i < RECIPES; i++)
        if (made[i].blob && ks_slice_equal(ks_cert_der(&made[i].cert), ks_cert_der(c)))
            return recipes[i].name;
    return "?";
}

/* "L I R" */
static size_t certs(const char *names, const struct ks_cert **out)
{
    size_t count = 0;
    for (const char *at = names; at && *at;) {
        size_t len = strcspn(at, " ");
        assert_true(count < CERTS_MAX);
        out[count++] = cert(recipe_of(at, len));
        at += len + (at[len] == ' ');
    }
    return count;
}

static int forget_certs(void **state)
{
    (void)state;
    for (size_t i = 0; i < RECIPES; i++)
        ks_blob_unref(made[i].blob);
    return 0;
}

/* ---- stores ---- */

static void add_key(struct ks_store *s, const char *alias, const char *key, const char *password,
                    const char *names)
{
    const struct ks_cert *list[CERTS_MAX];
    size_t count = certs(names, list);
    op_add_pair(s, alias, key, password, list, count);
}

static void add_trusted(struct ks_store *s, const char *names)
{
    const struct ks_cert *list[CERTS_MAX];
    size_t count = certs(names, list);
    for (size_t i = 0; i < count; i++) {
        char alias[32];
        struct ks_blob *blob = ks_blob_copy(ks_cert_der(list[i]));
        (void)snprintf(alias, sizeof alias, "trusted%zu", i);
        op_add_trusted(s, alias, blob);
        ks_blob_unref(blob);
    }
}

static struct ks_pool *pool_of(const char *names)
{
    const struct ks_cert *list[CERTS_MAX];
    size_t count = certs(names, list);
    struct ks_pool *pool = ks_pool_new();
    for (size_t i = 0; i < count; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = list[i], .rank = 1});
    return pool;
}

/* ---- what the doctor says ---- */

static const char *const hosts[] = {HOST};

static struct ks_context context_of(const struct ks_pool *pool)
{
    return (struct ks_context){.now = MAKE_NOW,
                               .hosts = hosts,
                               .host_count = 1,
                               .candidates = pool,
                               .open_keys = true};
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The ids of errors and warnings, in the order of the alphabet. */
static char *findings_of(const struct ks_diagnosis *d, enum ks_severity least)
{
    const char *ids[64];
    size_t count = 0;
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; i < d->count; i++)
        if (d->at[i].found.severity >= least && count < 64)
            ids[count++] = d->at[i].found.id;
    qsort(ids, count, sizeof *ids, by_text);
    for (size_t i = 0; i < count; i++)
        ks_buf_printf(&out, "%s%s", i ? " " : "", ids[i]);
    return ks_buf_steal(&out);
}

static char *best_of(const struct ks_chain_look *look)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_buf_str(&out, name_of(look->stored[look->leaf]));
    for (size_t i = 0; i < look->best.len; i++)
        ks_buf_printf(&out, " %s", name_of(look->best.at[i]->cert));
    return ks_buf_steal(&out);
}

static const struct ks_diagnosed *found(const struct ks_diagnosis *d, const char *id)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->at[i].found.id, id) == 0)
            return &d->at[i];
    return NULL;
}

struct scene {
    struct ks_doctor *doctor;
    struct ks_store *store;
    struct ks_pool *pool;
    struct ks_context context;
    struct ks_diagnosis found;
};

static void look_at(struct scene *s)
{
    struct ks_error err = {0};
    ks_diagnosis_drop(&s->found);
    if (ks_diagnose(s->doctor, s->store, &s->context, NULL, &s->found, &err) != KS_OK)
        fail_msg("%s", err.what);
}

static struct scene scene_of(const struct ks_format *format, const char *key, const char *stored,
                             const char *trusted, const char *candidates)
{
    struct scene s = {.doctor = ks_doctor_new(), .store = op_store(format, PASSWORD)};
    add_key(s.store, "server", key, PASSWORD, stored);
    add_trusted(s.store, trusted);
    s.store = op_reopened(s.store, PASSWORD);
    s.pool = pool_of(candidates);
    s.context = context_of(s.pool);
    look_at(&s);
    return s;
}

static void drop(struct scene *s)
{
    ks_diagnosis_drop(&s->found);
    ks_store_free(s->store);
    ks_pool_free(s->pool);
    ks_doctor_free(s->doctor);
}

/* ---- the cases ---- */

static const struct {
    const char *label;
    const char *stored;     /* the entry's chain as written */
    const char *trusted;    /* trusted entries of the same store */
    const char *candidates; /* from elsewhere */
    const char *jks;        /* findings of the JKS file; NULL: not made */
    const char *p12;        /* of the PKCS12 file; NULL: not made, "=": the same */
    const char *best;
    const char *key; /* whose; NULL: the leaf's */
} cases[] = {
    {"T1", "L I R", "", "", "", "=", "L I R", NULL},
    {"T2", "L I", "", "R", "", "=", "L I R", NULL},
    {"T3", "L", "", "I R", "CHAIN-MISSING-INTERMEDIATE", "=", "L I R", NULL},
    {"T4", "L", "", "", "CHAIN-ISSUER-UNKNOWN CHAIN-MISSING-INTERMEDIATE", "=", "L", NULL},
    {"T5", "LR", "", "R", "", "=", "LR R", NULL},
    {"T6", "L2 I2", "", "X", "CHAIN-ISSUER-UNKNOWN", "=", "L2 I2", NULL},
    {"T7", "L R", "", "I", "CHAIN-MISSING-INTERMEDIATE", NULL, "L I R", NULL},
    {"T8", "L3", "", "X R I2 I X1 I3 X2", "CHAIN-MISSING-INTERMEDIATE", "=", "L3 I3 I2 I R", NULL},
    {"T9", "R I L", "", "", "CHAIN-OUT-OF-ORDER", NULL, "L I R", NULL},
    {"T10", "L R I", "", "", "CHAIN-OUT-OF-ORDER", NULL, "L I R", NULL},
    {"T11", "L L I R R", "", "", "CHAIN-DUPLICATE-CERT", NULL, "L I R", NULL},
    {"T12", "L I R X", "", "", "CHAIN-UNRELATED-CERT", NULL, "L I R", NULL},
    {"a stranger behind a chain that ends early", "L K", "", "",
     "CHAIN-ISSUER-UNKNOWN CHAIN-MISSING-INTERMEDIATE CHAIN-UNRELATED-CERT", NULL, "L", NULL},
    {"a stranger behind a chain without its root", "L I K", "", "R", "CHAIN-UNRELATED-CERT", NULL,
     "L I R", NULL},
    {"a root that is not the one that is left out", "L I X", "", "R", "CHAIN-UNRELATED-CERT", NULL,
     "L I R", NULL},
    {"a CA that may be above what is missing", "L X", "", "",
     "CHAIN-ISSUER-UNKNOWN CHAIN-MISSING-INTERMEDIATE", NULL, "L", NULL},
    {"a root above what is missing", "L R", "", "",
     "CHAIN-ISSUER-UNKNOWN CHAIN-MISSING-INTERMEDIATE", NULL, "L", NULL},
    {"T13", "X L L R I", "", "",
     "CHAIN-DUPLICATE-CERT CHAIN-OUT-OF-ORDER CHAIN-UNRELATED-CERT", NULL, "L I R", NULL},
    {"T14", "L I' R", "", "I", "CHAIN-WRONG-ISSUER", NULL, "L I R", NULL},
    {"T15", "L I' R", "", "", "CHAIN-WRONG-ISSUER", NULL, "L", NULL},
    {"T16", "L I R'", "", "R", "CHAIN-WRONG-ISSUER", NULL, "L I R", NULL},
    {"T17", "L! I R", "", "", "CHAIN-BROKEN-SIGNATURE", NULL, "L!", NULL},
    {"T18", "Lid I R", "", "", "CHAIN-AKI-MISMATCH", NULL, "Lid I R", NULL},
    {"T19", "Lid I R", "", "", NULL, "CHAIN-AKI-MISMATCH CHAIN-P12-REBUILT", "Lid I R", NULL},
    {"T20", "LA A(B) B(A)", "", "", "CHAIN-LOOP", "=", "LA A(B) B(A)", NULL},
    {"T21", "LA", "", "A(B) A(R) B(A) R", "CHAIN-MISSING-INTERMEDIATE", "=", "LA A(R) R", NULL},
    {"T22", "L Iold R", "", "I", "CHAIN-EXPIRED-INTERMEDIATE", "=", "L I R", NULL},
    {"T23", "L Iold R", "", "", "CHAIN-EXPIRED-INTERMEDIATE", "=", "L Iold R", NULL},
    {"T24", "L I Rold", "", "R", "CHAIN-EXPIRED-ROOT", "=", "L I R", NULL},
    {"T25", "L I(X) Xold", "", "I R", "CHAIN-EXPIRED-ROOT", "=", "L I R", NULL},
    {"T26", "L I R(X)", "", "X R X(R)", "", "=", "L I R(X) X", NULL},
    {"T27", "L", "", "I(X) I R X", "CHAIN-MISSING-INTERMEDIATE", "=", "L I R", NULL},
    {"T29", "L~ I~ R~", "", "", "", "=", "L~ I~ R~", NULL},
    {"T42", "L I R", "", "", "KEY-CERT-MISMATCH", "=", "L I R", "another leaf"},
    {"T42, the reply is at hand", "L I R", "", "K", "KEY-CERT-MISMATCH REPLY-AVAILABLE", "=",
     "L I R", "another leaf"},
    {"T43", "S", "L I R", "", "CERT-SELF-SIGNED TRUST-REPLY-MISPLACED", "=", "S", NULL},
    {"T44", "S", "", "L I R", "CERT-SELF-SIGNED REPLY-AVAILABLE", "=", "S", NULL},
    {"T48", "L", "I R", "", "CHAIN-MISSING-INTERMEDIATE", "", "L I R", NULL},
    {"T53", "L I R X1 X2 X3 X4 X5 X6 X7 X8 X9", "", "", "CHAIN-TOO-LONG CHAIN-UNRELATED-CERT", NULL,
     "L I R", NULL},
    /* an issuer that is not valid yet; a root that was altered */
    {"later", "L Ilater R", "", "I", "CHAIN-NOT-YET-VALID", "=", "L I R", NULL},
    {"altered root", "L I R!", "", "", "CHAIN-BROKEN-SIGNATURE", "=", "L I R!", NULL},
    /* a cross certificate beside the way, one before it, and a CA's key renewed by the old one */
    {"cross", "L I R I(X)", "", "", "", NULL, "L I R", NULL},
    {"cross first", "L I(X) I R", "", "", "", NULL, "L I R", NULL},
    {"one at fault before it, of a root elsewhere", "L Inoca I(X) X", "", "", "CA-NOT-CA", NULL,
     "L I(X) X", NULL},
    {"one that holds before it, of a root elsewhere", "L I I(X) X", "", "", "", NULL, "L I(X) X",
     NULL},
    {"renewed beside expired", "L Iold I R", "", "", "CHAIN-EXPIRED-INTERMEDIATE", NULL, "L I R",
     NULL},
};

/* False, and told, when it is not as wanted: the cases after it are still looked at. */
static bool is(const char *label, const char *format, const char *what, char *got,
               const char *wanted)
{
    bool same = strcmp(got, wanted) == 0;
    if (!same)
        print_error("%s in %s: %s \"%s\", not \"%s\"\n", label, format, what, got, wanted);
    free(got);
    return same;
}

static bool check(size_t i, const struct ks_format *format, const char *wanted)
{
    struct scene s = scene_of(format, cases[i].key ? cases[i].key : HOST, cases[i].stored,
                              cases[i].trusted, cases[i].candidates);
    struct ks_chain_look look;
    bool good = is(cases[i].label, format->name, "found", findings_of(&s.found, KS_WARNING), wanted);
    assert_true(ks_chain_examine(s.doctor, s.store, op_entry(s.store, "server"), &s.context, NULL,
                                 &look));
    good = is(cases[i].label, format->name, "the best is", best_of(&look), cases[i].best) && good;
    ks_chain_look_drop(&look);
    drop(&s);
    return good;
}

static void chains_in_jks_are_judged_as_they_are_stored(void **state)
{
    bool good = true;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (cases[i].jks)
            good = check(i, &ks_format_jks, cases[i].jks) && good;
    assert_true(good);
}

static void chains_in_pkcs12_are_judged_as_java_rebuilds_them(void **state)
{
    bool good = true;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (cases[i].p12)
            good = check(i, &ks_format_pkcs12,
                         cases[i].p12[0] == '=' ? cases[i].jks : cases[i].p12) &&
                   good;
    assert_true(good);
}


/* ---- bounds ---- */

static void put_forged(struct ks_store *s, struct ks_pool *pool, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        EVP_PKEY *key = EVP_EC_gen("prime256v1");
        struct ks_blob *blob =
            make_cert(&(struct make_cert){.cn = "Issuing", .ca = true, .key = key, .no_ids = true});
        struct ks_entry *e = make_entry(KS_KIND_TRUSTED, "forged", 0, 1, blob);
        EVP_PKEY_free(key);
        if (pool)
            ks_pool_add(pool, &(struct ks_pool_cert){.cert = &e->chain[0], .entry = e});
        op_append(s, e);
    }
}

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* T28 */
static void the_issuer_is_found_behind_a_thousand_forged_ones(void **state)
{
    (void)state;
    struct scene s = scene_of(&ks_format_jks, HOST, "L", "", "I R");
    struct ks_store *forged = op_store(&ks_format_jks, PASSWORD);
    struct ks_pool *pool = ks_pool_new();
    const struct ks_cert *list[2];
    put_forged(forged, pool, 1000);
    for (size_t i = 0; i < certs("I R", list); i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = list[i], .rank = 1});
    s.context.candidates = pool;
    double before = seconds();
    look_at(&s);
    assert_true(seconds() - before < 5); /* a quarter of a second without a sanitizer */
    char *got = findings_of(&s.found, KS_WARNING);
    assert_string_equal(got, "CHAIN-MISSING-INTERMEDIATE");
    free(got);
    assert_false(s.found.cut);
    drop(&s);
    ks_pool_free(pool);
    ks_store_free(forged);
}

static void a_search_that_stops_at_its_bounds_says_so(void **state)
{
    (void)state;
    struct ks_store *store = op_store(&ks_format_jks, PASSWORD);
    add_key(store, "server", HOST, PASSWORD, "L");
    put_forged(store, NULL, 2100);
    struct scene s = {.doctor = ks_doctor_new(), .store = store, .pool = pool_of("")};
    s.context = context_of(s.pool);
    look_at(&s);
    assert_true(s.found.cut);
    const struct ks_diagnosed *unknown = found(&s.found, "CHAIN-ISSUER-UNKNOWN");
    assert_non_null(unknown);
    assert_non_null(strstr(unknown->found.text, "before the search stopped at its bounds"));
    drop(&s);
}

/* A key, and certificates of which each issued the one before; the last is a root. */
static struct scene scene_of_length(size_t count, struct ks_blob **blobs)
{
    struct ks_cert chain[80];
    char names[80][32];
    struct scene s = {.doctor = ks_doctor_new(), .store = op_store(&ks_format_jks, PASSWORD)};
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8(HOST)};
    struct ks_entry *sealed = op_sealed(s.store, "server", &m, PASSWORD, NULL);
    struct ks_entry_draft d = ks_entry_draft_of(sealed);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof names[i], "level%zu", i + 1);
        bool root = i + 1 == count;
        blobs[i] = make_cert(&(struct make_cert){.cn = i ? names[i - 1] : HOST,
                                                 .issuer = root ? NULL : names[i],
                                                 .san = i ? NULL : "DNS:" HOST,
                                                 .ca = i > 0});
        assert_true(ks_cert_skim(ks_blob_slice(blobs[i]), &chain[i]));
    }
    d.chain = chain;
    d.chain_len = count;
    op_append(s.store, ks_entry_new(&d));
    ks_entry_unref(sealed);
    s.context = context_of(NULL);
    look_at(&s);
    return s;
}

static void a_chain_beyond_all_bounds_is_not_called_incomplete(void **state)
{
    (void)state;
    struct ks_blob *blobs[80];
    for (size_t count = 17; count <= 24; count += 7) {
        struct scene s = scene_of_length(count, blobs);
        assert_true(s.found.cut);
        assert_non_null(found(&s.found, "CHAIN-TOO-LONG"));
        assert_null(found(&s.found, "CHAIN-ISSUER-UNKNOWN"));
        assert_null(found(&s.found, "CHAIN-MISSING-ROOT"));
        assert_null(found(&s.found, "CHAIN-MISSING-INTERMEDIATE"));
        assert_null(found(&s.found, "CHAIN-ALTERNATE-PATH"));
        drop(&s);
        for (size_t i = 0; i < count; i++)
            ks_blob_unref(blobs[i]);
    }
}

static void a_repair_makes_no_sound_chain_shorter(void **state)
{
    (void)state;
    struct ks_blob *blobs[80];
    struct scene s = scene_of_length(11, blobs);
    assert_int_equal(found(&s.found, "CHAIN-TOO-LONG")->remedy, KS_REMEDY_NONE);
    drop(&s);
    for (size_t i = 0; i < 11; i++)
        ks_blob_unref(blobs[i]);
    s = scene_of(&ks_format_jks, HOST, "L I R X1 X2 X3 X4 X5 X6 X7 X8 X9", "", "");
    assert_int_equal(found(&s.found, "CHAIN-TOO-LONG")->remedy, KS_REMEDY_REPAIR);
    drop(&s);
}

static void a_signature_is_verified_once(void **state)
{
    (void)state;
    struct ks_signatures *known = ks_signatures_new();
    const struct ks_cert *list[3];
    struct ks_effort effort = {.left = 2, .asks = 9};
    assert_int_equal(certs("L I R", list), 3);
    assert_int_equal(ks_signatures_edge(known, list[0], list[1], &effort), KS_VERDICT_GOOD);
    assert_int_equal(ks_signatures_edge(known, list[0], list[1], &effort), KS_VERDICT_GOOD);
    assert_int_equal(effort.left, 1);
    assert_int_equal(ks_signatures_edge(known, list[0], list[2], &effort), KS_VERDICT_BAD);
    assert_int_equal(effort.left, 1); /* the names do not fit */
    assert_int_equal(ks_signatures_edge(known, list[1], list[2], &effort), KS_VERDICT_GOOD);
    assert_int_equal(ks_signatures_edge(known, list[2], list[2], &effort), KS_VERDICT_BAD);
    assert_true(effort.cut);
    ks_signatures_free(known);
}

/* The key is taken. */
static struct ks_buf public_of(EVP_PKEY *key)
{
    struct ks_buf out = KS_BUF_INIT;
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    assert_true(len > 0);
    ks_buf_append(&out, der, (size_t)len);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    return out;
}

/* All bits of the modulus and of the exponent are set. */
static EVP_PKEY *rsa_of(int octets, int exponent_octets)
{
    uint8_t ones[2048];
    EVP_PKEY *key = NULL;
    memset(ones, 0xff, sizeof ones);
    BIGNUM *n = BN_bin2bn(ones, octets, NULL), *e = BN_bin2bn(ones, exponent_octets, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    assert_true(OSSL_PARAM_BLD_push_BN(build, "n", n) && OSSL_PARAM_BLD_push_BN(build, "e", e));
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_true(EVP_PKEY_fromdata_init(ctx) > 0 &&
                EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return key;
}

static void a_key_that_takes_more_time_costs_more(void **state)
{
    const struct {
        EVP_PKEY *key;
        size_t cost;
    } rows[] = {{EVP_EC_gen("P-256"), 1},
                {EVP_EC_gen("P-384"), 3},
                {EVP_EC_gen("P-521"), 8},
                {EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), 1},
                {rsa_of(256, 3), 1},
                {rsa_of(512, 3), 1},
                {rsa_of(1024, 3), 6},
                {rsa_of(2048, 8), 64},
                {rsa_of(384, 384), 108}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_buf spki = public_of(rows[i].key);
        assert_int_equal(ks_spki_cost(ks_slice(spki.data, spki.len)), rows[i].cost);
        ks_buf_free(&spki);
    }
    assert_int_equal(ks_spki_cost(ks_slice(NULL, 0)), 1);
}

static void a_signature_that_costs_too_much_is_not_verified(void **state)
{
    (void)state;
    struct ks_signatures *known = ks_signatures_new();
    struct ks_buf large = public_of(rsa_of(2048, 8));
    struct ks_slice spki = ks_slice(large.data, large.len);
    struct ks_effort effort = {.left = 70, .asks = 9};
    const struct ks_cert *list[2];
    assert_int_equal(certs("L I", list), 2);
    (void)ks_signatures_verify(known, list[0], spki, &effort);
    assert_int_equal(effort.left, 6);
    (void)ks_signatures_verify(known, list[0], spki, &effort); /* it is known */
    assert_false(effort.cut);
    assert_int_equal(ks_signatures_verify(known, list[1], spki, &effort), KS_VERDICT_BAD);
    assert_int_equal(effort.left, 6);
    assert_true(effort.cut);
    ks_signatures_free(known);
    ks_buf_free(&large);
}

static void a_diagnosis_can_be_cancelled(void **state)
{
    (void)state;
    struct scene s = scene_of(&ks_format_jks, HOST, "L I R", "", "");
    struct ks_diagnosis d = {0};
    struct ks_error err = {0};
    struct ks_job *job = ks_job_new();
    ks_job_cancel(job);
    assert_int_equal(ks_diagnose(s.doctor, s.store, &s.context, job, &d, &err), KS_ERR_CANCELLED);
    assert_int_equal(d.count, 0);
    ks_job_free(job);
    drop(&s);
}

/* ---- what it is worth, and to whom ---- */

static enum ks_severity severity_of(const char *stored, const char *candidates, const char *id)
{
    struct scene s = scene_of(&ks_format_jks, HOST, stored, "", candidates);
    const struct ks_diagnosed *d = found(&s.found, id);
    enum ks_severity severity = d ? d->found.severity : KS_FINE;
    drop(&s);
    return severity;
}

static void severities_are_those_of_the_catalogue(void **state)
{
    (void)state;
    assert_int_equal(severity_of("R I L", "", "CHAIN-OUT-OF-ORDER"), KS_ERROR);
    assert_int_equal(severity_of("L R I", "", "CHAIN-OUT-OF-ORDER"), KS_WARNING);
    assert_int_equal(severity_of("L I", "R", "CHAIN-MISSING-ROOT"), KS_NOTE);
    assert_int_equal(severity_of("L I", "", "CHAIN-MISSING-ROOT"), KS_FINE);
    assert_int_equal(severity_of("L I", "", "CHAIN-ISSUER-UNKNOWN"), KS_WARNING);
    assert_int_equal(severity_of("L I R", "I(X) X", "CHAIN-ALTERNATE-PATH"), KS_NOTE);
    assert_int_equal(severity_of("L I R I(X)", "", "CHAIN-ALTERNATE-PATH"), KS_NOTE);
    assert_int_equal(severity_of("L I R", "", "CHAIN-ALTERNATE-PATH"), KS_FINE);
    assert_int_equal(severity_of("L I R", "", "STORE-LEGACY-FORMAT"), KS_NOTE);
}

/* An issuer at fault that clients get around; observed with JDK 17, OpenSSL 3.0 and GnuTLS 3.7. */
static const struct {
    const struct ks_format *format;
    const char *stored, *id;
    enum ks_severity severity;
    unsigned rejects;
    const char *said, *not_said; /* NULL: nothing is asked */
} ways_around[] = {
    {&ks_format_jks, "L Iold I R", "CHAIN-EXPIRED-INTERMEDIATE", KS_WARNING,
     KS_CLIENT_GNUTLS, "another way without such a fault, over 'Issuing' (until 2030-01-01) to 'Root': clients that "
     "search for a way take it, and those that follow the chain as it is sent refuse (GnuTLS). ksx repair",
     "Nothing that it signed"},
    {&ks_format_jks, "L Iold R I", "CHAIN-EXPIRED-INTERMEDIATE", KS_ERROR,
     KS_CLIENT_GNUTLS | KS_CLIENT_JAVA, "(GnuTLS, and here Java)", "OpenSSL"},
    {&ks_format_jks, "L I(X) Iold R", "CHAIN-EXPIRED-INTERMEDIATE", KS_WARNING,
     KS_CLIENT_GNUTLS, "issued by 'Other Root': clients that trust that CA", "ksx repair"},
    {&ks_format_jks, "L Inoca R I(X)", "CA-NOT-CA", KS_ERROR,
     KS_CLIENT_GNUTLS | KS_CLIENT_CURL | KS_CLIENT_PYTHON, "refuses. Here that is OpenSSL, too.", "ksx repair"},
    {&ks_format_jks, "L I(X) R Inoca", "CA-NOT-CA", KS_WARNING,
     KS_CLIENT_GNUTLS, "issued by 'Other Root'", "Here that is"},
    /* the first issuer that fits leads nowhere, and counts all the same */
    {&ks_format_jks, "L Inoca I(X) X", "CA-NOT-CA", KS_ERROR,
     KS_CLIENT_GNUTLS | KS_CLIENT_CURL | KS_CLIENT_PYTHON, "to 'Other Root': clients that search", NULL},
    {&ks_format_jks, "L Ieku I(X) X", "CA-EKU", KS_ERROR,
     KS_CLIENT_GNUTLS | KS_CLIENT_CURL | KS_CLIENT_PYTHON, "here OpenSSL", NULL},
    {&ks_format_jks, "LA A(B) B(A)", "CHAIN-LOOP", KS_WARNING, 0, "trust one of them take it", NULL},
    {&ks_format_pkcs12, "LA A(B) B(A)", "CHAIN-LOOP", KS_WARNING, 0, "trust one of them take it", NULL},
    {&ks_format_jks, "L Ilater I R", "CHAIN-NOT-YET-VALID", KS_WARNING,
     KS_CLIENT_GNUTLS, "another way", NULL},
    {&ks_format_jks, "L Inoca I R", "CA-NOT-CA", KS_ERROR,
     KS_CLIENT_GNUTLS | KS_CLIENT_CURL | KS_CLIENT_PYTHON, "(GnuTLS, and here OpenSSL)", NULL},
    {&ks_format_jks, "L Inoca R I", "CA-NOT-CA", KS_ERROR,
     KS_CLIENT_GNUTLS | KS_CLIENT_JAVA | KS_CLIENT_CURL | KS_CLIENT_PYTHON, "(GnuTLS, and here Java and OpenSSL)", NULL},
    {&ks_format_jks, "L Isha1 I R", "SIG-SHA1", KS_ERROR,
     KS_CLIENT_GNUTLS | KS_CLIENT_CURL | KS_CLIENT_PYTHON, "here OpenSSL)", "Ask the CA"},
    {&ks_format_jks, "L Iold R", "CHAIN-EXPIRED-INTERMEDIATE", KS_ERROR,
     KS_CLIENT_ALL, "Nothing that it signed",
     "another way"},
    {&ks_format_jks, "L Iold Inoca R", "CHAIN-EXPIRED-INTERMEDIATE", KS_ERROR,
     KS_CLIENT_ALL, NULL, "another way"},
    {&ks_format_pkcs12, "L Iold I R", "CHAIN-EXPIRED-INTERMEDIATE", KS_ERROR,
     KS_CLIENT_ALL, NULL, "another way"},
};

static void a_fault_that_clients_get_around_is_a_warning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways_around / sizeof ways_around[0]; i++) {
        const char *stored = ways_around[i].stored;
        struct scene s = scene_of(ways_around[i].format, HOST, stored, "", "");
        const struct ks_diagnosed *d = found(&s.found, ways_around[i].id);
        if (!d)
            fail_msg("%s: no %s", stored, ways_around[i].id);
        if (d->found.severity != ways_around[i].severity)
            fail_msg("%s: %s is %s: %s", stored, ways_around[i].id,
                     ks_severity_word(d->found.severity), d->found.text);
        if (d->rejects != ways_around[i].rejects)
            fail_msg("%s: %s is refused by %x", stored, ways_around[i].id, d->rejects);
        if (ways_around[i].said && !strstr(d->found.text, ways_around[i].said))
            fail_msg("%s: \"%s\" is not in: %s", stored, ways_around[i].said, d->found.text);
        if (ways_around[i].not_said && strstr(d->found.text, ways_around[i].not_said))
            fail_msg("%s: \"%s\" is in: %s", stored, ways_around[i].not_said, d->found.text);
        drop(&s);
    }
}

static const struct ks_diagnosed *only(const struct scene *s, const char *id)
{
    const struct ks_diagnosed *d = found(&s->found, id);
    if (!d)
        fail_msg("no %s", id);
    return d;
}

static void a_repair_is_offered_where_there_is_something_to_repair_with(void **state)
{
    (void)state;
    struct scene s = scene_of(&ks_format_jks, HOST, "L", "", "I R");
    assert_int_equal(only(&s, "CHAIN-MISSING-INTERMEDIATE")->remedy, KS_REMEDY_REPAIR);
    assert_int_equal(only(&s, "CHAIN-MISSING-INTERMEDIATE")->rejects & KS_CLIENT_ALL,
                     KS_CLIENT_ALL);
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "L", "", "");
    assert_int_equal(only(&s, "CHAIN-MISSING-INTERMEDIATE")->remedy, KS_REMEDY_CHOICE);
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "L R I", "", "");
    assert_int_equal(only(&s, "CHAIN-OUT-OF-ORDER")->rejects, 0);
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "R I L", "", "");
    assert_int_not_equal(only(&s, "CHAIN-OUT-OF-ORDER")->rejects, 0);
    drop(&s);
}

/* The finding of the old certificate is mended by the reply, wherever that is. */
static void an_old_certificate_is_mended_by_the_reply_that_is_here(void **state)
{
    (void)state;
    struct scene s = scene_of(&ks_format_jks, HOST, "S", "L I R", "");
    assert_int_equal(only(&s, "CERT-SELF-SIGNED")->remedy, KS_REMEDY_REPAIR);
    assert_non_null(strstr(only(&s, "CERT-SELF-SIGNED")->found.text, "is here as 'trusted0': ksx "
                                                                     "repair (r) moves it"));
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "Lold I R", "", "L");
    assert_int_equal(only(&s, "CERT-EXPIRED")->remedy, KS_REMEDY_REPAIR);
    assert_non_null(strstr(only(&s, "CERT-EXPIRED")->found.text, "is at hand: ksx repair"));
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "S", "I R", "K");
    assert_int_equal(only(&s, "CERT-SELF-SIGNED")->remedy, KS_REMEDY_OTHER);
    assert_null(strstr(only(&s, "CERT-SELF-SIGNED")->found.text, "ksx repair"));
    drop(&s);
}

static void findings_say_which_certificate_and_quote_the_evidence(void **state)
{
    (void)state;
    struct scene s = scene_of(&ks_format_jks, HOST, "L I' R", "", "I");
    const struct ks_diagnosed *d = only(&s, "CHAIN-WRONG-ISSUER");
    assert_int_equal(d->found.cert, 1);
    assert_int_equal(d->place, 0);
    assert_non_null(strstr(d->found.text, "'Issuing' has the name of the issuer of 'app.example'"));
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "L I Rold", "", "");
    assert_int_equal(only(&s, "CHAIN-EXPIRED-ROOT")->found.cert, 2);
    drop(&s);
}

static bool says(struct scene *s, const char *id, const char *words)
{
    return strstr(only(s, id)->found.text, words) != NULL;
}

static void a_chain_that_lacks_its_root_alone_says_that_all_may_be_well(void **state)
{
    (void)state;
    struct scene s = scene_of(&ks_format_jks, HOST, "L I", "", "");
    assert_true(says(&s, "CHAIN-ISSUER-UNKNOWN", "Most likely that is the root"));
    assert_true(says(&s, "CHAIN-ISSUER-UNKNOWN", "--system"));
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "L I", "", "R"); /* and with the root there is nothing left */
    assert_null(found(&s.found, "CHAIN-ISSUER-UNKNOWN"));
    assert_int_equal(only(&s, "CHAIN-MISSING-ROOT")->found.severity, KS_NOTE);
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "L", "", "");
    assert_false(says(&s, "CHAIN-ISSUER-UNKNOWN", "Most likely"));
    drop(&s);
}

static void where_the_issuer_is_published_is_said_when_the_certificate_says_it(void **state)
{
    (void)state;
    struct scene s = scene_of(&ks_format_jks, HOST, "Lurl", "", "");
    assert_true(says(&s, "CHAIN-MISSING-INTERMEDIATE", "publishes it at http://ca.example/i.crt"));
    assert_true(says(&s, "CHAIN-ISSUER-UNKNOWN", "publishes it at http://ca.example/i.crt"));
    drop(&s);
    s = scene_of(&ks_format_jks, HOST, "L", "", "");
    assert_false(says(&s, "CHAIN-MISSING-INTERMEDIATE", "publishes"));
    assert_false(says(&s, "CHAIN-ISSUER-UNKNOWN", "publishes"));
    drop(&s);
}

/* ---- keys ---- */

static enum ks_key_state key_state(struct scene *s, size_t *leaf)
{
    struct ks_chain_look look;
    assert_true(ks_chain_examine(s->doctor, s->store, op_entry(s->store, "server"), &s->context,
                                 NULL, &look));
    enum ks_key_state state = look.key;
    *leaf = look.leaf;
    ks_chain_look_drop(&look);
    return state;
}

static void the_key_tells_which_certificate_is_the_leaf(void **state)
{
    (void)state;
    size_t leaf;
    struct scene s = scene_of(&ks_format_jks, HOST, "X R I L", "", "");
    assert_int_equal(key_state(&s, &leaf), KS_KEY_FITS);
    assert_int_equal(leaf, 3);
    s.context.open_keys = false;
    assert_int_equal(key_state(&s, &leaf), KS_KEY_UNTRIED);
    assert_int_equal(leaf, 0);
    drop(&s);
    s = scene_of(&ks_format_jks, "another leaf", "L I R", "", "");
    assert_int_equal(key_state(&s, &leaf), KS_KEY_FOREIGN);
    drop(&s);
}

/* One that issued another one of the chain is not the key's. */
static void the_leaf_is_guessed_while_the_key_is_closed(void **state)
{
    (void)state;
    size_t leaf;
    struct scene s = scene_of(&ks_format_jks, HOST, "R I L", "", "");
    s.context.open_keys = false;
    assert_int_equal(key_state(&s, &leaf), KS_KEY_UNTRIED);
    assert_int_equal(leaf, 2);
    look_at(&s);
    char *got = findings_of(&s.found, KS_WARNING);
    assert_string_equal(got, "CHAIN-OUT-OF-ORDER");
    free(got);
    drop(&s);
}

static void a_key_under_another_password_is_not_called_foreign(void **state)
{
    (void)state;
    size_t leaf;
    struct scene s = {.doctor = ks_doctor_new(), .store = op_store(&ks_format_jks, PASSWORD)};
    add_key(s.store, "server", "another leaf", "its own", "L I R");
    s.store = op_reopened(s.store, PASSWORD);
    s.pool = pool_of("");
    s.context = context_of(s.pool);
    assert_int_equal(key_state(&s, &leaf), KS_KEY_OTHER_PASSWORD);
    look_at(&s);
    char *got = findings_of(&s.found, KS_WARNING);
    assert_string_equal(got, "STORE-KEYPASS-DIFFERS");
    free(got);
    drop(&s);
}

/* ---- PKCS#12 ---- */

/* OpenSSL compares public halves: both of these are that of the certificate. */
static void a_torn_key_is_damaged_and_fits_nothing(void **state)
{
    (void)state;
    struct scene s = {.doctor = ks_doctor_new(), .store = op_store(&ks_format_jks, PASSWORD)};
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE,
                            .bytes = op_torn_pkcs8("another leaf", HOST)};
    op_append(s.store, op_sealed(s.store, "server", &m, PASSWORD, op_cert(HOST)));
    s.store = op_reopened(s.store, PASSWORD);
    s.context = context_of(NULL);
    look_at(&s);
    const struct ks_diagnosed *d = only(&s, "KEY-DAMAGED");
    assert_int_equal(d->found.severity, KS_ERROR);
    assert_int_equal(d->rejects, KS_CLIENT_ALL);
    assert_null(found(&s.found, "KEY-CERT-MISMATCH"));
    drop(&s);
}

static void surplus_certificates_of_pkcs12_are_noted(void **state)
{
    (void)state;
    const struct ks_cert *x;
    struct ks_store *store = op_store(&ks_format_pkcs12, PASSWORD);
    add_key(store, "server", HOST, PASSWORD, "L I R");
    assert_int_equal(certs("X", &x), 1);
    op_append(store, make_entry(KS_KIND_CERT, "other root", 0, 1, ks_blob_copy(ks_cert_der(x))));
    struct scene s = {.doctor = ks_doctor_new(), .store = op_reopened(store, PASSWORD)};
    s.pool = pool_of("");
    s.context = context_of(s.pool);
    look_at(&s);
    assert_int_equal(only(&s, "P12-SURPLUS-BAGS")->found.severity, KS_NOTE);
    assert_null(found(&s.found, "CHAIN-UNRELATED-CERT"));
    drop(&s);
    s = scene_of(&ks_format_pkcs12, HOST, "L I R", "", "");
    assert_null(found(&s.found, "P12-SURPLUS-BAGS"));
    drop(&s);
}

/* ---- the list ---- */

static void findings_go_store_first_and_then_entry_by_entry(void **state)
{
    (void)state;
    struct ks_store *store = op_store(&ks_format_jks, PASSWORD);
    add_key(store, "b", HOST, PASSWORD, "L I R X");
    add_key(store, "a", HOST, PASSWORD, "R I L");
    add_trusted(store, "R");
    struct scene s = {.doctor = ks_doctor_new(), .store = op_reopened(store, PASSWORD)};
    s.pool = pool_of("");
    s.context = context_of(s.pool);
    look_at(&s);
    size_t first, sum = 0;
    for (size_t i = 0; i < 3; i++) {
        const struct ks_entry *e = ks_store_entry(s.store, i);
        size_t n = ks_diagnosis_of(&s.found, e, &first);
        for (size_t k = first; k < first + n; k++) {
            assert_int_equal(s.found.at[k].place, i);
            if (k > first)
                assert_true(s.found.at[k].found.severity <= s.found.at[k - 1].found.severity);
        }
        sum += n;
    }
    assert_int_equal(ks_diagnosis_of(&s.found, NULL, &first) + sum, s.found.count);
    assert_int_equal(first, 0);
    assert_int_equal(ks_diagnosis_worst(&s.found, NULL), KS_WARNING); /* STORE-MANY-KEYS */
    assert_int_equal(ks_diagnosis_worst(&s.found, op_entry(s.store, "b")), KS_WARNING);
    assert_int_equal(ks_diagnosis_worst(&s.found, op_entry(s.store, "a")), KS_ERROR);
    assert_int_equal(ks_diagnosis_worst(&s.found, op_entry(s.store, "trusted0")), KS_FINE);
    size_t all = 0;
    for (int i = KS_NOTE; i <= KS_ERROR; i++)
        all += s.found.by_severity[i];
    assert_int_equal(all, s.found.count);
    drop(&s);
}

static void one_entry_is_judged_as_among_all(void **state)
{
    (void)state;
    static const struct {
        const char *key, *stored, *trusted, *candidates;
    } entries[] = {
        {HOST, "L", "L I R", ""},           {HOST, "S", "L I R", ""},
        {HOST, "L I R X", "L I R", ""},     {HOST, "R I L", "", ""},
        {"another leaf", "L I R", "", "K"}, {"another leaf", "L I R", "K", ""},
    };
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        struct scene s = scene_of(&ks_format_jks, entries[i].key, entries[i].stored,
                                  entries[i].trusted, entries[i].candidates);
        const struct ks_entry *e = op_entry(s.store, "server");
        struct ks_diagnosis one;
        struct ks_error err = {0};
        size_t first, n = ks_diagnosis_of(&s.found, e, &first);
        ks_doctor_free(s.doctor);
        s.doctor = ks_doctor_new(); /* that knows nothing of the others */
        assert_int_equal(ks_diagnose_entry(s.doctor, s.store, e, &s.context, NULL, &one, &err),
                         KS_OK);
        assert_int_equal(one.count, n);
        for (size_t k = 0; k < n; k++)
            assert_string_equal(one.at[k].found.id, s.found.at[first + k].found.id);
        ks_diagnosis_drop(&one);
        drop(&s);
    }
}

/* Repairs look at one store and diagnose another one. */
static void a_look_outlives_the_next_question(void **state)
{
    (void)state;
    struct scene s = scene_of(&ks_format_jks, HOST, "L", "I R", "");
    struct ks_chain_look look;
    assert_true(ks_chain_examine(s.doctor, s.store, op_entry(s.store, "server"), &s.context, NULL,
                                 &look));
    struct ks_store *other = op_store(&ks_format_jks, PASSWORD);
    struct ks_diagnosis d;
    assert_int_equal(ks_diagnose(s.doctor, other, &s.context, NULL, &d, NULL), KS_OK);
    ks_diagnosis_drop(&d);
    ks_store_free(other);
    char *best = best_of(&look);
    assert_string_equal(best, "L I R");
    free(best);
    ks_chain_look_drop(&look);
    drop(&s);
}

/* ---- files that do not open ---- */

static const char *failure(enum ks_code code, const char *slug)
{
    struct ks_error why = {.code = code, .what = "x.jks was not opened"};
    struct ks_diagnosis d;
    memcpy(why.slug, slug, strlen(slug) + 1);
    if (!ks_diagnose_failure("/nowhere/x.jks", &why, &d))
        return "";
    assert_int_equal(d.count, 1);
    assert_int_equal(d.at[0].place, SIZE_MAX);
    assert_int_equal(d.by_severity[KS_ERROR], 1);
    const char *id = d.at[0].found.id;
    ks_diagnosis_drop(&d);
    return id;
}

static void a_file_that_does_not_open_is_a_finding(void **state)
{
    (void)state;
    assert_string_equal(failure(KS_ERR_FORMAT, "empty-file"), "STORE-EMPTY-FILE");
    assert_string_equal(failure(KS_ERR_FORMAT, "unknown-format"), "STORE-NOT-A-KEYSTORE");
    assert_string_equal(failure(KS_ERR_UNSUPPORTED, "unsupported-type"), "STORE-NOT-A-KEYSTORE");
    assert_string_equal(failure(KS_ERR_DAMAGED, "truncated"), "STORE-TRUNCATED");
    assert_string_equal(failure(KS_ERR_DAMAGED, "bad-entry"), "STORE-DAMAGED");
    assert_string_equal(failure(KS_ERR_PASSWORD, "wrong-password"), "STORE-WRONG-PASSWORD");
    assert_string_equal(failure(KS_ERR_IO, "permission-read"), "");
    assert_string_equal(failure(KS_ERR_PASSWORD_NEEDED, "password-needed"), "");
}

/* ---- words, and Java's choice ---- */

static void purposes_have_words(void **state)
{
    (void)state;
    enum ks_purpose p;
    for (int i = KS_PURPOSE_AUTO; i <= KS_PURPOSE_TRUST; i++) {
        assert_true(ks_purpose_by_name(ks_purpose_word((enum ks_purpose)i), &p));
        assert_int_equal(p, i);
    }
    assert_false(ks_purpose_by_name("servers", &p));
}

static const char *picked(const char *const *aliases)
{
    static char alias[32];
    struct ks_store *s = op_store(&ks_format_jks, PASSWORD);
    for (; *aliases; aliases++)
        op_add_key_of(s, *aliases, "one", PASSWORD);
    const struct ks_entry *e = ks_java_picks(s);
    (void)snprintf(alias, sizeof alias, "%s", e ? e->alias : "");
    ks_store_free(s);
    return alias;
}

/* As OpenJDK 17 chose. */
static void java_takes_the_key_that_its_hash_map_has_first(void **state)
{
    (void)state;
    assert_string_equal(picked((const char *const[]){"a", "p", NULL}), "p");
    assert_string_equal(picked((const char *const[]){"p", "a", NULL}), "p");
    assert_string_equal(picked((const char *const[]){"zzz", "aaa", NULL}), "aaa");
    assert_string_equal(picked((const char *const[]){"only", NULL}), "only");
    assert_string_equal(picked((const char *const[]){NULL}), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_in_jks_are_judged_as_they_are_stored),
        cmocka_unit_test(chains_in_pkcs12_are_judged_as_java_rebuilds_them),
        cmocka_unit_test(the_issuer_is_found_behind_a_thousand_forged_ones),
        cmocka_unit_test(a_search_that_stops_at_its_bounds_says_so),
        cmocka_unit_test(a_signature_is_verified_once),
        cmocka_unit_test(a_key_that_takes_more_time_costs_more),
        cmocka_unit_test(a_signature_that_costs_too_much_is_not_verified),
        cmocka_unit_test(a_diagnosis_can_be_cancelled),
        cmocka_unit_test(a_chain_beyond_all_bounds_is_not_called_incomplete),
        cmocka_unit_test(a_repair_makes_no_sound_chain_shorter),
        cmocka_unit_test(severities_are_those_of_the_catalogue),
        cmocka_unit_test(a_fault_that_clients_get_around_is_a_warning),
        cmocka_unit_test(a_repair_is_offered_where_there_is_something_to_repair_with),
        cmocka_unit_test(an_old_certificate_is_mended_by_the_reply_that_is_here),
        cmocka_unit_test(findings_say_which_certificate_and_quote_the_evidence),
        cmocka_unit_test(a_chain_that_lacks_its_root_alone_says_that_all_may_be_well),
        cmocka_unit_test(where_the_issuer_is_published_is_said_when_the_certificate_says_it),
        cmocka_unit_test(the_key_tells_which_certificate_is_the_leaf),
        cmocka_unit_test(the_leaf_is_guessed_while_the_key_is_closed),
        cmocka_unit_test(a_key_under_another_password_is_not_called_foreign),
        cmocka_unit_test(a_torn_key_is_damaged_and_fits_nothing),
        cmocka_unit_test(surplus_certificates_of_pkcs12_are_noted),
        cmocka_unit_test(findings_go_store_first_and_then_entry_by_entry),
        cmocka_unit_test(one_entry_is_judged_as_among_all),
        cmocka_unit_test(a_look_outlives_the_next_question),
        cmocka_unit_test(a_file_that_does_not_open_is_a_finding),
        cmocka_unit_test(purposes_have_words),
        cmocka_unit_test(java_takes_the_key_that_its_hash_map_has_first),
    };
    return cmocka_run_group_tests(tests, NULL, forget_certs);
}
