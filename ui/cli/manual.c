/*
 * docs/ksx.1: prose from the tables below, everything that can drift from the tables of the
 * program.
 */
#include "cli/docs.h"
#include "cli/text.h"
#include "format/format.h"
#include "tui/commands.h"

#include <string.h>

struct item {
    const char *term, *text; /* a term of "" is a paragraph */
};

/* clang-format off */
static const struct item description[] = {
    {"", "ksx shows what is inside Java keystores, PKCS#12 files and files of certificates, keys and requests, whatever "
         "their names end in, and says what is wrong with it: expired certificates, incomplete chains, weak keys, entries "
         "that Java does not see. It reads the bytes itself and needs no Java."},
    {"", "Without a subcommand it opens a screen. The subcommands write text made for grep, or JSON, and never ask anything "
         "but a password. Those that only look (list, show, check, expiry, diff) read standard input where FILE is \\-, and named pipes."},
    {"", "Looking never changes a file. Edits in the explorer stay in memory until w has shown what will be written; the subcommands "
         "that edit say what they wrote, and \\-\\-dry\\-run what they would. The new file takes the place of the old one as a "
         "whole, a copy of the old one is kept beside it as FILE.bak, and what no edit names is written back byte for byte."},
    {"", "The network is used on request only: by capture, \\-\\-revocation, \\-\\-responder and \\-\\-fetch. No private key and no "
         "password of a keystore is sent anywhere."},
    {NULL, NULL},
};
static const struct item passwords[] = {
    {"", "A password never stands on the command line, where every user of the host could read it. \\-\\-pass names its source:"},
    {"prompt", "ask on the controlling terminal, even when standard input is a pipe. This is the default, for those files that "
               "need or offer a password."},
    {"env:VAR", "an environment variable. It is wiped from the environment of ksx once read."},
    {"file:PATH", "the first line of a file. ksx remarks on it when other users can read the file."},
    {"fd:N", "the first line from an open descriptor."},
    {"none", "no password: list what can be read without one. Integrity is then not checked, and the output says so."},
    {"", "Without a terminal and without a source a file that needs a password ends with exit status 4; ksx never waits for an "
         "answer that cannot come. An empty answer at the prompt is the empty password, and if that does not fit, none."},
    {NULL, NULL},
};
static const struct item filters[] = {
    {"", "Words that must all hold; a leading ! negates one."},
    {"TEXT", "alias, subject, issuer, alternative name, serial number or fingerprint contains it. Case never counts. Text with a "
             "colon or a blank goes in quotes."},
    {"type:KIND", "key, cert, secret, ..."},
    {"exp:WHEN", "expired, <30d, >1y"},
    {"sev:LEVEL", "error, warning, ok"},
    {"alg:KEY", "ec, rsa<2048"},
    {"alias:TEXT, subject:TEXT, issuer:TEXT, san:TEXT, serial:HEX, fp:HEX, store:NAME",
     "one field only. A fingerprint is SHA\\-256 or SHA\\-1, or a part of it; its colons are optional."},
    {NULL, NULL},
};
static const struct item json[] = {
    {"", "One object. Members are only ever added as long as \"ksx\" is 1."},
    {"ksx, command, at", "1, the subcommand, and the moment that validity was judged by."},
    {"keystores", "for each file: path, type, sha256, integrity (verified, unverified, none, bad, unknown), locked, findings, and "
                  "entries; of a file that could not be opened path, error and no entries."},
    {"entries", "alias, kind, status, days (until the first expiry of the chain or the nextUpdate of a CRL, or null), created (or null), chain, findings. "
                "aliasBytes holds the bytes of an alias that cannot be written as text. A CRL has nextUpdate and revokedCount, and under ksx show revoked: its first 1000 serial numbers, with date and reason. ksx show FILE ALIAS adds "
                "unlocked, with algorithm and matchesCertificate, when a password opens the key."},
    {"chain", "for each certificate: subject, issuer, serial, notBefore, notAfter, sha256, key, and the ids of its findings; ksx "
              "show adds names, extensions and the PEM text."},
    {"expiry, summary", "what ksx expiry lists, and how many entries are in each period; notJudged counts the entries, and "
                        "notJudgedKeystores the files, whose certificates are locked or cannot be read."},
    {"ksx scan", "files: for each path, directory, type, keystore, state (read, locked, damaged, unreadable, unsupported), and integrity, entries, "
                 "folded and error where there are; entries: as for ksx expiry, with the type; skipped: what was passed over, by reason; cut: why "
                 "something is missing; summary: as for ksx expiry, with the numbers of files."},
    {"ksx check", "of each keystore path, type, findings and counts; of a file that could not be opened also error. A finding has id, "
                  "severity, title, alias (null for the file as a whole), cert and certificate (number and subject, or null), text, fix, "
                  "rejects (who refuses the connection), repair (whether ksx repair mends it) and remedy. ignored lists the ids of --ignore."},
    {"ksx explain", "messages: for each name, from, meaning, check, line, times, rootCause, quote, host, port, alias, and findings, the likeliest "
                    "first: id, title, fix, found (null where it was not looked for) and evidence. lines counts what was read. Of the id of a finding: "
                    "findings, with rule, why, java, curl, browsers, rejects and messages."},
    {"ksx repair", "entries: for each alias (null for the keystore) before and after, certificates with subject, sha256 and from, the leaf "
                   "first; steps, complete, choices, why, missing (what nothing has, or null), and findings before and after. remains: whether "
                   "something is left that is wrong. The rest as for the other commands that write; before and after in plan have no findings."},
    {"dryRun", "true where \\-\\-dry\\-run was given."},
    {"error", "slug, text, next and exit of the first thing that went wrong. The same text is on standard error."},
    {NULL, NULL},
};
static const struct item environment[] = {
    {"NO_COLOR", "if set and not empty, no colours."},
    {"KSX_PLAIN", "1 is the option \\-\\-plain."},
    {"LC_ALL, LC_CTYPE, LANG", "in a locale that is not UTF\\-8 ksx keeps to ASCII and shows other characters as \\eu{E9}."},
    {"http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, no_proxy, NO_PROXY",
     "the proxy through which servers are asked, as for curl (http_proxy for URLs of http); it is named on standard error."},
    {"ESCDELAY", "milliseconds that the explorer waits after Esc; 100 unless set."},
    {"PAGER", "what E in the explorer starts."},
    {NULL, NULL},
};
static const struct item examples[] = {
    {"ksx server.jks", "explore a keystore."},
    {"ksx list \\-\\-pass env:STOREPASS server.jks", "one line an entry."},
    {"ksx list \\-\\-pass none \\-f exp:expired /etc/ssl/certs/java/cacerts", "what has expired among the trusted certificates."},
    {"ksx expiry \\-\\-within 90d \\-\\-pass file:/etc/app/pass *.p12", "what must be renewed this quarter."},
    {"ksx expiry \\-\\-fail \\-q \\-\\-within 30d \\-\\-pass file:/etc/app/pass *.p12", "for cron: lists what expires within a month, "
     "with exit status 1; says nothing and ends with 0 while nothing does."},
    {"ksx scan \\-\\-fail \\-\\-within 30d \\-\\-pass file:/etc/app/pass /etc /opt", "every keystore and certificate on the host that expires within a month."},
    {"ksx check \\-q \\-\\-fail warning \\-\\-pass file:/etc/app/pass \\-\\-from /etc/app/ca *.p12", "for cron: says what is wrong, and nothing while all is well."},
    {"ksx check \\-\\-format nagios \\-\\-pass file:/etc/app/pass server.p12", "a plugin for Nagios and Icinga."},
    {"ksx repair server.p12 \\-\\-from /etc/app/ca \\-\\-dry\\-run", "what would mend the chains, with the CA's files at hand."},
    {"curl https://iq.example.com 2>&1 | ksx explain \\-\\-in server.p12", "what the error means, and whether this keystore is the cause."},
    {"ksx show server.p12 www \\-\\-section pem > chain.pem", "the chain of an entry as PEM."},
    {"ksx list \\-\\-json \\-\\-pass env:STOREPASS server.jks | jq \\-r \\%\\(aq.keystores[].entries[] | select(.days != null and .days < 30) | .alias\\(aq",
     "the same from JSON. days is null without a date, and null is less than every number to jq."},
    {"ksx capture \\-\\-trust /etc/ssl/certs/java/cacerts \\-\\-system ldap.example.com:636",
     "why a JVM refuses a server, and the commands that mend it."},
    {"ksx capture \\-q \\-\\-servers hosts.txt", "what many servers send, a line each."},
    {NULL, NULL},
};
/* clang-format on */

