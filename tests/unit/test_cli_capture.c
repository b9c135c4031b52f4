/* ksx capture, as a user runs it, against servers of this process. */
#include "run_words.h"
#include "tls_server.h"

#include "base/text.h"
#include "net/dial.h"
#include "x509/cert.h"

#include <sys/stat.h>

#define HOST "localhost"
#define AT "--at", "2026-03-01"

/* No proxy of this host's, and colours of none. */
static const char *const env[] = {"no_proxy=*", "KSX_P=changeit", NULL};
static const struct run_options alone = {.env = env};

static char dir[] = "cli_capture.XXXXXX", paths[5][64];
enum { ROOT, OTHER, LIST, OUT, PAIR };
static struct ks_blob *leaf, *expired, *issuing, *root, *other, *client;

static void expect(struct run r, int exit, const char *part)
{
    if (r.exit != exit || (!has(r.out, part) && !has(r.err, part)))
        fail_msg("%d instead of %d, or not \"%s\":\n%s%s", r.exit, exit, part, r.out, r.err);
    run_free(&r);
}

/* ---- files ---- */

static void write_text(int file, const char *text)
{
    FILE *f = fopen(paths[file], "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void write_pem(int file, const struct ks_blob *cert, EVP_PKEY *key)
{
    struct ks_buf pem = KS_BUF_INIT;
    ks_pem_write("CERTIFICATE", ks_blob_slice(cert), &pem);
    if (key) {
        unsigned char *der = NULL;
        PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
        int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
        ks_pem_write("PRIVATE KEY", ks_slice(der, (size_t)len), &pem);
        OPENSSL_free(der);
        PKCS8_PRIV_KEY_INFO_free(info);
    }
    write_text(file, ks_buf_text(&pem));
    ks_buf_free(&pem);
}

static int make_all(void **state)
{
    static const char *const names[] = {"root.pem", "other.pem", "hosts.txt", "out.pem",
                                        "pair.pem"};
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN); /* of the servers, whose clients go */
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < 5; i++)
        (void)snprintf(paths[i], sizeof paths[i], "%s/%s", dir, names[i]);
    leaf = make_cert(&(struct make_cert){
        .cn = "leaf", .issuer = "Issuing CA", .san = "DNS:" HOST ",IP:127.0.0.1"});
    expired = make_cert(&(struct make_cert){
        .cn = "leaf", .issuer = "Issuing CA", .san = "DNS:" HOST, .to = "2026-01-01"});
    issuing = make_cert(&(struct make_cert){.cn = "Issuing CA", .issuer = "Corp Root", .ca = true});
    root = make_cert(&(struct make_cert){.cn = "Corp Root", .ca = true});
    other = make_cert(&(struct make_cert){.cn = "Other Root", .ca = true});
    client = make_cert(
        &(struct make_cert){.cn = "client", .issuer = "Corp Root", .purpose = "clientAuth"});
    write_pem(ROOT, root, NULL);
    write_pem(OTHER, other, NULL);
    write_pem(PAIR, client, make_key("client"));
    assert_int_equal(chmod(paths[PAIR], 0600), 0);
    return 0;
}

static int drop_all(void **state)
{
    struct ks_blob *const all[] = {leaf, expired, issuing, root, other, client};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        ks_blob_unref(all[i]);
    struct run r = RUN("rm", "-rf", dir);
    int failed = r.exit;
    run_free(&r);
    return failed;
}

static int drop_out(void **state)
{
    (void)state;
    (void)unlink(paths[OUT]);
    return 0;
}

/* ---- running it ---- */

static const char *at(const struct tls_server *s)
{
    static char text[64];
    (void)snprintf(text, sizeof text, HOST ":%u", (unsigned)tls_server_port(s));
    return text;
}

#define CAPTURE(...) RUN_WITH(&alone, KSX_PROGRAM, "capture", AT, "-4", __VA_ARGS__)

static json_t *json_of(struct run r, int exit)
{
    json_t *all = parsed(&r);
    if (r.exit != exit)
        fail_msg("%d instead of %d:\n%s%s", r.exit, exit, r.out, r.err);
    run_free(&r);
    return all;
}

