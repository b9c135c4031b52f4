/*
 * What monitoring reads: a line of status as plugins of Nagios (Icinga, Naemon, Checkmk) give it,
 * metrics for Prometheus, dates for calendars.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/index.h"
#include "cli/check.h"
#include "cli/ics.h"
#include "cli/text.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hand_over(struct check_run *run, struct ks_buf *held)
{
    text_check(run->cli, held);
    ks_buf_append(&run->cli->out, held->data, held->len);
    ks_buf_clear(held);
}

static void nothing(struct check_run *run)
{
    (void)run;
}

/* ---- Nagios ---- */

enum nagios { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };
/* What is held: the first finding, and the lines of all of them, the most urgent first. */
enum { NAGIOS_FIRST, NAGIOS_LINES, NAGIOS_NOT_CHECKED = 7 };

static const char *const nagios_words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/* The bar begins the performance data. */
static void nagios_text(struct check_run *run, const char *text, struct ks_buf *out)
{
    struct ks_buf visible = KS_BUF_INIT;
    (void)text_neutralise(run->cli, text, strlen(text), &visible);
    for (size_t i = 0; i < visible.len; i++)
        ks_buf_byte(out, visible.data[i] == '|' ? '!' : visible.data[i]);
    text_check(run->cli, &visible);
    ks_buf_free(&visible);
}

