#include "op/export.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/pbe.h"
#include "op/internal.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/keygen.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define ISSUERS_LOOKED 64  /* of one name; a hostile file has a hundred thousand of it */
#define NAMED 8            /* entries that get a command each */
#define NAME_MAX_BYTES 100 /* of a proposed file name without its suffix */

/* ---- the tables ---- */

const struct ks_export_word ks_export_whats[] = {
    [KS_EXPORT_CERT] = {"cert", "certificate", ""},
    [KS_EXPORT_CHAIN] = {"chain", "chain", "-chain"},
    [KS_EXPORT_PUBLIC] = {"pubkey", "public key", "-public"},
    [KS_EXPORT_KEY] = {"key", "private key", "-key"},
    [KS_EXPORT_PAIR] = {"pair", "key and chain", ""},
    {NULL, NULL, NULL},
};
const struct ks_export_word ks_export_formats[] = {
    [KS_EXPORT_PEM] = {"pem", "PEM", ".pem"},
    [KS_EXPORT_DER] = {"der", "DER", ".der"},
    [KS_EXPORT_PKCS7] = {"p7b", "PKCS7", ".p7b"},
    [KS_EXPORT_PKIPATH] = {"pkipath", "PkiPath", ".pkipath"},
    [KS_EXPORT_PKCS12] = {"p12", "PKCS12", ".p12"},
    [KS_EXPORT_PKCS8] = {"pkcs8", "PKCS8", ".p8"},
    {NULL, NULL, NULL},
};

#define FITS(format) (1u << (format))
static const unsigned fitting[] = {
    [KS_EXPORT_CERT] = FITS(KS_EXPORT_PEM) | FITS(KS_EXPORT_DER) | FITS(KS_EXPORT_PKCS7),
    [KS_EXPORT_CHAIN] = FITS(KS_EXPORT_PEM) | FITS(KS_EXPORT_PKCS7) | FITS(KS_EXPORT_PKIPATH),
    [KS_EXPORT_PUBLIC] = FITS(KS_EXPORT_PEM) | FITS(KS_EXPORT_DER),
    [KS_EXPORT_KEY] = FITS(KS_EXPORT_PEM) | FITS(KS_EXPORT_PKCS8),
    [KS_EXPORT_PAIR] = FITS(KS_EXPORT_PKCS12) | FITS(KS_EXPORT_PEM),
};

bool ks_export_fits(enum ks_export_what what, enum ks_export_format format)
{
    return fitting[what] & FITS(format);
}

bool ks_export_secret(enum ks_export_what what)
{
    return what == KS_EXPORT_KEY || what == KS_EXPORT_PAIR;
}

unsigned ks_export_mode(enum ks_export_what what)
{
    return ks_export_secret(what) ? 0600u : 0644u;
}

bool ks_export_has(const struct ks_entry *entry, enum ks_export_what what, const char **why)
{
    const char *without = NULL;
    bool key = entry->kind == KS_KIND_KEY;

    if (ks_export_secret(what) && !key)
        without = "it holds no private key";
    else if (what == KS_EXPORT_PAIR && entry->chain_len == 0)
        without = "it holds no certificate";
    else if (what == KS_EXPORT_PUBLIC && !key && entry->chain_len == 0 &&
             entry->kind != KS_KIND_PUBLIC)
        without = "it holds no public key";
    else if ((what == KS_EXPORT_CERT || what == KS_EXPORT_CHAIN) && entry->chain_len == 0)
        without = "it holds no certificate";
    if (why)
        *why = without;
    return !without;
}

/* ---- certificates, each once, every one before its issuer ---- */

struct certs {
    const struct ks_cert **at;
    size_t count;
};

static void add_each_once(struct certs *c, const struct ks_export *how)
{
    size_t total = 0;
    for (size_t i = 0; i < how->count; i++)
        total += how->entries[i]->chain_len;
    c->at = ks_alloc_array(total ? total : 1, sizeof(const struct ks_cert *));
    c->count = 0;
    struct ks_index seen = ks_index_new(total);
    for (size_t i = 0; i < how->count; i++) {
        size_t len = how->what == KS_EXPORT_CHAIN ? how->entries[i]->chain_len : 1;
        for (size_t k = 0; k < len && k < how->entries[i]->chain_len; k++) {
            const struct ks_cert *cert = &how->entries[i]->chain[k];
            if (ks_index_first(&seen, ks_cert_der(cert)) != KS_NOWHERE)
                continue;
            ks_index_add(&seen, ks_cert_der(cert), c->count);
            c->at[c->count++] = cert;
        }
    }
    ks_index_drop(&seen);
}

