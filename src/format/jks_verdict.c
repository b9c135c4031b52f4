#include "format/jks_internal.h"

#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>

#define CHUNK (1u << 20) /* bytes hashed between two looks at the job */
#define WHITENER "Mighty Aphrodite"
#define KINDS_OF_PROTECTION 4

/* ---- digest ---- */

/* SHA-1 over the password, the whitener and the file up to `end`. */
static bool hash_file(const struct ks_jks_hashing *h, size_t end, uint8_t out[static KS_JKS_DIGEST])
{
    struct ks_slice pw = ks_secret_bytes(h->wide);
    const EVP_MD *sha1 = ks_crypto_md("SHA1");
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && sha1 && EVP_DigestInit_ex(ctx, sha1, NULL) == 1 &&
                EVP_DigestUpdate(ctx, pw.data, pw.len) == 1 &&
                EVP_DigestUpdate(ctx, WHITENER, strlen(WHITENER)) == 1;
    for (size_t from = 0; good && from < end; from += CHUNK)
        good = !ks_job_stopped(h->job) &&
               EVP_DigestUpdate(ctx, h->file.data + from,
                                end - from < CHUNK ? end - from : CHUNK) == 1;
    good = good && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

bool ks_jks_digest(struct ks_slice bytes, const struct ks_secret *password,
                   uint8_t out[static KS_JKS_DIGEST])
{
    struct ks_jks_hashing h = {.file = bytes, .wide = ks_secret_utf16be(password)};
    bool good = hash_file(&h, bytes.len, out);
    ks_secret_free(h.wide);
    return good;
}

static void hash_aside(void *arg)
{
    struct ks_jks_hashing *h = arg;
    h->computed = hash_file(h, h->file.len - KS_JKS_DIGEST, h->digest);
}

void ks_jks_hash_start(struct ks_jks_hashing *h, struct ks_slice file,
                       const struct ks_secret *password, struct ks_job *job)
{
    *h = (struct ks_jks_hashing){.file = file, .job = job};
    if (!password || file.len < KS_JKS_DIGEST)
        return;
    h->wide = ks_secret_utf16be(password);
    ks_aside_start(&h->aside, file.len, hash_aside, h);
}

void ks_jks_hash_end(struct ks_jks_hashing *h)
{
    if (h->aside.running)
        ks_aside_join(&h->aside);
    ks_secret_free(h->wide);
    h->wide = NULL;
}

static enum ks_code not_hashed(const struct ks_jks_hashing *h, struct ks_error *err)
{
    if (ks_job_stopped(h->job))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while checking integrity");
    ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "integrity cannot be checked: OpenSSL has no SHA-1");
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "a FIPS set-up may forbid it; without a password the file is listed");
}

/* What does not fit behind the records may fit at the end of the file: that shows that the password
 * is right. */
enum ks_code ks_jks_check_digest(struct ks_jks_hashing *h, size_t end, enum ks_jks_digest *out,
                                 struct ks_error *err)
{
    struct ks_slice file = h->file;
    uint8_t digest[KS_JKS_DIGEST];

    if (file.len < KS_JKS_DIGEST || end > file.len - KS_JKS_DIGEST) {
        *out = KS_JKS_DIGEST_MISSING;
        return KS_OK;
    }
    *out = KS_JKS_DIGEST_UNCHECKED;
    if (!h->wide)
        return KS_OK;
    ks_job_phase(h->job, "checking integrity", 0);
    ks_aside_join(&h->aside);
    size_t last = file.len - KS_JKS_DIGEST;
    bool at_end = h->computed && CRYPTO_memcmp(h->digest, file.data + last, KS_JKS_DIGEST) == 0;
    if (!h->computed || (end < last && !hash_file(h, end, digest)))
        return not_hashed(h, err);
    if (end < last && CRYPTO_memcmp(digest, file.data + end, KS_JKS_DIGEST) == 0)
        *out = KS_JKS_DIGEST_GOOD;
    else
        *out = !at_end      ? KS_JKS_DIGEST_BAD
               : end < last ? KS_JKS_DIGEST_AT_END
                            : KS_JKS_DIGEST_GOOD;
    return KS_OK;
}

/* ---- words ---- */

