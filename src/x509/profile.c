#include "x509/profile.h"

#include "x509/alt_names.h"
#include "x509/der.h"
#include "x509/oid.h"

#include "base/alloc.h"
#include "base/index.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OTHERS 100 /* extensions that are taken over as they are */

const struct ks_usage_word ks_key_usages[] = {
    {"digitalSignature", "digitalSignature", NULL},
    {"nonRepudiation", "nonRepudiation", NULL},
    {"keyEncipherment", "keyEncipherment", NULL},
    {"dataEncipherment", "dataEncipherment", NULL},
    {"keyAgreement", "keyAgreement", NULL},
    {"keyCertSign", "keyCertSign", NULL},
    {"cRLSign", "cRLSign", NULL},
    {"encipherOnly", "encipherOnly", NULL},
    {"decipherOnly", "decipherOnly", NULL},
    {0},
};

const struct ks_usage_word ks_extended_usages[] = {
    {"serverAuth", "serverAuth", "1.3.6.1.5.5.7.3.1"},
    {"clientAuth", "clientAuth", "1.3.6.1.5.5.7.3.2"},
    {"codeSigning", "codeSigning", "1.3.6.1.5.5.7.3.3"},
    {"emailProtection", "emailProtection", "1.3.6.1.5.5.7.3.4"},
    {"timeStamping", "timeStamping", "1.3.6.1.5.5.7.3.8"},
    {"OCSPSigning", "OCSPSigning", "1.3.6.1.5.5.7.3.9"},
    {"anyExtendedKeyUsage", "anyExtendedKeyUsage", "2.5.29.37.0"},
    {0},
};

/* ---- life ---- */

static void drop_strings(char **strings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(strings[i]);
    free(strings);
}

static char **copy_strings(char *const *strings, size_t count)
{
    char **copy = count ? ks_alloc_array(count, sizeof *copy) : NULL;
    for (size_t i = 0; i < count; i++)
        copy[i] = ks_strdup(strings[i]);
    return copy;
}

/* Takes over `text`. */
static void add_string(char ***strings, size_t *count, char *text)
{
    *strings = ks_realloc(*strings, (*count + 1) * sizeof **strings);
    (*strings)[(*count)++] = text;
}

static bool has_string(char *const *strings, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(strings[i], text) == 0)
            return true;
    return false;
}

void ks_profile_drop(struct ks_profile *profile)
{
    drop_strings(profile->oids, profile->oid_count);
    drop_strings(profile->names, profile->name_count);
    ks_buf_free(&profile->others);
    *profile = (struct ks_profile){0};
}

void ks_profile_copy(const struct ks_profile *from, struct ks_profile *to)
{
    *to = *from;
    to->oids = copy_strings(from->oids, from->oid_count);
    to->names = copy_strings(from->names, from->name_count);
    to->others = (struct ks_buf)KS_BUF_INIT;
    ks_buf_append(&to->others, from->others.data, from->others.len);
}

/* ---- templates ---- */

#define SIGNATURE KS_USAGE_DIGITAL_SIGNATURE
#define ENCIPHERMENT KS_USAGE_KEY_ENCIPHERMENT
#define ISSUING (KS_USAGE_KEY_CERT_SIGN | KS_USAGE_CRL_SIGN)
#define BOTH (KS_EXTENDED_SERVER | KS_EXTENDED_CLIENT)

const struct ks_template ks_templates[] = {
    /* clang-format off */
    {"server",        "TLS server",            SIGNATURE | ENCIPHERMENT, KS_EXTENDED_SERVER, true,  false, -1},
    {"client",        "TLS client",            SIGNATURE,                KS_EXTENDED_CLIENT, true,  false, -1},
    {"server+client", "TLS server and client", SIGNATURE | ENCIPHERMENT, BOTH,               true,  false, -1},
    {"code",          "code signing",          SIGNATURE,                KS_EXTENDED_CODE,   true,  false, -1},
    {"ca",            "internal CA",           ISSUING,                  0,                  true,  true,  -1},
    {"none",          "custom",                0,                        0,                  false, false, -1},
    {0},
    /* clang-format on */
};

