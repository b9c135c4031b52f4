#include "format/bks_internal.h"

#define LEAST_CERT 6 /* bytes of the shortest certificate: two lengths */
#define BLOCK 16     /* of Twofish */
#define USUAL_HEADER 32
#define MAX_ODD_SALT 1024 /* Bouncy Castle writes 20 bytes and reads any number */

/* ---- header ---- */

bool ks_bks_header(struct ks_slice file, struct ks_bks_header *out)
{
    struct ks_reader r = ks_reader(file);

    *out = (struct ks_bks_header){0};
    if (!ks_read_u32be(&r, &out->version) || !ks_read_block(&r, &out->salt) ||
        !ks_read_u32be(&r, &out->rounds))
        return false;
    out->len = ks_reader_offset(&r);
    return true;
}

/* ---- records ---- */

struct ks_bks_walk ks_bks_walk(struct ks_slice bytes, size_t from)
{
    struct ks_bks_walk w = {.r = ks_reader(bytes)};

    w.r.at += from;
    return w;
}

static bool fail(struct ks_bks_walk *w, enum ks_bks_fault fault, const struct ks_reader *at,
                 uint64_t value)
{
    w->fault = fault;
    w->fault_at = ks_reader_offset(at);
    w->fault_value = value;
    return false;
}

/* A blk; Java reads its length as signed. */
static bool read_block(struct ks_bks_walk *w, struct ks_reader *r, struct ks_slice *out)
{
    struct ks_reader ahead = *r;
    uint32_t len;

    if (ks_read_block(r, out))
        return true;
    if (ks_read_u32be(&ahead, &len) && len > INT32_MAX)
        return fail(w, KS_BKS_NEGATIVE, r, len);
    return fail(w, KS_BKS_CUT, r, 0);
}

static bool read_cert(struct ks_bks_walk *w, struct ks_reader *r, struct ks_slice *type,
                      struct ks_slice *der)
{
    if (!ks_read_utf(r, type))
        return fail(w, KS_BKS_CUT, r, 0);
    return read_block(w, r, der);
}

static bool read_chain(struct ks_bks_walk *w, struct ks_reader *r, struct ks_bks_record *out)
{
    const uint8_t *start = r->at;
    struct ks_slice ignored;

    if (!ks_read_u32be(r, &out->chain_len))
        return fail(w, KS_BKS_CUT, r, 0);
    if (out->chain_len > INT32_MAX)
        return fail(w, KS_BKS_NEGATIVE, r, out->chain_len);
    /* Nothing that long fits into what is left: it is the end that is missing, not a bound. */
    if (out->chain_len > ks_reader_left(r) / LEAST_CERT)
        return fail(w, KS_BKS_CUT, r, out->chain_len);
    if (out->chain_len > KS_BKS_MAX_CHAIN || w->certs > KS_BKS_MAX_CERTS - KS_BKS_MAX_CHAIN)
        return fail(w, KS_BKS_LIMIT, r, out->chain_len);
    out->certs = *r;
    for (uint32_t i = 0; i < out->chain_len; i++)
        if (!read_cert(w, r, &ignored, &ignored))
            return false;
    out->chain = ks_slice(start, (size_t)(r->at - start));
    return true;
}

/* A key record has no length of its own. */
static bool read_key(struct ks_bks_walk *w, struct ks_reader *r, struct ks_slice *out)
{
    const uint8_t *start = r->at;
    struct ks_slice ignored;
    uint8_t type;

    if (!ks_read_u8(r, &type) || !ks_read_utf(r, &ignored) || !ks_read_utf(r, &ignored))
        return fail(w, KS_BKS_CUT, r, 0);
    if (!read_block(w, r, &ignored))
        return false;
    *out = ks_slice(start, (size_t)(r->at - start));
    return true;
}

static bool read_body(struct ks_bks_walk *w, struct ks_reader *r, struct ks_bks_record *out)
{
    switch (out->type) {
    case KS_BKS_CERT:
        return read_cert(w, r, &out->cert_type, &out->content);
    case KS_BKS_KEY:
        return read_key(w, r, &out->content);
    default:
        return read_block(w, r, &out->content);
    }
}

