#include "net/address.h"

#include "net/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* RFC 6890 and its registry: what is not reachable from everywhere. 168.63.129.16 is what a virtual
 * machine at Azure asks about itself; the addresses of other clouds for that are link-local. */
static const struct {
    uint32_t net;
    unsigned bits;
} private_4[] = {
    {0x00000000, 8},                    /* "this" network */
    {0x0a000000, 8},                    /* RFC 1918 */
    {0x64400000, 10},                   /* shared, RFC 6598 */
    {0x7f000000, 8},                    /* loopback */
    {0xa83f8110, 32}, {0xa9fe0000, 16}, /* link-local */
    {0xac100000, 12},                   /* RFC 1918 */
    {0xc0000000, 24},                   /* protocol assignments */
    {0xc0000200, 24},                   /* documentation */
    {0xc0586300, 24},                   /* relays of 6to4 */
    {0xc0a80000, 16},                   /* RFC 1918 */
    {0xc6120000, 15},                   /* benchmarks */
    {0xc6336400, 24},                   /* documentation */
    {0xcb007100, 24},                   /* documentation */
    {0xe0000000, 4},                    /* multicast */
    {0xf0000000, 4},                    /* reserved, broadcast */
};

/* Of IPv6 only 2000::/3 is given out at all (RFC 4291 2.4); loopback, link-local, unique local,
 * multicast and IPv4-mapped addresses are outside of it. Inside, these are not: */
static const struct {
    uint8_t net[4];
    unsigned bits;
} private_6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments, Teredo with them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02, 0x00, 0x00}, 16}, /* 6to4: any IPv4 address */
    {{0x3f, 0xff, 0x00, 0x00}, 20}, /* documentation */
};

/* RFC 6052 2.1: how hosts without IPv4 reach those of IPv4, the public ones. */
static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

static bool begins_with(uint32_t address, uint32_t net, unsigned bits)
{
    return (address ^ net) >> (32 - bits) == 0;
}

static uint32_t number(const uint8_t bytes[static 4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool is_private_4(const uint8_t bytes[static 4])
{
    for (size_t i = 0; i < COUNT(private_4); i++)
        if (begins_with(number(bytes), private_4[i].net, private_4[i].bits))
            return true;
    return false;
}

static bool is_private_6(const uint8_t bytes[static 16])
{
    if (memcmp(bytes, nat64, sizeof nat64) == 0)
        return is_private_4(bytes + sizeof nat64);
    if (bytes[0] >> 5 != 1)
        return true;
    for (size_t i = 0; i < COUNT(private_6); i++)
        if (begins_with(number(bytes), number(private_6[i].net), private_6[i].bits))
            return true;
    return false;
}

bool ks_sockaddr_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        return is_private_4((const uint8_t *)&four.sin_addr);
    }
    if (address->sa_family != AF_INET6)
        return true;
    struct sockaddr_in6 six;
    memcpy(&six, address, sizeof six);
    return is_private_6(six.sin6_addr.s6_addr);
}

char *ks_sockaddr_text(const struct sockaddr *address, char out[static 64])
{
    out[0] = '\0';
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        (void)inet_ntop(AF_INET, &four.sin_addr, out, 64);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address, sizeof six);
        (void)inet_ntop(AF_INET6, &six.sin6_addr, out, 64);
    }
    return out;
}

bool ks_address_is_private(const char *text)
{
    uint8_t bytes[16];
    char plain[64];
    size_t len = strcspn(text, "%"); /* a zone, RFC 4007 11, is but the way to it */

    if (len >= sizeof plain)
        return false;
    memcpy(plain, text, len);
    plain[len] = '\0';
    if (inet_pton(AF_INET, plain, bytes) == 1)
        return is_private_4(bytes);
    return inet_pton(AF_INET6, plain, bytes) == 1 && is_private_6(bytes);
}

/* RFC 6761, RFC 6762, RFC 8375, and what ICANN keeps for private use. */
static const char *const private_ends[] = {"localhost", "local",       "internal", "home.arpa",
                                           "lan",       "localdomain", "intranet", "corp",
                                           "home",      "private"};

bool ks_host_is_private(const char *host)
{
    size_t len = strlen(host);

    if (strchr(host, ':') || strspn(host, "0123456789.") == len)
        return ks_address_is_private(host);
    if (!strchr(host, '.'))
        return true;
    for (size_t i = 0; i < COUNT(private_ends); i++) {
        size_t end = strlen(private_ends[i]);
        if (len > end && host[len - end - 1] == '.' &&
            strcasecmp(host + len - end, private_ends[i]) == 0)
            return true;
    }
    return false;
}