const struct ks_template *ks_template_named(const char *word)
{
    for (const struct ks_template *t = ks_templates; t->word; t++)
        if (OPENSSL_strcasecmp(t->word, word) == 0)
            return t;
    return NULL;
}

/* Of the keys that sign, only RSA's can encipher another key (RFC 8813 3, RFC 8410 5, RFC
 * 4055 1.2). */
static unsigned usage_for(const struct ks_template *from, enum ks_key_alg key)
{
    bool enciphers = key == KS_KEY_RSA || key == KS_KEY_UNKNOWN;
    return enciphers ? from->usage : from->usage & ~(unsigned)ENCIPHERMENT;
}

void ks_profile_from_template(struct ks_profile *profile, const struct ks_template *from,
                              enum ks_key_alg key)
{
    drop_strings(profile->oids, profile->oid_count);
    profile->oids = NULL;
    profile->oid_count = 0;
    profile->usage = usage_for(from, key);
    profile->extended = from->extended;
    profile->basic = from->basic;
    profile->ca = from->ca;
    profile->path_len = from->path_len;
}

static size_t count_bits(unsigned bits)
{
    size_t count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/* -1 unless it is a CA's. */
static int path_len_of(bool ca, int path_len)
{
    return ca && path_len >= 0 ? path_len : -1;
}

size_t ks_profile_changes(const struct ks_profile *profile, const struct ks_template *from,
                          enum ks_key_alg key)
{
    size_t changes = count_bits(profile->usage ^ usage_for(from, key)) +
                     count_bits(profile->extended ^ from->extended) + profile->oid_count;
    if (profile->basic != from->basic || profile->ca != from->ca)
        changes++;
    if (path_len_of(profile->ca, profile->path_len) != path_len_of(from->ca, from->path_len))
        changes++;
    return changes;
}

/* ---- which extension is what ---- */

enum part { PART_USAGE, PART_EXTENDED, PART_BASIC, PART_NAMES, PART_OF_ONE, PART_OF_ISSUER };

static const struct {
    const char *oid; /* contents octets */
    size_t len;
    enum part part;
} parts[] = {
    {"\x55\x1d\x0f", 3, PART_USAGE},
    {"\x55\x1d\x25", 3, PART_EXTENDED},
    {"\x55\x1d\x13", 3, PART_BASIC},
    {"\x55\x1d\x11", 3, PART_NAMES},
    {"\x55\x1d\x0e", 3, PART_OF_ONE},                              /* subjectKeyIdentifier */
    {"\x55\x1d\x23", 3, PART_OF_ONE},                              /* authorityKeyIdentifier */
    {"\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02", 10, PART_OF_ONE}, /* sctList */
    {"\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03", 10, PART_OF_ONE}, /* ctPoison */
    {"\x2b\x06\x01\x05\x05\x07\x01\x01", 8, PART_OF_ISSUER},       /* authorityInfoAccess */
    {"\x55\x1d\x1f", 3, PART_OF_ISSUER},                           /* cRLDistributionPoints */
    {"\x55\x1d\x2e", 3, PART_OF_ISSUER},                           /* freshestCRL */
    {"\x55\x1d\x12", 3, PART_OF_ISSUER},                           /* issuerAltName */
    {"\x55\x1d\x20", 3, PART_OF_ISSUER},                           /* certificatePolicies */
    {"\x55\x1d\x21", 3, PART_OF_ISSUER},                           /* policyMappings */
    {"\x55\x1d\x24", 3, PART_OF_ISSUER},                           /* policyConstraints */
    {"\x55\x1d\x36", 3, PART_OF_ISSUER},                           /* inhibitAnyPolicy */
};

#define PARTS (sizeof parts / sizeof parts[0])

static size_t part_of(struct ks_slice oid)
{
    size_t i = 0;
    while (i < PARTS && !ks_der_oid_is(oid, parts[i].oid, parts[i].len))
        i++;
    return i;
}

/* ---- from extensions ---- */

static bool one_sequence(struct ks_slice value, struct ks_slice *body)
{
    struct ks_tlv sequence;
    if (!ks_der_expect(&value, KS_DER_SEQUENCE, &sequence) || value.len > 0)
        return false;
    *body = sequence.body;
    return true;
}

static bool read_usage(struct ks_slice value, struct ks_profile *out)
{
    struct ks_tlv bits;
    unsigned usage = 0;
    if (!ks_der_expect(&value, KS_DER_BIT_STRING, &bits) || value.len > 0 || bits.body.len < 2 ||
        bits.body.data[0] > 7)
        return false;
    for (size_t i = 0; i < (bits.body.len - 1) * 8; i++) {
        if (!(bits.body.data[1 + i / 8] & 0x80 >> i % 8))
            continue;
        if (i >= KS_KEY_USAGE_COUNT)
            return false;
        usage |= 1u << i;
    }
    out->usage = usage;
    return usage != 0;
}

static unsigned extended_bit(const char *dotted)
{
    for (unsigned i = 0; ks_extended_usages[i].name; i++)
        if (strcmp(ks_extended_usages[i].oid, dotted) == 0)
            return 1u << i;
    return 0;
}

/* False when there is no room. */
static bool add_extended_oid(struct ks_profile *profile, const char *dotted)
{
    unsigned bit = extended_bit(dotted);
    profile->extended |= bit;
    if (bit || has_string(profile->oids, profile->oid_count, dotted))
        return true;
    if (profile->oid_count == KS_EXTENDED_OIDS_MAX)
        return false;
    add_string(&profile->oids, &profile->oid_count, ks_strdup(dotted));
    return true;
}

static bool read_extended(struct ks_slice value, struct ks_profile *out)
{
    struct ks_slice list;
    struct ks_tlv oid;
    bool good = one_sequence(value, &list) && list.len > 0;
    while (good && list.len > 0) {
        struct ks_buf dotted = KS_BUF_INIT;
        good = ks_der_expect(&list, KS_DER_OID, &oid);
        if (good)
            ks_oid_dotted(oid.body, &dotted);
        good = good && ks_oid_check(ks_buf_text(&dotted), NULL) == KS_OK &&
               add_extended_oid(out, ks_buf_text(&dotted));
        ks_buf_free(&dotted);
    }
    if (good)
        return true;
    drop_strings(out->oids, out->oid_count);
    out->oids = NULL;
    out->oid_count = 0;
    out->extended = 0;
    return false;
}

static bool read_basic(struct ks_slice value, struct ks_profile *out)
{
    struct ks_slice body;
    struct ks_tlv flag;
    uint64_t path_len = 0;
    if (!one_sequence(value, &body))
        return false;
    bool ca =
        ks_der_expect(&body, KS_DER_BOOLEAN, &flag) && flag.body.len == 1 && flag.body.data[0];
    bool limited = body.len > 0;
    if (limited && (!ca || !ks_der_uint(&body, &path_len) || body.len > 0 || path_len > INT_MAX))
        return false;
    out->basic = true;
    out->ca = ca;
    out->path_len = limited ? (int)path_len : -1;
    return true;
}

static bool read_names(struct ks_slice value, struct ks_profile *out)
{
    struct ks_slice list;
    struct ks_tlv name;
    bool good = ks_ber_is_der(value) && one_sequence(value, &list) && list.len > 0;
    while (good && list.len > 0 && out->name_count < KS_ALT_NAMES_MAX) {
        struct ks_buf line = KS_BUF_INIT;
        good = ks_der_next(&list, &name);
        if (good)
            ks_alt_name_line(name.whole, &line);
        good = good && ks_alt_name_check(ks_buf_text(&line), NULL, NULL) == KS_OK;
        add_string(&out->names, &out->name_count, ks_buf_steal(&line));
    }
    if (good && list.len == 0)
        return true;
    drop_strings(out->names, out->name_count);
    out->names = NULL;
    out->name_count = 0;
    return false;
}

struct reading {
    struct ks_profile *out;
    struct ks_index seen; /* of extensions, by their OID */
    size_t place;
    bool taken; /* nothing of it is left for `others` */
};

/* RFC 5280 4.2: not more than one of a kind; readers differ in which of two counts. */
static bool is_repeated(struct reading *r, struct ks_slice oid)
{
    if (ks_index_first(&r->seen, oid) != KS_NOWHERE)
        return true;
    ks_index_add(&r->seen, oid, r->place);
    return false;
}

static bool read_part(void *ctx, const struct ks_ext *ext)
{
    static bool (*const readers[])(struct ks_slice value, struct ks_profile * out) = {
        [PART_USAGE] = read_usage,
        [PART_EXTENDED] = read_extended,
        [PART_BASIC] = read_basic,
        [PART_NAMES] = read_names,
    };
    struct reading *r = ctx;
    size_t i = part_of(ext->oid);
    if (is_repeated(r, ext->oid)) {
        r->taken = true;
        r->out->repeated++;
    } else if (i < PARTS && parts[i].part == PART_OF_ONE) {
        r->taken = true;
    } else if (i < PARTS && parts[i].part != PART_OF_ISSUER) {
        r->taken = readers[parts[i].part](ext->value, r->out);
    }
    return false;
}

static size_t count_parts(struct ks_slice exts)
{
    struct ks_tlv ext;
    size_t count = 0;
    while (ks_ber_next(&exts, &ext))
        count++;
    return count;
}

void ks_profile_read(struct ks_slice exts, struct ks_profile *out)
{
    struct ks_tlv ext;
    *out = (struct ks_profile){.path_len = -1};
    struct reading r = {.out = out, .seen = ks_index_new(count_parts(exts))};
    for (; ks_ber_next(&exts, &ext); r.place++) {
        r.taken = false;
        ks_ext_each(ext.whole, read_part, &r);
        if (!r.taken)
            (void)ks_ber_to_der(ext.whole, &out->others);
    }
    ks_index_drop(&r.seen);
}

/* ---- to extensions ---- */

static void put_extension(const char *oid, size_t oid_len, bool critical, struct ks_slice value,
                          struct ks_buf *out)
{
    struct ks_buf body = KS_BUF_INIT;
    ks_der_put(&body, KS_DER_OID, ks_slice(oid, oid_len));
    if (critical)
        ks_der_put(&body, KS_DER_BOOLEAN, ks_slice("\xff", 1));
    ks_der_put(&body, KS_DER_OCTET_STRING, value);
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&body);
}

