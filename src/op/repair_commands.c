/* The commands that would repair the same, as far as keytool can. */
#include "op/repairing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "chain/facts.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#define NAMED 8 /* entries that get lines of their own */

static void put(struct ks_repairing *r, const char *verb, const char *alias, const char *more)
{
    struct ks_buf line = KS_BUF_INIT;

    ks_command_keytool(&line, verb, r->store);
    ks_buf_str(&line, " -alias ");
    ks_shell_word(&line, alias);
    ks_buf_str(&line, more);
    ks_command_take(&r->plan->commands, &line);
    ks_buf_free(&line);
}

/* ---- certificates, in PEM ---- */

/* What keytool does not list, or not by this name. */
#define HIDDEN                                                                                     \
    ((uint32_t)(KS_NOTE_ALIAS_INVENTED | KS_NOTE_ALIAS_ENCODING | KS_NOTE_ALIAS_UPPER |            \
                KS_NOTE_JAVA_NO_TRUST | KS_NOTE_JAVA_KEYBAG | KS_NOTE_JAVA_NO_KEYID |              \
                KS_NOTE_JAVA_NESTED | KS_NOTE_JAVA_REPLACED | KS_NOTE_JAVA_IGNORED |               \
                KS_NOTE_JAVA_FATAL | KS_NOTE_UNREACHABLE))

static bool is_listed(const struct ks_entry *e)
{
    return (e->kind == KS_KIND_KEY || e->kind == KS_KIND_TRUSTED) && !(e->notes & HIDDEN);
}

/* Without Bouncy Castle's provider. */
static bool is_for_plain_keytool(const struct ks_store *s)
{
    return s && ks_bring_is_file(s) &&
           (s->format == &ks_format_jks || s->format == &ks_format_jceks ||
            s->format == &ks_format_pkcs12);
}

static bool is_from_other(const struct ks_repairing *r, const struct ks_pool_cert *from)
{
    return from && from->store != r->store && is_for_plain_keytool(from->store) && from->entry &&
           is_listed(from->entry);
}

/* The one keystore beside this that certificates are exported from, with its password as SRCPASS;
 * those of others are spelled out. */
static const struct ks_store *other_store(const struct ks_repairing *r)
{
    for (size_t i = 0; i < r->pick_count; i++) {
        const struct ks_pool_cert *from = ks_repair_source(r, r->picks[i].cert);
        if (is_from_other(r, from))
            return from->store;
    }
    for (size_t i = 0; i < r->look->count; i++) {
        const struct ks_repair_row *row = &r->look->rows[i];
        for (size_t k = 0; row->done_count && k < row->after_count; k++)
            if (row->after[k].was < 0 && is_from_other(r, row->after[k].found))
                return row->after[k].found->store;
    }
    return NULL;
}

/* Changed or deleted by then; what a reply leaves behind goes last. */
static bool is_touched(const struct ks_repairing *r, const struct ks_entry *e)
{
    for (size_t i = 0; i < ks_store_count(r->store); i++)
        if (ks_store_entry(r->store, i) == e)
            return r->fixes[i].made ||
                   (r->fixes[i].gone &&
                    (r->fixes[i].leftover_of == KS_NOWHERE || e->kind != KS_KIND_TRUSTED));
    return true;
}

static void put_listed(struct ks_buf *line, const struct ks_store *store, const struct ks_entry *e,
                       size_t index, const char *variable)
{
    ks_command_keytool_as(line, index ? "list -rfc" : "exportcert -rfc", store, variable);
    ks_buf_str(line, " -alias ");
    ks_shell_word(line, e->alias);
    if (index)
        ks_buf_printf(line, " | awk '/-BEGIN/{n++} n==%zu' | openssl x509", index + 1);
}

/* Whatever it is from: the certificate itself. */
static void put_spelled(struct ks_buf *line, const struct ks_cert *cert)
{
    struct ks_slice der = ks_cert_der(cert);
    unsigned char part[65];

    ks_buf_str(line, "echo ");
    for (size_t at = 0; at < der.len; at += 48) {
        size_t len = der.len - at < 48 ? der.len - at : 48;
        int n = EVP_EncodeBlock(part, der.data + at, (int)len);
        ks_buf_append(line, part, (size_t)n);
    }
    ks_buf_str(line, " | openssl base64 -d -A | openssl x509 -inform DER");
}

