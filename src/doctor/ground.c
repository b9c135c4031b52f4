#include "doctor/internal.h"

#include "base/alloc.h"

#include <stdlib.h>

struct ks_ground *ks_ground_of(const struct ks_store *store)
{
    struct ks_ground *ground = ks_alloc(sizeof *ground);

    *ground = (struct ks_ground){.refs = 1,
                                 .store = store,
                                 .version = ks_version_ref(store->now),
                                 .census = ks_census_new(store)};
    return ground;
}

struct ks_ground *ks_ground_ref(struct ks_ground *ground)
{
    ground->refs++;
    return ground;
}

void ks_ground_unref(struct ks_ground *ground)
{
    if (!ground || --ground->refs > 0)
        return;
    ks_pool_free(ground->pool);
    ks_census_free(ground->census);
    ks_version_unref(ground->version);
    free(ground);
}

/* The version is referenced, so its address is not another one's. */
bool ks_ground_fits(const struct ks_ground *ground, const struct ks_store *store)
{
    return ground && ground->store == store && ground->version == store->now;
}

const struct ks_pool *ks_ground_pool(struct ks_ground *ground)
{
    if (!ground->pool) {
        ground->pool = ks_pool_new();
        ks_pool_add_store(ground->pool, ground->store, 0);
    }
    return ground->pool;
}

struct ks_ground *ks_doctor_ground(struct ks_doctor *doctor, const struct ks_store *store)
{
    if (!ks_ground_fits(doctor->ground, store)) {
        ks_ground_unref(doctor->ground);
        doctor->ground = ks_ground_of(store);
    }
    return doctor->ground;
}
