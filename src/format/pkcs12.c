/*
 * PKCS#12 files (RFC 7292): the outside, and the store that comes of it.
 *
 *   PFX ::= SEQUENCE { version INTEGER (3), authSafe ContentInfo, macData MacData OPTIONAL }
 *   ContentInfo ::= SEQUENCE { contentType OID, content [0] EXPLICIT ANY }
 *
 * The MAC is checked before anything is decrypted. Without a password, what is in clear is listed,
 * and every encrypted safe becomes one locked entry.
 */
#include "format/pkcs12_write.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/pbe_scheme.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OID_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define OID_SIGNED "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"

#define COMMENT_MAX 1024

/* ---- what the parts share ---- */

void ks_p12_damage(struct p12_file *f, const char *fmt, ...)
{
    char text[300];
    va_list args;

    f->store->notes |= KS_STORE_DAMAGED;
    ks_p12_java_refuses(f, "it is damaged");
    if (f->store->damage.code != KS_OK)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ks_fail(&f->store->damage, KS_ERR_DAMAGED, f->cut ? "truncated" : "damaged",
            "the file is damaged: %s", text);
    ks_fail_next(&f->store->damage, KS_ERR_DAMAGED,
                 "what can be read is listed; look for another copy of the file");
}

uint32_t ks_p12_blob(struct p12_file *f, struct ks_blob *blob)
{
    if (f->blob_count == f->blob_cap) {
        f->blob_cap = f->blob_cap ? f->blob_cap * 2 : 8;
        f->blobs = ks_realloc(f->blobs, f->blob_cap * sizeof *f->blobs);
    }
    f->blobs[f->blob_count] = blob;
    return f->blob_count++;
}

void ks_p12_phrase(struct p12_phrases *p, const char *text)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->text[i], text) == 0)
            return;
    if (p->count < sizeof p->text / sizeof p->text[0])
        p->text[p->count++] = ks_strdup(text);
    else
        p->more = true;
}

/* Is `one` among the phrases of `all`, which "; " separates? */
static bool has_phrase(const char *all, const char *one)
{
    size_t len = strlen(one);

    for (const char *at = all; (at = strstr(at, one)) != NULL; at++) {
        bool begins = at == all || (at - all >= 2 && memcmp(at - 2, "; ", 2) == 0);
        if (begins && (at[len] == '\0' || strncmp(at + len, "; ", 2) == 0))
            return true;
    }
    return false;
}

void ks_p12_comment(struct p12_bag *bag, const char *fmt, ...)
{
    char one[512];
    char *old = bag->comment;
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(one, sizeof one, fmt, args);
    va_end(args);
    if (!old) {
        bag->comment = ks_strdup(one);
        return;
    }
    if (has_phrase(old, one) || strlen(old) + strlen(one) > COMMENT_MAX)
        return;
    bag->comment = ks_asprintf("%s; %s", old, one);
    free(old);
}

bool ks_p12_take(struct ks_slice *in, uint8_t tag, struct ks_slice *body, bool *cut)
{
    struct ks_tlv tlv;

    if (ks_der_expect(in, tag, &tlv)) {
        *body = tlv.body;
        return true;
    }
    if (in->len < 2 || in->data[0] != tag || (tag & 0x1f) == 0x1f)
        return false;
    size_t head = 2 + (in->data[1] & 0x80 ? in->data[1] & 0x7fu : 0);
    if (head > in->len || head > 2 + sizeof(uint64_t))
        return false;
    *cut = true;
    *body = ks_slice_part(*in, head, in->len - head);
    *in = ks_slice(in->data + in->len, 0);
    return true;
}

/*
 * No indefinite length, no segmented string: all elements in one pass, by their headers. Unlike
 * ks_ber_is_der() it does not ask whether they fit into each other; the walk finds that out, and
 * large stores are opened noticeably faster.
 */
static bool has_no_ber(struct ks_slice in)
{
    const uint8_t *p = in.data, *end = in.data + in.len;

    while (end - p >= 2) {
        uint8_t tag = p[0];
        size_t len = p[1], head = 2;
        if (len > 0x80) {
            size_t count = len & 0x7f;
            head += count;
            if (count > 4 || (size_t)(end - p) < head)
                return false;
            len = 0;
            for (size_t i = 2; i < head; i++)
                len = len << 8 | p[i];
        } else if (len == 0x80) {
            return false;
        }
        bool constructed = tag & 0x20;
        if ((tag & 0x1f) == 0x1f ||
            (constructed && tag < 0x40 && tag != KS_DER_SEQUENCE && tag != KS_DER_SET))
            return false;
        if (!constructed)
            head += len;
        if ((size_t)(end - p) < head)
            return false;
        p += head;
    }
    return p == end;
}

