/*
 * Microsoft's file for a private key (.pvk), which makecert and signcode wrote. Little-endian:
 *
 *   u4 b0b5f11e, u4 0, u4 use (1 exchange, 2 signature), u4 encrypted, u4 length of the salt,
 *   u4 length of the key, salt, key
 *
 * The key is a PRIVATEKEYBLOB of the CryptoAPI. Encrypted, its first 8 bytes are in clear and the
 * rest under RC4 with the beginning of SHA-1(salt, password) as the key: 16 bytes, or 5 and eleven
 * zeros, the weak variant for export from the USA. Nothing says which: both are tried, and the
 * magic number in the key tells whether one of them was right.
 */
#include "format/format.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "format/items.h"
#include "format/loose_key.h"
#include "x509/der.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#define HEADER 24
#define BLOB_HEADER 8 /* of the key; never encrypted */
#define KEY_FORMAT "PVK"

static const uint8_t magic[] = {0x1e, 0xf1, 0xb5, 0xb0, 0, 0, 0, 0};

static uint32_t u32le(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* ---- the file ---- */

struct pvk {
    bool encrypted;
    struct ks_slice salt, blob;
    size_t end; /* of what belongs to it */
};

static bool is_pvk(struct ks_slice file)
{
    return file.len >= sizeof magic && memcmp(file.data, magic, sizeof magic) == 0;
}

/* False when it ends early; *claims is what it should hold. */
static bool parse(struct ks_slice file, struct pvk *out, uint64_t *claims)
{
    *claims = HEADER;
    if (file.len < HEADER)
        return false;
    uint64_t salt = u32le(file.data + 16), blob = u32le(file.data + 20);
    *claims = HEADER + salt + blob;
    if (*claims > file.len)
        return false;
    out->encrypted = u32le(file.data + 12) != 0;
    out->salt = ks_slice_part(file, HEADER, (size_t)salt);
    out->blob = ks_slice_part(file, HEADER + (size_t)salt, (size_t)blob);
    out->end = (size_t)*claims;
    return true;
}

static int pvk_sniff(struct ks_slice head, uint64_t size)
{
    (void)size;
    return is_pvk(head) ? 100 : 0;
}

static void pvk_looks(struct ks_slice head, uint64_t size, struct ks_buf *out)
{
    bool encrypted = head.len >= 16 && u32le(head.data + 12) != 0;
    bool cut = head.len < HEADER ||
               HEADER + (uint64_t)u32le(head.data + 16) + u32le(head.data + 20) > size;

    ks_buf_printf(out, "PVK private key, %s%s", encrypted ? "encrypted" : "not encrypted",
                  cut ? ", damaged (ends early)" : "");
}

static enum ks_code fail_cut(struct ks_slice file, uint64_t claims, struct ks_error *err)
{
    ks_fail(err, KS_ERR_DAMAGED, "truncated",
            "the file is damaged: it should hold %llu bytes and ends after %zu",
            (unsigned long long)claims, file.len);
    return ks_fail_next(err, KS_ERR_DAMAGED, "copy or download the file again");
}

static enum ks_code pvk_load(struct ks_store *into, const struct ks_secret *password,
                             struct ks_job *job, struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(into->file);
    struct pvk pvk;
    uint64_t claims;

    (void)password, (void)job; /* nothing is decrypted while loading */
    if (!is_pvk(file))
        return ks_fail(err, KS_ERR_FORMAT, "unknown-format", "it is no PVK file");
    if (!parse(file, &pvk, &claims))
        return fail_cut(file, claims, err);
    struct ks_loading loading = {0};
    struct ks_piece piece = {.raw = file};
    struct ks_entry_draft d = {
        .kind = KS_KIND_KEY,
        .notes = KS_NOTE_ALIAS_INVENTED | KS_NOTE_NO_CHAIN,
        .created = KS_TIME_NONE,
        .alias = ks_strdup("private key"),
        .key = ks_slice_part(file, 0, pvk.end),
        .key_format = KEY_FORMAT,
        .pieces = &piece,
        .piece_count = 1,
        .blobs = &into->file,
        .blob_count = 1,
    };
    if (!pvk.encrypted)
        d.notes |= KS_NOTE_KEY_CLEAR;
    else
        into->notes |= KS_STORE_WEAK; /* RC4 */
    if (pvk.end < file.len) {
        into->notes |= KS_STORE_TRAILING;
        ks_store_fact(into, "After the end", "%zu bytes that belong to nothing",
                      file.len - pvk.end);
    }
    ks_store_fact(into, "Contents", "1 private key");
    ks_loading_add(&loading, ks_entry_new(&d));
    ks_loading_finish(&loading, into);
    return KS_OK;
}

/* ---- decryption ---- */

#define RC4_KEY 16
#define RC4_WEAK 5 /* bytes of it that are not zero */

static bool rc4(const EVP_CIPHER *cipher, const uint8_t key[static RC4_KEY], struct ks_slice in,
                uint8_t *out)
{
    int len = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx && EVP_DecryptInit_ex2(ctx, cipher, key, NULL, NULL) == 1 &&
              EVP_DecryptUpdate(ctx, out, &len, in.data, (int)in.len) == 1;

    EVP_CIPHER_CTX_free(ctx);
    (void)ks_crypto_reason();
    return ok;
}

static bool has_key_magic(const uint8_t *blob, size_t len)
{
    return len > BLOB_HEADER + 4 && (memcmp(blob + BLOB_HEADER, "RSA2", 4) == 0 ||
                                     memcmp(blob + BLOB_HEADER, "DSS2", 4) == 0);
}

static void derive(const struct pvk *pvk, const struct ks_secret *password, size_t used,
                   uint8_t key[static RC4_KEY])
{
    uint8_t digest[KS_SHA1_LEN];
    struct ks_buf both = {.secret = true};
    struct ks_slice pw = ks_secret_bytes(password);

    ks_buf_reserve(&both, pvk->salt.len + pw.len + 1);
    ks_buf_slice(&both, pvk->salt);
    ks_buf_slice(&both, pw);
    ks_sha1(ks_slice(both.data, both.len), digest);
    memset(key, 0, RC4_KEY);
    memcpy(key, digest, used);
    ks_wipe(digest, sizeof digest);
    ks_buf_wipe_free(&both);
}

static enum ks_code no_rc4(struct ks_error *err)
{
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
            "the key was not decrypted: algorithm RC4 is not in this OpenSSL");
    return ks_fail_next(err, KS_ERR_UNSUPPORTED, "install OpenSSL's legacy provider");
}

