#include "x509/alt_names.h"

#include "x509/cert.h"
#include "x509/der.h"
#include "x509/dn.h"
#include "x509/ext.h"
#include "x509/oid.h"

#include "base/alloc.h"
#include "base/punycode.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define MAX_LINE 8192
#define MAX_HOST 253 /* RFC 1035 2.3.4, written with dots */
#define MAX_LABEL 63
#define MAX_LOCAL_PART 64 /* RFC 5321 4.5.3.1.1 */

static enum ks_code refuse(struct ks_error *err, const char *why)
{
    return ks_fail(err, KS_ERR_USAGE, "alt-name", "%s", why);
}

/* ---- host names ---- */

static bool is_host_character(int32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= '0' && cp <= '9') ||
           cp == '-' || cp == '_';
}

/* Letters, their marks, and digits: what IDNA 2008 (RFC 5892) lets into a label, nearly. */
static bool is_word_character(int32_t cp)
{
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
        return true;
    default:
        return false;
    }
}

/* A label that is not ASCII: lower case and NFC (RFC 5895 2), then Punycode. */
static enum ks_code put_international_label(struct ks_slice label, struct ks_buf *out,
                                            struct ks_error *err)
{
    struct ks_buf lower = KS_BUF_INIT;
    const char *why = NULL;
    for (size_t at = 0; at < label.len && !why;) {
        int32_t cp;
        at += ks_utf8_next((const char *)label.data + at, label.len - at, &cp);
        if (cp < 0)
            why = "not UTF-8";
        else if (cp < 0x80 ? !is_host_character(cp) : !is_word_character(cp))
            why = "a character that no host name has";
        else
            ks_utf8_append(&lower, (uint32_t)utf8proc_tolower(cp));
    }
    char *composed = why ? NULL : (char *)utf8proc_NFC((const uint8_t *)ks_buf_text(&lower));
    if (!why) {
        ks_buf_str(out, "xn--");
        if (!composed || !ks_punycode_encode(composed, strlen(composed), out))
            why = "a part of more than 63 characters";
    }
    free(composed);
    ks_buf_free(&lower);
    return why ? refuse(err, why) : KS_OK;
}

static enum ks_code put_label(struct ks_slice label, struct ks_buf *out, struct ks_error *err)
{
    if (label.len == 0)
        return refuse(err, "two dots in a row, or one in front");
    if (!ks_text_is_ascii(label))
        return put_international_label(label, out, err);
    if (label.len > MAX_LABEL)
        return refuse(err, "a part of more than 63 characters");
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.data[i];
        if (c <= ' ' || c == 0x7f)
            return refuse(err, "a blank or control character in a host name");
        if (!is_host_character(c))
            return ks_fail(err, KS_ERR_USAGE, "alt-name", "'%c' in a host name", c);
    }
    if (label.data[0] == '-' || label.data[label.len - 1] == '-')
        return refuse(err, "a part that begins or ends with '-'");
    ks_buf_slice(out, label);
    return KS_OK;
}

static bool is_digits(const char *text, size_t len)
{
    return len > 0 && strspn(text, "0123456789") >= len;
}

/* What would be taken for an address, or ask for more than a name can say. */
static const char *host_refusal(const char *host, size_t len)
{
    const char *last = host;
    for (size_t i = 0; i < len; i++)
        last = host[i] == '.' ? host + i + 1 : last;
    if (len == 0)
        return "no host name";
    if (memchr(host, '/', len))
        return "'/' in a host name: the name alone, without scheme and path";
    if (memchr(host, ':', len))
        return "':' in a host name: no port belongs to it";
    if (last == host + len)
        return "a dot at the end";
    if (is_digits(last, (size_t)(host + len - last)))
        return "not an IPv4 address";
    if (memchr(host + (host[0] == '*'), '*', len - (host[0] == '*')))
        return "a '*' that is not the whole leftmost part";
    return NULL;
}

