/*
 * Where certificates may come from that a chain lacks: files and directories that somebody names,
 * the system's bundle of public CAs, the cacerts of this host's JVMs, pasted text. Each source is
 * opened once and is a store of its own, whose certificates go into the pool of chain/path.h.
 *
 * Bounds: a file of at most 16 MiB; of a directory at most 2,000 regular files, not its
 * subdirectories, and no symlink out of it; 20,000 certificates in all of them. What was passed
 * over is counted.
 */
#ifndef KSX_DOCTOR_SOURCES_H
#define KSX_DOCTOR_SOURCES_H

#include "chain/path.h"
#include "format/format.h"

enum ks_source_kind {
    KS_SOURCE_FILE,
    KS_SOURCE_DIRECTORY,
    KS_SOURCE_SYSTEM,  /* the bundle of OpenSSL: SSL_CERT_FILE, /etc/ssl/certs/ca-certificates.crt,
                          ... */
    KS_SOURCE_CACERTS, /* of a JVM of this host */
    KS_SOURCE_TEXT,    /* pasted */
    KS_SOURCE_OPEN,    /* a store that is open anyway: borrowed */
    KS_SOURCE_NETWORK, /* fetched from a URL, which is its name */
};
struct ks_source {
    enum ks_source_kind kind;
    char *name;               /* path, or how messages call it; owned */
    struct ks_store **stores; /* that were opened, owned (KS_SOURCE_OPEN: the store is borrowed) */
    size_t store_count;
    size_t certs;   /* certificates in them */
    size_t keys;    /* private keys in them */
    size_t skipped; /* files that hold nothing of use, or could not be opened */
    size_t locked;  /* files that need a password that was not given */
};
struct ks_sources {
    struct ks_source *at;
    size_t count;
};
void ks_sources_drop(struct ks_sources *s); /* a zeroed one is fine */

/* Adds a file or a directory. `password`: tried on keystores (may be NULL); where it does not fit,
 * what can be read without one is taken. A file that cannot be opened is the error that ks_open()
 * gives, and KS_ERR_LIMIT beyond the bounds; of a directory it is only counted. */
KS_CHECK enum ks_code ks_sources_path(struct ks_sources *s, const char *path,
                                      const struct ks_secret *password, struct ks_job *job,
                                      struct ks_error *err);
KS_CHECK enum ks_code ks_sources_system(struct ks_sources *s, struct ks_job *job,
                                        struct ks_error *err);
/* The cacerts of the host's first JVM (jssecacerts before cacerts). KS_ERR_NOT_FOUND without one.
 */
KS_CHECK enum ks_code ks_sources_cacerts(struct ks_sources *s, struct ks_job *job,
                                         struct ks_error *err);
KS_CHECK enum ks_code ks_sources_text(struct ks_sources *s, struct ks_slice text,
                                      struct ks_job *job, struct ks_error *err);
void ks_sources_open(struct ks_sources *s, struct ks_store *store);
/* What was fetched from a URL, opened under that name; taken over, also when it fails
 * (KS_ERR_LIMIT). */
KS_CHECK enum ks_code ks_sources_network(struct ks_sources *s, struct ks_store *store,
                                         struct ks_error *err);

/* Where the bundle is; NULL: there is none. The caller's. */
char *ks_system_bundle(void);

/* Pasted text as a store: PEM with anything around, quoted or escaped, or bare base64. `name` is how
 * messages call it. KS_ERR_FORMAT, slug "no-pem"; KS_ERR_LIMIT beyond KS_PASTE_MAX bytes. */
#define KS_PASTE_MAX (1u << 20)
KS_CHECK enum ks_code ks_open_pasted(const char *name, struct ks_slice text, struct ks_job *job,
                                     struct ks_store **out, struct ks_error *err);

/* All of them into a pool, in the order of preference in which they were added, from `rank` on. Of
 * the system's bundle and of cacerts the certificates are anchors; of truststores their trusted
 * ones. */
void ks_sources_fill(const struct ks_sources *s, struct ks_pool *pool, unsigned rank);
/* "truststore.jks › issuing-ca-3", "chain.pem, certificate 2 of 3", "the system's CAs",
 * "http://ca.example/i.crt": where a certificate of the pool is from; appended. `store`: the store
 * under repair, whose own are "this keystore". */
void ks_source_where(const struct ks_pool_cert *cert, const struct ks_store *store,
                     struct ks_buf *out);

#endif
