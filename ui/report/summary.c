/* Section 1 of an entry, and of one certificate of its chain. */
#include "report/section.h"

#include "base/alloc.h"
#include "base/text.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- kind and state ---- */

static bool is_chosen_cert(const struct making *m)
{
    return m->of->cert >= 0;
}

/* A sealed item of JCEKS, BKS and UBER is a secret key or a stored password; only its unlocked
 * contents tell. */
static enum ks_kind kind_of(const struct making *m)
{
    const struct ks_unlocked *u = m->of->unlocked;
    bool password = u && strncmp(u->algorithm, "password", strlen("password")) == 0;
    if (m->entry->kind == KS_KIND_SECRET && password)
        return KS_KIND_PASSWORD;
    return (enum ks_kind)m->entry->kind;
}

/* The comment of such an item says that the password will tell. */
static bool is_answered(const struct making *m)
{
    const struct ks_entry *e = m->entry;
    return m->of->unlocked && e->kind == KS_KIND_SECRET && !(e->notes & KS_NOTE_KEYREP_UNKNOWN) &&
           e->key_format &&
           (strcmp(e->key_format, "SealedObject") == 0 ||
            strcmp(e->key_format, "BKS sealed key") == 0);
}

static void add_kind(struct making *m)
{
    const struct ks_entry *e = m->entry;
    if (is_chosen_cert(m)) {
        line_printf(m, REPORT_TEXT, "Kind", "certificate %d of %u in the chain", m->of->cert,
                    (unsigned)e->chain_len);
        return;
    }
    bool has_key = e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET;
    const char *lock = !has_key || !m->of->wide ? "" : m->of->unlocked ? ", unlocked" : ", locked";
    if (e->notes & KS_NOTE_KEY_CLEAR)
        lock = ", not encrypted";
    line_printf(m, REPORT_TEXT, "Kind", "%s%s", ks_kind_text(kind_of(m)), lock);
    if (e->notes & KS_NOTE_ALIAS_INVENTED)
        line_add(m, REPORT_TEXT, "", "(the file gives no name)");
    if (e->comment && !is_answered(m))
        line_add(m, REPORT_TEXT, "Contents", e->comment);
}

/* Of an entry all findings, of one certificate those about it. */
static void collect(const struct making *m, struct ks_findings *out)
{
    report_find(m->of->diagnosis, m->store, m->entry, m->now, out);
    if (!is_chosen_cert(m))
        return;
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].cert == m->of->cert)
            out->items[kept++] = out->items[i];
        else
            free(out->items[i].text);
    }
    out->count = kept;
}

static void add_status(struct making *m, const struct ks_findings *f)
{
    struct ks_buf text = KS_BUF_INIT;
    report_count_text(f, &text);
    if (f->count == 0 && m->entry->kind == KS_KIND_LOCKED)
        line_add(m, REPORT_TEXT, "Status", "locked: not opened");
    else
        line_take(m, report_role_of(f->count ? f->items[0].severity : KS_FINE), "Status", &text);
    ks_buf_free(&text);
}

static void add_findings(struct making *m, const struct ks_findings *f)
{
    if (f->count)
        line_blank(m);
    for (size_t i = 0; i < f->count; i++) {
        const struct ks_finding *item = &f->items[i];
        line_printf(m, report_role_of(item->severity), "", "%-20s %s", item->id, item->title);
        line_last(m)->full = ks_strdup(item->text);
    }
}

/* ---- the certificate ---- */

#define BAR_NARROW 8
#define BAR_WIDE 26

static void left_bar(const struct ks_cert *c, int64_t now, bool wide, struct ks_buf *out)
{
    if (c->not_before == KS_TIME_NONE || c->not_after == KS_TIME_NONE ||
        c->not_after <= c->not_before || now < c->not_before || now > c->not_after)
        return;
    int cells = wide ? BAR_WIDE : BAR_NARROW;
    int64_t whole = (c->not_after - c->not_before) / cells + 1;
    int filled = (int)((c->not_after - now) / whole);
    ks_buf_str(out, "  [");
    for (int i = 0; i < cells; i++)
        ks_buf_byte(out, i < filled ? '#' : '-');
    ks_buf_byte(out, ']');
}

