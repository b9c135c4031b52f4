/*
 * The commands that write: each makes the plan that the explorer's review shows, says it, and
 * unless --dry-run applies and saves it, the same way as w does.
 */
#include "cli/cli.h"

#include "base/alloc.h"
#include "cli/json.h"
#include "cli/show.h"
#include "cli/text.h"
#include "file/save.h"
#include "op/edit.h"
#include "report/plan.h"

#include <stdlib.h>
#include <string.h>

/* ---- passwords ---- */

static struct ks_secret *typed_twice(struct cli *cli, const char *label, struct ks_error *err)
{
    struct ks_secret *one = NULL, *other = NULL;
    char *again = ks_asprintf("%s, again: ", label), *first = ks_asprintf("%s: ", label);
    (void)cli;
    enum ks_code rc = password_ask(first, &one, err);
    if (rc == KS_OK)
        rc = password_ask(again, &other, err);
    if (rc == KS_OK && !ks_secret_equal(one, other)) {
        (void)ks_fail(err, KS_ERR_PASSWORD, "password-differs",
                      "nothing was done: the two new passwords are not the same");
        rc = ks_fail_next(err, KS_ERR_PASSWORD, "type the same one twice");
    }
    ks_secret_free(other);
    free(first);
    free(again);
    if (rc == KS_OK)
        return one;
    ks_secret_free(one);
    return NULL;
}

/* A new password from its source; the caller's. NULL and an error, or NULL alone when `source` is
 * NULL and nobody is to be asked. */
static struct ks_secret *new_secret(struct cli *cli, struct password_source *source, bool ask,
                                    const char *label, struct ks_error *err)
{
    const struct ks_secret *read = NULL;
    bool readable = false;
    if (!source && !ask)
        return NULL;
    if (!source || source->kind == PASSWORD_PROMPT)
        return typed_twice(cli, label, err);
    if (source->kind == PASSWORD_NONE)
        return ks_secret_new("", 0);
    if (password_read(source, &read, &readable, err) != KS_OK)
        return NULL;
    if (readable)
        cli_note(cli, "%s can be read by other users: chmod 600 keeps the password to you",
                 source->argument);
    return ks_secret_dup(read);
}

/* Asked of a key that has a password of its own. */
struct key_answers {
    struct cli *cli;
    const struct ks_entry *last; /* whose password was tried and did not fit */
};

static struct ks_secret *answer(void *ctx, const struct ks_store *store,
                                const struct ks_entry *entry, const struct ks_error *why)
{
    struct key_answers *k = ctx;
    struct ks_error err = {0};
    (void)store, (void)why;
    struct password_source *source = k->cli->key_password;
    if (k->last == entry || !source || source->kind == PASSWORD_NONE)
        return NULL;
    k->last = entry;
    if (source->kind != PASSWORD_PROMPT) {
        const struct ks_secret *read = NULL;
        bool readable = false;
        return password_read(source, &read, &readable, &err) == KS_OK ? ks_secret_dup(read) : NULL;
    }
    struct ks_secret *typed = NULL;
    char *label = ks_asprintf("Password of the key %s: ", entry->alias);
    struct ks_buf visible = KS_BUF_INIT;
    (void)text_neutralise(k->cli, label, strlen(label), &visible);
    if (password_ask(ks_buf_text(&visible), &typed, &err) != KS_OK)
        typed = NULL;
    ks_buf_free(&visible);
    free(label);
    return typed;
}

/* ---- a plan, said and carried out ---- */

static json_t *json_remarks(const struct ks_plan *plan)
{
    static const char *const levels[] = {
        [KS_REMARK_NOTE] = "note", [KS_REMARK_WARNING] = "warning", [KS_REMARK_LOSS] = "loss"};
    json_t *all = json_array();
    for (size_t i = 0; i < plan->remark_count; i++) {
        const struct ks_remark *r = &plan->remarks[i];
        json_t *o = json_object();
        json_put(o, "level", json_string(levels[r->level]));
        json_put(o, "slug", json_string(r->slug));
        json_put(o, "alias", r->alias ? json_ext_z(r->alias) : json_null());
        json_put(o, "text", json_ext_z(r->text));
        (void)json_array_append_new(all, o);
    }
    return all;
}

