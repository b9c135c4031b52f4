#include "cli/docs.h"

#include "chain/catalogue.h"
#include "chain/findings.h"
#include "cli/text.h"
#include "format/format.h"

#include <string.h>

static const struct {
    const char *name;
    void (*write)(struct cli *cli);
} documents[] = {
    {"man", docs_man},           {"bash", docs_bash},       {"zsh", docs_zsh},
    {"fish", docs_fish},         {"formats", docs_formats}, {"commands", docs_commands},
    {"findings", docs_findings},
};

static void format_row(struct cli *cli, const struct ks_format *f)
{
    const char *without = f->caps & KS_CAP_REFUSED         ? "recognised, not opened"
                          : !(f->caps & KS_CAP_PASSWORD)   ? "needs none"
                          : f->caps & KS_CAP_LIST_UNLOCKED ? "lists without it, in whole or in part"
                                                           : "needed";
    text_printf(cli, "| %s | %s | %s |", f->name, f->summary, without);
    text_line(cli);
}

void docs_formats(struct cli *cli)
{
    text_own(cli, "| type | what it is | store password |\n| --- | --- | --- |\n");
    for (const struct ks_format *const *f = ks_formats; *f; f++)
        format_row(cli, *f);
}

void docs_commands(struct cli *cli)
{
    text_own(cli, "| command | does |\n| --- | --- |\n");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden)
            continue;
        text_printf(cli, "| `ksx%s%s%s%s` | %s |", *c->name ? " " : "", c->name,
                    *c->operands ? " " : "", c->operands, c->summary);
        text_line(cli);
    }
}

/* ---- docs/findings.md ---- */

/* Text in Markdown: what a message has between angle brackets is no tag. */
static void put_markdown(struct cli *cli, const char *text)
{
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "<*");
        text_printf(cli, "%.*s", (int)len, at);
        at += len;
        if (*at)
            text_own(cli, *at++ == '<' ? "&lt;" : "\\*");
    }
}

static void put_item(struct cli *cli, const char *label, const char *text)
{
    if (!*text)
        return;
    text_printf(cli, "- %s: ", label);
    put_markdown(cli, text);
    text_line(cli);
}

static void put_paragraph(struct cli *cli, const char *text)
{
    text_line(cli);
    put_markdown(cli, text);
    text_line(cli);
}

static void put_rejects(struct cli *cli, const struct ks_catalogue *row)
{
    const char *between = "- Rejected by: ";
    unsigned left = row->rejects;
    if (left == 0) {
        text_own(cli, "- Rejected by: nobody for this alone");
        text_line(cli);
        return;
    }
    if ((left & KS_CLIENT_ALL) == KS_CLIENT_ALL) {
        text_printf(cli, "%severy client", between);
        left &= ~(unsigned)KS_CLIENT_ALL;
        between = ", ";
    }
    for (int bit = 0; bit < KS_CLIENTS; bit++)
        if (left & 1u << bit) {
            text_printf(cli, "%s%s", between, ks_client_name(bit));
            between = ", ";
        }
    text_line(cli);
}

static const char *remedy_text(enum ks_remedy remedy)
{
    switch (remedy) {
    case KS_REMEDY_REPAIR:
        return "ksx repair does it by itself, when a source has what it takes";
    case KS_REMEDY_CHOICE:
        return "the repair wizard (r) asks what it needs";
    case KS_REMEDY_OTHER:
        return "another command";
    default:
        return "nothing that ksx could do by itself";
    }
}

static void finding_section(struct cli *cli, const struct ks_catalogue *row)
{
    const struct ks_rule_info *info = ks_rule_of(row->id);
    if (!info)
        return;
    text_line(cli);
    text_printf(cli, "## `%s`", row->id);
    text_line(cli);
    text_line(cli);
    text_printf(cli, "**%s**, %s.", info->title, ks_severity_word(info->severity));
    text_line(cli);
    put_paragraph(cli, row->rule);
    put_paragraph(cli, row->why);
    text_line(cli);
    put_item(cli, "What to do", row->fix);
    put_item(cli, "Repair", remedy_text(row->remedy));
    put_rejects(cli, row);
    put_item(cli, "Java says", row->java);
    put_item(cli, "curl, OpenSSL and others say", row->curl);
    put_item(cli, "Browsers say", row->browser);
}

void docs_findings(struct cli *cli)
{
    text_own(cli,
             "# Findings\n\n"
             "What ksx remarks about a keystore, an entry or a certificate. The ids are stable: "
             "`ksx check --json` and `ksx list --json` give them, and `ksx explain ID` shows what "
             "is below.\n\n"
             "The severity is the worst that the finding can have. Who rejects, and in which words, "
             "was observed with JSSE of OpenJDK 17 and 25, curl 7.88 on OpenSSL 3.0, GnuTLS 3.7, Go "
             "1.19, Python 3.11, Firefox 153 and Chromium 156 as clients of a Java server.\n\n"
             "| id | severity | says |\n| --- | --- | --- |\n");
    for (const struct ks_catalogue *row = ks_catalogue(); row->id; row++) {
        const struct ks_rule_info *info = ks_rule_of(row->id);
        if (!info)
            continue;
        text_printf(cli, "| `%s` | %s | %s |", row->id, ks_severity_word(info->severity),
                    info->title);
        text_line(cli);
    }
    for (const struct ks_catalogue *row = ks_catalogue(); row->id; row++)
        finding_section(cli, row);
}

int cli_run_docs(struct cli *cli)
{
    struct ks_error err = {0};
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        if (strcmp(documents[i].name, cli->operands[0]) == 0) {
            documents[i].write(cli);
            return CLI_DONE;
        }
    (void)ks_fail(&err, KS_ERR_USAGE, "usage", "there is no document called %.100s",
                  cli->operands[0]);
    (void)ks_fail_next(&err, KS_ERR_USAGE, "ksx docs --help lists them");
    cli_fail(cli, &err);
    return cli->exit;
}