static bool is_loose(const struct ks_repairing *r, const struct ks_pool_cert *from)
{
    const struct ks_store *s = from ? from->store : NULL;

    return s && s != r->store && ks_bring_is_file(s) && ks_store_count(s) == 1 &&
           ks_store_entry(s, 0)->chain_len == 1 && ks_store_entry(s, 0)->kind != KS_KIND_KEY &&
           (s->format == &ks_format_pem ||
            (s->format == &ks_format_der && strcmp(s->type, "PKCS7") != 0));
}

/* A command that writes the certificate, in PEM; `own`: the entry whose turn it is, and the
 * certificate's place in it, -1: it is of elsewhere. Appended. */
static void put_pem(const struct ks_repairing *r, struct ks_buf *line, const struct ks_cert *cert,
                    const struct ks_entry *own, int was)
{
    const struct ks_pool_cert *from = ks_repair_source(r, cert);
    bool here = from && from->store == r->store && is_for_plain_keytool(r->store) && from->entry;

    if (own && was >= 0 && is_listed(own)) {
        put_listed(line, r->store, own, (size_t)was, "STOREPASS");
    } else if (here && is_listed(from->entry) && !is_touched(r, from->entry)) {
        put_listed(line, r->store, from->entry, (size_t)from->index, "STOREPASS");
    } else if (is_from_other(r, from) && from->store == other_store(r)) {
        put_listed(line, from->store, from->entry, (size_t)from->index, "SRCPASS");
    } else if (is_loose(r, from)) {
        char *path = ks_command_path(from->store->path);
        ks_buf_printf(line, "openssl x509%s -in ",
                      from->store->format == &ks_format_der ? " -inform DER" : "");
        ks_shell_word(line, path);
        free(path);
    } else {
        put_spelled(line, cert);
    }
}

static void put_cert(struct ks_repairing *r, const struct ks_repair_row *row, size_t i)
{
    struct ks_buf line = KS_BUF_INIT;

    put_pem(r, &line, row->after[i].cert, row->entry, row->after[i].was);
    ks_buf_str(&line, i == 0 ? " > \"$tmp\"/new-chain.pem" : " >> \"$tmp\"/new-chain.pem");
    ks_command_take(&r->plan->commands, &line);
}

/* A trusted certificate of this name. */
static void put_trust(struct ks_repairing *r, const struct ks_cert *cert, const char *alias)
{
    struct ks_buf line = KS_BUF_INIT;

    put_pem(r, &line, cert, NULL, -1);
    ks_buf_str(&line, " | ");
    ks_command_keytool(&line, "importcert -noprompt", r->store);
    ks_buf_str(&line, " -alias ");
    ks_shell_word(&line, alias);
    ks_command_take(&r->plan->commands, &line);
}

/* ---- steps ---- */

static bool has_step(const struct ks_repair_row *row, enum ks_repair_step step)
{
    for (size_t i = 0; i < row->done_count; i++)
        if (row->done[i].step == step)
            return true;
    return false;
}

static bool has_new_chain(const struct ks_repair_row *row)
{
    for (size_t i = 0; i < row->done_count; i++)
        if (row->done[i].step <= KS_STEP_INSTALL_REPLY)
            return true;
    return false;
}

/* Its key is opened with KEYPASS, as long as it has a password of its own. */
static bool has_own_password(const struct ks_repair_row *row)
{
    return has_step(row, KS_STEP_KEY_PASSWORD) || row->lacks_password;
}

static bool follow_each_other(const struct ks_repair_row *row)
{
    for (size_t i = 0; i + 1 < row->after_count; i++) {
        const struct ks_cert *c = row->after[i].cert, *by = row->after[i + 1].cert;
        if (!ks_name_equal(ks_cert_part(c, c->issuer), ks_cert_part(by, by->subject)))
            return false;
    }
    return true;
}

/* Why keytool does not take this chain for a reply; NULL: it does (keytool's installReply()). */
static const char *why_no_reply(const struct ks_repairing *r, const struct ks_repair_row *row)
{
    if (!is_listed(row->entry))
        return "keytool does not find the entry";
    if (has_step(row, KS_STEP_REWRITE))
        return "keytool does not say in which order it writes certificates";
    if (has_own_password(row) && r->store->format == &ks_format_pkcs12)
        return "keytool opens no key of a PKCS12 that has a password of its own";
    if (row->before_count == 0 || row->before[0].cert->flags & KS_CERT_BROKEN ||
        !ks_slice_equal(ks_cert_key_bits(row->before[0].cert),
                        ks_cert_key_bits(row->after[0].cert)))
        return "keytool takes the first certificate for that of the key, and it is of another one";
    if (row->after_count == 1)
        return "keytool stores no chain that ends with the key's certificate";
    return follow_each_other(row) ? NULL : "keytool stores nothing that is no part of the chain";
}

