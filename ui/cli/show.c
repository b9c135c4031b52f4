#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/show.h"

#include "cli/json.h"
#include "cli/list.h"
#include "cli/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- which entries ---- */

static bool shown_as(const struct cli *cli, const struct ks_entry *e, const char *alias)
{
    struct ks_buf text = KS_BUF_INIT;
    (void)text_neutralise(cli, e->alias, strlen(e->alias), &text);
    bool same = strcmp(ks_buf_text(&text), alias) == 0;
    ks_buf_free(&text);
    return same;
}

/* As it is, as the format folds it, or as `ksx list` prints it: an alias with control characters
 * can be named only by its printed form. */
static bool find_alias(const struct cli *cli, const struct ks_store *store, const char *alias,
                       size_t *at)
{
    if (ks_store_find(store, alias, at))
        return true;
    for (*at = 0; *at < ks_store_count(store); ++*at)
        if (shown_as(cli, ks_store_entry(store, *at), alias))
            return true;
    return false;
}

/* The entries to show: those with the alias (a file can hold several of one name), else those that
 * the filter lets through. NULL: there is no such alias. */
static uint32_t *choose(struct cli *cli, const struct ks_store *store, size_t *count)
{
    size_t first;
    struct ks_error err = {0};
    if (cli->operand_count < 2)
        return cli_select(cli, store, count);
    const char *alias = cli->operands[1];
    if (!find_alias(cli, store, alias, &first)) {
        (void)ks_fail(&err, KS_ERR_NOT_FOUND, "no-such-alias", "%.200s has no entry called %.200s",
                      store->path, alias);
        (void)ks_fail_next(&err, KS_ERR_NOT_FOUND, "ksx list lists the aliases");
        cli_fail(cli, &err);
        return NULL;
    }
    uint32_t *index = ks_alloc_array(ks_store_count(store), sizeof *index);
    *count = 0;
    for (size_t i = 0; i < ks_store_count(store); i++)
        if (strcmp(ks_store_entry(store, i)->alias, ks_store_entry(store, first)->alias) == 0)
            index[(*count)++] = (uint32_t)i;
    return index;
}

/* ---- unlocking ---- */

static bool has_key(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD;
}

/* Kept until all is shown: above a screenful of output the error would not be seen. */
static void fail_key(struct cli *cli, const struct ks_store *store, struct ks_error *err)
{
    if (cli->key_error.code != KS_OK)
        return;
    ks_error_prefix(err, "--key-pass");
    ks_error_prefix(err, store->path);
    cli->key_error = *err;
}

static void tell_key_error(struct cli *cli)
{
    if (cli->key_error.code == KS_OK)
        return;
    if (!cli->json)
        text_flush(cli);
    cli_fail(cli, &cli->key_error);
}

static bool key_password(struct cli *cli, const struct ks_store *store,
                         const struct ks_secret **password, struct ks_secret **typed)
{
    bool readable = false;
    struct ks_error err = {0};
    enum ks_code rc = KS_OK;
    struct password_source *source = cli->key_password;
    if (!source || source->kind == PASSWORD_NONE)
        *password = store->password;
    else if (source->kind == PASSWORD_PROMPT)
        *password =
            (rc = password_ask("Password of the key: ", typed, &err)) == KS_OK ? *typed : NULL;
    else
        rc = password_read(source, password, &readable, &err);
    if (readable)
        cli_note(cli, "%s can be read by other users", source->argument);
    if (rc != KS_OK)
        fail_key(cli, store, &err);
    return rc == KS_OK;
}

/* With the store's password it is only tried: a key of its own password stays locked, and its
 * section says so. A password that was given for the key must fit. */
static bool unlock(struct cli *cli, const struct ks_store *store, const struct ks_entry *e,
                   struct ks_unlocked *out)
{
    struct ks_error err = {0};
    struct ks_secret *typed = NULL;
    const struct ks_secret *password = NULL;
    cli->key_tried = REPORT_KEY_UNKNOWN;
    if (!has_key(e) || !store->format->reveal || !key_password(cli, store, &password, &typed))
        return false;
    bool tried = password || !(store->format->caps & KS_CAP_PASSWORD) || cli->key_password;
    enum ks_code rc = KS_ERR_PASSWORD_NEEDED;
    if (tried)
        rc = ks_unlock(store, e, password, NULL, out, &err);
    ks_secret_free(typed);
    cli->key_tried = !tried || cli->key_password ? REPORT_KEY_UNKNOWN
                     : rc == KS_OK               ? REPORT_KEY_AS_STORE
                     : rc == KS_ERR_PASSWORD     ? REPORT_KEY_OWN
                                                 : REPORT_KEY_UNKNOWN;
    if (tried && rc != KS_OK && cli->key_password)
        fail_key(cli, store, &err);
    return rc == KS_OK;
}

