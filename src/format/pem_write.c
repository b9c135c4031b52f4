/*
 * Writing PEM files. A file is a text with blocks in it: what no edit touches, blocks and the text
 * between them, goes out byte for byte, with the line breaks that it has. New blocks stand at the
 * end.
 *
 *   a deleted entry   its blocks go, unless another entry needs them (a shared issuer), and with
 *                     each the lines right above it, which speak of it
 *   a new key         takes the place of the old one's block
 *   a new chain       takes the place of the old leaf's block; the old ones go
 *   a new name        takes the place of the old one in the "friendlyName:" lines above its blocks;
 *                     without such a line an entry has no name that could be changed
 *   one of several    in a PKCS7 block: what is left of them becomes blocks of their own
 *
 * PEM has no aliases of its own. Names are written the way "openssl pkcs12" prints them, when the
 * file holds nothing yet or has such lines already. "localKeyID:" lines are written where nothing
 * else tells which certificate an encrypted key belongs to.
 */
#include "format/pem_write.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/text.h"
#include "format/pbe.h"
#include "format/pem_scan.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES_MAX (8u << 10) /* how far above a block the reader looks for its name */
#define NAME_MAX_BYTES 200        /* of an alias; the reader cuts what is longer */
#define LINE 64                   /* base64 characters, RFC 7468 */
#define NAME_LINE "friendlyName:"

/* ---- names in the text ---- */

/* The value of the last "friendlyName:" line in the text above a block; data NULL: none. */
static struct ks_slice name_in(struct ks_slice before)
{
    struct ks_slice line, value, found = {0};

    if (before.len > ATTRIBUTES_MAX)
        before = ks_slice_part(before, before.len - ATTRIBUTES_MAX, ATTRIBUTES_MAX);
    while (ks_next_line(&before, &line))
        if (ks_pem_header(ks_trim(line), "friendlyName", &value) && value.len &&
            value.data[0] != '<')
            found = value;
    return found;
}

/* The text between a block and the END line before it. */
static struct ks_slice text_above(struct ks_slice file, const uint8_t *block)
{
    static const char end[] = "-----END ";
    size_t at = (size_t)(block - file.data), from = at;
    size_t least = at > ATTRIBUTES_MAX ? at - ATTRIBUTES_MAX : 0;

    while (from > least &&
           (at - from < sizeof end - 1 || memcmp(file.data + from, end, sizeof end - 1) != 0))
        from--;
    return ks_slice_part(file, from, at - from);
}

static bool is_inside(struct ks_slice file, struct ks_slice part)
{
    uintptr_t from = (uintptr_t)file.data, at = (uintptr_t)part.data;
    return part.data && at >= from && at < from + file.len;
}

/* The blob that the entry's blocks are in: its file, as it was read. */
static bool has_name_line(const struct ks_entry *e)
{
    for (size_t i = 0; i < e->blob_count; i++)
        for (size_t k = 0; k < e->piece_count; k++)
            if (is_inside(ks_blob_slice(e->blobs[i]), e->pieces[k].raw) &&
                name_in(text_above(ks_blob_slice(e->blobs[i]), e->pieces[k].raw.data)).data)
                return true;
    return false;
}

/* What is read from a line of text is the same name. */
bool ks_pem_fits_alias(const char *alias)
{
    size_t len = strlen(alias);
    struct ks_slice text = ks_slice(alias, len);

    return len > 0 && len <= NAME_MAX_BYTES && alias[0] != '<' && ks_trim(text).len == len &&
           !strpbrk(alias, "\r\n\v\f") && !strstr(alias, "-----");
}

/* ---- what fits ---- */

/* A file without a block has no habits yet. */
bool ks_pem_keeps_aliases(const struct ks_store *into)
{
    struct ks_pem_block block;
    size_t at = 0;
    bool any = false, named = false;

    while (!named && ks_pem_next(ks_blob_slice(into->file), &at, &block)) {
        any = true;
        named = name_in(block.before).data;
    }
    return named || !any;
}

