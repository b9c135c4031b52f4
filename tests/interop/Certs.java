import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Certificates with exact dates. A party is a key with its name, its certificate and whoever issued
 * it; chains follow the issuers. Dates are days, 00:00:00 UTC.
 */
final class Certs {
    private Certs() {}

    /** Key pairs by label, so that a run makes few: "rsa2048/a" and "rsa2048/b" differ. */
    private static final Map<String, KeyPair> keys = new HashMap<>();

    static KeyPair key(String label) throws Exception {
        KeyPair known = keys.get(label);
        if (known != null) {
            return known;
        }
        String kind = label.replaceFirst("/.*", "");
        KeyPairGenerator generator;
        if (kind.startsWith("rsa")) {
            generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(Integer.parseInt(kind.substring(3)));
        } else if (kind.startsWith("dsa")) {
            generator = KeyPairGenerator.getInstance("DSA");
            generator.initialize(Integer.parseInt(kind.substring(3)));
        } else if (kind.startsWith("ed")) {
            generator = KeyPairGenerator.getInstance(kind);
        } else if (kind.startsWith("brainpool")) {
            generator = KeyPairGenerator.getInstance("EC", "BC");
            generator.initialize(new ECGenParameterSpec(kind));
        } else {
            generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(kind));
        }
        KeyPair made = generator.generateKeyPair();
        keys.put(label, made);
        return made;
    }

    static Date day(String iso) {
        return Date.from(LocalDate.parse(iso).atStartOfDay().toInstant(ZoneOffset.UTC));
    }

    static byte[] sha1(byte[] b) throws Exception {
        return MessageDigest.getInstance("SHA-1").digest(b);
    }

    /** RFC 5280 4.2.1.2 method 1. */
    static byte[] keyId(PublicKey key) throws Exception {
        return sha1(SubjectPublicKeyInfo.getInstance(key.getEncoded()).getPublicKeyData().getBytes());
    }

    static String signatureFor(PrivateKey key) {
        return switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "DSA" -> "SHA256withDSA";
            case "EdDSA", "Ed25519" -> "Ed25519";
            default -> "SHA256withECDSA";
        };
    }

    record Party(KeyPair keys, X509Certificate cert, Party issuer) {
        PrivateKey key() {
            return keys.getPrivate();
        }

        /** Leaf first, up to and including the root. */
        X509Certificate[] chain() {
            int n = 0;
            for (Party p = this; p != null; p = p.issuer) {
                n++;
            }
            var chain = new X509Certificate[n];
            n = 0;
            for (Party p = this; p != null; p = p.issuer) {
                chain[n++] = p.cert;
            }
            return chain;
        }

        byte[] der() throws Exception {
            return cert.getEncoded();
        }
    }

    /** What a certificate says; every method returns this. */
    static final class Spec {
        private final X500Name subject;
        private KeyPair keys;
        private BigInteger serial;
        private Date from = day("2024-01-01");
        private Date until = day("2044-01-01");
        private Party issuer;
        private boolean isCa;
        private boolean bare;
        private boolean withoutSki;
        private GeneralNames san;
        private String signature;
        private final Map<String, byte[]> more = new HashMap<>();

        Spec(X500Name subject) {
            this.subject = subject;
        }

        Spec key(String label) throws Exception {
            keys = Certs.key(label);
            return this;
        }

        Spec serial(String hex) {
            serial = new BigInteger(hex, 16);
            return this;
        }

        Spec valid(String from, String until) {
            this.from = day(from);
            this.until = day(until);
            return this;
        }

        Spec by(Party issuer) {
            this.issuer = issuer;
            return this;
        }

        Spec ca() {
            isCa = true;
            return this;
        }

        Spec signature(String algorithm) {
            signature = algorithm;
            return this;
        }

        /** No extensions at all. */
        Spec bare() {
            bare = true;
            return this;
        }

        Spec withoutSki() {
            withoutSki = true;
            return this;
        }

        Spec san(String... names) {
            var list = new GeneralName[names.length];
            for (int i = 0; i < names.length; i++) {
                String[] kv = names[i].split(":", 2);
                int tag = switch (kv[0]) {
                    case "ip" -> GeneralName.iPAddress;
                    case "email" -> GeneralName.rfc822Name;
                    case "uri" -> GeneralName.uniformResourceIdentifier;
                    default -> GeneralName.dNSName;
                };
                list[i] = new GeneralName(tag, kv[1]);
            }
            san = new GeneralNames(list);
            return this;
        }

        /** A private extension; the value need not be DER. */
        Spec extension(String oid, byte[] value) {
            more.put(oid, value);
            return this;
        }

        Party make() throws Exception {
            KeyPair signing = issuer == null ? keys : issuer.keys;
            X500Name by = issuer == null ? subject
                : X500Name.getInstance(issuer.cert.getSubjectX500Principal().getEncoded());
            if (serial == null) {
                serial = new BigInteger(1, sha1(Der.cat(subject.getEncoded(),
                    keys.getPublic().getEncoded()))).shiftRight(97);
            }
            var builder = new X509v3CertificateBuilder(by, serial, from, until, subject,
                SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
            if (!bare) {
                extensions(builder, signing);
            }
            ContentSigner signer = new JcaContentSignerBuilder(
                signature == null ? signatureFor(signing.getPrivate()) : signature)
                .build(signing.getPrivate());
            return new Party(keys,
                new JcaX509CertificateConverter().getCertificate(builder.build(signer)), issuer);
        }

        private void extensions(X509v3CertificateBuilder builder, KeyPair signing) throws Exception {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isCa));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(isCa
                ? KeyUsage.keyCertSign | KeyUsage.cRLSign
                : KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
            if (!isCa) {
                builder.addExtension(Extension.extendedKeyUsage, false,
                    new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            }
            if (san != null) {
                builder.addExtension(Extension.subjectAlternativeName, false, san);
            }
            if (!withoutSki) {
                builder.addExtension(Extension.subjectKeyIdentifier, false,
                    new SubjectKeyIdentifier(keyId(keys.getPublic())));
            }
            if (issuer != null) {
                builder.addExtension(Extension.authorityKeyIdentifier, false,
                    new AuthorityKeyIdentifier(keyId(signing.getPublic())));
            }
            for (var entry : more.entrySet()) {
                builder.addExtension(new Extension(new ASN1ObjectIdentifier(entry.getKey()), false,
                    new DEROctetString(entry.getValue())));
            }
        }
    }

    /** RFC 2253 writes the last RDN first, so C becomes the first in the encoding, as usual. */
    static Spec named(String rfc2253) {
        return new Spec(X500Name.getInstance(new X500Principal(rfc2253).getEncoded()));
    }

    static Spec named(X500Name name) {
        return new Spec(name);
    }

    static X509CRL crl(Party ca, String from, String until, int revoked) throws Exception {
        var builder = new X509v2CRLBuilder(
            X500Name.getInstance(ca.cert.getSubjectX500Principal().getEncoded()), day(from));
        builder.setNextUpdate(day(until));
        for (int i = 1; i <= revoked; i++) {
            builder.addCRLEntry(BigInteger.valueOf(1000L + i), Date.from(Instant.EPOCH),
                CRLReason.superseded);
        }
        return new JcaX509CRLConverter().getCRL(
            builder.build(new JcaContentSignerBuilder(signatureFor(ca.key())).build(ca.key())));
    }
}
