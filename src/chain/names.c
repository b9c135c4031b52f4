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

static bool has_encoded_label(const char *text, size_t len)
{
    for (size_t i = 0; i + 4 <= len; i++)
        if ((text[i] | 0x20) == 'x' && (text[i + 1] | 0x20) == 'n' && text[i + 2] == '-' &&
            text[i + 3] == '-')
            return true;
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

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

/* Visible ASCII with single blanks inside: nearly every name there is. */
static bool is_plain(const char *text, size_t len)
{
    char before = ' ';
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e || (text[i] == ' ' && before == ' '))
            return false;
        before = text[i];
    }
    return len == 0 || before != ' ';
}

bool ks_text_is_odd(const char *utf8, size_t len, enum ks_oddity oddity)
{
    if (oddity == KS_ODDITY_HIDDEN)
        return !is_plain(utf8, len) && ks_text_has_hidden(utf8, len);
    if (has_encoded_label(utf8, len) && decoded_mixes_alphabets(utf8, len))
        return true;
    return !is_ascii(utf8, len) && mixes_alphabets(utf8, len);
}

/* ---- names ---- */

static bool decoded_is_odd(const struct ks_tlv *value, enum ks_oddity oddity)
{
    struct ks_buf text = KS_BUF_INIT;
    (void)ks_der_string(value, &text);
    bool odd = ks_text_is_odd(ks_buf_text(&text), text.len, oddity);
    ks_buf_free(&text);
    return odd;
}

static bool value_is_odd(const struct ks_tlv *value, enum ks_oddity oddity)
{
    const char *text = (const char *)value->body.data;
    bool wide = value->tag == KS_DER_BMP_STRING || value->tag == KS_DER_UNIVERSAL_STRING;
    bool latin1 = value->tag == KS_DER_T61_STRING && !is_ascii(text, value->body.len);
    if (wide || latin1)
        return decoded_is_odd(value, oddity);
    return ks_text_is_odd(text, value->body.len, oddity);
}

static bool rdn_has_oddity(struct ks_slice rdn, enum ks_oddity oddity)
{
    struct ks_tlv attribute, type, value;
    while (ks_der_expect(&rdn, KS_DER_SEQUENCE, &attribute)) {
        struct ks_slice in = attribute.body;
        if (ks_der_expect(&in, KS_DER_OID, &type) && ks_der_next(&in, &value) &&
            value_is_odd(&value, oddity))
            return true;
    }
    return false;
}

bool ks_name_has_oddity(struct ks_slice name, enum ks_oddity oddity)
{
    struct ks_tlv rdns, rdn;
    if (!ks_der_expect(&name, KS_DER_SEQUENCE, &rdns))
        return false;
    struct ks_slice in = rdns.body;
    while (ks_der_expect(&in, KS_DER_SET, &rdn))
        if (rdn_has_oddity(rdn.body, oddity))
            return true;
    return false;
}

static bool is_text_name(uint8_t tag)
{
    return tag == KS_DER_CONTEXT(1) || tag == KS_DER_CONTEXT(2) || tag == KS_DER_CONTEXT(6);
}

bool ks_san_has_oddity(const struct ks_cert *c, enum ks_oddity oddity)
{
    static const uint8_t san[] = {0x55, 0x1d, 0x11};
    struct ks_ext ext;
    struct ks_tlv names, name;
    if (c->exts.len == 0 || !ks_ext_find(ks_cert_part(c, c->exts), ks_slice(san, sizeof san), &ext))
        return false;
    struct ks_slice in = ext.value;
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &names))
        return false;
    in = names.body;
    while (ks_der_next(&in, &name))
        if (is_text_name(name.tag) &&
            ks_text_is_odd((const char *)name.body.data, name.body.len, oddity))
            return true;
    return false;
}
