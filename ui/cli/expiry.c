#include "cli/expiry.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/text.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

/* How soon: the last line counts entries by these. */
static const struct {
    const char *word; /* in text */
    const char *key;  /* in JSON */
    int64_t below;    /* days */
} ranges[] = {
    {"expired", "expired", 0}, {"7 days", "days7", 7},        {"30 days", "days30", 30},
    {"90 days", "days90", 90}, {"later", "later", INT64_MAX},
};
#define RANGES (sizeof ranges / sizeof ranges[0])
static_assert(RANGES == TIMELINE_RANGES, "a count for each");

static uint32_t earliest(const struct ks_entry *e)
{
    uint32_t at = 0;
    int64_t expires = ks_entry_expires(e);
    while (at + 1 < e->chain_len && e->chain[at].not_after != expires)
        at++;
    return at;
}

struct expiry_row expiry_row_of(const struct ks_store *store, const struct ks_entry *e)
{
    struct expiry_row row = {.store = store, .entry = e, .expires = report_entry_expires(e)};
    if (row.expires != KS_TIME_NONE)
        row.days = ks_days_until(row.expires, ks_now());
    row.cert = earliest(e);
    return row;
}

static void count_row(struct timeline *t, const struct expiry_row *row)
{
    if (row->expires == KS_TIME_NONE) {
        t->no_date += report_entry_is_judged(row->entry);
        return;
    }
    for (size_t i = 0; i < RANGES; i++)
        if (row->days < ranges[i].below || i + 1 == RANGES) {
            t->in_range[i]++;
            return;
        }
}

void timeline_add(const struct cli *cli, struct timeline *t, struct expiry_row row)
{
    if (cli->within >= 0 && (row.expires == KS_TIME_NONE || row.days >= cli->within))
        return;
    count_row(t, &row);
    t->unjudged_rows += !report_entry_is_judged(row.entry);
    if (t->count == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 64;
        t->rows = ks_realloc(t->rows, t->cap * sizeof *t->rows);
    }
    row.order = t->count;
    t->rows[t->count++] = row;
}

