#include "net/curl.h"

#include "net/address.h"
#include "net/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HEADERS_MOST (64u << 10)

/* ---- what it calls back ---- */

static void note_try(struct ks_transfer *t)
{
    size_t used = strlen(t->tried);
    const char *before = used ? strstr(t->tried, t->address) : NULL;
    size_t len = strlen(t->address);

    if (before && (before[len] == '\0' || before[len] == ',') &&
        (before == t->tried || before[-1] == ' '))
        return;
    if (used + len + sizeof ", " <= sizeof t->tried)
        (void)snprintf(t->tried + used, sizeof t->tried - used, "%s%s", used ? ", " : "",
                       t->address);
}

/* Asked for each address before a socket is connected to it, so that no second lookup of the name
 * can put another one in its place. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct ks_transfer *t = ctx;

    (void)purpose;
    if (t->public_only && !t->proxy && ks_sockaddr_is_private(&address->addr)) {
        (void)ks_sockaddr_text(&address->addr, t->refused);
        return CURL_SOCKET_BAD;
    }
    (void)ks_sockaddr_text(&address->addr, t->address);
    note_try(t);
    int fd = socket(address->family, address->socktype, address->protocol);
    if (fd >= 0)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

/* The words of a header up to `len`, as far as there is room, without its line end. */
static void keep(char *out, size_t room, const char *text, size_t len)
{
    size_t used = strlen(out);

    for (size_t i = 0; i < len && used + 1 < room && text[i] != '\r' && text[i] != '\n'; i++)
        out[used++] = text[i];
    out[used] = '\0';
}

static void hear_challenge(struct ks_said *said, const char *text, size_t len)
{
    size_t blank = 0, end;

    while (blank < len && (text[blank] == ' ' || text[blank] == '\t'))
        blank++;
    for (end = blank; end < len && text[end] != ' ' && text[end] != ','; end++)
        continue;
    if (said->challenges[0])
        keep(said->challenges, sizeof said->challenges, ", ", 2);
    said->basic = said->basic || (end - blank == 5 && strncasecmp(text + blank, "basic", 5) == 0);
    keep(said->challenges, sizeof said->challenges, text + blank, end - blank);
}

static size_t hear_header(char *line, size_t size, size_t count, void *ctx)
{
    static const char challenge[] = "Proxy-Authenticate:";
    struct ks_said *said = ctx;
    size_t len = size * count, name = sizeof challenge - 1;

    said->bytes += len;
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        *said = (struct ks_said){.bytes = said->bytes};
        keep(said->line, sizeof said->line, line, len);
    } else if (len > name && strncasecmp(line, challenge, name) == 0) {
        hear_challenge(said, line + name, len - name);
    }
    said->too_much = said->bytes > HEADERS_MOST;
    return said->too_much ? 0 : len;
}

static size_t drop_body(char *data, size_t size, size_t count, void *ctx)
{
    (void)data;
    (void)ctx;
    return size * count;
}

/* ---- options ---- */

static void set_password(struct ks_transfer *t)
{
    char clear[KS_SECRET_MAX + 1];
    struct ks_slice bytes =
        t->proxy->password ? ks_secret_bytes(t->proxy->password) : ks_slice(NULL, 0);

    if (bytes.len > KS_SECRET_MAX)
        return;
    if (bytes.len)
        memcpy(clear, bytes.data, bytes.len);
    clear[bytes.len] = '\0';
    (void)t->curl->setopt(t->easy, CURLOPT_PROXYPASSWORD, clear);
    ks_wipe(clear, sizeof clear);
}

