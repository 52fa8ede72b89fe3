/* insights.c -- asking for an insight, and what was said before.
 *
 * The rules engine words an insight in milliseconds, so a request that may wait gets it at once; one that may not gets the queued row and a
 * job behind it. The same facts give the same insight: what is kept already is given again. */
#include "api/api_internal.h"

#include "base/limits.h"
#include "jobs/insight_make.h"

enum { WAIT_DEFAULT_S = 5, WAIT_MAX_S = 30 };

struct insight_request {
        int kind;
        struct sai_opt_id activity_id;
        struct sai_opt_day date;
        const char *language;
        struct sai_opt_i64 wait;
};

static void check_request(const void *object, struct sai_errors *errors)
{
        const struct insight_request *in = object;
        if (in->kind == INSIGHT_ACTIVITY && !SAI_HAS(in->activity_id))
                sai_errors_add(errors, "/activity_id", "required", "an insight of kind `activity` needs the activity");
        if (in->kind == INSIGHT_WEEKLY && SAI_HAS(in->activity_id))
                sai_errors_add(errors, "/activity_id", "not_consistent", "an insight of kind `weekly` is not about one activity");
        if (in->kind == INSIGHT_ACTIVITY && SAI_HAS(in->date))
                sai_errors_add(errors, "/date", "not_consistent", "an insight of kind `activity` has the date of the activity");
}

#define MEMBER(m, ...) SAI_FIELD(struct insight_request, m, __VA_ARGS__)
static const struct sai_field request_fields[] = {
        MEMBER(kind, .enumeration = &insight_kind_names, .flags = SAI_F_REQUIRED, .doc = "What it is to be about"),
        MEMBER(activity_id, .doc = "The activity; needed for kind `activity`, not taken by others"),
        MEMBER(date, .doc = "A day of the week, for kind `weekly`; by default the week of the last activity"),
        MEMBER(language, .flags = SAI_F_NULLABLE, .max = 35, .example = "\"en\"",
               .doc = "Wanted language (BCP 47); texts are English where there is none"),
        MEMBER(wait, .unit = "s", .min = 0, .max = WAIT_MAX_S, .example = "5",
               .doc = "How long the answer may take; 0: never wait. 5 when left out"),
};
static const struct sai_model request_model =
        SAI_MODEL_OF(struct insight_request, request_fields, "InsightRequest", .check = check_request);

static sai_status reply_insight(struct sai_request *request, struct sai_reply *reply, int code, const struct insight *insight,
                                struct sai_err *err)
{
        char id[SAI_ID_HEX + 1];
        sai_id_format(insight->id, id);
        const char *location = sai_arena_printf(request->arena, "/api/v1/insights/%s", id);
        if (!location)
                return sai_fail(err, SAI_NO_MEMORY, "insight");
        reply->status = code;
        sai_reply_header(reply, "Location", location);
        return sai_reply_model(reply, &insight_model, insight, err);
}

static void begin(struct api *api, const struct user *user, const struct insight_composed *composed, struct insight *insight)
{
        insight_begin(user, composed, insight);
        insight->id = store_new_id(api->store);
        insight->created_at.ms = sai_now_ms(&api->clock);
}

/* A row that says what is to be made, so that the athlete sees it and the job finds it; then the job. A row that is queued already keeps
 * its own. */
static sai_status queue(struct sai_request *request, struct sai_reply *reply, struct insight *insight, struct sai_err *err)
{
        struct api *api = api_of(request);
        struct job job;
        sai_status status = SAI_OK;
        if (insight->revision == 0) {
                status = store_insight_put(api->store, insight, err);
                if (status == SAI_OK)
                        status = store_user_touch(api->store, insight->user_id, err);
        }
        if (status == SAI_OK)
                status = jobs_add_insight(api->jobs, insight->user_id, insight->id, request->arena, &job, err);
        return status == SAI_OK ? reply_insight(request, reply, 202, insight, err) : status;
}

static sai_status word_now(struct sai_request *request, struct sai_reply *reply, struct insight *insight, struct sai_err *err)
{
        struct api *api = api_of(request);
        sai_status status = insight_finish(api->training, request->arena, insight, err);
        /* The job that it was queued for got there between our look and our write. */
        if (status == SAI_CONFLICT)
                status = store_insight_get(api->store, insight->user_id, insight->id, request->arena, insight, err);
        return status == SAI_OK ? reply_insight(request, reply, 201, insight, err) : status;
}

static sai_status post_insight(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct user *user = api_user(request);
        const struct insight_request *in = request->in;
        const struct insight_wanted wanted = {
                .kind = in->kind, .activity_id = in->activity_id.value, .date = in->date, .language = in->language
        };
        int64_t wait = SAI_HAS(in->wait) ? in->wait.value : WAIT_DEFAULT_S;
        struct insight_composed composed;
        struct insight *insight = SAI_NEW(request->arena, struct insight);
        if (!insight)
                return sai_fail(err, SAI_NO_MEMORY, "insight");
        sai_status status = insight_compose(api->training, user, &wanted, request->deadline_ms, request->arena, &composed, err);
        /* The week is no resource of its own: that there is nothing to say of it is the state of the athlete's history. */
        if (status == SAI_NOT_FOUND && in->kind == INSIGHT_WEEKLY)
                return SAI_HAS(in->date)
                               ? sai_fail_field(err, SAI_INVALID, "/date", "there is nothing on record in that week or before it")
                               : sai_fail(err, SAI_CONFLICT, "there are no activities yet");
        if (status != SAI_OK)
                return status;
        status = store_insight_by_facts(api->store, user->id, composed.facts_hash, request->arena, insight, err);
        if (status == SAI_OK && insight->status == INSIGHT_DONE) {
                sai_reply_header(reply, "X-Cache", "hit");
                return reply_insight(request, reply, 200, insight, err);
        }
        if (status != SAI_OK && status != SAI_NOT_FOUND)
                return status;
        if (status == SAI_NOT_FOUND || insight->status == INSIGHT_FAILED)
                begin(api, user, &composed, insight);
        return wait > 0 ? word_now(request, reply, insight, err) : queue(request, reply, insight, err);
}

