#include "format/bcfks_internal.h"

#include "base/alloc.h"
#include "format/items.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define KINDS_OF_PROTECTION 4 /* that the summary names */

struct opening {
    struct ks_store *store;
    const struct ks_secret *password; /* NULL = none given */
    struct ks_job *job;
    struct ks_bcfks_file file;
    struct ks_bcfks_data data;
    bool mismatch;         /* the MAC is another one under this password */
    bool strict;           /* the MAC fits with scrypt's p as the file has it */
    struct ks_error check; /* why the integrity could not be checked */
};

/* ---- sniffing ---- */

static int sniff(struct ks_slice head, uint64_t size)
{
    struct ks_bcfks_file f;
    struct ks_part date;

    (void)size;
    if (!ks_bcfks_open(head, &f))
        return 0;
    if (!f.clear)
        return f.content.data ? 92 : 0;
    /* INTEGER, AlgorithmIdentifier, GeneralizedTime: a CRL has a name before its date */
    struct ks_slice in = f.data;
    struct ks_part outer;
    return ks_part_next(&in, &outer) && ks_der_skip(&outer.body, KS_DER_INTEGER) &&
                   ks_der_skip(&outer.body, KS_DER_SEQUENCE) &&
                   ks_der_peek(outer.body) == KS_DER_GENERALIZED_TIME &&
                   ks_part_next(&outer.body, &date)
               ? 92
               : 0;
}

static void looks(struct ks_slice head, uint64_t size, struct ks_buf *out)
{
    struct ks_bcfks_file f;

    if (ks_item_claims(head) > size)
        ks_buf_str(out, "damaged (ends early)");
    else if (ks_bcfks_open(head, &f))
        ks_buf_str(out, f.clear ? "not encrypted" : "encrypted");
    if (head.len == size && ks_bcfks_open(head, &f) && f.check == KS_BCFKS_SIGNED)
        ks_buf_str(out, ", signed");
}

/* ---- integrity ---- */

/* What is signed, the algorithm and the signature, in the shape of a certificate. */
static enum ks_verdict verify(const struct ks_bcfks_file *f, const struct ks_cert *signer)
{
    struct ks_buf body = KS_BUF_INIT, whole = KS_BUF_INIT;

    ks_buf_slice(&body, f->data);
    ks_buf_slice(&body, f->check_alg);
    ks_buf_slice(&body, f->signature);
    ks_der_put(&whole, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    enum ks_verdict verdict =
        ks_signed_verify(ks_slice(whole.data, whole.len), ks_cert_part(signer, signer->spki));
    ks_buf_free(&body);
    ks_buf_free(&whole);
    return verdict;
}

static bool signer_of(const struct ks_bcfks_file *f, struct ks_cert *out)
{
    struct ks_slice certs = f->certs;
    struct ks_tlv first;
    return ks_der_next(&certs, &first) && ks_cert_skim(first.whole, out);
}

static void check_signature(struct opening *g)
{
    static const enum ks_integrity integrity[] = {
        [KS_VERDICT_UNKNOWN] = KS_INTEGRITY_UNKNOWN,
        [KS_VERDICT_GOOD] = KS_INTEGRITY_VERIFIED,
        [KS_VERDICT_BAD] = KS_INTEGRITY_BAD,
    };
    struct ks_cert signer;

    g->store->integrity = KS_INTEGRITY_UNKNOWN;
    if (signer_of(&g->file, &signer))
        g->store->integrity = integrity[verify(&g->file, &signer)];
}

static enum ks_code check_mac(struct opening *g, struct ks_error *err)
{
    g->store->integrity = KS_INTEGRITY_UNVERIFIED;
    if (!g->password)
        return KS_OK;
    ks_job_phase(g->job, "checking the integrity", 0);
    enum ks_code rc = ks_bcfks_mac_check(&g->file, g->password, g->job, &g->strict, &g->check);
    switch (rc) {
    case KS_OK:
        g->store->integrity = KS_INTEGRITY_VERIFIED;
        return KS_OK;
    case KS_ERR_PASSWORD:
        g->mismatch = true;
        return KS_OK;
    case KS_ERR_UNSUPPORTED:
        g->store->integrity = KS_INTEGRITY_UNKNOWN;
        return KS_OK;
    case KS_ERR_DAMAGED:
        g->store->integrity = KS_INTEGRITY_BAD;
        ks_bcfks_damage(g->store, "damaged", "%.200s", g->check.what);
        return KS_OK;
    default:
        if (err)
            *err = g->check;
        return rc;
    }
}

static enum ks_code check_integrity(struct opening *g, struct ks_error *err)
{
    switch (g->file.check) {
    case KS_BCFKS_MAC:
        return check_mac(g, err);
    case KS_BCFKS_SIGNED:
        check_signature(g);
        return KS_OK;
    case KS_BCFKS_CUT:
        g->store->integrity = KS_INTEGRITY_BAD;
        ks_bcfks_damage(g->store, "truncated", "it ends early, after %zu bytes",
                        g->store->file->len);
        return KS_OK;
    case KS_BCFKS_STRANGE:
        break;
    }
    g->store->integrity = KS_INTEGRITY_BAD;
    ks_bcfks_damage(g->store, "damaged", "what should be its MAC is none");
    return KS_OK;
}

/* ---- contents ---- */

static enum ks_code locked(const struct opening *g, struct ks_error *err)
{
    if (g->file.check == KS_BCFKS_SIGNED) {
        ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
                "the password does not fit, or the file was altered");
        return ks_fail_next(err, KS_ERR_PASSWORD,
                            "it is a signed keystore, and Bouncy Castle signs those that have the "
                            "empty password");
    }
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "the password does not fit, or the file was altered (its MAC does not match)");
    return ks_fail_next(err, KS_ERR_PASSWORD, "try another password");
}