/* The first of them that may have issued it, by name and key ids; KS_NOWHERE for none. Names are
 * found by their bytes: whoever spells an issuer in another way comes where the list has it. */
static size_t issuer_of(const struct certs *c, const struct ks_index *subjects, size_t i)
{
    struct ks_slice issuer = ks_cert_part(c->at[i], c->at[i]->issuer);
    size_t looked = 0;
    for (size_t k = ks_index_first(subjects, issuer); k != KS_NOWHERE && looked++ < ISSUERS_LOOKED;
         k = ks_index_next(subjects, k))
        if (k != i && ks_cert_may_issue(c->at[k], c->at[i]))
            return k;
    return KS_NOWHERE;
}

static void put_in_issuer_order(struct certs *c)
{
    struct ks_index subjects = ks_index_new(c->count);
    size_t *issuer = ks_alloc_array(c->count ? c->count : 1, sizeof *issuer);
    bool *issues = ks_alloc_array(c->count ? c->count : 1, sizeof *issues);
    bool *put = ks_alloc_array(c->count ? c->count : 1, sizeof *put);
    const struct ks_cert **ordered =
        ks_alloc_array(c->count ? c->count : 1, sizeof(const struct ks_cert *));
    size_t n = 0;

    for (size_t i = 0; i < c->count; i++) {
        if (!(c->at[i]->flags & KS_CERT_BROKEN))
            ks_index_add(&subjects, ks_cert_part(c->at[i], c->at[i]->subject), i);
        issues[i] = put[i] = false;
    }
    for (size_t i = 0; i < c->count; i++) {
        bool broken = c->at[i]->flags & KS_CERT_BROKEN;
        issuer[i] = broken ? KS_NOWHERE : issuer_of(c, &subjects, i);
        if (issuer[i] != KS_NOWHERE)
            issues[issuer[i]] = true;
    }
    for (int rest = 0; rest < 2; rest++) /* second: those that issue each other in a circle */
        for (size_t i = 0; i < c->count; i++)
            for (size_t k = i; (rest || !issues[i]) && k != KS_NOWHERE && !put[k]; k = issuer[k]) {
                put[k] = true;
                ordered[n++] = c->at[k];
            }
    free(c->at);
    c->at = ordered;
    ks_index_drop(&subjects);
    free(issuer);
    free(issues);
    free(put);
}

/* What one entry holds keeps its order, which is the server's; entries are put in order. */
static struct certs certs_of(const struct ks_export *how)
{
    struct certs c;
    add_each_once(&c, how);
    if (how->count > 1)
        put_in_issuer_order(&c);
    return c;
}

/* ---- writing certificates ---- */

/* A line of a name: nothing in it may begin another line. */
static void put_text_line(const char *label, struct ks_slice name, struct ks_buf *out)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(name, &text);
    ks_buf_str(out, label);
    (void)ks_text_neutralise(ks_buf_text(&text), text.len, 0, out);
    ks_buf_byte(out, '\n');
    ks_buf_free(&text);
}

static void put_pem_certs(const struct ks_export *how, const struct certs *c, struct ks_buf *out)
{
    for (size_t i = 0; i < c->count; i++) {
        if (how->with_text && !(c->at[i]->flags & KS_CERT_BROKEN)) {
            put_text_line("subject=", ks_cert_part(c->at[i], c->at[i]->subject), out);
            put_text_line("issuer=", ks_cert_part(c->at[i], c->at[i]->issuer), out);
        }
        ks_pem_write("CERTIFICATE", ks_cert_der(c->at[i]), out);
    }
}

/* ContentInfo { signedData, [0] SignedData { 1, {}, { data }, [0] certificates, {} } }: RFC 2315 9,
 * the degenerate form that carries certificates only. */
