#include "x509/ext.h"

#include "x509/cert.h"
#include "x509/oid.h"

#include <string.h>

#define MAX_EXTENSIONS 256
#define MAX_DUMP_LINES 400

/* clang-format off */
static const struct {
    const char *oid;
    ks_ext_decoder *decode;
} decoders[] = {
    /* RFC 5280 */
    {"2.5.29.9", ks_ext_directory_attributes},
    {"2.5.29.14", ks_ext_subject_key_id},
    {"2.5.29.15", ks_ext_key_usage},
    {"2.5.29.16", ks_ext_key_period},
    {"2.5.29.17", ks_ext_names},
    {"2.5.29.18", ks_ext_names},
    {"2.5.29.19", ks_ext_basic_constraints},
    {"2.5.29.20", ks_ext_integer},
    {"2.5.29.21", ks_ext_reason},
    {"2.5.29.23", ks_ext_hold},
    {"2.5.29.24", ks_ext_time},
    {"2.5.29.27", ks_ext_delta},
    {"2.5.29.28", ks_ext_issuing_point},
    {"2.5.29.29", ks_ext_names},
    {"2.5.29.30", ks_ext_name_constraints},
    {"2.5.29.31", ks_ext_distribution_points},
    {"2.5.29.32", ks_ext_policies},
    {"2.5.29.33", ks_ext_policy_mappings},
    {"2.5.29.35", ks_ext_authority_key_id},
    {"2.5.29.36", ks_ext_policy_constraints},
    {"2.5.29.37", ks_ext_oids},
    {"2.5.29.46", ks_ext_distribution_points},
    {"2.5.29.54", ks_ext_inhibit_any_policy},
    {"2.5.29.56", ks_ext_present},
    {"2.5.29.60", ks_ext_time},
    {"1.3.6.1.5.5.7.1.1", ks_ext_access},
    {"1.3.6.1.5.5.7.1.11", ks_ext_access},
    {"2.5.29.7", ks_ext_names}, /* the numbers that 17 and 18 had in drafts */
    {"2.5.29.8", ks_ext_names},
    /* other RFCs: 3739, 6960, 6962, 7633, 8995, 8551 */
    {"1.3.6.1.5.5.7.1.2", ks_ext_biometric},
    {"1.3.6.1.5.5.7.1.3", ks_ext_qc_statements},
    {"1.3.6.1.5.5.7.1.24", ks_ext_tls_feature},
    {"1.3.6.1.5.5.7.1.32", ks_ext_string},
    {"1.3.6.1.5.5.7.48.1.2", ks_ext_octets},
    {"1.3.6.1.5.5.7.48.1.5", ks_ext_present},
    {"1.3.6.1.5.5.7.48.1.6", ks_ext_time},
    {"1.3.6.1.4.1.11129.2.4.2", ks_ext_sct_list},
    {"1.3.6.1.4.1.11129.2.4.3", ks_ext_present},
    {"1.3.6.1.4.1.11129.2.4.5", ks_ext_sct_list},
    {"1.2.840.113549.1.9.15", ks_ext_smime},
    {"2.23.140.3.1", ks_ext_plain},
    /* Netscape */
    {"2.16.840.1.113730.1.1", ks_ext_netscape_type},
    {"2.16.840.1.113730.1.2", ks_ext_string},
    {"2.16.840.1.113730.1.3", ks_ext_string},
    {"2.16.840.1.113730.1.4", ks_ext_string},
    {"2.16.840.1.113730.1.7", ks_ext_string},
    {"2.16.840.1.113730.1.8", ks_ext_string},
    {"2.16.840.1.113730.1.12", ks_ext_string},
    {"2.16.840.1.113730.1.13", ks_ext_string},
    /* Entrust */
    {"1.2.840.113533.7.65.0", ks_ext_entrust_version},
    /* Microsoft */
    {"1.3.6.1.4.1.311.20.2", ks_ext_string},
    {"1.3.6.1.4.1.311.21.1", ks_ext_ms_ca_version},
    {"1.3.6.1.4.1.311.21.2", ks_ext_octets},
    {"1.3.6.1.4.1.311.21.3", ks_ext_integer},
    {"1.3.6.1.4.1.311.21.4", ks_ext_time},
    {"1.3.6.1.4.1.311.21.7", ks_ext_ms_template},
    {"1.3.6.1.4.1.311.21.10", ks_ext_policies},
    {"1.3.6.1.4.1.311.21.11", ks_ext_policy_mappings},
    {"1.3.6.1.4.1.311.21.12", ks_ext_policy_constraints},
    {"1.3.6.1.4.1.311.21.14", ks_ext_distribution_points},
    {"1.3.6.1.4.1.311.21.22", ks_ext_integer},
    {"1.3.6.1.4.1.311.25.2", ks_ext_names},
    /* German SigG, ISIS-MTT */
    {"0.2.262.1.10.12.0", ks_ext_liability},
    {"1.3.36.8.3.1", ks_ext_time},
    {"1.3.36.8.3.2", ks_ext_procuration},
    {"1.3.36.8.3.3", ks_ext_admission},
    {"1.3.36.8.3.4", ks_ext_monetary_limit},
    {"1.3.36.8.3.5", ks_ext_majority},
    {"1.3.36.8.3.6", ks_ext_octets},
    {"1.3.36.8.3.8", ks_ext_string},
    {"1.3.36.8.3.15", ks_ext_string},
    {"1.3.6.1.4.1.8301.3.5", ks_ext_validity_model},
    /* Verisign: never published, simple values in practice */
    {"2.16.840.1.113733.1.6.3", ks_ext_plain},
    {"2.16.840.1.113733.1.6.4", ks_ext_plain},
    {"2.16.840.1.113733.1.6.5", ks_ext_plain},
    {"2.16.840.1.113733.1.6.6", ks_ext_plain},
    {"2.16.840.1.113733.1.6.7", ks_ext_plain},
    {"2.16.840.1.113733.1.6.8", ks_ext_plain},
    {"2.16.840.1.113733.1.6.9", ks_ext_plain},
    {"2.16.840.1.113733.1.6.10", ks_ext_plain},
    {"2.16.840.1.113733.1.6.11", ks_ext_plain},
    {"2.16.840.1.113733.1.6.13", ks_ext_plain},
    {"2.16.840.1.113733.1.6.15", ks_ext_plain},
};
/* clang-format on */

