import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Every format into every format by ksx, of what Java wrote, and read again by Java and OpenSSL: key
 * pairs, certificates, secret keys and passphrases must be the same, with the keystore's password
 * and with passwords of their own; what a type cannot hold must be refused by name.
 *
 * Usage: Matrix DIR KSX [WORD] - only the conversions whose name has the word
 */
final class Matrix {
    static final Map<String, String> PASSWORDS = Map.of("KSX_TEST_OLD", "changeit",
        "KSX_TEST_OLD_KEY", "its-own", "KSX_TEST_NEW", "another-one", "KSX_TEST_NEW_KEY",
        "its-own-too");
    private static final List<String> faults = Collections.synchronizedList(new ArrayList<>());
    static Path dir;
    static String word = "";
    private static String ksx;

    private Matrix() {}

    static char[] password(String name) {
        return PASSWORDS.get(name).toCharArray();
    }

    static void fault(String where, String what) {
        faults.add(where + ": " + what);
    }

    // ---- programs ----

    static final class Run {
        final int status;
        final String out;

        Run(int status, String out) {
            this.status = status;
            this.out = out;
        }
    }

    /** Its error stream goes to a file, of which only a sanitizer's report is of interest. */
    static Run run(List<String> command) throws Exception {
        var builder = new ProcessBuilder(command);
        builder.redirectError(ProcessBuilder.Redirect.appendTo(dir.resolve("errors").toFile()));
        builder.environment().putAll(PASSWORDS);
        Process process = builder.start();
        process.getOutputStream().close();
        String out;
        try (InputStream in = process.getInputStream()) {
            out = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroy();
            throw new IllegalStateException("takes too long: " + command);
        }
        return new Run(process.exitValue(), out);
    }

    static Run ksx(List<String> words) throws Exception {
        List<String> command = new ArrayList<>(List.of(ksx));
        command.addAll(words);
        return run(command);
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> remarks(Run run) {
        var answer = (Map<String, Object>) Json.read(run.out);
        Object remarks = answer.get("remarks");
        return remarks == null ? List.of() : (List<Map<String, Object>>) remarks;
    }

    private static String openssl(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(words));
        Run run = run(command);
        return run.status == 0 ? run.out : "openssl ends with " + run.status;
    }

    // ---- one cell ----

    /** A source: a store that Java wrote. */
    static final class Source {
        final MatrixTypes type;
        final boolean ownPasswords;
        final List<MatrixTypes.Item> items;
        final Path path;
        final Map<String, MatrixTypes.View> views;

        Source(MatrixTypes type, boolean ownPasswords, List<MatrixTypes.Item> all)
            throws Exception {
            this.type = type;
            this.ownPasswords = ownPasswords;
            items = all.stream().filter(type::holds).toList();
            path = dir.resolve(type + (ownPasswords ? "-own" : "") + ".in");
            char[] keys = password(ownPasswords ? "KSX_TEST_OLD_KEY" : "KSX_TEST_OLD");
            Files.write(path, type.write(items, password("KSX_TEST_OLD"), keys));
            views = type.reader == null ? Map.of()
                : type.read(path, password("KSX_TEST_OLD"), keys);
        }
    }

    static List<String> options(String command, Object... more) {
        List<String> all = new ArrayList<>(List.of(command, "--json"));
        for (Object o : more) {
            if (o instanceof List<?> list) {
                list.forEach(word -> all.add((String) word));
            } else {
                all.add(o.toString());
            }
        }
        return all;
    }

    static List<String> protection(MatrixTypes to) {
        return to.protection == null ? List.of() : List.of("--protection", to.protection);
    }

    private static final class Cell {
        final Source from;
        final MatrixTypes to;
        final Path out;
        final String name;
        final List<String> lost; // aliases of what the type cannot hold

        Cell(Source from, MatrixTypes to) {
            this.from = from;
            this.to = to;
            name = from.path.getFileName() + " to " + to;
            out = dir.resolve(from.path.getFileName() + "." + to);
            lost = from.items.stream().filter(i -> !to.holds(i)).map(i -> i.alias).toList();
        }

        /** Entries keep passwords of their own where there is a store to put them into. */
        boolean ownPasswords() {
            return from.ownPasswords && to != MatrixTypes.PEM;
        }

