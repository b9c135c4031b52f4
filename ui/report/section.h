/*
 * Between the files of the report: what is being made, and the ways to add a line to it. Each
 * section is one function in a file of its own.
 */
#ifndef KSX_REPORT_SECTION_H
#define KSX_REPORT_SECTION_H

#include "report/report.h"
#include "x509/request.h"

/* Findings, entries and certificates that one section looks at; the rest is only counted. */
#define REPORT_LOOKED 20000
#define REPORT_LISTED 200
#define REPORT_CERTS 10

struct making {
    const struct report_subject *of;
    const struct ks_store *store;
    const struct ks_entry *entry; /* NULL: the store itself */
    const struct ks_cert *cert;   /* the chosen one, else the leaf; NULL without a readable one */
    size_t index;                 /* of `cert` in the chain */
    int64_t now;
    struct report *out;
};

void report_summary(struct making *m);
void report_store_summary(struct making *m);
void report_chain(struct making *m);
void report_cert(struct making *m);
void report_extensions(struct making *m);
void report_key(struct making *m);
void report_pem(struct making *m);
void report_findings(struct making *m);

/* Of a revocation list: whether an open issuer signed it, and what it lists. */
void report_crl_signature(struct making *m, const struct ks_crl *crl);
void report_crl_entries(struct making *m, const struct ks_crl *crl);
/* A line when a revocation list of the certificate's issuer, in an open file, names it. */
void report_revoked(struct making *m, const struct ks_cert *c);

/* ---- lines; `label` must be static ---- */

/* The line just added, for indent, shape and full; valid until the next one. */
struct report_line *line_last(struct making *m);
void line_add(struct making *m, enum report_role role, const char *label, const char *value);
void line_printf(struct making *m, enum report_role role, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Takes what is in the buffer (NUL characters become a visible \x00) and empties it. */
void line_take(struct making *m, enum report_role role, const char *label, struct ks_buf *text);
/* One line of the report for each line of the text; the label goes to the first one. */
void line_take_all(struct making *m, enum report_role role, const char *label, int indent,
                   struct ks_buf *text);
void line_blank(struct making *m);
void line_heading(struct making *m, const char *text);
void line_sentence(struct making *m, int indent, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void line_hex(struct making *m, const char *label, struct ks_slice bytes);
/* A long run of bytes, "AB:CD:..." or "AB CD ...": 16 bytes a line, the first one with all of them
 * in `full`. */
void line_hex_rows(struct making *m, enum report_role role, int indent, const char *hex,
                   size_t len);
void line_dn(struct making *m, const char *label, struct ks_slice name);

/* ---- words ---- */

enum report_role report_role_of(enum ks_severity severity);
/* Last part of the store's path. */
const char *report_store_name(const struct ks_store *s);
/* "1 error, 2 warnings"; "no findings". Appended. */
void report_count_text(const struct ks_findings *f, struct ks_buf *out);
/* Serial in groups of 8 digits. Appended. */
void report_serial_text(const struct ks_cert *c, struct ks_buf *out);
/* A host name, its decoded form in brackets behind it when it has "xn--" labels. Appended. */
void report_host_text(const char *name, size_t len, struct ks_buf *out);
/* The public key of an entry: of its leaf, its request, or itself. */
bool report_entry_spki(const struct ks_entry *e, struct ks_slice *out);
/* Where a missing issuer may be: this store first, then the other open ones. */
struct report_source {
    const struct ks_store *store;
    const struct ks_entry *entry;
    const struct ks_cert *cert;
};
bool report_find_issuer(const struct making *m, const struct ks_cert *child,
                        struct report_source *out);
/* "Could be fixed with: ..." of a chain that is not complete. */
void report_fixed_with(struct making *m, const struct ks_chain *chain);
/* "1 of 3 present, issuer missing"; without the number when the open keystores do not tell it.
 * Appended. */
void report_chain_text(const struct making *m, const struct ks_chain *chain, struct ks_buf *out);
/* Expired, not yet valid, or the rest of the period: "412 of 730 days". Appended. */
void report_left_text(const struct ks_cert *c, int64_t now, struct ks_buf *out);

#endif
