#include "format/format.h"

/* A format that bids higher wins; of equal bids the one named first. */
const struct ks_format *const ks_formats[] = {
    &ks_format_jks, &ks_format_jceks, &ks_format_pkcs12, &ks_format_pem, &ks_format_der, NULL,
};

const struct ks_format *ks_format_detect(struct ks_slice head, uint64_t size)
{
    const struct ks_format *best = NULL;
    int highest = 0;

    for (size_t i = 0; ks_formats[i]; i++) {
        int bid = ks_formats[i]->sniff(head, size);
        if (bid > highest) {
            highest = bid;
            best = ks_formats[i];
        }
    }
    for (const struct ks_format *f = ks_format_others; f->name; f++) {
        int bid = f->sniff(head, size);
        if (bid > highest) {
            highest = bid;
            best = f;
        }
    }
    return best;
}
