/* The JVMs of a host that is made of files: homes, links, processes, and hostile contents. */
#include "saving.h"

#include "base/text.h"
#include "file/jvm.h"
#include "file/jvm_line.h"

/* ---- a host ---- */

/* Makes the directories of a path below the test's own. */
static const char *make_parents(const char *path)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s", in_dir(path));
    for (char *at = full + strlen(saving_dir) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
        *at = '/';
    }
    return in_dir(path);
}

static void put(const char *path, const char *text)
{
    (void)write_file(make_parents(path), ks_slice_str(text));
}

static void put_link(const char *path, const char *target)
{
    assert_int_equal(symlink(target, make_parents(path)), 0);
}

static void put_jvm(const char *home, const char *version)
{
    char path[256], release[128];
    (void)snprintf(path, sizeof path, "%s/release", home);
    (void)snprintf(release, sizeof release, "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"%s\"\n", version);
    put(path, release);
    (void)snprintf(path, sizeof path, "%s/lib/security/cacerts", home);
    put(path, "");
    (void)snprintf(path, sizeof path, "%s/bin/java", home);
    put(path, "");
}

/* `command` and `environment`: words with "|" between them. */
static void put_words(const char *path, const char *words)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "%s|", words);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '|')
            text[i] = '\0';
    (void)write_file(make_parents(path), ks_slice(text, words[0] ? len : 0));
}

#define BOOTED 1000000
static void put_process(long pid, const char *exe, const char *command, const char *environment,
                        long long started)
{
    char path[64], stat[256];
    (void)snprintf(path, sizeof path, "proc/%ld/cmdline", pid);
    put_words(path, command);
    (void)snprintf(path, sizeof path, "proc/%ld/environ", pid);
    put_words(path, environment);
    (void)snprintf(path, sizeof path, "proc/%ld/exe", pid);
    put_link(path, exe);
    (void)snprintf(path, sizeof path, "proc/%ld/cwd", pid);
    put_link(path, "/srv/app");
    (void)snprintf(stat, sizeof stat,
                   "%ld (a) b ( c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %lld 20 21\n",
                   pid, (started - BOOTED) * sysconf(_SC_CLK_TCK));
    (void)snprintf(path, sizeof path, "proc/%ld/stat", pid);
    put(path, stat);
    put("proc/stat", "cpu 1 2\nbtime 1000000\nprocesses 7\n");
}

/* One line a row. */
static char *found(const char *java_home)
{
    static const char *const sources[] = {"JAVA_HOME", "alternatives", "directory", "process"};
    struct ks_buf out = KS_BUF_INIT;
    struct ks_jvm_list list = ks_jvm_find(saving_dir, java_home, "/home/me");
    for (size_t i = 0; i < list.count; i++) {
        const struct ks_jvm_store *s = &list.at[i];
        ks_buf_printf(&out, "%s %s: %s", sources[s->source], s->role, s->path);
        ks_buf_printf(&out, " -> %s", s->target ? s->target : "nowhere");
        ks_buf_printf(&out, " [%s %s]", s->home ? s->home : "-", s->version ? s->version : "-");
        if (s->pid)
            ks_buf_printf(&out, " %ld %s", s->pid, s->program ? s->program : "-");
        ks_buf_printf(&out, "%s%s\n", s->newer ? " newer" : "", s->same_as_before ? " same" : "");
    }
    ks_jvm_list_drop(&list);
    return ks_buf_steal(&out);
}

static void assert_found(const char *java_home, const char *expected)
{
    char *text = found(java_home);
    assert_string_equal(text, expected);
    free(text);
}

/* ---- homes ---- */

static void a_host_without_java_has_nothing(void **state)
{
    (void)state;
    assert_found(NULL, "");
    assert_found("/no/such/home", "");
    assert_found("relative", "");
}

