/* Revocation lists: whether an open issuer signed one, what it lists, and who is on one. */
#include "report/section.h"

#include "base/text.h"
#include "x509/name.h"

/* ---- its signature ---- */

struct signer {
    const struct ks_entry *entry;
    const struct ks_store *store;
    enum ks_verdict verdict;
};

/* A CA may have had several keys under its name: one that verifies wins. */
static void look_for_signer(const struct ks_store *s, const struct ks_crl *crl, struct signer *out)
{
    size_t count = ks_store_count(s);
    for (size_t i = 0; i < count && i < REPORT_LOOKED; i++) {
        const struct ks_entry *e = ks_store_entry(s, i);
        for (uint32_t k = 0; k < e->chain_len && k < REPORT_CERTS; k++) {
            const struct ks_cert *c = &e->chain[k];
            if (out->verdict == KS_VERDICT_GOOD || (c->flags & KS_CERT_BROKEN) ||
                !ks_name_equal(ks_cert_part(c, c->subject), crl->issuer))
                continue;
            out->verdict = ks_crl_verify(crl, ks_cert_part(c, c->spki));
            out->entry = e;
            out->store = s;
        }
    }
}

void report_crl_signature(struct making *m, const struct ks_crl *crl)
{
    struct signer by = {.verdict = KS_VERDICT_UNKNOWN};
    look_for_signer(m->store, crl, &by);
    for (size_t i = 0; i < m->of->all_count; i++)
        if (m->of->all[i] != m->store)
            look_for_signer(m->of->all[i], crl, &by);
    if (!by.entry)
        line_add(m, REPORT_TEXT, "Verifies", "not tested: its issuer is in no open file");
    else if (by.verdict == KS_VERDICT_UNKNOWN)
        line_add(m, REPORT_TEXT, "Verifies", "? (not available here)");
    else
        line_printf(m, by.verdict == KS_VERDICT_GOOD ? REPORT_TEXT : REPORT_FAILURE, "Verifies",
                    "%s with the key of %s in %s",
                    by.verdict == KS_VERDICT_GOOD ? "yes," : "NO, not", by.entry->alias,
                    report_store_name(by.store));
}

/* ---- what it lists ---- */

static void add_revoked(struct making *m, const struct ks_revoked *r)
{
    struct ks_buf text = KS_BUF_INIT;
    char date[16];
    ks_serial_hex(r->serial, &text);
    ks_buf_printf(&text, "  %s", r->date == KS_TIME_NONE ? "-" : ks_time_date(r->date, date));
    if (r->reason >= 0)
        ks_buf_printf(&text, "  %s", ks_crl_reason(r->reason));
    if (r->other_issuer)
        ks_buf_str(&text, "  (of another issuer)");
    line_take(m, REPORT_VERBATIM, "", &text);
}

void report_crl_entries(struct making *m, const struct ks_crl *crl)
{
    struct ks_slice entries = crl->entries;
    struct ks_revoked r;
    size_t count = 0;
    if (crl->revoked == 0)
        return;
    line_blank(m);
    line_heading(m, "Revoked serial numbers");
    while (count < KS_CRL_SHOWN && ks_crl_next(&entries, &r)) {
        add_revoked(m, &r);
        count++;
    }
    if (count < crl->revoked)
        line_sentence(m, 0, "and %zu more", crl->revoked - count);
}

/* ---- who is on one ---- */

#define LISTS_LOOKED 2000 /* entries of a file: a held cursor key asks for every row */

static bool revoked_in(struct making *m, const struct ks_store *s, const struct ks_cert *c)
{
    size_t count = ks_store_count(s);
    for (size_t i = 0; i < count && i < LISTS_LOOKED; i++) {
        const struct ks_entry *e = ks_store_entry(s, i);
        struct ks_crl crl;
        struct ks_revoked r;
        char date[16];
        if (e->kind != KS_KIND_CRL || !ks_crl_skim(e->key, &crl) ||
            !ks_name_equal(crl.issuer, ks_cert_part(c, c->issuer)) ||
            !ks_crl_lists(&crl, ks_cert_part(c, c->serial), &r))
            continue;
        line_printf(m, REPORT_FAILURE, "Revoked", "on %s%s%s, says %s in %s",
                    r.date == KS_TIME_NONE ? "?" : ks_time_date(r.date, date),
                    r.reason >= 0 ? ": " : "", ks_crl_reason(r.reason), e->alias,
                    report_store_name(s));
        return true;
    }
    return false;
}

void report_revoked(struct making *m, const struct ks_cert *c)
{
    if (revoked_in(m, m->store, c))
        return;
    for (size_t i = 0; i < m->of->all_count; i++)
        if (m->of->all[i] != m->store && revoked_in(m, m->of->all[i], c))
            return;
}
