#include "base/alloc.h"
#include "file/input.h"
#include "file/open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Cut at the end of a character. */
static void say(struct ks_probe *out, const char *text, size_t len)
{
    if (len >= sizeof out->looks) {
        len = sizeof out->looks - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(out->looks, text, len);
    out->looks[len] = '\0';
}

/* "JKS v2, 143 entries", "JKS, damaged (ends early)"; a loose file needs no format's name. */
static void describe(struct ks_slice head, struct ks_probe *out)
{
    const struct ks_format *format = out->format;
    struct ks_buf words = KS_BUF_INIT, text = KS_BUF_INIT;
    if (format->looks)
        format->looks(head, out->size, &words);
    if (words.len == 0 || format->caps & (KS_CAP_STORE | KS_CAP_REFUSED))
        ks_buf_str(&text, format->name);
    if (words.len && text.len) {
        bool version = words.data[0] == 'v' && words.data[1] >= '0' && words.data[1] <= '9';
        ks_buf_str(&text, version ? " " : ", ");
    }
    ks_buf_append(&text, words.data, words.len);
    /* A certificate's name may hold anything; this is a C string. */
    say(out, ks_buf_text(&text), strlen(ks_buf_text(&text)));
    ks_buf_free(&words);
    ks_buf_free(&text);
}

void ks_probe_head(struct ks_slice head, struct ks_probe *out)
{
    if (head.len == 0) {
        say(out, "empty file", strlen("empty file"));
        return;
    }
    out->format = ks_format_detect(head, out->size);
    if (!out->format) {
        say(out, "no key or certificate", strlen("no key or certificate"));
        return;
    }
    out->openable = !(out->format->caps & KS_CAP_REFUSED) && out->size <= KS_FILE_MAX;
    out->wants_password = out->openable && out->format->caps & KS_CAP_PASSWORD;
    describe(head, out);
}

static void say_why_not(const struct stat *st, int number, struct ks_probe *out)
{
    char text[sizeof out->looks], room[64];
    const char *kind = st->st_mode ? ks_input_kind(st->st_mode) : NULL;
    if (kind)
        (void)snprintf(text, sizeof text, "%s", kind);
    else
        (void)snprintf(text, sizeof text, "not readable: %s",
                       ks_input_reason(number, room, sizeof room));
    say(out, text, strlen(text));
}

void ks_probe(const char *path, struct ks_probe *out)
{
    struct stat st;
    memset(out, 0, sizeof *out);
    int fd = ks_input_open(path, &st);
    int number = errno;
    out->directory = S_ISDIR(st.st_mode);
    out->mtime = st.st_mode ? (int64_t)st.st_mtim.tv_sec : KS_TIME_NONE;
    out->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    if (fd < 0) {
        say_why_not(&st, number, out);
        return;
    }
    uint8_t *head = ks_alloc(KS_PROBE_BYTES);
    ssize_t len = ks_input_head(fd, head, KS_PROBE_BYTES);
    number = errno;
    (void)close(fd);
    if (len < 0)
        say_why_not(&st, number, out);
    else
        ks_probe_head(ks_slice(head, (size_t)len), out);
    ks_wipe(head, KS_PROBE_BYTES);
    free(head);
}
