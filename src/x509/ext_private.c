/* Extensions of vendors and states: Netscape, Entrust, Microsoft, German SigG and ISIS-MTT. */
#include "x509/ext.h"

#include "x509/oid.h"
#include "x509/parts.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

bool ks_ext_netscape_type(struct ks_slice value, struct ks_buf *out)
{
    static const char *const names[] = {"sslClient", "sslServer", "smime",   "objectSigning",
                                        "reserved",  "sslCA",     "smimeCA", "objectSigningCA"};
    struct ks_tlv bits;
    return ks_der_expect(&value, KS_DER_BIT_STRING, &bits) && value.len == 0 &&
           ks_put_bits(bits.body, names, COUNT(names), out);
}

/* EntrustVersInfo ::= SEQUENCE { entrustVers GeneralString, entrustInfoFlags BIT STRING } */
bool ks_ext_entrust_version(struct ks_slice value, struct ks_buf *out)
{
    static const char *const names[] = {"keyUpdateAllowed",   "newExtensions", "pKIXCertificate",
                                        "enterpriseCategory", "webCategory",   "sETCategory"};
    struct ks_slice body;
    struct ks_tlv part;
    if (!ks_ext_sequence(value, &body))
        return false;
    ks_buf_str(out, "version ");
    if (ks_der_peek(body) != KS_DER_BIT_STRING && ks_der_next(&body, &part))
        ks_put_string(&part, out);
    if (ks_der_expect(&body, KS_DER_BIT_STRING, &part)) {
        ks_buf_str(out, "\nflags ");
        if (!ks_put_bits(part.body, names, COUNT(names), out))
            return false;
    }
    return body.len == 0;
}

/* ---- Microsoft ---- */

/* The low half counts the certificates of the CA, the high half its keys. */
bool ks_ext_ms_ca_version(struct ks_slice value, struct ks_buf *out)
{
    uint64_t version;
    if (!ks_der_uint(&value, &version) || value.len > 0)
        return false;
    ks_buf_printf(out, "certificate index %u, key index %u", (unsigned)(version & 0xffff),
                  (unsigned)(version >> 16));
    return true;
}

/* CertificateTemplate ::= SEQUENCE { templateID OID, major INTEGER OPTIONAL, minor } */
bool ks_ext_ms_template(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv id;
    if (!ks_ext_sequence(value, &body) || !ks_der_expect(&body, KS_DER_OID, &id))
        return false;
    ks_put_oid(id.body, out);
    if (body.len == 0)
        return true;
    ks_buf_str(out, ", version ");
    if (!ks_put_integer(&body, out))
        return false;
    if (body.len == 0)
        return true;
    ks_buf_byte(out, '.');
    return ks_put_integer(&body, out) && body.len == 0;
}

/* ---- German SigG, ISIS-MTT (Common PKI) ---- */

bool ks_ext_liability(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv limited;
    if (!ks_der_expect(&value, KS_DER_BOOLEAN, &limited) || value.len > 0 || limited.body.len != 1)
        return false;
    ks_buf_str(out, limited.body.data[0] ? "liability is limited" : "liability is not limited");
    return true;
}

bool ks_ext_monetary_limit(struct ks_slice value, struct ks_buf *out)
{
    ks_buf_str(out, "at most ");
    return ks_put_amount(&value, out) && value.len == 0;
}

/* CHOICE { [0] years, [1] { fullAge BOOLEAN DEFAULT TRUE, country }, [2] date of birth } */
bool ks_ext_majority(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv choice, full, country;
    if (!ks_der_next(&value, &choice) || value.len > 0)
        return false;
    switch (choice.tag) {
    case KS_DER_CONTEXT(0):
        ks_buf_str(out, "not younger than ");
        ks_der_integer_dec(choice.body, out);
        return true;
    case KS_DER_CONTEXT_CONS(1): {
        bool minor = ks_der_expect(&choice.body, KS_DER_BOOLEAN, &full) && full.body.len == 1 &&
                     full.body.data[0] == 0;
        ks_buf_str(out, minor ? "not of full age in " : "of full age in ");
        return ks_der_next(&choice.body, &country) && ks_put_string(&country, out) &&
               choice.body.len == 0;
    }
    case KS_DER_CONTEXT(2):
        choice.tag = KS_DER_GENERALIZED_TIME;
        ks_buf_str(out, "born ");
        return ks_put_time(&choice, out);
    default:
        return false;
    }
}

