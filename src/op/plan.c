#include "op/internal.h"

#include "base/alloc.h"
#include "x509/cert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* ---- plans ---- */

void ks_plan_drop(struct ks_plan *plan)
{
    for (size_t i = 0; i < plan->remark_count; i++) {
        free(plan->remarks[i].alias);
        free(plan->remarks[i].text);
    }
    free(plan->remarks);
    ks_version_unref(plan->result);
    ks_store_free(plan->made);
    ks_commands_drop(&plan->commands);
    *plan = (struct ks_plan){0};
}

struct ks_store *ks_plan_apply(struct ks_plan *plan)
{
    struct ks_store *made = plan->made;

    if (made) { /* it begins with the result: there is nothing to go back to */
        ks_version_unref(made->now);
        made->now = plan->result;
    } else {
        ks_store_push(plan->target, plan->result);
    }
    plan->made = NULL;
    plan->result = NULL;
    return made;
}

size_t ks_plan_losses(const struct ks_plan *plan)
{
    size_t losses = 0;

    for (size_t i = 0; i < plan->remark_count; i++)
        losses += plan->remarks[i].level == KS_REMARK_LOSS;
    return losses;
}

const struct ks_remark *ks_plan_to_confirm(const struct ks_plan *plan)
{
    for (size_t i = 0; i < plan->remark_count; i++)
        if (plan->remarks[i].confirm)
            return &plan->remarks[i];
    return NULL;
}

bool ks_plan_is_empty(const struct ks_plan *plan)
{
    const struct ks_version *now = plan->target->now, *then = plan->result;

    if (plan->made || now->count != then->count || now->protection != then->protection)
        return false;
    for (size_t i = 0; i < now->count; i++)
        if (now->entries[i] != then->entries[i])
            return false;
    return now->password == then->password || ks_secret_equal(now->password, then->password);
}

static bool is_of(const struct ks_version *v, const struct ks_entry *e)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->entries[i] == e)
            return true;
    return false;
}

const struct ks_entry *ks_plan_made(const struct ks_plan *plan, const char *alias)
{
    const struct ks_version *v = plan->result;
    const struct ks_entry *found = NULL;
    char *stored = ks_op_stored_alias(plan->target->format, alias);

    for (size_t i = v->count; i-- > 0 && !found;)
        if ((strcmp(v->entries[i]->alias, stored) == 0 ||
             strcmp(v->entries[i]->alias, alias) == 0) &&
            (plan->made || !is_of(plan->target->now, v->entries[i])))
            found = v->entries[i];
    free(stored);
    return found;
}

void ks_plan_remark(struct ks_plan *plan, enum ks_remark_level level, const char *slug,
                    const char *alias, const char *fmt, ...)
{
    struct ks_buf text = KS_BUF_INIT;
    char small[2048];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    ks_buf_str(&text, small);
    size_t count = plan->remark_count;
    if ((count & (count - 1)) == 0) /* a power of two: the array is full */
        plan->remarks = ks_realloc(plan->remarks, (count ? 2 * count : 1) * sizeof *plan->remarks);
    struct ks_remark *r = &plan->remarks[plan->remark_count++];
    *r = (struct ks_remark){.level = level, .text = ks_buf_steal(&text)};
    (void)OPENSSL_strlcpy(r->slug, slug, sizeof r->slug);
    r->alias = alias ? ks_strdup(alias) : NULL;
}

/* ---- what is said of every new entry ---- */

struct judging {
    struct ks_plan *plan;
    const struct ks_format *format;
    struct ks_index names; /* of the whole result */
    char **name;
    bool no_aliases; /* the file has no place for those of new entries */
    const struct ks_version *before;
    struct ks_index certs; /* of `before`, by their bytes; empty until one is looked for */
};

static void judge_type(struct judging *j, const struct ks_entry *e)
{
    const char *why = j->format->refuses ? j->format->refuses(e) : NULL;

    if (why)
        ks_plan_remark(j->plan, KS_REMARK_LOSS, "type-loss", e->alias, "%.500s: %s",
                       ks_alias_text(e->alias), why);
}

static void judge_date(struct judging *j, const struct ks_entry *e)
{
    if (e->kind == KS_KIND_TRUSTED && e->created != KS_TIME_NONE &&
        !(j->format->caps & KS_CAP_DATES))
        ks_plan_remark(j->plan, KS_REMARK_NOTE, "date-loss", e->alias,
                       "%.500s: %s keeps no date of a trusted certificate", ks_alias_text(e->alias),
                       j->format->name);
}

