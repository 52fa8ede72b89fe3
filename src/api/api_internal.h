/* api_internal.h -- what the resources share. */
#ifndef SAI_API_API_INTERNAL_H
#define SAI_API_API_INTERNAL_H

#include "api/api.h"

static inline struct api *api_of(const struct sai_request *request) { return request->app; }

extern const struct sai_route auth_routes[], auth_session_routes[], auth_token_routes[], auth_local_routes[],
        auth_strava_routes[], user_routes[], milestone_routes[], activity_routes[], activity_data_routes[], sync_routes[],
        job_routes[], analytics_routes[], insight_routes[], operation_routes[], metrics_routes[], admin_routes[], page_routes[];

/* The signed-in athlete, read once a request: cached by (id, revision), lives in the request's arena or the cache until the request ends. */
const struct user *api_user(const struct sai_request *request);
const struct sai_zone *api_zone(const struct user *user);
struct sai_day api_today(const struct api *api, const struct user *user);

/* The athlete's data of the version that the request saw; released when the request ends. */
sai_status api_athlete_data(struct sai_request *request, const struct athlete_data **ret_data, struct sai_err *err) SAI_MUST_USE;

/* Texts in the athlete's units, and zone shares. */
sai_status api_present_activity(struct activity *activity, const struct user *user, struct sai_arena *arena,
                                struct sai_err *err) SAI_MUST_USE;

/* 202 with Location and the job. */
sai_status api_reply_job(struct sai_request *request, struct sai_reply *reply, const struct job *job,
                         struct sai_err *err) SAI_MUST_USE;

/* {"success": true} */
extern const struct sai_model success_model;
sai_status api_answer_success(struct sai_reply *reply, struct sai_err *err) SAI_MUST_USE;

/* The tag of an answer that changes without the athlete's data: of the athlete, what identifies the rows shown, and the coding that was asked for. */
void api_row_etag(const struct sai_request *request, struct sai_reply *reply, uint64_t rows);
/* One more row in the `rows` of a tag. */
uint64_t api_hash_row(uint64_t hash, struct sai_id id, int64_t revision);
/* cache_entry_release in the form that arenas and replies call. */
void api_release_entry(void *entry);

/* A member's check: a text that is a day or an instant, or absent. */
const char *api_check_day_or_instant(const struct sai_field *field, const void *value);

/* -- Cursors: opaque, bound to the user and the query they continue -------------------------------------------------------- */
struct cursor {
        struct sai_opt_f64 value;
        struct sai_id id;
};
/* `filter` is what the page was made with (the canonical query without the cursor). */
const char *cursor_make(const struct api *api, struct sai_id user_id, struct sai_text filter, struct cursor cursor,
                        struct sai_arena *arena);
sai_status cursor_read(const struct api *api, struct sai_id user_id, struct sai_text filter, const char *text,
                       struct cursor *ret_cursor, struct sai_err *err) SAI_MUST_USE;
/* The query's parameters but cursor and limit, in the order given. */
struct sai_text cursor_filter(const struct sai_request *request);

/* A finished answer of this athlete's data version and query, kept in the cache: fills the reply from it and gives true. */
bool api_cached_reply(struct sai_request *request, struct sai_reply *reply);
/* Keeps the reply's body for the next that asks the same. */
void api_keep_reply(struct sai_request *request, struct sai_reply *reply);

/* -- Metrics --------------------------------------------------------------------------------------------------------------- */
struct api_metrics;
struct api_metrics *api_metrics_new(const struct sai_route *const *tables);
void api_metrics_free(struct api_metrics *metrics);
void api_metrics_write(const struct api *api, struct sai_buf *buf);

#endif