static const char *const change_words[] = {[KS_DIFF_SAME] = "same",
                                           [KS_DIFF_CHANGED] = "change",
                                           [KS_DIFF_ONLY_A] = "remove",
                                           [KS_DIFF_ONLY_B] = "add"};
static const struct {
    unsigned bit;
    const char *word;
} what_words[] = {{KS_DIFF_ALIAS, "alias"}, {KS_DIFF_TYPE, "kind"}, {KS_DIFF_CHAIN, "chain"},
                  {KS_DIFF_LEAF, "leaf"},   {KS_DIFF_KEY, "key"},   {KS_DIFF_DATE, "date"},
                  {KS_DIFF_ORDER, "order"}};

/* The two sides of a difference: versions of one store, or two stores. */
struct sides {
    const struct ks_store *a, *b;
};

static json_t *json_side(struct cli *cli, const struct ks_store *s, const struct ks_entry *e)
{
    return e ? json_entry(cli, s, e, NULL) : json_null();
}

static json_t *json_row(struct cli *cli, struct sides sides, const struct ks_diff_row *row)
{
    json_t *o = json_object(), *what = json_array();
    json_put(o, "change", json_string(change_words[row->kind]));
    for (size_t i = 0; i < sizeof what_words / sizeof what_words[0]; i++)
        if (row->what & what_words[i].bit)
            (void)json_array_append_new(what, json_string(what_words[i].word));
    json_put(o, "what", what);
    json_put(o, "before", json_side(cli, sides.a, row->a));
    json_put(o, "after", json_side(cli, sides.b, row->b));
    return o;
}

static void json_rows(struct cli *cli, const char *key, struct sides sides,
                      const struct ks_diff *diff)
{
    json_array_begin(cli, key);
    for (size_t i = 0; i < diff->count; i++)
        if (diff->rows[i].kind != KS_DIFF_SAME)
            json_element(cli, json_row(cli, sides, &diff->rows[i]));
    json_array_end(cli);
}

static void say_plan_json(struct cli *cli, const struct ks_plan *plan)
{
    struct ks_version none = {
        .refs = 1, .password = plan->result->password, .protection = plan->result->protection};
    struct ks_diff diff =
        ks_diff(plan->made ? &none : plan->target->now, plan->result, KS_DIFF_BY_ALIAS);
    json_member(cli, "file", json_ext_z(plan->target->path));
    json_member(cli, "remarks", json_remarks(plan));
    json_member(cli, "passwordChanged", json_boolean(diff.password_changed));
    json_rows(cli, "plan", (struct sides){plan->target, plan->target}, &diff);
    ks_diff_drop(&diff);
}

static void say_plan(struct cli *cli, const struct ks_plan *plan)
{
    struct report report;
    if (cli->json) {
        say_plan_json(cli, plan);
    } else if (!cli->quiet || cli->dry_run) {
        report_plan(plan, &report);
        show_report(cli, &report, NULL);
        report_free(&report);
    }
}

static bool refuse_losses(struct cli *cli, const struct ks_plan *plan)
{
    struct ks_error err = {0};
    size_t losses = ks_plan_losses(plan);
    if (losses == 0 || cli->command->id == CLI_DELETE) /* to lose it is what was asked for */
        return false;
    for (size_t i = 0; i < plan->remark_count; i++) {
        if (plan->remarks[i].level != KS_REMARK_LOSS)
            continue;
        (void)ks_fail(&err, KS_ERR_REFUSED, plan->remarks[i].slug, "nothing was written: %.400s",
                      plan->remarks[i].text);
        break;
    }
    (void)ks_fail_next(
        &err, KS_ERR_REFUSED, "%zu %s would be lost; %s", losses, losses == 1 ? "entry" : "entries",
        cli->command->id & (CLI_CONVERT | CLI_MERGE) ? "--drop ALIAS leaves one out on purpose"
                                                     : "leave it out, or choose another type");
    cli_fail(cli, &err);
    return true;
}

