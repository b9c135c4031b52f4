/* The commands that would repair the same, as far as keytool can. */
#include "op/repairing.h"

#include "base/alloc.h"

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

static bool is_of_this(const struct ks_repairing *r, const struct ks_pool_cert *from)
{
    return from && from->store == r->store && from->index == 0 &&
           from->store->format->caps & KS_CAP_STORE;
}

/* keytool writes the first certificate of an entry. */
static void put_own(struct ks_repairing *r, const struct ks_entry *e, bool first)
{
    put(r, "exportcert -rfc", e->alias,
        first ? " > \"$tmp\"/new-chain.pem" : " >> \"$tmp\"/new-chain.pem");
}

static void put_cert(struct ks_repairing *r, const struct ks_repair_row *row, size_t i)
{
    struct ks_commands *c = &r->plan->commands;
    const struct ks_pool_cert *from = ks_repair_source(r, row->after[i].cert);

    if (i == 0 && row->after[0].was == 0) {
        put_own(r, row->entry, true);
    } else if (is_of_this(r, from)) {
        put_own(r, from->entry, i == 0);
    } else if (from && from->store && from->store->format->caps & KS_CAP_STORE &&
               from->store != r->store) {
        ks_bring_put_issuer(c, from, "new-chain.pem", i == 0);
    } else if (from && from->store && ks_bring_is_file(from->store) &&
               ks_store_count(from->store) == 1 && from->store != r->store) {
        ks_bring_put_file(c, from->store, "new-chain.pem", i == 0);
    } else {
        char *where = ks_repair_where(r, row->after[i].cert);
        char *label = ks_repair_label(row->after[i].cert);
        ks_command_remark(c, "append %.200s to \"$tmp\"/new-chain.pem here, from %.300s", label,
                          where);
        free(label);
        free(where);
    }
}

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

static void put_chain(struct ks_repairing *r, const struct ks_repair_row *row)
{
    ks_command_scratch(&r->plan->commands);
    for (size_t i = 0; i < row->after_count; i++)
        put_cert(r, row, i);
    if (has_step(row, KS_STEP_JOIN_KEY)) {
        ks_command(&r->plan->commands,
                   "openssl pkcs12 -export -inkey key.pem -in \"$tmp\"/new-chain.pem -name %s "
                   "-out \"$tmp\"/pair.p12 -passout env:SRCPASS",
                   row->entry->alias);
        put(r, "delete", row->entry->alias, "");
        char *path = ks_command_path(r->store->path);
        ks_command(&r->plan->commands,
                   "keytool -importkeystore -srckeystore \"$tmp\"/pair.p12 -srcstoretype PKCS12 "
                   "-srcstorepass:env SRCPASS -destkeystore %s -deststorepass:env STOREPASS",
                   path);
        free(path);
    } else {
        ks_bring_put_import(&r->plan->commands, r->store, row->entry, "new-chain.pem", false);
    }
    ks_command_scratch_end(&r->plan->commands);
}

static void put_step(struct ks_repairing *r, const struct ks_repair_row *row,
                     const struct ks_repair_done *done)
{
    struct ks_commands *c = &r->plan->commands;

    switch (done->step) {
    case KS_STEP_KEY_PASSWORD:
        put(r, "keypasswd", row->entry->alias, " -keypass:env KEYPASS -new:env STOREPASS");
        break;
    case KS_STEP_SHOW_TO_JAVA:
        ks_command_remark(c,
                          "keytool does not list %.200s: take it out with openssl pkcs12 -nokeys, "
                          "and import it into a new keystore",
                          row->entry->alias);
        break;
    case KS_STEP_REWRITE:
        ks_command_remark(c, "keytool does not say in which order it writes certificates");
        break;
    case KS_STEP_DROP_TRUST:
        put(r, "delete", row->entry->alias, "");
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
    if (row->entry && (has_new_chain(row) || has_step(row, KS_STEP_JOIN_KEY)))
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

static bool needs_other_password(const struct ks_repairing *r)
{
    for (size_t i = 0; i < r->pick_count; i++)
        if (r->picks[i].from && r->picks[i].from->format->caps & KS_CAP_STORE)
            return true;
    for (size_t i = 0; i < r->look->count; i++) {
        const struct ks_repair_row *row = &r->look->rows[i];
        if (has_step(row, KS_STEP_JOIN_KEY))
            return true;
        for (size_t k = 0; k < row->after_count; k++) {
            const struct ks_pool_cert *found = row->after[k].found;
            if (found && found->store && found->store != r->store &&
                found->store->format->caps & KS_CAP_STORE)
                return true;
        }
    }
    return false;
}

/* What is trusted from now on. */
static void put_picks(struct ks_repairing *r)
{
    struct ks_commands *c = &r->plan->commands;

    for (size_t i = 0; i < r->pick_count && i < NAMED; i++) {
        const struct ks_trust_pick *p = &r->picks[i];
        struct ks_buf line = KS_BUF_INIT, file = KS_BUF_INIT;
        if (p->from && p->entry && p->from->format->caps & KS_CAP_STORE) {
            ks_bring_exportcert(&line, p->from, p->entry);
            ks_buf_str(&line, " | ");
        } else {
            ks_buf_printf(&file, "%s.pem", p->alias);
        }
        ks_command_keytool(&line, "importcert -noprompt", r->store);
        ks_buf_str(&line, " -alias ");
        ks_shell_word(&line, p->alias);
        if (file.len) {
            ks_buf_str(&line, " -file ");
            ks_shell_word(&line, ks_buf_text(&file));
        }
        ks_command_take(c, &line);
        ks_buf_free(&line);
        ks_buf_free(&file);
    }
    if (r->pick_count > NAMED)
        ks_command_remark(c, "and %zu more like these", r->pick_count - NAMED);
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
    ks_bring_say_passwords(c, r->store, needs_other_password(r));
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
