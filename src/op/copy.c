/*
 * Entries from one store into another. Between stores of one type a key goes over as it is; to
 * another type it is opened and protected the way that type does. What the target cannot hold is
 * left out and remarked as a loss.
 */
#include "op/internal.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A place in the target: what is there already, then one for each entry that may be copied. */
struct slot {
    struct ks_entry *entry; /* one reference; NULL: left out */
    char *name;             /* as Java compares it */
    bool copied;            /* from the other store */
};

struct transfer {
    struct ks_plan *plan;
    const struct ks_transfer *how;
    const struct ks_copy *copy;
    const struct ks_secret *new_password; /* of the entry that is copied; NULL: none of its own */
    const struct ks_format *format;       /* the target's */
    struct ks_opener opener;
    struct ks_job *job;
    struct slot *slots;
    size_t old, count;
    struct ks_index names;  /* of slots */
    struct ks_index leaves; /* of slots, by the DER of their first certificate; old ones only */
    struct ks_list replaced;
    size_t *known; /* of the entries to be copied: left out, as the target has them */
    size_t known_count;
    char *suffix_of; /* the name that got the last number, and which */
    size_t suffix;
};

static enum ks_code stopped(struct ks_error *err)
{
    return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while copying entries");
}

static const char *why_left_out(const struct transfer *t, const struct ks_entry *e)
{
    if (e->notes & KS_NOTE_LOCKED_CHAIN)
        return "its certificates are still locked";
    if (e->notes & KS_NOTE_CERT_TYPE)
        return "one of its certificates is of a type other than X.509";
    return t->format->refuses ? t->format->refuses(e) : NULL;
}

static void loss(struct transfer *t, const struct ks_entry *e, const char *slug, const char *why)
{
    ks_plan_remark(t->plan, KS_REMARK_LOSS, slug, e->alias, "%.500s is left out: %s", e->alias,
                   why);
}

/* ---- what an entry becomes in another type ---- */

/* A certificate that is just there is a trusted one in a keystore, and loses that in a bundle; only
 * a PKCS12 has both. */
static uint8_t kind_in(const struct ks_format *format, const struct ks_entry *e)
{
    bool keystore = format->caps & KS_CAP_STORE;
    bool both = format == &ks_format_pkcs12 && e->home == format;

    if (e->kind == KS_KIND_CERT && keystore && !both)
        return KS_KIND_TRUSTED;
    if (e->kind == KS_KIND_TRUSTED && !keystore)
        return KS_KIND_CERT;
    return e->kind;
}

/* GeneralizedTime in a BCFKS has whole seconds. */
static int64_t rounded(const struct ks_format *format, int64_t ms)
{
    if (strcmp(format->name, "BCFKS") != 0)
        return ms;
    int64_t part = ms % 1000;
    return ms - (part < 0 ? part + 1000 : part);
}

static bool keeps_date(const struct ks_format *format, uint8_t kind)
{
    if (!(format->caps & KS_CAP_STORE))
        return false;
    return kind != KS_KIND_TRUSTED || format->caps & KS_CAP_DATES;
}

static int64_t date_in(const struct ks_format *format, const struct ks_entry *e, uint8_t kind)
{
    if (!keeps_date(format, kind))
        return KS_TIME_NONE;
    return rounded(format, e->created == KS_TIME_NONE ? ks_now() * 1000 : e->created);
}

#define NOTES_OF_CONTENT                                                                           \
    (uint32_t)(KS_NOTE_NO_CHAIN | KS_NOTE_CERT_TYPE | KS_NOTE_CERT_BROKEN | KS_NOTE_LOCKED_CHAIN)

/* Certificates that Java refuses stay so wherever they go. */
static uint32_t notes_in(const struct ks_entry *e)
{
    uint32_t notes = e->notes & NOTES_OF_CONTENT;
    return notes & KS_NOTE_CERT_BROKEN ? notes | KS_NOTE_JAVA_FATAL : notes;
}

/* A PEM block is the same in any file, and so is a PKCS#12 bag with its attributes; other pieces
 * mean something in their own file only. */
static bool keeps_pieces(const struct ks_format *format, const struct ks_entry *e)
{
    return e->home == format && (format == &ks_format_pem || format == &ks_format_pkcs12);
}

