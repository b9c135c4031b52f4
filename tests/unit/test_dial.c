/* Connections, direct and through proxies, and how they end. */
#include "loopback.h"

#include "net/dial.h"

#include <openssl/evp.h>

/* ---- who asks ---- */

static struct ks_target target_at(const char *host, uint16_t port)
{
    struct ks_target t = {.port = port};
    (void)snprintf(t.host, sizeof t.host, "%s", host);
    return t;
}

static struct ks_proxy proxy_at(enum ks_proxy_kind kind, uint16_t port)
{
    struct ks_proxy p = {.kind = kind, .port = port, .resolves = true};
    (void)snprintf(p.host, sizeof p.host, "127.0.0.1");
    return p;
}

static struct ks_wire *must_dial(uint16_t port, const struct ks_proxy *proxy)
{
    struct ks_target t = target_at("127.0.0.1", port);
    struct ks_wire *wire = NULL;
    struct ks_error err = {0};
    if (ks_dial(&t, &(struct ks_dialing){.proxy = proxy, .seconds = 20}, NULL, &wire, &err) !=
        KS_OK)
        fail_msg("%s: %s", err.slug, err.what);
    return wire;
}

static void must_fail(const struct ks_target *t, const struct ks_dialing *how, const char *slug,
                      const char *says)
{
    struct ks_wire *wire = NULL;
    struct ks_error err = {0};
    assert_int_equal(ks_dial(t, how, NULL, &wire, &err), KS_ERR_NETWORK);
    assert_null(wire);
    if (strcmp(err.slug, slug) != 0 || !strstr(err.what, says) || !err.next[0])
        fail_msg("%s: %s; %s (not %s: %s)", err.slug, err.what, err.next, slug, says);
}

/* What comes until the other side ends, as text. */
static void must_read(struct ks_wire *wire, const char *expected)
{
    char all[512] = "";
    size_t len = 0, got;
    struct ks_error err = {0};
    do {
        if (ks_wire_read(wire, all + len, sizeof all - 1 - len, &got, &err) != KS_OK)
            fail_msg("%s", err.what);
        len += got;
    } while (got);
    all[len] = '\0';
    assert_string_equal(all, expected);
}

/* ---- servers ---- */

static void idle(struct loopback_peer *p)
{
    loopback_idle(p);
}

static void hang_up(struct loopback_peer *p)
{
    (void)p;
}

static void greet(struct loopback_peer *p)
{
    char line[64];
    (void)(loopback_say(p, "hello ") && loopback_hear(p, "\n", line, sizeof line) &&
           loopback_say(p, line));
}

/* ---- direct ---- */

static void bytes_go_both_ways_and_the_end_is_seen(void **state)
{
    struct loopback *server = loopback_start(greet, NULL);
    struct ks_wire *wire = must_dial(loopback_port(server), NULL);
    (void)state;
    assert_string_equal(ks_wire_address(wire), "127.0.0.1");
    assert_int_equal(ks_wire_write(wire, "world\n", 6, NULL), KS_OK);
    must_read(wire, "hello world\n");
    ks_wire_close(wire);
    loopback_stop(server);
}

static void where_nothing_listens_is_refused_with_host_port_and_address(void **state)
{
    struct ks_target t = target_at("localhost", loopback_closed_port());
    char says[64];
    (void)state;
    (void)snprintf(says, sizeof says, "nothing listens at localhost:%u (127.0.0.1)", t.port);
    must_fail(&t, &(struct ks_dialing){.family = KS_FAMILY_4}, "refused", says);
}

static void a_name_without_address_is_no_such_host(void **state)
{
    struct ks_target t = target_at("ldap.invalid", 636), six = target_at("127.0.0.1", 636);
    (void)state;
    must_fail(&t, &(struct ks_dialing){.seconds = 20}, "no-such-host",
              "no address was found for ldap.invalid");
    must_fail(&six, &(struct ks_dialing){.family = KS_FAMILY_6}, "no-such-host", "IPv6");
}

