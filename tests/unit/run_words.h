/* What a run of the program wrote: words that must be there, JSON, and files to give it. */
#ifndef KSX_TEST_RUN_WORDS_H
#define KSX_TEST_RUN_WORDS_H

#include "run.h"

#include <fcntl.h>
#include <jansson.h>

static inline bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static inline void expect_words(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has(text, words[i]))
            fail_msg("'%s' is not in:\n%s", words[i], text);
}
#define EXPECT(text, ...)                                                                          \
    expect_words(text, (const char *const[]){__VA_ARGS__},                                         \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static inline json_t *parsed(const struct run *r)
{
    json_error_t error;
    json_t *json = json_loadb(r->out, r->out_len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("no JSON: %s in %.200s", error.text, r->out);
    return json;
}

static inline const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "(none)";
}

/* A file in the working directory of the tests, which run at the same time; removed by the caller. */
static inline const char *run_file(const char *name, const char *text)
{
    static char path[2][96];
    static int turn;
    char *p = path[turn ^= 1];
    (void)snprintf(p, sizeof path[0], "run.%ld.%s", (long)getpid(), name);
    int fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    return p;
}

#endif
