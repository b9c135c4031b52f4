/*
 * What a server sends that is given a PEM file. nginx, Apache and OpenSSL take the file as it
 * stands: the first certificate is the key's, the others are sent behind it in their order. A
 * keystore has chains instead.
 */
#ifndef KSX_CHAIN_SERVED_H
#define KSX_CHAIN_SERVED_H

#include "store/store.h"

/* The certificates of a PEM file in their order, an array to free(). NULL: no PEM file, one with
 * several keys, or without a certificate: its order says nothing. Each points into an entry's
 * chain. */
const struct ks_cert **ks_served(const struct ks_store *store, size_t *count);
/* The certificate of a server or client in a PEM file without a key, whose other certificates are
 * CAs: it may be a chain. NULL: it is none. */
const struct ks_entry *ks_served_leaf(const struct ks_store *store);

#endif
