#include "net/target.h"

#include "net/place.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SOCKS_PORT 1080

/* socks5 alone leaves looking names up to this host, as curl has it. */
static const struct {
    const char *scheme;
    enum ks_proxy_kind kind;
    bool resolves;
} schemes[] = {{"http", KS_PROXY_HTTP, true},
               {"socks5h", KS_PROXY_SOCKS5, true},
               {"socks", KS_PROXY_SOCKS5, true},
               {"socks5", KS_PROXY_SOCKS5, false}};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void ks_proxy_drop(struct ks_proxy *proxy)
{
    ks_secret_free(proxy->password);
    *proxy = (struct ks_proxy){0};
}

/* ---- one proxy ---- */

static const char *take_scheme(const struct ks_place *place, struct ks_proxy *out)
{
    if (place->scheme.len == 0) {
        out->kind = KS_PROXY_HTTP;
        out->resolves = true;
        return NULL;
    }
    for (size_t i = 0; i < COUNT(schemes); i++) {
        if (!ks_place_scheme_is(place, schemes[i].scheme))
            continue;
        out->kind = schemes[i].kind;
        out->resolves = schemes[i].resolves;
        return NULL;
    }
    if (ks_place_scheme_is(place, "https"))
        return "a proxy that is itself spoken to by https is not supported; most take http://";
    return "its scheme is none of http, socks5 and socks5h";
}

static int hex_value(uint8_t c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)((at - digits) % 16) : -1;
}

/* RFC 3986 2.1. False for what does not fit, and for control characters, which would end a line of
 * the request. */
static bool decode(struct ks_slice in, char *out, size_t room, size_t *len)
{
    size_t used = 0;

    for (size_t i = 0; i < in.len; i++) {
        int c = in.data[i];
        if (c == '%' && in.len - i > 2 && hex_value(in.data[i + 1]) >= 0 &&
            hex_value(in.data[i + 2]) >= 0) {
            c = hex_value(in.data[i + 1]) << 4 | hex_value(in.data[i + 2]);
            i += 2;
        }
        if (c < ' ' || c == 0x7f || used + 1 >= room)
            return false;
        out[used++] = (char)c;
    }
    out[used] = '\0';
    *len = used;
    return true;
}

static const char *take_password(struct ks_slice text, struct ks_proxy *out)
{
    char clear[KS_SECRET_MAX + 1];
    size_t len = 0;
    bool fine = decode(text, clear, sizeof clear, &len);

    if (fine)
        out->password = ks_secret_new(clear, len);
    ks_wipe(clear, sizeof clear);
    return fine ? NULL : "its password is too long, or has a control character in it";
}

static const char *take_user(const struct ks_place *place, bool with_password, struct ks_proxy *out)
{
    struct ks_slice user = place->user;
    const uint8_t *colon = user.len ? memchr(user.data, ':', user.len) : NULL;
    size_t len = 0;

    if (!user.data)
        return NULL;
    if (colon && !with_password)
        return "a password does not belong on a command line, which everybody on the host can read";
    if (colon)
        user.len = (size_t)(colon - user.data);
    if (!decode(user, out->user, sizeof out->user, &len) || (len && strchr(out->user, ':')))
        return "its user is too long, or has a character that no user has";
    if (!colon)
        return NULL;
    return take_password(ks_slice_part(place->user, user.len + 1, SIZE_MAX), out);
}

static const char *parse(const char *text, bool with_password, struct ks_proxy *out)
{
    struct ks_place place;
    const char *why = ks_place_parse(text, &place);

    if (!why)
        why = take_scheme(&place, out);
    if (!why)
        why = take_user(&place, with_password, out);
    if (!why && !place.port && out->kind == KS_PROXY_HTTP)
        why = "its port is missing, which is no custom: 3128 and 8080 are frequent";
    if (why)
        return why;
    out->port = place.port ? place.port : SOCKS_PORT;
    memcpy(out->host, place.host, sizeof out->host);
    return NULL;
}

enum ks_code ks_proxy_parse(const char *text, struct ks_proxy *out, struct ks_error *err)
{
    *out = (struct ks_proxy){0};
    if (strcasecmp(text, "none") == 0)
        return KS_OK;
    const char *why = parse(text, false, out);
    if (!why)
        return KS_OK;
    ks_proxy_drop(out);
    if (strchr(text, '@'))
        ks_fail(err, KS_ERR_USAGE, "bad-proxy", "that is no proxy: %s", why);
    else
        ks_fail(err, KS_ERR_USAGE, "bad-proxy", "'%.200s' is no proxy: %s", text, why);
    return ks_fail_next(err, KS_ERR_USAGE,
                        "write it as proxy.example.com:3128, http://user@proxy.example.com:3128, "
                        "socks5h://proxy.example.com:1080 or none; a password goes into "
                        "--proxy-pass or HTTPS_PROXY");
}

