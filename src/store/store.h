/*
 * A store is an ordered list of entries with a history. Versions of the list share their entries;
 * undo, redo, "what will be written" and the difference between memory and disk are comparisons
 * of versions. Order is the file's. A store is filled by one thread (the loader) and then read by
 * one thread (the front end).
 */
#ifndef KSX_STORE_STORE_H
#define KSX_STORE_STORE_H

#include "store/entry.h"
#include "base/error.h"
#include "base/index.h"
#include "base/secret.h"

struct ks_format; /* format/format.h */

/* How what is written is protected, where the format leaves a choice (PKCS#12). */
enum ks_protection {
    KS_PROTECT_KEEP,   /* as the file has it; MODERN for a new one */
    KS_PROTECT_MODERN, /* what JDK 17 writes */
    KS_PROTECT_LEGACY, /* what JDK 8 and old systems read */
};

/* One state of a store: its list of entries, and what it is written with. Immutable once it is in
 * a store; shared by reference. */
struct ks_version {
    unsigned refs;
    char *label;                /* what made it: "opened", "renamed a to b" */
    struct ks_secret *password; /* the store password; NULL = none proven, or none needed */
    enum ks_protection protection;
    size_t count;
    struct ks_entry **entries;
    bool has_keys; /* a key entry is among them */
    bool is_shown; /* keytool lists at least one of them */
};

/* Takes the array (may be NULL for none), one reference to each entry in it, and one to the
 * password. One reference to the version is the caller's. */
struct ks_version *ks_version_new(const char *label, struct ks_entry **entries, size_t count,
                                  struct ks_secret *password, enum ks_protection protection);
struct ks_version *ks_version_ref(struct ks_version *version);
void ks_version_unref(struct ks_version *version); /* NULL is fine; thread-safe */
/* A copy of its list with one reference to each entry, room for `more`, to be changed and made into
 * the next version. */
struct ks_entry **ks_version_entries(const struct ks_version *version, size_t more);

enum ks_integrity {
    KS_INTEGRITY_NONE,       /* the format or this file has no integrity check */
    KS_INTEGRITY_VERIFIED,
    KS_INTEGRITY_UNVERIFIED, /* opened without a password: not checked */
    KS_INTEGRITY_BAD,        /* checked without success, shown all the same (damaged file) */
    KS_INTEGRITY_UNKNOWN,    /* an algorithm that cannot be checked here */
};

/* Peculiarities of the whole file. */
enum {
    KS_STORE_LOCKED_PARTS = 1 << 0,   /* something is encrypted and was not opened */
    KS_STORE_TRAILING = 1 << 1,       /* bytes after the end */
    KS_STORE_JAVA_EMPTY = 1 << 2,     /* keytool shows 0 entries although something is inside */
    KS_STORE_WEAK = 1 << 3,           /* RC2-40/3DES/SHA-1 PBE, unsalted digest */
    KS_STORE_NO_MAC = 1 << 4,
    KS_STORE_DAMAGED = 1 << 5,        /* what could be read is listed */
    KS_STORE_JAVA_REFUSES = 1 << 6,   /* Java refuses the whole file; reason in `damage` or a fact */
    KS_STORE_NO_LEGACY = 1 << 7,      /* contents need OpenSSL's legacy provider, which is not installed */
    KS_STORE_CLEAR_CERTS = 1 << 8,    /* certificates readable without password */
    KS_STORE_BER = 1 << 9,            /* not DER: indefinite lengths */
};

/*
 * Tells a file from what it was. Times are seconds since 1970 and nanoseconds apart: a signed
 * number of nanoseconds ends in the year 2262. ctime notices who wrote in place and set mtime back;
 * when it is all that differs, the cause may be a chmod, a link or a rename: compare the bytes.
 */
struct ks_stamp {
    uint64_t dev, ino, size;
    int64_t mtime, mtime_nsec;
    int64_t ctime, ctime_nsec;
};
bool ks_stamp_equal(const struct ks_stamp *a, const struct ks_stamp *b);
/* The same, were it not for ctime. */
bool ks_stamp_equal_but_ctime(const struct ks_stamp *a, const struct ks_stamp *b);

struct ks_fact { /* a line of the store's summary, in words */
    const char *label; /* static */
    char *text;
};

