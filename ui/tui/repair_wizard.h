/*
 * What the pages of the repair wizard share. Each page, with the work when it is left, is a file:
 *
 *   wiz_repair.c       the tables; what no source has, the choices, the review, and afterwards
 *   repair_found.c     Diagnose: what is found
 *   repair_sources.c   Sources: reading them, and looking for the repair
 *   repair_outcome.c   what came of it, for the pages behind it
 */
#ifndef KSX_TUI_REPAIR_WIZARD_H
#define KSX_TUI_REPAIR_WIZARD_H

#include "net/aia.h"
#include "op/repair.h"
#include "tui/importing.h"
#include "tui/wizard.h"

enum { PAGE_DIAGNOSE, PAGE_SOURCES, PAGE_MISSING, PAGE_PASSWORD, PAGE_CHOOSE, PAGE_OPTIONS };

struct repair_wizard {
    struct importing from; /* the first: edit_target_refused() */
    struct other_stores others;
    const struct ks_entry *entry; /* NULL: all of the keystore, */
    bool *only;                   /* or these entries of it, by place; NULL */
    char *alias;                  /* of the entry; NULL */

    /* what was typed */
    bool use_others, use_system, use_cacerts, fetch, fetch_private;
    bool leave_root, keep_extras, keep_leftover, add_public;
    size_t choice;

    /* the worker's */
    struct ks_doctor *doctor;
    struct ks_sources sources;
    struct ks_pool *pool;
    struct ks_store **keys; /* keystores with keys among the sources */
    size_t key_count;
    struct ks_context context;
    struct ks_repair_look look;
    struct ks_chain_look chain;
    bool chain_known, is_missing;
    struct ks_aia fetched;
    struct ks_error why; /* of what is missing */

    /* of the last work that ended: the pages are drawn from these */
    bool missing, several, has_options;
    bool locked; /* what is missing is the password of a key, and nothing else */
    bool has_root, has_extras, has_leftover, has_public;
    struct ks_buf asked;      /* what to ask for */
    struct ks_buf best;       /* why the first path is the first */
    struct ks_buf found[3];   /* of a keystore: what is found with the sources, by enum mending */
    bool looked;              /* with them */
    char *paths[KS_BEST_MAX]; /* each in words */
    size_t path_count;
    struct ks_buf counts; /* what the sources hold */
    struct ks_buf urls;   /* that --fetch would ask first */
    struct ks_buf told;   /* what did not come of it */
    bool is_private;      /* one of them is on a private network: a second question */
};

/* ---- wiz_repair.c ---- */
void repair_drop_look(struct repair_wizard *r);
void repair_drop_sources(struct repair_wizard *r);
void repair_drop_paths(struct repair_wizard *r);

/* ---- repair_found.c ---- */
/* Who mends it: one safe repair, the same with a source that has what it takes, somebody else. */
enum mending { MENDED, MENDED_BY_SOURCE, MENDED_ELSEWHERE };
/* The findings that are mended so, with the entries that have them: a line each; appended. */
void repair_tally(const struct repair_wizard *r, const struct ks_diagnosis *found, enum mending by,
                  struct ks_buf *out);
/* Of the fields of the page. */
bool repair_is_one(const struct form *form, void *ctx);
void repair_chain_words(const struct form *form, void *ctx, struct ks_buf *out);
void repair_found_words(const struct form *form, void *ctx, struct ks_buf *out);
void repair_source_words(const struct form *form, void *ctx, struct ks_buf *out);
void repair_rest_words(const struct form *form, void *ctx, struct ks_buf *out);
void repair_java_words(const struct form *form, void *ctx, struct ks_buf *out);
void repair_fix_words(const struct form *form, void *ctx, struct ks_buf *out);
void repair_show_findings(struct app *app, void *ctx);

/* ---- repair_sources.c ---- */
void repair_fill(struct form *form, void *ctx);
void repair_changed(struct form *form, void *ctx, const char *id);
bool repair_has_others(const struct form *form, void *ctx);
bool repair_can_fetch(const struct form *form, void *ctx);
bool repair_asks_private(const struct form *form, void *ctx);
void repair_fetch_words(const struct form *form, void *ctx, struct ks_buf *out);
/* What might be asked, before anything is. */
void repair_find_urls(struct repair_wizard *r);
void repair_here_words(const struct form *form, void *ctx, struct ks_buf *out);
void repair_collect(struct form *form, void *ctx);
/* With what is known of the sources, the pages, and the passwords: the look is of the wizard. */
enum ks_code repair_look_for(struct repair_wizard *r, struct wizard_keys *keys, struct ks_job *job,
                             struct ks_plan *out, struct ks_error *err);
/* Work of the page: reads the sources, and looks for the repair. */
enum ks_code repair_find(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_error *err);
/* A title, when this refusal wants a box of its own. */
const char *repair_boxed(void *ctx, const struct ks_error *err);

/* ---- repair_outcome.c ---- */
/* The work has ended: what the pages are drawn from is made anew. */
void repair_take(struct form *form, void *ctx, enum ks_code code, const struct ks_error *err);

#endif
