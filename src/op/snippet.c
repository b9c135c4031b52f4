#include "op/snippet.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/format.h"
#include "op/export.h"
#include "op/internal.h"

#include <stdlib.h>
#include <string.h>

/* Placeholders: words that no shell, YAML, XML or properties file takes for anything else. */
#define STORE_PASSWORD "KEYSTORE_PASSWORD"
#define KEY_PASSWORD "KEY_PASSWORD"

struct snip {
    const struct ks_store *store;
    const struct ks_entry *entry; /* NULL: the store as a whole */
    char *path, *dir;             /* absolute */
    char *alias;                  /* as Java looks it up; NULL: none is chosen */
    const char *type;
    bool trust;
    bool own_passwords; /* keys can have their own */
    struct ks_buf *out;
};

/* ---- words as each place wants them ---- */

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

/* Each character of a word that is no printable ASCII, as put_code() of its place; the rest by
 * put_ascii(). What comes out is printable ASCII, the same on every screen. */
static void put_each(struct ks_buf *out, const char *word,
                     void (*put_code)(struct ks_buf *out, uint32_t cp),
                     void (*put_ascii)(struct ks_buf *out, char c))
{
    int32_t cp;
    for (size_t len = strlen(word), step; len > 0; word += step, len -= step) {
        step = ks_utf8_next(word, len, &cp);
        if (cp >= 0x20 && cp < 0x7f)
            put_ascii(out, (char)cp);
        else
            put_code(out, cp < 0 ? 0xfffd : (uint32_t)cp);
    }
}

static void put_backslashed(struct ks_buf *out, char c)
{
    if (c == '"' || c == '\\')
        ks_buf_byte(out, '\\');
    ks_buf_byte(out, (uint8_t)c);
}

static void put_yaml_code(struct ks_buf *out, uint32_t cp)
{
    ks_buf_printf(out, cp < 0x10000 ? "\\u%04X" : "\\U%08X", (unsigned)cp);
}

/* YAML, in double quotes. */
static void put_yaml(struct ks_buf *out, const char *word)
{
    ks_buf_byte(out, '"');
    put_each(out, word, put_yaml_code, put_backslashed);
    ks_buf_byte(out, '"');
}

/* nginx has no escapes: is_fit() lets only what needs none through. */
static void put_nginx_word(struct ks_buf *out, const char *word)
{
    ks_buf_printf(out, "\"%s\"", word);
}

static void put_xml_code(struct ks_buf *out, uint32_t cp)
{
    ks_buf_printf(out, "&#x%X;", (unsigned)cp);
}

