#include "base/alloc.h"
#include "base/clock.h"
#include "cli/expiry.h"
#include "cli/text.h"
#include "report/found.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWORDS_MAX 64
#define TELL_EACH_NS 100000000 /* nanoseconds between two lines of progress */
#define EXIT_INTERRUPTED 130   /* 128 and the number of SIGINT, as if it had ended ksx */

struct search {
    struct cli *cli;
    struct ks_scan found;
    struct timeline t;
    struct ks_secret *typed;
    const struct ks_secret *passwords[PASSWORDS_MAX];
    size_t password_count;
    bool tells; /* progress, on the terminal */
    struct timespec told;
};

/* ---- passwords ---- */

static enum ks_code add_password(struct search *s, struct password_source *source,
                                 struct ks_error *err)
{
    const struct ks_secret *secret = NULL;
    bool readable = false;
    enum ks_code rc = KS_OK;
    if (source->kind == PASSWORD_NONE)
        return KS_OK;
    if (s->password_count == PASSWORDS_MAX)
        return ks_fail(err, KS_ERR_USAGE, "usage", "--pass is given more than %d times",
                       PASSWORDS_MAX);
    if (source->kind == PASSWORD_PROMPT && !s->typed) {
        rc = password_ask("Password to try: ", &s->typed, err);
        secret = s->typed;
    } else if (source->kind != PASSWORD_PROMPT) {
        rc = password_read(source, &secret, &readable, err);
    }
    if (rc == KS_OK && readable)
        cli_note(s->cli, "%s can be read by other users: chmod 600 keeps the password to you",
                 source->argument);
    if (rc == KS_OK && secret)
        s->passwords[s->password_count++] = secret;
    return rc;
}

static enum ks_code gather_passwords(struct search *s, struct ks_error *err)
{
    enum ks_code rc = KS_OK;
    for (size_t i = 0; i < s->cli->passwords->count && rc == KS_OK; i++)
        rc = add_password(s, &s->cli->passwords->items[i], err);
    return rc;
}

/* ---- searching ---- */

static struct ks_job *running; /* for the signal */

static void interrupted(int number)
{
    (void)number;
    ks_job_cancel(running);
}

static void tell(struct search *s, size_t files)
{
    struct ks_buf line = KS_BUF_INIT;
    const char *path = s->cli->operands[0];
    ks_buf_str(&line, "\r\033[Kscanning ");
    (void)text_neutralise(s->cli, path, strlen(path), &line);
    ks_buf_printf(&line, "%s: %zu %s", s->cli->operand_count > 1 ? " and others" : "", files,
                  text_plural(files, "file", "files"));
    (void)fputs(ks_buf_text(&line), stderr);
    (void)fflush(stderr);
    ks_buf_free(&line);
}

static void progress(void *ctx, const struct ks_scan *so_far)
{
    struct search *s = ctx;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t since =
        (int64_t)(now.tv_sec - s->told.tv_sec) * 1000000000 + now.tv_nsec - s->told.tv_nsec;
    if (since < TELL_EACH_NS)
        return;
    s->told = now;
    tell(s, so_far->looked);
}

static void search(struct search *s)
{
    struct cli *cli = s->cli;
    struct sigaction catch = {.sa_handler = interrupted}, before;
    struct ks_scan_options options = {
        .passwords = s->passwords,
        .password_count = s->password_count,
        .all = cli->scanning.all,
        .one_file_system = cli->scanning.one_file_system,
        .progress = s->tells ? progress : NULL,
        .ctx = s,
    };
    running = ks_job_new();
    (void)sigemptyset(&catch.sa_mask);
    (void)sigaction(SIGINT, &catch, &before);
    ks_scan_run((const char *const *)cli->operands, cli->operand_count, &options, running,
                &s->found);
    (void)sigaction(SIGINT, &before, NULL);
    ks_job_free(running);
    if (s->tells)
        (void)fputs("\r\033[K", stderr);
}

/* ---- rows ---- */

static bool is_wanted(const struct cli *cli, const struct ks_scan_file *file, size_t entry)
{
    return !cli->filter ||
           filter_match_judged(cli->filter, file->store, ks_store_entry(file->store, entry),
                               &file->worst[entry], ks_now());
}

static void add_rows(struct search *s, const struct ks_scan_file *file)
{
    size_t not_judged = 0, count = file->store ? ks_store_count(file->store) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct ks_entry *e = ks_store_entry(file->store, i);
        not_judged += !report_entry_is_judged(e);
        if (!found_has_row(file, e) || !is_wanted(s->cli, file, i))
            continue;
        struct expiry_row row = expiry_row_of(file->store, e);
        row.worst = &file->worst[i];
        row.folded = file->folded ? file->entries : 0;
        row.file = file;
        timeline_add(s->cli, &s->t, row);
    }
    s->t.not_judged += not_judged;
    s->t.not_judged_stores += not_judged > 0;
}

