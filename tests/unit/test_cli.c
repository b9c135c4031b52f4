/* The subcommands as a user runs them: exit codes, text, JSON, and where passwords come from. */
#include "run.h"

#include <fcntl.h>
#include <jansson.h>
#include <pty.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>

#define AT "--at", "2026-03-01"
#define DATA(name) KSX_DATA "/" name
#define INBOUND DATA("inbound.p12")
#define TRUST DATA("truststore.jks")
#define CRL DATA("dialects/revoked.crl")
#define EVIL DATA("evil.p12")

static const char *const changeit[] = {"KSX_P=changeit", NULL};
static const struct run_options with_password = {.env = changeit};

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static size_t lines_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static json_t *parsed(const struct run *r)
{
    json_error_t error;
    json_t *json = json_loadb(r->out, r->out_len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("no JSON: %s in %.200s", error.text, r->out);
    assert_int_equal(json_integer_value(json_object_get(json, "ksx")), 1);
    return json;
}

static const json_t *first_store(const json_t *json)
{
    return json_array_get(json_object_get(json, "keystores"), 0);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "(none)";
}

static void expect_error(struct run r, int exit, const char *slug)
{
    json_t *json = parsed(&r);
    const json_t *error = json_object_get(json, "error");
    assert_string_equal(text_of(error, "slug"), slug);
    assert_int_equal(json_integer_value(json_object_get(error, "exit")), exit);
    assert_true(has(r.err, "ksx: "));
    assert_int_equal(r.exit, exit);
    json_decref(json);
    run_free(&r);
}

/* A file of this mode in the working directory of the tests; removed by the caller. */
static void write_file(const char *path, mode_t mode, const char *text)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
}

/* Recognised, and of a type that is not opened: a JSON web key. */
static const char *unopened_file(void)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "test_cli.%ld.jwk", (long)getpid());
    write_file(path, 0600, "{\"kty\":\"EC\",\"crv\":\"P-256\"}\n");
    return path;
}

/* ---- the command line ---- */

static void help_names_every_subcommand_and_every_option(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "--help");
    assert_int_equal(r.exit, 0);
    static const char *const words[] = {
        "list FILE...", "show FILE [ALIAS]", "expiry FILE...", "keys", "--pass",
        "--at",         "--plain",           "--version"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_true(has(r.out, words[i]));
    assert_false(has(r.out, "docs"));
    run_free(&r);

    r = RUN(KSX_PROGRAM, "list", "--help");
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "usage: ksx list"));
    assert_true(has(r.out, "--sort KEY"));
    assert_false(has(r.out, "--ics"));
    run_free(&r);
}

static void help_is_a_word_too(void **state)
{
    (void)state;
    static const char *const words[][2] = {
        {"--help", NULL}, {"list", "--help"}, {"help", NULL}, {"help", "list"}};
    for (size_t i = 0; i < 2; i++) {
        struct run option = RUN(KSX_PROGRAM, words[i][0], words[i][1]);
        struct run word = RUN(KSX_PROGRAM, words[i + 2][0], words[i + 2][1]);
        assert_int_equal(word.exit, 0);
        assert_string_equal(word.out, option.out);
        run_free(&option);
        run_free(&word);
    }
}

static void a_word_that_is_wrong_is_named_and_a_near_one_offered(void **state)
{
    (void)state;
    static const struct {
        const char *words[3], *told[2];
    } cases[] = {
        {{"lits", INBOUND}, {"called lits\n", "did you mean ksx list?"}},
        {{"expire"}, {"called expire\n", "did you mean ksx expiry?"}},
        {{"help", "shwo"}, {"called shwo\n", "did you mean ksx show?"}},
        {{"frobnicate"}, {"called frobnicate\n", "ksx --help lists"}},
        {{"keys", "extra"}, {"ksx keys takes no word, and not 'extra'\n", "ksx keys --help"}},
        {{"help", "list", "it"}, {"'it' is too much: ksx help [COMMAND]\n", "--help"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run r = RUN(KSX_PROGRAM, cases[i].words[0], cases[i].words[1], cases[i].words[2]);
        assert_int_equal(r.exit, 2);
        if (!has(r.err, cases[i].told[0]) || !has(r.err, cases[i].told[1]))
            fail_msg("%s: %s", cases[i].words[0], r.err);
        run_free(&r);
    }
}

static void version_is_one_line(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "--version");
    assert_int_equal(r.exit, 0);
    assert_int_equal(strncmp(r.out, "ksx ", 4), 0);
    assert_int_equal(lines_of(r.out), 1);
    run_free(&r);
}

static void a_command_line_that_makes_no_sense_ends_with_2(void **state)
{
    (void)state;
    static const char *const rows[][5] = {
        {"list", NULL},
        {"list", "--nonsense", "x", NULL},
        {"list", "--ics", "x", NULL},
        {"list", "--sort", "colour", "x", NULL},
        {"list", "--sort", NULL},
        {"list", "--filter", "exp:soon", "x", NULL},
        {"list", "--at", "tomorrow", "x", NULL},
        {"show", "a", "b", "c", NULL},
        {"expiry", "--within", "soon", "x", NULL},
        {"keys", "x", NULL},
        {"docs", "poem", NULL},
        {"--reverse", "list", NULL},
        {"lst", NULL},
        {"--mouse", "list", "x", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *argv[8] = {KSX_PROGRAM};
        for (size_t k = 0; rows[i][k]; k++)
            argv[k + 1] = rows[i][k];
        struct run r = run_with(argv, NULL);
        if (r.exit != 2 || !has(r.err, "ksx: "))
            fail_msg("%s %s: exit %d, %s", rows[i][0], rows[i][1] ? rows[i][1] : "", r.exit, r.err);
        assert_int_equal(r.out_len, 0);
        run_free(&r);
    }
}

static void errors_of_the_command_line_are_json_when_json_is_wanted(void **state)
{
    (void)state;
    expect_error(RUN(KSX_PROGRAM, "list", "--json", "--nonsense", "x"), 2, "usage");
}

static void a_day_can_be_written_in_four_units(void **state)
{
    (void)state;
    struct run days = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "-q", "--pass",
                               "env:KSX_P", "--within", "14d", INBOUND);
    struct run weeks = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "-q", "--pass",
                                "env:KSX_P", "--within", "2w", INBOUND);
    assert_int_equal(days.exit, 0);
    assert_true(days.out_len > 0);
    assert_string_equal(days.out, weeks.out);
    run_free(&days);
    run_free(&weeks);
}

/* ---- list ---- */

static void a_list_has_one_line_an_entry(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--pass", "env:KSX_P", INBOUND);
    assert_int_equal(r.exit, 0);
    assert_string_equal(r.err, "");
    assert_int_equal(lines_of(r.out), 6);
    assert_true(has(r.out, "inbound.p12: PKCS12, 5 entries, integrity verified, 3 with findings"));
    assert_true(has(r.out, " error    412d  key          nexus-iq-server"));
    assert_true(has(r.out, " warning   12d  key          ldap-client"));
    assert_true(has(r.out, " -31d  trusted      old-issuing-ca"));
    run_free(&r);
}

