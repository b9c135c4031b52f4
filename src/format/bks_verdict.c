#include "format/bks_internal.h"

#include "base/crypto.h"
#include "format/pbe.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdio.h>
#include <string.h>

#define CHUNK (1u << 20) /* bytes authenticated between two looks at the job */

/* ---- MAC ---- */

enum ks_code ks_bks_check_rounds(const struct ks_store *store, uint32_t rounds, uint32_t most,
                                 struct ks_error *err)
{
    if (rounds <= most)
        return KS_OK;
    if (rounds > INT32_MAX) {
        ks_fail(err, KS_ERR_DAMAGED, "bad-count",
                "%.200s is damaged: its password is to be hashed a negative number of times",
                ks_path_shown(store->path));
        return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of it or a backup");
    }
    ks_fail(err, KS_ERR_LIMIT, "too-many-iterations",
            "%.200s was not opened: its password is to be hashed %u times, and ksx, like Bouncy "
            "Castle, stops at %u",
            ks_path_shown(store->path), rounds, most);
    return ks_fail_next(
        err, KS_ERR_LIMIT, "the file is damaged, or made to keep programs busy%s",
        store->format->caps & KS_CAP_LIST_UNLOCKED ? "; without a password it is listed" : "");
}

static enum ks_code no_mac(struct ks_job *job, struct ks_error *err)
{
    if (ks_job_stopped(job))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while checking integrity");
    return ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "integrity cannot be checked: %s",
                   ks_crypto_reason());
}

static bool hmac(struct ks_slice key, struct ks_slice content, uint8_t out[static KS_BKS_DIGEST],
                 struct ks_job *job)
{
    char digest[] = "SHA1";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(ks_crypto(), "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    bool good = ctx && EVP_MAC_init(ctx, key.data, key.len, params) == 1;
    size_t len = 0;

    for (size_t at = 0; good && at < content.len; at += CHUNK)
        good = !ks_job_stopped(job) &&
               EVP_MAC_update(ctx, content.data + at,
                              content.len - at < CHUNK ? content.len - at : CHUNK) == 1;
    good = good && EVP_MAC_final(ctx, out, &len, KS_BKS_DIGEST) == 1;
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    return good;
}

/* Version 1 took the MAC's size in bytes for bits, so its key has 16 of them (CVE-2018-5382). No
 * iterations are one. */
enum ks_code ks_bks_mac(const struct ks_bks_header *header, const struct ks_secret *password,
                        struct ks_slice content, uint8_t out[static KS_BKS_DIGEST],
                        struct ks_job *job, struct ks_error *err)
{
    uint8_t key[KS_BKS_DIGEST];
    size_t key_len = header->version == 1 ? 2 : sizeof key;
    struct ks_secret *pw = ks_bks_password(password);
    uint64_t rounds = header->rounds ? header->rounds : 1;

    ks_job_phase(job, "checking integrity", 0);
    enum ks_code rc =
        ks_kdf_pkcs12("SHA1", 3, ks_secret_bytes(pw), header->salt, rounds, key, key_len, job, err);
    if (rc == KS_OK && !hmac(ks_slice(key, key_len), content, out, job))
        rc = no_mac(job, err);
    ks_wipe(key, sizeof key);
    ks_secret_free(pw);
    return rc;
}

/* ---- damage ---- */

struct words {
    char text[48];
};

/* "2 entries can be read"; a sentence of its own. */
static struct words readable(size_t n)
{
    struct words out = {"No entry can be read"};

    if (n > 0)
        (void)snprintf(out.text, sizeof out.text, "%zu %s can be read", n,
                       n == 1 ? "entry" : "entries");
    return out;
}

static void damage_record(struct ks_store *into, const struct ks_bks_walk *w)
{
    struct ks_error *d = &into->damage;
    const char *name = ks_path_shown(into->path);
    struct words read = readable(w->records);
    size_t nth = w->records + 1;

    switch (w->fault) {
    case KS_BKS_BAD_TYPE:
        ks_fail(d, KS_ERR_DAMAGED, "bad-entry",
                "%.200s is damaged: at byte %zu, where entry %zu or the end mark should be, is "
                "neither. %s",
                name, w->fault_at, nth, read.text);
        return;
    case KS_BKS_NEGATIVE:
        ks_fail(d, KS_ERR_DAMAGED, "bad-entry",
                "%.200s is damaged: entry %zu has a negative length at byte %zu. %s", name, nth,
                w->fault_at, read.text);
        return;
    case KS_BKS_LIMIT:
        ks_fail(d, KS_ERR_LIMIT, "limit",
                "%.200s is not read to its end: entry %zu (byte %zu) is beyond what ksx reads, %d "
                "entries and %d certificates each. %s",
                name, nth, w->fault_at, KS_BKS_MAX_RECORDS, KS_BKS_MAX_CHAIN, read.text);
        return;
    default:
        ks_fail(d, KS_ERR_DAMAGED, "truncated",
                "%.200s is damaged: it ends in entry %zu or before its end mark (byte %zu). %s",
                name, nth, w->fault_at, read.text);
    }
}

static void damage_check(struct ks_store *into, const struct ks_bks_walk *w,
                         enum ks_bks_check check)
{
    struct words read = readable(w->records);

