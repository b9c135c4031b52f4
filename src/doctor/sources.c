#include "doctor/sources.h"

#include "base/alloc.h"
#include "base/text.h"
#include "file/input.h"
#include "file/jvm.h"
#include "file/open.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/x509.h>

#define FILE_MOST (16u << 20)  /* bytes */
#define FILES_MOST 2000        /* of a directory */
#define CERTS_MOST 20000       /* of all sources together */
#define BEFORE_KEPT (8u << 10) /* text in front of the first block: it may hold its attributes */

void ks_sources_drop(struct ks_sources *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct ks_source *one = &s->at[i];
        for (size_t k = 0; k < one->store_count && one->kind != KS_SOURCE_OPEN; k++)
            ks_store_free(one->stores[k]);
        free(one->stores);
        free(one->name);
    }
    free(s->at);
    *s = (struct ks_sources){0};
}

/* ---- what is added ---- */

static struct ks_source *new_source(struct ks_sources *s, enum ks_source_kind kind,
                                    const char *name)
{
    s->at = ks_realloc(s->at, (s->count + 1) * sizeof *s->at);
    s->at[s->count] = (struct ks_source){.kind = kind, .name = ks_strdup(name)};
    return &s->at[s->count++];
}

/* One that turned out to be nothing. */
static void forget_last(struct ks_sources *s)
{
    free(s->at[--s->count].name);
}

static size_t certs_in(const struct ks_store *store)
{
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        count += ks_store_entry(store, i)->chain_len;
    return count;
}

static size_t keys_in(const struct ks_store *store)
{
    size_t count = 0;

    for (size_t i = 0; i < ks_store_count(store); i++)
        count += ks_store_entry(store, i)->kind == KS_KIND_KEY;
    return count;
}

static size_t certs_so_far(const struct ks_sources *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->count; i++)
        count += s->at[i].kind == KS_SOURCE_OPEN ? 0 : s->at[i].certs;
    return count;
}

static void put(struct ks_source *one, struct ks_store *store)
{
    size_t count = one->store_count;

    if ((count & (count - 1)) == 0) /* a power of two: the array is full */
        one->stores = ks_realloc(one->stores, (count ? 2 * count : 1) * sizeof(struct ks_store *));
    one->stores[one->store_count++] = store;
    one->certs += certs_in(store);
    one->keys += keys_in(store);
    one->locked += (store->notes & KS_STORE_LOCKED_PARTS) != 0;
}

static enum ks_code fail_too_many(const char *path, struct ks_error *err)
{
    ks_fail(err, KS_ERR_LIMIT, "too-many-certificates",
            "%.200s was not searched: there are more than %d certificates in all that was given",
            ks_path_shown(path), CERTS_MOST);
    return ks_fail_next(err, KS_ERR_LIMIT, "give fewer files: those of the CA are enough");
}

/* Takes the store over, also when it fails. */
static enum ks_code take(struct ks_sources *s, struct ks_source *one, struct ks_store *store,
                         struct ks_error *err)
{
    if (certs_so_far(s) + certs_in(store) <= CERTS_MOST) {
        put(one, store);
        return KS_OK;
    }
    enum ks_code rc = fail_too_many(store->path, err);
    ks_store_free(store);
    return rc;
}

/* ---- files ---- */

static enum ks_code check_size(const char *path, struct ks_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= (off_t)FILE_MOST)
        return KS_OK; /* what else is wrong with it, ks_open() tells */
    ks_fail(err, KS_ERR_LIMIT, "too-large",
            "%.200s was not searched: it is larger than 16 MiB, as no chain is",
            ks_path_shown(path));
    return ks_fail_next(err, KS_ERR_LIMIT, "give the file with the CA's certificates");
}

/* With a password that does not fit, many types still list their certificates without one. */
static enum ks_code open_file(const char *path, const struct ks_secret *password,
                              struct ks_job *job, struct ks_store **out, struct ks_error *err)
{
    enum ks_code rc = check_size(path, err);

