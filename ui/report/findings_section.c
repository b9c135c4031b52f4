/* Section 7: findings in full, of one entry or of a whole keystore. */
#include "report/section.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* As the doctor diagnosed it: it may know better than the catalogue. */
static const struct ks_diagnosed *diagnosed(const struct making *m, const struct ks_finding *f)
{
    const struct ks_diagnosis *all = m->of->diagnosis;
    for (size_t i = 0; all && i < all->count; i++)
        if (all->at[i].found.id == f->id && strcmp(all->at[i].found.text, f->text) == 0)
            return &all->at[i];
    return NULL;
}

/* With the doctor's look it is known who refuses, and what ksx can do about it. */
static void add_consequence(struct making *m, const struct ks_finding *f)
{
    const struct ks_diagnosed *d = diagnosed(m, f);
    struct ks_buf who = KS_BUF_INIT;
    if (!d)
        return;
    report_clients(d->rejects, &who);
    if (who.len)
        line_sentence(m, 2, "Refused by %s.", ks_buf_text(&who));
    if (m->of->terminal && d->remedy == KS_REMEDY_REPAIR)
        line_sentence(m, 2, "r repairs it.");
    if (m->of->terminal && d->remedy == KS_REMEDY_CHOICE)
        line_sentence(m, 2, "r repairs it, with what it asks for.");
    ks_buf_free(&who);
}

static void add_finding(struct making *m, const struct ks_finding *f)
{
    line_add(m, report_role_of(f->severity), "", f->id);
    line_last(m)->full = ks_strdup(f->text);
    line_add(m, REPORT_PLAIN, "", f->text);
    line_last(m)->indent = 2;
    add_consequence(m, f);
}

/* `none` is said when there are none. */
static void add_all(struct making *m, const struct ks_findings *found, int cert, const char *none)
{
    size_t shown = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (cert >= 0 && found->items[i].cert != cert)
            continue;
        add_finding(m, &found->items[i]);
        shown++;
    }
    if (shown == 0)
        line_add(m, REPORT_FINE, "", none);
}

static bool lacks_issuer(const struct ks_findings *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->items[i].id, "CHAIN-MISSING-INTERMEDIATE") == 0)
            return true;
    return false;
}

/* What is not good is a finding. */
static void add_not_revoked(struct making *m)
{
    bool first = true;
    for (size_t i = 0; m->of->statuses && i < m->entry->chain_len && i < REPORT_CERTS; i++) {
        const struct ks_status *s = ks_statuses_of(m->of->statuses, &m->entry->chain[i]);
        struct ks_buf text = KS_BUF_INIT;
        if (!s || s->word != KS_STATUS_GOOD || (m->of->cert >= 0 && (size_t)m->of->cert != i))
            continue;
        if (first)
            line_blank(m);
        first = false;
        ks_status_good_text(s, &text);
        line_take(m, REPORT_FINE, "", &text);
        ks_buf_free(&text);
    }
}

static void report_entry_findings(struct making *m)
{
    struct ks_findings found = {0};
    report_find(m->of->diagnosis, m->store, m->entry, m->now, &found);
    add_all(m, &found, m->of->cert, "no findings");
    add_not_revoked(m);
    if (m->of->cert < 0 && lacks_issuer(&found)) {
        struct ks_chain chain;
        ks_chain_look(m->entry, &chain);
        line_blank(m);
        if (!chain.complete && chain.missing_after >= 0)
            report_fixed_with(m, &chain);
    }
    ks_findings_free(&found);
}

/* ---- a keystore: its own findings, then one line an entry that has some ---- */

static void add_entry_line(struct making *m, const struct ks_entry *e)
{
    struct ks_findings found = {0};
    struct ks_buf text = KS_BUF_INIT;
    report_find(m->of->diagnosis, m->store, e, m->now, &found);
    ks_buf_printf(&text, "%s: ", e->alias);
    for (size_t i = 0; i < found.count; i++) {
        bool again = i > 0 && found.items[i].id == found.items[i - 1].id;
        if (!again)
            ks_buf_printf(&text, "%s%s", i ? ", " : "", found.items[i].id);
    }
    if (found.count)
        line_take(m, report_role_of(found.items[0].severity), "", &text);
    ks_buf_free(&text);
    ks_findings_free(&found);
}

/* `worst` of each entry; `first`: the first entry that has findings. */
static void add_entries(struct making *m, const uint8_t *worst, size_t first)
{
    size_t count = ks_store_count(m->store), listed = 0, i = first;
    if (first < REPORT_LOOKED) {
        line_blank(m);
        line_heading(m, "Entries with findings");
    }
    for (; i < count && i < REPORT_LOOKED && listed < REPORT_LISTED; i++) {
        if (worst[i] < KS_NOTE)
            continue;
        add_entry_line(m, ks_store_entry(m->store, i));
        listed++;
    }
    if (i < count)
        line_sentence(m, 0, "The other %zu entries are not listed here.", count - i);
}

static void report_own_findings(struct making *m)
{
    struct ks_findings found = {0};
    report_find(m->of->diagnosis, m->store, NULL, m->now, &found);
    for (size_t i = 0; i < found.count; i++)
        add_finding(m, &found.items[i]);
    ks_findings_free(&found);
}

static void report_store_findings(struct making *m)
{
    struct ks_findings found = {0};
    uint8_t *worst = report_worsts(m->of->diagnosis, m->store, m->now, REPORT_LOOKED);
    size_t count = ks_store_count(m->store), first = 0;
    while (first < count && first < REPORT_LOOKED && worst[first] < KS_NOTE)
        first++;
    bool any = first < count;
    report_find(m->of->diagnosis, m->store, NULL, m->now, &found);
    add_all(m, &found, -1, any ? "the file itself: no findings" : "no findings");
    ks_findings_free(&found);
    if (any)
        add_entries(m, worst, first);
    free(worst);
}

void report_findings(struct making *m)
{
    if (m->entry)
        report_entry_findings(m);
    else if (m->of->alone)
        report_own_findings(m);
    else
        report_store_findings(m);
}
