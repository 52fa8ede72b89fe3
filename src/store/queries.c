/* queries.c -- the rows of queries.h.
 *
 * The user is the first condition of every query over an athlete's rows; the exceptions are look-ups by an id that nobody can name who
 * was not given it (sessions, a job by its claim) and the sweeps over everybody's rows. */
#include "store/queries.h"

#include "model/account.h"
#include "model/activity.h"
#include "model/insight.h"
#include "model/job.h"
#include "model/security.h"
#include "model/user.h"
#include "store/rows.h"

/* Rows of a table, one below the other. */
/* clang-format off */
#define USER(m) offsetof(struct user, m)
#define THRESHOLD(m) offsetof(struct threshold, m)
#define ACTIVITY(m) offsetof(struct activity, m)
#define SOURCE(m) offsetof(struct source, m)
#define CHUNK(m) offsetof(struct chunk, m)
#define JOB(m) offsetof(struct job, m)
#define SESSION(m) offsetof(struct session, m)
#define LINK(m) offsetof(struct strava_link, m)
#define ONCE(m) offsetof(struct once, m)
#define INSIGHT(m) offsetof(struct insight, m)
#define CLAIM(m) offsetof(struct claim, m)
#define TOKEN(m) offsetof(struct api_token, m)
#define CREDENTIAL(m) offsetof(struct credential, m)
#define THROTTLE(m) offsetof(struct throttle, m)
#define EVENT(m) offsetof(struct security_event, m)

#define EQ(m) { m, CONDITION_EQ, false }
#define IS(m, op) { m, CONDITION_##op, false }
#define MAY(m, op) { m, CONDITION_##op, true }
#define SET(m) { m, CHANGE_SET }
#define ADD(m) { m, CHANGE_ADD }
#define WHEN(...) .conditions = { __VA_ARGS__ }
#define SORT(...) .sort_count = SAI_COUNT(((const size_t[]){ __VA_ARGS__ })), .sort = { __VA_ARGS__ }
#define ONLY(...) .field_count = SAI_COUNT(((const size_t[]){ __VA_ARGS__ })), .fields = { __VA_ARGS__ }

/* The filters of the activity list, in the order in which activities.c gives their values. */
#define ACTIVITY_FILTERS                                                                                                        \
        MAY(ACTIVITY(sport_type), IN), MAY(ACTIVITY(type), EQ), MAY(ACTIVITY(start_date), GE), MAY(ACTIVITY(start_date), LT),   \
                MAY(ACTIVITY(start_date_local), GE), MAY(ACTIVITY(start_date_local), LT), MAY(ACTIVITY(name), CONTAINS),        \
                MAY(ACTIVITY(distance), GE), MAY(ACTIVITY(distance), LE), MAY(ACTIVITY(moving_time), GE),                       \
                MAY(ACTIVITY(has_heartrate), EQ), MAY(ACTIVITY(has_power), EQ), MAY(ACTIVITY(has_gps), EQ)

#define ACTIVITY_BY(suffix, index_suffix, m)                                                                            \
        [QUERY_ACTIVITY_BY_##suffix] = { "activity_by_" index_suffix, COLLECTION_ACTIVITIES, INDEX_ACTIVITIES_BY_##suffix, \
                                         WHEN(EQ(ACTIVITY(user_id)), ACTIVITY_FILTERS),                                   \
                                         SORT(ACTIVITY(m), ACTIVITY(id)), .keyset = true, .until = ACTIVITY(laps) }
#define ACTIVITY_WITHOUT(suffix, index_suffix, m)                                                                             \
        [QUERY_ACTIVITY_WITHOUT_##suffix] = { "activity_without_" index_suffix, COLLECTION_ACTIVITIES, INDEX_ACTIVITIES_BY_##suffix, \
                                              WHEN(EQ(ACTIVITY(user_id)), ACTIVITY_FILTERS, IS(ACTIVITY(m), ABSENT)),           \
                                              SORT(ACTIVITY(id)), .keyset = true, .until = ACTIVITY(laps) }