static void the_heading_says_when_java_shows_nothing(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--pass", "env:KSX_P",
                            DATA("dialects/p12-openssl-nokeys.p12"));
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, ", Java shows no entry of it, "));
    run_free(&r);
}

static void the_heading_counts_what_is_wrong_with_the_file_itself(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "list", AT, "--pass", "none", TRUST);
    assert_true(has(r.out, "truststore.jks: JKS, 143 entries, integrity not checked, "
                           "1 finding of the file itself\n"));
    run_free(&r);
}

static void a_quiet_list_has_nothing_but_entries(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "-q", "--pass", "env:KSX_P", INBOUND);
    assert_int_equal(lines_of(r.out), 5);
    assert_false(has(r.out, "PKCS12"));
    run_free(&r);
}

static void a_filter_and_an_order_apply(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--pass", "env:KSX_P",
                            "--filter", "exp:<30d", "--sort", "expiry", INBOUND);
    const char *old = strstr(r.out, "old-issuing-ca"), *ldap = strstr(r.out, "ldap-client");
    assert_int_equal(r.exit, 0);
    assert_int_equal(lines_of(r.out), 3);
    assert_true(has(r.out, "2 of 5 entries"));
    assert_true(old && ldap && old < ldap);
    run_free(&r);
}

static void of_several_files_the_heading_or_the_row_names_the_store(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--pass", "env:KSX_P", INBOUND, TRUST);
    assert_int_equal(r.exit, 0);
    assert_int_equal(lines_of(r.out), 2 + 5 + 143);
    assert_true(has(r.out, "/inbound.p12: PKCS12, 5 entries"));
    assert_true(has(r.out, "  key          nexus-iq-server  CN="));
    run_free(&r);
    r = RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "-q", "--pass", "env:KSX_P", INBOUND,
                 TRUST);
    assert_int_equal(lines_of(r.out), 5 + 143);
    assert_true(has(r.out, "  trusted      " INBOUND "/corp-root "));
    assert_true(has(r.out, "  trusted      " TRUST "/issuing-ca-3 "));
    run_free(&r);
}

static void one_bad_file_does_not_hide_the_others(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--pass", "env:KSX_P",
                            DATA("no-such-file"), INBOUND);
    assert_int_equal(r.exit, 3);
    assert_true(has(r.err, "no-such-file"));
    assert_true(has(r.out, "corp-root"));
    run_free(&r);
}

static void json_says_what_the_text_says(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--json", "--pass", "env:KSX_P", INBOUND);
    json_t *json = parsed(&r);
    const json_t *store = first_store(json), *entries = json_object_get(store, "entries");
    const json_t *first = json_array_get(entries, 0);
    const json_t *leaf = json_array_get(json_object_get(first, "chain"), 0);
    assert_int_equal(r.exit, 0);
    assert_string_equal(text_of(json, "command"), "list");
    assert_string_equal(text_of(json, "at"), "2026-03-01T00:00:00Z");
    assert_string_equal(text_of(store, "path"), INBOUND);
    assert_string_equal(text_of(store, "type"), "PKCS12");
    assert_string_equal(text_of(store, "integrity"), "verified");
    assert_int_equal(strlen(text_of(store, "sha256")), 64);
    assert_int_equal(json_array_size(entries), 5);
    assert_string_equal(text_of(first, "alias"), "nexus-iq-server");
    assert_string_equal(text_of(first, "kind"), "key");
    assert_string_equal(text_of(first, "status"), "error");
    assert_int_equal(json_integer_value(json_object_get(first, "days")), 412);
    assert_true(has(text_of(leaf, "subject"), "CN="));
    assert_true(has(text_of(leaf, "notAfter"), "2027-04-1"));
    assert_true(has(text_of(leaf, "key"), "RSA 2048"));
    assert_int_equal(strlen(text_of(leaf, "sha256")), 64);
    const json_t *finding = json_array_get(json_object_get(first, "findings"), 0);
    assert_string_equal(text_of(finding, "severity"), "error");
    assert_null(json_object_get(json, "error"));
    json_decref(json);
    run_free(&r);
}

static void a_file_that_is_not_opened_has_no_entries_in_json(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "list", "--json", "/nonexistent");
    json_t *json = parsed(&r);
    const json_t *entries = json_object_get(first_store(json), "entries");
    assert_non_null(json_object_get(first_store(json), "error"));
    assert_true(json_is_array(entries));
    assert_int_equal(json_array_size(entries), 0);
    json_decref(json);
    run_free(&r);
}

static void an_entry_without_dates_has_nulls_in_json(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--json", "--filter",
                            "type:secret", "--pass", "env:KSX_P", INBOUND);
    json_t *json = parsed(&r);
    const json_t *entries = json_object_get(first_store(json), "entries");
    assert_int_equal(json_array_size(entries), 1);
    assert_true(json_is_null(json_object_get(json_array_get(entries, 0), "days")));
    assert_int_equal(json_array_size(json_object_get(json_array_get(entries, 0), "chain")), 0);
    json_decref(json);
    run_free(&r);
}

static void hostile_names_reach_no_terminal(void **state)
{
    (void)state;
    static const char *const commands[][4] = {{"list", EVIL, NULL},
                                              {"show", EVIL, NULL},
                                              {"expiry", EVIL, NULL},
                                              {"list", "-j", EVIL, NULL}};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const char *argv[12] = {KSX_PROGRAM, commands[i][0], AT, "--pass", "env:KSX_P"};
        for (size_t k = 1; commands[i][k]; k++)
            argv[5 + k] = commands[i][k];
        struct run r = run_with(argv, &with_password);
        assert_int_equal(r.exit, 0);
        for (size_t k = 0; k < r.out_len; k++)
            if (((unsigned char)r.out[k] < 0x20 && r.out[k] != '\n') || r.out[k] == 0x7f)
                fail_msg("ksx %s writes byte %02x", commands[i][0], (unsigned char)r.out[k]);
        assert_false(has(r.out, "\xe2\x80\xae")); /* U+202E */
        assert_false(has(r.out, "\xc2\x9b"));     /* U+009B */
        run_free(&r);
    }
}

static void hostile_names_survive_in_json(void **state)
{
    (void)state;
    bool escape = false, nul = false, bidi = false;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "-j", "--pass", "env:KSX_P", EVIL);
    json_t *json = parsed(&r), *entry;
    size_t i;
    json_array_foreach(json_object_get(first_store(json), "entries"), i, entry)
    {
        const json_t *alias = json_object_get(entry, "alias");
        size_t len = json_string_length(alias);
        escape = escape || memchr(json_string_value(alias), 0x1b, len);
        nul = nul || memchr(json_string_value(alias), 0, len);
        bidi = bidi || has(json_string_value(alias), "\xe2\x80\xae");
    }
    assert_true(escape);
    assert_true(bidi);
    assert_true(nul);
    json_decref(json);
    run_free(&r);
}

