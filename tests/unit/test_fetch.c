/* What is fetched of what certificates name, from whom, and how much of it. */
#include "loopback.h"
#include "make_cert.h"
#include "shelf.h"

#include "doctor/sources.h"
#include "net/aia.h"

#include <openssl/pkcs7.h>
#include <openssl/ssl.h>

/* ---- servers of one kind of answer ---- */

struct page {
    const char *head; /* of the answer, without the empty line; NULL: 200 */
    struct ks_slice body;
    char asked[2048]; /* the last request */
};

static void answer(struct loopback_peer *p)
{
    struct page *page = p->ctx;
    char line[128];
    if (!loopback_hear(p, "\r\n\r\n", page->asked, sizeof page->asked))
        return;
    (void)snprintf(line, sizeof line, "Content-Length: %zu\r\n\r\n", page->body.len);
    (void)(loopback_say(p, page->head ? page->head : "HTTP/1.1 200 OK\r\n") &&
           loopback_say(p, line) && loopback_send(p, page->body.data, page->body.len));
}

static char *url_at(const struct loopback *server, const char *host, const char *path)
{
    return ks_asprintf("http://%s:%u%s", host, loopback_port(server), path);
}

/* What loopback needs to be asked at all. */
static struct ks_fetch local(const char *url)
{
    return (struct ks_fetch){
        .url = url, .no_proxy = true, .private_too = true, .any_port = true, .seconds = 20};
}

static void must_get(const struct ks_fetch *f, const char *expected)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    ks_buf_str(&out, "> ");
    if (ks_fetch(f, NULL, &out, &err) != KS_OK)
        fail_msg("%s: %s: %s", f->url, err.slug, err.what);
    assert_string_equal(ks_buf_text(&out) + 2, expected);
    ks_buf_free(&out);
}

static void must_fail(const struct ks_fetch *f, enum ks_code code, const char *slug,
                      const char *says)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    assert_int_equal(ks_fetch(f, NULL, &out, &err), code);
    if (strcmp(err.slug, slug) != 0 || !strstr(err.what, says) || !err.next[0])
        fail_msg("%s: %s: %s; %s (not %s: %s)", f->url, err.slug, err.what, err.next, slug, says);
    assert_int_equal(out.len, 0);
    ks_buf_free(&out);
}

/* ---- URLs ---- */