struct ks_slice ks_p12_level(struct p12_file *f, struct ks_slice in, uint32_t *blob)
{
    struct ks_buf out = {.secret = true};

    if (has_no_ber(in) || ks_ber_is_der(in))
        return in;
    if (!ks_ber_to_der(in, &out)) {
        ks_buf_wipe_free(&out);
        return in;
    }
    size_t len = out.len;
    f->store->notes |= KS_STORE_BER;
    *blob = ks_p12_blob(f, ks_blob_take((uint8_t *)ks_buf_steal(&out), len, true));
    return ks_blob_slice(f->blobs[*blob]);
}

/* ---- sniffing ---- */

/* Steps over an identifier octet `tag` and a length; false when another octet is there. *more is
 * false when the head ends before it is sure. */
static bool step(struct ks_slice *in, uint8_t tag, bool *more)
{
    *more = in->len >= 2;
    if (!*more)
        return in->len == 0 || in->data[0] == tag;
    if (in->data[0] != tag)
        return false;
    size_t head = 2 + (in->data[1] > 0x80 ? in->data[1] & 0x7fu : 0);
    *more = head < in->len;
    *in = ks_slice_part(*in, head, in->len);
    return head <= 2 + sizeof(uint64_t);
}

static int sniff(struct ks_slice head, uint64_t size)
{
    bool more;
    uint64_t version;
    struct ks_tlv oid;

    (void)size;
    if (head.len < 4 || !step(&head, KS_DER_SEQUENCE, &more) || !more ||
        !ks_der_uint(&head, &version))
        return 0;
    if (!step(&head, KS_DER_SEQUENCE, &more))
        return 0;
    if (!more)
        return version == 3 ? 20 : 0;
    if (!ks_der_expect(&head, KS_DER_OID, &oid))
        return head.data[0] == KS_DER_OID && head.len < 11 && version == 3 ? 20 : 0;
    if (ks_der_oid_is(oid.body, OID_DATA, sizeof OID_DATA - 1))
        return version == 3 ? 100 : 60;
    if (ks_der_oid_is(oid.body, OID_SIGNED, sizeof OID_SIGNED - 1))
        return version == 3 ? 95 : 0;
    return 0;
}

/* The length that the outer header promises, 0 for an indefinite one. */
static uint64_t promised(struct ks_slice head)
{
    uint64_t len = 0;

    if (head.len < 2 || head.data[1] < 0x80)
        return head.len < 2 ? 0 : 2u + head.data[1];
    size_t count = head.data[1] & 0x7fu;
    if (count == 0 || count > 7 || head.len < 2 + count)
        return 0;
    for (size_t i = 0; i < count; i++)
        len = len << 8 | head.data[2 + i];
    return 2 + count + len;
}

static void looks(struct ks_slice head, uint64_t size, struct ks_buf *out)
{
    if (promised(head) > size)
        ks_buf_str(out, "damaged (ends early)");
}

/* ---- the PFX ---- */

static enum ks_code no_pfx(struct ks_error *err, const char *why)
{
    ks_fail(err, KS_ERR_DAMAGED, "damaged", "the file is no PKCS#12 store, or damaged: %s", why);
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for another copy of the file");
}

static enum ks_code by_public_key(struct ks_error *err)
{
    ks_fail(err, KS_ERR_UNSUPPORTED, "public-key-pkcs12",
            "the file is protected by a signature instead of a password (public-key integrity "
            "mode), which ksx does not open");
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "Java and OpenSSL do not open it either; export it again with a password");
}

static void note_trailing(struct p12_file *f, struct ks_slice rest)
{
    size_t used = ks_ber_length(ks_blob_slice(f->store->file));

    if (used ? used < f->store->file->len : rest.len > 0)
        f->store->notes |= KS_STORE_TRAILING;
}

enum ks_code ks_p12_outside(struct p12_file *f, struct ks_error *err)
{
    struct ks_slice in = ks_p12_level(f, ks_blob_slice(f->store->file), &f->octets_blob);
    struct ks_slice pfx, info, content;
    struct ks_tlv oid, mac;
    uint64_t version;

