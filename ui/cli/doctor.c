#include "cli/doctor.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/asking.h"
#include "net/aia.h"
#include "op/command.h"
#include "x509/host.h"

#include <stdlib.h>
#include <string.h>

/* ---- sources ---- */

static enum ks_code add_path(struct cli *cli, struct ks_sources *to, const char *path,
                             struct ks_error *err)
{
    const struct ks_secret *password = NULL;
    enum ks_code rc = cli_read_password(cli, path, &password, err);
    if (rc == KS_OK)
        rc = ks_sources_path(to, path, password, NULL, err);
    if (rc == KS_OK && to->at[to->count - 1].locked)
        cli_note(cli, "%s: %zu %s a password: --pass NAME=SRC says where it comes from", path,
                 to->at[to->count - 1].locked,
                 to->at[to->count - 1].locked == 1 ? "file needs" : "files need");
    return rc;
}

static enum ks_code add_sources(struct cli *cli, struct doctor *d, struct ks_error *err)
{
    const struct cli_doctoring *asked = &cli->doctoring;
    enum ks_code rc = KS_OK;
    for (size_t i = 0; i < asked->from_count && rc == KS_OK; i++)
        rc = add_path(cli, &d->sources, asked->from[i], err);
    if (rc == KS_OK && asked->system)
        rc = ks_sources_system(&d->sources, NULL, err);
    if (rc == KS_OK && asked->cacerts)
        rc = ks_sources_cacerts(&d->sources, NULL, err);
    return rc;
}

static enum ks_code add_reference(struct cli *cli, struct doctor *d, struct ks_error *err)
{
    const char *name = cli->doctoring.reference;
    if (!name)
        return KS_OK;
    if (strcmp(name, "system") == 0)
        return ks_sources_system(&d->reference, NULL, err);
    if (strcmp(name, "cacerts") == 0)
        return ks_sources_cacerts(&d->reference, NULL, err);
    return add_path(cli, &d->reference, name, err);
}

static void add_key_stores(struct doctor *d)
{
    size_t count = 0;
    for (size_t i = 0; i < d->sources.count; i++)
        count += d->sources.at[i].keys ? d->sources.at[i].store_count : 0;
    d->key_stores = ks_alloc_array(count, sizeof *d->key_stores);
    for (size_t i = 0; i < d->sources.count; i++)
        for (size_t k = 0; d->sources.at[i].keys && k < d->sources.at[i].store_count; k++)
            d->key_stores[d->context.key_store_count++] = d->sources.at[i].stores[k];
}

static void fill_pool(struct doctor *d)
{
    ks_pool_free(d->pool);
    d->pool = NULL;
    if (d->sources.count) {
        d->pool = ks_pool_new();
        ks_sources_fill(&d->sources, d->pool, 0);
    }
    d->context.candidates = d->pool;
}

static void fill_context(const struct cli_doctoring *asked, struct doctor *d)
{
    const struct ks_sources *reference = &d->reference;
    d->doctor = ks_doctor_new();
    fill_pool(d);
    add_key_stores(d);
    d->context.now = ks_now();
    d->context.warn_days = asked->warn_days;
    d->context.purpose = (enum ks_purpose)asked->purpose;
    d->context.hosts = asked->hosts;
    d->context.host_count = asked->host_count;
    d->context.key_stores = d->key_stores;
    if (reference->count && reference->at[0].store_count)
        d->context.reference = reference->at[0].stores[0];
    d->context.open_keys = true;
}

/* What is no host name would be answered for by no certificate. */
static enum ks_code check_hosts(const struct cli_doctoring *asked, struct ks_error *err)
{
    for (size_t i = 0; i < asked->host_count; i++) {
        const char *why = ks_host_refusal(asked->hosts[i]);
        if (why)
            return ks_fail(err, KS_ERR_USAGE, "bad-value", "--host: %.200s is %s", asked->hosts[i],
                           why);
    }
    return KS_OK;
}

bool doctor_begin(struct cli *cli, struct doctor *d)
{
    struct ks_error err = {0};
    *d = (struct doctor){0};
    enum ks_code rc = check_hosts(&cli->doctoring, &err);
    if (rc == KS_OK)
        rc = add_sources(cli, d, &err);
    if (rc == KS_OK)
        rc = add_reference(cli, d, &err);
    if (rc == KS_OK && cli->doctoring.fetch) /* what is wrong with --proxy is said at once */
        rc = asking_how(cli, &(struct ks_fetch){0}, &err);
    if (rc != KS_OK) {
        cli_fail(cli, &err);
        doctor_end(d);
        return false;
    }
    fill_context(&cli->doctoring, d);
    return true;
}

