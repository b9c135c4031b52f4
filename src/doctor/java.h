/*
 * What a JVM makes of a chain: the rules of the JDK 17's PKIX validator with its default
 * java.security (sun.security.validator.PKIXValidator, sun.security.provider.certpath), without
 * revocation and without fetching issuers. A chain that certificate policies decide about is not
 * judged. Anchors are not checked for dates; the first certificate
 * of a key entry in a truststore is an anchor too; more than ten certificates are refused
 * (jdk.tls.maxCertificateChainLength); algorithms as in jdk.certpath.disabledAlgorithms and
 * jdk.tls.disabledAlgorithms.
 */
#ifndef KSX_DOCTOR_JAVA_H
#define KSX_DOCTOR_JAVA_H

#include "doctor/doctor.h"

struct ks_java_verdict {
    bool accepted;
    bool unjudged; /* neither accepted nor refused: it hangs on what is not looked at here */
    const struct ks_entry *anchor; /* the truststore's entry that the chain ends at; NULL */
    const struct ks_cert *path[KS_PATH_MAX + 1]; /* leaf to anchor, when accepted; borrowed */
    size_t path_len;
    char *text; /* "accepted: anchored at 'corp-root'", or what Java would say, with the words of
                 * its exception: "PKIX path building failed: ...", or "not judged: ..." */
    const char *id; /* the finding that explains a refusal; static; NULL */
};
/* `sent`: the chain as a server sends it, leaf first. `trust`: a truststore that is opened as Java
 * opens it (with its password). `host` NULL: the name is not checked. `client`: the chain is a
 * client's, seen by a Java server. */
void ks_java_judge(struct ks_doctor *doctor, const struct ks_cert *const *sent, size_t count,
                   const struct ks_store *trust, const char *host, bool client, int64_t now,
                   struct ks_java_verdict *out);
void ks_java_verdict_drop(struct ks_java_verdict *v);

#endif