const struct query_row queries[QUERIES] = {
        [QUERY_CLAIM_GET] = { "claim_get", COLLECTION_CLAIMS, INDEX_KEY, WHEN(EQ(CLAIM(key))) },
        [QUERY_CLAIM_RELEASE] = { "claim_release", COLLECTION_CLAIMS, INDEX_KEY, WHEN(EQ(CLAIM(key)), EQ(CLAIM(holder))) },
        [QUERY_CLAIMS_OF_HOLDER] = { "claims_of_holder", COLLECTION_CLAIMS, INDEX_CLAIMS_BY_HOLDER, WHEN(EQ(CLAIM(holder))) },

        [QUERY_USER_GET] = { "user_get", COLLECTION_USERS, INDEX_KEY, WHEN(EQ(USER(id))) },
        [QUERY_USER_REPLACE] = { "user_replace", COLLECTION_USERS, INDEX_KEY, WHEN(EQ(USER(id)), EQ(USER(revision))) },
        [QUERY_USER_STAMP] = { "user_stamp", COLLECTION_USERS, INDEX_KEY, WHEN(EQ(USER(id))),
                               ONLY(USER(revision), USER(data_version), USER(data_committed_at)) },
        [QUERY_USER_TOUCH] = { "user_touch", COLLECTION_USERS, INDEX_KEY, WHEN(EQ(USER(id))),
                               .changes = { ADD(USER(data_version)), SET(USER(data_committed_at)) } },
        [QUERY_USER_LIST] = { "user_list", COLLECTION_USERS, INDEX_KEY, .keyset = true, SORT(USER(id)) },

        [QUERY_THRESHOLD_LIST] = { "threshold_list", COLLECTION_THRESHOLDS, INDEX_THRESHOLDS_BY_DAY, WHEN(EQ(THRESHOLD(user_id))),
                                   SORT(THRESHOLD(from), THRESHOLD(id)) },
        [QUERY_THRESHOLD_REPLACE] = { "threshold_replace", COLLECTION_THRESHOLDS, INDEX_KEY,
                                      WHEN(EQ(THRESHOLD(id)), EQ(THRESHOLD(user_id)), EQ(THRESHOLD(revision))) },

        [QUERY_ACTIVITY_GET] = { "activity_get", COLLECTION_ACTIVITIES, INDEX_KEY, WHEN(EQ(ACTIVITY(id)), EQ(ACTIVITY(user_id))) },
        [QUERY_ACTIVITY_REPLACE] = { "activity_replace", COLLECTION_ACTIVITIES, INDEX_KEY,
                                     WHEN(EQ(ACTIVITY(id)), EQ(ACTIVITY(user_id)), EQ(ACTIVITY(revision))) },
        ACTIVITY_BY(START, "start", start_date),
        ACTIVITY_BY(DISTANCE, "distance", distance),
        ACTIVITY_BY(MOVING_TIME, "moving_time", moving_time),
        ACTIVITY_BY(AVERAGE_SPEED, "average_speed", average_speed),
        ACTIVITY_BY(ELEVATION_GAIN, "elevation_gain", total_elevation_gain),
        ACTIVITY_BY(TRAINING_LOAD, "training_load", metrics.training_load),
        ACTIVITY_WITHOUT(DISTANCE, "distance", distance),
        ACTIVITY_WITHOUT(MOVING_TIME, "moving_time", moving_time),
        ACTIVITY_WITHOUT(AVERAGE_SPEED, "average_speed", average_speed),
        ACTIVITY_WITHOUT(ELEVATION_GAIN, "elevation_gain", total_elevation_gain),
        ACTIVITY_WITHOUT(TRAINING_LOAD, "training_load", metrics.training_load),
        [QUERY_ACTIVITY_SCAN] = { "activity_scan", COLLECTION_ACTIVITIES, INDEX_ACTIVITIES_BY_START, WHEN(EQ(ACTIVITY(user_id))),
                                  SORT(ACTIVITY(start_date), ACTIVITY(id)), .columns_only = true },
        [QUERY_ACTIVITY_COUNT] = { "activity_count", COLLECTION_ACTIVITIES, INDEX_ACTIVITIES_BY_START, WHEN(EQ(ACTIVITY(user_id))) },
        [QUERY_ACTIVITY_NEAR] = { "activity_near", COLLECTION_ACTIVITIES, INDEX_ACTIVITIES_BY_START,
                                  WHEN(EQ(ACTIVITY(user_id)), IS(ACTIVITY(start_date), GE), IS(ACTIVITY(start_date), LE)),
                                  SORT(ACTIVITY(start_date), ACTIVITY(id)) },

        [QUERY_SOURCE_BY_KEY] = { "source_by_key", COLLECTION_SOURCES, INDEX_SOURCES_BY_KEY, WHEN(EQ(SOURCE(user_id)), EQ(SOURCE(key))),
                                  SORT(SOURCE(id)) },
        [QUERY_SOURCE_OF_ACTIVITY] = { "source_of_activity", COLLECTION_SOURCES, INDEX_SOURCES_BY_ACTIVITY,
                                       WHEN(EQ(SOURCE(user_id)), EQ(SOURCE(activity_id))), SORT(SOURCE(id)) },
        [QUERY_SOURCE_REPLACE] = { "source_replace", COLLECTION_SOURCES, INDEX_KEY,
                                   WHEN(EQ(SOURCE(id)), EQ(SOURCE(user_id)), EQ(SOURCE(revision))) },
        [QUERY_SOURCE_DELETE] = { "source_delete", COLLECTION_SOURCES, INDEX_KEY, WHEN(EQ(SOURCE(id)), EQ(SOURCE(user_id))) },
        [QUERY_SOURCE_PENDING] = { "source_pending", COLLECTION_SOURCES, INDEX_SOURCES_BY_PENDING,
                                   WHEN(EQ(SOURCE(user_id)), EQ(SOURCE(streams_pending))),
                                   SORT(SOURCE(document.start_date), SOURCE(id)) },
        [QUERY_SOURCE_EXPIRED] = { "source_expired", COLLECTION_SOURCES, INDEX_SOURCES_BY_EXPIRY, WHEN(IS(SOURCE(expires_at), LT)),
                                   SORT(SOURCE(expires_at), SOURCE(id)) },

        [QUERY_SOURCE_FETCHED] = { "source_fetched", COLLECTION_SOURCES, INDEX_SOURCES_BY_KEY,
                                   WHEN(EQ(SOURCE(user_id)), EQ(SOURCE(kind)), IS(SOURCE(fetched_at), LE)) },

        [QUERY_STREAM_CHUNK] = { "stream_chunk", COLLECTION_STREAMS, INDEX_KEY, WHEN(EQ(CHUNK(key)), EQ(CHUNK(user_id))) },
        [QUERY_STREAM_CHUNKS] = { "stream_chunks", COLLECTION_STREAMS, INDEX_KEY,
                                  WHEN(IS(CHUNK(key), GE), IS(CHUNK(key), LT), EQ(CHUNK(user_id))) },
        [QUERY_BLOB_CHUNK] = { "blob_chunk", COLLECTION_BLOBS, INDEX_KEY, WHEN(EQ(CHUNK(key)), EQ(CHUNK(user_id))) },
        [QUERY_BLOB_CHUNKS] = { "blob_chunks", COLLECTION_BLOBS, INDEX_KEY,
                                WHEN(IS(CHUNK(key), GE), IS(CHUNK(key), LT), EQ(CHUNK(user_id))) },

        [QUERY_JOB_BY_ID] = { "job_by_id", COLLECTION_JOBS, INDEX_KEY, WHEN(EQ(JOB(id))) },
        [QUERY_JOB_GET] = { "job_get", COLLECTION_JOBS, INDEX_KEY, WHEN(EQ(JOB(id)), EQ(JOB(user_id))) },
        [QUERY_JOB_LIST] = { "job_list", COLLECTION_JOBS, INDEX_JOBS_BY_USER,
                             WHEN(EQ(JOB(user_id)), MAY(JOB(kind), EQ), MAY(JOB(status), EQ)), SORT(JOB(id)), .keyset = true },
        [QUERY_JOB_CLAIM] = { "job_claim", COLLECTION_JOBS, INDEX_JOBS_BY_CLAIM,
                              WHEN(EQ(JOB(live)), IS(JOB(kind), IN), IS(JOB(run_after), LE), IS(JOB(lease_until), LE)),
                              SORT(JOB(priority), JOB(created_at), JOB(id)),
                              .changes = { SET(JOB(lease_owner)), SET(JOB(lease_until)), SET(JOB(status)), ADD(JOB(fencing)),
                                           ADD(JOB(revision)) } },
        [QUERY_JOB_LEASED] = { "job_leased", COLLECTION_JOBS, INDEX_JOBS_BY_CLAIM, WHEN(EQ(JOB(live)), IS(JOB(lease_until), GT)),
                               SORT(JOB(priority), JOB(created_at), JOB(id)) },
        [QUERY_JOB_RENEW] = { "job_renew", COLLECTION_JOBS, INDEX_KEY,
                              WHEN(EQ(JOB(id)), EQ(JOB(user_id)), EQ(JOB(live)), EQ(JOB(lease_owner))),
                              .changes = { SET(JOB(lease_until)) } },
        [QUERY_JOB_REPLACE] = { "job_replace", COLLECTION_JOBS, INDEX_KEY, WHEN(EQ(JOB(id)), EQ(JOB(fencing)), EQ(JOB(live))) },
        [QUERY_JOB_ENLIVEN] = { "job_enliven", COLLECTION_JOBS, INDEX_KEY, WHEN(EQ(JOB(id)), EQ(JOB(live)), IS(JOB(finished_at), ABSENT)),
                                .changes = { SET(JOB(live)) } },
        [QUERY_JOB_DROP] = { "job_drop", COLLECTION_JOBS, INDEX_KEY, WHEN(EQ(JOB(id)), EQ(JOB(live))) },
        [QUERY_JOB_STATUS] = { "job_status", COLLECTION_JOBS, INDEX_JOBS_BY_STATUS, WHEN(EQ(JOB(status)), EQ(JOB(live))) },
        [QUERY_JOB_OF_STATUS] = { "job_of_status", COLLECTION_JOBS, INDEX_JOBS_BY_STATUS, WHEN(EQ(JOB(status)), EQ(JOB(live))),
                                  SORT(JOB(created_at), JOB(id)), .keyset = true },
        [QUERY_JOB_OLDEST] = { "job_oldest", COLLECTION_JOBS, INDEX_JOBS_BY_STATUS, WHEN(EQ(JOB(status)), EQ(JOB(live))),
                               SORT(JOB(created_at), JOB(id)), ONLY(JOB(created_at)) },
        [QUERY_JOB_ENDED] = { "job_ended", COLLECTION_JOBS, INDEX_JOBS_BY_END, WHEN(IS(JOB(finished_at), LT), EQ(JOB(live))) },
        [QUERY_JOB_STILLBORN] = { "job_stillborn", COLLECTION_JOBS, INDEX_JOBS_BY_STATUS,
                                  WHEN(EQ(JOB(status)), EQ(JOB(live)), IS(JOB(created_at), LT), IS(JOB(finished_at), ABSENT)) },

        [QUERY_SESSION_GET] = { "session_get", COLLECTION_SESSIONS, INDEX_KEY, WHEN(EQ(SESSION(id))) },
        [QUERY_SESSION_REPLACE] = { "session_replace", COLLECTION_SESSIONS, INDEX_KEY,
                                    WHEN(EQ(SESSION(id)), EQ(SESSION(user_id)), EQ(SESSION(revision))) },
        [QUERY_SESSION_DELETE] = { "session_delete", COLLECTION_SESSIONS, INDEX_KEY, WHEN(EQ(SESSION(id)), EQ(SESSION(user_id))) },
        [QUERY_SESSION_LIST] = { "session_list", COLLECTION_SESSIONS, INDEX_SESSIONS_BY_USE, WHEN(EQ(SESSION(user_id))),
                                 SORT(SESSION(last_used_at), SESSION(id)) },
        [QUERY_SESSION_EXPIRED] = { "session_expired", COLLECTION_SESSIONS, INDEX_SESSIONS_BY_EXPIRY, WHEN(IS(SESSION(expires_at), LE)),
                                    SORT(SESSION(expires_at), SESSION(id)) },
        [QUERY_SESSION_IDLE] = { "session_idle", COLLECTION_SESSIONS, INDEX_SESSIONS_BY_IDLE_EXPIRY,
                                 WHEN(IS(SESSION(idle_expires_at), LE)), SORT(SESSION(idle_expires_at), SESSION(id)) },

        [QUERY_LINK_GET] = { "link_get", COLLECTION_LINKS, INDEX_KEY, WHEN(EQ(LINK(id))) },
        [QUERY_LINK_REPLACE] = { "link_replace", COLLECTION_LINKS, INDEX_KEY, WHEN(EQ(LINK(id)), EQ(LINK(revision))) },
        [QUERY_LINK_LEASE] = { "link_lease", COLLECTION_LINKS, INDEX_KEY, WHEN(EQ(LINK(id)), IS(LINK(lease_until), LE_OR_ABSENT)),
                               .changes = { SET(LINK(lease_owner)), SET(LINK(lease_until)), ADD(LINK(fencing)), ADD(LINK(revision)) } },

        [QUERY_LINK_LIST] = { "link_list", COLLECTION_LINKS, INDEX_KEY, .keyset = true, SORT(LINK(id)) },

        [QUERY_ONCE_TAKE] = { "once_take", COLLECTION_ONCE, INDEX_ONCE_BY_KEY,
                              WHEN(EQ(ONCE(key)), EQ(ONCE(kind)), IS(ONCE(expires_at), GT)) },
        [QUERY_ONCE_EXPIRED] = { "once_expired", COLLECTION_ONCE, INDEX_ONCE_BY_EXPIRY, WHEN(IS(ONCE(expires_at), LE)) },

        [QUERY_INSIGHT_GET] = { "insight_get", COLLECTION_INSIGHTS, INDEX_KEY, WHEN(EQ(INSIGHT(id)), EQ(INSIGHT(user_id))) },
        [QUERY_INSIGHT_REPLACE] = { "insight_replace", COLLECTION_INSIGHTS, INDEX_KEY,
                                    WHEN(EQ(INSIGHT(id)), EQ(INSIGHT(user_id)), EQ(INSIGHT(revision))) },
        [QUERY_INSIGHT_BY_FACTS] = { "insight_by_facts", COLLECTION_INSIGHTS, INDEX_INSIGHTS_BY_FACTS,
                                     WHEN(EQ(INSIGHT(user_id)), EQ(INSIGHT(facts_hash))), SORT(INSIGHT(id)) },
        [QUERY_INSIGHT_LIST] = { "insight_list", COLLECTION_INSIGHTS, INDEX_INSIGHTS_BY_USER,
                                 WHEN(EQ(INSIGHT(user_id)), MAY(INSIGHT(kind), EQ), MAY(INSIGHT(score), GE)), SORT(INSIGHT(id)),
                                 .keyset = true },
        [QUERY_INSIGHT_OF_ACTIVITY] = { "insight_of_activity", COLLECTION_INSIGHTS, INDEX_INSIGHTS_BY_ACTIVITY,
                                        WHEN(EQ(INSIGHT(user_id)), EQ(INSIGHT(activity_id)), MAY(INSIGHT(kind), EQ), MAY(INSIGHT(score), GE)),
                                        SORT(INSIGHT(id)), .keyset = true },
        [QUERY_INSIGHT_EXPIRED] = { "insight_expired", COLLECTION_INSIGHTS, INDEX_INSIGHTS_BY_EXPIRY, WHEN(IS(INSIGHT(expires_at), LE)) },

        [QUERY_API_TOKEN_GET] = { "api_token_get", COLLECTION_API_TOKENS, INDEX_KEY, WHEN(EQ(TOKEN(id))) },
        [QUERY_API_TOKEN_REPLACE] = { "api_token_replace", COLLECTION_API_TOKENS, INDEX_KEY,
                                      WHEN(EQ(TOKEN(id)), EQ(TOKEN(user_id)), EQ(TOKEN(revision))) },
        [QUERY_API_TOKEN_LIST] = { "api_token_list", COLLECTION_API_TOKENS, INDEX_API_TOKENS_BY_USER, WHEN(EQ(TOKEN(user_id))),
                                   SORT(TOKEN(id)) },
        [QUERY_API_TOKEN_DELETE] = { "api_token_delete", COLLECTION_API_TOKENS, INDEX_KEY, WHEN(EQ(TOKEN(id)), EQ(TOKEN(user_id))) },
        [QUERY_API_TOKEN_EXPIRED] = { "api_token_expired", COLLECTION_API_TOKENS, INDEX_API_TOKENS_BY_EXPIRY,
                                      WHEN(IS(TOKEN(expires_at), LE)) },

        [QUERY_CREDENTIAL_GET] = { "credential_get", COLLECTION_CREDENTIALS, INDEX_KEY, WHEN(EQ(CREDENTIAL(id))) },
        [QUERY_CREDENTIAL_REPLACE] = { "credential_replace", COLLECTION_CREDENTIALS, INDEX_KEY,
                                       WHEN(EQ(CREDENTIAL(id)), EQ(CREDENTIAL(revision))) },

        [QUERY_THROTTLE_ADD] = { "throttle_add", COLLECTION_THROTTLES, INDEX_KEY,
                                 WHEN(EQ(THROTTLE(key)), IS(THROTTLE(expires_at), GT)), .changes = { ADD(THROTTLE(count)) } },
        [QUERY_THROTTLE_OVER] = { "throttle_over", COLLECTION_THROTTLES, INDEX_KEY,
                                  WHEN(EQ(THROTTLE(key)), IS(THROTTLE(expires_at), LE)) },
        [QUERY_THROTTLE_FORGET] = { "throttle_forget", COLLECTION_THROTTLES, INDEX_KEY, WHEN(EQ(THROTTLE(key))) },
        [QUERY_THROTTLE_EXPIRED] = { "throttle_expired", COLLECTION_THROTTLES, INDEX_THROTTLES_BY_EXPIRY,
                                     WHEN(IS(THROTTLE(expires_at), LE)) },

        [QUERY_SECURITY_EVENT_LIST] = { "security_event_list", COLLECTION_SECURITY_EVENTS, INDEX_SECURITY_EVENTS_BY_USER,
                                        WHEN(EQ(EVENT(user_id))), SORT(EVENT(id)), .keyset = true },
        [QUERY_SECURITY_EVENT_OLDEST] = { "security_event_oldest", COLLECTION_SECURITY_EVENTS, INDEX_SECURITY_EVENTS_BY_USER,
                                          WHEN(EQ(EVENT(user_id))), SORT(EVENT(id)) },
        [QUERY_SECURITY_EVENT_COUNT] = { "security_event_count", COLLECTION_SECURITY_EVENTS, INDEX_SECURITY_EVENTS_BY_USER,
                                         WHEN(EQ(EVENT(user_id))) },
        [QUERY_SECURITY_EVENT_EXPIRED] = { "security_event_expired", COLLECTION_SECURITY_EVENTS, INDEX_SECURITY_EVENTS_BY_EXPIRY,
                                           WHEN(IS(EVENT(expires_at), LE)) },
};

/* clang-format on */

size_t query_condition_count(const struct query_row *query)
{
        size_t n = 0;
        while (n < QUERY_CONDITIONS && query->conditions[n].op != CONDITION_END)
                n++;
        return n;
}

size_t query_change_count(const struct query_row *query)
{
        size_t n = 0;
        while (n < QUERY_CHANGES && query->changes[n].op != CHANGE_END)
                n++;
        return n;
}
