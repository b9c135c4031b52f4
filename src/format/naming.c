/*
 * Aliases for files that have none: the subject's label, or the kind of item and a number, each
 * made unique by a number behind it. By sorting, so that 100,000 equal names cost no more than
 * others and no choice of names makes it quadratic.
 */
#include "format/items.h"

#include "base/alloc.h"
#include "base/text.h"
#include "x509/name.h"
#include "x509/request.h"

#include <stdlib.h>
#include <string.h>

#define ALIAS_MAX 200 /* bytes; X.520 allows 64 characters in a common name */

/* ---- one name ---- */

static const char *word_of(const struct ks_item *item)
{
    switch (item->kind) {
    case KS_KIND_CERT:
        return "certificate";
    case KS_KIND_KEY:
        return "private key";
    case KS_KIND_REQUEST:
        return "request";
    case KS_KIND_CRL:
        return "crl";
    case KS_KIND_PUBLIC:
        return "public key";
    default:
        return "item";
    }
}

static void label_of_name(struct ks_slice name, struct ks_buf *out)
{
    if (name.len > 2) /* not the empty SEQUENCE */
        ks_name_label(name, out);
}

static void name_from_file(struct ks_item *item, struct ks_buf *out)
{
    if (ks_text_from_utf8(item->name, out))
        return;
    ks_buf_clear(out);
    ks_text_from_latin1(item->name, out);
    item->notes |= KS_NOTE_ALIAS_ENCODING;
}

static void name_from_subject(const struct ks_items *set, const struct ks_item *item,
                              const struct ks_item_chain *chain, struct ks_buf *out)
{
    struct ks_request request;
    struct ks_crl crl;
    uint32_t cert = chain->len ? chain->certs[0] : item->cert;
    if (cert != KS_ITEM_NO_CERT && !(set->certs[cert].flags & KS_CERT_BROKEN))
        label_of_name(ks_cert_part(&set->certs[cert], set->certs[cert].subject), out);
    else if (item->kind == KS_KIND_REQUEST && ks_request_skim(item->der, &request))
        label_of_name(request.subject, out);
    else if (item->kind == KS_KIND_CRL && ks_crl_skim(item->der, &crl))
        label_of_name(crl.issuer, out);
}

/* "rsa private key 2", "item 7": PEM label or kind, and the number of the block. */
static void name_from_label(const struct ks_item *item, struct ks_buf *out)
{
    bool use_label = item->label.len && item->kind != KS_KIND_CERT;
    for (size_t i = 0; use_label && i < item->label.len; i++) {
        uint8_t c = item->label.data[i];
        ks_buf_byte(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 0x20) : c);
    }
    if (!use_label)
        ks_buf_str(out, word_of(item));
    ks_buf_printf(out, " %u", item->where);
}

static char *first_name(const struct ks_items *set, struct ks_item *item,
                        const struct ks_item_chain *chain)
{
    struct ks_buf b = KS_BUF_INIT;
    if (item->name.len == 0 && chain->len) /* the certificate's friendlyName does as well */
        item->name = set->at[set->cert_item[chain->certs[0]]].name;
    if (item->name.len) {
        name_from_file(item, &b);
    } else {
        item->notes |= KS_NOTE_ALIAS_INVENTED;
        name_from_subject(set, item, chain, &b);
        if (b.len == 0)
            name_from_label(item, &b);
    }
    (void)ks_text_cut(&b, ALIAS_MAX);
    return ks_text_show_nul(ks_text_keep_nul(&b));
}

/* ---- all names ---- */

struct slot {
    uint64_t hash; /* of the name without regard to ASCII case */
    uint32_t item;
};

static uint64_t hash_of(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *name; name++) {
        uint8_t c = (uint8_t)*name;
        h = (h ^ (c >= 'A' && c <= 'Z' ? c + 0x20u : c)) * 0x100000001b3u;
    }
    return h;
}

static int by_hash(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static bool is_taken(const struct slot *slots, size_t count, uint64_t hash)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slots[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && slots[low].hash == hash;
}

/* "name (2)", "name (3)", ...: each number is tried once for a group of equal names. */
static char *numbered(const struct slot *slots, size_t count, const char *name, unsigned *number)
{
    for (;;) {
        char *candidate = ks_asprintf("%s (%u)", name, ++*number);
        if (!is_taken(slots, count, hash_of(candidate)))
            return candidate;
        free(candidate);
    }
}

static void make_unique(struct ks_items *set, const struct slot *slots, size_t count,
                        char **aliases)
{
    unsigned number = 1;
    for (size_t i = 1; i < count; i++) {
        if (slots[i].hash != slots[i - 1].hash) {
            number = 1;
            continue;
        }
        uint32_t item = slots[i].item;
        char *unique = numbered(slots, count, aliases[item], &number);
        free(aliases[item]);
        aliases[item] = unique;
        set->at[item].notes |= KS_NOTE_ALIAS_INVENTED;
    }
}

void ks_items_name(struct ks_items *set, const struct ks_item_chain *chains, char **aliases)
{
    struct slot *slots = ks_alloc_array(set->count, sizeof *slots);
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->at[i].absorbed)
            continue;
        aliases[i] = first_name(set, &set->at[i], &chains[i]);
        slots[count++] = (struct slot){hash_of(aliases[i]), (uint32_t)i};
    }
    qsort(slots, count, sizeof *slots, by_hash);
    make_unique(set, slots, count, aliases);
    free(slots);
}

/* ---- certificates that are there twice ---- */

/* The end of a certificate is its signature: eight bytes of it tell certificates apart. */
static uint64_t tail_of(struct ks_slice der)
{
    uint64_t h = der.len;
    for (size_t i = der.len > 8 ? der.len - 8 : 0; i < der.len; i++)
        h = h << 8 ^ h >> 56 ^ der.data[i];
    return h;
}

static bool is_same(const struct ks_items *set, uint32_t a, uint32_t b)
{
    return ks_slice_equal(set->at[a].der, set->at[b].der);
}

static void note_duplicate(struct ks_items *set, char **aliases, uint32_t of, uint32_t item)
{
    struct ks_item *it = &set->at[item];
    if (it->absorbed)
        return;
    char *old = it->comment;
    const char *other = aliases[of] ? aliases[of] : "a key's chain";
    it->comment = old ? ks_asprintf("%s; same certificate as %s", old, other)
                      : ks_asprintf("same certificate as %s", other);
    free(old);
}

/* Within equal hashes only the first and the one before are compared: an attacker who makes all
 * hashes equal loses a comment, not our time. */
void ks_items_note_duplicates(struct ks_items *set, char **aliases)
{
    struct slot *slots = ks_alloc_array(set->cert_count, sizeof *slots);
    for (size_t i = 0; i < set->cert_count; i++)
        slots[i] = (struct slot){tail_of(set->at[set->cert_item[i]].der), set->cert_item[i]};
    qsort(slots, set->cert_count, sizeof *slots, by_hash);
    size_t first = 0;
    for (size_t i = 1; i < set->cert_count; i++) {
        if (slots[i].hash != slots[i - 1].hash)
            first = i;
        else if (is_same(set, slots[first].item, slots[i].item))
            note_duplicate(set, aliases, slots[first].item, slots[i].item);
        else if (is_same(set, slots[i - 1].item, slots[i].item))
            note_duplicate(set, aliases, slots[i - 1].item, slots[i].item);
    }
    free(slots);
}
