/* What is said before TLS begins: the other side says all of its part at once, in one piece or byte
 * by byte, and what we said is compared afterwards. */
#include "net/clear.h"
#include "net/starttls.h"
#include "run.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define MYSQL_HELLO(can)                                                                           \
    "\x4a\0\0\0\x0a"                                                                               \
    "8.0.30\0"                                                                                     \
    "\1\0\0\0saltsalt\0" can "\xff\2\0\xff\xc1\x15\0\0\0\0\0\0\0\0\0\0moresalt1234\0"              \
    "caching_sha2_password\0"
#define PG "\0\0\0\x08\x04\xd2\x16\x2f"
#define LDAP_ASK                                                                                   \
    "\x30\x1d\2\1\1\x77\x18\x80\x16"                                                               \
    "1.3.6.1.4.1.1466.20037"
#define STREAM                                                                                     \
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "                                   \
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='mail.example.com'>"
#define XMPP_ASK STREAM "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
#define XMPP_HELLO "<?xml version='1.0'?><stream:stream from='x>y' xmlns:stream='s' xmlns='c'>"
#define TLS_FEATURE "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
#define EHLO "EHLO [127.0.0.1]\r\n"

/* Of a text with NULs in it. */
#define BYTES(text) text, sizeof(text) - 1

struct talk {
    const char *name;
    enum ks_starttls protocol;
    const char *says; /* the server */
    size_t says_len;
    const char *hears; /* all that it hears; "": whatever */
    size_t hears_len;
    const char *slug;  /* NULL: TLS begins */
    const char *words; /* in the error or its hint */
};

