/* peer.h -- which addresses are the public Internet.
 *
 * A host name is only a promise: whoever controls its DNS can point it at a machine inside our network, and a request we send there
 * would come from the inside. So the address is looked at when the socket is made, after the resolver and whatever the name was.
 * Ranges: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and successors). Pure; safe from several threads. */
#ifndef SAI_CLIENT_PEER_H
#define SAI_CLIENT_PEER_H

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

/* False for loopback, private, link-local, shared, documentation, benchmark, multicast and reserved addresses, for IPv6 forms that
 * wrap such an IPv4 address, and for every family but the two. */
bool peer_is_public(const struct sockaddr *address, size_t len);

#endif
