/* What a captured server told, in words for the wizard's pages. */
#include "tui/capturing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "x509/host.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_COLUMNS 30
#define CAS_SHOWN 6
#define FOUND_SHOWN 4

static void put_sha256(const struct ks_cert *cert, char between, struct ks_buf *out)
{
    uint8_t digest[32];
    ks_cert_sha256(cert, digest);
    ks_text_hex(ks_slice(digest, 16), ':', true, out);
    ks_buf_byte(out, ':');
    ks_buf_byte(out, (uint8_t)between);
    ks_text_hex(ks_slice(&digest[16], 16), ':', true, out);
}

/* ---- the connection ---- */

static void put_name_match(const struct capturing *c, struct ks_buf *out)
{
    static const char *const words[] = {
        [KS_HOST_MATCH] = "the name matches",
        [KS_HOST_OTHER] = "the certificate is for other names",
        [KS_HOST_BY_CN] = "the name matches the CN alone: Java and curl take it, others do not",
        [KS_HOST_BY_CN_JAVA] = "the name matches the CN alone: Java takes it, others do not",
        [KS_HOST_NO_NAMES] = "the certificate has no host names",
    };
    size_t count = 0;
    const struct ks_cert **sent = ks_capture_chain(&c->capture, &count);
    const char *name = capturing_name(c);
    if (count && name)
        ks_buf_printf(out, ", %s", words[ks_cert_answers_for(sent[0], name)]);
    free(sent);
}

static void put_ending(const struct ks_capture *k, struct ks_buf *out)
{
    if (k->alert)
        ks_buf_printf(out, "\nThe server said: %s", k->alert);
    if (k->alert && k->alert_means)
        ks_buf_printf(out, ": %s", k->alert_means);
    else if (k->failed)
        ks_buf_printf(out, "\nThe handshake was not finished: %s", k->failed);
}

static void put_demand(const struct ks_capture *k, struct ks_buf *out)
{
    if (!k->demands)
        return;
    ks_buf_printf(out, "\nIt %s a client certificate%s", k->required ? "demands" : "asks for",
                  k->ca_count ? ", issued by one of:" : ", and names no CA");
    for (size_t i = 0; i < k->ca_count && i < CAS_SHOWN; i++) {
        ks_buf_str(out, "\n- ");
        ks_name_text(k->cas[i], out);
    }
    if (k->ca_count > CAS_SHOWN)
        ks_buf_printf(out, "\nand %zu more", k->ca_count - CAS_SHOWN);
    if (k->gave)
        ks_buf_str(out, k->end == KS_CAPTURE_DONE ? "\nOurs was sent, and accepted"
                                                  : "\nOurs was sent, and not accepted");
}

/* Which of our keys it would take, as far as it says. */
static void put_fitting(const struct capturing *c, struct ks_buf *out)
{
    size_t n = 0;
    if (c->capture.gave)
        return;
    for (size_t i = 0; i < c->stores.count && c->capture.demands; i++) {
        const struct ks_store *s = c->stores.stores[i];
        for (size_t k = 0; k < ks_store_count(s); k++) {
            const struct ks_entry *e = ks_store_entry(s, k);
            const struct ks_cert *chain[KS_PATH_MAX];
            size_t count = 0;
            if (e->kind != KS_KIND_KEY || e->chain_len == 0)
                continue;
            for (; count < e->chain_len && count < KS_PATH_MAX; count++)
                chain[count] = &e->chain[count];
            if (ks_capture_takes(&c->capture, chain, count))
                ks_buf_printf(out, "%s%.100s", n++ ? ", " : "\nKeys here that would fit: ",
                              e->alias);
        }
    }
    if (c->capture.demands && n == 0)
        ks_buf_str(out, "\nNo key of the open keystores fits");
}

