/* lease_owner.h -- the name under which a process holds leases, and whether the process behind a name is gone.
 *
 * A lease of a process that was killed would hold its work up until it runs out. Most kills are followed by a restart on the same machine,
 * where it can be known that the holder is gone, so that its leases need not be waited for: the name carries what proves it. It is
 * `<machine>.<boot>.<pid namespace>.<pid>.<start time>.<random>`, all hexadecimal. Only what is certain counts as gone: a process of another machine or
 * of another container, or a name of another form, is alive until its lease ends. The fencing numbers hold whatever this says.
 *
 * Linux: /proc/sys/kernel/random/boot_id, /proc/self/ns/pid, /proc/<pid>/stat (field 22, proc(5)), /etc/machine-id. */
#ifndef SAI_AUTH_LEASE_OWNER_H
#define SAI_AUTH_LEASE_OWNER_H

#include "base/clock.h"
#include <stdbool.h>

enum { LEASE_OWNER_TEXT = 104 };

/* A name of this process, different at every call. */
void lease_owner_make(const struct sai_random *random, char out[LEASE_OWNER_TEXT]);
/* Whether the process of that name is certainly not running any more. `owner` may be NULL (false). Reads /proc: some microseconds. */
bool lease_owner_is_gone(const char *owner);

#endif
