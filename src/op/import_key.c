/*
 * Key pairs from elsewhere: each private key that was brought is opened and joined with the
 * certificates that were brought, whatever files they are in.
 */
#include "op/bring.h"
#include "op/making.h"

#include "base/alloc.h"
#include "x509/keygen.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

struct asking {
    const struct ks_key_passwords *ask;
    bool given; /* a password was given when asked */
};

static struct ks_secret *ask_once(void *ctx, const struct ks_store *store,
                                  const struct ks_entry *entry, const struct ks_error *why)
{
    struct asking *a = ctx;
    struct ks_secret *given =
        a->ask && a->ask->ask ? a->ask->ask(a->ask->ctx, store, entry, why) : NULL;

    a->given = given != NULL;
    return given;
}

struct opening {
    struct ks_candidates *out;
    struct ks_names names;
    struct ks_gathered *certs;
    struct ks_by_key keys;
    struct asking asking;
    struct ks_opener opener;
    int64_t now;
};

static bool is_known(const struct ks_candidates *c, struct ks_slice spki)
{
    for (size_t i = 0; i < c->count; i++)
        if (ks_slice_equal(ks_spki_key_bits(c->at[i].spki), ks_spki_key_bits(spki)))
            return true;
    return false;
}

/* "server" of "server.key". */
static char *stem_of(const struct ks_store *store)
{
    char *name = ks_strdup(ks_op_file_name(store));
    char *dot = strrchr(name, '.');

    if (dot && dot != name)
        *dot = '\0';
    return name;
}

static char *alias_of(const struct ks_candidate *c)
{
    const struct ks_entry *e = c->entry;

    if (!(e->notes & KS_NOTE_ALIAS_INVENTED) && e->alias[0])
        return ks_strdup(e->alias);
    if (c->chain_len)
        return ks_bring_alias(c->chain[0]);
    return ks_bring_is_file(c->store) ? stem_of(c->store) : ks_strdup("imported");
}

static const struct ks_store *source_of(const struct opening *o, const struct ks_cert *cert)
{
    for (size_t i = 0; i < o->out->certs; i++)
        if (o->certs[i].cert == cert)
            return o->certs[i].store;
    return NULL;
}

enum { RANK_GIVEN, RANK_STORE };

static void find_chain(const struct opening *o, struct ks_candidate *c)
{
    const struct ks_cert *leaf = ks_by_key_first(&o->keys, ks_spki_key_bits(c->spki));
    struct ks_path path;

    if (!leaf)
        return;
    (void)ks_paths(o->out->pool, leaf, o->now, &path, 1);
    c->chain = ks_alloc_array(path.len + 1, sizeof *c->chain);
    c->from = ks_alloc_array(path.len + 1, sizeof *c->from);
    c->from[c->chain_len] = source_of(o, leaf);
    c->chain[c->chain_len++] = leaf;
    for (size_t i = 0; i < path.len; i++) {
        c->from[c->chain_len] = path.at[i]->store;
        c->chain[c->chain_len++] = path.at[i]->cert;
    }
    c->complete = path.complete;
}

/* A key in a file of its own has no name of its own. */
static void leave_out(struct opening *o, const struct ks_store *store, const struct ks_error *why)
{
    if (o->out->left_out++ > 0)
        return;
    o->out->why = *why;
    if (!(store->format->caps & KS_CAP_STORE))
        ks_error_prefix(&o->out->why, ks_op_file_name(store));
}

static void drop_candidate(struct ks_candidate *c)
{
    ks_material_drop(&c->key);
    ks_buf_free(&c->bytes);
    free(c->chain);
    free(c->from);
    free(c->alias);
}

static enum ks_code not_private(const struct ks_entry *e, struct ks_error *err)
{
    return ks_fail(err, KS_ERR_UNSUPPORTED, "no-key", "%.200s holds no private key", e->alias);
}

