/*
 * Memory that never fails for the caller. Every size passed here is already bounded by a limit or
 * by the size of a file that was read, so running out is an accident of the host, not an input:
 * the hook (the TUI restores the terminal and says so) is called and must not return.
 */
#ifndef KSX_BASE_ALLOC_H
#define KSX_BASE_ALLOC_H

#include <stddef.h>

/* Zeroed memory; a size of 0 gives a valid pointer. */
void *ks_alloc(size_t size) __attribute__((returns_nonnull));
/* Zeroed array; overflow of count * size counts as out of memory. */
void *ks_alloc_array(size_t count, size_t size) __attribute__((returns_nonnull));
/* Not zeroed, and about to be written to from end to end: its pages are there at once, because a
 * fault for each of many costs as much as filling them. free(). */
void *ks_alloc_filled(size_t size) __attribute__((returns_nonnull));
/* Grown bytes are not zeroed. */
void *ks_realloc(void *ptr, size_t size) __attribute__((returns_nonnull));
char *ks_strdup(const char *text) __attribute__((returns_nonnull));
char *ks_strndup(const char *text, size_t len) __attribute__((returns_nonnull));
/* printf into fresh memory. */
char *ks_asprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* The hook for "out of memory"; NULL restores the default, a trap. */
void ks_alloc_on_failure(void (*hook)(void));

#endif
