/* The words that rows, reports and the subcommands share. */
#include "report/section.h"

#include "base/punycode.h"
#include "x509/name.h"

#include <stdio.h>
#include <string.h>

/* ---- days ---- */

#define DAYS_IN_WORDS 1000 /* from here on in years */

/* Every row of a list has one, so they are written without printf. */
static char *put_number(char *at, int64_t number)
{
    char digits[8];
    size_t count = 0;
    for (; count == 0 || (number > 0 && count < sizeof digits); number /= 10)
        digits[count++] = (char)('0' + number % 10);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

/* Rounded toward the bad side: less time left, more time gone, more time to wait. */
static char *put_years(char *at, int64_t days, bool with_sign)
{
    int64_t tenths = (days * 1000 + (with_sign ? 36524 : 0)) / 36525;
    if (tenths < (with_sign ? 100 : 1000)) {
        at = put_number(at, tenths / 10);
        *at++ = '.';
        at = put_number(at, tenths % 10);
    } else if (with_sign && tenths >= 9990) {
        at = put_number(at, 999);
    } else {
        at = put_number(at, tenths / 10 % 100000);
    }
    *at++ = 'y';
    return at;
}

/* `sign` 0: none. */
static void count_text(int64_t days, char sign, char out[static 8])
{
    char *at = out;
    if (sign)
        *at++ = sign;
    if (days >= DAYS_IN_WORDS) {
        at = put_years(at, days, sign != 0);
    } else {
        at = put_number(at, days);
        *at++ = 'd';
    }
    *at = '\0';
}

char *report_days(int64_t not_before, int64_t not_after, int64_t now, char out[static 8])
{
    if (not_after == KS_TIME_NONE) {
        (void)snprintf(out, 8, "-");
        return out;
    }
    int64_t days = ks_days_until(not_after, now);
    if (days < 0)
        count_text(-days, '-', out);
    else if (not_before != KS_TIME_NONE && not_before > now)
        count_text(ks_days_to_start(not_before, now), '+', out);
    else
        count_text(days, 0, out);
    return out;
}

/* Behind nextUpdate a CRL is stale, and clients that check against it refuse: RFC 5280 5.1.2.5. */
int64_t report_entry_expires(const struct ks_entry *e)
{
    struct ks_crl crl;
    if (e->kind != KS_KIND_CRL)
        return ks_entry_expires(e);
    return ks_crl_skim(e->key, &crl) ? crl.next_update : KS_TIME_NONE;
}

bool report_entry_is_locked(const struct ks_entry *e)
{
    return e->kind == KS_KIND_LOCKED || (!e->chain_len && (e->notes & KS_NOTE_LOCKED_CHAIN));
}

bool report_entry_is_judged(const struct ks_entry *e)
{
    return !report_entry_is_locked(e) && (!e->chain_len || ks_entry_expires(e) != KS_TIME_NONE);
}

char *report_entry_days(const struct ks_entry *e, int64_t now, char out[static 8])
{
    int64_t starts = e->chain_len ? e->chain[0].not_before : KS_TIME_NONE;
    return report_days(starts, report_entry_expires(e), now, out);
}

void report_left_text(const struct ks_cert *c, int64_t now, struct ks_buf *out)
{
    if (c->not_after == KS_TIME_NONE) {
        ks_buf_str(out, "not known");
        return;
    }
    char words[40];
    int64_t days = ks_days_until(c->not_after, now);
    if (days < 0)
        ks_buf_printf(out, "expired %s", ks_days_words(days, words));
    else if (c->not_before != KS_TIME_NONE && c->not_before > now)
        ks_buf_printf(out, "starts %s", ks_days_words(ks_days_to_start(c->not_before, now), words));
    else if (c->not_before == KS_TIME_NONE)
        ks_buf_printf(out, "%lld days", (long long)days);
    else
        ks_buf_printf(out, "%lld of %lld days", (long long)days,
                      (long long)((c->not_after - c->not_before + KS_DAY - 1) / KS_DAY));
}

/* ---- states ---- */

static enum report_state state_of(enum ks_severity worst)
{
    static const enum report_state states[] = {REPORT_OK, REPORT_NOTE_, REPORT_WARN, REPORT_ERR};
    return states[worst];
}

/* An entry whose only trouble is that it starts later has a sign of its own: it is judged as of
 * that day. */
static bool is_fine_later(const struct ks_store *s, const struct ks_entry *e, int64_t now)
{
    if (e->chain_len == 0 || e->chain[0].not_before == KS_TIME_NONE || e->chain[0].not_before <= now)
        return false;
    return ks_worst_of_entry(s, e, e->chain[0].not_before) < KS_ERROR;
}

enum report_state report_state_for(const struct ks_store *s, const struct ks_entry *e,
                                   enum ks_severity worst, int64_t now)
{
    if (e->kind == KS_KIND_LOCKED)
        return REPORT_LOCKED;
    if (worst >= KS_WARNING && is_fine_later(s, e, now))
        return REPORT_FUTURE;
    if (worst <= KS_NOTE && (e->notes & KS_NOTE_LOCKED_CHAIN))
        return REPORT_LOCKED;
    if (worst == KS_FINE && e->chain_len == 0)
        return REPORT_NONE;
    return state_of(worst);
}

enum report_state report_entry_state(const struct ks_store *s, const struct ks_entry *e, int64_t now)
{
    return report_state_for(s, e, ks_worst_of_entry(s, e, now), now);
}

enum report_state report_store_state(const struct ks_store *s, int64_t now)
{
    enum ks_severity worst = ks_worst_of_store(s, now);
    bool locked = (s->notes & KS_STORE_LOCKED_PARTS) != 0;
    for (size_t i = 0; i < ks_store_count(s) && worst < KS_ERROR; i++) {
        enum ks_severity w = ks_worst_of_entry(s, ks_store_entry(s, i), now);
        worst = w > worst ? w : worst;
    }
    return worst <= KS_NOTE && locked ? REPORT_LOCKED : state_of(worst);
}

const char *report_state_word(enum report_state s)
{
    static const char *const words[] = {"ok", "note", "warning", "error", "future", "locked", "none"};
    return words[s];
}

const char *report_state_glyph(enum report_state s, bool ascii)
{
    static const char *const glyphs[][2] = {
        [REPORT_OK] = {"\xe2\x9c\x93", "+"},  [REPORT_NOTE_] = {"\xc2\xb7", "."},
        [REPORT_WARN] = {"!", "!"},           [REPORT_ERR] = {"\xe2\x9c\x97", "X"},
        [REPORT_FUTURE] = {"\xc2\xbb", ">"},  [REPORT_LOCKED] = {"?", "?"},
        [REPORT_NONE] = {"-", "-"},
    };
    return glyphs[s][ascii];
}

const char *report_integrity_words(const struct ks_store *s)
{
    switch (s->integrity) {
    case KS_INTEGRITY_VERIFIED:
        return "integrity verified";
    case KS_INTEGRITY_UNVERIFIED:
        return "integrity not checked";
    case KS_INTEGRITY_BAD:
        for (size_t i = 0; i < s->fact_count; i++)
            if (strcmp(s->facts[i].label, "Integrity") == 0 && strstr(s->facts[i].text, "checked"))
                return "integrity not checked";
        return "integrity check FAILED";
    case KS_INTEGRITY_UNKNOWN:
        return "integrity cannot be checked here";
    case KS_INTEGRITY_NONE:
        break;
    }
    return "";
}

enum report_role report_role_of(enum ks_severity severity)
{
    static const enum report_role roles[] = {REPORT_FINE, REPORT_REMARK, REPORT_CAUTION,
                                             REPORT_FAILURE};
    return roles[severity];
}

/* ---- sizes, counts, names ---- */

char *report_size(uint64_t bytes, char out[static 16])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        (void)snprintf(out, 16, "%u B", (unsigned)bytes);
        return out;
    }
    size_t unit = 0;
    uint64_t whole = bytes, rest = 0;
    for (; whole >= 1024 && unit < 6; unit++) {
        rest = whole % 1024;
        whole /= 1024;
    }
    unsigned tenths = (unsigned)(rest * 10 / 1024);
    if (tenths)
        (void)snprintf(out, 16, "%u.%u %s", (unsigned)whole, tenths, units[unit - 1]);
    else
        (void)snprintf(out, 16, "%u %s", (unsigned)whole, units[unit - 1]);
    return out;
}

