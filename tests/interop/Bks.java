import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.generators.PKCS12ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * Writes BKS and UBER byte by byte, with pinned dates, salts and iterations and any aberration. See
 * org.bouncycastle.jcajce.provider.keystore.bc.BcKeyStoreSpi. Also what Bouncy Castle itself writes
 * of them.
 */
final class Bks {
    private static final String PASSWORD = "changeit";
    private static final char[] PW = PASSWORD.toCharArray();
    private static final byte[] SALT = "a salt of 20 octets.".getBytes(StandardCharsets.US_ASCII);

    private final int version;
    private final int rounds;
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(records);
    private String certType = "X.509";
    long date = Certs.day("2026-01-05").getTime();

    Bks(int version, int rounds) {
        this.version = version;
        this.rounds = rounds;
    }

    Bks certType(String name) {
        certType = name;
        return this;
    }

    private void block(DataOutputStream to, byte[] bytes) throws Exception {
        to.writeInt(bytes.length);
        to.write(bytes);
    }

    private void certificate(byte[] der) throws Exception {
        out.writeUTF(certType);
        block(out, der);
    }

    private Bks head(int type, byte[] alias, Certificate... chain) throws Exception {
        out.write(type);
        out.writeShort(alias.length);
        out.write(alias);
        out.writeLong(date);
        out.writeInt(chain.length);
        for (Certificate c : chain) {
            certificate(c.getEncoded());
        }
        return this;
    }

    private static byte[] utf8(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    Bks trusted(String alias, byte[] der, Certificate... chain) throws Exception {
        head(1, utf8(alias), chain);
        certificate(der);
        return this;
    }

    private static byte[] record(int type, String format, Key key) throws Exception {
        var bytes = new ByteArrayOutputStream();
        var data = new DataOutputStream(bytes);
        data.write(type);
        data.writeUTF(format);
        data.writeUTF(key.getAlgorithm());
        data.writeInt(key.getEncoded().length);
        data.write(key.getEncoded());
        return bytes.toByteArray();
    }

    private static byte[] record(Key key) throws Exception {
        return record(key instanceof PrivateKey ? 0 : key instanceof PublicKey ? 1 : 2,
            key.getFormat(), key);
    }

    Bks clear(String alias, Key key, Certificate... chain) throws Exception {
        head(2, utf8(alias), chain);
        out.write(record(key));
        return this;
    }

    Bks bytes(String alias, byte[] bytes, Certificate... chain) throws Exception {
        head(3, utf8(alias), chain);
        block(out, bytes);
        return this;
    }

    /** Under a cipher of Bouncy Castle's, with this class's salt. */
    private static byte[] encrypt(String cipher, int rounds, byte[] plain) throws Exception {
        Cipher seal = Cipher.getInstance(cipher, "BC");
        seal.init(Cipher.ENCRYPT_MODE, SecretKeyFactory.getInstance(cipher, "BC")
            .generateSecret(new PBEKeySpec(PW)), new PBEParameterSpec(SALT, rounds));
        return seal.doFinal(plain);
    }

    Bks sealed(String alias, Key key, Certificate... chain) throws Exception {
        var seal = new ByteArrayOutputStream();
        var data = new DataOutputStream(seal);
        block(data, SALT);
        data.writeInt(rounds);
        data.write(encrypt("PBEWithSHAAnd3-KeyTripleDES-CBC", rounds, record(key)));
        head(4, utf8(alias), chain);
        block(out, seal.toByteArray());
        return this;
    }

    /** Any bytes in the place of a record. */
    Bks raw(byte[] bytes) throws Exception {
        out.write(bytes);
        return this;
    }

    private void header(DataOutputStream to) throws Exception {
        to.writeInt(version);
        block(to, SALT);
        to.writeInt(rounds);
    }

    private byte[] mac(byte[] content) throws Exception {
        var generator = new PKCS12ParametersGenerator(new SHA1Digest());
        generator.init(PBEParametersGenerator.PKCS12PasswordToBytes(PW), SALT, rounds);
        // In version 1 the size in octets was taken for bits.
        var key = (KeyParameter) generator.generateDerivedMacParameters(version == 1 ? 20 : 160);
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(key.getKey(), "HmacSHA1"));
        return mac.doFinal(content);
    }

    byte[] done() throws Exception {
        var file = new ByteArrayOutputStream();
        var data = new DataOutputStream(file);
        byte[] content = Der.cat(records.toByteArray(), new byte[1]);
        header(data);
        data.write(content);
        data.write(rounds < 0 || rounds > 1 << 20 ? new byte[20] : mac(content));
        return file.toByteArray();
    }

