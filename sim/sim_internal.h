/* sim_internal.h -- what the parts of the simulator share.
 *
 * One lock guards everything that changes: tokens, rate-limit windows, faults, the request log, the lists of activities and the moved
 * clock. It is held for look-ups and list edits only, never while streams are made, files are read or anything is sent. Activities and
 * athletes are never freed before the end, so a pointer found under the lock stays good after it. */
#ifndef SIM_SIM_INTERNAL_H
#define SIM_SIM_INTERNAL_H

#include "base/limits.h"
#include "http/http.h"
#include "sim/generator.h"
#include "sim/sim.h"
#include "sim/strava_model.h"
#include <pthread.h>

/* -- Catalogue: athletes and their activities ---------------------------------------------------------------------- */
enum sim_source { SIM_GENERATED, SIM_FILE, SIM_JSON };

struct sim_activity {
        int64_t id, start_ms;
        double elapsed_s; /* 0 while a generated one is not yet measured */
        int athlete; /* index from 0 */
        enum sim_source source;
        bool ready; /* `summary` is complete; under the lock */
        bool only_me, deleted; /* deleted: under the lock */
        struct strava_activity summary;
        char *name, *polyline, *device; /* owned; the summary points at them */
        char map_id[24], upload_text[24], external[80], timezone[64];
        struct workout workout; /* SIM_GENERATED */
        char *path; /* SIM_FILE: read again when streams are asked for; SIM_JSON: of the streams, or NULL */
        size_t session;
        char *summary_json, *detail_json; /* SIM_JSON, owned; detail may be NULL */
};

struct sim_athlete {
        struct persona persona;
        int64_t id;
        bool recorded; /* owns the recordings */
        bool inactive; /* under the lock */
        struct sim_activity **activities; /* by start, oldest first; under the lock */
        size_t count, room;
        uint64_t extra; /* how many were added on request */
};

struct sim;

struct sim_activity *catalogue_activity_new(struct sim *sim, int athlete, enum sim_source source);
void catalogue_activity_free(struct sim_activity *activity);
/* Puts it into its athlete's list, by start; takes it also on failure. Moves the id to a free one. Under the lock or before the start. */
sai_status catalogue_add(struct sim *sim, struct sim_activity *activity, struct sai_err *err) SAI_MUST_USE;
/* By id; NULL when there is none or it was deleted. Takes the lock. */
struct sim_activity *catalogue_find(struct sim *sim, int64_t id);
/* The activity of the athlete that is the same workout (start within 120 s, duration within 5 %), or NULL. */
struct sim_activity *catalogue_twin(const struct sim_athlete *athlete, int64_t start_ms, double elapsed_s);
/* Copies the summary, measuring it first where that was put off. Its texts live as long as the simulator. */
sai_status catalogue_summary(struct sim *sim, struct sim_activity *activity, struct strava_activity *ret_summary,
                             struct sai_err *err) SAI_MUST_USE;
/* What the activity has of samples, laps (may be none); all in the arena. Count 0: it has no streams. */
struct recording_session;
sai_status catalogue_streams(struct sim *sim, const struct sim_activity *activity, struct sai_arena *arena,
                             struct streams *ret_streams, const struct recording_session **ret_session,
                             struct sai_err *err) SAI_MUST_USE;
/* The members of a summary that do not depend on how it was made. */
void catalogue_summary_base(struct sim_activity *activity);
/* Encodes the track into activity->polyline. */
sai_status catalogue_polyline(struct sim_activity *activity, const struct streams *streams, struct sai_arena *arena,
                              struct sai_err *err);
/* Strava's "(GMT+01:00) Europe/Madrid" for an offset (and a zone's name, when known) into activity->timezone. */
void catalogue_timezone(struct sim_activity *activity, int64_t offset_s, const char *zone, int64_t standard_offset_s);
void catalogue_free(struct sim *sim);
/* Athletes and their activities, from recordings and the generator. */
sai_status catalogue_load(struct sim *sim, struct sai_err *err) SAI_MUST_USE;

/* -- Recordings ---------------------------------------------------------------------------------------------------- */
sai_status recordings_load(struct sim *sim, struct sai_err *err) SAI_MUST_USE;
/* All sessions of one file; gives the first one's id. SAI_INVALID with the reason when it has none. Takes the lock. */
sai_status recordings_load_file(struct sim *sim, int athlete, const char *path, bool twins_allowed, int64_t *ret_id,
                                struct sai_err *err);
sai_status recordings_load_json(struct sim *sim, const char *path, struct sai_err *err);
/* The whole of a file, at most `max` bytes, in the arena. */
sai_status recordings_slurp(const char *path, size_t max, struct sai_arena *arena, struct sai_text *ret, struct sai_err *err);
void recordings_left_out(struct sim *sim, const char *path, const char *reason);
sai_status recordings_json_streams(const struct sim_activity *activity, struct sai_arena *arena, struct streams *ret_streams,
                                   struct sai_err *err);

