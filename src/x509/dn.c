#include "x509/dn.h"

#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/parts.h"

#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 8192
#define MAX_RDNS 128
#define MAX_JOINED 16

/* ---- what a value may be: RFC 5280 appendix A.1 ---- */

const struct ks_dn_field ks_dn_fields[] = {
    /* clang-format off */
    {"CN", "Common name",  "who it is; of a server, its host name", 64},
    {"OU", "Unit",         "a part of the organization", 64},
    {"O",  "Organization", "the company or body, in full", 64},
    {"L",  "Locality",     "the town", 128},
    {"ST", "State",        "the state or province, not abbreviated", 128},
    {"C",  "Country",      "two letters, as in DE or US (ISO 3166)", 2},
    {0},
    /* clang-format on */
};

/* By the names of the OID table. What is not here is a UTF8String of up to ub-name characters. */
struct rule {
    const char *name;
    size_t max; /* characters */
    uint8_t tag;
};
static const struct rule rules[] = {
    {"CN", 64, KS_DER_UTF8_STRING},
    {"OU", 64, KS_DER_UTF8_STRING},
    {"O", 64, KS_DER_UTF8_STRING},
    {"L", 128, KS_DER_UTF8_STRING},
    {"ST", 128, KS_DER_UTF8_STRING},
    {"T", 64, KS_DER_UTF8_STRING},
    {"pseudonym", 128, KS_DER_UTF8_STRING},
    {"C", 2, KS_DER_PRINTABLE_STRING},
    {"jurisdictionC", 2, KS_DER_PRINTABLE_STRING},
    {"SERIALNUMBER", 64, KS_DER_PRINTABLE_STRING},
    {"DNQ", 64, KS_DER_PRINTABLE_STRING},
    {"EMAILADDRESS", 255, KS_DER_IA5_STRING},
    {"mail", 256, KS_DER_IA5_STRING},
    {"DC", 63, KS_DER_IA5_STRING},
};
static const struct rule any_rule = {NULL, 32768, KS_DER_UTF8_STRING};

static const struct rule *rule_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return &any_rule;
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ks_is_printable_string(struct ks_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && (c == 0 || !strchr(" '()+,-./:=?", c)))
            return false;
    }
    return true;
}

static bool is_country(struct ks_slice s)
{
    return s.len == 2 && is_letter(s.data[0]) && is_letter(s.data[1]);
}

size_t ks_count_characters(struct ks_slice s)
{
    size_t count = 0;
    for (size_t at = 0; at < s.len; count++) {
        int32_t cp;
        at += ks_utf8_next((const char *)s.data + at, s.len - at, &cp);
        if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
            return SIZE_MAX;
    }
    return count;
}

static enum ks_code check_value(const char *key, const struct rule *rule, struct ks_slice value,
                                struct ks_error *err)
{
    size_t count = ks_count_characters(value);
    if (count == SIZE_MAX)
        return ks_fail(err, KS_ERR_USAGE, "dn", "%s has control characters or is no UTF-8", key);
    if (rule->max == 2 && !is_country(value))
        return ks_fail(err, KS_ERR_USAGE, "dn", "%s is two letters, as in DE or US", key);
    if (count > rule->max)
        return ks_fail(err, KS_ERR_USAGE, "dn", "%s has %zu characters, %zu are the most", key,
                       count, rule->max);
    if (rule->tag == KS_DER_IA5_STRING && !ks_text_is_ascii(value))
        return ks_fail(err, KS_ERR_USAGE, "dn", "%s can have ASCII characters only", key);
    return KS_OK;
}

/* Serial numbers that are no PrintableString occur, and are better kept than refused. */
static uint8_t tag_for(const struct rule *rule, struct ks_slice value)
{
    bool misfit = rule->tag == KS_DER_PRINTABLE_STRING && !ks_is_printable_string(value);
    return misfit ? KS_DER_UTF8_STRING : rule->tag;
}

/* ---- attribute types ---- */

