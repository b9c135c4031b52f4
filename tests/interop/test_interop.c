/*
 * Interoperability: `ksx list --json` must say of each file what Java says of it, apart from the
 * differences that fixtures.txt names. Usage: test_interop FIXTURES DIR KSX
 *
 * DIR holds the files and oracle.json, both made by MakeStores.java.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h> /* cmocka wants it before itself */

#include <cmocka.h>
#include <jansson.h>

#define FIXTURES_MAX 400
#define WORDS_MAX 24
#define OUTPUT_MAX (16u << 20)

struct fixture {
    char *line; /* owned; the words point into it */
    const char *words[WORDS_MAX];
    size_t word_count;
};
enum { FILE_NAME, READER, PASSWORD, FIRST_NOTE };

static struct {
    const char *dir;
    const char *ksx;
    json_t *oracle;
    json_t *output; /* of the ksx that was run last */
    struct fixture fixtures[FIXTURES_MAX];
    struct CMUnitTest tests[FIXTURES_MAX];
    size_t count;
} all;

/* ---- fixtures.txt ---- */

/* The value of the first note "name=value", "" for a bare "name"; NULL if there is none. */
static const char *note(const struct fixture *f, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = FIRST_NOTE; i < f->word_count; i++) {
        if (strncmp(f->words[i], name, len) != 0)
            continue;
        if (f->words[i][len] == '=')
            return f->words[i] + len + 1;
        if (f->words[i][len] == '\0')
            return "";
    }
    return NULL;
}

static long note_number(const struct fixture *f, const char *name, long otherwise)
{
    const char *value = note(f, name);
    return value ? strtol(value, NULL, 10) : otherwise;
}

/* "prefix:KEY=value" for this key. */
static const char *note_for(const struct fixture *f, const char *prefix, const char *key)
{
    char name[512];
    int n = snprintf(name, sizeof name, "%s:%s", prefix, key);
    return n > 0 && (size_t)n < sizeof name ? note(f, name) : NULL;
}

/* %20 becomes a space, in place. */
static char *unescape(char *word)
{
    char *at = word;
    while ((at = strstr(at, "%20"))) {
        *at++ = ' ';
        memmove(at, at + 2, strlen(at + 2) + 1);
    }
    return word;
}

static void read_fixtures(const char *path)
{
    char line[2048];
    FILE *in = fopen(path, "r");
    if (!in) {
        perror(path);
        exit(2);
    }
    while (fgets(line, sizeof line, in)) {
        char *rest = NULL;
        struct fixture *f = &all.fixtures[all.count];
        if (line[0] == '#' || line[strspn(line, " \n")] == '\0')
            continue;
        assert_true(all.count < FIXTURES_MAX);
        f->line = strdup(line);
        for (char *w = strtok_r(f->line, " \n", &rest); w; w = strtok_r(NULL, " \n", &rest)) {
            assert_true(f->word_count < WORDS_MAX);
            f->words[f->word_count++] = unescape(w);
        }
        assert_true(f->word_count >= FIRST_NOTE);
        all.count++;
    }
    (void)fclose(in);
}

/* ---- running ksx ---- */

static void child(const struct fixture *f, int out)
{
    const char *password = f->words[PASSWORD];
    const char *source = "env:KSX_TEST_PASSWORD";
    if (strcmp(password, "-") == 0)
        source = "none";
    else
        (void)setenv("KSX_TEST_PASSWORD", strcmp(password, "\"\"") == 0 ? "" : password, 1);
    (void)dup2(out, STDOUT_FILENO);
    (void)close(out);
    (void)freopen("/dev/null", "w", stderr);
    (void)freopen("/dev/null", "r", stdin);
    if (chdir(all.dir) == 0)
        (void)execl(all.ksx, "ksx", "list", "--json", "--pass", source, f->words[FILE_NAME],
                    (char *)NULL);
    _exit(127);
}

