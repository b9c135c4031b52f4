#include "tui/cert_fields.h"

#include "base/alloc.h"
#include "base/text.h"
#include "tui/directory.h"
#include "x509/alt_names.h"
#include "x509/dn.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WORDS_MAX 64

static void put_why(struct ks_buf *text, char why[static FORM_WHY])
{
    (void)ks_text_shorten(text, FORM_WHY - 1);
    if (text->len)
        memcpy(why, text->data, text->len);
    why[text->len] = '\0';
    ks_buf_free(text);
}

bool field_ok(enum ks_code code, const struct ks_error *err, char why[static FORM_WHY])
{
    struct ks_buf text = KS_BUF_INIT;
    if (code == KS_OK)
        return true;
    ks_buf_printf(&text, "%s%s%s", err->what, err->next[0] ? "; " : "", err->next);
    put_why(&text, why);
    return false;
}

bool field_ok_briefly(enum ks_code code, const struct ks_error *err, char why[static FORM_WHY])
{
    struct ks_buf text = KS_BUF_INIT;
    if (code == KS_OK)
        return true;
    ks_buf_str(&text, err->what);
    put_why(&text, why);
    return false;
}

/* ---- the type of a new key ---- */

/* The families that this OpenSSL has a type of, in the order of the table. */
static size_t families(const char *words[static WORDS_MAX])
{
    size_t n = 0;
    for (const struct ks_key_type *t = ks_key_types; t->word && n < WORDS_MAX; t++) {
        bool known = false;
        for (size_t i = 0; i < n; i++)
            known = known || strcmp(words[i], t->family) == 0;
        if (!known && ks_key_type_available(t))
            words[n++] = t->family;
    }
    return n;
}

static size_t types_of(const char *family, const struct ks_key_type *types[static WORDS_MAX])
{
    size_t n = 0;
    for (const struct ks_key_type *t = ks_key_types; t->word && n < WORDS_MAX; t++)
        if (strcmp(t->family, family) == 0 && ks_key_type_available(t))
            types[n++] = t;
    return n;
}

static void offer_sizes(struct form *form)
{
    const struct ks_key_type *types[WORDS_MAX];
    const char *words[WORDS_MAX];
    size_t n = types_of(form_chosen_word(form, "family"), types), first = 0;
    for (size_t i = 0; i < n; i++) {
        words[i] = types[i]->size;
        first = types[i]->first ? i : first;
    }
    form_set_choices(form, "size", words, n);
    form_choose(form, "size", first);
}

void key_type_offer(struct form *form)
{
    const char *words[WORDS_MAX];
    form_set_choices(form, "family", words, families(words));
    offer_sizes(form);
}

void key_type_changed(struct form *form, const char *id)
{
    if (strcmp(id, "family") == 0)
        offer_sizes(form);
}

void key_type_choose(struct form *form, const struct ks_key_type *type)
{
    const char *words[WORDS_MAX];
    const struct ks_key_type *types[WORDS_MAX];
    size_t n = families(words);
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], type->family) == 0)
            form_choose(form, "family", i);
    offer_sizes(form);
    n = types_of(type->family, types);
    for (size_t i = 0; i < n; i++)
        if (types[i] == type)
            form_choose(form, "size", i);
}

const struct ks_key_type *key_type_chosen(const struct form *form)
{
    const struct ks_key_type *types[WORDS_MAX];
    size_t n = types_of(form_chosen_word(form, "family"), types), at = form_chosen(form, "size");
    return n ? types[at < n ? at : 0] : ks_key_types;
}

bool key_type_has_size(const struct form *form, void *ctx)
{
    (void)ctx;
    return key_type_chosen(form)->size[0];
}

void key_type_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const char *remark = key_type_chosen(form)->remark;
    (void)ctx;
    if (remark)
        ks_buf_str(out, remark);
}

/* ---- who ---- */

static bool attribute_ok(const struct form *form, const char *key, char why[static FORM_WHY])
{
    struct ks_error err = {0};
    for (const struct ks_dn_field *f = ks_dn_fields; f->key; f++)
        if (strcmp(f->key, key) == 0)
            return field_ok(ks_dn_check(f, form_text(form, key), &err), &err, why);
    return true;
}

#define ATTRIBUTE(fn, key)                                                                         \
    bool fn(const struct form *form, void *ctx, char why[static FORM_WHY])                         \
    {                                                                                              \
        (void)ctx;                                                                                 \
        return attribute_ok(form, key, why);                                                       \
    }
