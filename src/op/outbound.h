/*
 * Outbound TLS: what a truststore makes of a chain that a server sends, and what could be put into
 * the store so that it accepts it. From the sentence "PKIX path building failed" to the right root
 * under an alias that says what it is.
 */
#ifndef KSX_OP_OUTBOUND_H
#define KSX_OP_OUTBOUND_H

#include "chain/status.h"
#include "doctor/prove.h"
#include "op/edit.h"
#include "op/import.h"

struct ks_outbound_ask {
    const struct ks_cert *const *sent; /* as the server sends them, its own first */
    size_t count;
    const struct ks_store *sent_store; /* that keeps them (net/capture.h) */
    const struct ks_store *trust;      /* NULL: nothing is judged, only sorted */
    const char *trust_name;            /* in words; NULL: its path */
    const char *host;                  /* NULL: the name is not judged */
    const struct ks_pool *candidates;  /* where a root that was not sent is looked for; may be NULL */
    const struct ks_store *public_cas; /* the system's bundle or a JVM's cacerts; NULL */
    int64_t now;
};

enum ks_outbound_role {
    KS_OUTBOUND_ROOT,
    KS_OUTBOUND_ISSUER,
    KS_OUTBOUND_LEAF,
    KS_OUTBOUND_EXTRA, /* sent, and not on the path */
};
struct ks_outbound_row { /* one certificate; the order is leaf, issuers, root, extras */
    const struct ks_cert *cert;
    enum ks_outbound_role role;
    int sent;                         /* its place in what was sent; -1: it was not */
    const struct ks_pool_cert *found; /* where it is from when it was not sent */
    const struct ks_entry *already;   /* the truststore's entry that has it; NULL */
    bool mends; /* with it in the truststore a JVM accepts what was sent. That it does so with a
                 * server's own certificate beyond its end is no mending */
    bool recommended;                 /* the one to trust, if any */
    bool refused;                     /* cannot be trusted: broken, or no CA and not the server's */
    const char *means;                /* static sentence: what trusting it means for renewal */
    char *alias;                      /* proposed, unique in the truststore */
};
enum ks_outbound_verdict {
    KS_OUTBOUND_UNJUDGED, /* no truststore, or Java's rules do not tell */
    KS_OUTBOUND_TRUSTED,
    KS_OUTBOUND_NO_ANCHOR, /* trust is the problem: a certificate of `rows` would mend it */
    KS_OUTBOUND_OTHER,     /* refused, and no trusted certificate changes that: date, name, ...,
                            * unless it is the server's own beyond its end: the text says so */
};
struct ks_outbound {
    enum ks_outbound_verdict verdict;
    struct ks_java_verdict java; /* by Java's rules with this truststore */
    struct ks_proof proof;       /* links, OpenSSL, host, order */
    struct ks_outbound_row *rows;
    size_t count;
    bool root_sent, root_found;
    char *missing;   /* "Needed: ...", of the issuer that is nowhere; NULL */
    char *inspected; /* the chain ends at a CA that is not public, although the name of the host is
                      * one that the public can reach: whose CA, in words; NULL */
    char *verdict_text; /* one sentence; quotes external text, as all of these */
    struct ks_pool *own[3]; /* private: what `found` points into */
};
/* KS_ERR_FORMAT when nothing was sent, or its first certificate cannot be read; KS_ERR_CANCELLED.
 */
KS_CHECK enum ks_code ks_outbound_judge(struct ks_doctor *doctor,
                                        const struct ks_outbound_ask *ask, struct ks_job *job,
                                        struct ks_outbound *out, struct ks_error *err);
void ks_outbound_drop(struct ks_outbound *o); /* a zeroed one is fine */

/* What was sent as the one key entry of a store, without its key and both called `name`, for
 * ks_outbound_diagnose() to judge like a server's chain: files of certificates alone may be any collection.
 * The certificates are copies. */
struct ks_store *ks_outbound_served(const struct ks_cert *const *sent, size_t count,
                                    const char *name);
/* What the doctor finds in it: of the store as a whole, which nobody has, nothing. */
KS_CHECK enum ks_code ks_outbound_diagnose(struct ks_doctor *doctor, const struct ks_store *served,
                                           const struct ks_context *context, struct ks_job *job,
                                           struct ks_diagnosis *out, struct ks_error *err);
/* The issuer of the first certificate, by its path; NULL when it was not found. */
const struct ks_cert *ks_outbound_issuer(const struct ks_outbound *o);
/* What an OCSP answer that came with the first certificate says of it. Zeroed without an answer or
 * without the issuer. */
void ks_outbound_stapled(const struct ks_outbound *o, const struct ks_cert *leaf,
                         struct ks_slice answer, int64_t now, struct ks_status *out);

/* What two captures of one server tell, one direct and one through a proxy: NULL when both got the
 * same certificate, else who put himself between, in words. The caller's. */
char *ks_outbound_compare(const struct ks_cert *direct, const struct ks_cert *proxied,
                          const char *proxy);

struct ks_outbound_trust {
    const struct ks_trust_pick *picks;
    size_t count;
    enum ks_clash clash;
    struct ks_store *into;       /* an open store; NULL: a copy is made: */
    const struct ks_store *base; /* what is copied, a JVM's cacerts; NULL: the picks alone */
    const char *path;            /* of the copy; must not be the base */
    const struct ks_format *format; /* PKCS12 mostly, which is what NULL means */
    struct ks_secret *password;     /* NULL: the base's */
};
/* The plan makes the copy and adds the picks as one step (ks_plan.made). A remark says what stops
 * working with a truststore that holds the picks alone. KS_ERR_REFUSED, slug "same-file", when the
 * path is that of the base; KS_ERR_PASSWORD_NEEDED for a PKCS12 without a password, which a JVM
 * takes for empty. */
KS_CHECK enum ks_code ks_op_outbound(const struct ks_outbound_trust *trust, struct ks_job *job,
                                     struct ks_plan *out, struct ks_error *err);

#endif
