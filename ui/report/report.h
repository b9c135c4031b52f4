/*
 * A report is what the detail pane shows and what `ksx show` prints: sections of lines, made from
 * the model in words, independent of any terminal. Values are external text: whoever draws or
 * prints them neutralises them (base/text.h).
 */
#ifndef KSX_REPORT_REPORT_H
#define KSX_REPORT_REPORT_H

#include "chain/chain.h"
#include "doctor/doctor.h"
#include "file/open.h"

enum report_section {
    REPORT_SUMMARY = 1,
    REPORT_CHAIN,
    REPORT_CERT,
    REPORT_EXT,
    REPORT_KEY,
    REPORT_PEM,
    REPORT_FINDINGS,
    REPORT_SECTIONS = REPORT_FINDINGS,
};
/* "Summary"/"Sum", "Chain", "Certificate"/"Cert", ...: names of the detail pane's titles. */
const char *report_section_name(enum report_section s, bool is_short);

/* The label column of a section is as wide as report_label_width(). A TEXT line with an empty label goes
 * on in the value column; every other line with an empty label starts at `indent`. A label is
 * followed by the glyph of the role, if it has one, and then the value. */
enum report_role {
    REPORT_TEXT,     /* label + value */
    REPORT_HEADING,  /* a line in bold; an empty one is a blank line */
    REPORT_VERBATIM, /* value without label, not wrapped at words: PEM, hex, ASN.1 */
    REPORT_PLAIN,    /* value without label, wrapped at words: sentences, lists */
    REPORT_FINE,     /* the value is led by the glyph of a severity */
    REPORT_REMARK,
    REPORT_CAUTION,
    REPORT_FAILURE,
};
enum report_shape { /* how a value is shortened when it must be */
    REPORT_WRAP,  /* wrapped at words */
    REPORT_DN,    /* RDNs dropped from the middle on one line */
    REPORT_HEX,   /* wrapped by 8 bytes */
    REPORT_ALIAS, /* one line without its middle: the rows below stay where they are */
};
struct report_line {
    enum report_role role;
    enum report_shape shape;
    int indent;        /* columns */
    const char *label; /* static or ""; never NULL */
    char *value;       /* owned, UTF-8 without newlines, never NULL */
    char *full;        /* what `y`/Enter give when it differs from value; may be NULL */
};
struct report {
    struct report_line *lines;
    size_t count, cap;
};
void report_free(struct report *r);
/* Columns of the label column: the widest label and two blanks, at least 10; 0 without any label. */
int report_label_width(const struct report *r);

/* What is known about the password of a key, by having tried the keystore's. */
enum report_key_password { REPORT_KEY_UNKNOWN, REPORT_KEY_AS_STORE, REPORT_KEY_OWN };

/* What is looked at: a store; with entry one entry; with cert >= 0 one certificate of its chain. */
struct report_subject {
    const struct ks_store *store;
    const struct ks_entry *entry; /* NULL: the store itself */
    int cert;                     /* -1: the entry itself */
    struct ks_store *const *all;  /* other open stores, for "could be fixed with"; may be NULL */
    size_t all_count;
    const struct ks_diagnosis *diagnosis; /* of the store, by the doctor; NULL: the quick rules */
    const struct ks_statuses *statuses; /* what was asked about revocation; NULL: nothing was */
    const struct ks_unlocked *unlocked; /* result of a key unlocked by the user; NULL if locked */
    enum report_key_password key_password;
    bool raw;    /* `x`: hex, ASN.1, code points instead of words */
    bool wide;   /* long forms (120 columns) */
    bool alone;  /* findings of the store itself, and not a word about its entries */
    bool terminal; /* hints name the explorer's keys instead of the options of `ksx show` */
};
void report_build(const struct report_subject *subject, enum report_section section,
                  struct report *out);

/* The findings of an entry (NULL: of the store as a whole): those of the diagnosis when there is
 * one, else those of the quick rules. Appended, the worst first. */
void report_find(const struct ks_diagnosis *diagnosis, const struct ks_store *store,
                 const struct ks_entry *entry, int64_t now, struct ks_findings *out);
/* The worst of them; cheaper. */
enum ks_severity report_worst(const struct ks_diagnosis *diagnosis, const struct ks_store *store,
                              const struct ks_entry *entry, int64_t now);
/* The same of every entry up to `limit`, by its place; the caller's. */
uint8_t *report_worsts(const struct ks_diagnosis *diagnosis, const struct ks_store *store,
                       int64_t now, size_t limit);
/* Who refuses because of a finding, of enum ks_client: "all clients", "Java, Go", "all but Java",
 * and the server; nothing for 0. Appended. */
void report_clients(unsigned rejects, struct ks_buf *out);
/* All that is known of a finding beside its rule, in lines: what people see, why it matters, what
 * mends it. `rejects`: who refuses. False: the catalogue has no such finding. */
bool report_catalogue(const char *id, unsigned rejects, struct report *out);

/* ---- shared words of rows: tree, list, expiry ---- */
/* "412d", "-31d", "+14d", "2.9y", "-": at most 5 columns. */
char *report_days(int64_t not_before, int64_t not_after, int64_t now, char out[static 8]);
/* The day of an entry: the earliest expiry in its chain, nextUpdate of a CRL; KS_TIME_NONE without. */
int64_t report_entry_expires(const struct ks_entry *e);
/* False: its certificates are locked or cannot be read, so that it has no day says nothing about
 * it. */
bool report_entry_is_judged(const struct ks_entry *e);
bool report_entry_is_locked(const struct ks_entry *e);
/* Days until then, +days when its leaf has not started yet. */
char *report_entry_days(const struct ks_entry *e, int64_t now, char out[static 8]);
/* State of an entry for a row: severity plus the two special cases. The state of a store is the worst of the
 * file and of its entries; it visits every entry (about 1 us each), so keep the result. */
enum report_state { REPORT_OK, REPORT_NOTE_, REPORT_WARN, REPORT_ERR, REPORT_FUTURE, REPORT_LOCKED, REPORT_NONE };
enum report_state report_entry_state(const struct ks_store *s, const struct ks_entry *e, int64_t now);
/* The same for who knows the worst of its findings already. */
enum report_state report_state_for(const struct ks_store *s, const struct ks_entry *e,
                                   enum ks_severity worst, int64_t now);
enum report_state report_store_state(const struct ks_store *s, int64_t now);
const char *report_state_word(enum report_state s); /* "ok" "note" "warning" "error" "future" "locked" "none" */
/* The glyph of a state: UTF-8 set or ASCII set. */
const char *report_state_glyph(enum report_state s, bool ascii);
/* "integrity verified", "integrity check FAILED", "integrity not checked" also where a damaged file
 * holds nothing to check; "" without a check. */
const char *report_integrity_words(const struct ks_store *s);
/* Words for sizes: "5.2 KiB". */
char *report_size(uint64_t bytes, char out[static 16]);

#endif
