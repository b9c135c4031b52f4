/* Snippets: lines that a server's configuration takes as they are. */
#include "op_store.h"

#include "op/snippet.h"

#include <unistd.h>

static struct ks_store *store_at(const struct ks_format *format, const char *path)
{
    struct ks_store *s = op_store(format, "changeit");
    free(s->path);
    s->path = ks_strdup(path);
    return s;
}

static char *snippet(const char *word, const struct ks_store *s, const struct ks_entry *e)
{
    struct ks_buf out = KS_BUF_INIT;
    const struct ks_snippet *row = ks_snippet_named(word);
    assert_non_null(row);
    ks_snippet_put(row, s, e, &out);
    assert_true(out.len > 0 && out.data[out.len - 1] == '\n');
    return ks_buf_steal(&out);
}

static void holds(const char *word, const struct ks_store *s, const struct ks_entry *e,
                  const char *text)
{
    char *got = snippet(word, s, e);
    if (!strstr(got, text))
        fail_msg("%s has not: %s\n%s", word, text, got);
    free(got);
}

static void holds_not(const char *word, const struct ks_store *s, const struct ks_entry *e,
                      const char *text)
{
    char *got = snippet(word, s, e);
    if (strstr(got, text))
        fail_msg("%s has: %s\n%s", word, text, got);
    free(got);
}

static void a_key_entry_is_named_as_java_looks_it_up(void **state)
{
    struct ks_store *s = store_at(&ks_format_pkcs12, "/srv/tls/inbound.p12");
    (void)state;
    op_add_key(s, "Nexus-IQ", "changeit");
    const struct ks_entry *e = s->now->entries[0];
    holds("dropwizard", s, e,
          "      keyStorePath: \"/srv/tls/inbound.p12\"\n"
          "      keyStoreType: PKCS12\n");
    holds("dropwizard", s, e, "certAlias: \"nexus-iq\"");
    holds("jetty", s, e, "<Set name=\"CertAlias\">nexus-iq</Set>");
    holds("tomcat", s, e, "certificateKeyAlias=\"nexus-iq\"");
    holds("spring", s, e, "server.ssl.key-alias=nexus-iq\n");
    holds("kafka", s, e, "ssl.keystore.location=/srv/tls/inbound.p12\n");
    holds("jvm", s, e, "-Djavax.net.ssl.keyStore=/srv/tls/inbound.p12");
    holds("nginx", s, e, "ssl_certificate_key \"/srv/tls/Nexus-IQ-key.pem\";");
    holds("nginx", s, e, "#   ksx export /srv/tls/inbound.p12 ");
    holds("nginx", s, e,
          " --what pair --format pem -o /srv/tls/Nexus-IQ-chain.pem --key-output "
          "/srv/tls/Nexus-IQ-key.pem --unencrypted\n");
    ks_store_free(s);
}

static void a_truststore_is_said_to_be_one(void **state)
{
    struct ks_store *s = store_at(&ks_format_jks, "/srv/trust.jks");
    (void)state;
    struct ks_blob *root = make_cert(&(struct make_cert){.cn = "root"});
    op_add_trusted(s, "root", root);
    ks_blob_unref(root);
    for (size_t i = 0; i < 2; i++) {
        const struct ks_entry *e = i ? s->now->entries[0] : NULL;
        holds("jvm", s, e, "-Djavax.net.ssl.trustStoreType=JKS");
        holds("java-opts", s, e,
              "JAVA_OPTS=\"$JAVA_OPTS -Djavax.net.ssl.trustStore=/srv/trust.jks ");
        holds("dropwizard", s, e, "trustStorePath: \"/srv/trust.jks\"");
        holds("tomcat", s, e, "truststoreFile=\"/srv/trust.jks\"");
        holds("spring", s, e, "server.ssl.trust-store=file:/srv/trust.jks");
        holds("kafka", s, e, "ssl.truststore.location=/srv/trust.jks");
        holds_not("jetty", s, e, "KeyStorePath");
        holds_not("dropwizard", s, e, "certAlias");
    }
    ks_store_free(s);
}

