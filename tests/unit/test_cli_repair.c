/* repair, as a user runs it. */
#include "saving.h"

#include "broken.h"

#include <jansson.h>

static const char *const environment[] = {"KSX_P=changeit", "KSX_K=of the key", "KSX_O=other one",
                                          NULL};
static const struct run_options with_passwords = {.env = environment};

#define KSX(...)                                                                                   \
    RUN_WITH(&with_passwords, KSX_PROGRAM, "repair", "--at", "2026-03-01", "--pass", "env:KSX_P",  \
             __VA_ARGS__)

static void assert_says(struct run r, int exit, const char *words)
{
    if (!strstr(r.err, words) && !strstr(r.out, words))
        fail_msg("not said: %s\n%s%s", words, r.out, r.err);
    if (r.exit != exit)
        fail_msg("ended with %d, not %d\n%s%s", r.exit, exit, r.out, r.err);
    run_free(&r);
}

static void assert_prints(const struct run *r, const char *words)
{
    if (!strstr(r->out, words))
        fail_msg("not printed: %s\n%s%s", words, r->out, r->err);
}

/* Frees the store. */
static const char *file_of(const char *name, struct ks_store *s)
{
    struct ks_buf bytes = op_written(s, s->now);
    const char *path = write_file(in_dir(name), slice_of(&bytes));
    ks_buf_free(&bytes);
    ks_store_free(s);
    return path;
}

static const char *broken_file(const char *name, const struct ks_format *format,
                               const char *letters)
{
    return file_of(name, broken_store(format, letters));
}

static const char *pem_of(const char *name, const char *letters)
{
    struct ks_buf pem = KS_BUF_INIT;
    for (; *letters; letters++)
        if (*letters != ' ')
            ks_pem_write("CERTIFICATE", ks_blob_slice(broken_cert(*letters)), &pem);
    const char *path = write_file(in_dir(name), slice_of(&pem));
    ks_buf_free(&pem);
    return path;
}

static void assert_chain(const char *path, const char *alias, const char *letters)
{
    struct ks_store *s = open_file(path);
    assert_letters(op_entry(s, alias), letters);
    ks_store_free(s);
}

static const char *misplaced(const char *name)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    broken_add_key(s, "web", "S");
    broken_add_trusted(s, "reply", 'V');
    broken_add_trusted(s, "issuer", 'I');
    broken_add_trusted(s, "root", 'R');
    return file_of(name, s);
}

/* ---- text ---- */

static void a_dry_run_shows_both_chains_and_writes_nothing(void **state)
{
    const char *path = broken_file("a.jks", &ks_format_jks, "X L"), *from = pem_of("ca.pem", "I R");
    struct ks_buf before = read_file(path);
    (void)state;
    struct run r = KSX(path, "--from", from, "--dry-run");
    assert_int_equal(r.exit, 0);
    assert_prints(&r, "web\n"
                      "  before   0 - X\n"
                      "           1   leaf\n"
                      "  after    0   leaf, was 1\n"
                      "           1 + I, from ca.pem, certificate 1 of 2\n"
                      "           2 + R, from ca.pem, certificate 2 of 2\n"
                      "  steps    drop X, which is no part of the chain\n"
                      "           add I from ca.pem, certificate 1 of 2\n"
                      "           add the root R from ca.pem, certificate 2 of 2\n");
    assert_prints(&r, "# web: keytool takes the first certificate for that of the key");
    assert_prints(&r, "nothing was written: this is a dry run");
    assert_null(strstr(r.out, "changeit"));
    run_free(&r);
    struct ks_buf after = read_file(path);
    assert_true(ks_slice_equal(slice_of(&before), slice_of(&after)));
    ks_buf_free(&before);
    ks_buf_free(&after);
}

static void a_repair_is_written_once_and_leaves_a_backup(void **state)
{
    const char *path = broken_file("a.p12", &ks_format_pkcs12, "L");
    (void)state;
    (void)pem_of("issuer.pem", "I");
    (void)pem_of("other.pem", "X R");
    assert_says(KSX(path, "--from", saving_dir), 0, "is written: 1 entry; the former file is");
    assert_chain(path, "web", "L I R");
    assert_chain(in_dir("a.p12.bak"), "web", "L");
    assert_says(KSX(path), 0, "there is nothing to repair");
}

