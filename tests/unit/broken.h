/*
 * A small PKI whose certificates are letters, and keystores that are described with them:
 *
 *   struct ks_store *s = broken_store(&ks_format_jks, "L i R");
 *   broken_give(&sources, "I X");
 *   assert_letters(op_entry(s, "web"), "L I R");
 *
 * The key pair is "web" and has the key "leaf". Letters of chains:
 *   L  the leaf, by I    D  by R             B  L with a broken signature   W  L with a key id that
 * fits nothing S  self-signed       N  L, expired       V  L, newer                    K  L of
 * another key T  L that begins later than now          j  L, whose issuer is written in lower case
 *   I  by R              i  of that name, another key       E  I, expired
 *   F  I, by X           R  the root         r  of that name, another key   e  R, expired
 *   G  R, by X           X  another root     Y  X, by R     H  X, expired
 *   u  a leaf below 1, 2, 3 and R            p  a leaf below a, of A and B, which certify each
 * other: a b q  A, by R           C  I as no CA       c  I for clients only          Z  I that may
 * not sign 0 4 5 6 7 8 9  strangers
 */
#ifndef KSX_TEST_BROKEN_H
#define KSX_TEST_BROKEN_H

#include "op_store.h"

#include "doctor/sources.h"
#include "x509/cert.h"

static struct ks_blob *broken_known[128];

static inline struct ks_blob *broken_flip(struct ks_blob *good)
{
    uint8_t *bytes = ks_alloc(good->len);
    size_t len = good->len;
    memcpy(bytes, good->data, len);
    bytes[len - 1] ^= 1;
    ks_blob_unref(good);
    return ks_blob_take(bytes, len, false);
}

static inline struct ks_blob *broken_make(char letter)
{
#define BROKEN_LEAF(...)                                                                           \
    make_cert(&(struct make_cert){.cn = "leaf", .san = "DNS:leaf.example", __VA_ARGS__})
#define BROKEN_CA(...) make_cert(&(struct make_cert){.ca = true, __VA_ARGS__})
    char name[16];
    switch (letter) {
    case 'L':
        return BROKEN_LEAF(.issuer = "I", .serial = 10);
    case 'D':
        return BROKEN_LEAF(.issuer = "R", .serial = 11);
    case 'B':
        return broken_flip(BROKEN_LEAF(.issuer = "I", .serial = 12));
    case 'W':
        return BROKEN_LEAF(.issuer = "I", .serial = 13, .wrong_aki = true);
    case 'S':
        return BROKEN_LEAF(.serial = 14);
    case 'N':
        return BROKEN_LEAF(.issuer = "I", .serial = 15, .to = "2026-01-01");
    case 'V':
        return BROKEN_LEAF(.issuer = "I", .serial = 16, .from = "2026-02-01");
    case 'K':
        return BROKEN_LEAF(.issuer = "I", .serial = 17, .key = make_key("another leaf"));
    case 'T':
        return BROKEN_LEAF(.issuer = "I", .serial = 18, .from = "2027-01-01");
    case 'j':
        return BROKEN_LEAF(.issuer = "i", .serial = 19, .signer = make_key("I"));
    case 'u':
        return BROKEN_LEAF(.issuer = "1", .serial = 20);
    case 'p':
        return BROKEN_LEAF(.issuer = "A", .serial = 21);
    case 'I':
        return BROKEN_CA(.cn = "I", .issuer = "R");
    case 'i':
        return BROKEN_CA(.cn = "I", .issuer = "R", .key = make_key("I of others"), .serial = 2);
    case 'E':
        return BROKEN_CA(.cn = "I", .issuer = "R", .serial = 3, .to = "2026-01-01");
    case 'F':
        return BROKEN_CA(.cn = "I", .issuer = "X", .serial = 4, .to = "2028-01-01");
    case 'C':
        return make_cert(&(struct make_cert){.cn = "I", .issuer = "R", .serial = 5, .basic = true});
    case 'c':
        return BROKEN_CA(.cn = "I", .issuer = "R", .serial = 6, .purpose = "clientAuth");
    case 'Z':
        return BROKEN_CA(.cn = "I", .issuer = "R", .serial = 7,
                         .usage = "critical,digitalSignature");
    case 'r':
        return BROKEN_CA(.cn = "R", .key = make_key("R of others"), .serial = 2);
    case 'e':
        return BROKEN_CA(.cn = "R", .serial = 3, .to = "2026-01-01");
    case 'G':
        return BROKEN_CA(.cn = "R", .issuer = "X", .serial = 4);
    case 'Y':
        return BROKEN_CA(.cn = "X", .issuer = "R", .serial = 2);
    case 'H':
        return BROKEN_CA(.cn = "X", .serial = 3, .to = "2026-01-01");
    case 'm':
        return BROKEN_LEAF(.issuer = "I", .serial = 22, .no_ids = true);
    case 'x':
        return make_cert(&(struct make_cert){.cn = "another leaf",
                                             .san = "DNS:other.example",
                                             .issuer = "I",
                                             .signer = make_key("I of others")});
    case 'n':
        return BROKEN_CA(.cn = "I", .issuer = "R", .serial = 8, .no_ids = true);
    case 'o':
        return BROKEN_CA(.cn = "I", .issuer = "R", .serial = 9, .no_ids = true,
                         .key = make_key("I of others"));
    case '1':
        return BROKEN_CA(.cn = "1", .issuer = "2");
    case '2':
        return BROKEN_CA(.cn = "2", .issuer = "3");
    case '3':
        return BROKEN_CA(.cn = "3", .issuer = "R");
    case 'a':
        return BROKEN_CA(.cn = "A", .issuer = "B");
    case 'b':
        return BROKEN_CA(.cn = "B", .issuer = "A");
    case 'q':
        return BROKEN_CA(.cn = "A", .issuer = "R", .serial = 2);
    default: /* roots: R, X and strangers */
        (void)snprintf(name, sizeof name, "%c", letter);
        return BROKEN_CA(.cn = name);
    }
}