static void a_locale_without_utf8_gets_ascii(void **state)
{
    (void)state;
    static const char *const env[] = {"KSX_P=changeit", "LC_ALL=C", NULL};
    static const struct run_options plain = {.env = env};
    static const char *const files[] = {INBOUND, DATA("wide.p12")};
    for (size_t i = 0; i < 2; i++) {
        struct run r = RUN_WITH(&plain, KSX_PROGRAM, "list", AT, "--pass", "env:KSX_P", files[i]);
        struct run u =
            RUN_WITH(&plain, KSX_PROGRAM, "list", AT, "--utf8", "--pass", "env:KSX_P", files[i]);
        bool beyond = false;
        for (size_t k = 0; k < r.out_len; k++)
            assert_true((unsigned char)r.out[k] < 0x80);
        for (size_t k = 0; k < u.out_len; k++)
            beyond = beyond || (unsigned char)u.out[k] >= 0x80;
        assert_true(beyond);
        run_free(&r);
        run_free(&u);
    }
}

static void colours_are_for_terminals_or_on_request(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--pass", "env:KSX_P", INBOUND);
    assert_false(has(r.out, "\x1b["));
    run_free(&r);
    r = RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "--color", "always", "--pass",
                 "env:KSX_P", INBOUND);
    assert_true(has(r.out, "\x1b["));
    run_free(&r);
}

static void output_that_cannot_be_written_ends_with_6(void **state)
{
    (void)state;
    static const struct run_options full = {.env = changeit, .stdout_to = "/dev/full"};
    struct run r = RUN_WITH(&full, KSX_PROGRAM, "list", AT, "--pass", "env:KSX_P", INBOUND);
    assert_int_equal(r.exit, 6);
    assert_true(has(r.err, "not written"));
    run_free(&r);
}

/* ---- files that cannot be opened ---- */

static void exit_codes_tell_what_was_wrong(void **state)
{
    (void)state;
    expect_error(RUN(KSX_PROGRAM, "list", "--json", DATA("MANIFEST")), 3, "unknown-format");
    const char *unopened = unopened_file();
    expect_error(RUN(KSX_PROGRAM, "list", "--json", "--pass", "none", unopened), 5,
                 "unsupported-type");
    (void)unlink(unopened);
    static const char *const wrong[] = {"KSX_P=CHANGEIT", NULL};
    static const struct run_options options = {.env = wrong};
    expect_error(RUN_WITH(&options, KSX_PROGRAM, "list", "--json", "--pass", "env:KSX_P", INBOUND),
                 4, "wrong-password");
    struct run r = RUN(KSX_PROGRAM, "list", "/nonexistent");
    assert_int_equal(r.exit, 3);
    run_free(&r);
}

static void errors_advise_in_the_words_of_the_command_line(void **state)
{
    (void)state;
    static const struct {
        const char *file, *what, *next;
    } cases[] = {
        {KSX_DATA, "it is a directory", "name the files in it: " KSX_DATA "/*"},
        {KSX_DATA "/", "it is a directory", "name the files in it: " KSX_DATA "/*"},
        {INBOUND, "ksx: " INBOUND " is still locked", "--pass none lists"},
        {TRUST, "ksx: " TRUST " is still locked", "--pass none lists"},
    };
    static const char *const wrong[] = {"KSX_P=CHANGEIT", NULL};
    static const struct run_options options = {.env = wrong};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run r =
            RUN_WITH(&options, KSX_PROGRAM, "list", "--pass", "env:KSX_P", cases[i].file);
        if (!has(r.err, cases[i].what) || !has(r.err, cases[i].next))
            fail_msg("%s: %s", cases[i].file, r.err);
        run_free(&r);
    }
}

static struct run run_shell(const char *command)
{
    return RUN_WITH(&with_password, "bash", "-c", command, KSX_PROGRAM, INBOUND, TRUST);
}

/* $0 is ksx, $1 and $2 are files. */
static void keystores_are_read_from_pipes(void **state)
{
    (void)state;
    struct run r = run_shell("cat \"$1\" | \"$0\" list --pass env:KSX_P -");
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "standard input: PKCS12, 5 entries, integrity verified"));
    run_free(&r);
    r = run_shell("\"$0\" show --pass env:KSX_P /dev/stdin < <(cat \"$1\")");
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "ldap-client"));
    run_free(&r);
    r = run_shell("\"$0\" diff --pass env:KSX_P <(cat \"$1\") - < \"$1\"");
    assert_int_equal(r.exit, 0);
    run_free(&r);
    r = run_shell("(echo changeit; cat \"$1\") | \"$0\" expiry --json --pass fd:0 -");
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "\"path\":\"standard input\""));
    run_free(&r);
}

static void what_writes_takes_no_pipe(void **state)
{
    (void)state;
    struct run r = run_shell("cat \"$1\" | \"$0\" delete --pass env:KSX_P - ldap-client");
    assert_int_equal(r.exit, 3);
    assert_true(has(r.err, "only list, show, check, expiry and diff read standard input"));
    run_free(&r);
    r = run_shell("\"$0\" list --pass none - < /dev/null");
    assert_int_equal(r.exit, 3);
    assert_true(has(r.err, "standard input was not opened: the file is empty"));
    run_free(&r);
    r = run_shell("head -c 300000000 /dev/zero | \"$0\" list --pass none -");
    assert_int_equal(r.exit, 3);
    assert_true(has(r.err, "ksx reads at most 256 MiB"));
    run_free(&r);
}

static void what_a_revocation_list_lists_is_told(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "show", AT, CRL);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "Revoked serial numbers\n"));
    assert_true(has(r.out, "03ec  1970-01-01  superseded\n"));
    run_free(&r);
    r = RUN(KSX_PROGRAM, "show", "--json", AT, CRL, "Matrix Issuing CA");
    json_t *root = parsed(&r);
    const json_t *entry = json_array_get(json_object_get(first_store(root), "entries"), 0);
    const json_t *last = json_array_get(json_object_get(entry, "revoked"), 3);
    assert_int_equal(json_integer_value(json_object_get(entry, "revokedCount")), 4);
    assert_string_equal(json_string_value(json_object_get(last, "serial")), "03ec");
    assert_string_equal(json_string_value(json_object_get(last, "reason")), "superseded");
    json_decref(root);
    run_free(&r);
}

static void a_damaged_file_shows_what_can_be_read(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "list", AT, "--pass", "none", DATA("truncated.jks"));
    assert_int_equal(r.exit, 3);
    assert_true(has(r.out, "damaged"));
    assert_true(has(r.err, "truncated.jks"));
    run_free(&r);
}

/* ---- passwords ---- */

