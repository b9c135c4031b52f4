#include "op/command.h"

#include "base/alloc.h"
#include "format/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the list ---- */

void ks_commands_drop(struct ks_commands *commands)
{
    for (size_t i = 0; i < commands->count; i++)
        free(commands->at[i]);
    free(commands->at);
    *commands = (struct ks_commands){0};
}

/* ---- words ---- */

/* What no shell makes anything of; '~' and '=' are only special where no word of ours begins. */
static bool is_plain(const char *word)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_-./:=@%+,";
    return *word && word[strspn(word, safe)] == '\0';
}

/* Printable ASCII is the same in every locale and on every screen; the rest goes as its bytes. */
static bool is_printable(const char *word)
{
    for (; *word; word++)
        if ((unsigned char)*word < 0x20 || (unsigned char)*word >= 0x7f)
            return false;
    return true;
}

void ks_shell_spelled(struct ks_buf *out, const char *word)
{
    size_t len = strlen(word);

    while (len > 0 && word[len - 1] == '\n')
        len--;
    ks_buf_str(out, "$(printf '");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)word[i];
        if (c < 0x20 || c >= 0x7f || c == '\'' || (c == '-' && i == 0)) /* no option of printf */
            ks_buf_printf(out, "\\%03o", (unsigned)c);
        else if (c == '\\' || c == '%')
            ks_buf_printf(out, "%c%c", c, c);
        else
            ks_buf_byte(out, c);
    }
    ks_buf_str(out, "')");
    ks_buf_str(out, word + len);
}

static void put_escaped(struct ks_buf *out, const char *word)
{
    ks_buf_byte(out, '"');
    ks_shell_spelled(out, word);
    ks_buf_byte(out, '"');
}

static void put_quoted(struct ks_buf *out, const char *word)
{
    ks_buf_byte(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            ks_buf_str(out, "'\\''");
        else
            ks_buf_byte(out, (uint8_t)*word);
    ks_buf_byte(out, '\'');
}

void ks_shell_word(struct ks_buf *out, const char *word)
{
    if (is_plain(word))
        ks_buf_str(out, word);
    else if (!is_printable(word))
        put_escaped(out, word);
    else
        put_quoted(out, word);
}

/* ---- lines ---- */

void ks_command_take(struct ks_commands *commands, struct ks_buf *line)
{
    size_t count = commands->count;
    bool fine = is_printable(ks_buf_text(line)) && !line->overflow;

    if (!fine && line->len && line->data[0] != '#') { /* shown in part it would do something else */
        ks_buf_clear(line);
        ks_buf_str(line, "# what would do the same cannot be shown here");
    }
    if ((count & (count - 1)) == 0) /* a power of two: the array is full */
        commands->at = ks_realloc(commands->at, (count ? 2 * count : 1) * sizeof(char *));
    commands->at[commands->count++] = ks_buf_steal(line);
}

void ks_command(struct ks_commands *commands, const char *fmt, ...)
{
    struct ks_buf line = KS_BUF_INIT;
    va_list args;

    va_start(args, fmt);
    for (; *fmt; fmt++) {
        if (fmt[0] == '%' && fmt[1] == 's')
            ks_shell_word(&line, va_arg(args, const char *));
        else
            ks_buf_byte(&line, (uint8_t)*fmt);
        if (fmt[0] == '%' && fmt[1])
            fmt++;
    }
    va_end(args);
    ks_command_take(commands, &line);
}

void ks_command_remark(struct ks_commands *commands, const char *fmt, ...)
{
    struct ks_buf line = KS_BUF_INIT;
    va_list args;

    ks_buf_str(&line, "# ");
    va_start(args, fmt);
    ks_buf_vprintf(&line, fmt, args);
    va_end(args);
    for (size_t i = 0; i < line.len; i++) /* what follows a line break would be a command */
        if (line.data[i] == '\n' || line.data[i] == '\r')
            line.data[i] = ' ';
    ks_command_take(commands, &line);
}

/* ---- files ---- */

void ks_command_scratch(struct ks_commands *commands)
{
    ks_command(commands, "( set -e; tmp=$(mktemp -d); trap 'rm -rf \"$tmp\"' EXIT");
}

void ks_command_scratch_end(struct ks_commands *commands)
{
    ks_command(commands, ")");
}

void ks_command_file(struct ks_buf *line, const char *path)
{
    if (path[0] != '/')
        ks_buf_str(line, "\"$tmp\"/");
    ks_shell_word(line, path);
}

/* Where it leads is for the system to say: what is before ".." may be a link. */
static char *without_dots(char *path)
{
    const char *name = strrchr(path, '/');
    const char *dots = strstr(path, "/../");
    if (!dots || dots > name)
        return path;
    char *directory = ks_strndup(path, name > path ? (size_t)(name - path) : 1);
    char *real = realpath(directory, NULL);
    free(directory);
    if (!real)
        return path;
    char *plain = ks_asprintf("%s%s", real[1] ? real : "", name);
    free(real);
    free(path);
    return plain;
}

char *ks_command_path(const char *path)
{
    char here[4096];

    while (path[0] == '.' && path[1] == '/')
        path += 2 + strspn(path + 2, "/");
    if (path[0] == '/' || !getcwd(here, sizeof here))
        return without_dots(ks_strdup(path));
    return without_dots(ks_asprintf("%s%s%s", here, here[1] ? "/" : "", path));
}

/* ---- keytool ---- */

static bool is_of_bouncy_castle(const struct ks_format *format)
{
    return format == &ks_format_bks || format == &ks_format_uber || format == &ks_format_bcfks;
}

void ks_command_keytool(struct ks_buf *out, const char *verb, const struct ks_store *store)
{
    ks_command_keytool_as(out, verb, store, "STOREPASS");
}

void ks_command_keytool_as(struct ks_buf *out, const char *verb, const struct ks_store *store,
                           const char *variable)
{
    char *path = ks_command_path(store->path);

    ks_buf_printf(out, "keytool -%s -keystore ", verb);
    ks_shell_word(out, path);
    ks_buf_printf(out, " -storetype %s", store->format->name);
    if (is_of_bouncy_castle(store->format))
        ks_buf_str(out, " -providerpath bcprov.jar"
                        " -providerclass org.bouncycastle.jce.provider.BouncyCastleProvider");
    ks_buf_printf(out, " -storepass:env %s", variable);
    free(path);
}
