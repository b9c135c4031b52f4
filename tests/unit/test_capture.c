/* Captures of TLS servers: proper ones (OpenSSL), and such as only say what is written here. */
#include "net/capture.h"

#include "op_store.h"
#include "tls_server.h"
#include "x509/name.h"

#include <limits.h>
#include <signal.h>

/* ---- certificates, made once, in this thread ---- */

static struct ks_blob *root, *issuer, *leaf, *client;

static int make_all(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    root = make_cert(&(struct make_cert){.cn = "Root", .ca = true, .to = "2099-01-01"});
    issuer = make_cert(
        &(struct make_cert){.cn = "Issuing", .issuer = "Root", .ca = true, .to = "2099-01-01"});
    leaf = make_cert(&(struct make_cert){
        .cn = "leaf", .issuer = "Issuing", .san = "DNS:leaf.example", .to = "2099-01-01"});
    client = make_cert(&(struct make_cert){
        .cn = "client", .issuer = "Root", .purpose = "clientAuth", .to = "2099-01-01"});
    return 0;
}

static int drop_all(void **state)
{
    (void)state;
    ks_blob_unref(root);
    ks_blob_unref(issuer);
    ks_blob_unref(leaf);
    ks_blob_unref(client);
    return 0;
}

#define SERVER .key = make_key("leaf"), .certs = {leaf, issuer}

/* ---- asking ---- */

static struct ks_capture_ask ask_port(uint16_t port)
{
    return (struct ks_capture_ask){.target = {.host = "127.0.0.1", .port = port},
                                   .dialing = {.seconds = 10}};
}

static void expect(enum ks_code wanted, enum ks_code rc, const struct ks_error *err)
{
    if (rc != wanted)
        fail_msg("%d instead of %d, %s: %s", rc, wanted, err->slug, err->what);
}

static struct ks_capture capture(const struct ks_capture_ask *ask)
{
    struct ks_capture out;
    struct ks_error err = {0};
    expect(KS_OK, ks_capture(ask, NULL, &out, &err), &err);
    return out;
}

/* One capture of a server that then ends. */
static struct ks_capture capture_server(struct tls_server *s, struct ks_capture_ask ask)
{
    tls_server_start(s);
    ask.target.port = tls_server_port(s);
    struct ks_capture out = capture(&ask);
    tls_server_stop(s);
    return out;
}

static struct ks_error refuse(const struct ks_capture_ask *ask, const char *slug)
{
    struct ks_capture out;
    struct ks_error err = {0};
    expect(KS_ERR_NETWORK, ks_capture(ask, NULL, &out, &err), &err);
    if (strcmp(err.slug, slug) != 0)
        fail_msg("%s instead of %s: %s", err.slug, slug, err.what);
    assert_null(out.store);
    ks_capture_drop(&out);
    return err;
}

/* The common names, as they were sent. */
static void expect_chain(const struct ks_capture *c, const char *names)
{
    struct ks_buf text = KS_BUF_INIT;
    size_t count;
    const struct ks_cert **chain = ks_capture_chain(c, &count);
    for (size_t i = 0; i < count; i++) {
        ks_buf_str(&text, i ? " " : "");
        if (chain[i]->flags & KS_CERT_BROKEN)
            ks_buf_str(&text, "?");
        else
            ks_name_label(ks_cert_part(chain[i], chain[i]->subject), &text);
    }
    free(chain);
    assert_string_equal(ks_buf_text(&text), names);
    ks_buf_free(&text);
}

/* ---- what a proper server sends ---- */

static void a_chain_is_captured_as_it_is_sent(void **state)
{
    (void)state;
    const struct {
        struct ks_blob *certs[TLS_SERVER_CERTS];
        const char *names;
    } rows[] = {
        {{leaf, issuer}, "leaf Issuing"},
        {{leaf}, "leaf"},
        {{leaf, root, issuer}, "leaf Root Issuing"},
        {{leaf, issuer, issuer, client}, "leaf Issuing Issuing client"},
    };
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        struct tls_server s = {.key = make_key("leaf"),
                               .version = i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION};
        memcpy(s.certs, rows[i / 2].certs, sizeof s.certs);
        struct ks_capture c = capture_server(&s, ask_port(0));
        assert_int_equal(c.end, KS_CAPTURE_DONE);
        assert_null(c.failed);
        expect_chain(&c, rows[i / 2].names);
        assert_int_equal(c.broken, 0);
        assert_false(c.demands);
        ks_capture_drop(&c);
    }
}

