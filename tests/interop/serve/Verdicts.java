import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What Java says of the revocation of certificates. Serves the files of a directory on loopback and
 * says the port; then answers each line "ocsp ROOT CERTIFICATE" or "crl ROOT CERTIFICATE" of standard
 * input with "good", or with the message of the exception. Ends with its standard input.
 */
final class Verdicts {
    private static final CertificateFactory FACTORY = factory();

    private Verdicts() {
    }

    private static CertificateFactory factory() {
        try {
            return CertificateFactory.getInstance("X.509");
        } catch (java.security.cert.CertificateException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate read(String file) throws Exception {
        try (var in = Files.newInputStream(Path.of(file))) {
            return (X509Certificate) FACTORY.generateCertificate(in);
        }
    }

    private static HttpServer serve(Path dir) throws Exception {
        var at = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpServer server = HttpServer.create(at, 0);
        server.createContext("/", exchange -> {
            Path file = dir.resolve(exchange.getRequestURI().getPath().substring(1));
            byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            exchange.sendResponseHeaders(bytes.length > 0 ? 200 : 404, bytes.length > 0 ? bytes.length : -1);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String verdict(String how, String root, String leaf) throws Exception {
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
        var options = EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK);
        if (how.equals("crl")) {
            options.add(PKIXRevocationChecker.Option.PREFER_CRLS);
        }
        checker.setOptions(options);
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(read(root), null)));
        parameters.addCertPathChecker(checker);
        try {
            validator.validate(FACTORY.generateCertPath(List.of(read(leaf))), parameters);
            return "good";
        } catch (CertPathValidatorException e) {
            return e.getMessage();
        }
    }

    public static void main(String[] args) throws Exception {
        HttpServer server = serve(Path.of(args[0]));
        System.out.println(server.getAddress().getPort());
        var in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            System.out.println(verdict(words[0], words[1], words[2]));
        }
        server.stop(0);
    }
}
