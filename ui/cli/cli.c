#include "cli/cli.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/asking.h"
#include "cli/check.h"
#include "cli/edit.h"
#include "cli/json.h"
#include "cli/stream.h"
#include "cli/text.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 3 /* at the prompt, for one file */

/* ---- errors ---- */

int cli_exit_code(enum ks_code code)
{
    switch (code) {
    case KS_OK:
        return CLI_DONE;
    case KS_ERR_USAGE:
    case KS_ERR_NOT_FOUND:
        return CLI_USAGE;
    case KS_ERR_IO:
    case KS_ERR_FORMAT:
    case KS_ERR_DAMAGED:
    case KS_ERR_LIMIT:
        return CLI_UNREADABLE;
    case KS_ERR_PASSWORD:
    case KS_ERR_PASSWORD_NEEDED:
    case KS_ERR_CANCELLED:
        return CLI_PASSWORD;
    case KS_ERR_UNSUPPORTED:
        return CLI_UNSUPPORTED;
    case KS_ERR_REFUSED:
    case KS_ERR_WRITE:
    case KS_ERR_CONFLICT:
        return CLI_NOT_WRITTEN;
    case KS_ERR_NETWORK:
        return CLI_NETWORK;
    }
    return CLI_INTERNAL;
}

int cli_exit_of(const struct ks_error *err)
{
    return strcmp(err->slug, "no-network") == 0 ? CLI_NETWORK : cli_exit_code(err->code);
}

/* Texts quote paths and file contents, so they are neutralised like everything external. */
static void tell(const struct cli *cli, const char *prefix, const char *text)
{
    struct ks_buf line = KS_BUF_INIT;
    ks_buf_str(&line, prefix);
    (void)text_neutralise(cli, text, strlen(text), &line);
    (void)fprintf(stderr, "%s\n", ks_buf_text(&line));
    ks_buf_free(&line);
}

void cli_failed(struct cli *cli, const struct ks_error *err)
{
    if (cli->failed)
        return;
    cli->failed = true;
    cli->first_error = *err;
    cli->exit = cli_exit_of(err);
}

void cli_fail(struct cli *cli, const struct ks_error *err)
{
    tell(cli, "ksx: ", err->what);
    if (err->next[0])
        tell(cli, "     ", err->next);
    cli_failed(cli, err);
}

