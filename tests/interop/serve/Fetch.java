import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * Says what is served at each URL, or why not: the truststore is that of
 * -Djavax.net.ssl.trustStore, or the one of the JVM.
 *
 * Usage: Fetch URL...
 */
final class Fetch {
    private Fetch() {}

    private static String fetch(String url) {
        try (var in = URI.create(url).toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            return e.toString();
        }
    }

    public static void main(String[] args) {
        for (String url : args) {
            System.out.println(fetch(url));
        }
    }
}
