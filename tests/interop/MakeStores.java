import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.DESKeySpec;
import javax.crypto.spec.DESedeKeySpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Writes one store for every dialect: what the JDK, Bouncy Castle, OpenSSL, NSS and GnuTLS write,
 * what older versions of them wrote, and what only a person with a hex editor writes. The password
 * is "changeit" where the name does not say otherwise. Then the oracle reads all of them.
 *
 * Usage: MakeStores DIR TOOLS FIXTURES - TOOLS is make-tools.sh, FIXTURES is fixtures.txt
 */
final class MakeStores {
    private static final String PASSWORD = "changeit";
    private static final char[] PW = PASSWORD.toCharArray();
    private static Path dir;
    private static Certs.Party root, issuing, server, other, lone;

    private MakeStores() {}

    static void useBouncyCastle() {
        if (Security.getProvider("BC") == null) {
            System.setProperty("org.bouncycastle.bks.enable_v1", "true");
            Security.addProvider(new BouncyCastleProvider());
        }
    }

    private static void write(String name, byte[] bytes) throws Exception {
        Files.write(dir.resolve(name), bytes);
    }

    private static void cast() throws Exception {
        root = Certs.named("CN=Matrix Root CA,O=Example,C=US").key("rsa2048/root").ca()
            .valid("2019-01-01", "2049-01-01").make();
        issuing = Certs.named("CN=Matrix Issuing CA,O=Example,C=US").key("secp256r1/issuing")
            .by(root).ca().valid("2021-01-01", "2041-01-01").make();
        server = Certs.named("CN=server.example.com,O=Example,C=US").key("rsa2048/server")
            .by(issuing).valid("2024-01-01", "2034-01-01").san("dns:server.example.com").make();
        other = Certs.named("CN=other.example.com,O=Example,C=US").key("secp256r1/other")
            .by(issuing).valid("2024-01-01", "2034-01-01").san("dns:other.example.com").make();
        lone = Certs.named("CN=Lone CA,O=Example,C=US").key("secp256r1/lone").ca()
            .valid("2020-01-01", "2030-01-01").make();
    }

    // ---- what libraries write ----

    interface Fill {
        void into(KeyStore ks) throws Exception;
    }

    private static void store(String name, String type, String password, Fill fill)
        throws Exception {
        KeyStore ks = type.startsWith("BC:") ? KeyStore.getInstance(type.substring(3), "BC")
            : KeyStore.getInstance(type);
        ks.load(null, null);
        fill.into(ks);
        var out = new ByteArrayOutputStream();
        ks.store(out, password == null ? null : password.toCharArray());
        write(name, out.toByteArray());
    }

    /** With Java properties, given as name, value, name, value, ... */
    private static void with(String[] properties, String name, String password, Fill fill)
        throws Exception {
        for (int i = 0; i < properties.length; i += 2) {
            System.setProperty(properties[i], properties[i + 1]);
        }
        try {
            store(name, "PKCS12", password, fill);
        } finally {
            for (int i = 0; i < properties.length; i += 2) {
                System.clearProperty(properties[i]);
            }
        }
    }

    private static void usual(KeyStore ks, char[] keyPassword) throws Exception {
        ks.setKeyEntry("server", server.key(), keyPassword, server.chain());
        ks.setKeyEntry("other", other.key(), keyPassword, other.chain());
        ks.setCertificateEntry("lone", lone.cert());
        ks.setCertificateEntry("root", root.cert());
    }

    private static SecretKey aes() {
        return new SecretKeySpec("sixteen octets!!".getBytes(StandardCharsets.US_ASCII), "AES");
    }

    private static SecretKey passphrase() throws Exception {
        return SecretKeyFactory.getInstance("PBE")
            .generateSecret(new PBEKeySpec("a stored passphrase".toCharArray()));
    }

    private static void secrets(KeyStore ks) throws Exception {
        byte[] bytes = "0123456789abcdefghijklmnopqrstuv".getBytes(StandardCharsets.US_ASCII);
        ks.setKeyEntry("aes", aes(), PW, null);
        ks.setKeyEntry("hmac", new SecretKeySpec(bytes, "HmacSHA256"), PW, null);
        ks.setKeyEntry("des", SecretKeyFactory.getInstance("DES")
            .generateSecret(new DESKeySpec(bytes)), PW, null);
        ks.setKeyEntry("desede", SecretKeyFactory.getInstance("DESede")
            .generateSecret(new DESedeKeySpec(bytes)), PW, null);
        ks.setKeyEntry("passphrase", passphrase(), PW, null);
    }

