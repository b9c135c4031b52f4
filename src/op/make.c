#include "op/making.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* ---- single values ---- */

/* Why the type cannot hold this name; NULL when it can, also when it cannot hold the entry. */
static const char *refuses_name(const struct ks_format *format, const char *alias)
{
    const char *why[2] = {NULL, NULL};
    const char *const names[2] = {alias, "a"};

    for (size_t i = 0; i < 2 && format->refuses; i++) {
        struct ks_entry_draft d = {.kind = KS_KIND_TRUSTED, .alias = ks_strdup(names[i])};
        struct ks_entry *e = ks_entry_new(&d);
        why[i] = format->refuses(e);
        ks_entry_unref(e);
    }
    return why[0] && (!why[1] || strcmp(why[0], why[1]) != 0) ? why[0] : NULL;
}

static enum ks_code check_stored(const struct ks_store *store, const char *stored,
                                 struct ks_error *err)
{
    struct ks_list l = ks_list_of(store->now);
    size_t other = ks_list_named(&l, store->format, stored, NULL);
    enum ks_code rc = KS_OK;

    if (other != KS_NOWHERE) {
        ks_fail(err, KS_ERR_REFUSED, "alias-clash", "%.150s is taken: there is an entry %.150s",
                stored, l.at[other]->alias);
        rc = ks_fail_next(err, KS_ERR_REFUSED, "choose another name");
    }
    ks_list_drop(&l);
    return rc;
}

enum ks_code ks_op_alias_check(const struct ks_store *store, const char *alias,
                               struct ks_error *err)
{
    if (!alias || !alias[0]) {
        ks_fail(err, KS_ERR_USAGE, "alias", "the new entry has no name");
        return ks_fail_next(err, KS_ERR_USAGE, "give it one, such as server");
    }
    enum ks_code rc = ks_op_check_text(alias, "the entry", "added", err);
    if (rc != KS_OK)
        return rc;
    char *stored = ks_op_stored_alias(store->format, alias);
    rc = check_stored(store, stored, err);
    const char *why = rc == KS_OK ? refuses_name(store->format, stored) : NULL;
    if (why) {
        ks_fail(err, KS_ERR_REFUSED, "alias", "%.150s was not added: %s", stored, why);
        rc = ks_fail_next(err, KS_ERR_REFUSED, "choose another name");
    }
    free(stored);
    return rc;
}

/* A copy without blanks around it; NULL when nothing is left, or too much. */
static char *trimmed(const char *text)
{
    size_t len;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]))
        len--;
    return len > 0 && len < 64 ? ks_strndup(text, len) : NULL;
}

enum ks_code ks_op_date_parse(const char *text, int64_t *out, struct ks_error *err)
{
    char *date = trimmed(text);
    bool good = date && ks_time_parse(date, out);

    free(date);
    if (good)
        return KS_OK;
    ks_fail(err, KS_ERR_USAGE, "date", "%.100s is no date", text[0] ? text : "nothing");
    return ks_fail_next(err, KS_ERR_USAGE,
                        "a date is written as 2026-03-01 or 2026-03-01 12:00:00, in UTC");
}

#define DAYS_MAX 36500

static enum ks_code parse_days(const char *text, int64_t from, int64_t *until, struct ks_error *err)
{
    long long days = strlen(text) <= 9 ? strtoll(text, NULL, 10) : DAYS_MAX + 1;

    if (days < 1 || days > DAYS_MAX) {
        ks_fail(err, KS_ERR_USAGE, "days", "a validity of %.20s days is not possible", text);
        return ks_fail_next(err, KS_ERR_USAGE, "give 1 to %d days, or the last one as a date",
                            DAYS_MAX);
    }
    *until = from + days * KS_DAY - 1; /* RFC 5280 4.1.2.5: the last second belongs to it */
    return KS_OK;
}

static enum ks_code parse_last_day(const char *text, int64_t from, int64_t *until,
                                   struct ks_error *err)
{
    char begins[24];

