#include "net/clear.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOOKED 512 /* bytes of a greeting in which a word is looked for */
#define QUOTED_TEXT 120
#define QUOTED_BYTES 24

#define PLAIN_HTTP                                                                                 \
    {                                                                                              \
        "HTTP without TLS", NULL, "take the port of https, mostly 443 or 8443"                     \
    }
#define ANOTHER_PORT "take the port of a service that speaks TLS"

/* ---- who it is ---- */

/* The first row that fits counts. A greeting of three digits says no more than that somebody is
 * polite: FTP and SMTP are told apart by what they say of themselves. */
static const struct {
    const char *begins;   /* ignoring case */
    const char *contains; /* NULL: anything */
    struct ks_clear is;
} looks[] = {
    {"220", "SMTP", {"SMTP", "smtp", NULL}},
    {"220", "Postfix", {"SMTP", "smtp", NULL}},
    {"220", "FTP", {"FTP", "ftp", NULL}},
    {"220", NULL, {"SMTP or FTP", "smtp (or ftp)", NULL}},
    {"421", "FTP", {"FTP", "ftp", NULL}},
    {"421", NULL, {"SMTP or FTP", "smtp (or ftp)", NULL}},
    {"554", NULL, {"SMTP", "smtp", NULL}},
    {"530", NULL, {"FTP", "ftp", NULL}},
    {"500", NULL, {"SMTP or FTP", "smtp (or ftp)", NULL}},
    {"501", NULL, {"SMTP or FTP", "smtp (or ftp)", NULL}},
    {"502", NULL, {"SMTP or FTP", "smtp (or ftp)", NULL}},
    {"200", "NNTP", {"NNTP", NULL, "its port for TLS at once is mostly 563"}},
    {"201", "NNTP", {"NNTP", NULL, "its port for TLS at once is mostly 563"}},
    {"* OK", NULL, {"IMAP", "imap", NULL}},
    {"* PREAUTH", NULL, {"IMAP", "imap", NULL}},
    {"* BYE", NULL, {"IMAP", "imap", NULL}},
    {"* BAD", NULL, {"IMAP", "imap", NULL}},
    {"+OK", NULL, {"POP3", "pop3", NULL}},
    {"-ERR", "POP", {"POP3", "pop3", NULL}},
    {"-ERR", NULL, {"POP3 or Redis", "pop3 (Redis has another port for TLS)", NULL}},
    {"HTTP/", NULL, PLAIN_HTTP},
    {"<html", NULL, PLAIN_HTTP},
    {"<!doctype", NULL, PLAIN_HTTP},
    {"<?xml", "stream", {"XMPP", "xmpp", NULL}},
    {"<stream:", NULL, {"XMPP", "xmpp", NULL}},
    {"SSH-", NULL, {"SSH", NULL, ANOTHER_PORT}},
    {"RFB ", NULL, {"VNC", NULL, ANOTHER_PORT}},
    {"AMQP", NULL, {"AMQP without TLS", NULL, "its port for TLS is mostly 5671"}},
    {"\"IMPLEMENTATION\"", NULL, {"ManageSieve", NULL, "its STARTTLS is not known here"}},
    {"ERROR", NULL, {"a protocol of lines like memcached's", NULL, ANOTHER_PORT}},
    {":", "NOTICE", {"IRC", NULL, "its port for TLS at once is mostly 6697"}},
};

static bool begins_with(struct ks_slice said, const char *with)
{
    size_t len = strlen(with);

    return said.len >= len && strncasecmp((const char *)said.data, with, len) == 0;
}

static bool contains(struct ks_slice said, const char *word)
{
    size_t len = strlen(word), most = said.len < LOOKED ? said.len : LOOKED;

    for (size_t i = 0; i + len <= most; i++)
        if (strncasecmp((const char *)said.data + i, word, len) == 0)
            return true;
    return false;
}

/* The first packet of a server: its length, number 0, and version 10 or an error. */
static bool is_mysql(struct ks_slice said)
{
    const uint8_t *at = said.data;

    return said.len >= 5 && at[2] == 0 && at[3] == 0 &&
           (at[4] == 10 || at[4] == 9 || at[4] == 0xff) && (at[0] > 3 || at[1] > 0);
}

