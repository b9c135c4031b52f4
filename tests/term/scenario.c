#define _GNU_SOURCE
#include "scenario.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct pty *start_ksx(int rows, int cols, const char *const *env, const char *const files[])
{
    const char *argv[16] = {KSX_PROGRAM, "--at", NOW};
    size_t n = 3;
    for (; *files && n + 1 < sizeof argv / sizeof argv[0]; files++)
        argv[n++] = *files;
    argv[n] = NULL;
    return pty_start(&(struct pty_options){.rows = rows, .cols = cols, .env = env}, argv);
}

struct pty *start_inbound(int rows, int cols, const char *const *env)
{
    const char *const files[] = {DATA("inbound.p12"), NULL};
    struct pty *t = start_ksx(rows, cols, env, files);
    pty_wait(t, "Password");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "PKCS12 5");
    pty_quiet(t, 150);
    return t;
}

const char *cursor_row(struct pty *t)
{
    return pty_row(t, pty_cursor(t).row);
}

void wait_cursor_on(struct pty *t, const char *text)
{
    for (int tries = 0; tries < 400; tries++) {
        if (strstr(cursor_row(t), text))
            return;
        pty_quiet(t, 50);
    }
    pty_print(t);
    fail_msg("the cursor is on \"%s\", not on \"%s\"", cursor_row(t), text);
}

/* What a sanitizer had to say is in the stream. */
void ends_with(struct pty *t, int expected)
{
    int status = pty_wait_exit(t);
    size_t len;
    const uint8_t *stream = pty_stream(t, &len);
    if (status == expected)
        return;
    const uint8_t *report = memmem(stream, len, "Sanitizer", 9);
    if (report)
        (void)fwrite(report, 1, len - (size_t)(report - stream), stderr);
    fail_msg("ended with %d, not %d", status, expected);
}

void quit(struct pty *t)
{
    pty_type(t, "Q");
    ends_with(t, 0);
    assert_true(pty_sent(t, "\x1b[?1049l", 8));
    pty_free(t);
}