static void remark(const struct cli *cli, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

static void remark(const struct cli *cli, const char *fmt, va_list args)
{
    char text[1024];
    (void)vsnprintf(text, sizeof text, fmt, args);
    tell(cli, "ksx: ", text);
}

void cli_note(const struct cli *cli, const char *fmt, ...)
{
    va_list args;
    if (cli->quiet)
        return;
    va_start(args, fmt);
    remark(cli, fmt, args);
    va_end(args);
}

void cli_warn(const struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    remark(cli, fmt, args);
    va_end(args);
}

/* ---- opening ---- */

/* A password would show more of it, or would check it. */
static bool wants_password(const struct ks_store *s)
{
    return (s->format->caps & KS_CAP_PASSWORD) &&
           (s->integrity == KS_INTEGRITY_UNVERIFIED || (s->notes & KS_STORE_LOCKED_PARTS));
}

/* `lists`: without a password there is something to see. */
static char *prompt_label(const struct cli *cli, const char *path, int attempt, bool lists)
{
    struct ks_buf label = KS_BUF_INIT;
    if (attempt > 1)
        ks_buf_printf(&label, "The password does not fit (try %d of %d).\n", attempt, TRIES);
    ks_buf_str(&label, "Password for ");
    (void)text_neutralise(cli, path, strlen(path), &label);
    if (lists && (cli->command->id & CLI_READS))
        ks_buf_str(&label, " (Enter alone lists it unverified)");
    ks_buf_str(&label, ": ");
    return ks_buf_steal(&label);
}

/* What was typed for the file before often opens this one: tried before anything is asked. A file
 * without a proof takes any password: only one that leaves nothing to ask for counts. */
static bool opens_with_last(const struct cli *cli, struct stream *in, const char *path,
                            struct ks_store **store)
{
    struct ks_store *opened = NULL;
    if (!cli->typed || stream_open(cli, in, path, cli->typed, &opened, NULL) != KS_OK)
        return false;
    if (wants_password(opened) || !opened->now->password) {
        ks_store_free(opened);
        return false;
    }
    ks_store_free(*store);
    *store = opened;
    return true;
}

/* Asks until a password fits. Just Enter is the empty password; if that does not fit, it means the
 * store as it can be listed without one. */
static enum ks_code open_asking(struct cli *cli, struct stream *in, const char *path,
                                struct ks_store **store, struct ks_error *err)
{
    enum ks_code rc = KS_OK;
    if (opens_with_last(cli, in, path, store))
        return KS_OK;
    for (int attempt = 1; attempt <= TRIES; attempt++) {
        struct ks_secret *password = NULL;
        struct ks_store *opened = NULL;
        char *label = prompt_label(cli, path, attempt, *store != NULL);
        rc = password_ask(label, &password, err);
        free(label);
        if (rc != KS_OK) {
            ks_error_prefix(err, path);
            return rc;
        }
        bool empty = ks_secret_is_empty(password);
        rc = stream_open(cli, in, path, password, &opened, err);
        if (rc == KS_OK && !empty) {
            ks_secret_free(cli->typed);
            cli->typed = ks_secret_ref(password);
        }
        ks_secret_free(password);
        if (rc == KS_OK) {
            ks_store_free(*store);
            *store = opened;
            return KS_OK;
        }
        if (rc == KS_ERR_PASSWORD && empty && *store)
            return KS_OK;
        if (rc != KS_ERR_PASSWORD)
            return rc;
    }
    return rc;
}

/* Without a source ksx looks first: a file that no password concerns is simply shown. */
static enum ks_code open_prompting(struct cli *cli, struct stream *in, const char *path,
                                   struct ks_store **out, struct ks_error *err)
{
    struct ks_store *plain = NULL;
    enum ks_code rc = stream_open(cli, in, path, NULL, &plain, err);
    if (rc == KS_OK ? wants_password(plain) : rc == KS_ERR_PASSWORD_NEEDED)
        rc = open_asking(cli, in, path, &plain, err);
    if (rc == KS_OK) {
        *out = plain;
        return KS_OK;
    }
    ks_store_free(plain);
    return rc;
}

static enum ks_code read_password(const struct cli *cli, struct password_source *source,
                                  const struct ks_secret **out, struct ks_error *err)
{
    bool readable;
    enum ks_code rc = password_read(source, out, &readable, err);
    if (rc == KS_OK && readable)
        cli_note(cli, "%s can be read by other users: chmod 600 keeps the password to you",
                 source->argument);
    return rc;
}

static enum ks_code open_file(struct cli *cli, struct stream *in, const char *path,
                              struct ks_store **out, struct ks_error *err)
{
    const struct ks_secret *password = NULL;
    struct password_source *source = password_source_for(cli->passwords, path);
    if (!source || source->kind == PASSWORD_PROMPT)
        return open_prompting(cli, in, path, out, err);
    if (source->kind != PASSWORD_NONE) {
        enum ks_code rc = read_password(cli, source, &password, err);
        if (rc != KS_OK)
            return rc;
    }
    return stream_open(cli, in, path, password, out, err);
}

/* What to do about it, in the words of the command line. */
static void advise(const char *path, struct ks_error *err)
{
    if (strcmp(path, "-") == 0 && strcmp(err->slug, "not-found") == 0) {
        (void)ks_fail(
            err, KS_ERR_IO, "not-found",
            "- was not opened: only list, show, check, expiry and diff read standard input");
        (void)ks_fail_next(err, KS_ERR_IO, "write it into a file, and name that");
    } else if (strcmp(err->slug, "is-directory") == 0) {
        (void)ks_fail_next(err, err->code, "name the files in it: %.200s%s*", path,
                           path[strlen(path) - 1] == '/' ? "" : "/");
    } else if (err->code == KS_ERR_PASSWORD) {
        (void)ks_fail_next(err, err->code,
                           "try another password; --pass none lists what can be read without one");
    }
}

struct ks_store *cli_open_untold(struct cli *cli, const char *path, struct ks_error *err)
{
    struct ks_store *store = NULL;
    struct stream in = {0};
    enum ks_code rc = open_file(cli, &in, path, &store, err);
    stream_free(&in);
    if (rc == KS_OK)
        return store;
    advise(path, err);
    if (cli->sourcing && (rc == KS_ERR_PASSWORD || rc == KS_ERR_PASSWORD_NEEDED))
        (void)ks_fail_next(err, rc, "--in-pass gives the password of the files to import");
    return NULL;
}

struct ks_store *cli_open_only(struct cli *cli, const char *path, struct ks_error *err)
{
    struct ks_store *store = cli_open_untold(cli, path, err);
    if (!store)
        cli_fail(cli, err);
    else if (store->damage.code != KS_OK)
        cli_fail(cli, &store->damage);
    return store;
}

struct ks_store *cli_open(struct cli *cli, const char *path)
{
    struct ks_error err = {0};
    struct ks_store *store = cli_open_only(cli, path, &err);
    if (!store && cli->json)
        json_store_error(cli, path, &err);
    return store;
}

enum ks_code cli_read_password(const struct cli *cli, const char *path,
                               const struct ks_secret **out, struct ks_error *err)
{
    struct password_source *source = password_source_for(cli->passwords, path);
    *out = NULL;
    if (!source || source->kind == PASSWORD_PROMPT || source->kind == PASSWORD_NONE)
        return KS_OK;
    return read_password(cli, source, out, err);
}

/* ---- selection ---- */

uint32_t *cli_select(const struct cli *cli, const struct ks_store *store, size_t *count)
{
    size_t all = ks_store_count(store), kept = 0;
    int64_t now = ks_now();
    uint32_t *index = ks_alloc_array(all, sizeof *index);
    for (size_t i = 0; i < all; i++)
        if (!cli->filter || filter_match(cli->filter, store, ks_store_entry(store, i), now))
            index[kept++] = (uint32_t)i;
    if (cli->sort != SORT_FILE || cli->reverse)
        sort_entries(store, index, kept, cli->sort, cli->reverse, now);
    *count = kept;
    return index;
}

/* ---- the explorer ---- */

static bool is_word(const char *text)
{
    return *text && strspn(text, "abcdefghijklmnopqrstuvwxyz-") == strlen(text);
}

/* A word that is neither a subcommand nor a file is a slip of the fingers, not a file to open. */
static bool is_slip(struct cli *cli, const char *word, struct ks_error *err)
{
    struct stat st;
    if (cli_command_named(word)) {
        (void)ks_fail(err, KS_ERR_USAGE, "usage", "the subcommand comes first: ksx %s ...", word);
        (void)ks_fail_next(err, KS_ERR_USAGE, "a file of this name is ./%s", word);
    } else if (is_word(word) && stat(word, &st) != 0 && errno == ENOENT) {
        (void)cli_no_command("file and no subcommand", word, err);
    } else {
        return false;
    }
    cli_fail(cli, err);
    return true;
}

static bool fill_files(struct cli *cli, struct ui_open *files, struct ks_error *err)
{
    for (size_t i = 0; i < cli->operand_count; i++) {
        struct password_source *source = password_source_for(cli->passwords, cli->operands[i]);
        files[i].path = cli->operands[i];
        if (!source || source->kind == PASSWORD_PROMPT)
            continue;
        files[i].unverified = source->kind == PASSWORD_NONE;
        if (!files[i].unverified && read_password(cli, source, &files[i].password, err) != KS_OK) {
            cli_fail(cli, err);
            return false;
        }
    }
    return true;
}

int cli_run_tui(struct cli *cli)
{
    struct ks_error err = {0};
    const char *plain = getenv("KSX_PLAIN");
    if (cli->operand_count && is_slip(cli, cli->operands[0], &err))
        return cli->exit;
    struct ui_open *files = ks_alloc_array(cli->operand_count, sizeof *files);
    struct ui_options options = {
        .files = files,
        .file_count = cli->operand_count,
        .color = cli->color,
        .ascii = cli->ascii,
        .utf8 = cli->utf8,
        .plain = cli->plain || (plain && strcmp(plain, "1") == 0),
        .mouse = cli->mouse,
        .read_only = cli->read_only,
    };
    int exit_code = fill_files(cli, files, &err) ? ui_run(&options) : cli->exit;
    free(files);
    return exit_code;
}

/* ---- help ---- */

int cli_run_help(struct cli *cli)
{
    struct ks_error err = {0};
    const struct cli_command *command = cli_commands;
    if (cli->operand_count)
        command = cli_command_named(cli->operands[0]);
    if (command) {
        cli_help(command, &cli->out);
        return CLI_DONE;
    }
    (void)cli_no_command("subcommand", cli->operands[0], &err);
    cli_fail(cli, &err);
    return cli->exit;
}

/* ---- main ---- */

static void out_of_memory(void)
{
    static const char text[] = "ksx: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(CLI_INTERNAL);
}

static void choose_charset(struct cli *cli)
{
    if (cli->utf8 && strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        cli->ascii = true;
}

static void choose_color(struct cli *cli)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (cli->color == UI_COLOR_AUTO)
        cli->colored = isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && *term &&
                       strcmp(term, "dumb") != 0;
    else
        cli->colored = cli->color != UI_COLOR_NEVER;
}

/* What goes into a pipe or a file is never cut. */
static void choose_width(struct cli *cli)
{
    struct winsize size;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        cli->columns = size.ws_col;
}

static bool format_wanted(int argc, char **argv, const char *word)
{
    static const char option[] = "--format";
    const size_t len = sizeof option - 1;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], option, len) != 0)
            continue;
        const char *value = argv[i][len] == '=' ? argv[i] + len + 1
                            : i + 1 < argc      ? argv[i + 1]
                                                : "";
        if ((argv[i][len] == '=' || argv[i][len] == '\0') && strcmp(value, word) == 0)
            return true;
    }
    return false;
}

