/*
 * An entry is what an alias leads to. Entries are immutable and reference-counted: an edit makes
 * a new entry and a new version of the store's list, and everything untouched is shared between
 * the versions. Each entry keeps the exact bytes it came from, so that saving loses nothing.
 */
#ifndef KSX_STORE_ENTRY_H
#define KSX_STORE_ENTRY_H

#include "x509/skim.h"
#include "base/clock.h"

struct ks_format; /* format/format.h */
struct ks_arena;  /* base/arena.h */

/*
 * Bytes of an alias, as UTF-8. What is longer, and no program writes that, is cut by the loader,
 * which says so in the entry's comment; alias_raw has all of it. The names of JKS and JCEKS end at
 * 65,535 bytes by themselves.
 */
#define KS_ALIAS_SHOWN (64u << 10)

enum ks_kind {
    KS_KIND_KEY,       /* private key, with its chain: PrivateKeyEntry */
    KS_KIND_TRUSTED,   /* trusted certificate: trustedCertEntry */
    KS_KIND_CERT,      /* a certificate that is just there (PEM, PKCS#7, a PKCS#12 pool member) */
    KS_KIND_SECRET,    /* secret key: SecretKeyEntry */
    KS_KIND_PASSWORD,  /* stored passphrase */
    KS_KIND_REQUEST,   /* PKCS#10 */
    KS_KIND_CRL,
    KS_KIND_PUBLIC,    /* a public key alone */
    KS_KIND_OPAQUE,    /* recognised as an item, not interpreted; kept */
    KS_KIND_LOCKED,    /* encrypted contents that were not opened; kept */
};

/* Peculiarities, each explained by a finding. */
enum {
    KS_NOTE_ALIAS_INVENTED = 1 << 0,  /* the file gives no name; alias is made up */
    KS_NOTE_ALIAS_ENCODING = 1 << 1,  /* alias bytes are not valid in the format's encoding */
    KS_NOTE_ALIAS_UPPER = 1 << 2,     /* JKS/JCEKS: not folded, so Java lists but cannot look it up */
    KS_NOTE_JAVA_NO_TRUST = 1 << 3,   /* PKCS#12 certificate without Oracle's trustedKeyUsage: Java shows no entry */
    KS_NOTE_JAVA_KEYBAG = 1 << 4,     /* PKCS#12 clear keyBag: Java ignores it */
    KS_NOTE_JAVA_NO_KEYID = 1 << 5,   /* PKCS#12 second key without localKeyID: Java drops it */
    KS_NOTE_JAVA_NESTED = 1 << 6,     /* inside a nested safeContentsBag: Java does not descend */
    KS_NOTE_JAVA_REPLACED = 1 << 7,   /* a later entry with the same (folded) alias replaces it in Java */
    KS_NOTE_JAVA_IGNORED = 1 << 8,    /* bag type Java ignores */
    KS_NOTE_NO_CHAIN = 1 << 9,        /* private key without any certificate */
    KS_NOTE_CERT_TYPE = 1 << 10,      /* certificate of a type other than X.509 */
    KS_NOTE_CERT_BROKEN = 1 << 11,    /* at least one certificate cannot be parsed */
    KS_NOTE_LOCKED_CHAIN = 1 << 12,   /* its certificates are in contents that are still locked */
    KS_NOTE_KEY_CLEAR = 1 << 13,      /* private key stored without encryption */
    KS_NOTE_UNREACHABLE = 1 << 14,    /* the stream cannot be followed past this entry */
    KS_NOTE_JAVA_FATAL = 1 << 15,     /* Java refuses the whole store because of this item */
    KS_NOTE_CHAIN_REBUILT = 1 << 16,  /* PKCS#12: the chain is Java's reconstruction, not stored as such */
    KS_NOTE_KEYREP_UNKNOWN = 1 << 17, /* JCEKS: a serialised class that is not one of Java's key shapes */
};

/* Fields that an edit changed: they overrule what the entry's pieces say. */
enum {
    KS_EDITED_ALIAS = 1 << 0, /* alias; alias_raw is gone */
    KS_EDITED_KEY = 1 << 1,   /* key: the same key under other protection */
    KS_EDITED_CHAIN = 1 << 2,
    KS_EDITED_DATE = 1 << 3,
};