static void what_was_agreed_on_is_told(void **state)
{
    (void)state;
    struct tls_server s = {SERVER, .version = TLS1_3_VERSION};
    struct ks_capture c = capture_server(&s, ask_port(0));
    char target[KS_TARGET_TEXT];
    assert_string_equal(c.protocol, "TLSv1.3");
    assert_string_equal(c.cipher, "TLS_AES_256_GCM_SHA384");
    assert_string_equal(c.group, "x25519");
    assert_string_equal(c.signature, "ecdsa_secp256r1_sha256");
    assert_string_equal(c.address, "127.0.0.1");
    assert_string_equal(c.store->path, ks_target_text(&c.target, target));
    assert_null(c.alpn);
    assert_null(c.via);
    assert_int_equal(c.stapled.len, 0);
    ks_capture_drop(&c);
    ks_capture_drop(&c); /* a zeroed one is fine */
}

static void an_old_server_is_spoken_with(void **state)
{
    (void)state;
    struct tls_server old = {SERVER, .version = TLS1_VERSION};
    struct tls_server weak = {
        .key = make_key("rsa1024"), .version = TLS1_2_VERSION, .ciphers = "AES128-SHA:@SECLEVEL=0"};
    struct ks_capture c = capture_server(&old, ask_port(0));
    assert_string_equal(c.protocol, "TLSv1");
    expect_chain(&c, "leaf Issuing");
    ks_capture_drop(&c);
    weak.certs[0] = make_cert(&(struct make_cert){
        .cn = "weak", .key = make_key("rsa1024"), .signer = make_key("rsa1024"), .digest = "MD5"});
    c = capture_server(&weak, ask_port(0));
    assert_int_equal(c.end, KS_CAPTURE_DONE);
    assert_string_equal(c.cipher, "TLS_RSA_WITH_AES_128_CBC_SHA");
    assert_null(c.group);
    expect_chain(&c, "weak");
    ks_capture_drop(&c);
    ks_blob_unref(weak.certs[0]);
}

static void the_name_is_asked_for_as_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *host, *sni, *seen; /* NULL: none */
    } rows[] = {
        {"127.0.0.1", NULL, NULL},
        {"127.0.0.1", "other.example", "other.example"},
        {"localhost", NULL, "localhost"},
        {"localhost", "", NULL},
        {"localhost", "final.example.", "final.example"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_server s = {SERVER};
        struct ks_capture_ask ask = ask_port(0);
        (void)snprintf(ask.target.host, sizeof ask.target.host, "%s", rows[i].host);
        ask.dialing.family = KS_FAMILY_4;
        ask.sni = rows[i].sni;
        struct ks_capture c = capture_server(&s, ask);
        assert_int_equal(s.with_sni, rows[i].seen != NULL);
        assert_string_equal(s.sni, rows[i].seen ? rows[i].seen : "");
        assert_int_equal(c.sni != NULL, rows[i].seen != NULL);
        ks_capture_drop(&c);
    }
}

static void a_protocol_is_chosen_of_those_that_are_offered(void **state)
{
    (void)state;
    struct tls_server s = {SERVER, .alpn = "\2h2"};
    struct ks_capture_ask ask = ask_port(0);
    struct ks_error err = {0};
    struct ks_capture c;
    ask.alpn = "http/1.1,h2";
    c = capture_server(&s, ask);
    assert_string_equal(c.alpn, "h2");
    ks_capture_drop(&c);
    ask.alpn = "http/1.1";
    c = capture_server(&s, ask);
    assert_int_equal(c.end, KS_CAPTURE_ALERT);
    assert_string_equal(c.alert, "no application protocol (120)");
    assert_non_null(strstr(c.alert_means, "--alpn"));
    assert_string_equal(c.failed,
                        "it ended the handshake with the alert no application protocol (120)");
    ks_capture_drop(&c);
    tls_server_start(&s);
    ask.target.port = tls_server_port(&s);
    ask.alpn = "h2,,x";
    expect(KS_ERR_USAGE, ks_capture(&ask, NULL, &c, &err), &err);
    assert_string_equal(err.slug, "bad-alpn");
    tls_server_stop(&s);
}

