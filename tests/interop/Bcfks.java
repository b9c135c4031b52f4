import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.modes.CCMBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.util.PBKDF2Config;
import org.bouncycastle.crypto.util.ScryptConfig;
import org.bouncycastle.jcajce.BCFKSLoadStoreParameter;

/**
 * Bouncy Castle's FIPS keystore (BCFKS): in the ways that its own writer has, and piece by piece
 * for what it only reads, or refuses.
 */
final class Bcfks {
    private Bcfks() {}

    private static final String PASSWORD = "changeit";
    private static final char[] PW = PASSWORD.toCharArray();
    private static final byte[] SALT = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONCE = "twelve bytes".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SIGNED = Der.seq(Der.oid("1.2.840.113549.1.1.13"), Der.nul());
    private static final byte[] MAC = Der.seq(Der.oid("1.2.840.113549.2.11"), Der.nul());

    // ---- what Bouncy Castle writes ----

    private static KeyStore store(MakeStores.Fill fill) throws Exception {
        KeyStore ks = KeyStore.getInstance("BCFKS", "BC");
        ks.load(null, null);
        fill.into(ks);
        return ks;
    }

    private static byte[] stored(String password, MakeStores.Fill fill) throws Exception {
        var out = new ByteArrayOutputStream();
        store(fill).store(out, password.toCharArray());
        return out.toByteArray();
    }

    interface Setting {
        void of(BCFKSLoadStoreParameter.Builder builder);
    }

    private static byte[] configured(Setting setting, MakeStores.Fill fill) throws Exception {
        var out = new ByteArrayOutputStream();
        var builder = new BCFKSLoadStoreParameter.Builder(out, PW);
        setting.of(builder);
        store(fill).store(builder.build());
        return out.toByteArray();
    }

    /** Encrypted with the empty password: with a signing key the writer takes no other. */
    private static byte[] signed(Certs.Party by, boolean withCertificate, MakeStores.Fill fill)
        throws Exception {
        var out = new ByteArrayOutputStream();
        var builder = new BCFKSLoadStoreParameter.Builder(out, by.key());
        builder.withStoreSignatureAlgorithm(
            BCFKSLoadStoreParameter.SignatureAlgorithm.SHA512withRSA);
        if (withCertificate) {
            builder.withCertificates(new X509Certificate[] {by.cert()});
        }
        store(fill).store(builder.build());
        return out.toByteArray();
    }

    private static void secrets(KeyStore ks) throws Exception {
        String[] names = {"AES", "DESede", "HmacSHA1", "HmacSHA224", "HmacSHA256", "HmacSHA384",
            "HmacSHA512", "SEED", "Camellia", "ARIA"};
        byte[] bytes = "0123456789abcdefghijklmnopqrstuv".getBytes(StandardCharsets.US_ASCII);
        for (String name : names) {
            int length = name.equals("DESede") ? 24 : name.equals("SEED") ? 16 : 32;
            byte[] key = Arrays.copyOf(bytes, length);
            ks.setKeyEntry(name, new SecretKeySpec(key, name), PW, null);
        }
    }

