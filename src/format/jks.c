#include "format/jks_internal.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/java_names.h"
#include "format/pbe.h"
#include "x509/cert.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHAIN_ON_STACK 8
#define ADVANCE_EVERY 256 /* records between two looks at the job */

/* ---- aliases ---- */

static bool is_plain(struct ks_slice s, bool *upper)
{
    *upper = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == 0 || s.data[i] >= 0x80)
            return false;
        *upper = *upper || (s.data[i] >= 'A' && s.data[i] <= 'Z');
    }
    return true;
}

/* A NUL is in it as Java spells it until the duplicates are found. */
static char *decode_alias(struct ks_slice raw, uint32_t *notes)
{
    struct ks_buf text = KS_BUF_INIT;
    bool decodable = ks_text_from_modified_utf8(raw, &text);
    bool java = ks_java_reads_name(raw);
    if (!decodable || !java)
        *notes |= KS_NOTE_ALIAS_ENCODING;
    if (!java)
        *notes |= KS_NOTE_JAVA_FATAL;
    char *alias = ks_text_keep_nul(&text);
    char *folded = ks_text_fold(alias);
    if (strcmp(folded, alias) != 0)
        *notes |= KS_NOTE_ALIAS_UPPER;
    free(folded);
    return alias;
}

/* False when it had to be decoded. */
static bool draft_alias(struct ks_entry_draft *draft)
{
    bool upper, plain = is_plain(draft->alias_raw, &upper);
    if (!plain) {
        draft->alias = decode_alias(draft->alias_raw, &draft->notes);
    } else {
        draft->alias_as_is = draft->alias_raw;
        draft->notes |= upper ? KS_NOTE_ALIAS_UPPER : 0u;
    }
    return plain;
}

/* ---- duplicate aliases ---- */

struct seen_slot {
    uint32_t hash;
    uint32_t entry; /* and one; 0: free */
};

struct seen {
    uint64_t key[2];
    struct seen_slot *slots; /* open addressing, at most half full */
    size_t mask;
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Keyed, so that no file can be made whose aliases all collide. */
static uint64_t hash_alias(const struct seen *s, const char *alias)
{
    size_t len = strlen(alias);
    uint64_t h = s->key[0] ^ len;
    for (size_t at = 0; at < len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, alias + at, len - at < 8 ? len - at : 8);
        h = mix(h ^ word, s->key[1] + at);
    }
    return mix(h, s->key[1]);
}

/* True when the alias of this entry was there before. */
static bool seen_before(struct seen *s, struct ks_entry *const *entries, size_t entry)
{
    const char *alias = entries[entry]->alias;
    uint64_t hash = hash_alias(s, alias);
    uint32_t rest = (uint32_t)(hash >> 32);
    for (size_t i = (size_t)hash & s->mask;; i = (i + 1) & s->mask) {
        struct seen_slot *slot = &s->slots[i];
        if (slot->entry == 0) {
            *slot = (struct seen_slot){rest, (uint32_t)entry + 1};
            return false;
        }
        if (slot->hash == rest && strcmp(entries[slot->entry - 1]->alias, alias) == 0)
            return true;
    }
}

/* Java puts the entries into a hash table as it reads them: of two with one alias the later stays.
 */
static void mark_replaced(struct ks_loading *l)
{
    struct seen s = {.mask = 15};

    while (s.mask < 2 * l->count)
        s.mask = s.mask * 2 + 1;
    s.slots = ks_alloc_array(s.mask + 1, sizeof *s.slots);
    if (getentropy(s.key, sizeof s.key) != 0)
        s.key[0] = (uint64_t)(uintptr_t)s.slots;
    s.key[1] |= 1;
    for (size_t i = l->count; i-- > 0;)
        if (seen_before(&s, l->entries, i))
            l->entries[i]->notes |= KS_NOTE_JAVA_REPLACED;
    free(s.slots);
}

