/*
 * Punycode, RFC 3492: what an "xn--" label of a host name stands for, and such a label from what it
 * is to stand for. Showing both forms side by side is what lets a reader notice a look-alike name.
 */
#ifndef KSX_BASE_PUNYCODE_H
#define KSX_BASE_PUNYCODE_H

#include "base/bytes.h"

/* One label without its "xn--"; UTF-8 appended. False (and nothing appended) when malformed or
 * longer than the 63 characters that a DNS label can have. */
bool ks_punycode_label(const char *label, size_t len, struct ks_buf *out);

/* A host name whose "xn--" labels are decoded; appended. It may be part of a mail address or a URI. False
 * (and nothing appended) when there is no such label or one is malformed. */
bool ks_punycode_host(const char *host, size_t len, struct ks_buf *out);

/* The other way: one label of UTF-8 in Punycode, without the "xn--"; appended. The characters are
 * taken as they are: mapping them (to lower case, NFC) is up to the caller. False (and nothing
 * appended) when it is no UTF-8 or would be longer than 63 characters with its "xn--". */
bool ks_punycode_encode(const char *label, size_t len, struct ks_buf *out);

#endif
