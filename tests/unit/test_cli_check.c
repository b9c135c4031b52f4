/* ksx check as cron and monitoring run it: exit statuses, and one writer for each of their formats.
 */
#include "run_words.h"

#include <sys/stat.h>

#define AT "--at", "2026-03-01"
#define DATA(name) KSX_DATA "/" name
#define INBOUND DATA("inbound.p12")
#define TRUST DATA("truststore.jks")
#define CUT DATA("truncated.jks")
#define EVIL DATA("evil.p12")

static const char *const changeit[] = {"KSX_P=changeit", NULL};
static const char *const wrong[] = {"KSX_P=wrong", NULL};
static const struct run_options with_password = {.env = changeit};
static const struct run_options with_wrong_password = {.env = wrong};

#define CHECK(...)                                                                                 \
    RUN_WITH(&with_password, KSX_PROGRAM, "check", AT, "--pass", "env:KSX_P", __VA_ARGS__)

/* ---- text ---- */

static void a_finding_is_a_line_with_who_refuses_and_what_mends_below(void **state)
{
    (void)state;
    struct run r = CHECK(INBOUND);
    assert_int_equal(r.exit, 1);
    EXPECT(r.out, "inbound.p12: PKCS12, 5 entries: ", "1 error, ",
           "\nerror    CHAIN-MISSING-INTERMEDIATE  nexus-iq-server  ", "'Example Issuing CA 3'",
           "\n         refused by every client\n",
           "\nwarning  CERT-EXPIRES-SOON           ldap-client ", "\n         to do: ");
    assert_false(has(r.out, "changeit"));
    run_free(&r);
}

static void the_worst_entry_comes_first(void **state)
{
    (void)state;
    struct run r = CHECK("-q", "--fail", "note", INBOUND);
    const char *error = strstr(r.out, "error "), *warning = strstr(r.out, "warning "),
               *note = strstr(r.out, "note ");
    assert_ptr_equal(error, r.out);
    assert_true(error < warning && warning < note);
    run_free(&r);
}

/* Whoever's they are; and what is of the file itself has no entry. */
static void errors_come_before_warnings_and_these_before_notes(void **state)
{
    (void)state;
    struct run r = CHECK(INBOUND);
    const char *last = r.out, *words[] = {"\nerror ", "\nwarning ", "\nnote "};
    for (size_t i = 0; i < 3; i++)
        for (const char *at = r.out; (at = strstr(at, words[i])); at++) {
            assert_true(at > last || last == r.out);
            last = at;
        }
    run_free(&r);
    r = CHECK("-q", "--fail", "note", INBOUND, TRUST);
    assert_false(has(r.out, "/-  "));
    run_free(&r);
}

static void what_a_source_completes_is_repaired_by_one_command(void **state)
{
    (void)state;
    struct run r = CHECK("--from", TRUST, INBOUND);
    assert_int_equal(r.exit, 1);
    EXPECT(r.out, "mended by ksx repair ", "inbound.p12 nexus-iq-server --from ",
           "truststore.jks\n");
    run_free(&r);
    r = CHECK(INBOUND);
    assert_false(has(r.out, "mended by ksx repair"));
    run_free(&r);
}

static void a_directory_is_a_source_too(void **state)
{
    (void)state;
    struct run r = CHECK("--from", KSX_DATA, INBOUND);
    assert_int_equal(r.exit, 1);
    EXPECT(r.out, "mended by ksx repair ", " --from ");
    run_free(&r);
}

