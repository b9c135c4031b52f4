/*
 * Objects become entries, each with the bytes of its ObjectData. The date that Java shows is
 * lastModified (BcFKSKeyStoreSpi.engineGetCreationDate), so that is an entry's date here.
 */
#include "format/bcfks_internal.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/java_names.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_ON_STACK 8
#define ADVANCE_EVERY 256 /* objects between two looks at the job */
#define COMMENT_MAX 300   /* bytes of a comment that are shown */

struct reading {
    struct ks_store *into;
    struct ks_blob *blob;
    struct ks_loading entries;
    size_t certs;
};

void ks_bcfks_damage(struct ks_store *into, const char *slug, const char *fmt, ...)
{
    char text[300];
    va_list args;

    into->notes |= KS_STORE_DAMAGED | KS_STORE_JAVA_REFUSES;
    if (into->damage.code != KS_OK)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ks_fail(&into->damage, KS_ERR_DAMAGED, slug, "the file is damaged: %s", text);
    ks_fail_next(&into->damage, KS_ERR_DAMAGED,
                 "what can be read is listed; look for another copy of the file");
}

/* ---- aliases and comments ---- */

/* U+0000 would end a C string: shown as its symbol, U+2400. */
static char *without_nul(struct ks_buf *text)
{
    struct ks_buf out = KS_BUF_INIT;

    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i])
            ks_buf_byte(&out, text->data[i]);
        else
            ks_buf_str(&out, "\xe2\x90\x80");
    }
    ks_buf_free(text);
    return ks_buf_steal(&out);
}

static char *decode_alias(struct ks_slice raw, uint32_t *notes)
{
    struct ks_buf text = KS_BUF_INIT;

    if (!ks_text_from_utf8(raw, &text))
        *notes |= KS_NOTE_ALIAS_ENCODING | KS_NOTE_JAVA_FATAL;
    return without_nul(&text);
}

/* One more remark behind those that are there. */
static void remark(struct ks_entry_draft *draft, const char *words)
{
    char *before = draft->comment;
    draft->comment = before ? ks_asprintf("%s; %s", before, words) : ks_strdup(words);
    free(before);
}

static void remark_comment(struct ks_entry_draft *draft, struct ks_slice comment)
{
    struct ks_tlv tlv;
    struct ks_buf text = KS_BUF_INIT;

    if (!ks_der_expect(&comment, KS_DER_UTF8_STRING, &tlv))
        return;
    ks_buf_str(&text, "comment: ");
    (void)ks_text_from_utf8(ks_slice_part(tlv.body, 0, COMMENT_MAX), &text);
    char *words = without_nul(&text);
    remark(draft, words);
    free(words);
}

/* ---- contents by type ---- */

static void draft_opaque(struct ks_entry_draft *draft, struct ks_slice data, const char *why)
{
    draft->kind = KS_KIND_OPAQUE;
    draft->key = data;
    draft->key_format = "bytes";
    remark(draft, why);
}

/* AlgorithmIdentifier and OCTET STRING, as in an EncryptedPrivateKeyInfo */
static void draft_secret(struct ks_entry_draft *draft, struct ks_slice data, enum ks_kind kind)
{
    struct ks_slice alg, ciphertext;

    if (!ks_pbe_epki_parts(data, &alg, &ciphertext)) {
        draft_opaque(draft, data, "a secret key in a form that ksx does not interpret");
        return;
    }
    draft->kind = (uint8_t)kind;
    draft->key = data;
    draft->key_format = ks_bcfks_secret_format;
}

static size_t count_of(struct ks_slice certs)
{
    struct ks_tlv tlv;
    size_t count = 0;

    while (count <= KS_BCFKS_MAX_CHAIN && ks_der_next(&certs, &tlv))
        count++;
    return count;
}

/* False when the data is something else, or there are more certificates than any chain has. */
static bool open_key(struct reading *g, struct ks_slice data, struct ks_entry_draft *draft,
                     struct ks_slice *certs)
{
    struct ks_slice alg, ciphertext;

    if (!ks_bcfks_key_parts(data, &draft->key, certs))
        return false;
    draft->chain_len = count_of(*certs);
    g->certs += draft->chain_len;
    if (draft->chain_len > KS_BCFKS_MAX_CHAIN || g->certs > KS_BCFKS_MAX_CERTS)
        return false;
    draft->kind = KS_KIND_KEY;
    draft->key_format = "EncryptedPrivateKeyInfo";
    if (!ks_pbe_epki_parts(draft->key, &alg, &ciphertext))
        remark(draft, "the key is damaged: it is no EncryptedPrivateKeyInfo");
    if (draft->chain_len == 0)
        draft->notes |= KS_NOTE_NO_CHAIN;
    return true;
}

static void skim_chain(struct ks_slice certs, struct ks_cert *chain, struct ks_entry_draft *draft)
{
    struct ks_tlv tlv;

    for (size_t i = 0; i < draft->chain_len && ks_der_next(&certs, &tlv); i++)
        if (!ks_cert_skim(tlv.whole, &chain[i]))
            draft->notes |= KS_NOTE_CERT_BROKEN;
    draft->chain = chain;
}

static void add(struct reading *g, struct ks_entry_draft *draft)
{
    ks_loading_make(&g->entries, draft);
}

