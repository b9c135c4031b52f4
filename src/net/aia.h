/*
 * Missing issuers, fetched from where certificates say they are published (caIssuers of the
 * authority information access, RFC 5280 4.2.2.1). Never on its own: the caller shows the URL
 * first. What was fetched is a source like others (doctor/sources.h), and is remembered by its URL
 * for the run.
 */
#ifndef KSX_NET_AIA_H
#define KSX_NET_AIA_H

#include "doctor/doctor.h"
#include "doctor/sources.h"
#include "net/http.h"

#define KS_AIA_FETCHES 8        /* for one chain */
#define KS_AIA_STORE_FETCHES 32 /* for one keystore */

/* The http and https URLs of a certificate's issuers, in order, at most KS_AIA_FETCHES; each is
 * the caller's: free() them and the array. Others are counted in *refused (may be NULL). */
char **ks_aia_urls(const struct ks_cert *cert, size_t *count, size_t *refused);

struct ks_aia_try { /* one URL that was asked */
    char *url;
    enum ks_code code;
    struct ks_error err;  /* when it failed */
    size_t certs;         /* that came */
    bool fits;            /* one of them issued the certificate that named the URL, by signature */
};
struct ks_aia {
    struct ks_aia_try *at;
    size_t count;
    size_t left_out; /* certificates whose issuers were not asked for: it had been enough */
};
void ks_aia_drop(struct ks_aia *aia); /* a zeroed one is fine */
/* It was not asked, and would be with private_too and any_port: that takes a second question. */
bool ks_aia_asks_private(const struct ks_aia_try *one);

struct ks_aia_ask {
    const struct ks_cert *cert; /* whose issuer is missing */
    const char *only; /* this URL alone at first; NULL: all of them in order, until one fits */
    size_t most;                /* requests; 0: KS_AIA_FETCHES, which more cannot exceed */
    bool upward;                /* go on with the issuer's issuer, until a root or the bounds */
    struct ks_fetch how;        /* url and post are left out of account */
    void (*asking)(void *ctx, const char *url); /* before each request; may be NULL */
    void *ctx;
};
/* The answers (DER, PEM or PKCS#7) are added to `sources`; those that fit nothing, too: the path
 * search judges by signatures. KS_ERR_CANCELLED, or the error of the last try when nothing at all
 * came; `out` tells each try in both cases. */
KS_CHECK enum ks_code ks_aia_fetch(const struct ks_aia_ask *ask, struct ks_sources *sources,
                                   struct ks_job *job, struct ks_aia *out, struct ks_error *err);

/* ---- a keystore ---- */

struct ks_aia_store {
    struct ks_doctor *doctor;
    const struct ks_store *store;
    const struct ks_entry *entry; /* NULL: all key entries, */
    const bool *only;             /* or those of them, by place; NULL */
    const struct ks_context *context; /* what the candidates have is not missing; its effort, else
                                       * ks_doctor_effort(), is that of all entries together */
};
/* The certificates at which chains end that do not end at a root. At most `most`, each once;
 * borrowed from the store or the candidates. Fewer when it was cancelled. */
size_t ks_aia_lacking(const struct ks_aia_store *about, struct ks_job *job,
                      const struct ks_cert **out, size_t most);
/* Fetches for each of them what it lacks, upward, as ks_aia_fetch(); `ask` says how, its cert and
 * `only` are left out of account. That some or all of it failed is no failure: `out` tells. It is
 * zeroed, or that of another keystore of this run, and grows: a certificate all of whose URLs were
 * tried is passed over. At most KS_AIA_STORE_FETCHES requests; out->left_out tells of this call. */
KS_CHECK enum ks_code ks_aia_fetch_lacking(const struct ks_aia_store *about,
                                           const struct ks_aia_ask *ask,
                                           struct ks_sources *sources, struct ks_job *job,
                                           struct ks_aia *out, struct ks_error *err);

#endif