/* CHOICE { thirdPerson GeneralName, certRef SEQUENCE { issuer GeneralNames, serial, ... } } */
static bool signing_for(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv choice, names, serial;
    if (!ks_der_next(&body, &choice) || body.len > 0)
        return false;
    ks_buf_str(out, "signing for ");
    if (choice.tag != KS_DER_SEQUENCE) {
        bool good = ks_put_general_name(&choice, out);
        ks_buf_byte(out, '\n');
        return good;
    }
    ks_buf_str(out, "the holder of a certificate\n");
    if (!ks_der_expect(&choice.body, KS_DER_SEQUENCE, &names) ||
        !ks_put_general_names(names.body, "  issuer ", out) ||
        !ks_der_expect(&choice.body, KS_DER_INTEGER, &serial))
        return false;
    ks_buf_str(out, "  serial ");
    ks_der_integer_hex(serial.body, out);
    ks_buf_byte(out, '\n');
    return true;
}

static bool put_line(const char *word, struct ks_slice in, struct ks_buf *out)
{
    struct ks_tlv string;
    ks_buf_str(out, word);
    bool good = ks_der_next(&in, &string) && in.len == 0 && ks_put_string(&string, out);
    ks_buf_byte(out, '\n');
    return good;
}

/* ProcurationSyntax ::= SEQUENCE { [1] country, [2] type of substitution, [3] signing for } */
bool ks_ext_procuration(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv part;
    if (!ks_ext_sequence(value, &body))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(1), &part) &&
        !put_line("country ", part.body, out))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(2), &part) &&
        !put_line("type of substitution ", part.body, out))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(3), &part) && !signing_for(part.body, out))
        return false;
    return body.len == 0;
}

/* NamingAuthority ::= SEQUENCE { id OID, url IA5String, text DirectoryString }, all optional */
static bool naming_authority(struct ks_slice in, const char *indent, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv part;
    if (!ks_ext_sequence(in, &body))
        return false;
    ks_buf_printf(out, "%snamed by", indent);
    while (ks_der_next(&body, &part)) {
        ks_buf_byte(out, ' ');
        if (part.tag == KS_DER_OID)
            ks_put_oid(part.body, out);
        else if (!ks_put_string(&part, out))
            return false;
    }
    ks_buf_byte(out, '\n');
    return body.len == 0;
}

static bool profession_items(struct ks_slice list, struct ks_buf *out)
{
    struct ks_tlv item;
    while (ks_der_next(&list, &item)) {
        ks_buf_str(out, "  profession ");
        if (item.tag == KS_DER_OID)
            ks_put_oid(item.body, out);
        else if (!ks_put_string(&item, out))
            return false;
        ks_buf_byte(out, '\n');
    }
    return list.len == 0;
}

/* SEQUENCE { [0] naming authority, items, OIDs, registration number, additional octets } */
static bool profession_info(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv part;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(0), &part) &&
        !naming_authority(part.body, "  ", out))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &part)) {
        if (!profession_items(part.body, out))
            return false;
    }
    if (ks_der_expect(&body, KS_DER_PRINTABLE_STRING, &part)) {
        ks_buf_str(out, "  registration number ");
        ks_put_string(&part, out);
        ks_buf_byte(out, '\n');
    }
    if (ks_der_expect(&body, KS_DER_OCTET_STRING, &part)) {
        ks_buf_str(out, "  additional ");
        ks_put_hex(part.body, out);
        ks_buf_byte(out, '\n');
    }
    return body.len == 0;
}

static bool authority_name(struct ks_slice in, struct ks_buf *out)
{
    struct ks_tlv name;
    ks_buf_str(out, "admitted by ");
    bool good = ks_der_next(&in, &name) && in.len == 0 && ks_put_general_name(&name, out);
    ks_buf_byte(out, '\n');
    return good;
}

/* Admissions ::= SEQUENCE { [0] authority, [1] naming authority, SEQUENCE OF ProfessionInfo } */
static bool admissions(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv part, info;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(0), &part) && !authority_name(part.body, out))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(1), &part) &&
        !naming_authority(part.body, "", out))
        return false;
    if (!ks_der_expect(&body, KS_DER_SEQUENCE, &part) || body.len > 0)
        return false;
    while (ks_der_expect(&part.body, KS_DER_SEQUENCE, &info)) {
        if (!profession_info(info.body, out))
            return false;
    }
    return part.body.len == 0;
}

/* AdmissionSyntax ::= SEQUENCE { authority GeneralName OPTIONAL, SEQUENCE OF Admissions } */
bool ks_ext_admission(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv first, one;
    if (!ks_ext_sequence(value, &body) || !ks_der_next(&body, &first))
        return false;
    if (first.tag != KS_DER_SEQUENCE) {
        if (!authority_name(first.whole, out) || !ks_der_expect(&body, KS_DER_SEQUENCE, &first))
            return false;
    }
    while (ks_der_expect(&first.body, KS_DER_SEQUENCE, &one)) {
        if (!admissions(one.body, out))
            return false;
    }
    return first.body.len == 0 && body.len == 0;
}

bool ks_ext_validity_model(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv model;
    if (!ks_ext_sequence(value, &body) || !ks_der_expect(&body, KS_DER_OID, &model))
        return false;
    ks_oid_text(model.body, out);
    return true;
}