    private static void library(Path dir, Certs.Party server, Certs.Party lone, Certs.Party root)
        throws Exception {
        MakeStores.Fill usual = ks -> {
            ks.setKeyEntry("server", server.key(), PW, server.chain());
            ks.setKeyEntry("aes", new SecretKeySpec(SALT, "AES"), PW, null);
            ks.setCertificateEntry("Root", root.cert());
            ks.setCertificateEntry("root", lone.cert());
        };
        Files.write(dir.resolve("bcfks-secrets.bcfks"), stored(PASSWORD, Bcfks::secrets));
        Files.write(dir.resolve("bcfks-empty.bcfks"), stored(PASSWORD, ks -> {}));
        Files.write(dir.resolve("bcfks-emptypass.bcfks"), stored("", usual));
        Files.write(dir.resolve("bcfks-unicodepass.bcfks"), stored("pässwört€", usual));
        Files.write(dir.resolve("bcfks-keypass.bcfks"), stored(PASSWORD, ks -> {
            ks.setKeyEntry("server", server.key(), "its-own".toCharArray(), server.chain());
            ks.setKeyEntry("aes", new SecretKeySpec(SALT, "AES"), "its-own".toCharArray(), null);
        }));
        Files.write(dir.resolve("bcfks-names.bcfks"), stored(PASSWORD, ks -> {
            for (String name : new String[] {"", "with space", "été €", "\ud83d\ude00",
                "cn=a, o=\"b\\c\"", "nul\u0000tab\t", "x".repeat(70000)}) {
                ks.setCertificateEntry(name, lone.cert());
            }
        }));
        Files.write(dir.resolve("bcfks-protected.bcfks"), stored(PASSWORD, ks -> {
            ks.setKeyEntry("server", Pfx.epki(server.key().getEncoded(), PASSWORD),
                server.chain());
            ks.setKeyEntry("bytes", SALT, null);
        }));
        // N=1024, r=8: Bouncy Castle derives with p=8, whatever p says.
        Files.write(dir.resolve("bcfks-scrypt.bcfks"), configured(b -> b.withStorePBKDFConfig(
            new ScryptConfig.Builder(1024, 8, 1).withSaltLength(20).build()), usual));
        Files.write(dir.resolve("bcfks-scrypt-p8.bcfks"), configured(b -> b.withStorePBKDFConfig(
            new ScryptConfig.Builder(1024, 8, 8).withSaltLength(20).build()), usual));
        Files.write(dir.resolve("bcfks-kwp-sha3.bcfks"), configured(b -> b
            .withStoreEncryptionAlgorithm(BCFKSLoadStoreParameter.EncryptionAlgorithm.AES256_KWP)
            .withStoreMacAlgorithm(BCFKSLoadStoreParameter.MacAlgorithm.HmacSHA3_512)
            .withStorePBKDFConfig(new PBKDF2Config.Builder().withPRF(PBKDF2Config.PRF_SHA3_512)
                .withIterationCount(2000).withSaltLength(20).build()), usual));
        Files.write(dir.resolve("bcfks-signed.bcfks"), signed(server, true, usual));
        Files.write(dir.resolve("bcfks-signed-nocert.bcfks"), signed(server, false, usual));
    }

    // ---- piece by piece ----

    private static byte[] time(String s) {
        return Der.tlv(0x18, s.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] object(int type, String name, byte[] data, String comment) {
        byte[] head = Der.cat(Der.integer(type), Der.utf8(name), time("20240101000000Z"),
            time("20250203040506Z"), Der.octets(data));
        return Der.seq(head, comment == null ? new byte[0] : Der.utf8(comment));
    }

    private static byte[] data(byte[] integrity, String comment, byte[]... objects) {
        return Der.seq(Der.integer(1), integrity, time("20230101000000Z"),
            time("20250203040506Z"), Der.seq(objects),
            comment == null ? new byte[0] : Der.utf8(comment));
    }

    private static byte[] pbkdf2(long rounds, int length) {
        return Der.seq(Der.oid("1.2.840.113549.1.5.12"), Der.seq(Der.octets(SALT),
            Der.integer(rounds), Der.integer(length), MAC));
    }

    private static byte[] scrypt(long n, long r, long p, int length) {
        return Der.seq(Der.oid("1.3.6.1.4.1.11591.4.11"), Der.seq(Der.octets(SALT),
            Der.integer(n), Der.integer(r), Der.integer(p), Der.integer(length)));
    }

    private static byte[] password(String purpose) {
        return Der.cat(PBEParametersGenerator.PKCS12PasswordToBytes(PW),
            PBEParametersGenerator.PKCS12PasswordToBytes(purpose.toCharArray()));
    }

    private static byte[] derive(int rounds, String purpose, int length) {
        var generator = new PKCS5S2ParametersGenerator(new SHA512Digest());
        generator.init(password(purpose), SALT, rounds);
        return ((KeyParameter) generator.generateDerivedParameters(length * 8)).getKey();
    }

    private static byte[] pbes2(byte[] kdf, byte[] cipher) {
        return Der.seq(Der.oid("1.2.840.113549.1.5.13"), Der.seq(kdf, cipher));
    }

    private static byte[] ccm(byte[] key, byte[] plain, int tag) throws Exception {
        var cipher = new CCMBlockCipher(new AESEngine());
        cipher.init(true, new AEADParameters(new KeyParameter(key), tag * 8, NONCE));
        return cipher.processPacket(plain, 0, plain.length);
    }

    /** AES-256-CCM with the tag of 12 octets that icvLen means when it is left out. */
    private static byte[] sealed(int rounds, String purpose, byte[] plain) throws Exception {
        byte[] alg = pbes2(pbkdf2(rounds, 32), Der.seq(Der.oid("2.16.840.1.101.3.4.1.47"),
            Der.seq(Der.octets(NONCE))));
        return Der.seq(alg, Der.octets(ccm(derive(rounds, purpose, 32), plain, 12)));
    }

    private static byte[] hmac(byte[] key, byte[] data) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA512");
        mac.init(new SecretKeySpec(key, "HmacSHA512"));
        return mac.doFinal(data);
    }