static void what_is_missing_is_said_and_ends_with_1(void **state)
{
    const char *path = broken_file("a.jks", &ks_format_jks, "L");
    struct ks_buf before = read_file(path);
    (void)state;
    struct run r = KSX(path);
    assert_int_equal(r.exit, 1);
    assert_prints(&r, "  missing  Needed: the CA certificate of CN=I (key id ");
    assert_prints(&r, "what remains:\n  error    CHAIN-MISSING-INTERMEDIATE, web\n");
    assert_non_null(strstr(r.err, "--from"));
    run_free(&r);
    assert_says(KSX(path, "--quiet"), 1, "");
    struct ks_buf after = read_file(path);
    assert_true(ks_slice_equal(slice_of(&before), slice_of(&after)));
    ks_buf_free(&before);
    ks_buf_free(&after);
}

/* Clients have it: that nothing needs to be done is no reason to stop a script. */
static void a_root_that_is_not_at_hand_is_said_and_ends_with_0(void **state)
{
    const char *path = broken_file("a.jks", &ks_format_jks, "L"), *from = pem_of("i.pem", "I");
    (void)state;
    for (int again = 0; again < 2; again++) {
        struct run r = KSX(path, "--from", from);
        assert_prints(&r, "missing  Needed: the CA certificate of CN=R");
        assert_prints(&r, "warning  CHAIN-ISSUER-UNKNOWN, web");
        assert_int_equal(r.exit, 0);
        run_free(&r);
    }
    assert_chain(path, "web", "L I");
}

static void what_only_the_ca_can_mend_ends_with_1_as_well(void **state)
{
    (void)state;
    assert_says(KSX(broken_file("a.jks", &ks_format_jks, "N I R")), 1, "CERT-EXPIRED, web");
}

static void only_the_entry_that_is_named_is_repaired(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    broken_add_key(s, "web", "L");
    broken_add_key(s, "mail", "D");
    const char *path = file_of("a.jks", s), *from = pem_of("ca.pem", "I R");
    assert_says(KSX(path, "mail", "--from", from), 1, "CHAIN-MISSING-INTERMEDIATE, web");
    assert_chain(path, "web", "L");
    assert_chain(path, "mail", "D R");
    assert_says(KSX(path, "none"), 2, "there is no entry none");
}

static void a_misplaced_reply_goes_to_its_key(void **state)
{
    const char *path = misplaced("a.p12");
    (void)state;
    assert_says(KSX(path), 0, "remove the trusted entry reply, which is this reply");
    assert_chain(path, "web", "V I R");
    struct ks_store *s = open_file(path);
    assert_int_equal(ks_store_count(s), 3);
    ks_store_free(s);
    path = misplaced("b.p12");
    assert_says(KSX(path, "--keep-leftover"), 0, "install the reply for its key");
    assert_chain(path, "reply", "V");
}

/* ---- options ---- */

static void how_chains_end_can_be_chosen(void **state)
{
    const char *path = broken_file("a.jks", &ks_format_jks, "X L");
    const char *from = pem_of("ca.pem", "F I X R");
    (void)state;
    assert_says(KSX(path, "--from", from, "-n"), 0, "2 chains are possible");
    assert_says(KSX(path, "web", "--from", from, "-n", "--choice", "2"), 0, "1 + I, from ca.pem");
    assert_says(KSX(path, "web", "--from", from, "-n", "--choice", "9"), 2, "2 chains to choose");
    assert_says(KSX(path, "--from", from, "--choice", "2"), 2, "name it");
    assert_says(KSX(path, "web", "--choice", "0"), 2, "--choice needs a number");
    assert_says(KSX(path, "--from", from, "--leave-root", "--keep-extras"), 0, "is written");
    assert_chain(path, "web", "L I X");
}

