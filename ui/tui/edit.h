/*
 * What changes a store in memory, from the explorer: the target of an edit, the questions before it
 * and what is said after it. Every edit is a plan (op/plan.h) that is reviewed in a wizard; nothing
 * here writes to disk.
 */
#ifndef KSX_TUI_EDIT_H
#define KSX_TUI_EDIT_H

#include "tui/app.h"
#include "tui/wizard.h"

/*
 * The store that an edit is made for. It is held, so that it lives as long as the edit's question
 * is open, and it is the one that was looked at, or the edit is refused: a file that was read again
 * meanwhile has other entries.
 */
struct edit_target {
    unsigned file_id, generation;
    struct held_store *held;
    struct ks_store *store;
};
struct edit_target edit_target(struct ui_file *f);
void edit_target_drop(struct edit_target *target);
/* The file, when it is still open and still the same; else NULL. */
struct ui_file *edit_target_file(const struct app *app, const struct edit_target *target);
extern const char edit_target_gone[]; /* the words for when it is not */
/* wizard_def.refused of every wizard whose context begins with its struct edit_target. */
const char *edit_target_refused(struct app *app, void *ctx);

/* Why a wizard may not write its file there: it is an open keystore, which has another way to be
 * written; NULL: it may. */
const char *edit_output_refused(const struct app *app, const char *path);

/* Why this file cannot be edited; NULL = it can. */
const char *edit_refused(const struct ui_file *f);
/* Says that, what was not done because of it ("Nothing was deleted"), and what can be done. */
void edit_say_refused(struct app *app, const struct ui_file *f, const char *not_done);
/* Why no keystore can be made; NULL = one can. */
const char *edit_no_new(const struct app *app);

/* The entries that an edit is about, in the order shown: the marked ones, else the one under the
 * cursor. All of one file: NULL and a message when the marks are in several. The array is the
 * caller's; entries are borrowed from the store. */
struct explorer;
const struct ks_entry **edit_chosen(struct app *app, const struct explorer *ex,
                                    struct ui_file **file, size_t *count);

/* Copies the chosen entries to another open keystore, after a form; those of a whole keystore when
 * the cursor is on its row. */
enum ui_next edit_copy_chosen(struct app *app, const struct explorer *ex);

/* What is made with a key that no disk has is worth nothing when that key is lost: for the review,
 * and for the words afterwards, which begin with a blank; "" when the key is saved. */
void edit_review_key(const struct ks_store *store, const struct ks_entry *entry,
                     struct report *out);
const char *edit_key_note(const struct ks_store *store, const struct ks_entry *entry);

/* After a plan was applied: the file's rows are made anew, and the message says what happened. The
 * cursor goes to `alias`, or stays where it is when that is NULL. */
void edit_applied(struct app *app, struct ui_file *f, const char *alias);
/* Goes to an entry, its chain unfolded where there is more of it than one. */
void edit_show_chain(struct app *app, struct ui_file *f, const char *alias);

/* Commands of the explorer: rename, delete, copy, undo, redo, convert, read-only. */
enum ui_next edit_command(struct app *app, struct explorer *ex, enum ui_command_id id);

#endif
