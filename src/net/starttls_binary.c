/* The protocols of packets: LDAP (RFC 4511 4.14), PostgreSQL and MySQL. */
#include "net/talk.h"
#include "x509/der.h"

#include <stdio.h>
#include <string.h>

/* ---- LDAP ---- */

/* LDAPMessage { 1, ExtendedRequest { 1.3.6.1.4.1.1466.20037 } } */
static const uint8_t start_tls[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
                                   "1.3.6.1.4.1.1466.20037";

/* RFC 4511 4.1.9: what servers answer to this request. */
static const char *result_word(uint64_t code)
{
    static const struct {
        uint64_t code;
        const char *word;
    } words[] = {
        {1, "operations error: TLS is there already, or something is under way"},
        {2, "protocol error: it has no TLS, mostly because no certificate is configured"},
        {8, "stronger authentication required"},
        {32, "no such object"},
        {50, "insufficient access rights"},
        {51, "busy"},
        {52, "unavailable"},
        {53, "unwilling to perform"},
        {80, "other"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].code == code)
            return words[i].word;
    return "another result than success";
}

/* The octets of a definite length of at most four; 0: another protocol, or nothing sensible. */
static size_t length_octets(uint8_t first)
{
    if (first < 0x80)
        return 1;
    return first > 0x80 && first <= 0x84 ? 1u + (first & 0x7fu) : 0;
}

/* One message, whole. */
static enum ks_code read_message(struct ks_talk *t, struct ks_slice *out)
{
    struct ks_slice head, octets = {0}, body;
    size_t len, from = t->at;
    enum ks_code rc = ks_talk_bytes(t, 2, &head);

    if (rc != KS_OK)
        return rc;
    size_t more = head.data[0] == KS_DER_SEQUENCE ? length_octets(head.data[1]) : 0;
    if (more == 0)
        return ks_talk_foreign(t);
    rc = ks_talk_bytes(t, more - 1, &octets);
    len = more == 1 ? head.data[1] : 0;
    for (size_t i = 0; rc == KS_OK && i < octets.len; i++)
        len = len << 8 | octets.data[i];
    if (rc == KS_OK && len > KS_TALK_BYTES)
        return ks_talk_foreign(t);
    if (rc == KS_OK)
        rc = ks_talk_bytes(t, len, &body);
    *out = ks_slice(t->in.data + from, t->at - from);
    return rc;
}

#define LDAP_EXTENDED_RESPONSE 0x78 /* [APPLICATION 24] */

struct ldap_result {
    uint64_t id, code;
    struct ks_slice message;
};

static bool parse_result(struct ks_slice in, struct ldap_result *out)
{
    struct ks_tlv outer, op, code, matched, message;

    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &outer) || !ks_der_uint(&outer.body, &out->id) ||
        !ks_der_expect(&outer.body, LDAP_EXTENDED_RESPONSE, &op) ||
        !ks_der_expect(&op.body, KS_DER_ENUMERATED, &code) ||
        !ks_der_expect(&op.body, KS_DER_OCTET_STRING, &matched) ||
        !ks_der_expect(&op.body, KS_DER_OCTET_STRING, &message) || code.body.len == 0 ||
        code.body.len > 4)
        return false;
    out->message = message.body;
    for (size_t i = 0; i < code.body.len; i++)
        out->code = out->code << 8 | code.body.data[i];
    return true;
}

enum ks_code ks_prelude_ldap(struct ks_talk *t)
{
    struct ks_slice message;
    struct ldap_result r = {0};
    char why[160];
    enum ks_code rc = ks_talk_say(t, ks_slice(start_tls, sizeof start_tls - 1));

    if (rc == KS_OK)
        rc = read_message(t, &message);
    if (rc != KS_OK)
        return rc;
    if (!parse_result(message, &r))
        return ks_talk_foreign(t);
    if (r.id == 0) /* notice of disconnection, 4.4.1 */
        return ks_talk_refused(t, r.message, "ends the connection");
    if (r.code == 0)
        return KS_OK;
    (void)snprintf(why, sizeof why, "refuses StartTLS with result %u, %s", (unsigned)r.code,
                   result_word(r.code));
    return ks_talk_refused(t, r.message, why);
}

/* ---- PostgreSQL: "Message Formats", SSLRequest ---- */

static const uint8_t ssl_request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};

/* Field 'M' of an ErrorResponse; data NULL: none. */
static struct ks_slice error_message(struct ks_slice fields)
{
    while (fields.len > 1 && fields.data[0] != 0) {
        const uint8_t *end = memchr(fields.data + 1, 0, fields.len - 1);
        size_t len = end ? (size_t)(end - fields.data) - 1 : fields.len - 1;
        if (fields.data[0] == 'M')
            return ks_slice(fields.data + 1, len);
        size_t used = len + 2 < fields.len ? len + 2 : fields.len;
        fields = ks_slice_part(fields, used, fields.len - used);
    }
    return ks_slice(NULL, 0);
}

/* Servers before 7.4, and some poolers, send a text that a zero ends. */
static enum ks_code old_postgres_error(struct ks_talk *t, size_t from)
{
    struct ks_slice byte;
    enum ks_code rc = KS_OK;

