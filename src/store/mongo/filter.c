/* filter.c -- a query's row and a request's values as filter, sort, projection and changes.
 *
 * What is compared for equality stands at the top of the filter, where a sharded cluster looks for its key; everything else is a list under
 * $and, so that a member may be bounded by a filter and by the position at once. Absent members match no comparison, only CONDITION_ABSENT
 * (which MongoDB's indexes answer as null). Searching in a text is done here on the rows that come (fold.h): a server's idea of case is a
 * matter of its version and language. */
#include <math.h>

#include "store/fold.h"
#include "store/mongo/mongo.h"

enum { DAY_MS = 24 * 3600 * 1000 };

struct building {
        const struct layout *layout;
        bson_t *out;
        bson_t *all; /* the list under $and */
        uint32_t count;
        bool full, nothing; /* nothing: no row can match */
};

/* -- Values ------------------------------------------------------------------------------------------------------------ */

/* Bounds beyond all instants are those of a position that lies before or behind every row. */
static int64_t whole(double value)
{
        if (value >= 9.2e18)
                return INT64_MAX;
        return value <= -9.2e18 ? INT64_MIN : (int64_t)value;
}

static bool put_integer(bson_t *out, const char *key, const struct sai_field *field, int64_t value)
{
        const char *name;
        switch ((enum sai_kind)field->kind) {
        case SAI_K_BOOL:
                return bson_append_bool(out, key, -1, value != 0);
        case SAI_K_INSTANT:
        case SAI_K_LOCAL:
                return bson_append_date_time(out, key, -1, value);
        case SAI_K_DAY:
                return bson_append_date_time(out, key, -1, value * DAY_MS);
        case SAI_K_F64:
                return bson_append_double(out, key, -1, (double)value);
        case SAI_K_ENUM:
                name = value >= INT32_MIN && value <= INT32_MAX ? sai_enumeration_name(field->enumeration, (int)value) : NULL;
                return name && bson_append_utf8(out, key, -1, name, -1);
        default:
                return bson_append_int64(out, key, -1, value);
        }
}

static bool put_value(bson_t *out, const char *key, const struct sai_field *field, const struct value *value)
{
        bool time = field->kind == SAI_K_INSTANT || field->kind == SAI_K_LOCAL;
        bson_oid_t oid;
        switch (value->kind) {
        case VALUE_INTEGER:
                return put_integer(out, key, field, value->integer);
        case VALUE_REAL:
                return time ? bson_append_date_time(out, key, -1, whole(value->real))
                            : bson_append_double(out, key, -1, value->real);
        case VALUE_TEXT:
                return bson_append_utf8(out, key, -1, value->text, -1);
        case VALUE_ID:
                bson_oid_init_from_data(&oid, value->id.bytes);
                return bson_append_oid(out, key, -1, &oid);
        default:
                return false;
        }
}

static bool is_there(const struct value *value)
{
        return value->kind != VALUE_NONE && !(value->kind == VALUE_TEXT && !value->text);
}

static sai_status check_value(const struct value *value, struct sai_err *err)
{
        if (value->kind == VALUE_REAL && isnan(value->real))
                return sai_fail(err, SAI_INVALID, "a number is not finite");
        if (value->kind == VALUE_TEXT && value->text && !sai_utf8_valid(value->text, strlen(value->text)))
                return sai_fail(err, SAI_INVALID, "a text is not UTF-8");
        if ((value->kind == VALUE_TEXTS || value->kind == VALUE_INTEGERS) &&
            (value->count == 0 || value->count > SAI_MAX_FILTER_VALUES))
                return sai_fail(err, SAI_INVALID, "too many values");
        return SAI_OK;
}

/* -- Filter ------------------------------------------------------------------------------------------------------------ */

/* {path: {operator: value}} */
static bool put_comparison(bson_t *out, const struct mongo_name *name, const char *operator, const struct value * value)
{
        bson_t inner;
        bool good = bson_append_document_begin(out, name->path, -1, &inner);
        good = good && put_value(&inner, operator, name->field, value);
        return good && bson_append_document_end(out, &inner);
}