static json_t *server_of(json_t *all, size_t i)
{
    json_t *server = json_array_get(json_object_get(all, "servers"), i);
    assert_non_null(server);
    return server;
}

/* ---- what is sent ---- */

static void the_chain_is_shown_as_it_is_sent_with_what_is_missing(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}, .alpn = "\2h2"};
    (void)state;
    tls_server_start(&s);
    struct run r = CAPTURE(at(&s), "--from", paths[ROOT], "--alpn", "h2");
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "connected to  127.0.0.1"));
    assert_true(has(r.out, "handshake     TLSv1.3"));
    assert_true(has(r.out, "ALPN h2"));
    assert_true(has(r.out, "sent 0 leaf   CN=leaf"));
    assert_true(has(r.out, "sent 1 issuer CN=Issuing CA"));
    assert_true(has(r.out, "unsent root   CN=Corp Root"));
    assert_true(has(r.out, "as usual it was not sent; found in root.pem"));
    assert_true(has(r.out, "the certificate answers for " HOST));
    assert_true(has(r.out, "Not verified: anyone on the path could have sent it."));
    run_free(&r);
    tls_server_stop(&s);
}

static void a_server_that_sends_no_intermediate_is_found_out(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf}};
    (void)state;
    tls_server_start(&s);
    struct run r = CAPTURE(at(&s));
    assert_int_equal(r.exit, 1);
    assert_true(has(r.out, "CHAIN-MISSING-INTERMEDIATE  The chain of '" HOST ":"));
    assert_true(has(r.out, "Needed: the CA certificate of CN=Issuing CA"));
    run_free(&r);
    tls_server_stop(&s);
}

static void wrong_order_and_extras_have_their_places(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, root, issuing, other}};
    (void)state;
    tls_server_start(&s);
    json_t *all = json_of(CAPTURE(at(&s), "--json"), 0);
    json_t *server = server_of(all, 0), *chain = json_object_get(server, "chain");
    static const char *const roles[] = {"leaf", "root", "issuer", "extra"};
    assert_int_equal(json_array_size(chain), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(text_of(json_array_get(chain, i), "role"), roles[i]);
    assert_true(json_is_false(json_object_get(server, "verified")));
    assert_string_equal(text_of(server, "end"), "done");
    assert_int_equal(json_array_size(json_object_get(server, "notSent")), 0);
    json_decref(all);
    tls_server_stop(&s);
}

static void what_comes_again_is_said_and_a_thousand_are_not_too_many(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing, root}, .copies = 997};
    (void)state;
    tls_server_start(&s);
    struct run r = CAPTURE(at(&s));
    EXPECT(r.out, "sent 2 root ", "sent 3 again ", "sent 999 again", "CHAIN-DUPLICATE-CERT",
           "CHAIN-TOO-LONG");
    run_free(&r);
    tls_server_stop(&s);
}

/* Nothing of a server reaches the terminal as it is. */
static void names_that_steer_a_terminal_are_spelled_out(void **state)
{
    struct ks_blob *evil = make_cert(&(struct make_cert){
        .cn = "a\033[2Jb", .key = make_key("leaf"), .issuer = "i\033]0;x\007", .san = "DNS:" HOST});
    struct tls_server s = {.key = make_key("leaf"), .certs = {evil}};
    (void)state;
    tls_server_start(&s);
    struct run r = CAPTURE(at(&s), "--trust", paths[ROOT]);
    EXPECT(r.out, "sent 0 leaf   CN=a\\x1B[2Jb");
    assert_null(strchr(r.out, '\033'));
    assert_null(strchr(r.out, '\007'));
    run_free(&r);
    r = CAPTURE(at(&s), "--json", "--trust", paths[ROOT]);
    assert_null(strchr(r.out, '\033'));
    run_free(&r);
    tls_server_stop(&s);
    ks_blob_unref(evil);
}

static void an_expired_certificate_is_a_finding(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {expired, issuing}};
    (void)state;
    tls_server_start(&s);
    expect(CAPTURE(at(&s)), 1, "CERT-EXPIRED");
    expect(CAPTURE(at(&s), "--at", "2025-06-01"), 0, "leaf");
    tls_server_stop(&s);
}

