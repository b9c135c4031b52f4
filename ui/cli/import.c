/*
 * What others made, brought into a keystore: a CA's reply, key pairs, trusted certificates.
 */
#include "cli/make.h"

#include "base/alloc.h"
#include "base/text.h"
#include "cli/text.h"
#include "file/jvm.h"
#include "file/open.h"
#include "op/import.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

/* ---- sources ---- */

/* A file that is imported from: its password is that of --in-pass. */
static struct ks_store *open_source(struct cli *cli, const char *path)
{
    struct password_sources *all = cli->passwords;
    struct password_sources own = {cli->bringing.password, cli->bringing.password ? 1 : 0};
    cli->passwords = &own;
    cli->sourcing = true;
    struct ks_store *s = edit_open_to_read(cli, path);
    cli->sourcing = false;
    cli->passwords = all;
    return s;
}

static bool gather(struct cli *cli, struct ks_gather *given, const char *const *paths, size_t count)
{
    struct ks_error err = {0};
    for (size_t i = 0; i < count; i++) {
        struct ks_store *s = open_source(cli, paths[i]);
        if (!s)
            return false;
        if (ks_gather_store(given, s, &err) != KS_OK) {
            cli_fail(cli, &err);
            return false;
        }
    }
    return true;
}

/* ---- passwords of keys ---- */

static struct ks_secret *read_source(struct password_source *source)
{
    const struct ks_secret *read = NULL;
    bool readable = false;
    if (password_read(source, &read, &readable, NULL) != KS_OK)
        return NULL;
    return ks_secret_dup(read);
}

static bool is_read(const struct password_source *source)
{
    return source && source->kind != PASSWORD_PROMPT && source->kind != PASSWORD_NONE;
}

static struct ks_secret *ask_terminal(struct cli *cli, const struct ks_entry *entry)
{
    struct ks_secret *typed = NULL;
    struct ks_buf label = KS_BUF_INIT;
    ks_buf_str(&label, "Password of the key ");
    (void)text_neutralise(cli, entry->alias, strlen(entry->alias), &label);
    ks_buf_str(&label, ": ");
    if (password_ask(ks_buf_text(&label), &typed, NULL) != KS_OK)
        typed = NULL;
    ks_buf_free(&label);
    return typed;
}

/* --key-pass; for a key in a file of its own --in-pass does as well; else the terminal. */
static struct ks_secret *answer(void *ctx, const struct ks_store *store,
                                const struct ks_entry *entry, const struct ks_error *why)
{
    struct cli *cli = ctx;
    struct password_source *own = cli->key_password, *file = cli->bringing.password;
    (void)why;
    if (is_read(own))
        return read_source(own);
    if (!own && is_read(file) && !(store->format->caps & KS_CAP_STORE))
        return read_source(file);
    if (own && own->kind == PASSWORD_NONE)
        return NULL;
    return ask_terminal(cli, entry);
}

/* ---- errors, in the words of the command line ---- */

static void fail(struct cli *cli, struct ks_error *err)
{
    static const struct {
        const char *slug, *next;
    } advice[] = {
        {"incomplete", "add its file as one more --reply or --cert, or for a reply a keystore that "
                       "has it with --from; --incomplete stores the chain as it is"},
        {"older", "--older imports it all the same"},
        {"several-entries", "--alias says for which entry it is"},
        {"no-certificate",
         "--cert adds the file with its certificate; --self-signed --dn makes one"},
        {"alias-clash", "--alias gives it another name; --clash replace or rename decides"},
    };
    for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++)
        if (err->code == KS_ERR_REFUSED && strcmp(err->slug, advice[i].slug) == 0)
            (void)ks_fail_next(err, err->code, "%s", advice[i].next);
    if (err->code == KS_ERR_PASSWORD || err->code == KS_ERR_PASSWORD_NEEDED)
        (void)ks_fail_next(err, err->code,
                           "--key-pass gives the password of the key, --in-pass that of its file");
    cli_fail(cli, err);
}

static void fail_usage(struct cli *cli, const char *what, const char *next)
{
    struct ks_error err = {0};
    (void)ks_fail(&err, KS_ERR_USAGE, "usage", "%s", what);
    (void)ks_fail_next(&err, KS_ERR_USAGE, "%s", next);
    cli_fail(cli, &err);
}

