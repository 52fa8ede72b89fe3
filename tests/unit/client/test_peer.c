/* Which addresses may be dialled for a host that the operator did not name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "client/peer.h"

static bool public(const char *text)
{
        struct sockaddr_in in = { .sin_family = AF_INET };
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
        if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
                return peer_is_public((const struct sockaddr *)&in, sizeof in);
        assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
        return peer_is_public((const struct sockaddr *)&in6, sizeof in6);
}

static void addresses_inside_are_not_public(void **state)
{
        (void)state;
        static const char *const inside[] = {
                "0.0.0.0",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.0.1",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.0.2.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:10.1.2.3",
                "64:ff9b::a00:1",
                "2002:7f00:1::",
                "2001::1",
                "2001:db8::1",
                "fc00::1",
                "fdff::1",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1",
                "::7f00:1",
                "100::1",
        };
        for (size_t i = 0; i < SAI_COUNT(inside); i++) {
                if (public(inside[i]))
                        fail_msg("%s counts as public", inside[i]);
        }
}

static void addresses_of_the_internet_are_public(void **state)
{
        (void)state;
        static const char *const outside[] = {
                "1.1.1.1",        "9.255.255.255",    "11.0.0.0",        "100.63.255.255", "100.128.0.0",     "126.255.255.255",
                "128.0.0.0",      "169.253.0.1",      "172.15.255.255",  "172.32.0.0",     "192.167.255.255", "192.169.0.0",
                "198.17.255.255", "198.20.0.0",       "223.255.255.255", "2600:9000::1",   "2a00:1450::5",    "2001:4860::8888",
                "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::",
        };
        for (size_t i = 0; i < SAI_COUNT(outside); i++) {
                if (!public(outside[i]))
                        fail_msg("%s does not count as public", outside[i]);
        }
}

static void other_families_and_short_addresses_are_not_public(void **state)
{
        (void)state;
        struct sockaddr_un local = { .sun_family = AF_UNIX };
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x08080808) };
        assert_false(peer_is_public((const struct sockaddr *)&local, sizeof local));
        assert_false(peer_is_public((const struct sockaddr *)&in, sizeof in - 1));
        assert_true(peer_is_public((const struct sockaddr *)&in, sizeof in));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(addresses_inside_are_not_public),
                cmocka_unit_test(addresses_of_the_internet_are_public),
                cmocka_unit_test(other_families_and_short_addresses_are_not_public),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