/* Opens the next member of $and's list; put_done closes it. */
static void next(struct building *b, bson_t *member)
{
        char space[16];
        const char *key;
        bson_uint32_to_string(b->count++, &key, space, sizeof space);
        b->full |= !bson_append_document_begin(b->all, key, -1, member);
}

static void add_comparison(struct building *b, const struct mongo_name *name, const char *operator, const struct value * value)
{
        bson_t member;
        if (!is_there(value)) {
                b->nothing = true;
                return;
        }
        next(b, &member);
        b->full |= !put_comparison(&member, name, operator, value);
        b->full |= !bson_append_document_end(b->all, &member);
}

static void add_in(struct building *b, const struct mongo_name *name, const struct value *value)
{
        bson_t member, inner, list;
        next(b, &member);
        b->full |= !bson_append_document_begin(&member, name->path, -1, &inner);
        b->full |= !bson_append_array_begin(&inner, "$in", -1, &list);
        for (uint32_t i = 0; i < value->count; i++) {
                char space[16];
                const char *key;
                bson_uint32_to_string(i, &key, space, sizeof space);
                const struct value item = value->kind == VALUE_TEXTS ? V_TEXT(value->texts[i]) : V_INTEGER(value->integers[i]);
                b->full |= !put_value(&list, key, name->field, &item);
        }
        b->full |= !bson_append_array_end(&inner, &list);
        b->full |= !bson_append_document_end(&member, &inner);
        b->full |= !bson_append_document_end(b->all, &member);
}

/* {$or: [{path: {operator: value}}, second]}, the second being {path: null} or another comparison. */
static void add_either(struct building *b, const struct mongo_name *name, const char *operator, const struct value * value,
                       const struct mongo_name *other, const struct value *other_value)
{
        bson_t member, list, one;
        next(b, &member);
        b->full |= !bson_append_array_begin(&member, "$or", -1, &list);
        b->full |= !bson_append_document_begin(&list, "0", -1, &one);
        b->full |= !put_comparison(&one, name, operator, value);
        b->full |= !bson_append_document_end(&list, &one);
        b->full |= !bson_append_document_begin(&list, "1", -1, &one);
        b->full |= other ? !put_comparison(&one, other, operator, other_value) : !bson_append_null(&one, name->path, -1);
        b->full |= !bson_append_document_end(&list, &one);
        b->full |= !bson_append_array_end(&member, &list);
        b->full |= !bson_append_document_end(b->all, &member);
}

static const char *const operators[] = {
        [CONDITION_LT] = "$lt",
        [CONDITION_LE] = "$lte",
        [CONDITION_GT] = "$gt",
        [CONDITION_GE] = "$gte",
};

static sai_status add_condition(struct building *b, const struct condition *condition, const struct value *value,
                                struct sai_err *err)
{
        struct mongo_name name;
        sai_status status = mongo_name_of(b->layout, condition->field, &name, err);
        if (status == SAI_OK && condition->op != CONDITION_ABSENT)
                status = check_value(value, err);
        if (status != SAI_OK)
                return status;
        switch (condition->op) {
        case CONDITION_EQ:
                if (!is_there(value))
                        b->nothing = true;
                else
                        b->full |= !put_value(b->out, name.path, name.field, value);
                return SAI_OK;
        case CONDITION_IN:
                add_in(b, &name, value);
                return SAI_OK;
        case CONDITION_ABSENT:
                b->full |= !bson_append_null(b->out, name.path, -1);
                return SAI_OK;
        case CONDITION_LE_OR_ABSENT:
                add_either(b, &name, "$lte", value, NULL, NULL);
                return SAI_OK;
        case CONDITION_CONTAINS:
                return SAI_OK;
        default:
                add_comparison(b, &name, operators[condition->op], value);
                return SAI_OK;
        }
}

