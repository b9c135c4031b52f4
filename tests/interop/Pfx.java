import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.PKCS12ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/** PKCS#12 (RFC 7292) piece by piece, for bag arrangements that no tool writes any more. */
final class Pfx {
    private Pfx() {}

    private static final String BAG = "1.2.840.113549.1.12.10.1.";
    private static final byte[] SALT = "0123456789abcdefghij".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IV = "sixteen octets!!".getBytes(StandardCharsets.US_ASCII);

    // ---- attributes ----

    static byte[] attribute(String oid, byte[]... values) {
        return Der.seq(Der.oid(oid), Der.set(values));
    }

    static byte[] name(String s) {
        return attribute("1.2.840.113549.1.9.20", Der.bmp(s));
    }

    static byte[] id(String s) {
        return attribute("1.2.840.113549.1.9.21", Der.octets(s.getBytes(StandardCharsets.UTF_8)));
    }

    /** Oracle's trustedKeyUsage, any purpose: without it Java shows no entry for a certificate. */
    static byte[] trust() {
        return attribute("2.16.840.1.113894.746875.1.1", Der.oid("2.5.29.37.0"));
    }

    // ---- bags ----

    static byte[] bag(int n, byte[] value, byte[]... attributes) {
        return attributes.length == 0 ? Der.seq(Der.oid(BAG + n), Der.explicit(0, value))
            : Der.seq(Der.oid(BAG + n), Der.explicit(0, value), Der.set(attributes));
    }

    static byte[] clearKey(byte[] pkcs8, byte[]... attributes) {
        return bag(1, pkcs8, attributes);
    }

    static byte[] key(byte[] pkcs8, String password, byte[]... attributes) throws Exception {
        return bag(2, epki(pkcs8, password), attributes);
    }

    static byte[] cert(X509Certificate c, byte[]... attributes) throws Exception {
        return cert(c.getEncoded(), attributes);
    }

    static byte[] cert(byte[] der, byte[]... attributes) {
        return bag(3, Der.seq(Der.oid("1.2.840.113549.1.9.22.1"),
            Der.explicit(0, Der.octets(der))), attributes);
    }

    static byte[] sdsi(String text, byte[]... attributes) {
        return bag(3, Der.seq(Der.oid("1.2.840.113549.1.9.22.2"), Der.explicit(0, Der.ia5(text))),
            attributes);
    }

    static byte[] crl(byte[] der, byte[]... attributes) {
        return bag(4, Der.seq(Der.oid("1.2.840.113549.1.9.23.1"),
            Der.explicit(0, Der.octets(der))), attributes);
    }

    /** A secret key as Java writes it: an EncryptedPrivateKeyInfo in an OCTET STRING. */
    static byte[] secret(String algorithm, byte[] key, String password, byte[]... attributes)
        throws Exception {
        byte[] pkcs8 = Der.seq(Der.integer(0), Der.seq(Der.oid(algorithm)), Der.octets(key));
        return bag(5, Der.seq(Der.oid(BAG + 2),
            Der.explicit(0, Der.octets(epki(pkcs8, password)))), attributes);
    }

    static byte[] nested(byte[]... bags) {
        return bag(6, Der.seq(bags));
    }

    // ---- encryption ----

    private static byte[] hmacSha256() {
        return Der.seq(Der.oid("1.2.840.113549.2.9"), Der.nul());
    }

    static byte[] pbkdf2(String password, int rounds, int bytes) throws Exception {
        if (password.isEmpty()) { // PBEKeySpec takes it, HmacSHA256 in the JDK does not
            throw new IllegalArgumentException("empty password");
        }
        return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
            .generateSecret(new PBEKeySpec(password.toCharArray(), SALT, rounds, bytes * 8))
            .getEncoded();
    }

    static byte[] pbkdf2Algorithm(long rounds, int keyLength) {
        return Der.seq(Der.oid("1.2.840.113549.1.5.12"), keyLength == 0
            ? Der.seq(Der.octets(SALT), Der.integer(rounds), hmacSha256())
            : Der.seq(Der.octets(SALT), Der.integer(rounds), Der.integer(keyLength), hmacSha256()));
    }

