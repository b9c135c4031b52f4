#include "net/deadline.h"

#include <time.h>

int64_t ks_net_clock(void)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct ks_deadline ks_deadline_in(unsigned seconds, struct ks_job *job)
{
    return (struct ks_deadline){ks_net_clock() + (int64_t)seconds * 1000, seconds, job};
}

long ks_deadline_left(const struct ks_deadline *d)
{
    int64_t left = d->ends - ks_net_clock();
    return left > 0 ? (long)left : 0;
}

int ks_deadline_slice(const struct ks_deadline *d)
{
    long left = ks_deadline_left(d);
    return left < KS_NET_SLICE ? (int)left : KS_NET_SLICE;
}
