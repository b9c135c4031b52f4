/*
 * Inside of chain: the pool of chain/path.h, for the search that goes through it.
 */
#ifndef KSX_CHAIN_POOL_H
#define KSX_CHAIN_POOL_H

#include "base/index.h"
#include "chain/path.h"

struct ks_pool_row {
    struct ks_pool_cert pub;
    uint64_t subject; /* hash of the name */
};

struct ks_pool {
    struct ks_pool_row **at; /* each of its own, so that a row stays where it is */
    size_t count, cap;
    struct ks_index ders, subjects, keys;
};

#endif
