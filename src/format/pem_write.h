/* save, seal and what fits of the PEM format, format/format.h. */
#ifndef KSX_FORMAT_PEM_WRITE_H
#define KSX_FORMAT_PEM_WRITE_H

#include "format/format.h"

enum ks_code ks_pem_save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err);
enum ks_code ks_pem_seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err);
const char *ks_pem_refuses(const struct ks_entry *entry);
bool ks_pem_keeps_aliases(const struct ks_store *into);
bool ks_pem_fits_alias(const char *alias);

#endif
