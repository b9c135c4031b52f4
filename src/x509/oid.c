#include "x509/oid.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

/*
 * Grouped by what the numbers name. The dotted form is what standards print and what people
 * search for; the contents octets and the hash index are made from it on first use.
 */
struct known_oid {
    const char *dotted;
    const char *name;
};

/* clang-format off */
static const struct known_oid known[] = {
    /* ---- attribute types of names, RFC 4514, RFC 4519, X.520; as Java prints them ---- */
    {"2.5.4.3", "CN"},
    {"2.5.4.4", "SURNAME"},
    {"2.5.4.5", "SERIALNUMBER"},
    {"2.5.4.6", "C"},
    {"2.5.4.7", "L"},
    {"2.5.4.8", "ST"},
    {"2.5.4.9", "STREET"},
    {"2.5.4.10", "O"},
    {"2.5.4.11", "OU"},
    {"2.5.4.12", "T"},
    {"2.5.4.13", "description"},
    {"2.5.4.14", "searchGuide"},
    {"2.5.4.15", "businessCategory"},
    {"2.5.4.16", "postalAddress"},
    {"2.5.4.17", "postalCode"},
    {"2.5.4.18", "postOfficeBox"},
    {"2.5.4.19", "physicalDeliveryOfficeName"},
    {"2.5.4.20", "telephoneNumber"},
    {"2.5.4.23", "facsimileTelephoneNumber"},
    {"2.5.4.24", "x121Address"},
    {"2.5.4.26", "registeredAddress"},
    {"2.5.4.31", "member"},
    {"2.5.4.32", "owner"},
    {"2.5.4.33", "roleOccupant"},
    {"2.5.4.34", "seeAlso"},
    {"2.5.4.36", "userCertificate"},
    {"2.5.4.37", "cACertificate"},
    {"2.5.4.41", "name"},
    {"2.5.4.42", "GIVENNAME"},
    {"2.5.4.43", "INITIALS"},
    {"2.5.4.44", "GENERATION"},
    {"2.5.4.45", "x500UniqueIdentifier"},
    {"2.5.4.46", "DNQ"},
    {"2.5.4.51", "houseIdentifier"},
    {"2.5.4.54", "dmdName"},
    {"2.5.4.65", "pseudonym"},
    {"2.5.4.72", "role"},
    {"2.5.4.97", "organizationIdentifier"},
    {"2.5.4.98", "countryCode3c"},
    {"2.5.4.99", "countryCode3n"},
    {"2.5.4.100", "dnsName"},
    {"0.9.2342.19200300.100.1.1", "UID"},
    {"0.9.2342.19200300.100.1.3", "mail"},
    {"0.9.2342.19200300.100.1.25", "DC"},
    {"1.2.840.113549.1.9.1", "EMAILADDRESS"},
    {"1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"},
    {"1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"},
    {"1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"},
    {"1.3.6.1.5.5.7.9.1", "dateOfBirth"},
    {"1.3.6.1.5.5.7.9.2", "placeOfBirth"},
    {"1.3.6.1.5.5.7.9.3", "gender"},
    {"1.3.6.1.5.5.7.9.4", "countryOfCitizenship"},
    {"1.3.6.1.5.5.7.9.5", "countryOfResidence"},
    {"1.3.36.8.3.14", "nameAtBirth"},
    {"1.2.643.3.131.1.1", "INN"},
    {"1.2.643.100.1", "OGRN"},
    {"1.2.643.100.3", "SNILS"},
    {"1.2.643.100.4", "INNLE"},
    {"1.2.643.100.5", "OGRNIP"},

    /* ---- PKCS#9 attributes and S/MIME ---- */
    {"1.2.840.113549.1.9.2", "unstructuredName"},
    {"1.2.840.113549.1.9.3", "contentType"},
    {"1.2.840.113549.1.9.4", "messageDigest"},
    {"1.2.840.113549.1.9.5", "signingTime"},
    {"1.2.840.113549.1.9.6", "counterSignature"},
    {"1.2.840.113549.1.9.7", "challengePassword"},
    {"1.2.840.113549.1.9.8", "unstructuredAddress"},
    {"1.2.840.113549.1.9.13", "signingDescription"},
    {"1.2.840.113549.1.9.14", "extensionRequest"},
    {"1.2.840.113549.1.9.15", "smimeCapabilities"},
    {"1.2.840.113549.1.9.15.1", "preferSignedData"},
    {"1.2.840.113549.1.9.15.2", "canNotDecryptAny"},
    {"1.2.840.113549.1.9.15.3", "smimeCapabilitiesVersions"},
    {"1.2.840.113549.1.9.20", "friendlyName"},
    {"1.2.840.113549.1.9.21", "localKeyID"},
    {"1.2.840.113549.1.9.22.1", "x509Certificate"},
    {"1.2.840.113549.1.9.22.2", "sdsiCertificate"},
    {"1.2.840.113549.1.9.23.1", "x509Crl"},
    {"1.2.840.113549.1.9.52", "cmsAlgorithmProtection"},
    {"1.2.840.113549.1.9.16.1.4", "timeStampToken"},
    {"1.2.840.113549.1.9.16.2.12", "signingCertificate"},
    {"1.2.840.113549.1.9.16.2.47", "signingCertificateV2"},
    {"1.2.840.113549.1.9.16.3.5", "ESDH"},
    {"1.2.840.113549.1.9.16.3.6", "3DESwrap"},
    {"1.2.840.113549.1.9.16.3.7", "RC2wrap"},
    {"1.2.840.113549.1.9.16.3.17", "HSS/LMS"},
    {"2.16.840.1.113894.746875.1.1", "trustedKeyUsage"},
    {"1.3.6.1.4.1.311.17.1", "microsoftCspName"},
    {"1.3.6.1.4.1.311.17.2", "microsoftLocalKeySet"},
    {"1.3.6.1.4.1.311.2.1.14", "microsoftExtensionRequest"},
    {"1.3.6.1.4.1.311.13.2.1", "enrollmentNameValuePair"},
    {"1.3.6.1.4.1.311.13.2.2", "enrollmentCspProvider"},
    {"1.3.6.1.4.1.311.13.2.3", "osVersion"},
    {"1.3.6.1.4.1.311.21.20", "requestClientInfo"},

    /* ---- PKCS#7, PKCS#12 ---- */
    {"1.2.840.113549.1.7.1", "data"},
    {"1.2.840.113549.1.7.2", "signedData"},
    {"1.2.840.113549.1.7.3", "envelopedData"},
    {"1.2.840.113549.1.7.4", "signedAndEnvelopedData"},
    {"1.2.840.113549.1.7.5", "digestedData"},
    {"1.2.840.113549.1.7.6", "encryptedData"},
    {"1.2.840.113549.1.12.10.1.1", "keyBag"},
    {"1.2.840.113549.1.12.10.1.2", "pkcs8ShroudedKeyBag"},
    {"1.2.840.113549.1.12.10.1.3", "certBag"},
    {"1.2.840.113549.1.12.10.1.4", "crlBag"},
    {"1.2.840.113549.1.12.10.1.5", "secretBag"},
    {"1.2.840.113549.1.12.10.1.6", "safeContentsBag"},

    /* ---- password-based encryption and key derivation ---- */
    {"1.2.840.113549.1.5.1", "PBEWithMD2AndDES"},
    {"1.2.840.113549.1.5.3", "PBEWithMD5AndDES"},
    {"1.2.840.113549.1.5.4", "PBEWithMD2AndRC2_64"},
    {"1.2.840.113549.1.5.6", "PBEWithMD5AndRC2_64"},
    {"1.2.840.113549.1.5.10", "PBEWithSHA1AndDES"},
    {"1.2.840.113549.1.5.11", "PBEWithSHA1AndRC2_64"},
    {"1.2.840.113549.1.5.12", "PBKDF2"},
    {"1.2.840.113549.1.5.13", "PBES2"},
    {"1.2.840.113549.1.5.14", "PBMAC1"},
    {"1.2.840.113549.1.12.1.1", "PBEWithSHA1AndRC4_128"},
    {"1.2.840.113549.1.12.1.2", "PBEWithSHA1AndRC4_40"},
    {"1.2.840.113549.1.12.1.3", "PBEWithSHA1AndDESede"},
    {"1.2.840.113549.1.12.1.4", "PBEWithSHA1AndDESede2Key"},
    {"1.2.840.113549.1.12.1.5", "PBEWithSHA1AndRC2_128"},
    {"1.2.840.113549.1.12.1.6", "PBEWithSHA1AndRC2_40"},
    {"1.3.6.1.4.1.22554.1.2.1.2.1.2", "PBEWithSHA256And128BitAES-CBC-BC"},
    {"1.3.6.1.4.1.22554.1.2.1.2.1.22", "PBEWithSHA256And192BitAES-CBC-BC"},
    {"1.3.6.1.4.1.22554.1.2.1.2.1.42", "PBEWithSHA256And256BitAES-CBC-BC"},
    {"1.3.6.1.4.1.42.2.17.1.1", "SunJKSKeyProtector"},
    {"1.3.6.1.4.1.42.2.19.1", "PBEWithMD5AndTripleDES"},
    {"1.3.6.1.4.1.11591.4.11", "scrypt"},

    /* ---- digests and MACs ---- */
    {"1.2.840.113549.2.2", "MD2"},
    {"1.2.840.113549.2.4", "MD4"},
    {"1.2.840.113549.2.5", "MD5"},
    {"1.3.14.3.2.26", "SHA-1"},
    {"2.16.840.1.101.3.4.2.1", "SHA-256"},
    {"2.16.840.1.101.3.4.2.2", "SHA-384"},
    {"2.16.840.1.101.3.4.2.3", "SHA-512"},
    {"2.16.840.1.101.3.4.2.4", "SHA-224"},
    {"2.16.840.1.101.3.4.2.5", "SHA-512/224"},
    {"2.16.840.1.101.3.4.2.6", "SHA-512/256"},
    {"2.16.840.1.101.3.4.2.7", "SHA3-224"},
    {"2.16.840.1.101.3.4.2.8", "SHA3-256"},
    {"2.16.840.1.101.3.4.2.9", "SHA3-384"},
    {"2.16.840.1.101.3.4.2.10", "SHA3-512"},
    {"2.16.840.1.101.3.4.2.11", "SHAKE128"},
    {"2.16.840.1.101.3.4.2.12", "SHAKE256"},
    {"2.16.840.1.101.3.4.2.13", "HmacSHA3-224"},
    {"2.16.840.1.101.3.4.2.14", "HmacSHA3-256"},
    {"2.16.840.1.101.3.4.2.15", "HmacSHA3-384"},
    {"2.16.840.1.101.3.4.2.16", "HmacSHA3-512"},
    {"2.16.840.1.101.3.4.2.18", "KMAC128"},
    {"2.16.840.1.101.3.4.2.19", "KMAC256"},
    {"1.3.36.3.2.1", "RIPEMD160"},
    {"1.3.36.3.2.2", "RIPEMD128"},
    {"1.3.36.3.2.3", "RIPEMD256"},
    {"1.0.10118.3.0.49", "RIPEMD160"},
    {"1.0.10118.3.0.55", "Whirlpool"},
    {"1.2.643.2.2.9", "GOST R 34.11-94"},
    {"1.2.643.7.1.1.2.2", "GOST R 34.11-2012 (256)"},
    {"1.2.643.7.1.1.2.3", "GOST R 34.11-2012 (512)"},
    {"1.2.156.10197.1.401", "SM3"},
    {"1.2.840.113549.2.6", "HmacMD5"},
    {"1.2.840.113549.2.7", "HmacSHA1"},
    {"1.2.840.113549.2.8", "HmacSHA224"},
    {"1.2.840.113549.2.9", "HmacSHA256"},
    {"1.2.840.113549.2.10", "HmacSHA384"},
    {"1.2.840.113549.2.11", "HmacSHA512"},
    {"1.2.840.113549.2.12", "HmacSHA512/224"},
    {"1.2.840.113549.2.13", "HmacSHA512/256"},
    {"1.3.6.1.5.5.8.1.1", "HmacMD5"},
    {"1.3.6.1.5.5.8.1.2", "HmacSHA1"},
    {"1.2.643.7.1.1.4.1", "HmacGOST3411-2012-256"},
    {"1.2.643.7.1.1.4.2", "HmacGOST3411-2012-512"},

    /* ---- ciphers ---- */
    {"1.3.14.3.2.7", "DES-CBC"},
    {"1.2.840.113549.3.2", "RC2-CBC"},
    {"1.2.840.113549.3.4", "RC4"},
    {"1.2.840.113549.3.7", "DESede-CBC"},
    {"1.2.840.113549.3.9", "RC5-CBC"},
    {"1.2.840.113533.7.66.10", "CAST5-CBC"},
    {"1.3.6.1.4.1.188.7.1.1.2", "IDEA-CBC"},
    {"1.3.6.1.4.1.3029.1.2", "Blowfish-CBC"},
    {"2.16.840.1.101.3.4.1.1", "AES-128-ECB"},
    {"2.16.840.1.101.3.4.1.2", "AES-128-CBC"},
    {"2.16.840.1.101.3.4.1.5", "AES-128-KW"},
    {"2.16.840.1.101.3.4.1.6", "AES-128-GCM"},
    {"2.16.840.1.101.3.4.1.7", "AES-128-CCM"},
    {"2.16.840.1.101.3.4.1.8", "AES-128-KWP"},
    {"2.16.840.1.101.3.4.1.21", "AES-192-ECB"},
    {"2.16.840.1.101.3.4.1.22", "AES-192-CBC"},
    {"2.16.840.1.101.3.4.1.25", "AES-192-KW"},
    {"2.16.840.1.101.3.4.1.26", "AES-192-GCM"},
    {"2.16.840.1.101.3.4.1.27", "AES-192-CCM"},
    {"2.16.840.1.101.3.4.1.28", "AES-192-KWP"},
    {"2.16.840.1.101.3.4.1.41", "AES-256-ECB"},
    {"2.16.840.1.101.3.4.1.42", "AES-256-CBC"},
    {"2.16.840.1.101.3.4.1.45", "AES-256-KW"},
    {"2.16.840.1.101.3.4.1.46", "AES-256-GCM"},
    {"2.16.840.1.101.3.4.1.47", "AES-256-CCM"},
    {"2.16.840.1.101.3.4.1.48", "AES-256-KWP"},
    {"1.2.392.200011.61.1.1.1.2", "Camellia-128-CBC"},
    {"1.2.392.200011.61.1.1.1.3", "Camellia-192-CBC"},
    {"1.2.392.200011.61.1.1.1.4", "Camellia-256-CBC"},
    {"1.2.410.200004.1.4", "SEED-CBC"},
    {"1.2.410.200046.1.1.2", "ARIA-128-CBC"},
    {"1.2.410.200046.1.1.7", "ARIA-192-CBC"},
    {"1.2.410.200046.1.1.12", "ARIA-256-CBC"},
    {"1.2.643.2.2.21", "GOST 28147-89"},
    {"1.2.643.7.1.1.5.1.1", "Magma-CTR-ACPKM"},
    {"1.2.643.7.1.1.5.2.1", "Kuznyechik-CTR-ACPKM"},
    {"1.2.156.10197.1.104.2", "SM4-CBC"},
    {"1.2.840.113549.1.9.16.3.18", "ChaCha20-Poly1305"},

    /* ---- key algorithms ---- */
    {"1.2.840.113549.1.1.1", "RSA"},
    {"2.5.8.1.1", "RSA"},
    {"1.2.840.113549.1.1.7", "RSAES-OAEP"},
    {"1.2.840.113549.1.1.8", "MGF1"},
    {"1.2.840.113549.1.1.9", "pSpecified"},
    {"1.2.840.113549.1.1.10", "RSASSA-PSS"},
    {"1.2.840.113549.1.3.1", "DH"},
    {"1.2.840.10040.4.1", "DSA"},
    {"1.3.14.3.2.12", "DSA"},
    {"1.2.840.10045.2.1", "EC"},
    {"1.3.132.1.12", "ECDH"},
    {"1.3.132.1.13", "ECMQV"},
    {"1.2.840.10046.2.1", "X9.42 DH"},
    {"2.16.840.1.101.2.1.1.22", "KEA"},
    {"1.3.14.7.2.1.1", "ElGamal"},
    {"1.3.101.110", "X25519"},
    {"1.3.101.111", "X448"},
    {"1.3.101.112", "Ed25519"},
    {"1.3.101.113", "Ed448"},
    {"1.3.6.1.4.1.11591.15.1", "Ed25519"},
    {"1.2.643.2.2.19", "GOST R 34.10-2001"},
    {"1.2.643.2.2.20", "GOST R 34.10-94"},
    {"1.2.643.2.2.98", "GOST R 34.10-2001 DH"},
    {"1.2.643.7.1.1.1.1", "GOST R 34.10-2012 (256)"},
    {"1.2.643.7.1.1.1.2", "GOST R 34.10-2012 (512)"},
    {"1.2.804.2.1.1.1.1.3.1.1", "DSTU 4145-2002"},
    {"1.2.804.2.1.1.1.1.3.1.1.1.1", "DSTU 4145-2002"},
    {"1.2.156.10197.1.301", "SM2"},
    {"1.2.156.10197.1.301.1", "SM2"},
    {"1.2.410.200004.1.21", "KCDSA"},
    {"1.2.410.200004.1.100.2.1", "EC-KCDSA"},
    {"1.3.6.1.5.5.7.6.34", "XMSS"},
    {"1.3.6.1.5.5.7.6.35", "XMSSMT"},
    {"2.16.840.1.101.3.4.4.1", "ML-KEM-512"},
    {"2.16.840.1.101.3.4.4.2", "ML-KEM-768"},
    {"2.16.840.1.101.3.4.4.3", "ML-KEM-1024"},
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44"},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87"},
    {"2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128S"},
    {"2.16.840.1.101.3.4.3.21", "SLH-DSA-SHA2-128F"},
    {"2.16.840.1.101.3.4.3.22", "SLH-DSA-SHA2-192S"},
    {"2.16.840.1.101.3.4.3.23", "SLH-DSA-SHA2-192F"},
    {"2.16.840.1.101.3.4.3.24", "SLH-DSA-SHA2-256S"},
    {"2.16.840.1.101.3.4.3.25", "SLH-DSA-SHA2-256F"},
    {"2.16.840.1.101.3.4.3.26", "SLH-DSA-SHAKE-128S"},
    {"2.16.840.1.101.3.4.3.27", "SLH-DSA-SHAKE-128F"},
    {"2.16.840.1.101.3.4.3.28", "SLH-DSA-SHAKE-192S"},
    {"2.16.840.1.101.3.4.3.29", "SLH-DSA-SHAKE-192F"},
    {"2.16.840.1.101.3.4.3.30", "SLH-DSA-SHAKE-256S"},
    {"2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256F"},
    {"2.16.840.1.101.3.4.3.32", "HashML-DSA-44-with-SHA512"},
    {"2.16.840.1.101.3.4.3.33", "HashML-DSA-65-with-SHA512"},
    {"2.16.840.1.101.3.4.3.34", "HashML-DSA-87-with-SHA512"},
    {"2.16.840.1.101.3.4.3.35", "HashSLH-DSA-SHA2-128S-with-SHA256"},
    {"2.16.840.1.101.3.4.3.36", "HashSLH-DSA-SHA2-128F-with-SHA256"},
    {"2.16.840.1.101.3.4.3.37", "HashSLH-DSA-SHA2-192S-with-SHA512"},
    {"2.16.840.1.101.3.4.3.38", "HashSLH-DSA-SHA2-192F-with-SHA512"},
    {"2.16.840.1.101.3.4.3.39", "HashSLH-DSA-SHA2-256S-with-SHA512"},
    {"2.16.840.1.101.3.4.3.40", "HashSLH-DSA-SHA2-256F-with-SHA512"},
    {"2.16.840.1.101.3.4.3.41", "HashSLH-DSA-SHAKE-128S-with-SHAKE128"},
    {"2.16.840.1.101.3.4.3.42", "HashSLH-DSA-SHAKE-128F-with-SHAKE128"},
    {"2.16.840.1.101.3.4.3.43", "HashSLH-DSA-SHAKE-192S-with-SHAKE256"},
    {"2.16.840.1.101.3.4.3.44", "HashSLH-DSA-SHAKE-192F-with-SHAKE256"},
    {"2.16.840.1.101.3.4.3.45", "HashSLH-DSA-SHAKE-256S-with-SHAKE256"},
    {"2.16.840.1.101.3.4.3.46", "HashSLH-DSA-SHAKE-256F-with-SHAKE256"},

    /* ---- signature algorithms, as Java (and Bouncy Castle) spell them ---- */
    {"1.2.840.113549.1.1.2", "MD2withRSA"},
    {"1.2.840.113549.1.1.3", "MD4withRSA"},
    {"1.2.840.113549.1.1.4", "MD5withRSA"},
    {"1.2.840.113549.1.1.5", "SHA1withRSA"},
    {"1.2.840.113549.1.1.11", "SHA256withRSA"},
    {"1.2.840.113549.1.1.12", "SHA384withRSA"},
    {"1.2.840.113549.1.1.13", "SHA512withRSA"},
    {"1.2.840.113549.1.1.14", "SHA224withRSA"},
    {"1.2.840.113549.1.1.15", "SHA512/224withRSA"},
    {"1.2.840.113549.1.1.16", "SHA512/256withRSA"},
    {"1.3.14.3.2.2", "MD4withRSA"},
    {"1.3.14.3.2.3", "MD5withRSA"},
    {"1.3.14.3.2.13", "SHA1withDSA"},
    {"1.3.14.3.2.15", "SHA0withRSA"},
    {"1.3.14.3.2.27", "SHA1withDSA"},
    {"1.3.14.3.2.29", "SHA1withRSA"},
    {"1.3.36.3.3.1.2", "RIPEMD160withRSA"},
    {"1.3.36.3.3.1.3", "RIPEMD128withRSA"},
    {"1.3.36.3.3.1.4", "RIPEMD256withRSA"},
    {"1.2.840.10040.4.3", "SHA1withDSA"},
    {"2.16.840.1.101.3.4.3.1", "SHA224withDSA"},
    {"2.16.840.1.101.3.4.3.2", "SHA256withDSA"},
    {"2.16.840.1.101.3.4.3.3", "SHA384withDSA"},
    {"2.16.840.1.101.3.4.3.4", "SHA512withDSA"},
    {"2.16.840.1.101.3.4.3.5", "SHA3-224withDSA"},
    {"2.16.840.1.101.3.4.3.6", "SHA3-256withDSA"},
    {"2.16.840.1.101.3.4.3.7", "SHA3-384withDSA"},
    {"2.16.840.1.101.3.4.3.8", "SHA3-512withDSA"},
    {"2.16.840.1.101.3.4.3.9", "SHA3-224withECDSA"},
    {"2.16.840.1.101.3.4.3.10", "SHA3-256withECDSA"},
    {"2.16.840.1.101.3.4.3.11", "SHA3-384withECDSA"},
    {"2.16.840.1.101.3.4.3.12", "SHA3-512withECDSA"},
    {"2.16.840.1.101.3.4.3.13", "SHA3-224withRSA"},
    {"2.16.840.1.101.3.4.3.14", "SHA3-256withRSA"},
    {"2.16.840.1.101.3.4.3.15", "SHA3-384withRSA"},
    {"2.16.840.1.101.3.4.3.16", "SHA3-512withRSA"},
    {"1.2.840.10045.4.1", "SHA1withECDSA"},
    {"1.2.840.10045.4.2", "ecdsa-with-Recommended"},
    {"1.2.840.10045.4.3", "ecdsa-with-Specified"},
    {"1.2.840.10045.4.3.1", "SHA224withECDSA"},
    {"1.2.840.10045.4.3.2", "SHA256withECDSA"},
    {"1.2.840.10045.4.3.3", "SHA384withECDSA"},
    {"1.2.840.10045.4.3.4", "SHA512withECDSA"},
    {"0.4.0.127.0.7.1.1.4.1.1", "SHA1withPLAIN-ECDSA"},
    {"0.4.0.127.0.7.1.1.4.1.2", "SHA224withPLAIN-ECDSA"},
    {"0.4.0.127.0.7.1.1.4.1.3", "SHA256withPLAIN-ECDSA"},
    {"0.4.0.127.0.7.1.1.4.1.4", "SHA384withPLAIN-ECDSA"},
    {"0.4.0.127.0.7.1.1.4.1.5", "SHA512withPLAIN-ECDSA"},
    {"0.4.0.127.0.7.1.1.4.1.6", "RIPEMD160withPLAIN-ECDSA"},
    {"1.3.6.1.5.5.7.6.30", "SHAKE128withRSAPSS"},
    {"1.3.6.1.5.5.7.6.31", "SHAKE256withRSAPSS"},
    {"1.3.6.1.5.5.7.6.32", "SHAKE128withECDSA"},
    {"1.3.6.1.5.5.7.6.33", "SHAKE256withECDSA"},
    {"1.2.643.2.2.3", "GOST3411withECGOST3410"},
    {"1.2.643.2.2.4", "GOST3411withGOST3410"},
    {"1.2.643.7.1.1.3.2", "GOST3411-2012-256withECGOST3410-2012-256"},
    {"1.2.643.7.1.1.3.3", "GOST3411-2012-512withECGOST3410-2012-512"},
    {"1.2.156.10197.1.501", "SM3withSM2"},
    {"1.2.156.10197.1.503", "SHA256withSM2"},
    {"1.2.156.10197.1.504", "SM3withRSA"},

    /* ---- curves, SEC 2, X9.62, RFC 5639 ---- */
    {"1.2.840.10045.1.1", "prime-field"},
    {"1.2.840.10045.1.2", "characteristic-two-field"},
    {"1.2.840.10045.3.1.1", "secp192r1"},
    {"1.2.840.10045.3.1.2", "prime192v2"},
    {"1.2.840.10045.3.1.3", "prime192v3"},
    {"1.2.840.10045.3.1.4", "prime239v1"},
    {"1.2.840.10045.3.1.5", "prime239v2"},
    {"1.2.840.10045.3.1.6", "prime239v3"},
    {"1.2.840.10045.3.1.7", "secp256r1"},
    {"1.2.840.10045.3.0.1", "c2pnb163v1"},
    {"1.2.840.10045.3.0.2", "c2pnb163v2"},
    {"1.2.840.10045.3.0.3", "c2pnb163v3"},
    {"1.2.840.10045.3.0.4", "c2pnb176w1"},
    {"1.2.840.10045.3.0.5", "c2tnb191v1"},
    {"1.2.840.10045.3.0.6", "c2tnb191v2"},
    {"1.2.840.10045.3.0.7", "c2tnb191v3"},
    {"1.2.840.10045.3.0.10", "c2pnb208w1"},
    {"1.2.840.10045.3.0.11", "c2tnb239v1"},
    {"1.2.840.10045.3.0.12", "c2tnb239v2"},
    {"1.2.840.10045.3.0.13", "c2tnb239v3"},
    {"1.2.840.10045.3.0.16", "c2pnb272w1"},
    {"1.2.840.10045.3.0.17", "c2pnb304w1"},
    {"1.2.840.10045.3.0.18", "c2tnb359v1"},
    {"1.2.840.10045.3.0.19", "c2pnb368w1"},
    {"1.2.840.10045.3.0.20", "c2tnb431r1"},
    {"1.3.132.0.1", "sect163k1"},
    {"1.3.132.0.2", "sect163r1"},
    {"1.3.132.0.3", "sect239k1"},
    {"1.3.132.0.4", "sect113r1"},
    {"1.3.132.0.5", "sect113r2"},
    {"1.3.132.0.6", "secp112r1"},
    {"1.3.132.0.7", "secp112r2"},
    {"1.3.132.0.8", "secp160r1"},
    {"1.3.132.0.9", "secp160k1"},
    {"1.3.132.0.10", "secp256k1"},
    {"1.3.132.0.15", "sect163r2"},
    {"1.3.132.0.16", "sect283k1"},
    {"1.3.132.0.17", "sect283r1"},
    {"1.3.132.0.22", "sect131r1"},
    {"1.3.132.0.23", "sect131r2"},
    {"1.3.132.0.24", "sect193r1"},
    {"1.3.132.0.25", "sect193r2"},
    {"1.3.132.0.26", "sect233k1"},
    {"1.3.132.0.27", "sect233r1"},
    {"1.3.132.0.28", "secp128r1"},
    {"1.3.132.0.29", "secp128r2"},
    {"1.3.132.0.30", "secp160r2"},
    {"1.3.132.0.31", "secp192k1"},
    {"1.3.132.0.32", "secp224k1"},
    {"1.3.132.0.33", "secp224r1"},
    {"1.3.132.0.34", "secp384r1"},
    {"1.3.132.0.35", "secp521r1"},
    {"1.3.132.0.36", "sect409k1"},
    {"1.3.132.0.37", "sect409r1"},
    {"1.3.132.0.38", "sect571k1"},
    {"1.3.132.0.39", "sect571r1"},
    {"1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1"},
    {"1.3.36.3.3.2.8.1.1.2", "brainpoolP160t1"},
    {"1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1"},
    {"1.3.36.3.3.2.8.1.1.4", "brainpoolP192t1"},
    {"1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1"},
    {"1.3.36.3.3.2.8.1.1.6", "brainpoolP224t1"},
    {"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"},
    {"1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1"},
    {"1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1"},
    {"1.3.36.3.3.2.8.1.1.10", "brainpoolP320t1"},
    {"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"},
    {"1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1"},
    {"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"},
    {"1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1"},
    {"1.2.250.1.223.101.256.1", "FRP256v1"},
    {"1.2.643.2.2.35.0", "GostR3410-2001-Test"},
    {"1.2.643.2.2.35.1", "GostR3410-2001-CryptoPro-A"},
    {"1.2.643.2.2.35.2", "GostR3410-2001-CryptoPro-B"},
    {"1.2.643.2.2.35.3", "GostR3410-2001-CryptoPro-C"},
    {"1.2.643.2.2.36.0", "GostR3410-2001-CryptoPro-XchA"},
    {"1.2.643.2.2.36.1", "GostR3410-2001-CryptoPro-XchB"},
    {"1.2.643.7.1.2.1.1.1", "Tc26-Gost-3410-12-256-paramSetA"},
    {"1.2.643.7.1.2.1.1.2", "Tc26-Gost-3410-12-256-paramSetB"},
    {"1.2.643.7.1.2.1.1.3", "Tc26-Gost-3410-12-256-paramSetC"},
    {"1.2.643.7.1.2.1.1.4", "Tc26-Gost-3410-12-256-paramSetD"},
    {"1.2.643.7.1.2.1.2.1", "Tc26-Gost-3410-12-512-paramSetA"},
    {"1.2.643.7.1.2.1.2.2", "Tc26-Gost-3410-12-512-paramSetB"},
    {"1.2.643.7.1.2.1.2.3", "Tc26-Gost-3410-12-512-paramSetC"},

    /* ---- extensions, RFC 5280 and its relatives ---- */
    {"2.5.29.1", "oldAuthorityKeyIdentifier"},
    {"2.5.29.2", "oldPrimaryKeyAttributes"},
    {"2.5.29.3", "oldCertificatePolicies"},
    {"2.5.29.4", "oldPrimaryKeyUsageRestriction"},
    {"2.5.29.5", "oldPolicyMappings"},
    {"2.5.29.6", "oldSubtreesConstraint"},
    {"2.5.29.7", "oldSubjectAltName"},
    {"2.5.29.8", "oldIssuerAltName"},
    {"2.5.29.9", "subjectDirectoryAttributes"},
    {"2.5.29.10", "oldBasicConstraints"},
    {"2.5.29.11", "oldNameConstraints"},
    {"2.5.29.12", "oldPolicyConstraints"},
    {"2.5.29.14", "subjectKeyIdentifier"},
    {"2.5.29.15", "keyUsage"},
    {"2.5.29.16", "privateKeyUsagePeriod"},
    {"2.5.29.17", "subjectAltName"},
    {"2.5.29.18", "issuerAltName"},
    {"2.5.29.19", "basicConstraints"},
    {"2.5.29.20", "cRLNumber"},
    {"2.5.29.21", "reasonCode"},
    {"2.5.29.23", "holdInstructionCode"},
    {"2.5.29.24", "invalidityDate"},
    {"2.5.29.27", "deltaCRLIndicator"},
    {"2.5.29.28", "issuingDistributionPoint"},
    {"2.5.29.29", "certificateIssuer"},
    {"2.5.29.30", "nameConstraints"},
    {"2.5.29.31", "cRLDistributionPoints"},
    {"2.5.29.32", "certificatePolicies"},
    {"2.5.29.32.0", "anyPolicy"},
    {"2.5.29.33", "policyMappings"},
    {"2.5.29.35", "authorityKeyIdentifier"},
    {"2.5.29.36", "policyConstraints"},
    {"2.5.29.37", "extendedKeyUsage"},
    {"2.5.29.37.0", "anyExtendedKeyUsage"},
    {"2.5.29.46", "freshestCRL"},
    {"2.5.29.54", "inhibitAnyPolicy"},
    {"2.5.29.55", "targetInformation"},
    {"2.5.29.56", "noRevAvail"},
    {"2.5.29.57", "acceptablePrivilegePolicies"},
    {"2.5.29.60", "expiredCertsOnCRL"},
    {"1.3.6.1.5.5.7.1.1", "authorityInfoAccess"},
    {"1.3.6.1.5.5.7.1.2", "biometricInfo"},
    {"1.3.6.1.5.5.7.1.3", "qcStatements"},
    {"1.3.6.1.5.5.7.1.4", "auditIdentity"},
    {"1.3.6.1.5.5.7.1.7", "ipAddrBlocks"},
    {"1.3.6.1.5.5.7.1.8", "autonomousSysIds"},
    {"1.3.6.1.5.5.7.1.11", "subjectInfoAccess"},
    {"1.3.6.1.5.5.7.1.12", "logotype"},
    {"1.3.6.1.5.5.7.1.14", "proxyCertInfo"},
    {"1.3.6.1.5.5.7.1.24", "tlsFeature"},
    {"1.3.6.1.5.5.7.1.26", "tnAuthList"},
    {"1.3.6.1.5.5.7.1.32", "masaUrl"},
    {"1.3.6.1.5.5.7.48.1", "ocsp"},
    {"1.3.6.1.5.5.7.48.1.1", "ocspBasicResponse"},
    {"1.3.6.1.5.5.7.48.1.2", "ocspNonce"},
    {"1.3.6.1.5.5.7.48.1.5", "ocspNoCheck"},
    {"1.3.6.1.5.5.7.48.1.6", "ocspArchiveCutoff"},
    {"1.3.6.1.5.5.7.48.2", "caIssuers"},
    {"1.3.6.1.5.5.7.48.3", "timeStamping"},
    {"1.3.6.1.5.5.7.48.5", "caRepository"},
    {"1.3.6.1.5.5.7.48.10", "rpkiManifest"},
    {"1.3.6.1.5.5.7.48.11", "signedObject"},
    {"1.3.6.1.5.5.7.48.13", "rpkiNotify"},
    {"1.3.6.1.5.5.7.2.1", "cps"},
    {"1.3.6.1.5.5.7.2.2", "userNotice"},
    {"1.3.6.1.5.5.7.8.3", "permanentIdentifier"},
    {"1.3.6.1.5.5.7.8.4", "hardwareModuleName"},
    {"1.3.6.1.5.5.7.8.5", "xmppAddr"},
    {"1.3.6.1.5.5.7.8.7", "srvName"},
    {"1.3.6.1.5.5.7.8.9", "smtpUTF8Mailbox"},
    {"1.3.6.1.5.2.2", "kerberosPrincipalName"},
    {"1.2.840.10040.2.1", "holdInstruction-none"},
    {"1.2.840.10040.2.2", "holdInstruction-callIssuer"},
    {"1.2.840.10040.2.3", "holdInstruction-reject"},
    {"1.3.6.1.4.1.11129.2.4.2", "sctList"},
    {"1.3.6.1.4.1.11129.2.4.3", "ctPoison"},
    {"1.3.6.1.4.1.11129.2.4.4", "ctPrecertificateSigning"},
    {"1.3.6.1.4.1.11129.2.4.5", "ocspSctList"},
    {"2.23.140.3.1", "cabfOrganizationIdentifier"},
    {"2.23.140.1.31", "torServiceDescriptorHash"},
    {"1.3.6.1.4.1.44363.44", "delegationUsage"},
    {"2.23.42.7.0", "setHashedRootKey"},
    {"2.23.42.7.1", "setCertificateType"},
    {"2.23.42.7.2", "setMerchantData"},
    {"2.23.42.7.3", "setCardCertRequired"},
    {"2.23.42.7.4", "setTunneling"},
    {"2.23.42.7.5", "setSetExtensions"},
    {"2.23.42.7.6", "setSetQualifier"},
    {"1.2.840.113635.100.6.1.13", "appleDeveloperIdApplication"},
    {"1.2.840.113635.100.6.1.14", "appleDeveloperIdInstaller"},

    /* ---- extensions: Netscape, Entrust, Verisign ---- */
    {"2.16.840.1.113730.1.1", "netscapeCertType"},
    {"2.16.840.1.113730.1.2", "netscapeBaseUrl"},
    {"2.16.840.1.113730.1.3", "netscapeRevocationUrl"},
    {"2.16.840.1.113730.1.4", "netscapeCaRevocationUrl"},
    {"2.16.840.1.113730.1.7", "netscapeCertRenewalUrl"},
    {"2.16.840.1.113730.1.8", "netscapeCaPolicyUrl"},
    {"2.16.840.1.113730.1.12", "netscapeSslServerName"},
    {"2.16.840.1.113730.1.13", "netscapeComment"},
    {"1.2.840.113533.7.65.0", "entrustVersion"},
    {"2.16.840.1.113733.1.6.3", "verisignCzag"},
    {"2.16.840.1.113733.1.6.4", "verisignNonVerified"},
    {"2.16.840.1.113733.1.6.5", "verisignFidelityToken"},
    {"2.16.840.1.113733.1.6.6", "verisignInBoxV1"},
    {"2.16.840.1.113733.1.6.7", "verisignSerialNumberRollover"},
    {"2.16.840.1.113733.1.6.8", "verisignTokenType"},
    {"2.16.840.1.113733.1.6.9", "verisignPrivate"},
    {"2.16.840.1.113733.1.6.10", "verisignInBoxV2"},
    {"2.16.840.1.113733.1.6.11", "verisignOnSiteJurisdictionHash"},
    {"2.16.840.1.113733.1.6.13", "verisignUnknown"},
    {"2.16.840.1.113733.1.6.15", "verisignDnbDunsNumber"},
    {"2.16.840.1.113733.1.7.1.1.1", "verisignCpsInBox"},
    {"2.16.840.1.113733.1.7.1.1.2", "verisignCpsUserNotice"},
    {"2.16.840.1.113733.1.7.23.6", "verisignPolicy"},
    {"2.16.840.1.113733.1.9.2", "scepMessageType"},
    {"2.16.840.1.113733.1.9.3", "scepPkiStatus"},
    {"2.16.840.1.113733.1.9.7", "scepTransactionId"},

    /* ---- extensions: Microsoft ---- */
    {"1.3.6.1.4.1.311.20.2", "microsoftEnrollCertType"},
    {"1.3.6.1.4.1.311.20.2.3", "userPrincipalName"},
    {"1.3.6.1.4.1.311.21.1", "microsoftCaVersion"},
    {"1.3.6.1.4.1.311.21.2", "microsoftPreviousCaCertHash"},
    {"1.3.6.1.4.1.311.21.3", "microsoftVirtualBaseCrlNumber"},
    {"1.3.6.1.4.1.311.21.4", "microsoftNextCrlPublish"},
    {"1.3.6.1.4.1.311.21.7", "microsoftCertificateTemplate"},
    {"1.3.6.1.4.1.311.21.10", "microsoftApplicationPolicies"},
    {"1.3.6.1.4.1.311.21.11", "microsoftApplicationPolicyMappings"},
    {"1.3.6.1.4.1.311.21.12", "microsoftApplicationPolicyConstraints"},
    {"1.3.6.1.4.1.311.21.14", "microsoftPublishedCrlLocations"},
    {"1.3.6.1.4.1.311.21.22", "microsoftCertSrvCrossCaVersion"},
    {"1.3.6.1.4.1.311.25.1", "ntdsReplicationGuid"},
    {"1.3.6.1.4.1.311.25.2", "ntdsCaSecurity"},
    {"1.3.6.1.4.1.311.25.2.1", "ntdsObjectSid"},

    /* ---- extensions: German SigG, Common PKI (ISIS-MTT) ---- */
    {"0.2.262.1.10.12.0", "sigGLiabilityLimitation"},
    {"1.3.36.8.3.1", "dateOfCertGen"},
    {"1.3.36.8.3.2", "procuration"},
    {"1.3.36.8.3.3", "admission"},
    {"1.3.36.8.3.4", "monetaryLimit"},
    {"1.3.36.8.3.5", "declarationOfMajority"},
    {"1.3.36.8.3.6", "iccsn"},
    {"1.3.36.8.3.8", "restriction"},
    {"1.3.36.8.3.15", "additionalInformation"},
    {"1.3.36.8.3.13", "certHash"},
    {"1.3.6.1.4.1.8301.3.5", "validityModel"},
    {"1.3.6.1.4.1.8301.3.5.1", "validityModelChain"},
    {"1.3.6.1.4.1.8301.3.5.2", "validityModelShell"},

    /* ---- qualified certificate statements, RFC 3739, ETSI EN 319 412-5 ---- */
    {"1.3.6.1.5.5.7.11.1", "qcSyntax-v1"},
    {"1.3.6.1.5.5.7.11.2", "qcSyntax-v2"},
    {"0.4.0.1862.1.1", "qcCompliance"},
    {"0.4.0.1862.1.2", "qcLimitValue"},
    {"0.4.0.1862.1.3", "qcRetentionPeriod"},
    {"0.4.0.1862.1.4", "qcSSCD"},
    {"0.4.0.1862.1.5", "qcPDS"},
    {"0.4.0.1862.1.6", "qcType"},
    {"0.4.0.1862.1.6.1", "electronic signature"},
    {"0.4.0.1862.1.6.2", "electronic seal"},
    {"0.4.0.1862.1.6.3", "website authentication"},
    {"0.4.0.1862.1.7", "qcLegislation"},
    {"0.4.0.194121.1.1", "natural person"},
    {"0.4.0.194121.1.2", "legal person"},
    {"0.4.0.194121.1.3", "eIDAS natural person"},
    {"0.4.0.194121.1.4", "eIDAS legal person"},
    {"0.4.0.19495.2", "psd2QcStatement"},

    /* ---- extended key usages ---- */
    {"1.3.6.1.5.5.7.3.1", "serverAuth"},
    {"1.3.6.1.5.5.7.3.2", "clientAuth"},
    {"1.3.6.1.5.5.7.3.3", "codeSigning"},
    {"1.3.6.1.5.5.7.3.4", "emailProtection"},
    {"1.3.6.1.5.5.7.3.5", "ipsecEndSystem"},
    {"1.3.6.1.5.5.7.3.6", "ipsecTunnel"},
    {"1.3.6.1.5.5.7.3.7", "ipsecUser"},
    {"1.3.6.1.5.5.7.3.8", "timeStamping"},
    {"1.3.6.1.5.5.7.3.9", "OCSPSigning"},
    {"1.3.6.1.5.5.7.3.10", "dvcs"},
    {"1.3.6.1.5.5.7.3.13", "eapOverPPP"},
    {"1.3.6.1.5.5.7.3.14", "eapOverLAN"},
    {"1.3.6.1.5.5.7.3.15", "scvpServer"},
    {"1.3.6.1.5.5.7.3.16", "scvpClient"},
    {"1.3.6.1.5.5.7.3.17", "ipsecIKE"},
    {"1.3.6.1.5.5.7.3.18", "capwapAC"},
    {"1.3.6.1.5.5.7.3.19", "capwapWTP"},
    {"1.3.6.1.5.5.7.3.20", "sipDomain"},
    {"1.3.6.1.5.5.7.3.21", "secureShellClient"},
    {"1.3.6.1.5.5.7.3.22", "secureShellServer"},
    {"1.3.6.1.5.5.7.3.23", "sendRouter"},
    {"1.3.6.1.5.5.7.3.24", "sendProxiedRouter"},
    {"1.3.6.1.5.5.7.3.25", "sendOwner"},
    {"1.3.6.1.5.5.7.3.26", "sendProxiedOwner"},
    {"1.3.6.1.5.5.7.3.27", "cmcCA"},
    {"1.3.6.1.5.5.7.3.28", "cmcRA"},
    {"1.3.6.1.5.5.7.3.29", "cmcArchive"},
    {"1.3.6.1.5.5.7.3.30", "bgpsecRouter"},
    {"1.3.6.1.5.5.7.3.31", "brandIndicatorForMessageIdentification"},
    {"1.3.6.1.5.5.7.3.32", "cmKGA"},
    {"1.3.6.1.5.5.7.3.36", "documentSigning"},
    {"1.3.6.1.5.5.8.2.2", "ipsecIKEIntermediate"},
    {"1.3.6.1.5.2.3.4", "pkinitClientAuth"},
    {"1.3.6.1.5.2.3.5", "pkinitKDC"},
    {"1.3.6.1.4.1.311.2.1.21", "microsoftIndividualCodeSigning"},
    {"1.3.6.1.4.1.311.2.1.22", "microsoftCommercialCodeSigning"},
    {"1.3.6.1.4.1.311.10.3.1", "microsoftTrustListSigning"},
    {"1.3.6.1.4.1.311.10.3.2", "microsoftTimeStampSigning"},
    {"1.3.6.1.4.1.311.10.3.3", "microsoftServerGatedCrypto"},
    {"1.3.6.1.4.1.311.10.3.4", "microsoftEncryptedFileSystem"},
    {"1.3.6.1.4.1.311.10.3.4.1", "microsoftEfsRecovery"},
    {"1.3.6.1.4.1.311.10.3.5", "microsoftHardwareDriverVerification"},
    {"1.3.6.1.4.1.311.10.3.6", "microsoftSystemComponentVerification"},
    {"1.3.6.1.4.1.311.10.3.8", "microsoftEmbeddedSystemComponentVerification"},
    {"1.3.6.1.4.1.311.10.3.9", "microsoftRootListSigner"},
    {"1.3.6.1.4.1.311.10.3.10", "microsoftQualifiedSubordination"},
    {"1.3.6.1.4.1.311.10.3.11", "microsoftKeyRecovery"},
    {"1.3.6.1.4.1.311.10.3.12", "microsoftDocumentSigning"},
    {"1.3.6.1.4.1.311.10.3.13", "microsoftLifetimeSigning"},
    {"1.3.6.1.4.1.311.10.5.1", "microsoftDigitalRights"},
    {"1.3.6.1.4.1.311.10.6.1", "microsoftLicenses"},
    {"1.3.6.1.4.1.311.10.6.2", "microsoftLicenseServer"},
    {"1.3.6.1.4.1.311.10.12.1", "microsoftAnyApplicationPolicy"},
    {"1.3.6.1.4.1.311.20.2.1", "microsoftEnrollmentAgent"},
    {"1.3.6.1.4.1.311.20.2.2", "microsoftSmartcardLogon"},
    {"1.3.6.1.4.1.311.21.5", "microsoftCaExchange"},
    {"1.3.6.1.4.1.311.21.6", "microsoftKeyRecoveryAgent"},
    {"1.3.6.1.4.1.311.21.19", "microsoftDirectoryServiceEmailReplication"},
    {"1.3.6.1.4.1.311.54.1.2", "microsoftRemoteDesktop"},
    {"1.3.6.1.4.1.311.61.1.1", "microsoftKernelModeCodeSigning"},
    {"1.3.6.1.4.1.311.67.1.1", "microsoftBitLockerDriveEncryption"},
    {"1.3.6.1.4.1.311.67.1.2", "microsoftBitLockerDataRecoveryAgent"},
    {"1.3.6.1.4.1.311.76.8.1", "microsoftPublisher"},
    {"2.16.840.1.113730.4.1", "netscapeServerGatedCrypto"},
    {"2.16.840.1.113733.1.8.1", "verisignServerGatedCrypto"},
    {"1.2.840.113583.1.1.5", "adobePdfSigning"},
    {"1.2.840.113583.1.1.9.1", "adobeTimestamp"},
    {"1.2.840.113583.1.1.9.2", "adobeArchiveRevInfo"},
    {"1.2.840.113583.1.1.10", "adobePplkCredential"},
    {"1.2.840.113635.100.4.1", "appleCodeSigning"},
    {"1.2.840.113635.100.4.8", "appleResourceSigning"},
    {"1.2.840.113635.100.4.14", "appleSystemIdentity"},
    {"1.2.840.113625.100.1.6", "intelAmtManagement"},
    {"2.16.840.1.113741.1.2.3", "intelAmtProvisioning"},
    {"0.4.0.2231.3.0", "tslSigning"},
    {"1.3.6.1.4.1.11129.2.5.3", "googlePolicy"},
    {"2.16.840.1.101.3.6.8", "pivCardAuth"},
    {"2.16.840.1.101.3.6.7", "pivContentSigning"},
    {"2.23.133.8.1", "tcgEndorsementKey"},
    {"2.23.133.8.3", "tcgAttestationIdentityKey"},
    {"2.23.136.1.1.1", "icaoMrtdSecurityObject"},
    {"2.23.136.1.1.3", "icaoMasterListSigner"},
    {"2.23.136.1.1.6.2", "icaoDocumentTypeList"},
    {"1.0.18013.5.1.2", "mdlDocumentSigner"},

    /* ---- certificate policies ---- */
    {"2.23.140.1.1", "extended-validation"},
    {"2.23.140.1.2.1", "domain-validated"},
    {"2.23.140.1.2.2", "organization-validated"},
    {"2.23.140.1.2.3", "individual-validated"},
    {"2.23.140.1.3", "extended-validation-codesigning"},
    {"2.23.140.1.4.1", "code-signing-requirements"},
    {"2.23.140.1.4.2", "timestamping-requirements"},
    {"0.4.0.1456.1.1", "qcp-public-with-sscd"},
    {"0.4.0.1456.1.2", "qcp-public"},
    {"0.4.0.2042.1.1", "ncp"},
    {"0.4.0.2042.1.2", "ncp+"},
    {"0.4.0.2042.1.3", "lcp"},
    {"0.4.0.2042.1.4", "evcp"},
    {"0.4.0.2042.1.6", "dvcp"},
    {"0.4.0.2042.1.7", "ovcp"},
    {"0.4.0.194112.1.0", "qcp-n"},
    {"0.4.0.194112.1.1", "qcp-l"},
    {"0.4.0.194112.1.2", "qcp-n-qscd"},
    {"0.4.0.194112.1.3", "qcp-l-qscd"},
    {"0.4.0.194112.1.4", "qcp-w"},
};
/* clang-format on */

