#include "cli/capture.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/asking.h"
#include "cli/edit.h"
#include "cli/text.h"
#include "file/input.h"
#include "file/save.h"
#include "op/command.h"
#include "x509/cert.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVERS_MAX 20000
#define LIST_BYTES (4u << 20)
#define AT_ONCE 8

/* ---- which servers ---- */

static enum ks_code bad_list(const char *list, size_t line, struct ks_error *err)
{
    char where[160];
    (void)snprintf(where, sizeof where, "%.120s, line %zu", list, line);
    ks_error_prefix(err, where);
    return err->code;
}

static enum ks_code add_server(struct capture_run *run, const char *word, struct ks_error *err)
{
    const struct cli_capturing *how = &run->cli->capturing;
    if (run->count == SERVERS_MAX)
        return ks_fail(err, KS_ERR_LIMIT, "too-many", "more than %d servers are named",
                       SERVERS_MAX);
    if ((run->count & (run->count - 1)) == 0) /* a power of two: the array is full */
        run->asks = ks_realloc(run->asks, (run->count ? 2 * run->count : 1) * sizeof *run->asks);
    struct ks_capture_ask ask = {.alpn = how->alpn};
    enum ks_code rc = ks_target_parse(word, &ask.target, err);
    if (rc != KS_OK)
        return rc;
    if (how->starttls) {
        ask.target.protocol_given = ks_starttls_by_word(how->starttls, &ask.target.protocol);
        if (!strchr(word, ':'))
            ask.target.port = ks_starttls_port(ask.target.protocol);
    }
    if (how->sni)
        ask.sni = strcmp(how->sni, "none") == 0 ? "" : how->sni;
    ask.dialing.family = (enum ks_family)how->family;
    ask.dialing.seconds = how->seconds;
    run->asks[run->count++] = ask;
    return KS_OK;
}

static enum ks_code read_list(const char *path, struct ks_buf *out, struct ks_error *err)
{
    char chunk[4096], reason[128];
    bool piped = strcmp(path, "-") == 0;
    FILE *f = piped ? stdin : fopen(path, "rb");
    if (!f) {
        (void)ks_fail(err, KS_ERR_IO, errno == ENOENT ? "not-found" : "unreadable",
                      "%.200s was not read: %s", path,
                      ks_input_reason(errno, reason, sizeof reason));
        return ks_fail_next(err, KS_ERR_IO, "name a file with one HOST:PORT a line");
    }
    out->max = LIST_BYTES;
    for (size_t got; !out->overflow && (got = fread(chunk, 1, sizeof chunk, f)) > 0;)
        ks_buf_append(out, chunk, got);
    bool failed = ferror(f) != 0;
    if (!piped)
        (void)fclose(f);
    if (failed)
        return ks_fail(err, KS_ERR_IO, "unreadable", "%.200s was not read", path);
    if (out->overflow || (out->len && memchr(out->data, '\0', out->len)))
        return ks_fail(err, KS_ERR_FORMAT, "no-list", "%.200s is no list of servers", path);
    return KS_OK;
}

/* What follows a '#' is a remark. Returns the word in the line, without blanks around it. */
static char *word_of(char *line)
{
    static const char blanks[] = " \t\r\f\v";
    line += strspn(line, blanks);
    size_t len = strcspn(line, "#");
    while (len && strchr(blanks, line[len - 1]))
        len--;
    line[len] = '\0';
    return line;
}

static enum ks_code add_list(struct capture_run *run, const char *path, struct ks_error *err)
{
    struct ks_buf text = KS_BUF_INIT;
    enum ks_code rc = read_list(path, &text, err);
    char *all = ks_buf_steal(&text), *next = NULL;
    size_t number = 1;
    for (char *line = all; line && rc == KS_OK; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        char *word = word_of(line);
        if (*word && add_server(run, word, err) != KS_OK)
            rc = bad_list(path, number, err);
    }
    free(all);
    return rc;
}

