#include "format/format.h"

#include <strings.h>

/* A format that bids higher wins; of equal bids the one named first. */
const struct ks_format *const ks_formats[] = {
    &ks_format_jks,   &ks_format_jceks, &ks_format_pkcs12, &ks_format_bks, &ks_format_uber,
    &ks_format_bcfks, &ks_format_pem,   &ks_format_der,    &ks_format_pvk, NULL,
};

#define CERTAIN 100 /* a magic number and a version: nobody can know better */

struct best {
    const struct ks_format *format;
    int bid;
};

static void ask(struct best *best, const struct ks_format *f, struct ks_slice head, uint64_t size)
{
    int bid = best->bid < CERTAIN ? f->sniff(head, size) : 0;
    if (bid > best->bid)
        *best = (struct best){f, bid};
}

const struct ks_format *ks_format_detect(struct ks_slice head, uint64_t size)
{
    struct best best = {NULL, 0};

    for (size_t i = 0; ks_formats[i]; i++)
        ask(&best, ks_formats[i], head, size);
    for (const struct ks_format *f = ks_format_others; f->name; f++)
        ask(&best, f, head, size);
    return best.format;
}

/* What people type for a type, beside its own name. */
static const struct {
    const char *word, *name;
} other_names[] = {
    {"p12", "PKCS12"},     {"pfx", "PKCS12"}, {"pkcs#12", "PKCS12"},
    {"pkcs-12", "PKCS12"}, {"bks-v2", "BKS"}, {"crt", "PEM"},
};

const struct ks_format *ks_format_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof other_names / sizeof other_names[0]; i++)
        if (strcasecmp(name, other_names[i].word) == 0)
            name = other_names[i].name;
    for (size_t i = 0; ks_formats[i]; i++)
        if (strcasecmp(name, ks_formats[i]->name) == 0)
            return ks_formats[i];
    return NULL;
}