/* Spellings of other programs: OpenSSL's, Microsoft's, Java's X500Name, LDAP's long names. */
static const struct {
    const char *spelling, *name;
} spellings[] = {
    {"S", "ST"},
    {"E", "EMAILADDRESS"},
    {"EMAIL", "EMAILADDRESS"},
    {"SN", "SURNAME"},
    {"GN", "GIVENNAME"},
    {"TITLE", "T"},
    {"USERID", "UID"},
    {"DNQUALIFIER", "DNQ"},
    {"commonName", "CN"},
    {"countryName", "C"},
    {"localityName", "L"},
    {"stateOrProvinceName", "ST"},
    {"organizationName", "O"},
    {"organizationalUnitName", "OU"},
    {"streetAddress", "STREET"},
    {"domainComponent", "DC"},
};

static bool find_type(const char *key, struct ks_buf *oid)
{
    if (OPENSSL_strncasecmp(key, "OID.", 4) == 0)
        key += 4;
    if (*key >= '0' && *key <= '9')
        return ks_oid_parse(key, oid);
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
        if (OPENSSL_strcasecmp(spellings[i].spelling, key) == 0)
            return ks_oid_named(spellings[i].name, oid);
    return ks_oid_named(key, oid);
}

/* ---- values ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

static bool ends_value(char c)
{
    return c == '\0' || c == ',' || c == ';' || c == '+';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex_pair(const char **at, struct ks_buf *out)
{
    int high = hex_digit((*at)[0]), low = high < 0 ? -1 : hex_digit((*at)[1]);
    if (low < 0)
        return false;
    ks_buf_byte(out, (uint8_t)(high << 4 | low));
    *at += 2;
    return true;
}

/* RFC 4514 3: after the backslash a special character, or an octet in hex. */
static enum ks_code take_escape(const char **at, const char *key, struct ks_buf *out,
                                struct ks_error *err)
{
    if (**at && strchr(" ,=+<>#;\"\\", **at)) {
        ks_buf_byte(out, (uint8_t) * (*at)++);
        return KS_OK;
    }
    if (take_hex_pair(at, out))
        return KS_OK;
    return ks_fail(err, KS_ERR_USAGE, "dn",
                   "%s has a backslash before what needs none: write \\\\ for a backslash", key);
}

static enum ks_code take_quoted(const char **at, const char *key, struct ks_buf *out,
                                struct ks_error *err)
{
    const char *c = *at + 1;
    enum ks_code code = KS_OK;
    while (code == KS_OK && *c && *c != '"') {
        if (*c == '\\') {
            c++;
            code = take_escape(&c, key, out, err);
        } else {
            ks_buf_byte(out, (uint8_t)*c++);
        }
    }
    if (code != KS_OK)
        return code;
    if (*c != '"')
        return ks_fail(err, KS_ERR_USAGE, "dn", "%s has a quote that does not end", key);
    *at = skip_blanks(c + 1);
    if (!ends_value(**at))
        return ks_fail(err, KS_ERR_USAGE, "dn", "%s goes on behind its closing quote", key);
    return KS_OK;
}

static enum ks_code take_plain(const char **at, const char *key, struct ks_buf *out,
                               struct ks_error *err)
{
    const char *c = *at;
    size_t kept = 0; /* without the blanks behind it, unless they are escaped */
    enum ks_code code = KS_OK;
    while (code == KS_OK && !ends_value(*c)) {
        bool blank = is_blank(*c);
        if (*c == '\\') {
            c++;
            code = take_escape(&c, key, out, err);
        } else if (*c == '"') {
            code = ks_fail(err, KS_ERR_USAGE, "dn", "%s has a quote inside: write \\\" for a quote",
                           key);
        } else {
            ks_buf_byte(out, (uint8_t)*c++);
        }
        kept = blank ? kept : out->len;
    }
    out->len = kept;
    *at = c;
    return code;
}