static void a_key_gets_the_password_of_the_keystore(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    op_append(s, broken_entry(s, "web", "leaf", "of the key", "L I R"));
    const char *path = file_of("a.jks", s);
    assert_says(KSX(path), 1, "Needed: the password of its key");
    assert_says(KSX(path), 1, "nothing was written: --key-pass gives the password of the key");
    assert_says(KSX(path, "--key-pass", "env:KSX_O"), 1, "Needed: the password of its key");
    assert_says(KSX(path, "--key-pass", "env:KSX_K"), 0, "give its key the password");
    s = open_file(path);
    assert_true(op_opens(s, op_entry(s, "web"), "changeit"));
    ks_store_free(s);
}

static void keystores_are_searched_with_passwords_of_their_own(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "other one");
    const char *path = broken_file("a.jks", &ks_format_jks, "L");
    (void)state;
    broken_add_trusted(s, "the issuer", 'I');
    broken_add_trusted(s, "the root", 'R');
    const char *from = file_of("trust.p12", s);
    assert_says(KSX(path, "--from", from), 4, "trust.p12");
    assert_says(KSX(path, "--from", from, "--pass", "trust.p12=env:KSX_O"), 0,
                "trust.p12 \xe2\x80\xba the issuer");
    assert_chain(path, "web", "L I R");
}

static void public_cas_come_from_the_reference(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    broken_add_trusted(s, "mine", 'R');
    const char *path = file_of("trust.p12", s), *reference = pem_of("public.pem", "R X 4");
    assert_says(KSX(path, "--add-public"), 2, "--trust-reference");
    assert_says(KSX(path, "--add-public", "--trust-reference", reference), 0, "trust 2 public CAs");
    s = open_file(path);
    assert_aliases(s->now, "mine x 4");
    ks_store_free(s);
}

/* A bundle of a hundred certificates is not three hundred lines; the commands can be pasted. */
static void check_folds_what_many_entries_have(void **state)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    for (const char *letter = "0456789"; *letter; letter++)
        broken_add_loose(s, *letter);
    const char *path = file_of("trust.p12", s);
    struct run r = RUN_WITH(&with_passwords, KSX_PROGRAM, "check", "--pass", "env:KSX_P", path);
    size_t lines = 0;
    for (const char *at = r.out; (at = strstr(at, "P12-TRUST-INVISIBLE")); at++)
        lines++;
    assert_int_equal(lines, 6);
    assert_prints(&r, "P12-TRUST-INVISIBLE  and 2 more; --json has them all\n"
                      "         mended by ksx repair ");
    run_free(&r);
}

/* What is to be done names the file and the entry that are meant. */
static void check_fills_in_the_file_and_the_entry(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    op_add_key(s, "my web", "of the key");
    const char *path = file_of("a.jks", s);
    struct run r = RUN_WITH(&with_passwords, KSX_PROGRAM, "check", "--pass", "env:KSX_P", path);
    assert_prints(&r, "a.jks 'my web' --key-pass SRC");
    run_free(&r);
}

static void what_cannot_be_opened_is_no_repair(void **state)
{
    const char *path = broken_file("a.jks", &ks_format_jks, "L");
    (void)state;
    assert_says(KSX(in_dir("none.jks")), 3, "none.jks");
    assert_says(KSX(path, "--from", in_dir("none.pem")), 3, "none.pem");
    assert_says(RUN_WITH(&with_passwords, KSX_PROGRAM, "repair", path, "--pass", "env:KSX_O"), 4,
                "password");
}

/* ---- JSON ---- */

static const char *string_in(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text ? text : "(none)";
}

