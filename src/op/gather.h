/*
 * What is brought to a keystore from elsewhere: any number of files of any type that ksx reads, and
 * pasted text, in any order. Each source is opened as a store of its own; the certificates and keys
 * in all of them are what the imports choose from.
 */
#ifndef KSX_OP_GATHER_H
#define KSX_OP_GATHER_H

#include "doctor/sources.h"

#define KS_GATHER_SOURCES 64

struct ks_gather {
    struct ks_store **stores; /* one a source, owned */
    size_t count;
};
void ks_gather_drop(struct ks_gather *g); /* a zeroed one is fine */

/* Opens a file and adds it. `password` NULL: none. Errors are those of ks_open(); KS_ERR_LIMIT
 * beyond KS_GATHER_SOURCES. A file that was added already (same bytes) is passed over. */
KS_CHECK enum ks_code ks_gather_file(struct ks_gather *g, const char *path,
                                     const struct ks_secret *password, struct ks_job *job,
                                     struct ks_error *err);
/* A store that was opened elsewhere, which is taken over; also when it fails. */
KS_CHECK enum ks_code ks_gather_store(struct ks_gather *g, struct ks_store *store,
                                      struct ks_error *err);
/* Pasted text, as ks_open_pasted() takes it. */
KS_CHECK enum ks_code ks_gather_text(struct ks_gather *g, const char *name, struct ks_slice text,
                                     struct ks_job *job, struct ks_error *err);

/* One certificate of the sources. */
struct ks_gathered {
    const struct ks_store *store;
    const struct ks_entry *entry;
    const struct ks_cert *cert;
    int index;        /* in the entry's chain */
    size_t repeated;  /* how often the same bytes come again */
};
/* All certificates in order, each once; the array is the caller's (free()). Broken ones are left
 * out: *broken counts them (may be NULL). */
struct ks_gathered *ks_gather_certs(const struct ks_gather *g, size_t *count, size_t *broken);
/* "reply.p7b, certificate 2 of 3": appended. */
void ks_gathered_where(const struct ks_gathered *from, struct ks_buf *out);

#endif