/* "#" and the whole encoding of the value. */
static enum ks_code take_encoding(const char **at, const char *key, struct ks_buf *out,
                                  struct ks_error *err)
{
    const char *c = *at + 1;
    while (take_hex_pair(&c, out))
        ;
    *at = skip_blanks(c);
    if (!ends_value(**at))
        return ks_fail(err, KS_ERR_USAGE, "dn",
                       "%s has '#' in front of what is not hex: write \\# for that character", key);
    struct ks_slice der = ks_slice(out->data, out->len);
    if (der.len == 0 || ks_ber_length(der) != der.len || !ks_ber_is_der(der))
        return ks_fail(err, KS_ERR_USAGE, "dn", "%s has '#' in front of what is no DER", key);
    return KS_OK;
}

/* Text is text, however it is written. */
static enum ks_code check_encoded(const char *key, const struct rule *rule, struct ks_slice der,
                                  struct ks_error *err)
{
    struct ks_tlv tlv;
    if (!ks_der_next(&der, &tlv) ||
        (tlv.tag != KS_DER_UTF8_STRING && tlv.tag != KS_DER_PRINTABLE_STRING &&
         tlv.tag != KS_DER_IA5_STRING))
        return KS_OK;
    return check_value(key, rule, tlv.body, err);
}

/* Of other types there is no telling here; OpenSSL knows which it reads in a name. */
static enum ks_code check_readable(struct ks_slice name, struct ks_error *err)
{
    const unsigned char *at = name.data;
    X509_NAME *read = d2i_X509_NAME(NULL, &at, (long)name.len);
    bool good = read != NULL;
    X509_NAME_free(read);
    ERR_clear_error();
    if (good)
        return KS_OK;
    ks_fail(err, KS_ERR_USAGE, "dn",
            "a value in hex, after '#', is none that OpenSSL reads in names");
    return ks_fail_next(err, KS_ERR_USAGE, "write it as text");
}

/* Appends the encoded value, up to the character that ends it. */
static enum ks_code take_value(const char **at, const char *key, const struct rule *rule,
                               struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf text = KS_BUF_INIT;
    enum ks_code code;
    *at = skip_blanks(*at);
    bool encoded = **at == '#';
    if (encoded)
        code = take_encoding(at, key, &text, err);
    else if (**at == '"')
        code = take_quoted(at, key, &text, err);
    else
        code = take_plain(at, key, &text, err);
    struct ks_slice value = ks_slice(text.data, text.len);
    if (code == KS_OK && value.len == 0)
        code = ks_fail(err, KS_ERR_USAGE, "dn", "%s has no value: leave it out", key);
    if (code == KS_OK)
        code = encoded ? check_encoded(key, rule, value, err) : check_value(key, rule, value, err);
    if (code == KS_OK && encoded)
        ks_buf_slice(out, value);
    else if (code == KS_OK)
        ks_der_put(out, tag_for(rule, value), value);
    ks_buf_free(&text);
    return code;
}

/* ---- names ---- */

static enum ks_code take_key(const char **at, char key[static 80], struct ks_error *err)
{
    size_t len = strcspn(*at, "=,;+");
    const char *end = *at + len;
    if (*end != '=')
        return ks_fail(err, KS_ERR_USAGE, "dn",
                       "'%.60s' has no '=': a name is written as in CN=host,O=Example,C=US", *at);
    while (len > 0 && is_blank((*at)[len - 1]))
        len--;
    if (len == 0 || len >= 80)
        return ks_fail(err, KS_ERR_USAGE, "dn", "'%.60s' does not say what it is, as in CN=host",
                       *at);
    memcpy(key, *at, len);
    key[len] = '\0';
    *at = end + 1;
    return KS_OK;
}

/* AttributeTypeAndValue, whole. */
static enum ks_code take_part(const char **at, struct ks_buf *out, struct ks_error *err)
{
    char key[80];
    struct ks_buf type = KS_BUF_INIT, body = KS_BUF_INIT;
    *at = skip_blanks(*at);
    enum ks_code code = take_key(at, key, err);
    if (code == KS_OK && !find_type(key, &type)) {
        code =
            ks_fail(err, KS_ERR_USAGE, "dn", "'%s' is no part of a name that is known here", key);
        (void)ks_fail_next(err, code, "use CN, OU, O, L, ST or C, or write the OID in digits");
    }
    if (code == KS_OK) {
        struct ks_slice oid = ks_slice(type.data, type.len);
        ks_der_put(&body, KS_DER_OID, oid);
        code = take_value(at, key, rule_of(ks_oid_name(oid)), &body, err);
    }
    if (code == KS_OK)
        ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&type);
    ks_buf_free(&body);
    return code;
}

