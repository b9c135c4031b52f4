#include "report/made.h"

#include "base/alloc.h"
#include "report/section.h"
#include "x509/name.h"
#include "x509/profile.h"

#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

void report_add(struct report *r, enum report_role role, const char *label, const char *value)
{
    struct making m = {.out = r};
    line_add(&m, role, label, value);
}

void report_append(struct report *r, struct report *more)
{
    size_t total = r->count + more->count;
    if (total > r->cap) {
        r->lines = ks_realloc(r->lines, total * sizeof *r->lines);
        r->cap = total;
    }
    if (more->count)
        memcpy(&r->lines[r->count], more->lines, more->count * sizeof *more->lines);
    r->count = total;
    more->count = 0;
    report_free(more);
}

/* ---- what it says ---- */

static void add_fact(void *ctx, const char *label, const char *text)
{
    line_add(ctx, REPORT_TEXT, label, text);
}

static void add_profile(struct making *m, struct ks_slice exts)
{
    struct ks_profile profile;
    ks_profile_read(exts, &profile);
    ks_profile_words(&profile, add_fact, m);
    ks_profile_drop(&profile);
}

/* In full: it is looked at for the last time. */
static void add_name(struct making *m, const char *label, struct ks_slice name)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(name, &text);
    if (!text.len)
        ks_buf_str(&text, "(empty)");
    line_take(m, REPORT_TEXT, label, &text);
}

static void add_validity(struct making *m, const struct ks_cert *c)
{
    char from[24], until[24];
    line_printf(m, REPORT_TEXT, "Valid", "%s .. %s UTC, %lld days",
                ks_time_human(c->not_before, from), ks_time_human(c->not_after, until),
                (long long)((c->not_after - c->not_before + KS_DAY / 2) / KS_DAY));
}

static void add_signature(struct making *m, struct ks_slice sig_alg)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_sig_alg_text(sig_alg, &text);
    line_take(m, REPORT_TEXT, "Signature", &text);
}

static void add_fingerprint(struct making *m, const struct ks_cert *c)
{
    uint8_t digest[32];
    ks_cert_sha256(c, digest);
    line_hex(m, "SHA-256", ks_slice(digest, sizeof digest));
}

void report_made_certificate(const struct ks_cert *c, struct report *out)
{
    struct making m = {.out = out, .now = ks_now()};
    struct ks_buf text = KS_BUF_INIT;
    *out = (struct report){0};
    add_name(&m, "Subject", ks_cert_part(c, c->subject));
    add_name(&m, "Issuer", ks_cert_part(c, c->issuer));
    add_validity(&m, c);
    ks_cert_key_text(c, &text);
    line_take(&m, REPORT_TEXT, "Key", &text);
    add_profile(&m, ks_cert_part(c, c->exts));
    add_signature(&m, ks_cert_part(c, c->sig_alg));
    ks_cert_serial_hex(c, &text);
    line_take(&m, REPORT_TEXT, "Serial", &text);
    add_fingerprint(&m, c);
}

void report_made_request(const struct ks_request *r, struct report *out)
{
    struct making m = {.out = out, .now = ks_now()};
    struct ks_buf text = KS_BUF_INIT;
    enum ks_verdict verdict = ks_request_verify(r);
    *out = (struct report){0};
    add_name(&m, "Subject", r->subject);
    ks_spki_describe(r->spki, &text);
    line_take(&m, REPORT_TEXT, "Key", &text);
    add_profile(&m, r->exts);
    add_signature(&m, r->sig_alg);
    line_add(&m, verdict == KS_VERDICT_BAD ? REPORT_FAILURE : REPORT_TEXT, "Verifies",
             verdict == KS_VERDICT_GOOD  ? "yes, with its own key"
             : verdict == KS_VERDICT_BAD ? "NO"
                                         : "? (not available here)");
    if (r->has_challenge)
        line_add(&m, REPORT_CAUTION, "Challenge", "a password in clear text, not shown");
}
