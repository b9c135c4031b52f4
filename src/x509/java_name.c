/* When Java takes two names for one: X500Principal.equals(). */
#include "x509/name.h"

#include "x509/der.h"

#include <string.h>

/* The keywords of RFC 2253; all other attributes are compared as they are encoded (AVA,
 * toRFC2253CanonicalString). CN, C, L, ST, O, OU, STREET, DC, UID. */
static bool has_keyword(struct ks_slice oid)
{
    static const uint8_t under_2_5_4[] = {3, 6, 7, 8, 9, 10, 11};
    static const char dc[] = "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19";
    static const char uid[] = "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01";
    if (oid.len == 3 && oid.data[0] == 0x55 && oid.data[1] == 4)
        return memchr(under_2_5_4, oid.data[2], sizeof under_2_5_4) != NULL;
    return ks_der_oid_is(oid, dc, sizeof dc - 1) || ks_der_oid_is(oid, uid, sizeof uid - 1);
}

static bool folds(const struct ks_name_part *p)
{
    return has_keyword(p->type) &&
           (p->string_tag == KS_DER_UTF8_STRING || p->string_tag == KS_DER_PRINTABLE_STRING);
}

static bool same_part(const struct ks_name_part *a, const struct ks_name_part *b)
{
    if (folds(a) && folds(b))
        return true; /* ks_name_equal() has looked at them */
    return a->string_tag == b->string_tag && a->value_len == b->value_len &&
           memcmp(a->value, b->value, a->value_len) == 0;
}

bool ks_name_equal_java(struct ks_slice a, struct ks_slice b)
{
    if (ks_slice_equal(a, b))
        return true;
    if (!ks_name_equal(a, b))
        return false;
    struct ks_name_part *left, *right;
    size_t n = ks_name_parts(a, &left), m = ks_name_parts(b, &right);
    bool same = n == m;
    for (size_t i = 0; same && i < n; i++)
        same = same_part(&left[i], &right[i]);
    ks_name_parts_free(left, n);
    ks_name_parts_free(right, m);
    return same;
}
