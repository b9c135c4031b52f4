/* From the words of an exception, of curl, of a browser to what causes them. */
#include "chain/catalogue.h"
#include "doctor/explain.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ks_explanation explain_bytes(const void *text, size_t len)
{
    struct ks_explanation e;
    struct ks_explainer *x = ks_explainer_new();
    ks_explainer_feed(x, ks_slice(text, len));
    ks_explainer_end(x, &e);
    ks_explainer_free(x);
    return e;
}

static struct ks_explanation explain(const char *text)
{
    return explain_bytes(text, strlen(text));
}

static const struct ks_explained *of(const struct ks_explanation *e, const char *name)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->at[i].symptom->name, name) == 0)
            return &e->at[i];
    return NULL;
}

#define PKIX                                                                                       \
    "PKIX path building failed: sun.security.provider.certpath."                                   \
    "SunCertPathBuilderException: unable to find valid certification path to requested target"
#define PKIXV                                                                                      \
    "javax.net.ssl.SSLHandshakeException: PKIX path validation failed: "                           \
    "java.security.cert.CertPathValidatorException: "

/* clang-format off */
static const struct {
    const char *name, *line;
} observed[] = {
    {"path-building-failed", "javax.net.ssl.SSLHandshakeException: " PKIX},
    {"path-building-failed", "javax.net.ssl.SSLHandshakeException: (certificate_unknown) " PKIX},
    {"path-building-failed", "Caused by: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target"},
    {"path-building-failed", PKIXV "Path does not chain with any of the trust anchors"},
    {"issuer-signature-failed", PKIXV "signature check failed"},
    {"issuer-signature-failed", "Caused by: java.security.SignatureException: Signature does not match."},
    {"validity-check-failed", PKIXV "validity check failed"},
    {"validity-check-failed", "Caused by: java.security.cert.CertificateExpiredException: NotAfter: Thu Jan 01 00:00:00 UTC 2026"},
    {"validity-check-failed", "java.security.cert.CertificateExpiredException"},
    {"not-yet-valid", "Caused by: java.security.cert.CertificateNotYetValidException: NotBefore: Fri Jan 01 00:00:00 UTC 2027"},
    {"not-yet-valid", "java.security.cert.CertificateNotYetValidException"},
    {"not-yet-valid", "curl: (60) SSL certificate problem: certificate is not yet valid"},
    {"not-yet-valid", "MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE"},
    {"not-yet-valid", "MOZILLA_PKIX_ERROR_NOT_YET_VALID_ISSUER_CERTIFICATE"},
    {"issuer-not-ca", PKIXV "basic constraints check failed: this is not a CA certificate"},
    {"issuer-not-ca", "curl: (60) SSL certificate problem: invalid CA certificate"},
    {"issuer-not-ca", "- Status: The certificate is NOT trusted. The certificate issuer is not a CA."},
    {"issuer-not-ca", "x509: certificate signed by unknown authority (possibly because of \"x509: invalid signature: parent certificate cannot sign this kind of certificate\" while trying to verify candidate authority certificate \"I\")"},
    {"issuer-not-ca", "x509: certificate is not authorized to sign other certificates"},
    {"issuer-not-ca", "Error code: SEC_ERROR_CA_CERT_INVALID"},
    {"issuer-may-not-sign", PKIXV "CA key usage check failed: keyCertSign bit is not set"},
    {"issuer-may-not-sign", "verify error:num=32:key usage does not include certificate signing"},
    {"issuer-may-not-sign", "Error code: SEC_ERROR_INADEQUATE_KEY_USAGE"},
    {"path-too-long-for-ca", PKIXV "basic constraints check failed: pathLenConstraint violated - this cert must be the last cert in the certification path"},
    {"path-too-long-for-ca", "curl: (60) SSL certificate problem: path length constraint exceeded"},
    {"path-too-long-for-ca", "x509: too many intermediates for path length constraint"},
    {"path-too-long-for-ca", "SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID"},
    {"name-constraint", PKIXV "name constraints check failed"},
    {"name-constraint", "curl: (60) SSL certificate problem: permitted subtree violation"},
    {"name-constraint", "verify error:num=48:excluded subtree violation"},
    {"name-constraint", "x509: a root or intermediate certificate is not authorized to sign for this name: DNS name \"a.example\" is not permitted by any constraint"},
    {"name-constraint", "DNS name \"a.example\" is excluded by constraint \"example\""},
    {"name-constraint", "SEC_ERROR_CERT_NOT_IN_NAME_SPACE"},
    {"critical-extension", PKIXV "unrecognized critical extension(s)"},
    {"critical-extension", "verify error:num=34:unhandled critical extension"},
    {"critical-extension", "SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION"},
    {"algorithm-disabled", PKIXV "Algorithm constraints check failed on signature algorithm: MD5withRSA"},
    {"algorithm-disabled", "Algorithm constraints check failed on keysize limits: RSA 512 bit key used with certificate: CN=weak.  Usage was tls server"},
    {"algorithm-disabled", "Algorithm constraints check failed: SHA1withRSA"},
    {"signature-too-weak", "curl: (60) SSL certificate problem: CA signature digest algorithm too weak"},
    {"signature-too-weak", "nginx: [emerg] SSL_CTX_use_certificate(\"/c\") failed (SSL: error:0A00018E:SSL routines::ca md too weak)"},
    {"signature-too-weak", "x509: cannot verify signature: insecure algorithm SHA1-RSA"},
    {"signature-too-weak", "- Status: The certificate is NOT trusted. The certificate chain uses insecure algorithm."},
    {"signature-too-weak", "x509: cannot verify signature: insecure algorithm"},
    {"signature-too-weak", "SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED"},
    {"signature-too-weak", "net::ERR_CERT_WEAK_SIGNATURE_ALGORITHM"},
    {"key-too-weak", "curl: (60) SSL certificate problem: EE certificate key too weak"},
    {"key-too-weak", "verify error:num=67:CA certificate key too weak"},
    {"key-too-weak", "nginx: [emerg] SSL_CTX_use_certificate(\"/c\") failed (SSL: error:0A00018F:SSL routines::ee key too small)"},
    {"wrong-purpose", "javax.net.ssl.SSLHandshakeException: Extended key usage does not permit use for TLS server authentication"},
    {"path-building-failed", "PKIX path building failed"},
    {"path-building-failed", "unable to find valid certification path to requested target"},
    {"path-building-failed", "sun.security.validator.ValidatorException: PKIX path building failed"},
    {"path-building-failed", "java.security.cert.CertPathValidatorException: Trust anchor for certification path not found."},
    {"algorithm-disabled", "sun.security.validator.ValidatorException: Certificates do not conform to algorithm constraints"},
    {"issuer-signature-failed", "java.security.cert.CertPathValidatorException: subject/issuer name chaining check failed"},
    {"validity-check-failed", "java.security.cert.CertPathValidatorException: timestamp check failed"},
    {"wrong-store-password", "java.io.IOException: PKCS12 key store mac invalid - wrong password or corrupted file."},
    {"wrong-purpose", "sun.security.validator.ValidatorException: Extended key usage does not permit use for TLS client authentication"},
    {"wrong-purpose", "curl: (60) SSL certificate problem: unsuitable certificate purpose"},
    {"wrong-purpose", "x509: certificate specifies an incompatible key usage"},
    {"wrong-purpose", "SEC_ERROR_INADEQUATE_CERT_TYPE"},
    {"wrong-purpose", "- Status: The certificate is NOT trusted. The certificate does not match the intended purpose."},
    {"key-usage", "javax.net.ssl.SSLHandshakeException: KeyUsage does not allow digital signatures"},
    {"key-usage", "*** Fatal error: Key usage violation in certificate has been detected."},
    {"key-usage", "net::ERR_SSL_KEY_USAGE_INCOMPATIBLE"},
    {"host-mismatch", "javax.net.ssl.SSLHandshakeException: No subject alternative DNS name matching iq.example.com found."},
    {"host-mismatch", "javax.net.ssl.SSLHandshakeException: (certificate_unknown) No subject alternative names matching IP address 127.0.0.1 found"},
    {"host-mismatch", "javax.net.ssl.SSLHandshakeException: No name matching iq.example.com found"},
    {"host-mismatch", "curl: (60) SSL: no alternative certificate subject name matches target host name 'iq.example.com'"},
    {"host-mismatch", "wget: no certificate subject alternative name matches"},
    {"host-mismatch", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'h'. (_ssl.c:997)"},
    {"host-mismatch", "verify error:num=62:hostname mismatch"},
    {"host-mismatch", "x509: certificate is valid for a.example, b.example, not iq.example.com"},
    {"host-mismatch", "x509: certificate is not valid for any names, but wanted to match iq.example.com"},
    {"host-mismatch", "net::ERR_CERT_COMMON_NAME_INVALID"},
    {"host-mismatch", "Error code: SSL_ERROR_BAD_CERT_DOMAIN"},
    {"host-mismatch", "gnutls: the name in the certificate does not match the expected"},
    {"host-mismatch", "does not match certificate subject"},
    {"host-mismatch", "javax.net.ssl.SSLPeerUnverifiedException: Certificate for <iq.example.com> doesn't match any of the subject alternative names: [a.example]"},
    {"common-name-only", "x509: certificate relies on legacy Common Name field, use SANs instead"},
    {"no-trust-anchors", "javax.net.ssl.SSLException: Unexpected error: java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty"},
    {"no-trust-anchors", "javax.net.ssl.SSLException: (internal_error) Unexpected error: java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty"},
    {"default-context", "java.net.SocketException: java.security.NoSuchAlgorithmException: Error constructing implementation (algorithm: Default, provider: SunJSSE, class: sun.security.ssl.SSLContextImpl$DefaultSSLContext)"},
    {"truststore-access", "Caused by: java.security.KeyStoreException: problem accessing trust store"},
    {"wrong-store-password", "java.io.IOException: keystore password was incorrect"},
    {"wrong-store-password", "keytool error: java.io.IOException: Keystore was tampered with, or password was incorrect"},
    {"wrong-store-password", "Mac verify error: invalid password?"},
    {"wrong-store-password", "Caused by: java.security.UnrecoverableKeyException: Failed PKCS12 integrity checking"},
    {"wrong-store-password", "Caused by: java.security.UnrecoverableKeyException: failed to decrypt safe contents entry: javax.crypto.BadPaddingException: Given final block not properly padded. Such issues can arise if a bad key is used during decryption."},
    {"key-password", "java.security.UnrecoverableKeyException: Cannot recover key"},
    {"key-password", "java.security.UnrecoverableKeyException: Get Key failed: Given final block not properly padded. Such issues can arise if a bad key is used during decryption."},
    {"key-password", "Caused by: javax.crypto.BadPaddingException: Given final block not properly padded. Such issues can arise if a bad key is used during decryption."},
    {"no-password", "java.security.UnrecoverableKeyException: Get Key failed: Cannot read the array length because \"password\" is null"},
    {"no-password", "Cannot read the array length because password is null"},
    {"type-not-available", "java.security.KeyStoreException: BKS not found"},
    {"type-not-available", "Caused by: java.security.NoSuchAlgorithmException: BCFKS KeyStore not available"},
    {"type-not-available", "no such algorithm: UBER for provider SUN"},
    {"not-a-keystore", "java.io.IOException: Invalid keystore format"},
    {"not-a-keystore", "java.io.IOException: toDerInputStream rejects tag type 45"},
    {"not-a-keystore", "java.io.IOException: DerValue.getBigIntegerInternal, not expected 48"},
    {"not-a-keystore", "java.io.IOException: DerInputStream.getLength(): lengthTag=109, too big."},
    {"not-a-keystore", "java.io.IOException: Tag number over 30 is not supported"},
    {"end-of-file", "java.io.EOFException\n\tat java.base/java.io.DataInputStream.readFully(DataInputStream.java:203)\n\tat java.base/sun.security.provider.JavaKeyStore.engineLoad(JavaKeyStore.java:658)"},
    {"end-of-file", "keytool error: java.lang.Exception: Keystore file exists, but is empty: a.jks"},
    {"file-missing", "java.lang.IllegalStateException: /etc/jetty/keystore.p12 is not a valid keystore"},
    {"file-missing", "java.io.FileNotFoundException: /opt/app/conf/server.jks (No such file or directory)"},
    {"file-missing", "Couldn't load keystore /etc/a.jks"},
    {"file-missing", "keytool error: java.lang.Exception: Keystore file does not exist: a.jks"},
    {"file-missing", "java.nio.file.NoSuchFileException: /opt/app/truststore.jks"},
    {"alias-is-no-key", "java.io.IOException: Alias name [MyServer] does not identify a key entry"},
    {"alias-is-no-key", "java.io.IOException: No aliases for private keys found in key store"},
    {"no-usable-key", "javax.net.ssl.SSLHandshakeException: No available authentication scheme"},
    {"no-usable-key", "javax.net.ssl.SSLHandshakeException: (handshake_failure) no cipher suites in common"},
    {"no-signature-scheme", "javax.net.ssl.SSLHandshakeException: No supported CertificateVerify signature algorithm for RSA  key"},
    {"handshake-failure", "javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure"},
    {"handshake-failure", "javax.net.ssl.SSLHandshakeException: (handshake_failure) Received fatal alert: handshake_failure"},
    {"handshake-failure", "curl: (35) error:0A000410:SSL routines::sslv3 alert handshake failure"},
    {"handshake-failure", "remote error: tls: handshake failure"},
    {"handshake-failure", "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure (_ssl.c:997)"},
    {"handshake-failure", "*** Received alert [40]: Handshake failed"},
    {"handshake-failure", "Error code: SSL_ERROR_HANDSHAKE_FAILURE_ALERT"},
    {"handshake-failure", "net::ERR_SSL_PROTOCOL_ERROR"},
    {"handshake-failure", "net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH"},
    {"handshake-failure", "Error code: SSL_ERROR_NO_CYPHER_OVERLAP"},
    {"handshake-failure", "curl: (35) Server aborted the SSL handshake"},
    {"client-certificate", "javax.net.ssl.SSLHandshakeException: Received fatal alert: bad_certificate"},
    {"client-certificate", "javax.net.ssl.SSLHandshakeException: (certificate_required) Received fatal alert: certificate_required"},
    {"client-certificate", "curl: (56) OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0"},
    {"client-certificate", "error:0A000412:SSL routines::sslv3 alert bad certificate"},
    {"client-certificate", "http: TLS handshake error from 10.0.0.1:4242: remote error: tls: bad certificate"},
    {"client-certificate", "remote error: tls: certificate required"},
    {"client-certificate", "javax.net.ssl.SSLHandshakeException: Empty client certificate chain"},
    {"client-certificate", "error:0A0000C7:SSL routines::peer did not return a certificate"},
    {"client-certificate", "net::ERR_BAD_SSL_CLIENT_AUTH_CERT"},
    {"client-certificate", "400 No required SSL certificate was sent"},
    {"unsupported-certificate", "Received fatal alert: unsupported_certificate"},
    {"unsupported-certificate", "error:0A000413:SSL routines::sslv3 alert unsupported certificate"},
    {"peer-rejected-certificate", "javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_unknown"},
    {"peer-rejected-certificate", "error:0A000416:SSL routines::sslv3 alert certificate unknown"},
    {"peer-rejected-certificate", "remote error: tls: unknown certificate"},
    {"peer-unknown-ca", "javax.net.ssl.SSLHandshakeException: Received fatal alert: unknown_ca"},
    {"peer-unknown-ca", "error:0A000418:SSL routines::tlsv1 alert unknown ca"},
    {"peer-unknown-ca", "remote error: tls: unknown certificate authority"},
    {"internal-error", "javax.net.ssl.SSLException: Received fatal alert: internal_error"},
    {"internal-error", "error:0A000438:SSL routines::tlsv1 alert internal error"},
    {"internal-error", "*** Received alert [80]: Internal error"},
    {"internal-error", "remote error: tls: internal error"},
    {"connection-closed", "javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake"},
    {"connection-closed", "javax.net.ssl.SSLHandshakeException: Remote host closed connection during handshake"},
    {"connection-closed", "Caused by: java.io.EOFException: SSL peer shut down incorrectly"},
    {"connection-closed", "curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to localhost:8443"},
    {"connection-closed", "net::ERR_CONNECTION_CLOSED"},
    {"connection-closed", "Error code: PR_END_OF_FILE_ERROR"},
    {"connection-closed", "*** Fatal error: The TLS connection was non-properly terminated."},
    {"connection-closed", "x509-check: Get \"https://localhost:8443/\": EOF"},
    {"connection-closed", "curl: (56) error:0A000126:SSL routines::unexpected eof while reading"},
    {"not-tls", "javax.net.ssl.SSLException: Unsupported or unrecognized SSL message"},
    {"not-tls", "curl: (35) error:0A00010B:SSL routines::wrong version number"},
    {"not-tls", "http: server gave HTTP response to HTTPS client"},
    {"not-tls", "Error code: SSL_ERROR_RX_RECORD_TOO_LONG"},
    {"not-tls", "*** Fatal error: An unexpected TLS packet was received."},
    {"not-tls", "tls: first record does not look like a TLS handshake"},
    {"connection-reset", "javax.net.ssl.SSLException: Connection reset"},
    {"connection-reset", "net::ERR_CONNECTION_RESET"},
    {"connection-reset", "Error code: PR_CONNECT_RESET_ERROR"},
    {"signature-invalid", "javax.net.ssl.SSLHandshakeException: (decrypt_error) Invalid CertificateVerify signature"},
    {"signature-invalid", "error:0A00007B:SSL routines::bad signature"},
    {"signature-invalid", "curl: (35) error:0200008A:rsa routines::last octet invalid"},
    {"signature-invalid", "curl: (35) error:0200007A:rsa routines::first octet invalid"},
    {"signature-invalid", "ssl.SSLError: [SSL: BAD_SIGNATURE] (_ssl.c:997)"},
    {"signature-invalid", "Error code: SEC_ERROR_BAD_SIGNATURE"},
    {"signature-invalid", "tls: invalid signature by the server certificate: crypto/rsa: verification error"},
    {"signature-invalid", "nginx: [emerg] SSL_CTX_use_PrivateKey(\"/k\") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)"},
    {"signature-invalid", "*** Fatal error: Public key signature verification has failed."},
    {"issuer-unknown", "curl: (60) SSL certificate problem: unable to get local issuer certificate"},
    {"issuer-unknown", "verify error:num=21:unable to verify the first certificate"},
    {"issuer-unknown", "verify error:num=2:unable to get issuer certificate"},
    {"issuer-unknown", "- Status: The certificate is NOT trusted. The certificate issuer is unknown."},
    {"issuer-unknown", "Get \"https://localhost:8443/\": x509: certificate signed by unknown authority"},
    {"issuer-unknown", "Error code: SEC_ERROR_UNKNOWN_ISSUER"},
    {"issuer-unknown", "net::ERR_CERT_AUTHORITY_INVALID"},
    {"issuer-unknown", "npm ERR! code UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
    {"issuer-unknown", "Error: UNABLE_TO_VERIFY_LEAF_SIGNATURE"},
    {"root-not-trusted", "curl: (60) SSL certificate problem: self-signed certificate in certificate chain"},
    {"root-not-trusted", "curl: (60) SSL certificate problem: self signed certificate in certificate chain"},
    {"root-not-trusted", "npm ERR! code SELF_SIGNED_CERT_IN_CHAIN"},
    {"self-signed", "curl: (60) SSL certificate problem: self-signed certificate"},
    {"self-signed", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"},
    {"certificate-expired", "curl: (60) SSL certificate problem: certificate has expired"},
    {"certificate-expired", "x509: certificate has expired or is not yet valid: current time 2026-11-22T05:00:00Z is after 2026-01-01T00:00:00Z"},
    {"certificate-expired", "SEC_ERROR_EXPIRED_CERTIFICATE"},
    {"certificate-expired", "SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE"},
    {"certificate-expired", "net::ERR_CERT_DATE_INVALID"},
    {"certificate-expired", "- Status: The certificate is NOT trusted. The certificate chain uses expired certificate."},
    {"certificate-expired", "- Status: The certificate is NOT trusted. The certificate chain uses not yet valid certificate."},
    {"certificate-expired", "Received fatal alert: certificate_expired"},
    {"certificate-expired", "error:0A000415:SSL routines::sslv3 alert certificate expired"},
    {"certificate-expired", "Error: CERT_HAS_EXPIRED"},
    {"chain-too-long", "javax.net.ssl.SSLProtocolException: The certificate chain length (11) exceeds the maximum allowed length (10)"},
    {"reply-without-chain", "keytool error: java.lang.Exception: Failed to establish chain from reply"},
    {"reply-chain-invalid", "keytool error: java.lang.Exception: Incomplete certificate chain in reply"},
    {"reply-chain-invalid", "java.security.KeyStoreException: Certificate chain is not valid"},
    {"reply-for-other-key", "keytool error: java.lang.Exception: Public keys in reply and keystore don't match"},
    {"no-server-certificate", "keytool error: java.lang.Exception: No certificate from the SSL server"},
    {"no-connection", "Unable to establish SSL connection."},
    {"broken-pipe", "javax.net.ssl.SSLException: Broken pipe"},
    {"broken-pipe", "java.io.IOException: Error writing to server"},
    {"kafka-handshake", "org.apache.kafka.common.errors.SslAuthenticationException: SSL handshake failed"},
    {"kafka-handshake", "Connection to node -1 (broker.example/10.0.0.1:9093) failed authentication due to: SSL handshake failed (org.apache.kafka.clients.NetworkClient)"},
    {"kafka-keystore", "org.apache.kafka.common.KafkaException: keystore /etc/kafka/a.jks doesn't exist"},
    {"kafka-keystore", "org.apache.kafka.common.KafkaException: Failed to load SSL keystore /etc/kafka/a.jks of type JKS"},
    {"not-pem", "nginx: [emerg] cannot load certificate \"/etc/nginx/a.p12\": PEM_read_bio_X509_AUX() failed (SSL: error:0480006C:PEM routines::no start line:Expecting: TRUSTED CERTIFICATE)"},
    {"not-pem", "error:04800066:PEM routines::bad end line"},
    {"host-mismatch", "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"},
    {"legacy-algorithm", "Error outputting keys and certificates\n40C7:error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported:../crypto/evp/evp_fetch.c:373:Global default library context, Algorithm (RC2-40-CBC : 0), Properties ()"},
    {"legacy-algorithm", "Error: error:0308010C:digital envelope routines::unsupported"},
    {"modern-algorithm", "java.io.IOException: Integrity check failed: java.security.NoSuchAlgorithmException: Algorithm HmacPBESHA256 not available"},
    {"modern-algorithm", "java.io.IOException: parseAlgParameters failed: ObjectIdentifier() -- data isn't an object ID (tag = 48)"},
    {"legacy-format", "The JKS keystore uses a proprietary format. It is recommended to migrate to PKCS12"},
    {"no-such-alias", "keytool error: java.lang.Exception: Alias <MyServer> does not exist"},
    {"certificate-unreadable", "java.security.cert.CertificateParsingException: signed fields invalid"},
    {"certificate-unreadable", "java.security.cert.CertificateException: Could not parse certificate: java.io.IOException: Incomplete data"},
    {"certificate-unreadable", "verify error:num=14:error in certificate's notAfter field"},
    {"revocation", PKIXV "Could not determine revocation status"},
    {"revocation", "verify error:num=12:CRL has expired"},
    {"revocation", PKIXV "Unable to determine revocation status due to network error"},
    {"revocation", PKIXV "Certificate does not specify OCSP responder"},
    {"revocation", PKIXV "Certificate's revocation status is unknown"},
    {"revoked", PKIXV "Certificate has been revoked, reason: KEY_COMPROMISE, revocation date: Tue Feb 03 10:00:00 UTC 2026, authority: CN=Revoking Root, extension OIDs: []"},
    {"revoked", "Caused by: java.security.cert.CertificateRevokedException: Certificate has been revoked, reason: KEY_COMPROMISE, revocation date: Tue Feb 03 10:00:00 UTC 2026, authority: CN=Revoking Root, extension OIDs: []"},
    {"revoked", "verify error:num=23:certificate revoked"},
    {"revoked", "Error code: SEC_ERROR_REVOKED_CERTIFICATE"},
    {"revoked", "net::ERR_CERT_REVOKED"},
    {"revocation", "verify error:num=3:unable to get certificate CRL"},
    {"key-class", "Caused by: java.io.InvalidClassException: filter status: REJECTED"},
    {"alias-encoding", "java.io.UTFDataFormatException: malformed input around byte 3 at sun.security.provider.JavaKeyStore"},
    {"python-verify-failed", "requests.exceptions.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:992)"},
    {"python-verify-failed", "ssl.SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED"},
};
/* clang-format on */
#define OBSERVED (sizeof observed / sizeof observed[0])

static void every_message_is_recognised_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < OBSERVED; i++) {
        struct ks_explanation e = explain(observed[i].line);
        const struct ks_explained *found = of(&e, observed[i].name);
        if (!found)
            fail_msg("'%s' is not %s but %s", observed[i].line, observed[i].name,
                     e.count ? e.at[0].symptom->name : "unknown");
        if (!found->symptom->vague && found != &e.at[0])
            fail_msg("'%s' is first of all %s", observed[i].line, e.at[0].symptom->name);
        ks_explanation_drop(&e);
    }
}

/* A line that is matched by each pattern is among those above, so that none can be dead. */
static void every_pattern_matches_a_line_that_was_observed(void **state)
{
    (void)state;
    for (const struct ks_symptom *s = ks_symptoms(); s->name; s++)
        for (const char *const *p = s->patterns; *p; p++) {
            regex_t regex;
            bool matched = false;
            assert_int_equal(regcomp(&regex, *p, REG_EXTENDED | REG_ICASE | REG_NOSUB), 0);
            for (size_t i = 0; i < OBSERVED && !matched; i++)
                matched = strcmp(observed[i].name, s->name) == 0 &&
                          regexec(&regex, observed[i].line, 0, NULL, 0) == 0;
            regfree(&regex);
            if (!matched)
                fail_msg("no line of %s has '%s'", s->name, *p);
        }
}

static void every_message_has_a_meaning_and_says_what_to_look_at(void **state)
{
    size_t count = 0;
    (void)state;
    for (const struct ks_symptom *s = ks_symptoms(); s->name; s++, count++) {
        assert_true(s->from[0] && s->patterns[0]);
        assert_int_equal(s->meaning[strlen(s->meaning) - 1], '.');
        assert_int_equal(s->check[strlen(s->check) - 1], '.');
        assert_int_equal(strspn(s->findings, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789- "),
                         strlen(s->findings));
        assert_true(strspn(s->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(s->name));
        for (const struct ks_symptom *other = ks_symptoms(); other != s; other++)
            assert_string_not_equal(other->name, s->name);
    }
    assert_int_equal(count, 63);
}

static void every_cause_is_a_finding_of_the_catalogue(void **state)
{
    (void)state;
    for (const struct ks_symptom *s = ks_symptoms(); s->name; s++)
        for (const char *at = s->findings; *at;) {
            char id[64];
            size_t len = strcspn(at, " ");
            (void)snprintf(id, sizeof id, "%.*s", (int)len, at);
            if (!ks_catalogue_of(id))
                fail_msg("%s of %s is no finding", id, s->name);
            at += len + strspn(at + len, " ");
        }
}

static void assert_leads_to(const char *id, const char *said)
{
    struct ks_explanation e = explain(said);
    bool found = e.count == 0; /* of no one message, as "java.io.IOException" */
    for (size_t i = 0; i < e.count && !found; i++) {
        const char *at = strstr(e.at[i].symptom->findings, id);
        found = at && strchr(" ", at[strlen(id)]);
    }
    if (!found)
        fail_msg("'%s' does not lead to %s", said, id);
    ks_explanation_drop(&e);
}

static void what_the_catalogue_says_that_people_see_leads_back_to_the_finding(void **state)
{
    (void)state;
    for (const struct ks_catalogue *row = ks_catalogue(); row->id; row++) {
        assert_leads_to(row->id, row->java);
        assert_leads_to(row->id, row->curl);
        assert_leads_to(row->id, row->browser);
    }
}

static void text_without_any_of_them_is_unknown(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "\n", "the dog ate my certificate", "NullPointerException at Foo.bar",
        "INFO keystore loaded, certificate of iq.example.com is trusted, TLS handshake complete"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ks_explanation e = explain(texts[i]);
        if (e.count)
            fail_msg("'%s' is taken for %s", texts[i], e.at[0].symptom->name);
        ks_explanation_drop(&e);
    }
}

static void the_longer_of_two_messages_counts(void **state)
{
    (void)state;
    struct ks_explanation e = explain("self-signed certificate in certificate chain");
    assert_int_equal(e.count, 1);
    assert_string_equal(e.at[0].symptom->name, "root-not-trusted");
    ks_explanation_drop(&e);
    e = explain("failed to decrypt safe contents entry: javax.crypto.BadPaddingException: Given "
                "final block not properly padded.");
    assert_int_equal(e.count, 1);
    assert_string_equal(e.at[0].symptom->name, "wrong-store-password");
    ks_explanation_drop(&e);
    e = explain("Get Key failed: Cannot read the array length because \"password\" is null");
    assert_int_equal(e.count, 1);
    assert_string_equal(e.at[0].symptom->name, "no-password");
    ks_explanation_drop(&e);
}

/* ---- exceptions ---- */

static const char wrapped[] =
    "2026-03-01 10:00:00 INFO  starting\n"
    "2026-03-01 10:00:01 ERROR I/O error on GET request for \"https://iq.example.com:8443/api\"\n"
    "java.net.SocketException: java.security.NoSuchAlgorithmException: Error constructing "
    "implementation (algorithm: Default, provider: SunJSSE, class: "
    "sun.security.ssl.SSLContextImpl$DefaultSSLContext)\n"
    "\tat "
    "java.base/javax.net.ssl.DefaultSSLSocketFactory.throwException(SSLSocketFactory.java:263)\n"
    "Caused by: java.security.KeyStoreException: problem accessing trust store\n"
    "\tat java.base/sun.security.ssl.TrustManagerFactoryImpl.engineInit(X.java:75)\n"
    "\t... 22 more\n"
    "Caused by: java.io.IOException: keystore password was incorrect\n"
    "\t... 30 more\n"
    "2026-03-01 10:00:02 INFO  done\n";

static void the_deepest_cause_comes_first(void **state)
{
    (void)state;
    struct ks_explanation e = explain(wrapped);
    assert_int_equal(e.count, 3);
    assert_string_equal(e.at[0].symptom->name, "wrong-store-password");
    assert_true(e.at[0].root_cause);
    assert_int_equal(e.at[0].line, 8);
    assert_string_equal(e.at[0].quote,
                        "Caused by: java.io.IOException: keystore password was incorrect");
    assert_false(of(&e, "default-context")->root_cause);
    assert_false(of(&e, "truststore-access")->root_cause);
    assert_int_equal(of(&e, "default-context")->line, 3);
    assert_int_equal(e.lines, 10);
    ks_explanation_drop(&e);
}

static void a_cause_is_found_behind_the_time_that_a_logger_puts_in_front(void **state)
{
    (void)state;
    struct ks_explanation e =
        explain("app | java.security.KeyStoreException: problem accessing trust store\n"
                "app | \tat java.base/sun.security.ssl.TrustManagerFactoryImpl.engineInit(X.java)\n"
                "app | Caused by: java.io.IOException: Invalid keystore format\n");
    assert_string_equal(e.at[0].symptom->name, "not-a-keystore");
    assert_false(of(&e, "truststore-access")->root_cause);
    ks_explanation_drop(&e);
}

static void an_exception_within_one_line_is_taken_apart(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"message\":\"failed\",\"stack\":\"java.security.KeyStoreException: problem accessing "
        "trust store\\n\\tat a.b.c(D.java)\\nCaused by: java.io.IOException: keystore password was "
        "incorrect\\n\\t... 3 more\"}\n",
        "Mar  1 10:00:00 host app[1]: java.security.KeyStoreException: problem accessing trust "
        "store#012#011at a.b.c(D.java)#012Caused by: java.io.IOException: keystore password was "
        "incorrect#012#011... 3 more\n"};
    for (size_t i = 0; i < 2; i++) {
        struct ks_explanation e = explain(lines[i]);
        assert_int_equal(e.count, 2);
        assert_string_equal(e.at[0].symptom->name, "wrong-store-password");
        assert_true(e.at[0].root_cause);
        assert_false(e.at[1].root_cause);
        assert_string_equal(e.at[0].quote,
                            "Caused by: java.io.IOException: keystore password was incorrect");
        assert_int_equal(e.at[0].line, 1);
        ks_explanation_drop(&e);
    }
}

static void several_messages_of_a_log_are_all_told_and_counted(void **state)
{
    (void)state;
    struct ks_explanation e =
        explain("one\ncurl: (60) SSL certificate problem: certificate has expired\n"
                "javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure\n"
                "curl: (60) SSL certificate problem: certificate has expired\n"
                "x509: certificate relies on legacy Common Name field, use SANs instead\n");
    assert_int_equal(e.count, 3);
    assert_string_equal(e.at[0].symptom->name, "certificate-expired");
    assert_int_equal(e.at[0].times, 2);
    assert_int_equal(e.at[0].line, 2);
    assert_string_equal(e.at[1].symptom->name, "common-name-only");
    assert_string_equal(e.at[2].symptom->name, "handshake-failure"); /* vague: last */
    ks_explanation_drop(&e);
}

/* ---- what others say, too ---- */

static void append_noise(struct ks_buf *log, size_t lines, const char *line)
{
    for (size_t i = 0; i < lines; i++)
        ks_buf_printf(log, "2026-03-01 10:00:%02zu INFO %s\n", i % 60, line);
}

static void in_a_log_a_broken_pipe_alone_says_nothing_about_tls(void **state)
{
    (void)state;
    struct ks_buf log = KS_BUF_INIT;
    append_noise(&log, 100, "java.io.IOException: Broken pipe");
    append_noise(&log, 10, "java.io.FileNotFoundException: /etc/motd");
    append_noise(&log, 10, "java.io.EOFException: null");
    struct ks_explanation e = explain(ks_buf_text(&log));
    assert_int_equal(e.count, 0);
    ks_explanation_drop(&e);

    ks_buf_str(&log, "java.net.SocketException: Broken pipe\n"
                     "\tat java.base/sun.security.ssl.SSLSocketOutputRecord.flush(X.java)\n");
    e = explain(ks_buf_text(&log));
    assert_int_equal(e.count, 1);
    assert_string_equal(e.at[0].symptom->name, "broken-pipe");
    assert_int_equal(e.at[0].line, 121);
    assert_int_equal(e.at[0].times, 1);
    assert_string_equal(e.at[0].quote, "java.net.SocketException: Broken pipe");
    ks_explanation_drop(&e);
    ks_buf_free(&log);
}

static void what_is_pasted_alone_is_meant(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } pasted[] = {{"Broken pipe", "broken-pipe"},
                  {"java.io.EOFException: null\n", "end-of-file"},
                  {"Connection reset by peer", "connection-reset"}};
    for (size_t i = 0; i < 3; i++) {
        struct ks_explanation e = explain(pasted[i].text);
        assert_int_equal(e.count, 1);
        assert_string_equal(e.at[0].symptom->name, pasted[i].name);
        assert_int_equal(e.at[0].times, 1);
        ks_explanation_drop(&e);
    }
}

