import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Edits by ksx as Java sees them: each file of a list is edited and written by rewrite (rewrite.c),
 * and must hold for Java what the edits say and otherwise what it held before: aliases, kinds,
 * chains, dates and keys. Beside the edits of the list, one entry is renamed in every keystore that
 * Java opens.
 *
 * Usage: Rewrites DIR REWRITE LIST FIXTURES - DIR is that of MakeStores, LIST rewrites.txt, FIXTURES
 * fixtures.txt
 */
final class Rewrites {
    private Rewrites() {}

    private static final List<String> KEY_PASSWORDS = List.of("changeit", "its-own", "another", "");

    /** One line of the list. */
    private record Task(String file, String reader, String password, List<String> edits) {
        static Task of(String line) {
            List<String> words = new ArrayList<>();
            for (String word : line.trim().split("\\s+")) {
                words.add(word.equals("\"\"") ? "" : word.replace("%20", " "));
            }
            return new Task(words.get(0), words.get(1), words.get(2),
                words.subList(3, words.size()));
        }

        /** Calls for each edit: its name and its words. */
        void each(BiConsumer<String, List<String>> call) {
            for (int i = 0; i < edits.size();) {
                int count = edits.get(i).equals("rename") || edits.get(i).equals("reseal") ? 3 : 2;
                call.accept(edits.get(i), edits.subList(i + 1, i + count));
                i += count;
            }
        }

        String newPassword() {
            String[] last = {password};
            each((name, words) -> last[0] = name.equals("password") ? words.get(0) : last[0]);
            return last[0];
        }

        /** New alias by old one; none for what is deleted. */
        Map<String, String> names(KeyStore before) throws Exception {
            Map<String, String> names = new HashMap<>();
            for (String alias : Collections.list(before.aliases())) {
                names.put(alias, alias);
            }
            each((name, words) -> {
                if (name.equals("rename")) {
                    names.put(words.get(0), words.get(1));
                } else if (name.equals("delete")) {
                    names.remove(words.get(0));
                }
            });
            return names;
        }

        /** The password that opens the entry's key from now on, if an edit gave it one. */
        String resealed(String alias) {
            String[] found = {null};
            each((name, words) -> found[0] = name.equals("reseal") && words.get(0).equals(alias)
                ? words.get(1) : found[0]);
            return found[0];
        }
    }

    /** "-" is no password. */
    private static KeyStore open(String reader, Path file, String password) throws Exception {
        KeyStore ks = reader.startsWith("BC:") ? KeyStore.getInstance(reader.substring(3), "BC")
            : KeyStore.getInstance(reader);
        ks.load(new ByteArrayInputStream(Files.readAllBytes(file)),
            password.equals("-") ? null : password.toCharArray());
        return ks;
    }

    // ---- the keystores of fixtures.txt ----

    private static final String RENAMED = "renamed by ksx ü€";

    /** A keystore that Java opens, and that can be written: most types need a password for it. */
    private static boolean isWritable(String line, Path dir) {
        List<String> words = List.of(line.trim().split("\\s+"));
        String reader = words.get(1);
        boolean locked = words.get(2).equals("-") && !reader.endsWith("PKCS12");
        return !reader.equals("-") && !Character.isLowerCase(reader.charAt(0)) && !locked
            && !words.contains("java-refuses") && Files.exists(dir.resolve(words.get(0)));
    }

    /** Java and ksx mean the same entries by the same names. */
    private static boolean namesAgree(List<String> words) {
        return words.stream().noneMatch(w -> w.startsWith("hidden") || w.equals("all-hidden")
            || w.equals("unnamed"));
    }

    /** An alias that can be an argument of a program. */
    private static Optional<String> renamable(KeyStore ks) throws Exception {
        return Collections.list(ks.aliases()).stream().sorted()
            .filter(a -> !a.isEmpty() && a.chars().noneMatch(Character::isISOControl)).findFirst();
    }

    /** One rename; where names mean different entries to Java and ksx, no edit at all. */
    private static Task taskOf(String line, Path dir) throws Exception {
        List<String> words = List.of(line.trim().split("\\s+"));
        String password = words.get(2).equals("\"\"") ? "" : words.get(2);
        KeyStore ks = open(words.get(1), dir.resolve(words.get(0)), password);
        Optional<String> alias = namesAgree(words) ? renamable(ks) : Optional.empty();
        return new Task(words.get(0), words.get(1), password,
            alias.map(a -> List.of("rename", a, RENAMED)).orElse(List.of()));
    }

