/*
 * What the doctor found, mended: the entries before and after, with where each certificate is from,
 * then the plan as every command that writes says it.
 */
#include "cli/doctor.h"
#include "cli/edit.h"

#include "base/alloc.h"
#include "base/text.h"
#include "cli/show.h"
#include "cli/text.h"
#include "op/repair.h"
#include "report/plan.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_CELLS 9

static char *label_of(const struct ks_cert *cert)
{
    struct ks_buf label = KS_BUF_INIT;
    ks_name_label(ks_cert_part(cert, cert->subject), &label);
    return ks_text_show_nul(ks_text_keep_nul(&label));
}

static char *where_of(const struct ks_repair_cert *c, const struct ks_store *store)
{
    struct ks_buf where = KS_BUF_INIT;
    if (c->found)
        ks_source_where(c->found, store, &where);
    else
        ks_buf_str(&where, "this entry");
    return ks_buf_steal(&where);
}

/* ---- as text ---- */

static void say_line(struct cli *cli, const char *label, const char *text)
{
    text_blank(cli, 2);
    text_padded(cli, label, LABEL_CELLS);
    (void)text_ext(cli, text);
    text_line(cli);
}

/* "before  0   www.example.com", "after   1 + Example Issuing CA, from chain.pem" */
static void say_cert(struct cli *cli, const struct ks_store *store, const char *label, size_t i,
                     const struct ks_repair_cert *c, bool after)
{
    char *name = label_of(c->cert), *where = where_of(c, store);
    bool moved = c->was >= 0 && (size_t)c->was != i;
    text_blank(cli, 2);
    text_padded(cli, i == 0 ? label : "", LABEL_CELLS);
    text_printf(cli, "%zu %s ", i, c->was < 0 ? (after ? "+" : "-") : " ");
    (void)text_ext(cli, name);
    if (after && c->was < 0) {
        text_own(cli, ", from ");
        (void)text_ext(cli, where);
    } else if (after && moved) {
        text_printf(cli, ", was %d", c->was);
    }
    text_line(cli);
    free(name);
    free(where);
}

static bool chain_changes(const struct ks_repair_row *row)
{
    bool same = row->before_count == row->after_count;
    for (size_t i = 0; same && i < row->after_count; i++)
        same = row->after[i].was == (int)i;
    return !same;
}

static void say_chains(struct cli *cli, const struct ks_store *store,
                       const struct ks_repair_row *row)
{
    for (size_t i = 0; i < row->before_count; i++)
        say_cert(cli, store, "before", i, &row->before[i], false);
    for (size_t i = 0; i < row->after_count; i++)
        say_cert(cli, store, "after", i, &row->after[i], true);
    if (row->after_count == 0 && row->before_count)
        say_line(cli, "after", "(removed)");
}

static void say_row(struct cli *cli, const struct ks_store *store, const struct ks_repair_row *row)
{
    if (row->entry)
        (void)text_ext(cli, row->entry->alias);
    else
        text_own(cli, "the keystore");
    text_line(cli);
    if (chain_changes(row))
        say_chains(cli, store, row);
    for (size_t i = 0; i < row->done_count; i++)
        say_line(cli, i == 0 ? "steps" : "", row->done[i].text);
    if (row->why) {
        char *why = ks_asprintf("%zu chains are possible; of these, %s", row->choices, row->why);
        say_line(cli, "choice", why);
        free(why);
    }
    if (row->missing)
        say_line(cli, "missing", row->missing);
}

static bool is_open(const struct ks_diagnosed *d)
{
    return d->found.severity >= KS_WARNING;
}

/* What it would still have: the errors and warnings of the doctor, once more. */
static void say_findings(struct cli *cli, const struct ks_diagnosis *d, const char *heading)
{
    bool first = true;
    for (size_t i = 0; i < d->count; i++) {
        const struct ks_diagnosed *one = &d->at[i];
        if (!is_open(one))
            continue;
        if (first) {
            text_own(cli, heading);
            text_line(cli);
        }
        first = false;
        text_printf(cli, "  %-8s %s", ks_severity_word(one->found.severity), one->found.id);
        if (one->entry) {
            text_own(cli, ", ");
            (void)text_ext(cli, one->entry->alias);
        }
        text_line(cli);
    }
}

/* ---- as JSON ---- */

static json_t *json_certs(const struct ks_repair_cert *certs, size_t count,
                          const struct ks_store *store)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *o = json_object();
        struct ks_buf subject = KS_BUF_INIT, hex = KS_BUF_INIT;
        const struct ks_cert *c = certs[i].cert;
        char *where = where_of(&certs[i], store);
        uint8_t sha256[32];
        ks_name_text(ks_cert_part(c, c->subject), &subject);
        ks_cert_sha256(c, sha256);
        ks_text_hex(ks_slice(sha256, sizeof sha256), '\0', false, &hex);
        json_put(o, "subject", json_ext(ks_buf_text(&subject), subject.len));
        json_put(o, "sha256", json_string(ks_buf_text(&hex)));
        json_put(o, "from", json_ext_z(where));
        (void)json_array_append_new(all, o);
        free(where);
        ks_buf_free(&subject);
        ks_buf_free(&hex);
    }
    return all;
}

