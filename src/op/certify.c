#include "op/making.h"

#include "base/alloc.h"
#include "chain/issuer.h"
#include "x509/alt_names.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- who may sign ---- */

static const char *why_no_signer(const struct ks_entry *e)
{
    if (e->kind != KS_KIND_KEY)
        return "it has no private key";
    if (e->chain_len == 0)
        return "its key has no certificate";
    const struct ks_cert *c = &e->chain[0];
    if (c->flags & KS_CERT_BROKEN)
        return "its certificate cannot be read";
    if (!(c->flags & KS_CERT_CA))
        return "its certificate is not that of a CA";
    return ks_issuer_may_sign(c) ? NULL : "the key usage of its certificate leaves out keyCertSign";
}

enum ks_code ks_op_can_sign(const struct ks_entry *entry, struct ks_error *err)
{
    const char *why = why_no_signer(entry);

    if (!why)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "not-a-ca", "%.150s cannot sign certificates: %s", entry->alias,
            why);
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "choose the key pair of a CA, or make one with the template for a CA");
}

/* ---- dates ---- */

static int64_t year_start(int year)
{
    int64_t at = 0;
    (void)ks_time_from_civil(year, 1, 1, 0, 0, 0, &at);
    return at;
}

enum ks_code ks_op_dates_check(int64_t not_before, int64_t not_after, struct ks_error *err)
{
    char from[24], until[24];
    int64_t last = year_start(9999) + 365 * (int64_t)KS_DAY - 1;

    if (not_before < year_start(1) || not_after > last || not_before > last)
        return ks_fail(err, KS_ERR_USAGE, "days",
                       "no certificate was made: its dates must be in the years 1 to 9999");
    if (not_after > not_before)
        return KS_OK;
    ks_fail(err, KS_ERR_USAGE, "days", "no certificate was made: it would end on %s, before %s",
            ks_time_human(not_after, until), ks_time_human(not_before, from));
    return ks_fail_next(err, KS_ERR_USAGE, "choose an end that is behind the beginning");
}

/* ---- the certificate ---- */

/* What signs: the key of the signer, or the subject's own. */
struct signing {
    struct ks_slice name, spki, key_id;
    const struct ks_secret *key;
    struct ks_material material;
    struct ks_secret *used;
};

static enum ks_code open_signer(const struct ks_signer *signer, struct ks_job *job,
                                struct signing *s, struct ks_error *err)
{
    const struct ks_cert *c = &signer->entry->chain[0];
    struct ks_opener opener = {.store = signer->store, .ask = &signer->passwords, .job = job};
    enum ks_code rc = ks_op_reveal(&opener, signer->entry, &s->material, &s->used, err);

    ks_opener_drop(&opener);
    if (rc != KS_OK)
        return rc;
    s->key = s->material.bytes;
    s->name = ks_cert_part(c, c->subject);
    s->spki = ks_cert_part(c, c->spki);
    s->key_id = ks_cert_part(c, c->ski);
    return KS_OK;
}

static enum ks_code begin_signing(const struct ks_making *m, struct signing *s,
                                  struct ks_error *err)
{
    *s = (struct signing){.name = m->subject, .spki = m->spki, .key = m->key};
    if (!m->wanted->signer)
        return KS_OK;
    enum ks_code rc = ks_op_can_sign(m->wanted->signer->entry, err);
    return rc == KS_OK ? open_signer(m->wanted->signer, m->job, s, err) : rc;
}

static void end_signing(struct signing *s)
{
    ks_material_drop(&s->material);
    ks_secret_free(s->used);
}

/* RFC 5280 4.1.2.6: a CA has a name, and whoever has none has other names. Java refuses every
 * keystore that holds anything else. */