static void only_plain_urls_of_http_and_https_are_fetched(void **state)
{
    static const char *const fine[] = {
        "http://ca.example/i.crt", "https://ca.example/i.crt", "HTTP://ca.example",
        "http://192.0.2.7/x",      "http://[2001:db8::7]:80/", "http://ca.example?x#y",
    };
    static const struct {
        const char *url, *says;
    } rows[] = {
        {"", "scheme"},
        {"ca.example/i.crt", "scheme"},
        {"ldap://ca.example/cn=x", "scheme"},
        {"file:///etc/passwd", "scheme"},
        {"ftp://ca.example/", "scheme"},
        {"httpx://ca.example/", "scheme"},
        {"http://", "no host"},
        {"http:///x", "no host"},
        {"http://me@ca.example/", "user"},
        {"http://ca.example@127.0.0.1/", "user"},
        {"http://me:pw@ca.example/", "user"},
        {"http://ca.example:0/", "1 to 65535"},
        {"http://ca.example/a b", "blank"},
        {"http://ca.example/\r\nHost: x", "blank"},
        {"http://ca.example\\@x/", "user"},
        {"http://ca.example\\.x/", "host name"},
        {"http://127.1/", "not an IPv4 address"},
        {"http://0x7f.0.0.1/", "not an IPv4 address"},
        {"http://0x7f.0x0.0x0.0x1/a", "not an IPv4 address"},
        {"http://127.0.0.0x1/", "not an IPv4 address"},
        {"http://169.254.169.0XFE/", "not an IPv4 address"},
        {"http://0x7f.0.0.1x.0x1./q", "not an IPv4 address"},
        {"http://0x7f000001/", "not an IPv4 address"},
        {"http://127.0.0.0x/", "not an IPv4 address"},
        {"http://127.0.0.1./", "not an IPv4 address"},
        {"http://2130706433/", "not an IPv4 address"},
        {"http://m\xc3\xbcnchen.example/", "character"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        if (ks_fetch_refusal(fine[i]))
            fail_msg("%s: %s", fine[i], ks_fetch_refusal(fine[i]));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *why = ks_fetch_refusal(rows[i].url);
        if (!why || !strstr(why, rows[i].says))
            fail_msg("%s: %s", rows[i].url, why ? why : "fetched");
        struct ks_fetch f = local(rows[i].url);
        must_fail(&f, KS_ERR_USAGE, "bad-url", rows[i].says);
    }
}

/* ---- answers ---- */

static void an_answer_is_fetched_and_nothing_tells_who_asks(void **state)
{
    struct page page = {.body = ks_slice_str("hello")};
    struct loopback *server = loopback_start(answer, &page);
    char *url = url_at(server, "localhost", "/i.crt?x=1#y"), line[64];
    struct ks_fetch f = local(url);
    (void)state;
    must_get(&f, "hello");
    (void)snprintf(line, sizeof line, "GET /i.crt?x=1 HTTP/1.1\r\nHost: localhost:%u\r\n",
                   loopback_port(server));
    assert_int_equal(strncmp(page.asked, line, strlen(line)), 0);
    assert_string_equal(page.asked + strlen(line), "Accept: */*\r\n\r\n");
    free(url);
    loopback_stop(server);
}

static void a_question_is_posted_with_its_type(void **state)
{
    struct page page = {.body = ks_slice_str("yes")};
    struct loopback *server = loopback_start(answer, &page);
    char *url = url_at(server, "127.0.0.1", "/");
    struct ks_fetch f = local(url);
    (void)state;
    f.post = ks_slice("a\0b", 3);
    f.content_type = "application/ocsp-request";
    must_get(&f, "yes");
    assert_int_equal(strncmp(page.asked, "POST / HTTP/1.1\r\n", 17), 0);
    assert_non_null(strstr(page.asked, "Content-Type: application/ocsp-request\r\n"));
    assert_non_null(strstr(page.asked, "Content-Length: 3\r\n"));
    assert_null(strstr(page.asked, "Expect"));
    free(url);
    loopback_stop(server);
}

static void an_answer_up_to_the_limit_is_taken_and_no_byte_more(void **state)
{
    struct page page = {.body = ks_slice_str("0123456789")};
    struct loopback *server = loopback_start(answer, &page);
    char *url = url_at(server, "127.0.0.1", "/"), *big = ks_alloc(10u << 20);
    struct ks_fetch f = local(url);
    (void)state;
    f.limit = 10;
    must_get(&f, "0123456789");
    f.limit = 9;
    must_fail(&f, KS_ERR_LIMIT, "too-large", "was not taken");
    f.limit = 0;
    page.body = ks_slice(big, 10u << 20);
    must_fail(&f, KS_ERR_LIMIT, "too-large", "64 KiB");
    page.head = "HTTP/1.1 404 Not Found\r\n";
    must_fail(&f, KS_ERR_NETWORK, "http-status", "404 Not Found");
    free(url);
    loopback_stop(server);
    free(big);
}

static void what_is_not_200_is_quoted(void **state)
{
    static const struct {
        const char *head, *slug, *says;
    } rows[] = {
        {"HTTP/1.1 404 Not Found\r\n", "http-status", "'HTTP/1.1 404 Not Found'"},
        {"HTTP/1.1 500 Oops\r\n", "http-status", "500 Oops"},
        {"HTTP/1.1 206 Partial Content\r\n", "http-status", "206"},
        {"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\n", "http-status", "401"},
        {"HTTP/1.1 304 Not Modified\r\n", "http-status", "304"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "http-status", "no HTTP"},
        {"\x15\x03\x01\x00\x02\x02\x28", "http-status", "no HTTP"},
        {"HTTP/1.1 301 Moved\r\n", "http-status", "301"},
        {"HTTP/1.1 301 Moved\r\nLocation: ldap://ca.example/x\r\n", "redirects", "scheme"},
        {"HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\n", "redirects", "scheme"},
        {"HTTP/1.1 302 Moved\r\nLocation: http://me:pw@ca.example/\r\n", "redirects", "user"},
    };
    struct page page = {.body = ks_slice_str("x")};
    struct loopback *server = loopback_start(answer, &page);
    char *url = url_at(server, "127.0.0.1", "/");
    struct ks_fetch f = local(url);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        page.head = rows[i].head;
        must_fail(&f, KS_ERR_NETWORK, rows[i].slug, rows[i].says);
    }
    free(url);
    loopback_stop(server);
}