    if (rc == KS_OK)
        rc = ks_open(path, password, job, out, err);
    if (rc != KS_ERR_PASSWORD || !password)
        return rc;
    if (ks_open(path, NULL, job, out, NULL) != KS_OK)
        return rc;
    if (certs_in(*out))
        return KS_OK;
    ks_store_free(*out);
    *out = NULL;
    return rc;
}

static enum ks_code add_file(struct ks_sources *s, enum ks_source_kind kind, const char *path,
                             const struct ks_secret *password, struct ks_job *job,
                             struct ks_error *err)
{
    struct ks_store *store = NULL;
    enum ks_code rc = open_file(path, password, job, &store, err);

    if (rc != KS_OK)
        return rc;
    struct ks_source *one = new_source(s, kind, path);
    rc = take(s, one, store, err);
    if (rc != KS_OK)
        forget_last(s);
    return rc;
}

/* ---- directories ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is in it, in an order that does not depend on the file system; `skipped` counts the rest. */
static char **names_in(DIR *dir, size_t *count, size_t *skipped)
{
    char **names = ks_alloc_array(FILES_MOST, sizeof *names);
    struct dirent *d;

    *count = 0;
    while ((d = readdir(dir))) {
        if (d->d_name[0] == '.') {
            *skipped += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
            continue;
        }
        if (*count == FILES_MOST)
            ++*skipped;
        else
            names[(*count)++] = ks_strdup(d->d_name);
    }
    qsort(names, *count, sizeof *names, by_name);
    return names;
}

/* A regular file of this very directory: also by a link, but not to somewhere else. */
static bool is_inside(const char *real_dir, const char *path)
{
    struct stat st;
    char real[PATH_MAX];

    if (lstat(path, &st) != 0)
        return false;
    if (S_ISREG(st.st_mode))
        return true;
    size_t len = strlen(real_dir);
    return S_ISLNK(st.st_mode) && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           realpath(path, real) && strncmp(real, real_dir, len) == 0 && real[len] == '/' &&
           !strchr(real + len + 1, '/');
}

static enum ks_code add_one_of(struct ks_sources *s, struct ks_source *one, const char *real_dir,
                               const char *path, const struct ks_secret *password,
                               struct ks_job *job)
{
    struct ks_probe probe;
    struct ks_store *store = NULL;
    enum ks_code rc = KS_ERR_FORMAT;

    if (is_inside(real_dir, path)) {
        ks_probe(path, &probe);
        rc = probe.openable ? open_file(path, password, job, &store, NULL) : KS_ERR_FORMAT;
    }
    if (rc == KS_OK && !certs_in(store) && !keys_in(store) &&
        !(store->notes & KS_STORE_LOCKED_PARTS)) {
        ks_store_free(store);
        rc = KS_ERR_FORMAT;
    } else if (rc == KS_OK) {
        rc = take(s, one, store, NULL);
    }
    one->locked += rc == KS_ERR_PASSWORD || rc == KS_ERR_PASSWORD_NEEDED;
    one->skipped += rc != KS_OK;
    return rc == KS_ERR_CANCELLED ? rc : KS_OK;
}

static enum ks_code fail_directory(const char *path, int number, struct ks_error *err)
{
    char room[64];

    ks_fail(err, KS_ERR_IO, "directory", "%.200s was not searched: %s", ks_path_shown(path),
            ks_input_reason(number, room, sizeof room));
    return ks_fail_next(err, KS_ERR_IO, "give a directory that can be read");
}

static enum ks_code add_directory(struct ks_sources *s, const char *path,
                                  const struct ks_secret *password, struct ks_job *job,
                                  struct ks_error *err)
{
    char real[PATH_MAX];
    size_t count = 0;
    enum ks_code rc = KS_OK;
    DIR *dir = realpath(path, real) ? opendir(path) : NULL;

