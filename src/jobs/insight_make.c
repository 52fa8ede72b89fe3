/* insight_make.c -- see insight_make.h. */
#include "jobs/insight_make.h"

#include "base/limits.h"
#include "insights/rules.h"
#include "training/policy.h"
#include <sodium.h>
#include <string.h>

enum { HASH_BYTES = 32, PAGE = 200, INPUT_DAYS = 98 /* the 12 weeks and the 90 days before, with the week itself */ };

static struct sai_day today_of(const struct training *training, const struct user *user)
{
        const struct sai_zone *zone = user->preferences.timezone ? sai_zone_find(user->preferences.timezone) : NULL;
        return sai_local_day(
                sai_zone_local(zone ? zone : sai_zone_find("UTC"), (struct sai_instant) { sai_now_ms(&training->clock) }));
}

/* -- How long it may be kept -------------------------------------------------------------------------------------------------- */

static void earlier(struct sai_opt_instant *first, struct sai_opt_instant other)
{
        if (SAI_HAS(other) && (!SAI_HAS(*first) || other.value.ms < first->value.ms))
                *first = other;
}

static sai_status expiry_of_window(struct training *training, struct sai_id user_id, struct sai_day from, struct sai_day to,
                                   struct sai_opt_instant *first, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *page_arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        struct activity_filter filter = {
                .after_local = SAI_SOME(sai_opt_local, ((struct sai_local) { (int64_t)from.number * 86400000 })),
                .before_local = SAI_SOME(sai_opt_local, ((struct sai_local) { ((int64_t)to.number + 1) * 86400000 }))
        };
        struct activity_position after, *start = NULL;
        if (!page_arena)
                return sai_fail(err, SAI_NO_MEMORY, "insight");
        for (;;) {
                struct activity *items;
                size_t count;
                sai_status status = store_activity_list(training->store, user_id, &filter, SORT_START_DATE, true, start, PAGE,
                                                        page_arena, &items, &count, err);
                if (status != SAI_OK)
                        return status;
                for (size_t i = 0; i < count; i++)
                        earlier(first, items[i].expires_at);
                if (count < PAGE)
                        return SAI_OK;
                after = activity_position_of(&items[count - 1], SORT_START_DATE);
                start = &after;
                sai_arena_reset(page_arena);
        }
}

/* Fitness goes back to the first load. What is older than the window was seen last at the last full listing or after it, so that its time
 * is no shorter than that listing's. */
static void expiry_of_older(const struct training *training, const struct user *user, const struct athlete_columns *columns,
                            struct sai_day before, struct sai_opt_instant *first)
{
        struct sai_instant seen = SAI_HAS(user->last_full_listing) ? user->last_full_listing.value : user->created_at;
        for (size_t i = 0; i < columns->count && columns->day[i].number < before.number; i++) {
                if (columns->flags[i] & COLUMN_FROM_STRAVA) {
                        earlier(first, policy_expiry(training->policy, SOURCE_STRAVA_API, seen));
                        return;
                }
        }
}

static sai_status set_expiry(struct training *training, const struct user *user, const struct athlete_columns *columns,
                             struct sai_day last, struct insight_composed *composed, struct sai_err *err)
{
        struct sai_day from = { last.number - INPUT_DAYS };
        if (policy_allows(training->policy, SOURCE_STRAVA_API, POLICY_KEEP))
                return SAI_OK;
        expiry_of_older(training, user, columns, from, &composed->expires_at);
        return expiry_of_window(training, user->id, from, last, &composed->expires_at, err);
}

/* -- Facts --------------------------------------------------------------------------------------------------------------------- */

static sai_status hash_facts(struct insight_composed *composed, struct sai_arena *arena, struct sai_err *err)
{
        struct sai_buf buf;
        uint8_t hash[HASH_BYTES];
        char *hex = sai_arena_alloc(arena, 2 * HASH_BYTES + 1);
        sai_buf_init(&buf, SAI_MAX_FACTS);
        facts_encode(composed->facts, &buf);
        sai_status status = sai_buf_status(&buf, err);
        if (status == SAI_OK) {
                composed->document = (struct sai_json) { sai_arena_strndup(arena, buf.data, buf.len), buf.len };
                if (!hex || !composed->document.data)
                        status = sai_fail(err, SAI_NO_MEMORY, "insight");
        }
        if (status == SAI_OK) {
                crypto_generichash_state state;
                crypto_generichash_init(&state, NULL, 0, sizeof hash);
                crypto_generichash_update(&state, (const unsigned char *)buf.data, buf.len);
                crypto_generichash_update(&state, (const unsigned char *)RULES_VERSION, sizeof RULES_VERSION);
                crypto_generichash_update(&state, (const unsigned char *)composed->language, strlen(composed->language));
                crypto_generichash_final(&state, hash, sizeof hash);
                sai_hex_encode(hash, sizeof hash, hex);
                composed->facts_hash = hex;
        }
        sai_buf_done(&buf);
        return status;
}

