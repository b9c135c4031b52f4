/* What a server sends, in words. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/capture.h"
#include "cli/check.h"
#include "cli/text.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define LABEL 14  /* cells of the first column, behind the badge */
#define MARGIN 18 /* of what belongs to the line above */
#define CAS_SHOWN 10

/* ---- lines ---- */

static void begin(struct cli *cli, enum report_state state, const char *label)
{
    text_own(cli, "  ");
    text_badge(cli, state);
    text_own(cli, " ");
    text_padded(cli, label, LABEL);
}

static void say(struct cli *cli, enum report_state state, const char *label, const char *text)
{
    begin(cli, state, label);
    (void)text_ext(cli, text);
    text_line(cli);
}

static void say_more(struct cli *cli, const char *text)
{
    text_blank(cli, MARGIN);
    (void)text_ext(cli, text);
    text_line(cli);
}

/* ---- the connection ---- */

static void say_address(struct cli *cli, const struct ks_capture *c)
{
    begin(cli, REPORT_NONE, "connected to");
    (void)text_ext(cli, c->address ? c->address : "-");
    if (c->via) {
        text_own(cli, ", the proxy: ");
        (void)text_ext(cli, c->via);
    }
    if (c->target.protocol != KS_TLS_AT_ONCE)
        text_printf(cli, ", STARTTLS %s", ks_starttls_word(c->target.protocol));
    if (!c->sni) {
        text_own(cli, ", asked for no name");
    } else if (strcmp(c->sni, c->target.host) != 0) {
        text_own(cli, ", asked for ");
        (void)text_ext(cli, c->sni);
    }
    text_line(cli);
}

static void say_protocol(struct cli *cli, const struct ks_capture *c)
{
    const struct {
        const char *before, *text;
    } parts[] = {{"", c->protocol},
                 {", ", c->cipher},
                 {", key exchange ", c->group},
                 {", signature ", c->signature},
                 {", ALPN ", c->alpn}};
    if (!c->protocol)
        return;
    begin(cli, REPORT_NONE, "handshake");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!parts[i].text)
            continue;
        text_own(cli, parts[i].before);
        (void)text_ext(cli, parts[i].text);
    }
    text_line(cli);
}

/* Who refuses a client that shows nothing does what it should. */
static void say_end(struct cli *cli, const struct ks_capture *c)
{
    bool wanted = capture_wants_client(c);
    if (c->end == KS_CAPTURE_DONE)
        return;
    say(cli, wanted ? REPORT_NOTE_ : REPORT_ERR, "ended by",
        c->alert    ? c->alert
        : c->failed ? c->failed
                    : "an unknown cause");
    if (c->alert && c->alert_means && !wanted)
        say_more(cli, c->alert_means);
}

/* ---- the client's certificate ---- */

static void say_fitting(void *ctx, const struct ks_store *s, const struct ks_entry *e)
{
    struct cli *cli = ctx;
    text_blank(cli, MARGIN);
    text_own(cli, "fits: ");
    (void)text_ext(cli, s->path);
    text_own(cli, ks_text_sign(KS_SIGN_INSIDE));
    (void)text_ext(cli, e->alias);
    text_line(cli);
}

static void say_cas(struct cli *cli, const struct ks_capture *c)
{
    if (c->ca_count == 0)
        say_more(cli, "names no CA: certificates of any may be tried");
    for (size_t i = 0; i < c->ca_count && i < CAS_SHOWN; i++) {
        struct ks_buf name = KS_BUF_INIT;
        ks_buf_str(&name, "accepts: ");
        ks_name_text(c->cas[i], &name);
        say_more(cli, ks_buf_text(&name));
        ks_buf_free(&name);
    }
    if (c->ca_count > CAS_SHOWN) {
        text_blank(cli, MARGIN);
        text_printf(cli, "and %zu other CAs", c->ca_count - CAS_SHOWN);
        text_line(cli);
    }
}

static void say_client(const struct capture_run *run, const struct ks_capture *c)
{
    struct cli *cli = run->cli;
    bool refused = capture_refused(c);
    if (!c->demands)
        return;
    begin(cli, refused ? REPORT_ERR : c->required ? REPORT_WARN : REPORT_NOTE_, "client");
    text_own(cli, refused       ? "the certificate of --client was shown, and is refused"
                  : c->required ? "a certificate is demanded; --client FILE:ALIAS shows one"
                  : c->gave     ? "a certificate is asked for, and that of --client was shown"
                                : "a certificate is asked for, and not required");
    text_line(cli);
    say_cas(cli, c);
    capture_fitting(run, c, say_fitting, cli);
}

/* ---- the stapled answer ---- */

static void say_stapled(struct cli *cli, const struct capture_view *v)
{
    const struct ks_status *s = &v->stapled;
    struct ks_buf text = KS_BUF_INIT;
    if (!v->c->stapled.len)
        return;
    if (!s->from) {
        say(cli, REPORT_NOTE_, "OCSP", "an answer is stapled; without the issuer it is not judged");
        return;
    }
    ks_buf_str(&text, "stapled: ");
    ks_status_text(s, &text);
    say(cli,
        s->word == KS_STATUS_GOOD      ? REPORT_OK
        : s->word == KS_STATUS_REVOKED ? REPORT_ERR
                                       : REPORT_WARN,
        "OCSP", ks_buf_text(&text));
    ks_buf_free(&text);
}

