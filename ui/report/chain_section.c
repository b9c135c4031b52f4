/* Section 2: the certificates of an entry, how they hang together, and what would complete them. */
#include "report/section.h"

#include "base/text.h"
#include "x509/name.h"

#include <stdio.h>
#include <string.h>

#define DETAIL_INDENT 5

/* ---- sources of a missing issuer ---- */

static bool find_in(struct ks_store *const *stores, size_t count, const struct ks_cert *child,
                    struct report_source *out)
{
    size_t store = 0, cert = 0;
    const struct ks_entry *e = ks_chain_candidate(child, stores, count, &store, &cert);
    if (!e)
        return false;
    *out = (struct report_source){stores[store], e, &e->chain[cert]};
    return true;
}

bool report_find_issuer(const struct making *m, const struct ks_cert *child,
                        struct report_source *out)
{
    /* The search reads only; its array of stores is not const because the front end's is not. */
    struct ks_store *own = (struct ks_store *)(uintptr_t)m->store;
    return find_in(&own, 1, child, out) ||
           (m->of->all && find_in(m->of->all, m->of->all_count, child, out));
}

static bool is_root(const struct ks_cert *c)
{
    return (c->flags & KS_CERT_SELF_ISSUED) && ks_cert_may_issue(c, c);
}

/* How long the chain would be: along the candidates up to a root. 0 when they do not lead to one:
 * then nobody knows how many there are. */
static size_t whole_length(const struct making *m, const struct ks_chain *chain)
{
    const struct ks_cert *last = &m->entry->chain[chain->missing_after];
    for (size_t step = 1; step <= REPORT_CERTS; step++) {
        struct report_source next;
        if (!report_find_issuer(m, last, &next))
            return 0;
        last = next.cert;
        if (is_root(last))
            return chain->walked + step;
    }
    return 0;
}

/* A leaf alone lacks its issuer; behind an issuer most often only the root is missing. */
static void add_incomplete(const struct making *m, const struct ks_chain *chain,
                           struct ks_buf *out)
{
    size_t whole = whole_length(m, chain);
    bool issuer = chain->walked == 1 || whole > chain->walked + 1;
    ks_buf_printf(out, "%zu ", chain->walked);
    if (whole)
        ks_buf_printf(out, "of %zu ", whole);
    ks_buf_str(out, issuer ? "present, issuer missing" : "present, root not stored");
}

void report_chain_text(const struct making *m, const struct ks_chain *chain, struct ks_buf *out)
{
    if (chain->present == 0) {
        ks_buf_str(out, m->entry->notes & KS_NOTE_LOCKED_CHAIN ? "locked" : "none");
        return;
    }
    if (m->entry->chain[0].flags & KS_CERT_BROKEN) {
        ks_buf_str(out, "the first certificate is not readable");
        return;
    }
    if (chain->complete && chain->present == 1)
        ks_buf_str(out, "1 certificate, self-signed");
    else if (chain->complete)
        ks_buf_printf(out, "%zu of %zu present, complete", chain->walked, chain->walked);
    else
        add_incomplete(m, chain, out);
    if (!chain->ordered)
        ks_buf_str(out, ", out of order");
    if (chain->extras)
        ks_buf_printf(out, ", %zu unrelated", chain->extras);
}

/* ---- one line a certificate ---- */

static void add_key_id(const struct ks_cert *c, struct ks_span id, struct ks_buf *out)
{
    ks_text_hex(ks_slice_part(ks_cert_part(c, id), 0, 4), ':', true, out);
    if (id.len > 4)
        ks_buf_str(out, ks_text_sign(KS_SIGN_CUT));
}

/* The stored certificate that issued number `of`: the next one first. */
static const struct ks_cert *stored_issuer(const struct ks_entry *e, size_t of)
{
    size_t count = e->chain_len < 64 ? e->chain_len : 64;
    const struct ks_cert *c = &e->chain[of];
    if ((c->flags & KS_CERT_SELF_ISSUED) && ks_cert_may_issue(c, c))
        return c;
    for (size_t step = 1; step < count; step++) {
        const struct ks_cert *i = &e->chain[(of + step) % count];
        if (!(i->flags & KS_CERT_BROKEN) && ks_cert_may_issue(i, c))
            return i;
    }
    return NULL;
}

static void add_signer(struct making *m, size_t index)
{
    const struct ks_cert *c = &m->entry->chain[index];
    const struct ks_cert *issuer = stored_issuer(m->entry, index);
    struct ks_buf text = KS_BUF_INIT;
    enum report_role role = REPORT_PLAIN;
    ks_buf_str(&text, "signed by: ");
    if (issuer == c)
        ks_buf_str(&text, "itself");
    else
        ks_name_label(ks_cert_part(c, c->issuer), &text);
    if (issuer) {
        enum ks_verdict v = ks_cert_verify(c, ks_cert_part(issuer, issuer->spki));
        ks_buf_str(&text, v == KS_VERDICT_GOOD  ? ", verifies"
                          : v == KS_VERDICT_BAD ? ", does NOT verify"
                                                : ", not checked: algorithm not available here");
        role = v == KS_VERDICT_BAD ? REPORT_FAILURE : role;
    }
    line_take(m, role, "", &text);
    line_last(m)->indent = DETAIL_INDENT;
}