static void a_password_on_the_command_line_is_refused_and_not_repeated(void **state)
{
    (void)state;
    static const char *const words[] = {"changeit", "pass:changeit", "inbound.p12=changeit",
                                        "inbound.p12=pass:changeit"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct run r = RUN(KSX_PROGRAM, "list", "--pass", words[i], INBOUND);
        assert_int_equal(r.exit, 2);
        assert_true(has(r.err, "every user of this host"));
        assert_true(has(r.err, "env:VAR"));
        assert_false(has(r.err, "changeit"));
        assert_int_equal(r.out_len, 0);
        run_free(&r);
    }
}

static void without_terminal_and_source_ksx_ends_with_4(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "list", TRUST);
    assert_int_equal(r.exit, 4);
    assert_true(has(r.err, "truststore.jks"));
    assert_true(has(r.err, "--pass"));
    assert_int_equal(r.out_len, 0);
    run_free(&r);
    expect_error(RUN(KSX_PROGRAM, "list", "--json", INBOUND), 4, "password-needed");
}

static void a_file_that_no_password_concerns_is_not_asked_about(void **state)
{
    (void)state;
    static const char *const files[] = {
        DATA("dialects/cert.der"),
        DATA("dialects/chain-text.pem"),
        DATA("dialects/chain.p7b"),
        DATA("dialects/request.csr"),
        DATA("dialects/revoked.crl"),
        DATA("dialects/p12-nopass.p12"),
        DATA("dialects/key-pkcs8-encrypted.pem"),
        DATA("dialects/p12-openssl-clear.p12"),
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct run r = RUN(KSX_PROGRAM, "list", files[i]);
        if (r.exit != 0)
            fail_msg("%s: %s", files[i], r.err);
        assert_true(lines_of(r.out) >= 2);
        run_free(&r);
        r = RUN_WITH(&with_password, KSX_PROGRAM, "list", "--pass", "env:KSX_P", files[i]);
        if (r.exit != 0)
            fail_msg("%s with a needless password: %s", files[i], r.err);
        run_free(&r);
    }
}

static void none_lists_unverified(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "list", AT, "--pass", "none", TRUST);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "143 entries, integrity not checked"));
    run_free(&r);
    r = RUN(KSX_PROGRAM, "list", "--json", "--pass", "none", TRUST);
    json_t *json = parsed(&r);
    assert_string_equal(text_of(first_store(json), "integrity"), "unverified");
    json_decref(json);
    run_free(&r);
}

static void a_missing_variable_is_named(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "list", "--pass", "env:KSX_NO_SUCH", TRUST);
    assert_int_equal(r.exit, 4);
    assert_true(has(r.err, "KSX_NO_SUCH"));
    run_free(&r);
}

static void a_password_file_gives_its_first_line(void **state)
{
    (void)state;
    static const char *const contents[] = {"changeit\n", "changeit", "changeit\r\n",
                                           "changeit\nsecond line\n"};
    char source[80];
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "test_cli.%ld.pass", (long)getpid());
        (void)snprintf(source, sizeof source, "file:%s", path);
        write_file(path, 0600, contents[i]);
        struct run r = RUN(KSX_PROGRAM, "list", "--pass", source, TRUST);
        assert_int_equal(r.exit, 0);
        assert_true(has(r.out, "integrity verified"));
        assert_string_equal(r.err, "");
        run_free(&r);
        write_file(path, 0644, contents[i]);
        r = RUN(KSX_PROGRAM, "list", "--pass", source, TRUST);
        assert_int_equal(r.exit, 0);
        assert_true(has(r.err, "can be read by other users"));
        run_free(&r);
        (void)unlink(path);
    }
}

static void a_descriptor_gives_a_password(void **state)
{
    (void)state;
    static const struct run_options on_20 = {.input = "changeit\n", .input_fd = 20};
    static const struct run_options on_0 = {.input = "changeit\n"};
    struct run r = RUN_WITH(&on_20, KSX_PROGRAM, "list", "--pass", "fd:20", TRUST, INBOUND);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "PKCS12, 5 entries, integrity verified"));
    run_free(&r);
    r = RUN_WITH(&on_0, KSX_PROGRAM, "list", "--pass", "fd:0", TRUST);
    assert_int_equal(r.exit, 0);
    run_free(&r);
    r = RUN(KSX_PROGRAM, "list", "--pass", "fd:77", TRUST);
    assert_int_equal(r.exit, 4);
    run_free(&r);
}

static void each_file_can_have_its_own_source(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "list", "--pass", "none", "--pass",
                            "inbound.p12=env:KSX_P", INBOUND, TRUST);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "inbound.p12: PKCS12, 5 entries, integrity verified"));
    assert_true(has(r.out, "143 entries, integrity not checked"));
    run_free(&r);
    r = RUN(KSX_PROGRAM, "list", "--pass", "other.p12=none", INBOUND);
    assert_int_equal(r.exit, 2);
    assert_true(has(r.err, "other.p12"));
    run_free(&r);
}

/* A variable is wiped and a line is gone when it is read: whoever names it again gets the same. */
static void a_source_that_is_named_twice_gives_the_same_password(void **state)
{
    (void)state;
    static const struct run_options on_20 = {.input = "changeit\nanother\n", .input_fd = 20};
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "list", "--pass", "inbound.p12=env:KSX_P",
                            "--pass", "truststore.jks=env:KSX_P", INBOUND, TRUST);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "PKCS12, 5 entries, integrity verified"));
    assert_true(has(r.out, "143 entries, integrity verified"));
    run_free(&r);
    r = RUN_WITH(&on_20, KSX_PROGRAM, "list", "--pass", "inbound.p12=fd:20", "--pass",
                 "truststore.jks=fd:20", INBOUND, TRUST);
    assert_int_equal(r.exit, 0);
    run_free(&r);
    r = RUN_WITH(&with_password, KSX_PROGRAM, "show", "--pass", "env:KSX_P", "--key-pass",
                 "env:KSX_P", INBOUND, "nexus-iq-server");
    assert_int_equal(r.exit, 0);
    run_free(&r);
}

/* ---- the prompt ---- */

struct dialog {
    pid_t pid;
    int tty;
    char seen[65536];
    size_t len;
};

