/* Section 3: every field of one certificate, request or revocation list. */
#include "report/section.h"

#include "base/text.h"
#include "x509/name.h"
#include "x509/oid.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DUMP_LINES 2000

static const char *structure_hint(const struct making *m)
{
    return m->of->terminal ? "x shows its structure." : "--raw shows its structure.";
}

/* One relative distinguished name a line, in the order in which the whole name is written. */
static void add_rdn(struct making *m, const char *label, const struct ks_name_part *parts,
                    size_t count)
{
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        ks_buf_str(&text, i ? "+" : "");
        ks_oid_text(parts[i].type, &text);
        ks_buf_byte(&text, '=');
        report_host_text(parts[i].value, parts[i].value_len, &text);
        ks_buf_str(&text, parts[i].decodable ? "" : " (not valid in its string type)");
    }
    line_take(m, REPORT_TEXT, label, &text);
}

static void add_name(struct making *m, const char *label, struct ks_slice name)
{
    struct ks_name_part *parts;
    size_t count = ks_name_parts(name, &parts);
    if (count == 0)
        line_dn(m, label, name);
    for (size_t end = count; end > 0;) {
        size_t start = end - 1;
        while (start > 0 && parts[start].joined)
            start--;
        add_rdn(m, end == count ? label : "", parts + start, end - start);
        end = start;
    }
    ks_name_parts_free(parts, count);
}

/* Local time in brackets: the one place where an administrator compares with a wall clock. */
static void local_time(int64_t seconds, char *out, size_t size)
{
    time_t when = (time_t)seconds;
    struct tm tm;
    out[0] = 0;
    if (!localtime_r(&when, &tm) || tm.tm_gmtoff == 0)
        return;
    if (strftime(out, size, " (%Y-%m-%d %H:%M:%S %z)", &tm) == 0)
        out[0] = 0;
}

static void add_time(struct making *m, const char *label, int64_t seconds)
{
    char utc[24], local[64];
    if (seconds == KS_TIME_NONE) {
        line_add(m, REPORT_CAUTION, label, "not a date that can be read");
        return;
    }
    local_time(seconds, local, sizeof local);
    line_printf(m, REPORT_TEXT, label, "%s UTC%s", ks_time_human(seconds, utc), local);
}

static void add_serial(struct making *m, const struct ks_cert *c)
{
    struct ks_buf text = KS_BUF_INIT;
    report_serial_text(c, &text);
    ks_buf_str(&text, " (dec ");
    ks_cert_serial_dec(c, &text);
    ks_buf_str(&text, ")");
    line_take(m, REPORT_TEXT, "Serial", &text);
    ks_cert_serial_hex(c, &text);
    line_last(m)->full = ks_buf_steal(&text);
}

static void add_public_key(struct making *m, struct ks_slice spki)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_spki_describe(spki, &text);
    line_take(m, REPORT_TEXT, "Public key", &text);
}

/* One alternative name a line. */
static void add_names(struct making *m)
{
    struct ks_buf names = KS_BUF_INIT;
    const char *label = "Names";
    ks_cert_san(m->cert, &names);
    for (size_t at = 0; at < names.len;) {
        const char *start = (const char *)names.data + at;
        const char *end = memchr(start, '\n', names.len - at);
        size_t len = end ? (size_t)(end - start) : names.len - at;
        struct ks_buf text = KS_BUF_INIT;
        report_host_text(start, len, &text);
        line_take(m, REPORT_TEXT, label, &text);
        label = "";
        at += len + 1;
    }
    ks_buf_free(&names);
}

static const struct ks_cert *issuer_of(struct making *m, bool *elsewhere)
{
    const struct ks_cert *c = m->cert;
    struct report_source source;
    for (size_t i = 0; i < m->entry->chain_len && i < 64; i++) {
        const struct ks_cert *other = &m->entry->chain[i];
        if (!(other->flags & KS_CERT_BROKEN) && ks_cert_may_issue(other, c))
            return other;
    }
    *elsewhere = true;
    return report_find_issuer(m, c, &source) ? source.cert : NULL;
}

static void add_signature(struct making *m)
{
    struct ks_buf text = KS_BUF_INIT;
    bool elsewhere = false;
    const struct ks_cert *issuer = issuer_of(m, &elsewhere);
    enum report_role role = REPORT_TEXT;
    ks_cert_signature_text(m->cert, &text);
    if (!issuer) {
        ks_buf_str(&text, ", verifies: ? (issuer missing)");
    } else {
        enum ks_verdict v = ks_cert_verify(m->cert, ks_cert_part(issuer, issuer->spki));
        ks_buf_str(&text, v == KS_VERDICT_GOOD  ? ", verifies: yes"
                          : v == KS_VERDICT_BAD ? ", verifies: NO"
                                                : ", verifies: ? (not available here)");
        if (v == KS_VERDICT_GOOD && elsewhere)
            ks_buf_str(&text, " (issuer outside the chain)");
        role = v == KS_VERDICT_BAD ? REPORT_FAILURE : role;
    }
    line_take(m, role, "Signature", &text);
}