enum {
    KNOWN = sizeof known / sizeof known[0],
    SLOTS = 2048, /* a power of two, at least twice KNOWN */
    LONGEST = 16, /* contents octets of the longest row */
    LONGEST_DOTTED_ARCS = 64,
};
static_assert(SLOTS >= 2 * KNOWN, "the hash index needs room");

struct index_slot {
    uint8_t len; /* 0: free */
    uint8_t contents[LONGEST];
    uint16_t row;
};
static struct index_slot slots[SLOTS];
static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static size_t slot_of(const uint8_t *contents, size_t len)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ contents[i]) * 16777619u;
    return (hash ^ hash >> 15) & (SLOTS - 1);
}

static void index_row(size_t row)
{
    struct ks_buf contents = KS_BUF_INIT;
    if (ks_oid_parse(known[row].dotted, &contents) && contents.len <= LONGEST) {
        size_t at = slot_of(contents.data, contents.len);
        while (slots[at].len != 0)
            at = (at + 1) & (SLOTS - 1);
        slots[at].len = (uint8_t)contents.len;
        memcpy(slots[at].contents, contents.data, contents.len);
        slots[at].row = (uint16_t)row;
    }
    ks_buf_free(&contents);
}

static void build_index(void)
{
    for (size_t row = 0; row < KNOWN; row++)
        index_row(row);
}

