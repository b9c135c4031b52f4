/* Extensions of other RFCs: 3739 and ETSI EN 319 412-5, 6962, 7633, 8551. */
#include "x509/ext.h"

#include "x509/oid.h"
#include "x509/parts.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- TLS feature, RFC 7633: the TLS extensions that the server has to offer ---- */

bool ks_ext_tls_feature(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    uint64_t feature;
    if (!ks_ext_sequence(value, &body))
        return false;
    for (bool first = true; ks_der_uint(&body, &feature); first = false) {
        if (!first)
            ks_buf_str(out, ", ");
        if (feature == 5)
            ks_buf_str(out, "status_request (OCSP must-staple)");
        else if (feature == 17)
            ks_buf_str(out, "status_request_v2");
        else
            ks_buf_printf(out, "TLS extension %llu", (unsigned long long)feature);
    }
    return body.len == 0;
}

/* ---- S/MIME capabilities, RFC 8551 2.5.2: SEQUENCE OF { OID, parameters } ---- */

static bool smime_capability(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv oid;
    if (!ks_der_expect(&body, KS_DER_OID, &oid))
        return false;
    ks_oid_text(oid.body, out);
    if (ks_der_peek(body) == KS_DER_INTEGER) { /* key bits of RC2 and RC4 */
        ks_buf_byte(out, ' ');
        if (!ks_put_integer(&body, out))
            return false;
        ks_buf_str(out, " bits");
    } else if (body.len > 0 && ks_der_peek(body) != KS_DER_NULL) {
        ks_buf_str(out, " #");
        ks_text_hex(body, '\0', false, out);
    }
    ks_buf_byte(out, '\n');
    return true;
}

bool ks_ext_smime(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv capability;
    if (!ks_ext_sequence(value, &body))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &capability)) {
        if (!smime_capability(capability.body, out))
            return false;
    }
    return body.len == 0;
}

/* ---- biometric information, RFC 3739 3.2.5 ---- */

static bool biometric_type(struct ks_slice *in, struct ks_buf *out)
{
    static const char *const types[] = {"picture", "handwritten signature"};
    struct ks_tlv oid;
    uint64_t number;
    if (ks_der_expect(in, KS_DER_OID, &oid)) {
        ks_put_oid(oid.body, out);
        return true;
    }
    if (!ks_der_uint(in, &number))
        return false;
    if (number < COUNT(types))
        ks_buf_str(out, types[number]);
    else
        ks_buf_printf(out, "type %llu", (unsigned long long)number);
    return true;
}

static bool biometric_data(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv alg, oid, hash, uri;
    if (!biometric_type(&body, out) || !ks_der_expect(&body, KS_DER_SEQUENCE, &alg) ||
        !ks_der_expect(&alg.body, KS_DER_OID, &oid) ||
        !ks_der_expect(&body, KS_DER_OCTET_STRING, &hash))
        return false;
    ks_buf_byte(out, ' ');
    ks_oid_text(oid.body, out);
    ks_buf_byte(out, ' ');
    ks_put_hex(hash.body, out);
    if (ks_der_next(&body, &uri)) {
        ks_buf_str(out, "\n  uri:");
        ks_put_string(&uri, out);
    }
    ks_buf_byte(out, '\n');
    return body.len == 0;
}

bool ks_ext_biometric(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv data;
    if (!ks_ext_sequence(value, &body))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &data)) {
        if (!biometric_data(data.body, out))
            return false;
    }
    return body.len == 0;
}

/* ---- qualified certificate statements ---- */

bool ks_put_amount(struct ks_slice *in, struct ks_buf *out)
{
    struct ks_tlv amount, currency;
    if (!ks_der_expect(in, KS_DER_SEQUENCE, &amount))
        return false;
    if (ks_der_peek(amount.body) == KS_DER_INTEGER) { /* ISO 4217 number */
        ks_buf_str(out, "currency ");
        if (!ks_put_integer(&amount.body, out))
            return false;
    } else if (!ks_der_next(&amount.body, &currency) || !ks_put_string(&currency, out)) {
        return false;
    }
    ks_buf_byte(out, ' ');
    if (!ks_put_integer(&amount.body, out))
        return false;
    ks_buf_str(out, " * 10^");
    return ks_put_integer(&amount.body, out) && amount.body.len == 0;
}

