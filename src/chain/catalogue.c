#include "chain/catalogue.h"

#include <strings.h>

const char *ks_client_name(int bit)
{
    static const char *const names[KS_CLIENTS] = {
        "Java", "curl", "GnuTLS", "Go", "Python", "Firefox", "Chromium", "the server",
    };
    return bit >= 0 && bit < KS_CLIENTS ? names[bit] : "";
}

/* ---- what recurs ---- */

#define PKIX_BUILDING                                                                              \
    "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: "      \
    "unable to find valid certification path to requested target"
#define PKIX_VALIDATION                                                                            \
    "PKIX path validation failed: java.security.cert.CertPathValidatorException: "
#define TRUST_ANCHORS                                                                              \
    "java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be "        \
    "non-empty"
#define NO_LOCAL_ISSUER                                                                            \
    "curl: (60) SSL certificate problem: unable to get local issuer certificate; openssl "         \
    "s_client: num=20, num=21 unable to verify the first certificate; GnuTLS: The certificate "    \
    "issuer is unknown.; Go: x509: certificate signed by unknown authority"
#define UNKNOWN_ISSUER "Firefox: SEC_ERROR_UNKNOWN_ISSUER; Chromium: ERR_CERT_AUTHORITY_INVALID"
#define ALERT_40                                                                                   \
    "server log: No available authentication scheme (TLS 1.3), no cipher suites in common (TLS "   \
    "1.2); clients: Received fatal alert: handshake_failure"
#define CURL_ALERT_40 "curl: (35) sslv3 alert handshake failure"
#define BROWSER_ALERT_40                                                                           \
    "Firefox: SSL_ERROR_HANDSHAKE_FAILURE_ALERT, or SSL_ERROR_NO_CYPHER_OVERLAP from a server "    \
    "without TLS 1.3; Chromium: ERR_SSL_PROTOCOL_ERROR, or ERR_SSL_VERSION_OR_CIPHER_MISMATCH"
#define ASK_THE_CA                                                                                 \
    "Make a request with ksx csr, let the CA sign it, and bring the reply in with ksx import "     \
    "--reply."

#define BROWSERS (KS_CLIENT_FIREFOX | KS_CLIENT_CHROMIUM)
#define OPENSSL KS_CLIENT_OPENSSL
#define NOTHING_TO_SERVE (KS_CLIENT_SERVER | KS_CLIENT_ALL)
#define NO_START (KS_CLIENT_SERVER | KS_CLIENT_JAVA) /* as a key store, as a trust store */

