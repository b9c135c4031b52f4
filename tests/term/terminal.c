#define _GNU_SOURCE /* forkpty, memmem */
#include "terminal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 20000 /* a build under sanitizers on a busy machine is slow */

struct pty {
    pid_t pid;
    int fd;
    int rows, cols;
    VTerm *vt;
    VTermScreen *screen;
    uint8_t *stream;
    size_t len, cap, mark;
    size_t shown; /* of the stream, what the screen has got */
    int status;
    bool ended;
    char row[4096];
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- start ---- */

static void set_environment(const struct pty_options *o)
{
    static const char *const cleared[] = {"ESCDELAY", "NO_COLOR", "LANG",   "LC_CTYPE", "COLUMNS",
                                          "LINES",    "TMUX",     "STY",    "PAGER",    "KSX_PLAIN",
                                          "TERMINFO", "COLORTERM"};
    for (size_t i = 0; i < sizeof cleared / sizeof cleared[0]; i++)
        unsetenv(cleared[i]);
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("TZ", "UTC", 1);
    for (const char *const *e = o->env; e && *e; e++) {
        char *pair = strdup(*e);
        char *value = strchr(pair, '=');
        if (value) {
            *value = '\0';
            setenv(pair, value + 1, 1);
        } else {
            unsetenv(pair);
        }
        free(pair);
    }
}

static void reply(const char *s, size_t len, void *user)
{
    struct pty *t = user;
    while (len) {
        ssize_t n = write(t->fd, s, len);
        if (n <= 0)
            return;
        s += n;
        len -= (size_t)n;
    }
}

struct pty *pty_start(const struct pty_options *options, const char *const argv[])
{
    struct pty *t = calloc(1, sizeof *t);
    t->rows = options->rows ? options->rows : 24;
    t->cols = options->cols ? options->cols : 80;
    struct winsize size = {.ws_row = (unsigned short)t->rows, .ws_col = (unsigned short)t->cols};
    t->pid = forkpty(&t->fd, NULL, NULL, &size);
    if (t->pid == 0) {
        set_environment(options);
        if (options->cwd && chdir(options->cwd) != 0)
            _exit(126);
        union { /* execvp takes char *const[], and does not write to it */
            const char *const *in;
            char *const *out;
        } args = {.in = argv};
        execvp(argv[0], args.out);
        _exit(127);
    }
    assert_true(t->pid > 0);
    t->vt = vterm_new(t->rows, t->cols);
    vterm_set_utf8(t->vt, 1);
    vterm_output_set_callback(t->vt, reply, t);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_enable_altscreen(t->screen, 1);
    vterm_screen_reset(t->screen, 1);
    return t;
}

void pty_free(struct pty *t)
{
    if (!t)
        return;
    if (!t->ended) {
        kill(t->pid, SIGKILL);
        waitpid(t->pid, NULL, 0);
    }
    if (t->fd >= 0)
        close(t->fd);
    vterm_free(t->vt);
    free(t->stream);
    free(t);
}

/* ---- reading ---- */

/* Bytes of a UTF-8 character at the end that is not there as a whole yet: a read may end anywhere,
 * and libvterm shows the halves of a character it gets in two writes. */
static size_t cut_character(const uint8_t *data, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        uint8_t byte = data[len - back];
        if (byte < 0x80)
            return 0;
        if (byte >= 0xc0)
            return back < (byte >= 0xf0 ? 4u : byte >= 0xe0 ? 3u : 2u) ? back : 0;
    }
    return 0;
}

static void record(struct pty *t, const uint8_t *data, size_t len)
{
    if (t->len + len > t->cap) {
        t->cap = (t->len + len) * 2;
        t->stream = realloc(t->stream, t->cap);
    }
    memcpy(t->stream + t->len, data, len);
    t->len += len;
    size_t whole = t->len - cut_character(t->stream + t->shown, t->len - t->shown);
    vterm_input_write(t->vt, (const char *)t->stream + t->shown, whole - t->shown);
    t->shown = whole;
}

/* Waits up to `ms` for output; 1 = got some, 0 = silence, -1 = the terminal is closed. */
static int pump(struct pty *t, int ms)
{
    if (t->fd < 0)
        return -1;
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    int ready = poll(&p, 1, ms);
    if (ready <= 0)
        return 0;
    uint8_t bytes[65536];
    ssize_t n = read(t->fd, bytes, sizeof bytes);
    if (n <= 0)
        return n < 0 && errno == EINTR ? 1 : -1;
    record(t, bytes, (size_t)n);
    return 1;
}

