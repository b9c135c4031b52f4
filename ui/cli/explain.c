/*
 * ksx explain: from a message to the findings that cause it, and whether a keystore has them. Also
 * from the id of a finding to all that is known of it.
 */
#include "cli/doctor.h"
#include "cli/json.h"
#include "cli/text.h"
#include "doctor/explain.h"
#include "op/command.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)
#define WIDTH 78
#define ID_CELLS 28

/* A keystore of --in, and what the doctor found in it. */
struct searched {
    const char *path;
    struct ks_store *store; /* NULL: not opened */
    enum ks_code failure;   /* why not */
    struct ks_diagnosis found;
};
struct search {
    struct cli *cli;
    struct doctor doctor;
    struct searched *at;
    size_t count;
    const char **hosts; /* of --host and of the messages */
};

/* ---- paragraphs ---- */

static int width(const struct cli *cli)
{
    return cli->columns > 40 && cli->columns < WIDTH ? cli->columns : WIDTH;
}

/* Words of ksx's own, wrapped, with a margin; the first line begins with `lead`. */
static void paragraph(struct cli *cli, const char *lead, int margin, const char *own)
{
    int column = margin;
    bool first = true;
    text_padded(cli, lead, margin);
    while (*own) {
        size_t len = strcspn(own, " ");
        if (!first && column + 1 + (int)len > width(cli)) {
            text_line(cli);
            text_blank(cli, margin);
            column = margin;
            first = true;
        }
        text_printf(cli, "%s%.*s", first ? "" : " ", (int)len, own);
        column += (int)len + !first;
        first = false;
        own += len + strspn(own + len, " ");
    }
    text_line(cli);
}

/* ---- where the causes are looked for ---- */

static void add_host(struct search *s, const char *host)
{
    struct ks_context *c = &s->doctor.context;
    for (size_t i = 0; i < c->host_count; i++)
        if (strcasecmp(s->hosts[i], host) == 0)
            return;
    s->hosts[c->host_count++] = host;
}

static void add_hosts(struct search *s, const struct ks_explanation *e)
{
    const struct cli_doctoring *asked = &s->cli->doctoring;
    s->hosts = ks_alloc_array(asked->host_count + e->count, sizeof *s->hosts);
    s->doctor.context.host_count = 0;
    for (size_t i = 0; i < asked->host_count; i++)
        add_host(s, asked->hosts[i]);
    for (size_t i = 0; i < e->count; i++)
        if (e->at[i].host)
            add_host(s, e->at[i].host);
    s->doctor.context.hosts = s->hosts;
}

static void diagnose(struct search *s, struct searched *one)
{
    struct ks_error err = {0};
    one->store = cli_open_only(s->cli, one->path, &err);
    one->failure = err.code;
    if (!one->store)
        (void)ks_diagnose_failure(one->path, &err, &one->found);
    else if (ks_diagnose(s->doctor.doctor, one->store, &s->doctor.context, NULL, &one->found,
                         &err) != KS_OK)
        cli_fail(s->cli, &err);
}

static bool search_begin(struct search *s, struct cli *cli, const struct ks_explanation *e)
{
    *s = (struct search){.cli = cli};
    if (!doctor_begin(cli, &s->doctor))
        return false;
    add_hosts(s, e);
    s->count = cli->doctoring.in_count;
    s->at = ks_alloc_array(s->count, sizeof *s->at);
    for (size_t i = 0; i < s->count; i++) {
        s->at[i].path = cli->doctoring.in[i];
        diagnose(s, &s->at[i]);
    }
    return true;
}

static void search_end(struct search *s)
{
    for (size_t i = 0; i < s->count; i++) {
        ks_diagnosis_drop(&s->at[i].found);
        ks_store_free(s->at[i].store);
    }
    free(s->at);
    free(s->hosts);
    doctor_end(&s->doctor);
}

/* What has to be known before anything can be said about a finding; NULL: it was looked for in all
 * of the keystores. */
static const char *not_checked(const struct search *s, const char *id)
{
    const char *why = s->count ? NULL : "--in FILE names the keystore to look into";
    for (size_t i = 0; i < s->count && !why; i++)
        why = ks_explain_unasked(id, s->at[i].store, s->at[i].failure, &s->doctor.context);
    return why;
}

