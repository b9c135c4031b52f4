/* ksx explain: from words, logs and ids to causes, and whether a keystore has them. */
#include "run_words.h"

#define AT "--at", "2026-03-01"
#define INBOUND KSX_DATA "/inbound.p12"
#define CUT KSX_DATA "/truncated.jks"
#define PKIX                                                                                       \
    "javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider."       \
    "certpath.SunCertPathBuilderException: unable to find valid certification path to requested "  \
    "target"

static const char *const changeit[] = {"KSX_P=changeit", NULL};
static const struct run_options with_password = {.env = changeit};

#define EXPLAIN_IN(...)                                                                            \
    RUN_WITH(&with_password, KSX_PROGRAM, "explain", AT, "--pass", "env:KSX_P", "--in", INBOUND,   \
             __VA_ARGS__)

/* ---- where the text is from ---- */

static void a_message_is_explained_with_its_causes(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "explain", PKIX);
    assert_int_equal(r.exit, 0);
    EXPECT(r.out, "1. Java, line 1\n   | javax.net.ssl.SSLHandshakeException: PKIX", "It says: ",
           "Look at: ", "Caused by, the likeliest first:\n   1 CHAIN-MISSING-INTERMEDIATE",
           "The issuer is not in the chain\n");
    assert_false(has(r.out, "YES") || has(r.out, "not looked for"));
    run_free(&r);
}

static void words_files_and_standard_input_are_the_same(void **state)
{
    (void)state;
    const char *path = run_file("log", PKIX "\n");
    struct run_options piped = {.input = PKIX "\n"};
    struct run word = RUN(KSX_PROGRAM, "explain", PKIX);
    struct run file = RUN(KSX_PROGRAM, "explain", path);
    struct run dash = RUN_WITH(&piped, KSX_PROGRAM, "explain", "-");
    struct run none = RUN_WITH(&piped, KSX_PROGRAM, "explain");
    assert_string_equal(file.out, word.out);
    assert_string_equal(dash.out, word.out);
    assert_string_equal(none.out, word.out);
    run_free(&word);
    run_free(&file);
    run_free(&dash);
    run_free(&none);
    (void)unlink(path);
    word = RUN(KSX_PROGRAM, "explain", "certificate", "has", "expired"); /* no quotes */
    assert_int_equal(word.exit, 0);
    EXPECT(word.out, "CERT-EXPIRED");
    run_free(&word);
}

static void a_log_tells_where_and_how_often(void **state)
{
    (void)state;
    const char *path =
        run_file("log", "start -Djavax.net.ssl.trustStorePassword=hunter2\n"
                 "I/O error on GET request for \"https://joe:hunter2@iq.example.com:8443/\"\n"
                 "\tat a.b.C\n"
                 "Caused by: java.security.KeyStoreException: problem accessing trust store\n"
                 "Caused by: java.io.IOException: keystore password was incorrect\n"
                 "certificate has expired password=hunter2\ncertificate has expired\n");
    struct run r = RUN(KSX_PROGRAM, "explain", path);
    assert_int_equal(r.exit, 0);
    EXPECT(r.out, "1. OpenSSL, curl, GnuTLS, Go, Python, browsers, line 6, 2 times\n",
           "password=***", "2. Java, OpenSSL, line 5, host iq.example.com:8443\n",
           "3. Java, line 4");
    assert_false(has(r.out, "hunter2"));
    run_free(&r);
    (void)unlink(path);
}

static void what_is_not_known_is_said_to_be(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "explain", "the dog ate it");
    assert_int_equal(r.exit, 1);
    EXPECT(r.out, "No message that ksx knows is in this (1 line)", "ksx check FILE");
    run_free(&r);
    r = RUN(KSX_PROGRAM, "explain", "--json", "the dog ate it");
    json_t *json = parsed(&r);
    assert_int_equal(json_array_size(json_object_get(json, "messages")), 0);
    assert_int_equal(json_integer_value(json_object_get(json, "lines")), 1);
    assert_int_equal(r.exit, 1);
    json_decref(json);
    run_free(&r);
}

static void a_log_that_is_not_there_is_no_message(void **state)
{
    (void)state;
    static const char *const paths[] = {"no-such.log", "/nonexistent/server", KSX_DATA};
    for (size_t i = 0; i < 3; i++) {
        struct run r = RUN(KSX_PROGRAM, "explain", paths[i]);
        assert_int_equal(r.exit, 3);
        assert_string_equal(r.out, "");
        EXPECT(r.err, "was not read");
        run_free(&r);
    }
}

/* ---- in keystores ---- */

static void a_cause_is_looked_for_and_the_repair_is_named(void **state)
{
    (void)state;
    struct run r = EXPLAIN_IN("--from", KSX_DATA "/truststore.jks", PKIX);
    assert_int_equal(r.exit, 0);
    EXPECT(r.out, "looked for in ", "inbound.p12:\n   1 CHAIN-MISSING-INTERMEDIATE  YES ",
           "inbound.p12/nexus-iq-server: ", "mended by ksx repair ", " --from ",
           "CERT-SELF-SIGNED            no ", "TRUST-CANNOT-ANCHOR         ? ",
           "not looked for: that takes the chain that the server sends; with it",
           "saved as chain.pem, ksx prove chain.pem --trust\n");
    run_free(&r);
}

