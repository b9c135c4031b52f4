#include "cli/check.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/json.h"
#include "cli/text.h"
#include "op/command.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX 28 /* cells up to which ids and aliases stand in columns */
#define ALIAS_MAX 24
#define SAME_MAX 5 /* findings of one id that are told one by one */
#define MARGIN 9 /* of what belongs to the line above */

const char *check_alias(const struct ks_diagnosed *d)
{
    return d->entry ? d->entry->alias : "-";
}

const char *check_text(const struct ks_diagnosed *d)
{
    return d->found.text ? d->found.text : d->found.title;
}

bool check_is_readable(const struct check_file *file)
{
    return file->store && !file->error && file->store->damage.code == KS_OK;
}

/* ---- order ---- */

/* The findings of an entry, or of the store as a whole: a piece of the diagnosis. */
struct group {
    size_t first, count;
    enum ks_severity worst;
};

static int by_worst(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->worst != y->worst)
        return x->worst > y->worst ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* The worst entry first, free(). */
static struct group *grouped(const struct ks_diagnosis *found, size_t *count)
{
    struct group *groups = ks_alloc_array(found->count, sizeof *groups);
    *count = 0;
    for (size_t i = 0; i < found->count; i++) {
        const struct ks_diagnosed *d = &found->at[i];
        if (i == 0 || d->entry != found->at[i - 1].entry)
            groups[(*count)++] = (struct group){.first = i};
        struct group *g = &groups[*count - 1];
        g->count++;
        g->worst = d->found.severity > g->worst ? d->found.severity : g->worst;
    }
    if (*count)
        qsort(groups, *count, sizeof *groups, by_worst);
    return groups;
}

/* ---- text ---- */

struct columns {
    int id, alias;
};

static bool is_shown(const struct check_run *run, const struct ks_diagnosed *d)
{
    return !run->cli->quiet || d->found.severity >= run->level;
}

static int width_of(const struct cli *cli, const char *text)
{
    struct ks_buf visible = KS_BUF_INIT;
    int width = text_neutralise(cli, text, strlen(text), &visible);
    ks_buf_free(&visible);
    return width;
}

static struct columns columns_of(const struct check_run *run, const struct ks_diagnosis *found)
{
    struct columns c = {0};
    for (size_t i = 0; i < found->count; i++) {
        int id = (int)strlen(found->at[i].found.id);
        int alias = width_of(run->cli, check_alias(&found->at[i]));
        if (!is_shown(run, &found->at[i]))
            continue;
        c.id = id > c.id && id <= ID_MAX ? id : c.id;
        c.alias = alias > c.alias && alias <= ALIAS_MAX ? alias : c.alias;
    }
    return c;
}

static void add_counts(const size_t by_severity[KS_ERROR + 1], struct ks_buf *out)
{
    static const char *const words[] = {"", "note", "warning", "error"};
    const char *separator = "";
    for (int s = KS_ERROR; s > KS_FINE; s--)
        if (by_severity[s]) {
            ks_buf_printf(out, "%s%zu %s%s", separator, by_severity[s], words[s],
                          by_severity[s] == 1 ? "" : "s");
            separator = ", ";
        }
    if (!*separator)
        ks_buf_str(out, "nothing found");
}

static void print_heading(struct check_run *run, const struct check_file *file)
{
    struct cli *cli = run->cli;
    struct ks_buf counts = KS_BUF_INIT;
    size_t entries = file->store ? ks_store_count(file->store) : 0;
    add_counts(file->found->by_severity, &counts);
    (void)text_ext(cli, file->path);
    if (file->store)
        text_printf(cli, ": %s, %zu %s: %s",
                    file->store->type ? file->store->type : file->store->format->name, entries,
                    text_plural(entries, "entry", "entries"), ks_buf_text(&counts));
    else
        text_printf(cli, ": not opened: %s", ks_buf_text(&counts));
    text_own(cli, file->found->cut ? ", and there may be more" : "");
    text_line(cli);
    ks_buf_free(&counts);
}

static void print_more(struct cli *cli, const char *word, const char *own)
{
    text_blank(cli, MARGIN);
    text_printf(cli, "%s %s", word, own);
    text_line(cli);
}

/* What is to be done about an id is said once in a file. */
struct told {
    bool rows[256]; /* of the catalogue */
    size_t times[256];
};

static size_t row_at(const struct ks_diagnosed *d)
{
    const struct ks_catalogue *row = ks_catalogue_of(d->found.id);
    return row ? (size_t)(row - ks_catalogue()) : SIZE_MAX;
}

/* One by one up to a number of them; --quiet is read by programs, line by line. */
static bool is_folded(struct check_run *run, struct told *told, const struct ks_diagnosed *d)
{
    size_t at = row_at(d);
    if (at >= sizeof told->rows || run->cli->quiet)
        return false;
    return ++told->times[at] > SAME_MAX;
}