/* The same, with the command that asks what takes the chain of a server. */
static void print_not_checked(struct search *s, const char *why)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_str(&text, why);
    if (strcmp(why, KS_EXPLAIN_TAKES_CHAIN) == 0) {
        ks_buf_str(&text, "; with it saved as chain.pem, ksx prove chain.pem --trust ");
        ks_shell_word(&text, s->at[0].path);
        ks_buf_str(&text, " says it");
    }
    paragraph(s->cli, "       not looked for:", 23, ks_buf_text(&text));
    ks_buf_free(&text);
}

static size_t times_found(const struct search *s, const char *id)
{
    size_t times = 0;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->at[i].found.count; k++)
            times += strcmp(s->at[i].found.at[k].found.id, id) == 0;
    return times;
}

/* ---- a finding and its evidence ---- */

#define EVIDENCE_MAX 5 /* of one finding as text; JSON has them all */

static void print_evidence(struct search *s, const struct searched *one,
                           const struct ks_diagnosed *d)
{
    struct cli *cli = s->cli;
    struct ks_buf command = KS_BUF_INIT;
    text_blank(cli, 7);
    (void)text_ext(cli, one->path);
    if (d->entry) {
        text_own(cli, "/");
        (void)text_ext(cli, d->entry->alias);
    }
    text_own(cli, ": ");
    (void)text_ext(cli, d->found.text ? d->found.text : d->found.title);
    text_line(cli);
    if (d->remedy == KS_REMEDY_REPAIR && one->store) {
        doctor_repair(cli, one->path, d->entry, &command);
        text_blank(cli, 7);
        text_printf(cli, "mended by %s", ks_buf_text(&command));
        text_line(cli);
    }
    ks_buf_free(&command);
}

/* Once for a finding: what no repair of ksx does. */
static void print_fix(struct search *s, const char *id, enum ks_remedy remedy)
{
    const struct ks_catalogue *row = ks_catalogue_of(id);
    if (remedy != KS_REMEDY_REPAIR && row && *row->fix)
        paragraph(s->cli, "       to do:", 14, row->fix);
}

static void print_cause(struct search *s, const char *id, int number)
{
    struct cli *cli = s->cli;
    const char *why = not_checked(s, id);
    size_t times = times_found(s, id), told = 0;
    enum ks_remedy remedy = KS_REMEDY_REPAIR;
    text_printf(cli, "  %2d ", number);
    text_padded(cli, id, ID_CELLS);
    if (s->count)
        text_padded(cli, times ? "YES" : why ? "?" : "no", 5);
    text_own(cli, doctor_title(id));
    text_line(cli);
    if (s->count && why && !times)
        print_not_checked(s, why);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->at[i].found.count; k++) {
            const struct ks_diagnosed *d = &s->at[i].found.at[k];
            if (strcmp(d->found.id, id) != 0)
                continue;
            if (told++ < EVIDENCE_MAX)
                print_evidence(s, &s->at[i], d);
            remedy = d->remedy != KS_REMEDY_REPAIR ? d->remedy : remedy;
        }
    if (told > EVIDENCE_MAX) {
        text_printf(cli, "       and %zu more", told - EVIDENCE_MAX);
        text_line(cli);
    }
    print_fix(s, id, remedy);
}

static json_t *evidence_list(const struct search *s, const char *id)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->at[i].found.count; k++) {
            const struct ks_diagnosed *d = &s->at[i].found.at[k];
            if (strcmp(d->found.id, id) != 0)
                continue;
            json_t *o = json_object();
            json_put(o, "path", json_ext_z(s->at[i].path));
            json_put(o, "alias", d->entry ? json_ext_z(d->entry->alias) : json_null());
            json_put(o, "severity", json_string(ks_severity_word(d->found.severity)));
            json_put(o, "text", json_ext_z(d->found.text ? d->found.text : d->found.title));
            json_put(o, "repair", json_boolean(d->remedy == KS_REMEDY_REPAIR));
            (void)json_array_append_new(list, o);
        }
    return list;
}

static json_t *cause_object(const struct search *s, const char *id)
{
    const struct ks_catalogue *row = ks_catalogue_of(id);
    bool found = times_found(s, id) > 0;
    json_t *o = json_object();
    json_put(o, "id", json_string(id));
    json_put(o, "title", json_string(doctor_title(id)));
    json_put(o, "fix", row && *row->fix ? json_string(row->fix) : json_null());
    json_put(o, "found", !found && not_checked(s, id) ? json_null() : json_boolean(found));
    json_put(o, "evidence", evidence_list(s, id));
    return o;
}

