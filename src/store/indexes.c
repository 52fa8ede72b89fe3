/* indexes.c -- the rows of indexes.h. Each begins with what queries compare for equality, then the sort, then the id that settles ties. */
#include "store/indexes.h"

#include "model/account.h"
#include "model/activity.h"
#include "model/insight.h"
#include "model/job.h"
#include "model/security.h"
#include "store/rows.h"

/* Rows of a table, one below the other. */
/* clang-format off */
#define THRESHOLD(m) offsetof(struct threshold, m)
#define ACTIVITY(m) offsetof(struct activity, m)
#define SOURCE(m) offsetof(struct source, m)
#define JOB(m) offsetof(struct job, m)
#define SESSION(m) offsetof(struct session, m)
#define ONCE(m) offsetof(struct once, m)
#define INSIGHT(m) offsetof(struct insight, m)
#define CLAIM(m) offsetof(struct claim, m)
#define TOKEN(m) offsetof(struct api_token, m)
#define THROTTLE(m) offsetof(struct throttle, m)
#define EVENT(m) offsetof(struct security_event, m)

#define FIELDS(...) SAI_COUNT(((const size_t[]){ __VA_ARGS__ })), { __VA_ARGS__ }

const struct index_row indexes[INDEXES] = {
        [INDEX_THRESHOLDS_BY_DAY] = { "thresholds_by_day", COLLECTION_THRESHOLDS, false,
                                      FIELDS(THRESHOLD(user_id), THRESHOLD(from), THRESHOLD(id)) },
        [INDEX_ACTIVITIES_BY_START] = { "activities_by_start", COLLECTION_ACTIVITIES, false,
                                        FIELDS(ACTIVITY(user_id), ACTIVITY(start_date), ACTIVITY(id)) },
        [INDEX_ACTIVITIES_BY_DISTANCE] = { "activities_by_distance", COLLECTION_ACTIVITIES, false,
                                           FIELDS(ACTIVITY(user_id), ACTIVITY(distance), ACTIVITY(id)) },
        [INDEX_ACTIVITIES_BY_MOVING_TIME] = { "activities_by_moving_time", COLLECTION_ACTIVITIES, false,
                                              FIELDS(ACTIVITY(user_id), ACTIVITY(moving_time), ACTIVITY(id)) },
        [INDEX_ACTIVITIES_BY_AVERAGE_SPEED] = { "activities_by_average_speed", COLLECTION_ACTIVITIES, false,
                                                FIELDS(ACTIVITY(user_id), ACTIVITY(average_speed), ACTIVITY(id)) },
        [INDEX_ACTIVITIES_BY_ELEVATION_GAIN] = { "activities_by_elevation_gain", COLLECTION_ACTIVITIES, false,
                                                 FIELDS(ACTIVITY(user_id), ACTIVITY(total_elevation_gain), ACTIVITY(id)) },
        [INDEX_ACTIVITIES_BY_TRAINING_LOAD] = { "activities_by_training_load", COLLECTION_ACTIVITIES, false,
                                                FIELDS(ACTIVITY(user_id), ACTIVITY(metrics.training_load), ACTIVITY(id)) },
        [INDEX_SOURCES_BY_KEY] = { "sources_by_key", COLLECTION_SOURCES, false, FIELDS(SOURCE(user_id), SOURCE(key), SOURCE(id)) },
        [INDEX_SOURCES_BY_ACTIVITY] = { "sources_by_activity", COLLECTION_SOURCES, false,
                                        FIELDS(SOURCE(user_id), SOURCE(activity_id), SOURCE(id)) },
        [INDEX_SOURCES_BY_PENDING] = { "sources_by_pending", COLLECTION_SOURCES, false,
                                       FIELDS(SOURCE(user_id), SOURCE(streams_pending), SOURCE(document.start_date), SOURCE(id)) },
        [INDEX_SOURCES_BY_EXPIRY] = { "sources_by_expiry", COLLECTION_SOURCES, false, FIELDS(SOURCE(expires_at), SOURCE(id)) },
        [INDEX_JOBS_BY_CLAIM] = { "jobs_by_claim", COLLECTION_JOBS, false, FIELDS(JOB(live), JOB(priority), JOB(created_at), JOB(id)) },
        [INDEX_JOBS_BY_USER] = { "jobs_by_user", COLLECTION_JOBS, false, FIELDS(JOB(user_id), JOB(id)) },
        [INDEX_JOBS_BY_STATUS] = { "jobs_by_status", COLLECTION_JOBS, false, FIELDS(JOB(status), JOB(live), JOB(created_at), JOB(id)) },
        [INDEX_JOBS_BY_END] = { "jobs_by_end", COLLECTION_JOBS, false, FIELDS(JOB(finished_at)) },
        [INDEX_SESSIONS_BY_USE] = { "sessions_by_use", COLLECTION_SESSIONS, false,
                                    FIELDS(SESSION(user_id), SESSION(last_used_at), SESSION(id)) },
        [INDEX_SESSIONS_BY_EXPIRY] = { "sessions_by_expiry", COLLECTION_SESSIONS, false, FIELDS(SESSION(expires_at), SESSION(id)) },
        [INDEX_SESSIONS_BY_IDLE_EXPIRY] = { "sessions_by_idle_expiry", COLLECTION_SESSIONS, false,
                                            FIELDS(SESSION(idle_expires_at), SESSION(id)) },
        [INDEX_ONCE_BY_KEY] = { "once_by_key", COLLECTION_ONCE, true, FIELDS(ONCE(key)) },
        [INDEX_ONCE_BY_EXPIRY] = { "once_by_expiry", COLLECTION_ONCE, false, FIELDS(ONCE(expires_at)) },
        [INDEX_INSIGHTS_BY_USER] = { "insights_by_user", COLLECTION_INSIGHTS, false, FIELDS(INSIGHT(user_id), INSIGHT(id)) },
        [INDEX_INSIGHTS_BY_ACTIVITY] = { "insights_by_activity", COLLECTION_INSIGHTS, false,
                                         FIELDS(INSIGHT(user_id), INSIGHT(activity_id), INSIGHT(id)) },
        [INDEX_INSIGHTS_BY_FACTS] = { "insights_by_facts", COLLECTION_INSIGHTS, false,
                                      FIELDS(INSIGHT(user_id), INSIGHT(facts_hash), INSIGHT(id)) },
        [INDEX_INSIGHTS_BY_EXPIRY] = { "insights_by_expiry", COLLECTION_INSIGHTS, false, FIELDS(INSIGHT(expires_at)) },
        [INDEX_CLAIMS_BY_HOLDER] = { "claims_by_holder", COLLECTION_CLAIMS, false, FIELDS(CLAIM(holder)) },
        [INDEX_API_TOKENS_BY_USER] = { "api_tokens_by_user", COLLECTION_API_TOKENS, false, FIELDS(TOKEN(user_id), TOKEN(id)) },
        [INDEX_API_TOKENS_BY_EXPIRY] = { "api_tokens_by_expiry", COLLECTION_API_TOKENS, false, FIELDS(TOKEN(expires_at)) },
        [INDEX_THROTTLES_BY_EXPIRY] = { "throttles_by_expiry", COLLECTION_THROTTLES, false, FIELDS(THROTTLE(expires_at)) },
        [INDEX_SECURITY_EVENTS_BY_USER] = { "security_events_by_user", COLLECTION_SECURITY_EVENTS, false,
                                            FIELDS(EVENT(user_id), EVENT(id)) },
        [INDEX_SECURITY_EVENTS_BY_EXPIRY] = { "security_events_by_expiry", COLLECTION_SECURITY_EVENTS, false,
                                              FIELDS(EVENT(expires_at)) },
};
/* clang-format on */
