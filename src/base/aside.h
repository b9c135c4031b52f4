/*
 * Work that runs beside the caller's own: the digest of a large file is computed on a second
 * thread while the caller walks the file's structure. What is too small to pay for a thread is done
 * when its result is asked for.
 */
#ifndef KSX_BASE_ASIDE_H
#define KSX_BASE_ASIDE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct ks_aside {
    pthread_t thread;
    bool running, due;
    void (*fn)(void *arg);
    void *arg;
};

/* `bytes`: how much the work reads. `*a` and `arg` stay where they are until the join. */
void ks_aside_start(struct ks_aside *a, size_t bytes, void (*fn)(void *arg), void *arg);
/* The work is done when this returns; a second call does nothing. */
void ks_aside_join(struct ks_aside *a);

#endif
