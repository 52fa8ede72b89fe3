/* sim.h -- strava-sim: a server that behaves as Strava's API does, for tests and the demo.
 *
 * The service cannot be tried against the live Strava: no test may need an account, a network or a day of rate limits. So this
 * library answers what the reference page says Strava answers: consent page, codes and tokens that rotate and expire, both
 * rate-limit buckets, paging, streams in both forms, webhooks, and faults on request. Its athletes come from recordings
 * (FIT, GPX, TCX, Strava's own JSON) where a directory of them is given and from a seeded generator otherwise. It is linked into the
 * program strava-sim and into tests, never into the service.
 *
 * Every function here is safe from several threads, except sim_stop, which ends the object. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "http/http.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

/* Calls allowed per quarter of an hour and per day, over all and for reads alone. `none`: nothing is refused, and the headers name
 * limits too high to matter, so that a client that obeys them runs at full speed. */
struct sim_limits {
        int64_t short_term, day, read_short, read_day;
        bool none;
};

/* Strava's limits of a new application. */
#define SIM_LIMITS_DEFAULT ((struct sim_limits) { .short_term = 200, .day = 2000, .read_short = 100, .read_day = 1000 })

struct sim_config {
        const char *listen; /* "127.0.0.1:0"; NULL: no socket, requests come by sim_dispatch alone */
        const char *recordings; /* directory of the first athlete's recordings; NULL: all athletes are generated */
        int athletes; /* total; 0: 1 */
        uint64_t seed; /* of the generator: same seed and same day, same athletes */
        bool auto_consent; /* the consent page answers itself */
        bool rotate_always; /* every refresh gives new tokens */
        struct sim_limits limits; /* all zero: SIM_LIMITS_DEFAULT */
        const char *state_dir; /* tokens survive a restart there; NULL: memory only */
        const char *callback_domain; /* redirects must lie in it (loopback always may); NULL: any host */
        int webhook_retry_ms; /* between the three tries of an event; 0: 2000 */
        struct sai_clock clock; /* all zero: the system's */
        struct sai_random random; /* all zero: the system's */
        struct sai_log *log; /* may be NULL; borrowed */
};

/* A recording that could not be served, and why. */
struct sim_left_out {
        const char *file;
        const char *reason;
};

/* What was found at the start. Valid until sim_stop. */
struct sim_load_report {
        size_t athletes, activities;
        size_t from_files, from_json, generated;
        size_t duplicates; /* workouts found twice and served once */
        const struct sim_left_out *left_out;
        size_t left_out_count;
        int64_t took_ms;
};

/* Loads the athletes and starts to listen. Gives the simulator; end it with sim_stop.
 * SAI_INVALID: a setting is impossible (err says which); SAI_UNAVAILABLE: the address cannot be bound; SAI_NO_MEMORY. */
sai_status sim_start(const struct sim_config *config, struct sim **ret_sim, struct sai_err *err) SAI_MUST_USE;
void sim_stop(struct sim *sim);
SAI_DEFINE_CLEANUP(struct sim, sim_stop)

unsigned sim_port(const struct sim *sim); /* 0 without a socket */
const struct sim_load_report *sim_load(const struct sim *sim);
int64_t sim_now_ms(const struct sim *sim); /* the simulator's clock: the given one plus what it was moved by */

/* One request without a socket; see sai_dispatch. */
void sim_dispatch(struct sim *sim, struct sai_request *request, struct sai_reply *reply);

/* -- The /sim/… controls, in process ------------------------------------------------------------------------------- */
enum sim_cut { SIM_CUT_NONE, SIM_CUT_BEFORE, SIM_CUT_AFTER };

struct sim_fault {
        const char *path; /* a request whose path (without /api/v3) begins so is hit */
        int status; /* 0: the real answer */
        const char *body; /* NULL: what Strava's front says with that status */
        int delay_ms; /* before the answer; at most a minute */
        enum sim_cut cut; /* the connection closes without an answer: before the work is done, or after */
        int times; /* how many requests; at least 1 */
};

/* Adds a fault; faults are used up in the order they came. SAI_BUSY when too many wait. */
sai_status sim_fault_add(struct sim *sim, const struct sim_fault *fault, struct sai_err *err) SAI_MUST_USE;
void sim_set_limits(struct sim *sim, struct sim_limits limits);
void sim_set_rotate_always(struct sim *sim, bool on);
void sim_clock_advance(struct sim *sim, int64_t seconds);

/* One more activity appears, now, and its webhook goes out. `athlete` counts from 1; `file` is a recording to read, or NULL for the
 * generator. SAI_NOT_FOUND: no such athlete; SAI_INVALID: the file gives no activity. */
sai_status sim_activity_add(struct sim *sim, int athlete, const char *file, int64_t *ret_id, struct sai_err *err) SAI_MUST_USE;
/* Takes one away as its owner would, with the webhook. SAI_NOT_FOUND when there is none of that id. */
sai_status sim_activity_delete(struct sim *sim, int64_t id, struct sai_err *err) SAI_MUST_USE;
/* The athlete revokes access under Settings, My Apps: all tokens end, the webhook goes out. */
sai_status sim_deauthorize(struct sim *sim, int athlete, struct sai_err *err) SAI_MUST_USE;
/* From now on (or no longer) every call for the athlete answers 403 Inactive. */
sai_status sim_set_inactive(struct sim *sim, int athlete, bool on, struct sai_err *err) SAI_MUST_USE;

/* Any event, to every subscriber, `times` over: duplicates, events out of order, owners nobody knows. Texts may be NULL: absent. */
struct sim_event {
        const char *object_type, *aspect_type; /* "activity" or "athlete"; "create", "update" or "delete" */
        int64_t object_id, owner_id;
        int64_t event_time_s; /* 0: now */
        const char *title, *type, *private, *authorized;
        int times;
};
void sim_event_send(struct sim *sim, const struct sim_event *event);

enum { SIM_PATH_TEXT = 192 };
struct sim_request_entry {
        int64_t n; /* counts from 1 */
        int64_t at_ms;
        char method[8];
        char path[SIM_PATH_TEXT]; /* without the query: it may hold secrets */
        int athlete; /* from 1; 0: nobody */
        int status; /* 0: the connection was cut */
};
/* Copies the entries after `since` that are still kept (the last 4096), oldest first; gives their number. */
size_t sim_requests(struct sim *sim, int64_t since, struct sim_request_entry *out, size_t max);

/* Writes activities of the generator as files (FIT, GPX and TCX in turn) into a directory that exists. */
sai_status sim_write_files(const char *directory, int count, uint64_t seed, struct sai_clock clock, int *ret_written,
                           struct sai_err *err) SAI_MUST_USE;

#endif
