#include "report/table.h"

#include "base/clock.h"
#include "base/text.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <string.h>

static const char heading[] = "alias,kind,status,created,not_before,not_after,key,subject,issuer,"
                              "serial,sha256\r\n";

/* Always in quotes; a text that a spreadsheet would take for a formula begins with an apostrophe.
 */
static void put_field(struct ks_buf *out, const char *text, bool last)
{
    struct ks_buf visible = KS_BUF_INIT;
    (void)ks_text_neutralise(text, strlen(text), 0, &visible);
    ks_buf_byte(out, '"');
    if (visible.len && strchr("=+-@", visible.data[0]))
        ks_buf_byte(out, '\'');
    for (size_t i = 0; i < visible.len; i++) {
        if (visible.data[i] == '"')
            ks_buf_byte(out, '"');
        ks_buf_byte(out, visible.data[i]);
    }
    ks_buf_str(out, last ? "\"\r\n" : "\",");
    ks_buf_free(&visible);
}

static void put_time(struct ks_buf *out, int64_t seconds)
{
    char text[24];
    put_field(out, seconds == KS_TIME_NONE ? "" : ks_time_iso(seconds, text), false);
}

static void take_field(struct ks_buf *out, struct ks_buf *text, bool last)
{
    put_field(out, ks_buf_text(text), last);
    ks_buf_clear(text);
}

static void put_cert(struct ks_buf *out, const struct ks_cert *c)
{
    struct ks_buf text = KS_BUF_INIT;
    uint8_t digest[32];
    put_time(out, c->not_before);
    put_time(out, c->not_after);
    ks_cert_key_text(c, &text);
    take_field(out, &text, false);
    ks_name_text(ks_cert_part(c, c->subject), &text);
    take_field(out, &text, false);
    ks_name_text(ks_cert_part(c, c->issuer), &text);
    take_field(out, &text, false);
    ks_cert_serial_hex(c, &text);
    take_field(out, &text, false);
    ks_cert_sha256(c, digest);
    ks_text_hex(ks_slice(digest, sizeof digest), 0, false, &text);
    take_field(out, &text, true);
    ks_buf_free(&text);
}

static void put_entry(struct ks_buf *out, const struct ks_store *s, const struct ks_entry *e,
                      int64_t now)
{
    const struct ks_cert *c =
        e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN) ? e->chain : NULL;
    put_field(out, e->alias, false);
    put_field(out, ks_kind_word((enum ks_kind)e->kind), false);
    put_field(out, report_state_word(report_entry_state(s, e, now)), false);
    put_time(out, e->created == KS_TIME_NONE ? KS_TIME_NONE : e->created / 1000);
    if (c)
        put_cert(out, c);
    else
        ks_buf_str(out, "\"\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n");
}

void report_table_csv(const struct ks_store *store, struct ks_buf *out)
{
    int64_t now = ks_now();
    ks_buf_str(out, heading);
    for (size_t i = 0; i < ks_store_count(store); i++)
        put_entry(out, store, ks_store_entry(store, i), now);
}