        private List<String> conversion(List<String> more) {
            return options("convert", "--pass", "env:KSX_TEST_OLD", "--key-pass",
                "env:KSX_TEST_OLD_KEY", "--to", to.word, "-o", out, "--new-pass",
                "env:KSX_TEST_NEW", protection(to), more, from.path);
        }

        private void refuseFirst() throws Exception {
            Run run = ksx(conversion(List.of()));
            var said = new TreeSet<String>();
            for (var remark : remarks(run)) {
                if (remark.get("level").equals("loss")) {
                    said.add(remark.get("alias") + " " + remark.get("slug"));
                }
            }
            var want = lost.stream().map(a -> a + " type-loss")
                .collect(Collectors.toCollection(TreeSet::new));
            if (run.status == 0 || Files.exists(out) || !said.equals(want)) {
                fault(name, "losses are not refused: exit " + run.status + ", said " + said);
            }
        }

        private boolean did(Run run) {
            if (run.status != 0) {
                fault(name, "ksx ends with " + run.status + ": " + run.out);
            }
            return run.status == 0;
        }

        private boolean make() throws Exception {
            List<String> drop = new ArrayList<>();
            lost.forEach(alias -> drop.addAll(List.of("--drop", alias)));
            if (!ownPasswords()) {
                return did(ksx(conversion(drop)));
            }
            return did(ksx(options("create", "--type", to.word, "--new-pass", "env:KSX_TEST_NEW",
                    protection(to), out)))
                && did(ksx(options("merge", "--backup", "no", "--pass", "env:KSX_TEST_OLD",
                    "--pass", out.getFileName() + "=env:KSX_TEST_NEW", "--key-pass",
                    "env:KSX_TEST_OLD_KEY", "--new-key-pass", "env:KSX_TEST_NEW_KEY", drop,
                    from.path, "--to", out)));
        }

        private List<MatrixTypes.Item> kept() {
            return from.items.stream().filter(i -> !lost.contains(i.alias)).toList();
        }

        /** The same for stores without names: by what they hold. */
        private static List<String> contents(Map<String, MatrixTypes.View> views) {
            return views.values().stream().map(v -> v.what).sorted().toList();
        }

        private void checkStore() throws Exception {
            Map<String, MatrixTypes.View> have = to.read(out, password("KSX_TEST_NEW"),
                password(ownPasswords() ? "KSX_TEST_NEW_KEY" : "KSX_TEST_NEW"));
            Map<String, MatrixTypes.View> want = new TreeMap<>();
            for (MatrixTypes.Item item : kept()) {
                want.put(item.alias, new MatrixTypes.View(MatrixTypes.describe(item), 0));
            }
            if (from.type == MatrixTypes.PEM) {
                if (!contents(want).equals(contents(have))) {
                    fault(name, "holds " + contents(have) + "\n  and not " + contents(want));
                }
                return;
            }
            want.forEach((alias, view) -> {
                MatrixTypes.View other = have.remove(alias);
                if (other != null && isBeyondBouncyCastle(alias, other)) {
                    return;
                }
                if (other == null || !other.what.equals(view.what)) {
                    fault(name, alias + " was " + view.what + "\n  and became "
                        + (other == null ? "nothing" : other.what));
                } else {
                    checkDate(alias, other);
                }
            });
            if (!have.isEmpty()) {
                fault(name, "something new: " + have.keySet());
            }
        }

        /** Version 1.72 writes keys of HMACs and has nothing to read them with: see checkBack. */
        private boolean isBeyondBouncyCastle(String alias, MatrixTypes.View view) {
            return to == MatrixTypes.BCFKS && alias.equals("hmac")
                && view.what.contains("no such algorithm");
        }

        private void checkDate(String alias, MatrixTypes.View view) {
            long unit = Math.max(from.type.datePrecision(view.isTrusted()),
                to.datePrecision(view.isTrusted()));
            if (from.type.datePrecision(view.isTrusted()) == 0
                || to.datePrecision(view.isTrusted()) == 0) {
                return;
            }
            long was = from.views.get(alias).date;
            if (was / unit != view.date / unit) {
                fault(name, alias + " was of " + was + " and is of " + view.date);
            }
        }

        /** What Bouncy Castle does not read of its own type, Java reads in another. */
        private void checkBack() throws Exception {
            Path back = dir.resolve(out.getFileName() + ".JCEKS");
            if (!did(ksx(options("convert", "--pass", "env:KSX_TEST_NEW", "--to", "jceks", "-o",
                    back, out)))) {
                return;
            }
            char[] password = password("KSX_TEST_NEW");
            Map<String, MatrixTypes.View> have = MatrixTypes.JCEKS.read(back, password, password);
            for (MatrixTypes.Item item : kept()) {
                if (!MatrixTypes.describe(item).equals(have.get(item.alias).what)) {
                    fault(name, item.alias + " does not come back");
                }
            }
        }