/* An entry and its alias are one piece of memory: the few with a NUL are made anew. */
static void show_nuls(struct ks_loading *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct ks_entry *e = l->entries[i];
        if (!strstr(e->alias, "\xc0\x80"))
            continue;
        struct ks_entry_draft draft = ks_entry_draft_of(e);
        draft.alias = ks_text_show_nul(draft.alias);
        l->entries[i] = ks_entry_new(&draft);
        ks_entry_unref(e);
    }
}

/* ---- records to entries ---- */

struct reading {
    struct ks_store *into;
    struct ks_jks_walk walk;
    struct ks_loading entries;
    bool decoded; /* not all aliases are as they are in the file */
};

static bool is_x509(struct ks_slice type)
{
    return ks_slice_equal(type, ks_slice_str("X.509")) ||
           ks_slice_equal(type, ks_slice_str("X509"));
}

static char *with_name(const char *words, struct ks_slice name)
{
    char *shown = ks_text_java_name(name, KS_JAVA_NAME_SHOWN);
    char *text = ks_asprintf("%s %s", words, shown);
    free(shown);
    return text;
}

static void note_refusal(const struct ks_cert *cert, struct ks_entry_draft *draft)
{
    const char *why = ks_cert_java_refusal(cert);
    if (!why)
        return;
    draft->notes |= KS_NOTE_JAVA_FATAL;
    if (!draft->comment)
        draft->comment = ks_asprintf("a certificate that Java refuses: %s", why);
}

static void skim_chain(const struct ks_jks_record *rec, uint32_t version, struct ks_cert *chain,
                       struct ks_entry_draft *draft)
{
    struct ks_reader certs = rec->certs;
    for (uint32_t i = 0; i < rec->chain_len; i++) {
        struct ks_slice type, der;
        ks_jks_cert(&certs, version, &type, &der);
        if (!ks_cert_skim(der, &chain[i]))
            draft->notes |= KS_NOTE_CERT_BROKEN | KS_NOTE_JAVA_FATAL;
        else
            note_refusal(&chain[i], draft);
        if (version == 1 || is_x509(type))
            continue;
        draft->notes |= KS_NOTE_CERT_TYPE | KS_NOTE_JAVA_FATAL;
        if (!draft->comment)
            draft->comment = with_name("certificate of type", type);
    }
}

static void draft_key(const struct ks_jks_walk *w, struct ks_entry_draft *draft, size_t chain_len)
{
    struct ks_slice alg, ciphertext;

    draft->kind = KS_KIND_KEY;
    draft->key_format = "EncryptedPrivateKeyInfo";
    if (chain_len == 0)
        draft->notes |= KS_NOTE_NO_CHAIN;
    if (!ks_pbe_epki_parts(draft->key, &alg, &ciphertext))
        draft->comment = ks_strdup("the key is damaged: it is no EncryptedPrivateKeyInfo");
    else if (chain_len == 0 && w->magic == KS_JCEKS_MAGIC)
        draft->comment = ks_strdup("keytool -list breaks off at a JCEKS key without certificates");
}

static void draft_secret(const struct ks_jks_walk *w, struct ks_entry_draft *draft)
{
    ks_jceks_draft(draft->key, draft);
    if (w->magic != KS_JKS_MAGIC)
        return;
    draft->notes |= KS_NOTE_JAVA_FATAL;
    free(draft->comment);
    draft->comment = ks_strdup("a secret key in a JKS: Java opens the file as type JCEKS only");
}

