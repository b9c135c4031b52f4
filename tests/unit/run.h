/*
 * Runs the program as a user would, without a terminal unless asked: standard input is a pipe, and
 * the child is the leader of a session of its own, so that /dev/tty does not exist for it.
 */
#ifndef KSX_TEST_RUN_H
#define KSX_TEST_RUN_H

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct run {
    int exit; /* 128 + number when a signal ended it */
    char *out, *err;
    size_t out_len, err_len;
};

struct run_options {
    const char *const *env; /* "NAME=value", ends with NULL; may be NULL */
    const char *input;      /* standard input; NULL = empty */
    int input_fd;           /* where `input` goes instead of descriptor 0 */
    const char *stdout_to;  /* a path instead of a pipe */
};

static inline void run_append(char **text, size_t *len, const char *more, size_t count)
{
    *text = realloc(*text, *len + count + 1);
    assert_non_null(*text);
    memcpy(*text + *len, more, count);
    *len += count;
    (*text)[*len] = '\0';
}

static inline void run_collect(int out, int err, struct run *r)
{
    char chunk[4096];
    struct pollfd fds[] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    run_append(&r->out, &r->out_len, "", 0);
    run_append(&r->err, &r->err_len, "", 0);
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        assert_true(poll(fds, 2, 60000) > 0);
        for (int i = 0; i < 2; i++) {
            if (fds[i].fd < 0 || !fds[i].revents)
                continue;
            ssize_t got = read(fds[i].fd, chunk, sizeof chunk);
            if (got <= 0)
                fds[i].fd = -1;
            else if (i == 0)
                run_append(&r->out, &r->out_len, chunk, (size_t)got);
            else
                run_append(&r->err, &r->err_len, chunk, (size_t)got);
        }
    }
}

static inline void run_child(const char *const *argv, const struct run_options *o, int in, int out,
                             int err)
{
    (void)setsid();
    (void)dup2(in, o->input_fd);
    if (o->input_fd != 0)
        (void)freopen("/dev/null", "r", stdin);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(err, STDERR_FILENO);
    if (o->stdout_to && !freopen(o->stdout_to, "w", stdout))
        _exit(126);
    for (const char *const *e = o->env; e && *e; e++)
        (void)putenv((char *)(uintptr_t)*e);
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static inline struct run run_with(const char *const *argv, const struct run_options *options)
{
    struct run_options none = {0};
    const struct run_options *o = options ? options : &none;
    int in[2], out[2], err[2], status;
    struct run r = {0};
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(err), 0);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(in[1]);
        run_child(argv, o, in[0], out[1], err[1]);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    (void)close(err[1]);
    if (o->input)
        assert_int_equal(write(in[1], o->input, strlen(o->input)), (ssize_t)strlen(o->input));
    (void)close(in[1]);
    run_collect(out[0], err[0], &r);
    (void)close(out[0]);
    (void)close(err[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    r.exit = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return r;
}

static inline void run_free(struct run *r)
{
    free(r->out);
    free(r->err);
    *r = (struct run){0};
}

/* The words of a command line, ended by NULL: RUN(KSX_PROGRAM, "list", path). */
#define RUN(...) run_with((const char *const[]){__VA_ARGS__, NULL}, NULL)
#define RUN_WITH(options, ...) run_with((const char *const[]){__VA_ARGS__, NULL}, options)

#endif
