/*
 * The fields of certificates and requests that several wizards have: what key, who, for what, how
 * long, signed by whom. Rows of a table of fields, with their checks, and what moves values between
 * them and the model. The ids are fixed, so a form has each group once.
 */
#ifndef KSX_TUI_CERT_FIELDS_H
#define KSX_TUI_CERT_FIELDS_H

#include "op/make.h"
#include "tui/app_state.h"
#include "tui/edit.h"
#include "tui/form.h"

/* Copies the words of an error into a remark: what, then next. */
bool field_ok(enum ks_code code, const struct ks_error *err, char why[static FORM_WHY]);
/* The first alone: for a line of several, where there is little room. */
bool field_ok_briefly(enum ks_code code, const struct ks_error *err, char why[static FORM_WHY]);
bool alias_is_free(const struct ks_store *store, const char *alias, char why[static FORM_WHY]);

/* ---- the type of a new key: "family", "size", "about-key" ---- */
void key_type_offer(struct form *form); /* fills the choices; the default is chosen */
void key_type_changed(struct form *form, const char *id); /* another family has other sizes */
void key_type_choose(struct form *form, const struct ks_key_type *type);
const struct ks_key_type *key_type_chosen(const struct form *form);
bool key_type_has_size(const struct form *form, void *ctx);
void key_type_words(const struct form *form, void *ctx, struct ks_buf *out);

/* ---- who: the attributes one by one, "CN" to "C", with "dn"; or as one line, "subject" ---- */
void subject_text(const struct form *form, struct ks_buf *out); /* of the attributes; appended */
void subject_words(const struct form *form, void *ctx, struct ks_buf *out);
bool subject_cn_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool subject_ou_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool subject_o_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool subject_l_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool subject_st_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool subject_c_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool subject_line_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);

void subject_put(struct form *form, struct ks_slice name); /* into the line */
/* The line as a Name, appended: the former one byte for byte when it was not changed. */
void subject_take(const struct form *form, struct ks_slice former, struct ks_buf *out);

/* ---- alternative names, a line each: "names" ---- */
bool names_line_ok(const struct form *form, void *ctx, const char *line, char why[static FORM_WHY]);
/* All lines together: no more than a certificate takes. */
bool names_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
void names_put(struct form *form, const struct ks_profile *profile);
void names_take(const struct form *form, struct ks_profile *profile); /* in place of its own */
/* The line that ksx wrote, `*suggested` ("" at first), becomes `name`; others stay. Once somebody
 * has changed it, it follows no more: *suggested is NULL then. */
void names_follow(struct form *form, char **suggested, const char *name);

/* The CN, where the template is one for servers: what is suggested there, as names_follow() has it. */
void names_suggest(struct form *form, char **suggested);

/* ---- a template: "template" ---- */
void template_offer(struct form *form);
const struct ks_template *template_chosen(const struct form *form);

/* ---- a password of the key alone: "own" ---- */
bool own_password_possible(const struct ks_format *format);
bool own_password_wanted(const struct form *form, const struct ks_format *format);
/* Which it has otherwise. */
void own_password_words(const struct form *form, const struct ks_format *format,
                        struct ks_buf *out);

/* ---- for what: "reset", "usage", "extended", "oids", "ca", "path-len" ---- */
void use_put(struct form *form, const struct ks_profile *profile);
/* Everything of the profile but its names and others. */
void use_take(const struct form *form, struct ks_profile *profile);
void use_reset_words(struct form *form, const char *of, size_t changes); /* "TLS server, 0 changes" */
void use_words(const struct form *form, void *ctx, struct ks_buf *out); /* all of it in words */
bool use_is_ca(const struct form *form, void *ctx);
bool use_oid_ok(const struct form *form, void *ctx, const char *line, char why[static FORM_WHY]);
bool use_oids_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool use_path_len_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);

/* ---- how long: "from", "until", "days" ---- */
void validity_fill(struct form *form, unsigned days); /* from now on */
/* Days until the first end in the chain of the one that signs, but not more than `days`. */
unsigned validity_within(const struct ks_entry *signer, unsigned days); /* NULL: nobody's */
bool validity_from_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool validity_until_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
void validity_words(const struct form *form, void *ctx, struct ks_buf *out);
bool validity_take(const struct form *form, int64_t *not_before, int64_t *not_after);

/* ---- the signature: "signature" ---- */
void signature_offer(struct form *form, struct ks_slice spki); /* of the key that signs */
void signature_offer_for_type(struct form *form, const struct ks_key_type *type);
char *signature_chosen(const struct form *form); /* NULL: the usual one; the caller's */

/* ---- who signs: "signer" ---- */
struct signer {
    struct edit_target target; /* holds the store */
    const struct ks_entry *entry;
};
struct signers {
    struct signer *at;
    size_t count;
};
/* The entries of all open keystores that can sign, but for `except` (may be NULL). */
struct signers signers_find(struct app *app, const struct ks_entry *except);
void signers_free(struct signers *signers);
/* The first choice is `first`: "self-signed"; NULL: there must be one that signs. */
void signers_offer(struct app *app, struct form *form, const struct signers *signers,
                   const char *first);
/* NULL: the first choice. */
const struct signer *signer_chosen(const struct form *form, const struct signers *signers,
                                   bool has_first);

/* ---- a file to write: "output", "overwrite", which holds for that name ---- */
void output_suggest(struct form *form, const char *name, const char *suffix); /* a new file */
bool output_is_there(const struct form *form, void *ctx);
bool output_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);

