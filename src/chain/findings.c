#include "chain/findings.h"

#include "base/alloc.h"
#include "chain/rules.h"

#include <stdlib.h>
#include <strings.h>

/* What a chain holds beyond these is not looked at: a hostile file can claim any number. */
#define KS_CERTS_LOOKED 64

struct rule {
    enum ks_scope scope;
    struct ks_rule_info info;
    enum ks_severity (*judge)(struct ks_look *l);
    void (*say)(const struct ks_look *l, struct ks_buf *out);
};

static const struct rule rules[] = {
#define KS_RULE_ROW(scope, name, id, severity, title)                                              \
    {KS_SCOPE_##scope, {id, severity, title}, ks_rule_##name, ks_say_##name},
    KS_FINDINGS(KS_RULE_ROW)
#undef KS_RULE_ROW
};

#define RULE_COUNT (sizeof rules / sizeof rules[0])

/* The table goes by scopes: where the rules of each begin. */
#define KS_RULE_BEFORE_STORE_DEEP(scope, ...) +(KS_SCOPE_##scope < KS_SCOPE_STORE_DEEP)
#define KS_RULE_BEFORE_ENTRY(scope, ...) +(KS_SCOPE_##scope < KS_SCOPE_ENTRY)
#define KS_RULE_BEFORE_ENTRY_DEEP(scope, ...) +(KS_SCOPE_##scope < KS_SCOPE_ENTRY_DEEP)
#define KS_RULE_BEFORE_CERT(scope, ...) +(KS_SCOPE_##scope < KS_SCOPE_CERT)
#define KS_RULE_BEFORE_CERT_DEEP(scope, ...) +(KS_SCOPE_##scope < KS_SCOPE_CERT_DEEP)
static const size_t rules_from[KS_SCOPES + 1] = {
    0,
    0 KS_FINDINGS(KS_RULE_BEFORE_STORE_DEEP),
    0 KS_FINDINGS(KS_RULE_BEFORE_ENTRY),
    0 KS_FINDINGS(KS_RULE_BEFORE_ENTRY_DEEP),
    0 KS_FINDINGS(KS_RULE_BEFORE_CERT),
    0 KS_FINDINGS(KS_RULE_BEFORE_CERT_DEEP),
    RULE_COUNT,
};

static const struct ks_rule_info infos[] = {
#define KS_RULE_INFO(scope, name, id, severity, title) {id, severity, title},
    KS_FINDINGS(KS_RULE_INFO){NULL, KS_FINE, NULL},
#undef KS_RULE_INFO
};

static const struct ks_rule_info without_rule[] = {
#define KS_ID_INFO(id, severity, title) {id, severity, title},
    KS_FINDINGS_WITHOUT_RULE(KS_ID_INFO){NULL, KS_FINE, NULL},
#undef KS_ID_INFO
};

const struct ks_rule_info *ks_rules(void)
{
    return infos;
}

static const struct ks_rule_info *find(const struct ks_rule_info *table, const char *id)
{
    for (; table->id; table++)
        if (strcasecmp(table->id, id) == 0)
            return table;
    return NULL;
}

const struct ks_rule_info *ks_rule_of(const char *id)
{
    const struct ks_rule_info *info = find(infos, id);
    return info ? info : find(without_rule, id);
}

const char *ks_severity_word(enum ks_severity s)
{
    static const char *const words[] = {"ok", "note", "warning", "error"};
    return words[s];
}

/* ---- the list ---- */

void ks_findings_free(struct ks_findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->items[i].text);
    free(f->items);
    *f = (struct ks_findings){0};
}

static void put(struct ks_findings *f, struct ks_finding item)
{
    if (f->count == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 8;
        f->items = ks_realloc(f->items, f->cap * sizeof *f->items);
    }
    f->items[f->count++] = item;
}

/* Worst first; by insertion, because there are a handful and equal ones keep the table's order. */
static void sort_from(struct ks_findings *f, size_t from)
{
    for (size_t i = from + 1; i < f->count; i++) {
        struct ks_finding item = f->items[i];
        size_t at = i;
        for (; at > from && f->items[at - 1].severity < item.severity; at--)
            f->items[at] = f->items[at - 1];
        f->items[at] = item;
    }
}

/* ---- running rules ---- */