/* ---- text ---- */

static enum report_state state_of_role(enum report_role role)
{
    switch (role) {
    case REPORT_FINE:
        return REPORT_OK;
    case REPORT_REMARK:
        return REPORT_NOTE_;
    case REPORT_CAUTION:
        return REPORT_WARN;
    case REPORT_FAILURE:
        return REPORT_ERR;
    default:
        return REPORT_NONE;
    }
}

static int label_column(const struct report *r)
{
    size_t widest = 0;
    for (size_t i = 0; i < r->count; i++)
        if (r->lines[i].role != REPORT_VERBATIM && strlen(r->lines[i].label) > widest)
            widest = strlen(r->lines[i].label);
    return (int)widest;
}

/* "label  ✗ value": the badge stands with the value, so that labels stay in their column. */
static void show_line(struct cli *cli, const struct report_line *line, int margin, int column)
{
    enum report_state state = state_of_role(line->role);
    bool labelled = line->role != REPORT_VERBATIM && line->role != REPORT_HEADING && column &&
                    (*line->label || state == REPORT_NONE);
    if (*line->label || *line->value)
        text_blank(cli, margin + line->indent);
    if (*line->label)
        text_own(cli, line->label);
    if (*line->value) {
        if (labelled)
            text_blank(cli, column - (int)strlen(line->label) + 2);
        if (state != REPORT_NONE) {
            text_badge(cli, state);
            text_own(cli, " ");
        }
        text_layout(cli, line->value);
    }
    text_line(cli);
}

void show_report(struct cli *cli, const struct report *r, const char *title)
{
    int column = label_column(r), margin = title ? 2 : 0;
    if (title) {
        text_own(cli, title);
        text_line(cli);
    }
    for (size_t i = 0; i < r->count; i++)
        show_line(cli, &r->lines[i], margin, column);
    if (title)
        text_line(cli);
}

/* False if there was nothing to show. */
static bool show_section(struct cli *cli, const struct report_subject *subject,
                         enum report_section section)
{
    struct report r = {0};
    bool bare = section == REPORT_PEM || cli->quiet, any;
    report_build(subject, section, &r);
    any = r.count > 0;
    if (any)
        show_report(cli, &r, bare ? NULL : report_section_name(section, false));
    report_free(&r);
    return any;
}

static bool section_fits(const struct ks_entry *e, enum report_section section)
{
    switch (section) {
    case REPORT_CHAIN:
        return e->kind == KS_KIND_KEY || e->chain_len > 1;
    case REPORT_CERT:
    case REPORT_EXT:
        return e->chain_len || e->kind == KS_KIND_REQUEST || e->kind == KS_KIND_CRL;
    case REPORT_KEY:
        return has_key(e) || e->kind == KS_KIND_PUBLIC;
    case REPORT_PEM:
        return false;
    default:
        return true;
    }
}

/* One section: of each certificate of the chain where a certificate is meant. */
static void show_chosen_section(struct cli *cli, struct report_subject *subject)
{
    bool each =
        subject->cert < 0 && subject->entry->chain_len > 1 &&
        (cli->section == REPORT_CERT || cli->section == REPORT_EXT || cli->section == REPORT_PEM);
    if (!each) {
        (void)show_section(cli, subject, cli->section);
        return;
    }
    for (subject->cert = 0; subject->cert < (int)subject->entry->chain_len; subject->cert++)
        (void)show_section(cli, subject, cli->section);
}

static bool has_cert(struct cli *cli, const struct ks_entry *e)
{
    struct ks_error err = {0};
    if (cli->cert < 0 || (uint32_t)cli->cert < e->chain_len)
        return true;
    (void)ks_fail(&err, KS_ERR_NOT_FOUND, "no-such-certificate",
                  "there is no certificate %d in the chain of %.200s, it has %u", cli->cert,
                  e->alias, e->chain_len);
    cli_fail(cli, &err);
    return false;
}

