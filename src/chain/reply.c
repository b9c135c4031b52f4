#include "chain/reply.h"

#include "base/alloc.h"
#include "chain/issuer.h"
#include "chain/refusers.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/host.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_COMPARED 200 /* names of a certificate that another one is to have, too */

/* ---- better ---- */

bool ks_reply_wanted(const struct ks_cert *present, int64_t now)
{
    return !present || present->flags & KS_CERT_SELF_ISSUED || !ks_cert_is_valid(present, now);
}

/* The certificate by which another CA vouches for a root does not take the root's place. */
static bool is_cross(const struct ks_cert *c, const struct ks_cert *present)
{
    return c->flags & KS_CERT_CA && present && present->flags & KS_CERT_SELF_ISSUED &&
           present->flags & KS_CERT_CA;
}

bool ks_reply_improves(const struct ks_cert *c, const struct ks_cert *present, int64_t now)
{
    if (c->flags & KS_CERT_SELF_ISSUED || !ks_cert_is_valid(c, now) || is_cross(c, present))
        return false;
    return ks_reply_wanted(present, now) && !(present && ks_cert_same(c, present));
}

/* ---- as good ---- */

/* A name of a certificate as a host; what is under a wildcard is asked for by one that is. */
static char *host_of(const struct ks_tlv *name)
{
    const uint8_t *at = name->body.data;
    struct ks_buf out = KS_BUF_INIT;

    if (name->tag == KS_DER_CONTEXT(2) && name->body.len > 2 && memcmp(at, "*.", 2) == 0)
        return ks_asprintf("any.%.*s", (int)(name->body.len - 2), (const char *)at + 2);
    if (name->tag == KS_DER_CONTEXT(2))
        return ks_asprintf("%.*s", (int)name->body.len, (const char *)at);
    for (size_t i = 0; name->body.len == 4 && i < 4; i++)
        ks_buf_printf(&out, "%s%u", i ? "." : "", at[i]);
    for (size_t i = 0; name->body.len == 16 && i < 16; i += 2)
        ks_buf_printf(&out, "%s%x", i ? ":" : "", (unsigned)(at[i] << 8 | at[i + 1]));
    return ks_buf_steal(&out);
}

/* The DNS names and addresses of one are those of the other, too. */
bool ks_reply_covers_names(const struct ks_cert *c, const struct ks_cert *present)
{
    static const uint8_t oid[] = {0x55, 0x1d, 0x11};
    struct ks_ext ext;
    struct ks_tlv list, name;
    bool covered = true;

    if (!ks_ext_find(ks_cert_part(present, present->exts), ks_slice(oid, sizeof oid), &ext) ||
        !ks_der_expect(&ext.value, KS_DER_SEQUENCE, &list))
        return true;
    for (size_t i = 0; i < NAMES_COMPARED && covered && ks_der_next(&list.body, &name); i++) {
        if (name.tag != KS_DER_CONTEXT(2) && name.tag != KS_DER_CONTEXT(7))
            continue;
        char *host = name.body.len < 300 ? host_of(&name) : NULL;
        covered = !host || ks_cert_answers_for(present, host) != KS_HOST_MATCH ||
                  ks_cert_answers_for(c, host) == KS_HOST_MATCH;
        free(host);
    }
    return covered;
}

static enum ks_purpose use_of(const struct ks_replying *r, const struct ks_cert *present)
{
    if (r->purpose != KS_PURPOSE_AUTO)
        return r->purpose;
    bool nobodys = present && ks_refusers_of_use(present, KS_PURPOSE_SERVER) == KS_CLIENT_ALL;
    return nobodys ? KS_PURPOSE_CLIENT : KS_PURPOSE_SERVER;
}

bool ks_reply_serves(const struct ks_replying *r, const struct ks_cert *c,
                     const struct ks_cert *present)
{
    return ks_cert_allows(c, use_of(r, present));
}

/* Somebody who takes the present one for the purpose refuses the other. */
static bool loses(const struct ks_cert *c, const struct ks_cert *present, enum ks_purpose purpose)
{
    return ks_refusers_of_use(c, purpose) & ~ks_refusers_of_use(present, purpose);
}

/* Each use that the present one names; where it names none, it is asked for none but its own. */
static bool covers_uses(const struct ks_cert *c, const struct ks_cert *present)
{
    static const uint8_t oid[] = {0x55, 0x1d, 0x25};
    static const enum ks_purpose uses[] = {KS_PURPOSE_SERVER, KS_PURPOSE_CLIENT};
    struct ks_ext ext;

    if (!ks_ext_find(ks_cert_part(present, present->exts), ks_slice(oid, sizeof oid), &ext))
        return true;
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        if (loses(c, present, uses[i]))
            return false;
    return true;
}

/* Nothing that works now may fail with it: its use, and the hosts that are asked for; unasked, all
 * its names. */
bool ks_reply_may_take_place(const struct ks_replying *r, const struct ks_cert *c,
                             const struct ks_cert *present)
{
    if (!present || present->flags & KS_CERT_BROKEN)
        return true;
    if (loses(c, present, use_of(r, present)))
        return false;
    for (size_t i = 0; i < r->host_count; i++) {
        const char *host = r->hosts[i];
        if (ks_cert_answers_for(present, host) == KS_HOST_MATCH &&
            ks_cert_answers_for(c, host) != KS_HOST_MATCH)
            return false;
    }
    return r->named || (ks_reply_covers_names(c, present) && covers_uses(c, present) &&
                        (present->flags & KS_CERT_CA || !(c->flags & KS_CERT_CA)));
}