static void put_part(enum part part, bool critical, const struct ks_buf *value, struct ks_buf *out)
{
    put_extension(parts[part].oid, parts[part].len, critical, ks_slice(value->data, value->len),
                  out);
}

static void put_key_id(struct ks_slice spki, struct ks_buf *out)
{
    uint8_t id[20];
    struct ks_buf value = KS_BUF_INIT;
    ks_spki_key_id(spki, id);
    ks_der_put(&value, KS_DER_OCTET_STRING, ks_slice(id, sizeof id));
    put_extension("\x55\x1d\x0e", 3, false, ks_slice(value.data, value.len), out);
    ks_buf_free(&value);
}

static void put_issuer_key_id(struct ks_slice id, struct ks_buf *out)
{
    struct ks_buf field = KS_BUF_INIT, value = KS_BUF_INIT;
    ks_der_put(&field, KS_DER_CONTEXT(0), id);
    ks_der_put(&value, KS_DER_SEQUENCE, ks_slice(field.data, field.len));
    put_extension("\x55\x1d\x23", 3, false, ks_slice(value.data, value.len), out);
    ks_buf_free(&field);
    ks_buf_free(&value);
}

/* X.690 11.2.2: no zero bits behind the last one. RFC 5280 4.2.1.3: critical. */
static void put_usage(unsigned usage, struct ks_buf *out)
{
    uint8_t bits[3] = {0};
    unsigned last = 0;
    struct ks_buf value = KS_BUF_INIT;
    for (unsigned i = 0; i < KS_KEY_USAGE_COUNT; i++) {
        if (!(usage & 1u << i))
            continue;
        bits[1 + i / 8] |= (uint8_t)(0x80 >> i % 8);
        last = i;
    }
    bits[0] = (uint8_t)(7 - last % 8);
    ks_der_put(&value, KS_DER_BIT_STRING, ks_slice(bits, 2 + last / 8));
    put_part(PART_USAGE, true, &value, out);
    ks_buf_free(&value);
}

