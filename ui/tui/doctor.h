/*
 * The doctor of the explorer. It looks at a keystore when somebody looks at it, off the UI thread,
 * with the other open keystores as candidates for what is missing; what it finds takes the place of
 * the quick rules' findings, in the badges and in the details. It looks again after an edit, when
 * somebody is there again. The small ones, whose badges stand in the tree as well, are looked at in
 * turn while no key comes; a large keystore that nobody looks at costs nothing.
 */
#ifndef KSX_TUI_DOCTOR_H
#define KSX_TUI_DOCTOR_H

#include "tui/app.h"

struct file_doctor; /* of one file: what was verified before, and the look that is under way */

/* Somebody looks at it: a look begins, unless what is known is still true or a look is under way.
 */
void doctor_look_at(struct app *app, struct ui_file *f);
void doctor_look_at_all(struct app *app);
/* A look begins at the first small keystore (1,000 entries) that was never looked at as it is now,
 * unless some look is under way. When it ends, idle() is due again. */
void doctor_look_around(struct app *app);
/* What somebody has asked about revocation (tui/revoking.h): kept as long as the file is open. It is
 * taken out of `known`, and a look begins. */
void doctor_learn(struct app *app, struct ui_file *f, struct ks_statuses *known);
/* A look at it is under way, or would begin as soon as something else has ended. */
bool doctor_is_due(const struct app *app, const struct ui_file *f);

/* ---- for files.c ---- */
/* Some store is about to change, or goes: whoever reads it stops first. */
void doctor_stop_all(struct app *app);
void doctor_stop(struct app *app,
                 struct ui_file *f); /* also of a file that is not listed any more */
/* What was found is about entries that are not there any more. */
void doctor_forget(struct ui_file *f);
/* A store goes: what was learned from it goes as well, the passwords of its keys first of all. No
 * look is under way. */
void doctor_forget_all(struct app *app);
void doctor_free(struct ui_file *f); /* it is closed; no look is under way */

#endif
