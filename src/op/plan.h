/*
 * What people do to keystores. Every operation makes a plan first and changes nothing: the plan
 * holds the version that the store would become, and remarks about what somebody should know
 * before. The review pages, `--dry-run` and the pending changes show the difference between the
 * versions (store/diff.h); applying a plan makes its version the present, which can be undone, and
 * writes nothing to disk (file/save.h does).
 *
 *   struct ks_plan plan = {0};
 *   if (ks_op_rename(store, entry, "server", &plan, &err) == KS_OK) {
 *       ... show ks_diff(store->now, plan.result) and plan.remarks ...
 *       ks_plan_apply(&plan);
 *   }
 *   ks_plan_drop(&plan);
 */
#ifndef KSX_OP_PLAN_H
#define KSX_OP_PLAN_H

#include "format/format.h"
#include "op/command.h"
#include "store/diff.h"

enum ks_remark_level {
    KS_REMARK_NOTE,
    KS_REMARK_WARNING, /* works, but not as one may think: Java hides, folds, refuses */
    KS_REMARK_LOSS,    /* something would be lost */
};

struct ks_remark {
    enum ks_remark_level level;
    bool confirm;  /* nobody should find out afterwards: it has to be agreed to */
    char slug[32]; /* stable: "type-loss", "alias-clash", "alias-folded", "date-loss", ... */
    char *alias;   /* the entry; NULL: the whole store */
    char *text;    /* a sentence that names the entry; quotes external text unfiltered */
};

struct ks_plan {
    struct ks_store *target; /* borrowed; the store that is changed */
    struct ks_store *made;   /* owned: a store that the plan makes (create, convert); target is it */
    struct ks_version *result;
    struct ks_remark *remarks;
    size_t remark_count;
    struct ks_commands commands; /* that would do the same with other programs */
};

void ks_plan_drop(struct ks_plan *plan); /* a zeroed plan is fine */
/* Makes the result the present of its store. The plan keeps nothing of it; a store that the plan
 * made is handed over (NULL when it made none). */
struct ks_store *ks_plan_apply(struct ks_plan *plan);
/* Losses among the remarks. */
size_t ks_plan_losses(const struct ks_plan *plan);
/* The first remark that has to be agreed to; NULL: none. */
const struct ks_remark *ks_plan_to_confirm(const struct ks_plan *plan);
/* True when the store would be what it is: nothing is to be applied, and nothing written. The
 * remarks say why. */
bool ks_plan_is_empty(const struct ks_plan *plan);

/* The entry that is new in the result, by the name that it was to have (a type may store it by
 * another); NULL: none. */
const struct ks_entry *ks_plan_made(const struct ks_plan *plan, const char *alias);

/* ---- for operations ---- */
void ks_plan_remark(struct ks_plan *plan, enum ks_remark_level level, const char *slug,
                    const char *alias, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
