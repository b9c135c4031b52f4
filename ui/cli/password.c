#include "cli/password.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

/* ---- sources ---- */

static const struct {
    const char *word;
    enum password_kind kind;
    bool argument;
} kinds[] = {
    {"prompt", PASSWORD_PROMPT, false}, {"none", PASSWORD_NONE, false},
    {"env:", PASSWORD_ENV, true},       {"file:", PASSWORD_FILE, true},
    {"fd:", PASSWORD_FD, true},
};

static bool known_source(const char *text, size_t *which)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, len) == 0 && (text[len] == '\0') != kinds[i].argument) {
            *which = i;
            return true;
        }
    }
    return false;
}

/* What was typed may be a password: it is not repeated. */
static enum ks_code refuse(struct ks_error *err)
{
    (void)ks_fail(err, KS_ERR_USAGE, "password-on-command-line",
                  "the password was not taken: on the command line every user of this host can "
                  "read it");
    return ks_fail_next(err, KS_ERR_USAGE,
                        "use --pass prompt, env:VAR, file:PATH, fd:N, or none to list unverified");
}

static bool is_descriptor(const char *text)
{
    return *text && strlen(text) <= 6 && text[strspn(text, "0123456789")] == '\0';
}

enum ks_code password_source_parse(const char *text, struct password_source *out,
                                   struct ks_error *err)
{
    size_t which;
    if (!known_source(text, &which))
        return refuse(err);
    const char *argument = text + strlen(kinds[which].word);
    if (kinds[which].kind == PASSWORD_FD && !is_descriptor(argument))
        return ks_fail(err, KS_ERR_USAGE, "bad-value", "fd: needs the number of a descriptor");
    out->kind = kinds[which].kind;
    out->argument = ks_strdup(argument);
    return KS_OK;
}

void password_source_free(struct password_source *s)
{
    free(s->name);
    free(s->argument);
    ks_secret_free(s->secret);
    *s = (struct password_source){0};
}

/* Where the source begins in "NAME=SRC": behind the first '=' that a known source follows. */
static const char *source_after_name(const char *text)
{
    size_t which;
    for (const char *equals = strchr(text, '='); equals; equals = strchr(equals + 1, '='))
        if (equals > text && known_source(equals + 1, &which))
            return equals + 1;
    return NULL;
}

enum ks_code password_sources_add(struct password_sources *all, const char *text,
                                  struct ks_error *err)
{
    struct password_source s = {0};
    size_t which;
    const char *source = text;
    if (!known_source(text, &which)) {
        source = source_after_name(text);
        if (!source)
            return refuse(err);
        s.name = ks_strndup(text, (size_t)(source - 1 - text));
    }
    enum ks_code rc = password_source_parse(source, &s, err);
    if (rc != KS_OK) {
        password_source_free(&s);
        return rc;
    }
    all->items = ks_realloc(all->items, (all->count + 1) * sizeof *all->items);
    all->items[all->count++] = s;
    return KS_OK;
}

static bool names_file(const char *name, const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(name, path) == 0 || (slash && strcmp(name, slash + 1) == 0);
}

struct password_source *password_source_for(struct password_sources *all, const char *path)
{
    struct password_source *general = NULL;
    for (size_t i = 0; i < all->count; i++) {
        struct password_source *s = &all->items[i];
        if (s->name && names_file(s->name, path))
            return s;
        if (!s->name)
            general = s;
    }
    return general;
}

enum ks_code password_sources_check(const struct password_sources *all, char **files, size_t count,
                                    struct ks_error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        bool found = all->items[i].name == NULL;
        for (size_t k = 0; k < count && !found; k++)
            found = names_file(all->items[i].name, files[k]);
        if (!found)
            return ks_fail(err, KS_ERR_USAGE, "usage", "--pass %.200s=...: no FILE has this name",
                           all->items[i].name);
    }
    return KS_OK;
}

/* ---- reading ---- */

static enum ks_code too_long(struct ks_error *err, const char *where)
{
    return ks_fail(err, KS_ERR_USAGE, "password-too-long",
                   "the password from %.200s was not taken: it is longer than %d bytes", where,
                   KS_SECRET_MAX);
}

/* The first line of a descriptor, without its end. Reads no further than it must: what follows on a
 * pipe belongs to somebody else. */
