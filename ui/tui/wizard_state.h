/*
 * The inside of a wizard, shared by wizard.c (pages, keys), wizard_work.c (what runs on threads,
 * passwords of entries) and wizard_draw.c.
 */
#ifndef KSX_TUI_WIZARD_STATE_H
#define KSX_TUI_WIZARD_STATE_H

#include "tui/app_state.h"
#include "tui/detail.h"
#include "tui/wizard.h"

struct key_password {
    const struct ks_entry *entry;
    struct ks_secret *password; /* NULL: left out on purpose */
};

/* A password that opened a key, as it is encrypted: the same bytes read again, from the same file,
 * are opened by the same password. */
struct key_memory {
    struct ks_buf key;
    struct ks_secret *password;
};

/* The worker reads the list and notes the first entry it has no password for; the UI thread adds to
 * it between two runs of the worker. */
struct wizard_keys {
    struct key_password *known;
    size_t count;
    struct ks_store *store_of_wanted; /* borrowed, like the entry */
    struct ks_entry *wanted;
    struct key_memory *proven; /* until the wizard is closed */
    size_t proven_count;
};

/* What is done on a thread of its own. */
enum wizard_stage {
    STAGE_PAGE,    /* the work of the page */
    STAGE_PREPARE, /* for a review without a plan */
    STAGE_PLAN,
    STAGE_ACT,
};

struct wizard {
    const struct wizard_def *def;
    char *title;
    void *ctx;
    struct form *form;
    struct wizard_keys keys;
    bool reviewing, working, leaving;
    bool ended; /* while it worked: it is closed when that is done */
    struct ks_plan plan;
    struct detail detail; /* the review */
    size_t losses;
    int64_t revealed_until;
    unsigned suspends;
    char bar[160]; /* the key bar of the review */
};

/* ---- wizard.c ---- */
/* The page that comes after `page`, or before it; the number of pages: none. Pages that are not
 * shown now are passed over. */
size_t wizard_page_after(const struct wizard *w, size_t page);
size_t wizard_page_before(const struct wizard *w, size_t page);
bool wizard_page_shown(const struct wizard *w, size_t page);
void wizard_go_to_page(struct wizard *w, size_t page);
const struct wizard_key *wizard_page_keys(const struct wizard *w); /* of the page; may be NULL */

/* ---- wizard_work.c ---- */
void wizard_work(struct app *app, struct wizard *w, enum wizard_stage stage);
/* From the pages to the review. */
void wizard_review(struct app *app, struct wizard *w);
void wizard_forget_keys(struct wizard_keys *keys); /* but for those that were proven */
void wizard_drop_keys(struct wizard_keys *keys);
void wizard_ask_again(struct wizard_keys *keys); /* about those that were left out */

/* ---- wizard_draw.c ---- */
void wizard_draw(struct app *app, void *state, struct ui_rect area);
void wizard_status(struct app *app, void *state, struct ui_pen *pen);
const char *wizard_bar(struct app *app, void *state);

/* ---- refusal.c: a box about what was refused ---- */
struct refusal {
    const char *title; /* copied, as is the error */
    const struct ks_error *err;
    const struct wizard_key *ways; /* key 0 ends; may be NULL; borrowed */
    void *ctx;                     /* for the ways */
};
void refusal_show(struct app *app, const struct refusal *refusal);

#endif
