/* sync.c -- bringing activities in: from Strava, from a file; and the jobs that do it. */
#include "api/api_internal.h"

#include "base/limits.h"
#include <errno.h>
#include <string.h>

/* -- Jobs ------------------------------------------------------------------------------------------------------------------------------- */

sai_status api_reply_job(struct sai_request *request, struct sai_reply *reply, const struct job *job, struct sai_err *err)
{
        char id[SAI_ID_HEX + 1];
        sai_id_format(job->id, id);
        const char *location = sai_arena_printf(request->arena, "/api/v1/jobs/%s", id);
        if (!location)
                return sai_fail(err, SAI_NO_MEMORY, "job");
        reply->status = 202;
        sai_reply_header(reply, "Location", location);
        return sai_reply_model(reply, &job_model, job, err);
}

static sai_status get_job(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct job job;
        sai_status status =
                store_job_get(api_of(request)->store, request->principal.user_id, request->ids[0], request->arena, &job, err);
        if (status != SAI_OK)
                return status;
        api_row_etag(request, reply, api_hash_row(0, job.id, job.revision));
        return sai_reply_model(reply, &job_model, &job, err);
}

struct jobs_query {
        struct sai_opt_enum kind, status;
        struct sai_opt_i64 limit;
        const char *cursor;
};
static const struct sai_field jobs_query_fields[] = {
        SAI_FIELD(struct jobs_query, kind, .enumeration = &job_kind_names, .doc = "Only this kind"),
        SAI_FIELD(struct jobs_query, status, .enumeration = &job_status_names, .doc = "Only in this state"),
        SAI_FIELD(struct jobs_query, limit, .min = 1, .max = SAI_PAGE_MAX, .default_text = "30", .doc = "Items of a page"),
        SAI_FIELD(struct jobs_query, cursor, .max = SAI_MAX_CURSOR, .doc = "`next_cursor` of the page before"),
};
static const struct sai_model jobs_query_model = SAI_MODEL_OF(struct jobs_query, jobs_query_fields, "JobsQuery");

static sai_status list_jobs(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct jobs_query *query = request->params_in;
        struct sai_id user_id = request->principal.user_id;
        struct sai_text filter = cursor_filter(request);
        struct cursor cursor = { 0 };
        sai_status status = query->cursor ? cursor_read(api, user_id, filter, query->cursor, &cursor, err) : SAI_OK;
        size_t limit = SAI_HAS(query->limit) ? (size_t)query->limit.value : SAI_PAGE_DEFAULT, count = 0;
        struct job *items = NULL;
        if (status == SAI_OK)
                status = store_job_list(api->store, user_id, SAI_HAS(query->kind) ? query->kind.value : -1,
                                        SAI_HAS(query->status) ? query->status.value : -1, cursor.id, limit + 1, request->arena,
                                        &items, &count, err);
        if (status != SAI_OK)
                return status;
        const char *next = NULL;
        if (count > limit) {
                count = limit;
                next = cursor_make(api, user_id, filter, (struct cursor) { .id = items[limit - 1].id }, request->arena);
                if (!next)
                        return sai_fail(err, SAI_NO_MEMORY, "cursor");
        }
        uint64_t hash = next != NULL;
        for (size_t i = 0; i < count; i++)
                hash = api_hash_row(hash, items[i].id, items[i].revision);
        api_row_etag(request, reply, hash);
        return sai_reply_list(request, reply, &job_model, items, count, next, err);
}

static const sai_status list_problems[] = { SAI_BAD_CURSOR, SAI_OK };
const struct sai_route job_routes[] = {
        { "GET", "/api/v1/jobs", list_jobs, .auth = SAI_AUTH_USER, .cache = SAI_CACHE_ROW, .rate = SAI_RATE_READ,
          .query = &jobs_query_model, .out = &job_model, .out_list = true, .tag = "jobs", .operation = "listJobs",
          .summary = "Jobs, newest first", .problems = list_problems },
        { "GET", "/api/v1/jobs/:id", get_job, .auth = SAI_AUTH_USER, .cache = SAI_CACHE_ROW, .run = SAI_RUN_INLINE,
          .rate = SAI_RATE_READ, .out = &job_model, .tag = "jobs", .operation = "getJob", .summary = "One job" },
        { 0 },
};

