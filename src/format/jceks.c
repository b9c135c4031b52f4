/*
 * Secret keys in JCEKS. Outside is an object of com.sun.crypto.provider.SealedObjectForKeyProtector
 * (or of its superclass javax.crypto.SealedObject, which Java's own reader refuses): encrypted
 * bytes with the parameters of Sun's PBEWithMD5AndTripleDES. Inside is a second object stream with
 * a javax.crypto.spec.SecretKeySpec or a java.security.KeyRep.
 */
#include "format/jks_internal.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/javaser.h"
#include "format/pbe.h"
#include "x509/der.h"

#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>

#define SEALED "javax.crypto.SealedObject"
#define SEALED_FOR_JCEKS "com.sun.crypto.provider.SealedObjectForKeyProtector"
#define SEAL_ALGORITHM "PBEWithMD5AndTripleDES"

/* ---- outside ---- */

struct sealed {
    bool jceks_class;
    struct ks_slice params;    /* SEQUENCE { salt, iterations } */
    struct ks_slice content;   /* encrypted */
    struct ks_slice algorithm; /* what the object says; data NULL: nothing */
};

static struct ks_slice value_of(const struct ks_java_object *o, const char *field,
                                enum ks_java_kind kind)
{
    const struct ks_java_value *v = ks_java_find(o, field, kind);
    return v ? v->bytes : ks_slice(NULL, 0);
}

static bool open_sealed(const struct ks_java_object *o, struct sealed *out)
{
    *out = (struct sealed){.jceks_class = ks_java_is_class(o, SEALED_FOR_JCEKS)};
    if (!out->jceks_class && !ks_java_is_class(o, SEALED))
        return false;
    out->params = value_of(o, "encodedParams", KS_JAVA_BYTES);
    out->content = value_of(o, "encryptedContent", KS_JAVA_BYTES);
    out->algorithm = value_of(o, "sealAlg", KS_JAVA_STRING);
    return true;
}

/* The description that Java builds by naming the algorithm: the object has only its parameters. */
static void put_algorithm(const struct sealed *s, struct ks_buf *out)
{
    static const uint8_t oid[] = {KS_DER_OID, 9,    0x2b, 0x06, 0x01, 0x04,
                                  0x01,       0x2a, 0x02, 0x13, 0x01};
    ks_der_put_header(out, KS_DER_SEQUENCE, sizeof oid + s->params.len);
    ks_buf_append(out, oid, sizeof oid);
    ks_buf_slice(out, s->params);
}

/* JceKeyStore takes the parameters and ignores the name; a bare SealedObject may be anything. */
static bool is_sun_sealed(const struct sealed *s)
{
    return s->jceks_class || ks_slice_equal(s->algorithm, ks_slice_str(SEAL_ALGORITHM));
}

void ks_jceks_draft(struct ks_slice stream, struct ks_entry_draft *draft)
{
    struct ks_java_object object;
    struct sealed sealed;
    size_t used;

    draft->kind = KS_KIND_SECRET;
    draft->key_format = "SealedObject";
    (void)ks_java_read(stream, &object, &used);
    if (open_sealed(&object, &sealed)) {
        if (sealed.jceks_class) {
            draft->comment = ks_strdup("secret key or password; which, its password tells");
            return;
        }
        draft->comment = ks_strdup("sealed as " SEALED ", which Java does not read");
    } else {
        struct ks_slice name = object.class_count ? object.classes[0] : ks_slice_str("none");
        draft->kind = KS_KIND_OPAQUE;
        draft->key_format = "serialized Java object";
        char *shown = ks_text_java_name(name, KS_JAVA_NAME_SHOWN);
        draft->comment = ks_asprintf("Java object of class %s", shown);
        free(shown);
    }
    draft->notes |= KS_NOTE_KEYREP_UNKNOWN | KS_NOTE_JAVA_FATAL;
}

void ks_jceks_protection(struct ks_slice stream, struct ks_buf *out)
{
    struct ks_java_object object;
    struct sealed sealed;
    struct ks_buf alg = KS_BUF_INIT;
    size_t used;

    if (!ks_java_read(stream, &object, &used) || !open_sealed(&object, &sealed))
        return;
    if (is_sun_sealed(&sealed)) {
        put_algorithm(&sealed, &alg);
        (void)ks_pbe_describe(ks_slice(alg.data, alg.len), out, NULL);
        ks_buf_free(&alg);
    } else {
        (void)ks_text_from_modified_utf8(sealed.algorithm, out);
    }
}

/* ---- inside ---- */

/* The two shapes that Java writes, and reads back: javax.crypto.spec.SecretKeySpec, and KeyRep,
 * which also stands for a password (PBEKey, com.sun.crypto.provider). */