    if (!ks_p12_take(&in, KS_DER_SEQUENCE, &pfx, &f->cut) || !ks_der_uint(&pfx, &version) ||
        !ks_p12_take(&pfx, KS_DER_SEQUENCE, &info, &f->cut) ||
        !ks_der_expect(&info, KS_DER_OID, &oid))
        return no_pfx(err, f->cut ? "it ends early" : "its first bytes do not fit");
    if (ks_der_oid_is(oid.body, OID_SIGNED, sizeof OID_SIGNED - 1))
        return by_public_key(err);
    if (!ks_der_oid_is(oid.body, OID_DATA, sizeof OID_DATA - 1))
        return no_pfx(err, "its contents are of another type");
    if (!ks_p12_take(&info, KS_DER_CONTEXT_CONS(0), &content, &f->cut) ||
        !ks_p12_take(&content, KS_DER_OCTET_STRING, &f->octets, &f->cut))
        return no_pfx(err, f->cut ? "it ends early" : "it holds no contents");
    if (version != 3)
        ks_p12_java_refuses(f, "its version is %llu, not 3", (unsigned long long)version);
    if (ks_der_expect(&pfx, KS_DER_SEQUENCE, &mac))
        f->mac = mac.whole;
    else if (pfx.len > 0)
        f->mac = pfx; /* something is there that is no MAC; the check will say so */
    if (f->cut)
        ks_p12_damage(f, "it ends early, after %zu bytes", f->store->file->len);
    note_trailing(f, in);
    return KS_OK;
}

/* ---- entries ---- */

/*
 * A piece is a bag, or a whole ContentInfo that stays closed: `where` is the number of its safe,
 * from 1, `flags` which of the safe's items it is, from 0. The first piece is the entry itself; a
 * key's certificates follow, leaf first, each with its copies.
 */

/* Java's dates: localKeyID "Time <milliseconds>", as Long.parseLong reads them. */
static int64_t created(struct ks_slice id)
{
    static const char prefix[] = "Time ";
    size_t at = sizeof prefix - 1;
    int64_t value = 0;

    if (id.len <= at || id.len > at + 20 || memcmp(id.data, prefix, at) != 0)
        return KS_TIME_NONE;
    bool negative = id.data[at] == '-';
    if ((negative || id.data[at] == '+') && ++at == id.len)
        return KS_TIME_NONE;
    for (; at < id.len; at++) {
        int digit = id.data[at] - '0';
        if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10)
            return KS_TIME_NONE;
        value = value * 10 + digit;
    }
    return negative ? -value : value;
}

/* Room for the parts of one entry, used again for the next. */
struct parts {
    struct ks_cert chain[P12_MAX_CHAIN];
    size_t chain_len;
    struct ks_piece *pieces;
    size_t piece_count, piece_cap;
    struct ks_blob **blobs;
    size_t blob_count;
    uint32_t *stamps; /* of each blob of the file: the last entry that has it */
    uint32_t stamp;   /* of this entry */
};

static void add_blob(const struct p12_file *f, struct parts *p, uint32_t number)
{
    if (p->stamps[number] == p->stamp)
        return;
    p->stamps[number] = p->stamp;
    p->blobs[p->blob_count++] = f->blobs[number];
}

static void add_piece(const struct p12_file *f, struct parts *p, const struct p12_bag *bag)
{
    if (p->piece_count == p->piece_cap) {
        p->piece_cap = p->piece_cap ? p->piece_cap * 2 : 8;
        p->pieces = ks_realloc(p->pieces, p->piece_cap * sizeof *p->pieces);
    }
    p->pieces[p->piece_count++] =
        (struct ks_piece){.raw = bag->raw, .where = bag->safe, .flags = bag->index};
    add_blob(f, p, bag->blob);
}

/* A certificate of the chain, and its copies, which go to the first key that asks. */
static void add_link(struct p12_file *f, struct parts *p, uint32_t cert)
{
    p->chain[p->chain_len++] = f->certs[cert].cert;
    add_piece(f, p, &f->bags[f->certs[cert].bag]);
    for (uint32_t i = f->certs[cert].twin; i != P12_NONE; i = f->certs[i].twin)
        add_piece(f, p, &f->bags[f->certs[i].bag]);
    f->certs[cert].twin = P12_NONE;
}

static enum ks_kind kind_of(const struct p12_bag *bag)
{
    static const enum ks_kind kinds[] = {
        [P12_SHROUDED] = KS_KIND_KEY,  [P12_KEY] = KS_KIND_KEY, [P12_CERT] = KS_KIND_CERT,
        [P12_SECRET] = KS_KIND_SECRET, [P12_CRL] = KS_KIND_CRL, [P12_FOREIGN] = KS_KIND_OPAQUE,
        [P12_LOCKED] = KS_KIND_LOCKED,
    };
    return bag->kind == P12_CERT && bag->trusted ? KS_KIND_TRUSTED : kinds[bag->kind];
}

