/*
 * What a server says: before TLS begins, in every protocol, and in the messages of a handshake that
 * tell of certificates. The first byte chooses: 'B' SMTP, 'C' IMAP and so on, 'J' to 'M' TLS.
 */
#include "net/capture_internal.h"
#include "net/clear.h"
#include "net/starttls.h"

#include <openssl/tls1.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define VERSIONS 4           /* TLS 1.0 to 1.3 */
#define SAID_MAX (80u << 10) /* more than a prelude reads, less than a socket holds */

/* The server has said everything and gone; nobody hears us. */
static void speak(enum ks_starttls protocol, struct ks_slice said)
{
    struct ks_error err = {0};
    int ends[2], room = 4 * SAID_MAX;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        abort();
    (void)setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    struct ks_wire *there = ks_wire_of_socket(ends[1], 5, NULL);
    if (ks_wire_write(there, said.data, said.len, &err) != KS_OK || shutdown(ends[1], SHUT_WR) != 0)
        abort();
    struct ks_wire *here = ks_wire_of_socket(ends[0], 5, NULL);
    if (ks_starttls_begin(here, protocol, "host", &err) != KS_OK &&
        (err.code == KS_OK || !err.slug[0] || !err.what[0]))
        abort();
    ks_wire_close(here);
    ks_wire_close(there);
}

static void check(const struct ks_capture *c)
{
    for (size_t i = 0; i < c->ca_count; i++)
        if (c->cas[i].len == 0 || c->cas[i].data < c->ca_names)
            abort();
    if (c->ca_count > KS_CAPTURE_CAS || c->broken > c->sent || (c->ca_count && !c->demands))
        abort();
}

/* Messages one after the other, each with its head. */
static void see(unsigned version, struct ks_slice said)
{
    struct ks_capture out = {0};
    struct ks_seen seen = {.out = &out, .alert = -1};

    while (said.len >= 4) {
        size_t len = (size_t)said.data[1] << 16 | (size_t)said.data[2] << 8 | said.data[3];
        struct ks_slice body = ks_slice_part(said, 4, len);
        ks_seen_message(&seen, version, said.data[0], body);
        said = ks_slice_part(said, 4 + body.len, said.len - 4 - body.len);
    }
    check(&out);
    ks_capture_store(&out, &seen.pem);
    size_t count;
    const struct ks_cert **chain = ks_capture_chain(&out, &count);
    (void)ks_capture_takes(&out, chain, count);
    free(chain);
    ks_buf_free(&seen.pem);
    ks_capture_drop(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char quote[KS_CLEAR_QUOTE];
    struct ks_slice said = ks_slice(data + (size > 0), size > 0 ? size - 1 : 0);

    if (size == 0 || size > SAID_MAX)
        return 0;
    (void)ks_clear_look(said);
    if (strlen(ks_clear_quote(said, quote)) >= KS_CLEAR_QUOTE)
        abort();
    unsigned choice = data[0] % (KS_STARTTLS_COUNT + VERSIONS);
    if (choice < KS_STARTTLS_COUNT)
        speak((enum ks_starttls)choice, said);
    else
        see(TLS1_VERSION + choice - KS_STARTTLS_COUNT, said);
    return 0;
}
