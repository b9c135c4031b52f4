#include "format/bks_internal.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/java_names.h"

#include <openssl/crypto.h>

#include <stdlib.h>

#define CHAIN_ON_STACK 8
#define ADVANCE_EVERY 256 /* records between two looks at the job */

/* ---- records to entries ---- */

struct reading {
    struct ks_blob *bytes;
    struct ks_loading entries;
};

static bool is_x509(struct ks_slice type)
{
    return ks_slice_equal(type, ks_slice_str("X.509")) ||
           ks_slice_equal(type, ks_slice_str("X509"));
}

static void skim(struct ks_slice type, struct ks_slice der, struct ks_cert *out,
                 struct ks_entry_draft *draft)
{
    if (!ks_cert_skim(der, out))
        draft->notes |= KS_NOTE_CERT_BROKEN | KS_NOTE_JAVA_FATAL;
    if (is_x509(type))
        return;
    draft->notes |= KS_NOTE_CERT_TYPE | KS_NOTE_JAVA_FATAL;
    if (draft->comment)
        return;
    char *shown = ks_text_java_name(type, KS_BKS_NAME_SHOWN);
    draft->comment = ks_asprintf("certificate of type %s", shown);
    free(shown);
}

static void skim_chain(const struct ks_bks_record *rec, struct ks_cert *chain,
                       struct ks_entry_draft *draft)
{
    struct ks_reader certs = rec->certs;
    struct ks_slice type, der;

    for (uint32_t i = 0; i < rec->chain_len; i++) {
        ks_bks_cert(&certs, &type, &der);
        skim(type, der, &chain[i], draft);
    }
    draft->chain_len = rec->chain_len;
}

/* Bouncy Castle reads the chain that a certificate's record may have, and drops it. */
static void draft_cert(const struct ks_bks_record *rec, struct ks_cert *chain,
                       struct ks_entry_draft *draft)
{
    draft->kind = KS_KIND_TRUSTED;
    skim(rec->cert_type, rec->content, &chain[0], draft);
    draft->chain_len = 1;
    if (rec->chain_len > 0 && !draft->comment)
        draft->comment =
            ks_asprintf("has a chain of %u, which Bouncy Castle drops", (unsigned)rec->chain_len);
}

/* Bouncy Castle takes no private key without certificates (engineSetKeyEntry), and secret keys
 * usually have none: which of them it is, the sealed record says. */
static void draft_sealed(const struct ks_bks_record *rec, struct ks_entry_draft *draft)
{
    struct ks_bks_seal seal;

    draft->kind = rec->chain_len > 0 ? KS_KIND_KEY : KS_KIND_SECRET;
    draft->key = rec->content;
    draft->key_format = ks_bks_sealed_format;
    if (draft->comment)
        return;
    if (!ks_bks_seal_parts(rec->content, &seal))
        draft->comment = ks_strdup("the key is damaged: it cannot be decrypted");
    else if (rec->chain_len == 0)
        draft->comment = ks_strdup("secret key or password; which, its password tells");
}

static void draft_bytes(const struct ks_bks_record *rec, struct ks_entry_draft *draft)
{
    draft->kind = KS_KIND_OPAQUE;
    draft->key = rec->content;
    draft->key_format = "bytes";
    if (!draft->comment)
        draft->comment =
            ks_strdup("bytes of a key that an application encrypted itself; kept as they are");
}

static void draft_by_type(const struct ks_bks_record *rec, struct ks_entry_draft *draft)
{
    switch (rec->type) {
    case KS_BKS_KEY:
        ks_bks_draft_key(rec, draft);
        break;
    case KS_BKS_BYTES:
        draft_bytes(rec, draft);
        break;
    default:
        draft_sealed(rec, draft);
    }
}

static void add_record(struct reading *g, const struct ks_bks_record *rec)
{
    struct ks_cert few[CHAIN_ON_STACK];
    struct ks_cert *chain = few;
    struct ks_piece piece = {.raw = rec->raw};
    struct ks_entry_draft draft = {
        .created = rec->created,
        .alias_raw = rec->alias,
        .pieces = &piece,
        .piece_count = 1,
        .blobs = &g->bytes,
        .blob_count = 1,
    };

    if (rec->chain_len > CHAIN_ON_STACK)
        chain = ks_alloc_array(rec->chain_len, sizeof *chain);
    draft.alias = ks_java_name(rec->alias, &draft.notes);
    draft.chain = chain;
    if (rec->type == KS_BKS_CERT) {
        draft_cert(rec, chain, &draft);
    } else {
        skim_chain(rec, chain, &draft);
        draft_by_type(rec, &draft);
    }
    ks_loading_make(&g->entries, &draft);
    if (chain != few)
        free(chain);
}

