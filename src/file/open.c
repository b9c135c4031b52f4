#include "file/open.h"

#include "base/alloc.h"
#include "base/aside.h"
#include "base/crypto.h"
#include "base/text.h"
#include "file/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_SHOWN 160 /* bytes of a file's name that an error quotes */

/* ---- what a file that nobody knows begins with ---- */

/* A byte that is no UTF-8 may be Latin-1, whose controls 0x80 to 0x9f no text has. */
static bool is_text(int32_t cp)
{
    if (cp < 0x20)
        return cp == '\t' || cp == '\n' || cp == '\r' || cp == '\f';
    return cp < 0x7f || cp >= 0xa0;
}

static const char *beginning(struct ks_slice file)
{
    size_t len = file.len < 256 ? file.len : 256, at = 0, zero = 0;
    while (zero < len && file.data[zero] == 0)
        zero++;
    if (zero == len)
        return "zero bytes";
    while (at < len) {
        int32_t cp;
        size_t used = ks_utf8_next((const char *)file.data + at, file.len - at, &cp);
        if (!is_text(cp < 0 ? file.data[at] : cp))
            return "binary data";
        at += used;
    }
    return "text";
}

static enum ks_code fail_unknown(const char *path, struct ks_slice file, struct ks_error *err)
{
    struct ks_buf hex = KS_BUF_INIT;
    const char *name = ks_path_shown(path);
    if (file.len == 0) {
        ks_fail(err, KS_ERR_FORMAT, "empty-file", "%s was not opened: the file is empty", name);
        return ks_fail_next(err, KS_ERR_FORMAT, "look for a copy of it or a backup");
    }
    ks_fail(err, KS_ERR_FORMAT, "unknown-format",
            "%s was not opened: it begins with %s, and is no keystore, certificate, key or request "
            "that ksx knows",
            name, beginning(file));
    for (size_t i = 0; i < file.len && i < 16; i++)
        ks_buf_printf(&hex, " %02x", file.data[i]);
    ks_fail_next(err, KS_ERR_FORMAT, "check that it is the file you meant; its first bytes are%s",
                 ks_buf_text(&hex));
    ks_buf_free(&hex);
    return KS_ERR_FORMAT;
}

/* "the file is damaged" does not name a file called t, nor one called the. */
static bool begins_with_name(const char *what, const char *name, size_t len)
{
    return strncmp(what, name, len) == 0 && strchr(" :,", what[len]) &&
           strncmp(what, "the file ", 9) != 0;
}

/* Loaders that do not name the file: put its name, of a long one the beginning, into their words.
 */
static void name_the_file(const char *path, const char *verb, struct ks_error *err)
{
    const char *name = ks_path_shown(path);
    size_t len = strlen(name), shown = len < NAME_SHOWN ? len : NAME_SHOWN;
    char prefix[NAME_SHOWN + 32];
    if ((shown < len && strncmp(err->what, name, shown) == 0) ||
        begins_with_name(err->what, name, len) || begins_with_name(err->what, path, strlen(path)))
        return;
    while (shown < len && shown > 0 && ((unsigned char)name[shown] & 0xc0) == 0x80)
        shown--;
    (void)snprintf(prefix, sizeof prefix, "%.*s%s", (int)shown, name, verb);
    ks_error_prefix(err, prefix);
}

static const char *verb_of(enum ks_code code)
{
    if (code == KS_ERR_PASSWORD)
        return " is still locked";
    return code == KS_ERR_DAMAGED ? "" : " was not opened";
}

/* ---- loading ---- */

static struct ks_slice head_of(struct ks_slice file)
{
    return (struct ks_slice){file.data, file.len < KS_PROBE_BYTES ? file.len : KS_PROBE_BYTES};
}

/* A password that nothing proved may be mistyped: nothing must be written with it unasked. A loader
 * that has another proof than the integrity of the file has told the store already. */
static void remember(struct ks_store *store, const struct ks_secret *password)
{
    if (!store->password && password && store->format->caps & KS_CAP_PASSWORD)
        store->password = ks_secret_dup(password);
    if (store->password && store->integrity == KS_INTEGRITY_VERIFIED)
        ks_store_learn(store, store->password);
}

static void remember_stat(struct ks_store *store, const struct stat *st)
{
    store->mtime = (int64_t)st->st_mtim.tv_sec;
    store->mode = (unsigned)st->st_mode & 07777;
}