/* -- Sync --------------------------------------------------------------------------------------------------------------------------------- */

struct sync_request {
        struct sai_opt_bool full;
        const char *after;
};

static const struct sai_field sync_request_fields[] = {
        SAI_FIELD(struct sync_request, full, .doc = "List everything, and fetch all streams again"),
        SAI_FIELD(struct sync_request, after, .flags = SAI_F_NULLABLE, .check = api_check_day_or_instant, .max = 40,
                  .example = "\"2026-01-01\"", .doc = "Only what began after this day or instant"),
};
static const struct sai_model sync_request_model = SAI_MODEL_OF(struct sync_request, sync_request_fields, "SyncRequest");

static sai_status start_sync(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct sync_request *body = request->in;
        const struct user *user = api_user(request);
        if (user->strava_status != LINK_CONNECTED)
                return sai_fail(err, SAI_STRAVA_NOT_CONNECTED,
                                user->strava_status == LINK_RECONNECT_NEEDED ? "Strava must be connected again"
                                                                             : "connect Strava first");
        struct sai_opt_instant after = { 0 };
        struct sai_instant at;
        struct sai_day day;
        if (body->after && sai_day_parse(body->after, strlen(body->after), &day))
                after = SAI_SOME(sai_opt_instant,
                                 sai_zone_instant(api_zone(user), (struct sai_local) { (int64_t)day.number * 86400000 }));
        else if (body->after && sai_instant_parse(body->after, strlen(body->after), &at))
                after = SAI_SOME(sai_opt_instant, at);
        struct job job;
        bool existing;
        sai_status status = jobs_add_sync(api_of(request)->jobs, request->principal.user_id,
                                          SAI_HAS(body->full) && body->full.value, after, request->arena, &job, &existing, err);
        return status == SAI_OK ? api_reply_job(request, reply, &job, err) : status;
}

static const char *const sync_status_values[] = { "idle", "queued", "running", "waiting", "done", "failed", NULL };
static const struct sai_enumeration sync_status_names = { "SyncStatus", sync_status_values };

struct sync_view {
        int status;
        struct sai_opt_id job_id;
        struct sai_opt_i64 fetched, total_estimate;
        struct sai_opt_f64 percentage;
        struct sai_opt_instant started_at, finished_at;
        struct sai_json error;
        struct sai_opt_instant rate_limited_until;
};
#define VIEW(m, ...) SAI_FIELD(struct sync_view, m, __VA_ARGS__)
static const struct sai_field sync_view_fields[] = {
        VIEW(status, .enumeration = &sync_status_names, .doc = "State of the running or the last sync"),
        VIEW(job_id, .doc = "Its job"),
        VIEW(fetched, .doc = "Steps done: activities listed and streams fetched"),
        VIEW(total_estimate, .doc = "Steps in all, once the list is known"),
        VIEW(percentage, .min = 0, .max = 100, .decimals = 1, .doc = "Share done"),
        VIEW(started_at, .doc = "When it began"),
        VIEW(finished_at, .doc = "When it ended"),
        VIEW(error, .example = "null", .doc = "Problem document of a failed one"),
        VIEW(rate_limited_until, .doc = "When Strava's limit ends that it waits for"),
};
static const struct sai_model sync_view_model =
        SAI_MODEL_OF(struct sync_view, sync_view_fields, "SyncState", .doc = "How far the sync is");

