#include "x509/host.h"

#include "x509/alt_names.h"
#include "x509/cert.h"
#include "x509/der.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_ADDRESS 45 /* an IPv6 address with an IPv4 one at its end */
#define MAX_HOST 1024  /* bytes of what is asked: 253 characters, that each may take four */

/* ---- addresses ---- */

struct address {
    uint8_t bytes[16];
    size_t len; /* 4 or 16 */
};

/* With brackets, as a URL has an IPv6 address, or without. */
static bool parse_address(const char *text, size_t len, struct address *out)
{
    char copy[MAX_ADDRESS + 1];
    bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
    if (brackets) {
        text++;
        len -= 2;
    }
    if (len == 0 || len > MAX_ADDRESS || memchr(text, '\0', len))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    bool six = strchr(copy, ':') != NULL;
    out->len = six ? 16 : 4;
    return six == (six || brackets) && inet_pton(six ? AF_INET6 : AF_INET, copy, out->bytes) == 1;
}

bool ks_host_is_address(const char *text, size_t len)
{
    struct address a;
    return parse_address(text, len, &a);
}

/* ---- what is asked for ---- */

/* A final dot says that the name is complete (RFC 1034 3.1); certificates never have it. */
static size_t length_of(const char *host)
{
    size_t len = strlen(host);
    return len > 1 && host[len - 1] == '.' ? len - 1 : len;
}

/* In any base that inet_aton(3) knows, with digits or without: libcurl, proxies and resolvers take
 * "127.0.0.0x1" for an address, whatever a list of addresses says ("ends in a number" of WHATWG's
 * URLs). */
static bool is_number(const char *text, size_t len)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    if (len > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return 2 + strspn(text + 2, digits) >= len;
    return len > 0 && strspn(text, "0123456789") >= len;
}

static size_t last_label(const char *host, size_t len)
{
    size_t at = len;
    while (at > 0 && host[at - 1] != '.')
        at--;
    return at;
}

/* The A-labels of a name, as they are in certificates and in the DNS (RFC 5890 2.3.2.1). */
static bool put_a_labels(const char *host, size_t len, struct ks_buf *out)
{
    static const char prefix[] = "dns:";
    struct ks_buf line = KS_BUF_INIT, canonical = KS_BUF_INIT;
    struct ks_error err = {0};
    ks_buf_str(&line, prefix);
    ks_buf_append(&line, host, len);
    bool fine = ks_alt_name_check(ks_buf_text(&line), &canonical, &err) == KS_OK;
    if (fine)
        ks_buf_str(out, ks_buf_text(&canonical) + strlen(prefix));
    ks_buf_free(&canonical);
    ks_buf_free(&line);
    return fine;
}

static bool is_name(const char *host, size_t len)
{
    struct ks_buf labels = KS_BUF_INIT;
    bool fine = put_a_labels(host, len, &labels);
    ks_buf_free(&labels);
    return fine;
}

const char *ks_host_refusal(const char *host)
{
    size_t len = host ? strlen(host) : 0;
    if (len == 0)
        return "no host name";
    if (len > MAX_HOST)
        return "a host name of more than 253 characters";
    if (ks_host_is_address(host, len))
        return NULL;
    len = length_of(host);
    if (memchr(host, '/', len))
        return "'/' in a host name: the name alone, without scheme and path";
    if (memchr(host, ':', len))
        return "':' in a host name: neither an IPv6 address, nor does a port belong to it";
    if (memchr(host, '*', len))
        return "a '*' in a host name: certificates have wildcards, hosts do not";
    if (strcspn(host, " \t\r\n") < len)
        return "a blank in a host name";
    size_t last = last_label(host, len);
    if (is_number(host + last, len - last))
        return "not an IPv4 address";
    return is_name(host, len) ? NULL
                              : "not a host name: a part of it is empty or longer than 63 "
                                "characters, or has a character that no host name has";
}

bool ks_host_canonical(const char *host, struct ks_buf *out)
{
    if (ks_host_refusal(host))
        return false;
    size_t len = strlen(host);
    if (!ks_host_is_address(host, len))
        return put_a_labels(host, length_of(host), out);
    ks_buf_append(out, host + (host[0] == '['), len - (host[0] == '[' ? 2 : 0));
    return true;
}

/* ---- one name against the host ---- */

static bool is_equal(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char x = a[i], y = b[i];
        x = x >= 'A' && x <= 'Z' ? (char)(x | 0x20) : x;
        y = y >= 'A' && y <= 'Z' ? (char)(y | 0x20) : y;
        if (x != y)
            return false;
    }
    return true;
}

/* RFC 6125 6.4.3; behind the wildcard two labels at least, as OpenSSL and browsers want. */
static bool wildcard_covers(const char *name, size_t len, const char *host, size_t host_len)
{
    const char *rest = memchr(host, '.', host_len);
    if (len < 5 || name[0] != '*' || name[1] != '.' || !memchr(name + 2, '.', len - 2))
        return false;
    if (!rest || rest == host)
        return false;
    size_t rest_len = host_len - (size_t)(rest - host);
    return rest_len == len - 1 && is_equal(name + 1, rest, rest_len);
}

