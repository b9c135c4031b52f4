/* What a transfer ended with, in words and with a next step. */
#include "net/curl.h"

#include "net/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool reached(const struct ks_transfer *t, CURLINFO moment)
{
    curl_off_t microseconds = 0;
    return t->curl->getinfo(t->easy, moment, &microseconds) == CURLE_OK && microseconds > 0;
}

/* Who is at the other end of the connection: "ldap.example.com:636 (192.0.2.7)", "the proxy
 * proxy.example:3128 (192.0.2.8)"; while nobody is, all the addresses at which that was tried. */
static const char *peer(const struct ks_transfer *t, struct ks_buf *out)
{
    const char *address = reached(t, CURLINFO_CONNECT_TIME_T) ? t->address : t->tried;

    if (t->proxy) {
        ks_buf_str(out, "the proxy ");
        ks_place_text(t->proxy->host, t->proxy->port, out);
    } else {
        ks_buf_str(out, t->server);
    }
    if (address[0] && !strstr(ks_buf_text(out), address))
        ks_buf_printf(out, " (%s)", address);
    return ks_buf_text(out);
}

static const char *family_word(const struct ks_transfer *t)
{
    return t->family == KS_FAMILY_4   ? "IPv4 address"
           : t->family == KS_FAMILY_6 ? "IPv6 address"
                                      : "address";
}

/* ---- not found ---- */

static enum ks_code fail_name(const struct ks_transfer *t, bool of_proxy, const char *why,
                              struct ks_error *err)
{
    const char *name = of_proxy ? t->proxy->host : t->server;

    ks_fail(err, KS_ERR_NETWORK, "no-such-host", "no %s was found for %s%.260s: %s", family_word(t),
            of_proxy ? "the proxy " : "", name, why);
    return ks_fail_next(err, KS_ERR_NETWORK,
                        t->proxy ? "check the spelling and this host's name servers"
                                 : "check the spelling; a name that only a proxy knows needs the "
                                   "proxy");
}

/* ---- not connected ---- */

static const struct {
    int number;
    const char *slug;
    const char *what; /* in front of the peer */
    const char *next;
} refusals[] = {
    {ECONNREFUSED, "refused", "nothing listens at",
     "check host and port, and whether the server runs"},
    {EACCES, "refused", "a firewall on this host forbids connections to",
     "ask who keeps its rules, or try a proxy"},
    {EPERM, "refused", "a firewall on this host forbids connections to",
     "ask who keeps its rules, or try a proxy"},
    {ECONNRESET, "closed", "the connection was ended by", "try again; a firewall may have done it"},
    {ETIMEDOUT, "timeout", "no answer came from",
     "a firewall may drop what goes there: try a proxy"},
    {ENETUNREACH, "unreachable", "no route leads to",
     "check this host's network; with IPv6, try IPv4 alone"},
    {EHOSTUNREACH, "unreachable", "no route leads to",
     "check this host's network, and whether a VPN or a proxy is needed"},
    {EADDRNOTAVAIL, "unreachable", "no route leads to",
     "this host has no address of that kind: try the other of IPv4 and IPv6"},
};

static enum ks_code fail_connect(const struct ks_transfer *t, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    long number = 0;
    size_t i = 0;

    if (!t->address[0])
        return fail_name(t, t->proxy != NULL, "it has none of that kind", err);
    (void)t->curl->getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
    while (i < COUNT(refusals) && refusals[i].number != number)
        i++;
    bool known = i < COUNT(refusals);
    ks_fail(err, KS_ERR_NETWORK, known ? refusals[i].slug : "unreachable", "%s %.350s",
            known ? refusals[i].what : "no connection was made to", peer(t, &name));
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_NETWORK, "%s",
                        known ? refusals[i].next : "check this host's network");
}

/* ---- late ---- */

static enum ks_code fail_unfinished(const struct ks_transfer *t, struct ks_error *err)
{
    ks_fail(err, KS_ERR_NETWORK, "timeout", "the answer of %.300s was not complete in %u s",
            t->server, t->until->seconds);
    return ks_fail_next(err, KS_ERR_NETWORK, "it is slow on purpose, or the network is: try again");
}

enum ks_code ks_transfer_fail_late(const struct ks_transfer *t, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    bool connected = reached(t, CURLINFO_CONNECT_TIME_T);

    if (!t->address[0] && !reached(t, CURLINFO_NAMELOOKUP_TIME_T))
        return fail_name(t, t->proxy != NULL, "no name server answered in time", err);
    if (reached(t, CURLINFO_STARTTRANSFER_TIME_T))
        return fail_unfinished(t, err);
    ks_fail(err, KS_ERR_NETWORK, "timeout", "no answer came from %.350s in %u s", peer(t, &name),
            connected || !t->connect_seconds ? t->until->seconds : t->connect_seconds);
    ks_buf_free(&name);
    if (t->proxy)
        return ks_fail_next(err, KS_ERR_NETWORK,
                            "it may be a proxy of another kind, or still be trying to reach "
                            "%.150s: check kind and port, or try more time",
                            t->server);
    return ks_fail_next(err, KS_ERR_NETWORK,
                        connected ? "the server may be overloaded: try more time"
                                  : "a firewall may drop what goes there: try a proxy, or more "
                                    "time");
}

/* ---- proxies ---- */