/* SEQUENCE { messageID INTEGER, ... }, RFC 4511 4.1.1 */
static bool is_ldap(struct ks_slice said)
{
    struct ks_slice at = said;

    if (at.len < 7 || at.data[0] != 0x30)
        return false;
    size_t header = at.data[1] < 0x80 ? 2 : 2u + (at.data[1] & 7u);
    return at.len > header + 1 && at.data[header] == 0x02 && at.data[header + 1] <= 4;
}

/* ErrorResponse of the protocol's version 3, with its length; of version 2, text. */
static bool is_postgres(struct ks_slice said)
{
    const uint8_t *at = said.data;

    if (said.len < 6 || at[0] != 'E')
        return false;
    return (at[1] == 0 && at[2] == 0 && at[5] >= 'A' && at[5] <= 'Z') || contains(said, "FATAL") ||
           contains(said, "SSPI");
}

bool ks_clear_is_tls(struct ks_slice said)
{
    return said.len == 0 ||
           ((said.data[0] == 0x15 || said.data[0] == 0x16) && (said.len == 1 || said.data[1] == 3));
}

const struct ks_clear *ks_clear_look(struct ks_slice said)
{
    static const struct ks_clear mysql = {"MySQL", "mysql", NULL}, ldap = {"LDAP", "ldap", NULL},
                                 postgres = {"PostgreSQL", "postgres", NULL},
                                 tls = {"TLS at once", "none", NULL};

    while (said.len > 0 && (said.data[0] == '\r' || said.data[0] == '\n'))
        said = ks_slice_part(said, 1, said.len - 1);
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (begins_with(said, looks[i].begins) &&
            (!looks[i].contains || contains(said, looks[i].contains)))
            return &looks[i].is;
    if (said.len >= 2 && ks_clear_is_tls(said))
        return &tls;
    if (is_mysql(said))
        return &mysql;
    if (is_ldap(said))
        return &ldap;
    return is_postgres(said) ? &postgres : NULL;
}

/* ---- quoting ---- */

static bool is_text(struct ks_slice said)
{
    for (size_t i = 0; i < said.len; i++)
        if (said.data[i] == 0 || (said.data[i] < ' ' && said.data[i] != '\t'))
            return false;
    return said.len > 0;
}

static struct ks_slice first_line(struct ks_slice said)
{
    size_t len = 0;

    while (said.len > 0 && (said.data[0] == '\r' || said.data[0] == '\n'))
        said = ks_slice_part(said, 1, said.len - 1);
    while (len < said.len && said.data[len] != '\r' && said.data[len] != '\n')
        len++;
    return ks_slice_part(said, 0, len);
}

static char *put_hex(struct ks_slice said, char *out)
{
    size_t count = said.len < QUOTED_BYTES ? said.len : QUOTED_BYTES, at = 0;

    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(out + at, KS_CLEAR_QUOTE - at, i ? " %02x" : "%02x", said.data[i]);
    (void)snprintf(out + at, KS_CLEAR_QUOTE - at, "%s",
                   said.len > count ? " ... (hexadecimal)" : " (hexadecimal)");
    return out;
}

char *ks_clear_quote(struct ks_slice said, char out[static KS_CLEAR_QUOTE])
{
    struct ks_slice line = first_line(said);

    if (said.len == 0) {
        (void)snprintf(out, KS_CLEAR_QUOTE, "nothing");
        return out;
    }
    if (!is_text(line))
        return put_hex(said, out);
    size_t len = line.len < QUOTED_TEXT ? line.len : QUOTED_TEXT;
    /* not in the middle of a character of UTF-8 */
    while (len < line.len && len > 0 && (line.data[len] & 0xc0) == 0x80)
        len--;
    (void)snprintf(out, KS_CLEAR_QUOTE, "\"%.*s%s\"", (int)len, (const char *)line.data,
                   len < line.len ? "..." : "");
    return out;
}