    byte[] uber() throws Exception {
        byte[] content = Der.cat(records.toByteArray(), new byte[1]);
        return uber(Der.cat(content, MessageDigest.getInstance("SHA-1").digest(content)));
    }

    private byte[] uber(byte[] inside) throws Exception {
        var file = new ByteArrayOutputStream();
        var data = new DataOutputStream(file);
        header(data);
        data.write(encrypt("PBEWithSHAAndTwofish-CBC", Math.min(rounds, 65536), inside));
        return file.toByteArray();
    }

    /** As NAME.bks or NAME.uber, by the beginning of the name. */
    private static void write(Path dir, String name, byte[] file) throws Exception {
        Files.write(dir.resolve(name + (name.startsWith("uber") ? ".uber" : ".bks")), file);
    }

    // ---- what Bouncy Castle writes ----

    private static void stored(Path dir, String name, String password, MakeStores.Fill fill)
        throws Exception {
        for (String type : new String[] {"BKS", "BKS-V1", "UBER"}) {
            KeyStore ks = KeyStore.getInstance(type, "BC");
            ks.load(null, null);
            fill.into(ks);
            var file = new ByteArrayOutputStream();
            ks.store(file, password.toCharArray());
            write(dir, type.toLowerCase() + "-" + name, file.toByteArray());
        }
    }

    private static SecretKeySpec aes() {
        return new SecretKeySpec("sixteen octets!!".getBytes(StandardCharsets.US_ASCII), "AES");
    }

    private static void names(KeyStore ks, Certificate cert) throws Exception {
        for (String alias : new String[] {"", "with space", "Upper", "upper", "été €",
            "\ud83d\ude00", "cn=a, o=\"b\\c\"", "nul\u0000tab\t", "x".repeat(300)}) {
            ks.setCertificateEntry(alias, cert);
        }
    }

    private static void secrets(KeyStore ks, PublicKey publicKey) throws Exception {
        byte[] octets = "0123456789abcdefghijklmnopqrstuv".getBytes(StandardCharsets.US_ASCII);
        ks.setKeyEntry("aes", aes(), PW, null);
        ks.setKeyEntry("hmac", new SecretKeySpec(octets, "HmacSHA256"), PW, null);
        ks.setKeyEntry("desede", new SecretKeySpec(Arrays.copyOf(octets, 24), "DESede"), PW, null);
        ks.setKeyEntry("passphrase", new SecretKeySpec(utf8("a passphrase"), "PBEWithMD5AndDES"),
            PW, null);
        ks.setKeyEntry("public", publicKey, PW, null);
        ks.setKeyEntry("bytes", utf8("bytes of an application"), null);
    }

    /** Each in BKS, BKS-V1 and UBER. */
    static void write(Path dir, Certs.Party server, Certs.Party other, Certs.Party lone,
        Certs.Party root) throws Exception {
        stored(dir, "empty", PASSWORD, ks -> {});
        stored(dir, "keypass", PASSWORD, ks -> {
            ks.setKeyEntry("Server", server.key(), "its-own".toCharArray(), server.chain());
            ks.setKeyEntry("other", other.key(), PW, other.chain());
            ks.setCertificateEntry("lone", lone.cert());
        });
        stored(dir, "emptypass", "", ks -> {
            ks.setKeyEntry("server", server.key(), new char[0], server.chain());
            ks.setCertificateEntry("lone", lone.cert());
        });
        stored(dir, "unicodepass", "pässwört€", ks -> ks.setKeyEntry("server", server.key(),
            "pässwört€".toCharArray(), server.chain()));
        stored(dir, "names", PASSWORD, ks -> names(ks, lone.cert()));
        stored(dir, "secrets", PASSWORD, ks -> secrets(ks, other.cert().getPublicKey()));
        stored(dir, "algorithms", PASSWORD, ks -> {
            for (String label : new String[] {"dsa2048", "ed25519", "secp384r1", "rsa1024"}) {
                Certs.Party p = Certs.named("CN=" + label).key(label).make();
                ks.setKeyEntry(label, p.key(), PW, p.chain());
            }
        });
        handMade(dir, server, lone, root);
        damaged(dir, server, lone, root);
    }

    // ---- what no library writes ----


