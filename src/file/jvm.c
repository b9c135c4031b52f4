#include "file/jvm.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "file/jvm_process.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ROWS_MAX 512
#define CHILDREN_MAX 512  /* of one directory */
#define RELEASE_MAX 16384 /* bytes of a `release` file */
#define VERSION_MAX 40

/* Directories whose children are JVMs; "~" is the user's. */
static const char *const directories[] = {
    "/usr/lib/jvm",
    "/usr/lib64/jvm",
    "/usr/lib32/jvm",
    "/usr/java",
    "/usr/local",
    "/usr/local/java",
    "/usr/local/lib/jvm",
    "/opt",
    "/opt/java",
    "/opt/jvm",
    "/opt/jdk",
    "~/.sdkman/candidates/java",
    "~/.jdks",
    "~/.gradle/jdks",
    "~/.asdf/installs/java",
    "~/.local/share/mise/installs/java",
    "~/.jabba/jdk",
};

static const char *const commands[] = {
    "/etc/alternatives/java",
    "/usr/bin/java",
    "/usr/local/bin/java",
};

/* In a home; before version 9 of a JDK the JVM was in its directory "jre". */
static const char *const in_home[] = {"/lib/security/", "/jre/lib/security/"};

/* What distributions let their JVMs share. */
static const char *const shared[] = {
    "/etc/ssl/certs/java/cacerts",
    "/etc/pki/java/cacerts",
    "/etc/pki/ca-trust/extracted/java/cacerts",
    "/var/lib/ca-certificates/java-cacerts",
};

static const char *const names[] = {"cacerts", "jssecacerts"};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

struct finding {
    const char *root;
    struct ks_jvm_list list;
    struct {
        char *at; /* canonical */
        enum ks_jvm_source source;
    } homes[ROWS_MAX];
    size_t home_count;
};

/* ---- rows ---- */

static bool is_listed(const struct ks_jvm_list *list, const char *target)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].target && strcmp(list->at[i].target, target) == 0)
            return true;
    return false;
}

static void add_row(struct finding *f, struct ks_jvm_store row)
{
    struct ks_jvm_list *list = &f->list;
    if (list->count == ROWS_MAX) {
        free(row.target);
        return;
    }
    row.path = ks_strdup(row.path);
    row.home = row.home ? ks_strdup(row.home) : NULL;
    row.version = row.version ? ks_strdup(row.version) : NULL;
    row.program = row.program ? ks_strdup(row.program) : NULL;
    row.same_as_before = row.target && is_listed(list, row.target);
    list->at = ks_realloc(list->at, (list->count + 1) * sizeof *list->at);
    list->at[list->count++] = row;
}

void ks_jvm_list_drop(struct ks_jvm_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct ks_jvm_store *row = &list->at[i];
        free(row->path);
        free(row->target);
        free(row->home);
        free(row->version);
        free(row->program);
    }
    free(list->at);
    *list = (struct ks_jvm_list){0};
}

static bool stat_in(const char *root, const char *path, struct stat *st, bool follow)
{
    char *full = ks_asprintf("%s%s", root, path);
    bool there = (follow ? stat(full, st) : lstat(full, st)) == 0;
    free(full);
    return there;
}

/* ---- homes ---- */

/* JAVA_VERSION="17.0.15" */
static char *version_in(const char *root, const char *home)
{
    static const char key[] = "JAVA_VERSION=\"";
    char *path = ks_asprintf("%s/release", home), *version = NULL;
    struct ks_buf text = KS_BUF_INIT;
    const char *at = ks_jvm_read(root, path, RELEASE_MAX, &text) ? strstr(ks_buf_text(&text), key)
                                                                 : NULL;
    if (at) {
        at += sizeof key - 1;
        size_t len = strspn(at, "0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ._+-");
        if (len > 0 && len <= VERSION_MAX)
            version = ks_strndup(at, len);
    }
    ks_buf_free(&text);
    free(path);
    return version;
}

/* The release file of a JDK 8 is one directory above its jre. */
static char *version_of(const char *root, const char *home)
{
    static const char jre[] = "/jre";
    size_t len = strlen(home), tail = sizeof jre - 1;
    char *version = version_in(root, home);
    if (version || len <= tail || strcmp(home + len - tail, jre) != 0)
        return version;
    char *above = ks_strndup(home, len - tail);
    version = version_in(root, above);
    free(above);
    return version;
}

static char *store_in(const char *root, const char *home, const char *where, const char *name)
{
    struct stat st;
    char *path = ks_asprintf("%s%s%s", home, where, name);
    if (stat_in(root, path, &st, false))
        return path;
    free(path);
    return NULL;
}