/* Chain rules look at key entries only, and only at chains that can be read. */
static struct ks_look look_at(const struct ks_store *s, const struct ks_entry *e, int64_t now)
{
    struct ks_look l = {.store = s, .entry = e, .index = -1, .now = now, .warn_days = KS_WARN_DAYS};
    bool readable = e && e->kind == KS_KIND_KEY && e->chain_len > 0 &&
                    !(e->notes & KS_NOTE_LOCKED_CHAIN) && !(e->chain[0].flags & KS_CERT_BROKEN);
    if (readable)
        ks_chain_look(e, &l.chain);
    return l;
}

static void report(const struct rule *rule, const struct ks_look *l, enum ks_severity severity,
                   struct ks_findings *out)
{
    struct ks_buf text = KS_BUF_INIT;
    rule->say(l, &text);
    put(out, (struct ks_finding){.id = rule->info.id,
                                 .severity = severity,
                                 .title = rule->info.title,
                                 .text = ks_buf_steal(&text),
                                 .cert = l->index});
}

/* Runs the rules of one scope. Without `out` only what could be worse than `worst` is asked. */
static enum ks_severity run(struct ks_look *l, enum ks_scope scope, enum ks_severity worst,
                            struct ks_findings *out)
{
    int index = l->index;
    for (size_t i = rules_from[scope]; i < rules_from[scope + 1]; i++) {
        if (!out && rules[i].info.severity <= worst)
            continue;
        l->index = index;
        enum ks_severity severity = rules[i].judge(l);
        worst = severity > worst ? severity : worst;
        if (severity != KS_FINE && out)
            report(&rules[i], l, severity, out);
    }
    l->index = index;
    return worst;
}

static enum ks_severity run_certs(struct ks_look *l, enum ks_severity worst,
                                  struct ks_findings *out)
{
    for (size_t i = 0; i < l->entry->chain_len && i < KS_CERTS_LOOKED; i++) {
        if (!out && worst == KS_ERROR)
            break;
        l->cert = &l->entry->chain[i];
        l->index = (int)i;
        l->at = l->entry->kind == KS_KIND_KEY ? i : 0;
        worst = run(l, KS_SCOPE_CERT, worst, out);
    }
    return worst;
}

void ks_rules_run(struct ks_look *l, enum ks_scope scope, struct ks_findings *out)
{
    (void)run(l, scope, KS_FINE, out);
}

void ks_find_store(const struct ks_store *s, int64_t now, struct ks_findings *out)
{
    size_t from = out->count;
    struct ks_look l = look_at(s, NULL, now);
    (void)run(&l, KS_SCOPE_STORE, KS_FINE, out);
    sort_from(out, from);
}

void ks_find_entry(const struct ks_store *s, const struct ks_entry *e, int64_t now,
                   struct ks_findings *out)
{
    size_t from = out->count;
    struct ks_look l = look_at(s, e, now);
    (void)run(&l, KS_SCOPE_ENTRY, KS_FINE, out);
    (void)run_certs(&l, KS_FINE, out);
    sort_from(out, from);
}

enum ks_severity ks_worst_of_store(const struct ks_store *s, int64_t now)
{
    struct ks_look l = look_at(s, NULL, now);
    return run(&l, KS_SCOPE_STORE, KS_FINE, NULL);
}

enum ks_severity ks_worst_of_entry(const struct ks_store *s, const struct ks_entry *e, int64_t now)
{
    struct ks_look l = look_at(s, e, now);
    return run_certs(&l, run(&l, KS_SCOPE_ENTRY, KS_FINE, NULL), NULL);
}

enum ks_severity ks_worst_of_cert(const struct ks_cert *c, int64_t now)
{
    if (c->flags & KS_CERT_BROKEN)
        return KS_ERROR;
    if (c->not_after != KS_TIME_NONE && c->not_after < now)
        return KS_ERROR;
    if (c->not_before != KS_TIME_NONE && c->not_before > now)
        return KS_ERROR;
    if (c->flags & KS_CERT_BAD_TIME)
        return KS_WARNING;
    bool soon = c->not_after != KS_TIME_NONE && ks_days_until(c->not_after, now) <= KS_WARN_DAYS;
    return soon ? KS_WARNING : KS_FINE;
}