    if (!dir)
        return fail_directory(path, errno, err);
    struct ks_source *one = new_source(s, KS_SOURCE_DIRECTORY, path);
    char **names = names_in(dir, &count, &one->skipped);
    (void)closedir(dir);
    ks_job_phase(job, "searching the directory", count);
    for (size_t i = 0; i < count; i++) {
        char *file = ks_asprintf("%s/%s", path, names[i]);
        if (rc == KS_OK)
            rc = ks_job_stopped(job) ? KS_ERR_CANCELLED
                                     : add_one_of(s, one, real, file, password, job);
        free(file);
        free(names[i]);
    }
    free(names);
    return rc == KS_OK ? rc : ks_fail(err, rc, "cancelled", "stopped while searching %.200s", path);
}

enum ks_code ks_sources_path(struct ks_sources *s, const char *path,
                             const struct ks_secret *password, struct ks_job *job,
                             struct ks_error *err)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return add_directory(s, path, password, job, err);
    return add_file(s, KS_SOURCE_FILE, path, password, job, err);
}

/* ---- the host's own ---- */

/* Debian, Fedora, SUSE, Alpine and macOS. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *ks_system_bundle(void)
{
    const char *set = getenv(X509_get_default_cert_file_env()), *built = NULL;

    if (set && set[0])
        return is_file(set) ? ks_strdup(set) : NULL;
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++)
        if (is_file(bundles[i]))
            return ks_strdup(bundles[i]);
    built = X509_get_default_cert_file();
    return built && is_file(built) ? ks_strdup(built) : NULL;
}

enum ks_code ks_sources_system(struct ks_sources *s, struct ks_job *job, struct ks_error *err)
{
    char *path = ks_system_bundle();

    if (!path) {
        ks_fail(err, KS_ERR_NOT_FOUND, "no-bundle",
                "the system's CAs were not searched: no bundle of them is on this host");
        return ks_fail_next(err, KS_ERR_NOT_FOUND,
                            "install ca-certificates, or name a file with SSL_CERT_FILE");
    }
    enum ks_code rc = add_file(s, KS_SOURCE_SYSTEM, path, NULL, job, err);
    free(path);
    return rc;
}

static bool is_of(const struct ks_jvm_store *row, const char *role)
{
    return row->target && strcmp(row->role, role) == 0;
}

/* Of the first JVM that has any: jssecacerts before cacerts, as sun.security.ssl.TrustStoreManager
 * takes them. */
static const struct ks_jvm_store *first_cacerts(const struct ks_jvm_list *jvms)
{
    const struct ks_jvm_store *found = NULL;

    for (size_t i = 0; i < jvms->count && !found; i++)
        if (is_of(&jvms->at[i], "cacerts") || is_of(&jvms->at[i], "jssecacerts"))
            found = &jvms->at[i];
    for (size_t i = 0; found && found->home && i < jvms->count; i++)
        if (is_of(&jvms->at[i], "jssecacerts") && jvms->at[i].home &&
            strcmp(jvms->at[i].home, found->home) == 0)
            return &jvms->at[i];
    return found;
}

/* The usual password, which protects nothing: a PKCS12 may need it all the same. */
static enum ks_code add_cacerts(struct ks_sources *s, const char *path, struct ks_job *job,
                                struct ks_error *err)
{
    static const char usual[] = "changeit";
    struct ks_secret *password = ks_secret_new(usual, sizeof usual - 1);
    enum ks_code rc = add_file(s, KS_SOURCE_CACERTS, path, password, job, err);

    ks_secret_free(password);
    return rc;
}

enum ks_code ks_sources_cacerts(struct ks_sources *s, struct ks_job *job, struct ks_error *err)
{
    struct ks_jvm_list jvms = ks_jvm_find("", getenv("JAVA_HOME"), getenv("HOME"));
    const struct ks_jvm_store *row = first_cacerts(&jvms);
    enum ks_code rc = KS_ERR_NOT_FOUND;