static void add_certificate(struct making *m, size_t index)
{
    const struct ks_cert *c = &m->entry->chain[index];
    struct ks_buf text = KS_BUF_INIT;
    char days[8];
    if (c->flags & KS_CERT_BROKEN) {
        line_printf(m, REPORT_FAILURE, "", "%zu      -  (not readable, %u bytes)", index, c->len);
        return;
    }
    ks_buf_printf(&text, "%zu  %5s  ", index,
                  report_days(c->not_before, c->not_after, m->now, days));
    ks_name_text(ks_cert_part(c, c->subject), &text);
    enum ks_severity worst = ks_worst_of_cert(c, m->now);
    if (m->entry->kind != KS_KIND_KEY &&
        worst > report_worst(m->of->diagnosis, m->store, m->entry, m->now))
        worst = report_worst(m->of->diagnosis, m->store, m->entry, m->now); /* an anchor is judged milder */
    line_take(m, report_role_of(worst), "", &text);
    line_last(m)->shape = REPORT_DN;
    if (index < REPORT_CERTS)
        add_signer(m, index);
}

static void add_certificates(struct making *m)
{
    size_t count = m->entry->chain_len;
    line_heading(m, "st #   days  subject");
    for (size_t i = 0; i < count && i < REPORT_LISTED; i++)
        add_certificate(m, i);
    if (count > REPORT_LISTED)
        line_sentence(m, 0, "%zu more are not shown.", count - REPORT_LISTED);
}

/* ---- what is missing ---- */

static void add_missing(struct making *m, const struct ks_chain *chain)
{
    const struct ks_cert *last = &m->entry->chain[chain->missing_after];
    struct ks_buf text = KS_BUF_INIT;
    bool leaf_only = chain->walked == 1;
    if (last->aki.len) {
        ks_buf_str(&text, "AKI ");
        add_key_id(last, last->aki, &text);
        ks_buf_str(&text, " not in this chain");
        line_take(m, REPORT_PLAIN, "", &text);
        line_last(m)->indent = DETAIL_INDENT;
    }
    ks_buf_printf(&text, "%u      -  (missing) ", m->entry->chain_len);
    ks_name_text(ks_cert_part(last, last->issuer), &text);
    line_take(m, leaf_only ? REPORT_FAILURE : REPORT_REMARK, "", &text);
    line_last(m)->shape = REPORT_DN;
}

void report_fixed_with(struct making *m, const struct ks_chain *chain)
{
    const struct ks_cert *last = &m->entry->chain[chain->missing_after];
    struct report_source s;
    if (!report_find_issuer(m, last, &s)) {
        line_sentence(m, 0, "Could be fixed with: nothing in the open keystores");
        return;
    }
    bool good = ks_cert_verify(last, ks_cert_part(s.cert, s.cert->spki)) == KS_VERDICT_GOOD;
    bool id = last->aki.len && s.cert->ski.len;
    line_sentence(m, 0, "Could be fixed with: %s", report_store_name(s.store));
    line_sentence(m, 2, "alias %s (matches %s%s)", s.entry->alias, id ? "AKI" : "name",
                  good ? " and signature" : ", but NOT the signature");
}

static void add_verdicts(struct making *m, const struct ks_chain *chain)
{
    line_blank(m);
    line_sentence(m, 0, "Trust path: %s",
                  !chain->complete      ? "not complete"
                  : chain->walked == 1 ? "ends at itself (self-signed)"
                                       : "complete, up to a root");
    line_sentence(m, 0, "Order: %s", chain->ordered ? "leaf first, correct" : "out of order");
    if (chain->extras)
        line_sentence(m, 0, "Extra certificates: %zu", chain->extras);
    else
        line_sentence(m, 0, "Extra certificates: none");
    if (m->entry->notes & KS_NOTE_CHAIN_REBUILT)
        line_sentence(m, 0, "PKCS#12 keeps certificates, not chains; this is the chain that Java "
                            "builds from them.");
    if (!chain->complete && chain->missing_after >= 0)
        report_fixed_with(m, chain);
}

static void add_single(struct making *m)
{
    struct report_source s;
    bool self = m->cert && (m->cert->flags & KS_CERT_SELF_ISSUED);
    line_blank(m);
    line_sentence(m, 0, m->entry->kind == KS_KIND_TRUSTED
                            ? "A trusted certificate stands for itself: no chain is stored."
                            : "This certificate is stored by itself, without a chain.");
    if (m->cert && !self && report_find_issuer(m, m->cert, &s))
        line_sentence(m, 0, "Its issuer is here: %s in %s", s.entry->alias,
                      report_store_name(s.store));
}

void report_chain(struct making *m)
{
    const struct ks_entry *e = m->entry;
    struct ks_chain chain;
    if (e->chain_len == 0) {
        line_sentence(m, 0, e->notes & KS_NOTE_LOCKED_CHAIN
                                ? "Its certificates are locked: the keystore password opens them."
                            : e->kind == KS_KIND_KEY
                                ? "This key has no certificate, so it has no chain."
                                : "Only certificates form a chain, and this entry has none.");
        return;
    }
    add_certificates(m);
    if (e->kind != KS_KIND_KEY) {
        add_single(m);
        return;
    }
    ks_chain_look(e, &chain);
    bool readable = !(e->chain[0].flags & KS_CERT_BROKEN);
    if (readable && chain.missing_after >= 0)
        add_missing(m, &chain);
    if (readable)
        add_verdicts(m, &chain);
}