static bool is_new(const struct ks_index *old, const struct ks_entry *e)
{
    return ks_index_first(old, ks_slice(&e, sizeof e)) == KS_NOWHERE;
}

static const char *java_of_names(const struct ks_format *format)
{
    return format->caps & KS_CAP_FOLDS ? "as Java compares names" : "in Java";
}

static void judge_name(struct judging *j, size_t place, const struct ks_entry *e)
{
    size_t other = ks_index_first(&j->names, ks_slice_str(j->name[place]));

    if (other == place)
        other = ks_index_next(&j->names, place);
    if (other != KS_NOWHERE && j->format->caps & KS_CAP_STORE)
        ks_plan_remark(j->plan, KS_REMARK_WARNING, "alias-clash", e->alias,
                       "%.500s and %.500s are the same name %s: it shows only one of them",
                       ks_alias_text(e->alias),
                       ks_alias_text(j->plan->result->entries[other]->alias),
                       java_of_names(j->format));
    if (!e->alias[0] && j->format->caps & KS_CAP_STORE)
        ks_plan_remark(j->plan, KS_REMARK_NOTE, "alias-empty", e->alias,
                       "one entry has an empty name, which Java allows and people overlook");
    if (j->format->caps & KS_CAP_FOLDS && strcmp(j->name[place], e->alias) != 0)
        ks_plan_remark(j->plan, KS_REMARK_NOTE, "alias-folded", e->alias,
                       "%.500s: Java shows it as %.500s", ks_alias_text(e->alias), j->name[place]);
}

/* It was read from this very file, and is no new one to its writer. */
static bool is_of_the_file(const struct judging *j, const struct ks_entry *e)
{
    struct ks_slice file = ks_blob_slice(j->plan->target->file);
    uintptr_t from = (uintptr_t)file.data;
    uintptr_t at = e->piece_count ? (uintptr_t)e->pieces[0].raw.data : 0;

    return at && at >= from && at - from < file.len;
}

/* A name that was made up for what has none is no loss. */
static void judge_alias(struct judging *j, const struct ks_entry *e)
{
    bool fits = !j->format->fits_alias || j->format->fits_alias(e->alias);

    if ((fits && !j->no_aliases) || e->notes & KS_NOTE_ALIAS_INVENTED || is_of_the_file(j, e))
        return;
    ks_plan_remark(j->plan, KS_REMARK_WARNING, "alias-loss", e->alias,
                   j->no_aliases ? "%.500s: its name is not kept: this %s file has none"
                                 : "%.500s: its name is not kept: it does not fit into a %s",
                   e->alias, j->format->name);
}

/* Findings that an entry brought from its file, as far as they make Java hide it. */
static const struct {
    uint32_t note;
    const char *text;
} hidden[] = {
    {KS_NOTE_JAVA_NO_TRUST, "Java shows no entry for a certificate without its trust attribute"},
    {KS_NOTE_JAVA_KEYBAG, "Java ignores private keys that are stored without encryption"},
    {KS_NOTE_JAVA_NO_KEYID, "Java drops a second private key without a local key id"},
    {KS_NOTE_JAVA_NESTED, "Java does not look into nested contents"},
    {KS_NOTE_JAVA_REPLACED, "Java shows another entry of this name in its place"},
    {KS_NOTE_JAVA_IGNORED, "Java ignores entries of this kind"},
};

/* Whether the factory of Java's own certificates reads it; Bouncy Castle has another. */
static bool has_java_certs(const struct ks_format *format)
{
    return format == &ks_format_pkcs12 || format == &ks_format_jks || format == &ks_format_jceks;
}

static struct ks_index index_certs(const struct ks_version *v)
{
    size_t count = 0, at = 0;

    for (size_t i = 0; v && i < v->count; i++)
        count += v->entries[i]->chain_len;
    struct ks_index ix = ks_index_new(count);
    for (size_t i = 0; v && i < v->count; i++)
        for (uint32_t k = 0; k < v->entries[i]->chain_len; k++)
            ks_index_add(&ix, ks_cert_der(&v->entries[i]->chain[k]), at++);
    return ix;
}

static bool was_there(struct judging *j, const struct ks_cert *c)
{
    if (!j->certs.slots)
        j->certs = index_certs(j->before);
    return ks_index_first(&j->certs, ks_cert_der(c)) != KS_NOWHERE;
}

