/* Key material in clear: what is said of it, and how it goes. */
#include "format/format.h"

#include "format/pbe.h"

#include <openssl/crypto.h>

void ks_material_drop(struct ks_material *m)
{
    ks_secret_free(m->bytes);
    *m = (struct ks_material){0};
}

enum ks_code ks_material_describe(const struct ks_material *m, struct ks_slice leaf_spki,
                                  struct ks_unlocked *out, struct ks_error *err)
{
    struct ks_buf text = KS_BUF_INIT;

    *out = (struct ks_unlocked){.matches_leaf = -1};
    if (m->type == KS_MATERIAL_PRIVATE)
        return ks_private_key_describe(ks_secret_bytes(m->bytes), leaf_spki, out, err);
    ks_secret_key_text(m->type == KS_MATERIAL_PASSWORD ? "PBE" : m->algorithm,
                       ks_secret_bytes(m->bytes), &text);
    OPENSSL_strlcpy(out->algorithm, ks_buf_text(&text), sizeof out->algorithm);
    ks_buf_free(&text);
    return KS_OK;
}

static struct ks_slice leaf_spki(const struct ks_entry *entry)
{
    if (entry->chain_len == 0 || entry->chain[0].flags & KS_CERT_BROKEN)
        return ks_slice(NULL, 0);
    return ks_cert_part(&entry->chain[0], entry->chain[0].spki);
}

enum ks_code ks_unlock(const struct ks_store *store, const struct ks_entry *entry,
                       const struct ks_secret *password, struct ks_job *job,
                       struct ks_unlocked *out, struct ks_error *err)
{
    const struct ks_format *home = entry->home ? entry->home : store->format;
    struct ks_material material = {0};

    *out = (struct ks_unlocked){.matches_leaf = -1};
    if (!home->reveal)
        return ks_fail(err, KS_ERR_USAGE, "no-key", "%.200s holds no key", entry->alias);
    enum ks_code rc = home->reveal(store, entry, password, job, &material, err);
    if (rc == KS_OK)
        rc = ks_material_describe(&material, leaf_spki(entry), out, err);
    ks_material_drop(&material);
    return rc;
}

enum ks_code ks_key_refused(const struct ks_store *store, const struct ks_entry *entry,
                            const struct ks_secret *password, struct ks_error *err)
{
    if (ks_secret_equal(store->password, password)) {
        ks_fail(err, KS_ERR_PASSWORD, "entry-password",
                "the key of %.200s is still locked: it has its own password, not the keystore's",
                entry->alias);
        return ks_fail_next(err, KS_ERR_PASSWORD,
                            "type it to use the key; its certificates are readable without");
    }
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "the key of %.200s is still locked: the password does not fit, or the key was altered",
            entry->alias);
    return ks_fail_next(err, KS_ERR_PASSWORD, "try another password");
}
