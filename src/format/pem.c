/*
 * PEM files: certificates, keys, requests and revocation lists in any mixture, with text around
 * them; and base64 without PEM lines, which is decoded once and then loaded as what it holds.
 */
#include "format/format.h"

#include "base/alloc.h"
#include "format/items.h"
#include "format/loose_key.h"
#include "format/pem_scan.h"
#include "format/pem_write.h"
#include "x509/der.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BARE_MIN 48               /* characters: less is a word, not a file in base64 */
#define ATTRIBUTES_MAX (8u << 10) /* how far in front of a block its bag attributes can start */

/* ---- labels ---- */

/* RFC 7468, and what OpenSSL's pem.h and other tools write. */
static const struct {
    const char *label;
    enum ks_item_type type;
} labels[] = {
    {"CERTIFICATE", KS_ITEM_CERT},
    {"X509 CERTIFICATE", KS_ITEM_CERT},
    {"TRUSTED CERTIFICATE", KS_ITEM_TRUSTED_CERT},
    {"CERTIFICATE REQUEST", KS_ITEM_REQUEST},
    {"NEW CERTIFICATE REQUEST", KS_ITEM_REQUEST},
    {"X509 CRL", KS_ITEM_CRL},
    {"CRL", KS_ITEM_CRL},
    {"PKCS7", KS_ITEM_PKCS7},
    {"PKCS #7 SIGNED DATA", KS_ITEM_PKCS7},
    {"CMS", KS_ITEM_PKCS7},
    {"PRIVATE KEY", KS_ITEM_PKCS8},
    {"ENCRYPTED PRIVATE KEY", KS_ITEM_EPKI},
    {"RSA PRIVATE KEY", KS_ITEM_RSA_KEY},
    {"DSA PRIVATE KEY", KS_ITEM_DSA_KEY},
    {"EC PRIVATE KEY", KS_ITEM_EC_KEY},
    {"PUBLIC KEY", KS_ITEM_SPKI},
    {"RSA PUBLIC KEY", KS_ITEM_RSA_PUBLIC},
    {"EC PARAMETERS", KS_ITEM_PARAMETERS},
    {"DSA PARAMETERS", KS_ITEM_PARAMETERS},
    {"DH PARAMETERS", KS_ITEM_PARAMETERS},
    {"X9.42 DH PARAMETERS", KS_ITEM_PARAMETERS},
    {"PKCS12", KS_ITEM_PKCS12},
};

static enum ks_item_type type_of_label(struct ks_slice label)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (label.len == strlen(labels[i].label) &&
            memcmp(label.data, labels[i].label, label.len) == 0)
            return labels[i].type;
    return KS_ITEM_UNKNOWN;
}

static bool label_ends_with(struct ks_slice label, const char *tail)
{
    size_t len = strlen(tail);
    return label.len >= len && memcmp(label.data + label.len - len, tail, len) == 0;
}

/* No DER inside: OpenSSH's own structure, OpenPGP packets. */
static bool is_foreign(struct ks_slice label)
{
    return (label.len > 4 && memcmp(label.data, "PGP ", 4) == 0) ||
           (label.len > 8 && memcmp(label.data, "OPENSSH ", 8) == 0);
}

static bool is_sealed(const struct ks_pem_block *b)
{
    struct ks_slice value;
    return b->headers.len && label_ends_with(b->label, "PRIVATE KEY") &&
           ks_pem_header(b->headers, "DEK-Info", &value);
}

/* ---- attributes in the text before a block ---- */

/* "friendlyName: x" and "localKeyID: 01 02", as "openssl pkcs12" prints them. */
static void read_attributes(struct ks_slice before, struct ks_item_from *from)
{
    struct ks_slice line;
    if (before.len > ATTRIBUTES_MAX)
        before = ks_slice_part(before, before.len - ATTRIBUTES_MAX, ATTRIBUTES_MAX);
    while (ks_next_line(&before, &line)) {
        struct ks_slice value;
        line = ks_trim(line);
        if (ks_pem_header(line, "friendlyName", &value) && value.len && value.data[0] != '<')
            from->name = value;
        else if (ks_pem_header(line, "localKeyID", &value))
            from->local_id = value;
    }
}