static void roff(struct cli *cli, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '-')
            text_own(cli, "\\-");
        else if (*p == '\\')
            text_own(cli, "\\e");
        else if ((*p == '.' || *p == '\'') && p == text)
            text_printf(cli, "\\&%c", *p);
        else
            ks_buf_byte(&cli->out, (uint8_t)*p);
    }
}

static void heading(struct cli *cli, const char *title)
{
    text_printf(cli, ".SH %s\n", title);
}

static void items(struct cli *cli, const char *title, const struct item *list)
{
    if (title)
        heading(cli, title);
    for (const struct item *i = list; i->term; i++) {
        if (*i->term)
            text_printf(cli, ".TP\n.B %s\n", i->term);
        else
            text_own(cli, ".PP\n");
        text_own(cli, i->text);
        text_line(cli);
    }
}

static void synopsis(struct cli *cli)
{
    heading(cli, "SYNOPSIS");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden)
            continue;
        text_printf(cli, "%s.B ksx%s%s\n", c == cli_commands ? "" : ".br\n", *c->name ? " " : "",
                    c->name);
        text_printf(cli, "[\\fIOPTION\\fR...]%s%s", *c->operands ? " " : "", c->operands);
        text_line(cli);
    }
}

static void commands(struct cli *cli)
{
    heading(cli, "COMMANDS");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden)
            continue;
        text_printf(cli, ".TP\n.B ksx%s%s%s%s\n", *c->name ? " " : "", c->name,
                    *c->operands ? " " : "", c->operands);
        roff(cli, c->summary);
        text_own(cli, ".\n");
        roff(cli, c->more);
        text_line(cli);
    }
}

