/*
 * Files that are recognised and not opened: keystores of other worlds, and what lies about beside
 * keystores. Whoever meets one wants to know what it is and how to get at what is in it.
 *
 * To add one, add a row to OTHERS and a function sniff_ID.
 */
#include "format/format.h"

#include "format/items.h"
#include "x509/der.h"

#include <string.h>
#include <strings.h>

#define STORE KS_CAP_REFUSED | KS_CAP_STORE
#define LOOSE KS_CAP_REFUSED
#define BESIDE KS_CAP_REFUSED | KS_CAP_BESIDE

/* X(id, looks, name, summary, caps, "it is ...", "what to do") */
#define OTHERS(X)                                                                                  \
    X(old_bks, NULL, "BKS v0", "ancient Bouncy Castle keystore", STORE | KS_CAP_PASSWORD,          \
      "a keystore of Bouncy Castle (BKS or UBER) in the ancient version 0",                        \
      "its ciphers exist in old releases of Bouncy Castle only: convert it there")                 \
    X(kdb, NULL, "IBM CMS", "IBM GSKit key database (.kdb)", STORE | KS_CAP_PASSWORD,              \
      "a key database of IBM GSKit (CMS, .kdb)",                                                   \
      "export it with IBM's own tool: gsk8capicmd_64 (or runmqakm) -cert -export -db FILE "        \
      "-stashed -label NAME -target OUT.p12 -target_type pkcs12")                                  \
    X(nss, NULL, "NSS", "NSS database of Firefox and others (cert9.db, key4.db)",                  \
      STORE | KS_CAP_PASSWORD, "a database of NSS (Firefox, Thunderbird, 389 Directory Server)",   \
      "list it with certutil -L -d sql:DIRECTORY, and export one entry with pk12util -o OUT.p12 "  \
      "-n NAME -d sql:DIRECTORY")                                                                  \
    X(old_nss, NULL, "NSS dbm", "old NSS database (cert8.db, key3.db)", STORE | KS_CAP_PASSWORD,   \
      "a Berkeley DB file, probably an old database of NSS (cert8.db, key3.db)",                   \
      "let certutil -N --upgrade-merge (NSS 3.35 to 3.79) turn the directory into cert9.db and "   \
      "key4.db, then export with pk12util")                                                        \
    X(sst, NULL, "SST", "Windows serialized certificate store (.sst)", STORE,                      \
      "a serialized certificate store of Windows (.sst)",                                          \
      "open it on Windows and export its certificates as PKCS #7 (.p7b), which ksx opens")         \
    X(keychain, NULL, "Keychain", "macOS keychain", STORE | KS_CAP_PASSWORD,                       \
      "a keychain of macOS",                                                                       \
      "export from it on a Mac: security export -k FILE -t identities -f pkcs12 -o OUT.p12")       \
    X(keybox, NULL, "GnuPG keybox", "GnuPG keybox", STORE, "a keybox of GnuPG (OpenPGP keys)",     \
      "look into it with gpg --list-keys; gpgsm -k lists X.509 certificates in it")                \
    X(dks, NULL, "DKS", "Java domain keystore configuration", BESIDE,                              \
      "a configuration of Java's domain keystore (DKS): it names keystores and holds none",        \
      "open the files that its keystoreURI lines name")                                            \
    X(msblob, looks_msblob, "MSBLOB", "Microsoft key blob", LOOSE,                                 \
      "a key of Microsoft's CryptoAPI (MSBLOB)",                                                   \
      "convert it: openssl rsa -inform MSBLOB -in FILE -aes256 -out KEY.pem (a public key: "       \
      "openssl rsa -pubin -inform MSBLOB -in FILE -out KEY.pem)")                                  \
    X(spkac, NULL, "SPKAC", "signed public key and challenge (old browsers' request)", LOOSE,      \
      "a signed public key and challenge (SPKAC), the certificate request of old browsers",        \
      "check it with openssl spkac -in FILE -verify -noout; openssl spkac -in FILE -pubkey "       \
      "-noout "                                                                                    \
      "prints its public key, which ksx opens")                                                    \
    X(jwk, NULL, "JWK", "JSON web key", LOOSE, "a JSON web key (JWK) or a set of them",            \
      "convert the key to PEM with a JOSE tool; the certificates in x5c are base64 that ksx "      \
      "opens")                                                                                     \
    X(ssh_private, NULL, "OpenSSH private key", "OpenSSH private key", LOOSE,                      \
      "a private key in OpenSSH's own format",                                                     \
      "convert a copy of it: ssh-keygen -p -m PKCS8 -f COPY rewrites COPY as a PEM key that ksx "  \
      "opens (RSA and ECDSA)")                                                                     \
    X(ssh_public, NULL, "OpenSSH public key", "OpenSSH public key", BESIDE, "a public key of SSH", \
      "convert it: ssh-keygen -e -m PKCS8 -f FILE > KEY.pem")                                      \
    X(putty, NULL, "PuTTY", "PuTTY private key (.ppk)", LOOSE, "a private key of PuTTY (.ppk)",    \
      "convert it: puttygen FILE -O private-openssh -o KEY.pem")                                   \
    X(pgp, NULL, "OpenPGP", "OpenPGP key or message", BESIDE, "OpenPGP data (GnuPG, PGP)",         \
      "look at it with gpg --show-keys FILE; X.509 certificates are another kind")                 \
    X(lfs, NULL, "Git LFS pointer", "stand-in of Git LFS", BESIDE,                                 \
      "a pointer of Git LFS: the file itself was not fetched", "fetch it with git lfs pull")       \
    X(utf16, NULL, "UTF-16 text", "PEM in UTF-16", LOOSE,                                          \
      "PEM text in UTF-16, as redirection in Windows PowerShell writes it",                        \
      "convert it: iconv -f UTF-16 -t UTF-8 FILE > OUT.pem")                                       \
    X(zip, NULL, "ZIP or JAR", "ZIP or JAR archive", BESIDE,                                       \
      "an archive (ZIP, JAR, APK or an office document)",                                          \
      "unpack it; a signed JAR keeps its certificates in META-INF/*.RSA, *.DSA or *.EC, which "    \
      "ksx "                                                                                       \
      "opens")                                                                                     \
    X(compressed, NULL, "compressed", "gzip, bzip2, xz, zstd, 7z or tar", BESIDE,                  \
      "compressed or an archive (gzip, bzip2, xz, zstd, 7z or tar)", "unpack it first")            \
    X(html, NULL, "HTML", "web page", BESIDE,                                                      \
      "a web page: probably a login or error page that was saved in place of the file",            \
      "download it again, signed in, or with the link to the raw file")

