/* export and snippet, as a user runs them. */
#include "saving.h"

#include "x509/cert.h"

#include <jansson.h>

static const char *const words[] = {"KSX_P=changeit", "KSX_Q=for the road", NULL};
static const struct run_options with_passwords = {.env = words};

#define KSX(...) RUN_WITH(&with_passwords, KSX_PROGRAM, __VA_ARGS__, "--pass", "env:KSX_P")

static void assert_says(struct run r, int exit, const char *text)
{
    if (!strstr(r.err, text) && !strstr(r.out, text))
        fail_msg("not said: %s\n%s%s", text, r.out, r.err);
    if (r.exit != exit)
        fail_msg("ended with %d, not %d\n%s%s", r.exit, exit, r.out, r.err);
    run_free(&r);
}

/* A key pair "web" signed by "ca". */
static const char *made(const char *name)
{
    const char *path = in_dir(name);
    assert_says(KSX("gen", path, "--alias", "ca", "--alg", "ec:p-256", "--dn", "CN=Root", "--use",
                    "ca", "--new-pass", "env:KSX_P"),
                0, "is written");
    assert_says(
        KSX("gen", path, "--alias", "web", "--alg", "ec:p-256", "--dn", "CN=www", "--signer", "ca"),
        0, "is written");
    return path;
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static void a_certificate_goes_to_standard_output(void **state)
{
    (void)state;
    const char *path = made("a.p12");
    struct run r = KSX("export", path, "web");
    assert_int_equal(r.exit, 0);
    assert_int_equal(strncmp(r.out, "-----BEGIN CERTIFICATE-----\n", 28), 0);
    assert_int_equal(count_of(r.out, "BEGIN"), 1);
    run_free(&r);
    r = KSX("export", path, "ca", "web", "--what", "chain", "--text");
    assert_int_equal(count_of(r.out, "BEGIN CERTIFICATE"), 2);
    assert_int_equal(strncmp(r.out, "subject=CN=www\nissuer=CN=Root\n", 30), 0);
    run_free(&r);
}

static void a_key_is_written_encrypted_and_never_over_a_file(void **state)
{
    (void)state;
    const char *path = made("a.p12"), *out = in_dir("key.pem");
    assert_says(KSX("export", path, "web", "--what", "key", "--new-pass", "env:KSX_Q", "-o", out),
                0, "is written");
    assert_int_equal(mode_of(out), 0600);
    struct run r = RUN("openssl", "pkey", "-in", out, "-passin", "pass:for the road", "-noout");
    assert_int_equal(r.exit, 0);
    run_free(&r);
    r = RUN("openssl", "pkey", "-in", out, "-passin", "pass:changeit", "-noout");
    assert_int_not_equal(r.exit, 0);
    run_free(&r);
    assert_says(KSX("export", path, "web", "--what", "key", "--unencrypted", "-o", out), 6,
                "there is a file of that name");
    assert_says(KSX("export", path, "web", "--what", "key", "-o", in_dir("no.pem")), 4, "password");
    assert_says(KSX("export", path, "web", "--what", "key", "--unencrypted", "-o", out, "--force"),
                0, "is written");
}

static void a_pair_becomes_the_two_files_of_nginx(void **state)
{
    (void)state;
    const char *path = made("a.p12"), *chain = in_dir("c.pem"), *key = in_dir("k.pem");
    struct run r = KSX("export", path, "web", "--what", "pair", "--unencrypted", "-o", chain,
                       "--key-output", key, "--json");
    json_t *o = json_loads(r.out, 0, NULL);
    assert_non_null(o);
    assert_string_equal(json_string_value(json_object_get(o, "output")), chain);
    assert_string_equal(json_string_value(json_object_get(o, "keyOutput")), key);
    assert_true(json_is_true(json_object_get(o, "written")));
    assert_true(json_array_size(json_object_get(o, "commands")) > 0);
    json_decref(o);
    run_free(&r);
    assert_int_equal(mode_of(chain), 0644);
    assert_int_equal(mode_of(key), 0600);
    assert_says(KSX("export", path, "web", "--key-output", key, "-o", chain), 2, "--what pair");
    assert_says(KSX("export", path, "web", "--what", "pair", "--unencrypted", "-o", in_dir("s"),
                    "--key-output", in_dir("s")),
                2, "the same file");
    assert_says(KSX("export", path, "web", "--what", "pair", "--unencrypted", "-o", chain,
                    "--key-output", in_dir("other.pem")),
                6, "there is a file of that name");
    assert_int_not_equal(access(in_dir("other.pem"), F_OK), 0);
    char *twice = ks_asprintf("%s/./s", in_dir("")), *nowhere = ks_strdup(in_dir("none/k.pem"));
    assert_says(KSX("export", path, "web", "--what", "pair", "--unencrypted", "-o", in_dir("s"),
                    "--key-output", twice),
                2, "the same file");
    for (int dry = 0; dry < 2; dry++) {
        assert_says(KSX("export", path, "web", "--what", "pair", "--unencrypted", "-o", in_dir("s"),
                        "--key-output", nowhere, dry ? "--dry-run" : "--quiet"),
                    6, "there is no directory");
        assert_says(KSX("export", path, "web", "--what", "cert", "-o", nowhere,
                        dry ? "--dry-run" : "--quiet"),
                    6, "there is no directory");
    }
    assert_int_not_equal(access(in_dir("s"), F_OK), 0);
    free(twice);
    free(nowhere);
    r = KSX("export", path, "web", "--what", "pair", "--unencrypted", "-o", in_dir("x.pem"),
            "--key-output", in_dir("y.pem"), "--dry-run");
    assert_non_null(strstr(r.out, " -nocerts -nodes -out "));
    assert_non_null(strstr(r.out, " -nokeys -out "));
    run_free(&r);
}

static void nothing_goes_over_the_keystore_or_through_a_link(void **state)
{
    (void)state;
    const char *path = made("a.p12"), *link = in_dir("link.pem"), *other = in_dir("elsewhere.pem");
    struct ks_buf before = read_file(path);
    assert_says(KSX("export", path, "web", "--what", "pair", "--unencrypted", "--key-output", path,
                    "-o", in_dir("c.pem"), "--force"),
                6, "it is the keystore itself");
    struct ks_buf after = read_file(path);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, after.len);
    ks_buf_free(&before);
    ks_buf_free(&after);
    assert_int_equal(symlink(other, link), 0);
    assert_says(KSX("export", path, "web", "--what", "key", "--unencrypted", "-o", link), 6,
                "there is a file of that name");
    assert_int_not_equal(access(other, F_OK), 0);
}