static void add_validity(struct making *m)
{
    const struct ks_cert *c = m->cert;
    char from[24], to[24];
    if (m->of->wide)
        line_printf(m, REPORT_TEXT, "Valid", "%s .. %s UTC", ks_time_human(c->not_before, from),
                    ks_time_human(c->not_after, to));
    else
        line_printf(m, REPORT_TEXT, "Valid", "%s .. %s UTC", ks_time_date(c->not_before, from),
                    ks_time_date(c->not_after, to));
    struct ks_buf left = KS_BUF_INIT;
    report_left_text(c, m->now, &left);
    left_bar(c, m->now, m->of->wide, &left);
    line_take(m, REPORT_TEXT, "Left", &left);
    report_revoked(m, c);
}

static void add_chain_certs(struct making *m)
{
    const struct ks_entry *e = m->entry;
    for (size_t i = 0; i < e->chain_len && i < REPORT_CERTS; i++) {
        struct ks_buf text = KS_BUF_INIT;
        char days[8];
        const struct ks_cert *c = &e->chain[i];
        ks_buf_printf(&text, "%zu ", i);
        ks_name_label(ks_cert_part(c, c->subject), &text);
        ks_buf_printf(&text, "  %s  ", report_days(c->not_before, c->not_after, m->now, days));
        ks_cert_key_text(c, &text);
        line_take(m, report_role_of(ks_worst_of_cert(c, m->now)), "", &text);
        line_last(m)->indent = 10;
    }
}

static void add_chain(struct making *m)
{
    struct ks_chain chain;
    struct ks_buf text = KS_BUF_INIT;
    if (m->entry->kind != KS_KIND_KEY || is_chosen_cert(m))
        return;
    ks_chain_look(m->entry, &chain);
    report_chain_text(m, &chain, &text);
    line_take(m, REPORT_TEXT, "Chain", &text);
    if (m->of->wide && m->entry->chain_len > 1)
        add_chain_certs(m);
}

static const char *match_words(const struct making *m)
{
    const struct ks_unlocked *u = m->of->unlocked;
    if (m->entry->kind != KS_KIND_KEY || is_chosen_cert(m))
        return "";
    if (!u)
        return m->entry->notes & KS_NOTE_KEY_CLEAR     ? ""
               : m->of->key_password == REPORT_KEY_OWN ? ", has its own password"
                                                       : ", locked";
    return u->matches_leaf == 1   ? ", matches certificate"
           : u->matches_leaf == 0 ? ", does NOT match the certificate"
                                  : "";
}

static void add_key(struct making *m)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_cert_key_text(m->cert, &text);
    ks_buf_str(&text, match_words(m));
    line_take(m, m->of->unlocked && m->of->unlocked->matches_leaf == 0 ? REPORT_FAILURE : REPORT_TEXT,
              "Key", &text);
}

#define NAMES_COLUMNS 64 /* about as many on a line, where nobody wraps it */

/* The names that are still waiting, as one more line. */
static void flush_names(struct making *m, struct ks_buf *line, size_t *lines)
{
    if (line->len)
        line_take(m, REPORT_TEXT, (*lines)++ ? "" : "Names", line);
}

/* Names one after the other; decoded forms of xn-- names in brackets. A narrow pane wraps them. */
static void add_names(struct making *m, struct ks_buf *names)
{
    struct ks_buf line = KS_BUF_INIT, all = KS_BUF_INIT, name = KS_BUF_INIT;
    size_t first = m->out->count, lines = 0;
    for (size_t at = 0; at < names->len;) {
        const char *start = (const char *)names->data + at;
        const char *end = memchr(start, '\n', names->len - at);
        size_t len = end ? (size_t)(end - start) : names->len - at;
        report_host_text(start, len, &name);
        if (m->of->wide && line.len + name.len > NAMES_COLUMNS)
            flush_names(m, &line, &lines);
        ks_buf_str(&line, !line.len ? "" : m->of->wide ? "  " : " ");
        ks_buf_append(&line, name.data, name.len);
        ks_buf_str(&all, all.len ? " " : "");
        ks_buf_append(&all, name.data, name.len);
        ks_buf_clear(&name);
        at += len + 1;
    }
    flush_names(m, &line, &lines);
    if (lines > 1)
        m->out->lines[first].full = ks_buf_steal(&all);
    ks_buf_free(&line);
    ks_buf_free(&name);
    ks_buf_free(&all);
    ks_buf_free(names);
}

static void add_created(struct making *m)
{
    char date[24];
    if (m->entry->created == KS_TIME_NONE || is_chosen_cert(m))
        return;
    int64_t ms = m->entry->created;
    int64_t seconds = ms / 1000 - (ms % 1000 < 0);
    line_printf(m, REPORT_TEXT, "Created", "%s UTC", ks_time_human(seconds, date));
}

