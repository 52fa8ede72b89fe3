/* collections.c -- see collections.h. */
#include "store/collections.h"

#include "base/limits.h"
#include "model/account.h"
#include "model/activity.h"
#include "model/insight.h"
#include "model/job.h"
#include "model/security.h"
#include "model/user.h"
#include "store/rows.h"

const struct collection_row collections[COLLECTIONS] = {
        [COLLECTION_USERS] = { .model = &user_model,
                               .kept = { offsetof(struct user, data_version), offsetof(struct user, data_committed_at) } },
        [COLLECTION_THRESHOLDS] = { .model = &threshold_model, .user = offsetof(struct threshold, user_id) },
        [COLLECTION_ACTIVITIES] = { .model = &activity_model, .user = offsetof(struct activity, user_id), .wide = true },
        [COLLECTION_SOURCES] = { .model = &source_model,
                                 .user = offsetof(struct source, user_id),
                                 .lifted = { offsetof(struct source, document.start_date) } },
        [COLLECTION_STREAMS] = { .model = &stream_chunk_model, .user = offsetof(struct chunk, user_id) },
        [COLLECTION_BLOBS] = { .model = &blob_chunk_model, .user = offsetof(struct chunk, user_id) },
        [COLLECTION_JOBS] = { .model = &job_model, .user = offsetof(struct job, user_id) },
        [COLLECTION_SESSIONS] = { .model = &session_model, .user = offsetof(struct session, user_id) },
        [COLLECTION_LINKS] = { .model = &strava_link_model },
        [COLLECTION_ONCE] = { .model = &once_model },
        [COLLECTION_INSIGHTS] = { .model = &insight_model, .user = offsetof(struct insight, user_id) },
        [COLLECTION_CLAIMS] = { .model = &claim_model },
        [COLLECTION_API_TOKENS] = { .model = &api_token_model, .user = offsetof(struct api_token, user_id) },
        [COLLECTION_CREDENTIALS] = { .model = &credential_model },
        [COLLECTION_THROTTLES] = { .model = &throttle_model },
        [COLLECTION_SECURITY_EVENTS] = { .model = &security_event_model, .user = offsetof(struct security_event, user_id) },
};

struct walk {
        const struct collection_row *row;
        struct layout *layout;
        const char *problem;
};

static bool listed(const size_t *offsets, size_t offset)
{
        for (size_t i = 0; i < COLLECTION_MEMBERS && offsets[i]; i++)
                if (offsets[i] == offset)
                        return true;
        return false;
}

static bool is_scalar(const struct sai_field *field)
{
        return field->kind != SAI_K_MODEL && field->kind != SAI_K_ARRAY && field->kind != SAI_K_LIST;
}

#define SIZES(type)                                                                                                              \
        {                                                                                                                        \
                sizeof(((struct type *)0)->value), offsetof(struct type, has)                                                    \
        }
static const struct {
        uint16_t size, has;
} sizes[SAI_KIND_COUNT] = {
        [SAI_K_BOOL] = SIZES(sai_opt_bool),
        [SAI_K_I64] = SIZES(sai_opt_i64),
        [SAI_K_F64] = SIZES(sai_opt_f64),
        [SAI_K_STR] = SIZES(sai_opt_str),
        [SAI_K_INSTANT] = SIZES(sai_opt_instant),
        [SAI_K_LOCAL] = SIZES(sai_opt_local),
        [SAI_K_DAY] = SIZES(sai_opt_day),
        [SAI_K_ID] = SIZES(sai_opt_id),
        [SAI_K_ENUM] = SIZES(sai_opt_enum),
        [SAI_K_BYTES] = { sizeof(struct sai_bytes), 0 },
        [SAI_K_SECRET] = { sizeof(struct sai_secret), 0 },
        [SAI_K_JSON] = { sizeof(struct sai_json), 0 },
};

