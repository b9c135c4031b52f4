import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;

/** The formats of the matrix: what Java writes in them, and what it reads. */
enum MatrixTypes {
    JKS("jks", "JKS", null),
    JCEKS("jceks", "JCEKS", null),
    PKCS12("pkcs12", "PKCS12", "modern"),
    PKCS12_LEGACY("pkcs12", "PKCS12", "legacy"),
    BKS("bks", "BC:BKS", null),
    BKS_V1("bks", "BC:BKS-V1", null),
    UBER("uber", "BC:UBER", null),
    BCFKS("bcfks", "BC:BCFKS", null),
    PEM("pem", null, null);

    final String word;       // of ksx convert --to
    final String reader;     // null: no KeyStore
    final String protection; // of ksx convert --protection

    MatrixTypes(String word, String reader, String protection) {
        this.word = word;
        this.reader = reader;
        this.protection = protection;
    }

    boolean isTarget() {
        return this != BKS_V1; // ksx makes no new ones
    }

    boolean holds(Item item) {
        return !item.isSecret() || this != JKS && this != PEM
            && (this != BCFKS || !item.alias.equals("passphrase"));
    }

    /** Java looks names up in lower case. */
    boolean folds() {
        return this == JKS || this == JCEKS || reader != null && reader.equals("PKCS12");
    }

    /** Milliseconds that a date is rounded to; 0: none is kept. */
    long datePrecision(boolean trusted) {
        if (this == PEM || trusted && reader.equals("PKCS12")) {
            return 0;
        }
        return this == BCFKS ? 1000 : 1;
    }

    // ---- what is in every store ----

    /** An entry: a key with or without a chain, or a certificate. */
    static final class Item {
        final String alias;
        final Key key;
        final Certificate[] chain;

        Item(String alias, Key key, Certificate... chain) {
            this.alias = alias;
            this.key = key;
            this.chain = chain;
        }

        boolean isSecret() {
            return chain.length == 0;
        }
    }

    static List<Item> contents() throws Exception {
        Certs.Party root = Certs.named("CN=Every Root,O=Example,C=US").key("rsa2048/root").ca()
            .valid("2019-01-01", "2049-01-01").make();
        Certs.Party issuing = Certs.named("CN=Every Issuing,O=Example,C=US")
            .key("secp256r1/issuing").by(root).ca().valid("2021-01-01", "2041-01-01").make();
        Certs.Party lone = Certs.named("CN=Every Lone CA,O=Example,C=US").key("secp256r1/lone")
            .ca().valid("2020-01-01", "2040-01-01").make();
        List<Item> all = new ArrayList<>();
        for (String kind : List.of("rsa2048", "secp256r1", "ed25519")) {
            Certs.Party p = Certs.named("CN=" + kind + ",O=Example,C=US").key(kind + "/leaf")
                .by(issuing).valid("2024-01-01", "2034-01-01").make();
            all.add(new Item(kind, p.key(), p.chain()));
        }
        all.add(new Item("lone", null, lone.cert()));
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        all.add(new Item("aes", new SecretKeySpec(bytes, "AES")));
        all.add(new Item("hmac", new SecretKeySpec(bytes, 1, 31, "HmacSHA256")));
        all.add(new Item("desede", new SecretKeySpec(bytes, 8, 24, "DESede")));
        all.add(new Item("passphrase", SecretKeyFactory.getInstance("PBE")
            .generateSecret(new PBEKeySpec("a stored passphrase".toCharArray()))));
        return all;
    }

    // ---- writing ----

    KeyStore instance() throws Exception {
        return reader.startsWith("BC:") ? KeyStore.getInstance(reader.substring(3), "BC")
            : KeyStore.getInstance(reader);
    }

    byte[] write(List<Item> items, char[] password, char[] keyPassword) throws Exception {
        if (this == PEM) {
            return writePem(items, keyPassword).getBytes(StandardCharsets.US_ASCII);
        }
        if (this == PKCS12_LEGACY) {
            System.setProperty("keystore.pkcs12.legacy", "");
        }
        try {
            KeyStore ks = instance();
            ks.load(null, null);
            for (Item item : items) {
                if (item.key == null) {
                    ks.setCertificateEntry(item.alias, item.chain[0]);
                } else {
                    ks.setKeyEntry(item.alias, item.key, keyPassword,
                        item.isSecret() ? null : item.chain);
                }
            }
            var out = new ByteArrayOutputStream();
            ks.store(out, password);
            return out.toByteArray();
        } finally {
            System.clearProperty("keystore.pkcs12.legacy");
        }
    }

