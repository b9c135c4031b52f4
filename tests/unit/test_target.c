/* Servers and proxies as people write them, and addresses that are nobody else's business. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/http.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* ---- targets ---- */

static const struct {
    const char *text, *host;
    uint16_t port;
    enum ks_starttls protocol;
    bool given;
} targets[] = {
    {"ldap.example.com:636", "ldap.example.com", 636, KS_TLS_AT_ONCE, false},
    {"example.com", "example.com", 443, KS_TLS_AT_ONCE, false},
    {"example.com.", "example.com", 443, KS_TLS_AT_ONCE, false},
    {"example.com/path?x", "example.com", 443, KS_TLS_AT_ONCE, false},
    {"localhost:8443", "localhost", 8443, KS_TLS_AT_ONCE, false},
    {"my_host:8443", "my_host", 8443, KS_TLS_AT_ONCE, false},
    {"0x7f.0x0g:443", "0x7f.0x0g", 443, KS_TLS_AT_ONCE, false},
    {"192.0.2.7:443", "192.0.2.7", 443, KS_TLS_AT_ONCE, false},
    {"[2001:db8::7]:443", "2001:db8::7", 443, KS_TLS_AT_ONCE, false},
    {"[2001:db8::7]", "2001:db8::7", 443, KS_TLS_AT_ONCE, false},
    {"2001:db8::7", "2001:db8::7", 443, KS_TLS_AT_ONCE, false},
    {"https://[2001:db8::7]:8443/x", "2001:db8::7", 8443, KS_TLS_AT_ONCE, true},
    {"m\xc3\xbcnchen.example:443", "xn--mnchen-3ya.example", 443, KS_TLS_AT_ONCE, false},
    {"ldaps://ldap.example.com", "ldap.example.com", 636, KS_TLS_AT_ONCE, true},
    {"https://example.com/x", "example.com", 443, KS_TLS_AT_ONCE, true},
    {"HTTPS://Example.com?x@y:z", "Example.com", 443, KS_TLS_AT_ONCE, true},
    {"smtps://m.example", "m.example", 465, KS_TLS_AT_ONCE, true},
    {"imaps://m.example", "m.example", 993, KS_TLS_AT_ONCE, true},
    {"pop3s://m.example", "m.example", 995, KS_TLS_AT_ONCE, true},
    {"ftps://m.example", "m.example", 990, KS_TLS_AT_ONCE, true},
    {"xmpps://m.example", "m.example", 5223, KS_TLS_AT_ONCE, true},
    {"smtp://m.example", "m.example", 587, KS_STARTTLS_SMTP, true},
    {"smtp://m.example:25", "m.example", 25, KS_STARTTLS_SMTP, true},
    {"imap://m.example", "m.example", 143, KS_STARTTLS_IMAP, true},
    {"pop3://m.example", "m.example", 110, KS_STARTTLS_POP3, true},
    {"ftp://m.example", "m.example", 21, KS_STARTTLS_FTP, true},
    {"ldap://m.example/dc=example", "m.example", 389, KS_STARTTLS_LDAP, true},
    {"xmpp://m.example", "m.example", 5222, KS_STARTTLS_XMPP, true},
    {"postgres://db.example/x", "db.example", 5432, KS_STARTTLS_POSTGRES, true},
    {"postgresql://me@db.example/x", "db.example", 5432, KS_STARTTLS_POSTGRES, true},
    {"mysql://db.example:3307", "db.example", 3307, KS_STARTTLS_MYSQL, true},
    {"https://m.example:587", "m.example", 587, KS_TLS_AT_ONCE, true},
    {"m.example:25", "m.example", 25, KS_STARTTLS_SMTP, false},
    {"m.example:587", "m.example", 587, KS_STARTTLS_SMTP, false},
    {"m.example:465", "m.example", 465, KS_TLS_AT_ONCE, false},
    {"m.example:389", "m.example", 389, KS_STARTTLS_LDAP, false},
    {"m.example:3268", "m.example", 3268, KS_STARTTLS_LDAP, false},
    {"m.example:5432", "m.example", 5432, KS_STARTTLS_POSTGRES, false},
    {"m.example:3306", "m.example", 3306, KS_STARTTLS_MYSQL, false},
};

