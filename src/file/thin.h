/*
 * A store that is kept for its facts only, after the file has been closed: what is public and
 * small, without the bytes of the file, keys and passwords.
 */
#ifndef KSX_FILE_THIN_H
#define KSX_FILE_THIN_H

#include "store/store.h"

/* What an entry takes in it. */
size_t ks_thin_bytes(const struct ks_entry *entry);
/* A copy with those entries of `store` that `index` names. The caller's. */
struct ks_store *ks_thin_store(const struct ks_store *store, const uint32_t *index, size_t count);

#endif