/* What is wrong with one key is no reason to do without the others. */
static enum ks_code open_key(struct opening *o, const struct ks_store *store,
                             const struct ks_entry *e, struct ks_error *err)
{
    struct ks_candidate c = {.store = store, .entry = e};
    struct ks_secret *used = NULL;
    struct ks_error why = {0};

    o->asking.given = false;
    enum ks_code rc = ks_op_reveal(&o->opener, e, &c.key, &used, &why);
    ks_secret_free(used);
    if (rc == KS_OK && c.key.type != KS_MATERIAL_PRIVATE)
        rc = not_private(e, &why);
    if (rc == KS_OK)
        rc = ks_private_to_spki(c.key.bytes, &c.bytes, &why);
    if (rc == KS_OK)
        rc = ks_private_check(c.key.bytes, &why);
    if (rc == KS_OK) {
        c.spki = ks_slice(c.bytes.data, c.bytes.len);
        if (!is_known(o->out, c.spki)) {
            find_chain(o, &c);
            char *alias = alias_of(&c);
            c.alias = ks_names_take(&o->names, alias);
            free(alias);
            o->out->at[o->out->count++] = c;
            return KS_OK;
        }
    } else {
        leave_out(o, store, &why);
    }
    drop_candidate(&c);
    if (rc != KS_ERR_CANCELLED && !(rc == KS_ERR_PASSWORD && o->asking.given))
        return KS_OK;
    if (err)
        *err = why;
    return rc;
}

static enum ks_code open_store(struct opening *o, const struct ks_store *store, struct ks_job *job,
                               struct ks_error *err)
{
    const struct ks_key_passwords ask = {ask_once, &o->asking};
    enum ks_code rc = KS_OK;

    o->opener = (struct ks_opener){.store = store, .ask = &ask, .job = job};
    for (size_t i = 0; rc == KS_OK && i < ks_store_count(store); i++)
        if (ks_store_entry(store, i)->kind == KS_KIND_KEY)
            rc = open_key(o, store, ks_store_entry(store, i), err);
    ks_opener_drop(&o->opener);
    return rc;
}

static size_t count_keys(const struct ks_gather *given)
{
    size_t count = 0;

    for (size_t i = 0; i < given->count; i++)
        for (size_t k = 0; k < ks_store_count(given->stores[i]); k++)
            count += ks_store_entry(given->stores[i], k)->kind == KS_KIND_KEY;
    return count;
}

static enum ks_code check_found(const struct ks_candidates *c, const struct ks_gather *given,
                                struct ks_error *err)
{
    if (c->count)
        return KS_OK;
    if (c->left_out) {
        if (err)
            *err = c->why;
        return c->why.code;
    }
    ks_fail(err, KS_ERR_NOT_FOUND, "no-key",
            "nothing was imported: there is no private key in %.200s",
            given->count == 1 ? ks_op_file_name(given->stores[0]) : "what was given");
    return ks_fail_next(err, KS_ERR_NOT_FOUND,
                        "add the file with the private key, or import the certificates as trusted "
                        "ones");
}

static void begin(struct opening *o, const struct ks_store *into, const struct ks_gather *given,
                  const struct ks_key_passwords *passwords, struct ks_candidates *out)
{
    size_t keys = count_keys(given);

    *out =
        (struct ks_candidates){.at = ks_alloc_array(keys, sizeof *out->at), .pool = ks_pool_new()};
    *o = (struct opening){.out = out, .asking.ask = passwords, .now = ks_now()};
    o->names = ks_names_of(into, keys);
    o->certs = ks_gather_certs(given, &out->certs, NULL);
    o->keys = ks_by_key_of(o->certs, out->certs, o->now);
    for (size_t i = 0; i < given->count; i++)
        ks_pool_add_store(out->pool, given->stores[i], RANK_GIVEN);
    if (into)
        ks_pool_add_store(out->pool, into, RANK_STORE);
}

enum ks_code ks_import_candidates(const struct ks_store *into, const struct ks_gather *given,
                                  const struct ks_key_passwords *passwords, struct ks_job *job,
                                  struct ks_candidates *out, struct ks_error *err)
{
    struct opening o;
    enum ks_code rc = KS_OK;

    begin(&o, into, given, passwords, out);
    for (size_t i = 0; rc == KS_OK && i < given->count; i++)
        rc = open_store(&o, given->stores[i], job, err);
    if (rc == KS_OK)
        rc = check_found(out, given, err);
    ks_names_drop(&o.names);
    ks_by_key_drop(&o.keys);
    free(o.certs);
    if (rc != KS_OK)
        ks_candidates_drop(out);
    return rc;
}

