#include "format/pbe_scheme.h"

#include "x509/oid.h"

static const char *hash_text(const char *hash)
{
    static const struct {
        char openssl[12], text[12];
    } names[] = {{"SHA512-224", "SHA512/224"}, {"SHA512-256", "SHA512/256"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (ks_slice_equal(ks_slice_str(hash), ks_slice_str(names[i].openssl)))
            return names[i].text;
    return hash;
}

static void put_rounds(const struct ks_pbe_scheme *s, struct ks_buf *out)
{
    ks_buf_printf(out, ", %llu iteration%s", (unsigned long long)s->rounds,
                  s->rounds == 1 ? "" : "s");
}

static void put_cipher(const struct ks_pbe_scheme *s, struct ks_buf *out)
{
    if (!s->cipher)
        ks_oid_text(s->cipher_oid, out);
    else if (s->cipher->key_len == 0)
        ks_buf_printf(out, "%s (%zu bits)", s->cipher->text, s->key_len * 8);
    else
        ks_buf_str(out, s->cipher->text);
}

void ks_pbe_kdf_text(const struct ks_pbe_scheme *s, struct ks_buf *out)
{
    switch (s->kdf) {
    case KS_PBE_KDF_PBKDF2:
        ks_buf_printf(out, "PBKDF2-HMAC-%s", hash_text(s->hash));
        put_rounds(s, out);
        return;
    case KS_PBE_KDF_SCRYPT:
        ks_buf_printf(out, "scrypt N=%llu r=%llu p=%llu", (unsigned long long)s->n,
                      (unsigned long long)s->r, (unsigned long long)s->p);
        return;
    case KS_PBE_KDF_UNKNOWN:
        ks_buf_str(out, "key derivation ");
        ks_oid_text(s->kdf_oid, out);
        return;
    }
}

static void put_pbes2(const struct ks_pbe_scheme *s, struct ks_buf *out)
{
    put_cipher(s, out);
    ks_buf_str(out, ", ");
    ks_pbe_kdf_text(s, out);
}

bool ks_pbe_describe(struct ks_slice alg, struct ks_buf *out, bool *weak)
{
    struct ks_pbe_scheme s;
    bool readable = ks_pbe_scheme_parse(alg, &s);

    if (weak)
        *weak = s.family == KS_PBE_SUN_JKS || (s.cipher && s.cipher->weak);
    if (!readable) {
        ks_buf_str(out, "an encryption whose description cannot be read");
        return false;
    }
    switch (s.family) {
    case KS_PBE_PKCS12:
        ks_buf_printf(out, "%s, PKCS#12 KDF-%s", s.cipher->text, s.hash);
        put_rounds(&s, out);
        return true;
    case KS_PBE_PKCS5:
        ks_buf_printf(out, "%s, PBKDF1-%s", s.cipher->text, s.hash);
        put_rounds(&s, out);
        return true;
    case KS_PBE_SUN_JCEKS:
        ks_buf_printf(out, "%s, Sun's MD5 derivation", s.cipher->text);
        put_rounds(&s, out);
        return true;
    case KS_PBE_SUN_JKS:
        ks_buf_str(out, "Sun's JKS key protector (SHA-1 keystream, no iterations)");
        return true;
    case KS_PBE_PBES2:
        put_pbes2(&s, out);
        return s.cipher && s.kdf != KS_PBE_KDF_UNKNOWN;
    case KS_PBE_UNKNOWN:
        break;
    }
    ks_oid_text(s.oid, out);
    return false;
}
