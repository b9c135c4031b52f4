/*
 * Until when something is waited for. Internal to net.
 */
#ifndef KSX_NET_DEADLINE_H
#define KSX_NET_DEADLINE_H

#include "base/job.h"

/* The longest time without a look at the job, in milliseconds. */
#define KS_NET_SLICE 50

int64_t ks_net_clock(void); /* milliseconds of a clock that nobody sets */

struct ks_deadline {
    int64_t ends;     /* ks_net_clock() */
    unsigned seconds; /* as was asked for, for messages */
    struct ks_job *job;
};
struct ks_deadline ks_deadline_in(unsigned seconds, struct ks_job *job);
/* Milliseconds that are left, 0 when it is over. */
long ks_deadline_left(const struct ks_deadline *d);
/* The same for one wait: at most KS_NET_SLICE. */
int ks_deadline_slice(const struct ks_deadline *d);

#endif
