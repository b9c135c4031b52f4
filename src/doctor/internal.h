/*
 * Inside of the doctor: what it keeps between questions.
 */
#ifndef KSX_DOCTOR_INTERNAL_H
#define KSX_DOCTOR_INTERNAL_H

#include "doctor/doctor.h"

/* One version of a store, indexed. Shared by what borrows from it. */
struct ks_ground {
    unsigned refs;
    const struct ks_store *store;
    struct ks_version *version; /* referenced: entries stay as long */
    struct ks_census *census;
    struct ks_pool *pool; /* of all its certificates; NULL until somebody asks */
};
struct ks_ground *ks_ground_of(const struct ks_store *store);
struct ks_ground *ks_ground_ref(struct ks_ground *ground);
void ks_ground_unref(struct ks_ground *ground); /* NULL is fine */
bool ks_ground_fits(const struct ks_ground *ground, const struct ks_store *store);
const struct ks_pool *ks_ground_pool(struct ks_ground *ground);

/* A private key that was opened once, known by its bytes and the password. */
struct ks_opened {
    uint8_t digest[32]; /* of the entry's key as stored */
    struct ks_secret *password;
    enum ks_key_state state; /* KS_KEY_FITS: it opened, and `spki` is its public key */
    struct ks_buf spki;
};

struct ks_doctor {
    struct ks_signatures *signatures;
    struct ks_ground *ground;    /* of the store that was looked at last */
    struct ks_ground *reference; /* of the public CAs; NULL */
    struct ks_opened **opened;   /* each of its own: `digests` borrows from it */
    size_t opened_count, opened_cap;
    struct ks_index digests;
    struct ks_effort *effort; /* of the diagnosis under way; NULL: none */
};
/* What the doctor knows of the store's present; borrowed until another store is asked about. */
struct ks_ground *ks_doctor_ground(struct ks_doctor *doctor, const struct ks_store *store);

/* ---- keys ---- */

/* Opens the key of an entry with the store's password, once. KS_KEY_FITS: it opened, and *spki is
 * its public key (borrowed until ks_keys_forget()). */
enum ks_key_state ks_key_open(struct ks_doctor *doctor, const struct ks_store *store,
                              const struct ks_entry *entry, struct ks_job *job,
                              struct ks_slice *spki);
/* Makes room when there is too much. Before a question, since what was lent ends. */
void ks_keys_tidy(struct ks_doctor *doctor);
void ks_keys_forget(struct ks_doctor *doctor);
/* All keys at hand. `only`: of the store's own only this one is opened, if the context opens keys
 * at all, and those that were opened before count; NULL: all are. */
struct ks_known_keys *ks_known_keys_new(struct ks_doctor *doctor, const struct ks_store *store,
                                        const struct ks_context *context,
                                        const struct ks_entry *only, struct ks_job *job);
void ks_known_keys_free(struct ks_known_keys *keys);

/* ---- a server that was asked ---- */

/* Whether a certificate that the store trusts is on a path of what the server sent. *end: the last
 * certificate of the best path, when none is. *cut is set when a bound was hit. */
enum ks_peer_trust ks_peer_judge(struct ks_doctor *doctor, const struct ks_census *census,
                                 const struct ks_context *context, struct ks_job *job,
                                 const struct ks_cert **end, bool *cut);

/* ---- chains ---- */

bool ks_examine(struct ks_doctor *doctor, const struct ks_store *store,
                const struct ks_entry *entry, const struct ks_context *context, struct ks_job *job,
                struct ks_chain_look *out);
/* What `sent` has where the walk of a look has faults: look->around. */
struct ks_around_ask {
    int64_t now;
    enum ks_purpose purpose;
    struct ks_signatures *signatures;
    struct ks_effort *effort;
    struct ks_job *job;
};
void ks_find_around(const struct ks_around_ask *ask, const struct ks_cert *const *sent,
                    size_t count, struct ks_chain_look *look);
/* Of an entry, or of the store (NULL): never KS_PURPOSE_AUTO. */
enum ks_purpose ks_purpose_of(const struct ks_context *context, const struct ks_entry *entry,
                              bool has_keys);

#endif