/* ---- one block ---- */

struct reading {
    struct ks_items items;
    struct ks_slice text;
    struct ks_blob *decoded; /* of all blocks; borrowed from the collector */
    uint8_t *decoded_at;
    uint32_t blocks;
    size_t bad;
    size_t line, line_at; /* line number, from 1, of an offset already passed */
};

/* All blocks share one blob, as large as the file can possibly decode to (pages that are not
 * touched cost nothing). It is wiped, whatever the labels say: a key may be under any of them. */
static struct ks_slice decode(struct reading *r, const struct ks_pem_block *b,
                              struct ks_item_from *from, struct ks_base64 *report)
{
    if (!r->decoded) {
        r->decoded_at = ks_alloc(ks_base64_room(r->text.len));
        r->decoded = ks_items_keep(&r->items, ks_blob_take(r->decoded_at, 0, true));
    }
    uint8_t *data = r->decoded_at;
    *report = ks_base64_decode(b->body, data);
    r->decoded_at += report->len;
    r->decoded->len += report->len;
    from->blob = r->decoded;
    return ks_slice(data, report->len);
}

static size_t line_of(struct reading *r, const uint8_t *at)
{
    size_t offset = (size_t)(at - r->text.data);
    for (; r->line_at < offset; r->line_at++)
        r->line += r->text.data[r->line_at] == '\n';
    return r->line;
}

static void add_bad(struct reading *r, const struct ks_pem_block *b, struct ks_slice der,
                    const struct ks_item_from *from, const struct ks_base64 *report)
{
    char why[96];
    int label_len = (int)b->label.len;
    const char *label = (const char *)b->label.data;
    uint64_t claims = ks_item_claims(der);
    if (b->inline_text)
        return; /* a mention in some text, not a block */
    size_t line = line_of(r, b->raw.data);
    if (der.len == 0)
        (void)snprintf(why, sizeof why, "it is empty");
    else if (report->skipped)
        (void)snprintf(why, sizeof why, "line %zu is not base64",
                       line_of(r, b->body.data + report->first_skipped));
    else if (claims > der.len)
        (void)snprintf(why, sizeof why, "it ends early (%zu of %llu bytes)", der.len,
                       (unsigned long long)claims);
    else
        (void)snprintf(why, sizeof why, "its content is not ASN.1");
    ks_items_opaque(&r->items, der, from, "%.*s in line %zu cannot be read: %s", label_len, label,
                    line, why);
    r->bad++;
}

/* What the content is rules over what the label says; certificates, the bulk, are told quickly. */
static enum ks_item_type type_of_block(enum ks_item_type labelled, struct ks_slice der)
{
    if (labelled == KS_ITEM_TRUSTED_CERT || labelled == KS_ITEM_PARAMETERS)
        return labelled;
    struct ks_slice in = der;
    struct ks_tlv outer, inner;
    if (labelled == KS_ITEM_CERT && ks_der_expect(&in, KS_DER_SEQUENCE, &outer) &&
        ks_der_expect(&outer.body, KS_DER_SEQUENCE, &inner) &&
        ks_der_peek(inner.body) == KS_DER_CONTEXT_CONS(0))
        return labelled;
    enum ks_item_type found = ks_item_classify(der);
    return found == KS_ITEM_UNKNOWN ? labelled : found;
}

static void describe_reading(const struct ks_pem_block *b, const struct ks_base64 *report,
                             bool mislabelled, char *words, size_t room)
{
    words[0] = '\0';
    if (mislabelled)
        (void)snprintf(words, room, "labelled %.*s", (int)b->label.len,
                       (const char *)b->label.data);
    else if (b->no_end)
        (void)snprintf(words, room, "its END line is missing");
    else if (b->end_differs)
        (void)snprintf(words, room, "its END line has another label");
    else if (report->skipped)
        (void)snprintf(words, room, "characters that are not base64 were skipped (%zu)",
                       report->skipped);
}