static void pem_is_what_was_sent_and_nothing_else(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    struct ks_buf pem = KS_BUF_INIT;
    (void)state;
    tls_server_start(&s);
    ks_pem_write("CERTIFICATE", ks_blob_slice(leaf), &pem);
    ks_pem_write("CERTIFICATE", ks_blob_slice(issuing), &pem);
    struct run r = CAPTURE(at(&s), "--pem");
    assert_int_equal(r.exit, 0);
    assert_string_equal(r.out, ks_buf_text(&pem));
    run_free(&r);
    expect(CAPTURE(at(&s), "-o", paths[OUT]), 0, "Not verified");
    r = RUN("cat", paths[OUT]);
    assert_string_equal(r.out, ks_buf_text(&pem));
    run_free(&r);
    expect(CAPTURE(at(&s), "-o", paths[OUT]), 6, "there is a file of that name");
    ks_buf_free(&pem);
    tls_server_stop(&s);
}

static void the_name_that_is_asked_for_is_the_one_that_is_judged(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    (void)state;
    tls_server_start(&s);
    expect(CAPTURE(at(&s), "--sni", "www.example.com"), 1,
           "none of its alternative names is www.example.com");
    assert_string_equal(s.sni, "www.example.com");
    expect(CAPTURE(at(&s), "--sni", "none"), 0, "asked for no name");
    assert_false(s.with_sni);
    tls_server_stop(&s);
}

/* ---- truststores ---- */

static void a_truststore_judges_and_what_it_lacks_is_told(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    char print[80] = "--fingerprint ";
    struct ks_cert c;
    uint8_t sha256[32];
    struct ks_buf hex = KS_BUF_INIT;
    (void)state;
    (void)ks_cert_skim(ks_blob_slice(root), &c);
    ks_cert_sha256(&c, sha256);
    ks_text_hex(ks_slice(sha256, 32), '\0', false, &hex);
    (void)strncat(print, ks_buf_text(&hex), sizeof print - strlen(print) - 1);
    tls_server_start(&s);
    expect(CAPTURE(at(&s), "--trust", paths[ROOT]), 0, "the chain ends at its entry");
    struct run r = CAPTURE(at(&s), "--trust", paths[OTHER], "--from", paths[ROOT]);
    assert_int_equal(r.exit, 1);
    assert_true(has(r.out, "Corp Root is missing there"));
    assert_true(has(r.out, "PKIX path building failed"));
    assert_true(has(r.out, "import the root: it lasts"));
    assert_true(has(r.out, print));
    assert_true(has(r.out, "--alias corp-root"));
    run_free(&r);
    ks_buf_free(&hex);
    tls_server_stop(&s);
}

static void what_a_truststore_has_is_not_unknown(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    (void)state;
    tls_server_start(&s);
    struct run r = CAPTURE(at(&s), "--trust", paths[ROOT], "--fail", "warning");
    assert_int_equal(r.exit, 0);
    assert_false(has(r.out, "CHAIN-ISSUER-UNKNOWN"));
    run_free(&r);
    expect(CAPTURE(at(&s), "--trust", paths[OTHER]), 1, "CHAIN-ISSUER-UNKNOWN");
    tls_server_stop(&s);
}

static void a_truststore_opens_without_its_password_as_for_a_jvm(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    (void)state;
    tls_server_start(&s);
    struct run r = RUN_WITH(&alone, KSX_PROGRAM, "convert", paths[ROOT], "--to", "jks", "-o",
                            paths[OUT], "--new-pass", "env:KSX_P");
    assert_int_equal(r.exit, 0);
    run_free(&r);
    r = CAPTURE(at(&s), "--trust", paths[OUT]);
    assert_int_equal(r.exit, 0);
    EXPECT(r.err, "out.pem: its integrity was not checked: --trust-pass gives its password");
    run_free(&r);
    r = CAPTURE(at(&s), "--trust", paths[OUT], "--trust-pass", "env:KSX_P");
    assert_int_equal(r.exit, 0);
    assert_string_equal(r.err, "");
    run_free(&r);
    tls_server_stop(&s);
}