    private static void jdkStores() throws Exception {
        store("jks-v2.jks", "JKS", PASSWORD, ks -> usual(ks, PW));
        store("jks-empty.jks", "JKS", PASSWORD, ks -> {});
        store("jks-emptypass.jks", "JKS", "", ks -> usual(ks, PW));
        store("jks-unicodepass.jks", "JKS", "pässwört€", ks -> usual(ks, PW));
        store("jks-keypass.jks", "JKS", PASSWORD, ks -> {
            ks.setKeyEntry("server", server.key(), "its-own".toCharArray(), server.chain());
            ks.setKeyEntry("other", other.key(), PW, other.chain());
        });
        store("jks-names.jks", "JKS", PASSWORD, ks -> {
            ks.setCertificateEntry("", lone.cert());
            ks.setCertificateEntry("with space", lone.cert());
            ks.setCertificateEntry("été €", lone.cert());
            ks.setCertificateEntry("\ud83d\ude00", lone.cert());
            ks.setCertificateEntry("cn=a, o=\"b\\c\"", lone.cert());
            ks.setCertificateEntry("nul\u0000tab\t", lone.cert());
            ks.setCertificateEntry("x".repeat(300), lone.cert());
        });
        store("jceks.jceks", "JCEKS", PASSWORD, ks -> {
            usual(ks, PW);
            secrets(ks);
        });
        store("jceks-keypass.jceks", "JCEKS", PASSWORD, ks -> {
            ks.setKeyEntry("server", server.key(), "its-own".toCharArray(), server.chain());
            ks.setKeyEntry("aes", aes(), "its-own".toCharArray(), null);
        });
        store("jceks-empty.jceks", "JCEKS", PASSWORD, ks -> {});
    }

    private static final String P12 = "keystore.pkcs12.";

    private static void jdkPkcs12() throws Exception {
        store("p12-java17.p12", "PKCS12", PASSWORD, ks -> usual(ks, PW));
        store("p12-empty-store.p12", "PKCS12", PASSWORD, ks -> {});
        store("p12-emptypass-java.p12", "PKCS12", "", ks -> ks.setCertificateEntry("lone",
            lone.cert()));
        store("p12-secrets.p12", "PKCS12", PASSWORD, MakeStores::secrets);
        store("p12-keypass.p12", "PKCS12", PASSWORD, ks -> {
            ks.setKeyEntry("server", server.key(), "its-own".toCharArray(), server.chain());
            ks.setKeyEntry("other", other.key(), "another".toCharArray(), other.chain());
        });
        store("p12-algorithms.p12", "PKCS12", PASSWORD, ks -> {
            for (String label : List.of("dsa2048", "ed25519", "secp384r1", "secp521r1",
                "rsa1024")) {
                Certs.Party p = Certs.named("CN=" + label).key(label).make();
                ks.setKeyEntry(label, p.key(), PW, p.chain());
            }
        });
        with(new String[] {P12 + "legacy", "true"}, "p12-legacy.p12", PASSWORD,
            ks -> usual(ks, PW));
        with(new String[] {P12 + "certProtectionAlgorithm", "PBEWithSHA1AndRC2_40",
            P12 + "certPbeIterationCount", "1024",
            P12 + "keyProtectionAlgorithm", "PBEWithSHA1AndDESede",
            P12 + "keyPbeIterationCount", "1024", P12 + "macAlgorithm", "HmacPBESHA1",
            P12 + "macIterationCount", "1024"}, "p12-java8.p12", PASSWORD, ks -> usual(ks, PW));
        with(new String[] {P12 + "certProtectionAlgorithm", "NONE", P12 + "macAlgorithm", "NONE"},
            "p12-nopass.p12", null, ks -> {
                ks.setCertificateEntry("lone", lone.cert());
                ks.setCertificateEntry("root", root.cert());
            });
        with(new String[] {P12 + "certProtectionAlgorithm", "NONE"}, "p12-clearcerts.p12",
            PASSWORD, ks -> usual(ks, PW));
        with(new String[] {P12 + "certProtectionAlgorithm", "PBEWithSHA1AndRC4_128",
            P12 + "keyProtectionAlgorithm", "PBEWithSHA1AndRC4_40",
            P12 + "macAlgorithm", "HmacPBESHA384"}, "p12-rc4.p12", PASSWORD, ks -> usual(ks, PW));
        with(new String[] {P12 + "certProtectionAlgorithm", "PBEWithHmacSHA512AndAES_128",
            P12 + "keyProtectionAlgorithm", "PBEWithHmacSHA1AndAES_256",
            P12 + "macAlgorithm", "HmacPBESHA512"}, "p12-aes128.p12", PASSWORD,
            ks -> usual(ks, PW));
    }