static void a_stapled_answer_is_kept(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct tls_server s = {SERVER, .version = version, .stapled = "an answer, or so"};
        struct ks_capture c = capture_server(&s, ask_port(0));
        assert_int_equal(c.stapled.len, 16);
        assert_memory_equal(c.stapled.data, "an answer, or so", 16);
        ks_capture_drop(&c);
    }
}

static bool speak_smtp(struct loopback_peer *peer)
{
    char line[256];
    return loopback_say(peer, "220 m ESMTP\r\n") &&
           loopback_hear(peer, "\r\n", line, sizeof line) &&
           loopback_say(peer, "250-m\r\n250 STARTTLS\r\n") &&
           loopback_hear(peer, "\r\n", line, sizeof line) && loopback_say(peer, "220 go\r\n");
}

/* Answers whatever is asked until it is STARTTLS. */
static bool speak_imap(struct loopback_peer *peer)
{
    char line[256], answer[320];
    bool fine = loopback_say(peer, "* OK ready\r\n");
    while (fine && loopback_hear(peer, "\r\n", line, sizeof line)) {
        int tag = (int)strcspn(line, " ");
        bool last = strstr(line, "STARTTLS") != NULL;
        (void)snprintf(answer, sizeof answer, "%s%.*s OK\r\n",
                       last ? "" : "* CAPABILITY IMAP4rev1 STARTTLS\r\n", tag, line);
        fine = loopback_say(peer, answer);
        if (last)
            return fine;
    }
    return false;
}

static bool speak_pop3(struct loopback_peer *peer)
{
    char line[256];
    bool fine = loopback_say(peer, "+OK ready\r\n");
    while (fine && loopback_hear(peer, "\r\n", line, sizeof line)) {
        bool last = strstr(line, "STLS") != NULL;
        fine = loopback_say(peer, last ? "+OK go\r\n" : "+OK\r\nSTLS\r\n.\r\n");
        if (last)
            return fine;
    }
    return false;
}

static void every_such_protocol_leads_to_tls(void **state)
{
    (void)state;
    static const struct {
        enum ks_starttls protocol;
        bool (*prelude)(struct loopback_peer *peer);
    } with[] = {{KS_STARTTLS_IMAP, speak_imap}, {KS_STARTTLS_POP3, speak_pop3}};
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
        struct tls_server s = {SERVER, .prelude = with[i].prelude};
        struct ks_capture_ask ask = ask_port(0);
        ask.target.protocol = with[i].protocol;
        struct ks_capture c = capture_server(&s, ask);
        assert_int_equal(c.end, KS_CAPTURE_DONE);
        expect_chain(&c, "leaf Issuing");
        ks_capture_drop(&c);
    }
}

static void a_protocol_goes_before_tls(void **state)
{
    (void)state;
    struct tls_server s = {SERVER, .prelude = speak_smtp};
    struct ks_capture_ask ask = ask_port(0);
    ask.target.protocol = KS_STARTTLS_SMTP;
    struct ks_capture c = capture_server(&s, ask);
    assert_int_equal(c.end, KS_CAPTURE_DONE);
    expect_chain(&c, "leaf Issuing");
    ks_capture_drop(&c);
    tls_server_start(&s);
    ask.target.port = tls_server_port(&s);
    ask.target.protocol = KS_STARTTLS_IMAP;
    struct ks_error err = refuse(&ask, "not-this-protocol");
    assert_non_null(strstr(err.what, "TLS was not begun with 127.0.0.1: "));
    assert_non_null(strstr(err.next, "--starttls smtp"));
    tls_server_stop(&s);
}

/* ---- much ---- */

