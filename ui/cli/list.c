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

/* What is worked out once for a row, before the first is printed. */
struct row {
    const struct ks_entry *entry;
    enum report_state state;
    size_t at, len; /* its alias as it is printed: a piece of `names` */
    int width;
};
struct rows {
    struct row *items;
    size_t count, with_findings;
    struct ks_buf names;
    struct ks_buf subject, visible; /* of the row at hand */
    int column; /* cells of the aliases */
    int64_t now;
};

/* `lead` is the store's path where no heading tells it, else NULL. */
static void set_name(const struct cli *cli, const char *lead, struct row *row, struct ks_buf *names)
{
    row->at = names->len;
    if (lead) {
        row->width = text_neutralise(cli, lead, strlen(lead), names) + 1;
        ks_buf_byte(names, '/');
    }
    row->width += text_neutralise(cli, row->entry->alias, strlen(row->entry->alias), names);
    row->len = names->len - row->at;
}

static void collect_rows(struct cli *cli, const struct ks_store *store,
                         const uint32_t *index, size_t count, struct rows *out)
{
    bool led = cli->quiet && cli->operand_count > 1; /* no heading names the store */
    int half = cli->columns ? (cli->columns - LEAD) / 2 : ALIAS_MAX;
    *out = (struct rows){
        .items = ks_alloc_array(count, sizeof *out->items), .count = count, .now = ks_now()};
    for (size_t i = 0; i < count; i++) {
        struct row *row = &out->items[i];
        row->entry = ks_store_entry(store, index[i]);
        enum ks_severity worst = ks_worst_of_entry(store, row->entry, out->now);
        out->with_findings += worst != KS_FINE;
        row->state = report_state_for(store, row->entry, worst, out->now);
        set_name(cli, led ? store->path : NULL, row, &out->names);
        if (row->width > out->column && row->width <= half && row->width <= ALIAS_MAX)
            out->column = row->width;
    }
    if (led) /* the rows of all files are one table, of which only this one's are known */
        out->column = half < ALIAS_MAX ? half : ALIAS_MAX;
    text_check(cli, &out->names);
}

static void free_rows(struct rows *rows)
{
    ks_buf_free(&rows->names);
    ks_buf_free(&rows->subject);
    ks_buf_free(&rows->visible);
    free(rows->items);
}

/* Those of the file itself are on no row. */
static void add_own_findings(struct cli *cli, const struct ks_store *store, int64_t now)
{
    struct ks_findings found = {0};
    ks_find_store(store, now, &found);
    if (found.count)
        text_printf(cli, ", %zu %s of the file itself", found.count,
                    text_plural(found.count, "finding", "findings"));
    ks_findings_free(&found);
}

static void print_heading(struct cli *cli, const struct ks_store *store, const struct rows *rows)
{
    size_t all = ks_store_count(store);
    const char *integrity = report_integrity_words(store);
    (void)text_ext(cli, store->path);
    text_printf(cli, ": %s, ", store->type ? store->type : store->format->name);
    if (rows->count != all)
        text_printf(cli, "%zu of ", rows->count);
    text_printf(cli, "%zu %s", all, text_plural(all, "entry", "entries"));
    if (*integrity)
        text_printf(cli, ", %s", integrity);
    if (store->notes & KS_STORE_LOCKED_PARTS)
        text_own(cli, ", parts locked");
    if (store->notes & KS_STORE_DAMAGED)
        text_own(cli, ", damaged");
    if (ks_store_java_empty(store))
        text_own(cli, ", Java shows no entry of it");
    else if (store->notes & KS_STORE_JAVA_REFUSES)
        text_own(cli, ", Java refuses it");
    if (rows->with_findings)
        text_printf(cli, ", %zu with findings", rows->with_findings);
    add_own_findings(cli, store, rows->now);
    text_line(cli);
}

static void print_names(struct cli *cli, struct rows *rows, const struct row *row)
{
    int room = cli->columns ? cli->columns - LEAD : 0; /* 0: whatever it takes */
    int alias = text_cut(cli, ks_buf_text(&rows->names) + row->at, row->len, row->width, room);
    int gap = rows->column > alias ? rows->column - alias + 2 : 2;
    ks_buf_clear(&rows->subject);
    text_entry_subject(row->entry, &rows->subject);
    text_check(cli, &rows->subject);
    if (!rows->subject.len || (room && room - alias - gap < SUBJECT_MIN))
        return;
    text_blank(cli, gap);
    ks_buf_clear(&rows->visible);
    int width = text_neutralise(cli, ks_buf_text(&rows->subject), rows->subject.len, &rows->visible);
    (void)text_cut(cli, ks_buf_text(&rows->visible), rows->visible.len, width,
                   room ? room - alias - gap : 0);
    text_check(cli, &rows->visible);
}

static void print_row(struct cli *cli, struct rows *rows, const struct row *row)
{
    char days[8];
    text_badge(cli, row->state);
    text_own(cli, " ");
    text_padded(cli, report_state_word(row->state), 8);
    text_days(cli, row->state, report_entry_days(row->entry, rows->now, days));
    text_own(cli, "  ");
    text_padded(cli, ks_kind_word((enum ks_kind)row->entry->kind), 13);
    print_names(cli, rows, row);
    text_line(cli);
}

void list_entries(struct cli *cli, const struct ks_store *store, const uint32_t *index,
                  size_t count)
{
    struct rows rows;
    collect_rows(cli, store, index, count, &rows);
    if (!cli->quiet)
        print_heading(cli, store, &rows);
    for (size_t i = 0; i < count; i++)
        print_row(cli, &rows, &rows.items[i]);
    free_rows(&rows);
}

static void list_store(struct cli *cli, const struct ks_store *store)
{
    size_t count;
    uint32_t *index = cli_select(cli, store, &count);
    if (cli->json)
        json_store(cli, store, index, count, NULL);
    else
        list_entries(cli, store, index, count);
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