static char *label_of(const struct ks_cert *cert)
{
    struct ks_buf label = KS_BUF_INIT;
    ks_name_label(ks_cert_part(cert, cert->subject), &label);
    return ks_text_show_nul(ks_text_keep_nul(&label));
}

/* ---- CA reply ---- */

#define TRUSTSTORES_MAX 4

struct stores {
    struct ks_store *at[CLI_SOURCES_MAX + TRUSTSTORES_MAX];
    size_t count;
};

static void drop_stores(struct stores *s)
{
    for (size_t i = 0; i < s->count; i++)
        ks_store_free(s->at[i]);
}

static bool open_stores(struct cli *cli, struct stores *out)
{
    for (size_t i = 0; i < cli->bringing.store_count; i++) {
        struct ks_store *s = open_source(cli, cli->bringing.stores[i]);
        if (!s)
            return false;
        out->at[out->count++] = s;
    }
    return true;
}

/* What cannot be opened is no loss: it is looked at beside everything else. */
static void add_truststores(struct stores *out)
{
    struct ks_jvm_list jvms = ks_jvm_find("", getenv("JAVA_HOME"), getenv("HOME"));
    size_t found = 0;
    for (size_t i = 0; i < jvms.count && found < TRUSTSTORES_MAX; i++) {
        const struct ks_jvm_store *j = &jvms.at[i];
        struct ks_store *s = NULL;
        if (!j->target || j->same_as_before || !strstr(j->role, "cacerts") ||
            ks_open(j->path, NULL, NULL, &s, NULL) != KS_OK)
            continue;
        out->at[out->count++] = s;
        found++;
    }
    ks_jvm_list_drop(&jvms);
}

/* The truststores are opened only when the rest leaves a gap. */
static enum ks_code look_at_reply(struct cli *cli, struct ks_reply *reply, struct stores *others,
                                  struct ks_reply_look *look, struct ks_error *err)
{
    enum ks_code rc = ks_reply_look(reply, NULL, look, NULL, err);
    bool gap = look->rows && !look->complete;
    if (!gap || cli->bringing.no_cacerts)
        return rc;
    ks_reply_look_drop(look);
    add_truststores(others);
    reply->others = others->at;
    reply->other_count = others->count;
    return ks_reply_look(reply, NULL, look, NULL, err);
}

static const char *const roles[] = {[KS_REPLY_LEAF] = "leaf",
                                    [KS_REPLY_ISSUER] = "issuer",
                                    [KS_REPLY_ROOT] = "root",
                                    [KS_REPLY_UNRELATED] = "unrelated"};

static void put_where(const struct ks_reply_row *row, struct ks_buf *out)
{
    if (row->from.store)
        ks_gathered_where(&row->from, out);
    else
        ks_buf_str(out, row->found->store->path);
}

static void say_row(struct cli *cli, const struct ks_reply_row *row)
{
    struct ks_buf where = KS_BUF_INIT;
    char *label = label_of(row->cert);
    text_padded(cli, roles[row->role], 11);
    (void)text_ext(cli, label);
    text_own(cli, ", ");
    put_where(row, &where);
    (void)text_ext(cli, ks_buf_text(&where));
    if (row->role == KS_REPLY_ROOT || row->role == KS_REPLY_UNRELATED)
        text_own(cli, ": left out");
    text_line(cli);
    ks_buf_free(&where);
    free(label);
}

static json_t *json_row(const struct ks_reply_row *row)
{
    struct ks_buf where = KS_BUF_INIT, hex = KS_BUF_INIT;
    uint8_t sha256[32];
    char *label = label_of(row->cert);
    json_t *o = json_object();
    put_where(row, &where);
    ks_cert_sha256(row->cert, sha256);
    ks_text_hex(ks_slice(sha256, sizeof sha256), '\0', false, &hex);
    json_put(o, "role", json_string(roles[row->role]));
    json_put(o, "label", json_ext_z(label));
    json_put(o, "sha256", json_string(ks_buf_text(&hex)));
    json_put(o, "from", json_ext_z(ks_buf_text(&where)));
    ks_buf_free(&where);
    ks_buf_free(&hex);
    free(label);
    return o;
}

