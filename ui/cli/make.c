/*
 * Making key pairs with their certificates, and renewing these. What the options say goes through
 * the checks of the explorer's forms.
 */
#include "cli/make.h"

#include "base/alloc.h"
#include "cli/show.h"
#include "cli/text.h"
#include "report/made.h"
#include "x509/dn.h"
#include "x509/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- single options ---- */

/* Names the option that has the wrong value. */
static enum ks_code of_option(enum ks_code rc, const char *option, struct ks_error *err)
{
    if (rc != KS_OK)
        ks_error_prefix(err, option);
    return rc;
}

static void list_templates(struct ks_buf *out)
{
    for (const struct ks_template *t = ks_templates; t->word; t++)
        ks_buf_printf(out, "%s%s", out->len ? ", " : "", t->word);
}

static void list_key_types(struct ks_buf *out)
{
    for (const struct ks_key_type *t = ks_key_types; t->word; t++)
        if (ks_key_type_available(t))
            ks_buf_printf(out, "%s%s", out->len ? ", " : "", t->word);
}

static enum ks_code no_word(const char *option, const char *word, void (*list)(struct ks_buf *),
                            struct ks_error *err)
{
    struct ks_buf words = KS_BUF_INIT;
    list(&words);
    (void)ks_fail(err, KS_ERR_USAGE, "bad-value", "%s does not take '%.100s'", option, word);
    (void)ks_fail_next(err, KS_ERR_USAGE, "it takes: %.240s", ks_buf_text(&words));
    ks_buf_free(&words);
    return KS_ERR_USAGE;
}

enum ks_code make_template(const struct cli *cli, const struct ks_template **out,
                           struct ks_error *err)
{
    const char *word = cli->making.use;
    *out = word ? ks_template_named(word) : NULL;
    return !word || *out ? KS_OK : no_word("--use", word, list_templates, err);
}

enum ks_code make_key_type(const struct cli *cli, const struct ks_key_type *otherwise,
                           const struct ks_key_type **type, struct ks_error *err)
{
    const char *word = cli->making.alg;
    *type = word ? ks_key_type_named(word) : otherwise;
    if (!*type)
        return no_word("--alg", word ? word : "", list_key_types, err);
    if (ks_key_type_available(*type))
        return KS_OK;
    (void)ks_fail(err, KS_ERR_UNSUPPORTED, "no-algorithm",
                  "no key was made: this OpenSSL has no %s keys", (*type)->word);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED, "choose another type, such as %s",
                        ks_key_types[0].word);
}

enum ks_code make_dates(const struct cli *cli, int64_t days, const struct ks_signer *signer,
                        int64_t *from, int64_t *until, struct ks_error *err)
{
    const struct cli_making *m = &cli->making;
    char otherwise[24];
    *from = ks_now();
    if (m->days && m->until)
        return ks_fail(err, KS_ERR_USAGE, "usage", "--days and --until say the same: give one");
    if (m->from && ks_op_date_parse(m->from, from, err) != KS_OK)
        return of_option(KS_ERR_USAGE, "--from", err);
    (void)snprintf(otherwise, sizeof otherwise, "%lld", (long long)days);
    const char *end = m->until ? m->until : m->days ? m->days : otherwise;
    enum ks_code rc = ks_op_until_parse(end, *from, until, err);
    if (rc == KS_OK && !m->until && !m->days)
        *until = ks_op_until_within(signer, *from, *until);
    return of_option(rc, m->until ? "--until" : "--days", err);
}

/* ---- what it is for ---- */

static enum ks_code set_key_usage(struct ks_profile *profile, const char *words,
                                  struct ks_error *err)
{
    profile->usage = 0;
    while (*words) {
        size_t len = strcspn(words, ","), i = 0;
        while (i < KS_KEY_USAGE_COUNT && (strlen(ks_key_usages[i].name) != len ||
                                          strncasecmp(ks_key_usages[i].name, words, len) != 0))
            i++;
        if (i == KS_KEY_USAGE_COUNT && len > 0) {
            (void)ks_fail(err, KS_ERR_USAGE, "usage", "--ku: %.*s is no key usage",
                          (int)(len < 60 ? len : 60), words);
            return ks_fail_next(err, KS_ERR_USAGE,
                                "such as digitalSignature,keyEncipherment,keyCertSign,cRLSign");
        }
        if (len > 0)
            profile->usage |= 1u << i;
        words += len + (words[len] == ',');
    }
    return KS_OK;
}