/* Starts ksx with /dev/tty being a terminal of ours; its standard streams are pipes to nowhere. */
static void start_sized(struct dialog *d, const struct winsize *size, const char *const *argv)
{
    *d = (struct dialog){0};
    (void)fflush(NULL);
    d->pid = forkpty(&d->tty, NULL, NULL, size);
    assert_true(d->pid >= 0);
    if (d->pid == 0) {
        (void)setenv("KSX_P", "changeit", 1);
        (void)freopen("/dev/null", "r", stdin);
        (void)execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
}

static void start(struct dialog *d, const char *const *argv)
{
    start_sized(d, NULL, argv);
}

static bool read_more(struct dialog *d)
{
    struct pollfd p = {.fd = d->tty, .events = POLLIN};
    assert_true(poll(&p, 1, 60000) > 0);
    ssize_t got = read(d->tty, d->seen + d->len, sizeof d->seen - 1 - d->len);
    if (got <= 0)
        return false;
    d->len += (size_t)got;
    d->seen[d->len] = '\0';
    return true;
}

static void wait_for(struct dialog *d, const char *text)
{
    while (!has(d->seen, text))
        if (!read_more(d))
            fail_msg("ended without '%s': %s", text, d->seen);
    d->len = 0; /* what was seen is not seen again */
}

static void type(struct dialog *d, const char *text)
{
    assert_int_equal(write(d->tty, text, strlen(text)), (ssize_t)strlen(text));
}

static int finish(struct dialog *d)
{
    int status;
    while (read_more(d))
        ;
    (void)close(d->tty);
    assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void the_prompt_uses_the_terminal_although_stdin_is_none(void **state)
{
    (void)state;
    struct dialog d;
    start(&d, (const char *const[]){KSX_PROGRAM, "list", TRUST, NULL});
    wait_for(&d, "truststore.jks (Enter alone lists it unverified): ");
    type(&d, "changeit\n");
    assert_int_equal(finish(&d), 0);
    assert_true(has(d.seen, "integrity verified"));
    assert_false(has(d.seen, "changeit"));
}

/* Rows are cut on a terminal, and only there: the other tests read whole rows from a pipe. */
static void rows_are_cut_to_the_terminal(void **state)
{
    (void)state;
    struct dialog d;
    struct winsize size = {.ws_row = 24, .ws_col = 60};
    start_sized(&d, &size,
                (const char *const[]){KSX_PROGRAM, "list", "--ascii", "--color=never", AT, "--pass",
                                      "env:KSX_P", INBOUND, NULL});
    assert_int_equal(finish(&d), 0);
    const char *row = strstr(d.seen, "key          nexus-iq-server");
    assert_non_null(row);
    const char *end = strstr(row, "\r\n");
    assert_non_null(end);
    while (row > d.seen && row[-1] != '\n')
        row--;
    assert_int_equal(end - row, 60);
    assert_int_equal(memcmp(end - 2, "..", 2), 0);
}

static void a_wrong_answer_is_asked_again_three_times(void **state)
{
    (void)state;
    struct dialog d;
    start(&d, (const char *const[]){KSX_PROGRAM, "list", TRUST, NULL});
    wait_for(&d, "truststore.jks (Enter alone lists it unverified): ");
    type(&d, "wrong\n");
    wait_for(&d, "try 2 of 3).\r\nPassword for");
    type(&d, "wrong\n");
    wait_for(&d, "try 3 of 3).\r\nPassword for");
    type(&d, "wrong\n");
    assert_int_equal(finish(&d), 4);
}

static void just_enter_lists_what_can_be_listed(void **state)
{
    (void)state;
    struct dialog d;
    start(&d, (const char *const[]){KSX_PROGRAM, "list", TRUST, NULL});
    wait_for(&d, "truststore.jks (Enter alone lists it unverified): ");
    type(&d, "\n");
    assert_int_equal(finish(&d), 0);
    assert_true(has(d.seen, "integrity not checked"));
}

static void an_interrupt_at_the_prompt_brings_the_echo_back(void **state)
{
    (void)state;
    struct dialog d;
    struct termios t;
    int status;
    start(&d, (const char *const[]){KSX_PROGRAM, "list", TRUST, NULL});
    int keep = open(ptsname(d.tty), O_RDWR | O_NOCTTY); /* the terminal outlives ksx */
    wait_for(&d, "truststore.jks (Enter alone lists it unverified): ");
    assert_int_equal(tcgetattr(d.tty, &t), 0);
    assert_false(t.c_lflag & ECHO);
    type(&d, "\x03");
    assert_int_equal(waitpid(d.pid, &status, 0), d.pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    assert_int_equal(tcgetattr(d.tty, &t), 0);
    assert_true(t.c_lflag & ECHO);
    (void)close(keep);
    (void)close(d.tty);
}

/* While ksx waits at the prompt for the second file, the first one's variable is gone from what the
 * system shows of its environment. */
static void a_variable_is_wiped_once_it_is_read(void **state)
{
    (void)state;
    struct dialog d;
    char path[64], environment[65536];
    start(&d, (const char *const[]){KSX_PROGRAM, "list", "--pass", "inbound.p12=env:KSX_P", INBOUND,
                                    TRUST, NULL});
    wait_for(&d, "truststore.jks (Enter alone lists it unverified): ");
    (void)snprintf(path, sizeof path, "/proc/%ld/environ", (long)d.pid);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t len = fread(environment, 1, sizeof environment - 1, in);
    (void)fclose(in);
    assert_true(len > 0);
    for (size_t i = 0; i < len; i++)
        if (!environment[i])
            environment[i] = '\n';
    environment[len] = '\0';
    assert_false(has(environment, "changeit"));
    type(&d, "\n");
    assert_int_equal(finish(&d), 0);
}

/* ---- show ---- */

static void show_tells_everything_about_an_entry(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "show", AT, "--pass", "env:KSX_P", INBOUND,
                            "nexus-iq-server");
    static const char *const words[] = {"Summary\n",         "Chain\n", "Certificate\n",
                                        "Findings\n",        "Kind",    "CHAIN-MISSING-INTERMEDIATE",
                                        "dns:iq.example.com"};
    assert_int_equal(r.exit, 0);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!has(r.out, words[i]))
            fail_msg("no '%s' in %s", words[i], r.out);
    assert_false(has(r.out, "PRIVATE KEY"));
    run_free(&r);
}

static void show_summarises_a_keystore_and_lists_it(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "show", AT, "--pass", "env:KSX_P", INBOUND);
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "Summary\n"));
    assert_true(has(r.out, " warning   12d  key          ldap-client"));
    run_free(&r);
}

/* What is wrong with the file is said before its entries, which then have a title, even one. */
static void the_findings_of_a_file_come_before_those_of_its_entries(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "show", AT, "--pass", "none", "--section", "findings", TRUST);
    const char *own = strstr(r.out, "STORE-NOT-VERIFIED"), *entry = strstr(r.out, "\n== ");
    assert_true(own && entry && own < entry);
    assert_null(strstr(own + 1, "STORE-NOT-VERIFIED"));
    run_free(&r);
    r = RUN(KSX_PROGRAM, "show", AT, "--pass", "none", "--section", "findings", "--filter", "lone",
            DATA("dialects/p12-nopass.p12"));
    own = strstr(r.out, "P12-NO-MAC");
    entry = strstr(r.out, "\n== ");
    assert_true(own && entry && own < entry);
    assert_null(strstr(entry + 1, "\n== ")); /* it is the only one */
    run_free(&r);
    r = RUN(KSX_PROGRAM, "show", AT, "--section", "findings", DATA("iq.crt"));
    assert_false(has(r.out, "== "));
    run_free(&r);
}

