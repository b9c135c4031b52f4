/*
 * Inside of doctor: what the JDK 17 asks of one certificate, of one name, of one path whose
 * certificates and anchor are chosen already. Everything here is without memory of what was asked
 * before.
 */
#ifndef KSX_DOCTOR_JAVA_RULES_H
#define KSX_DOCTOR_JAVA_RULES_H

#include "doctor/doctor.h"

/* ---- one certificate ---- */

/* X509CertImpl.isSelfIssued() */
bool ks_java_self_issued(const struct ks_cert *c);
/* getBasicConstraints(): -1 no CA, or one with a path length of -1; INT_MAX a CA without a limit. */
int ks_java_basic_constraints(const struct ks_cert *c);
/* KeyChecker.verifyCAKeyUsage() */
bool ks_java_may_sign(const struct ks_cert *c);
bool ks_java_unknown_critical(const struct ks_cert *c);
/* A selector that wants `issuer` to fit what `child` says: AdaptableX509CertSelector. */
bool ks_java_key_id_fits(const struct ks_cert *issuer, const struct ks_cert *child);
/* Certificate.hashCode(), which decides the order of hash sets. */
uint32_t ks_java_hash(const struct ks_cert *c);

/* ---- why not ---- */

struct ks_java_fault {
    const char *id;     /* of a finding; NULL: nothing went wrong, or none explains it */
    struct ks_buf said; /* what the exception says */
    struct ks_buf note; /* evidence; may be empty */
};
#define KS_JAVA_FAULT_INIT ((struct ks_java_fault){NULL, KS_BUF_INIT, KS_BUF_INIT})
void ks_java_fault_drop(struct ks_java_fault *fault); /* and empty again */

/* ---- one path ---- */

struct ks_java_path {
    const struct ks_cert *const *certs; /* leaf first, without the anchor */
    size_t count;
    const struct ks_cert *anchor;
    bool jdk_anchor;  /* the anchor is one of the JDK's own roots */
    bool client;      /* what a server asks of a client's chain */
    bool built;       /* by SunCertPathBuilder, which has looked at dates and names already */
    bool without_tls; /* the PKIX algorithm alone, without the constraints of a connection */
    int64_t now;
    size_t *signatures; /* that may still be verified; at 0 the path fails */
};
/* PKIXCertPathValidator, or the last step of SunCertPathBuilder. *fault is filled on false. */
bool ks_java_path_holds(const struct ks_java_path *path, struct ks_java_fault *fault);
/* PKIXValidator.verifyTrustAnchor(): an anchor of version 3 must be a CA. */
bool ks_java_anchor_fits(const struct ks_cert *anchor, struct ks_java_fault *fault);
/* EndEntityChecker */
bool ks_java_leaf_fits(const struct ks_cert *leaf, bool client, struct ks_java_fault *fault);
/* HostnameChecker */
bool ks_java_answers_for(const struct ks_cert *leaf, const char *host, struct ks_java_fault *fault);

/* CERT-EXPIRED and the like, or NULL when it is valid. `note` says which and when. */
const char *ks_java_validity(const struct ks_cert *c, bool leaf, int64_t now, struct ks_buf *note);

/* ---- the search ---- */

/* What is trusted, by subject. */
struct ks_java_anchors {
    const struct ks_cert **certs; /* borrowed, none twice */
    const struct ks_entry **entries;
    uint64_t *subjects; /* ks_name_hash() */
    size_t count;
    struct ks_index index; /* of subjects */
};
struct ks_java_anchors ks_java_anchors_of(const struct ks_store *trust);
void ks_java_anchors_drop(struct ks_java_anchors *a);
/* The next of them with this name behind `after` (KS_NOWHERE: the first); KS_NOWHERE: none. */
size_t ks_java_anchor_named(const struct ks_java_anchors *a, struct ks_slice name, size_t after);
/* The place of this very certificate; KS_NOWHERE: it is none. */
size_t ks_java_anchor_same(const struct ks_java_anchors *a, const struct ks_cert *c);

/* SunCertPathBuilder: the path from sent[0] over others of `sent` to an anchor. `path` is as for
 * ks_java_path_holds() but for certs, count and anchor, which are found: certs in `found`, at most
 * KS_PATH_MAX, the count and the place of the anchor. */
bool ks_java_build(const struct ks_java_path *path, const struct ks_cert *const *sent, size_t count,
                   const struct ks_java_anchors *anchors,
                   const struct ks_cert *found[static KS_PATH_MAX], size_t *found_count,
                   size_t *anchor, struct ks_java_fault *fault);

#endif
