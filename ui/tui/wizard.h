/*
 * A wizard: pages of a form, and at the end a review of the plan that they make. Nothing is
 * changed before Apply on the review, which changes the store in memory only. A wizard is a const
 * table; this module owns the frame, the keys, Back and Next, the work off the UI thread and the
 * questions for entry passwords.
 *
 * Under every review stand the keytool and openssl commands that would do the same: those of the
 * plan (ks_plan.commands), or those that `review` appends with report_commands().
 *
 * A wizard of one page is a dialog. A wizard without a page goes straight to the review.
 */
#ifndef KSX_TUI_WIZARD_H
#define KSX_TUI_WIZARD_H

#include "op/edit.h"
#include "report/report.h"
#include "tui/app.h"
#include "tui/form.h"

struct wizard_keys;
struct wizard_key;

struct wizard_page {
    const char *name;     /* in the list of steps: "Passwords" */
    const char *question; /* above the fields: "What should the new keystore be?" */
    bool (*shown)(const struct form *form, void *ctx); /* NULL: always */
    /* What Next does with what was typed on the page before the next one comes: opening files. On a
     * thread of its own, after wizard_def.collect. A failure keeps the page and is said. May be
     * NULL. Entry passwords are asked for as they are for the plan. */
    enum ks_code (*work)(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_error *err);
    const char *working; /* static words for that: "reading the files" */
    /* On the UI thread, when `work` is done, before the next page is drawn, also after a failure:
     * fills the fields of the following pages, or puts a remark to a field. May be NULL. */
    void (*worked)(struct form *form, void *ctx, enum ks_code code, const struct ks_error *err);
    /* The title of the box that says this failure of `work`, with the letters of `ways`; NULL, or
     * no function: it is a message. */
    const char *(*boxed)(void *ctx, const struct ks_error *err);
    /* Letters that act here, for a page without fields that take text; key 0 ends; may be NULL. */
    const struct wizard_key *keys;
};

/* Passwords of entries, asked for when the plan needs them and remembered while the wizard is
 * open. Goes into ks_key_passwords: `wizard_ask_key` with this as its context. */
struct ks_key_passwords wizard_key_passwords(struct wizard_keys *keys);

/* A letter of the review beside Apply and Back, or of the box about a failed plan. */
struct wizard_key {
    char key;
    const char *word; /* for the key bar and the box: "export key" */
    /* May be NULL: always. */
    bool (*shown)(void *ctx);
    void (*act)(struct app *app, void *ctx); /* on the UI thread; the wizard stays open */
};

struct wizard_def {
    const char *name; /* for help and the man page */
    const struct wizard_page *pages;
    size_t page_count;
    const struct form_field *fields;
    size_t field_count;
    /* The first state of the form; may be NULL. */
    void (*fill)(struct form *form, void *ctx);
    /* After a key changed the field of this id; may be NULL. */
    void (*changed)(struct form *form, void *ctx, const char *id);
    /* On the UI thread, before the plan is made: takes what was typed into ctx; may be NULL. */
    void (*collect)(struct form *form, void *ctx);
    /* On a thread of its own. */
    enum ks_code (*plan)(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                         struct ks_plan *out, struct ks_error *err);
    /* What the review says above the plan: lines are added to `out`. May be NULL. */
    void (*about)(void *ctx, const struct ks_plan *plan, struct report *out);
    /* BEFORE and AFTER, where the wizard knows more of them than the difference of the versions
     * tells; NULL: that. */
    void (*changes)(void *ctx, const struct ks_plan *plan, struct report *out);
    /* The plan failed: KS_ERR_REFUSED and the like are said in a box with what, why and next, and
     * with the letters of `ways`; the wizard goes back to the page of this number when the box is
     * closed. May be NULL: the error is a message, the page stays. */
    size_t (*failed_page)(void *ctx, const struct ks_error *err);
    const struct wizard_key *ways; /* key 0 ends; may be NULL */
    const struct wizard_key *review_keys; /* key 0 ends; may be NULL */
    const char *review_help; /* what they do, in sentences, for ^G; may be NULL */
    /* Instead of a plan, for what is no edit (writing a file): the words of the review, and what
     * Apply does, on a thread of its own. acted() is on the UI thread; the wizard stays open when
     * it returns false. */
    /* Before the review, on a thread of its own: makes what will be written. May be NULL. */
    enum ks_code (*prepare)(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                            struct ks_error *err);
    void (*review)(void *ctx, struct report *out);
    enum ks_code (*act)(void *ctx, struct ks_job *job, struct ks_error *err);
    bool (*acted)(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err);
    /* On the UI thread, when the plan was applied; `made`: a store that the plan made (owned by
     * the callee), else NULL. */
    void (*applied)(struct app *app, void *ctx, struct ks_store *made);
    void (*free)(void *ctx); /* the wizard is gone, applied or not */
    const char *(*refused)(struct app *app,
                           void *ctx); /* why Apply cannot act any more; NULL: it can */
    const char *apply_note;            /* on the review, what Apply does; NULL: the usual words */
    bool open_ended;        /* how many steps there are depends on what is found: not said */
    bool losses_block;      /* a plan that loses something cannot be applied: back to the pages */
    char apply_key;         /* what applies on the review when it is not Enter: an answer that
                             * harms is never Enter, and never y */
    const char *apply_word; /* its word for the key bar: "delete"; NULL: "Apply" */
};

/* `title` is taken: external text, "Convert inbound.p12". */
void wizard_start(struct app *app, const struct wizard_def *def, char *title, void *ctx);
/* Another title, which is taken, for the open wizard with this context. */
void wizard_retitle(struct app *app, const void *ctx, char *title);
/* The form of the wizard with this context, to set fields from outside of its own callbacks (a
 * paste, a box); NULL: it is gone. */
struct form *wizard_form(struct app *app, const void *ctx);
/* Which part of the review is looked at, as detail_part() counts them. */
size_t wizard_review_part(struct app *app, const void *ctx, const char *label);
/* Closes it and forgets what was typed; for a way that leads to another wizard. */
void wizard_end(struct app *app, const void *ctx);
/* Goes on as PgDn does: what its first page asks for was given to it. */
void wizard_next(struct app *app, const void *ctx);

#endif
