/*
 * Shell completions from the tables of subcommands and options.
 */
#include "chain/catalogue.h"
#include "cli/docs.h"
#include "cli/text.h"

#include <string.h>

static const char made[] = "# Made by docs/refresh from the tables of the program: do not edit.\n";

/* Inside single quotes, in every shell: ' ends them, \' is one, ' opens them again. */
static void quoted(struct cli *cli, const char *text, const char *escape)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            text_own(cli, "'\\''");
        else if (strchr(escape, *p))
            text_printf(cli, "\\%c", *p);
        else
            ks_buf_byte(&cli->out, (uint8_t)*p);
    }
}

static bool completes(const struct cli_option *o)
{
    return o->value && (*o->choices || o->id == OPT_IGNORE);
}

/* The words that its value may be. */
static void put_choices(struct cli *cli, const struct cli_option *o, const char *escape)
{
    quoted(cli, o->choices, escape);
    if (o->id != OPT_IGNORE)
        return;
    for (const struct ks_catalogue *c = ks_catalogue(); c->id; c++)
        text_printf(cli, "%s%s", c == ks_catalogue() ? "" : " ", c->id);
}

/* ---- bash ---- */

static void bash_options(struct cli *cli, unsigned command)
{
    for (const struct cli_option *o = cli_options; o->name; o++)
        if (o->commands & command)
            text_printf(cli, " --%s", o->name);
}

static bool has_namesake(const struct cli_option *o)
{
    for (const struct cli_option *other = cli_options; other->name; other++)
        if (other != o && strcmp(other->name, o->name) == 0)
            return true;
    return false;
}

static void bash_value(struct cli *cli, const struct cli_option *o)
{
    text_own(cli, "values='");
    put_choices(cli, o, "");
    text_own(cli, "' ;;\n");
}

/* What the word behind an option may be; it depends on the subcommand when two have an option of
 * this name. */
static void bash_values(struct cli *cli)
{
    text_own(cli, "    case $previous in\n");
    for (const struct cli_option *o = cli_options; o->name; o++) {
        if (!completes(o) || has_namesake(o))
            continue;
        text_printf(cli, "        --%s", o->name);
        if (o->letter)
            text_printf(cli, " | -%c", o->letter);
        text_own(cli, ") ");
        bash_value(cli, o);
    }
    text_own(cli, "    esac\n    case ${COMP_WORDS[1]}$previous in\n");
    for (const struct cli_option *o = cli_options; o->name; o++) {
        const char *separator = "        ";
        if (!completes(o) || !has_namesake(o))
            continue;
        for (const struct cli_command *c = cli_commands; c->name; c++)
            if (!c->hidden && c->id != CLI_TUI && (o->commands & (unsigned)c->id)) {
                text_printf(cli, "%s%s--%s", separator, c->name, o->name);
                separator = " | ";
            }
        text_own(cli, ") ");
        bash_value(cli, o);
    }
    text_own(cli, "    esac\n"
                  "    if [[ -n $values ]]; then\n"
                  "        mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$word\")\n"
                  "        [[ ${COMPREPLY[0]-} != *: ]] || compopt -o nospace\n"
                  "        return\n    fi\n");
}

void docs_bash(struct cli *cli)
{
    text_own(cli, "# shellcheck shell=bash\n");
    text_own(cli, made);
    text_own(cli,
             "_ksx()\n{\n"
             "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
             "    local options commands='' values=''\n    COMPREPLY=()\n");
    bash_values(cli);
    text_own(cli, "    case ${COMP_WORDS[1]} in\n");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden || c->id == CLI_TUI)
            continue;
        text_printf(cli, "        %s) options='", c->name);
        bash_options(cli, (unsigned)c->id);
        text_own(cli, "' ;;\n");
    }
    text_own(cli, "        *)\n            options='");
    bash_options(cli, CLI_TUI);
    text_own(cli, "'\n            ((COMP_CWORD > 1)) || commands='");
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (!c->hidden && c->id != CLI_TUI)
            text_printf(cli, " %s", c->name);
    text_own(cli, "'\n            ;;\n    esac\n"
                  "    case $word in\n"
                  "        -*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\") ;;\n"
                  "        *) mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$word\"; "
                  "compgen -f -- \"$word\") ;;\n"
                  "    esac\n}\ncomplete -o filenames -F _ksx ksx\n");
}

