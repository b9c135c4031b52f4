#include "tui/shell.h"

#include "op/command.h"

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

/* Appends `text` as one word of a POSIX shell; what is readable stays so. */
static void shell_word(const char *text, struct ks_buf *out)
{
    if (*text && text[strspn(text, harmless)] == '\0') {
        ks_buf_str(out, text);
        return;
    }
    if (has_control(text)) {
        ks_shell_word(out, text);
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