void ks_candidates_drop(struct ks_candidates *c)
{
    for (size_t i = 0; i < c->count; i++)
        drop_candidate(&c->at[i]);
    free(c->at);
    ks_pool_free(c->pool);
    *c = (struct ks_candidates){0};
}

/* ---- certificates ---- */

static enum ks_code no_certificate(const struct ks_import_key *key, struct ks_error *err)
{
    struct ks_buf id = KS_BUF_INIT;

    ks_bring_key_id(key->from->spki, &id);
    ks_fail(err, KS_ERR_REFUSED, "no-certificate",
            "%.200s was not imported: no certificate that was given has its key (%s)", key->alias,
            ks_buf_text(&id));
    ks_buf_free(&id);
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "add the file with its certificate, or have a self-signed one made");
}

static enum ks_code check_gap(const struct ks_import_key *key, struct ks_error *err)
{
    const struct ks_candidate *c = key->from;
    struct ks_buf issuer = KS_BUF_INIT;

    if (c->complete || key->incomplete)
        return KS_OK;
    const struct ks_cert *last = c->chain[c->chain_len - 1];
    ks_name_label(ks_cert_part(last, last->issuer), &issuer);
    ks_fail(err, KS_ERR_REFUSED, "incomplete",
            "%.200s was not imported: its chain ends early, as its issuer %.200s is missing",
            key->alias, ks_buf_text(&issuer));
    ks_buf_free(&issuer);
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "add the CA's certificate to the files, or say that the chain is to be "
                        "stored with the gap");
}

static struct ks_op_chain chain_of(const struct ks_candidate *c)
{
    struct ks_op_chain chain = {.certs = ks_alloc_array(c->chain_len, sizeof *chain.certs),
                                .count = c->chain_len};

    chain.blob = ks_bring_copies(c->chain, c->chain_len, chain.certs);
    return chain;
}

static enum ks_code make_chain(const struct ks_import_key *key, struct ks_job *job,
                               struct ks_op_chain *out, struct ks_error *err)
{
    const struct ks_wanted *wanted = key->self_signed;

    if (key->from->chain_len) {
        enum ks_code rc = check_gap(key, err);
        if (rc == KS_OK)
            *out = chain_of(key->from);
        return rc;
    }
    if (!wanted)
        return no_certificate(key, err);
    const struct ks_making making = {.subject = wanted->subject,
                                     .spki = key->from->spki,
                                     .key = key->from->key.bytes,
                                     .wanted = wanted,
                                     .job = job};
    struct ks_buf der = KS_BUF_INIT;
    enum ks_code rc = ks_op_certify(&making, &der, err);
    if (rc == KS_OK)
        *out = ks_op_chain_new(ks_slice(der.data, der.len), wanted->signer);
    ks_buf_free(&der);
    return rc;
}

/* ---- entries ---- */

static struct ks_blob *secret_copy(struct ks_slice bytes)
{
    uint8_t *copy = ks_alloc(bytes.len);

    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    return ks_blob_take(copy, bytes.len, true);
}

/* The key in clear, on its way into the store. */
static struct ks_entry *entry_of(const struct ks_import_key *key, const struct ks_op_chain *chain)
{
    struct ks_blob *blobs[] = {secret_copy(ks_secret_bytes(key->from->key.bytes)), chain->blob};
    struct ks_entry_draft d = {.kind = KS_KIND_KEY,
                               .created = KS_TIME_NONE,
                               .alias = ks_strdup(key->alias),
                               .key = ks_blob_slice(blobs[0]),
                               .key_format = "PrivateKeyInfo",
                               .chain = chain->certs,
                               .chain_len = chain->count,
                               .blobs = blobs,
                               .blob_count = 2};
    struct ks_entry *e = ks_entry_new(&d);

    ks_blob_unref(blobs[0]);
    return e;
}