/* Where its key is, if openssl reads it there; the caller's. */
static char *key_file(const struct ks_repairing *r, const struct ks_repair_row *row, bool *clear)
{
    const struct ks_store *from = NULL;
    size_t keys = 0;

    for (size_t i = 0; i < ks_store_count(r->store); i++)
        if (ks_store_entry(r->store, i) == row->entry)
            from = r->fixes[i].key_from;
    if (!from || from->format->caps & KS_CAP_STORE || !ks_bring_is_file(from))
        return NULL;
    for (size_t i = 0; i < ks_store_count(from); i++) {
        const struct ks_entry *e = ks_store_entry(from, i);
        keys += e->kind == KS_KIND_KEY;
        if (e->kind == KS_KIND_KEY)
            *clear = (e->notes & KS_NOTE_KEY_CLEAR) != 0;
    }
    return keys == 1 ? ks_command_path(from->path) : NULL;
}

static void put_pair(struct ks_repairing *r, const struct ks_repair_row *row, const char *key,
                     bool clear)
{
    struct ks_commands *c = &r->plan->commands;
    char *path = ks_command_path(r->store->path);
    struct ks_buf line = KS_BUF_INIT;

    ks_buf_str(&line, "openssl pkcs12 -export -inkey ");
    ks_shell_word(&line, key);
    ks_buf_str(&line, clear ? "" : " -passin env:KEYPASS");
    ks_buf_str(&line, " -in \"$tmp\"/new-chain.pem -out \"$tmp\"/pair.p12 -passout env:STOREPASS"
                      " -name ");
    ks_shell_word(&line, row->entry->alias);
    ks_command_take(c, &line);
    if (is_listed(row->entry))
        put(r, "delete", row->entry->alias, "");
    ks_command(c,
               "keytool -importkeystore -srckeystore \"$tmp\"/pair.p12 -srcstoretype PKCS12 "
               "-srcstorepass:env STOREPASS -destkeystore %s -deststoretype %s "
               "-deststorepass:env STOREPASS",
               path, r->store->format->name);
    free(path);
}

static void put_certs(struct ks_repairing *r, const struct ks_repair_row *row)
{
    ks_command_scratch(&r->plan->commands);
    for (size_t i = 0; i < row->after_count; i++)
        put_cert(r, row, i);
}

static void put_join(struct ks_repairing *r, const struct ks_repair_row *row)
{
    bool clear = false;
    char *key = key_file(r, row, &clear);

    if (!key) {
        ks_command_remark(&r->plan->commands, "%.200s: openssl does not find its key by itself",
                          row->entry->alias);
        return;
    }
    put_certs(r, row);
    put_pair(r, row, key, clear);
    ks_command_scratch_end(&r->plan->commands);
    free(key);
}

static void put_chain(struct ks_repairing *r, const struct ks_repair_row *row)
{
    const char *why = why_no_reply(r, row);
    struct ks_buf line = KS_BUF_INIT;

    if (why) {
        ks_command_remark(&r->plan->commands, "%.200s: %s", row->entry->alias, why);
        return;
    }
    put_certs(r, row);
    ks_command_keytool(&line, "importcert -noprompt", r->store);
    ks_buf_str(&line, " -alias ");
    ks_shell_word(&line, row->entry->alias);
    ks_buf_str(&line, " -file \"$tmp\"/new-chain.pem");
    if (row->lacks_password)
        ks_buf_str(&line, " -keypass:env KEYPASS");
    ks_command_take(&r->plan->commands, &line);
    ks_command_scratch_end(&r->plan->commands);
}

/* Java keeps none of the others, which it does not see either. */
static bool all_are_shown(const struct ks_repairing *r)
{
    for (size_t i = 0; i < ks_store_count(r->store); i++)
        if (ks_repair_now(r, i)->kind == KS_KIND_CERT && !r->fixes[i].gone)
            return false;
    return true;
}

static const struct ks_entry *new_entry(const struct ks_repairing *r,
                                        const struct ks_repair_row *row)
{
    for (size_t i = 0; i < ks_store_count(r->store); i++)
        if (ks_store_entry(r->store, i) == row->entry)
            return ks_repair_now(r, i);
    return row->entry;
}

static void put_password(struct ks_repairing *r, const struct ks_repair_row *row)
{
    if (r->store->format != &ks_format_pkcs12)
        put(r, "keypasswd", row->entry->alias, " -keypass:env KEYPASS -new:env STOREPASS");
    else
        ks_command_remark(&r->plan->commands,
                          "%.200s: keytool opens no key of a PKCS12 that has a password of its own",
                          row->entry->alias);
}