static void fail_says_what_ends_with_one(void **state)
{
    (void)state;
    static const struct {
        const char *level, *file;
        int exit;
    } rows[] = {{"error", TRUST, 0},   {"warning", TRUST, 0},   {"note", TRUST, 1},
                {"error", INBOUND, 1}, {"warning", INBOUND, 1}, {"note", INBOUND, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run r = CHECK("--fail", rows[i].level, rows[i].file);
        if (r.exit != rows[i].exit)
            fail_msg("--fail %s %s ends with %d:\n%s", rows[i].level, rows[i].file, r.exit, r.out);
        run_free(&r);
    }
}

static void quietly_only_what_counts_is_said(void **state)
{
    (void)state;
    struct run r = CHECK("-q", INBOUND);
    assert_int_equal(strncmp(r.out, "error    CHAIN-MISSING-INTERMEDIATE", 35), 0);
    assert_ptr_equal(strchr(r.out, '\n'), r.out + r.out_len - 1);
    run_free(&r);
    r = CHECK("-q", TRUST);
    assert_int_equal(r.exit, 0);
    assert_string_equal(r.out, "");
    assert_string_equal(r.err, "");
    run_free(&r);
    r = CHECK("-q", INBOUND, TRUST); /* no heading: the line names the file */
    EXPECT(r.out, "inbound.p12/nexus-iq-server  ");
    run_free(&r);
}

static void dates_are_judged_at_the_given_time_and_by_the_given_days(void **state)
{
    (void)state;
    struct run r = CHECK("--warn-days", "5", INBOUND);
    assert_false(has(r.out, "CERT-EXPIRES-SOON"));
    run_free(&r);
    r = RUN_WITH(&with_password, KSX_PROGRAM, "check", "--at", "2026-04-01", "--pass", "env:KSX_P",
                 INBOUND);
    EXPECT(r.out, "CERT-EXPIRED ");
    run_free(&r);
}

static void what_is_to_be_done_is_said_once(void **state)
{
    (void)state;
    struct run r = CHECK("--host", "other.example", INBOUND); /* two keys, neither is for it */
    const char *first = strstr(r.out, "CERT-HOST-MISMATCH");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "CERT-HOST-MISMATCH"));
    const char *fix = strstr(r.out, "to do: Connect to a name");
    assert_non_null(fix);
    assert_null(strstr(fix + 1, "to do: Connect to a name"));
    run_free(&r);
}

static void host_and_purpose_are_asked(void **state)
{
    (void)state;
    struct run r = CHECK("--host", "iq.example.com", "--host", "ldap-client.example.com", INBOUND);
    EXPECT(r.out, "CERT-HOST-MISMATCH");
    run_free(&r);
    r = CHECK("--purpose", "ca", INBOUND);
    EXPECT(r.out, "CA-NOT-CA");
    run_free(&r);
    r = CHECK(INBOUND);
    assert_false(has(r.out, "CERT-HOST-MISMATCH") || has(r.out, "CA-NOT-CA"));
    run_free(&r);
    /* what nobody is asked for is no fault of the certificate */
    static const char *const none[] = {"https://iq.example.com/", "*.example.com", "a b",
                                       "2001:db8::1%eth0"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        r = CHECK("--host", none[i], INBOUND);
        EXPECT(r.err, "--host: ");
        assert_int_equal(r.exit, 2);
        run_free(&r);
    }
}

static void a_truststore_is_compared_with_the_public_cas_that_are_given(void **state)
{
    (void)state;
    struct run r = CHECK("--trust-reference", TRUST, "--purpose", "trust", EVIL);
    EXPECT(r.out, "STORE-NO-PUBLIC-CAS");
    run_free(&r);
    r = CHECK("--purpose", "trust", EVIL);
    assert_false(has(r.out, "STORE-NO-PUBLIC-CAS"));
    run_free(&r);
}

/* ---- what cannot be opened ---- */

static void a_file_that_cannot_be_opened_is_a_finding_and_keeps_its_status(void **state)
{
    (void)state;
    struct run r = CHECK(CUT, INBOUND);
    assert_int_equal(r.exit, 3);
    EXPECT(r.out, "STORE-TRUNCATED", "CHAIN-MISSING-INTERMEDIATE", "truncated.jks is damaged");
    assert_string_equal(r.err, ""); /* once is enough */
    run_free(&r);

    r = RUN_WITH(&with_wrong_password, KSX_PROGRAM, "check", AT, "--pass", "env:KSX_P", INBOUND);
    assert_int_equal(r.exit, 4);
    EXPECT(r.out, "inbound.p12: not opened: 1 error", "STORE-WRONG-PASSWORD");
    assert_false(has(r.out, "wrong\n"));
    assert_string_equal(r.err, "");
    run_free(&r);

    r = RUN_WITH(&with_wrong_password, KSX_PROGRAM, "check", AT, "--format", "nagios", "--pass",
                 "env:KSX_P", INBOUND);
    EXPECT(r.out, "STORE-WRONG-PASSWORD " INBOUND ": The password does not fit, or ");
    run_free(&r);

    const char *empty = run_file("empty.jks", "");
    r = CHECK(empty);
    assert_int_equal(r.exit, 3);
    EXPECT(r.out, "STORE-EMPTY-FILE");
    run_free(&r);
    (void)unlink(empty);

    const char *html = run_file("page.p12", "<!DOCTYPE html><html><body>404</body></html>\n");
    r = CHECK(html);
    assert_int_equal(r.exit, 5);
    EXPECT(r.out, "STORE-NOT-A-KEYSTORE");
    run_free(&r);
    (void)unlink(html);
}

