#include "tui/filter_typed.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "tui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The words of report/filter.h. */
static const char *const words[] = {
    "type",    "exp",    "sev",    "alg", "san",   "dns",   "ip", "email", "uri",
    "subject", "issuer", "serial", "fp",  "alias", "store",
};

bool filter_typed_begins_word(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (len > 0 && len <= strlen(words[i]) && strncmp(words[i], text, len) == 0)
            return true;
    return false;
}

/* The end of the word that starts at `at`: a blank in quotes belongs to it. */
static const char *word_end(const char *at)
{
    bool quoted = false;
    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++)
        quoted = quoted != (*at == '"');
    return at;
}

static bool word_is_understood(const char *word, size_t len, struct ks_error *err)
{
    char *copy = ks_strndup(word, len);
    struct filter *f = filter_parse(copy, err);
    free(copy);
    filter_free(f);
    return f != NULL;
}

char *filter_typed(const char *text)
{
    struct ks_buf out = KS_BUF_INIT;
    for (const char *at = text, *end; *(at += strspn(at, " \t")); at = end) {
        end = word_end(at);
        const char *bare = at + (*at == '!');
        bool growing = !*end && filter_typed_begins_word(bare, (size_t)(end - bare));
        if (growing || !word_is_understood(at, (size_t)(end - at), NULL))
            continue;
        ks_buf_str(&out, out.len ? " " : "");
        ks_buf_append(&out, at, (size_t)(end - at));
    }
    char *result = ks_strdup(ks_buf_text(&out));
    ks_buf_free(&out);
    return result;
}

void filter_typed_problem(const char *text, char *out, size_t size)
{
    out[0] = '\0';
    for (const char *at = text, *end; *(at += strspn(at, " \t")); at = end) {
        struct ks_error err = {0};
        end = word_end(at);
        if (word_is_understood(at, (size_t)(end - at), &err))
            continue;
        bool growing = !*end && end[-1] == ':'; /* what may follow, rather than what is wrong */
        if (strncmp(err.next, "the words are", 13) == 0) /* too many for the prompt's row */
            snprintf(out, size, "no such word; Enter lists them");
        else
            snprintf(out, size, "%.*s%s%s", growing ? 0 : (int)(end - at), at, growing ? "" : "? ",
                     err.next);
        return;
    }
}

bool filter_is_understood(struct app *app, const char *text)
{
    struct ks_error err = {0};
    struct filter *f = filter_parse(text, &err);
    if (!f)
        app_error(app, &err);
    filter_free(f);
    return f != NULL;
}
