/* How decoded values are written: one line a fact, nothing in a value may start another line. */
#include "x509/parts.h"

#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"

#include "base/clock.h"
#include "base/text.h"

void ks_put_text(struct ks_slice utf8, struct ks_buf *out)
{
    for (size_t i = 0; i < utf8.len; i++) {
        if (utf8.data[i] < 0x20 || utf8.data[i] == 0x7f)
            ks_buf_printf(out, "\\x%02X", utf8.data[i]);
        else
            ks_buf_byte(out, utf8.data[i]);
    }
}

bool ks_put_string(const struct ks_tlv *tlv, struct ks_buf *out)
{
    struct ks_buf text = KS_BUF_INIT;
    bool good = ks_der_string(tlv, &text);
    ks_put_text(ks_slice(text.data, text.len), out);
    ks_buf_free(&text);
    return good;
}

void ks_put_ia5(struct ks_slice body, struct ks_buf *out)
{
    struct ks_tlv tlv = {.tag = KS_DER_IA5_STRING, .body = body};
    ks_put_string(&tlv, out);
}

void ks_put_name(struct ks_slice name, struct ks_buf *out)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(name, &text);
    ks_put_text(ks_slice(text.data, text.len), out);
    ks_buf_free(&text);
}

void ks_put_oid(struct ks_slice oid, struct ks_buf *out)
{
    const char *name = ks_oid_name(oid);
    ks_oid_dotted(oid, out);
    if (name)
        ks_buf_printf(out, " %s", name);
}

void ks_put_hex(struct ks_slice octets, struct ks_buf *out)
{
    ks_text_hex(octets, ':', true, out);
}

bool ks_put_time(const struct ks_tlv *tlv, struct ks_buf *out)
{
    char iso[24];
    int64_t at;
    if (!ks_der_time(tlv, &at))
        return false;
    ks_buf_str(out, ks_time_iso(at, iso));
    return true;
}

bool ks_put_bits(struct ks_slice bit_string, const char *const *names, size_t count,
                 struct ks_buf *out)
{
    if (bit_string.len == 0 || bit_string.data[0] > 7)
        return false;
    size_t bits = (bit_string.len - 1) * 8, shown = 0;
    for (size_t i = 0; i < bits && i < 64; i++) {
        if (!(bit_string.data[1 + i / 8] & 0x80 >> i % 8))
            continue;
        if (shown++ > 0)
            ks_buf_str(out, ", ");
        if (i < count && names[i])
            ks_buf_str(out, names[i]);
        else
            ks_buf_printf(out, "bit %zu", i);
    }
    if (shown == 0)
        ks_buf_str(out, "(none)");
    return true;
}