static void set_proxy(struct ks_transfer *t)
{
    struct ks_buf place = KS_BUF_INIT;
    const struct ks_proxy *p = t->proxy;

    (void)t->curl->setopt(t->easy, CURLOPT_NOPROXY, "");
    (void)t->curl->setopt(t->easy, CURLOPT_PROXY, "");
    if (!p)
        return;
    ks_place_text(p->host, p->port, &place);
    /* An address that libcurl looks up for a SOCKS proxy passes by open_socket(): of a stranger's
     * URL the proxy gets the name, never an address that nobody judged. GSSAPI, which would tell
     * who asks, is offered unless it is ruled out. */
    (void)t->curl->setopt(t->easy, CURLOPT_PROXY, ks_buf_text(&place));
    (void)t->curl->setopt(t->easy, CURLOPT_PROXYTYPE,
                          p->kind == KS_PROXY_HTTP        ? (long)CURLPROXY_HTTP
                          : p->resolves || t->public_only ? (long)CURLPROXY_SOCKS5_HOSTNAME
                                                          : (long)CURLPROXY_SOCKS5);
    (void)t->curl->setopt(t->easy, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
    if (p->user[0] || p->password) {
        (void)t->curl->setopt(t->easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
        (void)t->curl->setopt(t->easy, CURLOPT_PROXYUSERNAME, p->user);
        set_password(t);
    }
    ks_buf_free(&place);
}

static const long families[] = {[KS_FAMILY_ANY] = CURL_IPRESOLVE_WHATEVER,
                                [KS_FAMILY_4] = CURL_IPRESOLVE_V4,
                                [KS_FAMILY_6] = CURL_IPRESOLVE_V6};

static void set_usual(struct ks_transfer *t)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_QUICK_EXIT, 1},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_DNS_CACHE_TIMEOUT, 0},
        {CURLOPT_IPRESOLVE, families[t->family]},
        {CURLOPT_TIMEOUT_MS, ks_deadline_left(t->until) + 1000}, /* ours ends first */
        {CURLOPT_CONNECTTIMEOUT_MS,
         t->connect_seconds ? t->connect_seconds * 1000L : ks_deadline_left(t->until) + 1000},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)t->curl->setopt(t->easy, numbers[i].option, numbers[i].value);
    (void)t->curl->setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)t->curl->setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
    (void)t->curl->setopt(t->easy, CURLOPT_HEADERFUNCTION, hear_header);
    (void)t->curl->setopt(t->easy, CURLOPT_HEADERDATA, &t->said);
    (void)t->curl->setopt(t->easy, CURLOPT_WRITEFUNCTION, drop_body);
}

enum ks_code ks_transfer_begin(struct ks_transfer *t, struct ks_error *err)
{
    t->curl = ks_curl();
    if (!t->curl)
        return ks_no_network("connecting", err);
    if (t->proxy && t->proxy->kind == KS_PROXY_NONE)
        t->proxy = NULL;
    t->easy = t->curl->easy_init();
    t->multi = t->curl->multi_init();
    if (!t->easy || !t->multi)
        return ks_fail(err, KS_ERR_NETWORK, "unreachable",
                       "nothing was asked of %.300s: libcurl has no more handles", t->server);
    set_usual(t);
    set_proxy(t);
    return KS_OK;
}

void ks_transfer_end(struct ks_transfer *t)
{
    if (t->easy && t->multi)
        (void)t->curl->multi_remove(t->multi, t->easy);
    if (t->easy)
        t->curl->easy_cleanup(t->easy);
    if (t->multi)
        (void)t->curl->multi_cleanup(t->multi);
    t->easy = NULL;
    t->multi = NULL;
}

/* ---- running ---- */

static bool has_ended(struct ks_transfer *t)
{
    int left = 0;
    CURLMsg *message;

    while ((message = t->curl->multi_info_read(t->multi, &left)))
        if (message->msg == CURLMSG_DONE) {
            t->ended = message->data.result;
            return true;
        }
    return false;
}

static enum ks_code check(const struct ks_transfer *t, struct ks_error *err)
{
    if (ks_job_stopped(t->until->job))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "the talk with %.300s was stopped",
                       t->server);
    return ks_deadline_left(t->until) == 0 ? ks_transfer_fail_late(t, err) : KS_OK;
}

enum ks_code ks_transfer_run(struct ks_transfer *t, struct ks_error *err)
{
    int running = 1;
    CURLMcode state = t->curl->multi_add(t->multi, t->easy);

    while (state == CURLM_OK) {
        state = t->curl->multi_perform(t->multi, &running);
        if (has_ended(t))
            return KS_OK;
        enum ks_code rc = check(t, err);
        if (rc != KS_OK)
            return rc;
        if (state == CURLM_OK && running)
            state = t->curl->multi_poll(t->multi, NULL, 0, ks_deadline_slice(t->until), NULL);
        else if (!running)
            break;
    }
    return ks_fail(err, KS_ERR_NETWORK, "unreachable", "the talk with %.300s ended in libcurl",
                   t->server);
}
