#include "op/bring.h"
#include "op/making.h"

#include "base/alloc.h"
#include "base/text.h"
#include "chain/issuer.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

/* ---- public keys ---- */

void ks_bring_key_id(struct ks_slice spki, struct ks_buf *out)
{
    uint8_t id[20];

    ks_spki_key_id(spki, id);
    ks_text_hex(ks_slice(id, 4), ':', true, out);
    ks_buf_str(out, ks_text_sign(KS_SIGN_CUT));
}

/* ---- certificates by key ---- */

struct ranked {
    const struct ks_cert *cert;
    bool issued, valid;
    size_t order;
};

static int by_worth(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->issued != y->issued)
        return x->issued ? -1 : 1;
    if (x->valid != y->valid)
        return x->valid ? -1 : 1;
    if (x->cert->not_before != y->cert->not_before)
        return x->cert->not_before > y->cert->not_before ? -1 : 1;
    if (x->cert->not_after != y->cert->not_after)
        return x->cert->not_after > y->cert->not_after ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

struct ks_by_key ks_by_key_of(const struct ks_gathered *certs, size_t count, int64_t now)
{
    struct ranked *ranked = ks_alloc_array(count, sizeof *ranked);
    struct ks_by_key x = {
        .at = ks_alloc_array(count, sizeof *x.at), .count = count, .index = ks_index_new(count)};

    for (size_t i = 0; i < count; i++) {
        const struct ks_cert *c = certs[i].cert;
        ranked[i] = (struct ranked){c, !(c->flags & KS_CERT_SELF_ISSUED), ks_cert_is_valid(c, now), i};
    }
    qsort(ranked, count, sizeof *ranked, by_worth);
    for (size_t i = 0; i < count; i++) {
        x.at[i] = ranked[i].cert;
        ks_index_add(&x.index, ks_cert_key_bits(x.at[i]), i);
    }
    free(ranked);
    return x;
}

void ks_by_key_drop(struct ks_by_key *x)
{
    free(x->at);
    ks_index_drop(&x->index);
    *x = (struct ks_by_key){0};
}

const struct ks_cert *ks_by_key_first(const struct ks_by_key *x, struct ks_slice bits)
{
    size_t i = ks_index_first(&x->index, bits);
    return i != KS_NOWHERE ? x->at[i] : NULL;
}

/* ---- certificates ---- */

struct ks_blob *ks_bring_copies(const struct ks_cert *const *certs, size_t count,
                                struct ks_cert *out)
{
    struct ks_buf all = KS_BUF_INIT;
    size_t at = 0;

    for (size_t i = 0; i < count; i++)
        ks_buf_slice(&all, ks_cert_der(certs[i]));
    size_t len = all.len;
    struct ks_blob *blob = ks_blob_take((uint8_t *)ks_buf_steal(&all), len, false);
    for (size_t i = 0; i < count; i++) {
        (void)ks_cert_skim(ks_slice(blob->data + at, certs[i]->len), &out[i]);
        at += certs[i]->len;
    }
    return blob;
}

void ks_bring_label(const struct ks_cert *cert, struct ks_buf *out)
{
    struct ks_buf label = KS_BUF_INIT;

    ks_name_label(ks_cert_part(cert, cert->subject), &label);
    (void)ks_text_shorten(&label, 200);
    char *text = ks_text_show_nul(ks_text_keep_nul(&label));
    ks_buf_str(out, text);
    free(text);
}

struct ks_entry *ks_bring_with_chain(const struct ks_entry *e, const struct ks_cert *const *certs,
                                     size_t count)
{
    struct ks_cert *chain = ks_alloc_array(count, sizeof *chain);
    struct ks_blob *blob = ks_bring_copies(certs, count, chain);
    struct ks_entry *made = ks_op_entry_with_chain(e, chain, count, &blob, 1);

    ks_blob_unref(blob);
    free(chain);
    return made;
}

/* ---- what is missing ---- */