/* ---- lines ---- */

static void lines_that_a_terminal_broke_are_joined(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilder\nException: "
        "unable to find valid certifi\ncation path to requested target",
        "Public keys in reply\r\nand keystore don't\r\nmatch\r\n"};
    static const char *const names[] = {"path-building-failed", "reply-for-other-key"};
    for (size_t i = 0; i < 2; i++) {
        struct ks_explanation e = explain(texts[i]);
        assert_int_equal(e.count, 1);
        assert_string_equal(e.at[0].symptom->name, names[i]);
        ks_explanation_drop(&e);
    }
}

static void pieces_of_any_size_give_the_same(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, 64, 1000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct ks_explanation e;
        struct ks_explainer *x = ks_explainer_new();
        for (size_t at = 0; at < sizeof wrapped - 1; at += sizes[s])
            ks_explainer_feed(x, ks_slice_part(ks_slice_str(wrapped), at, sizes[s]));
        ks_explainer_end(x, &e);
        assert_int_equal(e.count, 3);
        assert_string_equal(e.at[0].symptom->name, "wrong-store-password");
        assert_int_equal(e.at[0].line, 8);
        assert_int_equal(e.lines, 10);
        ks_explanation_drop(&e);
        ks_explainer_free(x);
    }
}

/* A part of a line that has no bytes: between two marks of line ends. */
static void marks_of_line_ends_without_text_between_them_are_harmless(void **state)
{
    (void)state;
    static const char *const texts[] = {"\\n\\tat a.b.C.d(E.java:1)", "#012#011at a.b.C.d(E.java:1)",
                                        "\\n\\n\\tat a.b.C.d(E.java:1)", "\\n\\tat", "\n\\tat "};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ks_explanation e = explain(texts[i]);
        assert_int_equal(e.count, 0);
        ks_explanation_drop(&e);
    }
}