const char *ks_oid_name(struct ks_slice oid)
{
    if (oid.len == 0 || oid.len > LONGEST)
        return NULL;
    pthread_once(&index_once, build_index);
    for (size_t at = slot_of(oid.data, oid.len); slots[at].len != 0; at = (at + 1) & (SLOTS - 1)) {
        if (slots[at].len == oid.len && memcmp(slots[at].contents, oid.data, oid.len) == 0)
            return known[slots[at].row].name;
    }
    return NULL;
}

void ks_oid_text(struct ks_slice oid, struct ks_buf *out)
{
    const char *name = ks_oid_name(oid);
    if (name)
        ks_buf_str(out, name);
    else
        ks_oid_dotted(oid, out);
}

/* ---- dotted decimal, X.690 8.19 ---- */

/* Takes one base-128 number; arcs of more than 64 bits (UUID arcs, 2.25) are not put into words. */
static bool take_arc(struct ks_slice *in, uint64_t *arc)
{
    uint64_t value = 0;
    for (size_t i = 0; i < in->len; i++) {
        if (value > UINT64_MAX >> 7 || (i == 0 && in->data[0] == 0x80))
            return false;
        value = value << 7 | (in->data[i] & 0x7f);
        if (!(in->data[i] & 0x80)) {
            *in = ks_slice(in->data + i + 1, in->len - i - 1);
            *arc = value;
            return true;
        }
    }
    return false;
}

