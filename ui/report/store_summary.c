/* Section 1 of a keystore: the file, its protection, and what is inside. */
#include "report/section.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* ---- the file ---- */

static void add_file(struct making *m)
{
    const struct ks_store *s = m->store;
    char size[16], date[24];
    const struct ks_blob *file = s->disk ? s->disk : s->file;
    uint64_t bytes = file ? file->len : 0;
    line_add(m, REPORT_TEXT, "File", s->path);
    line_add(m, REPORT_TEXT, "Type", s->type);
    line_printf(m, REPORT_TEXT, "Size", "%s (%llu bytes)", report_size(bytes, size),
                (unsigned long long)bytes);
    if (s->mtime != KS_TIME_NONE)
        line_printf(m, REPORT_TEXT, "Modified", "%s UTC", ks_time_human(s->mtime, date));
    if (s->mode)
        line_printf(m, REPORT_TEXT, "Mode", "%04o", s->mode & 07777);
}

/* Bytes that are not those of the file: decrypted ones, unless the file had to be rewritten as DER
 * to be read. */
static bool was_decrypted(const struct ks_store *s, const struct ks_entry *e)
{
    if (!s->file || (s->notes & KS_STORE_BER) || e->piece_count == 0 || !e->pieces[0].raw.data)
        return false;
    uintptr_t at = (uintptr_t)e->pieces[0].raw.data, start = (uintptr_t)s->file->data;
    return at < start || at - start >= s->file->len;
}

/* Something proved it: the integrity check, or contents that it opened. */
static bool password_fits(const struct ks_store *s)
{
    size_t count = ks_store_count(s);
    bool fits = s->integrity == KS_INTEGRITY_VERIFIED;
    for (size_t i = 0; i < count && i < REPORT_LOOKED && !fits; i++)
        fits = was_decrypted(s, ks_store_entry(s, i));
    return fits;
}

static const char *password_words(const struct ks_store *s)
{
    unsigned caps = s->format ? s->format->caps : 0;
    if (s->password)
        return password_fits(s) ? "given, it fits" : "given, not checked";
    if (s->notes & KS_STORE_LOCKED_PARTS)
        return "not given: part of the contents stays locked";
    return caps & KS_CAP_PASSWORD ? "not given" : "none needed";
}

static const struct {
    enum report_role role;
    const char *words;
} integrities[] = {
    [KS_INTEGRITY_NONE] = {REPORT_TEXT, "the file has no check"},
    [KS_INTEGRITY_VERIFIED] = {REPORT_FINE, "verified"},
    [KS_INTEGRITY_UNVERIFIED] = {REPORT_REMARK, "not checked"},
    [KS_INTEGRITY_BAD] = {REPORT_FAILURE, "the check fails"},
    [KS_INTEGRITY_UNKNOWN] = {REPORT_REMARK, "not checked: algorithm not available here"},
};

/* The entries are counted below, with all kinds; a long label would push all values aside. */
static void add_fact(struct making *m, const struct ks_fact *fact)
{
    enum report_role role = REPORT_TEXT;
    const char *label = fact->label;
    if (strcmp(label, "Entries") == 0)
        return;
    if (strcmp(label, "Integrity") == 0)
        role = integrities[m->store->integrity].role;
    if (strcmp(label, "Keys protected by") == 0)
        label = "Protection";
    line_add(m, role, label, fact->text);
}

/* The format's own words about the check are better than ours: they name the algorithm. */
static void add_facts(struct making *m)
{
    const struct ks_store *s = m->store;
    bool told = false;
    for (size_t i = 0; i < s->fact_count; i++)
        told = told || strcmp(s->facts[i].label, "Integrity") == 0;
    line_add(m, REPORT_TEXT, "Password", password_words(s));
    if (!told && m->store->now && !m->store->saved)
        line_add(m, REPORT_TEXT, "Integrity", "not written yet: w writes it");
    else if (!told)
        line_add(m, integrities[s->integrity].role, "Integrity", integrities[s->integrity].words);
    for (size_t i = 0; i < s->fact_count; i++)
        add_fact(m, &s->facts[i]);
    if (s->damage.code != KS_OK)
        line_add(m, REPORT_FAILURE, "Damage", s->damage.what);
}

/* ---- what is inside ---- */

static const struct {
    const char *one, *many;
} kind_words[] = {
    [KS_KIND_KEY] = {"key pair", "key pairs"},
    [KS_KIND_TRUSTED] = {"trusted certificate", "trusted certificates"},
    [KS_KIND_CERT] = {"certificate", "certificates"},
    [KS_KIND_SECRET] = {"secret key", "secret keys"},
    [KS_KIND_PASSWORD] = {"stored password", "stored passwords"},
    [KS_KIND_REQUEST] = {"request", "requests"},
    [KS_KIND_CRL] = {"revocation list", "revocation lists"},
    [KS_KIND_PUBLIC] = {"public key", "public keys"},
    [KS_KIND_OPAQUE] = {"other item", "other items"},
    [KS_KIND_LOCKED] = {"locked part", "locked parts"},
};
#define KIND_COUNT (sizeof kind_words / sizeof kind_words[0])