/* (a, b) > (x, y) is a >= x and (a > x or b > y); the first part bounds the index. */
static sai_status add_position(struct building *b, const struct request *request, struct sai_err *err)
{
        const struct query_row *query = &queries[request->query];
        const char *beyond = request->descending ? "$lt" : "$gt", *from = request->descending ? "$lte" : "$gte";
        struct mongo_name names[2];
        if (query->sort_count == 0 || query->sort_count > SAI_COUNT(names))
                return sai_fail(err, SAI_INTERNAL, "%s has no position", query->name);
        for (size_t i = 0; i < query->sort_count; i++) {
                sai_status status = mongo_name_of(b->layout, query->sort[i], &names[i], err);
                if (status == SAI_OK)
                        status = check_value(&request->after[i], err);
                if (status != SAI_OK)
                        return status;
        }
        if (query->sort_count == 1) {
                add_comparison(b, &names[0], beyond, &request->after[0]);
                return SAI_OK;
        }
        add_comparison(b, &names[0], from, &request->after[0]);
        add_either(b, &names[0], beyond, &request->after[0], &names[1], &request->after[1]);
        return SAI_OK;
}

static bool is_asked(const struct condition *condition, const struct value *value)
{
        return !condition->optional || value->kind != VALUE_NONE;
}

sai_status mongo_filter(const struct layout *layout, const struct request *request, bson_t *out, struct sai_err *err)
{
        const struct query_row *query = &queries[request->query];
        MONGO_DOCUMENT(all);
        struct building b = { .layout = layout, .out = out, .all = &all };
        sai_status status = SAI_OK;
        size_t count = query_condition_count(query);
        for (size_t i = 0; i < count && status == SAI_OK; i++)
                if (is_asked(&query->conditions[i], &request->values[i]))
                        status = add_condition(&b, &query->conditions[i], &request->values[i], err);
        if (status == SAI_OK && query->keyset)
                status = add_position(&b, request, err);
        if (status == SAI_OK && b.nothing) {
                bson_t inner, none;
                bson_reinit(out);
                b.full |= !bson_append_document_begin(out, "_id", -1, &inner) ||
                          !bson_append_array_begin(&inner, "$in", -1, &none) || !bson_append_array_end(&inner, &none) ||
                          !bson_append_document_end(out, &inner);
        } else if (status == SAI_OK && b.count) {
                b.full |= !bson_append_array(out, "$and", -1, &all);
        }
        if (status == SAI_OK && b.full)
                return sai_fail(err, SAI_INVALID, "a value of %s cannot be compared", query->name);
        return status;
}

bool mongo_has_contains(const struct request *request)
{
        const struct query_row *query = &queries[request->query];
        for (size_t i = 0; i < query_condition_count(query); i++)
                if (query->conditions[i].op == CONDITION_CONTAINS && is_asked(&query->conditions[i], &request->values[i]))
                        return true;
        return false;
}

bool mongo_row_passes(const struct request *request, const void *row)
{
        const struct query_row *query = &queries[request->query];
        for (size_t i = 0; i < query_condition_count(query); i++) {
                const struct condition *condition = &query->conditions[i];
                if (condition->op != CONDITION_CONTAINS || !is_asked(condition, &request->values[i]))
                        continue;
                const char *text = *(const char *const *)(const void *)((const char *)row + condition->field);
                const char *part = request->values[i].text;
                if (!text || !part || !fold_contains(text, strlen(text), part, strlen(part)))
                        return false;
        }
        return true;
}

/* -- Sort, projection, changes ----------------------------------------------------------------------------------------- */

static sai_status short_of_room(const struct query_row *query, struct sai_err *err)
{
        return sai_fail(err, SAI_INTERNAL, "%s does not fit into a command", query->name);
}

sai_status mongo_sort(const struct layout *layout, const struct request *request, bson_t *out, struct sai_err *err)
{
        const struct query_row *query = &queries[request->query];
        for (size_t i = 0; i < query->sort_count; i++) {
                struct mongo_name name;
                sai_status status = mongo_name_of(layout, query->sort[i], &name, err);
                if (status != SAI_OK)
                        return status;
                if (!bson_append_int32(out, name.path, -1, request->descending ? -1 : 1))
                        return short_of_room(query, err);
        }
        return SAI_OK;
}

