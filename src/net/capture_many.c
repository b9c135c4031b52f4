#include "net/capture.h"

#include <pthread.h>
#include <string.h>

#define AT_ONCE_MAX 32

struct many {
    const struct ks_capture_ask *asks;
    size_t count, next, ended;
    struct ks_job *job;
    void (*done)(void *ctx, const struct ks_captured *one);
    void *ctx;
    struct ks_captured *out;
    pthread_mutex_t lock; /* of next, ended, and one call of `done` at a time */
};

static bool take_next(struct many *m, size_t *out)
{
    (void)pthread_mutex_lock(&m->lock);
    bool more = m->next < m->count;
    *out = m->next;
    m->next += more;
    (void)pthread_mutex_unlock(&m->lock);
    return more;
}

static void put(struct many *m, struct ks_captured *one)
{
    (void)pthread_mutex_lock(&m->lock);
    (void)ks_job_advance(m->job, ++m->ended);
    if (m->done)
        m->done(m->ctx, one);
    (void)pthread_mutex_unlock(&m->lock);
}

/* Progress is told by the end of each: a capture only asks whether to stop. */
static void *work(void *arg)
{
    struct many *m = arg;
    size_t i;

    while (take_next(m, &i)) {
        struct ks_captured *one = &m->out[i];
        *one = (struct ks_captured){.ask = &m->asks[i]};
        if (ks_job_stopped(m->job)) {
            one->code = ks_fail(&one->err, KS_ERR_CANCELLED, "cancelled", "it was not begun");
            continue;
        }
        one->code = ks_capture(one->ask, m->job, &one->capture, &one->err);
        put(m, one);
    }
    return NULL;
}

void ks_capture_many(const struct ks_capture_ask *asks, size_t count, unsigned at_once,
                     struct ks_job *job, void (*done)(void *ctx, const struct ks_captured *one),
                     void *ctx, struct ks_captured *out)
{
    struct many m = {
        .asks = asks, .count = count, .job = job, .done = done, .ctx = ctx, .out = out};
    pthread_t others[AT_ONCE_MAX];
    size_t started = 0, most = at_once < AT_ONCE_MAX ? at_once : AT_ONCE_MAX;

    (void)pthread_mutex_init(&m.lock, NULL);
    ks_job_phase(job, "asking servers", count);
    /* this thread is one of them */
    while (started + 1 < most && started + 1 < count &&
           pthread_create(&others[started], NULL, work, &m) == 0)
        started++;
    (void)work(&m);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(others[i], NULL);
    (void)pthread_mutex_destroy(&m.lock);
}
