/*
 * ksx capture: what TLS servers send, judged by the doctor and by truststores.
 *
 *   capture.c       which servers, through what, and asking them
 *   capture_text.c  what came, in words
 *   capture_json.c  the same as JSON
 */
#ifndef KSX_CLI_CAPTURE_H
#define KSX_CLI_CAPTURE_H

#include "chain/status.h"
#include "cli/doctor.h"
#include "cli/json.h"
#include "cli/revoked.h"
#include "net/capture.h"
#include "op/outbound.h"

#define CAPTURE_INTERRUPTED 130 /* 128 and the number of SIGINT, as if it had ended ksx */

/* A key pair that may be shown to servers. */
struct capture_identity {
    struct ks_store *store;
    const struct ks_entry *entry;
    const struct ks_cert **chain;
    struct ks_material key;
};

struct capture_run {
    struct cli *cli;
    enum ks_severity level; /* from which on findings count */
    struct doctor doctor;
    struct ks_pool *known;             /* what the doctor's sources, the truststores and the bundle
                                          have: none of it is unknown */
    size_t known_sources;              /* of the doctor's, in it */
    struct ks_sources bundle;          /* the system's CAs */
    const struct ks_store *public_cas; /* of it; NULL */
    struct ks_store *trusts[CLI_TRUSTS_MAX];
    struct capture_identity identity;
    struct revoked_run revoked;
    struct ks_capture_ask *asks;
    struct ks_proxy *proxies; /* of asks */
    size_t count;
    struct ks_captured *captured; /* of asks */
    struct ks_captured *direct;   /* likewise, without the proxy; NULL: not asked */
    bool untrusted;               /* some server, by some truststore */
    bool unfinished;              /* some handshake was broken off that should not have been */
    size_t found;                 /* findings that count */
};

/* One server, and what is to be said of it. */
struct capture_view {
    const struct ks_captured *one;
    const struct ks_capture *c; /* of it; NULL: nothing came */
    char target[KS_TARGET_TEXT];
    const char *host; /* the name that is judged */
    const struct ks_cert **chain;
    size_t count;
    struct ks_outbound *judged; /* one a truststore; without any one that is not judged */
    size_t judged_count;        /* 0: there is nothing to judge, `why` */
    struct ks_error why;
    struct ks_store *served; /* what is diagnosed */
    struct ks_diagnosis found;
    bool published;                    /* what is missing, and --fetch would ask for it */
    struct ks_status stapled;          /* from NULL: nothing was judged */
    bool direct;                       /* it was asked directly as well, and sent a certificate */
    char *compared;                    /* what differs then; NULL: the same, or not asked */
    const struct ks_error *direct_err; /* it failed */
};

void capture_text(struct capture_run *run, const struct capture_view *view);
json_t *capture_json(const struct capture_run *run, const struct capture_view *view);

/* The row of a certificate as it was sent; NULL: it is none of them. */
const struct ks_outbound_row *capture_sent_row(const struct capture_view *view, size_t sent);
/* The certificate of --client was shown, and the server wants none of it. */
bool capture_refused(const struct ks_capture *c);
/* It ended for want of a client's certificate: that is what such a server is to do. */
bool capture_wants_client(const struct ks_capture *c);
/* "leaf", "issuer", "root", "extra": the JSON words. */
const char *capture_role_word(enum ks_outbound_role role);
/* The commands that put what is recommended into a truststore, with its fingerprint; none when
 * nothing is. */
void capture_commands(const struct capture_run *run, const struct capture_view *view, size_t judged,
                      struct ks_commands *out);
/* Key pairs of --from and --client that fit what a server demands: `each` is called for them. */
void capture_fitting(const struct capture_run *run, const struct ks_capture *c,
                     void (*each)(void *ctx, const struct ks_store *s, const struct ks_entry *e),
                     void *ctx);

#endif