static void add_key(struct reading *g, struct ks_slice data, struct ks_entry_draft *draft)
{
    struct ks_cert few[CHAIN_ON_STACK];
    struct ks_cert *chain = few;
    struct ks_slice certs;

    if (!open_key(g, data, draft, &certs)) {
        draft->chain_len = 0;
        draft_opaque(draft, data, "a private key in a form that ksx does not interpret");
        add(g, draft);
        return;
    }
    if (draft->chain_len > CHAIN_ON_STACK)
        chain = ks_alloc_array(draft->chain_len, sizeof *chain);
    skim_chain(certs, chain, draft);
    add(g, draft);
    if (chain != few)
        free(chain);
}

static void add_cert(struct reading *g, struct ks_slice data, struct ks_entry_draft *draft)
{
    struct ks_cert cert;

    draft->kind = KS_KIND_TRUSTED;
    draft->chain_len = 1;
    draft->chain = &cert;
    g->certs++;
    if (!ks_cert_skim(data, &cert))
        draft->notes |= KS_NOTE_CERT_BROKEN;
    add(g, draft);
}

static void add_other(struct reading *g, uint64_t type, struct ks_slice data,
                      struct ks_entry_draft *draft)
{
    if (type == KS_BCFKS_SECRET_KEY || type == KS_BCFKS_PROTECTED_SECRET_KEY)
        draft_secret(draft, data, KS_KIND_SECRET);
    else if (type == KS_BCFKS_PBE_KEY)
        draft_secret(draft, data, KS_KIND_PASSWORD);
    else
        draft_opaque(draft, data, "an object of a type that ksx does not know");
    add(g, draft);
}

/* ---- objects ---- */

static int64_t milliseconds(struct ks_slice time)
{
    struct ks_tlv tlv;
    int64_t seconds;

    return ks_der_next(&time, &tlv) && ks_der_time(&tlv, &seconds) ? seconds * 1000 : KS_TIME_NONE;
}

static void add_object(struct reading *g, const struct ks_bcfks_object *o)
{
    struct ks_piece piece = {.raw = o->raw};
    struct ks_slice data = ks_bcfks_body(o->data);
    struct ks_entry_draft draft = {
        .created = milliseconds(o->modified),
        .alias_raw = ks_bcfks_body(o->identifier),
        .pieces = &piece,
        .piece_count = 1,
        .blobs = &g->blob,
        .blob_count = 1,
    };

    draft.alias = decode_alias(draft.alias_raw, &draft.notes);
    if (o->type == KS_BCFKS_PROTECTED_PRIVATE_KEY || o->type == KS_BCFKS_PROTECTED_SECRET_KEY)
        remark(&draft, "stored already encrypted");
    remark_comment(&draft, o->comment);
    switch (o->type) {
    case KS_BCFKS_CERTIFICATE:
        add_cert(g, data, &draft);
        return;
    case KS_BCFKS_PRIVATE_KEY:
    case KS_BCFKS_PROTECTED_PRIVATE_KEY:
        add_key(g, data, &draft);
        return;
    default:
        add_other(g, o->type, data, &draft);
    }
}

/* An element that is no ObjectData: kept, and Java refuses the file over it. */
static void add_strange(struct reading *g, struct ks_slice raw)
{
    struct ks_piece piece = {.raw = raw};
    struct ks_entry_draft draft = {
        .notes = KS_NOTE_ALIAS_INVENTED | KS_NOTE_JAVA_FATAL,
        .created = KS_TIME_NONE,
        .alias = ks_asprintf("object %zu", g->entries.count + 1),
        .pieces = &piece,
        .piece_count = 1,
        .blobs = &g->blob,
        .blob_count = 1,
    };
    draft_opaque(&draft, raw, "not an object as Bouncy Castle writes them");
    add(g, &draft);
}

static enum ks_code read_objects(struct reading *g, struct ks_slice in, struct ks_job *job,
                                 struct ks_error *err)
{
    struct ks_tlv tlv;
    struct ks_bcfks_object object;
    const uint8_t *start = in.data;

    while (g->entries.count < KS_BCFKS_MAX_OBJECTS && g->certs < KS_BCFKS_MAX_CERTS &&
           ks_der_next(&in, &tlv)) {
        if (ks_bcfks_object(tlv.whole, &object))
            add_object(g, &object);
        else
            add_strange(g, tlv.whole);
        if (g->entries.count % ADVANCE_EVERY == 0 &&
            !ks_job_advance(job, (uint64_t)(in.data - start)))
            return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while reading entries");
    }
    if (in.len > 0)
        ks_bcfks_damage(g->into, "bad-entry", "%zu entries can be read, and nothing after them",
                        g->entries.count);
    return KS_OK;
}

enum ks_code ks_bcfks_entries(struct ks_store *into, const struct ks_bcfks_data *data,
                              struct ks_blob *blob, struct ks_job *job, struct ks_error *err)
{
    struct reading g = {.into = into, .blob = blob};

    ks_job_phase(job, "reading entries", data->objects.len);
    enum ks_code rc = read_objects(&g, data->objects, job, err);
    if (rc != KS_OK) {
        ks_loading_drop(&g.entries);
        return rc;
    }
    ks_java_note_replaced(&g.entries);
    ks_loading_finish(&g.entries, into);
    return KS_OK;
}