/* The ids of a list with blanks between: each into `id`, which holds the longest. */
static const char *next_id(const char *ids, char id[64])
{
    size_t len = strcspn(ids, " ");
    size_t kept = len < 63 ? len : 63;
    memcpy(id, ids, kept);
    id[kept] = '\0';
    return ids + len + strspn(ids + len, " ");
}

/* ---- a message ---- */

static void print_said(struct cli *cli, const struct ks_explained *at, size_t number)
{
    text_printf(cli, "%zu. %s, line %zu", number, at->symptom->from, at->line);
    if (at->times > 1)
        text_printf(cli, ", %zu times", at->times);
    if (at->host) {
        text_own(cli, ", host ");
        (void)text_ext(cli, at->host);
        text_own(cli, at->port ? ":" : "");
        (void)text_ext(cli, at->port ? at->port : "");
    }
    if (at->alias) {
        text_own(cli, ", alias ");
        (void)text_ext(cli, at->alias);
    }
    text_line(cli);
    text_own(cli, "   | ");
    (void)text_ext(cli, at->quote);
    text_line(cli);
}

static void print_searched(struct search *s)
{
    struct cli *cli = s->cli;
    if (!s->count) {
        text_own(cli, "   Caused by, the likeliest first:");
        text_line(cli);
        return;
    }
    text_own(cli, "   Causes, the likeliest first, looked for in ");
    for (size_t i = 0; i < s->count; i++) {
        text_own(cli, i ? ", " : "");
        (void)text_ext(cli, s->at[i].path);
    }
    text_own(cli, ":");
    text_line(cli);
}

static void print_message(struct search *s, const struct ks_explained *at, size_t number)
{
    struct cli *cli = s->cli;
    const char *ids = at->symptom->findings;
    char id[64];
    int place = 0;
    if (number > 1)
        text_line(cli);
    print_said(cli, at, number);
    paragraph(cli, "   It says:", 12, at->symptom->meaning);
    paragraph(cli, "   Look at:", 12, at->symptom->check);
    if (!*ids) {
        paragraph(cli, "   ", 3, "No finding of a keystore causes this.");
        return;
    }
    print_searched(s);
    while (*ids) {
        ids = next_id(ids, id);
        print_cause(s, id, ++place);
    }
}

static json_t *text_or_null(const char *text)
{
    return text ? json_ext_z(text) : json_null();
}

static json_t *message_object(const struct search *s, const struct ks_explained *at)
{
    json_t *o = json_object(), *causes = json_array();
    const char *ids = at->symptom->findings;
    char id[64];
    while (*ids) {
        ids = next_id(ids, id);
        (void)json_array_append_new(causes, cause_object(s, id));
    }
    json_put(o, "name", json_string(at->symptom->name));
    json_put(o, "from", json_string(at->symptom->from));
    json_put(o, "meaning", json_string(at->symptom->meaning));
    json_put(o, "check", json_string(at->symptom->check));
    json_put(o, "line", json_integer((json_int_t)at->line));
    json_put(o, "times", json_integer((json_int_t)at->times));
    json_put(o, "rootCause", json_boolean(at->root_cause));
    json_put(o, "quote", json_ext_z(at->quote));
    json_put(o, "host", text_or_null(at->host));
    json_put(o, "port", text_or_null(at->port));
    json_put(o, "alias", text_or_null(at->alias));
    json_put(o, "findings", causes);
    return o;
}

/* ---- text that holds none ---- */

static void not_known(struct cli *cli, const struct ks_explanation *e)
{
    size_t kinds = 0;
    while (ks_symptoms()[kinds].name)
        kinds++;
    text_printf(cli, "No message that ksx knows is in this (%zu %s).", e->lines,
                text_plural(e->lines, "line", "lines"));
    text_line(cli);
    text_printf(cli, "It was searched for %zu kinds of messages about certificates and keystores, ",
                kinds);
    text_own(cli, "of Java, keytool,\nOpenSSL, curl, GnuTLS, Go, Python, browsers, nginx, Tomcat, "
                  "Jetty and Kafka, in English.\n");
    paragraph(
        cli, "", 0,
        "Of an exception the lines that begin with \"Caused by\" say most, of a server its own "
        "log. What is wrong with a keystore says ksx check FILE, without any message.");
}

/* ---- reading ---- */