    private static void bouncyCastle() throws Exception {
        store("p12-bc.p12", "BC:PKCS12", PASSWORD, ks -> {
            ks.setKeyEntry("Server", server.key(), PW, server.chain());
            ks.setCertificateEntry("Lone", lone.cert());
        });
        store("p12-bc-emptypass.p12", "BC:PKCS12", "", ks -> ks.setKeyEntry("server",
            server.key(), new char[0], server.chain()));
        store("p12-bc-3des.p12", "BC:PKCS12-3DES-3DES", PASSWORD, ks -> ks.setKeyEntry("server",
            server.key(), PW, server.chain()));
        Fill fill = ks -> {
            ks.setKeyEntry("server", server.key(), PW, server.chain());
            ks.setKeyEntry("aes", aes(), PW, null);
            ks.setCertificateEntry("Root", root.cert());
            ks.setCertificateEntry("root", lone.cert());
        };
        store("bc.bks", "BC:BKS", PASSWORD, fill);
        store("bc.uber", "BC:UBER", PASSWORD, fill);
        store("bc.bcfks", "BC:BCFKS", PASSWORD, fill);
        store("bc-v1.bks", "BC:BKS-V1", PASSWORD, fill);
        Bks.write(dir, server, other, lone, root);
        Bcfks.write(dir, server, lone, root);
    }

    // ---- what no library writes ----

    private static byte[] modified(String alias) throws Exception {
        var out = new ByteArrayOutputStream();
        new java.io.DataOutputStream(out).writeUTF(alias);
        return Arrays.copyOfRange(out.toByteArray(), 2, out.size());
    }

    private static Jks jks() {
        return new Jks(Jks.JKS, 2);
    }

    private static byte[] patched(byte[] file, int at, int value) {
        byte[] copy = file.clone();
        for (int i = 0; i < 4; i++) {
            copy[at + i] = (byte) (value >> 24 - 8 * i);
        }
        return copy;
    }

    private static void handMadeJks() throws Exception {
        byte[] protectedKey = Jks.protect(server.key().getEncoded(), PASSWORD);
        write("jks-v1.jks", new Jks(Jks.JKS, 1).key("server", protectedKey, server.chain())
            .trusted("lone", lone.der()).done(PASSWORD));
        write("jks-upper.jks", jks().trusted("UPPER", lone.der()).trusted("lower", root.der())
            .done(PASSWORD));
        write("jks-dup.jks", jks().trusted("twice", lone.der()).trusted("twice", root.der())
            .done(PASSWORD));
        write("jks-4byte-alias.jks", jks().trusted("\ud83d\ude00", lone.der()).done(PASSWORD));
        write("jks-cesu-alias.jks", jks().trustedRaw(modified("\ud83d\ude00 é\u0000"), lone.der())
            .done(PASSWORD));
        write("jks-nochain.jks", jks().key("server", protectedKey).trusted("lone", lone.der())
            .done(PASSWORD));
        write("jks-x509-type.jks", jks().certType("X509").trusted("lone", lone.der())
            .done(PASSWORD));
        write("jks-pgp-type.jks", jks().certType("PGP").trusted("lone", lone.der())
            .done(PASSWORD));
        write("jks-unordered.jks", jks().key("server", protectedKey, root.cert(), server.cert(),
            issuing.cert()).done(PASSWORD));
        byte[] sound = jks().key("server", protectedKey, server.chain())
            .trusted("lone", lone.der()).done(PASSWORD);
        write("jks-trailing.jks", Der.cat(sound, "trailing".getBytes()));
        byte[] bad = sound.clone();
        bad[bad.length - 1] ^= 1;
        write("jks-baddigest.jks", bad);
        write("jks-nodigest.jks", Arrays.copyOf(sound, sound.length - 20));
        write("jks-trunc.jks", Arrays.copyOf(sound, sound.length - 200));
        write("jks-header-only.jks", Arrays.copyOf(sound, 12));
        write("jks-zero.jks", new byte[0]);
        write("jks-version3.jks", patched(sound, 4, 3));
        write("jks-negcount.jks", jks().trusted("lone", lone.der()).done(PASSWORD, 0x80000000));
        write("jks-hugecount.jks", jks().trusted("lone", lone.der()).done(PASSWORD, 0x7fffffff));
        byte[] small = jks().trusted("lone", lone.der()).done(PASSWORD);
        int length = 12 + 4 + 2 + 4 + 8 + 2 + 5; // header, tag, alias, date, type
        write("jks-neglen.jks", patched(small, length, -5));
        write("jks-hugelen.jks", patched(small, length, 0x7fffffff));
        write("jks-badtag.jks", patched(small, 12, 7));
        byte[] notACertificate = lone.der();
        notACertificate[4] = 0x13;
        write("jks-badcert.jks", jks().trusted("bad", notACertificate).trusted("good", root.der())
            .done(PASSWORD));
    }

