/*
 * Inside of net: what comes in clear before TLS begins, bounded: 64 KiB in all, lines of 4 KiB. All
 * that came is kept, so that what is lent stays until the end, and an error can quote it.
 */
#ifndef KSX_NET_TALK_H
#define KSX_NET_TALK_H

#include "net/dial.h"

#define KS_TALK_BYTES (64u << 10)
#define KS_TALK_LINE (4u << 10)

struct ks_talk {
    struct ks_wire *wire;
    const char *protocol; /* "SMTP": as errors call it */
    const char *host;     /* that is asked for; "" when it has no name */
    struct ks_buf in;     /* all that came */
    size_t at;            /* what of it was taken */
    struct ks_error *err; /* never NULL */
};

/* All of these return KS_OK, or the error that is in talk->err. */
enum ks_code ks_talk_say(struct ks_talk *t, struct ks_slice what);
enum ks_code ks_talk_say_text(struct ks_talk *t, const char *text);
/* The next `count` bytes. */
enum ks_code ks_talk_bytes(struct ks_talk *t, size_t count, struct ks_slice *out);
/* The next line, without its end. */
enum ks_code ks_talk_line(struct ks_talk *t, struct ks_slice *out);

/* Always an error. `said` is quoted; `why` follows "TLS was not begun: the server ". */
enum ks_code ks_talk_refused(struct ks_talk *t, struct ks_slice said, const char *why);
/* What came is no such protocol; says which it looks like. */
enum ks_code ks_talk_foreign(struct ks_talk *t);

bool ks_talk_begins(struct ks_slice line, const char *with);   /* ignoring case */
bool ks_talk_has_word(struct ks_slice line, const char *word); /* between blanks; likewise */

/* ---- the preludes: on KS_OK nothing that came is left, or only blank space ---- */
enum ks_code ks_prelude_smtp(struct ks_talk *t);
enum ks_code ks_prelude_imap(struct ks_talk *t);
enum ks_code ks_prelude_pop3(struct ks_talk *t);
enum ks_code ks_prelude_ftp(struct ks_talk *t);
enum ks_code ks_prelude_ldap(struct ks_talk *t);
enum ks_code ks_prelude_xmpp(struct ks_talk *t);
enum ks_code ks_prelude_postgres(struct ks_talk *t);
enum ks_code ks_prelude_mysql(struct ks_talk *t);

#endif
