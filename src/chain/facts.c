#include "chain/facts.h"

#include "base/alloc.h"
#include "chain/rules.h"
#include "x509/der.h"
#include "x509/name.h"

#include <stdlib.h>

struct ks_slice ks_spki_key_bits(struct ks_slice spki)
{
    struct ks_slice in = spki;
    struct ks_tlv outer, bits;

    if (ks_der_expect(&in, KS_DER_SEQUENCE, &outer) && ks_der_skip(&outer.body, KS_DER_SEQUENCE) &&
        ks_der_expect(&outer.body, KS_DER_BIT_STRING, &bits) && bits.body.len > 1)
        return ks_slice_part(bits.body, 1, bits.body.len - 1);
    return spki;
}

struct ks_slice ks_cert_key_bits(const struct ks_cert *cert)
{
    return ks_spki_key_bits(ks_cert_part(cert, cert->spki));
}

/* ---- census ---- */

static size_t count_certs(const struct ks_store *store)
{
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        count += ks_store_entry(store, i)->chain_len;
    return count;
}

static void enter(struct ks_census *c, const struct ks_entry *e, size_t place, size_t index)
{
    const struct ks_cert *cert = &e->chain[index];

    if (cert->flags & KS_CERT_BROKEN)
        return;
    size_t at = c->count++;
    struct ks_census_cert *row = &c->at[at];
    *row = (struct ks_census_cert){.cert = cert,
                                   .entry = e,
                                   .place = place,
                                   .index = index,
                                   .subject = ks_name_hash(ks_cert_part(cert, cert->subject))};
    ks_index_add(&c->ders, ks_cert_der(cert), at);
    ks_index_add(&c->subjects, ks_slice(&row->subject, sizeof row->subject), at);
    ks_index_add(&c->keys, ks_cert_key_bits(cert), at);
}

struct ks_census *ks_census_new(const struct ks_store *store)
{
    struct ks_census *c = ks_alloc(sizeof *c);
    size_t room = count_certs(store);

    *c = (struct ks_census){.store = store,
                            .at = ks_alloc_array(room, sizeof *c->at),
                            .ders = ks_index_new(room),
                            .subjects = ks_index_new(room),
                            .keys = ks_index_new(room)};
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        c->by_kind[e->kind & 15]++;
        for (size_t k = 0; k < e->chain_len; k++)
            enter(c, e, i, k);
    }
    return c;
}

void ks_census_free(struct ks_census *c)
{
    if (!c)
        return;
    ks_index_drop(&c->ders);
    ks_index_drop(&c->subjects);
    ks_index_drop(&c->keys);
    free(c->at);
    free(c);
}

size_t ks_census_der(const struct ks_census *c, const struct ks_cert *cert)
{
    return ks_index_first(&c->ders, ks_cert_der(cert));
}

static size_t by_name(const struct ks_census *c, struct ks_slice name)
{
    uint64_t hash = ks_name_hash(name);

    return ks_index_first(&c->subjects, ks_slice(&hash, sizeof hash));
}

size_t ks_census_subject(const struct ks_census *c, const struct ks_cert *cert)
{
    return by_name(c, ks_cert_part(cert, cert->subject));
}

size_t ks_census_issuer(const struct ks_census *c, const struct ks_cert *cert)
{
    return by_name(c, ks_cert_part(cert, cert->issuer));
}

size_t ks_census_key(const struct ks_census *c, struct ks_slice bits)
{
    return ks_index_first(&c->keys, bits);
}

/* ---- what rules ask ---- */

bool ks_look_issuing(const struct ks_look *l, const struct ks_cert **below, struct ks_issuing *out)
{
    const struct ks_chain_look *look = l->facts ? l->facts->look : NULL;

    if (!look || l->at >= look->walk_len)
        return false;
    for (size_t i = 0; i < l->at; i++)
        below[i] = look->stored[look->walk[i]];
    *out = (struct ks_issuing){
        .cert = look->stored[look->walk[l->at]],
        .below = below,
        .below_count = l->at,
        .self_signed = (look->end == KS_END_ROOT || look->end == KS_END_UNKNOWN) &&
                       l->at + 1 == look->walk_len,
        .now = l->now,
        .purpose = l->facts->purpose,
    };
    return true;
}
