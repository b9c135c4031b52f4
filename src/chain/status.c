#include "chain/status.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

void ks_status_drop(struct ks_status *s)
{
    free(s->from);
    free(s->why);
    *s = (struct ks_status){0};
}

const char *ks_status_name(enum ks_status_word word)
{
    static const char *const names[] = {
        [KS_STATUS_UNKNOWN] = "unknown",
        [KS_STATUS_GOOD] = "good",
        [KS_STATUS_REVOKED] = "revoked",
        [KS_STATUS_FOREIGN] = "foreign",
    };
    return names[word];
}

bool ks_status_was_asked(const struct ks_status *s)
{
    return s->from && strstr(s->from, "://");
}

void ks_status_source(const struct ks_status *s, struct ks_buf *out)
{
    char time[24];

    ks_buf_printf(out, ", says %s", s->from ? s->from : "its CA");
    if (ks_status_was_asked(s))
        ks_buf_printf(out, ", asked %s", ks_time_human(s->asked, time));
}

void ks_status_good_text(const struct ks_status *s, struct ks_buf *out)
{
    char time[24];

    ks_buf_byte(out, '\'');
    ks_name_label(ks_cert_part(s->cert, s->cert->subject), out);
    ks_buf_str(out, "' is not revoked");
    ks_status_source(s, out);
    if (s->until != KS_TIME_NONE)
        ks_buf_printf(out, ", until %s", ks_time_human(s->until, time));
    if (s->why)
        ks_buf_printf(out, " (%s)", s->why);
}

/* ---- many ---- */

/* A certificate with its bytes behind it. */
struct kept {
    struct ks_cert cert;
    uint8_t der[];
};

static const struct ks_cert *keep(const struct ks_cert *cert)
{
    struct kept *kept = ks_alloc(sizeof *kept + cert->len);

    memcpy(kept->der, cert->der, cert->len);
    (void)ks_cert_skim(ks_slice(kept->der, cert->len), &kept->cert);
    return &kept->cert;
}

/* The certificate is the first thing in it. */
static void forget(struct ks_status *s)
{
    free((void *)(uintptr_t)s->cert);
    ks_status_drop(s);
}

void ks_statuses_drop(struct ks_statuses *s)
{
    for (size_t i = 0; i < s->count; i++)
        forget(&s->at[i]);
    free(s->at);
    *s = (struct ks_statuses){0};
}

static size_t place_of(const struct ks_statuses *s, const struct ks_cert *cert)
{
    size_t i = 0;

    while (i < s->count && !ks_slice_equal(ks_cert_der(s->at[i].cert), ks_cert_der(cert)))
        i++;
    return i;
}

const struct ks_status *ks_statuses_of(const struct ks_statuses *s, const struct ks_cert *cert)
{
    size_t i = s ? place_of(s, cert) : 0;

    return s && i < s->count ? &s->at[i] : NULL;
}

static struct ks_status *room_for_one(struct ks_statuses *s)
{
    if (s->count == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 8;
        s->at = ks_realloc(s->at, s->cap * sizeof *s->at);
    }
    s->at[s->count] = (struct ks_status){0};
    return &s->at[s->count++];
}

void ks_statuses_take(struct ks_statuses *s, struct ks_status *status)
{
    if (status->cert->flags & KS_CERT_BROKEN) {
        ks_status_drop(status);
        return;
    }
    const struct ks_cert *own = keep(status->cert);
    size_t i = place_of(s, own);
    struct ks_status *to = i < s->count ? &s->at[i] : room_for_one(s);
    forget(to);
    *to = *status;
    to->cert = own;
    *status = (struct ks_status){0};
}

void ks_statuses_join(struct ks_statuses *to, struct ks_statuses *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct ks_status status = from->at[i];
        ks_statuses_take(to, &status);
        from->at[i] = (struct ks_status){.cert = from->at[i].cert};
    }
    ks_statuses_drop(from);
}

void ks_status_text(const struct ks_status *s, struct ks_buf *out)
{
    char date[24];
    ks_buf_str(out, ks_status_name(s->word));
    if (s->until != KS_TIME_NONE)
        ks_buf_printf(out, " until %s", ks_time_human(s->until, date));
    if (s->why)
        ks_buf_printf(out, ": %s", s->why);
}