static void the_pem_section_is_nothing_but_pem(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "show", "--section", "pem", "--pass",
                            "env:KSX_P", INBOUND, "ldap-client");
    size_t certificates = 0;
    assert_int_equal(r.exit, 0);
    assert_int_equal(strncmp(r.out, "-----BEGIN CERTIFICATE-----\n", 28), 0);
    for (const char *at = r.out; (at = strstr(at, "-----BEGIN CERT")); at++)
        certificates++;
    assert_int_equal(certificates, 3);
    assert_false(has(r.out, "PRIVATE KEY"));
    run_free(&r);
    r = RUN_WITH(&with_password, KSX_PROGRAM, "show", "--section", "pem", "--cert", "1", "--pass",
                 "env:KSX_P", INBOUND, "ldap-client");
    assert_int_equal(r.exit, 0);
    assert_null(strstr(r.out + 1, "-----BEGIN"));
    run_free(&r);
}

static void show_explains_a_loose_certificate(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "show", AT, DATA("dialects/cert.der"));
    assert_int_equal(r.exit, 0);
    assert_true(has(r.out, "Certificate\n"));
    assert_true(has(r.out, "Ext\n"));
    run_free(&r);
}

static void an_alias_that_is_not_there_ends_with_2(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "show", "--pass", "env:KSX_P", INBOUND, "nobody");
    assert_int_equal(r.exit, 2);
    assert_true(has(r.err, "nobody"));
    run_free(&r);
    r = RUN_WITH(&with_password, KSX_PROGRAM, "show", "--pass", "env:KSX_P", "--cert", "9", INBOUND,
                 "corp-root");
    assert_int_equal(r.exit, 2);
    run_free(&r);
}

static void a_key_is_compared_with_its_certificate_but_never_shown(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "show", "-j", "--pass", "env:KSX_P",
                            INBOUND, "nexus-iq-server");
    json_t *json = parsed(&r);
    const json_t *entry = json_array_get(json_object_get(first_store(json), "entries"), 0);
    const json_t *unlocked = json_object_get(entry, "unlocked");
    assert_int_equal(r.exit, 0);
    assert_string_equal(text_of(unlocked, "algorithm"), "RSA 2048");
    assert_true(json_is_true(json_object_get(unlocked, "matchesCertificate")));
    const json_t *leaf = json_array_get(json_object_get(entry, "chain"), 0);
    assert_true(has(text_of(leaf, "pem"), "-----BEGIN CERTIFICATE-----"));
    assert_true(json_array_size(json_object_get(leaf, "extensions")) > 0);
    assert_true(json_array_size(json_object_get(leaf, "names")) > 0);
    assert_false(has(r.out, "PRIVATE KEY"));
    json_decref(json);
    run_free(&r);
}

static void a_key_password_that_does_not_fit_ends_with_4(void **state)
{
    (void)state;
    static const char *const env[] = {"KSX_P=changeit", "KSX_K=its-own", NULL};
    static const struct run_options options = {.env = env};
    struct run r = RUN_WITH(&options, KSX_PROGRAM, "show", "-j", "--pass", "env:KSX_P",
                            "--key-pass", "env:KSX_K", DATA("dialects/jks-keypass.jks"), "server");
    json_t *json = parsed(&r);
    assert_int_equal(r.exit, 0);
    const json_t *entry = json_array_get(json_object_get(first_store(json), "entries"), 0);
    assert_non_null(json_object_get(entry, "unlocked"));
    json_decref(json);
    run_free(&r);
    r = RUN_WITH(&options, KSX_PROGRAM, "show", "--pass", "env:KSX_P", "--key-pass", "env:KSX_K",
                 INBOUND, "nexus-iq-server");
    assert_int_equal(r.exit, 4);
    assert_true(has(r.err, "inbound.p12: --key-pass: "));
    assert_true(has(r.out, "Findings\n"));
    run_free(&r);
    r = RUN_WITH(&options, KSX_PROGRAM, "show", "-j", "--pass", "env:KSX_P", "--key-pass",
                 "env:KSX_NO_SUCH", INBOUND, "nexus-iq-server");
    json = parsed(&r);
    assert_int_equal(r.exit, 4);
    assert_true(has(text_of(json_object_get(json, "error"), "text"), "--key-pass"));
    json_decref(json);
    run_free(&r);
}

static void a_key_is_unlocked_by_every_section_that_tells_of_it(void **state)
{
    (void)state;
    static const char *const sections[] = {"summary", "key"};
    for (size_t i = 0; i < 2; i++) {
        struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "show", "--section", sections[i],
                                "--pass", "env:KSX_P", INBOUND, "nexus-iq-server");
        assert_int_equal(r.exit, 0);
        assert_true(has(r.out, "unlocked"));
        assert_false(has(r.out, ", locked"));
        run_free(&r);
    }
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "show", "--section", "key", "--pass",
                            "env:KSX_P", INBOUND, "nexus-iq-server");
    assert_true(has(r.out, "the keystore's\n"));
    run_free(&r);
    r = RUN_WITH(&with_password, KSX_PROGRAM, "show", "--section", "key", "--pass", "env:KSX_P",
                 DATA("dialects/jks-keypass.jks"), "server");
    assert_true(has(r.out, "its own, not the keystore's"));
    run_free(&r);
}

/* ---- expiry ---- */

static void the_timeline_is_ordered_and_counted(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "--pass", "env:KSX_P", INBOUND);
    const char *first = strstr(r.out, "old-issuing-ca"), *last = strstr(r.out, "aes-session");
    assert_int_equal(r.exit, 0);
    assert_int_equal(lines_of(r.out), 6);
    assert_true(first && last && first < last);
    assert_true(has(r.out, " warning  -31d  2026-01-29  old-issuing-ca"));
    assert_true(has(r.out, "expired 1, 7 days 0, 30 days 1, 90 days 0, later 2, no date 1"));
    run_free(&r);
}

static void a_quiet_timeline_counts_in_plain_days(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "-q", "--pass", "env:KSX_P", INBOUND);
    assert_true(has(r.out, " warning   -31  2026-01-29  old-issuing-ca"));
    expect_error(RUN(KSX_PROGRAM, "expiry", "--ics", "--json", INBOUND), 2, "usage");
    assert_false(has(r.out, "y  20"));
    run_free(&r);
}

/* A damaged part needs no password. */
static void what_a_damaged_file_cannot_tell_is_no_matter_of_passwords(void **state)
{
    (void)state;
    struct run r =
        RUN_WITH(&with_password, "bash", "-c",
                 "head -c 3000 \"$1\" | \"$0\" expiry --pass env:KSX_P -", KSX_PROGRAM, INBOUND);
    assert_int_equal(r.exit, 3);
    assert_true(has(r.err, "not judged: the file is damaged"));
    run_free(&r);
    r = RUN_WITH(&with_password, "bash", "-c",
                 "head -c 3000 \"$1\" | \"$0\" list --pass env:KSX_P -", KSX_PROGRAM, INBOUND);
    assert_true(has(r.out, "integrity not checked"));
    assert_false(has(r.out, "FAILED"));
    run_free(&r);
}

