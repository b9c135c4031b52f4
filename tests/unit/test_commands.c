#include "tui/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static const unsigned contexts[] = {ON_TREE, ON_DETAIL, ON_EXPIRY, ON_OPEN, ON_HELP, ON_DIFF, ON_JVM,
                                    ON_FINDINGS, ON_EXPLAIN};
#define CONTEXTS (sizeof contexts / sizeof contexts[0])

/* Calls fn for every key name of a command. */
static void each_key(const struct ui_command *c,
                     void (*fn)(const struct ui_command *c, const char *name))
{
    char names[64];
    snprintf(names, sizeof names, "%s", c->keys);
    for (char *p = names; *p;) {
        size_t len = strcspn(p, " ");
        bool last = p[len] == '\0';
        p[len] = '\0';
        fn(c, p);
        p += len + !last;
    }
}

static void check_key_parses(const struct ui_command *c, const char *name)
{
    struct ui_key key;
    char again[16];
    if (!ui_key_parse(name, &key))
        fail_msg("%s: no key is called '%s'", c->name, name);
    assert_string_equal(ui_key_name(key, again), name);
}

static void every_key_name_parses_and_prints_the_same(void **state)
{
    (void)state;
    size_t count;
    const struct ui_command *all = ui_commands(&count);
    for (size_t i = 0; i < count; i++)
        each_key(&all[i], check_key_parses);
}

static void check_key_leads_here(const struct ui_command *c, const char *name)
{
    struct ui_key key;
    assert_true(ui_key_parse(name, &key));
    for (size_t i = 0; i < CONTEXTS; i++) {
        if (!(c->where & contexts[i]))
            continue;
        const struct ui_command *found = ui_command(ui_command_for_key(key, contexts[i]));
        if (found != c)
            fail_msg("'%s' is bound to %s and to %s", name, c->name,
                     found ? found->name : "nothing");
    }
}

static void a_key_means_one_thing_in_a_context(void **state)
{
    (void)state;
    size_t count;
    const struct ui_command *all = ui_commands(&count);
    for (size_t i = 0; i < count; i++)
        each_key(&all[i], check_key_leads_here);
}

static void every_command_has_a_name_help_and_a_group(void **state)
{
    (void)state;
    static const char *const groups[] = {"Move", "Find", "View", "Edit", "Files", "General"};
    size_t count;
    const struct ui_command *all = ui_commands(&count);
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
            known = known || strcmp(all[i].group, groups[g]) == 0;
        assert_true(known);
        assert_true(all[i].name[0] && all[i].help[0] && all[i].keys[0]);
        assert_true(all[i].where != 0);
        assert_null(strchr(all[i].name, ' '));
        assert_non_null(all[i].bar);
        assert_non_null(all[i].synonyms);
        assert_non_null(all[i].cli);
    }
}

static void every_id_stands_in_the_table_once(void **state)
{
    (void)state;
    size_t count;
    const struct ui_command *all = ui_commands(&count);
    assert_int_equal(count, CMD_COUNT - 1);
    for (int id = CMD_NONE + 1; id < CMD_COUNT; id++) {
        const struct ui_command *c = ui_command((enum ui_command_id)id);
        assert_non_null(c);
        for (size_t i = 0; i < count; i++)
            if (all[i].id != c->id)
                assert_string_not_equal(all[i].name, c->name);
    }
}

/* tmux, screen and ssh take these before ksx sees them; ^S and ^Q stop a terminal. */
static void keys_that_never_arrive_are_not_bound(void **state)
{
    (void)state;
    static const char *const forbidden[] = {"~", "^B", "^A", "^S", "^Q", "^H", "^\\", "Alt"};
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        struct ui_key key;
        assert_true(ui_key_parse(forbidden[i], &key));
        assert_int_equal(ui_command_for_key(key, ON_ANY), CMD_NONE);
    }
}

static void function_keys_are_only_synonyms(void **state)
{
    (void)state;
    size_t count;
    const struct ui_command *all = ui_commands(&count);
    for (size_t i = 0; i < count; i++)
        if (all[i].id != CMD_COPY_TO) /* a line of the menu of e */
            assert_false(all[i].keys[0] == 'F' && all[i].keys[1] >= '1' && all[i].keys[1] <= '9');
}

static void names_that_are_no_keys_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "F0", "F13", "F1x", "Ctrl", "jj", "^é", " "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ui_key key;
        if (ui_key_parse(wrong[i], &key))
            fail_msg("'%s' was taken for a key", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_name_parses_and_prints_the_same),
        cmocka_unit_test(a_key_means_one_thing_in_a_context),
        cmocka_unit_test(every_command_has_a_name_help_and_a_group),
        cmocka_unit_test(every_id_stands_in_the_table_once),
        cmocka_unit_test(keys_that_never_arrive_are_not_bound),
        cmocka_unit_test(function_keys_are_only_synonyms),
        cmocka_unit_test(names_that_are_no_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