static bool limit_value(struct ks_slice info, struct ks_buf *out)
{
    ks_buf_str(out, " at most ");
    return ks_put_amount(&info, out) && info.len == 0;
}

static bool retention_period(struct ks_slice info, struct ks_buf *out)
{
    ks_buf_byte(out, ' ');
    bool good = ks_put_integer(&info, out) && info.len == 0;
    ks_buf_str(out, " years after expiry");
    return good;
}

/* SEQUENCE OF { url, language } */
static bool disclosure_statements(struct ks_slice info, struct ks_buf *out)
{
    struct ks_slice list;
    struct ks_tlv location, url, language;
    if (!ks_ext_sequence(info, &list))
        return false;
    while (ks_der_expect(&list, KS_DER_SEQUENCE, &location)) {
        if (!ks_der_next(&location.body, &url) || !ks_der_next(&location.body, &language))
            return false;
        ks_buf_str(out, "\n  uri:");
        ks_put_string(&url, out);
        ks_buf_str(out, " (");
        ks_put_string(&language, out);
        ks_buf_byte(out, ')');
    }
    return list.len == 0;
}

static bool certificate_types(struct ks_slice info, struct ks_buf *out)
{
    ks_buf_byte(out, ' ');
    return ks_ext_oids(info, out);
}

static bool countries(struct ks_slice info, struct ks_buf *out)
{
    struct ks_slice list;
    struct ks_tlv country;
    if (!ks_ext_sequence(info, &list))
        return false;
    while (ks_der_next(&list, &country)) {
        ks_buf_byte(out, ' ');
        ks_put_string(&country, out);
    }
    return list.len == 0;
}

/* SemanticsInformation ::= SEQUENCE { OID OPTIONAL, SEQUENCE OF GeneralName OPTIONAL } */
static bool semantics(struct ks_slice info, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv part;
    if (info.len == 0)
        return true;
    if (!ks_ext_sequence(info, &body))
        return false;
    if (ks_der_expect(&body, KS_DER_OID, &part)) {
        ks_buf_byte(out, ' ');
        ks_put_oid(part.body, out);
    }
    if (ks_der_expect(&body, KS_DER_SEQUENCE, &part)) {
        ks_buf_byte(out, '\n');
        if (!ks_put_general_names(part.body, "  registered by ", out))
            return false;
    }
    return body.len == 0;
}

/* PSD2QcType: SEQUENCE { roles SEQUENCE OF { OID, name }, authority name, authority id } */
static bool payment_service(struct ks_slice info, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv roles, role, name;
    if (!ks_ext_sequence(info, &body) || !ks_der_expect(&body, KS_DER_SEQUENCE, &roles))
        return false;
    while (ks_der_expect(&roles.body, KS_DER_SEQUENCE, &role)) {
        if (!ks_der_skip(&role.body, KS_DER_OID) || !ks_der_next(&role.body, &name))
            return false;
        ks_buf_byte(out, ' ');
        ks_put_string(&name, out);
    }
    while (ks_der_next(&body, &name)) {
        ks_buf_str(out, "\n  authority ");
        ks_put_string(&name, out);
    }
    return body.len == 0;
}

static const struct {
    const char *oid;
    const char *meaning;
    ks_ext_decoder *info; /* NULL: none is expected */
} statements[] = {
    {"0.4.0.1862.1.1", " (EU qualified certificate)", NULL},
    {"0.4.0.1862.1.2", "", limit_value},
    {"0.4.0.1862.1.3", "", retention_period},
    {"0.4.0.1862.1.4", " (key in a qualified device)", NULL},
    {"0.4.0.1862.1.5", "", disclosure_statements},
    {"0.4.0.1862.1.6", "", certificate_types},
    {"0.4.0.1862.1.7", "", countries},
    {"1.3.6.1.5.5.7.11.1", "", semantics},
    {"1.3.6.1.5.5.7.11.2", "", semantics},
    {"0.4.0.19495.2", "", payment_service},
};