static enum ks_code wrong_password(const struct ks_entry *e, struct ks_error *err)
{
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "%s is still locked: the password does not fit, or the file was altered", e->alias);
    return ks_fail_next(err, KS_ERR_PASSWORD, "try another password");
}

#define BLOB_MAX (1u << 20) /* a key of 16384 bits has 9 KiB */

/* The key in clear, in `out`, which has room for all of it. */
static enum ks_code decrypt(const struct ks_entry *e, const struct pvk *pvk,
                            const struct ks_secret *password, uint8_t *out, struct ks_error *err)
{
    static const size_t used[] = {RC4_KEY, RC4_WEAK};
    struct ks_slice sealed = ks_slice_part(pvk->blob, BLOB_HEADER, pvk->blob.len);
    EVP_CIPHER *cipher = ks_crypto_cipher("RC4");
    uint8_t key[RC4_KEY];
    bool found = false;

    (void)ks_crypto_reason();
    if (!cipher)
        return no_rc4(err);
    for (size_t i = 0; !found && i < sizeof used / sizeof used[0]; i++) {
        derive(pvk, password, used[i], key);
        found = rc4(cipher, key, sealed, out + BLOB_HEADER) && has_key_magic(out, pvk->blob.len);
    }
    ks_wipe(key, sizeof key);
    EVP_CIPHER_free(cipher);
    return found ? KS_OK : wrong_password(e, err);
}

/* ---- the key ---- */

/* A little-endian number as an INTEGER. */
static void put_number(struct ks_slice number, struct ks_buf *out)
{
    size_t top = number.len;

    while (top > 1 && number.data[top - 1] == 0)
        top--;
    bool pad = top > 0 && number.data[top - 1] & 0x80;
    ks_der_put_header(out, KS_DER_INTEGER, top + pad);
    if (pad)
        ks_buf_byte(out, 0);
    while (top > 0)
        ks_buf_byte(out, number.data[--top]);
}

/* Numbers as they lie in the blob. */
struct numbers {
    struct ks_slice at;
    bool ok;
};

static struct ks_slice take(struct numbers *n, size_t len)
{
    if (!n->ok || n->at.len < len) {
        n->ok = false;
        return ks_slice(NULL, 0);
    }
    struct ks_slice number = ks_slice_part(n->at, 0, len);
    n->at = ks_slice(n->at.data + len, n->at.len - len);
    return number;
}

/* SEQUENCE { 0, numbers }: the traditional structures of OpenSSL. */
static void put_sequence(const struct ks_slice *numbers, size_t count, struct ks_buf *out)
{
    struct ks_buf body = {.secret = true};

    ks_buf_append(&body, "\x02\x01\x00", 3);
    for (size_t i = 0; i < count; i++)
        put_number(numbers[i], &body);
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_wipe_free(&body);
}

/* RSAPUBKEY { u4 magic, u4 bits, u4 exponent }, n, p, q, d mod p-1, d mod q-1, 1/q mod p, d; as
 * RSAPrivateKey (RFC 8017 A.1.2) wants them. */