enum ks_code ks_op_subject_check(struct ks_slice subject, const struct ks_wanted *w,
                                 struct ks_error *err)
{
    if (!ks_name_is_empty(subject) || (w->signer && !w->profile->ca && w->profile->name_count))
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "no-subject",
            "no certificate was made: its subject would be empty%s, which Java refuses",
            !w->signer       ? " and so would be its issuer"
            : w->profile->ca ? ", and it is that of a CA"
                             : ", and it has no alternative names");
    return ks_fail_next(err, KS_ERR_REFUSED, "give it a subject such as CN=www.example.com%s",
                        w->signer && !w->profile->ca ? ", or an alternative name" : "");
}

/* Whatever was taken over: nothing becomes a CA that was not to be one. */
static enum ks_code check_ca(const struct ks_cert *made, const struct ks_profile *profile,
                             struct ks_error *err)
{
    if (!(made->flags & KS_CERT_CA) == !profile->ca)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "not-as-wanted",
            "no certificate was made: it would %sbe that of a CA, which was %swanted",
            profile->ca ? "not " : "", profile->ca ? "" : "not ");
    return ks_fail_next(err, KS_ERR_REFUSED, "say what it is for, and take nothing over");
}

/* Nobody should find out later that a key does not belong to its certificate. */
static enum ks_code check_made(const struct ks_buf *made, size_t from, struct ks_slice spki,
                               const struct ks_profile *profile, struct ks_error *err)
{
    struct ks_cert cert;

    if (ks_cert_skim(ks_slice(made->data + from, made->len - from), &cert) &&
        ks_cert_verify(&cert, spki) == KS_VERDICT_GOOD)
        return check_ca(&cert, profile, err);
    ks_fail(err, KS_ERR_REFUSED, "key-mismatch",
            "no certificate was made: the private key that signs does not belong to its "
            "certificate");
    return ks_fail_next(err, KS_ERR_REFUSED, "choose another key pair to sign with");
}

static enum ks_code sign(const struct ks_making *m, const struct signing *s, struct ks_buf *out,
                         struct ks_error *err)
{
    const struct ks_wanted *w = m->wanted;
    struct ks_buf exts = KS_BUF_INIT;
    size_t from = out->len;
    enum ks_code rc =
        ks_profile_put(w->profile, m->spki, s->key_id, ks_name_is_empty(m->subject), &exts, err);

    if (rc == KS_OK) {
        struct ks_to_sign what = {.subject = m->subject,
                                  .issuer = s->name,
                                  .spki = m->spki,
                                  .not_before = w->not_before,
                                  .not_after = w->not_after,
                                  .exts = ks_slice(exts.data, exts.len)};
        ks_serial_random(what.serial);
        rc = ks_sign_certificate(&what, s->key, w->signature, out, err);
    }
    ks_buf_free(&exts);
    if (rc == KS_OK)
        rc = check_made(out, from, s->spki, w->profile, err);
    if (rc != KS_OK)
        out->len = from;
    return rc;
}

enum ks_code ks_op_certify(const struct ks_making *m, struct ks_buf *out, struct ks_error *err)
{
    struct signing s;
    enum ks_code rc = ks_op_dates_check(m->wanted->not_before, m->wanted->not_after, err);

    if (rc == KS_OK)
        rc = ks_op_subject_check(m->subject, m->wanted, err);
    if (rc != KS_OK)
        return rc;
    rc = begin_signing(m, &s, err);
    if (rc == KS_OK && m->wanted->signature)
        rc = ks_signature_check(s.spki, m->wanted->signature, err);
    if (rc == KS_OK)
        rc = sign(m, &s, out, err);
    end_signing(&s);
    return rc;
}

/* ---- chains ---- */

struct ks_op_chain ks_op_chain_new(struct ks_slice leaf, const struct ks_signer *signer)
{
    size_t above = signer ? signer->entry->chain_len : 0, at = 0;
    struct ks_op_chain chain = {.certs = ks_alloc_array(above + 1, sizeof *chain.certs),
                                .count = above + 1};
    struct ks_buf all = KS_BUF_INIT;

