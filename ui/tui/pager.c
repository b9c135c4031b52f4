/*
 * E: plain text for $PAGER, neutralised, on the main screen.
 */
#include "tui/app.h"

#include "base/text.h"
#include "tui/app_state.h"
#include "tui/term.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void neutral_lines(const char *text, size_t len, struct ks_buf *out)
{
    unsigned flags = KS_TEXT_LAYOUT | (term_unicode() ? 0u : KS_TEXT_ASCII);
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t line = end ? (size_t)(end - text) : len;
        (void)ks_text_neutralise(text, line, flags, out);
        ks_buf_byte(out, '\n');
        text += line + (end != NULL);
        len -= line + (end != NULL);
    }
}

static _Noreturn void run_pager(int input, const char *pager)
{
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGTTOU, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
    (void)dup2(input, STDIN_FILENO);
    if (pager && *pager)
        execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
    execlp("less", "less", (char *)NULL);
    execlp("more", "more", (char *)NULL);
    _exit(127);
}

static void feed(int fd, const struct ks_buf *text)
{
    for (size_t at = 0; at < text->len;) {
        ssize_t n = write(fd, text->data + at, text->len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* the pager was left early */
        at += (size_t)n;
    }
}

void app_pager(struct app *app, const char *text, size_t len)
{
    struct ks_buf plain = KS_BUF_INIT;
    int ends[2], status = 0;
    neutral_lines(text, len, &plain);
    if (pipe(ends) != 0) {
        app_warn(app, "no pager: %s", strerror(errno));
        ks_buf_free(&plain);
        return;
    }
    term_leave();
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        run_pager(ends[0], getenv("PAGER"));
    }
    close(ends[0]);
    if (child > 0)
        feed(ends[1], &plain);
    close(ends[1]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    term_enter();
    term_size(&app->rows, &app->cols);
    app->dirty = true;
    ks_buf_free(&plain);
    if (child < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
        app_warn(app, "no pager was found. Set PAGER, for example to less.");
}