static bool read_extension(struct ks_slice in, struct ks_ext *out)
{
    struct ks_tlv oid, critical, value;
    if (!ks_der_expect(&in, KS_DER_OID, &oid))
        return false;
    *out = (struct ks_ext){.oid = oid.body};
    if (ks_der_expect(&in, KS_DER_BOOLEAN, &critical))
        out->critical = critical.body.len > 0 && critical.body.data[0] != 0;
    if (!ks_ber_next(&in, &value))
        return false;
    out->value = value.body;
    if (value.tag != (KS_DER_OCTET_STRING | 0x20))
        return value.tag == KS_DER_OCTET_STRING;
    /* BER: one segment is as good as a primitive; more of them stay as they are, for the dump. */
    struct ks_slice rest = value.body;
    if (ks_der_expect(&rest, KS_DER_OCTET_STRING, &value) && rest.len == 0)
        out->value = value.body;
    return true;
}

void ks_ext_each(struct ks_slice exts, bool (*fn)(void *ctx, const struct ks_ext *ext), void *ctx)
{
    struct ks_tlv tlv;
    struct ks_ext ext;
    for (size_t i = 0; i < MAX_EXTENSIONS && ks_ber_next(&exts, &tlv); i++) {
        if (tlv.tag == KS_DER_SEQUENCE && read_extension(tlv.body, &ext) && !fn(ctx, &ext))
            return;
    }
}

static bool is_extension(const struct ks_tlv *tlv)
{
    struct ks_slice in = tlv->body;
    struct ks_tlv value;
    if (tlv->tag != KS_DER_SEQUENCE || !ks_der_skip(&in, KS_DER_OID))
        return false;
    (void)ks_der_skip(&in, KS_DER_BOOLEAN);
    return ks_ber_next(&in, &value) && (value.tag & ~0x20) == KS_DER_OCTET_STRING && in.len == 0;
}

bool ks_ext_all_read(struct ks_slice exts)
{
    struct ks_tlv tlv;
    for (size_t i = 0; i < MAX_EXTENSIONS && ks_ber_next(&exts, &tlv); i++)
        if (!is_extension(&tlv))
            return false;
    return exts.len == 0;
}

struct search {
    struct ks_slice oid;
    struct ks_ext *out;
    bool found;
};

static bool is_wanted(void *ctx, const struct ks_ext *ext)
{
    struct search *search = ctx;
    if (!ks_slice_equal(ext->oid, search->oid))
        return true;
    *search->out = *ext;
    search->found = true;
    return false;
}

bool ks_ext_find(struct ks_slice exts, struct ks_slice oid, struct ks_ext *out)
{
    struct search search = {oid, out, false};
    ks_ext_each(exts, is_wanted, &search);
    return search.found;
}

static ks_ext_decoder *decoder_for(struct ks_slice oid)
{
    struct ks_buf dotted = KS_BUF_INIT;
    ks_ext_decoder *found = NULL;
    ks_oid_dotted(oid, &dotted);
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0] && !found; i++) {
        if (strcmp(decoders[i].oid, ks_buf_text(&dotted)) == 0)
            found = decoders[i].decode;
    }
    ks_buf_free(&dotted);
    return found;
}

bool ks_ext_text(const struct ks_ext *ext, struct ks_buf *out)
{
    ks_ext_decoder *decode = decoder_for(ext->oid);
    struct ks_buf text = KS_BUF_INIT;
    bool understood = decode && decode(ext->value, &text);
    if (understood) {
        ks_ext_end_line(0, &text);
        ks_buf_slice(out, ks_slice(text.data, text.len));
    } else {
        ks_asn1_dump(ext->value, MAX_DUMP_LINES, out);
    }
    ks_buf_free(&text);
    return understood;
}

void ks_ext_end_line(size_t start, struct ks_buf *out)
{
    if (out->len > start && out->data[out->len - 1] == '\n')
        out->data[--out->len] = '\0';
}

bool ks_ext_sequence(struct ks_slice value, struct ks_slice *body)
{
    struct ks_tlv sequence;
    if (!ks_der_expect(&value, KS_DER_SEQUENCE, &sequence) || value.len > 0)
        return false;
    *body = sequence.body;
    return true;
}
