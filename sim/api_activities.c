/* api_activities.c -- the list: order, bounds and pages as section 6.1 of the reference page tells them. */
#include "sim/sim_internal.h"

#include "sim/strava_json.h"

enum { PER_PAGE = 30, PER_PAGE_MAX = 200 };

struct list_query {
        int64_t before_s, after_s; /* exclusive */
        bool has_before, has_after;
        int64_t page, per_page;
};

/* False after answering 400. */
static bool number_of(struct api_call *call, const char *name, int64_t low, int64_t *value, bool *ret_there)
{
        struct sai_text text = api_query(call->request, name);
        *ret_there = text.len > 0;
        if (!*ret_there)
                return true;
        if (sai_parse_i64(text.data, text.len, value) && *value >= low)
                return true;
        api_fault(call->reply, 400, "Bad Request", "Application", name, "invalid");
        return false;
}

static bool read_query(struct api_call *call, struct list_query *q)
{
        bool there;
        *q = (struct list_query) { .page = 1, .per_page = PER_PAGE };
        if (!number_of(call, "before", INT64_MIN, &q->before_s, &q->has_before) ||
            !number_of(call, "after", INT64_MIN, &q->after_s, &q->has_after) || !number_of(call, "page", 1, &q->page, &there) ||
            !number_of(call, "per_page", 1, &q->per_page, &there))
                return false;
        if (q->has_after && q->after_s > sim_now_ms(call->sim) / 1000) {
                api_fault(call->reply, 400, "Bad Request", "Application", "after", "future");
                return false;
        }
        if (q->per_page > PER_PAGE_MAX)
                q->per_page = PER_PAGE_MAX;
        return true;
}

static bool matches(const struct sim_activity *a, const struct list_query *q, bool all)
{
        int64_t start_s = a->start_ms / 1000;
        return !a->deleted && (all || !a->only_me) && (!q->has_before || start_s < q->before_s) &&
               (!q->has_after || start_s > q->after_s);
}

/* The page's activities, in order; at most per_page. Under the lock. */
static size_t pick(const struct sim_athlete *athlete, const struct list_query *q, bool all, struct sim_activity **out)
{
        bool oldest_first = q->has_after && !q->has_before;
        size_t count = 0;
        /* A page so far on that its number would overflow is past the end of any list. */
        if (q->page > (int64_t)athlete->count + 1)
                return 0;
        size_t skip = (size_t)(q->page - 1) * (size_t)q->per_page;
        for (size_t i = 0; i < athlete->count && count < (size_t)q->per_page; i++) {
                struct sim_activity *a = athlete->activities[oldest_first ? i : athlete->count - 1 - i];
                if (!matches(a, q, all))
                        continue;
                if (skip > 0)
                        skip--;
                else
                        out[count++] = a;
        }
        return count;
}

sai_status api_activities(struct api_call *call, struct sai_err *err)
{
        struct sim *sim = call->sim;
        struct list_query query;
        if (!read_query(call, &query))
                return SAI_OK;
        struct sim_activity **page = SAI_NEW_ARRAY(call->request->arena, struct sim_activity *, PER_PAGE_MAX);
        if (!page)
                return sai_fail(err, SAI_NO_MEMORY, "a page of activities");
        pthread_mutex_lock(&sim->lock);
        size_t count = pick(call->athlete, &query, (call->token.scopes & SCOPE_ACTIVITY_READ_ALL) != 0, page);
        pthread_mutex_unlock(&sim->lock);
        struct sai_buf *buf = &call->reply->body;
        sai_buf_char(buf, '[');
        for (size_t i = 0; i < count; i++) {
                struct strava_activity summary;
                if (i > 0)
                        sai_buf_char(buf, ',');
                if (page[i]->summary_json) {
                        sai_buf_text(buf, page[i]->summary_json);
                        continue;
                }
                sai_status status = catalogue_summary(sim, page[i], &summary, err);
                if (status != SAI_OK)
                        return status;
                strava_write(buf, &sim_activity_model, &summary);
        }
        sai_buf_char(buf, ']');
        api_reply_json(call->reply, 200);
        return SAI_OK;
}
