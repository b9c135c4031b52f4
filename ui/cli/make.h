/*
 * What gen, renew, csr and sign share: options that say what a certificate is to say, through the
 * checks that the explorer's forms use.
 *
 *   make.c    the options; gen, renew
 *   issue.c   csr, sign: what goes into a file of its own
 */
#ifndef KSX_CLI_MAKE_H
#define KSX_CLI_MAKE_H

#include "cli/edit.h"
#include "op/make.h"

/* --use, --ku, --eku, --path-len, --san on top of what is in the profile. `template` NULL: none
 * unless --use names one. */
KS_CHECK enum ks_code make_profile(const struct cli *cli, const struct ks_template *template,
                                   enum ks_key_alg key, struct ks_profile *profile,
                                   struct ks_error *err);
/* --from, --days, --until; `days` unless they say otherwise, or less where the signer's end (NULL:
 * none). */
KS_CHECK enum ks_code make_dates(const struct cli *cli, int64_t days,
                                 const struct ks_signer *signer, int64_t *from, int64_t *until,
                                 struct ks_error *err);
/* --alg; `otherwise` without it. */
KS_CHECK enum ks_code make_key_type(const struct cli *cli, const struct ks_key_type *otherwise,
                                    const struct ks_key_type **type, struct ks_error *err);
/* --use: KS_ERR_USAGE for a word that names no template. *out is NULL without it. */
KS_CHECK enum ks_code make_template(const struct cli *cli, const struct ks_template **out,
                                    struct ks_error *err);
/* The keystore to write into; one that does not exist is made, as `made`, and NULL is returned, and
 * told, when that cannot be. */
struct ks_store *make_open(struct cli *cli, const char *path, struct ks_plan *made);
/* What is to be known about a new keystore, before the remarks of what goes into it. */
void make_keep_remarks(const struct ks_plan *from, struct ks_plan *to);
/* What a self-signed certificate is to say: --dn, --use, --san, --days and so on. `wanted` points to
 * `subject` and `profile`. */
KS_CHECK enum ks_code make_wanted(const struct cli *cli, enum ks_key_alg key,
                                  struct ks_buf *subject, struct ks_profile *profile,
                                  struct ks_wanted *wanted, struct ks_error *err);
#endif