    private static byte[] checked(int rounds, byte[] storeData) throws Exception {
        return Der.seq(storeData, Der.seq(MAC, pbkdf2(rounds, 64),
            Der.octets(hmac(derive(rounds, "INTEGRITY_CHECK", 64), storeData))));
    }

    private static byte[] file(byte[] data) throws Exception {
        return checked(1000, sealed(1000, "STORE_ENCRYPTION", data));
    }

    /** The same file as a program would write it that takes p for p. */
    private static byte[] realScrypt(byte[] data) throws Exception {
        byte[] key = SCrypt.generate(password("STORE_ENCRYPTION"), SALT, 1024, 8, 1, 32);
        byte[] macKey = SCrypt.generate(password("INTEGRITY_CHECK"), SALT, 1024, 8, 1, 64);
        byte[] storeData = Der.seq(pbes2(scrypt(1024, 8, 1, 32),
            Der.seq(Der.oid("2.16.840.1.101.3.4.1.47"), Der.seq(Der.octets(NONCE)))),
            Der.octets(ccm(key, data, 12)));
        return Der.seq(storeData, Der.seq(MAC, scrypt(1024, 8, 1, 64),
            Der.octets(hmac(macKey, storeData))));
    }

    private static byte[] passphrase(int rounds) throws Exception {
        return sealed(rounds, "SECRET_KEY_ENCRYPTION", Der.seq(Der.utf8("PBKDF2"),
            Der.octets("a stored passphrase".getBytes(StandardCharsets.UTF_16BE))));
    }

    private static byte[] privateKey(int rounds, Certs.Party p) throws Exception {
        return Der.seq(sealed(rounds, "PRIVATE_KEY_ENCRYPTION", p.key().getEncoded()),
            Der.seq(p.der()));
    }

    private static byte[] secretKey(int rounds) throws Exception {
        return sealed(rounds, "SECRET_KEY_ENCRYPTION", Der.seq(Der.oid("2.16.840.1.101.3.4.1"),
            Der.octets(SALT)));
    }

    private static byte[] signedByHand(Certs.Party by, byte[] storeData) throws Exception {
        Signature signature = Signature.getInstance("SHA512withRSA");
        signature.initSign(by.key());
        signature.update(storeData);
        return Der.seq(storeData, Der.explicit(0, Der.seq(SIGNED, Der.explicit(0,
            Der.seq(by.der())), Der.tlv(3, new byte[1], signature.sign()))));
    }

    private static byte[] flipped(byte[] bytes, int at) {
        byte[] copy = bytes.clone();
        copy[at] ^= 1;
        return copy;
    }

    private static byte[] everything(int rounds, Certs.Party lone) throws Exception {
        return data(MAC, "a store by hand", object(0, "cert", lone.der(), "why it is trusted"),
            object(1, "key", privateKey(rounds, lone), "whose key"),
            object(2, "aes", secretKey(rounds), null),
            object(5, "passphrase", passphrase(rounds), null),
            object(77, "future", SALT, "of a type to come"));
    }