    ks_buf_slice(&all, leaf);
    for (size_t i = 0; i < above; i++)
        ks_buf_slice(&all, ks_cert_der(&signer->entry->chain[i]));
    chain.blob = ks_blob_copy(ks_slice(all.data, all.len));
    ks_buf_free(&all);
    for (size_t i = 0; i <= above; i++) {
        size_t len = i == 0 ? leaf.len : signer->entry->chain[i - 1].len;
        (void)ks_cert_skim(ks_slice_part(ks_blob_slice(chain.blob), at, len), &chain.certs[i]);
        at += len;
    }
    return chain;
}

#define NOTES_OF_CHAINS                                                                            \
    (uint32_t)(KS_NOTE_NO_CHAIN | KS_NOTE_CERT_TYPE | KS_NOTE_CERT_BROKEN | KS_NOTE_LOCKED_CHAIN | \
               KS_NOTE_CHAIN_REBUILT)

/* What made Java refuse the file may have been a certificate that is no longer there. */
static uint32_t notes_without_chain(const struct ks_entry *e)
{
    uint32_t notes = e->notes & ~NOTES_OF_CHAINS;
    bool refused = (e->notes & (KS_NOTE_CERT_BROKEN | KS_NOTE_CERT_TYPE)) != 0;

    for (uint32_t i = 0; i < e->chain_len; i++)
        refused = refused || ks_cert_java_refusal(&e->chain[i]);
    if (refused && !(e->notes & KS_NOTE_ALIAS_ENCODING))
        notes &= ~(uint32_t)KS_NOTE_JAVA_FATAL;
    return notes;
}

struct ks_entry *ks_op_entry_with_chain(const struct ks_entry *e, const struct ks_cert *chain,
                                        size_t count, struct ks_blob *const *blobs,
                                        size_t blob_count)
{
    struct ks_entry_draft d = ks_entry_draft_of(e);
    struct ks_blob **all = ks_alloc_array(d.blob_count + blob_count, sizeof(struct ks_blob *));

    for (size_t i = 0; i < d.blob_count; i++)
        all[i] = d.blobs[i];
    for (size_t i = 0; i < blob_count; i++)
        all[d.blob_count + i] = blobs[i];
    d.blob_count += blob_count;
    d.blobs = all;
    d.chain = chain;
    d.chain_len = count;
    d.edited |= KS_EDITED_CHAIN;
    d.notes = notes_without_chain(e);
    struct ks_entry *made = ks_entry_new(&d);
    free(all);
    return made;
}

void ks_op_chain_drop(struct ks_op_chain *chain)
{
    ks_blob_unref(chain->blob);
    free(chain->certs);
    *chain = (struct ks_op_chain){0};
}

/* ---- chains in a PKCS#12 ---- */

/* Readers cannot tell the two apart. */
static bool is_named_alike(const struct ks_cert *a, const struct ks_cert *b)
{
    return !((a->flags | b->flags) & KS_CERT_BROKEN) &&
           !ks_slice_equal(ks_cert_der(a), ks_cert_der(b)) &&
           ks_slice_equal(ks_cert_part(a, a->ski), ks_cert_part(b, b->ski)) &&
           ks_name_equal(ks_cert_part(a, a->subject), ks_cert_part(b, b->subject));
}

static bool has_same_key(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_slice_equal(ks_cert_part(a, a->spki), ks_cert_part(b, b->spki));
}

/* A key that was certified anew under the same name. */
static bool is_another_of(const struct ks_cert *a, const struct ks_cert *b)
{
    return has_same_key(a, b) && is_named_alike(a, b);
}

static const struct ks_cert *newer_of(const struct ks_cert *cert, const struct ks_entry *made)
{
    for (uint32_t i = 0; i < made->chain_len; i++)
        if (is_another_of(cert, &made->chain[i]))
            return &made->chain[i];
    return NULL;
}

/* The entry with the issuers that `made` brings; NULL when it has no other ones. */
static struct ks_entry *aligned(const struct ks_entry *e, const struct ks_entry *made)
{
    bool any = false;