ATTRIBUTE(subject_ou_ok, "OU")
ATTRIBUTE(subject_o_ok, "O")
ATTRIBUTE(subject_l_ok, "L")
ATTRIBUTE(subject_st_ok, "ST")
ATTRIBUTE(subject_c_ok, "C")

void subject_text(const struct form *form, struct ks_buf *out)
{
    for (const struct ks_dn_field *f = ks_dn_fields; f->key; f++)
        ks_dn_add(out, f->key, form_text(form, f->key));
}

bool subject_cn_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct ks_buf text = KS_BUF_INIT;
    (void)ctx;
    subject_text(form, &text);
    bool any = text.len > 0;
    ks_buf_free(&text);
    if (any)
        return attribute_ok(form, "CN", why);
    snprintf(why, FORM_WHY, "a name is needed, here or in a field below");
    return false;
}

void subject_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    (void)ctx;
    subject_text(form, out);
    if (!out->len)
        ks_buf_str(out, "(empty)");
}

bool subject_line_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct ks_buf name = KS_BUF_INIT;
    struct ks_error err = {0};
    (void)ctx;
    bool good = field_ok(ks_dn_parse(form_text(form, "subject"), &name, &err), &err, why);
    ks_buf_free(&name);
    return good;
}

/* ---- names ---- */

bool names_line_ok(const struct form *form, void *ctx, const char *line, char why[static FORM_WHY])
{
    struct ks_error err = {0};
    (void)form, (void)ctx;
    return field_ok_briefly(ks_alt_name_check(line, NULL, &err), &err, why);
}

void names_put(struct form *form, const struct ks_profile *profile)
{
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < profile->name_count; i++)
        ks_buf_printf(&text, "%s%s", i ? "\n" : "", profile->names[i]);
    form_set_text(form, "names", text.len ? ks_buf_text(&text) : "");
    ks_buf_free(&text);
}

typedef enum ks_code (*add_fn)(struct ks_profile *profile, const char *line, struct ks_error *err);

static enum ks_code add_lines(const struct form *form, const char *id, add_fn add,
                              struct ks_profile *profile, struct ks_error *err)
{
    enum ks_code rc = KS_OK;
    size_t count;
    char **lines = form_lines(form, id, &count);
    for (size_t i = 0; i < count && rc == KS_OK; i++)
        rc = add(profile, lines[i], err);
    form_lines_free(lines, count);
    return rc;
}

static bool lines_ok(const struct form *form, const char *id, add_fn add, char why[static FORM_WHY])
{
    struct ks_profile profile = {0};
    struct ks_error err = {0};
    enum ks_code rc = add_lines(form, id, add, &profile, &err);
    ks_profile_drop(&profile);
    return field_ok_briefly(rc, &err, why);
}

bool names_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    return lines_ok(form, "names", ks_profile_add_name, why);
}

void names_take(const struct form *form, struct ks_profile *profile)
{
    form_lines_free(profile->names, profile->name_count);
    profile->names = NULL;
    profile->name_count = 0;
    /* checked when the page was left */
    (void)!add_lines(form, "names", ks_profile_add_name, profile, NULL);
}

static size_t line_of(char *const *lines, size_t count, const char *name)
{
    size_t at = 0;
    while (at < count && strcmp(lines[at], name) != 0)
        at++;
    return at;
}

static void put_in_place(struct form *form, char *const *lines, size_t count, size_t at,
                         const char *name)
{
    struct ks_buf text = KS_BUF_INIT;
    bool twice = line_of(lines, count, name) < count;
    if (at == count && name[0] && !twice)
        ks_buf_printf(&text, "%s\n", name);
    for (size_t i = 0; i < count; i++)
        if (i != at || (name[0] && !twice))
            ks_buf_printf(&text, "%s\n", i == at ? name : lines[i]);
    if (text.len)
        text.data[--text.len] = '\0';
    form_set_text(form, "names", text.len ? ks_buf_text(&text) : "");
    ks_buf_free(&text);
}

void names_follow(struct form *form, char **suggested, const char *name)
{
    size_t count, at;
    if (!*suggested || strcmp(*suggested, name) == 0)
        return;
    char **lines = form_lines(form, "names", &count);
    at = (*suggested)[0] ? line_of(lines, count, *suggested) : count;
    bool by_hand = (*suggested)[0] && at == count;
    if (!by_hand)
        put_in_place(form, lines, count, at, name);
    form_lines_free(lines, count);
    free(*suggested);
    *suggested = by_hand ? NULL : ks_strdup(name);
}