static void say_look(struct cli *cli, const struct ks_reply_look *look)
{
    if (cli->json) {
        json_t *reply = json_object(), *rows = json_array();
        for (size_t i = 0; i < look->count; i++)
            (void)json_array_append_new(rows, json_row(&look->rows[i]));
        json_put(reply, "alias", json_ext_z(look->entry->alias));
        json_put(reply, "complete", json_boolean(look->complete));
        json_put(reply, "missing", look->missing ? json_ext_z(look->missing) : json_null());
        json_put(reply, "certificates", rows);
        json_member(cli, "reply", reply);
        return;
    }
    for (size_t i = 0; i < look->count && !cli->quiet; i++)
        say_row(cli, &look->rows[i]);
    if (look->missing && !cli->quiet) {
        text_padded(cli, "missing", 11);
        (void)text_ext(cli, look->missing);
        text_line(cli);
    }
}

static void import_reply(struct cli *cli, struct ks_store *s, const struct ks_gather *given,
                         struct stores *others)
{
    const struct cli_bringing *b = &cli->bringing;
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct ks_reply_look look = {0};
    struct ks_reply reply = {.store = s,
                             .given = given,
                             .others = others->at,
                             .other_count = others->count,
                             .leave_root = b->without_root,
                             .older = b->older,
                             .incomplete = b->incomplete,
                             .now = ks_now()};
    reply.entry = cli->alias ? edit_find(cli, s, cli->alias) : NULL;
    if (cli->alias && !reply.entry)
        return;
    enum ks_code rc = look_at_reply(cli, &reply, others, &look, &err);
    if (look.rows)
        say_look(cli, &look);
    if (rc == KS_OK)
        rc = ks_op_reply(&reply, NULL, &plan, &err);
    if (rc == KS_OK)
        edit_carry_out(cli, &plan);
    else
        fail(cli, &err);
    ks_reply_look_drop(&look);
    ks_plan_drop(&plan);
}

static void run_reply(struct cli *cli, const struct ks_gather *given)
{
    struct stores others = {0};
    struct ks_store *s = edit_open(cli, cli->operands[0]);
    if (s && open_stores(cli, &others))
        import_reply(cli, s, given, &others);
    drop_stores(&others);
    ks_store_free(s);
}

/* ---- key pairs ---- */

static bool is_chosen(const struct cli *cli, const struct ks_candidates *c, size_t i)
{
    if (cli->entry)
        return strcmp(c->at[i].entry->alias, cli->entry) == 0;
    return cli->bringing.all || c->count == 1;
}

/* The name that it has where it comes from: --clash says what becomes of one that is taken. */
static const char *alias_of(const struct ks_candidate *c)
{
    bool invented = c->entry->notes & KS_NOTE_ALIAS_INVENTED || !c->entry->alias[0];
    return invented ? c->alias : c->entry->alias;
}

static size_t choose_keys(struct cli *cli, const struct ks_candidates *c,
                          struct ks_import_key *keys)
{
    struct ks_error err = {0};
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        if (is_chosen(cli, c, i))
            keys[count++] = (struct ks_import_key){.from = &c->at[i], .alias = alias_of(&c->at[i])};
    if (count == 0 && cli->entry) {
        (void)ks_fail(&err, KS_ERR_NOT_FOUND, "no-such-entry",
                      "nothing was imported: there is no key pair %.200s", cli->entry);
        (void)ks_fail_next(&err, KS_ERR_NOT_FOUND, "ksx list names the entries");
        cli_fail(cli, &err);
    } else if (count == 0) {
        (void)ks_fail(&err, KS_ERR_USAGE, "several-keys",
                      "nothing was imported: there are %zu private keys", c->count);
        (void)ks_fail_next(&err, KS_ERR_USAGE, "--entry says which; --all imports all of them");
        cli_fail(cli, &err);
    } else if (count > 1 && cli->alias) {
        fail_usage(cli, "--alias is for one key pair, and there are several",
                   "leave it out: they get the names that they have");
        count = 0;
    }
    if (count == 1 && cli->alias)
        keys[0].alias = cli->alias;
    return count;
}

/* What --self-signed makes, for one key. */
struct stand_in {
    struct ks_buf subject;
    struct ks_profile profile;
    struct ks_wanted wanted;
};

