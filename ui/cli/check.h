/*
 * ksx check: the findings of the doctor, file by file. A format writes what one file has as soon as
 * it was looked at, so that a thousand of them need no more memory than one.
 */
#ifndef KSX_CLI_CHECK_H
#define KSX_CLI_CHECK_H

#include "cli/revoked.h"

struct check_file {
    const char *path;
    const struct ks_store *store; /* NULL: it was not opened */
    const struct ks_error *error; /* why not */
    const struct ks_diagnosis *found;
    const struct revoked_run *revoked; /* what was asked of it; NULL: nothing */
};

/* All files so far. */
struct check_run {
    struct cli *cli;
    enum ks_severity level; /* from which on findings count */
    size_t files, entries, unreadable;
    size_t
        unknown; /* of the unreadable ones those that are no finding: no such file, no password */
    size_t by_severity[KS_ERROR + 1];
    int64_t soonest;       /* the first expiry of all; KS_TIME_NONE */
    int first;             /* how urgent the finding is that a format names first; 0: none */
    struct ks_buf held[8]; /* what a format writes at the end */
};

struct check_format {
    bool tells; /* of a file that cannot be opened, in words */
    void (*begin)(struct check_run *run);
    void (*file)(struct check_run *run, const struct check_file *file);
    void (*end)(struct check_run *run);
};
extern const struct check_format check_nagios, check_prometheus, check_ics;

/* The status that the monitoring wants in place of the usual ones. */
int check_nagios_exit(const struct check_run *run);
/* The command line makes no sense: a line of status, and its exit status. */
int check_nagios_unknown(struct cli *cli, const struct ks_error *err);

/* What stands for an entry: its alias, or "-" for the keystore as a whole. */
const char *check_alias(const struct ks_diagnosed *d);
const char *check_text(const struct ks_diagnosed *d);
/* A finding as an object. */
json_t *check_json_finding(const struct ks_diagnosed *d);
/* It was opened, and all of it could be read. */
bool check_is_readable(const struct check_file *file);

#endif