/* RFC 6125 6.4.3: a wildcard is the whole leftmost label. */
static enum ks_code put_host(const char *host, size_t len, bool wildcard, struct ks_buf *out,
                             struct ks_error *err)
{
    const char *why = host_refusal(host, len);
    size_t at = 0, start = out->len;
    enum ks_code code = KS_OK;
    if (why)
        return refuse(err, why);
    if (host[0] == '*') {
        if (!wildcard || len < 3 || host[1] != '.')
            return refuse(err, "a '*' that is not the whole leftmost part");
        ks_buf_str(out, "*.");
        at = 2;
    }
    while (code == KS_OK) {
        const char *dot = memchr(host + at, '.', len - at);
        size_t end = dot ? (size_t)(dot - host) : len;
        code = put_label(ks_slice(host + at, end - at), out, err);
        if (!dot)
            break;
        ks_buf_byte(out, '.');
        at = end + 1;
    }
    if (code == KS_OK && out->len - start > MAX_HOST)
        return refuse(err, "a host name of more than 253 characters");
    return code;
}

/* ---- the kinds: the contents of a GeneralName from its text ---- */

static enum ks_code take_dns(const char *text, struct ks_buf *out, struct ks_error *err)
{
    return put_host(text, strlen(text), true, out, err);
}

static enum ks_code take_ip(const char *text, struct ks_buf *out, struct ks_error *err)
{
    uint8_t address[16];
    if (strchr(text, '/'))
        return refuse(err, "an address, not a network");
    bool six = strchr(text, ':') != NULL;
    if (inet_pton(six ? AF_INET6 : AF_INET, text, address) != 1)
        return refuse(err, six ? "not an IPv6 address" : "not an IPv4 address");
    ks_buf_append(out, address, six ? 16 : 4);
    return KS_OK;
}