/* ---- zsh ---- */

static void zsh_option(struct cli *cli, const struct cli_option *o)
{
    if (o->letter)
        text_printf(cli, " \\\n                '(-%c --%s)'{-%c,--%s}'[", o->letter, o->name,
                    o->letter, o->name);
    else
        text_printf(cli, " \\\n                '%s--%s[", o->id == OPT_PASS || o->id == OPT_IGNORE ? "*" : "", o->name);
    quoted(cli, o->help, "[]");
    text_own(cli, "]");
    if (o->value) {
        text_own(cli, ":");
        quoted(cli, o->value, "[]:");
        text_own(cli, ":");
    }
    if (completes(o)) {
        text_own(cli, "(");
        put_choices(cli, o, "[]:<>");
        text_own(cli, ")");
    }
    text_own(cli, "'");
}

static void zsh_arguments(struct cli *cli, const struct cli_command *c)
{
    text_own(cli, "            _arguments -S");
    for (const struct cli_option *o = cli_options; o->name; o++)
        if (o->commands & (unsigned)c->id)
            zsh_option(cli, o);
    if (*c->operands)
        text_own(cli, " \\\n                '*:file:_files'");
    text_own(cli, "\n            ;;\n");
}

void docs_zsh(struct cli *cli)
{
    text_own(cli, "#compdef ksx\n");
    text_own(cli, made);
    text_own(cli, "_ksx() {\n    local -a commands\n    commands=(");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden || c->id == CLI_TUI)
            continue;
        text_printf(cli, "\n        '%s:", c->name);
        quoted(cli, c->summary, ":");
        text_own(cli, "'");
    }
    text_own(cli, "\n    )\n    if ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then\n"
                  "        _describe command commands\n        _files\n        return\n    fi\n"
                  "    case $words[2] in\n");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden || c->id == CLI_TUI)
            continue;
        text_printf(cli, "        %s)\n            shift words; ((CURRENT--))\n", c->name);
        zsh_arguments(cli, c);
    }
    text_own(cli, "        *)\n");
    zsh_arguments(cli, cli_commands);
    text_own(cli, "    esac\n}\n_ksx \"$@\"\n");
}

/* ---- fish ---- */

static void fish_condition(struct cli *cli, unsigned mask)
{
    bool tui = mask & CLI_TUI;
    if (mask == CLI_EVERY)
        return;
    text_printf(cli, " -n '%s__fish_seen_subcommand_from", tui ? "not " : "");
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (!c->hidden && c->id != CLI_TUI && ((mask & (unsigned)c->id) != 0) != tui)
            text_printf(cli, " %s", c->name);
    text_own(cli, "'");
}

static void fish_option(struct cli *cli, const struct cli_option *o)
{
    text_own(cli, "complete -c ksx");
    fish_condition(cli, o->commands);
    if (o->letter)
        text_printf(cli, " -s %c", o->letter);
    text_printf(cli, " -l %s", o->name);
    if (o->value)
        text_own(cli, " -r");
    if (completes(o)) {
        text_own(cli, " -f -a '");
        put_choices(cli, o, "<>");
        text_own(cli, "'");
    }
    text_own(cli, " -d '");
    quoted(cli, o->help, "");
    text_own(cli, "'\n");
}

void docs_fish(struct cli *cli)
{
    text_own(cli, made);
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden || c->id == CLI_TUI)
            continue;
        text_printf(cli, "complete -c ksx -n __fish_use_subcommand -a %s -d '", c->name);
        quoted(cli, c->summary, "");
        text_own(cli, "'\n");
    }
    for (const struct cli_option *o = cli_options; o->name; o++)
        fish_option(cli, o);
}