    if (!ks_time_parse(text, until)) {
        ks_fail(err, KS_ERR_USAGE, "days", "%.60s is neither a number of days nor a date", text);
        return ks_fail_next(err, KS_ERR_USAGE, "write 365, or the last day as 2027-03-01");
    }
    if (strlen(text) == strlen("2026-03-01"))
        *until += KS_DAY - 1;
    if (*until > from)
        return KS_OK;
    ks_fail(err, KS_ERR_USAGE, "days", "the end, %.60s, is before the beginning, %s", text,
            ks_time_human(from, begins));
    return ks_fail_next(err, KS_ERR_USAGE, "choose an end that is behind the beginning");
}

enum ks_code ks_op_until_parse(const char *text, int64_t from, int64_t *until, struct ks_error *err)
{
    char *word = trimmed(text);
    enum ks_code rc;

    if (word && word[strspn(word, "0123456789")] == '\0')
        rc = parse_days(word, from, until, err);
    else
        rc = parse_last_day(word ? word : "nothing", from, until, err);
    free(word);
    return rc == KS_OK ? ks_op_dates_check(from, *until, err) : rc;
}

unsigned ks_op_usual_days(const struct ks_template *t)
{
    return t && t->ca ? 3650 : 365;
}

int64_t ks_op_until_within(const struct ks_signer *signer, int64_t from, int64_t until)
{
    const struct ks_entry *ca = signer ? signer->entry : NULL;

    for (size_t i = 0; ca && i < ca->chain_len; i++) {
        int64_t end = ca->chain[i].not_after;
        if (end != KS_TIME_NONE && end > from && end < until)
            until = end;
    }
    return until;
}

/* ---- key pairs ---- */

static enum ks_code check_key_password(const struct ks_store *store, const char *alias,
                                       const struct ks_secret *password, struct ks_error *err)
{
    if (!password || store->format->caps & KS_CAP_ENTRY_PASSWORD)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "no-entry-password",
            "%.150s was not made: keys in a %s have the password of the file", alias,
            store->format->name);
    return ks_fail_next(err, KS_ERR_REFUSED, "leave the password of the key out");
}

enum ks_code ks_op_pair_make(const struct ks_store *store, const char *alias,
                             const struct ks_key_type *type, const struct ks_secret *password,
                             struct ks_job *job, struct ks_op_pair *out, struct ks_error *err)
{
    *out = (struct ks_op_pair){0};
    enum ks_code rc = check_key_password(store, alias, password, err);
    if (rc == KS_OK)
        rc = ks_op_can_seal(store, store->now, password, err);
    if (rc == KS_OK)
        rc = ks_keygen(type, job, &out->pkcs8, err);
    if (rc == KS_OK)
        rc = ks_private_to_spki(out->pkcs8, &out->spki, err);
    if (rc != KS_OK)
        ks_op_pair_drop(out);
    return rc;
}

void ks_op_pair_drop(struct ks_op_pair *pair)
{
    ks_secret_free(pair->pkcs8);
    ks_buf_free(&pair->spki);
    *pair = (struct ks_op_pair){0};
}

enum ks_code ks_op_pair_entry(const struct ks_store *store, const char *alias,
                              const struct ks_op_pair *pair, const struct ks_op_chain *chain,
                              const struct ks_secret *password, struct ks_job *job,
                              struct ks_entry **out, struct ks_error *err)
{
    struct ks_sealed sealed;
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = pair->pkcs8};
    enum ks_code rc = ks_op_seal(store, store->now, &m, password, job, &sealed, err);

    if (rc != KS_OK)
        return rc;
    struct ks_entry_draft d = {
        .home = store->format,
        .created = ks_now() * 1000,
        .alias = ks_strdup(alias),
        .chain = chain->certs,
        .chain_len = chain->count,
        .blobs = (struct ks_blob *const[]){chain->blob},
        .blob_count = 1,
    };
    *out = ks_op_entry_with_key(&d, &sealed);
    const char *why = store->format->refuses ? store->format->refuses(*out) : NULL;
    if (!why)
        return KS_OK;
    ks_entry_unref(*out);
    *out = NULL;
    ks_fail(err, KS_ERR_REFUSED, "type-loss", "%.150s was not made: %s", alias, why);
    return ks_fail_next(err, KS_ERR_REFUSED, "choose another type of keystore");
}