/* clang-format off */
static const struct ks_catalogue rows[] = {
    /* ---- the file ---- */
    {"STORE-DAMAGED",
     "Part of the file cannot be read as its type says.",
     "What could be read is listed, and the rest is not known. Java stops at the first part that it "
     "cannot read and opens nothing at all. Saving would make the loss final, so ksx does not save over "
     "such a file.",
     "Look for an older copy, or the backup FILE.bak. What is still readable can be copied out with ksx "
     "copy or ksx export.",
     "java.io.IOException of various kinds", "", "",
     NO_START, KS_REMEDY_NONE},
    {"STORE-TRUNCATED",
     "The length that the file gives of itself is longer than the file, or its last entry runs past the end.",
     "The file was cut off while it was copied or written: a full disk, an upload that broke off, a copy in "
     "text mode. What lies before the cut is listed; nothing vouches for it.",
     "Copy the file again from where it came from and compare the sizes. If there is no other copy, take "
     "out what still can be read with ksx copy or ksx export, and ask for the rest anew.",
     "java.io.EOFException", "", "",
     NO_START, KS_REMEDY_NONE},
    {"STORE-EMPTY-FILE",
     "The file has no byte.",
     "Something created the file and never wrote it: a redirection that failed, a full disk, a secret that was "
     "not mounted. It is no keystore, not even an empty one.",
     "Look for a backup (FILE.bak, FILE~). Or delete the file and make a keystore in its place with ksx create "
     "or ksx gen.",
     "JKS: java.io.EOFException; PKCS12: Tag number over 30 is not supported; keytool: Keystore file exists, but "
     "is empty", "", "",
     NO_START, KS_REMEDY_OTHER},
    {"STORE-NOT-A-KEYSTORE",
     "The file is named like a keystore, and its content is something else: PEM, a DER certificate, PKCS#7, a "
     "request, a web page.",
     "Java looks at the content and refuses it. Programs that are given such a file as key store or trust store "
     "do not start. Renaming a file does not convert it.",
     "Build a keystore from it: ksx import FILE --key and --cert for a key with its certificates, ksx import FILE "
     "--cert for trusted ones, ksx merge to take everything.",
     "PKCS12: PEM gives toDerInputStream rejects tag type 45; a DER certificate DerValue.getBigIntegerInternal, not "
     "expected 48; PKCS#7 the same, not expected 6. JKS: Invalid keystore format", "", "",
     NO_START, KS_REMEDY_OTHER},
    {"STORE-WRONG-PASSWORD",
     "The MAC or the digest over the contents does not come out with this password.",
     "Either the password is another one, or the file was changed after it was written. For JKS and JCEKS the two "
     "cannot be told apart. Java opens nothing.",
     "Try another password. If it is surely right, the file is damaged: compare it with another copy. What needs "
     "no password (certificates of a JKS) can be looked at without one.",
     "PKCS12: keystore password was incorrect, caused by failed to decrypt safe contents entry; JKS: Keystore was "
     "tampered with, or password was incorrect",
     "openssl pkcs12: Mac verify error: invalid password?", "",
     NO_START, KS_REMEDY_NONE},
    {"JAVA-REFUSES-STORE",
     "The file has a part that Java's reader does not accept, although ksx reads it.",
     "KeyStore.load() throws, and none of the entries can be used, also those that are sound.",
     "Write it again without what Java refuses: ksx convert FILE --to PKCS12 -o OUT, with --drop for an entry that "
     "must stay out. The text of the finding names the reason.",
     "java.io.IOException, with the reason that the finding quotes", "", "",
     NO_START, KS_REMEDY_OTHER},
    {"JAVA-SHOWS-NOTHING",
     "A PKCS#12 file has contents, and none of them is of a kind that Java makes an entry of.",
     "keytool lists 0 entries. As a key store it serves nothing; as a trust store it trusts nothing.",
     "ksx convert FILE --to PKCS12 -o OUT writes keys and certificates in the way that Java reads.",
     "trust store: " TRUST_ANCHORS "; key store: " ALERT_40, "", "",
     NOTHING_TO_SERVE, KS_REMEDY_OTHER},
    {"STORE-EMPTY",
     "The keystore can be read and has no entry. An error when it is said what it is for.",
     "As a trust store it makes every TLS client of the JVM fail. As a key store it leaves the server without a "
     "certificate: it starts, and every handshake fails.",
     "ksx import brings in what is missing: --key for a key with its certificates, --cert for trusted certificates. "
     "ksx gen makes a new key pair.",
     "trust store: " TRUST_ANCHORS "; key store: " ALERT_40 "; Tomcat: No aliases for private keys found in key store",
     CURL_ALERT_40, BROWSER_ALERT_40,
     NOTHING_TO_SERVE, KS_REMEDY_OTHER},
    {"STORE-TYPE-MISMATCH",
     "The name of the file says one keystore type, and its content is another.",
     "Java opens JKS and PKCS12 by their content, whatever the configuration says; BKS, UBER and BCFKS it does not. "
     "Whoever configures the file by its name gets the type wrong.",
     "Rename the file, or set the type that it has (storetype, keyStoreType, javax.net.ssl.trustStoreType; ksx "
     "snippet prints the lines). ksx convert FILE --to TYPE -o OUT (C) makes the type that the name promises.",
     "JKS as PKCS12 and the reverse: nothing. BKS as PKCS12: toDerInputStream rejects tag type 0; BCFKS as PKCS12: "
     "DerValue.getBigIntegerInternal, not expected 48", "", "",
     0, KS_REMEDY_OTHER},
    {"STORE-TYPE-NONSTANDARD",
     "The keystore is a BKS, UBER or BCFKS, types that only Bouncy Castle reads.",
     "A JVM without Bouncy Castle on its class path, and registered as a provider, cannot open the file.",
     "ksx convert FILE --to PKCS12 -o OUT (C), unless Bouncy Castle (or its FIPS module) is wanted.",
     "java.security.KeyStoreException: BKS not found", "", "",
     0, KS_REMEDY_OTHER},
    {"STORE-LEGACY-ENCRYPTION",
     "Contents of a PKCS#12 file are encrypted with RC2-40 or triple DES, or its MAC is over SHA-1, as Java before "
     "8u301 and OpenSSL before 3.0 wrote.",
     "Java still reads it. OpenSSL 3, and what is built on it, needs its legacy provider. The protection itself is "
     "weak: keep the file from others' eyes.",
     "ksx passwd FILE --protection modern encrypts it again with AES-256.",
     "", "openssl pkcs12: inner_evp_generic_fetch:unsupported, Algorithm (RC2-40-CBC : 0)", "",
     0, KS_REMEDY_OTHER},
    {"STORE-LEGACY-FORMAT",
     "The keystore is a JKS or JCEKS.",
     "These types are of 1996 and 1998: a digest of SHA-1 over password and contents, and keys that a fast search "
     "for passwords opens. Java still reads them.",
     "ksx convert FILE --to PKCS12 -o OUT (C). Java programs open the new file with the old settings, too.",
     "keytool: The JKS keystore uses a proprietary format. It is recommended to migrate to PKCS12", "", "",
     0, KS_REMEDY_OTHER},
    {"P12-NO-MAC",
     "A PKCS#12 file has no MAC.",
     "Nobody notices when the file is changed, and what is not encrypted opens with any password. Usual for bundles of "
     "public certificates, not for keys.",
     "ksx passwd FILE gives it a password, and with it a MAC.",
     "", "", "",
     0, KS_REMEDY_OTHER},
    {"P12-NO-PASSWORD-CERTS",
     "A PKCS#12 trust store keeps its certificates encrypted.",
     "Java reads certificates in clear without a password, and passes over encrypted ones when no trust store password "
     "is configured: it sees an empty trust store and says nothing about a password. A JKS needs none for this.",
     "Give the JVM the password: -Djavax.net.ssl.trustStorePassword=..., or the setting that ksx snippet prints. Or ksx "
     "convert FILE --to JKS -o OUT.",
     "without trustStorePassword: " TRUST_ANCHORS, "", "",
     0, KS_REMEDY_NONE},
    {"LEGACY-PROVIDER-MISSING",
     "Contents are encrypted with RC2, RC4 or DES, and OpenSSL's legacy provider is not installed on this host.",
     "These contents stay locked here. The file may be sound.",
     "Install legacy.so (package openssl-provider-legacy or the like), or open the file on another host and write it "
     "again with ksx passwd --protection modern.",
     "", "openssl: inner_evp_generic_fetch:unsupported", "",
     0, KS_REMEDY_NONE},
    {"STORE-FILE-MODE",
     "The file holds a private key, a secret key or a password, and its group or everybody may read it. A warning when "
     "the key has no password, else a note.",
     "Whoever can copy the file can try passwords on it for as long as they like.",
     "chmod 600 FILE, and make its owner the account that the program runs under.",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"STORE-NOT-VERIFIED",
     "The integrity check was not made: no password was given, or its algorithm is not available here.",
     "A change to the file would not be noticed.",
     "Open it with its password (--pass, or p).",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"STORE-LOCKED",
     "Some contents are encrypted and were not opened.",
     "There may be more entries than are listed, and chains may lack certificates that are inside.",
     "Open it with its password (--pass, or p).",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"STORE-TRAILING",
     "Bytes follow behind the end of the contents.",
     "Java and OpenSSL ignore them. They are left over from a longer file, or something was appended.",
     "Nothing needs to be done. Compare the file with another copy if you do not know what they are.",
     "", "", "",
     0, KS_REMEDY_NONE},

    /* ---- the store as a whole ---- */
    {"STORE-NO-KEY",
     "There is no private key, and either the keystore is said to be a server's or a client's, or it trusts the "
     "certificate of a server that some CA issued.",
     "Only the certificate was imported; its key is elsewhere. The server starts without an error and fails at every "
     "handshake, because it has nothing to show. Tomcat does not start. A key cannot be computed from a certificate.",
     "Find the key: the keystore in which the request was made, or a PEM file (BEGIN PRIVATE KEY). Then ksx import FILE "
     "--key KEY --cert CERT, or ksx repair with --from the place where the key is. If it is lost, make a new key "
     "pair with ksx gen and request a new certificate with ksx csr.",
     ALERT_40 "; Tomcat: Alias name [null] does not identify a key entry", CURL_ALERT_40, BROWSER_ALERT_40,
     NOTHING_TO_SERVE, KS_REMEDY_CHOICE},
    {"STORE-MANY-KEYS",
     "The keystore of a server has two key entries or more.",
     "Without a configured alias Java's default key manager takes the first one of a hash map of the aliases: "
     "neither the oldest nor the first by name, and it does not skip expired ones. Clients then see the wrong "
     "certificate. The finding names the one that it takes; that is a prediction.",
     "Configure the alias (certAlias, keyAlias, server.ssl.key-alias; ksx snippet FILE ALIAS prints it), or give the "
     "server a keystore with that one key: ksx copy FILE ALIAS --to NEW.",
     "No subject alternative DNS name matching HOST found.",
     "curl: (60) SSL: no alternative certificate subject name matches target host name 'HOST'",
     "Firefox: SSL_ERROR_BAD_CERT_DOMAIN; Chromium: ERR_CERT_COMMON_NAME_INVALID",
     0, KS_REMEDY_OTHER},
    {"STORE-ALIAS-CASE",
     "The alias of a key in a PKCS#12 file has capital letters.",
     "Java lists and finds the entry under the name in lower case only. Jetty compares the configured alias with "
     "regard to case, so an alias that is copied from the file never fits, and every handshake fails. Tomcat does "
     "not mind.",
     "Write the alias in lower case in the configuration; ksx rename (or ksx repair) puts it in lower case in the file, "
     "too, so that every tool shows the same name.",
     ALERT_40, CURL_ALERT_40, BROWSER_ALERT_40,
     0, KS_REMEDY_REPAIR},
    {"STORE-ALIAS-COLLISION",
     "A later entry has the same alias, for Java's way of comparing them.",
     "Java keeps the last of them and drops the others without a word.",
     "Give one of them another alias: ksx rename FILE OLD NEW (m). Or delete the one that is not needed.",
     "", "", "",
     0, KS_REMEDY_OTHER},
    {"STORE-MIXED",
     "Private keys and trusted certificates are in one keystore.",
     "That works. But what a server trusts changes whenever its key store changes, and in PKCS#12 Java completes the "
     "chains of keys with the trusted certificates of the file.",
     "Nothing needs to be done. Two files, one for keys and one for trust, are easier to look after: ksx copy.",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"STORE-NO-PUBLIC-CAS",
     "A trust store has not one of the public CAs that it is compared with.",
     "A JVM that is given this file with javax.net.ssl.trustStore trusts nothing else: its own cacerts are not used any "
     "more. Connections to public hosts fail.",
     "ksx repair FILE --cacerts copies the public CAs of the JVM into it. Or give only the client that needs it this "
     "trust store, not the whole JVM.",
     PKIX_BUILDING, "", "",
     KS_CLIENT_JAVA, KS_REMEDY_CHOICE},
    {"TRUST-BUNDLE-OLD",
     "Of a trust store with public CAs more than 5 percent have expired, or it lacks more than 20 of those that the "
     "reference has.",
     "CAs come and go; hosts whose certificate is from a newer CA are refused.",
     "ksx merge --skip-known from a current cacerts, then delete what has expired; or ksx repair FILE --cacerts.",
     "for hosts with certificates of newer CAs: " PKIX_BUILDING, "", "",
     0, KS_REMEDY_CHOICE},
    {"TRUST-CANNOT-ANCHOR",
     "Of the chain that a server sent no certificate is trusted here, and none was issued by one that is.",
     "The client cannot tie the server's certificate to anything that it trusts. The server may be in order.",
     "Bring in the root of the chain, after its fingerprint was compared with what its owner publishes: ksx import FILE "
     "--cert ROOT (i). Trusting the intermediate works in Java, until the CA replaces it.",
     PKIX_BUILDING,
     NO_LOCAL_ISSUER "; with the root in the chain: self-signed certificate in certificate chain (num=19)", UNKNOWN_ISSUER,
     KS_CLIENT_JAVA, KS_REMEDY_OTHER},

    /* ---- the chain ---- */
    {"KEY-DAMAGED",
     "The private key was opened, and it is none that can be read, or its private half is not that of the public half written "
     "beside it.",
     "Programs that compare public halves alone take such a key. What it signs nobody can verify, so every handshake fails; and "
     "what was encrypted for it is lost.",
     "Look for another copy of the key (a backup, the host where the request was made) and bring it in with ksx import FILE "
     "--key KEY --cert CERT. If there is none, make a new key pair and ask the CA for a new certificate.",
     "Invalid CertificateVerify signature", "curl: (35) bad signature",
     "Firefox: SEC_ERROR_BAD_SIGNATURE", KS_CLIENT_ALL, KS_REMEDY_NONE},
    {"KEY-CERT-MISMATCH",
     "The private key was opened, and no certificate of the entry has its public key.",
     "The server starts. It signs the handshake with one key and shows a certificate of another, so every client stops. "
     "Mostly the reply to another request was imported, or a key was made anew and the old certificate kept.",
     "ksx repair --from the places where the certificate of this key may be; or look for the key of this certificate and "
     "join them with ksx import FILE --key KEY --cert CERT. If there is none, ksx csr and a new certificate.",
     "Invalid CertificateVerify signature; of another key type: Received fatal alert: handshake_failure",
     "curl: (35) rsa routines::last octet invalid, or first octet invalid, or bad signature; Go: tls: invalid signature by the "
     "server certificate: crypto/rsa: verification error; Python: [SSL: BAD_SIGNATURE] bad signature; nginx: key values "
     "mismatch",
     "Firefox: SEC_ERROR_BAD_SIGNATURE; Chromium: ERR_SSL_PROTOCOL_ERROR",
     KS_CLIENT_ALL, KS_REMEDY_CHOICE},
    {"CHAIN-MISSING-INTERMEDIATE",
     "The way from the certificate over its issuers ends before a root, and what is missing is an intermediate, or "
     "all that is there is the certificate itself.",
     "The server starts and sends what it has. Clients know roots, not intermediates, so they cannot tell who vouches "
     "for the certificate, and refuse it. Browsers that have seen the intermediate elsewhere may hide the fault.",
     "ksx repair (r) inserts it when this keystore or one of the sources has it: --from FILE-OR-DIR, --system, --cacerts, --fetch. "
     "The CA publishes it; many certificates say where (CA issuers), and then the finding does, too.",
     PKIX_BUILDING, NO_LOCAL_ISSUER, UNKNOWN_ISSUER,
     KS_CLIENT_ALL, KS_REMEDY_REPAIR},
    {"CHAIN-OUT-OF-ORDER",
     "The certificates are not stored in the order certificate, issuer, issuer of that. An error when the first one is not "
     "the certificate of the key, else a warning. Not asked of PKCS#12, which has no order.",
     "The first certificate is the one that the server presents as its own. Issuers behind it may be shuffled as far as "
     "clients are concerned (TLS 1.3 allows it), but some servers and tools compare only neighbours.",
     "ksx repair (r) puts them in order; nothing is added or lost. In a PEM file move the blocks with an editor, the own "
     "certificate first: ksx keeps blocks where they are.",
     "leaf not first: No name matching HOST found, then Invalid CertificateVerify signature",
     "leaf not first: unsuitable certificate purpose; Go: x509: certificate is not valid for any names; nginx: key values "
     "mismatch", "",
     KS_CLIENT_ALL, KS_REMEDY_REPAIR},
    {"CHAIN-WRONG-ISSUER",
     "A stored certificate has the name of the issuer, and another key: the signature does not verify with it.",
     "There are two CAs of one name, most often the old and the new generation of one. Clients take the one that is sent, "
     "find that it did not sign, and stop.",
     "ksx repair (r) replaces it by the one that did sign, when a source has it (--from). The key id that the certificate "
     "asks for tells which one that is.",
     "JKS: " PKIX_VALIDATION "signature check failed, caused by java.security.SignatureException: Signature does not match.; "
     "PKCS12, where Java drops the wrong one: " PKIX_BUILDING,
     NO_LOCAL_ISSUER " (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority "
     "certificate)",
     UNKNOWN_ISSUER,
     KS_CLIENT_ALL, KS_REMEDY_REPAIR},
    {"CHAIN-BROKEN-SIGNATURE",
     "The issuer is stored, its name and its key id fit, and the signature does not verify.",
     "One of the two certificates is damaged or was tampered with: a bit was lost, or somebody made a certificate that "
     "looks like one of this CA.",
     "Get both certificates anew from the CA and compare their fingerprints, then ksx import --reply. ksx repair can use a "
     "good copy of the issuer when --from has one.",
     "JKS: " PKIX_VALIDATION "signature check failed; PKCS12: " PKIX_BUILDING, NO_LOCAL_ISSUER, UNKNOWN_ISSUER,
     KS_CLIENT_ALL, KS_REMEDY_CHOICE},
    {"CHAIN-AKI-MISMATCH",
     "A certificate was signed by the stored issuer, and names another key id (or issuer and serial number) than that "
     "issuer has.",
     "Java, Go and browsers do not mind. OpenSSL goes by the key id and does not find the issuer. From a PKCS#12 file Java "
     "goes by it as well when it puts the chain together, and then sends the certificate alone, so that everybody fails.",
     "ksx repair (r) takes another certificate of the same CA whose key id fits, if there is one. Else the CA has to issue "
     "one of the two again.",
     "JKS: nothing; PKCS12: " PKIX_BUILDING, NO_LOCAL_ISSUER,
     "JKS: nothing; PKCS12: " UNKNOWN_ISSUER,
     OPENSSL | KS_CLIENT_GNUTLS, KS_REMEDY_REPAIR},
    {"CHAIN-LOOP",
     "Going from issuer to issuer comes back to a CA that was there already, before any root.",
     "Two CAs certify each other (cross certificates), and no root that ends the way is stored. Clients that trust one of the "
     "two accept the chain; the others run in the circle and give up.",
     "ksx repair (r) with --from a place that has the root, or the certificate that leads out of the circle.",
     PKIX_BUILDING, NO_LOCAL_ISSUER, UNKNOWN_ISSUER,
     0, KS_REMEDY_CHOICE},
    {"CHAIN-ISSUER-UNKNOWN",
     "The chain ends early, and no source that was looked at has the issuer.",
     "What is missing cannot be made up: only the CA has it. The finding says the name and the key id to ask for.",
     "ksx repair --fetch asks at the address that the finding names, if it names one. Else fetch the CA's certificates from its "
     "home page and give them with --from to ksx repair, or paste them in the repair wizard (r).",
     PKIX_BUILDING, NO_LOCAL_ISSUER, UNKNOWN_ISSUER,
     0, KS_REMEDY_CHOICE},
    {"CHAIN-DUPLICATE-CERT",
     "The same certificate is stored twice in one chain.",
     "Clients do not mind, up to 10 certificates in all. It is sent twice in every handshake.",
     "ksx repair (r) drops the copy. In a PEM file delete its block with an editor: ksx keeps the blocks that are there.",
     "", "", "",
     0, KS_REMEDY_REPAIR},
    {"CHAIN-UNRELATED-CERT",
     "A stored certificate is not part of the chain, nor an issuer of one that is. Of a chain that ends early this is said of "
     "what cannot be above its end.",
     "It is sent in every handshake for nothing. Clients do not mind, up to 10 certificates in all. Often a whole bundle was "
     "appended.",
     "ksx repair (r) drops it from a chain that it can complete. To keep it, export it first with ksx export. In a PEM file delete its entry (ksx "
     "delete), or its block with an editor.",
     "", "", "",
     0, KS_REMEDY_REPAIR},
    {"CHAIN-TOO-LONG",
     "More than 10 certificates are in the chain of a key.",
     "Java clients stop at a chain of more than 10 certificates (jdk.tls.maxCertificateChainLength); others take it.",
     "ksx repair (r) drops copies and what has nothing to do with the chain. Where the certificates that lead to the root are "
     "themselves more than 10, ask the CA for a shorter chain, or raise the limit in the clients.",
     "The certificate chain length (11) exceeds the maximum allowed length (10)", "", "",
     KS_CLIENT_JAVA, KS_REMEDY_REPAIR},
    {"CHAIN-P12-REBUILT",
     "A PKCS#12 file does not store chains. Java puts one together from all certificates of the file, by names and key ids, "
     "and what it gets is not the chain that the signatures give.",
     "keytool and servers show and send another chain than the file was made with, often a shorter one. It may change with "
     "every save.",
     "ksx repair (r) writes the certificates in the order from which Java gets the right chain, without those that lead it "
     "astray.",
     "when it gets too short: " PKIX_BUILDING, NO_LOCAL_ISSUER, UNKNOWN_ISSUER,
     KS_CLIENT_ALL, KS_REMEDY_CHOICE},
    {"CHAIN-EXPIRED-INTERMEDIATE",
     "An intermediate on the way to the root has expired.",
     "Nothing that it signed is accepted any more, although the certificate of the server itself is still good.",
     "The CA has a renewed one, often for the same key: ksx repair (r) exchanges it when a source has it (--from, --cacerts). "
     "Else ask the CA for the current chain.",
     PKIX_VALIDATION "validity check failed, caused by java.security.cert.CertificateExpiredException: NotAfter: ...",
     "curl: (60) SSL certificate problem: certificate has expired",
     "Firefox: SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE; Chromium: ERR_CERT_DATE_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_REPAIR},
    {"CHAIN-EXPIRED-ROOT",
     "The root at the end of the chain has expired.",
     "Clients use their own copy of the root. Those that have a valid one do not notice. Java accepts an expired root that it "
     "trusts; OpenSSL and curl do not.",
     "ksx repair (r) exchanges it for the valid root of the same key, or takes a way to another root, when a source has one "
     "(--system, --cacerts, --from).",
     "", "with no other root: curl: (60) SSL certificate problem: certificate has expired", "",
     0, KS_REMEDY_REPAIR},
    {"CHAIN-NOT-YET-VALID",
     "An issuer in the chain is not valid yet.",
     "Until then clients refuse everything that it signed.",
     "Check the clock first. ksx repair (r) takes another way if there is one; else wait, or ask the CA.",
     PKIX_VALIDATION "validity check failed, caused by java.security.cert.CertificateNotYetValidException: NotBefore: ...",
     "curl: (60) SSL certificate problem: certificate is not yet valid",
     "Firefox: MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE; Chromium: ERR_CERT_DATE_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_CHOICE},
    {"CHAIN-POLICY-UNJUDGED",
     "A certificate below the root requires certificate policies (policyConstraints with requireExplicitPolicy) or maps them.",
     "Java refuses a chain whose policies do not fit, curl and most other clients do not look at them. ksx does not "
     "judge policies.",
     "Try a Java client, or openssl verify -policy_check.",
     PKIX_VALIDATION "non-null policy tree required and policy tree is null", "", "",
     0, KS_REMEDY_NONE},
    {"CHAIN-MISSING-ROOT",
     "All that the chain lacks is the self-signed root at its end.",
     "Servers need not send it: clients have their own. keytool and some tools like it to be there, and a client key with "
     "the root in its chain fits more lists of a server's CAs.",
     "Nothing needs to be done. ksx repair (r) appends it when a source has it.",
     "", "", "",
     0, KS_REMEDY_REPAIR},
    {"CHAIN-ALTERNATE-PATH",
     "There is more than one way from the certificate to a root: a cross certificate, or a CA that was renewed.",
     "Clients choose among them, each by its own rules. The chain that is stored is the first that they try.",
     "Nothing needs to be done. The repair wizard (r) shows the ways side by side, to choose another one.",
     "", "", "",
     0, KS_REMEDY_CHOICE},
    {"P12-SURPLUS-BAGS",
     "A PKCS#12 file has certificates that belong to no chain and that Java shows no entry for.",
     "Java ignores them, and leaves them out when it saves the file.",
     "Nothing needs to be done. ksx delete removes them; ksx repair can make trusted entries of them.",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"CHAIN-LOCKED",
     "The certificates of a key lie in contents that are still encrypted.",
     "The chain cannot be judged. Without the password Java shows the key with no chain.",
     "Open the keystore with its password (--pass, or p).",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"CA-NOT-CA",
     "An issuer in the chain is not marked as a CA: no basic constraints with CA:TRUE.",
     "Whoever has an ordinary certificate could issue others, if clients took this; so they do not. Often the CA was made "
     "with a profile for servers, or its certificate is of version 1.",
     "The CA needs a certificate with CA:TRUE for the same key: ksx repair (r) exchanges it when a source has one. A private "
     "CA makes it with ksx gen --use ca.",
     PKIX_VALIDATION "basic constraints check failed: this is not a CA certificate",
     "curl: (60) SSL certificate problem: invalid CA certificate (num=79); GnuTLS: issuer is not a CA; Go: x509: invalid "
     "signature: parent certificate cannot sign this kind of certificate, or certificate is not authorized to sign other "
     "certificates",
     "Firefox: SEC_ERROR_CA_CERT_INVALID; Chromium: ERR_CERT_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_CHOICE},
    {"CA-NO-KEYCERTSIGN",
     "An issuer in the chain has a key usage, and keyCertSign is not in it.",
     "Its key may do other things, not sign certificates, so clients do not accept what it signed.",
     "The CA needs a certificate with keyCertSign: ksx repair (r) exchanges it when a source has one.",
     PKIX_VALIDATION "CA key usage check failed: keyCertSign bit is not set",
     "curl: (60) SSL certificate problem: invalid CA certificate; openssl: key usage does not include certificate signing "
     "(num=32)",
     "Firefox: SEC_ERROR_INADEQUATE_KEY_USAGE",
     KS_CLIENT_ALL, KS_REMEDY_CHOICE},
    {"CA-PATHLEN",
     "More CAs are below an issuer than its path length allows; self-issued ones do not count.",
     "The CA was permitted to issue to servers only, or to fewer levels of CAs than there are.",
     "ksx repair (r) takes another way if there is one. Else the upper CA has to issue a certificate with a larger path "
     "length, or the lower one must not be used.",
     PKIX_VALIDATION "basic constraints check failed: pathLenConstraint violated - this cert must be the last cert in the "
     "certification path",
     "curl: (60) SSL certificate problem: path length constraint exceeded; Go: x509: too many intermediates for path length "
     "constraint",
     "Firefox: SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_CHOICE},
    {"CA-NAME-CONSTRAINT",
     "A name of the certificate is outside of what an issuer's name constraints permit, or inside of what they exclude. A "
     "warning when there are too many names and constraints to compare.",
     "The CA may issue for certain domains only, and this name is none of them.",
     "Request a certificate for permitted names with ksx csr, or from another CA. The finding names the name and the "
     "constraint.",
     PKIX_VALIDATION "name constraints check failed",
     "curl: (60) SSL certificate problem: permitted subtree violation, or excluded subtree violation; Go: x509: a root or "
     "intermediate certificate is not authorized to sign for this name: ... is not permitted by any constraint",
     "Firefox: SEC_ERROR_CERT_NOT_IN_NAME_SPACE",
     KS_CLIENT_ALL, KS_REMEDY_CHOICE},
    {"CA-EKU",
     "An issuer has an extended key usage without that of the certificate (serverAuth; clientAuth for a client's). For "
     "OpenSSL anyExtendedKeyUsage is not enough; of a root only OpenSSL and Go mind.",
     "The CA may not issue for servers. Java does not look at this, everybody else does, so it works between Java programs "
     "and fails with curl and browsers.",
     "ksx repair (r) takes another way if there is one. Else ask for a certificate of a CA that may issue for servers.",
     "", "curl: (60) SSL certificate problem: unsuitable certificate purpose; Go: x509: certificate specifies an incompatible "
     "key usage",
     "Firefox: SEC_ERROR_INADEQUATE_CERT_TYPE; Chromium: ERR_CERT_INVALID",
     KS_CLIENT_ALL & ~(unsigned)KS_CLIENT_JAVA, KS_REMEDY_CHOICE},
    {"SIG-SHA1",
     "A certificate on the way to the root is signed over SHA-1. The signature of the root itself does not count. A warning "
     "in a trust store.",
     "SHA-1 can be forged. Java still takes it from a private CA; OpenSSL at Debian's level, Go and browsers do not. nginx "
     "does not start with it.",
     "Ask the CA to issue it again with SHA-256. " ASK_THE_CA,
     "", "curl: (60) SSL certificate problem: CA signature digest algorithm too weak (num=68); GnuTLS: insecure algorithm; Go: "
     "x509: cannot verify signature: insecure algorithm SHA1-RSA; nginx: ca md too weak",
     "Firefox: SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED; Chromium: ERR_CERT_INVALID",
     KS_CLIENT_ALL & ~(unsigned)KS_CLIENT_JAVA, KS_REMEDY_NONE},
    {"SIG-MD5",
     "A certificate on the way to the root is signed over MD5, MD4 or MD2. The signature of the root itself does not count. A "
     "warning in a trust store.",
     "Such signatures were forged in practice, and nobody accepts them.",
     "Ask the CA to issue it again with SHA-256. " ASK_THE_CA,
     PKIX_VALIDATION "Algorithm constraints check failed on signature algorithm: MD5withRSA",
     "curl: (60) SSL certificate problem: CA signature digest algorithm too weak (num=68); Go: x509: cannot verify signature: "
     "insecure algorithm MD5-RSA",
     "Firefox: SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED; Chromium: ERR_CERT_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_NONE},

    /* ---- keys and their certificates ---- */
    {"CERT-EXPIRED",
     "The certificate of a key, or one that is just there, has expired.",
     "Clients refuse it from that second on. The server itself does not notice, unless it checks its certificate at the "
     "start (Jetty with validateCerts).",
     "If the CA has sent a new one, ksx import --reply. Else ksx csr makes a request with the same names; what a CA of your "
     "own signed, ksx renew --signer.",
     PKIX_VALIDATION "validity check failed, caused by java.security.cert.CertificateExpiredException: NotAfter: ...",
     "curl: (60) SSL certificate problem: certificate has expired; GnuTLS: uses expired certificate; Go: x509: certificate has "
     "expired or is not yet valid: current time ... is after ...",
     "Firefox: SEC_ERROR_EXPIRED_CERTIFICATE; Chromium: ERR_CERT_DATE_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_OTHER},
    {"CERT-NOT-YET-VALID",
     "The certificate is not valid yet.",
     "Until then clients refuse it. Often the clock of this host, or of the CA, is wrong, or a date is in another time zone.",
     "Compare the clock with another one. Else wait, or use the former certificate until then.",
     PKIX_VALIDATION "validity check failed, caused by java.security.cert.CertificateNotYetValidException: NotBefore: ...",
     "curl: (60) SSL certificate problem: certificate is not yet valid",
     "Firefox: MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE; Chromium: ERR_CERT_DATE_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_NONE},
    {"CERT-EXPIRES-SOON",
     "A certificate expires within 30 days (--warn-days).",
     "On that day clients begin to refuse it.",
     "Of a key: ksx csr for a CA, ksx renew for what is signed by a key of your own. Of a CA: bring in its successor with ksx "
     "import --cert. ksx expiry --ics writes the dates for a calendar.",
     "", "", "",
     0, KS_REMEDY_OTHER},
    {"CERT-SELF-SIGNED",
     "The certificate of a key is signed by that key itself. A note when it is the root of a CA.",
     "No client trusts it, unless it was told to trust this very certificate. Right for tests and for a CA; else the reply of "
     "the CA was never imported, or went into an entry of its own.",
     ASK_THE_CA " Or export it with ksx export and have every client trust it.",
     PKIX_BUILDING,
     "curl: (60) SSL certificate problem: self-signed certificate (num=18); in a longer chain self-signed certificate in "
     "certificate chain (num=19)",
     "Firefox: MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT; Chromium: ERR_CERT_AUTHORITY_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_OTHER},
    {"CERT-NO-SAN",
     "The certificate of a server has no alternative name that is a host name or an address. A warning when it may be no "
     "server's.",
     "Java and curl fall back to the common name, all others have given that up. So it works between Java programs and fails "
     "in browsers.",
     "ksx csr FILE ALIAS -o OUT with --san dns:HOST for each name, and a new certificate.",
     "",
     "Go: x509: certificate relies on legacy Common Name field, use SANs instead; Python: Hostname mismatch, certificate is not "
     "valid for 'HOST'",
     "Firefox: SSL_ERROR_BAD_CERT_DOMAIN; Chromium: ERR_CERT_COMMON_NAME_INVALID",
     KS_CLIENT_GO | KS_CLIENT_PYTHON | BROWSERS, KS_REMEDY_OTHER},
    {"CERT-HOST-MISMATCH",
     "A host was asked for (--host), and no alternative name of the certificate is that host. A wildcard stands for one whole "
     "label; an address is matched by an address only.",
     "Clients that connect to this name refuse the certificate. With a DNS name among the alternative names the common name "
     "does not count.",
     "Connect to a name that is in it, use the entry whose certificate has the name, or request one that has: ksx csr with "
     "--san dns:HOST.",
     "No subject alternative DNS name matching HOST found.; of an address: No subject alternative names matching IP address "
     "ADDRESS found; without alternative names: No name matching HOST found",
     "curl: (60) SSL: no alternative certificate subject name matches target host name 'HOST'; openssl: num=62; Go: x509: "
     "certificate is valid for OTHER, not HOST; Python: Hostname mismatch",
     "Firefox: SSL_ERROR_BAD_CERT_DOMAIN; Chromium: ERR_CERT_COMMON_NAME_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_OTHER},
    {"CERT-IP-IN-DNS-SAN",
     "An alternative name of the kind DNS is an IP address.",
     "Clients that connect to an address look at names of the kind IP only; this one matches nothing.",
     "ksx csr with --san ip:ADDRESS, and a new certificate.",
     "No subject alternative names matching IP address ADDRESS found",
     "Go: x509: cannot validate certificate for ADDRESS because it doesn't contain any IP SANs",
     "Firefox: SSL_ERROR_BAD_CERT_DOMAIN; Chromium: ERR_CERT_COMMON_NAME_INVALID",
     KS_CLIENT_JAVA | KS_CLIENT_GO | BROWSERS, KS_REMEDY_OTHER},
    {"CERT-EKU-NOT-SERVER",
     "The certificate has an extended key usage, and what the entry is for is not in it: serverAuth, for a client's key "
     "clientAuth. For OpenSSL anyExtendedKeyUsage is not enough, for Java and others it is; Server Gated Cryptography counts as "
     "serverAuth. Or it has a Netscape certificate type, which Java and OpenSSL look at, without SSL server (SSL client).",
     "The CA issued it for something else. A certificate for clients is no good for a server, and the reverse.",
     "ksx csr with --use server (or client), and a new certificate. If it is meant for a client, ask with --purpose client.",
     "Extended key usage does not permit use for TLS server authentication; of a client: Extended key usage does not permit use "
     "for TLS client authentication",
     "curl: (60) SSL certificate problem: unsuitable certificate purpose (num=26); of a client: tlsv1 alert unsupported "
     "certificate",
     "Firefox: SEC_ERROR_INADEQUATE_CERT_TYPE; Chromium: ERR_CERT_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_OTHER},
    {"CERT-KU-NO-DIGSIG",
     "The certificate has a key usage, and digitalSignature is not in it.",
     "In TLS 1.3, and in TLS 1.2 with forward secrecy, the server signs the handshake, which this certificate does not "
     "allow. Java, GnuTLS and Chromium mind, others do not. Profiles for encryption (keyEncipherment alone) are from the time "
     "of RSA key exchange.",
     "ksx csr with the usage of a server, and a new certificate.",
     "KeyUsage does not allow digital signatures",
     "GnuTLS: Key usage violation in certificate has been detected.",
     "Chromium: ERR_SSL_KEY_USAGE_INCOMPATIBLE",
     KS_CLIENT_JAVA | KS_CLIENT_GNUTLS | KS_CLIENT_CHROMIUM, KS_REMEDY_OTHER},
    {"CERT-CRITICAL-UNKNOWN",
     "A certificate has an extension that is marked critical and that clients do not process.",
     "Critical means: who does not understand it must refuse the certificate (RFC 5280 4.2). Some extensions only some process: "
     "Java refuses critical CRL distribution points, OCSP noCheck and Netscape certificate types, Java and OpenSSL critical key "
     "identifiers and authority information access.",
     "Ask the CA to issue it without that extension, or not marked critical.",
     PKIX_VALIDATION "unrecognized critical extension(s)",
     "curl: (60) SSL certificate problem: unhandled critical extension (num=34)",
     "Firefox: SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION; Chromium: ERR_CERT_INVALID",
     KS_CLIENT_ALL, KS_REMEDY_NONE},
    {"CERT-MALFORMED",
     "A certificate on the way to the root is encoded in a way that Java or OpenSSL refuses: an extension that cannot be read, a "
     "negative path length, no subject and alternative names that are not critical.",
     "Each library reads other parts of a certificate, and more or less strictly. What one accepts is the end of the connection "
     "for the other.",
     "Ask the CA to issue it again. " ASK_THE_CA,
     "Failed to parse server certificates",
     "curl: (35) error:1100009E:X509 V3 routines::invalid certificate", "",
     KS_CLIENT_JAVA | OPENSSL, KS_REMEDY_NONE},
    {"CERT-REVOKED",
     "Somebody asked (ksx check --revocation), and the CA says that it has taken this certificate back.",
     "A stolen key, a name that changed hands, or a certificate that was replaced. Who refuses it depends on who checks: a JVM "
     "only with com.sun.net.ssl.checkRevocation=true or a PKIX configuration that asks for it, curl and what is built on OpenSSL "
     "only when they are told to, browsers those of public CAs in part, from lists of their own.",
     "When the reason is the key, make a new pair: ksx renew --new-key, or ksx gen, then ksx csr. Else a request for the same key "
     "(ksx csr) is enough. The reply is brought in with ksx import --reply.",
     PKIX_VALIDATION "Certificate has been revoked, reason: KEY_COMPROMISE, revocation date: ...",
     "openssl: certificate revoked (num=23)", "Firefox: SEC_ERROR_REVOKED_CERTIFICATE; Chromium: ERR_CERT_REVOKED",
     BROWSERS, KS_REMEDY_OTHER},
    {"CA-REVOKED",
     "Somebody asked (ksx check --revocation), and the CA above says that it has taken back an issuer of the chain.",
     "Everything that this issuer has signed falls with it. Who refuses it depends on who checks, as for CERT-REVOKED; browsers "
     "keep lists of revoked issuers, so they refuse first.",
     "Ask the CA for its new issuer. If that has the same key, ksx repair FILE --from ITS-CERTIFICATE puts it into the chain; else "
     "the certificate must be issued again: ksx csr, then ksx import --reply.",
     PKIX_VALIDATION "Certificate has been revoked, reason: CA_COMPROMISE, revocation date: ...",
     "openssl: certificate revoked (num=23)", "Firefox: SEC_ERROR_REVOKED_CERTIFICATE; Chromium: ERR_CERT_REVOKED",
     BROWSERS, KS_REMEDY_OTHER},
    {"REVOCATION-UNKNOWN",
     "Somebody asked (ksx check --revocation), and got no answer that proves anything. A note when the certificate names nobody to "
     "ask, or when nobody agreed to ask there.",
     "Most clients do not check, or connect when there is no answer. A JVM with com.sun.net.ssl.checkRevocation=true refuses.",
     "The text says who was asked and what came. Check that this host, and those of the clients, reach the address; ask the CA "
     "about answers that are out of date or signed by somebody else. ksx check --crl FILE takes a list that was fetched otherwise.",
     PKIX_VALIDATION "Unable to determine revocation status due to network error; Certificate does not specify OCSP responder",
     "openssl: unable to get certificate CRL (num=3)", "",
     0, KS_REMEDY_NONE},
    {"KEY-WEAK",
     "A certificate of the chain has an RSA or DSA key of less than 2048 bits, or a curve of less than 224.",
     "1024 bits: OpenSSL at Debian's level refuses, Java, Go and browsers still connect to private CAs. 512 bits: nobody "
     "connects. Public CAs sign none of them.",
     "A new key pair: ksx renew --new-key, or ksx gen, then ksx csr. The key of a CA is the CA's to replace.",
     "512 bits: Algorithm constraints check failed on keysize limits: RSA 512 bit key used with certificate: ...; server log: No "
     "supported CertificateVerify signature algorithm for RSA  key",
     "curl: (60) SSL certificate problem: EE certificate key too weak (num=66), CA certificate key too weak (num=67); nginx: "
     "ee key too small",
     "",
     OPENSSL, KS_REMEDY_OTHER},
    {"KEY-TYPE-UNSUPPORTED",
     "The key is one that TLS servers do not use: a curve other than P-256, P-384 and P-521, a curve given by its parameters "
     "instead of its name, or DSA.",
     "TLS 1.3 has no signature scheme for it. The server starts, and fails at every handshake.",
     "A new key pair of a usual type: ksx gen (EC P-256 or RSA 3072), then ksx csr.",
     "Received fatal alert: internal_error; TLS 1.2 and DSA: Received fatal alert: handshake_failure; server log: No supported "
     "CertificateVerify signature algorithm",
     "curl: (35) tlsv1 alert internal error; Go: x509: unsupported elliptic curve",
     "Firefox: SEC_ERROR_UNSUPPORTED_ELLIPTIC_CURVE; Chromium: ERR_SSL_PROTOCOL_ERROR",
     NOTHING_TO_SERVE, KS_REMEDY_OTHER},
    {"KEY-TYPE-LIMITED",
     "The key is Ed25519 or Ed448.",
     "Java from version 15 on, curl, Go, GnuTLS and Python connect; browsers do not.",
     "Nothing needs to be done between programs. For browsers make a key pair with EC P-256 or RSA: ksx gen.",
     "", "", "Firefox: SSL_ERROR_HANDSHAKE_FAILURE_ALERT; Chromium: ERR_SSL_PROTOCOL_ERROR",
     BROWSERS, KS_REMEDY_NONE},
    {"CERT-CA-AS-LEAF",
     "The certificate that a server shows is marked as a CA.",
     "Clients connect. But whoever gets hold of this key can issue certificates that this server's clients trust.",
     "For a server request a certificate without CA:TRUE: ksx csr --use server.",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"CERT-LONG-VALIDITY",
     "The certificate of a public CA is valid for more than 398 days.",
     "Browsers limit certificates of public CAs that were issued after August 2020 to 398 days.",
     "Nothing can be done here: the next one will be shorter.",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"REPLY-AVAILABLE",
     "The certificate of a key is self-signed, expired, not valid yet or of another key, and one of the sources has a "
     "certificate of the same key that is valid, signed by a CA, and for the same names and uses.",
     "The CA's reply is there, and was not imported into the entry of its key.",
     "ksx repair (r) installs it with its issuers; or ksx import FILE --reply F.",
     "", "", "",
     0, KS_REMEDY_REPAIR},
    {"KEY-CLIENT-NO-MATCH",
     "The key is a client's, the server's list of CAs is known, and no issuer in the chain of the key is in it.",
     "Java then sends no certificate at all, and the server refuses the connection. Mostly an intermediate is missing: the list "
     "names the root.",
     "Complete the chain with ksx repair (r), or request a certificate from a CA that the server accepts.",
     "client: Received fatal alert: bad_certificate, or Broken pipe, or Error writing to server; server log: Empty client "
     "certificate chain",
     "alert certificate required (TLS 1.3), sslv3 alert handshake failure (TLS 1.2)", "",
     KS_CLIENT_SERVER, KS_REMEDY_CHOICE},
    {"STORE-KEYPASS-DIFFERS",
     "The keystore opens with its password, and a key in it does not.",
     "Most servers have one password for both. They fail at the start, and one such key is enough to fail for the whole "
     "keystore.",
     "Give the key the password of the keystore: ksx repair FILE ALIAS --key-pass SRC, with the key's own, or the repair wizard "
     "(r). Or configure the key's own password (keyPassword, keyManagerPassword).",
     "JKS: java.security.UnrecoverableKeyException: Cannot recover key; PKCS12, JCEKS: Get Key failed: Given final block not "
     "properly padded. Such issues can arise if a bad key is used during decryption.",
     "", "",
     KS_CLIENT_SERVER, KS_REMEDY_CHOICE},
    {"KEY-NO-CERTIFICATE",
     "A private key has no certificate. A note when it is a key file, where that is usual.",
     "No server can use it. Java shows it as something else, or does not open the keystore.",
     "ksx import FILE --reply F brings the certificate in, if there is one; ksx csr makes a request for it.",
     "java.security.KeyStoreException or a key entry without chain", "", "",
     NOTHING_TO_SERVE, KS_REMEDY_OTHER},
    {"KEY-IN-CLEAR",
     "A private key is stored without encryption.",
     "Whoever can read the file has the key.",
     "ksx convert FILE --to PKCS12 -o OUT puts it under a password. Keep the old file from others, or make a new key if they "
     "had it.",
     "", "", "",
     0, KS_REMEDY_OTHER},
    {"KEY-CLASS-UNKNOWN",
     "A JCEKS keeps a serialised Java object of a class that is not one of Java's own keys.",
     "Java refuses to read it, unless the filter jceks.key.serialFilter allows the class.",
     "Delete the entry if nobody needs it, or allow its class in the program that does.",
     "java.io.InvalidClassException: filter status: REJECTED", "", "",
     0, KS_REMEDY_NONE},
    {"CERT-UNREADABLE",
     "Bytes that should be an X.509 certificate cannot be parsed.",
     "Java opens none of the keystore because of it. ksx keeps the bytes as they are.",
     "Look for another copy of the certificate, then delete this entry: ksx delete.",
     "java.security.cert.CertificateException", "", "",
     NO_START, KS_REMEDY_OTHER},
    {"CERT-TYPE-UNKNOWN",
     "A certificate is of another type than X.509.",
     "Java refuses the whole keystore because of it.",
     "Delete the entry, or leave it out: ksx convert with --drop ALIAS.",
     "java.security.cert.CertificateException: ... not found", "", "",
     NO_START, KS_REMEDY_OTHER},
    {"CERT-DATE-UNREADABLE",
     "A validity date of a certificate is not a date that X.509 allows.",
     "Nobody can tell when it expires, and most programs refuse it.",
     "Ask the CA to issue it again.",
     "java.security.cert.CertificateParsingException", "openssl: format error in certificate's notAfter field (num=14)", "",
     0, KS_REMEDY_NONE},
    {"CRL-OUTDATED",
     "The next issue of a revocation list was due before now.",
     "Who checks certificates against an outdated list refuses all of them.",
     "Fetch the current list from the CA.",
     "PKIX path validation failed: ... Could not determine revocation status", "openssl: CRL has expired (num=12)", "",
     0, KS_REMEDY_NONE},

    /* ---- trusted certificates ---- */
    {"TRUST-REPLY-MISPLACED",
     "A trusted certificate has the key of a private key: one of this keystore, or one among the sources. An error when the "
     "entry of the key has nothing better, else a note.",
     "The CA's reply was imported under an alias of its own. keytool says \"Certificate was added to keystore\" and no more; the "
     "key still has its old certificate, and the server still shows that, or nothing.",
     "ksx repair (r) moves it into the entry of its key, completes the chain, and removes the leftover.",
     PKIX_BUILDING, "curl: (60) SSL certificate problem: self-signed certificate", UNKNOWN_ISSUER,
     NOTHING_TO_SERVE, KS_REMEDY_REPAIR},
    {"TRUST-EXPIRED",
     "A trusted certificate has expired.",
     "Java still accepts it as an anchor, also a server's own certificate that is trusted. OpenSSL and curl do not. What it "
     "anchors will be reissued by its successor, which may not be trusted here yet.",
     "Bring in its successor (ksx import --cert), then delete it; the repair wizard (r) offers both when a source has one.",
     "", "curl: (60) SSL certificate problem: certificate has expired", "",
     OPENSSL, KS_REMEDY_CHOICE},
    {"TRUST-SAME-NAME-OTHER-KEY",
     "Two trusted certificates have the same subject and different keys.",
     "Two generations of one CA, mostly. A client that holds only the wrong one of them says \"signature check failed\" where "
     "one would expect \"path building failed\". Both together are fine.",
     "Keep both as long as both are valid; compare their key ids with the ones that certificates ask for. If one was put there "
     "by mistake, ksx delete it.",
     "with the wrong one alone: " PKIX_VALIDATION "signature check failed", "", "",
     0, KS_REMEDY_NONE},
    {"TRUST-DUPLICATE",
     "The same certificate is trusted under several aliases.",
     "It does no harm. Whoever removes one of them believes that it is not trusted any more.",
     "ksx repair (r) keeps the oldest; or ksx delete the others.",
     "", "", "",
     0, KS_REMEDY_REPAIR},
    {"TRUST-INTERMEDIATE",
     "A CA is trusted that is not self-signed, and its issuer is not trusted here.",
     "Java, curl and Go accept that. It stops working on the day on which the CA replaces this intermediate, which CAs do every "
     "few years, and openssl s_client does not accept it without -partial_chain.",
     "Trust the root above it instead, after its fingerprint was compared: ksx import --cert ROOT, or the repair wizard (r) when "
     "a source has it.",
     "", "openssl s_client: unable to get issuer certificate", "",
     0, KS_REMEDY_CHOICE},
    {"TRUST-NOT-CA",
     "A trusted certificate is no CA: a server's own certificate.",
     "Java accepts exactly this certificate, even after it has expired; the host name is still compared. Each renewal of the "
     "server needs the new one to be trusted as well.",
     "Nothing needs to be done. To be rid of the renewals trust the CA that issues it.",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"TRUST-WEAK",
     "A trusted certificate has an RSA or DSA key of less than 2048 bits, or a curve of less than 224.",
     "Whoever breaks the key can make certificates that this trust store accepts. OpenSSL at Debian's level refuses chains that "
     "end there.",
     "Ask its owner for a new root, bring it in with ksx import --cert, and delete the old one.",
     "", "curl: (60) SSL certificate problem: CA certificate key too weak (num=67)", "",
     OPENSSL, KS_REMEDY_NONE},
    {"P12-TRUST-INVISIBLE",
     "A certificate of a PKCS#12 file lacks the attribute by which Java tells trusted certificates. An error when Java shows "
     "nothing at all of the file, a warning when it shows other trusted certificates, a note beside keys, whose chains it may "
     "complete.",
     "openssl pkcs12 -nokeys and many tools write files without it. Java opens them without an error and sees no certificate: an "
     "empty trust store.",
     "ksx repair (r) adds the attribute. keytool -importcert into a new keystore does the same, one by one.",
     TRUST_ANCHORS "; keytool: Your keystore contains 0 entries", "", "",
     KS_CLIENT_JAVA, KS_REMEDY_REPAIR},

    /* ---- how Java sees an entry ---- */
    {"ENTRY-UNREACHABLE",
     "The file does not say where this entry ends, and its contents cannot be followed.",
     "There may be more entries behind it that cannot be listed.",
     "Look for another copy of the file, or for the program that wrote it.",
     "java.io.IOException", "", "",
     NO_START, KS_REMEDY_NONE},
    {"JAVA-REFUSES-ITEM",
     "Java's reader stops at this item.",
     "None of the other entries can be used either.",
     "ksx delete it, or ksx convert FILE --to PKCS12 -o OUT --drop ALIAS.",
     "java.io.IOException, with the reason that the finding quotes", "", "",
     NO_START, KS_REMEDY_OTHER},
    {"ALIAS-NOT-REACHABLE",
     "An alias of a JKS or JCEKS is stored with capital letters.",
     "Java puts every name that it is asked for into lower case, but not those in the file: it lists the entry and cannot find it. "
     "Java itself never writes such files.",
     "ksx rename FILE OLD NEW (m), or ksx repair, puts it in lower case.",
     "keytool: Alias <NAME> does not exist; " ALERT_40, CURL_ALERT_40, BROWSER_ALERT_40,
     NOTHING_TO_SERVE, KS_REMEDY_REPAIR},
    {"ALIAS-ENCODING",
     "The bytes of an alias are not valid text in the encoding of the type.",
     "Other programs show another name, or stop.",
     "ksx rename FILE OLD NEW (m).",
     "java.io.UTFDataFormatException", "", "",
     0, KS_REMEDY_OTHER},
    {"JAVA-HIDES-KEY",
     "A PKCS#12 file keeps a key in a keyBag, without encryption.",
     "Java reads encrypted keys only, and shows nothing of this one.",
     "ksx convert FILE --to PKCS12 -o OUT encrypts it.",
     "", "", "",
     KS_CLIENT_SERVER, KS_REMEDY_OTHER},
    {"JAVA-DROPS-KEY",
     "A PKCS#12 file has several keys, and this one has no localKeyID.",
     "Java uses that attribute to tell keys apart, and drops a second key without it.",
     "ksx convert FILE --to PKCS12 -o OUT writes it with one.",
     "", "", "",
     KS_CLIENT_SERVER, KS_REMEDY_OTHER},
    {"JAVA-NESTED-SAFE",
     "A PKCS#12 file keeps this item inside of a nested safeContentsBag.",
     "Java does not look into those.",
     "ksx convert FILE --to PKCS12 -o OUT writes it where Java looks.",
     "", "", "",
     0, KS_REMEDY_OTHER},
    {"JAVA-IGNORES-ITEM",
     "An item is of a type that Java passes over: a revocation list, a secret of an unknown type.",
     "Java shows nothing of it, and leaves it out when it saves the file. ksx keeps it.",
     "Nothing needs to be done.",
     "", "", "",
     0, KS_REMEDY_NONE},
    {"NAME-HIDDEN-CHARS",
     "An alias or a name in a certificate holds control characters, invisible characters or unusual blanks.",
     "It may look like another name elsewhere, or do something to a terminal. Here such characters are shown as escapes.",
     "Give the entry another alias with ksx rename (m). A name in a certificate is the CA's: find out who made it.",
     "", "", "",
     0, KS_REMEDY_OTHER},
    {"NAME-MIXED-SCRIPTS",
     "A word of a name has letters of two alphabets that look alike, such as Latin and Cyrillic.",
     "It may imitate another name.",
     "Compare the fingerprint with what the owner publishes, not the name.",
     "", "", "",
     0, KS_REMEDY_NONE},

    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, KS_REMEDY_NONE},
};
/* clang-format on */

const struct ks_catalogue *ks_catalogue(void)
{
    return rows;
}

const struct ks_catalogue *ks_catalogue_of(const char *id)
{
    for (const struct ks_catalogue *row = rows; row->id; row++)
        if (strcasecmp(row->id, id) == 0)
            return row;
    return NULL;
}
