/* What is fetched at all. */
#include "net/http.h"

#include "net/place.h"
#include "net/url.h"

#include <string.h>

#define MAX_URL 2000

static const char *check_text(const char *text)
{
    size_t len = strnlen(text, MAX_URL + 1);

    if (len > MAX_URL)
        return "it is longer than 2,000 characters";
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return "it has a blank or another character that no URL has";
    return NULL;
}

const char *ks_url_parse(const char *text, struct ks_url *out)
{
    struct ks_place place;
    const char *why = check_text(text);

    *out = (struct ks_url){.rest = ""};
    if (why)
        return why;
    why = ks_place_parse(text, &place);
    out->tls = ks_place_scheme_is(&place, "https");
    if (!out->tls && !ks_place_scheme_is(&place, "http"))
        return "its scheme is neither http nor https";
    if (place.user.data)
        return "there is a user in it";
    if (why)
        return why;
    memcpy(out->host, place.host, sizeof out->host);
    out->port = place.port ? place.port : out->tls ? 443 : 80;
    out->rest = (const char *)place.rest.data;
    return NULL;
}

void ks_url_text(const struct ks_url *url, struct ks_buf *out)
{
    bool six = strchr(url->host, ':') != NULL, slash = url->rest[0] == '/';

    ks_buf_printf(out, "http%s://%s%s%s", url->tls ? "s" : "", six ? "[" : "", url->host,
                  six ? "]" : "");
    if (url->port != (url->tls ? 443 : 80))
        ks_buf_printf(out, ":%u", url->port);
    ks_buf_printf(out, "%s%.*s", slash ? "" : "/", (int)strcspn(url->rest, "#"), url->rest);
}

const char *ks_fetch_refusal(const char *url)
{
    struct ks_url parsed;
    return ks_url_parse(url, &parsed);
}

bool ks_fetch_may_ask(const struct ks_fetch *fetch)
{
    struct ks_url url;
    if (ks_url_parse(fetch->url, &url))
        return false;
    return (fetch->any_port || url.port == 80 || url.port == 443) &&
           (fetch->private_too || !ks_address_is_private(url.host));
}

enum ks_code ks_fetch_proxy(const struct ks_fetch *how, const char *host, bool plain,
                            struct ks_proxy *out, struct ks_error *err)
{
    *out = (struct ks_proxy){0};
    if (how->no_proxy)
        return KS_OK;
    if (how->proxy) {
        *out = *how->proxy;
        out->password = out->password ? ks_secret_ref(out->password) : NULL;
        return KS_OK;
    }
    enum ks_code rc = ks_proxy_of_environment(host, plain, out, err);
    if (rc == KS_OK && out->kind != KS_PROXY_NONE && !out->password && how->proxy_password)
        out->password = ks_secret_ref(how->proxy_password);
    return rc;
}

enum ks_code ks_fetch_proxy_of(const struct ks_fetch *how, const char *url, struct ks_proxy *out,
                               struct ks_error *err)
{
    struct ks_url parsed;

    *out = (struct ks_proxy){0};
    return ks_url_parse(url, &parsed) ? KS_OK
                                      : ks_fetch_proxy(how, parsed.host, !parsed.tls, out, err);
}