static void an_explainer_begins_anew_with_each_text(void **state)
{
    (void)state;
    struct ks_explanation e;
    struct ks_explainer *x = ks_explainer_new();
    ks_explainer_feed(x, ks_slice_str(wrapped));
    ks_explainer_end(x, &e);
    ks_explanation_drop(&e);
    ks_explainer_feed(x, ks_slice_str("certificate has expired"));
    ks_explainer_end(x, &e);
    assert_int_equal(e.count, 1);
    assert_int_equal(e.at[0].line, 1);
    assert_int_equal(e.lines, 1);
    ks_explanation_drop(&e);
    ks_explainer_free(x);
    ks_explainer_free(NULL);
}

static void of_a_long_line_every_part_is_looked_at(void **state)
{
    (void)state;
    /* also where two pieces of it meet */
    for (size_t before = KS_EXPLAIN_LINE - 60; before < KS_EXPLAIN_LINE + 10; before++) {
        struct ks_buf text = KS_BUF_INIT;
        for (size_t i = 0; i < before; i++)
            ks_buf_byte(&text, 'x');
        ks_buf_str(&text, " certificate has expired ");
        for (size_t i = 0; i < 3u * KS_EXPLAIN_LINE; i++)
            ks_buf_byte(&text, 'y');
        ks_buf_str(&text, "\nNo available authentication scheme\n");
        struct ks_explanation e = explain(ks_buf_text(&text));
        assert_int_equal(e.count, 2);
        assert_int_equal(of(&e, "certificate-expired")->times, 1);
        assert_int_equal(of(&e, "certificate-expired")->line, 1);
        assert_true(strlen(of(&e, "certificate-expired")->quote) <= 400);
        assert_non_null(strstr(of(&e, "certificate-expired")->quote, "certificate has expired"));
        assert_int_equal(of(&e, "no-usable-key")->line, 2);
        assert_int_equal(e.lines, 2);
        ks_explanation_drop(&e);
        ks_buf_free(&text);
    }
}

