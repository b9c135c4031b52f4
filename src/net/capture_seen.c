/*
 * The messages of a handshake that tell of certificates, RFC 5246 7.4 and RFC 8446 4.3.2, 4.4.
 * Lengths that do not fit end the reading; what came before them counts.
 */
#include "net/capture_internal.h"

#include "base/alloc.h"
#include "x509/cert.h"
#include "x509/der.h"

#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

enum { /* HandshakeType */
       TYPE_TICKET = 4,
       TYPE_CERTIFICATE = 11,
       TYPE_REQUEST = 13,
       TYPE_VERIFY = 15,
};

static bool is_13(unsigned version)
{
    return version >= TLS1_3_VERSION;
}

/* A vector with a length of `octets` in front. */
static bool read_vector(struct ks_reader *r, unsigned octets, struct ks_slice *out)
{
    struct ks_reader ahead = *r;
    size_t len = 0;
    uint8_t byte;

    for (; octets > 0; octets--) {
        if (!ks_read_u8(&ahead, &byte))
            return false;
        len = len << 8 | byte;
    }
    if (!ks_read_bytes(&ahead, len, out))
        return false;
    *r = ahead;
    return true;
}

/* ---- certificates ---- */

static void take_cert(struct ks_seen *s, struct ks_slice der)
{
    struct ks_cert cert;
    struct ks_capture *out = s->out;

    if (der.len == 0 || !ks_cert_skim(der, &cert))
        out->broken++;
    if (out->sent++ < KS_CAPTURE_CERTS)
        ks_pem_write("CERTIFICATE", der, &s->pem);
}

static void see_certs(struct ks_seen *s, unsigned version, struct ks_slice body)
{
    struct ks_reader r = ks_reader(body), list;
    struct ks_slice context, all, der, extensions;

    if (s->certs) /* a second one is not of this handshake */
        return;
    s->certs = true;
    if (is_13(version) && !read_vector(&r, 1, &context))
        return;
    if (!read_vector(&r, 3, &all))
        return;
    list = ks_reader(all);
    while (read_vector(&list, 3, &der)) {
        take_cert(s, der);
        if (is_13(version) && !read_vector(&list, 2, &extensions))
            return;
    }
}

/* ---- what is demanded of the client ---- */

static const struct {
    unsigned number;
    const char *name;
    int key, digest;
} signatures[] = {
    {0x0101, "rsa_pkcs1_md5", EVP_PKEY_RSA, NID_md5},
    {0x0201, "rsa_pkcs1_sha1", EVP_PKEY_RSA, NID_sha1},
    {0x0202, "dsa_sha1", EVP_PKEY_DSA, NID_sha1},
    {0x0203, "ecdsa_sha1", EVP_PKEY_EC, NID_sha1},
    {0x0301, "rsa_pkcs1_sha224", EVP_PKEY_RSA, NID_sha224},
    {0x0302, "dsa_sha224", EVP_PKEY_DSA, NID_sha224},
    {0x0303, "ecdsa_sha224", EVP_PKEY_EC, NID_sha224},
    {0x0401, "rsa_pkcs1_sha256", EVP_PKEY_RSA, NID_sha256},
    {0x0402, "dsa_sha256", EVP_PKEY_DSA, NID_sha256},
    {0x0403, "ecdsa_secp256r1_sha256", EVP_PKEY_EC, NID_sha256},
    {0x0501, "rsa_pkcs1_sha384", EVP_PKEY_RSA, NID_sha384},
    {0x0502, "dsa_sha384", EVP_PKEY_DSA, NID_sha384},
    {0x0503, "ecdsa_secp384r1_sha384", EVP_PKEY_EC, NID_sha384},
    {0x0601, "rsa_pkcs1_sha512", EVP_PKEY_RSA, NID_sha512},
    {0x0602, "dsa_sha512", EVP_PKEY_DSA, NID_sha512},
    {0x0603, "ecdsa_secp521r1_sha512", EVP_PKEY_EC, NID_sha512},
    {0x0804, "rsa_pss_rsae_sha256", EVP_PKEY_RSA_PSS, NID_sha256},
    {0x0805, "rsa_pss_rsae_sha384", EVP_PKEY_RSA_PSS, NID_sha384},
    {0x0806, "rsa_pss_rsae_sha512", EVP_PKEY_RSA_PSS, NID_sha512},
    {0x0807, "ed25519", EVP_PKEY_ED25519, NID_undef},
    {0x0808, "ed448", EVP_PKEY_ED448, NID_undef},
    {0x0809, "rsa_pss_pss_sha256", 0, 0},
    {0x080a, "rsa_pss_pss_sha384", 0, 0},
    {0x080b, "rsa_pss_pss_sha512", 0, 0},
    {0x081a, "ecdsa_brainpoolP256r1tls13_sha256", 0, 0},
    {0x081b, "ecdsa_brainpoolP384r1tls13_sha384", 0, 0},
    {0x081c, "ecdsa_brainpoolP512r1tls13_sha512", 0, 0},
    /* before TLS 1.2 nothing was agreed on */
    {0, "rsa_pkcs1_md5_sha1", EVP_PKEY_RSA, NID_md5_sha1},
};
#define SIGNATURES (sizeof signatures / sizeof signatures[0])

const char *ks_signature_name(unsigned number)
{
    for (size_t i = 0; i < SIGNATURES; i++)
        if (number && signatures[i].number == number)
            return signatures[i].name;
    return NULL;
}

