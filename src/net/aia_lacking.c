/* Whose issuer is missing: where the best chain that the doctor knows of comes to its end. */
#include "net/aia.h"

static bool is_there(const struct ks_cert *const *all, size_t count, const struct ks_cert *cert)
{
    for (size_t i = 0; i < count; i++)
        if (ks_slice_equal(ks_cert_der(all[i]), ks_cert_der(cert)))
            return true;
    return false;
}

static const struct ks_cert *end_of(struct ks_doctor *doctor, const struct ks_store *store,
                                    const struct ks_entry *entry, const struct ks_context *context)
{
    struct ks_chain_look look;
    const struct ks_cert *end = NULL;
    if (!ks_chain_examine(doctor, store, entry, context, &look))
        return NULL;
    if (look.stored_count && !look.best.complete)
        end = ks_path_end(&look.best, look.stored[look.leaf]);
    ks_chain_look_drop(&look);
    return end;
}

size_t ks_aia_lacking(struct ks_doctor *doctor, const struct ks_store *store,
                      const struct ks_entry *entry, const struct ks_context *context,
                      const struct ks_cert **out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < ks_store_count(store) && count < most; i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if ((entry && e != entry) || e->kind != KS_KIND_KEY)
            continue;
        const struct ks_cert *end = end_of(doctor, store, e, context);
        if (end && !is_there(out, count, end))
            out[count++] = end;
    }
    return count;
}