/* In a narrow pane the summary is what a held cursor key redraws: it says the same name once, and
 * leaves the rest of the fingerprint to section 3. */
static void add_issuer(struct making *m, const struct ks_cert *c)
{
    struct ks_buf name = KS_BUF_INIT;
    if (m->of->wide || !(c->flags & KS_CERT_SELF_ISSUED)) {
        line_dn(m, "Issuer", ks_cert_part(c, c->issuer));
        return;
    }
    line_add(m, REPORT_TEXT, "Issuer", "the same name");
    ks_name_text(ks_cert_part(c, c->issuer), &name);
    line_last(m)->full = ks_buf_steal(&name);
}

#define SHORT_FINGERPRINT 6 /* bytes: one row of the narrow pane with the words behind them */

static void add_fingerprint(struct making *m, struct ks_slice sha256)
{
    line_hex(m, "SHA-256", sha256);
    if (m->of->wide)
        return;
    struct report_line *line = line_last(m);
    struct ks_buf text = KS_BUF_INIT;
    ks_text_hex(ks_slice_part(sha256, 0, SHORT_FINGERPRINT), ':', true, &text);
    ks_buf_str(&text, ":.. (all: 3)");
    free(line->full);
    line->full = line->value;
    line->value = ks_buf_steal(&text);
    line->shape = REPORT_WRAP;
}

static void add_cert(struct making *m)
{
    const struct ks_cert *c = m->cert;
    struct ks_buf text = KS_BUF_INIT;
    uint8_t sha256[32];
    line_dn(m, "Subject", ks_cert_part(c, c->subject));
    add_issuer(m, c);
    add_validity(m);
    add_chain(m);
    add_key(m);
    ks_cert_signature_text(c, &text);
    line_take(m, REPORT_TEXT, "Signed", &text);
    ks_cert_san(c, &text);
    add_names(m, &text);
    report_serial_text(c, &text);
    line_take(m, REPORT_TEXT, "Serial", &text);
    line_last(m)->shape = REPORT_WRAP;
    ks_cert_serial_hex(c, &text);
    line_last(m)->full = ks_buf_steal(&text);
    ks_cert_sha256(c, sha256);
    add_fingerprint(m, ks_slice(sha256, sizeof sha256));
}

/* ---- the other kinds ---- */

static void add_verdict(struct making *m, enum ks_verdict verdict)
{
    if (verdict == KS_VERDICT_BAD)
        line_add(m, REPORT_FAILURE, "Checked", "its own signature does not verify");
    else
        line_add(m, REPORT_TEXT, "Checked",
                 verdict == KS_VERDICT_GOOD ? "its own signature verifies"
                                            : "its algorithm is not available here");
}

static void add_request(struct making *m)
{
    struct ks_request r;
    struct ks_ext san;
    static const uint8_t oid[] = {0x55, 0x1d, 0x11};
    struct ks_buf text = KS_BUF_INIT;
    if (!ks_request_skim(m->entry->key, &r)) {
        line_add(m, REPORT_FAILURE, "Contents", "not a request that can be parsed");
        return;
    }
    line_dn(m, "Subject", r.subject);
    ks_spki_describe(r.spki, &text);
    line_take(m, REPORT_TEXT, "Key", &text);
    add_verdict(m, ks_request_verify(&r));
    if (ks_ext_find(r.exts, ks_slice(oid, sizeof oid), &san) &&
        ks_ext_general_names(san.value, &text))
        add_names(m, &text);
    ks_buf_free(&text);
    if (r.has_challenge)
        line_add(m, REPORT_CAUTION, "Password", "it holds a challenge password in clear text");
}

static void add_crl(struct making *m)
{
    struct ks_crl crl;
    char date[24], words[40];
    if (!ks_crl_skim(m->entry->key, &crl)) {
        line_add(m, REPORT_FAILURE, "Contents", "not a revocation list that can be parsed");
        return;
    }
    line_dn(m, "Issuer", crl.issuer);
    line_printf(m, REPORT_TEXT, "Revoked", "%zu %s", crl.revoked,
                crl.revoked == 1 ? "certificate" : "certificates");
    line_printf(m, REPORT_TEXT, "Issued", "%s UTC", ks_time_human(crl.this_update, date));
    if (crl.next_update == KS_TIME_NONE)
        line_add(m, REPORT_TEXT, "Next", "not announced");
    else
        line_printf(m, crl.next_update < m->now ? REPORT_CAUTION : REPORT_TEXT, "Next",
                    "%s UTC, %s%s", ks_time_human(crl.next_update, date),
                    crl.next_update < m->now ? "was due " : "",
                    ks_days_words(ks_days_until(crl.next_update, m->now), words));
}