    private static void byHand(Path dir, Certs.Party server, Certs.Party lone, Certs.Party root)
        throws Exception {
        byte[] all = everything(1000, lone);
        byte[] sound = file(all);
        Files.write(dir.resolve("bcfks-hand.bcfks"), sound);
        Files.write(dir.resolve("bcfks-clear.bcfks"), checked(1000, all));
        Files.write(dir.resolve("bcfks-real-scrypt.bcfks"), realScrypt(all));
        Files.write(dir.resolve("bcfks-dup.bcfks"), file(data(MAC, null,
            object(0, "twice", lone.der(), null), object(0, "twice", root.der(), null))));
        Files.write(dir.resolve("bcfks-nochain.bcfks"), file(data(MAC, null, object(1, "lone",
            Der.seq(sealed(1000, "PRIVATE_KEY_ENCRYPTION", lone.key().getEncoded()), Der.seq()),
            null))));
        Files.write(dir.resolve("bcfks-trailing.bcfks"), Der.cat(sound, SALT));
        Files.write(dir.resolve("bcfks-other-mac.bcfks"), file(data(Der.seq(
            Der.oid("1.2.840.113549.2.11")), null, object(0, "cert", lone.der(), null))));
        Files.write(dir.resolve("bcfks-badmac.bcfks"), flipped(sound, sound.length - 1));
        Files.write(dir.resolve("bcfks-baddata.bcfks"), flipped(sound, sound.length - 300));
        Files.write(dir.resolve("bcfks-trunc.bcfks"), Arrays.copyOf(sound, 1000));
        Files.write(dir.resolve("bcfks-nomac.bcfks"), Arrays.copyOf(sound, sound.length - 40));
        byte[] clear = checked(1000, all);
        Files.write(dir.resolve("bcfks-clear-trunc.bcfks"), Arrays.copyOf(clear, 1000));
        byte[] storeData = sealed(1000, "STORE_ENCRYPTION", all);
        byte[] signed = signedByHand(server, sealed(1000, "STORE_ENCRYPTION",
            data(SIGNED, null, object(0, "cert", lone.der(), null))));
        Files.write(dir.resolve("bcfks-signed-pass.bcfks"), signed);
        Files.write(dir.resolve("bcfks-signed-bad.bcfks"), flipped(signed, signed.length - 1));
        for (long rounds : new long[] {0, -1, 5000001, 0x7fffffff, 0xffffffffL}) {
            Files.write(dir.resolve("bcfks-rounds" + rounds + ".bcfks"), Der.seq(storeData,
                Der.seq(MAC, pbkdf2(rounds, 64), Der.octets(new byte[64]))));
        }
        Files.write(dir.resolve("bcfks-scrypt-huge.bcfks"), Der.seq(storeData,
            Der.seq(MAC, scrypt(1 << 22, 8, 1, 64), Der.octets(new byte[64]))));
    }

    static void write(Path dir, Certs.Party server, Certs.Party lone, Certs.Party root)
        throws Exception {
        library(dir, server, lone, root);
        byHand(dir, server, lone, root);
    }

    /** Small, with one round of key derivation. */
    static void seeds(Path dir, Certs.Party lone) throws Exception {
        byte[] all = data(MAC, "c", object(0, "cert", lone.der(), "c"), object(1, "key",
            Der.seq(sealed(1, "PRIVATE_KEY_ENCRYPTION", lone.key().getEncoded()), Der.seq()),
            null));
        byte[] keys = data(MAC, null, object(2, "aes", secretKey(1), null),
            object(5, "words", passphrase(1), null), object(77, "future", SALT, null));
        Files.write(dir.resolve("one.bcfks"), checked(1, sealed(1, "STORE_ENCRYPTION", keys)));
        Files.write(dir.resolve("clear.bcfks"), checked(1, all));
        Cipher wrap = Cipher.getInstance("AESKWP", "BC");
        wrap.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(derive(1, "STORE_ENCRYPTION", 32),
            "AES"));
        Files.write(dir.resolve("wrapped.bcfks"), checked(1, Der.seq(pbes2(pbkdf2(1, 32),
            Der.seq(Der.oid("2.16.840.1.101.3.4.1.48"))), Der.octets(wrap.doFinal(all)))));
    }
}