static void belongs_to(struct cli *cli, unsigned mask)
{
    const char *separator = "";
    if (mask == CLI_EVERY)
        return;
    text_own(cli, " (");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden || !(mask & (unsigned)c->id))
            continue;
        text_printf(cli, "%s%s", separator, *c->name ? c->name : "explorer");
        separator = ", ";
    }
    text_own(cli, ")");
}

static void options(struct cli *cli)
{
    heading(cli, "OPTIONS");
    for (const struct cli_option *o = cli_options; o->name; o++) {
        text_own(cli, ".TP\n");
        if (o->letter)
            text_printf(cli, "\\fB\\-%c\\fR, ", o->letter);
        text_own(cli, "\\fB\\-\\-");
        roff(cli, o->name);
        text_own(cli, "\\fR");
        if (o->value)
            text_printf(cli, " \\fI%s\\fR", o->value);
        text_own(cli, "\n");
        roff(cli, o->help);
        belongs_to(cli, o->commands);
        text_own(cli, ".");
        text_line(cli);
        if (*o->more) {
            roff(cli, o->more);
            text_line(cli);
        }
    }
}

static void formats(struct cli *cli)
{
    heading(cli, "FORMATS");
    text_own(cli, "The type is found from the content, never from the name.\n");
    for (const struct ks_format *const *f = ks_formats; *f; f++) {
        text_own(cli, ".TP\n.B ");
        roff(cli, (*f)->name);
        text_own(cli, "\n");
        roff(cli, (*f)->summary);
        text_line(cli);
    }
}

static void keys(struct cli *cli)
{
    size_t count;
    const struct ui_command *all = ui_commands(&count);
    const char *group = "";
    heading(cli, "KEYS");
    text_own(cli, "What the keys of the explorer do; ? shows the same for the place one is at.\n");
    for (size_t i = 0; i < count; i++) {
        if (all[i].id == CMD_NONE)
            continue;
        if (strcmp(group, all[i].group) != 0)
            text_printf(cli, ".SS %s\n", all[i].group);
        group = all[i].group;
        text_own(cli, ".TP\n\\fB");
        roff(cli, all[i].keys);
        text_own(cli, "\\fR\n");
        roff(cli, all[i].help);
        text_line(cli);
    }
}

static void exit_status(struct cli *cli)
{
    heading(cli, "EXIT STATUS");
    for (const struct cli_exit_text *e = cli_exits; e->text; e++) {
        text_printf(cli, ".TP\n.B %d\n", e->code);
        roff(cli, e->text);
        text_line(cli);
    }
    text_own(cli, ".PP\nOf several files the first that fails decides; the others are shown all "
                  "the same.\nA signal ends ksx with 128 and its number: 129, 130, 143.\n");
}

void docs_man(struct cli *cli)
{
    text_own(cli, ".\\\" Made by docs/refresh from the tables of the program: do not edit.\n");
    text_printf(cli, ".TH KSX 1 \"\" \"ksx %s\" \"User Commands\"\n", KSX_VERSION);
    text_own(cli, ".SH NAME\nksx \\- explore keystores and certificates in the terminal\n");
    synopsis(cli);
    items(cli, "DESCRIPTION", description);
    commands(cli);
    options(cli);
    items(cli, "PASSWORDS", passwords);
    items(cli, "FILTERS", filters);
    formats(cli);
    keys(cli);
    items(cli, "JSON", json);
    exit_status(cli);
    items(cli, "ENVIRONMENT", environment);
    items(cli, "EXAMPLES", examples);
    text_own(cli, ".SH SEE ALSO\n.BR keytool (1),\n.BR openssl\\-pkcs12 (1),\n"
                  ".BR openssl\\-x509 (1)\n");
}