/* Absence says nothing where nobody could look. */
static void what_was_not_opened_is_not_said_to_be_free_of_a_cause(void **state)
{
    (void)state;
    static const char *const wrong[] = {"KSX_P=wrong", NULL};
    static const struct run_options with_wrong = {.env = wrong};
    struct run r = RUN_WITH(&with_wrong, KSX_PROGRAM, "explain", "--pass", "env:KSX_P", "--in",
                            INBOUND, "the trustAnchors parameter must be non-empty");
    assert_int_equal(r.exit, 4);
    EXPECT(r.out, "P12-TRUST-INVISIBLE         ? ", "not looked for: the keystore is locked");
    assert_false(has(r.out, " no  "));
    run_free(&r);
    r = RUN(KSX_PROGRAM, "explain", "--in", "no-such.jks", "Cannot recover key");
    assert_int_equal(r.exit, 3);
    EXPECT(r.out, "STORE-KEYPASS-DIFFERS       ? ", "the keystore was not opened");
    run_free(&r);
    r = RUN(KSX_PROGRAM, "explain", "--json", "--in", "no-such.jks", "Cannot recover key");
    EXPECT(r.out, "\"found\":null");
    run_free(&r);
    r = RUN(KSX_PROGRAM, "explain", "--pass", "none", "--in", INBOUND, "key values mismatch");
    EXPECT(r.out, "KEY-CERT-MISMATCH           ? ");
    run_free(&r);
}

static void the_host_of_the_message_is_asked_for(void **state)
{
    (void)state;
    struct run r = EXPLAIN_IN("No subject alternative DNS name matching other.example found.");
    EXPECT(r.out, "host other.example\n", "CERT-HOST-MISMATCH          YES ", "other.example");
    run_free(&r);
    r = EXPLAIN_IN("ERR_CERT_COMMON_NAME_INVALID");
    EXPECT(r.out, "CERT-HOST-MISMATCH          ? ", "--host says which name clients ask for");
    run_free(&r);
}

static void what_stops_a_keystore_from_opening_is_evidence(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "explain", "--pass", "env:KSX_P", "--in",
                            CUT, "java.io.EOFException at sun.security.provider.JavaKeyStore");
    EXPECT(r.out, "STORE-TRUNCATED             YES ");
    assert_int_equal(r.exit, 3);
    run_free(&r);
}

static void json_says_found_or_not_or_not_looked_for(void **state)
{
    (void)state;
    struct run r = EXPLAIN_IN("--json", PKIX);
    json_t *json = parsed(&r);
    const json_t *message = json_array_get(json_object_get(json, "messages"), 0);
    const json_t *causes = json_object_get(message, "findings"), *first = json_array_get(causes, 0);
    assert_string_equal(text_of(json, "command"), "explain");
    assert_string_equal(text_of(message, "name"), "path-building-failed");
    assert_string_equal(text_of(message, "quote"), PKIX);
    assert_true(json_is_true(json_object_get(message, "rootCause")));
    assert_string_equal(text_of(first, "id"), "CHAIN-MISSING-INTERMEDIATE");
    assert_true(json_is_true(json_object_get(first, "found")));
    assert_string_equal(text_of(json_array_get(json_object_get(first, "evidence"), 0), "alias"),
                        "nexus-iq-server");
    for (size_t i = 0; i < json_array_size(causes); i++) {
        const json_t *cause = json_array_get(causes, i), *found = json_object_get(cause, "found");
        if (strcmp(text_of(cause, "id"), "TRUST-CANNOT-ANCHOR") == 0)
            assert_true(json_is_null(found));
        if (strcmp(text_of(cause, "id"), "CHAIN-LOOP") == 0)
            assert_true(json_is_false(found));
    }
    json_decref(json);
    run_free(&r);
}

/* ---- ids ---- */

static void the_id_of_a_finding_is_explained_itself(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "explain", "chain-wrong-issuer", "CERT-NO-SAN");
    assert_int_equal(r.exit, 0);
    EXPECT(r.out, "CHAIN-WRONG-ISSUER  error: ", "\n  rule ", "\n  why ", "\n  to do ", "\n  refused by ",
           "\n  Java ", "\n  curl ", "\n  messages ", "path-building-failed",
           "\nCERT-NO-SAN  error: ", "common-name-only");
    run_free(&r);
    r = EXPLAIN_IN("CHAIN-MISSING-INTERMEDIATE");
    EXPECT(r.out, "CHAIN-MISSING-INTERMEDIATE  YES ");
    run_free(&r);
    r = RUN(KSX_PROGRAM, "explain", "--json", "CHAIN-WRONG-ISSUER");
    json_t *json = parsed(&r);
    const json_t *row = json_array_get(json_object_get(json, "findings"), 0);
    assert_string_equal(text_of(row, "id"), "CHAIN-WRONG-ISSUER");
    assert_string_equal(text_of(row, "severity"), "error");
    assert_true(json_array_size(json_object_get(row, "rejects")) > 0);
    assert_true(json_array_size(json_object_get(row, "messages")) > 0);
    json_decref(json);
    run_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_explained_with_its_causes),
        cmocka_unit_test(words_files_and_standard_input_are_the_same),
        cmocka_unit_test(a_log_tells_where_and_how_often),
        cmocka_unit_test(what_is_not_known_is_said_to_be),
        cmocka_unit_test(a_log_that_is_not_there_is_no_message),
        cmocka_unit_test(a_cause_is_looked_for_and_the_repair_is_named),
        cmocka_unit_test(what_was_not_opened_is_not_said_to_be_free_of_a_cause),
        cmocka_unit_test(the_host_of_the_message_is_asked_for),
        cmocka_unit_test(what_stops_a_keystore_from_opening_is_evidence),
        cmocka_unit_test(json_says_found_or_not_or_not_looked_for),
        cmocka_unit_test(the_id_of_a_finding_is_explained_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