static enum ks_code needs_password(struct ks_error *err)
{
    ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
            "it is encrypted as a whole, so nothing can be listed without its password");
    return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "give the keystore's password");
}

static enum ks_code no_contents(struct ks_error *err, const char *why)
{
    ks_fail(err, KS_ERR_DAMAGED, "damaged", "the file is no BCFKS store, or damaged: %s", why);
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for another copy of the file");
}

/* Authenticated encryption tells the password from the MAC: what decrypts was written with it. */
static enum ks_code decrypt(struct opening *g, struct ks_blob **out, struct ks_error *err)
{
    const struct ks_bcfks_file *f = &g->file;

    if (f->cut) {
        ks_fail(err, KS_ERR_DAMAGED, "truncated",
                "the file is damaged: it ends inside its encrypted contents, which nothing "
                "decrypts in parts");
        return ks_fail_next(err, KS_ERR_DAMAGED, "look for another copy of the file");
    }
    ks_job_phase(g->job, "decrypting", 0);
    enum ks_code rc =
        ks_bcfks_decrypt(f->alg, f->content, KS_BCFKS_FOR_STORE, g->password, g->job, out, err);
    if (rc == KS_ERR_PASSWORD)
        return locked(g, err);
    if (rc == KS_OK && g->mismatch) {
        g->store->integrity = KS_INTEGRITY_BAD;
        ks_bcfks_damage(g->store, "altered",
                        "the password decrypts it, but its MAC does not match, so it was altered");
    }
    return rc;
}

/* The bytes of the ObjectStoreData, and what they are in. */
static enum ks_code open_contents(struct opening *g, struct ks_blob **blob, struct ks_error *err)
{
    if (g->file.clear && g->mismatch)
        return locked(g, err);
    if (g->file.clear) {
        *blob = ks_blob_ref(g->store->file);
        return ks_bcfks_data(g->file.data, &g->data)
                   ? KS_OK
                   : no_contents(err, "its contents cannot be read");
    }
    enum ks_code rc = decrypt(g, blob, err);
    if (rc != KS_OK)
        return rc;
    g->store->inner = ks_blob_ref(*blob);
    return ks_bcfks_data(ks_blob_slice(*blob), &g->data)
               ? KS_OK
               : no_contents(err, "what was decrypted cannot be read");
}

/* ---- facts ---- */

static void java_refuses(struct ks_store *s, const char *why, const char *name)
{
    if (s->notes & KS_STORE_JAVA_REFUSES)
        return; /* one reason is enough */
    s->notes |= KS_STORE_JAVA_REFUSES;
    ks_store_fact(s, "Java", "refuses the whole file: %s%.200s", why, name);
}

static const char *mac_words(enum ks_integrity integrity)
{
    switch (integrity) {
    case KS_INTEGRITY_VERIFIED:
        return "verified";
    case KS_INTEGRITY_UNVERIFIED:
        return "not checked without the password";
    case KS_INTEGRITY_UNKNOWN:
        return "not checked";
    default:
        return "it does not match";
    }
}

static const char *signature_words(enum ks_integrity integrity)
{
    switch (integrity) {
    case KS_INTEGRITY_VERIFIED:
        return "fits the certificate that the file itself brings";
    case KS_INTEGRITY_BAD:
        return "does not fit: the file was altered after it was signed";
    default:
        return "not checked: the file does not bring the signer's certificate";
    }
}