static bool covers(struct ks_slice name, const char *host, size_t host_len)
{
    const char *text = (const char *)name.data;
    if (host_len == 0)
        return false;
    if (name.len == host_len && is_equal(text, host, host_len))
        return true;
    return wildcard_covers(text, name.len, host, host_len);
}

/* ---- the names of a certificate ---- */

/* The contents of the SEQUENCE of names. False without the extension; one that cannot be read has
 * no names, and lets none take their place. */
static bool alternative_names(const struct ks_cert *c, struct ks_slice *out)
{
    static const uint8_t oid[] = {0x55, 0x1d, 0x11};
    struct ks_ext ext;
    *out = (struct ks_slice){NULL, 0};
    if (!(c->flags & KS_CERT_ALT_NAMES) ||
        !ks_ext_find(ks_cert_part(c, c->exts), ks_slice(oid, sizeof oid), &ext))
        return false;
    struct ks_slice in = ext.value;
    (void)ks_ber_body(&in, KS_DER_SEQUENCE, out);
    return true;
}

/* The last common name, the most specific one: what Java and curl take. */
static bool common_name(const struct ks_cert *c, struct ks_buf *out)
{
    static const uint8_t cn[] = {0x55, 4, 3};
    struct ks_slice in = ks_cert_part(c, c->subject), rdns, type;
    struct ks_tlv rdn, pair, value;
    bool found = false;
    if (!ks_ber_body(&in, KS_DER_SEQUENCE, &rdns))
        return false;
    while (ks_der_next(&rdns, &rdn))
        while (ks_der_next(&rdn.body, &pair)) {
            if (!ks_ber_body(&pair.body, KS_DER_OID, &type) ||
                !ks_der_oid_is(type, cn, sizeof cn) || !ks_der_next(&pair.body, &value))
                continue;
            ks_buf_clear(out);
            found = ks_der_string(&value, out);
        }
    return found;
}

static bool cn_covers(const struct ks_cert *cert, const char *host, size_t host_len)
{
    struct ks_buf cn = KS_BUF_INIT;
    bool fits =
        common_name(cert, &cn) && cn.len > 0 && covers(ks_slice(cn.data, cn.len), host, host_len);
    ks_buf_free(&cn);
    return fits;
}

/* RFC 5280 4.2.1.6: the octets of an iPAddress are the address in network order. */
static bool fits(const struct ks_tlv *name, const struct address *address, const char *host,
                 size_t host_len)
{
    if (!address)
        return name->tag == KS_DER_CONTEXT(2) && covers(name->body, host, host_len);
    return name->tag == KS_DER_CONTEXT(7) &&
           ks_slice_equal(name->body, ks_slice(address->bytes, address->len));
}

static enum ks_host_match match(const struct ks_cert *cert, const struct address *address,
                                const char *host, size_t host_len)
{
    struct ks_slice names;
    struct ks_tlv name;
    bool any = false, addresses = false, present = alternative_names(cert, &names);
    bool readable = !present || names.data;
    while (ks_der_next(&names, &name)) {
        any = any || name.tag == KS_DER_CONTEXT(2) || (address && name.tag == KS_DER_CONTEXT(7));
        addresses = addresses || name.tag == KS_DER_CONTEXT(7);
        if (fits(&name, address, host, host_len))
            return KS_HOST_MATCH;
    }
    if (any || !readable || names.len > 0)
        return KS_HOST_OTHER;
    /* Neither Java nor curl look for an address in the common name; for a host both do, unless
     * there is a DNS name, and curl unless there is an address. */
    if (!address && cn_covers(cert, host, host_len))
        return addresses ? KS_HOST_BY_CN_JAVA : KS_HOST_BY_CN;
    return present ? KS_HOST_OTHER : KS_HOST_NO_NAMES;
}

enum ks_host_match ks_cert_answers_for(const struct ks_cert *cert, const char *host)
{
    struct address address;
    struct ks_buf labels = KS_BUF_INIT;
    if (cert->flags & KS_CERT_BROKEN)
        return KS_HOST_NO_NAMES;
    if (parse_address(host, strlen(host), &address))
        return match(cert, &address, "", 0);
    if (!ks_host_refusal(host)) /* else it is found nowhere */
        (void)put_a_labels(host, length_of(host), &labels);
    enum ks_host_match found = match(cert, NULL, ks_buf_text(&labels), labels.len);
    ks_buf_free(&labels);
    return found;
}

struct ks_slice ks_cert_address_as_dns(const struct ks_cert *cert)
{
    struct ks_slice names;
    struct ks_tlv name;
    if ((cert->flags & KS_CERT_BROKEN) || !alternative_names(cert, &names))
        return (struct ks_slice){NULL, 0};
    while (ks_der_next(&names, &name))
        if (name.tag == KS_DER_CONTEXT(2) &&
            ks_host_is_address((const char *)name.body.data, name.body.len))
            return name.body;
    return (struct ks_slice){NULL, 0};
}
