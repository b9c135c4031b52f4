/*
 * The files and directories that a walk has been to, by device and inode.
 */
#ifndef KSX_FILE_VISITED_H
#define KSX_FILE_VISITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_visited {
    struct ks_visit {
        uint64_t dev, ino;
        bool used;
    } *slots;
    size_t count, size; /* size: a power of two, or 0 */
};

/* False: it was there already. */
bool ks_visited_add(struct ks_visited *v, uint64_t dev, uint64_t ino);
void ks_visited_drop(struct ks_visited *v);

#endif
