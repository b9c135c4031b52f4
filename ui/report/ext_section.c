/* Section 4: extensions, the critical ones marked. */
#include "report/section.h"

#include "base/text.h"
#include "x509/oid.h"

#include <string.h>

#define VALUE_INDENT 4
#define DUMP_LINES 400

static const uint8_t san_oid[] = {0x55, 0x1d, 0x11};

static bool extensions_of(const struct making *m, struct ks_slice *out)
{
    struct ks_request request;
    struct ks_crl crl;
    if (m->cert) {
        *out = ks_cert_part(m->cert, m->cert->exts);
        return true;
    }
    if (m->entry->kind == KS_KIND_REQUEST && ks_request_skim(m->entry->key, &request)) {
        *out = request.exts;
        return true;
    }
    if (m->entry->kind == KS_KIND_CRL && ks_crl_skim(m->entry->key, &crl)) {
        *out = crl.exts;
        return true;
    }
    return false;
}

/* Alternative names get the decoded form of xn-- labels. */
static void add_names(struct making *m, struct ks_buf *names)
{
    for (size_t at = 0; at < names->len;) {
        const char *start = (const char *)names->data + at;
        const char *end = memchr(start, '\n', names->len - at);
        size_t len = end ? (size_t)(end - start) : names->len - at;
        struct ks_buf text = KS_BUF_INIT;
        report_host_text(start, len, &text);
        line_take(m, REPORT_PLAIN, "", &text);
        line_last(m)->indent = VALUE_INDENT;
        at += len + 1;
    }
    ks_buf_free(names);
}

static void add_raw(struct making *m, const struct ks_ext *ext)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_text_hex(ext->value, ' ', true, &text);
    line_hex_rows(m, REPORT_VERBATIM, VALUE_INDENT, (const char *)text.data, text.len);
    ks_buf_clear(&text);
    ks_asn1_dump(ext->value, DUMP_LINES, &text);
    line_take_all(m, REPORT_VERBATIM, "", VALUE_INDENT, &text);
}

static void add_value(struct making *m, const struct ks_ext *ext)
{
    struct ks_buf text = KS_BUF_INIT;
    bool words = ks_ext_text(ext, &text);
    if (words && ks_slice_equal(ext->oid, ks_slice(san_oid, sizeof san_oid)))
        add_names(m, &text);
    else
        line_take_all(m, words ? REPORT_PLAIN : REPORT_VERBATIM, "", VALUE_INDENT, &text);
}

static bool add_extension(void *ctx, const struct ks_ext *ext)
{
    struct making *m = ctx;
    struct ks_buf title = KS_BUF_INIT;
    ks_buf_str(&title, ext->critical ? "! " : "  ");
    ks_oid_text(ext->oid, &title);
    if (m->of->raw && ks_oid_name(ext->oid)) {
        ks_buf_str(&title, "  ");
        ks_oid_dotted(ext->oid, &title);
    }
    line_take(m, REPORT_HEADING, "", &title);
    if (m->of->raw)
        add_raw(m, ext);
    else
        add_value(m, ext);
    return true;
}

static bool count_one(void *ctx, const struct ks_ext *ext)
{
    (void)ext;
    ++*(size_t *)ctx;
    return true;
}

void report_extensions(struct making *m)
{
    struct ks_slice exts;
    size_t count = 0;
    if (!extensions_of(m, &exts)) {
        line_sentence(m, 0, "Only certificates, requests and revocation lists have extensions; "
                            "this entry is none of them, or cannot be parsed.");
        return;
    }
    ks_ext_each(exts, count_one, &count);
    if (count == 0) {
        if (m->cert && m->cert->version < 3)
            line_sentence(m, 0, "None: version %u has no extensions.", m->cert->version);
        else
            line_sentence(m, 0, "None.");
        return;
    }
    ks_ext_each(exts, add_extension, m);
    line_blank(m);
    line_sentence(m, 0, "! = critical%s",
                  m->of->raw        ? ""
                  : m->of->terminal ? ".  x shows bytes and ASN.1."
                                    : ".  --raw shows bytes and ASN.1.");
}