static void put_shown(struct ks_repairing *r, const struct ks_repair_row *row)
{
    if (all_are_shown(r))
        put_trust(r, row->entry->chain, new_entry(r, row)->alias);
    else
        ks_command_remark(&r->plan->commands,
                          "%.200s: keytool would lose the certificates that it does not see",
                          row->entry->alias);
}

static void put_step(struct ks_repairing *r, const struct ks_repair_row *row,
                     const struct ks_repair_done *done)
{
    switch (done->step) {
    case KS_STEP_SHOW_TO_JAVA:
        put_shown(r, row);
        break;
    case KS_STEP_DROP_TRUST:
        put(r, "delete", row->entry->alias, "");
        if (row->after_count)
            put_trust(r, row->after[0].cert, row->entry->alias);
        break;
    default:
        break;
    }
}

static void put_alias(struct ks_repairing *r, const struct ks_repair_row *row)
{
    char *folded = NULL;

    for (size_t i = 0; i < ks_store_count(r->store); i++)
        if (ks_store_entry(r->store, i) == row->entry)
            folded = ks_strdup(ks_repair_now(r, i)->alias);
    if (folded)
        ks_plan_say_rename(r->plan, row->entry, folded);
    free(folded);
}

static void put_row(struct ks_repairing *r, const struct ks_repair_row *row)
{
    if (has_step(row, KS_STEP_KEY_PASSWORD))
        put_password(r, row);
    if (row->entry && has_step(row, KS_STEP_JOIN_KEY))
        put_join(r, row);
    else if (row->entry && has_new_chain(row))
        put_chain(r, row);
    for (size_t i = 0; i < row->done_count; i++)
        put_step(r, row, &row->done[i]);
    if (row->entry && has_step(row, KS_STEP_ALIAS))
        put_alias(r, row);
}

static void put_leftovers(struct ks_repairing *r)
{
    for (size_t i = 0; i < ks_store_count(r->store); i++) {
        const struct ks_entry *e = ks_store_entry(r->store, i);
        if (r->fixes[i].gone && r->fixes[i].leftover_of != KS_NOWHERE && e->kind == KS_KIND_TRUSTED)
            put(r, "delete", e->alias, "");
    }
}

/* What is trusted from now on. */
static void put_picks(struct ks_repairing *r)
{
    for (size_t i = 0; i < r->pick_count && i < NAMED; i++)
        put_trust(r, r->picks[i].cert, r->picks[i].alias);
    if (r->pick_count > NAMED)
        ks_command_remark(&r->plan->commands, "and %zu more like these", r->pick_count - NAMED);
}

static bool needs_key_password(const struct ks_repairing *r)
{
    for (size_t i = 0; i < r->look->count; i++) {
        const struct ks_repair_row *row = &r->look->rows[i];
        bool clear = true;
        char *key = has_step(row, KS_STEP_JOIN_KEY) ? key_file(r, row, &clear) : NULL;
        free(key);
        if ((row->done_count && has_own_password(row)) || !clear)
            return true;
    }
    return false;
}

static void say_passwords(struct ks_repairing *r)
{
    const struct ks_store *other = other_store(r);
    struct ks_buf more = KS_BUF_INIT;

    if (other)
        ks_buf_printf(&more, "; SRCPASS: that of %.200s", ks_op_file_name(other));
    if (needs_key_password(r))
        ks_buf_str(&more, "; KEYPASS: that of the key");
    ks_command_remark(&r->plan->commands, "STOREPASS: the password of %.200s%s",
                      ks_op_file_name(r->store), more.len ? ks_buf_text(&more) : "");
    ks_buf_free(&more);
}

void ks_repair_say(struct ks_repairing *r)
{
    struct ks_commands *c = &r->plan->commands;
    size_t rows = 0;

    if (!ks_command_knows(r->store)) {
        ks_command_remark(c, "in a %s file, put the certificates behind the key with an editor",
                          r->store->format->name);
        return;
    }
    say_passwords(r);
    for (size_t i = 0; i < r->look->count && rows < NAMED; i++) {
        if (!r->look->rows[i].done_count)
            continue;
        put_row(r, &r->look->rows[i]);
        rows++;
    }
    put_leftovers(r);
    put_picks(r);
    if (r->look->repaired > NAMED)
        ks_command_remark(c, "and so on for the other %zu entries", r->look->repaired - NAMED);
}
