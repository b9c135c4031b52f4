#include "cli/list.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/json.h"
#include "cli/text.h"

#include <stdlib.h>
#include <string.h>

#define ALIAS_MAX 40 /* cells up to which the subjects stand in one column */
#define LEAD 30      /* cells in front of the alias */
#define SUBJECT_MIN 12

/* An alias as it is printed: a piece of `names.text`. */
struct name {
    size_t at, len;
    int width;
};
struct names {
    struct ks_buf text;
    struct name *items;
    int column;
};

static void collect_names(struct cli *cli, const struct ks_store *store,
                          const uint32_t *index, size_t count, struct names *out)
{
    bool led = cli->quiet && cli->operand_count > 1; /* there is no heading to name the store */
    const char *lead = store->path;
    int half = cli->columns ? (cli->columns - LEAD) / 2 : ALIAS_MAX;
    *out = (struct names){.items = ks_alloc_array(count, sizeof *out->items)};
    for (size_t i = 0; i < count; i++) {
        const struct ks_entry *e = ks_store_entry(store, index[i]);
        struct name *n = &out->items[i];
        n->at = out->text.len;
        if (led) {
            n->width += text_neutralise(cli, lead, strlen(lead), &out->text);
            ks_buf_byte(&out->text, '/');
            n->width++;
        }
        n->width += text_neutralise(cli, e->alias, strlen(e->alias), &out->text);
        n->len = out->text.len - n->at;
        if (n->width > out->column && n->width <= half && n->width <= ALIAS_MAX)
            out->column = n->width;
    }
    text_check(cli, &out->text);
}

static void free_names(struct names *names)
{
    ks_buf_free(&names->text);
    free(names->items);
}

static size_t with_findings(const struct ks_store *store, const uint32_t *index, size_t count)
{
    size_t found = 0;
    int64_t now = ks_now();
    for (size_t i = 0; i < count; i++)
        found += ks_worst_of_entry(store, ks_store_entry(store, index[i]), now) != KS_FINE;
    return found;
}

void list_heading(struct cli *cli, const struct ks_store *store, const uint32_t *index,
                  size_t shown)
{
    size_t all = ks_store_count(store), found = with_findings(store, index, shown);
    const char *integrity = text_integrity(store->integrity);
    (void)text_ext(cli, store->path);
    text_printf(cli, ": %s, ", store->type ? store->type : store->format->name);
    if (shown != all)
        text_printf(cli, "%zu of ", shown);
    text_printf(cli, "%zu %s", all, text_plural(all, "entry", "entries"));
    if (*integrity)
        text_printf(cli, ", %s", integrity);
    if (store->notes & KS_STORE_LOCKED_PARTS)
        text_own(cli, ", parts locked");
    if (store->notes & KS_STORE_DAMAGED)
        text_own(cli, ", damaged");
    if (store->notes & KS_STORE_JAVA_EMPTY)
        text_own(cli, ", Java shows no entry of it");
    else if (store->notes & KS_STORE_JAVA_REFUSES)
        text_own(cli, ", Java refuses it");
    if (found)
        text_printf(cli, ", %zu with findings", found);
    text_line(cli);
}

static void list_names(struct cli *cli, const struct ks_entry *e, const struct names *names,
                       const struct name *name)
{
    struct ks_buf subject = KS_BUF_INIT;
    int room = cli->columns ? cli->columns - LEAD : 0; /* 0: whatever it takes */
    int alias = text_cut(cli, ks_buf_text(&names->text) + name->at, name->len, name->width, room);
    int gap = names->column > alias ? names->column - alias + 2 : 2;
    text_entry_subject(e, &subject);
    text_check(cli, &subject);
    if (subject.len && (!room || room - alias - gap >= SUBJECT_MIN)) {
        text_blank(cli, gap);
        struct ks_buf visible = KS_BUF_INIT;
        int width = text_neutralise(cli, ks_buf_text(&subject), subject.len, &visible);
        (void)text_cut(cli, ks_buf_text(&visible), visible.len, width,
                       room ? room - alias - gap : 0);
        text_check(cli, &visible);
        ks_buf_free(&visible);
    }
    ks_buf_free(&subject);
}

static void list_row(struct cli *cli, const struct ks_store *store, const struct ks_entry *e,
                     const struct names *names, const struct name *name)
{
    char days[8];
    int64_t now = ks_now();
    enum report_state state = report_entry_state(store, e, now);
    text_badge(cli, state);
    text_printf(cli, " %-7s ", report_state_word(state));
    text_days(cli, state, report_entry_days(e, now, days));
    text_printf(cli, "  %-11s  ", ks_kind_word((enum ks_kind)e->kind));
    list_names(cli, e, names, name);
    text_line(cli);
}

void list_rows(struct cli *cli, const struct ks_store *store, const uint32_t *index, size_t count)
{
    struct names names;
    collect_names(cli, store, index, count, &names);
    for (size_t i = 0; i < count; i++)
        list_row(cli, store, ks_store_entry(store, index[i]), &names, &names.items[i]);
    free_names(&names);
}

static void list_store(struct cli *cli, const struct ks_store *store)
{
    size_t count;
    uint32_t *index = cli_select(cli, store, &count);
    if (cli->json) {
        json_store(cli, store, index, count, NULL);
    } else {
        if (!cli->quiet)
            list_heading(cli, store, index, count);
        list_rows(cli, store, index, count);
    }
    free(index);
}

int cli_run_list(struct cli *cli)
{
    if (cli->json) {
        json_begin(cli);
        json_array_begin(cli, "keystores");
    }
    for (size_t i = 0; i < cli->operand_count; i++) {
        struct ks_store *store = cli_open(cli, cli->operands[i]);
        if (store)
            list_store(cli, store);
        ks_store_free(store);
    }
    if (cli->json) {
        json_array_end(cli);
        json_end(cli);
    }
    return cli->exit;
}