/* Before the command line is understood, so that its errors come as JSON too. */
static bool json_wanted(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "-j") == 0)
            return true;
    return format_wanted(argc, argv, "json");
}

static void usage_error(struct cli *cli, const struct ks_error *err, int argc, char **argv)
{
    cli_fail(cli, err);
    if (json_wanted(argc, argv))
        json_only_error(cli, err);
    else if (cli->command->id == CLI_CHECK && format_wanted(argc, argv, "nagios"))
        cli->exit = check_nagios_unknown(cli, err);
}

static void show_version(struct cli *cli)
{
    text_printf(cli, "ksx %s\n", KSX_VERSION);
}

static void drop_source(struct password_source *source)
{
    if (source)
        password_source_free(source);
    free(source);
}

static int finish(struct cli *cli)
{
    text_flush(cli);
    if (cli->write_error) {
        (void)fprintf(stderr, "ksx: the output was not written: %s\n",
                      cli->write_error == EMSGSIZE ? "a part of it is longer than 256 MiB"
                                                   : strerror(cli->write_error));
        if (!cli->exit)
            cli->exit = CLI_NOT_WRITTEN;
    }
    ks_secret_free(cli->typed);
    drop_source(cli->key_password);
    drop_source(cli->new_password);
    drop_source(cli->new_key_password);
    drop_source(cli->bringing.password);
    drop_source(cli->proving.password);
    drop_source(cli->doctoring.proxy_password);
    asking_drop(cli);
    password_sources_free(cli->passwords);
    filter_free(cli->filter);
    ks_buf_free(&cli->out);
    return cli->exit;
}

