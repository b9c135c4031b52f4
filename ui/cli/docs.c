#include "cli/docs.h"

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

void docs_findings(struct cli *cli)
{
    text_own(cli,
             "# Findings\n\n"
             "What ksx remarks about a keystore, an entry or a certificate. The ids are stable: "
             "`ksx list --json` gives them too.\n\n"
             "| id | severity | says |\n| --- | --- | --- |\n");
    for (const struct ks_rule_info *r = ks_rules(); r->id; r++) {
        text_printf(cli, "| `%s` | %s | %s |", r->id, ks_severity_word(r->severity), r->title);
        text_line(cli);
    }
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
