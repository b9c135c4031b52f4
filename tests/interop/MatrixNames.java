import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Names that some type cannot hold or takes for others: each survives, or ksx says what becomes of
 * it. Every entry has a certificate of its own, so that none can hide behind another.
 */
final class MatrixNames {
    private static final String LONGEST = "x".repeat(65535);
    private static final List<String> NAMES = List.of("schl\u00fcssel", "\u043a\u043b\u044e\u0447",
        "\u9375 \u20ac", "\ud83d\ude00", "UPPER", "\u00c4RGER", "\u0130stanbul",
        "\u039f\u0394\u039f\u03a3", "Root", "root", "ROOT", "", " blank ", "line\nbreak", "a\tb",
        "\u001b[31m", "nul\u0000there", LONGEST);
    private static final List<MatrixTypes> FROM = List.of(MatrixTypes.JKS, MatrixTypes.PKCS12,
        MatrixTypes.BKS, MatrixTypes.BCFKS);

    private MatrixNames() {}

    private static final class Cell {
        final MatrixTypes from;
        final MatrixTypes to;
        final Map<String, String> names = new HashMap<>(); // by certificate
        final Path in;
        final Path out;
        final String name;

        Cell(MatrixTypes from, MatrixTypes to, Path in, List<MatrixTypes.Item> items)
            throws Exception {
            this.from = from;
            this.to = to;
            this.in = in;
            for (MatrixTypes.Item item : items) {
                names.put(MatrixTypes.describe(item), item.alias);
            }
            name = in.getFileName() + " to " + to;
            out = in.resolveSibling(in.getFileName() + "." + to);
        }

        private static boolean isSaid(List<Map<String, Object>> remarks, String alias,
            String... slugs) {
            return remarks.stream().anyMatch(r -> alias.equals(r.get("alias"))
                && Arrays.asList(slugs).contains(r.get("slug")));
        }

        /** Of a sigma at the end of a word Java alone makes another letter than elsewhere. */
        private static boolean isLower(String was, String is) {
            return is.equals(was.toLowerCase(Locale.ENGLISH))
                || is.replace('\u03c3', '\u03c2').equals(
                    was.toLowerCase(Locale.ENGLISH).replace('\u03c3', '\u03c2'));
        }

        private void checkName(String was, String is, List<Map<String, Object>> remarks) {
            String shown = Oracle.quoted(was.length() > 60 ? was.substring(0, 60) : was);
            if (was.equals(is)) {
                return;
            }
            boolean folded = to.folds() && isLower(was, is);
            if (!isSaid(remarks, was.replace('\0', '\u2400'), "alias-clash", "alias-changed",
                    folded ? "alias-folded" : "alias-clash")) {
                Matrix.fault(name, shown + " became "
                    + Oracle.quoted(is.length() > 60 ? is.substring(0, 60) : is) + " without a word");
            }
        }

        private void checkStore(Matrix.Run run) throws Exception {
            char[] password = Matrix.password("KSX_TEST_OLD");
            Map<String, MatrixTypes.View> have = to.read(out, password, password);
            Map<String, String> missing = new HashMap<>(names);
            have.forEach((alias, view) -> {
                String was = missing.remove(view.what);
                if (was == null) {
                    Matrix.fault(name, Oracle.quoted(alias) + " is " + view.what);
                } else {
                    checkName(was, alias, Matrix.remarks(run));
                }
            });
            missing.values().forEach(alias -> Matrix.fault(name,
                Oracle.quoted(alias.length() > 60 ? alias.substring(0, 60) : alias) + " is lost"));
        }

        private void checkPem() throws Exception {
            if (MatrixTypes.readPem(Files.readString(out), null).size() != names.size()) {
                Matrix.fault(name, "certificates are lost");
            }
        }

        Void check() {
            if (!name.contains(Matrix.word)) {
                return null;
            }
            try {
                Matrix.Run run = Matrix.ksx(Matrix.options("convert", "--pass", "env:KSX_TEST_OLD",
                    "--to", to.word, "-o", out, Matrix.protection(to), in));
                if (run.status != 0) {
                    Matrix.fault(name, "ksx ends with " + run.status + ": "
                        + run.out.substring(0, Math.min(2000, run.out.length())));
                } else if (to == MatrixTypes.PEM) {
                    checkPem();
                } else {
                    checkStore(run);
                }
            } catch (Exception | StackOverflowError e) {
                Matrix.fault(name, e.toString());
            }
            return null;
        }
    }

    /** A name beyond 65,535 bytes fits into some types only: it is kept or refused. */
    private static final class TooLong {
        final MatrixTypes to;
        final Path in;
        final String alias;

        TooLong(MatrixTypes to, Path in, String alias) {
            this.to = to;
            this.in = in;
            this.alias = alias;
        }

        private boolean fits(Path out) throws Exception {
            char[] password = Matrix.password("KSX_TEST_OLD");
            return to.read(out, password, password).containsKey(alias);
        }

        Void check() {
            String name = in.getFileName() + " to " + to;
            Path out = in.resolveSibling(in.getFileName() + "." + to);
            if (!name.contains(Matrix.word)) {
                return null;
            }
            try {
                Matrix.Run run = Matrix.ksx(Matrix.options("convert", "--pass", "env:KSX_TEST_OLD",
                    "--to", to.word, "-o", out, Matrix.protection(to), in));
                boolean refused = run.status != 0 && !Files.exists(out)
                    && Matrix.remarks(run).stream().anyMatch(r -> "type-loss".equals(r.get("slug")));
                if (!refused && !(run.status == 0 && fits(out))) {
                    Matrix.fault(name, "a name of " + alias.length() + " bytes is cut: exit "
                        + run.status);
                }
            } catch (Exception | StackOverflowError e) {
                Matrix.fault(name, e.toString());
            }
            return null;
        }
    }

    private static X509Certificate certificate(int number) throws Exception {
        return Certs.named("CN=Named " + number + ",C=US").key("secp256r1/named")
            .valid("2020-01-01", "2040-01-01").make().cert();
    }

    private static Path write(MatrixTypes type, String name, List<MatrixTypes.Item> items)
        throws Exception {
        char[] password = Matrix.password("KSX_TEST_OLD");
        return Files.write(Matrix.dir.resolve(name), type.write(items, password, password));
    }

    /** Java folds what it is given: of names that differ in case only, the last stays. */
    private static List<MatrixTypes.Item> items(MatrixTypes type) throws Exception {
        Map<String, MatrixTypes.Item> all = new LinkedHashMap<>();
        for (String name : NAMES) {
            String stored = type.folds() ? name.toLowerCase(Locale.ENGLISH) : name;
            all.put(stored, new MatrixTypes.Item(stored, null, certificate(all.size())));
        }
        return new ArrayList<>(all.values());
    }

    static List<Callable<Void>> cells() throws Exception {
        List<Callable<Void>> all = new ArrayList<>();
        for (MatrixTypes from : FROM) {
            List<MatrixTypes.Item> items = items(from);
            Path in = write(from, from + "-names.in", items);
            for (MatrixTypes to : MatrixTypes.values()) {
                if (to.isTarget()) {
                    all.add(new Cell(from, to, in, items)::check);
                }
            }
        }
        String alias = "y".repeat(70000);
        Path in = write(MatrixTypes.BCFKS, "too-long.in",
            List.of(new MatrixTypes.Item(alias, null, certificate(99))));
        for (MatrixTypes to : MatrixTypes.values()) {
            if (to.isTarget() && to != MatrixTypes.PEM) {
                all.add(new TooLong(to, in, alias)::check);
            }
        }
        return all;
    }
}