static enum ks_code set_path_length(struct ks_profile *profile, const char *text,
                                    struct ks_error *err)
{
    size_t len = strlen(text);
    if (len == 0 || len > 3 || text[strspn(text, "0123456789")] || atoi(text) > 255)
        return ks_fail(err, KS_ERR_USAGE, "bad-value",
                       "--path-len needs a number from 0 to 255, not '%.60s'", text);
    if (!profile->ca) {
        (void)ks_fail(err, KS_ERR_USAGE, "bad-value",
                      "--path-len is for a CA, which this certificate is not");
        return ks_fail_next(err, KS_ERR_USAGE, "add --use ca, or leave it out");
    }
    profile->path_len = atoi(text);
    return KS_OK;
}

static void clear_names(struct ks_profile *profile)
{
    for (size_t i = 0; i < profile->name_count; i++)
        free(profile->names[i]);
    free(profile->names);
    profile->names = NULL;
    profile->name_count = 0;
}

static enum ks_code add_names(const struct cli_making *m, struct ks_profile *profile,
                              struct ks_error *err)
{
    if (m->name_count)
        clear_names(profile);
    for (size_t i = 0; i < m->name_count; i++)
        if (ks_profile_add_name(profile, m->names[i], err) != KS_OK) {
            char *option = ks_asprintf("--san %.100s", m->names[i]);
            ks_error_prefix(err, option);
            free(option);
            return KS_ERR_USAGE;
        }
    return KS_OK;
}

enum ks_code make_profile(const struct cli *cli, const struct ks_template *template,
                          enum ks_key_alg key, struct ks_profile *profile, struct ks_error *err)
{
    const struct cli_making *m = &cli->making;
    const struct ks_template *named = NULL;
    enum ks_code rc = make_template(cli, &named, err);
    if (rc != KS_OK)
        return rc;
    if (named || template)
        ks_profile_from_template(profile, named ? named : template, key);
    if (m->usages)
        rc = set_key_usage(profile, m->usages, err);
    for (size_t i = 0; i < m->extended_count && rc == KS_OK; i++)
        rc = of_option(ks_profile_add_extended(profile, m->extended[i], err), "--eku", err);
    if (rc == KS_OK && m->path_len)
        rc = set_path_length(profile, m->path_len, err);
    return rc == KS_OK ? add_names(m, profile, err) : rc;
}

/* The common name of a server, which clients look for among the alternative names only. One that is
 * no name of a host stays what it is. */
static void add_common_name(struct ks_slice subject, struct ks_profile *profile)
{
    static const uint8_t common_name[] = {0x55, 0x04, 0x03};
    struct ks_name_part *parts = NULL;
    size_t count = ks_name_parts(subject, &parts);
    for (size_t i = count; i-- > 0;)
        if (ks_slice_equal(parts[i].type, ks_slice(common_name, sizeof common_name))) {
            if (strlen(parts[i].value) == parts[i].value_len)
                (void)!ks_profile_add_name(profile, parts[i].value, NULL);
            break;
        }
    ks_name_parts_free(parts, count);
}

static bool names_hosts(const struct ks_template *t)
{
    return strncmp(t->word, "server", 6) == 0;
}

/* ---- who signs ---- */

/* The signer of --signer; `own` is set when another keystore had to be opened. */
struct signing {
    struct ks_signer signer;
    struct ks_store *own;
    struct edit_keys keys;
};

/* False, and told, when there is none. */
static bool find_signer(struct cli *cli, const struct ks_store *s, struct signing *out)
{
    const char *word = cli->making.signer, *alias = NULL;
    size_t at;
    out->keys.cli = cli;
    out->signer.passwords = edit_key_passwords(&out->keys);
    out->signer.store = s;
    if (ks_store_find(s, word, &at)) {
        out->signer.entry = ks_store_entry(s, at);
        return true;
    }
    char *path = edit_file_of(word, &alias);
    if (!path) {
        out->signer.entry = edit_find(cli, s, word);
        return false;
    }
    out->own = edit_open_to_read(cli, path);
    out->signer.store = out->own;
    out->signer.entry = out->own ? edit_find(cli, out->own, alias) : NULL;
    free(path);
    return out->signer.entry != NULL;
}

/* What the new certificate says: the plan only names it. */
static void say_certificate(struct cli *cli, const struct ks_plan *plan, const char *alias)
{
    const struct ks_entry *e = ks_plan_made(plan, alias);
    struct report report = {0};
    if (!e || !e->chain_len || (cli->quiet && !cli->json && !cli->dry_run))
        return;
    if (cli->json) {
        json_member(cli, "certificate", json_entry(cli, plan->target, e, edit_no_unlock));
        return;
    }
    report_made_certificate(&e->chain[0], &report);
    show_report(cli, &report, "Certificate");
    report_free(&report);
}