/* Without a server on the command line --from is where they are listed. */
static enum ks_code gather_servers(struct capture_run *run, struct ks_error *err)
{
    struct cli *cli = run->cli;
    struct cli_doctoring *asked = &cli->doctoring;
    const struct cli_capturing *how = &cli->capturing;
    enum ks_code rc = KS_OK;
    for (size_t i = 0; i < cli->operand_count && rc == KS_OK; i++)
        rc = add_server(run, cli->operands[i], err);
    for (size_t i = 0; i < how->server_count && rc == KS_OK; i++)
        rc = add_list(run, how->servers[i], err);
    if (cli->operand_count == 0 && how->server_count == 0) {
        for (size_t i = 0; i < asked->from_count && rc == KS_OK; i++)
            rc = add_list(run, asked->from[i], err);
        asked->from_count = 0;
    }
    if (rc != KS_OK || run->count)
        return rc;
    (void)ks_fail(err, KS_ERR_USAGE, "usage", "no server is named: ksx capture HOST:PORT");
    return ks_fail_next(err, KS_ERR_USAGE, "--servers FILE lists many");
}

/* ---- through what ---- */

static enum ks_code choose_proxies(struct capture_run *run, struct ks_error *err)
{
    enum ks_code rc = KS_OK;
    run->proxies = ks_alloc_array(run->count, sizeof *run->proxies);
    for (size_t i = 0; i < run->count && rc == KS_OK; i++) {
        rc = asking_proxy(run->cli, run->asks[i].target.host, &run->proxies[i], err);
        run->asks[i].dialing.proxy = &run->proxies[i];
    }
    return rc;
}

/* Nobody should go through a proxy without knowing. */
static void say_proxies(const struct capture_run *run)
{
    struct ks_buf text = KS_BUF_INIT, last = KS_BUF_INIT;
    for (size_t i = 0; i < run->count; i++) {
        const struct ks_proxy *p = &run->proxies[i];
        if (p->kind == KS_PROXY_NONE || !p->from)
            continue;
        ks_buf_clear(&text);
        ks_proxy_text(p, &text);
        if (strcmp(ks_buf_text(&text), ks_buf_text(&last)) == 0)
            continue;
        cli_note(run->cli, "asking through the proxy %s; --proxy none asks directly",
                 ks_buf_text(&text));
        ks_buf_clear(&last);
        ks_buf_str(&last, ks_buf_text(&text));
    }
    ks_buf_free(&text);
    ks_buf_free(&last);
}

/* ---- as whom ---- */

static const struct ks_entry *only_key(const struct ks_store *s)
{
    const struct ks_entry *found = NULL;
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (ks_store_entry(s, i)->kind == KS_KIND_KEY) {
            if (found)
                return NULL;
            found = ks_store_entry(s, i);
        }
    return found;
}

static enum ks_code find_identity(struct capture_run *run, struct ks_error *err)
{
    struct capture_identity *id = &run->identity;
    const char *word = run->cli->capturing.client, *alias = NULL;
    char *path = access(word, F_OK) == 0 ? ks_strdup(word) : edit_file_of(word, &alias);
    if (!path)
        return ks_fail(err, KS_ERR_USAGE, "bad-value", "--client: there is no file %.200s", word);
    id->store = edit_open_to_read(run->cli, path);
    free(path);
    if (!id->store)
        return KS_ERR_IO; /* told */
    id->entry = alias ? edit_find(run->cli, id->store, alias) : only_key(id->store);
    if (!id->entry && alias)
        return KS_ERR_NOT_FOUND; /* told */
    if (!id->entry || id->entry->kind != KS_KIND_KEY || !id->entry->chain_len) {
        (void)ks_fail(err, KS_ERR_USAGE, "no-key", "--client: %.200s is no key pair", word);
        return ks_fail_next(err, KS_ERR_USAGE, "name one as FILE:ALIAS; ksx list names them");
    }
    return KS_OK;
}

static enum ks_code open_identity(struct capture_run *run, struct ks_error *err)
{
    struct capture_identity *id = &run->identity;
    if (!run->cli->capturing.client)
        return KS_OK;
    enum ks_code rc = find_identity(run, err);
    if (rc == KS_OK)
        rc = edit_open_key(run->cli, id->store, id->entry, &id->key, err);
    if (rc != KS_OK)
        return rc;
    id->chain = ks_alloc_array(id->entry->chain_len, sizeof(struct ks_cert *));
    for (size_t i = 0; i < id->entry->chain_len; i++)
        id->chain[i] = &id->entry->chain[i];
    for (size_t i = 0; i < run->count; i++) {
        run->asks[i].client_chain = id->chain;
        run->asks[i].client_count = id->entry->chain_len;
        run->asks[i].client_key = &id->key;
    }
    return KS_OK;
}

