#include "op/make_words.h"
#include "op/making.h"

#include "base/alloc.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

/* ---- words of a line ---- */

static void word(struct ks_buf *line, const char *option, const char *value)
{
    ks_buf_printf(line, " %s ", option);
    ks_shell_word(line, value);
}

/* keytool knows the keystore types of Java, and no loose files. */
static bool is_for_keytool(const struct ks_store *store)
{
    return store->format->caps & KS_CAP_STORE;
}

/* Keys of curves that Java has not are nothing that keytool signs with. */
static bool is_key_for_keytool(const struct ks_entry *e)
{
    const struct ks_cert *c = e->chain_len ? &e->chain[0] : NULL;
    const struct ks_key_type *type =
        c && !(c->flags & KS_CERT_BROKEN) ? ks_key_type_of(ks_cert_part(c, c->spki)) : NULL;

    return !type || type->keytool;
}

static long long days_of(const struct ks_wanted *w)
{
    return (long long)((w->not_after + KS_DAY - w->not_before) / KS_DAY);
}

static bool begins_now(const struct ks_wanted *w)
{
    int64_t apart = w->not_before - ks_now();
    return apart > -600 && apart < 600;
}

/* keytool takes the date for one of its own time zone. */
static void put_start(struct ks_buf *line, const struct ks_wanted *w)
{
    struct ks_civil c = ks_time_to_civil(w->not_before);
    struct ks_buf text = KS_BUF_INIT;

    if (begins_now(w))
        return;
    ks_buf_printf(&text, "%04d/%02d/%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
                  c.second);
    word(line, "-startdate", ks_buf_text(&text));
    ks_buf_str(line, " -J-Duser.timezone=UTC");
    ks_buf_free(&text);
}

static void file(struct ks_buf *line, const char *option, const char *path)
{
    ks_buf_printf(line, " %s ", option);
    ks_command_file(line, path);
}

static void remark_passwords(const struct ks_store *store, const struct ks_secret *key,
                             struct ks_commands *out)
{
    ks_command_remark(out, "STOREPASS: the password of %s%s", ks_op_file_name(store),
                      key ? "; KEYPASS: that of the key" : "");
}

/* -ext, -validity, -startdate, -sigalg: what a certificate says, for keytool. */
static void put_wanted(struct ks_buf *line, const struct ks_wanted *w)
{
    ks_words_of_profile(line, KS_TOOL_KEYTOOL, w->profile, ks_name_is_empty(w->subject));
    put_start(line, w);
    ks_buf_printf(line, " -validity %lld", days_of(w));
    ks_words_of_signature(line, KS_TOOL_KEYTOOL, w->signature);
}

/* ---- by a CA ---- */

static const struct ks_store *signer_store(const struct ks_wanted *w)
{
    return w->signer->store;
}

/* An entry whose own certificate it is: what -exportcert writes. */
static const struct ks_entry *entry_of(const struct ks_store *store, const struct ks_cert *c)
{
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e->chain_len && ks_slice_equal(ks_cert_der(&e->chain[0]), ks_cert_der(c)))
            return e;
    }
    return NULL;
}

/* keytool -gencert -rfc writes the chain but for the root, without which keytool refuses the reply
 * ("Failed to establish chain from reply"). A root that no entry has by itself comes with the rest
 * of the chain: what is there twice, and the text around it, is passed over. */
static void put_root(const struct ks_wanted *w, const char *variable, const char *output,
                     struct ks_commands *out)
{
    const struct ks_entry *ca = w->signer->entry;
    const struct ks_cert *root = &ca->chain[ca->chain_len - 1];
    const struct ks_entry *own = entry_of(signer_store(w), root);
    struct ks_buf line = KS_BUF_INIT;

    if (!(root->flags & KS_CERT_SELF_ISSUED))
        return;
    ks_command_keytool_as(&line, own ? "exportcert -rfc" : "list -rfc", signer_store(w), variable);
    word(&line, "-alias", own ? own->alias : ca->alias);
    file(&line, ">>", output);
    ks_command_take(out, &line);
}

