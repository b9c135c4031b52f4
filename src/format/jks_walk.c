#include "format/jks_internal.h"

#include "format/javaser.h"

bool ks_jks_open(struct ks_slice file, struct ks_jks_walk *out)
{
    *out = (struct ks_jks_walk){.r = ks_reader(file)};
    return ks_read_u32be(&out->r, &out->magic) && ks_read_u32be(&out->r, &out->version) &&
           ks_read_u32be(&out->r, &out->claimed) &&
           (out->magic == KS_JKS_MAGIC || out->magic == KS_JCEKS_MAGIC);
}

static bool fail(struct ks_jks_walk *w, enum ks_jks_fault fault, const struct ks_reader *at,
                 uint64_t value)
{
    w->fault = fault;
    w->fault_at = ks_reader_offset(at);
    w->fault_value = value;
    return false;
}

/* A blk; Java reads its length as signed. */
static bool read_block(struct ks_jks_walk *w, struct ks_reader *r, struct ks_slice *out)
{
    struct ks_reader ahead = *r;
    uint32_t len;

    if (ks_read_block(r, out))
        return true;
    if (ks_read_u32be(&ahead, &len) && len > INT32_MAX)
        return fail(w, KS_JKS_NEGATIVE, r, len);
    return fail(w, KS_JKS_CUT, r, 0);
}

static bool read_certs(struct ks_jks_walk *w, struct ks_reader *r, struct ks_jks_record *out)
{
    struct ks_slice ignored;

    if (out->chain_len > INT32_MAX)
        return fail(w, KS_JKS_NEGATIVE, r, out->chain_len);
    /* Nothing that long fits into what is left: it is the end that is missing, not a bound. */
    size_t least = w->version == 1 ? 4 : 6;
    if (out->chain_len > ks_reader_left(r) / least)
        return fail(w, KS_JKS_CUT, r, 0);
    if (out->chain_len > KS_JKS_MAX_CHAIN || w->certs > KS_JKS_MAX_CERTS - KS_JKS_MAX_CHAIN)
        return fail(w, KS_JKS_LIMIT, r, out->chain_len);
    out->certs = *r;
    for (uint32_t i = 0; i < out->chain_len; i++) {
        if (w->version != 1 && !ks_read_utf(r, &ignored))
            return fail(w, KS_JKS_CUT, r, 0);
        if (!read_block(w, r, &ignored))
            return false;
    }
    return true;
}

static bool read_stream(struct ks_jks_walk *w, struct ks_reader *r, struct ks_jks_record *out)
{
    struct ks_java_object object;
    struct ks_slice rest = ks_slice(r->at, ks_reader_left(r));
    size_t used;

    out->key = rest;
    if (!ks_java_read(rest, &object, &used))
        return fail(w, object.cut ? KS_JKS_CUT : KS_JKS_STREAM, r, 0);
    return ks_read_bytes(r, used, &out->key);
}

static bool read_body(struct ks_jks_walk *w, struct ks_reader *r, struct ks_jks_record *out)
{
    switch (out->tag) {
    case KS_JKS_KEY:
        if (!read_block(w, r, &out->key))
            return false;
        if (!ks_read_u32be(r, &out->chain_len))
            return fail(w, KS_JKS_CUT, r, 0);
        return read_certs(w, r, out);
    case KS_JKS_TRUSTED:
        out->chain_len = 1;
        return read_certs(w, r, out);
    default:
        return read_stream(w, r, out);
    }
}

bool ks_jks_next(struct ks_jks_walk *w, struct ks_jks_record *out)
{
    struct ks_reader r = w->r;
    uint64_t created;

    *out = (struct ks_jks_record){0};
    if (!ks_read_u32be(&r, &out->tag))
        return fail(w, KS_JKS_CUT, &r, 0);
    if (out->tag < KS_JKS_KEY || out->tag > KS_JKS_SECRET)
        return fail(w, KS_JKS_BAD_TAG, &w->r, out->tag);
    if (w->records == KS_JKS_MAX_RECORDS)
        return fail(w, KS_JKS_LIMIT, &w->r, w->records);
    if (!ks_read_utf(&r, &out->alias) || !ks_read_u64be(&r, &created))
        return fail(w, KS_JKS_CUT, &r, 0);
    out->created = (int64_t)created;
    bool good = read_body(w, &r, out);
    out->raw = ks_slice(w->r.at, good ? (size_t)(r.at - w->r.at) : ks_reader_left(&w->r));
    if (!good)
        return false;
    w->r = r;
    w->records++;
    w->certs += out->chain_len;
    return true;
}

void ks_jks_cert(struct ks_reader *certs, uint32_t version, struct ks_slice *type,
                 struct ks_slice *der)
{
    *type = *der = ks_slice(NULL, 0);
    if (version != 1)
        (void)ks_read_utf(certs, type);
    (void)ks_read_block(certs, der);
}

/* ---- file listing ---- */

/* Whether the records that the header promises are there; a head that is not the whole file is
 * only asked whether there is room for them. */
static bool ends_early(struct ks_jks_walk *w, struct ks_slice head, uint64_t size)
{
    struct ks_jks_record record;

    if (w->claimed > size / 18)
        return true;
    if (head.len < size)
        return false;
    while (w->records < w->claimed)
        if (!ks_jks_next(w, &record))
            return w->fault != KS_JKS_STREAM && w->fault != KS_JKS_LIMIT;
    return ks_reader_left(&w->r) < KS_JKS_DIGEST;
}

void ks_jks_looks(struct ks_slice head, uint64_t size, struct ks_buf *out)
{
    struct ks_jks_walk w;

    if (!ks_jks_open(head, &w)) {
        ks_buf_str(out, "damaged (ends early)");
        return;
    }
    if (w.version != 1 && w.version != 2)
        ks_buf_printf(out, "v%u, which ksx does not know", w.version);
    else if (ends_early(&w, head, size))
        ks_buf_str(out, "damaged (ends early)");
    else
        ks_buf_printf(out, "v%u, %u %s", w.version, w.claimed,
                      w.claimed == 1 ? "entry" : "entries");
}
