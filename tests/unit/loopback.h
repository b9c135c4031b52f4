/*
 * Servers on loopback, in threads of the test: each connection is served by a function of its own
 * thread, which returns when it is done (the connection is closed then).
 *
 *   static void greet(struct loopback_peer *p) { loopback_say(p, "220 hello\r\n");
 * loopback_idle(p); }
 *
 *   struct loopback *server = loopback_start(greet, NULL);
 *   ... "127.0.0.1", loopback_port(server) ...
 *   loopback_stop(server);
 *
 * loopback_stop() ends all connections, so that a function that waits for its client returns.
 */
#ifndef KSX_TEST_LOOPBACK_H
#define KSX_TEST_LOOPBACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOPBACK_MOST 256 /* connections of one server */

struct loopback_peer {
    int fd;
    size_t number; /* of the connection, from 0 */
    void *ctx;     /* of loopback_start() */
    /* private */
    void (*serve)(struct loopback_peer *peer);
    pthread_t thread;
};

struct loopback {
    int fd;
    uint16_t port;
    pthread_t thread;
    pthread_mutex_t lock;
    bool ended;
    size_t count; /* connections so far */
    struct loopback_peer peers[LOOPBACK_MOST];
    void (*serve)(struct loopback_peer *peer);
    void *ctx;
};

static inline void *loopback_serve(void *arg)
{
    struct loopback_peer *peer = arg;
    peer->serve(peer);
    (void)shutdown(peer->fd, SHUT_RDWR);
    return NULL;
}

static inline void *loopback_accept(void *arg)
{
    struct loopback *l = arg;
    for (;;) {
        int fd = accept(l->fd, NULL, NULL);
        (void)pthread_mutex_lock(&l->lock);
        bool go_on = fd >= 0 && !l->ended && l->count < LOOPBACK_MOST;
        if (go_on) {
            struct loopback_peer *peer = &l->peers[l->count];
            *peer = (struct loopback_peer){
                .fd = fd, .number = l->count, .ctx = l->ctx, .serve = l->serve};
            go_on = pthread_create(&peer->thread, NULL, loopback_serve, peer) == 0;
            l->count += go_on;
        }
        (void)pthread_mutex_unlock(&l->lock);
        if (!go_on && fd >= 0)
            (void)close(fd);
        if (!go_on)
            return NULL;
    }
}

/* A socket that listens at a free port; the port is put into *port. */
static inline int loopback_listen(uint16_t *port, int backlog)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static inline struct loopback *loopback_start(void (*serve)(struct loopback_peer *), void *ctx)
{
    struct loopback *l = calloc(1, sizeof *l);
    assert_non_null(l);
    l->serve = serve;
    l->ctx = ctx;
    l->fd = loopback_listen(&l->port, 64);
    (void)pthread_mutex_init(&l->lock, NULL);
    assert_int_equal(pthread_create(&l->thread, NULL, loopback_accept, l), 0);
    return l;
}

static inline uint16_t loopback_port(const struct loopback *l)
{
    return l->port;
}

/* Connections that were accepted so far. */
static inline size_t loopback_count(struct loopback *l)
{
    (void)pthread_mutex_lock(&l->lock);
    size_t count = l->count;
    (void)pthread_mutex_unlock(&l->lock);
    return count;
}

static inline void loopback_stop(struct loopback *l)
{
    (void)pthread_mutex_lock(&l->lock);
    l->ended = true;
    (void)shutdown(l->fd, SHUT_RDWR); /* ends accept() */
    for (size_t i = 0; i < l->count; i++)
        (void)shutdown(l->peers[i].fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&l->lock);
    (void)pthread_join(l->thread, NULL);
    for (size_t i = 0; i < l->count; i++) {
        (void)pthread_join(l->peers[i].thread, NULL);
        (void)close(l->peers[i].fd);
    }
    (void)close(l->fd);
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}

/* A port where nothing listens. */
static inline uint16_t loopback_closed_port(void)
{
    uint16_t port;
    (void)close(loopback_listen(&port, 1));
    return port;
}

/* ---- what servers do ---- */

/* False when the client is gone. */
static inline bool loopback_send(struct loopback_peer *p, const void *data, size_t len)
{
    const char *at = data;
    for (ssize_t n; len > 0; at += n, len -= (size_t)n)
        if ((n = send(p->fd, at, len, MSG_NOSIGNAL)) <= 0)
            return false;
    return true;
}

static inline bool loopback_say(struct loopback_peer *p, const char *text)
{
    return loopback_send(p, text, strlen(text));
}

/* Until the client, or the test, ends the connection. */
static inline void loopback_idle(struct loopback_peer *p)
{
    char chunk[512];
    while (recv(p->fd, chunk, sizeof chunk, 0) > 0)
        continue;
}

/* Exactly so many bytes; false when the client is gone before. */
static inline bool loopback_take(struct loopback_peer *p, void *out, size_t len)
{
    return len == 0 || recv(p->fd, out, len, MSG_WAITALL) == (ssize_t)len;
}

/* What the client says up to and with `end` ("\r\n", "\r\n\r\n"), as text; false when it did not.
 */
static inline bool loopback_hear(struct loopback_peer *p, const char *end, char *out, size_t room)
{
    size_t len = 0, tail = strlen(end);
    out[0] = '\0';
    while (len + 1 < room && recv(p->fd, out + len, 1, 0) == 1) {
        out[++len] = '\0';
        if (len >= tail && strcmp(out + len - tail, end) == 0)
            return true;
    }
    return false;
}

/* Both ways, until one of them ends. */
static inline void loopback_relay(int a, int b)
{
    char chunk[4096];
    struct pollfd fds[] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) <= 0)
            return;
        for (int i = 0; i < 2; i++) {
            if (!fds[i].revents)
                continue;
            ssize_t got = recv(fds[i].fd, chunk, sizeof chunk, 0);
            if (got <= 0 || send(fds[!i].fd, chunk, (size_t)got, MSG_NOSIGNAL) != got)
                return;
        }
    }
}

static inline int loopback_connect(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static inline long loopback_milliseconds(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

#endif