        /** Keys and certificates apart from each other, each once. */
        private TreeSet<String> loose(boolean withKeys) throws Exception {
            var all = new TreeSet<String>();
            for (MatrixTypes.Item item : kept()) {
                for (var c : item.chain) {
                    all.add("certificate " + Keys.digest(c.getEncoded()));
                }
                if (withKeys && item.key != null && !item.isSecret()) {
                    all.add(Keys.describe(item.key));
                }
            }
            return all;
        }

        private void checkOpenssl(boolean withKeys, String... words) throws Exception {
            var have = new TreeSet<String>();
            String text = openssl(words);
            for (String line : MatrixTypes.readPem(text, password("KSX_TEST_NEW"))) {
                have.add(line.replace("in clear: ", ""));
            }
            if (!have.equals(loose(withKeys))) {
                fault(name, "OpenSSL reads " + have + "\n  and not " + loose(withKeys));
            }
        }

        private void checkPem() throws Exception {
            var have = new TreeSet<>(MatrixTypes.readPem(Files.readString(out),
                password("KSX_TEST_NEW")));
            if (!have.equals(loose(true))) {
                fault(name, "holds " + have + "\n  and not " + loose(true));
            }
            checkOpenssl(true, "storeutl", "-passin", "env:KSX_TEST_NEW", out.toString());
        }

        Void check() {
            if (!name.contains(word)) {
                return null;
            }
            try {
                if (!lost.isEmpty() && !from.ownPasswords) {
                    refuseFirst();
                }
                if (!make()) {
                    return null;
                }
                if (to == MatrixTypes.PEM) {
                    checkPem();
                } else {
                    checkStore();
                }
                if (to == MatrixTypes.BCFKS && from.type == MatrixTypes.JCEKS && !ownPasswords()) {
                    checkBack();
                }
                if (to.word.equals("pkcs12") && !ownPasswords()) {
                    checkOpenssl(true, "pkcs12", "-in", out.toString(), "-passin",
                        "env:KSX_TEST_NEW", "-noenc");
                } else if (to.word.equals("pkcs12")) {
                    checkOpenssl(false, "pkcs12", "-in", out.toString(), "-passin",
                        "env:KSX_TEST_NEW", "-nokeys");
                }
            } catch (Exception | StackOverflowError e) {
                fault(name, e.toString());
            }
            return null;
        }
    }

    // ---- all of them ----

    private static void clear() throws Exception {
        Files.createDirectories(dir);
        try (var old = Files.list(dir)) {
            for (Path p : old.toList()) {
                Files.delete(p);
            }
        }
    }

    private static void await(List<Callable<Void>> tasks) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(2);
        try {
            for (Future<Void> done : workers.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            workers.shutdown();
        }
    }

    private static List<Callable<Void>> cells() throws Exception {
        List<MatrixTypes.Item> contents = MatrixTypes.contents();
        List<Callable<Void>> all = new ArrayList<>();
        for (MatrixTypes from : MatrixTypes.values()) {
            for (boolean own : new boolean[] {false, true}) {
                var source = new Source(from, own, contents);
                Arrays.stream(MatrixTypes.values()).filter(MatrixTypes::isTarget)
                    .forEach(to -> all.add(new Cell(source, to)::check));
            }
        }
        return all;
    }

    public static void main(String[] args) throws Exception {
        MakeStores.useBouncyCastle();
        dir = Path.of(args[0]);
        ksx = args[1];
        word = args.length > 2 ? args[2] : "";
        clear();
        List<Callable<Void>> tasks = new ArrayList<>(cells());
        tasks.addAll(MatrixNames.cells());
        await(tasks);
        for (String line : Files.readAllLines(dir.resolve("errors"))) {
            if (line.contains("ERROR: AddressSanitizer") || line.contains("runtime error:")) {
                fault("in " + dir.resolve("errors"), line);
            }
        }
        faults.forEach(System.out::println);
        System.out.println(tasks.size() + " conversions, " + faults.size() + " faults");
        System.exit(faults.isEmpty() ? 0 : 1);
    }
}
