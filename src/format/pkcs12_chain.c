/*
 * Which certificates belong to a key. PKCS#12 stores no chains; Java puts them together
 * (sun.security.pkcs12.PKCS12KeyStore, findMatchedCertificate and findIssuer), and so does ksx:
 *
 *   leaf     among certificates without trustedKeyUsage: the first with the key's localKeyID and
 *            name, else the last with its localKeyID, else the last with its name
 *   issuer   among all certificates: the first whose subject is the issuer's name and whose
 *            subjectKeyIdentifier is the authorityKeyIdentifier, else the last of that subject
 *            without subjectKeyIdentifier; without authorityKeyIdentifier the first of that subject
 *   end      at a self-signed certificate, at one that is in the chain already, or with no issuer
 *
 * Each question is one look into a table, whatever the file holds.
 */
#include "format/pkcs12_internal.h"

#include "base/alloc.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

/*
 * Names are compared as Java does, which is slow; so each spelling of a name is compared once
 * and gets the number of its group, and from then on names are equal when their numbers are.
 */
struct names {
    struct p12_table spellings; /* bytes of a Name -> certificate whose subject it is */
    struct p12_table groups;    /* a Name, compared by its meaning -> certificate */
    uint32_t *subjects;         /* group of each certificate's subject */
    uint32_t *issuers;          /* and of its issuer, P12_NONE when that is no subject here */
    uint32_t count;
};

struct issuers { /* of one name: certificates + 1, 0 = none */
    uint32_t first, last_without_id;
};

struct pool {
    const struct names *names;
    struct issuers *issuers;  /* by group */
    struct p12_table ids;     /* group and subjectKeyIdentifier -> first */
    struct p12_table key_ids; /* localKeyID -> last */
    struct p12_table aliases; /* friendlyName -> last */
    struct p12_table pairs;   /* localKeyID and friendlyName -> first */
};

static struct ks_slice subject_of(const struct p12_file *f, uint32_t cert)
{
    const struct ks_cert *c = &f->certs[cert].cert;
    return ks_cert_part(c, c->subject);
}

static const struct p12_bag *bag_of(const struct p12_file *f, uint32_t cert)
{
    return &f->bags[f->certs[cert].bag];
}

static bool is_broken(const struct p12_file *f, uint32_t cert)
{
    return f->certs[cert].cert.flags & KS_CERT_BROKEN;
}

/* ---- names ---- */

static bool same_spelling(const struct p12_file *f, uint32_t cert, const void *key)
{
    return ks_slice_equal(subject_of(f, cert), *(const struct ks_slice *)key);
}

static bool same_name(const struct p12_file *f, uint32_t cert, const void *key)
{
    return ks_name_equal_java(subject_of(f, cert), *(const struct ks_slice *)key);
}

static uint32_t new_group(struct names *n, const struct p12_file *f, uint32_t cert)
{
    struct ks_slice name = subject_of(f, cert);
    struct p12_slot *slot = ks_p12_table_put(&n->groups, f, ks_name_hash(name), same_name, &name);

    if (slot && slot->first)
        return n->subjects[slot->first - 1];
    if (slot)
        slot->first = cert + 1;
    return n->count++;
}

static uint32_t subject_group(struct names *n, const struct p12_file *f, uint32_t cert)
{
    struct ks_slice name = subject_of(f, cert);
    struct p12_slot *slot =
        ks_p12_table_put(&n->spellings, f, ks_p12_hash(0, name), same_spelling, &name);

    if (slot && slot->first)
        return n->subjects[slot->first - 1];
    if (slot)
        slot->first = cert + 1;
    return new_group(n, f, cert);
}

static uint32_t issuer_group(const struct names *n, const struct p12_file *f, uint32_t cert)
{
    const struct ks_cert *c = &f->certs[cert].cert;
    struct ks_slice name = ks_cert_part(c, c->issuer);
    struct p12_slot *slot =
        ks_p12_table_get(&n->spellings, f, ks_p12_hash(0, name), same_spelling, &name);

    if (!slot)
        slot = ks_p12_table_get(&n->groups, f, ks_name_hash(name), same_name, &name);
    return slot ? n->subjects[slot->first - 1] : P12_NONE;
}

static bool names_fill(struct names *n, const struct p12_file *f)
{
    n->subjects = ks_alloc_array(f->cert_count, sizeof *n->subjects);
    n->issuers = ks_alloc_array(f->cert_count, sizeof *n->issuers);
    ks_p12_table_init(&n->spellings, f->cert_count);
    ks_p12_table_init(&n->groups, f->cert_count);
    for (uint32_t i = 0; i < f->cert_count; i++) {
        if (ks_p12_stopped(f, i))
            return false;
        n->subjects[i] = is_broken(f, i) ? P12_NONE : subject_group(n, f, i);
    }
    for (uint32_t i = 0; i < f->cert_count; i++) {
        if (ks_p12_stopped(f, i))
            return false;
        n->issuers[i] = is_broken(f, i) ? P12_NONE : issuer_group(n, f, i);
    }
    return true;
}

