/*
 * The JVMs of this host and the keystores they use, without running any of them: JAVA_HOME, the
 * alternatives system, the usual directories, SDKMAN, and the running java processes of this user
 * (/proc), whose command lines name the trust and key stores in use.
 */
#ifndef KSX_FILE_JVM_H
#define KSX_FILE_JVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ks_jvm_source {
    KS_JVM_JAVA_HOME,
    KS_JVM_ALTERNATIVES,
    KS_JVM_DIRECTORY, /* /usr/lib/jvm, /opt, /usr/java, SDKMAN, ... */
    KS_JVM_PROCESS,
};

/* A keystore that a JVM uses or would use. */
struct ks_jvm_store {
    enum ks_jvm_source source;
    char *path;    /* as written: lib/security/cacerts of a JVM, or from a command line; absolute */
    char *target;  /* where the symlinks end; NULL: it does not exist or cannot be reached */
    char *home;    /* java.home; NULL when not known */
    char *version; /* from its `release` file: "17.0.15"; NULL when not known */
    const char *role; /* static: "cacerts", "jssecacerts", "trust store", "key store" */
    long pid;      /* KS_JVM_PROCESS; 0 otherwise */
    char *program; /* of a process: main class or jar; NULL otherwise */
    bool newer;    /* of a process: the file was changed after the process started */
    bool same_as_before; /* another row names the same target */
};
struct ks_jvm_list {
    struct ks_jvm_store *at;
    size_t count;
};

/* `root` is put before every path, "" on a real host; `java_home` NULL = none. Bounded work. */
struct ks_jvm_list ks_jvm_find(const char *root, const char *java_home, const char *user_home);
void ks_jvm_list_drop(struct ks_jvm_list *list);

/* True for the cacerts of a JVM (also through links): read-only by default. */
bool ks_jvm_is_cacerts(const char *path);
/* java.home of the JVM whose cacerts it is; "" when the JVMs of this host share it; NULL when it is
 * none. The caller's. */
char *ks_jvm_of_cacerts(const char *path);

#endif