struct ks_store {
    const struct ks_format *format;
    char *path; /* where it was read from, or will be written to */
    char *type;              /* "JKS", "JKS v1", "PKCS12", "PEM", ...; as shown */
    struct ks_blob *file;    /* the bytes as read; entries point into them. Empty: made here */
    struct ks_blob *inner;   /* of a file that is encrypted as a whole: what was inside; else NULL */
    int64_t mtime;           /* seconds */
    unsigned mode;           /* st_mode permission bits */
    struct ks_stamp stamp;   /* of the file at `path` as last read or written here */
    struct ks_blob *disk;    /* its bytes; NULL: never written */
    enum ks_integrity integrity;
    uint32_t notes;
    struct ks_fact *facts;
    size_t fact_count;
    struct ks_error damage;  /* code KS_OK when the file is sound */
    /* What was given for the file, and is tried for its keys; NULL = none given. It may be wrong as
     * long as nothing proved it: only the versions' password is one to write with. */
    struct ks_secret *password;
    struct ks_version *first;   /* what `file` says; NULL: made here */
    struct ks_version *saved;   /* what is on disk; NULL: never written */
    struct ks_version *now;     /* never NULL */
    struct ks_version **past;
    size_t past_count;
    struct ks_version **future;
    size_t future_count;
};

/* How words about a file name it: by its path as it was given, so that two files of one name are
 * told apart; of a path beyond 160 bytes, by its last components. Borrowed from `path`. */
const char *ks_path_shown(const char *path);

struct ks_store *ks_store_new(const char *path, struct ks_blob *file /* taken */);
void ks_store_free(struct ks_store *store);
void ks_store_set_type(struct ks_store *store, const char *type);
void ks_store_fact(struct ks_store *store, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What opens the file, once it is proven: of the store and of every version that has none.
 * A reference is taken. */
void ks_store_learn(struct ks_store *store, struct ks_secret *password);

/* Loader: collects entries (references taken over), then makes them the first version, which is
 * also the saved one. */
struct ks_loading {
    struct ks_entry **entries;
    size_t count, cap;
    struct ks_arena *arena; /* of the entries made here */
};
void ks_loading_add(struct ks_loading *l, struct ks_entry *entry /* taken */);
/* Makes an entry and adds it. */
void ks_loading_make(struct ks_loading *l, const struct ks_entry_draft *draft);
void ks_loading_finish(struct ks_loading *l, struct ks_store *store);
void ks_loading_drop(struct ks_loading *l);

static inline size_t ks_store_count(const struct ks_store *s)
{
    return s->now->count;
}
/* What could be read of the file is listed, and there was more. */
static inline bool ks_store_is_damaged(const struct ks_store *s)
{
    return s->notes & KS_STORE_DAMAGED || s->damage.code != KS_OK;
}
/* keytool shows none of the entries as they are now, although something is inside. */
bool ks_store_java_empty(const struct ks_store *s);
static inline const struct ks_entry *ks_store_entry(const struct ks_store *s, size_t i)
{
    return s->now->entries[i];
}
/* Index of the entry with this alias (exact, then folded); false if there is none. Of several it is
 * the one that Java shows (those that it hides have KS_NOTE_JAVA_REPLACED), else the first. */
bool ks_store_find(const struct ks_store *s, const char *alias, size_t *index);

/* The same answers for many aliases, from an index of the store's present. */
struct ks_finder {
    const struct ks_version *version; /* borrowed */
    struct ks_index exact, folded;
    char **names; /* folded */
};
struct ks_finder ks_finder_new(const struct ks_store *s);
bool ks_finder_find(const struct ks_finder *f, const char *alias, size_t *index);
void ks_finder_drop(struct ks_finder *f);

/* Makes `version` (reference taken over) the present; the former state can be undone. */
void ks_store_push(struct ks_store *s, struct ks_version *version);
bool ks_store_undo(struct ks_store *s);
bool ks_store_redo(struct ks_store *s);
/* The present was written: it is what is on disk. Takes over `bytes`. */
void ks_store_mark_saved(struct ks_store *s, struct ks_blob *bytes, const struct ks_stamp *stamp);
/* `store` was read from somewhere else (a recovery file) and takes the place of `original`: path
 * and what is on disk are the original's, and the present is one unsaved change of it, which can be undone. */
void ks_store_stand_in(struct ks_store *store, const struct ks_store *original);
/* Steps between what is on disk and the present, 0 = nothing to save. A store that was never
 * written has one at least. */
size_t ks_store_unsaved(const struct ks_store *s);

#endif