struct fitting {
    const struct ks_capture *c;
    void (*each)(void *ctx, const struct ks_store *s, const struct ks_entry *e);
    void *ctx;
};

static void look_at(const struct fitting *f, const struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++) {
        const struct ks_entry *e = ks_store_entry(s, i);
        const struct ks_cert *chain[KS_PATH_MAX];
        size_t count = e->chain_len < KS_PATH_MAX ? e->chain_len : KS_PATH_MAX;
        for (size_t k = 0; k < count; k++)
            chain[k] = &e->chain[k];
        if (e->kind == KS_KIND_KEY && count && ks_capture_takes(f->c, chain, count))
            f->each(f->ctx, s, e);
    }
}

void capture_fitting(const struct capture_run *run, const struct ks_capture *c,
                     void (*each)(void *ctx, const struct ks_store *s, const struct ks_entry *e),
                     void *ctx)
{
    const struct fitting f = {c, each, ctx};
    if (!c->demands)
        return;
    if (run->identity.store)
        look_at(&f, run->identity.store);
    for (size_t i = 0; i < run->doctor.context.key_store_count; i++)
        look_at(&f, run->doctor.context.key_stores[i]);
}

/* ---- by what it is judged ---- */

static bool open_trusts(struct capture_run *run)
{
    const struct cli_capturing *how = &run->cli->capturing;
    for (size_t i = 0; i < how->trust_count; i++) {
        run->trusts[i] = edit_open_trust(run->cli, how->trusts[i]);
        if (!run->trusts[i])
            return false;
    }
    return true;
}

/* What public CAs are, as far as this host knows; without them it is only not said who is none. */
static void open_bundle(struct capture_run *run)
{
    if (ks_sources_system(&run->bundle, NULL, NULL) == KS_OK && run->bundle.count &&
        run->bundle.at[0].store_count)
        run->public_cas = run->bundle.at[0].stores[0];
}

static enum ks_code judge_by(struct capture_run *run, struct capture_view *v,
                             const struct ks_store *trust, struct ks_error *err)
{
    const struct ks_outbound_ask ask = {.sent = v->chain,
                                        .count = v->count,
                                        .sent_store = v->c->store,
                                        .trust = trust,
                                        .host = v->host,
                                        .candidates = run->doctor.pool,
                                        .public_cas = run->public_cas,
                                        .now = ks_now()};
    enum ks_code rc =
        ks_outbound_judge(run->doctor.doctor, &ask, NULL, &v->judged[v->judged_count], err);
    if (rc != KS_OK)
        return rc;
    run->untrusted =
        run->untrusted || (trust && v->judged[v->judged_count].verdict != KS_OUTBOUND_TRUSTED);
    v->judged_count++;
    return KS_OK;
}

static void judge(struct capture_run *run, struct capture_view *v)
{
    size_t trusts = run->cli->capturing.trust_count;
    enum ks_code rc = KS_OK;
    v->judged = ks_alloc_array(trusts + 1, sizeof *v->judged);
    for (size_t i = 0; i < trusts && rc == KS_OK; i++)
        rc = judge_by(run, v, run->trusts[i], &v->why);
    if (trusts == 0)
        rc = judge_by(run, v, NULL, &v->why);
    run->untrusted = run->untrusted || (rc != KS_OK && trusts);
}

/* What stands in a truststore that is named cannot be missing. */
static void look_everywhere(struct capture_run *run)
{
    struct doctor *d = &run->doctor;
    if (!run->known || run->known_sources != d->sources.count) {
        ks_pool_free(run->known);
        run->known = ks_pool_new();
        run->known_sources = d->sources.count;
        ks_sources_fill(&d->sources, run->known, 0);
        for (size_t i = 0; i < run->cli->capturing.trust_count; i++)
            ks_pool_add_store(run->known, run->trusts[i], 2);
        if (run->public_cas)
            ks_pool_add_store(run->known, run->public_cas, 3);
    }
    d->context.candidates = run->known;
}

