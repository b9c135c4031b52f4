/*
 * Writing JKS and JCEKS. A record that was read from the store's own file and not edited goes out
 * as it came in; of an edited one everything stays that the edit did not name, down to the names of
 * certificate types. Java does not care about the order of the records; they keep theirs.
 *
 * A file of version 1 stays one: certificates have no type there and need none, since all that can
 * be added is X.509.
 *
 * The object whose end cannot be found (KS_NOTE_UNREACHABLE) hides an unknown number of records
 * behind it. It is written last, with all it hides, and the header goes on counting them.
 */
#include "format/jks_internal.h"

#include "base/text.h"

#include <string.h>

#define ADVANCE_EVERY 256 /* records between two looks at the job */
#define MAX_UTF 65535
#define WRITER_VERSION 2

struct writing {
    const struct ks_store *store;
    const struct ks_version *version;
    struct ks_slice file;
    uint32_t magic, layout; /* layout: the container's version */
    struct ks_job *job;
    struct ks_buf *out;
    size_t start; /* where in `out` the file begins */
};

/* ---- numbers and strings ---- */

static void put_u16(struct ks_buf *out, size_t v)
{
    ks_buf_byte(out, (uint8_t)(v >> 8));
    ks_buf_byte(out, (uint8_t)v);
}

static void put_u32(struct ks_buf *out, uint32_t v)
{
    put_u16(out, v >> 16);
    put_u16(out, v & 0xffff);
}

static void put_u64(struct ks_buf *out, uint64_t v)
{
    put_u32(out, (uint32_t)(v >> 32));
    put_u32(out, (uint32_t)v);
}

static void put_utf(struct ks_buf *out, struct ks_slice text)
{
    put_u16(out, text.len);
    ks_buf_slice(out, text);
}

static void put_block(struct ks_buf *out, struct ks_slice bytes)
{
    put_u32(out, (uint32_t)bytes.len);
    ks_buf_slice(out, bytes);
}

/* ---- what fits ---- */

static bool alias_fits(const char *alias)
{
    if (strlen(alias) <= MAX_UTF / 2) /* modified UTF-8 is at most half as long again */
        return true;
    struct ks_buf encoded = KS_BUF_INIT;
    ks_text_to_modified_utf8(alias, &encoded);
    bool fits = encoded.len <= MAX_UTF;
    ks_buf_free(&encoded);
    return fits;
}

/* What was in a file of this type stays in it, whatever it is. */
static bool is_at_home(const struct ks_entry *e, const struct ks_format *format)
{
    return e->home == format && e->piece_count > 0;
}

#define NAME_TOO_LONG(type) "its name is longer than 65,535 bytes, which " type " cannot hold"
#define REFUSED_KINDS(type)                                                                        \
    [KS_KIND_CERT] = type " holds certificates as trusted ones or in a chain, not loose",          \
    [KS_KIND_REQUEST] = type " holds no certificate requests",                                     \
    [KS_KIND_CRL] = type " holds no revocation lists",                                             \
    [KS_KIND_PUBLIC] = type " holds no public keys without a certificate",                         \
    [KS_KIND_OPAQUE] = type " holds only what ksx can read",                                       \
    [KS_KIND_LOCKED] = "it is still locked"

const char *ks_jks_refuses(const struct ks_entry *entry)
{
    static const char *const kinds[] = {
        [KS_KIND_SECRET] = "JKS holds no secret keys",
        [KS_KIND_PASSWORD] = "JKS holds no stored passwords",
        REFUSED_KINDS("JKS"),
    };
    if (!alias_fits(entry->alias))
        return NAME_TOO_LONG("JKS");
    return is_at_home(entry, &ks_format_jks) ? NULL : kinds[entry->kind];
}

const char *ks_jceks_refuses(const struct ks_entry *entry)
{
    static const char *const kinds[] = {[KS_KIND_SECRET] = NULL, REFUSED_KINDS("JCEKS")};
    if (!alias_fits(entry->alias))
        return NAME_TOO_LONG("JCEKS");
    if (is_at_home(entry, &ks_format_jceks))
        return NULL;
    if (entry->kind == KS_KIND_KEY && entry->chain_len == 0)
        return "Java fails on a JCEKS with a private key that has no certificate";
    return kinds[entry->kind];
}

/* ---- records ---- */

/* What a record is made of; where data is NULL it is made from the entry. */
struct parts {
    uint32_t tag;
    struct ks_slice alias;
    int64_t created;
    struct ks_slice key;
    struct ks_slice certs; /* as they are in a record: with their number for a key */
};