static void names_free(struct names *n)
{
    ks_p12_table_free(&n->spellings);
    ks_p12_table_free(&n->groups);
    free(n->subjects);
    free(n->issuers);
}

/* ---- keys of the tables ---- */

/* Tables compare with a callback that knows only the file, so the group comes along in the key. */
struct group_and_id {
    const struct names *names;
    uint32_t group;
    struct ks_slice id;
};

static bool same_group_and_id(const struct p12_file *f, uint32_t cert, const void *key)
{
    const struct group_and_id *want = key;
    const struct ks_cert *c = &f->certs[cert].cert;
    return want->names->subjects[cert] == want->group &&
           ks_slice_equal(ks_cert_part(c, c->ski), want->id);
}

static bool same_key_id(const struct p12_file *f, uint32_t cert, const void *key)
{
    return ks_slice_equal(ks_p12_java_id(bag_of(f, cert)), *(const struct ks_slice *)key);
}

static bool same_alias(const struct p12_file *f, uint32_t cert, const void *key)
{
    return ks_p12_alias_equal(bag_of(f, cert)->alias, key);
}

struct id_and_alias {
    struct ks_slice id;
    const char *alias;
};

static bool same_pair(const struct p12_file *f, uint32_t cert, const void *key)
{
    const struct id_and_alias *want = key;
    return ks_slice_equal(ks_p12_java_id(bag_of(f, cert)), want->id) &&
           ks_p12_alias_equal(bag_of(f, cert)->alias, want->alias);
}

/* ---- filling the tables ---- */

static void index_issuer(struct pool *p, const struct p12_file *f, uint32_t cert)
{
    const struct ks_cert *c = &f->certs[cert].cert;
    struct group_and_id key = {p->names, p->names->subjects[cert], ks_cert_part(c, c->ski)};
    struct issuers *named = &p->issuers[key.group];

    if (!named->first)
        named->first = cert + 1;
    if (key.id.len == 0) {
        named->last_without_id = cert + 1;
        return;
    }
    struct p12_slot *slot =
        ks_p12_table_put(&p->ids, f, ks_p12_hash(key.group, key.id), same_group_and_id, &key);
    if (slot && !slot->first)
        slot->first = cert + 1;
}

static void index_leaf(struct pool *p, const struct p12_file *f, uint32_t cert)
{
    const struct p12_bag *bag = bag_of(f, cert);
    struct id_and_alias key = {ks_p12_java_id(bag), bag->alias};
    uint64_t id_hash = ks_p12_hash(0, key.id);
    uint64_t alias_hash = key.alias ? ks_p12_alias_hash(key.alias) : 0;
    struct p12_slot *slot;

    if (key.id.data) {
        slot = ks_p12_table_put(&p->key_ids, f, id_hash, same_key_id, &key.id);
        if (slot)
            slot->first = cert + 1;
    }
    if (key.alias) {
        slot = ks_p12_table_put(&p->aliases, f, alias_hash, same_alias, key.alias);
        if (slot)
            slot->first = cert + 1;
    }
    if (key.id.data && key.alias) {
        slot = ks_p12_table_put(&p->pairs, f, id_hash ^ alias_hash, same_pair, &key);
        if (slot && !slot->first)
            slot->first = cert + 1;
    }
}

/* `nested`: certificates in safeContentsBags count too */
static void pool_fill(struct pool *p, const struct p12_file *f, const struct names *n, bool nested)
{
    size_t ids = 0, names = 0, both = 0;

    for (uint32_t i = 0; i < f->cert_count; i++) {
        const struct p12_bag *bag = bag_of(f, i);
        bool has_id = ks_p12_java_id(bag).data != NULL;
        ids += has_id;
        names += bag->alias != NULL;
        both += has_id && bag->alias;
    }
    p->names = n;
    p->issuers = ks_alloc_array(n->count, sizeof *p->issuers);
    ks_p12_table_init(&p->ids, f->cert_count);
    ks_p12_table_init(&p->key_ids, ids);
    ks_p12_table_init(&p->aliases, names);
    ks_p12_table_init(&p->pairs, both);
    for (uint32_t i = 0; i < f->cert_count; i++) {
        const struct p12_bag *bag = bag_of(f, i);
        if ((bag->nested && !nested) || is_broken(f, i))
            continue;
        index_issuer(p, f, i);
        if (!bag->trusted)
            index_leaf(p, f, i);
    }
}