static void of_more_than_a_thousand_certificates_the_first_are_kept(void **state)
{
    (void)state;
    struct tls_server s = {SERVER, .copies = KS_CAPTURE_CERTS + 5 - 2};
    struct ks_capture c = capture_server(&s, ask_port(0));
    size_t count;
    free(ks_capture_chain(&c, &count));
    assert_int_equal(c.end, KS_CAPTURE_DONE);
    assert_int_equal(c.sent, 1005);
    assert_int_equal(count, 1000);
    ks_capture_drop(&c);
}

static void too_many_bytes_are_not_read(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct tls_server s = {SERVER, .version = version,
                               .copies = KS_CAPTURE_BYTES / (issuer->len + 3) + 1};
        struct ks_capture c = capture_server(&s, ask_port(0));
        assert_int_equal(c.end, KS_CAPTURE_OURS);
        assert_non_null(strstr(c.failed, "more than 2 MiB"));
        assert_int_equal(c.sent, 0);
        assert_null(c.store);
        assert_string_equal(c.protocol, version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
        ks_capture_drop(&c);
    }
}

/* ---- certificates of clients ---- */

enum ours { NONE, GOOD, FOREIGN };

static struct ks_capture capture_as(struct tls_server *s, enum ours ours)
{
    struct ks_cert cert;
    const struct ks_cert *chain[] = {&cert};
    struct ks_material key = {.type = KS_MATERIAL_PRIVATE,
                              .bytes = op_pkcs8(ours == FOREIGN ? "leaf" : "client")};
    struct ks_capture_ask ask = ask_port(0);
    (void)ks_cert_skim(ks_blob_slice(ours == FOREIGN ? leaf : client), &cert);
    if (ours != NONE) {
        ask.client_chain = chain;
        ask.client_count = 1;
        ask.client_key = &key;
    }
    struct ks_capture c = capture_server(s, ask);
    ks_material_drop(&key);
    return c;
}

