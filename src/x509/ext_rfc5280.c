/* Extensions of RFC 5280, and the decoders that others share with them. */
#include "x509/ext.h"

#include "x509/cert.h"
#include "x509/oid.h"
#include "x509/parts.h"

#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- one value ---- */

bool ks_put_integer(struct ks_slice *in, struct ks_buf *out)
{
    struct ks_tlv number;
    if (!ks_der_expect(in, KS_DER_INTEGER, &number) || number.body.len == 0)
        return false;
    ks_der_integer_dec(number.body, out);
    return true;
}

bool ks_ext_integer(struct ks_slice value, struct ks_buf *out)
{
    return ks_put_integer(&value, out) && value.len == 0;
}

bool ks_ext_time(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv time;
    return ks_der_next(&value, &time) && value.len == 0 && ks_put_time(&time, out);
}

bool ks_ext_string(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv string;
    return ks_der_next(&value, &string) && value.len == 0 && ks_put_string(&string, out);
}

/* NULL: that the extension is there is all it says. */
bool ks_ext_present(struct ks_slice value, struct ks_buf *out)
{
    ks_buf_str(out, "present");
    return value.len == 0 || (ks_der_skip(&value, KS_DER_NULL) && value.len == 0);
}

bool ks_ext_octets(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv octets;
    if (!ks_der_expect(&value, KS_DER_OCTET_STRING, &octets) || value.len > 0)
        return false;
    ks_put_hex(octets.body, out);
    return true;
}

bool ks_ext_names(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice names;
    return ks_ext_sequence(value, &names) && ks_put_general_names(names, "", out);
}

bool ks_ext_oids(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice list;
    struct ks_tlv oid;
    if (!ks_ext_sequence(value, &list))
        return false;
    for (bool first = true; ks_der_expect(&list, KS_DER_OID, &oid); first = false) {
        if (!first)
            ks_buf_str(out, ", ");
        ks_oid_text(oid.body, out);
    }
    return list.len == 0;
}

/* ---- simple values without words ---- */

#define PLAIN_DEPTH 8

static bool plain_list(struct ks_slice in, unsigned depth, struct ks_buf *out);

static bool plain_value(const struct ks_tlv *tlv, struct ks_buf *out)
{
    struct ks_slice whole = tlv->whole;
    switch (tlv->tag) {
    case KS_DER_BOOLEAN:
        ks_buf_str(out, tlv->body.len == 1 && tlv->body.data[0] ? "yes" : "no");
        return tlv->body.len == 1;
    case KS_DER_INTEGER:
        return ks_put_integer(&whole, out);
    case KS_DER_BIT_STRING:
        if (tlv->body.len == 0)
            return false;
        ks_put_hex(ks_slice(tlv->body.data + 1, tlv->body.len - 1), out);
        return true;
    case KS_DER_OCTET_STRING:
        ks_put_hex(tlv->body, out);
        return true;
    case KS_DER_NULL:
        ks_buf_str(out, "present");
        return tlv->body.len == 0;
    case KS_DER_OID:
        ks_put_oid(tlv->body, out);
        return true;
    case KS_DER_UTC_TIME:
    case KS_DER_GENERALIZED_TIME:
        return ks_put_time(tlv, out);
    default:
        return ks_put_string(tlv, out);
    }
}

static bool plain_element(const struct ks_tlv *tlv, unsigned depth, struct ks_buf *out)
{
    if (tlv->tag == KS_DER_SEQUENCE || tlv->tag == KS_DER_SET)
        return depth < PLAIN_DEPTH && plain_list(tlv->body, depth + 1, out);
    for (unsigned i = 1; i < depth; i++)
        ks_buf_str(out, "  ");
    bool good = plain_value(tlv, out);
    ks_buf_byte(out, '\n');
    return good;
}

static bool plain_list(struct ks_slice in, unsigned depth, struct ks_buf *out)
{
    struct ks_tlv tlv;
    while (ks_der_next(&in, &tlv)) {
        if (!plain_element(&tlv, depth, out))
            return false;
    }
    return in.len == 0;
}

bool ks_ext_plain(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv tlv;
    return ks_der_next(&value, &tlv) && value.len == 0 && plain_element(&tlv, 0, out);
}

/* ---- keys and usages ---- */

bool ks_ext_subject_key_id(struct ks_slice value, struct ks_buf *out)
{
    return ks_ext_octets(value, out);
}

