#include "format/items.h"
#include "format/pkcs7.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/request.h"

/* ---- counts ---- */

enum group { CERTIFICATES, PRIVATE_KEYS, PUBLIC_KEYS, REQUESTS, CRLS, OTHERS, GROUPS };

static const char *const group_words[GROUPS][2] = {
    [CERTIFICATES] = {"certificate", "certificates"},
    [PRIVATE_KEYS] = {"private key", "private keys"},
    [PUBLIC_KEYS] = {"public key", "public keys"},
    [REQUESTS] = {"request", "requests"},
    [CRLS] = {"CRL", "CRLs"},
    [OTHERS] = {"other item", "other items"},
};

static enum group group_of(enum ks_item_type type)
{
    switch (type) {
    case KS_ITEM_CERT:
    case KS_ITEM_TRUSTED_CERT:
        return CERTIFICATES;
    case KS_ITEM_PKCS8:
    case KS_ITEM_EPKI:
    case KS_ITEM_RSA_KEY:
    case KS_ITEM_DSA_KEY:
    case KS_ITEM_EC_KEY:
    case KS_ITEM_SEALED_KEY:
        return PRIVATE_KEYS;
    case KS_ITEM_SPKI:
    case KS_ITEM_RSA_PUBLIC:
        return PUBLIC_KEYS;
    case KS_ITEM_REQUEST:
        return REQUESTS;
    case KS_ITEM_CRL:
        return CRLS;
    default:
        return OTHERS;
    }
}

void ks_tally_text(const struct ks_tally *t, bool partial, struct ks_buf *out)
{
    size_t counts[GROUPS] = {0};
    for (int type = 0; type < KS_ITEM_TYPES; type++)
        counts[group_of((enum ks_item_type)type)] += t->n[type];
    const char *separator = partial ? "more than " : "";
    for (int g = 0; g < GROUPS; g++) {
        if (counts[g] == 0)
            continue;
        ks_buf_printf(out, "%s%zu %s", separator, counts[g], group_words[g][counts[g] != 1]);
        separator = ", ";
    }
}

/* ---- one item ---- */

static size_t count_of(struct ks_slice in)
{
    struct ks_part part;
    size_t n = 0;
    while (ks_part_next(&in, &part))
        n += part.whole;
    return n;
}

static void looks_certificate(struct ks_slice der, struct ks_buf *out)
{
    struct ks_cert cert;
    ks_buf_str(out, "certificate");
    if (ks_cert_skim(der, &cert)) {
        ks_buf_byte(out, ' ');
        ks_name_text(ks_cert_part(&cert, cert.subject), out);
    }
}

static void looks_pkcs7(struct ks_slice der, bool partial, struct ks_buf *out)
{
    struct ks_pkcs7 message;
    struct ks_tally t = {0};
    ks_buf_str(out, "PKCS7, ");
    if (ks_pkcs7_open(der, &message)) {
        t.n[KS_ITEM_CERT] = count_of(message.certs);
        t.n[KS_ITEM_CRL] = count_of(message.crls);
    }
    if (t.n[KS_ITEM_CERT] + t.n[KS_ITEM_CRL])
        ks_tally_text(&t, partial, out);
    else
        ks_buf_str(out, "no certificates");
}

static void looks_path(struct ks_slice der, bool partial, struct ks_buf *out)
{
    struct ks_part outer;
    struct ks_tally t = {0};
    if (ks_part_next(&der, &outer))
        t.n[KS_ITEM_CERT] = count_of(outer.body);
    ks_buf_str(out, "PkiPath, ");
    ks_tally_text(&t, partial, out);
}

static void looks_request(struct ks_slice der, struct ks_buf *out)
{
    struct ks_request request;
    ks_buf_str(out, "certificate request");
    if (ks_request_skim(der, &request)) {
        ks_buf_byte(out, ' ');
        ks_name_text(request.subject, out);
    }
}

static void looks_crl(struct ks_slice der, bool partial, struct ks_buf *out)
{
    struct ks_crl crl;
    ks_buf_str(out, "CRL");
    if (!partial && ks_crl_skim(der, &crl)) {
        ks_buf_str(out, " of ");
        ks_name_text(crl.issuer, out);
    }
}

static void looks_public(struct ks_slice der, struct ks_buf *out)
{
    ks_buf_str(out, "public key, ");
    ks_spki_describe(der, out);
}

void ks_item_looks(enum ks_item_type type, struct ks_slice der, bool partial, struct ks_buf *out)
{
    switch (type) {
    case KS_ITEM_CERT:
    case KS_ITEM_TRUSTED_CERT:
        looks_certificate(der, out);
        break;
    case KS_ITEM_PATH:
        looks_path(der, partial, out);
        break;
    case KS_ITEM_PKCS7:
        looks_pkcs7(der, partial, out);
        break;
    case KS_ITEM_PKCS7_OTHER:
        ks_buf_str(out, "PKCS7, not signed data");
        break;
    case KS_ITEM_PKCS8:
        ks_buf_str(out, "PKCS8 private key, not encrypted");
        break;
    case KS_ITEM_EPKI:
        ks_buf_str(out, "PKCS8 private key, encrypted");
        break;
    case KS_ITEM_RSA_KEY:
        ks_buf_str(out, "RSA private key, not encrypted");
        break;
    case KS_ITEM_DSA_KEY:
        ks_buf_str(out, "DSA private key, not encrypted");
        break;
    case KS_ITEM_EC_KEY:
        ks_buf_str(out, "EC private key, not encrypted");
        break;
    case KS_ITEM_SEALED_KEY:
        ks_buf_str(out, "private key, encrypted");
        break;
    case KS_ITEM_REQUEST:
        looks_request(der, out);
        break;
    case KS_ITEM_CRL:
        looks_crl(der, partial, out);
        break;
    case KS_ITEM_SPKI:
        looks_public(der, out);
        break;
    case KS_ITEM_RSA_PUBLIC:
        ks_buf_str(out, "RSA public key");
        break;
    case KS_ITEM_PARAMETERS:
        ks_buf_str(out, "parameters");
        break;
    case KS_ITEM_PKCS12:
        ks_buf_str(out, "PKCS12");
        break;
    case KS_ITEM_UNKNOWN:
    case KS_ITEM_TYPES:
        ks_buf_str(out, "item that ksx does not interpret");
        break;
    }
}