static void a_demand_for_a_certificate_is_told(void **state)
{
    (void)state;
    enum { ASKS = SSL_VERIFY_PEER, INSISTS = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT };
    static const struct {
        int version, verify;
        enum ours ours;
        enum ks_capture_end end;
        const char *alert;
        bool demands, gave, required;
    } rows[] = {
        {TLS1_2_VERSION, 0, GOOD, KS_CAPTURE_DONE, NULL, false, false, false},
        {TLS1_3_VERSION, 0, GOOD, KS_CAPTURE_DONE, NULL, false, false, false},
        {TLS1_2_VERSION, ASKS, NONE, KS_CAPTURE_DONE, NULL, true, false, false},
        {TLS1_3_VERSION, ASKS, NONE, KS_CAPTURE_DONE, NULL, true, false, false},
        {TLS1_2_VERSION, INSISTS, GOOD, KS_CAPTURE_DONE, NULL, true, true, false},
        {TLS1_3_VERSION, INSISTS, GOOD, KS_CAPTURE_DONE, NULL, true, true, false},
        {TLS1_VERSION, INSISTS, NONE, KS_CAPTURE_ALERT, "handshake failure (40)", true, false,
         true},
        {TLS1_2_VERSION, INSISTS, NONE, KS_CAPTURE_ALERT, "handshake failure (40)", true, false,
         true},
        {TLS1_3_VERSION, INSISTS, NONE, KS_CAPTURE_ALERT, "certificate required (116)", true, false,
         true},
        {TLS1_2_VERSION, INSISTS, FOREIGN, KS_CAPTURE_ALERT, "unknown CA (48)", true, true, true},
        {TLS1_3_VERSION, INSISTS, FOREIGN, KS_CAPTURE_ALERT, "unknown CA (48)", true, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_server s = {SERVER, .version = rows[i].version, .verify = rows[i].verify,
                               .ca = root};
        struct ks_capture c = capture_as(&s, rows[i].ours);
        if (c.end != rows[i].end || c.demands != rows[i].demands || c.gave != rows[i].gave ||
            c.required != rows[i].required || !!c.alert != !!rows[i].alert)
            fail_msg("row %zu: end %d, alert %s, %d %d %d, %s", i, c.end, c.alert ? c.alert : "",
                     c.demands, c.gave, c.required, c.failed ? c.failed : "");
        if (c.alert)
            assert_string_equal(c.alert, rows[i].alert);
        if (c.required && !c.gave)
            assert_non_null(strstr(c.alert_means, "--client"));
        expect_chain(&c, "leaf Issuing");
        ks_capture_drop(&c);
    }
}

static void a_server_that_is_content_without_a_word_is_not_waited_for_long(void **state)
{
    (void)state;
    struct tls_server s = {SERVER, .version = TLS1_3_VERSION, .verify = SSL_VERIFY_PEER,
                           .no_tickets = true};
    long before = loopback_milliseconds();
    struct ks_capture c = capture_as(&s, NONE);
    assert_int_equal(c.end, KS_CAPTURE_DONE);
    assert_true(c.demands && !c.required);
    assert_in_range(loopback_milliseconds() - before, 250, 5000);
    ks_capture_drop(&c);
}

static void the_names_that_are_accepted_are_told(void **state)
{
    (void)state;
    struct ks_cert with_root, with_issuing;
    const struct ks_cert *good[] = {&with_root}, *bad[] = {&with_issuing};
    (void)ks_cert_skim(ks_blob_slice(client), &with_root);
    (void)ks_cert_skim(ks_blob_slice(leaf), &with_issuing);
    for (int version = TLS1_VERSION; version <= TLS1_3_VERSION; version++) {
        struct tls_server s = {SERVER, .version = version, .verify = SSL_VERIFY_PEER, .ca = root};
        struct ks_buf text = KS_BUF_INIT;
        struct ks_capture c = capture_server(&s, ask_port(0));
        assert_int_equal(c.ca_count, 1);
        ks_name_text(c.cas[0], &text);
        assert_string_equal(ks_buf_text(&text), "CN=Root");
        assert_non_null(
            strstr(c.key_types, version < TLS1_2_VERSION ? "RSA" : "rsa_pss_rsae_sha256"));
        assert_true(ks_capture_takes(&c, good, 1));
        assert_false(ks_capture_takes(&c, bad, 1));
        ks_buf_free(&text);
        ks_capture_drop(&c);
    }
    struct tls_server any = {SERVER, .verify = SSL_VERIFY_PEER};
    struct ks_capture c = capture_server(&any, ask_port(0));
    assert_true(c.demands);
    assert_int_equal(c.ca_count, 0);
    assert_true(ks_capture_takes(&c, bad, 1));
    ks_capture_drop(&c);
}

static void a_key_of_another_certificate_is_not_used(void **state)
{
    (void)state;
    struct tls_server s = {SERVER};
    struct ks_cert cert;
    const struct ks_cert *chain[] = {&cert};
    struct ks_material key = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8("another")};
    struct ks_error err = {0};
    struct ks_capture out;
    (void)ks_cert_skim(ks_blob_slice(client), &cert);
    tls_server_start(&s);
    struct ks_capture_ask ask = ask_port(tls_server_port(&s));
    ask.client_chain = chain;
    ask.client_count = 1;
    expect(KS_ERR_USAGE, ks_capture(&ask, NULL, &out, &err), &err);
    ask.client_key = &key;
    expect(KS_ERR_UNSUPPORTED, ks_capture(&ask, NULL, &out, &err), &err);
    assert_string_equal(err.slug, "client-key");
    tls_server_stop(&s);
    ks_material_drop(&key);
}

/* ---- servers that go wrong ---- */

/* Hears the first message, says its words, and ends or waits. */
struct script {
    struct ks_slice says;
    bool stays;
};

static void say_script(struct loopback_peer *peer)
{
    const struct script *script = peer->ctx;
    char byte;
    if (!loopback_take(peer, &byte, 1) ||
        (script->says.len && !loopback_send(peer, script->says.data, script->says.len)))
        return;
    if (script->stays)
        loopback_idle(peer);
}

static struct ks_capture capture_script(const char *bytes, size_t len, bool stays, unsigned seconds)
{
    struct script script = {ks_slice(bytes, len), stays};
    struct loopback *l = loopback_start(say_script, &script);
    struct ks_capture_ask ask = ask_port(loopback_port(l));
    ask.dialing.seconds = seconds;
    struct ks_capture c = capture(&ask);
    loopback_stop(l);
    return c;
}