/* What a screen must not show as it is must not change a word of a command either. */
static void a_command_that_is_pasted_does_what_it_says(void **state)
{
    (void)state;
    const char *path = made("a.p12"), *proof = in_dir("proof"), *run = in_dir("run.sh");
    char *alias = ks_asprintf("x\xe2\x80\xae'$(touch %s)'", proof);
    assert_says(KSX("rename", path, "web", alias), 0, "is written");
    struct run r = KSX("export", path, alias, "-n", "-o", in_dir("f.pem"));
    char *command = strstr(r.out, "keytool ");
    assert_non_null(command);
    memcpy(command, "true   ", 7);
    command[strcspn(command, "\n")] = '\0';
    FILE *f = fopen(run, "w");
    assert_non_null(f);
    (void)fprintf(f, "%s\n", command);
    (void)fclose(f);
    run_free(&r);
    r = RUN("bash", run);
    assert_int_equal(r.exit, 0);
    assert_int_not_equal(access(proof, F_OK), 0);
    run_free(&r);
    free(alias);
}

static void what_cannot_leave_is_said_before_a_password_is_asked_for(void **state)
{
    (void)state;
    const char *path = made("a.p12");
    assert_says(KSX("convert", path, "--to", "pem", "-o", in_dir("all.pem")), 0, "is written");
    const char *cert = in_dir("cert.pem");
    assert_says(KSX("export", path, "web", "-o", cert), 0, "is written: certificate");
    assert_says(KSX("export", cert, "www", "--what", "key", "-o", in_dir("x")), 6,
                "it holds no private key");
    assert_says(KSX("export", path, "web", "--what", "pair", "--format", "der", "--unencrypted",
                    "-o", in_dir("y")),
                2, "--what pair is not written as --format der");
    assert_says(KSX("export", path, "nobody"), 2, "nobody");
}

static void a_dry_run_writes_no_file(void **state)
{
    (void)state;
    const char *path = made("a.p12"), *out = in_dir("not.pem");
    assert_says(KSX("export", path, "web", "-o", out, "--dry-run"), 0, "dry run");
    assert_int_not_equal(access(out, F_OK), 0);
}

static void snippets_name_the_keystore(void **state)
{
    (void)state;
    const char *path = made("a.p12");
    char *line = ks_asprintf("server.ssl.key-store=file:%s\n", path);
    struct run r = KSX("snippet", path, "web", "--for", "spring");
    assert_int_equal(r.exit, 0);
    assert_non_null(strstr(r.out, line));
    assert_null(strstr(r.out, "changeit"));
    free(line);
    run_free(&r);
    r = KSX("snippet", path, "web", "--for", "jvm");
    assert_non_null(strstr(r.out, " \\\n  -Djavax.net.ssl.keyStoreType=PKCS12 \\\n  -D"));
    run_free(&r);
    r = KSX("snippet", path, "--json");
    json_t *o = json_loads(r.out, 0, NULL);
    assert_non_null(o);
    assert_int_equal(json_array_size(json_object_get(o, "snippets")), 8);
    json_decref(o);
    run_free(&r);
}

static void an_impossible_format_is_said_before_a_password_is_asked_for(void **state)
{
    (void)state;
    const char *path = made("a.p12");
    assert_says(RUN(KSX_PROGRAM, "export", path, "web", "--what", "key", "--format", "p7b"), 2,
                "--what key is not written as --format p7b");
    assert_says(KSX("export", path, "web", "--json"), 2, "-o FILE writes it to a file");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_certificate_goes_to_standard_output),
        TEST(a_key_is_written_encrypted_and_never_over_a_file),
        TEST(a_pair_becomes_the_two_files_of_nginx),
        TEST(nothing_goes_over_the_keystore_or_through_a_link),
        TEST(a_command_that_is_pasted_does_what_it_says),
        TEST(what_cannot_leave_is_said_before_a_password_is_asked_for),
        TEST(a_dry_run_writes_no_file),
        TEST(snippets_name_the_keystore),
        TEST(an_impossible_format_is_said_before_a_password_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