static void half_an_answer(struct loopback_peer *p)
{
    char line[1024];
    (void)(loopback_hear(p, "\r\n\r\n", line, sizeof line) &&
           loopback_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
}

static void hang_up(struct loopback_peer *p)
{
    char line[1024];
    (void)loopback_hear(p, "\r\n\r\n", line, sizeof line);
}

static void an_answer_that_breaks_off_is_none(void **state)
{
    struct loopback *half = loopback_start(half_an_answer, NULL),
                    *gone = loopback_start(hang_up, NULL);
    char *url = url_at(half, "127.0.0.1", "/"), *other = url_at(gone, "127.0.0.1", "/");
    struct ks_fetch f = local(url), g = local(other);
    (void)state;
    must_fail(&f, KS_ERR_NETWORK, "closed", "");
    must_fail(&g, KS_ERR_NETWORK, "closed", "ended the connection");
    loopback_stop(half);
    loopback_stop(gone);
    must_fail(&f, KS_ERR_NETWORK, "refused", "nothing listens at 127.0.0.1:");
    free(url);
    free(other);
}

/* One byte at a time, for ever. */
static void trickle(struct loopback_peer *p)
{
    const char *begin = p->ctx;
    char line[1024];
    bool go_on = loopback_hear(p, "\r\n\r\n", line, sizeof line) && loopback_say(p, begin);
    struct pollfd end = {.fd = p->fd, .events = POLLIN};
    while (go_on && poll(&end, 1, 20) == 0)
        go_on = loopback_say(p, "x");
}

static void an_endless_trickle_ends_at_the_deadline(void **state)
{
    static const char *const begins[] = {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX: "};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct loopback *server = loopback_start(trickle, (void *)(uintptr_t)begins[i]);
        char *url = url_at(server, "127.0.0.1", "/");
        struct ks_fetch f = local(url);
        long before = loopback_milliseconds();
        f.seconds = 1;
        must_fail(&f, KS_ERR_NETWORK, "timeout", "was not complete in 1 s");
        assert_true(loopback_milliseconds() - before < 3000);
        free(url);
        loopback_stop(server);
    }
}

static void endless_headers(struct loopback_peer *p)
{
    char line[1024];
    bool go_on =
        loopback_hear(p, "\r\n\r\n", line, sizeof line) && loopback_say(p, "HTTP/1.1 200 OK\r\n");
    while (go_on)
        go_on = loopback_say(p, "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
}

static void endless_headers_are_not_read_to_their_end(void **state)
{
    struct loopback *server = loopback_start(endless_headers, NULL);
    char *url = url_at(server, "127.0.0.1", "/");
    struct ks_fetch f = local(url);
    (void)state;
    must_fail(&f, KS_ERR_LIMIT, "too-large", "its headers are longer than 64 KiB");
    free(url);
    loopback_stop(server);
}

static void one_long_header(struct loopback_peer *p)
{
    char line[1024];
    bool go_on = loopback_hear(p, "\r\n\r\n", line, sizeof line) &&
                 loopback_say(p, "HTTP/1.1 200 OK\r\nX: ");
    for (size_t i = 0; go_on && i < 8000; i++)
        go_on = loopback_say(p, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static void a_header_that_is_too_long_is_no_want_of_memory(void **state)
{
    struct loopback *server = loopback_start(one_long_header, NULL);
    char *url = url_at(server, "127.0.0.1", "/");
    struct ks_fetch f = local(url);
    (void)state;
    must_fail(&f, KS_ERR_LIMIT, "too-large", "its headers are longer than 64 KiB");
    free(url);
    loopback_stop(server);
}

struct stopper {
    struct ks_job *job;
    long at;
};

static void *stop_soon(void *arg)
{
    struct stopper *s = arg;
    (void)poll(NULL, 0, 100);
    s->at = loopback_milliseconds();
    ks_job_cancel(s->job);
    return NULL;
}

static void a_fetch_can_be_stopped(void **state)
{
    struct loopback *server =
        loopback_start(trickle, (void *)(uintptr_t) "HTTP/1.1 200 OK\r\n\r\n");
    char *url = url_at(server, "127.0.0.1", "/");
    struct ks_fetch f = local(url);
    struct stopper s = {.job = ks_job_new()};
    struct ks_buf out = KS_BUF_INIT;
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &s), 0);
    assert_int_equal(ks_fetch(&f, s.job, &out, NULL), KS_ERR_CANCELLED);
    long now = loopback_milliseconds();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(now - s.at <= 200);
    assert_int_equal(out.len, 0);
    ks_buf_free(&out);
    ks_job_free(s.job);
    free(url);
    loopback_stop(server);
}

/* ---- redirects ---- */

struct stairs {
    uint16_t port;
    size_t steps; /* redirects before the answer */
};

static void climb_stairs(struct loopback_peer *p)
{
    struct stairs *s = p->ctx;
    char line[1024], head[256];
    if (!loopback_hear(p, "\r\n\r\n", line, sizeof line))
        return;
    if (p->number < s->steps)
        (void)snprintf(head, sizeof head,
                       "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 2\r\n\r\nno",
                       p->number % 2 ? "/again" : "again?x");
    else
        (void)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
    (void)loopback_say(p, head);
}

static void two_redirects_are_followed_and_a_third_is_not(void **state)
{
    for (size_t steps = 2; steps <= 1000; steps += 998) {
        struct stairs s = {.steps = steps};
        struct loopback *server = loopback_start(climb_stairs, &s);
        char *url = url_at(server, "127.0.0.1", "/a/b");
        struct ks_fetch f = local(url);
        if (steps == 2)
            must_get(&f, "yes");
        else
            must_fail(&f, KS_ERR_NETWORK, "redirects", "third");
        assert_int_equal(loopback_count(server), 3);
        free(url);
        loopback_stop(server);
    }
    (void)state;
}

/* ---- addresses ---- */

static void this_host_is_asked_only_after_a_second_question(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "127.0.0.2", "[::ffff:127.0.0.1]",
                                        "[::1]"};
    struct page page = {.body = ks_slice_str("secret")};
    struct loopback *server = loopback_start(answer, &page);
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        char *url = url_at(server, hosts[i], "/");
        struct ks_fetch f = local(url);
        f.private_too = false;
        must_fail(&f, KS_ERR_NETWORK, "private-address", "nothing was asked of");
        free(url);
    }
    char *url = url_at(server, "localhost", "/");
    struct ks_fetch f = local(url);
    f.private_too = f.any_port = false;
    must_fail(&f, KS_ERR_NETWORK, "odd-port", "its port is neither 80 nor 443");
    assert_int_equal(loopback_count(server), 0);
    f = local(url);
    must_get(&f, "secret");
    free(url);
    loopback_stop(server);
}

