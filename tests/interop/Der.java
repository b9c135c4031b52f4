import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A small DER (and deliberately BER) writer, for files that no library would write. */
final class Der {
    private Der() {}

    static byte[] cat(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static byte[] tlv(int tag, byte[]... parts) {
        byte[] contents = cat(parts);
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (contents.length < 0x80) {
            out.write(contents.length);
        } else {
            byte[] length = BigInteger.valueOf(contents.length).toByteArray();
            int skip = length[0] == 0 ? 1 : 0;
            out.write(0x80 | (length.length - skip));
            out.write(length, skip, length.length - skip);
        }
        out.writeBytes(contents);
        return out.toByteArray();
    }

    /** The same with an indefinite length; `tag` has its constructed bit set. */
    static byte[] indefinite(int tag, byte[]... parts) {
        return cat(new byte[] {(byte) tag, (byte) 0x80}, cat(parts), new byte[2]);
    }

    /** A constructed OCTET STRING (or [0] IMPLICIT one, tag 0xa0) of segments of `size` octets. */
    static byte[] segmented(int tag, byte[] octets, int size) {
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < octets.length; i += size) {
            out.writeBytes(octets(Arrays.copyOfRange(octets, i, Math.min(octets.length, i + size))));
        }
        return indefinite(tag, out.toByteArray());
    }

    static byte[] seq(byte[]... parts) {
        return tlv(0x30, parts);
    }

    static byte[] set(byte[]... parts) {
        return tlv(0x31, parts);
    }

    /** [n] EXPLICIT. */
    static byte[] explicit(int n, byte[]... parts) {
        return tlv(0xa0 | n, parts);
    }

    static byte[] octets(byte[] b) {
        return tlv(4, b);
    }

    static byte[] integer(long value) {
        return tlv(2, BigInteger.valueOf(value).toByteArray());
    }

    static byte[] integer(BigInteger value) {
        return tlv(2, value.toByteArray());
    }

    static byte[] nul() {
        return tlv(5);
    }

    static byte[] utf8(String s) {
        return tlv(12, s.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] ia5(String s) {
        return tlv(0x16, s.getBytes(StandardCharsets.ISO_8859_1));
    }

    static byte[] bmp(String s) {
        return tlv(0x1e, s.getBytes(StandardCharsets.UTF_16BE));
    }

    static byte[] oid(String dotted) {
        String[] arcs = dotted.split("\\.");
        var out = new ByteArrayOutputStream();
        out.write(Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
        for (int i = 2; i < arcs.length; i++) {
            long arc = Long.parseLong(arcs[i]);
            int septets = 1;
            for (long rest = arc >> 7; rest > 0; rest >>= 7) {
                septets++;
            }
            while (septets-- > 0) {
                out.write((int) (arc >> 7 * septets & 0x7f) | (septets > 0 ? 0x80 : 0));
            }
        }
        return tlv(6, out.toByteArray());
    }
}