static void logs_of_windows_are_read(void **state)
{
    (void)state;
    static const char text[] = "one\r\nNo name matching h\xc3\xa4lo.example found\r\n";
    for (int big = 0; big <= 1; big++) {
        struct ks_buf log = KS_BUF_INIT;
        ks_buf_str(&log, big ? "\xfe\xff" : "\xff\xfe");
        for (const char *p = text; *p; p++) {
            unsigned c = (uint8_t)*p;
            if (c == 0xc3)
                c = 0xe4, p++;
            ks_buf_byte(&log, big ? (uint8_t)(c >> 8) : (uint8_t)c);
            ks_buf_byte(&log, big ? (uint8_t)c : (uint8_t)(c >> 8));
        }
        struct ks_explanation e = explain_bytes(log.data, log.len);
        assert_int_equal(e.count, 1);
        assert_string_equal(e.at[0].quote, "No name matching h\xc3\xa4lo.example found");
        assert_string_equal(e.at[0].host, "h\xc3\xa4lo.example");
        assert_int_equal(e.at[0].line, 2);
        ks_explanation_drop(&e);
        ks_buf_free(&log);
    }
    struct ks_explanation e = explain("\xef\xbb\xbf"
                                      "certificate has expired\r\n");
    assert_string_equal(e.at[0].quote, "certificate has expired");
    ks_explanation_drop(&e);
}