static bool is_told(struct told *told, const struct ks_catalogue *row)
{
    size_t at = (size_t)(row - ks_catalogue());
    bool before = at < sizeof told->rows && told->rows[at];
    if (at < sizeof told->rows)
        told->rows[at] = true;
    return before;
}

/* "ksx passwd FILE --entry ALIAS" with those that are meant. */
static void put_fix(const char *fix, const struct check_file *file, const struct ks_diagnosed *d,
                    struct ks_buf *out)
{
    bool path = strcmp(file->path, "-") != 0, command = false;
    for (const char *at = fix; *at;) {
        size_t len = strcspn(at, " ");
        size_t word = strcspn(at, " .,:;)");
        command = (command && word == len) || (len == 3 && strncmp(at, "ksx", 3) == 0);
        if (path && word == 4 && command && strncmp(at, "FILE", 4) == 0)
            ks_shell_word(out, file->path);
        else if (d->entry && word == 5 && strncmp(at, "ALIAS", 5) == 0)
            ks_shell_word(out, d->entry->alias);
        else
            ks_buf_append(out, at, word);
        ks_buf_append(out, at + word, len - word);
        for (at += len; *at == ' '; at++)
            ks_buf_byte(out, ' ');
    }
}

static void print_help(struct check_run *run, const struct check_file *file,
                       const struct ks_diagnosed *d, struct told *told)
{
    struct ks_buf text = KS_BUF_INIT;
    const struct ks_catalogue *row = ks_catalogue_of(d->found.id);
    doctor_rejects(d->rejects, &text);
    if (text.len)
        print_more(run->cli, "refused by", ks_buf_text(&text));
    ks_buf_clear(&text);
    if (d->remedy == KS_REMEDY_REPAIR && file->store && strcmp(file->path, "-") != 0) {
        doctor_repair(run->cli, file->path, d->entry, &text);
        print_more(run->cli, "mended by", ks_buf_text(&text));
    } else if (row && *row->fix && !is_told(told, row)) {
        put_fix(row->fix, file, d, &text);
        print_more(run->cli, "to do:", ks_buf_text(&text));
    }
    ks_buf_free(&text);
}

static void print_alias(struct check_run *run, const struct check_file *file,
                        const struct ks_diagnosed *d, int cells)
{
    struct cli *cli = run->cli;
    int width;
    if (cli->quiet && run->cli->operand_count > 1) { /* no heading names the file */
        (void)text_ext(cli, file->path);
        text_own(cli, d->entry ? "/" : "  ");
        if (!d->entry)
            return;
        cells = 0;
    }
    width = d->entry ? text_ext(cli, d->entry->alias) : 1;
    text_own(cli, d->entry ? "" : "-");
    text_blank(cli, cells > width ? cells - width + 2 : 2);
}

static void print_finding(struct check_run *run, const struct check_file *file,
                          const struct ks_diagnosed *d, const struct columns *columns,
                          struct told *told)
{
    struct cli *cli = run->cli;
    text_padded(cli, ks_severity_word(d->found.severity), MARGIN);
    text_padded(cli, d->found.id, columns->id);
    text_own(cli, "  ");
    print_alias(run, file, d, columns->alias);
    (void)text_ext(cli, check_text(d));
    text_line(cli);
    if (!cli->quiet && d->found.severity > KS_NOTE)
        print_help(run, file, d, told);
}

static void print_group(struct check_run *run, const struct check_file *file,
                        const struct group *group, enum ks_severity severity,
                        const struct columns *columns, struct told *told)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct ks_diagnosed *d = &file->found->at[group->first + i];
        if (d->found.severity == severity && is_shown(run, d) && !is_folded(run, told, d))
            print_finding(run, file, d, columns, told);
    }
}

/* Of one severity: what was counted and not told. */
static void print_folded(struct check_run *run, const struct check_file *file,
                         enum ks_severity severity, const struct columns *columns,
                         struct told *told)
{
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < file->found->count; i++) {
        const struct ks_diagnosed *d = &file->found->at[i];
        size_t at = row_at(d);
        if (d->found.severity != severity || at >= sizeof told->rows ||
            told->times[at] <= SAME_MAX)
            continue;
        text_padded(run->cli, ks_severity_word(d->found.severity), MARGIN);
        text_padded(run->cli, d->found.id, columns->id);
        text_printf(run->cli, "  and %zu more; --json has them all", told->times[at] - SAME_MAX);
        text_line(run->cli);
        if (d->remedy == KS_REMEDY_REPAIR && strcmp(file->path, "-") != 0) {
            doctor_repair(run->cli, file->path, NULL, &text);
            print_more(run->cli, "mended by", ks_buf_text(&text));
            ks_buf_clear(&text);
        }
        told->times[at] = 0;
    }
    memset(told->times, 0, sizeof told->times);
    ks_buf_free(&text);
}

