/*
 * Trusted certificates: which of those that were brought are worth it, and under which names.
 */
#include "op/bring.h"

#include "base/alloc.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define ROOTS_CHECKED 2000 /* signatures: a quarter of a second */
#define ISSUERS_LOOKED 16  /* of one name, for each certificate */

/* ---- what a certificate would be ---- */

/* A key pair that a certificate may belong to. */
struct pair {
    const struct ks_store *store;
    const struct ks_entry *entry;
};

struct sifting {
    struct ks_trust_row *rows;
    size_t count;
    int64_t now;
    const struct ks_entry **here; /* certificates of the store */
    struct ks_index ders;         /* of here */
    struct pair *pairs;
    size_t pair_count;
    struct ks_index keys; /* of pairs, by the bits of the public key */
    uint64_t *subjects;   /* hashes, of rows */
    struct ks_index by_subject;
    size_t checked;
};

static void index_store(struct sifting *s, const struct ks_store *into)
{
    size_t count = 0;

    s->here = ks_alloc_array(ks_store_count(into), sizeof *s->here);
    s->ders = ks_index_new(ks_store_count(into));
    for (size_t i = 0; i < ks_store_count(into); i++) {
        const struct ks_entry *e = ks_store_entry(into, i);
        if ((e->kind != KS_KIND_TRUSTED && e->kind != KS_KIND_CERT) || !e->chain_len)
            continue;
        s->here[count] = e;
        ks_index_add(&s->ders, ks_cert_der(&e->chain[0]), count++);
    }
}

static size_t count_pairs(const struct ks_store *store)
{
    size_t count = 0;

    for (size_t i = 0; store && i < ks_store_count(store); i++)
        count += ks_store_entry(store, i)->kind == KS_KIND_KEY;
    return count;
}

static void add_pairs(struct sifting *s, const struct ks_store *store)
{
    for (size_t i = 0; store && i < ks_store_count(store); i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        if (e->kind != KS_KIND_KEY || !e->chain_len || e->chain[0].flags & KS_CERT_BROKEN)
            continue;
        s->pairs[s->pair_count] = (struct pair){store, e};
        ks_index_add(&s->keys, ks_cert_key_bits(&e->chain[0]), s->pair_count++);
    }
}

static void index_pairs(struct sifting *s, const struct ks_store *into,
                        struct ks_store *const *open, size_t open_count)
{
    size_t room = count_pairs(into);

    for (size_t i = 0; i < open_count; i++)
        room += open[i] == into ? 0 : count_pairs(open[i]);
    s->pairs = ks_alloc_array(room, sizeof *s->pairs);
    s->keys = ks_index_new(room);
    add_pairs(s, into);
    for (size_t i = 0; i < open_count; i++)
        if (open[i] != into)
            add_pairs(s, open[i]);
}

static void index_subjects(struct sifting *s)
{
    s->subjects = ks_alloc_array(s->count, sizeof *s->subjects);
    s->by_subject = ks_index_new(s->count);
    for (size_t i = 0; i < s->count; i++) {
        const struct ks_cert *c = s->rows[i].from.cert;
        s->subjects[i] = ks_name_hash(ks_cert_part(c, c->subject));
        ks_index_add(&s->by_subject, ks_slice(&s->subjects[i], sizeof s->subjects[i]), i);
    }
}

static bool is_root(struct sifting *s, const struct ks_cert *c)
{
    if (!(c->flags & KS_CERT_SELF_ISSUED) || s->checked == ROOTS_CHECKED)
        return false;
    s->checked++;
    return ks_cert_verify(c, ks_cert_part(c, c->spki)) == KS_VERDICT_GOOD;
}

static bool has_issuer_here(const struct sifting *s, size_t row)
{
    const struct ks_cert *c = s->rows[row].from.cert;
    uint64_t name = ks_name_hash(ks_cert_part(c, c->issuer));
    size_t looked = 0;

    for (size_t i = ks_index_first(&s->by_subject, ks_slice(&name, sizeof name));
         i != KS_NOWHERE && looked < ISSUERS_LOOKED; i = ks_index_next(&s->by_subject, i), looked++)
        if (i != row && s->rows[i].ca && ks_cert_may_issue(s->rows[i].from.cert, c))
            return true;
    return false;
}

/* A reply is no trust anchor. A certificate that signed itself, or a CA's own, may well be one for
 * others although its key is here. */
static void find_pair(const struct sifting *s, struct ks_trust_row *row)
{
    if (row->from.cert->flags & KS_CERT_SELF_ISSUED || row->ca)
        return;
    size_t i = ks_index_first(&s->keys, ks_cert_key_bits(row->from.cert));
    if (i == KS_NOWHERE)
        return;
    row->key_store = s->pairs[i].store;
    row->key_entry = s->pairs[i].entry;
}

static const char *why_not(const struct sifting *s, size_t i)
{
    const struct ks_trust_row *row = &s->rows[i];
    const struct ks_cert *c = row->from.cert;

    if (row->already)
        return "already here";
    if (row->key_entry)
        return "its key is in a key pair: import it as a CA reply";
    if (!(c->flags & KS_CERT_BAD_TIME) && c->not_after < s->now)
        return "expired";
    if (!row->root && has_issuer_here(s, i))
        return "not needed with its issuer";
    return row->ca || row->root ? NULL : "not a CA";
}