/* A queue of one that is full: further handshakes of TCP are not answered. */
static void a_server_that_does_not_answer_at_all_is_a_timeout(void **state)
{
    uint16_t port;
    int fd = loopback_listen(&port, 0), held[4];
    struct ks_target t = target_at("127.0.0.1", port);
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct sockaddr_in at = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons(port)};
        held[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(held[i], (const struct sockaddr *)&at, sizeof at);
    }
    must_fail(&t, &(struct ks_dialing){.seconds = 1}, "timeout", "in 1 s");
    for (size_t i = 0; i < 4; i++)
        (void)close(held[i]);
    (void)close(fd);
}

static void a_server_that_says_nothing_is_a_timeout(void **state)
{
    struct loopback *server = loopback_start(idle, NULL);
    struct ks_target t = target_at("127.0.0.1", loopback_port(server));
    struct ks_wire *wire = NULL;
    struct ks_error err = {0};
    char chunk[16];
    size_t got;
    (void)state;
    assert_int_equal(ks_dial(&t, &(struct ks_dialing){.seconds = 1}, NULL, &wire, &err), KS_OK);
    assert_int_equal(ks_wire_read(wire, chunk, sizeof chunk, &got, &err), KS_ERR_NETWORK);
    assert_string_equal(err.slug, "timeout");
    ks_wire_close(wire);
    loopback_stop(server);
}

static void a_wait_ends_before_the_deadline(void **state)
{
    struct loopback *server = loopback_start(idle, NULL);
    struct ks_wire *wire = must_dial(loopback_port(server), NULL);
    char chunk[16];
    size_t got = 0;
    long before = loopback_milliseconds();
    (void)state;
    assert_int_equal(ks_wire_wait(wire, 100, chunk, sizeof chunk, &got, NULL), KS_OK);
    assert_true(got == SIZE_MAX);
    assert_true(loopback_milliseconds() - before >= 100);
    assert_true(loopback_milliseconds() - before < 5000);
    ks_wire_close(wire);
    loopback_stop(server);
}

static void writing_to_one_that_is_gone_is_closed(void **state)
{
    struct loopback *server = loopback_start(hang_up, NULL);
    struct ks_wire *wire = must_dial(loopback_port(server), NULL);
    struct ks_error err = {0};
    char chunk[4096] = {0};
    enum ks_code rc = KS_OK;
    (void)state;
    must_read(wire, "");
    for (int i = 0; i < 1000 && rc == KS_OK; i++)
        rc = ks_wire_write(wire, chunk, sizeof chunk, &err);
    assert_int_equal(rc, KS_ERR_NETWORK);
    assert_string_equal(err.slug, "closed");
    ks_wire_close(wire);
    loopback_stop(server);
}

/* ---- stopping ---- */

struct stopper {
    struct ks_job *job;
    long at; /* when it was cancelled */
};

static void *stop_soon(void *arg)
{
    struct stopper *s = arg;
    (void)poll(NULL, 0, 100); /* while the other thread waits */
    s->at = loopback_milliseconds();
    ks_job_cancel(s->job);
    return NULL;
}

static void check_stopped(struct stopper *s, pthread_t thread, enum ks_code rc)
{
    long now = loopback_milliseconds();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(rc, KS_ERR_CANCELLED);
    if (now - s->at > 200)
        fail_msg("it took %ld ms to stop", now - s->at);
    ks_job_free(s->job);
}

static void a_wait_for_an_answer_can_be_stopped(void **state)
{
    struct loopback *server = loopback_start(idle, NULL);
    struct stopper s = {.job = ks_job_new()};
    struct ks_target t = target_at("127.0.0.1", loopback_port(server));
    struct ks_wire *wire = NULL;
    pthread_t thread;
    char chunk[16];
    size_t got;
    (void)state;
    assert_int_equal(ks_dial(&t, &(struct ks_dialing){.seconds = 30}, s.job, &wire, NULL), KS_OK);
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &s), 0);
    check_stopped(&s, thread, ks_wire_read(wire, chunk, sizeof chunk, &got, NULL));
    ks_wire_close(wire);
    loopback_stop(server);
}

static void a_wait_for_a_proxy_can_be_stopped(void **state)
{
    struct loopback *server = loopback_start(idle, NULL);
    struct ks_proxy proxy = proxy_at(KS_PROXY_HTTP, loopback_port(server));
    struct stopper s = {.job = ks_job_new()};
    struct ks_target t = target_at("ldap.example.com", 636);
    struct ks_dialing how = {.proxy = &proxy, .seconds = 30};
    struct ks_wire *wire = NULL;
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &s), 0);
    check_stopped(&s, thread, ks_dial(&t, &how, s.job, &wire, NULL));
    assert_null(wire);
    loopback_stop(server);
}