static void the_bundle_of_the_host_is_a_truststore_by_its_name(void **state)
{
    char bundle[96];
    (void)snprintf(bundle, sizeof bundle, "SSL_CERT_FILE=%s", paths[ROOT]);
    const char *const with[] = {"no_proxy=*", bundle, NULL};
    const struct run_options options = {.env = with};
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    (void)state;
    tls_server_start(&s);
    expect(RUN_WITH(&options, KSX_PROGRAM, "capture", AT, "-4", at(&s), "--trust", "system"), 0,
           "trusted by ");
    tls_server_stop(&s);
}

static void each_truststore_has_its_verdict(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    (void)state;
    tls_server_start(&s);
    json_t *all =
        json_of(CAPTURE(at(&s), "--json", "--trust", paths[ROOT], "--trust", paths[OTHER]), 1);
    json_t *trust = json_object_get(server_of(all, 0), "trust");
    assert_int_equal(json_array_size(trust), 2);
    assert_string_equal(text_of(json_array_get(trust, 0), "verdict"), "trusted");
    assert_string_equal(text_of(json_array_get(trust, 1), "verdict"), "no-anchor");
    json_t *recommended = json_object_get(json_array_get(trust, 1), "recommended");
    assert_string_equal(text_of(recommended, "role"), "issuer");
    json_decref(all);
    tls_server_stop(&s);
}

/* ---- clients ---- */

static void a_certificate_that_is_demanded_is_shown_when_it_is_named(void **state)
{
    struct tls_server s = {.key = make_key("leaf"),
                           .certs = {leaf, issuing},
                           .verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           .ca = root};
    (void)state;
    tls_server_start(&s);
    struct run r = CAPTURE(at(&s), "--from", paths[PAIR]);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "a certificate is demanded; --client FILE:ALIAS shows one"));
    assert_true(has(r.out, "accepts: CN=Corp Root"));
    assert_true(has(r.out, "fits: "));
    run_free(&r);
    json_t *all = json_of(CAPTURE(at(&s), "--json", "--client", paths[PAIR]), 0);
    json_t *said = json_object_get(server_of(all, 0), "clientCertificate");
    assert_true(json_is_true(json_object_get(said, "given")));
    assert_true(json_is_false(json_object_get(said, "required")));
    assert_string_equal(text_of(server_of(all, 0), "end"), "done");
    json_decref(all);
    tls_server_stop(&s);
}

static void a_certificate_that_is_refused_is_a_finding(void **state)
{
    struct tls_server s = {.key = make_key("leaf"),
                           .certs = {leaf, issuing},
                           .verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           .ca = other};
    (void)state;
    tls_server_start(&s);
    expect(CAPTURE(at(&s), "--client", paths[PAIR]), 1,
           "the certificate of --client was shown, and is refused");
    expect(CAPTURE(at(&s), "--client", paths[PAIR], "-q"), 1,
           ", the certificate of --client is refused, ended by unknown CA (48)");
    expect(CAPTURE(at(&s), "-q"), 0, ", a client certificate is demanded\n");
    tls_server_stop(&s);
}

static void a_client_without_a_key_is_a_mistake(void **state)
{
    (void)state;
    expect(CAPTURE("localhost:1", "--client", paths[ROOT]), 2, "is no key pair");
    expect(CAPTURE("localhost:1", "--client", "no-such-file:web"), 2, "there is no file");
}

/* ---- many ---- */

static void many_are_listed_in_a_file_and_told_in_its_order(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    char text[256];
    uint16_t closed;
    int fd = loopback_listen(&closed, 1);
    (void)state;
    (void)close(fd); /* nothing listens there */
    tls_server_start(&s);
    (void)snprintf(text, sizeof text,
                   "# servers\n  127.0.0.1:%u\n\n%s # the other\r\nhttps://127.0.0.1:%u/x",
                   (unsigned)closed, at(&s), (unsigned)tls_server_port(&s));
    write_text(LIST, text);
    json_t *all = json_of(CAPTURE("--json", "--from", paths[LIST]), 7);
    assert_int_equal(json_array_size(json_object_get(all, "servers")), 3);
    json_t *error = json_object_get(server_of(all, 0), "error");
    assert_string_equal(text_of(error, "slug"), "refused");
    assert_string_equal(text_of(server_of(all, 1), "server"), at(&s));
    assert_string_equal(text_of(server_of(all, 2), "host"), "127.0.0.1");
    json_decref(all);
    struct run r = CAPTURE("-q", "--servers", paths[LIST], "--trust", paths[ROOT]);
    assert_int_equal(r.exit, 7);
    assert_true(has(r.out, ": TLSv1.3, 2 certificates, until 2030-01-01, trusted by "));
    run_free(&r);
    r = CAPTURE("localhost:1");
    assert_int_equal(r.exit, 7);
    assert_true(has(r.out, "nothing listens at localhost:1"));
    assert_true(has(r.out, "check host and port"));
    assert_string_equal(r.err, ""); /* told once */
    run_free(&r);
    write_text(LIST, "localhost:1\nlocalhost:x\n");
    expect(CAPTURE("--servers", paths[LIST]), 2, "hosts.txt, line 2");
    tls_server_stop(&s);
}

