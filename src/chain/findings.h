/*
 * Findings: what is remarkable about a store, an entry, a certificate. One table of rules
 * (KS_FINDINGS below) gives the enum, the words on screen, the ids in JSON and the documentation.
 * A rule is a pure function of the model and of the time; it verifies no signature and decodes no
 * certificate in full, so it costs microseconds.
 */
#ifndef KSX_CHAIN_FINDINGS_H
#define KSX_CHAIN_FINDINGS_H

#include "store/store.h"

enum ks_severity { KS_FINE, KS_NOTE, KS_WARNING, KS_ERROR };

struct ks_finding {
    const char *id;    /* static: "CHAIN-MISSING-INTERMEDIATE", "CERT-EXPIRED", ... */
    enum ks_severity severity;
    const char *title; /* static, one line */
    char *text;        /* evidence and consequence, one paragraph; may quote external text */
    int cert;          /* index in the chain, -1 = the entry or the store */
};
struct ks_findings {
    struct ks_finding *items;
    size_t count, cap;
};
void ks_findings_free(struct ks_findings *f);

#define KS_WARN_DAYS 30

/* Findings of the store as a whole (not of its entries), and of one entry. Appended, worst first within a call. */
void ks_find_store(const struct ks_store *s, int64_t now, struct ks_findings *out);
void ks_find_entry(const struct ks_store *s, const struct ks_entry *e, int64_t now,
                   struct ks_findings *out);
/* Only the worst severity; cheaper (no texts). */
enum ks_severity ks_worst_of_entry(const struct ks_store *s, const struct ks_entry *e, int64_t now);
enum ks_severity ks_worst_of_store(const struct ks_store *s, int64_t now); /* whole-store rules only */
enum ks_severity ks_worst_of_cert(const struct ks_cert *c, int64_t now);   /* dates, broken */
/* The table itself, for documentation: NULL id ends. */
struct ks_rule_info {
    const char *id;
    enum ks_severity severity;
    const char *title;
};
const struct ks_rule_info *ks_rules(void);
/* Of any finding by its id, ignoring case, also of one that no rule makes (a file that cannot be
 * opened, what a peer has sent); NULL: there is none. */
const struct ks_rule_info *ks_rule_of(const char *id);
const char *ks_severity_word(enum ks_severity s); /* "ok", "note", "warning", "error" */

#endif
