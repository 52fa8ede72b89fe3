/* csv.c -- a row as RFC 4180 says, made safe for spreadsheets.
 *
 * A cell of text that begins like a formula is run as one by spreadsheets, so it gets a leading apostrophe. Numbers are written by us
 * and need none; a text that is a number as a whole is as harmless. */
#include "json/json_internal.h"

static bool is_flat(const struct sai_field *field)
{
        return field->kind != SAI_K_LIST && field->kind != SAI_K_SECRET && field->kind != SAI_K_JSON &&
               !(field->flags & SAI_F_INTERNAL);
}

static void put_cell(struct sai_buf *buf, const char *text, size_t len)
{
        double number;
        bool formula = len > 0 && memchr("=+-@\t\r", text[0], 6) && !sai_parse_f64(text, len, &number);
        bool quoted = len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
        for (size_t i = 0; i < len && !quoted; i++)
                quoted = text[i] == ',' || text[i] == '"' || text[i] == '\r' || text[i] == '\n';

        if (quoted)
                sai_buf_char(buf, '"');
        if (formula)
                sai_buf_char(buf, '\'');
        for (size_t i = 0; i < len; i++) {
                if (text[i] == '"')
                        sai_buf_char(buf, '"');
                sai_buf_char(buf, text[i]);
        }
        if (quoted)
                sai_buf_char(buf, '"');
}

/* Texts other than a member's own string need no care: they are ours. JSON's writer gives them, less its quotes. */
static void put_written(struct sai_buf *buf, const struct sai_field *field, const void *object)
{
        size_t before = buf->len;
        sai_field_write(buf, field, object);
        if (!buf->failed && buf->len - before == 4 && memcmp(buf->data + before, "null", 4) == 0) {
                buf->len = before; /* a number that is none is an empty cell */
                buf->data[before] = '\0';
                return;
        }
        if (buf->failed || buf->len - before < 2 || buf->data[before] != '"')
                return;
        memmove(buf->data + before, buf->data + before + 1, buf->len - before - 2);
        buf->len -= 2;
        buf->data[buf->len] = '\0';
}

static void put_array(struct sai_buf *buf, const struct sai_field *field, const struct sai_list *list)
{
        struct sai_buf cell;
        sai_buf_init(&cell, buf->max);
        const char *item = list->items;
        for (size_t i = 0; i < list->count; i++, item += json_kind_size(field->item)) {
                struct sai_field scalar = *field;
                scalar.kind = (uint16_t)field->item;
                scalar.optional = false;
                scalar.offset = 0;
                if (i > 0)
                        sai_buf_char(&cell, ';');
                const char *text = NULL;
                if (field->item == SAI_K_STR)
                        memcpy(&text, item, sizeof text);
                if (text)
                        sai_buf_text(&cell, text);
                else if (sai_field_present(&scalar, item))
                        put_written(&cell, &scalar, item);
        }
        if (cell.failed)
                sai_buf_reserve(buf, buf->max - buf->len + 1); /* more than fits: the failure is the whole buffer's */
        else if (field->item == SAI_K_STR && cell.len)
                put_cell(buf, cell.data, cell.len);
        else if (cell.len)
                sai_buf_append(buf, cell.data, cell.len);
        sai_buf_done(&cell);
}

static void put_value(struct sai_buf *buf, const struct sai_field *field, const void *object)
{
        if (!object || !sai_field_present(field, object))
                return;
        if (field->kind == SAI_K_ARRAY) {
                put_array(buf, field, sai_field_of(field, object));
        } else if (field->kind == SAI_K_STR) {
                const char *text;
                memcpy(&text, sai_field_of(field, object), sizeof text);
                if (text)
                        put_cell(buf, text, strlen(text));
        } else {
                put_written(buf, field, object);
        }
}

/* Nested structs become columns of their own, "map.polyline"; a struct that is not there leaves its columns empty. */
static void put_columns(struct sai_buf *buf, const struct sai_model *model, const void *object, bool *first)
{
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (!is_flat(field))
                        continue;
                if (field->kind == SAI_K_MODEL) {
                        put_columns(buf, field->model, object ? json_nested(field, object) : NULL, first);
                        continue;
                }
                if (!*first)
                        sai_buf_char(buf, ',');
                *first = false;
                put_value(buf, field, object);
        }
}

struct prefix {
        const struct prefix *up;
        const char *name;
};

static void put_prefix(struct sai_buf *buf, const struct prefix *prefix)
{
        if (!prefix)
                return;
        put_prefix(buf, prefix->up);
        sai_buf_text(buf, prefix->name);
        sai_buf_char(buf, '.');
}

static void put_names(struct sai_buf *buf, const struct sai_model *model, const struct prefix *prefix, bool *first)
{
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (!is_flat(field))
                        continue;
                if (field->kind == SAI_K_MODEL) {
                        struct prefix inner = { prefix, field->name };
                        put_names(buf, field->model, &inner, first);
                        continue;
                }
                if (!*first)
                        sai_buf_char(buf, ',');
                *first = false;
                put_prefix(buf, prefix);
                sai_buf_text(buf, field->name);
        }
}

void sai_model_csv_header(struct sai_buf *buf, const struct sai_model *model)
{
        bool first = true;
        put_names(buf, model, NULL, &first);
        sai_buf_append(buf, "\r\n", 2);
}

void sai_model_csv_row(struct sai_buf *buf, const struct sai_model *model, const void *object)
{
        bool first = true;
        put_columns(buf, model, object, &first);
        sai_buf_append(buf, "\r\n", 2);
}