static bool is_own(const struct writing *w, const struct ks_entry *e)
{
    if (e->home != w->store->format || e->piece_count != 1)
        return false;
    uintptr_t from = (uintptr_t)w->file.data, at = (uintptr_t)e->pieces[0].raw.data;
    return at >= from && at < from + w->file.len;
}

static struct ks_slice rest_of(const struct ks_reader *r)
{
    return ks_slice(r->at, ks_reader_left(r));
}

/* The parts of a record that the reader has read, and bounded, before. */
static bool take_apart(struct ks_slice raw, struct parts *out)
{
    struct ks_reader r = ks_reader(raw);
    uint64_t created;

    *out = (struct parts){0};
    if (!ks_read_u32be(&r, &out->tag) || !ks_read_utf(&r, &out->alias) ||
        !ks_read_u64be(&r, &created))
        return false;
    out->created = (int64_t)created;
    if (out->tag == KS_JKS_SECRET) {
        out->key = rest_of(&r);
        return true;
    }
    if (out->tag == KS_JKS_KEY && !ks_read_block(&r, &out->key))
        return false;
    out->certs = rest_of(&r);
    return true;
}

static void overrule(struct parts *p, const struct ks_entry *e)
{
    if (e->edited & KS_EDITED_ALIAS)
        p->alias = ks_slice(NULL, 0);
    if (e->edited & KS_EDITED_DATE)
        p->created = e->created;
    if (e->edited & KS_EDITED_KEY)
        p->key = e->key;
    if (e->edited & KS_EDITED_CHAIN)
        p->certs = ks_slice(NULL, 0);
}

static uint32_t tag_of(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY ? KS_JKS_KEY : e->kind == KS_KIND_TRUSTED ? KS_JKS_TRUSTED
                                                                            : KS_JKS_SECRET;
}

static struct parts made_from(const struct ks_entry *e)
{
    return (struct parts){
        .tag = tag_of(e),
        .created = e->created == KS_TIME_NONE ? ks_now() * 1000 : e->created,
        .key = e->key,
    };
}

static void put_alias(struct ks_buf *out, const struct parts *p, const struct ks_entry *e)
{
    struct ks_buf encoded = KS_BUF_INIT;

    if (!p->alias.data)
        ks_text_to_modified_utf8(e->alias, &encoded);
    put_utf(out, p->alias.data ? p->alias : ks_slice(encoded.data, encoded.len));
    ks_buf_free(&encoded);
}

static void put_certs(const struct writing *w, const struct parts *p, const struct ks_entry *e)
{
    if (p->certs.data) {
        ks_buf_slice(w->out, p->certs);
        return;
    }
    if (p->tag == KS_JKS_KEY)
        put_u32(w->out, e->chain_len);
    for (size_t i = 0; i < e->chain_len; i++) {
        if (w->layout != 1)
            put_utf(w->out, ks_slice_str("X.509"));
        put_block(w->out, ks_cert_der(&e->chain[i]));
    }
}

static void put_record(const struct writing *w, const struct parts *p, const struct ks_entry *e)
{
    put_u32(w->out, p->tag);
    put_alias(w->out, p, e);
    put_u64(w->out, (uint64_t)p->created);
    if (p->tag == KS_JKS_KEY)
        put_block(w->out, p->key);
    else if (p->tag == KS_JKS_SECRET)
        ks_buf_slice(w->out, p->key);
    if (p->tag != KS_JKS_SECRET)
        put_certs(w, p, e);
}

static enum ks_code refused(const struct ks_entry *e, const char *why, struct ks_error *err)
{
    ks_fail(err, KS_ERR_REFUSED, "type-loss", "not written: %.200s: %s", e->alias, why);
    return ks_fail_next(err, KS_ERR_REFUSED, "leave the entry out, or choose another type");
}

static const char *why_not(const struct writing *w, const struct ks_entry *e)
{
    if (e->kind == KS_KIND_TRUSTED && e->chain_len != 1)
        return "a trusted certificate is one certificate";
    return w->store->format->refuses(e);
}

static enum ks_code put_entry(const struct writing *w, const struct ks_entry *e,
                              struct ks_error *err)
{
    struct parts p;
    bool own = is_own(w, e);

    if (own && !e->edited) {
        ks_buf_slice(w->out, e->pieces[0].raw);
        return KS_OK;
    }
    const char *why = why_not(w, e);
    if (why)
        return refused(e, why, err);
    if (own && !take_apart(e->pieces[0].raw, &p))
        return ks_fail(err, KS_ERR_DAMAGED, "damaged", "not written: the record of %.200s is cut",
                       e->alias);
    if (own)
        overrule(&p, e);
    else
        p = made_from(e);
    put_record(w, &p, e);
    return KS_OK;
}

