/*
 * Evidence in the words of findings: which certificate, which key, since when. Appended; names are
 * external text, decoded and not filtered.
 */
#ifndef KSX_CHAIN_EVIDENCE_H
#define KSX_CHAIN_EVIDENCE_H

#include "chain/rules.h"

/* 'Example CA': the most specific part of the subject; of a broken one "a certificate". */
void ks_put_cert_name(const struct ks_cert *c, struct ks_buf *out);
/* The alias in quotes. */
void ks_put_alias(const struct ks_entry *e, struct ks_buf *out);
/* "key id 5A:1C:09:7E…", of the certificate or, without the extension, of its key. */
void ks_put_key_id(const struct ks_cert *c, struct ks_buf *out);
/* "SHA-256 5A:1C:09:7E:…" */
void ks_put_fingerprint(const struct ks_cert *c, struct ks_buf *out);
/* "31 days ago (2026-01-29)" */
void ks_put_when(int64_t then, int64_t days, struct ks_buf *out);
/* "2026-01-29" */
void ks_put_date(int64_t then, struct ks_buf *out);
/* The lines of a text as a list: at most `max` of them, "a, b and 3 more". */
void ks_put_lines(const char *lines, size_t max, struct ks_buf *out);

/* ---- what a certificate is in the entry ---- */
enum ks_role {
    KS_ROLE_NONE,   /* on no way to a root: nothing depends on it */
    KS_ROLE_LEAF,   /* the certificate of a key, or one that is just there */
    KS_ROLE_ISSUER, /* between a leaf and the root */
    KS_ROLE_ROOT,   /* the end of a key's chain */
    KS_ROLE_ANCHOR, /* trusted, so Java looks neither at its dates nor at its signature */
};
enum ks_role ks_look_role(const struct ks_look *l);
/* The certificate of the key in a key entry; NULL: it cannot be read, or there is none. */
const struct ks_cert *ks_look_leaf(const struct ks_look *l);
/* Certificates of this entry are asked to serve TLS with this purpose; never KS_PURPOSE_AUTO.
 * Without facts a key is a server's. */
enum ks_purpose ks_look_purpose(const struct ks_look *l);
/* The leaf is a CA's own, and nobody says that it is used for anything else. */
bool ks_look_is_ca(const struct ks_look *l, const struct ks_cert *leaf);

/* " The CA's certificate for this key is here as 'www-signed': ksx repair (r) moves it to the key.",
 * or where it is at hand. False, and nothing, when there is none. */
bool ks_put_reply(const struct ks_look *l, struct ks_buf *out);

bool ks_cert_expired(const struct ks_cert *c, int64_t now);
bool ks_cert_ahead(const struct ks_cert *c, int64_t now); /* not valid yet */
/* A host name or an address is among the alternative names. */
bool ks_cert_names_host(const struct ks_cert *c);

#endif