enum ks_code ks_transfer_fail_auth(const struct ks_transfer *t, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    const char *offers = t->said.challenges;
    const char *wants = t->proxy->password  ? "refuses this user and password"
                        : t->proxy->user[0] ? "wants a password for this user"
                                            : "wants a user and a password";

    if (offers[0] && !t->said.basic)
        wants = "wants a way of proving who asks that ksx does not know";
    ks_fail(err, KS_ERR_NETWORK, "proxy-auth", "%.300s %s%s%s%s", peer(t, &name), wants,
            offers[0] ? " (" : "", offers, offers[0] ? ")" : "");
    ks_buf_free(&name);
    if (offers[0] && !t->said.basic)
        return ks_fail_next(err, KS_ERR_NETWORK,
                            "ksx knows Basic: a helper on this host (cntlm, px) can stand between");
    return ks_fail_next(err, KS_ERR_NETWORK,
                        "give the user in the proxy (http://user@host:port) and the password with "
                        "--proxy-pass, or both in HTTPS_PROXY=http://user:password@host:port");
}

/* RFC 1928 6, and what else goes wrong on the way. */
static const struct {
    CURLproxycode code;
    const char *what;
} socks[] = {
    {CURLPX_REPLY_CONNECTION_REFUSED, "nothing listens there"},
    {CURLPX_REPLY_HOST_UNREACHABLE, "it cannot reach that host, or does not know the name"},
    {CURLPX_REPLY_NETWORK_UNREACHABLE, "it has no route there"},
    {CURLPX_REPLY_NOT_ALLOWED, "its rules forbid it"},
    {CURLPX_REPLY_TTL_EXPIRED, "it got no answer in time"},
    {CURLPX_REPLY_GENERAL_SERVER_FAILURE, "a failure of its own"},
    {CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED, "it does not take such an address"},
    {CURLPX_REPLY_COMMAND_NOT_SUPPORTED, "it makes no such connections"},
    {CURLPX_RESOLVE_HOST, "the name has no address on this host: socks5h:// lets the proxy look"},
    {CURLPX_BAD_VERSION, "it is no SOCKS5 proxy"},
    {CURLPX_CLOSED, "it ended the connection"},
    {CURLPX_RECV_CONNECT, "it ended the connection"},
    {CURLPX_RECV_REQACK, "it ended the connection"},
};

static enum ks_code fail_socks(const struct ks_transfer *t, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    const char *why = "it did not do as RFC 1928 says";
    long code = 0;

    (void)t->curl->getinfo(t->easy, CURLINFO_PROXY_ERROR, &code);
    if (code == CURLPX_NO_AUTH || code == CURLPX_USER_REJECTED)
        return ks_transfer_fail_auth(t, err);
    for (size_t i = 0; i < COUNT(socks); i++)
        if ((long)socks[i].code == code)
            why = socks[i].what;
    ks_fail(err, KS_ERR_NETWORK, "proxy", "%.250s did not connect to %.200s: %s", peer(t, &name),
            t->server, why);
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_NETWORK, "check host, port and the kind of the proxy");
}

static enum ks_code fail_tunnel(const struct ks_transfer *t, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    const char *line = t->said.line;

    ks_fail(err, KS_ERR_NETWORK, "proxy", "%.200s did not connect to %.160s: %s%s%s",
            peer(t, &name), t->server, line[0] ? "it said '" : "",
            line[0] ? line : "it ended the connection without an answer", line[0] ? "'" : "");
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_NETWORK,
                        line[0] ? "its rules may forbid this host or port, or it cannot reach it"
                                : "check that it is an HTTP proxy: a SOCKS proxy is given as "
                                  "socks5h://host:port");
}

static enum ks_code fail_closed(const struct ks_transfer *t, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;

    ks_fail(err, KS_ERR_NETWORK, "closed", "%.350s ended the connection", peer(t, &name));
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_NETWORK, "try again; its log may say why");
}

static enum ks_code fail_otherwise(const struct ks_transfer *t, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;

    ks_fail(err, KS_ERR_NETWORK, t->proxy ? "proxy" : "closed",
            "the talk with %.300s failed: %.100s", peer(t, &name), t->curl->words(t->ended));
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_NETWORK, "it may speak another protocol at that port");
}

#define TOO_LARGE 100 /* CURLE_TOO_LARGE of libcurl 8.6, which may be newer than its headers */

/* When a single header outgrows the buffer that libcurl keeps for one, it says that; before 8.6 it
 * says that it is out of memory. */
bool ks_transfer_flooded(const struct ks_transfer *t)
{
    return t->said.too_much || t->ended == CURLE_OUT_OF_MEMORY || (int)t->ended == TOO_LARGE;
}

static enum ks_code fail_flooded(const struct ks_transfer *t, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;

    ks_fail(err, KS_ERR_LIMIT, "too-large",
            "the answer of %.300s was not taken: its headers are longer than 64 KiB",
            peer(t, &name));
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_LIMIT, "no honest server has such: check host, port and proxy");
}

enum ks_code ks_transfer_fail(const struct ks_transfer *t, struct ks_error *err)
{
    long tunnel = 0;

    if (ks_transfer_flooded(t))
        return fail_flooded(t, err);
    (void)t->curl->getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    /* tinyproxy says 401 to a password that is wrong. */
    if (t->proxy && (tunnel == 407 || tunnel == 401))
        return ks_transfer_fail_auth(t, err);
    if (t->proxy && tunnel && tunnel / 100 != 2)
        return fail_tunnel(t, err);
    switch (t->ended) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return fail_name(t, false, "no name server knows it", err);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return fail_name(t, true, "no name server knows it", err);
    case CURLE_COULDNT_CONNECT:
        return fail_connect(t, err);
    case CURLE_OPERATION_TIMEDOUT:
        return ks_transfer_fail_late(t, err);
    case CURLE_PROXY:
        return fail_socks(t, err);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
        return t->proxy && !tunnel ? fail_tunnel(t, err) : fail_closed(t, err);
    default:
        return fail_otherwise(t, err);
    }
}