/* ---- the file ---- */

static bool hides_the_rest(const struct ks_entry *e)
{
    return (e->notes & KS_NOTE_UNREACHABLE) != 0;
}

/* Reads the file again up to where its records end, or cannot be followed. */
static struct ks_jks_walk walk_file(const struct writing *w)
{
    struct ks_jks_walk walk = {0};
    struct ks_jks_record rec;

    if (ks_jks_open(w->file, &walk))
        while (walk.records < walk.claimed && ks_jks_next(&walk, &rec))
            ;
    return walk;
}

/* Records behind the object that hides them, and itself: what the header counts beyond those that
 * were read. */
static uint32_t hidden(const struct writing *w)
{
    struct ks_jks_walk walk = walk_file(w);
    return walk.claimed > walk.records && walk.claimed <= INT32_MAX
               ? walk.claimed - (uint32_t)walk.records
               : 1;
}

static uint32_t count_records(const struct writing *w)
{
    uint32_t count = 0;

    for (size_t i = 0; i < w->version->count; i++) {
        const struct ks_entry *e = w->version->entries[i];
        count += hides_the_rest(e) && is_own(w, e) ? hidden(w) : 1;
    }
    return count;
}

static enum ks_code put_entries(const struct writing *w, bool last, struct ks_error *err)
{
    for (size_t i = 0; i < w->version->count; i++) {
        const struct ks_entry *e = w->version->entries[i];
        if (hides_the_rest(e) != last)
            continue;
        enum ks_code rc = put_entry(w, e, err);
        if (rc != KS_OK)
            return rc;
        if (i % ADVANCE_EVERY == 0 && !ks_job_advance(w->job, i))
            return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while writing entries");
    }
    return KS_OK;
}

static enum ks_code put_digest(const struct writing *w, struct ks_error *err)
{
    uint8_t digest[KS_JKS_DIGEST];
    struct ks_slice all = ks_slice(w->out->data + w->start, w->out->len - w->start);

    if (!ks_jks_digest(all, w->version->password, digest)) {
        ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "not written: OpenSSL has no SHA-1");
        return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                            "a FIPS set-up may forbid it; choose PKCS12 as the type");
    }
    ks_buf_append(w->out, digest, sizeof digest);
    return KS_OK;
}

/* Bytes behind the digest, which Java ignores. */
static void put_trailing(const struct writing *w)
{
    if (!(w->store->notes & KS_STORE_TRAILING))
        return;
    struct ks_jks_walk walk = walk_file(w);
    ks_buf_slice(w->out, ks_slice_part(w->file, ks_reader_offset(&walk.r) + KS_JKS_DIGEST,
                                       w->file.len));
}

static bool begin(struct writing *w)
{
    struct ks_jks_walk header;

    w->magic = w->store->format == &ks_format_jceks ? KS_JCEKS_MAGIC : KS_JKS_MAGIC;
    w->layout = WRITER_VERSION;
    if (w->file.len == 0)
        return true;
    if (!ks_jks_open(w->file, &header))
        return false;
    w->magic = header.magic;
    w->layout = header.version;
    return true;
}

static enum ks_code put_all(const struct writing *w, struct ks_error *err)
{
    put_u32(w->out, w->magic);
    put_u32(w->out, w->layout);
    put_u32(w->out, count_records(w));
    enum ks_code rc = put_entries(w, false, err);
    if (rc == KS_OK)
        rc = put_entries(w, true, err);
    if (rc == KS_OK && !w->out->overflow)
        rc = put_digest(w, err);
    if (rc == KS_OK)
        put_trailing(w);
    if (rc == KS_OK && w->out->overflow) {
        ks_fail(err, KS_ERR_LIMIT, "limit", "not written: the keystore would be larger than what "
                                            "ksx reads");
        rc = ks_fail_next(err, KS_ERR_LIMIT, "spread its entries over two keystores");
    }
    return rc;
}

enum ks_code ks_jks_save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct writing w = {
        .store = store,
        .version = version,
        .file = ks_blob_slice(store->file),
        .job = job,
        .out = out,
        .start = out->len,
    };

    if (!version->password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "%.200s was not written: its digest needs the password",
                ks_path_shown(store->path));
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "unlock the keystore");
    }
    if (!begin(&w))
        return ks_fail(err, KS_ERR_DAMAGED, "damaged", "%.200s was not written: its header is cut",
                       ks_path_shown(store->path));
    ks_job_phase(job, "writing entries", version->count);
    return put_all(&w, err);
}