static void targets_are_read_as_people_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        struct ks_target t;
        struct ks_error err = {0};
        if (ks_target_parse(targets[i].text, &t, &err) != KS_OK)
            fail_msg("%s: %s", targets[i].text, err.what);
        if (strcmp(t.host, targets[i].host) != 0 || t.port != targets[i].port ||
            t.protocol != targets[i].protocol || t.protocol_given != targets[i].given)
            fail_msg("%s: %s %u %s %d", targets[i].text, t.host, t.port,
                     ks_starttls_word(t.protocol), t.protocol_given);
    }
}

static const struct {
    const char *text, *says;
} no_targets[] = {
    {"", "no host name"},
    {":443", "no host name"},
    {"https://", "no host name"},
    {"host:", "no port"},
    {"host:0", "1 to 65535"},
    {"host:65536", "1 to 65535"},
    {"host:99999999999999999999", "1 to 65535"},
    {"host:44a", "no port number"},
    {"host:-1", "no port number"},
    {"host:443:443", "no port number"},
    {"[2001:db8::7", "host name"},
    {"[2001:db8::7]443", "only a port"},
    {"[192.0.2.7]:443", "host name"},
    {"1.2.3:443", "not an IPv4 address"},
    {"127.0.0.0x1:443", "not an IPv4 address"},
    {"0X7F.0.0.0X1.", "not an IPv4 address"},
    {"https://host.0x/", "not an IPv4 address"},
    {"*.example.com", "wildcard"},
    {"two words", "blank"},
    {"http://example.com", "no certificates"},
    {"gopher://example.com", "its scheme is none of"},
    {"none://example.com", "its scheme is none of"},
    {"me@example.com", "'@'"},
    {"mysql://h1:3306,h2:3306/x", "no port number"},
};

static void what_is_no_target_is_refused_with_the_reason(void **state)
{
    char *longest = malloc(5001);
    struct ks_target t;
    struct ks_error err = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(no_targets); i++) {
        err = (struct ks_error){0};
        assert_int_equal(ks_target_parse(no_targets[i].text, &t, &err), KS_ERR_USAGE);
        assert_string_equal(err.slug, "bad-target");
        if (!strstr(err.what, no_targets[i].says) || !err.next[0])
            fail_msg("%s: %s", no_targets[i].text, err.what);
    }
    memset(longest, 'a', 5000);
    longest[5000] = '\0';
    assert_int_equal(ks_target_parse(longest, &t, &err), KS_ERR_USAGE);
    longest[300] = '\0';
    assert_int_equal(ks_target_parse(longest, &t, &err), KS_ERR_USAGE);
    free(longest);
}

static void a_password_in_a_target_is_refused_and_not_repeated(void **state)
{
    static const char *const texts[] = {"postgres://me:s3cret@db.example/x", "me:s3cret@db.example",
                                        "https://:s3cret@db.example",
                                        "https://me:s3c/s3cret@db.example"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ks_target t;
        struct ks_error err = {0};
        assert_int_equal(ks_target_parse(texts[i], &t, &err), KS_ERR_USAGE);
        assert_null(strstr(err.what, "s3c"));
        assert_null(strstr(err.next, "s3c"));
    }
}

static void a_target_is_written_as_it_can_be_read(void **state)
{
    char text[KS_TARGET_TEXT];
    struct ks_target t = {.host = "2001:db8::7", .port = 443};

    (void)state;
    assert_string_equal(ks_target_text(&t, text), "[2001:db8::7]:443");
    memset(t.host, 'a', 253);
    t.port = 65535;
    assert_int_equal(strlen(ks_target_text(&t, text)), 259);
    t = (struct ks_target){.host = "ldap.example.com", .port = 636};
    assert_string_equal(ks_target_text(&t, text), "ldap.example.com:636");
}

