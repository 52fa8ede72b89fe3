/* redis_link.h -- connections to one Redis that never make a caller wait long.
 *
 * A thread of its own connects, authenticates and tries again; callers only take connections that are ready. So a Redis that is gone costs a
 * request nothing, and one that hangs costs the budget of one call once: the first call that is not answered in time drops all
 * connections, and until a new one has answered a PING nobody asks. What comes back is input: arrays (no command here has one), answers over
 * SAI_MAX_REDIS_VALUE and whatever is no RESP end the connection. Safe from several threads. */
#ifndef SAI_CACHE_REDIS_LINK_H
#define SAI_CACHE_REDIS_LINK_H

#include <hiredis/hiredis.h>

#include "cache/cache.h"

struct redis_link;

struct redis_address {
        char host[256];
        int port, database;
};
/* What is wrong with "redis://HOST[:PORT][/DB]", or NULL with *ret_address set. */
const char *redis_address_parse(const char *url, struct redis_address *ret_address);

/* `password` NULL or "": none; copied. */
sai_status redis_link_new(const struct redis_address *address, const char *password, int budget_ms, struct sai_log *log,
                          struct redis_link **ret_link, struct sai_err *err) SAI_MUST_USE;
void redis_link_free(struct redis_link *link); /* NULL is fine; no call may be under way */
SAI_DEFINE_CLEANUP(struct redis_link, redis_link_free)

bool redis_link_up(struct redis_link *link);

enum { REDIS_WORDS = 4, REDIS_COMMANDS = 4 };
struct redis_command {
        int count;
        const char *words[REDIS_WORDS];
        size_t lens[REDIS_WORDS];
};
enum redis_outcome {
        REDIS_ANSWERED, /* replies[0 … count - 1] are set: freeReplyObject each */
        REDIS_AWAY, /* nobody was asked: no connection is ready */
        REDIS_FAILED, /* asked, and not answered in time, or with nonsense */
};
/* Sends up to REDIS_COMMANDS commands at once and reads their answers within the budget. An answer that is an error of Redis (out of
 * memory, read-only) is an answer. */
enum redis_outcome redis_link_call(struct redis_link *link, const struct redis_command *commands, size_t count,
                                   redisReply **replies);

#endif