/* The first step is allowed, as it would be at a public address; the second has checks of its own.
 */
static void a_redirect_to_another_port_is_asked_about_again(void **state)
{
    struct page page = {.body = ks_slice_str("")};
    struct loopback *server = loopback_start(answer, &page);
    char *url = url_at(server, "127.0.0.1", "/");
    struct ks_fetch f = local(url);
    (void)state;
    page.head = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n";
    must_fail(&f, KS_ERR_NETWORK, "refused", "127.0.0.1:1");
    free(url);
    loopback_stop(server);
}

static void behind_a_proxy_the_name_alone_is_judged(void **state)
{
    static const char *const hidden[] = {"http://127.0.0.1/",    "http://localhost/",
                                         "http://[fd00::1]/",    "http://169.254.169.254/",
                                         "http://a.localhost/",  "http://intranet/",
                                         "http://pki.internal/", "http://printer.local/"};
    struct page page = {.body = ks_slice_str("by proxy")};
    struct loopback *relay = loopback_start(answer, &page);
    struct ks_proxy proxy = {
        .kind = KS_PROXY_HTTP, .host = "127.0.0.1", .port = loopback_port(relay), .resolves = true};
    struct ks_fetch f = {.proxy = &proxy, .seconds = 20};
    (void)state;
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        f.url = hidden[i];
        must_fail(&f, KS_ERR_NETWORK, "private-address", "private network");
    }
    assert_int_equal(loopback_count(relay), 0);
    f.url = "http://ca.example/i.crt";
    must_get(&f, "by proxy");
    assert_int_equal(strncmp(page.asked, "GET http://ca.example/i.crt HTTP/1.1\r\n", 38), 0);
    page.head = "HTTP/1.1 302 Found\r\nLocation: http://intranet/\r\n";
    must_fail(&f, KS_ERR_NETWORK, "private-address", "intranet");
    page.head = "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=x\r\n";
    must_fail(&f, KS_ERR_NETWORK, "proxy-auth", "wants a user and a password");
    loopback_stop(relay);
}

/* RFC 1928: what is asked of it, and then the page. */
struct socks_page {
    struct page page;
    uint8_t kind; /* of what it was to connect to: 1 and 4 addresses, 3 a name */
    char name[256];
};

static void answer_socks(struct loopback_peer *p)
{
    struct socks_page *s = p->ctx;
    uint8_t head[4], rest[255], len = 0;
    if (!loopback_take(p, head, 2) || !loopback_take(p, rest, head[1]) ||
        !loopback_send(p, "\x05\x00", 2) || !loopback_take(p, head, 4))
        return;
    s->kind = head[3];
    memset(s->name, 0, sizeof s->name);
    if (s->kind == 3 && (!loopback_take(p, &len, 1) || !loopback_take(p, s->name, len)))
        return;
    if (!loopback_take(p, rest,
                       s->kind == 3   ? 2
                       : s->kind == 1 ? 6
                                      : 18) ||
        !loopback_send(p, "\x05\0\0\x01\0\0\0\0\0\0", 10))
        return;
    p->ctx = &s->page;
    answer(p);
}

