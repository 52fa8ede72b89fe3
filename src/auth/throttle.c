/* throttle.c -- see throttle.h. */
#include "auth/throttle.h"

#include "base/limits.h"
#include "store/store.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { KEY = 32 + 65 };

static void make_key(const char *kind, const char *text, char key[KEY])
{
        char hash[65];
        auth_hash_text(text, strlen(text), hash);
        snprintf(key, KEY, "%.30s:%s", kind, hash);
}

sai_status throttle_take(const struct auth *auth, const char *kind, const char *text, int64_t most, int64_t *ret_retry_s,
                         struct sai_err *err)
{
        char key[KEY];
        int64_t count = 0;
        struct sai_instant end;
        make_key(kind, text, key);
        sai_status status = store_throttle_add(auth->store, key, SAI_THROTTLE_WINDOW_MS, &count, &end, err);
        if (status != SAI_OK || count <= most)
                return status;
        *ret_retry_s = (end.ms - sai_now_ms(&auth->clock) + 999) / 1000;
        return sai_fail(err, SAI_RATE_LIMITED, "too many tries: wait");
}

sai_status throttle_take_client(const struct auth *auth, const char *kind, const char *address, int64_t most,
                                int64_t *ret_retry_s, struct sai_err *err)
{
        char net[INET6_ADDRSTRLEN];
        struct in6_addr six;
        snprintf(net, sizeof net, "%s", address ? address : "");
        if (inet_pton(AF_INET6, net, &six) == 1) {
                memset(six.s6_addr + 8, 0, 8);
                (void)!inet_ntop(AF_INET6, &six, net, sizeof net);
        }
        return throttle_take(auth, kind, net, most, ret_retry_s, err);
}

void throttle_forget(const struct auth *auth, const char *kind, const char *text)
{
        char key[KEY];
        struct sai_err err;
        make_key(kind, text, key);
        if (store_throttle_forget(auth->store, key, &err) != SAI_OK)
                sai_log(auth->log, SAI_LOG_WARN, "throttle.kept", SAI_LOG_TEXT("reason", err.detail));
}