void ks_bring_put_aki(const struct ks_cert *c, size_t most, struct ks_buf *out)
{
    if (!c->aki.len)
        return;
    ks_buf_str(out, " (key id ");
    ks_text_hex(ks_slice_part(ks_cert_part(c, c->aki), 0, most), ':', true, out);
    ks_buf_printf(out, "%s)", c->aki.len > most ? ks_text_sign(KS_SIGN_CUT) : "");
}

char *ks_bring_missing(const struct ks_cert *end)
{
    struct ks_buf out = KS_BUF_INIT, url = KS_BUF_INIT;

    ks_name_text(ks_cert_part(end, end->issuer), &out);
    ks_bring_put_aki(end, 20, &out);
    (void)ks_cert_url_next(end, KS_URL_ISSUER, &(size_t){0}, &url);
    if (url.len) {
        ks_buf_printf(&out, ", which its CA publishes at %s", ks_buf_text(&url));
    }
    ks_buf_free(&url);
    return ks_text_show_nul(ks_text_keep_nul(&out));
}

static const struct {
    enum ks_issuer_fault fault;
    const char *why;
} refusals[] = {
    {KS_ISSUER_NO_CA, "is not that of a CA"},
    {KS_ISSUER_NO_CERT_SIGN, "has a key usage without keyCertSign"},
    {KS_ISSUER_PATH_LEN, "has a path length that allows fewer CAs below it"},
    {KS_ISSUER_NAMES, "has name constraints that forbid a name below it"},
    {KS_ISSUER_OTHER_ID, "has another key identifier than what it issued says"},
};

static const char *why_refused(const struct ks_cert *const *chain, size_t i)
{
    const struct ks_issuing x = {.cert = chain[i],
                                 .below = chain,
                                 .below_count = i,
                                 .self_signed = (chain[i]->flags & KS_CERT_SELF_ISSUED) != 0,
                                 .now = chain[i]->not_before};
    unsigned faults = ks_issuer_faults(&x);

    for (size_t k = 0; k < sizeof refusals / sizeof refusals[0]; k++)
        if (faults & refusals[k].fault)
            return refusals[k].why;
    return NULL;
}

void ks_bring_judge_chain(struct ks_plan *plan, const char *alias,
                          const struct ks_cert *const *chain, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const char *why = why_refused(chain, i);
        struct ks_buf label = KS_BUF_INIT;
        ks_bring_label(chain[i], &label);
        if (why)
            ks_plan_remark(plan, KS_REMARK_WARNING, "issuer-refused", alias,
                           "%.300s: the certificate of its issuer %s %s: clients refuse the chain",
                           alias, ks_buf_text(&label), why);
        ks_buf_free(&label);
    }
}

bool ks_bring_is_file(const struct ks_store *store)
{
    return store->disk != NULL;
}

void ks_bring_say_passwords(struct ks_commands *commands, const struct ks_store *into,
                            bool from_store)
{
    ks_command_remark(commands, "STOREPASS: the password of %s%s", ks_op_file_name(into),
                      from_store ? "; SRCPASS: of what is imported" : "");
}

void ks_bring_exportcert(struct ks_buf *out, const struct ks_store *from,
                         const struct ks_entry *entry)
{
    char *path = ks_command_path(from->path);

    ks_buf_str(out, "keytool -exportcert -rfc -keystore ");
    ks_shell_word(out, path);
    ks_buf_printf(out, " -storetype %s -storepass:env SRCPASS -alias ", from->format->name);
    ks_shell_word(out, entry->alias);
    free(path);
}

