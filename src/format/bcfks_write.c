/*
 * Saving. An object that was read and not edited goes out as it came in, byte for byte inside the
 * encryption; of an edited one everything stays that the edit did not name. Around them stay the
 * version, the date of creation, the comment, all algorithms with their numbers, and the order.
 * New are salts and nonces, and the date of the last change.
 *
 * A signature cannot be made anew, so a signed store is not written over.
 */
#include "format/bcfks_internal.h"

#include <stdio.h>
#include <string.h>

#define ADVANCE_EVERY 256 /* entries between two looks at the job */

struct writing {
    const struct ks_store *store;
    const struct ks_version *version;
    struct ks_job *job;
    struct ks_bcfks_file file; /* as read; zeros for a new store */
    struct ks_bcfks_data data;
};

/* ---- what fits ---- */

/* What was in such a file stays in it, whatever it is. */
static bool is_at_home(const struct ks_entry *e)
{
    return e->home == &ks_format_bcfks && e->piece_count == 1;
}

const char *ks_bcfks_refuses(const struct ks_entry *entry)
{
    static const char *const kinds[] = {
        [KS_KIND_SECRET] = NULL, /* its algorithm is only known when it is unlocked */
        [KS_KIND_CERT] = "BCFKS holds certificates as trusted ones or in a chain, not loose",
        [KS_KIND_PASSWORD] = "BCFKS holds no stored passwords",
        [KS_KIND_REQUEST] = "BCFKS holds no certificate requests",
        [KS_KIND_CRL] = "BCFKS holds no revocation lists",
        [KS_KIND_PUBLIC] = "BCFKS holds no public keys without a certificate",
        [KS_KIND_OPAQUE] = "BCFKS holds only what ksx can read",
        [KS_KIND_LOCKED] = "it is still locked",
    };
    if (is_at_home(entry) && !(entry->edited & KS_EDITED_ALIAS))
        return NULL;
    if (strlen(entry->alias) > KS_ALIAS_SHOWN)
        return "its name is longer than 64 KiB, which nothing expects of a BCFKS";
    if (is_at_home(entry))
        return NULL;
    if (entry->kind == KS_KIND_KEY && entry->chain_len == 0)
        return "Java fails on a BCFKS with a private key that has no certificate";
    return kinds[entry->kind];
}

static const char *why_not(const struct ks_entry *e)
{
    if (e->kind == KS_KIND_TRUSTED && e->chain_len != 1)
        return "a trusted certificate is one certificate";
    if (e->kind == KS_KIND_SECRET && !is_at_home(e) && e->key_format != ks_bcfks_secret_format)
        return "its key is not protected the way of BCFKS";
    return ks_bcfks_refuses(e);
}

/* ---- objects ---- */

static void put_number(struct ks_buf *out, uint8_t number)
{
    ks_der_put(out, KS_DER_INTEGER, ks_slice(&number, 1));
}

static void put_time(struct ks_buf *out, int64_t seconds)
{
    int64_t first = 0, last = 0;
    char text[40];

    if (!ks_time_from_civil(0, 1, 1, 0, 0, 0, &first) ||
        !ks_time_from_civil(9999, 12, 31, 23, 59, 59, &last))
        first = last = seconds;
    struct ks_civil c = ks_time_to_civil(seconds < first ? first : seconds > last ? last : seconds);
    int len = snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02dZ", c.year, c.month, c.day,
                       c.hour, c.minute, c.second);
    ks_der_put(out, KS_DER_GENERALIZED_TIME, ks_slice(text, len > 0 ? (size_t)len : 0));
}

static void put_date_of(struct ks_buf *out, const struct ks_entry *e)
{
    put_time(out, e->created == KS_TIME_NONE ? ks_now() : e->created / 1000);
}

static uint8_t type_of(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY       ? KS_BCFKS_PRIVATE_KEY
           : e->kind == KS_KIND_TRUSTED ? KS_BCFKS_CERTIFICATE
                                        : KS_BCFKS_SECRET_KEY;
}

