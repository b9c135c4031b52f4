#include "file/jvm_line.h"

#include "base/alloc.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define ARGFILES_MAX 16
#define ARGFILE_MAX (64u << 10)

/* ---- words ---- */

enum syntax {
    SYNTAX_ENVIRONMENT, /* quotes, nothing is escaped: HotSpot's Arguments::parse_options_buffer */
    SYNTAX_ARGFILE,     /* escapes in quotes, comments: java's @argfiles */
};

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blank(struct ks_reader *r, enum syntax syntax)
{
    bool comment = false;
    for (; r->at < r->end; r->at++) {
        if (*r->at == '\n' || *r->at == '\r')
            comment = false;
        else if (syntax == SYNTAX_ARGFILE && *r->at == '#')
            comment = true;
        if (!comment && !is_space(*r->at))
            return;
    }
}

/* After a backslash between quotes. A line that ends there goes on with the next one's text. */
static void put_escaped(struct ks_reader *r, struct ks_buf *word)
{
    static const char letters[] = "nrtf", meant[] = "\n\r\t\f";
    uint8_t c = *r->at++;
    const char *found = memchr(letters, c, sizeof letters - 1);
    if (c == '\n' || c == '\r') {
        while (r->at < r->end && is_space(*r->at))
            r->at++;
        return;
    }
    ks_buf_byte(word, found ? (uint8_t)meant[found - letters] : c);
}

/* The next word; false at the end. */
static bool next_word(struct ks_reader *r, enum syntax syntax, struct ks_buf *word)
{
    uint8_t quote = 0;
    ks_buf_clear(word);
    skip_blank(r, syntax);
    if (r->at == r->end)
        return false;
    while (r->at < r->end && (quote || !is_space(*r->at))) {
        uint8_t c = *r->at++;
        if (quote && syntax == SYNTAX_ARGFILE && c == '\\' && r->at < r->end)
            put_escaped(r, word);
        else if (c == quote)
            quote = 0;
        else if (!quote && (c == '"' || c == '\''))
            quote = c;
        else
            ks_buf_byte(word, c);
    }
    return true;
}

/* ---- what they mean ---- */

static const struct {
    const char *name;
    enum ks_jvm_setting setting;
} properties[] = {
    {"-Djavax.net.ssl.trustStore=", KS_JVM_TRUST_STORE},
    {"-Djavax.net.ssl.keyStore=", KS_JVM_KEY_STORE},
    {"-Djava.home=", KS_JVM_HOME},
};

/* Options whose value is the next word. */
static const char *const with_value[] = {
    "-cp",            "-classpath",        "--class-path",    "-p",
    "--module-path",  "--add-modules",     "--limit-modules", "--upgrade-module-path",
    "--add-reads",    "--add-exports",     "--add-opens",     "--patch-module",
    "--source",       "--describe-module", "-d",              "--enable-native-access",
};

static void set(struct ks_jvm_line *line, enum ks_jvm_setting setting, const char *value)
{
    if (strlen(value) >= PATH_MAX)
        return;
    free(line->value[setting]);
    line->value[setting] = ks_strdup(value);
}

static void take_property(struct ks_jvm_line *line, const char *word)
{
    for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++) {
        size_t len = strlen(properties[i].name);
        if (strncmp(word, properties[i].name, len) == 0)
            set(line, properties[i].setting, word + len);
    }
}

static bool has_value(const char *word)
{
    for (size_t i = 0; i < sizeof with_value / sizeof with_value[0]; i++)
        if (strcmp(word, with_value[i]) == 0)
            return true;
    return false;
}

static void take_program(struct ks_jvm_line *line, const char *word)
{
    set(line, KS_JVM_PROGRAM, word);
    line->ended = true;
}

static void take_option(struct ks_jvm_line *line, const char *word)
{
    static const char module[] = "--module=";
    if (strcmp(word, "-jar") == 0 || strcmp(word, "-m") == 0 || strcmp(word, "--module") == 0)
        line->program_next = true;
    else if (strncmp(word, module, sizeof module - 1) == 0)
        take_program(line, word + sizeof module - 1);
    else if (strcmp(word, "--disable-@files") == 0)
        line->argfiles_off = true;
    else if (has_value(word))
        line->skip = true;
    else
        take_property(line, word);
}

static void take_argument(struct ks_jvm_line *line, const char *word)
{
    if (line->ended)
        return;
    if (line->skip)
        line->skip = false;
    else if (line->program_next || word[0] != '-')
        take_program(line, word);
    else
        take_option(line, word);
}

static void take_argfile(struct ks_jvm_line *line, const char *name)
{
    struct ks_buf text = {.max = ARGFILE_MAX}, word = KS_BUF_INIT;
    if (line->argfile && line->argfiles++ < ARGFILES_MAX && line->argfile(line->ctx, name, &text)) {
        struct ks_reader r = ks_reader(ks_slice(text.data, text.len));
        while (!line->ended && next_word(&r, SYNTAX_ARGFILE, &word))
            take_argument(line, ks_buf_text(&word)); /* files in files are not opened by java */
    }
    ks_buf_wipe_free(&text);
    ks_buf_wipe_free(&word);
}

/* "@file" is one, "@@word" is the word "@word". */
static void take_word(struct ks_jvm_line *line, const char *word)
{
    bool at = word[0] == '@' && !line->ended && !line->argfiles_off;
    if (at && word[1] != '@' && word[1])
        take_argfile(line, word + 1);
    else
        take_argument(line, word + (at && word[1] == '@'));
}

/* ---- doors ---- */

void ks_jvm_line_command(struct ks_jvm_line *line, struct ks_slice words)
{
    bool first = true;
    struct ks_buf word = KS_BUF_INIT;
    for (size_t at = 0; at < words.len && !line->ended;) {
        const uint8_t *end = memchr(words.data + at, 0, words.len - at);
        size_t len = end ? (size_t)(end - words.data) - at : words.len - at;
        ks_buf_clear(&word);
        ks_buf_append(&word, words.data + at, len);
        if (!first)
            take_word(line, ks_buf_text(&word));
        first = false;
        at += len + 1;
    }
    ks_buf_wipe_free(&word);
}

void ks_jvm_line_launcher_options(struct ks_jvm_line *line, struct ks_slice text)
{
    struct ks_buf word = KS_BUF_INIT;
    struct ks_reader r = ks_reader(text);
    while (next_word(&r, SYNTAX_ENVIRONMENT, &word))
        if (word.len && (word.data[0] == '-' || word.data[0] == '@' || line->skip))
            take_word(line, ks_buf_text(&word));
    ks_buf_wipe_free(&word);
}

void ks_jvm_line_vm_options(struct ks_jvm_line *line, struct ks_slice text)
{
    struct ks_buf word = KS_BUF_INIT;
    struct ks_reader r = ks_reader(text);
    while (next_word(&r, SYNTAX_ENVIRONMENT, &word))
        take_property(line, ks_buf_text(&word));
    ks_buf_wipe_free(&word);
}

void ks_jvm_line_drop(struct ks_jvm_line *line)
{
    for (size_t i = 0; i < KS_JVM_SETTINGS; i++)
        free(line->value[i]);
    *line = (struct ks_jvm_line){0};
}
