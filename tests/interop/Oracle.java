import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;

/**
 * Says what Java makes of each file of fixtures.txt, as JSON on oracle.json of the directory:
 * {"files":[{"file","reader","error","entries":[{"alias","kind","chain":[{"sha256",...}]}]}]}
 *
 * Usage: Oracle FIXTURES DIR
 */
final class Oracle {
    private Oracle() {}

    /** Attribute types that RFC 2253 itself has no keywords for. */
    private static final Map<String, String> KEYWORDS = Map.of("2.5.4.5", "SERIALNUMBER",
        "1.2.840.113549.1.9.1", "EMAILADDRESS", "2.5.4.97", "organizationIdentifier");

    static String quoted(String s) {
        var out = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private static String certificate(Certificate c) throws Exception {
        var x = (X509Certificate) c;
        String sha256 = HexFormat.of().formatHex(
            MessageDigest.getInstance("SHA-256").digest(x.getEncoded()));
        return "{\"sha256\":\"" + sha256 + "\",\"serial\":\"" + x.getSerialNumber().toString(16)
            + "\",\"subject\":"
            + quoted(x.getSubjectX500Principal().getName(X500Principal.RFC2253, KEYWORDS))
            + ",\"notAfter\":\"" + x.getNotAfter().toInstant() + "\"}";
    }

    private static String chain(Collection<? extends Certificate> certificates) throws Exception {
        List<String> all = new ArrayList<>();
        for (Certificate c : certificates) {
            all.add(certificate(c));
        }
        return "[" + String.join(",", all) + "]";
    }

    private static String entry(KeyStore ks, String alias) throws Exception {
        String kind = "unreachable";
        Collection<Certificate> chain = Collections.emptyList();
        if (ks.isCertificateEntry(alias)) {
            kind = "trusted";
            chain = List.of(ks.getCertificate(alias));
        } else if (ks.isKeyEntry(alias)) {
            Certificate[] certificates = ks.getCertificateChain(alias);
            if (certificates != null) {
                chain = List.of(certificates);
            }
            kind = chain.isEmpty() ? "secret" : "key";
        }
        return "{\"alias\":" + quoted(alias) + ",\"kind\":\"" + kind + "\",\"chain\":"
            + chain(chain) + "}";
    }

    private static String keyStore(String reader, byte[] file, char[] password) throws Exception {
        KeyStore ks = reader.startsWith("BC:") ? KeyStore.getInstance(reader.substring(3), "BC")
            : KeyStore.getInstance(reader);
        ks.load(new ByteArrayInputStream(file), password);
        List<String> all = new ArrayList<>();
        for (String alias : Collections.list(ks.aliases())) {
            all.add(entry(ks, alias));
        }
        return String.join(",", all);
    }

    /** Certificates of a loose file: one entry each, without a name. */
    private static String loose(String reader, byte[] file) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        InputStream in = new ByteArrayInputStream(file);
        Collection<? extends Certificate> found = reader.equals("pkipath")
            ? factory.generateCertPath(in, "PkiPath").getCertificates()
            : factory.generateCertificates(in);
        List<String> all = new ArrayList<>();
        for (Certificate c : found) {
            all.add("{\"alias\":\"\",\"kind\":\"certificate\",\"chain\":" + chain(List.of(c))
                + "}");
        }
        return String.join(",", all);
    }

    private static char[] password(String word) {
        return switch (word) {
            case "-" -> null;
            case "\"\"" -> new char[0];
            default -> word.toCharArray();
        };
    }

    private static String ask(String file, String reader, String password, Path dir)
        throws Exception {
        String head = "{\"file\":" + quoted(file) + ",\"reader\":" + quoted(reader);
        try {
            byte[] bytes = Files.readAllBytes(dir.resolve(file));
            String entries = reader.equals("certificates") || reader.equals("pkipath")
                ? loose(reader, bytes) : keyStore(reader, bytes, password(password));
            return head + ",\"error\":null,\"entries\":[" + entries + "]}";
        } catch (Exception | StackOverflowError | OutOfMemoryError e) {
            return head + ",\"error\":" + quoted(String.valueOf(e)) + ",\"entries\":[]}";
        }
    }

    public static void main(String[] args) throws Exception {
        MakeStores.useBouncyCastle();
        Path dir = Path.of(args[1]);
        List<String> all = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(args[0]), StandardCharsets.UTF_8)) {
            String[] words = line.trim().split("\\s+");
            if (line.isBlank() || line.startsWith("#") || words[1].equals("-")
                || !Files.exists(dir.resolve(words[0]))) {
                continue;
            }
            all.add(ask(words[0], words[1], words[2], dir));
        }
        Files.writeString(dir.resolve("oracle.json"),
            "{\"files\":[\n" + String.join(",\n", all) + "\n]}\n");
    }
}