static void put_private_key(struct ks_buf *out, const struct ks_entry *e)
{
    struct ks_buf certs = KS_BUF_INIT, body = KS_BUF_INIT;

    for (size_t i = 0; i < e->chain_len; i++)
        ks_buf_slice(&certs, ks_cert_der(&e->chain[i]));
    ks_buf_slice(&body, e->key);
    ks_der_put(&body, KS_DER_SEQUENCE, ks_slice(certs.data, certs.len));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&certs);
    ks_buf_free(&body);
}

static void put_data(struct ks_buf *out, const struct ks_entry *e)
{
    struct ks_buf data = KS_BUF_INIT;

    if (e->kind == KS_KIND_KEY)
        put_private_key(&data, e);
    else if (e->kind == KS_KIND_TRUSTED)
        ks_buf_slice(&data, ks_cert_der(&e->chain[0]));
    else
        ks_buf_slice(&data, e->key);
    ks_der_put(out, KS_DER_OCTET_STRING, ks_slice(data.data, data.len));
    ks_buf_free(&data);
}

/* `old` NULL: an object of its own. */
static void put_object(struct ks_buf *out, const struct ks_entry *e,
                       const struct ks_bcfks_object *old)
{
    struct ks_buf body = KS_BUF_INIT;
    unsigned edited = old ? e->edited : ~0u;

    if (old)
        ks_buf_slice(&body, old->type_tlv);
    else
        put_number(&body, type_of(e));
    if (edited & KS_EDITED_ALIAS)
        ks_der_put(&body, KS_DER_UTF8_STRING, ks_slice_str(e->alias));
    else
        ks_buf_slice(&body, old->identifier);
    if (old)
        ks_buf_slice(&body, old->created);
    else
        put_date_of(&body, e);
    if (edited & KS_EDITED_DATE)
        put_date_of(&body, e);
    else
        ks_buf_slice(&body, old->modified);
    if (edited & (KS_EDITED_KEY | KS_EDITED_CHAIN))
        put_data(&body, e);
    else
        ks_buf_slice(&body, old->data);
    if (old)
        ks_buf_slice(&body, old->comment);
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&body);
}

static enum ks_code put_entry(struct ks_buf *out, const struct ks_entry *e, struct ks_error *err)
{
    struct ks_bcfks_object old;
    bool home = is_at_home(e);

    if (home && !e->edited) {
        ks_buf_slice(out, e->pieces[0].raw);
        return KS_OK;
    }
    const char *why = why_not(e);
    if (why) {
        ks_fail(err, KS_ERR_REFUSED, "type-loss", "not written: %.200s: %s", e->alias, why);
        return ks_fail_next(err, KS_ERR_REFUSED, "leave the entry out, or choose another type");
    }
    if (home && !ks_bcfks_object(e->pieces[0].raw, &old)) {
        ks_fail(err, KS_ERR_REFUSED, "damaged",
                "not written: %.200s cannot be changed, for ksx does not know its form", e->alias);
        return ks_fail_next(err, KS_ERR_REFUSED, "leave it as it is, or delete it");
    }
    put_object(out, e, home ? &old : NULL);
    return KS_OK;
}

static enum ks_code put_objects(const struct writing *w, struct ks_buf *out, struct ks_error *err)
{
    ks_job_phase(w->job, "writing entries", w->version->count);
    for (size_t i = 0; i < w->version->count; i++) {
        enum ks_code rc = put_entry(out, w->version->entries[i], err);
        if (rc != KS_OK)
            return rc;
        if (i % ADVANCE_EVERY == 0 && !ks_job_advance(w->job, i))
            return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while writing entries");
    }
    return KS_OK;
}

/* ---- the layers ---- */