static enum ks_code read_line(int fd, const char *where, struct ks_secret **out,
                              struct ks_error *err)
{
    char line[KS_SECRET_MAX + 2];
    size_t len = 0;
    enum ks_code rc = KS_OK;
    for (;;) {
        ssize_t got = read(fd, line + len, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rc = ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-source",
                         "the password was not read from %.200s: %s", where, strerror(errno));
            break;
        }
        if (got == 0 || line[len] == '\n')
            break;
        if (++len == sizeof line) {
            rc = too_long(err, where);
            break;
        }
    }
    if (rc == KS_OK && len && line[len - 1] == '\r')
        len--;
    if (rc == KS_OK && len > KS_SECRET_MAX)
        rc = too_long(err, where);
    if (rc == KS_OK)
        *out = ks_secret_new(line, len);
    ks_wipe(line, sizeof line);
    return rc;
}

/* The variable's bytes are in the block that /proc/PID/environ shows: they are overwritten. */
static enum ks_code read_env(const char *name, struct ks_secret **out, struct ks_error *err)
{
    char *value = getenv(name);
    if (!value) {
        (void)ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-source",
                      "the password was not read: there is no environment variable %.100s", name);
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "export it, or use --pass prompt");
    }
    size_t len = strlen(value);
    if (len > KS_SECRET_MAX)
        return too_long(err, name);
    *out = ks_secret_new(value, len);
    ks_wipe(value, len);
    (void)unsetenv(name);
    return KS_OK;
}

static enum ks_code read_file(const char *path, struct ks_secret **out, bool *readable_by_others,
                              struct ks_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-source",
                       "the password was not read from %.200s: %s", path, strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        *readable_by_others = (st.st_mode & (S_IRGRP | S_IROTH)) != 0;
    enum ks_code rc = read_line(fd, path, out, err);
    (void)close(fd);
    return rc;
}

/* What was read belongs to the process, as variables and descriptors do: the same source may be
 * named twice, for two files or for a store and its keys, but gives its password only once. */
static struct password_source *given;
static size_t given_count;

static bool was_given(struct password_source *s)
{
    for (size_t i = 0; i < given_count && !s->secret; i++)
        if (given[i].kind == s->kind && strcmp(given[i].argument, s->argument) == 0)
            s->secret = ks_secret_ref(given[i].secret);
    return s->secret != NULL;
}

static void remember(const struct password_source *s)
{
    given = ks_realloc(given, (given_count + 1) * sizeof *given);
    given[given_count++] = (struct password_source){
        .kind = s->kind, .argument = ks_strdup(s->argument), .secret = ks_secret_ref(s->secret)};
}

static void forget_given(void)
{
    for (size_t i = 0; i < given_count; i++)
        password_source_free(&given[i]);
    free(given);
    given = NULL;
    given_count = 0;
}

enum ks_code password_read(struct password_source *s, const struct ks_secret **out,
                           bool *readable_by_others, struct ks_error *err)
{
    enum ks_code rc = KS_OK;
    *readable_by_others = false;
    if (!was_given(s)) {
        if (s->kind == PASSWORD_ENV)
            rc = read_env(s->argument, &s->secret, err);
        else if (s->kind == PASSWORD_FILE)
            rc = read_file(s->argument, &s->secret, readable_by_others, err);
        else
            rc = read_line(atoi(s->argument), "the descriptor", &s->secret, err);
        if (rc == KS_OK)
            remember(s);
    }
    *out = s->secret;
    return rc;
}

void password_sources_free(struct password_sources *all)
{
    for (size_t i = 0; i < all->count; i++)
        password_source_free(&all->items[i]);
    free(all->items);
    *all = (struct password_sources){0};
    forget_given();
}

/* ---- asking ---- */

/* Echo must be on again whatever ends the question, so signals are noted here and raised again once
 * the terminal is as it was. SIGTTIN and SIGTTOU are left alone: they stop a ksx in the background
 * before it changes the terminal of others. */
static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define CAUGHT (sizeof caught / sizeof caught[0])
static volatile sig_atomic_t signalled;

static void note_signal(int number)
{
    signalled = number;
}

/* They stay blocked but while ksx waits, so that none slips in between looking and waiting. */
struct guarded {
    struct sigaction old[CAUGHT];
    sigset_t mask; /* as it was before */
};

