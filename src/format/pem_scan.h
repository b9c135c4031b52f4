/*
 * Finding PEM blocks (RFC 7468, and RFC 1421 with its headers) in any text, and base64.
 *
 * Both take what people really have: text around the blocks, CRLF, a BOM, indentation, quotes and
 * "\n" of a JSON string, lines of any length, a missing END line. One pass with memchr(); nothing
 * is copied. Every slice points into the text.
 */
#ifndef KSX_FORMAT_PEM_SCAN_H
#define KSX_FORMAT_PEM_SCAN_H

#include "base/bytes.h"

struct ks_pem_block {
    struct ks_slice before;  /* text between the block before and this one */
    struct ks_slice raw;     /* from BEGIN to the end of the END line, without its line break */
    struct ks_slice label;   /* "RSA PRIVATE KEY" */
    struct ks_slice headers; /* RFC 1421 header lines; may be empty */
    struct ks_slice body;    /* base64 */
    bool inline_text;        /* BEGIN does not start its line: quoted in JSON, source code, ... */
    bool commented;          /* a comment sign stands in front of BEGIN on its line */
    bool no_end;             /* the END line is missing */
    bool end_differs;        /* the END line has another label */
};

/* The next block at or after *at, which moves behind it; false when there is no further one. */
bool ks_pem_next(struct ks_slice text, size_t *at, struct ks_pem_block *out);

/* The value of a header line ("DEK-Info"), trimmed; false if there is none. */
bool ks_pem_header(struct ks_slice headers, const char *name, struct ks_slice *value);

struct ks_base64 {
    size_t len;           /* bytes written */
    size_t skipped;       /* characters that are neither base64 nor white space */
    size_t first_skipped; /* offset of the first of them in the input */
};

/* Decodes leniently: white space anywhere, padding missing or in the middle; other characters are
 * skipped and counted. `out` has room for ks_base64_room(in.len) bytes. */
struct ks_base64 ks_base64_decode(struct ks_slice in, uint8_t *out);
static inline size_t ks_base64_room(size_t len)
{
    return len / 4 * 3 + 3;
}
/* True when all of it is base64, white space and padding, and there is at least some. */
bool ks_base64_only(struct ks_slice in);

/* Without white space at both ends. */
struct ks_slice ks_trim(struct ks_slice text);
/* Takes the next line, without its line break, off the front of *text; false at the end. */
bool ks_next_line(struct ks_slice *text, struct ks_slice *line);

#endif
