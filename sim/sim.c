/* sim.c -- puts the parts together, and takes them apart in the opposite order. */
#include "sim/sim_internal.h"

#include <curl/curl.h>

enum { WORKERS = 8, EVENT_THREADS = 2, DRAIN_MS = 2000, RETRY_MS = 2000 };

int64_t sim_now_locked(const struct sim *sim) { return sai_now_ms(&sim->config.clock) + sim->moved_ms; }

int64_t sim_now_ms(const struct sim *sim)
{
        /* The lock is the only thing of the simulator that changes here. */
        struct sim *mutable = (struct sim *)(uintptr_t)sim;
        pthread_mutex_lock(&mutable->lock);
        int64_t now = sim_now_locked(sim);
        pthread_mutex_unlock(&mutable->lock);
        return now;
}

void sim_clock_advance(struct sim *sim, int64_t seconds)
{
        pthread_mutex_lock(&sim->lock);
        sim->moved_ms += seconds * 1000;
        pthread_mutex_unlock(&sim->lock);
}

void sim_set_rotate_always(struct sim *sim, bool on)
{
        pthread_mutex_lock(&sim->lock);
        sim->rotate_always = on;
        pthread_mutex_unlock(&sim->lock);
}

sai_status sim_set_inactive(struct sim *sim, int athlete, bool on, struct sai_err *err)
{
        if (athlete < 1 || (size_t)athlete > sim->athlete_count)
                return sai_fail(err, SAI_NOT_FOUND, "there is no athlete %d", athlete);
        pthread_mutex_lock(&sim->lock);
        sim->athletes[athlete - 1].inactive = on;
        pthread_mutex_unlock(&sim->lock);
        return SAI_OK;
}

unsigned sim_port(const struct sim *sim) { return sim->server ? sai_server_port(sim->server) : 0; }

const struct sim_load_report *sim_load(const struct sim *sim) { return &sim->report; }

void sim_dispatch(struct sim *sim, struct sai_request *request, struct sai_reply *reply)
{
        sai_dispatch(&sim->server_config, sim->router, request, reply);
}

static char *copy_of(const char *text) { return text ? strdup(text) : NULL; }

static sai_status take_config(struct sim *sim, const struct sim_config *config, struct sai_err *err)
{
        sim->config = *config;
        if (!sim->config.clock.wall_ms)
                sim->config.clock = sai_clock_system();
        if (!sim->config.random.fill)
                sim->config.random = sai_random_system();
        struct sim_limits l = config->limits;
        bool unset = !l.none && l.short_term == 0 && l.day == 0 && l.read_short == 0 && l.read_day == 0;
        sim->limits.limits = unset ? SIM_LIMITS_DEFAULT : l;
        sim->rotate_always = config->rotate_always;
        sim->recordings = copy_of(config->recordings);
        sim->state_dir = copy_of(config->state_dir);
        sim->callback_domain = copy_of(config->callback_domain);
        if ((config->recordings && !sim->recordings) || (config->state_dir && !sim->state_dir) ||
            (config->callback_domain && !sim->callback_domain))
                return sai_fail(err, SAI_NO_MEMORY, "settings");
        if (config->listen && strlen(config->listen) >= sizeof sim->listen)
                return sai_fail(err, SAI_INVALID, "the address to listen on is too long");
        snprintf(sim->listen, sizeof sim->listen, "%s", config->listen ? config->listen : "");
        sim->faults = calloc(SIM_MAX_FAULTS, sizeof *sim->faults);
        sim->requests = calloc(SIM_LOG_ENTRIES, sizeof *sim->requests);
        return sim->faults && sim->requests ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "request log");
}

static sai_status serve(struct sim *sim, struct sai_err *err)
{
        static const struct sai_route *const tables[] = { api_routes, control_routes, NULL };
        sai_status status = sai_router_new(tables, &sim->router, err);
        if (status != SAI_OK)
                return status;
        sim->server_config = (struct sai_server_config) {
                .listen = sim->listen[0] ? sim->listen : "127.0.0.1:0",
                .event_threads = EVENT_THREADS,
                .worker_threads = WORKERS,
                .build_id = "strava-sim",
                .page_csp = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
                .app = sim,
                .clock = sim->config.clock,
                .random = sim->config.random,
                .log = sim->config.log,
        };
        return sim->listen[0] ? sai_server_start(&sim->server_config, sim->router, &sim->server, err) : SAI_OK;
}

static sai_status start(struct sim *sim, const struct sim_config *config, struct sai_err *err)
{
        sai_status status = take_config(sim, config, err);
        int64_t began_ms = sai_monotonic_ms(&sim->config.clock);
        if (status == SAI_OK)
                status = catalogue_load(sim, err);
        sim->report.took_ms = sai_monotonic_ms(&sim->config.clock) - began_ms;
        if (status == SAI_OK)
                status = token_store_new(sim->state_dir, sim->config.random, &sim->tokens, err);
        if (status == SAI_OK)
                status = webhook_sender_new(config->webhook_retry_ms > 0 ? config->webhook_retry_ms : RETRY_MS, config->log,
                                            &sim->webhooks, err);
        return status == SAI_OK ? serve(sim, err) : status;
}

sai_status sim_start(const struct sim_config *config, struct sim **ret_sim, struct sai_err *err)
{
        pthread_condattr_t attributes;
        struct sim *sim = calloc(1, sizeof *sim);
        if (!sim)
                return sai_fail(err, SAI_NO_MEMORY, "simulator");
        curl_global_init(CURL_GLOBAL_DEFAULT);
        pthread_mutex_init(&sim->lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&sim->wake, &attributes);
        pthread_condattr_destroy(&attributes);
        sai_status status = start(sim, config, err);
        if (status != SAI_OK) {
                sim_stop(sim);
                return status;
        }
        *ret_sim = sim;
        return SAI_OK;
}

static void report_free(struct sim *sim)
{
        for (size_t i = 0; i < sim->report.left_out_count; i++) {
                free((char *)(uintptr_t)sim->left_out[i].file);
                free((char *)(uintptr_t)sim->left_out[i].reason);
        }
        free(sim->left_out);
}

void sim_stop(struct sim *sim)
{
        if (!sim)
                return;
        pthread_mutex_lock(&sim->lock);
        sim->stopping = true;
        pthread_cond_broadcast(&sim->wake);
        pthread_mutex_unlock(&sim->lock);
        if (sim->server)
                sai_server_stop(sim->server, DRAIN_MS);
        sai_router_free(sim->router);
        webhook_sender_free(sim->webhooks);
        token_store_free(sim->tokens);
        catalogue_free(sim);
        report_free(sim);
        free(sim->faults);
        free(sim->requests);
        free(sim->recordings);
        free(sim->state_dir);
        free(sim->callback_domain);
        pthread_cond_destroy(&sim->wake);
        pthread_mutex_destroy(&sim->lock);
        free(sim);
        curl_global_cleanup();
}