static bool same_alias(const struct ks_entry *a, const struct ks_entry *b)
{
    if (!a || !b)
        return !a && !b;
    char *x = ks_text_fold(a->alias), *y = ks_text_fold(b->alias);
    bool same = strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

static json_t *json_findings(const struct ks_diagnosis *d, const struct ks_entry *entry)
{
    json_t *all = json_array();
    for (size_t i = 0; i < d->count; i++) {
        const struct ks_finding *f = &d->at[i].found;
        if (!same_alias(d->at[i].entry, entry))
            continue;
        json_t *o = json_object();
        json_put(o, "id", json_string(f->id));
        json_put(o, "severity", json_string(ks_severity_word(f->severity)));
        json_put(o, "text", json_ext_z(f->text ? f->text : f->title));
        (void)json_array_append_new(all, o);
    }
    return all;
}

/* "install-the-reply" */
static json_t *json_step_word(enum ks_repair_step step)
{
    char *word = ks_strdup(ks_repair_step_word(step));
    for (char *at = strchr(word, ' '); at; at = strchr(at, ' '))
        *at = '-';
    json_t *value = json_string(word);
    free(word);
    return value;
}

static json_t *json_steps(const struct ks_repair_row *row)
{
    json_t *all = json_array();
    for (size_t i = 0; i < row->done_count; i++) {
        json_t *o = json_object();
        json_put(o, "step", json_step_word(row->done[i].step));
        json_put(o, "text", json_ext_z(row->done[i].text));
        (void)json_array_append_new(all, o);
    }
    return all;
}

static json_t *json_row(const struct ks_repair_look *look, const struct ks_diagnosis *then,
                        const struct ks_store *store, const struct ks_repair_row *row)
{
    json_t *o = json_object(), *found = json_object();
    json_put(o, "alias", row->entry ? json_ext_z(row->entry->alias) : json_null());
    json_put(o, "before", json_certs(row->before, row->before_count, store));
    json_put(o, "after", json_certs(row->after, row->after_count, store));
    json_put(o, "steps", json_steps(row));
    json_put(o, "complete", json_boolean(row->complete));
    json_put(o, "choices", json_integer((json_int_t)row->choices));
    json_put(o, "why", row->why ? json_ext_z(row->why) : json_null());
    json_put(o, "missing", row->missing ? json_ext_z(row->missing) : json_null());
    json_put(found, "before", json_findings(&look->before, row->entry));
    json_put(found, "after", json_findings(then, row->entry));
    json_put(o, "findings", found);
    return o;
}

/* ---- the command ---- */

/* The rows have said what changes. */
static void carry_out(struct cli *cli, struct ks_plan *plan)
{
    struct report report = {0};
    if (cli->json || cli->quiet) {
        edit_carry_out(cli, plan);
        return;
    }
    report_remarks(plan, &report);
    report_commands(&plan->commands, &report);
    show_report(cli, &report, NULL);
    report_free(&report);
    edit_carry_out_said(cli, plan);
}

static void say_look(struct cli *cli, const struct ks_store *store,
                     const struct ks_repair_look *look, const struct ks_diagnosis *then)
{
    if (cli->json) {
        json_array_begin(cli, "entries");
        for (size_t i = 0; i < look->count; i++)
            json_element(cli, json_row(look, then, store, &look->rows[i]));
        json_array_end(cli);
        return;
    }
    for (size_t i = 0; i < look->count && !cli->quiet; i++)
        say_row(cli, store, &look->rows[i]);
}

/* Nothing but its end is unknown: most likely the root, which clients have themselves. */
static bool lacks_only_its_root(const struct ks_repair_row *row, const struct ks_diagnosis *then)
{
    bool lacks = false;
    for (size_t i = 0; i < then->count && !row->lacks_password; i++) {
        const struct ks_diagnosed *d = &then->at[i];
        if (!is_open(d) || !same_alias(d->entry, row->entry))
            continue;
        if (strcmp(d->found.id, "CHAIN-ISSUER-UNKNOWN") != 0)
            return false;
        lacks = true;
    }
    return lacks;
}

/* Something is left that is wrong: a script may want to know. */
static bool remains(const struct ks_repair_look *look, const struct ks_diagnosis *then)
{
    for (size_t i = 0; i < look->count; i++)
        if (look->rows[i].missing && !lacks_only_its_root(&look->rows[i], then))
            return true;
    return then->by_severity[KS_ERROR] > 0;
}

static void say_remains(struct cli *cli, const struct ks_repair_look *look,
                        const struct ks_diagnosis *then)
{
    bool some = remains(look, then);
    if (cli->json)
        json_member(cli, "remains", json_boolean(some));
    else if (!cli->quiet)
        say_findings(cli, then, "what remains:");
    if (some && cli->exit == CLI_DONE)
        cli->exit = CLI_FINDINGS;
}

/* No plan, and no mistake of anybody: there is nothing to do, or not with what was given. */
static bool is_idle(const struct ks_error *err)
{
    return strcmp(err->slug, "no-repair") == 0 || strcmp(err->slug, "nothing-to-repair") == 0;
}

/* "--from FILE or DIRECTORY, --system, --cacerts or --fetch", without what was given. */
static void add_source_options(const struct cli_doctoring *with, struct ks_buf *out)
{
    const char *left[3];
    size_t count = 0;
    if (!with->system)
        left[count++] = "--system";
    if (!with->cacerts)
        left[count++] = "--cacerts";
    if (!with->fetch)
        left[count++] = "--fetch";
    ks_buf_str(out, "--from FILE or DIRECTORY");
    for (size_t i = 0; i < count; i++)
        ks_buf_printf(out, "%s%s", i + 1 < count ? ", " : " or ", left[i]);
}

/* What might help, and was not given yet. */
static void say_help(struct cli *cli, const struct ks_repair_look *look)
{
    const struct cli_doctoring *with = &cli->doctoring;
    bool password = false, source = false;
    struct ks_buf help = KS_BUF_INIT;
    for (size_t i = 0; i < look->count; i++) {
        password = password || look->rows[i].lacks_password;
        source = source || (look->rows[i].missing && !look->rows[i].lacks_password);
    }
    if (password)
        ks_buf_str(&help, "--key-pass gives the password of the key");
    if (source) {
        ks_buf_str(&help, password ? "; " : "");
        add_source_options(with, &help);
        ks_buf_str(&help, " may give what is missing");
    }
    cli_note(cli, "nothing was written%s%s", help.len ? ": " : "", ks_buf_text(&help));
    ks_buf_free(&help);
}

static void say_idle(struct cli *cli, const struct ks_store *store, const struct ks_error *err,
                     const struct ks_repair_look *look)
{
    bool lacking = strcmp(err->slug, "no-repair") == 0;
    if (cli->json) {
        edit_json_no_plan(cli, store);
        json_member(cli, "written", json_false());
    }
    if (lacking)
        say_help(cli, look);
    else if (!cli->json && !cli->quiet)
        text_own(cli, "nothing was written: there is nothing to repair\n");
}

static void repair(struct cli *cli, struct ks_store *s, const struct ks_entry *entry,
                   const struct doctor *d)
{
    const struct cli_repairing *how = &cli->repairing;
    struct edit_keys keys = {.cli = cli};
    const struct ks_repair what = {.store = s,
                                   .entry = entry,
                                   .context = &d->context,
                                   .doctor = d->doctor,
                                   .choice = how->choice ? how->choice - 1 : 0,
                                   .leave_root = how->leave_root,
                                   .keep_extras = how->keep_extras,
                                   .keep_leftover = how->keep_leftover,
                                   .add_public = how->add_public,
                                   .passwords = edit_key_passwords(&keys)};
    struct ks_repair_look look = {0};
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    enum ks_code rc = ks_op_repair(&what, NULL, &look, &plan, &err);
    bool idle = rc != KS_OK && is_idle(&err);
    const struct ks_diagnosis *then = rc == KS_OK ? &look.after : &look.before;
    if (rc == KS_OK || idle)
        say_look(cli, s, &look, then);
    if (rc == KS_OK)
        carry_out(cli, &plan);
    else if (idle)
        say_idle(cli, s, &err, &look);
    else
        cli_fail(cli, &err);
    if (rc == KS_OK || idle)
        say_remains(cli, &look, then);
    ks_repair_look_drop(&look);
    ks_plan_drop(&plan);
}

static bool is_understood(struct cli *cli)
{
    struct ks_error err = {0};
    if (cli->repairing.choice && cli->operand_count < 2)
        (void)ks_fail(&err, KS_ERR_USAGE, "usage", "--choice is for one entry: name it");
    else if (cli->repairing.add_public && !cli->doctoring.reference)
        (void)ks_fail(&err, KS_ERR_USAGE, "usage",
                      "--add-public needs --trust-reference: where the public CAs are");
    else
        return true;
    cli_fail(cli, &err);
    return false;
}

int cli_run_repair(struct cli *cli)
{
    struct doctor d = {0};
    edit_begin(cli);
    struct ks_store *s = is_understood(cli) ? edit_open(cli, cli->operands[0]) : NULL;
    const struct ks_entry *entry =
        s && cli->operand_count > 1 ? edit_find(cli, s, cli->operands[1]) : NULL;
    if (s && (entry || cli->operand_count < 2) && doctor_begin(cli, &d)) {
        doctor_fetch(cli, &d, s, entry);
        repair(cli, s, entry, &d);
    }
    doctor_end(&d);
    ks_store_free(s);
    return edit_end(cli);
}