static void pool_free(struct pool *p)
{
    free(p->issuers);
    ks_p12_table_free(&p->ids);
    ks_p12_table_free(&p->key_ids);
    ks_p12_table_free(&p->aliases);
    ks_p12_table_free(&p->pairs);
}

/* ---- asking them ---- */

static uint32_t leaf_of(const struct pool *p, const struct p12_file *f, const struct p12_bag *bag)
{
    struct id_and_alias key = {ks_p12_java_id(bag), bag->alias};
    uint64_t id_hash = ks_p12_hash(0, key.id);
    uint64_t alias_hash = key.alias ? ks_p12_alias_hash(key.alias) : 0;
    struct p12_slot *slot = NULL;

    if (key.id.data && key.alias)
        slot = ks_p12_table_get(&p->pairs, f, id_hash ^ alias_hash, same_pair, &key);
    if (!slot && key.id.data)
        slot = ks_p12_table_get(&p->key_ids, f, id_hash, same_key_id, &key.id);
    if (!slot && key.alias)
        slot = ks_p12_table_get(&p->aliases, f, alias_hash, same_alias, key.alias);
    return slot ? slot->first - 1 : P12_NONE;
}

static uint32_t issuer_of(const struct pool *p, const struct p12_file *f, uint32_t cert)
{
    const struct ks_cert *c = &f->certs[cert].cert;
    struct group_and_id want = {p->names, p->names->issuers[cert], ks_cert_part(c, c->aki)};

    if (want.group == P12_NONE)
        return P12_NONE;
    if (want.id.len > 0) {
        struct p12_slot *slot = ks_p12_table_get(&p->ids, f, ks_p12_hash(want.group, want.id),
                                                 same_group_and_id, &want);
        if (slot)
            return slot->first - 1;
    }
    const struct issuers *named = &p->issuers[want.group];
    /* 0, none, wraps round to P12_NONE */
    return (want.id.len > 0 ? named->last_without_id : named->first) - 1;
}

/* By name and key identifiers. A CA's new key certified by its old one has its own name as issuer
 * too, but another key identifier there. */
static bool ends_chain(const struct pool *p, const struct p12_file *f, uint32_t cert)
{
    const struct ks_cert *c = &f->certs[cert].cert;
    struct ks_slice aki = ks_cert_part(c, c->aki), ski = ks_cert_part(c, c->ski);

    if (p->names->issuers[cert] != p->names->subjects[cert])
        return false;
    return aki.len == 0 || ski.len == 0 || ks_slice_equal(aki, ski);
}

/* ---- chains ---- */

static bool in_chain(const struct p12_file *f, const struct p12_bag *key, uint32_t cert)
{
    struct ks_slice der = ks_cert_der(&f->certs[cert].cert);

    for (uint32_t i = 0; i < key->chain_len; i++)
        if (ks_slice_equal(der, ks_cert_der(&f->certs[f->links[key->chain_at + i]].cert)))
            return true;
    return false;
}

static void link_cert(struct p12_file *f, struct p12_bag *key, uint32_t cert)
{
    if (f->link_count == f->link_cap) {
        f->link_cap = f->link_cap ? f->link_cap * 2 : 64;
        f->links = ks_realloc(f->links, f->link_cap * sizeof *f->links);
    }
    f->links[f->link_count++] = cert;
    f->certs[cert].used = true;
    key->chain_len++;
}

/*
 * All chains together may be long only when many keys share the same issuers; a file with nothing
 * but keys below a long chain would otherwise make its square out of itself. A link costs some 140
 * bytes of memory, so all of them take three times the file. The least that a real key and its own
 * certificate take, 900 bytes of EC, pays for a chain of 18.
 */
static uint64_t link_budget(const struct p12_file *f)
{
    return 4096 + f->store->file->len / 48;
}

static void build(const struct pool *p, struct p12_file *f, struct p12_bag *key, uint32_t cert)
{
    key->chain_at = f->link_count;
    while (cert != P12_NONE && !in_chain(f, key, cert)) {
        if (key->chain_len >= P12_MAX_CHAIN ||
            (key->chain_len > 0 && f->link_count >= link_budget(f))) {
            ks_p12_comment(key, "its chain is longer than the %u certificates shown",
                           key->chain_len);
            break;
        }
        link_cert(f, key, cert);
        cert = ends_chain(p, f, cert) ? P12_NONE : issuer_of(p, f, cert);
    }
}