static const struct talk talks[] = {
    /* ---- good ---- */
    {"smtp", KS_STARTTLS_SMTP,
     BYTES("220-mail.example.com ESMTP\r\n220 be quiet\r\n250-mail\r\n250-PIPELINING\r\n"
           "250-starttls\r\n250 8BITMIME\r\n220 2.0.0 go ahead\r\n"),
     BYTES(EHLO "STARTTLS\r\n"), NULL, NULL},
    {"smtp, bare", KS_STARTTLS_SMTP, BYTES("220\n250 STARTTLS\n220\n"), BYTES(EHLO "STARTTLS\r\n"),
     NULL, NULL},
    {"imap", KS_STARTTLS_IMAP,
     BYTES("* OK [CAPABILITY IMAP4rev1] ready\r\n* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n"
           "* OK still here\r\na1 OK done\r\na2 OK begin TLS\r\n"),
     BYTES("a1 CAPABILITY\r\na2 STARTTLS\r\n"), NULL, NULL},
    {"pop3", KS_STARTTLS_POP3,
     BYTES("+OK ready <1@x>\r\n+OK list\r\nUSER\r\nSTLS\r\n.\r\n+OK begin\r\n"),
     BYTES("CAPA\r\nSTLS\r\n"), NULL, NULL},
    {"pop3 without CAPA", KS_STARTTLS_POP3, BYTES("+OK\r\n-ERR what?\r\n+OK begin\r\n"),
     BYTES("CAPA\r\nSTLS\r\n"), NULL, NULL},
    {"ftp", KS_STARTTLS_FTP,
     BYTES("120 in a minute\r\n220-hello\r\n  500 this is no code\r\n221 nor this\r\n220 ready\r\n"
           "234 proceed\r\n"),
     BYTES("AUTH TLS\r\n"), NULL, NULL},
    {"ldap", KS_STARTTLS_LDAP, BYTES("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0"), BYTES(LDAP_ASK), NULL,
     NULL},
    {"ldap, long lengths and a name", KS_STARTTLS_LDAP,
     BYTES("\x30\x84\0\0\0\x28\2\1\1\x78\x84\0\0\0\x1f\x0a\1\0\4\0\4\0\x8a\x16"
           "1.3.6.1.4.1.1466.20037"),
     BYTES(LDAP_ASK), NULL, NULL},
    {"xmpp", KS_STARTTLS_XMPP,
     BYTES(XMPP_HELLO "<stream:features>" TLS_FEATURE
                      "</stream:features><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\n"),
     BYTES(XMPP_ASK), NULL, NULL},
    {"xmpp, other prefixes", KS_STARTTLS_XMPP,
     BYTES("\n<s:stream xmlns:s='s'><!-- hello --><s:features><x/><t:starttls xmlns:t=\"u\" />"
           "<y/></s:features ><t:proceed\nxmlns:t='u'></t:proceed>"),
     BYTES(XMPP_ASK), NULL, NULL},
    {"postgres", KS_STARTTLS_POSTGRES, BYTES("S"), BYTES(PG), NULL, NULL},
    {"mysql", KS_STARTTLS_MYSQL, BYTES(MYSQL_HELLO("\xff\xff")),
     BYTES(" \0\0\1\1\x8a\0\0\0\0\0\1\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), NULL,
     NULL},

    /* ---- not offered, refused ---- */
    {"smtp without", KS_STARTTLS_SMTP, BYTES("220 m ESMTP\r\n250-m\r\n250 SIZE 99\r\n"),
     BYTES(EHLO), "starttls", "does not offer STARTTLS (SMTP); it said \"250-m 250 SIZE 99"},
    {"smtp, part of a word", KS_STARTTLS_SMTP, BYTES("220 m\r\n250-m\r\n250 XSTARTTLS\r\n"),
     BYTES(EHLO), "starttls", "does not offer"},
    {"smtp, not now", KS_STARTTLS_SMTP, BYTES("220 m\r\n250 STARTTLS\r\n454 no key today\r\n"),
     BYTES(EHLO "STARTTLS\r\n"), "starttls",
     "refuses STARTTLS (SMTP); it said \"454 no key today\""},
    {"smtp, away", KS_STARTTLS_SMTP, BYTES("554 go away\r\n"), BYTES(""), "starttls",
     "turns this host away (SMTP); it said \"554 go away\""},
    {"smtp of old", KS_STARTTLS_SMTP, BYTES("220 m SMTP\r\n502 what?\r\n"), BYTES(EHLO), "starttls",
     "does not take EHLO"},
    {"imap without", KS_STARTTLS_IMAP, BYTES("* OK x\r\n* CAPABILITY IMAP4rev1 LOGIN\r\na1 OK\r\n"),
     BYTES("a1 CAPABILITY\r\n"), "starttls", "CAPABILITY IMAP4rev1 LOGIN"},
    {"imap, no", KS_STARTTLS_IMAP,
     BYTES("* OK x\r\n* CAPABILITY STARTTLS\r\na1 OK\r\na2 NO later\r\n"), BYTES(""), "starttls",
     "\"a2 NO later\""},
    {"imap, logged in", KS_STARTTLS_IMAP, BYTES("* PREAUTH hello\r\n"), BYTES(""), "starttls",
     "\"* PREAUTH hello\""},
    {"imap, bye", KS_STARTTLS_IMAP, BYTES("* OK x\r\n* BYE enough\r\n"), BYTES(""), "starttls",
     "\"* BYE enough\""},
    {"pop3 without", KS_STARTTLS_POP3, BYTES("+OK x\r\n+OK\r\nUSER\r\nXSTLS\r\n.\r\n"),
     BYTES("CAPA\r\n"), "starttls", "\"+OK USER XSTLS . \""},
    {"pop3, no", KS_STARTTLS_POP3, BYTES("+OK x\r\n-ERR\r\n-ERR no TLS\r\n"), BYTES(""), "starttls",
     "\"-ERR no TLS\""},
    {"ftp, no", KS_STARTTLS_FTP, BYTES("220 x\r\n530 Please login\r\n"), BYTES("AUTH TLS\r\n"),
     "starttls", "refuses AUTH TLS (FTP); it said \"530 Please login\""},
    {"ldap, no", KS_STARTTLS_LDAP, BYTES("\x30\x13\2\1\1\x78\x0e\x0a\1\2\4\0\4\7no cert"),
     BYTES(""), "starttls", "refuses StartTLS with result 2, protocol error"},
    {"ldap, notice", KS_STARTTLS_LDAP, BYTES("\x30\x0f\2\1\0\x78\x0a\x0a\1\x34\4\0\4\3bye"),
     BYTES(""), "starttls", "ends the connection (LDAP); it said \"bye\""},
    {"xmpp without", KS_STARTTLS_XMPP,
     BYTES(XMPP_HELLO "<stream:features><sasl/></stream:features>"), BYTES(STREAM), "starttls",
     "does not offer STARTTLS (XMPP); it said \"<stream:features><sasl/>"},
    {"xmpp, no features", KS_STARTTLS_XMPP, BYTES(XMPP_HELLO "<stream:features/>"), BYTES(STREAM),
     "starttls", "does not offer"},
    {"xmpp, no", KS_STARTTLS_XMPP,
     BYTES(XMPP_HELLO "<stream:features>" TLS_FEATURE "</stream:features><failure xmlns='t'/>"),
     BYTES(XMPP_ASK), "starttls", "refuses STARTTLS"},
    {"xmpp, unknown host", KS_STARTTLS_XMPP,
     BYTES(XMPP_HELLO "<stream:error><host-unknown/></stream:error></stream:stream>"), BYTES(""),
     "starttls", "<stream:error><host-unknown/>"},
    {"postgres without", KS_STARTTLS_POSTGRES, BYTES("N"), BYTES(PG), "starttls", "ssl = off"},
    {"postgres, full", KS_STARTTLS_POSTGRES,
     BYTES("E\0\0\0\x26SFATAL\0C53300\0Mtoo many clients\0R\0\0"), BYTES(PG), "starttls",
     "\"too many clients\""},
    {"postgres of old", KS_STARTTLS_POSTGRES, BYTES("EFATAL: no such\n\0"), BYTES(PG), "starttls",
     "\"FATAL: no such\""},
    {"mysql without", KS_STARTTLS_MYSQL, BYTES(MYSQL_HELLO("\xff\xf7")), BYTES(""), "starttls",
     "does not offer TLS (MySQL); it said \"8.0.30\""},
    {"mysql, away", KS_STARTTLS_MYSQL, BYTES("\x17\0\0\0\xff\x6a\4Host 'x' not allowed"), BYTES(""),
     "starttls", "\"Host 'x' not allowed\""},

    /* ---- another protocol ---- */
    {"imap for smtp", KS_STARTTLS_SMTP, BYTES("* OK Dovecot ready.\r\n"), BYTES(""),
     "not-this-protocol", "it speaks IMAP: --starttls imap"},
    {"ftp for smtp", KS_STARTTLS_SMTP, BYTES("220 (vsFTPd 3.0.3)\r\n"), BYTES(""),
     "not-this-protocol", "it speaks FTP: --starttls ftp"},
    {"smtp for ftp", KS_STARTTLS_FTP, BYTES("220 m ESMTP\r\n"), BYTES(""), "not-this-protocol",
     "it speaks SMTP: --starttls smtp"},
    {"ssh for imap", KS_STARTTLS_IMAP, BYTES("SSH-2.0-OpenSSH_9.2\r\n"), BYTES(""),
     "not-this-protocol", "it speaks SSH: take the port"},
    {"smtp for pop3", KS_STARTTLS_POP3, BYTES("220 m ESMTP\r\n"), BYTES(""), "not-this-protocol",
     "--starttls smtp"},
    {"http for xmpp", KS_STARTTLS_XMPP, BYTES("HTTP/1.1 400 Bad Request\r\n\r\n"), BYTES(STREAM),
     "not-this-protocol", "it speaks HTTP without TLS"},
    {"tls for ldap", KS_STARTTLS_LDAP, BYTES("\x15\3\1\0\2\2\x32"), BYTES(LDAP_ASK),
     "not-this-protocol", "it speaks TLS at once: --starttls none"},
    {"smtp for mysql", KS_STARTTLS_MYSQL, BYTES("220 m ESMTP\r\n"), BYTES(""), "not-this-protocol",
     "--starttls smtp"},
    {"mysql for smtp", KS_STARTTLS_SMTP, BYTES(MYSQL_HELLO("\xff\xff") "\n"), BYTES(""),
     "not-this-protocol", "it speaks MySQL: --starttls mysql"},
    {"mysql of old", KS_STARTTLS_MYSQL,
     BYTES("\5\0\0\0\x09"
           "3.2\0"),
     BYTES(""), "not-this-protocol", "--starttls mysql"},
    {"ssh for postgres", KS_STARTTLS_POSTGRES, BYTES("XSH-2.0\r\n"), BYTES(PG), "not-this-protocol",
     "see what is spoken"},
    {"ldap with an endless length", KS_STARTTLS_LDAP, BYTES("\x30\x84\x7f\xff\xff\xff\2\1\1\x78"),
     BYTES(LDAP_ASK), "not-this-protocol", "30 84 7f ff"},
    {"ldap with no length", KS_STARTTLS_LDAP, BYTES("\x30\x80\2\1\1\0\0"), BYTES(LDAP_ASK),
     "not-this-protocol", "(hexadecimal)"},

    /* ---- closed ---- */
    {"smtp, closed", KS_STARTTLS_SMTP, BYTES(""), BYTES(""), "closed", "without a word of SMTP"},
    {"smtp, closed in the middle", KS_STARTTLS_SMTP, BYTES("220 m\r\n250-m\r\n250-STAR"), BYTES(""),
     "closed", "it said \"220 m\""},
    {"ldap, closed", KS_STARTTLS_LDAP, BYTES("\x30\x0c\2\1\1"), BYTES(""), "closed", "LDAP"},
    {"xmpp, closed in a tag", KS_STARTTLS_XMPP, BYTES(XMPP_HELLO "<stream:feat"), BYTES(""),
     "closed", "XMPP"},
    {"mysql, closed", KS_STARTTLS_MYSQL,
     BYTES("\x4a\0\0\0\x0a"
           "8.0"),
     BYTES(""), "closed", "MySQL"},
    {"postgres, closed", KS_STARTTLS_POSTGRES, BYTES(""), BYTES(PG), "closed",
     "turn this host away"},
};

struct pair {
    int ours, theirs;
};

static struct pair connect_pair(bool records)
{
    int ends[2];
    assert_return_code(
        socketpair(AF_UNIX, (records ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, ends),
        errno);
    return (struct pair){ends[0], ends[1]};
}

/* In records of `piece` bytes: each is read on its own. */
static void say(int fd, const char *text, size_t len, size_t piece)
{
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        assert_int_equal(send(fd, text + at, n, MSG_NOSIGNAL), n);
    }
    assert_return_code(shutdown(fd, SHUT_WR), errno);
}

static size_t hear(int fd, char *room, size_t size)
{
    size_t len = 0;
    ssize_t got;
    while (len < size && (got = recv(fd, room + len, size - len, MSG_DONTWAIT)) > 0)
        len += (size_t)got;
    return len;
}

static void expect(const struct talk *talk, size_t piece)
{
    struct pair p = connect_pair(true);
    struct ks_error err = {0};
    char heard[1024];
    say(p.theirs, talk->says, talk->says_len, piece);
    struct ks_wire *wire = ks_wire_of_socket(p.ours, 5, NULL);
    enum ks_code rc = ks_starttls_begin(wire, talk->protocol, "mail.example.com", &err);
    size_t len = hear(p.theirs, heard, sizeof heard);
    ks_wire_close(wire);
    (void)close(p.theirs);
    if ((rc == KS_OK) != !talk->slug || (talk->slug && strcmp(err.slug, talk->slug) != 0))
        fail_msg("%s: %d %s: %s", talk->name, rc, err.slug, err.what);
    if (talk->words && !strstr(err.what, talk->words) && !strstr(err.next, talk->words))
        fail_msg("%s: %s\n%s", talk->name, err.what, err.next);
    assert_true(talk->slug ? rc == KS_ERR_NETWORK : rc == KS_OK);
    if (talk->hears_len && (len != talk->hears_len || memcmp(heard, talk->hears, len) != 0))
        fail_msg("%s: the server heard %zu bytes: %.*s", talk->name, len, (int)len, heard);
}

static void each_protocol_begins_tls_or_says_why_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++)
        expect(&talks[i], 4096);
}

