/*
 * JSON: one object a run, written as it grows. An entry is built with jansson, dumped and
 * forgotten, so that a hundred thousand of them need no memory. Strings are the original text;
 * characters that are invisible or steer a terminal are written as \uXXXX.
 *
 *   {"ksx":1,"command":"list","at":"2026-03-01T00:00:00Z","keystores":[...],"error":{...}}
 *
 * Within "ksx":1 members are only ever added.
 */
#ifndef KSX_CLI_JSON_H
#define KSX_CLI_JSON_H

#include "cli/cli.h"

#include <jansson.h>

/* External text as a string: invalid UTF-8 becomes U+FFFD, NUL stays. */
json_t *json_ext(const char *text, size_t len);
json_t *json_ext_z(const char *text);
json_t *json_time(int64_t seconds); /* ISO 8601, null for KS_TIME_NONE */
/* Sets a member, taking over `value`. */
void json_put(json_t *object, const char *key, json_t *value);

/* "verified", "unverified", ... */
const char *json_integrity_word(enum ks_integrity integrity);
/* What went wrong, with its exit code. */
json_t *json_error(const struct ks_error *err);
/* Unlocks the key of an entry; false if it stays locked. */
typedef bool json_unlock_fn(struct cli *cli, const struct ks_store *store,
                            const struct ks_entry *e, struct ks_unlocked *out);
/* One entry; with `unlock` all that `show` tells beyond `list`. */
json_t *json_entry(struct cli *cli, const struct ks_store *store, const struct ks_entry *e,
                   json_unlock_fn *unlock);
/* One certificate. */
json_t *json_cert(const struct ks_cert *cert, const struct ks_findings *findings, int index,
                  bool full);

/* ---- the object, piece by piece ---- */
void json_begin(struct cli *cli); /* up to "at" */
void json_end(struct cli *cli);   /* the first error, if there was one, and the closing brace */
void json_array_begin(struct cli *cli, const char *key);
void json_array_end(struct cli *cli);
/* An element of the array that is open; takes over `value`. */
void json_element(struct cli *cli, json_t *value);
/* A member of the whole object; takes over `value`. */
void json_member(struct cli *cli, const char *key, json_t *value);
/* A keystore with these entries as an element of the open array; `index` NULL leaves them out. */
void json_store(struct cli *cli, const struct ks_store *store, const uint32_t *index, size_t count,
                json_unlock_fn *unlock);
/* A file that could not be opened, as an element of the open array. */
void json_store_error(struct cli *cli, const char *path, const struct ks_error *err);
/* Errors of the command line, before anything else was written. */
void json_only_error(struct cli *cli, const struct ks_error *err);

#endif
