/* oauth.h -- what the consent request and its page share. */
#ifndef SIM_OAUTH_H
#define SIM_OAUTH_H

#include "sim/sim_internal.h"

struct consent {
        const char *client, *redirect, *state; /* in the request's arena */
        bool force;
        uint32_t scopes;
        int athlete; /* from 1 */
};

/* The page that asks the athlete. */
sai_status oauth_page_write(struct api_call *call, const struct consent *consent, struct sai_err *err) SAI_MUST_USE;

#endif