    private static byte[] utf(String s) throws Exception {
        var out = new ByteArrayOutputStream();
        new java.io.DataOutputStream(out).writeUTF(s);
        return out.toByteArray();
    }

    private static void handMadeJceks() throws Exception {
        byte[] protectedKey = Jks.protect(server.key().getEncoded(), PASSWORD);
        write("jceks-v1.jceks", new Jks(Jks.JCEKS, 1).key("server", protectedKey, server.chain())
            .trusted("lone", lone.der()).done(PASSWORD));
        write("jceks-nochain.jceks", new Jks(Jks.JCEKS, 2).key("server", protectedKey)
            .done(PASSWORD));
        byte[] stream = secretStream();
        write("jceks-jks-magic.jks", jks().secret("aes", stream).trusted("lone", lone.der())
            .done(PASSWORD));
        write("jceks-secret-first.jceks", new Jks(Jks.JCEKS, 2).secret("aes", stream)
            .trusted("lone", lone.der()).done(PASSWORD));
        byte[] renamed = new String(stream, StandardCharsets.ISO_8859_1)
            .replace("com.sun.crypto.provider.SealedObjectForKeyProtector",
                "com.sun.crypto.provider.SealedObjectForKeyProtectoX")
            .getBytes(StandardCharsets.ISO_8859_1);
        write("jceks-foreign-class.jceks", new Jks(Jks.JCEKS, 2).trusted("before", root.der())
            .secret("aes", renamed).trusted("after", lone.der()).done(PASSWORD));
        byte[] plain = Der.cat(new byte[] {(byte) 0xac, (byte) 0xed, 0, 5, 0x74},
            utf("not a sealed object"));
        write("jceks-string.jceks", new Jks(Jks.JCEKS, 2).trusted("before", root.der())
            .secret("text", plain).trusted("after", lone.der()).done(PASSWORD));
        write("jceks-trunc-stream.jceks", new Jks(Jks.JCEKS, 2).trusted("before", root.der())
            .secret("aes", Arrays.copyOf(stream, 120)).done(PASSWORD));
    }

    /** The serialised secret key that the JDK wrote into a store with this one entry. */
    private static byte[] secretStream() throws Exception {
        KeyStore ks = KeyStore.getInstance("JCEKS");
        ks.load(null, null);
        ks.setKeyEntry("aes", aes(), PW, null);
        var out = new ByteArrayOutputStream();
        ks.store(out, PW);
        byte[] file = out.toByteArray();
        return Arrays.copyOfRange(file, 12 + 4 + 2 + 3 + 8, file.length - 20);
    }

    private static byte[] keyBag(Certs.Party p, byte[]... attributes) throws Exception {
        return Pfx.key(p.key().getEncoded(), PASSWORD, attributes);
    }


    /** Key and leaf "server", then its two issuers without attributes. */
    private static byte[][] serverBags() throws Exception {
        return new byte[][] {
            Pfx.cert(server.cert(), Pfx.name("server"), Pfx.id("1")), Pfx.cert(issuing.cert()),
            Pfx.cert(root.cert())};
    }

    private static byte[] serverKey() throws Exception {
        return keyBag(server, Pfx.name("server"), Pfx.id("1"));
    }

    private static byte[] lone(String name) throws Exception {
        return Pfx.cert(lone.cert(), Pfx.name(name), Pfx.trust());
    }

    private static void pfx(String name, byte[]... contents) throws Exception {
        write(name, Pfx.pfx(PASSWORD, contents));
    }

