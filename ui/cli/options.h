/*
 * What may stand on the command line: ONE table of subcommands, ONE table of options. Parsing,
 * --help, the man page and the shell completions are made from them (cli/docs.c), so none of
 * them can drift.
 */
#ifndef KSX_CLI_OPTIONS_H
#define KSX_CLI_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli;

enum cli_command_id { /* bits of the option table's `commands` */
    CLI_TUI = 1,      /* ksx [FILE...] */
    CLI_LIST = 2,
    CLI_SHOW = 4,
    CLI_EXPIRY = 8,
    CLI_KEYS = 16,
    CLI_DOCS = 32,
    CLI_HELP = 64,
    CLI_RENAME = 128,
    CLI_DELETE = 256,
    CLI_COPY = 512,
    CLI_MERGE = 1024,
    CLI_PASSWD = 2048,
    CLI_CREATE = 4096,
    CLI_CONVERT = 8192,
    CLI_DIFF = 16384,
    CLI_GEN = 1 << 15,
    CLI_CSR = 1 << 16,
    CLI_SIGN = 1 << 17,
    CLI_RENEW = 1 << 18,
    CLI_IMPORT = 1 << 19,
    CLI_EXPORT = 1 << 20,
    CLI_SNIPPET = 1 << 21,
    CLI_CHECK = 1 << 22,
    CLI_EXPLAIN = 1 << 23,
    CLI_PROVE = 1 << 24,
    CLI_REPAIR = 1 << 25,
    CLI_CAPTURE = 1 << 26,
    CLI_SCAN = 1 << 30,
    CLI_READS = CLI_CAPTURE | CLI_SCAN | CLI_LIST | CLI_SHOW | CLI_EXPIRY | CLI_DIFF | CLI_SNIPPET | CLI_CHECK |
                CLI_EXPLAIN | CLI_PROVE,
    CLI_WRITES = CLI_RENAME | CLI_DELETE | CLI_COPY | CLI_MERGE | CLI_PASSWD | CLI_CREATE |
                 CLI_CONVERT | CLI_GEN | CLI_CSR | CLI_SIGN | CLI_RENEW | CLI_EXPORT | CLI_IMPORT |
                 CLI_REPAIR,
    CLI_FILES = CLI_READS | CLI_WRITES, /* those that tell of keystores as text */
    CLI_EVERY = CLI_TUI | CLI_FILES | CLI_KEYS | CLI_DOCS | CLI_HELP,
};

struct cli_command {
    enum cli_command_id id;
    const char *name;     /* "" for the TUI */
    const char *operands; /* "FILE..." */
    int min, max;         /* number of operands; max < 0 = any */
    const char *summary;  /* one line */
    const char *more;     /* a paragraph for --help and the man page */
    bool hidden;          /* for building ksx, not for using it: only --help of its own */
    int (*run)(struct cli *cli); /* exit code */
};
/* Ends with a NULL name; the first row is the TUI. */
extern const struct cli_command cli_commands[];