/* Two entries with one key: renewing it later means both. */
static void remark_twice(struct ks_plan *plan, const struct ks_import_key *key)
{
    const struct ks_version *now = plan->target->now;
    const struct ks_slice bits = ks_spki_key_bits(key->from->spki);

    for (size_t i = 0; i < now->count; i++) {
        const struct ks_entry *e = now->entries[i];
        if (e->kind != KS_KIND_KEY || !e->chain_len || e->chain[0].flags & KS_CERT_BROKEN ||
            strcmp(e->alias, key->alias) == 0 ||
            !ks_slice_equal(ks_cert_key_bits(&e->chain[0]), bits))
            continue;
        ks_plan_remark(plan, KS_REMARK_WARNING, "same-key", key->alias,
                       "%.300s has the key that is here already as %.300s", key->alias, e->alias);
        return;
    }
}

static void remark_found(struct ks_plan *plan, const struct ks_import_key *key)
{
    const struct ks_candidate *c = key->from;

    for (size_t i = 0; i < c->chain_len; i++) {
        struct ks_buf label = KS_BUF_INIT;
        ks_bring_label(c->chain[i], &label);
        if (c->from[i] == plan->target)
            ks_plan_remark(plan, KS_REMARK_NOTE, "issuer-found", key->alias,
                           "%.300s: its issuer %s, which does not come with it, is taken from "
                           "%.200s",
                           key->alias, ks_buf_text(&label), ks_op_file_name(plan->target));
        ks_buf_free(&label);
    }
}

static void remark_key(struct ks_plan *plan, const struct ks_import_key *key)
{
    const struct ks_candidate *c = key->from;
    char date[16];

    remark_twice(plan, key);
    remark_found(plan, key);
    if (!c->chain_len) {
        uint8_t alg = KS_KEY_UNKNOWN;
        uint16_t bits;
        (void)ks_spki_skim(c->spki, &alg, &bits, NULL);
        ks_op_judge_wanted(plan, key->alias, key->self_signed, (enum ks_key_alg)alg);
        return;
    }
    const struct ks_cert *last = c->chain[c->chain_len - 1];
    if (!c->complete) {
        struct ks_buf issuer = KS_BUF_INIT;
        ks_name_label(ks_cert_part(last, last->issuer), &issuer);
        ks_plan_remark(plan, KS_REMARK_WARNING, "chain-incomplete", key->alias,
                       "The chain of %.300s ends early: its issuer %.300s is missing. Clients that "
                       "do not know it fail with \"PKIX path building failed\"",
                       key->alias, ks_buf_text(&issuer));
        ks_buf_free(&issuer);
    }
    ks_bring_judge_chain(plan, key->alias, c->chain, c->chain_len);
    if (!(c->chain[0]->flags & KS_CERT_BAD_TIME) && c->chain[0]->not_after < ks_now())
        ks_plan_remark(plan, KS_REMARK_WARNING, "expired", key->alias, "%.500s expired on %s",
                       key->alias, ks_time_date(c->chain[0]->not_after, date));
}

static enum ks_code make_entry(const struct ks_import_key *key, struct ks_job *job,
                               struct ks_entry **out, struct ks_error *err)
{
    struct ks_op_chain chain = {0};
    enum ks_code rc = make_chain(key, job, &chain, err);

    if (rc != KS_OK)
        return rc;
    *out = entry_of(key, &chain);
    ks_op_chain_drop(&chain);
    return KS_OK;
}

/* ---- the same with keytool and openssl ---- */

static void put_keystore(struct ks_commands *c, const struct ks_store *to,
                         const struct ks_import_key *key)
{
    struct ks_buf line = KS_BUF_INIT;
    size_t own = 0;
    while (own < key->from->chain_len && key->from->from[own] == key->from->store)
        own++;
    if (own < key->from->chain_len)
        ks_command_remark(c, "keytool brings no more of the chain than is beside the key");
    char *from = ks_command_path(key->from->store->path), *into = ks_command_path(to->path);

    ks_buf_str(&line, "keytool -importkeystore -srckeystore ");
    ks_shell_word(&line, from);
    ks_buf_printf(&line, " -srcstoretype %s -srcstorepass:env SRCPASS -srcalias ",
                  key->from->store->format->name);
    ks_shell_word(&line, key->from->entry->alias);
    ks_buf_str(&line, " -destkeystore ");
    ks_shell_word(&line, into);
    ks_buf_printf(&line, " -deststoretype %s -deststorepass:env STOREPASS -destalias ",
                  to->format->name);
    ks_shell_word(&line, key->alias);
    ks_command_take(c, &line);
    free(from);
    free(into);
}

