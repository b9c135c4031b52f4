/*
 * Two commands in turns, start to end, output thrown away: how many times faster is A than B?
 *
 * Usage: bench_list TURNS ID GOAL WORDS A... -- B...
 *        prints the median of B/A against "at least GOAL"; with a negative GOAL that of A/B
 *        against "at most" its amount
 */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 100

static void run_or_die(char *const argv[], struct process *out)
{
    if (!run_process(argv, out)) {
        (void)fprintf(stderr, "bench_list: %s failed\n", argv[0]);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    double a_ms[TURNS_MAX], b_ms[TURNS_MAX], ratio[TURNS_MAX];
    struct process a = {0}, b = {0};
    long a_peak = 0, b_peak = 0;
    int split = 5;
    while (split < argc && strcmp(argv[split], "--") != 0)
        split++;
    size_t turns = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    if (argc < 8 || split >= argc - 1 || turns == 0 || turns > TURNS_MAX) {
        (void)fputs("usage: bench_list TURNS ID GOAL WORDS A... -- B...\n", stderr);
        return 2;
    }
    argv[split] = NULL;
    double bound = strtod(argv[3], NULL);
    run_or_die(argv + 5, &a);
    for (size_t i = 0; i < turns; i++) {
        run_or_die(argv + 5, &a);
        run_or_die(argv + split + 1, &b);
        a_ms[i] = a.ms;
        b_ms[i] = b.ms;
        ratio[i] = bound < 0 ? a.ms / b.ms : b.ms / a.ms;
        a_peak = a.peak_kib > a_peak ? a.peak_kib : a_peak;
        b_peak = b.peak_kib > b_peak ? b.peak_kib : b_peak;
    }
    (void)printf("     %-38s %9.1f ms %6.1f MiB, other %9.1f ms %6.1f MiB\n", argv[4],
                 median(a_ms, turns), (double)a_peak / 1024, median(b_ms, turns),
                 (double)b_peak / 1024);
    return bound < 0 ? !goal_at_most(argv[2], argv[4], median(ratio, turns), -bound, "x")
                     : !goal_at_least(argv[2], argv[4], median(ratio, turns), bound, "x");
}