/* ---- proxies ---- */

struct proxy_stub {
    const char *answer;   /* instead of connecting */
    const char *password; /* "user:password" that it wants; NULL: none */
    char asked[1024];     /* the last request */
};

static bool is_known(const struct proxy_stub *stub)
{
    char line[256] = "Proxy-Authorization: Basic ";
    if (!stub->password)
        return true;
    (void)EVP_EncodeBlock((unsigned char *)line + strlen(line),
                          (const unsigned char *)stub->password, (int)strlen(stub->password));
    return strstr(stub->asked, line) != NULL;
}

static void relay_to(struct loopback_peer *p, uint16_t port, const char *first)
{
    int fd = loopback_connect(port);
    if (fd < 0)
        return;
    if (loopback_say(p, first))
        loopback_relay(p->fd, fd);
    (void)close(fd);
}

static void http_proxy(struct loopback_peer *p)
{
    struct proxy_stub *stub = p->ctx;
    unsigned port = 0;
    if (!loopback_hear(p, "\r\n\r\n", stub->asked, sizeof stub->asked))
        return;
    if (stub->answer)
        (void)loopback_say(p, stub->answer);
    else if (!is_known(stub))
        (void)loopback_say(p,
                           "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                           "Content-Length: 0\r\nConnection: close\r\n\r\n");
    else if (sscanf(stub->asked, "CONNECT 127.0.0.1:%u HTTP/1.1", &port) == 1)
        relay_to(p, (uint16_t)port, "HTTP/1.1 200 Connection established\r\n\r\n");
}

static void a_proxy_connects_and_nothing_that_follows_is_lost(void **state)
{
    struct proxy_stub stub = {0};
    struct loopback *server = loopback_start(greet, NULL),
                    *relay = loopback_start(http_proxy, &stub);
    struct ks_proxy proxy = proxy_at(KS_PROXY_HTTP, loopback_port(relay));
    (void)state;
    struct ks_wire *wire = must_dial(loopback_port(server), &proxy);
    assert_int_equal(ks_wire_write(wire, "world\n", 6, NULL), KS_OK);
    must_read(wire, "hello world\n");
    assert_null(strstr(stub.asked, "User-Agent"));
    assert_null(strstr(stub.asked, "Authorization"));
    ks_wire_close(wire);
    loopback_stop(relay);
    loopback_stop(server);
}

static void a_proxy_that_wants_a_password_gets_it(void **state)
{
    struct proxy_stub stub = {.password = "me:s3:cret \xc3\xa9"};
    struct loopback *server = loopback_start(greet, NULL),
                    *relay = loopback_start(http_proxy, &stub);
    struct ks_proxy proxy = proxy_at(KS_PROXY_HTTP, loopback_port(relay));
    struct ks_target t = target_at("127.0.0.1", loopback_port(server));
    struct ks_dialing how = {.proxy = &proxy};
    (void)state;
    must_fail(&t, &how, "proxy-auth", "wants a user and a password (Basic)");
    (void)snprintf(proxy.user, sizeof proxy.user, "me");
    must_fail(&t, &how, "proxy-auth", "wants a password for this user (Basic)");
    proxy.password = ks_secret_new("wrong", 5);
    must_fail(&t, &how, "proxy-auth", "refuses this user and password");
    ks_secret_free(proxy.password);
    proxy.password = ks_secret_new("s3:cret \xc3\xa9", 10);
    struct ks_wire *wire = must_dial(loopback_port(server), &proxy);
    ks_wire_close(wire);
    ks_proxy_drop(&proxy);
    loopback_stop(relay);
    loopback_stop(server);
}

static void what_a_proxy_says_instead_is_quoted(void **state)
{
    static const struct {
        const char *answer, *slug, *says;
    } rows[] = {
        {"HTTP/1.1 403 Filtered\r\nContent-Length: 3\r\n\r\nno!", "proxy", "HTTP/1.1 403 Filtered"},
        {"HTTP/1.0 502 Bad Gateway\r\n\r\n", "proxy", "502 Bad Gateway"},
        {"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n"
         "Content-Length: 0\r\n\r\n",
         "proxy-auth", "NTLM, Negotiate"},
        {"HTTP/1.0 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "proxy-auth", "wants a user"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "proxy", ""},
        {"\x05\x01", "proxy", ""},
        {"", "proxy", "without an answer"},
    };
    struct proxy_stub stub = {0};
    struct loopback *relay = loopback_start(http_proxy, &stub);
    struct ks_proxy proxy = proxy_at(KS_PROXY_HTTP, loopback_port(relay));
    struct ks_target t = target_at("ldap.example.com", 636);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        stub.answer = rows[i].answer;
        must_fail(&t, &(struct ks_dialing){.proxy = &proxy}, rows[i].slug, rows[i].says);
    }
    loopback_stop(relay);
    proxy.port = loopback_closed_port();
    must_fail(&t, &(struct ks_dialing){.proxy = &proxy}, "refused", "nothing listens at the proxy");
}

static void flood(struct loopback_peer *p)
{
    char line[1024];
    bool go_on =
        loopback_hear(p, "\r\n\r\n", line, sizeof line) && loopback_say(p, "HTTP/1.1 200 OK\r\n");
    while (go_on)
        go_on = loopback_say(p, "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
}

static void a_proxy_whose_headers_have_no_end_is_left(void **state)
{
    struct loopback *relay = loopback_start(flood, NULL);
    struct ks_proxy proxy = proxy_at(KS_PROXY_HTTP, loopback_port(relay));
    struct ks_target t = target_at("ldap.example.com", 636);
    struct ks_wire *wire = NULL;
    struct ks_error err = {0};
    (void)state;
    assert_int_equal(ks_dial(&t, &(struct ks_dialing){.proxy = &proxy}, NULL, &wire, &err),
                     KS_ERR_LIMIT);
    assert_string_equal(err.slug, "too-large");
    assert_non_null(strstr(err.what, "the proxy 127.0.0.1:"));
    loopback_stop(relay);
}

/* RFC 1928 and 1929. */
struct socks_stub {
    uint8_t method; /* 0, or 2: user and password */
    uint8_t reply;
    uint8_t offered[256]; /* methods, how many first */
    char asked[300];      /* the host */
    char user[64], password[64];
};

static bool take_text(struct loopback_peer *p, char *out)
{
    uint8_t len;
    bool fine = loopback_take(p, &len, 1) && len < 64 && loopback_take(p, out, len);
    out[fine ? len : 0] = '\0';
    return fine;
}

static bool socks_login(struct loopback_peer *p, struct socks_stub *stub)
{
    uint8_t version;
    return stub->method == 0 ||
           (loopback_take(p, &version, 1) && take_text(p, stub->user) &&
            take_text(p, stub->password) &&
            loopback_send(p, strcmp(stub->password, "s3cret") == 0 ? "\x01\x00" : "\x01\x01", 2));
}

static bool socks_request(struct loopback_peer *p, struct socks_stub *stub, uint16_t *port)
{
    uint8_t head[4], number[4], at[2];
    if (!loopback_take(p, head, 4))
        return false;
    if (head[3] == 3 && !take_text(p, stub->asked))
        return false;
    if (head[3] == 1 && loopback_take(p, number, 4))
        (void)snprintf(stub->asked, sizeof stub->asked, "%u.%u.%u.%u", number[0], number[1],
                       number[2], number[3]);
    bool fine = loopback_take(p, at, 2);
    *port = (uint16_t)(fine ? at[0] << 8 | at[1] : 0);
    return fine;
}

static void socks_proxy(struct loopback_peer *p)
{
    struct socks_stub *stub = p->ctx;
    uint8_t head[2], answer[10] = {5, stub->reply, 0, 1};
    const uint8_t chosen[2] = {5, stub->method};
    uint16_t port;
    if (!loopback_take(p, head, 2) || !loopback_take(p, stub->offered + 1, head[1]))
        return;
    stub->offered[0] = head[1];
    if (!loopback_send(p, chosen, 2) || !socks_login(p, stub) || !socks_request(p, stub, &port) ||
        !loopback_send(p, answer, sizeof answer) || stub->reply)
        return;
    relay_to(p, port, "");
}

static void a_socks_proxy_connects_and_looks_names_up(void **state)
{
    struct socks_stub stub = {0};
    struct loopback *server = loopback_start(greet, NULL),
                    *relay = loopback_start(socks_proxy, &stub);
    struct ks_proxy proxy = proxy_at(KS_PROXY_SOCKS5, loopback_port(relay));
    struct ks_target t = target_at("ldap.invalid", loopback_port(server));
    struct ks_wire *wire = NULL;
    (void)state;
    assert_int_equal(ks_dial(&t, &(struct ks_dialing){.proxy = &proxy}, NULL, &wire, NULL), KS_OK);
    assert_int_equal(ks_wire_write(wire, "world\n", 6, NULL), KS_OK);
    must_read(wire, "hello world\n");
    assert_string_equal(stub.asked, "ldap.invalid");
    assert_int_equal(stub.offered[0], 1); /* without a user nothing but no login at all: neither */
    assert_int_equal(stub.offered[1], 0); /* GSSAPI, whose tickets tell who asks */
    ks_wire_close(wire);
    proxy.resolves = false;
    must_fail(&t, &(struct ks_dialing){.proxy = &proxy, .seconds = 20}, "proxy", "socks5h");
    ks_wire_close(must_dial(loopback_port(server), &proxy));
    loopback_stop(relay);
    loopback_stop(server);
}

static void a_socks_proxy_that_wants_a_password_gets_it(void **state)
{
    struct socks_stub stub = {.method = 2};
    struct loopback *server = loopback_start(greet, NULL),
                    *relay = loopback_start(socks_proxy, &stub);
    struct ks_proxy proxy = proxy_at(KS_PROXY_SOCKS5, loopback_port(relay));
    struct ks_target t = target_at("127.0.0.1", loopback_port(server));
    (void)state;
    (void)snprintf(proxy.user, sizeof proxy.user, "me");
    proxy.password = ks_secret_new("wrong", 5);
    must_fail(&t, &(struct ks_dialing){.proxy = &proxy}, "proxy-auth", "refuses this user");
    ks_secret_free(proxy.password);
    proxy.password = ks_secret_new("s3cret", 6);
    ks_wire_close(must_dial(loopback_port(server), &proxy));
    assert_string_equal(stub.user, "me");
    ks_proxy_drop(&proxy);
    stub.method = 0xff;
    proxy = proxy_at(KS_PROXY_SOCKS5, loopback_port(relay));
    must_fail(&t, &(struct ks_dialing){.proxy = &proxy}, "proxy-auth", "wants a user");
    loopback_stop(relay);
    loopback_stop(server);
}

static void what_a_socks_proxy_cannot_do_is_said(void **state)
{
    static const char *const says[] = {
        [2] = "its rules forbid it", [4] = "cannot reach", [5] = "nothing listens there"};
    struct socks_stub stub = {0};
    struct loopback *relay = loopback_start(socks_proxy, &stub);
    struct ks_proxy proxy = proxy_at(KS_PROXY_SOCKS5, loopback_port(relay));
    struct ks_target t = target_at("ldap.example.com", 636);
    (void)state;
    for (uint8_t i = 0; i < sizeof says / sizeof says[0]; i++) {
        stub.reply = i;
        if (says[i])
            must_fail(&t, &(struct ks_dialing){.proxy = &proxy}, "proxy", says[i]);
    }
    loopback_stop(relay);
    struct proxy_stub http = {.answer = "HTTP/1.1 400 Bad Request\r\n\r\n"};
    relay = loopback_start(http_proxy, &http);
    proxy.port = loopback_port(relay);
    must_fail(&t, &(struct ks_dialing){.proxy = &proxy, .seconds = 1}, "timeout", "");
    loopback_stop(relay);
}

/* ---- other ---- */

static void variables_of_the_environment_do_not_choose_a_proxy(void **state)
{
    struct loopback *server = loopback_start(greet, NULL);
    (void)state;
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    (void)setenv("all_proxy", "http://127.0.0.1:1", 1);
    ks_wire_close(must_dial(loopback_port(server), NULL));
    (void)setenv("no_proxy", "*", 1);
    struct proxy_stub stub = {0};
    struct loopback *relay = loopback_start(http_proxy, &stub);
    struct ks_proxy proxy = proxy_at(KS_PROXY_HTTP, loopback_port(relay));
    ks_wire_close(must_dial(loopback_port(server), &proxy));
    assert_int_equal(loopback_count(relay), 1);
    (void)unsetenv("http_proxy");
    (void)unsetenv("all_proxy");
    (void)unsetenv("no_proxy");
    loopback_stop(relay);
    loopback_stop(server);
}

static void *dial_and_read(void *arg)
{
    struct ks_wire *wire = NULL;
    struct ks_target t = target_at("127.0.0.1", *(const uint16_t *)arg);
    char chunk[16];
    size_t got = 0;
    if (ks_dial(&t, &(struct ks_dialing){0}, NULL, &wire, NULL) != KS_OK)
        return NULL;
    bool fine = ks_wire_read(wire, chunk, sizeof chunk, &got, NULL) == KS_OK && got == 6;
    ks_wire_close(wire);
    return fine ? arg : NULL;
}

static void many_connect_at_the_same_time(void **state)
{
    struct loopback *server = loopback_start(greet, NULL);
    uint16_t port = loopback_port(server);
    pthread_t threads[8];
    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, dial_and_read, &port), 0);
    for (size_t i = 0; i < 8; i++) {
        void *fine = NULL;
        assert_int_equal(pthread_join(threads[i], &fine), 0);
        assert_non_null(fine);
    }
    loopback_stop(server);
}