static void the_timeline_can_be_reversed_but_what_has_no_date_stays_last(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "-q", "-r", "--pass",
                            "env:KSX_P", INBOUND);
    const char *first = strstr(r.out, "corp-root"), *last = strstr(r.out, "old-issuing-ca");
    const char *none = strstr(r.out, "aes-session");
    assert_true(first && last && none && first < last && last < none);
    run_free(&r);
}

static void the_timeline_says_which_files_are_not_in_it(void **state)
{
    (void)state;
    const char *unopened = unopened_file();
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "--pass", "env:KSX_P",
                            INBOUND, unopened);
    assert_int_equal(r.exit, 5);
    assert_true(has(r.out, "Not opened, so not counted: "));
    assert_true(has(r.out, unopened));
    (void)unlink(unopened);
    run_free(&r);
}

/* Nothing is known about what is locked, which is not the same as that nothing expires. */
static void the_timeline_says_what_it_could_not_judge(void **state)
{
    (void)state;
    static const char *const quiet[] = {"-q", "--ascii"};
    for (size_t i = 0; i < 2; i++) {
        struct run r = RUN(KSX_PROGRAM, "expiry", AT, quiet[i], "--pass", "none", "--within", "60d",
                           INBOUND, TRUST);
        assert_int_equal(r.exit, 0);
        assert_true(has(r.err, "inbound.p12: 3 entries were not judged: locked"));
        assert_true(has(r.err, "--pass"));
        assert_int_equal(has(r.out, ", not judged 3 (in 1 keystore)\n"), i == 1);
        run_free(&r);
    }
    struct run r = RUN(KSX_PROGRAM, "expiry", AT, "-j", "-f", "alias:ldap", "--pass", "none",
                       "--within", "60d", INBOUND);
    json_t *json = parsed(&r);
    const json_t *summary = json_object_get(json, "summary");
    assert_int_equal(json_integer_value(json_object_get(summary, "notJudged")), 3);
    assert_int_equal(json_integer_value(json_object_get(summary, "notJudgedKeystores")), 1);
    json_decref(json);
    run_free(&r);
}

static void the_timeline_fails_for_cron_when_it_is_told_to(void **state)
{
    (void)state;
    const char *unopened = unopened_file();
    const struct {
        const char *at, *words[5];
        int exit;
    } cases[] = {
        {"2026-03-01", {"--pass", "env:KSX_P", "--fail", INBOUND}, 1}, /* one has expired */
        {"2026-03-01", {"--pass", "env:KSX_P", "--within=30d", INBOUND}, 0},
        {"2025-06-01", {"--pass", "env:KSX_P", "--fail", INBOUND}, 0},
        {"2025-06-01", {"--pass", "env:KSX_P", "--fail", "--within=1y", INBOUND}, 1},
        {"2025-06-01", {"--pass", "env:KSX_P", "--fail", "--within=30d", INBOUND}, 0},
        {"2025-06-01", {"--pass", "none", "--fail", "--within=30d", INBOUND}, 1}, /* not judged */
        {"2026-03-01", {"--pass", "none", "--fail", unopened, INBOUND}, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *argv[12] = {KSX_PROGRAM, "expiry", "--at", cases[i].at};
        for (size_t k = 0; k < 5 && cases[i].words[k]; k++)
            argv[4 + k] = cases[i].words[k];
        struct run r = run_with(argv, &with_password);
        if (r.exit != cases[i].exit)
            fail_msg("case %zu: %d, not %d: %s", i, r.exit, cases[i].exit, r.out);
        run_free(&r);
    }
    (void)unlink(unopened);
}

static void a_certificate_has_the_same_findings_in_both_lists(void **state)
{
    (void)state;
    struct run list = RUN_WITH(&with_password, KSX_PROGRAM, "list", AT, "-j", "--pass", "env:KSX_P",
                               "-f", "alias:old-issuing-ca", INBOUND);
    struct run expiry = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "-j", "--pass",
                                 "env:KSX_P", "-f", "alias:old-issuing-ca", INBOUND);
    json_t *listed = parsed(&list), *dated = parsed(&expiry);
    const json_t *entry = json_array_get(json_object_get(first_store(listed), "entries"), 0);
    const json_t *row = json_array_get(json_object_get(dated, "expiry"), 0);
    const json_t *cert = json_array_get(json_object_get(entry, "chain"), 0);
    assert_true(json_array_size(json_object_get(cert, "findings")) > 0);
    assert_true(json_equal((json_t *)(uintptr_t)cert,
                           (json_t *)(uintptr_t)json_object_get(row, "certificate")));
    json_decref(listed);
    json_decref(dated);
    run_free(&list);
    run_free(&expiry);
}

static void the_timeline_is_json_too(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "-j", "--within", "30d",
                            "--pass", "env:KSX_P", INBOUND);
    json_t *json = parsed(&r);
    const json_t *rows = json_object_get(json, "expiry");
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text_of(json_array_get(rows, 0), "alias"), "old-issuing-ca");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 1), "days")), 12);
    json_decref(json);
    run_free(&r);
}

static void a_crl_stands_at_its_next_update(void **state)
{
    (void)state;
    struct run list = RUN(KSX_PROGRAM, "list", "--at", "2026-01-01", CRL);
    struct run expiry = RUN(KSX_PROGRAM, "expiry", "--at", "2026-01-01", "-q", CRL);
    assert_true(has(list.out, "  31d  crl "));
    assert_true(has(expiry.out, "   31  2026-02-01  "));
    run_free(&list);
    run_free(&expiry);
    list = RUN(KSX_PROGRAM, "list", "--at", "2026-01-01", "-j", "-f", "exp:<40d", CRL);
    expiry = RUN(KSX_PROGRAM, "expiry", "--at", "2026-01-01", "-j", "--within", "40d", CRL);
    json_t *listed = parsed(&list), *dated = parsed(&expiry);
    const json_t *entry = json_array_get(json_object_get(first_store(listed), "entries"), 0);
    const json_t *row = json_array_get(json_object_get(dated, "expiry"), 0);
    assert_int_equal(json_integer_value(json_object_get(entry, "days")), 31);
    assert_int_equal(json_integer_value(json_object_get(row, "days")), 31);
    assert_string_equal(text_of(row, "nextUpdate"), text_of(entry, "nextUpdate"));
    json_decref(listed);
    json_decref(dated);
    run_free(&list);
    run_free(&expiry);
    expiry = RUN(KSX_PROGRAM, "expiry", "--at", "2026-01-01", "--ics", CRL);
    assert_int_equal(expiry.exit, 0);
    assert_true(has(expiry.out, "DTSTART;VALUE=DATE:20260201\r\n"));
    assert_true(has(expiry.out, "SUMMARY:CRL of Matrix Issuing CA: next update due ("));
    assert_false(has(expiry.out, "in 30 days"));
    run_free(&expiry);
}