static bool write_dotted(struct ks_slice oid, struct ks_buf *out)
{
    uint64_t arc;
    if (!take_arc(&oid, &arc))
        return false;
    uint64_t root = arc < 80 ? arc / 40 : 2;
    ks_buf_printf(out, "%llu.%llu", (unsigned long long)root,
                  (unsigned long long)(arc - root * 40));
    for (size_t arcs = 2; oid.len > 0; arcs++) {
        if (arcs > LONGEST_DOTTED_ARCS || !take_arc(&oid, &arc))
            return false;
        ks_buf_printf(out, ".%llu", (unsigned long long)arc);
    }
    return true;
}

void ks_oid_dotted(struct ks_slice oid, struct ks_buf *out)
{
    struct ks_buf dotted = KS_BUF_INIT;
    ks_buf_str(out, write_dotted(oid, &dotted) ? ks_buf_text(&dotted) : "(bad OID)");
    ks_buf_free(&dotted);
}

static void put_arc(struct ks_buf *out, uint64_t arc)
{
    unsigned shift = 0;
    while (shift < 63 && arc >> (shift + 7))
        shift += 7;
    for (; shift > 0; shift -= 7)
        ks_buf_byte(out, (uint8_t)(0x80 | (arc >> shift & 0x7f)));
    ks_buf_byte(out, (uint8_t)(arc & 0x7f));
}

