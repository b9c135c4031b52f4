/* Section 6: public objects as PEM. Private keys never appear here. */
#include "report/section.h"

#include "base/text.h"
#include "x509/name.h"

#include <string.h>

static void add_hex(struct making *m, struct ks_slice der)
{
    for (size_t at = 0; at < der.len; at += 16) {
        struct ks_buf text = KS_BUF_INIT;
        ks_buf_printf(&text, "%06zx  ", at);
        ks_text_hex(ks_slice_part(der, at, 16), ' ', false, &text);
        line_take(m, REPORT_VERBATIM, "", &text);
    }
}

static void add_object(struct making *m, const char *label, struct ks_slice der)
{
    struct ks_buf text = KS_BUF_INIT;
    if (m->of->raw) {
        add_hex(m, der);
        return;
    }
    ks_pem_write(label, der, &text);
    line_take_all(m, REPORT_VERBATIM, "", 0, &text);
}

static void add_title(struct making *m, size_t index)
{
    const struct ks_cert *c = &m->entry->chain[index];
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_printf(&text, "%zu ", index);
    if (c->flags & KS_CERT_BROKEN)
        ks_buf_str(&text, "(not readable)");
    else
        ks_name_text(ks_cert_part(c, c->subject), &text);
    line_take(m, REPORT_HEADING, "", &text);
}

static void add_chain(struct making *m)
{
    const struct ks_entry *e = m->entry;
    for (size_t i = 0; i < e->chain_len && i < REPORT_CERTS; i++) {
        if (e->chain_len > 1)
            add_title(m, i);
        add_object(m, "CERTIFICATE", ks_cert_der(&e->chain[i]));
    }
    if (e->chain_len > REPORT_CERTS)
        line_sentence(m, 0, "%u more are not shown.", e->chain_len - REPORT_CERTS);
}

void report_pem(struct making *m)
{
    const struct ks_entry *e = m->entry;
    if (m->of->cert >= 0 && (size_t)m->of->cert < e->chain_len)
        add_object(m, "CERTIFICATE", ks_cert_der(&e->chain[m->of->cert]));
    else if (e->chain_len > 0)
        add_chain(m);
    else if (e->kind == KS_KIND_REQUEST)
        add_object(m, "CERTIFICATE REQUEST", e->key);
    else if (e->kind == KS_KIND_CRL)
        add_object(m, "X509 CRL", e->key);
    else if (e->kind == KS_KIND_PUBLIC)
        add_object(m, "PUBLIC KEY", e->key);
    else if (e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD)
        line_sentence(m, 0, "There is no certificate here, and private material is never shown.");
    else
        line_sentence(m, 0, "There is no PEM form of this entry.");
}