static void homes_are_found_in_the_usual_places(void **state)
{
    (void)state;
    put_jvm("usr/lib/jvm/java-17-openjdk", "17.0.15");
    put_link("usr/lib/jvm/default-java", "java-17-openjdk");
    put_jvm("opt/jdk-21", "21.0.7");
    put("opt/other/readme", "");
    put_jvm("home/me/.sdkman/candidates/java/8.0.412-tem/jre", "none of these");
    put("home/me/.sdkman/candidates/java/8.0.412-tem/release", "JAVA_VERSION=\"1.8.0_412\"\n");
    put_link("etc/alternatives/java", "/usr/lib/jvm/java-17-openjdk/bin/java");
    put_link("usr/bin/java", "/etc/alternatives/java");
    assert_found("/opt/jdk-21",
                 "JAVA_HOME cacerts: /opt/jdk-21/lib/security/cacerts -> "
                 "/opt/jdk-21/lib/security/cacerts [/opt/jdk-21 21.0.7]\n"
                 "alternatives cacerts: /usr/lib/jvm/java-17-openjdk/lib/security/cacerts -> "
                 "/usr/lib/jvm/java-17-openjdk/lib/security/cacerts "
                 "[/usr/lib/jvm/java-17-openjdk 17.0.15]\n"
                 "directory cacerts: "
                 "/home/me/.sdkman/candidates/java/8.0.412-tem/jre/lib/security/cacerts -> "
                 "/home/me/.sdkman/candidates/java/8.0.412-tem/jre/lib/security/cacerts "
                 "[/home/me/.sdkman/candidates/java/8.0.412-tem 1.8.0_412]\n");
}

static void a_shared_truststore_is_where_its_links_end(void **state)
{
    (void)state;
    put_jvm("usr/lib/jvm/a", "17");
    put_jvm("usr/lib/jvm/b", "21");
    assert_int_equal(unlink(in_dir("usr/lib/jvm/a/lib/security/cacerts")), 0);
    assert_int_equal(unlink(in_dir("usr/lib/jvm/b/lib/security/cacerts")), 0);
    put_link("usr/lib/jvm/a/lib/security/cacerts", "/etc/ssl/certs/java/cacerts");
    put_link("usr/lib/jvm/b/lib/security/cacerts", "../../../../../../etc/ssl/certs/java/cacerts");
    put("etc/ssl/certs/java/cacerts", "");
    put("usr/lib/jvm/b/lib/security/jssecacerts", "");
    assert_found(NULL, "directory cacerts: /usr/lib/jvm/a/lib/security/cacerts -> "
                       "/etc/ssl/certs/java/cacerts [/usr/lib/jvm/a 17]\n"
                       "directory cacerts: /usr/lib/jvm/b/lib/security/cacerts -> "
                       "/etc/ssl/certs/java/cacerts [/usr/lib/jvm/b 21] same\n"
                       "directory jssecacerts: /usr/lib/jvm/b/lib/security/jssecacerts -> "
                       "/usr/lib/jvm/b/lib/security/jssecacerts [/usr/lib/jvm/b 21]\n");
}

static void links_that_lead_nowhere_or_in_circles_are_said(void **state)
{
    (void)state;
    put_link("usr/lib/jvm/a/lib/security/cacerts", "/gone");
    put_link("usr/lib/jvm/b/lib/security/cacerts", "cacerts");
    put_link("usr/lib/jvm/c", "c");
    put_link("usr/lib/jvm/up/lib/security/cacerts", "../../../../../../../../../../etc/passwd");
    put("etc/passwd", ""); /* of this root, not of the host */
    assert_found(NULL, "directory cacerts: /usr/lib/jvm/a/lib/security/cacerts -> nowhere "
                       "[/usr/lib/jvm/a -]\n"
                       "directory cacerts: /usr/lib/jvm/b/lib/security/cacerts -> nowhere "
                       "[/usr/lib/jvm/b -]\n"
                       "directory cacerts: /usr/lib/jvm/up/lib/security/cacerts -> /etc/passwd "
                       "[/usr/lib/jvm/up -]\n");
}

static void a_release_file_that_is_none_gives_no_version(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "JAVA_VERSION=\"\"", "JAVA_VERSION=17", "\x1b[31m"};
    put_jvm("opt/jdk", "17");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put("opt/jdk/release", bad[i]);
        char *text = found(NULL);
        assert_non_null(strstr(text, "[/opt/jdk -]"));
        free(text);
    }
    assert_int_equal(unlink(in_dir("opt/jdk/release")), 0);
    assert_int_equal(mkfifo(in_dir("opt/jdk/release"), 0600), 0); /* would block a reader */
    char *text = found(NULL);
    assert_non_null(strstr(text, "[/opt/jdk -]"));
    free(text);
}

/* ---- processes ---- */