static void say_saved(struct cli *cli, const struct ks_store *s, const struct ks_save_look *look)
{
    size_t count = ks_store_count(s);
    bool kept = look->exists && look->backup && !cli->no_backup;
    if (cli->json) {
        json_member(cli, "written", json_true());
        json_member(cli, "backup", kept ? json_ext_z(look->backup) : json_null());
        return;
    }
    if (cli->quiet)
        return;
    (void)text_ext(cli, look->target);
    text_printf(cli, " is written: %zu %s", count, text_plural(count, "entry", "entries"));
    if (kept) {
        text_own(cli, "; the former file is ");
        (void)text_ext(cli, look->backup);
    }
    text_line(cli);
}

static void save(struct cli *cli, struct ks_store *s, bool over_existing)
{
    struct ks_error err = {0};
    struct ks_save_look look = {0};
    const struct ks_save how = {.over_existing = over_existing,
                                .over_links = cli->force,
                                .over_owner = cli->force,
                                .no_backup = cli->no_backup};
    if (ks_save_look(s, NULL, &look, &err) != KS_OK || ks_save(s, &how, NULL, &err) != KS_OK) {
        cli_fail(cli, &err);
        if (cli->json)
            json_member(cli, "written", json_false());
    } else {
        say_saved(cli, s, &look);
    }
    ks_save_look_drop(&look);
}

/* Says the plan, and does it unless this is a dry run. The plan is used up. */
static void carry_out(struct cli *cli, struct ks_plan *plan)
{
    struct ks_store *target = plan->target, *made = NULL;
    say_plan(cli, plan);
    if (refuse_losses(cli, plan) || cli->dry_run) {
        if (cli->json)
            json_member(cli, "written", json_false());
        else if (cli->dry_run && !cli->failed && !cli->quiet)
            text_own(cli, "nothing was written: this is a dry run\n");
        ks_plan_drop(plan);
        return;
    }
    made = ks_plan_apply(plan);
    save(cli, made ? made : target, made && cli->force && cli->command->id == CLI_CONVERT);
    ks_store_free(made);
    ks_plan_drop(plan);
}

/* ---- the frame of every command ---- */

static void begin(struct cli *cli)
{
    if (cli->json)
        json_begin(cli);
}

static int end(struct cli *cli)
{
    if (cli->json)
        json_end(cli);
    return cli->exit;
}

static void fail(struct cli *cli, const struct ks_error *err)
{
    cli_fail(cli, err);
}

/* A file that is to be changed. cli_open() reports in an array of keystores, which there is none of
 * here: its error goes into the object's own. */
static struct ks_store *open_to_write(struct cli *cli, const char *path)
{
    struct ks_error err = {0};
    bool json = cli->json;
    cli->json = false;
    struct ks_store *s = cli_open(cli, path);
    cli->json = json;
    if (!s)
        return NULL;
    if (!(s->format->caps & KS_CAP_WRITE))
        (void)ks_fail(&err, KS_ERR_UNSUPPORTED, "not-written",
                      "%.200s was not changed: ksx reads %s and does not write it", path,
                      s->format->name);
    else if (s->integrity == KS_INTEGRITY_UNVERIFIED && !s->now->password &&
             (s->format->caps & KS_CAP_MUST_PASSWORD))
        (void)ks_fail(&err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                      "%.200s was not changed: it cannot be written without its password", path);
    else
        return s;
    fail(cli, &err);
    ks_store_free(s);
    return NULL;
}

static struct ks_store *open_to_read(struct cli *cli, const char *path)
{
    bool json = cli->json;
    cli->json = false;
    struct ks_store *s = cli_open(cli, path);
    cli->json = json;
    return s;
}

static const struct ks_entry *find_entry(struct cli *cli, const struct ks_store *s,
                                         const char *alias)
{
    struct ks_error err = {0};
    size_t at;
    if (ks_store_find(s, alias, &at))
        return ks_store_entry(s, at);
    (void)ks_fail(&err, KS_ERR_NOT_FOUND, "no-such-entry", "there is no entry %.100s in %.200s",
                  alias, s->path);
    (void)ks_fail_next(&err, KS_ERR_NOT_FOUND, "ksx list names the entries");
    fail(cli, &err);
    return NULL;
}