    private static void handMade(Path dir, Certs.Party server, Certs.Party lone,
        Certs.Party root) throws Exception {
        for (int version = 1; version <= 2; version++) {
            write(dir, "bks-hand-v" + version, new Bks(version, 1024)
                .sealed("server", server.key(), server.chain()).sealed("aes", aes())
                .trusted("lone", lone.der()).done());
        }
        write(dir, "uber-hand", new Bks(1, 1024).sealed("server", server.key(), server.chain())
            .sealed("aes", aes()).trusted("lone", lone.der()).uber());
        write(dir, "bks-clear", new Bks(2, 1024).clear("server", server.key(), server.chain())
            .clear("aes", aes()).clear("public", lone.cert().getPublicKey()).done());
        write(dir, "uber-clear", new Bks(1, 1024).clear("server", server.key(), server.chain())
            .clear("aes", aes()).uber());
        write(dir, "bks-dup", new Bks(2, 1024).trusted("twice", lone.der())
            .trusted("twice", root.der()).done());
        write(dir, "bks-cert-chain", new Bks(2, 1024).trusted("lone", lone.der(), root.cert())
            .done());
        write(dir, "bks-nochain", new Bks(2, 1024).sealed("server", server.key()).done());
        write(dir, "bks-x509-type", new Bks(2, 1024).certType("X509").trusted("lone", lone.der())
            .done());
        write(dir, "bks-rounds-0", new Bks(2, 0).trusted("lone", lone.der()).done());
        write(dir, "bks-rounds-max", new Bks(2, 1 << 20).trusted("lone", lone.der()).done());
        write(dir, "bks-trailing", Der.cat(new Bks(2, 1024).trusted("lone", lone.der()).done(),
            utf8("trailing")));
        write(dir, "uber-trailing", new Bks(1, 1024).uber(Der.cat(inside(lone),
            utf8("trailing"))));
    }

    private static byte[] inside(Certs.Party party) throws Exception {
        Bks b = new Bks(1, 1024).trusted("lone", party.der());
        byte[] content = Der.cat(b.records.toByteArray(), new byte[1]);
        return Der.cat(content, MessageDigest.getInstance("SHA-1").digest(content));
    }

    private static byte[] altered(byte[] file, int at) {
        byte[] copy = file.clone();
        copy[at] ^= 1;
        return copy;
    }

    private static void damaged(Path dir, Certs.Party server, Certs.Party lone, Certs.Party root)
        throws Exception {
        byte[] sound = new Bks(2, 1024).sealed("server", server.key(), server.chain())
            .trusted("lone", lone.der()).done();
        byte[] uber = new Bks(1, 1024).sealed("server", server.key(), server.chain())
            .trusted("lone", lone.der()).uber();
        byte[] badCertificate = lone.der();
        badCertificate[4] = 0x13;
        write(dir, "bks-4byte-alias", new Bks(2, 1024).trusted("\ud83d\ude00", lone.der()).done());
        write(dir, "bks-badcert", new Bks(2, 1024).trusted("bad", badCertificate)
            .trusted("good", root.der()).done());
        write(dir, "bks-pgp-type", new Bks(2, 1024).certType("PGP").trusted("lone", lone.der())
            .done());
        write(dir, "bks-badmac", altered(sound, sound.length - 1));
        write(dir, "bks-nomac", Arrays.copyOf(sound, sound.length - 20));
        write(dir, "bks-trunc", Arrays.copyOf(sound, sound.length - 100));
        write(dir, "bks-badtype", new Bks(2, 1024).trusted("lone", lone.der())
            .raw(new byte[] {5, 0, 0}).done());
        write(dir, "bks-rounds-huge", new Bks(2, Integer.MAX_VALUE).trusted("lone", lone.der())
            .done());
        write(dir, "bks-rounds-negative", new Bks(2, -1).trusted("lone", lone.der()).done());
        byte[] inside = inside(lone);
        write(dir, "uber-badsha", new Bks(1, 1024).uber(altered(inside, inside.length - 1)));
        write(dir, "uber-trunc", Arrays.copyOf(uber, uber.length - 160));
        write(dir, "uber-behind", Der.cat(uber, new byte[16]));
        write(dir, "uber-altered", altered(uber, uber.length - 1));
        write(dir, "uber-rounds-huge", new Bks(1, 65537).trusted("lone", lone.der()).uber());
    }

    /** With one round of key derivation: thousands of variations of them are loaded. */
    static void seeds(Path dir, Certs.Party lone) throws Exception {
        write(dir, "bks-key", new Bks(2, 1).sealed("k", lone.key(), lone.cert()).done());
        write(dir, "bks-odd", new Bks(1, 1).clear("c", aes()).bytes("b", utf8("bytes"))
            .sealed("s", aes()).trusted("t", new byte[] {0x30, 0}).done());
        write(dir, "uber-key", new Bks(1, 1).sealed("k", lone.key(), lone.cert())
            .clear("c", aes()).uber());
    }
}