/* clang-format off */
#define KEY_TYPE_FIELDS(at_page, is_shown, size_shown)                                             \
    {.id = "family", .label = "Algorithm", .kind = FORM_CHOICE, .page = (at_page),                 \
     .shown = (is_shown), .hint = "RSA: everything reads it. EC: smaller and faster."},            \
    {.id = "size", .label = "Size", .kind = FORM_CHOICE, .page = (at_page),                        \
     .shown = (size_shown), .hint = "Bits of an RSA key, or the curve."},                          \
    {.id = "about-key", .label = "", .kind = FORM_WORDS, .page = (at_page),                        \
     .shown = (is_shown), .words = key_type_words}

#define SUBJECT_FIELDS(at_page)                                                                    \
    {.id = "CN", .label = "Common name  CN", .kind = FORM_TEXT, .page = (at_page),                 \
     .check = subject_cn_ok,                                                                       \
     .hint = "Of a server: its host name; it is copied into the names below."},                    \
    {.id = "OU", .label = "Unit         OU", .kind = FORM_TEXT, .page = (at_page),                 \
     .check = subject_ou_ok, .hint = "A part of the organisation. Leave empty to omit it."},       \
    {.id = "O", .label = "Organisation O", .kind = FORM_TEXT, .page = (at_page),                   \
     .check = subject_o_ok, .hint = "The company or body, in full. Leave empty to omit it."},      \
    {.id = "L", .label = "Locality     L", .kind = FORM_TEXT, .page = (at_page),                   \
     .check = subject_l_ok, .hint = "The town. Leave empty to omit it."},                          \
    {.id = "ST", .label = "State        ST", .kind = FORM_TEXT, .page = (at_page),                 \
     .check = subject_st_ok, .hint = "State or province, not abbreviated. Leave empty to omit it."},\
    {.id = "C", .label = "Country      C", .kind = FORM_TEXT, .page = (at_page),                   \
     .check = subject_c_ok,                                                                        \
     .hint = "Country: ISO 3166 two-letter code. Leave empty to omit it."}

#define NAMES_FIELD(at_page)                                                                       \
    {.id = "names", .label = "Alternative names, one a line (dns: ip: email: uri:)",               \
     .kind = FORM_LINES, .page = (at_page), .check_line = names_line_ok, .rows = 4,                \
     .check = names_ok, .fresh_line = true,                                                        \
     .hint = "For whom it is: what clients compare with the name they connect to. Tab leaves."}

#define USE_FIELDS(at_page)                                                                        \
    {.id = "reset", .label = "As in", .kind = FORM_CHOICE, .page = (at_page),                      \
     .hint = "Space sets all of this page back to it."},                                           \
    {.id = "usage", .label = "Key usage", .kind = FORM_PICKS, .flow = true, .page = (at_page),     \
     .hint = "What the key may do. Left and Right move, Space ticks."},                            \
    {.id = "extended", .label = "Extended", .kind = FORM_PICKS, .flow = true, .page = (at_page),   \
     .hint = "What for. Left and Right move, Space ticks."},                                       \
    {.id = "ca", .label = "CA", .kind = FORM_CHOICE, .choices = use_ca_words, .page = (at_page),   \
     .hint = "Whether it may sign other certificates (basicConstraints)."},                        \
    {.id = "path-len", .label = "Path length", .kind = FORM_TEXT, .page = (at_page),               \
     .shown = use_is_ca, .check = use_path_len_ok,                                                 \
     .hint = "How many CAs may stand below it. Empty: no limit. 0: it signs no CA."},              \
    {.id = "oids", .label = "Further extended usages, an OID a line", .kind = FORM_LINES,          \
     .rows = 2, .page = (at_page), .check_line = use_oid_ok, .check = use_oids_ok,                 \
     .hint = "Dotted, as 1.3.6.1.4.1.311.20.2.2. Tab leaves."}
extern const char *const use_ca_words[]; /* "no", "yes", "not said" */

#define VALIDITY_FIELDS(at_page)                                                                   \
    {.id = "from", .label = "From (UTC)", .kind = FORM_TEXT, .page = (at_page),                    \
     .check = validity_from_ok, .hint = "2026-03-01, or with a time: 2026-03-01 12:00:00. UTC."},  \
    {.id = "until", .label = "For", .kind = FORM_TEXT, .page = (at_page),                          \
     .check = validity_until_ok, .hint = "Days, or the last day as a date: 2027-03-01."},          \
    {.id = "days", .label = "", .kind = FORM_WORDS, .page = (at_page), .words = validity_words}

#define SIGNATURE_FIELD(at_page)                                                                   \
    {.id = "signature", .label = "Signature", .kind = FORM_CHOICE, .page = (at_page),              \
     .hint = "Left and Right choose. The first one is what everything reads."}

#define OUTPUT_FIELDS(at_page, output_check)                                                       \
    {.id = "output", .label = "Write to", .kind = FORM_PATH, .makes_file = true,                   \
     .page = (at_page), .check = (output_check), .hint = "A new file. ^O shows the directory."},   \
    {.id = "overwrite", .label = "replace the file that is there", .kind = FORM_TICK,              \
     .page = (at_page), .shown = output_is_there, .holds_for = "output",                           \
     .hint = "A file of that name is there already. Space ticks: it is replaced, without a .bak."}
/* clang-format on */

#endif
