#include "measure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quantile(double *values, size_t count, double share)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, by_value);
    size_t at = (size_t)((double)count * share);
    return values[at < count ? at : count - 1];
}

double median(double *values, size_t count)
{
    return quantile(values, count, 0.5);
}

static double timed(void (*work)(void *), void *arg)
{
    double start = now_ms();
    work(arg);
    return now_ms() - start;
}

struct pair compare(void (*a)(void *), void (*b)(void *), void *arg, size_t turns)
{
    struct pair p = {0};
    a(arg); /* warms the page cache and what is loaded on first use */
    b(arg);
    for (size_t i = 0; i < turns; i++) {
        double a_ms = timed(a, arg), b_ms = timed(b, arg);
        p.a_ms = i == 0 || a_ms < p.a_ms ? a_ms : p.a_ms;
        p.b_ms = i == 0 || b_ms < p.b_ms ? b_ms : p.b_ms;
    }
    p.ratio = p.a_ms / p.b_ms;
    return p;
}

bool run_process(char *const argv[], struct process *out)
{
    int status = 0;
    struct rusage usage;
    double start = now_ms();
    pid_t pid = fork();
    if (pid < 0)
        return false;
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (null >= 0 && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 && dup2(null, 2) >= 0)
            (void)execvp(argv[0], argv);
        _exit(127);
    }
    if (wait4(pid, &status, 0, &usage) != pid)
        return false;
    out->ms = now_ms() - start;
    out->peak_kib = usage.ru_maxrss;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool goal(const char *id, const char *what, double value, const char *relation, double bound,
                 const char *unit, bool met)
{
    (void)printf("%-4s %-52s %9.2f%-4s goal %s %.4g%-4s %s\n", id, what, value, unit, relation,
                 bound, unit, met ? "ok" : "MISSED");
    (void)fflush(stdout);
    return met;
}

bool goal_at_most(const char *id, const char *what, double value, double bound, const char *unit)
{
    return goal(id, what, value, "<=", bound, unit, value <= bound);
}

bool goal_at_least(const char *id, const char *what, double value, double bound, const char *unit)
{
    return goal(id, what, value, ">=", bound, unit, value >= bound);
}