/* What this host looked up for socks5:// could be any address. */
static void a_socks_proxy_gets_the_name_of_a_strangers_url_and_no_address(void **state)
{
    struct socks_page s = {.page.body = ks_slice_str("by proxy")};
    struct loopback *relay = loopback_start(answer_socks, &s);
    struct ks_proxy proxy = {
        .kind = KS_PROXY_SOCKS5, .host = "127.0.0.1", .port = loopback_port(relay)};
    struct ks_fetch f = {.url = "http://ca.invalid/i.crt", .proxy = &proxy, .seconds = 20};
    (void)state;
    must_get(&f, "by proxy");
    assert_int_equal(s.kind, 3);
    assert_string_equal(s.name, "ca.invalid");
    f.url = "http://localhost/i.crt";
    must_fail(&f, KS_ERR_NETWORK, "private-address", "private network");
    f.private_too = true;
    must_get(&f, "by proxy");
    assert_true(s.kind == 1 || s.kind == 4);
    loopback_stop(relay);
}

static void the_environment_names_the_proxy_unless_it_is_told_not_to(void **state)
{
    struct page page = {.body = ks_slice_str("by proxy")}, own = {.body = ks_slice_str("itself")};
    struct loopback *relay = loopback_start(answer, &page), *server = loopback_start(answer, &own);
    char *url = url_at(server, "127.0.0.1", "/"), *variable = url_at(relay, "127.0.0.1", "");
    struct ks_fetch f = local(url);
    (void)state;
    (void)setenv("http_proxy", variable, 1);
    must_get(&f, "itself");
    f.no_proxy = false;
    must_get(&f, "by proxy");
    (void)setenv("no_proxy", "127.0.0.0/8", 1);
    must_get(&f, "itself");
    (void)unsetenv("http_proxy");
    (void)unsetenv("no_proxy");
    free(variable);
    free(url);
    loopback_stop(relay);
    loopback_stop(server);
}

/* ---- https ---- */

struct tls_page {
    SSL_CTX *ctx;
};