struct number {
    char text[32];
};

static struct number decimal(uint64_t n)
{
    struct number out;

    (void)snprintf(out.text, sizeof out.text, "%llu", (unsigned long long)n);
    return out;
}

/* 3 as "3rd". */
static struct number ordinal(size_t n)
{
    struct number out = decimal(n);
    const char *end = "th";
    if (n % 100 < 11 || n % 100 > 13)
        end = n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
    memcpy(out.text + strlen(out.text), end, 3);
    return out;
}

static const char *entries(size_t n)
{
    return n == 1 ? "entry" : "entries";
}

/* "2 entries can be read"; a sentence of its own. */
static struct number readable(size_t n)
{
    struct number out = n ? decimal(n) : (struct number){"No"};
    const char *rest = n == 1 || n == 0 ? " entry can be read" : " entries can be read";
    memcpy(out.text + strlen(out.text), rest, strlen(rest) + 1);
    return out;
}

/* ---- damage ---- */

/* What a complete file would be long, by the entries that are there, to two digits. */
static uint64_t estimate(const struct ks_jks_walk *w)
{
    uint64_t read = ks_reader_offset(&w->r) - KS_JKS_HEADER;
    uint64_t all = read / w->records * w->claimed + KS_JKS_HEADER + KS_JKS_DIGEST;
    uint64_t unit = 1;
    while (all / unit >= 100)
        unit *= 10;
    return (all + unit / 2) / unit * unit;
}

static void damage_cut(struct ks_store *into, const struct ks_jks_walk *w)
{
    size_t size = into->file->len;
    struct number about = {""};

    if (w->records > 0 && estimate(w) > size)
        about = decimal(estimate(w));
    ks_fail(&into->damage, KS_ERR_DAMAGED, "truncated",
            "%.200s is damaged: it should hold %s %s and ends inside the %s (%s%s%s bytes). %s",
            ks_path_shown(into->path), decimal(w->claimed).text, entries(w->claimed),
            ordinal(w->records + 1).text, decimal(size).text, about.text[0] ? " of about " : "",
            about.text, readable(w->records).text);
}

static void damage_count(struct ks_store *into, const struct ks_jks_walk *w)
{
    struct number claimed = decimal(w->claimed);

    if (w->claimed > INT32_MAX) /* as Java reads it */
        claimed = (struct number){"a negative number of"};
    ks_fail(&into->damage, KS_ERR_DAMAGED, "bad-count",
            "%.200s is damaged: it says that it holds %s %s, and holds %s",
            ks_path_shown(into->path), claimed.text, entries(w->claimed), decimal(w->records).text);
}

static void damage_record(struct ks_store *into, const struct ks_jks_walk *w)
{
    struct ks_error *d = &into->damage;
    struct number at = decimal(w->fault_at), nth = ordinal(w->records + 1);

    switch (w->fault) {
    case KS_JKS_BAD_TAG:
        ks_fail(d, KS_ERR_DAMAGED, "bad-entry",
                "%.200s is damaged: at byte %s, where the %s entry should begin, there is none. %s",
                ks_path_shown(into->path), at.text, nth.text, readable(w->records).text);
        return;
    case KS_JKS_CUT: /* the file is as long as it was made */
        ks_fail(d, KS_ERR_DAMAGED, "bad-entry",
                "%.200s is damaged: the %s entry does not end (byte %s), although the digest at "
                "the end of the file fits. %s",
                ks_path_shown(into->path), nth.text, at.text, readable(w->records).text);
        return;
    case KS_JKS_NEGATIVE:
        ks_fail(d, KS_ERR_DAMAGED, "bad-entry",
                "%.200s is damaged: the %s entry has a negative length at byte %s. %s",
                ks_path_shown(into->path), nth.text, at.text, readable(w->records).text);
        return;
    case KS_JKS_LIMIT:
        ks_fail(d, KS_ERR_LIMIT, "limit",
                "%.200s is not read to its end: the %s entry (byte %s) is beyond what ksx reads, "
                "%d entries and %d certificates each. %s",
                ks_path_shown(into->path), nth.text, at.text, KS_JKS_MAX_RECORDS, KS_JKS_MAX_CHAIN,
                readable(w->records).text);
        return;
    default:
        ks_fail(d, KS_ERR_UNSUPPORTED, "unreachable",
                "%.200s is not read to its end: the %s entry is a Java object that cannot be "
                "followed to its end (byte %s), so what comes after it cannot be reached",
                ks_path_shown(into->path), nth.text, at.text);
    }
}