static void put_gencert(const struct ks_wanted *w, const char *variable, const char *request,
                        const char *output, enum ks_sign_file kind, struct ks_commands *out)
{
    struct ks_buf line = KS_BUF_INIT;

    ks_command_keytool_as(&line, "gencert", signer_store(w), variable);
    word(&line, "-alias", w->signer->entry->alias);
    file(&line, "-infile", request);
    file(&line, "-outfile", output);
    ks_buf_str(&line, kind == KS_SIGN_DER ? "" : " -rfc");
    if (w->subject.data)
        ks_words_of_name(&line, KS_TOOL_KEYTOOL, w->subject);
    put_wanted(&line, w);
    ks_command_take(out, &line);
    if (kind == KS_SIGN_CHAIN)
        put_root(w, variable, output, out);
}

/* Request, certificate and import, for a CA in another keystore or an older keytool. */
static void put_roundtrip(const struct ks_store *store, const char *alias,
                          const struct ks_wanted *w, struct ks_commands *out)
{
    struct ks_buf line = KS_BUF_INIT;
    bool other = signer_store(w) != store;

    if (other)
        ks_command_remark(out, "CAPASS: the password of %s", ks_op_file_name(signer_store(w)));
    ks_command_scratch(out);
    ks_command_keytool(&line, "certreq", store);
    word(&line, "-alias", alias);
    file(&line, "-file", "request.csr");
    ks_command_take(out, &line);
    put_gencert(w, other ? "CAPASS" : "STOREPASS", "request.csr", "reply.pem", KS_SIGN_CHAIN, out);
    ks_command_keytool(&line, "importcert", store);
    ks_buf_str(&line, " -noprompt");
    word(&line, "-alias", alias);
    file(&line, "-file", "reply.pem");
    ks_command_take(out, &line);
    ks_command_scratch_end(out);
}

static bool signs_with_keytool(const struct ks_wanted *w)
{
    return !w->signer || (is_for_keytool(signer_store(w)) && is_key_for_keytool(w->signer->entry));
}

/* ---- key pairs ---- */

static void generate_with_keytool(const struct ks_store *store, const struct ks_generate *what,
                                  struct ks_commands *out)
{
    const struct ks_wanted *w = &what->wanted;
    struct ks_buf line = KS_BUF_INIT;

    remark_passwords(store, what->password, out);
    ks_command_keytool(&line, "genkeypair", store);
    if (what->password)
        ks_buf_str(&line, " -keypass:env KEYPASS");
    word(&line, "-alias", what->alias);
    ks_buf_printf(&line, " %s", what->type->keytool);
    ks_words_of_name(&line, KS_TOOL_KEYTOOL, w->subject);
    if (w->signer && signer_store(w) == store)
        word(&line, "-signer", w->signer->entry->alias);
    if (!w->signer || signer_store(w) == store)
        put_wanted(&line, w);
    ks_command_take(out, &line);
    if (w->signer && signer_store(w) != store)
        put_roundtrip(store, what->alias, w, out);
}

/* key.pem and cert.pem of the scratch directory, as an entry of the keystore. */
static void put_into_store(const struct ks_store *store, const struct ks_generate *what,
                           struct ks_commands *out)
{
    char *path = ks_command_path(store->path);
    bool by_ca = what->wanted.signer;
    struct ks_buf line = KS_BUF_INIT;

    if (!is_for_keytool(store)) {
        ks_command(out, "umask 077");
        ks_buf_printf(&line, "cat \"$tmp\"/key.pem \"$tmp\"/cert.pem%s", by_ca ? " ca.pem" : "");
        word(&line, ">>", path);
        ks_command_take(out, &line);
        free(path);
        return;
    }
    ks_buf_printf(&line, "openssl pkcs12 -export -inkey \"$tmp\"/key.pem -in \"$tmp\"/cert.pem%s",
                  by_ca ? " -certfile ca.pem" : "");
    word(&line, "-name", what->alias);
    ks_buf_str(&line, " -passout env:STOREPASS -out \"$tmp\"/new.p12");
    ks_command_take(out, &line);
    ks_command(out,
               "keytool -importkeystore -srckeystore \"$tmp\"/new.p12 -srcstorepass:env STOREPASS "
               "-destkeystore %s -deststoretype %s -deststorepass:env STOREPASS",
               path, store->format->name);
    free(path);
}