/* Of a server, clients look at the alternative names alone (RFC 6125 6.4.4). */
void names_suggest(struct form *form, char **suggested)
{
    struct ks_buf name = KS_BUF_INIT;
    const char *cn = form_text(form, "CN");
    if (template_chosen(form)->extended & KS_EXTENDED_SERVER && cn[0] &&
        ks_alt_name_check(cn, &name, NULL) != KS_OK)
        name.len = 0;
    names_follow(form, suggested, name.len ? ks_buf_text(&name) : "");
    ks_buf_free(&name);
}

/* ---- a template ---- */

const struct ks_template *template_chosen(const struct form *form)
{
    return &ks_templates[form_chosen(form, "template")];
}

void template_offer(struct form *form)
{
    const char *words[16];
    size_t n = 0;
    while (ks_templates[n].word && n < 16) {
        words[n] = ks_templates[n].label;
        n++;
    }
    form_set_choices(form, "template", words, n);
}

/* ---- a password of the key alone ---- */

/* Java opens the keys of a PKCS12 with the password of the file alone. */
bool own_password_possible(const struct ks_format *format)
{
    return format->caps & KS_CAP_ENTRY_PASSWORD && format->caps & KS_CAP_PASSWORD &&
           format != &ks_format_pkcs12;
}

bool own_password_wanted(const struct form *form, const struct ks_format *format)
{
    return own_password_possible(format) && form_ticked(form, "own");
}

void own_password_words(const struct form *form, const struct ks_format *format,
                        struct ks_buf *out)
{
    if (format == &ks_format_pkcs12)
        ks_buf_str(out, "the keystore's: of a PKCS12, Java takes one password for both");
    else if (!own_password_wanted(form, format) && format->caps & KS_CAP_PASSWORD)
        ks_buf_str(out, "the keystore's, as Jetty and Tomcat expect");
}

/* ---- for what ---- */

const char *const use_ca_words[] = {"no", "yes", "not said", NULL};
enum { CA_NO, CA_YES, CA_NOT_SAID };

static void put_bits(struct form *form, const char *id, const struct ks_usage_word *words,
                     size_t count, unsigned bits)
{
    struct form_pick picks[32];
    for (size_t i = 0; i < count && i < 32; i++)
        picks[i] = (struct form_pick){.text = words[i].name, .ticked = bits >> i & 1};
    form_set_picks(form, id, picks, count);
}

static unsigned take_bits(const struct form *form, const char *id, size_t count)
{
    unsigned bits = 0;
    for (size_t i = 0; i < count && i < 32; i++)
        bits |= (unsigned)form_picked(form, id, i) << i;
    return bits;
}

static size_t extended_count(void)
{
    size_t n = 0;
    while (ks_extended_usages[n].name)
        n++;
    return n;
}

void use_put(struct form *form, const struct ks_profile *profile)
{
    struct ks_buf oids = KS_BUF_INIT;
    char path_len[16] = "";
    put_bits(form, "usage", ks_key_usages, KS_KEY_USAGE_COUNT, profile->usage);
    put_bits(form, "extended", ks_extended_usages, extended_count(), profile->extended);
    for (size_t i = 0; i < profile->oid_count; i++)
        ks_buf_printf(&oids, "%s%s", i ? "\n" : "", profile->oids[i]);
    form_set_text(form, "oids", oids.len ? ks_buf_text(&oids) : "");
    form_choose(form, "ca", !profile->basic ? CA_NOT_SAID : profile->ca ? CA_YES : CA_NO);
    if (profile->path_len >= 0)
        snprintf(path_len, sizeof path_len, "%d", profile->path_len);
    form_set_text(form, "path-len", path_len);
    ks_buf_free(&oids);
}

void use_take(const struct form *form, struct ks_profile *profile)
{
    profile->usage = take_bits(form, "usage", KS_KEY_USAGE_COUNT);
    profile->extended = take_bits(form, "extended", extended_count());
    for (size_t i = 0; i < profile->oid_count; i++)
        free(profile->oids[i]);
    free(profile->oids);
    profile->oids = NULL;
    profile->oid_count = 0;
    (void)!add_lines(form, "oids", ks_profile_add_extended, profile, NULL); /* checked as well */
    profile->basic = form_chosen(form, "ca") != CA_NOT_SAID;
    profile->ca = form_chosen(form, "ca") == CA_YES;
    const char *path_len = form_text(form, "path-len");
    profile->path_len = profile->ca && path_len[0] ? atoi(path_len) : -1;
}