bool ks_ext_authority_key_id(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv part;
    if (!ks_ext_sequence(value, &body))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT(0), &part)) {
        ks_put_hex(part.body, out);
        ks_buf_byte(out, '\n');
    }
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(1), &part) &&
        !ks_put_general_names(part.body, "issuer ", out))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT(2), &part)) {
        ks_buf_str(out, "serial ");
        ks_der_integer_hex(part.body, out);
        ks_buf_byte(out, '\n');
    }
    return body.len == 0;
}

bool ks_ext_key_usage(struct ks_slice value, struct ks_buf *out)
{
    static const char *const names[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                        "dataEncipherment", "keyAgreement",   "keyCertSign",
                                        "cRLSign",          "encipherOnly",   "decipherOnly"};
    struct ks_tlv bits;
    return ks_der_expect(&value, KS_DER_BIT_STRING, &bits) && value.len == 0 &&
           ks_put_bits(bits.body, names, COUNT(names), out);
}

bool ks_ext_key_period(struct ks_slice value, struct ks_buf *out)
{
    static const char *const words[] = {"not before ", "not after "};
    struct ks_slice body;
    struct ks_tlv time;
    if (!ks_ext_sequence(value, &body))
        return false;
    for (unsigned i = 0; i < COUNT(words); i++) {
        if (!ks_der_expect(&body, (uint8_t)KS_DER_CONTEXT(i), &time))
            continue;
        time.tag = KS_DER_GENERALIZED_TIME;
        ks_buf_str(out, words[i]);
        if (!ks_put_time(&time, out))
            return false;
        ks_buf_byte(out, '\n');
    }
    return body.len == 0;
}

bool ks_ext_basic_constraints(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv ca;
    if (!ks_ext_sequence(value, &body))
        return false;
    bool is_ca = ks_der_expect(&body, KS_DER_BOOLEAN, &ca) && ca.body.len == 1 && ca.body.data[0];
    ks_buf_str(out, is_ca ? "CA:yes" : "CA:no");
    if (body.len == 0)
        return true;
    ks_buf_str(out, ", path length ");
    return ks_put_integer(&body, out) && body.len == 0;
}

/* ---- names ---- */

/* minimum [0] DEFAULT 0 and maximum [1]: RFC 5280 allows neither, other profiles do. */
static bool subtree_range(struct ks_slice body, struct ks_buf *out)
{
    static const char *const words[] = {" min ", " max "};
    struct ks_tlv number;
    for (unsigned i = 0; i < COUNT(words); i++) {
        if (ks_der_expect(&body, (uint8_t)KS_DER_CONTEXT(i), &number)) {
            ks_buf_str(out, words[i]);
            ks_der_integer_dec(number.body, out);
        }
    }
    return body.len == 0;
}

static bool subtrees(struct ks_slice list, const char *word, struct ks_buf *out)
{
    struct ks_tlv subtree, base;
    while (ks_der_expect(&list, KS_DER_SEQUENCE, &subtree)) {
        ks_buf_str(out, word);
        if (!ks_der_next(&subtree.body, &base) || !ks_put_general_name(&base, out) ||
            !subtree_range(subtree.body, out))
            return false;
        ks_buf_byte(out, '\n');
    }
    return list.len == 0;
}

bool ks_ext_name_constraints(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv list;
    if (!ks_ext_sequence(value, &body))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(0), &list) &&
        !subtrees(list.body, "permitted ", out))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(1), &list) &&
        !subtrees(list.body, "excluded ", out))
        return false;
    return body.len == 0;
}

bool ks_ext_directory_attributes(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv attribute, type, values;
    if (!ks_ext_sequence(value, &body))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &attribute)) {
        if (!ks_der_expect(&attribute.body, KS_DER_OID, &type) ||
            !ks_der_expect(&attribute.body, KS_DER_SET, &values))
            return false;
        ks_oid_text(type.body, out);
        ks_buf_str(out, ":\n");
        if (!plain_list(values.body, 2, out))
            return false;
    }
    return body.len == 0;
}

/* SEQUENCE OF { accessMethod OID, accessLocation GeneralName } */
bool ks_ext_access(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv access, method, location;
    if (!ks_ext_sequence(value, &body))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &access)) {
        if (!ks_der_expect(&access.body, KS_DER_OID, &method) ||
            !ks_der_next(&access.body, &location) || access.body.len > 0)
            return false;
        ks_oid_text(method.body, out);
        ks_buf_byte(out, ' ');
        if (!ks_put_general_name(&location, out))
            return false;
        ks_buf_byte(out, '\n');
    }
    return body.len == 0;
}