static void the_calendar_keeps_to_its_rules(void **state)
{
    (void)state;
    struct run r = RUN_WITH(&with_password, KSX_PROGRAM, "expiry", AT, "--ics", "--pass",
                            "env:KSX_P", INBOUND);
    size_t events = 0;
    assert_int_equal(r.exit, 0);
    assert_int_equal(strncmp(r.out, "BEGIN:VCALENDAR\r\n", 17), 0);
    assert_true(has(r.out, "DTSTART;VALUE=DATE:20260313\r\n"));
    for (const char *line = r.out; *line;) {
        const char *end = strstr(line, "\r\n");
        assert_non_null(end);
        assert_true(end - line <= 75);
        assert_null(memchr(line, '\n', (size_t)(end - line)));
        events += strncmp(line, "BEGIN:VEVENT", 12) == 0;
        line = end + 2;
    }
    assert_int_equal(events, 4); /* the secret key has no date */
    run_free(&r);
}

/* ---- keys ---- */

static void keys_are_told_in_three_ways(void **state)
{
    (void)state;
    struct run r = RUN(KSX_PROGRAM, "keys");
    assert_int_equal(r.exit, 0);
    assert_true(lines_of(r.out) > 30);
    run_free(&r);
    r = RUN(KSX_PROGRAM, "keys", "--markdown");
    assert_int_equal(strncmp(r.out, "| key | does | where |\n", 23), 0);
    run_free(&r);
    r = RUN(KSX_PROGRAM, "keys", "--json");
    json_t *json = parsed(&r);
    assert_true(json_array_size(json_object_get(json, "keys")) > 30);
    json_decref(json);
    run_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_names_every_subcommand_and_every_option),
        cmocka_unit_test(help_is_a_word_too),
        cmocka_unit_test(a_word_that_is_wrong_is_named_and_a_near_one_offered),
        cmocka_unit_test(version_is_one_line),
        cmocka_unit_test(a_command_line_that_makes_no_sense_ends_with_2),
        cmocka_unit_test(errors_of_the_command_line_are_json_when_json_is_wanted),
        cmocka_unit_test(a_day_can_be_written_in_four_units),
        cmocka_unit_test(a_list_has_one_line_an_entry),
        cmocka_unit_test(the_heading_says_when_java_shows_nothing),
        cmocka_unit_test(the_heading_counts_what_is_wrong_with_the_file_itself),
        cmocka_unit_test(a_quiet_list_has_nothing_but_entries),
        cmocka_unit_test(a_filter_and_an_order_apply),
        cmocka_unit_test(of_several_files_the_heading_or_the_row_names_the_store),
        cmocka_unit_test(one_bad_file_does_not_hide_the_others),
        cmocka_unit_test(json_says_what_the_text_says),
        cmocka_unit_test(a_file_that_is_not_opened_has_no_entries_in_json),
        cmocka_unit_test(an_entry_without_dates_has_nulls_in_json),
        cmocka_unit_test(hostile_names_reach_no_terminal),
        cmocka_unit_test(hostile_names_survive_in_json),
        cmocka_unit_test(a_locale_without_utf8_gets_ascii),
        cmocka_unit_test(colours_are_for_terminals_or_on_request),
        cmocka_unit_test(output_that_cannot_be_written_ends_with_6),
        cmocka_unit_test(exit_codes_tell_what_was_wrong),
        cmocka_unit_test(errors_advise_in_the_words_of_the_command_line),
        cmocka_unit_test(keystores_are_read_from_pipes),
        cmocka_unit_test(what_writes_takes_no_pipe),
        cmocka_unit_test(what_a_revocation_list_lists_is_told),
        cmocka_unit_test(a_damaged_file_shows_what_can_be_read),
        cmocka_unit_test(a_password_on_the_command_line_is_refused_and_not_repeated),
        cmocka_unit_test(without_terminal_and_source_ksx_ends_with_4),
        cmocka_unit_test(a_file_that_no_password_concerns_is_not_asked_about),
        cmocka_unit_test(none_lists_unverified),
        cmocka_unit_test(a_missing_variable_is_named),
        cmocka_unit_test(a_password_file_gives_its_first_line),
        cmocka_unit_test(a_descriptor_gives_a_password),
        cmocka_unit_test(each_file_can_have_its_own_source),
        cmocka_unit_test(a_source_that_is_named_twice_gives_the_same_password),
        cmocka_unit_test(the_prompt_uses_the_terminal_although_stdin_is_none),
        cmocka_unit_test(rows_are_cut_to_the_terminal),
        cmocka_unit_test(a_wrong_answer_is_asked_again_three_times),
        cmocka_unit_test(just_enter_lists_what_can_be_listed),
        cmocka_unit_test(an_interrupt_at_the_prompt_brings_the_echo_back),
        cmocka_unit_test(a_variable_is_wiped_once_it_is_read),
        cmocka_unit_test(show_tells_everything_about_an_entry),
        cmocka_unit_test(show_summarises_a_keystore_and_lists_it),
        cmocka_unit_test(the_findings_of_a_file_come_before_those_of_its_entries),
        cmocka_unit_test(the_pem_section_is_nothing_but_pem),
        cmocka_unit_test(show_explains_a_loose_certificate),
        cmocka_unit_test(an_alias_that_is_not_there_ends_with_2),
        cmocka_unit_test(a_key_is_compared_with_its_certificate_but_never_shown),
        cmocka_unit_test(a_key_password_that_does_not_fit_ends_with_4),
        cmocka_unit_test(a_key_is_unlocked_by_every_section_that_tells_of_it),
        cmocka_unit_test(the_timeline_is_ordered_and_counted),
        cmocka_unit_test(a_quiet_timeline_counts_in_plain_days),
        cmocka_unit_test(what_a_damaged_file_cannot_tell_is_no_matter_of_passwords),
        cmocka_unit_test(the_timeline_can_be_reversed_but_what_has_no_date_stays_last),
        cmocka_unit_test(the_timeline_says_which_files_are_not_in_it),
        cmocka_unit_test(the_timeline_says_what_it_could_not_judge),
        cmocka_unit_test(the_timeline_fails_for_cron_when_it_is_told_to),
        cmocka_unit_test(a_certificate_has_the_same_findings_in_both_lists),
        cmocka_unit_test(the_timeline_is_json_too),
        cmocka_unit_test(a_crl_stands_at_its_next_update),
        cmocka_unit_test(the_calendar_keeps_to_its_rules),
        cmocka_unit_test(keys_are_told_in_three_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
