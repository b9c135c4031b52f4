/*
 * The commands that change what is there: each makes the plan that the explorer's review shows,
 * says it, and unless --dry-run applies and saves it, the same way as w does.
 */
#include "cli/edit.h"

#include "base/alloc.h"
#include "cli/show.h"
#include "cli/text.h"
#include "op/edit.h"
#include "report/plan.h"

#include <stdlib.h>
#include <string.h>

static const char *const *words(struct cli *cli, size_t from)
{
    return (const char *const *)(cli->operands + from);
}

/* An error of an operation. */
static void fail(struct cli *cli, struct ks_error *err)
{
    bool of_key =
        strcmp(err->slug, "entry-password") == 0 || strcmp(err->slug, "wrong-password") == 0;
    if (of_key)
        edit_advise_key(cli, err);
    cli_fail(cli, err);
}

/* ---- new passwords of keystores ---- */

static struct ks_secret *store_secret(struct cli *cli, const struct ks_format *format, bool ask,
                                      const char *label, struct ks_error *err)
{
    struct password_source *source = cli->new_password;
    if (cli->empty_password && source) {
        (void)ks_fail(err, KS_ERR_USAGE, "usage", "--new-pass and --empty-password: give one");
        return NULL;
    }
    if (cli->empty_password)
        return ks_secret_new("", 0);
    if (source && source->kind == PASSWORD_NONE && !(format->caps & KS_CAP_STORE))
        return ks_secret_new("", 0); /* the keys of a loose file are in clear then */
    return edit_new_secret(cli, source, ask, label, err);
}

/* ---- rename, delete ---- */

int cli_run_rename(struct cli *cli)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    edit_begin(cli);
    struct ks_store *s = edit_open(cli, cli->operands[0]);
    const struct ks_entry *e = s ? edit_find(cli, s, cli->operands[1]) : NULL;
    if (e && ks_op_rename(s, e, cli->operands[2], &plan, &err) == KS_OK)
        edit_carry_out(cli, &plan);
    else if (e)
        cli_fail(cli, &err);
    ks_plan_drop(&plan);
    ks_store_free(s);
    return edit_end(cli);
}

int cli_run_delete(struct cli *cli)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    size_t count = cli->operand_count - 1;
    edit_begin(cli);
    struct ks_store *s = edit_open(cli, cli->operands[0]);
    const struct ks_entry **entries = s ? edit_find_all(cli, s, words(cli, 1), &count) : NULL;
    if (entries && ks_op_delete(s, entries, count, NULL, 0, &plan, &err) == KS_OK)
        edit_carry_out(cli, &plan);
    else if (entries)
        cli_fail(cli, &err);
    free(entries);
    ks_plan_drop(&plan);
    ks_store_free(s);
    return edit_end(cli);
}

/* ---- copy, merge ---- */

static bool needs_target(struct cli *cli)
{
    struct ks_error err = {0};
    if (cli->to)
        return true;
    (void)ks_fail(&err, KS_ERR_USAGE, "usage", "--to is missing: the keystore to write into");
    cli_fail(cli, &err);
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

/* In a loose file `none` is a password to set: its keys are in clear then. */
static struct ks_secret *key_secret(struct cli *cli, const struct ks_store *to,
                                    struct ks_error *err)
{
    struct password_source *source = cli->new_key_password;
    if (source && source->kind == PASSWORD_NONE && !(to->format->caps & KS_CAP_STORE))
        return ks_secret_new("", 0);
    return edit_new_secret(cli, source, false, "New password of the keys", err);
}

static void copy_into(struct cli *cli, struct ks_store *to, struct ks_copy *copies, size_t count)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct edit_keys keys = {.cli = cli};
    struct ks_secret *password = key_secret(cli, to, &err);
    for (size_t i = 0; i < count; i++) {
        copies[i].clash = (enum ks_clash)cli->clash;
        copies[i].skip_known = cli->skip_known;
        copies[i].new_password = password;
        copies[i].passwords = edit_key_passwords(&keys);
    }
    if (err.code == KS_OK && ks_op_merge(to, copies, count, NULL, &plan, &err) == KS_OK)
        edit_carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_secret_free(password);
}