/* ---- tools ---- */

static bool starts(struct ks_slice head, const void *bytes, size_t len)
{
    return head.len >= len && memcmp(head.data, bytes, len) == 0;
}
#define STARTS(head, text) starts(head, text, sizeof text - 1)

static bool starts_at(struct ks_slice head, size_t at, const void *bytes, size_t len)
{
    return head.len > at && starts(ks_slice_part(head, at, head.len - at), bytes, len);
}
#define STARTS_AT(head, at, text) starts_at(head, at, text, sizeof text - 1)

static bool contains(struct ks_slice head, const char *text)
{
    size_t len = strlen(text);
    for (size_t at = 0; at + len <= head.len; at++) {
        const uint8_t *hit = memchr(head.data + at, text[0], head.len - len + 1 - at);
        if (!hit)
            return false;
        if (memcmp(hit, text, len) == 0)
            return true;
        at = (size_t)(hit - head.data);
    }
    return false;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Text without a byte order mark and white space in front. */
static struct ks_slice text_of(struct ks_slice head)
{
    size_t at = STARTS(head, "\xef\xbb\xbf") ? 3 : 0;
    while (at < head.len && is_space(head.data[at]))
        at++;
    return ks_slice_part(head, at, head.len - at);
}

/* ---- Bouncy Castle ---- */

static int sniff_old_bks(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "\0\0\0\0\0\0\0\x14") ? 60 : 0;
}

/* ---- databases ---- */

static int sniff_kdb(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "7H") && STARTS_AT(head, 8, "X509KEY\0") ? 100 : 0;
}

static int sniff_nss(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "SQLite format 3\0") &&
                   (contains(head, "nssPublic") || contains(head, "nssPrivate"))
               ? 95
               : 0;
}