static void put_pkcs7(const struct certs *c, struct ks_buf *out)
{
    static const uint8_t signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                          0xf7, 0x0d, 0x01, 0x07, 0x02};
    static const uint8_t head[] = {0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09,
                                   0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
    struct ks_buf certs = KS_BUF_INIT, body = KS_BUF_INIT, inner = KS_BUF_INIT, info = KS_BUF_INIT;

    for (size_t i = 0; i < c->count; i++)
        ks_buf_slice(&certs, ks_cert_der(c->at[i]));
    ks_buf_append(&body, head, sizeof head);
    ks_der_put(&body, KS_DER_CONTEXT_CONS(0), ks_slice(certs.data, certs.len));
    ks_der_put(&body, KS_DER_SET, ks_slice(NULL, 0));
    ks_der_put(&inner, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_append(&info, signed_data, sizeof signed_data);
    ks_der_put(&info, KS_DER_CONTEXT_CONS(0), ks_slice(inner.data, inner.len));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(info.data, info.len));
    ks_buf_free(&certs);
    ks_buf_free(&body);
    ks_buf_free(&inner);
    ks_buf_free(&info);
}

/* PkiPath ::= SEQUENCE OF Certificate, the one nearest to the anchor first: RFC 6066 8. */
static void put_pkipath(const struct certs *c, struct ks_buf *out)
{
    struct ks_buf all = KS_BUF_INIT;
    for (size_t i = c->count; i > 0; i--)
        ks_buf_slice(&all, ks_cert_der(c->at[i - 1]));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(all.data, all.len));
    ks_buf_free(&all);
}

static enum ks_code export_certs(const struct ks_export *how, struct ks_buf *out,
                                 struct ks_error *err)
{
    struct certs c = certs_of(how);
    enum ks_code rc = KS_OK;

    if (how->format == KS_EXPORT_DER && c.count > 1) {
        (void)ks_fail(err, KS_ERR_REFUSED, "export-format",
                      "nothing was exported: a DER file holds one certificate, these are %zu",
                      c.count);
        rc = ks_fail_next(err, KS_ERR_REFUSED, "choose PEM or PKCS7");
    } else if (how->format == KS_EXPORT_PKCS7) {
        put_pkcs7(&c, out);
    } else if (how->format == KS_EXPORT_PKIPATH) {
        put_pkipath(&c, out);
    } else if (how->format == KS_EXPORT_DER) {
        ks_buf_slice(out, ks_cert_der(c.at[0]));
    } else {
        put_pem_certs(how, &c, out);
    }
    free(c.at);
    return rc;
}

/* ---- keys ---- */

static enum ks_code reveal(const struct ks_export *how, struct ks_job *job, struct ks_material *key,
                           struct ks_error *err)
{
    struct ks_opener opener = {.store = how->store, .ask = &how->passwords, .job = job};
    struct ks_secret *used = NULL;
    enum ks_code rc = ks_op_reveal(&opener, how->entries[0], key, &used, err);

    ks_secret_free(used);
    ks_opener_drop(&opener);
    return rc;
}

static enum ks_code put_clear_key(const struct ks_export *how, const struct ks_material *key,
                                  struct ks_buf *out)
{
    if (how->format == KS_EXPORT_PKCS8)
        ks_buf_slice(out, ks_secret_bytes(key->bytes));
    else
        ks_pem_write("PRIVATE KEY", ks_secret_bytes(key->bytes), out);
    return KS_OK;
}

static enum ks_code put_sealed_key(const struct ks_export *how, const struct ks_material *key,
                                   struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf alg = KS_BUF_INIT, epki = KS_BUF_INIT;
    enum ks_pbe_profile profile =
        how->protection == KS_PROTECT_LEGACY ? KS_PBE_LEGACY : KS_PBE_MODERN;
    enum ks_code rc = ks_pbe_make(profile, &alg, err);

    if (rc == KS_OK)
        rc = ks_pbe_encrypt_epki(ks_slice(alg.data, alg.len), ks_secret_bytes(key->bytes),
                                 how->password, KS_EMPTY_BMP, job, &epki, err);
    if (rc == KS_OK && how->format == KS_EXPORT_PKCS8)
        ks_buf_append(out, epki.data, epki.len);
    else if (rc == KS_OK)
        ks_pem_write("ENCRYPTED PRIVATE KEY", ks_slice(epki.data, epki.len), out);
    ks_buf_free(&alg);
    ks_buf_free(&epki);
    return rc;
}

/* A PEM file with both has the key first, as openssl and nginx write and read it. */
static enum ks_code export_key(const struct ks_export *how, struct ks_job *job, struct ks_buf *out,
                               struct ks_error *err)
{
    struct ks_material key = {0};
    enum ks_code rc = reveal(how, job, &key, err);

