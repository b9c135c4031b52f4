/*
 * A CA's web server on loopback: what it has, by path, and how it gives it. Filled before it is
 * asked.
 *
 *   struct shelf shelf = {0};
 *   struct loopback *server = shelf_start(&shelf);
 *   ks_buf_slice(shelf_put(&shelf, "/mid.crt"), der);
 *   shelf_put_odd(&shelf, "/loop", SHELF_LOOP);
 *   loopback_stop(server);
 *   shelf_clear(&shelf);
 */
#ifndef KSX_TEST_SHELF_H
#define KSX_TEST_SHELF_H

#include "loopback.h"

#include "base/bytes.h"

enum shelf_way {
    SHELF_GIVE,    /* the bytes */
    SHELF_LOOP,    /* a redirect to itself */
    SHELF_LARGE,   /* ten MiB */
    SHELF_TRICKLE, /* one byte at a time, for ever */
    SHELF_SILENT,  /* nothing, until the client goes */
};

struct shelf {
    struct {
        const char *path;
        enum shelf_way way;
        struct ks_buf bytes;
    } at[16];
    size_t count;
};

static inline void shelf_give(struct loopback_peer *p, const struct ks_buf *bytes)
{
    char head[64];
    (void)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", bytes->len);
    (void)(loopback_say(p, head) && loopback_send(p, bytes->data, bytes->len));
}

static inline void shelf_give_large(struct loopback_peer *p)
{
    static const char zeroes[64 << 10];
    bool go_on = loopback_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n");
    for (size_t sent = 0; go_on && sent < (10u << 20); sent += sizeof zeroes)
        go_on = loopback_send(p, zeroes, sizeof zeroes);
}

static inline void shelf_trickle(struct loopback_peer *p)
{
    struct pollfd end = {.fd = p->fd, .events = POLLIN};
    bool go_on = loopback_say(p, "HTTP/1.1 200 OK\r\n\r\n");
    while (go_on && poll(&end, 1, 20) == 0)
        go_on = loopback_say(p, "x");
}

static inline void shelf_redirect(struct loopback_peer *p, const char *to)
{
    char head[512];
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", to);
    (void)loopback_say(p, head);
}

static inline void shelf_serve(struct loopback_peer *p)
{
    struct shelf *s = p->ctx;
    char line[1024], path[256] = "";
    size_t i = 0;
    if (!loopback_hear(p, "\r\n\r\n", line, sizeof line) || sscanf(line, "GET %255s ", path) != 1)
        return;
    while (i < s->count && strcmp(s->at[i].path, path) != 0)
        i++;
    if (i == s->count)
        (void)loopback_say(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    else if (s->at[i].way == SHELF_LOOP)
        shelf_redirect(p, path);
    else if (s->at[i].way == SHELF_LARGE)
        shelf_give_large(p);
    else if (s->at[i].way == SHELF_TRICKLE)
        shelf_trickle(p);
    else if (s->at[i].way == SHELF_SILENT)
        loopback_idle(p);
    else
        shelf_give(p, &s->at[i].bytes);
}

static inline struct loopback *shelf_start(struct shelf *s)
{
    return loopback_start(shelf_serve, s);
}

static inline struct ks_buf *shelf_put(struct shelf *s, const char *path)
{
    assert_true(s->count < sizeof s->at / sizeof s->at[0]);
    s->at[s->count].path = path;
    return &s->at[s->count++].bytes;
}

static inline void shelf_put_odd(struct shelf *s, const char *path, enum shelf_way way)
{
    (void)shelf_put(s, path);
    s->at[s->count - 1].way = way;
}

static inline void shelf_clear(struct shelf *s)
{
    for (size_t i = 0; i < s->count; i++)
        ks_buf_free(&s->at[i].bytes);
    *s = (struct shelf){0};
}

#endif