    static byte[] pbes2(byte[] kdf, String cipherOid, byte[] iv) {
        return Der.seq(Der.oid("1.2.840.113549.1.5.13"),
            Der.seq(kdf, Der.seq(Der.oid(cipherOid), Der.octets(iv))));
    }

    static byte[] aesAlgorithm(long rounds) {
        return pbes2(pbkdf2Algorithm(rounds, 32), "2.16.840.1.101.3.4.1.42", IV);
    }

    static byte[] aes(byte[] plain, String password, int rounds) throws Exception {
        return cipher("AES/CBC/PKCS5Padding", pbkdf2(password, rounds, 32), IV, plain);
    }

    static byte[] cipher(String how, byte[] key, byte[] iv, byte[] plain) throws Exception {
        Cipher cipher = Cipher.getInstance(how);
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, how.replaceFirst("/.*", "")),
            new IvParameterSpec(iv));
        return cipher.doFinal(plain);
    }

    static byte[] epki(byte[] pkcs8, String password) throws Exception {
        return Der.seq(aesAlgorithm(10000), Der.octets(aes(pkcs8, password, 10000)));
    }

    /** RC2-40 or triple DES under PBES1 of PKCS#12; the algorithm is [0], the ciphertext [1]. */
    static byte[][] pbes1(byte[] plain, String password, int which, int rounds) throws Exception {
        boolean rc2 = which == 6;
        var generator = new PKCS12ParametersGenerator(new SHA1Digest());
        generator.init(PKCS12ParametersGenerator.PKCS12PasswordToBytes(password.toCharArray()),
            SALT, rounds);
        var both = (ParametersWithIV) generator.generateDerivedParameters(rc2 ? 40 : 192, 64);
        byte[] key = ((KeyParameter) both.getParameters()).getKey();
        byte[] ciphertext = cipher(rc2 ? "RC2/CBC/PKCS5Padding" : "DESede/CBC/PKCS5Padding", key,
            both.getIV(), plain);
        byte[] algorithm = Der.seq(Der.oid("1.2.840.113549.1.12.1." + which),
            Der.seq(Der.octets(SALT), Der.integer(rounds)));
        return new byte[][] {algorithm, ciphertext};
    }

    // ---- contents ----

    static byte[] data(byte[]... bags) {
        return Der.seq(Der.oid("1.2.840.113549.1.7.1"),
            Der.explicit(0, Der.octets(Der.seq(bags))));
    }

    static byte[] encrypted(byte[] algorithm, byte[] ciphertext) {
        return Der.seq(Der.oid("1.2.840.113549.1.7.6"), Der.explicit(0, Der.seq(Der.integer(0),
            Der.seq(Der.oid("1.2.840.113549.1.7.1"), algorithm, Der.tlv(0x80, ciphertext)))));
    }

    static byte[] encrypted(String password, byte[]... bags) throws Exception {
        return encrypted(aesAlgorithm(10000), aes(Der.seq(bags), password, 10000));
    }

    static byte[] encryptedRc2(String password, byte[]... bags) throws Exception {
        byte[][] both = pbes1(Der.seq(bags), password, 6, 2048);
        return encrypted(both[0], both[1]);
    }

    // ---- the whole ----

    static byte[] mac(byte[] safes, Digest digest, byte[] passwordBytes, byte[] salt, int rounds)
        throws Exception {
        var generator = new PKCS12ParametersGenerator(digest);
        generator.init(passwordBytes, salt, rounds);
        byte[] key = ((KeyParameter) generator.generateDerivedMacParameters(
            digest.getDigestSize() * 8)).getKey();
        Mac mac = Mac.getInstance(digest instanceof SHA1Digest ? "HmacSHA1" : "HmacSHA256");
        mac.init(new SecretKeySpec(key, "HMAC"));
        return mac.doFinal(safes);
    }

    private static byte[] digestAlgorithm(Digest digest) {
        return Der.seq(Der.oid(digest instanceof SHA1Digest ? "1.3.14.3.2.26"
            : "2.16.840.1.101.3.4.2.1"), Der.nul());
    }

    static byte[] macData(byte[] safes, String password, byte[] salt) throws Exception {
        return macData(safes, password, salt, 2048);
    }

    static byte[] macData(byte[] safes, String password, byte[] salt, int rounds)
        throws Exception {
        byte[] mac = mac(safes, new SHA256Digest(),
            PKCS12ParametersGenerator.PKCS12PasswordToBytes(password.toCharArray()), salt, rounds);
        return Der.seq(Der.seq(digestAlgorithm(new SHA256Digest()), Der.octets(mac)),
            Der.octets(salt), Der.integer(rounds));
    }

    /** RFC 9579: the key comes from PBKDF2, the parameters say so, salt and rounds outside are void. */
    static byte[] pbmac1(byte[] safes, String password, boolean sha512) throws Exception {
        return pbmac1(safes, password, sha512, 2048);
    }

    static byte[] pbmac1(byte[] safes, String password, boolean sha512, int rounds)
        throws Exception {
        byte[] hmac = sha512 ? Der.seq(Der.oid("1.2.840.113549.2.11"), Der.nul()) : hmacSha256();
        String name = sha512 ? "HmacSHA512" : "HmacSHA256";
        int bytes = sha512 ? 64 : 32;
        byte[] key = SecretKeyFactory.getInstance("PBKDF2With" + name)
            .generateSecret(new PBEKeySpec(password.toCharArray(), SALT, rounds, bytes * 8))
            .getEncoded();
        Mac mac = Mac.getInstance(name);
        mac.init(new SecretKeySpec(key, name));
        byte[] kdf = Der.seq(Der.oid("1.2.840.113549.1.5.12"),
            Der.seq(Der.octets(SALT), Der.integer(rounds), Der.integer(bytes), hmac));
        return Der.seq(Der.seq(Der.seq(Der.oid("1.2.840.113549.1.5.14"), Der.seq(kdf, hmac)),
                Der.octets(mac.doFinal(safes))),
            Der.octets("NOT USED".getBytes(StandardCharsets.US_ASCII)), Der.integer(1));
    }

    static byte[] safes(byte[]... contents) {
        return Der.seq(contents);
    }

    static byte[] pfx(byte[] safes, byte[] macData) {
        byte[] authSafe = Der.seq(Der.oid("1.2.840.113549.1.7.1"),
            Der.explicit(0, Der.octets(safes)));
        return Der.seq(Der.integer(3), authSafe, macData);
    }

    static byte[] pfx(String password, byte[]... contents) throws Exception {
        return pfx(2048, password, contents);
    }

    static byte[] pfx(int rounds, String password, byte[]... contents) throws Exception {
        byte[] safes = safes(contents);
        return pfx(safes, macData(safes, password, SALT, rounds));
    }

    /** Indefinite lengths outside and segments of `size` octets, as old NSS and Java tools wrote. */
    static byte[] berPfx(String password, int size, byte[]... contents) throws Exception {
        byte[] safes = Der.indefinite(0x30, contents);
        return Der.indefinite(0x30, Der.integer(3),
            Der.indefinite(0x30, Der.oid("1.2.840.113549.1.7.1"),
                Der.indefinite(0xa0, Der.segmented(0x24, safes, size))),
            macData(safes, password, SALT));
    }

    /** Indefinite lengths in the outermost elements only; all that the MAC covers is DER. */
    static byte[] berOutside(String password, byte[]... contents) throws Exception {
        byte[] safes = safes(contents);
        return Der.indefinite(0x30, Der.integer(3),
            Der.indefinite(0x30, Der.oid("1.2.840.113549.1.7.1"),
                Der.indefinite(0xa0, Der.segmented(0x24, safes, 1000))),
            macData(safes, password, SALT));
    }

    static byte[] berEncrypted(String password, int size, byte[]... bags) throws Exception {
        byte[] ciphertext = aes(Der.indefinite(0x30, bags), password, 10000);
        return Der.indefinite(0x30, Der.oid("1.2.840.113549.1.7.6"), Der.indefinite(0xa0,
            Der.indefinite(0x30, Der.integer(0), Der.indefinite(0x30,
                Der.oid("1.2.840.113549.1.7.1"), aesAlgorithm(10000),
                Der.segmented(0xa0, ciphertext, size)))));
    }
}