static void add_der_block(struct reading *r, const struct ks_pem_block *b,
                          struct ks_item_from *from)
{
    struct ks_base64 report;
    char words[128];
    struct ks_slice der = decode(r, b, from, &report);
    size_t len = ks_ber_length(der);
    if (len == 0) {
        add_bad(r, b, der, from, &report);
        return;
    }
    enum ks_item_type labelled = type_of_label(b->label);
    enum ks_item_type type = type_of_block(labelled, der);
    if (type == KS_ITEM_UNKNOWN) {
        ks_items_opaque(&r->items, der, from, "%.*s, not interpreted", (int)b->label.len,
                        (const char *)b->label.data);
        return;
    }
    describe_reading(b, &report, type != labelled && type_of_label(b->label) != KS_ITEM_UNKNOWN,
                     words, sizeof words);
    if (words[0])
        from->remark = words;
    if ((type != KS_ITEM_CERT && type != KS_ITEM_TRUSTED_CERT) || b->no_end || report.skipped)
        der.len = len; /* what follows is not part of it */
    ks_items_add(&r->items, type, der, from);
}

static void add_sealed_block(struct reading *r, const struct ks_pem_block *b,
                             struct ks_item_from *from)
{
    struct ks_base64 report;
    char words[80];
    struct ks_slice ciphertext = decode(r, b, from, &report);
    (void)snprintf(words, sizeof words, "%.*s", (int)b->label.len, (const char *)b->label.data);
    from->remark = words;
    ks_items_add(&r->items, KS_ITEM_SEALED_KEY, ciphertext, from);
}

static void add_block(struct reading *r, const struct ks_pem_block *b)
{
    struct ks_item_from from = {.where = ++r->blocks, .raw = b->raw, .label = b->label};
    read_attributes(b->before, &from);
    if (is_foreign(b->label))
        ks_items_opaque(&r->items, ks_slice(NULL, 0), &from, "%.*s, not interpreted",
                        (int)b->label.len, (const char *)b->label.data);
    else if (is_sealed(b))
        add_sealed_block(r, b, &from);
    else
        add_der_block(r, b, &from);
}

/* ---- one thing in base64 ---- */

static struct ks_slice without_bom(struct ks_slice text)
{
    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        return ks_slice(text.data + 3, text.len - 3);
    return text;
}

static const struct ks_format *format_inside(struct ks_slice bytes, uint64_t size)
{
    const struct ks_format *best = NULL;
    int highest = 0;
    for (size_t i = 0; ks_formats[i]; i++) {
        if (ks_formats[i] == &ks_format_pem)
            continue; /* decoded once, not again and again */
        int bid = ks_formats[i]->sniff(bytes, size);
        if (bid > highest) {
            highest = bid;
            best = ks_formats[i];
        }
    }
    return best;
}

static struct ks_blob *decode_all(struct ks_slice base64)
{
    uint8_t *data = ks_alloc(ks_base64_room(base64.len));
    struct ks_base64 report = ks_base64_decode(base64, data);
    return ks_blob_take(data, report.len, true);
}

/* Loads the decoded bytes with the format they are in; the store then is of that format. */
static enum ks_code load_inside(struct ks_store *into, struct ks_slice base64, const char *encoding,
                                const struct ks_secret *password, struct ks_job *job,
                                struct ks_error *err)
{
    struct ks_blob *inner = decode_all(base64), *outer = into->file;
    const struct ks_format *format = format_inside(ks_blob_slice(inner), inner->len);
    enum ks_code rc;
    if (format) {
        into->file = inner;
        into->format = format;
        ks_store_set_type(into, format->name);
        rc = format->load(into, password, job, err);
        into->file = outer;
        ks_store_fact(into, "Encoding", "%s", encoding);
    } else {
        rc = ks_fail(err, KS_ERR_FORMAT, "unknown-format",
                     "what its base64 decodes to is nothing that ksx knows");
    }
    ks_blob_unref(inner);
    return rc;
}

static bool is_bare_base64(struct ks_slice text)
{
    return ks_trim(text).len >= BARE_MIN && ks_base64_only(text);
}

/* ---- load ---- */