static void put_xml_char(struct ks_buf *out, char c)
{
    static const struct {
        char c;
        const char *as;
    } refs[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (size_t i = 0; i < sizeof refs / sizeof refs[0]; i++)
        if (refs[i].c == c) {
            ks_buf_str(out, refs[i].as);
            return;
        }
    ks_buf_byte(out, (uint8_t)c);
}

/* An attribute or a text of XML 1.0. */
static void put_xml(struct ks_buf *out, const char *word)
{
    put_each(out, word, put_xml_code, put_xml_char);
}

static void put_property_code(struct ks_buf *out, uint32_t cp)
{
    if (cp < 0x10000) {
        ks_buf_printf(out, "\\u%04X", (unsigned)cp);
        return;
    }
    cp -= 0x10000;
    ks_buf_printf(out, "\\u%04X\\u%04X", 0xd800 + (unsigned)(cp >> 10),
                  0xdc00 + (unsigned)(cp & 0x3ff));
}

static void put_property_char(struct ks_buf *out, char c)
{
    if (c == '\\')
        ks_buf_byte(out, '\\');
    ks_buf_byte(out, (uint8_t)c);
}

/* A value of java.util.Properties: ISO 8859-1 with escapes, whatever reads it. A blank at its
 * beginning would be passed over. */
static void put_property(struct ks_buf *out, const char *word)
{
    if (*word == ' ')
        ks_buf_byte(out, '\\');
    put_each(out, word, put_property_code, put_property_char);
}

/* Inside the double quotes of a shell. */
static void put_in_quotes(struct ks_buf *out, const char *word)
{
    for (const char *at = word; *at; at++)
        if (is_control((unsigned char)*at) || (unsigned char)*at >= 0x80) {
            ks_shell_spelled(out, word);
            return;
        }
    for (; *word; word++) {
        if (strchr("\"\\$`", *word))
            ks_buf_byte(out, '\\');
        ks_buf_byte(out, (uint8_t)*word);
    }
}

typedef void (*put_fn)(struct ks_buf *out, const char *word);

/* "BEFORE word AFTER\n"; nothing without a word. */
static void line(struct snip *s, const char *before, put_fn put, const char *word,
                 const char *after)
{
    if (!word)
        return;
    ks_buf_str(s->out, before);
    put(s->out, word);
    ks_buf_str(s->out, after);
    ks_buf_byte(s->out, '\n');
}

static const char *role(const struct snip *s, const char *key, const char *trust)
{
    return s->trust ? trust : key;
}

/* ---- the snippets ---- */

static void put_options(struct snip *s, put_fn put, const char *join)
{
    const char *name = role(s, "keyStore", "trustStore");
    ks_buf_printf(s->out, "-Djavax.net.ssl.%s=", name);
    put(s->out, s->path);
    ks_buf_printf(s->out, "%s-Djavax.net.ssl.%sType=%s", join, name, s->type);
    ks_buf_printf(s->out, "%s-Djavax.net.ssl.%sPassword=" STORE_PASSWORD, join, name);
}

static void put_jvm(struct snip *s)
{
    if (!s->trust && s->own_passwords)
        ks_buf_str(s->out, "# The key must have the keystore's password: there is no option for "
                           "another one.\n");
    put_options(s, ks_shell_word, " \\\n  ");
    ks_buf_byte(s->out, '\n');
}

static void put_java_opts(struct snip *s)
{
    if (strpbrk(s->path, " \t"))
        ks_buf_str(s->out, "# JAVA_OPTS is split at blanks, and this path has one: move the "
                           "keystore, or use the options above.\n");
    ks_buf_str(s->out, "JAVA_OPTS=\"$JAVA_OPTS ");
    put_options(s, put_in_quotes, " ");
    ks_buf_str(s->out, "\"\nexport JAVA_OPTS\n");
}

static void put_dropwizard(struct snip *s)
{
    ks_buf_str(s->out, "server:\n  applicationConnectors:\n    - type: https\n      port: 8443\n");
    line(s, role(s, "      keyStorePath: ", "      trustStorePath: "), put_yaml, s->path, "");
    line(s, role(s, "      keyStoreType: ", "      trustStoreType: "), ks_buf_str, s->type, "");
    ks_buf_printf(s->out, "      %s: \"" STORE_PASSWORD "\"\n",
                  role(s, "keyStorePassword", "trustStorePassword"));
    if (!s->trust)
        line(s, "      certAlias: ", put_yaml, s->alias, "");
}

static void put_jetty(struct snip *s)
{
    const char *name = role(s, "Key", "Trust");
    ks_buf_str(s->out, "<New id=\"sslContextFactory\" "
                       "class=\"org.eclipse.jetty.util.ssl.SslContextFactory$Server\">\n");
    ks_buf_printf(s->out, "  <Set name=\"%sStorePath\">", name);
    put_xml(s->out, s->path);
    ks_buf_printf(s->out, "</Set>\n  <Set name=\"%sStoreType\">%s</Set>\n", name, s->type);
    ks_buf_printf(s->out, "  <Set name=\"%sStorePassword\">" STORE_PASSWORD "</Set>\n", name);
    if (!s->trust && s->own_passwords)
        ks_buf_str(s->out, "  <Set name=\"KeyManagerPassword\">" KEY_PASSWORD "</Set>\n");
    if (!s->trust)
        line(s, "  <Set name=\"CertAlias\">", put_xml, s->alias, "</Set>");
    ks_buf_str(s->out, "</New>\n");
}

static void put_tomcat(struct snip *s)
{
    ks_buf_str(s->out, "<Connector port=\"8443\" SSLEnabled=\"true\" scheme=\"https\" "
                       "secure=\"true\"\n           "
                       "protocol=\"org.apache.coyote.http11.Http11NioProtocol\">\n");
    if (s->trust) {
        line(s, "  <SSLHostConfig truststoreFile=\"", put_xml, s->path, "\"");
        line(s, "                 truststoreType=\"", put_xml, s->type, "\"");
        ks_buf_str(s->out, "                 truststorePassword=\"" STORE_PASSWORD "\"/>\n");
    } else {
        ks_buf_str(s->out, "  <SSLHostConfig>\n");
        line(s, "    <Certificate certificateKeystoreFile=\"", put_xml, s->path, "\"");
        line(s, "                 certificateKeystoreType=\"", put_xml, s->type, "\"");
        ks_buf_str(s->out, "                 certificateKeystorePassword=\"" STORE_PASSWORD "\"\n");
        if (s->own_passwords)
            ks_buf_str(s->out, "                 certificateKeyPassword=\"" KEY_PASSWORD "\"\n");
        line(s, "                 certificateKeyAlias=\"", put_xml, s->alias, "\"");
        ks_buf_str(s->out, "                 type=\"UNDEFINED\"/>\n  </SSLHostConfig>\n");
    }
    ks_buf_str(s->out, "</Connector>\n");
}

static void put_spring(struct snip *s)
{
    const char *name = role(s, "key", "trust");
    ks_buf_printf(s->out, "server.ssl.enabled=true\nserver.ssl.%s-store=file:", name);
    put_property(s->out, s->path);
    ks_buf_printf(s->out, "\nserver.ssl.%s-store-type=%s\n", name, s->type);
    ks_buf_printf(s->out, "server.ssl.%s-store-password=" STORE_PASSWORD "\n", name);
    if (!s->trust && s->own_passwords)
        ks_buf_str(s->out, "server.ssl.key-password=" KEY_PASSWORD "\n");
    if (!s->trust)
        line(s, "server.ssl.key-alias=", put_property, s->alias, "");
}

static void put_kafka(struct snip *s)
{
    const char *name = role(s, "key", "trust");
    if (!s->trust)
        ks_buf_str(s->out, "# Kafka cannot choose an alias: the keystore should hold one key.\n");
    ks_buf_printf(s->out, "ssl.%sstore.location=", name);
    put_property(s->out, s->path);
    ks_buf_printf(s->out, "\nssl.%sstore.type=%s\nssl.%sstore.password=" STORE_PASSWORD "\n", name,
                  s->type, name);
    if (!s->trust)
        ks_buf_printf(s->out, "ssl.key.password=%s\n",
                      s->own_passwords ? KEY_PASSWORD : STORE_PASSWORD);
}

static void put_file_beside(struct snip *s, const char *directive, const char *name)
{
    char *path = ks_asprintf("%s%s", s->dir, name);
    line(s, directive, put_nginx_word, path, ";");
    free(path);
}

/* ksx export, with the files that the lines below name. */
static void put_export(struct snip *s, const char *chain, const char *key)
{
    char *into = ks_asprintf("%s%s", s->dir, chain), *key_into = ks_asprintf("%s%s", s->dir, key);
    struct ks_commands c = {0};

    if (s->trust)
        ks_command(&c, "ksx export %s %s --what cert --format pem -o %s", s->path,
                   s->entry ? s->entry->alias : "ALIAS", into);
    else
        ks_command(&c,
                   "ksx export %s %s --what pair --format pem -o %s --key-output %s --unencrypted",
                   s->path, s->entry ? s->entry->alias : "ALIAS", into, key_into);
    ks_buf_printf(s->out, "%s\n", c.at[0]);
    ks_commands_drop(&c);
    free(into);
    free(key_into);
}

static void put_nginx(struct snip *s)
{
    if (s->store->format == &ks_format_pem) {
        line(s, s->trust ? "ssl_trusted_certificate " : "ssl_certificate ", put_nginx_word, s->path,
             ";");
        if (!s->trust)
            line(s, "ssl_certificate_key ", put_nginx_word, s->path, ";");
        return;
    }
    char *chain = s->entry ? ks_export_name(s->entry, KS_EXPORT_CHAIN, KS_EXPORT_PEM)
                           : ks_strdup("chain.pem");
    char *key =
        s->entry ? ks_export_name(s->entry, KS_EXPORT_KEY, KS_EXPORT_PEM) : ks_strdup("key.pem");
    ks_buf_str(s->out, "# nginx reads PEM files only. This makes them:\n#   ");
    put_export(s, chain, key);
    put_file_beside(s, role(s, "ssl_certificate ", "ssl_trusted_certificate "), chain);
    if (!s->trust) {
        put_file_beside(s, "ssl_certificate_key ", key);
        ks_buf_str(s->out,
                   "# With --new-pass in place of --unencrypted the key is encrypted, and its "
                   "password goes into\n# the file of ssl_password_file.\n");
    }
    free(chain);
    free(key);
}

/* ---- the table ---- */

enum { SHELL, XML }; /* how a comment looks */
enum {
    READS_PEM = 1,
    NO_PASSWORD = 2, /* the lines have none */
    EXPANDS = 4,     /* takes ${...} in a value for a variable */
    NO_CONTROLS = 8, /* has no way to write control characters */
    NO_ESCAPES = 16, /* has none for anything */
};

static const struct {
    void (*put)(struct snip *s);
    int comments;
    unsigned flags;
} makers[] = {
    {put_jvm, SHELL, 0},
    {put_java_opts, SHELL, 0},
    {put_dropwizard, SHELL, EXPANDS},
    {put_jetty, XML, EXPANDS | NO_CONTROLS},
    {put_tomcat, XML, EXPANDS | NO_CONTROLS},
    {put_spring, SHELL, EXPANDS},
    {put_kafka, SHELL, READS_PEM | EXPANDS},
    {put_nginx, SHELL, READS_PEM | NO_PASSWORD | NO_ESCAPES},
};

/* Whether a name can be written there as what it is. */
static bool is_fit(const char *word, unsigned flags)
{
    int32_t cp;
    if (!word)
        return true;
    if (flags & EXPANDS && strstr(word, "${"))
        return false;
    if (flags & NO_ESCAPES && strpbrk(word, "\"\\$"))
        return false;
    for (size_t len = strlen(word), step; len > 0; word += step, len -= step) {
        step = ks_utf8_next(word, len, &cp);
        if ((cp < 0 && flags) || (flags & (NO_CONTROLS | NO_ESCAPES) && cp < 0x20) ||
            (flags & NO_ESCAPES && cp >= 0x7f))
            return false;
    }
    return true;
}

#define BOTH (KS_SNIPPET_KEY | KS_SNIPPET_TRUST)
const struct ks_snippet ks_snippets[] = {
    {"jvm", "JVM options", BOTH, "Behind \"java\" on the command line."},
    {"java-opts", "JAVA_OPTS", BOTH,
     "In setenv.sh, an environment file, or before the start script."},
    {"dropwizard", "Dropwizard", BOTH, "In config.yml."},
    {"jetty", "Jetty", BOTH, "In etc/jetty-ssl-context.xml; Jetty 9.4.16 and later."},
    {"tomcat", "Tomcat", BOTH, "In conf/server.xml; Tomcat 8.5 and later."},
    {"spring", "Spring Boot", BOTH, "In application.properties."},
    {"kafka", "Kafka", BOTH, "In server.properties, producer or consumer properties."},
    {"nginx", "nginx", BOTH, "In the server block."},
    {NULL, NULL, 0, NULL},
};

const struct ks_snippet *ks_snippet_named(const char *word)
{
    for (const struct ks_snippet *s = ks_snippets; s->word; s++)
        if (strcmp(s->word, word) == 0)
            return s;
    return NULL;
}

/* ---- what is said before ---- */

static void comment(struct snip *s, int style, const char *text)
{
    ks_buf_printf(s->out, style == XML ? "<!-- %s -->\n" : "# %s\n", text);
}

static size_t keys_in(const struct ks_store *store)
{
    size_t n = 0;
    for (size_t i = 0; i < ks_store_count(store); i++)
        n += ks_store_entry(store, i)->kind == KS_KIND_KEY;
    return n;
}

static void put_remarks(struct snip *s, size_t maker)
{
    const struct ks_format *f = s->store->format;
    bool pem = !(f->caps & KS_CAP_STORE);
    int style = makers[maker].comments;

    if (!(makers[maker].flags & NO_PASSWORD))
        comment(s, style, "Put the password in place of " STORE_PASSWORD ".");
    if (pem && !(makers[maker].flags & READS_PEM))
        comment(s, style, "Java's keystores are no such file: convert it to PKCS12 first.");
    if (f == &ks_format_bks || f == &ks_format_uber || f == &ks_format_bcfks)
        comment(s, style, "The JVM needs Bouncy Castle's provider for this type.");
    if (!s->trust && !s->alias && keys_in(s->store) > 1)
        comment(s, style, "The keystore holds several keys: which one is used is not said here.");
    if (ks_store_unsaved(s->store))
        comment(s, style, "The keystore has changes that are not written yet.");
}

void ks_snippet_put(const struct ks_snippet *snippet, const struct ks_store *store,
                    const struct ks_entry *entry, struct ks_buf *out)
{
    size_t at = (size_t)(snippet - ks_snippets);
    char *path = ks_command_path(store->path);
    const char *slash = strrchr(path, '/');
    bool trust = entry ? entry->kind != KS_KIND_KEY : keys_in(store) == 0;
    struct snip s = {
        .store = store,
        .entry = entry,
        .path = path,
        .dir = ks_asprintf("%.*s", (int)(slash ? slash - path + 1 : 0), path),
        .alias = entry && !trust ? ks_op_name(store->format, entry->alias) : NULL,
        .type = store->format->name,
        .trust = trust,
        .own_passwords = store->format->caps & KS_CAP_ENTRY_PASSWORD && !trust &&
                         store->format != &ks_format_pkcs12,
        .out = out,
    };

    if (is_fit(s.path, makers[at].flags) && is_fit(s.alias, makers[at].flags)) {
        put_remarks(&s, at);
        makers[at].put(&s);
    } else {
        comment(&s, makers[at].comments,
                "The path or the alias has characters that cannot be written here: rename it.");
    }
    free(s.alias);
    free(s.path);
    free(s.dir);
}