/* ---- whom no proxy is for ---- */

static bool inet_bytes(const char *text, uint8_t out[static 16], size_t *len)
{
    bool six = strchr(text, ':') != NULL;
    *len = six ? 16 : 4;
    return inet_pton(six ? AF_INET6 : AF_INET, text, out) == 1;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, size_t bits)
{
    size_t whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

/* "192.0.2.0/24", "2001:db8::/32", "192.0.2.7", "[2001:db8::7]" */
static bool block_has(char *word, const char *host)
{
    uint8_t block[16], address[16];
    size_t len, of_host;
    char *slash = strchr(word, '/'), *end = NULL;

    if (slash)
        *slash = '\0';
    if (word[0] == '[' && word[strlen(word) - 1] == ']') {
        word[strlen(word) - 1] = '\0';
        word++;
    }
    if (!inet_bytes(word, block, &len) || !inet_bytes(host, address, &of_host) || len != of_host)
        return false;
    if (!slash)
        return memcmp(block, address, len) == 0;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    return slash[1] >= '0' && slash[1] <= '9' && !*end && bits <= len * 8 &&
           same_bits(block, address, bits);
}

/* "example.com" and ".example.com" are the host of that name and all below it; Java's
 * "*.example.com" is taken, too. */
static bool name_covers(const char *word, const char *host)
{
    size_t have = strlen(host);

    if (strncmp(word, "*.", 2) == 0)
        word++;
    word += word[0] == '.';
    size_t len = strlen(word);
    if (len > 1 && word[len - 1] == '.')
        len--;
    return len > 0 && len <= have && strncasecmp(host + have - len, word, len) == 0 &&
           (len == have || host[have - len - 1] == '.');
}

static bool covers(const char *text, size_t len, const char *host)
{
    char word[256];
    uint8_t address[16];
    size_t address_len;

    if (len == 0 || len >= sizeof word)
        return false;
    memcpy(word, text, len);
    word[len] = '\0';
    if (strcmp(word, "*") == 0)
        return true;
    return inet_bytes(host, address, &address_len) ? block_has(word, host)
                                                   : name_covers(word, host);
}

static const char *set(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static bool is_excepted(const char *host)
{
    static const char gaps[] = ", \t\r\n";
    const char *list = set("no_proxy");

    if (!list)
        list = set("NO_PROXY");
    for (size_t len; list && *list; list += len) {
        list += strspn(list, gaps);
        len = strcspn(list, gaps);
        if (covers(list, len, host))
            return true;
    }
    return false;
}

/* ---- the environment ---- */

/* HTTP_PROXY in capitals is what a web server makes of a request's header "Proxy:". */
static const char *variable(bool plain)
{
    static const char *const of_http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const of_others[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                            NULL};
    const char *const *name = plain ? of_http : of_others;

    while (*name && !set(*name))
        name++;
    return *name;
}

enum ks_code ks_proxy_of_environment(const char *host, bool plain, struct ks_proxy *out,
                                     struct ks_error *err)
{
    const char *name = variable(plain);

    *out = (struct ks_proxy){0};
    if (!name || is_excepted(host))
        return KS_OK;
    const char *why = parse(set(name), true, out);
    out->from = name;
    if (!why)
        return KS_OK;
    ks_proxy_drop(out);
    ks_fail(err, KS_ERR_USAGE, "bad-proxy", "the proxy that %s names cannot be used: %s", name,
            why);
    return ks_fail_next(err, KS_ERR_USAGE,
                        "write it as http://proxy.example.com:3128, or say --proxy none");
}

void ks_proxy_text(const struct ks_proxy *proxy, struct ks_buf *out)
{
    if (proxy->kind == KS_PROXY_NONE) {
        ks_buf_str(out, "none");
        return;
    }
    if (proxy->kind == KS_PROXY_SOCKS5)
        ks_buf_str(out, "socks5://");
    ks_place_text(proxy->host, proxy->port, out);
    if (proxy->from)
        ks_buf_printf(out, " (%s)", proxy->from);
}
