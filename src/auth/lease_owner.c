/* lease_owner.c -- see lease_owner.h.
 *
 * A pid alone proves nothing: it is given again, and it means another process in another container. So the name holds the boot, the
 * namespace of pids and the start time too. The machine is its id with its host name, because images of machines are copied with their id;
 * without an id there is no telling one machine from another, and a boot that is not ours says nothing. */
#include "auth/lease_owner.h"

#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct identity {
        uint64_t machine, boot, space, pid, start;
}; /* 0: not known */

enum { PROC_TEXT = 1024, STAT_STATE = 3, STAT_START = 22 };

static size_t read_small(const char *path, char *out, size_t size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return 0;
        ssize_t len = read(fd, out, size - 1);
        close(fd);
        out[len > 0 ? len : 0] = '\0';
        return len > 0 ? (size_t)len : 0;
}

/* The state and the start time, in clock ticks since the boot. The name before them may hold blanks and parentheses: it ends at the last one. */
static bool read_stat(uint64_t pid, char *ret_state, uint64_t *ret_start)
{
        char path[64], text[PROC_TEXT];
        snprintf(path, sizeof path, "/proc/%" PRIu64 "/stat", pid);
        if (!read_small(path, text, sizeof text))
                return false;
        char *at = strrchr(text, ')');
        if (!at || at[1] != ' ')
                return false;
        at += 2;
        *ret_state = *at;
        for (int field = STAT_STATE; field < STAT_START; field++) {
                at = strchr(at, ' ');
                if (!at)
                        return false;
                at++;
        }
        *ret_start = strtoull(at, NULL, 10);
        return true;
}

static uint64_t read_machine(void)
{
        char text[PROC_TEXT];
        size_t len = read_small("/etc/machine-id", text, sizeof text);
        if (len < 32)
                return 0;
        if (gethostname(text + 32, sizeof text - 33) != 0)
                text[32] = '\0';
        return sai_hash(text, 32 + strlen(text + 32), 0);
}

static struct identity identify(void)
{
        struct identity self = { .machine = read_machine(), .pid = (uint64_t)getpid() };
        char text[PROC_TEXT], state;
        size_t len = read_small("/proc/sys/kernel/random/boot_id", text, sizeof text);
        self.boot = len ? sai_hash(text, len, 0) : 0;
        ssize_t link = readlink("/proc/self/ns/pid", text, sizeof text);
        self.space = link > 0 ? sai_hash(text, (size_t)link, 0) : 0;
        if (!read_stat(self.pid, &state, &self.start))
                self.start = 0;
        return self;
}

void lease_owner_make(const struct sai_random *random, char out[LEASE_OWNER_TEXT])
{
        struct identity self = identify();
        uint64_t unique;
        sai_random_fill(random, &unique, sizeof unique);
        snprintf(out, LEASE_OWNER_TEXT, "%" PRIx64 ".%" PRIx64 ".%" PRIx64 ".%" PRIx64 ".%" PRIx64 ".%016" PRIx64, self.machine,
                 self.boot, self.space, self.pid, self.start, unique);
}

static bool take_apart(const char *owner, struct identity *ret)
{
        uint64_t *const parts[] = { &ret->machine, &ret->boot, &ret->space, &ret->pid, &ret->start };
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                char *end;
                if (!strchr("0123456789abcdef", *owner) || !*owner)
                        return false;
                errno = 0;
                *parts[i] = strtoull(owner, &end, 16);
                if (errno || *end != '.')
                        return false;
                owner = end + 1;
        }
        return strlen(owner) == 16;
}

bool lease_owner_is_gone(const char *owner)
{
        struct identity other, self = identify();
        if (!owner || !take_apart(owner, &other) || !other.boot || !self.boot)
                return false;
        if (other.boot != self.boot)
                return other.machine && other.machine == self.machine; /* this machine has been started anew since */
        if (!other.space || other.space != self.space || !other.pid || other.pid > INT32_MAX || !other.start)
                return false;
        if (kill((pid_t)other.pid, 0) != 0 && errno == ESRCH)
                return true;
        char state;
        uint64_t start;
        if (!read_stat(other.pid, &state, &start))
                return false; /* hidden from us, or gone this moment: the next look will tell */
        return start != other.start || state == 'Z' || state == 'X'; /* given again; ended, and its parent has not asked yet */
}
