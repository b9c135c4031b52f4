/*
 * ksx prove: whether a chain works, by those who judge it; of a file without a private key, whether
 * a JVM with this truststore takes it.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "chain/served.h"
#include "cli/edit.h"
#include "cli/text.h"
#include "doctor/prove.h"
#include "x509/cert.h"
#include "x509/host.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 64 /* certificates; longer ones are refused */
#define LABEL 15     /* cells of the first column */

/* What is proven. */
struct claim {
    struct ks_store *store, *trust; /* trust NULL: the end of the chain */
    const struct ks_entry *entry;   /* NULL: the certificates of the file, as they stand there */
    const struct ks_cert *chain[CHAIN_MAX];
    size_t count;
    struct ks_material key;
    const char *host;
};

/* ---- what is given ---- */

static bool put_chain(struct claim *c, const struct ks_entry *e)
{
    for (size_t i = 0; i < e->chain_len; i++) {
        if (c->count == CHAIN_MAX)
            return false;
        c->chain[c->count++] = &e->chain[i];
    }
    return true;
}

static const struct ks_entry *only_key(const struct ks_store *s, size_t *keys)
{
    const struct ks_entry *found = NULL;
    *keys = 0;
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (ks_store_entry(s, i)->kind == KS_KIND_KEY) {
            found = ks_store_entry(s, i);
            ++*keys;
        }
    return *keys == 1 ? found : NULL;
}

static bool is_keystore(const struct ks_store *s)
{
    return s->format->caps & KS_CAP_STORE;
}

static enum ks_code name_one(const struct ks_store *s, const char *why, struct ks_error *err)
{
    (void)ks_fail(err, KS_ERR_USAGE, "usage", "%.200s %s", s->path, why);
    return ks_fail_next(err, KS_ERR_USAGE, "name an entry behind the file; ksx list names them");
}

/* A file in PEM is sent as it stands. False: it says nothing of an order. */
static bool put_file(struct claim *c, bool *fits)
{
    size_t count;
    const struct ks_cert **all = ks_served(c->store, &count);
    *fits = count <= CHAIN_MAX;
    for (size_t i = 0; i < count && *fits; i++)
        c->chain[c->count++] = all[i];
    free(all);
    return count > 0;
}

/* The entry of the alias; else the only private key; else all certificates of a file that is no
 * keystore. */
static enum ks_code choose(struct cli *cli, struct claim *c, struct ks_error *err)
{
    size_t keys;
    bool fits = true;
    if (cli->operand_count > 1) {
        c->entry = edit_find(cli, c->store, cli->operands[1]);
        if (!c->entry)
            return KS_ERR_NOT_FOUND; /* told */
    } else {
        c->entry = only_key(c->store, &keys);
        if (keys > 1)
            return name_one(c->store, "has several private keys", err);
        if (!c->entry && is_keystore(c->store))
            return name_one(c->store, "has no private key", err);
    }
    bool whole = !c->entry || c->entry->kind == KS_KIND_KEY;
    bool ordered = whole && put_file(c, &fits);
    if (c->entry && !ordered)
        fits = put_chain(c, c->entry);
    bool loose = cli->operand_count == 1 && !ordered && c->count == 0; /* foreign certificates */
    for (size_t i = 0; loose && fits && i < ks_store_count(c->store); i++)
        fits = put_chain(c, ks_store_entry(c->store, i));
    if (!fits)
        return ks_fail(err, KS_ERR_LIMIT, "too-many", "%.200s has more than %d certificates",
                       c->store->path, CHAIN_MAX);
    if (c->count == 0)
        return ks_fail(err, KS_ERR_USAGE, "no-chain", "there is no certificate in %.200s to prove",
                       c->store->path);
    return KS_OK;
}

static enum ks_code check_host(struct cli *cli, struct claim *c, struct ks_error *err)
{
    const struct cli_doctoring *asked = &cli->doctoring;
    if (asked->host_count > 1)
        return ks_fail(err, KS_ERR_USAGE, "usage", "--host is given once: one name is proven");
    if (asked->host_count == 0)
        return KS_OK;
    c->host = asked->hosts[0];
    const char *why = ks_host_refusal(c->host);
    if (cli->proving.client)
        return ks_fail(err, KS_ERR_USAGE, "usage",
                       "--host and --client exclude each other: nobody asks a client for its name");
    return why ? ks_fail(err, KS_ERR_USAGE, "bad-value", "--host: %.200s is %s", c->host, why)
               : KS_OK;
}

/* ---- text ---- */

static enum report_state state_of(enum ks_proof_state state)
{
    return state == KS_PROOF_GOOD ? REPORT_OK : state == KS_PROOF_BAD ? REPORT_ERR : REPORT_NONE;
}

