/*
 * A CA on loopback: answers OCSP requests that are posted to it, and gives its revocation list to
 * whoever gets one. What it says may be changed between requests.
 *
 *   struct responder ca = {.answer = good, .list = blob};
 *   struct loopback *server = responder_start(&ca);
 *   ... "http://127.0.0.1:PORT/ocsp", ca.posts ...
 *   loopback_stop(server);
 */
#ifndef KSX_TEST_RESPONDER_H
#define KSX_TEST_RESPONDER_H

#include "loopback.h"
#include "make_status.h"

#include <stdatomic.h>

struct responder {
    struct make_answer answer; /* the nonce of the request is given back */
    struct ks_blob *list;      /* NULL: 404 */
    const char *raw;           /* this body instead, for both; NULL */
    atomic_size_t posts, gets;
};

static inline void responder_send(struct loopback_peer *p, struct ks_slice body)
{
    char head[128];
    int len =
        snprintf(head, sizeof head,
                 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", body.len);
    if (loopback_send(p, head, (size_t)len))
        (void)loopback_send(p, body.data, body.len);
}

static inline void responder_post(struct loopback_peer *p, const char *head)
{
    struct responder *r = p->ctx;
    const char *length = strstr(head, "Content-Length: ");
    size_t len = length ? strtoul(length + strlen("Content-Length: "), NULL, 10) : 0;
    uint8_t request[4096];
    atomic_fetch_add(&r->posts, 1);
    if (len == 0 || len > sizeof request || !loopback_take(p, request, len))
        return;
    if (r->raw) {
        responder_send(p, ks_slice_str(r->raw));
        return;
    }
    struct make_answer m = r->answer;
    m.request = ks_slice(request, len);
    struct ks_buf answer = make_answer(&m);
    responder_send(p, ks_slice(answer.data, answer.len));
    ks_buf_free(&answer);
}

static inline void responder_serve(struct loopback_peer *p)
{
    struct responder *r = p->ctx;
    char head[4096];
    if (!loopback_hear(p, "\r\n\r\n", head, sizeof head))
        return;
    if (strncmp(head, "POST ", 5) == 0) {
        responder_post(p, head);
        return;
    }
    atomic_fetch_add(&r->gets, 1);
    if (r->raw)
        responder_send(p, ks_slice_str(r->raw));
    else if (r->list)
        responder_send(p, ks_blob_slice(r->list));
    else
        (void)loopback_say(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

static inline struct loopback *responder_start(struct responder *r)
{
    return loopback_start(responder_serve, r);
}

#endif