static void add_column(struct walk *walk, const struct sai_field *field, const char *prefix, size_t offset)
{
        struct layout *layout = walk->layout;
        if (layout->count == LAYOUT_COLUMNS) {
                walk->problem = "too many columns";
                return;
        }
        struct column *column = &layout->columns[layout->count++];
        int len = snprintf(column->name, sizeof column->name, "%s%s", prefix, field->name);
        if (len < 0 || (size_t)len >= sizeof column->name)
                walk->problem = "a column's name is too long";
        column->field = field;
        column->offset = offset;
        column->size = sizes[field->kind].size;
        column->has = field->optional ? sizes[field->kind].has : 0;
        column->kept = listed(walk->row->kept, offset);
        if (field->kind == SAI_K_ENUM)
                while (field->enumeration->values[column->enum_count])
                        column->enum_count++;
}

/* Tables are ours and constant; the bound on depth only turns a table that contains itself into a clear failure. */
static void walk_model(struct walk *walk, const struct sai_model *model, const char *prefix, size_t base, bool foreign, int depth)
{
        if (depth > 4) {
                walk->problem = "nested too deeply";
                return;
        }
        for (size_t i = 0; i < model->field_count && !walk->problem; i++) {
                const struct sai_field *field = &model->fields[i];
                size_t offset = base + field->offset;
                if (field->flags & SAI_F_DERIVED)
                        continue;
                if (is_scalar(field)) {
                        bool column = foreign ? listed(walk->row->lifted, offset) : (field->flags & SAI_F_COLUMN) != 0;
                        if (column)
                                add_column(walk, field, prefix, offset);
                        if (!column || foreign)
                                walk->layout->document = true;
                        continue;
                }
                walk->layout->document = true;
                if (field->kind != SAI_K_MODEL || (field->flags & SAI_F_POINTER))
                        continue;
                /* What lies inside another collection's model keeps its column members: leaving them out would lose them. */
                bool inner = foreign || field->model->collection;
                if (inner)
                        walk->layout->without = SAI_F_DERIVED;
                char nested[LAYOUT_NAME];
                int len = snprintf(nested, sizeof nested, "%s%s_", prefix, field->name);
                if (len < 0 || (size_t)len >= sizeof nested)
                        walk->problem = "a column's name is too long";
                else
                        walk_model(walk, field->model, nested, offset, inner, depth + 1);
        }
}

sai_status layout_make(enum collection collection, struct layout *ret_layout, struct sai_err *err)
{
        const struct collection_row *row = &collections[collection];
        *ret_layout = (struct layout) { .model = row->model,
                                        .name = row->model->collection,
                                        .key = LAYOUT_COLUMNS,
                                        .user = LAYOUT_COLUMNS,
                                        .wide = row->wide,
                                        .without = SAI_F_COLUMN | SAI_F_DERIVED };
        struct walk walk = { .row = row, .layout = ret_layout };
        walk_model(&walk, row->model, "", 0, false, 0);
        for (size_t i = 0; i < ret_layout->count; i++) {
                const struct column *column = &ret_layout->columns[i];
                if ((column->field->flags & SAI_F_KEY) && ret_layout->key == LAYOUT_COLUMNS)
                        ret_layout->key = i;
                if (row->user && column->offset == row->user)
                        ret_layout->user = i;
        }
        if (ret_layout->key == LAYOUT_COLUMNS)
                walk.problem = "no key";
        if (walk.problem)
                return sai_fail(err, SAI_INTERNAL, "the table of %s cannot be laid out: %s", ret_layout->name, walk.problem);
        return SAI_OK;
}

const struct column *layout_column(const struct layout *layout, size_t offset)
{
        for (size_t i = 0; i < layout->count; i++)
                if (layout->columns[i].offset == offset)
                        return &layout->columns[i];
        return NULL;
}

const struct sai_field *layout_document_field(const struct layout *layout, size_t offset)
{
        for (size_t i = 0; i < layout->model->field_count; i++) {
                const struct sai_field *field = &layout->model->fields[i];
                if (field->offset == offset && is_scalar(field) && !(field->flags & layout->without))
                        return field;
        }
        return NULL;
}

const struct sai_field *layout_field(const struct layout *layout, size_t offset)
{
        for (size_t i = 0; i < layout->model->field_count; i++)
                if (layout->model->fields[i].offset == offset)
                        return &layout->model->fields[i];
        return NULL;
}

void layout_encode(const struct layout *layout, const void *row, struct sai_buf *buf)
{
        sai_model_encode(buf, layout->model, row, layout->without);
}