static void give_up(struct pty *t, const char *what, const char *text)
{
    fprintf(stderr, "%s \"%s\"; the screen:\n", what, text);
    pty_print(t);
    fail_msg("%s \"%s\"", what, text);
}

static void wait_for(struct pty *t, int row, const char *text, bool wanted)
{
    int64_t end = now_ms() + PATIENCE_MS;
    for (;;) {
        bool shown = row < 0 ? pty_shows(t, text) : strstr(pty_row(t, row), text) != NULL;
        if (shown == wanted)
            return;
        int64_t left = end - now_ms();
        if (left <= 0 || pump(t, (int)left) < 0)
            break;
    }
    bool shown = row < 0 ? pty_shows(t, text) : strstr(pty_row(t, row), text) != NULL;
    if (shown != wanted)
        give_up(t, wanted ? "did not appear:" : "did not go away:", text);
}

void pty_wait(struct pty *t, const char *text)
{
    wait_for(t, -1, text, true);
}

void pty_wait_row(struct pty *t, int row, const char *text)
{
    wait_for(t, row, text, true);
}

void pty_wait_gone(struct pty *t, const char *text)
{
    wait_for(t, -1, text, false);
}

void pty_quiet(struct pty *t, int ms)
{
    int64_t end = now_ms() + PATIENCE_MS;
    while (now_ms() < end && pump(t, ms) > 0)
        continue;
}

/* ---- typing ---- */

static const struct {
    const char *name, *bytes;
} named[] = {
    {"Enter", "\r"},      {"Esc", "\x1b"},      {"Tab", "\t"},        {"Up", "\x1bOA"},
    {"Down", "\x1bOB"},   {"Right", "\x1bOC"},  {"Left", "\x1bOD"},   {"PgUp", "\x1b[5~"},
    {"PgDn", "\x1b[6~"},  {"Home", "\x1bOH"},   {"End", "\x1bOF"},    {"Del", "\x1b[3~"},
    {"BS", "\x7f"},       {"F1", "\x1bOP"},     {"F2", "\x1bOQ"},     {"F3", "\x1bOR"},
    {"F4", "\x1bOS"},     {"F5", "\x1b[15~"},   {"F6", "\x1b[17~"},   {"F7", "\x1b[18~"},
    {"F8", "\x1b[19~"},   {"F9", "\x1b[20~"},   {"F10", "\x1b[21~"},  {"Space", " "},
    {"lt", "<"},          {"Paste", "\x1b[200~"}, {"/Paste", "\x1b[201~"}, {"S-Tab", "\x1b[Z"},
};

static const char *key_bytes(const char *name, size_t len, char control[2])
{
    if (len == 3 && name[0] == 'C' && name[1] == '-') {
        control[0] = (char)(name[2] & 0x1f);
        control[1] = '\0';
        return control;
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (strlen(named[i].name) == len && memcmp(named[i].name, name, len) == 0)
            return named[i].bytes;
    fail_msg("unknown key <%.*s>", (int)len, name);
    return "";
}

void pty_type(struct pty *t, const char *keys)
{
    char out[65536];
    size_t len = 0;
    while (*keys) {
        const char *end = *keys == '<' ? strchr(keys, '>') : NULL;
        char control[2];
        const char *bytes = end ? key_bytes(keys + 1, (size_t)(end - keys - 1), control) : keys;
        size_t n = end ? strlen(bytes) : 1;
        assert_true(len + n < sizeof out);
        memcpy(out + len, bytes, n);
        len += n;
        keys = end ? end + 1 : keys + 1;
    }
    reply(out, len, t);
}

void pty_resize(struct pty *t, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    t->rows = rows;
    t->cols = cols;
    vterm_set_size(t->vt, rows, cols);
    ioctl(t->fd, TIOCSWINSZ, &size);
}

void pty_hang_up(struct pty *t)
{
    close(t->fd);
    t->fd = -1;
}

void pty_signal(struct pty *t, int signal)
{
    kill(t->pid, signal);
}

/* ---- looking ---- */

const char *pty_row(struct pty *t, int row)
{
    size_t len = 0;
    t->row[0] = '\0';
    for (int col = 0; col < t->cols;) {
        VTermScreenCell cell = pty_cell(t, row, col);
        char text[64];
        size_t n = 0;
        for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) {
            uint32_t c = cell.chars[i];
            if (c < 0x80) {
                text[n++] = (char)c;
            } else if (c < 0x800) {
                text[n++] = (char)(0xc0 | c >> 6);
                text[n++] = (char)(0x80 | (c & 0x3f));
            } else if (c < 0x10000) {
                text[n++] = (char)(0xe0 | c >> 12);
                text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
                text[n++] = (char)(0x80 | (c & 0x3f));
            } else {
                text[n++] = (char)(0xf0 | c >> 18);
                text[n++] = (char)(0x80 | (c >> 12 & 0x3f));
                text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
                text[n++] = (char)(0x80 | (c & 0x3f));
            }
        }
        if (n == 0)
            text[n++] = ' ';
        if (len + n + 1 >= sizeof t->row)
            break;
        memcpy(t->row + len, text, n);
        len += n;
        col += cell.width > 1 ? cell.width : 1;
    }
    while (len && t->row[len - 1] == ' ')
        len--;
    t->row[len] = '\0';
    return t->row;
}

