/*
 * A secret is a password or key material. It lives in locked memory that is left out of core
 * dumps, is wiped when freed, cannot be printed, and compares in constant time. Passwords are
 * kept as UTF-8 and converted per format (formats differ: UTF-16BE, BMPString with terminator,
 * UTF-8, ASCII). The doors through which a password enters: the line editor in secret mode, and
 * the password sources env, file and fd of the subcommands.
 */
#ifndef KSX_BASE_SECRET_H
#define KSX_BASE_SECRET_H

#include "base/bytes.h"

struct ks_secret;

#define KS_SECRET_MAX 4096 /* bytes; longer passwords are refused by the doors */

struct ks_secret *ks_secret_new(const void *data, size_t len); /* copies; does not wipe `data` */
struct ks_secret *ks_secret_dup(const struct ks_secret *s);    /* NULL gives NULL */
/* One more owner of the same bytes, which never change; NULL is fine; thread-safe. */
struct ks_secret *ks_secret_ref(struct ks_secret *s);
void ks_secret_free(struct ks_secret *s); /* NULL is fine; the last owner's wipes */
struct ks_slice ks_secret_bytes(const struct ks_secret *s);    /* borrowed */
bool ks_secret_equal(const struct ks_secret *a, const struct ks_secret *b);
bool ks_secret_is_empty(const struct ks_secret *s);

/* UTF-16BE code units without terminator (JKS, JCEKS digests and the JKS key protector). */
struct ks_secret *ks_secret_utf16be(const struct ks_secret *s);
/* BMPString: UTF-16BE with a 0000 terminator; an empty password gives 0000 (PKCS#12, RFC 7292 B.1). */
struct ks_secret *ks_secret_bmp(const struct ks_secret *s);

/* Overwrites memory in a way the compiler keeps. */
void ks_wipe(void *data, size_t len);

/* Overwrites what functions that have returned left on the stack: OpenSSL computes with private keys
 * in local variables. */
void ks_wipe_stack(void);

/* Call once at start: locked heap for secrets, core dumps off. Works (unlocked) without it. */
void ks_secret_setup(void);

#endif