static enum ks_code make_stand_in(const struct cli *cli, struct ks_import_key *key,
                                  struct stand_in *out, struct ks_error *err)
{
    uint8_t alg = KS_KEY_UNKNOWN;
    uint16_t bits;
    if (key->from->chain_len || !cli->bringing.self_signed)
        return KS_OK;
    (void)ks_spki_skim(key->from->spki, &alg, &bits, NULL);
    key->self_signed = &out->wanted;
    return make_wanted(cli, (enum ks_key_alg)alg, &out->subject, &out->profile, &out->wanted, err);
}

static enum ks_code plan_keys(struct cli *cli, struct ks_store *s, struct ks_import_key *keys,
                              size_t count, struct ks_plan *plan, struct ks_error *err)
{
    struct stand_in *made = ks_alloc_array(count, sizeof *made);
    enum ks_code rc = KS_OK;
    struct ks_secret *password =
        edit_new_secret(cli, cli->new_key_password, false, "New password of the key", err);
    if (!password)
        rc = err->code;
    for (size_t i = 0; rc == KS_OK && i < count; i++) {
        keys[i].password = password;
        keys[i].incomplete = cli->bringing.incomplete;
        rc = make_stand_in(cli, &keys[i], &made[i], err);
    }
    if (rc == KS_OK)
        rc = ks_op_import_keys(s, keys, count, (enum ks_clash)cli->clash, NULL, plan, err);
    for (size_t i = 0; i < count; i++) {
        ks_buf_free(&made[i].subject);
        ks_profile_drop(&made[i].profile);
    }
    ks_secret_free(password);
    free(made);
    return rc;
}

static void import_keys(struct cli *cli, struct ks_store *s, const struct ks_plan *made,
                        const struct ks_candidates *found)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    struct ks_import_key *keys = ks_alloc_array(found->count, sizeof *keys);
    size_t count = choose_keys(cli, found, keys);
    if (found->left_out)
        cli_note(cli, "%zu %s left out: %s", found->left_out,
                 found->left_out == 1 ? "key is" : "keys are", found->why.what);
    if (count && plan_keys(cli, s, keys, count, &plan, &err) == KS_OK) {
        make_keep_remarks(made, &plan);
        edit_carry_out(cli, &plan);
    } else if (count) {
        fail(cli, &err);
    }
    ks_plan_drop(&plan);
    free(keys);
}

static void run_keys(struct cli *cli, const struct ks_gather *given)
{
    struct ks_plan made = {0};
    struct ks_error err = {0};
    struct ks_candidates found = {0};
    const struct ks_key_passwords ask = {answer, cli};
    if (cli->bringing.self_signed && !cli->making.dn) {
        fail_usage(cli, "something is missing: --dn, the subject of the certificate",
                   "such as --dn CN=www.example.com,O=Example");
        return;
    }
    struct ks_store *s = make_open(cli, cli->operands[0], &made);
    if (s && ks_import_candidates(s, given, &ask, NULL, &found, &err) == KS_OK)
        import_keys(cli, s, &made, &found);
    else if (s)
        fail(cli, &err);
    ks_candidates_drop(&found);
    ks_plan_drop(&made);
    ks_store_free(s);
}

/* ---- trusted certificates ---- */

struct print {
    uint8_t sha256[32];
};

static int digit_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* "77:31:c0...", "7731c0...", also with the "SHA256:" of keytool in front. */
static bool parse_print(const char *text, struct print *out)
{
    size_t digits = 0;
    if (strncasecmp(text, "sha256:", 7) == 0 || strncasecmp(text, "sha-256:", 8) == 0)
        text = strchr(text, ':') + 1;
    for (text += strspn(text, " "); *text; text++) {
        int digit = digit_of(*text);
        if (*text == ':' || *text == ' ')
            continue;
        if (digit < 0 || digits == 64)
            return false;
        uint8_t *byte = &out->sha256[digits / 2];
        *byte = (uint8_t)(digits % 2 ? *byte << 4 | digit : digit);
        digits++;
    }
    return digits == 64;
}

static void put_print(const struct ks_cert *cert, struct ks_buf *out)
{
    uint8_t sha256[32];
    ks_cert_sha256(cert, sha256);
    ks_text_hex(ks_slice(sha256, sizeof sha256), ':', true, out);
}