const char *ks_pem_refuses(const struct ks_entry *e)
{
    bool at_home = e->home == &ks_format_pem && e->piece_count > 0;

    if (at_home && e->edited & KS_EDITED_ALIAS) {
        if (!has_name_line(e))
            return "PEM has no aliases: it is shown by its subject";
        if (!ks_pem_fits_alias(e->alias))
            return "the name does not fit into a line of text";
    }
    switch (e->kind) {
    case KS_KIND_SECRET:
        return "PEM holds no secret keys";
    case KS_KIND_PASSWORD:
        return "PEM holds no stored passwords";
    case KS_KIND_LOCKED:
        return "it is still locked";
    case KS_KIND_OPAQUE:
        return at_home ? NULL : "PEM holds only what ksx can read";
    default:
        return NULL;
    }
}

/* ---- blocks ---- */

struct breaks {
    const char *text; /* "\n" or "\r\n", as in the rest of the file */
};

static void put_line(struct ks_buf *out, const struct breaks *br, const char *text)
{
    ks_buf_str(out, text);
    ks_buf_str(out, br->text);
}

/* From BEGIN to END, without a line break at its end. */
static void put_block(struct ks_buf *out, const struct breaks *br, const char *label,
                      struct ks_slice der)
{
    uint8_t line[LINE + 1];

    ks_buf_printf(out, "-----BEGIN %s-----%s", label, br->text);
    for (size_t at = 0; at < der.len; at += LINE / 4 * 3) {
        size_t len = der.len - at < LINE / 4 * 3 ? der.len - at : LINE / 4 * 3;
        int n = EVP_EncodeBlock(line, der.data + at, (int)len);
        ks_buf_append(out, line, (size_t)n);
        ks_buf_str(out, br->text);
    }
    ks_buf_printf(out, "-----END %s-----", label);
    ks_wipe(line, sizeof line);
}

static const struct {
    const char *key_format, *label;
} key_labels[] = {
    {"PrivateKeyInfo", "PRIVATE KEY"},
    {"EncryptedPrivateKeyInfo", "ENCRYPTED PRIVATE KEY"},
    {"RSAPrivateKey", "RSA PRIVATE KEY"},
    {"DSAPrivateKey", "DSA PRIVATE KEY"},
    {"ECPrivateKey", "EC PRIVATE KEY"},
};

/* The label under which the entry's key or item goes; NULL when only its own block will do. */
static const char *label_of(const struct ks_entry *e)
{
    if (e->kind == KS_KIND_REQUEST)
        return "CERTIFICATE REQUEST";
    if (e->kind == KS_KIND_CRL)
        return "X509 CRL";
    if (e->kind == KS_KIND_PUBLIC)
        return "PUBLIC KEY";
    for (size_t i = 0; i < sizeof key_labels / sizeof key_labels[0]; i++)
        if (e->kind == KS_KIND_KEY && e->key_format &&
            strcmp(e->key_format, key_labels[i].key_format) == 0)
            return key_labels[i].label;
    return NULL;
}

/* Its key, request, CRL: the first of its blocks. */
static bool has_item(const struct ks_entry *e)
{
    return e->key.data != NULL || !e->chain_len;
}

/* `edited`: the entry's own block says something else than the entry. */
static void put_item(struct ks_buf *out, const struct breaks *br, const struct ks_entry *e,
                     bool edited)
{
    const char *label = label_of(e);
    bool odd = e->kind == KS_KIND_PUBLIC || !label;

    if (odd && !edited && e->piece_count)
        ks_buf_slice(out, e->pieces[0].raw);
    else
        put_block(out, br, label ? label : "PRIVATE KEY", e->key);
}

static void put_certs(struct ks_buf *out, const struct breaks *br, const struct ks_entry *e)
{
    for (size_t i = 0; i < e->chain_len; i++) {
        if (i)
            ks_buf_str(out, br->text);
        put_block(out, br, "CERTIFICATE", ks_cert_der(&e->chain[i]));
    }
}

/* ---- the file taken apart ---- */

/* A block of the file, and what becomes of it. */
struct spot {
    struct ks_pem_block block;
    uint32_t then, now;    /* items of entries that were read from it; that still are there */
    bool several;          /* PKCS7: more than one item */
    bool instead;          /* `text` goes in its place */
    bool gone;
    struct ks_buf text;
    struct ks_slice name;  /* in block.before: to be replaced by new_name */
    const char *new_name;
};

struct writing {
    const struct ks_store *store;
    const struct ks_version *version;
    struct ks_slice file;
    struct breaks br;
    struct spot *spots;
    size_t count;
    uint32_t *by_where; /* spots by the number of their block, from 1 */
    uint32_t blocks;
    bool names; /* the file has name lines, or holds nothing yet */
    struct ks_job *job;
    struct ks_buf *out;
};