static void count_part(size_t count, const char *one, const char *many, struct ks_buf *out)
{
    if (count == 0)
        return;
    if (out->len)
        ks_buf_str(out, ", ");
    ks_buf_printf(out, "%zu %s", count, count == 1 ? one : many);
}

void report_count_text(const struct ks_findings *f, struct ks_buf *out)
{
    size_t counts[4] = {0};
    for (size_t i = 0; i < f->count; i++)
        counts[f->items[i].severity]++;
    count_part(counts[KS_ERROR], "error", "errors", out);
    count_part(counts[KS_WARNING], "warning", "warnings", out);
    count_part(counts[KS_NOTE], "note", "notes", out);
    if (out->len == 0)
        ks_buf_str(out, "no findings");
}

const char *report_store_name(const struct ks_store *s)
{
    const char *slash = strrchr(s->path, '/');
    return slash && slash[1] ? slash + 1 : s->path;
}

void report_serial_text(const struct ks_cert *c, struct ks_buf *out)
{
    struct ks_buf hex = KS_BUF_INIT;
    ks_cert_serial_hex(c, &hex);
    for (size_t at = 0; at < hex.len; at += 8) {
        if (at)
            ks_buf_byte(out, ' ');
        ks_buf_slice(out, ks_slice_part(ks_slice(hex.data, hex.len), at, 8));
    }
    ks_buf_free(&hex);
}

void report_host_text(const char *name, size_t len, struct ks_buf *out)
{
    struct ks_buf decoded = KS_BUF_INIT;
    const char *colon = memchr(name, ':', len);
    size_t kind = colon ? (size_t)(colon - name) + 1 : 0; /* "dns:" is said once */
    ks_buf_append(out, name, len);
    if (ks_punycode_host(name + kind, len - kind, &decoded)) {
        ks_buf_str(out, " (");
        ks_buf_append(out, decoded.data, decoded.len);
        ks_buf_byte(out, ')');
    }
    ks_buf_free(&decoded);
}

bool report_entry_spki(const struct ks_entry *e, struct ks_slice *out)
{
    struct ks_request request;
    if (e->chain_len > 0 && !(e->chain[0].flags & KS_CERT_BROKEN)) {
        *out = ks_cert_part(&e->chain[0], e->chain[0].spki);
        return out->len > 0;
    }
    if (e->kind == KS_KIND_PUBLIC) {
        *out = e->key;
        return out->len > 0;
    }
    if (e->kind != KS_KIND_REQUEST || !ks_request_skim(e->key, &request))
        return false;
    *out = request.spki;
    return out->len > 0;
}