/* One key and one certificate that issued none of the others: nothing else can be meant. */
static uint32_t only_leaf(const struct pool *p, struct p12_file *f)
{
    uint32_t found = P12_NONE;
    bool *issues = ks_alloc_array(f->cert_count, sizeof *issues);

    for (uint32_t i = 0; i < f->cert_count; i++) {
        uint32_t issuer = issuer_of(p, f, i);
        if (issuer != P12_NONE && issuer != i)
            issues[issuer] = true;
    }
    for (uint32_t i = 0; i < f->cert_count; i++) {
        if (issues[i] || bag_of(f, i)->trusted || is_broken(f, i))
            continue;
        if (found != P12_NONE) {
            found = P12_NONE;
            break;
        }
        found = i;
    }
    free(issues);
    return found;
}

/* Java's chain where Java shows the key; the same rule over nested items too where it does not; and
 * where the rule finds no leaf, the one that cannot be but it. */
static void chain_of(const struct pool *java, const struct pool *all, struct p12_file *f,
                     struct p12_bag *key)
{
    bool shown = key->kind == P12_SHROUDED && !key->nested && ks_p12_java_id(key).data;
    bool locked = (f->store->notes & KS_STORE_LOCKED_PARTS) != 0;
    const struct pool *p = shown ? java : all;
    uint32_t leaf = leaf_of(p, f, key);
    bool by_java = shown && leaf != P12_NONE;

    if (leaf == P12_NONE) {
        p = all;
        leaf = shown && all != java ? leaf_of(all, f, key) : P12_NONE;
        if (leaf == P12_NONE && f->key_count == 1 && !locked)
            leaf = only_leaf(all, f);
    }
    if (leaf == P12_NONE) {
        key->notes |= locked ? KS_NOTE_LOCKED_CHAIN : KS_NOTE_NO_CHAIN;
        return;
    }
    build(p, f, key, leaf);
    if (by_java && key->chain_len > 1)
        key->notes |= KS_NOTE_CHAIN_REBUILT;
    if (shown && !by_java)
        ks_p12_comment(key, "Java shows no chain: no localKeyID and no name links the key to its "
                            "certificate");
}

/* ---- the same certificate once more ---- */

static bool same_der(const struct p12_file *f, uint32_t cert, const void *key)
{
    return ks_slice_equal(ks_cert_der(&f->certs[cert].cert), *(const struct ks_slice *)key);
}

/* The last bytes of a certificate are its signature, which is as good as a hash. */
static uint64_t der_hash(struct ks_slice der)
{
    return ks_p12_hash(der.len, ks_slice_part(der, der.len > 16 ? der.len - 16 : 0, 16));
}

/* Java writes the CAs of a chain once for every key that has them; such copies belong to the chain
 * and are no certificates of their own. */
static void find_twins(struct p12_file *f)
{
    struct p12_table used;

    ks_p12_table_init(&used, f->link_count);
    for (uint32_t i = 0; i < f->cert_count; i++) {
        struct ks_slice der = ks_cert_der(&f->certs[i].cert);
        if (!f->certs[i].used)
            continue;
        struct p12_slot *slot = ks_p12_table_put(&used, f, der_hash(der), same_der, &der);
        if (slot && !slot->first)
            slot->first = i + 1;
    }
    for (uint32_t i = 0; i < f->cert_count; i++) {
        struct ks_slice der = ks_cert_der(&f->certs[i].cert);
        if (f->certs[i].used || bag_of(f, i)->trusted)
            continue;
        struct p12_slot *slot = ks_p12_table_get(&used, f, der_hash(der), same_der, &der);
        if (!slot)
            continue;
        struct p12_cert *first = &f->certs[slot->first - 1];
        f->certs[i].used = true;
        f->certs[i].twin = first->twin;
        first->twin = i;
        f->twins++;
    }
    ks_p12_table_free(&used);
}

static bool chains_fill(struct p12_file *f, const struct names *names)
{
    struct pool java = {0}, all = {0};
    bool stopped = false;

    pool_fill(&java, f, names, false);
    if (f->has_nested)
        pool_fill(&all, f, names, true);
    for (uint32_t i = 0; i < f->bag_count && !stopped; i++) {
        stopped = ks_p12_stopped(f, i);
        if (f->bags[i].kind == P12_SHROUDED || f->bags[i].kind == P12_KEY)
            chain_of(&java, f->has_nested ? &all : &java, f, &f->bags[i]);
    }
    pool_free(&java);
    pool_free(&all);
    return !stopped;
}

bool ks_p12_chains(struct p12_file *f)
{
    struct names names = {0};

    if (f->key_count == 0)
        return true;
    bool done = names_fill(&names, f) && chains_fill(f, &names);
    if (done)
        find_twins(f);
    names_free(&names);
    return done;
}
