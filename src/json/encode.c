/* encode.c -- the whole of a struct as a document for the stores.
 *
 * Other than the API's JSON it is exact and compact: numbers are not rounded, times are numbers, what is absent is left out, and
 * internal and secret members are in it. Written only for decode.c to read. */
#include <math.h>

#include "json/json_internal.h"

/* Writes `"name":` with the separator before it. */
static void put_name(struct sai_buf *buf, const struct sai_field *field, char separator)
{
        if (!sai_buf_reserve(buf, (size_t)field->name_len + 4))
                return;
        sai_buf_char(buf, separator);
        sai_buf_char(buf, '"');
        sai_buf_append(buf, field->name, field->name_len);
        sai_buf_append(buf, "\":", 2);
}

static void put_base64(struct sai_buf *buf, const uint8_t *data, size_t len)
{
        sai_buf_char(buf, '"');
        if (len <= buf->max && sai_buf_reserve(buf, SAI_BASE64_SIZE(len)))
                buf->len += sai_base64_encode(data, len, buf->data + buf->len);
        sai_buf_char(buf, '"');
}

static void put_enum(struct sai_buf *buf, const struct sai_enumeration *enumeration, int value)
{
        const char *name = json_enum_name(enumeration, value);
        if (name)
                sai_json_string(buf, name, strlen(name));
        else
                sai_buf_append(buf, "null", 4);
}

static void put_scalar(struct sai_buf *buf, const struct sai_field *field, enum sai_kind kind, const void *at)
{
        char hex[SAI_ID_HEX + 1];
        const char *text;
        switch (kind) {
        case SAI_K_BOOL:
                sai_buf_text(buf, *(const bool *)at ? "true" : "false");
                return;
        case SAI_K_I64:
                sai_buf_i64(buf, *(const int64_t *)at);
                return;
        case SAI_K_F64:
                sai_buf_f64(buf, *(const double *)at);
                return;
        case SAI_K_STR:
                text = *(const char *const *)at;
                if (text)
                        sai_json_string(buf, text, strlen(text));
                else
                        sai_buf_append(buf, "null", 4);
                return;
        case SAI_K_INSTANT:
                sai_buf_i64(buf, ((const struct sai_instant *)at)->ms);
                return;
        case SAI_K_LOCAL:
                sai_buf_i64(buf, ((const struct sai_local *)at)->ms);
                return;
        case SAI_K_DAY:
                sai_buf_i64(buf, ((const struct sai_day *)at)->number);
                return;
        case SAI_K_ID:
                sai_id_format(*(const struct sai_id *)at, hex);
                sai_json_string(buf, hex, SAI_ID_HEX);
                return;
        case SAI_K_ENUM:
                put_enum(buf, field->enumeration, *(const int *)at);
                return;
        case SAI_K_BYTES:
                put_base64(buf, ((const struct sai_bytes *)at)->data, ((const struct sai_bytes *)at)->len);
                return;
        case SAI_K_SECRET:
                put_base64(buf, ((const struct sai_secret *)at)->data, ((const struct sai_secret *)at)->len);
                return;
        case SAI_K_JSON:
                sai_json_string(buf, ((const struct sai_json *)at)->data, ((const struct sai_json *)at)->len);
                return;
        default:
                sai_buf_append(buf, "null", 4);
                return;
        }
}

static void put_list(struct sai_buf *buf, const struct sai_field *field, const struct sai_list *list, uint32_t without)
{
        size_t size = field->kind == SAI_K_LIST ? field->model->size : json_kind_size(field->item);
        const char *item = list->items;
        sai_buf_char(buf, '[');
        for (size_t i = 0; i < list->count; i++, item += size) {
                if (i > 0)
                        sai_buf_char(buf, ',');
                if (field->kind == SAI_K_LIST)
                        sai_model_encode(buf, field->model, item, without);
                else
                        put_scalar(buf, field, field->item, item);
        }
        sai_buf_char(buf, ']');
}

void sai_model_encode(struct sai_buf *buf, const struct sai_model *model, const void *object, uint32_t without)
{
        /* Only members of structs inside the row itself can be columns; what is behind a pointer or in a list lives here alone. */
        const uint32_t inside = without & ~(uint32_t)SAI_F_COLUMN;
        char separator = '{';
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if ((field->flags & without) || !sai_field_present(field, object))
                        continue;
                put_name(buf, field, separator);
                separator = ',';
                if (field->kind == SAI_K_MODEL)
                        sai_model_encode(buf, field->model, json_nested(field, object),
                                         field->flags & SAI_F_POINTER ? inside : without);
                else if (field->kind == SAI_K_ARRAY || field->kind == SAI_K_LIST)
                        put_list(buf, field, sai_field_of(field, object), inside);
                else
                        put_scalar(buf, field, (enum sai_kind)field->kind, sai_field_of(field, object));
        }
        if (separator == '{')
                sai_buf_char(buf, '{');
        sai_buf_char(buf, '}');
}
