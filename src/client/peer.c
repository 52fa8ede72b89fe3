/* peer.c -- the tables of special-purpose networks. An address is public when no row covers it, so a range that is forgotten
 * errs to the open side: the rows are the whole registries, not only RFC 1918. */
#include "client/peer.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

struct range4 {
        uint32_t net;
        int bits;
};
struct range6 {
        uint8_t net[16];
        int bits;
};

#define NET4(a, b, c, d) (((uint32_t)(a) << 24) | ((uint32_t)(b) << 16) | ((uint32_t)(c) << 8) | (uint32_t)(d))

static const struct range4 special4[] = {
        { NET4(0, 0, 0, 0), 8 }, /* this network */
        { NET4(10, 0, 0, 0), 8 }, /* private */
        { NET4(100, 64, 0, 0), 10 }, /* carrier-grade NAT */
        { NET4(127, 0, 0, 0), 8 }, /* loopback */
        { NET4(169, 254, 0, 0), 16 }, /* link-local: also where clouds keep their metadata */
        { NET4(172, 16, 0, 0), 12 }, /* private */
        { NET4(192, 0, 0, 0), 24 }, /* protocol assignments */
        { NET4(192, 0, 2, 0), 24 }, /* documentation */
        { NET4(192, 88, 99, 0), 24 }, /* 6to4 relays, withdrawn */
        { NET4(192, 168, 0, 0), 16 }, /* private */
        { NET4(198, 18, 0, 0), 15 }, /* benchmarks */
        { NET4(198, 51, 100, 0), 24 }, /* documentation */
        { NET4(203, 0, 113, 0), 24 }, /* documentation */
        { NET4(224, 0, 0, 0), 3 }, /* multicast, reserved, broadcast */
};

static const struct range6 special6[] = {
        { { 0 }, 8 }, /* unspecified, loopback, old IPv4 forms */
        { { 0x01 }, 8 }, /* discard-only and reserved */
        { { 0x20, 0x01, 0x00 }, 23 }, /* protocol assignments, Teredo among them */
        { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
        { { 0x3f, 0xff, 0x00 }, 20 }, /* documentation */
        { { 0x5f, 0x00 }, 16 }, /* segment routing */
        { { 0xfc }, 7 }, /* unique local */
        { { 0xfe, 0x80 }, 10 }, /* link-local */
        { { 0xfe, 0xc0 }, 10 }, /* site-local, withdrawn */
        { { 0xff }, 8 }, /* multicast */
};

static bool ipv4_is_public(uint32_t address)
{
        for (size_t i = 0; i < SAI_COUNT(special4); i++) {
                if (((address ^ special4[i].net) >> (32 - special4[i].bits)) == 0)
                        return false;
        }
        return true;
}

static uint32_t read_ipv4(const uint8_t *bytes) { return NET4(bytes[0], bytes[1], bytes[2], bytes[3]); }

static bool covers(const struct range6 *range, const uint8_t *address)
{
        size_t whole = (size_t)range->bits / 8;
        int rest = range->bits % 8;
        if (memcmp(range->net, address, whole) != 0)
                return false;
        return rest == 0 || ((range->net[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static bool ipv6_is_public(const uint8_t *address)
{
        static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
        static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

        /* Forms that carry an IPv4 address are as public as that one. */
        if (memcmp(address, mapped, sizeof mapped) == 0 || memcmp(address, nat64, sizeof nat64) == 0)
                return ipv4_is_public(read_ipv4(address + 12));
        if (address[0] == 0x20 && address[1] == 0x02)
                return ipv4_is_public(read_ipv4(address + 2));
        for (size_t i = 0; i < SAI_COUNT(special6); i++) {
                if (covers(&special6[i], address))
                        return false;
        }
        return true;
}

bool peer_is_public(const struct sockaddr *address, size_t len)
{
        if (address->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
                struct sockaddr_in in;
                memcpy(&in, address, sizeof in);
                return ipv4_is_public(ntohl(in.sin_addr.s_addr));
        }
        if (address->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
                struct sockaddr_in6 in;
                memcpy(&in, address, sizeof in);
                return ipv6_is_public(in.sin6_addr.s6_addr);
        }
        return false;
}
