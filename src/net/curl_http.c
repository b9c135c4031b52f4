#include "net/http.h"

#include "net/address.h"
#include "net/curl.h"
#include "net/url.h"

#include "doctor/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS 5
#define DROPPED_MOST (64u << 10) /* of an answer that says nothing but its status */

struct fetching {
    const struct ks_fetch *ask;
    struct ks_deadline until;
    struct ks_buf *out;
    size_t before; /* what was in `out` */
    size_t limit;
    struct ks_url url; /* of this step */
    char server[KS_TARGET_TEXT];
    struct ks_transfer t;
    struct curl_slist *headers;
    size_t dropped;
    bool too_large;
    char next[2048]; /* where a redirect leads; "" nowhere */
};

static const struct ks_curl *curl(const struct fetching *f)
{
    return f->t.curl;
}

static long status(const struct fetching *f)
{
    long code = 0;
    (void)curl(f)->getinfo(f->t.easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

/* ---- may it be asked ---- */

static enum ks_code fail_private(const struct fetching *f, const char *address,
                                 struct ks_error *err)
{
    if (strcmp(address, f->url.host) == 0)
        ks_fail(err, KS_ERR_NETWORK, "private-address",
                "nothing was asked of %.260s: it is an address of a private network or of this "
                "host",
                address);
    else if (address[0])
        ks_fail(err, KS_ERR_NETWORK, "private-address",
                "nothing was asked of %.260s: it is at %s, an address of a private network or of "
                "this host",
                f->url.host, address);
    else
        ks_fail(err, KS_ERR_NETWORK, "private-address",
                "nothing was asked of %.260s: by its name it is of a private network", f->url.host);
    return ks_fail_next(err, KS_ERR_NETWORK,
                        "the URL is a stranger's: allow private addresses when it is a server of "
                        "your own network");
}

static enum ks_code fail_port(const struct fetching *f, struct ks_error *err)
{
    ks_fail(err, KS_ERR_NETWORK, "odd-port",
            "nothing was asked of %.260s: its port is neither 80 nor 443", f->server);
    return ks_fail_next(err, KS_ERR_NETWORK,
                        "the URL is a stranger's: allow other ports when you know the server");
}

/* What can be told without looking its name up. A proxy does that in our place. */
static enum ks_code check_step(const struct fetching *f, const struct ks_proxy *proxy,
                               struct ks_error *err)
{
    bool asks_proxy = proxy->kind != KS_PROXY_NONE;

    if (!f->ask->any_port && f->url.port != 80 && f->url.port != 443)
        return fail_port(f, err);
    if (f->ask->private_too)
        return KS_OK;
    if (ks_address_is_private(f->url.host)) /* likewise in ks_fetch_may_ask() */
        return fail_private(f, f->url.host, err);
    return asks_proxy && ks_host_is_private(f->url.host) ? fail_private(f, "", err) : KS_OK;
}

/* ---- one request ---- */

static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
    struct fetching *f = ctx;
    size_t len = size * count;

    if (status(f) != 200) {
        f->dropped += len;
        return f->dropped > DROPPED_MOST ? 0 : len;
    }
    if (len > f->limit - (f->out->len - f->before)) {
        f->too_large = true;
        return 0;
    }
    ks_buf_append(f->out, data, len);
    return len;
}

static void set_post(struct fetching *f)
{
    struct ks_buf line = KS_BUF_INIT;

    ks_buf_printf(&line, "Content-Type: %s",
                  f->ask->content_type ? f->ask->content_type : "application/octet-stream");
    f->headers = curl(f)->slist_append(NULL, ks_buf_text(&line));
    f->headers = curl(f)->slist_append(f->headers, "Expect:");
    (void)curl(f)->setopt(f->t.easy, CURLOPT_HTTPHEADER, f->headers);
    (void)curl(f)->setopt(f->t.easy, CURLOPT_POST, 1L);
    (void)curl(f)->setopt(f->t.easy, CURLOPT_POSTFIELDSIZE, (long)f->ask->post.len);
    (void)curl(f)->setopt(f->t.easy, CURLOPT_POSTFIELDS, f->ask->post.data);
    ks_buf_free(&line);
}

static void set_request(struct fetching *f)
{
    struct ks_buf url = KS_BUF_INIT;
    char *bundle = f->url.tls ? ks_system_bundle() : NULL;

    ks_url_text(&f->url, &url);
    (void)curl(f)->setopt(f->t.easy, CURLOPT_URL, ks_buf_text(&url));
    (void)curl(f)->setopt(f->t.easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl(f)->setopt(f->t.easy, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl(f)->setopt(f->t.easy, CURLOPT_WRITEDATA, f);
    if (bundle)
        (void)curl(f)->setopt(f->t.easy, CURLOPT_CAINFO, bundle);
    if (f->ask->post.data)
        set_post(f);
    ks_buf_free(&url);
    free(bundle);
}

/* ---- what came of it ---- */

static enum ks_code fail_large(const struct fetching *f, struct ks_error *err)
{
    ks_fail(err, KS_ERR_LIMIT, "too-large",
            "the answer of %.260s was not taken: it is longer than %zu KiB", f->server,
            f->limit >> 10);
    return ks_fail_next(err, KS_ERR_LIMIT, "it is hardly what it should be; fetch it by hand");
}

static enum ks_code fail_status(const struct fetching *f, struct ks_error *err)
{
    ks_fail(err, KS_ERR_NETWORK, "http-status", "nothing was got from %.260s: it said '%.120s'",
            f->server, f->t.said.line);
    return ks_fail_next(err, KS_ERR_NETWORK,
                        "the CA may have moved it: look at its web site, or ask who issued it");
}

static enum ks_code fail_no_http(const struct fetching *f, struct ks_error *err)
{
    ks_fail(err, KS_ERR_NETWORK, "http-status",
            "nothing was got from %.260s: what it said is no HTTP", f->server);
    return ks_fail_next(err, KS_ERR_NETWORK, "another kind of server is at that port");
}

static enum ks_code fail_tls(const struct fetching *f, struct ks_error *err)
{
    bool untrusted = f->t.ended == CURLE_PEER_FAILED_VERIFICATION;

    ks_fail(err, KS_ERR_NETWORK, "tls", "nothing was got from %.260s: %s", f->server,
            untrusted ? "its own certificate is not trusted by the system's CAs"
                      : curl(f)->words(f->t.ended));
    return ks_fail_next(err, KS_ERR_NETWORK,
                        "CAs publish by plain http, since what is fetched is signed anyway: fetch "
                        "it by hand when you trust the server");
}

static bool is_tls(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CIPHER ||
           code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_INVALIDCERTSTATUS;
}

/* HTTP/0.9 is what anything that talks at once looks like. */
static bool is_no_http(CURLcode code)
{
    return code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY;
}

static bool is_redirect(long code)
{
    return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

static enum ks_code fail_redirect(const struct fetching *f, const char *why, struct ks_error *err)
{
    ks_fail(err, KS_ERR_NETWORK, "redirects",
            "nothing was got from %.200s: it leads on to '%.120s', which is not followed: %s",
            f->server, f->next, why);
    return ks_fail_next(err, KS_ERR_NETWORK, "the CA may have moved it: look at its web site");
}

static enum ks_code fail_many(const struct fetching *f, struct ks_error *err)
{
    ks_fail(err, KS_ERR_NETWORK, "redirects",
            "nothing was got from %.260s: it leads on, the third time in a row", f->server);
    return ks_fail_next(err, KS_ERR_NETWORK, "the CA may have moved it: look at its web site");
}

/* The library puts relative ones together. */
static enum ks_code take_redirect(struct fetching *f, struct ks_error *err)
{
    const char *to = NULL, *why;

    (void)curl(f)->getinfo(f->t.easy, CURLINFO_REDIRECT_URL, &to);
    if (!to)
        return fail_status(f, err);
    (void)snprintf(f->next, sizeof f->next, "%s", to);
    why = ks_fetch_refusal(to);
    return why ? fail_redirect(f, why, err) : KS_OK;
}

static enum ks_code judge(struct fetching *f, struct ks_error *err)
{
    long code = status(f);

    if (f->too_large)
        return fail_large(f, err);
    /* With a public address beside the private one, what came of that is to be told. */
    if (f->t.ended == CURLE_COULDNT_CONNECT && f->t.refused[0] && !f->t.address[0])
        return fail_private(f, f->t.refused, err);
    if (f->t.proxy && code == 407)
        return ks_transfer_fail_auth(&f->t, err);
    if (ks_transfer_flooded(&f->t))
        return ks_transfer_fail(&f->t, err);
    if (f->t.ended == CURLE_OK && is_redirect(code))
        return take_redirect(f, err);
    if (is_no_http(f->t.ended))
        return fail_no_http(f, err);
    if (is_tls(f->t.ended))
        return fail_tls(f, err);
    if (code && code != 200)
        return fail_status(f, err);
    return f->t.ended == CURLE_OK ? KS_OK : ks_transfer_fail(&f->t, err);
}

static enum ks_code ask_by(struct fetching *f, const struct ks_proxy *proxy, struct ks_error *err)
{
    enum ks_code rc = check_step(f, proxy, err);

    if (rc != KS_OK)
        return rc;
    f->t = (struct ks_transfer){.server = f->server,
                                .proxy = proxy,
                                .until = &f->until,
                                .connect_seconds = (f->until.seconds * 3 + 4) / 5,
                                .public_only = !f->ask->private_too};
    f->dropped = 0;
    f->next[0] = '\0';
    rc = ks_transfer_begin(&f->t, err);
    if (rc == KS_OK) {
        set_request(f);
        rc = ks_transfer_run(&f->t, err);
    }
    if (rc == KS_OK)
        rc = judge(f, err);
    ks_transfer_end(&f->t);
    if (f->headers)
        curl(f)->slist_free_all(f->headers);
    f->headers = NULL;
    return rc;
}

static void name_server(struct fetching *f)
{
    struct ks_target at = {.port = f->url.port};

    memcpy(at.host, f->url.host, sizeof at.host);
    (void)ks_target_text(&at, f->server);
}

/* The environment has its say about every host anew. */
static enum ks_code ask_once(struct fetching *f, struct ks_error *err)
{
    struct ks_proxy proxy;

    name_server(f);
    enum ks_code rc = ks_fetch_proxy(f->ask, f->url.host, !f->url.tls, &proxy, err);
    if (rc == KS_OK)
        rc = ask_by(f, &proxy, err);
    ks_proxy_drop(&proxy);
    return rc;
}

static enum ks_code fail_url(const char *url, const char *why, struct ks_error *err)
{
    ks_fail(err, KS_ERR_USAGE, "bad-url", "'%.200s' is not fetched: %s", url, why);
    return ks_fail_next(err, KS_ERR_USAGE, "fetch it by hand, and give the file");
}

static enum ks_code follow(struct fetching *f, struct ks_error *err)
{
    char here[sizeof f->next];

    for (int left = KS_FETCH_REDIRECTS;; left--) {
        enum ks_code rc = ask_once(f, err);
        if (rc != KS_OK || !f->next[0])
            return rc;
        if (left == 0)
            return fail_many(f, err);
        memcpy(here, f->next, sizeof here);
        (void)ks_url_parse(here, &f->url); /* take_redirect() looked at it */
    }
}

enum ks_code ks_fetch(const struct ks_fetch *fetch, struct ks_job *job, struct ks_buf *out,
                      struct ks_error *err)
{
    struct fetching f = {.ask = fetch,
                         .until = ks_deadline_in(fetch->seconds ? fetch->seconds : SECONDS, job),
                         .out = out,
                         .before = out->len,
                         .limit = fetch->limit ? fetch->limit : KS_FETCH_BYTES};
    const char *why = ks_url_parse(fetch->url, &f.url);

    if (why)
        return fail_url(fetch->url, why, err);
    if (!ks_network())
        return ks_no_network("fetching", err);
    if (ks_job_stopped(job))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "%.300s was not asked: stopped",
                       fetch->url);
    enum ks_code rc = follow(&f, err);
    if (rc != KS_OK) {
        out->len = f.before;
        if (out->data)
            out->data[out->len] = '\0';
    }
    return rc;
}