static const char *key_format_of(const struct p12_bag *bag)
{
    switch (bag->kind) {
    case P12_SHROUDED:
        return "EncryptedPrivateKeyInfo";
    case P12_KEY:
        return "PrivateKeyInfo";
    case P12_SECRET:
        return bag->bare ? "SecretBag" : "EncryptedPrivateKeyInfo";
    default:
        return NULL;
    }
}

static void add_entry(struct p12_file *f, struct parts *p, struct p12_bag *bag,
                      struct ks_loading *into)
{
    p->piece_count = p->chain_len = p->blob_count = 0;
    p->stamp++;
    add_piece(f, p, bag);
    if (bag->kind == P12_CERT)
        p->chain[p->chain_len++] = f->certs[bag->cert].cert;
    for (uint32_t i = 0; i < bag->chain_len; i++)
        add_link(f, p, f->links[bag->chain_at + i]);
    if (bag->attributes && bag->kind != P12_CERT)
        ks_p12_comment(bag, "attributes: %u", bag->attributes);
    struct ks_entry_draft draft = {
        .kind = (uint8_t)kind_of(bag),
        .notes = bag->notes,
        .created = created(ks_p12_part(bag, bag->key_id)),
        .alias = bag->alias ? ks_text_show_nul(bag->alias) : NULL,
        .alias_raw = ks_p12_part(bag, bag->name),
        .key = bag->value.off ? ks_p12_part(bag, bag->value) : bag->raw,
        .key_format = key_format_of(bag),
        .pieces = p->pieces,
        .piece_count = p->piece_count,
        .chain = p->chain,
        .chain_len = p->chain_len,
        .blobs = p->blobs,
        .blob_count = p->blob_count,
        .comment = bag->comment,
    };
    if (bag->kind == P12_CERT)
        draft.key = ks_slice(NULL, 0);
    bag->alias = bag->comment = NULL;
    ks_loading_make(into, &draft);
}

static bool make_entries(struct p12_file *f)
{
    struct ks_loading loading = {0};
    struct parts *parts = ks_alloc(sizeof *parts);
    bool stopped = false;

    parts->blobs = ks_alloc_array(f->blob_count, sizeof(struct ks_blob *));
    parts->stamps = ks_alloc_array(f->blob_count, sizeof *parts->stamps);
    for (uint32_t i = 0; i < f->bag_count && !stopped; i++) {
        struct p12_bag *bag = &f->bags[i];
        stopped = ks_p12_stopped(f, i);
        if (bag->kind == P12_CERT && !bag->trusted && f->certs[bag->cert].used)
            continue; /* shown in the chain of its key */
        add_entry(f, parts, bag, &loading);
    }
    if (stopped)
        ks_loading_drop(&loading);
    else
        ks_loading_finish(&loading, f->store);
    free(parts->pieces);
    free(parts->blobs);
    free(parts->stamps);
    free(parts);
    return !stopped;
}

/* ---- facts ---- */

static void fact_phrases(struct p12_file *f, const char *label, const struct p12_phrases *p)
{
    struct ks_buf text = {.max = 500};

    for (size_t i = 0; i < p->count; i++)
        ks_buf_printf(&text, "%s%s", i ? "; " : "", p->text[i]);
    if (p->more)
        ks_buf_str(&text, "; and others");
    if (p->count)
        ks_store_fact(f->store, label, "%s", ks_buf_text(&text));
    ks_buf_free(&text);
}

static const char *integrity_words(enum ks_integrity integrity)
{
    switch (integrity) {
    case KS_INTEGRITY_VERIFIED:
        return "verified";
    case KS_INTEGRITY_UNVERIFIED:
        return "not checked without the password";
    case KS_INTEGRITY_UNKNOWN:
        return "not checked: ksx does not know this kind";
    default:
        return "not checked: the file is damaged";
    }
}

static void facts(struct p12_file *f)
{
    struct ks_store *s = f->store;

    if (f->mac_text[0])
        ks_store_fact(s, "Integrity", "%s, %s", f->mac_text, integrity_words(s->integrity));
    else
        ks_store_fact(s, "Integrity", "%s",
                      f->cut ? "not checked: the file ends early" : "none: the file has no MAC");
    fact_phrases(f, "Certificates", &f->cert_protection);
    fact_phrases(f, "Keys", &f->key_protection);
    if (f->encrypted)
        ks_store_fact(s, "Safes", "%u, %u of them encrypted", f->safes, f->encrypted);
    else
        ks_store_fact(s, "Safes", "%u, not encrypted", f->safes);
    if (f->twins)
        ks_store_fact(s, "Copies", "%u %s a chain stored once more", f->twins,
                      f->twins == 1 ? "certificate of" : "certificates of");
    if (f->empty_known && f->password && ks_secret_is_empty(f->password))
        ks_store_fact(s, "Password", "empty, written as %s",
                      f->empty == KS_EMPTY_BMP ? "two zero bytes" : "no bytes at all");
    if (f->java_refuses[0])
        ks_store_fact(s, "Java", "refuses the whole file: %s", f->java_refuses);
    else if (f->java_needs[0])
        ks_store_fact(s, "Java", "%s", f->java_needs);
}