static void a_list_may_come_through_a_pipe(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    (void)state;
    tls_server_start(&s);
    const struct run_options piped = {.env = env, .input = at(&s)};
    expect(RUN_WITH(&piped, KSX_PROGRAM, "capture", AT, "--servers", "-"), 0, "sent 0 leaf");
    tls_server_stop(&s);
}

static void certificates_of_many_say_whose_they_are(void **state)
{
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    char line[80], same[64];
    (void)state;
    tls_server_start(&s);
    (void)snprintf(line, sizeof line, "# %s\n-----BEGIN CERTIFICATE-----\n", at(&s));
    (void)snprintf(same, sizeof same, "%s", at(&s));
    expect(CAPTURE(same, same, "--pem"), 0, line);
    tls_server_stop(&s);
}

/* ---- what goes wrong ---- */

static void greet(struct loopback_peer *peer)
{
    static const char text[] = "220 mail.example.com ESMTP\r\n";
    ssize_t sent = write(peer->fd, text, sizeof text - 1);
    char chunk[64];
    while (sent > 0 && read(peer->fd, chunk, sizeof chunk) > 0)
        continue;
}

static void a_server_that_speaks_in_clear_is_told_by_its_protocol(void **state)
{
    struct loopback *l = loopback_start(greet, NULL);
    char where[32];
    (void)state;
    (void)snprintf(where, sizeof where, "127.0.0.1:%u", (unsigned)loopback_port(l));
    expect(CAPTURE(where, "--timeout", "5"), 7, "--starttls smtp");
    loopback_stop(l);
}

/* The issuer, by HTTP. */
static void publish(struct loopback_peer *peer)
{
    char chunk[1024], head[128];
    int len =
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", issuing->len);
    if (read(peer->fd, chunk, sizeof chunk) > 0 && write(peer->fd, head, (size_t)len) == len)
        assert_int_equal(write(peer->fd, issuing->data, issuing->len), (ssize_t)issuing->len);
}

static void an_issuer_that_was_not_sent_is_fetched_on_request(void **state)
{
    struct loopback *http = loopback_start(publish, NULL);
    char where[96];
    (void)state;
    (void)snprintf(where, sizeof where, "caIssuers;URI:http://127.0.0.1:%u/issuing.crt",
                   (unsigned)loopback_port(http));
    struct ks_blob *lone = make_cert(&(struct make_cert){
        .cn = "leaf", .issuer = "Issuing CA", .san = "DNS:" HOST, .access = where});
    struct tls_server s = {.key = make_key("leaf"), .certs = {lone}};
    tls_server_start(&s);
    expect(CAPTURE(at(&s)), 1, "--fetch asks for what is missing");
    struct run r = CAPTURE(at(&s), "--fetch", "--private");
    assert_false(has(r.out, "--fetch asks"));
    EXPECT(r.err, "asking http://127.0.0.1");
    EXPECT(r.out, "unsent issuer CN=Issuing CA", "clients need it, and it was NOT sent");
    EXPECT(r.out, "  curl -fsSL -o ./issuing-ca.crt http://127.0.0.1",
           "ksx import truststore.p12 --cert issuing-ca.crt --fingerprint ");
    assert_int_equal(r.exit, 1); /* it is missing all the same */
    run_free(&r);
    r = CAPTURE(at(&s), "--fetch", "--private", "--trust", paths[ROOT]);
    assert_false(has(r.out, "CHAIN-ISSUER-UNKNOWN"));
    run_free(&r);
    tls_server_stop(&s);
    loopback_stop(http);
    ks_blob_unref(lone);
}