static void fact_signature(struct opening *g)
{
    struct ks_buf text = {.max = 400};
    struct ks_cert signer;

    ks_buf_str(&text, "signature ");
    ks_sig_alg_text(g->file.check_alg, &text);
    if (signer_of(&g->file, &signer)) {
        ks_buf_str(&text, " by ");
        ks_name_text(ks_cert_part(&signer, signer.subject), &text);
    }
    ks_store_fact(g->store, "Integrity", "%s, %s", ks_buf_text(&text),
                  signature_words(g->store->integrity));
    ks_store_fact(g->store, "Read-only",
                  "a change would need the signer's private key; save it as a password-protected "
                  "copy instead");
    ks_store_fact(g->store, "Java",
                  "opens it only for programs that bring the signer's public key "
                  "(BCFKSLoadStoreParameter); keytool does not");
    ks_buf_free(&text);
}

static void fact_integrity(struct opening *g)
{
    struct ks_buf text = {.max = 300};

    switch (g->file.check) {
    case KS_BCFKS_MAC:
        ks_bcfks_mac_text(&g->file, &text);
        ks_store_fact(g->store, "Integrity", "%s, %s%s%s", ks_buf_text(&text),
                      mac_words(g->store->integrity),
                      g->store->integrity == KS_INTEGRITY_UNKNOWN ? ": " : "",
                      g->store->integrity == KS_INTEGRITY_UNKNOWN ? g->check.what : "");
        break;
    case KS_BCFKS_SIGNED:
        fact_signature(g);
        break;
    default:
        ks_store_fact(g->store, "Integrity", "cannot be checked: the file is damaged");
    }
    ks_buf_free(&text);
}

static void fact_encryption(struct opening *g)
{
    struct ks_buf text = {.max = 300};

    if (g->file.clear)
        ks_buf_str(&text, "none: all but the keys can be read without the password");
    else
        (void)ks_pbe_describe(g->file.alg, &text, NULL);
    ks_store_fact(g->store, "Encryption", "%s", ks_buf_text(&text));
    ks_buf_free(&text);
}

/* The different ways in which keys are protected, each once. */
static void fact_keys(struct ks_store *s)
{
    struct ks_buf seen[KINDS_OF_PROTECTION] = {KS_BUF_INIT}, text = KS_BUF_INIT;
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(s) && count < KINDS_OF_PROTECTION; i++) {
        ks_buf_clear(&text);
        ks_bcfks_protection(ks_store_entry(s, i), &text);
        size_t known = 0;
        while (known < count && strcmp(ks_buf_text(&seen[known]), ks_buf_text(&text)) != 0)
            known++;
        if (known < count || text.len == 0)
            continue;
        ks_buf_str(&seen[count++], ks_buf_text(&text));
        ks_store_fact(s, "Keys protected by", "%s", ks_buf_text(&text));
    }
    for (size_t i = 0; i < KINDS_OF_PROTECTION; i++)
        ks_buf_free(&seen[i]);
    ks_buf_free(&text);
}

static void fact_time(struct ks_store *s, const char *label, struct ks_slice time)
{
    struct ks_tlv tlv;
    int64_t seconds;
    char text[24];

    if (ks_der_next(&time, &tlv) && ks_der_time(&tlv, &seconds))
        ks_store_fact(s, label, "%s UTC", ks_time_human(seconds, text));
    else
        java_refuses(s, "it has a date that cannot be read", "");
}

static void fact_comment(struct opening *g)
{
    struct ks_slice in = g->data.comment;
    struct ks_tlv tlv;
    struct ks_buf text = {.max = 300};

    if (!ks_der_expect(&in, KS_DER_UTF8_STRING, &tlv))
        return;
    (void)ks_der_string(&tlv, &text);
    ks_store_fact(g->store, "Comment", "%s", ks_buf_text(&text));
    ks_buf_free(&text);
}

/* BcFKSKeyStoreSpi derives with these alone. */
static bool bouncy_castle_derives(const struct ks_pbe_scheme *s)
{
    return s->kdf == KS_PBE_KDF_SCRYPT ||
           (s->kdf == KS_PBE_KDF_PBKDF2 &&
            (strcmp(s->hash, "SHA512") == 0 || strcmp(s->hash, "SHA3-512") == 0));
}