static void add_fingerprints(struct making *m)
{
    uint8_t sha1[20], sha256[32];
    ks_cert_sha1(m->cert, sha1);
    ks_cert_sha256(m->cert, sha256);
    line_hex(m, "SHA-1", ks_slice(sha1, sizeof sha1));
    line_hex(m, "SHA-256", ks_slice(sha256, sizeof sha256));
}

static void add_flags(struct making *m)
{
    uint32_t flags = m->cert->flags;
    if (flags & KS_CERT_TRAILING)
        line_add(m, REPORT_REMARK, "", "bytes follow the end of the certificate");
    if (flags & KS_CERT_EXPLICIT_EC)
        line_add(m, REPORT_CAUTION, "", "the curve is spelled out instead of named; Java refuses it");
}

static void add_cert(struct making *m)
{
    const struct ks_cert *c = m->cert;
    if (m->entry->chain_len > 1)
        line_printf(m, REPORT_HEADING, "", "Certificate %zu (the chain has %u)", m->index,
                    m->entry->chain_len);
    line_printf(m, REPORT_TEXT, "Version", "%u", c->version);
    add_serial(m, c);
    add_name(m, "Subject", ks_cert_part(c, c->subject));
    add_name(m, "Issuer", ks_cert_part(c, c->issuer));
    add_time(m, "Not before", c->not_before);
    add_time(m, "Not after", c->not_after);
    add_names(m);
    add_public_key(m, ks_cert_part(c, c->spki));
    add_signature(m);
    if (c->ski.len)
        line_hex(m, "Key id", ks_cert_part(c, c->ski));
    if (c->aki.len)
        line_hex(m, "Issuer id", ks_cert_part(c, c->aki));
    add_fingerprints(m);
    add_flags(m);
}

static void add_dump(struct making *m, struct ks_slice der)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_asn1_dump(der, DUMP_LINES, &text);
    line_take_all(m, REPORT_VERBATIM, "", 0, &text);
}

static void add_sig_alg(struct making *m, struct ks_slice sig_alg)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_sig_alg_text(sig_alg, &text);
    line_take(m, REPORT_TEXT, "Signature", &text);
}

static void add_request(struct making *m)
{
    struct ks_request r;
    if (!ks_request_skim(m->entry->key, &r)) {
        line_sentence(m, 0, "This request cannot be parsed. %s", structure_hint(m));
        return;
    }
    add_name(m, "Subject", r.subject);
    add_public_key(m, r.spki);
    add_sig_alg(m, r.sig_alg);
    enum ks_verdict v = ks_request_verify(&r);
    line_add(m, v == KS_VERDICT_BAD ? REPORT_FAILURE : REPORT_TEXT, "Verifies",
             v == KS_VERDICT_GOOD ? "yes, with its own key"
             : v == KS_VERDICT_BAD ? "NO"
                                   : "? (not available here)");
    if (r.has_challenge)
        line_add(m, REPORT_CAUTION, "Challenge", "a password in clear text, not shown");
    if (r.other_attributes)
        line_printf(m, REPORT_TEXT, "Attributes", "%zu more", r.other_attributes);
}

static void add_crl(struct making *m)
{
    struct ks_crl crl;
    if (!ks_crl_skim(m->entry->key, &crl)) {
        line_sentence(m, 0, "This revocation list cannot be parsed. %s", structure_hint(m));
        return;
    }
    line_printf(m, REPORT_TEXT, "Version", "%u", crl.version);
    add_name(m, "Issuer", crl.issuer);
    add_time(m, "Issued", crl.this_update);
    if (crl.next_update == KS_TIME_NONE)
        line_add(m, REPORT_TEXT, "Next", "not announced");
    else
        add_time(m, "Next", crl.next_update);
    line_printf(m, REPORT_TEXT, "Revoked", "%zu", crl.revoked);
    add_sig_alg(m, crl.sig_alg);
    report_crl_signature(m, &crl);
    report_crl_entries(m, &crl);
}

/* Never of a private key: its structure is the key. */
static bool may_dump(const struct ks_entry *e)
{
    return e->kind == KS_KIND_REQUEST || e->kind == KS_KIND_CRL || e->kind == KS_KIND_PUBLIC;
}

void report_cert(struct making *m)
{
    const struct ks_entry *e = m->entry;
    size_t index = m->of->cert > 0 ? (size_t)m->of->cert : 0;
    if (m->of->raw && index < e->chain_len)
        add_dump(m, ks_cert_der(&e->chain[index]));
    else if (m->of->raw && may_dump(e))
        add_dump(m, e->key);
    else if (m->cert)
        add_cert(m);
    else if (index < e->chain_len)
        line_sentence(m, 0, "This is no X.509 certificate that can be parsed (%u bytes). %s",
                      e->chain[index].len, structure_hint(m));
    else if (e->kind == KS_KIND_REQUEST)
        add_request(m);
    else if (e->kind == KS_KIND_CRL)
        add_crl(m);
    else
        line_sentence(m, 0, e->notes & KS_NOTE_LOCKED_CHAIN
                                ? "Its certificates are locked: the keystore password opens them."
                                : "There is no certificate in this entry.");
}
