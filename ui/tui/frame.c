#define _GNU_SOURCE /* memfd_create, dup3 */
#include "tui/frame.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "tui/term.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
    FILE *out;  /* its descriptor leads to the terminal, during a frame to `memory` */
    int memory; /* -1: there is none, curses writes straight to the terminal */
} frame = {NULL, -1};

FILE *frame_open(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    frame.out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (frame.out)
        frame.memory = memfd_create("ksx frame", MFD_CLOEXEC);
    return frame.out;
}

void frame_close(void)
{
    if (frame.out)
        (void)fclose(frame.out);
    if (frame.memory >= 0)
        close(frame.memory);
    frame.out = NULL;
    frame.memory = -1;
}

void frame_begin(void)
{
    if (frame.memory < 0 || ftruncate(frame.memory, 0) != 0 ||
        lseek(frame.memory, 0, SEEK_SET) != 0)
        return;
    (void)dup3(frame.memory, fileno(frame.out), O_CLOEXEC);
}

/* Drops what changes nothing: the switch to the ASCII character set, which xterm's description puts
 * into every change of attributes (line drawing is done with literal characters here, so the set
 * is never another one), and a reset of colours before a reset of everything. */
static size_t squeeze(char *bytes, size_t len)
{
    static const struct {
        const char *drop, *before; /* `drop` goes when `before` follows it */
    } rules[] = {{"\033(B", ""}, {"\033[39;49m", "\033(B\033["}, {"\033[39;49m", "\033[m"}};
    size_t to = 0;
    for (size_t at = 0; at < len;) {
        size_t skip = 0;
        for (size_t i = 0; bytes[at] == '\033' && i < sizeof rules / sizeof rules[0]; i++) {
            size_t drop = strlen(rules[i].drop), before = strlen(rules[i].before);
            if (drop + before <= len - at && memcmp(bytes + at, rules[i].drop, drop) == 0 &&
                memcmp(bytes + at + drop, rules[i].before, before) == 0)
                skip = drop;
        }
        at += skip;
        if (!skip)
            bytes[to++] = bytes[at++];
    }
    return to;
}

void frame_end(void)
{
    if (frame.memory < 0)
        return;
    fflush(frame.out);
    off_t size = lseek(frame.memory, 0, SEEK_END);
    (void)dup3(STDOUT_FILENO, fileno(frame.out), O_CLOEXEC);
    if (size <= 0)
        return;
    char *bytes = ks_alloc((size_t)size);
    ssize_t n = pread(frame.memory, bytes, (size_t)size, 0);
    if (n > 0)
        term_write(bytes, squeeze(bytes, (size_t)n));
    ks_wipe(bytes, (size_t)size); /* a password may have been shown */
    free(bytes);
}
