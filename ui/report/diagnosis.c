/* Findings from wherever they are known best, and what is known of each. */
#include "report/section.h"

#include "base/alloc.h"

#include <string.h>

/* ---- the doctor's, or the quick ones ---- */

static void copy_finding(const struct ks_finding *from, struct ks_findings *out)
{
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 8;
        out->items = ks_realloc(out->items, out->cap * sizeof *out->items);
    }
    struct ks_finding *f = &out->items[out->count++];
    *f = *from;
    f->text = ks_strdup(from->text ? from->text : "");
}

void report_find(const struct ks_diagnosis *diagnosis, const struct ks_store *store,
                 const struct ks_entry *entry, int64_t now, struct ks_findings *out)
{
    size_t first = 0;
    if (!diagnosis) {
        if (entry)
            ks_find_entry(store, entry, now, out);
        else
            ks_find_store(store, now, out);
        return;
    }
    size_t count = ks_diagnosis_of(diagnosis, entry, &first);
    for (size_t i = 0; i < count; i++)
        copy_finding(&diagnosis->at[first + i].found, out);
}

enum ks_severity report_worst(const struct ks_diagnosis *diagnosis, const struct ks_store *store,
                              const struct ks_entry *entry, int64_t now)
{
    if (diagnosis)
        return ks_diagnosis_worst(diagnosis, entry);
    return entry ? ks_worst_of_entry(store, entry, now) : ks_worst_of_store(store, now);
}

/* In one pass: an entry's own findings are not looked for among all the others'. */
uint8_t *report_worsts(const struct ks_diagnosis *diagnosis, const struct ks_store *store,
                       int64_t now, size_t limit)
{
    size_t count = ks_store_count(store) < limit ? ks_store_count(store) : limit;
    uint8_t *out = ks_alloc_array(count + 1, 1);
    for (size_t i = 0; i < count; i++)
        out[i] = (uint8_t)(diagnosis ? KS_FINE
                                     : ks_worst_of_entry(store, ks_store_entry(store, i), now));
    for (size_t i = 0; diagnosis && i < diagnosis->count; i++) {
        const struct ks_diagnosed *d = &diagnosis->at[i];
        if (d->place < count && d->found.severity > out[d->place])
            out[d->place] = (uint8_t)d->found.severity;
    }
    return out;
}

/* ---- who refuses ---- */

static void add_word(struct ks_buf *out, size_t *n, const char *word)
{
    ks_buf_printf(out, "%s%s", (*n)++ ? ", " : "", word);
}

static size_t count_clients(unsigned mask)
{
    size_t n = 0;
    for (int bit = 0; bit < KS_CLIENTS; bit++)
        n += (mask >> bit) & 1u;
    return n;
}

void report_clients(unsigned rejects, struct ks_buf *out)
{
    unsigned clients = rejects & KS_CLIENT_ALL, others = KS_CLIENT_ALL & ~clients;
    bool most = clients && others && count_clients(others) <= 2;
    unsigned named = most ? others : others ? clients : 0;
    size_t n = 0;
    if (!others)
        add_word(out, &n, "all clients");
    else if (most)
        ks_buf_str(out, "all but ");
    for (int bit = 0; bit < KS_CLIENTS; bit++)
        if ((named >> bit) & 1u)
            add_word(out, &n, ks_client_name(bit));
    if (rejects & KS_CLIENT_SERVER)
        add_word(out, &n, "the server itself");
}

/* ---- the catalogue ---- */

static void add_said(struct making *m, const char *who, const char *what)
{
    if (what && what[0])
        line_add(m, REPORT_TEXT, who, what);
}

bool report_catalogue(const char *id, unsigned rejects, struct report *out)
{
    struct making m = {.out = out};
    struct ks_buf who = KS_BUF_INIT;
    const struct ks_catalogue *c = ks_catalogue_of(id);
    if (!c)
        return false;
    report_clients(rejects, &who);
    line_add(&m, REPORT_TEXT, "Refused by", who.len ? ks_buf_text(&who) : "nobody");
    line_add(&m, REPORT_TEXT, "Mended by", c->fix);
    line_add(&m, REPORT_TEXT, "Why", c->why);
    line_blank(&m);
    add_said(&m, "Java", c->java);
    add_said(&m, "curl", c->curl);
    add_said(&m, "Browsers", c->browser);
    line_add(&m, REPORT_TEXT, "Rule", c->rule);
    ks_buf_free(&who);
    return true;
}