/* rfc822Name, RFC 5280 4.2.1.6: a Mailbox of RFC 5321, here without quoted local parts. */
static enum ks_code take_email(const char *text, struct ks_buf *out, struct ks_error *err)
{
    static const char atext[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "!#$%&'*+-/=?^_`{|}~.";
    const char *at = strrchr(text, '@');
    if (!at)
        return refuse(err, "no '@' in an e-mail address");
    size_t local = (size_t)(at - text);
    if (local == 0 || local > MAX_LOCAL_PART || strspn(text, atext) != local || text[0] == '.' ||
        at[-1] == '.')
        return refuse(err, "not an e-mail address in front of the '@'");
    ks_buf_append(out, text, local + 1);
    return put_host(at + 1, strlen(at + 1), false, out, err);
}

static size_t scheme_length(const char *text)
{
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    bool letter = (text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z';
    size_t len = letter ? strspn(text, rest) : 0;
    return text[len] == ':' ? len : 0;
}

/* RFC 5280 4.2.1.6: absolute, with a scheme and something behind it. */
static enum ks_code take_uri(const char *text, struct ks_buf *out, struct ks_error *err)
{
    size_t scheme = scheme_length(text);
    if (scheme == 0)
        return refuse(err, "a URI needs a scheme, as in https://host/");
    const char *rest = text + scheme + 1;
    if (rest[0] == '/' && rest[1] == '/')
        rest += 2;
    if (*rest == '\0')
        return refuse(err, "a URI of a scheme alone");
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`{|}", *c))
            return refuse(err, "a character that a URI writes as %XX");
    ks_buf_str(out, text);
    return KS_OK;
}

static enum ks_code take_dir(const char *text, struct ks_buf *out, struct ks_error *err)
{
    struct ks_error why = {0};
    if (*text == '\0')
        return refuse(err, "an empty name");
    return ks_dn_parse(text, out, &why) == KS_OK ? KS_OK : refuse(err, why.what);
}

static enum ks_code take_oid(const char *text, struct ks_buf *out, struct ks_error *err)
{
    bool digits = *text >= '0' && *text <= '9';
    if (digits ? ks_oid_parse(text, out) : ks_oid_named(text, out))
        return KS_OK;
    return refuse(err, "not an OID, as in 1.3.6.1.4.1.311");
}

/* otherName, of which people want one: the user principal name of Windows, a UTF8String. */
static enum ks_code take_other(const char *text, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf part = KS_BUF_INIT, value = KS_BUF_INIT;
    const char *equals = strchr(text, '=');
    char *type = ks_strndup(text, equals ? (size_t)(equals - text) : 0);
    bool named =
        *type >= '0' && *type <= '9' ? ks_oid_parse(type, &part) : ks_oid_named(type, &part);
    struct ks_slice utf8 = ks_slice_str(equals ? equals + 1 : "");
    struct ks_buf valid = KS_BUF_INIT;
    bool good = named && utf8.len > 0 && ks_text_from_utf8(utf8, &valid);
    if (good) {
        ks_der_put(out, KS_DER_OID, ks_slice(part.data, part.len));
        ks_der_put(&value, KS_DER_UTF8_STRING, utf8);
        ks_der_put(out, KS_DER_CONTEXT_CONS(0), ks_slice(value.data, value.len));
    }
    free(type);
    ks_buf_free(&part);
    ks_buf_free(&value);
    ks_buf_free(&valid);
    return good ? KS_OK : refuse(err, "not OID=text, as in userPrincipalName=a@b");
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

/* A whole GeneralName, for those that nothing else here says. */
static enum ks_code take_der(const char *text, struct ks_buf *out, struct ks_error *err)
{
    for (; hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0; text += 2)
        ks_buf_byte(out, (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1])));
    struct ks_slice whole = ks_slice(out->data, out->len), rest = whole;
    struct ks_tlv name;
    if (*text || !ks_der_next(&rest, &name) || rest.len > 0 || (name.tag & 0xc0) != 0x80 ||
        !ks_ber_is_der(whole))
        return refuse(err, "not a general name in hex");
    return KS_OK;
}

typedef enum ks_code take_fn(const char *text, struct ks_buf *out, struct ks_error *err);

static const struct kind {
    const char *prefix, *other; /* the other: as OpenSSL spells it */
    uint8_t tag;                /* 0: take() makes a whole element */
    take_fn *take;
} kinds[] = {
    {"dns", "host", KS_DER_CONTEXT(2), take_dns},
    {"ip", "address", KS_DER_CONTEXT(7), take_ip},
    {"email", "rfc822", KS_DER_CONTEXT(1), take_email},
    {"uri", "url", KS_DER_CONTEXT(6), take_uri},
    {"dir", "dirName", KS_DER_CONTEXT_CONS(4), take_dir},
    {"oid", "rid", KS_DER_CONTEXT(8), take_oid},
    {"other", "otherName", KS_DER_CONTEXT_CONS(0), take_other},
    {"der", NULL, 0, take_der},
};

static bool is_prefix(const char *line, size_t len, const char *word)
{
    return word && strlen(word) == len && OPENSSL_strncasecmp(line, word, len) == 0;
}

static const struct kind *kind_by_looks(const char *text)
{
    uint8_t address[16];
    if (inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1)
        return &kinds[1];
    if (strstr(text, "://") || OPENSSL_strncasecmp(text, "urn:", 4) == 0)
        return &kinds[3];
    return strchr(text, '@') ? &kinds[2] : &kinds[0];
}

/* Moves *text behind a prefix. */
static const struct kind *kind_of(const char **text)
{
    size_t len = strcspn(*text, ":");
    for (size_t i = 0; (*text)[len] == ':' && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!is_prefix(*text, len, kinds[i].prefix) && !is_prefix(*text, len, kinds[i].other))
            continue;
        *text += len + 1;
        *text += strspn(*text, " \t");
        return &kinds[i];
    }
    return kind_by_looks(*text);
}

/* ---- lines ---- */

/* A copy without blanks at either end. */
static char *trimmed(const char *line)
{
    line += strspn(line, " \t\r\n");
    size_t len = strlen(line);
    while (len > 0 && strchr(" \t\r\n", line[len - 1]))
        len--;
    return ks_strndup(line, len);
}

/* GeneralName, whole. */
static enum ks_code put_name(const char *line, struct ks_buf *out, struct ks_error *err)
{
    if (strlen(line) > MAX_LINE)
        return refuse(err, "too long");
    struct ks_buf body = KS_BUF_INIT;
    const struct kind *kind = kind_of(&line);
    enum ks_code code = kind->take(line, &body, err);
    struct ks_slice contents = ks_slice(body.data, body.len);
    if (code == KS_OK && kind->tag)
        ks_der_put(out, kind->tag, contents);
    else if (code == KS_OK)
        ks_buf_slice(out, contents);
    ks_buf_free(&body);
    return code;
}

/* As ks_ext_general_names() writes it if that can be read again, else "der:" and hex. */
void ks_alt_name_line(struct ks_slice name, struct ks_buf *out)
{
    struct ks_buf line = KS_BUF_INIT, again = KS_BUF_INIT;
    struct ks_slice rest = name;
    struct ks_tlv tlv;
    bool said = ks_der_next(&rest, &tlv) && ks_put_general_name(&tlv, &line) &&
                strlen(ks_buf_text(&line)) == line.len &&
                put_name(ks_buf_text(&line), &again, NULL) == KS_OK &&
                ks_slice_equal(ks_slice(again.data, again.len), name);
    if (said) {
        ks_buf_append(out, line.data, line.len);
    } else {
        ks_buf_str(out, "der:");
        ks_text_hex(name, '\0', false, out);
    }
    ks_buf_free(&line);
    ks_buf_free(&again);
}

enum ks_code ks_alt_name_check(const char *line, struct ks_buf *canonical, struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    char *text = trimmed(line);
    enum ks_code code = *text ? put_name(text, &name, err) : refuse(err, "no name");
    if (code == KS_OK && canonical)
        ks_alt_name_line(ks_slice(name.data, name.len), canonical);
    free(text);
    ks_buf_free(&name);
    return code;
}

static bool is_there(struct ks_slice names, struct ks_slice name)
{
    struct ks_tlv tlv;
    while (ks_der_next(&names, &tlv))
        if (ks_slice_equal(tlv.whole, name))
            return true;
    return false;
}

static enum ks_code put_line(const char *line, size_t number, struct ks_buf *names, size_t *count,
                             struct ks_error *err)
{
    struct ks_buf name = KS_BUF_INIT;
    struct ks_error why = {0};
    char *text = trimmed(line);
    enum ks_code code = *text ? put_name(text, &name, &why) : KS_OK;
    if (code != KS_OK) {
        code = ks_fail(err, code, "alt-name", "line %zu, '%.100s': %s", number, text, why.what);
    } else if (*text &&
               !is_there(ks_slice(names->data, names->len), ks_slice(name.data, name.len))) {
        ks_buf_append(names, name.data, name.len);
        ++*count;
    }
    free(text);
    ks_buf_free(&name);
    return code;
}

enum ks_code ks_alt_names_put(const char *const *lines, size_t count, struct ks_buf *out,
                              struct ks_error *err)
{
    struct ks_buf names = KS_BUF_INIT;
    enum ks_code code = KS_OK;
    size_t taken = 0;
    for (size_t i = 0; i < count && code == KS_OK; i++) {
        code = put_line(lines[i], i + 1, &names, &taken, err);
        if (code == KS_OK && taken > KS_ALT_NAMES_MAX)
            code = ks_fail(err, KS_ERR_USAGE, "alt-name", "more than %d names", KS_ALT_NAMES_MAX);
    }
    if (code == KS_OK && taken > 0)
        ks_der_put(out, KS_DER_SEQUENCE, ks_slice(names.data, names.len));
    ks_buf_free(&names);
    return code;
}