static void bytes_that_are_no_text_do_no_harm(void **state)
{
    (void)state;
    struct ks_buf log = KS_BUF_INIT;
    uint32_t x = 1;
    static const char with_nul[] =
        "\0\0certificate has\0expired \xff\xfe certificate has expired\0\n";
    ks_buf_append(&log, with_nul, sizeof with_nul - 1);
    for (size_t i = 0; i < 200000; i++) {
        x = x * 1664525u + 1013904223u;
        ks_buf_byte(&log, (uint8_t)(x >> 24));
    }
    ks_buf_str(&log, "\xff\xfe\xff");
    struct ks_explanation e = explain_bytes(log.data, log.len);
    assert_non_null(of(&e, "certificate-expired"));
    assert_int_equal(of(&e, "certificate-expired")->times, 1);
    ks_explanation_drop(&e);
    for (size_t len = 0; len < 8; len++) { /* marks of encodings that are cut off */
        e = explain_bytes("\xff\xfe\x00\xd8\x41\x00\x0a", len);
        assert_int_equal(e.count, 0);
        ks_explanation_drop(&e);
    }
    ks_buf_free(&log);
}

static void a_log_of_megabytes_is_one_pass(void **state)
{
    (void)state;
    struct ks_explanation e;
    struct ks_explainer *x = ks_explainer_new();
    struct ks_buf piece = KS_BUF_INIT;
    append_noise(&piece, 800, "request 4711 of alice took 12 ms, certificate of session cached");
    for (int i = 0; i < 60; i++) {
        ks_explainer_feed(x, ks_slice(piece.data, piece.len));
        ks_explainer_feed(x, ks_slice_str("javax.net.ssl.SSLHandshakeException: " PKIX "\n"));
    }
    assert_true(piece.len * 60 > 4000000);
    ks_explainer_end(x, &e);
    assert_int_equal(e.count, 1);
    assert_int_equal(e.at[0].times, 60);
    assert_int_equal(e.at[0].line, 801);
    assert_int_equal(e.lines, 60 * 801);
    ks_explanation_drop(&e);
    ks_explainer_free(x);
    ks_buf_free(&piece);
}

