import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.Arrays;

/**
 * Writes JKS and JCEKS byte by byte, with pinned dates and any aberration: Java's own writers fold
 * aliases, refuse duplicates and know one version only. See sun.security.provider.JavaKeyStore.
 */
final class Jks {
    static final int JKS = 0xfeedfeed;
    static final int JCEKS = 0xcececece;

    private final int magic;
    private final int version;
    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private int count;
    private String certType = "X.509";
    long date = Certs.day("2026-01-05").getTime();

    Jks(int magic, int version) {
        this.magic = magic;
        this.version = version;
    }

    Jks certType(String name) {
        certType = name;
        return this;
    }

    private static byte[] utf16(String password) {
        return password.getBytes(StandardCharsets.UTF_16BE);
    }

    private Jks head(DataOutputStream out, int tag, byte[] alias) throws Exception {
        out.writeInt(tag);
        out.writeShort(alias.length);
        out.write(alias);
        out.writeLong(date);
        return this;
    }

    private void certificate(DataOutputStream out, byte[] der) throws Exception {
        if (version == 2) {
            out.writeUTF(certType);
        }
        out.writeInt(der.length);
        out.write(der);
    }

    Jks trusted(String alias, byte[] der) throws Exception {
        return trustedRaw(alias.getBytes(StandardCharsets.UTF_8), der);
    }

    Jks trustedRaw(byte[] alias, byte[] der) throws Exception {
        var out = new DataOutputStream(entries);
        head(out, 2, alias);
        certificate(out, der);
        count++;
        return this;
    }

    Jks key(String alias, byte[] epki, Certificate... chain) throws Exception {
        var out = new DataOutputStream(entries);
        head(out, 1, alias.getBytes(StandardCharsets.UTF_8));
        out.writeInt(epki.length);
        out.write(epki);
        out.writeInt(chain.length);
        for (Certificate c : chain) {
            certificate(out, c.getEncoded());
        }
        count++;
        return this;
    }

    /** JCEKS tag 3: a serialised object, which has no length of its own. */
    Jks secret(String alias, byte[] stream) throws Exception {
        var out = new DataOutputStream(entries);
        head(out, 3, alias.getBytes(StandardCharsets.UTF_8));
        out.write(stream);
        count++;
        return this;
    }

    /** Any bytes in the place of an entry. */
    Jks raw(byte[] bytes) {
        entries.writeBytes(bytes);
        count++;
        return this;
    }

    byte[] done(String password) throws Exception {
        return done(password, count);
    }

    byte[] done(String password, int claimedCount) throws Exception {
        var out = new ByteArrayOutputStream();
        var data = new DataOutputStream(out);
        data.writeInt(magic);
        data.writeInt(version);
        data.writeInt(claimedCount);
        data.write(entries.toByteArray());
        MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
        sha1.update(utf16(password));
        sha1.update("Mighty Aphrodite".getBytes(StandardCharsets.US_ASCII));
        sha1.update(out.toByteArray());
        data.write(sha1.digest());
        return out.toByteArray();
    }

    /** sun.security.provider.KeyProtector with a fixed salt. */
    static byte[] protect(byte[] pkcs8, String password) throws Exception {
        MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
        byte[] pw = utf16(password);
        byte[] salt = Arrays.copyOf("a salt of 20 octets.".getBytes(StandardCharsets.US_ASCII), 20);
        byte[] digest = salt;
        byte[] stream = new byte[0];
        while (stream.length < pkcs8.length) {
            sha1.update(pw);
            digest = sha1.digest(digest);
            stream = Der.cat(stream, digest);
        }
        byte[] ciphertext = new byte[pkcs8.length];
        for (int i = 0; i < pkcs8.length; i++) {
            ciphertext[i] = (byte) (pkcs8[i] ^ stream[i]);
        }
        sha1.update(pw);
        byte[] check = sha1.digest(pkcs8);
        return Der.seq(Der.seq(Der.oid("1.3.6.1.4.1.42.2.17.1.1"), Der.nul()),
            Der.octets(Der.cat(salt, ciphertext, check)));
    }
}
