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

/* What the keystore itself has: a summary and findings. */
static bool needs_entry(enum report_section section)
{
    return section != REPORT_SUMMARY && section != REPORT_FINDINGS;
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
    if (!m.entry && needs_entry(section))
        line_sentence(&m, 0, "This section is about an entry. Choose one of the keystore's.");
    else if (!m.entry && section == REPORT_SUMMARY)
        report_store_summary(&m);
    else
        sections[section].make(&m);
}