void doctor_end(struct doctor *d)
{
    ks_doctor_free(d->doctor);
    ks_pool_free(d->pool);
    ks_aia_drop(&d->tried);
    ks_sources_drop(&d->sources);
    ks_sources_drop(&d->reference);
    free(d->key_stores);
    *d = (struct doctor){0};
}

/* ---- fetching ---- */

static void say_url(void *ctx, const char *url)
{
    asking_say(ctx, url);
}

static void say_tries(struct cli *cli, const struct ks_aia *aia, size_t from)
{
    for (size_t i = from; i < aia->count; i++) {
        const struct ks_aia_try *one = &aia->at[i];
        if (one->code == KS_ERR_UNSUPPORTED)
            continue; /* no network: said once for all of them */
        if (one->code != KS_OK)
            cli_warn(cli, "%s%s", one->err.what,
                     ks_aia_asks_private(one) && !cli->doctoring.private_too
                         ? ": --private allows it"
                         : "");
        else if (!one->fits)
            cli_warn(cli, "what %s gave is not the issuer", one->url);
    }
}

void doctor_fetch(struct cli *cli, struct doctor *d, const struct ks_store *store,
                  const struct ks_entry *entry)
{
    const struct cli_doctoring *asked = &cli->doctoring;
    struct ks_error err = {0};
    size_t before = d->tried.count;
    struct ks_aia_store about = {
        .doctor = d->doctor, .store = store, .entry = entry, .context = &d->context};
    struct ks_aia_ask ask = {.asking = say_url, .ctx = cli};
    if (!asked->fetch)
        return;
    if (asking_how(cli, &ask.how, &err) != KS_OK ||
        ks_aia_fetch_lacking(&about, &ask, &d->sources, NULL, &d->tried, &err) != KS_OK)
        cli_fail(cli, &err);
    say_tries(cli, &d->tried, before);
    if (d->tried.left_out)
        cli_warn(cli,
                 "%s: %d places were asked, which is enough for one file; %zu more %s an issuer",
                 store->path, KS_AIA_STORE_FETCHES, d->tried.left_out,
                 d->tried.left_out == 1 ? "certificate lacks" : "certificates lack");
    fill_pool(d);
}

/* ---- words ---- */

void doctor_rejects(unsigned rejects, struct ks_buf *out)
{
    const char *separator = "";
    bool all = (rejects & KS_CLIENT_ALL) == KS_CLIENT_ALL;
    if (all) {
        ks_buf_str(out, "every client");
        rejects &= ~(unsigned)KS_CLIENT_ALL;
        separator = ", ";
    }
    for (int bit = 0; bit < KS_CLIENTS; bit++)
        if (rejects & 1u << bit) {
            ks_buf_printf(out, "%s%s", separator, ks_client_name(bit));
            separator = ", ";
        }
}

static void add_word(struct ks_buf *out, const char *option, const char *word)
{
    ks_buf_str(out, option);
    ks_buf_byte(out, ' ');
    ks_shell_word(out, word);
}

void doctor_repair(const struct cli *cli, const char *path, const struct ks_entry *entry,
                   struct ks_buf *out)
{
    const struct cli_doctoring *asked = &cli->doctoring;
    add_word(out, "ksx repair", path);
    if (entry)
        add_word(out, "", entry->alias);
    for (size_t i = 0; i < asked->from_count; i++)
        add_word(out, " --from", asked->from[i]);
    ks_buf_str(out, asked->system ? " --system" : "");
    ks_buf_str(out, asked->cacerts ? " --cacerts" : "");
    ks_buf_str(out, asked->fetch ? " --fetch" : "");
    ks_buf_str(out, asked->fetch && asked->private_too ? " --private" : "");
    if (asked->fetch && asked->proxy)
        add_word(out, " --proxy", asked->proxy);
}

const struct ks_rule_info *doctor_rule(const char *id)
{
    return ks_rule_of(id); /* also of what no rule makes */
}

const char *doctor_title(const char *id)
{
    const struct ks_rule_info *rule = doctor_rule(id);
    const struct ks_catalogue *row = ks_catalogue_of(id);
    return rule ? rule->title : row ? row->rule : "";
}
