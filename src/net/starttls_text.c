/* The protocols of lines: SMTP (RFC 3207), FTP (RFC 4217), IMAP and POP3 (RFC 2595, RFC 2449). */
#include "net/talk.h"

#include <string.h>

/* ---- replies of three digits, RFC 5321 4.2 and RFC 959 4.2 ---- */

struct reply {
    int code;
    struct ks_slice all;  /* of its lines */
    struct ks_slice last; /* line */
};

/* "250", "250 text", "250-text" */
static int code_of(struct ks_slice line)
{
    int code = 0;

    for (size_t i = 0; i < 3; i++) {
        if (line.len < 3 || line.data[i] < '0' || line.data[i] > '9')
            return -1;
        code = 10 * code + (line.data[i] - '0');
    }
    return line.len == 3 || line.data[3] == ' ' || line.data[3] == '-' ? code : -1;
}

/* Lines in the middle of a reply may be anything (FTP), or have the code as well (SMTP); the last
 * one has the code and no hyphen. */
static enum ks_code read_reply(struct ks_talk *t, struct reply *out)
{
    struct ks_slice line;
    size_t from = t->at;
    enum ks_code rc = ks_talk_line(t, &line);

    if (rc != KS_OK)
        return rc;
    out->code = code_of(line);
    if (out->code < 0)
        return ks_talk_foreign(t);
    while (rc == KS_OK && (code_of(line) != out->code || (line.len > 3 && line.data[3] == '-')))
        rc = ks_talk_line(t, &line);
    out->last = line;
    out->all = ks_slice(t->in.data + from, t->at - from);
    return rc;
}

static enum ks_code ask(struct ks_talk *t, const char *command, struct reply *out)
{
    enum ks_code rc = ks_talk_say_text(t, command);

    return rc == KS_OK ? read_reply(t, out) : rc;
}

static bool contains(struct ks_slice text, const char *word)
{
    for (size_t i = 0; i < text.len; i++)
        if (ks_talk_begins(ks_slice_part(text, i, text.len - i), word))
            return true;
    return false;
}

/* What the server can do instead is quoted as one line. */
static enum ks_code not_offered(struct ks_talk *t, struct ks_slice list, const char *why)
{
    struct ks_buf line = KS_BUF_INIT;

    for (size_t i = 0; i < list.len; i++)
        if (list.data[i] == '\n')
            ks_buf_byte(&line, ' ');
        else if (list.data[i] != '\r')
            ks_buf_byte(&line, list.data[i]);
    enum ks_code rc = ks_talk_refused(t, ks_slice(line.data, line.len), why);
    ks_buf_free(&line);
    return rc;
}

/* ---- SMTP ---- */

static enum ks_code greet_smtp(struct ks_talk *t)
{
    struct reply r;
    enum ks_code rc = read_reply(t, &r);

    if (rc != KS_OK)
        return rc;
    if (contains(r.all, "FTP") && !contains(r.all, "SMTP"))
        return ks_talk_foreign(t);
    return r.code == 220 ? KS_OK : ks_talk_refused(t, r.all, "turns this host away");
}

enum ks_code ks_prelude_smtp(struct ks_talk *t)
{
    struct reply r;
    enum ks_code rc = greet_smtp(t);

    /* a literal address tells nothing of the host that asks */
    if (rc == KS_OK)
        rc = ask(t, "EHLO [127.0.0.1]\r\n", &r);
    if (rc != KS_OK)
        return rc;
    if (r.code != 250)
        return ks_talk_refused(t, r.all, "does not take EHLO");
    if (!ks_talk_has_word(r.all, "STARTTLS"))
        return not_offered(t, r.all, "does not offer STARTTLS");
    rc = ask(t, "STARTTLS\r\n", &r);
    if (rc == KS_OK && r.code != 220)
        return ks_talk_refused(t, r.all, "refuses STARTTLS");
    return rc;
}

/* ---- FTP ---- */

enum ks_code ks_prelude_ftp(struct ks_talk *t)
{
    struct reply r;
    enum ks_code rc = read_reply(t, &r);

    while (rc == KS_OK && r.code == 120) /* ready in a few minutes */
        rc = read_reply(t, &r);
    if (rc != KS_OK)
        return rc;
    if (contains(r.all, "SMTP") && !contains(r.all, "FTP"))
        return ks_talk_foreign(t);
    if (r.code != 220)
        return ks_talk_refused(t, r.all, "turns this host away");
    rc = ask(t, "AUTH TLS\r\n", &r);
    if (rc == KS_OK && r.code != 234)
        return ks_talk_refused(t, r.all, "refuses AUTH TLS");
    return rc;
}

