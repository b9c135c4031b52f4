/*
 * From a path to a store: bounded reading, detection, loading. Only regular files (also through
 * symlinks) up to KS_FILE_MAX are read; a FIFO, a device or a directory is refused before it is
 * opened for reading.
 */
#ifndef KSX_FILE_OPEN_H
#define KSX_FILE_OPEN_H

#include "format/format.h"

#define KS_FILE_MAX (256u << 20)
#define KS_PROBE_BYTES (64u << 10)

/* Reads and loads. `password` NULL = none. On KS_OK *out is the caller's. `job` may be NULL. */
KS_CHECK enum ks_code ks_open(const char *path, const struct ks_secret *password,
                              struct ks_job *job, struct ks_store **out, struct ks_error *err);

/* The same of a regular file that is open for reading: all of it is read, and it stays open. `path`
 * is how messages call it. */
KS_CHECK enum ks_code ks_open_descriptor(int fd, const char *path, const struct ks_secret *password,
                                         struct ks_job *job, struct ks_store **out,
                                         struct ks_error *err);

/* The same of bytes that are no file: `name` is how messages call them. They are copied, and wiped
 * with the store, which has nothing on disk. */
KS_CHECK enum ks_code ks_open_bytes(const char *name, struct ks_slice bytes,
                                    const struct ks_secret *password, struct ks_job *job,
                                    struct ks_store **out, struct ks_error *err);

/* What a file looks like, from at most KS_PROBE_BYTES of it. */
struct ks_probe {
    const struct ks_format *format; /* NULL: no key or certificate, or not readable */
    char looks[96]; /* "PKCS12", "JKS v2, 143 entries", "PKCS7, 3 certificates", "no key or certificate", "not readable: permission denied", "directory", "FIFO" */
    bool directory;
    bool openable;  /* a type that ks_open() opens */
    bool wants_password; /* a password lets more of it be read */
    uint64_t size;
    int64_t mtime;
};
void ks_probe(const char *path, struct ks_probe *out);
/* Fills format, looks, openable and wants_password from the first bytes; size is set. */
void ks_probe_head(struct ks_slice head, struct ks_probe *out);

#endif
