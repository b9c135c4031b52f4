/* What a server sends, as JSON. */
#include "base/alloc.h"
#include "base/text.h"
#include "cli/capture.h"
#include "cli/check.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text)
{
    return text ? json_ext_z(text) : json_null();
}

static json_t *from_buf(struct ks_buf *b)
{
    json_t *value = json_ext(ks_buf_text(b), b->len);
    ks_buf_free(b);
    return value;
}

/* ---- the connection ---- */

static const char *end_word(enum ks_capture_end end)
{
    static const char *const words[] = {[KS_CAPTURE_DONE] = "done",
                                        [KS_CAPTURE_ALERT] = "alert",
                                        [KS_CAPTURE_CLOSED] = "closed",
                                        [KS_CAPTURE_OURS] = "broken",
                                        [KS_CAPTURE_TIMEOUT] = "timeout"};
    return words[end];
}

static void add_fitting(void *ctx, const struct ks_store *s, const struct ks_entry *e)
{
    json_t *o = json_object();
    json_put(o, "file", json_ext_z(s->path));
    json_put(o, "alias", json_ext_z(e->alias));
    (void)json_array_append_new(ctx, o);
}

static json_t *client_object(const struct capture_run *run, const struct ks_capture *c)
{
    json_t *o = json_object(), *cas = json_array(), *fits = json_array();
    for (size_t i = 0; i < c->ca_count; i++) {
        struct ks_buf name = KS_BUF_INIT;
        ks_name_text(c->cas[i], &name);
        (void)json_array_append_new(cas, from_buf(&name));
    }
    capture_fitting(run, c, add_fitting, fits);
    json_put(o, "demanded", json_boolean(c->demands));
    json_put(o, "required", json_boolean(c->required));
    json_put(o, "given", json_boolean(c->gave));
    json_put(o, "acceptedIssuers", cas);
    json_put(o, "keyTypes", text_or_null(c->key_types));
    json_put(o, "fitting", fits);
    return o;
}

static json_t *stapled_object(const struct capture_view *v)
{
    const struct ks_status *s = &v->stapled;
    json_t *o = json_object();
    if (!v->c->stapled.len) {
        json_decref(o);
        return json_null();
    }
    json_put(o, "status", json_string(s->from ? ks_status_name(s->word) : "unknown"));
    json_put(o, "until", json_time(s->from ? s->until : KS_TIME_NONE));
    json_put(o, "why", text_or_null(s->why));
    return o;
}

static void put_connection(const struct capture_run *run, const struct capture_view *v, json_t *o)
{
    const struct ks_capture *c = v->c;
    json_put(o, "address", text_or_null(c->address));
    json_put(o, "via", text_or_null(c->via));
    json_put(o, "sni", text_or_null(c->sni));
    json_put(o, "time", json_time(c->at));
    json_put(o, "end", json_string(end_word(c->end)));
    json_put(o, "alert", text_or_null(c->alert));
    json_put(o, "alertMeans", text_or_null(c->alert_means));
    json_put(o, "failed", text_or_null(c->failed));
    json_put(o, "protocol", text_or_null(c->protocol));
    json_put(o, "cipher", text_or_null(c->cipher));
    json_put(o, "group", text_or_null(c->group));
    json_put(o, "signature", text_or_null(c->signature));
    json_put(o, "alpn", text_or_null(c->alpn));
    json_put(o, "clientCertificate", client_object(run, c));
    json_put(o, "stapled", stapled_object(v));
}

/* ---- the chain ---- */

static json_t *sent_list(const struct capture_view *v)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->count; i++) {
        const struct ks_outbound_row *row = capture_sent_row(v, i);
        json_t *o = json_cert(v->chain[i], NULL, (int)i, false);
        json_put(o, "role", row ? json_string(capture_role_word(row->role)) : json_null());
        (void)json_array_append_new(list, o);
    }
    return list;
}

static json_t *missing_list(const struct ks_outbound *judged)
{
    json_t *list = json_array();
    for (size_t i = 0; i < judged->count; i++) {
        const struct ks_outbound_row *row = &judged->rows[i];
        struct ks_buf where = KS_BUF_INIT;
        if (row->sent >= 0)
            continue;
        json_t *o = json_cert(row->cert, NULL, -1, false);
        ks_source_where(row->found, NULL, &where);
        json_put(o, "role", json_string(capture_role_word(row->role)));
        json_put(o, "found", from_buf(&where));
        (void)json_array_append_new(list, o);
    }
    return list;
}

