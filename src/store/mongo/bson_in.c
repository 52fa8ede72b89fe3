/* bson_in.c -- the engine that reads a document into a struct, by its model's table.
 *
 * What a server sends is input: it may be damaged, of another version, or written by hand. Members that the table does not know are passed
 * over; a member of another type than the table's makes the row unreadable. Depth and sizes are bounded by the document's own, which the
 * driver's iterators check at each step. */
#include <math.h>

#include "store/mongo/mongo.h"

struct reader {
        struct sai_arena *arena;
        bool borrow;
        bool no_memory;
        unsigned depth;
};

enum { DAY_MS = 24 * 3600 * 1000 };

static bool out_of_memory(struct reader *r)
{
        r->no_memory = true;
        return false;
}

/* Keeps bytes as the caller asked: copied (with a NUL behind), borrowed, or not at all. */
static bool keep(struct reader *r, const void *data, size_t len, const void **ret_data, size_t *ret_len)
{
        *ret_data = NULL;
        *ret_len = len;
        if (r->arena)
                *ret_data = sai_arena_strndup(r->arena, data, len);
        else if (r->borrow)
                *ret_data = data;
        return *ret_data || !r->arena || out_of_memory(r);
}

static bool take_text(struct reader *r, const bson_iter_t *at, const void **ret_data, size_t *ret_len)
{
        if (!BSON_ITER_HOLDS_UTF8(at))
                return false;
        uint32_t len;
        const char *data = bson_iter_utf8(at, &len);
        return sai_utf8_valid(data, len) && keep(r, data, len, ret_data, ret_len);
}

static bool take_bytes(struct reader *r, const bson_iter_t *at, const void **ret_data, size_t *ret_len)
{
        if (!BSON_ITER_HOLDS_BINARY(at))
                return false;
        bson_subtype_t subtype;
        uint32_t len;
        const uint8_t *data;
        bson_iter_binary(at, &subtype, &len, &data);
        return keep(r, data ? (const void *)data : "", len, ret_data, ret_len);
}

static bool take_integer(const bson_iter_t *at, int64_t *ret)
{
        if (!BSON_ITER_HOLDS_INT64(at) && !BSON_ITER_HOLDS_INT32(at))
                return false;
        *ret = bson_iter_as_int64(at);
        return true;
}

static bool take_real(const bson_iter_t *at, double *ret)
{
        if (BSON_ITER_HOLDS_DOUBLE(at)) {
                *ret = bson_iter_double(at);
                return true;
        }
        int64_t integer;
        if (!take_integer(at, &integer))
                return false;
        *ret = (double)integer;
        return true;
}

static bool take_day(const bson_iter_t *at, struct sai_day *ret)
{
        if (!BSON_ITER_HOLDS_DATE_TIME(at))
                return false;
        int64_t ms = bson_iter_date_time(at), number = ms / DAY_MS;
        if (ms % DAY_MS != 0 || number < INT32_MIN || number > INT32_MAX)
                return false;
        ret->number = (int32_t)number;
        return true;
}

static bool take_scalar(struct reader *r, const struct sai_field *field, enum sai_kind kind, const bson_iter_t *at, void *out)
{
        const void *data;
        size_t len;
        switch (kind) {
        case SAI_K_BOOL:
                *(bool *)out = bson_iter_bool(at);
                return BSON_ITER_HOLDS_BOOL(at);
        case SAI_K_I64:
                return take_integer(at, out);
        case SAI_K_F64:
                return take_real(at, out);
        case SAI_K_INSTANT:
        case SAI_K_LOCAL:
                *(int64_t *)out = BSON_ITER_HOLDS_DATE_TIME(at) ? bson_iter_date_time(at) : 0;
                return BSON_ITER_HOLDS_DATE_TIME(at);
        case SAI_K_DAY:
                return take_day(at, out);
        case SAI_K_ID:
                if (!BSON_ITER_HOLDS_OID(at))
                        return false;
                memcpy(((struct sai_id *)out)->bytes, bson_iter_oid(at)->bytes, sizeof((struct sai_id *)out)->bytes);
                return true;
        case SAI_K_STR:
                if (!take_text(r, at, &data, &len) || (data && memchr(data, 0, len)))
                        return false;
                *(const char **)out = data;
                return true;
        case SAI_K_JSON:
                if (!take_text(r, at, &data, &len))
                        return false;
                *(struct sai_json *)out = (struct sai_json) { data, len };
                return true;
        case SAI_K_ENUM: {
                uint32_t name_len = 0;
                const char *name = BSON_ITER_HOLDS_UTF8(at) ? bson_iter_utf8(at, &name_len) : NULL;
                *(int *)out = name ? sai_enumeration_find(field->enumeration, name, name_len) : -1;
                return *(int *)out >= 0;
        }
        case SAI_K_BYTES:
                if (!take_bytes(r, at, &data, &len))
                        return false;
                *(struct sai_bytes *)out = (struct sai_bytes) { data, len };
                return true;
        case SAI_K_SECRET:
                if (!take_bytes(r, at, &data, &len))
                        return false;
                *(struct sai_secret *)out = (struct sai_secret) { data, len };
                return true;
        default:
                return false;
        }
}