static void add_words(void *ctx, const char *label, const char *text)
{
    struct ks_buf *out = ctx;
    if (strcmp(label, "Names") == 0)
        return;
    bool is_ca = strcmp(label, "CA") == 0; /* "no" alone would say nothing */
    ks_buf_printf(out, "%s%s%s", out->len ? ", " : "", is_ca ? "CA: " : "", text);
}

void use_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    struct ks_profile profile = {.path_len = -1};
    (void)ctx;
    use_take(form, &profile);
    ks_profile_words(&profile, add_words, out);
    if (!out->len)
        ks_buf_str(out, "nothing said");
    ks_profile_drop(&profile);
}

void use_reset_words(struct form *form, const char *of, size_t changes)
{
    char *words = ks_asprintf("%s, %zu change%s", of, changes, changes == 1 ? "" : "s");
    form_set_choices(form, "reset", (const char *const[]){words}, 1);
    free(words);
}

bool use_is_ca(const struct form *form, void *ctx)
{
    (void)ctx;
    return form_chosen(form, "ca") == CA_YES;
}

bool use_oid_ok(const struct form *form, void *ctx, const char *line, char why[static FORM_WHY])
{
    struct ks_error err = {0};
    (void)form, (void)ctx;
    return field_ok_briefly(ks_oid_check(line, &err), &err, why);
}

bool use_oids_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    return lines_ok(form, "oids", ks_profile_add_extended, why);
}

bool use_path_len_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    const char *text = form_text(form, "path-len");
    (void)ctx;
    if (strlen(text) <= 3 && strspn(text, "0123456789") == strlen(text) && atoi(text) <= 255)
        return true;
    snprintf(why, FORM_WHY, "a number from 0 to 255, or nothing for no limit");
    return false;
}

/* ---- the name of the entry ---- */

bool alias_is_free(const struct ks_store *store, const char *alias, char why[static FORM_WHY])
{
    struct ks_error err = {0};
    return field_ok_briefly(ks_op_alias_check(store, alias, &err), &err, why);
}

/* ---- how long ---- */

unsigned validity_within(const struct ks_entry *signer, unsigned days)
{
    const struct ks_signer s = {.entry = signer};
    int64_t now = ks_now(), until = now + days * (int64_t)KS_DAY - 1;
    int64_t within = (ks_op_until_within(&s, now, until) + 1 - now) / KS_DAY;
    return within < 1 ? 1 : (unsigned)within;
}

void validity_fill(struct form *form, unsigned days)
{
    char now[24], text[16];
    form_set_text(form, "from", ks_time_human(ks_now(), now));
    snprintf(text, sizeof text, "%u", days);
    form_set_text(form, "until", text);
}

bool validity_from_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct ks_error err = {0};
    int64_t from;
    (void)ctx;
    return field_ok(ks_op_date_parse(form_text(form, "from"), &from, &err), &err, why);
}

bool validity_until_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct ks_error err = {0};
    int64_t from, until;
    (void)ctx;
    if (ks_op_date_parse(form_text(form, "from"), &from, NULL) != KS_OK)
        return true; /* said there */
    return field_ok(ks_op_until_parse(form_text(form, "until"), from, &until, &err), &err, why);
}

bool validity_take(const struct form *form, int64_t *not_before, int64_t *not_after)
{
    return ks_op_date_parse(form_text(form, "from"), not_before, NULL) == KS_OK &&
           ks_op_until_parse(form_text(form, "until"), *not_before, not_after, NULL) == KS_OK;
}

void validity_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    int64_t from, until;
    char text[24];
    (void)ctx;
    if (!validity_take(form, &from, &until))
        return;
    ks_buf_printf(out, "%lld days, until %s UTC", (long long)((until - from + KS_DAY / 2) / KS_DAY),
                  ks_time_human(until, text));
}

/* ---- the signature ---- */

static void offer_signatures(struct form *form, const char *const *names, size_t count)
{
    form_set_choices(form, "signature", names, count);
    form_choose(form, "signature", 0);
}

void signature_offer(struct form *form, struct ks_slice spki)
{
    const char *names[8];
    offer_signatures(form, names, ks_signatures_of(spki, names));
}

void signature_offer_for_type(struct form *form, const struct ks_key_type *type)
{
    const char *names[8];
    offer_signatures(form, names, ks_signatures_of_type(type, names));
}