#define NOTES_OF_BAG                                                                               \
    (uint32_t)(NOTES_OF_CONTENT | KS_NOTE_JAVA_FATAL | KS_NOTE_JAVA_NO_TRUST |                     \
               KS_NOTE_JAVA_KEYBAG | KS_NOTE_JAVA_IGNORED | KS_NOTE_KEY_CLEAR |                    \
               KS_NOTE_ALIAS_ENCODING)

/* A bag's date is in its localKeyID, and goes along. */
static void draft_bag(struct ks_entry_draft *d, const struct ks_entry *e)
{
    d->created = e->created;
    d->notes = e->notes & NOTES_OF_BAG;
    if (strcmp(d->alias, e->alias) == 0)
        return;
    d->edited |= KS_EDITED_ALIAS;
    d->alias_raw = ks_slice(NULL, 0);
    d->notes &= ~(uint32_t)KS_NOTE_ALIAS_ENCODING;
}

static struct ks_entry_draft draft_for(const struct ks_format *format, const struct ks_entry *e,
                                       const char *alias)
{
    struct ks_entry_draft d = ks_entry_draft_of(e);
    char *comment = d.comment;

    free(d.alias);
    d.alias = ks_strdup(alias);
    d.comment = NULL;
    d.kind = kind_in(format, e);
    d.created = date_in(format, e, d.kind);
    d.notes = notes_in(e);
    if (keeps_pieces(format, e) && format == &ks_format_pkcs12) {
        d.comment = comment;
        draft_bag(&d, e);
        return d;
    }
    free(comment);
    if (keeps_pieces(format, e)) {
        d.notes = e->notes;
        return d;
    }
    d.edited = 0;
    d.alias_raw = ks_slice(NULL, 0);
    d.home = format;
    d.pieces = NULL;
    d.piece_count = 0;
    return d;
}

/* ---- what is there ---- */

static size_t last_named(const struct transfer *t, const char *name)
{
    size_t last = KS_NOWHERE;

    for (size_t i = ks_index_first(&t->names, ks_slice_str(name)); i != KS_NOWHERE;
         i = ks_index_next(&t->names, i))
        last = i;
    return last;
}

static bool is_certificate(const struct ks_entry *e)
{
    return e->kind == KS_KIND_TRUSTED || e->kind == KS_KIND_CERT;
}

static bool has_leaf(const struct ks_entry *e, struct ks_slice der)
{
    return e->chain_len && ks_slice_equal(ks_cert_der(&e->chain[0]), der);
}

/* The target's entry with the same certificate, or the same key's. An entry that was replaced is
 * not the target's any more. */
static const struct ks_entry *known_as(const struct transfer *t, const struct ks_entry *e)
{
    if (!t->copy->skip_known || !e->chain_len || !(is_certificate(e) || e->kind == KS_KIND_KEY))
        return NULL;
    struct ks_slice leaf = ks_cert_der(&e->chain[0]);
    for (size_t i = ks_index_first(&t->leaves, leaf); i != KS_NOWHERE;
         i = ks_index_next(&t->leaves, i)) {
        const struct ks_entry *there = t->slots[i].entry;
        if (has_leaf(there, leaf) &&
            (there->kind == e->kind || (is_certificate(there) && is_certificate(e))))
            return there;
    }
    return NULL;
}

static void index_old(struct transfer *t)
{
    for (size_t i = 0; i < t->old; i++) {
        const struct ks_entry *e = t->slots[i].entry;
        t->slots[i].name = ks_op_name(t->format, e->alias);
        ks_index_add(&t->names, ks_slice_str(t->slots[i].name), i);
        if (e->chain_len)
            ks_index_add(&t->leaves, ks_cert_der(&e->chain[0]), i);
    }
}

/* ---- names ---- */

/* "alias-2", or the first number that is free. */
static char *numbered(struct transfer *t, const char *alias)
{
    size_t n = t->suffix_of && strcmp(t->suffix_of, alias) == 0 ? t->suffix + 1 : 2;

    for (;; n++) {
        char *next = ks_asprintf("%s-%zu", alias, n);
        char *name = ks_op_name(t->format, next);
        bool taken = last_named(t, name) != KS_NOWHERE;
        free(name);
        if (!taken) {
            t->suffix = n;
            return next;
        }
        free(next);
    }
}