static bool take_key(const struct ks_java_object *object, struct ks_material *out)
{
    struct ks_buf name = {.max = sizeof out->algorithm - 1};
    const char *field = "key";

    if (ks_java_is_class(object, "java.security.KeyRep"))
        field = "encoded";
    else if (!ks_java_is_class(object, "javax.crypto.spec.SecretKeySpec"))
        return false;
    (void)ks_text_from_modified_utf8(value_of(object, "algorithm", KS_JAVA_STRING), &name);
    OPENSSL_strlcpy(out->algorithm, ks_buf_text(&name), sizeof out->algorithm);
    ks_buf_free(&name);
    bool password = strncmp(out->algorithm, "PBE", 3) == 0;
    out->type = password ? KS_MATERIAL_PASSWORD : KS_MATERIAL_SECRET;
    struct ks_slice bytes = value_of(object, field, KS_JAVA_BYTES);
    out->bytes = ks_secret_new(bytes.data, bytes.len);
    return true;
}

static enum ks_code other_class(const struct ks_entry *entry, const struct ks_java_object *object,
                                struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;

    (void)ks_text_from_modified_utf8(object->classes[0], &name);
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
            "%.200s was decrypted, but not read: it is a Java object of class %.150s",
            entry->alias, ks_buf_text(&name));
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "only the program that wrote it knows how to read it");
}

/* One wrong password in 256 leaves a padding that looks right. */
static enum ks_code read_inside(const struct ks_entry *entry, struct ks_slice plain,
                                struct ks_material *out, struct ks_error *err)
{
    struct ks_java_object object;
    size_t used;

    if (!ks_java_read(plain, &object, &used) || object.class_count == 0)
        return ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
                       "not decrypted: the password does not fit");
    return take_key(&object, out) ? KS_OK : other_class(entry, &object, err);
}

static enum ks_code not_sealed(const struct ks_entry *entry, const struct ks_java_object *o,
                               struct ks_error *err)
{
    struct ks_slice name = o->class_count ? o->classes[0] : ks_slice_str("no class");

    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
            "%.200s cannot be unlocked: it is a Java object of %.*s, not a sealed key",
            entry->alias, (int)(name.len < 200 ? name.len : 200), (const char *)name.data);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "only the program that wrote it knows how to read it");
}

static enum ks_code other_seal(const struct ks_entry *entry, const struct sealed *s,
                               struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;

    (void)ks_text_from_modified_utf8(s->algorithm, &name);
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
            "%.200s cannot be unlocked: it is sealed with %.100s, not with " SEAL_ALGORITHM,
            entry->alias, name.len ? ks_buf_text(&name) : "an algorithm without a name");
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "only the program that wrote it knows how to read it");
}

enum ks_code ks_jceks_reveal(const struct ks_entry *entry, const struct ks_secret *password,
                             struct ks_job *job, struct ks_material *out, struct ks_error *err)
{
    struct ks_java_object object;
    struct sealed sealed;
    struct ks_buf alg = KS_BUF_INIT;
    struct ks_secret *plain = NULL;
    size_t used;

    if (!ks_java_read(entry->key, &object, &used) || !open_sealed(&object, &sealed))
        return not_sealed(entry, &object, err);
    if (!is_sun_sealed(&sealed))
        return other_seal(entry, &sealed, err);
    put_algorithm(&sealed, &alg);
    enum ks_code rc = ks_pbe_decrypt(ks_slice(alg.data, alg.len), sealed.content, password,
                                     KS_EMPTY_BMP, job, &plain, err);
    ks_buf_free(&alg);
    if (rc == KS_OK)
        rc = read_inside(entry, ks_secret_bytes(plain), out, err);
    ks_secret_free(plain);
    return rc;
}

/* ---- the format ---- */

static int sniff(struct ks_slice head, uint64_t size)
{
    (void)size;
    return ks_jks_bid(head, KS_JCEKS_MAGIC);
}

const struct ks_format ks_format_jceks = {
    .name = "JCEKS",
    .summary = "Java keystore that also holds secret keys and passwords",
    .caps = KS_CAP_STORE | KS_CAP_PASSWORD | KS_CAP_LIST_UNLOCKED | KS_CAP_ENTRY_PASSWORD |
            KS_CAP_WRITE | KS_CAP_FOLDS | KS_CAP_DATES | KS_CAP_MUST_PASSWORD | KS_CAP_SECRETS |
            KS_CAP_KEY_NEEDS_CERT | KS_CAP_SEALED,
    .sniff = sniff,
    .looks = ks_jks_looks,
    .load = ks_jks_load,
    .reveal = ks_jks_reveal,
    .seal = ks_jceks_seal,
    .save = ks_jks_save,
    .refuses = ks_jceks_refuses,
    .protection = ks_jks_protection,
};
