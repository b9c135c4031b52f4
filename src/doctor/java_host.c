/*
 * sun.security.util.HostnameChecker. It differs from x509/host.h where Java does: an asterisk may
 * stand for a part of the first label, and the CN counts as soon as there is no DNS name, whatever
 * other names there are.
 */
#include "doctor/java_rules.h"

#include "x509/cert.h"
#include "x509/der.h"
#include "x509/host.h"
#include "x509/name.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { TAG_DNS = KS_DER_CONTEXT(2), TAG_IP = KS_DER_CONTEXT(7) };
#define NAME_MAX_LEN 255

/* ---- names ---- */

/* javax.net.ssl.SNIHostName, with `*` for any letter. */
static bool is_template(const char *text, size_t len)
{
    char before = '.';
    if (len == 0 || len > NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i], next = i + 1 < len ? text[i + 1] : '.';
        if (!isalnum((unsigned char)c) && c != '-' && c != '.' && c != '*')
            return false;
        if ((c == '.' && before == '.') || (c == '-' && (before == '.' || next == '.')))
            return false;
        before = c;
    }
    return text[len - 1] != '.';
}

/* A dot follows the last asterisk, if there is one. */
static bool legal_wildcard(const char *text, size_t len)
{
    for (size_t i = len; i > 0 && text[i - 1] != '.'; i--)
        if (text[i - 1] == '*')
            return false;
    return true;
}

static size_t label_len(const char *text, size_t len)
{
    const char *dot = memchr(text, '.', len);
    return dot ? (size_t)(dot - text) : len;
}

static bool equal_folded(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return false;
    return true;
}

/* The pieces between asterisks occur one behind the other; the first begins the label and the last
 * ends it. */
static bool match_label(const char *name, size_t name_len, const char *text, size_t len)
{
    const char *star = memchr(text, '*', len);
    if (!star)
        return name_len == len && equal_folded(name, text, len);
    size_t at = 0;
    for (bool first = true; star; first = false) {
        size_t piece = (size_t)(star - text);
        while (at + piece <= name_len && !equal_folded(name + at, text, piece) && !first)
            at++;
        if (at + piece > name_len || !equal_folded(name + at, text, piece))
            return false;
        at += piece;
        len -= piece + 1;
        text = star + 1;
        star = memchr(text, '*', len);
    }
    return name_len - at >= len && equal_folded(name + name_len - len, text, len);
}

static bool match_name(const char *host, size_t host_len, struct ks_slice name)
{
    const char *text = (const char *)name.data;
    if (!is_template(text, name.len) || !legal_wildcard(text, name.len))
        return false;
    size_t a = label_len(host, host_len), b = label_len(text, name.len);
    return match_label(host, a, text, b) && host_len - a == name.len - b &&
           equal_folded(host + a, text + b, name.len - b);
}

/* ---- a certificate ---- */

static bool alt_names(const struct ks_cert *leaf, struct ks_slice *out)
{
    static const uint8_t oid[] = {0x55, 0x1d, 0x11};
    struct ks_ext ext;
    struct ks_tlv names;
    if (!leaf->exts.len ||
        !ks_ext_find(ks_cert_part(leaf, leaf->exts), ks_slice(oid, sizeof oid), &ext) ||
        !ks_der_expect(&ext.value, KS_DER_SEQUENCE, &names))
        return false;
    *out = names.body;
    return true;
}

static bool refuse(struct ks_java_fault *fault, const char *id, const char *before,
                   const char *host, const char *behind)
{
    fault->id = id;
    ks_buf_printf(&fault->said, "%s%s%s", before, host, behind);
    return false;
}

static bool parse_ip(const char *text, uint8_t out[static 16], size_t *len)
{
    *len = strchr(text, ':') ? 16 : 4;
    return inet_pton(*len == 16 ? AF_INET6 : AF_INET, text, out) == 1;
}

static bool answers_for_address(const struct ks_cert *leaf, const char *host,
                                struct ks_java_fault *fault)
{
    struct ks_slice names;
    struct ks_tlv name;
    uint8_t wanted[16];
    size_t len;
    if (!alt_names(leaf, &names))
        return refuse(fault, "CERT-NO-SAN", "No subject alternative names present", "", "");
    while (parse_ip(host, wanted, &len) && ks_der_next(&names, &name))
        if (name.tag == TAG_IP && ks_slice_equal(name.body, ks_slice(wanted, len)))
            return true;
    return refuse(fault, "CERT-HOST-MISMATCH", "No subject alternative names matching IP address ",
                  host, " found");
}

/* The most specific one, which is the last. */
static bool cn_matches(const struct ks_cert *leaf, const char *host, size_t len)
{
    static const uint8_t cn[] = {0x55, 4, 3};
    struct ks_name_part *parts;
    size_t count = ks_name_parts(ks_cert_part(leaf, leaf->subject), &parts), i = count;
    while (i > 0 && !ks_der_oid_is(parts[i - 1].type, cn, sizeof cn))
        i--;
    bool fits =
        i > 0 && match_name(host, len, ks_slice(parts[i - 1].value, parts[i - 1].value_len));
    ks_name_parts_free(parts, count);
    return fits;
}

static bool answers_for_name(const struct ks_cert *leaf, const char *host, size_t len,
                             struct ks_java_fault *fault)
{
    struct ks_slice names = {0};
    struct ks_tlv name;
    bool found = false;
    (void)alt_names(leaf, &names);
    while (ks_der_next(&names, &name)) {
        found = found || name.tag == TAG_DNS;
        if (name.tag == TAG_DNS && match_name(host, len, name.body))
            return true;
    }
    if (found)
        return refuse(fault, "CERT-HOST-MISMATCH", "No subject alternative DNS name matching ",
                      host, " found.");
    return cn_matches(leaf, host, len) ||
           refuse(fault, "CERT-NO-SAN", "No name matching ", host, " found");
}

/* As X509TrustManagerImpl hands it over: without brackets and a final dot. */
bool ks_java_answers_for(const struct ks_cert *leaf, const char *host, struct ks_java_fault *fault)
{
    size_t len = strlen(host);
    char bare[NAME_MAX_LEN + 1];
    if (len > 1 && host[len - 1] == '.')
        len--;
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len == 0 || len > NAME_MAX_LEN)
        return refuse(fault, "CERT-HOST-MISMATCH", "Illegal given domain name: ", host, "");
    memcpy(bare, host, len);
    bare[len] = '\0';
    return ks_host_is_address(bare, len) ? answers_for_address(leaf, bare, fault)
                                         : answers_for_name(leaf, bare, len, fault);
}