/* ---- loading ---- */

void ks_p12_release(struct p12_file *f)
{
    enum ks_code ignored = ks_p12_mac_wait(f, NULL); /* its thread reads the file */
    (void)ignored;
    for (uint32_t i = 0; i < f->bag_count; i++) {
        free(f->bags[i].alias);
        free(f->bags[i].comment);
    }
    for (uint32_t i = 0; i < f->blob_count; i++)
        ks_blob_unref(f->blobs[i]);
    for (size_t i = 0; i < sizeof f->cert_protection.text / sizeof f->cert_protection.text[0];
         i++) {
        free(f->cert_protection.text[i]);
        free(f->key_protection.text[i]);
    }
    free(f->bags);
    free(f->certs);
    free(f->links);
    free(f->blobs);
}

static enum ks_code nothing_left(struct p12_file *f, struct ks_error *err)
{
    if (err)
        *err = f->store->damage;
    return ks_fail_next(err, KS_ERR_DAMAGED, "nothing in it can be read; look for another copy");
}

static enum ks_code stopped(struct ks_error *err)
{
    return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while reading entries");
}

static enum ks_code load_file(struct p12_file *f, struct ks_error *err)
{
    if (f->store->file->len > UINT32_MAX / 2) /* parts are counted in 32 bits */
        return ks_fail(err, KS_ERR_LIMIT, "too-large", "the file is larger than 2 GiB");
    enum ks_code rc = ks_p12_outside(f, err);
    if (rc == KS_OK)
        rc = ks_p12_mac(f, err);
    if (rc == KS_OK)
        rc = ks_p12_walk(f, err);
    if (rc != KS_OK)
        return rc;
    if (f->bag_count == 0 && f->store->damage.code != KS_OK)
        return nothing_left(f, err);
    if (!ks_p12_java(f))
        return stopped(err);
    if (f->java_entries == 0 && f->bag_count > 0 &&
        !(f->store->notes & (KS_STORE_LOCKED_PARTS | KS_STORE_JAVA_REFUSES)))
        f->store->notes |= KS_STORE_JAVA_EMPTY;
    facts(f);
    return make_entries(f) ? KS_OK : stopped(err);
}

/* What decrypted a safe is the password, with or without a MAC. */
static void remember(struct p12_file *f)
{
    struct ks_secret *own = ks_secret_dup(f->password);

    if (f->opened > 0 || f->store->integrity == KS_INTEGRITY_VERIFIED)
        ks_store_learn(f->store, own);
    else if (!f->store->password)
        f->store->password = ks_secret_ref(own);
    ks_secret_free(own);
}

static enum ks_code load(struct ks_store *into, const struct ks_secret *password,
                         struct ks_job *job, struct ks_error *err)
{
    /* the bound on the sum of all iterations needs a job to count on */
    struct ks_job *own = job ? NULL : ks_job_new();
    struct p12_file f = {.store = into, .password = password, .job = job ? job : own};

    (void)ks_p12_blob(&f, ks_blob_ref(into->file));
    ks_store_set_type(into, "PKCS12");
    enum ks_code rc = load_file(&f, err);
    if (rc == KS_OK && password)
        remember(&f);
    ks_p12_release(&f);
    ks_job_free(own);
    return rc;
}

const struct ks_format ks_format_pkcs12 = {
    .name = "PKCS12",
    .summary = "PKCS#12 store (.p12, .pfx), Java's default since version 9",
    .caps = KS_CAP_STORE | KS_CAP_PASSWORD | KS_CAP_LIST_UNLOCKED | KS_CAP_ENTRY_PASSWORD |
            KS_CAP_WRITE | KS_CAP_FOLDS | KS_CAP_SECRETS | KS_CAP_PROTECTION,
    .sniff = sniff,
    .looks = looks,
    .load = load,
    .reveal = ks_p12_reveal,
    .seal = ks_p12_seal,
    .save = ks_p12_save,
    .refuses = ks_p12_refuses,
    .protection = ks_p12_protection,
};