static void json_has_the_chains_the_steps_and_the_findings(void **state)
{
    const char *path = misplaced("a.p12");
    (void)state;
    struct run r = KSX(path, "--json");
    assert_int_equal(r.exit, 0);
    json_t *all = json_loads(r.out, 0, NULL);
    assert_non_null(all);
    json_t *entries = json_object_get(all, "entries"), *e = json_array_get(entries, 0);
    assert_int_equal(json_array_size(entries), 1);
    assert_string_equal(string_in(e, "alias"), "web");
    json_t *before = json_object_get(e, "before"), *after = json_object_get(e, "after");
    assert_int_equal(json_array_size(before), 1);
    assert_int_equal(json_array_size(after), 3);
    assert_string_equal(string_in(json_array_get(after, 0), "from"),
                        "this keystore \xe2\x80\xba reply");
    assert_string_equal(string_in(json_array_get(after, 2), "subject"), "CN=R");
    assert_int_equal(strlen(string_in(json_array_get(after, 1), "sha256")), 64);
    json_t *steps = json_object_get(e, "steps");
    assert_string_equal(string_in(json_array_get(steps, 0), "step"), "install-the-reply");
    assert_true(json_is_null(json_object_get(e, "missing")));
    json_t *found = json_object_get(e, "findings");
    assert_true(json_array_size(json_object_get(found, "before")) > 0);
    assert_int_equal(json_array_size(json_object_get(found, "after")), 0);
    assert_true(json_is_true(json_object_get(all, "written")));
    assert_true(json_is_false(json_object_get(all, "remains")));
    json_decref(all);
    run_free(&r);
    assert_chain(path, "web", "V I R");
}

/* Who reads it asks for the same members whatever there was to do, and finds one opinion. */
static void json_has_the_same_members_with_and_without_a_repair(void **state)
{
    static const char *const members[] = {"entries", "file",     "remarks", "passwordChanged",
                                          "plan",    "commands", "written", "remains"};
    const char *path = broken_file("a.jks", &ks_format_jks, "L"), *from = pem_of("ca.pem", "I R");
    (void)state;
    for (int sound = 0; sound < 2; sound++) {
        struct run r = KSX(path, "--json", "--dry-run", "--from", from);
        json_t *all = json_loads(r.out, 0, NULL);
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
            if (!json_object_get(all, members[i]))
                fail_msg("no %s in %s", members[i], r.out);
        assert_true(json_is_true(json_object_get(all, "dryRun")));
        json_t *plan = json_object_get(all, "plan");
        assert_int_equal(json_array_size(plan), !sound);
        json_t *was = json_object_get(json_array_get(plan, 0), "before");
        assert_null(json_object_get(was, "findings"));
        json_decref(all);
        run_free(&r);
        run_free(&(struct run[]){KSX(path, "--from", from)}[0]);
    }
}

static void json_says_what_is_missing(void **state)
{
    const char *path = broken_file("a.jks", &ks_format_jks, "L");
    (void)state;
    struct run r = KSX(path, "--json");
    assert_int_equal(r.exit, 1);
    json_t *all = json_loads(r.out, 0, NULL);
    assert_non_null(all);
    json_t *e = json_array_get(json_object_get(all, "entries"), 0);
    assert_non_null(strstr(string_in(e, "missing"), "CN=I"));
    assert_int_equal(json_array_size(json_object_get(e, "steps")), 0);
    assert_true(json_is_false(json_object_get(all, "written")));
    assert_true(json_is_true(json_object_get(all, "remains")));
    json_decref(all);
    run_free(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_dry_run_shows_both_chains_and_writes_nothing),
        TEST(a_repair_is_written_once_and_leaves_a_backup),
        TEST(what_is_missing_is_said_and_ends_with_1),
        TEST(a_root_that_is_not_at_hand_is_said_and_ends_with_0),
        TEST(what_only_the_ca_can_mend_ends_with_1_as_well),
        TEST(only_the_entry_that_is_named_is_repaired),
        TEST(a_misplaced_reply_goes_to_its_key),
        TEST(how_chains_end_can_be_chosen),
        TEST(a_key_gets_the_password_of_the_keystore),
        TEST(keystores_are_searched_with_passwords_of_their_own),
        TEST(public_cas_come_from_the_reference),
        TEST(check_folds_what_many_entries_have),
        TEST(check_fills_in_the_file_and_the_entry),
        TEST(what_cannot_be_opened_is_no_repair),
        TEST(json_has_the_chains_the_steps_and_the_findings),
        TEST(json_has_the_same_members_with_and_without_a_repair),
        TEST(json_says_what_is_missing),
    };
    ks_clock_pin(MAKE_NOW);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    broken_forget();
    return failed;
}