bool pty_shows(struct pty *t, const char *text)
{
    return pty_find_row(t, text) >= 0;
}

int pty_find_row(struct pty *t, const char *text)
{
    for (int row = 0; row < t->rows; row++)
        if (strstr(pty_row(t, row), text))
            return row;
    return -1;
}

int pty_find_col(struct pty *t, int row, const char *text)
{
    const char *line = pty_row(t, row);
    const char *at = strstr(line, text);
    if (!at)
        return -1;
    size_t want = (size_t)(at - line), seen = 0;
    for (int col = 0; col < t->cols;) {
        if (seen >= want)
            return col;
        VTermScreenCell cell = pty_cell(t, row, col);
        size_t n = 0;
        for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) {
            uint32_t c = cell.chars[i];
            n += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        }
        seen += n ? n : 1;
        col += cell.width > 1 ? cell.width : 1;
    }
    return -1;
}

VTermScreenCell pty_cell(struct pty *t, int row, int col)
{
    VTermScreenCell cell;
    memset(&cell, 0, sizeof cell);
    vterm_screen_get_cell(t->screen, (VTermPos){.row = row, .col = col}, &cell);
    return cell;
}

VTermPos pty_cursor(struct pty *t)
{
    VTermPos pos = {0, 0};
    vterm_state_get_cursorpos(vterm_obtain_state(t->vt), &pos);
    return pos;
}

long pty_pid(const struct pty *t)
{
    return t->pid;
}

int pty_rows(const struct pty *t)
{
    return t->rows;
}

int pty_cols(const struct pty *t)
{
    return t->cols;
}

VTermScreen *pty_screen(struct pty *t)
{
    return t->screen;
}

void pty_print(struct pty *t)
{
    for (int row = 0; row < t->rows; row++)
        fprintf(stderr, "%2d|%s\n", row, pty_row(t, row));
}

/* ---- stream ---- */

void pty_mark(struct pty *t)
{
    t->mark = t->len;
}

size_t pty_bytes(struct pty *t)
{
    return t->len - t->mark;
}

bool pty_sent(struct pty *t, const char *bytes, size_t len)
{
    return t->len && memmem(t->stream, t->len, bytes, len) != NULL;
}

const uint8_t *pty_stream(struct pty *t, size_t *len)
{
    *len = t->len;
    return t->stream;
}

/* ---- end ---- */

int pty_wait_exit(struct pty *t)
{
    int64_t end = now_ms() + PATIENCE_MS;
    while (!t->ended) {
        int state = pump(t, 50);
        pid_t done = waitpid(t->pid, &t->status, state < 0 && t->fd >= 0 ? 0 : WNOHANG);
        if (done == t->pid)
            t->ended = true;
        else if (now_ms() > end)
            give_up(t, "still running", "");
        else if (t->fd < 0)
            poll(NULL, 0, 5);
    }
    while (pump(t, 0) > 0)
        continue;
    return WIFSIGNALED(t->status) ? 128 + WTERMSIG(t->status) : WEXITSTATUS(t->status);
}

int pty_end(struct pty *t)
{
    int status = pty_wait_exit(t);
    pty_free(t);
    return status;
}
