/*
 * UBER: the records of a BKS, encrypted as a whole under PBEWithSHAAndTwofish-CBC. Nothing can be
 * read without the password. What is inside stays in store->inner; entries point into it.
 */
#include "format/bks_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "format/pbe.h"

#include <nettle/cbc.h>
#include <nettle/twofish.h>
#include <openssl/crypto.h>

#include <stdlib.h>

#define BLOCK TWOFISH_BLOCK_SIZE
#define KEY_LEN 32
#define CHUNK (1u << 20) /* bytes between two looks at the job; whole blocks */
#define VERSION 1

/* ---- Twofish ---- */

struct keying {
    uint8_t key[KEY_LEN];
    uint8_t iv[BLOCK];
};

static enum ks_code derive(const struct ks_bks_header *h, const struct ks_secret *password,
                           struct keying *out, struct ks_job *job, struct ks_error *err)
{
    struct ks_secret *pw = ks_bks_password(password);
    struct ks_slice bytes = ks_secret_bytes(pw);
    uint64_t rounds = h->rounds ? h->rounds : 1; /* the derivation begins with one */
    enum ks_code rc =
        ks_kdf_pkcs12("SHA1", 1, bytes, h->salt, rounds, out->key, sizeof out->key, job, err);

    if (rc == KS_OK)
        rc = ks_kdf_pkcs12("SHA1", 2, bytes, h->salt, rounds, out->iv, sizeof out->iv, job, err);
    ks_secret_free(pw);
    return rc;
}

static void encrypt_blocks(const void *ctx, size_t len, uint8_t *out, const uint8_t *in)
{
    twofish_encrypt(ctx, len, out, in);
}

static void decrypt_blocks(const void *ctx, size_t len, uint8_t *out, const uint8_t *in)
{
    twofish_decrypt(ctx, len, out, in);
}

/* CBC over whole blocks. */
static enum ks_code run(struct keying *k, bool encrypt, struct ks_slice in, uint8_t *out,
                        struct ks_job *job, struct ks_error *err)
{
    struct twofish_ctx ctx;
    enum ks_code rc = KS_OK;

    ks_job_phase(job, encrypt ? "encrypting" : "decrypting", in.len);
    twofish256_set_key(&ctx, k->key);
    for (size_t at = 0; at < in.len && rc == KS_OK; at += CHUNK) {
        size_t len = in.len - at < CHUNK ? in.len - at : CHUNK;
        if (encrypt)
            cbc_encrypt(&ctx, encrypt_blocks, BLOCK, k->iv, len, out + at, in.data + at);
        else
            cbc_decrypt(&ctx, decrypt_blocks, BLOCK, k->iv, len, out + at, in.data + at);
        if (!ks_job_advance(job, at + len))
            rc = ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped at encrypted contents");
    }
    ks_wipe(&ctx, sizeof ctx);
    return rc;
}

/* ---- opening ---- */

/* Bytes of PKCS#7 padding at the end, 0 when there is none. */
static size_t padding(const uint8_t *data, size_t len)
{
    size_t count = len > 0 ? data[len - 1] : 0;

    if (count == 0 || count > BLOCK || count > len)
        return 0;
    for (size_t i = 1; i <= count; i++)
        if (data[len - i] != count)
            return 0;
    return count;
}

struct opening {
    struct ks_bks_header header;
    struct ks_slice body; /* encrypted */
    struct ks_bks_walk walk;
    enum ks_bks_check check;
};

/* Sets into->inner. Of a body that is cut, the blocks that are whole can be read all the same; and
 * Bouncy Castle reads up to the SHA-1 and not to the end, so that a bad padding is no reason to
 * stop either. */
static enum ks_code decrypt(struct ks_store *into, struct opening *o,
                            const struct ks_secret *password, struct ks_job *job,
                            struct ks_error *err)
{
    struct keying k = {0};
    size_t len = o->body.len / BLOCK * BLOCK;

    enum ks_code rc = derive(&o->header, password, &k, job, err);
    if (rc != KS_OK)
        return rc;
    uint8_t *plain = ks_alloc(len);
    rc = run(&k, false, ks_slice_part(o->body, 0, len), plain, job, err);
    into->inner = ks_blob_take(plain, len - padding(plain, len), true);
    ks_wipe(&k, sizeof k);
    return rc;
}

static enum ks_bks_check check_digest(struct ks_slice inner, const struct ks_bks_walk *walk)
{
    size_t end = ks_reader_offset(&walk->r);
    uint8_t digest[KS_BKS_DIGEST];

    if (!walk->ended || ks_reader_left(&walk->r) < KS_BKS_DIGEST)
        return KS_BKS_MISSING;
    ks_sha1(ks_slice_part(inner, 0, end), digest);
    return CRYPTO_memcmp(digest, inner.data + end, sizeof digest) == 0 ? KS_BKS_GOOD : KS_BKS_BAD;
}

/* ---- words ---- */

static enum ks_code open_header(struct ks_store *into, struct opening *o, struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(into->file);
    bool whole = ks_bks_header(file, &o->header);

    if (whole && o->header.version != VERSION) {
        ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-version",
                "%.200s was not opened: it is a UBER of version %u; ksx opens version %d",
                ks_path_shown(into->path), o->header.version, VERSION);
        return ks_fail_next(err, KS_ERR_UNSUPPORTED, "the file is probably damaged");
    }
    o->body = ks_slice_part(file, o->header.len, file.len - o->header.len);
    if (whole && o->header.salt.len == KS_BKS_SALT && o->body.len >= BLOCK)
        return ks_bks_check_rounds(into, o->header.rounds, KS_UBER_MAX_ROUNDS, err);
    ks_fail(err, KS_ERR_DAMAGED, "truncated",
            "%.200s is damaged: it ends before its encrypted contents begin (%zu bytes)",
            ks_path_shown(into->path), file.len);
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of it or a backup");
}

