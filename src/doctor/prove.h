/*
 * Proof that a chain works: each link verified, OpenSSL's own validation as a second opinion,
 * Java's rules, and a real TLS handshake between a server and a client in memory. No socket is
 * opened.
 */
#ifndef KSX_DOCTOR_PROVE_H
#define KSX_DOCTOR_PROVE_H

#include "doctor/java.h"
#include "x509/cert.h"

struct ks_proof_args {
    const struct ks_cert *const *chain; /* leaf first */
    size_t count;
    const struct ks_material *key; /* PKCS#8; NULL: no handshake, the key is "not checked" */
    const struct ks_store
        *trust; /* what the clients trust; NULL: the root in the chain. Without either there
                 * is nothing to judge by, and the chain is not proven */
    const char *trust_name; /* of the truststore, in the verdict; NULL: its path */
    const char *host;       /* NULL: the first name of the certificate */
    bool client;            /* the entry authenticates a client */
    int64_t now;
};
struct ks_proof_link {
    size_t cert, issuer; /* in the chain; equal: self-signed; SIZE_MAX: a trusted certificate that
                          * is not in the chain */
    bool names_equal;
    int ids; /* 1 equal, 0 differ, -1 one has none */
    enum ks_verdict signature;
    char *text; /* "sha256WithRSA verified with the key of Example Root CA, CA:true until
                 * 2040-01-01" */
};
enum ks_proof_state { KS_PROOF_NOT_TRIED, KS_PROOF_GOOD, KS_PROOF_BAD };
struct ks_proof_check {
    enum ks_proof_state state;
    char *text; /* what the library said, in words; quotes external text */
};
struct ks_proof {
    struct ks_proof_link *links;
    size_t link_count;
    struct ks_proof_check key;     /* sign and verify a random nonce */
    struct ks_proof_check order;   /* BAD: the first certificate issued another one; else untried */
    struct ks_proof_check openssl; /* X509_verify_cert at security level 2, as Debian's curl: any
                                    * trusted certificate ends the path */
    struct ks_proof_check openssl_strict;  /* as "openssl verify" and Python: only a root ends it;
                                            * not  in `proven`, but the verdict says who refuses */
    struct ks_proof_check openssl_lenient; /* at level 0: what differs is a matter of policy */
    struct ks_proof_check java;
    struct ks_proof_check host;
    struct ks_proof_check handshake; /* "TLSv1.3, TLS_AES_256_GCM_SHA384: the client accepted" */
    char *protocol, *cipher;         /* of the handshake; NULL */
    size_t sent;                     /* certificates that the server sent */
    char *server_said, *client_said; /* alert or error of each side in words; NULL: nothing */
    bool proven;                     /* everything that was tried is good, and Java's rules were */
    char *verdict;                   /* one sentence */
};
/* KS_ERR_CANCELLED, or KS_ERR_FORMAT for a chain that cannot be used at all; a chain that fails is
 * KS_OK and not proven. */
KS_CHECK enum ks_code ks_prove(struct ks_doctor *doctor, const struct ks_proof_args *args,
                               struct ks_job *job, struct ks_proof *out, struct ks_error *err);
void ks_proof_drop(struct ks_proof *p);

#endif