/* The chain as a server's own, and --fetch for what is missing in it: the candidates change. */
static void complete(struct capture_run *run, struct capture_view *v)
{
    struct ks_context *context = &run->doctor.context;
    context->purpose = KS_PURPOSE_SERVER;
    context->hosts = &v->host;
    context->host_count = 1;
    context->open_keys = false;
    v->served = ks_outbound_served(v->chain, v->count, v->target);
    look_everywhere(run);
    doctor_fetch(run->cli, &run->doctor, v->served, NULL);
    look_everywhere(run);
}

#define LACKING_MOST 4

static bool is_published(const struct capture_run *run, const struct capture_view *v)
{
    const struct ks_aia_store about = {
        .doctor = run->doctor.doctor, .store = v->served, .context = &run->doctor.context};
    const struct ks_cert *lacking[LACKING_MOST];
    size_t count = ks_aia_lacking(&about, NULL, lacking, LACKING_MOST), urls = 0;
    for (size_t i = 0; i < count && urls == 0; i++) {
        char **all = ks_aia_urls(lacking[i], &urls, NULL);
        for (size_t k = 0; k < urls; k++)
            free(all[k]);
        free(all);
    }
    return urls > 0;
}

static void diagnose(struct capture_run *run, struct capture_view *v)
{
    struct ks_error err = {0};
    struct doctor *d = &run->doctor;
    if (run->revoked.on)
        revoked_store(run->cli, &run->revoked, d, v->c->store);
    if (ks_outbound_diagnose(d->doctor, v->served, &d->context, NULL, &v->found, &err) != KS_OK)
        cli_fail(run->cli, &err);
    for (int s = (int)run->level; s <= KS_ERROR; s++)
        run->found += v->found.by_severity[s];
}

static void judge_stapled(struct capture_view *v)
{
    if (v->judged_count)
        ks_outbound_stapled(&v->judged[0], v->chain[0],
                            ks_slice(v->c->stapled.data, v->c->stapled.len), ks_now(), &v->stapled);
}

static void compare(const struct capture_run *run, struct capture_view *v, size_t i)
{
    const struct ks_captured *direct = run->direct ? &run->direct[i] : NULL;
    if (!direct || !direct->ask)
        return;
    if (direct->code != KS_OK) {
        v->direct_err = &direct->err;
        return;
    }
    size_t count = 0;
    const struct ks_cert **chain = ks_capture_chain(&direct->capture, &count);
    v->direct = count && v->count;
    if (v->direct)
        v->compared = ks_outbound_compare(chain[0], v->chain[0], v->c->via ? v->c->via : "");
    free(chain);
}

static struct capture_view view_of(struct capture_run *run, size_t i)
{
    const struct ks_captured *one = &run->captured[i];
    struct capture_view v = {.one = one, .c = one->code == KS_OK ? &one->capture : NULL};
    (void)ks_target_text(&one->ask->target, v.target);
    v.host = one->ask->sni && *one->ask->sni ? one->ask->sni : one->ask->target.host;
    if (!v.c || !v.c->store)
        return v;
    v.chain = ks_capture_chain(v.c, &v.count);
    complete(run, &v);
    judge(run, &v);
    diagnose(run, &v);
    v.published = !run->cli->doctoring.fetch && is_published(run, &v);
    judge_stapled(&v);
    compare(run, &v, i);
    run->doctor.context.hosts = NULL; /* it is in `v` */
    run->doctor.context.host_count = 0;
    return v;
}

static void view_drop(struct capture_view *v)
{
    for (size_t i = 0; i < v->judged_count; i++)
        ks_outbound_drop(&v->judged[i]);
    free(v->judged);
    free(v->chain);
    ks_diagnosis_drop(&v->found);
    ks_store_free(v->served);
    ks_status_drop(&v->stapled);
    free(v->compared);
}

/* ---- what both forms say ---- */

bool capture_refused(const struct ks_capture *c)
{
    return c->required && c->gave;
}

bool capture_wants_client(const struct ks_capture *c)
{
    return c->required && !c->gave && c->store;
}

const char *capture_role_word(enum ks_outbound_role role)
{
    static const char *const words[] = {[KS_OUTBOUND_ROOT] = "root",
                                        [KS_OUTBOUND_ISSUER] = "issuer",
                                        [KS_OUTBOUND_LEAF] = "leaf",
                                        [KS_OUTBOUND_EXTRA] = "extra"};
    return words[role];
}