/* What makes of a file that Java opens one that it does not is agreed to first. */
static bool judge_certs(struct judging *j, const struct ks_entry *e)
{
    const char *why = NULL;
    uint32_t i = 0;

    if (!has_java_certs(j->format))
        return false;
    while (i < e->chain_len && !(why = ks_cert_java_refusal(&e->chain[i])))
        i++;
    if (!why)
        return false;
    ks_plan_remark(j->plan, KS_REMARK_WARNING, "java-refuses", e->alias,
                   "%.500s: Java refuses the whole file because of %s certificate%s: %s",
                   ks_alias_text(e->alias), i ? "a" : "its", i ? " of its chain" : "", why);
    j->plan->remarks[j->plan->remark_count - 1].confirm = !was_there(j, &e->chain[i]);
    return true;
}

static void judge_java(struct judging *j, const struct ks_entry *e)
{
    if (!judge_certs(j, e) && e->notes & KS_NOTE_JAVA_FATAL)
        ks_plan_remark(j->plan, KS_REMARK_WARNING, "java-refuses", e->alias,
                       "%.500s: Java refuses the whole file because of this entry",
                       ks_alias_text(e->alias));
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (e->notes & hidden[i].note)
            ks_plan_remark(j->plan, KS_REMARK_WARNING, "java-hidden", e->alias, "%.500s: %s",
                           ks_alias_text(e->alias), hidden[i].text);
}

/* ---- chains that grow ---- */

static bool may_be_issuer(const struct ks_entry *e)
{
    return (e->kind == KS_KIND_TRUSTED || e->kind == KS_KIND_CERT) && e->chain_len &&
           !(e->chain[0].flags & KS_CERT_BROKEN);
}

/* Certificates by their subject, to find issuers. */
static struct ks_index index_subjects(const struct ks_version *v)
{
    struct ks_index ix = ks_index_new(v->count);

    for (size_t i = 0; i < v->count; i++) {
        const struct ks_entry *e = v->entries[i];
        if (may_be_issuer(e))
            ks_index_add(&ix, ks_cert_part(&e->chain[0], e->chain[0].subject), i);
    }
    return ix;
}

/* Readers of PKCS#12 (sun.security.pkcs12.PKCS12KeyStore) put chains together from all
 * certificates of the file. */
static void judge_chain(struct judging *j, const struct ks_index *subjects,
                        const struct ks_entry *e)
{
    if (e->kind != KS_KIND_KEY || !e->chain_len)
        return;
    const struct ks_cert *last = &e->chain[e->chain_len - 1];
    if (last->flags & (KS_CERT_BROKEN | KS_CERT_SELF_ISSUED))
        return;
    size_t i = ks_index_first(subjects, ks_cert_part(last, last->issuer));
    if (i != KS_NOWHERE)
        ks_plan_remark(j->plan, KS_REMARK_NOTE, "chain-rebuilt", e->alias,
                       "%.500s: Java will add the certificate of %.500s to its chain, as a PKCS12 "
                       "does not say where a chain ends",
                       ks_alias_text(e->alias), ks_alias_text(j->plan->result->entries[i]->alias));
}

static struct ks_index index_objects(const struct ks_version *v)
{
    struct ks_index ix = ks_index_new(v ? v->count : 0);

    for (size_t i = 0; v && i < v->count; i++)
        ks_index_add(&ix, ks_slice(&v->entries[i], sizeof v->entries[i]), i);
    return ix;
}

static void index_names(struct judging *j, const struct ks_version *v)
{
    j->names = ks_index_new(v->count);
    j->name = ks_alloc_array(v->count, sizeof *j->name);
    for (size_t i = 0; i < v->count; i++) {
        j->name[i] = ks_op_name(j->format, v->entries[i]->alias);
        ks_index_add(&j->names, ks_slice_str(j->name[i]), i);
    }
}

/* Remarks about every entry of the result that `before` (NULL: nothing) has not: what the type
 * cannot hold, aliases that Java takes for one, dates that are not kept, entries that Java would
 * not show. */
static void judge_new(struct ks_plan *plan, const struct ks_version *before)
{
    const struct ks_version *v = plan->result;
    struct judging j = {.plan = plan, .format = plan->target->format, .before = before};
    struct ks_index old = index_objects(before), subjects = index_subjects(v);

    j.no_aliases = j.format->keeps_aliases && !j.format->keeps_aliases(plan->target);
    index_names(&j, v);
    for (size_t i = 0; i < v->count; i++) {
        const struct ks_entry *e = v->entries[i];
        if (!is_new(&old, e))
            continue;
        judge_type(&j, e);
        judge_name(&j, i, e);
        judge_alias(&j, e);
        judge_date(&j, e);
        judge_java(&j, e);
        if (j.format == &ks_format_pkcs12)
            judge_chain(&j, &subjects, e);
    }
    for (size_t i = 0; i < v->count; i++)
        free(j.name[i]);
    free(j.name);
    ks_index_drop(&j.names);
    ks_index_drop(&j.certs);
    ks_index_drop(&old);
    ks_index_drop(&subjects);
}

