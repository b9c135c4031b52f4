/* What is made from the tables of the program is as the program would make it now. */
#include "run.h"

static char *contents(const char *name)
{
    char path[4096], chunk[4096], *text = NULL;
    size_t len = 0, got;
    (void)snprintf(path, sizeof path, "%s/%s", KSX_SOURCE, name);
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("there is no %s: docs/refresh writes it", name);
    run_append(&text, &len, "", 0);
    while ((got = fread(chunk, 1, sizeof chunk, in)) > 0)
        run_append(&text, &len, chunk, got);
    (void)fclose(in);
    return text;
}

static void generated_documents_are_fresh(void **state)
{
    (void)state;
    static const struct {
        const char *document, *file;
    } rows[] = {
        {"man", "docs/ksx.1"},
        {"findings", "docs/findings.md"},
        {"bash", "completions/ksx.bash"},
        {"zsh", "completions/_ksx"},
        {"fish", "completions/ksx.fish"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run r = RUN(KSX_PROGRAM, "docs", rows[i].document);
        char *have = contents(rows[i].file);
        assert_int_equal(r.exit, 0);
        if (strcmp(have, r.out) != 0)
            fail_msg("%s is stale: run docs/refresh", rows[i].file);
        free(have);
        run_free(&r);
    }
}

static void readme_has(const char *readme, struct run *r, const char *what)
{
    assert_int_equal(r->exit, 0);
    assert_true(r->out_len > 100);
    if (!strstr(readme, r->out))
        fail_msg("the %s of README.md are stale: run docs/refresh", what);
    run_free(r);
}

static void the_tables_of_the_readme_are_fresh(void **state)
{
    (void)state;
    char *readme = contents("README.md");
    struct run commands = RUN(KSX_PROGRAM, "docs", "commands");
    struct run formats = RUN(KSX_PROGRAM, "docs", "formats");
    struct run keys = RUN(KSX_PROGRAM, "keys", "--markdown");
    readme_has(readme, &commands, "commands");
    readme_has(readme, &formats, "formats");
    readme_has(readme, &keys, "keys");
    free(readme);
}

/* The pictures and files that documents point to are there. */
static void links_of_the_documents_lead_somewhere(void **state)
{
    (void)state;
    static const char *const documents[] = {"README.md", "CONTRIBUTING.md", "docs/ARCHITECTURE.md"};
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        char *text = contents(documents[i]);
        const char *dir = strncmp(documents[i], "docs/", 5) == 0 ? "docs/" : "";
        for (char *at = text; (at = strstr(at, "]("));) {
            char path[4096], *end = strchr(at += 2, ')');
            assert_non_null(end);
            if (strncmp(at, "http", 4) == 0 || *at == '#')
                continue;
            (void)snprintf(path, sizeof path, "%s/%s%.*s", KSX_SOURCE, dir, (int)strcspn(at, ")#"),
                           at);
            if (access(path, R_OK) != 0)
                fail_msg("%s points to %s, which is not there", documents[i], path);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_documents_are_fresh),
        cmocka_unit_test(the_tables_of_the_readme_are_fresh),
        cmocka_unit_test(links_of_the_documents_lead_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
