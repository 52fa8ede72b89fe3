/* milestones.c -- the athlete's goals: events with a day and a target in the athlete's own words.
 *
 * They lie in the athlete's row, as the documents of the contract have it: there are few, every page shows them, and a change of one is a change of
 * the profile. Two changes at once meet in the row's revision, and each is done again until it was alone. A target that is not understood is kept as it was
 * written, with no time and no pace (model/target.h). */
#include "api/api_internal.h"

#include "api/profile.h"
#include "base/limits.h"
#include <string.h>

enum { CHANGE_TRIES = 8 };

/* -- Models ------------------------------------------------------------------------------------------------------------------------ */

static const char *check_sport(const struct sai_field *field, const void *value)
{
        (void)field;
        const struct sai_opt_str *name = value;
        return SAI_HAS(*name) ? sport_type_problem(name->value) : NULL;
}

struct milestone_change {
        struct sai_opt_str name;
        struct sai_opt_day date;
        struct sai_opt_str target, sport_type;
        struct sai_opt_f64 distance;
};
#define CHANGE(m, ...) SAI_FIELD(struct milestone_change, m, __VA_ARGS__)
static const struct sai_field milestone_change_fields[] = {
        CHANGE(name, .min = 1, .max = 255, .flags = SAI_F_NO_CLEAR, .doc = "What it is called"),
        CHANGE(date, .flags = SAI_F_NO_CLEAR, .doc = "Day of the event"),
        CHANGE(target, .min = 1, .max = 255, .flags = SAI_F_NO_CLEAR, .example = "\"sub-2:30\"", .doc = "In the athlete's words"),
        CHANGE(sport_type, .max = 64, .check = check_sport, .flags = SAI_F_NO_CLEAR, .example = "\"Swim\"", .doc = "Sport"),
        CHANGE(distance, .unit = "m", .min = 1, .max = 1e7, .doc = "Distance of the event; null clears it"),
};
static const struct sai_model milestone_change_model =
        SAI_MODEL_OF(struct milestone_change, milestone_change_fields, "MilestoneChange", .doc = "What is left out stays");

struct milestone_list {
        struct sai_list items; /* struct milestone */
};
static const struct sai_field milestone_list_fields[] = {
        SAI_LIST(struct milestone_list, items, &milestone_model, .max_items = SAI_MAX_MILESTONES,
                 .doc = "Goals, in the order they were made"),
};
static const struct sai_model milestone_list_model = SAI_MODEL_OF(struct milestone_list, milestone_list_fields, "MilestoneList");

struct milestone_made {
        struct sai_id milestone_id;
};
static const struct sai_field milestone_made_fields[] = {
        SAI_FIELD(struct milestone_made, milestone_id, .doc = "Id of the new milestone"),
};
static const struct sai_model milestone_made_model = SAI_MODEL_OF(struct milestone_made, milestone_made_fields, "MilestoneMade");

/* -- The list ------------------------------------------------------------------------------------------------------------------------ */

/* A copy of the list with room for more, so that the row that was read stays as it was. */
static struct milestone *copy_list(const struct sai_list *list, size_t more, struct sai_arena *arena)
{
        struct milestone *items = SAI_NEW_ARRAY(arena, struct milestone, list->count + more + 1);
        if (items && list->count)
                memcpy(items, list->items, list->count * sizeof *items);
        return items;
}

sai_status milestones_add(struct api *api, const struct sai_list *added, struct sai_arena *arena, struct user *user,
                          struct sai_err *err)
{
        const struct milestone *from = added->items;
        size_t count = user->milestones.count;
        if (count + added->count > SAI_MAX_MILESTONES)
                return sai_fail(err, SAI_CONFLICT, "at most %d milestones", SAI_MAX_MILESTONES);
        struct milestone *items = copy_list(&user->milestones, added->count, arena);
        if (!items)
                return sai_fail(err, SAI_NO_MEMORY, "milestones");
        for (size_t i = 0; i < added->count; i++) {
                struct milestone *milestone = &items[count++];
                *milestone = from[i];
                if (sai_id_is_zero(milestone->id))
                        milestone->id = store_new_id(api->store);
                milestone->created_at.ms = milestone->updated_at.ms = sai_now_ms(&api->clock);
                milestone_understand(milestone);
        }
        user->milestones = (struct sai_list) { items, count };
        return SAI_OK;
}

static struct milestone *find(const struct user *user, struct sai_id id)
{
        struct milestone *items = user->milestones.items;
        for (size_t i = 0; i < user->milestones.count; i++)
                if (sai_id_equal(items[i].id, id))
                        return &items[i];
        return NULL;
}

/* -- Changes ------------------------------------------------------------------------------------------------------------------------- */

typedef sai_status (*edit)(struct sai_request *request, struct user *user, struct sai_err *err);

/* Reads the row, edits its list and writes it, until nobody was in between; then the athlete's data has a new version. */
static sai_status change_list(struct sai_request *request, edit change, struct user *ret_user, struct sai_err *err)
{
        struct api *api = api_of(request);
        struct sai_id id = request->principal.user_id;
        sai_status status = SAI_CONFLICT;
        for (int i = 0; i < CHANGE_TRIES && status == SAI_CONFLICT; i++) {
                status = store_user_get(api->store, id, request->arena, ret_user, err);
                if (status == SAI_OK && (status = change(request, ret_user, err)) != SAI_OK)
                        return status;
                if (status != SAI_OK)
                        return status;
                ret_user->updated_at.ms = sai_now_ms(&api->clock);
                status = store_user_put(api->store, ret_user, err);
        }
        if (status == SAI_CONFLICT)
                return sai_fail(err, SAI_BUSY, "the milestones change too fast");
        return status == SAI_OK ? store_user_touch(api->store, id, err) : status;
}