static void processes_name_their_stores(void **state)
{
    (void)state;
    put_jvm("opt/jdk", "17");
    put("srv/app/trust.jks", "");
    put("srv/keys.p12", "");
    put_process(42, "/opt/jdk/bin/java",
                "java|-Xmx1g|-cp|a.jar:-Djavax.net.ssl.trustStore=/wrong|"
                "-Djavax.net.ssl.trustStore=trust.jks|-Djavax.net.ssl.keyStore=/srv/keys.p12|"
                "-Djavax.net.ssl.keyStorePassword=hidden|com.example.Main|"
                "-Djavax.net.ssl.trustStore=/after/main",
                "", 2000000);
    put_process(43, "/usr/bin/bash", "java|-jar|x.jar", "", 2000000);
    assert_found(NULL,
                 "directory cacerts: /opt/jdk/lib/security/cacerts -> "
                 "/opt/jdk/lib/security/cacerts [/opt/jdk 17]\n"
                 "process trust store: /srv/app/trust.jks -> /srv/app/trust.jks [/opt/jdk 17] "
                 "42 com.example.Main newer\n"
                 "process key store: /srv/keys.p12 -> /srv/keys.p12 [/opt/jdk 17] "
                 "42 com.example.Main newer\n");
}

static void a_process_without_a_truststore_uses_cacerts_of_its_jvm(void **state)
{
    (void)state;
    struct timespec old[2] = {{.tv_sec = 1500000}, {.tv_sec = 1500000}};
    put_jvm("opt/jdk", "17");
    assert_int_equal(utimensat(AT_FDCWD, in_dir("opt/jdk/lib/security/cacerts"), old, 0), 0);
    put_process(7, "/opt/jdk/bin/java (deleted)", "/opt/jdk/bin/java|-jar|my app.jar", "",
                2000000);
    char *text = found(NULL);
    assert_non_null(strstr(text, "process cacerts: /opt/jdk/lib/security/cacerts -> "
                                 "/opt/jdk/lib/security/cacerts [/opt/jdk 17] 7 my app.jar same\n"));
    free(text);
    put("opt/jdk/lib/security/jssecacerts", "");
    text = found(NULL);
    assert_non_null(strstr(text, "process jssecacerts: /opt/jdk/lib/security/jssecacerts"));
    free(text);
}

static void options_come_from_the_environment_and_from_argument_files(void **state)
{
    (void)state;
    put_jvm("opt/jdk", "17");
    put("srv/app/args", "# -Djavax.net.ssl.trustStore=/comment\n-cp \"a b\"\n"
                        "-Djavax.net.ssl.trustStore=\"/srv/my \\\"trust\\\".jks\" -jar app.jar\n");
    put_process(7, "/opt/jdk/bin/java", "java|@args",
                "HOME=/root|_JAVA_OPTIONS='-Djavax.net.ssl.keyStore=/k s'", 0);
    put_process(8, "/opt/jdk/bin/java", "java|-Djavax.net.ssl.trustStore=NONE|M",
                "JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/tool "
                "-Djavax.net.ssl.keyStore=/tool|"
                "JDK_JAVA_OPTIONS=-Djavax.net.ssl.keyStore=/launcher",
                0);
    char *text = found(NULL);
    assert_non_null(strstr(text, "trust store: /srv/my \"trust\".jks -> nowhere [/opt/jdk 17] "
                                 "7 app.jar\n"));
    assert_non_null(strstr(text, "key store: /k s -> nowhere [/opt/jdk 17] 7 app.jar\n"));
    assert_non_null(strstr(text, "key store: /launcher -> nowhere [/opt/jdk 17] 8 M\n"));
    assert_null(strstr(text, "/comment"));
    assert_null(strstr(text, "/tool"));
    assert_null(strstr(text, "NONE"));
    free(text);
}

static void a_process_in_a_container_is_listed_without_its_files(void **state)
{
    (void)state;
    put("srv/trust.jks", "");
    put_process(7, "/opt/jdk/bin/java", "java|-Djavax.net.ssl.trustStore=/srv/trust.jks|M", "", 0);
    put_link("proc/7/ns/mnt", "mnt:[2]");
    put_link("proc/self/ns/mnt", "mnt:[1]");
    assert_found(NULL, "process trust store: /srv/trust.jks -> nowhere [/opt/jdk -] 7 M\n");
}

static void processes_of_others_are_not_looked_at(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    put_process(7, "/opt/jdk/bin/java", "java|-Djavax.net.ssl.trustStore=/srv/trust.jks|M", "", 0);
    assert_int_equal(chown(in_dir("proc/7"), NOBODY, NOBODY), 0);
    assert_found(NULL, "");
}

