/*
 * The repair wizard that fetches what is missing from where the CA publishes it: who would be asked
 * is shown first, a private address takes a second question, and Esc ends the waiting.
 */
#define _GNU_SOURCE
#include "../unit/published.h"
#include "wizard_steps.h"

#include "net/dial.h"

static struct published ca;

static int begin(void **state)
{
    published_open(&ca);
    return sandbox_make(state);
}

static int end(void **state)
{
    published_close(&ca);
    return sandbox_drop(state);
}

static struct pty *on_sources(int rows, int cols)
{
    static const char *const env[] = {"no_proxy=*", NULL};
    if (!ks_network())
        skip();
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_key(s, "web", "L");
    struct ks_buf bytes = op_written(s, s->now);
    FILE *out = fopen(in_box("app.jks"), "wb");
    assert_true(out && fwrite(bytes.data, 1, bytes.len, out) == bytes.len && fclose(out) == 0);
    ks_buf_free(&bytes);
    ks_store_free(s);
    struct pty *t = open_with(rows, cols, env, (const char *const[]){"app.jks", NULL});
    pty_type(t, "jr");
    pty_wait(t, "What is wrong");
    pty_type(t, "<PgDn>");
    pty_wait(t, "Where may the missing");
    pty_wait(t, "[ ] where the CA publishes it");
    pty_type(t, "<Tab><Tab> ");
    pty_wait(t, "[x] where the CA publishes it");
    return t;
}

static void a_chain_is_completed_after_the_second_question(void **state)
{
    (void)state;
    struct pty *t = on_sources(24, 80);
    pty_wait(t, ca.url);
    pty_wait(t, "asked at Next and not before");
    assert_false(pty_shows(t, "private networks"));
    pty_type(t, "<PgDn>");
    pty_wait(t, "[ ] also at addresses of private networks");
    pty_wait(t, "nothing was asked of 127.0.0.1");
    assert_int_equal(loopback_count(ca.server), 0);
    pty_type(t, " ");
    pty_wait(t, "[x] also at addresses of private networks");
    pty_type(t, "<PgDn>");
    pty_wait(t, "include the root");
    assert_int_equal(loopback_count(ca.server), 2);
    pty_type(t, "<PgDn>");
    pty_wait(t, "+ 1 I");
    pty_wait(t, "+ 2 R");
    pty_wait(t, "http://127.0.0.1:");
    assert_unchanged("app.jks");
    apply(t);
    save(t);
    quit(t);
    struct ks_store *s = read_store("app.jks", "changeit");
    assert_letters(op_entry(s, "web"), "L I R");
    ks_store_free(s);
}

static void what_came_of_it_stands_with_what_is_missing(void **state)
{
    (void)state;
    published_leaf_at(&ca, "/gone.crt");
    struct pty *t = on_sources(24, 80);
    pty_type(t, "<PgDn>");
    pty_wait(t, "[ ] also at addresses of private networks");
    pty_type(t, " <PgDn>");
    pty_wait(t, "No source has it");
    pty_wait(t, "404");
    pty_type(t, "<PgUp>");
    pty_wait(t, "Where may the missing");
    pty_wait(t, "404");
    leave(t, "Repair web");
    quit(t);
    assert_unchanged("app.jks");
}

static void esc_ends_the_waiting_for_a_server_that_says_nothing(void **state)
{
    (void)state;
    shelf_put_odd(&ca.shelf, "/silent", SHELF_SILENT);
    published_leaf_at(&ca, "/silent");
    struct pty *t = on_sources(24, 80);
    pty_type(t, "<PgDn>");
    pty_wait(t, "[ ] also at addresses of private networks");
    pty_type(t, " <PgDn>");
    pty_wait(t, "fetching issuers");
    long before = loopback_milliseconds();
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "fetching issuers");
    assert_true(loopback_milliseconds() - before <
                2000); /* and not the 5 s that a fetch may take */
    pty_wait(t, "Where may the missing");
    pty_wait(t, "Stopped. Nothing was changed.");
    assert_false(pty_shows(t, "nothing was asked of")); /* of the look before */
    leave(t, "Repair web");
    quit(t);
    assert_unchanged("app.jks");
}

/* Also one that another begins with. */
static void each_place_is_shown_on_a_small_terminal(void **state)
{
    char urls[192], shorter[80];
    bool shown = false;
    (void)state;
    (void)snprintf(shorter, sizeof shorter, "%s/I.c", ca.url);
    (void)snprintf(urls, sizeof urls, "%srt,caIssuers;URI:%s", shorter, shorter);
    published_leaf(urls);
    struct pty *t = on_sources(16, 60);
    pty_wait(t, "/I.crt");
    for (int row = 0; row < pty_rows(t); row++) {
        const char *at = strstr(pty_row(t, row), shorter);
        shown = shown || (at && at[strlen(shorter)] == '\0');
    }
    assert_true(shown);
    leave(t, "Repair web");
    quit(t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_chain_is_completed_after_the_second_question),
        TEST(what_came_of_it_stands_with_what_is_missing),
        TEST(esc_ends_the_waiting_for_a_server_that_says_nothing),
        TEST(each_place_is_shown_on_a_small_terminal),
    };
    ks_clock_pin(MAKE_NOW);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