/* ---- the chain ---- */

static enum report_state state_of_cert(const struct ks_cert *c, int64_t now)
{
    if (c->flags & (KS_CERT_BROKEN | KS_CERT_BAD_TIME))
        return REPORT_ERR;
    return c->not_after < now ? REPORT_ERR : c->not_before > now ? REPORT_FUTURE : REPORT_OK;
}

static void say_print(struct cli *cli, const struct ks_cert *c)
{
    uint8_t sha256[32];
    struct ks_buf text = KS_BUF_INIT;
    ks_cert_sha256(c, sha256);
    ks_buf_str(&text, "SHA-256 ");
    ks_text_hex(ks_slice(sha256, sizeof sha256), ':', true, &text);
    say_more(cli, ks_buf_text(&text));
    ks_buf_free(&text);
}

static void say_cert(struct cli *cli, const char *place, const char *role, const struct ks_cert *c,
                     const char *more)
{
    int64_t now = ks_now();
    struct ks_buf name = KS_BUF_INIT;
    char label[48], days[8], date[16];
    bool readable = !(c->flags & KS_CERT_BROKEN);
    (void)snprintf(label, sizeof label, "%s %s", place, role);
    begin(cli, state_of_cert(c, now), label);
    if (readable) {
        ks_name_text(ks_cert_part(c, c->subject), &name);
        (void)text_ext_n(cli, ks_buf_text(&name), name.len);
        text_printf(cli, "  %s", report_days(c->not_before, c->not_after, now, days));
        text_printf(cli, ", until %s", ks_time_date(c->not_after, date));
    } else {
        text_own(cli, "cannot be read as a certificate");
    }
    if (more) {
        text_own(cli, "; ");
        (void)text_ext(cli, more);
    }
    text_line(cli);
    say_print(cli, c);
    ks_buf_free(&name);
}

static void say_sent(struct cli *cli, const struct capture_view *v)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct ks_outbound_row *row = capture_sent_row(v, i);
        char place[32];
        (void)snprintf(place, sizeof place, "sent %zu", i);
        say_cert(cli, place,
                 row               ? capture_role_word(row->role)
                 : v->judged_count ? "again"
                                   : "",
                 v->chain[i], NULL);
    }
    if (v->c->sent > v->count) {
        text_blank(cli, MARGIN);
        text_printf(cli, "and %zu more", v->c->sent - v->count);
        text_line(cli);
    }
}

/* What is on the path and was not sent. */
static void say_missing(struct cli *cli, const struct capture_view *v)
{
    const struct ks_outbound *o = v->judged_count ? &v->judged[0] : NULL;
    for (size_t i = 0; o && i < o->count; i++) {
        const struct ks_outbound_row *row = &o->rows[i];
        struct ks_buf more = KS_BUF_INIT;
        if (row->sent >= 0)
            continue;
        ks_buf_str(&more, row->role == KS_OUTBOUND_ROOT
                              ? "as usual it was not sent; found in "
                              : "clients need it, and it was NOT sent; found in ");
        ks_source_where(row->found, NULL, &more);
        say_cert(cli, "unsent", capture_role_word(row->role), row->cert, ks_buf_text(&more));
        ks_buf_free(&more);
    }
    if (o && o->missing)
        say(cli, REPORT_NONE, "unsent", o->missing);
}

static enum report_state state_of(enum ks_proof_state state)
{
    return state == KS_PROOF_GOOD ? REPORT_OK : state == KS_PROOF_BAD ? REPORT_ERR : REPORT_NONE;
}

static void say_name(struct cli *cli, const struct capture_view *v)
{
    const struct ks_proof_check *host = v->judged_count ? &v->judged[0].proof.host : NULL;
    if (host && host->text)
        say(cli, state_of(host->state), "host name", host->text);
}

/* ---- what is wrong ---- */

static enum report_state state_of_severity(enum ks_severity s)
{
    return s == KS_ERROR     ? REPORT_ERR
           : s == KS_WARNING ? REPORT_WARN
           : s == KS_NOTE    ? REPORT_NOTE_
                             : REPORT_OK;
}

static void say_findings(struct cli *cli, const struct capture_view *v)
{
    for (size_t i = 0; i < v->found.count; i++) {
        const struct ks_diagnosed *d = &v->found.at[i];
        begin(cli, state_of_severity(d->found.severity), ks_severity_word(d->found.severity));
        text_printf(cli, "%s  ", d->found.id);
        (void)text_ext(cli, check_text(d));
        text_line(cli);
    }
    if (v->published)
        say_more(cli, "--fetch asks for what is missing where the certificate says that it is");
}

/* ---- the verdicts ---- */

