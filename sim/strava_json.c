/* strava_json.c -- see the header. Recursion is bounded by the tables (they nest three deep) and, for recordings, by a count. */
#include "sim/strava_json.h"

#include <math.h>

/* Fixed decimals without the general writer: a stream is tens of thousands of numbers, and all of them are rounded. */
static void write_rounded(struct sai_buf *buf, double value, int decimals)
{
        static const int64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
        char text[40];
        char *at = text + sizeof text;
        int64_t scaled = (int64_t)llround(value * (double)powers[decimals]);
        uint64_t magnitude = scaled < 0 ? (uint64_t)-scaled : (uint64_t)scaled;
        uint64_t fraction = magnitude % (uint64_t)powers[decimals], whole = magnitude / (uint64_t)powers[decimals];
        while (decimals > 1 && fraction % 10 == 0) {
                fraction /= 10;
                decimals--;
        }
        for (; decimals > 0; decimals--, fraction /= 10)
                *--at = (char)('0' + fraction % 10);
        *--at = '.';
        do {
                *--at = (char)('0' + whole % 10);
        } while ((whole /= 10) != 0);
        if (scaled < 0)
                *--at = '-';
        sai_buf_append(buf, at, (size_t)(text + sizeof text - at));
}

void strava_write_float(struct sai_buf *buf, double value, int decimals)
{
        if (decimals > 0 && decimals <= 6 && fabs(value) < 1e12) {
                write_rounded(buf, value, decimals);
                return;
        }
        size_t before = buf->len;
        sai_json_number(buf, value, decimals);
        if (buf->failed || !isfinite(value))
                return;
        for (size_t i = before; i < buf->len; i++)
                if (buf->data[i] == '.' || buf->data[i] == 'e' || buf->data[i] == 'E')
                        return;
        sai_buf_append(buf, ".0", 2);
}

static double float_of(const struct sai_field *field, const void *at)
{
        return field->optional ? ((const struct sai_opt_f64 *)at)->value : *(const double *)at;
}

static void write_list(struct sai_buf *buf, const struct sai_field *field, const struct sai_list *list)
{
        sai_buf_char(buf, '[');
        for (size_t i = 0; i < list->count; i++) {
                if (i > 0)
                        sai_buf_char(buf, ',');
                strava_write(buf, field->model, (const char *)list->items + i * field->model->size);
        }
        sai_buf_char(buf, ']');
}

static void write_floats(struct sai_buf *buf, const struct sai_field *field, const struct sai_list *list)
{
        const double *items = list->items;
        sai_buf_char(buf, '[');
        for (size_t i = 0; i < list->count; i++) {
                if (i > 0)
                        sai_buf_char(buf, ',');
                strava_write_float(buf, items[i], field->decimals);
        }
        sai_buf_char(buf, ']');
}

static void write_value(struct sai_buf *buf, const struct sai_field *field, const void *object)
{
        const void *at = sai_field_of(field, object);
        if (field->kind == SAI_K_F64)
                strava_write_float(buf, float_of(field, at), field->decimals);
        else if (field->kind == SAI_K_MODEL)
                strava_write(buf, field->model, field->flags & SAI_F_POINTER ? *(const void *const *)at : at);
        else if (field->kind == SAI_K_LIST)
                write_list(buf, field, at);
        else if (field->kind == SAI_K_ARRAY && field->item == SAI_K_F64)
                write_floats(buf, field, at);
        else
                sai_field_write(buf, field, object);
}

static bool present(const struct sai_field *field, const void *object)
{
        if (field->kind == SAI_K_LIST || field->kind == SAI_K_ARRAY)
                return true; /* empty lists are written as such */
        if (field->kind == SAI_K_MODEL)
                return !(field->flags & SAI_F_POINTER) || *(const void *const *)sai_field_of(field, object) != NULL;
        if (field->kind == SAI_K_STR && !field->optional)
                return *(const char *const *)sai_field_of(field, object) != NULL;
        return sai_field_present(field, object);
}

void strava_write_members(struct sai_buf *buf, const struct sai_model *model, const void *object, const char *skip, bool *first)
{
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                bool there = present(field, object);
                if ((skip && strcmp(field->name, skip) == 0) || (!there && !(field->flags & SAI_F_NULLABLE)))
                        continue;
                if (!*first)
                        sai_buf_char(buf, ',');
                *first = false;
                sai_json_string(buf, field->name, field->name_len);
                sai_buf_char(buf, ':');
                if (there)
                        write_value(buf, field, object);
                else
                        sai_buf_append(buf, "null", 4);
        }
}

void strava_write(struct sai_buf *buf, const struct sai_model *model, const void *object)
{
        bool first = true;
        sai_buf_char(buf, '{');
        strava_write_members(buf, model, object, NULL, &first);
        sai_buf_char(buf, '}');
}

static void rewrite_object(struct sai_buf *buf, const json_t *value, int depth)
{
        bool first = true;
        sai_buf_char(buf, '{');
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
        {
                if (!first)
                        sai_buf_char(buf, ',');
                first = false;
                sai_json_string(buf, key, strlen(key));
                sai_buf_char(buf, ':');
                strava_rewrite(buf, member, depth - 1);
        }
        sai_buf_char(buf, '}');
}

static void rewrite_array(struct sai_buf *buf, const json_t *value, int depth)
{
        sai_buf_char(buf, '[');
        for (size_t i = 0; i < json_array_size(value); i++) {
                if (i > 0)
                        sai_buf_char(buf, ',');
                strava_rewrite(buf, json_array_get(value, i), depth - 1);
        }
        sai_buf_char(buf, ']');
}

void strava_rewrite(struct sai_buf *buf, const json_t *value, int depth)
{
        if (json_is_object(value) && depth > 0)
                rewrite_object(buf, value, depth);
        else if (json_is_array(value) && depth > 0)
                rewrite_array(buf, value, depth);
        else if (json_is_string(value))
                sai_json_string(buf, json_string_value(value), json_string_length(value));
        else if (json_is_integer(value))
                sai_buf_i64(buf, json_integer_value(value));
        else if (json_is_real(value))
                strava_write_float(buf, json_real_value(value), 0);
        else if (json_is_boolean(value))
                sai_buf_text(buf, json_is_true(value) ? "true" : "false");
        else
                sai_buf_append(buf, "null", 4);
}
