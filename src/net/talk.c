#include "net/talk.h"

#include "net/clear.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NOT_BEGUN "TLS was not begun with %s: "

static struct ks_slice all(const struct ks_talk *t)
{
    return ks_slice(t->in.data, t->in.len);
}

static struct ks_slice rest(const struct ks_talk *t)
{
    return ks_slice_part(all(t), t->at, t->in.len - t->at);
}

/* ---- errors ---- */

static const char *name(const struct ks_talk *t)
{
    return *t->host ? t->host : "it";
}

enum ks_code ks_talk_refused(struct ks_talk *t, struct ks_slice said, const char *why)
{
    char quote[KS_CLEAR_QUOTE];

    ks_fail(t->err, KS_ERR_NETWORK, "starttls", NOT_BEGUN "the server %s (%s); it said %s", name(t),
            why, t->protocol, ks_clear_quote(said, quote));
    return ks_fail_next(t->err, KS_ERR_NETWORK,
                        "another port of it may speak TLS at once; its log may say more");
}

enum ks_code ks_talk_foreign(struct ks_talk *t)
{
    char quote[KS_CLEAR_QUOTE];
    const struct ks_clear *look = ks_clear_look(all(t));

    ks_fail(t->err, KS_ERR_NETWORK, "not-this-protocol",
            NOT_BEGUN "what the server says is not %s: %s", name(t), t->protocol,
            ks_clear_quote(all(t), quote));
    if (!look)
        return ks_fail_next(t->err, KS_ERR_NETWORK, "see what is spoken at this port");
    if (look->word)
        return ks_fail_next(t->err, KS_ERR_NETWORK, "it speaks %s: --starttls %s", look->speaks,
                            look->word);
    return ks_fail_next(t->err, KS_ERR_NETWORK, "it speaks %s: %s", look->speaks, look->advice);
}

static enum ks_code closed(struct ks_talk *t)
{
    char quote[KS_CLEAR_QUOTE];

    if (t->in.len == 0) {
        ks_fail(t->err, KS_ERR_NETWORK, "closed",
                NOT_BEGUN "the server closed the connection without a word of %s", name(t),
                t->protocol);
        return ks_fail_next(t->err, KS_ERR_NETWORK,
                            "it may speak TLS at once (--starttls none), or turn this host away");
    }
    return ks_fail(t->err, KS_ERR_NETWORK, "closed",
                   NOT_BEGUN "the server closed the connection (%s); it said %s", name(t),
                   t->protocol, ks_clear_quote(all(t), quote));
}

/* A server of TLS at once waits for us, as we do for it. */
static enum ks_code not_read(struct ks_talk *t, enum ks_code rc)
{
    if (rc == KS_ERR_NETWORK && strcmp(t->err->slug, "timeout") == 0 && t->in.len == 0)
        return ks_fail_next(t->err, rc,
                            "nothing of %s came: it may speak TLS at once (--starttls "
                            "none), or another protocol",
                            t->protocol);
    return rc;
}

/* ---- reading ---- */

static enum ks_code more(struct ks_talk *t)
{
    size_t room = KS_TALK_BYTES - t->in.len, got = 0;
    uint8_t bytes[KS_TALK_LINE];

    if (room == 0)
        return ks_talk_refused(t, all(t), "says 64 KiB in clear and comes to no end");
    enum ks_code rc =
        ks_wire_read(t->wire, bytes, room < sizeof bytes ? room : sizeof bytes, &got, t->err);
    if (rc != KS_OK)
        return not_read(t, rc);
    if (got == 0)
        return closed(t);
    if (t->in.cap == 0) /* once: what is lent must not move */
        ks_buf_reserve(&t->in, KS_TALK_BYTES + 1);
    ks_buf_append(&t->in, bytes, got);
    return KS_OK;
}

enum ks_code ks_talk_bytes(struct ks_talk *t, size_t count, struct ks_slice *out)
{
    enum ks_code rc = KS_OK;

    while (rc == KS_OK && t->in.len - t->at < count)
        rc = more(t);
    if (rc != KS_OK)
        return rc;
    *out = ks_slice_part(all(t), t->at, count);
    t->at += count;
    return KS_OK;
}

static const uint8_t *line_end(struct ks_slice in, size_t from)
{
    return in.len > from ? memchr(in.data + from, '\n', in.len - from) : NULL;
}

enum ks_code ks_talk_line(struct ks_talk *t, struct ks_slice *out)
{
    const uint8_t *end;
    size_t looked = 0;

    while (!(end = line_end(rest(t), looked))) {
        looked = rest(t).len;
        if (looked > KS_TALK_LINE)
            break;
        enum ks_code rc = more(t);
        if (rc != KS_OK)
            return rc;
    }
    if (!end || (size_t)(end - rest(t).data) > KS_TALK_LINE)
        return ks_talk_foreign(t);
    size_t len = (size_t)(end - rest(t).data);
    *out = ks_slice_part(rest(t), 0, len);
    t->at += len + 1;
    if (len > 0 && out->data[len - 1] == '\r')
        out->len--;
    return KS_OK;
}

/* ---- saying ---- */

enum ks_code ks_talk_say(struct ks_talk *t, struct ks_slice what)
{
    return ks_wire_write(t->wire, what.data, what.len, t->err);
}

enum ks_code ks_talk_say_text(struct ks_talk *t, const char *text)
{
    return ks_talk_say(t, ks_slice_str(text));
}

/* ---- words ---- */

bool ks_talk_begins(struct ks_slice line, const char *with)
{
    size_t len = strlen(with);

    return line.len >= len && strncasecmp((const char *)line.data, with, len) == 0;
}

static bool ends_word(struct ks_slice line, size_t at)
{
    return at >= line.len || strchr(" \t\r\n]", line.data[at]) != NULL;
}

bool ks_talk_has_word(struct ks_slice line, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= line.len; i++)
        if ((i == 0 || strchr(" \t\n-", line.data[i - 1])) && ends_word(line, i + len) &&
            strncasecmp((const char *)line.data + i, word, len) == 0)
            return true;
    return false;
}