static enum ks_code ask(const struct transfer *t, const struct ks_entry *e,
                        const struct ks_entry *other, struct ks_error *err)
{
    if (strcmp(e->alias, other->alias) == 0)
        ks_fail(err, KS_ERR_REFUSED, "alias-clash", "%.200s was not copied: %.200s has that name",
                e->alias, ks_op_file_name(t->plan->target));
    else
        ks_fail(err, KS_ERR_REFUSED, "alias-clash",
                "%.150s was not copied: %.150s is the same name in %s", e->alias, other->alias,
                t->format->name);
    return ks_fail_next(err, KS_ERR_REFUSED,
                        "say what to do with it: skip it, replace the other, or rename it");
}

/* Where a copy goes, and under which name. */
struct berth {
    char *alias;    /* NULL: nowhere */
    size_t replace; /* a slot, or KS_NOWHERE */
};

static void said_renamed(struct transfer *t, const struct ks_entry *e, const char *alias,
                         const struct ks_entry *other)
{
    ks_plan_remark(t->plan, KS_REMARK_WARNING, "alias-clash", e->alias,
                   "%.500s is stored as %.500s: %.500s is the same name in %s",
                   ks_alias_text(e->alias), alias, ks_alias_text(other->alias), t->format->name);
}

/* Whether that is what would have been copied: the certificate, or the bytes of a key without one.
 */
static bool is_the_same(const struct ks_entry *a, const struct ks_entry *b)
{
    if (a->chain_len && b->chain_len)
        return ks_op_has_key(a) == ks_op_has_key(b) &&
               ks_slice_equal(ks_cert_der(&a->chain[0]), ks_cert_der(&b->chain[0]));
    return a->chain_len == b->chain_len && a->key.len && ks_slice_equal(a->key, b->key);
}

static void said_skipped(struct transfer *t, const struct ks_entry *e, const struct ks_entry *there)
{
    const char *alias = ks_alias_text(e->alias), *file = ks_op_file_name(t->plan->target);

    if (is_the_same(e, there))
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "skipped", e->alias,
                       "%.500s is left out: %.200s has it", alias, file);
    else
        ks_plan_remark(t->plan, KS_REMARK_WARNING, "skipped", e->alias,
                       "%.500s is left out: %.200s has another entry under that name", alias, file);
}

static bool contains(struct ks_slice text, struct ks_slice part)
{
    for (size_t at = 0; at + part.len <= text.len; at++)
        if (ks_slice_equal(ks_slice_part(text, at, part.len), part))
            return true;
    return false;
}

/* The name that is shown, and copied, is not quite the one in its file: it has bytes that are no
 * characters, or a NUL, which is shown as U+2400 and may also be one. */
static bool is_approximate(const struct ks_entry *e)
{
    static const char symbol[] = "\xe2\x90\x80", bmp[] = "\x24\x00";

    if (!e->alias_raw.data)
        return false;
    if (e->notes & KS_NOTE_ALIAS_ENCODING)
        return true;
    return strstr(e->alias, symbol) &&
           !contains(e->alias_raw, ks_slice(symbol, sizeof symbol - 1)) &&
           !contains(e->alias_raw, ks_slice(bmp, sizeof bmp - 1));
}

static void judge_alias(struct transfer *t, const struct ks_entry *e, const char *alias)
{
    if (is_approximate(e) && !keeps_pieces(t->format, e))
        ks_plan_remark(t->plan, KS_REMARK_WARNING, "alias-changed", e->alias,
                       "%.500s is stored under the name that is shown here, which is not quite "
                       "the one in %.200s",
                       ks_alias_text(e->alias), ks_op_file_name(t->copy->from));
    if (strcmp(alias, e->alias) != 0)
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "alias-folded", e->alias,
                       "%.500s is stored as %.500s: Java finds nothing else in a %s",
                       ks_alias_text(e->alias), alias, t->format->name);
}

static enum ks_code find_berth(struct transfer *t, const struct ks_entry *e, struct berth *out,
                               struct ks_error *err)
{
    char *stored = ks_op_stored_alias(t->format, e->alias);
    char *name = ks_op_name(t->format, stored);
    size_t other = last_named(t, name);