static void note_damage(const struct reading *r, struct ks_store *into)
{
    if (r->bad == 0 || into->damage.code != KS_OK)
        return;
    into->notes |= KS_STORE_DAMAGED;
    (void)ks_fail(&into->damage, KS_ERR_DAMAGED, "damaged", "%zu of %u PEM blocks cannot be read",
                  r->bad, r->blocks);
    (void)ks_fail_next(&into->damage, KS_ERR_DAMAGED, "%slook for a copy of the file",
                       r->bad < r->blocks ? "the others are listed; " : "");
}

static enum ks_code load_blocks(struct ks_store *into, struct ks_slice text, struct ks_job *job,
                                struct ks_error *err)
{
    struct reading r = {.text = text, .line = 1};
    struct ks_pem_block block;
    size_t at = 0;
    ks_items_init(&r.items, into, job);
    ks_job_phase(job, "reading PEM blocks", text.len);
    while (!r.items.full && ks_pem_next(text, &at, &block)) {
        if (!block.commented)
            add_block(&r, &block);
        if ((r.blocks & 255) == 0 && !ks_job_advance(job, at)) {
            ks_items_drop(&r.items);
            return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "reading was stopped");
        }
    }
    if (r.items.count == 0) {
        ks_items_drop(&r.items);
        return ks_fail(err, KS_ERR_FORMAT, "unknown-format",
                       "it mentions PEM, but has no PEM block that can be read");
    }
    ks_store_fact(into, "Encoding", "PEM, %u block%s", r.blocks, r.blocks == 1 ? "" : "s");
    enum ks_code rc = ks_items_finish(&r.items, err);
    if (rc == KS_OK)
        note_damage(&r, into);
    return rc;
}

/* A file of nothing but one PKCS12 block. */
static bool is_wrapped_store(struct ks_slice text, struct ks_slice *base64)
{
    struct ks_pem_block block, other;
    size_t at = 0;
    if (!ks_pem_next(text, &at, &block) || type_of_label(block.label) != KS_ITEM_PKCS12 ||
        ks_pem_next(text, &at, &other))
        return false;
    *base64 = block.body;
    return true;
}

static enum ks_code pem_load(struct ks_store *into, const struct ks_secret *password,
                             struct ks_job *job, struct ks_error *err)
{
    struct ks_slice text = without_bom(ks_blob_slice(into->file)), base64;
    if (is_bare_base64(text))
        return load_inside(into, text, "base64 without PEM lines", password, job, err);
    if (is_wrapped_store(text, &base64))
        return load_inside(into, base64, "PEM, 1 block", password, job, err);
    ks_store_set_type(into, "PEM");
    return load_blocks(into, text, job, err);
}

/* ---- detection ---- */

/* DER starts with a SEQUENCE, which is an M in base64; "\n" of a JSON string may be in front. */
static bool is_plausible(const struct ks_pem_block *b)
{
    struct ks_slice body = ks_trim(b->body);
    while (body.len > 2 && body.data[0] == '\\' && (body.data[1] == 'n' || body.data[1] == 'r'))
        body = ks_slice(body.data + 2, body.len - 2);
    return is_foreign(b->label) || b->headers.len || (body.len && body.data[0] == 'M');
}

static int bid_for(const struct ks_pem_block *b)
{
    bool binary = b->before.len && memchr(b->before.data, 0, b->before.len);
    bool plausible = is_plausible(b);
    if (b->commented || (b->inline_text && !plausible))
        return 0;
    if (is_foreign(b->label))
        return 60; /* alone, it is refused with better advice */
    if (!binary && !b->inline_text && (plausible || type_of_label(b->label) != KS_ITEM_UNKNOWN))
        return 90;
    return plausible ? 50 : 40;
}

static int bid_for_bare(struct ks_slice text, uint64_t size)
{
    if (!is_bare_base64(text))
        return 0;
    struct ks_blob *inner = decode_all(text);
    bool known = format_inside(ks_blob_slice(inner), size / 4 * 3) != NULL;
    ks_blob_unref(inner);
    return known ? 60 : 0;
}