/* Leaves out what is not a column, from the row of the model at `first` on. */
static bool leave_out(bson_t *out, const struct sai_model *model, size_t first, const char *prefix)
{
        for (size_t i = first; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                char path[MONGO_PATH];
                int len = snprintf(path, sizeof path, "%s%s", prefix, field->name);
                if (len < 0 || (size_t)len + 1 >= sizeof path)
                        return false;
                if (field->flags & (SAI_F_DERIVED | SAI_F_COLUMN))
                        continue;
                bool inside = field->kind == SAI_K_MODEL && !(field->flags & SAI_F_POINTER) && !field->model->collection;
                if (!inside) {
                        if (!bson_append_int32(out, path, -1, 0))
                                return false;
                        continue;
                }
                path[len] = '.';
                path[len + 1] = '\0';
                if (!leave_out(out, field->model, 0, path))
                        return false;
        }
        return true;
}

static sai_status only(const struct layout *layout, const struct query_row *query, bson_t *out, struct sai_err *err)
{
        size_t count = query->field_count ? query->field_count : layout->count;
        bool key = false;
        for (size_t i = 0; i < count; i++) {
                struct mongo_name name;
                sai_status status =
                        mongo_name_of(layout, query->field_count ? query->fields[i] : layout->columns[i].offset, &name, err);
                if (status != SAI_OK)
                        return status;
                key |= strcmp(name.path, "_id") == 0;
                if (!bson_append_int32(out, name.path, -1, 1))
                        return short_of_room(query, err);
        }
        return key || bson_append_int32(out, "_id", -1, 0) ? SAI_OK : short_of_room(query, err);
}

sai_status mongo_projection(const struct layout *layout, const struct query_row *query, bson_t *options, struct sai_err *err)
{
        if (!query->field_count && !query->columns_only && !query->until)
                return SAI_OK;
        MONGO_DOCUMENT(projection);
        sai_status status = SAI_OK;
        if (query->field_count || query->columns_only) {
                status = only(layout, query, &projection, err);
        } else {
                const struct sai_field *until = layout_field(layout, query->until);
                if (!until || !leave_out(&projection, layout->model, (size_t)(until - layout->model->fields), ""))
                        status = short_of_room(query, err);
        }
        if (status == SAI_OK && !bson_append_document(options, "projection", -1, &projection))
                status = short_of_room(query, err);
        return status;
}

sai_status mongo_changes(const struct layout *layout, const struct request *request, bson_t *out, struct sai_err *err)
{
        const struct query_row *query = &queries[request->query];
        const struct value *values = request->values + query_condition_count(query);
        MONGO_DOCUMENT(set);
        MONGO_DOCUMENT(add);
        MONGO_DOCUMENT(unset);
        bool good = true;
        for (size_t i = 0; i < query_change_count(query) && good; i++) {
                struct mongo_name name;
                sai_status status = mongo_name_of(layout, query->changes[i].field, &name, err);
                if (status == SAI_OK)
                        status = check_value(&values[i], err);
                if (status != SAI_OK)
                        return status;
                if (query->changes[i].op == CHANGE_ADD)
                        good = put_value(&add, name.path, name.field, &values[i]);
                else if (is_there(&values[i]))
                        good = put_value(&set, name.path, name.field, &values[i]);
                else
                        good = bson_append_bool(&unset, name.path, -1, true);
        }
        good = good && (bson_empty(&set) || bson_append_document(out, "$set", -1, &set));
        good = good && (bson_empty(&add) || bson_append_document(out, "$inc", -1, &add));
        good = good && (bson_empty(&unset) || bson_append_document(out, "$unset", -1, &unset));
        return good ? SAI_OK : sai_fail(err, SAI_INVALID, "a value of %s cannot be kept", query->name);
}
