import java.security.Key;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.util.HexFormat;
import java.util.Locale;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;

/** What a key is, however a library wraps it: its algorithm and a digest of the secret itself. */
final class Keys {
    private Keys() {}

    static String digest(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 8);
    }

    /** Providers add a public key or parameters to a PKCS#8, or leave them out. */
    static String describe(PrivateKeyInfo info) throws Exception {
        String oid = info.getPrivateKeyAlgorithm().getAlgorithm().getId();
        return switch (oid) {
            case "1.2.840.113549.1.1.1" -> "RSA " + digest(
                RSAPrivateKey.getInstance(info.parsePrivateKey()).getPrivateExponent().toByteArray());
            case "1.2.840.10045.2.1" -> "EC " + digest(
                ECPrivateKey.getInstance(info.parsePrivateKey()).getKey().toByteArray());
            case "1.3.101.112" -> "Ed25519 " + digest(
                ASN1OctetString.getInstance(info.parsePrivateKey()).getOctets());
            default -> oid + " " + digest(info.parsePrivateKey().toASN1Primitive().getEncoded());
        };
    }

    static String describe(Key key) throws Exception {
        if (key instanceof PrivateKey) {
            return describe(PrivateKeyInfo.getInstance(key.getEncoded()));
        }
        String name = key.getAlgorithm().toUpperCase(Locale.ROOT);
        return (name.startsWith("PBE") ? "passphrase" : name) + " " + digest(key.getEncoded());
    }
}