static int pem_sniff(struct ks_slice head, uint64_t size)
{
    struct ks_pem_block block;
    size_t at = 0;
    int highest = 0;
    bool foreign = false;
    while (highest < 90 && ks_pem_next(head, &at, &block)) {
        int bid = bid_for(&block);
        foreign = foreign || is_foreign(block.label);
        highest = bid > highest ? bid : highest;
    }
    if (highest == 90 && foreign)
        return 96; /* more than the OpenSSH or OpenPGP key that it starts with */
    return highest ? highest : bid_for_bare(without_bom(head), size);
}

/* ---- words for a file listing ---- */

static void looks_bare(struct ks_slice text, uint64_t size, struct ks_buf *out)
{
    struct ks_blob *inner = decode_all(text);
    struct ks_slice bytes = ks_blob_slice(inner);
    bool partial = size > text.len + 3;
    uint64_t inner_size = partial ? size / 4 * 3 : bytes.len;
    const struct ks_format *format = format_inside(bytes, inner_size);
    if (format == &ks_format_der)
        format->looks(bytes, inner_size, out);
    else if (format)
        ks_buf_printf(out, "base64 of %s", format->name);
    ks_blob_unref(inner);
}

static void looks_block(const struct ks_pem_block *b, bool partial, struct ks_buf *out)
{
    int label_len = (int)b->label.len;
    const char *label = (const char *)b->label.data;
    if (is_foreign(b->label)) {
        ks_buf_printf(out, "%.*s", label_len, label);
        return;
    }
    if (is_sealed(b)) {
        const char *space = memchr(label, ' ', b->label.len);
        int len = space && b->label.len > strlen("PRIVATE KEY") ? (int)(space - label) + 1 : 0;
        ks_buf_printf(out, "%.*sprivate key, encrypted", len, label);
        return;
    }
    struct ks_blob *inner = decode_all(b->body);
    enum ks_item_type labelled = type_of_label(b->label);
    enum ks_item_type type = type_of_block(labelled, ks_blob_slice(inner));
    if (!partial && ks_ber_length(ks_blob_slice(inner)) == 0)
        ks_buf_printf(out, "%.*s, damaged", label_len, label);
    else if (type == KS_ITEM_UNKNOWN)
        ks_buf_printf(out, "%.*s", label_len, label);
    else
        ks_item_looks(type, ks_blob_slice(inner), partial, out);
    ks_blob_unref(inner);
}

static void pem_looks(struct ks_slice head, uint64_t size, struct ks_buf *out)
{
    struct ks_pem_block block, first;
    struct ks_tally tally = {0};
    bool partial = size > head.len;
    size_t at = 0, blocks = 0;
    struct ks_slice text = without_bom(head);
    if (is_bare_base64(text)) {
        looks_bare(text, size, out);
        return;
    }
    while (ks_pem_next(text, &at, &block)) {
        if (block.commented || (block.inline_text && !is_plausible(&block)))
            continue;
        enum ks_item_type type =
            is_sealed(&block) ? KS_ITEM_SEALED_KEY : type_of_label(block.label);
        if (blocks++ == 0)
            first = block;
        else if (partial && block.no_end)
            continue; /* cut off by the end of the head */
        tally.n[type]++;
    }
    if (tally.n[KS_ITEM_PARAMETERS] < blocks) /* parameters go with the key behind them */
        tally.n[KS_ITEM_PARAMETERS] = 0;
    if (blocks == 1)
        looks_block(&first, partial && first.no_end, out);
    else if (blocks)
        ks_tally_text(&tally, partial, out);
}

const struct ks_format ks_format_pem = {
    .name = "PEM",
    .summary = "certificates, keys, requests and CRLs in PEM, or in base64 alone",
    .caps = KS_CAP_LIST_UNLOCKED | KS_CAP_ENTRY_PASSWORD | KS_CAP_WRITE,
    .sniff = pem_sniff,
    .looks = pem_looks,
    .load = pem_load,
    .reveal = ks_loose_key_reveal,
    .seal = ks_pem_seal,
    .save = ks_pem_save,
    .refuses = ks_pem_refuses,
    .keeps_aliases = ks_pem_keeps_aliases,
    .fits_alias = ks_pem_fits_alias,
    .protection = ks_loose_key_protection,
};
