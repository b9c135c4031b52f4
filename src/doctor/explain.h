/*
 * From an error message to its cause. Text is fed in pieces of any size (a log of gigabytes costs
 * no more memory than a line); each line is matched against the messages of one table, which names
 * the findings that cause them. Passwords in command lines and properties are blotted out of what
 * is quoted.
 */
#ifndef KSX_DOCTOR_EXPLAIN_H
#define KSX_DOCTOR_EXPLAIN_H

#include "base/bytes.h"
#include "doctor/doctor.h"

#include <stdbool.h>

#define KS_EXPLAIN_LINE (16u << 10) /* of a longer line the beginning is looked at */

/* A kind of message. The table is public: docs and tests walk it. A pattern has a part that is
 * literal, so that a line without it costs no regular expression, and no | outside of brackets. */
struct ks_symptom {
    const char *name;     /* stable: "path-building-failed", "handshake-failure", ... */
    const char *from;     /* who says it: "Java", "OpenSSL, curl", "Firefox", ... */
    const char *meaning;  /* what it says, in a sentence or two */
    const char *check;    /* what to look at, in the order in which to do it */
    const char *findings; /* ids, by blanks, the likeliest first; "" = no fault of a keystore */
    const char *const *patterns; /* POSIX extended, without case; NULL ends */
    const char *needs; /* words, by blanks: of a log it counts only where one of them is in the same
                        * line or exception, because others say it as well; "" = none */
    bool vague;        /* that something failed, and not what: whatever says more comes first */
};
const struct ks_symptom *ks_symptoms(void); /* NULL name ends */

struct ks_explained {
    const struct ks_symptom *symptom;
    size_t line;     /* number of the first line that says so, from 1 */
    size_t times;    /* lines that say so */
    bool root_cause; /* nothing deeper in its exception ("Caused by") says anything */
    char *quote;     /* the line, passwords blotted out, at most 400 bytes; unfiltered text */
    char *host;      /* that the message names; NULL */
    char *port;
    char *alias; /* that the message names; NULL */
};
struct ks_explanation {
    struct ks_explained *at; /* the likeliest cause first */
    size_t count;
    size_t lines; /* that were looked at */
};
void ks_explanation_drop(struct ks_explanation *e);

struct ks_explainer;
struct ks_explainer *ks_explainer_new(void);
void ks_explainer_free(struct ks_explainer *x); /* NULL is fine */
void ks_explainer_feed(struct ks_explainer *x, struct ks_slice text);
/* The text ends; the explainer begins anew. */
void ks_explainer_end(struct ks_explainer *x, struct ks_explanation *out);

/* Why it means nothing that the doctor, asked with this context, did not find `id` in a keystore:
 * what would have to be known, or opened, in words; NULL: it was looked for, and is not there.
 * `store` is NULL for a file that was not opened, and `failure` why. */
const char *ks_explain_unasked(const char *id, const struct ks_store *store, enum ks_code failure,
                               const struct ks_context *context);
#define KS_EXPLAIN_TAKES_CHAIN "that takes the chain that the server sends"

#endif