/* ---- passwords ---- */

static bool is_ascii(struct ks_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return true;
}

static size_t characters(struct ks_slice utf8)
{
    size_t count = 0;

    for (size_t i = 0; i < utf8.len; i++)
        count += (utf8.data[i] & 0xc0) != 0x80;
    return count;
}

#define KEYTOOL_LEAST 6

void ks_op_judge_password(struct ks_plan *plan, const struct ks_format *format,
                          const struct ks_secret *password)
{
    if (!password || !(format->caps & KS_CAP_STORE))
        return;
    struct ks_slice text = ks_secret_bytes(password);
    if (text.len == 0)
        ks_plan_remark(plan, KS_REMARK_WARNING, "password-empty", NULL,
                       "the password is empty: everybody who has the file can use it");
    else if (characters(text) < KEYTOOL_LEAST)
        ks_plan_remark(plan, KS_REMARK_WARNING, "password-short", NULL,
                       "the password has fewer than %d characters, which keytool refuses for a "
                       "new keystore",
                       KEYTOOL_LEAST);
    if (is_ascii(text))
        return;
    if (format == &ks_format_pkcs12)
        ks_plan_remark(plan, KS_REMARK_WARNING, "password-ascii", NULL,
                       "the password has characters beyond ASCII: Java 17 and older do not open "
                       "such a PKCS12");
    else if (format == &ks_format_jceks)
        ks_plan_remark(plan, KS_REMARK_WARNING, "password-ascii", NULL,
                       "the password has characters beyond ASCII: Java 17 and older use no key of "
                       "a JCEKS with it");
}

/* ---- starting and ending ---- */

const char *ks_op_file_name(const struct ks_store *store)
{
    const char *slash = strrchr(store->path, '/');
    return slash ? slash + 1 : store->path;
}

#define HEAD (64u << 10) /* bytes that formats look at to know their own */

/* A keystore inside of base64: its entries point into what that decodes to, not into the file. */
static bool is_wrapped(const struct ks_store *s)
{
    struct ks_slice file = ks_blob_slice(s->file);
    return file.len > 0 && s->format->sniff(ks_slice_part(file, 0, HEAD), file.len) == 0;
}

enum ks_code ks_op_start(struct ks_store *store, struct ks_plan *out, struct ks_error *err)
{
    *out = (struct ks_plan){0};
    if (!store->format || !(store->format->caps & KS_CAP_WRITE)) {
        ks_fail(err, KS_ERR_REFUSED, "not-writable",
                "%.200s was not changed: %s files are only read", ks_op_file_name(store),
                store->format ? store->format->name : "such");
        return ks_fail_next(err, KS_ERR_REFUSED, "copy its entries into a keystore");
    }
    if (is_wrapped(store)) {
        ks_fail(err, KS_ERR_REFUSED, "not-writable",
                "%.200s was not changed: it is a %s in base64, which is only read",
                ks_op_file_name(store), store->format->name);
        return ks_fail_next(err, KS_ERR_REFUSED, "convert it, and change the new file");
    }
    out->target = store;
    return KS_OK;
}

static void judge_damage(struct ks_plan *plan)
{
    const struct ks_store *s = plan->target;

    if (s->notes & KS_STORE_DAMAGED && s->now == s->saved)
        ks_plan_remark(plan, KS_REMARK_LOSS, "damaged", NULL,
                       "%.200s is damaged: what could not be read of it is not written again",
                       ks_op_file_name(s));
}

void ks_op_finish(struct ks_plan *plan, struct ks_list *l, struct ks_secret *password,
                  enum ks_protection protection, const char *label)
{
    plan->result = ks_version_new(label, l->at, l->count, ks_secret_ref(password), protection);
    *l = (struct ks_list){0};
    judge_new(plan, plan->made ? NULL : plan->target->now);
    judge_damage(plan);
}

enum ks_code ks_op_place(const struct ks_list *l, const struct ks_entry *entry, size_t *place,
                         struct ks_error *err)
{
    *place = ks_list_find(l, entry);
    if (*place != KS_NOWHERE)
        return KS_OK;
    ks_fail(err, KS_ERR_NOT_FOUND, "no-entry",
            "nothing was changed: the entry is not there any more");
    return ks_fail_next(err, KS_ERR_NOT_FOUND, "choose it again");
}
