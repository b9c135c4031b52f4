#include "chain/constraints.h"

#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

#include <ctype.h>

#define COMPARED_MAX 250000
#define SUBTREES_MAX 4096 /* each list, of one certificate */

/* Identifier octets of the GeneralName choices that constraints are defined for, and of those that
 * nobody compares: Java throws UnsupportedOperationException, OpenSSL answers
 * X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE. */
enum {
    NAME_OTHER = KS_DER_CONTEXT_CONS(0),
    NAME_EMAIL = KS_DER_CONTEXT(1),
    NAME_DNS = KS_DER_CONTEXT(2),
    NAME_X400 = KS_DER_CONTEXT_CONS(3),
    NAME_DIRECTORY = KS_DER_CONTEXT_CONS(4),
    NAME_EDI_PARTY = KS_DER_CONTEXT_CONS(5),
    NAME_URI = KS_DER_CONTEXT(6),
    NAME_IP = KS_DER_CONTEXT(7),
    NAME_REGISTERED = KS_DER_CONTEXT(8),
};

static const uint8_t oid_constraints[] = {0x55, 0x1d, 0x1e};
static const uint8_t oid_alt_names[] = {0x55, 0x1d, 0x11};
static const uint8_t oid_cn[] = {0x55, 4, 3};
static const uint8_t oid_email[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1};

struct judging {
    struct ks_slice permitted, excluded; /* contents of GeneralSubtrees */
    size_t *left;                        /* what comparing may cost */
    bool java;                           /* as a JVM does it */
    bool complex;
    struct ks_buf *words;
};

/* ---- one name, one base ---- */

static bool equal_folded(struct ks_slice a, struct ks_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (tolower(a.data[i]) != tolower(b.data[i]))
            return false;
    return true;
}

static bool ends_with(struct ks_slice name, struct ks_slice end)
{
    return name.len >= end.len &&
           equal_folded(ks_slice_part(name, name.len - end.len, end.len), end);
}

/* Labels added on the left are within it. RFC 5280 knows no leading dot here; OpenSSL and Java take
 * one for "subdomains only". */
static bool dns_within(struct ks_slice name, struct ks_slice base)
{
    if (base.len == 0)
        return true;
    if (!ends_with(name, base))
        return false;
    return name.len == base.len || base.data[0] == '.' || name.data[name.len - base.len - 1] == '.';
}

static struct ks_slice after(struct ks_slice text, uint8_t mark)
{
    for (size_t i = text.len; i > 0; i--)
        if (text.data[i - 1] == mark)
            return ks_slice_part(text, i, text.len - i);
    return ks_slice(NULL, 0);
}

/* A host, or with a leading dot the hosts of a domain. */
static bool host_within(struct ks_slice host, struct ks_slice base)
{
    if (base.len > 0 && base.data[0] == '.')
        return host.len > base.len && ends_with(host, base);
    return equal_folded(host, base);
}

static bool email_within(struct ks_slice name, struct ks_slice base)
{
    if (base.len == 0)
        return true;
    return after(base, '@').len > 0 ? equal_folded(name, base)
                                    : host_within(after(name, '@'), base);
}

static struct ks_slice uri_host(struct ks_slice uri)
{
    size_t from = 0, to;

    while (from + 2 < uri.len &&
           !(uri.data[from] == ':' && uri.data[from + 1] == '/' && uri.data[from + 2] == '/'))
        from++;
    from = from + 2 < uri.len ? from + 3 : uri.len;
    for (to = from;
         to < uri.len && uri.data[to] != '/' && uri.data[to] != '?' && uri.data[to] != '#'; to++)
        if (uri.data[to] == '@')
            from = to + 1;
    struct ks_slice host = ks_slice_part(uri, from, to - from);
    for (size_t i = 0; i < host.len; i++)
        if (host.data[i] == ':')
            return ks_slice_part(host, 0, i);
    return host;
}

static bool ip_within(struct ks_slice ip, struct ks_slice base)
{
    if (base.len != 2 * ip.len)
        return false;
    for (size_t i = 0; i < ip.len; i++)
        if ((ip.data[i] ^ base.data[i]) & base.data[ip.len + i])
            return false;
    return true;
}