    for (uint32_t i = 1; i < e->chain_len; i++)
        any = any || newer_of(&e->chain[i], made);
    if (!any)
        return NULL;
    struct ks_cert *chain = ks_alloc_array(e->chain_len, sizeof *chain);
    for (uint32_t i = 0; i < e->chain_len; i++) {
        const struct ks_cert *newer = i ? newer_of(&e->chain[i], made) : NULL;
        chain[i] = newer ? *newer : e->chain[i];
    }
    struct ks_entry *out =
        ks_op_entry_with_chain(e, chain, e->chain_len, made->blobs, made->blob_count);
    free(chain);
    return out;
}

/* Two CAs of one name: the certificates of neither fit what the other signed. */
static void judge_namesake(struct ks_plan *plan, const struct ks_entry *e,
                           const struct ks_entry *made)
{
    for (uint32_t i = 1; i < e->chain_len; i++)
        for (uint32_t k = 0; k < made->chain_len; k++) {
            if (!is_named_alike(&e->chain[i], &made->chain[k]) ||
                has_same_key(&e->chain[i], &made->chain[k]))
                continue;
            ks_plan_remark(plan, KS_REMARK_WARNING, "issuer-namesake", e->alias,
                           "%.500s: its issuer has the name of a certificate of %.500s, and "
                           "another key: readers of a PKCS12 may take one for the other",
                           e->alias, made->alias);
            return;
        }
}

void ks_op_align_chains(struct ks_plan *plan, struct ks_list *l, const struct ks_entry *made)
{
    if (plan->target->format != &ks_format_pkcs12)
        return;
    for (size_t i = 0; i < l->count; i++) {
        if (l->at[i] == made)
            continue;
        judge_namesake(plan, l->at[i], made);
        struct ks_entry *e = aligned(l->at[i], made);
        if (!e)
            continue;
        ks_plan_remark(plan, KS_REMARK_NOTE, "chain-shared", e->alias,
                       "%.500s gets the new certificate of its issuer too: a PKCS12 has one chain "
                       "for all that it issued",
                       e->alias);
        ks_list_replace(l, i, e);
    }
}

/* ---- what is to be known before ---- */

#define ENOUGH_UNTIL 2031 /* RSA of 2048 bits: NIST SP 800-57 part 1, table 4 */

static bool is_for_servers(const struct ks_profile *profile)
{
    for (unsigned i = 0; ks_extended_usages[i].name; i++)
        if (profile->extended & 1u << i && strcmp(ks_extended_usages[i].name, "serverAuth") == 0)
            return true;
    return false;
}

/* The common name as an alternative name, when it is that of a host; else nothing is appended. */
static void common_host(struct ks_slice subject, struct ks_buf *out)
{
    static const uint8_t common_name[] = {0x55, 0x04, 0x03};
    struct ks_name_part *parts = NULL;
    size_t count = ks_name_parts(subject, &parts), at = count;

    for (size_t i = 0; i < count; i++)
        if (ks_slice_equal(parts[i].type, ks_slice(common_name, sizeof common_name)))
            at = i;
    if (at < count && strlen(parts[at].value) == parts[at].value_len &&
        ks_alt_name_check(parts[at].value, out, NULL) != KS_OK)
        out->len = 0;
    ks_name_parts_free(parts, count);
    if (out->len && strncmp(ks_buf_text(out), "dns:", 4) != 0 &&
        strncmp(ks_buf_text(out), "ip:", 3) != 0)
        out->len = 0;
}

/* RFC 6125 6.4.3: an asterisk is one whole label, the first. */
static bool covers(const char *name, const char *host)
{
    const char *dot = strchr(host, '.');

    if (strcasecmp(name, host) == 0)
        return true;
    return dot && strncmp(host, "dns:", 4) == 0 && strncmp(name, "dns:*.", 6) == 0 &&
           strcasecmp(name + 5, dot) == 0;
}