static void begin_line(struct cli *cli, enum report_state state, const char *label)
{
    text_own(cli, "  ");
    text_badge(cli, state);
    text_own(cli, " ");
    text_padded(cli, label, LABEL);
    text_own(cli, " ");
}

static void say(struct cli *cli, enum report_state state, const char *label, const char *text)
{
    begin_line(cli, state, label);
    (void)text_ext(cli, text);
    text_line(cli);
}

static void say_check(struct cli *cli, const char *label, const struct ks_proof_check *check)
{
    if (check->text)
        say(cli, state_of(check->state), label, check->text);
}

static enum report_state state_of_link(const struct ks_proof_link *l)
{
    if (l->signature == KS_VERDICT_GOOD && l->names_equal)
        return l->ids == 0 ? REPORT_WARN : REPORT_OK;
    return l->signature == KS_VERDICT_UNKNOWN ? REPORT_WARN : REPORT_ERR;
}

static void say_link(struct cli *cli, const struct ks_proof_link *l)
{
    char label[48];
    if (l->issuer == SIZE_MAX)
        (void)snprintf(label, sizeof label, "%zu by trusted", l->cert);
    else if (l->issuer == l->cert)
        (void)snprintf(label, sizeof label, "%zu by itself", l->cert);
    else
        (void)snprintf(label, sizeof label, "%zu by %zu", l->cert, l->issuer);
    begin_line(cli, state_of_link(l), label);
    (void)text_ext(cli, l->text);
    if (l->ids == 0)
        text_own(cli, "; the key ids differ");
    text_line(cli);
}

static void say_certificates(struct cli *cli, const struct claim *c)
{
    for (size_t i = 0; i < c->count; i++) {
        struct ks_buf name = KS_BUF_INIT;
        ks_name_text(ks_cert_part(c->chain[i], c->chain[i]->subject), &name);
        text_printf(cli, "  %zu ", i);
        (void)text_ext_n(cli, ks_buf_text(&name), name.len);
        text_line(cli);
        ks_buf_free(&name);
    }
}

static void say_proof(struct cli *cli, const struct claim *c, const struct ks_proof *p)
{
    if (!cli->quiet) {
        say_certificates(cli, c);
        for (size_t i = 0; i < p->link_count; i++)
            say_link(cli, &p->links[i]);
        say_check(cli, "private key", &p->key);
        say_check(cli, "host name", &p->host);
        say_check(cli, "order", &p->order);
        say_check(cli, "OpenSSL", &p->openssl);
        if (p->openssl_strict.state != p->openssl.state)
            say_check(cli, "OpenSSL, strict", &p->openssl_strict);
        if (p->openssl_lenient.state != p->openssl.state)
            say_check(cli, "OpenSSL, lenient", &p->openssl_lenient);
        say_check(cli, "Java", &p->java);
        say_check(cli, "handshake", &p->handshake);
        if (p->server_said)
            say(cli, REPORT_NONE, "  server", p->server_said);
        if (p->client_said)
            say(cli, REPORT_NONE, "  client", p->client_said);
    }
    (void)text_ext(cli, p->verdict);
    text_line(cli);
    if (!cli->quiet && !p->proven && !c->trust) {
        text_own(cli, "--trust FILE says what the other side trusts.");
        text_line(cli);
    }
}

/* ---- JSON ---- */

static json_t *text_or_null(const char *text)
{
    return text ? json_ext_z(text) : json_null();
}

static json_t *check_object(const struct ks_proof_check *check)
{
    static const char *const words[] = {
        [KS_PROOF_NOT_TRIED] = "not-tried", [KS_PROOF_GOOD] = "good", [KS_PROOF_BAD] = "bad"};
    json_t *o = json_object();
    json_put(o, "state", json_string(words[check->state]));
    json_put(o, "text", text_or_null(check->text));
    return o;
}

static json_t *link_object(const struct ks_proof_link *l)
{
    static const char *const verdicts[] = {
        [KS_VERDICT_UNKNOWN] = "unknown", [KS_VERDICT_GOOD] = "good", [KS_VERDICT_BAD] = "bad"};
    json_t *o = json_object();
    json_put(o, "certificate", json_integer((json_int_t)l->cert));
    json_put(o, "issuer",
             l->issuer == SIZE_MAX ? json_string("trusted") : json_integer((json_int_t)l->issuer));
    json_put(o, "namesEqual", json_boolean(l->names_equal));
    json_put(o, "keyIds", json_string(l->ids < 0 ? "absent" : l->ids ? "equal" : "differ"));
    json_put(o, "signature", json_string(verdicts[l->signature]));
    json_put(o, "text", json_ext_z(l->text));
    return o;
}

