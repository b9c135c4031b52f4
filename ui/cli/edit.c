#include "cli/edit.h"

#include "base/alloc.h"
#include "cli/show.h"
#include "cli/text.h"
#include "doctor/sources.h"
#include "file/save.h"
#include "report/plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- passwords ---- */

static struct ks_secret *typed_twice(const char *label, struct ks_error *err)
{
    struct ks_secret *one = NULL, *other = NULL;
    char *again = ks_asprintf("%s, again: ", label), *first = ks_asprintf("%s: ", label);
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

/* The option that gives what the label asks for. */
static const char *option_for(const char *label)
{
    const char *last = strrchr(label, ' ');
    return last && strncmp(last, " key", 4) == 0 && strlen(last) <= 5 ? "--new-key-pass"
                                                                      : "--new-pass";
}

static enum ks_code refuse_none(const char *option, struct ks_error *err)
{
    bool of_keys = strcmp(option, "--new-key-pass") == 0;
    (void)ks_fail(err, KS_ERR_USAGE, "no-new-password",
                  "nothing was done: %s none gives no password", option);
    return ks_fail_next(err, KS_ERR_USAGE,
                        of_keys ? "without the option keys get the password of their keystore"
                                : "--empty-password sets an empty one, which protects nothing");
}

/* password_ask() and password_read() speak of the password that opens a file. */
static void advise_new(const char *option, struct ks_error *err)
{
    if (strcmp(err->slug, "password-needed") == 0) {
        (void)ks_fail(err, err->code, "password-needed",
                      "nothing was done: a new password is needed, and there is no terminal to "
                      "ask for it");
        (void)ks_fail_next(err, err->code, "give it with %s env:VAR, file:PATH or fd:N", option);
    } else if (strcmp(err->slug, "password-source") == 0) {
        (void)ks_fail_next(err, err->code, "it is that of %s", option);
    }
}

struct ks_secret *edit_new_secret(struct cli *cli, struct password_source *source, bool ask,
                                  const char *label, struct ks_error *err)
{
    const struct ks_secret *read = NULL;
    const char *option = option_for(label);
    bool readable = false;
    if (!source && !ask)
        return NULL;
    if (source && source->kind == PASSWORD_NONE) {
        (void)refuse_none(option, err);
        return NULL;
    }
    if (!source || source->kind == PASSWORD_PROMPT) {
        struct ks_secret *typed = typed_twice(label, err);
        advise_new(option, err);
        return typed;
    }
    if (password_read(source, &read, &readable, err) != KS_OK) {
        advise_new(option, err);
        return NULL;
    }
    if (readable)
        cli_note(cli, "%s can be read by other users: chmod 600 keeps the password to you",
                 source->argument);
    return ks_secret_dup(read);
}

static struct ks_secret *answer(void *ctx, const struct ks_store *store,
                                const struct ks_entry *entry, const struct ks_error *why)
{
    struct edit_keys *k = ctx;
    struct ks_error err = {0};
    (void)store, (void)why;
    struct password_source *source = k->cli->key_password;
    if (k->last == entry || !source || source->kind == PASSWORD_NONE)
        return NULL;
    k->last = entry;
    if (source->kind != PASSWORD_PROMPT) {
        const struct ks_secret *read = NULL;
        bool readable = false;
        if (password_read(source, &read, &readable, &err) == KS_OK)
            return ks_secret_dup(read);
        (void)ks_fail_next(&err, err.code, "it is that of --key-pass");
        cli_fail(k->cli, &err);
        return NULL;
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

struct ks_key_passwords edit_key_passwords(struct edit_keys *keys)
{
    return (struct ks_key_passwords){answer, keys};
}

enum ks_code edit_open_key(struct cli *cli, const struct ks_store *s, const struct ks_entry *e,
                           struct ks_material *out, struct ks_error *err)
{
    const struct ks_format *home = e && e->home ? e->home : s->format;
    if (!e || e->kind != KS_KIND_KEY || !home->reveal)
        return KS_OK;
    enum ks_code rc = home->reveal(s, e, NULL, NULL, out, err);
    if (rc == KS_ERR_PASSWORD || rc == KS_ERR_PASSWORD_NEEDED) {
        struct edit_keys keys = {.cli = cli};
        struct ks_secret *password = answer(&keys, s, e, err);
        if (password)
            rc = home->reveal(s, e, password, NULL, out, err);
        else if (cli->exit != CLI_DONE)
            *err = (struct ks_error){0}; /* told: there is no password to try */
        ks_secret_free(password);
    }
    if (rc != KS_OK && err->code != KS_OK)
        edit_advise_key(cli, err);
    return rc;
}

/* ---- a plan, said and carried out ---- */

json_t *edit_json_remarks(const struct ks_plan *plan)
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

bool edit_no_unlock(struct cli *cli, const struct ks_store *store, const struct ks_entry *e,
                    struct ks_unlocked *out)
{
    (void)cli, (void)store, (void)e, (void)out;
    return false;
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

/* Of a repair the doctor's findings are told, with what was at hand. */
static json_t *json_side(struct cli *cli, const struct ks_store *s, const struct ks_entry *e)
{
    json_t *o = e ? json_entry(cli, s, e, NULL) : json_null();
    if (e && cli->command->id & CLI_REPAIR)
        (void)json_object_del(o, "findings");
    return o;
}

static json_t *json_row(struct cli *cli, struct edit_sides sides, const struct ks_diff_row *row)
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

void edit_json_rows(struct cli *cli, const char *key, struct edit_sides sides,
                    const struct ks_diff *diff)
{
    json_array_begin(cli, key);
    for (size_t i = 0; i < diff->count; i++)
        if (diff->rows[i].kind != KS_DIFF_SAME)
            json_element(cli, json_row(cli, sides, &diff->rows[i]));
    json_array_end(cli);
}

void edit_json_commands(struct cli *cli, const struct ks_commands *commands)
{
    json_t *all = json_array();
    for (size_t i = 0; i < commands->count; i++)
        (void)json_array_append_new(all, json_ext_z(commands->at[i]));
    json_member(cli, "commands", all);
}

void edit_json_no_plan(struct cli *cli, const struct ks_store *s)
{
    char *path = ks_command_path(s->path);
    json_member(cli, "file", json_ext_z(path));
    free(path);
    json_member(cli, "remarks", json_array());
    json_member(cli, "passwordChanged", json_false());
    json_member(cli, "plan", json_array());
    json_member(cli, "commands", json_array());
}

static void say_plan_json(struct cli *cli, const struct ks_plan *plan)
{
    struct ks_version none = {
        .refs = 1, .password = plan->result->password, .protection = plan->result->protection};
    struct ks_diff diff =
        ks_diff(plan->made ? &none : plan->target->now, plan->result, KS_DIFF_BY_ALIAS_THEN_LEAF);
    char *path = ks_command_path(plan->target->path);
    json_member(cli, "file", json_ext_z(path));
    free(path);
    json_member(cli, "remarks", edit_json_remarks(plan));
    json_member(cli, "passwordChanged", json_boolean(diff.password_changed));
    edit_json_rows(cli, "plan", (struct edit_sides){plan->target, plan->target}, &diff);
    edit_json_commands(cli, &plan->commands);
    ks_diff_drop(&diff);
}

/* --quiet silences what is fine. */
static void say_warnings(struct cli *cli, const struct ks_plan *plan)
{
    for (size_t i = 0; i < plan->remark_count; i++)
        if (plan->remarks[i].level == KS_REMARK_WARNING)
            cli_warn(cli, "%s", plan->remarks[i].text);
}

static void say_plan(struct cli *cli, const struct ks_plan *plan)
{
    struct report report;
    if (cli->json) {
        say_plan_json(cli, plan);
    } else if (cli->quiet && !cli->dry_run) {
        say_warnings(cli, plan);
    } else {
        report_plan(plan, &report);
        show_report(cli, &report, NULL);
        report_free(&report);
    }
}

/* Of an entry that is deleted, to lose it is what was asked for. */
static bool is_refused(const struct cli *cli, const struct ks_remark *r)
{
    bool asked_for = strcmp(r->slug, "only-copy") == 0 || strcmp(r->slug, "hidden-loss") == 0;
    return r->level == KS_REMARK_LOSS && !(cli->command->id == CLI_DELETE && asked_for);
}

void edit_advise_key(const struct cli *cli, struct ks_error *err)
{
    bool drops = cli->command->id & (CLI_CONVERT | CLI_MERGE);
    if (!cli->key_password || cli->key_password->kind == PASSWORD_NONE)
        (void)ks_fail_next(err, err->code, "--key-pass gives the password of the key%s",
                           drops ? "; --drop ALIAS leaves it out" : "");
    else
        (void)ks_fail_next(err, err->code, "the password of --key-pass does not fit%s",
                           drops ? "; --drop ALIAS leaves the key out" : "");
}

static void advise(const struct cli *cli, const struct ks_remark *r, size_t losses,
                   struct ks_error *err)
{
    if (strcmp(r->slug, "key-locked") == 0)
        edit_advise_key(cli, err);
    else if (strcmp(r->slug, "damaged") == 0)
        (void)ks_fail_next(err, KS_ERR_REFUSED,
                           "restore the file, or copy what can be read of it into a new keystore");
    else
        (void)ks_fail_next(err, KS_ERR_REFUSED, "%zu %s would be lost; %s", losses,
                           losses == 1 ? "entry" : "entries",
                           cli->command->id & (CLI_CONVERT | CLI_MERGE)
                               ? "--drop ALIAS leaves one out on purpose"
                               : "leave it out, or choose another type");
}

bool edit_refuses_losses(struct cli *cli, const struct ks_plan *plan)
{
    struct ks_error err = {0};
    const struct ks_remark *first = NULL;
    size_t losses = 0;
    for (size_t i = 0; i < plan->remark_count; i++) {
        const struct ks_remark *r = &plan->remarks[i];
        if (!is_refused(cli, r))
            continue;
        losses++;
        if (!first || strcmp(r->slug, "damaged") == 0)
            first = r;
    }
    if (!first)
        return false;
    enum ks_code code = strcmp(first->slug, "key-locked") == 0 ? KS_ERR_PASSWORD : KS_ERR_REFUSED;
    (void)ks_fail(&err, code, first->slug, "nothing was written: %.400s", first->text);
    advise(cli, first, losses, &err);
    cli_fail(cli, &err);
    return true;
}

bool edit_refuses_unconfirmed(struct cli *cli, const struct ks_plan *plan)
{
    const struct ks_remark *r = cli->force ? NULL : ks_plan_to_confirm(plan);
    struct ks_error err = {0};
    if (!r)
        return false;
    (void)ks_fail(&err, KS_ERR_REFUSED, r->slug, "nothing was written: %.400s", r->text);
    (void)ks_fail_next(&err, KS_ERR_REFUSED, "--force writes it all the same");
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

static struct ks_save how_to_save(const struct cli *cli, bool over_existing)
{
    return (struct ks_save){.over_existing = over_existing,
                            .over_links = cli->force,
                            .over_owner = cli->force,
                            .no_backup = cli->no_backup};
}

static void fail_to_save(struct cli *cli, struct ks_error *err)
{
    if (strcmp(err->slug, "exists") == 0 && cli->command->id & (CLI_CONVERT | CLI_CREATE))
        (void)ks_fail_next(err, err->code,
                           "nothing was overwritten; choose another name, or --force replaces it");
    cli_fail(cli, err);
}

void edit_save(struct cli *cli, struct ks_store *s, bool over_existing)
{
    struct ks_error err = {0};
    struct ks_save_look look = {0};
    const struct ks_save how = how_to_save(cli, over_existing);
    if (ks_save_look(s, NULL, &look, &err) != KS_OK || ks_save(s, &how, NULL, &err) != KS_OK) {
        fail_to_save(cli, &err);
        if (cli->json)
            json_member(cli, "written", json_false());
    } else {
        say_saved(cli, s, &look);
    }
    ks_save_look_drop(&look);
}

/* What would stand in the way of writing is told by a dry run, too. */
static void foresee(struct cli *cli, struct ks_store *s, bool over_existing)
{
    struct ks_error err = {0};
    const struct ks_save how = how_to_save(cli, over_existing);
    if (!cli->failed && ks_save_check(s, &how, &err) != KS_OK)
        fail_to_save(cli, &err);
    if (cli->json)
        json_member(cli, "written", json_false());
    else if (!cli->failed && !cli->quiet)
        text_own(cli, "nothing was written: this is a dry run\n");
}

static void say_not_written(struct cli *cli, bool empty)
{
    if (cli->json)
        json_member(cli, "written", json_false());
    else if (empty && !cli->quiet)
        text_own(cli, "nothing was written: there is nothing to do\n");
}

void edit_carry_out(struct cli *cli, struct ks_plan *plan)
{
    say_plan(cli, plan);
    edit_carry_out_said(cli, plan);
}

void edit_carry_out_said(struct cli *cli, struct ks_plan *plan)
{
    struct ks_store *target = plan->target, *made = NULL;
    bool empty = ks_plan_is_empty(plan);
    bool over = plan->made && cli->force && cli->command->id & (CLI_CONVERT | CLI_CREATE);
    if (edit_refuses_losses(cli, plan) || edit_refuses_unconfirmed(cli, plan) || empty) {
        say_not_written(cli, empty && !cli->failed);
    } else {
        made = ks_plan_apply(plan);
        if (cli->dry_run)
            foresee(cli, made ? made : target, over);
        else
            edit_save(cli, made ? made : target, over);
        ks_store_free(made);
    }
    ks_plan_drop(plan);
}

/* ---- the frame of every command ---- */

void edit_begin(struct cli *cli)
{
    if (cli->json)
        json_begin(cli);
    if (cli->json && cli->dry_run)
        json_member(cli, "dryRun", json_true());
}

int edit_end(struct cli *cli)
{
    if (cli->json)
        json_end(cli);
    return cli->exit;
}

/* What makes a keystore read-only in the explorer. */
static struct ks_store *note_discouraged(const struct cli *cli, struct ks_store *s)
{
    char room[4352];
    const char *why = ks_save_discouraged(s->path, room, sizeof room);
    if (why)
        cli_note(cli, "%s: %s", s->path, why);
    return s;
}

/* cli_open() reports in an array of keystores, which there is none of here: its error goes into the
 * object's own. */
struct ks_store *edit_open(struct cli *cli, const char *path)
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
        return note_discouraged(cli, s);
    cli_fail(cli, &err);
    ks_store_free(s);
    return NULL;
}

struct ks_store *edit_open_to_read(struct cli *cli, const char *path)
{
    bool json = cli->json;
    cli->json = false;
    struct ks_store *s = cli_open(cli, path);
    cli->json = json;
    return s;
}

/* "system" and "cacerts", unless a file is called so. False: it is neither. */
static bool is_of_host(const char *word, struct ks_store **out, struct ks_error *err)
{
    struct ks_sources found = {0};
    bool system = strcmp(word, "system") == 0;
    if ((!system && strcmp(word, "cacerts") != 0) || access(word, F_OK) == 0)
        return false;
    enum ks_code rc =
        system ? ks_sources_system(&found, NULL, err) : ks_sources_cacerts(&found, NULL, err);
    if (rc == KS_OK && found.at[0].store_count) {
        *out = found.at[0].stores[0];
        found.at[0].stores[0] = found.at[0].stores[--found.at[0].store_count];
    } else if (rc == KS_OK) {
        (void)ks_fail(err, KS_ERR_NOT_FOUND, "no-certificate", "%s has no certificate", word);
    }
    ks_sources_drop(&found);
    return true;
}

/* As a JVM opens its truststore, which has no secrets. NULL: it tells nothing so. */
static struct ks_store *open_unasked(struct cli *cli, const char *path)
{
    struct password_source none = {.kind = PASSWORD_NONE};
    struct password_sources own = {&none, 1}, *all = cli->passwords;
    struct ks_error ignored = {0};
    cli->passwords = &own;
    struct ks_store *s = cli_open_untold(cli, path, &ignored);
    cli->passwords = all;
    if (s && (s->damage.code != KS_OK || s->notes & KS_STORE_LOCKED_PARTS)) {
        ks_store_free(s);
        return NULL;
    }
    if (s && s->format->caps & KS_CAP_PASSWORD && s->integrity == KS_INTEGRITY_UNVERIFIED)
        cli_note(cli, "%s: its integrity was not checked: --trust-pass gives its password", path);
    return s;
}

struct ks_store *edit_open_trust(struct cli *cli, const char *path)
{
    struct password_source *source = cli->proving.password;
    struct password_sources *all = cli->passwords;
    struct password_sources own = {source, source ? 1 : 0};
    struct ks_error err = {0};
    struct ks_store *s = NULL;
    bool asks = !source && !password_source_for(all, path);
    if (is_of_host(path, &s, &err) || (asks && (s = open_unasked(cli, path)))) {
        if (!s)
            cli_fail(cli, &err);
        return s;
    }
    if (source)
        cli->passwords = &own;
    s = cli_open_untold(cli, path, &err);
    cli->passwords = all;
    if (!s && err.code == KS_ERR_PASSWORD_NEEDED)
        (void)ks_fail_next(&err, err.code, "--trust-pass env:VAR, file:PATH or fd:N gives it");
    if (!s || s->damage.code != KS_OK)
        cli_fail(cli, s ? &s->damage : &err);
    return s;
}

/* A colon may be in the path as well as in the alias. */
char *edit_file_of(const char *word, const char **alias)
{
    for (const char *colon = strchr(word, ':'); colon; colon = strchr(colon + 1, ':')) {
        char *path = ks_strndup(word, (size_t)(colon - word));
        if (access(path, F_OK) == 0) {
            *alias = colon + 1;
            return path;
        }
        free(path);
    }
    return NULL;
}

static void say_no_entry(struct cli *cli, const struct ks_store *s, const char *alias)
{
    struct ks_error err = {0};
    (void)ks_fail(&err, KS_ERR_NOT_FOUND, "no-such-entry", "there is no entry %.100s in %.200s",
                  alias, s->path);
    (void)ks_fail_next(&err, KS_ERR_NOT_FOUND, "ksx list names the entries");
    cli_fail(cli, &err);
}

const struct ks_entry *edit_find(struct cli *cli, const struct ks_store *s, const char *alias)
{
    size_t at;
    if (ks_store_find(s, alias, &at))
        return ks_store_entry(s, at);
    say_no_entry(cli, s, alias);
    return NULL;
}

const struct ks_entry **edit_find_all(struct cli *cli, const struct ks_store *s,
                                      const char *const *aliases, size_t *count)
{
    const struct ks_entry **out = ks_alloc_array(*count + 1, sizeof *out);
    bool *taken = ks_alloc_array(ks_store_count(s), sizeof *taken);
    struct ks_finder finder = ks_finder_new(s);
    size_t i = 0, found = 0, at;
    for (; i < *count && ks_finder_find(&finder, aliases[i], &at); i++) {
        if (!taken[at])
            out[found++] = ks_store_entry(s, at);
        taken[at] = true;
    }
    ks_finder_drop(&finder);
    free(taken);
    if (i == *count) {
        *count = found;
        return out;
    }
    say_no_entry(cli, s, aliases[i]);
    free(out);
    return NULL;
}

/* ---- other files ---- */

enum ks_code edit_look_at_place(const struct cli *cli, const char *path, struct ks_error *err)
{
    enum ks_code rc = ks_save_bytes_check(path, cli->force, err);
    if (rc == KS_ERR_CONFLICT && strcmp(err->slug, "exists") == 0)
        (void)ks_fail_next(err, rc, "choose another name, or --force to replace it");
    return rc;
}

static void say_file(struct cli *cli, const char *path, const char *what, enum ks_code rc)
{
    if (cli->json) {
        json_member(cli, "output", json_ext_z(path));
        json_member(cli, "written", json_boolean(rc == KS_OK && !cli->dry_run));
    } else if (rc == KS_OK && !cli->quiet) {
        text_own(cli, cli->dry_run ? "nothing was written: this is a dry run; " : "");
        (void)text_ext(cli, path);
        text_printf(cli, cli->dry_run ? " would be written: %s\n" : " is written: %s\n", what);
    }
}

void edit_say_file(struct cli *cli, const char *path, const char *what)
{
    say_file(cli, path, what, KS_OK);
}

enum ks_code edit_put_file(const struct cli *cli, const char *path, struct ks_slice bytes,
                           unsigned mode, struct ks_error *err)
{
    enum ks_code rc = KS_OK;
    if (!cli->dry_run)
        rc = ks_save_bytes(path, bytes, mode, cli->force, err);
    else
        rc = edit_look_at_place(cli, path, err);
    if (rc == KS_ERR_CONFLICT && strcmp(err->slug, "exists") == 0)
        (void)ks_fail_next(err, rc, "choose another name, or --force to replace it");
    return rc;
}

bool edit_write_file(struct cli *cli, const char *path, struct ks_slice bytes, unsigned mode,
                     const char *what)
{
    struct ks_error err = {0};
    enum ks_code rc = edit_put_file(cli, path, bytes, mode, &err);
    if (rc != KS_OK)
        cli_fail(cli, &err);
    say_file(cli, path, what, rc);
    return rc == KS_OK;
}

/* Whether a path is that of the keystore, whatever it is spelled like. */
static bool is_the_file_of(const char *path, const struct ks_store *s)
{
    struct stat out, in;
    return path && stat(path, &out) == 0 && stat(s->path, &in) == 0 && out.st_dev == in.st_dev &&
           out.st_ino == in.st_ino;
}

bool edit_needs_output(struct cli *cli, const struct ks_store *s)
{
    struct ks_error err = {0};
    const char *same = is_the_file_of(cli->output, s)       ? cli->output
                       : is_the_file_of(cli->key_output, s) ? cli->key_output
                                                            : NULL;
    if (!cli->output) {
        (void)ks_fail(&err, KS_ERR_USAGE, "usage", "something is missing: -o, the new file");
        (void)ks_fail_next(&err, KS_ERR_USAGE, "-o - writes it on standard output");
    } else if (cli->json && strcmp(cli->output, "-") == 0) {
        (void)ks_fail(&err, KS_ERR_USAGE, "usage",
                      "--json and what is written would both go to standard output");
        (void)ks_fail_next(&err, KS_ERR_USAGE, "-o FILE writes it to a file");
    } else if (same) {
        (void)ks_fail(&err, KS_ERR_REFUSED, "exists",
                      "%.200s was not written: it is the keystore itself", same);
        (void)ks_fail_next(&err, KS_ERR_REFUSED, "choose another name");
    } else {
        return true;
    }
    cli_fail(cli, &err);
    return false;
}

bool edit_on_stdout(const struct cli *cli)
{
    return strcmp(cli->output, "-") == 0;
}

void edit_say_commands(struct cli *cli, const struct ks_commands *commands)
{
    struct report report = {0};
    if (cli->json || cli->quiet || edit_on_stdout(cli))
        return;
    report_commands(commands, &report);
    if (report.count)
        show_report(cli, &report, NULL);
    report_free(&report);
}

void edit_write_output(struct cli *cli, struct ks_slice bytes, unsigned mode, const char *what)
{
    if (!edit_on_stdout(cli)) {
        (void)edit_write_file(cli, cli->output, bytes, mode, what);
    } else if (!cli->dry_run) {
        text_flush(cli);
        ks_buf_slice(&cli->out, bytes);
    }
}