const struct ks_outbound_row *capture_sent_row(const struct capture_view *v, size_t sent)
{
    for (size_t i = 0; v->judged_count && i < v->judged[0].count; i++)
        if (v->judged[0].rows[i].sent == (int)sent)
            return &v->judged[0].rows[i];
    return NULL;
}

static const struct ks_outbound_row *recommended(const struct ks_outbound *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->rows[i].recommended)
            return &o->rows[i];
    return NULL;
}

static bool was_fetched(const struct capture_run *run, const struct ks_store *store)
{
    const struct ks_sources *sources = &run->doctor.sources;
    for (size_t i = 0; i < sources->count; i++)
        for (size_t k = 0; k < sources->at[i].store_count; k++)
            if (sources->at[i].stores[k] == store)
                return sources->at[i].kind == KS_SOURCE_NETWORK;
    return false;
}

/* As it came: the fingerprint of the next command judges it. */
static char *fetched_again(const struct ks_outbound_row *row, struct ks_commands *out)
{
    char *file = ks_asprintf("%s.crt", row->alias);
    for (char *slash = file; (slash = strchr(slash, '/'));)
        *slash = '-';
    ks_command(out, "curl -fsSL -o ./%s %s", file, row->found->store->path);
    return file;
}

/* A file that has the certificate: where it was found, or what -o writes. */
static char *file_with(const struct capture_run *run, const struct capture_view *v,
                       const struct ks_outbound_row *row, struct ks_commands *out)
{
    const char *output = run->cli->output;
    if (row->found && was_fetched(run, row->found->store))
        return fetched_again(row, out);
    if (row->found && row->found->store)
        return ks_strdup(row->found->store->path);
    if (output && strcmp(output, "-") != 0)
        return ks_strdup(output);
    char *file = ks_asprintf("%s.pem", v->one->ask->target.host);
    ks_command(out, "ksx capture %s -o %s", v->target, file);
    return file;
}

/* What belongs to a JVM is copied. */
static const char *store_for(const struct ks_store *trust, bool *copied, struct ks_commands *out)
{
    static const char copy[] = "outbound.p12", fresh[] = "truststore.p12";
    char room[4352];
    *copied = trust && ks_save_discouraged(trust->path, room, sizeof room);
    if (*copied)
        ks_command(out, "ksx convert %s --to pkcs12 -o %s", trust->path, copy);
    return *copied ? copy : trust ? trust->path : fresh;
}

void capture_commands(const struct capture_run *run, const struct capture_view *v, size_t judged,
                      struct ks_commands *out)
{
    const struct ks_outbound *o = &v->judged[judged];
    const struct ks_outbound_row *row = recommended(o);
    struct ks_buf print = KS_BUF_INIT;
    uint8_t sha256[32];
    bool copied;
    if (!row || (row->found && row->found->store == run->public_cas && !run->trusts[judged]))
        return;
    const char *into = store_for(run->trusts[judged], &copied, out);
    char *file = file_with(run, v, row, out);
    ks_cert_sha256(row->cert, sha256);
    ks_text_hex(ks_slice(sha256, sizeof sha256), '\0', false, &print);
    ks_command(out, "ksx import %s --cert %s --fingerprint %s --alias %s", into, file,
               ks_buf_text(&print), row->alias);
    if (copied)
        ks_command(out, "ksx snippet %s --for jvm", into);
    ks_buf_free(&print);
    free(file);
}

/* ---- asking ---- */

static struct ks_job *running; /* for the signal */

static void interrupted(int number)
{
    (void)number;
    ks_job_cancel(running);
}

struct progress {
    size_t ended, count;
    bool tells;
};

static void progress(void *ctx, const struct ks_captured *one)
{
    struct progress *p = ctx;
    (void)one;
    p->ended++;
    if (!p->tells)
        return;
    (void)fprintf(stderr, "\r\033[Kasking servers: %zu of %zu", p->ended, p->count);
    (void)fflush(stderr);
}