static void remark_ca(const struct ks_wanted *w, struct ks_commands *out)
{
    const struct ks_entry *ca = w->signer->entry;
    ks_command_remark(out, "ca.pem and ca.key: the %s and the key of %s, exported",
                      ca->chain_len > 1 ? "certificates, its own first," : "certificate",
                      ca->alias);
}

/* `key` and `ending` are as a shell reads them. */
static void put_certificate(const struct ks_wanted *w, const char *key, const char *ending,
                            struct ks_commands *out)
{
    struct ks_buf line = KS_BUF_INIT;

    if (!begins_now(w))
        ks_command_remark(out, "openssl req always begins now");
    ks_buf_printf(&line, "openssl req -x509 -new -key %s", key);
    if (w->signer)
        ks_buf_str(&line, " -CA ca.pem -CAkey ca.key");
    ks_words_of_name(&line, KS_TOOL_OPENSSL, w->subject);
    ks_words_of_profile(&line, KS_TOOL_OPENSSL, w->profile, ks_name_is_empty(w->subject));
    ks_buf_printf(&line, " -days %lld", days_of(w));
    ks_words_of_signature(&line, KS_TOOL_OPENSSL, w->signature);
    ks_buf_str(&line, ending);
    ks_command_take(out, &line);
}

static void generate_with_openssl(const struct ks_store *store, const struct ks_generate *what,
                                  struct ks_commands *out)
{
    struct ks_buf line = KS_BUF_INIT;

    if (!what->type->keytool)
        ks_command_remark(out, "keytool makes no such keys");
    if (is_for_keytool(store))
        remark_passwords(store, NULL, out);
    if (what->wanted.signer)
        remark_ca(&what->wanted, out);
    ks_command_scratch(out);
    ks_buf_printf(&line, "openssl genpkey %s -out \"$tmp\"/key.pem", what->type->openssl);
    ks_command_take(out, &line);
    put_certificate(&what->wanted, "\"$tmp\"/key.pem", " -out \"$tmp\"/cert.pem", out);
    put_into_store(store, what, out);
    ks_command_scratch_end(out);
}

void ks_op_generate_commands(const struct ks_store *store, const struct ks_generate *what,
                             struct ks_commands *out)
{
    if (what->type->keytool && is_for_keytool(store) && signs_with_keytool(&what->wanted))
        generate_with_keytool(store, what, out);
    else
        generate_with_openssl(store, what, out);
}

/* ---- renewal ---- */

static void renew_same_key(const struct ks_store *store, const struct ks_renew *what,
                           const struct ks_wanted *w, struct ks_commands *out)
{
    struct ks_buf line = KS_BUF_INIT;

    if (!is_for_keytool(store) || !is_key_for_keytool(what->entry) || !signs_with_keytool(w)) {
        ks_command_remark(out,
                          "key.pem: the key of %s; what is printed takes the place of its "
                          "certificate",
                          what->entry->alias);
        if (w->signer)
            remark_ca(w, out);
        put_certificate(w, "key.pem", "", out);
        return;
    }
    remark_passwords(store, NULL, out);
    if (w->signer) {
        put_roundtrip(store, what->entry->alias, w, out);
        return;
    }
    ks_command_keytool(&line, "selfcert", store);
    word(&line, "-alias", what->entry->alias);
    ks_words_of_name(&line, KS_TOOL_KEYTOOL, w->subject);
    put_wanted(&line, w);
    ks_command_take(out, &line);
}

/* The last line in front of all that are no remarks: what the passwords are is said above it. */
static void put_last_first(struct ks_commands *c)
{
    size_t last = c->count - 1, to = 0;
    char *line = c->at[last];

    while (to < last && c->at[to][0] == '#')
        to++;
    memmove(&c->at[to + 1], &c->at[to], (last - to) * sizeof(char *));
    c->at[to] = line;
}

void ks_op_renew_commands(const struct ks_store *store, const struct ks_renew *what,
                          const struct ks_wanted *wanted, struct ks_commands *out)
{
    struct ks_generate generate = {.alias = what->alias ? what->alias : what->entry->alias,
                                   .type = what->type,
                                   .wanted = *wanted,
                                   .password = what->password};
    struct ks_buf line = KS_BUF_INIT;

    if (!what->type) {
        renew_same_key(store, what, wanted, out);
        return;
    }
    ks_op_generate_commands(store, &generate, out);
    if (what->alias || !is_for_keytool(store))
        return;
    ks_command_keytool(&line, "delete", store);
    word(&line, "-alias", what->entry->alias);
    ks_command_take(out, &line);
    put_last_first(out);
}