int cli_run_copy(struct cli *cli)
{
    size_t count = cli->operand_count - 1;
    edit_begin(cli);
    if (!needs_target(cli))
        return edit_end(cli);
    struct ks_store *from = edit_open_to_read(cli, cli->operands[0]);
    const struct ks_entry **entries = from ? edit_find_all(cli, from, words(cli, 1), &count) : NULL;
    struct ks_store *to = entries ? edit_open(cli, cli->to) : NULL;
    struct ks_copy copy = {.from = from, .entries = entries, .count = count};
    if (to)
        copy_into(cli, to, &copy, 1);
    free(entries);
    ks_store_free(from);
    ks_store_free(to);
    return edit_end(cli);
}

/* What is dropped has to be in one of the files. */
static bool has_dropped(struct cli *cli, struct ks_store *const *from, size_t count)
{
    struct ks_error err = {0};
    for (size_t i = 0; i < cli->drop_count; i++) {
        bool found = false;
        size_t at;
        for (size_t k = 0; k < count && !found; k++)
            found = ks_store_find(from[k], cli->drops[i], &at);
        if (found)
            continue;
        (void)ks_fail(&err, KS_ERR_NOT_FOUND, "no-such-entry",
                      "nothing was merged: no keystore has the entry %.100s of --drop",
                      cli->drops[i]);
        cli_fail(cli, &err);
        return false;
    }
    return true;
}

static size_t open_all(struct cli *cli, struct ks_store **from)
{
    for (size_t i = 0; i < cli->operand_count; i++) {
        from[i] = edit_open_to_read(cli, cli->operands[i]);
        if (!from[i])
            return i;
    }
    return cli->operand_count;
}

/* All files become one plan, so that the target is written once or not at all. */
int cli_run_merge(struct cli *cli)
{
    size_t count = cli->operand_count;
    edit_begin(cli);
    if (!needs_target(cli))
        return edit_end(cli);
    struct ks_store **from = ks_alloc_array(count + 1, sizeof *from);
    struct ks_copy *copies = ks_alloc_array(count + 1, sizeof *copies);
    const struct ks_entry **entries;
    struct ks_store *to = edit_open(cli, cli->to);
    size_t opened = to ? open_all(cli, from) : 0;
    bool good = to && opened == count && has_dropped(cli, from, count);
    for (size_t i = 0; good && i < count; i++) {
        entries = all_entries(cli, from[i], &copies[i].count);
        copies[i].from = from[i];
        copies[i].entries = entries;
    }
    if (good)
        copy_into(cli, to, copies, count);
    for (size_t i = 0; i < opened; i++) {
        free((void *)(uintptr_t)copies[i].entries);
        ks_store_free(from[i]);
    }
    free(copies);
    free(from);
    ks_store_free(to);
    return edit_end(cli);
}

/* ---- passwd ---- */

static void change_passwords(struct cli *cli, struct ks_store *s, const struct ks_entry *entry)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct edit_keys keys = {.cli = cli};
    bool only_keys = entry || cli->new_key_password;
    struct ks_passwd change = {.entry = entry,
                               .all_entries = cli->all_entries,
                               .protection = (enum ks_protection)cli->protection,
                               .passwords = edit_key_passwords(&keys)};
    bool ask_store = !only_keys && !cli->all_entries && cli->protection == KS_PROTECT_KEEP;
    change.store_password =
        store_secret(cli, s->format, ask_store, "New password of the keystore", &err);
    if (err.code == KS_OK && entry)
        change.entry_password =
            edit_new_secret(cli, cli->new_key_password, true, "New password of the key", &err);
    if (err.code == KS_OK && ks_op_passwd(s, &change, NULL, &plan, &err) == KS_OK)
        edit_carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_secret_free(change.store_password);
    ks_secret_free(change.entry_password);
}

int cli_run_passwd(struct cli *cli)
{
    edit_begin(cli);
    struct ks_store *s = edit_open(cli, cli->operands[0]);
    const struct ks_entry *entry = s && cli->entry ? edit_find(cli, s, cli->entry) : NULL;
    if (s && (entry || !cli->entry))
        change_passwords(cli, s, entry);
    ks_store_free(s);
    return edit_end(cli);
}

/* ---- create, convert ---- */