static void answer_tls(struct loopback_peer *p)
{
    struct tls_page *page = p->ctx;
    SSL *ssl = SSL_new(page->ctx);
    char line[1024];
    static const char said[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure";
    if (SSL_set_fd(ssl, p->fd) == 1 && SSL_accept(ssl) == 1 && SSL_read(ssl, line, sizeof line) > 0)
        (void)SSL_write(ssl, said, sizeof said - 1);
    (void)SSL_shutdown(ssl);
    SSL_free(ssl);
}

static X509 *decode(const struct ks_blob *der)
{
    const unsigned char *at = der->data;
    X509 *cert = d2i_X509(NULL, &at, (long)der->len);
    assert_non_null(cert);
    return cert;
}

static void https_is_verified_with_the_CAs_of_the_system(void **state)
{
    struct ks_blob *root = make_cert(&(struct make_cert){.cn = "web root", .ca = true});
    struct ks_blob *leaf =
        make_cert(&(struct make_cert){.cn = "web", .issuer = "web root", .san = "IP:127.0.0.1"});
    X509 *cert = decode(leaf);
    struct tls_page page = {.ctx = SSL_CTX_new(TLS_server_method())};
    struct ks_buf pem = KS_BUF_INIT;
    char path[] = "/tmp/ksx-test-ca-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_int_equal(SSL_CTX_use_certificate(page.ctx, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(page.ctx, make_key("web")), 1);
    struct loopback *server = loopback_start(answer_tls, &page);
    char *url = ks_asprintf("https://127.0.0.1:%u/", loopback_port(server));
    struct ks_fetch f = local(url);
    must_fail(&f, KS_ERR_NETWORK, "tls", "not trusted");
    ks_pem_write("CERTIFICATE", ks_blob_slice(root), &pem);
    assert_int_equal(write(fd, pem.data, pem.len), (ssize_t)pem.len);
    (void)close(fd);
    (void)setenv("SSL_CERT_FILE", path, 1);
    must_get(&f, "secure");
    (void)unsetenv("SSL_CERT_FILE");
    (void)unlink(path);
    ks_buf_free(&pem);
    free(url);
    loopback_stop(server);
    SSL_CTX_free(page.ctx);
    X509_free(cert);
    ks_blob_unref(root);
    ks_blob_unref(leaf);
}

/* ---- issuers ---- */

static void put_p7(struct ks_buf *out, size_t count, struct ks_blob *const *ders)
{
    PKCS7 *p7 = PKCS7_new();
    unsigned char *der = NULL;
    assert_true(PKCS7_set_type(p7, NID_pkcs7_signed) && PKCS7_content_new(p7, NID_pkcs7_data));
    for (size_t i = 0; i < count; i++) {
        X509 *cert = decode(ders[i]);
        assert_int_equal(PKCS7_add_certificate(p7, cert), 1);
        X509_free(cert);
    }
    int len = i2d_PKCS7(p7, &der);
    assert_true(len > 0);
    ks_buf_append(out, der, (size_t)len);
    OPENSSL_free(der);
    PKCS7_free(p7);
}

/* leaf, issued by mid, issued by root; each says where its issuer is. */
struct pki {
    struct loopback *server;
    struct shelf shelf;
    struct ks_blob *leaf, *mid, *root;
    struct ks_cert cert; /* of the leaf */
    struct ks_sources sources;
    struct ks_aia aia;
    struct ks_error err;
};

static struct ks_blob *issued(const struct pki *p, const char *cn, const char *issuer,
                              const char *paths, bool ca)
{
    char access[512] = "";
    for (const char *at = paths; *at; at += strlen(at) + 1)
        (void)snprintf(access + strlen(access), sizeof access - strlen(access),
                       "%scaIssuers;URI:http://127.0.0.1:%u%s", access[0] ? "," : "",
                       loopback_port(p->server), at);
    return make_cert(&(struct make_cert){
        .cn = cn, .issuer = issuer, .ca = ca, .access = access[0] ? access : NULL});
}

/* `paths`: one after the other, each with its NUL, of the leaf. */
static struct pki *new_pki(const char *paths)
{
    struct pki *p = ks_alloc(sizeof *p);
    p->server = shelf_start(&p->shelf);
    p->leaf = issued(p, "leaf", "mid", paths, false);
    p->mid = issued(p, "mid", "root", "/root.crt\0", true);
    p->root = issued(p, "root", NULL, "", true);
    assert_true(ks_cert_skim(ks_blob_slice(p->leaf), &p->cert));
    ks_buf_slice(shelf_put(&p->shelf, "/mid.crt"), ks_blob_slice(p->mid));
    ks_buf_slice(shelf_put(&p->shelf, "/root.crt"), ks_blob_slice(p->root));
    return p;
}

static enum ks_code ask(struct pki *p, bool upward, const char *only)
{
    struct ks_aia_ask ask = {.cert = &p->cert, .only = only, .upward = upward, .how = local(NULL)};
    ks_aia_drop(&p->aia);
    ks_sources_drop(&p->sources);
    return ks_aia_fetch(&ask, &p->sources, NULL, &p->aia, &p->err);
}

static void free_pki(struct pki *p)
{
    ks_aia_drop(&p->aia);
    ks_sources_drop(&p->sources);
    loopback_stop(p->server);
    shelf_clear(&p->shelf);
    ks_blob_unref(p->leaf);
    ks_blob_unref(p->mid);
    ks_blob_unref(p->root);
    free(p);
}

static void the_issuer_is_fetched_and_upward_to_the_root(void **state)
{
    struct pki *p = new_pki("/mid.crt\0");
    struct ks_buf where = KS_BUF_INIT;
    (void)state;
    assert_int_equal(ask(p, false, NULL), KS_OK);
    assert_int_equal(p->aia.count, 1);
    assert_true(p->aia.at[0].fits && p->aia.at[0].certs == 1);
    assert_int_equal(p->sources.count, 1);
    assert_int_equal(p->sources.at[0].kind, KS_SOURCE_NETWORK);
    assert_string_equal(p->sources.at[0].name, p->aia.at[0].url);
    struct ks_store *store = p->sources.at[0].stores[0];
    struct ks_pool_cert at = {.store = store, .entry = ks_store_entry(store, 0)};
    ks_source_where(&at, NULL, &where);
    assert_int_equal(strncmp(ks_buf_text(&where), "http://127.0.0.1:", 17), 0);
    assert_int_equal(ask(p, true, NULL), KS_OK);
    assert_int_equal(p->aia.count, 2);
    assert_true(p->aia.at[1].fits);
    assert_int_equal(p->sources.count, 2);
    ks_buf_free(&where);
    free_pki(p);
}

static void a_url_is_asked_once_in_a_run(void **state)
{
    struct pki *p = new_pki("/mid.crt\0/mid.crt\0");
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(p, true, NULL), KS_OK);
        assert_int_equal(p->aia.count, 2);
    }
    assert_int_equal(loopback_count(p->server), 2);
    free_pki(p);
}