    free(name);
    *out = (struct berth){stored, KS_NOWHERE};
    if (other == KS_NOWHERE) {
        judge_alias(t, e, stored);
        return KS_OK;
    }
    const struct ks_entry *there = t->slots[other].entry;
    bool old = !t->slots[other].copied;
    if (t->copy->clash == KS_CLASH_ASK) {
        free(stored);
        out->alias = NULL;
        return ask(t, e, there, err);
    }
    if (old && t->copy->clash == KS_CLASH_SKIP) {
        said_skipped(t, e, there);
        free(stored);
        out->alias = NULL;
        return KS_OK;
    }
    if (old && t->copy->clash == KS_CLASH_REPLACE) {
        out->replace = other;
        return KS_OK;
    }
    out->alias = numbered(t, stored);
    said_renamed(t, e, out->alias, there);
    free(t->suffix_of);
    t->suffix_of = stored;
    return KS_OK;
}

/* ---- keys ---- */

static bool is_as_is(const struct transfer *t, const struct ks_entry *e)
{
    return !ks_op_has_key(e) || (e->home == t->format && !t->how->reseal && !t->new_password);
}

/* A key that goes over as it is keeps its password: whether that is the target's is tried out. */
static enum ks_code judge_as_is(struct transfer *t, const struct ks_entry *e, struct ks_error *err)
{
    struct ks_material material = {0};
    struct ks_error why = {0};

    if (!ks_op_has_key(e) || !t->how->as->password || !e->home->reveal)
        return KS_OK;
    enum ks_code rc =
        e->home->reveal(t->copy->from, e, t->how->as->password, t->job, &material, &why);
    ks_material_drop(&material);
    if (rc == KS_ERR_CANCELLED) {
        if (err)
            *err = why;
        return rc;
    }
    if (rc == KS_ERR_PASSWORD)
        ks_plan_remark(t->plan, KS_REMARK_WARNING, "key-password", e->alias,
                       "%.500s: its key keeps the password that it has, which is not that of "
                       "%.200s",
                       ks_alias_text(e->alias), ks_op_file_name(t->plan->target));
    return KS_OK;
}

static bool opens_the_source(const struct ks_store *from, const struct ks_secret *password)
{
    return ks_secret_equal(password, from->password) ||
           ks_secret_equal(password, from->now->password);
}

/* The password that the copy gets; NULL: the target's. */
static const struct ks_secret *password_for(struct transfer *t, const struct ks_entry *e,
                                            const struct ks_secret *used)
{
    bool own = used && !opens_the_source(t->copy->from, used);

    if (!(t->format->caps & KS_CAP_ENTRY_PASSWORD))
        return NULL;
    if (t->new_password)
        return t->new_password;
    if (own && t->how->keep_passwords)
        return used;
    if (own && t->how->as->password && !ks_secret_equal(used, t->how->as->password))
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "key-password", e->alias,
                       "%.500s: its key had a password of its own; the copy has the keystore's",
                       e->alias);
    return NULL;
}

/* Opens the key and protects it for the target. KS_OK with *done false: a loss, said. */
static enum ks_code convert_key(struct transfer *t, const struct ks_entry *e,
                                struct ks_sealed *sealed, bool *done, struct ks_error *err)
{
    struct ks_material material;
    struct ks_secret *used = NULL;
    struct ks_error why = {0};
    const char *slug = "key-locked";
    enum ks_code rc = ks_op_reveal(&t->opener, e, &material, &used, &why);

    *done = rc == KS_OK;
    if (rc == KS_OK) {
        const struct ks_secret *password = password_for(t, e, used);
        slug = "type-loss";
        rc = ks_op_seal(t->plan->target, t->how->as, &material, password, t->job, sealed, &why);
        *done = rc == KS_OK;
        if (*done)
            ks_op_judge_key_password(t->plan, e, password, t->how->as->password);
        if (rc == KS_ERR_PASSWORD_NEEDED)
            slug = NULL; /* of the target: nothing can be stored there */
    }
    ks_material_drop(&material);
    ks_secret_free(used);
    if (!*done && slug && ks_op_is_loss(rc)) {
        loss(t, e, slug, why.what);
        return KS_OK;
    }
    if (!*done && err)
        *err = why;
    return rc;
}

static void judge_clear(struct transfer *t, const struct ks_entry *e, const struct ks_entry *copy)
{
    const struct ks_secret *password = t->new_password ? t->new_password : t->how->as->password;
    bool clear = copy->notes & KS_NOTE_KEY_CLEAR || ks_secret_is_empty(password);

    if (t->format->caps & KS_CAP_STORE || e->kind != KS_KIND_KEY)
        return;
    if (!clear)
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "key-encrypted", e->alias,
                       "%.500s: its private key is written encrypted", ks_alias_text(e->alias));
    else
        ks_plan_remark(t->plan, KS_REMARK_WARNING, "key-clear", e->alias,
                       "%.500s: its private key is written without encryption",
                       ks_alias_text(e->alias));
}