    if (rc == KS_OK)
        rc = how->unencrypted ? put_clear_key(how, &key, out)
                              : put_sealed_key(how, &key, job, out, err);
    ks_material_drop(&key);
    if (rc == KS_OK && how->what == KS_EXPORT_PAIR) {
        struct ks_export chain = *how;
        chain.what = KS_EXPORT_CHAIN;
        rc = export_certs(&chain, out, err);
    }
    return rc;
}

/* A PKCS#12 of its own, made as a keystore is. */
static enum ks_code export_pkcs12(const struct ks_export *how, struct ks_job *job,
                                  struct ks_buf *out, struct ks_error *err)
{
    struct ks_plan made = {0}, filled = {0};
    struct ks_secret *password = ks_secret_dup(how->password);
    struct ks_copy copy = {.from = how->store,
                           .entries = how->entries,
                           .count = how->count,
                           .clash = KS_CLASH_RENAME,
                           .new_password = password,
                           .passwords = how->passwords};
    enum ks_code rc = ks_op_create(how->entries[0]->alias, &ks_format_pkcs12, password,
                                   how->protection, &made, err);
    struct ks_store *store = rc == KS_OK ? ks_plan_apply(&made) : NULL;

    if (rc == KS_OK)
        rc = ks_op_copy(store, &copy, job, &filled, err);
    if (rc == KS_OK && ks_plan_losses(&filled)) { /* a key that was not opened is left out there */
        struct ks_material key = {0};
        rc = reveal(how, job, &key, err);
        ks_material_drop(&key);
        if (rc == KS_OK)
            rc = ks_fail(err, KS_ERR_REFUSED, "type-loss", "nothing was exported: %.400s",
                         filled.remarks[0].text);
    }
    if (rc == KS_OK)
        rc = ks_format_pkcs12.save(store, filled.result, job, out, err);
    ks_plan_drop(&filled);
    ks_plan_drop(&made);
    ks_store_free(store);
    ks_secret_free(password);
    return rc;
}

/* ---- public keys ---- */

static enum ks_code public_key(const struct ks_export *how, struct ks_job *job, struct ks_buf *spki,
                               struct ks_error *err)
{
    const struct ks_entry *e = how->entries[0];
    struct ks_material key = {0};

    if (e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN)) {
        ks_buf_slice(spki, ks_cert_part(&e->chain[0], e->chain[0].spki));
        return KS_OK;
    }
    if (e->kind == KS_KIND_PUBLIC) {
        ks_buf_slice(spki, e->key);
        return KS_OK;
    }
    enum ks_code rc = reveal(how, job, &key, err);
    if (rc == KS_OK)
        rc = ks_private_to_spki(key.bytes, spki, err);
    ks_material_drop(&key);
    return rc;
}

static enum ks_code export_public(const struct ks_export *how, struct ks_job *job,
                                  struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf spki = KS_BUF_INIT;
    enum ks_code rc = public_key(how, job, &spki, err);

    if (rc == KS_OK && how->format == KS_EXPORT_DER)
        ks_buf_append(out, spki.data, spki.len);
    else if (rc == KS_OK)
        ks_pem_write("PUBLIC KEY", ks_slice(spki.data, spki.len), out);
    ks_buf_free(&spki);
    return rc;
}

/* ---- all of it ---- */

static enum ks_code check(const struct ks_export *how, struct ks_error *err)
{
    const char *why;

    for (size_t i = 0; i < how->count; i++) {
        if (ks_export_has(how->entries[i], how->what, &why))
            continue;
        ks_fail(err, KS_ERR_REFUSED, "export-what", "%.200s was not exported: %s",
                how->entries[i]->alias, why);
        return ks_fail_next(err, KS_ERR_REFUSED, "choose something else to export");
    }
    if (!ks_export_fits(how->what, how->format)) {
        ks_fail(err, KS_ERR_REFUSED, "export-format", "nothing was exported: a %s cannot be in %s",
                ks_export_whats[how->what].label, ks_export_formats[how->format].label);
        return ks_fail_next(err, KS_ERR_REFUSED, "choose another format");
    }
    if (how->count > 1 && how->what != KS_EXPORT_CERT && how->what != KS_EXPORT_CHAIN) {
        ks_fail(err, KS_ERR_REFUSED, "export-what",
                "nothing was exported: one key goes into a file, these are %zu entries",
                how->count);
        return ks_fail_next(err, KS_ERR_REFUSED,
                            "export them one by one, or copy them to a keystore");
    }
    if (ks_export_secret(how->what) && !how->unencrypted && ks_secret_is_empty(how->password)) {
        ks_fail(err, KS_ERR_REFUSED, "unencrypted",
                "nothing was exported: a private key leaves encrypted, and there is no password");
        return ks_fail_next(err, KS_ERR_REFUSED,
                            "give one, or say in so many words that it is to be unencrypted");
    }
    if (how->unencrypted && how->format == KS_EXPORT_PKCS12) {
        ks_fail(err, KS_ERR_REFUSED, "unencrypted",
                "nothing was exported: a PKCS12 without a password is read by few programs");
        return ks_fail_next(err, KS_ERR_REFUSED, "choose PEM, or give a password");
    }
    return KS_OK;
}