static int view_status(int job_status)
{
        switch (job_status) {
        case JOB_QUEUED:
                return 1;
        case JOB_RUNNING:
                return 2;
        case JOB_WAITING:
                return 3;
        case JOB_DONE:
                return 4;
        default:
                return 5;
        }
}

static sai_status get_sync(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct sync_view view = { 0 };
        struct job *jobs;
        size_t count;
        sai_status status = store_job_list(api_of(request)->store, request->principal.user_id, JOB_SYNC, -1,
                                           (struct sai_id) { 0 }, 1, request->arena, &jobs, &count, err);
        if (status != SAI_OK)
                return status;
        if (count == 1) {
                const struct job *job = &jobs[0];
                view = (struct sync_view) { view_status(job->status),
                                            SAI_SOME(sai_opt_id, job->id),
                                            SAI_SOME(sai_opt_i64, job->progress.done),
                                            job->progress.total,
                                            job->progress.percentage,
                                            job->started_at,
                                            job->finished_at,
                                            job->error,
                                            job->rate_limited_until };
                api_row_etag(request, reply, api_hash_row(0, job->id, job->revision));
        } else {
                api_row_etag(request, reply, 0);
        }
        return sai_reply_model(reply, &sync_view_model, &view, err);
}

/* -- Import -------------------------------------------------------------------------------------------------------------------------------- */

static sai_status import_file(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        if (!request->upload)
                return sai_fail_field(err, SAI_INVALID, "/file", "send one file as the multipart part `file`");
        struct job job;
        if (request->upload->size > SAI_MAX_RECORDING_FILE)
                return sai_fail(err, SAI_TOO_LARGE, "one recording may have %zu MiB", SAI_MAX_RECORDING_FILE >> 20);
        char *name = sai_arena_strndup(request->arena, request->upload->file_name.data ? request->upload->file_name.data : "",
                                       request->upload->file_name.len);
        if (!name)
                return sai_fail(err, SAI_NO_MEMORY, "upload");
        sai_status status = jobs_add_import_file(api->jobs, request->principal.user_id, request->upload->path, name,
                                                 request->arena, &job, err);
        if (status == SAI_NOT_FOUND) /* our own staged file: nothing that the athlete asked for */
                status = sai_fail(err, SAI_INTERNAL, "the upload cannot be read");
        return status == SAI_OK ? api_reply_job(request, reply, &job, err) : status;
}

static const sai_status sync_problems[] = { SAI_STRAVA_NOT_CONNECTED, SAI_OK };
static const sai_status import_problems[] = { SAI_INVALID, SAI_TOO_LARGE, SAI_UNSUPPORTED_MEDIA, SAI_DISK_FULL, SAI_OK };

const struct sai_route sync_routes[] = {
        { "POST", "/api/v1/activities/sync", start_sync, .auth = SAI_AUTH_USER, .rate = SAI_RATE_HEAVY, .in = &sync_request_model,
          .out = &job_model, .status = 202, .tag = "activities", .operation = "startSync",
          .summary = "Bring activities in from Strava",
          .doc = "One sync an athlete at a time: a second call gets the first one's job.", .problems = sync_problems },
        { "GET", "/api/v1/activities/sync", get_sync, .auth = SAI_AUTH_USER, .cache = SAI_CACHE_ROW, .rate = SAI_RATE_READ,
          .out = &sync_view_model, .tag = "activities", .operation = "getSync", .summary = "The running or the last sync" },
        { "POST", "/api/v1/activities/import", import_file, .auth = SAI_AUTH_USER, .rate = SAI_RATE_HEAVY,
          .body = SAI_BODY_UPLOAD, .body_max = SAI_MAX_IMPORT_BODY, .deadline_ms = 3600000, .out = &job_model, .status = 202,
          .tag = "activities", .operation = "importFile", .summary = "Import a FIT, GPX or TCX file",
          .doc = "One file a call, also gzip-compressed. The job's result says what came of it.", .problems = import_problems },
        { 0 },
};