/* The RDNs of the base are the first ones of the name. */
static bool directory_within(struct ks_slice name, struct ks_slice base)
{
    struct ks_tlv n, b, rdn, under;

    if (!ks_der_expect(&name, KS_DER_SEQUENCE, &n) || !ks_der_expect(&base, KS_DER_SEQUENCE, &b))
        return false;
    size_t depth = 0;
    struct ks_slice in = n.body, bases = b.body;
    while (ks_der_expect(&bases, KS_DER_SET, &under))
        depth++;
    while (depth-- > 0)
        if (!ks_der_expect(&in, KS_DER_SET, &rdn))
            return false;
    struct ks_buf head = KS_BUF_INIT;
    ks_der_put(&head, KS_DER_SEQUENCE, ks_slice_part(n.body, 0, n.body.len - in.len));
    bool within = ks_name_equal(ks_slice(head.data, head.len), b.whole);
    ks_buf_free(&head);
    return within;
}

static bool is_within(uint8_t kind, struct ks_slice name, struct ks_slice base)
{
    switch (kind) {
    case NAME_EMAIL:
        return email_within(name, base);
    case NAME_DNS:
        return dns_within(name, base);
    case NAME_DIRECTORY:
        return directory_within(name, base);
    case NAME_URI:
        return host_within(uri_host(name), base);
    default:
        return ip_within(name, base);
    }
}

/* ---- one name, all constraints ---- */

enum fit { FIT_NONE_OF_KIND, FIT_NOT, FIT_UNKNOWN, FIT };

static bool is_comparable(uint8_t kind)
{
    return kind != NAME_OTHER && kind != NAME_X400 && kind != NAME_EDI_PARTY &&
           kind != NAME_REGISTERED;
}

/* Java's OIDName knows one case: they are equal. */
static enum fit fit_of(const struct judging *j, uint8_t kind, struct ks_slice name,
                       struct ks_slice base)
{
    if (is_comparable(kind))
        return is_within(kind, name, base) ? FIT : FIT_NOT;
    return j->java && kind == NAME_REGISTERED && ks_slice_equal(name, base) ? FIT : FIT_UNKNOWN;
}

static enum fit look_through(struct judging *j, struct ks_slice trees, uint8_t kind,
                             struct ks_slice name)
{
    enum fit fit = FIT_NONE_OF_KIND;
    struct ks_tlv tree, base;

    for (size_t n = 0; fit < FIT_UNKNOWN && ks_der_expect(&trees, KS_DER_SEQUENCE, &tree); n++) {
        size_t cost = kind == NAME_DIRECTORY ? 25 : 1;
        if (n == SUBTREES_MAX || *j->left < cost) {
            j->complex = true;
            break;
        }
        *j->left -= cost;
        if (!ks_der_next(&tree.body, &base) || base.tag != kind)
            continue;
        fit = fit_of(j, kind, name, base.body);
    }
    return fit;
}

static const char *kind_word(uint8_t kind)
{
    switch (kind) {
    case NAME_EMAIL:
        return "the e-mail address";
    case NAME_DNS:
        return "the DNS name";
    case NAME_DIRECTORY:
        return "the name";
    case NAME_URI:
        return "the URI";
    case NAME_IP:
        return "the address";
    case NAME_OTHER:
        return "the other name";
    case NAME_REGISTERED:
        return "the registered id";
    default:
        return "the X.400 or EDI name";
    }
}

static void say_name(uint8_t kind, struct ks_slice name, struct ks_buf *out)
{
    ks_buf_str(out, kind_word(kind));
    if (!is_comparable(kind))
        return;
    ks_buf_str(out, " ");
    if (kind == NAME_DIRECTORY)
        ks_name_text(name, out);
    else if (kind == NAME_IP)
        for (size_t i = 0; i < name.len; i++)
            ks_buf_printf(out, name.len == 4 ? "%s%u" : "%s%02x",
                          i == 0          ? ""
                          : name.len == 4 ? "."
                          : i % 2         ? ""
                                          : ":",
                          name.data[i]);
    else
        ks_buf_slice(out, name);
}

static bool is_allowed(struct judging *j, uint8_t kind, struct ks_slice name)
{
    const char *why = NULL;
    enum fit permitted = look_through(j, j->permitted, kind, name), excluded = FIT_NONE_OF_KIND;

    if (permitted == FIT_NOT && !j->complex)
        why = " is under none of its permitted subtrees";
    else if (permitted != FIT_UNKNOWN)
        excluded = look_through(j, j->excluded, kind, name);
    if (permitted == FIT_UNKNOWN || excluded == FIT_UNKNOWN)
        why = " is of a kind that clients cannot compare with its subtrees, so they refuse it";
    else if (excluded == FIT)
        why = " is under one of its excluded subtrees";
    if (why && j->words) {
        say_name(kind, name, j->words);
        ks_buf_str(j->words, why);
    }
    return !why;
}

/* ---- the names of a certificate ---- */