/* -- Rate limits (limits.c) ---------------------------------------------------------------------------------------- */
enum { LIMIT_CLIENTS = 32, SIM_CLIENT_TEXT = 64 };
struct limit_usage {
        char client[SIM_CLIENT_TEXT];
        int64_t quarter, day; /* numbers of the windows that the counts belong to */
        int64_t short_all, day_all, short_read, day_read;
};
enum limit_verdict { LIMIT_OK, LIMIT_OVERALL, LIMIT_READ };
struct limit_state {
        struct sim_limits limits;
        struct limit_usage usage[LIMIT_CLIENTS];
        size_t clients;
};
/* Counts one read call of a client; gives the usage as its headers tell it. Under the lock. */
enum limit_verdict limit_count(struct limit_state *state, const char *client, int64_t now_ms, struct limit_usage *ret_usage);

/* -- Faults and the request log ------------------------------------------------------------------------------------ */
enum { SIM_MAX_FAULTS = 64, SIM_LOG_ENTRIES = 4096, SIM_FAULT_BODY = 4096 };
struct fault_slot {
        char path[SIM_PATH_TEXT];
        char body[SIM_FAULT_BODY];
        bool has_body;
        int status, delay_ms, times;
        enum sim_cut cut;
};
/* Uses up one fault that hits the path; false when there is none. Takes the lock. */
bool fault_take(struct sim *sim, struct sai_text path, struct fault_slot *ret_fault);
void request_log_add(struct sim *sim, const struct sai_request *request, int athlete, int status);

/* -- Tokens (tokens.c) --------------------------------------------------------------------------------------------- */
enum sim_scope {
        SCOPE_READ = 1 << 0,
        SCOPE_READ_ALL = 1 << 1,
        SCOPE_PROFILE_READ_ALL = 1 << 2,
        SCOPE_PROFILE_WRITE = 1 << 3,
        SCOPE_ACTIVITY_READ = 1 << 4,
        SCOPE_ACTIVITY_READ_ALL = 1 << 5,
        SCOPE_ACTIVITY_WRITE = 1 << 6,
};
struct scope_name {
        const char *name;
        uint32_t bit;
        const char *doc;
};
extern const struct scope_name scope_names[7];
/* A list with commas or blanks; false on an unknown or repeated entry. */
bool scope_parse(struct sai_text text, uint32_t *ret_scopes);
void scope_format(uint32_t scopes, struct sai_buf *buf);

enum { TOKEN_HEX = 40, TOKEN_LIFE_S = 21600, CODE_LIFE_S = 600, TOKEN_REUSE_S = 3600 };
struct token_pair {
        char access[TOKEN_HEX + 1], refresh[TOKEN_HEX + 1];
        int64_t expires_at; /* Unix seconds */
        int athlete; /* index from 0 */
        uint32_t scopes;
};
struct token_info {
        int athlete;
        uint32_t scopes;
        char client[SIM_CLIENT_TEXT];
};
struct token_store;
/* `state_dir` may be NULL. Reads what an earlier run left there. */
sai_status token_store_new(const char *state_dir, struct sai_random random, struct token_store **ret,
                           struct sai_err *err) SAI_MUST_USE;
void token_store_free(struct token_store *store);
/* All of these under the simulator's lock; times are the simulator's, in seconds. */
sai_status token_code_new(struct token_store *store, const char *client, int athlete, uint32_t scopes, int64_t now_s,
                          char ret_code[TOKEN_HEX + 1], struct sai_err *err) SAI_MUST_USE;
/* False when the code is wrong, used, expired or another client's. */
bool token_exchange(struct token_store *store, const char *client, struct sai_text code, int64_t now_s, struct token_pair *ret);
bool token_refresh(struct token_store *store, const char *client, struct sai_text refresh, int64_t now_s, bool rotate_always,
                   struct token_pair *ret);
bool token_check(const struct token_store *store, struct sai_text access, int64_t now_s, struct token_info *ret);
/* Whom a token of any kind belongs to, dead or not; for revocation. */
bool token_owner(const struct token_store *store, struct sai_text token, struct token_info *ret);
bool token_granted(const struct token_store *store, const char *client, int athlete, uint32_t scopes);
/* Ends every token of an athlete (and client, unless NULL); gives how many lived. */
size_t token_revoke(struct token_store *store, const char *client, int athlete, int64_t now_s);
/* The one subscription of a client, kept in the same file. */
struct token_subscription {
        int64_t id, created_s;
        char client[SIM_CLIENT_TEXT], callback[256], verify[256];
};
const struct token_subscription *token_subscription_of(const struct token_store *store, const char *client);
const struct token_subscription *token_subscription_at(const struct token_store *store, size_t index); /* NULL past the last */
sai_status token_subscription_add(struct token_store *store, const struct token_subscription *subscription, struct sai_err *err);
bool token_subscription_remove(struct token_store *store, const char *client, int64_t id);