static bool is_clear(const struct ks_candidate *c)
{
    return c->entry->notes & KS_NOTE_KEY_CLEAR;
}

/* What openssl pkcs12 reads is PEM: the name of such a file as a shell reads it, appended. */
static void put_key_file(struct ks_commands *c, const struct ks_candidate *key, struct ks_buf *name)
{
    const struct ks_store *from = key->store;
    struct ks_buf line = KS_BUF_INIT;
    char *path = ks_command_path(from->path);

    if (!ks_bring_is_file(from)) {
        ks_command_remark(c, "pasted.pem: %.200s", ks_op_file_name(from));
        ks_buf_str(name, "pasted.pem");
    } else if (from->format == &ks_format_pem) {
        ks_shell_word(name, path);
    } else {
        ks_buf_str(&line, from->format == &ks_format_pvk
                              ? "openssl rsa -provider default -provider legacy -inform PVK -in "
                              : "openssl pkey -in ");
        ks_shell_word(&line, path);
        ks_buf_str(&line, is_clear(key) ? "" : " -passin env:SRCPASS -aes256 -passout env:SRCPASS");
        ks_buf_str(&line, " -out \"$tmp\"/key.pem");
        ks_command_take(c, &line);
        ks_command_file(name, "key.pem");
    }
    free(path);
}

/* An issuer that is in the keystore already: keytool exports the first certificates of entries. */
static void put_own_issuer(struct ks_commands *c, const struct ks_store *to,
                           const struct ks_cert *cert)
{
    struct ks_buf line = KS_BUF_INIT, label = KS_BUF_INIT;

    for (size_t i = 0; i < ks_store_count(to) && !line.len; i++) {
        const struct ks_entry *e = ks_store_entry(to, i);
        if (!e->chain_len || !ks_slice_equal(ks_cert_der(&e->chain[0]), ks_cert_der(cert)))
            continue;
        ks_command_keytool(&line, "exportcert -rfc", to);
        ks_buf_str(&line, " -alias ");
        ks_shell_word(&line, e->alias);
        ks_buf_str(&line, " >> \"$tmp\"/chain.pem");
    }
    ks_bring_label(cert, &label);
    if (line.len)
        ks_command_take(c, &line);
    else
        ks_command_remark(c, "append %s of %.200s to \"$tmp\"/chain.pem here", ks_buf_text(&label),
                          ks_op_file_name(to));
    ks_buf_free(&label);
}

static void put_chain_files(struct ks_commands *c, const struct ks_store *to,
                            const struct ks_candidate *key)
{
    size_t count = 0;

    for (size_t i = 0; i < key->chain_len; i++) {
        size_t k = 0;
        while (k < i && key->from[k] != key->from[i])
            k++;
        if (key->from[i] == to)
            put_own_issuer(c, to, key->chain[i]);
        else if (k == i && key->from[i])
            ks_bring_put_file(c, key->from[i], "chain.pem", count++ == 0);
    }
}

static bool is_together(const struct ks_candidate *key)
{
    for (size_t i = 0; i < key->chain_len; i++)
        if (key->from[i] != key->store)
            return false;
    return key->chain_len > 0 && ks_bring_is_file(key->store) &&
           key->store->format == &ks_format_pem;
}

/* openssl makes a PKCS#12 of them; of several certificates it takes that of the key as its own. */
static void put_loose(struct ks_commands *c, const struct ks_store *to,
                      const struct ks_import_key *key)
{
    struct ks_buf line = KS_BUF_INIT, file = KS_BUF_INIT;
    char *into = ks_command_path(to->path);
    bool alone = !key->from->chain_len;

    if (alone)
        ks_command_remark(c, "cert.pem: a self-signed certificate, of openssl req -x509");
    ks_command_scratch(c);
    put_key_file(c, key->from, &file);
    if (!alone && !is_together(key->from))
        put_chain_files(c, to, key->from);
    ks_buf_printf(&line, "openssl pkcs12 -export -inkey %s%s -in %s -name ", ks_buf_text(&file),
                  is_clear(key->from) ? "" : " -passin env:SRCPASS",
                  alone                    ? "cert.pem"
                  : is_together(key->from) ? ks_buf_text(&file)
                                           : "\"$tmp\"/chain.pem");
    ks_shell_word(&line, key->alias);
    ks_buf_str(&line, " -passout env:STOREPASS -out \"$tmp\"/new.p12");
    ks_command_take(c, &line);
    ks_command(c,
               "keytool -importkeystore -srckeystore \"$tmp\"/new.p12 -srcstorepass:env STOREPASS "
               "-destkeystore %s -deststoretype %s -deststorepass:env STOREPASS",
               into, to->format->name);
    ks_command_scratch_end(c);
    ks_buf_free(&file);
    free(into);
}