/* ---- text ---- */

static void print_row(struct search *s, const struct expiry_row *row)
{
    struct cli *cli = s->cli;
    struct ks_buf text = KS_BUF_INIT;
    timeline_print_start(cli, row);
    text_padded(cli, row->file->type, 7);
    text_own(cli, "  ");
    (void)text_ext(cli, row->file->path);
    text_own(cli, "  ");
    found_alias(row->file, row->entry, &text);
    (void)text_ext_n(cli, ks_buf_text(&text), text.len);
    timeline_print_cert(cli, row);
    ks_buf_clear(&text);
    text_entry_subject(row->entry, &text);
    if (text.len) {
        text_own(cli, "  ");
        (void)text_ext_n(cli, ks_buf_text(&text), text.len);
    }
    ks_buf_free(&text);
    text_line(cli);
}

static void print_state(struct search *s, enum ks_scan_state state, const char *title)
{
    struct cli *cli = s->cli;
    bool any = false;
    for (size_t i = 0; i < s->found.count; i++) {
        const struct ks_scan_file *file = &s->found.files[i];
        if (file->state != state)
            continue;
        if (!any)
            text_printf(cli, "\n%s\n", title);
        any = true;
        text_own(cli, "  ");
        if (state == KS_SCAN_LOCKED || state == KS_SCAN_UNSUPPORTED) {
            text_padded(cli, file->type, 7);
            text_own(cli, "  ");
            (void)text_ext(cli, file->path);
        } else {
            (void)text_ext(cli, file->why->what);
        }
        text_line(cli);
    }
}

static void print_cut(void *ctx, const char *word, const char *sentence)
{
    struct cli *cli = ctx;
    (void)word;
    text_own(cli, sentence);
    text_line(cli);
}

static void print_summary(struct search *s)
{
    struct cli *cli = s->cli;
    struct ks_buf text = KS_BUF_INIT;
    print_state(s, KS_SCAN_LOCKED,
                s->password_count ? "Locked, and no password of --pass fits:"
                                  : "Locked; --pass SRC gives a password to try:");
    print_state(s, KS_SCAN_DAMAGED, "Damaged:");
    print_state(s, KS_SCAN_UNREADABLE, "Not readable:");
    print_state(s, KS_SCAN_UNSUPPORTED, "Of types that ksx does not open:");
    if (cli->out.len || s->found.count)
        text_line(cli);
    timeline_print_counts(cli, &s->t);
    found_counts(&s->found, &text);
    text_printf(cli, "%s\n", ks_buf_text(&text));
    ks_buf_clear(&text);
    found_passed(&s->found, &text);
    if (text.len)
        text_printf(cli, "Passed over: %s\n", ks_buf_text(&text));
    ks_buf_free(&text);
    found_cut(&s->found, print_cut, cli);
}

/* What is not among the lines, where only these were asked for. */
static void warn_cut(void *ctx, const char *word, const char *sentence)
{
    (void)word;
    cli_warn(ctx, "%s", sentence);
}

static void warn_left_out(struct search *s)
{
    size_t locked = ks_scan_count(&s->found, KS_SCAN_LOCKED, false);
    size_t bad = ks_scan_count(&s->found, KS_SCAN_DAMAGED, false) +
                 ks_scan_count(&s->found, KS_SCAN_UNREADABLE, false);
    size_t closed = ks_scan_count(&s->found, KS_SCAN_UNREADABLE, true);
    if (locked)
        cli_warn(s->cli, "%zu %s locked; --pass SRC gives a password to try", locked,
                 text_plural(locked, "file is", "files are"));
    if (bad)
        cli_warn(s->cli, "%zu %s not read", bad, text_plural(bad, "file was", "files were"));
    if (closed)
        cli_warn(s->cli, "%zu %s not searched", closed,
                 text_plural(closed, "directory was", "directories were"));
    found_cut(&s->found, warn_cut, s->cli);
}

static void print_text(struct search *s)
{
    for (size_t i = 0; i < s->t.count; i++)
        print_row(s, &s->t.rows[i]);
    if (s->cli->quiet)
        warn_left_out(s);
    else
        print_summary(s);
}

/* ---- JSON ---- */