static struct spot *spot_of(const struct writing *w, const struct ks_piece *piece)
{
    if (!is_inside(w->file, piece->raw) || piece->where == 0 || piece->where > w->blocks)
        return NULL;
    return &w->spots[w->by_where[piece->where - 1]];
}

static bool is_own(const struct writing *w, const struct ks_entry *e)
{
    return e->home == w->store->format && e->piece_count && spot_of(w, &e->pieces[0]);
}

static void find_spots(struct writing *w)
{
    struct ks_pem_block block;
    size_t at = 0, cap = 0;

    while (ks_pem_next(w->file, &at, &block)) {
        if (w->count == cap) {
            cap = cap ? cap * 2 : 16;
            w->spots = ks_realloc(w->spots, cap * sizeof *w->spots);
            w->by_where = ks_realloc(w->by_where, cap * sizeof *w->by_where);
        }
        w->spots[w->count] = (struct spot){.block = block, .text.secret = true};
        w->names = w->names || name_in(block.before).data;
        if (!block.commented)
            w->by_where[w->blocks++] = (uint32_t)w->count;
        w->count++;
    }
}

/* What was read from each block when the file was opened: read again, since versions forget. */
static enum ks_code count_then(struct writing *w, struct ks_error *err)
{
    struct ks_store *was = ks_store_new(w->store->path, ks_blob_ref(w->store->file));

    was->format = w->store->format;
    enum ks_code rc = w->count ? was->format->load(was, NULL, w->job, err) : KS_OK;
    for (size_t i = 0; rc == KS_OK && i < was->now->count; i++) {
        const struct ks_entry *e = was->now->entries[i];
        for (size_t k = 0; k < e->piece_count; k++) {
            struct spot *spot = spot_of(w, &e->pieces[k]);
            if (spot)
                spot->then++;
        }
    }
    ks_store_free(was);
    return rc;
}

/* ---- what becomes of the blocks of an entry ---- */

static void join(struct ks_buf *out, const struct breaks *br)
{
    if (out->len)
        ks_buf_str(out, br->text);
}

static void put_instead(const struct writing *w, struct spot *spot)
{
    spot->instead = true;
    join(&spot->text, &w->br);
}

/* A block with one of several items, in case that not all of them stay. */
static void stay(const struct writing *w, const struct ks_entry *e, size_t piece)
{
    struct spot *spot = spot_of(w, &e->pieces[piece]);
    size_t items = has_item(e);

    if (!spot)
        return;
    spot->now++;
    if (spot->then < 2 || spot->instead)
        return;
    join(&spot->text, &w->br);
    if (piece < items)
        put_item(&spot->text, &w->br, e, true);
    else if (piece - items < e->chain_len)
        put_block(&spot->text, &w->br, "CERTIFICATE", ks_cert_der(&e->chain[piece - items]));
}

static void place_chain(const struct writing *w, const struct ks_entry *e, size_t items)
{
    struct spot *spot = spot_of(w, &e->pieces[items < e->piece_count ? items : 0]);

    if (!spot || !e->chain_len)
        return;
    if (items >= e->piece_count && !spot->instead) { /* behind the key, which stays */
        put_instead(w, spot);
        ks_buf_slice(&spot->text, spot->block.raw);
    }
    put_instead(w, spot);
    put_certs(&spot->text, &w->br, e);
}

static void rename_in(const struct writing *w, const struct ks_entry *e)
{
    struct ks_slice old = {0};

    for (size_t i = 0; i < e->piece_count; i++) {
        struct spot *spot = spot_of(w, &e->pieces[i]);
        struct ks_slice name = spot ? name_in(spot->block.before) : old;
        if (!old.data)
            old = name;
        if (!spot || !name.data || !ks_slice_equal(name, old))
            continue;
        spot->name = name;
        spot->new_name = e->alias;
    }
}

static void place_own(const struct writing *w, const struct ks_entry *e)
{
    size_t items = has_item(e);

    if (items && e->edited & KS_EDITED_KEY) {
        struct spot *spot = spot_of(w, &e->pieces[0]);
        put_instead(w, spot);
        put_item(&spot->text, &w->br, e, true);
    } else if (items) {
        stay(w, e, 0);
    }
    if (e->edited & KS_EDITED_CHAIN)
        place_chain(w, e, items);
    for (size_t i = items; i < e->piece_count && !(e->edited & KS_EDITED_CHAIN); i++)
        stay(w, e, i);
    if (e->edited & KS_EDITED_ALIAS)
        rename_in(w, e);
}