static void add_public(struct making *m)
{
    struct ks_buf text = KS_BUF_INIT;
    uint8_t id[20];
    ks_spki_describe(m->entry->key, &text);
    line_take(m, REPORT_TEXT, "Key", &text);
    ks_spki_key_id(m->entry->key, id);
    line_hex(m, "Key id", ks_slice(id, sizeof id));
}

static void add_key_alone(struct making *m)
{
    const struct ks_unlocked *u = m->of->unlocked;
    line_add(m, REPORT_TEXT, "Key",
             u                                       ? u->algorithm
             : m->entry->notes & KS_NOTE_KEY_CLEAR   ? "not encrypted"
             : m->of->key_password == REPORT_KEY_OWN ? "locked, has its own password"
                                                     : "locked");
    if (m->entry->key_format)
        line_add(m, REPORT_TEXT, "Stored", m->entry->key_format);
    if (m->entry->kind == KS_KIND_KEY)
        add_chain(m);
}

static void add_bytes(struct making *m, struct ks_slice bytes)
{
    char size[16];
    line_printf(m, REPORT_TEXT, "Size", "%s", report_size(bytes.len, size));
}

static struct ks_slice bytes_of(const struct ks_entry *e)
{
    if (e->chain_len)
        return ks_cert_der(&e->chain[0]);
    return e->key.len ? e->key : e->piece_count ? e->pieces[0].raw : e->key;
}

static void add_contents(struct making *m)
{
    if (m->cert) {
        add_cert(m);
        return;
    }
    switch ((enum ks_kind)m->entry->kind) {
    case KS_KIND_REQUEST:
        add_request(m);
        break;
    case KS_KIND_CRL:
        add_crl(m);
        break;
    case KS_KIND_PUBLIC:
        add_public(m);
        break;
    case KS_KIND_KEY:
    case KS_KIND_SECRET:
    case KS_KIND_PASSWORD:
        add_key_alone(m);
        break;
    default:
        add_bytes(m, bytes_of(m->entry));
        break;
    }
}

/* ---- names read from right to left, and raw names ---- */

static bool name_has_rtl(struct ks_slice name)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(name, &text);
    bool rtl = ks_text_has_rtl(ks_buf_text(&text), text.len);
    ks_buf_free(&text);
    return rtl;
}

static void add_rtl(struct making *m)
{
    const char *alias = m->entry->alias;
    bool rtl = ks_text_has_rtl(alias, strlen(alias)) ||
               (m->cert && (name_has_rtl(ks_cert_part(m->cert, m->cert->subject)) ||
                            name_has_rtl(ks_cert_part(m->cert, m->cert->issuer))));
    if (rtl)
        line_add(m, REPORT_REMARK, "", "contains right-to-left text");
}

static void add_code_points(struct making *m)
{
    const char *alias = m->entry->alias;
    size_t len = strlen(alias);
    struct ks_buf text = KS_BUF_INIT;
    for (size_t at = 0; at < len && text.len < 4096;) {
        int32_t cp;
        size_t step = ks_utf8_next(alias + at, len - at, &cp);
        if (cp < 0)
            ks_buf_printf(&text, "%s%02X", at ? " " : "", (unsigned char)alias[at]);
        else
            ks_buf_printf(&text, "%sU+%04X", at ? " " : "", (unsigned)cp);
        at += step;
    }
    line_take(m, REPORT_TEXT, "Points", &text);
    if (m->entry->alias_raw.data)
        line_hex(m, "In file", ks_slice_part(m->entry->alias_raw, 0, KS_ALIAS_SHOWN));
}

void report_summary(struct making *m)
{
    struct ks_findings found = {0};
    collect(m, &found);
    line_add(m, REPORT_TEXT, "Entry", m->entry->alias);
    line_last(m)->shape = REPORT_ALIAS; /* the status row has the room for it */
    if (m->of->raw)
        add_code_points(m);
    add_kind(m);
    add_status(m, &found);
    add_created(m);
    add_contents(m);
    add_rtl(m);
    add_findings(m, &found);
    ks_findings_free(&found);
}