    // ---- comparing ----

    /** A key and the password that it opens with. */
    private record Opened(Key key, String password) {}

    /** Null when none of the passwords fits. */
    private static Opened key(KeyStore ks, String alias, List<String> passwords) {
        for (String password : passwords) {
            try {
                Key key = ks.getKey(alias, password.toCharArray());
                if (key != null) {
                    return new Opened(key, password);
                }
            } catch (GeneralSecurityException | RuntimeException e) {
                continue; // another password
            }
        }
        return null;
    }

    private static void check(boolean good, String what) {
        if (!good) {
            throw new IllegalStateException(what);
        }
    }

    private static void compareKeys(Task task, KeyStore before, String was, KeyStore after,
        String is) {
        Opened old = key(before, was, KEY_PASSWORDS);
        if (old == null) {
            return;
        }
        String sealed = task.resealed(was);
        if (sealed != null) { // first: Bouncy Castle remembers a key that it has decrypted
            check(key(after, is, List.of(old.password())) == null,
                is + ": its key opens with the old password");
        }
        Opened found = key(after, is, List.of(sealed != null ? sealed : old.password()));
        check(found != null, is + ": its key does not open");
        check(found.key().getAlgorithm().equals(old.key().getAlgorithm())
            && Arrays.equals(found.key().getEncoded(), old.key().getEncoded()),
            is + ": its key is another one");
    }

    private static void compareEntry(KeyStore before, String was, KeyStore after, String is)
        throws Exception {
        check(before.isKeyEntry(was) == after.isKeyEntry(is)
            && before.isCertificateEntry(was) == after.isCertificateEntry(is), is + ": its kind");
        check(Arrays.equals(before.getCertificateChain(was), after.getCertificateChain(is)),
            is + ": its chain");
        if (before.isCertificateEntry(was)) {
            check(before.getCertificate(was).equals(after.getCertificate(is)),
                is + ": its certificate");
        }
        if (!before.getType().startsWith("PKCS12")) { // which has none: the time of reading
            check(Objects.equals(before.getCreationDate(was), after.getCreationDate(is)),
                is + ": its date");
        }
    }

    private static void compare(Task task, KeyStore before, KeyStore after) throws Exception {
        Map<String, String> names = task.names(before);
        Set<String> found = new HashSet<>(Collections.list(after.aliases()));
        check(new HashSet<>(names.values()).equals(found), "the aliases are " + found);
        for (var name : names.entrySet()) {
            compareEntry(before, name.getKey(), after, name.getValue());
            if (before.isKeyEntry(name.getKey())) {
                compareKeys(task, before, name.getKey(), after, name.getValue());
            }
        }
    }

    // ---- running ----

    private static void run(Task task, Path dir, String program) throws Exception {
        Path in = dir.resolve(task.file());
        Path out = dir.resolve("rewritten");
        List<String> command = new ArrayList<>(List.of(program, in.toString(), task.password(),
            out.toString()));
        command.addAll(task.edits());
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroy();
            throw new IllegalStateException("takes too long");
        }
        check(process.exitValue() == 0, "rewrite ends with " + process.exitValue());
        compare(task, open(task.reader(), in, task.password()),
            open(task.reader(), out, task.newPassword()));
    }

    private static List<String> lines(String file) throws Exception {
        return Files.readAllLines(Path.of(file), StandardCharsets.UTF_8).stream()
            .filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    }

    public static void main(String[] args) throws Exception {
        MakeStores.useBouncyCastle();
        Path dir = Path.of(args[0]);
        List<Task> tasks = new ArrayList<>();
        for (String line : lines(args[2])) {
            tasks.add(Task.of(line));
        }
        for (String line : lines(args[3])) {
            if (isWritable(line, dir)) {
                tasks.add(taskOf(line, dir));
            }
        }
        int bad = 0;
        for (Task task : tasks) {
            try {
                run(task, dir, args[1]);
            } catch (Exception e) {
                bad++;
                System.out.println(task + "\n    " + e);
            }
        }
        System.out.println((tasks.size() - bad) + " files are to Java what they should be, " + bad
            + " are not");
        System.exit(bad > 0 || tasks.isEmpty() ? 1 : 0);
    }
}