static void find_damage(struct ks_store *into, const struct ks_jks_walk *w,
                        enum ks_jks_digest digest)
{
    size_t left = ks_reader_left(&w->r);

    if (w->fault == KS_JKS_SOUND && w->records == w->claimed) {
        if (digest != KS_JKS_DIGEST_MISSING)
            return;
        ks_fail(&into->damage, KS_ERR_DAMAGED, "truncated",
                "%.200s is damaged: it ends inside its digest (%s of %s bytes). All %s %s can be "
                "read, but nothing tells whether they were altered",
                ks_path_shown(into->path), decimal(into->file->len).text,
                decimal(into->file->len - left + KS_JKS_DIGEST).text, decimal(w->records).text,
                entries(w->records));
    } else if (w->fault == KS_JKS_SOUND || w->claimed > INT32_MAX ||
               (w->fault == KS_JKS_BAD_TAG && left == KS_JKS_DIGEST)) {
        damage_count(into, w);
    } else if (w->fault == KS_JKS_CUT && digest != KS_JKS_DIGEST_AT_END) {
        damage_cut(into, w);
    } else {
        damage_record(into, w);
    }
    into->notes |= KS_STORE_DAMAGED;
    if (into->damage.code != KS_ERR_DAMAGED) {
        ks_fail_next(&into->damage, into->damage.code,
                     "open it with the program that wrote it to see the rest");
        return;
    }
    into->notes |= KS_STORE_JAVA_REFUSES;
    ks_fail_next(&into->damage, KS_ERR_DAMAGED,
                 "look for a copy of it or a backup; Java opens nothing of such a file");
}

/* ---- facts ---- */

static void fact_integrity(struct ks_store *into, const struct ks_jks_walk *w,
                           enum ks_jks_digest digest)
{
    static const char label[] = "Integrity";

    switch (digest) {
    case KS_JKS_DIGEST_GOOD:
        into->integrity = KS_INTEGRITY_VERIFIED;
        ks_store_fact(into, label, "verified: the SHA-1 digest fits password and content");
        return;
    case KS_JKS_DIGEST_AT_END:
        into->integrity = KS_INTEGRITY_VERIFIED;
        ks_store_fact(
            into, label,
            "verified: the SHA-1 digest at the end of the file fits password and content");
        return;
    case KS_JKS_DIGEST_UNCHECKED:
        into->integrity = KS_INTEGRITY_UNVERIFIED;
        ks_store_fact(into, label, "not checked: opened without a password");
        return;
    case KS_JKS_DIGEST_MISSING:
        into->integrity = KS_INTEGRITY_BAD;
        ks_store_fact(into, label, "cannot be checked: the file ends before its SHA-1 digest");
        return;
    case KS_JKS_DIGEST_BAD:
        into->integrity = KS_INTEGRITY_BAD;
        ks_store_fact(into, label, "%s",
                      w->fault == KS_JKS_CUT
                          ? "cannot be checked: the file ends before its SHA-1 digest"
                          : "the SHA-1 digest does not fit: the file is damaged, or the password "
                            "is wrong");
    }
}

static void put_count(struct ks_buf *out, size_t count, const char *one, const char *many)
{
    if (count == 0)
        return;
    ks_buf_printf(out, "%s%s %s", out->len ? ", " : "", decimal(count).text,
                  count == 1 ? one : many);
}

static void fact_entries(struct ks_store *into)
{
    size_t keys = 0, trusted = 0, secrets = 0, others = 0;
    struct ks_buf text = KS_BUF_INIT;

    for (size_t i = 0; i < ks_store_count(into); i++) {
        switch (ks_store_entry(into, i)->kind) {
        case KS_KIND_KEY:
            keys++;
            break;
        case KS_KIND_TRUSTED:
            trusted++;
            break;
        case KS_KIND_SECRET:
            secrets++;
            break;
        default:
            others++;
        }
    }
    put_count(&text, keys, "key pair", "key pairs");
    put_count(&text, trusted, "trusted certificate", "trusted certificates");
    put_count(&text, secrets, "secret key", "secret keys");
    put_count(&text, others, "item that ksx does not interpret",
              "items that ksx does not interpret");
    ks_store_fact(into, "Entries", "%s", text.len ? ks_buf_text(&text) : "none");
    ks_buf_free(&text);
}

