#include "net/capture_internal.h"

/* Who demands a certificate says so with different numbers: OpenSSL 40 in TLS 1.2 and 116 in 1.3,
 * Java 42 for an empty list, others 41, 46 or 48. */
static const struct {
    uint8_t alert;
    bool of_certs;
    const char *name, *means;
} rows[] = {
    {10, false, "unexpected message",
     "the server did not expect what was said: it may speak another protocol before TLS "
     "(--starttls)"},
    {20, false, "bad record mac", "something on the way changed bytes, or one side is broken"},
    {21, false, "decryption failed", "something on the way changed bytes, or one side is broken"},
    {22, false, "record overflow", "the server may speak another protocol before TLS (--starttls)"},
    {30, false, "decompression failure", "one side is broken"},
    {40, true, "handshake failure",
     "the two sides have nothing in common: often the server has no certificate or key that it can "
     "use (an empty keystore, a wrong alias), wants a name (--sni), only takes old or rare "
     "ciphers, or demands a certificate of the client"},
    {41, true, "no certificate", "the server demands a certificate of the client (--client)"},
    {42, true, "bad certificate",
     "the server does not take the certificate of the client, or there was none: Java says so when "
     "it demands one (--client)"},
    {43, true, "unsupported certificate",
     "the certificate of the client is not for this use, mostly its extended key usage lacks "
     "clientAuth"},
    {44, true, "certificate revoked", "the certificate of the client was revoked by its CA"},
    {45, true, "certificate expired", "the certificate of the client has expired"},
    {46, true, "certificate unknown",
     "the server could not accept the certificate of the client, for a reason that it keeps to "
     "itself: see its log"},
    {47, false, "illegal parameter",
     "the server did not like something in the first message: a box in between, or an old server, "
     "may not cope with new extensions"},
    {48, true, "unknown CA",
     "the server does not know the CA of the client's certificate: send the whole chain, or import "
     "the CA into the truststore of the server"},
    {49, true, "access denied",
     "the certificate is in order, and its owner is not let in: see the rules of the server"},
    {50, false, "decode error", "the server could not read a message: one side is broken"},
    {51, true, "decrypt error",
     "a signature did not verify: the key of the client may not be that of its certificate"},
    {60, false, "export restriction", "the server keeps to rules of the last century"},
    {70, false, "protocol version",
     "the server speaks none of TLS 1.0 to 1.3, or only versions that this OpenSSL was built "
     "without (SSL 3.0)"},
    {71, false, "insufficient security",
     "the server wants stronger ciphers or keys than were offered"},
    {80, false, "internal error",
     "something went wrong inside the server: often its key cannot be used (a curve that it does "
     "not know, a wrong key password): see its log"},
    {86, false, "inappropriate fallback", "the server speaks a newer version than was asked for"},
    {100, false, "no renegotiation", "the server does not begin again on this connection"},
    {109, false, "missing extension",
     "the server misses something in the first message, mostly the name (--sni)"},
    {110, false, "unsupported extension", "one side answered what was not asked"},
    {111, false, "certificate unobtainable", "the server could not fetch the client's certificate"},
    {112, false, "unrecognized name",
     "the server has nothing for the name that was asked for: try another one (--sni), or none"},
    {113, false, "bad certificate status response", "the stapled OCSP response was not accepted"},
    {114, false, "bad certificate hash value",
     "the certificate of the client could not be fetched"},
    {115, false, "unknown PSK identity", "the server wants a key that was agreed on before"},
    {116, true, "certificate required",
     "the server demands a certificate of the client: choose a key of its own CA (--client)"},
    {120, false, "no application protocol",
     "the server speaks none of the protocols that were offered: try others (--alpn), or none"},
};
#define ROWS (sizeof rows / sizeof rows[0])

static size_t row_of(uint8_t alert)
{
    size_t i = 0;

    while (i < ROWS && rows[i].alert != alert)
        i++;
    return i;
}

void ks_alert_text(uint8_t alert, struct ks_buf *out)
{
    size_t i = row_of(alert);

    ks_buf_printf(out, "%s (%u)", i < ROWS ? rows[i].name : "an alert without a name", alert);
}

const char *ks_alert_means(uint8_t alert)
{
    size_t i = row_of(alert);

    return i < ROWS ? rows[i].means : "no standard tells what it means: see the log of the server";
}

bool ks_alert_is_of_certs(uint8_t alert)
{
    size_t i = row_of(alert);

    return i < ROWS && rows[i].of_certs;
}