/* ---- one entry ---- */

/* In a PKCS12 it was there for the chains only. A loose file says nothing of trust. */
static void judge_trust(struct transfer *t, const struct ks_entry *e, const struct ks_entry *copy)
{
    if (e->kind == KS_KIND_CERT && copy->kind == KS_KIND_TRUSTED && e->home == &ks_format_pkcs12)
        ks_plan_remark(t->plan, KS_REMARK_WARNING, "becomes-trusted", e->alias,
                       "%.500s becomes a trusted certificate: in %.200s it is just there, and %s "
                       "has only trusted ones",
                       e->alias, ks_op_file_name(t->copy->from), t->format->name);
}

static void judge_date(struct transfer *t, const struct ks_entry *e, const struct ks_entry *copy)
{
    if (e->created != KS_TIME_NONE && copy->created == KS_TIME_NONE)
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "date-loss", e->alias,
                       "%.500s: %s keeps no date of %s", e->alias, t->format->name,
                       t->format->caps & KS_CAP_STORE ? "a trusted certificate" : "an entry");
}

static void take_berth(struct transfer *t, size_t i, const struct berth *b, struct ks_entry *copy)
{
    size_t place = b->replace != KS_NOWHERE ? b->replace : t->old + i;
    struct slot *slot = &t->slots[place];

    if (slot->entry && ks_entry_difference(slot->entry, copy) == 0) {
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "known", copy->alias,
                       "%.500s is in %.200s already, the same", ks_alias_text(copy->alias),
                       ks_op_file_name(t->plan->target));
        ks_entry_unref(copy);
        return;
    }
    if (slot->entry) {
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "replaced", t->copy->entries[i]->alias,
                       "%.500s of %.200s takes the place of the one that is there",
                       ks_alias_text(t->copy->entries[i]->alias), ks_op_file_name(t->copy->from));
        ks_list_insert(&t->replaced, t->replaced.count, slot->entry);
    }
    slot->entry = copy;
    slot->copied = true;
    if (t->how->done)
        *t->how->done = (struct ks_transferred){t->how->done->count + 1, t->copy->entries[i], copy,
                                                t->copy->from};
    if (b->replace != KS_NOWHERE)
        return; /* under the name that is there */
    slot->name = ks_op_name(t->format, b->alias);
    ks_index_add(&t->names, ks_slice_str(slot->name), place);
}

static enum ks_code make_copy(struct transfer *t, const struct ks_entry *e, const char *alias,
                              struct ks_entry **out, struct ks_error *err)
{
    struct ks_sealed sealed = {0};
    bool done = true, as_is = is_as_is(t, e);
    enum ks_code rc = as_is ? judge_as_is(t, e, err) : convert_key(t, e, &sealed, &done, err);

    *out = NULL;
    if (rc != KS_OK || !done)
        return rc;
    struct ks_entry_draft d = draft_for(t->format, e, alias);
    if (!as_is && d.piece_count)
        d.edited |= KS_EDITED_KEY;
    *out = as_is ? ks_entry_new(&d) : ks_op_entry_with_key(&d, &sealed);
    judge_trust(t, e, *out);
    judge_date(t, e, *out);
    judge_clear(t, e, *out);
    return KS_OK;
}

/* The rest of its name was not read. */
static bool is_cut(const struct ks_entry *e)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    size_t len = strlen(e->alias), end = sizeof ellipsis - 1;

    return e->alias_raw.data && len + sizeof ellipsis > KS_ALIAS_SHOWN &&
           strcmp(e->alias + len - end, ellipsis) == 0;
}

/* True when nothing can be done with it, which was said. */
static bool is_left_out(struct transfer *t, const struct ks_entry *e)
{
    struct ks_entry_draft d = draft_for(t->format, e, e->alias);
    struct ks_entry *probe = ks_entry_new(&d);
    const char *why = is_cut(e) ? "its name is longer than 64 KiB" : why_left_out(t, probe);

    if (why)
        loss(t, e, "type-loss", why);
    ks_entry_unref(probe);
    return why;
}

static enum ks_code put_copy(struct transfer *t, size_t i, struct ks_error *err)
{
    const struct ks_entry *e = t->copy->entries[i];
    struct ks_entry *copy = NULL;
    struct berth berth = {NULL, KS_NOWHERE};
    enum ks_code rc = find_berth(t, e, &berth, err);