    if (row) {
        rc = add_cacerts(s, row->path, job, err);
    } else {
        ks_fail(err, KS_ERR_NOT_FOUND, "no-jvm",
                "the CAs of a JVM were not searched: no JVM with cacerts is on this host");
        ks_fail_next(err, KS_ERR_NOT_FOUND, "set JAVA_HOME, or give its cacerts as a file");
    }
    ks_jvm_list_drop(&jvms);
    return rc;
}

/* ---- text ---- */

/* Formats are known by how a file begins; a block may come late in what somebody pasted. */
static struct ks_slice from_first_block(struct ks_slice text)
{
    static const char begin[] = "-----BEGIN ";
    size_t len = sizeof begin - 1;

    for (size_t at = 0; at + len <= text.len; at++) {
        const uint8_t *dash = memchr(text.data + at, '-', text.len - len + 1 - at);
        if (!dash)
            break;
        at = (size_t)(dash - text.data);
        if (memcmp(dash, begin, len) != 0)
            continue;
        size_t from = at > BEFORE_KEPT ? at - BEFORE_KEPT : 0;
        return ks_slice_part(text, from, text.len - from);
    }
    return text;
}

/* Without the marks that mail programs put in front of the lines they quote; base64 has none of
 * them. It may be a private key: wiped by the caller. */
static struct ks_buf unquoted(struct ks_slice text)
{
    struct ks_buf out = {.secret = true};
    bool at_start = true;

    ks_buf_reserve(&out, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (at_start && (c == '>' || c == '|' || c == ' ' || c == '\t'))
            continue;
        at_start = c == '\n' || c == '\r';
        ks_buf_byte(&out, c);
    }
    return out;
}

static enum ks_code fail_no_pem(const char *name, struct ks_error *err)
{
    ks_fail(err, KS_ERR_FORMAT, "no-pem", "nothing was read from %.200s: there is no PEM in it",
            name);
    return ks_fail_next(err, KS_ERR_FORMAT,
                        "copy everything from -----BEGIN to the last -----END line");
}

static bool has_pem(struct ks_slice text)
{
    return text.len && ks_format_pem.sniff(ks_slice_part(text, 0, KS_PROBE_BYTES), text.len) > 0;
}

enum ks_code ks_open_pasted(const char *name, struct ks_slice text, struct ks_job *job,
                            struct ks_store **out, struct ks_error *err)
{
    enum ks_code rc = KS_OK;

    *out = NULL;
    if (text.len > KS_PASTE_MAX) {
        ks_fail(err, KS_ERR_LIMIT, "too-long", "%.200s was not read: it is longer than 1 MiB",
                name);
        return ks_fail_next(err, KS_ERR_LIMIT, "put it into a file");
    }
    struct ks_buf clean = unquoted(text);
    struct ks_slice part = from_first_block(ks_slice(clean.data, clean.len));
    if (has_pem(part))
        rc = ks_open_bytes(name, part, NULL, job, out, err);
    else
        rc = fail_no_pem(name, err);
    ks_buf_wipe_free(&clean);
    return rc;
}

static const char pasted[] = "the pasted text";

enum ks_code ks_sources_text(struct ks_sources *s, struct ks_slice text, struct ks_job *job,
                             struct ks_error *err)
{
    struct ks_store *store = NULL;
    enum ks_code rc = ks_open_pasted(pasted, text, job, &store, err);

    if (rc != KS_OK)
        return rc;
    struct ks_source *one = new_source(s, KS_SOURCE_TEXT, pasted);
    rc = take(s, one, store, err);
    if (rc != KS_OK)
        forget_last(s);
    return rc;
}

enum ks_code ks_sources_network(struct ks_sources *s, struct ks_store *store, struct ks_error *err)
{
    struct ks_source *one = new_source(s, KS_SOURCE_NETWORK, store->path);
    enum ks_code rc = take(s, one, store, err);