/* The different ways in which keys are protected, each once, in the order of the file. */
static void fact_protection(struct ks_store *into)
{
    struct ks_buf seen[KINDS_OF_PROTECTION] = {KS_BUF_INIT}, text = KS_BUF_INIT;
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(into) && count < KINDS_OF_PROTECTION; i++) {
        const struct ks_entry *e = ks_store_entry(into, i);
        if (!e->key.data || e->kind == KS_KIND_OPAQUE)
            continue;
        ks_buf_clear(&text);
        ks_jks_protection(e, &text);
        size_t known = 0;
        while (known < count && strcmp(ks_buf_text(&seen[known]), ks_buf_text(&text)) != 0)
            known++;
        if (known < count || text.len == 0)
            continue;
        ks_buf_str(&seen[count++], ks_buf_text(&text));
        ks_store_fact(into, "Keys protected by", "%s", ks_buf_text(&text));
    }
    for (size_t i = 0; i < KINDS_OF_PROTECTION; i++)
        ks_buf_free(&seen[i]);
    ks_buf_free(&text);
}

static void fact_trailing(struct ks_store *into, const struct ks_jks_walk *w,
                          enum ks_jks_digest digest)
{
    size_t left = ks_reader_left(&w->r);

    if (into->damage.code != KS_OK || digest == KS_JKS_DIGEST_MISSING || left <= KS_JKS_DIGEST)
        return;
    into->notes |= KS_STORE_TRAILING;
    ks_store_fact(into, "Trailing bytes", "%s after the digest, which Java ignores",
                  decimal(left - KS_JKS_DIGEST).text);
}

static const char *fatal_reason(const struct ks_entry *e)
{
    if (e->notes & KS_NOTE_UNREACHABLE)
        return "holds a Java object that cannot be followed";
    if (e->notes & KS_NOTE_CERT_TYPE)
        return "has a certificate of a type other than X.509";
    if (e->notes & KS_NOTE_CERT_BROKEN)
        return "has a certificate that cannot be read";
    if (e->notes & KS_NOTE_KEYREP_UNKNOWN)
        return "holds a Java object of an unknown class";
    if (e->notes & KS_NOTE_ALIAS_ENCODING)
        return "has an alias that is not in Java's encoding";
    return e->kind == KS_KIND_SECRET ? "is a secret key, which type JKS cannot hold"
                                     : "has a certificate that Java refuses";
}

static void fact_java(struct ks_store *into)
{
    for (size_t i = 0; i < ks_store_count(into); i++) {
        const struct ks_entry *e = ks_store_entry(into, i);
        if (!(e->notes & KS_NOTE_JAVA_FATAL))
            continue;
        into->notes |= KS_STORE_JAVA_REFUSES;
        ks_store_fact(into, "Java", "refuses the whole file: entry %.200s %s", e->alias,
                      fatal_reason(e));
        return;
    }
}

/* ---- */

enum ks_code ks_jks_verdict(struct ks_store *into, const struct ks_jks_walk *w,
                            enum ks_jks_digest digest, struct ks_error *err)
{
    if (digest == KS_JKS_DIGEST_BAD && w->fault == KS_JKS_SOUND) {
        ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
                "%.200s is still locked: the password does not fit, or the file was altered (its "
                "digest does not match)",
                ks_path_shown(into->path));
        return ks_fail_next(err, KS_ERR_PASSWORD,
                            "try again, or open it without a password to see what it lists");
    }
    into->notes |= KS_STORE_WEAK; /* one unsalted round of SHA-1 tells passwords apart */
    find_damage(into, w, digest);
    fact_entries(into);
    fact_integrity(into, w, digest);
    fact_protection(into);
    fact_trailing(into, w, digest);
    fact_java(into);
    return KS_OK;
}