/* ---- gen ---- */

static bool needs(struct cli *cli, const char *value, const char *what)
{
    struct ks_error err = {0};
    if (value)
        return true;
    (void)ks_fail(&err, KS_ERR_USAGE, "usage", "something is missing: %s", what);
    (void)ks_fail_next(&err, KS_ERR_USAGE, "ksx %s --help lists what there is", cli->command->name);
    cli_fail(cli, &err);
    return false;
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 || errno != ENOENT;
}

void make_keep_remarks(const struct ks_plan *from, struct ks_plan *to)
{
    for (size_t i = 0; i < from->remark_count; i++) {
        const struct ks_remark *r = &from->remarks[i];
        ks_plan_remark(to, r->level, r->slug, r->alias, "%s", r->text);
    }
}

/* A keystore that is not on disk yet; NULL, and told, when it cannot be. */
static struct ks_store *new_store(struct cli *cli, const char *path, struct ks_plan *made)
{
    struct ks_error err = {0};
    const struct ks_format *type = cli->type ? cli->type : &ks_format_pkcs12;
    struct password_source *source =
        cli->new_password ? cli->new_password : password_source_for(cli->passwords, path);
    struct ks_secret *password = edit_new_secret(cli, source, type->caps & KS_CAP_PASSWORD,
                                                 "Password of the new keystore", &err);
    struct ks_store *s = NULL;
    if (err.code == KS_OK &&
        ks_op_create(path, type, password, KS_PROTECT_KEEP, made, &err) == KS_OK)
        s = ks_plan_apply(made);
    else
        cli_fail(cli, &err);
    ks_secret_free(password);
    return s;
}

static struct ks_store *existing_store(struct cli *cli, const char *path)
{
    struct ks_error err = {0};
    struct ks_store *s = edit_open(cli, path);
    if (!s || (!cli->new_password && (!cli->type || cli->type == s->format)))
        return s;
    (void)ks_fail(&err, KS_ERR_USAGE, "usage", "%.200s is there already: --%s is for a new file",
                  path, cli->new_password ? "new-pass" : "type");
    (void)ks_fail_next(&err, KS_ERR_USAGE,
                       cli->new_password ? "--pass says where its password comes from"
                                         : "leave it out, or name another file");
    cli_fail(cli, &err);
    ks_store_free(s);
    return NULL;
}

struct ks_store *make_open(struct cli *cli, const char *path, struct ks_plan *made)
{
    return exists(path) ? existing_store(cli, path) : new_store(cli, path, made);
}

enum ks_code make_wanted(const struct cli *cli, enum ks_key_alg key, struct ks_buf *subject,
                         struct ks_profile *profile, struct ks_wanted *wanted, struct ks_error *err)
{
    const struct ks_template *template = NULL;
    enum ks_code rc = make_template(cli, &template, err);
    if (!template)
        template = &ks_templates[0];
    if (rc == KS_OK)
        rc = of_option(ks_dn_parse(cli->making.dn, subject, err), "--dn", err);
    if (rc == KS_OK)
        rc = make_profile(cli, template, key, profile, err);
    if (rc == KS_OK)
        rc = make_dates(cli, ks_op_usual_days(template), wanted->signer, &wanted->not_before,
                        &wanted->not_after, err);
    if (rc != KS_OK)
        return rc;
    wanted->subject = ks_slice(subject->data, subject->len);
    if (names_hosts(template) && !cli->making.name_count && !cli->making.no_cn_san)
        add_common_name(wanted->subject, profile);
    wanted->profile = profile;
    wanted->signature = cli->making.signature;
    return KS_OK;
}

static enum ks_code plan_gen(struct cli *cli, struct ks_store *s, struct ks_generate *what,
                             struct ks_profile *profile, struct ks_buf *subject,
                             struct ks_plan *plan, struct ks_error *err)
{
    enum ks_code rc = make_key_type(cli, &ks_key_types[0], &what->type, err);
    if (rc == KS_OK)
        rc = make_wanted(cli, what->type->alg, subject, profile, &what->wanted, err);
    return rc == KS_OK ? ks_op_generate(s, what, NULL, plan, err) : rc;
}