/* Decimal without sign or leading zeros; stops in front of '.' or the end. */
static bool parse_arc(const char **text, uint64_t *arc)
{
    const char *at = *text;
    uint64_t value = 0;
    if (*at < '0' || *at > '9' || (at[0] == '0' && at[1] >= '0' && at[1] <= '9'))
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *text = at;
    *arc = value;
    return true;
}

bool ks_oid_parse(const char *dotted, struct ks_buf *out)
{
    size_t start = out->len;
    uint64_t root, arc;
    if (!parse_arc(&dotted, &root) || root > 2 || *dotted++ != '.' || !parse_arc(&dotted, &arc))
        return false;
    if ((root < 2 && arc > 39) || arc > UINT64_MAX - 80)
        return false;
    put_arc(out, root * 40 + arc);
    while (*dotted == '.') {
        dotted++;
        if (!parse_arc(&dotted, &arc))
            break;
        put_arc(out, arc);
    }
    if (*dotted == '\0' && dotted[-1] != '.')
        return true;
    out->len = start;
    return false;
}

/* Attribute types of names are the first rows, so a name that others share is theirs. */
bool ks_oid_named(const char *name, struct ks_buf *out)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (OPENSSL_strcasecmp(known[i].name, name) == 0)
            return ks_oid_parse(known[i].dotted, out);
    return false;
}
