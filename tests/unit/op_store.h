/*
 * Stores for tests of operations: made in memory in any type that is written, with key pairs,
 * trusted certificates and secret keys; written to bytes and read again.
 *
 *   struct ks_store *s = op_store(&ks_format_jks, "changeit");
 *   op_add_key(s, "server", "changeit", 2);
 *   op_add_trusted(s, "root", root);
 *   s = op_reopened(s, "changeit");
 */
#ifndef KSX_TESTS_OP_STORE_H
#define KSX_TESTS_OP_STORE_H

#include "make_cert.h"
#include "make_store.h"
#include "op/edit.h"

static inline struct ks_secret *op_secret(const char *text)
{
    return text ? ks_secret_new(text, strlen(text)) : NULL;
}

static inline struct ks_store *op_store(const struct ks_format *format, const char *password)
{
    struct ks_store *s = ks_store_new("dir/made.ks", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_secret *pw = op_secret(password);
    s->format = format;
    ks_store_set_type(s, format->name);
    if (pw)
        ks_store_learn(s, pw);
    ks_secret_free(pw);
    return s;
}

/* Without a plan: as if it had been there. */
static inline void op_append(struct ks_store *s, struct ks_entry *e)
{
    struct ks_entry **list = ks_version_entries(s->now, 1);
    size_t count = s->now->count;
    e->home = s->format;
    list[count] = e;
    ks_store_push(s, ks_version_new("added", list, count + 1, ks_secret_ref(s->now->password),
                                    s->now->protection));
}

static inline struct ks_blob *op_cert(const char *cn)
{
    return make_cert(&(struct make_cert){.cn = cn, .issuer = "root", .serial = 7});
}

static inline struct ks_entry *op_sealed(struct ks_store *s, const char *alias,
                                         struct ks_material *m, const char *password,
                                         struct ks_blob *cert)
{
    struct ks_sealed sealed = {0};
    struct ks_error err = {0};
    struct ks_secret *pw = op_secret(password);
    struct ks_cert chain;
    if (s->format->seal(s, s->now, m, pw, NULL, &sealed, &err) != KS_OK)
        fail_msg("%s", err.what);
    struct ks_blob *blobs[2] = {sealed.key, cert};
    struct ks_entry_draft d = {
        .kind = (uint8_t)sealed.kind,
        .created = 1000000000000,
        .alias = ks_strdup(alias),
        .key = ks_blob_slice(sealed.key),
        .key_format = sealed.key_format,
        .blobs = blobs,
        .blob_count = cert ? 2 : 1,
    };
    if (cert) {
        assert_true(ks_cert_skim(ks_blob_slice(cert), &chain));
        d.chain = &chain;
        d.chain_len = 1;
    }
    struct ks_entry *e = ks_entry_new(&d);
    ks_blob_unref(sealed.key);
    ks_blob_unref(cert);
    ks_secret_free(pw);
    ks_material_drop(m);
    return e;
}

static inline struct ks_secret *op_pkcs8(const char *name)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(make_key(name));
    unsigned char *bytes = NULL;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &bytes);
    assert_true(len > 0);
    struct ks_secret *out = ks_secret_new(bytes, (size_t)len);
    OPENSSL_clear_free(bytes, (size_t)len);
    PKCS8_PRIV_KEY_INFO_free(info);
    return out;
}

/* The private half of a key beside the public half of another, in PKCS#8. */
static inline struct ks_secret *op_torn_pkcs8(const char *name, const char *other)
{
    struct ks_secret *own = op_pkcs8(name), *theirs = op_pkcs8(other);
    struct ks_slice a = ks_secret_bytes(own), b = ks_secret_bytes(theirs);
    struct ks_buf torn = {.secret = true};
    assert_int_equal(a.len, b.len);
    ks_buf_slice(&torn, ks_slice_part(a, 0, a.len - 64)); /* a point of P-256 */
    ks_buf_slice(&torn, ks_slice_part(b, b.len - 64, 64));
    struct ks_secret *out = ks_secret_new(torn.data, torn.len);
    ks_buf_wipe_free(&torn);
    ks_secret_free(own);
    ks_secret_free(theirs);
    return out;
}

/* The key and the certificate of `cn`, which are the same for the same name. */
static inline void op_add_key_of(struct ks_store *s, const char *alias, const char *cn,
                                 const char *password)
{
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8(cn)};
    op_append(s, op_sealed(s, alias, &m, password, op_cert(cn)));
}

static inline void op_add_key(struct ks_store *s, const char *alias, const char *password)
{
    op_add_key_of(s, alias, alias, password);
}

static inline void op_add_trusted(struct ks_store *s, const char *alias, struct ks_blob *cert)
{
    struct ks_entry *e = make_entry(KS_KIND_TRUSTED, alias, 0, 1, ks_blob_ref(cert));
    e->created = s->format->caps & KS_CAP_DATES ? 2000000000000 : KS_TIME_NONE;
    op_append(s, e);
}

