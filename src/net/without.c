/* A ksx that was built without network: everything that would connect says so. */
#include "net/http.h"

static const char words[] = "this ksx was built without network";

bool ks_network(void)
{
    return false;
}

const char *ks_network_words(void)
{
    return words;
}

enum ks_code ks_no_network(const char *what, struct ks_error *err)
{
    ks_fail(err, KS_ERR_UNSUPPORTED, "no-network", "%.200s was not done: %s", what, words);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "a ksx that was built with libcurl can (KSX_NETWORK)");
}

enum ks_code ks_dial(const struct ks_target *target, const struct ks_dialing *how,
                     struct ks_job *job, struct ks_wire **out, struct ks_error *err)
{
    (void)target;
    (void)how;
    (void)job;
    *out = NULL;
    return ks_no_network("connecting", err);
}

enum ks_code ks_fetch(const struct ks_fetch *fetch, struct ks_job *job, struct ks_buf *out,
                      struct ks_error *err)
{
    (void)fetch;
    (void)job;
    (void)out;
    return ks_no_network("fetching", err);
}