enum cli_option_id {
    OPT_PASS,
    OPT_KEY_PASS,
    OPT_FILTER,
    OPT_SORT,
    OPT_REVERSE,
    OPT_SECTION,
    OPT_CERT,
    OPT_RAW,
    OPT_WITHIN,
    OPT_ICS,
    OPT_FAIL,
    OPT_MARKDOWN,
    OPT_JSON,
    OPT_QUIET,
    OPT_AT,
    OPT_COLOR,
    OPT_ASCII,
    OPT_UTF8,
    OPT_PLAIN,
    OPT_READ_ONLY,
    OPT_TO,
    OPT_OUTPUT,
    OPT_TYPE,
    OPT_NEW_PASS,
    OPT_NEW_KEY_PASS,
    OPT_EMPTY_PASSWORD,
    OPT_ENTRY,
    OPT_ALL_ENTRIES,
    OPT_CLASH,
    OPT_SKIP_KNOWN,
    OPT_DROP,
    OPT_PROTECTION,
    OPT_BY,
    OPT_ALIAS,
    OPT_ALG,
    OPT_DN,
    OPT_SAN,
    OPT_NO_CN_SAN,
    OPT_USE,
    OPT_KU,
    OPT_EKU,
    OPT_PATH_LEN,
    OPT_FROM,
    OPT_DAYS,
    OPT_UNTIL,
    OPT_SIG,
    OPT_SIGNER,
    OPT_NEW_KEY,
    OPT_CSR,
    OPT_CHALLENGE,
    OPT_FORMAT,
    OPT_CHAIN,
    OPT_NO_COPY,
    OPT_WHAT,
    OPT_UNENCRYPTED,
    OPT_KEY_OUTPUT,
    OPT_TEXT,
    OPT_FOR,
    OPT_REPLY,
    OPT_KEY,
    OPT_IN_PASS,
    OPT_ALL,
    OPT_FINGERPRINT,
    OPT_YES,
    OPT_WITHOUT_ROOT,
    OPT_INCOMPLETE,
    OPT_OLDER,
    OPT_NO_CACERTS,
    OPT_SELF_SIGNED,
    OPT_SEARCH,
    OPT_SYSTEM,
    OPT_CACERTS,
    OPT_HOST,
    OPT_PURPOSE,
    OPT_REFERENCE,
    OPT_WARN_DAYS,
    OPT_FAIL_LEVEL,
    OPT_IGNORE,
    OPT_REPORT,
    OPT_REVOCATION,
    OPT_CRL,
    OPT_RESPONDER,
    OPT_PRIVATE,
    OPT_PROXY,
    OPT_PROXY_PASS,
    OPT_FETCH,
    OPT_IN,
    OPT_TRUST,
    OPT_TRUST_PASS,
    OPT_CLIENT,
    OPT_LEAVE_ROOT,
    OPT_KEEP_EXTRAS,
    OPT_KEEP_LEFTOVER,
    OPT_ADD_PUBLIC,
    OPT_CHOICE,
    OPT_DRY_RUN,
    OPT_FORCE,
    OPT_BACKUP,
    OPT_STARTTLS,
    OPT_SNI,
    OPT_ALPN,
    OPT_IPV4,
    OPT_IPV6,
    OPT_DIRECT,
    OPT_TIMEOUT,
    OPT_IDENTITY,
    OPT_SERVERS,
    OPT_PEM,
    OPT_UNFOLDED,
    OPT_ONE_FILE_SYSTEM,
    OPT_MOUSE,
    OPT_HELP,
    OPT_VERSION,
};

struct cli_option {
    enum cli_option_id id;
    char letter;         /* 0 = only the long name */
    const char *name;    /* without dashes */
    const char *value;   /* what follows it, "SRC"; NULL = nothing does */
    const char *choices; /* words that complete the value, blank-separated; "" = none */
    unsigned commands;   /* mask of enum cli_command_id */
    const char *help;    /* one line */
    const char *more;    /* further sentences for the man page; "" = none */
};
/* Ends with a NULL name. Two rows may have the same name for different subcommands. */
extern const struct cli_option cli_options[];

enum cli_exit {
    CLI_DONE = 0,
    CLI_FINDINGS = 1, /* those of --fail; what explain does not know */
    CLI_USAGE = 2,
    CLI_UNREADABLE = 3,
    CLI_PASSWORD = 4,
    CLI_UNSUPPORTED = 5,
    CLI_NOT_WRITTEN = 6,
    CLI_NETWORK = 7, /* also: built without network */
    CLI_INTERNAL = 8,
};
struct cli_exit_text {
    int code;
    const char *text;
};
extern const struct cli_exit_text cli_exits[]; /* ends with a NULL text */

/* Fills the settings of `cli` from the command line; the operands are left in cli->operands. */
KS_CHECK enum ks_code cli_parse(struct cli *cli, int argc, char **argv, struct ks_error *err);

/* The row of a subcommand's name; NULL if there is none. */
const struct cli_command *cli_command_named(const char *name);
/* The one that was probably meant by a word that names none; NULL if none is near. */
const struct cli_command *cli_command_like(const char *word);
/* "there is no WHAT called WORD", and which one may have been meant. */
enum ks_code cli_no_command(const char *what, const char *word, struct ks_error *err);

/* "90d", "90", "12w", "6m", "2y": whole days (a month has 30, a year 365). */
bool cli_parse_days(const char *text, int64_t *days);

/* --help: of one subcommand, or of the program for the TUI's row. Appended. */
struct ks_buf;
void cli_help(const struct cli_command *command, struct ks_buf *out);

#endif