/* A piece of the file that belongs to an entry: a whole JKS record, a PKCS#12 bag. */
struct ks_piece {
    struct ks_slice raw;
    uint32_t where; /* format-specific: number of the SafeContents, of the PEM block */
    uint32_t flags; /* format-specific */
};

struct ks_entry {
    unsigned refs; /* private */
    uint8_t kind;  /* enum ks_kind */
    uint8_t edited; /* KS_EDITED_...; only says something about an entry with pieces */
    uint32_t notes;
    const struct ks_format *home; /* the format whose pieces and key these are; set when loading ends */
    int64_t created;          /* milliseconds since 1970, KS_TIME_NONE if the format gives no date */
    /* UTF-8, decoded; may need neutralising. Never NULL. A NUL character of the file's is U+2400
     * here, which shows it and does not end the text; alias_raw has the bytes as they are. */
    char *alias;
    struct ks_slice alias_raw; /* as in the file; data NULL if there is none */
    struct ks_slice key;      /* KEY/SECRET: EncryptedPrivateKeyInfo, sealed stream, clear PKCS#8; else the item's DER (request, CRL, public key, opaque) */
    const char *key_format;   /* static: "EncryptedPrivateKeyInfo", "PrivateKeyInfo", "SealedObject", "RSAPrivateKey", ...; NULL without a key */
    struct ks_piece *pieces;
    uint32_t piece_count;
    uint32_t chain_len;
    struct ks_cert *chain;    /* leaf first; TRUSTED and CERT have one */
    struct ks_blob **blobs;   /* what the slices point into */
    uint32_t blob_count;
    char *comment;            /* extra words for people ("attributes: 3", "[CRL] 4 revoked"); may be NULL */
    struct ks_arena *arena;   /* private: where its memory is from; NULL: a place of its own */
};

/* A draft that the loader fills; alias is taken (freed with the entry), arrays are copied. */
struct ks_entry_draft {
    uint8_t kind;
    uint8_t edited;
    uint32_t notes;
    const struct ks_format *home; /* NULL while loading */
    int64_t created;
    char *alias; /* taken */
    struct ks_slice alias_as_is; /* or, when that is NULL, this is copied: UTF-8 without a NUL */
    struct ks_slice alias_raw, key;
    const char *key_format;
    const struct ks_piece *pieces;
    size_t piece_count;
    const struct ks_cert *chain;
    size_t chain_len;
    struct ks_blob *const *blobs; /* referenced */
    size_t blob_count;
    char *comment; /* taken */
};

struct ks_entry *ks_entry_new(const struct ks_entry_draft *draft); /* one reference */
/* The same in an arena, for the many entries of a file. */
struct ks_entry *ks_entry_new_in(struct ks_arena *arena, const struct ks_entry_draft *draft);
/* A draft that is all of `entry`, to be changed and made into another: alias and comment are
 * copies, everything else is borrowed. */
struct ks_entry_draft ks_entry_draft_of(const struct ks_entry *entry);
struct ks_entry *ks_entry_ref(struct ks_entry *entry);
void ks_entry_unref(struct ks_entry *entry); /* NULL is fine; thread-safe */

/* "key", "trusted", "certificate", "secret", "password", "request", "crl", "public", "opaque", "locked": the JSON words. */
const char *ks_kind_word(enum ks_kind kind);
/* "key pair (PrivateKeyEntry)", "trusted certificate (trustedCertEntry)", ...: for people. */
const char *ks_kind_text(enum ks_kind kind);
/* K C S P U L ... : the tree's type letter. */
char ks_kind_letter(enum ks_kind kind);
/* An alias in a sentence: an empty one is two quotation marks. */
const char *ks_alias_text(const char *alias);
/* The same where there is little room: a long one is cut in the middle. Returns `room`. */
#define KS_ALIAS_ROOM 96
const char *ks_alias_short(const char *alias, char room[static KS_ALIAS_ROOM]);
/* Earliest notAfter of the chain, KS_TIME_NONE without certificates. */
int64_t ks_entry_expires(const struct ks_entry *entry);

#endif