bool ks_bks_next(struct ks_bks_walk *w, struct ks_bks_record *out)
{
    struct ks_reader r = w->r;
    uint64_t created;

    *out = (struct ks_bks_record){0};
    if (w->ended)
        return false;
    if (!ks_read_u8(&r, &out->type))
        return fail(w, KS_BKS_CUT, &r, 0);
    if (out->type == KS_BKS_END) {
        w->r = r;
        w->ended = true;
        return false;
    }
    if (out->type >= KS_BKS_TYPES)
        return fail(w, KS_BKS_BAD_TYPE, &w->r, out->type);
    if (w->records == KS_BKS_MAX_RECORDS)
        return fail(w, KS_BKS_LIMIT, &w->r, w->records);
    if (!ks_read_utf(&r, &out->alias) || !ks_read_u64be(&r, &created))
        return fail(w, KS_BKS_CUT, &r, 0);
    out->created = (int64_t)created;
    if (!read_chain(w, &r, out))
        return false;
    const uint8_t *body = r.at;
    if (!read_body(w, &r, out))
        return false;
    out->body = ks_slice(body, (size_t)(r.at - body));
    out->raw = ks_slice(w->r.at, (size_t)(r.at - w->r.at));
    w->r = r;
    w->records++;
    w->certs += out->chain_len + (out->type == KS_BKS_CERT);
    return true;
}

void ks_bks_cert(struct ks_reader *certs, struct ks_slice *type, struct ks_slice *der)
{
    *type = *der = ks_slice(NULL, 0);
    (void)ks_read_utf(certs, type);
    (void)ks_read_block(certs, der);
}

/* ---- detection and file listing ---- */

static struct ks_bks_walk walk_head(struct ks_slice head, const struct ks_bks_header *h)
{
    struct ks_bks_walk w = ks_bks_walk(head, h->len);
    struct ks_bks_record rec;

    while (ks_bks_next(&w, &rec))
        continue;
    return w;
}

/* Bytes of the file behind where the walk through its head ended. */
static uint64_t behind(const struct ks_bks_walk *w, struct ks_slice head, uint64_t size)
{
    return ks_reader_left(&w->r) + (size - head.len);
}

/* Version 1 of BKS and UBER begin alike: what follows the iterations is records, or looks random.
 * Random bytes begin with an end mark once in 256 times, and hardly ever with a record. */
static bool is_records(const struct ks_bks_walk *w, struct ks_slice head, uint64_t size)
{
    if (w->records > 0)
        return true;
    if (w->ended && behind(w, head, size) == KS_BKS_DIGEST)
        return true;
    if (w->fault == KS_BKS_CUT && w->fault_value <= KS_BKS_MAX_CHAIN && head.len < size)
        return true;
    return size < USUAL_HEADER + BLOCK || (size - USUAL_HEADER) % BLOCK != 0;
}

/* The header begins 00000001 00000014; a head may end inside of it. */
static bool usual_start(struct ks_slice head, uint32_t version, struct ks_bks_header *h)
{
    struct ks_reader r = ks_reader(head);
    uint32_t begins, salt_len;

    if (!ks_read_u32be(&r, &begins) || !ks_read_u32be(&r, &salt_len) || begins != version ||
        salt_len != KS_BKS_SALT)
        return false;
    if (!ks_bks_header(head, h))
        *h = (struct ks_bks_header){.version = version, .len = head.len};
    return true;
}

/* A salt of another length, and then a list of records that is complete. */
static int odd_bid(struct ks_slice head, uint64_t size)
{
    struct ks_bks_header h;

    if (!ks_bks_header(head, &h) || (h.version != 1 && h.version != 2) || h.salt.len == 0 ||
        h.salt.len > MAX_ODD_SALT)
        return 0;
    struct ks_bks_walk w = walk_head(head, &h);
    return w.ended && behind(&w, head, size) >= KS_BKS_DIGEST ? 60 : 0;
}

int ks_bks_bid(struct ks_slice head, uint64_t size)
{
    struct ks_bks_header h;

    if (usual_start(head, 2, &h)) {
        enum ks_bks_fault fault = walk_head(head, &h).fault;
        return fault == KS_BKS_SOUND || fault == KS_BKS_CUT ? 95 : 70;
    }
    if (usual_start(head, 1, &h)) {
        struct ks_bks_walk w = walk_head(head, &h);
        return is_records(&w, head, size) ? 90 : 0;
    }
    return odd_bid(head, size);
}

int ks_uber_bid(struct ks_slice head, uint64_t size)
{
    struct ks_bks_header h;

    return usual_start(head, 1, &h) && ks_bks_bid(head, size) == 0 ? 90 : 0;
}

void ks_bks_looks(struct ks_slice head, uint64_t size, struct ks_buf *out)
{
    struct ks_bks_header h;

    if (!ks_bks_header(head, &h)) {
        ks_buf_str(out, "damaged (ends early)");
        return;
    }
    struct ks_bks_walk w = walk_head(head, &h);
    ks_buf_printf(out, "v%u", h.version);
    if (w.ended)
        ks_buf_printf(out, ", %zu %s", w.records, w.records == 1 ? "entry" : "entries");
    else if (w.fault != KS_BKS_CUT || head.len == size)
        ks_buf_str(out, ", damaged");
}
