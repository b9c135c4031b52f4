/*
 * BKS and UBER files made field by field, so that each field can be made wrong.
 *
 *   struct ks_buf b = bks_begin(2, 1024);
 *   bks_trusted(&b, "root", der);
 *   bks_sign(&b, 2, "changeit");
 *   struct opened o = open_bytes(&ks_format_bks, &b, "changeit");
 */
#ifndef KSX_TESTS_MAKE_BKS_H
#define KSX_TESTS_MAKE_BKS_H

#include "format/bks_internal.h"
#include "format/pbe.h"
#include "make_cert.h"
#include "make_store.h"

#include <openssl/x509.h>

#define S20 "000102030405060708090a0b0c0d0e0f10111213"
#define BKS_HEADER 32
#define BKS_DATE 1000000000000

static inline struct ks_secret *secret_of(const char *text)
{
    return ks_secret_new(text, strlen(text));
}

/* With the salt 00..13. */
static inline struct ks_buf bks_begin(uint32_t version, uint32_t rounds)
{
    struct ks_buf b = KS_BUF_INIT, salt = hex_bytes(S20);
    put_u32(&b, version);
    put_block(&b, buf_slice(&salt));
    put_u32(&b, rounds);
    ks_buf_free(&salt);
    return b;
}

static inline void bks_head(struct ks_buf *b, uint8_t type, const char *alias, uint32_t chain_len)
{
    ks_buf_byte(b, type);
    put_utf(b, ks_slice_str(alias));
    put_u64(b, BKS_DATE);
    put_u32(b, chain_len);
}

static inline void bks_cert(struct ks_buf *b, const char *type, struct ks_slice der)
{
    put_utf(b, ks_slice_str(type));
    put_block(b, der);
}

static inline void bks_trusted(struct ks_buf *b, const char *alias, struct ks_slice der)
{
    bks_head(b, 1, alias, 0);
    bks_cert(b, "X.509", der);
}

static inline void bks_key_record(struct ks_buf *b, uint8_t type, const char *format,
                                  const char *algorithm, struct ks_slice encoding)
{
    ks_buf_byte(b, type);
    put_utf(b, ks_slice_str(format));
    put_utf(b, ks_slice_str(algorithm));
    put_block(b, encoding);
}

/* A sealed key with the salt 00..13 and 1,024 iterations. */
static inline struct ks_sealed bks_seal(enum ks_material_type type, const char *algorithm,
                                        struct ks_slice bytes, const char *password)
{
    struct ks_material m = {.type = type, .bytes = ks_secret_new(bytes.data, bytes.len)};
    struct ks_secret *pw = secret_of(password);
    struct ks_buf salt = hex_bytes(S20);
    struct ks_sealed out = {0};

    memcpy(m.algorithm, algorithm, strlen(algorithm) + 1);
    assert_int_equal(ks_bks_seal_with(&m, pw, buf_slice(&salt), 1024, NULL, &out, NULL), KS_OK);
    ks_material_drop(&m);
    ks_secret_free(pw);
    ks_buf_free(&salt);
    return out;
}

/* PrivateKeyInfo of make_key(name). */
static inline struct ks_buf make_pkcs8(const char *name)
{
    struct ks_buf out = KS_BUF_INIT;
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(make_key(name));
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_true(len > 0);
    ks_buf_append(&out, der, (size_t)len);
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
    return out;
}

/* The private key make_key(cn) with one certificate. */
static inline void bks_private(struct ks_buf *b, const char *alias, const char *cn,
                               struct ks_slice der, const char *password)
{
    struct ks_buf pkcs8 = make_pkcs8(cn);
    struct ks_sealed sealed = bks_seal(KS_MATERIAL_PRIVATE, "", buf_slice(&pkcs8), password);
    bks_head(b, 4, alias, 1);
    bks_cert(b, "X.509", der);
    put_block(b, ks_blob_slice(sealed.key));
    ks_blob_unref(sealed.key);
    ks_buf_free(&pkcs8);
}

static inline void bks_secret(struct ks_buf *b, const char *alias, const char *algorithm,
                              struct ks_slice key, const char *password)
{
    struct ks_sealed sealed = bks_seal(KS_MATERIAL_SECRET, algorithm, key, password);
    bks_head(b, 4, alias, 0);
    put_block(b, ks_blob_slice(sealed.key));
    ks_blob_unref(sealed.key);
}

/* End mark and MAC. */
static inline void bks_sign(struct ks_buf *b, const char *password)
{
    struct ks_bks_header header;
    struct ks_secret *pw = secret_of(password);
    uint8_t mac[KS_BKS_DIGEST];

    ks_buf_byte(b, 0);
    assert_true(ks_bks_header(buf_slice(b), &header));
    assert_int_equal(ks_bks_mac(&header, pw,
                                ks_slice_part(buf_slice(b), header.len, b->len - header.len), mac,
                                NULL, NULL),
                     KS_OK);
    ks_buf_append(b, mac, sizeof mac);
    ks_secret_free(pw);
}

/* ---- opening and saving ---- */

/* As ks_open() leaves it: the present version knows the password too. */
static inline struct opened open_store(const struct ks_format *format, const struct ks_buf *bytes,
                                       const char *password)
{
    struct opened o = open_bytes(format, bytes, password);
    if (o.store && o.store->password)
        ks_store_learn(o.store, o.store->password);
    return o;
}

static inline void done(struct opened *o, struct ks_buf *bytes)
{
    ks_store_free(o->store);
    ks_buf_free(bytes);
}

static inline const struct ks_entry *entry(const struct opened *o, size_t i)
{
    if (o->rc != KS_OK)
        fail_msg("not opened: %s", o->err.what);
    assert_true(i < ks_store_count(o->store));
    return ks_store_entry(o->store, i);
}

/* What format->save writes of `version`; ends the test when it fails. */
static inline struct ks_buf save_version(const struct ks_store *s, const struct ks_version *version)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    if (s->format->save(s, version, NULL, &out, &err) != KS_OK)
        fail_msg("not saved: %s", err.what);
    return out;
}

/* The present with entry `index` replaced by `draft`, which is used up. */
static inline void put_entry_draft(struct ks_store *s, size_t index, struct ks_entry_draft *draft)
{
    struct ks_entry **entries = ks_version_entries(s->now, 1);
    size_t count = s->now->count;
    if (index == count)
        count++;
    else
        ks_entry_unref(entries[index]);
    entries[index] = ks_entry_new(draft);
    ks_store_push(s, ks_version_new("edit", entries, count, ks_secret_ref(s->now->password),
                                    s->now->protection));
}

static inline void rename_entry(struct ks_store *s, size_t index, const char *alias)
{
    struct ks_entry_draft draft = ks_entry_draft_of(ks_store_entry(s, index));
    free(draft.alias);
    draft.alias = ks_strdup(alias);
    draft.alias_raw = ks_slice(NULL, 0);
    draft.edited |= KS_EDITED_ALIAS;
    put_entry_draft(s, index, &draft);
}

static inline void set_password(struct ks_store *s, const char *password)
{
    ks_store_push(s, ks_version_new("passwd", ks_version_entries(s->now, 0), s->now->count,
                                    secret_of(password), s->now->protection));
}

/* An empty store that is not on disk, under `password`. */
static inline struct ks_store *new_store(const struct ks_format *format, const char *password)
{
    struct ks_store *s = ks_store_new("dir/new.ks", ks_blob_copy(ks_slice(NULL, 0)));
    s->format = format;
    set_password(s, password);
    return s;
}

#endif