static struct ks_error refuse_script(const char *bytes, size_t len, bool stays, const char *slug)
{
    struct script script = {ks_slice(bytes, len), stays};
    struct loopback *l = loopback_start(say_script, &script);
    struct ks_capture_ask ask = ask_port(loopback_port(l));
    ask.dialing.seconds = stays ? 1 : 10;
    struct ks_error err = refuse(&ask, slug);
    loopback_stop(l);
    return err;
}

#define ALERT(n) "\x15\3\3\0\2\2" n
/* TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
#define HELLO                                                                                      \
    "\x16\3\3\0\x2a\2\0\0\x26\3\3"                                                                 \
    "0123456789abcdef0123456789abcdef\0\xc0\x2b\0"
/* A Certificate message with one of five bytes, which are none, and one that is empty. */
#define GARBAGE HELLO "\x16\3\3\0\x12\x0b\0\0\x0e\0\0\x0b\0\0\5\x30\3\1\2\3\0\0\0"
#define BYTES(text) text, sizeof(text) - 1

static void an_alert_is_explained(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *alert, *means;
    } rows[] = {
        {ALERT("\x28"), "handshake failure (40)", "nothing in common"},
        {ALERT("\x46"), "protocol version (70)", "TLS 1.0 to 1.3"},
        {ALERT("\x50"), "internal error (80)", "log"},
        {ALERT("\x70"), "unrecognized name (112)", "--sni"},
        {ALERT("\xc8"), "an alert without a name (200)", "log"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_capture c = capture_script(rows[i].bytes, 7, false, 10);
        assert_int_equal(c.end, KS_CAPTURE_ALERT);
        assert_string_equal(c.alert, rows[i].alert);
        assert_non_null(strstr(c.alert_means, rows[i].means));
        assert_false(c.required);
        assert_null(c.protocol);
        assert_null(c.store);
        ks_capture_drop(&c);
    }
}

static void what_is_no_certificate_is_counted(void **state)
{
    (void)state;
    struct ks_capture c = capture_script(BYTES(GARBAGE), false, 10);
    assert_int_equal(c.end, KS_CAPTURE_OURS);
    assert_non_null(strstr(c.failed, "OpenSSL cannot go on"));
    assert_int_equal(c.sent, 2);
    assert_int_equal(c.broken, 2);
    assert_string_equal(c.protocol, "TLSv1.2");
    ks_capture_drop(&c);
}

/* A leaf whose key is not on its curve. */
static void what_openssl_refuses_is_captured(void **state)
{
    (void)state;
    struct ks_buf text = KS_BUF_INIT;
    size_t len = leaf->len;
    ks_buf_append(&text, BYTES(HELLO));
    const uint8_t head[] = {0x16,
                            3,
                            3,
                            (uint8_t)((len + 10) >> 8),
                            (uint8_t)(len + 10),
                            11,
                            0,
                            (uint8_t)((len + 6) >> 8),
                            (uint8_t)(len + 6),
                            0,
                            (uint8_t)((len + 3) >> 8),
                            (uint8_t)(len + 3),
                            0,
                            (uint8_t)(len >> 8),
                            (uint8_t)len};
    ks_buf_append(&text, head, sizeof head);
    ks_buf_slice(&text, ks_blob_slice(leaf));
    struct ks_cert cert;
    assert_true(ks_cert_skim(ks_blob_slice(leaf), &cert));
    uint8_t *copy = text.data + text.len - len;
    memset(copy + cert.spki.off + cert.spki.len - 64, 0x55, 64); /* the point of its key */
    struct ks_capture c = capture_script((const char *)text.data, text.len, false, 10);
    assert_int_equal(c.end, KS_CAPTURE_OURS);
    expect_chain(&c, "leaf");
    assert_int_equal(c.broken, 0);
    ks_capture_drop(&c);
    ks_buf_free(&text);
}