static void a_file_that_is_not_there_is_no_finding(void **state)
{
    (void)state;
    struct run r = CHECK("/nonexistent/a.jks");
    assert_int_equal(r.exit, 3);
    EXPECT(r.err, "/nonexistent/a.jks was not opened: no such file\n");
    assert_string_equal(r.out, "");
    run_free(&r);
    r = CHECK("--from", "/nonexistent", INBOUND);
    assert_int_equal(r.exit, 3);
    assert_string_equal(r.out, "");
    run_free(&r);
    r = RUN(KSX_PROGRAM, "check", AT, INBOUND); /* no password, no terminal: no hang */
    assert_int_equal(r.exit, 4);
    run_free(&r);
}

static void each_file_has_its_password(void **state)
{
    (void)state;
    const char *const env[] = {"A=changeit", "B=nope", NULL};
    const struct run_options o = {.env = env};
    struct run r = RUN_WITH(&o, KSX_PROGRAM, "check", AT, "--pass", "inbound.p12=env:A", "--pass",
                            "truststore.jks=env:A", "--pass", "env:B", "--from", TRUST, INBOUND);
    assert_int_equal(r.exit, 1);
    EXPECT(r.out, "mended by ksx repair");
    run_free(&r);
    r = RUN_WITH(&o, KSX_PROGRAM, "check", "--pass", "other.p12=env:A", INBOUND);
    assert_int_equal(r.exit, 2);
    EXPECT(r.err, "no FILE has this name");
    run_free(&r);
}

static void standard_input_is_a_keystore_too(void **state)
{
    (void)state;
    struct run_options o = {.env = changeit, .input = "no keystore at all\n"};
    struct run r = RUN_WITH(&o, KSX_PROGRAM, "check", "--pass", "env:KSX_P", "-");
    assert_int_equal(r.exit, 3);
    EXPECT(r.out, "standard input");
    run_free(&r);
}

/* ---- JSON ---- */

static void json_has_all_of_a_finding(void **state)
{
    (void)state;
    struct run r = CHECK("--json", INBOUND, CUT);
    json_t *json = parsed(&r);
    const json_t *stores = json_object_get(json, "keystores"), *first = json_array_get(stores, 0);
    const json_t *finding = json_array_get(json_object_get(first, "findings"), 0);
    assert_int_equal(json_integer_value(json_object_get(json, "ksx")), 1);
    assert_string_equal(text_of(json, "command"), "check");
    assert_string_equal(text_of(json, "at"), "2026-03-01T00:00:00Z");
    assert_int_equal(json_array_size(stores), 2);
    assert_string_equal(text_of(first, "type"), "PKCS12");
    assert_string_equal(text_of(finding, "id"), "CHAIN-MISSING-INTERMEDIATE");
    assert_string_equal(text_of(finding, "severity"), "error");
    assert_string_equal(text_of(finding, "alias"), "nexus-iq-server");
    EXPECT(text_of(finding, "certificate"), "CN=iq.example.com");
    assert_true(*text_of(finding, "title") && *text_of(finding, "text") &&
                *text_of(finding, "fix"));
    assert_int_equal(json_array_size(json_object_get(finding, "rejects")), 7);
    assert_true(json_is_false(json_object_get(finding, "repair")));
    const json_t *counts = json_object_get(first, "counts");
    assert_int_equal(json_integer_value(json_object_get(counts, "error")), 1);

    const json_t *second = json_array_get(stores, 1);
    assert_string_equal(text_of(json_object_get(second, "damage"), "slug"), "truncated");
    assert_string_equal(text_of(json_array_get(json_object_get(second, "findings"), 0), "id"),
                        "STORE-TRUNCATED");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "error"), "exit")),
                     3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "counts"), "error")),
                     2);
    assert_int_equal(r.exit, 3);
    json_decref(json);
    run_free(&r);
}