    /** Which bags there are, in which order, and what they are called. */
    private static void handMadePkcs12Bags() throws Exception {
        byte[] key = Pfx.data(serverKey());
        byte[] certs = Pfx.encrypted(PASSWORD, serverBags());
        pfx("p12-hand.p12", key, certs);
        pfx("p12-certs-first.p12", certs, key);
        pfx("p12-dup.p12", Pfx.encrypted(PASSWORD, lone("twice"),
            Pfx.cert(root.cert(), Pfx.name("TWICE"), Pfx.trust())));
        pfx("p12-key-and-trust.p12", key, Pfx.encrypted(PASSWORD,
            Pfx.cert(server.cert(), Pfx.name("server"), Pfx.id("1")), lone("server")));
        pfx("p12-two-keys-no-id.p12", Pfx.data(keyBag(server, Pfx.name("server")),
            keyBag(other, Pfx.name("other"))), Pfx.encrypted(PASSWORD,
            Pfx.cert(server.cert(), Pfx.name("server")),
            Pfx.cert(other.cert(), Pfx.name("other"))));
        pfx("p12-two-keys-one-id.p12", Pfx.data(keyBag(server, Pfx.name("a"), Pfx.id("1")),
            keyBag(server, Pfx.name("b"), Pfx.id("1"))), certs);
        pfx("p12-unnamed.p12", Pfx.data(keyBag(server, Pfx.id("1"))), Pfx.encrypted(PASSWORD,
            Pfx.cert(server.cert(), Pfx.id("1")), Pfx.cert(lone.cert(), Pfx.trust())));
        pfx("p12-nested.p12", key, Pfx.data(Pfx.nested(lone("inside")), lone("outside")));
        byte[] deep = lone("deep");
        for (int i = 0; i < 12; i++) {
            deep = Pfx.nested(deep);
        }
        pfx("p12-nested-deep.p12", Pfx.data(deep, lone("outside")));
        pfx("p12-crl.p12", key, certs, Pfx.data(Pfx.crl(
            Certs.crl(issuing, "2026-01-01", "2026-02-01", 4).getEncoded(),
            Pfx.name("revoked"))));
        pfx("p12-clear-key.p12", Pfx.data(Pfx.clearKey(server.key().getEncoded(),
            Pfx.name("server"), Pfx.id("1"))), certs);
        pfx("p12-pool.p12", key, Pfx.encrypted(PASSWORD, Pfx.cert(server.cert(), Pfx.id("1")),
            Pfx.cert(issuing.cert()), Pfx.cert(root.cert()), Pfx.cert(lone.cert())));
        pfx("p12-key-only.p12", key);
        pfx("p12-sdsi.p12", Pfx.data(Pfx.sdsi("an SDSI certificate", Pfx.name("sdsi")),
            lone("lone")));
        pfx("p12-unknown-bag.p12", Pfx.data(Pfx.bag(9, Der.utf8("?"), Pfx.name("unknown")),
            lone("lone")));
        pfx("p12-utf8-name.p12", Pfx.data(Pfx.cert(lone.cert(),
            Pfx.attribute("1.2.840.113549.1.9.20", Der.utf8("utf8")), Pfx.trust())));
        pfx("p12-nul-name.p12", Pfx.data(lone("ends in nul\u0000")));
        pfx("p12-odd-name.p12", Pfx.data(Pfx.cert(lone.cert(),
            Pfx.attribute("1.2.840.113549.1.9.20", Der.tlv(0x1e, new byte[] {0, 'a', 0})),
            Pfx.trust())));
        pfx("p12-surrogate-name.p12", Pfx.data(Pfx.cert(lone.cert(),
            Pfx.attribute("1.2.840.113549.1.9.20",
                Der.tlv(0x1e, new byte[] {0, 'a', (byte) 0xd8, 0x3d})), Pfx.trust())));
        pfx("p12-attributes.p12", Pfx.data(Pfx.cert(lone.cert(), Pfx.name("lone"), Pfx.trust(),
            Pfx.attribute("1.3.6.1.4.1.311.17.1", Der.bmp("Some Key Storage Provider")),
            Pfx.attribute("1.3.6.1.4.1.311.17.2"),
            Pfx.attribute("1.2.3.4.5", Der.utf8("one"), Der.utf8("two")))));
        pfx("p12-badcert.p12", Pfx.data(Pfx.cert(Der.seq(Der.utf8("not a certificate")),
            Pfx.name("bad"), Pfx.trust()), lone("lone")));
        pfx("p12-same-twice.p12", key, Pfx.encrypted(PASSWORD, Der.cat(serverBags()),
            Pfx.cert(issuing.cert()), lone("lone"), Pfx.cert(lone.cert())));
    }