static sai_status add_one(struct sai_request *request, struct user *user, struct sai_err *err)
{
        return milestones_add(api_of(request), &(struct sai_list) { request->in, 1 }, request->arena, user, err);
}

static sai_status change_one(struct sai_request *request, struct user *user, struct sai_err *err)
{
        struct milestone *items = copy_list(&user->milestones, 0, request->arena);
        if (!items)
                return sai_fail(err, SAI_NO_MEMORY, "milestones");
        user->milestones.items = items;
        struct milestone *milestone = find(user, request->ids[0]);
        if (!milestone)
                return sai_fail(err, SAI_NOT_FOUND, "no such milestone");
        sai_model_apply(&milestone_change_model, request->in, &milestone_model, milestone);
        milestone->updated_at.ms = sai_now_ms(&api_of(request)->clock);
        milestone_understand(milestone);
        return SAI_OK;
}

static sai_status remove_one(struct sai_request *request, struct user *user, struct sai_err *err)
{
        struct milestone *items = copy_list(&user->milestones, 0, request->arena);
        if (!items)
                return sai_fail(err, SAI_NO_MEMORY, "milestones");
        user->milestones.items = items;
        struct milestone *milestone = find(user, request->ids[0]);
        if (!milestone)
                return sai_fail(err, SAI_NOT_FOUND, "no such milestone");
        size_t behind = user->milestones.count - (size_t)(milestone - items) - 1;
        memmove(milestone, milestone + 1, behind * sizeof *milestone);
        user->milestones.count--;
        return SAI_OK;
}

/* -- Handlers -------------------------------------------------------------------------------------------------------------------------- */

static sai_status list_milestones(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        return sai_reply_model(reply, &milestone_list_model, &(struct milestone_list) { api_user(request)->milestones }, err);
}

static sai_status add_milestone(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        /* Made once, so that a repeat after a conflict gives the id that is answered. */
        struct milestone *added = request->in;
        struct user user;
        char hex[SAI_ID_HEX + 1];
        added->id = store_new_id(api_of(request)->store);
        sai_status status = change_list(request, add_one, &user, err);
        if (status != SAI_OK)
                return status;
        sai_id_format(added->id, hex);
        const char *location = sai_arena_printf(request->arena, "/api/v1/users/milestones/%s", hex);
        if (!location)
                return sai_fail(err, SAI_NO_MEMORY, "milestones");
        sai_reply_header(reply, "Location", location);
        return sai_reply_model(reply, &milestone_made_model, &(struct milestone_made) { added->id }, err);
}

static sai_status get_milestone(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct milestone *milestone = find(api_user(request), request->ids[0]);
        return milestone ? sai_reply_model(reply, &milestone_model, milestone, err)
                         : sai_fail(err, SAI_NOT_FOUND, "no such milestone");
}

static sai_status change_milestone(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct user user;
        sai_status status = change_list(request, change_one, &user, err);
        return status == SAI_OK ? sai_reply_model(reply, &milestone_model, find(&user, request->ids[0]), err) : status;
}

static sai_status delete_milestone(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct user user;
        sai_status status = change_list(request, remove_one, &user, err);
        return status == SAI_OK ? api_answer_success(reply, err) : status;
}

static const sai_status add_problems[] = { SAI_CONFLICT, SAI_OK };

#define MILESTONE(method_, path_, handler_, ...)                                                                                 \
        {                                                                                                                        \
                method_, "/api/v1/users/milestones" path_, handler_, .auth = SAI_AUTH_USER, .tag = "users", __VA_ARGS__          \
        }
const struct sai_route milestone_routes[] = {
        MILESTONE("GET", "", list_milestones, .run = SAI_RUN_INLINE, .rate = SAI_RATE_READ, .out = &milestone_list_model,
                  .operation = "listMilestones", .summary = "The athlete's goals"),
        MILESTONE("POST", "", add_milestone, .rate = SAI_RATE_WRITE, .in = &milestone_model, .out = &milestone_made_model,
                  .status = 201, .operation = "addMilestone", .summary = "A new goal", .problems = add_problems,
                  .doc = "What is understood of `target` comes back as `target_time` or `target_pace`; what is not is kept as "
                         "text, and "
                         "both are null."),
        MILESTONE("GET", "/:milestone_id", get_milestone, .run = SAI_RUN_INLINE, .rate = SAI_RATE_READ, .out = &milestone_model,
                  .operation = "getMilestone", .summary = "One goal"),
        MILESTONE("PUT", "/:milestone_id", change_milestone, .rate = SAI_RATE_WRITE, .in = &milestone_change_model,
                  .out = &milestone_model, .operation = "changeMilestone", .summary = "Change a goal"),
        MILESTONE("DELETE", "/:milestone_id", delete_milestone, .rate = SAI_RATE_WRITE, .out = &success_model,
                  .operation = "deleteMilestone", .summary = "Give a goal up"),
        { 0 },
};