void capture_came(const struct capturing *c, struct ks_buf *out)
{
    const struct ks_capture *k = &c->capture;
    char text[KS_TARGET_TEXT];
    ks_buf_printf(out, "%s, %s", k->protocol ? k->protocol : "no TLS version was agreed on",
                  ks_target_text(&k->target, text));
    if (k->address && strcmp(k->address, k->target.host) != 0)
        ks_buf_printf(out, " (%s)", k->address);
    put_name_match(c, out);
    if (k->via)
        ks_buf_printf(out, "\nThrough the proxy %s", k->via);
    if (c->between)
        ks_buf_printf(out, "\n%s", c->between);
    else if (c->direct_failed)
        ks_buf_printf(out, "\nWithout the proxy: %s", c->direct_failed);
    else if (c->compared)
        ks_buf_str(out, "\nWithout the proxy the same certificate comes");
    put_ending(k, out);
    put_demand(k, out);
    put_fitting(c, out);
    if (c->judge_count && c->judges[c->first].outcome.inspected)
        ks_buf_printf(out, "\n%s", c->judges[c->first].outcome.inspected);
}

/* ---- the chain ---- */

static const char *role_word(const struct ks_outbound_row *row)
{
    static const char *const words[] = {[KS_OUTBOUND_ROOT] = "root CA",
                                        [KS_OUTBOUND_ISSUER] = "CA",
                                        [KS_OUTBOUND_LEAF] = "leaf",
                                        [KS_OUTBOUND_EXTRA] = "not on the path"};
    return words[row->role];
}

/* Blanks are not repeated: words of a form are wrapped, and runs of blanks in them escaped. */
static void put_sent(const struct ks_outbound_row *row, struct ks_buf *out)
{
    if (row->sent >= 0)
        ks_buf_printf(out, "%d ", row->sent);
    else
        ks_buf_str(out, "- ");
    importing_label(row->cert, out);
    ks_buf_printf(out, ", %s, ", role_word(row));
    importing_days(row->cert, out);
}

static const struct ks_outbound *first_outcome(const struct capturing *c)
{
    return c->judge_count ? &c->judges[c->first].outcome : NULL;
}

void capture_chain(const struct capturing *c, struct ks_buf *out)
{
    const struct ks_outbound *o = first_outcome(c);
    if (!o || o->count == 0) {
        ks_buf_str(out, "no certificate came");
        return;
    }
    for (size_t i = 0; i < o->count; i++) {
        const struct ks_outbound_row *row = &o->rows[i];
        ks_buf_str(out, i ? "\n" : "");
        put_sent(row, out);
        if (row->sent >= 0)
            continue;
        ks_buf_str(out, row->role == KS_OUTBOUND_ROOT ? ": not sent (usual); it is in "
                                                      : ": not sent; it is in ");
        ks_source_where(row->found, c->capture.store, out);
    }
    if (!o->root_sent && !o->root_found)
        ks_buf_str(out, "\n- the root CA: not sent (usual), and not found here");
    if (c->capture.sent > o->count)
        ks_buf_printf(out, "\n%zu certificates were sent in all", c->capture.sent);
    if (c->capture.broken)
        ks_buf_printf(out, "\n%zu of them cannot be read", c->capture.broken);
}

/* ---- the findings ---- */

static void put_finding(const struct ks_finding *f, bool in_full, size_t shown, struct ks_buf *out)
{
    ks_buf_printf(out, "%s%s: %s", shown > 1 ? "\n" : "", ks_severity_word(f->severity), f->title);
    if (in_full)
        ks_buf_printf(out, "\n%s", f->text);
}

void capture_found(const struct capturing *c, bool in_full, struct ks_buf *out)
{
    const struct ks_diagnosis *d = &c->found;
    size_t shown = 0;
    for (int level = KS_ERROR; level > KS_FINE; level--)
        for (size_t i = 0; i < d->count; i++)
            if ((int)d->at[i].found.severity == level && (in_full || shown < FOUND_SHOWN))
                put_finding(&d->at[i].found, in_full, ++shown, out);
    if (shown < d->count)
        ks_buf_printf(out, "\nand %zu more: v", d->count - shown);
    if (shown == 0 && c->capture.store)
        ks_buf_str(out, "nothing is wrong with what it sent");
}