/* ---- policies ---- */

/* NoticeReference ::= SEQUENCE { organization, noticeNumbers SEQUENCE OF INTEGER } */
static bool notice_reference(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv organization, numbers;
    if (!ks_der_next(&body, &organization) || !ks_der_expect(&body, KS_DER_SEQUENCE, &numbers))
        return false;
    ks_buf_str(out, "  notice ");
    while (numbers.body.len > 0) {
        if (!ks_put_integer(&numbers.body, out))
            return false;
        ks_buf_byte(out, ' ');
    }
    ks_buf_str(out, "of ");
    ks_put_string(&organization, out);
    ks_buf_byte(out, '\n');
    return body.len == 0;
}

static bool user_notice(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv part;
    if (ks_der_expect(&body, KS_DER_SEQUENCE, &part) && !notice_reference(part.body, out))
        return false;
    if (ks_der_next(&body, &part)) {
        ks_buf_str(out, "  notice ");
        ks_put_string(&part, out);
        ks_buf_byte(out, '\n');
    }
    return body.len == 0;
}

static bool policy_qualifiers(struct ks_slice list, struct ks_buf *out)
{
    struct ks_tlv qualifier, id, value;
    while (ks_der_expect(&list, KS_DER_SEQUENCE, &qualifier)) {
        if (!ks_der_expect(&qualifier.body, KS_DER_OID, &id) ||
            !ks_der_next(&qualifier.body, &value))
            return false;
        if (value.tag == KS_DER_SEQUENCE) {
            if (!user_notice(value.body, out))
                return false;
            continue;
        }
        ks_buf_str(out, "  ");
        ks_oid_text(id.body, out);
        ks_buf_byte(out, ' ');
        ks_put_string(&value, out);
        ks_buf_byte(out, '\n');
    }
    return list.len == 0;
}

bool ks_ext_policies(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv policy, id, qualifiers;
    if (!ks_ext_sequence(value, &body))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &policy)) {
        if (!ks_der_expect(&policy.body, KS_DER_OID, &id))
            return false;
        ks_put_oid(id.body, out);
        ks_buf_byte(out, '\n');
        if (ks_der_expect(&policy.body, KS_DER_SEQUENCE, &qualifiers) &&
            !policy_qualifiers(qualifiers.body, out))
            return false;
        if (policy.body.len > 0)
            return false;
    }
    return body.len == 0;
}

bool ks_ext_policy_mappings(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv mapping, issuer, subject;
    if (!ks_ext_sequence(value, &body))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &mapping)) {
        if (!ks_der_expect(&mapping.body, KS_DER_OID, &issuer) ||
            !ks_der_expect(&mapping.body, KS_DER_OID, &subject) || mapping.body.len > 0)
            return false;
        ks_buf_str(out, "issuer ");
        ks_put_oid(issuer.body, out);
        ks_buf_str(out, " = subject ");
        ks_put_oid(subject.body, out);
        ks_buf_byte(out, '\n');
    }
    return body.len == 0;
}

static void put_after(struct ks_slice count, struct ks_buf *out)
{
    size_t start = out->len;
    ks_der_integer_dec(count, out);
    bool one = out->len == start + 1 && out->data[start] == '1';
    ks_buf_str(out, one ? " certificate below\n" : " certificates below\n");
}

bool ks_ext_policy_constraints(struct ks_slice value, struct ks_buf *out)
{
    static const char *const words[] = {"explicit policy required after ",
                                        "policy mapping forbidden after "};
    struct ks_slice body;
    struct ks_tlv count;
    if (!ks_ext_sequence(value, &body))
        return false;
    for (unsigned i = 0; i < COUNT(words); i++) {
        if (ks_der_expect(&body, (uint8_t)KS_DER_CONTEXT(i), &count)) {
            ks_buf_str(out, words[i]);
            put_after(count.body, out);
        }
    }
    return body.len == 0;
}

bool ks_ext_inhibit_any_policy(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv count;
    if (!ks_der_expect(&value, KS_DER_INTEGER, &count) || value.len > 0)
        return false;
    ks_buf_str(out, "anyPolicy forbidden after ");
    put_after(count.body, out);
    return true;
}

/* ---- revocation ---- */