/* Berkeley DB 1.85, hash: its magic in either byte order, version 2. */
static int sniff_old_nss(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "\x00\x06\x15\x61\x00\x00\x00\x02") ||
                   STARTS(head, "\x61\x15\x06\x00\x02\x00\x00\x00")
               ? 60
               : 0;
}

static int sniff_sst(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "\0\0\0\0CERT") ? 100 : 0;
}

static int sniff_keychain(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "kych\0\1\0\0") ? 100 : 0;
}

static int sniff_keybox(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS_AT(head, 8, "KBXf") ? 90 : 0;
}

/* domain NAME ... { */
static int sniff_dks(struct ks_slice head, uint64_t size)
{
    struct ks_slice text = text_of(head);

    (void)size;
    return STARTS(text, "domain ") && contains(text, "{") && contains(text, "keystore") ? 80 : 0;
}

/* ---- keys ---- */

static bool blob_magic(struct ks_slice head, const char *digit)
{
    return (STARTS_AT(head, 8, "RSA") || STARTS_AT(head, 8, "DSS")) &&
           starts_at(head, 11, digit, 1);
}

static int sniff_msblob(struct ks_slice head, uint64_t size)
{
    (void)size;
    return (STARTS(head, "\x07\x02\0\0") && blob_magic(head, "2")) ||
                   (STARTS(head, "\x06\x02\0\0") && blob_magic(head, "1"))
               ? 100
               : 0;
}

static void looks_msblob(struct ks_slice head, uint64_t size, struct ks_buf *out)
{
    (void)size;
    ks_buf_str(out, head.data[0] == 7 ? "private key, not encrypted" : "public key");
}

/* PublicKeyAndChallenge ::= SEQUENCE { spki SubjectPublicKeyInfo, challenge IA5String } */
static bool is_spkac_der(struct ks_slice head)
{
    struct ks_part outer, inner, spki, challenge, alg;

    return ks_part_next(&head, &outer) && outer.tag == KS_DER_SEQUENCE &&
           ks_part_next(&outer.body, &inner) && inner.tag == KS_DER_SEQUENCE &&
           ks_part_next(&inner.body, &spki) && spki.tag == KS_DER_SEQUENCE &&
           ks_part_next(&spki.body, &alg) && alg.tag == KS_DER_SEQUENCE &&
           ks_part_next(&inner.body, &challenge) && challenge.tag == KS_DER_IA5_STRING;
}

static int sniff_spkac(struct ks_slice head, uint64_t size)
{
    struct ks_slice text = text_of(head);

    (void)size;
    if (STARTS(text, "SPKAC="))
        return 95;
    /* Other lines are fields of the name: CN=..., O=... */
    if (text.len > 2 && memchr(text.data, '=', text.len < 16 ? text.len : 16) &&
        (contains(text, "\nSPKAC=") || contains(text, "\rSPKAC=")))
        return 80;
    return is_spkac_der(head) ? 92 : 0;
}

static int sniff_jwk(struct ks_slice head, uint64_t size)
{
    struct ks_slice text = text_of(head);

    (void)size;
    return (STARTS(text, "{") || STARTS(text, "[")) && contains(text, "\"kty\"") ? 80 : 0;
}

static int sniff_ssh_private(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "openssh-key-v1\0") ||
                   STARTS(text_of(head), "-----BEGIN OPENSSH PRIVATE KEY-----")
               ? 95
               : 0;
}

static int sniff_ssh_public(struct ks_slice head, uint64_t size)
{
    static const char *const starts_of_lines[] = {
        "ssh-rsa ",          "ssh-dss ",
        "ssh-ed25519 ",      "ssh-ed448 ",
        "ecdsa-sha2-",       "sk-ecdsa-sha2-",
        "sk-ssh-ed25519@",   "ssh-rsa-cert-",
        "ssh-ed25519-cert-", "---- BEGIN SSH2 PUBLIC KEY",
    };
    struct ks_slice text = text_of(head);

    (void)size;
    for (size_t i = 0; i < sizeof starts_of_lines / sizeof starts_of_lines[0]; i++)
        if (starts(text, starts_of_lines[i], strlen(starts_of_lines[i])))
            return 80;
    return 0;
}

static int sniff_putty(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(text_of(head), "PuTTY-User-Key-File-") ? 100 : 0;
}

/* A packet with a public (6) or secret (5) key of version 3 to 6, RFC 4880 4.2 and 5.5.2: header,
 * version, four bytes of time, algorithm. */
