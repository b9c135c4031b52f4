import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Makes keystores that no tool makes, serves from them with JSSE, and asks the servers as a Java
 * client, all in one JVM. Reads a command a line and answers each with a line; ends with its
 * standard input. The password of every keystore is "changeit".
 *
 *   key FILE TYPE KEY KEYPASS CERT...   a key pair "web": the chain as it is said
 *   trust FILE TYPE ALIAS CERT          a trusted certificate, into a keystore that is there
 *   serve FILE                          the port, or why it does not start
 *   fetch URL FILE                      what is served, or why not; FILE: a truststore
 */
final class Clinic {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final List<HttpsServer> servers = new ArrayList<>();

    private Clinic() {}

    private static Certificate certificate(String file) throws IOException, GeneralSecurityException {
        try (var in = new FileInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static KeyStore open(String file) throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(Path.of(file).toFile(), PASSWORD);
    }

    private static String save(KeyStore store, String file) throws IOException, GeneralSecurityException {
        try (var out = Files.newOutputStream(Path.of(file))) {
            store.store(out, PASSWORD);
        }
        return "made";
    }

    private static String key(String[] words) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(words[2]);
        store.load(null, PASSWORD);
        var bytes = Files.readAllBytes(Path.of(words[3]));
        var key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(bytes));
        var chain = new Certificate[words.length - 5];
        for (int i = 0; i < chain.length; i++) {
            chain[i] = certificate(words[5 + i]);
        }
        store.setKeyEntry("web", key, words[4].toCharArray(), chain);
        return save(store, words[1]);
    }

    private static String trust(String[] words) throws IOException, GeneralSecurityException {
        var store = open(words[1]);
        store.setCertificateEntry(words[3], certificate(words[4]));
        return save(store, words[1]);
    }

    private static String serve(String file) throws IOException, GeneralSecurityException {
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(open(file), PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        byte[] answer = "served".getBytes(StandardCharsets.US_ASCII);
        var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        var server = HttpsServer.create(new InetSocketAddress(loopback, 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        servers.add(server);
        return Integer.toString(server.getAddress().getPort());
    }

    private static String fetch(String url, String file) throws IOException, GeneralSecurityException {
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(open(file));
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        var connection = (HttpsURLConnection) URI.create(url).toURL().openConnection();
        connection.setSSLSocketFactory(context.getSocketFactory());
        try (var in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static String answer(String[] words) throws IOException, GeneralSecurityException {
        switch (words[0]) {
            case "key":
                return key(words);
            case "trust":
                return trust(words);
            case "serve":
                return serve(words[1]);
            default:
                return fetch(words[1], words[2]);
        }
    }

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String said;
            try {
                said = answer(line.split(" "));
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                said = e.toString();
                for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                    said += " Caused by: " + cause;
                }
            }
            System.out.println(said.replace('\n', ' '));
        }
        for (var server : servers) {
            server.stop(0);
        }
    }
}
