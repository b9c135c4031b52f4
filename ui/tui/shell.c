#include "tui/shell.h"

#include <string.h>

static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_./-+:@%,";

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool has_control(const char *text)
{
    while (*text && !is_control(*text))
        text++;
    return *text != '\0';
}

static void escaped(const char *text, struct ks_buf *out)
{
    ks_buf_str(out, "$'");
    for (; *text; text++) {
        if (is_control(*text))
            ks_buf_printf(out, "\\x%02x", (unsigned)(unsigned char)*text);
        else if (*text == '\'' || *text == '\\')
            ks_buf_printf(out, "\\%c", *text);
        else
            ks_buf_byte(out, (uint8_t)*text);
    }
    ks_buf_str(out, "'");
}

/* Appends `text` as one word of a POSIX shell; control characters as bash, zsh and ksh spell them:
 * $'\x1b'. */
static void shell_word(const char *text, struct ks_buf *out)
{
    if (*text && text[strspn(text, harmless)] == '\0') {
        ks_buf_str(out, text);
        return;
    }
    if (has_control(text)) {
        escaped(text, out);
        return;
    }
    ks_buf_byte(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            ks_buf_str(out, "'\\''");
        else
            ks_buf_byte(out, (uint8_t)*text);
    }
    ks_buf_byte(out, '\'');
}

/* The same for the name of a file: a leading "-" becomes "./-". */
static void shell_file(const char *text, struct ks_buf *out)
{
    if (*text == '-')
        ks_buf_str(out, "./");
    shell_word(text, out);
}

void shell_command(const char *pattern, const char *file, const char *alias, struct ks_buf *out)
{
    while (*pattern) {
        size_t len = strcspn(pattern, " ");
        if (file && len == 4 && strncmp(pattern, "FILE", len) == 0)
            shell_file(file, out);
        else if (alias && len == 5 && strncmp(pattern, "ALIAS", len) == 0)
            shell_word(alias, out);
        else
            ks_buf_append(out, pattern, len);
        ks_buf_str(out, pattern[len] ? " " : "");
        pattern += len + (pattern[len] == ' ');
    }
}
