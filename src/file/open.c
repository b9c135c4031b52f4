#include "file/open.h"

#include "file/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what a file that nobody knows begins with ---- */

static const char *beginning(struct ks_slice file)
{
    size_t len = file.len < 256 ? file.len : 256, text = 0, zero = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = file.data[i];
        text += c >= 0x20 ? c != 0x7f : c == '\t' || c == '\n' || c == '\r' || c == '\f';
        zero += c == 0;
    }
    if (zero == len)
        return "zero bytes";
    return text == len ? "text" : "binary data";
}

static enum ks_code fail_unknown(const char *path, struct ks_slice file, struct ks_error *err)
{
    struct ks_buf hex = KS_BUF_INIT;
    const char *name = ks_input_name(path);
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

/* Loaders know no path: put the file's name into their words. */
static void name_the_file(const char *path, struct ks_error *err)
{
    const char *name = ks_input_name(path);
    char prefix[sizeof err->what];
    if (strncmp(err->what, name, strlen(name)) == 0 || strncmp(err->what, path, strlen(path)) == 0)
        return;
    const char *verb = "";
    if (err->code == KS_ERR_PASSWORD)
        verb = " is still locked";
    else if (err->code != KS_ERR_DAMAGED)
        verb = " was not opened";
    (void)snprintf(prefix, sizeof prefix, "%.160s%s", name, verb);
    ks_error_prefix(err, prefix);
}

/* ---- loading ---- */

static struct ks_slice head_of(struct ks_slice file)
{
    return (struct ks_slice){file.data, file.len < KS_PROBE_BYTES ? file.len : KS_PROBE_BYTES};
}

static void remember(struct ks_store *store, const struct ks_secret *password)
{
    if (password && !store->password && store->format->caps & KS_CAP_PASSWORD)
        store->password = ks_secret_dup(password);
}

static enum ks_code load(const char *path, struct ks_blob *file, const struct stat *st,
                         const struct ks_secret *password, struct ks_job *job,
                         struct ks_store **out, struct ks_error *err)
{
    const struct ks_format *format = NULL;
    if (file->len)
        format = ks_format_detect(head_of(ks_blob_slice(file)), file->len);
    if (!format) {
        enum ks_code rc = fail_unknown(path, ks_blob_slice(file), err);
        ks_blob_unref(file);
        return rc;
    }
    struct ks_store *store = ks_store_new(path, file);
    store->format = format;
    store->mtime = (int64_t)st->st_mtim.tv_sec;
    store->mode = (unsigned)st->st_mode & 07777;
    ks_store_set_type(store, format->name);
    enum ks_code rc = format->load(store, password, job, err);
    if (rc != KS_OK) {
        name_the_file(path, err);
        ks_store_free(store);
        return rc;
    }
    remember(store, password);
    *out = store;
    return KS_OK;
}

static enum ks_code open_path(const char *path, const struct ks_secret *password,
                              struct ks_job *job, struct ks_store **out, struct ks_error *err)
{
    struct stat st;
    uint8_t *data = NULL;
    int fd = ks_input_open(path, &st);
    if (fd < 0)
        return ks_input_refused(path, &st, errno, err);
    enum ks_code rc = ks_input_read(fd, path, &st, job, &data, err);
    (void)close(fd);
    if (rc != KS_OK)
        return rc;
    /* Wiped when it goes: a loose file may be a private key in clear. */
    return load(path, ks_blob_take(data, (size_t)st.st_size, true), &st, password, job, out, err);
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
