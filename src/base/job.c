#include "base/job.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHARGE_AT_A_TIME 5000000u /* what the JDK accepts, sun.security.pkcs12.PKCS12KeyStore */
#define CHARGE_PER_FILE 20000000u

struct ks_job {
    pthread_t thread;
    bool started, joined;
    int fd;
    ks_job_fn fn;
    void *arg;
    atomic_bool cancelled, finished;
    _Atomic(const char *) what;
    atomic_uint_fast64_t done, total;
    uint64_t charged, bound; /* rounds of key derivation */
    const struct ks_job *whole; /* that this one is a part of; NULL: of none */
};

struct ks_job *ks_job_new(void)
{
    struct ks_job *job = ks_alloc(sizeof *job);
    job->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_store(&job->what, "");
    job->bound = CHARGE_PER_FILE;
    return job;
}

struct ks_job *ks_job_part(const struct ks_job *whole)
{
    struct ks_job *job = ks_alloc(sizeof *job);
    job->fd = -1; /* it has no thread whose end could be waited for */
    atomic_store(&job->what, "");
    job->bound = CHARGE_PER_FILE;
    job->whole = whole;
    return job;
}

static bool is_cancelled(const struct ks_job *job)
{
    return atomic_load_explicit(&job->cancelled, memory_order_relaxed) ||
           (job->whole && is_cancelled(job->whole));
}

static void wait_for_end(struct ks_job *job)
{
    if (!job->started || job->joined)
        return;
    (void)pthread_join(job->thread, NULL);
    job->joined = true;
}

void ks_job_free(struct ks_job *job)
{
    if (!job)
        return;
    ks_job_cancel(job);
    wait_for_end(job);
    if (job->fd >= 0)
        (void)close(job->fd);
    free(job);
}

static void *run(void *arg)
{
    struct ks_job *job = arg;
    job->fn(job, job->arg);
    atomic_store(&job->finished, true);
    uint64_t one = 1;
    ssize_t written = write(job->fd, &one, sizeof one);
    (void)written; /* the owner also asks ks_job_finished() */
    return NULL;
}

void ks_job_start(struct ks_job *job, ks_job_fn fn, void *arg)
{
    job->fn = fn;
    job->arg = arg;
    if (pthread_create(&job->thread, NULL, run, job) == 0)
        job->started = true;
    else
        run(job); /* no thread to be had: do it now */
}

int ks_job_fd(const struct ks_job *job)
{
    return job->fd;
}

bool ks_job_finished(const struct ks_job *job)
{
    return atomic_load(&job->finished);
}

void ks_job_cancel(struct ks_job *job)
{
    atomic_store(&job->cancelled, true);
}

void ks_job_progress(const struct ks_job *job, const char **what, uint64_t *done, uint64_t *total)
{
    *what = atomic_load(&job->what);
    *done = atomic_load(&job->done);
    *total = atomic_load(&job->total);
}

void ks_job_phase(struct ks_job *job, const char *what, uint64_t total)
{
    if (!job)
        return;
    atomic_store(&job->what, what);
    atomic_store(&job->done, 0);
    atomic_store(&job->total, total);
}

bool ks_job_advance(struct ks_job *job, uint64_t done)
{
    if (!job)
        return true;
    atomic_store_explicit(&job->done, done, memory_order_relaxed);
    return !is_cancelled(job);
}

bool ks_job_stopped(const struct ks_job *job)
{
    return job && is_cancelled(job);
}

void ks_job_bound(struct ks_job *job, uint64_t rounds)
{
    if (job && rounds < job->bound)
        job->bound = rounds;
}

enum ks_code ks_job_charge(struct ks_job *job, uint64_t rounds, struct ks_error *err)
{
    if (rounds == 0) {
        ks_fail(err, KS_ERR_DAMAGED, "bad-iterations",
                "the file asks for 0 rounds of key derivation");
        return ks_fail_next(err, KS_ERR_DAMAGED, "no program writes that; the file is damaged");
    }
    if (rounds > CHARGE_AT_A_TIME) {
        ks_fail(err, KS_ERR_LIMIT, "too-many-iterations",
                "the file asks for %llu rounds of key derivation, more than %u",
                (unsigned long long)rounds, CHARGE_AT_A_TIME);
        return ks_fail_next(err, KS_ERR_LIMIT, "Java refuses such a file too; it may be an attack");
    }
    if (!job)
        return KS_OK;
    if (rounds > job->bound - job->charged) {
        ks_fail(err, KS_ERR_LIMIT, "too-many-iterations",
                "the file asks for more than %llu rounds of key derivation in all",
                (unsigned long long)job->bound);
        return ks_fail_next(err, KS_ERR_LIMIT, "it may be an attack; nothing more was derived");
    }
    job->charged += rounds;
    return KS_OK;
}

uint64_t ks_job_charged(const struct ks_job *job)
{
    return job ? job->charged : 0;
}