enum ks_code ks_op_export(const struct ks_export *how, struct ks_job *job, struct ks_buf *out,
                          struct ks_error *err)
{
    enum ks_code rc = how->count ? check(how, err)
                                 : ks_fail(err, KS_ERR_USAGE, "export-what",
                                           "nothing was exported: no entry was chosen");

    if (rc != KS_OK)
        return rc;
    if (ks_export_secret(how->what) && out->len == 0)
        out->secret = true;
    if (how->format == KS_EXPORT_PKCS12)
        return export_pkcs12(how, job, out, err);
    if (ks_export_secret(how->what))
        return export_key(how, job, out, err);
    if (how->what == KS_EXPORT_PUBLIC)
        return export_public(how, job, out, err);
    return export_certs(how, out, err);
}

/* ---- names of files ---- */

static bool is_fine_in_a_name(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c >= 0x80;
}

char *ks_export_name(const struct ks_entry *entry, enum ks_export_what what,
                     enum ks_export_format format)
{
    struct ks_buf name = KS_BUF_INIT;

    for (const char *at = entry->alias; *at; at++)
        ks_buf_byte(&name, is_fine_in_a_name((uint8_t)*at) ? (uint8_t)*at : '-');
    (void)ks_text_cut(&name, NAME_MAX_BYTES);
    if (name.len == 0)
        ks_buf_str(&name, "entry");
    if (name.data[0] == '.' || name.data[0] == '-') /* hidden, or taken for an option */
        name.data[0] = '_';
    if (ks_text_has_hidden(ks_buf_text(&name), name.len)) {
        ks_buf_clear(&name);
        ks_buf_str(&name, "entry");
    }
    ks_buf_str(&name, ks_export_whats[what].suffix);
    ks_buf_str(&name, what == KS_EXPORT_CERT && format == KS_EXPORT_DER
                          ? ".cer"
                          : ks_export_formats[format].suffix);
    return ks_buf_steal(&name);
}

/* ---- the same with other programs ---- */

static void put_keytool(const char *verb, const struct ks_export *how, size_t i, const char *before,
                        const char *output, struct ks_commands *c)
{
    struct ks_buf line = KS_BUF_INIT;
    ks_command_keytool(&line, verb, how->store);
    ks_buf_str(&line, " -alias ");
    ks_shell_word(&line, how->entries[i]->alias);
    ks_buf_str(&line, before);
    ks_command_file(&line, output);
    ks_command_take(c, &line);
}

/* The entry as a PKCS#12, which is what openssl reads. */
static void put_pkcs12_of(const struct ks_export *how, const char *output, struct ks_commands *c)
{
    struct ks_buf line = KS_BUF_INIT;
    char *path = ks_command_path(how->store->path);
    ks_buf_str(&line, "keytool -importkeystore -srckeystore ");
    ks_shell_word(&line, path);
    ks_buf_printf(&line, " -srcstoretype %s -srcstorepass:env STOREPASS -srcalias ",
                  how->store->format->name);
    ks_shell_word(&line, how->entries[0]->alias);
    ks_buf_str(&line, " -destkeystore ");
    ks_command_file(&line, output);
    ks_buf_str(&line, " -deststoretype PKCS12 -deststorepass:env NEWPASS");
    ks_command_take(c, &line);
    free(path);
}

/* Which variables the lines name. */
static void put_variables(const struct ks_export *how, struct ks_commands *c)
{
    bool secret = ks_export_secret(how->what);
    ks_command_remark(c, "STOREPASS is the password of the keystore%s",
                      secret ? ", NEWPASS the one for what leaves" : "");
}