static inline void op_add_secret(struct ks_store *s, const char *alias, const char *algorithm,
                                 const char *password)
{
    struct ks_material m = {.type = KS_MATERIAL_SECRET,
                            .bytes = ks_secret_new("0123456789abcdef", 16)};
    memcpy(m.algorithm, algorithm, strlen(algorithm) + 1);
    op_append(s, op_sealed(s, alias, &m, password, NULL));
}

static inline struct ks_buf op_written(const struct ks_store *s, const struct ks_version *v)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    if (s->format->save(s, v, NULL, &out, &err) != KS_OK)
        fail_msg("%s", err.what);
    return out;
}

/* The store as it is after it was written and read again; frees it. */
static inline struct ks_store *op_reopened(struct ks_store *s, const char *password)
{
    struct ks_buf bytes = op_written(s, s->now);
    struct opened o = open_bytes(s->format, &bytes, password);
    if (o.rc != KS_OK)
        fail_msg("%s", o.err.what);
    ks_buf_free(&bytes);
    ks_store_free(s);
    return o.store;
}

/* What a store would be read as after `v` was written: the aliases, "a b c". */
static inline char *op_aliases(const struct ks_version *v)
{
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; i < v->count; i++)
        ks_buf_printf(&out, "%s%s", i ? " " : "", v->entries[i]->alias);
    return ks_buf_steal(&out);
}

static inline void assert_aliases(const struct ks_version *v, const char *want)
{
    char *got = op_aliases(v);
    assert_string_equal(got, want);
    free(got);
}

/* The version survives being written and read. */
static inline void assert_writable(const struct ks_store *s, const struct ks_version *v,
                                   const char *password)
{
    struct ks_buf bytes = op_written(s, v);
    struct opened o = open_bytes(s->format, &bytes, password);
    if (o.rc != KS_OK)
        fail_msg("%s", o.err.what);
    assert_int_equal(ks_store_count(o.store), v->count);
    for (size_t i = 0; i < v->count; i++)
        assert_int_equal(ks_entry_difference(v->entries[i], ks_store_entry(o.store, i)), 0);
    ks_store_free(o.store);
    ks_buf_free(&bytes);
}

/* The first remark with this slug (about this alias, if one is given); NULL: none. */
static inline const struct ks_remark *op_remark(const struct ks_plan *plan, const char *slug,
                                                const char *alias)
{
    for (size_t i = 0; i < plan->remark_count; i++) {
        const struct ks_remark *r = &plan->remarks[i];
        if (strcmp(r->slug, slug) == 0 && (!alias || (r->alias && strcmp(r->alias, alias) == 0)))
            return r;
    }
    return NULL;
}

static inline void assert_remark(const struct ks_plan *plan, const char *slug, const char *alias,
                                 enum ks_remark_level level)
{
    const struct ks_remark *r = op_remark(plan, slug, alias);
    if (!r)
        fail_msg("no remark %s about %s", slug, alias ? alias : "the store");
    assert_int_equal(r->level, level);
}

static inline void assert_no_remarks(const struct ks_plan *plan)
{
    for (size_t i = 0; i < plan->remark_count; i++)
        fail_msg("an unexpected remark: %s: %s", plan->remarks[i].slug, plan->remarks[i].text);
}

static inline const struct ks_entry *op_entry(const struct ks_store *s, const char *alias)
{
    size_t i;
    if (!ks_store_find(s, alias, &i))
        fail_msg("no entry %s", alias);
    return ks_store_entry(s, i);
}

/* True when this password, and the store's own if it is NULL, opens the key. */
static inline bool op_opens(const struct ks_store *s, const struct ks_entry *e,
                            const char *password)
{
    struct ks_secret *pw = op_secret(password);
    struct ks_unlocked unlocked;
    struct ks_error err = {0};
    enum ks_code rc = ks_unlock(s, e, pw, NULL, &unlocked, &err);
    ks_secret_free(pw);
    return rc == KS_OK && unlocked.matches_leaf != 0;
}

/* A key pair with this chain. The certificates outlive the store. */
static inline void op_add_pair(struct ks_store *s, const char *alias, const char *key,
                               const char *password, const struct ks_cert *const *list,
                               size_t count)
{
    struct ks_cert *chain = ks_alloc_array(count, sizeof *chain);
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8(key)};
    struct ks_entry *sealed = op_sealed(s, alias, &m, password, NULL);
    struct ks_entry_draft d = ks_entry_draft_of(sealed);
    for (size_t i = 0; i < count; i++)
        chain[i] = *list[i];
    d.chain = chain;
    d.chain_len = count;
    op_append(s, ks_entry_new(&d));
    ks_entry_unref(sealed);
    free(chain);
}

#endif