    /** How contents are protected, and how the whole is wrapped. */
    private static void handMadePkcs12Wrapping() throws Exception {
        byte[] key = Pfx.data(serverKey());
        byte[] bags = Der.seq(serverBags());
        byte[] certs = Pfx.encrypted(PASSWORD, serverBags());
        byte[] safes = Pfx.safes(key, certs);
        write("p12-pbmac1.p12", Pfx.pfx(safes, Pfx.pbmac1(safes, PASSWORD, false)));
        write("p12-pbmac1-sha512.p12", Pfx.pfx(safes, Pfx.pbmac1(safes, PASSWORD, true)));
        write("p12-nomac-encrypted.p12", Pfx.pfx(safes, new byte[0]));
        write("p12-macsalt-empty.p12", Pfx.pfx(safes, Pfx.macData(safes, PASSWORD, new byte[0])));
        byte[] sound = Pfx.pfx(PASSWORD, key, certs);
        byte[] bad = sound.clone();
        bad[bad.length - 30] ^= 1;
        write("p12-badmac.p12", bad);
        write("p12-trailing.p12", Der.cat(sound, "trailing".getBytes()));
        write("p12-trunc.p12", Arrays.copyOf(sound, sound.length - 300));
        write("p12-ber.p12", Pfx.berPfx(PASSWORD, 1000, key,
            Pfx.berEncrypted(PASSWORD, 64, serverBags())));
        write("p12-ber-outside.p12", Pfx.berOutside(PASSWORD, key, certs));
        write("p12-ber-octets.p12", Pfx.berPfx(PASSWORD, 1, key,
            Pfx.berEncrypted(PASSWORD, 1, serverBags())));

        byte[] rc2 = Pfx.encryptedRc2(PASSWORD, serverBags());
        pfx("p12-rc2-40.p12", key, rc2);
        byte[][] tripleDes = Pfx.pbes1(bags, PASSWORD, 3, 2000);
        pfx("p12-3des.p12", key, Pfx.encrypted(tripleDes[0], tripleDes[1]));
        byte[] doubled = Der.seq(Der.oid("1.2.840.113549.1.5.13"), Der.seq(
            Der.oid("1.2.840.113549.1.5.13"), inner(Pfx.aesAlgorithm(10000))));
        pfx("p12-double-oid.p12", key,
            Pfx.encrypted(doubled, Pfx.aes(bags, PASSWORD, 10000)));
        byte[] iv = "eight...".getBytes(StandardCharsets.US_ASCII);
        pfx("p12-pbes2-des3.p12", key, Pfx.encrypted(
            Pfx.pbes2(Pfx.pbkdf2Algorithm(2048, 0), "1.2.840.113549.3.7", iv),
            Pfx.cipher("DESede/CBC/PKCS5Padding", Pfx.pbkdf2(PASSWORD, 2048, 24), iv, bags)));
        byte[] iv16 = "sixteen octets!!".getBytes(StandardCharsets.US_ASCII);
        byte[] salt = "scrypt salt".getBytes(StandardCharsets.US_ASCII);
        byte[] scrypt = Der.seq(Der.oid("1.3.6.1.4.1.11591.4.11"), Der.seq(Der.octets(salt),
            Der.integer(1024), Der.integer(8), Der.integer(1)));
        pfx("p12-scrypt.p12", key, Pfx.encrypted(
            Pfx.pbes2(scrypt, "2.16.840.1.101.3.4.1.42", iv16),
            Pfx.cipher("AES/CBC/PKCS5Padding", org.bouncycastle.crypto.generators.SCrypt.generate(
                PASSWORD.getBytes(), salt, 1024, 8, 1, 32), iv16, bags)));
        pfx("p12-unknown-cipher.p12", key, Pfx.encrypted(
            Pfx.pbes2(Pfx.pbkdf2Algorithm(2048, 0), "1.2.643.7.1.1.5.1.1", iv16), bags));
        pfx("p12-enveloped.p12", key, Der.seq(Der.oid("1.2.840.113549.1.7.3"),
            Der.explicit(0, Der.seq(Der.integer(0), Der.set()))));
        pfx("p12-no-contents.p12");
        pfx("p12-empty-safe.p12", Pfx.data());
        byte[] signed = Der.seq(Der.integer(3), Der.seq(Der.oid("1.2.840.113549.1.7.2"),
            Der.explicit(0, Der.seq(Der.integer(1)))));
        write("p12-signed.p12", signed);

        // Rounds that would keep a machine busy for an hour, and rounds that mean nothing.
        byte[] ciphertext = Pfx.aes(bags, PASSWORD, 10000);
        pfx("p12-rounds-huge.p12", key, Pfx.encrypted(Pfx.aesAlgorithm(0x7fffffffL), ciphertext));
        pfx("p12-rounds-zero.p12", key, Pfx.encrypted(Pfx.aesAlgorithm(0), ciphertext));
        pfx("p12-rounds-negative.p12", key, Pfx.encrypted(Pfx.aesAlgorithm(-1), ciphertext));
        byte[] macHuge = Der.seq(Der.seq(Der.seq(Der.oid("2.16.840.1.101.3.4.2.1"), Der.nul()),
                Der.octets(new byte[32])), Der.octets(salt),
            Der.integer(BigInteger.ONE.shiftLeft(80)));
        write("p12-mac-rounds-huge.p12", Pfx.pfx(safes, macHuge));
        byte[][] many = new byte[40][];
        Arrays.fill(many, Pfx.encrypted(Pfx.aesAlgorithm(4000000), ciphertext));
        write("p12-rounds-many.p12", Pfx.pfx(Pfx.safes(many), new byte[0]));
    }

    /** Parameters of an AlgorithmIdentifier that starts with a nine-octet OID. */
    private static byte[] inner(byte[] algorithm) {
        int header = algorithm[1] < 0 ? 2 + (algorithm[1] & 0x7f) : 2;
        return Arrays.copyOfRange(algorithm, header + 11, algorithm.length);
    }