struct trusting {
    struct cli *cli;
    struct ks_trust_row *rows;
    size_t count;
    struct ks_trust_pick *picks;
    size_t picked;
    bool confirmed;
};

static void pick(struct trusting *t, const struct ks_trust_row *row)
{
    t->picks[t->picked++] = (struct ks_trust_pick){.cert = row->from.cert,
                                                   .from = row->from.store,
                                                   .entry = row->from.entry,
                                                   .alias = row->alias};
}

#define LISTED 20 /* certificates to choose from */

static bool is_reply(struct trusting *t, const struct ks_trust_row *row)
{
    struct ks_error err = {0};
    if (!row->key_entry)
        return false;
    (void)ks_fail(&err, KS_ERR_REFUSED, "use-reply",
                  "%.150s was not imported: it certifies the key of %.150s, and is a CA's reply",
                  row->alias, row->key_entry->alias);
    (void)ks_fail_next(&err, KS_ERR_REFUSED, "--reply imports it into that entry");
    cli_fail(t->cli, &err);
    return true;
}

/* One that was named: what is here already is no error, so that a script can run twice. */
static bool pick_named(struct trusting *t, const struct ks_trust_row *row)
{
    for (size_t i = 0; i < t->picked; i++)
        if (t->picks[i].cert == row->from.cert)
            return true;
    if (row->already) {
        char *label = label_of(row->from.cert);
        cli_note(t->cli, "%s is here already, as %s", label, row->already->alias);
        free(label);
    } else if (is_reply(t, row)) {
        return false;
    } else {
        pick(t, row);
    }
    return true;
}

static bool pick_by_print(struct trusting *t, const char *text)
{
    struct ks_error err = {0};
    struct print wanted;
    uint8_t sha256[32];
    if (!parse_print(text, &wanted)) {
        (void)ks_fail(&err, KS_ERR_USAGE, "bad-value",
                      "--fingerprint needs a SHA-256, 64 hexadecimal digits, not '%.100s'", text);
        cli_fail(t->cli, &err);
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        ks_cert_sha256(t->rows[i].from.cert, sha256);
        if (memcmp(sha256, wanted.sha256, sizeof sha256) == 0)
            return pick_named(t, &t->rows[i]);
    }
    (void)ks_fail(&err, KS_ERR_REFUSED, "fingerprint",
                  "nothing was imported: no certificate that was given has the SHA-256 %.120s",
                  text);
    (void)ks_fail_next(&err, KS_ERR_REFUSED,
                       "do not trust it before its owner has confirmed the fingerprint");
    cli_fail(t->cli, &err);
    return false;
}

/* What there is to choose from, with what --fingerprint takes. */
static void list_certs(const struct trusting *t)
{
    for (size_t i = 0; i < t->count && i < LISTED; i++) {
        struct ks_buf print = KS_BUF_INIT;
        char *label = label_of(t->rows[i].from.cert);
        put_print(t->rows[i].from.cert, &print);
        cli_note(t->cli, "%s: SHA-256 %s", label, ks_buf_text(&print));
        ks_buf_free(&print);
        free(label);
    }
    if (t->count > LISTED)
        cli_note(t->cli, "and %zu more: ksx list shows them", t->count - LISTED);
}

static bool choose_certs(struct trusting *t)
{
    const struct cli_bringing *b = &t->cli->bringing;
    struct ks_error err = {0};
    for (size_t i = 0; i < b->print_count; i++)
        if (!pick_by_print(t, b->prints[i]))
            return false;
    t->confirmed = b->print_count > 0 || b->yes;
    if (b->print_count > 0)
        return true;
    if (t->count == 1)
        return pick_named(t, &t->rows[0]);
    for (size_t i = 0; b->all && i < t->count; i++)
        if (!t->rows[i].already && !t->rows[i].key_entry)
            pick(t, &t->rows[i]);
    if (b->all)
        return true;
    list_certs(t);
    (void)ks_fail(&err, KS_ERR_USAGE, "several-certificates",
                  t->count ? "nothing was imported: there are %zu certificates"
                           : "nothing was imported: there is no certificate",
                  t->count);
    (void)ks_fail_next(&err, KS_ERR_USAGE,
                       "--fingerprint says which; --all imports all that are new");
    cli_fail(t->cli, &err);
    return false;
}