static void look_at(struct sifting *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct ks_trust_row *row = &s->rows[i];
        const struct ks_cert *c = row->from.cert;
        size_t here = ks_index_first(&s->ders, ks_cert_der(c));
        row->already = here != KS_NOWHERE ? s->here[here] : NULL;
        row->root = is_root(s, c);
        /* version 1 had no way to say so (RFC 5280 4.2.1.9) */
        row->ca = c->flags & KS_CERT_CA || (row->root && c->version < 3);
        find_pair(s, row);
    }
    for (size_t i = 0; i < s->count; i++) {
        s->rows[i].why_not = why_not(s, i);
        s->rows[i].proposed = !s->rows[i].why_not;
    }
}

static void name_rows(struct sifting *s, const struct ks_store *into)
{
    struct ks_names names = ks_names_of(into, s->count);

    for (size_t i = 0; i < s->count; i++) {
        char *alias = ks_bring_alias(s->rows[i].from.cert);
        s->rows[i].alias = ks_names_take(&names, alias);
        free(alias);
    }
    ks_names_drop(&names);
}

struct ks_trust_row *ks_trust_rows(const struct ks_store *into, const struct ks_gather *given,
                                   struct ks_store *const *open, size_t open_count, int64_t now,
                                   size_t *count)
{
    struct sifting s = {.now = now};
    struct ks_gathered *certs = ks_gather_certs(given, &s.count, NULL);

    s.rows = ks_alloc_array(s.count, sizeof *s.rows);
    for (size_t i = 0; i < s.count; i++)
        s.rows[i].from = certs[i];
    free(certs);
    index_store(&s, into);
    index_pairs(&s, into, open, open_count);
    index_subjects(&s);
    look_at(&s);
    name_rows(&s, into);
    free(s.here);
    free(s.pairs);
    free(s.subjects);
    ks_index_drop(&s.ders);
    ks_index_drop(&s.keys);
    ks_index_drop(&s.by_subject);
    *count = s.count;
    return s.rows;
}

void ks_trust_rows_free(struct ks_trust_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(rows[i].alias);
    free(rows);
}

char *ks_op_propose_alias(const struct ks_store *store, const struct ks_cert *cert,
                          char *const *taken, size_t taken_count)
{
    struct ks_names names = ks_names_of(store, taken_count + 1);

    for (size_t i = 0; i < taken_count; i++)
        free(ks_names_take(&names, taken[i]));
    char *wanted = ks_bring_alias(cert), *alias = ks_names_take(&names, wanted);
    free(wanted);
    ks_names_drop(&names);
    return alias;
}

/* ---- the entries ---- */

static struct ks_entry *entry_of(const struct ks_trust_pick *pick)
{
    struct ks_cert copy;
    struct ks_blob *blob = ks_bring_copies(&pick->cert, 1, &copy);
    struct ks_entry_draft d = {.kind = KS_KIND_TRUSTED,
                               .created = KS_TIME_NONE,
                               .alias = ks_strdup(pick->alias),
                               .chain = &copy,
                               .chain_len = 1,
                               .blobs = &blob,
                               .blob_count = 1};
    struct ks_entry *e = ks_entry_new(&d);

    ks_blob_unref(blob);
    return e;
}

struct ks_store *ks_bring_trust_store(const struct ks_trust_pick *picks, size_t count)
{
    struct ks_entry **entries = ks_alloc_array(count, sizeof(struct ks_entry *));

    for (size_t i = 0; i < count; i++)
        entries[i] = entry_of(&picks[i]);
    struct ks_store *store = ks_bring_store(entries, count);
    free(entries);
    return store;
}

/* ---- remarks ---- */

static void remark_known(struct ks_plan *plan, const struct sifting *s,
                         const struct ks_trust_pick *pick)
{
    size_t i = ks_index_first(&s->ders, ks_cert_der(pick->cert));

    if (i != KS_NOWHERE)
        ks_plan_remark(plan, KS_REMARK_NOTE, "already", pick->alias,
                       "%.500s: the same certificate is there as %.500s", pick->alias,
                       s->here[i]->alias);
}

static void remark_pick(struct ks_plan *plan, const struct sifting *s,
                        const struct ks_trust_pick *pick, int64_t now)
{
    const struct ks_cert *c = pick->cert;
    size_t pair = c->flags & (KS_CERT_SELF_ISSUED | KS_CERT_CA)
                      ? KS_NOWHERE
                      : ks_index_first(&s->keys, ks_cert_key_bits(c));
    char date[16];

    if (pair != KS_NOWHERE)
        ks_plan_remark(plan, KS_REMARK_WARNING, "use-reply", pick->alias,
                       "%.300s certifies the key of %.300s: it is a CA reply, and of no use as a "
                       "trusted certificate",
                       pick->alias, s->pairs[pair].entry->alias);
    else if (!(c->flags & (KS_CERT_CA | KS_CERT_SELF_ISSUED)))
        ks_plan_remark(plan, KS_REMARK_WARNING, "not-a-ca", pick->alias,
                       "%.500s is not a CA: what is trusted is this one certificate, until it is "
                       "renewed",
                       pick->alias);
    if (!(c->flags & KS_CERT_BAD_TIME) && c->not_after < now)
        ks_plan_remark(plan, KS_REMARK_WARNING, "expired", pick->alias, "%.500s expired on %s",
                       pick->alias, ks_time_date(c->not_after, date));
    remark_known(plan, s, pick);
}

