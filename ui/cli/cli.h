/*
 * The subcommands: everything that ksx tells without opening a screen. Each writes text made for
 * grep, or one JSON object; reads no terminal unless a password must be asked; and ends with one
 * of the exit codes of cli/options.h.
 *
 *   options   the tables, the command line            password  where passwords come from
 *   text      neutralised, aligned, buffered output   json      the same facts as JSON
 *   list, show, expiry, scan, explain                 one subcommand each
 *   check, check_formats                              and what monitoring reads
 *   revoked                                           what check asks CAs about
 *   capture, capture_text, capture_json               what servers send
 *   asking                                            how URLs of certificates are asked
 *   doctor                                            where the doctor looks, for those that ask it
 *   docs      man page, completions and tables made from the tables
 */
#ifndef KSX_CLI_CLI_H
#define KSX_CLI_CLI_H

#include "cli/options.h"
#include "cli/password.h"
#include "net/target.h"
#include "report/filter.h"
#include "report/report.h"
#include "tui/app.h"

#define CLI_NAMES_MAX 256
#define CLI_EXTENDED_MAX 32

/* What a certificate or a request should say: gen, csr, sign, renew. As typed; NULL: not given. */
struct cli_making {
    const char *alg, *dn, *use, *usages, *path_len, *from, *days, *until, *signature, *signer;
    const char *request, *challenge;
    const char *names[CLI_NAMES_MAX], *extended[CLI_EXTENDED_MAX];
    size_t name_count, extended_count;
    bool no_cn_san, no_copy, new_key, chain;
};

#define CLI_SOURCES_MAX 64

/* What is brought from elsewhere: import. */
struct cli_bringing {
    const char *certs[CLI_SOURCES_MAX], *replies[CLI_SOURCES_MAX], *keys[CLI_SOURCES_MAX];
    const char *stores[CLI_SOURCES_MAX]; /* where issuers are looked for */
    const char *prints[CLI_NAMES_MAX];   /* SHA-256 */
    size_t cert_count, reply_count, key_count, store_count, print_count;
    const struct cli_option *last; /* the last of --reply, --key, --cert: further words are its files */
    bool all, yes, without_root, incomplete, older, no_cacerts, self_signed;
    struct password_source *password; /* of the sources; NULL: asked for when there is need */
};

/* How check reports: the words of its --format. */
enum cli_report { CLI_TEXT, CLI_JSON, CLI_NAGIOS, CLI_PROMETHEUS, CLI_ICS };

/* What the doctor is asked, and where it may look: check, explain, repair. */
struct cli_doctoring {
    const char *from[CLI_SOURCES_MAX]; /* files and directories with certificates */
    const char *in[CLI_SOURCES_MAX];   /* keystores in which explain looks for causes */
    const char *hosts[CLI_NAMES_MAX];
    const char *ignored[CLI_NAMES_MAX]; /* ids of the catalogue */
    const char *reference; /* "system", "cacerts" or a file; NULL: none */
    size_t from_count, in_count, host_count, ignored_count;
    bool system, cacerts;
    const char *lists[CLI_SOURCES_MAX]; /* files with revocation lists */
    const char *responder;              /* a URL; NULL: those that the certificates name */
    size_t list_count;
    bool fetch;       /* issuers, from where certificates say they are published */
    bool revocation;  /* ask whether certificates were revoked */
    bool private_too; /* also on private networks */
    const char *proxy; /* "none": not even that of the environment; NULL: not given */
    struct password_source *proxy_password;
    int warn_days; /* 0: the usual ones */
    int purpose;   /* enum ks_purpose */
    int fail;      /* enum ks_severity; 0: not given */
    int report;    /* enum cli_report */
};

/* What a repair may do. */
struct cli_repairing {
    bool leave_root, keep_extras, keep_leftover, add_public;
    size_t choice; /* from 1; 0: not given */
};

/* Who is to accept the chain: prove. */
struct cli_proving {
    const char *trust; /* a truststore; NULL: the last certificate of the chain */
    struct password_source *password; /* of it; NULL: as for other files */
    bool client;
};

#define CLI_TRUSTS_MAX 16

/* Which servers are asked, and how: capture. */
struct cli_capturing {
    const char *servers[CLI_SOURCES_MAX]; /* files that list them */
    const char *trusts[CLI_TRUSTS_MAX];   /* truststores that judge them */
    size_t server_count, trust_count;
    const char *starttls, *sni, *alpn; /* NULL: not given */
    const char *client; /* FILE:ALIAS */
    unsigned seconds;   /* 0: the usual */
    int family;         /* enum ks_family */
    bool pem, compare_direct;
};

/* Of asking.h: what --proxy and --proxy-pass say, once they were read. */
struct cli_asking {
    bool ready;
    struct ks_proxy proxy;
    struct ks_secret *password;
};

/* What is searched, and how it is listed: scan. */
struct cli_scanning {
    bool all, one_file_system;
};

struct cli {
    const struct cli_command *command;
    char **operands;
    size_t operand_count;