/* ---- what is named ---- */

static void host_port_and_alias_are_picked_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host, *port, *alias;
    } rows[] = {
        {"No subject alternative DNS name matching IQ.example.com found.", "IQ.example.com", "",
         ""},
        {"No subject alternative names matching IP address 127.0.0.1 found", "127.0.0.1", "", ""},
        {"curl: (60) SSL: no alternative certificate subject name matches target host name 'h.x'",
         "h.x", "", ""},
        {"Get \"https://user:pw@h.example:8443/\": x509: certificate signed by unknown authority",
         "h.example", "8443", ""},
        {"https://[::1]:8443/: certificate has expired", "::1", "8443", ""},
        {"x509: certificate is valid for a.example, not b.example", "b.example", "", ""},
        {"HTTPSConnectionPool(host='h.example', port=443): Max retries exceeded (Caused by "
         "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate "
         "verify "
         "failed: unable to get local issuer certificate (_ssl.c:992)')))",
         "h.example", "443", ""},
        {"* Connected to h.example (127.0.0.1) port 8443 (#0)\n"
         "* SSL certificate problem: unable to get local issuer certificate\n"
         "More details here: https://curl.se/docs/sslcerts.html",
         "h.example", "8443", ""},
        {"curl: (60) SSL certificate problem: certificate has expired\n"
         "More details here: https://curl.se/docs/sslcerts.html",
         "", "", ""},
        {"javax.naming.CommunicationException: simple bind failed: ldap.example:636\n"
         "\tat x.y\nCaused by: javax.net.ssl.SSLHandshakeException: " PKIX,
         "ldap.example", "636", ""},
        {"Connection to node -1 (broker.example/10.0.0.1:9093) failed authentication due to: SSL "
         "handshake failed (org.apache.kafka.clients.NetworkClient)",
         "broker.example", "9093", ""},
        {"java.io.IOException: Alias name [MyServer] does not identify a key entry", "", "",
         "MyServer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_explanation e = explain(rows[i].text);
        assert_true(e.count > 0);
        assert_string_equal(e.at[0].host ? e.at[0].host : "", rows[i].host);
        assert_string_equal(e.at[0].port ? e.at[0].port : "", rows[i].port);
        assert_string_equal(e.at[0].alias ? e.at[0].alias : "", rows[i].alias);
        ks_explanation_drop(&e);
    }
}