static void ask_all(struct capture_run *run, const struct ks_capture_ask *asks, size_t count,
                    struct ks_captured *out)
{
    struct progress p = {.count = count, .tells = !run->cli->quiet && isatty(STDERR_FILENO)};
    char target[KS_TARGET_TEXT];
    if (p.tells && count == 1)
        (void)fprintf(stderr, "asking %s", ks_target_text(&asks[0].target, target));
    else if (p.tells)
        (void)fprintf(stderr, "asking %zu servers", count);
    ks_capture_many(asks, count, AT_ONCE, running, progress, &p, out);
    if (p.tells)
        (void)fputs("\r\033[K", stderr);
}

static size_t count_proxied(const struct capture_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++)
        count += run->proxies[i].kind != KS_PROXY_NONE;
    return count;
}

static bool was_proxied(const struct capture_run *run, size_t i)
{
    return run->proxies[i].kind != KS_PROXY_NONE && run->captured[i].code == KS_OK;
}

/* Those that were asked through a proxy, once more without it. */
static void ask_directly(struct capture_run *run, struct ks_capture_ask *asks)
{
    struct ks_captured *out = ks_alloc_array(run->count, sizeof *out);
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++)
        if (was_proxied(run, i)) {
            asks[count] = run->asks[i];
            asks[count++].dialing.proxy = NULL;
        }
    ask_all(run, asks, count, out);
    run->direct = ks_alloc_array(run->count, sizeof *run->direct);
    for (size_t i = 0, k = 0; i < run->count; i++)
        if (was_proxied(run, i))
            run->direct[i] = out[k++];
    free(out);
}

/* False when it was stopped. `asks`: room for the direct ones. */
static bool ask(struct capture_run *run, struct ks_capture_ask *asks)
{
    struct sigaction catch = {.sa_handler = interrupted}, before;
    running = ks_job_new();
    (void)sigemptyset(&catch.sa_mask);
    (void)sigaction(SIGINT, &catch, &before);
    ask_all(run, run->asks, run->count, run->captured);
    if (run->cli->capturing.compare_direct && !ks_job_stopped(running))
        ask_directly(run, asks);
    bool whole = !ks_job_stopped(running);
    (void)sigaction(SIGINT, &before, NULL);
    ks_job_free(running);
    return whole;
}

/* Whatever the cause, no TLS came of it; a name that cannot be asked for is a mistake of ours. */
static void settle_errors(struct capture_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct ks_captured *one = &run->captured[i];
        if (one->code != KS_OK && one->code != KS_ERR_CANCELLED && one->code != KS_ERR_USAGE)
            one->code = one->err.code = KS_ERR_NETWORK;
    }
}

/* ---- certificates alone ---- */

static void put_pem(const struct capture_run *run, struct ks_buf *out)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct ks_captured *one = &run->captured[i];
        char target[KS_TARGET_TEXT];
        size_t count = 0;
        if (one->code != KS_OK || !one->capture.store)
            continue;
        const struct ks_cert **chain = ks_capture_chain(&one->capture, &count);
        if (run->count > 1)
            ks_buf_printf(out, "# %s\n", ks_target_text(&one->ask->target, target));
        for (size_t k = 0; k < count; k++)
            ks_pem_write("CERTIFICATE", ks_cert_der(chain[k]), out);
        free(chain);
    }
}

static bool has_certs(const struct capture_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->captured[i].code == KS_OK && run->captured[i].capture.store)
            return true;
    return false;
}

/* What --pem prints and -o writes. */
static void write_pem(struct capture_run *run)
{
    struct cli *cli = run->cli;
    struct ks_buf pem = KS_BUF_INIT;
    if (!has_certs(run))
        return;
    put_pem(run, &pem);
    if (cli->output && !edit_on_stdout(cli))
        (void)edit_write_file(cli, cli->output, ks_slice(pem.data, pem.len), 0644,
                              "the certificates");
    else
        text_own(cli, ks_buf_text(&pem));
    ks_buf_free(&pem);
}

/* ---- the whole ---- */

/* What is told on standard output anyway is not told as an error as well. */
static void fail_one(struct capture_run *run, const struct capture_view *v, bool told)
{
    struct cli *cli = run->cli;
    if (v->one->code != KS_OK && v->one->code != KS_ERR_CANCELLED && told)
        cli_failed(cli, &v->one->err);
    else if (v->one->code != KS_OK && v->one->code != KS_ERR_CANCELLED)
        cli_fail(cli, &v->one->err);
    else if (v->c && !v->c->store && !cli->exit)
        cli->exit = CLI_NETWORK;
}