static const char *const reason_flags[] = {
    "unused",      "keyCompromise",        "cACompromise",    "affiliationChanged",
    "superseded",  "cessationOfOperation", "certificateHold", "privilegeWithdrawn",
    "aACompromise"};

/* CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName } */
static bool point_name(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv name;
    if (!ks_der_next(&body, &name) || body.len > 0)
        return false;
    if (name.tag == KS_DER_CONTEXT_CONS(0))
        return ks_put_general_names(name.body, "", out);
    if (name.tag != KS_DER_CONTEXT_CONS(1))
        return false;
    struct ks_buf rdn = KS_BUF_INIT, whole = KS_BUF_INIT;
    ks_der_put(&rdn, KS_DER_SET, name.body);
    ks_der_put(&whole, KS_DER_SEQUENCE, ks_slice(rdn.data, rdn.len));
    ks_buf_str(out, "relative to the issuer: ");
    ks_put_name(ks_slice(whole.data, whole.len), out);
    ks_buf_byte(out, '\n');
    ks_buf_free(&rdn);
    ks_buf_free(&whole);
    return true;
}

static bool put_reasons(const char *word, struct ks_slice bits, struct ks_buf *out)
{
    ks_buf_str(out, word);
    bool good = ks_put_bits(bits, reason_flags, COUNT(reason_flags), out);
    ks_buf_byte(out, '\n');
    return good;
}

static bool distribution_point(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv part;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(0), &part) && !point_name(part.body, out))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT(1), &part) &&
        !put_reasons("  reasons ", part.body, out))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(2), &part) &&
        !ks_put_general_names(part.body, "  signed by ", out))
        return false;
    return body.len == 0;
}

bool ks_ext_distribution_points(struct ks_slice value, struct ks_buf *out)
{
    struct ks_slice body;
    struct ks_tlv point;
    if (!ks_ext_sequence(value, &body))
        return false;
    while (ks_der_expect(&body, KS_DER_SEQUENCE, &point)) {
        if (!distribution_point(point.body, out))
            return false;
    }
    return body.len == 0;
}

bool ks_ext_issuing_point(struct ks_slice value, struct ks_buf *out)
{
    static const struct {
        uint8_t tag;
        const char *word;
    } flags[] = {{KS_DER_CONTEXT(1), "only user certificates"},
                 {KS_DER_CONTEXT(2), "only CA certificates"},
                 {KS_DER_CONTEXT(3), "only for "},
                 {KS_DER_CONTEXT(4), "indirect: certificates of other issuers too"},
                 {KS_DER_CONTEXT(5), "only attribute certificates"}};
    struct ks_slice body;
    struct ks_tlv part;
    if (!ks_ext_sequence(value, &body))
        return false;
    if (ks_der_expect(&body, KS_DER_CONTEXT_CONS(0), &part) && !point_name(part.body, out))
        return false;
    for (size_t i = 0; i < COUNT(flags); i++) {
        if (!ks_der_expect(&body, flags[i].tag, &part) || part.body.len == 0)
            continue;
        if (flags[i].tag == KS_DER_CONTEXT(3)) {
            if (!put_reasons(flags[i].word, part.body, out))
                return false;
        } else if (part.body.data[0]) {
            ks_buf_printf(out, "%s\n", flags[i].word);
        }
    }
    return body.len == 0;
}

bool ks_ext_reason(struct ks_slice value, struct ks_buf *out)
{
    static const char *const reasons[] = {
        "unspecified",   "keyCompromise",        "cACompromise",    "affiliationChanged",
        "superseded",    "cessationOfOperation", "certificateHold", NULL,
        "removeFromCRL", "privilegeWithdrawn",   "aACompromise"};
    struct ks_tlv reason;
    if (!ks_der_expect(&value, KS_DER_ENUMERATED, &reason) || value.len > 0 || reason.body.len != 1)
        return false;
    uint8_t number = reason.body.data[0];
    if (number < COUNT(reasons) && reasons[number])
        ks_buf_str(out, reasons[number]);
    else
        ks_buf_printf(out, "reason %u", number);
    return true;
}

bool ks_ext_hold(struct ks_slice value, struct ks_buf *out)
{
    struct ks_tlv oid;
    if (!ks_der_expect(&value, KS_DER_OID, &oid) || value.len > 0)
        return false;
    ks_oid_text(oid.body, out);
    return true;
}

bool ks_ext_delta(struct ks_slice value, struct ks_buf *out)
{
    ks_buf_str(out, "changes since list number ");
    return ks_ext_integer(value, out);
}
