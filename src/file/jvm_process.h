/*
 * The running java processes of this user, as /proc shows them.
 */
#ifndef KSX_FILE_JVM_PROCESS_H
#define KSX_FILE_JVM_PROCESS_H

#include "file/jvm_line.h"

/* Where a path leads inside `root`, every symlink followed; NULL when nothing is there. Without
 * `root` in front. The caller's. */
char *ks_jvm_chase(const char *root, const char *path);
/* At most `max` bytes of a regular file inside `root`, appended. */
bool ks_jvm_read(const char *root, const char *path, size_t max, struct ks_buf *out);

struct ks_jvm_process {
    long pid;
    struct ks_jvm_line line; /* relative paths are made absolute */
    char *home;      /* java.home; NULL when not known */
    int64_t started; /* seconds since 1970; KS_TIME_NONE when not known */
    bool apart;      /* it sees other files than this process (a container) */
};
typedef void (*ks_jvm_process_fn)(void *ctx, const struct ks_jvm_process *process);
void ks_jvm_each_process(const char *root, ks_jvm_process_fn fn, void *ctx);

#endif
