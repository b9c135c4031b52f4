/* Where a certificate says that more about it is published: RFC 5280 4.2.2.1 and 4.2.1.13. */
#include "base/text.h"
#include "x509/cert.h"
#include "x509/der.h"

#define MAX_URLS 64 /* of one kind that are looked at */
#define MAX_LENGTH 2000

/* authorityInfoAccess 1.3.6.1.5.5.7.1.1 with its methods caIssuers and ocsp 1.3.6.1.5.5.7.48.*,
 * cRLDistributionPoints 2.5.29.31 */
static const uint8_t access_oid[] = {0x2b, 6, 1, 5, 5, 7, 1, 1};
static const uint8_t issuers_oid[] = {0x2b, 6, 1, 5, 5, 7, 48, 2};
static const uint8_t ocsp_oid[] = {0x2b, 6, 1, 5, 5, 7, 48, 1};
static const uint8_t points_oid[] = {0x55, 29, 31};

struct search {
    size_t at, wanted;
    struct ks_slice found;
};

/* False: no further. */
static bool take_uri(struct search *s, const struct ks_tlv *name)
{
    if (name->tag != KS_DER_CONTEXT(6))
        return true;
    if (s->at++ < s->wanted)
        return s->at < MAX_URLS;
    s->found = name->body;
    return false;
}

static void search_access(struct ks_slice list, struct ks_slice wanted, struct search *s)
{
    struct ks_tlv access, method, location;

    while (ks_der_expect(&list, KS_DER_SEQUENCE, &access)) {
        if (!ks_der_expect(&access.body, KS_DER_OID, &method) ||
            !ks_slice_equal(method.body, wanted) || !ks_der_next(&access.body, &location))
            continue;
        if (!take_uri(s, &location))
            return;
    }
}

/* fullName of a point; a name relative to the issuer of the list is no URL. */
static bool search_point(struct ks_slice point, struct search *s)
{
    struct ks_tlv choice, names, name;

    if (!ks_der_expect(&point, KS_DER_CONTEXT_CONS(0), &choice) ||
        !ks_der_expect(&choice.body, KS_DER_CONTEXT_CONS(0), &names))
        return true;
    while (ks_der_next(&names.body, &name))
        if (!take_uri(s, &name))
            return false;
    return true;
}

static void search_points(struct ks_slice list, struct search *s)
{
    struct ks_tlv point;

    while (ks_der_expect(&list, KS_DER_SEQUENCE, &point))
        if (!search_point(point.body, s))
            return;
}

static bool extension_list(const struct ks_cert *c, struct ks_slice oid, struct ks_slice *out)
{
    struct ks_ext ext;
    struct ks_tlv list;

    if (c->exts.len == 0 || !ks_ext_find(ks_cert_part(c, c->exts), oid, &ext) ||
        !ks_der_expect(&ext.value, KS_DER_SEQUENCE, &list))
        return false;
    *out = list.body;
    return true;
}

static bool find_uri(const struct ks_cert *c, enum ks_url_kind kind, size_t number,
                     struct ks_slice *out)
{
    struct search s = {.wanted = number};
    struct ks_slice list;

    if (kind == KS_URL_CRL) {
        if (extension_list(c, ks_slice(points_oid, sizeof points_oid), &list))
            search_points(list, &s);
    } else if (extension_list(c, ks_slice(access_oid, sizeof access_oid), &list)) {
        search_access(list,
                      kind == KS_URL_OCSP ? ks_slice(ocsp_oid, sizeof ocsp_oid)
                                          : ks_slice(issuers_oid, sizeof issuers_oid),
                      &s);
    }
    *out = s.found;
    return s.at > s.wanted;
}

/* A part of a URL is another URL. */
static bool is_whole(struct ks_slice url)
{
    return url.len > 0 && url.len <= MAX_LENGTH && !memchr(url.data, '\0', url.len);
}

bool ks_cert_url_next(const struct ks_cert *c, enum ks_url_kind kind, size_t *at,
                      struct ks_buf *out)
{
    struct ks_slice url;

    while (find_uri(c, kind, *at, &url)) {
        ++*at;
        if (!is_whole(url))
            continue;
        (void)ks_text_from_latin1(url, out);
        return true;
    }
    return false;
}