/* Takes over the blob. `st` NULL: not from a file. */
static enum ks_code load(const char *path, const struct ks_format *format, struct ks_blob *file,
                         const struct stat *st, const struct ks_secret *password,
                         struct ks_job *job, struct ks_store **out, struct ks_error *err)
{
    if (!format) {
        enum ks_code rc = fail_unknown(path, ks_blob_slice(file), err);
        ks_blob_unref(file);
        return rc;
    }
    struct ks_store *store = ks_store_new(path, file);
    store->format = format;
    if (st)
        remember_stat(store, st);
    ks_store_set_type(store, format->name);
    enum ks_code rc = format->load(store, password, job, err);
    if (rc != KS_OK) {
        name_the_file(path, verb_of(rc), err);
        ks_store_free(store);
        return rc;
    }
    if (store->damage.code != KS_OK)
        name_the_file(path, "", &store->damage);
    remember(store, password);
    if (st) {
        store->stamp = ks_input_stamp(st);
        store->disk = ks_blob_ref(store->file);
    }
    *out = store;
    return KS_OK;
}

static const struct ks_format *format_of(struct ks_slice file)
{
    return file.len ? ks_format_detect(head_of(file), file.len) : NULL;
}

/* OpenSSL, for the digest, while a large file is read: its start takes about as long. */
static void get_ready(void *none)
{
    (void)none;
    (void)ks_crypto();
}

static enum ks_code read_and_load(int fd, const char *path, struct stat *st,
                                  const struct ks_secret *password, struct ks_job *job,
                                  struct ks_store **out, struct ks_error *err)
{
    uint8_t *data = NULL;
    struct ks_aside ready;
    ks_aside_start(&ready, (size_t)st->st_size, get_ready, NULL);
    enum ks_code rc = ks_input_read(fd, path, st, job, &data, err);
    if (ready.running)
        ks_aside_join(&ready);
    if (rc != KS_OK)
        return rc;
    struct ks_slice file = ks_slice(data, (size_t)st->st_size);
    const struct ks_format *format = format_of(file);
    /* Wiped when it goes: a loose file may be a private key in clear. */
    bool secret = !format || !(format->caps & KS_CAP_SEALED);
    return load(path, format, ks_blob_take(data, file.len, secret), st, password, job, out, err);
}

static enum ks_code open_path(const char *path, const struct ks_secret *password,
                              struct ks_job *job, struct ks_store **out, struct ks_error *err)
{
    struct stat st;
    int fd = ks_input_open(path, &st);
    if (fd < 0)
        return ks_input_refused(path, &st, errno, err);
    enum ks_code rc = read_and_load(fd, path, &st, password, job, out, err);
    (void)close(fd);
    return rc;
}

enum ks_code ks_open(const char *path, const struct ks_secret *password, struct ks_job *job,
                     struct ks_store **out, struct ks_error *err)
{
    struct ks_error why = {0};
    struct ks_job *own = job ? NULL : ks_job_new(); /* key derivations are summed in a job */
    *out = NULL;
    enum ks_code rc = open_path(path, password, job ? job : own, out, &why);
    ks_job_free(own);
    if (rc != KS_OK && err)
        *err = why;
    return rc;
}

enum ks_code ks_open_descriptor(int fd, const char *path, const struct ks_secret *password,
                                struct ks_job *job, struct ks_store **out, struct ks_error *err)
{
    struct ks_error why = {0};
    struct stat st;
    *out = NULL;
    if (lseek(fd, 0, SEEK_SET) != 0 || fstat(fd, &st) != 0)
        return ks_input_refused(path, &(struct stat){0}, errno, err);
    struct ks_job *own = job ? NULL : ks_job_new();
    enum ks_code rc = read_and_load(fd, path, &st, password, job ? job : own, out, &why);
    ks_job_free(own);
    if (rc != KS_OK && err)
        *err = why;
    return rc;
}

enum ks_code ks_open_bytes(const char *name, struct ks_slice bytes,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_store **out, struct ks_error *err)
{
    struct ks_error why = {0};
    struct ks_job *own = job ? NULL : ks_job_new();
    uint8_t *copy = ks_alloc(bytes.len);
    *out = NULL;
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    enum ks_code rc = load(name, format_of(bytes), ks_blob_take(copy, bytes.len, true), NULL,
                           password, job ? job : own, out, &why);
    ks_job_free(own);
    if (rc != KS_OK && err)
        *err = why;
    return rc;
}