/* The entries of these aliases; NULL after an error. */
static const struct ks_entry **find_entries(struct cli *cli, const struct ks_store *s,
                                            const char *const *aliases, size_t count)
{
    const struct ks_entry **out = ks_alloc_array(count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        out[i] = find_entry(cli, s, aliases[i]);
        if (!out[i]) {
            free(out);
            return NULL;
        }
    }
    return out;
}

static const char *const *words(struct cli *cli, size_t from)
{
    return (const char *const *)(cli->operands + from);
}

/* ---- rename, delete ---- */

int cli_run_rename(struct cli *cli)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    begin(cli);
    struct ks_store *s = open_to_write(cli, cli->operands[0]);
    const struct ks_entry *e = s ? find_entry(cli, s, cli->operands[1]) : NULL;
    if (e && ks_op_rename(s, e, cli->operands[2], &plan, &err) == KS_OK)
        carry_out(cli, &plan);
    else if (e)
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_store_free(s);
    return end(cli);
}

int cli_run_delete(struct cli *cli)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    size_t count = cli->operand_count - 1;
    begin(cli);
    struct ks_store *s = open_to_write(cli, cli->operands[0]);
    const struct ks_entry **entries = s ? find_entries(cli, s, words(cli, 1), count) : NULL;
    if (entries && ks_op_delete(s, entries, count, NULL, 0, &plan, &err) == KS_OK)
        carry_out(cli, &plan);
    else if (entries)
        fail(cli, &err);
    free(entries);
    ks_plan_drop(&plan);
    ks_store_free(s);
    return end(cli);
}

/* ---- copy, merge ---- */

static bool needs_target(struct cli *cli)
{
    struct ks_error err = {0};
    if (cli->to)
        return true;
    (void)ks_fail(&err, KS_ERR_USAGE, "usage", "--to is missing: the keystore to write into");
    fail(cli, &err);
    return false;
}

static bool is_dropped(const struct cli *cli, const struct ks_entry *e)
{
    for (size_t i = 0; i < cli->drop_count; i++)
        if (strcmp(cli->drops[i], e->alias) == 0)
            return true;
    return false;
}

/* All entries but those that are left out on purpose. */
static const struct ks_entry **all_entries(const struct cli *cli, const struct ks_store *s,
                                           size_t *count)
{
    const struct ks_entry **out = ks_alloc_array(ks_store_count(s) + 1, sizeof *out);
    *count = 0;
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (!is_dropped(cli, ks_store_entry(s, i)))
            out[(*count)++] = ks_store_entry(s, i);
    return out;
}

static void copy_into(struct cli *cli, struct ks_store *to, const struct ks_store *from,
                      const struct ks_entry *const *entries, size_t count)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct key_answers keys = {cli, NULL};
    struct ks_secret *password =
        new_secret(cli, cli->new_key_password, false, "New password of the keys", &err);
    const struct ks_copy copy = {.from = from,
                                 .entries = entries,
                                 .count = count,
                                 .clash = (enum ks_clash)cli->clash,
                                 .skip_known = cli->skip_known,
                                 .new_password = password,
                                 .passwords = {answer, &keys}};
    enum ks_code rc = err.code;
    if (rc == KS_OK)
        rc = ks_op_copy(to, &copy, NULL, &plan, &err);
    if (rc == KS_OK)
        carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_secret_free(password);
}

int cli_run_copy(struct cli *cli)
{
    size_t count = cli->operand_count - 1;
    begin(cli);
    if (!needs_target(cli))
        return end(cli);
    struct ks_store *from = open_to_read(cli, cli->operands[0]);
    const struct ks_entry **entries = from ? find_entries(cli, from, words(cli, 1), count) : NULL;
    struct ks_store *to = entries ? open_to_write(cli, cli->to) : NULL;
    if (to)
        copy_into(cli, to, from, entries, count);
    free(entries);
    ks_store_free(from);
    ks_store_free(to);
    return end(cli);
}

