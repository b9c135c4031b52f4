#include "cli/ics.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "cli/text.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <string.h>

#define LINE_MAX_OCTETS 75 /* RFC 5545 3.1: longer lines are folded */

static void content_line(struct cli *cli, const char *text, size_t len)
{
    size_t column = 0;
    for (size_t at = 0; at < len;) {
        int32_t cp;
        size_t used = ks_utf8_next(text + at, len - at, &cp);
        if (column + used > LINE_MAX_OCTETS) {
            text_own(cli, "\r\n ");
            column = 1;
        }
        ks_buf_append(&cli->out, text + at, used);
        column += used;
        at += used;
    }
    text_own(cli, "\r");
    text_line(cli);
}

static void plain_line(struct cli *cli, const char *text)
{
    content_line(cli, text, strlen(text));
}

/* RFC 5545 3.3.11: backslash, semicolon and comma are escaped; there are no line ends left. */
static void append_text(struct cli *cli, struct ks_buf *line, const char *utf8)
{
    struct ks_buf visible = KS_BUF_INIT;
    (void)text_neutralise(cli, utf8, strlen(utf8), &visible);
    for (size_t i = 0; i < visible.len; i++) {
        if (strchr("\\;,", visible.data[i]))
            ks_buf_byte(line, '\\');
        ks_buf_byte(line, visible.data[i]);
    }
    text_check(cli, &visible);
    ks_buf_free(&visible);
}

static void append_uid(struct ks_buf *line, const struct expiry_row *row)
{
    struct ks_buf seed = KS_BUF_INIT;
    uint8_t fingerprint[32], digest[32];
    if (row->entry->chain_len)
        ks_cert_sha256(&row->entry->chain[row->cert], fingerprint);
    else
        ks_sha256(row->entry->key, fingerprint);
    ks_buf_append(&seed, fingerprint, sizeof fingerprint);
    ks_buf_str(&seed, row->store->path);
    ks_buf_byte(&seed, '/');
    ks_buf_str(&seed, row->entry->alias);
    ks_sha256(ks_slice(seed.data, seed.len), digest);
    ks_text_hex(ks_slice(digest, 16), '\0', false, line);
    ks_buf_free(&seed);
}

static void append_date(struct ks_buf *line, int64_t seconds)
{
    struct ks_civil c = ks_time_to_civil(seconds);
    ks_buf_printf(line, "%04d%02d%02d", c.year, c.month, c.day);
}

static void finish(struct cli *cli, struct ks_buf *line)
{
    text_check(cli, line);
    content_line(cli, ks_buf_text(line), line->len);
    ks_buf_clear(line);
}

/* The name of the certificate that expires, which may be another than the leaf. */
static void row_subject(const struct expiry_row *row, struct ks_buf *out)
{
    const struct ks_entry *e = row->entry;
    if (e->chain_len)
        ks_name_text(ks_cert_part(&e->chain[row->cert], e->chain[row->cert].subject), out);
    else
        text_entry_subject(e, out);
}

static void append_what(struct cli *cli, struct ks_buf *line, const struct expiry_row *row)
{
    bool list = row->entry->chain_len == 0; /* only revocation lists have a date without one */
    ks_buf_str(line, list ? "CRL of " : "");
    append_text(cli, line, row->entry->alias);
    ks_buf_str(line, list ? ": next update due" : " expires");
}

static void event(struct cli *cli, const struct expiry_row *row)
{
    struct ks_buf line = KS_BUF_INIT, subject = KS_BUF_INIT;
    struct ks_civil now = ks_time_to_civil(ks_now());
    char date[16];
    plain_line(cli, "BEGIN:VEVENT");
    ks_buf_str(&line, "UID:");
    append_uid(&line, row);
    finish(cli, &line);
    ks_buf_str(&line, "DTSTAMP:");
    append_date(&line, ks_now());
    ks_buf_printf(&line, "T%02d%02d%02dZ", now.hour, now.minute, now.second);
    finish(cli, &line);
    ks_buf_str(&line, "DTSTART;VALUE=DATE:");
    append_date(&line, row->expires);
    finish(cli, &line);
    ks_buf_str(&line, "SUMMARY:");
    append_what(cli, &line, row);
    ks_buf_str(&line, " (");
    append_text(cli, &line, row->store->path);
    ks_buf_str(&line, ")");
    finish(cli, &line);
    row_subject(row, &subject);
    ks_buf_str(&line, "DESCRIPTION:");
    append_text(cli, &line, ks_buf_text(&subject));
    finish(cli, &line);
    plain_line(cli, "TRANSP:TRANSPARENT");
    plain_line(cli, "BEGIN:VALARM");
    plain_line(cli, "ACTION:DISPLAY");
    plain_line(cli, "TRIGGER:-P30D");
    ks_buf_str(&line, "DESCRIPTION:");
    append_what(cli, &line, row); /* no number of days: snoozed, it would be wrong */
    ks_buf_str(&line, " on ");
    append_text(cli, &line, ks_time_date(row->expires, date));
    finish(cli, &line);
    plain_line(cli, "END:VALARM");
    plain_line(cli, "END:VEVENT");
    ks_buf_free(&line);
    ks_buf_free(&subject);
}

void ics_begin(struct cli *cli)
{
    plain_line(cli, "BEGIN:VCALENDAR");
    plain_line(cli, "VERSION:2.0");
    plain_line(cli, "PRODID:-//ksx//ksx " KSX_VERSION "//EN");
}

void ics_events(struct cli *cli, const struct expiry_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].expires != KS_TIME_NONE)
            event(cli, &rows[i]);
}

void ics_end(struct cli *cli)
{
    plain_line(cli, "END:VCALENDAR");
}

void ics_write(struct cli *cli, const struct expiry_row *rows, size_t count)
{
    ics_begin(cli);
    ics_events(cli, rows, count);
    ics_end(cli);
}