static sai_status make_facts(struct facts_input *input, const struct insight_wanted *wanted, struct sai_arena *arena,
                             struct facts **ret_facts, struct sai_err *err)
{
        if (wanted->kind == INSIGHT_ACTIVITY)
                return facts_of_activity(input, arena, ret_facts, err);
        const struct athlete_columns *columns = input->columns;
        if (SAI_HAS(wanted->date))
                input->week = wanted->date.value;
        else if (columns->count > 0)
                input->week = columns->day[columns->count - 1];
        return facts_of_week(input, arena, ret_facts, err);
}

sai_status insight_compose(struct training *training, const struct user *user, const struct insight_wanted *wanted,
                           int64_t deadline_ms, struct sai_arena *arena, struct insight_composed *ret_composed,
                           struct sai_err *err)
{
        SAI_CLEANUP(cache_entry_release_p) struct cache_entry *entry = NULL;
        const struct athlete_data *data;
        struct activity *activity = SAI_NEW(arena, struct activity);
        struct facts *facts;
        if (!activity)
                return sai_fail(err, SAI_NO_MEMORY, "insight");
        sai_status status = SAI_OK;
        if (wanted->kind == INSIGHT_ACTIVITY)
                status = store_activity_get(training->store, user->id, wanted->activity_id, arena, activity, err);
        if (status == SAI_OK)
                status = training_data(training, user, deadline_ms, &entry, &data, err);
        if (status != SAI_OK)
                return status;
        struct facts_input input = { .columns = data->columns,
                                     .history = &data->history,
                                     .activity = activity,
                                     .today = today_of(training, user),
                                     .units = (enum unit_system)user->preferences.units };
        status = make_facts(&input, wanted, arena, &facts, err);
        if (status != SAI_OK)
                return status;
        *ret_composed = (struct insight_composed) { .facts = facts, .language = rules_language(wanted->language) };
        struct sai_day last = wanted->kind == INSIGHT_ACTIVITY ? sai_local_day(activity->start_date_local)
                                                               : (struct sai_day) { facts->week.value.number + 6 };
        status = set_expiry(training, user, data->columns, last, ret_composed, err);
        return status == SAI_OK ? hash_facts(ret_composed, arena, err) : status;
}

/* -- Words --------------------------------------------------------------------------------------------------------------------- */

void insight_begin(const struct user *user, const struct insight_composed *composed, struct insight *ret_insight)
{
        *ret_insight = (struct insight) { .kind = composed->facts->kind,
                                          .activity_id = composed->facts->activity_id,
                                          .status = INSIGHT_QUEUED,
                                          .sport_type = composed->facts->sport_type,
                                          .provider = PROVIDER_RULES,
                                          .prompt_version = RULES_VERSION,
                                          .language = composed->language,
                                          .user_id = user->id,
                                          .facts_hash = composed->facts_hash,
                                          .facts = composed->document,
                                          .expires_at = composed->expires_at };
}

sai_status insight_finish(struct training *training, struct sai_arena *arena, struct insight *insight, struct sai_err *err)
{
        int64_t began = sai_monotonic_ms(&training->clock);
        struct facts facts;
        sai_status status = facts_decode(insight->facts.data, insight->facts.len, arena, &facts, err);
        if (status == SAI_OK)
                status = rules_word(&facts, arena, insight, err);
        if (status != SAI_OK)
                return status;
        insight->usage.latency_ms = (double)(sai_monotonic_ms(&training->clock) - began);
        insight->status = INSIGHT_DONE;
        status = store_insight_put(training->store, insight, err);
        return status == SAI_OK ? store_user_touch(training->store, insight->user_id, err) : status;
}
