/*
 * y: to the clipboard of the terminal with OSC 52, which works through ssh. tmux drops such a
 * sequence from a program in it by default; `tmux load-buffer -w` reaches the outer terminal and
 * tells whether it worked. Only public text comes here.
 */
#include "tui/app.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "tui/cells.h"
#include "tui/term.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID 48 /* characters of what was copied that the message repeats */
#define OSC52_MAX 74994 /* encoded bytes that terminals commonly take */

static void base64(const char *text, size_t len, struct ks_buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = (unsigned)(unsigned char)text[i] << 16;
        if (i + 1 < len)
            bits |= (unsigned)(unsigned char)text[i + 1] << 8;
        if (i + 2 < len)
            bits |= (unsigned char)text[i + 2];
        ks_buf_byte(out, (uint8_t)digits[bits >> 18 & 63]);
        ks_buf_byte(out, (uint8_t)digits[bits >> 12 & 63]);
        ks_buf_byte(out, (uint8_t)(i + 1 < len ? digits[bits >> 6 & 63] : '='));
        ks_buf_byte(out, (uint8_t)(i + 2 < len ? digits[bits & 63] : '='));
    }
}

static void write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

static _Noreturn void run_tmux(int input)
{
    int null = open("/dev/null", O_RDWR);
    (void)dup2(input, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(null, STDERR_FILENO);
    execlp("tmux", "tmux", "load-buffer", "-w", "-", (char *)NULL);
    _exit(127);
}

static bool to_tmux(const char *text, size_t len)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        run_tmux(ends[0]);
    }
    close(ends[0]);
    if (child > 0)
        write_all(ends[1], text, len);
    close(ends[1]);
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static bool to_terminal(const char *text, size_t len)
{
    struct ks_buf out = KS_BUF_INIT;
    const char *name = getenv("TERM");
    bool screen = name && strncmp(name, "screen", 6) == 0; /* GNU screen passes DCS on */
    ks_buf_str(&out, screen ? "\033P\033]52;c;" : "\033]52;c;");
    base64(text, len, &out);
    ks_buf_str(&out, screen ? "\a\033\\" : "\a");
    bool fits = out.len <= OSC52_MAX;
    if (fits)
        term_write(ks_buf_text(&out), out.len);
    ks_buf_free(&out);
    return fits;
}

/* ": value" for a text of one line, so that nobody takes the name of a field for what it names. */
static char *say_what(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] == '\n')
        len--;
    if (len == 0 || memchr(text, '\n', len))
        return ks_strdup("");
    char *line = ks_strndup(text, len), *start = cells_excerpt(line, SAID);
    char *words = ks_asprintf(": %s", start);
    free(line);
    free(start);
    return words;
}

void app_copy(struct app *app, const char *what, const char *text, size_t len)
{
    const char *tmux = getenv("TMUX");
    char *said = say_what(text, len);
    if (tmux && *tmux && to_tmux(text, len))
        app_message(app, "%s copied%s (tmux buffer and the clipboard behind it).", what, said);
    else if (to_terminal(text, len))
        app_message(app,
                    "%s sent to the terminal (OSC 52)%s. If it did not arrive, E shows it in the "
                    "pager.",
                    what, said);
    else
        app_message(app, "%s is too long for the terminal's clipboard. E shows it in the pager.",
                    what);
    free(said);
}