static void passwords_are_blotted_out_of_what_is_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } rows[] = {
        {"java -Djavax.net.ssl.keyStorePassword=S3CRET -jar", "keyStorePassword=*** -jar"},
        {"keytool -list -storepass S3CRET -v", "-storepass *** -v"},
        {"keytool -keypass:env NAME", "-keypass:*** NAME"},
        {"ksx --new-key-pass S3CRET", "--new-key-pass ***"},
        {"openssl pkcs12 -passin pass:S3CRET -nokeys", "-passin *** -nokeys"},
        {"{\"password\": \"S3 CRET\", \"user\": 1}", "\"password\": \"***\", \"user\": 1}"},
        {"{\"keyPassword\":\"S3\\\"CRET\"}", "{\"keyPassword\":\"***\"}"},
        {"\"{\\\"password\\\":\\\"S3CRET\\\"}\" x", "\\\"***\\\"}\" x"},
        {"<password>S3CRET</password>", "<password>***</password>"},
        {"<Connector keystorePass=\"S3CRET\" a=\"b\">", "keystorePass=\"***\" a=\"b\">"},
        {"ssl.keystore.password = S3CRET of words", "ssl.keystore.password = ***"},
        {"KEYSTORE_PASSWORD='S3CRET' ./run", "KEYSTORE_PASSWORD='***' ./run"},
        {"client_secret=S3CRET&x=1", "client_secret=***"},
        {"GET https://joe:S3CRET@h/x", "https://joe:***@h/x"},
        {"Authorization: Basic S3CRET==", "Authorization:***"},
        {"x bearer S3CRET", "x bearer ***"},
        {"-----BEGIN RSA PRIVATE KEY----- S3CRET", "PRIVATE KEY-----***"},
        {"keystore password was incorrect", "keystore password was incorrect"},
        {"java.security.auth.CredentialException: gone", "CredentialException: gone"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[400], behind[400];
        (void)snprintf(text, sizeof text, "certificate has expired %s", rows[i].before);
        (void)snprintf(behind, sizeof behind, "%s certificate has expired", rows[i].before);
        const char *const texts[] = {text, behind};
        for (size_t k = 0; k < 2; k++) {
            struct ks_explanation e = explain(texts[k]);
            assert_true(e.count > 0);
            if (strstr(e.at[0].quote, "CRET"))
                fail_msg("a secret is quoted: %s", e.at[0].quote);
            if (k == 0 && i != 10 && !strstr(e.at[0].quote, rows[i].after))
                fail_msg("'%s' is not in '%s'", rows[i].after, e.at[0].quote);
            ks_explanation_drop(&e);
        }
    }
}

