/*
 * Every keystore, certificate and key below directories, told by content. Of each file the first
 * KS_PROBE_BYTES are read; what looks like one of ksx's types is opened, copied down to what is
 * public and small, and closed at once: the result holds no private key and no password.
 *
 * Directories are never entered through a symlink, so that a walk does not leave what was given and
 * cannot go in circles; a symlink to a regular file is that file, and each file counts once, by
 * whatever names. File systems that the kernel makes up (/proc, /sys and the like) are passed over,
 * and so are directories called .git. Everything else is looked at, also names that begin with a
 * dot.
 */
#ifndef KSX_FILE_SCAN_H
#define KSX_FILE_SCAN_H

#include "file/open.h"

enum ks_scan_state {
    KS_SCAN_READ,        /* all of it; of a store->integrity UNVERIFIED nobody knows whether it was
                          * altered */
    KS_SCAN_LOCKED,      /* something in it needs a password that was not among those given */
    KS_SCAN_DAMAGED,     /* its type is known, and its contents are broken */
    KS_SCAN_UNREADABLE,  /* a file or a directory: permission, input error, too large */
    KS_SCAN_UNSUPPORTED, /* its type is known, and is none that ksx opens */
};

struct ks_scan_file {
    char *path;
    size_t below; /* where in `path` begins what is below the directory that was given */
    enum ks_scan_state state;
    bool directory;       /* UNREADABLE: it, or a part of it, was not searched */
    const char *type;     /* static: "PKCS12"; "" when it was not read */
    bool keystore;        /* not a loose file */
    struct ks_error *why; /* of every state but READ */
    /* What was found in it: type, integrity, notes and entries, without bytes, keys and passwords.
     * Entries have kind, alias, dates, certificates, requests and CRLs. NULL: nothing. */
    struct ks_store *store;
    uint8_t *worst; /* enum ks_severity by the quick rules, by the entries of `store` */
    size_t entries; /* in the file; `store` has fewer when it is folded or the result cut */
    bool folded;    /* many certificates and no key: `store` has the one that expires first */
};

/* What was passed over, each counted once. */
enum ks_scan_pass {
    KS_SCAN_OTHER,   /* files without a key or a certificate, and texts that only mention PEM */
    KS_SCAN_AGAIN,   /* further names of files that were looked at */
    KS_SCAN_LINKS,   /* symlinks to directories, and to nothing */
    KS_SCAN_SPECIAL, /* FIFOs, sockets, devices */
    KS_SCAN_PSEUDO,  /* directories of file systems that the kernel makes up, and links into them */
    KS_SCAN_ELSEWHERE, /* directories of other file systems, when those were not wanted */
    KS_SCAN_GIT,
    KS_SCAN_DEEP, /* directories below the deepest that are searched */
    KS_SCAN_PASSES,
};

/* Why a result does not have everything. */
enum {
    KS_SCAN_CUT_STOPPED = 1 << 0, /* the job was cancelled */
    KS_SCAN_CUT_NAMES = 1 << 1,   /* bounds->names */
    KS_SCAN_CUT_FILES = 1 << 2,
    KS_SCAN_CUT_ENTRIES = 1 << 3, /* or bytes */
    KS_SCAN_CUT_ROUNDS = 1 << 4,  /* passwords were not tried on all that want one */
};

struct ks_scan {
    struct ks_scan_file *files; /* in the order of the walk: directories by name, files first */
    size_t count, cap;
    size_t names;            /* in directories */
    size_t looked;           /* regular files whose first bytes were read */
    size_t entries;          /* in the stores */
    size_t entries_left_out; /* counted only: KS_SCAN_CUT_ENTRIES */
    size_t passed[KS_SCAN_PASSES];
    size_t bytes; /* that the entries hold */
    unsigned cut;
};

/* The usual ones; tests have smaller ones. */
struct ks_scan_bounds {
    size_t depth;    /* of directories below those that were given */
    size_t names;    /* in directories, of whatever kind */
    size_t files;    /* that are opened, or named because they cannot be read */
    size_t entries;  /* in the result */
    size_t bytes;    /* of their names and certificates */
    size_t bundle;   /* certificates that a file without keys may have before it is folded */
    uint64_t rounds; /* of key derivation, over all files; each has the bound of ks_job_charge() */
};
extern const struct ks_scan_bounds ks_scan_usual;

struct ks_scan_options {
    /* Tried, in this order, on every file that a password would open or verify. */
    const struct ks_secret *const *passwords;
    size_t password_count;
    bool all;                            /* fold nothing */
    bool one_file_system;                /* of each path that is given */
    const struct ks_scan_bounds *bounds; /* NULL: the usual ones */
    /* After each file, on the thread of the scan; may be NULL. */
    void (*progress)(void *ctx, const struct ks_scan *so_far);
    void *ctx;
};

/* Searches directories, and looks at files, that are given. A path that is not there is a file that
 * cannot be read. `job` may be NULL; stopping it keeps what was found. */
void ks_scan_run(const char *const *paths, size_t count, const struct ks_scan_options *options,
                 struct ks_job *job, struct ks_scan *out);
void ks_scan_drop(struct ks_scan *scan); /* a zeroed one is fine */

/* ---- what a result says ---- */

size_t ks_scan_count(const struct ks_scan *scan, enum ks_scan_state state, bool directories);
size_t ks_scan_keystores(const struct ks_scan *scan);
/* Files that were listed without a password, which nothing verifies. */
size_t ks_scan_unverified(const struct ks_scan *scan);

#endif