static enum ks_code feed_fd(struct ks_explainer *x, int fd, const char *name, struct ks_error *err)
{
    uint8_t *chunk = ks_alloc_filled(CHUNK);
    ssize_t got;
    enum ks_code rc = KS_OK;
    while ((got = read(fd, chunk, CHUNK)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            ks_explainer_feed(x, ks_slice(chunk, (size_t)got));
    if (got < 0)
        rc = ks_fail(err, KS_ERR_IO, errno == EISDIR ? "is-directory" : "read-error",
                     "%.300s was not read: %s", name, strerror(errno));
    free(chunk);
    return rc;
}

static enum ks_code feed_stdin(struct ks_explainer *x, struct ks_error *err)
{
    if (!isatty(STDIN_FILENO))
        return feed_fd(x, STDIN_FILENO, "standard input", err);
    (void)ks_fail(err, KS_ERR_USAGE, "stdin-terminal", "there is nothing to explain");
    return ks_fail_next(err, KS_ERR_USAGE,
                        "ksx explain 'MESSAGE', ksx explain FILE, or COMMAND 2>&1 | ksx explain");
}

static enum ks_code feed_file(struct ks_explainer *x, const char *path, struct ks_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return ks_fail(err, KS_ERR_IO, errno == ENOENT ? "not-found" : "read-error",
                       "%.300s was not read: %s", path, strerror(errno));
    enum ks_code rc = feed_fd(x, fd, path, err);
    (void)close(fd);
    return rc;
}

static void feed_words(struct ks_explainer *x, const struct cli *cli)
{
    for (size_t i = 0; i < cli->operand_count; i++) {
        ks_explainer_feed(x, ks_slice_str(i ? " " : ""));
        ks_explainer_feed(x, ks_slice_str(cli->operands[i]));
    }
}

static bool is_file(const char *word)
{
    struct stat st;
    return stat(word, &st) == 0;
}

/* A word that looks like the path of a log, and is none. */
static bool looks_like_path(const struct cli *cli)
{
    const char *word = cli->operand_count == 1 ? cli->operands[0] : "";
    return *word && !strpbrk(word, " \t\n:") && strpbrk(word, "/.");
}

static enum ks_code read_text(struct cli *cli, struct ks_explanation *out, struct ks_error *err)
{
    struct ks_explainer *x = ks_explainer_new();
    enum ks_code rc = KS_OK;
    bool words = false;
    if (cli->operand_count == 0 || (cli->operand_count == 1 && !strcmp(cli->operands[0], "-")))
        rc = feed_stdin(x, err);
    else if (cli->operand_count == 1 && is_file(cli->operands[0]))
        rc = feed_file(x, cli->operands[0], err);
    else
        words = true;
    if (words)
        feed_words(x, cli);
    ks_explainer_end(x, out);
    ks_explainer_free(x);
    if (rc == KS_OK && words && !out->count && looks_like_path(cli)) {
        rc = ks_fail(err, KS_ERR_IO, "not-found", "%.300s was not read: there is no such file",
                     cli->operands[0]);
        (void)ks_fail_next(err, rc, "and as a message ksx does not know it");
    }
    return rc;
}

/* ---- the id of a finding ---- */

static bool are_ids(const struct cli *cli)
{
    for (size_t i = 0; i < cli->operand_count; i++)
        if (!ks_catalogue_of(cli->operands[i]))
            return false;
    return cli->operand_count > 0;
}

static bool lists_id(const struct ks_symptom *s, const char *id)
{
    const char *ids = s->findings;
    char one[64];
    while (*ids) {
        ids = next_id(ids, one);
        if (strcmp(one, id) == 0)
            return true;
    }
    return false;
}

static const char *remedy_text(enum ks_remedy remedy)
{
    static const char *const texts[] = {
        [KS_REMEDY_NONE] = "nothing that ksx could do: the CA, or who runs the server, must",
        [KS_REMEDY_REPAIR] = "ksx repair mends it",
        [KS_REMEDY_CHOICE] = "ksx repair mends it, once it is told what it cannot know",
        [KS_REMEDY_OTHER] = "another command of ksx does, see \"to do\"",
    };
    return texts[remedy];
}

static void print_field(struct cli *cli, const char *name, const char *text)
{
    if (*text)
        paragraph(cli, name, 14, text);
}

static void print_row(struct search *s, const struct ks_catalogue *row)
{
    struct cli *cli = s->cli;
    const struct ks_rule_info *rule = doctor_rule(row->id);
    struct ks_buf text = KS_BUF_INIT;
    text_own(cli, row->id);
    if (rule)
        text_printf(cli, "  %s: %s", ks_severity_word(rule->severity), rule->title);
    text_line(cli);
    print_field(cli, "  rule", row->rule);
    print_field(cli, "  why", row->why);
    print_field(cli, "  to do", row->fix);
    print_field(cli, "  repair", remedy_text(row->remedy));
    doctor_rejects(row->rejects, &text);
    print_field(cli, "  refused by", ks_buf_text(&text));
    print_field(cli, "  Java", row->java);
    print_field(cli, "  curl", row->curl);
    print_field(cli, "  browsers", row->browser);
    ks_buf_clear(&text);
    for (const struct ks_symptom *m = ks_symptoms(); m->name; m++)
        if (lists_id(m, row->id))
            ks_buf_printf(&text, "%s%s", text.len ? ", " : "", m->name);
    print_field(cli, "  messages", ks_buf_text(&text));
    ks_buf_free(&text);
    if (!s->count)
        return;
    print_searched(s);
    print_cause(s, row->id, 1);
}

static json_t *row_object(const struct search *s, const struct ks_catalogue *row)
{
    const struct ks_rule_info *rule = doctor_rule(row->id);
    json_t *o = cause_object(s, row->id), *rejects = json_array(), *messages = json_array();
    for (int bit = 0; bit < KS_CLIENTS; bit++)
        if (row->rejects & 1u << bit)
            (void)json_array_append_new(rejects, json_string(ks_client_name(bit)));
    for (const struct ks_symptom *m = ks_symptoms(); m->name; m++)
        if (lists_id(m, row->id))
            (void)json_array_append_new(messages, json_string(m->name));
    json_put(o, "severity", rule ? json_string(ks_severity_word(rule->severity)) : json_null());
    json_put(o, "rule", json_string(row->rule));
    json_put(o, "why", json_string(row->why));
    json_put(o, "java", json_string(row->java));
    json_put(o, "curl", json_string(row->curl));
    json_put(o, "browsers", json_string(row->browser));
    json_put(o, "rejects", rejects);
    json_put(o, "repair", json_boolean(row->remedy == KS_REMEDY_REPAIR));
    json_put(o, "messages", messages);
    return o;
}

static void tell_ids(struct search *s)
{
    struct cli *cli = s->cli;
    for (size_t i = 0; i < cli->operand_count; i++) {
        const struct ks_catalogue *row = ks_catalogue_of(cli->operands[i]);
        if (cli->json)
            json_element(cli, row_object(s, row));
        else if (i)
            text_line(cli);
        if (!cli->json)
            print_row(s, row);
    }
}

/* ---- the command ---- */

static void tell_messages(struct search *s, const struct ks_explanation *e)
{
    struct cli *cli = s->cli;
    for (size_t i = 0; i < e->count; i++)
        if (cli->json)
            json_element(cli, message_object(s, &e->at[i]));
        else
            print_message(s, &e->at[i], i + 1);
    if (!e->count && !cli->json)
        not_known(cli, e);
}

static void tell(struct search *s, const struct ks_explanation *e, bool ids)
{
    struct cli *cli = s->cli;
    if (cli->json) {
        json_begin(cli);
        json_array_begin(cli, ids ? "findings" : "messages");
    }
    if (ids)
        tell_ids(s);
    else
        tell_messages(s, e);
    if (!cli->json)
        return;
    json_array_end(cli);
    if (!ids)
        json_member(cli, "lines", json_integer((json_int_t)e->lines));
    json_end(cli);
}

int cli_run_explain(struct cli *cli)
{
    struct ks_error err = {0};
    struct ks_explanation e = {0};
    struct search s;
    bool ids = are_ids(cli);
    if (!ids && read_text(cli, &e, &err) != KS_OK) {
        cli_fail(cli, &err);
        if (cli->json)
            json_only_error(cli, &err);
    } else if (search_begin(&s, cli, &e)) {
        tell(&s, &e, ids);
        search_end(&s);
        if (!ids && !e.count && !cli->exit)
            cli->exit = CLI_FINDINGS;
    } else if (cli->json) {
        json_only_error(cli, &cli->first_error);
    }
    ks_explanation_drop(&e);
    return cli->exit;
}
