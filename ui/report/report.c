#include "report/section.h"

static const struct {
    const char *name, *brief;
    void (*make)(struct making *m);
} sections[] = {
    [REPORT_SUMMARY] = {"Summary", "Sum", report_summary},
    [REPORT_CHAIN] = {"Chain", "Chain", report_chain},
    [REPORT_CERT] = {"Certificate", "Cert", report_cert},
    [REPORT_EXT] = {"Ext", "Ext", report_extensions},
    [REPORT_KEY] = {"Key", "Key", report_key},
    [REPORT_PEM] = {"PEM", "PEM", report_pem},
    [REPORT_FINDINGS] = {"Findings", "Find", report_findings},
};

const char *report_section_name(enum report_section s, bool is_short)
{
    return is_short ? sections[s].brief : sections[s].name;
}

static void choose_cert(struct making *m)
{
    const struct ks_entry *e = m->entry;
    size_t index = m->of->cert > 0 ? (size_t)m->of->cert : 0;
    if (!e || index >= e->chain_len || (e->chain[index].flags & KS_CERT_BROKEN))
        return;
    m->cert = &e->chain[index];
    m->index = index;
}

/* ---- sections that a keystore as a whole does not have ---- */

static bool has_chain(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY && e->chain_len > 0;
}

static bool has_public(const struct ks_entry *e)
{
    return e->chain_len > 0 || e->kind == KS_KIND_REQUEST || e->kind == KS_KIND_CRL;
}

static bool has_pem(const struct ks_entry *e)
{
    return has_public(e) || e->kind == KS_KIND_PUBLIC;
}

static bool has_key(const struct ks_entry *e)
{
    struct ks_slice spki;
    return e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD ||
           report_entry_spki(e, &spki);
}

/* What is said when an entry has it, and when none has. */
static const struct {
    bool (*has)(const struct ks_entry *e);
    const char *some, *none;
} parts[] = {
    [REPORT_CHAIN] = {has_chain, "Chains belong to the keys of a file. Choose one of them.",
                      "There is no chain here: no entry is a private key with certificates."},
    [REPORT_CERT] = {has_public, "Certificates belong to the entries. Choose one of them.",
                     "There is no certificate here."},
    [REPORT_EXT] = {has_public, "Extensions belong to certificates. Choose one of the entries.",
                    "There are no extensions here: no entry has a certificate."},
    [REPORT_KEY] = {has_key, "Keys belong to the entries. Choose one of them.",
                    "There is no key here."},
    [REPORT_PEM] = {has_pem, "PEM is the form of one object. Choose one of the entries.",
                    "There is nothing here that has a PEM form."},
};

static bool is_of_an_entry(enum report_section section)
{
    return section != REPORT_SUMMARY && section != REPORT_FINDINGS;
}

static void explain(struct making *m, enum report_section section)
{
    size_t count = ks_store_count(m->store), i = 0;
    while (i < count && i < REPORT_LOOKED && !parts[section].has(ks_store_entry(m->store, i)))
        i++;
    line_sentence(m, 0, "%s", i < count ? parts[section].some : parts[section].none);
}

void report_build(const struct report_subject *subject, enum report_section section,
                  struct report *out)
{
    struct making m = {.of = subject,
                       .store = subject->store,
                       .entry = subject->entry,
                       .now = ks_now(),
                       .out = out};
    *out = (struct report){0};
    choose_cert(&m);
    if (!m.entry && is_of_an_entry(section))
        explain(&m, section);
    else if (!m.entry && section == REPORT_SUMMARY)
        report_store_summary(&m);
    else
        sections[section].make(&m);
}