static void add_record(struct reading *g, const struct ks_jks_record *rec)
{
    struct ks_cert few[CHAIN_ON_STACK];
    struct ks_cert *chain = few;
    struct ks_piece piece = {.raw = rec->raw};
    struct ks_entry_draft draft = {
        .created = rec->created,
        .alias_raw = rec->alias,
        .key = rec->key,
        .pieces = &piece,
        .piece_count = 1,
        .chain_len = rec->chain_len,
        .blobs = &g->into->file,
        .blob_count = 1,
    };

    if (rec->chain_len > CHAIN_ON_STACK)
        chain = ks_alloc_array(rec->chain_len, sizeof *chain);
    g->decoded |= !draft_alias(&draft);
    draft.chain = chain;
    switch (rec->tag) {
    case KS_JKS_KEY:
        draft_key(&g->walk, &draft, rec->chain_len);
        break;
    case KS_JKS_TRUSTED:
        draft.kind = KS_KIND_TRUSTED;
        break;
    default:
        draft_secret(&g->walk, &draft);
    }
    skim_chain(rec, g->walk.version, chain, &draft);
    ks_loading_make(&g->entries, &draft);
    if (chain != few)
        free(chain);
}

/* The secret key that hides what comes after it, with all of that as its bytes. */
static void add_unreachable(struct reading *g, const struct ks_jks_record *rec)
{
    size_t digest = rec->key.len > KS_JKS_DIGEST ? KS_JKS_DIGEST : 0;
    struct ks_piece piece = {.raw = ks_slice_part(rec->raw, 0, rec->raw.len - digest)};
    struct ks_entry_draft draft = {
        .kind = KS_KIND_OPAQUE,
        .notes = KS_NOTE_UNREACHABLE | KS_NOTE_KEYREP_UNKNOWN | KS_NOTE_JAVA_FATAL,
        .created = rec->created,
        .alias_raw = rec->alias,
        .key = ks_slice_part(rec->key, 0, rec->key.len - digest),
        .key_format = "serialized Java object",
        .pieces = &piece,
        .piece_count = 1,
        .blobs = &g->into->file,
        .blob_count = 1,
    };

    g->decoded |= !draft_alias(&draft);
    draft.comment = ks_strdup("a Java object whose end cannot be found; it hides what follows");
    ks_loading_make(&g->entries, &draft);
}

/* Reads up to `limit` records, and none that begins at `end` or later. */
static enum ks_code read_records(struct reading *g, size_t limit, size_t end, struct ks_job *job,
                                 struct ks_error *err)
{
    struct ks_jks_walk *w = &g->walk;
    struct ks_jks_record rec;

    while (w->records < limit && ks_reader_offset(&w->r) < end) {
        if (!ks_jks_next(w, &rec)) {
            if (w->fault == KS_JKS_STREAM)
                add_unreachable(g, &rec);
            break;
        }
        add_record(g, &rec);
        if (w->records % ADVANCE_EVERY == 0 && !ks_job_advance(job, ks_reader_offset(&w->r)))
            return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while reading entries");
    }
    return KS_OK;
}

/* ---- loading ---- */

static enum ks_code open_header(struct ks_store *into, struct ks_jks_walk *w, struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(into->file);

    if (!ks_jks_open(file, w)) {
        ks_fail(err, KS_ERR_DAMAGED, "truncated",
                "%.200s is damaged: it ends inside its header (%zu of at least %d bytes)",
                ks_path_shown(into->path), file.len, KS_JKS_HEADER + KS_JKS_DIGEST);
        return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of it or a backup");
    }
    bool jceks = w->magic == KS_JCEKS_MAGIC;
    if (w->version != 1 && w->version != 2) {
        ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-version",
                "%.200s was not opened: it is a %s of version %u; there are versions 1 and 2",
                ks_path_shown(into->path), jceks ? "JCEKS" : "JKS", w->version);
        return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                            "Java refuses it as well; the file is probably damaged");
    }
    ks_store_set_type(into, w->version == 1 ? (jceks ? "JCEKS v1" : "JKS v1")
                                            : (jceks ? "JCEKS" : "JKS"));
    return KS_OK;
}

enum ks_code ks_jks_load(struct ks_store *into, const struct ks_secret *password,
                         struct ks_job *job, struct ks_error *err)
{
    struct ks_slice file = ks_blob_slice(into->file);
    struct reading g = {.into = into};
    enum ks_jks_digest digest = KS_JKS_DIGEST_UNCHECKED;