static bool take_members(struct reader *r, const struct sai_model *model, bson_iter_t *at, void *object, bool outermost);

static bool take_document(struct reader *r, const struct sai_model *model, const bson_iter_t *at, void *object)
{
        bson_iter_t inner;
        return BSON_ITER_HOLDS_DOCUMENT(at) && bson_iter_recurse(at, &inner) && take_members(r, model, &inner, object, false);
}

/* Grows by doubling: a length that a damaged row claims is never believed. */
static bool grow(struct reader *r, struct sai_list *list, size_t *room, size_t size)
{
        size_t more = *room ? *room * 2 : 4;
        char *items = sai_arena_calloc(r->arena, more, size);
        if (!items)
                return out_of_memory(r);
        if (list->count)
                memcpy(items, list->items, list->count * size);
        list->items = items;
        *room = more;
        return true;
}

static bool take_list(struct reader *r, const struct sai_field *field, const bson_iter_t *at, struct sai_list *ret)
{
        size_t size = field->kind == SAI_K_LIST ? field->model->size : sai_kind_size(field->item), room = 0;
        struct sai_list list = { 0 };
        bson_iter_t inner;
        if (!BSON_ITER_HOLDS_ARRAY(at) || !bson_iter_recurse(at, &inner))
                return false;
        if (!r->arena)
                return true;
        if (!grow(r, &list, &room, size))
                return false;
        while (bson_iter_next(&inner)) {
                if (list.count == room && !grow(r, &list, &room, size))
                        return false;
                void *item = (char *)list.items + list.count * size;
                bool good = field->kind == SAI_K_LIST ? take_document(r, field->model, &inner, item)
                                                      : take_scalar(r, field, field->item, &inner, item);
                if (!good)
                        return false;
                list.count++;
        }
        *ret = list;
        return inner.err_off == 0;
}

static bool take_nested(struct reader *r, const struct sai_field *field, const bson_iter_t *at, void *object)
{
        void *place = sai_field_at(field, object);
        if (!(field->flags & SAI_F_POINTER))
                return take_document(r, field->model, at, place);
        if (!r->arena)
                return BSON_ITER_HOLDS_DOCUMENT(at);
        void *nested = sai_arena_calloc(r->arena, 1, field->model->size);
        if (!nested)
                return out_of_memory(r);
        memcpy(place, &nested, sizeof nested);
        return take_document(r, field->model, at, nested);
}

static bool take_member(struct reader *r, const struct sai_field *field, const bson_iter_t *at, void *object)
{
        if (BSON_ITER_HOLDS_NULL(at)) /* we write none; another hand may have */
                return true;
        if (field->kind == SAI_K_MODEL)
                return take_nested(r, field, at, object);
        if (field->kind == SAI_K_ARRAY || field->kind == SAI_K_LIST)
                return take_list(r, field, at, sai_field_at(field, object));
        void *out = sai_field_at(field, object);
        if (!take_scalar(r, field, (enum sai_kind)field->kind, at, out))
                return false;
        if (field->optional)
                *sai_field_has(field, object) = field->kind == SAI_K_F64 && isnan(*(const double *)out) ? SAI_NULL : SAI_VALUE;
        return true;
}

/* Members come in the table's order, some left out: the search begins where the last one ended, and goes around once. */
static const struct sai_field *find_member(const struct sai_model *model, const char *name, bool outermost, size_t *next)
{
        for (size_t i = 0; i < model->field_count; i++) {
                size_t at = *next + i < model->field_count ? *next + i : *next + i - model->field_count;
                const struct sai_field *field = &model->fields[at];
                if (!(field->flags & SAI_F_DERIVED) && strcmp(mongo_field_name(field, outermost), name) == 0) {
                        *next = at + 1;
                        return field;
                }
        }
        return NULL;
}

static bool take_members(struct reader *r, const struct sai_model *model, bson_iter_t *at, void *object, bool outermost)
{
        if (++r->depth > SAI_MAX_JSON_DEPTH)
                return false;
        size_t next = 0;
        while (bson_iter_next(at)) {
                const struct sai_field *field = find_member(model, bson_iter_key(at), outermost, &next);
                if (field && !take_member(r, field, at, object))
                        return false;
        }
        r->depth--;
        return at->err_off == 0;
}

sai_status mongo_read_row(const struct layout *layout, const bson_t *document, struct sai_arena *arena, bool borrow, void *row,
                          struct sai_err *err)
{
        struct reader reader = { .arena = arena, .borrow = borrow };
        bson_iter_t at;
        memset(row, 0, layout->model->size);
        if (bson_iter_init(&at, document) && take_members(&reader, layout->model, &at, row, true))
                return SAI_OK;
        if (reader.no_memory)
                return sai_fail(err, SAI_NO_MEMORY, "rows of %s", layout->name);
        return sai_fail(err, SAI_INTERNAL, "a row of %s cannot be read", layout->name);
}