    // ---- loose files ----

    private static byte[] ascii(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    private static String pem(Certs.Party... parties) throws Exception {
        var all = new StringBuilder();
        for (Certs.Party p : parties) {
            all.append(Samples.pem("CERTIFICATE", p.der()));
        }
        return all.toString();
    }

    private static void looseFiles() throws Exception {
        String three = pem(server, issuing, root);
        write("chain.pem", ascii(three));
        write("chain-crlf.pem", ascii(three.replace("\n", "\r\n")));
        write("chain-bom.pem", ascii("\ufeff" + three));
        write("chain-indent.pem", ascii(three.replaceAll("(?m)^", "    ")));
        write("chain-text.pem", ascii("Words before.\n" + pem(server) + "\nWords between:\n\t- "
            + "and -----dashes-----\n" + pem(issuing, root) + "Words after."));
        write("chain-no-newline.pem", ascii(three.stripTrailing()));
        write("chain-one-line.pem", ascii("-----BEGIN CERTIFICATE-----\n"
            + Base64.getEncoder().encodeToString(server.der()) + "\n-----END CERTIFICATE-----\n"));
        write("chain-no-end.pem", ascii(pem(server)
            + pem(issuing).replace("-----END CERTIFICATE-----\n", "")));
        write("chain-one-bad.pem", ascii(pem(server) + Samples.pem("CERTIFICATE",
            "not a certificate".getBytes()) + pem(root)));
        write("x509-label.pem", ascii(Samples.pem("X509 CERTIFICATE", lone.der())));
        write("bare-base64.txt", ascii(Base64.getMimeEncoder(64, new byte[] {'\n'})
            .encodeToString(lone.der()) + "\n"));
        write("cert.der", lone.der());
        write("cert-trailing.der", Der.cat(lone.der(), "trailing".getBytes()));
        write("certs-back-to-back.der", Der.cat(lone.der(), root.der()));
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        var path = factory.generateCertPath(Arrays.asList(server.chain()));
        write("chain.p7b", path.getEncoded("PKCS7"));
        write("chain-p7b.pem", ascii(Samples.pem("PKCS7", path.getEncoded("PKCS7"))));
        write("chain.pkipath", path.getEncoded("PkiPath"));
        write("combined.pem", ascii(Samples.pem("PRIVATE KEY", server.key().getEncoded())
            + three));
        byte[] epki = Pfx.epki(server.key().getEncoded(), PASSWORD);
        write("key-pkcs8-encrypted.pem", ascii(Samples.pem("ENCRYPTED PRIVATE KEY", epki)));
        write("key-pkcs8-encrypted.der", epki);
        write("key-pkcs8.der", server.key().getEncoded());
        write("public.der", server.cert().getPublicKey().getEncoded());
        byte[] crl = Certs.crl(issuing, "2026-01-01", "2026-02-01", 4).getEncoded();
        write("revoked.crl", crl);
        write("revoked.pem", ascii(Samples.pem("X509 CRL", crl)));
    }

    /** The JDK's serialised secret key, but sealed with 20 rounds, as old JDKs did, not 200,000. */
    private static byte[] quickSecret() throws Exception {
        int prefix = 224; // class descriptions, the same in all files
        byte[] salt = "saltsalt".getBytes(StandardCharsets.US_ASCII);
        var plain = new ByteArrayOutputStream();
        new java.io.ObjectOutputStream(plain).writeObject(aes());
        Cipher seal = Cipher.getInstance("PBEWithMD5AndTripleDES", "SunJCE");
        seal.init(Cipher.ENCRYPT_MODE, SecretKeyFactory.getInstance("PBEWithMD5AndTripleDES")
            .generateSecret(new PBEKeySpec(PW)), new PBEParameterSpec(salt, 20));
        byte[] stream = secretStream();
        var out = new ByteArrayOutputStream();
        var data = new java.io.DataOutputStream(out);
        byte[] parameters = Der.seq(Der.octets(salt), Der.integer(20));
        byte[] sealed = seal.doFinal(plain.toByteArray());
        data.write(stream, 0, prefix);
        data.writeInt(parameters.length);
        data.write(parameters);
        data.write(new byte[] {0x75, 0x71, 0, 0x7e, 0, 5});
        data.writeInt(sealed.length);
        data.write(sealed);
        data.write(stream, stream.length - 50, 50); // the names of the two algorithms
        return out.toByteArray();
    }

    /** Small stores with one round of key derivation: thousands of variations of them are loaded. */
    private static void fuzzSeeds() throws Exception {
        Files.createDirectories(dir.resolve("seeds"));
        byte[] pkcs8 = lone.key().getEncoded();
        byte[] epki = Der.seq(Pfx.aesAlgorithm(1), Der.octets(Pfx.aes(pkcs8, PASSWORD, 1)));
        byte[] key = Pfx.data(Pfx.bag(2, epki, Pfx.name("k"), Pfx.id("1")));
        byte[] bags = Der.seq(Pfx.cert(lone.cert(), Pfx.name("k"), Pfx.id("1")));
        byte[] aes = Pfx.encrypted(Pfx.aesAlgorithm(1), Pfx.aes(bags, PASSWORD, 1));
        byte[][] rc2 = Pfx.pbes1(bags, PASSWORD, 6, 1);
        byte[] trusted = Pfx.data(Pfx.nested(Pfx.cert(lone.cert(), Pfx.name("n"), Pfx.trust())));
        byte[] secret = Pfx.data(Pfx.bag(5, Der.seq(Der.oid("1.2.840.113549.1.12.10.1.2"),
            Der.explicit(0, Der.octets(epki))), Pfx.name("s")));
        write("seeds/aes.p12", Pfx.pfx(1, PASSWORD, key, aes));
        write("seeds/rc2.p12", Pfx.pfx(1, PASSWORD, key, Pfx.encrypted(rc2[0], rc2[1])));
        write("seeds/nested.p12", Pfx.pfx(1, PASSWORD, trusted, secret));
        write("seeds/pbmac1.p12", Pfx.pfx(Pfx.safes(trusted),
            Pfx.pbmac1(Pfx.safes(trusted), PASSWORD, false, 1)));
        byte[] safes = Der.indefinite(0x30, key, trusted);
        write("seeds/ber.p12", Der.indefinite(0x30, Der.integer(3), Der.indefinite(0x30,
            Der.oid("1.2.840.113549.1.7.1"), Der.indefinite(0xa0,
                Der.segmented(0x24, safes, 400)))));
        byte[] sun = Jks.protect(pkcs8, PASSWORD);
        write("seeds/key.jks", jks().key("k", sun, lone.cert()).done(PASSWORD));
        write("seeds/trusted.jks", jks().trusted("t", lone.der()).done(PASSWORD));
        write("seeds/secret.jceks", new Jks(Jks.JCEKS, 2).secret("s", quickSecret()).key("k", sun)
            .done(PASSWORD));
        var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(lone.cert()));
        write("seeds/one.p7b", path.getEncoded("PKCS7"));
        write("seeds/one.pkipath", path.getEncoded("PkiPath"));
        write("seeds/key.pem", ascii(Samples.pem("ENCRYPTED PRIVATE KEY", epki)));
        write("seeds/key.der", pkcs8);
        write("seeds/cert.pem", ascii(pem(lone)));
        Bks.seeds(dir.resolve("seeds"), lone);
        Bcfks.seeds(dir.resolve("seeds"), lone);
    }