/* A date that passes stops what works today; how something is configured was so yesterday. */
static bool is_of_dates(const char *id)
{
    static const char *const ids[] = {
        "CERT-EXPIRED",      "CHAIN-EXPIRED-INTERMEDIATE", "CHAIN-EXPIRED-ROOT",
        "CERT-EXPIRES-SOON", "CERT-NOT-YET-VALID",         "CHAIN-NOT-YET-VALID",
        "TRUST-EXPIRED",     "CRL-OUTDATED"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

/* From 1; 6 is the worst. */
static int urgency(const struct ks_diagnosed *d)
{
    return 2 * ((int)d->found.severity - (int)KS_NOTE) + 1 + is_of_dates(d->found.id);
}

/* --fail says what counts; without it a warning does, as a warning. */
static bool nagios_counts(const struct check_run *run, enum ks_severity severity)
{
    return severity >= (run->cli->doctoring.fail ? run->level : KS_WARNING);
}

static enum nagios nagios_status(const struct check_run *run)
{
    if (run->by_severity[KS_ERROR])
        return NAGIOS_CRITICAL;
    if (run->unknown || (!run->files && run->cli->failed))
        return NAGIOS_UNKNOWN;
    for (int s = KS_NOTE; s < KS_ERROR; s++)
        if (run->by_severity[s] && nagios_counts(run, (enum ks_severity)s))
            return NAGIOS_WARNING;
    return NAGIOS_OK;
}

int check_nagios_exit(const struct check_run *run)
{
    return (int)nagios_status(run);
}

static void nagios_line(struct check_run *run, const struct check_file *file,
                        const struct ks_diagnosed *d, struct ks_buf *out)
{
    ks_buf_printf(out, "%s ", d->found.id);
    nagios_text(run, file->path, out);
    if (d->entry) {
        ks_buf_byte(out, '/');
        nagios_text(run, d->entry->alias, out);
    }
    ks_buf_str(out, ": ");
}

static void nagios_finding(struct check_run *run, const struct check_file *file,
                           const struct ks_diagnosed *d)
{
    int urgent = urgency(d);
    struct ks_buf *lines = &run->held[NAGIOS_LINES + 6 - urgent];
    if (!nagios_counts(run, d->found.severity))
        return;
    ks_buf_printf(lines, "%s: ", ks_severity_word(d->found.severity));
    nagios_line(run, file, d, lines);
    nagios_text(run, check_text(d), lines);
    ks_buf_byte(lines, '\n');
    if (urgent <= run->first)
        return;
    run->first = urgent;
    ks_buf_clear(&run->held[NAGIOS_FIRST]);
    nagios_line(run, file, d, &run->held[NAGIOS_FIRST]);
    ks_buf_str(&run->held[NAGIOS_FIRST], d->found.title);
}

static void nagios_file(struct check_run *run, const struct check_file *file)
{
    for (size_t i = 0; i < file->found->count; i++)
        nagios_finding(run, file, &file->found->at[i]);
    if (!file->error || file->found->count)
        return;
    struct ks_buf *lines = &run->held[NAGIOS_NOT_CHECKED];
    ks_buf_str(lines, "unknown: ");
    nagios_text(run, file->error->what, lines);
    ks_buf_byte(lines, '\n');
}

static bool is_ignored(const struct cli *cli, const char *id)
{
    for (size_t i = 0; i < cli->doctoring.ignored_count; i++)
        if (strcmp(cli->doctoring.ignored[i], id) == 0)
            return true;
    return false;
}

/* Without the limits of what is ignored: a graph would show them as passed. */
static void nagios_days(struct check_run *run, int warn)
{
    bool late = is_ignored(run->cli, "CERT-EXPIRED");
    bool soon = late || is_ignored(run->cli, "CERT-EXPIRES-SOON");
    text_printf(run->cli, " days=%lld;", (long long)ks_days_until(run->soonest, ks_now()));
    if (!soon)
        text_printf(run->cli, "%d:", warn);
    text_own(run->cli, late ? ";" : ";0:");
}

static void nagios_data(struct check_run *run)
{
    struct cli *cli = run->cli;
    int warn = cli->doctoring.warn_days ? cli->doctoring.warn_days : KS_WARN_DAYS;
    text_printf(cli, " | errors=%zu;;0;0 warnings=%zu;0;;0 notes=%zu;;;0 keystores=%zu;;;0 ",
                run->by_severity[KS_ERROR], run->by_severity[KS_WARNING], run->by_severity[KS_NOTE],
                run->files);
    text_printf(cli, "entries=%zu;;;0 unreadable=%zu;;0;0", run->entries, run->unreadable);
    if (run->soonest != KS_TIME_NONE)
        nagios_days(run, warn);
    text_line(cli);
}

static void nagios_end(struct check_run *run)
{
    struct cli *cli = run->cli;
    enum nagios status = nagios_status(run);
    text_printf(cli, "KSX %s - %zu %s, %zu %s", nagios_words[status], run->files,
                text_plural(run->files, "keystore", "keystores"), run->entries,
                text_plural(run->entries, "entry", "entries"));
    if (run->held[NAGIOS_FIRST].len) {
        text_own(cli, ", ");
        hand_over(run, &run->held[NAGIOS_FIRST]);
    } else if (status == NAGIOS_UNKNOWN) {
        struct ks_buf why = KS_BUF_INIT;
        nagios_text(run, cli->first_error.what, &why);
        text_printf(cli, ", %s", ks_buf_text(&why));
        ks_buf_free(&why);
    }
    nagios_data(run);
    for (int i = NAGIOS_LINES; i <= NAGIOS_NOT_CHECKED; i++)
        hand_over(run, &run->held[i]);
}

int check_nagios_unknown(struct cli *cli, const struct ks_error *err)
{
    struct check_run run = {.cli = cli};
    struct ks_buf text = KS_BUF_INIT;
    nagios_text(&run, err->what, &text);
    text_printf(cli, "KSX UNKNOWN - %s", ks_buf_text(&text));
    text_line(cli);
    ks_buf_free(&text);
    return NAGIOS_UNKNOWN;
}

const struct check_format check_nagios = {true, nothing, nagios_file, nagios_end};

/* ---- Prometheus ---- */

enum family { READABLE, ENTRIES, FINDINGS, FINDING, NOT_AFTER, FAMILIES };

/* A family's lines must stand together, so they are held until all files were looked at. */
static const struct {
    const char *name, *help;
} families[FAMILIES] = {
    [READABLE] = {"ksx_store_readable",
                  "Whether the keystore could be opened and read to its end."},
    [ENTRIES] = {"ksx_store_entries", "Entries in the keystore."},
    [FINDINGS] = {"ksx_findings", "Findings in the keystore, by severity."},
    [FINDING] = {"ksx_finding", "How often an entry has a finding; alias is empty for the file."},
    [NOT_AFTER] = {"ksx_certificate_not_after_seconds",
                   "The end of the validity of a certificate, as seconds since 1970."},
};

/* A value of a label: UTF-8 without control characters; backslash and quote escaped. */
static void label(struct check_run *run, const char *name, const char *value, struct ks_buf *out)
{
    struct ks_buf visible = KS_BUF_INIT;
    (void)text_neutralise(run->cli, value, strlen(value), &visible);
    ks_buf_printf(out, "%s%s=\"", out->len && out->data[out->len - 1] == '{' ? "" : ",", name);
    for (size_t i = 0; i < visible.len; i++) {
        if (strchr("\\\"", visible.data[i]))
            ks_buf_byte(out, '\\');
        ks_buf_byte(out, visible.data[i]);
    }
    ks_buf_byte(out, '"');
    text_check(run->cli, &visible);
    ks_buf_free(&visible);
}

static struct ks_buf *sample(struct check_run *run, enum family family, const char *path)
{
    struct ks_buf *out = &run->held[family];
    ks_buf_printf(out, "%s{", families[family].name);
    label(run, "path", path, out);
    return out;
}

static void value(struct ks_buf *out, long long number)
{
    ks_buf_printf(out, "} %lld\n", number);
}

static void count_findings(struct check_run *run, const struct check_file *file)
{
    for (int s = KS_ERROR; s > KS_FINE; s--) {
        struct ks_buf *out = sample(run, FINDINGS, file->path);
        label(run, "severity", ks_severity_word((enum ks_severity)s), out);
        value(out, (long long)file->found->by_severity[s]);
    }
}

/* Of the findings of an entry: is it the first of its id, and how many are there. */
static size_t times_of(const struct ks_diagnosis *found, size_t at)
{
    const struct ks_diagnosed *d = &found->at[at];
    size_t times = 0;
    for (size_t i = at; i > 0 && found->at[i - 1].entry == d->entry; i--)
        if (strcmp(found->at[i - 1].found.id, d->found.id) == 0)
            return 0;
    for (size_t i = at; i < found->count && found->at[i].entry == d->entry; i++)
        times += strcmp(found->at[i].found.id, d->found.id) == 0;
    return times;
}

/* Two samples must not have the same labels: of entries with one alias the later ones are told by
 * their place. free(). */
static bool *find_namesakes(const struct ks_store *store)
{
    size_t count = ks_store_count(store);
    bool *again = ks_alloc_array(count, sizeof *again);
    struct ks_index aliases = ks_index_new(count);
    for (size_t i = 0; i < count; i++) {
        struct ks_slice alias = ks_slice_str(ks_store_entry(store, i)->alias);
        again[i] = ks_index_first(&aliases, alias) != KS_NOWHERE;
        ks_index_add(&aliases, alias, i);
    }
    ks_index_drop(&aliases);
    return again;
}

static void alias_labels(struct check_run *run, const struct ks_entry *e, size_t place,
                         const bool *again, struct ks_buf *out)
{
    char number[24];
    label(run, "alias", e->alias, out);
    if (!again[place])
        return;
    (void)snprintf(number, sizeof number, "%zu", place);
    label(run, "entry", number, out);
}

static void list_findings(struct check_run *run, const struct check_file *file, const bool *again)
{
    for (size_t i = 0; i < file->found->count; i++) {
        const struct ks_diagnosed *d = &file->found->at[i];
        size_t times = times_of(file->found, i);
        if (!times)
            continue;
        struct ks_buf *out = sample(run, FINDING, file->path);
        if (d->entry)
            alias_labels(run, d->entry, d->place, again, out);
        else
            label(run, "alias", "", out);
        label(run, "id", d->found.id, out);
        label(run, "severity", ks_severity_word(d->found.severity), out);
        value(out, (long long)times);
    }
}

static void list_dates(struct check_run *run, const struct check_file *file, size_t place,
                       const bool *again)
{
    const struct ks_entry *e = ks_store_entry(file->store, place);
    for (uint32_t i = 0; i < e->chain_len; i++) {
        const struct ks_cert *c = &e->chain[i];
        struct ks_buf subject = KS_BUF_INIT;
        char number[24];
        if ((c->flags & KS_CERT_BROKEN) || c->not_after == KS_TIME_NONE)
            continue;
        struct ks_buf *out = sample(run, NOT_AFTER, file->path);
        alias_labels(run, e, place, again, out);
        (void)snprintf(number, sizeof number, "%u", i);
        label(run, "cert", number, out);
        ks_name_text(ks_cert_part(c, c->subject), &subject);
        label(run, "subject", ks_buf_text(&subject), out);
        value(out, c->not_after);
        ks_buf_free(&subject);
    }
}

/* A file that is named twice is one. */
static bool was_seen(const struct check_run *run, const char *path)
{
    for (size_t i = 0; i + 1 < run->files; i++)
        if (strcmp(run->cli->operands[i], path) == 0)
            return true;
    return false;
}

static void prometheus_file(struct check_run *run, const struct check_file *file)
{
    size_t count = file->store ? ks_store_count(file->store) : 0;
    bool *again = file->store ? find_namesakes(file->store) : NULL;
    if (!was_seen(run, file->path)) {
        value(sample(run, READABLE, file->path), check_is_readable(file));
        if (file->store)
            value(sample(run, ENTRIES, file->path), (long long)count);
        count_findings(run, file);
        list_findings(run, file, again);
        for (size_t i = 0; i < count; i++)
            list_dates(run, file, i, again);
    }
    free(again);
}

static void prometheus_end(struct check_run *run)
{
    struct cli *cli = run->cli;
    for (int f = 0; f < FAMILIES; f++) {
        text_printf(cli, "# HELP %s %s\n# TYPE %s gauge", families[f].name, families[f].help,
                    families[f].name);
        text_line(cli);
        hand_over(run, &run->held[f]);
    }
    text_own(cli, "# HELP ksx_check_time_seconds When this was looked at, as seconds since 1970.\n"
                  "# TYPE ksx_check_time_seconds gauge\n");
    text_printf(cli, "ksx_check_time_seconds %lld", (long long)ks_now());
    text_line(cli);
}

const struct check_format check_prometheus = {false, nothing, prometheus_file, prometheus_end};

/* ---- calendar ---- */

static void ics_file(struct check_run *run, const struct check_file *file)
{
    for (size_t i = 0; file->store && i < ks_store_count(file->store); i++) {
        struct expiry_row row = expiry_row_of(file->store, ks_store_entry(file->store, i));
        ics_events(run->cli, &row, 1);
    }
}

static void ics_begin_run(struct check_run *run)
{
    ics_begin(run->cli);
}

static void ics_end_run(struct check_run *run)
{
    ics_end(run->cli);
}

const struct check_format check_ics = {false, ics_begin_run, ics_file, ics_end_run};
