import java.io.BufferedInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Collections;

/**
 * What a Java program does to fill a table with one row an entry: load the store, then type, expiry
 * date, key algorithm and key size for each alias. Usage: Columns FILE PASSWORD
 */
final class Columns {
    private Columns() {}

    private static int size(PublicKey key) {
        return key instanceof RSAPublicKey rsa ? rsa.getModulus().bitLength()
            : key instanceof ECPublicKey ec ? ec.getParams().getOrder().bitLength() : 0;
    }

    public static void main(String[] args) throws Exception {
        String type = args[0].endsWith(".p12") ? "PKCS12" : "JKS";
        KeyStore ks = KeyStore.getInstance(type);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(Path.of(args[0])))) {
            ks.load(in, args[1].toCharArray());
        }
        long sum = 0;
        for (String alias : Collections.list(ks.aliases())) {
            boolean key = ks.isKeyEntry(alias);
            var certificate = (X509Certificate) ks.getCertificate(alias);
            sum += (key ? 1 : 0) + certificate.getNotAfter().getTime()
                + certificate.getPublicKey().getAlgorithm().length()
                + size(certificate.getPublicKey());
        }
        System.out.println(sum);
    }
}