static enum report_state state_of_verdict(enum ks_outbound_verdict verdict)
{
    return verdict == KS_OUTBOUND_TRUSTED    ? REPORT_OK
           : verdict == KS_OUTBOUND_UNJUDGED ? REPORT_NONE
                                             : REPORT_ERR;
}

static void say_recommended(const struct capture_run *run, const struct capture_view *v, size_t i)
{
    struct cli *cli = run->cli;
    struct ks_commands commands = {0};
    const struct ks_outbound *o = &v->judged[i];
    capture_commands(run, v, i, &commands);
    for (size_t k = 0; commands.count && k < o->count; k++)
        if (o->rows[k].recommended) {
            text_blank(cli, MARGIN);
            text_printf(cli, "import the %s: it %s", capture_role_word(o->rows[k].role),
                        o->rows[k].means);
            text_line(cli);
            say_more(cli, "compare its fingerprint with its owner's before");
        }
    for (size_t k = 0; k < commands.count; k++) {
        text_blank(cli, MARGIN + 2);
        text_own(cli, commands.at[k]);
        text_line(cli);
    }
    ks_commands_drop(&commands);
}

static void say_judged(const struct capture_run *run, const struct capture_view *v)
{
    for (size_t i = 0; i < v->judged_count; i++) {
        const struct ks_outbound *o = &v->judged[i];
        say(run->cli, state_of_verdict(o->verdict), "trust", o->verdict_text);
        if (!run->trusts[i])
            say_more(run->cli,
                     "--trust STORE judges by one; --trust cacerts by that of this host's "
                     "JVM, --trust system by the CA bundle");
        if (o->verdict == KS_OUTBOUND_NO_ANCHOR && o->java.text)
            say_more(run->cli, o->java.text);
        say_recommended(run, v, i);
    }
    if (v->why.code != KS_OK)
        say(run->cli, REPORT_ERR, "trust", v->why.what);
    if (v->judged_count && v->judged[0].inspected)
        say(run->cli, REPORT_WARN, "CA", v->judged[0].inspected);
    if (v->direct)
        say(run->cli, v->compared ? REPORT_WARN : REPORT_OK, "proxy",
            v->compared ? v->compared : "the same certificate directly");
    if (v->direct_err)
        say(run->cli, REPORT_NOTE_, "directly", v->direct_err->what);
}

/* ---- the whole ---- */

static void say_end_shortly(struct cli *cli, const struct ks_capture *c)
{
    if (capture_refused(c))
        text_own(cli, ", the certificate of --client is refused");
    else if (c->required)
        text_own(cli, ", a client certificate is demanded");
    else if (c->gave)
        text_own(cli, ", the certificate of --client was shown");
    if (c->end == KS_CAPTURE_DONE || capture_wants_client(c))
        return;
    text_own(cli, ", ended by ");
    (void)text_ext(cli, c->alert ? c->alert : c->failed ? c->failed : "an unknown cause");
}

/* A line a server. */
static void say_shortly(struct cli *cli, const struct capture_view *v)
{
    const struct ks_capture *c = v->c;
    char date[16];
    size_t named = strlen(v->target); /* the server, by the message */
    if (c || strncmp(v->one->err.what, v->target, named) != 0 || v->one->err.what[named] != ' ') {
        (void)text_ext(cli, v->target);
        text_own(cli, ": ");
    }
    if (!c) {
        (void)text_ext(cli, v->one->err.what);
    } else if (!v->count) {
        (void)text_ext(cli, c->alert ? c->alert : c->failed ? c->failed : "no certificate");
    } else {
        (void)text_ext(cli, c->protocol ? c->protocol : "TLS");
        text_printf(cli, ", %zu %s, until %s", v->c->sent,
                    text_plural(v->c->sent, "certificate", "certificates"),
                    ks_time_date(ks_entry_expires(ks_store_entry(c->store, 0)), date));
    }
    if (v->count)
        say_end_shortly(cli, c);
    for (size_t i = 0; i < v->judged_count; i++)
        if (v->judged[i].verdict != KS_OUTBOUND_UNJUDGED) {
            text_own(cli, ", ");
            (void)text_ext(cli, v->judged[i].verdict_text);
        }
    text_line(cli);
}

void capture_text(struct capture_run *run, const struct capture_view *v)
{
    struct cli *cli = run->cli;
    if (cli->quiet) {
        say_shortly(cli, v);
        return;
    }
    if (v->one != run->captured)
        text_line(cli);
    (void)text_ext(cli, v->target);
    text_line(cli);
    if (!v->c) {
        say(cli, REPORT_ERR, "failed", v->one->err.what);
        if (v->one->err.next[0])
            say_more(cli, v->one->err.next);
        return;
    }
    say_address(cli, v->c);
    say_protocol(cli, v->c);
    say_end(cli, v->c);
    say_client(run, v->c);
    say_stapled(cli, v);
    say_sent(cli, v);
    say_missing(cli, v);
    say_name(cli, v);
    say_findings(cli, v);
    say_judged(run, v);
    if (v->count)
        say(cli, REPORT_NONE, "", "Not verified: anyone on the path could have sent it.");
}