static json_t *file_object(const struct ks_scan_file *file)
{
    json_t *o = json_object();
    json_put(o, "path", json_ext_z(file->path));
    json_put(o, "directory", json_boolean(file->directory));
    json_put(o, "type", *file->type ? json_string(file->type) : json_null());
    json_put(o, "keystore", json_boolean(file->keystore));
    json_put(o, "state", json_string(found_state_word(file->state)));
    if (file->store) {
        json_put(o, "integrity", json_string(json_integrity_word(file->store->integrity)));
        json_put(o, "entries", json_integer((json_int_t)file->entries));
        json_put(o, "folded", json_boolean(file->folded));
    }
    if (file->why)
        json_put(o, "error", json_error(file->why));
    return o;
}

static json_t *row_object(const struct expiry_row *row)
{
    json_t *o = timeline_object(row);
    json_put(o, "type", json_string(row->file->type));
    if (row->folded)
        json_put(o, "folded", json_integer((json_int_t)row->folded));
    return o;
}

static json_t *skipped_object(const struct ks_scan *found)
{
    json_t *o = json_object();
    for (int i = 0; i < KS_SCAN_PASSES; i++)
        json_put(o, found_pass_word((enum ks_scan_pass)i),
                 json_integer((json_int_t)found->passed[i]));
    return o;
}

static void append_cut(void *ctx, const char *word, const char *sentence)
{
    (void)sentence;
    (void)json_array_append_new(ctx, json_string(word));
}

static json_t *summary_object(const struct search *s)
{
    const struct ks_scan *found = &s->found;
    json_t *o = timeline_summary(&s->t);
    json_put(o, "names", json_integer((json_int_t)found->names));
    json_put(o, "files", json_integer((json_int_t)found->looked));
    json_put(o, "keystores", json_integer((json_int_t)ks_scan_keystores(found)));
    json_put(o, "unverified", json_integer((json_int_t)ks_scan_unverified(found)));
    for (int i = KS_SCAN_LOCKED; i <= KS_SCAN_UNSUPPORTED; i++)
        json_put(o, found_state_word((enum ks_scan_state)i),
                 json_integer((json_int_t)ks_scan_count(found, (enum ks_scan_state)i, false)));
    json_put(o, "unreadableDirectories",
             json_integer((json_int_t)ks_scan_count(found, KS_SCAN_UNREADABLE, true)));
    json_put(o, "entriesLeftOut", json_integer((json_int_t)found->entries_left_out));
    return o;
}

static void print_json(struct search *s)
{
    struct cli *cli = s->cli;
    json_t *cut = json_array();
    json_begin(cli);
    json_array_begin(cli, "files");
    for (size_t i = 0; i < s->found.count; i++)
        json_element(cli, file_object(&s->found.files[i]));
    json_array_end(cli);
    json_array_begin(cli, "entries");
    for (size_t i = 0; i < s->t.count; i++)
        json_element(cli, row_object(&s->t.rows[i]));
    json_array_end(cli);
    json_member(cli, "skipped", skipped_object(&s->found));
    found_cut(&s->found, append_cut, cut);
    json_member(cli, "cut", cut);
    json_member(cli, "summary", summary_object(s));
    json_end(cli);
}

/* ---- the end ---- */

/* An entry that nobody could look at fails as well: silence must mean that all is well. */
static int exit_of(const struct search *s)
{
    const struct ks_scan *found = &s->found;
    if (found->cut & KS_SCAN_CUT_STOPPED)
        return EXIT_INTERRUPTED;
    if (ks_scan_count(found, KS_SCAN_UNREADABLE, false) ||
        ks_scan_count(found, KS_SCAN_UNREADABLE, true) ||
        ks_scan_count(found, KS_SCAN_DAMAGED, false))
        return CLI_UNREADABLE;
    if (s->cli->fail && (timeline_has_failed(s->cli, &s->t) || found->cut ||
                         ks_scan_count(found, KS_SCAN_LOCKED, false)))
        return CLI_FINDINGS;
    return CLI_DONE;
}

static void search_and_tell(struct search *s)
{
    struct cli *cli = s->cli;
    search(s);
    for (size_t i = 0; i < s->found.count; i++)
        add_rows(s, &s->found.files[i]);
    timeline_sort(cli, &s->t);
    if (cli->json) {
        print_json(s);
    } else if (cli->ics) {
        ics_write(cli, s->t.rows, s->t.count);
        warn_left_out(s);
    } else {
        print_text(s);
    }
    cli->exit = exit_of(s);
}

int cli_run_scan(struct cli *cli)
{
    struct search s = {.cli = cli, .tells = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO)};
    struct ks_error err = {0};
    if (gather_passwords(&s, &err) == KS_OK) {
        search_and_tell(&s);
    } else {
        cli_fail(cli, &err);
        if (cli->json)
            json_only_error(cli, &err);
    }
    timeline_drop(&s.t);
    ks_scan_drop(&s.found);
    ks_secret_free(s.typed);
    return cli->exit;
}