    t->new_password = t->how->each_password ? t->how->each_password[i] : t->copy->new_password;
    if (rc == KS_OK && berth.alias)
        rc = make_copy(t, e, berth.alias, &copy, err);
    if (copy)
        take_berth(t, i, &berth, copy);
    free(berth.alias);
    return rc;
}

static enum ks_code copy_one(struct transfer *t, size_t i, struct ks_error *err)
{
    const struct ks_entry *e = t->copy->entries[i];

    if (is_left_out(t, e))
        return KS_OK;
    if (known_as(t, e)) {
        t->known[t->known_count++] = i;
        return KS_OK;
    }
    return put_copy(t, i, err);
}

/* Once more those that were known, as long as that takes the place of what others are known by. */
static enum ks_code copy_unknown(struct transfer *t, struct ks_error *err)
{
    size_t replaced = 0;
    enum ks_code rc = KS_OK;

    while (rc == KS_OK && replaced < t->replaced.count) {
        size_t kept = 0;
        replaced = t->replaced.count;
        for (size_t k = 0; k < t->known_count; k++) {
            size_t i = t->known[k];
            if (rc != KS_OK || known_as(t, t->copy->entries[i]))
                t->known[kept++] = i;
            else
                rc = put_copy(t, i, err);
        }
        t->known_count = kept;
        if (rc == KS_OK && ks_job_stopped(t->job))
            rc = stopped(err);
    }
    return rc;
}

static void say_known(struct transfer *t)
{
    for (size_t k = 0; k < t->known_count; k++) {
        const struct ks_entry *e = t->copy->entries[t->known[k]];
        ks_plan_remark(t->plan, KS_REMARK_NOTE, "known", e->alias,
                       "%.500s is left out: %.200s has it as %.500s", ks_alias_text(e->alias),
                       ks_op_file_name(t->plan->target), ks_alias_text(known_as(t, e)->alias));
    }
}

/* ---- all of them ---- */

/* The entries that Java shows get their names first; those that it hides behind one of the same
 * name take what is left. */
static enum ks_code copy_all(struct transfer *t, struct ks_error *err)
{
    enum ks_code rc = KS_OK;

    ks_job_phase(t->job, "copying entries", t->copy->count);
    for (int pass = 0; pass <= 1; pass++) {
        for (size_t i = 0; rc == KS_OK && i < t->copy->count; i++) {
            bool hidden = t->copy->entries[i]->notes & KS_NOTE_JAVA_REPLACED;
            if (hidden != (pass == 1))
                continue;
            rc = copy_one(t, i, err);
            if (rc == KS_OK && !ks_job_advance(t->job, i))
                rc = stopped(err);
        }
    }
    if (rc == KS_OK)
        rc = copy_unknown(t, err);
    if (rc == KS_OK)
        say_known(t);
    return rc;
}

static void judge_replaced(struct transfer *t, const struct ks_list *l)
{
    struct ks_key_index keys = ks_key_index_new(l->count);

    ks_key_index_add(&keys, l->at, l->count);
    for (size_t i = 0; i < t->replaced.count; i++) {
        const struct ks_entry *e = t->replaced.at[i];
        if (ks_op_has_key(e) && !ks_key_index_has(&keys, e))
            ks_plan_remark(t->plan, KS_REMARK_WARNING, "only-copy", e->alias,
                           "%.500s: the key that is replaced is in %.200s only",
                           ks_alias_text(e->alias), ks_op_file_name(t->plan->target));
    }
    ks_key_index_drop(&keys);
}

static void to_list(struct transfer *t, struct ks_list *l)
{
    for (size_t i = 0; i < t->old; i++)
        l->at[i] = t->slots[i].entry;
    for (size_t i = t->old; i < t->count; i++)
        if (t->slots[i].entry)
            ks_list_insert(l, ks_list_end(l), t->slots[i].entry);
    judge_replaced(t, l);
}

static void end(struct transfer *t, bool good)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->slots[i].name);
        if (!good && i >= t->old && t->slots[i].entry)
            ks_entry_unref(t->slots[i].entry);
    }
    free(t->slots);
    free(t->known);
    free(t->suffix_of);
    ks_list_drop(&t->replaced);
    ks_index_drop(&t->names);
    ks_index_drop(&t->leaves);
    ks_opener_drop(&t->opener);
}