static void judge_common_name(struct ks_plan *plan, const char *alias, const struct ks_wanted *w)
{
    struct ks_buf host = KS_BUF_INIT;
    bool covered = false;

    common_host(w->subject, &host);
    for (size_t i = 0; i < w->profile->name_count; i++)
        covered = covered || covers(w->profile->names[i], ks_buf_text(&host));
    if (host.len && !covered)
        ks_plan_remark(plan, KS_REMARK_WARNING, "no-cn-name", alias,
                       "the common name %.300s is not among the alternative names: clients that "
                       "connect to it refuse the certificate",
                       strchr(ks_buf_text(&host), ':') + 1);
    ks_buf_free(&host);
}

static void judge_server(struct ks_plan *plan, const char *alias, const struct ks_wanted *w)
{
    int64_t days = (w->not_after + 1 - w->not_before) / KS_DAY;

    if (!is_for_servers(w->profile))
        return;
    if (days > KS_SERVER_DAYS)
        ks_plan_remark(plan, KS_REMARK_WARNING, "validity-long", alias,
                       "the certificate is valid for %lld days: some clients refuse a server's of "
                       "more than %d",
                       (long long)days, KS_SERVER_DAYS);
    if (w->profile->name_count == 0)
        ks_plan_remark(plan, KS_REMARK_WARNING, "no-names", alias,
                       "the certificate is for a server and has no alternative names: clients look "
                       "for the name of the host there, and not in the subject");
    else
        judge_common_name(plan, alias, w);
}

static void judge_end(struct ks_plan *plan, const char *alias, const struct ks_wanted *w)
{
    char date[16];

    if (w->not_after <= ks_now())
        ks_plan_remark(plan, KS_REMARK_WARNING, "expired", alias,
                       "the certificate is expired from the beginning: it ends on %s",
                       ks_time_date(w->not_after, date));
}

static void judge_issuer(struct ks_plan *plan, const char *alias, const struct ks_wanted *w)
{
    const struct ks_entry *ca = w->signer->entry;
    char date[16];

    for (size_t i = 0; i < ca->chain_len; i++) {
        if (ca->chain[i].not_after == KS_TIME_NONE ||
            ca->chain[i].not_after > w->not_after - KS_DAY) /* by hours is no matter */
            continue;
        ks_plan_remark(plan, KS_REMARK_WARNING, "beyond-issuer", alias,
                       "the certificate outlives %s of %.500s, which ends on %s: from then on "
                       "nobody accepts it",
                       i == 0 ? "that" : "the chain", ca->alias,
                       ks_time_date(ca->chain[i].not_after, date));
        break;
    }
    if (ca->chain[0].not_before != KS_TIME_NONE && ca->chain[0].not_before > w->not_before)
        ks_plan_remark(plan, KS_REMARK_NOTE, "before-issuer", alias,
                       "the certificate begins before that of %.500s, on %s", ca->alias,
                       ks_time_date(ca->chain[0].not_before, date));
}

/* RFC 5280 4.2.1.9: how many CAs may stand between it and the last certificate. */
static void judge_path(struct ks_plan *plan, const char *alias, const struct ks_wanted *w)
{
    const struct ks_entry *ca = w->signer->entry;
    int below = w->profile->ca ? 1 : 0;

    for (uint32_t i = 0; i < ca->chain_len; i++) {
        int path_len = ks_issuer_path_len(&ca->chain[i]);
        if (path_len >= 0 && path_len < below) {
            ks_plan_remark(plan, KS_REMARK_WARNING, "path-length", alias,
                           "the path length of %.500s allows %s CA below it: nobody accepts what "
                           "%s",
                           i ? "an issuer above" : ca->alias, path_len ? "no further" : "no",
                           w->profile->ca ? "this one signs" : "is signed");
            return;
        }
        below += !(ca->chain[i].flags & KS_CERT_SELF_ISSUED);
    }
}

/* ---- usages that do not go together ---- */

static bool is_no_ca(const struct ks_profile *p, enum ks_key_alg key)
{
    (void)key;
    return !p->ca;
}

static bool is_idle_ca(const struct ks_profile *p, enum ks_key_alg key)
{
    (void)key;
    return p->ca && !(p->usage & KS_USAGE_KEY_CERT_SIGN);
}

