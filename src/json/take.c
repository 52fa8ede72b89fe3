/* take.c -- one value against its row: bounds, lengths, formats. Bodies and query strings differ in how a value is written, not in
 * what it may be, so both come here. */
#include "json/json_internal.h"

static bool between(struct json_reader *reader, const struct json_path *path, const struct sai_field *field, double value)
{
        const char *unit = field->unit ? field->unit : "", *blank = field->unit ? " " : "";
        if (json_has_min(field) && value < field->min)
                json_report(reader->errors, path, "too_small", "must be at least %.15g%s%s", field->min, blank, unit);
        else if (json_has_max(field) && value > field->max)
                json_report(reader->errors, path, "too_large", "must be at most %.15g%s%s", field->max, blank, unit);
        else
                return true;
        return false;
}

sai_status json_take_i64(struct json_reader *reader, const struct json_path *path, const struct sai_field *field, int64_t value,
                         void *out)
{
        if (!between(reader, path, field, (double)value))
                return SAI_INVALID;
        memcpy(out, &value, sizeof value);
        return SAI_OK;
}

sai_status json_take_f64(struct json_reader *reader, const struct json_path *path, const struct sai_field *field, double value,
                         void *out)
{
        if (!between(reader, path, field, value))
                return SAI_INVALID;
        memcpy(out, &value, sizeof value);
        return SAI_OK;
}

sai_status json_run_check(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                          const void *value)
{
        const char *refusal = field->check ? field->check(field, value) : NULL;
        if (!refusal)
                return SAI_OK;
        json_report(reader->errors, path, "not_allowed", "%s", refusal);
        return SAI_INVALID;
}

/* No control character but, where lines are allowed, TAB, LF and CR; also none of U+0080 to U+009F. */
static bool text_is_clean(const char *text, size_t len, bool multiline)
{
        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)text[i];
                if (c >= 0x20 && c < 0x7f)
                        continue;
                if (c == 0x7f || (c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0))
                        return false;
                if (c < 0x20 && !(multiline && (c == '\t' || c == '\n' || c == '\r')))
                        return false;
        }
        return true;
}

static sai_status take_string(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                              const char *text, size_t len, void *out)
{
        if (!sai_utf8_valid(text, len) || !text_is_clean(text, len, field->flags & SAI_F_MULTILINE)) {
                json_report(reader->errors, path, "bad_text", "holds a control character or is not UTF-8");
                return SAI_INVALID;
        }
        size_t length = sai_utf8_length(text, len), longest = json_max_length(field);
        if (json_has_min(field) && (double)length < field->min) {
                json_report(reader->errors, path, "too_short", "must have at least %.0f characters", field->min);
                return SAI_INVALID;
        }
        if (length > longest) {
                json_report(reader->errors, path, "too_long", "must have at most %zu characters", longest);
                return SAI_INVALID;
        }
        const char *copy = sai_arena_strndup(reader->arena, text, len);
        if (!copy)
                return SAI_NO_MEMORY;
        memcpy(out, &copy, sizeof copy);
        return SAI_OK;
}

static sai_status take_bytes(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                             const char *text, size_t len, void *out)
{
        struct sai_bytes bytes;
        uint8_t *data = sai_arena_alloc(reader->arena, len / 4 * 3 + 1);
        if (!data)
                return SAI_NO_MEMORY;
        if (!sai_base64_decode(text, len, data, len / 4 * 3 + 1, &bytes.len)) {
                json_report(reader->errors, path, "bad_format", "must be base64 with padding");
                return SAI_INVALID;
        }
        if (bytes.len > json_max_length(field)) {
                json_report(reader->errors, path, "too_long", "must have at most %zu bytes", json_max_length(field));
                return SAI_INVALID;
        }
        bytes.data = data;
        memcpy(out, &bytes, sizeof bytes);
        return SAI_OK;
}

static sai_status take_enum(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                            const char *text, size_t len, void *out)
{
        int value = sai_enumeration_find(field->enumeration, text, len);
        if (value < 0) {
                char names[512]; /* the longest list has 12 names of up to 21 letters; a longer one says that it goes on */
                size_t at = 0;
                names[0] = '\0';
                for (int i = 0; field->enumeration->values[i]; i++) {
                        bool last_fits = at < sizeof names - 48;
                        at += (size_t)snprintf(names + at, sizeof names - at, "%s%.40s", i ? ", " : "",
                                               last_fits ? field->enumeration->values[i] : "…");
                        if (!last_fits)
                                break;
                }
                json_report(reader->errors, path, "not_allowed", "must be one of %s", names);
                return SAI_INVALID;
        }
        memcpy(out, &value, sizeof value);
        return SAI_OK;
}

sai_status json_take_text(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                          enum sai_kind kind, const char *text, size_t len, void *out)
{
        const char *wanted = NULL;
        switch (kind) {
        case SAI_K_STR:
                return take_string(reader, path, field, text, len, out);
        case SAI_K_BYTES:
                return take_bytes(reader, path, field, text, len, out);
        case SAI_K_ENUM:
                return take_enum(reader, path, field, text, len, out);
        case SAI_K_INSTANT:
                if (!sai_instant_parse(text, len, out))
                        wanted = "must be an instant like 2026-11-22T08:15:30Z";
                break;
        case SAI_K_LOCAL:
                if (!sai_local_parse(text, len, out))
                        wanted = "must be a local time without a zone like 2026-11-22T09:15:30";
                break;
        case SAI_K_DAY:
                if (!sai_day_parse(text, len, out))
                        wanted = "must be a day like 2026-11-22";
                break;
        case SAI_K_ID:
                if (!sai_id_parse(text, len, out))
                        wanted = "must be an id of 24 lower-case hexadecimal digits";
                break;
        default:
                wanted = "cannot be given as a text";
                break;
        }
        if (!wanted)
                return SAI_OK;
        json_report(reader->errors, path, "bad_format", "%s", wanted);
        return SAI_INVALID;
}
