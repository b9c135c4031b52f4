/*
 * XMPP, RFC 6120 5: a stream of XML in which tags are looked at one by one, whatever prefixes they
 * have; what is between them does not matter.
 */
#include "net/talk.h"

#include <string.h>

struct tag {
    struct ks_slice whole; /* without < and > */
    struct ks_slice name;  /* without prefix */
    bool ends, empty;      /* </x>, <x/> */
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum ks_code next_byte(struct ks_talk *t, uint8_t *out)
{
    struct ks_slice byte = {0};
    enum ks_code rc = ks_talk_bytes(t, 1, &byte);

    if (rc == KS_OK)
        *out = byte.data[0];
    return rc;
}

/* To the '>' that ends the tag, which may be in quotation marks before. */
static enum ks_code read_tag(struct ks_talk *t, struct ks_slice *out)
{
    size_t from = t->at;
    uint8_t c = 0, quote = 0;

    while (quote || c != '>') {
        enum ks_code rc = next_byte(t, &c);
        if (rc != KS_OK)
            return rc;
        if (t->at - from > KS_TALK_LINE)
            return ks_talk_foreign(t);
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
    }
    *out = ks_slice(t->in.data + from, t->at - from - 1);
    return KS_OK;
}

static struct tag parse_tag(struct ks_slice whole)
{
    struct tag tag = {.whole = whole};
    size_t at = 0, end;

    tag.ends = whole.len > 0 && whole.data[0] == '/';
    tag.empty = whole.len > 1 && whole.data[whole.len - 1] == '/';
    at = tag.ends;
    for (end = at; end < whole.len && !is_blank(whole.data[end]) && whole.data[end] != '/'; end++)
        if (whole.data[end] == ':')
            at = end + 1;
    tag.name = ks_slice_part(whole, at, end - at);
    return tag;
}

/* The next element's tag. What is before the first one is another protocol. */
static enum ks_code next_tag(struct ks_talk *t, struct tag *out)
{
    struct ks_slice whole;
    uint8_t c = 0;

    for (;;) {
        bool first = t->at == 0;
        enum ks_code rc = next_byte(t, &c);
        if (rc != KS_OK)
            return rc;
        if (first && c != '<' && !is_blank(c))
            return ks_talk_foreign(t);
        if (c != '<')
            continue;
        rc = read_tag(t, &whole);
        if (rc != KS_OK)
            return rc;
        if (whole.len > 0 && whole.data[0] != '?' && whole.data[0] != '!') {
            *out = parse_tag(whole);
            return KS_OK;
        }
    }
}

static bool is_named(const struct tag *tag, const char *name)
{
    return ks_slice_equal(tag->name, ks_slice_str(name));
}

static struct ks_slice from_here(const struct ks_talk *t, size_t at)
{
    return ks_slice(t->in.data + at, t->in.len - at);
}

/* The element inside says what the matter is. */
static enum ks_code stream_error(struct ks_talk *t, const struct tag *tag)
{
    size_t at = (size_t)(tag->whole.data - t->in.data) - 1;
    struct tag condition;

    if (!tag->empty && next_tag(t, &condition) == KS_ERR_CANCELLED)
        return KS_ERR_CANCELLED;
    (void)ks_talk_refused(t, from_here(t, at), "ends the stream");
    return ks_fail_next(t->err, KS_ERR_NETWORK,
                        "it was asked for %s: the domain of its users may be another (--sni)",
                        t->host);
}

/* Until an element of one of two names begins (or, for `until`, ends). */
static enum ks_code seek(struct ks_talk *t, const char *name, const char *until, bool at_end,
                         const char *why, struct tag *out)
{
    size_t from = t->at;

    for (;;) {
        enum ks_code rc = next_tag(t, out);
        if (rc != KS_OK)
            return rc;
        if (is_named(out, "error") && !out->ends)
            return stream_error(t, out);
        if (is_named(out, name) && !out->ends)
            return KS_OK;
        if (is_named(out, until) && (!at_end || out->ends || out->empty))
            return ks_talk_refused(t, from_here(t, from), why);
        if (is_named(out, "stream") && out->ends)
            return ks_talk_refused(t, from_here(t, from), "ends the stream");
    }
}

static void put_escaped(const char *host, struct ks_buf *out)
{
    for (; *host; host++)
        if (strchr("<>&'\"", *host))
            ks_buf_printf(out, "&#%d;", *host);
        else
            ks_buf_byte(out, (uint8_t)*host);
}

static enum ks_code open_stream(struct ks_talk *t)
{
    struct ks_buf text = KS_BUF_INIT;
    struct tag tag;

    ks_buf_str(&text, "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                      "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='");
    put_escaped(t->host, &text);
    ks_buf_str(&text, "'>");
    enum ks_code rc = ks_talk_say_text(t, ks_buf_text(&text));
    ks_buf_free(&text);
    if (rc == KS_OK)
        rc = next_tag(t, &tag);
    return rc != KS_OK || is_named(&tag, "stream") ? rc : ks_talk_foreign(t);
}

enum ks_code ks_prelude_xmpp(struct ks_talk *t)
{
    struct tag tag;
    enum ks_code rc = open_stream(t);

    if (rc == KS_OK)
        rc = seek(t, "starttls", "features", true, "does not offer STARTTLS", &tag);
    while (rc == KS_OK && !(is_named(&tag, "features") && tag.ends))
        rc = next_tag(t, &tag);
    if (rc == KS_OK)
        rc = ks_talk_say_text(t, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    if (rc == KS_OK)
        rc = seek(t, "proceed", "failure", false, "refuses STARTTLS", &tag);
    while (rc == KS_OK && !tag.empty && !(is_named(&tag, "proceed") && tag.ends))
        rc = next_tag(t, &tag);
    return rc;
}
