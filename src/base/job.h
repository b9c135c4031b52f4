/*
 * A job is a piece of work that may take long (reading a large store, deriving a key): it can be
 * cancelled, it reports progress, and it can run on a thread of its own. Work that takes a job
 * accepts NULL, which is a job nobody watches.
 *
 * The worker calls ks_job_advance() now and then (at least every few milliseconds) and stops with
 * KS_ERR_CANCELLED when it returns false. The owner polls ks_job_fd() for the end: the descriptor
 * becomes readable once, when the worker has returned, so waiting costs no wake-ups.
 */
#ifndef KSX_BASE_JOB_H
#define KSX_BASE_JOB_H

#include "base/bytes.h"
#include "base/error.h"

struct ks_job;

typedef void (*ks_job_fn)(struct ks_job *job, void *arg);

struct ks_job *ks_job_new(void);
/* Cancels, waits for the worker and frees. NULL is fine. */
void ks_job_free(struct ks_job *job);
/* For one of the many files that a job is about: its own progress and its own bound for key
 * derivation, and it stops when `whole` does, which must live longer. `whole` may be NULL. */
struct ks_job *ks_job_part(const struct ks_job *whole);

/* ---- owner ---- */
void ks_job_start(struct ks_job *job, ks_job_fn fn, void *arg); /* runs fn on a new thread */
int ks_job_fd(const struct ks_job *job);                        /* readable when finished */
bool ks_job_finished(const struct ks_job *job);
void ks_job_cancel(struct ks_job *job);
/* What it is doing ("reading entries", "deriving the key") and how far: done of total, 0 = unknown. */
void ks_job_progress(const struct ks_job *job, const char **what, uint64_t *done, uint64_t *total);

/* ---- worker ---- */
void ks_job_phase(struct ks_job *job, const char *what, uint64_t total); /* `what` must be static */
bool ks_job_advance(struct ks_job *job, uint64_t done); /* false: stop now. NULL job: true */
bool ks_job_stopped(const struct ks_job *job); /* asks only; for work beside the one that reports */
/* Charges key-derivation rounds against the bound for one file (20,000,000 in all, 5,000,000 at a
 * time; what formats limit more tightly they check themselves). */
void ks_job_bound(struct ks_job *job,
                  uint64_t rounds); /* less than that in all; before it begins */
KS_CHECK enum ks_code ks_job_charge(struct ks_job *job, uint64_t rounds, struct ks_error *err);
uint64_t ks_job_charged(const struct ks_job *job); /* so far */

#endif
