#include "op/internal.h"

#include "base/alloc.h"
#include "base/crypto.h"

#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the JDK has a KeyGenerator for; the first size is the one to offer. */
const struct ks_secret_algorithm ks_secret_algorithms[] = {
    /* clang-format off */
    {"AES",        {256, 192, 128}},
    {"HmacSHA256", {256, 512}},
    {"HmacSHA384", {384, 512}},
    {"HmacSHA512", {512, 1024}},
    {"HmacSHA224", {224, 512}},
    {"HmacSHA1",   {160, 512}},
    {"DESede",     {168, 112}},
    {"ChaCha20",   {256}},
    {"Blowfish",   {128, 256, 448}},
    {NULL,         {0}},
    /* clang-format on */
};

/* ---- random keys ---- */

/* FIPS 46-3: the last bit of each octet makes the number of ones odd. */
static void set_parity(uint8_t *key, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t ones = (uint8_t)(key[i] >> 1);
        ones ^= (uint8_t)(ones >> 4);
        ones ^= (uint8_t)(ones >> 2);
        ones ^= (uint8_t)(ones >> 1);
        key[i] = (uint8_t)((key[i] & 0xfe) | (~ones & 1));
    }
}

#define MAX_KEY 128
#define DESEDE_KEY 24

/* Bytes of a key; one of DESede is 24 octets long with either number of bits. */
static size_t key_length(const struct ks_secret_algorithm *a, unsigned bits)
{
    return strcmp(a->name, "DESede") == 0 ? DESEDE_KEY : bits / 8;
}

static struct ks_secret *random_key(const struct ks_secret_algorithm *a, unsigned bits)
{
    uint8_t key[MAX_KEY];
    size_t len = key_length(a, bits);
    struct ks_secret *out = NULL;

    if (len <= sizeof key && RAND_priv_bytes_ex(ks_crypto(), key, len, 0) == 1) {
        if (strcmp(a->name, "DESede") == 0) {
            set_parity(key, len);
            if (bits == 112)
                memcpy(key + 16, key, 8);
        }
        out = ks_secret_new(key, len);
    }
    ks_wipe(key, sizeof key);
    return out;
}

static const struct ks_secret_algorithm *find_algorithm(const char *name)
{
    for (const struct ks_secret_algorithm *a = ks_secret_algorithms; a->name; a++)
        if (strcasecmp(a->name, name) == 0)
            return a;
    return NULL;
}

static bool has_size(const struct ks_secret_algorithm *a, unsigned bits)
{
    for (size_t i = 0; i < sizeof a->bits / sizeof a->bits[0] && a->bits[i]; i++)
        if (a->bits[i] == bits)
            return true;
    return false;
}

static enum ks_code no_algorithm(const char *name, struct ks_error *err)
{
    struct ks_buf names = KS_BUF_INIT;

    for (const struct ks_secret_algorithm *a = ks_secret_algorithms; a->name; a++)
        ks_buf_printf(&names, "%s%s", names.len ? ", " : "", a->name);
    ks_fail(err, KS_ERR_USAGE, "no-algorithm", "no key was made: %.100s is no algorithm of ksx",
            name);
    ks_fail_next(err, KS_ERR_USAGE, "choose one of %s", ks_buf_text(&names));
    ks_buf_free(&names);
    return KS_ERR_USAGE;
}

static enum ks_code no_size(const struct ks_secret_algorithm *a, unsigned bits,
                            struct ks_error *err)
{
    struct ks_buf sizes = KS_BUF_INIT;

    for (size_t i = 0; i < sizeof a->bits / sizeof a->bits[0] && a->bits[i]; i++)
        ks_buf_printf(&sizes, "%s%u", sizes.len ? ", " : "", a->bits[i]);
    ks_fail(err, KS_ERR_USAGE, "no-size", "no key was made: %s has no keys of %u bits", a->name,
            bits);
    ks_fail_next(err, KS_ERR_USAGE, "choose one of %s", ks_buf_text(&sizes));
    ks_buf_free(&sizes);
    return KS_ERR_USAGE;
}

/* ---- the new entry ---- */

static enum ks_code check_alias(const struct ks_store *store, const struct ks_list *l,
                                const char *alias, struct ks_error *err)
{
    size_t other = ks_list_named(l, store->format, alias, NULL);

    if (other == KS_NOWHERE)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "alias-clash", "%.150s was not added: there is an entry %.150s",
            alias, l->at[other]->alias);
    return ks_fail_next(err, KS_ERR_REFUSED, "choose another name");
}

static enum ks_code make_entry(struct ks_store *store, const char *alias,
                               const struct ks_material *material,
                               const struct ks_secret *password, struct ks_job *job,
                               struct ks_entry **out, struct ks_error *err)
{
    struct ks_sealed sealed;
    enum ks_code rc = ks_op_seal(store, store->now, material, password, job, &sealed, err);