static struct ks_slice slice_of(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

/* The MAC's algorithm, which ObjectStoreData repeats: Bouncy Castle compares the two. */
static struct ks_slice mac_algorithm(const struct writing *w)
{
    return w->file.check == KS_BCFKS_MAC ? w->file.check_alg : ks_bcfks_default_mac();
}

static enum ks_code put_store_data(const struct writing *w, struct ks_buf *out,
                                   struct ks_error *err)
{
    struct ks_buf objects = KS_BUF_INIT, body = KS_BUF_INIT;
    enum ks_code rc = put_objects(w, &objects, err);

    if (w->data.version.len)
        ks_buf_slice(&body, w->data.version);
    else
        put_number(&body, 1);
    ks_buf_slice(&body, mac_algorithm(w));
    if (w->data.created.len)
        ks_buf_slice(&body, w->data.created);
    else
        put_time(&body, ks_now());
    put_time(&body, ks_now());
    ks_der_put(&body, KS_DER_SEQUENCE, slice_of(&objects));
    ks_buf_slice(&body, w->data.comment);
    ks_der_put(out, KS_DER_SEQUENCE, slice_of(&body));
    if (rc == KS_OK && (objects.overflow || body.overflow))
        out->overflow = true;
    ks_buf_free(&objects);
    ks_buf_free(&body);
    return rc;
}

/* storeData, encrypted unless the file's was not. */
static enum ks_code put_outer_data(const struct writing *w, struct ks_buf *out,
                                   struct ks_error *err)
{
    struct ks_buf plain = KS_BUF_INIT;

    if (w->file.clear)
        return put_store_data(w, out, err);
    enum ks_code rc = put_store_data(w, &plain, err);
    if (rc == KS_OK && plain.overflow)
        out->overflow = true;
    else if (rc == KS_OK)
        rc = ks_bcfks_encrypt(w->file.alg, slice_of(&plain), KS_BCFKS_FOR_STORE,
                              w->version->password, w->job, out, err);
    ks_buf_wipe_free(&plain);
    return rc;
}

static enum ks_code put_file(const struct writing *w, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf body = KS_BUF_INIT;
    bool has_mac = w->file.check == KS_BCFKS_MAC;
    enum ks_code rc = put_outer_data(w, &body, err);

    if (rc == KS_OK && !body.overflow)
        rc = ks_bcfks_mac_put(mac_algorithm(w), has_mac ? w->file.kdf : ks_slice(NULL, 0),
                              slice_of(&body), w->version->password, w->job, &body, err);
    if (rc == KS_OK) {
        ks_der_put(out, KS_DER_SEQUENCE, slice_of(&body));
        ks_buf_slice(out, w->file.trailing);
    }
    bool overflow = body.overflow || out->overflow;
    ks_buf_free(&body);
    if (rc != KS_OK || !overflow)
        return rc;
    ks_fail(err, KS_ERR_LIMIT, "limit",
            "not written: the keystore would be larger than what ksx reads");
    return ks_fail_next(err, KS_ERR_LIMIT, "spread its entries over two keystores");
}

/* ---- */

static enum ks_code signed_store(struct ks_error *err)
{
    ks_fail(err, KS_ERR_REFUSED, "signed",
            "not written: the keystore is signed, and only the signer's private key could sign it "
            "again");
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "save it as a password-protected copy: convert it to "
                        "BCFKS under another name");
}

static enum ks_code read_old(struct writing *w, struct ks_error *err)
{
    const struct ks_store *s = w->store;
    struct ks_slice file = s->file ? ks_blob_slice(s->file) : ks_slice(NULL, 0);

    if (file.len == 0)
        return KS_OK;
    bool good = ks_bcfks_open(file, &w->file);
    if (good && w->file.check == KS_BCFKS_SIGNED)
        return signed_store(err);
    if (good && w->file.clear)
        good = ks_bcfks_data(w->file.data, &w->data);
    else if (good)
        good = s->inner && ks_bcfks_data(ks_blob_slice(s->inner), &w->data);
    if (good)
        return KS_OK;
    return ks_fail(err, KS_ERR_DAMAGED, "damaged",
                   "not written: the file that was read is no BCFKS, or was not decrypted");
}

enum ks_code ks_bcfks_save(const struct ks_store *store, const struct ks_version *version,
                           struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct writing w = {.store = store, .version = version, .job = job};
    enum ks_code rc = read_old(&w, err);

    if (rc != KS_OK)
        return rc;
    if (!version->password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "not written: a BCFKS is encrypted and checked with a password");
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "give a password; an empty one is one");
    }
    return put_file(&w, out, err);
}