static json_t *host_object(const struct capture_view *v)
{
    static const char *const words[] = {
        [KS_PROOF_NOT_TRIED] = "not-tried", [KS_PROOF_GOOD] = "good", [KS_PROOF_BAD] = "bad"};
    const struct ks_proof_check *check = &v->judged[0].proof.host;
    json_t *o = json_object();
    json_put(o, "name", text_or_null(v->host));
    json_put(o, "state", json_string(words[check->state]));
    json_put(o, "text", text_or_null(check->text));
    return o;
}

/* ---- the verdicts ---- */

static json_t *recommended_object(const struct ks_outbound *judged)
{
    for (size_t i = 0; i < judged->count; i++) {
        const struct ks_outbound_row *row = &judged->rows[i];
        if (!row->recommended)
            continue;
        json_t *o = json_cert(row->cert, NULL, row->sent, false);
        json_put(o, "role", json_string(capture_role_word(row->role)));
        json_put(o, "means", json_string(row->means));
        json_put(o, "alias", json_ext_z(row->alias));
        return o;
    }
    return json_null();
}

static json_t *commands_list(const struct capture_run *run, const struct capture_view *v, size_t i)
{
    struct ks_commands commands = {0};
    json_t *list = json_array();
    capture_commands(run, v, i, &commands);
    for (size_t k = 0; k < commands.count; k++)
        (void)json_array_append_new(list, json_ext_z(commands.at[k]));
    ks_commands_drop(&commands);
    return list;
}

static json_t *verdict_object(const struct capture_run *run, const struct capture_view *v, size_t i)
{
    static const char *const words[] = {[KS_OUTBOUND_UNJUDGED] = "unjudged",
                                        [KS_OUTBOUND_TRUSTED] = "trusted",
                                        [KS_OUTBOUND_NO_ANCHOR] = "no-anchor",
                                        [KS_OUTBOUND_OTHER] = "refused"};
    const struct ks_outbound *judged = &v->judged[i];
    const struct ks_java_verdict *java = &judged->java;
    json_t *o = json_object();
    json_put(o, "trust", text_or_null(run->trusts[i] ? run->trusts[i]->path : NULL));
    json_put(o, "verdict", json_string(words[judged->verdict]));
    json_put(o, "text", json_ext_z(judged->verdict_text));
    json_put(o, "anchor", text_or_null(java->anchor ? java->anchor->alias : NULL));
    json_put(o, "java", text_or_null(java->text));
    json_put(o, "finding", text_or_null(java->id));
    json_put(o, "recommended", recommended_object(judged));
    json_put(o, "commands", commands_list(run, v, i));
    return o;
}

static json_t *findings_list(const struct capture_view *v)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->found.count; i++)
        (void)json_array_append_new(list, check_json_finding(&v->found.at[i]));
    return list;
}

static json_t *compared_object(const struct capture_view *v)
{
    if (!v->direct)
        return json_null();
    json_t *o = json_object();
    json_put(o, "same", json_boolean(!v->compared));
    json_put(o, "text", text_or_null(v->compared));
    return o;
}

static void put_judged(const struct capture_run *run, const struct capture_view *v, json_t *o)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->judged_count; i++)
        (void)json_array_append_new(list, verdict_object(run, v, i));
    json_put(o, "hostName", v->judged_count ? host_object(v) : json_null());
    json_put(o, "notSent", v->judged_count ? missing_list(&v->judged[0]) : json_array());
    json_put(o, "missing", text_or_null(v->judged_count ? v->judged[0].missing : NULL));
    json_put(o, "findings", findings_list(v));
    json_put(o, "trust", list);
    json_put(o, "inspected", text_or_null(v->judged_count ? v->judged[0].inspected : NULL));
    json_put(o, "compared", compared_object(v));
    if (v->why.code != KS_OK)
        json_put(o, "notJudged", json_error(&v->why));
    if (v->direct_err)
        json_put(o, "directError", json_error(v->direct_err));
}

json_t *capture_json(const struct capture_run *run, const struct capture_view *v)
{
    const struct ks_target *target = &v->one->ask->target;
    json_t *o = json_object();
    json_put(o, "server", json_ext_z(v->target));
    json_put(o, "host", json_ext_z(target->host));
    json_put(o, "port", json_integer(target->port));
    json_put(o, "starttls", json_string(ks_starttls_word(target->protocol)));
    if (!v->c) {
        json_t *error = json_error(&v->one->err);
        if (v->one->code == KS_ERR_CANCELLED)
            json_put(error, "exit", json_integer(CAPTURE_INTERRUPTED));
        json_put(o, "error", error);
        return o;
    }
    put_connection(run, v, o);
    json_put(o, "sent", json_integer((json_int_t)v->c->sent));
    json_put(o, "chain", sent_list(v));
    if (v->count)
        put_judged(run, v, o);
    json_put(o, "verified", json_false());
    return o;
}
