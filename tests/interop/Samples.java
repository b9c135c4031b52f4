import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;

/**
 * The samples that are kept in tests/data: the keystores of the acceptance tests, with dates that
 * are meant to be judged on 2026-03-01. Usage: Samples DIR
 */
final class Samples {
    private static final String PASSWORD = "changeit";
    private static Path dir;

    private Samples() {}

    static void write(String name, byte[] bytes) throws Exception {
        Files.write(dir.resolve(name), bytes);
    }

    static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END " + label + "-----\n";
    }

    private static byte[] time(String day) {
        return Pfx.id("Time " + Certs.day(day).getTime());
    }

    /** Five entries, each in another state; certificates under RC2-40, as half of all files have. */
    private static void inbound(Certs.Party iq, Certs.Party oldIssuing) throws Exception {
        Certs.Party corp = Certs.named("CN=Example Corp Root,O=Example,C=US").key("rsa4096/corp")
            .ca().valid("2021-04-02", "2031-04-02").make();
        Certs.Party clients = Certs.named("CN=Example Client CA 1,O=Example,C=US")
            .key("rsa2048/clients").by(corp).ca().valid("2022-01-01", "2031-04-01").make();
        Certs.Party ldap = Certs.named("CN=ldap-client,OU=Directory,O=Example,C=US")
            .key("secp256r1/ldap").by(clients).valid("2025-03-13", "2026-03-13")
            .san("dns:ldap-client.example.com").make();
        byte[] aes = MessageDigest.getInstance("SHA-256").digest("aes-session".getBytes());

        byte[] keys = Pfx.data(
            Pfx.key(iq.key().getEncoded(), PASSWORD, Pfx.name("nexus-iq-server"),
                time("2025-04-17")),
            Pfx.key(ldap.key().getEncoded(), PASSWORD, Pfx.name("ldap-client"),
                time("2025-03-14")));
        byte[] certs = Pfx.encryptedRc2(PASSWORD,
            Pfx.cert(iq.cert(), Pfx.name("nexus-iq-server"), time("2025-04-17")),
            Pfx.cert(ldap.cert(), Pfx.name("ldap-client"), time("2025-03-14")),
            Pfx.cert(clients.cert(), Pfx.name("CN=Example Client CA 1,O=Example,C=US")),
            Pfx.cert(corp.cert(), Pfx.name("corp-root"), Pfx.trust()),
            Pfx.cert(oldIssuing.cert(), Pfx.name("old-issuing-ca"), Pfx.trust()));
        byte[] secrets = Pfx.data(Pfx.secret("2.16.840.1.101.3.4.1", aes, PASSWORD,
            Pfx.name("aes-session"), time("2025-11-11")));
        write("inbound.p12", Pfx.pfx(PASSWORD, keys, certs, secrets));
    }

    private static final String[] WORDS = {"Global", "Trust", "Secure", "Commerce", "Network",
        "Payment", "Corporate", "Regional", "Public", "Machine", "Gateway", "Partner"};

    /** 143 certificates, 2 of which issued what is in inbound.p12; all are valid in 2026. */
    private static void truststore(Certs.Party root, Certs.Party issuing) throws Exception {
        var jks = new Jks(Jks.JKS, 2);
        for (int i = 0; i < 141; i++) {
            String first = WORDS[i % 12];
            String second = WORDS[(i / 12 + 5) % 12];
            String key = i % 10 == 9 ? "rsa2048/authority" : i % 10 == 4 ? "secp384r1/authority"
                : "secp256r1/authority";
            Certs.Party ca = Certs.named("CN=" + first + " " + second + " Authority " + i
                    + ",O=" + first + " Example,C=" + (i % 3 == 0 ? "US" : i % 3 == 1 ? "DE" : "JP"))
                .key(key).ca().serial(Long.toHexString(0x5a000000L + i * 7919L))
                .valid((2010 + i % 14) + "-0" + (1 + i % 9) + "-15",
                    (2029 + i % 22) + "-0" + (1 + i % 9) + "-15").make();
            jks.trusted(String.format("%s-%s-%03d", first, second, i).toLowerCase(), ca.der());
            if (i == 60) {
                jks.trusted("issuing-ca-3", issuing.der());
            }
            if (i == 90) {
                jks.trusted("example-root", root.der());
            }
        }
        write("truststore.jks", jks.done(PASSWORD));
    }

    /** The start of a sound JKS: it ends in its second certificate. */
    private static void truncated(Certs.Party root, Certs.Party issuing) throws Exception {
        byte[] whole = new Jks(Jks.JKS, 2).trusted("issuing-ca-3", issuing.der())
            .trusted("example-root", root.der()).done(PASSWORD);
        write("truncated.jks", Arrays.copyOf(whole, 812));
    }

    private static void reply(Certs.Party iq) throws Exception {
        List<X509Certificate> chain = Arrays.asList(iq.chain());
        write("iq-reply.p7b", CertificateFactory.getInstance("X.509").generateCertPath(chain)
            .getEncoded("PKCS7"));
    }

    private static void partner() throws Exception {
        Certs.Party root = Certs.named("CN=Partner Root R1,O=Partner,C=DE").key("rsa2048/partner")
            .ca().valid("2018-06-01", "2038-06-01").make();
        Certs.Party link = Certs.named("CN=link.partner.example,O=Partner,C=DE")
            .key("secp256r1/link").by(root).valid("2025-06-01", "2027-06-01")
            .san("dns:link.partner.example").make();
        KeyStore bks = KeyStore.getInstance("BKS", "BC");
        bks.load(null, null);
        bks.setKeyEntry("partner-link", link.key(), "secret12".toCharArray(), link.chain());
        bks.setCertificateEntry("partner-root", root.cert());
        var out = new ByteArrayOutputStream();
        bks.store(out, "secret12".toCharArray());
        write("partner.bks", out.toByteArray());
    }

    private static X500Name commonName(String cn) {
        return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.C, "XX")
            .addRDN(BCStyle.CN, new DERUTF8String(cn)).build();
    }

    /** Names that would command the terminal, or look like other names. */
    private static void evil() throws Exception {
        Certs.Party osc = Certs.named(commonName("evil\u001b]52;c;ZXZpbA==\u0007.example"))
            .key("secp256r1/evil").valid("2025-01-01", "2035-01-01")
            .san("dns:evil\u001b[2J.example").make();
        Certs.Party c1 = Certs.named(commonName("line\none\r\u009b31mtwo\u0085three"))
            .key("secp256r1/evil").ca().valid("2025-01-01", "2035-01-01").make();
        Certs.Party zero = Certs.named(commonName("pay\u200bpal \u2066x\u2069\ufeff"))
            .key("secp256r1/evil").ca().valid("2025-01-01", "2035-01-01").make();
        byte[] keys = Pfx.data(Pfx.key(osc.key().getEncoded(), PASSWORD,
            Pfx.name("a\u001b[31mb\u202ec"), Pfx.id("1")));
        byte[] certs = Pfx.encrypted(PASSWORD,
            Pfx.cert(osc.cert(), Pfx.name("a\u001b[31mb\u202ec"), Pfx.id("1")),
            Pfx.cert(c1.cert(), Pfx.name("tab\tnul\u0000end\u009b"), Pfx.trust()),
            Pfx.cert(zero.cert(), Pfx.name("pay\u200bpal"), Pfx.trust()));
        write("evil.p12", Pfx.pfx(PASSWORD, keys, certs));
    }

    /** Names of double width, with a combining character, from right to left. */
    private static void wide() throws Exception {
        Certs.Party ja = Certs.named(commonName("日本認証局")).key("secp256r1/wide")
            .valid("2025-01-01", "2035-01-01").san("dns:xn--wgv71a.example").make();
        Certs.Party fr = Certs.named(commonName("Autorite\u0301 de l'E\u0301tat")).key("secp256r1/wide")
            .ca().valid("2025-01-01", "2035-01-01").make();
        Certs.Party he = Certs.named(commonName("אבג דהו")).key("secp256r1/wide").ca()
            .valid("2025-01-01", "2035-01-01").make();
        byte[] keys = Pfx.data(Pfx.key(ja.key().getEncoded(), PASSWORD, Pfx.name("鍵-日本"),
            Pfx.id("1")));
        byte[] certs = Pfx.encrypted(PASSWORD,
            Pfx.cert(ja.cert(), Pfx.name("鍵-日本"), Pfx.id("1")),
            Pfx.cert(fr.cert(), Pfx.name("e\u0301"), Pfx.trust()),
            Pfx.cert(he.cert(), Pfx.name("אבג"), Pfx.trust()));
        write("wide.p12", Pfx.pfx(PASSWORD, keys, certs));
    }

    public static void main(String[] args) throws Exception {
        MakeStores.useBouncyCastle();
        dir = Path.of(args[0]);
        Certs.Party root = Certs.named("CN=Example Root CA,O=Example,C=US").key("rsa2048/root")
            .ca().valid("2019-01-01", "2049-01-01").make();
        Certs.Party issuing = Certs.named("CN=Example Issuing CA 3,O=Example,C=US")
            .key("rsa2048/issuing").by(root).ca().valid("2021-01-01", "2041-01-01").make();
        Certs.Party oldIssuing = Certs.named("CN=Example Issuing CA 1,O=Example,C=US")
            .key("rsa2048/old").by(root).ca().valid("2016-01-29", "2026-01-29").make();
        String iqName = "CN=iq.example.com,OU=Platform,O=Example,ST=MD,C=US";
        byte[] blob = new byte[38];
        for (int i = 0; i < blob.length; i++) {
            blob[i] = (byte) (i * 11 + 10);
        }
        blob[0] = 4;
        blob[1] = 36;
        Certs.Party iq = Certs.named(iqName).key("rsa2048/iq").by(issuing)
            .serial("1f3a90c277be014d").valid("2025-04-17", "2027-04-17").withoutSki()
            .san("dns:iq.example.com", "dns:iq", "ip:192.0.2.10")
            .extension("1.3.6.1.4.1.99999.1", blob).make();
        Certs.Party renewed = Certs.named(iqName).key("rsa2048/iq").by(issuing)
            .serial("2b0c11d8a4e97735").valid("2026-02-28", "2028-02-28")
            .san("dns:iq.example.com", "dns:iq", "ip:192.0.2.10").make();
        Certs.Party foreign = Certs.named(iqName).key("rsa2048/foreign").by(issuing)
            .valid("2026-02-28", "2028-02-28").san("dns:iq.example.com").make();

        inbound(iq, oldIssuing);
        truststore(root, issuing);
        truncated(root, issuing);
        reply(renewed);
        write("iq.crt", pem("CERTIFICATE", foreign.der()).getBytes(StandardCharsets.US_ASCII));
        partner();
        evil();
        wide();
    }
}
