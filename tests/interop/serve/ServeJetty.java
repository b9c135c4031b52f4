import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.AbstractHandler;
import org.eclipse.jetty.util.resource.Resource;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.xml.XmlConfiguration;

/**
 * Jetty 9 on free ports of 127.0.0.1, one for each file of lines as they stand in
 * etc/jetty-ssl-context.xml. Says the ports, one a line, and ends with its standard input.
 *
 * Usage: ServeJetty SNIPPET...
 */
final class ServeJetty {
    private ServeJetty() {}

    private static final class Answer extends AbstractHandler {
        @Override
        public void handle(String target, Request base, HttpServletRequest request,
            HttpServletResponse response) throws IOException {
            base.setHandled(true);
            response.getWriter().print("served by Jetty\n");
        }
    }

    /** Where Jetty's own etc/jetty-ssl-context.xml has its element. */
    private static SslContextFactory.Server settings(Path snippet) throws Exception {
        Path whole = snippet.resolveSibling(snippet.getFileName() + ".xml");
        Files.writeString(whole, "<?xml version=\"1.0\"?>\n"
            + "<!DOCTYPE Configure PUBLIC \"-//Jetty//Configure//EN\""
            + " \"https://www.eclipse.org/jetty/configure_9_3.dtd\">\n"
            + "<Configure id=\"Server\" class=\"org.eclipse.jetty.server.Server\">\n"
            + Files.readString(snippet) + "</Configure>\n");
        var xml = new XmlConfiguration(Resource.newResource(whole.toFile()));
        xml.configure(new Server());
        return (SslContextFactory.Server) xml.getIdMap().get("sslContextFactory");
    }

    private static ServerConnector connector(Server server, Path snippet) throws Exception {
        var http = new HttpConfiguration();
        http.addCustomizer(new SecureRequestCustomizer(false));
        var connector = new ServerConnector(server,
            new SslConnectionFactory(settings(snippet), HttpVersion.HTTP_1_1.asString()),
            new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        return connector;
    }

    public static void main(String[] args) throws Exception {
        System.setProperty("org.eclipse.jetty.util.log.class",
            "org.eclipse.jetty.util.log.StdErrLog");
        var server = new Server();
        for (String snippet : args) {
            server.addConnector(connector(server, Path.of(snippet)));
        }
        server.setHandler(new Answer());
        server.start();
        for (var connector : server.getConnectors()) {
            System.out.println(((ServerConnector) connector).getLocalPort());
        }
        while (System.in.read() >= 0) {
            continue;
        }
        server.stop();
    }
}