    if (check == KS_BKS_MISSING)
        ks_fail(&into->damage, KS_ERR_DAMAGED, "truncated",
                "%.200s is damaged: it ends inside its checksum. %s, but nothing tells whether it "
                "was altered",
                ks_path_shown(into->path), read.text);
    else
        ks_fail(&into->damage, KS_ERR_DAMAGED, "bad-digest",
                "%.200s was altered or is damaged: the password opens it, but its checksum does "
                "not fit. %s",
                ks_path_shown(into->path), read.text);
}

static void find_damage(struct ks_store *into, const struct ks_bks_walk *w, enum ks_bks_check check)
{
    if (!w->ended)
        damage_record(into, w);
    else if (check == KS_BKS_MISSING || check == KS_BKS_BAD)
        damage_check(into, w, check);
    else
        return;
    into->notes |= KS_STORE_DAMAGED;
    if (into->damage.code != KS_ERR_DAMAGED) {
        ks_fail_next(&into->damage, into->damage.code,
                     "open it with the program that wrote it to see the rest");
        return;
    }
    into->notes |= KS_STORE_JAVA_REFUSES;
    ks_fail_next(&into->damage, KS_ERR_DAMAGED,
                 "look for a copy of it or a backup; Bouncy Castle opens nothing of such a file");
}

/* ---- facts ---- */

static bool is_uber(const struct ks_store *s)
{
    return s->inner != NULL;
}

/* A wrong password in 65,536 fits a version 1. */
static const char *good_words(const struct ks_store *s)
{
    if (is_uber(s))
        return "verified: the SHA-1 inside the encryption fits the content";
    return strcmp(s->type, "BKS v1") == 0
               ? "the HMAC-SHA1 fits, but its key has only 16 bits in version 1: it proves little"
               : "verified: the HMAC-SHA1 fits password and content";
}

static void fact_integrity(struct ks_store *into, const struct ks_bks_walk *w,
                           enum ks_bks_check check)
{
    static const char label[] = "Integrity";

    if (!w->ended || check == KS_BKS_MISSING) {
        into->integrity = KS_INTEGRITY_BAD;
        ks_store_fact(into, label, "cannot be checked: the checksum cannot be reached");
    } else if (check == KS_BKS_GOOD) {
        into->integrity = KS_INTEGRITY_VERIFIED;
        ks_store_fact(into, label, "%s", good_words(into));
    } else if (check == KS_BKS_BAD) {
        into->integrity = KS_INTEGRITY_BAD;
        ks_store_fact(into, label, "the checksum does not fit: the file was altered or is damaged");
    } else {
        into->integrity = KS_INTEGRITY_UNVERIFIED;
        ks_store_fact(into, label, "not checked: opened without a password");
    }
}

/* All sealed keys are under 3DES; every one has iterations of its own. */
static void fact_protection(struct ks_store *into)
{
    struct ks_bks_seal seal;
    uint32_t least = UINT32_MAX, most = 0;

    for (size_t i = 0; i < ks_store_count(into); i++) {
        const struct ks_entry *e = ks_store_entry(into, i);
        if (!ks_bks_is_sealed(e) || !ks_bks_seal_parts(e->key, &seal))
            continue;
        least = seal.rounds < least ? seal.rounds : least;
        most = seal.rounds > most ? seal.rounds : most;
    }
    if (least > most)
        return;
    into->notes |= KS_STORE_WEAK;
    if (least < most)
        ks_store_fact(into, "Keys protected by", "3DES-CBC, PKCS#12 KDF-SHA1, %u to %u iterations",
                      least, most);
    else
        ks_store_fact(into, "Keys protected by", "3DES-CBC, PKCS#12 KDF-SHA1, %u iterations", most);
}

static void fact_trailing(struct ks_store *into, const struct ks_bks_walk *w)
{
    size_t left = ks_reader_left(&w->r);

    if (into->damage.code != KS_OK || left <= KS_BKS_DIGEST)
        return;
    into->notes |= KS_STORE_TRAILING;
    ks_store_fact(into, "Trailing bytes", "%zu after the checksum, which Bouncy Castle ignores",
                  left - KS_BKS_DIGEST);
}

static const char *fatal_reason(const struct ks_entry *e)
{
    if (e->notes & KS_NOTE_CERT_TYPE)
        return "has a certificate of a type other than X.509";
    if (e->notes & KS_NOTE_CERT_BROKEN)
        return "has a certificate that cannot be read";
    return "has an alias that is not in Java's encoding";
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

void ks_bks_verdict(struct ks_store *into, const struct ks_bks_walk *w, enum ks_bks_check check)
{
    if (strcmp(into->type, "BKS v1") == 0)
        into->notes |= KS_STORE_WEAK;
    find_damage(into, w, check);
    fact_integrity(into, w, check);
    fact_protection(into);
    fact_trailing(into, w);
    fact_java(into);
}