static enum ks_code password_needed(const struct ks_store *into, struct ks_error *err)
{
    ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
            "%.200s was not opened: a UBER is encrypted as a whole, nothing can be listed without "
            "its password",
            ks_path_shown(into->path));
    return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "type the password of the keystore");
}

/* Not one entry came out of it. */
static enum ks_code nothing_read(const struct ks_store *into, const struct opening *o,
                                 struct ks_error *err)
{
    if (o->body.len % BLOCK != 0) {
        ks_fail(err, KS_ERR_DAMAGED, "truncated",
                "%.200s is damaged: its encrypted contents are cut, and nothing of them can be "
                "read with this password",
                ks_path_shown(into->path));
        return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of it or a backup");
    }
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "%.200s is still locked: the password does not fit, or the file was altered",
            ks_path_shown(into->path));
    return ks_fail_next(err, KS_ERR_PASSWORD, "try another password");
}

static void verdict(struct ks_store *into, const struct opening *o)
{
    ks_bks_verdict(into, &o->walk, o->check);
    into->notes |= KS_STORE_WEAK; /* the derivation: SHA-1, some thousand rounds */
    ks_store_fact(into, "Encrypted with", "Twofish-256-CBC, PKCS#12 KDF-SHA1, %u iterations",
                  o->header.rounds);
}

static enum ks_code load(struct ks_store *into, const struct ks_secret *password,
                         struct ks_job *job, struct ks_error *err)
{
    struct opening o = {0};

    enum ks_code rc = open_header(into, &o, err);
    if (rc == KS_OK && !password)
        rc = password_needed(into, err);
    if (rc == KS_OK)
        rc = decrypt(into, &o, password, job, err);
    if (rc != KS_OK)
        return rc;
    o.walk = ks_bks_walk(ks_blob_slice(into->inner), 0);
    rc = ks_bks_read(into, into->inner, &o.walk, job, err);
    if (rc != KS_OK)
        return rc;
    o.check = check_digest(ks_blob_slice(into->inner), &o.walk);
    if (o.check != KS_BKS_GOOD && o.walk.records == 0)
        return nothing_read(into, &o, err);
    verdict(into, &o);
    return KS_OK;
}

/* ---- writing ---- */

/* Records, end mark, their SHA-1, and the padding. */
static enum ks_code put_inner(const struct ks_store *store, const struct ks_version *version,
                              struct ks_job *job, struct ks_buf *inner, struct ks_error *err)
{
    uint8_t digest[KS_BKS_DIGEST];
    enum ks_code rc = ks_bks_put_records(store, version, job, inner, err);

    if (rc != KS_OK)
        return rc;
    ks_sha1(ks_slice(inner->data, inner->len), digest);
    ks_buf_append(inner, digest, sizeof digest);
    if (store->inner)
        ks_bks_put_trailing(store, ks_blob_slice(store->inner), 0, inner);
    size_t pad = BLOCK - inner->len % BLOCK;
    for (size_t i = 0; i < pad; i++)
        ks_buf_byte(inner, (uint8_t)pad);
    return KS_OK;
}

static enum ks_code put_file(const struct ks_bks_header *header, const struct ks_secret *password,
                             const struct ks_buf *inner, struct ks_job *job, struct ks_buf *out,
                             struct ks_error *err)
{
    struct keying k = {0};
    uint8_t *sealed = ks_alloc(inner->len);

    enum ks_code rc = derive(header, password, &k, job, err);
    if (rc == KS_OK)
        rc = run(&k, true, ks_slice(inner->data, inner->len), sealed, job, err);
    if (rc == KS_OK) {
        ks_bks_put_header(header, out);
        ks_buf_append(out, sealed, inner->len);
        if (inner->overflow || out->overflow)
            rc = ks_fail(err, KS_ERR_LIMIT, "limit",
                         "not written: the keystore would be larger than what ksx reads");
    }
    free(sealed);
    ks_wipe(&k, sizeof k);
    return rc;
}

/* Always with a new salt: two files under one key and IV would show where they begin to differ. */
static enum ks_code save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf room = KS_BUF_INIT, inner = {.secret = true}; /* it may hold keys in clear */
    struct ks_bks_header header;

    if (!version->password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "%.200s was not written: a UBER is encrypted with its password",
                ks_path_shown(store->path));
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "choose a password");
    }
    if (store->inner)
        ks_buf_reserve(&inner, store->inner->len + store->inner->len / 8);
    enum ks_code rc = ks_bks_new_header(store, VERSION, &room, &header, err);
    if (rc == KS_OK)
        rc = put_inner(store, version, job, &inner, err);
    if (rc == KS_OK)
        rc = put_file(&header, version->password, &inner, job, out, err);
    ks_buf_wipe_free(&inner);
    ks_buf_free(&room);
    return rc;
}

const struct ks_format ks_format_uber = {
    .name = "UBER",
    .summary = "Bouncy Castle's keystore, encrypted as a whole with Twofish",
    .caps = KS_CAP_STORE | KS_CAP_PASSWORD | KS_CAP_ENTRY_PASSWORD | KS_CAP_WRITE | KS_CAP_SECRETS |
            KS_CAP_DATES | KS_CAP_MUST_PASSWORD,
    .sniff = ks_uber_bid,
    .load = load,
    .reveal = ks_bks_reveal,
    .seal = ks_bks_seal,
    .save = save,
    .refuses = ks_uber_refuses,
    .protection = ks_bks_protection,
};