    enum ks_code rc = open_header(into, &g.walk, err);
    if (rc != KS_OK)
        return rc;
    struct ks_jks_hashing hashing;
    ks_jks_hash_start(&hashing, file, password, job);
    ks_job_phase(job, "reading entries", file.len);
    rc = read_records(&g, g.walk.claimed, SIZE_MAX, job, err);
    mark_replaced(&g.entries); /* while the digest is computed */
    if (rc == KS_OK)
        rc = ks_jks_check_digest(&hashing, ks_reader_offset(&g.walk.r), &digest, err);
    ks_jks_hash_end(&hashing);
    /* The digest at the end of the file fits, so there are more records than the header says. */
    if (rc == KS_OK && digest == KS_JKS_DIGEST_AT_END && g.walk.fault == KS_JKS_SOUND) {
        rc = read_records(&g, SIZE_MAX, file.len - KS_JKS_DIGEST, job, err);
        mark_replaced(&g.entries);
    }
    if (rc != KS_OK) {
        ks_loading_drop(&g.entries);
        return rc;
    }
    if (g.decoded)
        show_nuls(&g.entries);
    ks_loading_finish(&g.entries, into);
    return ks_jks_verdict(into, &g.walk, digest, err);
}

/* ---- keys ---- */

enum ks_code ks_jks_reveal(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_material *out, struct ks_error *err)
{
    enum ks_code rc;

    *out = (struct ks_material){.type = KS_MATERIAL_PRIVATE};
    if (!password)
        password = store->password;
    if (!password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "the key of %.200s is still locked: its password is needed", entry->alias);
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "type the password of the key");
    }
    if (entry->kind == KS_KIND_SECRET || entry->kind == KS_KIND_PASSWORD)
        rc = ks_jceks_reveal(entry, password, job, out, err);
    else if (entry->kind == KS_KIND_KEY)
        rc = ks_pbe_decrypt_epki(entry->key, password, KS_EMPTY_BMP, job, &out->bytes, err);
    else
        return ks_fail(err, KS_ERR_USAGE, "no-key", "%.200s holds no key that can be unlocked",
                       entry->alias);
    return rc == KS_ERR_PASSWORD ? ks_key_refused(store, entry, password, err) : rc;
}

void ks_jks_protection(const struct ks_entry *entry, struct ks_buf *out)
{
    struct ks_slice alg, ciphertext;

    if (entry->kind == KS_KIND_SECRET)
        ks_jceks_protection(entry->key, out);
    else if (entry->kind == KS_KIND_KEY && ks_pbe_epki_parts(entry->key, &alg, &ciphertext))
        (void)ks_pbe_describe(alg, out, NULL);
}

/* ---- the format ---- */

int ks_jks_bid(struct ks_slice head, uint32_t magic)
{
    struct ks_reader r = ks_reader(head);
    uint32_t begins, version;

    if (!ks_read_u32be(&r, &begins) || begins != magic)
        return 0;
    return ks_read_u32be(&r, &version) && (version == 1 || version == 2) ? 100 : 90;
}

static int sniff(struct ks_slice head, uint64_t size)
{
    (void)size;
    return ks_jks_bid(head, KS_JKS_MAGIC);
}

const struct ks_format ks_format_jks = {
    .name = "JKS",
    .summary = "Java keystore: keys with chains, trusted certificates (Java up to 8 by default)",
    .caps = KS_CAP_STORE | KS_CAP_PASSWORD | KS_CAP_LIST_UNLOCKED | KS_CAP_ENTRY_PASSWORD |
            KS_CAP_WRITE | KS_CAP_FOLDS | KS_CAP_DATES | KS_CAP_MUST_PASSWORD | KS_CAP_SEALED,
    .sniff = sniff,
    .looks = ks_jks_looks,
    .load = ks_jks_load,
    .reveal = ks_jks_reveal,
    .seal = ks_jks_seal,
    .save = ks_jks_save,
    .refuses = ks_jks_refuses,
    .protection = ks_jks_protection,
};
