#include "base/aside.h"

#define WORTH_A_THREAD ((size_t)256 << 10) /* bytes: about what pays for starting one */

static void *run(void *arg)
{
    struct ks_aside *a = arg;
    a->fn(a->arg);
    return NULL;
}

void ks_aside_start(struct ks_aside *a, size_t bytes, void (*fn)(void *arg), void *arg)
{
    *a = (struct ks_aside){.fn = fn, .arg = arg, .due = true};
    a->running = bytes >= WORTH_A_THREAD && pthread_create(&a->thread, NULL, run, a) == 0;
}

void ks_aside_join(struct ks_aside *a)
{
    if (a->running)
        (void)pthread_join(a->thread, NULL);
    else if (a->due)
        a->fn(a->arg);
    a->running = a->due = false;
}
