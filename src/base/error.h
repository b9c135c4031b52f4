/*
 * Errors are values. A function that can fail returns an enum ks_code and, on failure, fills the
 * caller's struct ks_error once, where the knowledge is: what happened, and what to do next. On
 * success the struct is left alone. Texts are fixed-size, so reporting an error never allocates.
 *
 * `what` starts with what did not happen, names its subject, is lower case and has no full stop.
 * Texts may quote bytes of a file or a path: a front end neutralises them like any external text.
 * `err` may be NULL in every function below.
 */
#ifndef KSX_BASE_ERROR_H
#define KSX_BASE_ERROR_H

#define KS_CHECK __attribute__((warn_unused_result))

enum ks_code {
    KS_OK = 0,
    KS_ERR_USAGE,           /* the caller asked for something that makes no sense */
    KS_ERR_IO,              /* cannot read: missing, permission, not a regular file, too large */
    KS_ERR_FORMAT,          /* no type that ksx knows */
    KS_ERR_DAMAGED,         /* a known type whose content is broken */
    KS_ERR_PASSWORD,        /* the password does not fit (or, for some types, the file was altered) */
    KS_ERR_PASSWORD_NEEDED, /* nothing can be read without a password */
    KS_ERR_UNSUPPORTED,     /* recognised, but of a type or algorithm that ksx does not open */
    KS_ERR_LIMIT,           /* a bound against hostile input was reached */
    KS_ERR_CANCELLED,       /* the user stopped it */
    KS_ERR_NOT_FOUND,       /* no such entry */
    KS_ERR_REFUSED,         /* would lose or overwrite something, or the type cannot hold it */
    KS_ERR_WRITE,           /* not written: permission, disk full, not readable back; the old file stands */
    KS_ERR_CONFLICT,        /* not written: another program changed the file */
    KS_ERR_NETWORK,         /* a server or a proxy could not be reached, or refused (net/dial.h) */
};

struct ks_error {
    enum ks_code code;
    char slug[32];  /* stable machine name: "wrong-password", "truncated", ... */
    char what[512]; /* what happened, in words */
    char next[256]; /* what to do about it; may be empty */
};

/* Records code, slug and text; returns code, so that `return ks_fail(...)` reads well. */
enum ks_code ks_fail(struct ks_error *err, enum ks_code code, const char *slug, const char *fmt,
                     ...) __attribute__((format(printf, 4, 5)));

/* Sets the hint of an error that was just recorded; returns its code. */
enum ks_code ks_fail_next(struct ks_error *err, enum ks_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " in front of what is there already. */
void ks_error_prefix(struct ks_error *err, const char *prefix);

#endif