static void a_server_that_ends_in_the_middle_is_told(void **state)
{
    (void)state;
    struct ks_capture c = capture_script(BYTES(HELLO), false, 10);
    assert_int_equal(c.end, KS_CAPTURE_CLOSED);
    assert_string_equal(c.failed, "it closed the connection after its ServerHello");
    assert_string_equal(c.protocol, "TLSv1.2");
    ks_capture_drop(&c);
    c = capture_script(BYTES("\x16\3\3\0"), false, 10);
    assert_string_equal(c.failed, "it closed the connection");
    ks_capture_drop(&c);
    struct ks_error err = refuse_script(BYTES(""), false, "closed");
    assert_non_null(strstr(err.what, "without a word of TLS"));
}

static void a_server_that_stalls_is_left(void **state)
{
    (void)state;
    struct ks_capture c = capture_script(BYTES(HELLO), true, 1);
    assert_int_equal(c.end, KS_CAPTURE_TIMEOUT);
    assert_string_equal(c.failed, "nothing more came in time after its ServerHello");
    ks_capture_drop(&c);
    (void)refuse_script(BYTES(""), true, "timeout");
}

static void a_server_that_speaks_in_clear_is_recognised(void **state)
{
    (void)state;
    static const struct {
        const char *says, *quoted, *hint;
        bool stays;
    } rows[] = {
        {"220 mail.example.com ESMTP Postfix\r\n", "\"220 mail.example.com ESMTP Postfix\"",
         "--starttls smtp", false},
        {"* OK [CAPABILITY IMAP4] ready\r\n", "speaks IMAP", "--starttls imap", true},
        {"+OK ready\r\n", "speaks POP3", "--starttls pop3", false},
        {"220 (vsFTPd 3.0.3)\r\n", "speaks FTP", "--starttls ftp", false},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP without TLS", "the port of https", false},
        {"SSH-2.0-OpenSSH_9.2\r\n", "speaks SSH", "another", false},
        {"\x16ny\n", "16 6e 79", "see what is spoken", false},
        {"x", "\"x\"", "see what is spoken", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_error err =
            refuse_script(rows[i].says, strlen(rows[i].says), rows[i].stays, "not-tls");
        if (!strstr(err.what, rows[i].quoted) ||
            (strcmp(rows[i].hint, "another") != 0 && !strstr(err.next, rows[i].hint)))
            fail_msg("%s\n%s", err.what, err.next);
    }
}

/* ---- stopping ---- */

struct stopping {
    struct ks_capture_ask ask;
    enum ks_code rc;
    struct ks_error err;
};

static void run_capture(struct ks_job *job, void *arg)
{
    struct stopping *s = arg;
    struct ks_capture out;
    s->rc = ks_capture(&s->ask, job, &out, &s->err);
}

/* Milliseconds from the stop to the end. */
static long stop_one(void)
{
    struct script script = {ks_slice(BYTES(HELLO)), true};
    struct loopback *l = loopback_start(say_script, &script);
    struct stopping s = {.ask = ask_port(loopback_port(l))};
    struct ks_job *job = ks_job_new();
    ks_job_start(job, run_capture, &s);
    while (loopback_count(l) == 0)
        (void)poll(NULL, 0, 1);
    long before = loopback_milliseconds();
    ks_job_cancel(job);
    struct pollfd end = {.fd = ks_job_fd(job), .events = POLLIN};
    assert_int_equal(poll(&end, 1, 5000), 1);
    long took = loopback_milliseconds() - before;
    ks_job_free(job);
    expect(KS_ERR_CANCELLED, s.rc, &s.err);
    loopback_stop(l);
    return took;
}

static void a_stop_ends_the_handshake_at_once(void **state)
{
    (void)state;
    long best = LONG_MAX;
    for (int i = 0; i < 5 && best > 200; i++) { /* the host may be busy */
        long took = stop_one();
        best = took < best ? took : best;
    }
    assert_in_range(best, 0, 200);
}

/* ---- many ---- */

#define MANY 20

struct tally {
    size_t ended;
    bool within; /* a second call came while one was under way */
    bool overlapped;
};

static void count_one(void *ctx, const struct ks_captured *one)
{
    struct tally *t = ctx;
    t->overlapped = t->overlapped || t->within;
    t->within = true;
    t->ended += one->code == KS_OK;
    t->within = false;
}

static void twenty_servers_are_asked_at_once(void **state)
{
    (void)state;
    static struct tls_server servers[MANY];
    struct ks_capture_ask asks[MANY + 1];
    struct ks_captured out[MANY + 1];
    struct tally tally = {0};
    struct ks_job *job = ks_job_new();
    const char *what;
    uint64_t done, total;
    for (size_t i = 0; i < MANY; i++) {
        servers[i] =
            (struct tls_server){SERVER, .version = i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION};
        tls_server_start(&servers[i]);
        asks[i] = ask_port(tls_server_port(&servers[i]));
    }
    asks[MANY] = ask_port(loopback_closed_port());
    ks_capture_many(asks, MANY + 1, 8, job, count_one, &tally, out);
    ks_job_progress(job, &what, &done, &total);
    assert_int_equal(done, MANY + 1);
    assert_int_equal(total, MANY + 1);
    assert_int_equal(tally.ended, MANY);
    assert_false(tally.overlapped);
    for (size_t i = 0; i < MANY; i++) {
        expect(KS_OK, out[i].code, &out[i].err);
        assert_ptr_equal(out[i].ask, &asks[i]);
        assert_int_equal(out[i].capture.target.port, asks[i].target.port);
        assert_string_equal(out[i].capture.protocol, i % 2 ? "TLSv1.2" : "TLSv1.3");
        expect_chain(&out[i].capture, "leaf Issuing");
        ks_capture_drop(&out[i].capture);
        tls_server_stop(&servers[i]);
    }
    expect(KS_ERR_NETWORK, out[MANY].code, &out[MANY].err);
    assert_string_equal(out[MANY].err.slug, "refused");
    ks_job_free(job);
}

static void what_was_not_begun_when_it_is_stopped_is_cancelled(void **state)
{
    (void)state;
    struct ks_capture_ask asks[3] = {ask_port(1), ask_port(1), ask_port(1)};
    struct ks_captured out[3];
    struct ks_job *job = ks_job_new();
    ks_job_cancel(job);
    ks_capture_many(asks, 3, 2, job, NULL, NULL, out);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(out[i].code, KS_ERR_CANCELLED);
    ks_capture_many(asks, 0, 2, job, NULL, NULL, out);
    ks_job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_captured_as_it_is_sent),
        cmocka_unit_test(what_was_agreed_on_is_told),
        cmocka_unit_test(an_old_server_is_spoken_with),
        cmocka_unit_test(the_name_is_asked_for_as_wanted),
        cmocka_unit_test(a_protocol_is_chosen_of_those_that_are_offered),
        cmocka_unit_test(a_stapled_answer_is_kept),
        cmocka_unit_test(a_protocol_goes_before_tls),
        cmocka_unit_test(every_such_protocol_leads_to_tls),
        cmocka_unit_test(of_more_than_a_thousand_certificates_the_first_are_kept),
        cmocka_unit_test(too_many_bytes_are_not_read),
        cmocka_unit_test(a_demand_for_a_certificate_is_told),
        cmocka_unit_test(a_server_that_is_content_without_a_word_is_not_waited_for_long),
        cmocka_unit_test(the_names_that_are_accepted_are_told),
        cmocka_unit_test(a_key_of_another_certificate_is_not_used),
        cmocka_unit_test(an_alert_is_explained),
        cmocka_unit_test(what_is_no_certificate_is_counted),
        cmocka_unit_test(what_openssl_refuses_is_captured),
        cmocka_unit_test(a_server_that_ends_in_the_middle_is_told),
        cmocka_unit_test(a_server_that_stalls_is_left),
        cmocka_unit_test(a_server_that_speaks_in_clear_is_recognised),
        cmocka_unit_test(a_stop_ends_the_handshake_at_once),
        cmocka_unit_test(twenty_servers_are_asked_at_once),
        cmocka_unit_test(what_was_not_begun_when_it_is_stopped_is_cancelled),
    };
    if (!ks_network()) /* a ksx without: test_wire looks at that */
        return 0;
    return cmocka_run_group_tests(tests, make_all, drop_all);
}