static void each_place_gets_its_own_quotes(void **state)
{
    struct ks_store *s = store_at(&ks_format_pkcs12, "/srv/a b/it's \"$x\" & <y>.p12");
    (void)state;
    op_add_key(s, "sch\xc3\xb6n & gut", "changeit");
    const struct ks_entry *e = s->now->entries[0];
    holds("jvm", s, e, "keyStore='/srv/a b/it'\\''s \"$x\" & <y>.p12'");
    holds("java-opts", s, e, "keyStore=/srv/a b/it's \\\"\\$x\\\" & <y>.p12 -D");
    holds("java-opts", s, e, "split at blanks");
    holds("dropwizard", s, e, "\"/srv/a b/it's \\\"$x\\\" & <y>.p12\"");
    holds("dropwizard", s, e, "certAlias: \"sch\\u00F6n & gut\"");
    holds("jetty", s, e, "it's &quot;$x&quot; &amp; &lt;y&gt;.p12</Set>");
    holds("tomcat", s, e, "certificateKeyAlias=\"sch&#xF6;n &amp; gut\"");
    holds("spring", s, e, "server.ssl.key-alias=sch\\u00F6n & gut\n");
    ks_store_free(s);
}

/* What is shown is what is pasted: no line of it may be changed by a screen. */
static void lines_are_printable_ascii_whatever_the_names_are(void **state)
{
    static const char *const names[] = {"x\ny\x1b[31m", "p\xe2\x80\xae\"; root x; #'$(touch x)",
                                        "a\xff",        "${HOME}",
                                        " lead",        "\xf0\x9f\x94\x91"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = ks_asprintf("/srv/%s/k.p12", names[i]);
        struct ks_store *s = store_at(&ks_format_pkcs12, path);
        op_add_key_of(s, names[i], "www", "changeit");
        for (const struct ks_snippet *row = ks_snippets; row->word; row++) {
            char *got = snippet(row->word, s, s->now->entries[0]);
            for (const char *c = got; *c; c++)
                assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
            assert_null(strstr(got, "\ny"));
            if (strncmp(row->word, "j", 1) != 0 || strcmp(row->word, "jetty") == 0)
                assert_null(strstr(got, "${"));
            free(got);
        }
        ks_store_free(s);
        free(path);
    }
}

static void what_cannot_be_written_somewhere_is_said_there(void **state)
{
    struct ks_store *s = store_at(&ks_format_pkcs12, "/srv/\"x\"/k.p12");
    (void)state;
    op_add_key(s, " lead", "changeit");
    holds("nginx", s, s->now->entries[0], "cannot be written here");
    holds_not("nginx", s, s->now->entries[0], "ssl_certificate");
    holds("spring", s, s->now->entries[0], "server.ssl.key-alias=\\ lead\n");
    ks_store_free(s);
}

static void what_does_not_work_is_said_in_comments(void **state)
{
    struct ks_store *pem = store_at(&ks_format_pem, "/srv/all.pem");
    struct ks_store *bks = store_at(&ks_format_bks, "/srv/a.bks");
    struct ks_store *jks = store_at(&ks_format_jks, "/srv/a.jks");
    (void)state;
    op_add_key(pem, "a", "changeit");
    op_add_key(bks, "a", "changeit");
    op_add_key(jks, "a", "changeit");
    op_add_key(jks, "b", "changeit");
    holds("tomcat", pem, NULL, "<!-- Java's keystores are no such file");
    holds("nginx", pem, NULL, "ssl_certificate_key \"/srv/all.pem\";");
    holds_not("nginx", pem, NULL, "export");
    holds("jvm", bks, NULL, "# The JVM needs Bouncy Castle's provider");
    holds("dropwizard", jks, NULL, "# The keystore holds several keys");
    holds_not("dropwizard", jks, jks->now->entries[0], "several keys");
    holds("jetty", jks, jks->now->entries[0],
          "<Set name=\"KeyManagerPassword\">KEY_PASSWORD</Set>");
    ks_store_free(pem);
    ks_store_free(bks);
    ks_store_free(jks);
}

static void a_relative_path_becomes_absolute(void **state)
{
    char here[4096];
    struct ks_store *s = store_at(&ks_format_jks, "./a.jks");
    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    char *wanted = ks_asprintf("trustStore=%s/a.jks", here);
    holds("jvm", s, NULL, wanted);
    free(wanted);
    ks_store_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_entry_is_named_as_java_looks_it_up),
        cmocka_unit_test(a_truststore_is_said_to_be_one),
        cmocka_unit_test(each_place_gets_its_own_quotes),
        cmocka_unit_test(lines_are_printable_ascii_whatever_the_names_are),
        cmocka_unit_test(what_cannot_be_written_somewhere_is_said_there),
        cmocka_unit_test(what_does_not_work_is_said_in_comments),
        cmocka_unit_test(a_relative_path_becomes_absolute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
