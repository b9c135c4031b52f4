import java.io.BufferedWriter;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.Principal;
import java.security.cert.Certificate;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What Java makes of the PKIs of agree.c: JSSE's trust manager with the name checked as for HTTPS, the
 * PKIX builder alone, and the chain that a PKCS#12 keystore gives for its key. One line a case:
 * number, "ok" or what the exception says, the same of the builder, SHA-256 fingerprints.
 *
 * No connection is made: the trust manager asks a connection for nothing but the session, the
 * parameters and the signature algorithms that JSSE announces, and these it gets.
 */
final class Agree {
    private static final Date NOW = new Date(1772323200L * 1000);
    /** ExtendedSSLSession.getLocalSupportedSignatureAlgorithms() of a client of JDK 17. */
    private static final String[] SIGNATURES = {
        "SHA256withECDSA", "SHA384withECDSA", "SHA512withECDSA", "Ed25519", "Ed448", "RSASSA-PSS",
        "SHA256withRSA", "SHA384withRSA", "SHA512withRSA", "SHA256withDSA", "SHA224withECDSA",
        "SHA224withRSA", "SHA224withDSA", "SHA1withECDSA", "SHA1withRSA", "SHA1withDSA"};

    private static List<X509Certificate> read(Path path) throws Exception {
        List<X509Certificate> list = new ArrayList<>();
        try (InputStream in = Files.newInputStream(path)) {
            for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in))
                list.add((X509Certificate) c);
        }
        return list;
    }

    private static PKIXBuilderParameters parameters(List<X509Certificate> trust) throws Exception {
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509Certificate c : trust)
            anchors.add(new TrustAnchor(c, null));
        PKIXBuilderParameters p = new PKIXBuilderParameters(anchors, new X509CertSelector());
        p.setRevocationEnabled(false);
        p.setDate(NOW);
        return p;
    }

    private static String trusted(List<X509Certificate> sent, List<X509Certificate> trust, String host) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters(trust)));
            X509ExtendedTrustManager manager = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
            manager.checkServerTrusted(sent.toArray(new X509Certificate[0]), "UNKNOWN", new Connection(host));
            return "ok";
        } catch (CertificateException e) {
            return e.getMessage();
        } catch (Exception e) {
            return e.toString();
        }
    }

    private static String built(List<X509Certificate> sent, List<X509Certificate> trust) {
        try {
            PKIXBuilderParameters p = parameters(trust);
            X509CertSelector leaf = new X509CertSelector();
            leaf.setCertificate(sent.get(0));
            p.setTargetCertConstraints(leaf);
            p.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(sent)));
            CertPathBuilder.getInstance("PKIX").build(p);
            return "ok";
        } catch (Exception e) {
            return e.toString();
        }
    }

    private static String chain(Path path) throws Exception {
        StringBuilder out = new StringBuilder();
        try (InputStream in = Files.newInputStream(path)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, "agree".toCharArray());
            Certificate[] chain = store.getCertificateChain("leaf");
            for (Certificate c : chain == null ? new Certificate[0] : chain)
                out.append(out.length() == 0 ? "" : " ").append(fingerprint(c));
        }
        return out.toString();
    }

    private static String fingerprint(Certificate c) throws Exception {
        StringBuilder out = new StringBuilder();
        for (byte b : MessageDigest.getInstance("SHA-256").digest(c.getEncoded()))
            out.append(String.format("%02x", b));
        return out.toString();
    }

    public static void main(String[] args) throws Exception {
        Path dir = Path.of(args[0]);
        try (BufferedWriter out = Files.newBufferedWriter(dir.resolve("java"))) {
            for (String line : Files.readAllLines(dir.resolve("cases"), StandardCharsets.UTF_8)) {
                String[] words = line.split("\t");
                String number = words[0];
                List<X509Certificate> sent = read(dir.resolve(number + "-sent.pem"));
                List<X509Certificate> trust = read(dir.resolve(number + "-trust.pem"));
                out.write(number + "\t" + oneLine(trusted(sent, trust, words[1])) + "\t"
                    + oneLine(built(sent, trust)) + "\t" + chain(dir.resolve(number + ".p12")) + "\n");
            }
        }
    }

    private static String oneLine(String text) {
        return text.replace('\n', ' ').replace('\t', ' ');
    }

    /** As much of a connection as X509TrustManagerImpl asks for. */
    private static final class Connection extends SSLEngine {
        private final Session session;

        Connection(String host) {
            session = new Session(host);
        }
        @Override public SSLSession getHandshakeSession() {
            return session;
        }
        @Override public SSLParameters getSSLParameters() {
            SSLParameters p = new SSLParameters();
            p.setEndpointIdentificationAlgorithm("HTTPS");
            return p;
        }
        @Override public SSLEngineResult wrap(ByteBuffer[] from, int at, int count, ByteBuffer to) throws SSLException {
            throw new SSLException("no connection");
        }
        @Override public SSLEngineResult unwrap(ByteBuffer from, ByteBuffer[] to, int at, int count) throws SSLException {
            throw new SSLException("no connection");
        }
        @Override public Runnable getDelegatedTask() {
            return null;
        }
        @Override public void closeInbound() { }
        @Override public boolean isInboundDone() {
            return false;
        }
        @Override public void closeOutbound() { }
        @Override public boolean isOutboundDone() {
            return false;
        }
        @Override public String[] getSupportedCipherSuites() {
            return new String[0];
        }
        @Override public String[] getEnabledCipherSuites() {
            return new String[0];
        }
        @Override public void setEnabledCipherSuites(String[] suites) { }
        @Override public String[] getSupportedProtocols() {
            return new String[0];
        }
        @Override public String[] getEnabledProtocols() {
            return new String[0];
        }
        @Override public void setEnabledProtocols(String[] protocols) { }
        @Override public SSLSession getSession() {
            return session;
        }
        @Override public void beginHandshake() { }
        @Override public SSLEngineResult.HandshakeStatus getHandshakeStatus() {
            return SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING;
        }
        @Override public void setUseClientMode(boolean mode) { }
        @Override public boolean getUseClientMode() {
            return true;
        }
        @Override public void setNeedClientAuth(boolean need) { }
        @Override public boolean getNeedClientAuth() {
            return false;
        }
        @Override public void setWantClientAuth(boolean want) { }
        @Override public boolean getWantClientAuth() {
            return false;
        }
        @Override public void setEnableSessionCreation(boolean flag) { }
        @Override public boolean getEnableSessionCreation() {
            return true;
        }
    }

    private static final class Session extends ExtendedSSLSession {
        private final String host;

        Session(String host) {
            this.host = host;
        }
        @Override public String[] getLocalSupportedSignatureAlgorithms() {
            return SIGNATURES;
        }
        @Override public String[] getPeerSupportedSignatureAlgorithms() {
            return SIGNATURES;
        }
        @Override public List<SNIServerName> getRequestedServerNames() {
            return List.of();
        }
        @Override public List<byte[]> getStatusResponses() {
            return List.of();
        }
        @Override public String getProtocol() {
            return "TLSv1.3";
        }
        @Override public String getPeerHost() {
            return host;
        }
        @Override public byte[] getId() {
            return new byte[0];
        }
        @Override public SSLSessionContext getSessionContext() {
            return null;
        }
        @Override public long getCreationTime() {
            return 0;
        }
        @Override public long getLastAccessedTime() {
            return 0;
        }
        @Override public void invalidate() { }
        @Override public boolean isValid() {
            return true;
        }
        @Override public void putValue(String name, Object value) { }
        @Override public Object getValue(String name) {
            return null;
        }
        @Override public void removeValue(String name) { }
        @Override public String[] getValueNames() {
            return new String[0];
        }
        @Override public Certificate[] getPeerCertificates() {
            return new Certificate[0];
        }
        @Override public Certificate[] getLocalCertificates() {
            return new Certificate[0];
        }
        @Override public Principal getPeerPrincipal() {
            return null;
        }
        @Override public Principal getLocalPrincipal() {
            return null;
        }
        @Override public String getCipherSuite() {
            return "TLS_AES_256_GCM_SHA384";
        }
        @Override public int getPeerPort() {
            return 443;
        }
        @Override public int getPacketBufferSize() {
            return 16384;
        }
        @Override public int getApplicationBufferSize() {
            return 16384;
        }
    }
}