static enum ks_code put_oid(const char *dotted, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf oid = KS_BUF_INIT;
    enum ks_code code = ks_oid_check(dotted, err);
    if (code == KS_OK && ks_oid_parse(dotted, &oid))
        ks_der_put(out, KS_DER_OID, ks_slice(oid.data, oid.len));
    ks_buf_free(&oid);
    return code;
}

/* RFC 3161 2.3: critical where time stamping is the only purpose, which it has to be. */
static enum ks_code put_extended(const struct ks_profile *p, struct ks_buf *out,
                                 struct ks_error *err)
{
    struct ks_buf list = KS_BUF_INIT, value = KS_BUF_INIT;
    enum ks_code code = KS_OK;
    for (size_t i = 0; ks_extended_usages[i].name && code == KS_OK; i++)
        if (p->extended & 1u << i)
            code = put_oid(ks_extended_usages[i].oid, &list, err);
    for (size_t i = 0; i < p->oid_count && code == KS_OK; i++)
        code = put_oid(p->oids[i], &list, err);
    ks_der_put(&value, KS_DER_SEQUENCE, ks_slice(list.data, list.len));
    bool stamping = p->extended == KS_EXTENDED_TIME_STAMPING && p->oid_count == 0;
    if (code == KS_OK)
        put_part(PART_EXTENDED, stamping, &value, out);
    ks_buf_free(&list);
    ks_buf_free(&value);
    return code;
}

