/* The BER converter: what it accepts becomes DER, stays DER, and has a length it agrees with. */
#include "x509/cert.h"
#include "x509/der.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_slice in = ks_slice(data, size);
    struct ks_buf der = KS_BUF_INIT, again = KS_BUF_INIT, text = {.max = 1 << 20};
    bool converted = ks_ber_to_der(in, &der);
    if (converted && ks_ber_length(in) == 0)
        abort();
    struct ks_slice result = ks_slice(der.data, der.len);
    if (converted && (ks_ber_length(result) != der.len || !ks_ber_is_der(result)))
        abort();
    if (converted && (!ks_ber_to_der(result, &again) ||
                      !ks_slice_equal(result, ks_slice(again.data, again.len))))
        abort();
    ks_asn1_dump(in, 300, &text);
    ks_buf_free(&der);
    ks_buf_free(&again);
    ks_buf_free(&text);
    return 0;
}