    /**
     * With a password as "openssl pkcs12" writes it: an encrypted key does not tell which
     * certificates are its own, so the lines above do.
     */
    private static String writePem(List<Item> items, char[] password) throws Exception {
        var text = new StringWriter();
        boolean clear = Arrays.equals(password, Matrix.password("KSX_TEST_OLD"));
        var encryptor = clear ? null
            : new JceOpenSSLPKCS8EncryptorBuilder(JcaPKCS8Generator.AES_256_CBC)
                .setPassword(password).build();
        int id = 0;
        try (var out = new JcaPEMWriter(text)) {
            for (Item item : items) {
                String attributes = clear ? "" : String.format(
                    "Bag Attributes\n    friendlyName: %s\n    localKeyID: %02X \n", item.alias,
                    ++id);
                if (item.key != null) {
                    out.write(attributes);
                    out.writeObject(new JcaPKCS8Generator((PrivateKey) item.key, encryptor));
                }
                out.write(attributes);
                for (Certificate c : item.chain) {
                    out.writeObject(new JcaMiscPEMGenerator(c));
                }
            }
        }
        return text.toString();
    }

    // ---- reading ----

    /** What Java says of one entry. */
    static final class View {
        final String what; // kind, certificates, key
        final long date;

        View(String what, long date) {
            this.what = what;
            this.date = date;
        }

        boolean isTrusted() {
            return what.startsWith("trusted");
        }
    }

    private static String chain(Certificate[] chain) throws Exception {
        var out = new StringBuilder();
        for (Certificate c : chain) {
            out.append(' ').append(Keys.digest(c.getEncoded()));
        }
        return out.toString();
    }

    static String describe(Item item) throws Exception {
        return (item.key == null ? "trusted" : "key") + chain(item.chain)
            + (item.key == null ? "" : " " + Keys.describe(item.key));
    }

    private static String describe(KeyStore ks, String alias, char[] keyPassword)
        throws Exception {
        if (ks.isCertificateEntry(alias)) {
            return "trusted" + chain(new Certificate[] {ks.getCertificate(alias)});
        }
        if (!ks.isKeyEntry(alias)) {
            return "unreachable";
        }
        Certificate[] chain = ks.getCertificateChain(alias);
        Key key;
        try {
            key = ks.getKey(alias, keyPassword);
        } catch (Exception e) {
            return "key" + chain(chain == null ? new Certificate[0] : chain) + " " + e;
        }
        return "key" + chain(chain == null ? new Certificate[0] : chain) + " "
            + (key == null ? "that is none" : Keys.describe(key));
    }

    Map<String, View> read(Path file, char[] password, char[] keyPassword) throws Exception {
        KeyStore ks = instance();
        ks.load(new ByteArrayInputStream(Files.readAllBytes(file)), password);
        Map<String, View> all = new TreeMap<>();
        for (String alias : Collections.list(ks.aliases())) {
            long date = ks.getCreationDate(alias) == null ? 0
                : ks.getCreationDate(alias).getTime();
            all.put(alias, new View(describe(ks, alias, keyPassword), date));
        }
        return all;
    }

    /** Certificates and keys of a PEM text, one line each, sorted; keys in clear have no password. */
    static List<String> readPem(String text, char[] password) throws Exception {
        List<String> all = new ArrayList<>();
        try (var in = new PEMParser(new StringReader(text))) {
            for (Object o = in.readObject(); o != null; o = in.readObject()) {
                if (o instanceof X509CertificateHolder c) {
                    all.add("certificate " + Keys.digest(c.getEncoded()));
                } else if (o instanceof PKCS8EncryptedPrivateKeyInfo sealed) {
                    all.add(Keys.describe(sealed.decryptPrivateKeyInfo(
                        new JceOpenSSLPKCS8DecryptorProviderBuilder().build(password))));
                } else if (o instanceof PrivateKeyInfo info) {
                    all.add("in clear: " + Keys.describe(info));
                } else {
                    all.add(o.toString());
                }
            }
        }
        Collections.sort(all);
        return all;
    }
}
