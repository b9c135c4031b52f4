/*
 * What the doctor is asked by a command line: where certificates that are missing may be, the
 * public CAs to compare with, the host names. Every subcommand that diagnoses begins with it.
 */
#ifndef KSX_CLI_DOCTOR_H
#define KSX_CLI_DOCTOR_H

#include "cli/cli.h"
#include "doctor/doctor.h"
#include "doctor/sources.h"
#include "net/aia.h"

struct doctor {
    struct ks_doctor *doctor;
    struct ks_sources sources, reference;
    struct ks_pool *pool;
    struct ks_store **key_stores;
    struct ks_context context; /* the members above, and what the command line says */
    struct ks_aia tried;       /* by --fetch, for all files: nobody is asked twice */
};

/* False when a source cannot be read: that was told, and nothing is left to be dropped. */
bool doctor_begin(struct cli *cli, struct doctor *d);
void doctor_end(struct doctor *d);
/* --fetch: asks where certificates say that their issuers are published, of an entry or of all key
 * entries (entry NULL); each URL is told before. What came is among the candidates then. */
void doctor_fetch(struct cli *cli, struct doctor *d, const struct ks_store *store,
                  const struct ks_entry *entry);

/* "Java, curl, Go"; "every client" for all of them. Appended. */
void doctor_rejects(unsigned rejects, struct ks_buf *out);
/* The command that repairs an entry (NULL: the store): "ksx repair FILE ALIAS --from ...".
 * Appended; printable ASCII. */
void doctor_repair(const struct cli *cli, const char *path, const struct ks_entry *entry,
                   struct ks_buf *out);
/* The rule of an id; NULL for what no keystore alone has. */
const struct ks_rule_info *doctor_rule(const char *id);
/* Its title, or what the catalogue says of it; "" for no id. */
const char *doctor_title(const char *id);

#endif