static void it_does_not_matter_how_the_answers_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++)
        /* who it is, is told from what came so far: one byte tells little */
        if (!talks[i].slug || strcmp(talks[i].slug, "not-this-protocol") != 0)
            expect(&talks[i], 1);
}

/* ---- bounds ---- */

static enum ks_code speak(enum ks_starttls protocol, const char *says, size_t len,
                          struct ks_error *err)
{
    struct pair p = connect_pair(false);
    say(p.theirs, says, len, len);
    struct ks_wire *wire = ks_wire_of_socket(p.ours, 5, NULL);
    enum ks_code rc = ks_starttls_begin(wire, protocol, "h", err);
    ks_wire_close(wire);
    (void)close(p.theirs);
    return rc;
}

static char *repeated(const char *first, const char *again, size_t size)
{
    struct ks_buf b = KS_BUF_INIT;
    ks_buf_str(&b, first);
    while (b.len < size)
        ks_buf_str(&b, again);
    return ks_buf_steal(&b);
}

static void a_greeting_without_an_end_is_left(void **state)
{
    (void)state;
    static const struct {
        enum ks_starttls protocol;
        const char *first, *again, *slug;
        size_t size;
    } rows[] = {
        {KS_STARTTLS_SMTP, "", "a", "not-this-protocol", 5000},
        {KS_STARTTLS_SMTP, "220 ", "a", "not-this-protocol", 5000},
        {KS_STARTTLS_SMTP, "", "220-still here\r\n", "starttls", 70000},
        {KS_STARTTLS_FTP, "220-\r\n", "x\r\n", "starttls", 70000},
        {KS_STARTTLS_IMAP, "* OK x\r\n", "* OK x\r\n", "starttls", 70000},
        {KS_STARTTLS_POP3, "+OK\r\n+OK\r\n", "X\r\n", "starttls", 70000},
        {KS_STARTTLS_XMPP, "<stream:stream>", "<x/>", "starttls", 70000},
        {KS_STARTTLS_XMPP, "<stream:stream>", "text", "starttls", 70000},
        {KS_STARTTLS_XMPP, "<stream:stream a='", ">", "not-this-protocol", 5000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_error err = {0};
        char *text = repeated(rows[i].first, rows[i].again, rows[i].size);
        assert_int_equal(speak(rows[i].protocol, text, strlen(text), &err), KS_ERR_NETWORK);
        assert_string_equal(err.slug, rows[i].slug);
        free(text);
    }
}

static void what_follows_the_consent_in_clear_is_refused(void **state)
{
    (void)state;
    struct ks_error err = {0};
    static const char smtp[] = "220 m\r\n250 STARTTLS\r\n220 go\r\n250 injected\r\n";
    assert_int_equal(speak(KS_STARTTLS_SMTP, smtp, sizeof smtp - 1, &err), KS_ERR_NETWORK);
    assert_string_equal(err.slug, "starttls");
    assert_non_null(strstr(err.what, "\"250 injected\""));
    assert_int_equal(speak(KS_STARTTLS_POSTGRES, "SX", 2, &err), KS_ERR_NETWORK);
    assert_string_equal(err.slug, "not-this-protocol");
    assert_int_equal(speak(KS_STARTTLS_SMTP, smtp, sizeof smtp - 1, NULL), KS_ERR_NETWORK);
}

static void a_server_that_says_nothing_may_speak_tls_at_once(void **state)
{
    (void)state;
    struct pair p = connect_pair(false);
    struct ks_error err = {0};
    struct ks_wire *wire = ks_wire_of_socket(p.ours, 1, NULL);
    assert_int_equal(ks_starttls_begin(wire, KS_STARTTLS_SMTP, "h", &err), KS_ERR_NETWORK);
    assert_string_equal(err.slug, "timeout");
    assert_non_null(strstr(err.next, "--starttls none"));
    ks_wire_close(wire);
    (void)close(p.theirs);
}

static void tls_at_once_says_nothing_in_clear(void **state)
{
    (void)state;
    assert_int_equal(speak(KS_TLS_AT_ONCE, "", 0, NULL), KS_OK);
}

static void a_stop_ends_the_wait(void **state)
{
    (void)state;
    struct pair p = connect_pair(false);
    struct ks_error err = {0};
    struct ks_job *job = ks_job_new();
    struct ks_wire *wire = ks_wire_of_socket(p.ours, 5, job);
    ks_job_cancel(job);
    assert_int_equal(ks_starttls_begin(wire, KS_STARTTLS_IMAP, "h", &err), KS_ERR_CANCELLED);
    ks_wire_close(wire);
    ks_job_free(job);
    (void)close(p.theirs);
}

/* ---- quoting ---- */

static void what_a_server_said_is_quoted_in_one_short_line(void **state)
{
    (void)state;
    char out[KS_CLEAR_QUOTE];
    char *text = repeated("x", "\xc3\xa9", 200);
    assert_string_equal(ks_clear_quote(ks_slice_str("\r\nab c\r\nd"), out), "\"ab c\"");
    assert_string_equal(ks_clear_quote(ks_slice("\1\2", 2), out), "01 02 (hexadecimal)");
    assert_string_equal(ks_clear_quote(ks_slice(NULL, 0), out), "nothing");
    ks_clear_quote(ks_slice_str(text), out);
    assert_string_equal(out + strlen(out) - 6, "\xc3\xa9...\"");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_protocol_begins_tls_or_says_why_not),
        cmocka_unit_test(it_does_not_matter_how_the_answers_are_cut),
        cmocka_unit_test(a_greeting_without_an_end_is_left),
        cmocka_unit_test(what_follows_the_consent_in_clear_is_refused),
        cmocka_unit_test(a_server_that_says_nothing_may_speak_tls_at_once),
        cmocka_unit_test(tls_at_once_says_nothing_in_clear),
        cmocka_unit_test(a_stop_ends_the_wait),
        cmocka_unit_test(what_a_server_said_is_quoted_in_one_short_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