static void a_proxy_of_the_environment_is_named(void **state)
{
    static const char *const proxied[] = {"no_proxy=", "https_proxy=http://127.0.0.1:1",
                                          "all_proxy=", NULL};
    const struct run_options options = {.env = proxied};
    struct tls_server s = {.key = make_key("leaf"), .certs = {leaf, issuing}};
    (void)state;
    tls_server_start(&s);
    struct run r = RUN_WITH(&options, KSX_PROGRAM, "capture", AT, at(&s));
    assert_int_equal(r.exit, 7);
    assert_true(has(r.err, "through the proxy 127.0.0.1:1 (https_proxy); --proxy none"));
    run_free(&r);
    expect(RUN_WITH(&options, KSX_PROGRAM, "capture", AT, at(&s), "--proxy", "none"), 0,
           "sent 0 leaf");
    r = RUN_WITH(&options, KSX_PROGRAM, "capture", AT, at(&s), "-q");
    assert_string_equal(r.err, "");
    run_free(&r);
    tls_server_stop(&s);
}

static void a_password_of_a_proxy_is_not_taken_from_the_command_line(void **state)
{
    (void)state;
    expect(CAPTURE("localhost:1", "--proxy", "http://me:secret@localhost:3128"), 2, "--proxy-pass");
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    expect(CAPTURE("--json"), 2, "no server is named");
    expect(CAPTURE("localhost:1", "--pem", "--json"), 2, "exclude each other");
    expect(CAPTURE("localhost:1", "--timeout", "0"), 2, "--timeout needs");
    expect(CAPTURE("localhost:1", "--starttls", "gopher"), 2, "it takes: none smtp imap");
    expect(CAPTURE("local host"), 2, "local host");
}

/* Built without network, or on a host that has no libcurl. */
static void without_network_it_is_said_and_has_its_exit_status(void **state)
{
    (void)state;
    expect(CAPTURE("localhost:1"), 7, "capturing was not done: ");
}

#define TEST(f) cmocka_unit_test_teardown(f, drop_out)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_chain_is_shown_as_it_is_sent_with_what_is_missing),
        TEST(a_server_that_sends_no_intermediate_is_found_out),
        TEST(wrong_order_and_extras_have_their_places),
        TEST(what_comes_again_is_said_and_a_thousand_are_not_too_many),
        TEST(names_that_steer_a_terminal_are_spelled_out),
        TEST(an_expired_certificate_is_a_finding),
        TEST(pem_is_what_was_sent_and_nothing_else),
        TEST(the_name_that_is_asked_for_is_the_one_that_is_judged),
        TEST(a_truststore_judges_and_what_it_lacks_is_told),
        TEST(what_a_truststore_has_is_not_unknown),
        TEST(a_truststore_opens_without_its_password_as_for_a_jvm),
        TEST(the_bundle_of_the_host_is_a_truststore_by_its_name),
        TEST(each_truststore_has_its_verdict),
        TEST(a_certificate_that_is_demanded_is_shown_when_it_is_named),
        TEST(a_certificate_that_is_refused_is_a_finding),
        TEST(a_client_without_a_key_is_a_mistake),
        TEST(many_are_listed_in_a_file_and_told_in_its_order),
        TEST(a_list_may_come_through_a_pipe),
        TEST(certificates_of_many_say_whose_they_are),
        TEST(a_server_that_speaks_in_clear_is_told_by_its_protocol),
        TEST(an_issuer_that_was_not_sent_is_fetched_on_request),
        TEST(a_proxy_of_the_environment_is_named),
        TEST(a_password_of_a_proxy_is_not_taken_from_the_command_line),
        TEST(what_makes_no_sense_is_refused),
    };
    const struct CMUnitTest without[] = {
        TEST(without_network_it_is_said_and_has_its_exit_status),
        TEST(what_makes_no_sense_is_refused),
    };
    if (!ks_network())
        return cmocka_run_group_tests_name("without network", without, make_all, drop_all);
    return cmocka_run_group_tests(tests, make_all, drop_all);
}
