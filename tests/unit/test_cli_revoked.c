/* ksx check --revocation: who is asked, what is told, and what is not done unasked. */
#include "run_words.h"

#include "net/dial.h"
#include "responder.h"
#include "x509/cert.h"

#include <jansson.h>
#include <sys/stat.h>

#define HOUR 3600
#define AT "--at", "2026-03-01T00:00:00Z"

static struct responder ca;
static struct loopback *server;
static struct ks_blob *leaf_der, *root_der;
static struct ks_cert leaf, root; /* in them */
static char dir[] = "/tmp/ksx-revoked-XXXXXX", chain[64], list[64], url[64];

static const char *const no_proxy[] = {"no_proxy=*", NULL};
static const struct run_options direct = {.env = no_proxy};

#define CHECK(...) RUN_WITH(&direct, KSX_PROGRAM, "check", AT, __VA_ARGS__, chain)

static void put(const char *path, const struct ks_buf *text)
{
    FILE *f = fopen(path, "w");
    assert_true(f && fwrite(text->data, 1, text->len, f) == text->len && fclose(f) == 0);
}

static void put_files(void)
{
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_blob *crl = make_list(&(struct make_list){
        .issuer = "Root", .revoked = 77, .reason = 4, .made = -HOUR, .until = HOUR});
    ks_pem_write("CERTIFICATE", ks_cert_der(&leaf), &pem);
    ks_pem_write("CERTIFICATE", ks_cert_der(&root), &pem);
    put(chain, &pem);
    ks_buf_clear(&pem);
    ks_pem_write("X509 CRL", ks_blob_slice(crl), &pem);
    put(list, &pem);
    ks_buf_free(&pem);
    ks_blob_unref(crl);
}

static int open_ca(void **state)
{
    char access[96];
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(chain, sizeof chain, "%s/chain.pem", dir);
    (void)snprintf(list, sizeof list, "%s/list.pem", dir);
    server = responder_start(&ca);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/ocsp", (unsigned)loopback_port(server));
    (void)snprintf(access, sizeof access, "OCSP;URI:%s", url);
    root_der = make_cert(&(struct make_cert){.cn = "Root", .ca = true});
    leaf_der = make_cert(
        &(struct make_cert){.cn = "app.example", .issuer = "Root", .serial = 77, .access = access});
    assert_true(ks_cert_skim(ks_blob_slice(root_der), &root) &&
                ks_cert_skim(ks_blob_slice(leaf_der), &leaf));
    ca.answer = (struct make_answer){.cert = &leaf,
                                     .issuer = &root,
                                     .reason = 1,
                                     .revoked = make_time("2026-02-03"),
                                     .made = -HOUR,
                                     .until = HOUR,
                                     .key = make_key("Root"),
                                     .signer = &root};
    put_files();
    return 0;
}

static int close_ca(void **state)
{
    (void)state;
    loopback_stop(server);
    ks_blob_unref(leaf_der);
    ks_blob_unref(root_der);
    (void)unlink(chain);
    (void)unlink(list);
    return rmdir(dir);
}

static void needs_network(void)
{
    if (!ks_network())
        skip();
}

static void a_good_certificate_is_told_with_who_says_so(void **state)
{
    (void)state;
    needs_network();
    ca.answer.status = V_OCSP_CERTSTATUS_GOOD;
    struct run r = CHECK("--revocation", "--private");
    assert_int_equal(r.exit, 0);
    EXPECT(r.err, "ksx: asking ", url);
    EXPECT(r.out, "\ngood     ", "'app.example' is not revoked, says OCSP ", url,
           ", asked 2026-03-01 00:00:00, until 2026-03-01 01:00:00\n");
    run_free(&r);
    r = CHECK("--revocation", "--private", "-q");
    assert_string_equal(r.out, "");
    assert_string_equal(r.err, "");
    run_free(&r);
}