/* ---- new entries ---- */

static bool is_sealed(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY && e->key_format &&
           (strcmp(e->key_format, "EncryptedPrivateKeyInfo") == 0 ||
            strcmp(e->key_format, "encrypted PEM key") == 0);
}

/* As "openssl pkcs12" prints them; the SHA-1 of the certificate is its local key id as well. */
static void put_attributes(const struct writing *w, const struct ks_entry *e)
{
    bool name = w->names && ks_pem_fits_alias(e->alias), id = is_sealed(e) && e->chain_len;
    uint8_t digest[KS_SHA1_LEN];

    if (!name && !id)
        return;
    put_line(w->out, &w->br, "Bag Attributes");
    if (name)
        ks_buf_printf(w->out, "    " NAME_LINE " %s%s", e->alias, w->br.text);
    if (!id)
        return;
    ks_sha1(ks_cert_der(&e->chain[0]), digest);
    ks_buf_str(w->out, "    localKeyID:");
    for (size_t i = 0; i < sizeof digest; i++)
        ks_buf_printf(w->out, " %02X", digest[i]);
    ks_buf_str(w->out, w->br.text);
}

static void put_new(const struct writing *w, const struct ks_entry *e)
{
    if (w->out->len && w->out->data[w->out->len - 1] != '\n')
        ks_buf_str(w->out, w->br.text);
    put_attributes(w, e);
    if (has_item(e)) {
        put_item(w->out, &w->br, e, (e->edited & KS_EDITED_KEY) != 0);
        ks_buf_str(w->out, w->br.text);
        if (e->chain_len && is_sealed(e))
            put_attributes(w, e);
    }
    put_certs(w->out, &w->br, e);
    if (e->chain_len)
        ks_buf_str(w->out, w->br.text);
}

/* ---- the text ---- */

/* The text above a block that goes, without the lines right above it. */
static struct ks_slice without_heading(struct ks_slice before)
{
    size_t end = before.len;

    while (end > 0) {
        size_t line = end - 1;
        while (line > 0 && before.data[line - 1] != '\n')
            line--;
        if (ks_trim(ks_slice_part(before, line, end - line)).len == 0)
            break;
        end = line;
    }
    return ks_slice_part(before, 0, end);
}

static struct ks_slice without_break(struct ks_slice text)
{
    size_t skip = text.len && text.data[0] == '\r';
    if (skip < text.len && text.data[skip] == '\n')
        skip++;
    return ks_slice_part(text, skip, text.len - skip);
}

static void put_before(const struct writing *w, const struct spot *s, struct ks_slice before)
{
    if (!s->new_name || !is_inside(before, s->name)) {
        ks_buf_slice(w->out, before);
        return;
    }
    size_t at = (size_t)(s->name.data - before.data), after = at + s->name.len;
    ks_buf_slice(w->out, ks_slice_part(before, 0, at));
    ks_buf_str(w->out, s->new_name);
    ks_buf_slice(w->out, ks_slice_part(before, after, before.len - after));
}

static bool ends_with(struct ks_slice text, const char *tail)
{
    size_t len = strlen(tail);
    return text.len >= len && memcmp(text.data + text.len - len, tail, len) == 0;
}

/* Curve parameters in front of a key go with it. */
static void decide(const struct writing *w)
{
    for (size_t i = w->count; i-- > 0;) {
        struct spot *s = &w->spots[i];
        bool parameters = !s->then && !s->block.commented &&
                          ends_with(s->block.label, "PARAMETERS") && i + 1 < w->count;
        s->gone = parameters ? w->spots[i + 1].gone : s->then && !s->now && !s->instead;
        s->several = s->then > 1 && s->now && s->now < s->then && !s->instead &&
                     (ends_with(s->block.label, "PKCS7") || ends_with(s->block.label, "CMS") ||
                      ends_with(s->block.label, "SIGNED DATA"));
    }
}

