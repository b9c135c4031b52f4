/*
 * What the benchmarks share: a clock, medians, pairwise ratios, child processes with their peak
 * memory, and lines that say how a number stands to its goal.
 */
#ifndef KSX_TESTS_MEASURE_H
#define KSX_TESTS_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

double now_ms(void);

/* The middle one; sorts the values. */
double median(double *values, size_t count);
/* The value that a share (0.99) of them do not exceed; sorts the values. */
double quantile(double *values, size_t count, double share);

/* The best times of two things done in turns, and their ratio a/b: what else runs on the machine
 * can only add to a time, and the best of many turns has the least of it. */
struct pair {
    double a_ms, b_ms, ratio;
};
struct pair compare(void (*a)(void *), void (*b)(void *), void *arg, size_t turns);

/* Runs argv with its output thrown away. False when it cannot be run or fails. */
struct process {
    double ms;
    long peak_kib;
};
bool run_process(char *const argv[], struct process *out);

/* "G1  words  1.34x  goal 1.5x  ok"; `unit` is "x", " ms", " B", " MiB". Returns whether the goal
 * is met. */
bool goal_at_most(const char *id, const char *what, double value, double goal, const char *unit);
bool goal_at_least(const char *id, const char *what, double value, double goal, const char *unit);

#endif
