#include "cli/stream.h"

#include "cli/cli.h"
#include "file/open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

bool stream_is(const struct cli *cli, const char *path)
{
    struct stat st;
    if (!(cli->command->id & CLI_READS) && !cli->sourcing)
        return false;
    return is_stdin(path) || (stat(path, &st) == 0 && S_ISFIFO(st.st_mode));
}

static enum ks_code too_large(const struct stream *s, struct ks_error *err)
{
    ks_fail(err, KS_ERR_IO, "too-large", "%s was not opened: ksx reads at most %u MiB",
            ks_path_shown(s->name), KS_FILE_MAX >> 20);
    return ks_fail_next(err, KS_ERR_IO, "check that this is the file you meant");
}

static enum ks_code read_to_end(int fd, struct stream *s, struct ks_error *err)
{
    uint8_t chunk[CHUNK];
    enum ks_code rc = KS_OK;
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = ks_fail(err, KS_ERR_IO, "read-error", "%s was not opened: %s",
                         ks_path_shown(s->name), strerror(errno));
        else if (s->data.len + (size_t)got > KS_FILE_MAX)
            rc = too_large(s, err);
        if (got <= 0 || rc != KS_OK)
            break;
        ks_buf_append(&s->data, chunk, (size_t)got);
    }
    ks_wipe(chunk, sizeof chunk);
    return rc;
}

/* Whoever types a file by hand has forgotten to name it. */
static enum ks_code no_pipe(const struct stream *s, struct ks_error *err)
{
    ks_fail(err, KS_ERR_USAGE, "stdin-terminal", "%s was not read: it is the terminal", s->name);
    return ks_fail_next(err, KS_ERR_USAGE, "name a file, or pipe one in");
}

static enum ks_code read_stream(struct stream *s, const char *path, struct ks_error *err)
{
    enum ks_code rc;
    s->used = true;
    s->data.secret = true; /* a loose file may be a private key in clear */
    if (is_stdin(path)) {
        s->name = "standard input";
        return isatty(STDIN_FILENO) ? no_pipe(s, err) : read_to_end(STDIN_FILENO, s, err);
    }
    s->name = path;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return ks_fail(err, KS_ERR_IO, "read-error", "%s was not opened: %s", ks_path_shown(path),
                       strerror(errno));
    rc = read_to_end(fd, s, err);
    (void)close(fd);
    return rc;
}

enum ks_code stream_open(const struct cli *cli, struct stream *s, const char *path,
                         const struct ks_secret *password, struct ks_store **out,
                         struct ks_error *err)
{
    if (!s->used && !stream_is(cli, path))
        return ks_open(path, password, NULL, out, err);
    enum ks_code rc = s->used ? KS_OK : read_stream(s, path, err);
    if (rc != KS_OK)
        return rc;
    return ks_open_bytes(s->name, ks_slice(s->data.data, s->data.len), password, NULL, out, err);
}

void stream_free(struct stream *s)
{
    ks_buf_free(&s->data);
}
