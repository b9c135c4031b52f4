/* The commands that would do what the edits do, with keytool. */
#include "op/internal.h"

#include <stdlib.h>
#include <string.h>

#define NAMED 8 /* entries that get a line each */

bool ks_command_knows(const struct ks_store *store)
{
    return store->format->caps & KS_CAP_STORE;
}

/* False, and a remark, for what keytool does not open. */
static bool begin(struct ks_plan *plan)
{
    if (ks_command_knows(plan->target))
        return true;
    ks_command_remark(&plan->commands, "keytool reads no %s files: an editor does it",
                      plan->target->format->name);
    return false;
}

static void put(struct ks_plan *plan, const char *verb, const char *option, const char *word,
                const char *more)
{
    struct ks_buf line = KS_BUF_INIT;
    ks_command_keytool(&line, verb, plan->target);
    ks_buf_str(&line, option);
    if (word)
        ks_shell_word(&line, word);
    ks_buf_str(&line, more);
    ks_command_take(&plan->commands, &line);
}

void ks_plan_say_rename(struct ks_plan *plan, const struct ks_entry *entry, const char *alias)
{
    struct ks_buf more = KS_BUF_INIT;
    if (!begin(plan))
        return;
    ks_buf_str(&more, " -destalias ");
    ks_shell_word(&more, alias);
    put(plan, "changealias", " -alias ", entry->alias, ks_buf_text(&more));
    ks_buf_free(&more);
}

void ks_plan_say_delete(struct ks_plan *plan, const struct ks_entry *const *entries, size_t count)
{
    if (!begin(plan))
        return;
    for (size_t i = 0; i < count && i < NAMED; i++)
        put(plan, "delete", " -alias ", entries[i]->alias, "");
    if (count > NAMED)
        ks_command_remark(&plan->commands, "and so on for the other %zu", count - NAMED);
}

/* keytool -importkeystore, which copies one entry or all. */
static void put_import(struct ks_plan *plan, const struct ks_store *from, const char *alias)
{
    struct ks_buf line = KS_BUF_INIT;
    char *source = ks_command_path(from->path), *dest = ks_command_path(plan->target->path);
    ks_buf_str(&line, "keytool -importkeystore -srckeystore ");
    ks_shell_word(&line, source);
    ks_buf_printf(&line, " -srcstoretype %s -srcstorepass:env SRCPASS", from->format->name);
    if (alias) {
        ks_buf_str(&line, " -srcalias ");
        ks_shell_word(&line, alias);
    }
    ks_buf_str(&line, " -destkeystore ");
    ks_shell_word(&line, dest);
    ks_buf_printf(&line, " -deststoretype %s -deststorepass:env STOREPASS",
                  plan->target->format->name);
    ks_command_take(&plan->commands, &line);
    free(source);
    free(dest);
}

static bool begin_copy(struct ks_plan *plan, const struct ks_store *from)
{
    if (!from->format || !begin(plan)) /* without a type: put together in memory */
        return false;
    if (ks_command_knows(from))
        return true;
    ks_command_remark(&plan->commands, "keytool copies from keystores only, and %s is none",
                      from->format->name);
    return false;
}

void ks_plan_say_copy(struct ks_plan *plan, const struct ks_store *from,
                      const struct ks_entry *const *entries, size_t count)
{
    if (!begin_copy(plan, from))
        return;
    bool all = count == ks_store_count(from);
    for (size_t i = 0; i < (all ? 1 : count) && i < NAMED; i++)
        put_import(plan, from, all ? NULL : entries[i]->alias);
    if (!all && count > NAMED)
        ks_command_remark(&plan->commands, "and so on for the other %zu", count - NAMED);
}

void ks_plan_say_passwd(struct ks_plan *plan, const struct ks_passwd *change)
{
    if (!begin(plan))
        return;
    if (change->entry)
        put(plan, "keypasswd", " -alias ", change->entry->alias,
            " -keypass:env KEYPASS -new:env NEWPASS");
    if (!change->store_password)
        return;
    put(plan, "storepasswd", "", NULL, " -new:env NEWPASS");
    if (plan->target->format != &ks_format_pkcs12)
        ks_command_remark(&plan->commands, "and keytool -keypasswd for each key");
}

void ks_plan_say_create(struct ks_plan *plan)
{
    if (ks_command_knows(plan->target))
        ks_command_remark(&plan->commands,
                          "keytool makes no empty keystore: it makes one with its first entry");
}

void ks_plan_say_secret(struct ks_plan *plan, const char *alias, const char *algorithm,
                        unsigned bits)
{
    struct ks_buf more = KS_BUF_INIT;
    if (!begin(plan))
        return;
    if (algorithm) {
        ks_buf_str(&more, " -keyalg ");
        ks_shell_word(&more, algorithm);
    }
    if (bits)
        ks_buf_printf(&more, " -keysize %u", bits);
    put(plan, algorithm ? "genseckey" : "importpass", " -alias ", alias, ks_buf_text(&more));
    ks_buf_free(&more);
}
