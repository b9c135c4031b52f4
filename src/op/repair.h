/*
 * Repairs: from the findings of the doctor to a plan. An entry's chain is completed, put in order,
 * freed of what does not belong; a reply that was imported under a name of its own is moved to its
 * key; what Java does not see is made visible. Nothing is made up: where no source has what is
 * missing, the look says what to ask the CA for. What only a CA can mend (a date, a name, a weak
 * key) is no repair.
 */
#ifndef KSX_OP_REPAIR_H
#define KSX_OP_REPAIR_H

#include "doctor/doctor.h"
#include "doctor/sources.h"
#include "op/edit.h"

enum ks_repair_step {
    KS_STEP_ADD_ISSUER,
    KS_STEP_ADD_ROOT,
    KS_STEP_REPLACE_ISSUER, /* one of the same name that did not sign, or has expired */
    KS_STEP_ORDER,          /* the same certificates, leaf first */
    KS_STEP_DROP_DUPLICATE,
    KS_STEP_DROP_UNRELATED,
    KS_STEP_INSTALL_REPLY, /* a certificate of the entry's key, from a trusted entry or a candidate
                            */
    KS_STEP_REMOVE_LEFTOVER, /* the trusted entry that the reply was imported as */
    KS_STEP_JOIN_KEY, /* a trusted entry becomes a key entry: its key was among the candidates */
    KS_STEP_KEY_PASSWORD, /* the entry's key gets the store's password */
    KS_STEP_SHOW_TO_JAVA, /* the attribute without which Java hides a trusted certificate */
    KS_STEP_REWRITE,      /* PKCS#12: the bags in the order from which Java rebuilds this chain */
    KS_STEP_ALIAS,        /* lower case, as Java looks it up */
    KS_STEP_DROP_TRUST,   /* the same certificate under a second alias, or expired and replaced */
    KS_STEP_ADD_TRUST,    /* the root of a trusted intermediate; the public CAs */
};
/* "append the issuer", ...: static. */
const char *ks_repair_step_word(enum ks_repair_step step);

/* A row of BEFORE or AFTER. */
struct ks_repair_cert {
    const struct ks_cert *cert;
    const struct ks_pool_cert *found; /* where an added one is from; NULL: it was here */
    int was; /* AFTER: its place before, -1: added. BEFORE: its place after, -1: goes */
};
struct ks_repair_done {
    enum ks_repair_step step;
    char *text; /* "add Example Issuing CA 3 from chain.pem"; quotes external text */
};
struct ks_repair_row {                     /* one entry that changes, or could not be repaired */
    const struct ks_entry *entry;          /* NULL: the store */
    struct ks_repair_cert *before, *after; /* leaf first; equal lists when the chain stays */
    size_t before_count, after_count;
    struct ks_repair_done *done;
    size_t done_count;   /* 0: nothing could be done, and `missing` says why */
    bool complete;       /* after: ends at a root */
    size_t choices;      /* how many paths there are: > 1, and one can be chosen */
    char *why;           /* why this path, in words; NULL: it is the only one */
    char *missing;       /* "Needed: a CA certificate with subject ..., key id ..., published at
                          * ..."; and what was rejected; NULL: nothing is missing */
    bool lacks_password; /* its key has a password of its own, which was not given */
    char *alias;         /* what it is called then; NULL: as before */
};
struct ks_repair {
    struct ks_store *store;
    const struct ks_entry *entry;     /* NULL: everything that has one safe repair */
    const bool *only;                 /* of that, by place in the store; NULL: all of it */
    const struct ks_context *context; /* candidates and keys are among it */
    struct ks_doctor *doctor;         /* NULL: one of its own */
    size_t choice;    /* which of the paths, 0 = the best; others need an entry. KS_ERR_USAGE, slug
                       * "no-such-choice", when there are not so many */
    bool leave_root;  /* no root is added */
    bool keep_extras; /* certificates that are not on the path stay behind it */
    bool keep_leftover;                /* a misplaced reply stays under its own name too */
    bool add_public;                   /* STORE-NO-PUBLIC-CAS: copy the CAs of context->reference */
    struct ks_key_passwords passwords; /* of keys that have their own */
};
struct ks_repair_look {
    struct ks_repair_row *rows;
    size_t count;
    size_t repaired;                   /* rows with something done */
    struct ks_diagnosis before, after; /* of the store: what was found, and what will be */
    /* What the plan would be read as after it was written: the entries of `after` are its own. NULL
     * when it cannot be written without a password: they are those of the plan's result then. */
    struct ks_store *then;
    struct ks_pool *pool; /* `found` of the rows are of it */
};
/* Looks and plans in one: the rows say what the plan does. KS_ERR_REFUSED, slug
 * "nothing-to-repair", when there is no finding that a repair would mend (the look is filled:
 * `before` has what there is), "no-repair" when there is, and no source has what it takes (the
 * rows say what is missing), "would-break" when something would be wrong that is not so now, and
 * "damaged" for a file that was read in part: the rest of it would not be written again. */
KS_CHECK enum ks_code ks_op_repair(const struct ks_repair *repair, struct ks_job *job,
                                   struct ks_repair_look *look, struct ks_plan *out,
                                   struct ks_error *err);
void ks_repair_look_drop(struct ks_repair_look *look);

#endif