static void format_json_is_json(void **state)
{
    (void)state;
    struct run word = CHECK("--json", INBOUND), format = CHECK("--format", "json", INBOUND);
    assert_string_equal(format.out, word.out);
    assert_int_equal(format.exit, 1);
    run_free(&word);
    run_free(&format);
    format = CHECK("--format=json", "--warn-days", "x", INBOUND);
    json_t *json = parsed(&format);
    assert_string_equal(text_of(json_object_get(json, "error"), "slug"), "bad-value");
    json_decref(json);
    run_free(&format);
    format = CHECK("--json", "--from", "/nonexistent", INBOUND);
    json = parsed(&format);
    assert_int_equal(json_array_size(json_object_get(json, "keystores")), 0);
    assert_string_equal(text_of(json_object_get(json, "error"), "slug"), "not-found");
    json_decref(json);
    run_free(&format);
}

/* ---- what is left out ---- */

static void what_is_ignored_is_neither_told_nor_counted(void **state)
{
    (void)state;
    static const char *const formats[] = {"text", "json", "nagios", "prometheus"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct run r = CHECK("--format", formats[i], "--ignore", "chain-missing-INTERMEDIATE",
                             "--ignore", "CERT-EXPIRES-SOON", INBOUND);
        const char *listed = strstr(r.out, "\"ignored\":[\"CHAIN-MISSING-INTERMEDIATE\",");
        assert_int_equal(listed != NULL, strcmp(formats[i], "json") == 0);
        if (has(listed ? listed + 40 : r.out, "CHAIN-MISSING-INTERMEDIATE"))
            fail_msg("%s has it: %s", formats[i], r.out);
        assert_int_equal(r.exit, strcmp(formats[i], "nagios") == 0 ? 1 : 0); /* other warnings */
        run_free(&r);
    }
}

static void a_file_that_cannot_be_opened_is_never_well(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_wrong_password, KSX_PROGRAM, "check", AT, "--ignore",
                            "STORE-WRONG-PASSWORD", "--pass", "env:KSX_P", INBOUND);
    assert_int_equal(r.exit, 4);
    EXPECT(r.err, "the password does not fit");
    assert_string_equal(r.out, "");
    run_free(&r);
}

static void an_id_that_there_is_not_is_a_slip(void **state)
{
    (void)state;
    struct run r = CHECK("--ignore", "cert-self-singed", INBOUND);
    assert_int_equal(r.exit, 2);
    EXPECT(r.err, "there is no finding called 'cert-self-singed'", "did you mean CERT-SELF-SIGNED?");
    run_free(&r);
    r = CHECK("--ignore", "everything", INBOUND);
    assert_int_equal(r.exit, 2);
    EXPECT(r.err, "docs/findings.md");
    run_free(&r);
}

/* ---- Nagios ---- */

/* The first line: a status, then exactly one bar, then the data. */
static void expect_status(const struct run *r, int exit, const char *word)
{
    char begin[64];
    const char *end = strchr(r->out, '\n'), *bar = strchr(r->out, '|');
    (void)snprintf(begin, sizeof begin, "KSX %s - ", word);
    assert_int_equal(r->exit, exit);
    assert_int_equal(strncmp(r->out, begin, strlen(begin)), 0);
    assert_non_null(end);
    if (!bar)
        return;
    assert_true(bar < end);
    assert_null(strchr(bar + 1, '|'));
}

static void nagios_gets_a_status_and_performance_data(void **state)
{
    (void)state;
    struct run r = CHECK("--format", "nagios", INBOUND);
    expect_status(&r, 2, "CRITICAL");
    EXPECT(r.out, "1 keystore, 5 entries, CHAIN-MISSING-INTERMEDIATE ",
           " | errors=1;;0;0 warnings=", "keystores=1;;;0 entries=5;;;0 unreadable=0;;0;0 ",
           "days=-31;30:;0:\n", "\nerror: CHAIN-MISSING-INTERMEDIATE ", "\nwarning: ");
    assert_false(has(r.out, "\nnote: "));
    run_free(&r);

    r = CHECK("--format", "nagios", TRUST);
    expect_status(&r, 0, "OK");
    assert_ptr_equal(strchr(r.out, '\n'), r.out + r.out_len - 1);
    run_free(&r);

    r = CHECK("--format", "nagios", "--fail", "note", TRUST);
    expect_status(&r, 1, "WARNING");
    run_free(&r);
}