static bool put_rsa(struct ks_slice body, struct ks_buf *out)
{
    struct numbers n = {body, true};
    size_t bits = u32le(body.data + 4), whole = (bits + 7) / 8, half = (bits + 15) / 16;

    (void)take(&n, 8);
    struct ks_slice e = take(&n, 4), modulus = take(&n, whole), p = take(&n, half);
    struct ks_slice q = take(&n, half), dp = take(&n, half), dq = take(&n, half);
    struct ks_slice inverse = take(&n, half), d = take(&n, whole);
    const struct ks_slice order[] = {modulus, e, d, p, q, dp, dq, inverse};
    if (!n.ok || bits == 0)
        return false;
    put_sequence(order, sizeof order / sizeof order[0], out);
    return true;
}

#define DSA_SHORT 20 /* bytes of q and x */

/* DSSPUBKEY { u4 magic, u4 bits }, p, q, g, x, seed. The public number is not there, and nobody who
 * has x needs it. */
static bool put_dsa(struct ks_slice body, struct ks_buf *out)
{
    static const uint8_t zero = 0;
    struct numbers n = {body, true};
    size_t bits = u32le(body.data + 4), whole = (bits + 7) / 8;

    (void)take(&n, 8);
    struct ks_slice p = take(&n, whole), q = take(&n, DSA_SHORT), g = take(&n, whole);
    struct ks_slice x = take(&n, DSA_SHORT);
    const struct ks_slice order[] = {p, q, g, ks_slice(&zero, 1), x};
    if (!n.ok || bits == 0)
        return false;
    put_sequence(order, sizeof order / sizeof order[0], out);
    return true;
}

static enum ks_code to_pkcs8(const struct ks_entry *e, struct ks_slice blob, struct ks_secret **out,
                             struct ks_error *err)
{
    struct ks_slice body = ks_slice_part(blob, BLOB_HEADER, blob.len);
    struct ks_buf der = {.secret = true};
    bool rsa = body.len >= 12 && memcmp(body.data, "RSA2", 4) == 0;
    bool dsa = body.len >= 12 && memcmp(body.data, "DSS2", 4) == 0;
    bool ok = (rsa && put_rsa(body, &der)) || (dsa && put_dsa(body, &der));

    if (ok)
        ok = ks_loose_key_pkcs8(rsa ? KS_ITEM_RSA_KEY : KS_ITEM_DSA_KEY,
                                ks_slice(der.data, der.len), out);
    ks_buf_wipe_free(&der);
    if (ok)
        return KS_OK;
    ks_fail(err, KS_ERR_DAMAGED, "damaged",
            "%s was not read: what is in the file is no RSA or DSA key", e->alias);
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of the file");
}

static enum ks_code open_sealed(const struct ks_entry *e, const struct pvk *pvk,
                                const struct ks_secret *password, struct ks_secret **out,
                                struct ks_error *err)
{
    if (!password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed", "%s was not read: it is encrypted",
                e->alias);
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "give its password");
    }
    /* Nobody else has it yet, so it may be written into: the header stays, what is sealed is opened
     * in locked memory. */
    struct ks_secret *clear = ks_secret_new(pvk->blob.data, pvk->blob.len);
    uint8_t *room = (uint8_t *)(uintptr_t)ks_secret_bytes(clear).data;
    enum ks_code rc = decrypt(e, pvk, password, room, err);
    if (rc == KS_OK)
        rc = to_pkcs8(e, ks_secret_bytes(clear), out, err);
    ks_secret_free(clear);
    return rc;
}

static enum ks_code pvk_reveal(const struct ks_store *store, const struct ks_entry *e,
                               const struct ks_secret *password, struct ks_job *job,
                               struct ks_material *out, struct ks_error *err)
{
    struct pvk pvk;
    uint64_t claims;

    (void)store, (void)job;
    *out = (struct ks_material){.type = KS_MATERIAL_PRIVATE};
    if (!is_pvk(e->key) || !parse(e->key, &pvk, &claims) || pvk.blob.len < BLOB_HEADER + 12 ||
        pvk.blob.len > BLOB_MAX || pvk.salt.len > BLOB_MAX)
        return to_pkcs8(e, ks_slice(NULL, 0), &out->bytes, err);
    if (pvk.encrypted)
        return open_sealed(e, &pvk, password, &out->bytes, err);
    return to_pkcs8(e, pvk.blob, &out->bytes, err);
}

static void pvk_protection(const struct ks_entry *e, struct ks_buf *out)
{
    struct pvk pvk;
    uint64_t claims;

    if (e->kind != KS_KIND_KEY || !is_pvk(e->key) || !parse(e->key, &pvk, &claims))
        return;
    ks_buf_str(out, pvk.encrypted ? "RC4, key made from the password with SHA-1, 1 iteration"
                                  : "none: the key is stored in clear");
}

const struct ks_format ks_format_pvk = {
    .name = "PVK",
    .summary = "Microsoft private key (.pvk)",
    .caps = KS_CAP_LIST_UNLOCKED | KS_CAP_ENTRY_PASSWORD,
    .sniff = pvk_sniff,
    .looks = pvk_looks,
    .load = pvk_load,
    .reveal = pvk_reveal,
    .protection = pvk_protection,
};
