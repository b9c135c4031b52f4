/*
 * What every import begins with: files in any number and of any type, pasted PEM, and the passwords
 * of those that need one. The first page of such a wizard, and the reading of what it names. The
 * wizard's context begins with its struct importing.
 *
 * The worker fills `given`; callbacks of the form that are called while it works look at what was
 * typed alone.
 */
#ifndef KSX_TUI_IMPORTING_H
#define KSX_TUI_IMPORTING_H

#include "op/gather.h"
#include "tui/edit.h"
#include "tui/form.h"

#define IMPORT_FILE_FIELDS 4 /* with completion; further files are lines of one field */

struct import_file {
    char *path;
    const char *field; /* that it was typed in */
};
struct import_password {
    char *path;
    struct ks_secret *password;
};

struct importing {
    struct edit_target target; /* the first: edit_target_refused() looks at it */
    struct app *app;
    bool wants_keys; /* a keystore is opened for its keys as well */
    unsigned page;   /* of the form, that its fields are on */

    /* what was typed */
    struct import_file *files;
    size_t count;
    struct ks_buf pasted; /* may hold a private key */
    bool uses_pasted;
    struct import_password *passwords;
    size_t password_count;
    char *asking; /* the file whose password is asked for; NULL: none */

    /* the worker's */
    bool stale; /* something else may have been typed since it was read */
    bool locked;
    size_t failed; /* file that could not be read; `count`: none */
    struct ks_gather given;
};

void importing_begin(struct importing *m, struct app *app, struct ui_file *f);
void importing_drop(struct importing *m);
/* What was typed in another wizard, for this one. */
void importing_take_over(struct importing *m, struct importing *from);
/* PEM that was pasted before the wizard began; copied. */
void importing_paste(struct importing *m, const char *text, size_t len);

/* ---- the page: called from the callbacks of the wizard ---- */
void importing_fill(struct form *form, struct importing *m);
/* False: it was none of its fields. */
bool importing_changed(struct form *form, struct importing *m, const char *id);
/* On its page; elsewhere it leaves all as it is. */
void importing_collect(struct form *form, struct importing *m);
/* On the worker. What was read before is kept when nothing was typed since. */
KS_CHECK enum ks_code importing_read(struct importing *m, struct ks_job *job, struct ks_error *err);
void importing_was_read(struct form *form, struct importing *m, enum ks_code code,
                        const struct ks_error *err);

/* The password that was typed for a file; NULL: none. Borrowed. */
const struct ks_secret *importing_password(const struct importing *m, const char *path);

/* ---- the aliases of what is ticked: rows "picks", a line each in "aliases" ---- */
struct import_picks {
    char **aliases; /* of every row */
    size_t count;
    size_t *listed; /* the ticked rows, in the order of the lines */
    size_t listed_count;
};
/* After form_set_picks(): the proposed aliases, taken. */
void import_picks_begin(struct form *form, struct import_picks *p, char **aliases, size_t count);
void import_picks_changed(struct form *form, struct import_picks *p);    /* other rows are ticked */
void import_picks_take(const struct form *form, struct import_picks *p); /* what was typed */
void import_picks_drop(struct import_picks *p);
bool import_alias_ok(const struct form *form, void *ctx, const char *line,
                     char why[static FORM_WHY]); /* of one line */
bool import_aliases_ok(const struct form *form, const struct importing *m,
                       const struct import_picks *p, char why[static FORM_WHY]);

/* ---- words ---- */
/* "3 certificates in reply.p7b, 1 of them twice"; appended. */
void importing_found(const struct importing *m, struct ks_buf *out);
/* The name of a certificate in one line, at most 120 bytes; appended. */
void importing_label(const struct ks_cert *cert, struct ks_buf *out);
/* "412d", with "expired 31 days ago" and the like said by its sign; appended. */
void importing_days(const struct ks_cert *cert, struct ks_buf *out);
/* Cut, with an ellipsis, to be followed by a blank before that column, and the blanks. */
void importing_pad(struct ks_buf *text, int columns);

/* ---- the other open keystores ---- */
struct other_stores {
    struct edit_target *targets;
    struct ks_store **stores; /* with room for one more */
    size_t count;
};
struct other_stores other_stores_hold(struct app *app, const struct ui_file *except);
void other_stores_drop(struct other_stores *others);

/* ---- rows of the table of fields; all of page 0 ---- */
bool importing_some_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool importing_paste_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool importing_has_2(const struct form *form, void *ctx);
bool importing_has_3(const struct form *form, void *ctx);
bool importing_has_4(const struct form *form, void *ctx);
bool importing_has_more(const struct form *form, void *ctx);
bool importing_pastes(const struct form *form, void *ctx);
bool importing_has_pasted(const struct form *form, void *ctx);
bool importing_asks(const struct form *form, void *ctx);
void importing_pasted_words(const struct form *form, void *ctx, struct ks_buf *out);
void importing_asking_words(const struct form *form, void *ctx, struct ks_buf *out);
extern const char *const importing_also[]; /* "nothing else", "pasted text" */

/* clang-format off */
#define IMPORTING_FIELDS(file_hint) IMPORTING_FIELDS_ON(0, importing_some_ok, file_hint)
/* On another page (importing.page), and where no file need be named (a NULL check). */
#define IMPORTING_FIELDS_ON(number, file_check, file_hint)                                         \
    {.id = "file", .label = "File", .kind = FORM_PATH, .page = (number), .check = (file_check),    \
     .hint = (file_hint)},                                                                         \
    {.id = "file-2", .label = "and", .kind = FORM_PATH, .page = (number),                          \
     .shown = importing_has_2,                                                                     \
     .hint = "One more file, when there is one. The order does not matter."},                      \
    {.id = "file-3", .label = "and", .kind = FORM_PATH, .page = (number),                          \
     .shown = importing_has_3,                                                                     \
     .hint = "One more file, when there is one. The order does not matter."},                      \
    {.id = "file-4", .label = "and", .kind = FORM_PATH, .page = (number),                          \
     .shown = importing_has_4,                                                                     \
     .hint = "One more file, when there is one. The order does not matter."},                      \
    {.id = "more", .label = "Further files, one a line", .kind = FORM_LINES, .page = (number),     \
     .rows = 3, .shown = importing_has_more, .hint = "A file a line. Tab leaves."},                \
    {.id = "also", .label = "Also", .kind = FORM_CHOICE, .page = (number),                         \
     .choices = importing_also,                                                                    \
     .hint = "PEM can be pasted here or into the field of a file. Right chooses."},                \
    {.id = "paste", .label = "Paste PEM here", .kind = FORM_LINES, .page = (number), .rows = 3,    \
     .shown = importing_pastes, .check = importing_paste_ok, .hint = "From -----BEGIN to the last -----END line. Tab leaves."}, \
    {.id = "pasted", .label = "Pasted", .kind = FORM_WORDS, .page = (number),                      \
     .shown = importing_has_pasted, .words = importing_pasted_words},                              \
    {.id = "use-pasted", .label = "use what was pasted", .kind = FORM_TICK, .page = (number),      \
     .shown = importing_has_pasted, .hint = "Space leaves it out, or takes it again."},            \
    {.id = "locked", .label = "", .kind = FORM_WORDS, .page = (number), .shown = importing_asks,   \
     .words = importing_asking_words},                                                             \
    {.id = "source-password", .label = "Password", .kind = FORM_SECRET, .page = (number),          \
     .shown = importing_asks,                                                                      \
     .hint = "Of the file that is brought, not of the keystore. ^T shows it for 10 seconds."}
/* clang-format on */

#endif