void ks_bring_put_file(struct ks_commands *c, const struct ks_store *s, const char *into,
                       bool first)
{
    bool typed = !ks_bring_is_file(s);
    char *path = typed ? ks_strdup("pasted.pem") : ks_command_path(s->path);
    struct ks_buf line = KS_BUF_INIT;

    if (typed) {
        ks_command_remark(c, "pasted.pem: %.200s", ks_op_file_name(s));
        ks_buf_str(&line, "cat ");
    } else if (s->format == &ks_format_der && strcmp(s->type, "PKCS7") == 0) {
        ks_buf_str(&line, "openssl pkcs7 -inform DER -print_certs -in ");
    } else if (s->format == &ks_format_der) {
        ks_buf_str(&line, "openssl x509 -inform DER -in ");
    } else if (s->format == &ks_format_pkcs12) {
        ks_buf_str(&line, "openssl pkcs12 -nokeys -passin env:SRCPASS -in ");
    } else if (s->format->caps & KS_CAP_STORE) {
        ks_command_keytool_as(&line, "list -rfc", s, "SRCPASS");
    } else {
        ks_buf_str(&line, "cat ");
    }
    if (s->format->caps & KS_CAP_STORE && s->format != &ks_format_pkcs12)
        ; /* its path is in the line */
    else
        ks_shell_word(&line, path);
    ks_buf_str(&line, first ? " > " : " >> ");
    ks_command_file(&line, into);
    ks_command_take(c, &line);
    free(path);
}

void ks_bring_put_issuer(struct ks_commands *c, const struct ks_pool_cert *p, const char *into,
                         bool first)
{
    struct ks_buf line = KS_BUF_INIT;

    if (p->index == 0 && p->entry->kind == KS_KIND_TRUSTED) {
        ks_bring_exportcert(&line, p->store, p->entry);
        ks_buf_str(&line, first ? " > " : " >> ");
        ks_command_file(&line, into);
        ks_command_take(c, &line);
    } else {
        ks_command_remark(c, "append certificate %d of %.200s in %.200s to \"$tmp\"/%s here",
                          p->index + 1, p->entry->alias, ks_op_file_name(p->store), into);
    }
    ks_buf_free(&line);
}

void ks_bring_put_import(struct ks_commands *c, const struct ks_store *store,
                         const struct ks_entry *e, const char *file, bool jvm)
{
    struct ks_buf line = KS_BUF_INIT;

    ks_command_keytool(&line, "importcert -noprompt", store);
    ks_buf_str(&line, " -alias ");
    ks_shell_word(&line, e->alias);
    ks_buf_str(&line, " -file ");
    ks_command_file(&line, file);
    if (jvm)
        ks_buf_str(&line, " -trustcacerts");
    ks_command_take(c, &line);
    ks_buf_free(&line);
}

/* ---- names ---- */

static void take(struct ks_names *names, const char *alias)
{
    names->at[names->count] = ks_op_name(names->format, alias);
    names->next[names->count] = 2;
    ks_index_add(&names->index, ks_slice_str(names->at[names->count]), names->count);
    names->count++;
}

static size_t place_of(const struct ks_names *names, const char *alias)
{
    char *name = ks_op_name(names->format, alias);
    size_t place = ks_index_first(&names->index, ks_slice_str(name));

    free(name);
    return place;
}

struct ks_names ks_names_of(const struct ks_store *store, size_t more)
{
    size_t count = store ? ks_store_count(store) : 0;
    struct ks_names names = {
        .format = store && store->format ? store->format : &ks_format_pkcs12,
        .at = ks_alloc_array(count + more, sizeof *names.at),
        .next = ks_alloc_array(count + more, sizeof *names.next),
        .cap = count + more,
        .index = ks_index_new(count + more),
    };

    for (size_t i = 0; i < count; i++)
        take(&names, ks_store_entry(store, i)->alias);
    return names;
}

void ks_names_drop(struct ks_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->at[i]);
    free(names->at);
    free(names->next);
    ks_index_drop(&names->index);
    *names = (struct ks_names){0};
}

char *ks_names_take(struct ks_names *names, const char *alias)
{
    char *name = ks_strdup(alias);
    size_t base = place_of(names, alias);

    while (base != KS_NOWHERE && place_of(names, name) != KS_NOWHERE) {
        free(name);
        name = ks_asprintf("%s-%zu", alias, names->next[base]++);
    }
    if (names->count < names->cap)
        take(names, name);
    return name;
}

#define ALIAS_MAX 64 /* bytes: what people still type */