    bool json, quiet, reverse, raw, ics, fail, markdown, help, version;
    bool ascii;    /* no character beyond ASCII leaves ksx */
    bool utf8;     /* --utf8: choose a UTF-8 locale */
    bool plain, mouse, read_only;
    enum ui_color color;
    int columns;   /* of the terminal that rows are cut to; 0: do not cut */
    bool colored;  /* badges of text output carry colours */
    const char *filter_text;
    struct filter *filter;
    enum sort_key sort;
    bool sort_given;
    enum report_section section; /* 0: the usual ones */
    int cert;                    /* -1: the whole entry */
    int64_t within;              /* days; -1: no bound */
    struct password_sources *passwords;
    struct ks_secret *typed; /* the last one that was asked for and fitted; NULL: none yet */
    struct password_source *key_password; /* NULL: the store's */
    struct ks_error key_error;            /* the first key that it did not unlock */
    enum report_key_password key_tried;   /* of the entry that is shown */

    /* the commands that write */
    const char *to;     /* the file that is written into */
    const char *output; /* the new file */
    const char *entry;  /* of passwd: one key's */
    const char *alias;  /* of the new entry */
    int format;         /* enum ks_export_format */
    bool der;           /* DER and not PEM */
    int what;           /* enum ks_export_what */
    bool unencrypted, with_text;
    const char *key_output; /* of a pair: where the key goes */
    int program;            /* of a snippet: row of ks_snippets; -1: all */
    struct cli_making making;
    struct cli_bringing bringing;
    struct cli_doctoring doctoring;
    struct cli_asking asking;
    struct cli_repairing repairing;
    struct cli_proving proving;
    struct cli_scanning scanning;
    struct cli_capturing capturing;
    bool sourcing; /* what is opened now is only looked at, by a command that writes */
    const struct ks_format *type;
    struct password_source *new_password, *new_key_password; /* NULL: not given */
    bool all_entries, skip_known, dry_run, force, no_backup, empty_password;
    int clash;      /* enum ks_clash */
    int protection; /* enum ks_protection */
    bool by_fingerprint;
    const char *drops[64];
    size_t drop_count;

    struct ks_buf out; /* waiting for standard output */
    int write_error;   /* errno of the first write that failed */
    int exit;          /* of the first thing that went wrong */
    struct ks_error first_error;
    bool failed;
};

/* main(): the exit code of the program. */
int cli_main(int argc, char **argv);

int cli_run_tui(struct cli *cli);
int cli_run_list(struct cli *cli);
int cli_run_show(struct cli *cli);
int cli_run_expiry(struct cli *cli);
int cli_run_scan(struct cli *cli);
int cli_run_capture(struct cli *cli);
int cli_run_keys(struct cli *cli);
int cli_run_help(struct cli *cli);
int cli_run_rename(struct cli *cli);
int cli_run_delete(struct cli *cli);
int cli_run_copy(struct cli *cli);
int cli_run_merge(struct cli *cli);
int cli_run_passwd(struct cli *cli);
int cli_run_create(struct cli *cli);
int cli_run_convert(struct cli *cli);
int cli_run_diff(struct cli *cli);
int cli_run_gen(struct cli *cli);
int cli_run_import(struct cli *cli);
int cli_run_csr(struct cli *cli);
int cli_run_sign(struct cli *cli);
int cli_run_renew(struct cli *cli);
int cli_run_export(struct cli *cli);
int cli_run_snippet(struct cli *cli);
int cli_run_check(struct cli *cli);
int cli_run_explain(struct cli *cli);
int cli_run_prove(struct cli *cli);
int cli_run_repair(struct cli *cli);
int cli_run_docs(struct cli *cli);

/* Opens a file, asking for a password when its source says so. On failure the error is recorded,
 * told on stderr, and NULL is returned. */
struct ks_store *cli_open(struct cli *cli, const char *path);
/* The same, for those who write the failure into the JSON themselves. */
struct ks_store *cli_open_only(struct cli *cli, const char *path, struct ks_error *err);
/* The same without a word: `err`, or the damage of the store, is the caller's to tell. */
struct ks_store *cli_open_untold(struct cli *cli, const char *path, struct ks_error *err);
/* What a source that asks nobody gives: env, file and fd. *out is NULL for prompt and none. */
enum ks_code cli_read_password(const struct cli *cli, const char *path,
                               const struct ks_secret **out, struct ks_error *err);
/* Says what went wrong on stderr, keeps the first error and its exit code. */
void cli_fail(struct cli *cli, const struct ks_error *err);
/* Only keeps it: what is told on standard output is not said twice. */
void cli_failed(struct cli *cli, const struct ks_error *err);
/* A remark on stderr that changes no exit code; silent under --quiet. */
void cli_note(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Something that the output leaves out: said under --quiet too. */
void cli_warn(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int cli_exit_code(enum ks_code code);
/* The same of an error, some of which have a code of their own. */
int cli_exit_of(const struct ks_error *err);

/* The entries of a store that the filter lets through, in the order of --sort: indices, free().
 * *count is set. */
uint32_t *cli_select(const struct cli *cli, const struct ks_store *store, size_t *count);

#endif