#define COMMANDS_SHOWN 20

static void put_commands(struct ks_commands *c, const struct ks_store *to,
                         const struct ks_import_key *keys, size_t count)
{
    if (!(to->format->caps & KS_CAP_STORE)) {
        ks_command_remark(c, "in a PEM file, put key and certificates behind each other");
        return;
    }
    ks_bring_say_passwords(c, to, true);
    for (size_t i = 0; i < count && i < COMMANDS_SHOWN; i++) {
        if (keys[i].from->store->format->caps & KS_CAP_STORE && keys[i].from->chain_len)
            put_keystore(c, to, &keys[i]);
        else
            put_loose(c, to, &keys[i]);
    }
    if (count > COMMANDS_SHOWN)
        ks_command_remark(c, "and %zu more like these", count - COMMANDS_SHOWN);
}

/* ---- the operation ---- */

static char *label_imported(const struct ks_import_key *keys, size_t count)
{
    if (count == 1)
        return ks_asprintf("imported the key pair %.200s", keys[0].alias);
    return ks_asprintf("imported %zu key pairs", count);
}

/* In one go, so that two of the same name are not taken for one that was there before. */
static enum ks_code transfer_keys(struct ks_plan *plan, struct ks_list *l,
                                  const struct ks_import_key *keys, struct ks_entry **entries,
                                  size_t count, enum ks_clash clash, struct ks_job *job,
                                  struct ks_error *err)
{
    const struct ks_secret **passwords = ks_alloc_array(count, sizeof *passwords);
    struct ks_store *from = ks_bring_store(entries, count);

    for (size_t i = 0; i < count; i++)
        passwords[i] = keys[i].password;
    enum ks_code rc = ks_bring_transfer(plan, l, from, clash, passwords, job, err);
    for (size_t i = 0; rc == KS_OK && i < count; i++)
        remark_key(plan, &keys[i]);
    ks_store_free(from);
    free(passwords);
    return rc;
}

static enum ks_code import_all(struct ks_plan *plan, struct ks_list *l,
                               const struct ks_import_key *keys, size_t count, enum ks_clash clash,
                               struct ks_job *job, struct ks_error *err)
{
    struct ks_entry **entries = NULL;
    enum ks_code rc = KS_OK;
    size_t made = 0;

    if (count == 0) {
        ks_fail(err, KS_ERR_USAGE, "no-key", "nothing was imported: no key pair is chosen");
        return ks_fail_next(err, KS_ERR_USAGE, "choose one");
    }
    entries = ks_alloc_array(count, sizeof *entries);
    while (rc == KS_OK && made < count) {
        rc = make_entry(&keys[made], job, &entries[made], err);
        made += rc == KS_OK;
    }
    if (rc == KS_OK)
        rc = transfer_keys(plan, l, keys, entries, count, clash, job, err);
    else
        while (made > 0)
            ks_entry_unref(entries[--made]);
    free(entries);
    return rc;
}

enum ks_code ks_op_import_keys(struct ks_store *store, const struct ks_import_key *keys,
                               size_t count, enum ks_clash clash, struct ks_job *job,
                               struct ks_plan *out, struct ks_error *err)
{
    enum ks_code rc = ks_op_start(store, out, err);

    if (rc != KS_OK)
        return rc;
    struct ks_list l = ks_list_of(store->now);
    rc = import_all(out, &l, keys, count, clash, job, err);
    if (rc == KS_OK) {
        char *label = label_imported(keys, count);
        put_commands(&out->commands, store, keys, count);
        ks_op_finish(out, &l, store->now->password, store->now->protection, label);
        free(label);
    } else {
        ks_plan_drop(out);
    }
    ks_list_drop(&l);
    return rc;
}