static bool is_new_home(struct finding *f, enum ks_jvm_source source, const char *canonical)
{
    for (size_t i = 0; i < f->home_count; i++)
        if (strcmp(f->homes[i].at, canonical) == 0 &&
            (source == KS_JVM_DIRECTORY || f->homes[i].source == source))
            return false;
    return true;
}

static void remember_home(struct finding *f, enum ks_jvm_source source, char *canonical)
{
    if (f->home_count == ROWS_MAX) {
        free(canonical);
        return;
    }
    f->homes[f->home_count].at = canonical;
    f->homes[f->home_count++].source = source;
}

static void add_home(struct finding *f, enum ks_jvm_source source, const char *home)
{
    char *canonical = ks_jvm_chase(f->root, home);
    if (!canonical || !is_new_home(f, source, canonical)) {
        free(canonical);
        return;
    }
    const char *written = source == KS_JVM_DIRECTORY ? canonical : home;
    char *version = NULL;
    size_t before = f->list.count;
    for (size_t where = 0; where < COUNT(in_home); where++) {
        for (size_t i = 0; i < COUNT(names); i++) {
            char *path = store_in(f->root, written, in_home[where], names[i]);
            if (!path)
                continue;
            if (!version)
                version = version_of(f->root, canonical);
            add_row(f, (struct ks_jvm_store){.source = source,
                                             .path = path,
                                             .target = ks_jvm_chase(f->root, path),
                                             .home = (char *)(uintptr_t)written,
                                             .version = version,
                                             .role = names[i]});
            free(path);
        }
    }
    free(version);
    if (f->list.count > before)
        remember_home(f, source, canonical);
    else
        free(canonical);
}