    while (rc == KS_OK && t->at - from < KS_TALK_LINE && t->in.data[t->at - 1] != 0)
        rc = ks_talk_bytes(t, 1, &byte);
    if (rc == KS_ERR_CANCELLED)
        return rc;
    bool ended = t->in.data[t->at - 1] == 0;
    struct ks_slice text = ks_slice(t->in.data + from, t->at - from - ended);
    return text.data[0] >= ' ' ? ks_talk_refused(t, text, "refuses the connection")
                               : ks_talk_foreign(t);
}

static enum ks_code postgres_error(struct ks_talk *t)
{
    struct ks_slice head, body;
    size_t from = t->at;
    enum ks_code rc = ks_talk_bytes(t, 4, &head);

    if (rc != KS_OK)
        return rc;
    if (head.data[0] != 0 || head.data[1] != 0)
        return old_postgres_error(t, from);
    size_t len = (size_t)head.data[2] << 8 | head.data[3];
    if (len < 4)
        return ks_talk_foreign(t);
    rc = ks_talk_bytes(t, len - 4, &body);
    return rc == KS_OK ? ks_talk_refused(t, error_message(body), "refuses the connection") : rc;
}

enum ks_code ks_prelude_postgres(struct ks_talk *t)
{
    struct ks_slice answer;
    enum ks_code rc = ks_talk_say(t, ks_slice(ssl_request, sizeof ssl_request));

    if (rc == KS_OK)
        rc = ks_talk_bytes(t, 1, &answer);
    if (rc != KS_OK)
        return rc;
    if (t->in.len > 1 && answer.data[0] != 'E')
        return ks_talk_foreign(t); /* one letter, and nothing after it */
    switch (answer.data[0]) {
    case 'S':
        return KS_OK;
    case 'N':
        return ks_talk_refused(t, answer, "has TLS switched off (ssl = off)");
    case 'E':
        return postgres_error(t);
    default:
        return ks_talk_foreign(t);
    }
}

/* ---- MySQL: "Connection Phase Packets", SSLRequest ---- */

enum { /* capabilities */
       MYSQL_LONG_PASSWORD = 1,
       MYSQL_PROTOCOL_41 = 0x200,
       MYSQL_SSL = 0x800,
       MYSQL_SECURE_CONNECTION = 0x8000,
};
#define MYSQL_VERSION 10
#define MYSQL_ERROR 0xff
#define MYSQL_PACKET_MAX (1u << 14) /* greetings have a hundred bytes */

static enum ks_code read_packet(struct ks_talk *t, struct ks_slice *out)
{
    struct ks_slice head;
    enum ks_code rc = ks_talk_bytes(t, 4, &head);

    if (rc != KS_OK)
        return rc;
    size_t len = head.data[0] | (size_t)head.data[1] << 8 | (size_t)head.data[2] << 16;
    if (head.data[3] != 0 || len == 0 || len > MYSQL_PACKET_MAX)
        return ks_talk_foreign(t);
    return ks_talk_bytes(t, len, out);
}

/* Version, text with an end, thread, eight bytes of salt and a zero, then what it can do. */
static bool parse_greeting(struct ks_slice in, unsigned *capabilities)
{
    struct ks_reader r = ks_reader(in);
    struct ks_slice skipped;
    uint8_t byte = 0, low, high;

    if (!ks_read_u8(&r, &byte) || byte != MYSQL_VERSION)
        return false;
    do {
        if (!ks_read_u8(&r, &byte))
            return false;
    } while (byte != 0);
    if (!ks_read_bytes(&r, 4 + 8 + 1, &skipped) || !ks_read_u8(&r, &low) || !ks_read_u8(&r, &high))
        return false;
    *capabilities = low | (unsigned)high << 8;
    return true;
}

/* A code of two bytes, then maybe '#' and a state of five, then words. */
static struct ks_slice mysql_words(struct ks_slice packet)
{
    size_t skip = packet.len > 3 && packet.data[3] == '#' ? 9 : 3;

    return ks_slice_part(packet, skip, packet.len > skip ? packet.len - skip : 0);
}

static enum ks_code say_ssl_request(struct ks_talk *t)
{
    const unsigned can =
        MYSQL_LONG_PASSWORD | MYSQL_PROTOCOL_41 | MYSQL_SSL | MYSQL_SECURE_CONNECTION;
    uint8_t low = (uint8_t)(can & 0xff), high = (uint8_t)(can >> 8), utf8 = 33;
    /* capabilities, the largest packet of 16 MiB, the character set */
    uint8_t packet[4 + 32] = {32, 0, 0, 1, low, high, 0, 0, 0, 0, 0, 1, utf8};

    return ks_talk_say(t, ks_slice(packet, sizeof packet));
}

enum ks_code ks_prelude_mysql(struct ks_talk *t)
{
    struct ks_slice packet;
    unsigned can = 0;
    enum ks_code rc = read_packet(t, &packet);

    if (rc != KS_OK)
        return rc;
    if (packet.data[0] == MYSQL_ERROR)
        return ks_talk_refused(t, mysql_words(packet), "turns this host away");
    if (!parse_greeting(packet, &can))
        return ks_talk_foreign(t);
    if (!(can & MYSQL_SSL)) {
        const char *version = (const char *)packet.data + 1; /* its end was found */
        return ks_talk_refused(t, ks_slice_str(version), "does not offer TLS");
    }
    return say_ssl_request(t);
}