static void add_names(char **files, size_t *count, const char *const *more, size_t more_count)
{
    for (size_t i = 0; i < more_count; i++)
        files[(*count)++] = (char *)(uintptr_t)more[i];
}

/* --pass NAME=SRC may name the keystore of --to, that of --signer, and those that the doctor looks
 * into, too. */
static enum ks_code check_passwords(const struct cli *cli, struct ks_error *err)
{
    size_t count = cli->operand_count;
    const struct cli_doctoring *asked = &cli->doctoring;
    const struct cli_capturing *capturing = &cli->capturing;
    char **files = ks_alloc_array(count + 5 + asked->from_count + asked->in_count + CLI_TRUSTS_MAX,
                                  sizeof *files);
    const char *alias = NULL;
    char *client = capturing->client ? edit_file_of(capturing->client, &alias) : NULL;
    const char *signer = cli->making.signer, *colon = signer ? strrchr(signer, ':') : NULL;
    char *signer_file = colon ? ks_strndup(signer, (size_t)(colon - signer)) : NULL;
    memcpy(files, cli->operands, count * sizeof *files);
    if (cli->to)
        files[count++] = (char *)(uintptr_t)cli->to;
    if (signer_file)
        files[count++] = signer_file;
    add_names(files, &count, asked->from, asked->from_count);
    add_names(files, &count, asked->in, asked->in_count);
    add_names(files, &count, &asked->reference, asked->reference != NULL);
    add_names(files, &count, &cli->proving.trust, cli->proving.trust != NULL);
    add_names(files, &count, capturing->trusts, capturing->trust_count);
    if (client)
        files[count++] = client;
    enum ks_code rc = password_sources_check(cli->passwords, files, count, err);
    free(client);
    free(signer_file);
    free(files);
    return rc;
}

int cli_main(int argc, char **argv)
{
    struct password_sources passwords = {0};
    struct cli cli = {
        .cert = -1, .within = -1, .program = -1, .sort = SORT_FILE, .passwords = &passwords};
    struct ks_error err = {0};
    ks_alloc_on_failure(out_of_memory);
    ks_secret_setup();
    enum ks_code rc = cli_parse(&cli, argc, argv, &err);
    choose_charset(&cli);
    ks_text_only_ascii(cli.ascii && !json_wanted(argc, argv));
    choose_color(&cli);
    choose_width(&cli);
    if (rc == KS_OK && !cli.help && !cli.version)
        rc = check_passwords(&cli, &err);
    if (rc != KS_OK)
        usage_error(&cli, &err, argc, argv);
    else if (cli.help)
        cli_help(cli.command, &cli.out);
    else if (cli.version)
        show_version(&cli);
    else
        cli.exit = cli.command->run(&cli);
    return finish(&cli);
}