/* With a chain in hand, what came after it counts for who shows a certificate or sets a bar. */
static bool broke_off(const struct capture_run *run, const struct ks_capture *c)
{
    if (!c || c->end == KS_CAPTURE_DONE || capture_wants_client(c))
        return false;
    return capture_refused(c) || run->cli->capturing.trust_count || run->cli->doctoring.fail;
}

static void tell(struct capture_run *run, bool pem)
{
    struct cli *cli = run->cli;
    if (cli->json)
        json_array_begin(cli, "servers");
    for (size_t i = 0; i < run->count; i++) {
        struct capture_view v = view_of(run, i);
        if (cli->json)
            json_element(cli, capture_json(run, &v));
        else if (!pem)
            capture_text(run, &v);
        fail_one(run, &v, !pem && !cli->json);
        run->unfinished = run->unfinished || broke_off(run, v.c);
        view_drop(&v);
    }
    if (cli->json)
        json_array_end(cli);
}

static void run_all(struct capture_run *run)
{
    struct cli *cli = run->cli;
    bool pem = cli->capturing.pem || (cli->output && edit_on_stdout(cli));
    struct ks_capture_ask *again = ks_alloc_array(run->count, sizeof *again);
    run->captured = ks_alloc_array(run->count, sizeof *run->captured);
    bool whole = ask(run, again);
    settle_errors(run);
    tell(run, pem);
    if (pem || cli->output)
        write_pem(run);
    if (cli->capturing.compare_direct && count_proxied(run) == 0)
        cli_note(cli, "there is nothing to compare: no proxy was used");
    if (!whole)
        cli->exit = CAPTURE_INTERRUPTED;
    else if (!cli->exit && (run->found || run->untrusted || run->unfinished))
        cli->exit = CLI_FINDINGS;
    free(again);
}

static enum ks_code prepare(struct capture_run *run, struct ks_error *err)
{
    struct cli *cli = run->cli;
    enum ks_code rc = KS_OK;
    if (cli->capturing.pem && cli->json)
        rc = ks_fail(err, KS_ERR_USAGE, "usage", "--pem and --json exclude each other");
    if (rc == KS_OK)
        rc = gather_servers(run, err);
    if (rc == KS_OK && !ks_network())
        rc = ks_no_network("capturing", err);
    if (rc == KS_OK && cli->output && !edit_on_stdout(cli))
        rc = edit_look_at_place(cli, cli->output, err);
    if (rc == KS_OK)
        rc = choose_proxies(run, err);
    if (rc == KS_OK)
        rc = open_identity(run, err);
    return rc;
}

static void drop(struct capture_run *run)
{
    for (size_t i = 0; i < run->count && run->captured; i++)
        ks_capture_drop(&run->captured[i].capture);
    for (size_t i = 0; i < run->count && run->direct; i++)
        ks_capture_drop(&run->direct[i].capture);
    for (size_t i = 0; i < run->count && run->proxies; i++)
        ks_proxy_drop(&run->proxies[i]);
    for (size_t i = 0; i < CLI_TRUSTS_MAX; i++)
        ks_store_free(run->trusts[i]);
    free(run->captured);
    free(run->direct);
    free(run->proxies);
    free(run->asks);
    ks_material_drop(&run->identity.key);
    free(run->identity.chain);
    ks_store_free(run->identity.store);
    ks_pool_free(run->known);
    ks_sources_drop(&run->bundle);
}

int cli_run_capture(struct cli *cli)
{
    struct capture_run run = {
        .cli = cli,
        .level = cli->doctoring.fail ? (enum ks_severity)cli->doctoring.fail : KS_ERROR,
    };
    struct ks_error err = {0};
    edit_begin(cli);
    if (prepare(&run, &err) != KS_OK) {
        if (err.code != KS_OK)
            cli_fail(cli, &err);
    } else if (open_trusts(&run) && doctor_begin(cli, &run.doctor)) {
        if (revoked_begin(cli, &run.revoked)) {
            open_bundle(&run);
            say_proxies(&run);
            run_all(&run);
            revoked_end(&run.revoked);
        }
        doctor_end(&run.doctor);
    }
    drop(&run);
    return edit_end(cli);
}
