/*
 * The explorer in a pseudo-terminal: when the first frame and the whole first screen are there and
 * how many bytes they take, bytes and latency of a key, and silence when nobody types.
 *
 * Usage: bench_term KSX FILE COLUMNSxROWS MS   the file's password is changeit; MS is the goal for
 *                                              the complete first screen
 *
 * An answer is over when nothing has come for QUIET_MS; its latency ends with its last byte. What
 * is drawn later on purpose, once no more keys come, is counted when keys are pressed one by one.
 */
#include "measure.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define QUIET_MS 40
#define SINGLY_MS 200
#define KEYS 100
#define SINGLE_KEYS 15
#define IDLE_MS 2000

static struct {
    int fd;
    pid_t pid;
    double started;
    struct winsize size;
    bool small; /* 80x24: the goals of the smaller screen */
} term;

struct answer {
    double first_ms, last_ms; /* since the clock was read before the key; -1 without an answer */
    size_t bytes;
};

/* Takes everything until `quiet` ms without a byte; waits at most `limit` ms for the first one. */
static struct answer take(double since, int limit, int quiet)
{
    char buffer[65536];
    struct answer a = {-1, -1, 0};
    struct pollfd p = {.fd = term.fd, .events = POLLIN};
    int wait = limit;
    while (poll(&p, 1, wait) > 0) {
        ssize_t got = read(term.fd, buffer, sizeof buffer);
        if (got <= 0)
            break;
        a.last_ms = now_ms() - since;
        if (a.bytes == 0)
            a.first_ms = a.last_ms;
        a.bytes += (size_t)got;
        wait = quiet;
    }
    return a;
}

static void start(const char *program, const char *file)
{
    (void)setenv("KSX_BENCH_PASSWORD", "changeit", 1);
    (void)setenv("TERM", "xterm-256color", 1);
    term.started = now_ms();
    term.pid = forkpty(&term.fd, NULL, NULL, &term.size);
    if (term.pid < 0) {
        perror("forkpty");
        exit(1);
    }
    if (term.pid == 0) {
        (void)execl(program, "ksx", "--at", "2026-03-01", "--utf8", "--pass",
                    "env:KSX_BENCH_PASSWORD", file, (char *)NULL);
        _exit(127);
    }
}

static struct answer press_and_wait(const char *keys, int quiet)
{
    double since = now_ms();
    if (write(term.fd, keys, strlen(keys)) < 0)
        perror("write");
    return take(since, 1000, quiet);
}

static struct answer press(const char *keys)
{
    return press_and_wait(keys, QUIET_MS);
}

/* Bytes and latency of a key pressed again and again, or of two in turns. */
static void keys(const char *id, const char *what, const char *const key[2], double bytes_goal,
                 int quiet)
{
    double bytes[KEYS], ms[KEYS];
    size_t count = 0;
    char line[128];
    for (int i = 0; i < (quiet == SINGLY_MS ? SINGLE_KEYS : KEYS); i++) {
        struct answer a = press_and_wait(key[i % 2], quiet);
        if (a.bytes == 0)
            continue;
        bytes[count] = (double)a.bytes;
        ms[count++] = a.last_ms;
    }
    if (count == 0) {
        (void)printf("%-4s %s: no answer\n", id, what);
        return;
    }
    (void)snprintf(line, sizeof line, "bytes a key, %s", what);
    if (bytes_goal > 0)
        (void)goal_at_most("G9", line, median(bytes, count), bytes_goal, " B");
    else
        (void)printf("     %-52s %9.0f B\n", line, median(bytes, count));
    if (quiet == SINGLY_MS)
        return;
    (void)snprintf(line, sizeof line, "latency, %s", what);
    (void)goal_at_most(id, line, median(ms, count), term.small ? 1 : 2, " ms");
    (void)snprintf(line, sizeof line, "latency, %s, 99 of 100", what);
    (void)goal_at_most(id, line, quantile(ms, count, 0.99), 10, " ms");
}

static void first_paint(double bound)
{
    struct answer a = take(term.started, 5000, 300);
    (void)goal_at_most("G7", "first byte after the start", a.first_ms, 15, " ms");
    (void)goal_at_most("G7", "first screen complete", a.last_ms, bound, " ms");
    (void)goal_at_most("G8", "bytes of the first screen", (double)a.bytes, term.small ? 2500 : 6000,
                       " B");
}

/* voluntary_ctxt_switches of all threads: each is a wake-up. */
static long wakeups(void)
{
    char path[64], line[256];
    long total = 0, n;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)term.pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
            total += n;
    }
    if (f)
        (void)fclose(f);
    return total;
}

static void idle(void)
{
    (void)take(now_ms(), 300, 300);
    long before = wakeups();
    struct answer a = take(now_ms(), IDLE_MS, QUIET_MS);
    (void)goal_at_most("G13", "bytes in two idle seconds", (double)a.bytes, 0, " B");
    (void)goal_at_most("G13", "wake-ups in two idle seconds", (double)(wakeups() - before), 0, "");
}

static void one(const char *id, const char *what, const char *key, double bound)
{
    struct answer a = press(key);
    if (a.bytes == 0)
        (void)printf("%-4s %s: no answer\n", id, what);
    else
        (void)goal_at_most(id, what, a.last_ms, bound, " ms");
}

static void stop(void)
{
    int status;
    (void)press("\033");
    (void)press("q");
    (void)kill(term.pid, SIGTERM);
    (void)take(now_ms(), 500, 100);
    (void)waitpid(term.pid, &status, 0);
    (void)close(term.fd);
}

int main(int argc, char **argv)
{
    unsigned short columns = 80, rows = 24;
    if (argc != 5 || sscanf(argv[3], "%hux%hu", &columns, &rows) != 2) {
        (void)fputs("usage: bench_term KSX FILE COLUMNSxROWS MS\n", stderr);
        return 2;
    }
    term.small = columns <= 80;
    term.size = (struct winsize){.ws_row = rows, .ws_col = columns};
    (void)printf("---- %s, %hux%hu\n", argv[2], columns, rows);
    start(argv[1], argv[2]);
    first_paint(strtod(argv[4], NULL));
    idle();
    static const char *const down[] = {"j", "j"}, *const up[] = {"k", "k"};
    static const char *const pages[] = {"\033[6~", "\033[5~"};
    double bytes = term.small ? 420 : 750;
    keys("G10", "cursor down pressed singly", down, bytes, SINGLY_MS);
    keys("G10", "cursor down", down, bytes, QUIET_MS);
    keys("G10", "cursor up", up, bytes, QUIET_MS);
    keys("G10", "page down, page up", pages, 0, QUIET_MS);
    one("G10", "to the start", "g", 10);
    one("G10", "to the end", "G", 10);
    (void)press("f");
    one("G11", "first letter of a filter", "c", 16);
    one("G11", "second letter of a filter", "n", 16);
    (void)press("\033");
    (void)press("\033");
    (void)press("s");
    one("G11", "sorting by expiry", "e", 100);
    stop();
    return 0;
}
