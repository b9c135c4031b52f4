#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void (*failure_hook)(void);

void ks_alloc_on_failure(void (*hook)(void))
{
    failure_hook = hook;
}

static _Noreturn void out_of_memory(void)
{
    if (failure_hook)
        failure_hook();
    __builtin_trap();
}

/* A buffer for a whole file is touched from end to end: in pages of 4 KiB that costs as much as
 * hashing it, so large ones ask for huge pages. Only advice: nothing depends on it. */
#define LARGE ((size_t)4 << 20)
#define HUGE_PAGE ((uintptr_t)2 << 20)
#define PAGE ((uintptr_t)4 << 10)

static void advise_large(void *ptr, size_t size)
{
    uintptr_t from = ((uintptr_t)ptr + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    uintptr_t to = ((uintptr_t)ptr + size) & ~(HUGE_PAGE - 1);
    if (to > from)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void *ks_alloc(size_t size)
{
    void *ptr = calloc(1, size ? size : 1);
    if (!ptr)
        out_of_memory();
    if (size >= LARGE)
        advise_large(ptr, size);
    return ptr;
}

void *ks_alloc_array(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return ks_alloc(count * size);
}

void *ks_alloc_filled(size_t size)
{
    void *ptr = ks_realloc(NULL, size);
#ifdef MADV_POPULATE_WRITE
    uintptr_t from = ((uintptr_t)ptr + PAGE - 1) & ~(PAGE - 1);
    uintptr_t to = ((uintptr_t)ptr + size) & ~(PAGE - 1);
    if (to > from)
        (void)madvise((void *)from, to - from, MADV_POPULATE_WRITE);
#endif
    return ptr;
}

void *ks_realloc(void *ptr, size_t size)
{
    void *grown = realloc(ptr, size ? size : 1);
    if (!grown)
        out_of_memory();
    if (!ptr && size >= LARGE)
        advise_large(grown, size);
    return grown;
}

char *ks_strndup(const char *text, size_t len)
{
    char *copy = ks_realloc(NULL, len + 1);
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *ks_strdup(const char *text)
{
    return ks_strndup(text, strlen(text));
}

char *ks_asprintf(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0)
        len = 0;
    char *text = ks_alloc((size_t)len + 1);
    va_start(args, fmt);
    (void)vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    return text;
}