static void add_counts(struct making *m)
{
    size_t counts[KIND_COUNT] = {0}, total = ks_store_count(m->store);
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < total; i++)
        counts[ks_store_entry(m->store, i)->kind]++;
    ks_buf_printf(&text, "%zu", total);
    const char *joint = ": ";
    for (size_t k = 0; k < KIND_COUNT; k++) {
        if (counts[k] == 0)
            continue;
        ks_buf_printf(&text, "%s%zu %s", joint, counts[k],
                      counts[k] == 1 ? kind_words[k].one : kind_words[k].many);
        joint = ", ";
    }
    line_take(m, REPORT_TEXT, "Entries", &text);
}

static void add_earliest(struct making *m)
{
    const struct ks_entry *first = NULL;
    int64_t earliest = 0;
    char date[24], days[8];
    for (size_t i = 0; i < ks_store_count(m->store); i++) {
        const struct ks_entry *e = ks_store_entry(m->store, i);
        int64_t expires = report_entry_expires(e);
        if (expires == KS_TIME_NONE || (first && expires >= earliest))
            continue;
        first = e;
        earliest = expires;
    }
    if (first)
        line_printf(m, REPORT_TEXT, "Earliest", "%s (%s) %s", ks_time_date(earliest, date),
                    report_days(KS_TIME_NONE, earliest, m->now, days), first->alias);
}

/* How many entries have something of this severity as their worst. */
struct tally {
    size_t of[4];
    size_t looked, total;
};

static struct tally tally_entries(const struct making *m)
{
    struct tally t = {.total = ks_store_count(m->store)};
    t.looked = t.total < REPORT_LOOKED ? t.total : REPORT_LOOKED;
    uint8_t *worst = report_worsts(m->of->diagnosis, m->store, m->now, t.looked);
    for (size_t i = 0; i < t.looked; i++)
        t.of[worst[i]]++;
    free(worst);
    return t;
}

static enum ks_severity worst_of(const struct tally *t, const struct ks_findings *own)
{
    int worst = own->count ? (int)own->items[0].severity : KS_FINE;
    for (int s = KS_ERROR; s > worst; s--)
        worst = t->of[s] ? s : worst;
    return (enum ks_severity)worst;
}

/* "entries: 1 with an error, 3 with warnings" */
static void tally_text(const struct tally *t, struct ks_buf *out)
{
    static const char *const words[][2] = {
        [KS_NOTE] = {"with a note", "with notes"},
        [KS_WARNING] = {"with a warning", "with warnings"},
        [KS_ERROR] = {"with an error", "with errors"},
    };
    const char *joint = out->len ? "; entries: " : "entries: ";
    for (int s = KS_ERROR; s > KS_FINE; s--) {
        if (t->of[s] == 0)
            continue;
        ks_buf_printf(out, "%s%zu %s", joint, t->of[s], words[s][t->of[s] != 1]);
        joint = ", ";
    }
}

/* Of the file itself, and of its entries. */
static void add_status(struct making *m, const struct ks_findings *own)
{
    struct tally t = tally_entries(m);
    struct ks_buf text = KS_BUF_INIT, counts = KS_BUF_INIT;
    if (own->count) {
        report_count_text(own, &counts);
        ks_buf_printf(&text, "file: %s", ks_buf_text(&counts));
        ks_buf_free(&counts);
    }
    tally_text(&t, &text);
    if (text.len == 0)
        ks_buf_str(&text, "no findings");
    if (t.looked < t.total)
        ks_buf_printf(&text, " (of the first %zu)", t.looked);
    line_take(m, report_role_of(worst_of(&t, own)), "Status", &text);
}

static void add_findings(struct making *m, const struct ks_findings *f)
{
    if (f->count)
        line_blank(m);
    for (size_t i = 0; i < f->count; i++) {
        line_printf(m, report_role_of(f->items[i].severity), "", "%-20s %s", f->items[i].id,
                    f->items[i].title);
        line_last(m)->full = ks_strdup(f->items[i].text);
    }
}

void report_store_summary(struct making *m)
{
    struct ks_findings found = {0};
    report_find(m->of->diagnosis, m->store, NULL, m->now, &found);
    add_file(m);
    add_facts(m);
    add_counts(m);
    add_earliest(m);
    add_status(m, &found);
    add_findings(m, &found);
    ks_findings_free(&found);
}