    if (rc != KS_OK)
        return rc;
    struct ks_entry_draft d = {
        .home = store->format,
        .created = ks_now() * 1000,
        .alias = ks_strdup(alias),
    };
    *out = ks_op_entry_with_key(&d, &sealed);
    const char *why = store->format->refuses ? store->format->refuses(*out) : NULL;
    if (!why)
        return KS_OK;
    ks_entry_unref(*out);
    ks_fail(err, KS_ERR_REFUSED, "alias", "%.200s was not added: %s", alias, why);
    return ks_fail_next(err, KS_ERR_REFUSED, "choose another name, or another type of keystore");
}

/* Bytes of a key of this algorithm that was not made here: a MAC takes any number of them. */
static bool is_key_length(const char *algorithm, size_t len)
{
    const struct ks_secret_algorithm *a = find_algorithm(algorithm);

    if (len == 0 || !a || strncmp(a->name, "Hmac", 4) == 0)
        return len > 0;
    if (strcmp(a->name, "Blowfish") == 0)
        return len >= 4 && len <= 56;
    for (size_t i = 0; i < sizeof a->bits / sizeof a->bits[0] && a->bits[i]; i++)
        if (len == key_length(a, a->bits[i]))
            return true;
    return false;
}

static enum ks_code check_length(const char *alias, const struct ks_material *m,
                                 struct ks_error *err)
{
    size_t len = ks_secret_bytes(m->bytes).len;

    if (m->type != KS_MATERIAL_SECRET || is_key_length(m->algorithm, len))
        return KS_OK;
    ks_fail(err, KS_ERR_USAGE, "no-size", "%.200s was not added: %s has no keys of %zu bytes",
            alias, m->algorithm, len);
    return ks_fail_next(err, KS_ERR_USAGE, "check whether all of the key was given");
}

static enum ks_code check_material(const struct ks_store *store, const char *alias,
                                   const struct ks_material *m, struct ks_error *err)
{
    if (m->type == KS_MATERIAL_PRIVATE)
        return ks_fail(err, KS_ERR_USAGE, "no-certificate",
                       "%.200s was not added: a private key needs its certificate", alias);
    if (store->format->caps & KS_CAP_SECRETS)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "type-loss", "%.200s was not added: %s holds no %s", alias,
            store->format->name,
            m->type == KS_MATERIAL_SECRET ? "secret keys" : "stored passwords");
    return ks_fail_next(err, KS_ERR_REFUSED, "convert it to PKCS12 first");
}

static char *label_added(const struct ks_material *m, const char *alias)
{
    return ks_asprintf("added %s %.200s",
                       m->type == KS_MATERIAL_SECRET ? "the secret key" : "the password", alias);
}

enum ks_code ks_op_add_material(struct ks_store *store, const char *alias,
                                const struct ks_material *material,
                                const struct ks_secret *password, struct ks_job *job,
                                struct ks_plan *out, struct ks_error *err)
{
    struct ks_entry *made = NULL;
    enum ks_code rc = ks_op_start(store, out, err);

    if (rc != KS_OK)
        return rc;
    struct ks_list l = ks_list_of(store->now);
    char *stored = ks_op_stored_alias(store->format, alias);
    rc = ks_op_check_text(alias, "the entry", "added", err);
    if (rc == KS_OK)
        rc = check_material(store, stored, material, err);
    if (rc == KS_OK)
        rc = check_length(stored, material, err);
    if (rc == KS_OK)
        rc = check_alias(store, &l, stored, err);
    if (rc == KS_OK)
        rc = make_entry(store, stored, material, password, job, &made, err);
    if (rc == KS_OK) {
        char *label = label_added(material, stored);
        if (strcmp(stored, alias) != 0)
            ks_plan_remark(out, KS_REMARK_NOTE, "alias-folded", stored,
                           "%.500s is stored as %.500s: Java finds nothing else in a %s", alias,
                           stored, store->format->name);
        ks_op_judge_password(out, store->format, password);
        ks_op_judge_key_password(out, made, password, store->now->password);
        ks_list_insert(&l, ks_list_end(&l), made);
        ks_op_finish(out, &l, store->now->password, store->now->protection, label);
        if (material->type == KS_MATERIAL_PASSWORD)
            ks_plan_say_secret(out, stored, NULL, 0);
        free(label);
    } else {
        ks_plan_drop(out);
    }
    free(stored);
    ks_list_drop(&l);
    return rc;
}

enum ks_code ks_op_make_secret(struct ks_store *store, const char *alias, const char *algorithm,
                               unsigned bits, const struct ks_secret *password, struct ks_job *job,
                               struct ks_plan *out, struct ks_error *err)
{
    const struct ks_secret_algorithm *a = find_algorithm(algorithm);
    struct ks_material m = {.type = KS_MATERIAL_SECRET};

    *out = (struct ks_plan){0};
    if (!a)
        return no_algorithm(algorithm, err);
    if (!has_size(a, bits))
        return no_size(a, bits, err);
    m.bytes = random_key(a, bits);
    if (!m.bytes)
        return ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "no key was made: %s",
                       ks_crypto_reason());
    memcpy(m.algorithm, a->name, strlen(a->name) + 1);
    enum ks_code rc = ks_op_add_material(store, alias, &m, password, job, out, err);
    if (rc == KS_OK)
        ks_plan_say_secret(out, alias, a->name, bits);
    ks_material_drop(&m);
    return rc;
}