/* X.690 8.3.2: no more octets than it takes, and a sign bit of 0. */
static void put_number(int number, struct ks_buf *out)
{
    uint8_t bytes[4];
    size_t len = 1;
    while (len < sizeof bytes && number >> (8 * len - 1))
        len++;
    for (size_t i = 0; i < len; i++)
        bytes[len - 1 - i] = (uint8_t)(number >> 8 * i);
    ks_der_put(out, KS_DER_INTEGER, ks_slice(bytes, len));
}

static void put_basic(const struct ks_profile *p, struct ks_buf *out)
{
    struct ks_buf body = KS_BUF_INIT, value = KS_BUF_INIT;
    int path_len = path_len_of(p->ca, p->path_len);
    if (p->ca)
        ks_der_put(&body, KS_DER_BOOLEAN, ks_slice("\xff", 1));
    if (path_len >= 0)
        put_number(path_len, &body);
    ks_der_put(&value, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    put_part(PART_BASIC, true, &value, out);
    ks_buf_free(&body);
    ks_buf_free(&value);
}

static enum ks_code put_names(const struct ks_profile *p, bool critical, struct ks_buf *out,
                              struct ks_error *err)
{
    struct ks_buf value = KS_BUF_INIT;
    enum ks_code code = ks_alt_names_put((const char *const *)p->names, p->name_count, &value, err);
    if (code == KS_OK && value.len > 0)
        put_part(PART_NAMES, critical, &value, out);
    ks_buf_free(&value);
    return code;
}

static unsigned parts_told(const struct ks_profile *p)
{
    return (p->usage ? 1u << PART_USAGE : 0) |
           (p->extended || p->oid_count ? 1u << PART_EXTENDED : 0) |
           (p->basic || p->ca ? 1u << PART_BASIC : 0) | (p->name_count ? 1u << PART_NAMES : 0);
}

/* What an extension of `others` is. */
struct other {
    bool readable;
    size_t row; /* of parts; PARTS: none of these */
    struct ks_slice oid;
};

static bool take_other(void *ctx, const struct ks_ext *ext)
{
    *(struct other *)ctx =
        (struct other){.readable = true, .row = part_of(ext->oid), .oid = ext->oid};
    return false;
}

static struct other other_of(struct ks_slice ext)
{
    struct other other = {.row = PARTS};
    ks_ext_each(ext, take_other, &other);
    return other;
}

static bool is_in(const struct other *other, unsigned parts_left_out)
{
    return other->row < PARTS && parts_left_out & 1u << parts[other->row].part;
}

#define PARTS_WITH_FIELDS                                                                          \
    (1u << PART_USAGE | 1u << PART_EXTENDED | 1u << PART_BASIC | 1u << PART_NAMES)

static enum ks_code refuse_other(const struct other *other, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    if (other->readable)
        ks_oid_text(other->oid, &name);
    if (is_in(other, 1u << PART_NAMES))
        ks_fail(err, KS_ERR_REFUSED, "extension-unread",
                "the alternative names are not taken over: they are malformed, or more than %d",
                KS_ALT_NAMES_MAX);
    else
        ks_fail(err, KS_ERR_REFUSED, "extension-unread",
                "%.100s is not taken over: it is malformed, or says what is not known here",
                other->readable ? ks_buf_text(&name) : "an extension");
    ks_buf_free(&name);
    return ks_fail_next(err, KS_ERR_REFUSED, "say anew what it is to be, and take nothing over");
}

/* What a field would tell if it could be read must not slip through as it is: it might be another
 * way to say CA:TRUE. */
static enum ks_code put_others(struct ks_slice others, unsigned told, struct ks_buf *out,
                               struct ks_error *err)
{
    struct ks_tlv ext;
    size_t count = 0;
    while (ks_der_next(&others, &ext)) {
        struct other other = other_of(ext.whole);
        if (is_in(&other, told | 1u << PART_OF_ONE))
            continue;
        if (!other.readable || is_in(&other, PARTS_WITH_FIELDS))
            return refuse_other(&other, err);
        if (++count > MAX_OTHERS)
            return ks_fail(err, KS_ERR_REFUSED, "extension-unread",
                           "more than %d extensions are to be taken over as they are", MAX_OTHERS);
        ks_buf_slice(out, ext.whole);
    }
    return KS_OK;
}

void ks_profile_forget_issuer(struct ks_profile *profile)
{
    struct ks_slice others = ks_slice(profile->others.data, profile->others.len);
    struct ks_buf kept = KS_BUF_INIT;
    struct ks_tlv ext;
    while (ks_der_next(&others, &ext)) {
        struct other other = other_of(ext.whole);
        if (!is_in(&other, 1u << PART_OF_ISSUER))
            ks_buf_slice(&kept, ext.whole);
    }
    ks_buf_free(&profile->others);
    profile->others = kept;
}

enum ks_code ks_profile_put(const struct ks_profile *profile, struct ks_slice spki,
                            struct ks_slice issuer_key_id, bool subject_empty, struct ks_buf *out,
                            struct ks_error *err)
{
    struct ks_buf exts = KS_BUF_INIT;
    unsigned told = parts_told(profile);
    enum ks_code code = KS_OK;
    if (spki.data)
        put_key_id(spki, &exts);
    if (issuer_key_id.len)
        put_issuer_key_id(issuer_key_id, &exts);
    if (told & 1u << PART_BASIC)
        put_basic(profile, &exts);
    if (told & 1u << PART_USAGE)
        put_usage(profile->usage, &exts);
    if (told & 1u << PART_EXTENDED)
        code = put_extended(profile, &exts, err);
    if (code == KS_OK && told & 1u << PART_NAMES)
        code = put_names(profile, subject_empty, &exts, err);
    if (code == KS_OK)
        code = put_others(ks_slice(profile->others.data, profile->others.len), told, &exts, err);
    if (code == KS_OK)
        ks_buf_append(out, exts.data, exts.len);
    ks_buf_free(&exts);
    return code;
}

/* ---- editing ---- */

enum ks_code ks_oid_check(const char *dotted, struct ks_error *err)
{
    struct ks_buf oid = KS_BUF_INIT;
    bool good = strlen(dotted) < 256 && ks_oid_parse(dotted, &oid);
    ks_buf_free(&oid);
    return good ? KS_OK
                : ks_fail(err, KS_ERR_USAGE, "oid",
                          "'%.60s' is no OID, which is numbers with dots, as in 1.3.6.1.4.1.311",
                          dotted);
}

static enum ks_code refuse_extended(const char *word, struct ks_error *err)
{
    struct ks_buf words = KS_BUF_INIT;
    for (size_t i = 0; ks_extended_usages[i].name; i++)
        ks_buf_printf(&words, "%s, ", ks_extended_usages[i].name);
    enum ks_code code =
        ks_fail(err, KS_ERR_USAGE, "usage", "'%.60s' is no extended key usage", word);
    (void)ks_fail_next(err, code, "use %sor an OID", ks_buf_text(&words));
    ks_buf_free(&words);
    return code;
}

enum ks_code ks_profile_add_extended(struct ks_profile *profile, const char *word,
                                     struct ks_error *err)
{
    for (unsigned i = 0; ks_extended_usages[i].name; i++) {
        if (OPENSSL_strcasecmp(ks_extended_usages[i].name, word) == 0) {
            profile->extended |= 1u << i;
            return KS_OK;
        }
    }
    if (ks_oid_check(word, NULL) != KS_OK)
        return refuse_extended(word, err);
    if (!add_extended_oid(profile, word))
        return ks_fail(err, KS_ERR_USAGE, "usage", "more than %d extended key usages by OID",
                       KS_EXTENDED_OIDS_MAX);
    return KS_OK;
}

enum ks_code ks_profile_add_name(struct ks_profile *profile, const char *line, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    enum ks_code code = ks_alt_name_check(line, &name, err);
    bool known = has_string(profile->names, profile->name_count, ks_buf_text(&name));
    if (code == KS_OK && !known && profile->name_count == KS_ALT_NAMES_MAX)
        code = ks_fail(err, KS_ERR_USAGE, "alt-name", "more than %d names", KS_ALT_NAMES_MAX);
    if (code == KS_OK && !known)
        add_string(&profile->names, &profile->name_count, ks_buf_steal(&name));
    ks_buf_free(&name);
    return code;
}

/* ---- words ---- */

static void add_word(struct ks_buf *text, const char *word)
{
    ks_buf_printf(text, "%s%s", text->len ? ", " : "", word);
}

static void add_oid(struct ks_buf *text, const char *dotted)
{
    struct ks_buf oid = KS_BUF_INIT, name = KS_BUF_INIT;
    if (ks_oid_parse(dotted, &oid))
        ks_oid_text(ks_slice(oid.data, oid.len), &name);
    add_word(text, name.len ? ks_buf_text(&name) : dotted);
    ks_buf_free(&oid);
    ks_buf_free(&name);
}

static void add_bits(struct ks_buf *text, const struct ks_usage_word *words, unsigned bits)
{
    for (unsigned i = 0; words[i].name; i++)
        if (bits & 1u << i)
            add_word(text, words[i].name);
}

static bool add_extension(void *ctx, const struct ks_ext *ext)
{
    struct ks_buf name = KS_BUF_INIT;
    ks_oid_text(ext->oid, &name);
    add_word(ctx, ks_buf_text(&name));
    ks_buf_free(&name);
    return true;
}

static void basic_words(const struct ks_profile *profile, struct ks_buf *text)
{
    int path_len = path_len_of(profile->ca, profile->path_len);
    if (profile->basic || profile->ca)
        ks_buf_str(text, profile->ca ? "yes" : "no");
    if (path_len >= 0)
        ks_buf_printf(text, ", path length %d", path_len);
}

void ks_profile_words(const struct ks_profile *profile,
                      void (*each)(void *ctx, const char *label, const char *text), void *ctx)
{
    static const char *const labels[] = {"Names", "Key usage", "Extended", "CA", "Also"};
    struct ks_buf texts[sizeof labels / sizeof labels[0]] = {0};
    for (size_t i = 0; i < profile->name_count; i++)
        add_word(&texts[0], profile->names[i]);
    add_bits(&texts[1], ks_key_usages, profile->usage);
    add_bits(&texts[2], ks_extended_usages, profile->extended);
    for (size_t i = 0; i < profile->oid_count; i++)
        add_oid(&texts[2], profile->oids[i]);
    basic_words(profile, &texts[3]);
    ks_ext_each(ks_slice(profile->others.data, profile->others.len), add_extension, &texts[4]);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (texts[i].len)
            each(ctx, labels[i], ks_buf_text(&texts[i]));
        ks_buf_free(&texts[i]);
    }
}