static void pem_and_pkcs7_are_taken_too(void **state)
{
    struct pki *p = new_pki("/mid.pem\0/all.p7c\0");
    (void)state;
    ks_pem_write("CERTIFICATE", ks_blob_slice(p->mid), shelf_put(&p->shelf, "/mid.pem"));
    put_p7(shelf_put(&p->shelf, "/all.p7c"), 2, (struct ks_blob *const[]){p->root, p->mid});
    assert_int_equal(ask(p, false, NULL), KS_OK);
    assert_int_equal(p->aia.count, 1);
    assert_true(p->aia.at[0].fits);
    char *url = ks_asprintf("http://127.0.0.1:%u/all.p7c", loopback_port(p->server));
    assert_int_equal(ask(p, true, url), KS_OK);
    assert_int_equal(p->aia.count, 1); /* the root came with it */
    assert_int_equal(p->aia.at[0].certs, 2);
    assert_true(p->aia.at[0].fits);
    free(url);
    free_pki(p);
}

static void what_is_not_the_issuer_is_listed_as_no_match(void **state)
{
    struct pki *p = new_pki("/other.crt\0");
    struct ks_blob *other = make_cert(
        &(struct make_cert){.cn = "mid", .ca = true, .key = make_key("another"), .no_ids = true});
    (void)state;
    ks_buf_slice(shelf_put(&p->shelf, "/other.crt"), ks_blob_slice(other));
    assert_int_equal(ask(p, true, NULL), KS_OK);
    assert_int_equal(p->aia.count, 1);
    assert_int_equal(p->aia.at[0].code, KS_OK);
    assert_false(p->aia.at[0].fits);
    assert_int_equal(p->aia.at[0].certs, 1);
    assert_int_equal(p->sources.count, 1);
    ks_blob_unref(other);
    free_pki(p);
}

static void the_next_url_is_tried_when_one_fails(void **state)
{
    struct pki *p = new_pki("/gone.crt\0/page.crt\0/mid.crt\0");
    (void)state;
    ks_buf_str(shelf_put(&p->shelf, "/page.crt"), "<html>please log in</html>");
    assert_int_equal(ask(p, false, NULL), KS_OK);
    assert_int_equal(p->aia.count, 3);
    assert_string_equal(p->aia.at[0].err.slug, "http-status");
    assert_string_equal(p->aia.at[1].err.slug, "no-certificate");
    assert_true(p->aia.at[2].fits);
    assert_int_equal(p->sources.count, 1);
    free_pki(p);
}

static void what_is_no_certificate_is_refused(void **state)
{
    static const char key[] =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwN"
        "Dg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n";
    const struct ks_slice answers[] = {ks_slice_str("garbage"), ks_slice_str(""), ks_slice_str(key),
                                       ks_slice("\xfe\xed\xfe\xed\0\0\0\2\0\0\0\0", 12),
                                       ks_slice("\x30\x82\xff\xff", 4)};
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct pki *p = new_pki("/x\0");
        ks_buf_slice(shelf_put(&p->shelf, "/x"), answers[i]);
        assert_int_equal(ask(p, false, NULL), KS_ERR_FORMAT);
        assert_string_equal(p->err.slug, "no-certificate");
        assert_int_equal(p->sources.count, 0);
        free_pki(p);
    }
}

static void what_came_with_an_agreement_is_nothing_without_it(void **state)
{
    struct pki *p = new_pki("/mid.crt\0");
    struct ks_aia_ask closed = {.cert = &p->cert, .how = {.no_proxy = true}};
    (void)state;
    assert_int_equal(ask(p, false, NULL), KS_OK);
    ks_aia_drop(&p->aia);
    assert_int_equal(ks_aia_fetch(&closed, &p->sources, NULL, &p->aia, &p->err), KS_ERR_NETWORK);
    assert_true(ks_aia_asks_private(&p->aia.at[0]));
    assert_int_equal(ask(p, false, NULL), KS_OK);
    assert_int_equal(loopback_count(p->server), 1); /* with it, it is remembered */
    free_pki(p);
}

static void at_most_eight_urls_are_asked(void **state)
{
    struct pki *p = new_pki("/1\0/2\0/3\0/4\0/5\0/6\0/7\0/8\0/9\0/mid.crt\0");
    (void)state;
    assert_int_equal(ask(p, true, NULL), KS_ERR_NETWORK);
    assert_string_equal(p->err.slug, "http-status");
    assert_int_equal(p->aia.count, 8);
    assert_int_equal(loopback_count(p->server), 8);
    free_pki(p);
}