static void remark_all(struct ks_plan *plan, const struct ks_trust_pick *picks, size_t count)
{
    struct sifting s = {0};

    index_store(&s, plan->target);
    index_pairs(&s, plan->target, NULL, 0);
    for (size_t i = 0; i < count; i++)
        remark_pick(plan, &s, &picks[i], ks_now());
    free(s.here);
    free(s.pairs);
    ks_index_drop(&s.ders);
    ks_index_drop(&s.keys);
}

/* ---- the same with keytool ---- */

#define COMMANDS_SHOWN 50

static void put_from_store(struct ks_commands *c, const struct ks_store *to,
                           const struct ks_trust_pick *pick)
{
    struct ks_buf line = KS_BUF_INIT;

    ks_bring_exportcert(&line, pick->from, pick->entry);
    ks_buf_str(&line, " | ");
    ks_command_keytool(&line, "importcert -noprompt", to);
    ks_buf_str(&line, " -alias ");
    ks_shell_word(&line, pick->alias);
    ks_command_take(c, &line);
}

/* keytool reads the first certificate of a file only. */
static bool is_alone(const struct ks_trust_pick *pick)
{
    return pick->from && ks_bring_is_file(pick->from) && ks_store_count(pick->from) == 1;
}

static void put_from_file(struct ks_commands *c, const struct ks_store *to,
                          const struct ks_trust_pick *pick)
{
    struct ks_buf line = KS_BUF_INIT;
    char *path =
        is_alone(pick) ? ks_command_path(pick->from->path) : ks_asprintf("%s.pem", pick->alias);

    ks_command_keytool(&line, "importcert -noprompt", to);
    ks_buf_str(&line, " -alias ");
    ks_shell_word(&line, pick->alias);
    ks_buf_str(&line, " -file ");
    ks_shell_word(&line, path);
    ks_command_take(c, &line);
    free(path);
}

static bool is_in_keystore(const struct ks_trust_pick *pick)
{
    return pick->from && pick->from->format->caps & KS_CAP_STORE && pick->entry &&
           pick->entry->chain_len && pick->cert == &pick->entry->chain[0];
}

static void put_commands(struct ks_commands *c, const struct ks_store *to,
                         const struct ks_trust_pick *picks, size_t count)
{
    bool cut = false, from_store = false;

    if (!(to->format->caps & KS_CAP_STORE)) {
        ks_command_remark(c, "in a PEM file, put the certificates behind each other");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        from_store = from_store || is_in_keystore(&picks[i]);
        cut = cut || (!is_in_keystore(&picks[i]) && !is_alone(&picks[i]));
    }
    ks_bring_say_passwords(c, to, from_store);
    if (cut)
        ks_command_remark(c, "keytool reads the first certificate of a file only: put each into "
                             "one of its own");
    for (size_t i = 0; i < count && i < COMMANDS_SHOWN; i++) {
        if (is_in_keystore(&picks[i]))
            put_from_store(c, to, &picks[i]);
        else
            put_from_file(c, to, &picks[i]);
    }
    if (count > COMMANDS_SHOWN)
        ks_command_remark(c, "and %zu more like these", count - COMMANDS_SHOWN);
}

/* ---- the operation ---- */

static char *label_trusted(const struct ks_trust_pick *picks, size_t count)
{
    if (count == 1)
        return ks_asprintf("imported the trusted certificate %.200s", picks[0].alias);
    return ks_asprintf("imported %zu trusted certificates", count);
}

enum ks_code ks_op_trust(struct ks_store *store, const struct ks_trust_pick *picks, size_t count,
                         enum ks_clash clash, struct ks_plan *out, struct ks_error *err)
{
    enum ks_code rc = ks_op_start(store, out, err);

    if (rc == KS_OK && count == 0) {
        ks_fail(err, KS_ERR_USAGE, "no-certificate",
                "nothing was imported: no certificate is chosen");
        rc = ks_fail_next(err, KS_ERR_USAGE, "choose one");
    }
    if (rc != KS_OK)
        return rc;
    struct ks_list l = ks_list_of(store->now);
    struct ks_store *from = ks_bring_trust_store(picks, count);
    remark_all(out, picks, count);
    rc = ks_bring_transfer(out, &l, from, clash, NULL, NULL, err);
    if (rc == KS_OK) {
        char *label = label_trusted(picks, count);
        put_commands(&out->commands, store, picks, count);
        ks_op_finish(out, &l, store->now->password, store->now->protection, label);
        free(label);
    } else {
        ks_plan_drop(out);
    }
    ks_store_free(from);
    ks_list_drop(&l);
    return rc;
}
