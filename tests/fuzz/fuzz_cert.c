/* Certificates, requests and revocation lists: all that is shown of them. */
#include "x509/cert.h"
#include "x509/name.h"
#include "x509/request.h"

#include <stdlib.h>

static bool show_extension(void *ctx, const struct ks_ext *ext)
{
    (void)ks_ext_text(ext, ctx);
    return true;
}

static void show_name(struct ks_slice name, struct ks_buf *out)
{
    ks_name_text(name, out);
    ks_name_label(name, out);
    if (!ks_name_equal(name, name) || ks_name_hash(name) != ks_name_hash(name))
        abort();
}

static void show_cert(const struct ks_cert *c, struct ks_buf *out)
{
    show_name(ks_cert_part(c, c->subject), out);
    show_name(ks_cert_part(c, c->issuer), out);
    ks_cert_serial_hex(c, out);
    ks_cert_serial_dec(c, out);
    ks_cert_signature_text(c, out);
    ks_cert_key_text(c, out);
    ks_spki_details(ks_cert_part(c, c->spki), out);
    ks_cert_san(c, out);
    ks_ext_each(ks_cert_part(c, c->exts), show_extension, out);
    (void)ks_cert_may_issue(c, c);
    (void)ks_cert_verify(c, ks_cert_part(c, c->spki));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_slice in = ks_slice(data, size);
    struct ks_buf text = {.max = 1 << 20};
    struct ks_cert cert;
    struct ks_request request;
    struct ks_crl crl;
    if (ks_cert_skim(in, &cert))
        show_cert(&cert, &text);
    if (ks_request_skim(in, &request))
        (void)ks_request_verify(&request);
    if (ks_crl_skim(in, &crl))
        ks_ext_each(crl.exts, show_extension, &text);
    show_name(in, &text);
    (void)ks_ext_general_names(in, &text);
    ks_asn1_dump(in, 300, &text);
    ks_buf_free(&text);
    return 0;
}