/* -- The history ------------------------------------------------------------------------------------------------------------- */

struct insights_query {
        struct sai_opt_enum kind;
        struct sai_opt_id activity_id;
        struct sai_opt_f64 min_score;
        struct sai_opt_i64 limit;
        const char *cursor;
};
#define QUERY(m, ...) SAI_FIELD(struct insights_query, m, __VA_ARGS__)
static const struct sai_field query_fields[] = {
        QUERY(kind, .enumeration = &insight_kind_names, .doc = "Only this kind"),
        QUERY(activity_id, .doc = "Only about this activity"),
        QUERY(min_score, .min = 0, .max = 1, .doc = "Only those whose quality has at least this score"),
        QUERY(limit, .min = 1, .max = SAI_PAGE_MAX, .default_text = "30", .doc = "Items of a page"),
        QUERY(cursor, .max = SAI_MAX_CURSOR, .doc = "`next_cursor` of the page before"),
};
static const struct sai_model query_model = SAI_MODEL_OF(struct insights_query, query_fields, "InsightsQuery");

static uint64_t hash_rows(const struct insight *items, size_t count, const char *next)
{
        uint64_t hash = next ? sai_hash(next, strlen(next), 0) : 0;
        for (size_t i = 0; i < count; i++)
                hash = api_hash_row(hash, items[i].id, items[i].revision);
        return hash;
}

static sai_status list_insights(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct insights_query *query = request->params_in;
        struct sai_id user_id = request->principal.user_id;
        struct sai_text canonical = cursor_filter(request);
        struct cursor cursor = { 0 };
        struct insight_filter filter = { .kind = SAI_HAS(query->kind) ? query->kind.value : -1,
                                         .activity_id = query->activity_id,
                                         .min_score = query->min_score };
        size_t limit = SAI_HAS(query->limit) ? (size_t)query->limit.value : SAI_PAGE_DEFAULT, count = 0;
        struct insight *items = NULL;
        sai_status status = query->cursor ? cursor_read(api, user_id, canonical, query->cursor, &cursor, err) : SAI_OK;
        if (status == SAI_OK)
                status = store_insight_list(api->store, user_id, &filter, cursor.id, limit + 1, request->arena, &items, &count,
                                            err);
        if (status != SAI_OK)
                return status;
        const char *next = NULL;
        if (count > limit) {
                count = limit;
                next = cursor_make(api, user_id, canonical, (struct cursor) { .id = items[limit - 1].id }, request->arena);
                if (!next)
                        return sai_fail(err, SAI_NO_MEMORY, "cursor");
        }
        api_row_etag(request, reply, hash_rows(items, count, next));
        return sai_reply_list(request, reply, &insight_model, items, count, next, err);
}

static sai_status get_insight(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct insight insight;
        sai_status status = store_insight_get(api_of(request)->store, request->principal.user_id, request->ids[0], request->arena,
                                              &insight, err);
        if (status != SAI_OK)
                return status;
        api_row_etag(request, reply, hash_rows(&insight, 1, NULL));
        return sai_reply_model(reply, &insight_model, &insight, err);
}

static const char post_doc[] =
        "The body is always the insight: 201 with the finished one, 202 with the queued one when `wait` is 0 (ask for its "
        "`Location` again), 200 with "
        "`X-Cache: hit` when the same facts were worded before. An activity that is not the athlete's is 404. A `date` before "
        "the first activity or "
        "in the future is 422; `weekly` without any activity is 409, because nothing in the request can mend it.";

static const sai_status post_problems[] = { SAI_NOT_FOUND, SAI_CONFLICT, SAI_OK };
static const sai_status list_problems[] = { SAI_BAD_CURSOR, SAI_OK };

const struct sai_route insight_routes[] = {
        { "POST", "/api/v1/insights", post_insight, .auth = SAI_AUTH_USER, .rate = SAI_RATE_HEAVY, .in = &request_model,
          .out = &insight_model, .status = 201, .also = { 202, 200 }, .tag = "insights", .operation = "createInsight",
          .summary = "What stands out in an activity or a week", .doc = post_doc, .problems = post_problems },
        { "GET", "/api/v1/insights", list_insights, .auth = SAI_AUTH_USER, .cache = SAI_CACHE_ROW, .rate = SAI_RATE_READ,
          .query = &query_model, .out = &insight_model, .out_list = true, .tag = "insights", .operation = "listInsights",
          .summary = "Insights, newest first", .problems = list_problems },
        { "GET", "/api/v1/insights/:id", get_insight, .auth = SAI_AUTH_USER, .cache = SAI_CACHE_ROW, .run = SAI_RUN_INLINE,
          .rate = SAI_RATE_READ, .out = &insight_model, .tag = "insights", .operation = "getInsight", .summary = "One insight" },
        { 0 },
};
