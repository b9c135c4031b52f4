/*
 * What one would type to do the same with keytool or openssl: shown under every review, so that
 * people can learn from it, check it and put it into scripts. Passwords are never in it: keytool
 * takes them as `-storepass:env NAME`, openssl as `env:NAME`, and a first line says which variables
 * are to be set.
 */
#ifndef KSX_OP_COMMAND_H
#define KSX_OP_COMMAND_H

#include "store/store.h"

struct ks_commands {
    char **at; /* a line each: a command, or a comment that begins with '#' */
    size_t count;
};
void ks_commands_drop(struct ks_commands *commands); /* a zeroed one is fine */

/* A word as a shell takes it: as it is, in single quotes, or, with any byte that is no printable
 * ASCII, as "$(printf '...')" with those bytes in octal, which every sh knows, so that no screen and
 * no locale shows another word than the one meant. Appended. */
void ks_shell_word(struct ks_buf *out, const char *word);
/* $(printf '...') alone, to stand in double quotes; newlines at its end, which a shell takes away
 * there, are appended as they are. */
void ks_shell_spelled(struct ks_buf *out, const char *word);

/*
 * A line put together from literal text and external words:
 *     ks_command(&c, "keytool -delete -keystore %s -alias %s", path, alias);
 * Every %s is replaced by ks_shell_word() of its argument; %% is a percent sign; nothing else is
 * understood.
 */
void ks_command(struct ks_commands *commands, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "# ...": why there is no such command, or what to set before. The text is printf's. */
void ks_command_remark(struct ks_commands *commands, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A finished line; the buffer is emptied. Commands are printable ASCII and can be shown as they
 * are; only remarks hold other text. */
void ks_command_take(struct ks_commands *commands, struct ks_buf *line);
/*
 * Files in between: a line that begins a subshell with a directory of its own, which is gone when
 * it ends, however it ends; what is pasted overwrites nothing of its reader's and leaves no key
 * behind. ks_command_scratch_end() ends it; passwords are named before it begins.
 */
void ks_command_scratch(struct ks_commands *commands);
void ks_command_scratch_end(struct ks_commands *commands);
/* The name of a file for a line: one of that directory, written "$tmp"/NAME, unless it is absolute.
 * Appended. */
void ks_command_file(struct ks_buf *line, const char *path);
/* An absolute path for a line, without ".." on the way, which nobody can read; the last name stays
 * the one given, where it is a link. Free with free(). */
char *ks_command_path(const char *path);
/* "keytool -VERB -keystore PATH -storetype TYPE -storepass:env STOREPASS" with the provider that
 * the type needs (Bouncy Castle's), as the beginning of a line; appended. PATH is absolute. */
void ks_command_keytool(struct ks_buf *out, const char *verb, const struct ks_store *store);
/* The same with another variable than STOREPASS, where lines need the passwords of two. */
void ks_command_keytool_as(struct ks_buf *out, const char *verb, const struct ks_store *store,
                           const char *variable);

#endif