static void fact_java(struct opening *g)
{
    struct ks_pbe_scheme s;
    const struct ks_bcfks_file *f = &g->file;

    if ((f->check == KS_BCFKS_MAC || f->check == KS_BCFKS_SIGNED) &&
        !ks_slice_equal(f->check_alg, g->data.integrity))
        java_refuses(g->store, "it names the algorithm of its check differently inside", "");
    if ((f->check == KS_BCFKS_MAC && ks_pbe_kdf_parse(f->kdf, &s) && !bouncy_castle_derives(&s)) ||
        (!f->clear && ks_pbe_scheme_parse(f->alg, &s) && !bouncy_castle_derives(&s)))
        java_refuses(g->store, "Bouncy Castle does not know its key derivation", "");
    if (g->strict && g->store->integrity == KS_INTEGRITY_VERIFIED)
        java_refuses(g->store, "Bouncy Castle up to 1.86 puts scrypt's r in the place of its p",
                     "");
    for (size_t i = 0; i < ks_store_count(g->store); i++) {
        const struct ks_entry *e = ks_store_entry(g->store, i);
        if (!(e->notes & KS_NOTE_JAVA_FATAL))
            continue;
        java_refuses(g->store, "it cannot read entry ", e->alias);
        return;
    }
}

static void facts(struct opening *g)
{
    fact_integrity(g);
    fact_encryption(g);
    fact_keys(g->store);
    fact_time(g->store, "Created", g->data.created);
    fact_time(g->store, "Last changed", g->data.modified);
    fact_comment(g);
    fact_java(g);
    if (g->file.trailing.len == 0)
        return;
    g->store->notes |= KS_STORE_TRAILING;
    ks_store_fact(g->store, "Trailing bytes", "%zu after the end, which Java ignores",
                  g->file.trailing.len);
}

/* ---- loading ---- */

static enum ks_code load_contents(struct opening *g, struct ks_error *err)
{
    struct ks_blob *blob = NULL;
    enum ks_code rc = check_integrity(g, err);

    if (rc == KS_OK)
        rc = open_contents(g, &blob, err);
    if (rc == KS_OK)
        rc = ks_bcfks_entries(g->store, &g->data, blob, g->job, err);
    if (rc == KS_OK && g->data.cut)
        ks_bcfks_damage(g->store, "truncated", "it ends early");
    if (rc == KS_OK)
        facts(g);
    ks_blob_unref(blob);
    return rc;
}

/* A signed store need not have a password: its contents are encrypted with the empty one then. */
static enum ks_code load_without_password(struct opening *g, struct ks_error *err)
{
    struct ks_error why = {0};

    if (g->file.clear)
        return load_contents(g, err);
    if (g->file.check != KS_BCFKS_SIGNED)
        return needs_password(err);
    struct ks_secret *empty = ks_secret_new(NULL, 0);
    g->password = empty;
    g->store->password = empty;
    enum ks_code rc = load_contents(g, &why);
    if (rc == KS_OK)
        return KS_OK;
    g->store->password = NULL;
    ks_secret_free(empty);
    if (rc == KS_ERR_PASSWORD)
        return needs_password(err);
    if (err)
        *err = why;
    return rc;
}

static enum ks_code load(struct ks_store *into, const struct ks_secret *password,
                         struct ks_job *job, struct ks_error *err)
{
    /* the bound on the sum of all iterations needs a job to count on */
    struct ks_job *own = job ? NULL : ks_job_new();
    struct opening g = {.store = into, .password = password, .job = job ? job : own};
    enum ks_code rc;

    ks_store_set_type(into, "BCFKS");
    if (!ks_bcfks_open(ks_blob_slice(into->file), &g.file))
        rc = no_contents(err, "its first bytes do not fit");
    else
        rc = password ? load_contents(&g, err) : load_without_password(&g, err);
    ks_job_free(own);
    return rc;
}

const struct ks_format ks_format_bcfks = {
    .name = "BCFKS",
    .summary = "Bouncy Castle's FIPS keystore, encrypted as a whole",
    .caps = KS_CAP_STORE | KS_CAP_PASSWORD | KS_CAP_ENTRY_PASSWORD | KS_CAP_WRITE | KS_CAP_SECRETS |
            KS_CAP_DATES | KS_CAP_MUST_PASSWORD | KS_CAP_KEY_NEEDS_CERT,
    .sniff = sniff,
    .looks = looks,
    .load = load,
    .reveal = ks_bcfks_reveal,
    .seal = ks_bcfks_seal,
    .save = ks_bcfks_save,
    .refuses = ks_bcfks_refuses,
    .protection = ks_bcfks_protection,
};