/* A graph would show a date as passed that nobody is to be told of. */
static void nagios_has_no_limit_of_what_is_ignored(void **state)
{
    (void)state;
    struct run r = CHECK("--format", "nagios", "--ignore", "CERT-EXPIRES-SOON", INBOUND);
    EXPECT(r.out, "days=-31;;0:\n");
    run_free(&r);
    r = CHECK("--format", "nagios", "--ignore", "CERT-EXPIRED", INBOUND);
    EXPECT(r.out, "days=-31;;\n");
    run_free(&r);
}

/* Among what is equally bad: that comes first which was well yesterday. */
static void nagios_names_a_passed_date_before_what_was_always_so(void **state)
{
    (void)state;
    struct run r = CHECK("--format", "nagios", "--at", "2026-04-01", INBOUND);
    expect_status(&r, 2, "CRITICAL");
    EXPECT(r.out, "5 entries, CERT-EXPIRED ");
    const char *expired = strstr(r.out, "\nerror: CERT-EXPIRED "),
               *missing = strstr(r.out, "\nerror: CHAIN-MISSING-INTERMEDIATE ");
    assert_true(expired && missing && expired < missing);
    assert_true(missing < strstr(r.out, "\nwarning: "));
    run_free(&r);
    r = CHECK("--format", "nagios", "--at", "2026-04-01", TRUST, INBOUND, TRUST);
    EXPECT(r.out, ", CERT-EXPIRED ");
    run_free(&r);
}

static void nagios_is_told_what_could_not_be_checked(void **state)
{
    (void)state;
    struct run r = CHECK("--format", "nagios", "/nonexistent/a.jks");
    expect_status(&r, 3, "UNKNOWN");
    EXPECT(r.out, "no such file", "unreadable=1;;0;0", "\nunknown: ");
    run_free(&r);
    r = CHECK("--format", "nagios", CUT, "/nonexistent/a.jks");
    expect_status(&r, 2, "CRITICAL");
    EXPECT(r.out, "STORE-TRUNCATED");
    run_free(&r);
    r = CHECK("--format", "nagios", "--bogus", INBOUND);
    expect_status(&r, 3, "UNKNOWN");
    run_free(&r);
    r = CHECK("--format", "nagios", "--from", "/nonexistent", INBOUND);
    expect_status(&r, 3, "UNKNOWN");
    run_free(&r);
}

static void no_name_can_forge_performance_data(void **state)
{
    (void)state;
    const char *path = run_file("a|errors=0.jks", "");
    struct run r = CHECK("--format", "nagios", path);
    expect_status(&r, 2, "CRITICAL");
    EXPECT(r.out, "a!errors=0.jks");
    run_free(&r);
    (void)unlink(path);
}

/* ---- Prometheus ---- */

/* Each line is a comment or NAME{LABELS} NUMBER, and no two have the same labels. */
static void expect_exposition(const char *text)
{
    char *copy = strdup(text), *save = NULL;
    char *seen[512];
    size_t count = 0;
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *blank = strrchr(line, ' '), *end;
        if (strncmp(line, "# HELP ksx_", 11) == 0 || strncmp(line, "# TYPE ksx_", 11) == 0)
            continue;
        assert_non_null(blank);
        (void)strtod(blank + 1, &end);
        assert_true(end > blank + 1 && *end == '\0');
        *blank = '\0';
        assert_int_equal(strncmp(line, "ksx_", 4), 0);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(seen[i], line);
        assert_true(count < 512);
        seen[count++] = line;
    }
    assert_true(count > 3);
    free(copy);
}

static void prometheus_gets_metrics(void **state)
{
    (void)state;
    struct run r = CHECK("--format", "prometheus", INBOUND, CUT, "/nonexistent/a.jks", INBOUND);
    expect_exposition(r.out);
    EXPECT(r.out, "# TYPE ksx_store_readable gauge\n", "inbound.p12\"} 1\n",
           "ksx_store_readable{path=\"" CUT "\"} 0\n",
           "ksx_store_readable{path=\"/nonexistent/a.jks\"} 0\n", "severity=\"error\"} 1\n",
           "alias=\"nexus-iq-server\",id=\"CHAIN-MISSING-INTERMEDIATE\",severity=\"error\"} 1\n",
           "alias=\"nexus-iq-server\",cert=\"0\",subject=\"CN=iq.example.com,OU=Platform,O=Example,"
           "ST=MD,C=US\"} 1807920000\n",
           "ksx_check_time_seconds 1772323200\n");
    assert_int_equal(r.exit, 3);
    run_free(&r);
}

