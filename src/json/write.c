/* write.c -- structs to JSON text, straight into a buffer: no tree, no format strings. Lists of activities are the service's most
 * frequent answer, and their cost is this file. */
#include <math.h>

#include "base/number.h"
#include "json/json_internal.h"

/* Writes the escape of one byte, or one character that is not ASCII; returns the bytes taken. */
static size_t put_special(struct sai_buf *buf, const char *text, size_t len)
{
        static const char digits[] = "0123456789abcdef";
        static const char short_escapes[] = {
                ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
        };
        unsigned char c = (unsigned char)text[0];
        if (c < sizeof short_escapes && short_escapes[c]) {
                char out[2] = { '\\', short_escapes[c] };
                sai_buf_append(buf, out, sizeof out);
                return 1;
        }
        if (c < 0x20) {
                char out[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
                sai_buf_append(buf, out, sizeof out);
                return 1;
        }
        size_t size = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        if (c < 0xc2 || size > len || !sai_utf8_valid(text, size)) {
                sai_buf_append(buf, "\xef\xbf\xbd", 3);
                return 1;
        }
        sai_buf_append(buf, text, size);
        return size;
}

void sai_json_string(struct sai_buf *buf, const char *text, size_t len)
{
        sai_buf_reserve(buf, len + 2);
        sai_buf_char(buf, '"');
        for (size_t i = 0; i < len;) {
                size_t run = json_plain_run(text + i, len - i);
                sai_buf_append(buf, text + i, run);
                i += run;
                if (i < len)
                        i += put_special(buf, text + i, len - i);
        }
        sai_buf_char(buf, '"');
}

/* Half away from zero. Adding 0.5 first would turn 0.49999999999999994 into 1. */
static int64_t rounded(double value)
{
        int64_t whole = (int64_t)value;
        double rest = value - (double)whole;
        return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole;
}

static size_t number_text(double value, int decimals, char *out)
{
        static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };
        const double exact = 9007199254740992.0; /* 2^53: above it there are no halves to round */
        int places = decimals < 0 ? 0 : decimals < 9 ? decimals : 9;
        double scaled = value * powers[places];
        if (decimals != 0 && fabs(scaled) < exact)
                return sai_fixed_text(rounded(scaled), places, out);
        /* No minus before a zero: it would be a difference without a meaning. */
        return sai_f64_text(value == 0 ? 0.0 : value, out);
}

void sai_json_number(struct sai_buf *buf, double value, int decimals)
{
        char text[SAI_NUMBER_TEXT];
        sai_buf_append(buf, text, number_text(value, decimals, text));
}

static void put_null(struct sai_buf *buf) { sai_buf_append(buf, "null", 4); }

static void put_quoted(struct sai_buf *buf, const char *text, size_t len)
{
        if (!sai_buf_reserve(buf, len + 2))
                return;
        sai_buf_char(buf, '"');
        sai_buf_append(buf, text, len);
        sai_buf_char(buf, '"');
}

static void put_base64(struct sai_buf *buf, const void *data, size_t len)
{
        if (len > buf->max || !sai_buf_reserve(buf, SAI_BASE64_SIZE(len) + 2))
                return;
        sai_buf_char(buf, '"');
        buf->len += sai_base64_encode(data, len, buf->data + buf->len);
        sai_buf_char(buf, '"');
}

static void put_enum(struct sai_buf *buf, const struct sai_enumeration *enumeration, int value)
{
        const char *name = json_enum_name(enumeration, value);
        if (name)
                put_quoted(buf, name, strlen(name));
        else
                put_null(buf);
}

/* A value of one of the flat kinds. */
static void put_scalar(struct sai_buf *buf, const struct sai_field *field, enum sai_kind kind, const void *at)
{
        char text[64];
        const char *string;
        switch (kind) {
        case SAI_K_BOOL:
                sai_buf_text(buf, *(const bool *)at ? "true" : "false");
                return;
        case SAI_K_I64:
                sai_buf_append(buf, text, sai_i64_text(*(const int64_t *)at, text));
                return;
        case SAI_K_F64:
                sai_buf_append(buf, text, number_text(*(const double *)at, field->decimals, text));
                return;
        case SAI_K_STR:
                string = *(const char *const *)at;
                if (string)
                        sai_json_string(buf, string, strlen(string));
                else
                        put_null(buf);
                return;
        case SAI_K_INSTANT:
                put_quoted(buf, text, sai_instant_format(*(const struct sai_instant *)at, text));
                return;
        case SAI_K_LOCAL:
                put_quoted(buf, text, sai_local_format(*(const struct sai_local *)at, text));
                return;
        case SAI_K_DAY:
                put_quoted(buf, text, sai_day_format(*(const struct sai_day *)at, text));
                return;
        case SAI_K_ID:
                sai_id_format(*(const struct sai_id *)at, text);
                put_quoted(buf, text, SAI_ID_HEX);
                return;
        case SAI_K_ENUM:
                put_enum(buf, field->enumeration, *(const int *)at);
                return;
        case SAI_K_BYTES:
                put_base64(buf, ((const struct sai_bytes *)at)->data, ((const struct sai_bytes *)at)->len);
                return;
        case SAI_K_JSON:
                sai_buf_append(buf, ((const struct sai_json *)at)->data, ((const struct sai_json *)at)->len);
                return;
        default:
                put_null(buf);
                return;
        }
}

static void put_items(struct sai_buf *buf, const struct sai_field *field, const struct sai_list *list)
{
        size_t size = field->kind == SAI_K_LIST ? field->model->size : json_kind_size(field->item);
        const char *item = list->items;
        size_t count = item ? list->count : 0;
        sai_buf_char(buf, '[');
        for (size_t i = 0; i < count; i++, item += size) {
                if (i > 0)
                        sai_buf_char(buf, ',');
                if (field->kind == SAI_K_LIST)
                        sai_model_write(buf, field->model, item);
                else
                        put_scalar(buf, field, field->item, item);
        }
        sai_buf_char(buf, ']');
}

void sai_field_write(struct sai_buf *buf, const struct sai_field *field, const void *object)
{
        const void *at = sai_field_of(field, object);
        if (field->kind == SAI_K_ARRAY || field->kind == SAI_K_LIST) {
                const struct sai_list *list = at;
                if (!list->items && (field->flags & SAI_F_NULLABLE))
                        put_null(buf);
                else
                        put_items(buf, field, list);
        } else if (!sai_field_present(field, object)) {
                put_null(buf);
        } else if (field->kind == SAI_K_MODEL) {
                sai_model_write(buf, field->model, json_nested(field, object));
        } else {
                put_scalar(buf, field, (enum sai_kind)field->kind, at);
        }
}

void sai_model_write(struct sai_buf *buf, const struct sai_model *model, const void *object)
{
        char separator = '{';
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if ((field->flags & SAI_F_INTERNAL) || field->kind == SAI_K_SECRET)
                        continue;
                if (!sai_buf_reserve(buf, (size_t)field->name_len + 4))
                        return;
                char *at = buf->data + buf->len;
                *at++ = separator;
                *at++ = '"';
                memcpy(at, field->name, field->name_len);
                at += field->name_len;
                *at++ = '"';
                *at++ = ':';
                *at = '\0';
                buf->len += (size_t)field->name_len + 4;
                sai_field_write(buf, field, object);
                separator = ',';
        }
        if (separator == '{')
                sai_buf_char(buf, '{');
        sai_buf_char(buf, '}');
}
