/*
 * The parts of doctor/explain.h, for its files alone: which messages a line holds, what a message
 * names, and how a line is quoted.
 */
#ifndef KSX_DOCTOR_EXPLAIN_PARTS_H
#define KSX_DOCTOR_EXPLAIN_PARTS_H

#include "doctor/explain.h"

#include <regex.h>

/* ---- explain_match.c ---- */

#define KS_LINE_MATCHES 32 /* of one line; what comes behind them is passed over */
#define KS_LINE_BREAKS 256

struct ks_line_match {
    size_t symptom; /* row of ks_symptoms() */
    size_t from, to;
};
struct ks_line_look {
    struct ks_line_match at[KS_LINE_MATCHES]; /* none within another one */
    size_t count;
    unsigned near;                 /* which of the words that symptoms need are in it */
    bool cause;                    /* "Caused by: " */
    size_t breaks[KS_LINE_BREAKS]; /* where an exception goes on that was put into one line */
    size_t break_count;
};
/* A line of at most KS_EXPLAIN_LINE bytes. */
void ks_line_look(struct ks_slice line, struct ks_line_look *out);
/* Whether the words at hand are what a symptom needs. */
bool ks_symptom_is_near(size_t symptom, unsigned near);
size_t ks_symptom_count(void);

/* An expression of ours, which is right: compiled for bytes, whatever the locale is. */
void ks_line_expression(regex_t *out, const char *lower_case);

/* ---- explain_fields.c ---- */

/* What the text around a match names; a field that is set already is left alone. */
struct ks_line_fields {
    char *host, *port, *alias;
};
void ks_line_fields(struct ks_slice line, size_t from, struct ks_line_fields *out);
void ks_line_fields_drop(struct ks_line_fields *f);

/* ---- explain_quote.c ---- */

/* The line around a match, passwords blotted out, at most `max` bytes. */
char *ks_line_quote(struct ks_slice line, size_t from, size_t to, size_t max);

#endif