static void a_password_is_blotted_out_though_its_name_is_not_quoted(void **state)
{
    (void)state;
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_str(&text, "password=\"");
    for (int i = 0; i < 600; i++)
        ks_buf_byte(&text, 'S');
    ks_buf_str(&text, "\" certificate has expired");
    struct ks_explanation e = explain(ks_buf_text(&text));
    assert_int_equal(e.count, 1);
    assert_null(strstr(e.at[0].quote, "SS"));
    assert_non_null(strstr(e.at[0].quote, "certificate has expired"));
    ks_explanation_drop(&e);
    ks_buf_free(&text);
}

static void tabs_and_columns_are_one_blank_in_what_is_quoted(void **state)
{
    (void)state;
    struct ks_explanation e =
        explain("INFO  \t main\tcertificate has  expired certificate has expired");
    assert_int_equal(e.count, 1);
    assert_string_equal(e.at[0].quote, "INFO main certificate has expired certificate has expired");
    ks_explanation_drop(&e);
}

static bool names_cause(const char *message, const char *id)
{
    struct ks_explanation e = explain(message);
    bool named = false;
    for (size_t i = 0; i < e.count; i++)
        named = named || strstr(e.at[i].symptom->findings, id);
    ks_explanation_drop(&e);
    return named;
}

/* The server has a key and a certificate of its own to show, and does. */
static void a_reply_in_the_wrong_entry_does_not_stop_a_handshake(void **state)
{
    (void)state;
    assert_false(names_cause("No available authentication scheme", "TRUST-REPLY-MISPLACED"));
    assert_false(names_cause("alert handshake failure", "TRUST-REPLY-MISPLACED"));
    assert_true(names_cause("PKIX path building failed", "TRUST-REPLY-MISPLACED"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_recognised_alone),
        cmocka_unit_test(every_pattern_matches_a_line_that_was_observed),
        cmocka_unit_test(every_message_has_a_meaning_and_says_what_to_look_at),
        cmocka_unit_test(every_cause_is_a_finding_of_the_catalogue),
        cmocka_unit_test(what_the_catalogue_says_that_people_see_leads_back_to_the_finding),
        cmocka_unit_test(text_without_any_of_them_is_unknown),
        cmocka_unit_test(the_longer_of_two_messages_counts),
        cmocka_unit_test(the_deepest_cause_comes_first),
        cmocka_unit_test(a_cause_is_found_behind_the_time_that_a_logger_puts_in_front),
        cmocka_unit_test(an_exception_within_one_line_is_taken_apart),
        cmocka_unit_test(several_messages_of_a_log_are_all_told_and_counted),
        cmocka_unit_test(in_a_log_a_broken_pipe_alone_says_nothing_about_tls),
        cmocka_unit_test(what_is_pasted_alone_is_meant),
        cmocka_unit_test(lines_that_a_terminal_broke_are_joined),
        cmocka_unit_test(pieces_of_any_size_give_the_same),
        cmocka_unit_test(marks_of_line_ends_without_text_between_them_are_harmless),
        cmocka_unit_test(an_explainer_begins_anew_with_each_text),
        cmocka_unit_test(of_a_long_line_every_part_is_looked_at),
        cmocka_unit_test(logs_of_windows_are_read),
        cmocka_unit_test(bytes_that_are_no_text_do_no_harm),
        cmocka_unit_test(a_log_of_megabytes_is_one_pass),
        cmocka_unit_test(host_port_and_alias_are_picked_out),
        cmocka_unit_test(passwords_are_blotted_out_of_what_is_quoted),
        cmocka_unit_test(a_password_is_blotted_out_though_its_name_is_not_quoted),
        cmocka_unit_test(tabs_and_columns_are_one_blank_in_what_is_quoted),
        cmocka_unit_test(a_reply_in_the_wrong_entry_does_not_stop_a_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
