/*
 * Files that are DER (or BER): one value or several back to back. Certificates, PKCS#7, PkiPath,
 * keys, requests, revocation lists and public keys; PKCS#12 has a module of its own.
 */
#include "format/format.h"

#include "format/items.h"
#include "format/loose_key.h"
#include "format/pkcs7.h"
#include "x509/der.h"

static bool is_mine(enum ks_item_type type)
{
    return type != KS_ITEM_UNKNOWN && type != KS_ITEM_PKCS12;
}

/* ---- detection ---- */

static int der_sniff(struct ks_slice head, uint64_t size)
{
    enum ks_item_type type = ks_item_classify(head);
    if (!is_mine(type))
        return 0;
    uint64_t claims = ks_item_claims(head);
    if (type == KS_ITEM_RSA_PUBLIC) /* two numbers: not much of a shape */
        return claims == size ? 60 : 20;
    if (claims == 0)
        return 80;
    return claims == size ? 90 : claims < size ? 70 : 60;
}

static void der_looks(struct ks_slice head, uint64_t size, struct ks_buf *out)
{
    uint64_t claims = ks_item_claims(head);
    enum ks_item_type type = ks_item_classify(head);
    if (claims > size) {
        ks_item_looks(type, head, true, out);
        ks_buf_str(out, ", damaged (ends early)");
        return;
    }
    struct ks_tally tally = {0};
    struct ks_slice rest = head;
    size_t len, count = 0;
    for (enum ks_item_type t = type; is_mine(t) && (len = ks_ber_length(rest)) > 0;
         t = ks_item_classify(rest)) {
        tally.n[t]++;
        count++;
        rest = ks_slice_part(rest, len, rest.len - len);
    }
    if (count > 1)
        ks_tally_text(&tally, size > head.len, out);
    else
        ks_item_looks(type, head, count == 0, out);
}

/* ---- load ---- */

static const char *type_name(enum ks_item_type type, size_t values)
{
    if (values == 1 && (type == KS_ITEM_PKCS7 || type == KS_ITEM_PKCS7_OTHER))
        return "PKCS7";
    return values == 1 && type == KS_ITEM_PATH ? "PkiPath" : "DER";
}

static enum ks_code fail_cut(struct ks_error *err, struct ks_slice value)
{
    uint64_t claims = ks_item_claims(value);
    if (claims)
        ks_fail(err, KS_ERR_DAMAGED, "truncated",
                "the file is damaged: it should hold %llu bytes and ends after %zu",
                (unsigned long long)claims, value.len);
    else
        ks_fail(err, KS_ERR_DAMAGED, "truncated",
                "the file is damaged: it ends inside its first structure");
    return ks_fail_next(err, KS_ERR_DAMAGED, "copy or download the file again");
}

static void note_trailing(struct ks_store *into, size_t len)
{
    into->notes |= KS_STORE_TRAILING;
    ks_store_fact(into, "After the end", "%zu byte%s that belong to nothing", len,
                  len == 1 ? "" : "s");
}

static void note_message(struct ks_store *into, struct ks_slice value)
{
    struct ks_pkcs7 message;
    if (ks_pkcs7_open(value, &message) && message.signers)
        ks_store_fact(into, "Signers", "%zu, signature not checked", message.signers);
}

struct values {
    size_t count; /* whole ones */
    enum ks_item_type first;
    struct ks_slice rest; /* what is behind the last */
    bool cut;
};

static bool read_values(struct ks_items *items, struct ks_slice file, struct ks_job *job,
                        struct values *v)
{
    *v = (struct values){.rest = file, .first = ks_item_classify(file)};
    for (enum ks_item_type type = v->first; is_mine(type) && !items->full;
         type = ks_item_classify(v->rest)) {
        struct ks_item_from from = {.where = (uint32_t)v->count + 1, .raw = v->rest};
        size_t len = ks_ber_length(v->rest);
        v->cut = len == 0;
        if (v->cut) {
            if (type == KS_ITEM_PKCS7 || type == KS_ITEM_PATH)
                ks_items_add(items, type, v->rest, &from); /* whole members can still be read */
            return true;
        }
        from.raw.len = len;
        ks_items_add(items, type, from.raw, &from);
        v->count++;
        v->rest = (struct ks_slice){v->rest.data + len, v->rest.len - len};
        if ((v->count & 255) == 0 && !ks_job_advance(job, file.len - v->rest.len))
            return false;
    }
    return true;
}

static enum ks_code der_load(struct ks_store *into, const struct ks_secret *password,
                             struct ks_job *job, struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(into->file);
    struct ks_items items;
    struct values v;
    (void)password; /* nothing is decrypted while loading */
    ks_items_init(&items, into, job);
    ks_job_phase(job, "reading DER", file.len);
    if (!read_values(&items, file, job, &v)) {
        ks_items_drop(&items);
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "reading was stopped");
    }
    if (items.count == 0) {
        ks_items_drop(&items);
        if (v.cut)
            return fail_cut(err, file);
        return ks_fail(err, KS_ERR_FORMAT, "unknown-format",
                       "it is ASN.1, but no key, certificate or request that ksx knows");
    }
    bool cut = v.cut || items.cut;
    ks_store_set_type(into, type_name(v.first, v.count + v.cut));
    if (v.first == KS_ITEM_PKCS7)
        note_message(into, file);
    enum ks_code rc = ks_items_finish(&items, err);
    if (rc != KS_OK)
        return rc;
    if (cut) {
        into->notes |= KS_STORE_DAMAGED;
        (void)fail_cut(&into->damage, v.cut ? v.rest : file);
    } else if (v.rest.len) {
        note_trailing(into, v.rest.len);
    }
    return KS_OK;
}

const struct ks_format ks_format_der = {
    .name = "DER",
    .summary = "certificate, PKCS#7, PkiPath, key, request, CRL or public key in DER",
    .caps = KS_CAP_LIST_UNLOCKED | KS_CAP_ENTRY_PASSWORD,
    .sniff = der_sniff,
    .looks = der_looks,
    .load = der_load,
    .reveal = ks_loose_key_reveal,
    .protection = ks_loose_key_protection,
};