/* The same one each time: ECDSA signatures differ. Borrowed. */
static inline struct ks_blob *broken_cert(char letter)
{
    struct ks_blob **known = &broken_known[(unsigned char)letter % 128];
    if (!*known)
        *known = broken_make(letter);
    return *known;
}

static inline void broken_forget(void)
{
    for (size_t i = 0; i < 128; i++) {
        ks_blob_unref(broken_known[i]);
        broken_known[i] = NULL;
    }
}

static inline struct ks_entry *broken_entry(struct ks_store *s, const char *alias, const char *key,
                                            const char *password, const char *letters)
{
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8(key)};
    struct ks_entry *bare = op_sealed(s, alias, &m, password, NULL), *made;
    struct ks_cert chain[MAKE_CHAIN_MAX];
    struct ks_blob *blobs[MAKE_CHAIN_MAX];
    struct ks_entry_draft d = ks_entry_draft_of(bare);
    size_t count = 0;
    blobs[0] = bare->blobs[0];
    for (; *letters; letters++) {
        if (*letters == ' ')
            continue;
        blobs[count + 1] = broken_cert(*letters);
        (void)ks_cert_skim(ks_blob_slice(blobs[count + 1]), &chain[count]);
        count++;
    }
    d.chain = chain;
    d.chain_len = count;
    d.blobs = blobs;
    d.blob_count = count + 1;
    made = ks_entry_new(&d);
    ks_entry_unref(bare);
    return made;
}

static inline void broken_add_key(struct ks_store *s, const char *alias, const char *letters)
{
    op_append(s, broken_entry(s, alias, "leaf", "changeit", letters));
}

static inline void broken_add_trusted(struct ks_store *s, const char *alias, char letter)
{
    op_add_trusted(s, alias, broken_cert(letter));
}

/* A certificate that is just there; PKCS#12 only. */
static inline void broken_add_loose(struct ks_store *s, char letter)
{
    char alias[] = {letter, 0};
    op_append(s, make_entry(KS_KIND_CERT, alias, 0, 1, ks_blob_ref(broken_cert(letter))));
}

/* One key pair, written and read again. In a PKCS#12 all but the first are certificates of the
 * file, in this order, and the chain is what Java makes of them. */
static inline struct ks_store *broken_store(const struct ks_format *format, const char *letters)
{
    struct ks_store *s = op_store(format, "changeit");
    if (format == &ks_format_pkcs12) {
        broken_add_key(s, "web", (char[]){letters[0], 0});
        for (const char *at = letters + 1; *at; at++)
            if (*at != ' ')
                broken_add_loose(s, *at);
    } else {
        broken_add_key(s, "web", letters);
    }
    return op_reopened(s, "changeit");
}

/* As pasted text. */
static inline void broken_give(struct ks_sources *sources, const char *letters)
{
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_error err = {0};
    for (; *letters; letters++)
        if (*letters != ' ')
            ks_pem_write("CERTIFICATE", ks_blob_slice(broken_cert(*letters)), &pem);
    if (pem.len && ks_sources_text(sources, ks_slice(pem.data, pem.len), NULL, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_buf_free(&pem);
}

static inline char broken_letter(const struct ks_cert *cert)
{
    for (int i = 0; i < 128; i++)
        if (broken_known[i] && ks_slice_equal(ks_blob_slice(broken_known[i]), ks_cert_der(cert)))
            return (char)i;
    return '?';
}

static inline void broken_put_letter(struct ks_buf *out, const struct ks_cert *cert)
{
    if (out->len)
        ks_buf_byte(out, ' ');
    ks_buf_byte(out, (uint8_t)broken_letter(cert));
}

static inline void assert_letters_at(const struct ks_entry *e, const char *want, const char *what)
{
    struct ks_buf got = KS_BUF_INIT;
    for (size_t i = 0; i < e->chain_len; i++)
        broken_put_letter(&got, &e->chain[i]);
    if (strcmp(ks_buf_text(&got), want) != 0)
        fail_msg("%s: the chain of %s is \"%s\" and not \"%s\"", what, e->alias, ks_buf_text(&got),
                 want);
    ks_buf_free(&got);
}

static inline void assert_letters(const struct ks_entry *e, const char *want)
{
    assert_letters_at(e, want, "");
}

#endif