static bool is_pgp_key(struct ks_slice head)
{
    if (head.len < 12)
        return false;
    uint8_t first = head.data[0];
    size_t body = first == 0x99 || first == 0x95                           ? 3
                  : first == 0x98 || first == 0x94                         ? 2
                  : (first == 0xc6 || first == 0xc5) && head.data[1] < 192 ? 2
                  : first == 0xc6 || first == 0xc5                         ? 3
                                                                           : 0;
    if (body == 0)
        return false;
    uint8_t version = head.data[body];
    size_t algorithm = body + (version == 3 ? 7 : 5); /* version 3 has two bytes of validity */
    return version >= 3 && version <= 6 && head.data[algorithm] >= 1 && head.data[algorithm] <= 28;
}

static int sniff_pgp(struct ks_slice head, uint64_t size)
{
    (void)size;
    if (STARTS(text_of(head), "-----BEGIN PGP "))
        return 95;
    return is_pgp_key(head) ? 50 : 0;
}

/* ---- other files ---- */

static int sniff_lfs(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "version https://git-lfs.github.com/spec/") ? 100 : 0;
}

static int sniff_utf16(struct ks_slice head, uint64_t size)
{
    static const char little[] = "\xff\xfe-\0-\0-\0-\0-\0B\0";
    static const char big[] = "\xfe\xff\0-\0-\0-\0-\0-\0B";

    (void)size;
    return STARTS(head, little) || STARTS(head, big) ? 90 : 0;
}

static int sniff_zip(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "PK\3\4") || STARTS(head, "PK\5\6") || STARTS(head, "PK\7\x08") ? 90 : 0;
}

static int sniff_compressed(struct ks_slice head, uint64_t size)
{
    (void)size;
    return STARTS(head, "\x1f\x8b\x08") || STARTS(head, "\x1f\x9d") || STARTS(head, "BZh") ||
                   STARTS(head, "\xfd"
                                "7zXZ\0") ||
                   STARTS(head, "\x28\xb5\x2f\xfd") || STARTS(head, "7z\xbc\xaf\x27\x1c") ||
                   STARTS_AT(head, 257, "ustar")
               ? 60
               : 0;
}

static int sniff_html(struct ks_slice head, uint64_t size)
{
    static const char *const tags[] = {"<!doctype html", "<html", "<head>"};
    struct ks_slice text = text_of(head);

    (void)size;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        size_t len = strlen(tags[i]);
        if (text.len >= len && strncasecmp((const char *)text.data, tags[i], len) == 0)
            return 45;
    }
    return 0;
}

/* ---- the refusal ---- */

#define TEXTS(id, looks_fn, name, summary, caps, what, next) {what, next},
static const struct {
    const char *what, *next;
} refusals[] = {OTHERS(TEXTS)};
#undef TEXTS

/* The format by which the file was found, else the one that bids most for it. */
static size_t index_of(const struct ks_store *store)
{
    struct ks_slice file = ks_blob_slice(store->file);
    size_t best = 0;
    int highest = 0;

    for (size_t i = 0; ks_format_others[i].name; i++) {
        if (store->format == &ks_format_others[i])
            return i;
        int bid = ks_format_others[i].sniff(file, file.len);
        if (bid > highest) {
            highest = bid;
            best = i;
        }
    }
    return best;
}

static enum ks_code refuse(struct ks_store *into, const struct ks_secret *password,
                           struct ks_job *job, struct ks_error *err)
{
    size_t i = index_of(into);

    (void)password;
    (void)job;
    ks_store_set_type(into, ks_format_others[i].name);
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-type", "%.200s was not opened: it is %s",
            ks_path_shown(into->path), refusals[i].what);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED, "%s", refusals[i].next);
}

#define FORMAT(id, looks_fn, format_name, format_summary, format_caps, what, next)                 \
    {                                                                                              \
        .name = format_name,                                                                       \
        .summary = format_summary,                                                                 \
        .caps = format_caps,                                                                       \
        .sniff = sniff_##id,                                                                       \
        .looks = looks_fn,                                                                         \
        .load = refuse,                                                                            \
    },
const struct ks_format ks_format_others[] = {OTHERS(FORMAT){.name = NULL}};
#undef FORMAT