static bool cannot_encipher(const struct ks_profile *p, enum ks_key_alg key)
{
    (void)p;
    return key != KS_KEY_RSA && key != KS_KEY_UNKNOWN;
}

static bool cannot_agree(const struct ks_profile *p, enum ks_key_alg key)
{
    (void)p;
    return key == KS_KEY_RSA || key == KS_KEY_RSA_PSS || key == KS_KEY_DSA ||
           key == KS_KEY_ED25519 || key == KS_KEY_ED448;
}

static bool agrees_on_nothing(const struct ks_profile *p, enum ks_key_alg key)
{
    (void)key;
    return !(p->usage & KS_USAGE_KEY_AGREEMENT);
}

/* RFC 5280 4.2.1.3 and 4.2.1.9; what keys can do at all: RFC 3279 2.3, 4055 1.2, 5480 3, 8410 5. */
static const struct {
    unsigned usages; /* that is said of one of these */
    bool (*odd)(const struct ks_profile *profile, enum ks_key_alg key);
    const char *text;
} oddities[] = {
    {KS_USAGE_KEY_CERT_SIGN, is_no_ca,
     "keyCertSign is for a CA, which it is not: clients refuse what it signs, and some refuse the "
     "certificate"},
    {~(unsigned)KS_USAGE_KEY_CERT_SIGN, is_idle_ca,
     "it is that of a CA, and its key usage leaves out keyCertSign: clients refuse what it signs"},
    {KS_USAGE_KEY_ENCIPHERMENT | KS_USAGE_DATA_ENCIPHERMENT, cannot_encipher,
     "its key usage says encipherment, and only RSA keys can encipher"},
    {KS_USAGE_KEY_AGREEMENT, cannot_agree,
     "its key usage says keyAgreement, and keys of this algorithm cannot do that"},
    {KS_USAGE_ENCIPHER_ONLY | KS_USAGE_DECIPHER_ONLY, agrees_on_nothing,
     "encipherOnly and decipherOnly mean something with keyAgreement only"},
};

static void judge_usage(struct ks_plan *plan, const char *alias, const struct ks_profile *profile,
                        enum ks_key_alg key)
{
    for (size_t i = 0; i < sizeof oddities / sizeof oddities[0]; i++)
        if (profile->usage & oddities[i].usages && oddities[i].odd(profile, key))
            ks_plan_remark(plan, KS_REMARK_WARNING, "usage-odd", alias, "the certificate: %s",
                           oddities[i].text);
}

void ks_op_judge_wanted(struct ks_plan *plan, const char *alias, const struct ks_wanted *w,
                        enum ks_key_alg key)
{
    judge_end(plan, alias, w);
    judge_server(plan, alias, w);
    judge_usage(plan, alias, w->profile, key);
    if (!w->signer)
        return;
    judge_issuer(plan, alias, w);
    judge_path(plan, alias, w);
}

void ks_op_judge_key_type(struct ks_plan *plan, const char *alias, const struct ks_key_type *type,
                          int64_t not_after)
{
    bool rsa = type->alg == KS_KEY_RSA || type->alg == KS_KEY_RSA_PSS;

    if (type->remark && type->alg != KS_KEY_RSA) /* of RSA it is the strength, which is below */
        ks_plan_remark(plan, type->keytool ? KS_REMARK_NOTE : KS_REMARK_WARNING, "java-key", alias,
                       "%s: %s", type->word, type->remark);
    if (rsa && type->bits < 2048)
        ks_plan_remark(plan, KS_REMARK_WARNING, "key-strength", alias,
                       "RSA keys of %u bits are too short: many clients refuse them", type->bits);
    else if (rsa && type->bits < 3072 && not_after > year_start(ENOUGH_UNTIL))
        ks_plan_remark(plan, KS_REMARK_NOTE, "key-strength", alias,
                       "RSA keys of %u bits are held to be strong enough until %d only; 3072 bits "
                       "last longer",
                       type->bits, ENOUGH_UNTIL - 1);
}