/* openssl pkcs12 of the file that keytool made: the key, or the certificates, or both. */
static void put_openssl(const struct ks_export *how, const char *which, const char *output,
                        struct ks_commands *c)
{
    struct ks_buf line = KS_BUF_INIT;
    const char *clear = how->unencrypted ? " -nodes" : " -passout env:NEWPASS";
    bool key = strcmp(which, " -nokeys") != 0;
    ks_buf_printf(&line, "openssl pkcs12 -in \"$tmp\"/entry.p12 -passin env:NEWPASS%s%s -out ",
                  which, key ? clear : "");
    ks_command_file(&line, output);
    ks_command_take(c, &line);
}

static void put_pkcs8(const struct ks_export *how, const char *output, struct ks_commands *c)
{
    struct ks_buf line = KS_BUF_INIT;
    put_openssl(how, " -nocerts", "key.pem", c);
    ks_buf_printf(&line, "openssl pkcs8 -topk8 -in \"$tmp\"/key.pem%s -outform DER%s -out ",
                  how->unencrypted ? "" : " -passin env:NEWPASS",
                  how->unencrypted ? " -nocrypt" : " -passout env:NEWPASS");
    ks_shell_word(&line, output);
    ks_command_take(c, &line);
}

static void key_commands(const struct ks_export *how, const char *output, struct ks_commands *c)
{
    if (how->format == KS_EXPORT_PKCS12) {
        put_pkcs12_of(how, output, c);
        return;
    }
    ks_command_scratch(c);
    put_pkcs12_of(how, "entry.p12", c);
    if (how->format == KS_EXPORT_PKCS8) {
        put_pkcs8(how, output, c);
    } else if (how->what == KS_EXPORT_PAIR && how->key_output) {
        char *key = ks_command_path(how->key_output);
        put_openssl(how, " -nocerts", key, c);
        put_openssl(how, " -nokeys", output, c);
        free(key);
    } else {
        put_openssl(how, how->what == KS_EXPORT_KEY ? " -nocerts" : "", output, c);
    }
    ks_command_scratch_end(c);
}

/* Certificates one after the other in one PEM file, as keytool prints them among other text. */
static void put_pem_commands(const struct ks_export *how, const char *output, struct ks_commands *c)
{
    const char *verb = how->what == KS_EXPORT_CHAIN ? "list -rfc" : "exportcert -rfc";
    for (size_t i = 0; i < how->count && i < NAMED; i++)
        put_keytool(verb, how, i, i ? " >> " : " > ", output, c);
    if (how->count > NAMED)
        ks_command_remark(c, "and so on for %zu more", how->count - NAMED);
}

static void cert_commands(const struct ks_export *how, const char *output, struct ks_commands *c)
{
    if (how->what == KS_EXPORT_CERT && how->count == 1 && how->format <= KS_EXPORT_DER) {
        put_keytool(how->format == KS_EXPORT_PEM ? "exportcert -rfc" : "exportcert", how, 0,
                    " -file ", output, c);
    } else if (how->format == KS_EXPORT_PKCS7) {
        ks_command_scratch(c);
        put_pem_commands(how, "certs.pem", c);
        ks_command(c, "openssl crl2pkcs7 -nocrl -certfile \"$tmp\"/certs.pem -outform DER -out %s",
                   output);
        ks_command_scratch_end(c);
    } else if (how->format == KS_EXPORT_PKIPATH) {
        ks_command_remark(c, "neither keytool nor openssl writes a PkiPath");
    } else {
        put_pem_commands(how, output, c);
    }
}

void ks_op_export_commands(const struct ks_export *how, const char *path, struct ks_commands *c)
{
    if (how->count == 0)
        return;
    if (!ks_command_knows(how->store)) {
        ks_command_remark(c, "keytool reads no %s files: openssl and an editor do it",
                          how->store->format->name);
        return;
    }
    char *output = ks_command_path(path);
    put_variables(how, c);
    if (ks_export_secret(how->what)) {
        key_commands(how, output, c);
    } else if (how->what == KS_EXPORT_PUBLIC) {
        ks_command_scratch(c);
        put_keytool("exportcert -rfc", how, 0, " -file ", "cert.pem", c);
        ks_command(c, "openssl x509 -in \"$tmp\"/cert.pem -noout -pubkey > %s", output);
        ks_command_scratch_end(c);
    } else {
        cert_commands(how, output, c);
    }
    free(output);
}