static bool is_confirmed(struct trusting *t)
{
    struct ks_error err = {0};
    struct ks_buf print = KS_BUF_INIT;
    if (t->confirmed)
        return true;
    put_print(t->picks[0].cert, &print);
    (void)ks_fail(&err, KS_ERR_REFUSED, "not-confirmed",
                  "%.150s was not imported: nobody has confirmed its SHA-256 %s", t->picks[0].alias,
                  ks_buf_text(&print));
    (void)ks_fail_next(&err, KS_ERR_REFUSED,
                       "compare it with its owner, then give it with --fingerprint, or --yes");
    cli_fail(t->cli, &err);
    ks_buf_free(&print);
    return false;
}

static void say_prints(struct trusting *t)
{
    struct cli *cli = t->cli;
    for (size_t i = 0; i < t->picked && !cli->json && !cli->quiet; i++) {
        struct ks_buf print = KS_BUF_INIT;
        put_print(t->picks[i].cert, &print);
        (void)text_ext(cli, t->picks[i].alias);
        text_printf(cli, ": SHA-256 %s\n", ks_buf_text(&print));
        ks_buf_free(&print);
    }
}

static void import_certs(struct trusting *t, struct ks_store *s, const struct ks_plan *made)
{
    struct cli *cli = t->cli;
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (t->picked == 0) {
        cli_note(cli, "nothing to import: all that was given is here already");
        if (cli->json)
            json_member(cli, "written", json_false());
        return;
    }
    if (cli->alias && t->picked > 1) {
        fail_usage(cli, "--alias is for one certificate, and there are several",
                   "leave it out: their names are made of their subjects");
        return;
    }
    if (cli->alias)
        t->picks[0].alias = cli->alias;
    if (!cli->dry_run && !is_confirmed(t))
        return;
    if (ks_op_trust(s, t->picks, t->picked, (enum ks_clash)cli->clash, &plan, &err) == KS_OK) {
        say_prints(t);
        make_keep_remarks(made, &plan);
        edit_carry_out(cli, &plan);
        if (cli->dry_run) /* its fingerprint is seen now, and the real run would end here */
            (void)is_confirmed(t);
    } else {
        fail(cli, &err);
    }
    ks_plan_drop(&plan);
}

static void run_certs(struct cli *cli, const struct ks_gather *given)
{
    struct ks_plan made = {0};
    struct ks_store *s = make_open(cli, cli->operands[0], &made);
    struct trusting t = {.cli = cli};
    if (s) {
        t.rows = ks_trust_rows(s, given, NULL, 0, ks_now(), &t.count);
        t.picks = ks_alloc_array(t.count + cli->bringing.print_count, sizeof *t.picks);
        if (choose_certs(&t))
            import_certs(&t, s, &made);
    }
    ks_trust_rows_free(t.rows, t.count);
    free(t.picks);
    ks_plan_drop(&made);
    ks_store_free(s);
}

/* ---- import ---- */

static bool is_understood(struct cli *cli)
{
    const struct cli_bringing *b = &cli->bringing;
    if (!b->reply_count && !b->key_count && !b->cert_count)
        fail_usage(cli, "something is missing: what is to be imported",
                   "--reply, --key or --cert says it; ksx import --help lists what there is");
    else if (b->reply_count && (b->key_count || b->cert_count))
        fail_usage(cli, "--reply goes with neither --key nor --cert",
                   "certificates of issuers are --reply, too");
    else
        return true;
    return false;
}

int cli_run_import(struct cli *cli)
{
    const struct cli_bringing *b = &cli->bringing;
    struct ks_gather given = {0};
    edit_begin(cli);
    if (is_understood(cli) && gather(cli, &given, b->replies, b->reply_count) &&
        gather(cli, &given, b->keys, b->key_count) &&
        gather(cli, &given, b->certs, b->cert_count)) {
        if (b->reply_count)
            run_reply(cli, &given);
        else if (b->key_count)
            run_keys(cli, &given);
        else
            run_certs(cli, &given);
    }
    ks_gather_drop(&given);
    return edit_end(cli);
}