static void every_protocol_has_a_word_and_a_port(void **state)
{
    (void)state;
    for (int i = 0; i < KS_STARTTLS_COUNT; i++) {
        enum ks_starttls found = KS_STARTTLS_COUNT;
        assert_true(ks_starttls_by_word(ks_starttls_word((enum ks_starttls)i), &found));
        assert_int_equal(found, i);
        assert_int_equal(ks_starttls_of_port(ks_starttls_port((enum ks_starttls)i)), i);
    }
    enum ks_starttls found;
    assert_true(ks_starttls_by_word("PostgreSQL", &found));
    assert_int_equal(found, KS_STARTTLS_POSTGRES);
    assert_false(ks_starttls_by_word("gopher", &found));
}

/* ---- proxies ---- */

static const struct {
    const char *text;
    enum ks_proxy_kind kind;
    const char *host;
    uint16_t port;
    const char *user;
    bool resolves;
} proxies[] = {
    {"none", KS_PROXY_NONE, "", 0, "", false},
    {"proxy.example:3128", KS_PROXY_HTTP, "proxy.example", 3128, "", true},
    {"http://proxy.example:3128", KS_PROXY_HTTP, "proxy.example", 3128, "", true},
    {"http://proxy.example:3128/", KS_PROXY_HTTP, "proxy.example", 3128, "", true},
    {"http://me@proxy.example:3128", KS_PROXY_HTTP, "proxy.example", 3128, "me", true},
    {"me@proxy.example:3128", KS_PROXY_HTTP, "proxy.example", 3128, "me", true},
    {"http://CORP%5Cme%40x@proxy.example:80", KS_PROXY_HTTP, "proxy.example", 80, "CORP\\me@x",
     true},
    {"http://[2001:db8::7]:3128", KS_PROXY_HTTP, "2001:db8::7", 3128, "", true},
    {"socks5://proxy.example", KS_PROXY_SOCKS5, "proxy.example", 1080, "", false},
    {"socks5h://proxy.example:9050", KS_PROXY_SOCKS5, "proxy.example", 9050, "", true},
    {"socks://proxy.example", KS_PROXY_SOCKS5, "proxy.example", 1080, "", true},
};

static void proxies_are_read_as_people_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(proxies); i++) {
        struct ks_proxy p;
        struct ks_error err = {0};
        if (ks_proxy_parse(proxies[i].text, &p, &err) != KS_OK)
            fail_msg("%s: %s", proxies[i].text, err.what);
        assert_int_equal(p.kind, proxies[i].kind);
        assert_string_equal(p.host, proxies[i].host);
        assert_int_equal(p.port, proxies[i].port);
        assert_string_equal(p.user, proxies[i].user);
        assert_int_equal(p.resolves, proxies[i].resolves);
        assert_null(p.password);
        ks_proxy_drop(&p);
    }
}

static void what_is_no_proxy_is_refused_and_no_password_repeated(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "host name"},
        {"proxy.example", "port"},
        {"https://proxy.example:443", "https"},
        {"socks4://proxy.example:1080", "scheme"},
        {"http://me:s3cret@proxy.example:3128", "command line"},
        {"me:s3cret@proxy.example:3128", "command line"},
        {"http://m%0de@proxy.example:3128", "user"},
        {"http://m%3Ae@proxy.example:3128", "user"},
        {"http://m%00e@proxy.example:3128", "user"},
        {"http://me:s3/s3cret@proxy.example:3128", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ks_proxy p;
        struct ks_error err = {0};
        assert_int_equal(ks_proxy_parse(rows[i].text, &p, &err), KS_ERR_USAGE);
        assert_string_equal(err.slug, "bad-proxy");
        if (!strstr(err.what, rows[i].says) || strstr(err.what, "s3"))
            fail_msg("%s: %s", rows[i].text, err.what);
    }
}