static void text_file(struct check_run *run, const struct check_file *file)
{
    size_t count;
    struct told told = {{false}, {0}};
    struct columns columns = columns_of(run, file->found);
    if (!file->store && !file->found->count)
        return; /* no finding: it was told on standard error */
    struct group *groups = grouped(file->found, &count);
    if (!run->cli->quiet && run->files > 1)
        text_line(run->cli);
    if (!run->cli->quiet)
        print_heading(run, file);
    for (int s = KS_ERROR; s > KS_FINE; s--) {
        for (size_t g = 0; g < count; g++)
            print_group(run, file, &groups[g], (enum ks_severity)s, &columns, &told);
        print_folded(run, file, (enum ks_severity)s, &columns, &told);
    }
    if (file->revoked && !run->cli->quiet)
        revoked_text(run->cli, file->revoked);
    free(groups);
}

static void nothing(struct check_run *run)
{
    (void)run;
}

static const struct check_format check_text_format = {true, nothing, text_file, nothing};

/* ---- JSON ---- */

static json_t *rejects_list(unsigned rejects)
{
    json_t *list = json_array();
    for (int bit = 0; bit < KS_CLIENTS; bit++)
        if (rejects & 1u << bit)
            (void)json_array_append_new(list, json_string(ks_client_name(bit)));
    return list;
}

static json_t *subject_of(const struct ks_diagnosed *d)
{
    struct ks_buf text = KS_BUF_INIT;
    int at = d->found.cert;
    if (!d->entry || at < 0 || (uint32_t)at >= d->entry->chain_len ||
        (d->entry->chain[at].flags & KS_CERT_BROKEN))
        return json_null();
    ks_name_text(ks_cert_part(&d->entry->chain[at], d->entry->chain[at].subject), &text);
    json_t *value = json_ext(ks_buf_text(&text), text.len);
    ks_buf_free(&text);
    return value;
}

static const char *remedy_word(enum ks_remedy remedy)
{
    static const char *const words[] = {"none", "repair", "choice", "other"};
    return words[remedy];
}

json_t *check_json_finding(const struct ks_diagnosed *d)
{
    const struct ks_catalogue *row = ks_catalogue_of(d->found.id);
    json_t *o = json_object();
    json_put(o, "id", json_string(d->found.id));
    json_put(o, "severity", json_string(ks_severity_word(d->found.severity)));
    json_put(o, "title", json_string(d->found.title));
    json_put(o, "alias", d->entry ? json_ext_z(d->entry->alias) : json_null());
    json_put(o, "cert", d->found.cert >= 0 ? json_integer(d->found.cert) : json_null());
    json_put(o, "certificate", subject_of(d));
    json_put(o, "text", json_ext_z(check_text(d)));
    json_put(o, "fix", row && *row->fix ? json_string(row->fix) : json_null());
    json_put(o, "rejects", rejects_list(d->rejects));
    json_put(o, "repair", json_boolean(d->remedy == KS_REMEDY_REPAIR));
    json_put(o, "remedy", json_string(remedy_word(d->remedy)));
    return o;
}

static json_t *counts_object(const size_t by_severity[KS_ERROR + 1])
{
    json_t *o = json_object();
    for (int s = KS_ERROR; s > KS_FINE; s--)
        json_put(o, ks_severity_word((enum ks_severity)s),
                 json_integer((json_int_t)by_severity[s]));
    return o;
}

static void json_begin_run(struct check_run *run)
{
    const struct cli_doctoring *asked = &run->cli->doctoring;
    json_t *ignored = json_array();
    for (size_t i = 0; i < asked->ignored_count; i++)
        (void)json_array_append_new(ignored, json_string(asked->ignored[i]));
    json_begin(run->cli);
    json_member(run->cli, "ignored", ignored);
    json_array_begin(run->cli, "keystores");
}

static void json_file(struct check_run *run, const struct check_file *file)
{
    const struct ks_store *s = file->store;
    json_t *o = json_object(), *list = json_array();
    size_t count;
    struct group *groups = grouped(file->found, &count);
    for (size_t g = 0; g < count; g++)
        for (size_t i = 0; i < groups[g].count; i++)
            (void)json_array_append_new(list,
                                        check_json_finding(&file->found->at[groups[g].first + i]));
    free(groups);
    json_put(o, "path", json_ext_z(file->path));
    json_put(o, "type", s ? json_ext_z(s->type ? s->type : s->format->name) : json_null());
    if (file->error)
        json_put(o, "error", json_error(file->error));
    if (s && s->damage.code != KS_OK)
        json_put(o, "damage", json_error(&s->damage));
    json_put(o, "findings", list);
    json_put(o, "counts", counts_object(file->found->by_severity));
    if (file->found->cut)
        json_put(o, "cut", json_true());
    if (file->revoked)
        json_put(o, "revocation", revoked_json(file->revoked));
    json_element(run->cli, o);
}