/* Two CAs that certified each other, each at a URL of its own. */
static void issuers_of_each_other_end(void **state)
{
    struct pki *p = new_pki("/a.crt\0");
    struct ks_blob *a = issued(p, "mid", "round", "/b.crt\0", true);
    struct ks_blob *b = issued(p, "round", "mid", "/a.crt\0", true);
    (void)state;
    ks_buf_slice(shelf_put(&p->shelf, "/a.crt"), ks_blob_slice(a));
    ks_buf_slice(shelf_put(&p->shelf, "/b.crt"), ks_blob_slice(b));
    assert_int_equal(ask(p, true, NULL), KS_OK);
    assert_int_equal(p->aia.count, 2);
    ks_blob_unref(a);
    ks_blob_unref(b);
    free_pki(p);
}

static void a_certificate_without_a_place_of_its_issuer_says_so(void **state)
{
    static const struct {
        const char *access, *says;
        size_t refused;
    } rows[] = {{NULL, "does not say", 0},
                {"caIssuers;URI:ldap://ca.example/cn=x", "none by http", 1},
                {"OCSP;URI:http://ca.example/", "does not say", 0}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ks_blob *der =
            make_cert(&(struct make_cert){.cn = "leaf", .issuer = "mid", .access = rows[i].access});
        struct ks_sources sources = {0};
        struct ks_aia aia;
        struct ks_error err = {0};
        struct ks_cert cert;
        size_t count = 1, refused = 9;
        assert_true(ks_cert_skim(ks_blob_slice(der), &cert));
        free(ks_aia_urls(&cert, &count, &refused));
        assert_int_equal(count, 0);
        assert_int_equal(refused, rows[i].refused);
        struct ks_aia_ask ask = {.cert = &cert, .how = local(NULL)};
        assert_int_equal(ks_aia_fetch(&ask, &sources, NULL, &aia, &err), KS_ERR_NOT_FOUND);
        assert_non_null(strstr(err.what, rows[i].says));
        ks_aia_drop(&aia);
        ks_blob_unref(der);
    }
}

static void issuers_on_this_host_are_asked_only_after_a_second_question(void **state)
{
    struct pki *p = new_pki("/mid.crt\0");
    struct ks_aia_ask ask = {.cert = &p->cert, .how = {.no_proxy = true, .any_port = true}};
    (void)state;
    assert_int_equal(ks_aia_fetch(&ask, &p->sources, NULL, &p->aia, &p->err), KS_ERR_NETWORK);
    assert_string_equal(p->err.slug, "private-address");
    assert_int_equal(loopback_count(p->server), 0);
    free_pki(p);
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
        cmocka_unit_test(a_certificate_without_a_place_of_its_issuer_says_so),
        cmocka_unit_test(only_plain_urls_of_http_and_https_are_fetched),
        cmocka_unit_test(an_answer_is_fetched_and_nothing_tells_who_asks),
        cmocka_unit_test(a_question_is_posted_with_its_type),
        cmocka_unit_test(an_answer_up_to_the_limit_is_taken_and_no_byte_more),
        cmocka_unit_test(what_is_not_200_is_quoted),
        cmocka_unit_test(an_answer_that_breaks_off_is_none),
        cmocka_unit_test(an_endless_trickle_ends_at_the_deadline),
        cmocka_unit_test(endless_headers_are_not_read_to_their_end),
        cmocka_unit_test(a_header_that_is_too_long_is_no_want_of_memory),
        cmocka_unit_test(a_fetch_can_be_stopped),
        cmocka_unit_test(two_redirects_are_followed_and_a_third_is_not),
        cmocka_unit_test(this_host_is_asked_only_after_a_second_question),
        cmocka_unit_test(a_redirect_to_another_port_is_asked_about_again),
        cmocka_unit_test(behind_a_proxy_the_name_alone_is_judged),
        cmocka_unit_test(a_socks_proxy_gets_the_name_of_a_strangers_url_and_no_address),
        cmocka_unit_test(the_environment_names_the_proxy_unless_it_is_told_not_to),
        cmocka_unit_test(https_is_verified_with_the_CAs_of_the_system),
        cmocka_unit_test(the_issuer_is_fetched_and_upward_to_the_root),
        cmocka_unit_test(a_url_is_asked_once_in_a_run),
        cmocka_unit_test(pem_and_pkcs7_are_taken_too),
        cmocka_unit_test(what_is_not_the_issuer_is_listed_as_no_match),
        cmocka_unit_test(the_next_url_is_tried_when_one_fails),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(what_came_with_an_agreement_is_nothing_without_it),
        cmocka_unit_test(at_most_eight_urls_are_asked),
        cmocka_unit_test(issuers_of_each_other_end),
        cmocka_unit_test(issuers_on_this_host_are_asked_only_after_a_second_question),
    };
    if (!ks_network())
        return cmocka_run_group_tests_name("test_fetch", (const struct CMUnitTest[]){tests[0]},
                                           NULL, NULL);
    return cmocka_run_group_tests(tests, forget_environment, NULL);
}