static void a_proxy_is_shown_without_user_and_password(void **state)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_proxy p = {.kind = KS_PROXY_HTTP,
                         .host = "proxy.example",
                         .port = 3128,
                         .user = "me",
                         .from = "HTTPS_PROXY"};
    (void)state;
    ks_proxy_text(&p, &out);
    ks_buf_byte(&out, '\n');
    p = (struct ks_proxy){.kind = KS_PROXY_SOCKS5, .host = "::1", .port = 1080};
    ks_proxy_text(&p, &out);
    ks_buf_byte(&out, '\n');
    ks_proxy_text(&(struct ks_proxy){0}, &out);
    assert_string_equal(ks_buf_text(&out),
                        "proxy.example:3128 (HTTPS_PROXY)\nsocks5://[::1]:1080\nnone");
    ks_buf_free(&out);
}

/* ---- the environment ---- */

static const char *const variables[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                        "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};

static int forget_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(variables); i++)
        (void)unsetenv(variables[i]);
    return 0;
}

static void set(const char *name, const char *value)
{
    assert_int_equal(setenv(name, value, 1), 0);
}

/* "host:port from", or "-". */
static void check_env(const char *host, bool plain, const char *expected)
{
    struct ks_proxy p;
    struct ks_error err = {0};
    char found[300] = "-";

    if (ks_proxy_of_environment(host, plain, &p, &err) != KS_OK)
        fail_msg("%s: %s", host, err.what);
    if (p.kind != KS_PROXY_NONE)
        (void)snprintf(found, sizeof found, "%s %s", p.host, p.from);
    if (strcmp(found, expected) != 0)
        fail_msg("%s: %s, not %s", host, found, expected);
    ks_proxy_drop(&p);
}

static void variables_count_in_the_order_of_curl(void **state)
{
    (void)state;
    check_env("example.com", false, "-");
    set("ALL_PROXY", "http://five:1");
    check_env("example.com", false, "five ALL_PROXY");
    check_env("example.com", true, "five ALL_PROXY");
    set("all_proxy", "http://four:1");
    check_env("example.com", false, "four all_proxy");
    set("HTTP_PROXY", "http://evil:1");
    check_env("example.com", true, "four all_proxy");
    set("http_proxy", "http://plain:1");
    check_env("example.com", true, "plain http_proxy");
    check_env("example.com", false, "four all_proxy");
    set("HTTPS_PROXY", "http://two:1");
    check_env("example.com", false, "two HTTPS_PROXY");
    set("https_proxy", "http://one:1");
    check_env("example.com", false, "one https_proxy");
    set("https_proxy", "");
    check_env("example.com", false, "two HTTPS_PROXY");
}

static void a_variable_may_hold_a_password(void **state)
{
    struct ks_proxy p;
    (void)state;
    set("https_proxy", "http://me:s3%3acret%25@proxy.example:3128");
    assert_int_equal(ks_proxy_of_environment("example.com", false, &p, NULL), KS_OK);
    assert_string_equal(p.user, "me");
    struct ks_slice password = ks_secret_bytes(p.password);
    assert_int_equal(password.len, 8);
    assert_memory_equal(password.data, "s3:cret%", 8);
    ks_proxy_drop(&p);
}

static void a_variable_that_cannot_be_understood_is_named(void **state)
{
    struct ks_proxy p;
    struct ks_error err = {0};
    (void)state;
    set("HTTPS_PROXY", "https://me:s3cret@proxy.example:3128");
    assert_int_equal(ks_proxy_of_environment("example.com", false, &p, &err), KS_ERR_USAGE);
    assert_non_null(strstr(err.what, "HTTPS_PROXY"));
    assert_null(strstr(err.what, "s3cret"));
    assert_int_equal(p.kind, KS_PROXY_NONE);
}