static void json_end_run(struct check_run *run)
{
    json_array_end(run->cli);
    json_member(run->cli, "counts", counts_object(run->by_severity));
    json_end(run->cli);
}

static const struct check_format check_json = {false, json_begin_run, json_file, json_end_run};

/* ---- the run ---- */

static const struct check_format *format_of(const struct cli *cli)
{
    static const struct check_format *const formats[] = {
        [CLI_TEXT] = &check_text_format, [CLI_JSON] = &check_json,
        [CLI_NAGIOS] = &check_nagios,    [CLI_PROMETHEUS] = &check_prometheus,
        [CLI_ICS] = &check_ics,
    };
    return formats[cli->json ? CLI_JSON : cli->doctoring.report];
}

static void count_file(struct check_run *run, const struct check_file *file)
{
    run->files++;
    run->unreadable += !check_is_readable(file);
    run->unknown += file->error != NULL && file->found->count == 0;
    for (int s = KS_FINE; s <= KS_ERROR; s++)
        run->by_severity[s] += file->found->by_severity[s];
    for (size_t i = 0; file->store && i < ks_store_count(file->store); i++) {
        int64_t expires = report_entry_expires(ks_store_entry(file->store, i));
        run->entries++;
        if (expires != KS_TIME_NONE && (run->soonest == KS_TIME_NONE || expires < run->soonest))
            run->soonest = expires;
    }
}

/* Does a finding quote it. */
static bool is_quoted(const struct ks_diagnosis *found, const char *what)
{
    for (size_t i = 0; i < found->count; i++)
        if (strstr(check_text(&found->at[i]), what))
            return true;
    return false;
}

static void tell_failure(struct check_run *run, const struct check_file *file,
                         const struct ks_error *why)
{
    if (format_of(run->cli)->tells && is_quoted(file->found, why->what))
        cli_failed(run->cli, why);
    else
        cli_fail(run->cli, why);
}

static void check_path(struct check_run *run, struct doctor *d, struct revoked_run *revoked,
                       const char *path)
{
    const struct cli_doctoring *asked = &run->cli->doctoring;
    struct ks_error err = {0};
    struct ks_diagnosis found = {0};
    struct ks_store *store = cli_open_untold(run->cli, path, &err);
    struct check_file file = {.path = path, .store = store, .found = &found};
    if (store)
        doctor_fetch(run->cli, d, store, NULL);
    if (store)
        revoked_store(run->cli, revoked, d, store);
    if (store && revoked->on)
        file.revoked = revoked;
    enum ks_code rc = err.code;
    if (!store)
        (void)ks_diagnose_failure(path, &err, &found);
    else
        rc = ks_diagnose(d->doctor, store, &d->context, NULL, &found, &err);
    ks_diagnosis_leave_out(&found, asked->ignored, asked->ignored_count);
    if (rc != KS_OK) {
        file.error = &err;
        tell_failure(run, &file, &err);
    } else if (store->damage.code != KS_OK) {
        tell_failure(run, &file, &store->damage);
    }
    count_file(run, &file);
    format_of(run->cli)->file(run, &file);
    ks_diagnosis_drop(&found);
    ks_store_free(store);
}

static bool has_failed(const struct check_run *run)
{
    size_t count = 0;
    for (int s = (int)run->level; s <= KS_ERROR; s++)
        count += run->by_severity[s];
    return count > 0;
}

static bool begin(struct cli *cli, struct doctor *doctor, struct revoked_run *revoked)
{
    if (!doctor_begin(cli, doctor))
        return false;
    if (revoked_begin(cli, revoked))
        return true;
    doctor_end(doctor);
    return false;
}

int cli_run_check(struct cli *cli)
{
    struct doctor doctor;
    struct revoked_run revoked;
    struct check_run run = {
        .cli = cli,
        .level = cli->doctoring.fail ? (enum ks_severity)cli->doctoring.fail : KS_ERROR,
        .soonest = KS_TIME_NONE,
    };
    const struct check_format *format = format_of(cli);
    bool begun = begin(cli, &doctor, &revoked);
    format->begin(&run);
    for (size_t i = 0; begun && i < cli->operand_count; i++)
        check_path(&run, &doctor, &revoked, cli->operands[i]);
    format->end(&run);
    if (begun) {
        revoked_end(&revoked);
        doctor_end(&doctor);
    }
    for (size_t i = 0; i < sizeof run.held / sizeof run.held[0]; i++)
        ks_buf_free(&run.held[i]);
    if (format == &check_nagios)
        return check_nagios_exit(&run);
    if (!cli->exit && has_failed(&run))
        cli->exit = CLI_FINDINGS;
    return cli->exit;
}