/* X.690 11.6: the elements of a SET OF ascend. */
static int compare_parts(const void *a, const void *b)
{
    const struct ks_buf *x = a, *y = b;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* RelativeDistinguishedName, whole. */
static enum ks_code take_rdn(const char **at, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf parts[MAX_JOINED] = {0}, body = KS_BUF_INIT;
    size_t count = 0;
    enum ks_code code = take_part(at, &parts[count++], err);
    while (code == KS_OK && **at == '+') {
        ++*at;
        if (count == MAX_JOINED)
            code = ks_fail(err, KS_ERR_USAGE, "dn", "more than %d parts are joined by '+'",
                           MAX_JOINED);
        else
            code = take_part(at, &parts[count++], err);
    }
    if (code == KS_OK)
        qsort(parts, count, sizeof parts[0], compare_parts);
    for (size_t i = 0; i < count; i++) {
        ks_buf_append(&body, parts[i].data, parts[i].len);
        ks_buf_free(&parts[i]);
    }
    if (code == KS_OK)
        ks_der_put(out, KS_DER_SET, ks_slice(body.data, body.len));
    ks_buf_free(&body);
    return code;
}

static enum ks_code take_rdns(const char *at, struct ks_buf *rdns, size_t *count,
                              struct ks_error *err)
{
    enum ks_code code = KS_OK;
    while (code == KS_OK && *count < MAX_RDNS) {
        code = take_rdn(&at, &rdns[(*count)++], err);
        if (code != KS_OK || *at == '\0')
            return code;
        at = skip_blanks(at + 1);
        if (*at == '\0')
            return ks_fail(err, KS_ERR_USAGE, "dn", "the name ends with a separator");
    }
    return ks_fail(err, KS_ERR_USAGE, "dn", "a name of more than %d parts", MAX_RDNS);
}

enum ks_code ks_dn_parse(const char *text, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf rdns[MAX_RDNS] = {0}, body = KS_BUF_INIT;
    size_t count = 0;
    enum ks_code code = KS_OK;
    if (strlen(text) > MAX_TEXT)
        return ks_fail(err, KS_ERR_USAGE, "dn", "a name of more than %d bytes", MAX_TEXT);
    text = skip_blanks(text);
    if (*text && strcmp(text, "(empty)") != 0) /* what ks_name_text() says of one */
        code = take_rdns(text, rdns, &count, err);
    while (count-- > 0) {
        ks_buf_append(&body, rdns[count].data, rdns[count].len);
        ks_buf_free(&rdns[count]);
    }
    size_t from = out->len;
    if (code == KS_OK) {
        ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
        code = check_readable(ks_slice(out->data + from, out->len - from), err);
    }
    if (code != KS_OK)
        out->len = from;
    ks_buf_free(&body);
    return code;
}

/* ---- one by one ---- */

/* Blanks at either end are slips of the hand. */
static struct ks_slice trimmed(const char *value)
{
    value = skip_blanks(value);
    size_t len = strlen(value);
    while (len > 0 && is_blank(value[len - 1]))
        len--;
    return ks_slice(value, len);
}

enum ks_code ks_dn_check(const struct ks_dn_field *field, const char *value, struct ks_error *err)
{
    struct ks_slice text = trimmed(value);
    return text.len ? check_value(field->label, rule_of(field->key), text, err) : KS_OK;
}

void ks_dn_add(struct ks_buf *text, const char *key, const char *value)
{
    struct ks_slice v = trimmed(value);
    if (v.len == 0)
        return;
    ks_buf_printf(text, "%s%s=", text->len ? "," : "", key);
    ks_name_escape(v, text);
}
