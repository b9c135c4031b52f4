/* What has to be known before the absence of a finding says anything. */
#include "doctor/explain.h"

#include <string.h>

static bool is_one_of(const char *id, const char *const *ids)
{
    while (*ids && strcmp(*ids, id) != 0)
        ids++;
    return *ids != NULL;
}

/* What only the keys themselves tell. */
static bool is_of_keys(const char *id)
{
    static const char *const ids[] = {"STORE-KEYPASS-DIFFERS", "KEY-CERT-MISMATCH", "KEY-DAMAGED",
                                      NULL};
    return is_one_of(id, ids);
}

static bool has_closed_keys(const struct ks_store *store)
{
    if (store->password)
        return false;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e->kind == KS_KIND_KEY && !(e->notes & KS_NOTE_KEY_CLEAR))
            return true;
    }
    return false;
}

static const char *of_store(const char *id, const struct ks_store *store)
{
    if (store->notes & KS_STORE_LOCKED_PARTS)
        return "a part of the keystore is locked: its password opens it";
    if (is_of_keys(id) && has_closed_keys(store))
        return "its keys are locked: the password of the keystore opens them";
    if (store->damage.code != KS_OK)
        return "not all of the keystore could be read";
    return NULL;
}

const char *ks_explain_unasked(const char *id, const struct ks_store *store, enum ks_code failure,
                               const struct ks_context *context)
{
    static const char *const of_reference[] = {"STORE-NO-PUBLIC-CAS", "TRUST-BUNDLE-OLD", NULL};
    if (is_one_of(id, of_reference) && !context->reference)
        return "--trust-reference names the public CAs to compare with";
    if (strcmp(id, "CERT-HOST-MISMATCH") == 0 && !context->host_count)
        return "--host says which name clients ask for";
    if (strcmp(id, "TRUST-CANNOT-ANCHOR") == 0 && !(context->peer && context->peer->count))
        return KS_EXPLAIN_TAKES_CHAIN;
    if (strcmp(id, "KEY-CLIENT-NO-MATCH") == 0 && !(context->peer && context->peer->accept_count))
        return "that takes the names that the server asks for";
    if (store)
        return of_store(id, store);
    return failure == KS_ERR_PASSWORD ? "the keystore is locked: its password opens it"
                                      : "the keystore was not opened";
}