static void catch_signals(struct guarded *g)
{
    sigset_t blocked;
    struct sigaction noting = {.sa_handler = note_signal};
    (void)sigemptyset(&noting.sa_mask);
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < CAUGHT; i++)
        (void)sigaddset(&blocked, caught[i]);
    (void)sigprocmask(SIG_BLOCK, &blocked, &g->mask);
    signalled = 0;
    for (size_t i = 0; i < CAUGHT; i++) {
        (void)sigaction(caught[i], NULL, &g->old[i]);
        if (g->old[i].sa_handler != SIG_IGN)
            (void)sigaction(caught[i], &noting, NULL);
    }
}

static void release_signals(const struct guarded *g)
{
    for (size_t i = 0; i < CAUGHT; i++)
        (void)sigaction(caught[i], &g->old[i], NULL);
    (void)sigprocmask(SIG_SETMASK, &g->mask, NULL);
}

/* Until there is something to read; false when a signal came instead. */
static bool wait_readable(int tty, const struct guarded *g)
{
    while (!signalled) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(tty, &set);
        if (pselect(tty + 1, &set, NULL, NULL, NULL, &g->mask) > 0)
            return true;
    }
    return false;
}

static void write_all(int fd, const char *text)
{
    size_t len = strlen(text);
    while (len) {
        ssize_t put = write(fd, text, len);
        if (put <= 0)
            return;
        text += put;
        len -= (size_t)put;
    }
}

enum answer { ANSWER_LINE, ANSWER_END, ANSWER_SIGNAL, ANSWER_LONG };

/* Reads up to the end of the line; `line` holds KS_SECRET_MAX + 1 bytes. */
static enum answer read_answer(int tty, const struct guarded *g, char *line, size_t *len)
{
    bool overlong = false;
    *len = 0;
    for (;;) {
        char c;
        if (!wait_readable(tty, g))
            return ANSWER_SIGNAL;
        ssize_t got = read(tty, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return *len ? ANSWER_LINE : ANSWER_END;
        if (c == '\n' || c == '\r')
            return overlong ? ANSWER_LONG : ANSWER_LINE;
        if (*len > KS_SECRET_MAX)
            overlong = true;
        else
            line[(*len)++] = c;
        ks_wipe(&c, 1);
    }
}

static enum answer ask_once(int tty, const char *label, char *line, size_t *len)
{
    struct guarded guarded;
    struct termios before, quiet;
    bool is_terminal = tcgetattr(tty, &before) == 0;
    catch_signals(&guarded);
    if (is_terminal) {
        quiet = before;
        quiet.c_lflag &= (tcflag_t) ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
        quiet.c_lflag |= ICANON | ISIG;
        (void)tcsetattr(tty, TCSAFLUSH, &quiet);
    }
    write_all(tty, label);
    enum answer answer = read_answer(tty, &guarded, line, len);
    if (is_terminal)
        (void)tcsetattr(tty, TCSAFLUSH, &before);
    write_all(tty, "\n");
    release_signals(&guarded);
    return answer;
}

enum ks_code password_ask(const char *label, struct ks_secret **out, struct ks_error *err)
{
    char line[KS_SECRET_MAX + 1];
    size_t len;
    enum answer answer;
    enum ks_code rc = KS_OK;
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0 || tty >= FD_SETSIZE) {
        (void)ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                      "a password is needed, and there is no terminal to ask for it");
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED,
                            "give it with --pass env:VAR, file:PATH or fd:N, or list without it: "
                            "--pass none");
    }
    for (;;) {
        answer = ask_once(tty, label, line, &len);
        if (answer != ANSWER_SIGNAL)
            break;
        int number = signalled;
        ks_wipe(line, sizeof line);
        (void)raise(number); /* ends ksx, or stops it: then it is asked again */
        if (number != SIGTSTP)
            break;
    }
    if (answer == ANSWER_LINE && len <= KS_SECRET_MAX)
        *out = ks_secret_new(line, len);
    else if (answer == ANSWER_LINE || answer == ANSWER_LONG)
        rc = too_long(err, "the terminal");
    else
        rc = ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                     "a password is needed, and none was typed");
    ks_wipe(line, sizeof line);
    (void)close(tty);
    return rc;
}