/* What a name must not have: control characters, and blanks, which every shell needs quotes for. */
char *ks_bring_alias(const struct ks_cert *cert)
{
    struct ks_buf label = KS_BUF_INIT, out = KS_BUF_INIT;

    ks_bring_label(cert, &label);
    char *lower = ks_text_fold(ks_buf_text(&label));
    size_t len = strlen(lower);
    for (size_t at = 0, used = 0; at < len && out.len < ALIAS_MAX; at += used) {
        int32_t cp;
        used = ks_utf8_next(lower + at, len - at, &cp);
        if (cp > ' ' && cp != 0x7f && !(cp >= 0x80 && cp <= 0xa0) &&
            !ks_text_has_hidden(lower + at, used))
            ks_buf_append(&out, lower + at, used);
        else if (out.len > 0 && out.data[out.len - 1] != '-')
            ks_buf_byte(&out, '-');
    }
    while (out.len > 0 && out.data[out.len - 1] == '-')
        out.data[--out.len] = '\0';
    if (out.len == 0)
        ks_buf_str(&out, "certificate");
    free(lower);
    ks_buf_free(&label);
    return ks_buf_steal(&out);
}

/* ---- entries on their way ---- */

struct ks_store *ks_bring_store(struct ks_entry **entries, size_t count)
{
    struct ks_store *store = ks_store_new("the import", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_loading loading = {0};

    store->format = &ks_format_der;
    for (size_t i = 0; i < count; i++)
        ks_loading_add(&loading, entries[i]);
    ks_loading_finish(&loading, store);
    return store;
}

static enum ks_code check_clash(const struct ks_plan *plan, const struct ks_store *from,
                                struct ks_error *err)
{
    const struct ks_store *to = plan->target;
    struct ks_names names = ks_names_of(to, 0);
    enum ks_code rc = KS_OK;

    for (size_t i = 0; rc == KS_OK && i < ks_store_count(from); i++) {
        const char *alias = ks_store_entry(from, i)->alias;
        size_t other = place_of(&names, alias);
        if (other == KS_NOWHERE)
            continue;
        ks_fail(err, KS_ERR_REFUSED, "alias-clash",
                "%.150s was not imported: there is an entry %.150s in %.120s", alias,
                ks_store_entry(to, other)->alias, ks_op_file_name(to));
        rc = ks_fail_next(err, KS_ERR_REFUSED, "choose another name, or replace the entry");
    }
    ks_names_drop(&names);
    return rc;
}

/* What ks_op_transfer() leaves out with a remark; that a key is replaced is another loss. */
static enum ks_code check_left_out(const struct ks_plan *plan, struct ks_error *err)
{
    for (size_t i = 0; i < plan->remark_count; i++) {
        const struct ks_remark *r = &plan->remarks[i];
        if (r->level != KS_REMARK_LOSS || strcmp(r->slug, "only-copy") == 0)
            continue;
        ks_fail(err, KS_ERR_REFUSED, r->slug, "nothing was imported: %.400s", r->text);
        return ks_fail_next(err, KS_ERR_REFUSED, "choose another type of keystore for it");
    }
    return KS_OK;
}

enum ks_code ks_bring_transfer(struct ks_plan *plan, struct ks_list *l, const struct ks_store *from,
                               enum ks_clash clash, const struct ks_secret *const *passwords,
                               struct ks_job *job, struct ks_error *err)
{
    const struct ks_entry *const *entries = (const struct ks_entry *const *)from->now->entries;
    const struct ks_copy copy = {
        .from = from, .entries = entries, .count = ks_store_count(from), .clash = clash};
    const struct ks_transfer how = {
        .copy = &copy, .as = plan->target->now, .each_password = passwords};
    enum ks_code rc = clash == KS_CLASH_ASK ? check_clash(plan, from, err) : KS_OK;

    if (rc == KS_OK)
        rc = ks_op_transfer(plan, l, &how, job, err);
    return rc == KS_OK ? check_left_out(plan, err) : rc;
}