/* Runs `ksx list --json` on the fixture; its standard output becomes *json (NULL if it is none). */
static int run_ksx(const struct fixture *f, json_t **json)
{
    int pipes[2], status = 0;
    size_t len = 0;
    ssize_t got;
    char *text = malloc(OUTPUT_MAX);
    assert_non_null(text);
    assert_int_equal(pipe(pipes), 0);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(pipes[0]);
        child(f, pipes[1]);
    }
    (void)close(pipes[1]);
    while (len < OUTPUT_MAX && (got = read(pipes[0], text + len, OUTPUT_MAX - len)) > 0)
        len += (size_t)got;
    (void)close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *json = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
    free(text);
    if (WIFSIGNALED(status))
        fail_msg("ksx died of signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* ---- comparing ---- */

static json_t *oracle_for(const struct fixture *f)
{
    size_t i;
    json_t *file, *files = json_object_get(all.oracle, "files");
    json_array_foreach(files, i, file)
    {
        if (strcmp(json_string_value(json_object_get(file, "file")), f->words[FILE_NAME]) == 0 &&
            strcmp(json_string_value(json_object_get(file, "reader")), f->words[READER]) == 0)
            return file;
    }
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Java's readers but Bouncy Castle's fold aliases. An alias in ksx is a C string: a NUL inside is
 * shown as U+2400 where the format's bytes do not tell it apart. */
static bool same_alias(const json_t *java, const json_t *ksx, bool folded)
{
    static const char nul_symbol[] = "\xe2\x90\x80";
    const char *s = json_string_value(java), *t = json_string_value(ksx);
    const char *s_end = s + json_string_length(java), *t_end = t + json_string_length(ksx);
    while (s < s_end && t < t_end) {
        if (*s == '\0' && strncmp(t, nul_symbol, 3) == 0) {
            s++;
            t += 3;
            continue;
        }
        char x[2] = {*s++, 0}, y[2] = {*t++, 0};
        if (folded ? strcasecmp(x, y) != 0 : x[0] != y[0])
            return false;
    }
    return s == s_end && t == t_end;
}

static bool same_chain(const json_t *java, const json_t *ksx)
{
    json_t *a = json_object_get(java, "chain"), *b = json_object_get(ksx, "chain");
    if (json_array_size(a) != json_array_size(b))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++) {
        if (strcmp(text_of(json_array_get(a, i), "sha256"),
                   text_of(json_array_get(b, i), "sha256")))
            return false;
    }
    return true;
}

static bool same_kind(const struct fixture *f, const json_t *java, const json_t *ksx)
{
    const char *want = note_for(f, "kind", text_of(java, "alias"));
    const char *have = text_of(ksx, "kind");
    if (!want)
        want = text_of(java, "kind");
    return strcmp(want, have) == 0 ||
           (strcmp(want, "secret") == 0 && strcmp(have, "password") == 0);
}

/* The ksx entry that is Java's `java`; taken ones are marked in `used`. */
static const json_t *counterpart(const struct fixture *f, const json_t *java, json_t *entries,
                                 bool *used, size_t *index)
{
    size_t i;
    json_t *entry;
    bool unnamed = note(f, "unnamed") != NULL;
    bool chains_differ = note_for(f, "chain", text_of(java, "alias")) != NULL;
    bool folded = strncmp(f->words[READER], "BC:", 3) != 0;
    json_array_foreach(entries, i, entry)
    {
        if (used[i])
            continue;
        if (!unnamed &&
            !same_alias(json_object_get(java, "alias"), json_object_get(entry, "alias"), folded))
            continue;
        if (!chains_differ && !same_chain(java, entry))
            continue;
        *index = i;
        return entry;
    }
    return NULL;
}

/* ksx writes whole octets, Java no leading zero. */
static const char *digits_of(const json_t *certificate)
{
    const char *serial = text_of(certificate, "serial");
    return serial[0] == '0' && serial[1] ? serial + 1 : serial;
}

static void compare_certificates(const json_t *java, const json_t *ksx)
{
    size_t i;
    json_t *a, *b, *list = json_object_get(java, "chain");
    json_array_foreach(list, i, a)
    {
        b = json_array_get(json_object_get(ksx, "chain"), i);
        if (!b)
            return;
        assert_string_equal(text_of(b, "subject"), text_of(a, "subject"));
        assert_string_equal(digits_of(b), digits_of(a));
        assert_string_equal(text_of(b, "notAfter"), text_of(a, "notAfter"));
    }
}

static bool is_hidden(const struct fixture *f, const char *alias)
{
    const char *list = note(f, "hidden");
    size_t len = strlen(alias);
    if (note(f, "all-hidden"))
        return true;
    while (list && *list) {
        size_t word = strcspn(list, ",");
        if (word == len && memcmp(list, alias, len) == 0)
            return true;
        list += word + (list[word] == ',');
    }
    return false;
}

static void compare_stores(const struct fixture *f, const json_t *java, json_t *entries)
{
    bool used[1000] = {false};
    size_t i, at = 0;
    json_t *entry;
    assert_true(json_array_size(entries) <= sizeof used);
    json_array_foreach(json_object_get(java, "entries"), i, entry)
    {
        const char *alias = text_of(entry, "alias");
        if (strcmp(text_of(entry, "kind"), "unreachable") == 0)
            continue; /* listed, but Java cannot look it up: fixtures.txt calls it hidden */
        const json_t *mine = counterpart(f, entry, entries, used, &at);
        if (!mine)
            fail_msg("Java has %s '%s' and ksx has not, or with another chain",
                     text_of(entry, "kind"), alias);
        used[at] = true;
        if (!same_kind(f, entry, mine))
            fail_msg("'%s' is %s to Java and %s to ksx", alias, text_of(entry, "kind"),
                     text_of(mine, "kind"));
        compare_certificates(entry, mine);
    }
    json_array_foreach(entries, i, entry)
    {
        if (!used[i] && !is_hidden(f, text_of(entry, "alias")))
            fail_msg("ksx has %s '%s' and Java has not", text_of(entry, "kind"),
                     text_of(entry, "alias"));
    }
}

/* Loose files: the certificates in their order, whatever entry they belong to. */
static void compare_loose(const json_t *java, const json_t *entries)
{
    size_t i, j, count = 0;
    const char *found[64];
    json_t *entry, *c, *list = json_object_get(java, "entries");
    size_t want = json_array_size(list);
    json_array_foreach(entries, i, entry)
    {
        json_array_foreach(json_object_get(entry, "chain"), j, c)
        {
            assert_true(count < sizeof found / sizeof found[0]);
            found[count++] = text_of(c, "sha256");
        }
    }
    assert_int_equal(count, want);
    for (i = 0; i < want; i++) {
        json_t *chain = json_object_get(json_array_get(list, i), "chain");
        assert_string_equal(found[i], text_of(json_array_get(chain, 0), "sha256"));
    }
}

static void ksx_agrees_with_java(void **state)
{
    const struct fixture *f = *state;
    char path[4096];
    json_t *json = NULL;
    json_decref(all.output); /* of the test before, which a failure may have left early */
    all.output = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", all.dir, f->words[FILE_NAME]);
    if (access(path, R_OK) != 0) {
        print_message("SKIPPED %s: the tool that writes it is not here\n", f->words[FILE_NAME]);
        skip();
    }
    int status = run_ksx(f, &json);
    all.output = json;
    assert_int_equal(status, note_number(f, "exit", 0));
    assert_non_null(json);

    json_t *store = json_array_get(json_object_get(json, "keystores"), 0);
    json_t *entries = json_object_get(store, "entries");
    long count = note_number(f, "entries", -1);
    if (count >= 0)
        assert_int_equal(json_array_size(entries), count);
    if (!json_object_get(store, "error") && strcmp(f->words[READER], "-") != 0) {
        json_t *java = oracle_for(f);
        assert_non_null(java);
        const char *error = json_string_value(json_object_get(java, "error"));
        if (note(f, "java-refuses"))
            assert_non_null(error);
        else if (error)
            fail_msg("Java refuses it, unexpectedly: %s", error);
        else if (islower((unsigned char)f->words[READER][0]))
            compare_loose(java, entries);
        else if (entries)
            compare_stores(f, java, entries);
        else if (status == 0)
            fail_msg("ksx lists nothing");
    }
}

int main(int argc, char **argv)
{
    char path[4096];
    if (argc != 4) {
        (void)fputs("usage: test_interop FIXTURES DIR KSX\n", stderr);
        return 2;
    }
    all.dir = argv[2];
    all.ksx = argv[3];
    read_fixtures(argv[1]);
    (void)snprintf(path, sizeof path, "%s/oracle.json", all.dir);
    all.oracle = json_load_file(path, JSON_ALLOW_NUL, NULL);
    if (!all.oracle) {
        (void)fprintf(stderr, "%s: not there; the test interop/make-stores makes it\n", path);
        return 2;
    }
    for (size_t i = 0; i < all.count; i++)
        all.tests[i] = (struct CMUnitTest){.name = all.fixtures[i].words[FILE_NAME],
                                           .test_func = ksx_agrees_with_java,
                                           .initial_state = &all.fixtures[i]};
    int failed = _cmocka_run_group_tests("interop", all.tests, all.count, NULL, NULL);
    for (size_t i = 0; i < all.count; i++)
        free(all.fixtures[i].line);
    json_decref(all.output);
    json_decref(all.oracle);
    return failed != 0;
}