char *signature_chosen(const struct form *form)
{
    const char *word = form_chosen_word(form, "signature");
    return word[0] ? ks_strdup(word) : NULL;
}

/* ---- who signs ---- */

struct signers signers_find(struct app *app, const struct ks_entry *except)
{
    struct signers s = {0};
    for (size_t i = 0; i < app_file_count(app); i++) {
        struct ui_file *f = app_file(app, i);
        for (size_t k = 0; f->store && k < ks_store_count(f->store); k++) {
            const struct ks_entry *e = ks_store_entry(f->store, k);
            if (e == except || s.count == WORDS_MAX - 1 || ks_op_can_sign(e, NULL) != KS_OK)
                continue;
            s.at = ks_realloc(s.at, (s.count + 1) * sizeof *s.at);
            s.at[s.count++] = (struct signer){edit_target(f), e};
        }
    }
    return s;
}

void signers_free(struct signers *s)
{
    for (size_t i = 0; i < s->count; i++)
        edit_target_drop(&s->at[i].target);
    free(s->at);
    *s = (struct signers){0};
}

void signers_offer(struct app *app, struct form *form, const struct signers *s, const char *first)
{
    char **words = ks_alloc_array(s->count + 1, sizeof *words);
    size_t n = 0;
    if (first)
        words[n++] = ks_strdup(first);
    for (size_t i = 0; i < s->count; i++) {
        const struct ui_file *f = app_file_by_id(app, s->at[i].target.file_id);
        words[n++] = ks_asprintf("%s of %s", s->at[i].entry->alias, f ? f->name : "");
    }
    form_set_choices(form, "signer", (const char *const *)words, n);
    for (size_t i = 0; i < n; i++)
        free(words[i]);
    free(words);
}

const struct signer *signer_chosen(const struct form *form, const struct signers *s, bool has_first)
{
    size_t at = form_chosen(form, "signer");
    if (has_first && at == 0)
        return NULL;
    at -= has_first;
    return at < s->count ? &s->at[at] : NULL;
}

/* ---- a Name in one line ---- */

void subject_put(struct form *form, struct ks_slice name)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(name, &text);
    form_set_text(form, "subject", text.len ? ks_buf_text(&text) : "");
    ks_buf_free(&text);
}

void subject_take(const struct form *form, struct ks_slice former, struct ks_buf *out)
{
    struct ks_buf text = KS_BUF_INIT;
    const char *typed = form_text(form, "subject");
    ks_name_text(former, &text);
    if (strcmp(typed, text.len ? ks_buf_text(&text) : "") == 0)
        ks_buf_slice(out, former);
    else if (ks_dn_parse(typed, out, NULL) != KS_OK)
        ks_buf_slice(out, former); /* checked when the page was left */
    ks_buf_free(&text);
}

/* ---- a file to write ---- */

/* "iq.csr", or "iq-2.csr" when that is there. */
void output_suggest(struct form *form, const char *name, const char *suffix)
{
    static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    struct stat st;
    char *base = ks_strndup(name, strnlen(name, 100));
    for (char *c = base; *c; c++)
        *c = strchr(fine, *c) && !(c == base && *c != '_' && strchr(".-", *c)) ? *c : '_';
    char *path = ks_asprintf("%s%s", base[0] ? base : "unnamed", suffix);
    for (unsigned n = 2; n < 100 && stat(path, &st) == 0; n++) {
        free(path);
        path = ks_asprintf("%s-%u%s", base, n, suffix);
    }
    form_set_text(form, "output", path);
    free(path);
    free(base);
}

static bool look_at_output(const struct form *form, struct stat *st)
{
    char *path = directory_typed(form_text(form, "output"));
    bool there = path[0] && stat(path, st) == 0;
    free(path);
    return there;
}

bool output_is_there(const struct form *form, void *ctx)
{
    struct stat st;
    (void)ctx;
    return look_at_output(form, &st) && !S_ISDIR(st.st_mode);
}

bool output_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    struct stat st;
    (void)ctx;
    if (form_is_empty(form, "output"))
        snprintf(why, FORM_WHY, "a name is needed");
    else if (look_at_output(form, &st) && S_ISDIR(st.st_mode))
        snprintf(why, FORM_WHY, "that is a directory; add a file name");
    else if (output_is_there(form, ctx) && !form_ticked(form, "overwrite"))
        snprintf(why, FORM_WHY,
                 "that file exists already: type another name, or tick below to replace it");
    else
        return true;
    return false;
}