/* ---- everything ---- */

static void put_fact(const char *label, const char *value, struct ks_buf *out)
{
    if (value)
        ks_buf_printf(out, "%-12s%s\n", label, value);
}

static void put_stapled(const struct capturing *c, struct ks_buf *out)
{
    struct ks_buf text = KS_BUF_INIT;
    if (c->stapled.from)
        ks_status_text(&c->stapled, &text);
    put_fact("OCSP",
             c->stapled.from          ? ks_buf_text(&text)
             : c->capture.stapled.len ? "stapled; without the issuer it is not judged"
                                      : "nothing was stapled",
             out);
    ks_buf_free(&text);
}

static void put_certificates(const struct capturing *c, struct ks_buf *out)
{
    size_t count = 0;
    const struct ks_cert **sent = ks_capture_chain(&c->capture, &count);
    for (size_t i = 0; i < count; i++) {
        ks_buf_printf(out, "\nsent %zu\n  subject   ", i);
        ks_name_text(ks_cert_part(sent[i], sent[i]->subject), out);
        ks_buf_str(out, "\n  issuer    ");
        ks_name_text(ks_cert_part(sent[i], sent[i]->issuer), out);
        ks_buf_str(out, "\n  days      ");
        importing_days(sent[i], out);
        ks_buf_str(out, "\n  SHA-256   ");
        put_sha256(sent[i], ' ', out);
        ks_buf_byte(out, '\n');
    }
    free(sent);
}

static void put_verdicts(const struct capturing *c, struct ks_buf *out)
{
    for (size_t i = 0; i < c->judge_count; i++)
        if (c->judges[i].outcome.verdict_text)
            ks_buf_printf(out, "%s: %s\n", c->judges[i].name, c->judges[i].outcome.verdict_text);
}

void capture_in_full(const struct capturing *c, struct ks_buf *out)
{
    const struct ks_capture *k = &c->capture;
    capture_came(c, out);
    ks_buf_str(out, "\n\n");
    put_fact("cipher", k->cipher, out);
    put_fact("group", k->group, out);
    put_fact("signature", k->signature, out);
    put_fact("ALPN", k->alpn, out);
    put_fact("SNI", k->sni ? k->sni : "none", out);
    put_stapled(c, out);
    put_fact("client keys", k->key_types, out);
    put_certificates(c, out);
    ks_buf_byte(out, '\n');
    capture_found(c, true, out);
    ks_buf_str(out, "\n\n");
    put_verdicts(c, out);
}

/* ---- rows to tick ---- */

char *capture_row(const struct ks_outbound_row *row)
{
    struct ks_buf text = KS_BUF_INIT;
    importing_label(row->cert, &text);
    importing_pad(&text, LABEL_COLUMNS);
    ks_buf_printf(&text, "%s ", role_word(row));
    importing_days(row->cert, &text);
    return ks_buf_steal(&text);
}

/* The empty row at the end is where a list that goes on says so: not over the last bytes. */
char *capture_row_note(const struct ks_outbound_row *row, const struct ks_store *trust, bool more)
{
    struct ks_buf note = KS_BUF_INIT;
    if (row->already)
        ks_buf_printf(&note, "trusted already as %.200s\n", row->already->alias);
    if (row->sent < 0) {
        ks_buf_str(&note, "not sent; from ");
        ks_source_where(row->found, trust, &note);
        ks_buf_byte(&note, '\n');
    }
    if (row->means && row->means[0])
        ks_buf_printf(&note, "%s\n", row->means);
    put_sha256(row->cert, '\n', &note);
    if (more)
        ks_buf_byte(&note, '\n');
    return ks_buf_steal(&note);
}