const char *ks_signature_by_nid(int key, int digest)
{
    for (size_t i = 0; i < SIGNATURES; i++)
        if (signatures[i].key == key && signatures[i].digest == digest)
            return signatures[i].name;
    return NULL;
}

#define WORDS_MAX 64 /* algorithms that are listed; nobody has that many */

static void put_word(struct ks_buf *out, const char *word)
{
    ks_buf_str(out, out->len ? ", " : "");
    ks_buf_str(out, word);
}

static void take_algorithms(struct ks_capture *out, struct ks_slice list)
{
    struct ks_reader r = ks_reader(list);
    struct ks_buf text = KS_BUF_INIT;
    uint16_t number;

    for (size_t i = 0; i < WORDS_MAX && ks_read_u16be(&r, &number); i++)
        if (ks_signature_name(number))
            put_word(&text, ks_signature_name(number));
    free(out->key_types);
    out->key_types = text.len ? ks_buf_steal(&text) : NULL;
    ks_buf_free(&text);
}

/* ClientCertificateType, RFC 5246 7.4.4: all that there is before TLS 1.2. */
static void take_types(struct ks_capture *out, struct ks_slice types)
{
    static const char *const names[] = {[1] = "RSA", [2] = "DSA", [64] = "ECDSA"};
    struct ks_buf text = KS_BUF_INIT;

    for (size_t i = 0; i < types.len && i < WORDS_MAX; i++)
        if (types.data[i] < sizeof names / sizeof names[0] && names[types.data[i]])
            put_word(&text, names[types.data[i]]);
    free(out->key_types);
    out->key_types = text.len ? ks_buf_steal(&text) : NULL;
    ks_buf_free(&text);
}

static bool is_name(struct ks_slice der)
{
    struct ks_tlv name;

    return ks_der_expect(&der, KS_DER_SEQUENCE, &name) && der.len == 0;
}

/* The names are copied in one piece, of which each is a part. */
static void take_names(struct ks_capture *out, struct ks_slice list)
{
    struct ks_slice name;

    if (out->cas || list.len == 0)
        return;
    out->ca_names = ks_alloc(list.len);
    memcpy(out->ca_names, list.data, list.len);
    out->cas = ks_alloc_array(KS_CAPTURE_CAS, sizeof *out->cas);
    struct ks_reader r = ks_reader(ks_slice(out->ca_names, list.len));
    while (out->ca_count < KS_CAPTURE_CAS && read_vector(&r, 2, &name))
        if (is_name(name))
            out->cas[out->ca_count++] = name;
}

enum { /* ExtensionType */
       EXT_SIGNATURES = 13,
       EXT_AUTHORITIES = 47,
};

static void see_request_13(struct ks_capture *out, struct ks_slice body)
{
    struct ks_reader r = ks_reader(body), all;
    struct ks_slice context, extensions, value, list;
    uint16_t type;

    if (!read_vector(&r, 1, &context) || !read_vector(&r, 2, &extensions))
        return;
    all = ks_reader(extensions);
    while (ks_read_u16be(&all, &type) && read_vector(&all, 2, &value)) {
        struct ks_reader in = ks_reader(value);
        if (type == EXT_SIGNATURES && read_vector(&in, 2, &list))
            take_algorithms(out, list);
        else if (type == EXT_AUTHORITIES && read_vector(&in, 2, &list))
            take_names(out, list);
    }
}

static void see_request(struct ks_capture *out, unsigned version, struct ks_slice body)
{
    struct ks_reader r = ks_reader(body);
    struct ks_slice types, list;

    if (out->demands)
        return;
    out->demands = true;
    if (is_13(version)) {
        see_request_13(out, body);
        return;
    }
    if (!read_vector(&r, 1, &types))
        return;
    take_types(out, types);
    if (version == TLS1_2_VERSION && read_vector(&r, 2, &list))
        take_algorithms(out, list);
    if (read_vector(&r, 2, &list))
        take_names(out, list);
}

/* ---- all of them ---- */

const char *ks_message_name(uint8_t type)
{
    static const char *const names[] = {
        [2] = "ServerHello",         [TYPE_TICKET] = "NewSessionTicket",
        [8] = "EncryptedExtensions", [TYPE_CERTIFICATE] = "Certificate",
        [12] = "ServerKeyExchange",  [TYPE_REQUEST] = "CertificateRequest",
        [14] = "ServerHelloDone",    [TYPE_VERIFY] = "CertificateVerify",
        [20] = "Finished",           [22] = "CertificateStatus",
    };
    return type < sizeof names / sizeof names[0] ? names[type] : NULL;
}

void ks_seen_message(struct ks_seen *s, unsigned version, uint8_t type, struct ks_slice body)
{
    struct ks_reader r = ks_reader(body);

    s->last = type;
    if (type == TYPE_CERTIFICATE)
        see_certs(s, version, body);
    else if (type == TYPE_REQUEST)
        see_request(s->out, version, body);
    else if (type == TYPE_VERIFY && is_13(version))
        (void)ks_read_u16be(&r, &s->signature);
    else if (type == TYPE_TICKET)
        s->content = true;
}

/* In TLS 1.3 all but two are fatal, whatever they say of themselves. */
void ks_seen_alert(struct ks_seen *s, unsigned version, uint8_t level, uint8_t alert)
{
    bool ends = alert != KS_ALERT_CLOSE && alert != KS_ALERT_CANCELED;

    if (ends && s->alert < 0 && (level == SSL3_AL_FATAL || is_13(version)))
        s->alert = alert;
}