/* All files become one store in memory first, so that the target is written once or not at all. */
static bool gather(struct cli *cli, struct ks_store *to)
{
    struct ks_error err = {0};
    struct key_answers keys = {cli, NULL};
    struct ks_secret *password =
        new_secret(cli, cli->new_key_password, false, "New password of the keys", &err);
    bool good = err.code == KS_OK;
    for (size_t i = 0; good && i < cli->operand_count; i++) {
        struct ks_plan plan = {0};
        struct ks_store *from = open_to_read(cli, cli->operands[i]);
        size_t count;
        if (!from)
            break;
        const struct ks_entry **entries = all_entries(cli, from, &count);
        const struct ks_copy copy = {.from = from,
                                     .entries = entries,
                                     .count = count,
                                     .clash = (enum ks_clash)cli->clash,
                                     .skip_known = cli->skip_known,
                                     .new_password = password,
                                     .passwords = {answer, &keys}};
        good = ks_op_copy(to, &copy, NULL, &plan, &err) == KS_OK;
        if (!good)
            fail(cli, &err);
        else if (refuse_losses(cli, &plan))
            good = false;
        else
            ks_store_free(ks_plan_apply(&plan));
        ks_plan_drop(&plan);
        free(entries);
        ks_store_free(from);
    }
    ks_secret_free(password);
    if (err.code != KS_OK && !cli->failed)
        fail(cli, &err);
    return !cli->failed;
}

static void say_pending(struct cli *cli, const struct ks_store *s)
{
    struct report report;
    if (cli->json) {
        struct ks_diff diff = ks_diff(s->saved, s->now, KS_DIFF_BY_ALIAS);
        json_member(cli, "file", json_ext_z(s->path));
        json_rows(cli, "plan", (struct sides){s, s}, &diff);
        ks_diff_drop(&diff);
    } else if (!cli->quiet || cli->dry_run) {
        report_pending(s, &report);
        show_report(cli, &report, NULL);
        report_free(&report);
    }
}

int cli_run_merge(struct cli *cli)
{
    begin(cli);
    if (!needs_target(cli))
        return end(cli);
    struct ks_store *to = open_to_write(cli, cli->to);
    if (to && gather(cli, to)) {
        say_pending(cli, to);
        if (!cli->dry_run && ks_store_unsaved(to))
            save(cli, to, false);
        else if (cli->json)
            json_member(cli, "written", json_false());
    }
    ks_store_free(to);
    return end(cli);
}

/* ---- passwd ---- */

static void change_passwords(struct cli *cli, struct ks_store *s, const struct ks_entry *entry)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct key_answers keys = {cli, NULL};
    bool only_keys = entry || cli->new_key_password;
    struct ks_passwd change = {.entry = entry,
                               .all_entries = cli->all_entries,
                               .protection = (enum ks_protection)cli->protection,
                               .passwords = {answer, &keys}};
    bool ask_store = !only_keys && !cli->all_entries && cli->protection == KS_PROTECT_KEEP;
    change.store_password =
        new_secret(cli, cli->new_password, ask_store, "New password of the keystore", &err);
    if (err.code == KS_OK && entry)
        change.entry_password =
            new_secret(cli, cli->new_key_password, true, "New password of the key", &err);
    if (err.code == KS_OK && ks_op_passwd(s, &change, NULL, &plan, &err) == KS_OK)
        carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_secret_free(change.store_password);
    ks_secret_free(change.entry_password);
}

int cli_run_passwd(struct cli *cli)
{
    begin(cli);
    struct ks_store *s = open_to_write(cli, cli->operands[0]);
    const struct ks_entry *entry = s && cli->entry ? find_entry(cli, s, cli->entry) : NULL;
    if (s && (entry || !cli->entry))
        change_passwords(cli, s, entry);
    ks_store_free(s);
    return end(cli);
}

/* ---- create, convert ---- */