static void a_proxy_is_the_one_that_was_named(void **state)
{
    static const char *const environment[] = {
        "no_proxy=", "NO_PROXY=", "http_proxy=http://127.0.0.1:1", NULL};
    static const struct run_options proxied = {.env = environment};
    size_t before = loopback_count(server);
    (void)state;
    needs_network();
    ca.answer.status = V_OCSP_CERTSTATUS_GOOD;
    struct run r = CHECK("--revocation", "--private", "--proxy", "127.0.0.1:1");
    EXPECT(r.err, "ksx: asking ", url);
    assert_false(has(r.out, "\ngood "));
    run_free(&r);
    r = RUN_WITH(&proxied, KSX_PROGRAM, "check", AT, "--revocation", "--private", chain);
    EXPECT(r.err, url, " through the proxy 127.0.0.1:1 (http_proxy)\n");
    run_free(&r);
    assert_int_equal(loopback_count(server), before);
    r = RUN_WITH(&proxied, KSX_PROGRAM, "check", AT, "--revocation", "--private", "--proxy", "none",
                 chain);
    assert_false(has(r.err, "through"));
    EXPECT(r.out, "\ngood ");
    run_free(&r);
}

static void a_revoked_one_is_an_error(void **state)
{
    (void)state;
    needs_network();
    ca.answer.status = V_OCSP_CERTSTATUS_REVOKED;
    struct run r = CHECK("--responder", url, "--private", "--json");
    assert_int_equal(r.exit, 1);
    json_t *all = json_loads(r.out, 0, NULL);
    json_t *file = json_array_get(json_object_get(all, "keystores"), 0);
    json_t *asked = json_object_get(file, "revocation");
    assert_int_equal(json_array_size(asked), 1); /* nobody can revoke the root */
    static const char *const members[][2] = {
        {"certificate", "CN=app.example"},     {"status", "revoked"},
        {"revokedAt", "2026-02-03T00:00:00Z"}, {"reason", "key compromise"},
        {"produced", "2026-02-28T23:00:00Z"},  {"until", "2026-03-01T01:00:00Z"},
        {"asked", "2026-03-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        assert_string_equal(
            json_string_value(json_object_get(json_array_get(asked, 0), members[i][0])),
            members[i][1]);
    assert_true(json_is_null(json_object_get(json_array_get(asked, 0), "why")));
    EXPECT(r.out, "\"id\":\"CERT-REVOKED\"");
    json_decref(all);
    run_free(&r);
}

static void nobody_is_asked_unasked(void **state)
{
    (void)state;
    needs_network();
    size_t before = loopback_count(server);
    struct run r = CHECK("--json");
    assert_false(has(r.out, "revocation"));
    assert_string_equal(r.err, "");
    run_free(&r);
    r = CHECK("--revocation"); /* and nobody on this host without a word more */
    assert_int_equal(r.exit, 0);
    EXPECT(r.out, "note     REVOCATION-UNKNOWN", "its port is neither 80 nor 443");
    EXPECT(r.err, "are asked with --private only");
    run_free(&r);
    assert_int_equal(loopback_count(server), before);
}

static void a_list_at_hand_needs_nobody(void **state)
{
    (void)state;
    size_t before = loopback_count(server);
    struct run r = CHECK("--crl", list);
    assert_int_equal(r.exit, 1);
    EXPECT(r.out, "was revoked 2026-02-03 (superseded), says list ", list);
    assert_false(has(r.out, "asked"));
    assert_string_equal(r.err, "");
    run_free(&r);
    r = CHECK("--crl", "no-such.crl");
    assert_int_equal(r.exit, 3);
    const char *once = strstr(r.err, "ksx: no-such.crl");
    assert_non_null(once);
    assert_null(strstr(once + 1, "ksx: "));
    run_free(&r);
    r = CHECK("--crl", chain);
    assert_int_equal(r.exit, 3);
    EXPECT(r.err, "holds no revocation list");
    run_free(&r);
    assert_int_equal(loopback_count(server), before);
}

static void what_is_no_responder_is_refused(void **state)
{
    (void)state;
    struct run r = CHECK("--responder", "file:///etc/passwd");
    assert_int_equal(r.exit, 2);
    EXPECT(r.err, "--responder: file:///etc/passwd: ");
    run_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_certificate_is_told_with_who_says_so),
        cmocka_unit_test(a_proxy_is_the_one_that_was_named),
        cmocka_unit_test(a_revoked_one_is_an_error),
        cmocka_unit_test(nobody_is_asked_unasked),
        cmocka_unit_test(a_list_at_hand_needs_nobody),
        cmocka_unit_test(what_is_no_responder_is_refused),
    };
    return cmocka_run_group_tests(tests, open_ca, close_ca);
}