/* ---- generating ---- */

static enum ks_code check_wanted(const struct ks_store *store, const struct ks_generate *what,
                                 struct ks_error *err)
{
    const struct ks_wanted *w = &what->wanted;
    enum ks_code rc = ks_op_alias_check(store, what->alias, err);

    if (rc == KS_OK)
        rc = ks_op_dates_check(w->not_before, w->not_after, err);
    if (rc == KS_OK)
        rc = ks_op_subject_check(w->subject, w, err);
    if (rc == KS_OK && w->signer) /* before the key is made, which may take long */
        rc = ks_op_can_sign(w->signer->entry, err);
    return rc;
}

static enum ks_code make_entry(const struct ks_store *store, const char *alias,
                               const struct ks_generate *what, struct ks_job *job,
                               struct ks_entry **out, struct ks_error *err)
{
    struct ks_op_pair pair;
    struct ks_buf cert = KS_BUF_INIT;
    enum ks_code rc = ks_op_pair_make(store, alias, what->type, what->password, job, &pair, err);

    if (rc != KS_OK)
        return rc;
    struct ks_making m = {.subject = what->wanted.subject,
                          .spki = ks_slice(pair.spki.data, pair.spki.len),
                          .key = pair.pkcs8,
                          .wanted = &what->wanted,
                          .job = job};
    rc = ks_op_certify(&m, &cert, err);
    if (rc == KS_OK) {
        struct ks_op_chain chain =
            ks_op_chain_new(ks_slice(cert.data, cert.len), what->wanted.signer);
        rc = ks_op_pair_entry(store, alias, &pair, &chain, what->password, job, out, err);
        ks_op_chain_drop(&chain);
    }
    ks_buf_free(&cert);
    ks_op_pair_drop(&pair);
    return rc;
}

static void finish(struct ks_store *store, const struct ks_generate *what, struct ks_entry *made,
                   struct ks_plan *out)
{
    struct ks_list l = ks_list_of(store->now);
    char *label = ks_asprintf("made the key pair %.200s", made->alias);

    if (strcmp(made->alias, what->alias) != 0)
        ks_plan_remark(out, KS_REMARK_NOTE, "alias-folded", made->alias,
                       "%.500s is stored as %.500s: Java finds nothing else in a %s", what->alias,
                       made->alias, store->format->name);
    ks_op_judge_wanted(out, made->alias, &what->wanted, what->type->alg);
    ks_op_judge_key_type(out, made->alias, what->type, what->wanted.not_after);
    ks_op_judge_password(out, store->format, what->password);
    ks_op_judge_key_password(out, made, what->password, store->now->password);
    ks_op_generate_commands(store, what, &out->commands);
    ks_list_insert(&l, ks_list_end(&l), made);
    ks_op_align_chains(out, &l, made);
    ks_op_finish(out, &l, store->now->password, store->now->protection, label);
    free(label);
}

enum ks_code ks_op_generate(struct ks_store *store, const struct ks_generate *what,
                            struct ks_job *job, struct ks_plan *out, struct ks_error *err)
{
    struct ks_entry *made = NULL;
    enum ks_code rc = ks_op_start(store, out, err);

    if (rc != KS_OK)
        return rc;
    rc = check_wanted(store, what, err);
    if (rc == KS_OK) {
        char *alias = ks_op_stored_alias(store->format, what->alias);
        rc = make_entry(store, alias, what, job, &made, err);
        free(alias);
    }
    if (rc == KS_OK)
        finish(store, what, made, out);
    else
        ks_plan_drop(out);
    return rc;
}