    /** For make-tools.sh. */
    private static void parts() throws Exception {
        Files.createDirectories(dir.resolve("parts"));
        write("parts/server.key", ascii(Samples.pem("PRIVATE KEY", server.key().getEncoded())));
        write("parts/other.key", ascii(Samples.pem("PRIVATE KEY", other.key().getEncoded())));
        write("parts/server.pem", ascii(pem(server)));
        write("parts/other.pem", ascii(pem(other)));
        write("parts/cas.pem", ascii(pem(issuing, root)));
        write("parts/root.pem", ascii(pem(root)));
    }

    /** The JDK's own trust store: a JKS on Debian, a PKCS#12 elsewhere. */
    private static void cacerts() throws Exception {
        Path own = Path.of(System.getProperty("java.home"), "lib", "security", "cacerts");
        if (Files.exists(own)) {
            write("cacerts", Files.readAllBytes(own));
            write("cacerts-unverified", Files.readAllBytes(own));
        }
    }

    private static void runTools(String script) throws Exception {
        Process process = new ProcessBuilder("sh", script, dir.toString()).inheritIO().start();
        if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroy();
            throw new IllegalStateException(script + " failed");
        }
    }

    public static void main(String[] args) throws Exception {
        useBouncyCastle();
        dir = Files.createDirectories(Path.of(args[0]));
        cast();
        parts();
        jdkStores();
        jdkPkcs12();
        bouncyCastle();
        handMadeJks();
        handMadeJceks();
        handMadePkcs12Bags();
        handMadePkcs12Wrapping();
        looseFiles();
        fuzzSeeds();
        cacerts();
        if (args.length > 1) {
            runTools(args[1]);
        }
        if (args.length > 2) {
            Oracle.main(new String[] {args[2], dir.toString()});
        }
    }
}