/* Sections that say whether the key is locked, and what it is. */
static bool tells_of_key(enum report_section section)
{
    return !section || section == REPORT_SUMMARY || section == REPORT_KEY;
}

static void show_entry(struct cli *cli, struct ks_store *store, const struct ks_entry *e)
{
    struct ks_unlocked unlocked;
    struct ks_store *const all[] = {store};
    struct report_subject subject = {.store = store,
                                     .entry = e,
                                     .cert = cli->cert,
                                     .all = all,
                                     .all_count = 1,
                                     .raw = cli->raw,
                                     .wide = true};
    if (!has_cert(cli, e))
        return;
    if (tells_of_key(cli->section) && unlock(cli, store, e, &unlocked))
        subject.unlocked = &unlocked;
    subject.key_password = cli->key_tried;
    if (cli->section) {
        show_chosen_section(cli, &subject);
        return;
    }
    for (enum report_section s = REPORT_SUMMARY; s <= REPORT_SECTIONS; s++)
        if (section_fits(e, s))
            (void)show_section(cli, &subject, s);
}

static void entry_title(struct cli *cli, const struct ks_entry *e)
{
    text_own(cli, "== ");
    (void)text_ext(cli, e->alias);
    text_line(cli);
}

/* What is wrong with the file concerns every entry of it. */
static bool show_own_findings(struct cli *cli, struct ks_store *store)
{
    struct report_subject subject = {.store = store, .cert = -1, .alone = true, .wide = true};
    return show_section(cli, &subject, REPORT_FINDINGS);
}

static void show_entries(struct cli *cli, struct ks_store *store, const uint32_t *index,
                         size_t count)
{
    bool whole = cli->operand_count < 2 && cli->section == REPORT_FINDINGS && cli->cert < 0;
    bool own = whole && show_own_findings(cli, store);
    bool titles = (count > 1 || own) && cli->section != REPORT_PEM;
    for (size_t i = 0; i < count; i++) {
        const struct ks_entry *e = ks_store_entry(store, index[i]);
        if (cli->section && cli->section != REPORT_FINDINGS && cli->section != REPORT_PEM &&
            !section_fits(e, cli->section) && count > 1)
            continue;
        if (titles)
            entry_title(cli, e);
        show_entry(cli, store, e);
    }
}

static void show_store(struct cli *cli, struct ks_store *store, const uint32_t *index, size_t count)
{
    struct ks_store *const all[] = {store};
    struct report_subject subject = {
        .store = store, .cert = -1, .all = all, .all_count = 1, .raw = cli->raw, .wide = true};
    (void)show_section(cli, &subject, REPORT_SUMMARY);
    (void)show_section(cli, &subject, REPORT_FINDINGS);
    list_entries(cli, store, index, count);
}

static void show_text(struct cli *cli, struct ks_store *store, const uint32_t *index, size_t count)
{
    bool whole_store = cli->operand_count < 2 && !cli->section && !cli->filter && cli->cert < 0;
    if (whole_store && ((store->format->caps & KS_CAP_STORE) || count == 0))
        show_store(cli, store, index, count);
    else
        show_entries(cli, store, index, count);
}

/* ---- JSON ---- */

/* As in text: every key of an entry that was asked for by name. */
static bool json_unlock(struct cli *cli, const struct ks_store *store, const struct ks_entry *e,
                        struct ks_unlocked *out)
{
    return cli->operand_count > 1 && unlock(cli, store, e, out);
}

int cli_run_show(struct cli *cli)
{
    size_t count = 0;
    if (cli->json) {
        json_begin(cli);
        json_array_begin(cli, "keystores");
    }
    struct ks_store *store = cli_open(cli, cli->operands[0]);
    uint32_t *index = store ? choose(cli, store, &count) : NULL;
    if (cli->json && index)
        json_store(cli, store, index, count, json_unlock);
    else if (index)
        show_text(cli, store, index, count);
    tell_key_error(cli);
    if (cli->json) {
        json_array_end(cli);
        json_end(cli);
    }
    free(index);
    ks_store_free(store);
    return cli->exit;
}
