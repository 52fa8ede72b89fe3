/* limits.c -- Strava's two rate-limit buckets of a client, each with a window of a quarter of an hour and one of a day.
 *
 * The windows are those of the clock (UTC), not sliding. A call that is refused counts all the same, for the day too. */
#include "sim/sim_internal.h"

static const int64_t QUARTER_MS = 15 * 60 * 1000;
static const int64_t DAY_MS = 24 * 3600 * 1000;

/* Clients past the last slot share it: a simulator has a handful. */
static struct limit_usage *usage_of(struct limit_state *state, const char *client)
{
        for (size_t i = 0; i < state->clients; i++)
                if (strcmp(state->usage[i].client, client) == 0)
                        return &state->usage[i];
        if (state->clients == LIMIT_CLIENTS)
                return &state->usage[LIMIT_CLIENTS - 1];
        struct limit_usage *usage = &state->usage[state->clients++];
        snprintf(usage->client, sizeof usage->client, "%s", client);
        return usage;
}

enum limit_verdict limit_count(struct limit_state *state, const char *client, int64_t now_ms, struct limit_usage *ret_usage)
{
        struct limit_usage *usage = usage_of(state, client);
        int64_t quarter = now_ms / QUARTER_MS, day = now_ms / DAY_MS;
        if (usage->quarter != quarter) {
                usage->quarter = quarter;
                usage->short_all = usage->short_read = 0;
        }
        if (usage->day != day) {
                usage->day = day;
                usage->day_all = usage->day_read = 0;
        }
        usage->short_all++;
        usage->short_read++;
        usage->day_all++;
        usage->day_read++;
        *ret_usage = *usage;
        const struct sim_limits *limits = &state->limits;
        if (limits->none)
                return LIMIT_OK;
        if (usage->short_all > limits->short_term || usage->day_all > limits->day)
                return LIMIT_OVERALL;
        return usage->short_read > limits->read_short || usage->day_read > limits->read_day ? LIMIT_READ : LIMIT_OK;
}

void sim_set_limits(struct sim *sim, struct sim_limits limits)
{
        pthread_mutex_lock(&sim->lock);
        sim->limits.limits = limits;
        pthread_mutex_unlock(&sim->lock);
}