static int by_date(const void *a, const void *b)
{
    const struct expiry_row *x = a, *y = b;
    bool dated_x = x->expires != KS_TIME_NONE, dated_y = y->expires != KS_TIME_NONE;
    if (dated_x != dated_y)
        return dated_x ? -1 : 1;
    if (x->expires != y->expires)
        return x->expires < y->expires ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* The dated rows the other way round; what has no date stays last. */
static void reverse_rows(struct timeline *t)
{
    size_t dated = t->count;
    while (dated && t->rows[dated - 1].expires == KS_TIME_NONE)
        dated--;
    for (size_t i = 0; i < dated / 2; i++) {
        struct expiry_row swap = t->rows[i];
        t->rows[i] = t->rows[dated - 1 - i];
        t->rows[dated - 1 - i] = swap;
    }
}

/* Without a word about these an empty list would be taken for good news. The filter does not count:
 * whether it lets a locked entry through is not known. */
static void note_unjudged(struct cli *cli, struct timeline *t, const struct ks_store *store)
{
    size_t count = 0, locked = 0;
    for (size_t i = 0; i < ks_store_count(store); i++) {
        count += !report_entry_is_judged(ks_store_entry(store, i));
        locked += report_entry_is_locked(ks_store_entry(store, i));
    }
    if (!count)
        return;
    t->not_judged += count;
    t->not_judged_stores++;
    cli_warn(cli, "%s: %zu %s not judged: %s", store->path, count,
             text_plural(count, "entry was", "entries were"),
             store->notes & KS_STORE_DAMAGED ? "the file is damaged"
             : locked ? "locked, and --pass names where the password comes from"
                      : "the dates cannot be read");
}

void timeline_sort(const struct cli *cli, struct timeline *t)
{
    if (t->count)
        qsort(t->rows, t->count, sizeof *t->rows, by_date);
    if (cli->reverse)
        reverse_rows(t);
}

void timeline_drop(struct timeline *t)
{
    free(t->rows);
    *t = (struct timeline){0};
}

/* One a file; NULL where it was not opened. */
static struct ks_store **collect(struct cli *cli, struct timeline *t)
{
    struct ks_store **stores = ks_alloc_array(cli->operand_count, sizeof(struct ks_store *));
    for (size_t f = 0; f < cli->operand_count; f++) {
        size_t count;
        struct ks_store *store = stores[f] = cli_open(cli, cli->operands[f]);
        if (!store)
            continue;
        uint32_t *index = cli_select(cli, store, &count);
        for (size_t i = 0; i < count; i++)
            timeline_add(cli, t, expiry_row_of(store, ks_store_entry(store, index[i])));
        free(index);
        note_unjudged(cli, t, store);
    }
    timeline_sort(cli, t);
    return stores;
}

static void release(const struct cli *cli, struct ks_store **stores)
{
    for (size_t f = 0; f < cli->operand_count; f++)
        ks_store_free(stores[f]);
    free(stores);
}

/* ---- text ---- */

enum report_state timeline_state(const struct expiry_row *row)
{
    int64_t now = ks_now();
    return row->worst
               ? report_state_for(row->store, row->entry, (enum ks_severity) * row->worst, now)
               : report_entry_state(row->store, row->entry, now);
}

void timeline_print_start(struct cli *cli, const struct expiry_row *row)
{
    char days[8], date[16];
    enum report_state state = timeline_state(row);
    text_badge(cli, state);
    text_own(cli, " ");
    text_padded(cli, report_state_word(state), 8);
    if (cli->quiet && row->expires != KS_TIME_NONE)
        text_printf(cli, "%5lld", (long long)row->days);
    else
        text_days(cli, state, report_entry_days(row->entry, ks_now(), days));
    text_printf(cli, "  %-10s  ", ks_time_date(row->expires, date));
}

void timeline_print_cert(struct cli *cli, const struct expiry_row *row)
{
    if (row->cert == 0)
        return;
    struct ks_buf label = KS_BUF_INIT;
    const struct ks_cert *c = &row->entry->chain[row->cert];
    ks_name_label(ks_cert_part(c, c->subject), &label);
    text_printf(cli, "  (certificate %u: ", row->cert);
    (void)text_ext_n(cli, ks_buf_text(&label), label.len);
    text_own(cli, ")");
    ks_buf_free(&label);
}

static void print_row(struct cli *cli, const struct expiry_row *row)
{
    timeline_print_start(cli, row);
    if (cli->operand_count > 1) {
        (void)text_ext(cli, row->store->path);
        text_own(cli, "/");
    }
    (void)text_ext(cli, row->entry->alias);
    timeline_print_cert(cli, row);
    text_line(cli);
}

void timeline_print_counts(struct cli *cli, const struct timeline *t)
{
    size_t total = t->count - t->unjudged_rows + t->not_judged;
    text_printf(cli, "%zu %s: ", total, text_plural(total, "entry", "entries"));
    for (size_t i = 0; i < RANGES; i++)
        text_printf(cli, "%s%s %zu", i ? ", " : "", ranges[i].word, t->in_range[i]);
    if (t->no_date)
        text_printf(cli, ", no date %zu", t->no_date);
    if (t->not_judged)
        text_printf(cli, ", not judged %zu (in %zu %s)", t->not_judged, t->not_judged_stores,
                    text_plural(t->not_judged_stores, "keystore", "keystores"));
    text_line(cli);
}

static void print_summary(struct cli *cli, const struct timeline *t, struct ks_store **stores)
{
    size_t closed = 0;
    timeline_print_counts(cli, t);
    for (size_t f = 0; f < cli->operand_count; f++) {
        if (stores[f])
            continue;
        text_own(cli, closed++ ? ", " : "Not opened, so not counted: ");
        (void)text_ext(cli, cli->operands[f]);
    }
    if (closed)
        text_line(cli);
}

static void print_text(struct cli *cli, const struct timeline *t, struct ks_store **stores)
{
    for (size_t i = 0; i < t->count; i++)
        print_row(cli, &t->rows[i]);
    if (!cli->quiet)
        print_summary(cli, t, stores);
}

/* ---- JSON ---- */

json_t *timeline_object(const struct expiry_row *row)
{
    const struct ks_entry *e = row->entry;
    json_t *o = json_object();
    json_put(o, "path", json_ext_z(row->store->path));
    json_put(o, "alias", json_ext_z(e->alias));
    json_put(o, "kind", json_string(ks_kind_word((enum ks_kind)e->kind)));
    json_put(o, "status", json_string(report_state_word(timeline_state(row))));
    if (row->expires == KS_TIME_NONE) {
        json_put(o, "days", json_null());
        json_put(o, "notAfter", json_null());
        return o;
    }
    json_put(o, "days", json_integer(row->days));
    if (!e->chain_len) { /* the date is that of a CRL */
        json_put(o, "notAfter", json_null());
        json_put(o, "nextUpdate", json_time(row->expires));
        return o;
    }
    struct ks_findings found = {0};
    ks_find_entry(row->store, e, ks_now(), &found);
    json_put(o, "notAfter", json_time(row->expires));
    json_put(o, "cert", json_integer(row->cert));
    json_put(o, "certificate", json_cert(&e->chain[row->cert], &found, (int)row->cert, false));
    ks_findings_free(&found);
    return o;
}

json_t *timeline_summary(const struct timeline *t)
{
    json_t *summary = json_object();
    for (size_t i = 0; i < RANGES; i++)
        json_put(summary, ranges[i].key, json_integer((json_int_t)t->in_range[i]));
    json_put(summary, "noDate", json_integer((json_int_t)t->no_date));
    json_put(summary, "notJudged", json_integer((json_int_t)t->not_judged));
    json_put(summary, "notJudgedKeystores", json_integer((json_int_t)t->not_judged_stores));
    return summary;
}

static void print_json(struct cli *cli, const struct timeline *t)
{
    json_array_begin(cli, "expiry");
    for (size_t i = 0; i < t->count; i++)
        json_element(cli, timeline_object(&t->rows[i]));
    json_array_end(cli);
    json_member(cli, "summary", timeline_summary(t));
}

/* ---- for monitoring ---- */

/* An entry that could not be judged fails as well: silence must mean that all is well. */
bool timeline_has_failed(const struct cli *cli, const struct timeline *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].expires != KS_TIME_NONE && (cli->within >= 0 || t->rows[i].days < 0))
            return true;
    return t->not_judged > 0;
}

int cli_run_expiry(struct cli *cli)
{
    struct timeline t = {0};
    if (cli->json) {
        json_begin(cli);
        json_array_begin(cli, "keystores"); /* files that cannot be opened put themselves here */
    }
    struct ks_store **stores = collect(cli, &t);
    if (cli->json) {
        for (size_t f = 0; f < cli->operand_count; f++)
            if (stores[f])
                json_store(cli, stores[f], NULL, 0, NULL);
        json_array_end(cli);
        print_json(cli, &t);
        json_end(cli);
    } else if (cli->ics) {
        ics_write(cli, t.rows, t.count);
    } else {
        print_text(cli, &t, stores);
    }
    if (cli->fail && !cli->exit && timeline_has_failed(cli, &t))
        cli->exit = CLI_FINDINGS;
    timeline_drop(&t);
    release(cli, stores);
    return cli->exit;
}
