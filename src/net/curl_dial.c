#include "net/curl.h"

#include "net/place.h"
#include "net/wire.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A request that ends when it could begin: libcurl looks the name up, connects, and has the proxy
 * connect. */
static void ask_to_connect(const struct ks_transfer *t, const char *server)
{
    struct ks_buf url = KS_BUF_INIT;

    ks_buf_printf(&url, "http://%s/", server);
    (void)t->curl->setopt(t->easy, CURLOPT_URL, ks_buf_text(&url));
    (void)t->curl->setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http");
    (void)t->curl->setopt(t->easy, CURLOPT_CONNECT_ONLY, 1L);
    (void)t->curl->setopt(t->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    ks_buf_free(&url);
}

/* The connection is libcurl's, which reads what a proxy answers byte by byte: nothing of what
 * follows is with it. */
static struct ks_wire *take_socket(const struct ks_transfer *t)
{
    curl_socket_t theirs = CURL_SOCKET_BAD;

    if (t->curl->getinfo(t->easy, CURLINFO_ACTIVESOCKET, &theirs) != CURLE_OK ||
        theirs == CURL_SOCKET_BAD)
        return NULL;
    int fd = fcntl(theirs, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const char *address = NULL;
    (void)t->curl->getinfo(t->easy, CURLINFO_PRIMARY_IP, &address);
    return fd < 0 ? NULL : ks_wire_new(fd, t->until, t->server, address ? address : t->address);
}

enum ks_code ks_dial(const struct ks_target *target, const struct ks_dialing *how,
                     struct ks_job *job, struct ks_wire **out, struct ks_error *err)
{
    struct ks_deadline until = ks_deadline_in(how->seconds ? how->seconds : KS_NET_SECONDS, job);
    char server[KS_TARGET_TEXT];
    struct ks_transfer t = {.server = ks_target_text(target, server),
                            .proxy = how->proxy,
                            .until = &until,
                            .family = how->family};

    *out = NULL;
    enum ks_code rc = ks_transfer_begin(&t, err);
    if (rc == KS_OK) {
        ask_to_connect(&t, server);
        rc = ks_transfer_run(&t, err);
    }
    if (rc == KS_OK && t.ended != CURLE_OK)
        rc = ks_transfer_fail(&t, err);
    if (rc == KS_OK) {
        *out = take_socket(&t);
        rc = *out ? KS_OK
                  : ks_fail(err, KS_ERR_NETWORK, "closed", "%.300s ended the connection", server);
    }
    ks_transfer_end(&t);
    return rc;
}