static void hostile_processes_do_no_harm(void **state)
{
    (void)state;
    static char huge[2 << 20];
    put_jvm("opt/jdk", "17");
    memset(huge, 'x', sizeof huge);
    put_process(7, "/opt/jdk/bin/java", "", "", 0);
    put_process(8, "/opt/jdk/bin/java", "java|@", "JAVA_TOOL_OPTIONS='", 0);
    (void)write_file(in_dir("proc/8/stat"), ks_slice_str(") ) )"));
    put_process(9, "/opt/jdk/bin/java", "java|@/dev/zero|@../../proc/9/cmdline|M", "=|=|", 0);
    put_process(10, "/opt/jdk/bin/java", "java", "", 0);
    (void)write_file(in_dir("proc/10/cmdline"), ks_slice(huge, sizeof huge));
    (void)write_file(in_dir("proc/10/environ"), ks_slice(huge, sizeof huge));
    (void)write_file(make_parents("proc/99999999999999999999/cmdline"), ks_slice_str("java"));
    char *text = found(NULL);
    assert_null(strstr(text, "xxx"));
    free(text);
}

/* ---- words ---- */

static void a_password_is_never_kept(void **state)
{
    (void)state;
    struct ks_jvm_line line = {0};
    static const char command[] = "java\0-Djavax.net.ssl.keyStorePassword=geheim\0"
                                  "-Djavax.net.ssl.trustStore=/t\0Main\0geheim";
    ks_jvm_line_command(&line, ks_slice(command, sizeof command));
    assert_string_equal(line.value[KS_JVM_TRUST_STORE], "/t");
    for (size_t i = 0; i < KS_JVM_SETTINGS; i++)
        assert_true(!line.value[i] || !strstr(line.value[i], "geheim"));
    ks_jvm_line_drop(&line);
}

static void the_program_is_what_ends_the_options(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        const char *program;
    } cases[] = {
        {"java|Main", "Main"},
        {"java|-jar|a.jar|-jar|b.jar", "a.jar"},
        {"java|-cp|a:b|--add-opens|x/y=z|Main", "Main"},
        {"java|-p|mods|-m|app/Main", "app/Main"},
        {"java|--module=app/Main", "app/Main"},
        {"java|-Xmx1g|-verbose", NULL},
        {"java|@@name", "@name"},
        {"java|--disable-@files|@name", "@name"},
        {"java|@missing|Main", "Main"},
        {"java|-cp", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_jvm_line line = {0};
        put_words("words", cases[i].words);
        struct ks_buf words = read_file(in_dir("words"));
        ks_jvm_line_command(&line, slice_of(&words));
        if (cases[i].program)
            assert_string_equal(line.value[KS_JVM_PROGRAM], cases[i].program);
        else
            assert_null(line.value[KS_JVM_PROGRAM]);
        ks_buf_free(&words);
        ks_jvm_line_drop(&line);
    }
}

/* ---- cacerts ---- */

static void cacerts_are_known_by_where_they_are(void **state)
{
    (void)state;
    put_jvm("jdk", "17");
    put("copy/lib/security/cacerts", "");
    put("cacerts", "");
    put_link("link", "jdk/lib/security/cacerts");
    put_link("linkdir", "jdk/lib");
    assert_true(ks_jvm_is_cacerts(in_dir("jdk/lib/security/cacerts")));
    assert_true(ks_jvm_is_cacerts(in_dir("link")));
    assert_true(ks_jvm_is_cacerts(in_dir("linkdir/security/cacerts")));
    assert_false(ks_jvm_is_cacerts(in_dir("copy/lib/security/cacerts")));
    assert_false(ks_jvm_is_cacerts(in_dir("cacerts")));
    assert_false(ks_jvm_is_cacerts(in_dir("not there")));
    char *home = ks_jvm_of_cacerts(in_dir("link"));
    assert_string_equal(home, in_dir("jdk"));
    free(home);
}

static void the_cacerts_of_this_host_are_known(void **state)
{
    (void)state;
    struct ks_jvm_list list = ks_jvm_find("", NULL, NULL);
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i].source != KS_JVM_PROCESS && list.at[i].target)
            assert_true(ks_jvm_is_cacerts(list.at[i].target));
    ks_jvm_list_drop(&list);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        T(a_host_without_java_has_nothing),
        T(homes_are_found_in_the_usual_places),
        T(a_shared_truststore_is_where_its_links_end),
        T(links_that_lead_nowhere_or_in_circles_are_said),
        T(a_release_file_that_is_none_gives_no_version),
        T(processes_name_their_stores),
        T(a_process_without_a_truststore_uses_cacerts_of_its_jvm),
        T(options_come_from_the_environment_and_from_argument_files),
        T(a_process_in_a_container_is_listed_without_its_files),
        T(processes_of_others_are_not_looked_at),
        T(hostile_processes_do_no_harm),
        T(a_password_is_never_kept),
        T(the_program_is_what_ends_the_options),
        T(cacerts_are_known_by_where_they_are),
        T(the_cacerts_of_this_host_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