int cli_run_create(struct cli *cli)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    const struct ks_format *type = cli->type ? cli->type : &ks_format_pkcs12;
    begin(cli);
    bool takes = type->caps & KS_CAP_PASSWORD;
    struct ks_secret *password =
        new_secret(cli, cli->new_password, takes, "Password of the new keystore", &err);
    if (err.code == KS_OK &&
        ks_op_create(cli->operands[0], type, password, (enum ks_protection)cli->protection, &plan,
                     &err) == KS_OK)
        carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_secret_free(password);
    return end(cli);
}

static bool needs_output(struct cli *cli)
{
    struct ks_error err = {0};
    if (cli->to && cli->output)
        return true;
    (void)ks_fail(&err, KS_ERR_USAGE, "usage", "%s is missing: ksx convert FILE --to TYPE -o OUT",
                  cli->to ? "-o" : "--to");
    fail(cli, &err);
    return false;
}

static void convert(struct cli *cli, const struct ks_store *from,
                    const struct ks_entry *const *drop)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct key_answers keys = {cli, NULL};
    struct ks_secret *password =
        new_secret(cli, cli->new_password, false, "Password of the new keystore", &err);
    const struct ks_convert how = {.format = cli->type,
                                   .path = cli->output,
                                   .password = password,
                                   .protection = (enum ks_protection)cli->protection,
                                   .drop = drop,
                                   .drop_count = cli->drop_count,
                                   .passwords = {answer, &keys}};
    if (err.code == KS_OK && ks_op_convert(from, &how, NULL, &plan, &err) == KS_OK)
        carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_secret_free(password);
}

int cli_run_convert(struct cli *cli)
{
    begin(cli);
    if (!needs_output(cli))
        return end(cli);
    struct ks_store *from = open_to_read(cli, cli->operands[0]);
    const struct ks_entry **drop =
        from ? find_entries(cli, from, cli->drops, cli->drop_count) : NULL;
    if (drop)
        convert(cli, from, drop);
    free(drop);
    ks_store_free(from);
    return end(cli);
}

/* ---- diff ---- */

/* Dates and places differ after every conversion, and so do the bytes of a key that was protected
 * anew, whose certificate tells that it is the same: what an entry holds is what counts. */
static void forgive(struct ks_diff *diff)
{
    for (size_t i = 0; i < diff->count; i++) {
        struct ks_diff_row *row = &diff->rows[i];
        unsigned what = row->what & ~(unsigned)(KS_DIFF_DATE | KS_DIFF_ORDER);
        if (row->kind != KS_DIFF_CHANGED)
            continue;
        if (!(what & KS_DIFF_LEAF) && row->a->chain_len > 0)
            what &= ~(unsigned)KS_DIFF_KEY;
        if (what == 0) {
            row->kind = KS_DIFF_SAME;
            diff->changed--;
            diff->same++;
        }
    }
}

static void say_diff(struct cli *cli, struct sides sides, const struct ks_diff *diff)
{
    struct report report;
    if (cli->json) {
        json_member(cli, "same", json_boolean(cli->exit == CLI_DONE));
        json_rows(cli, "diff", sides, diff);
        return;
    }
    report_diff(diff, false, &report);
    show_report(cli, &report, NULL);
    report_free(&report);
    if (!cli->quiet)
        text_printf(cli, "%zu equal, %zu changed, %zu only in A, %zu only in B\n", diff->same,
                    diff->changed, diff->only_a, diff->only_b);
}

int cli_run_diff(struct cli *cli)
{
    begin(cli);
    struct ks_store *a = open_to_read(cli, cli->operands[0]);
    struct ks_store *b = open_to_read(cli, cli->operands[1]);
    if (a && b) {
        struct ks_diff diff = ks_diff(
            a->now, b->now, cli->by_fingerprint ? KS_DIFF_BY_FINGERPRINT : KS_DIFF_BY_ALIAS);
        forgive(&diff);
        if (cli->exit == CLI_DONE && (diff.changed || diff.only_a || diff.only_b))
            cli->exit = CLI_FINDINGS;
        say_diff(cli, (struct sides){a, b}, &diff);
        ks_diff_drop(&diff);
    }
    ks_store_free(a);
    ks_store_free(b);
    return end(cli);
}