/* ".../bin/java", where links end. */
static void add_command(struct finding *f, const char *command)
{
    static const char tail[] = "/bin/java";
    char *binary = ks_jvm_chase(f->root, command);
    size_t len = binary ? strlen(binary) : 0, cut = sizeof tail - 1;
    if (len > cut && strcmp(binary + len - cut, tail) == 0) {
        binary[len - cut] = '\0';
        add_home(f, KS_JVM_ALTERNATIVES, binary);
    }
    free(binary);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t children(const char *root, const char *path, char *out[CHILDREN_MAX])
{
    char *full = ks_asprintf("%s%s", root, path);
    DIR *dir = opendir(full);
    struct dirent *d;
    size_t count = 0;
    free(full);
    while (dir && count < CHILDREN_MAX && (d = readdir(dir)))
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            out[count++] = ks_strdup(d->d_name);
    if (dir)
        (void)closedir(dir);
    if (count)
        qsort(out, count, sizeof *out, by_name);
    return count;
}

static void add_directory(struct finding *f, const char *directory, const char *user_home)
{
    char *found[CHILDREN_MAX];
    if (directory[0] == '~' && !user_home)
        return;
    char *path = directory[0] == '~' ? ks_asprintf("%s%s", user_home, directory + 1)
                                     : ks_strdup(directory);
    size_t count = children(f->root, path, found);
    for (size_t i = 0; i < count; i++) {
        char *child = ks_asprintf("%s/%s", path, found[i]);
        add_home(f, KS_JVM_DIRECTORY, child);
        free(child);
        free(found[i]);
    }
    free(path);
}

static void add_shared(struct finding *f, const char *path)
{
    char *target = ks_jvm_chase(f->root, path);
    if (target && !is_listed(&f->list, target))
        add_row(f, (struct ks_jvm_store){.source = KS_JVM_DIRECTORY,
                                         .path = (char *)(uintptr_t)path,
                                         .target = target,
                                         .role = names[0]});
    else
        free(target);
}

static void find_installed(struct finding *f, const char *java_home, const char *user_home)
{
    if (java_home && java_home[0] == '/')
        add_home(f, KS_JVM_JAVA_HOME, java_home);
    for (size_t i = 0; i < COUNT(commands); i++)
        add_command(f, commands[i]);
    for (size_t i = 0; i < COUNT(directories); i++)
        add_directory(f, directories[i], user_home);
    for (size_t i = 0; i < COUNT(shared); i++)
        add_shared(f, shared[i]);
}

/* ---- processes ---- */

/* A second is lost where the kernel rounds the time of its boot. */
static bool is_newer(const char *root, const char *target, int64_t started)
{
    struct stat st;
    return target && started != KS_TIME_NONE && stat_in(root, target, &st, true) &&
           st.st_mtim.tv_sec > started + 1;
}

static void add_used(struct finding *f, const struct ks_jvm_process *p, const char *path,
                     const char *role)
{
    char *version = p->home && !p->apart ? version_of(f->root, p->home) : NULL;
    char *target = p->apart || path[0] != '/' ? NULL : ks_jvm_chase(f->root, path);
    add_row(f, (struct ks_jvm_store){.source = KS_JVM_PROCESS,
                                     .path = (char *)(uintptr_t)path,
                                     .target = target,
                                     .home = p->home,
                                     .version = version,
                                     .role = role,
                                     .pid = p->pid,
                                     .program = p->line.value[KS_JVM_PROGRAM],
                                     .newer = is_newer(f->root, target, p->started)});
    free(version);
}

/* Without a trust store of its own a JVM takes jssecacerts, or else cacerts: sun.security.ssl's
 * TrustStoreManager. */
static void add_default(struct finding *f, const struct ks_jvm_process *p)
{
    for (size_t i = COUNT(names); p->home && i-- > 0;) {
        for (size_t where = 0; where < COUNT(in_home); where++) {
            char *path = store_in(f->root, p->home, in_home[where], names[i]);
            if (!path)
                continue;
            add_used(f, p, path, names[i]);
            free(path);
            return;
        }
    }
}

/* NONE is how Java spells that there is none, or that it is no file. */
static bool is_file(const char *value)
{
    const char *slash = value ? strrchr(value, '/') : NULL;
    return value && *value && strcmp(slash ? slash + 1 : value, "NONE") != 0;
}

static void add_process(void *ctx, const struct ks_jvm_process *p)
{
    struct finding *f = ctx;
    const char *trust = p->line.value[KS_JVM_TRUST_STORE], *key = p->line.value[KS_JVM_KEY_STORE];
    if (is_file(trust))
        add_used(f, p, trust, "trust store");
    else if (!trust || !*trust)
        add_default(f, p);
    if (is_file(key))
        add_used(f, p, key, "key store");
}

/* ---- doors ---- */

static void forget_homes(struct finding *f)
{
    for (size_t i = 0; i < f->home_count; i++)
        free(f->homes[i].at);
}

struct ks_jvm_list ks_jvm_find(const char *root, const char *java_home, const char *user_home)
{
    struct finding *f = ks_alloc(sizeof *f);
    f->root = root;
    find_installed(f, java_home, user_home);
    ks_jvm_each_process(root, add_process, f);
    struct ks_jvm_list list = f->list;
    forget_homes(f);
    free(f);
    return list;
}

/* java.home when the path is that of a JVM's cacerts, and a JVM is there; NULL otherwise. */
static char *home_by_shape(const char *path)
{
    static const char *const signs[] = {"/release", "/bin/java", "/lib/modules", "/lib/rt.jar"};
    struct stat st;
    size_t len = strlen(path);
    for (size_t i = 0; i < COUNT(names); i++) {
        char tail[64];
        int cut = snprintf(tail, sizeof tail, "/lib/security/%s", names[i]);
        if (len <= (size_t)cut || strcmp(path + len - (size_t)cut, tail) != 0)
            continue;
        char *home = ks_strndup(path, len - (size_t)cut);
        for (size_t sign = 0; sign < COUNT(signs); sign++)
            if (stat_in(home, signs[sign], &st, true))
                return home;
        free(home);
    }
    return NULL;
}

/* A file that cacerts of a JVM lead to; "" when the JVMs of the host share it. */
static char *home_by_target(const char *target)
{
    struct finding *f = ks_alloc(sizeof *f);
    char *home = NULL;
    f->root = "";
    find_installed(f, NULL, NULL);
    for (size_t i = 0; i < f->list.count && !home; i++)
        if (f->list.at[i].target && strcmp(f->list.at[i].target, target) == 0)
            home = ks_strdup(f->list.at[i].home ? f->list.at[i].home : "");
    forget_homes(f);
    ks_jvm_list_drop(&f->list);
    free(f);
    for (size_t i = 0; i < COUNT(shared) && home; i++)
        if (strcmp(target, shared[i]) == 0)
            home[0] = '\0';
    return home;
}

/* The directory is canonical, the last component is not followed. */
static char *as_written(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash ? ks_strndup(path, (size_t)(slash - path) + 1) : ks_strdup(".");
    char *real = realpath(dir, NULL), *whole = NULL;
    if (real)
        whole = ks_asprintf("%s/%s", real, slash ? slash + 1 : path);
    free(real);
    free(dir);
    return whole;
}

char *ks_jvm_of_cacerts(const char *path)
{
    char *target = realpath(path, NULL), *written = as_written(path), *home = NULL;
    if (target)
        home = home_by_shape(target);
    if (!home && target && written)
        home = home_by_shape(written);
    if (!home && target)
        home = home_by_target(target);
    free(target);
    free(written);
    return home;
}

bool ks_jvm_is_cacerts(const char *path)
{
    char *home = ks_jvm_of_cacerts(path);
    free(home);
    return home != NULL;
}
