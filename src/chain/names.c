#include "chain/names.h"

#include "base/punycode.h"
#include "base/text.h"
#include "x509/cert.h"
#include "x509/der.h"

#include <string.h>

/* ---- alphabets ---- */

/* Alphabets with letters that look like those of another one (Unicode TR 39). Han, kana, Hangul
 * or Arabic beside Latin is how people write, and deceives nobody. */
static const struct {
    uint16_t first, last;
    uint8_t alphabet;
} alphabets[] = {
    {'A', 'Z', 1},       {'a', 'z', 1},       {0x00c0, 0x024f, 1}, /* Latin */
    {0x1e00, 0x1eff, 1}, {0x0370, 0x03ff, 2}, {0x1f00, 0x1fff, 2}, /* Greek */
    {0x0400, 0x052f, 4}, {0x1c80, 0x1c8f, 4}, {0xa640, 0xa69f, 4}, /* Cyrillic */
    {0x0531, 0x0587, 8}, {0x13a0, 0x13ff, 16}, {0xab70, 0xabbf, 16}, /* Armenian, Cherokee */
    {0x2c80, 0x2cff, 32}, {0xa4d0, 0xa4ff, 64}, /* Coptic, Lisu */
};

static unsigned alphabet_of(int32_t cp)
{
    for (size_t i = 0; i < sizeof alphabets / sizeof alphabets[0]; i++)
        if (cp >= alphabets[i].first && cp <= alphabets[i].last)
            return alphabets[i].alphabet;
    return 0;
}

/* Letters of other scripts and marks go on with a word; ASCII that is no letter ends it. */
static bool ends_word(int32_t cp)
{
    return cp < 0x80 && !(cp >= '0' && cp <= '9');
}

static bool mixes_alphabets(const char *text, size_t len)
{
    unsigned word = 0;
    for (size_t at = 0; at < len;) {
        int32_t cp;
        at += ks_utf8_next(text + at, len - at, &cp);
        unsigned alphabet = alphabet_of(cp);
        if (!alphabet && ends_word(cp))
            word = 0;
        word |= alphabet;
        if (word & (word - 1))
            return true;
    }
    return false;
}

static bool decoded_mixes_alphabets(const char *text, size_t len)
{
    struct ks_buf host = KS_BUF_INIT;
    bool mixed = ks_punycode_host(text, len, &host) &&
                 mixes_alphabets((const char *)host.data, host.len);
    ks_buf_free(&host);
    return mixed;
}

/* ---- text ---- */

static bool has_dashes(const char *text, size_t len)
{
    const char *end = text + len;
    while (len > 0 && (text = memchr(text, '-', (size_t)(end - text))) != NULL)
        if (++text < end && *text == '-')
            return true;
    return false;
}

unsigned ks_text_oddities(const char *utf8, size_t len)
{
    bool plain = ks_text_is_plain(utf8, len);
    bool dashes = has_dashes(utf8, len); /* there may be an "xn--" */
    if (plain && !dashes)
        return 0;
    bool hidden = !plain && ks_text_has_hidden(utf8, len);
    bool mixed = mixes_alphabets(utf8, len) || (dashes && decoded_mixes_alphabets(utf8, len));
    return (hidden ? KS_ODD_HIDDEN : 0u) | (mixed ? KS_ODD_MIXED : 0u);
}

/* ---- walking ---- */

struct ks_name_values ks_name_values(struct ks_slice name)
{
    struct ks_name_values v = {{NULL, 0}, {NULL, 0}};
    (void)ks_ber_body(&name, KS_DER_SEQUENCE, &v.rdns);
    return v;
}

bool ks_name_values_next(struct ks_name_values *v, uint8_t *tag, struct ks_slice *value)
{
    struct ks_tlv rdn, pair, tlv;
    struct ks_slice type;
    for (;;) {
        if (v->rdn.len == 0) {
            if (!ks_der_next(&v->rdns, &rdn))
                return false;
            v->rdn = rdn.body;
            continue;
        }
        if (!ks_der_next(&v->rdn, &pair)) {
            v->rdn.len = 0;
            continue;
        }
        if (ks_ber_body(&pair.body, KS_DER_OID, &type) && ks_der_next(&pair.body, &tlv)) {
            *tag = tlv.tag;
            *value = tlv.body;
            return true;
        }
    }
}

bool ks_cert_alternative_names(const struct ks_cert *c, struct ks_slice *out)
{
    static const uint8_t san[] = {0x55, 0x1d, 0x11};
    struct ks_slice exts = ks_cert_part(c, c->exts);
    struct ks_ext ext;
    if (!(c->flags & KS_CERT_ALT_NAMES) || !ks_ext_find(exts, ks_slice(san, sizeof san), &ext))
        return false;
    *out = ext.value;
    return true;
}

/* ---- names ---- */

static unsigned decoded_oddities(uint8_t tag, struct ks_slice value)
{
    struct ks_buf text = KS_BUF_INIT;
    struct ks_tlv tlv = {.tag = tag, .number = tag, .body = value, .whole = value};
    (void)ks_der_string(&tlv, &text);
    unsigned odd = ks_text_oddities(ks_buf_text(&text), text.len);
    ks_buf_free(&text);
    return odd;
}

static unsigned value_oddities(uint8_t tag, struct ks_slice value)
{
    bool wide = tag == KS_DER_BMP_STRING || tag == KS_DER_UNIVERSAL_STRING;
    bool latin1 = tag == KS_DER_T61_STRING && !ks_text_is_ascii(value);
    if (wide || latin1)
        return decoded_oddities(tag, value);
    return ks_text_oddities((const char *)value.data, value.len);
}

unsigned ks_name_oddities(struct ks_slice name)
{
    struct ks_name_values v = ks_name_values(name);
    struct ks_slice value;
    unsigned odd = 0;
    uint8_t tag;
    while (ks_name_values_next(&v, &tag, &value))
        odd |= value_oddities(tag, value);
    return odd;
}

static bool is_text_name(uint8_t tag)
{
    return tag == KS_DER_CONTEXT(1) || tag == KS_DER_CONTEXT(2) || tag == KS_DER_CONTEXT(6);
}

unsigned ks_san_oddities(const struct ks_cert *c)
{
    struct ks_slice names, in;
    struct ks_tlv name;
    unsigned odd = 0;
    if (!ks_cert_alternative_names(c, &names) || !ks_ber_body(&names, KS_DER_SEQUENCE, &in))
        return 0;
    while (ks_der_next(&in, &name))
        if (is_text_name(name.tag))
            odd |= ks_text_oddities((const char *)name.body.data, name.body.len);
    return odd;
}
