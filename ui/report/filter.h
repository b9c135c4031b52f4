/*
 * The filter of the tree, the expiry view and `ksx list --filter`: words that must all hold.
 *   plain text      alias, subject, issuer, SAN, serial or fingerprint contains it
 *   type:key|cert|secret|...  exp:<30d exp:>1y exp:expired  sev:error|warning|ok
 *   alg:rsa<2048 alg:ec  san:TEXT  issuer:TEXT  fp:HEX (colons optional)  store:NAME
 * A leading ! negates a word. Case never counts.
 */
#ifndef KSX_REPORT_FILTER_H
#define KSX_REPORT_FILTER_H

#include "report/report.h"

struct filter;

/* NULL and err when a word is not understood ("exp:soon: write exp:<30d, ..."). "" matches all. */
struct filter *filter_parse(const char *text, struct ks_error *err);
void filter_free(struct filter *f);
bool filter_match(const struct filter *f, const struct ks_store *s, const struct ks_entry *e,
                  int64_t now);
/* The same for who knows the worst of the entry's findings (enum ks_severity) better than the quick
 * rules; NULL: does not. */
bool filter_match_judged(const struct filter *f, const struct ks_store *s, const struct ks_entry *e,
                         const uint8_t *worst, int64_t now);
/* Incremental search (`/`): plain text only, over the same fields. Also matches one certificate of a chain. */
bool filter_text_matches_entry(const char *text, const struct ks_entry *e);
bool filter_text_matches_cert(const char *text, const struct ks_cert *c);
bool filter_text_matches_text(const char *text, const char *utf8);

enum sort_key { SORT_FILE, SORT_EXPIRY, SORT_NAME, SORT_TYPE, SORT_STATUS, SORT_KEY };
bool sort_key_parse(const char *word, enum sort_key *out); /* "file", "expiry", "name", "type", "status", "key" */
const char *sort_key_word(enum sort_key k);
/* An entry of any store; `place` is where it belongs under SORT_FILE. */
struct sort_item {
    const struct ks_store *store;
    uint32_t entry;
    uint32_t place;
    const uint8_t *worst; /* of its findings, as in filter_match_judged(); NULL: the quick rules */
};
/* Across stores, by the same rules. */
void sort_items(struct sort_item *items, size_t count, enum sort_key key, bool reverse, int64_t now);
/* Sorts indices into the store's entries; stable; entries without a date stay last under SORT_EXPIRY in both directions. */
void sort_entries(const struct ks_store *s, uint32_t *index, size_t count, enum sort_key key,
                  bool reverse, int64_t now);
/* `worst` by entry index, as above; may be NULL. */
void sort_entries_judged(const struct ks_store *s, const uint8_t *worst, uint32_t *index,
                         size_t count, enum sort_key key, bool reverse, int64_t now);

#endif
