#include "tui/filter_typed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void counts_as(const char *typed, const char *counted)
{
    char *words = filter_typed(typed);
    assert_string_equal(words, counted);
    free(words);
}

static void a_word_that_may_become_a_filter_word_does_not_count_yet(void **state)
{
    (void)state;
    counts_as("e", "");
    counts_as("exp", "");
    counts_as("exp:", "");
    counts_as("exp:<", "");
    counts_as("exp:<3", "exp:<3");
    counts_as("exp:<foo", "");
    counts_as("!typ", "");
    counts_as("ldap", "ldap");
    counts_as("exp ", "exp"); /* finished: text */
    counts_as("\"exp", "\"exp");
    counts_as("", "");
}

static void the_other_words_go_on_counting(void **state)
{
    (void)state;
    counts_as("ldap exp:<foo type:key", "ldap type:key");
    counts_as("sev:error  ali", "sev:error");
    counts_as("\"a b\" !san:x", "\"a b\" !san:x");
}

/* The words are written down a second time: each of them must be one of the filter's. */
static void every_beginning_is_that_of_a_filter_word(void **state)
{
    (void)state;
    static const char *const words[] = {"type", "exp",   "sev",   "alg",     "san",
                                        "dns",  "ip",    "email", "uri",     "subject",
                                        "fp",   "alias", "store", "serial",  "issuer"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char text[32];
        struct ks_error err = {0};
        assert_true(filter_typed_begins_word(words[i], strlen(words[i])));
        (void)snprintf(text, sizeof text, "%s:", words[i]);
        struct filter *f = filter_parse(text, &err);
        assert_null(strstr(err.next, "the words are"));
        filter_free(f);
    }
    assert_false(filter_typed_begins_word("expired", 7));
    assert_false(filter_typed_begins_word("", 0));
}

static void what_is_missing_or_wrong_is_said(void **state)
{
    (void)state;
    char words[160];
    filter_typed_problem("colour:red", words, sizeof words);
    assert_string_equal(words, "no such word; Enter lists them");
    filter_typed_problem("ldap exp:", words, sizeof words);
    assert_int_equal(strncmp(words, "write exp:<30d", 14), 0);
    filter_typed_problem("sev:nope ldap", words, sizeof words);
    assert_int_equal(strncmp(words, "sev:nope? write sev:error", 25), 0);
    filter_typed_problem("ldap exp:<30d", words, sizeof words);
    assert_string_equal(words, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_that_may_become_a_filter_word_does_not_count_yet),
        cmocka_unit_test(the_other_words_go_on_counting),
        cmocka_unit_test(every_beginning_is_that_of_a_filter_word),
        cmocka_unit_test(what_is_missing_or_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
