/*
 * Asking from the explorer whether certificates were revoked: nobody is asked before both questions
 * are answered, and what came stays with its time.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include "../unit/responder.h"
#include "net/dial.h"
#include "x509/cert.h"

#include <openssl/pem.h>

#define HOUR 3600

static struct responder responder;
static struct loopback *server;
static struct ks_blob *leaf_der, *root_der;
static struct ks_cert leaf, root; /* in them */

/* chain.pem: a key, its certificate that names the server of the test, and the root. */
static int open_ca(void **state)
{
    char access[96];
    if (sandbox_make(state) != 0)
        return 1;
    server = responder_start(&responder);
    (void)snprintf(access, sizeof access, "OCSP;URI:http://127.0.0.1:%u/ocsp",
                   (unsigned)loopback_port(server));
    root_der = make_cert(&(struct make_cert){.cn = "Root", .ca = true});
    leaf_der = make_cert(&(struct make_cert){.cn = "app.example",
                                             .san = "DNS:app.example",
                                             .issuer = "Root",
                                             .serial = 77,
                                             .access = access});
    assert_true(ks_cert_skim(ks_blob_slice(root_der), &root) &&
                ks_cert_skim(ks_blob_slice(leaf_der), &leaf));
    responder.answer = (struct make_answer){.cert = &leaf,
                                            .issuer = &root,
                                            .status = V_OCSP_CERTSTATUS_REVOKED,
                                            .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                            .revoked = make_time("2026-02-03"),
                                            .made = -HOUR,
                                            .until = HOUR,
                                            .key = make_key("Root"),
                                            .signer = &root};
    struct ks_buf pem = KS_BUF_INIT;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_true(
        PEM_write_bio_PKCS8PrivateKey(bio, make_key("app.example"), NULL, NULL, 0, NULL, NULL));
    long len = BIO_get_mem_data(bio, &text);
    ks_buf_append(&pem, text, (size_t)len);
    ks_pem_write("CERTIFICATE", ks_cert_der(&leaf), &pem);
    ks_pem_write("CERTIFICATE", ks_cert_der(&root), &pem);
    put_text("chain.pem", ks_buf_text(&pem));
    BIO_free(bio);
    ks_buf_free(&pem);
    return 0;
}

static int close_ca(void **state)
{
    loopback_stop(server);
    ks_blob_unref(leaf_der);
    ks_blob_unref(root_der);
    return sandbox_drop(state);
}

static struct pty *on_entry(void)
{
    if (!ks_network())
        skip();
    struct pty *t = start_in_box(24, 100, (const char *const[]){"no_proxy=*", NULL},
                                 (const char *const[]){"chain.pem", NULL});
    pty_wait(t, "K app.example");
    pty_type(t, "j");
    wait_cursor_on(t, "app.example");
    pty_type(t, "a");
    pty_wait(t, "Ask whether it was revoked");
    pty_wait(t, "http://127.0.0.1:");
    return t;
}

static void nobody_is_asked_before_both_questions_are_answered(void **state)
{
    (void)state;
    struct pty *t = on_entry();
    pty_type(t, "<Enter>"); /* answers nothing */
    pty_type(t, "n");
    pty_wait_gone(t, "Ask whether");
    pty_type(t, "a");
    pty_wait(t, "Ask whether it was revoked");
    pty_type(t, "y");
    pty_wait(t, "Not asked yet");
    pty_wait(t, "127.0.0.1");
    pty_type(t, "n");
    pty_wait(t, "Nobody tells about the certificate");
    assert_int_equal(loopback_count(server), 0);
    pty_type(t, "7");
    pty_wait(t, "REVOCATION-UNKNOWN");
    quit(t);
}

static void what_came_is_a_finding_with_its_time(void **state)
{
    (void)state;
    struct pty *t = on_entry();
    pty_type(t, "y");
    pty_wait(t, "Not asked yet");
    pty_type(t, "y");
    pty_wait(t, "A certificate was revoked: 7 shows");
    pty_type(t, "7");
    pty_wait(t, "CERT-REVOKED");
    pty_wait(t, "was revoked 2026-02-03 (key");
    pty_wait(t, "asked 2026-03-01 00:00:00");
    assert_int_equal(loopback_count(server), 1);
    /* The CA may change its mind: what is known for good is asked again when somebody asks. */
    responder.answer.status = V_OCSP_CERTSTATUS_GOOD;
    pty_type(t, "a");
    pty_wait(t, "Ask whether it was revoked");
    pty_type(t, "y");
    pty_wait(t, "Not asked yet");
    pty_type(t, "y");
    pty_wait(t, "The certificate is not revoked");
    pty_wait(t, "'app.example' is not revoked");
    pty_wait_gone(t, "CERT-REVOKED");
    quit(t);
}

static void where_nobody_can_be_asked_it_is_said_so(void **state)
{
    (void)state;
    if (!ks_network())
        skip();
    struct pty *t = start_inbound(24, 100, NULL);
    pty_type(t, "a");
    pty_wait(t, "Nobody was asked: choose an entry");
    pty_type(t, "ja");
    pty_wait(t, "Nobody was asked: no certificate names a responder");
    quit(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_is_asked_before_both_questions_are_answered, open_ca,
                                        close_ca),
        cmocka_unit_test_setup_teardown(what_came_is_a_finding_with_its_time, open_ca, close_ca),
        cmocka_unit_test_setup_teardown(where_nobody_can_be_asked_it_is_said_so, sandbox_make,
                                        sandbox_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