/* ---- requests ---- */

static void request_with_openssl(const struct ks_entry *entry, const struct ks_ask *what,
                                 const char *output, bool der, struct ks_commands *out)
{
    struct ks_buf line = KS_BUF_INIT;

    ks_command_remark(out, "key.pem: the key of %s", entry->alias);
    ks_buf_str(&line, "openssl req -new -key key.pem");
    ks_words_of_name(&line, KS_TOOL_OPENSSL, what->subject);
    ks_words_of_profile(&line, KS_TOOL_OPENSSL, what->profile, ks_name_is_empty(what->subject));
    ks_words_of_signature(&line, KS_TOOL_OPENSSL, what->signature);
    ks_buf_str(&line, der ? " -outform DER" : "");
    word(&line, "-out", output);
    ks_command_take(out, &line);
}

static void request_with_keytool(const struct ks_store *store, const struct ks_entry *entry,
                                 const struct ks_ask *what, const char *output, bool der,
                                 struct ks_commands *out)
{
    struct ks_buf line = KS_BUF_INIT;

    remark_passwords(store, NULL, out);
    ks_command_keytool(&line, "certreq", store);
    word(&line, "-alias", entry->alias);
    if (!ks_name_is_empty(what->subject))
        ks_words_of_name(&line, KS_TOOL_KEYTOOL, what->subject);
    ks_words_of_profile(&line, KS_TOOL_KEYTOOL, what->profile, ks_name_is_empty(what->subject));
    ks_words_of_signature(&line, KS_TOOL_KEYTOOL, what->signature);
    word(&line, "-file", output);
    ks_command_take(out, &line);
    if (der)
        ks_command(out, "openssl req -in %s -outform DER -out %s", output, output);
}

void ks_op_request_commands(const struct ks_store *store, const struct ks_entry *entry,
                            const struct ks_ask *what, const char *path, bool der,
                            struct ks_commands *out)
{
    char *output = ks_command_path(path);

    if (what->challenge && what->challenge[0])
        ks_command_remark(out, "the challenge is left out: keytool has none, and openssl asks for "
                               "it in its own configuration only");
    if (is_for_keytool(store) && is_key_for_keytool(entry))
        request_with_keytool(store, entry, what, output, der, out);
    else
        request_with_openssl(entry, what, output, der, out);
    free(output);
}

/* ---- signing ---- */

static void sign_with_openssl(const char *request_path, const struct ks_wanted *wanted,
                              const char *output, enum ks_sign_file kind, struct ks_commands *out)
{
    struct ks_buf line = KS_BUF_INIT;

    remark_ca(wanted, out);
    ks_buf_str(&line, "openssl req -x509 -copy_extensions none -CA ca.pem -CAkey ca.key");
    word(&line, "-in", request_path);
    if (wanted->subject.data)
        ks_words_of_name(&line, KS_TOOL_OPENSSL, wanted->subject);
    ks_words_of_profile(&line, KS_TOOL_OPENSSL, wanted->profile, ks_name_is_empty(wanted->subject));
    ks_buf_printf(&line, " -days %lld", days_of(wanted));
    ks_words_of_signature(&line, KS_TOOL_OPENSSL, wanted->signature);
    ks_buf_str(&line, kind == KS_SIGN_DER ? " -outform DER" : "");
    word(&line, "-out", output);
    ks_command_take(out, &line);
    if (kind == KS_SIGN_CHAIN)
        ks_command(out, "cat ca.pem >> %s", output);
}

void ks_op_sign_commands(const char *request_path, const struct ks_wanted *wanted,
                         const char *output, enum ks_sign_file kind, struct ks_commands *out)
{
    char *from = ks_command_path(request_path), *to = ks_command_path(output);

    if (signs_with_keytool(wanted)) {
        remark_passwords(signer_store(wanted), NULL, out);
        put_gencert(wanted, "STOREPASS", from, to, kind, out);
    } else {
        sign_with_openssl(from, wanted, to, kind, out);
    }
    free(from);
    free(to);
}