static json_t *handshake_object(const struct ks_proof *p)
{
    json_t *o = check_object(&p->handshake);
    json_put(o, "protocol", text_or_null(p->protocol));
    json_put(o, "cipher", text_or_null(p->cipher));
    json_put(o, "sent", json_integer((json_int_t)p->sent));
    json_put(o, "serverSaid", text_or_null(p->server_said));
    json_put(o, "clientSaid", text_or_null(p->client_said));
    return o;
}

static json_t *verdict_object(const struct ks_java_verdict *v)
{
    json_t *o = json_object();
    json_put(o, "accepted", v->unjudged ? json_null() : json_boolean(v->accepted));
    json_put(o, "anchor", text_or_null(v->anchor ? v->anchor->alias : NULL));
    json_put(o, "text", json_ext_z(v->text));
    json_put(o, "finding", text_or_null(v->id));
    return o;
}

static void put_json(struct cli *cli, const struct claim *c, const struct ks_proof *p,
                     const struct ks_java_verdict *java)
{
    json_member(cli, "file", json_ext_z(c->store->path));
    json_member(cli, "alias", text_or_null(c->entry ? c->entry->alias : NULL));
    json_member(cli, "trust", text_or_null(c->trust ? c->trust->path : NULL));
    json_member(cli, "host", text_or_null(c->host));
    json_array_begin(cli, "chain");
    for (size_t i = 0; i < c->count; i++)
        json_element(cli, json_cert(c->chain[i], NULL, (int)i, false));
    json_array_end(cli);
    json_array_begin(cli, "links");
    for (size_t i = 0; i < p->link_count; i++)
        json_element(cli, link_object(&p->links[i]));
    json_array_end(cli);
    json_member(cli, "privateKey", check_object(&p->key));
    json_member(cli, "order", check_object(&p->order));
    json_member(cli, "hostName", check_object(&p->host));
    json_member(cli, "openssl", check_object(&p->openssl));
    json_member(cli, "opensslStrict", check_object(&p->openssl_strict));
    json_member(cli, "opensslLenient", check_object(&p->openssl_lenient));
    json_member(cli, "java", java ? verdict_object(java) : check_object(&p->java));
    json_member(cli, "handshake", handshake_object(p));
    json_member(cli, "proven", json_boolean(p->proven));
    json_member(cli, "verdict", json_ext_z(p->verdict));
}

/* ---- the command ---- */

static void tell(struct cli *cli, const struct claim *c, const struct ks_proof *p)
{
    struct ks_java_verdict java = {0};
    if (!cli->json) {
        say_proof(cli, c, p);
        return;
    }
    if (c->trust)
        ks_java_judge(NULL, c->chain, c->count, c->trust, cli->proving.client ? NULL : c->host,
                      cli->proving.client, ks_now(), &java);
    put_json(cli, c, p, c->trust ? &java : NULL);
    ks_java_verdict_drop(&java);
}

static enum ks_code prove(struct cli *cli, struct claim *c, struct ks_error *err)
{
    struct ks_proof proof = {0};
    enum ks_code rc = check_host(cli, c, err);
    if (rc == KS_OK)
        rc = choose(cli, c, err);
    if (rc == KS_OK)
        rc = edit_open_key(cli, c->store, c->entry, &c->key, err);
    if (rc != KS_OK)
        return rc;
    struct ks_doctor *doctor = ks_doctor_new();
    struct ks_proof_args args = {.chain = c->chain,
                                 .count = c->count,
                                 .key = c->key.bytes ? &c->key : NULL,
                                 .trust = c->trust,
                                 .host = c->host,
                                 .client = cli->proving.client,
                                 .now = ks_now()};
    rc = ks_prove(doctor, &args, NULL, &proof, err);
    ks_material_drop(&c->key);
    if (rc == KS_OK) {
        tell(cli, c, &proof);
        if (!proof.proven && cli->exit == CLI_DONE)
            cli->exit = CLI_FINDINGS;
    }
    ks_proof_drop(&proof);
    ks_doctor_free(doctor);
    return rc;
}

int cli_run_prove(struct cli *cli)
{
    struct claim claim = {0};
    struct ks_error err = {0};
    edit_begin(cli);
    claim.store = edit_open_to_read(cli, cli->operands[0]);
    if (claim.store && cli->proving.trust)
        claim.trust = edit_open_trust(cli, cli->proving.trust);
    if (claim.store && (claim.trust || !cli->proving.trust) && prove(cli, &claim, &err) != KS_OK &&
        err.code != KS_OK)
        cli_fail(cli, &err);
    ks_material_drop(&claim.key);
    ks_store_free(claim.trust);
    ks_store_free(claim.store);
    return edit_end(cli);
}