static bool has_name(struct ks_slice names, uint8_t kind)
{
    struct ks_tlv name;

    while (ks_der_next(&names, &name))
        if (name.tag == kind)
            return true;
    return false;
}

static bool may_be_host(struct ks_slice text)
{
    bool dot = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (!isalnum(c) && c != '-' && c != '.' && c != '*' && c != '_')
            return false;
        dot = dot || c == '.';
    }
    return dot;
}

/* Java and OpenSSL hold a common name that is a host against the DNS constraints when there is no
 * DNS name in its place. */
static bool cn_allowed(struct judging *j, struct ks_slice subject)
{
    struct ks_name_part *parts;
    size_t count = ks_name_parts(subject, &parts);
    bool allowed = true;

    for (size_t i = 0; allowed && i < count; i++) {
        struct ks_slice value = ks_slice(parts[i].value, parts[i].value_len);
        if (ks_der_oid_is(parts[i].type, oid_cn, sizeof oid_cn) && may_be_host(value))
            allowed = is_allowed(j, NAME_DNS, value);
    }
    ks_name_parts_free(parts, count);
    return allowed;
}

/* RFC 5280 4.2.1.10 wants it where there is no alternative name, and so does Java; OpenSSL does it
 * always. */
static bool emails_allowed(struct judging *j, struct ks_slice subject)
{
    struct ks_name_part *parts;
    size_t count = ks_name_parts(subject, &parts);
    bool allowed = true;

    for (size_t i = 0; allowed && i < count; i++)
        if (ks_der_oid_is(parts[i].type, oid_email, sizeof oid_email))
            allowed = is_allowed(j, NAME_EMAIL, ks_slice(parts[i].value, parts[i].value_len));
    ks_name_parts_free(parts, count);
    return allowed;
}

static struct ks_slice alt_names_of(const struct ks_cert *c)
{
    struct ks_ext ext;
    struct ks_tlv names;

    if (c->exts.len && ks_ext_find(ks_cert_part(c, c->exts),
                                   ks_slice(oid_alt_names, sizeof oid_alt_names), &ext)) {
        struct ks_slice in = ext.value;
        if (ks_der_expect(&in, KS_DER_SEQUENCE, &names))
            return names.body;
    }
    return ks_slice(NULL, 0);
}

static bool names_allowed(struct judging *j, const struct ks_cert *c, bool leaf)
{
    struct ks_slice names = alt_names_of(c), in = names, subject = ks_cert_part(c, c->subject);
    struct ks_tlv name, rdns;

    while (ks_der_next(&in, &name))
        if (!is_allowed(j, name.tag, name.body))
            return false;
    if (!(j->java && names.len) && !emails_allowed(j, subject))
        return false;
    if (leaf && !has_name(names, NAME_DNS) && !cn_allowed(j, subject))
        return false;
    in = subject;
    bool empty = !ks_der_expect(&in, KS_DER_SEQUENCE, &rdns) || rdns.body.len == 0;
    return empty || is_allowed(j, NAME_DIRECTORY, subject);
}

static bool read_constraints(const struct ks_cert *c, struct judging *j)
{
    struct ks_ext ext;
    struct ks_tlv body, list;

    if (c->exts.len == 0 || !ks_ext_find(ks_cert_part(c, c->exts),
                                         ks_slice(oid_constraints, sizeof oid_constraints), &ext))
        return false;
    struct ks_slice in = ext.value;
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &body))
        return false;
    if (ks_der_expect(&body.body, KS_DER_CONTEXT_CONS(0), &list))
        j->permitted = list.body;
    if (ks_der_expect(&body.body, KS_DER_CONTEXT_CONS(1), &list))
        j->excluded = list.body;
    return true;
}

/* Self-issued certificates are exempt, unless they are the last (RFC 5280 6.1.3 b). */
enum ks_constraints ks_constraints_judge(const struct ks_issuing *x, struct ks_buf *words)
{
    size_t left = COMPARED_MAX;
    struct judging j = {
        .left = x->names_left ? x->names_left : &left, .java = x->java, .words = words};

    if (!read_constraints(x->cert, &j))
        return KS_CONSTRAINTS_MET;
    for (size_t i = 0; i < x->below_count; i++) {
        const struct ks_cert *c = x->below[i];
        if ((i == 0 || !(c->flags & KS_CERT_SELF_ISSUED)) && !names_allowed(&j, c, i == 0))
            return KS_CONSTRAINTS_VIOLATED;
        if (j.complex)
            return KS_CONSTRAINTS_COMPLEX;
    }
    return KS_CONSTRAINTS_MET;
}