enum ks_code ks_bks_read(struct ks_store *into, struct ks_blob *bytes, struct ks_bks_walk *walk,
                         struct ks_job *job, struct ks_error *err)
{
    struct reading g = {.bytes = bytes};
    struct ks_bks_record rec;

    ks_job_phase(job, "reading entries", bytes->len);
    while (ks_bks_next(walk, &rec)) {
        add_record(&g, &rec);
        if (walk->records % ADVANCE_EVERY == 0 &&
            !ks_job_advance(job, ks_reader_offset(&walk->r))) {
            ks_loading_drop(&g.entries);
            return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while reading entries");
        }
    }
    ks_java_note_replaced(&g.entries);
    ks_loading_finish(&g.entries, into);
    return KS_OK;
}

/* ---- loading ---- */

static enum ks_code open_header(struct ks_store *into, struct ks_bks_header *h,
                                struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(into->file);

    if (!ks_bks_header(file, h)) {
        ks_fail(err, KS_ERR_DAMAGED, "truncated",
                "%.200s is damaged: it ends inside its header (%zu bytes)",
                ks_path_shown(into->path), file.len);
        return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of it or a backup");
    }
    if (h->version != 1 && h->version != 2) {
        ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-version",
                "%.200s was not opened: it is a BKS of version %u; ksx opens versions 1 and 2",
                ks_path_shown(into->path), h->version);
        return ks_fail_next(err, KS_ERR_UNSUPPORTED, "the file is probably damaged");
    }
    ks_store_set_type(into, h->version == 1 ? "BKS v1" : "BKS");
    return KS_OK;
}

/* The MAC stands behind the end mark, which it covers. */
static enum ks_code check_mac(struct ks_store *into, const struct ks_bks_header *h,
                              const struct ks_bks_walk *walk, const struct ks_secret *password,
                              struct ks_job *job, enum ks_bks_check *out, struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(into->file);
    size_t end = ks_reader_offset(&walk->r);
    uint8_t mac[KS_BKS_DIGEST];

    *out = KS_BKS_MISSING;
    if (!walk->ended || ks_reader_left(&walk->r) < KS_BKS_DIGEST)
        return KS_OK;
    *out = KS_BKS_UNCHECKED;
    if (!password)
        return KS_OK;
    enum ks_code rc = ks_bks_check_rounds(into, h->rounds, KS_BKS_MAX_ROUNDS, err);
    if (rc == KS_OK)
        rc = ks_bks_mac(h, password, ks_slice_part(file, h->len, end - h->len), mac, job, err);
    if (rc == KS_OK)
        *out = CRYPTO_memcmp(mac, file.data + end, sizeof mac) == 0 ? KS_BKS_GOOD : KS_BKS_BAD;
    return rc;
}

static enum ks_code wrong_password(const struct ks_store *into, struct ks_error *err)
{
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "%.200s is still locked: the password does not fit, or the file was altered (its MAC "
            "does not match)",
            ks_path_shown(into->path));
    return ks_fail_next(err, KS_ERR_PASSWORD,
                        "try again, or open it without a password to see what it lists");
}

static enum ks_code load(struct ks_store *into, const struct ks_secret *password,
                         struct ks_job *job, struct ks_error *err)
{
    struct ks_bks_header header;
    enum ks_bks_check check = KS_BKS_UNCHECKED;

    enum ks_code rc = open_header(into, &header, err);
    if (rc != KS_OK)
        return rc;
    struct ks_bks_walk walk = ks_bks_walk(ks_blob_slice(into->file), header.len);
    rc = ks_bks_read(into, into->file, &walk, job, err);
    if (rc == KS_OK)
        rc = check_mac(into, &header, &walk, password, job, &check, err);
    if (rc == KS_OK && check == KS_BKS_BAD)
        return wrong_password(into, err);
    if (rc == KS_OK)
        ks_bks_verdict(into, &walk, check);
    return rc;
}

const struct ks_format ks_format_bks = {
    .name = "BKS",
    .summary = "Bouncy Castle's keystore, Android; versions 1 and 2",
    .caps = KS_CAP_STORE | KS_CAP_PASSWORD | KS_CAP_LIST_UNLOCKED | KS_CAP_ENTRY_PASSWORD |
            KS_CAP_WRITE | KS_CAP_SECRETS | KS_CAP_DATES | KS_CAP_MUST_PASSWORD,
    .sniff = ks_bks_bid,
    .looks = ks_bks_looks,
    .load = load,
    .reveal = ks_bks_reveal,
    .seal = ks_bks_seal,
    .save = ks_bks_save,
    .refuses = ks_bks_refuses,
    .protection = ks_bks_protection,
};
