/*
 * Inside of x509: decoders of extension values. Each takes the contents of extnValue and appends
 * lines that end with '\n'. A false return means the value is not what its OID says; what was
 * appended until then is taken back by ks_ext_text(), which shows the ASN.1 instead.
 */
#ifndef KSX_X509_EXT_H
#define KSX_X509_EXT_H

#include "x509/der.h"

typedef bool ks_ext_decoder(struct ks_slice value, struct ks_buf *out);

/* ---- of more than one extension ---- */
ks_ext_decoder ks_ext_names, ks_ext_oids, ks_ext_policies, ks_ext_distribution_points;
ks_ext_decoder ks_ext_integer, ks_ext_time, ks_ext_string, ks_ext_present, ks_ext_octets;
ks_ext_decoder ks_ext_plain; /* simple values, and lists of them, without a word what they are */

/* ---- RFC 5280 ---- */
ks_ext_decoder ks_ext_directory_attributes, ks_ext_subject_key_id, ks_ext_authority_key_id;
ks_ext_decoder ks_ext_key_usage, ks_ext_key_period, ks_ext_basic_constraints;
ks_ext_decoder ks_ext_name_constraints, ks_ext_policy_mappings, ks_ext_policy_constraints;
ks_ext_decoder ks_ext_inhibit_any_policy, ks_ext_access, ks_ext_reason, ks_ext_hold;
ks_ext_decoder ks_ext_delta, ks_ext_issuing_point;

/* ---- other RFCs ---- */
ks_ext_decoder ks_ext_tls_feature, ks_ext_biometric, ks_ext_qc_statements, ks_ext_sct_list;
ks_ext_decoder ks_ext_smime;

/* ---- vendors and states ---- */
ks_ext_decoder ks_ext_netscape_type, ks_ext_entrust_version;
ks_ext_decoder ks_ext_ms_ca_version, ks_ext_ms_template;
ks_ext_decoder ks_ext_liability, ks_ext_procuration, ks_ext_admission, ks_ext_monetary_limit;
ks_ext_decoder ks_ext_majority, ks_ext_validity_model;

/* ---- helpers ---- */
/* A value that is one SEQUENCE and nothing behind it: its contents. */
bool ks_ext_sequence(struct ks_slice value, struct ks_slice *body);
/* Takes away the newline at the end of what was written since `start`. */
void ks_ext_end_line(size_t start, struct ks_buf *out);
/* One GeneralName, without a newline; false if it is none. */
bool ks_put_general_name(const struct ks_tlv *name, struct ks_buf *out);
/* The contents of GeneralNames, a line each with `prefix` in front. */
bool ks_put_general_names(struct ks_slice names, const char *prefix, struct ks_buf *out);
/* INTEGER off the front of *in, in decimal. */
bool ks_put_integer(struct ks_slice *in, struct ks_buf *out);
/* SEQUENCE { currency, amount, exponent } off the front of *in, as "EUR 5 * 10^3". */
bool ks_put_amount(struct ks_slice *in, struct ks_buf *out);

#endif