static void no_proxy_names_hosts_addresses_and_blocks(void **state)
{
    static const struct {
        const char *list, *host;
        bool excepted;
    } rows[] = {
        {"*", "example.com", true},
        {"example.com", "example.com", true},
        {"example.com", "EXAMPLE.com", true},
        {"example.com", "ldap.example.com", true},
        {".example.com", "ldap.example.com", true},
        {".example.com", "example.com", true},
        {"*.example.com", "ldap.example.com", true},
        {"example.com.", "ldap.example.com", true},
        {"example.com", "notexample.com", false},
        {"example.com", "example.com.evil.test", false},
        {"ldap.example.com", "example.com", false},
        {"a.test, b.test\tc.test", "c.test", true},
        {",,a.test,,", "b.test", false},
        {".", "example.com", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.70", false},
        {"2.7", "192.0.2.7", false},
        {"192.0.2.0/24", "192.0.2.7", true},
        {"192.0.2.0/24", "192.0.3.7", false},
        {"192.0.2.0/25", "192.0.2.128", false},
        {"0.0.0.0/0", "203.0.113.1", true},
        {"192.0.2.0/33", "192.0.2.7", false},
        {"192.0.2.0/", "192.0.2.7", false},
        {"192.0.2.0/-1", "192.0.2.7", false},
        {"2001:db8::/32", "2001:db8:1::7", true},
        {"2001:db8::/32", "2001:db9::7", false},
        {"[2001:db8::7]", "2001:db8::7", true},
        {"[]", "2001:db8::7", false},
        {"[", "2001:db8::7", false},
        {"0.0.0.0/0", "2001:db8::7", false},
        {"example.com", "192.0.2.7", false},
    };
    (void)state;
    set("all_proxy", "http://p:1");
    for (size_t i = 0; i < COUNT(rows); i++) {
        set("NO_PROXY", rows[i].list);
        check_env(rows[i].host, false, rows[i].excepted ? "-" : "p all_proxy");
    }
    set("no_proxy", "example.com");
    set("NO_PROXY", "*");
    check_env("other.test", false, "p all_proxy");
}

/* ---- addresses ---- */

static void private_addresses_are_known(void **state)
{
    static const char *const hidden[] = {
        "0.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.7",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "4000::1",
    };
    static const char *const open[] = {
        "1.1.1.1",         "8.8.8.8",         "9.255.255.255",
        "11.0.0.1",        "100.63.255.255",  "100.128.0.1",
        "126.255.255.255", "128.0.0.1",       "172.15.0.1",
        "172.32.0.1",      "192.167.0.1",     "192.169.0.1",
        "223.255.255.255", "168.63.129.17",   "64:ff9b::8.8.8.8",
        "2a00:1450::1",    "2606:4700::1111", "2001:4860:4860::8888",
        "2003::1",
    };
    static const char *const none[] = {"", "example.com", "127.1", "0x7f.0.0.1", "[::1]", "1"};
    (void)state;
    for (size_t i = 0; i < COUNT(hidden); i++)
        if (!ks_address_is_private(hidden[i]))
            fail_msg("%s is not private", hidden[i]);
    for (size_t i = 0; i < COUNT(open); i++)
        if (ks_address_is_private(open[i]))
            fail_msg("%s is private", open[i]);
    for (size_t i = 0; i < COUNT(none); i++)
        assert_false(ks_address_is_private(none[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_read_as_people_write_them),
        cmocka_unit_test(what_is_no_target_is_refused_with_the_reason),
        cmocka_unit_test(a_password_in_a_target_is_refused_and_not_repeated),
        cmocka_unit_test(a_target_is_written_as_it_can_be_read),
        cmocka_unit_test(every_protocol_has_a_word_and_a_port),
        cmocka_unit_test(proxies_are_read_as_people_write_them),
        cmocka_unit_test(what_is_no_proxy_is_refused_and_no_password_repeated),
        cmocka_unit_test(a_proxy_is_shown_without_user_and_password),
        cmocka_unit_test_setup(variables_count_in_the_order_of_curl, forget_environment),
        cmocka_unit_test_setup(a_variable_may_hold_a_password, forget_environment),
        cmocka_unit_test_setup(a_variable_that_cannot_be_understood_is_named, forget_environment),
        cmocka_unit_test_setup(no_proxy_names_hosts_addresses_and_blocks, forget_environment),
        cmocka_unit_test(private_addresses_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