static void no_name_can_forge_a_metric(void **state)
{
    (void)state;
    struct run r = CHECK("--format", "prometheus", EVIL);
    expect_exposition(r.out);
    for (const char *p = r.out; *p; p++)
        assert_true(*p == '\n' || (unsigned char)*p >= 0x20);
    run_free(&r);
    const char *path = run_file("a\"} 1.jks", "");
    r = CHECK("--format", "prometheus", path);
    expect_exposition(r.out);
    EXPECT(r.out, "a\\\"} 1.jks\"} 0\n");
    run_free(&r);
    (void)unlink(path);
}

/* ---- calendar ---- */

static void the_calendar_is_that_of_expiry(void **state)
{
    (void)state;
    struct run r = CHECK("--format", "ics", INBOUND);
    struct run expiry = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "--ics", "--pass",
                                 "env:KSX_P", INBOUND);
    assert_int_equal(r.out_len, expiry.out_len); /* in the order of the file */
    EXPECT(r.out, "BEGIN:VCALENDAR\r\n", "SUMMARY:nexus-iq-server expires", "END:VCALENDAR\r\n");
    assert_int_equal(r.exit, 1);
    run_free(&r);
    run_free(&expiry);
}

/* ---- the command line ---- */

static void options_of_one_name_are_told_apart_by_the_command(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "check", "--format", "pem", INBOUND);
    assert_int_equal(r.exit, 2);
    EXPECT(r.err, "text json nagios prometheus ics");
    run_free(&r);
    r = RUN(KSX_PROGRAM, "csr", "--format", "nagios", INBOUND, "a");
    assert_int_equal(r.exit, 2);
    EXPECT(r.err, "pem der");
    run_free(&r);
    r = RUN(KSX_PROGRAM, "check", "--fail", INBOUND);
    assert_int_equal(r.exit, 2);
    EXPECT(r.err, "error warning note");
    run_free(&r);
    r = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "--fail", "--pass", "env:KSX_P",
                 INBOUND);
    assert_int_equal(r.exit, 1);
    run_free(&r);
    r = RUN(KSX_PROGRAM, "list", "--fail");
    EXPECT(r.err, "--fail is no option of list");
    run_free(&r);
    r = CHECK("--json", "--format", "ics", INBOUND);
    assert_int_equal(r.exit, 2);
    run_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_is_a_line_with_who_refuses_and_what_mends_below),
        cmocka_unit_test(the_worst_entry_comes_first),
        cmocka_unit_test(errors_come_before_warnings_and_these_before_notes),
        cmocka_unit_test(what_a_source_completes_is_repaired_by_one_command),
        cmocka_unit_test(a_directory_is_a_source_too),
        cmocka_unit_test(fail_says_what_ends_with_one),
        cmocka_unit_test(quietly_only_what_counts_is_said),
        cmocka_unit_test(dates_are_judged_at_the_given_time_and_by_the_given_days),
        cmocka_unit_test(what_is_to_be_done_is_said_once),
        cmocka_unit_test(host_and_purpose_are_asked),
        cmocka_unit_test(a_truststore_is_compared_with_the_public_cas_that_are_given),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_a_finding_and_keeps_its_status),
        cmocka_unit_test(a_file_that_is_not_there_is_no_finding),
        cmocka_unit_test(each_file_has_its_password),
        cmocka_unit_test(standard_input_is_a_keystore_too),
        cmocka_unit_test(json_has_all_of_a_finding),
        cmocka_unit_test(format_json_is_json),
        cmocka_unit_test(what_is_ignored_is_neither_told_nor_counted),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_never_well),
        cmocka_unit_test(an_id_that_there_is_not_is_a_slip),
        cmocka_unit_test(nagios_gets_a_status_and_performance_data),
        cmocka_unit_test(nagios_has_no_limit_of_what_is_ignored),
        cmocka_unit_test(nagios_names_a_passed_date_before_what_was_always_so),
        cmocka_unit_test(nagios_is_told_what_could_not_be_checked),
        cmocka_unit_test(no_name_can_forge_performance_data),
        cmocka_unit_test(prometheus_gets_metrics),
        cmocka_unit_test(no_name_can_forge_a_metric),
        cmocka_unit_test(the_calendar_is_that_of_expiry),
        cmocka_unit_test(options_of_one_name_are_told_apart_by_the_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
