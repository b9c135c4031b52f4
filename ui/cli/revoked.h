/*
 * ksx check --revocation: asks for the certificates of a keystore whether they were revoked, before
 * the doctor looks at it, and tells what came.
 */
#ifndef KSX_CLI_REVOKED_H
#define KSX_CLI_REVOKED_H

#include "cli/doctor.h"
#include "cli/json.h"
#include "net/revocation.h"

/* One certificate of a keystore that was asked about. */
struct revoked_row {
    const struct ks_entry *entry; /* the first one that has it */
    struct ks_issued issued;
};
/* A run: what was asked for one file is not asked again for the next. */
struct revoked_run {
    bool on; /* --revocation, or an option that means it */
    struct ks_revocation_ask ask;
    struct ks_statuses known;
    struct ks_store **lists; /* of --crl */
    size_t list_count;
    struct revoked_row *rows; /* of the file at hand */
    size_t count, cap;
};

/* False when it cannot be asked, or a list cannot be read: that was told. */
bool revoked_begin(struct cli *cli, struct revoked_run *r);
void revoked_end(struct revoked_run *r);
/* Asks for what is in the store; the context is told. Certificates beyond the first 500 are left
 * out, which is said. */
void revoked_store(struct cli *cli, struct revoked_run *r, struct doctor *d,
                   const struct ks_store *store);
/* The certificates that are good, one a line: the others are findings. */
void revoked_text(struct cli *cli, const struct revoked_run *r);
/* All of them. */
json_t *revoked_json(const struct revoked_run *r);

#endif