    if (rc != KS_OK)
        forget_last(s);
    return rc;
}

void ks_sources_open(struct ks_sources *s, struct ks_store *store)
{
    put(new_source(s, KS_SOURCE_OPEN, store->path), store);
}

/* ---- into a pool ---- */

/* Of what a host trusts every certificate is an anchor, whatever kind of entry holds it. */
static bool is_trusted(const struct ks_source *one, const struct ks_entry *e)
{
    return one->kind == KS_SOURCE_SYSTEM || one->kind == KS_SOURCE_CACERTS ||
           e->kind == KS_KIND_TRUSTED;
}

static void fill_entry(const struct ks_source *one, const struct ks_store *store,
                       const struct ks_entry *e, struct ks_pool *pool, unsigned rank)
{
    for (size_t i = 0; i < e->chain_len; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = &e->chain[i],
                                                 .store = store,
                                                 .entry = e,
                                                 .index = (int)i,
                                                 .anchor = is_trusted(one, e),
                                                 .rank = rank});
}

/* What is an entry of its own goes by that name, also when some chain has it, too. */
static void fill_from(const struct ks_source *one, const struct ks_store *store,
                      struct ks_pool *pool, unsigned rank)
{
    for (int keys = 0; keys < 2; keys++)
        for (size_t i = 0; i < ks_store_count(store); i++)
            if ((ks_store_entry(store, i)->kind == KS_KIND_KEY) == keys)
                fill_entry(one, store, ks_store_entry(store, i), pool, rank);
}

void ks_sources_fill(const struct ks_sources *s, struct ks_pool *pool, unsigned rank)
{
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->at[i].store_count; k++)
            fill_from(&s->at[i], s->at[i].stores[k], pool, rank + (unsigned)i);
}

/* ---- where from ---- */

static const char *file_name(const struct ks_store *store)
{
    const char *slash = strrchr(store->path, '/');
    return slash ? slash + 1 : store->path;
}

/* No file's name looks like that. */
static bool is_fetched(const struct ks_store *store)
{
    return strncmp(store->path, "http://", 7) == 0 || strncmp(store->path, "https://", 8) == 0;
}

static void put_store(const struct ks_store *store, struct ks_buf *out)
{
    ks_buf_str(out, is_fetched(store) ? store->path : file_name(store));
}

static bool is_bundle(const struct ks_store *store)
{
    char *path = ks_system_bundle();
    bool same = path && strcmp(path, store->path) == 0;

    free(path);
    return same;
}

/* "certificate 2 of 3" of a loose file. */
static void put_number(const struct ks_pool_cert *cert, struct ks_buf *out)
{
    size_t total = certs_in(cert->store), before = 0;

    if (total < 2)
        return;
    for (size_t i = 0; i < ks_store_count(cert->store); i++) {
        const struct ks_entry *e = ks_store_entry(cert->store, i);
        if (e == cert->entry)
            break;
        before += e->chain_len;
    }
    ks_buf_printf(out, ", certificate %zu of %zu", before + (size_t)cert->index + 1, total);
}

void ks_source_where(const struct ks_pool_cert *cert, const struct ks_store *store,
                     struct ks_buf *out)
{
    const struct ks_store *from = cert->store;

    if (!from) {
        ks_buf_str(out, "elsewhere");
        return;
    }
    if (from != store && is_bundle(from)) {
        ks_buf_str(out, "the system's CAs");
        return;
    }
    if (from == store)
        ks_buf_str(out, "this keystore");
    else
        put_store(from, out);
    if (from->format && !(from->format->caps & KS_CAP_STORE))
        put_number(cert, out);
    else if (cert->entry)
        ks_buf_printf(out, "%s%s", ks_text_sign(KS_SIGN_INSIDE), cert->entry->alias);
}