static void a_socket_of_another_makes_a_wire(void **state)
{
    int pair[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct ks_wire *wire = ks_wire_of_socket(pair[0], 5, NULL);
    assert_string_equal(ks_wire_address(wire), "");
    assert_int_equal(write(pair[1], "hi", 2), 2);
    (void)close(pair[1]);
    must_read(wire, "hi");
    ks_wire_close(wire);
}

/* The whole point of a library that is loaded is that it need not be there. */
static void what_there_is_to_connect_with_is_said(void **state)
{
    (void)state;
    if (ks_network())
        assert_non_null(strstr(ks_network_words(), "libcurl "));
    struct ks_error err = {0};
    assert_int_equal(ks_no_network("the capture", &err), KS_ERR_UNSUPPORTED);
    assert_string_equal(err.slug, "no-network");
    assert_non_null(strstr(err.what, "the capture was not done: "));
}

static int forget_environment(void **state)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unsetenv(names[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_there_is_to_connect_with_is_said),
        cmocka_unit_test(a_socket_of_another_makes_a_wire),
        cmocka_unit_test(bytes_go_both_ways_and_the_end_is_seen),
        cmocka_unit_test(where_nothing_listens_is_refused_with_host_port_and_address),
        cmocka_unit_test(a_name_without_address_is_no_such_host),
        cmocka_unit_test(a_server_that_does_not_answer_at_all_is_a_timeout),
        cmocka_unit_test(a_server_that_says_nothing_is_a_timeout),
        cmocka_unit_test(a_wait_ends_before_the_deadline),
        cmocka_unit_test(writing_to_one_that_is_gone_is_closed),
        cmocka_unit_test(a_wait_for_an_answer_can_be_stopped),
        cmocka_unit_test(a_wait_for_a_proxy_can_be_stopped),
        cmocka_unit_test(a_proxy_connects_and_nothing_that_follows_is_lost),
        cmocka_unit_test(a_proxy_that_wants_a_password_gets_it),
        cmocka_unit_test(what_a_proxy_says_instead_is_quoted),
        cmocka_unit_test(a_proxy_whose_headers_have_no_end_is_left),
        cmocka_unit_test(a_socks_proxy_connects_and_looks_names_up),
        cmocka_unit_test(a_socks_proxy_that_wants_a_password_gets_it),
        cmocka_unit_test(what_a_socks_proxy_cannot_do_is_said),
        cmocka_unit_test(variables_of_the_environment_do_not_choose_a_proxy),
        cmocka_unit_test(many_connect_at_the_same_time),
    };
    if (!ks_network()) {
        const struct CMUnitTest without[] = {tests[0], tests[1]};
        return cmocka_run_group_tests(without, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, forget_environment, NULL);
}