static void put_text(const struct writing *w)
{
    const uint8_t *at = w->file.data, *end = w->file.data + w->file.len;
    bool skip_break = false;

    for (size_t i = 0; i < w->count; i++) {
        const struct spot *s = &w->spots[i];
        struct ks_slice before = ks_slice(at, (size_t)(s->block.raw.data - at));
        before = skip_break ? without_break(before) : before;
        skip_break = s->gone && !s->block.inline_text;
        put_before(w, s, skip_break ? without_heading(before) : before);
        if (s->instead || s->several)
            ks_buf_append(w->out, s->text.data, s->text.len);
        else if (!s->gone)
            ks_buf_slice(w->out, s->block.raw);
        at = s->block.raw.data + s->block.raw.len;
    }
    struct ks_slice rest = ks_slice(at, (size_t)(end - at));
    ks_buf_slice(w->out, skip_break ? without_break(rest) : rest);
}

/* ---- save ---- */

static enum ks_code refused(const struct ks_entry *e, const char *why, struct ks_error *err)
{
    ks_fail(err, KS_ERR_REFUSED, "type-loss", "not written: %.200s: %s", e->alias, why);
    return ks_fail_next(err, KS_ERR_REFUSED, "leave the entry out, or choose another type");
}

static enum ks_code check(const struct writing *w, struct ks_error *err)
{
    for (size_t i = 0; i < w->version->count; i++) {
        const struct ks_entry *e = w->version->entries[i];
        const char *why = is_own(w, e) && !e->edited ? NULL : ks_pem_refuses(e);
        if (why)
            return refused(e, why, err);
    }
    return KS_OK;
}

static void put_all(const struct writing *w)
{
    for (size_t i = 0; i < w->version->count; i++)
        if (is_own(w, w->version->entries[i]))
            place_own(w, w->version->entries[i]);
    decide(w);
    put_text(w);
    for (size_t i = 0; i < w->version->count; i++)
        if (!is_own(w, w->version->entries[i]))
            put_new(w, w->version->entries[i]);
}

enum ks_code ks_pem_save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(store->file);
    bool crlf = file.len && memchr(file.data, '\r', file.len);
    struct writing w = {
        .store = store,
        .version = version,
        .file = file,
        .br = {crlf ? "\r\n" : "\n"},
        .job = job,
        .out = out,
    };

    find_spots(&w);
    w.names = w.names || w.count == 0;
    enum ks_code rc = check(&w, err);
    if (rc == KS_OK)
        rc = count_then(&w, err);
    if (rc == KS_OK)
        put_all(&w);
    for (size_t i = 0; i < w.count; i++)
        ks_buf_wipe_free(&w.spots[i].text);
    free(w.spots);
    free(w.by_where);
    if (rc == KS_OK && out->overflow)
        rc = ks_fail(err, KS_ERR_LIMIT, "limit", "not written: the file would be too large");
    return rc;
}

/* ---- seal ---- */

static struct ks_sealed sealed_as(const char *format, struct ks_blob *key)
{
    return (struct ks_sealed){.kind = KS_KIND_KEY, .key_format = format, .key = key};
}

static struct ks_blob *secret_copy(struct ks_slice bytes)
{
    uint8_t *copy = ks_alloc(bytes.len);
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    return ks_blob_take(copy, bytes.len, true);
}

/* An empty password is none: OpenSSL takes no encrypted key with it. */
enum ks_code ks_pem_seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err)
{
    struct ks_buf alg = KS_BUF_INIT, epki = KS_BUF_INIT;

    (void)into, (void)version;
    if (material->type != KS_MATERIAL_PRIVATE) {
        ks_fail(err, KS_ERR_REFUSED, "type-loss", "not stored: PEM holds no %s",
                material->type == KS_MATERIAL_SECRET ? "secret keys" : "stored passwords");
        return ks_fail_next(err, KS_ERR_REFUSED, "choose PKCS12");
    }
    struct ks_slice plain = ks_secret_bytes(material->bytes);
    if (ks_secret_is_empty(password)) {
        *out = sealed_as("PrivateKeyInfo", secret_copy(plain));
        return KS_OK;
    }
    enum ks_code rc = ks_pbe_make(KS_PBE_MODERN, &alg, err);
    if (rc == KS_OK)
        rc = ks_pbe_encrypt_epki(ks_slice(alg.data, alg.len), plain, password, KS_EMPTY_BMP, job,
                                 &epki, err);
    if (rc == KS_OK)
        *out = sealed_as("EncryptedPrivateKeyInfo", ks_blob_copy(ks_slice(epki.data, epki.len)));
    ks_buf_free(&alg);
    ks_buf_free(&epki);
    return rc;
}
