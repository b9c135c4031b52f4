/*
 * Private keys outside of keystores: PKCS#8 clear and encrypted, and the traditional RSA, DSA and
 * EC structures, in clear or under the encryption of RFC 1421 as OpenSSL writes it:
 *
 *   Proc-Type: 4,ENCRYPTED
 *   DEK-Info: AES-256-CBC,<IV in hex>
 *
 * with key = EVP_BytesToKey(MD5, one round, salt = the first 8 bytes of the IV). There is no check
 * value: a wrong password shows in the padding, or in what comes out being no key.
 */
#ifndef KSX_FORMAT_LOOSE_KEY_H
#define KSX_FORMAT_LOOSE_KEY_H

#include "format/format.h"
#include "format/items.h"

/* What ks_entry.key_format says, by kind of key; NULL for what is no private key. */
const char *ks_loose_key_format(enum ks_item_type type);

/* A clear key of any kind as PKCS#8; false if it is malformed. */
bool ks_loose_key_pkcs8(enum ks_item_type type, struct ks_slice der, struct ks_secret **out);

/* ks_format.reveal and ks_format.protection of PEM and DER files. */
enum ks_code ks_loose_key_reveal(const struct ks_store *store, const struct ks_entry *entry,
                                 const struct ks_secret *password, struct ks_job *job,
                                 struct ks_material *out, struct ks_error *err);
void ks_loose_key_protection(const struct ks_entry *entry, struct ks_buf *out);

#endif