/* -- Webhooks (webhook.c) ------------------------------------------------------------------------------------------ */
struct webhook_sender;
sai_status webhook_sender_new(int retry_ms, struct sai_log *log, struct webhook_sender **ret, struct sai_err *err) SAI_MUST_USE;
void webhook_sender_free(struct webhook_sender *sender);
/* The GET that proves the callback; blocks up to 2 s. Gives the reason of a refusal, or NULL when it was answered rightly. */
const char *webhook_handshake(const char *callback, const char *verify_token, const char *challenge);
/* Queues the event for every subscription; the subscription ids are filled in. Under the lock; never blocks. */
void webhook_send(struct sim *sim, const struct strava_event *event);
void webhook_athlete_gone(struct sim *sim, int athlete);
void webhook_activity(struct sim *sim, const struct sim_activity *activity, const char *aspect);

/* -- The API's frame (gate.c) -------------------------------------------------------------------------------------- */
struct api_call {
        struct sim *sim;
        struct sai_request *request;
        struct sai_reply *reply;
        struct token_info token;
        struct sim_athlete *athlete;
        struct limit_usage usage;
        bool counted; /* usage is known: its headers go out */
};
struct api_route;
typedef sai_status (*api_handler)(struct api_call *call, struct sai_err *err);
enum api_access { ACCESS_OPEN, ACCESS_TOKEN, ACCESS_CLIENT };
extern const struct sai_route api_routes[], control_routes[];
sai_status api_gate(struct sai_request *request, struct sai_reply *reply, struct sai_err *err);

/* Answers in Strava's error form. */
void api_fault(struct sai_reply *reply, int status, const char *message, const char *resource, const char *field,
               const char *code);
void api_not_found(struct sai_reply *reply, const char *resource);
void api_reply_json(struct sai_reply *reply, int status);
/* A parameter of the query, or "" (data never NULL). */
struct sai_text api_query(const struct sai_request *request, const char *name);
/* A parameter of the form body, decoded into the arena. */
struct sai_text api_form(const struct sai_request *request, const char *name);
size_t api_form_all(const struct sai_request *request, struct sai_pair *pairs, size_t max);
/* A copy with a NUL; NULL when the text holds one or is longer than `max`. */
const char *api_text(struct sai_arena *arena, struct sai_text text, size_t max);
/* Sleeps unless the simulator stops first. */
void api_sleep(struct sim *sim, int ms);

/* Handlers, one file per resource. */
sai_status oauth_authorize(struct api_call *call, struct sai_err *err);
sai_status oauth_decide(struct api_call *call, struct sai_err *err);
sai_status oauth_token(struct api_call *call, struct sai_err *err);
sai_status oauth_revoke(struct api_call *call, struct sai_err *err);
sai_status oauth_deauthorize(struct api_call *call, struct sai_err *err);
sai_status api_athlete(struct api_call *call, struct sai_err *err);
sai_status api_athlete_zones(struct api_call *call, struct sai_err *err);
sai_status api_athlete_stats(struct api_call *call, struct sai_err *err);
sai_status api_activities(struct api_call *call, struct sai_err *err);
sai_status api_activity(struct api_call *call, struct sai_err *err);
sai_status api_activity_laps(struct api_call *call, struct sai_err *err);
sai_status api_activity_streams(struct api_call *call, struct sai_err *err);
sai_status api_subscription_create(struct api_call *call, struct sai_err *err);
sai_status api_subscriptions(struct api_call *call, struct sai_err *err);
sai_status api_subscription_delete(struct api_call *call, struct sai_err *err);

/* The athlete's members as Strava tells them. Takes the lock. */
void athlete_describe(const struct sim *sim, const struct sim_athlete *athlete, int64_t resource_state,
                      struct strava_athlete *ret);

/* -- Whole --------------------------------------------------------------------------------------------------------- */
struct sim {
        struct sim_config config;
        pthread_mutex_t lock;
        pthread_cond_t wake; /* stopping, for those who sleep */
        bool stopping;
        int64_t moved_ms; /* the clock's offset */
        bool rotate_always;
        struct sim_athlete *athletes;
        size_t athlete_count;
        struct sim_activity **by_id; /* sorted */
        size_t activity_count, activity_room;
        struct sim_load_report report;
        struct sim_left_out *left_out; /* texts owned */
        size_t left_out_room;
        struct limit_state limits;
        struct fault_slot *faults; /* SIM_MAX_FAULTS, in the order they came */
        size_t fault_count;
        struct sim_request_entry *requests; /* ring of SIM_LOG_ENTRIES */
        int64_t request_count;
        int64_t next_subscription;
        struct token_store *tokens;
        struct webhook_sender *webhooks;
        struct sai_router *router;
        struct sai_server *server;
        struct sai_server_config server_config;
        char listen[64];
        char *recordings, *state_dir, *callback_domain;
};

int64_t sim_now_locked(const struct sim *sim); /* ms; under the lock */

#endif
