import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;

/**
 * An HTTPS server of the JDK alone on a free port of 127.0.0.1, whose keystore is that of
 * -Djavax.net.ssl.keyStore. Says the port, and ends with its standard input.
 */
final class ServeJsse {
    private ServeJsse() {}

    public static void main(String[] args) throws Exception {
        byte[] answer = "served by JSSE\n".getBytes(StandardCharsets.US_ASCII);
        var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        var server = HttpsServer.create(new InetSocketAddress(loopback, 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(SSLContext.getDefault()));
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        System.out.println(server.getAddress().getPort());
        while (System.in.read() >= 0) {
            continue;
        }
        server.stop(0);
    }
}