/* ---- IMAP ---- */

/* Lines until the answer to our command; *offers is set when one of them has the word. */
static enum ks_code read_tagged(struct ks_talk *t, const char *tag, const char *word, bool *offers,
                                struct ks_slice *out)
{
    enum ks_code rc;

    while ((rc = ks_talk_line(t, out)) == KS_OK) {
        if (word && ks_talk_has_word(*out, word))
            *offers = true;
        if (ks_talk_begins(*out, "* BYE"))
            return ks_talk_refused(t, *out, "ends the connection");
        if (ks_talk_begins(*out, tag))
            return KS_OK;
        if (!ks_talk_begins(*out, "*") && !ks_talk_begins(*out, "+"))
            return ks_talk_foreign(t);
    }
    return rc;
}

static enum ks_code greet_imap(struct ks_talk *t)
{
    struct ks_slice line;
    enum ks_code rc = ks_talk_line(t, &line);

    if (rc != KS_OK || ks_talk_begins(line, "* OK"))
        return rc;
    if (ks_talk_begins(line, "* BYE"))
        return ks_talk_refused(t, line, "turns this host away");
    if (ks_talk_begins(line, "* PREAUTH"))
        return ks_talk_refused(t, line, "takes everybody for logged in, and no TLS after that");
    return ks_talk_foreign(t);
}

enum ks_code ks_prelude_imap(struct ks_talk *t)
{
    struct ks_slice line;
    bool offers = false;
    enum ks_code rc = greet_imap(t);

    if (rc == KS_OK)
        rc = ks_talk_say_text(t, "a1 CAPABILITY\r\n");
    size_t from = t->at;
    if (rc == KS_OK)
        rc = read_tagged(t, "a1 ", "STARTTLS", &offers, &line);
    if (rc != KS_OK)
        return rc;
    if (!offers)
        return not_offered(t, ks_slice(t->in.data + from, t->at - from), "does not offer STARTTLS");
    rc = ks_talk_say_text(t, "a2 STARTTLS\r\n");
    if (rc == KS_OK)
        rc = read_tagged(t, "a2 ", NULL, NULL, &line);
    if (rc == KS_OK && !ks_talk_begins(line, "a2 OK"))
        return ks_talk_refused(t, line, "refuses STARTTLS");
    return rc;
}

/* ---- POP3 ---- */

/* What the server can do, if it knows the command: a line each, and a full stop. */
static enum ks_code ask_capa(struct ks_talk *t, bool *offers)
{
    struct ks_slice line;
    enum ks_code rc = ks_talk_say_text(t, "CAPA\r\n");

    if (rc == KS_OK)
        rc = ks_talk_line(t, &line);
    *offers = rc == KS_OK && !ks_talk_begins(line, "+OK"); /* nobody knows */
    if (rc != KS_OK || *offers)
        return rc;
    while ((rc = ks_talk_line(t, &line)) == KS_OK && !ks_slice_equal(line, ks_slice_str(".")))
        *offers =
            *offers || ks_slice_equal(line, ks_slice_str("STLS")) || ks_talk_has_word(line, "STLS");
    return rc;
}

static enum ks_code read_consent(struct ks_talk *t, const char *why)
{
    struct ks_slice line;
    enum ks_code rc = ks_talk_line(t, &line);

    if (rc != KS_OK || ks_talk_begins(line, "+OK"))
        return rc;
    return ks_talk_begins(line, "-ERR") ? ks_talk_refused(t, line, why) : ks_talk_foreign(t);
}

enum ks_code ks_prelude_pop3(struct ks_talk *t)
{
    bool offers = false;
    size_t from = 0;
    enum ks_code rc = read_consent(t, "turns this host away");

    if (rc == KS_OK) {
        from = t->at;
        rc = ask_capa(t, &offers);
    }
    if (rc == KS_OK && !offers)
        return not_offered(t, ks_slice(t->in.data + from, t->at - from), "does not offer STLS");
    if (rc == KS_OK)
        rc = ks_talk_say_text(t, "STLS\r\n");
    return rc == KS_OK ? read_consent(t, "refuses STLS") : rc;
}
