/*
 * A certificate or request that is about to be made, or was made: what it says, for a review.
 */
#ifndef KSX_REPORT_MADE_H
#define KSX_REPORT_MADE_H

#include "report/report.h"
#include "x509/request.h"

void report_made_certificate(const struct ks_cert *cert, struct report *out);
void report_made_request(const struct ks_request *request, struct report *out);
/* A line of ksx's own: `label` is static. Of a report that may be zeroed. */
void report_add(struct report *report, enum report_role role, const char *label, const char *value);
/* The lines of `more` behind those of `report`; `more` is empty then. */
void report_append(struct report *report, struct report *more);

#endif
