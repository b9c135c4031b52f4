/*
 * The doctor: everything that is wrong with a keystore, with the evidence. Where the rules of
 * chain/findings.h judge a row of a list in microseconds, by names and dates alone, the doctor
 * verifies signatures, compares keys with certificates, looks at all entries together, and searches
 * the candidates for what is missing. The findings are of the same table and have the same words.
 *
 *   struct ks_doctor *doctor = ks_doctor_new();
 *   struct ks_context context = {.now = ks_now(), .warn_days = KS_WARN_DAYS};
 *   struct ks_diagnosis found = {0};
 *   if (ks_diagnose(doctor, store, &context, job, &found, &err) == KS_OK) ...
 *   ks_diagnosis_drop(&found);
 *   ks_doctor_free(doctor);
 *
 * Work is bounded: the bounds of chain/path.h, and a job that can be cancelled.
 */
#ifndef KSX_DOCTOR_DOCTOR_H
#define KSX_DOCTOR_DOCTOR_H

#include "chain/catalogue.h"
#include "chain/facts.h"
#include "chain/findings.h"
#include "chain/path.h"
#include "format/format.h"

/* "auto", "server", "client", "ca", "trust". False when it is none of them. */
bool ks_purpose_by_name(const char *name, enum ks_purpose *out);
const char *ks_purpose_word(enum ks_purpose purpose);

struct ks_context {
    int64_t now;
    int warn_days; /* 0: KS_WARN_DAYS */
    enum ks_purpose purpose;
    const char *const *hosts; /* names that the entry is asked for; may be none */
    size_t host_count;
    const struct ks_pool *candidates; /* certificates from elsewhere; NULL: the store alone */
    /* Loose keys from elsewhere (key entries of other stores or of files), for replies whose key is
     * not in the store; may be none. */
    struct ks_store *const *key_stores;
    size_t key_store_count;
    /* The public CAs to compare a truststore with (the system's bundle, a JVM's cacerts); NULL: the
     * findings about public CAs are not asked for. */
    const struct ks_store *reference;
    /* Decrypt private keys with the store's password to compare them with their certificates. Off,
     * they count as not known. */
    bool open_keys;
    /* What somebody has asked about revocation (net/revocation.h): the doctor asks nobody. NULL:
     * nothing is said of it. */
    const struct ks_statuses *statuses;
    /* What ks_chain_examine() may cost, for those who ask about many entries; goes down. NULL: each
     * question has its own. A diagnosis always has its own. */
    struct ks_effort *effort;
    /* A server that was asked: whether a truststore has an anchor for it, and whether it would take
     * the key of a client. NULL: nothing is said of that. */
    const struct ks_peer *peer;
};

/* A finding and whose it is. `found.text` quotes external text unfiltered. */
struct ks_diagnosed {
    struct ks_finding found;
    const struct ks_entry *entry; /* NULL: the store as a whole. Borrowed from the store */
    size_t place;                 /* of the entry in the store; SIZE_MAX for the store */
    unsigned rejects; /* who refuses because of it: of the catalogue, or fewer when known better */
    enum ks_remedy remedy; /* likewise */
};
struct ks_diagnosis {
    struct ks_diagnosed *at; /* the store's first, then entry by entry, the worst first in each */
    size_t count, cap;
    size_t by_severity[KS_ERROR + 1];
    bool cut; /* a bound was hit: there may be more */
};
void ks_diagnosis_drop(struct ks_diagnosis *d); /* a zeroed one is fine */
/* Takes out those with one of these ids of the catalogue: neither listed nor counted. */
void ks_diagnosis_leave_out(struct ks_diagnosis *d, const char *const *ids, size_t count);
/* The worst of one entry (NULL: of the store as a whole). */
enum ks_severity ks_diagnosis_worst(const struct ks_diagnosis *d, const struct ks_entry *entry);
/* The findings of an entry (NULL: of the store as a whole) are at[*first] to at[*first + n - 1]. */
size_t ks_diagnosis_of(const struct ks_diagnosis *d, const struct ks_entry *entry, size_t *first);

/* What the doctor remembers between diagnoses: signatures that were verified, by the pair of
 * certificate and key. One thread at a time. */
struct ks_doctor;
struct ks_doctor *ks_doctor_new(void);
void ks_doctor_free(struct ks_doctor *doctor); /* NULL is fine */

/* KS_ERR_CANCELLED is the only failure. */
KS_CHECK enum ks_code ks_diagnose(struct ks_doctor *doctor, const struct ks_store *store,
                                  const struct ks_context *context, struct ks_job *job,
                                  struct ks_diagnosis *out, struct ks_error *err);
/* The same of one entry, as far as it can be told without the others' keys; for a detail pane. */
KS_CHECK enum ks_code ks_diagnose_entry(struct ks_doctor *doctor, const struct ks_store *store,
                                        const struct ks_entry *entry,
                                        const struct ks_context *context, struct ks_job *job,
                                        struct ks_diagnosis *out, struct ks_error *err);
/* What a failure to open a file is, as a finding: STORE-EMPTY-FILE, STORE-TRUNCATED,
 * STORE-NOT-A-KEYSTORE, STORE-WRONG-PASSWORD, ... False: none of the catalogue (no permission, no
 * such file). */
bool ks_diagnose_failure(const char *path, const struct ks_error *why, struct ks_diagnosis *out);

/* ---- the chain of a key entry as it is and as it could be: struct ks_chain_look ---- */

/* What looking at all chains of a store may cost, as in its diagnosis: half a second, and more for
 * more keys. */
struct ks_effort ks_doctor_effort(const struct ks_store *store);
/* False for an entry without a readable chain, and when the context's effort is used up. Cancelled,
 * it ends as at a bound. */
bool ks_chain_examine(struct ks_doctor *doctor, const struct ks_store *store,
                      const struct ks_entry *entry, const struct ks_context *context,
                      struct ks_job *job, struct ks_chain_look *out);
void ks_chain_look_drop(struct ks_chain_look *look);

/* The entry that Java's default key manager (SunX509) takes when no alias is configured: it walks a
 * HashMap of the lower-case aliases. NULL: no key entry. A prediction. */
const struct ks_entry *ks_java_picks(const struct ks_store *store);

#endif
