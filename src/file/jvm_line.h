/*
 * What a java command line says about keystores: system properties from its options, from @argfiles
 * and from the environment variables that the launcher and HotSpot read. The last definition of a
 * property wins. Other properties, passwords above all, are not kept.
 */
#ifndef KSX_FILE_JVM_LINE_H
#define KSX_FILE_JVM_LINE_H

#include "base/bytes.h"

enum ks_jvm_setting {
    KS_JVM_TRUST_STORE, /* javax.net.ssl.trustStore */
    KS_JVM_KEY_STORE,   /* javax.net.ssl.keyStore */
    KS_JVM_HOME,        /* java.home */
    KS_JVM_PROGRAM,     /* the main class, module or jar */
    KS_JVM_SETTINGS,
};

struct ks_jvm_line {
    char *value[KS_JVM_SETTINGS]; /* owned; NULL = not said */
    /* Appends the contents of an @argfile, `name` as it is written; false: there is none. */
    bool (*argfile)(void *ctx, const char *name, struct ks_buf *out);
    void *ctx;
    /* private */
    unsigned argfiles; /* read so far */
    bool skip, program_next, ended, argfiles_off;
};

/* /proc/PID/cmdline: words that end with a NUL each, the first of which is the launcher. */
void ks_jvm_line_command(struct ks_jvm_line *line, struct ks_slice words);
/* JDK_JAVA_OPTIONS, which the launcher puts before its arguments: call it first. */
void ks_jvm_line_launcher_options(struct ks_jvm_line *line, struct ks_slice text);
/* JAVA_TOOL_OPTIONS (before everything else) and _JAVA_OPTIONS (after). */
void ks_jvm_line_vm_options(struct ks_jvm_line *line, struct ks_slice text);
void ks_jvm_line_drop(struct ks_jvm_line *line);

#endif
