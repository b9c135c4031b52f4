#include "cli/json.h"
#include "cli/text.h"
#include "tui/commands.h"

#include <string.h>

static const struct {
    unsigned context;
    const char *word;
} contexts[] = {
    {ON_TREE, "tree"},     {ON_DETAIL, "detail"}, {ON_EXPIRY, "expiry"},
    {ON_OPEN, "open box"}, {ON_HELP, "help"},     {ON_FORM, "form"},
    {ON_DIFF, "diff"},     {ON_JVM, "JVMs"},      {ON_FINDINGS, "findings"},
    {ON_EXPLAIN, "explain"}, {ON_SCAN, "scan"},
};
#define CONTEXTS (sizeof contexts / sizeof contexts[0])

static void append_contexts(unsigned where, struct ks_buf *out)
{
    size_t named = 0;
    if ((where & ON_ANY) == ON_ANY) {
        ks_buf_str(out, "everywhere");
        return;
    }
    for (size_t i = 0; i < CONTEXTS; i++)
        if (where & contexts[i].context)
            ks_buf_printf(out, "%s%s", named++ ? ", " : "", contexts[i].word);
}

/* ---- text ---- */

static void text_row(struct cli *cli, const struct ui_command *c)
{
    struct ks_buf where = KS_BUF_INIT;
    append_contexts(c->where, &where);
    text_printf(cli, "  %-18s  %-52s  %s", c->keys, c->help, ks_buf_text(&where));
    text_line(cli);
    ks_buf_free(&where);
}

static void write_text(struct cli *cli, const struct ui_command *all, size_t count)
{
    const char *group = "";
    for (size_t i = 0; i < count; i++) {
        if (all[i].id == CMD_NONE)
            continue;
        if (!cli->quiet && strcmp(group, all[i].group) != 0) {
            text_own(cli, all[i].group);
            text_line(cli);
        }
        group = all[i].group;
        text_row(cli, &all[i]);
    }
}

/* ---- Markdown ---- */

/* Each key in code quotes; a vertical bar would end the cell. */
static void markdown_keys(struct ks_buf *out, const char *keys)
{
    while (*keys) {
        size_t len = strcspn(keys, " ");
        if (len == 1 && *keys == '|')
            ks_buf_str(out, "`\\|`");
        else
            ks_buf_printf(out, "`%.*s`", (int)len, keys);
        keys += len;
        keys += strspn(keys, " ");
        if (*keys)
            ks_buf_byte(out, ' ');
    }
}

static void write_markdown(struct cli *cli, const struct ui_command *all, size_t count)
{
    text_own(cli, "| key | does | where |\n| --- | --- | --- |");
    text_line(cli);
    for (size_t i = 0; i < count; i++) {
        if (all[i].id == CMD_NONE)
            continue;
        text_own(cli, "| ");
        markdown_keys(&cli->out, all[i].keys);
        text_printf(cli, " | %s | ", all[i].help);
        append_contexts(all[i].where, &cli->out);
        text_own(cli, " |");
        text_line(cli);
    }
}

/* ---- JSON ---- */

static json_t *words(const char *text)
{
    json_t *list = json_array();
    while (*text) {
        size_t len = strcspn(text, " ");
        (void)json_array_append_new(list, json_stringn(text, len));
        text += len;
        text += strspn(text, " ");
    }
    return list;
}

static json_t *where_words(unsigned where)
{
    json_t *list = json_array();
    for (size_t i = 0; i < CONTEXTS; i++)
        if (where & contexts[i].context)
            (void)json_array_append_new(list, json_string(contexts[i].word));
    return list;
}

static void write_json(struct cli *cli, const struct ui_command *all, size_t count)
{
    json_begin(cli);
    json_array_begin(cli, "keys");
    for (size_t i = 0; i < count; i++) {
        if (all[i].id == CMD_NONE)
            continue;
        json_t *o = json_object();
        json_put(o, "command", json_string(all[i].name));
        json_put(o, "keys", words(all[i].keys));
        json_put(o, "where", where_words(all[i].where));
        json_put(o, "help", json_string(all[i].help));
        json_element(cli, o);
    }
    json_array_end(cli);
    json_end(cli);
}

int cli_run_keys(struct cli *cli)
{
    size_t count;
    const struct ui_command *all = ui_commands(&count);
    if (cli->json)
        write_json(cli, all, count);
    else if (cli->markdown)
        write_markdown(cli, all, count);
    else
        write_text(cli, all, count);
    return CLI_DONE;
}