static void judge_source(struct ks_plan *plan, const struct ks_store *from)
{
    if (from->notes & KS_STORE_DAMAGED)
        ks_plan_remark(plan, KS_REMARK_WARNING, "source-damaged", NULL,
                       "%.200s is damaged: only what could be read of it is there to be copied",
                       ks_op_file_name(from));
}

enum ks_code ks_op_transfer(struct ks_plan *plan, struct ks_list *l, const struct ks_transfer *how,
                            struct ks_job *job, struct ks_error *err)
{
    const struct ks_copy *copy = how->copy;
    struct transfer t = {
        .plan = plan,
        .how = how,
        .copy = copy,
        .format = plan->target->format,
        .opener = {.store = copy->from, .ask = &copy->passwords, .job = job},
        .job = job,
        .old = l->count,
        .count = l->count + copy->count,
    };

    t.slots = ks_alloc_array(t.count, sizeof *t.slots);
    for (size_t i = 0; i < t.old; i++)
        t.slots[i].entry = l->at[i];
    t.names = ks_index_new(t.count);
    t.leaves = ks_index_new(t.old);
    t.known = ks_alloc_array(copy->count, sizeof *t.known);
    index_old(&t);
    judge_source(plan, copy->from);
    enum ks_code rc = copy_all(&t, err);
    if (rc == KS_OK)
        to_list(&t, l);
    else
        for (size_t i = 0; i < t.old; i++)
            l->at[i] = t.slots[i].entry;
    end(&t, rc == KS_OK);
    return rc;
}

static char *label_of_one(const struct ks_transferred *done)
{
    char old[KS_ALIAS_ROOM], new[KS_ALIAS_ROOM];
    const char *alias = ks_alias_short(done->last->alias, old);
    const char *from = ks_op_file_name(done->from);

    if (strcmp(done->last->alias, done->copy->alias) == 0)
        return ks_asprintf("copied %s from %.200s", alias, from);
    return ks_asprintf("copied %s from %.200s as %s", alias, from,
                       ks_alias_short(done->copy->alias, new));
}

/* What was copied, and not what was asked for. */
static char *label_copied(const struct ks_transferred *done, const struct ks_copy *copies,
                          size_t count)
{
    char *from = count == 1 ? ks_asprintf("%.200s", ks_op_file_name(copies[0].from))
                            : ks_asprintf("%zu keystores", count);
    char *label = done->count == 0   ? ks_asprintf("copied nothing from %s", from)
                  : done->count == 1 ? label_of_one(done)
                                     : ks_asprintf("copied %zu entries from %s", done->count, from);
    free(from);
    return label;
}

static enum ks_code transfer_all(struct ks_plan *plan, struct ks_list *l,
                                 const struct ks_copy *copies, size_t count, struct ks_job *job,
                                 struct ks_error *err)
{
    const struct ks_version *now = plan->target->now;
    struct ks_transferred done = {0};
    enum ks_code rc = KS_OK;

    for (size_t i = 0; rc == KS_OK && i < count; i++) {
        const struct ks_transfer how = {.copy = &copies[i], .as = now, .done = &done};
        rc = ks_op_transfer(plan, l, &how, job, err);
    }
    if (rc != KS_OK)
        return rc;
    char *label = label_copied(&done, copies, count);
    ks_op_finish(plan, l, now->password, now->protection, label);
    free(label);
    for (size_t i = 0; i < count && !ks_plan_is_empty(plan); i++)
        ks_plan_say_copy(plan, copies[i].from, copies[i].entries, copies[i].count);
    return KS_OK;
}

enum ks_code ks_op_merge(struct ks_store *to, const struct ks_copy *copies, size_t count,
                         struct ks_job *job, struct ks_plan *out, struct ks_error *err)
{
    enum ks_code rc = ks_op_start(to, out, err);

    if (rc != KS_OK)
        return rc;
    struct ks_list l = ks_list_of(to->now);
    rc = transfer_all(out, &l, copies, count, job, err);
    if (rc != KS_OK)
        ks_plan_drop(out);
    ks_list_drop(&l);
    return rc;
}

enum ks_code ks_op_copy(struct ks_store *to, const struct ks_copy *copy, struct ks_job *job,
                        struct ks_plan *out, struct ks_error *err)
{
    return ks_op_merge(to, copy, 1, job, out, err);
}
