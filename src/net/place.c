#include "net/place.h"

#include "x509/host.h"

#include <string.h>
#include <strings.h>

#define MAX_TEXT 4096

/* RFC 3986 3.1 */
static size_t scheme_length(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789+-.";
    size_t len = strspn(text, letters);
    return len > 0 && strncmp(text + len, "://", 3) == 0 ? len : 0;
}

static const char *parse_port(struct ks_slice text, uint16_t *out)
{
    unsigned value = 0;

    if (text.len == 0)
        return "no port behind the ':'";
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return "what is behind the ':' is no port number";
        value = value > 65535 ? value : value * 10 + (unsigned)(text.data[i] - '0');
    }
    if (value == 0 || value > 65535)
        return "a port is a number from 1 to 65535";
    *out = (uint16_t)value;
    return NULL;
}

/* Where the host ends: an IPv6 address has colons of its own, and is mostly in brackets. */
static size_t host_length(const char *text, size_t len)
{
    const char *end = text[0] == '[' ? memchr(text, ']', len) : NULL;

    if (end)
        return (size_t)(end - text) + 1;
    if (ks_host_is_address(text, len))
        return len;
    end = memchr(text, ':', len);
    return end ? (size_t)(end - text) : len;
}

static const char *parse_host(const char *text, size_t len, struct ks_place *out)
{
    char copy[MAX_TEXT + 1];
    struct ks_buf canonical = KS_BUF_INIT;

    memcpy(copy, text, len);
    copy[len] = '\0';
    const char *why = ks_host_refusal(copy);
    if (!why && (!ks_host_canonical(copy, &canonical) || canonical.len >= sizeof out->host))
        why = "a host name of more than 253 characters";
    if (!why)
        memcpy(out->host, ks_buf_text(&canonical), canonical.len + 1);
    ks_buf_free(&canonical);
    return why;
}

static const char *parse_authority(const char *text, size_t len, struct ks_place *out)
{
    size_t host = host_length(text, len);

    if (host == 0)
        return "no host name";
    if (host < len && text[host] != ':')
        return "behind the ']' only a port may follow";
    const char *why = parse_host(text, host, out);
    if (why || host == len)
        return why;
    return parse_port(ks_slice(text + host + 1, len - host - 1), &out->port);
}

/* The last '@' counts, as in browsers: what is in front of it is never a host. */
static size_t user_length(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] != '@')
        len--;
    return len;
}

const char *ks_place_parse(const char *text, struct ks_place *out)
{
    size_t scheme = scheme_length(text);

    *out = (struct ks_place){.scheme = {(const uint8_t *)text, scheme}};
    if (strnlen(text, MAX_TEXT + 1) > MAX_TEXT)
        return "more than 4,096 characters";
    const char *at = text + scheme + (scheme ? 3 : 0);
    size_t len = strcspn(at, "/?#");
    size_t user = user_length(at, len);
    if (user)
        out->user = ks_slice(at, user - 1);
    out->rest = ks_slice_str(at + len);
    return parse_authority(at + user, len - user, out);
}

void ks_place_text(const char *host, uint16_t port, struct ks_buf *out)
{
    bool six = strchr(host, ':') != NULL;
    ks_buf_printf(out, "%s%s%s:%u", six ? "[" : "", host, six ? "]" : "", port);
}

bool ks_place_scheme_is(const struct ks_place *place, const char *word)
{
    return place->scheme.len == strlen(word) && place->scheme.len > 0 &&
           strncasecmp((const char *)place->scheme.data, word, place->scheme.len) == 0;
}