int cli_run_create(struct cli *cli)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    const struct ks_format *type = cli->type ? cli->type : &ks_format_pkcs12;
    edit_begin(cli);
    bool takes = type->caps & KS_CAP_PASSWORD;
    struct ks_secret *password =
        store_secret(cli, type, takes, "Password of the new keystore", &err);
    if (err.code == KS_OK &&
        ks_op_create(cli->operands[0], type, password, (enum ks_protection)cli->protection, &plan,
                     &err) == KS_OK)
        edit_carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_secret_free(password);
    return edit_end(cli);
}

static bool needs_output(struct cli *cli)
{
    struct ks_error err = {0};
    bool stream = cli->output && strcmp(cli->output, "-") == 0;
    if (cli->to && cli->output && !stream)
        return true;
    if (stream) {
        (void)ks_fail(&err, KS_ERR_USAGE, "usage",
                      "a keystore is not written to standard output: it is read back first");
        (void)ks_fail_next(&err, KS_ERR_USAGE, "name a file; ./- is one that is called so");
    } else {
        (void)ks_fail(&err, KS_ERR_USAGE, "usage",
                      "%s is missing: ksx convert FILE --to TYPE -o OUT", cli->to ? "-o" : "--to");
    }
    cli_fail(cli, &err);
    return false;
}

static void convert(struct cli *cli, const struct ks_store *from,
                    const struct ks_entry *const *drop)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct edit_keys keys = {.cli = cli};
    struct ks_secret *password =
        store_secret(cli, cli->type, false, "Password of the new keystore", &err);
    const struct ks_convert how = {.format = cli->type,
                                   .path = cli->output,
                                   .password = password,
                                   .protection = (enum ks_protection)cli->protection,
                                   .drop = drop,
                                   .drop_count = cli->drop_count,
                                   .passwords = edit_key_passwords(&keys)};
    if (err.code == KS_OK && ks_op_convert(from, &how, NULL, &plan, &err) == KS_OK)
        edit_carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_plan_drop(&plan);
    ks_secret_free(password);
}

int cli_run_convert(struct cli *cli)
{
    edit_begin(cli);
    if (!needs_output(cli))
        return edit_end(cli);
    struct ks_store *from = edit_open_to_read(cli, cli->operands[0]);
    const struct ks_entry **drop =
        from ? edit_find_all(cli, from, cli->drops, &cli->drop_count) : NULL;
    if (drop)
        convert(cli, from, drop);
    free(drop);
    ks_store_free(from);
    return edit_end(cli);
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
        row->what = what;
        if (what == 0) {
            row->kind = KS_DIFF_SAME;
            diff->changed--;
            diff->same++;
        }
    }
}

static void say_counts(struct cli *cli, struct edit_sides sides, const struct ks_diff *diff)
{
    json_member(cli, "a", json_ext_z(sides.a->path));
    json_member(cli, "b", json_ext_z(sides.b->path));
    json_member(cli, "same", json_boolean(cli->exit == CLI_DONE));
    json_member(cli, "equal", json_integer((json_int_t)diff->same));
    json_member(cli, "changed", json_integer((json_int_t)diff->changed));
    json_member(cli, "onlyA", json_integer((json_int_t)diff->only_a));
    json_member(cli, "onlyB", json_integer((json_int_t)diff->only_b));
}

static void say_diff(struct cli *cli, struct edit_sides sides, const struct ks_diff *diff)
{
    struct report report;
    if (cli->json) {
        say_counts(cli, sides, diff);
        edit_json_rows(cli, "diff", sides, diff);
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
    edit_begin(cli);
    struct ks_store *a = edit_open_to_read(cli, cli->operands[0]);
    struct ks_store *b = edit_open_to_read(cli, cli->operands[1]);
    if (a && b) {
        struct ks_diff diff = ks_diff(
            a->now, b->now, cli->by_fingerprint ? KS_DIFF_BY_FINGERPRINT : KS_DIFF_BY_ALIAS);
        forgive(&diff);
        if (cli->exit == CLI_DONE && (diff.changed || diff.only_a || diff.only_b))
            cli->exit = CLI_FINDINGS;
        say_diff(cli, (struct edit_sides){a, b}, &diff);
        ks_diff_drop(&diff);
    }
    ks_store_free(a);
    ks_store_free(b);
    return edit_end(cli);
}