static void gen(struct cli *cli, struct ks_store *s, const struct ks_plan *made)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct ks_profile profile = {0};
    struct ks_buf subject = KS_BUF_INIT;
    struct signing signing = {0};
    struct ks_generate what = {.alias = cli->alias};
    if (cli->making.signer && !find_signer(cli, s, &signing)) {
        ks_store_free(signing.own);
        return;
    }
    what.wanted.signer = cli->making.signer ? &signing.signer : NULL;
    struct ks_secret *password =
        edit_new_secret(cli, cli->new_key_password, false, "Password of the key", &err);
    what.password = password;
    if (err.code == KS_OK && plan_gen(cli, s, &what, &profile, &subject, &plan, &err) == KS_OK) {
        make_keep_remarks(made, &plan);
        say_certificate(cli, &plan, cli->alias);
        edit_carry_out(cli, &plan);
    } else {
        cli_fail(cli, &err);
    }
    ks_plan_drop(&plan);
    ks_profile_drop(&profile);
    ks_buf_free(&subject);
    ks_secret_free(password);
    ks_store_free(signing.own);
}

int cli_run_gen(struct cli *cli)
{
    struct ks_plan made = {0};
    edit_begin(cli);
    if (!needs(cli, cli->alias, "--alias, the name of the new entry") ||
        !needs(cli, cli->making.dn, "--dn, the subject, such as CN=www.example.com,O=Example"))
        return edit_end(cli);
    struct ks_store *s = make_open(cli, cli->operands[0], &made);
    if (s)
        gen(cli, s, &made);
    ks_plan_drop(&made);
    ks_store_free(s);
    return edit_end(cli);
}

/* ---- renew ---- */

/* As long as the certificate that there is. */
static int64_t days_of(const struct ks_entry *e)
{
    const struct ks_cert *c = e->chain_len ? &e->chain[0] : NULL;
    if (!c || c->not_before == KS_TIME_NONE || c->not_after == KS_TIME_NONE)
        return 365;
    int64_t days = (c->not_after + 1 - c->not_before) / KS_DAY;
    return days < 1 ? 1 : days > 36500 ? 36500 : days;
}

static enum ks_code plan_renew(struct cli *cli, struct ks_store *s, struct ks_renew *what,
                               struct ks_plan *plan, struct ks_error *err)
{
    const struct ks_entry *e = what->entry;
    const struct ks_key_type *same = NULL;
    enum ks_code rc =
        make_dates(cli, days_of(e), what->signer, &what->not_before, &what->not_after, err);
    if (rc != KS_OK)
        return rc;
    if (!cli->making.new_key && (cli->making.alg || cli->new_key_password)) {
        (void)ks_fail(err, KS_ERR_USAGE, "usage", "--%s is for a new key, and the key stays",
                      cli->making.alg ? "alg" : "new-key-pass");
        return ks_fail_next(err, KS_ERR_USAGE, "add --new-key, or leave it out");
    }
    if (e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN))
        same = ks_key_type_of(ks_cert_part(&e->chain[0], e->chain[0].spki));
    if (cli->making.new_key)
        rc = make_key_type(cli, same ? same : &ks_key_types[0], &what->type, err);
    return rc == KS_OK ? ks_op_renew(s, what, NULL, plan, err) : rc;
}

static void renew(struct cli *cli, struct ks_store *s, const struct ks_entry *e)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct edit_keys keys = {.cli = cli};
    struct signing signing = {0};
    struct ks_renew what = {
        .entry = e, .alias = cli->alias, .passwords = edit_key_passwords(&keys)};
    if (cli->making.signer && !find_signer(cli, s, &signing)) {
        ks_store_free(signing.own);
        return;
    }
    what.signer = cli->making.signer ? &signing.signer : NULL;
    struct ks_secret *password =
        edit_new_secret(cli, cli->new_key_password, false, "Password of the new key", &err);
    what.password = password;
    if (err.code == KS_OK && plan_renew(cli, s, &what, &plan, &err) == KS_OK) {
        say_certificate(cli, &plan, cli->alias ? cli->alias : e->alias);
        edit_carry_out(cli, &plan);
    } else {
        cli_fail(cli, &err);
    }
    ks_plan_drop(&plan);
    ks_secret_free(password);
    ks_store_free(signing.own);
}

int cli_run_renew(struct cli *cli)
{
    edit_begin(cli);
    struct ks_store *s = edit_open(cli, cli->operands[0]);
    const struct ks_entry *e = s ? edit_find(cli, s, cli->operands[1]) : NULL;
    if (e)
        renew(cli, s, e);
    ks_store_free(s);
    return edit_end(cli);
}