static bool statement_info(struct ks_slice oid, struct ks_slice info, struct ks_buf *out)
{
    struct ks_buf dotted = KS_BUF_INIT;
    ks_oid_dotted(oid, &dotted);
    size_t i = 0;
    while (i < COUNT(statements) && strcmp(statements[i].oid, ks_buf_text(&dotted)) != 0)
        i++;
    ks_buf_free(&dotted);
    if (i < COUNT(statements)) {
        ks_buf_str(out, statements[i].meaning);
        if (statements[i].info)
            return statements[i].info(info, out);
    }
    if (info.len > 0) {
        ks_buf_str(out, " #");
        ks_text_hex(info, '\0', false, out);
    }
    return true;
}

bool ks_ext_qc_statements(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv statement, id;
    if (!ks_ext_sequence(value, &body))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &statement)) {
        if (!ks_der_expect(&statement.body, KS_DER_OID, &id))
            return false;
        ks_oid_text(id.body, out);
        if (!statement_info(id.body, statement.body, out))
            return false;
        ks_ext_end_line(0, out);
        ks_buf_byte(out, '\n');
    }
    return body.len == 0;
}

/* ---- signed certificate timestamps, RFC 6962 3.2, 3.3 ---- */

/*
 * u16 length of the list, then for each: u16 length, u8 version, 32 bytes log id, u64 milliseconds,
 * u16 length + extensions, u8 hash, u8 signature algorithm, u16 length + signature
 */
static void put_sct_algorithm(uint8_t hash, uint8_t signature, struct ks_buf *out)
{
    static const char *const hashes[] = {"none",   "MD5",    "SHA1",  "SHA224",
                                         "SHA256", "SHA384", "SHA512"};
    static const char *const signatures[] = {"anonymous", "RSA", "DSA", "ECDSA"};
    if (hash < COUNT(hashes) && signature < COUNT(signatures))
        ks_buf_printf(out, "%swith%s", hashes[hash], signatures[signature]);
    else
        ks_buf_printf(out, "algorithm %u/%u", hash, signature);
}

static void put_sct_time(uint64_t milliseconds, struct ks_buf *out)
{
    char iso[24];
    int64_t last;
    ks_time_from_civil(9999, 12, 31, 23, 59, 59, &last);
    if (milliseconds / 1000 <= (uint64_t)last)
        ks_buf_str(out, ks_time_iso((int64_t)(milliseconds / 1000), iso));
    else
        ks_buf_str(out, "(no date)");
}

static bool sct(struct ks_slice in, struct ks_buf *out)
{
    struct ks_reader r = ks_reader(in);
    struct ks_slice log, extensions, signature;
    uint8_t version, hash, algorithm;
    uint64_t milliseconds;
    uint16_t len;
    if (!ks_read_u8(&r, &version))
        return false;
    if (version != 0) { /* only version 1 has been defined */
        ks_buf_printf(out, "version %u (%zu bytes)\n", version + 1u, in.len);
        return true;
    }
    if (!ks_read_bytes(&r, 32, &log) || !ks_read_u64be(&r, &milliseconds) ||
        !ks_read_u16be(&r, &len) || !ks_read_bytes(&r, len, &extensions) ||
        !ks_read_u8(&r, &hash) || !ks_read_u8(&r, &algorithm) || !ks_read_u16be(&r, &len) ||
        !ks_read_bytes(&r, len, &signature))
        return false;
    ks_buf_str(out, "v1 log ");
    ks_text_hex(ks_slice_part(log, 0, 8), '\0', false, out);
    ks_buf_byte(out, ' ');
    put_sct_time(milliseconds, out);
    ks_buf_byte(out, ' ');
    put_sct_algorithm(hash, algorithm, out);
    ks_buf_byte(out, '\n');
    return ks_reader_left(&r) == 0;
}

bool ks_ext_sct_list(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv octets;
    if (!ks_der_expect(&value, KS_DER_OCTET_STRING, &octets) || value.len > 0)
        return false;
    struct ks_reader r = ks_reader(octets.body);
    struct ks_slice one;
    uint16_t len;
    if (!ks_read_u16be(&r, &len) || len != ks_reader_left(&r))
        return false;
    while (ks_reader_left(&r) > 0) {
        if (!ks_read_u16be(&r, &len) || !ks_read_bytes(&r, len, &one) || !sct(one, out))
            return false;
    }
    return true;
}
